"""Examples for the rules in `retape.verify.rules.http`."""

from __future__ import annotations

import json

from verify.rules.answers import HELLO, Example, chat, completion, error, first, sse, stream, text, told

WHOLE = json.dumps(completion())
LATIN = json.dumps(completion(), ensure_ascii=False).replace("Earth", "Zürich")

EXAMPLES = (
    Example(
        "http-type-json", chat(http={"kind": "text/plain"}), chat(http={"kind": "Application/JSON; charset=utf-8"})
    ),
    Example("http-type-events", stream(http={"kind": "text/plain"}), stream(http={"kind": "text/event-stream"})),
    Example(
        "http-type-missing", chat(http={"kind": "", "headers": {"x-request-id": "req_1"}}), chat(http={"kind": ""})
    ),
    Example("http-stream-unasked", stream(stream=False), chat(stream=False)),
    Example("http-stream-asked", chat(stream=True), stream(stream=True)),
    Example("http-json", chat(raw=WHOLE[:-1]), chat(raw=f" {WHOLE}\n")),
    Example("http-json", chat(raw=""), chat()),
    Example("http-json", chat(raw=WHOLE.replace("1763600000", "NaN")), chat()),
    Example("http-json-duplicate-key", chat(raw=WHOLE.replace("{", '{"id": "a", ', 1)), chat()),
    Example("http-utf8", chat(raw=LATIN.encode("latin-1")), chat(raw=LATIN.encode())),
    Example(
        "http-utf8",
        stream(raw=sse(*HELLO).encode().replace(b"Ear", b"\xf0\x9f")),
        stream(raw=sse(first(), text("a")).encode()[:-6] + b"\xf0\x9f", http={"outcome": "client-left"}),
        also="chat-text-replacement",
    ),
    Example("http-encoding", chat(http={"headers": {"content-encoding": "gzip"}}), chat()),
    Example("http-whole-body", chat(raw=WHOLE[:50], http={"outcome": "early-end"}), chat()),
    Example(
        "http-whole-body",
        stream(first(), text("Ear"), http={"outcome": "reset"}),
        stream(first(), text("Ear"), http={"outcome": "client-left"}),
    ),
    Example(
        "http-whole-body",
        error(told(), headers={"content-length": "500"}),
        error(told(), headers={"content-length": str(len(json.dumps(told())))}),
    ),
    Example("http-silent", stream(first(), http={"outcome": "timeout"}), stream(*HELLO, http={"outcome": "timeout"})),
    Example(
        "http-error-as-success",
        chat({"code": "unavailable", "error": "Timed out"}),
        chat(completion(error=None)),
    ),
    Example(
        "http-ratelimit-reset",
        chat(http={"headers": {"x-ratelimit-reset-tokens": "1763600060000"}}),
        chat(http={"headers": {"x-ratelimit-reset-requests": "1d2h6m0.5s", "x-ratelimit-reset-tokens": "76ms"}}),
    ),
)
