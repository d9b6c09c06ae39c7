"""What a client may ask of a server, in bytes and in seconds."""

from __future__ import annotations

from dataclasses import dataclass, fields

from retape.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """Limits of a server; what goes past one is refused or cut off, and the next request is served.

    Args:
        body: bytes of a request's body; as OpenAI's largest upload (a file) by default.
        head: bytes of a request's line and header fields.
        head_seconds: from the first byte of a request's head to its last.
        body_seconds: from the end of the head to the body's last byte.
        idle_seconds: how long a connection may be silent between two requests, and before the first.
        unread_seconds: how long an answer waits for a client that has stopped reading it.
        linger_seconds: how long a client that was refused has to read why.

    Raises:
        UsageError: one isn't more than 0.
    """

    body: int = 512 * 1024 * 1024
    head: int = 64 * 1024
    head_seconds: float = 20
    body_seconds: float = 300
    idle_seconds: float = 60
    unread_seconds: float = 300
    linger_seconds: float = 1

    def __post_init__(self) -> None:
        for field in fields(self):
            if not getattr(self, field.name) > 0:
                raise UsageError(f"{field.name}={getattr(self, field.name)!r}: use more than 0")
