"""A rule over one exchange, and the tables that rules stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from retape.verify.violation import Severity

if TYPE_CHECKING:
    from retape.verify.evidence import Evidence, Form

Finding = tuple[str, str]
"""(where, message)."""

Find = Callable[["Evidence"], Iterable[Finding]]

R = TypeVar("R", bound=Callable[["Evidence"], Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule.

    Args:
        id: its name, in kebab-case, unique: "chat-stream-same-id".
        severity: how bad it is to break it.
        endpoints: whose answers it is about; empty for any endpoint's.
        forms: which answers: "plain", "stream", "error", "broken"; empty for any.
        what: what it asks for, in a sentence.
        source: where that comes from: the API reference, a thread, a recording.
        find: the places where an exchange breaks it.
    """

    id: str
    severity: Severity
    endpoints: frozenset[str]
    forms: frozenset[Form]
    what: str
    source: str
    find: Find

    def applies(self, endpoint: str, form: Form) -> bool:
        """Whether it is about such an answer."""
        return _applies(self.endpoints, self.forms, endpoint, form)


def _applies(endpoints: frozenset[str], forms: frozenset[Form], endpoint: str, form: Form) -> bool:
    return (not endpoints or endpoint in endpoints) and (not forms or form in forms)


class Table:
    """A family of rules for the same answers; a module of `retape.verify.rules` has one, called RULES.

    Args:
        endpoints: whose answers the rules are about, separated by spaces; "" for any endpoint's.
        forms: which of them, separated by spaces; "" for any.
    """

    def __init__(self, endpoints: str, forms: str) -> None:
        self._endpoints = frozenset(endpoints.split())
        self._forms: frozenset[Form] = frozenset(forms.split())  # type: ignore[arg-type]
        self._rules: list[Rule] = []
        self._recalls: list[Callable[[Evidence], Any]] = []

    def __iter__(self) -> Iterator[Rule]:
        return iter(self._rules)

    def rule(self, name: str, severity: Severity, what: str, *, source: str, forms: str = "") -> Callable[[Find], Find]:
        """Make a rule of the function below: it gives (where, message) for each place that breaks the rule.

        Args:
            name: the `id` of the `Rule`.
            severity: see `Rule`.
            what: see `Rule`.
            source: see `Rule`.
            forms: where it is about other answers than the rest of the table.
        """

        def add(find: Find) -> Find:
            made = Rule(
                id=name,
                severity=severity,
                endpoints=self._endpoints,
                forms=frozenset(forms.split()) or self._forms,  # type: ignore[arg-type]
                what=what,
                source=source,
                find=find,
            )
            self._rules.append(made)
            return find

        return add

    def remember(self, recall: R) -> R:
        """Make a fact of each exchange that the table is about, for rules that compare an exchange with earlier ones.

        The function below gives the fact, or None when there is nothing to know; it should be small, for it is
        kept until the cassette's end.  A rule asks for the facts so far with `Evidence.earlier`.
        """
        self._recalls.append(recall)
        return recall

    def recalls(self, endpoint: str, form: Form) -> Sequence[Callable[[Evidence], Any]]:
        """What makes facts of such an exchange."""
        return self._recalls if _applies(self._endpoints, self._forms, endpoint, form) else ()
