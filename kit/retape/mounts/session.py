"""An open cassette: what answers, what is recorded, what is saved."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from re import Pattern
from typing import Literal
from urllib.parse import urlsplit

from retape.errors import (
    CassetteError,
    CassetteMiss,
    NetworkBlocked,
    RetapeError,
    SecretSurvived,
    UnusedRecordings,
    UsageError,
)
from retape.handlers.replay import PathLike, Replay, load_entries, several, shown
from retape.mounts import active, tally
from retape.mounts.keeping import Keeping, check_writable
from retape.tape.canonical import Ignore, Key, key
from retape.tape.cassette import Entry, check_name
from retape.tape.counting import Firsts, counted
from retape.tape.exchange import Exchange
from retape.tape.journal import abandoned, commit
from retape.tape.matching import Difference, Match
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.rewriting import rewritten, worth
from retape.tape.scrub import Finding, Scrubber
from retape.tape.steps import Step

Mode = Literal["replay", "record", "rewrite", "live"]
MODES: dict[str, Mode] = {
    "replay": "replay",
    "record": "record",
    "rewrite": "rewrite",
    "live": "live",
    "none": "replay",
    "once": "record",
    "new_episodes": "record",
    "all": "rewrite",
}
"""Every accepted word -> the mode; the last four are VCR's."""

Unused = Literal["ignore", "warn", "fail"]
UNUSED: tuple[Unused, ...] = ("ignore", "warn", "fail")

_HOW = {"client-left": "cut short"}  # by the client, or because the recording was stopped

RECORD_IN_CI = "RETAPE_RECORD_IN_CI"
"""The environment variable without which nothing is recorded where CI is set."""


def parse_mode(value: str) -> Mode:
    """A mode from its name or VCR's name for it.

    Raises:
        UsageError: there is no such mode.
    """
    try:
        return MODES[str(value)]
    except KeyError:
        raise UsageError(f"mode={value!r}: use one of {', '.join(MODES)}") from None


def is_set(name: str, environ: Mapping[str, str] | None = None) -> bool:
    """Whether an environment variable says yes."""
    value = (os.environ if environ is None else environ).get(name, "")
    return value.strip().lower() not in ("", "0", "false", "no", "off")


class Session:
    """One use of a cassette.  Made by `use_cassette`; what `as cassette` gives.

    Attributes:
        path: the cassette's file.
        mode: what happens to requests: "replay", "record" (what is missing), "rewrite" (everything), "live".
        requests: every request that was asked, in order; of a proxy, which may run for days, the first hundred, and
            how many more in `requests.more`.
        misses: errors for requests that no recording answered, also those that application code swallowed.
        blocked: errors for connections that were stopped.
        recorded: exchanges recorded so far, as they will be stored.
        scrubbed: what was taken out of them: places and rules, never values.
    """

    is_cassette = True

    def __init__(
        self,
        path: PathLike,
        *,
        mode: str = "replay",
        pace: str | float = "instant",
        match: Match = "exact",
        ignore: Ignore = (),
        repeat: bool = False,
        scrub: Iterable[str | Pattern[str]] = (),
        keep_headers: Iterable[str] = (),
        unused: Unused = "ignore",
        allow_hosts: Iterable[str] = (),
        owner: str = "",
        remedies: tuple[str, str] | None = None,
        record_in_ci: str = "--retape-record-in-ci",
        keep_requests: bool = True,
        shared: bool = False,
        test: str = "",
        tell: Callable[[str], None] | None = None,
    ) -> None:
        self.path = Path(os.path.abspath(path))  # noqa: PTH100 - Path.absolute keeps "..", os.chdir may follow
        check_name(self.path)
        self.asked_mode = parse_mode(mode)
        self.in_ci = self.asked_mode in ("record", "rewrite") and is_set("CI") and not is_set(RECORD_IN_CI)
        self.mode: Mode = "replay" if self.in_ci else self.asked_mode
        if unused not in UNUSED:
            raise UsageError(f"unused={unused!r}: use one of {', '.join(UNUSED)}")
        self.unused_policy = unused
        self.allow_hosts = frozenset[str](several(allow_hosts))
        self.keep_headers: tuple[str, ...] = several(keep_headers)
        self.shared = shared
        self.test = test
        self.owner = owner
        self.parent: active.Place | None = None
        self.requests: list[Request] = [] if keep_requests else Firsts()
        self.recorded: list[Exchange] = []
        self.scrubbed: list[Finding] = []
        self.blocked: list[NetworkBlocked] = []
        self.judged = False  # whether somebody has failed the test for its unused recordings
        self._scrubber = Scrubber.of(several(scrub))
        self._given_up = self._unanswered = 0
        self._asked = 0
        self._closed = False
        self._old = load_entries(self.path, ignore=several(ignore))
        self._replay = Replay(
            [self.path],
            [] if self.mode in ("rewrite", "live") else self._old,
            pace=pace,
            match=match,
            ignore=several(ignore),
            repeat=repeat,
            scrubber=self._scrubber,
            remedies=(_ci_remedy(record_in_ci),) * 2 if self.in_ci else remedies or self._remedies(),
        )
        self._tell = tell or self._warn_now
        self._keeping = Keeping(self.path, rewriting=self.mode == "rewrite", tell=self._tell)
        self._errors: list[RetapeError] = []
        self._warnings: list[str] = []
        self._running: dict[int, Recording] = {}
        self._lock = threading.Lock()
        if self.mode in ("record", "rewrite"):
            check_writable(self.path)

    def _remedies(self) -> tuple[str, str]:
        how = f'use_cassette("{shown(self.path)}", mode="%s"), with the server within reach'
        return remedies(how % "record", how % "rewrite")

    @property
    def network(self) -> bool:
        """Whether requests may leave the machine."""
        return self.mode != "replay"

    @property
    def misses(self) -> Firsts[CassetteMiss]:
        """Errors for requests that no recording answered; of very many the first, and `misses.more`."""
        return self._replay.misses

    @property
    def kept(self) -> int:
        """How many exchanges were recorded and are on the disk, in the cassette or its journal."""
        return len(self.recorded) - self._keeping.unsafe

    @property
    def lost(self) -> int:
        """How many exchanges were recorded and are on no disk; of a closed session they are gone."""
        return self._keeping.unsafe

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing recorded that could be replayed: every request will be sent."""
        return not self._replay.index.entries

    @property
    def replayed(self) -> int:
        """How many requests were answered from the cassette."""
        return self._replay.replayed

    @property
    def unused(self) -> list[Request]:
        """The requests of recordings that nobody asked for; of a shared cassette, of the test's own ones."""
        entries = [self._replay.index.entries[number] for number in self._replay.index.unused]
        return [entry.request for entry in entries if not self.shared or self._is_own(entry)]

    @property
    def differences(self) -> list[tuple[Request, list[Difference]]]:
        """With match="loose": the requests that were answered although they differ, and in what."""
        return self._replay.loosely

    def answer(self, request: Request) -> Iterator[Step] | Recording | None:
        """What becomes of a request: steps to replay, a recording to feed, or None for a call that is left alone.

        Raises:
            CassetteMiss: no recording answers, and none may be made.
        """
        __tracebackhide__ = True
        with self._lock:
            self.requests.append(request)
            self._asked = order = self._asked + 1
        if self.mode == "live" or urlsplit(request.url).hostname in self.allow_hosts:
            return None
        steps = self._replay.find(request)
        if steps is not None:
            return steps
        if self.mode == "replay":
            raise self._replay.miss(request)
        self._running[order] = Recording(request, partial(self._keep, order))
        return self._running[order]

    def _keep(self, order: int, exchange: Exchange) -> None:
        """Scrub a finished exchange and put it into the journal."""
        self._running.pop(order, None)
        if exchange.head is None and exchange.outcome == "client-left":  # nothing to replay
            if self._closed:
                self._unanswered += 1
            else:
                self._given_up += 1
            return
        exchange = replace(exchange, test=self.test)
        clean, found = self._scrubber.exchange(exchange, keep_headers=self.keep_headers)
        left = self._scrubber.knowing(exchange.request).check(clean)
        with self._lock:
            if left:
                self._errors.append(SecretSurvived([f"{place} ({rule})" for place, rule in left]))
                return
            self.recorded.append(clean)
            self.scrubbed += found
        self._keeping.add(order, Entry(exchange=clean))

    def _warn_now(self, message: str) -> None:
        """Warn now; where warnings are errors at the end, lest the client's call fail for it."""
        try:
            warnings.warn(message, stacklevel=2)
        except UserWarning:
            self._warnings.append(message)

    def close(self, *, failed: bool = False) -> None:
        """Save what was recorded, and say what nobody asked for.

        Args:
            failed: whether the code that used the cassette failed: then a rewrite leaves the cassette as it was, and
                unused recordings are no finding.

        Raises:
            SecretSurvived: an exchange was not saved because a secret was left in it.
            CassetteError: the cassette can't be written.
            UnusedRecordings: there are some, and unused="fail".
            CassetteDamaged: the file was damaged meanwhile; the journal keeps what was recorded.
        """
        if self._closed:
            return
        self._closed = True
        for recording in list(self._running.values()):
            recording.left()
        unused = self.unused if self.judged or (not failed and self.unused_policy != "ignore") else []
        try:
            self._save_or_say(failed=failed)
        finally:
            tally.total.add(
                self.path, replayed=self.replayed, recorded=self.kept, unused=len(unused), missed=self.misses.total
            )
        self._warnings += [f"{shown(self.path)}: {told}" for told in self._remarks()]
        if not failed and self.unused_policy == "warn" and self.unused:
            self._warnings.append(describe_unused(self))
        self._warn_of_all()  # when all is saved: a warning may be an error here
        if failed:
            return
        if self._errors:
            raise self._errors[0]
        if self.unused_policy == "fail" and self.unused:
            raise UnusedRecordings(describe_unused(self))

    def _warn_of_all(self) -> None:
        for message in self._warnings:
            warnings.warn(message, stacklevel=5)

    def _remarks(self) -> Iterator[str]:
        """What whoever recorded wants to know."""
        rest = "before any answer came; such a call is not recorded, and misses when it is replayed"
        if self._keeping.late:
            yield self._keeping.late
        if self._given_up:
            yield f"the client gave up {self._given_up} of its calls {rest}"
        if self._unanswered:
            verb = "was" if self._unanswered == 1 else "were"
            yield f"{counted(self._unanswered, 'call')} {verb} given up, or could not be sent, {rest}"

    def _save_or_say(self, *, failed: bool) -> None:
        """Save, or say what becomes of what was recorded."""
        try:
            self._save(failed=failed)
        except OSError as error:
            rest = self._keeping.left()
            why = f"can't be written: {error.strerror or error}"
            raise CassetteError(self.path, f"{why}; {rest}" if rest else why) from error
        except BaseException:  # it says what is wrong by itself
            rest = self._keeping.left()
            if self._keeping.unsafe:
                self._tell(f"{shown(self.path)}: {rest}")
            raise

    def _save(self, *, failed: bool) -> None:
        if not self._keeping.is_own:
            return  # a forked child that recorded nothing of its own
        fresh = self._keeping.entries
        if failed:  # a wrong port is no recording of a refusal
            fresh = [entry for entry in fresh if entry.exchange.outcome in ("complete", "client-left")]
        if self.mode == "rewrite" and self._old:
            if failed and fresh:
                self._warnings.append(f"{shown(self.path)} was not rewritten, because what used it failed")
            elif not failed and not self._errors:  # else the old recording of what can't be saved would be gone
                old = self._replaceable(fresh)
                entries, stayed = rewritten(old, fresh, self._key)
                if stayed:
                    self._warnings.append(f"{shown(self.path)}: {_broke(fresh)}; the old recordings stay")
                self._commit(entries, replacing=old)
        elif fresh or (self.mode == "record" and any(abandoned(self.path))):
            self._commit(fresh)
        self._keeping.saved()

    def _commit(self, entries: list[Entry], *, replacing: Iterable[Entry] = ()) -> None:
        ignore = self._replay.index.ignore
        commit(self.path, entries, replacing=replacing, scrubber=self._scrubber, ignore=ignore)

    def _replaceable(self, fresh: list[Entry]) -> list[Entry]:
        """The old entries that a rewrite stands for: all, or of a shared cassette the test's own ones and, of those
        that are nobody's, the ones that were asked again.
        """
        if not self.shared:
            return self._old
        asked = {self._key(entry) for entry in fresh}
        return [e for e in self._old if self._is_own(e) or (not e.exchange.test and self._key(e) in asked)]

    def _is_own(self, entry: Entry) -> bool:
        return bool(self.test) and entry.exchange.test == self.test

    def _key(self, entry: Entry) -> Key:
        return key(entry.request, self._replay.index.ignore)


def _ci_remedy(option: str) -> str:
    return f"  CI is set, so nothing is recorded; to record all the same: {RECORD_IN_CI}=1 ({option})"


def _broke(fresh: Iterable[Entry]) -> str:
    """What went wrong in a rewrite, in words."""
    broken = [entry.exchange for entry in fresh if worth(entry.exchange) < 2]
    how = [str(e.head.status) if e.outcome == "complete" and e.head else _HOW.get(e.outcome, e.outcome) for e in broken]
    return f"{len(broken)} of the new recordings broke ({', '.join(dict.fromkeys(how))})"


def remedies(record: str, rewrite: str) -> tuple[str, str]:
    """What a miss ends with: for a request that is new, and for one that may stand for an old recording.

    Args:
        record: how to record what is missing.
        rewrite: how to record everything anew.
    """
    return f"  record it: {record}", f"  record it in its place: {rewrite}\n  or beside it: {record}"


def describe_unused(session: Session) -> str:
    """Recordings that nobody asked for, in words."""
    unused = session.unused
    rows = [f"    {request.method} {request.path}" for request in unused[:5]]
    more = [f"    ... and {len(unused) - 5} more"] if len(unused) > 5 else []
    verb = "was" if len(unused) == 1 else "were"
    head = f"{len(unused)} of the recordings in {shown(session.path)} {verb} not asked for:"
    return "\n".join([head, *rows, *more])
