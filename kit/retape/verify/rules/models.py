"""The list of models, and one model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from retape.tape.canonical import relative
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_int, is_text, members, shown

RULES = Table("models model", "plain")

REFERENCE = "https://platform.openai.com/docs/api-reference/models"

_MILLISECONDS = 10**11


def _models(evidence: Evidence) -> Iterator[tuple[str, Any]]:
    """Every model in the answer."""
    if evidence.endpoint == "model":
        yield "", evidence.json
    else:
        for number, model in enumerate(elements(members(evidence.json).get("data"))):
            yield at("data", number), model


@RULES.rule(
    "models-list",
    "must",
    "The answer is a list object with an array of models.",
    source=f"{REFERENCE}/list; maximhq/bifrost#6711, vllm-project/router#133",
)
def _list(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint != "models":
        return
    if not isinstance(evidence.json, dict):
        yield "body", f"is {shown(evidence.json)}, not a list object"
        return
    if evidence.json.get("object") != "list":
        yield "object", f'is {shown(evidence.json.get("object", MISSING))}, not "list"'
    if not isinstance(evidence.json.get("data"), list):
        yield "data", f"is {shown(evidence.json.get('data', MISSING))}, not an array of models"


@RULES.rule("models-some", "should", "A server has a model.", source=f"{REFERENCE}/list")
def _some(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint == "models" and members(evidence.json).get("data") == []:
        yield "data", "is empty"


@RULES.rule("models-object", "must", 'A model is an object with an id that says "model".', source=f"{REFERENCE}/object")
def _object(evidence: Evidence) -> Iterator[Finding]:
    for where, model in _models(evidence):
        if not isinstance(model, dict):
            yield where or "body", f"is {shown(model)}, not a model"
            continue
        if not is_text(model.get("id")):
            yield at(where, "id"), f"is {shown(model.get('id', MISSING))}, not a model's name"
        if model.get("object") != "model":
            yield at(where, "object"), f'is {shown(model.get("object", MISSING))}, not "model"'


@RULES.rule(
    "models-created",
    "must",
    "`created` is an integer, seconds since 1970.",
    source=f"{REFERENCE}/object#models/object-created; nomic-ai/gpt4all#1353",
)
def _created(evidence: Evidence) -> Iterator[Finding]:
    for where, model in _models(evidence):
        told = members(model).get("created", MISSING)
        if isinstance(model, dict) and not (is_int(told) and told < _MILLISECONDS):
            yield at(where, "created"), f"is {shown(told)}, not seconds since 1970"


@RULES.rule("models-owner", "should", "A model says who owns it.", source=f"{REFERENCE}/object#models/object-owned_by")
def _owner(evidence: Evidence) -> Iterator[Finding]:
    for where, model in _models(evidence):
        told = members(model).get("owned_by", MISSING)
        if isinstance(model, dict) and not isinstance(told, str):
            yield at(where, "owned_by"), f"is {shown(told)}, not a name"


@RULES.rule("models-unique", "should", "No model is listed twice.", source=f"{REFERENCE}/list")
def _unique(evidence: Evidence) -> Iterator[Finding]:
    seen: set[str] = set()
    for where, model in _models(evidence):
        name = members(model).get("id")
        if is_text(name) and name in seen:
            yield at(where, "id"), f"is {shown(name)}, which is listed already"
        seen.add(name if isinstance(name, str) else "")


def _asked(evidence: Evidence) -> str:
    """The model in the URL, which may have slashes in it, and be called "models/..." itself."""
    return unquote(relative(evidence.exchange.request.url)[0].partition("?")[0].removeprefix("/models/"))


@RULES.rule("models-same", "must", "The model that comes is the one asked for.", source=f"{REFERENCE}/retrieve")
def _same(evidence: Evidence) -> Iterator[Finding]:
    told = members(evidence.json).get("id")
    if evidence.endpoint == "model" and is_text(told) and told != _asked(evidence):
        yield "id", f"is {shown(told)}, and {shown(_asked(evidence))} was asked for"


@RULES.remember
def _listed(evidence: Evidence) -> tuple[str, frozenset[str]] | None:
    """The server, and the models that it lists."""
    if evidence.endpoint != "models":
        return None
    names = (members(model).get("id") for _, model in _models(evidence))
    return evidence.exchange.request.url.rpartition("/models")[0], frozenset(name for name in names if is_text(name))


@RULES.rule(
    "models-retrieve",
    "must",
    "A model that is listed can be retrieved.",
    source=f"{REFERENCE}/retrieve",
    forms="error",
)
def _retrieve(evidence: Evidence) -> Iterator[Finding]:
    base = evidence.exchange.request.url.partition("/models/")[0]
    for number, (server, names) in evidence.earlier(_listed):
        if server == base and _asked(evidence) in names and evidence.status in (400, 404, 405):
            yield "status", f"is {evidence.status} for {_asked(evidence)}, which exchange {number} lists"
            return
