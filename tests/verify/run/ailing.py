"""A server that is well, but for what a test says."""

from __future__ import annotations

import json
from collections.abc import Iterator

import retape
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head, Outcome, Step

How = int | Outcome
"""A status, or how the connection ends before any answer."""


class Ailing:
    """Answers as a fake that knows where people live and which planet has rings, and fails at what it is told to.

    Attributes:
        asked: every request that came, whatever became of it, with its body.
        ills: what is in a request's path or body -> what becomes of it; the first that fits; "" fits everything.
        every: of different requests every so many-th fails when it comes first, in the way of `how`; 0 for none.
    """

    def __init__(self, ills: dict[str, How] | None = None, *, every: int = 0, how: How = 503) -> None:
        self.asked: list[str] = []
        self.ills = ills or {}
        self.every = every
        self.how = how
        self._fake = retape.Fake()
        self._fake.on(contains="planet").reply("Earth and Saturn.").always()

    def __call__(self, request: Request) -> Iterator[Step]:
        told = f"{request.method} {request.path} {request.body.decode()}"
        is_new = told not in self.asked
        self.asked.append(told)
        if self.every and is_new and len(set(self.asked)) % self.every == 0:
            return iter(_ill(self.how))
        how = next((how for part, how in self.ills.items() if part in told), None)
        return self._fake(request) if how is None else iter(_ill(how))

    def posts(self) -> list[str]:
        """What was asked of it but for the models."""
        return [told for told in self.asked if told.startswith("POST")]


def _ill(how: How) -> list[Step]:
    if isinstance(how, str):
        return [Abort(how)]
    body = {"error": {"message": "no healthy upstream", "type": "server_error", "param": None, "code": None}}
    data = json.dumps(body).encode()
    head = Head(how, (("content-type", "application/json"), ("content-length", str(len(data)))))
    return [head, Chunk(data)]
