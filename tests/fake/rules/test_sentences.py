# ruff: noqa: E501 - a sentence of OpenAI's stands on one line, to be compared and searched
"""What is wrong with a single value: every family of sentences."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from fake.rules.judging import CHAT, RESPONSE, TOOL, chat, first, response, told
from retape.handlers.fake.rules.phrases import FAMILIES, GOT, findings
from retape.handlers.fake.rules.shapes import (
    Anything,
    Choice,
    Decimal,
    Fields,
    Flag,
    Listing,
    MapOf,
    OneOf,
    Shape,
    Tagged,
    Text,
    Whole,
)

MISSING, UNKNOWN = "missing_required_parameter", "unknown_parameter"
TYPE, VALUE = "invalid_type", "invalid_value"
ROLES = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"
LONG = "kkk...kkk"


def said(content: Any, role: str = "user") -> dict[str, Any]:
    return {"messages": [{"role": role, "content": content}]}


CHAT_ROWS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"messages": []}, "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.", "messages", "empty_array"),
    ({"messages": "ping"}, "Invalid type for 'messages': expected an array of objects, but got a string instead.", "messages", TYPE),
    ({"messages": None}, "Invalid type for 'messages': expected an array of objects, but got null instead.", "messages", TYPE),
    ({"messages": ["ping"]}, "Invalid type for 'messages[0]': expected an object, but got a string instead.", "messages[0]", TYPE),
    ({"messages": [{"content": "ping"}]}, "Missing required parameter: 'messages[0].role'.", "messages[0].role", MISSING),
    (said("ping", "fake_role"), f"Invalid value: 'fake_role'. Supported values are: {ROLES}.", "messages[0].role", VALUE),
    (said("ping", ""), f"Invalid value: ''. Supported values are: {ROLES}.", "messages[0].role", VALUE),
    (said(7), "Invalid type for 'messages[0].content': expected one of a string or array of objects, but got an integer instead.", "messages[0].content", TYPE),
    (said([{"text": "a"}]), "Missing required parameter: 'messages[0].content[0].type'.", "messages[0].content[0].type", MISSING),
    (said([{"type": "input_text", "text": "a"}]), "Invalid value: 'input_text'. Supported values are: 'text', 'image_url', 'input_audio', 'refusal', 'audio', and 'file'.", "messages[0].content[0].type", VALUE),
    (said([{"type": "text", "text": "a", "cache_control": {}}]), "Unknown parameter: 'messages[0].content[0].cache_control'.", "messages[0].content[0].cache_control", UNKNOWN),
    ({"messages": [{"role": "assistant", "tool_calls": []}]}, "Invalid 'messages[0].tool_calls': empty array. Expected an array with minimum length 1, but got an empty array instead.", "messages[0].tool_calls", "empty_array"),
    ({"messages": [{"role": "tool", "content": "a"}]}, "Missing required parameter: 'messages[0].tool_call_id'.", "messages[0].tool_call_id", MISSING),
    ({"messages": [{"role": "tool", "content": "a", "tool_call_id": "c" * 41}]}, "Invalid 'messages[0].tool_call_id': string too long. Expected a string with maximum length 40, but got a string with length 41 instead.", "messages[0].tool_call_id", "string_above_max_length"),
    ({"zzz": 1}, "Unknown parameter: 'zzz'.", "zzz", UNKNOWN),
    ({"reasoning": {}}, "Unknown parameter: 'reasoning'.", "reasoning", UNKNOWN),
    ({"temperature": 99.0}, "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 99.0 instead.", "temperature", "decimal_above_max_value"),
    ({"temperature": -1}, "Invalid 'temperature': decimal below minimum value. Expected a value >= 0, but got -1 instead.", "temperature", "decimal_below_min_value"),
    ({"temperature": "hot"}, "Invalid type for 'temperature': expected a decimal, but got a string instead.", "temperature", TYPE),
    ({"temperature": True}, "Invalid type for 'temperature': expected a decimal, but got a boolean instead.", "temperature", TYPE),
    ({"n": "2"}, "Invalid type for 'n': expected an integer, but got a string instead.", "n", TYPE),
    ({"n": 1.0}, "Invalid type for 'n': expected an integer, but got a decimal number instead.", "n", TYPE),
    ({"n": True}, "Invalid type for 'n': expected an integer, but got a boolean instead.", "n", TYPE),
    ({"n": 0}, "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.", "n", "integer_below_min_value"),
    ({"n": 129}, "Invalid 'n': integer above maximum value. Expected a value <= 128, but got 129 instead.", "n", "integer_above_max_value"),
    ({"store": "yes"}, "Invalid type for 'store': expected a boolean, but got a string instead.", "store", TYPE),
    ({"user": {"a": 1}}, "Invalid type for 'user': expected a string, but got an object instead.", "user", TYPE),
    ({"stop": ["a"] * 5}, "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.", "stop", "array_above_max_length"),
    ({"stop": [1]}, "Invalid type for 'stop[0]': expected a string, but got an integer instead.", "stop[0]", TYPE),
    ({"service_tier": "bogus"}, "Invalid value: 'bogus'. Supported values are: 'auto', 'default', 'fast', 'flex', and 'priority'.", "service_tier", VALUE),
    ({"service_tier": {"a": 1}}, "Invalid type for 'service_tier': expected one of 'auto', 'default', 'fast', 'flex', or 'priority', but got an object instead.", "service_tier", TYPE),
    ({"prompt_cache_retention": []}, "Invalid type for 'prompt_cache_retention': expected one of 'in_memory' or '24h', but got an array instead.", "prompt_cache_retention", TYPE),
    ({"verbosity": "bogus"}, "Invalid value: 'bogus'. Supported values are: 'low', 'medium', and 'high'.", "verbosity", VALUE),
    ({"response_format": {"type": "bogus"}}, "Invalid value: 'bogus'. Supported values are: 'json_object', 'json_schema', and 'text'.", "response_format.type", VALUE),
    ({"response_format": "json"}, "Invalid type for 'response_format': expected an object, but got a string instead.", "response_format", TYPE),
    ({"response_format": {}}, "Missing required parameter: 'response_format.type'.", "response_format.type", MISSING),
    ({"tools": []}, "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.", "tools", "empty_array"),
    ({"tools": "none"}, "Invalid type for 'tools': expected an array of objects, but got a string instead.", "tools", TYPE),
    ({"tools": [TOOL] * 129}, "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.", "tools", "array_above_max_length"),
    ({"tools": [TOOL | {"type": "invalid"}]}, "Invalid value: 'invalid'. Supported values are: 'function' and 'custom'.", "tools[0].type", VALUE),
    ({"tools": [{"type": "function"}]}, "Missing required parameter: 'tools[0].function'.", "tools[0].function", MISSING),
    ({"tools": [{"type": "function", "function": {}}]}, "Missing required parameter: 'tools[0].function.name'.", "tools[0].function.name", MISSING),
    ({"tools": [{"type": "function", "function": {"name": "a/b"}}]}, "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.", "tools[0].function.name", VALUE),
    ({"tools": [{"type": "function", "function": {"name": "a\n"}}]}, "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.", "tools[0].function.name", VALUE),
    ({"tools": [{"type": "function", "function": {"name": "a", "description": "d" * 1025}}]}, "Invalid 'tools[0].function.description': string too long. Expected a string with maximum length 1024, but got a string with length 1025 instead.", "tools[0].function.description", "string_above_max_length"),
    ({"tools": [TOOL], "tool_choice": "invalid"}, "Invalid value: 'invalid'. Supported values are: 'none', 'auto', and 'required'.", "tool_choice", VALUE),
    ({"tools": [TOOL], "tool_choice": 7}, "Invalid type for 'tool_choice': expected one of one of 'none', 'auto', or 'required' or object, but got an integer instead.", "tool_choice", TYPE),
    ({"tools": [TOOL], "tool_choice": {"type": "bogus"}}, "Missing required parameter: 'tool_choice.function'.", "tool_choice.function", MISSING),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {}}}, "Missing required parameter: 'tool_choice.function.name'.", "tool_choice.function.name", MISSING),
    ({"functions": [{"parameters": {}}]}, "Missing required parameter: 'functions[0].name'.", "functions[0].name", MISSING),
    ({"functions": [{"name": "f"}], "function_call": {}}, "Missing required parameter: 'function_call.name'.", "function_call.name", MISSING),
    ({"moderation": {}}, "Missing required parameter: 'moderation.model'.", "moderation.model", MISSING),
    ({"prompt_cache_options": {"bogus": 1}}, "Unknown parameter: 'prompt_cache_options.bogus'.", "prompt_cache_options.bogus", UNKNOWN),
    ({"metadata": {str(i): "v" for i in range(17)}}, "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.", "metadata", "object_above_max_properties"),
    ({"metadata": {"k" * 70: "v"}}, f"Invalid property name in 'metadata': '{LONG}' is too long. Expected a string with maximum length 64, but got a string with length 70 instead.", "metadata." + "k" * 70, "property_name_above_max_length"),
    ({"metadata": {"k": "v" * 513}}, "Invalid 'metadata.k': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.", "metadata.k", "string_above_max_length"),
    ({"metadata": {"k": True}}, "Invalid type for 'metadata.k': expected a string, but got a boolean instead.", "metadata.k", TYPE),
    ({"logit_bias": {"50256": 101}}, "Invalid 'logit_bias.50256': decimal above maximum value. Expected a value <= 100, but got 101 instead.", "logit_bias.50256", "decimal_above_max_value"),
]  # fmt: skip

RESPONSE_ROWS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"input": [{"role": "tool", "content": "a"}]}, "Invalid value: 'tool'. Supported values are: 'assistant', 'system', 'developer', and 'user'.", "input[0]", VALUE),
    ({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "a"}]}]}, "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.", "input[0].content[0]", VALUE),
    ({"input": 7}, "Invalid type for 'input': expected one of a string or array of objects, but got an integer instead.", "input", TYPE),
    ({"input": [{"role": "user"}]}, "Missing required parameter: 'input[0].content'.", "input[0].content", MISSING),
    ({"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]}, "Missing required parameter: 'input[0].call_id'.", "input[0].call_id", MISSING),
    ({"input": [{"role": "user", "content": "a", "tool_calls": []}]}, "Unknown parameter: 'input[0].tool_calls'.", "input[0].tool_calls", UNKNOWN),
    ({"input": [{}]}, "Missing required parameter: 'input[0].type'.", "input[0].type", MISSING),
    ({"tools": [TOOL]}, "Missing required parameter: 'tools[0].name'.", "tools[0].name", MISSING),
    ({"max_output_tokens": 15}, "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 15 instead.", "max_output_tokens", "integer_below_min_value"),
    ({"text": {"format": {"type": "json_schema", "name": "a"}}}, "Missing required parameter: 'text.format.schema'.", "text.format.schema", MISSING),
    ({"truncation": "never"}, "Invalid value: 'never'. Supported values are: 'auto' and 'disabled'.", "truncation", VALUE),
    ({"include": ["everything"]}, "Invalid value: 'everything'. Supported values are: 'file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources', 'message.input_image.image_url', 'computer_call_output.output.image_url', 'code_interpreter_call.outputs', 'reasoning.encrypted_content', and 'message.output_text.logprobs'.", "include[0]", VALUE),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "message", "param", "code"), CHAT_ROWS, ids=range(len(CHAT_ROWS)))
def test_chat_says_it_as_openai_does(fields: dict[str, Any], message: str, param: str, code: str) -> None:
    refusal = first(CHAT, chat(**fields))
    assert told(refusal) == (message, param, code)
    assert (refusal.status, refusal.type, refusal.layer) == (400, "invalid_request_error", "engine")


@pytest.mark.parametrize(("fields", "message", "param", "code"), RESPONSE_ROWS, ids=range(len(RESPONSE_ROWS)))
def test_responses_say_it_as_openai_does(fields: dict[str, Any], message: str, param: str, code: str) -> None:
    assert told(first(RESPONSE, response(**fields))) == (message, param, code)


THING = Fields(fields={"a": Text()}, required=("a",))
BROKEN: list[tuple[Shape, Any, list[str]]] = [
    (Text(least=1), "", ["empty_string"]),
    (Text(least=3), "ab", ["string_below_min_length"]),
    (Text(most=1, pattern="[a-c]*"), "xy", ["string_above_max_length", "pattern"]),
    (Whole(least=2), 1, ["integer_below_min_value"]),
    (Whole(), 10**5000, []),
    (Whole(most=9), 10**5000, ["integer_above_max_value"]),
    (Decimal(most=9), 10**5000, ["decimal_above_max_value"]),
    (Decimal(), math.nan, ["invalid_type"]),
    (Decimal(), math.inf, ["invalid_type"]),
    (Decimal(), 1, []),
    (Flag(), 0, ["invalid_type"]),
    (Flag(), True, []),
    (Flag(nullable=True), None, []),
    (Choice(("a", "b"), also=("c",)), "c", []),
    (Choice(("a", "b"), also=("c",)), "d", ["invalid_value"]),
    (Choice(("a",)), "d", ["only_value"]),
    (Listing(Text(), least=2), ["a"], ["array_below_min_length"]),
    (Listing(Text(), least=1), [], ["empty_array"]),
    (MapOf(item=Whole(), most=1), {"a": 1, "b": 2.5}, ["object_above_max_properties", "invalid_type"]),
    (MapOf(item=Whole(), longest=1), {"ab": 1}, ["property_name_above_max_length"]),
    (Fields(fields={}), {"a": 1}, ["unknown_parameter"]),
    (Fields(fields={}, open=True), {"a": 1}, []),
    (Fields(fields={"a": Text()}, open=True), {"a": 1, "b": 2}, ["invalid_type"]),
    (THING, {}, ["missing_required_parameter"]),
    (Tagged(by="k", variants={"x": THING}), {"k": "x", "a": "b"}, []),
    (Tagged(by="k", variants={"x": THING}), {"k": "y", "a": 1}, ["invalid_value"]),
    (Tagged(by="k", variants={"x": THING}), {"k": ["x"]}, ["invalid_type"]),
    (Tagged(by="k", variants={"x": THING}), {}, ["missing_required_parameter"]),
    (Tagged(by="k", variants={"x": THING}, absent=lambda _: "x"), {"a": "b"}, []),
    (Tagged(by="k", variants={"x": THING}, fallback="x"), {"k": "y"}, ["missing_required_parameter", "invalid_value"]),
    (OneOf(Text(), Listing(Text()), Listing(Whole())), [1, 2], []),
    (OneOf(Text(), Listing(Text()), Listing(Whole())), [1, "a"], ["invalid_type"]),
    (OneOf(Text(), Whole()), {}, ["invalid_type"]),
    (Anything(), {"a": [None]}, []),
]


@pytest.mark.parametrize(("shape", "value", "families"), BROKEN, ids=range(len(BROKEN)))
def test_the_quick_question_and_the_slow_one_agree(shape: Shape, value: Any, families: list[str]) -> None:
    assert [fault.family for fault in shape.faults(value, ("here",))] == families
    assert shape.fit()(value) == (not families)


@pytest.mark.parametrize(("shape", "value", "families"), BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("wording", ["openai", "legacy", "pydantic"])
def test_every_fault_can_be_said_in_every_wording(shape: Shape, value: Any, families: list[str], wording: Any) -> None:
    messages = [finding.refusal.message for finding in findings(shape, value, ("here",), wording=wording)]
    assert len(messages) == len(families)
    assert not any(re.search(r"\{[a-z]+\}", message) for message in messages)


@pytest.mark.parametrize(
    ("value", "named"),
    [(1, "integer"), (1.5, "decimal"), (True, "boolean"), (None, "null"), ([], "array"), ({}, "object")],
)
def test_what_came_instead_is_named_by_its_kind(value: Any, named: str) -> None:
    (finding,) = findings(Text(), value, ("here",))
    assert finding.refusal.message == f"Invalid type for 'here': expected a string, but got {GOT[named]} instead."


@pytest.mark.parametrize(
    ("shape", "value", "message"),
    [
        (Whole(least=1), -1, "-1 is less than the minimum of 1 - 'dimensions'"),
        (Whole(most=3), 4, "4 is greater than the maximum of 3 - 'dimensions'"),
        (Choice(("float", "base64")), "x", "'x' is not one of ['float', 'base64'] - 'dimensions'"),
    ],
)
def test_the_old_words_give_no_param_and_no_code(shape: Shape, value: Any, message: str) -> None:
    (finding,) = findings(shape, value, ("dimensions",), wording="legacy")
    assert told(finding.refusal) == (message, None, None)


def test_every_family_has_a_sentence_and_a_source() -> None:
    assert all(family.sentence and family.source and family.rule for family in FAMILIES.values())
