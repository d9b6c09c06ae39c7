"""retape: record an OpenAI client once, live; replay it anywhere, offline, byte for byte and beat for beat."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` alone would be half of what `import retape` takes
if TYPE_CHECKING:
    from typing import Any

    from retape.errors import (
        CassetteDamaged,
        CassetteError,
        CassetteMiss,
        HandlerFailed,
        MissingExtra,
        NetworkBlocked,
        OpenToOthers,
        RetapeError,
        ScriptError,
        ScriptNotFollowed,
        SecretSurvived,
        UnknownFormat,
        UnusedRecordings,
        UsageError,
    )
    from retape.handlers import Handler, faults
    from retape.handlers.fake.fake import Fake
    from retape.handlers.fake.reply import Reply, ToolCall
    from retape.handlers.fake.sent import Sent
    from retape.handlers.replay import replay
    from retape.handlers.torture import torture
    from retape.mounts.cassette import use_cassette
    from retape.mounts.limits import ServerLimits
    from retape.mounts.mount import mount
    from retape.mounts.proxy import proxy
    from retape.mounts.server import serve
    from retape.pytest_server import HalfRead
    from retape.tape.cassette import Cassette
    from retape.tape.exchange import Exchange
    from retape.tape.request import Request
    from retape.tape.sse import SSEDecoder, SSEEvent, decode_sse, encode_sse
    from retape.tape.steps import Abort, Chunk, Head, Step, Wait
    from retape.verify.checking import check
    from retape.verify.violation import Violation

_HOMES = {
    "retape.errors": (
        "CassetteDamaged",
        "CassetteError",
        "CassetteMiss",
        "HandlerFailed",
        "MissingExtra",
        "NetworkBlocked",
        "OpenToOthers",
        "RetapeError",
        "ScriptError",
        "ScriptNotFollowed",
        "SecretSurvived",
        "UnknownFormat",
        "UnusedRecordings",
        "UsageError",
    ),
    "retape.handlers": ("Handler",),
    "retape.handlers.fake.fake": ("Fake",),
    "retape.handlers.fake.reply": ("Reply", "ToolCall"),
    "retape.handlers.fake.sent": ("Sent",),
    "retape.handlers.replay": ("replay",),
    "retape.handlers.torture": ("torture",),
    "retape.mounts.cassette": ("use_cassette",),
    "retape.mounts.limits": ("ServerLimits",),
    "retape.mounts.mount": ("mount",),
    "retape.mounts.proxy": ("proxy",),
    "retape.mounts.server": ("serve",),
    "retape.pytest_server": ("HalfRead",),
    "retape.tape.cassette": ("Cassette",),
    "retape.tape.exchange": ("Exchange",),
    "retape.tape.request": ("Request",),
    "retape.tape.sse": ("SSEDecoder", "SSEEvent", "decode_sse", "encode_sse"),
    "retape.tape.steps": ("Abort", "Chunk", "Head", "Step", "Wait"),
    "retape.verify.checking": ("check",),
    "retape.verify.violation": ("Violation",),
}
_MODULES = {"faults": "retape.handlers.faults"}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Abort",
    "Cassette",
    "CassetteDamaged",
    "CassetteError",
    "CassetteMiss",
    "Chunk",
    "Exchange",
    "Fake",
    "HalfRead",
    "Handler",
    "HandlerFailed",
    "Head",
    "MissingExtra",
    "NetworkBlocked",
    "OpenToOthers",
    "Reply",
    "Request",
    "RetapeError",
    "SSEDecoder",
    "SSEEvent",
    "ScriptError",
    "ScriptNotFollowed",
    "SecretSurvived",
    "Sent",
    "ServerLimits",
    "Step",
    "ToolCall",
    "UnknownFormat",
    "UnusedRecordings",
    "UsageError",
    "Violation",
    "Wait",
    "check",
    "decode_sse",
    "encode_sse",
    "faults",
    "mount",
    "proxy",
    "replay",
    "serve",
    "torture",
    "use_cassette",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, so that `import retape` costs next to nothing."""
    if name not in _HOME_OF and name not in _MODULES:
        raise AttributeError(f"module 'retape' has no attribute {name!r}")
    from importlib import import_module

    value = import_module(_MODULES[name]) if name in _MODULES else getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
