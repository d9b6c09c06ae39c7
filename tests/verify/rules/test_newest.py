"""What api.openai.com sends beyond text and functions: hosted tools, newer items, events and fields; all legal."""

from __future__ import annotations

from typing import Any

import pytest

import retape
from retape.verify.rulebook import violations
from verify.rules import answers, responded
from verify.rules.answers import DONE, chat, choice, chunk, completion, last, piece
from verify.rules.responded import SAID, WEATHER, call, completed, created, message, plain, reasoning, response

Event = dict[str, Any]
SAID_NEXT = [{**event, "output_index": 1} for event in SAID]


def used(kind: str, *between: Event, begun: Event | None = None, **whole: Any) -> retape.Exchange:
    """A stream of a hosted tool's item, these events about it, and a message."""
    item = {"id": "ws_1", "type": kind, "status": "completed", **whole}
    place = {"item_id": "ws_1", "output_index": 0}
    return responded.stream(
        created(),
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**item, "status": "in_progress", **(begun or {})},
        },
        *({**event, **place} for event in between),
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        *SAID_NEXT,
        completed(item, message()),
    )


def steps(kind: str, *verbs: str) -> list[Event]:
    """Events that tell how far a hosted tool is."""
    return [{"type": f"response.{kind}.{verb}"} for verb in verbs]


CODE = [
    *steps("code_interpreter_call", "in_progress"),
    {"type": "response.code_interpreter_call_code.delta", "delta": "print"},
    {"type": "response.code_interpreter_call_code.delta", "delta": "(1)"},
    {"type": "response.code_interpreter_call_code.done", "code": "print(1)"},
    *steps("code_interpreter_call", "interpreting", "completed"),
]
MCP = [
    *steps("mcp_call", "in_progress"),
    {"type": "response.mcp_call_arguments.delta", "delta": "{}"},
    {"type": "response.mcp_call_arguments.done", "arguments": "{}"},
    *steps("mcp_call", "completed"),
]
NOTE = [
    {"type": "response.custom_tool_call_input.delta", "delta": "milk", "obfuscation": "x"},
    {"type": "response.custom_tool_call_input.done", "input": "milk"},
]
SHELL = [
    {"type": "response.shell_call_command.added", "command_index": 0, "command": ""},
    {"type": "response.shell_call_command.delta", "command_index": 0, "delta": "ls"},
    {"type": "response.shell_call_command.done", "command_index": 0, "command": "ls"},
]
PROGRAM = {"type": "program", "caller_id": "p_1"}
APPROVAL = {"id": "mcpr_1", "type": "mcp_approval_request", "server_label": "d", "name": "f", "arguments": "{}"}
OUTPUT = {"id": "fco_1", "type": "function_call_output", "call_id": "call_1", "output": "x", "status": "completed"}
NEWER = {
    "moderation": {},
    "tool_usage": {},
    "prompt_cache_options": {},
    "service_tier": "fast",
    "conversation": {"id": "c"},
}
SPOKEN = {"id": "audio_1", "data": "AAAA", "expires_at": 1763600000, "transcript": "Earth"}
CITED = [{"type": "url_citation", "url_citation": {"start_index": 0, "end_index": 5, "title": "t", "url": "u"}}]
SQL = {"type": "custom", "custom": {"name": "sql"}}

RESPONSES: dict[str, retape.Exchange] = {
    "a search of the web": used(
        "web_search_call", *steps("web_search_call", "in_progress", "searching", "completed"), action={"type": "search"}
    ),
    "a search of files": used("file_search_call", *steps("file_search_call", "searching"), queries=["x"], results=None),
    "code": used("code_interpreter_call", *CODE, begun={"code": ""}, code="print(1)", outputs=None),
    "a drawn image": used("image_generation_call", *steps("image_generation_call", "generating"), result="AA"),
    "a list of tools": used("mcp_list_tools", *steps("mcp_list_tools", "completed"), server_label="d", tools=[]),
    "a call of a server's tool": used("mcp_call", *MCP, begun={"arguments": ""}, arguments="{}", name="f", output="x"),
    "a call with text": used(
        "custom_tool_call", *NOTE, begun={"input": ""}, input="milk", name="note", call_id="call_1"
    ),
    "a command": used("shell_call", *SHELL, begun={"action": {}}, call_id="call_1", action={"commands": ["ls"]}),
    "a compaction": used("compaction", *steps("compaction", "compacting"), encrypted_content="x"),
    "a question for leave": plain(
        response(APPROVAL, tool_choice="required"), tools=[{"type": "mcp"}], tool_choice="required"
    ),
    "calls by a program": plain(
        response(call(caller=PROGRAM), OUTPUT, message()), tools=[{"type": "programmatic_tool_calling"}, WEATHER]
    ),
    "newer fields": plain(response(**NEWER)),
    "reasoning in nulls": plain(response(reasoning(status=None, content=None, encrypted_content="x"), message())),
    "a model steered": responded.stream(
        created(), {"type": "response.steer.accepted", "steer": {"id": "s"}}, *SAID, completed()
    ),
    "nothing left to resume": answers.exchange(
        "/responses/resp_1?stream=true&starting_after=9", None, "", kind="text/event-stream", method="GET"
    ),
}

CHATS: dict[str, retape.Exchange] = {
    "speech": chat(completion(choice(answers.message(None, audio=SPOKEN))), modalities=["text", "audio"]),
    "speech, streamed": answers.stream(
        chunk(piece({"role": "assistant", "content": None, "audio": {"id": "audio_1", "transcript": "Ea"}})),
        chunk(piece({"audio": {"data": "AAAA"}})),
        chunk(piece({"audio": {"expires_at": 1763600000}})),
        last(),
        DONE,
    ),
    "citations": chat(completion(choice(answers.message("Earth", annotations=CITED))), web_search_options={}),
    "a call with text, streamed": answers.stream(
        chunk(piece({"role": "assistant", "content": None})),
        answers.tools({"index": 0, "id": "call_1", "type": "custom", "custom": {"name": "sql", "input": ""}}),
        answers.tools({"index": 0, "custom": {"input": "select 1"}}),
        last("tool_calls"),
        DONE,
        tools=[SQL],
    ),
    "obfuscation": answers.stream(*({**event, "obfuscation": "x"} for event in answers.HELLO[:-1]), DONE),
    "two choices that take turns": answers.stream(
        answers.first(), answers.first(1), answers.text("b", 1), answers.text("a"), last(index=1), last(), DONE, n=2
    ),
}


@pytest.mark.parametrize("what", RESPONSES)
def test_a_response_with_newer_things_breaks_no_rule(what: str) -> None:
    assert list(map(str, violations(RESPONSES[what]))) == []


@pytest.mark.parametrize("what", CHATS)
def test_a_chat_with_newer_things_breaks_no_rule(what: str) -> None:
    assert list(map(str, violations(CHATS[what]))) == []
