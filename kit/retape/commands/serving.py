"""A handler on a socket for a program's time, or until somebody interrupts: what all commands that serve do.

A command declares `add_arguments`, makes its handler, and calls `serve` with it, with its voice, and with `close`,
which says in the end what it comes to.  One whose server is no handler's (a proxy) calls `hold` instead.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import Timer
from types import TracebackType
from typing import Protocol

from retape.commands.child import Interrupted, Program, Until
from retape.commands.voice import Voice, say
from retape.commands.watching import KEPT, Watch
from retape.handlers import Handler
from retape.mounts.environment import AZURE_ENDPOINT, BASE_URL, KEYS, OLD_BASE_URL, offline

DUMMY = "retape-answers-this"
"""The key that a program gets."""

_PATIENCE = 2.0
"""Seconds without a word, at the end, in which a large recording is written."""

_WORDS = {"broken": "broken off", "left": "left by the client", "failed": "not answered", "unshown": "not shown"}
"""A count's name for programs -> its name for people, where that is another."""


class Running(Protocol):
    """A server: it runs inside its block, and knows its address there."""

    def __enter__(self) -> Running: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def url(self) -> str:
        """Scheme, address and port."""

    @property
    def base_url(self) -> str:
        """What the official client takes as `base_url`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What a command comes to.

    Args:
        counts: what there is to count beside the requests served, {"replayed": 2, "unused": 0}, in order.
        findings: what is wrong, a text each; any makes the exit status 1.
        remarks: what a person may want to know, and is not wrong.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    findings: Sequence[str] = ()
    remarks: Sequence[str] = ()


def add_arguments(parser: argparse.ArgumentParser, *, files: str = "", strict: str = "") -> None:
    """Declare what every command that serves takes.

    `cli` puts what stands after "--" into `arguments.run_command`, a list; empty when there is none.

    Args:
        parser: the command's.
        files: what stands before the command in the usage, "FILE..."; "" for nothing.
        strict: the help of `--strict`; "" for a command that declares it itself, or has none.
    """
    parser.usage = " ".join(filter(None, ["%(prog)s [OPTIONS]", files, "[-- COMMAND ...]"]))
    parser.epilog = (
        "With -- COMMAND the command is run with OPENAI_BASE_URL, a dummy key and no proxy, and its exit status is "
        "handed on; without one the server runs until it is interrupted, and shows the requests as they come."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s, this machine)")
    parser.add_argument("--port", type=int, default=0, help="port to listen at (default: a free one)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[:ARGUMENT=VALUE,...]",
        help="break answers, for example cut:after=3 or rate-limit:times=2; may come several times",
    )
    if strict:
        parser.add_argument("--strict", action="store_true", help=strict)
    parser.add_argument("-q", "--quiet", action="store_true", help="say only what is wrong")
    parser.add_argument(
        "--json",
        action="store_true",
        help="a line of JSON on standard output for the address, each request and the summary; with a command only "
        "the summary, after all that the command prints",
    )


def faulted(handler: Handler, specs: Sequence[str]) -> Handler:
    """The handler with the faults of the command line around it, the first one innermost.

    Raises:
        UsageError: there is no such fault, or it doesn't take that.
    """
    from retape.handlers import faults

    for spec in specs:
        handler = faults.parse(spec)(handler)
    return handler


def serve(
    arguments: argparse.Namespace,
    handler: Handler,
    voice: Voice,
    *,
    title: str = "",
    close: Callable[[Watch], Closing] = lambda watch: Closing(),
) -> int:
    """Serve a handler for a program's time or until an interrupt.

    Args:
        arguments: those of `add_arguments`.
        handler: what answers, `faulted` already.
        voice: what the command says goes there.
        title: what is served, in a word or two, for the banner.
        close: says what it came to, once nothing is served any more.

    Returns:
        The program's exit status, or 0; when that is 0 and something was found, 1.

    Raises:
        UsageError: the port can't be had, or the program can't be run.
    """
    from retape.mounts import server

    def closed(watch: Watch) -> Closing:
        return with_idle_faults(close(watch), handler, arguments)

    watch = watch_of(arguments, voice)
    with warnings_said(voice.name):
        running = server.serve(watch.watched(handler), host=arguments.host, port=arguments.port)
    return hold(arguments, running, watch, voice, title=title, close=closed)


def hold(
    arguments: argparse.Namespace,
    running: Running,
    watch: Watch,
    voice: Voice,
    *,
    title: str = "",
    close: Callable[[Watch], Closing] = lambda watch: Closing(),
) -> int:
    """Run a server for a program's time or until an interrupt, and say what it came to.

    Args:
        arguments: those of `add_arguments`.
        running: the server, not entered yet.
        watch: what was told of its requests; `watch_of(arguments, voice)`.
        voice: what the command says goes there.
        title: what is served, in a word or two, for the banner.
        close: says what it came to, once nothing is served any more.

    Returns:
        As `serve`, and so are the errors.
    """
    until: Until = Program(arguments.run_command) if arguments.run_command else Interrupted()
    with until, voice:
        with running as server:
            if not arguments.run_command:
                _greet(arguments, server, voice, title)
            status = watch.status = until.wait(environment(server))
            slow = Timer(_PATIENCE, voice.say, ["still writing what was recorded ..."])
            slow.daemon = True
            if not arguments.quiet:
                slow.start()
        closing = close(watch)
        slow.cancel()
        return _close(arguments, watch, closing, voice, status=status)


def watch_of(arguments: argparse.Namespace, voice: Voice) -> Watch:
    """What counts the requests, and shows them unless a program's own output has the terminal.

    Args:
        arguments: those of `add_arguments`.
        voice: what shows them.
    """
    if arguments.run_command or (arguments.quiet and not arguments.json):
        return Watch()
    return Watch(voice.show)


def with_idle_faults(closing: Closing, handler: Handler, arguments: argparse.Namespace) -> Closing:
    """What a command comes to, with the faults that never struck: findings where it is strict, else remarks.

    Args:
        closing: what else it comes to.
        handler: what `faulted` gave.
        arguments: those of `add_arguments`.
    """
    idle = [f"--fault {spec} never struck" for spec in idle_faults(handler, arguments.fault)]
    if getattr(arguments, "strict", False):
        return replace(closing, findings=[*closing.findings, *idle])
    return replace(closing, remarks=[*closing.remarks, *idle])


def idle_faults(handler: Handler, specs: Sequence[str]) -> Iterator[str]:
    """The faults of the command line that never did what they were asked for.

    Args:
        handler: what `faulted` gave.
        specs: what it was given.
    """
    for spec in reversed(specs):
        if not getattr(handler, "struck", 1):
            yield spec
        handler = getattr(handler, "handler", handler)


def environment(server: Running) -> dict[str, str | None]:
    """Variables for a program that shall ask this server and nothing else; None for one that it is not to have."""
    return offline(DUMMY) | {BASE_URL: server.base_url, OLD_BASE_URL: None, AZURE_ENDPOINT: server.url}


@contextmanager
def warnings_said(name: str) -> Iterator[None]:
    """Say what a server warns of as it is made (that others can reach it) as a command says things.

    Args:
        name: the command's own name.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        say(name, str(warning.message))


def _greet(arguments: argparse.Namespace, server: Running, voice: Voice, title: str) -> None:
    """How to use it."""
    if arguments.json:
        voice.row({"event": "listening", "url": server.url, "base_url": server.base_url})
    if arguments.quiet:
        return
    export = f"  export {BASE_URL}={server.base_url} {KEYS[0]}={DUMMY}"
    voice.say(f"{title}{' at ' * bool(title)}{server.base_url} (Ctrl+C ends it)\n{export}")


def _close(arguments: argparse.Namespace, watch: Watch, closing: Closing, voice: Voice, *, status: int) -> int:
    """Say what is wrong, and the summary."""
    shown = watch.shows and voice.shown()
    troubles = watch.missed + watch.failed
    status = status or int(bool(closing.findings or troubles))
    counts = {"served": watch.served, **closing.counts, **_ends(watch)}
    if unshown := voice.unshown:
        counts["unshown"] = unshown
    more = [f"... and {troubles - KEPT} more"] if troubles > KEPT == len(watch.reports) else []
    told = [] if shown else [*watch.reports, *more]
    for text in [*told, *closing.findings]:
        voice.say(text)
    if not arguments.quiet:
        for text in closing.remarks:
            voice.say(text)
        voice.say(", ".join(f"{number} {_WORDS.get(what, what)}" for what, number in counts.items()))
    if arguments.json:
        findings = [*watch.reports, *closing.findings]
        voice.row({"event": "summary", **counts, "findings": findings, "remarks": [*closing.remarks], "status": status})
    return status


def _ends(watch: Watch) -> dict[str, int]:
    """How answers ended, as far as there is something to say about it."""
    ends = ("missed", "refused", "broken", "left", "stopped", "failed")
    return {what: number for what in ends if (number := getattr(watch, what))}
