"""The words of an expectation: each holds for a right answer, and says what is wrong with a wrong one."""

from __future__ import annotations

import base64
import struct
from typing import Any

import pytest

from retape.verify.cases import answers
from retape.verify.cases.answers import Answer
from retape.verify.cases.case import Kind
from retape.verify.cases.client import Refusal
from retape.verify.cases.seen import Seen
from retape.verify.cases.words import WORDS

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
ASKED_SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}
REQUIRED = {"tools": [WEATHER], "tool_choice": "required"}
NAMED = {"tools": [WEATHER], "tool_choice": {"type": "function", "function": {"name": "get_time"}}}
CALLED = ("get_weather", '{"city": "Paris"}')
LATER = ("get_weather", '{"city": "Tokyo"}')


def chat(text: str | None = None, *calls: tuple[str, str], finish: str = "stop", **more: Any) -> Answer:
    """A chat completion's answer."""
    rows = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text, "tool_calls": rows or None}
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": more.pop("logprobs", None)}
    return answers.chat({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice], **more})


def several(*indexes: int) -> Answer:
    """A chat completion with choices of these indexes."""
    return answers.chat({"choices": [{"index": index, "message": {"content": "a"}} for index in indexes]})


def response(text: str = "", *kinds: str, **more: Any) -> Answer:
    """A response's answer: items of these types, and a message."""
    message = {"type": "message", "content": [{"type": "output_text", "text": text}]}
    items = [*({"type": kind} for kind in kinds), *([message] if text else [])]
    return answers.response({"id": "resp_1", "object": "response", "status": "completed", "output": items, **more})


def embedded(*vectors: list[float] | str) -> Answer:
    """Embeddings."""
    return answers.embeddings({"data": [{"index": n, "embedding": vector} for n, vector in enumerate(vectors)]})


def token(text: str, logprob: float = -0.5, top: int = 1) -> dict[str, Any]:
    beside = [{"token": text, "logprob": logprob, "bytes": list(text.encode())}] * top
    return {"token": text, "logprob": logprob, "bytes": list(text.encode()), "top_logprobs": beside}


def counted(prompt: int | None, completion: int | None, total: int | None) -> dict[str, Any]:
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def seen(came: Answer | Refusal, *before: Answer, **sent: Any) -> Seen:
    return Seen(came=came, sent=sent, model="gpt-4o-mini", before=before)


NO_PLACE = Refusal(status=404, message="404 page not found", clean=False)
BAD = Refusal(status=400, message="Invalid model: x.", type="invalid_request_error", param="model", code="bad")
EMBEDDED_64 = base64.b64encode(struct.pack("<2f", 0.6, 0.8)).decode()

HOLDS: dict[str, list[tuple[Any, Seen]]] = {
    "text": [
        (["Earth", "the world"], seen(chat("We live on EARTH."))),
        ("1000", seen(chat("It was $1,000."))),
        ("日本", seen(chat("これは日本語です"))),
        (1000, seen(chat("It was 1,000."))),
    ],
    "quotes": [("naïve — 🦙", seen(chat("He said: naïve — 🦙!"))), ("é", seen(chat(None, ("f", '{"x": "\\u00e9"}'))))],
    "calls": [
        ({"get_weather": {"city": "Paris"}}, seen(chat(None, CALLED))),
        ([{"get_weather": {"city": "Tokyo"}}, {"get_weather": None}], seen(chat(None, CALLED, LATER))),
        ({"get_weather": {"city": {"one_of": ["Rome", "Paris"]}}}, seen(chat(None, CALLED))),
        ({"get_weather": {"city": {"contains": "par"}}}, seen(chat(None, CALLED))),
        ({"f": {"x": 1, "y": [1.0]}}, seen(chat(None, ("f", '{"y": [1], "x": 1.0}')))),
    ],
    "items": [({"who": 2}, seen(chat('{"who": ["a", "b"]}')))],
    "values": [({"n": [1, 2], "word": "yes"}, seen(chat('{"n": 2, "word": "Yes, it is"}')))],
    "filled": [(["n"], seen(chat('{"n": "x"}')))],
    "output": [(["web_search_call", "message"], seen(response("128", "reasoning", "web_search_call")))],
    "says": [(True, seen(chat("Hi")))],
    "without": [(["6"], seen(chat("1, 2")))],
    "begins": [("The", seen(chat("The end")))],
    "json": [(True, seen(chat('{"a": 1}')))],
    "valid": [(True, seen(chat('{"n": 1}'), **ASKED_SCHEMA)),
              (True, seen(response('{"n": 1}'), text={"format": {"type": "json_schema", "schema": SCHEMA}}))],
    "no_calls": [(True, seen(chat("Hi")))],
    "some_calls": [(1, seen(chat(None, CALLED)))],
    "most_calls": [(1, seen(chat(None, CALLED))), (1, seen(chat("Hi")))],
    "only_calls": [(["get_weather"], seen(chat(None, CALLED))), (["get_weather"], seen(chat("Hi")))],
    "fitting_calls": [(True, seen(chat(None, CALLED), tools=[WEATHER])),
                      (True, seen(chat(None, CALLED), tools=[WEATHER["function"]]))],
    "refused": [([400, 422], seen(BAD)), ({"status": 400, "param": "model", "code": ["x", "bad"]}, seen(BAD)),
                ({"status": 400, "type": "invalid_request_error", "names": "model"}, seen(BAD))],
    "may_refuse": [(400, seen(BAD)), (400, seen(chat("Hi")))],
    "finish": [(["stop"], seen(chat("Hi"))), ("length", seen(chat("Hi", finish="length"), max_tokens=1))],
    "status": [("completed", seen(response("Hi")))],
    "reason": [("max_output_tokens", seen(response("Hi"))),
               ("max_output_tokens", seen(response("Hi", status="incomplete",
                                                   incomplete_details={"reason": "max_output_tokens"})))],
    "choices": [(2, seen(several(1, 0)))],
    "usage": [(True, seen(chat("Hi", usage=counted(3, 2, 5)))),
              (True, seen(response("Hi", usage={"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}))),
              (True, seen(answers.embeddings({"data": [{"index": 0, "embedding": [1.0]}],
                                              "usage": {"prompt_tokens": 3, "total_tokens": 3}})))],
    "tokens": [(4, seen(chat("Hi", usage=counted(3, 4, 7)))), (4, seen(chat("Hi there")))],
    "logprobs": [(1, seen(chat("Hi 🦙", logprobs={"content": [token("Hi"), token(" 🦙", 0)]}))),
                 (0, seen(chat("Hi", logprobs={"content": [token("Hi", top=0)]}), top_logprobs=0)),
                 (0, seen(chat("Hi", logprobs={"content": [token("Hi", top=20)]})))],
    "same": [(True, seen(chat("Hi", CALLED), chat("Hi", CALLED)))],
    "follows": [(True, seen(response("Hi", previous_response_id="resp_0"), previous_response_id="resp_0"))],
    "vectors": [(1, seen(embedded([0.6, 0.8]))), ({"count": 2, "dimensions": 2}, seen(embedded([1, 0], [0, 1])))],
    "same_vectors": [(True, seen(embedded(EMBEDDED_64), embedded([0.6, 0.8])))],
    "ordered": [(True, seen(embedded([1, 0], [0, 1]), embedded([0, 1], [1, 0])))],
    "listed": [(True, seen(Answer(value={"data": [{"id": "other"}, {"id": "gpt-4o-mini"}]})))],
    "fields": [({"object": "list", "more": False}, seen(Answer(value={"object": "list", "more": False}))),
               ({"id": "$model"}, seen(Answer(value={"id": "gpt-4o-mini"})))],
    "counts": [(["n"], seen(Answer(value={"n": 3})))],
}  # fmt: skip
"""Word -> what is wanted, and an answer that is so."""

BREAKS: dict[str, list[tuple[Any, Seen, Kind, str]]] = {
    "text": [
        ("no", seen(chat("I know.")), "quality", "the model said 'I know.', not 'no'"),
        ("Earth", seen(chat(None, CALLED)), "quality", "the model said nothing and called get_weather, not 'Earth'"),
    ],
    "quotes": [
        ("naïve", seen(chat("naive")), "quality", "the model said 'naive', not 'naïve'"),
        ("naïve", seen(chat("naÃ¯ve")), "protocol", "damaged on its way: 'naÃ¯ve'"),
        ("naïve", seen(chat("na\ufffdve")), "protocol", "damaged on its way"),
    ],
    "calls": [
        ({"get_weather": {"city": "Rome"}}, seen(chat(None, CALLED)), "quality", "not get_weather({'city': 'Rome'})"),
        ({"get_weather": None}, seen(chat("Hi")), "quality", "the model called nothing, not get_weather(...)"),
        ({"get_weather": None}, seen(chat(None, CALLED, LATER)), "quality", "the model called get_weather("),
        ({"f": {"x": True}}, seen(chat(None, ("f", '{"x": 1}'))), "quality", 'the model called f({"x": 1})'),
        ({"f": {"x": 1}}, seen(chat(None, ("f", '{"x": 1'))), "protocol", "arguments are no JSON"),
        ({"f": {"x": 1}}, seen(chat(None, ("f", '{"x": 1'), finish="length")), "inconclusive", "are no JSON"),
    ],
    "items": [({"who": 2}, seen(chat('{"who": ["a"]}')), "quality", "who has 1 items, not 2")],
    "values": [({"n": 1}, seen(chat('{"n": 3}')), "quality", "n is 3, not 1"),
               ({"n": 1}, seen(chat("none")), "quality", "n is None, not 1")],
    "filled": [(["n"], seen(chat('{"n": ""}')), "quality", "n is empty: ''")],
    "output": [(["web_search_call", "message"], seen(response("128")), "quality", "the output is message, without")],
    "says": [(True, seen(chat("")), "protocol", "no content came"),
             (True, seen(chat("", finish="length")), "inconclusive", "no content came before the token limit")],
    "without": [(["6"], seen(chat("5, 6")), "protocol", "'6' is in the answer, and mustn't be")],
    "begins": [("The", seen(chat("An end")), "protocol", "the answer begins with 'An end', not with 'The'")],
    "json": [(True, seen(chat('```json\n{"a": 1}\n```')), "protocol", "the answer is no JSON: Expecting value"),
             (True, seen(chat("[1]")), "protocol", "the answer is JSON, and no object"),
             (True, seen(chat('{"a"', finish="length")), "inconclusive", "no JSON before the token limit")],
    "valid": [(True, seen(chat('{"n": "1"}'), **ASKED_SCHEMA), "protocol", "doesn't validate against the schema"),
              (True, seen(chat("{"), **ASKED_SCHEMA), "protocol", "the answer is no JSON"),
              (True, seen(answers.chat({"choices": [{"message": {"refusal": "No."}}]}), **ASKED_SCHEMA),
               "inconclusive", "the model refused: 'No.'")],
    "no_calls": [
        (True, seen(chat(None, CALLED)), "protocol", "no tool was to be called"),
        (True, seen(chat(None, CALLED), tools=[WEATHER], tool_choice="none"), "protocol", "no tool was to be called"),
        (True, seen(chat(None, CALLED), tools=[WEATHER]), "quality", "no tool was to be called"),
    ],
    "some_calls": [
        (1, seen(chat("Hi"), **REQUIRED), "protocol", "no tool was called, and 1 had to be"),
        (1, seen(chat("Hi"), **NAMED), "protocol", "no tool was called, and 1 had to be"),
        (1, seen(chat("Hi"), tools=[WEATHER]), "quality", "no tool was called, and 1 had to be"),
        (1, seen(chat("Hi", finish="length"), **REQUIRED), "inconclusive", "the token limit"),
    ],
    "most_calls": [(1, seen(chat(None, CALLED, LATER)), "protocol", "2 calls came, and 1 is the most")],
    "only_calls": [
        (["get_time"], seen(chat(None, CALLED), **NAMED), "protocol", "only get_time was to be called"),
        (["get_time"], seen(chat(None, CALLED), **REQUIRED), "quality", "only get_time was to be called"),
        (["get_time"], seen(chat(None, ("get_tide", "{}")), **REQUIRED), "protocol", "the answer calls get_tide({})"),
    ],
    "fitting_calls": [
        (True, seen(chat("Hi"), tools=[WEATHER]), "inconclusive", "no tool was called"),
        (True, seen(chat(None, ("f", "{}")), tools=[WEATHER]), "protocol", "'f' was called, which wasn't offered"),
        (True, seen(chat(None, ("get_weather", '{"city": 1}')), tools=[WEATHER]), "protocol", "don't validate"),
        (True, seen(chat(None, ("get_weather", "{")), tools=[WEATHER]), "protocol", "a call's arguments are no JSON"),
    ],
    "refused": [
        (400, seen(chat("Hi")), "protocol", "it was answered, and had to be refused with 400: 'Hi'"),
        (422, seen(BAD), "protocol", "it was refused with 400: Invalid model: x., and had to be with 422"),
        (404, seen(NO_PLACE), "protocol", "the body is no JSON error with a message"),
        ({"status": 400, "param": "messages"}, seen(BAD), "protocol", "the error's param is 'model', not messages"),
        ({"status": 400, "code": "other"}, seen(BAD), "protocol", "the error's code is 'bad', not other"),
        ({"status": 400, "type": "other"}, seen(BAD), "protocol", "type is 'invalid_request_error', not other"),
        ({"status": 400, "names": ["gpt-9"]}, seen(BAD), "protocol", "the error names none of gpt-9"),
    ],
    "may_refuse": [(422, seen(BAD), "protocol", "it was refused with 400")],
    "finish": [
        ("stop", seen(chat("Hi", finish="content_filter")), "protocol", "is 'content_filter', not stop"),
        ("stop", seen(chat("Hi", finish="")), "protocol", "the finish reason is None, not stop"),
        ("stop", seen(chat("Hi", finish="length")), "inconclusive", "the answer hit a token limit"),
        ("tool_calls", seen(chat(None, CALLED)), "protocol", "the finish reason is 'stop', not tool_calls"),
        ("tool_calls", seen(chat("Hi")), "inconclusive", "no tool was called"),
        ("length", seen(chat("Hi", usage=counted(3, 2, 5)), max_tokens=9), "inconclusive", "ended by itself"),
        ("length", seen(chat("Hi", usage=counted(3, 40, 43)), max_tokens=9), "protocol", "is 'stop', not length"),
        ("length", seen(chat("long " * 99), max_completion_tokens=9), "protocol", "is 'stop', not length"),
    ],
    "status": [
        ("completed", seen(response("Hi", status="failed")), "protocol", "the status is 'failed', not completed"),
        ("completed", seen(response("Hi", status="incomplete")), "inconclusive", "the answer hit a token limit"),
        ("incomplete", seen(response("Hi"), max_output_tokens=16), "inconclusive", "ended by itself"),
        ("incomplete", seen(response("long " * 99), max_output_tokens=16), "protocol", "is 'completed', not"),
    ],
    "reason": [("length", seen(response(status="incomplete")), "protocol", "reason is None, not length")],
    "choices": [(2, seen(several(0)), "protocol", "1 choice came where 2 were asked for"),
                (2, seen(several(0, 2)), "protocol", "the choices have the indexes [0, 2], not 0 to 1")],
    "usage": [
        (True, seen(chat("Hi")), "protocol", "there is no usage"),
        (True, seen(chat("Hi", usage=counted(3, 2, 6))), "protocol", "usage.total_tokens is 6, not 3 + 2"),
        (True, seen(chat("Hi", usage=counted(3, None, 3))), "protocol", "usage.completion_tokens is None"),
        (True, seen(chat("Hi", usage=counted(0, 2, 2))), "protocol", "usage.prompt_tokens is 0"),
    ],
    "tokens": [(4, seen(chat("Hi", usage=counted(3, 5, 8))), "protocol", "5 tokens were said where 4 were allowed"),
               (4, seen(chat("long " * 40)), "protocol", "many more tokens were said where 4 were allowed")],
    "logprobs": [
        (1, seen(chat("Hi")), "protocol", "no log probabilities came"),
        (2, seen(chat("Hi", logprobs={"content": [token("Hi")]}), top_logprobs=2), "protocol", "1 top_logprobs came"),
        (1, seen(chat("Hi", logprobs={"content": [token("Hi", 0.5)]})), "protocol", "probability of 'Hi' is 0.5"),
        (1, seen(chat("Hi", logprobs={"content": [token("Ho")]})), "protocol", "say b'Ho', the answer 'Hi'"),
        (1, seen(chat("Hi", logprobs={"content": [{"token": 1}]})), "protocol", "a token is 1"),
    ],
    "same": [
        (True, seen(chat("Hi"), chat("Ho")), "protocol", "it says 'Hi', and said 'Ho' before"),
        (True, seen(chat("Hi", id="other"), chat("Hi")), "protocol", "the id is 'other', not 'chatcmpl-1'"),
        (True, seen(chat(None, CALLED), chat(None, LATER)), "protocol", "it calls other tools than before"),
        (True, seen(response("Hi", status="failed"), response("Hi")), "protocol", "the status is 'failed', and was"),
    ],
    "follows": [(True, seen(response("Hi"), previous_response_id="resp_0"), "protocol", "is None, not 'resp_0'")],
    "vectors": [
        (2, seen(embedded([1])), "protocol", "1 vectors came, not 2"),
        ({"dimensions": 3}, seen(embedded([1, 0])), "protocol", "the vectors have 2 dimensions, not 3"),
        (2, seen(embedded([1], [1, 0])), "protocol", "the vectors have 1, 2 dimensions, not the same for all"),
        (1, seen(embedded([])), "protocol", "the vectors have 0 dimensions"),
        (1, seen(embedded([float("nan")])), "protocol", "a number that is none"),
    ],
    "same_vectors": [(True, seen(embedded([1, 0]), embedded([0, 1])), "protocol", "others than before (cosine 0.0000)"),
                     (True, seen(embedded([1]), embedded([1, 0])), "protocol", "1 vectors of other lengths came")],
    "ordered": [(True, seen(embedded([1, 0], [0, 1]), embedded([1, 0], [0, 1])), "protocol", "don't stand in the"),
                (True, seen(embedded([1]), embedded([1], [1])), "protocol", "1 vectors came, and 2 before")],
    "listed": [(True, seen(Answer(value={"data": []})), "protocol", "the list is empty"),
               (True, seen(Answer(value={"data": [{"id": "m"}]})), "inconclusive", "'gpt-4o-mini' isn't in the list")],
    "fields": [({"object": "list"}, seen(Answer(value={"object": "model"})), "protocol", "object is 'model', not"),
               ({"more": True}, seen(Answer(value={"more": 1})), "protocol", "more is 1, not True")],
    "counts": [(["n"], seen(Answer(value={"n": 0})), "protocol", "n is 0, and has to be a whole number above 0"),
               (["n"], seen(Answer(value={"n": 1.5})), "protocol", "n is 1.5")],
}  # fmt: skip
"""Word -> what is wanted, an answer that isn't so, what kind of problem that is, and a part of what is said of it."""


def complaints(word: str, wanted: Any, what: Seen) -> list[tuple[Kind, str]]:
    row = WORDS[word]
    textual = row.takes.textual and isinstance(wanted, int | float)
    found = row.check(row.takes(str(wanted) if textual else wanted), what)
    return [(row.judges, told) if isinstance(told, str) else told for told in found]


@pytest.mark.parametrize(
    ("word", "wanted", "what"), [(word, *row) for word, rows in HOLDS.items() for row in rows], ids=lambda value: None
)
def test_a_word_holds(word: str, wanted: Any, what: Seen) -> None:
    assert complaints(word, wanted, what) == []


@pytest.mark.parametrize(
    ("word", "wanted", "what", "kind", "said"),
    [(word, *row) for word, rows in BREAKS.items() for row in rows],
    ids=lambda value: None,
)
def test_a_word_is_broken(word: str, wanted: Any, what: Seen, kind: Kind, said: str) -> None:
    (found,) = complaints(word, wanted, what)
    assert found[0] == kind
    assert said in found[1]


def test_every_word_is_held_and_broken_here() -> None:
    assert HOLDS.keys() == BREAKS.keys() == WORDS.keys()


@pytest.mark.parametrize("word", WORDS)
def test_a_word_says_when_it_holds(word: str) -> None:
    assert WORDS[word].name == word
    assert len(WORDS[word].does.split()) > 2


@pytest.mark.parametrize("word", [word for word in WORDS if WORDS[word].judges == "quality"])
def test_what_judges_the_model_breaks_as_quality_somewhere(word: str) -> None:
    assert "quality" in {kind for _, _, kind, _ in BREAKS[word]}
