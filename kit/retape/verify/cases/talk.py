"""A conversation as it goes on: what the next request brings, and what is kept of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retape.verify.cases.actions import ACTIONS, Action
from retape.verify.cases.answers import Answer, ToolCall
from retape.verify.cases.case import Case, Turn
from retape.verify.cases.seen import MODEL

Message = Mapping[str, Any]

LAST_ID = "$id"
"""Stands for the id of the last answer that has one."""


_STREAMED = ("stream_options",)
"""Arguments that are refused without a stream."""


class Talk:
    """One try at a case.

    Args:
        case: the case.
        model: the model's name.
        stream: whether answers are streamed.
    """

    def __init__(self, case: Case, *, model: str, stream: bool) -> None:
        self.said: list[Message] = []
        """What was asked and answered, as messages or as items."""
        self.answers: list[Answer] = []
        self._case = case
        self._model = model
        self._stream = stream
        self._carried: dict[str, dict[str, Any]] = {}
        self._results: list[Message] = []
        self._new: list[Message] = []
        self._given: dict[str, Any] = {}
        self._last = ""
        self._asked: set[str] = set()

    def arguments(self, turn: Turn) -> dict[str, Any] | None:
        """What a turn's request brings; None when there is nothing to go on with.

        Args:
            turn: the next turn.
        """
        action = ACTIONS[turn.does]
        given = {**self._carried.get(turn.does, {}), **turn.ask}
        if not self._stream or action.read_stream is None:
            given = {name: value for name, value in given.items() if name not in _STREAMED}
        given = self._given = {name: self._filled(value) for name, value in given.items()}
        if action.modelled:
            given = {"model": self._model, **given}
        if action.about:
            given = {action.about: self._last, **given}
        return self._told(turn, action, given) if action.carries else given

    def _filled(self, value: Any) -> Any:
        """A value with what only the conversation knows."""
        if isinstance(value, Mapping):
            return {name: self._filled(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner) for inner in value]
        return {LAST_ID: self._last, MODEL: self._model}.get(value, value) if isinstance(value, str) else value

    def _told(self, turn: Turn, action: Action, given: dict[str, Any]) -> dict[str, Any] | None:
        """The arguments with the conversation in them."""
        fresh = turn.ask.get(action.carries)
        begun = turn.does in self._asked
        self._new = [*self._results, *_messages(fresh)]
        if begun and not self._new:
            return None
        chained = action.carries == "input" and not self._case.history
        if begun and chained and "conversation" not in given:
            given = {"previous_response_id": self._last, **given}
        told = self._new if chained else [*self.said, *self._new]
        if not begun or (isinstance(fresh, str) and len(told) == 1):
            return given  # as it is written: text stays text, and what is wrong on purpose stays wrong
        return {**given, action.carries: told}

    @property
    def told(self) -> list[Message]:
        """The whole conversation, with what the turn adds whose arguments were made last."""
        return [*self.said, *self._new]

    def hear(self, turn: Turn, answer: Answer) -> None:
        """Keep what was asked and answered; of a refused turn nothing is kept.

        Args:
            turn: the turn.
            answer: its answer.
        """
        action = ACTIONS[turn.does]
        self.answers.append(answer)
        if answer.id and not action.about:
            self._last = answer.id
        if not action.carries:
            return
        self._carried[turn.does] = {name: value for name, value in self._given.items() if name != action.carries}
        self._asked.add(turn.does)
        history = _HISTORIES[action.carries]
        self.said += [*self._new, *history.said(answer)]
        self._new = []
        self._results = [history.result(call, turn.results.get(call.name, "{}")) for call in answer.first.calls]


def _messages(fresh: Any) -> list[Message]:
    """New messages; text is one of the user's."""
    if isinstance(fresh, str):
        return [{"role": "user", "content": fresh}]
    return list(fresh) if isinstance(fresh, list) else []


class _Messages:
    """How chat writes what was said."""

    def said(self, answer: Answer) -> list[Message]:
        """The assistant's message: only what was said, none of the fields that came with it."""
        choice = answer.first
        message: dict[str, Any] = {"role": "assistant", "content": choice.text or (None if choice.calls else "")}
        if choice.calls:
            message["tool_calls"] = [_function(call) for call in choice.calls]
        return [message]

    def result(self, call: ToolCall, text: str) -> Message:
        """What a tool gave."""
        return {"role": "tool", "tool_call_id": call.id, "content": text}


def _function(call: ToolCall) -> Message:
    inner = {"name": call.name, "arguments": call.arguments}
    return {"id": call.id, "type": "function", "function": inner}


class _Items:
    """How the Responses API writes it."""

    def said(self, answer: Answer) -> list[Message]:
        """The assistant's items."""
        choice = answer.first
        told: list[Message] = [{"role": "assistant", "content": choice.text}] if choice.text else []
        return [*told, *(_item(call) for call in choice.calls)]

    def result(self, call: ToolCall, text: str) -> Message:
        """What a function gave."""
        return {"type": "function_call_output", "call_id": call.id, "output": text}


def _item(call: ToolCall) -> Message:
    return {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}


_HISTORIES: Mapping[str, _Messages | _Items] = {"messages": _Messages(), "input": _Items()}
"""The argument that carries a conversation -> how it is written there."""
