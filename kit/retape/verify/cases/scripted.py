"""A fake that passes cases: it answers each turn with the case's own answer, whoever asks, and in any order.

Which turn a request is, its conversation says: what the user, the developer and the tools have said so far.  Where
several turns have the same, the one counts whose other arguments are most like the request's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.ask import Turn as Said
from retape.handlers.fake.ask import chat_turns, item_turns
from retape.handlers.fake.fake import Fake
from retape.handlers.fake.script.deeds import Says
from retape.handlers.fake.script.nodes import Node
from retape.handlers.fake.script.reading import add_act
from retape.handlers.fake.script.rule import Rule
from retape.handlers.fake.sent import Sent
from retape.verify.cases.actions import ACTIONS
from retape.verify.cases.answers import Answer, Choice, ToolCall
from retape.verify.cases.case import Case, Turn
from retape.verify.cases.talk import Message, Talk

Conversation = tuple[tuple[str, str, int], ...]
"""(role, text, images) of all that wasn't said by the assistant."""

_BESIDE = frozenset(
    {"model", "stream", "stream_options", "messages", "input", "prompt", "instructions", "tools"}
    | {"previous_response_id", "conversation"}
)
"""Arguments that say nothing about which turn it is, or say it by the conversation."""


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Line:
    """A turn that the fake can answer.

    Args:
        given: its arguments, but for the conversation.
        tools: the names of the tools that it offers.
        key: the API key that it comes with, "" for any.
        answer: what is said.
    """

    given: Mapping[str, Any]
    tools: frozenset[str]
    key: str
    answer: Node

    def likeness(self, sent: Sent) -> int:
        """How like the turn's a request's arguments are."""
        body: dict[str, Any] = sent.body if isinstance(sent.body, dict) else {}
        names = (self.given.keys() | body.keys()) - _BESIDE
        equal: int = sum(name in self.given and name in body and self.given[name] == body[name] for name in names)
        return 2 * equal - len(names) + (1 if self.tools == frozenset(sent.tools) else -1)

    def admits(self, sent: Sent) -> bool:
        """Whether a request has the turn's key."""
        return not self.key or sent.headers.get("authorization", "") == f"Bearer {self.key}"


class _Prompter:
    """All lines, by endpoint and conversation."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, Conversation], list[_Line]] = {}
        self._last: tuple[Sent | None, _Line | None] = (None, None)

    def add(self, endpoint: str, conversation: Conversation, line: _Line) -> None:
        """One more line."""
        self._lines.setdefault((endpoint, conversation), []).append(line)

    def line(self, sent: Sent) -> _Line | None:
        """The line for a request; each rule asks, and it is looked up once."""
        before, found = self._last
        if before is not sent:
            found = self._found(sent)
            self._last = (sent, found)
        return found

    def _found(self, sent: Sent) -> _Line | None:
        rows = self._lines.get((sent.endpoint, _conversation(sent.turns)), ())
        fitting = [row for row in rows if row.admits(sent)]
        return max(fitting, key=lambda row: (bool(row.key), row.likeness(sent)), default=None)


def cases_fake(cases: Iterable[Case], **settings: Any) -> Fake:
    """A fake that answers the cases' requests with the cases' answers, in any order, to any client.

    Args:
        cases: the cases.
        settings: of the fake; rules of a script go before the cases.
    """
    fake, prompter = Fake(**settings), _Prompter()
    for case in cases:
        for endpoint, conversation, line in _lines(case):
            prompter.add(endpoint, conversation, line)
            rule = fake.on(lambda sent, line=line: prompter.line(sent) is line)  # type: ignore[misc]
            rule.place = str(line.answer.place)
            add_act(rule.optional(), line.answer)
    return fake


def _lines(case: Case) -> Iterator[tuple[str, Conversation, _Line]]:
    """What a case's conversation is at each of its answers."""
    talk = Talk(case, model="", stream=False)
    for turn in case.turns:
        arguments = talk.arguments(turn) or {}
        if turn.answer is not None:
            given = {name: value for name, value in arguments.items() if name not in _BESIDE}
            line = _Line(given=given, tools=_offered(arguments), key=turn.key, answer=turn.answer)
            yield ACTIONS[turn.does].method, _conversation(_said(turn, arguments, talk.told)), line
        if not any(expected.word == "refused" for expected in turn.expect):
            talk.hear(turn, _answered(turn))


def _said(turn: Turn, arguments: Mapping[str, Any], said: Iterable[Message]) -> Iterable[Said]:
    if turn.does == "completions":
        return (Said(role="user", text=str(arguments.get("prompt"))),)
    instructions = arguments.get("instructions")
    before = [{"role": "system", "content": instructions}] if instructions else []
    return item_turns([*before, *said]) if turn.does == "responses" else chat_turns(said)


def _conversation(turns: Iterable[Said]) -> Conversation:
    """The canonical conversation; the results of calls made at once may come in any order."""
    told: list[tuple[str, str, int]] = []
    results: list[tuple[str, str, int]] = []
    for turn in turns:
        if turn.role == "tool":
            results.append(("tool", _text(turn), 0))
            continue
        told += sorted(results)
        results = []
        if turn.role != "assistant":
            told.append((turn.role, _text(turn), turn.images))
    return (*told, *sorted(results))


def _text(turn: Said) -> str:
    return " ".join(turn.text.split())


def _offered(arguments: Mapping[str, Any]) -> frozenset[str]:
    rows = arguments.get("tools") or ()
    return frozenset((row.get("function") or row.get("custom") or row).get("name", row.get("type", "")) for row in rows)


def _answered(turn: Turn) -> Answer:
    """The answer, as far as what follows depends on it: the calls whose results come next."""
    if turn.answer is None:
        return Answer(value={"id": "made-up"})
    rule = Rule((), place="")
    add_act(rule, turn.answer)
    deed = rule.acts[0].deed
    made = deed.calls if isinstance(deed, Says) else ()
    calls = tuple(ToolCall(id=f"call_{number}", name=name) for number, (name, _) in enumerate(made))
    return Answer(value={"id": "made-up"}, choices=(Choice(calls=calls),))
