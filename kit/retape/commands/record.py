"""`retape record`: a recording proxy on a socket."""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from retape.commands import serving
from retape.commands.replay import ignored
from retape.commands.voice import Voice, say
from retape.tape.counting import Firsts, counted

if TYPE_CHECKING:
    from retape.commands.watching import Watch
    from retape.mounts.proxy import Proxy
    from retape.mounts.session import Session

NAME = "record"
HELP = "record what any client asks of a real server; what the cassette has is replayed"

_KEY = "OPENAI_API_KEY"

_TURN = 0.0005
"""Seconds that the thread that saves may keep a chunk from going on; Python's default is ten times as long."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--upstream", metavar="URL", required=True, help="the server: https://api.openai.com/v1")
    parser.add_argument("--cassette", metavar="FILE", required=True, help="where to, *.yaml or *.json")
    parser.add_argument(
        "--rewrite", action="store_true", help="record everything anew; what is not asked again is dropped"
    )
    parser.add_argument(
        "--key-env",
        metavar="NAME",
        help=f"the environment variable with the key, which requests get that have none or a dummy (default: {_KEY}); "
        "it is written nowhere",
    )
    parser.add_argument(
        "--match", default="exact", help="what the cassette answers: exact (default) or loose, by method and path"
    )
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATH",
        help="what a match leaves out: a JSON path as metadata.run_id, or a pattern between slashes as /run-[0-9]+/; "
        "may come several times",
    )
    parser.add_argument(
        "--scrub", action="append", default=[], metavar="NAME", help="one more field, key or parameter that is secret"
    )
    parser.add_argument(
        "--keep-header", action="append", default=[], metavar="NAME", help="a header field to keep beside the usual"
    )
    parser.add_argument("--record-in-ci", action="store_true", help="record although CI is set")
    parser.add_argument(
        "--pace",
        default="instant",
        help="of what the cassette answers: instant (default), recorded, or a number: 4 is four times as fast",
    )
    serving.add_arguments(parser, strict="exit status 1 also for recordings not asked for and faults that never struck")


def run(arguments: argparse.Namespace) -> int:
    """Record until the program ends, or somebody interrupts; then save.

    Raises:
        UsageError: an argument is wrong, or nobody is there to be recorded.
        CassetteError: the cassette can't be read or can't be written.
    """
    from retape.mounts.proxy import SPEND, Proxy
    from retape.mounts.server import warn_if_open

    with serving.warnings_said(NAME):
        warn_if_open(arguments.host, what=SPEND)
    voice = Voice(NAME, as_json=arguments.json)
    session = _opened(arguments, voice)
    watch = serving.watch_of(arguments, voice)
    proxy = Proxy(
        arguments.upstream,
        session,
        key_env=arguments.key_env or _KEY,
        host=arguments.host,
        port=arguments.port,
        watch=watch.came,
        fault=partial(serving.faulted, specs=arguments.fault) if arguments.fault else None,
    )
    _check_upstream(arguments, proxy)
    if not arguments.quiet:
        for hint in _hints(arguments, proxy):
            say(NAME, hint)
    doing = "replaying" if session.in_ci else "recording"
    title = f"{doing} {proxy.upstream.origin} {'from' if session.in_ci else 'into'} {arguments.cassette}"
    with _quick_turns():
        return serving.hold(
            arguments,
            proxy,
            watch,
            voice,
            title=title,
            close=lambda watch: serving.with_idle_faults(
                _close(proxy, watch, arguments.strict), proxy.handler, arguments
            ),
        )


@contextlib.contextmanager
def _quick_turns() -> Iterator[None]:
    """Short turns for Python's threads."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _opened(arguments: argparse.Namespace, voice: Voice) -> Session:
    from retape.mounts.environment import Environment
    from retape.mounts.forwarding import with_key
    from retape.mounts.session import RECORD_IN_CI, Session, remedies

    with Environment({RECORD_IN_CI: "1"}) if arguments.record_in_ci else contextlib.nullcontext():
        return Session(
            arguments.cassette,
            mode="rewrite" if arguments.rewrite else "record",
            pace=arguments.pace,
            match=arguments.match,
            ignore=[ignored(text) for text in arguments.ignore],
            scrub=with_key(arguments.scrub, arguments.key_env or _KEY),
            keep_headers=arguments.keep_header,
            remedies=remedies(_again(arguments), _again(arguments, "--rewrite")),
            record_in_ci="--record-in-ci",
            keep_requests=False,
            tell=voice.say,
        )


def _check_upstream(arguments: argparse.Namespace, proxy: Proxy) -> None:
    """Make sure that somebody is there, before a program fails for it; unless there is something to replay instead."""
    from retape.errors import UsageError

    session = proxy.cassette
    why = proxy.why_out_of_reach() if session.network and session.is_blank else ""
    if why:
        started = arguments.run_command[0] if arguments.run_command else "recording"
        remedy = f"start that server, or correct --upstream ({started} was not started)"
        raise UsageError(f"can't reach {proxy.upstream.origin}: {why}; {remedy}")


def _again(arguments: argparse.Namespace, *more: str) -> str:
    """The command that records."""
    given = ["--upstream", arguments.upstream, "--cassette", arguments.cassette, *more]
    command = ["--", *arguments.run_command] if arguments.run_command else []
    return f"retape record {shlex.join([*given, *command])}"


def _hints(arguments: argparse.Namespace, proxy: Proxy) -> Iterator[str]:
    """What a person wants to know before the first request fails."""
    from retape.mounts.guard import is_local
    from retape.mounts.session import RECORD_IN_CI

    if proxy.cassette.in_ci:
        yield f"CI is set, so nothing is recorded; to record all the same: --record-in-ci ({RECORD_IN_CI}=1)"
    elif not os.environ.get(arguments.key_env or _KEY) and (arguments.key_env or not is_local(proxy.upstream.host)):
        yield f"{arguments.key_env or _KEY} is not set: requests go out with whatever key the client has"


def _close(proxy: Proxy, watch: Watch, strict: bool) -> serving.Closing:
    """Save; a rewrite that failed, or was asked nothing, leaves the cassette as it was."""
    from retape.errors import RetapeError
    from retape.mounts.session import describe_unused

    session = proxy.cassette
    findings = [f"{type(error).__name__}: {error}" for error in proxy.failures if isinstance(error, Exception)]
    if proxy.failures.more:
        findings.append(f"... and {proxy.failures.more} more of the kind")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            session.close(failed=session.mode == "rewrite" and bool(watch.status or not session.recorded))
        except RetapeError as error:
            findings.append(str(error))
    remarks = [str(warning.message) for warning in told]
    counts = {"recorded": session.kept, "replayed": session.replayed}
    if session.mode != "rewrite":
        counts["unused"] = len(session.unused)
        if strict and session.unused:
            findings.append(describe_unused(session))
    if session.lost:
        counts["lost"] = session.lost
    if proxy.cut:
        remarks.append(_cut_off(proxy.cut))
    return serving.Closing(counts=counts, findings=findings, remarks=remarks)


def _cut_off(cut: Firsts[str]) -> str:
    """What the end itself has cut off, in words."""
    verb, them = ("was", "it") if cut.total == 1 else ("were", "them")
    what = f"{counted(cut.total, 'answer')} {verb} cut off because retape was stopped"
    return f"{what}; what had come of {them} is kept: {', '.join(cut[:3])}{', ...' * (cut.total > 3)}"
