"""What passes a server: counted, shown as it comes, and what went wrong kept for the end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from retape.errors import CassetteMiss
from retape.handlers import Handler
from retape.report.traffic import Passed
from retape.tape.canonical import canonical
from retape.tape.request import Request
from retape.tape.steps import Abort, Head, Step

KEPT = 20
"""Of more reports the rest is only counted."""
_READ = 4 * 1024 * 1024  # bytes of a body that is read to show its model


_NOBODYS_FAULT = {"client-left": "left", "stopped": "stopped"}
"""Ends that no answer is to blame for -> what counts them."""


class Watch:
    """Counts requests and their ends.  `watched` puts it around a handler; what is none tells it with `came`.

    Args:
        show: is told of each answer as it begins, and as it ends, by whoever serves: it mustn't wait.  None shows none.

    Attributes:
        served: how many requests came.
        refused: how many were answered with an error's status.
        broken: how many answers broke off before their ends, by a fault or as they were recorded.
        left: how many answers the client left before their ends.
        stopped: how many the end of the serving itself cut off.
        missed: how many no recording answered.
        failed: how many no answer could be made for, because something in the handler is wrong.
        reports: what was missed and what failed, each once, whole; the first of many.
        status: how the program that asked ended, once it has.
    """

    def __init__(self, show: Callable[[Passed], None] | None = None) -> None:
        self.served = self.refused = self.broken = self.left = self.stopped = self.missed = self.failed = 0
        self.reports: list[str] = []
        self.status = 0
        self._show = show
        self._lock = threading.Lock()

    def watched(self, handler: Handler) -> Handler:
        """The handler, watched."""

        def answer(request: Request) -> Iterator[Step]:
            coming = self.came(request)
            try:
                for step in handler(request):
                    if isinstance(step, Head):
                        coming.began(step.status)
                    elif isinstance(step, Abort):
                        coming.ended(step.how)
                    yield step
            except GeneratorExit:
                coming.ended("client-left")
                raise
            except CassetteMiss as miss:
                coming.missed(miss)
                raise
            except Exception as error:
                coming.failed(f"{request.method} {request.path}: {type(error).__name__}: {error}")
                raise
            coming.ended("complete")

        return answer

    def came(self, request: Request) -> Coming:
        """A request came: tell what is given how its answer begins and ends."""
        with self._lock:
            self.served += 1
        model, stream = _asked(request) if self._show else ("", False)
        return Coming(
            self, Passed(at=datetime.now(), method=request.method, path=request.path, model=model, stream=stream)
        )

    def count(self, name: str, report: str = "") -> None:
        """One more of a count, with what is to be said about it in the end."""
        with self._lock:
            setattr(self, name, getattr(self, name) + 1)
            if report and report not in self.reports and len(self.reports) < KEPT:
                self.reports.append(report)

    def tell(self, passed: Passed) -> None:
        """Show a request; when nobody reads any more (`| head`), no more of them."""
        if self._show is None:
            return
        try:
            self._show(passed)
        except (OSError, ValueError):
            self._show = None

    @property
    def shows(self) -> bool:
        """Whether requests are shown as they come."""
        return self._show is not None


class Coming:
    """One request on its way.

    Args:
        watch: who counts it.
        passed: what is known of it.
    """

    def __init__(self, watch: Watch, passed: Passed) -> None:
        self._watch = watch
        self._passed = passed
        self._start = time.perf_counter()

    def began(self, status: int) -> None:
        """Its answer begins."""
        if self._passed.outcome:
            return
        if status >= 400:
            self._watch.count("refused")
        self._tell(status=status)

    def ended(self, outcome: str) -> None:
        """Its answer has ended; only the first end counts.

        Args:
            outcome: as a recording has it: "complete", "client-left", "reset" ...; "stopped" by the proxy's own end.
        """
        if self._passed.outcome:
            return
        if outcome != "complete":
            self._watch.count(_NOBODYS_FAULT.get(outcome, "broken"))
        self._tell(outcome=outcome)

    def missed(self, miss: CassetteMiss) -> None:
        """No recording answers it."""
        self._watch.count("missed", miss.report)
        self._tell(status=404, remark=miss.brief, report=miss.report)
        self._tell(outcome="complete", report="")

    def failed(self, why: str, *, status: int = 500) -> None:
        """It can't be answered, because something in the handler is wrong, or there is nobody to ask."""
        if self._passed.outcome:
            return
        self._watch.count("failed", why)
        begun = self._passed.status is not None
        self._tell(status=self._passed.status if begun else status, remark=why, report=why)
        self._tell(outcome="early-end" if begun else "complete", report="")

    def _tell(self, **news: Any) -> None:
        self._passed = replace(self._passed, seconds=time.perf_counter() - self._start, **news)
        self._watch.tell(self._passed)


def _asked(request: Request) -> tuple[str, bool]:
    """The model that a request names, and whether it asks for a stream."""
    body = canonical(request) if len(request.body) <= _READ else None
    if not isinstance(body, dict):
        return "", False
    model = body.get("model")
    return model if isinstance(model, str) else "", body.get("stream") in (True, "true")
