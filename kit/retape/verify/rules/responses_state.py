"""What a server remembers: stored responses, chains of them, what is deleted; each exchange against those before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from retape.verify.evidence import Evidence
from retape.verify.responses_answer import ENDED, Snapshot, result, texts
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, is_count, is_int, is_text, members, shown

RULES = Table("responses response response-cancel response-deleted input-items input-tokens compact", "")

REFERENCE = "https://platform.openai.com/docs/api-reference/responses"

_NEAR = 100
"""Exchanges looked back for an id: it comes again at once, from a counter that a server starts anew, or not at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What an exchange says of one stored response.

    Args:
        id: the response.
        base: where the server is, and whose project: ids of one are nothing to another.
        status: how far it is.
        deleted: whether it was deleted.
        output: its output, in short.
        asked: the request that created it; b"" when this one only asked for it.
    """

    id: str
    base: str
    status: str = ""
    deleted: bool = False
    output: tuple[Any, ...] = ()
    asked: bytes = b""


def _in_short(done: Snapshot) -> tuple[Any, ...]:
    """An output as far as it never changes: what `include` brings and what is encrypted comes and goes."""
    kept = ("id", "type", "call_id", "name", "arguments", "input")
    return tuple((*(item.get(key) for key in kept), texts(item)) for _, item in done.items)


def _base(evidence: Evidence) -> str:
    return evidence.exchange.request.url.partition("/responses")[0]


def _named(evidence: Evidence) -> str:
    """The id in the URL."""
    return unquote(evidence.exchange.request.path.rpartition("/responses/")[2].partition("/")[0])


@RULES.remember
def _known(evidence: Evidence) -> Known | None:
    if evidence.status is None or evidence.status >= 400:
        return None
    if evidence.endpoint == "response-deleted":
        return Known(id=_named(evidence), base=_base(evidence), deleted=True)
    done = result(evidence) if evidence.endpoint in ("responses", "response", "response-cancel") else None
    stored = evidence.asked.get("store") is not False
    if done is None or not stored or done.body.get("store") is False or not is_text(done.body.get("id")):
        return None
    return Known(
        id=done.body["id"],
        base=_base(evidence),
        status=str(done.body.get("status")),
        output=_in_short(done),
        asked=evidence.exchange.request.body if evidence.endpoint == "responses" else b"",
    )


def _earlier(evidence: Evidence, name: object) -> tuple[int, Known] | None:
    """What was last known of a response, and from which exchange."""
    found = evidence.earlier(_known)
    base = _base(evidence)
    return next(((n, known) for n, known in reversed(found) if known.id == name and known.base == base), None)


def _refused(evidence: Evidence) -> bool:
    """Whether the server says that there is no such thing, or has no answer at all; not that it is busy."""
    status = evidence.status or 0
    return status in (400, 404, 410, 500, 501, 502, 503) and evidence.form == "error"


@RULES.rule(
    "responses-state-id-again",
    "should",
    "Another request's response has another id: the stored one could no more be retrieved.",
    source=f"{REFERENCE}/object#responses/object-id",
)
def _id_again(evidence: Evidence) -> Iterator[Finding]:
    now = _known(evidence) if evidence.endpoint == "responses" else None
    for number, known in evidence.earlier(_known)[-_NEAR:] if now else ():
        if now and (known.id, known.base) == (now.id, now.base) and known.asked not in (b"", now.asked):
            yield "id", f"is {shown(now.id)}, as of exchange {number}, which answers another request"
            return


@RULES.rule(
    "responses-state-previous",
    "must",
    "A stored response can be gone on from.",
    source=f"{REFERENCE}/create#responses-create-previous_response_id; lmstudio-ai/lmstudio-bug-tracker#1188",
)
def _previous(evidence: Evidence) -> Iterator[Finding]:
    name = evidence.asked.get("previous_response_id") if evidence.endpoint == "responses" else None
    found = _earlier(evidence, name) if name else None
    error = members(members(evidence.json).get("error"))
    blamed = error.get("param") == "previous_response_id" or error.get("code") == "previous_response_not_found"
    if found and not found[1].deleted and _refused(evidence) and (blamed or evidence.status == 404):
        yield "previous_response_id", f"{shown(name)} is refused ({evidence.status}); exchange {found[0]} stored it"


@RULES.rule(
    "responses-state-retrieve",
    "must",
    "A stored response can be retrieved.",
    source=f"{REFERENCE}/get; digitalocean/gradient-python#96",
)
def _retrieve(evidence: Evidence) -> Iterator[Finding]:
    found = _earlier(evidence, _named(evidence)) if evidence.endpoint in ("response", "input-items") else None
    if found and not found[1].deleted and _refused(evidence):
        yield "status", f"is {evidence.status} for {found[1].id}, which exchange {found[0]} stored"


@RULES.rule(
    "responses-state-same",
    "must",
    "A response is retrieved as it was answered.",
    source=f"{REFERENCE}/get",
)
def _same(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint != "response" or evidence.form not in ("plain", "stream"):
        return
    done, name = result(evidence), _named(evidence)
    found = _earlier(evidence, name)
    if done is None:
        return
    if done.body.get("id") != name:
        yield at(done.where, "id"), f"is {shown(done.body.get('id', MISSING))}, and {name} was asked for"
    elif found and found[1].status in ENDED and not found[1].deleted and _in_short(done) != found[1].output:
        yield at(done.where, "output"), f"isn't the output that exchange {found[0]} gave"


@RULES.rule(
    "responses-state-deleted",
    "must",
    "A deleted response is gone: it is not found, and nothing goes on from it.",
    source=f"{REFERENCE}/delete",
)
def _deleted(evidence: Evidence) -> Iterator[Finding]:
    found = _earlier(evidence, _named(evidence)) if evidence.endpoint in ("response", "input-items") else None
    if found and found[1].deleted and evidence.status != 404:
        yield "status", f"is {evidence.status} for {found[1].id}, which exchange {found[0]} deleted"
    previous = evidence.asked.get("previous_response_id") if evidence.endpoint == "responses" else None
    gone = _earlier(evidence, previous) if previous and evidence.form in ("plain", "stream") else None
    if gone and gone[1].deleted:
        yield "previous_response_id", f"{shown(previous)} is taken, although exchange {gone[0]} deleted that response"


@RULES.rule(
    "responses-state-deletion",
    "must",
    "A deletion says that it happened, and to which response.",
    source=f"{REFERENCE}/delete",
)
def _deletion(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint != "response-deleted" or evidence.form != "plain" or not evidence.body:
        return
    told = members(evidence.json)
    if told.get("deleted") is not True:
        yield "deleted", f"is {shown(told.get('deleted', MISSING))}, not true"
    if told.get("id") != _named(evidence):
        yield "id", f"is {shown(told.get('id', MISSING))}, and {_named(evidence)} was deleted"


@RULES.rule(
    "responses-state-cancelled",
    "should",
    "What is cancelled comes back as cancelled, unless it had ended before.",
    source=f"{REFERENCE}/cancel",
)
def _cancelled(evidence: Evidence) -> Iterator[Finding]:
    done = result(evidence) if evidence.endpoint == "response-cancel" and evidence.form == "plain" else None
    if done and done.body.get("status") in ("queued", "in_progress"):
        yield "status", f"is {shown(done.body['status'])} after the response was cancelled"


@RULES.rule(
    "responses-state-cancel-late",
    "should",
    "A response that is completed can't be cancelled any more: 4xx.",
    source=f"{REFERENCE}/cancel",
)
def _cancel_late(evidence: Evidence) -> Iterator[Finding]:
    cancels = evidence.endpoint == "response-cancel" and evidence.form == "plain"
    found = _earlier(evidence, _named(evidence)) if cancels else None
    if found and found[1].status == "completed":
        yield "status", f"is {evidence.status} for {found[1].id}, which exchange {found[0]} gave completed"


@RULES.rule(
    "responses-input-items",
    "must",
    "A response's input items are a list, with the ids of the first and the last, and whether there are more.",
    source=f"{REFERENCE}/input-items",
)
def _input_items(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint != "input-items" or evidence.form != "plain":
        return
    told = members(evidence.json)
    data = told.get("data", MISSING)
    if told.get("object") != "list":
        yield "object", f'is {shown(told.get("object", MISSING))}, not "list"'
    if not isinstance(data, list):
        yield "data", f"is {shown(data)}, not an array"
        return
    if not isinstance(told.get("has_more"), bool):
        yield "has_more", f"is {shown(told.get('has_more', MISSING))}, not true or false"
    for key, place in (("first_id", 0), ("last_id", -1)):
        named = members(data[place]).get("id") if data else None
        if told.get(key) != named:
            yield key, f"is {shown(told.get(key, MISSING))}, and that item's id {shown(named)}"


@RULES.rule(
    "responses-input-tokens",
    "must",
    "Counted input tokens are a number from 1 on.",
    source=f"{REFERENCE}/input-tokens",
)
def _input_tokens(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint != "input-tokens" or evidence.form != "plain":
        return
    told = members(evidence.json)
    count = told.get("input_tokens", MISSING)
    if told.get("object") != "response.input_tokens":
        yield "object", f'is {shown(told.get("object", MISSING))}, not "response.input_tokens"'
    if not is_count(count) or not count:
        yield "input_tokens", f"is {shown(count)}, not a number of tokens"


@RULES.rule(
    "responses-compact",
    "must",
    "A compaction has an id, a time and the items to go on with.",
    source=f"{REFERENCE}/compact",
)
def _compact(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint != "compact" or evidence.form != "plain":
        return
    told = members(evidence.json)
    wanted = {
        "object": told.get("object") == "response.compaction",
        "id": is_text(told.get("id")),
        "created_at": is_int(told.get("created_at")),
        "output": isinstance(told.get("output"), list) and bool(told["output"]),
    }
    for key, right in wanted.items():
        if not right:
            yield key, f"is {shown(told.get(key, MISSING))}"
