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


_MADE = ("_client", "api_key", "api_type", "azure_endpoint", "http_client")
_ITS_OWN = "SyncHttpxClientWrapper"
"""The HTTP client that nobody gave to the module."""


class Environment:
    """Environment variables for a while.

    What the module `openai` makes for itself of the variables that it finds, and then keeps, is put aside as long.

    Args:
        wanted: name -> value; None for one that is not to be there.
    """

    def __init__(self, wanted: Mapping[str, str | None]) -> None:
        self._wanted = wanted
        self._before: dict[str, str | None] = {}
        self._made: dict[str, Any] = {}

    def __enter__(self) -> None:
        self._before = {name: os.environ.get(name) for name in self._wanted}
        _set(self._wanted)
        if API_TYPE in self._wanted:
            self._made = _of_the_module()
            _renew_the_module({"_client": None, "api_type": self._made["api_type"] or self._wanted[API_TYPE]})

    def __exit__(self, *_: object) -> None:
        _set(self._before)
        if API_TYPE in self._wanted:
            _renew_the_module({**self._made, "api_type": self._made["api_type"] or self._before[API_TYPE]})


def _of_the_module() -> dict[str, Any]:
    """What the module `openai` has made for itself, as far as anybody has imported it."""
    found = getattr(sys.modules.get("openai"), "__dict__", {})
    return {name: found.get(name) for name in _MADE}


def _renew_the_module(values: Mapping[str, Any]) -> None:
    module = sys.modules.get("openai")
    if module is None:
        return
    http: Any = module.__dict__.get("http_client")
    module.__dict__.update(values)
    if http is not module.__dict__.get("http_client") and type(http).__name__ == _ITS_OWN:
        http.close()


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
