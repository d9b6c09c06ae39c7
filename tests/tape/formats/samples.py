"""One tiny recording in every format, all of the same exchange: made up here, each in its tool's words."""

from __future__ import annotations

import base64
import json
from typing import Any

URL = "https://api.openai.com/v1/chat/completions"
CALL: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Grüße"}]}
ANSWER: dict[str, Any] = {"id": "c1", "choices": [{"message": {"content": "hi"}}]}
SENT = json.dumps(CALL, separators=(",", ":"), ensure_ascii=False)
CAME = json.dumps(ANSWER, separators=(",", ":"))
JSON_TYPE = {"Content-Type": ["application/json"]}
CHUNKS = [{"object": "chat.completion.chunk", "n": 1}, {"object": "chat.completion.chunk", "n": 2}]


def in_vcrpy(**response: Any) -> dict[str, Any]:
    """One interaction as stock vcrpy has it."""
    return {
        "request": {"method": "POST", "uri": URL, "headers": JSON_TYPE, "body": SENT},
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": JSON_TYPE,
            "body": {"string": CAME},
            **response,
        },
    }


def vcrpy(*interactions: dict[str, Any]) -> dict[str, Any]:
    return {"version": 1, "interactions": list(interactions or [in_vcrpy()])}


def vcrpy_old_httpx() -> dict[str, Any]:
    item = in_vcrpy()
    item["response"] = {"status_code": 200, "http_version": "HTTP/1.1", "headers": JSON_TYPE, "content": CAME}
    return vcrpy(item)


def pydantic_ai() -> dict[str, Any]:
    request = {"method": "POST", "uri": URL, "headers": {"content-type": ["application/json"]}, "parsed_body": CALL}
    headers = {"content-type": ["application/json"], "content-length": ["999"]}
    response = {"status": {"code": 200, "message": "OK"}, "headers": headers, "parsed_body": ANSWER}
    return vcrpy({"request": request, "response": response})


def llama_stack(body: Any = None, **response: Any) -> dict[str, Any]:
    typed = {"__type__": "openai.types.chat.chat_completion.ChatCompletion", "__data__": ANSWER}
    request = {"method": "POST", "url": "https://api.openai.com/v1/v1/chat/completions", "headers": {}, "body": CALL}
    return {
        "test_id": "t",
        "request": {**request, "endpoint": "/v1/chat/completions", "model": "m"},
        "response": {"body": typed if body is None else body, "is_streaming": False, **response},
    }


def llama_stack_stream() -> dict[str, Any]:
    name = "openai.types.chat.chat_completion_chunk.ChatCompletionChunk"
    return llama_stack([{"__type__": name, "__data__": chunk} for chunk in CHUNKS], is_streaming=True)


def llama_stack_exception(**data: Any) -> dict[str, Any]:
    details = {"category": "provider_sdk", "provider": "openai", "type": "BadRequestError", "message": "no", **data}
    return llama_stack(is_exception=True, exception_data=details)


def go_vcr(**request: Any) -> dict[str, Any]:
    return {
        "version": 2,
        "interactions": [
            {
                "id": 0,
                "request": {
                    "proto": "HTTP/1.1",
                    "content_length": len(SENT.encode()),
                    "host": "api.openai.com",
                    "body": SENT,
                    "headers": JSON_TYPE,
                    "url": URL,
                    "method": "POST",
                    **request,
                },
                "response": {
                    "proto": "HTTP/2.0",
                    "content_length": -1,
                    "uncompressed": True,
                    "body": CAME,
                    "headers": JSON_TYPE,
                    "status": "200 OK",
                    "code": 200,
                    "duration": "1.25s",
                },
            }
        ],
    }


def ruby_vcr(body: Any = None, **response: Any) -> dict[str, Any]:
    came = {"encoding": "UTF-8", "string": CAME} if body is None else body
    status = {"code": 200, "message": "OK"}
    return {
        "http_interactions": [
            {
                "request": {
                    "method": "post",
                    "uri": URL,
                    "headers": JSON_TYPE,
                    "body": {"encoding": "UTF-8", "string": SENT},
                },
                "response": {"status": status, "headers": JSON_TYPE, "body": came, **response},
                "recorded_at": "Mon, 10 Aug 2026 23:51:43 GMT",
            }
        ],
        "recorded_with": "VCR 6.4.0",
    }


def har(content: dict[str, Any] | None = None, *, headers: tuple[tuple[str, str], ...] = (), **entry: Any) -> Any:
    fields = [{"name": "content-type", "value": "application/json"}]
    fields += [{"name": name, "value": value} for name, value in headers]
    request = {"method": "POST", "url": URL, "headers": [{"name": ":method", "value": "POST"}, *fields[:1]]}
    request["postData"] = {"mimeType": "application/json", "text": SENT}
    plain = {"mimeType": "application/json", "size": len(CAME), "text": CAME}
    response = {"status": 200, "statusText": "OK", "headers": fields, "content": plain if content is None else content}
    whole = {"startedDateTime": "2026-08-10T23:51:43.5+02:00", "request": request, "response": response, **entry}
    return {"log": {"version": "1.2", "creator": {"name": "some proxy"}, "entries": [whole]}}


def polly(pieces: list[bytes]) -> Any:
    """A content-encoded body as Polly.js keeps it: base64, one string for each chunk."""
    text = json.dumps([base64.b64encode(piece).decode() for piece in pieces])
    made = har(
        {"mimeType": "application/json", "encoding": "base64", "text": text, "size": 9},
        headers=(("content-encoding", "gzip"),),
        timings={"blocked": -1, "send": 1, "wait": 250, "receive": 30},
    )
    made["log"]["_recordingName"] = "some test"
    return made


def wiremock(response: dict[str, Any] | None = None, **request: Any) -> dict[str, Any]:
    exact = {"url": "/chat/completions", "method": "POST", "bodyPatterns": [{"equalToJson": SENT}]}
    answer = {"status": 200, "body": CAME, "headers": {"Content-Type": "application/json"}}
    return {"id": "1", "request": {**exact, **request}, "response": answer if response is None else response}


def dd_apm() -> dict[str, Any]:
    item = in_vcrpy(body=CAME, headers={"Content-Type": "application/json"})
    item["request"] = {"method": "POST", "url": URL, "headers": {"Content-Type": "application/json"}, "body": SENT}
    return item
