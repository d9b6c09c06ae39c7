"""What stands on the tape, read without the client, to compare with what the client made of it."""

from __future__ import annotations

from typing import Any

import retape
from retape.mounts.session import Session

Json = dict[str, Any]


class Tape:
    """A test's cassette: in replay what is in the file, while recording what will be.

    So one assertion (the client saw what is on the tape) holds the live answer, the recording and the replay together.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def exchanges(self) -> list[retape.Exchange]:
        """Every exchange so far recorded, or every one in the file."""
        if self._session.mode == "replay":
            return retape.Cassette.load(self._session.path).exchanges
        return self._session.recorded

    @property
    def last(self) -> retape.Exchange:
        """The latest exchange."""
        return self.exchanges[-1]

    def json(self, number: int = -1) -> Any:
        """An answer's body, parsed."""
        return retape.Request("POST", "", body=self.exchanges[number].body).json()

    def asked(self, number: int = -1) -> Json:
        """A request's body, parsed."""
        body: Json = self.exchanges[number].request.json()
        return body

    def events(self) -> list[Json]:
        """The data of the latest stream's whole events, parsed, without [DONE]."""
        decoded = [event for event in retape.decode_sse(self.last.body) if event.complete]
        data = [event.data for event in decoded if event.data not in (None, "[DONE]")]
        return [retape.Request("POST", "", body=text.encode()).json() for text in data if text]

    def comments(self) -> int:
        """How many of the latest stream's events hold nothing but a comment."""
        return sum(event.data is None for event in retape.decode_sse(self.last.body))

    def text(self) -> str:
        """The text of the latest chat stream, put together."""
        deltas = [choice["delta"] for event in self.events() for choice in event["choices"]]
        return "".join(delta.get("content") or "" for delta in deltas)
