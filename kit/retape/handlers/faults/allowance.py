"""A rate limit's arithmetic: how much is used, when it comes back, and how OpenAI says so.

Refill is continuous: a limit of 10,000 a minute gives 166.7 back each second.  That is how the numbers of OpenAI's own
sentences add up: "Limit 10000, Used 9348, Requested 5086. Please try again in 26.604s" is
(9348 + 5086 - 10000) / 10000 * 60 (gpt-newspaper issue 10), and the daily one of gpt-pilot's pull request 610 likewise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Literal

from retape.handlers.fake.limits import duration
from retape.handlers.fake.literals import parsed
from retape.tape.request import Request
from retape.tape.steps import Headers

Kind = Literal["requests", "tokens"]
Window = Literal["min", "day"]

SECONDS: dict[Window, int] = {"min": 60, "day": 86_400}

ORGANIZATION = "org-retape"

REQUESTS_PER_MINUTE = 500
TOKENS_PER_MINUTE = 30_000
TOKENS_PER_DAY = 1_500_000

_SEE = "Visit https://platform.openai.com/account/rate-limits to learn more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """One limit and how much of it is used.

    Args:
        kind: what is counted.
        limit: how many of them in a window.
        used: how many are used, 0 to `limit`; a fraction where some came back.
        window: "min" or "day".
    """

    kind: Kind
    limit: int
    used: float = 0.0
    window: Window = "min"

    @property
    def rate(self) -> float:
        """How many come back each second."""
        return self.limit / SECONDS[self.window]

    def later(self, seconds: float) -> Allowance:
        """The same after some time."""
        return replace(self, used=max(0.0, self.used - seconds * self.rate))

    def take(self, wanted: int) -> Allowance:
        """The same with so many more used."""
        return replace(self, used=self.used + wanted)

    def wait(self, wanted: int) -> float:
        """Seconds until so many are free; 0 when they are."""
        return max(0.0, (self.used + wanted - self.limit) / self.rate)

    @property
    def headers(self) -> Headers:
        """`x-ratelimit-*` for this kind: the limit, what is left, and the time until all of it is back."""
        return (
            (f"x-ratelimit-limit-{self.kind}", str(self.limit)),
            (f"x-ratelimit-remaining-{self.kind}", str(max(0, math.floor(self.limit - self.used)))),
            (f"x-ratelimit-reset-{self.kind}", duration(self.used / self.rate)),
        )

    def reached(self, model: str, wanted: int) -> str:
        """OpenAI's sentence for too little left."""
        used = math.ceil(round(self.used, 6))
        asked = f"Limit {self.limit}, Used {used}, Requested {wanted}"
        return f"Rate limit reached for {self._what(model)}: {asked}. {_again(self.wait(wanted))} {_SEE}"

    def too_large(self, model: str, wanted: int) -> str:
        """OpenAI's sentence for one request above the whole limit; no wait would help."""
        return (
            f"Request too large for {self._what(model)}: Limit {self.limit}, Requested {wanted}. "
            f"The input or output tokens must be reduced in order to run successfully. {_SEE}"
        )

    def _what(self, model: str) -> str:
        short = f"{self.kind[0]}p{self.window[0]}".upper()
        return f"{model} in organization {ORGANIZATION} on {self.kind} per {self.window} ({short})"


def _again(seconds: float) -> str:
    return f"Please try again in {duration(round(seconds, 6))}."


def short_of(kind: Kind, wanted: int, wait: float | None) -> tuple[Allowance, int]:
    """An allowance that is free again for a request after so many seconds, and what that request asks for.

    Args:
        kind: which limit was reached.
        wanted: what the request asks for.
        wait: seconds until it fits; None for a whole window used up.
    """
    window: Window = "min" if wait is None or wait <= SECONDS["min"] else "day"
    if kind == "requests":
        limit = REQUESTS_PER_MINUTE if wait is None else max(1, math.floor(SECONDS[window] / max(wait, 0.001)))
    else:
        limit = max(TOKENS_PER_MINUTE if window == "min" else TOKENS_PER_DAY, 2 * wanted)
    whole = Allowance(kind=kind, limit=limit, used=limit, window=window)
    if wait is None:
        return whole, wanted
    back = wait * whole.rate
    wanted = max(wanted, math.ceil(round(back, 6)))
    return replace(whole, used=max(0.0, limit - wanted + back)), wanted


def tokens_of(body: Any) -> int:
    """How many tokens a request counts for: the larger of its `max_tokens` and a quarter of its text's characters.

    That is what OpenAI's guide on rate limits says under "Reduce the max_tokens to match the size of your completions".

    Args:
        body: the request's body, parsed; None for one that is no JSON.
    """
    if not isinstance(body, dict):
        return 1
    most = [body.get(name) for name in ("max_tokens", "max_completion_tokens", "max_output_tokens")]
    text = sum(_characters(body.get(name)) for name in ("messages", "input", "prompt", "instructions"))
    return max(1, math.ceil(text / 4), *(value for value in most if isinstance(value, int)))


def _characters(value: Any) -> int:
    if isinstance(value, str):
        return 0 if value.startswith("data:") else len(value)  # an image is not counted by its base64
    if isinstance(value, dict):
        return sum(map(_characters, value.values()))
    return sum(map(_characters, value)) if isinstance(value, list) else 0


def body_of(request: Request) -> Any:
    """A request's JSON; None when it is none."""
    try:
        return parsed(request.body)
    except (ValueError, RecursionError):
        return None
