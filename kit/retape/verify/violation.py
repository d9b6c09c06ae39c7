"""What a rule found."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Severity = Literal["must", "should", "note"]
"""must: clients break, or the API's reference says so; should: worth mending; note: a dialect, never a failure."""

SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""From the worst on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One place where an answer breaks a rule.

    Args:
        rule: the rule's id, "chat-stream-same-id".
        severity: "must", "should" or "note".
        where: the place inside the exchange: "event 3: choices[0].delta.role", "header content-type".
        message: what is there and what should be, in a sentence.
        source: where the rule comes from.
        file: the cassette, "" when the exchange came from none.
        exchange: the exchange's number in it, from 1; 0 when it came from none.
    """

    rule: str
    severity: Severity
    where: str
    message: str
    source: str
    file: str = ""
    exchange: int = 0

    def __str__(self) -> str:
        place = f"exchange {self.exchange}, " * bool(self.exchange) + self.where
        return f"{self.file}{': ' * bool(self.file)}{place}: {self.message} [{self.severity} {self.rule}]"

    def as_dict(self) -> dict[str, Any]:
        """The same for programs."""
        return asdict(self)
