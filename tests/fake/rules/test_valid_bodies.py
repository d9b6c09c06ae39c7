# ruff: noqa: E501 - an example stands on one line
"""Every feature once: what OpenAI takes is taken, under both profiles."""

from __future__ import annotations

from typing import Any

import pytest

from fake.rules.judging import CALL, CHAT, FLAT_TOOL, HI, PNG, RESPONSE, STRICT, TOOL, chat, first, response
from retape.handlers.fake.rules import Rulebook
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.items import ITEM
from retape.handlers.fake.rules.messages import MESSAGES, PARTS
from retape.handlers.fake.rules.responses_tools import TOOL_CHOICE, TOOLS
from retape.handlers.fake.rules.shapes import Fields, Tagged

BOOKS = {"openai": Rulebook(), "lenient": Rulebook("lenient")}
CUSTOM = {"type": "custom", "custom": {"name": "sql", "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: /a/"}}}}  # fmt: skip
SOUND = {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}}
PART = [
    {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
    {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}},
    {"type": "file", "file": {"file_id": "file-1", "filename": "a.pdf"}},
    {"type": "refusal", "refusal": "no"},
    {"type": "audio", "audio": {"id": "audio_1"}},
]
MESSAGE = [
    {"role": "system", "content": "a", "name": "host"},
    {"role": "developer", "content": [{"type": "text", "text": "a"}]},
    {"role": "user", "content": PART},
    {"role": "assistant", "content": None, "tool_calls": [CALL], "refusal": None, "audio": None, "function_call": None},
    {"role": "tool", "tool_call_id": "call_1", "content": "sunny"},
    {"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}},
    {"role": "function", "name": "f", "content": None},
    {"role": "user", "content": "json"},
]

CHATS: list[dict[str, Any]] = [
    {"messages": MESSAGE},
    {"tools": [TOOL, CUSTOM], "tool_choice": {"type": "custom", "custom": {"name": "sql"}}, "parallel_tool_calls": True},
    {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "weather"}}},
    {"tools": [TOOL], "tool_choice": {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [{"type": "function", "function": {"name": "weather"}}]}}},
    {"functions": [{"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}], "function_call": {"name": "f"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": STRICT, "strict": True}}},
    {"response_format": {"type": "text"}, "stop": ["a", "b"], "seed": -1, "n": 2, "user": "u", "store": True, "metadata": {"a": "b"}},
    {"stream": True, "stream_options": {"include_usage": True, "include_obfuscation": False}},
    {"logprobs": True, "top_logprobs": 20, "logit_bias": {"50256": -100}, "temperature": 0, "top_p": 1},
    {"frequency_penalty": -2, "presence_penalty": 2.0, "max_tokens": 16384, "store": True, "service_tier": "scale"},
    {"prediction": {"type": "content", "content": [{"type": "text", "text": "a"}]}, "verbosity": "low"},
    {"prompt_cache_key": "k", "prompt_cache_options": {"mode": "implicit", "ttl": "30m"}, "safety_identifier": "s"},
    {"prompt_cache_retention": "24h", "moderation": {"model": "omni-moderation-latest", "policy": {"input": {"mode": "score"}, "output": None}}},
    dict.fromkeys(("temperature", "top_p", "n", "stop", "logit_bias", "metadata", "store", "stream", "seed", "stream_options", "max_tokens")),
]  # fmt: skip

ITEMS: list[dict[str, Any]] = [
    {"role": "user", "content": "hi"},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": PNG, "detail": "auto"}, {"type": "input_file", "file_id": "file-1"}]},
    {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "a", "annotations": [{"type": "url_citation", "start_index": 0, "end_index": 1, "title": "t", "url": "u"}], "logprobs": []}]},
    {"type": "additional_tools", "role": "developer", "tools": [FLAT_TOOL]},
    {"type": "apply_patch_call", "call_id": "c", "status": "completed", "operation": {"type": "delete_file", "path": "a"}},
    {"type": "apply_patch_call_output", "call_id": "c", "status": "failed", "output": "no"},
    {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "code": "1", "status": "completed", "outputs": [{"type": "logs", "logs": "1"}]},
    {"type": "compaction", "encrypted_content": "gAAA"},
    {"type": "compaction_trigger"},
    {"type": "computer_call", "id": "cu_1", "call_id": "c", "status": "completed", "pending_safety_checks": [], "action": {"type": "click", "button": "left", "x": 1, "y": 2}},
    {"type": "computer_call_output", "call_id": "c", "output": {"type": "computer_screenshot", "image_url": PNG}},
    {"type": "configuration_update", "reasoning": {"effort": "low"}, "text": {"format": {"type": "text"}}},
    {"type": "custom_tool_call", "call_id": "c", "name": "sql", "input": "a"},
    {"type": "custom_tool_call_output", "call_id": "c", "output": "a"},
    {"type": "file_search_call", "id": "fs_1", "queries": ["a"], "status": "completed", "results": [{"file_id": "f", "score": 0.5, "attributes": {"a": 1}}]},
    {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}", "id": "fc_1", "status": "completed"},
    {"type": "function_call_output", "call_id": "c", "output": [{"type": "input_text", "text": "a"}]},
    {"type": "image_generation_call", "id": "ig_1", "result": None, "status": "completed"},
    {"type": "item_reference", "id": "msg_1"},
    {"type": "local_shell_call", "id": "l_1", "call_id": "c", "status": "completed", "action": {"type": "exec", "command": ["ls"], "env": {}}},
    {"type": "local_shell_call_output", "id": "l_1", "output": "a"},
    {"type": "mcp_approval_request", "id": "m_1", "server_label": "s", "name": "n", "arguments": "{}"},
    {"type": "mcp_approval_response", "approval_request_id": "m_1", "approve": True},
    {"type": "mcp_call", "id": "m_1", "server_label": "s", "name": "n", "arguments": "{}", "output": "a", "error": None},
    {"type": "mcp_list_tools", "id": "m_1", "server_label": "s", "tools": [{"name": "n", "input_schema": {}}]},
    {"type": "program", "id": "p_1", "call_id": "c", "code": "a", "fingerprint": "f"},
    {"type": "program_output", "id": "p_1", "call_id": "c", "result": "a", "status": "completed"},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "a"}], "encrypted_content": None, "status": None},
    {"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"], "timeout_ms": None}, "environment": {"type": "local"}},
    {"type": "shell_call_output", "call_id": "c", "output": [{"stdout": "", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}]},
    {"type": "tool_search_call", "arguments": {"goal": "a"}, "execution": "client"},
    {"type": "tool_search_output", "tools": [FLAT_TOOL]},
    {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "a", "sources": [{"type": "url", "url": "u"}]}},
]  # fmt: skip

BUILT_IN: list[dict[str, Any]] = [
    FLAT_TOOL | {"strict": None, "description": None},
    {"type": "custom", "name": "sql", "format": {"type": "grammar", "syntax": "regex", "definition": "a"}},
    {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 50, "filters": {"type": "and", "filters": [{"type": "eq", "key": "a", "value": 1}]}, "ranking_options": {"ranker": "auto", "score_threshold": 0.5}},
    {"type": "web_search", "filters": {"allowed_domains": ["example.com"]}, "user_location": {"type": "approximate", "city": None}},
    {"type": "web_search_2025_08_26"},
    {"type": "web_search_preview", "search_context_size": "low"},
    {"type": "web_search_preview_2025_03_11", "user_location": None},
    {"type": "computer"},
    {"type": "computer_use_preview", "display_height": 1, "display_width": 1, "environment": "browser"},
    {"type": "code_interpreter", "container": {"type": "auto", "file_ids": [], "memory_limit": "4g", "network_policy": {"type": "disabled"}}},
    {"type": "image_generation", "quality": "high", "size": "1024x1024", "partial_images": 3, "input_image_mask": {"file_id": "f"}},
    {"type": "mcp", "server_label": "s", "server_url": "https://example.com", "allowed_tools": {"read_only": True}, "require_approval": {"never": {"tool_names": ["a"]}}},
    {"type": "local_shell"},
    {"type": "shell", "environment": {"type": "container_auto", "skills": [{"type": "skill_reference", "skill_id": "s"}]}},
    {"type": "apply_patch"},
    {"type": "namespace", "name": "n", "description": "d", "tools": [FLAT_TOOL]},
    {"type": "programmatic_tool_calling"},
    {"type": "tool_search", "execution": "server"},
]  # fmt: skip

ANSWERS: list[dict[str, Any]] = [
    {"tools": BUILT_IN, "tool_choice": "required", "max_tool_calls": 3, "parallel_tool_calls": None},
    {"tools": BUILT_IN, "tool_choice": {"type": "mcp", "server_label": "s", "name": None}},
    {"tools": [FLAT_TOOL], "tool_choice": {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "weather"}]}},
    {"text": {"format": {"type": "json_schema", "name": "a", "schema": STRICT, "strict": True}, "verbosity": "medium"}},
    {"stream": True, "stream_options": {"include_obfuscation": True}, "include": ["message.output_text.logprobs"]},
    {"conversation": {"id": "conv_1"}, "store": True, "metadata": {}, "truncation": "auto", "top_logprobs": 20},
    {"previous_response_id": "resp_1", "background": True, "instructions": "a", "max_output_tokens": 16},
    {"prompt": {"id": "pmpt_1", "version": "2", "variables": {"a": {"type": "input_text", "text": "b"}}}},
    {"context_management": [{"type": "compaction", "compact_threshold": 1000}], "service_tier": "ultrafast"},
    {"access_programs": {"cyber": "standard"}, "image": {"context_compression": "auto"}, "prompt_cache_options": {"ttl": "12h"}},
    {"reasoning": None, "text": None, "tools": [], "tool_choice": None, "include": None, "prompt": None},
]  # fmt: skip


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
@pytest.mark.parametrize("fields", CHATS, ids=range(len(CHATS)))
def test_a_sound_chat_is_taken(fields: dict[str, Any], book: Rulebook) -> None:
    assert first(CHAT, chat(**fields), book) is None


@pytest.mark.parametrize("book", BOOKS.values(), ids=BOOKS)
@pytest.mark.parametrize("fields", ANSWERS, ids=range(len(ANSWERS)))
def test_a_sound_response_is_taken(fields: dict[str, Any], book: Rulebook) -> None:
    assert first(RESPONSE, response(**fields), book) is None


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.get("type", "untyped"))
def test_every_kind_of_item_is_taken(item: dict[str, Any]) -> None:
    assert list(ITEM.faults(item)) == []


def test_the_examples_have_every_variant() -> None:
    tools, items = TOOLS.item, ITEM
    assert isinstance(tools, Tagged)
    assert {tool["type"] for tool in BUILT_IN} == set(tools.variants)
    assert {item.get("type", "message") for item in ITEMS} == set(items.variants)
    assert {part["type"] for part in (*PART, SOUND)} == set(PARTS.variants)
    assert {message["role"] for message in MESSAGE} == set(getattr(MESSAGES.item, "variants", ()))


def test_the_examples_have_every_parameter_of_a_chat() -> None:
    shape = ENDPOINTS[CHAT].shape
    assert isinstance(shape, Fields)
    of_other_models = {"audio", "modalities", "web_search_options", "reasoning_effort", "max_completion_tokens"}
    assert set().union(*CHATS) | of_other_models == shape.fields.keys() - {"model"}


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("gpt-audio", {"modalities": ["text", "audio"], "audio": {"voice": {"id": "voice_1"}, "format": "pcm16"}}),
        ("gpt-audio", {"messages": [{"role": "user", "content": [SOUND]}]}),
        ("gpt-5", {"reasoning_effort": "minimal", "max_completion_tokens": 1}),
        ("gpt-4o-search-preview", {"web_search_options": {"search_context_size": "low", "user_location": {"type": "approximate", "approximate": {"city": "Paris"}}}}),
    ],
)  # fmt: skip
def test_what_only_some_models_take_is_taken_of_them(model: str, fields: dict[str, Any]) -> None:
    assert first(CHAT, chat(model, **fields)) is None


@pytest.mark.parametrize("choice", sorted(TOOL_CHOICE.shapes[1].variants))  # type: ignore[attr-defined]
def test_every_tool_choice_is_taken_when_its_tool_is_there(choice: str) -> None:
    more = {"name": "weather"} if choice in ("function", "custom") else {}
    more |= {"server_label": "s"} if choice == "mcp" else {}
    more |= {"mode": "auto", "tools": []} if choice == "allowed_tools" else {}
    tools = [*BUILT_IN, {"type": "custom", "name": "weather"}]
    assert first(RESPONSE, response(tools=tools, tool_choice={"type": choice} | more)) is None


def test_an_answer_replayed_whole_is_taken() -> None:
    told = {"role": "assistant", "content": "a", "refusal": None, "annotations": [], "audio": None}
    assert first(CHAT, chat(messages=[*HI, told, *HI])) is None
