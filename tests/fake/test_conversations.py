from __future__ import annotations

from typing import Any

import openai
import pytest

from retape import Fake
from speaking import client

pytestmark = pytest.mark.skipif(not hasattr(openai.OpenAI, "conversations"), reason="this client has no conversations")

HELLO: list[Any] = [{"role": "user", "content": "My name is Ada"}]
WEATHER: Any = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}}


def texts(items: Any) -> list[str]:
    return [item.content[0].text for item in items]


def test_a_conversation_can_be_made_read_changed_and_deleted() -> None:
    speaker = client(Fake())
    made = speaker.conversations.create(metadata={"run": "1"})
    assert made.id.startswith("conv_")
    assert (made.object, made.metadata) == ("conversation", {"run": "1"})
    assert speaker.conversations.retrieve(made.id) == made
    changed = speaker.conversations.update(made.id, metadata={"run": "2"})
    assert changed.metadata == {"run": "2"}
    assert speaker.conversations.retrieve(made.id) == changed
    gone = speaker.conversations.delete(made.id)
    assert (gone.id, gone.object, gone.deleted) == (made.id, "conversation.deleted", True)
    with pytest.raises(openai.NotFoundError, match=f"Conversation with id '{made.id}' not found"):
        speaker.conversations.retrieve(made.id)


def test_items_can_be_added_listed_read_and_deleted() -> None:
    speaker = client(Fake())
    made = speaker.conversations.create(items=HELLO)
    added = speaker.conversations.items.create(
        made.id, items=[{"role": "user", "content": "I like planets"}, {"role": "assistant", "content": "So do I"}]
    )
    assert (added.first_id, added.last_id, added.has_more) == (added.data[0].id, added.data[1].id, False)
    listed = list(speaker.conversations.items.list(made.id, order="asc"))
    assert texts(listed) == ["My name is Ada", "I like planets", "So do I"]
    assert texts(speaker.conversations.items.list(made.id, limit=1)) == ["So do I", "I like planets", "My name is Ada"]
    assert speaker.conversations.items.retrieve(listed[1].id, conversation_id=made.id) == listed[1]
    assert speaker.conversations.items.delete(listed[1].id, conversation_id=made.id) == made
    assert texts(speaker.conversations.items.list(made.id, order="asc")) == ["My name is Ada", "So do I"]
    with pytest.raises(openai.NotFoundError, match=f"Item with id '{listed[1].id}' not found"):
        speaker.conversations.items.retrieve(listed[1].id, conversation_id=made.id)


def test_an_empty_conversation_has_no_items() -> None:
    speaker = client(Fake())
    assert list(speaker.conversations.items.list(speaker.conversations.create().id)) == []


CALLS = {
    "update": lambda speaker: speaker.conversations.update("conv_x", metadata={}),
    "delete": lambda speaker: speaker.conversations.delete("conv_x"),
    "add": lambda speaker: speaker.conversations.items.create("conv_x", items=HELLO),
    "list": lambda speaker: list(speaker.conversations.items.list("conv_x")),
    "read an item": lambda speaker: speaker.conversations.items.retrieve("msg_x", conversation_id="conv_x"),
    "delete an item": lambda speaker: speaker.conversations.items.delete("msg_x", conversation_id="conv_x"),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_unknown_conversation_is_refused(name: str) -> None:
    with pytest.raises(openai.NotFoundError, match="Conversation with id 'conv_x' not found"):
        CALLS[name](client(Fake()))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("named", ["id", "object"])
def test_what_is_asked_and_said_is_added_to_the_conversation(stream: bool, named: str) -> None:
    speaker = client(Fake())
    made = speaker.conversations.create(items=HELLO)
    conversation: Any = made.id if named == "id" else {"id": made.id}
    answer: Any = speaker.responses.create(model="gpt-4o", input="And?", conversation=conversation, stream=stream)
    if stream:
        answer = list(answer)[-1].response
    assert answer.conversation.id == made.id
    listed = list(speaker.conversations.items.list(made.id, order="asc"))
    assert texts(listed) == ["My name is Ada", "And?", answer.output_text]
    assert listed[-1].id == answer.output[0].id


def test_a_conversation_is_what_the_answer_knows() -> None:
    speaker = client(Fake())
    made = speaker.conversations.create(items=HELLO)
    known = speaker.responses.create(model="gpt-4o", input="And?", conversation=made.id).usage
    spelled = speaker.responses.create(model="gpt-4o", input=[*HELLO, {"role": "user", "content": "And?"}]).usage
    assert known == spelled


def test_a_tool_loop_runs_in_a_conversation() -> None:
    speaker = client(Fake())
    made = speaker.conversations.create()
    first = speaker.responses.create(
        model="gpt-4o", input="What is the weather?", tools=[WEATHER], conversation=made.id
    )
    output: Any = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "18 degrees"}
    second = speaker.responses.create(model="gpt-4o", input=[output], tools=[WEATHER], conversation=made.id)
    assert "18 degrees" in second.output_text
    kinds = [item.type for item in speaker.conversations.items.list(made.id, order="asc")]
    assert kinds == ["message", "function_call", "function_call_output", "message"]
    with pytest.raises(openai.BadRequestError, match="No tool call found for function call output with call_id call_x"):
        speaker.responses.create(model="gpt-4o", input=[output | {"call_id": "call_x"}], conversation=made.id)


def test_a_background_answer_joins_the_conversation_when_it_is_done() -> None:
    speaker = client(Fake())
    made = speaker.conversations.create()
    answer = speaker.responses.create(model="gpt-4o", input="Hello", conversation=made.id, background=True)
    assert list(speaker.conversations.items.list(made.id)) == []
    for _ in range(2):
        speaker.responses.retrieve(answer.id)
    joined = list(speaker.conversations.items.list(made.id, order="asc"))
    assert [item.role for item in joined] == ["user", "assistant"]
    speaker.conversations.items.delete(joined[0].id, conversation_id=made.id)
    list(speaker.responses.retrieve(answer.id, stream=True))
    assert [item.role for item in speaker.conversations.items.list(made.id)] == ["assistant"]


def test_a_reference_becomes_the_item_that_it_names() -> None:
    api = client(Fake())
    talk = api.conversations.create(items=[{"type": "message", "role": "user", "content": "hi"}])
    (item,) = api.conversations.items.list(talk.id).data
    other = api.conversations.create(items=[{"type": "item_reference", "id": item.id}])
    assert api.conversations.items.list(other.id).data == [item]


def test_a_reference_to_nothing_is_refused() -> None:
    with pytest.raises(openai.NotFoundError, match="Item with id 'msg_nothing' not found"):
        client(Fake()).conversations.create(items=[{"type": "item_reference", "id": "msg_nothing"}])
