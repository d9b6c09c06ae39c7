"""A cassette in the terminal: its exchanges as conversations, with the timeline of each stream.

Everything recorded goes through `safe`, and into rich as `Text`, never as markup.  On a terminal
lines are wrapped to its width under a margin that names the speaker; into a file or a pipe they go
whole, for grep.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from retape.report.conversation import conversation
from retape.report.media import size
from retape.report.safe import safe, safe_line
from retape.report.shapes import one_line, parsed
from retape.report.summary import chosen, duration, how, status
from retape.report.timeline import ASCII, Timeline, picture, timeline_of
from retape.report.view import Kind, Part, Turn, View
from retape.tape.cassette import Cassette
from retape.tape.exchange import Exchange

MARGIN = 14
"""Columns for the speaker's name."""
LINES, CHARACTERS = 12, 1200
"""A longer part is cut unless everything is asked for."""
FIRST, LAST = 3, 9
"""Of more turns than these together, the ones between are left out."""

STYLES: dict[str, str] = {
    "system": "magenta",
    "developer": "magenta",
    "instructions": "magenta",
    "user": "cyan",
    "prompt": "cyan",
    "assistant": "green",
    "tool": "yellow",
    "function": "yellow",
    "error": "bold red",
}
"""Speaker -> the style of the name."""

KINDS: dict[Kind, tuple[str, str]] = {
    "text": ("", ""),
    "reasoning": ("(thinking) ", "dim italic"),
    "refusal": ("(refusal) ", "red"),
    "tool-call": ("", ""),
    "tool-result": ("", ""),
    "media": ("", "blue"),
    "note": ("", "dim"),
    "error": ("", "red"),
    "body": ("", ""),
}
"""Kind of a part -> what stands before its text, and its style."""


def show(
    cassette: Cassette,
    console: Console,
    *,
    timeline: bool = True,
    exchange: int | None = None,
    full: bool = False,
) -> None:
    """Print a cassette's exchanges as conversations.

    Args:
        cassette: of any origin.
        console: where to; its width, colours and encoding are obeyed.
        timeline: whether to picture how each stream came.
        exchange: the number of the only one to show, from 1; None for all.
        full: whether to show long texts and long conversations whole.

    Raises:
        UsageError: there is no exchange of that number.
    """
    page = Page(console=console, full=full)
    for number, recorded in chosen(cassette, exchange):
        if number > 1 and exchange is None:
            page.rule()
        page.exchange(recorded, f"{number}/{len(cassette)}", timeline=timeline)
    if not len(cassette):
        page.line("", Text("no exchanges", "dim"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Writes exchanges onto a console.

    Args:
        console: where to.
        full: whether to cut nothing.
    """

    console: Console
    full: bool = False

    def exchange(self, exchange: Exchange, number: str, *, timeline: bool) -> None:
        """One exchange, and a blank line."""
        view = conversation(exchange)
        self._heading(view, number)
        for turns in filter(None, (view.asked.turns, view.answered.turns)):
            self._blank()
            self._turns(turns)
        self._footer(view)
        if timeline and view.streamed:
            self._timeline(timeline_of(exchange))
        self._blank()

    def line(self, label: str, text: Text, style: str = "dim") -> None:
        """A text behind the margin, wrapped on a terminal."""
        name = self._safe_line(label)
        lines = list(self._wrapped(text))
        if len(name) >= MARGIN:
            self._print(Text(name, style))
        elif lines:
            lines[0] = Text().append(name.ljust(MARGIN), style).append_text(lines[0])
            self._print(lines.pop(0))
        for rest in lines:
            self._print(Text(" " * MARGIN).append_text(rest))

    def rule(self) -> None:
        """A line across, between two exchanges."""
        mark = "─" if self._unicode else "-"
        self.console.print(Text(mark * min(self.console.width, 100), "dim"), soft_wrap=True)

    @property
    def _unicode(self) -> bool:
        return self.console.encoding.lower().startswith("utf")

    def _wrapped(self, text: Text) -> Iterator[Text]:
        if not self.console.is_terminal:
            yield from text.split("\n", allow_blank=True)
            return
        text.expand_tabs(8)
        yield from text.wrap(self.console, max(20, self.console.width - MARGIN), overflow="fold")

    def _print(self, text: Text) -> None:
        text.rstrip()
        self.console.print(text, soft_wrap=not self.console.is_terminal, highlight=False, markup=False, emoji=False)

    def _blank(self) -> None:
        self.console.print()

    def _safe(self, text: str) -> str:
        return safe(text, self.console.encoding)

    def _safe_line(self, text: str) -> str:
        return safe_line(text, self.console.encoding)

    def _heading(self, view: View, number: str) -> None:
        title = Text().append(self._safe_line(f"{view.method} {view.path}"), "bold")
        for text, style in ((view.model, "bold"), (status(view), _verdict(view)), (how(view), ""), *_times(view)):
            if text:
                title.append(self._dot(), "dim").append(self._safe_line(text), style)
        self.line(number, title)
        sizes = f"sent {size(view.sent)}, received {size(view.received)}"
        day, _, time = view.recorded_at.partition("T")
        about = [view.base, f"recorded {day} {time[:8]} UTC" if time else "", sizes]
        self.line("", Text(self._safe_line(self._dot().join(filter(None, about))), "dim"))
        rows = [f"{name} {self._short(value)}" for name, value in view.asked.parameters]
        self._fact("parameters", self._dot().join(rows))
        self._fact("tools", ", ".join(view.asked.tools))

    def _turns(self, turns: tuple[Turn, ...]) -> None:
        skipped = len(turns) - FIRST - LAST
        if self.full or skipped < 2:
            skipped = 0
        for number, turn in enumerate(turns):
            if not FIRST <= number < FIRST + skipped:
                self._turn(turn)
            elif number == FIRST:
                self.line("", Text(self._safe(f"… {skipped} more, left out (--full shows them)"), "dim"))

    def _turn(self, turn: Turn) -> None:
        label = turn.role if turn.choice is None else f"{turn.role} {turn.choice}"
        style = STYLES.get(turn.role, "bold")
        if turn.name:
            self.line(label, Text(f"({self._safe_line(turn.name)})", "dim"), style)
            label = ""
        for part in turn.parts or (Part(kind="note", text="(nothing)"),):
            self.line(label, self._part(part), style)
            label = ""

    def _part(self, part: Part) -> Text:
        before, style = KINDS[part.kind]
        if part.kind == "tool-call":
            return self._call(part)
        text = Text().append(before, "dim")
        if part.ref:
            text.append(f"{self._safe_line(part.ref)}: ", "dim")
        shown, style = self._cut(part.text, style)
        text.append(f"[{shown}]" if part.kind == "media" else shown, style)
        if part.name:
            text.append(f" ({self._safe_line(part.name)})", "dim")
        return self._remark(text, part.text)

    def _call(self, part: Part) -> Text:
        arguments = self._safe(part.text)
        read = parsed(arguments)
        short = " ".join(arguments.split("\n")) if read is None else one_line(read)
        text = Text().append(self._safe_line(part.name) or "(no name)", "bold")
        fits = len(short) <= 60
        if fits:
            text.append(f" {short}" if short else "")
        if part.ref:
            text.append(f"  {self._safe_line(part.ref)}", "dim")
        return text if fits else self._remark(text.append("\n").append(*self._cut(part.text, "")), part.text)

    def _cut(self, text: str, style: str) -> tuple[str, str]:
        return self._safe(text if self.full else _beginning(text)), style

    def _remark(self, text: Text, whole: str) -> Text:
        left = 0 if self.full else len(whole) - len(_beginning(whole))
        return text.append(self._safe(f" … {left:,} more characters (--full)"), "dim") if left else text

    def _short(self, value: str) -> str:
        return value if self.full or len(value) <= 200 else value[:199] + "…"

    def _footer(self, view: View) -> None:
        if not view.answered.turns:
            self._blank()
        self._fact("finish", ", ".join(view.answered.finish))
        self._fact("usage", ", ".join(f"{_unit(name)} {number:,}" for name, number in view.answered.usage if number))
        if view.outcome != "complete":
            self._fact("ended", ": ".join(filter(None, [view.outcome, view.error])), "red")
        for problem in view.problems:
            self._fact("problem", problem, "red")

    def _fact(self, label: str, text: str, style: str = "") -> None:
        if text:
            self.line(label, Text(self._safe_line(text), style))

    def _timeline(self, line: Timeline) -> None:
        if line.total is not None or len(line.arrivals) > 1:
            self.line("timeline", self._picture(line))
        label = "timeline" if line.total is None and len(line.arrivals) < 2 else ""
        for facts in numbers(line):
            self._fact(label, self._dot().join(facts), "dim")
            label = ""

    def _picture(self, line: Timeline) -> Text:
        start, end = ("", "") if line.total is None else ("0 ", f" {duration(line.total)}")
        row = picture(line, min(100, max(10, self.console.width - MARGIN - len(start) - len(end))))
        if not self._unicode:
            row = "".join(ASCII.get(cell, cell) for cell in row)
        return Text().append(start, "dim").append(row, "green").append(end, "dim")

    def _dot(self) -> str:
        return " · " if self._unicode else " | "


def _beginning(text: str) -> str:
    """As much of a text as is shown at first."""
    lines = text[:CHARACTERS].split("\n")
    return "\n".join(lines[:LINES])


def _verdict(view: View) -> str:
    return "green" if view.status is not None and view.status < 400 else "bold red"


def _times(view: View) -> tuple[tuple[str, str], ...]:
    return () if view.seconds is None else ((duration(view.seconds), ""),)


def _unit(name: str) -> str:
    """A usage figure's name without what goes without saying: "completion.reasoning"."""
    return name.replace("_tokens_details", "").replace("_tokens", "")


def numbers(line: Timeline) -> Iterator[list[str]]:
    """A timeline in words: rows of facts."""
    first = [] if line.total is not None else ["instant: no times recorded"]
    if line.first_byte is not None:
        first.append(f"first byte {duration(line.first_byte)}")
    if line.first_text is not None:
        first.append(f"first text {duration(line.first_text)}")
    yield [*first, f"{_count(len(line.arrivals), 'chunk')}, {_count(line.events, 'event')}"]
    if line.median_gap is not None and line.largest_gap is not None:
        largest = f"largest {duration(line.largest_gap)}, after chunk {line.largest_gap_after}"
        yield [f"median gap {duration(line.median_gap)}", largest]


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
