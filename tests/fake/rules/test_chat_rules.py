# ruff: noqa: E501 - a sentence of OpenAI's stands on one line, to be compared and searched
"""Rules between the fields of a chat completion, and what models refuse there."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from fake.rules.judging import CALL, CHAT, HI, PNG, SCHEMA, STRICT, TOOL, chat, first, rule, told

ASKED = [*HI, {"role": "assistant", "content": None, "tool_calls": [CALL, CALL | {"id": "call_2"}]}]
ANSWER = {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}
BIAS = "Invalid key in 'logit_bias': {}. You should only be submitting non-negative integers."
SILENT = "Invalid value for 'content': expected a string, got null."
ONLY = "Invalid value for '{0}': '{0}' is only allowed when '{1}' are specified."


def shown(url: str, role: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": role, "content": [{"type": "image_url", "image_url": {"url": url}}]}]}


def attached(data: str, **more: str) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": [{"type": "file", "file": {"file_data": data} | more}]}]}


def heard(data: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}]}
        ]
    }


def formatted(kind: str) -> dict[str, Any]:
    extra = {"json_schema": {"name": "a", "schema": STRICT}} if kind == "json_schema" else {}
    return {"response_format": {"type": kind} | extra}


ROWS: list[tuple[str, dict[str, Any], tuple[str, str | None, str | None]]] = [
    ("gpt-4o", {"tool_choice": "required"}, (ONLY.format("tool_choice", "tools"), "tool_choice", None)),
    ("gpt-4o", {"parallel_tool_calls": False}, (ONLY.format("parallel_tool_calls", "tools"), "parallel_tool_calls", None)),
    ("gpt-4o", {"function_call": "auto"}, (ONLY.format("function_call", "functions"), "function_call", None)),
    ("gpt-4o", {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "other"}}}, ("Invalid value for 'tool_choice': no function named 'other' was specified in the 'tools' parameter.", "tool_choice", None)),
    ("gpt-4o", {"functions": [{"name": "f"}], "function_call": {"name": "g"}}, ("Invalid value for 'function_call': no function named 'g' was specified in the 'functions' parameter.", "function_call", None)),
    ("gpt-4o", {"stream_options": {"include_usage": True}}, ("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None)),
    ("gpt-4o", {"top_logprobs": 2}, ("The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", "top_logprobs", None)),
    ("gpt-4o", {"logprobs": True, "top_logprobs": 21}, ("Invalid value for 'top_logprobs': must be less than or equal to 20.", "top_logprobs", None)),
    ("gpt-4o", {"max_tokens": 1, "max_completion_tokens": 1}, ("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.", "max_tokens", "invalid_parameter_combination")),
    ("gpt-4o", {"max_tokens": 20480}, ("max_tokens is too large: 20480. This model supports at most 16384 completion tokens, whereas you provided 20480.", "max_tokens", "invalid_value")),
    ("gpt-4o", formatted("json_object"), ("'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", "messages", None)),
    ("gpt-4o", {"modalities": ["text", "audio"]}, ("Missing required parameter: 'audio'.", "audio", "missing_required_parameter")),
    ("gpt-4o", {"messages": [*ASKED, ANSWER]}, ("An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_2", "messages.[1].role", None)),
    ("gpt-4o", {"messages": [*ASKED, *HI, ANSWER]}, ("An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: call_1, call_2", "messages.[1].role", None)),
    ("gpt-4o", {"messages": [*HI, ANSWER]}, ("Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.", "messages.[1].role", None)),
    ("gpt-4o", {"messages": [*ASKED, ANSWER, ANSWER | {"tool_call_id": "call_2"}, ANSWER | {"tool_call_id": "call_3"}]}, ("Invalid parameter: 'tool_call_id' of 'call_3' not found in 'tool_calls' of previous message.", "messages.[4].tool_call_id", None)),
    ("gpt-4o", {"messages": [*ASKED, ANSWER | {"content": [{"type": "file", "file": {"file_id": "f"}}]}]}, ("Invalid 'messages[2]'. Content blocks are expected to be either text or image_url type.", "messages[2]", "invalid_value")),
    ("gpt-4o", shown(PNG, "assistant"), ("Invalid 'messages[0]'. Image URLs are only allowed for messages with role 'user', but this message with role 'assistant' contains an image URL.", "messages[0]", "invalid_value")),
    ("gpt-4o", shown("https://pictures.invalid/a.png"), ("Error while downloading https://pictures.invalid/a.png.", None, "invalid_image_url")),
    ("gpt-4o", shown("data:image/png;base64,aGFsbG8="), ("You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].", None, "invalid_image_format")),
    ("gpt-4o", shown("data:image/png;base64,!"), ("Invalid base64 image_url.", None, "invalid_base64")),
    ("gpt-4o", shown("a.png"), ("Invalid 'messages[0].content[0].image_url.url'. Expected a valid URL, but got a value with an invalid format.", "messages[0].content[0].image_url.url", "invalid_value")),
    ("gpt-4o", attached("data:audio/aac;base64,AAAA"), ("Invalid file data: 'messages[0].content[0].file.file_data'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got unsupported MIME type 'audio/aac'.", "messages[0].content[0].file.file_data", "invalid_value")),
    ("gpt-4o", {"tools": [{"type": "function", "function": {"name": "weather", "strict": True, "parameters": SCHEMA}}]}, ("Invalid schema for function 'weather': In context=(), 'additionalProperties' is required to be supplied and to be false.", "tools[0].function.parameters", "invalid_function_parameters")),
    ("gpt-4o", {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "strict": True, "schema": SCHEMA}}}, ("Invalid schema for response_format 'a': In context=(), 'additionalProperties' is required to be supplied and to be false.", "response_format", None)),
    ("gpt-4o", {"web_search_options": {}}, ("Web search options not supported with this model.", "web_search_options", None)),
    ("gpt-4o", {"reasoning_effort": "low"}, ("Unrecognized request argument supplied: reasoning_effort", None, None)),
    ("gpt-4", shown(PNG), ("Invalid content type. image_url is only supported by certain models.", "messages.[0].content.[0].type", None)),
    ("o3", {"max_tokens": 9}, ("Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.", "max_tokens", "unsupported_parameter")),
    ("o3", {"stop": ["a"]}, ("Unsupported parameter: 'stop' is not supported with this model.", "stop", "unsupported_parameter")),
    ("o3", {"logprobs": True}, ("Unsupported parameter: 'logprobs' is not supported with this model.", "logprobs", "unsupported_parameter")),
    ("o3", {"messages": [{"role": "function", "name": "f", "content": "a"}]}, ("Unsupported value: 'messages[0].role' does not support 'function' with this model.", "messages[0].role", "unsupported_value")),
    ("o1-mini", {"messages": [*HI, {"role": "system", "content": "a"}]}, ("Unsupported value: 'messages[1].role' does not support 'system' with this model.", "messages[1].role", "unsupported_value")),
    ("o1-mini", {"messages": [{"role": "developer", "content": "a"}]}, ("Unsupported value: 'messages[0].role' does not support 'developer' with this model.", "messages[0].role", "unsupported_value")),
    ("o1-mini", {"tools": [TOOL]}, ("Unsupported parameter: 'tools' is not supported with this model.", "tools", "unsupported_parameter")),
    ("gpt-5.6-terra", {"temperature": 0.5}, ("Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.", "temperature", "unsupported_value")),
    ("gpt-5.6-terra", {"frequency_penalty": 0.5}, ("Unsupported parameter: 'frequency_penalty' is not supported with this model.", "frequency_penalty", "unsupported_parameter")),
    ("gpt-5.6-terra", {"logit_bias": {"1": 1}}, ("Unsupported parameter: 'logit_bias' is not supported with this model.", "logit_bias", "unsupported_parameter")),
    ("gpt-5.6-terra", {"prediction": {"type": "content", "content": "a"}}, ("Unsupported parameter: 'prediction' is not supported with this model.", "prediction", "unsupported_parameter")),
    ("gpt-5.6-terra", {"modalities": ["text"]}, ("Unknown parameter: 'modalities'.", "modalities", "unknown_parameter")),
    ("gpt-5.6-terra", {"n": 64}, ("Invalid 'n': integer above maximum value. Expected a value <= 8, but got 64 instead.", "n", "integer_above_max_value")),
    ("gpt-5.6-terra", {"reasoning_effort": "none", "logprobs": True, "top_logprobs": 21}, ("Invalid value for 'top_logprobs': must be less than or equal to 5.", "top_logprobs", None)),
    ("gpt-5.6-terra", {"prompt_cache_retention": "in_memory"}, ("This model is compatible only with 24h extended prompt caching", "prompt_cache_retention", None)),
    ("gpt-5.6-terra", {"tools": [TOOL], "reasoning_effort": "low"}, ("Function tools with reasoning_effort are not supported for gpt-5.6-terra in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.", "reasoning_effort", None)),
    ("o4-mini", {"reasoning_effort": "minimal"}, ("Unsupported value: 'reasoning_effort' does not support 'minimal' with this model. Supported values are: 'low', 'medium', and 'high'.", "reasoning_effort", "unsupported_value")),
    ("gpt-audio", {"logprobs": True}, ("This model does not support the 'logprobs' parameter.", "logprobs", None)),
    ("gpt-audio", formatted("json_object"), ("Invalid parameter: 'response_format' of type 'json_object' is not supported with this model.", "response_format", None)),
    ("gpt-audio", formatted("json_schema"), ("Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model. Learn more about supported models at the Structured Outputs guide: https://platform.openai.com/docs/guides/structured-outputs", None, None)),
    ("gpt-audio", shown(PNG), ("This model does not support image_url content.", "messages[0].content", "invalid_value")),
    ("gpt-4o", attached("data:application/pdf;base64,AAAA"), ("Missing required parameter: 'messages[0].content[0].file.file_id'.", "messages[0].content[0].file.file_id", "missing_required_parameter")),
    ("gpt-audio", heard("no base64!"), ("This model does not support the format you provided.", "messages", "unsupported_format")),
    ("gpt-audio", {"modalities": ["text"]}, ("This model requires that either input content or output modality contain audio.", "model", "invalid_value")),
    ("gpt-audio", attached("data:audio/ogg;base64,AAAA"), ("Invalid file data: 'messages[0].content[0].file.file_data'. Expected a base64-encoded data URL with an application/pdf MIME type (e.g. 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got unsupported MIME type 'audio/ogg'.", "messages[0].content[0].file.file_data", "invalid_value")),
    ("gpt-4o", heard("UklGRg=="), ("Invalid 'messages[0]'. Content blocks are expected to be either text or image_url type.", "messages[0]", "invalid_value")),
    ("gpt-4o", {"metadata": {"a": "b"}, "store": False}, ("The 'metadata' parameter is only allowed when 'store' is enabled.", "metadata", None)),
    ("gpt-4o", {"logit_bias": {"-1": 1}}, (BIAS.format("-1"), "logit_bias", None)),
    ("gpt-4o", {"logit_bias": {"1": 1, "\u0663": 1}}, (BIAS.format("\u0663"), "logit_bias", None)),
    ("gpt-4o", {"messages": [{"role": "system"}, *HI]}, (SILENT, "messages.[0].content", None)),
    ("gpt-4o", {"messages": [*HI, {"role": "assistant"}]}, (SILENT, "messages.[1].content", None)),
    ("gpt-4o", {"messages": [*HI, {"role": "assistant", "content": None, "annotations": []}]}, (SILENT, "messages.[1].content", None)),
    ("gpt-4o", {"messages": [*ASKED, ANSWER, ANSWER | {"tool_call_id": "call_2", "content": None}]}, (SILENT, "messages.[3].content", None)),
    ("gpt-3.5-turbo-instruct", {}, ("This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?", "model", None)),
    ("o3-pro", {}, ("This model is only supported in v1/responses and not in v1/chat/completions.", "model", None)),
    ("text-embedding-3-small", {}, ("You are not allowed to sample from this model", None, None)),
    ("gpt-3.5-turbo-0613", {}, ("The model `gpt-3.5-turbo-0613` has been deprecated, learn more here: https://platform.openai.com/docs/deprecations", None, "model_not_found")),
    ("gtp-4o", {}, ("The model `gtp-4o` does not exist or you do not have access to it.", None, "model_not_found")),
    ("bad model", {}, ("invalid model ID", None, None)),
    ("", {}, ("you must provide a model parameter", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("model", "fields", "expected"), ROWS, ids=range(len(ROWS)))
def test_a_request_is_refused_in_openais_words(
    model: str, fields: dict[str, Any], expected: tuple[str, str | None, str | None]
) -> None:
    assert told(first(CHAT, chat(model, **fields))) == expected


FINE: list[tuple[str, dict[str, Any]]] = [
    ("gpt-5.6-terra", {"reasoning_effort": "none", "frequency_penalty": 0.5, "logprobs": True, "top_logprobs": 5}),
    ("gpt-5.6-terra", {"temperature": 1, "top_p": 1, "presence_penalty": 0, "stop": None, "max_tokens": None}),
    ("gpt-5.6-terra", {"tools": [TOOL], "reasoning_effort": "none"}),
    ("gpt-5.1", {"temperature": 0.2}),
    ("o3", {"messages": [{"role": "developer", "content": "a"}, *HI], "reasoning_effort": "high"}),
    ("gpt-4o", formatted("json_object") | {"messages": [{"role": "system", "content": "Answer in JSON."}]}),
    ("gpt-4o", formatted("json_object") | {"messages": [{"role": "user", "content": [{"type": "text", "text": "json"}]}]}),
    ("gpt-4o", {"messages": [*ASKED, ANSWER | {"tool_call_id": "call_2"}, ANSWER, *HI]}),
    ("gpt-4o", {"messages": [*ASKED, ANSWER | {"tool_call_id": "call_2"}, ANSWER | {"name": "weather"}]}),
    ("gpt-4o", {"messages": [*HI, {"role": "assistant", "refusal": "no"}, {"role": "assistant", "audio": {"id": "a"}}, *HI]}),
    ("gpt-4o", {"messages": [*HI, {"role": "assistant", "content": "", "refusal": None}, {"role": "function", "name": "f", "content": None}]}),
    ("gpt-4o", {"logit_bias": {"0": 1, "50256": -100}}),
    ("gpt-4o", {"metadata": {"a": "b"}, "store": True}),
    ("gpt-4o", {"metadata": {}}),
    ("gpt-5.6-terra", {"metadata": {"a": "b"}}),
    ("gpt-4o", shown("https://example.com/a.png")),
    ("gpt-4o", attached("data:application/pdf;base64,AAAA", filename="a.pdf")),
    ("gpt-4o", attached("data:application/pdf;base64,AAAA", file_id="file-1")),
    ("gpt-4o", {"stream": True, "stream_options": None}),
    ("gpt-audio", {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}),
    ("gpt-audio", {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}, "stream": True}),
    ("gpt-audio", heard("UklGRg==")),
    ("gpt-audio", heard("Ukl\nGRg")),
    ("gpt-audio", {"messages": [*HI, {"role": "assistant", "audio": {"id": "audio_1"}}, *HI]}),
]  # fmt: skip


@pytest.mark.parametrize(("model", "fields"), FINE, ids=range(len(FINE)))
def test_what_openai_takes_is_taken(model: str, fields: dict[str, Any]) -> None:
    assert first(CHAT, chat(model, **fields)) is None


HEAD = "This model's maximum context length is 100 tokens. However, "
WORDS = [{"role": "user", "content": "word " * 120}]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"messages": WORDS}, "your messages resulted in 124 tokens. Please reduce the length of the messages."),
        ({"messages": WORDS, "tools": [TOOL]}, "your messages resulted in 174 tokens (124 in the messages, 50 in the functions). Please reduce the length of the messages or functions."),
        ({"max_tokens": 1000}, "you requested 1004 tokens (4 in the messages, 1000 in the completion). Please reduce the length of the messages or completion."),
    ],
)  # fmt: skip
def test_the_window_holds_messages_tools_and_answer(fields: dict[str, Any], message: str) -> None:
    count = {"word " * 120: 121, "hi": 1}
    refusal = first(CHAT, chat(**fields), window=100, count=lambda text: count.get(text, 50))
    assert told(refusal) == (HEAD + message, "messages", "context_length_exceeded")


def test_a_body_of_fewer_bytes_than_the_window_has_tokens_is_not_measured() -> None:
    def never(_: str) -> int:
        raise AssertionError

    assert first(CHAT, chat(), window=100, size=99, count=never) is None


@pytest.mark.parametrize("where", ["pictures.example", "https://pictures.example/a.png"])
def test_hosts_and_addresses_can_be_told_to_be_out_of_reach(where: str) -> None:
    body = chat(**shown("https://pictures.example/a.png"))
    assert rule(CHAT, body, unreachable=(where,)) == "unreachable-url"
    assert rule(CHAT, body, unreachable=("other.example",)) is None


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "])
def test_an_image_is_known_by_its_first_bytes(head: bytes) -> None:
    body = chat(**shown("data:image/png;base64," + base64.b64encode(head).decode()))
    assert first(CHAT, body) is None
