"""Embeddings: one vector for each input, in order, in the format that was asked, all of a length."""

from __future__ import annotations

import base64
import binascii
import math
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.words import MISSING, at, elements, is_count, is_int, is_number, is_text, members, shown

RULES = Table("embeddings", "plain")

REFERENCE = "https://platform.openai.com/docs/api-reference/embeddings"

_VOCABULARY = 100_277  # tokens of cl100k_base: an integer beyond is none of them
_LONGEST = 8191  # tokens of one input


def _items(evidence: Evidence) -> list[tuple[int, dict[str, Any]]]:
    rows = elements(members(evidence.json).get("data"))
    return [(number, row) for number, row in enumerate(rows) if isinstance(row, dict)]


def _inputs(evidence: Evidence) -> int | None:
    """How many vectors were asked for; None when the request doesn't say."""
    asked = evidence.asked.get("input")
    if isinstance(asked, str):
        return 1
    if not isinstance(asked, list) or not asked:
        return None
    return 1 if all(is_int(token) for token in asked) else len(asked)


@RULES.rule(
    "embeddings-list",
    "must",
    "The answer is a list object with an array of data.",
    source=f"{REFERENCE}/create",
)
def _list(evidence: Evidence) -> Iterator[Finding]:
    told = members(evidence.json)
    if told.get("object") != "list":
        yield "object", f'is {shown(told.get("object", MISSING))}, not "list"'
    data = told.get("data", MISSING)
    if not isinstance(data, list):
        yield "data", f"is {shown(data)}, not an array"


@RULES.rule(
    "embeddings-object",
    "must",
    'Each element of the data is an object that says "embedding".',
    source=f"{REFERENCE}/object",
)
def _object(evidence: Evidence) -> Iterator[Finding]:
    for number, row in enumerate(elements(members(evidence.json).get("data"))):
        told = members(row).get("object", MISSING) if isinstance(row, dict) else row
        if told != "embedding":
            yield at("data", number, "object"), f'is {shown(told)}, not "embedding"'


@RULES.rule(
    "embeddings-index",
    "must",
    "Each vector has the index of its input, no two the same.",
    source=f"{REFERENCE}/object; spring-projects/spring-ai#7020",
)
def _index(evidence: Evidence) -> Iterator[Finding]:
    seen: set[int] = set()
    count = len(_items(evidence))
    for number, row in _items(evidence):
        index = row.get("index", MISSING)
        if not is_count(index):
            yield at("data", number, "index"), f"is {shown(index)}, not an index"
        elif index in seen:
            yield at("data", number, "index"), f"is {index}, which another vector has already"
        elif index >= count:
            yield at("data", number, "index"), f"is {index}, and there are {count} vectors"
        seen.add(index if is_count(index) else -1)


@RULES.rule(
    "embeddings-order",
    "note",
    "Vectors stand in the order of their inputs.",
    source=f"{REFERENCE}/create",
)
def _order(evidence: Evidence) -> Iterator[Finding]:
    for number, row in _items(evidence):
        if is_count(row.get("index")) and row["index"] != number:
            yield at("data", number, "index"), f"is {row['index']}: clients that take vectors by place mix them up"
            return


@RULES.rule(
    "embeddings-count",
    "must",
    "There is a vector for each input.",
    source=f"{REFERENCE}/create#embeddings-create-input",
)
def _count(evidence: Evidence) -> Iterator[Finding]:
    data, asked = members(evidence.json).get("data"), _inputs(evidence)
    if isinstance(data, list) and asked is not None and len(data) != asked:
        yield "data", f"has {len(data)} vectors for {asked} inputs"


def _floats(row: dict[str, Any]) -> Sequence[Any] | None:
    """A vector's components; None when it is no vector."""
    told = row.get("embedding")
    if isinstance(told, list):
        return told
    try:
        raw = base64.b64decode(told, validate=True) if isinstance(told, str) else b""
    except (binascii.Error, ValueError):
        return None
    return array("f", raw) if raw and len(raw) % 4 == 0 else None


@RULES.rule(
    "embeddings-format",
    "must",
    "Vectors come as they were asked: numbers, or base64 of float32s.",
    source=f"{REFERENCE}/create#embeddings-create-encoding_format; openai/openai-node#2150",
)
def _format(evidence: Evidence) -> Iterator[Finding]:
    encoded = evidence.asked.get("encoding_format") == "base64"
    for number, row in _items(evidence):
        told = row.get("embedding", MISSING)
        if isinstance(told, str) != encoded or not isinstance(told, str | list):
            wanted = "a base64 string, which was asked for" if encoded else "an array of numbers"
            yield at("data", number, "embedding"), f"is {shown(told)}, not {wanted}"
        elif encoded and _floats(row) is None:
            yield at("data", number, "embedding"), f"is {shown(told)}, not base64 of float32s"


@RULES.rule("embeddings-finite", "must", "A vector has finite numbers in it.", source=f"{REFERENCE}/object")
def _finite(evidence: Evidence) -> Iterator[Finding]:
    for number, row in _items(evidence):
        floats = _floats(row)
        if floats is None:
            continue
        if not len(floats):
            yield at("data", number, "embedding"), "is empty"
        wrong = next((place for place, value in enumerate(floats) if not is_number(value)), None)
        if wrong is not None:
            told = floats[wrong]
            words = str(told) if isinstance(told, float) and not math.isfinite(told) else shown(told)
            yield at("data", number, "embedding", wrong), f"is {words}, not a finite number"


@RULES.rule(
    "embeddings-length",
    "must",
    "All vectors are of one length, that of `dimensions` when it was asked.",
    source=f"{REFERENCE}/create#embeddings-create-dimensions",
)
def _length(evidence: Evidence) -> Iterator[Finding]:
    lengths = [(number, len(floats)) for number, row in _items(evidence) if (floats := _floats(row)) is not None]
    asked = evidence.asked.get("dimensions")
    for number, length in lengths:
        if is_int(asked) and length != asked:
            yield at("data", number, "embedding"), f"has {length} components, and {asked} were asked"
        elif not is_int(asked) and length != lengths[0][1]:
            yield at("data", number, "embedding"), f"has {length} components, and the first vector {lengths[0][1]}"


@RULES.rule("embeddings-model", "must", "The answer names its model.", source=f"{REFERENCE}/create")
def _model(evidence: Evidence) -> Iterator[Finding]:
    told = members(evidence.json).get("model", MISSING)
    if not is_text(told):
        yield "model", f"is {shown(told)}, not a model's name"


@RULES.rule(
    "embeddings-usage",
    "must",
    "The usage has prompt_tokens and total_tokens, which are the same.",
    source=f"{REFERENCE}/create",
)
def _usage(evidence: Evidence) -> Iterator[Finding]:
    usage = members(evidence.json).get("usage", MISSING)
    if not isinstance(usage, dict):
        yield "usage", f"is {shown(usage)}, not an object"
        return
    counts = [usage.get(name, MISSING) for name in ("prompt_tokens", "total_tokens")]
    for name, count in zip(("prompt_tokens", "total_tokens"), counts, strict=True):
        if not is_count(count):
            yield at("usage", name), f"is {shown(count)}, not a count"
    if all(is_count(count) for count in counts) and counts[0] != counts[1]:
        yield "usage.total_tokens", f"is {counts[1]}, and prompt_tokens {counts[0]}"


@RULES.rule(
    "embeddings-tokens",
    "should",
    "An input of token numbers is taken as one of text is.",
    source=f"{REFERENCE}/create#embeddings-create-input; what LangChain's OpenAIEmbeddings sends",
    forms="error",
)
def _tokens(evidence: Evidence) -> Iterator[Finding]:
    asked = evidence.asked.get("input")
    if evidence.status not in (400, 422) or not isinstance(asked, list) or not asked:
        return
    inputs = asked if all(isinstance(one, list) for one in asked) else [asked]
    whole = all(is_count(token) and token < _VOCABULARY for one in inputs for token in one)
    if whole and all(0 < len(one) <= _LONGEST for one in inputs):
        yield "status", f"is {evidence.status}: an array of token numbers is refused"


@RULES.rule(
    "embeddings-refused",
    "should",
    "An input that can't be embedded is the request's fault: 400, not 500.",
    source="aurelio-labs/semantic-router#530, embeddings-benchmark/mteb#1200: api.openai.com's 400",
    forms="error",
)
def _refused(evidence: Evidence) -> Iterator[Finding]:
    asked = evidence.asked.get("input", MISSING)
    wrong = not isinstance(asked, str | list) or not asked
    if wrong and evidence.exchange.request.body and (evidence.status or 0) >= 500:
        yield "status", f"is {evidence.status} for the input {shown(asked)}, which is the request's fault"
