"""A provider: where it is, what it serves, what it isn't asked, and what is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from retape.verify.cases.case import Case, Problem
from retape.verify.violation import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which cells something is about.

    Args:
        cases: patterns of "test" or "test/case", as fnmatch has them; empty for every case.
        models: patterns of models; empty for every model.
        streams: True for streams alone, False for plain answers alone, None for both.
    """

    cases: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    streams: bool | None = None

    def holds(self, case: Case, model: str, *, stream: bool) -> bool:
        """Whether a cell is one of them."""
        names = (case.test, f"{case.test}/{case.case}")
        return (
            (not self.cases or any(fnmatchcase(name, pattern) for name in names for pattern in self.cases))
            and (not self.models or any(fnmatchcase(model, pattern) for pattern in self.models))
            and self.streams in (None, stream)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """Cells that are not asked.

    Args:
        scope: which.
        reason: why not, in a sentence.
    """

    scope: Scope
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """Something that a provider is known to do otherwise.

    Args:
        id: its name, in kebab-case, unique in the provider's file.
        scope: the cells in which it is seen.
        rules: the rules that it breaks, as fnmatch patterns: a violation of one of them is known.
        expects: the words of a case that it fails, as fnmatch patterns: a problem with one of them is known.
        reason: what it does, in a sentence.
        source: where that was told or seen: "owner/repository#123", a page, "a recording in cassettes/".
        date: since when it is known, or in which releases: ISO 8601, "2025-09" or "2025-09-14".
    """

    id: str
    scope: Scope
    rules: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    reason: str
    source: str
    date: str

    def explains(self, what: Violation | Problem) -> bool:
        """Whether a finding of a cell in its scope is this one.

        Args:
            what: what a rule found, or what was wrong in a turn.
        """
        name, patterns = (what.rule, self.rules) if isinstance(what, Violation) else (what.word, self.expects)
        return bool(name) and any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model of a provider.

    Args:
        id: as requests name it.
        name: to show.
        lacks: what it can't, of what the provider can: names of `CAPABILITIES`.
    """

    id: str
    name: str
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider.

    Args:
        id: its name on the command line and in the cassettes' path, "groq".
        name: to show, "Groq".
        base_url: with its version; "${VARIABLE}" is taken from the environment, "${VARIABLE:-otherwise}" too.
        key: the environment variable with the key; "" for a provider that takes none.
        key_optional: whether it also answers without one.
        headers: header fields of every request; their values may name variables, too.
        models: what to ask, in order.
        models_for: endpoint or capability -> the model that is asked for it in the place of a chat model.
        lacks: what it can't: names of `CAPABILITIES`, each with the reason.
        excluded: what isn't asked.
        deviations: what is known.
        about: what the file says of it, in a sentence.
        file: where it was read; "" for one that no file describes.
        call: the arguments with which somebody asked for it, to be repeated in commands; none for its name.
    """

    id: str
    name: str
    base_url: str
    key: str = ""
    key_optional: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    models: tuple[Model, ...]
    models_for: Mapping[str, str] = field(default_factory=dict)
    lacks: Mapping[str, str] = field(default_factory=dict)
    excluded: tuple[Exclusion, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    about: str = ""
    file: str = ""
    call: tuple[str, ...] = ()

    def model(self, name: str) -> Model:
        """One of its models, by id or by the name that is shown; any other name is a model that the file hasn't.

        Args:
            name: as somebody wrote it.
        """
        found = [model for model in self.models if name in (model.id, model.name)]
        return found[0] if found else Model(id=name, name=name)

    def asked(self, case: Case, model: Model) -> str:
        """The model that a case's requests name.

        Args:
            case: the case.
            model: the model in whose column it stands.
        """
        found = (self.models_for[word] for word in (*sorted(case.needs), case.endpoint) if word in self.models_for)
        return next(found, model.id)

    def why_not(self, case: Case, model: Model, *, stream: bool) -> str:
        """Why a case isn't asked of a model; "" when it is.

        Args:
            case: the case.
            model: the model.
            stream: in which mode.
        """
        for need in sorted(case.needs):
            if need in self.lacks:
                return f"needs {need}: {self.lacks[need]}"
            if need in model.lacks:
                return f"needs {need}, which {model.name} lacks"
        return next((e.reason for e in self.excluded if e.scope.holds(case, model.id, stream=stream)), "")

    def known(self, case: Case, model: str, *, stream: bool) -> tuple[Deviation, ...]:
        """The deviations that a cell may show."""
        return tuple(found for found in self.deviations if found.scope.holds(case, model, stream=stream))
