"""What a run is about, as somebody asked for it on a command line: cases, providers, recordings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from retape.errors import UsageError
from retape.handlers.fake.script.kinds import nearest
from retape.handlers.replay import find_cassettes, shown
from retape.verify.cases.case import Case
from retape.verify.cases.reading import load_cases, shipped
from retape.verify.providers.finding import choose, find_providers, unnamed
from retape.verify.providers.provider import Provider
from retape.verify.providers.reading import check_cases
from retape.verify.run.plan import Spot, file_name, plan

CASSETTES = Path("cassettes") / "verify"
"""Where recordings are, below the working directory."""

_ADDRESS = re.compile(r"https?://[^/]", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """What there is to run.

    Args:
        cases: the cases.
        providers: those chosen.
        cassettes: the folder of all recordings.
        chosen: whether somebody named the providers; else they are all that there are.
    """

    cases: tuple[Case, ...]
    providers: tuple[Provider, ...]
    cassettes: Path
    chosen: bool

    def plan(self, *, models: Iterable[str] = (), keyword: str = "") -> tuple[Spot, ...]:
        """The cells; see `plan`.

        Where nobody named the providers, a model of which nothing is recorded has one cell to say so, and not hundreds.

        Raises:
            UsageError: see `plan`; or nobody named the providers, and none has such a model.
        """
        models = tuple(models)
        if not self.chosen:
            self._known(models)
        spots = plan(self.cases, self.providers, models=models, keyword=keyword)
        if self.chosen:
            return spots
        columns = {(spot.provider.id, spot.model.id): spot for spot in reversed(spots)}
        firsts = {id(spot) for spot in columns.values()}
        return tuple(spot for spot in spots if id(spot) in firsts or self._recorded(spot.provider.id, spot.model.id))

    def _known(self, names: Iterable[str]) -> None:
        known = sorted({name for one in self.providers for model in one.models for name in (model.id, model.name)})
        for name in names:
            if name not in known and not any(self._recorded(one.id, name) for one in self.providers):
                hint = nearest(name, known)
                raise UsageError(f"no provider has a model {name!r}; {hint} Another one is asked of a --provider")

    def orphans(self) -> tuple[Path, ...]:
        """Recordings of the providers that no case asks for any more, by path."""
        wanted = {spot.cassette(self.cassettes) for spot in plan(self.cases, self.providers)}
        folders = [self.cassettes / file_name(one.id) / file_name(m.id) for one in self.providers for m in one.models]
        found = (path for folder in folders if folder.is_dir() for path in find_cassettes(folder))
        return tuple(path for path in found if path not in wanted)

    def recorded(self, provider: Provider) -> bool:
        """Whether anything of a provider is recorded."""
        return self._recorded(provider.id)

    def _recorded(self, *names: str) -> bool:
        return self.cassettes.joinpath(*map(file_name, names)).is_dir()


def suite(
    *,
    names: Sequence[str] = (),
    base_url: str = "",
    models: Sequence[str] = (),
    cases: Path | None = None,
    cassettes: Path = CASSETTES,
    key: str = "",
) -> Suite:
    """What somebody asked for.

    Args:
        names: providers, by name or by the path of a file.
        base_url: an address; without a name it is a provider of its own.
        models: the models of that one.
        cases: a folder of cases, with `providers/` in it for more of these; None for the shipped ones.
        cassettes: the folder of all recordings.
        key: the environment variable with that one's key.

    Raises:
        UsageError: a name, folder or address can't be used.
    """
    known = known_providers(cases)
    if base_url and not _ADDRESS.match(base_url):
        raise UsageError(f"--base-url {base_url} is no address: http://HOST:PORT/v1 is one, or https://...")
    if base_url and len(names) > 1:
        raise UsageError("--base-url is one provider's address; name one --provider with it, or none")
    if base_url and not names:
        if not models:
            raise UsageError("--base-url needs to know what to ask for there: add --model NAME")
        chosen = [unnamed(base_url, models, key=key)]
    else:
        chosen = choose(names, known) if names else list(known.values())
    beside = ["--cases", shown(cases)] if cases and cases.resolve() != shipped().resolve() else []
    beside += ["--cassettes", shown(cassettes)] if cassettes.resolve() != CASSETTES.resolve() else []
    loaded = load_cases(cases)
    check_cases(chosen, names_of(loaded), lambda: names_of(load_cases()))
    return Suite(
        cases=loaded,
        providers=tuple(_called(provider, beside) for provider in chosen),
        cassettes=cassettes,
        chosen=bool(names or base_url),
    )


def names_of(cases: Iterable[Case]) -> list[str]:
    """What a provider's file may call some cases: the test, or test and case."""
    return [name for case in cases for name in (case.test, f"{case.test}/{case.case}")]


def _called(provider: Provider, beside: Sequence[str]) -> Provider:
    """The provider, with the rest of what its commands have to say."""
    return replace(provider, call=(*(provider.call or ("--provider", provider.id)), *beside))


def known_providers(cases: Path | None = None) -> dict[str, Provider]:
    """The shipped providers and those beside a user's cases.

    Args:
        cases: the user's folder of cases.
    """
    folders = dict.fromkeys(folder / "providers" for folder in (shipped(), cases) if folder)
    return find_providers(*folders)
