"""The sources that a text names: found by its searches, or as a script says."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import replace

from retape.handlers.fake.ask import Ask
from retape.handlers.fake.endpoints.responses.hosted import SOURCE
from retape.handlers.fake.endpoints.responses.inputs import Item
from retape.handlers.fake.reply import Reply

_LONGEST = 300
"""Characters of a result that are repeated."""


def cited(ask: Ask, reply: Reply, items: Sequence[Item]) -> Reply:
    """A made-up text that uses what its searches found; what a script says stays as it is.

    Args:
        ask: the question.
        reply: the whole of it.
        items: those of its tools.
    """
    made_up = [kind for kind, fields in reply.tools_used if "settings" in fields]
    if reply.text is None or reply.annotations or ask.format != "text" or not made_up:
        return reply
    searches = (item["results"] for item in items if item["type"] == "file_search_call")
    found = next((results[0] for results in searches if results), None)
    if found is not None:
        return _quoted(ask, reply, found)
    return _linked(reply) if any(kind.startswith("web_search") for kind in made_up) else reply


def _quoted(ask: Ask, reply: Reply, found: Item) -> Reply:
    """The best result of a search in files; one that was made up has nothing to say beside the question."""
    text = reply.text or ""
    if found["text"] != ask.question:
        told = textwrap.shorten(found["text"], _LONGEST, placeholder="\u2026")
        text = f"According to {found['filename']}: {told}"
    note = {"type": "file_citation", "file_id": found["file_id"], "filename": found["filename"], "index": len(text) - 1}
    return replace(reply, text=text, pieces=None, annotations=(note,))


def _linked(reply: Reply) -> Reply:
    url, title = SOURCE
    link = f"([{title}]({url}))"
    start = len(reply.text or "") + 1
    note = {"type": "url_citation", "end_index": start + len(link), "start_index": start, "title": title, "url": url}
    return replace(reply, text=f"{reply.text} {link}", pieces=None, annotations=(note,))


def notes(reply: Reply, text: str) -> list[Item]:
    """The annotations of what was said of a reply: none of what was cut off, and those of chat in the form of here.

    Args:
        reply: with its annotations.
        text: what was said.
    """
    return [note for note in map(_flat, reply.annotations) if _end(note) <= len(text)]


def _end(note: Item) -> int:
    return int(note.get("end_index") or note.get("index") or 0)


def _flat(note: Mapping[str, object]) -> Item:
    kind = str(note["type"])
    inner = note.get(kind)
    return {"type": kind, **inner} if isinstance(inner, Mapping) else dict(note)
