"""A case: a short conversation with a provider, and what has to come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from retape.handlers.fake.script.nodes import Node, Place

Kind = Literal["protocol", "quality", "unsupported", "inconclusive", "error"]
"""What a problem is about.

    protocol      the server broke the API
    quality       the API held, and the model said something else
    unsupported   a clean refusal of something that a provider needn't have
    inconclusive  what the turn is about never happened
    error         no answer came at all, or the case itself is wrong
"""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One thing that has to be true of an answer.

    Args:
        word: a row of `retape.verify.cases.words.WORDS`.
        wanted: what the row takes.
        place: where it was written.
    """

    word: str
    wanted: Any
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One request, and what has to be true of its answer.

    Args:
        does: a row of `retape.verify.cases.actions.ACTIONS`: "chat", "retrieve", ...
        ask: arguments of the client's method; those of earlier turns hold on, messages and input are what is new.
        expect: what has to be true.
        results: what the tools give that the answer calls, tool -> text; the next turn brings it.
        key: an API key in the place of the provider's; "" for that one.
        answer: what the fake says so that it passes, as a rule of a fake's script has it; None for its own.
        place: where it was written.
    """

    does: str
    ask: Mapping[str, Any]
    expect: tuple[Expectation, ...]
    results: Mapping[str, str]
    key: str
    answer: Node | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A conversation of one turn or more.

    Args:
        test: the test it belongs to, "chat-basic".
        case: its name in there, "earth".
        endpoint: "chat", "responses", ...
        turns: in order.
        needs: what a provider has to be able to do: "tools", "vision", "json-schema", "responses", ...
        modes: whether it streams: (False, True) for both, plain first.
        history: whether a turn of the Responses API brings all that was said, rather than `previous_response_id`.
        about: what it is for, in a sentence.
        place: "cases/chat-basic.yaml:7".
    """

    test: str
    case: str
    endpoint: str
    turns: tuple[Turn, ...]
    needs: frozenset[str] = frozenset()
    modes: tuple[bool, ...] = (False, True)
    history: bool = False
    about: str = ""
    place: str = ""

    @property
    def judged(self) -> bool:
        """Whether what the model says is judged, and not the protocol alone."""
        from retape.verify.cases.words import WORDS

        return any(WORDS[expected.word].judges == "quality" for turn in self.turns for expected in turn.expect)

    def name(self, stream: bool) -> str:
        """The test's name in a mode, "test_chat_non_streaming_basic"; a test with one mode doesn't name it.

        Args:
            stream: whether it streams.
        """
        first, *rest = self.test.replace("-", "_").split("_")
        mode = [] if len(self.modes) == 1 else ["streaming"] if stream else ["non_streaming"]
        return "_".join(["test", first, *mode, *rest])

    def title(self, stream: bool) -> str:
        """As a row of the matrix, "test_chat_non_streaming_basic (earth)".

        Args:
            stream: whether it streams.
        """
        return f"{self.name(stream)} ({self.case})"

    def id(self, stream: bool) -> str:
        """As pytest names it, "test_chat_non_streaming_basic[earth]".

        Args:
            stream: whether it streams.
        """
        return f"{self.name(stream)}[{self.case}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What was wrong in a turn.

    Args:
        kind: see `Kind`.
        turn: which turn, from 1.
        message: one sentence.
        word: the expectation that it broke; "" for none.
    """

    kind: Kind
    turn: int
    message: str
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of a case.

    Args:
        problems: in the order in which they were seen; the first protocol or worse one ends the case.
        judged: whether what a model said could be judged, in all turns that ask for it.
        turns: how many turns were done.
        prompt_tokens: what the provider counted, all turns together.
        completion_tokens: what the provider counted, all turns together.
    """

    problems: tuple[Problem, ...] = ()
    judged: bool = False
    turns: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
