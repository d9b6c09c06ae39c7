"""Which providers there are: the shipped ones, those beside a user's cases, and single files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from retape.errors import UsageError
from retape.handlers.fake.script.kinds import nearest
from retape.verify.providers.provider import Model, Provider
from retape.verify.providers.reading import load_provider

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")

_KEYLESS = "no key is configured, and a server that was started without one takes any."


def find_providers(*folders: Path) -> dict[str, Provider]:
    """The providers of some folders, by name; of two with one name the later.

    Args:
        folders: with a file for each provider; one that doesn't exist has none.

    Raises:
        ScriptError: see `load_provider`.
    """
    files = [path for folder in folders for path in sorted(folder.glob("*.y*ml"))]
    return {provider.id: provider for provider in map(load_provider, files)}


def choose(names: Iterable[str], known: Mapping[str, Provider]) -> list[Provider]:
    """The providers that somebody named.

    Args:
        names: names, or paths of provider files.
        known: the providers there are.

    Raises:
        UsageError: there is no such provider, or file.
        ScriptError: see `load_provider`.
    """
    return [_chosen(name, known) for name in dict.fromkeys(names)]


def _chosen(name: str, known: Mapping[str, Provider]) -> Provider:
    if name in known:
        return known[name]
    path = Path(name)
    if path.suffix in (".yaml", ".yml"):
        return replace(load_provider(path), call=("--provider", name))
    raise UsageError(
        f"there is no provider {name!r}; {nearest(name, tuple(known))} Another one is a file like those in "
        "cases/providers, and named by its path"
    )


def unnamed(base_url: str, models: Iterable[str], *, key: str = "") -> Provider:
    """A provider that no file describes.

    Args:
        base_url: its address.
        models: what to ask.
        key: the environment variable with its key; "" for none.
    """
    name = re.sub(r"[^a-z0-9.]+", "-", base_url.partition("://")[2].lower()).strip("-")
    return Provider(
        id=name,
        name=base_url,
        base_url=base_url,
        key=key,
        lacks={} if key else {"auth": _KEYLESS},
        models=tuple(Model(id=one, name=one) for one in models),
        call=("--base-url", base_url, *(("--key", key) if key else ())),
    )


def filled(text: str, environ: Mapping[str, str], *, where: str) -> str:
    """A text with the environment's values in it.

    Args:
        text: with "${VARIABLE}" or "${VARIABLE:-otherwise}".
        environ: the environment.
        where: what needs it, for the error: "azure's base-url".

    Raises:
        UsageError: a variable isn't set.
    """

    def value(found: re.Match[str]) -> str:
        set_to = environ.get(found[1]) or found[2]
        if set_to is None:
            raise UsageError(f"{where} needs the environment variable {found[1]}, which isn't set")
        return set_to

    return _VARIABLE.sub(value, text)


def usual_address(provider: Provider) -> str:
    """A provider's address where nobody's environment says otherwise; "" when there is none."""
    try:
        return filled(provider.base_url, {}, where=provider.id)
    except UsageError:
        return ""


def key_of(provider: Provider, environ: Mapping[str, str]) -> str:
    """A provider's key; "none" for one that needs none.

    Args:
        provider: the provider.
        environ: the environment.

    Raises:
        UsageError: its variable isn't set.
    """
    found = environ.get(provider.key, "").strip() if provider.key else ""
    if found:
        return found
    if provider.key and not provider.key_optional:
        raise UsageError(f"{provider.id} needs a key: set the environment variable {provider.key}")
    return "none"
