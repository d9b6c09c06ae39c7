from __future__ import annotations

import json
from typing import Any

import openai
import pytest

from retape import Fake, Request, decode_sse
from speaking import client

PLANET = "What is the largest planet?"
WEATHER = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}
MODEL = {"model": "gpt-4o", "input": PLANET}


def send(fake: Fake, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and body of an answer, without a client that knows better."""
    headers = (("content-type", "application/json"), ("authorization", "Bearer unused"))
    data = b"" if body is None else json.dumps(body).encode()
    path, _, query = path.partition("?")
    url = f"https://api.openai.com/v1{path}" + (f"?{query}" if query else "")
    head, *chunks = fake(Request(method, url, headers, data))
    told = b"".join(getattr(chunk, "data", b"") for chunk in chunks)
    kind = dict(head.headers)["content-type"]  # type: ignore[union-attr]
    return head.status, told if kind.startswith("text/event-stream") else json.loads(told)  # type: ignore[union-attr]


def refusal(fake: Fake, method: str, path: str, body: Any = None) -> tuple[int, Any, Any, Any]:
    status, told = send(fake, method, path, body)
    error = told["error"]
    assert error["type"] == "invalid_request_error"
    return status, error["message"], error["param"], error["code"]


def test_an_answer_can_be_read_again_until_it_is_deleted() -> None:
    speaker = client(Fake())
    made = speaker.responses.create(**MODEL)
    assert speaker.responses.retrieve(made.id) == made
    speaker.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError, match=f"Response with id '{made.id}' not found"):
        speaker.responses.retrieve(made.id)


def test_deleting_says_what_was_deleted() -> None:
    fake = Fake()
    name = send(fake, "POST", "/responses", MODEL)[1]["id"]
    assert send(fake, "DELETE", f"/responses/{name}") == (200, {"id": name, "object": "response", "deleted": True})


def test_what_is_not_stored_cannot_be_read() -> None:
    speaker = client(Fake())
    made = speaker.responses.create(**MODEL, store=False)
    with pytest.raises(openai.NotFoundError, match="not found"):
        speaker.responses.retrieve(made.id)


UNKNOWN = [
    ("GET", "/responses/resp_x", None, (404, "Response with id 'resp_x' not found.", None, None)),
    ("DELETE", "/responses/resp_x", None, (404, "Response with id 'resp_x' not found.", None, None)),
    ("POST", "/responses/resp_x/cancel", None, (404, "Response with id 'resp_x' not found.", None, None)),
    ("GET", "/responses/resp_x/input_items", None, (404, "Response with id 'resp_x' not found.", None, None)),
    (
        "POST",
        "/responses",
        MODEL | {"previous_response_id": "resp_x"},
        (
            400,
            "Previous response with id 'resp_x' not found.",
            "previous_response_id",
            "previous_response_not_found",
        ),
    ),
    (
        "POST",
        "/responses",
        MODEL | {"conversation": "conv_x"},
        (404, "Conversation with id 'conv_x' not found.", None, None),
    ),
    (
        "POST",
        "/responses",
        MODEL | {"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file-x"}]}]},
        (400, "Files [file-x] were not found due to ownership verification failure.", None, None),
    ),
    (
        "POST",
        "/responses",
        MODEL | {"input": [{"type": "item_reference", "id": "rs_x"}]},
        (
            404,
            "Item with id 'rs_x' not found. Items are not persisted when `store` is set to false. "
            "Try again with `store` set to true, or remove this item from your input.",
            "input",
            None,
        ),
    ),
]


@pytest.mark.parametrize(("method", "path", "body", "expected"), UNKNOWN)
def test_what_is_not_there_is_refused(method: str, path: str, body: Any, expected: Any) -> None:
    assert refusal(Fake(), method, path, body) == expected


def test_what_is_not_there_is_passed_over_when_its_rule_is_off() -> None:
    fake = Fake(off=("unknown-response", "unknown-conversation", "unknown-file", "unknown-item"))
    for _, _, body, _ in UNKNOWN[4:]:
        assert send(fake, "POST", "/responses", body)[0] == 200


def chunks(fake: Fake, path: str) -> list[dict[str, Any]]:
    return [json.loads(event.data) for event in decode_sse(send(fake, "GET", path)[1])]


@pytest.mark.parametrize("background", [False, True])
def test_a_stream_goes_on_after_the_event_that_was_seen_last(background: bool) -> None:
    fake = Fake()
    body = MODEL | {"stream": True, "background": background}
    events = [json.loads(event.data) for event in decode_sse(send(fake, "POST", "/responses", body)[1])]
    path = f"/responses/{events[0]['response']['id']}?stream=true"
    assert chunks(fake, path) == events
    for seen in (0, 5, len(events) - 2, len(events) - 1):
        assert chunks(fake, f"{path}&starting_after={seen}") == events[seen + 1 :]
    assert send(fake, "GET", path.partition("?")[0])[1] == events[-1]["response"]
    assert not any("obfuscation" in event for event in chunks(fake, f"{path}&include_obfuscation=false"))


def test_the_client_follows_from_where_it_was() -> None:
    speaker = client(Fake())
    first = list(speaker.responses.create(**MODEL, stream=True))
    name = first[0].response.id
    rest = list(speaker.responses.retrieve(name, stream=True, starting_after=3))
    assert [event.sequence_number for event in rest] == list(range(4, len(first)))
    assert rest == first[4:]


def test_the_clients_helper_follows_from_where_it_was() -> None:
    speaker = client(Fake())
    with speaker.responses.stream(**MODEL, background=True) as stream:
        first = next(event for event in stream if event.type == "response.created")
    assert speaker.responses.retrieve(first.response.id).status == "in_progress"
    with speaker.responses.stream(response_id=first.response.id, starting_after=5) as stream:
        assert next(iter(stream)).sequence_number == 6
        assert stream.get_final_response().output_text.startswith("Here is an answer")
    assert speaker.responses.retrieve(first.response.id).status == "completed"


def test_what_was_left_out_can_be_included_later() -> None:
    fake = Fake()
    body = MODEL | {"tools": [{"type": "web_search"}], "tool_choice": "required"}
    made = send(fake, "POST", "/responses", body)[1]
    read = send(fake, "GET", f"/responses/{made['id']}?include[]=web_search_call.action.sources")[1]
    assert "sources" not in made["output"][0]["action"]
    assert read["output"][0]["action"]["sources"]


def test_a_background_answer_gets_on_by_being_looked_at() -> None:
    speaker = client(Fake())
    made = speaker.responses.create(**MODEL, background=True)
    assert (made.status, made.output, made.usage, made.completed_at) == ("queued", [], None, None)
    seen = [speaker.responses.retrieve(made.id) for _ in range(3)]
    assert [response.status for response in seen] == ["in_progress", "completed", "completed"]
    plain = speaker.responses.create(**MODEL)
    assert (seen[-1].output_text, seen[-1].usage) == (plain.output_text, plain.usage)
    assert seen[0].output == []


def test_a_background_stream_that_was_read_is_complete() -> None:
    speaker = client(Fake())
    events = list(speaker.responses.create(**MODEL, background=True, stream=True))
    assert [event.type for event in events[:3]] == ["response.created", "response.queued", "response.in_progress"]
    assert speaker.responses.retrieve(events[0].response.id) == events[-1].response


@pytest.mark.parametrize("looks", [0, 1])
def test_a_background_answer_can_be_cancelled_more_than_once(looks: int) -> None:
    speaker = client(Fake())
    name = speaker.responses.create(**MODEL, background=True).id
    for _ in range(looks):
        speaker.responses.retrieve(name)
    cancelled = [speaker.responses.cancel(name) for _ in range(2)]
    assert {response.status for response in cancelled} == {"cancelled"}
    assert [speaker.responses.retrieve(name) for _ in range(3)] == [cancelled[0]] * 3
    assert speaker.responses.cancel(name) == cancelled[0] == cancelled[1]
    assert (cancelled[0].output, cancelled[0].completed_at) == ([], None)


def test_the_stream_of_a_cancelled_answer_ends_as_a_failed_one_does() -> None:
    fake = Fake()
    name = send(fake, "POST", "/responses", MODEL | {"background": True})[1]["id"]
    send(fake, "POST", f"/responses/{name}/cancel")
    events = chunks(fake, f"/responses/{name}?stream=true")
    kinds = [event["type"] for event in events]
    assert kinds == ["response.created", "response.queued", "response.in_progress", "response.failed"]
    last = events[-1]["response"]
    assert (last["status"], last["error"]["code"], bool(last["error"]["message"])) == ("failed", "server_error", True)
    assert send(fake, "GET", f"/responses/{name}")[1] | {"status": "failed", "error": last["error"]} == last


CANCELLED = {
    "in the background": ({"background": True}, 2, "Cannot cancel a completed response."),
    "cut short": (
        {"background": True, "max_output_tokens": 16},
        2,
        "Cannot cancel an incomplete response.",
    ),
    "at once": ({}, 0, "Cannot cancel a synchronous response."),
}


@pytest.mark.parametrize("name", CANCELLED)
def test_what_is_over_cannot_be_cancelled(name: str) -> None:
    more, looks, sentence = CANCELLED[name]
    fake = Fake()
    made = send(fake, "POST", "/responses", MODEL | more)[1]["id"]
    for _ in range(looks):
        send(fake, "GET", f"/responses/{made}")
    assert refusal(fake, "POST", f"/responses/{made}/cancel") == (400, sentence, None, None)


def test_input_items_come_in_pages() -> None:
    speaker = client(Fake())
    items: list[Any] = [{"role": "user", "content": text} for text in ("one", "two", "three")]
    made = speaker.responses.create(model="gpt-4o", input=items)
    listed = speaker.responses.input_items.list(made.id, order="asc", limit=2)
    assert [item.content[0].text for item in listed.data] == ["one", "two"]
    assert (listed.first_id, listed.last_id, listed.has_more) == (listed.data[0].id, listed.data[1].id, True)
    assert [item.content[0].text for item in listed] == ["one", "two", "three"]
    latest = speaker.responses.input_items.list(made.id)
    assert [item.content[0].text for item in latest] == ["three", "two", "one"]
    assert {item.status for item in latest} == {"completed"}


@pytest.mark.parametrize("place", ["after", "before"])
def test_nothing_comes_after_or_before_an_item_that_is_not_there(place: str) -> None:
    fake = Fake()
    name = send(fake, "POST", "/responses", MODEL)[1]["id"]
    told = send(fake, "GET", f"/responses/{name}/input_items?{place}=msg_x")[1]
    assert (told["data"], told["has_more"], told["first_id"]) == ([], False, None)


INPUTS: dict[str, dict[str, Any]] = {
    "image": {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}]},
    "answer": {"role": "assistant", "content": "Jupiter"},
    "refusal": {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "refusal", "refusal": "No"}],
    },
    "file": {"role": "user", "content": [{"type": "input_file", "file_id": "file-1"}]},
}


def test_a_file_that_was_uploaded_can_be_asked_about_until_it_is_deleted() -> None:
    speaker = client(Fake())
    file = speaker.files.create(file=("a.pdf", b"%PDF"), purpose="user_data").id
    asked: Any = [{"role": "user", "content": [{"type": "input_file", "file_id": file}]}]
    told: Any = [{"role": "user", "content": [{"type": "file", "file": {"file_id": file}}]}]
    assert speaker.responses.create(model="gpt-4o", input=asked).status == "completed"
    assert speaker.chat.completions.create(model="gpt-4o", messages=told).choices
    speaker.files.delete(file)
    with pytest.raises(openai.BadRequestError, match=rf"Files \[{file}\] were not found"):
        speaker.responses.create(model="gpt-4o", input=asked)
    with pytest.raises(openai.BadRequestError, match=rf"Files \[{file}\] were not found"):
        speaker.chat.completions.create(model="gpt-4o", messages=told)


@pytest.mark.parametrize("name", INPUTS)
def test_every_kind_of_input_is_listed_as_the_client_knows_it(name: str) -> None:
    speaker = client(Fake(off="unknown-file"))
    made = speaker.responses.create(model="gpt-4o", input=[INPUTS[name], {"role": "user", "content": "And?"}])  # type: ignore[list-item]
    _, first = speaker.responses.input_items.list(made.id)
    assert first.role == INPUTS[name]["role"]


def test_an_answer_knows_the_ones_before_it() -> None:
    speaker = client(Fake())
    first = speaker.responses.create(model="gpt-4o", input="My name is Ada", instructions="Shout")
    second = speaker.responses.create(model="gpt-4o", input="And?", previous_response_id=first.id)
    alone = speaker.responses.create(model="gpt-4o", input="And?")
    assert second.previous_response_id == first.id
    assert second.instructions is None
    assert first.usage
    assert second.usage
    assert alone.usage
    assert second.usage.input_tokens > alone.usage.input_tokens
    listed = list(speaker.responses.input_items.list(second.id, order="asc"))
    assert [item.role for item in listed] == ["user", "assistant", "user"]
    spelled = speaker.responses.create(
        model="gpt-4o",
        input=[
            {"role": "user", "content": "My name is Ada"},
            {"role": "assistant", "content": first.output_text},
            {"role": "user", "content": "And?"},
        ],
    )
    assert spelled.usage == second.usage


def test_a_tool_loop_comes_to_an_end_without_repeating_anything() -> None:
    speaker = client(Fake())
    first = speaker.responses.create(model="gpt-4o", input="What is the weather?", tools=[WEATHER])
    (call,) = first.output
    second = speaker.responses.create(
        model="gpt-4o",
        previous_response_id=first.id,
        input=[{"type": "function_call_output", "call_id": call.call_id, "output": "18 degrees"}],
        tools=[WEATHER],
    )
    assert "get_weather returned 18 degrees" in second.output_text
    listed = list(speaker.responses.input_items.list(second.id, order="asc"))
    assert [item.type for item in listed] == ["message", "function_call", "function_call_output"]


def test_calls_and_outputs_are_held_against_each_other_over_all_that_was_said() -> None:
    fake = Fake()
    body = {"model": "gpt-4o", "input": "What is the weather?", "tools": [WEATHER]}
    first = send(fake, "POST", "/responses", body)[1]
    call_id = first["output"][0]["call_id"]
    after = MODEL | {"previous_response_id": first["id"]}
    assert refusal(fake, "POST", "/responses", after) == (
        400,
        f"No tool output found for function call {call_id}.",
        "input",
        None,
    )
    output = {"type": "function_call_output", "call_id": "call_x", "output": ""}
    assert refusal(fake, "POST", "/responses", after | {"input": [output]}) == (
        400,
        "No tool call found for function call output with call_id call_x.",
        "input",
        None,
    )
    assert send(Fake(off="unanswered-tool-call"), "POST", "/responses", body)[0] == 200


def test_items_can_be_named_by_their_id() -> None:
    speaker = client(Fake())
    first = speaker.responses.create(**MODEL)
    reference: Any = {"type": "item_reference", "id": first.output[0].id}
    second = speaker.responses.create(model="gpt-4o", input=[reference, {"role": "user", "content": "And?"}])
    _, answer = speaker.responses.input_items.list(second.id)
    assert answer.content[0].text == first.output_text


def test_a_server_is_called_once_it_is_approved() -> None:
    speaker = client(Fake())
    wiki: Any = {"type": "mcp", "server_label": "wiki", "server_url": "https://mcp.example.com/mcp"}
    first = speaker.responses.create(**MODEL, tools=[wiki], tool_choice="required")
    asked = first.output[-1]
    assert asked.type == "mcp_approval_request"
    for approve, types in ((True, ["mcp_call", "message"]), (False, ["message"])):
        answer: Any = {"type": "mcp_approval_response", "approval_request_id": asked.id, "approve": approve}
        second = speaker.responses.create(
            model="gpt-4o", previous_response_id=first.id, input=[answer], tools=[wiki], tool_choice="required"
        )
        assert [item.type for item in second.output] == types
        if approve:
            assert second.output[0].approval_request_id == asked.id
    third = speaker.responses.create(**MODEL, previous_response_id=second.id, tools=[wiki], tool_choice="required")
    assert [item.type for item in third.output] == ["mcp_approval_request"]


def test_compacting_keeps_what_was_said() -> None:
    speaker = client(Fake())
    if not hasattr(speaker.responses, "compact"):
        pytest.skip("this client can't compact")
    first = speaker.responses.create(model="gpt-4o", input="My name is Ada")
    compacted = speaker.responses.compact(model="gpt-4o", previous_response_id=first.id)
    assert compacted.object == "response.compaction"
    (item,) = compacted.output
    given: Any = [item.model_dump(exclude_none=True), {"role": "user", "content": "And?"}]
    after = speaker.responses.create(model="gpt-4o", input=given)
    chained = speaker.responses.create(model="gpt-4o", input="And?", previous_response_id=first.id)
    assert after.usage == chained.usage


def test_compacting_needs_a_model() -> None:
    expected = (400, "Missing required parameter: 'model'.", "model", "missing_required_parameter")
    assert refusal(Fake(), "POST", "/responses/compact", {"input": PLANET}) == expected


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        ({"model": "gpt-4o", "input": 5}, "Invalid type for 'input': expected", "input"),
        ({"model": "gpt-4o", "input": "a", "tools": []}, "Unknown parameter: 'tools'.", "tools"),
        ({"model": "no-such", "input": "a"}, "The requested model 'no-such' does not exist.", "model"),
        ({"model": "gpt-4o", "previous_response_id": "resp_x"}, "Previous response with id", "previous_response_id"),
    ],
)
def test_compacting_refuses_what_creating_refuses(body: dict[str, Any], message: str, param: str) -> None:
    status, told, where, _ = refusal(Fake(), "POST", "/responses/compact", body)
    assert (status, where) == (400, param)
    assert told.startswith(message)


def test_an_input_that_is_too_long_is_refused_or_cut_at_its_beginning() -> None:
    fake = Fake(window=60)
    first = send(fake, "POST", "/responses", {"model": "gpt-4o", "input": "one two three four " * 4})[1]
    body = MODEL | {"previous_response_id": first["id"], "input": "word " * 30}
    assert refusal(fake, "POST", "/responses", body) == (
        400,
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "input",
        "context_length_exceeded",
    )
    status, told = send(fake, "POST", "/responses", body | {"truncation": "auto"})
    assert status == 200
    assert told["usage"]["input_tokens"] <= 60
    assert "word word" in told["output"][0]["content"][0]["text"]
