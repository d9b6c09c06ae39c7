"""Examples for the rules in `retape.verify.rules.chat_order`."""

from __future__ import annotations

from verify.rules.answers import DONE, HELLO, Example, chunk, first, last, piece, stream, text, told

OPEN = HELLO[:-1]
NAMELESS = text("Earth")

EXAMPLES = (
    Example("chat-stream-nothing", stream(DONE), stream()),
    Example("chat-stream-nothing", stream(raw=b""), stream(), also="chat-stream-done-missing"),
    Example(
        "chat-stream-says-something",
        stream(chunk(piece({"role": "assistant"})), last(), DONE),
        stream(chunk(piece({"role": "assistant"})), last("length"), DONE),
    ),
    Example(
        "chat-stream-says-something",
        stream(chunk(piece({"role": "assistant"})), last(), DONE),
        stream(chunk(piece({"role": "assistant"})), last(), DONE, stop=["Earth"]),
    ),
    Example("chat-stream-role-first", stream(NAMELESS, last(), DONE), stream(first(), NAMELESS, last(), DONE)),
    Example(
        "chat-stream-role-once",
        stream(first(), chunk(piece({"role": "assistant", "content": "Earth"})), last(), DONE),
        stream(first(), first(1), text("Earth"), text("Mars", 1), last(), last(index=1), DONE, n=2),
    ),
    Example("chat-stream-indexes", stream(first(1), last(index=1), DONE), stream(first(), last(), DONE)),
    Example("chat-stream-finish-once", stream(*OPEN, last("length"), DONE), stream()),
    Example("chat-stream-finish-missing", stream(first(), text("Earth"), DONE), stream()),
    Example(
        "chat-stream-finish-missing",
        stream(first(), first(1), last(), DONE, n=2),
        stream(first(), first(1), last(index=1), last(), DONE, n=2),
    ),
    Example("chat-stream-after-finish", stream(*OPEN, text("!"), DONE), stream()),
    Example(
        "chat-stream-finish-alone",
        stream(first(), chunk(piece({"content": "Earth"}, "stop")), DONE),
        stream(first(), text("Earth"), chunk(piece({"content": ""}, "stop")), DONE),
    ),
    Example("chat-stream-done-missing", stream(*OPEN), stream(*OPEN, http={"outcome": "client-left"})),
    Example("chat-stream-done-once", stream(*HELLO, DONE), stream()),
    Example("chat-stream-done-last", stream(*HELLO, {"cost": 0}), stream(), also="chat-stream-object"),
    Example(
        "chat-stream-hangs",
        stream(*OPEN, http={"outcome": "timeout"}),
        stream(*HELLO, http={"outcome": "timeout"}),
        also="http-silent",
    ),
    Example("chat-stream-failed", stream(first(), text("Ear"), told(), DONE), stream()),
    Example("chat-stream-failed", stream(first(), text("Ear"), told(), last(), DONE), stream()),
    Example("chat-stream-error", stream(first(), told(code=500)), stream(), also="chat-stream-failed"),
    Example("chat-stream-error", stream(first(), {"error": "queue full"}), stream(), also="chat-stream-failed"),
    Example("chat-stream-refused", stream(told()), stream(), also="chat-stream-failed"),
    Example(
        "chat-stream-split-character",
        stream(first(), text("cat \ufffd"), text("\ufffd!"), last(), DONE),
        stream(first(), text("cat \U0001f638"), text("!"), last(), DONE),
        also="chat-text-replacement",
    ),
    Example(
        "chat-stream-repeats",
        stream(first(), text("Earth, "), text("our home"), text("Earth, our home"), last(), DONE),
        stream(first(), text("ha"), text("ha"), text("haha"), last(), DONE),
    ),
    Example(
        "chat-stream-repeats",
        stream(first(), text("Earth"), text("Earth, our"), text("Earth, our home"), last(), DONE),
        stream(first(), text("Earth"), text(", our"), text(" home"), last(), DONE),
    ),
)
