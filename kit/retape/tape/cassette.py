"""The cassette file: opened, checked, read lazily, written atomically.

A file that retape wrote begins with a remark for people and ends with a seal: the number of
exchanges and a digest of all that stands before.  A whole seal means that the text is the
writer's own, so exchanges are found without parsing the file and parsed when they are asked
for.  No seal under the remark means that the end is missing.  A seal that doesn't fit means that
somebody edited the file, which is fine: then it is read as any YAML is.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from retape.errors import CassetteDamaged, UnknownFormat, UsageError
from retape.tape import damage
from retape.tape.counting import counted
from retape.tape.exchange import Exchange
from retape.tape.layout import Interaction, from_interaction, request_of, steps_of, to_interaction
from retape.tape.request import Request
from retape.tape.steps import Step
from retape.tape.text import read_mapping, write_mapping

REMARK = "# HTTP exchanges recorded by retape; any vcrpy reads them too. To read them in comfort: retape show FILE\n"
SUFFIXES = {".yaml": "yaml", ".yml": "yaml", ".json": "json"}
"""File suffix -> serialization."""

_OURS = "# HTTP exchanges recorded by retape"
_START = b"\n- request:\n"
_RESPONSE = "\n  response:\n"
_HEAD = '- request:\n    method: "HEAD"\n'
_REQUEST_NOTES = "\n      request:\n"
_SEAL = re.compile(rb"# retape: \d+ exchanges?, sha256 ([0-9a-f]{16})\n\Z")


class Entry:
    """One exchange of a cassette: its text, parsed no further than somebody asked.

    Attributes:
        verbatim: whether it was read as retape's own text, written scrubbed, and neither edited nor another tool's,
            or was written to a journal.
        annotated: whether retape wrote it at some time, so that its header fields are chosen already.
    """

    __slots__ = ("_exchange", "_interaction", "_request", "_text", "annotated", "verbatim")

    def __init__(
        self,
        *,
        text: str | memoryview | None = None,
        interaction: Interaction | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self._text = text
        self._interaction = interaction
        self._exchange = exchange
        self._request: Request | None = None
        self.verbatim = text is not None
        self.annotated = interaction is None or "retape" in interaction["response"]

    @property
    def text(self) -> str:
        """The exchange as it stands in a cassette, "- request:" and all."""
        if self._text is None:
            body = write_mapping(to_interaction(self.exchange), "  ")
            self._text = "- " + body[2:]
        return self._text if isinstance(self._text, str) else str(self._text, "utf-8")

    @property
    def request(self) -> Request:
        """The request, read without the answer."""
        if self._request is None:
            self._request = self._exchange.request if self._exchange else self._read_request()
        return self._request

    @property
    def exchange(self) -> Exchange:
        """The whole exchange."""
        if self._exchange is None:
            interaction = self._interaction
            if interaction is None:
                interaction, _ = read_mapping("  " + self.text[2:], indent=2)
            self._exchange = from_interaction(interaction)
            self._interaction = None
        return self._exchange

    @property
    def steps(self) -> tuple[Step, ...]:
        """The answer, read without the request."""
        if self._exchange or self._interaction:
            return self.exchange.steps
        text = self.text
        answer, _ = read_mapping(text, text.index(_RESPONSE) + 1, indent=2)
        return steps_of(answer["response"], "HEAD" if text.startswith(_HEAD) else "")

    @property
    def draft(self) -> Request:
        """The request as far as its key needs it: a JSON body as the file shows it, not laid out as it was sent."""
        if self._request or self._exchange or self._interaction:
            return self.request
        return self._read_request(draft=True)

    def _read_request(self, *, draft: bool = False) -> Request:
        if self._interaction is not None:
            return request_of(self._interaction)
        text = self.text
        end = text.index(_RESPONSE) + 1
        interaction, _ = read_mapping("  " + text[2:end], indent=2)
        start = text.rfind(_REQUEST_NOTES, end) + 1
        notes = read_mapping(text, start, indent=6)[0] if start else {}
        if draft and start:
            notes["request"].pop("json", None)
        interaction["response"] = {"retape": notes}
        return request_of(interaction)


class Cassette:
    """An ordered list of exchanges in one file.

    Args:
        path: where it is or will be.
        entries: what is in it.
    """

    def __init__(self, path: str | os.PathLike[str], entries: Iterable[Entry] = ()) -> None:
        self.path = Path(path)
        self.entries = list(entries)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Cassette:
        """Open a cassette that retape or stock vcrpy wrote.

        Raises:
            FileNotFoundError: there is none.
            CassetteDamaged: it can't be read as it stands.
            UnknownFormat: it is a file of another kind.
        """
        path = Path(path)
        kind = _kind(path)
        data = path.read_bytes()
        return cls(path, parse(data, path) if kind == "yaml" else _parse_json(data, path))

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange, in order."""
        return [entry.exchange for entry in self.entries]

    def __len__(self) -> int:
        return len(self.entries)

    def append(self, exchange: Exchange) -> None:
        """Add an exchange at the end."""
        self.entries.append(Entry(exchange=exchange))

    def dumps(self) -> str:
        """The file's text."""
        if _kind(self.path) == "json":
            return _dump_json(self.entries, self.path)
        return dump(self.entries)

    def save(self) -> None:
        """Write the file: whole or not at all."""
        write_atomically(self.path, self.dumps().encode())


def check_name(path: Path) -> None:
    """Make sure that a file's name says how a cassette is written in it.

    Raises:
        UsageError: its suffix is none of `SUFFIXES`.
    """
    _kind(path)


def _kind(path: Path) -> str:
    try:
        return SUFFIXES[path.suffix.lower()]
    except KeyError:
        raise UsageError(f"{path}: a cassette's name ends in {', '.join(SUFFIXES)}, not {path.suffix!r}") from None


def dump(entries: Sequence[Entry]) -> str:
    """The text of a YAML cassette with these entries, sealed."""
    blocks = "".join(entry.text for entry in entries)
    text = f"{REMARK}interactions:{'' if blocks else ' []'}\n{blocks}version: 1\n"
    return f"{text}# retape: {counted(len(entries), 'exchange')}, sha256 {_digest(text.encode())}\n"


def _digest(data: bytes | memoryview) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def parse(data: bytes, path: Path) -> list[Entry]:
    """The entries of a YAML cassette.

    Raises:
        CassetteDamaged: it can't be read as it stands; the file at `path` is what the error names.
    """
    sealed = _sealed_entries(data)
    if sealed is not None:
        return sealed
    text = damage.decode(data, path)
    if text.startswith(_OURS) and "\r\n" in text:  # a checkout with core.autocrlf: the writer never writes a bare CR
        return parse(text.replace("\r\n", "\n").encode(), path)
    if text.startswith(_OURS) and not _SEAL.search(data, max(0, len(data) - 100)):
        whole = text.count(_RESPONSE)
        raise CassetteDamaged(path, text.count("\n") + 1, f"the end is missing, after the start of exchange {whole}")
    return [Entry(interaction=interaction) for interaction in damage.interactions(text, path)]


def _sealed_entries(data: bytes) -> list[Entry] | None:
    """The entries of a file as retape wrote it; None when it is any other.

    They are views of the file's bytes: a sealed text needs no check, and most of it is never asked for.
    """
    view = memoryview(data)
    seal = _SEAL.search(data, max(0, len(data) - 100))
    if seal is None or seal[1].decode() != _digest(view[: seal.start()]):
        return None
    end = data.rindex(b"version: 1\n", 0, seal.start())
    starts = [found + 1 for found in _find_all(data, _START)] + [end]
    return [Entry(text=view[start:stop]) for start, stop in pairwise(starts)]


def _find_all(data: bytes, what: bytes) -> Iterable[int]:
    position = data.find(what)
    while position >= 0:
        yield position
        position = data.find(what, position + 1)


def _parse_json(data: bytes, path: Path) -> list[Entry]:
    text = damage.decode(data, path)
    try:
        loaded = json.loads(text)
    except ValueError as err:
        raise CassetteDamaged(path, getattr(err, "lineno", 1), f"no JSON: {err}") from err
    return [Entry(interaction=interaction) for interaction in damage.checked(loaded, text, path)]


def _dump_json(entries: Sequence[Entry], path: Path) -> str:
    interactions = [to_interaction(entry.exchange) for entry in entries]
    try:
        return json.dumps({"interactions": interactions, "version": 1}, indent=2, ensure_ascii=False) + "\n"
    except TypeError:
        raise UnknownFormat(path, "JSON can't hold a binary body; name the cassette *.yaml") from None


def write_atomically(path: Path, data: bytes) -> None:
    """Replace a file: whole or not at all, and on the disk when this returns.  A link stays a link."""
    path = path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(path))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Put a rename on the disk, where the system can: Windows opens no folders, some file systems sync none."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _mode(path: Path) -> int:
    """The old file's permissions; for a new one what the umask gives."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
