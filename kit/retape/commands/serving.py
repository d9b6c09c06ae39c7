"""A handler on a socket for a command's time, or until somebody interrupts."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from retape.errors import UsageError
from retape.handlers import Handler
from retape.mounts.environment import BASE_URL, offline
from retape.tape.request import Request
from retape.tape.steps import Abort, Head, Step

_FORWARDED = tuple(
    number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
)  # an interrupt reaches the command from the terminal itself


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what every command that serves takes."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen at (default: %(default)s, this machine)")
    parser.add_argument("--port", type=int, default=0, help="port to listen at (default: a free one)")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME[:ARGUMENT=VALUE,...]",
        help="break answers, for example cut:after=3 or rate-limit:times=2; may come several times",
    )
    parser.add_argument(
        "run_command",
        nargs="*",
        metavar="-- COMMAND",
        help="run this with OPENAI_BASE_URL and a dummy key, and end with it; without it serve until interrupted",
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


def serve(arguments: argparse.Namespace, handler: Handler, *, name: str) -> int:
    """Serve a handler for a command or until an interrupt.

    Args:
        arguments: those of `add_arguments`.
        handler: what answers.
        name: the command's own name, for what it prints.

    Returns:
        The command's exit status; 0 without one.

    Raises:
        UsageError: the port can't be had, or the command can't be run.
    """
    from retape.mounts import server

    if arguments.host not in server.LOOPBACK:
        _say(name, f"listening at {arguments.host}: whoever reaches this machine can use it")
    asked = _Count()
    shown = handler if arguments.run_command else _shown(handler, print)
    with server.serve(asked.counted(shown), host=arguments.host, port=arguments.port) as running:
        if arguments.run_command:
            status = _run(arguments.run_command, running.base_url)
        else:
            _say(name, f"{running.base_url} (Ctrl+C ends it)")
            status = _wait()
        _say(name, f"{asked.number} request{'s' * (asked.number != 1)} answered")
        for failure in running.failures:
            _say(name, str(failure))
    return status or (1 if running.failures else 0)


class _Count:
    """How many requests a handler was asked."""

    def __init__(self) -> None:
        self.number = 0

    def counted(self, handler: Handler) -> Handler:
        def asked(request: Request) -> Iterator[Step]:
            self.number += 1
            return handler(request)

        return asked


def _say(name: str, text: str) -> None:
    print(f"retape {name}: {text}", file=sys.stderr, flush=True)


def _shown(handler: Handler, say: Callable[[str], None]) -> Handler:
    """The handler, with a line for each request as its answer begins."""

    def asked(request: Request) -> Iterator[Step]:
        for step in handler(request):
            if isinstance(step, Head | Abort):
                told = str(step.status) if isinstance(step, Head) else step.how
                say(f"{request.method} {request.path} {told}")
                sys.stdout.flush()
            yield step

    return asked


def _wait() -> int:
    """Until an interrupt, or a signal to end."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        ended.wait()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
    return 0


def _run(command: Sequence[str], base_url: str) -> int:
    """Run a command against the server; its exit status, as a shell tells it."""
    wanted = offline("retape-answers-this") | {BASE_URL: base_url}
    environment = {name: value for name, value in os.environ.items() if name not in wanted}
    environment |= {name: value for name, value in wanted.items() if value is not None}
    try:
        child = subprocess.Popen(list(command), env=environment)  # noqa: S603 - what the user typed
    except OSError as error:
        raise UsageError(f"can't run {command[0]}: {error.strerror}") from None
    before = {number: signal.signal(number, lambda got, _: child.send_signal(got)) for number in _FORWARDED}
    try:
        status = _ended(child)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def _ended(child: subprocess.Popen[bytes]) -> int:
    """Wait for a command, through interrupts that are meant for it."""
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the terminal has told the command, too
            continue
