"""A report in Markdown as sections of entries, so that one with too much in it is cut between entries, and says so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A piece of a report.

    Args:
        head: what stands above the entries; it comes along only when one of them does, unless there are none at all.
        entries: rows of a table, failures: each ends with a line feed and can go without the others.
        foot: what stands below them.
        noun: what an entry is: "failure".
        rank: what goes in first when room is short, from 0.
    """

    head: str
    entries: tuple[str, ...] = ()
    foot: str = ""
    noun: str = "row"
    rank: int = 0

    def text(self, count: int | None = None) -> str:
        """All of it, or as many of its entries; then it says how many are missing.

        Args:
            count: how many entries; None for all.
        """
        if count is None or count >= len(self.entries):
            return self.head + "".join(self.entries) + self.foot
        return self.head * (count > 0) + "".join(self.entries[:count]) + self.foot * (count > 0) + self._left_out(count)

    def _left_out(self, count: int) -> str:
        rest = len(self.entries) - count
        return f"\n> {rest} of {len(self.entries)} {self.noun}s left out here: the report would be too long.\n\n"


def joined_sections(sections: Iterable[Section]) -> str:
    """The whole report."""
    return "".join(section.text() for section in sections)


def fitted(sections: Sequence[Section], limit: int) -> str:
    """The report, cut so that it keeps to a limit; what matters most goes in first.

    Args:
        sections: in the order of reading.
        limit: bytes of UTF-8.  Heads without entries, and the remarks on what is missing, are never cut.
    """
    counts = [0 if section.entries else None for section in sections]
    sizes = [_size(section.text(count)) for section, count in zip(sections, counts, strict=True)]
    for place in sorted(range(len(sections)), key=lambda place: sections[place].rank):
        section = sections[place]
        room = limit - sum(sizes) + sizes[place]
        counts[place], sizes[place] = _fill(section, room)
    return "".join(section.text(count) for section, count in zip(sections, counts, strict=True))


def _fill(section: Section, room: int) -> tuple[int | None, int]:
    """As many entries as there is room for, and their size."""
    whole = _size(section.text())
    if whole <= room or not section.entries:
        return None, whole
    used = _size(section.head) + _size(section.foot) + _size(section._left_out(0))
    count = 0
    for entry in section.entries:
        used += _size(entry)
        if used > room:
            break
        count += 1
    return count, _size(section.text(count))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
