"""An error inside a stream that began well: status 200, and then an event that says what went wrong.

The shapes are those of recordings and issue threads: chat sends `data: {"error": ...}` without an event line and ends;
Responses sends `response.failed` with the whole response, or an `error` event, flat as its OpenAPI document has it or
nested as clients meet it since 2025.  Neither sends `[DONE]` after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, Unpack, get_args

from retape.handlers import Handler
from retape.handlers.fake.refusal import Refusal
from retape.handlers.faults.asked import Asked
from retape.handlers.faults.causes import cause
from retape.handlers.faults.faulted import Faulted, Strike, When, at_least, one_of, through
from retape.handlers.faults.opened import HERE, Answer, marked
from retape.tape.request import Request
from retape.tape.sse import SSEDecoder, SSEEvent
from retape.tape.steps import Chunk, Step

Form = Literal["auto", "chat", "flat", "nested", "failed"]
"""The error's shape; "auto" for chat's in chat's streams, and in Responses' "flat"."""

Then = Literal["end", "done", "go-on"]
"""What follows: the stream's end, `[DONE]` and the end, or the rest of the answer."""


@dataclass(slots=True)
class Seen:
    """What a stream showed so far.

    Args:
        responses: whether it is one of the Responses API.
        number: its last sequence number, -1 for none.
        response: its last whole response object.
    """

    responses: bool
    number: int = -1
    response: dict[str, Any] = field(default_factory=dict)
    decoder: SSEDecoder = field(default_factory=SSEDecoder)

    def read(self, data: bytes) -> None:
        """Take in the next bytes."""
        for event in self.decoder.feed(data):
            self._note(event)

    def _note(self, event: SSEEvent) -> None:
        try:
            value = json.loads(event.data or "")
        except ValueError:
            return
        if not isinstance(value, dict):
            return
        if "choices" in value or str(value.get("type")).startswith("response."):
            self.responses = "choices" not in value
        number, response = value.get("sequence_number"), value.get("response")
        self.number = number if isinstance(number, int) else self.number + 1
        self.response = response if isinstance(response, dict) else self.response


def _chat(error: Refusal, _: Seen) -> tuple[str, Any]:
    return "", {"error": error.error}


def _flat(error: Refusal, seen: Seen) -> tuple[str, Any]:
    value = {"type": "error", "code": error.code or error.type, "message": error.message, "param": error.param}
    return "error", value | {"sequence_number": seen.number + 1}


def _nested(error: Refusal, seen: Seen) -> tuple[str, Any]:
    value = {"type": "error", "error": error.error, "status": error.status}
    return "error", value | {"sequence_number": seen.number + 1}


def _failed(error: Refusal, seen: Seen) -> tuple[str, Any]:
    failure = {"status": "failed", "error": {"code": error.code or error.type, "message": error.message}}
    response = {"object": "response"} | seen.response | failure | {"usage": None}
    return "response.failed", {
        "type": "response.failed",
        "sequence_number": seen.number + 1,
        "response": response,
    }


_FORMS = {"chat": _chat, "flat": _flat, "nested": _nested, "failed": _failed}
"""Shape -> the event's name and data."""


def error_event(
    handler: Handler,
    *,
    after: int = 0,
    which: int | str = "server-error",
    form: Form = "auto",
    then: Then = "end",
    **when: Unpack[When],
) -> Faulted:
    """Sends an error inside a stream.

    Args:
        handler: what answers.
        after: whole events that come first; an answer with fewer, or that is no stream, is left alone.
        which: the error, by status or name as in `status`.
        form: "chat", "flat", "nested" or "failed" (`response.failed`); "auto" sees from the stream whose it is.
        then: "end", "done" (`[DONE]` follows) or "go-on" (the rest of the answer follows).
        when: which calls it strikes.

    Raises:
        UsageError: no such error, or an argument is wrong.
    """
    at_least(0, after=after)
    one_of(get_args(Form), form=form)
    one_of(get_args(Then), then=then)
    row = cause(which)

    def change(request: Request, answer: Answer, strike: Strike) -> Iterator[Step]:
        yield from answer.start(sized=not answer.is_stream)
        if not answer.is_stream:
            yield from answer.rest
            return
        seen = Seen(responses="/responses" in request.path)
        error = row.make(Asked(request=request))
        for step in marked(answer, after):
            if step != HERE:
                if isinstance(step, Chunk):
                    seen.read(step.data)
                yield step
                continue
            strike()
            shape = form if form != "auto" else "flat" if seen.responses else "chat"
            yield Chunk(_frame(*_FORMS[shape](_as_refusal(error), seen)))
            if then == "done":
                yield Chunk(b"data: [DONE]\n\n")
            if then != "go-on":
                return

    shown = {"after": after, "which": which, "form": form, "then": then}
    return Faulted(handler, "error-event", through(change), shown, when)


def _as_refusal(error: Any) -> Refusal:
    """A page can't stand in a stream: its error as the API would say it."""
    return (
        error
        if isinstance(error, Refusal)
        else Refusal(status=error.status, message="Bad gateway.", type="server_error")
    )


def _frame(name: str, value: Any) -> bytes:
    event = f"event: {name}\n" if name else ""
    return f"{event}data: {json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()
