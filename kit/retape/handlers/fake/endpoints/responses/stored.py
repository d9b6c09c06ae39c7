"""What becomes of an answer: read, streamed again, cancelled, deleted, asked for its input."""

from __future__ import annotations

from typing import Any

from retape.handlers.fake.answer import Answer, json_answer, stream_answer
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.create import POLLS, Row, finish
from retape.handlers.fake.endpoints.responses.stream import frames
from retape.handlers.fake.literals import whole_number
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import refused

_REFUSED = {
    "completed": "Cannot cancel a completed response.",
    "failed": "Cannot cancel a failed response.",
    "incomplete": "Cannot cancel an incomplete response.",
}
"""What cancelling says of an answer that is over; the first two are quoted in several projects."""

_SYNCHRONOUS = "Cannot cancel a synchronous response."
"""The same of an answer that wasn't made in the background."""


def _row(call: Call) -> Row:
    """The stored answer that the path names.

    Raises:
        Refused: there is none.
    """
    name = call.path["response_id"]
    row = call.table("responses").get(name)
    if row is None:
        raise refused(f"Response with id '{name}' not found.", status=404)
    return row


def _now(row: Row, include: tuple[str, ...] = ()) -> dict[str, Any]:
    """The answer as it stands."""
    answer = row["told"]
    if row["cancelled"]:
        return dict(answer.at("cancelled"))
    if row["polls"] >= POLLS:
        return dict(answer.done(include))
    return dict(answer.at("in_progress" if row["polls"] else "queued"))


def _included(call: Call) -> tuple[str, ...]:
    return tuple(call.query.get("include", "").split(","))


def retrieve(call: Call) -> Answer:
    """GET /responses/{response_id}; a background answer gets on by being looked at."""
    row = _row(call)
    if call.query.get("stream") == "true":
        if not row["cancelled"]:
            finish(call, row)
        padded = call.query.get("include_obfuscation") != "false"
        after = _after(call)
        wanted = _included(call)
        return stream_answer(
            frames(row["told"], padded=padded, after=after, include=wanted, cancelled=row["cancelled"])
        )
    row["polls"] += 1
    if row["polls"] == POLLS and not row["cancelled"]:
        finish(call, row)
    return json_answer(_now(row, _included(call)))


def _after(call: Call) -> int:
    """The number of the last event that is known already.

    Raises:
        Refused: it is no number.
    """
    given = call.query.get("starting_after")
    if given is None:
        return -1
    after = whole_number(given)
    if isinstance(after, str) or after < 0:
        sentence = "Invalid type for 'starting_after': expected an integer, but got a string instead."
        raise refused(sentence, param="starting_after", code="invalid_type")
    return after


def cancel(call: Call) -> Answer:
    """POST /responses/{response_id}/cancel.

    Raises:
        Refused: the answer is over, or wasn't made in the background.
    """
    row = _row(call)
    whole = row["told"].whole
    if not whole["background"]:
        raise refused(_SYNCHRONOUS)
    if row["polls"] >= POLLS and not row["cancelled"]:
        raise refused(_REFUSED[whole["status"]])
    row["cancelled"] = True
    return json_answer(_now(row))


def delete(call: Call) -> Answer:
    """DELETE /responses/{response_id}."""
    row = _row(call)
    name = row["told"].whole["id"]
    del call.table("responses")[name]
    for item in row["told"].output:
        call.table("items").pop(item["id"], None)
    return json_answer({"id": name, "object": "response", "deleted": True})


def input_items(call: Call) -> Answer:
    """GET /responses/{response_id}/input_items: all that the answer was given to, earlier turns included."""
    return json_answer(page(_row(call)["context"], call.query))
