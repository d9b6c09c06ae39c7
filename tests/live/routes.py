"""The ways to a real server that are recorded through the socket: straight to llama.cpp's, and through gateways."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from live.questions import QUESTIONS
from upstream.litellm import LiteLLM
from upstream.llama import Llama
from upstream.portkey import Portkey, to
from upstream.process import Process

CASSETTES = Path(__file__).resolve().parents[2] / "cassettes"

KEY = "RETAPE_LIVE_KEY"
"""The environment variable with the key that a gateway wants: the recording proxy puts it in, the client has none."""

SECRET = f"sk-{secrets.token_hex(16)}"
"""That key, another one each time."""

Gateway = Callable[[Path, Llama], AbstractContextManager[Process]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way to a real server.

    Args:
        cassette: where it is recorded, below `cassettes/`.
        gateway: starts what stands between, given the cache and the server behind; None for nothing.
        headers: fields that the gateway wants, given the server's base URL.
        lacks: questions that are none on this way: llama.cpp's server has one model, whatever it is called.
    """

    cassette: str
    gateway: Gateway | None = None
    headers: Callable[[str], Mapping[str, str]] = lambda base_url: {}
    lacks: frozenset[str] = frozenset()

    @property
    def questions(self) -> list[str]:
        """The names of those that are asked."""
        return [name for name in QUESTIONS if name not in self.lacks]

    @property
    def path(self) -> Path:
        """The cassette's file."""
        return CASSETTES / self.cassette

    @contextlib.contextmanager
    def running(self, cache: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Base URL of the way's first server, and the header fields that it wants.

        Args:
            cache: see `Llama`.
        """
        with contextlib.ExitStack() as stack:
            llama = stack.enter_context(Llama(cache, options=("--embedding",)))
            first = stack.enter_context(self.gateway(cache, llama)) if self.gateway else llama
            yield first.base_url, self.headers(llama.base_url)


_ONE_MODEL = frozenset({"unknown-model", "too-many"})

ROUTES = {
    "direct": Route(cassette="direct/through-socket.yaml", lacks=_ONE_MODEL),
    "litellm": Route(
        cassette="litellm/through-socket.yaml",
        gateway=lambda cache, llama: LiteLLM(cache, upstream=llama.base_url, key=SECRET),
    ),
    "portkey": Route(
        cassette="portkey/through-socket.yaml",
        gateway=lambda cache, llama: Portkey(cache),
        headers=to,
        lacks=_ONE_MODEL,
    ),
}
