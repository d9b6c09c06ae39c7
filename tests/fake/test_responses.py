from __future__ import annotations

import base64
import json
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from retape import Fake, Request, decode_sse
from retape.handlers.fake.reply import Reply, ToolCall
from retape.handlers.fake.tokens import count, split
from speaking import client as official

NEW = int(openai.__version__.partition(".")[0]) >= 2
"""Whether the client's types know what is given today; those of openai 1 lack tools, states and events."""


def client(fake: Fake) -> openai.OpenAI:
    return official(fake, strict=NEW)


PLANET = "What is the largest planet?"
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "The weather in a city",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
        "required": ["location", "unit"],
        "additionalProperties": False,
    },
    "strict": True,
}
TIME = {"type": "function", "name": "get_time", "parameters": {"type": "object", "properties": {}}, "strict": False}
NOTE = {"type": "custom", "name": "note", "description": "Takes notes"}
SCHEMA = {
    "type": "object",
    "properties": {"planet": {"type": "string"}, "moons": {"type": "integer", "minimum": 3}},
    "required": ["planet", "moons"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "name": "answer", "strict": True, "schema": SCHEMA}
SEARCH = {"type": "web_search"}
FILES = {"type": "file_search", "vector_store_ids": ["vs_1"]}
PYTHON = {"type": "code_interpreter", "container": {"type": "auto"}}
DRAW = {"type": "image_generation", "partial_images": 2}
WIKI = {"type": "mcp", "server_label": "wiki", "server_url": "https://mcp.example.com/mcp", "require_approval": "never"}
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


def used(tool: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"tools": [tool], "tool_choice": "required", **more}


ASKED: dict[str, dict[str, Any]] = {
    "text": {},
    "messages": {
        "input": [
            {"role": "developer", "content": "Be brief"},
            {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
            {"role": "assistant", "content": "Hi"},
            {"role": "user", "content": PLANET},
        ]
    },
    "instructions": {"instructions": "Be brief"},
    "parameters": {
        "temperature": 0.5,
        "top_p": 0.9,
        "metadata": {"run": "1"},
        "user": "u",
        "safety_identifier": "s",
        "prompt_cache_key": "k",
        "service_tier": "flex",
        "truncation": "auto",
        "max_tool_calls": 3,
        "parallel_tool_calls": False,
        "store": False,
    },
    "cut": {"max_output_tokens": 16, "input": "Tell me a very long story about the largest planet, please"},
    "cut while reasoning": {"model": "gpt-5.6-sol", "max_output_tokens": 16, "reasoning": {"effort": "low"}},
    "reasoning": {"model": "o3", "reasoning": {"effort": "low"}},
    "reasoning summary": {"model": "gpt-5.6-sol", "reasoning": {"effort": "low", "summary": "auto"}},
    "encrypted reasoning": {"model": "o3", "include": ["reasoning.encrypted_content"], "store": False},
    "no reasoning": {"model": "gpt-5.6-sol", "reasoning": {"effort": "none"}},
    "logprobs": {"top_logprobs": 3, "include": ["message.output_text.logprobs"]},
    "logprobs without alternatives": {"include": ["message.output_text.logprobs"]},
    "required call": {"tools": [WEATHER, TIME], "tool_choice": "required"},
    "named call": {"tools": [WEATHER, TIME], "tool_choice": {"type": "function", "name": "get_time"}},
    "allowed call": {
        "tools": [WEATHER, TIME],
        "tool_choice": {
            "type": "allowed_tools",
            "mode": "required",
            "tools": [{"type": "function", "name": "get_time"}],
        },
    },
    "no call": {"tools": [WEATHER], "tool_choice": "none", "input": "weather?"},
    "parallel calls": {"tools": [WEATHER, TIME], "input": "What are the weather and the time?"},
    "call of a reasoning model": {"model": "gpt-5-mini", "tools": [WEATHER], "tool_choice": "required"},
    "call cut off": {"tools": [WEATHER], "tool_choice": "required", "max_output_tokens": 16},
    "custom call": {"tools": [NOTE], "tool_choice": {"type": "custom", "name": "note"}},
    "structured": {"text": {"format": FORMAT, "verbosity": "medium"}},
    "json": {"text": {"format": {"type": "json_object"}}, "input": "JSON, please"},
    "web search": used(SEARCH),
    "web search with its sources": used(SEARCH, include=["web_search_call.action.sources"]),
    "web search in a schema": used(SEARCH, text={"format": FORMAT}),
    "web search preview": used({"type": "web_search_preview"}),
    "file search": used(FILES),
    "file search with its results": used(FILES, include=["file_search_call.results"]),
    "code": used(PYTHON),
    "code with its outputs": used(PYTHON, include=["code_interpreter_call.outputs"]),
    "picture": used(DRAW),
    "server": used(WIKI),
    "server that asks first": used(WIKI | {"require_approval": "always"}),
    "computer": used({"type": "computer"}, model="gpt-5.6-sol"),
    "shell": used({"type": "shell"}, model="gpt-5.6-sol"),
    "local shell": used({"type": "local_shell"}, model="gpt-5.6-sol"),
    "patch": used({"type": "apply_patch"}, model="gpt-5.6-sol"),
    "several tools": {"tools": [SEARCH, WIKI, PYTHON], "tool_choice": "required", "max_tool_calls": 2},
    "image": {
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": PNG},
                ],
            }
        ]
    },
    "unicode": {"input": "Gr\u00fc\u00dfe \U0001f469\U0001f3fd\u200d\U0001f680 \u4f60\u597d"},
}
if NEW:
    ASKED["moderation"] = {"moderation": {"model": "omni-moderation-latest"}}


def asked(name: str) -> dict[str, Any]:
    return {"model": "gpt-4o-mini", "input": PLANET} | ASKED[name]


def bytes_of(fake: Fake, body: dict[str, Any], path: str = "/responses") -> bytes:
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    request = Request("POST", f"https://api.openai.com/v1{path}", headers, json.dumps(body).encode())
    return b"".join(getattr(step, "data", b"") for step in fake(request))


def events_of(name: str, **more: Any) -> list[dict[str, Any]]:
    events = decode_sse(bytes_of(Fake(), asked(name) | {"stream": True} | more))
    told = [json.loads(event.data) for event in events]
    assert [event.event for event in events] == [event["type"] for event in told]
    return told


class Following:
    """What a stream says, put together from nothing but its events."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.open: list[tuple[Any, ...]] = []
        self.said: dict[tuple[Any, ...], str] = {}
        self.stages: dict[str, int] = {}
        self.notes: dict[tuple[Any, ...], list[Any]] = {}
        self.rows: dict[tuple[Any, ...], list[Any]] = {}

    def item(self, event: dict[str, Any]) -> dict[str, Any]:
        item = self.items[event["output_index"]]
        assert event["output_index"] == len(self.items) - 1, "an event belongs to the item that is open"
        assert event["item_id"] == item["id"]
        return item

    def place(self, event: dict[str, Any], kind: str) -> tuple[Any, ...]:
        return (kind, event["item_id"], event.get("content_index"), event.get("summary_index"))

    def begin(self, thing: tuple[Any, ...]) -> None:
        assert thing not in self.open
        self.open.append(thing)

    def end(self, thing: tuple[Any, ...]) -> None:
        assert self.open.pop() == thing, "what was opened last is closed first"

    def on_output_item_added(self, event: dict[str, Any]) -> None:
        assert event["output_index"] == len(self.items)
        assert event["item"].get("status", "in_progress") == "in_progress"
        assert not any(event["item"].get(field) for field in TO_COME.get(event["item"]["type"], ()))
        self.items.append(event["item"])
        self.begin(("item", event["item"]["id"]))

    def on_output_item_done(self, event: dict[str, Any]) -> None:
        begun, item = self.items[event["output_index"]], event["item"]
        assert (begun["id"], begun["type"]) == (item["id"], item["type"])
        assert item.get("status", "completed") in ("completed", "incomplete")
        self.end(("item", item["id"]))
        self.items[-1] = item
        for field in ("arguments", "input", "code"):
            if ("text", item["id"], None, None) in self.said and item.get(field) is not None:
                assert self.said["text", item["id"], None, None] == item[field]

    def on_part_added(self, event: dict[str, Any]) -> None:
        self.item(event)
        assert (event["part"].get("text") or event["part"].get("refusal") or "") == ""
        self.begin(self.place(event, "part"))

    def on_part_done(self, event: dict[str, Any]) -> None:
        text = self.place(event, "text")
        assert (event["part"].get("text") or event["part"].get("refusal") or "") == self.said.get(text, "")
        assert event["part"].get("annotations", []) == self.notes.get(text, [])
        assert event["part"].get("logprobs", []) == self.rows.get(text, [])
        self.end(self.place(event, "part"))

    def on_delta(self, event: dict[str, Any]) -> None:
        item = self.item(event)
        assert self.open[-1] in (self.place(event, "part"), ("item", item["id"]))
        text = self.place(event, "text")
        self.said[text] = self.said.get(text, "") + event["delta"]
        self.rows.setdefault(text, []).extend(event.get("logprobs", ()))

    def on_said(self, event: dict[str, Any]) -> None:
        (told,) = [event[field] for field in ("text", "refusal", "arguments", "input", "code") if field in event]
        text = self.place(event, "text")
        assert told == self.said.setdefault(text, "")
        assert event.get("logprobs", []) == self.rows.get(text, [])
        assert event.get("name") == (self.item(event)["name"] if "function" in event["type"] else None)

    def on_annotation_added(self, event: dict[str, Any]) -> None:
        notes = self.notes.setdefault(self.place(event, "text"), [])
        assert event["annotation_index"] == len(notes)
        notes.append(event["annotation"])

    def on_stage(self, event: dict[str, Any]) -> None:
        stage = STAGES.index(event["type"].rpartition(".")[2])
        assert self.stages.setdefault(self.item(event)["id"], 0) <= stage
        self.stages[event["item_id"]] = stage


TO_COME = {
    "message": ("content",),
    "reasoning": ("summary",),
    "function_call": ("arguments",),
    "custom_tool_call": ("input",),
    "file_search_call": ("queries", "results"),
    "code_interpreter_call": ("code", "outputs"),
    "image_generation_call": ("result",),
    "mcp_call": ("arguments", "output"),
    "mcp_list_tools": ("tools",),
}
"""What an item doesn't have yet when it is announced."""

STAGES = ("in_progress", "searching", "generating", "partial_image", "interpreting", "completed")
HANDLERS = {
    "output_item.added": Following.on_output_item_added,
    "output_item.done": Following.on_output_item_done,
    "content_part.added": Following.on_part_added,
    "content_part.done": Following.on_part_done,
    "reasoning_summary_part.added": Following.on_part_added,
    "reasoning_summary_part.done": Following.on_part_done,
    "output_text.annotation.added": Following.on_annotation_added,
    **{
        f"{kind}.delta": Following.on_delta
        for kind in (
            "output_text",
            "refusal",
            "reasoning_summary_text",
            "function_call_arguments",
            "custom_tool_call_input",
            "code_interpreter_call_code",
            "mcp_call_arguments",
        )
    },
    **{
        f"{kind}.done": Following.on_said
        for kind in (
            "output_text",
            "refusal",
            "reasoning_summary_text",
            "function_call_arguments",
            "custom_tool_call_input",
            "code_interpreter_call_code",
            "mcp_call_arguments",
        )
    },
    **{
        f"{kind}.{stage}": Following.on_stage
        for kind in (
            "web_search_call",
            "file_search_call",
            "code_interpreter_call",
            "image_generation_call",
            "mcp_call",
            "mcp_list_tools",
        )
        for stage in STAGES
    },
}


def follow(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hold a stream against the invariants of OpenAI's, and give the items that it told."""
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    kinds = [event["type"].removeprefix("response.") for event in events]
    opening = ["created", "queued", "in_progress"] if "queued" in kinds else ["created", "in_progress"]
    assert kinds[: len(opening)] == opening
    assert kinds[-1] in ("completed", "incomplete", "failed")
    told = [event["response"] for event in events if "response" in event]
    assert len(told) == len(opening) + 1
    assert len({response["id"] for response in told}) == 1
    for response in told[:-1]:
        assert (response["output"], response["usage"], response["completed_at"]) == ([], None, None)
    assert told[-2]["status"] == "in_progress"
    assert told[-1]["status"] == kinds[-1]
    assert set(told[0]) == set(told[-1])
    following = Following()
    for kind, event in zip(kinds[len(opening) : -1], events[len(opening) : -1], strict=True):
        assert [*event] == ["type", *sorted(event.keys() - {"type"})]
        HANDLERS[kind](following, event)
    assert following.open == []
    return following.items


@pytest.mark.parametrize("name", ASKED)
def test_the_streamed_whole_equals_the_plain_answer(name: str) -> None:
    answer = client(Fake()).responses.create(**asked(name))
    stream = list(client(Fake()).responses.create(**asked(name), stream=True))
    assert stream[-1].response == answer
    assert json.loads(bytes_of(Fake(), asked(name))) == events_of(name)[-1]["response"]


@pytest.mark.parametrize("name", ASKED)
def test_events_come_in_order_and_add_up_to_the_output(name: str) -> None:
    events = events_of(name)
    assert follow(events) == events[-1]["response"]["output"]
    assert follow(events_of(name, background=True, store=True))


@pytest.mark.parametrize("name", [name for name in ASKED if NEW or name not in ("computer", "shell", "patch")])
def test_the_clients_stream_helper_follows(name: str) -> None:
    with client(Fake()).responses.stream(**asked(name)) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response() if kinds[-1] == "response.completed" else None
    plain = client(Fake()).responses.create(**asked(name))
    assert kinds[0] == "response.created"
    assert (final is None) == (plain.status == "incomplete")
    if final is not None:
        assert final.output_text == plain.output_text


@pytest.mark.parametrize("name", ASKED)
def test_what_was_asked_is_repeated(name: str) -> None:
    body = asked(name)
    answer = json.loads(bytes_of(Fake(), body))
    for field in body.keys() - {"input", "include", "tools", "text", "reasoning", "moderation"}:
        assert answer[field] == body[field], field
    for field, value in body.get("text", {}).items():
        assert (
            answer["text"][field].items() >= value.items()
            if isinstance(value, dict)
            else answer["text"][field] == value
        )
    for given, told in zip(body.get("tools", ()), answer["tools"], strict=True):
        for field in given.keys() - {"server_url", "container"}:
            assert told[field] == given[field], field
    assert answer["reasoning"]["effort"] == body.get("reasoning", {}).get("effort", answer["reasoning"]["effort"])


@pytest.mark.parametrize("name", ASKED)
def test_usage_adds_up(name: str) -> None:
    answer = client(Fake()).responses.create(**asked(name))
    usage = answer.usage
    assert usage is not None
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.output_tokens_details.reasoning_tokens <= usage.output_tokens
    if answer.output_text:
        assert usage.output_tokens == count(answer.output_text) + usage.output_tokens_details.reasoning_tokens
    body = {
        field: value
        for field, value in asked(name).items()
        if field in ("model", "input", "instructions", "tools", "tool_choice", "text")
    }
    counted = json.loads(bytes_of(Fake(), body, "/responses/input_tokens"))
    assert counted == {"object": "response.input_tokens", "input_tokens": usage.input_tokens}


def test_usage_is_that_of_chat() -> None:
    speaker = client(Fake())
    chat = speaker.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": PLANET}]).usage
    usage = speaker.responses.create(model="gpt-4o", input=PLANET).usage
    assert chat is not None
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (chat.prompt_tokens, chat.completion_tokens)


KEYS = """
    id object created_at status background completed_at error frequency_penalty incomplete_details instructions
    max_output_tokens max_tool_calls model moderation output parallel_tool_calls presence_penalty previous_response_id
    prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store temperature text tool_choice
    tool_usage tools top_logprobs top_p truncation usage user metadata
""".split()  # noqa: SIM905
"""In the order of an answer that api.openai.com gave in July 2026."""


def test_the_object_has_the_keys_of_recordings_in_their_order() -> None:
    assert [*json.loads(bytes_of(Fake(), asked("text")))] == KEYS
    assert [*events_of("text")[0]["response"]] == KEYS


def test_models_have_their_own_manners() -> None:
    new = json.loads(bytes_of(Fake(), asked("text") | {"model": "gpt-5.6-sol"}))
    old = json.loads(bytes_of(Fake(), asked("text")))
    assert (new["top_p"], new["prompt_cache_retention"]) == (0.98, "24h")
    assert new["reasoning"] == {"context": "all_turns", "effort": "none", "mode": "standard", "summary": None}
    assert new["output"][0]["phase"] == "final_answer"
    assert (old["top_p"], old["prompt_cache_retention"]) == (1.0, "in_memory")
    assert old["reasoning"] == {"effort": None, "summary": None}
    assert "phase" not in old["output"][0]


TYPES = {
    "text": ["message"],
    "cut": ["message"],
    "cut while reasoning": ["reasoning"],
    "reasoning": ["reasoning", "message"],
    "no reasoning": ["message"],
    "required call": ["function_call"],
    "parallel calls": ["function_call", "function_call"],
    "call of a reasoning model": ["reasoning", "function_call"],
    "no call": ["message"],
    "custom call": ["custom_tool_call"],
    "web search": ["web_search_call", "message"],
    "file search": ["file_search_call", "message"],
    "code": ["code_interpreter_call", "message"],
    "picture": ["image_generation_call", "message"],
    "server": ["mcp_list_tools", "mcp_call", "message"],
    "server that asks first": ["mcp_list_tools", "mcp_approval_request"],
    "computer": ["computer_call"],
    "shell": ["shell_call"],
    "local shell": ["local_shell_call"],
    "patch": ["apply_patch_call"],
    "several tools": ["web_search_call", "mcp_list_tools", "mcp_call", "message"],
}


@pytest.mark.parametrize("name", TYPES)
def test_the_output_is_what_was_asked_for(name: str) -> None:
    answer = client(Fake()).responses.create(**asked(name))
    assert [item.type for item in answer.output] == TYPES[name]


CUT = {"cut": "message", "cut while reasoning": "reasoning", "call cut off": "function_call"}


@pytest.mark.parametrize("name", CUT)
def test_a_budget_ends_an_answer_and_says_so(name: str) -> None:
    answer = client(Fake()).responses.create(**asked(name))
    assert (answer.status, answer.completed_at, answer.error) == ("incomplete", None, None)
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"
    assert answer.output[-1].type == CUT[name]
    assert getattr(answer.output[-1], "status", None) in (None, "incomplete")
    assert answer.usage is not None
    assert answer.usage.output_tokens == 16
    assert events_of(name)[-1]["type"] == "response.incomplete"


def test_log_probabilities_belong_to_the_tokens() -> None:
    part = client(Fake()).responses.create(**asked("logprobs")).output[0].content[0]
    assert part.logprobs
    assert [row.token for row in part.logprobs] == split(part.text)
    assert {len(row.top_logprobs) for row in part.logprobs} == {3}
    bare = client(Fake()).responses.create(**asked("logprobs without alternatives")).output[0].content[0]
    assert [row.top_logprobs for row in bare.logprobs or ()] == [[]] * len(split(bare.text))


def test_a_web_search_is_cited_where_its_link_stands() -> None:
    answer = client(Fake()).responses.create(**asked("web search"))
    part = answer.output[1].content[0]
    (note,) = part.annotations
    assert note.url in part.text[note.start_index : note.end_index]
    assert part.text.endswith(part.text[note.start_index : note.end_index])
    assert json.loads(bytes_of(Fake(), asked("web search")))["tool_usage"]["web_search"] == {"num_requests": 1}


def test_the_newest_models_seal_their_reasoning_unasked() -> None:
    answer = json.loads(bytes_of(Fake(), asked("reasoning summary")))
    assert answer["output"][0]["encrypted_content"].startswith("gAAAAAB")
    assert answer["output"][0]["content"] == []
    assert answer["reasoning"]["summary"] == "detailed"


def test_the_service_tier_is_open_until_the_end() -> None:
    told = [event["response"]["service_tier"] for event in events_of("text") if "response" in event]
    assert told == ["auto", "auto", "default"]


HIDDEN = {
    "web search": ("web search with its sources", lambda item: item["action"].get("sources")),
    "file search": ("file search with its results", lambda item: item["results"]),
    "code": ("code with its outputs", lambda item: item["outputs"]),
    "reasoning": ("encrypted reasoning", lambda item: item.get("encrypted_content")),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_some_fields_have_to_be_asked_for(name: str) -> None:
    other, field = HIDDEN[name]
    assert not field(json.loads(bytes_of(Fake(), asked(name)))["output"][0])
    assert field(json.loads(bytes_of(Fake(), asked(other)))["output"][0])


def test_a_drawn_picture_is_one() -> None:
    call = client(Fake()).responses.create(**asked("picture")).output[0]
    assert base64.b64decode(call.result).startswith(b"\x89PNG")
    partial = [event for event in events_of("picture") if event["type"].endswith("partial_image")]
    assert [event["partial_image_index"] for event in partial] == [0, 1]


@pytest.mark.parametrize(("size", "sides"), [("1024x1536", (1024, 1536)), ("auto", (1024, 1024))])
def test_a_picture_has_the_size_that_was_asked_for(size: str, sides: tuple[int, int]) -> None:
    tool: Any = {"type": "image_generation", "size": size}
    call = client(Fake()).responses.create(**asked("picture") | {"tools": [tool]}).output[0]
    header = base64.b64decode(call.result)[16:24]
    assert (int.from_bytes(header[:4], "big"), int.from_bytes(header[4:], "big")) == sides
    assert call.size == f"{sides[0]}x{sides[1]}"


@pytest.mark.parametrize(("form", "magic"), [("jpeg", b"\xff\xd8\xff"), ("webp", b"RIFF")])
def test_a_picture_has_the_format_that_was_asked_for(form: str, magic: bytes) -> None:
    tool: Any = {"type": "image_generation", "output_format": form}
    call = client(Fake()).responses.create(**asked("picture") | {"tools": [tool]}).output[0]
    assert base64.b64decode(call.result).startswith(magic)
    assert call.output_format == form


def test_deltas_are_padded_unless_told_otherwise() -> None:
    padded = events_of("text")
    bare = events_of("text", stream_options={"include_obfuscation": False})
    assert {"obfuscation" in event for event in padded if event["type"].endswith(".delta")} == {True}
    assert {"obfuscation" in event for event in padded if not event["type"].endswith(".delta")} == {False}
    assert not any("obfuscation" in event for event in bare)


def test_a_stream_has_no_done_and_a_text_comes_token_by_token() -> None:
    body = bytes_of(Fake(), asked("text") | {"stream": True})
    assert b"[DONE]" not in body
    assert body.endswith(b"\n\n")
    deltas = [event["delta"] for event in events_of("text") if event["type"] == "response.output_text.delta"]
    assert deltas == split("".join(deltas))
    assert len(deltas) > 10


def test_tools_are_repeated_with_what_was_left_out() -> None:
    tools = [{"type": "function", "name": "f"}, NOTE, SEARCH, WIKI | {"authorization": "secret"}]
    told = json.loads(bytes_of(Fake(), asked("text") | {"tools": tools, "tool_choice": "none"}))["tools"]
    assert told[0] == {"type": "function", "description": None, "name": "f", "parameters": None, "strict": True}
    assert told[1]["format"] == {"type": "text"}
    assert told[2]["search_context_size"] == "medium"
    assert told[3]["server_url"] == "https://mcp.example.com/<redacted>"
    assert "authorization" not in told[3]


class Planet(BaseModel):
    name: str
    moons: int


def test_the_clients_parser_gets_instances() -> None:
    speaker = client(Fake())
    parsed = speaker.responses.parse(model="gpt-4o", input=PLANET, text_format=Planet)
    assert isinstance(parsed.output_parsed, Planet)
    called = speaker.responses.parse(
        model="gpt-4o",
        input=PLANET,
        tools=[openai.pydantic_function_tool(Planet)["function"] | {"type": "function"}],  # type: ignore[list-item]
        tool_choice="required",
    )
    assert Planet.model_validate_json(called.output[0].arguments)
    with speaker.responses.stream(model="gpt-4o", input=PLANET, text_format=Planet) as stream:
        stream.until_done()
        assert isinstance(stream.get_final_response().output_parsed, Planet)


def test_images_are_acknowledged() -> None:
    assert "1 image" in client(Fake()).responses.create(**asked("image")).output_text


def test_bytes_do_not_depend_on_what_was_asked_before() -> None:
    forwards, backwards = Fake(seed=3), Fake(seed=3)
    one = {name: bytes_of(forwards, asked(name)) for name in ASKED}
    other = {name: bytes_of(backwards, asked(name)) for name in reversed(ASKED)}
    assert one == other
    assert bytes_of(Fake(seed=4), asked("text")) != one["text"]


def test_ids_are_unique_within_and_between_answers() -> None:
    speaker = client(Fake())
    answers = [speaker.responses.create(**asked("several tools")) for _ in range(2)]
    ids = [answer.id for answer in answers] + [item.id for answer in answers for item in answer.output]
    assert len(set(ids)) == len(ids)
    assert answers[0].output_text == answers[1].output_text


@pytest.mark.parametrize("path", ["/openai/responses?api-version=preview", "/openai/v1/responses"])
def test_azures_paths_are_answered(path: str) -> None:
    headers = (("content-type", "application/json"), ("api-key", "unused"))
    body = json.dumps(asked("text")).encode()
    head, *_ = Fake()(Request("POST", f"https://somewhere.openai.azure.com{path}", headers, body))
    assert getattr(head, "status", 0) == 200


CITATION = {"type": "url_citation", "url": "https://example.com/", "title": "Here", "start_index": 0, "end_index": 5}

SCRIPTED: dict[str, tuple[Reply, list[str]]] = {
    "refusal": (Reply(refusal="I won't."), ["message"]),
    "text and calls": (
        Reply(text="One moment.", calls=(ToolCall(name="get_weather", arguments='{"location":"Paris"}'),)),
        ["message", "function_call"],
    ),
    "reasoning": (Reply(text="Jupiter", reasoning="The user asks for a planet."), ["reasoning", "message"]),
    "pieces": (Reply(text="Jupiter", pieces=("Jup", "iter")), ["message"]),
    "annotations": (Reply(text="Jupiter", annotations=(CITATION,)), ["message"]),
    "annotations as chat has them": (
        Reply(
            text="Jupiter",
            annotations=(
                {
                    "type": "url_citation",
                    "url_citation": {name: CITATION[name] for name in CITATION if name != "type"},
                },
            ),
        ),
        ["message"],
    ),
    "search": (
        Reply(text="Jupiter", tools_used=(("web_search_call", {"action": {"type": "search", "query": "planets"}}),)),
        ["web_search_call", "message"],
    ),
    "call of a server": (
        Reply(text="Jupiter", tools_used=(("mcp_call", {"name": "look", "server_label": "wiki", "output": "4"}),)),
        ["mcp_call", "message"],
    ),
    "item of another type": (
        Reply(
            text="Jupiter",
            tools_used=(("tool_search_call", {"arguments": {"query": "planets"}, "execution": "server"}),),
        ),
        ["tool_search_call", "message"],
    ),
    "filtered": (Reply(text="Jupiter", finish="content_filter"), ["message"]),
    "failure": (Reply(failure=("server_error", "It broke.")), []),
    "failure midway": (Reply(text="Jup", failure=("server_error", "It broke.")), ["message"]),
    "broken arguments": (
        Reply(calls=(ToolCall(name="get_weather", arguments='{"location":', id="call_1"),)),
        ["function_call"],
    ),
}


def scripted(name: str) -> Fake:
    fake = Fake()
    fake.on().reply(SCRIPTED[name][0])
    return fake


@pytest.mark.parametrize("name", SCRIPTED)
def test_what_a_script_says_is_said(name: str) -> None:
    plain = client(scripted(name)).responses.create(model="gpt-4o", input=PLANET)
    stream = list(client(scripted(name)).responses.create(model="gpt-4o", input=PLANET, stream=True))
    reply, types = SCRIPTED[name]
    assert [item.type for item in plain.output] == types
    assert plain.output_text == (reply.text or "")
    assert stream[-1].response == plain
    raw_events = decode_sse(bytes_of(scripted(name), {"model": "gpt-4o", "input": PLANET, "stream": True}))
    assert follow([json.loads(event.data) for event in raw_events]) == [
        item.model_dump(exclude_unset=True) for item in plain.output
    ]


def test_a_script_can_fail_midway() -> None:
    answer = client(scripted("failure midway")).responses.create(model="gpt-4o", input=PLANET)
    assert (answer.status, answer.usage, answer.completed_at) == ("failed", None, None)
    assert answer.error is not None
    assert (answer.error.code, answer.error.message) == ("server_error", "It broke.")


def test_a_script_cites_in_the_form_of_responses() -> None:
    for name in ("annotations", "annotations as chat has them"):
        part = client(scripted(name)).responses.create(model="gpt-4o", input=PLANET).output[0].content[0]
        assert [note.model_dump() for note in part.annotations] == [CITATION]


def test_a_script_says_in_which_pieces_it_is_streamed() -> None:
    stream = client(scripted("pieces")).responses.create(model="gpt-4o", input=PLANET, stream=True)
    assert [event.delta for event in stream if event.type == "response.output_text.delta"] == ["Jup", "iter"]


def test_a_filtered_answer_is_incomplete() -> None:
    answer = client(scripted("filtered")).responses.create(model="gpt-4o", input=PLANET)
    assert answer.incomplete_details is not None
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "content_filter")


def test_a_tool_that_answered_is_not_called_again_unasked() -> None:
    fake, body = Fake(), {"model": "gpt-5.6-sol", "tools": [{"type": "shell"}]}
    first = json.loads(bytes_of(fake, body | {"input": "Open a shell and list"}))
    (call,) = first["output"]
    output: Any = {
        "type": "shell_call_output",
        "call_id": call["call_id"],
        "output": [{"stdout": "a.txt", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
    }
    second = json.loads(bytes_of(fake, body | {"previous_response_id": first["id"], "input": [output]}))
    assert (call["type"], [item["type"] for item in second["output"]]) == ("shell_call", ["message"])


def test_a_dated_spelling_of_a_tool_means_the_tool() -> None:
    answer = client(Fake()).responses.create(
        model="gpt-4o", input=PLANET, tools=[SEARCH], tool_choice={"type": "web_search_preview"}
    )
    assert answer.output[0].type == "web_search_call"


def test_a_stored_prompt_stands_for_model_and_input() -> None:
    answer = client(Fake()).responses.create(prompt={"id": "pmpt_1", "variables": {"city": "Paris"}})
    assert answer.prompt is not None
    assert (answer.prompt.id, answer.prompt.variables, answer.prompt.version) == ("pmpt_1", {"city": "Paris"}, None)
    assert answer.status == "completed"


def test_files_of_a_store_are_found_and_cited() -> None:
    speaker = client(Fake())
    texts = {"planets.txt": b"Jupiter is the largest planet.", "soup.txt": b"Boil the water."}
    files = {name: speaker.files.create(file=(name, data), purpose="assistants") for name, data in texts.items()}
    stores = getattr(speaker, "vector_stores", None) or speaker.beta.vector_stores
    store = stores.create(name="shop", file_ids=[file.id for file in files.values()])
    answer = speaker.responses.create(
        model="gpt-4o",
        input=PLANET,
        tools=[{"type": "file_search", "vector_store_ids": [store.id], "max_num_results": 1}],
        tool_choice="required",
        include=["file_search_call.results"],
    )
    (result,) = answer.output[0].results
    assert (result.file_id, result.filename) == (files["planets.txt"].id, "planets.txt")
    assert result.text == "Jupiter is the largest planet."
    assert answer.output_text == "According to planets.txt: Jupiter is the largest planet."
    (note,) = answer.output[1].content[0].annotations
    assert (note.type, note.file_id, note.filename) == ("file_citation", result.file_id, result.filename)
    nothing = speaker.responses.create(
        model="gpt-4o",
        input=PLANET,
        tools=[{"type": "file_search", "vector_store_ids": [stores.create(name="empty").id]}],
        tool_choice="required",
        include=["file_search_call.results"],
    )
    assert nothing.output[0].results == []
    assert nothing.output[1].content[0].annotations == []
