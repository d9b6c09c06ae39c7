"""Faults of the body as a whole: cut short in good order, empty, of the wrong type, a page, broken arguments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Unpack

from retape.errors import UsageError
from retape.handlers import Handler
from retape.handlers.faults.asked import html
from retape.handlers.faults.faulted import Change, Faulted, Strike, When, at_least, through
from retape.handlers.faults.opened import Answer, is_event, joined, rewritten, with_header
from retape.tape.request import Request
from retape.tape.sse import SSEEvent
from retape.tape.steps import Chunk, Step


def truncated(handler: Handler, *, size: int | None = None, **when: Unpack[When]) -> Faulted:
    """Ends the body too soon and in good order: its length, if it has one, fits what is sent.

    Args:
        handler: what answers; streams are cut too, wherever the byte falls.
        size: how many bytes of the decoded body are sent; None for half.  A body that isn't longer is left alone.
        when: which calls it strikes.
    """
    at_least(0, size=size)

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        rest = list(answer.rest)
        body = joined(rest)
        sent = len(body) // 2 if size is None else size
        if answer.head is None or sent >= len(body):
            yield from answer.start(sized=True)
            yield from rest
            return
        strike()
        yield from answer.before
        sized = answer.head.header("content-length") is not None
        yield with_header(answer.head, "content-length", str(sent)) if sized else answer.head
        yield from _first(rest, sent)

    return Faulted(handler, "truncated", through(change), {"size": size}, when)


def _first(steps: list[Step], size: int) -> Iterator[Step]:
    for step in steps:
        if not size:
            return
        if isinstance(step, Chunk):
            step = Chunk(step.data[:size])
            size -= len(step.data)
        yield step


def _replaced(body: bytes | None, content_type: str | None) -> Change:
    """A change to another body, another content type or both; None keeps it."""

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        if answer.head is None:
            yield from answer.before
            return
        strike()
        head = answer.head if content_type is None else with_header(answer.head, "content-type", content_type)
        yield from answer.before
        if body is None:
            yield head
            yield from answer.rest
            return
        yield with_header(head, "content-length", str(len(body)))
        if body:
            yield Chunk(body)

    return change


def empty(handler: Handler, **when: Unpack[When]) -> Faulted:
    """Sends the head and no body at all, `content-length: 0`.

    Args:
        handler: what answers; its status and content type stay, so that a stream is an empty stream.
        when: which calls it strikes.
    """
    return Faulted(handler, "empty", through(_replaced(b"", None)), {}, when)


def wrong_type(handler: Handler, *, to: str = "text/plain", **when: Unpack[When]) -> Faulted:
    """Sends the body under another content type.

    Args:
        handler: what answers.
        to: that content type.
        when: which calls it strikes.
    """
    return Faulted(handler, "wrong-type", through(_replaced(None, to)), {"to": to}, when)


def html_page(handler: Handler, *, code: int = 502, **when: Unpack[When]) -> Faulted:
    """Sends a proxy's HTML page; the handler isn't asked.

    Args:
        handler: what answers the other calls.
        code: the status, 200 to 599; 200 is a captive portal's page.
        when: which calls it strikes.

    Raises:
        UsageError: no such status.
    """
    if not 200 <= code <= 599:
        raise UsageError(f"code={code!r}: use a status from 200 to 599")

    def act(_: Handler, request: Request, strike: Strike) -> Iterator[Step]:
        strike()
        return html(code).steps()

    return Faulted(handler, "html-page", act, {"code": code}, when)


def broken_arguments(handler: Handler, **when: Unpack[When]) -> Faulted:
    """Lets a model write tool call arguments that are no JSON: their closing braces are missing.

    Args:
        handler: what answers, chat or Responses, plain or streamed; an answer without tool calls is left alone.
        when: which calls it strikes.
    """

    def change(_: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start()
        if answer.is_stream:
            yield from rewritten(answer.rest, lambda event: _event_unclosed(event, strike))
            return
        rest = list(answer.rest)
        body = joined(rest)
        changed = _unclosed(body, strike)
        yield from rest if changed == body else (Chunk(changed),)

    return Faulted(handler, "broken-arguments", through(change), {}, when)


def _event_unclosed(event: SSEEvent, strike: Strike) -> bytes:
    if not is_event(event):
        return event.raw
    data = (event.data or "").encode()
    changed = _unclosed(data, strike)
    return event.raw if changed == data else replace(event, data=changed.decode(), raw=b"").encode()


def _unclosed(data: bytes, strike: Strike) -> bytes:
    try:
        value = json.loads(data)
    except ValueError:
        return data
    changed = _open(value)
    if changed == value:
        return data
    strike()
    return json.dumps(changed, ensure_ascii=False, separators=(",", ":")).encode()


def _open(value: Any) -> Any:
    if isinstance(value, list):
        return [_open(item) for item in value]
    if not isinstance(value, dict):
        return value
    named = {"arguments", "delta"} if value.get("type") == "response.function_call_arguments.delta" else {"arguments"}
    return {
        key: item.replace("}", "") if key in named and isinstance(item, str) else _open(item)
        for key, item in value.items()
    }
