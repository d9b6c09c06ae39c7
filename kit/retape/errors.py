"""What can go wrong, as one tree.

    RetapeError                 the caller can mend it: catch this one
    ├── UsageError              an option or argument is wrong (also a ValueError)
    │   └── ScriptError         a fake's script says what no script can say; `.line`, `.column`
    ├── CassetteError           a cassette can't be used; `.path` names it
    │   ├── CassetteDamaged     it can't be read as it stands; `.line`, `.problem`, `.repair`
    │   └── UnknownFormat       it is no cassette of a known format
    ├── SecretSurvived          a save was stopped: a secret was still in it; `.places`
    ├── UnusedRecordings        nobody asked for them (also an AssertionError)
    ├── ScriptNotFollowed       a fake's script and its requests differ; `.acts`, `.requests` (also an AssertionError)
    └── MissingExtra            an optional library is needed (also an ImportError)

    CassetteMiss                no recording answers a request
    NetworkBlocked              something tried to leave the machine, and may not
    HandlerFailed               a handler raised an exception; the cause is that one

The last three derive from `BaseException` alone, and on purpose: every release of the
official client before 3 turns any `Exception` of a transport into two retries and
"Connection error.", and application code has `except Exception` fallbacks.  A miss that
somebody swallows is a test that passes for the wrong reason.

Warnings: `OpenToOthers` of a server, and pytest's `HalfRead` (retape/pytest_server.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


class RetapeError(Exception):
    """The base of every error that retape raises for a caller to handle."""


class UsageError(RetapeError, ValueError):
    """An option or argument has a value that retape can't use."""


class ScriptError(UsageError):
    """A fake's script can't be read, or says what no script can say.

    Attributes:
        place: "script.yaml:3:7"; for a script that was given as a value "script.rules[0].on".
        problem: what is wrong there.
        line: from 1; 0 for a value.
        column: from 1; 0 for a value.
    """

    def __init__(self, place: str, problem: str, *, line: int = 0, column: int = 0) -> None:
        self.place = place
        self.problem = problem
        self.line = line
        self.column = column
        super().__init__(f"{place}: {problem}")


class CassetteError(RetapeError):
    """A cassette file can't be used."""

    def __init__(self, path: str | Path, message: str) -> None:
        self.path = Path(path)
        super().__init__(f"{path}: {message}")


class CassetteDamaged(CassetteError):
    """A cassette file exists and can't be read as it stands.  It was not touched."""

    def __init__(self, path: str | Path, line: int, problem: str) -> None:
        self.line = line
        self.problem = problem
        self.repair = f"retape repair {path}"
        super().__init__(
            path,
            f"line {line}: {problem}. Nothing was changed and nothing was sent. "
            f"Restore the file (git checkout -- {path}) or keep what is whole of it: {self.repair}",
        )

    def __str__(self) -> str:
        return f"damaged cassette {super().__str__()}"


class UnknownFormat(CassetteError):
    """A file is no cassette of a format that retape reads."""


class SecretSurvived(RetapeError):
    """A value that looks like a secret was still there after scrubbing, so nothing was written."""

    def __init__(self, places: Sequence[str]) -> None:
        self.places = tuple(places)
        super().__init__(
            "not saved: what looks like a secret is left after scrubbing, in "
            + "; ".join(self.places)
            + ". Name it with scrub=[...] (a header or key name, or a compiled pattern) and record again"
        )


class UnusedRecordings(RetapeError, AssertionError):
    """Recordings that nobody asked for."""


class ScriptNotFollowed(RetapeError, AssertionError):
    """What was scripted was not asked for, or what was asked for is not in a strict script.

    Attributes:
        acts: the acts that nobody asked for as often as was said, a line each.
        requests: the requests that no rule matched, a line each.
    """

    def __init__(self, acts: Sequence[str], requests: Sequence[str]) -> None:
        self.acts = tuple(acts)
        self.requests = tuple(requests)
        super().__init__(
            "\n".join(
                line
                for title, lines in (
                    ("scripted for the fake, and not asked for:", self.acts),
                    ("asked of the fake, and not in its strict script:", self.requests),
                )
                if lines
                for line in (title, *(f"  {line}" for line in lines))
            )
        )


class MissingExtra(RetapeError, ImportError):
    """An optional library is needed; the message names the extra to install."""


class CassetteMiss(BaseException):
    """No recording answers a request, and none may be made.

    Attributes:
        reason: the first line: what was asked, in one sentence.
        report: the whole explanation, with the nearest recording and the fields that differ.
        brief: the same in one line, for clients that show an error in one.
    """

    def __init__(self, reason: str, report: str, *, brief: str = "") -> None:
        self.reason = reason
        self.report = report
        self.brief = brief or reason
        super().__init__(report)


class NetworkBlocked(BaseException):
    """Something tried to reach an address outside this machine, in replay mode or beside what a mount answers.

    Attributes:
        target: host or host:port, as asked for.
    """

    def __init__(self, target: str, owner: str, *, why: str = "") -> None:
        self.target = target
        super().__init__(
            f"{owner} tried to reach {target}, and was stopped: {why}"
            if why
            else f"{owner} tried to reach {target} while replaying, and was stopped: in replay mode only loopback "
            f"is allowed. Record the call with an HTTP client that retape sees, or allow the host: "
            f'allow_hosts=["{target.rsplit(":", 1)[0]}"]'
        )


class HandlerFailed(BaseException):
    """A handler raised an exception instead of answering; that one is the `__cause__`.

    Attributes:
        handler: its name.
    """

    def __init__(self, handler: str, request: str, error: Exception) -> None:
        self.handler = handler
        super().__init__(f"{handler} failed to answer {request}: {type(error).__name__}: {error}")


class OpenToOthers(RuntimeWarning):
    """A server listens where other machines reach it."""
