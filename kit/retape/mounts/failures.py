"""Broken answers as exceptions of a client library, and exceptions as outcomes.  Rows, not branches."""

from __future__ import annotations

from retape.errors import CassetteMiss
from retape.tape.steps import Abort, Outcome

OUTCOME_OF: dict[str, Outcome] = {
    "ConnectError": "refused",
    "ConnectTimeout": "timeout",
    "ReadTimeout": "timeout",
    "WriteTimeout": "timeout",
    "PoolTimeout": "timeout",
    "ReadError": "reset",
    "WriteError": "reset",
    "CloseError": "reset",
    "RemoteProtocolError": "early-end",
}
"""Class name of an httpx or httpx2 exception -> how the exchange ended.  One that isn't here is no answer of a
server's (a bad URL, a proxy's refusal) and isn't recorded."""

SOCKET_OUTCOME_OF: dict[str, Outcome] = {
    "ConnectionRefusedError": "refused",
    "gaierror": "refused",
    "NewConnectionError": "refused",
    "ClientConnectorError": "refused",
    "SSLError": "refused",
    "TimeoutError": "timeout",
    "RemoteDisconnected": "early-end",
    "IncompleteRead": "early-end",
    "BadStatusLine": "early-end",
    "ServerDisconnectedError": "early-end",
    "ClientPayloadError": "early-end",
    "ConnectionError": "reset",
    "ClientOSError": "reset",
}
"""The same for exceptions of http.client, urllib3, aiohttp and sockets, and for what is derived from them."""

HTTPX_RAISES: dict[Outcome, str] = {
    "refused": "ConnectError",
    "timeout": "ReadTimeout",
    "reset": "ReadError",
    "early-end": "RemoteProtocolError",
}
"""How an exchange ended -> the httpx exception, when the recording names none."""

BUILTIN_RAISES: dict[Outcome, type[OSError]] = {
    "refused": ConnectionRefusedError,
    "timeout": TimeoutError,
    "reset": ConnectionResetError,
    "early-end": ConnectionAbortedError,
}
"""The same for clients that work on sockets; they wrap these in exceptions of their own."""


def outcome_of(error: BaseException | None) -> Outcome | None:
    """How an exchange ended for which a client that works on sockets raised this; None for what is no answer of a
    server's.  Where an exception is wrapped around another one, the inner one knows better.
    """
    if error is None:
        return None
    names = [kind.__name__ for kind in type(error).__mro__]
    own = next((SOCKET_OUTCOME_OF[name] for name in names if name in SOCKET_OUTCOME_OF), None)
    return outcome_of(error.__cause__) or own


def past_the_end(abort: Abort) -> CassetteMiss:
    """The error for a client that reads on where the recorded one stopped."""
    reason = "the recording ends here: the client that made it stopped reading at this point"
    return CassetteMiss(reason, reason + '; record it anew (--retape=rewrite, mode="rewrite") to read further')


def malformed(what: str) -> CassetteMiss:
    """The error for an answer that is none.

    Args:
        what: the culprit and what it did.
    """
    reason = f"{what}; an answer is an iterator of steps that begins with a Head"
    return CassetteMiss(reason, reason)
