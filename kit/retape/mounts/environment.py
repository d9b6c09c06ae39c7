"""The environment of a program whose requests don't leave it: dummy keys, no proxies, no address of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

KEYS = ("OPENAI_API_KEY", "AZURE_OPENAI_API_KEY")
"""What the official client reads a key from."""

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "OPENAI_PROXY")
"""The last one is LangChain's."""

BASE_URL = "OPENAI_BASE_URL"
OLD_BASE_URL = "OPENAI_API_BASE"
"""What LangChain and LiteLLM ask before `OPENAI_BASE_URL`; without it they go where that says."""

AZURE_ENDPOINT = "AZURE_OPENAI_ENDPOINT"

API_TYPE = "OPENAI_API_TYPE"
"""Which client `openai.models.list()` makes for itself; with keys for both kinds the module refuses to guess."""

FAKED = "retape-fakes-this"


def offline(key: str) -> dict[str, str | None]:
    """Variables for a program that needs no real key: dummies in the keys' place, and no proxy.

    Args:
        key: the dummy; it says in a header what became of the key.
    """
    return dict.fromkeys(KEYS, key) | dict.fromkeys(PROXIES) | {API_TYPE: os.environ.get(API_TYPE) or "openai"}


def faked() -> dict[str, str | None]:
    """The same for a fake in this process: the client asks its default, api.openai.com, which is answered here."""
    return offline(FAKED) | {BASE_URL: None}


def served(url: str, base_url: str) -> dict[str, str | None]:
    """The same for a fake on a socket: that is where clients go that are told no other address.

    Args:
        url: the server's, which is what Azure's client appends its paths to.
        base_url: the same with the version.
    """
    return offline(FAKED) | {BASE_URL: base_url, OLD_BASE_URL: base_url, AZURE_ENDPOINT: url}


class Environment:
    """Environment variables for a while.

    The client that the module `openai` makes for itself, once, from the variables that it finds, is put aside as long.

    Args:
        wanted: name -> value; None for one that is not to be there.
    """

    def __init__(self, wanted: Mapping[str, str | None]) -> None:
        self._wanted = wanted
        self._before: dict[str, str | None] = {}
        self._client: Any = None

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._wanted}
        _set(self._wanted)
        self._client = self._swapped(None, old=None, new=self._wanted.get(API_TYPE))

    def __exit__(self, *_: object) -> None:
        _set(self._before)
        made = self._swapped(self._client, old=self._wanted.get(API_TYPE), new=self._before.get(API_TYPE))
        if made is not None:
            made.close()

    def _swapped(self, client: Any, *, old: str | None, new: str | None) -> Any:
        """The module's own client, in whose place another one is now; the type is changed unless the user's code did.

        Args:
            client: the other one; None has the module make one when it is first asked.
            old: what the module takes the type to be.
            new: what it is.
        """
        module = sys.modules.get("openai")
        if module is None or API_TYPE not in self._wanted:
            return None
        if getattr(module, "api_type", "") == old:
            module.__dict__["api_type"] = new
        before = module.__dict__.get("_client")
        module.__dict__["_client"] = client
        return before


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
