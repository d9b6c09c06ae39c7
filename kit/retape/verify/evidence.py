"""One exchange, read once for all the rules: what was asked, what came, and as what it can be read.

Nothing is repaired here.  What can't be read is `UNREADABLE`, which no rule mistakes for a value, and the reason is
kept beside it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal, NamedTuple, NoReturn, TypeVar

from retape.tape.exchange import Exchange
from retape.tape.sse import SSEEvent, decode_sse
from retape.tape.steps import Outcome
from retape.verify.endpoints import endpoint_of

Form = Literal["plain", "stream", "error", "broken"]
"""plain: a whole answer; stream: events; error: a status of 400 and more; broken: the exchange has no status at all."""

DONE = "[DONE]"

T = TypeVar("T")


class Unreadable:
    """The place of a JSON value that isn't one."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNREADABLE"

    def __bool__(self) -> bool:
        return False


UNREADABLE = Unreadable()


class Frame(NamedTuple):
    """One event of a stream.

    Args:
        number: its place among the events with data, from 1.
        event: the event.
        data: its data, parsed; `UNREADABLE` when it is no JSON (as `[DONE]` isn't).
        problem: why it can't be read; "" when it can.
    """

    number: int
    event: SSEEvent
    data: Any
    problem: str = ""

    @property
    def is_done(self) -> bool:
        """Whether it is the chat stream's last word."""
        return self.event.data == DONE

    def at(self, path: str = "") -> str:
        """A place in it, as a finding names it."""
        return f"event {self.number}{': ' * bool(path)}{path}"


class Memory:
    """What the exchanges of one cassette leave behind for the rules that compare one with those before it."""

    def __init__(self) -> None:
        self._facts: dict[Callable[[Evidence], Any], list[tuple[int, Any]]] = {}

    def keep(self, evidence: Evidence, number: int, recalls: Iterable[Callable[[Evidence], Any]]) -> None:
        """Keep what is to be known of an exchange later on.

        Args:
            evidence: the exchange.
            number: its number in the cassette.
            recalls: each makes a fact of it, or None.
        """
        for recall in recalls:
            fact = recall(evidence)
            if fact is not None:
                self._facts.setdefault(recall, []).append((number, fact))

    def of(self, recall: Callable[[Evidence], T | None]) -> Sequence[tuple[int, T]]:
        """The facts of one kind so far, each with the number of its exchange."""
        return self._facts.get(recall, ())


class Evidence:
    """One exchange under the rules.

    Args:
        exchange: the exchange.
        memory: what the exchanges before it left behind; nothing when it stands alone.
    """

    def __init__(self, exchange: Exchange, memory: Memory | None = None) -> None:
        self.exchange = exchange
        self.memory = memory or Memory()
        self.endpoint = endpoint_of(exchange.request.method, exchange.request.url)

    @cached_property
    def form(self) -> Form:
        """As what the answer is to be read, whatever its content type says."""
        if self.status is None:
            return "broken"
        if self.status >= 400:
            return "error"
        if self.exchange.is_stream:
            return "stream"
        return "stream" if self.asked_stream and _looks_like_events(self.body) else "plain"

    # What was asked

    @cached_property
    def asked(self) -> Mapping[str, Any]:
        """The request's JSON object; empty when it has none."""
        try:
            value = self.exchange.request.json()
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def asked_stream(self) -> bool:
        """Whether a stream was asked for."""
        return self.asked.get("stream") is True or "stream=true" in self.exchange.request.query.lower()

    # What came

    @cached_property
    def status(self) -> int | None:
        """The HTTP status; None when none came."""
        return self.exchange.head.status if self.exchange.head else None

    @property
    def outcome(self) -> Outcome:
        """How the exchange ended: only of a "complete" one can anything be missing at its end."""
        return self.exchange.outcome

    def header(self, name: str) -> str | None:
        """The first value of one of the answer's header fields; None when absent."""
        return self.exchange.head.header(name) if self.exchange.head else None

    @property
    def body(self) -> bytes:
        """The answer's body, content-decoded."""
        return self.exchange.body

    @cached_property
    def _parsed(self) -> tuple[Any, str]:
        return read_json(self.body.decode("utf-8", "surrogateescape"))

    @property
    def json(self) -> Any:
        """The answer's body, parsed; `UNREADABLE` when it is no JSON."""
        return self._parsed[0]

    @property
    def json_problem(self) -> str:
        """Why the body can't be read as JSON; "" when it can."""
        return self._parsed[1]

    @cached_property
    def events(self) -> tuple[SSEEvent, ...]:
        """The answer's body as server-sent events, comments and cut ones included."""
        return tuple(decode_sse(self.body))

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The events that carry data, `[DONE]` included, each with its JSON."""
        return tuple(_framed(self.events))

    def earlier(self, recall: Callable[[Evidence], T | None]) -> Sequence[tuple[int, T]]:
        """What is known of the exchanges before it in its cassette.

        Args:
            recall: what its `Table` remembers of each: see `Table.remember`.

        Returns:
            The number of an exchange, and the fact, oldest first.
        """
        return self.memory.of(recall)

    def reading(self, read: Callable[[Evidence], T]) -> T:
        """What a family of rules makes of the exchange, made once.

        Args:
            read: makes it.
        """
        found: T | None = self._readings.get(read)
        if found is None:
            found = self._readings[read] = read(self)
        return found

    @cached_property
    def _readings(self) -> dict[Callable[[Evidence], Any], Any]:
        return {}


def _framed(events: Iterable[SSEEvent]) -> Iterator[Frame]:
    number = 0
    for event in events:
        data = event.data
        if data is not None and event.complete:
            number += 1
            value, problem = (UNREADABLE, "") if data == DONE else read_json(data)
            yield Frame(number, event, value, problem)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


_decoder = json.JSONDecoder(parse_constant=_no_constant)
_scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once  # type: ignore[attr-defined]


def read_json(text: str) -> tuple[Any, str]:
    """A JSON text's value, and why it has none.

    Args:
        text: the text; NaN and Infinity are no JSON.

    Returns:
        The value and "", or `UNREADABLE` and the reason.
    """
    try:
        value, end = _scan(text, 0)
    except (ValueError, StopIteration, RecursionError):
        end = -1
    if end == len(text):  # nearly always: no white space around it, no mistake to be told of
        return value, ""
    try:
        return _decoder.decode(text), ""
    except json.JSONDecodeError as error:
        return UNREADABLE, f"{error.msg.removesuffix(' at')} at character {error.pos}"
    except (ValueError, RecursionError) as error:
        return UNREADABLE, str(error)


def _looks_like_events(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf\r\n").startswith((b"data:", b"event:", b":", b"id:", b"retry:"))
