"""Chat completions: create, plain and streamed, and what becomes of stored ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.answer import DONE, Answer, compact, json_answer, quoted, stream_answer
from retape.handlers.fake.ask import Ask, chat_ask
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.sound import spoken_audio, spoken_chunks
from retape.handlers.fake.paging import page
from retape.handlers.fake.refusal import Refused, refused
from retape.handlers.fake.reply import ToolCall
from retape.handlers.fake.routes import Route
from retape.handlers.fake.speech import Spoken, logprobs, speak, thought

TIERS = {"flex": "flex", "priority": "priority", "fast": "priority", "scale": "scale"}
"""The service tier asked for -> the one that answers; "default" for the others."""

_ORDER = ("object", "id", "model", "created", "request_id", "tool_choice", "usage", "seed", "top_p", "temperature")
"""The first keys of a stored completion."""


def create(call: Call) -> Answer:
    """POST /chat/completions."""
    body = call.body
    ask = chat_ask(body)
    spoken = [_speak(call, ask, index) for index in range(body.get("n") or 1)]
    usage = _usage(ask, spoken)
    whole = _completion(call, spoken, usage)
    if body.get("store"):
        _store(call, whole)
    if not body.get("stream"):
        _finish(call, spoken)
        return json_answer(whole)
    return stream_answer(_frames(call, whole, spoken, usage))


def _finish(call: Call, spoken: Iterable[Spoken]) -> None:
    """gpt-audio gives a whole answer or none (recorded in 2026)."""
    model = models.find(call.body["model"], call.settings.models)
    if model is not None and "fails-at-limit" in model.traits and any(one.finish == "length" for one in spoken):
        raise refused(
            "Could not finish the message because max_tokens or model output limit was reached. Please try again with "
            "higher max_tokens."
        )


def _speak(call: Call, ask: Ask, index: int) -> Spoken:
    body = call.body
    stop = body.get("stop") or ()
    budget = body.get("max_completion_tokens") or body.get("max_tokens")
    spoken = speak(
        call.answer(ask, index),
        stop=(stop,) if isinstance(stop, str) else stop,
        budget=budget,
        thinking=thought(ask.model, body.get("reasoning_effort")),
    )
    forced = spoken.finish == "tool_calls" and spoken.reply.finish is None and _names_function(body)
    return replace(spoken, finish="stop") if forced else spoken


def _names_function(body: Mapping[str, Any]) -> bool:
    """Whether `tool_choice` names a function: then a call ends with "stop" (12 recordings of OpenAI, 2024 to 2025)."""
    choice = body.get("tool_choice")
    return isinstance(choice, dict) and choice.get("type") == "function"


def _usage(ask: Ask, spoken: Sequence[Spoken]) -> dict[str, Any]:
    prompt, completion = ask.tokens, sum(one.tokens for one in spoken)
    told = spoken[0].reply.usage
    prompt, completion = told.get("prompt_tokens", prompt), told.get("completion_tokens", completion)
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": told.get("total_tokens", prompt + completion),
        "prompt_tokens_details": {
            "cached_tokens": told.get("cached_tokens", 0),
            "cache_write_tokens": 0,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": told.get("reasoning_tokens", sum(one.thought for one in spoken)),
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _completion(call: Call, spoken: Sequence[Spoken], usage: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": call.mint("chat"),
        "object": "chat.completion",
        "created": call.now,
        "model": call.body["model"],
        "choices": [_choice(call, index, one) for index, one in enumerate(spoken)],
        "usage": usage,
        "service_tier": TIERS.get(call.body.get("service_tier") or "", "default"),
        "system_fingerprint": fingerprint(call),
    }


def fingerprint(call: Call) -> str:
    """The system fingerprint: a function of the seed and the model, the same for all of a model's answers."""
    from retape.handlers.fake.identity import identity

    return identity(call.settings.seed, str(call.body.get("model"))).mint("fingerprint")


def _choice(call: Call, index: int, one: Spoken) -> dict[str, Any]:
    reply = one.reply
    message: dict[str, Any] = {"role": "assistant", "content": None if reply.refusal is not None else reply.text}
    calls = [_tool_call(call, index, i, tool) for i, tool in enumerate(reply.calls) if tool.kind != "legacy"]
    if calls:
        message["tool_calls"] = calls
    legacy = next((tool for tool in reply.calls if tool.kind == "legacy"), None)
    if legacy:
        message["function_call"] = {"name": legacy.name, "arguments": legacy.arguments}
    message |= {"refusal": reply.refusal, "annotations": [*_citations(call), *reply.annotations]}
    if _speaks(call) and reply.text is not None:
        message |= {"content": None, "audio": spoken_audio(call, index, reply.text)}
    return {"index": index, "message": message, "logprobs": _logprobs(call, index, one), "finish_reason": one.finish}


def _speaks(call: Call) -> bool:
    return "audio" in (call.body.get("modalities") or ())


def _citations(call: Call) -> list[dict[str, Any]]:
    """A source, for who asked for a web search."""
    if call.body.get("web_search_options") is None:
        return []
    cited = {"end_index": 0, "start_index": 0, "title": "Example Domain", "url": "https://example.com/"}
    return [{"type": "url_citation", "url_citation": cited}]


def _tool_call(call: Call, choice: int, index: int, tool: ToolCall) -> dict[str, Any]:
    inner = {"name": tool.name, ("input" if tool.kind == "custom" else "arguments"): tool.arguments}
    return {"id": tool.id or call.mint("call", choice, index), "type": tool.kind, tool.kind: inner}


def _logprobs(call: Call, index: int, one: Spoken) -> dict[str, Any] | None:
    if not call.body.get("logprobs"):
        return None
    rows = logprobs(one.pieces, call.identity, index, call.body.get("top_logprobs") or 0)
    refusal = one.reply.refusal is not None
    return {"content": None if refusal else rows, "refusal": rows if refusal else None}


def _frames(
    call: Call, whole: Mapping[str, Any], spoken: Sequence[Spoken], usage: Mapping[str, Any]
) -> Iterator[bytes]:
    """The chunks: roles, then the choices' deltas by turns, then how each ended, then the usage."""
    options = call.body.get("stream_options") or {}
    shape = _Shape(
        call, whole, usage=bool(options.get("include_usage")), padded=options.get("include_obfuscation") is not False
    )
    streams = [list(_deltas(call, whole["choices"][index], one)) for index, one in enumerate(spoken)]
    for delta in streams[0] if len(streams) == 1 else ():
        yield shape.frame(0, *delta)
    for turn in zip_longest(*streams) if len(streams) > 1 else ():
        for index, delta_ in enumerate(turn):
            if delta_ is not None:
                yield shape.frame(index, *delta_)
    for index, one in enumerate(spoken):
        yield shape.frame(index, "{}", finish=one.finish)
    if options.get("include_usage"):
        yield shape.usage(usage)
    yield DONE


Delta = tuple[str] | tuple[str, str]
"""A delta as JSON text, and the log probabilities that come with it."""


class _Shape:
    """A chunk's text around its delta, made once: a stream of hundreds of chunks differs in nothing else."""

    def __init__(self, call: Call, whole: Mapping[str, Any], *, usage: bool, padded: bool) -> None:
        head = {
            "id": whole["id"],
            "object": "chat.completion.chunk",
            "created": whole["created"],
            "model": whole["model"],
            "service_tier": whole["service_tier"],
            "system_fingerprint": whole["system_fingerprint"],
        }
        self._head = f'data: {compact(head)[:-1]},"choices":['
        self._end = "]" + ',"usage":null' * usage
        self._noise = f"{call.identity.bits('obfuscation'):0128x}" if padded else ""
        self._sent = 0

    def frame(self, index: int, delta: str, logprobs: str = "null", finish: str | None = None) -> bytes:
        ended = "null" if finish is None else f'"{finish}"'
        return (
            f'{self._head}{{"index":{index},"delta":{delta},"logprobs":{logprobs},"finish_reason":{ended}}}{self._end}'
            f"{self._padding(len(delta))}}}\n\n"
        ).encode("utf-8", "backslashreplace")

    def usage(self, usage: Mapping[str, Any]) -> bytes:
        return f'{self._head}],"usage":{compact(usage)}{self._padding(0)}}}\n\n'.encode()

    def _padding(self, size: int) -> str:
        """What hides a delta's length from who counts bytes on the wire (recorded since 2025-08)."""
        if not self._noise:
            return ""
        self._sent += 7
        start = self._sent % 100
        return f',"obfuscation":"{self._noise[start : start + 16 - size % 16]}"'


def _deltas(call: Call, choice: Mapping[str, Any], one: Spoken) -> Iterator[Delta]:
    message = choice["message"]
    if message.get("audio"):
        yield ('{"role":"assistant","refusal":null}',)
        yield from ((compact({"audio": part}),) for part in spoken_chunks(message["audio"], one.pieces))
        return
    opened = '"content":""' if one.pieces or not one.reply.calls else '"content":null'
    yield (f'{{"role":"assistant",{opened},"refusal":null}}',)
    field = "refusal" if message["refusal"] is not None else "content"
    rows = (choice["logprobs"] or {}).get(field)
    if rows:
        for piece, row in zip(one.pieces, rows, strict=True):
            yield f'{{"{field}":{quoted(piece)}}}', compact({"content": None, "refusal": None, field: [row]})
    else:
        yield from [(f'{{"{field}":{quoted(piece)}}}',) for piece in one.pieces]
    for delta_ in _call_deltas(message):
        yield (compact(delta_),)
    if message["annotations"]:
        yield (compact({"annotations": message["annotations"]}),)


def _call_deltas(message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The calls' deltas: id and name first, then the arguments piece by piece, all under the call's index."""
    from retape.handlers.fake.tokens import split

    for index, call in enumerate(message.get("tool_calls", ())):
        field = "input" if call["type"] == "custom" else "arguments"
        inner = call[call["type"]]
        opened = {"index": index, "id": call["id"], "type": call["type"], call["type"]: inner | {field: ""}}
        yield {"tool_calls": [opened]}
        for piece in split(inner[field]):
            yield {"tool_calls": [{"index": index, call["type"]: {field: piece}}]}
    legacy = message.get("function_call")
    if legacy:
        yield {"function_call": legacy | {"arguments": ""}}
        for piece in split(legacy["arguments"]):
            yield {"function_call": {"arguments": piece}}


def _store(call: Call, whole: Mapping[str, Any]) -> None:
    body = call.body
    kept = {
        **whole,
        "request_id": call.mint("request"),
        "tool_choice": body.get("tool_choice"),
        "seed": body.get("seed"),
        "top_p": body.get("top_p", 1.0),
        "temperature": body.get("temperature", 1.0),
        "presence_penalty": body.get("presence_penalty", 0.0),
        "frequency_penalty": body.get("frequency_penalty", 0.0),
        "input_user": body.get("user"),
        "tools": body.get("tools"),
        "metadata": body.get("metadata") or {},
        "response_format": body.get("response_format"),
    }
    completion = {key: kept[key] for key in _ORDER} | kept
    call.table("chat")[whole["id"]] = {"completion": completion, "messages": body["messages"]}


def _stored(call: Call) -> dict[str, Any]:
    """The stored completion that the path names, with the messages that it was given to.

    Raises:
        Refused: there is none.
    """
    completion_id = call.path["completion_id"]
    found = call.table("chat").get(completion_id)
    if found is None:
        raise _unknown(completion_id)
    return found


def _unknown(completion_id: str) -> Refused:
    return refused(
        f"Chat completion with ID '{completion_id}' not found. "
        "Completions are not persisted when `store` is set to false.",
        status=404,
        code="not_found",
    )


def list_stored(call: Call) -> Answer:
    """GET /chat/completions."""
    wanted = {name[9:-1]: value for name, value in call.query.items() if name.startswith("metadata[")}
    rows = [
        one
        for one in (row["completion"] for row in call.table("chat").values())
        if call.query.get("model") in (None, one["model"])
        and all(one["metadata"].get(name) == value for name, value in wanted.items())
    ]
    return json_answer(page(rows, call.query, order="asc", number=call.table("chat").number))


def retrieve(call: Call) -> Answer:
    """GET /chat/completions/{completion_id}."""
    return json_answer(_stored(call)["completion"])


def update(call: Call) -> Answer:
    """POST /chat/completions/{completion_id}: new metadata."""
    completion = _stored(call)["completion"]
    completion["metadata"] = call.body.get("metadata") or {}
    return json_answer(completion)


def delete(call: Call) -> Answer:
    """DELETE /chat/completions/{completion_id}."""
    name = _stored(call)["completion"]["id"]
    del call.table("chat")[name]
    return json_answer({"object": "chat.completion.deleted", "id": name, "deleted": True})


def messages(call: Call) -> Answer:
    """GET /chat/completions/{completion_id}/messages."""
    row = _stored(call)
    name, asked = row["completion"]["id"], row["messages"]
    rows = [_message(name, index, message) for index, message in enumerate(asked)]
    return json_answer(page(rows, call.query, order="asc"))


def _message(completion_id: str, index: int, message: Mapping[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    parts = content if isinstance(content, list) else None
    return {
        "id": f"{completion_id}-{index}",
        "role": message["role"],
        "content": None if parts else content,
        "name": message.get("name"),
        "refusal": message.get("refusal"),
        "content_parts": parts,
        "tool_calls": message.get("tool_calls"),
    }


def _route(operation: str, method: str, template: str, endpoint: Any, body: str = "none") -> Route:
    name = f"chat.completions.{operation}"
    return Route(
        operation=name, method=method, template=template, endpoint=endpoint, body=body, limited=operation == "create"
    )


ROUTES = (
    _route("create", "POST", "/chat/completions", create, "json"),
    _route("list", "GET", "/chat/completions", list_stored),
    _route("retrieve", "GET", "/chat/completions/{completion_id}", retrieve),
    _route("update", "POST", "/chat/completions/{completion_id}", update, "json"),
    _route("delete", "DELETE", "/chat/completions/{completion_id}", delete),
    _route("messages.list", "GET", "/chat/completions/{completion_id}/messages", messages),
)
