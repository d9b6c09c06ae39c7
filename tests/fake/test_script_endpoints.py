"""Scripts and endpoints: what a strict script has to know, paths that the fake lacks, acts that don't fit."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import openai
import pytest

import retape
from libraries import OURS
from retape import Fake, ScriptError, ScriptNotFollowed
from retape.handlers.fake.fake import ROUTES
from retape.handlers.fake.script.acts import SPEAKING, WORDS
from retape.handlers.fake.script.fitting import MODELLED
from speaking import client

# Variations and translations: openai 3 calls them deprecated, and OpenAI has them still.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MODEL = "gpt-4o-mini"
TALK: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Name a planet."}]}
EMBED: Any = {"model": "text-embedding-3-small", "input": "Hi"}
JOBS = "/v1/fine_tuning/jobs"
EMPTY = {"object": "list", "data": [], "has_more": False}

Ask = Callable[[openai.OpenAI], Any]


def png() -> bytes:
    made = client(Fake()).images.generate(model="dall-e-2", prompt="a cat", response_format="b64_json", size="256x256")
    return base64.b64decode(made.data[0].b64_json)  # type: ignore[index, arg-type]


def wav() -> bytes:
    return client(Fake()).audio.speech.create(model="tts-1", voice="alloy", input="Hi", response_format="wav").read()


MADE: dict[str, Ask] = {
    "audio.speech.create": lambda api: api.audio.speech.create(model="tts-1", voice="alloy", input="Hi"),
    "audio.transcriptions.create": lambda api: api.audio.transcriptions.create(
        model="whisper-1", file=("a.wav", wav(), "audio/wav")
    ),
    "audio.translations.create": lambda api: api.audio.translations.create(
        model="whisper-1", file=("a.wav", wav(), "audio/wav")
    ),
    "chat.completions.create": lambda api: api.chat.completions.create(**TALK),
    "completions.create": lambda api: api.completions.create(model="gpt-3.5-turbo-instruct", prompt="Hi"),
    "embeddings.create": lambda api: api.embeddings.create(**EMBED),
    "images.create_variation": lambda api: api.images.create_variation(image=("a.png", png(), "image/png")),
    "images.edit": lambda api: api.images.edit(
        image=("a.png", png(), "image/png"), prompt="a cat", model="gpt-image-1"
    ),
    "images.generate": lambda api: api.images.generate(model="gpt-image-1", prompt="a cat"),
    "moderations.create": lambda api: api.moderations.create(input="Hi"),
    "responses.compact": lambda api: api.post(
        "/responses/compact", cast_to=object, body={"model": "gpt-5", "input": [{"role": "user", "content": "Hi"}]}
    ),
    "responses.create": lambda api: api.responses.create(model=MODEL, input="Hi"),
    "responses.input_tokens.count": lambda api: api.post(
        "/responses/input_tokens", cast_to=object, body={"model": MODEL, "input": "Hi"}
    ),
}
"""What a model makes, or its tokenizer."""

KEPT: dict[str, Ask] = {
    "files.create": lambda api: api.files.create(file=("a.txt", b"a", "text/plain"), purpose="user_data"),
    "files.list": lambda api: api.files.list(),
    "uploads.create": lambda api: api.uploads.create(
        bytes=1, filename="a.txt", mime_type="text/plain", purpose="user_data"
    ),
    "conversations.create": lambda api: api.post("/conversations", cast_to=object, body={}),
    "vector_stores.create": lambda api: api.post("/vector_stores", cast_to=object, body={"name": "a"}),
    "batches.list": lambda api: api.batches.list(),
    "chat.completions.list": lambda api: api.chat.completions.list(),
    "models.list": lambda api: api.models.list(),
}
"""What is only kept, and given back."""


def test_every_endpoint_is_made_by_a_model_or_only_keeps_things() -> None:
    """Whoever adds one says which: here, and in `MODELLED` when a model makes its answer."""
    kept = "batches. chat.completions. conversations. files. models. responses. uploads. vector_stores."
    assert MADE.keys() == MODELLED
    assert not MODELLED - ROUTES.operations
    assert not {name for name in ROUTES.operations - MODELLED if not name.startswith(tuple(kept.split()))}


@pytest.mark.parametrize("endpoint", MADE)
def test_a_strict_script_reports_whatever_a_model_would_make(endpoint: str) -> None:
    fake = Fake(strict=True)
    with pytest.raises(openai.BadRequestError, match=rf"matches this request \({re.escape(endpoint)}, ") as caught:
        MADE[endpoint](client(fake, strict=False))
    assert caught.value.code == "no_rule_matched"
    with pytest.raises(ScriptNotFollowed, match=rf"not in its strict script:\n  <Sent {re.escape(endpoint)} "):
        fake.check()


@pytest.mark.parametrize("endpoint", MADE)
def test_a_strict_script_may_leave_it_to_the_fake(endpoint: str) -> None:
    fake = Fake(strict=True)
    fake.on(endpoint=endpoint).made_up()
    MADE[endpoint](client(fake, strict=False))
    fake.check()


@pytest.mark.parametrize("endpoint", KEPT)
def test_what_is_only_kept_needs_no_rule(endpoint: str) -> None:
    fake = Fake(strict=True)
    KEPT[endpoint](client(fake, strict=False))
    fake.check()
    assert (fake.requests.last.endpoint, fake.requests.last.status) == (endpoint, 200)


def test_a_path_that_the_fake_lacks_is_reported_by_a_strict_script_and_refused_as_openai_does() -> None:
    fake = Fake(strict=True)
    with pytest.raises(openai.NotFoundError, match=r"Invalid URL \(GET /v1/fine_tuning/jobs\)"):
        client(fake).fine_tuning.jobs.list()
    with pytest.raises(ScriptNotFollowed, match=r"strict script:\n  <Sent GET /v1/fine_tuning/jobs -> 404>\."):
        fake.check()


def test_a_rule_with_a_path_answers_where_the_fake_has_no_endpoint() -> None:
    fake = Fake(strict=True)
    fake.on(path=JOBS).json(EMPTY, headers={"x-run": "7"})
    answer = client(fake).fine_tuning.jobs.with_raw_response.list()
    assert (answer.parse().data, answer.headers["x-run"]) == ([], "7")
    assert answer.headers["x-request-id"] == fake.requests.only.request_id
    assert (fake.requests.only.status, fake.requests.only.rule) == (200, fake._script.rules[0])
    fake.check()


def test_it_looks_at_the_other_conditions_and_at_the_body_too() -> None:
    fake = Fake()
    job = {"training_file": "file-1", "model": MODEL}
    fake.on(path=f"{JOBS}*", model=MODEL, body={"training_file": "file-1"}).json({"id": "ftjob-1"}, status=201)
    api = client(fake, strict=False)
    assert api.fine_tuning.jobs.create(**job).id == "ftjob-1"  # type: ignore[arg-type]
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        api.fine_tuning.jobs.create(**job | {"model": "gpt-4o"})  # type: ignore[arg-type]
    assert [sent.status for sent in fake.requests] == [201, 404]


BROKEN: dict[str, tuple[Callable[[Any], Any], type[Exception], str]] = {
    "an error": (lambda rule: rule.fail(429, message="Later."), openai.RateLimitError, "Later"),
    "an error by name": (lambda rule: rule.fail("insufficient_quota"), openai.RateLimitError, "current quota"),
    "no answer": (lambda rule: rule.fail("reset"), openai.APIConnectionError, "Connection error"),
    "a 404 that breaks": (lambda rule: rule.fail("truncated"), openai.NotFoundError, "404|Invalid URL"),
    "a status": (lambda rule: rule.json({"error": {"message": "Gone."}}, status=410), openai.APIStatusError, "Gone"),
    "JSON, broken": (lambda rule: rule.json(EMPTY).and_fail("reset"), openai.APIConnectionError, "Connection error"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_it_can_fail_there(name: str) -> None:
    write, error, message = BROKEN[name]
    fake = Fake()
    write(fake.on(path=JOBS))
    with pytest.raises(error, match=message):
        client(fake).fine_tuning.jobs.list()


def test_a_method_that_the_path_does_not_take_can_be_answered_on_a_socket() -> None:
    fake = Fake(script=[{"on": {"path": "/v1/models"}, "json": {"made": "here"}}, {"on": {"path": "/up"}, "json": {}}])
    with retape.serve(fake) as server, OURS.Client(base_url=server.base_url.removesuffix("/v1")) as http:
        assert http.request("PATCH", "/v1/models").json() == {"made": "here"}
        assert http.get("/up").json() == {}
        assert http.get("/v1/down").status_code == 404
    fake.check()


def test_only_a_rule_that_names_a_path_answers_there() -> None:
    fake = Fake()
    fake.on().json(EMPTY)
    with pytest.raises(openai.NotFoundError, match="Invalid URL"):
        client(fake).fine_tuning.jobs.list()
    said = r"asked for only by <Sent GET /v1/fine_tuning/jobs -> 404>, which it can't answer: .* path='/v1/fine_tuning/"
    with pytest.raises(ScriptNotFollowed, match=said):
        fake.check()


IMPOSSIBLE: dict[str, tuple[dict[str, Any], str]] = {
    # a rule, what is said about it
    "reply": (
        {"on": {"endpoint": "embeddings.create"}, "reply": "x"},
        "reply is something that a model says, and embeddings.create is no endpoint for that; "
        "give it json, fail or made_up",
    ),
    "reply, by pattern": (
        {"on": {"endpoint": "images.*"}, "reply": "x"},
        "reply is something that a model says, and images.* is no endpoint for that; give it json, fail or made_up",
    ),
    "call": (
        {"on": {"endpoint": "completions.create"}, "call": {"f": {}}},
        "completions.create can't be given call; give it reply, stream, json, fail or made_up",
    ),
    "refuse": (
        {"on": {"endpoint": "audio.transcriptions.create"}, "refuse": "x"},
        "audio.transcriptions.create can't be given refuse; give it reply, json, fail or made_up",
    ),
    "stream": (
        {"on": {"endpoint": "audio.*"}, "stream": ["x"]},
        "audio.* can't be given stream; give it reply, json, fail or made_up",
    ),
    "and_call": (
        {"on": {"endpoint": "completions.create"}, "reply": "x", "and_call": {"f": {}}},
        "completions.create can't be given and_call; give it reply, stream, json, fail or made_up",
    ),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_an_act_that_the_endpoint_cannot_be_given_is_an_error_at_once(name: str) -> None:
    rule, said = IMPOSSIBLE[name]
    with pytest.raises(ScriptError, match=rf"script\.?.*: {re.escape(said)}\Z"):
        Fake(script=[rule])
    acts = {word: value for word, value in rule.items() if word != "on"}
    with pytest.raises(ScriptError, match=rf"test_script_endpoints\.py:\d+: {re.escape(said)}\Z"):
        _written_in_python(Fake().on(**rule["on"]), acts)


def _written_in_python(rule: Any, acts: dict[str, Any]) -> None:
    for word, value in acts.items():
        getattr(rule, word)(*value if isinstance(value, list | dict) else [value])


FITTING = ["chat.completions.create", "chat.*", "*", "*.create", "responses.create"]


@pytest.mark.parametrize("endpoint", FITTING)
def test_an_act_that_some_endpoint_can_be_given_is_none(endpoint: str) -> None:
    rule = Fake().on(endpoint=endpoint).reply("a").and_call("f").call("f").refuse("b").stream("c")
    assert [act.word for act in rule.acts] == ["reply", "call", "refuse", "stream"]


def test_every_word_that_a_model_says_needs_an_endpoint_that_speaks() -> None:
    assert {word for word, row in WORDS.items() if row.carriers is not None} == {"reply", "call", "refuse", "stream"}
    assert all(row.carriers <= SPEAKING for row in WORDS.values() if row.carriers is not None)


PASSED: dict[str, tuple[Callable[[Fake], Any], str, str]] = {
    "an image": (
        lambda fake: fake.on(model="gpt-image-1").reply("x"),
        "images.generate",
        r"asked for only by <Sent images\.generate gpt-image-1 'a cat' -> 200>, which it can't answer: "
        r"reply is something that a model says, and images\.generate is no endpoint for that; give it json, fail or ",
    ),
    "a call": (
        lambda fake: fake.on(contains="Hi").call("f"),
        "completions.create",
        r"asked for only by <Sent completions\.create .*>, which it can't answer: completions\.create can't be given",
    ),
    "a refusal": (
        lambda fake: fake.on(model="whisper-1").refuse("No."),
        "audio.transcriptions.create",
        r"asked for only by <Sent audio\.tr.*>, which it can't answer: audio\.transcriptions\.create can't be given ",
    ),
}


@pytest.mark.parametrize("name", PASSED)
def test_an_act_that_the_request_cannot_be_given_says_which_one_it_was(name: str) -> None:
    write, endpoint, said = PASSED[name]
    fake = Fake()
    write(fake)
    MADE[endpoint](client(fake))
    with pytest.raises(ScriptNotFollowed, match=said):
        fake.check()
    fake.reset()
    with pytest.raises(ScriptNotFollowed, match=r": never asked for\Z"):
        fake.check()


def test_it_says_so_too_when_others_were_answered() -> None:
    fake = Fake()
    fake.on().reply("Earth").times(2)
    api = client(fake)
    api.chat.completions.create(**TALK)
    api.images.generate(model="gpt-image-1", prompt="a cat")
    with pytest.raises(
        ScriptNotFollowed, match=r"asked for 1 of 2 times and by <Sent images\.generate .*it can't answ"
    ):
        fake.check()


def test_a_request_that_another_rule_answers_owes_nothing_to_the_first_once_that_was_asked() -> None:
    fake = Fake()
    fake.on().reply("Earth")
    fake.on(endpoint="images.*").made_up()
    api = client(fake)
    api.images.generate(model="gpt-image-1", prompt="a cat")
    api.chat.completions.create(**TALK)
    fake.check()
