"""An exchange: the request, the steps that answered it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from retape.tape import encodings
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Outcome, Step


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and the answer that came.

    Args:
        request: what was sent.
        steps: the answer as it arrived: the `Wait` before `Head` is the time to the
            first byte, a `Wait` before a `Chunk` the time since the step before.
        recorded_at: when the request was sent, ISO 8601 in UTC with microseconds;
            "" when nobody knows (a cassette of another tool).
        test: the test that asked, where tests share a cassette; "" elsewhere.
    """

    request: Request
    steps: tuple[Step, ...]
    recorded_at: str = ""
    test: str = ""

    @cached_property
    def head(self) -> Head | None:
        """Status and headers; None when the exchange broke before any came."""
        return next((step for step in self.steps if isinstance(step, Head)), None)

    @cached_property
    def abort(self) -> Abort | None:
        """How the exchange broke; None when it didn't."""
        last = self.steps[-1] if self.steps else None
        return last if isinstance(last, Abort) else None

    @property
    def outcome(self) -> Outcome:
        """How the exchange ended."""
        return self.abort.how if self.abort else "complete"

    @cached_property
    def wire(self) -> bytes:
        """The answer's body as it came over the wire, content-encoded."""
        return b"".join(step.data for step in self.steps if isinstance(step, Chunk))

    @cached_property
    def body(self) -> bytes:
        """The answer's body, content-decoded as far as it came; as it came when its encoding is a lie.

        Raises:
            MissingExtra: the content encoding needs a library that isn't installed.
        """
        try:
            return encodings.decode(self.wire, self.encoding)
        except ValueError:
            return self.wire

    @property
    def encoding(self) -> str:
        """The answer's Content-Encoding, "" for none."""
        return (self.head.header("content-encoding") if self.head else None) or ""

    @property
    def content_type(self) -> str:
        """The answer's media type, lower case and without parameters; "" when unknown."""
        value = self.head.header("content-type") if self.head else None
        return (value or "").partition(";")[0].strip().lower()

    @property
    def is_stream(self) -> bool:
        """Whether the answer is an SSE stream."""
        return self.content_type == "text/event-stream"
