"""Every answer and every event, as the official client's strictest validation sees it; and what it doesn't know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from fake.rules.judging import chat, response
from fake.rules.test_valid_bodies import ANSWERS, CHATS, ITEMS
from retape import Fake
from retape.handlers.fake.endpoints.responses.hosted import MAKERS
from speaking import client

MAJOR = int(openai.__version__.partition(".")[0])
LINKS = ("unknown-response", "unknown-conversation", "unknown-file")
PARTNERS = ("orphan-tool-output", "unanswered-tool-call", "lonely-reasoning", "unknown-item")
MODELS = ("gpt-4o", "gpt-4.1", "o3", "o4-mini", "gpt-5", "gpt-5.6-terra", "gpt-6-sol")

ENDS = ("response.completed", "response.incomplete")

Ask = Callable[[], object]


def speaker(*off: str, **rule: Any) -> openai.OpenAI:
    fake = Fake(off=[*LINKS, *off])
    if rule:
        fake.on().reply("a", **rule)
    return client(fake)


def bare(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields that go with an answer, plain or streamed."""
    return {name: value for name, value in fields.items() if name not in ("stream", "stream_options")}


def plain_chat(fields: dict[str, Any]) -> None:
    body = chat(**bare(fields))
    speaker().chat.completions.create(messages=body.pop("messages"), model=body.pop("model"), extra_body=body)


def streamed_chat(fields: dict[str, Any]) -> None:
    body = chat(**bare(fields))
    messages, model = body.pop("messages"), body.pop("model")
    options = {"include_usage": True}
    told: Any = speaker().chat.completions.create(
        messages=messages,
        model=model,
        stream=True,
        stream_options=options,
        extra_body=body,  # type: ignore[call-overload]
    )
    assert list(told)


def answered(api: openai.OpenAI, **body: Any) -> Any:
    return api.responses.create(model=body.pop("model"), input=body.pop("input"), extra_body=body)


def streamed(api: openai.OpenAI, **body: Any) -> list[Any]:
    told: Any = api.responses.create(model=body.pop("model"), input=body.pop("input"), stream=True, extra_body=body)
    return list(told)


def whole_life(api: openai.OpenAI, **body: Any) -> None:
    """An answer made, streamed, read, polled, streamed again, and asked for its input."""
    made = answered(api, **body)
    assert streamed(api, **body)[-1].type in ENDS
    for _ in range(3 if made.background else 1):
        api.responses.retrieve(made.id)
    again: Any = api.responses.retrieve(made.id, extra_query={"stream": True}, stream=True)
    assert list(again)[-1].type in ENDS
    list(api.responses.input_items.list(made.id))


def conversation(item: dict[str, Any]) -> None:
    api = speaker("unknown-item")
    made = api.conversations.create()
    api.conversations.items.create(made.id, items=[item])  # type: ignore[list-item]
    list(api.conversations.items.list(made.id))


def kind(item: dict[str, Any]) -> str:
    return str(item.get("type", "untyped message"))


CHOSEN = {"tools": [{"type": "web_search"}], "tool_choice": {"type": "web_search"}}

ASKS: dict[str, Ask] = {
    **{f"chat {n}": lambda f=f: plain_chat(f) for n, f in enumerate(CHATS)},  # type: ignore[misc]
    **{f"streamed chat {n}": lambda f=f: streamed_chat(f) for n, f in enumerate(CHATS)},  # type: ignore[misc]
    **{f"answer {n}": lambda f=f: whole_life(speaker(), **response(**bare(f))) for n, f in enumerate(ANSWERS)},  # type: ignore[misc]
    **{f"answer to {kind(i)}": lambda i=i: whole_life(speaker(*PARTNERS), **response(input=[i])) for i in ITEMS},  # type: ignore[misc]
    **{f"kept {kind(i)}": lambda i=i: conversation(i) for i in ITEMS},  # type: ignore[misc]
    **{f"used {tool}": lambda t=tool: whole_life(speaker(tools_used=t), **response()) for tool in MAKERS},  # type: ignore[misc]
    "answer to a chosen web_search": lambda: whole_life(speaker(), **response(**CHOSEN)),
    **{f"answer of {m}": lambda m=m: whole_life(speaker(), **response(m)) for m in MODELS},  # type: ignore[misc]
}

NO_CUSTOM = "the client's types stream calls of functions alone, though the API streams those of custom tools, too"
UNLISTED = "the choice is echoed as it was sent, and the client's type, like the API reference, has its old name alone"
UNRESOLVED = "a reference to nothing, which only a fake with the rule unknown-item off keeps"
EMPTY = "nothing of it is kept, and the client's type knows no list without a first and a last"
NEWER = "this client is older than the item, tool or parameter"
SINCE_3 = {"answer 9", "answer to configuration_update", "kept configuration_update"}
EXCEPTIONS: dict[str, str] = {
    "streamed chat 1": NO_CUSTOM,
    "answer to a chosen web_search": UNLISTED,
    "answer to item_reference": UNRESOLVED,
    "kept item_reference": UNRESOLVED,
    "kept compaction_trigger": EMPTY,
    **(dict.fromkeys(SINCE_3, NEWER) if MAJOR < 3 else {}),
}
"""What strict validation refuses, and why that is no mistake of the fake's."""


@pytest.mark.skipif(MAJOR < 2, reason="openai 1 knows half of the items")
@pytest.mark.parametrize("name", sorted(ASKS.keys() - EXCEPTIONS.keys()))
def test_an_answer_is_what_the_strict_client_expects(name: str) -> None:
    ASKS[name]()


@pytest.mark.skipif(MAJOR < 2, reason="openai 1 knows half of the items")
@pytest.mark.parametrize("name", sorted(EXCEPTIONS))
def test_an_exception_is_still_one(name: str) -> None:
    with pytest.raises((openai.APIResponseValidationError, ValueError), match="invalid for expected schema"):
        ASKS[name]()
