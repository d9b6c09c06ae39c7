"""What a run does: each case in each mode on each model, filtered."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from retape.errors import UsageError
from retape.verify.cases.case import Case
from retape.verify.providers.provider import Model, Provider

_ROW = re.compile(r"test_\w+(?: \([^()]+\)|\[[^\[\]]+\])\Z")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

Wanted = Callable[["Spot"], bool]
"""Whether a cell belongs to the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A place in the matrix: what becomes a cell.

    Args:
        case: the case.
        stream: in which mode.
        provider: whom to ask.
        model: which of its models.
    """

    case: Case
    stream: bool
    provider: Provider
    model: Model

    @property
    def mode(self) -> str:
        """Its mode as a word."""
        return "stream" if self.stream else "plain"

    @property
    def id(self) -> str:
        """As pytest would name it, "test_chat_streaming_basic[earth]"."""
        return self.case.id(self.stream)

    @property
    def asked(self) -> str:
        """The model that requests name."""
        return self.provider.asked(self.case, self.model)

    @property
    def names(self) -> tuple[str, ...]:
        """What -k looks at."""
        case = self.case
        row = (self.id, case.title(self.stream), f"{case.test}/{case.case}", self.mode, case.endpoint, *case.needs)
        return (*row, self.provider.id, self.model.id, self.model.name)

    def cassette(self, folder: Path) -> Path:
        """Its recording's file.

        Args:
            folder: of all recordings, "cassettes/verify".
        """
        parts = (self.provider.id, self.model.id, self.case.test)
        return folder.joinpath(*map(file_name, parts)) / f"{file_name(self.case.case)}.{self.mode}.yaml"

    def command(self, *more: str) -> str:
        """The command that runs it again.

        Args:
            more: further arguments.
        """
        called = self.provider.call or ("--provider", self.provider.id)
        named = [*called, "--model", self.model.id, "-k", self.id]
        return shlex.join(["retape", "verify", *named, *more])


def file_name(name: str) -> str:
    """A name that every file system takes: "meta-llama/Llama-4" is "meta-llama_Llama-4"."""
    return _UNSAFE.sub("_", name).strip(".") or "_"


def plan(
    cases: Iterable[Case],
    providers: Sequence[Provider],
    *,
    models: Iterable[str] = (),
    keyword: str = "",
) -> tuple[Spot, ...]:
    """The cells of a run, in the order of rows, then providers, then models.

    Args:
        cases: the cases.
        providers: whom to ask.
        models: of each provider only these; none for all that it has.  A name that no provider has is asked of every
            provider.
        keyword: an expression as pytest's -k takes it; "" for every cell.

    Raises:
        UsageError: the expression is wrong, or nothing is left.
    """
    cases = tuple(cases)
    columns = [(provider, model) for provider in providers for model in _models(provider, providers, tuple(models))]
    wanted = matching(keyword)
    spots = [
        Spot(case=case, stream=stream, provider=provider, model=model)
        for case in cases
        for stream in case.modes
        for provider, model in columns
    ]
    chosen = tuple(spot for spot in spots if wanted(spot))
    if not chosen:
        raise UsageError(
            f"-k {keyword!r} leaves nothing of {len(spots)} cells; it looks at names such as "
            f"{spots[0].id!r}, 'plain', 'stream', 'chat', 'tools'"
            if spots
            else "there is nothing to run: no case, or no model"
        )
    return chosen


def _models(provider: Provider, providers: Sequence[Provider], names: tuple[str, ...]) -> tuple[Model, ...]:
    if not names:
        return provider.models
    own = [name for name in names if any(name in (model.id, model.name) for model in provider.models)]
    foreign = [name for name in names if not any(name in (m.id, m.name) for p in providers for m in p.models)]
    return tuple(provider.model(name) for name in names if name in own or name in foreign)


def matching(keyword: str) -> Wanted:
    """What -k keeps.

    Args:
        keyword: words that are parts of names, whatever their case, joined by and, or, not and parentheses; a whole
            name as pytest or the matrix gives it also does.

    Raises:
        UsageError: it is no such expression.
    """
    whole = keyword.strip().lower()
    if not whole:
        return lambda spot: True
    if _ROW.match(whole):
        return lambda spot: whole in (spot.id.lower(), spot.case.title(spot.stream).lower())
    from _pytest.mark.expression import Expression  # the same language, and no second reading of it

    try:
        expression = Expression.compile(keyword)
    except SyntaxError as error:  # pytest's own error became one in 9
        raise UsageError(f"-k {keyword!r}: {error.msg}") from None
    except Exception as error:
        if type(error).__name__ != "ParseError":
            raise
        raise UsageError(f"-k {keyword!r}: {error}") from None

    def wanted(spot: Spot) -> bool:
        names = [name.lower() for name in spot.names]
        return expression.evaluate(lambda word, /, **_: any(word.lower() in name for name in names))

    return wanted
