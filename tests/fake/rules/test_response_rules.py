# ruff: noqa: E501 - a sentence of OpenAI's stands on one line, to be compared and searched
"""Rules between the fields and items of a Responses request, and what models refuse there."""

from __future__ import annotations

from typing import Any

import pytest

from fake.rules.judging import FLAT_TOOL, PNG, RESPONSE, SCHEMA, STRICT, first, response, rule, told

CALLED = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "sunny"}
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": []}
SAID = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "a", "annotations": []}]}  # fmt: skip
USER = {"role": "user", "content": "hi"}


def part(**fields: Any) -> dict[str, Any]:
    return {"input": [{"role": "user", "content": [fields]}]}


def moved(old: str, new: str) -> tuple[str, str, str]:
    return (
        f"Unsupported parameter: '{old}'. In the Responses API, this parameter has moved to '{new}'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.",
        old,
        "unsupported_parameter",
    )


ROWS: list[tuple[str, dict[str, Any], tuple[str, str | None, str | None]]] = [
    ("nothing-like-it", {}, ("The requested model 'nothing-like-it' does not exist.", "model", "model_not_found")),
    ("gpt-4o", {"response_format": {"type": "text"}}, moved("response_format", "text.format")),
    ("gpt-4o", {"max_tokens": 100}, moved("max_tokens", "max_output_tokens")),
    ("gpt-4o", {"messages": [USER]}, moved("messages", "input")),
    ("gpt-4o", {"input": None}, ("One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' must be provided.", "input", "missing_required_parameter")),
    ("gpt-4o", {"tool_choice": "required"}, ("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice", None)),
    ("gpt-4o", {"tool_choice": {"type": "web_search_preview"}}, ("Tool choice 'web_search_preview' not found in 'tools' parameter.", "tool_choice", None)),
    ("gpt-4o", {"tools": [FLAT_TOOL], "tool_choice": {"type": "function", "name": "other"}}, ("Tool choice 'function' not found in 'tools' parameter.", "tool_choice", None)),
    ("gpt-4o", {"text": {"format": {"type": "json_object"}}, "instructions": "json"}, ("Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.", "input", None)),
    ("gpt-4o", {"previous_response_id": "resp_1", "conversation": "conv_1"}, ("Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one of these parameters.", "previous_response_id", "mutually_exclusive_parameters")),
    ("gpt-4o", {"stream_options": {"include_obfuscation": False}}, ("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options", None)),
    ("gpt-4o", {"background": True, "store": False}, ("Background mode requires 'store' to be true.", "background", None)),
    ("gpt-4o", {"input": [CALLED]}, ("No tool output found for function call call_1.", "input", None)),
    ("gpt-4o", {"input": [OUTPUT]}, ("No tool call found for function call output with call_id call_1.", "input", None)),
    ("gpt-4o", {"input": [{"type": "custom_tool_call_output", "call_id": "c", "output": "a"}]}, ("No tool call found for custom tool call output with call_id c.", "input", None)),
    ("o3", {"input": [THOUGHT, USER]}, ("Item 'rs_1' of type 'reasoning' was provided without its required following item.", "input", None)),
    ("o3", {"input": [USER, THOUGHT]}, ("Item 'rs_1' of type 'reasoning' was provided without its required following item.", "input", None)),
    ("gpt-4o", {"tools": [FLAT_TOOL | {"strict": True, "parameters": STRICT | {"required": []}}]}, ("Invalid schema for function 'weather': In context=(), 'required' is required to be supplied and to be an array including every key in properties. Missing 'city'.", "tools[0].parameters", "invalid_function_parameters")),
    ("gpt-4o", {"text": {"format": {"type": "json_schema", "name": "response", "strict": True, "schema": SCHEMA}}}, ("Invalid schema for response_format 'response': In context=(), 'additionalProperties' is required to be supplied and to be false.", "text.format.schema", "invalid_json_schema")),
    ("gpt-4o", part(type="input_image", image_url="data:text/plain;base64,AAAA"), ("Invalid 'input[0].content[0].image_url'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type 'text/plain'.", "input[0].content[0].image_url", "invalid_value")),
    ("gpt-4o", part(type="input_image", image_url="data:image/png;base64,AAAA"), ("The image data you provided does not represent a valid image. Please check your input and try again with one of the following image formats: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].", "input", "invalid_value")),
    ("gpt-4o", part(type="input_image", image_url="https://a.invalid/b.png"), ("Error while downloading https://a.invalid/b.png.", "url", "invalid_value")),
    ("gpt-4o", part(type="input_file", file_data="data:audio/mpeg;base64,AAAA"), ("Invalid file data: 'input[0].content[0].file_data'. Expected a base64-encoded data URL with a valid file MIME type (e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got unsupported MIME type 'audio/mpeg'. Please see https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported file types.", "input[0].content[0].file_data", "invalid_value")),
    ("gpt-4o", part(type="input_file", file_url="https://example.com/a.mp3"), ("The file type you uploaded is not supported. Please try again with a pdf", "input", "unsupported_file")),
    ("gpt-4", part(type="input_image", image_url=PNG), ("Invalid content type. image_url is only supported by certain models.", "input", None)),
    ("o3-mini", {"input": [CALLED, OUTPUT | {"output": [{"type": "input_image", "image_url": PNG}]}]}, ("Invalid content type. image_url is only supported by certain models.", "input", None)),
    ("gpt-4", {"text": {"format": {"type": "json_object"}}, "input": "json"}, ("Invalid parameter: 'text.format' of type 'json_object' is not supported with this model.", "text.format", None)),
    ("o3-deep-research", {"text": {"format": {"type": "json_schema", "name": "a", "schema": STRICT}}}, ("Invalid parameter: 'text.format' of type 'json_schema' is not supported with model version `o3-deep-research`.", "text.format", None)),
    ("gpt-4o", {"reasoning": {"effort": "low"}}, ("Unsupported parameter: 'reasoning.effort' is not supported with this model.", "reasoning.effort", "unsupported_parameter")),
    ("gpt-4o", {"include": ["reasoning.encrypted_content"]}, ("Encrypted content is not supported with this model.", "include", None)),
    ("o4-mini", {"reasoning": {"effort": "minimal"}}, ("Unsupported value: 'minimal' is not supported with the 'o4-mini' model. Supported values are: 'low', 'medium', and 'high'.", "reasoning.effort", "unsupported_value")),
    ("gpt-4.1", {"text": {"verbosity": "low"}}, ("Unsupported value: 'low' is not supported with the 'gpt-4.1' model. Supported values are: 'medium'.", "text.verbosity", "unsupported_value")),
    ("o4-mini", {"top_logprobs": 2}, ("logprobs are not supported with reasoning models.", "top_logprobs", "unsupported_parameter")),
    ("o4-mini", {"temperature": 0.2}, ("Unsupported parameter: 'temperature' is not supported with this model.", "temperature", None)),
]  # fmt: skip


@pytest.mark.parametrize(("model", "fields", "expected"), ROWS, ids=range(len(ROWS)))
def test_a_request_is_refused_in_openais_words(
    model: str, fields: dict[str, Any], expected: tuple[str, str | None, str | None]
) -> None:
    assert told(first(RESPONSE, response(model, **fields))) == expected


FINE: list[tuple[str, dict[str, Any]]] = [
    ("gpt-4o", {"input": [USER, CALLED, OUTPUT]}),
    ("gpt-4o", {"input": [OUTPUT], "previous_response_id": "resp_1"}),
    ("gpt-4o", {"input": [OUTPUT, {"id": "fc_1"}]}),
    ("o3", {"input": [USER, THOUGHT, SAID, USER]}),
    ("o3", {"input": [USER, THOUGHT, CALLED, OUTPUT]}),
    ("gpt-4o", {"input": [USER, SAID | {"phase": None}]}),
    ("gpt-4o", {"tools": [FLAT_TOOL], "tool_choice": {"type": "function", "name": "weather"}}),
    ("gpt-4o", {"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search_preview"}}),
    ("gpt-4o", {"tools": [], "tool_choice": "auto", "parallel_tool_calls": False}),
    ("gpt-4o", {"text": {"format": {"type": "json_object"}}, "input": "As JSON, please"}),
    ("gpt-4o", part(type="input_image", image_url=PNG, detail="auto")),
    ("gpt-4", part(type="input_text", text="a")),
    ("gpt-4", {"text": {"format": {"type": "text"}}}),
    ("gpt-3.5-turbo", {"text": {"format": {"type": "json_object"}}, "input": "json"}),
    ("gpt-5.1", {"temperature": 0.2, "top_p": 0.5, "reasoning": {"effort": "none"}}),
    ("gpt-4o", {"background": True, "store": True}),
    ("gpt-5", {"text": {"verbosity": "low"}}),
]


@pytest.mark.parametrize(("model", "fields"), FINE, ids=range(len(FINE)))
def test_what_openai_takes_is_taken(model: str, fields: dict[str, Any]) -> None:
    assert first(RESPONSE, response(model, **fields)) is None


def test_a_prompt_needs_no_model_and_no_input() -> None:
    assert first(RESPONSE, {"prompt": {"id": "pmpt_1", "variables": {"city": "Paris"}}}) is None


def test_a_model_has_to_be_named() -> None:
    assert told(first(RESPONSE, {"input": "hi"})) == (
        "Missing required parameter: 'model'.",
        "model",
        "missing_required_parameter",
    )


def no(_: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("fields", "known", "status", "message"),
    [
        ({"previous_response_id": "resp_9"}, "response", 400, "Previous response with id 'resp_9' not found."),
        (part(type="input_image", file_id="file-9"), "file", 400, "Files [file-9] were not found due to ownership verification failure."),
        ({"conversation": "conv_9"}, "conversation", 404, "Conversation with id 'conv_9' not found."),
        ({"conversation": {"id": "conv_9"}}, "conversation", 404, "Conversation with id 'conv_9' not found."),
        ({"input": [{"type": "item_reference", "id": "rs_9"}]}, "item", 404, "Item with id 'rs_9' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input."),
        ({"input": [THOUGHT, SAID]}, "item", 404, "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input."),
    ],
)  # fmt: skip
def test_what_is_not_stored_is_not_found(fields: dict[str, Any], known: str, status: int, message: str) -> None:
    assert first(RESPONSE, response(**fields)) is None
    refusal = first(RESPONSE, response(**fields), **{known: no})
    assert refusal is not None
    assert (refusal.status, refusal.message) == (status, message)


def test_encrypted_reasoning_need_not_be_stored() -> None:
    assert first(RESPONSE, response(input=[THOUGHT | {"encrypted_content": "gAAA"}, SAID]), item=no) is None


@pytest.mark.parametrize(
    ("calls", "broken"), [(None, None), (frozenset({"call_1"}), None), (frozenset(), "orphan-tool-output")]
)
def test_an_output_may_answer_a_call_of_the_answer_before(calls: frozenset[str] | None, broken: str | None) -> None:
    assert rule(RESPONSE, response(input=[OUTPUT], previous_response_id="resp_1"), calls=calls) == broken


def test_an_input_beyond_the_window_is_refused_unless_it_may_be_cut() -> None:
    body = response(input="word " * 50)
    message = "Your input exceeds the context window of this model. Please adjust your input and try again."
    assert told(first(RESPONSE, body, window=10)) == (message, "input", "context_length_exceeded")
    assert first(RESPONSE, body | {"truncation": "auto"}, window=10) is None
    assert first(RESPONSE, body, window=1000) is None
