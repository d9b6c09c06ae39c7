"""`use_cassette`: a cassette for a block of code or a function, synchronous or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from re import Pattern
from types import TracebackType

from retape.handlers.replay import PathLike
from retape.mounts import active
from retape.mounts.block import Block
from retape.mounts.session import Session, Unused
from retape.tape.canonical import Ignore
from retape.tape.matching import Match


class CassetteContext(Block[Session]):
    """What `use_cassette` gives: a context manager (with, async with) and a decorator (def, async def)."""

    made_by = "use_cassette"

    def __init__(self, make: Callable[[], Session]) -> None:
        self._make = make
        self._sessions: list[Session] = []

    def __enter__(self) -> Session:
        from retape.mounts.vcr import enter  # by its whole name: pytester drops modules, and packages keep attributes

        session = self._make()
        enter()
        active.enter(session)
        self._sessions.append(session)
        return session

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave().close(failed=kind is not None)

    def leave(self) -> Session:
        """Stop answering; what was recorded is saved when the session is closed."""
        from retape.mounts.vcr import leave

        here = active.in_context()  # of several threads' sessions this one's
        session = here if here in self._sessions else self._sessions[-1]
        self._sessions.remove(session)
        active.leave(session)
        leave()
        return session

    def again(self) -> CassetteContext:
        """The same cassette, to be opened anew."""
        return CassetteContext(self._make)


def use_cassette(
    path: PathLike,
    *,
    mode: str = "replay",
    pace: str | float = "instant",
    match: Match = "exact",
    ignore: Ignore = (),
    repeat: bool = False,
    scrub: Iterable[str | Pattern[str]] = (),
    keep_headers: Iterable[str] = (),
    unused: Unused = "warn",
    allow_hosts: Iterable[str] = (),
    shared: bool = False,
) -> CassetteContext:
    """Answer HTTP requests from a cassette, or record them into one.

    Seen are httpx and httpx2 (the official client, streams as streams), and through vcrpy aiohttp, requests and
    urllib3 (their streams buffered).  In replay mode nothing leaves the machine: any other way out raises.

    Args:
        path: the cassette, *.yaml or *.json.
        mode: "replay"; "record" answers from the cassette and records what is missing; "rewrite" records
            everything anew; "live" leaves the cassette alone.  VCR's words none, once, new_episodes and all do too.
        pace: "instant" waits for nothing, "recorded" keeps each chunk's time, a number is so many times faster.
        match: "exact" by method, path and canonical body; "loose" by method and path, in recorded order.
        ignore: what a match leaves out: JSON paths ("metadata.run_id", "messages[*].name") and compiled patterns.
        repeat: give the last of equal recordings again when all are used.
        scrub: more that is secret: names of header fields, keys and parameters, and compiled patterns.
        keep_headers: header fields to keep beside the usual ones.
        unused: what to do at the end about recordings that nobody asked for: "ignore", "warn", "fail".
        allow_hosts: hosts that may be reached in replay mode.
        shared: other code records into this cassette too: "rewrite" replaces only what is asked again.

    Raises:
        UsageError: an argument is wrong.
        CassetteDamaged: the file can't be read as it stands.
        CassetteMiss: (from the request) no recording answers.
        NetworkBlocked: (from whoever tries) something would have left the machine in replay mode.
    """
    return CassetteContext(
        lambda: Session(
            path,
            mode=mode,
            pace=pace,
            match=match,
            ignore=ignore,
            repeat=repeat,
            scrub=scrub,
            keep_headers=keep_headers,
            unused=unused,
            allow_hosts=allow_hosts,
            shared=shared,
        )
    )
