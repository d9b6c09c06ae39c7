"""Rules: which request they are for, what they say, and in which order."""

from __future__ import annotations

import dataclasses
import json
import re
import threading
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from retape import Fake, Reply, Sent, ToolCall, UsageError
from retape.handlers.fake.endpoints.responses.hosted import MAKERS
from retape.handlers.fake.script.acts import MODIFIERS, WORDS
from retape.handlers.fake.script.kinds import BUILT_IN
from retape.handlers.fake.script.matchers import MATCHERS, Matchers
from retape.handlers.fake.script.rule import Rule
from speaking import client

MODEL = "gpt-4o-mini"
WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"location": {"type": "string"}}},
    },
}
STRICT = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "strict": True,
        "parameters": {
            "type": "object",
            "properties": {"location": {"type": "string"}},
            "required": ["location"],
            "additionalProperties": False,
        },
    },
}
TIME = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
NOTE = {"type": "custom", "custom": {"name": "note"}}
CALLED = {
    "role": "assistant",
    "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
PNG = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def chat(fake: Fake, text: str = "Name a planet.", **options: Any) -> Any:
    options = {"model": MODEL, "messages": [user(text)]} | options
    return client(fake).chat.completions.create(**options)


def said(fake: Fake, text: str = "Name a planet.", **options: Any) -> Any:
    return chat(fake, text, **options).choices[0].message.content


ASKED: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    # matchers, a request that they match, one that they don't
    "contains": ({"contains": "planet"}, {}, {"messages": [user("Name a star.")]}),
    "contains all": ({"contains": ["Name", "planet"]}, {}, {"messages": [user("A planet")]}),
    "contains looks at the last user message": (
        {"contains": "star"},
        {"messages": [user("planet"), {"role": "assistant", "content": "?"}, user("star")]},
        {"messages": [user("star"), {"role": "assistant", "content": "?"}, user("planet")]},
    ),
    "pattern": ({"pattern": r"(?i)PLAN\w+\."}, {}, {"messages": [user("plan")]}),
    "compiled pattern": ({"pattern": re.compile("^Name")}, {}, {"messages": [user("To Name")]}),
    "system": (
        {"system": "terse"},
        {"messages": [{"role": "developer", "content": "Be terse."}, user("Hi")]},
        {"messages": [user("terse")]},
    ),
    "model": ({"model": MODEL}, {}, {"model": "gpt-4o"}),
    "model by glob": ({"model": "gpt-4o-*"}, {}, {"model": "gpt-4o"}),
    "tool": ({"tool": "get_time"}, {"tools": [WEATHER, TIME]}, {"tools": [WEATHER]}),
    "tools": ({"tool": ["get_time", "get_weather"]}, {"tools": [WEATHER, TIME]}, {"tools": [TIME]}),
    "result_of": (
        {"result_of": "get_weather"},
        {"messages": [user("Hi"), CALLED, RESULT], "tools": [WEATHER]},
        {"messages": [user("Hi"), CALLED, RESULT, user("And?")], "tools": [WEATHER]},
    ),
    "first turn": ({"turn": 1}, {}, {"messages": [user("Hi"), {"role": "assistant", "content": "Hi"}, user("?")]}),
    "second turn": ({"turn": 2}, {"messages": [user("Hi"), {"role": "assistant", "content": "Hi"}, user("?")]}, {}),
    "header": ({"header": {"X-Run": "7"}}, {"extra_headers": {"x-run": "7"}}, {"extra_headers": {"x-run": "8"}}),
    "header by glob": ({"header": {"x-run": "7*"}}, {"extra_headers": {"X-Run": "71"}}, {}),
    "endpoint": ({"endpoint": "chat.completions.create"}, {}, {}),
    "path": ({"path": "*/chat/completions"}, {}, {}),
    "no stream": ({"stream": False}, {}, {}),
    "body": (
        {"body": {"metadata.run": "1"}},
        {"metadata": {"run": "1", "x": "y"}, "store": True},
        {"metadata": {"run": "2"}, "store": True},
    ),
    "body holds more": ({"body": {"metadata": {"run": "1"}}}, {"metadata": {"run": "1", "x": "y"}, "store": True}, {}),
    "body of every item": ({"body": {"messages[*].role": "user", "user": "me"}}, {"user": "me"}, {"user": "you"}),
    "body knows true from 1": ({"body": {"logprobs": True}}, {"logprobs": True}, {"n": 1}),
    "images": (
        {"images": True},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]},
        {},
    ),
    "no images": (
        {"images": False},
        {},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]},
    ),
    "one image": (
        {"images": 1},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": PNG}}]}]},
        {},
    ),
    "when": ({"when": lambda sent: len(sent.messages) == 1}, {}, {"messages": [user("a"), user("b")]}),
    "all of them": ({"contains": "planet", "model": MODEL}, {}, {"model": "gpt-4o"}),
}
ALWAYS_MATCH = ("endpoint", "path", "no stream")


@pytest.mark.parametrize("name", ASKED)
def test_a_matcher_matches_what_it_says_and_nothing_else(name: str) -> None:
    matchers, matching, other = ASKED[name]
    fake = Fake()
    fake.on(**matchers).reply("scripted")
    assert said(fake, **matching) == "scripted"
    if name not in ALWAYS_MATCH:
        assert said(fake, **other) != "scripted"


def test_a_stream_and_an_endpoint_can_be_told_apart() -> None:
    fake = Fake()
    fake.on(stream=True).reply("streamed")
    fake.on(endpoint="responses.*").reply("a response")
    fake.on(path="/v1/chat/*").reply("a chat")
    assert said(fake) == "a chat"
    assert client(fake).responses.create(model=MODEL, input="Hi").output_text == "a response"
    assert "".join(c.choices[0].delta.content or "" for c in chat(fake, stream=True)) == "streamed"


def test_every_matcher_is_tried_here() -> None:
    assert {word for matchers, _, _ in ASKED.values() for word in matchers} == MATCHERS.keys()
    assert Matchers.__annotations__.keys() == MATCHERS.keys()


def test_a_function_by_its_place_and_no_matcher_at_all() -> None:
    fake = Fake()
    fake.on(lambda sent: "star" in sent.text).reply("Vega")
    fake.on().reply("anything")
    assert [said(fake, "a star"), said(fake, "a moon")] == ["Vega", "anything"]


def test_the_first_rule_declared_wins() -> None:
    fake = Fake()
    first = fake.on(contains="planet").reply("first")
    second = fake.on(contains="planet", model=MODEL).reply("second")
    assert [said(fake), said(fake)] == ["first", "first"]
    assert (first.asked, second.asked) == (2, 0)


ORDERS: dict[str, tuple[Any, list[str]]] = {
    "one act is repeated": (lambda rule: rule.reply("a"), ["a", "a", "a"]),
    "the last act is repeated": (lambda rule: rule.reply("a").reply("b"), ["a", "b", "b"]),
    "once": (lambda rule: rule.reply("a").once(), ["a", "next", "next"]),
    "times": (lambda rule: rule.reply("a").times(2), ["a", "a", "next"]),
    "times before another": (lambda rule: rule.reply("a").times(2).reply("b"), ["a", "a", "b", "b"]),
    "all used up": (lambda rule: rule.reply("a").reply("b").once(), ["a", "b", "next"]),
    "always": (lambda rule: rule.reply("a").reply("b").always(), ["a", "b", "b"]),
}


@pytest.mark.parametrize("name", ORDERS)
def test_acts_come_in_order(name: str) -> None:
    write, expected = ORDERS[name]
    fake = Fake()
    write(fake.on(contains="planet"))
    fake.on().reply("next")
    assert [said(fake) for _ in expected] == expected


class Planet(BaseModel):
    name: str
    moons: int


@dataclasses.dataclass
class Star:
    name: str


REPLIES: dict[str, tuple[Any, str]] = {
    "text": ("Earth", "Earth"),
    "no text": ("", ""),
    "mapping": ({"name": "Earth", "moons": 1}, '{"name": "Earth", "moons": 1}'),
    "list": ([1, 2], "[1, 2]"),
    "number": (42, "42"),
    "unicode": ({"name": "Erde \u2641"}, '{"name": "Erde \u2641"}'),
    "pydantic": (Planet(name="Earth", moons=1), '{"name":"Earth","moons":1}'),
    "dataclass": (Star("Vega"), '{"name": "Vega"}'),
    "reply": (Reply(text="Earth"), "Earth"),
    "function": (lambda sent: sent.text.upper(), "NAME A PLANET."),
    "function of JSON": (lambda sent: {"model": sent.model}, '{"model": "gpt-4o-mini"}'),
    "function of a reply": (lambda sent: Reply(text=sent.endpoint), "chat.completions.create"),
}


@pytest.mark.parametrize("name", REPLIES)
def test_whatever_can_be_said_is_said(name: str) -> None:
    told, expected = REPLIES[name]
    fake = Fake()
    fake.on().reply(told)
    assert said(fake) == expected
    assert client(fake).responses.create(model=MODEL, input="Name a planet.").output_text == (
        "NAME A PLANET." if name == "function" else expected.replace("chat.completions", "responses")
    )


def test_a_parsed_reply_is_the_model_that_was_scripted() -> None:
    fake = Fake()
    fake.on().reply(Planet(name="Earth", moons=1))
    parsed = client(fake).chat.completions.parse(model=MODEL, messages=[user("Hi")], response_format=Planet)
    assert parsed.choices[0].message.parsed == Planet(name="Earth", moons=1)


def test_legacy_completions_are_scripted_too() -> None:
    fake = Fake()
    fake.on(contains="planet").reply("Earth")
    fake.on().call("get_weather")
    answered = client(fake).completions.create(model="gpt-3.5-turbo-instruct", prompt="Name a planet.")
    assert answered.choices[0].text == "Earth"
    client(fake).completions.create(model="gpt-3.5-turbo-instruct", prompt="Name a star.")
    assert fake.requests.last.rule is None  # a legacy completion can't carry a call


def test_a_reply_is_cut_and_counted_like_any_answer() -> None:
    fake = Fake()
    fake.on().reply("one two three four five")
    cut = chat(fake, max_tokens=2)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == ("one two", "length")
    assert cut.usage.completion_tokens == 2
    assert said(fake, stop=[" three"]) == "one two"
    assert len(chat(fake, logprobs=True).choices[0].logprobs.content) == 5


def test_choices_say_the_same_unless_also_says_otherwise() -> None:
    fake = Fake()
    fake.on(contains="planet").reply("Earth", also=["Mars"])
    fake.on().reply("same")
    assert [choice.message.content for choice in chat(fake, n=3).choices] == ["Earth", "Mars", "Mars"]
    assert [choice.message.content for choice in chat(fake, "Hi", n=2).choices] == ["same", "same"]


def test_a_reply_sets_its_finish_reason_usage_annotations_and_reasoning() -> None:
    citation = {"type": "url_citation", "url_citation": {"end_index": 1, "start_index": 0, "title": "T", "url": "u"}}
    fake = Fake()
    fake.on().reply(
        "Earth", finish="content_filter", usage={"input_tokens": 3, "completion_tokens": 7}, annotations=[citation]
    )
    answer = chat(fake)
    assert answer.choices[0].finish_reason == "content_filter"
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (3, 7, 10)
    assert answer.choices[0].message.annotations[0].url_citation.title == "T"
    thinking = Fake()
    thinking.on().reply("Earth", reasoning="It has water.")
    response = client(thinking).responses.create(model="o3", input="Hi", reasoning={"summary": "auto"})
    assert response.output[0].summary[0].text == "It has water."


def test_a_reply_names_the_built_in_tools_that_it_used() -> None:
    fake = Fake()
    fake.on().reply("128", tools_used=["web_search", {"web_search": {"status": "failed"}}])
    response = client(fake).responses.create(model=MODEL, input="Hi", tools=[{"type": "web_search"}])
    told = [(item.type, item.status) for item in response.output]
    assert told == [("web_search_call", "completed"), ("web_search_call", "failed"), ("message", "completed")]


CALLS: dict[str, tuple[Any, list[tuple[str, str]]]] = {
    "by name": (
        lambda rule: rule.call("get_weather", location="San Francisco, CA"),
        [("get_weather", '{"location":"San Francisco, CA"}')],
    ),
    "names that Python uses": (
        lambda rule: rule.call("get_weather", self=1, name="n", arguments=[2]),
        [("get_weather", '{"self":1,"name":"n","arguments":[2]}')],
    ),
    "mapping": (
        lambda rule: rule.call("get_weather", {"location": "K\u00f6ln"}),
        [("get_weather", '{"location":"K\u00f6ln"}')],
    ),
    "broken": (lambda rule: rule.call("get_weather", '{"location": '), [("get_weather", '{"location": ')]),
    "no arguments": (lambda rule: rule.call("get_weather"), [("get_weather", "{}")]),
    "parallel": (
        lambda rule: rule.call("get_weather", location="a").and_call("get_weather", location="b").and_call("get_time"),
        [("get_weather", '{"location":"a"}'), ("get_weather", '{"location":"b"}'), ("get_time", "{}")],
    ),
    "made up by the model": (lambda rule: rule.call("get_wether", x=1), [("get_wether", '{"x":1}')]),
}


@pytest.mark.parametrize("name", CALLS)
def test_tools_are_called_as_scripted(name: str) -> None:
    write, expected = CALLS[name]
    fake = Fake()
    write(fake.on(tool="get_weather"))
    choice = chat(fake, tools=[WEATHER, TIME]).choices[0]
    assert choice.finish_reason == "tool_calls"
    assert [(call.function.name, call.function.arguments) for call in choice.message.tool_calls] == expected
    tools = [{"type": "function", "strict": False, **WEATHER["function"]}]
    response = client(fake).responses.create(model=MODEL, input="Hi", tools=tools)
    assert [(item.name, item.arguments) for item in response.output] == expected


def test_text_may_come_with_a_call() -> None:
    fake = Fake()
    fake.on().reply("Let me see.").and_call("get_weather", location="Paris")
    message = chat(fake, tools=[WEATHER]).choices[0].message
    assert (message.content, message.tool_calls[0].function.name) == ("Let me see.", "get_weather")


def test_a_call_is_of_the_kind_that_the_tool_is() -> None:
    fake = Fake()
    fake.on(tool="note").call("note", "buy milk")
    fake.on(tool="get_weather").call("get_weather", location="Paris")
    call = chat(fake, tools=[NOTE]).choices[0].message.tool_calls[0]
    assert (call.type, call.custom.input) == ("custom", "buy milk")
    legacy = chat(fake, functions=[WEATHER["function"]]).choices[0]
    assert (legacy.finish_reason, legacy.message.function_call.name) == ("function_call", "get_weather")


def test_a_reply_of_ones_own_sets_what_the_words_do_not() -> None:
    fake = Fake()
    fake.on().reply(Reply(text="Hm", calls=(ToolCall(name="get_weather", arguments="{}", id="call_7"),)))
    assert chat(fake, tools=[WEATHER]).choices[0].message.tool_calls[0].id == "call_7"


def test_a_tool_loop_comes_to_its_end() -> None:
    fake = Fake()
    fake.on(tool="get_weather").call("get_weather", location="Paris")
    first = chat(fake, tools=[WEATHER]).choices[0].message
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "sunny"}
    second = chat(fake, tools=[WEATHER], messages=[user("Name a planet."), first.to_dict(), result]).choices[0].message
    assert not second.tool_calls
    assert "sunny" in second.content


LOOPS: dict[str, Any] = {
    "always": lambda fake: fake.on(tool="get_weather").call("get_weather").always(),
    "times": lambda fake: fake.on(tool="get_weather").call("get_weather").times(5),
    "result_of": lambda fake: fake.on(result_of="get_weather").call("get_weather"),
    "turn": lambda fake: fake.on(turn=2).call("get_weather"),
    "another tool": lambda fake: fake.on(tool="get_weather").call("get_time"),
    "not the last act": lambda fake: fake.on(tool="get_weather").call("get_weather").reply("done"),
}


@pytest.mark.parametrize("name", LOOPS)
def test_a_call_after_a_result_is_made_when_it_is_meant(name: str) -> None:
    fake = Fake()
    LOOPS[name](fake)
    assert chat(fake, tools=[WEATHER, TIME], messages=[user("Hi"), CALLED, RESULT]).choices[0].message.tool_calls


def test_a_tool_loop_in_responses_ends_although_the_call_is_in_the_response_before() -> None:
    fake = Fake()
    fake.on(tool="get_weather").call("get_weather", location="Paris")
    fake.on(result_of="get_weather", turn=2).reply("Take a hat.")
    openai_client = client(fake)
    tools = [{"type": "function", "strict": False, **WEATHER["function"]}]
    first = openai_client.responses.create(model=MODEL, input="Weather?", tools=tools)
    output = {"type": "function_call_output", "call_id": first.output[0].call_id, "output": "sunny"}
    second = openai_client.responses.create(model=MODEL, input=[output], previous_response_id=first.id, tools=tools)
    assert second.output_text == "Take a hat."


def test_a_refusal_is_the_models_own() -> None:
    fake = Fake()
    fake.on().refuse("No.")
    message = chat(fake).choices[0].message
    assert (message.refusal, message.content) == ("No.", None)
    part = client(fake).responses.create(model=MODEL, input="Hi").output[0].content[0]
    assert (part.type, part.refusal) == ("refusal", "No.")


def test_a_filtered_refusal_says_so() -> None:
    fake = Fake()
    fake.on().refuse(finish="content_filter")
    choice = chat(fake).choices[0]
    assert (choice.finish_reason, choice.message.refusal) == (
        "content_filter",
        "I'm sorry, but I can't help with that.",
    )


def test_a_raw_body_answers_any_endpoint() -> None:
    fake = Fake()
    vector = {"object": "list", "model": "m", "data": [], "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    fake.on(endpoint="embeddings.create").json(vector, headers={"x-mine": "1"})
    fake.on(endpoint="models.list").json({"error": {"message": "no"}}, status=418)
    raw = client(fake).embeddings.with_raw_response.create(model="text-embedding-3-small", input="Hi")
    assert (raw.http_response.json(), raw.headers["x-mine"]) == (vector, "1")
    with pytest.raises(openai.APIStatusError, match="418"):
        client(fake).models.list()


def test_made_up_leaves_the_answer_to_the_fake() -> None:
    fake, plain = Fake(), Fake()
    fake.on(contains="planet").made_up()
    fake.on().reply("scripted")
    assert chat(fake) == chat(plain)
    assert (repr(fake), repr(Fake(strict=True))) == ("<Fake 2 rules, 1 requests>", "<Fake strict, 0 rules, 0 requests>")


def test_words_are_not_for_endpoints_that_have_none() -> None:
    fake = Fake()
    fake.on().reply("Earth").times(1)
    client(fake).embeddings.create(model="text-embedding-3-small", input="Hi", encoding_format="float")
    client(fake).models.list()
    assert said(fake) == "Earth"


def test_a_refused_request_takes_nothing_from_the_script() -> None:
    fake = Fake()
    fake.on().reply("once").once()
    for wrong in ({"messages": []}, {"tool_choice": "required"}, {"temperature": 9}):
        with pytest.raises(openai.BadRequestError, match="400"):
            chat(fake, **wrong)
    assert said(fake) == "once"
    fake.check()


def test_what_an_endpoint_refuses_takes_nothing_either() -> None:
    fake = Fake()
    fake.on(endpoint="models.retrieve").made_up().once()
    with pytest.raises(openai.NotFoundError, match="404"):
        client(fake).models.retrieve("none")
    assert fake.requests.last.rule is None
    client(fake).models.retrieve(MODEL)
    assert fake.requests.last.rule is not None
    client(fake).models.retrieve(MODEL)
    assert fake.requests.last.rule is None


def test_a_response_that_goes_on_from_an_unknown_one_takes_nothing_either() -> None:
    fake = Fake()
    fake.on().reply("once").once()
    with pytest.raises(openai.APIStatusError, match="resp_0"):
        client(fake).responses.create(model=MODEL, input="Hi", previous_response_id="resp_0")
    assert fake.requests.last.rule is None
    assert said(fake) == "once"


def test_scripted_answers_stream_what_they_say_plain() -> None:
    plain, streamed = Fake(), Fake()
    for fake in (plain, streamed):
        fake.on().reply("Earth is third.").and_call("get_weather", location="Paris")
    with client(streamed).chat.completions.stream(model=MODEL, messages=[user("Hi")], tools=[STRICT]) as stream:
        whole = stream.get_final_completion()
    told = whole.choices[0].message
    alone = chat(plain, "Hi", tools=[WEATHER]).choices[0].message
    assert told.content == alone.content
    assert [c.function.arguments for c in told.tool_calls] == [c.function.arguments for c in alone.tool_calls]


def test_many_threads_take_each_act_once() -> None:
    fake = Fake()
    rule = fake.on()
    for number in range(40):
        rule.reply(str(number)).once()
    answers: list[str] = []

    def ask() -> None:
        answers.extend(said(fake) for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=int) == [str(number) for number in range(40)]


def test_reset_begins_anew() -> None:
    fake = Fake()
    fake.on().reply("a").reply("b")
    fake.fail(500, times=1)
    first = []
    for _ in range(2):
        with pytest.raises(openai.InternalServerError, match="500"):
            chat(fake)
        first.append([said(fake), said(fake)])
        assert len(fake.requests) == 3
        fake.reset()
        assert fake.requests == []
    assert first == [["a", "b"], ["a", "b"]]


WRONG: dict[str, tuple[Any, str]] = {
    "unknown matcher": (lambda fake: fake.on(contain="x"), r"no matcher 'contain': did you mean 'contains'\?"),
    "another's word": (lambda fake: fake.on(says="x"), r"no matcher 'says': did you mean 'pattern'\?"),
    "wrong kind": (lambda fake: fake.on(contains=3), "contains takes text or a list of texts, not 3"),
    "no pattern": (lambda fake: fake.on(pattern="("), r"pattern '\(' is no regular expression: missing \)"),
    "turn 0": (lambda fake: fake.on(turn=0), "turn takes a whole number from 1, not 0"),
    "stream": (lambda fake: fake.on(stream="yes"), "stream takes true or false, not 'yes'"),
    "endpoint": (
        lambda fake: fake.on(endpoint="chat.completion.create"),
        r"none that the fake has: did you mean 'chat.completions.create'\?",
    ),
    "header": (lambda fake: fake.on(header="x"), "header takes header fields as name: value, not 'x'"),
    "body path": (lambda fake: fake.on(body={"a..b": 1}), r"body takes JSON paths like .*, not 'a\.\.b'"),
    "text by its place": (lambda fake: fake.on("planet"), r"has a name: did you mean contains='planet'\?"),
    "twice": (lambda fake: fake.on(len, when=len), "a function was given twice"),
    "nothing to say": (lambda fake: fake.on().reply(None), "reply: there is nothing to say"),
    "not JSON": (lambda fake: fake.on().reply(object()), "reply: can't say <object"),
    "a class": (lambda fake: fake.on().reply(Planet), "reply: there is nothing to say"),
    "finish": (lambda fake: fake.on().reply("a", finish="stopp"), r"finish reason, not 'stopp'; did you mean 'stop'\?"),
    "usage": (
        lambda fake: fake.on().reply("a", usage={"completion_token": 1}),
        r"reply: usage has no 'completion_token'; did you mean 'completion_tokens'\?",
    ),
    "negative usage": (lambda fake: fake.on().reply("a", usage={"total_tokens": -1}), "whole numbers from 0"),
    "also as text": (lambda fake: fake.on().reply("a", also="b"), "also takes a list of .*, not 'b'"),
    "also of nothing": (lambda fake: fake.on().reply("c", also=[None]), "there is nothing to say"),
    "no pattern at all": (lambda fake: fake.on(pattern=3), "pattern takes a regular expression, not 3"),
    "usage as text": (lambda fake: fake.on().reply("a", usage="7"), "usage takes counts such as completion_tokens: 7"),
    "tools used": (
        lambda fake: fake.on().reply("a", tools_used={"web_search": 1}),
        "tools_used takes built-in tools such as web_search",
    ),
    "annotations": (lambda fake: fake.on().reply("a", annotations=["x"]), "annotations takes a list of mappings"),
    "no tool's name": (lambda fake: fake.on().call(""), "call takes a tool's name, or its name: arguments"),
    "a fault that is none": (lambda fake: fake.on().fail(True), "fail takes a status or a fault's name, not True"),
    "and_fail": (lambda fake: fake.on().reply("a").and_fail("cutt"), r"no fault 'cutt': did you mean 'cut'\?"),
    "and_call": (lambda fake: fake.on().reply("a").and_call("f", x=object()), "and_call: can't call with"),
    "also": (lambda fake: fake.on().reply("a", also=3), "also takes a list of what the further choices say, not 3"),
    "also as a mapping": (lambda fake: fake.on().reply("a", also={"b": 1}), "also takes a list of what the further"),
    "annotations that are none": (lambda fake: fake.on().reply("a", annotations=5), "annotations takes a list of"),
    "streamed annotations": (lambda fake: fake.on().stream("a", annotations=5), "stream: annotations takes a list of"),
    "no such tool": (
        lambda fake: fake.on().reply("a", tools_used="websearch"),
        r"no built-in tool 'websearch'; did you mean 'web_search'\?",
    ),
    "no number to say": (lambda fake: fake.on().reply({"a": float("nan")}), "reply: can't say .*: Out of range float"),
    "no number to call with": (lambda fake: fake.on().call("f", x=float("inf")), "call: can't call with .*Out of"),
    "no JSON answer": (lambda fake: fake.on().json(object()), "json takes a JSON value, not <object"),
    "no number as JSON": (lambda fake: fake.on().json([float("nan")]), r"json takes a JSON value, not \[nan\]"),
    "a status as text": (lambda fake: fake.fail("429"), "no fault '429': write the status 429 as a number"),
    "off": (lambda _: Fake(off=5), "off=5: use text, or several of them"),
    "keys": (lambda _: Fake(keys=[5]), r"keys=\[5\]: use text, or several of them"),
    "models": (lambda _: Fake(models=None), "models=None: use text"),
    "organization": (lambda _: Fake(organization=7), "organization=7: use text"),
    "arguments twice": (lambda fake: fake.on().call("f", {"a": 1}, b=2), "not both"),
    "not JSON arguments": (lambda fake: fake.on().call("f", x=object()), "call: can't call with"),
    "no deltas": (lambda fake: fake.on().stream(0.5), "stream takes a list of deltas"),
    "negative wait": (lambda fake: fake.on().stream("a", -1), "seconds to wait, not -1"),
    "endless wait": (lambda fake: fake.on().stream("a", float("inf"), "b"), "seconds to wait, not inf"),
    "endless delay": (lambda fake: fake.on().stream("a", delay=float("nan")), "delay takes a number of seconds from 0"),
    "status": (lambda fake: fake.on().json({}, status=99), "json: status takes a status from 200 to 599, not 99"),
    "times 0": (lambda fake: fake.on().reply("a").times(0), "times takes a whole number from 1, not 0"),
    "times of nothing": (lambda fake: fake.on().times(2), "times follows an act, such as reply"),
    "after always": (lambda fake: fake.on().reply("a").always().reply("b"), "would never be reached"),
    "and_call after fail": (lambda fake: fake.on().fail(500).and_call("f"), "and_call follows reply or call, not fail"),
    "unknown fault": (lambda fake: fake.on().fail("cutt"), r"no fault 'cutt': did you mean 'cut'\?"),
    "unknown argument": (lambda fake: fake.on().fail("cut", aftr=3), r"no argument 'aftr': did you mean 'after'\?"),
    "no error status": (lambda fake: fake.on().fail(200), r"fail\(200\): use a status from 400 to 599"),
    "message": (lambda fake: fake.fail(429, message=3), "fail: message takes text, not 3"),
    "message of a cut": (lambda fake: fake.fail("cut", message="x"), "cut takes no argument 'message'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_no_script_can_say_is_an_error_at_once(name: str) -> None:
    write, message = WRONG[name]
    with pytest.raises(UsageError, match=message):
        write(Fake())


MISMADE: dict[str, tuple[Any, str]] = {
    "text": (lambda: Reply(text=5), r"Reply: text takes text, not 5"),  # type: ignore[arg-type]
    "text of bytes": (lambda: Reply(text=b"a"), r"Reply: text takes text, not b'a'"),  # type: ignore[arg-type]
    "finish": (
        lambda: Reply(text="x", finish="nope"),  # type: ignore[arg-type]
        r"Reply: finish takes a finish reason, not 'nope'; known: stop, length, tool_calls, content_filter, function_c",
    ),
    "a finish reason that is nearly one": (
        lambda: Reply(finish="tool_call"),  # type: ignore[arg-type]
        r"Reply: finish takes .* did you mean 'tool_calls'\?",
    ),
    "refusal": (lambda: Reply(refusal=True), "Reply: refusal takes text, not True"),  # type: ignore[arg-type]
    "reasoning": (lambda: Reply(reasoning=None), "Reply: reasoning takes text, not None"),  # type: ignore[arg-type]
    "pieces": (lambda: Reply(pieces="ab"), "Reply: pieces takes the text's deltas, not 'ab'"),  # type: ignore[arg-type]
    "usage": (lambda: Reply(usage={"prompt_token": 3}), r"Reply: usage has no 'prompt_token'; did you mean"),
    "calls": (lambda: Reply(calls=({"name": "f"},)), "Reply: calls takes ToolCalls, not"),  # type: ignore[arg-type]
    "annotations": (lambda: Reply(annotations={}), "Reply: annotations takes a list of"),  # type: ignore[arg-type]
    "tools_used": (lambda: Reply(tools_used=("web_search",)), "Reply: tools_used takes pairs"),  # type: ignore[arg-type]
    "tools_used, turned round": (
        lambda: Reply(tools_used=(({}, "web_search"),)),  # type: ignore[arg-type]
        "Reply: tools_used takes pairs such as",
    ),
    "failure": (lambda: Reply(failure="x"), "Reply: failure takes a code and a message"),  # type: ignore[arg-type]
    "arguments": (
        lambda: ToolCall(name="f", arguments={"a": 1}),  # type: ignore[arg-type]
        r"ToolCall: arguments takes text, not \{'a': 1\}",
    ),
    "kind": (
        lambda: ToolCall(name="f", arguments="", kind="functoin"),  # type: ignore[arg-type]
        "ToolCall: kind takes a kind of tool, not 'functoin'; did you mean 'function'",
    ),
}


@pytest.mark.parametrize("name", MISMADE)
def test_a_reply_is_checked_as_it_is_made(name: str) -> None:
    make, message = MISMADE[name]
    with pytest.raises(UsageError, match=rf"\A{message}"):
        make()


def test_a_replys_lists_may_be_lists_and_its_counts_have_either_apis_names() -> None:
    calls: Any = [ToolCall(name="get_weather", arguments="{}")]
    reply = Reply(text="a", calls=calls, usage={"output_tokens": 7})
    assert reply == Reply(text="a", calls=tuple(calls), usage={"completion_tokens": 7})
    fake = Fake()
    fake.on().reply(reply)
    assert chat(fake, tools=[WEATHER]).usage.completion_tokens == 7


def test_an_odd_finish_reason_can_be_given_as_json() -> None:
    fake = Fake()
    body = chat(fake).to_dict()
    body["choices"][0]["finish_reason"] = "nope"
    fake.on().json(body)
    tolerant: Any = client(fake, strict=False).chat.completions
    assert tolerant.create(model=MODEL, messages=[user("Hi")]).choices[0].finish_reason == "nope"


def test_a_use_of_every_built_in_tool_can_be_made_up_and_of_no_other() -> None:
    assert set(BUILT_IN) == MAKERS.keys()


def test_python_has_a_method_for_every_word() -> None:
    methods = {name for name in vars(Rule) if not name.startswith("_")}
    assert methods >= WORDS.keys() | MODIFIERS.keys()
    assert methods - WORDS.keys() - MODIFIERS.keys() == {"add", "asked", "matches", "modify", "optional"}


def test_a_rule_shows_how_it_was_written() -> None:
    fake = Fake()
    rule = fake.on(contains="planet", pattern="x+", when=callable).reply("Earth", finish="stop").times(2)
    rule.call("get_weather", location="Paris").and_call("get_time").fail(429, retry_after=1).reply(len)
    assert repr(rule) == (
        "on(contains='planet', pattern='x+', when=callable).reply('Earth', finish='stop').times(2)"
        ".call('get_weather').and_call('get_time').fail(429, retry_after=1).reply(len)"
    )


def test_a_function_that_fails_is_not_swallowed() -> None:
    def broken(sent: Sent) -> str:
        raise KeyError(sent.text)

    fake = Fake()
    fake.on().reply(broken)
    with pytest.raises(BaseException, match=r"KeyError: .Name a planet\.."):
        said(fake)


def test_a_scripted_answer_is_the_same_in_every_run() -> None:
    def answer() -> str:
        fake = Fake()
        fake.on(contains="planet").reply("Earth").and_call("get_time")
        return json.dumps([chat(fake, text, tools=[TIME]).to_dict() for text in ("planet a", "planet b")])

    assert answer() == answer()
