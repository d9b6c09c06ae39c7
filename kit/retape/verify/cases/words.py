"""The words that cases expect with: the table.  Each says what it takes, what it judges, and when it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from retape.handlers.fake.script.kinds import COUNT, TEXT, TEXTS, TRUE, Kind
from retape.verify.cases import judging_calls, judging_objects, judging_protocol, judging_text
from retape.verify.cases.case import Kind as ProblemKind
from retape.verify.cases.kinds import CALLS, COUNTS, FINISH, REFUSED, SEVERAL, STATUS, VALUES, VECTORS, WHOLE
from retape.verify.cases.seen import Seen

Complaint = str | tuple[ProblemKind, str]
"""What is wrong, in a sentence; with another kind than the word's, where the word can't tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A row.

    Args:
        name: the word.
        takes: what it takes.
        judges: whether it is about the protocol, or about what the model said.
        does: when it holds, for people.
        check: (what was wanted, what was seen) -> what is wrong.
    """

    name: str
    takes: Kind
    judges: Literal["protocol", "quality"]
    does: str
    check: Callable[[Any, Seen], Iterable[Complaint]]


def _row(name: str, takes: Kind, does: str, check: Callable[[Any, Seen], Iterable[Complaint]]) -> Word:
    return Word(name=name, takes=takes, judges="protocol", does=does, check=check)


def _model(name: str, takes: Kind, does: str, check: Callable[[Any, Seen], Iterable[Complaint]]) -> Word:
    return Word(name=name, takes=takes, judges="quality", does=does, check=check)


_ROWS = (
    _model("text", TEXTS, "the answer says this, or one of these, in whatever case", judging_text.text),
    _model("quotes", TEXT, "the answer has this text to the letter, undamaged", judging_text.quotes),
    _model("calls", CALLS, "it calls these tools and no others, with these arguments", judging_calls.calls),
    _model("items", COUNTS, "the JSON's lists have so many items", judging_text.items),
    _model("values", VALUES, "the JSON's fields have one of these values", judging_text.values),
    _model("filled", TEXTS, "these fields of the JSON aren't empty", judging_text.filled),
    _model("output", TEXTS, "items of these types are in the response, in this order", judging_objects.output),
    _row("says", TRUE, "there is some content, and no call in its place", judging_text.says_something),
    _row("without", TEXTS, "the answer has none of these texts", judging_text.without),
    _row("begins", TEXT, "the answer begins with this text", judging_text.begins),
    _row("json", TRUE, "the answer is a JSON object, and nothing around it", judging_text.json_object),
    _row("valid", TRUE, "the answer is JSON that validates against the schema asked for", judging_text.valid),
    _row("no_calls", TRUE, "no tool is called", judging_calls.no_calls),
    _row("some_calls", COUNT, "at least so many calls come", judging_calls.some_calls),
    _row("most_calls", COUNT, "at most so many calls come", judging_calls.most_calls),
    _row("only_calls", TEXTS, "no tool is called but these", judging_calls.only_calls),
    _row("fitting_calls", TRUE, "the arguments validate against the tools' schemas", judging_calls.fitting_calls),
    _row("refused", REFUSED, "it is refused with this status, before any answer", judging_protocol.refused),
    _row("may_refuse", REFUSED, "it is answered, or refused with this status", judging_protocol.may_refuse),
    _row("finish", FINISH, "the finish reason is one of these", judging_protocol.finish),
    _row("status", STATUS, "the response's status is one of these", judging_protocol.status),
    _row("reason", TEXTS, "what made the response incomplete is one of these", judging_protocol.reason),
    _row("choices", COUNT, "so many choices come, each with its own index", judging_protocol.choices),
    _row("usage", TRUE, "the tokens are counted, and the counts add up", judging_protocol.usage),
    _row("tokens", COUNT, "no more tokens than this were said", judging_protocol.tokens),
    _row("logprobs", WHOLE, "each token has its log probability, and so many others' beside it",
         judging_protocol.logprobs),
    _row("same", TRUE, "it is the answer of the turn before, read again", judging_objects.same),
    _row("follows", TRUE, "it names the answer that it goes on from", judging_objects.follows),
    _row("vectors", VECTORS, "so many vectors come, of so many dimensions", judging_objects.vectors),
    _row("same_vectors", TRUE, "the vectors are those of the turn before", judging_objects.same_vectors),
    _row("ordered", TRUE, "each vector is nearest to the one at its place in the turn before, read backwards",
         judging_objects.ordered),
    _row("listed", TRUE, "the model is in the list", judging_objects.listed),
    _row("fields", VALUES, "the object's fields have one of these values", judging_objects.fields),
    _row("counts", SEVERAL, "these fields of the object are whole numbers above 0", judging_objects.counts),
)  # fmt: skip

WORDS: Mapping[str, Word] = {row.name: row for row in _ROWS}
"""Word -> its row."""

OTHER_WORDS = {
    "contains": "text", "content": "text", "answer": "text", "output_text": "text", "tool_calls": "calls",
    "call": "calls", "error": "refused", "status_code": "refused", "refusal": "refused", "finish_reason": "finish",
    "n": "choices", "schema": "valid", "json_schema": "valid", "json_object": "json", "equals": "same",
    "top_logprobs": "logprobs", "max_tokens": "tokens", "embedding": "vectors", "deleted": "fields", "not": "without",
}  # fmt: skip
"""What others call them -> the word."""
