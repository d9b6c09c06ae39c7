"""A connection to one server: through TLS, and through the proxy that the environment names.

Sockets of our own, so that no mock or cassette in the same process takes the proxy's calls for a client's.
"""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from retape.errors import UsageError
from retape.mounts.guard import is_local

CONNECT_SECONDS = 15.0
"""How long a connection may take to be made; the official client waits 5 seconds, and then leaves anyway."""

_PORTS = {"http": 80, "https": 443}
_MOST_UNREAD = 256 * 1024
"""Bytes that may wait to be read before the sender is held up."""


class Unreachable(Exception):
    """No connection; nothing was sent."""


@dataclass(frozen=True)
class Address:
    """Where a server is.

    Args:
        scheme: "http" or "https".
        host: its name or address, without brackets.
        port: its port.
        path: what its API's paths begin with, "/v1", without a slash at the end.
        login: user and password as Basic credentials; "" for none.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    login: str = ""

    @classmethod
    def parse(cls, url: str) -> Address:
        """An address from an http or https URL.

        Raises:
            UsageError: it is none.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise UsageError(f"{url!r} is no URL: {error}") from None
        if parts.scheme not in _PORTS or not parts.hostname or any(c <= " " for c in url):
            raise UsageError(f"{url!r} is no http or https URL: write https://api.openai.com/v1")
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else ""
        login = base64.b64encode(login.encode()).decode()
        port = _PORTS[parts.scheme] if port is None else port
        return cls(parts.scheme, parts.hostname, port, parts.path.rstrip("/"), login)

    @cached_property
    def authority(self) -> str:
        """Host and port as the Host field has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @cached_property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"


class Pipe(asyncio.Protocol):
    """The bytes of a connection, in the pieces in which they came, to the very last one before a reset."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self._pieces.append(data)
        self._size += len(data)
        if self._size > _MOST_UNREAD:
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """The other side sends no more."""
        self._ended = True
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._ended, self._error = True, error
        self._wake()

    @property
    def is_quiet(self) -> bool:
        """Whether it is open and nothing came that nobody asked for."""
        return not (self._pieces or self._ended or self.transport.is_closing())

    async def read(self) -> bytes:
        """The next piece; b"" when no more comes.

        Raises:
            OSError: the connection broke.
        """
        while not self._pieces:
            if self._error:
                raise self._error
            if self._ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        data = self._pieces.popleft()
        held_up = self._size > _MOST_UNREAD
        self._size -= len(data)
        if held_up and self._size <= _MOST_UNREAD and not self.transport.is_closing():
            self.transport.resume_reading()
        return data

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Dialer:
    """Makes connections to one address.

    Args:
        address: the server's.
        proxies: scheme -> URL of a proxy, as `urllib.request.getproxies` has them; the environment's when None.
            Nothing on this machine is reached through one.

    Raises:
        UsageError: the proxy is of a kind that can't be used.
    """

    def __init__(self, address: Address, *, proxies: Mapping[str, str] | None = None) -> None:
        self.address = address
        self.via = _proxy_for(address, getproxies() if proxies is None else proxies)

    @property
    def is_absolute(self) -> bool:
        """Whether a request's target is the whole URL, because a proxy reads it (RFC 9112, section 3.2.2)."""
        return self.via is not None and self.address.scheme == "http"

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()  # heeds SSL_CERT_FILE and SSL_CERT_DIR
        context.load_verify_locations(certifi.where())  # as the official client does; some systems have no store
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def dial(self) -> Pipe:
        """A connection, ready for requests.

        Raises:
            Unreachable: there is none to be had.
        """
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return await self._dial()
        except TimeoutError:
            raise Unreachable(f"no connection within {CONNECT_SECONDS:g} seconds") from None
        except ssl.SSLCertVerificationError as error:
            raise Unreachable(f"its certificate is not to be trusted: {error.verify_message}") from error
        except OSError as error:
            raise Unreachable(why(error)) from error

    async def _dial(self) -> Pipe:
        loop = asyncio.get_running_loop()
        first = self.via or self.address
        tls = self._tls if first.scheme == "https" else None
        _, pipe = await loop.create_connection(Pipe, first.host, first.port, ssl=tls, happy_eyeballs_delay=0.25)
        if self.via is not None and self.address.scheme == "https":
            await self._tunnel(pipe)
            transport = await loop.start_tls(pipe.transport, pipe, self._tls, server_hostname=self.address.host)
            if transport is None:
                raise Unreachable("the connection ended before TLS began")
            pipe.transport = transport
        return pipe

    async def _tunnel(self, pipe: Pipe) -> None:
        """Ask the proxy for a way through (RFC 9110, section 9.3.6)."""
        authority = self.address.authority
        target = authority if authority.endswith(f":{self.address.port}") else f"{authority}:{self.address.port}"
        lines = [f"CONNECT {target} HTTP/1.1", f"host: {target}", *(f"{n}: {v}" for n, v in self.proxy_headers)]
        pipe.transport.write("\r\n".join([*lines, "", ""]).encode("latin-1"))
        head = b""
        while b"\r\n\r\n" not in head and len(head) < _MOST_UNREAD and (piece := await pipe.read()):
            head += piece
        status = head.partition(b"\r\n")[0].decode("latin-1")
        if not status.startswith("HTTP/1.") or status[9:10] != "2":
            pipe.transport.abort()
            assert self.via is not None
            raise Unreachable(f"the proxy {self.via.origin} refused: {status or 'it closed the connection'}")

    @property
    def proxy_headers(self) -> list[tuple[str, str]]:
        """What a request to the proxy carries for it."""
        return [("proxy-authorization", f"Basic {self.via.login}")] if self.via and self.via.login else []


def _proxy_for(address: Address, proxies: Mapping[str, str]) -> Address | None:
    if is_local(address.host) or proxy_bypass(address.host):
        return None
    url = proxies.get(address.scheme) or proxies.get("all")
    if not url:
        return None
    scheme = url.partition("://")[0] if "://" in url else "http"
    if scheme not in _PORTS:
        raise UsageError(f"the environment's proxy is a {scheme} one: only http and https proxies can be used")
    return Address.parse(url if "://" in url else f"http://{url}")


def why(error: OSError) -> str:
    """An error of the system in its own words, without numbers and addresses."""
    number = error.errno if isinstance(error.errno, int) else 0
    if isinstance(error, socket.gaierror):
        return f"its name doesn't resolve: {error.strerror}"
    return os.strerror(number) if number > 0 else error.strerror or str(error)
