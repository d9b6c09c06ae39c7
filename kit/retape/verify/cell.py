"""A finished run: a matrix of cells, each a case in one mode on one provider's model, with its verdict and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from retape.tape.exchange import Exchange
from retape.verify.violation import Violation

Verdict = Literal["pass", "fail", "known", "unsupported", "inconclusive", "skipped", "error", "unrecorded"]
"""What is said of a cell.

    pass          the protocol and the model did what the case asks
    fail          one of them didn't, `why` says which
    known         it fails as the provider's file says that it does
    unsupported   a clean refusal of something that the provider needn't have (4xx, 404, 501)
    inconclusive  what the case is about never happened: nothing was shown either way
    skipped       not asked, for the reason given
    error         no answer that counts came (transport, outage, a mistake of the case's own): nothing of it is kept, so
                  that the next live run asks again, and offline the cell is unrecorded
    unrecorded    offline, and nothing is recorded: nobody asked yet, or what came was an error
"""

NOT_ASKED = "not asked: "
"""What a skipped cell's `why` begins with when it would have been asked, had the provider been in order."""

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One case in one mode on one model.

    Args:
        test: the case's test, "chat-basic".
        case: the case in it, "earth".
        title: as the matrix names the row: "test_chat_streaming_basic (earth)".
        stream: whether it streamed.
        endpoint: "chat", "responses", ...
        provider: the provider's name.
        model: the model's name.
        verdict: see `Verdict`.
        why: one sentence; "" for a plain pass.
        conforms: whether the protocol held (expectations of it, and every "must" rule); None when it wasn't seen.
        answered: whether the model said what the case expects; None when that isn't asked, or wasn't seen.
        violations: what the rules found, notes included.
        deviations: the ids of the provider's known deviations that explain it.
        exchanges: what was sent and what came, in order.
        cassette: the file they are in, "" for none.
        seconds: how long it took; in a replay, how long it took when it was recorded.
        prompt_tokens: what the provider counted.
        completion_tokens: what the provider counted.
        rerun: the command that runs this row again.
        requests: how many exchanges there were, where they aren't kept (a baseline); counted from them elsewhere.
    """

    test: str
    case: str
    title: str
    stream: bool
    endpoint: str
    provider: str
    model: str
    verdict: Verdict
    why: str = ""
    conforms: bool | None = None
    answered: bool | None = None
    violations: tuple[Violation, ...] = ()
    deviations: tuple[str, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    cassette: str = ""
    seconds: float = 0.0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    rerun: str = ""
    requests: int = 0

    @property
    def seen(self) -> bool:
        """Whether there is evidence: something was sent, be it kept here or not."""
        return bool(self.exchanges or self.requests)

    @property
    def is_lost(self) -> bool:
        """Whether there is no evidence of a cell that should have some; one that isn't meant to be asked isn't lost."""
        return self.verdict == "unrecorded" or (self.verdict == "skipped" and self.why.startswith(NOT_ASKED))

    @property
    def id(self) -> str:
        """The cell's name, unique in a run: "fake/gpt-4o-mini/chat-basic/earth/stream"."""
        return "/".join([self.provider, self.model, *self.row])

    @property
    def row(self) -> tuple[str, str, str]:
        """Test, case and mode: a row of the matrix."""
        return self.test, self.case, "stream" if self.stream else "plain"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    part: int
    whole: int

    @property
    def percent(self) -> float | None:
        """In percent; None of nothing."""
        return 100 * self.part / self.whole if self.whole else None

    def __str__(self) -> str:
        return f"{self.part}/{self.whole}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Three numbers, never one: how much was seen, how much of that conforms, and how well the model answered.

    Args:
        coverage: cells with evidence, of all cells; an error is none.
        conformance: cells whose protocol held, of those where it was seen.
        quality: cells in which the model answered as expected, of those where that was asked and seen.
    """

    coverage: Share
    conformance: Share
    quality: Share


def score(cells: Iterable[Cell]) -> Score:
    """The three numbers of some cells."""
    cells = list(cells)
    conforms = [cell.conforms for cell in cells if cell.conforms is not None]
    answered = [cell.answered for cell in cells if cell.answered is not None]
    return Score(
        coverage=Share(sum(cell.seen and cell.verdict != "error" for cell in cells), len(cells)),
        conformance=Share(sum(conforms), len(conforms)),
        quality=Share(sum(answered), len(answered)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A finished (or interrupted) run.

    Args:
        cells: in the order of the rows, then providers, then models.
        live: whether providers were asked, rather than recordings.
        started: ISO 8601 in UTC; in a replay, of the oldest recording.
        seconds: how long the run took.
        display: provider or "provider/model" -> the name to show.
        interrupted: whether it was ended before its end.
        version: retape's.
        client: the official client's name and version, "openai 3.52.0".
    """

    cells: tuple[Cell, ...]
    live: bool = False
    started: str = ""
    seconds: float = 0.0
    display: Mapping[str, str] = field(default_factory=dict)
    interrupted: bool = False
    version: str = ""
    client: str = ""
