"""Whatever is sent, and whichever rules are off: an answer or OpenAI's kind of error, never an exception."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from fake.rules.judging import HI, chat, response
from fake.rules.test_rest_tables import BATCH, COMPLETE, DRAW, EMBED, SAY, STATIC, UPLOAD
from fake.rules.test_valid_bodies import ANSWERS, CHATS, ITEMS
from retape import Fake, Request, UsageError
from retape.handlers.fake.rules import RULES
from retape.handlers.fake.rules.phrases import FAMILIES
from retape.tape.steps import Chunk, Head

BASE = "https://api.openai.com/v1"
KEY = ("authorization", "Bearer unused")
JSON = ("content-type", "application/json")
NOT_JSON = "We could not parse the JSON body of your request."

GENERAL = sorted({family.rule for family in FAMILIES.values()})
SETUPS: dict[str, dict[str, Any]] = {
    "openai": {},
    "lenient": {"profile": "lenient"},
    "no general rule": {"off": GENERAL},
    "no rule at all": {"off": sorted(RULES)},
} | {f"without {rule}": {"off": rule} for rule in GENERAL}


def sent(fake: Fake, method: str, path: str, body: bytes = b"") -> tuple[Head, bytes]:
    head, *chunks = list(fake(Request(method, BASE + path, (JSON, KEY), body)))
    assert isinstance(head, Head)
    return head, b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))


def made(fake: Fake, path: str, **body: Any) -> str:
    """The id of something that was stored."""
    head, data = sent(fake, "POST", path, json.dumps(body).encode())
    assert head.status == 200, data
    return str(json.loads(data)["id"])


def error(data: bytes) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(data)["error"]
    assert {"message", "type", "param", "code"} <= told.keys()
    assert told["message"]
    return told


def bodies(fake: Fake) -> list[tuple[str, dict[str, Any]]]:
    """A sound body of every endpoint that takes JSON, with what they speak of."""
    talk, answer = made(fake, "/conversations", items=HI), made(fake, "/responses", model="gpt-4o", input="hi")
    store, upload = made(fake, "/vector_stores", name="a"), made(fake, "/uploads", **UPLOAD)
    stored = made(fake, "/chat/completions", **chat(store=True))
    links = {"conversation": talk, "previous_response_id": answer}
    answers = [response(**{name: links.get(name, value) for name, value in fields.items()}) for fields in ANSWERS]
    return [
        *(("/chat/completions", chat(**fields)) for fields in CHATS),
        *(("/responses", body) for body in answers),
        *(("/responses", {"model": "gpt-4o", "input": [item]}) for item in ITEMS),
        ("/responses/compact", {"model": "gpt-4o", "input": ITEMS}),
        ("/responses/input_tokens", {"model": "gpt-4o", "input": ITEMS, "tools": ANSWERS[0]["tools"]}),
        (f"/conversations/{talk}/items", {"items": ITEMS}),
        ("/conversations", {"items": HI, "metadata": {"a": "b"}}),
        (f"/conversations/{talk}", {"metadata": {"a": "b"}}),
        (f"/chat/completions/{stored}", {"metadata": {"a": "b"}}),
        ("/embeddings", EMBED | {"input": [[1, 2], [3]], "dimensions": 8}),
        ("/completions", COMPLETE | {"prompt": ["a", "b"], "n": 2, "best_of": 2, "logprobs": 5, "stop": ["a"]}),
        ("/images/generations", DRAW | {"size": "1024x1024", "n": 2, "quality": "low", "partial_images": 1}),
        ("/images/edits", DRAW | {"images": [{"image_url": "data:image/png;base64,iVBORw0KGgo="}]}),
        ("/audio/speech", SAY | {"speed": 1.5, "response_format": "wav"}),
        ("/moderations", {"input": [{"type": "text", "text": "a"}], "model": "omni-moderation-latest"}),
        ("/uploads", UPLOAD),
        (f"/uploads/{upload}/complete", {"part_ids": ["part_1"], "md5": "0"}),
        ("/batches", BATCH | {"output_expires_after": {"anchor": "created_at", "seconds": 3600}}),
        ("/vector_stores", {"name": "a", "chunking_strategy": STATIC, "expires_after": {"anchor": "x", "days": 7}}),
        (f"/vector_stores/{store}", {"name": "b", "expires_after": {"anchor": "last_active_at", "days": 7}}),
        (f"/vector_stores/{store}/search", {"query": "a", "filters": {"type": "eq", "key": "a", "value": 1}}),
        (f"/vector_stores/{store}/files", {"file_id": "file-1", "attributes": {"a": 1}}),
        (f"/vector_stores/{store}/file_batches", {"files": [{"file_id": "file-1", "attributes": {"a": 1.5}}]}),
    ]


ODD = json.loads(
    r"""[null, true, false, 0, 1, -1, 1.5, 1e308, 1000000000000000000000000000000, "", "x", "auto", "\u0000", "é😀",
    "gpt-4o", "gpt-5", [], {}, [[]], [{}], [null], ["x"], [1], [[[[[[[[]]]]]]]], {"": ""}, {"role": "user"}, {"id": 1},
    {"type": "x"}, {"type": null}, {"type": []}, {"type": "message"}, {"type": "function", "function": null},
    {"$ref": "#"}, {"name": 1}]"""
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield from places(value[index], (*path, index))


def changed(body: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A body with something taken away, put in or put in a list, in a few places."""
    body = copy.deepcopy(body)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        found = list(places(body))
        if not found:
            break
        *way, last = chance.choice(found)
        within: Any = body
        for step in way:
            within = within[step]
        odd, dice = copy.deepcopy(chance.choice(ODD)), chance.random()
        if dice < 0.2:
            del within[last]
        elif dice < 0.3 and isinstance(within, dict):
            within[chance.choice(("foo", "type", "id", "name", "content", "role", "function"))] = odd
        else:
            within[last] = [within[last]] if dice < 0.4 else odd
    return body if chance.random() < 0.7 else body | {"stream": True}


@pytest.mark.parametrize("name", SETUPS)
def test_a_body_that_is_wrong_somewhere_is_answered_or_refused(name: str) -> None:
    fake, chance = Fake(**SETUPS[name]), random.Random(name)
    known = bodies(fake)
    seen = set()
    for _ in range(60):
        path, body = chance.choice(known)
        head, data = sent(fake, "POST", path, json.dumps(changed(body, chance)).encode())
        seen.add(head.status)
        if head.status != 200:
            error(data)
    assert {200, 400} <= seen


@pytest.mark.parametrize("path", ["/conversations/{}/items", "/vector_stores/{}/files", "/responses/{}/input_items"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_what_was_stored_without_rules_can_be_listed(path: str, order: str) -> None:
    fake, chance = Fake(off=sorted(RULES)), random.Random(path)
    known = bodies(fake)
    kept = {made(fake, "/conversations"), made(fake, "/vector_stores"), made(fake, "/responses", model="x", input="a")}
    for _ in range(60):
        where, body = chance.choice(known)
        head, data = sent(fake, "POST", where, json.dumps(changed(body, chance)).encode())
        if head.status == 200 and head.header("content-type") == "application/json":
            kept.add(str(json.loads(data).get("id")))
    for one in kept:
        head, data = sent(fake, "GET", f"{path.format(one)}?order={order}")
        assert head.status == 200 or error(data)


DEEP = 100_000
UNREADABLE = {
    "arrays in arrays": b'{"model":"gpt-4o","messages":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "300 arrays in arrays": b'{"model":' + b"[" * 300 + b"]" * 300 + b"}",
    "objects in objects": b'{"model":' * DEEP + b"1" + b"}" * DEEP,
    "a number of 5,000 digits": b'{"model":"gpt-4o","messages":[],"n":' + b"9" * 5000 + b"}",
    "NaN": b'{"model":"gpt-4o","temperature":NaN}',
    "Infinity": b'{"model":"gpt-4o","temperature":-Infinity}',
    "a number beyond all doubles": b'{"model":"gpt-4o","temperature":1e999}',
    "half of a surrogate pair": rb'{"model":"gpt-4o","input":"\ud83d"}',
    "half of a surrogate pair as a name": rb'{"\udc00":"gpt-4o"}',
    "half of a surrogate pair in bytes": b'{"model":"\xed\xa0\xbd"}',
    "a raw NUL": b'{"model":"gpt\x004o"}',
    "Latin-1": b'{"model":"gpt-4\xf6"}',
    "UTF-16": '{"model":"gpt-4o"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"model":"gpt-4o"}'.encode("utf-16-le"),
    "UTF-32": '{"model":"gpt-4o"}'.encode("utf-32"),
    "a byte order mark": b'\xef\xbb\xbf{"model":"gpt-4o"}',
    "blanks": b" \n",
    "two values": b'{"model":"gpt-4o"} {}',
    "a comma too many": b'{"model":"gpt-4o",}',
    "Python": b"{'model': 'gpt-4o'}",
}


@pytest.mark.parametrize("path", ["/chat/completions", "/responses", "/embeddings", "/vector_stores", "/uploads"])
@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_json_can_not_be_parsed(name: str, path: str) -> None:
    head, data = sent(Fake(), "POST", path, UNREADABLE[name])
    assert head.status == 400
    assert error(data)["message"].startswith(NOT_JSON)


@pytest.mark.parametrize("text", [r"\ud83d\ude00", r"\\ud83d", "\\u0000", "😀", r"\uD83D\uDE00 and \\\\uDE00"])
def test_whole_characters_are_json_however_they_are_written(text: str) -> None:
    body = '{"model":"gpt-4o","input":"' + text + '"}'
    head, _ = sent(Fake(), "POST", "/responses", body.encode())
    assert head.status == 200


def test_what_is_nested_in_200_levels_is_json() -> None:
    _, data = sent(Fake(), "POST", "/responses", b'{"model":' + b"[" * 200 + b"]" * 200 + b"}")
    assert error(data)["code"] == "invalid_type"


@pytest.mark.parametrize("fault", ["rate-limit", "rate-limit-tokens", "context-length", "model-not-found", 500])
@pytest.mark.parametrize("name", UNREADABLE)
def test_a_fault_strikes_what_is_no_json_too(name: str, fault: int | str) -> None:
    fake = Fake()
    fake.fail(fault)
    head, data = sent(fake, "POST", "/chat/completions", UNREADABLE[name])
    assert head.status >= 400
    assert error(data)["message"]


def test_of_a_name_that_comes_twice_the_last_value_counts() -> None:
    head, data = sent(Fake(), "POST", "/responses", b'{"model":"none","input":"hi","model":"gpt-4o"}')
    assert (head.status, json.loads(data)["model"]) == (200, "gpt-4o")


NO_NUMBERS = ("9" * 5000, "-" + "9" * 5000, "1_0", "+5", " 5", "٣", "²", "1e1", "NaN", "", "0x10", "5.0")


@pytest.mark.parametrize("number", NO_NUMBERS, ids=range(len(NO_NUMBERS)))
@pytest.mark.parametrize("off", [(), sorted(RULES)], ids=["all rules", "no rule"])
def test_a_query_whose_number_is_none_is_refused(number: str, off: Any) -> None:
    fake = Fake(off=off)
    answer = made(fake, "/responses", model="gpt-4o", input="hi")
    for path, field in (
        ("/files?limit=", "limit"),
        ("/vector_stores?limit=", "limit"),
        (f"/responses/{answer}/input_items?limit=", "limit"),
        (f"/responses/{answer}?stream=true&starting_after=", "starting_after"),
    ):
        head, data = sent(fake, "GET", path + number)
        told = error(data)
        assert (head.status, told["param"], told["code"]) == (400, field, "invalid_type")


@pytest.mark.parametrize("field", ["n", "best_of", "logprobs", "dimensions", "partial_images", "top_logprobs"])
def test_no_request_makes_more_than_this_machine_can(field: str) -> None:
    fake = Fake(off=["above-maximum", "best-of", "dimensions", "top-logprobs-limit", "unknown-parameter"])
    for path, body in (
        ("/chat/completions", chat(logprobs=True)),
        ("/completions", COMPLETE | {"n": 1}),
        ("/embeddings", EMBED),
        ("/images/generations", DRAW | {"stream": True}),
    ):
        head, _ = sent(fake, "POST", path, json.dumps(body | {field: 10**12}).encode())
        assert head.status in (200, 400)


def test_a_rule_that_is_off_lets_pass_what_can_be_answered() -> None:
    body = json.dumps(chat(messages=[{"role": "user", "content": "hi", "provider_specific_fields": None}])).encode()
    strict, open_ = Fake(), Fake(off="unknown-parameter")
    assert sent(strict, "POST", "/chat/completions", body)[0].status == 400
    assert strict.requests.last.broke == "unknown-parameter"
    assert "400 for unknown-parameter" in repr(strict.requests.last)
    assert sent(open_, "POST", "/chat/completions", body)[0].status == 200
    assert open_.requests.last.broke == ""


def test_a_rule_that_is_off_still_says_why_its_request_can_not_be_answered() -> None:
    fake = Fake(off="invalid-type")
    head, data = sent(fake, "POST", "/chat/completions", json.dumps(chat(messages=5)).encode())
    told = "Invalid type for 'messages': expected an array of objects, but got an integer instead."
    assert (head.status, error(data)["message"]) == (400, told)
    assert fake.requests.last.broke == "invalid-type"


@pytest.mark.parametrize("strict", [True, False, None])
def test_a_format_without_its_schema_is_any_json(strict: bool | None) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "a", "strict": strict}}
    fake = Fake(off="missing-parameter")
    head, data = sent(fake, "POST", "/chat/completions", json.dumps(chat(response_format=wanted)).encode())
    assert head.status == 200
    assert json.loads(json.loads(data)["choices"][0]["message"]["content"])


@pytest.mark.parametrize("off", [(), "invalid-type"])
def test_an_exception_of_the_scripts_own_stays_one(off: Any) -> None:
    fake = Fake(off=off)
    fake.on(lambda sent: sent.body["no such field"]).reply("never")
    with pytest.raises(KeyError, match="no such field"):
        sent(
            fake, "POST", "/chat/completions", json.dumps(chat(user=5)).encode() if off else json.dumps(chat()).encode()
        )


@pytest.mark.parametrize("off", [(), "invalid-type"])
def test_an_exception_that_no_rule_accounts_for_stays_one(off: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retape.handlers.fake.endpoints.chat.chat_ask", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError, match="division"):
        sent(Fake(off=off), "POST", "/chat/completions", json.dumps(chat()).encode())


def test_a_sound_request_that_meets_nonsense_which_was_stored_gets_a_server_error() -> None:
    fake = Fake(off=sorted(RULES))
    talk = made(
        fake, "/conversations", items=[{"type": "function_call", "call_id": {}, "name": "f", "arguments": "{}"}]
    )
    body = {"model": "gpt-4o", "input": "hi", "conversation": talk}
    head, data = sent(fake, "POST", "/responses", json.dumps(body).encode())
    assert (head.status, error(data)["type"]) == (500, "server_error")


def test_a_compaction_that_the_fake_did_not_make_stands_for_nothing() -> None:
    fake = Fake()
    for content in ("gAAAAAB", "gAAAAABeJyrrgUAAXUA-Q==", "gAAAAABeJwzBAAAMgAy", "x" * 400, ""):
        items = [{"type": "compaction", "encrypted_content": content}, *HI]
        head, data = sent(fake, "POST", "/responses", json.dumps({"model": "gpt-4o", "input": items}).encode())
        assert head.status == 200 or error(data)["param"]


def test_no_rule_of_this_name_is_an_error_at_once() -> None:
    with pytest.raises(UsageError, match="there is no rule 'invalid-tpye'; the nearest is 'invalid-type'"):
        Fake(off="invalid-tpye")
