"""Chat completions that were stored: listed, got again as they were answered, and gone once they are deleted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import choices
from retape.verify.words import MISSING, at, elements, is_text, members, shown

RULES = Table("chat stored-chats stored-chat stored-chat-deleted stored-messages", "plain")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat"

_LISTS = ("stored-chats", "stored-messages")


@RULES.remember
def answered(evidence: Evidence) -> tuple[str, list[Any]] | None:
    """The id of a completion that is to be stored, and what its choices say."""
    id_ = members(evidence.json).get("id") if evidence.asked.get("store") is True else None
    return (id_, _said(evidence)) if evidence.endpoint == "chat" and is_text(id_) else None


def _said(evidence: Evidence) -> list[Any]:
    return [members(choice.get("message")).get("content") for _, choice in choices(evidence)]


@RULES.remember
def deleted(evidence: Evidence) -> str | None:
    """The id of a completion that was deleted."""
    return named(evidence) if evidence.endpoint == "stored-chat-deleted" else None


def named(evidence: Evidence) -> str:
    """The completion that the request names."""
    return evidence.exchange.request.path.partition("/chat/completions/")[2].partition("/")[0]


@RULES.rule(
    "chat-stored-list",
    "must",
    "Stored completions, and their messages, come as a list of objects with ids.",
    source=f"{REFERENCE}/list",
)
def _list(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint not in _LISTS:
        return
    page = members(evidence.json)
    if page.get("object") != "list":
        yield "object", f'is {shown(page.get("object", MISSING))}, not "list"'
    if not isinstance(page.get("data"), list):
        yield "data", f"is {shown(page.get('data', MISSING))}; an array"
    for n, row in enumerate(elements(page.get("data"))):
        if not is_text(members(row).get("id")):
            yield at("data", n, "id"), f"is {shown(members(row).get('id', MISSING))}; a string that isn't empty"


@RULES.rule(
    "chat-stored-page",
    "should",
    "A list tells its first and its last id, and whether there is more.",
    source=f"{REFERENCE}/list",
)
def _page(evidence: Evidence) -> Iterator[Finding]:
    page = members(evidence.json)
    rows = [members(row).get("id") for row in elements(page.get("data"))]
    if evidence.endpoint not in _LISTS or not isinstance(page.get("data"), list):
        return
    for name, wanted in (("first_id", rows[0] if rows else None), ("last_id", rows[-1] if rows else None)):
        if page.get(name) != wanted:
            yield name, f"is {shown(page.get(name, MISSING))}; {shown(wanted)}"
    if not isinstance(page.get("has_more"), bool):
        yield "has_more", f"is {shown(page.get('has_more', MISSING))}; a boolean"


@RULES.rule(
    "chat-stored-id",
    "must",
    "What is got, changed or deleted is the completion that was named.",
    source=f"{REFERENCE}/get",
)
def _id(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint in ("stored-chat", "stored-chat-deleted"):
        value = members(evidence.json).get("id", MISSING)
        if value != named(evidence):
            yield "id", f"is {shown(value)}; {shown(named(evidence))} was asked for"


@RULES.rule(
    "chat-stored-deleted",
    "must",
    'A deletion is told by the object "chat.completion.deleted", with `deleted` true.',
    source=f"{REFERENCE}/delete",
)
def _deleted(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint == "stored-chat-deleted":
        for name, wanted in (("object", "chat.completion.deleted"), ("deleted", True)):
            value = members(evidence.json).get(name, MISSING)
            if value != wanted:
                yield name, f"is {shown(value)}; {shown(wanted)}"


@RULES.rule(
    "chat-stored-same",
    "must",
    "A stored completion says what it said when it was made.",
    source=f"{REFERENCE}/get",
)
def _same(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint == "stored-chat":
        for number, (id_, said) in evidence.earlier(answered):
            if id_ == named(evidence) and said != _said(evidence):
                yield "choices", f"say {shown(_said(evidence))}; in exchange {number} they said {shown(said)}"


@RULES.rule(
    "chat-stored-gone",
    "must",
    "A completion that was deleted is gone: 404.",
    source=f"{REFERENCE}/delete",
)
def _gone(evidence: Evidence) -> Iterator[Finding]:
    if evidence.endpoint in ("stored-chat", "stored-messages"):
        for number, id_ in evidence.earlier(deleted):
            if id_ == named(evidence):
                yield "status", f"is {evidence.status}, but exchange {number} deleted the completion; 404"
