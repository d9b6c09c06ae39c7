"""What a script and its requests owe each other."""

from __future__ import annotations

from typing import Any

import openai
import pytest

from retape import Fake, RetapeError, ScriptNotFollowed
from speaking import client

MODEL = "gpt-4o-mini"
HERE = r"test_script_ledger\.py:\d+"


def ask(fake: Fake, text: str = "Name a planet.", **options: Any) -> Any:
    messages: Any = [{"role": "user", "content": text}]
    options = {"max_retries": 0} | options
    return client(fake, max_retries=options.pop("max_retries")).chat.completions.create(
        model=MODEL, messages=messages, **options
    )


def test_a_fake_without_a_script_owes_nothing() -> None:
    fake = Fake()
    ask(fake)
    fake.check()


def test_what_was_asked_for_is_settled() -> None:
    fake = Fake()
    fake.on(contains="planet").reply("Earth").reply("Mars").times(2)
    fake.fail(500, times=1)
    for _ in range(3):
        ask(fake, max_retries=1)
    fake.check()


OWED: dict[str, tuple[Any, int, str]] = {
    # how it was written, requests, what the ledger says
    "never": (
        lambda fake: fake.on(contains="star").reply("Vega"),
        1,
        r"on\(contains='star'\)\.reply\('Vega'\): never asked for",
    ),
    "too seldom": (lambda fake: fake.on().reply("a").times(3), 2, r"\('a'\)\.times\(3\): asked for 2 of 3 times"),
    "the second act": (lambda fake: fake.on().reply("a").reply("b"), 1, r"on\(\)\.reply\('b'\): never asked for"),
    "a failure": (lambda fake: fake.on().fail(429, times=2), 1, r"fail\(429\)\.times\(2\): asked for 1 of 2"),
    "a failure for all": (lambda fake: fake.fail(429, times=2), 1, r"fail\(429, times=2\): struck 1 of 2 times"),
    "a failure without a number": (lambda fake: fake.fail("cut", after=3), 1, r"fail\('cut', after=3\): never struck"),
    "a cut that came too late": (
        lambda fake: fake.on().fail("cut", after=99),
        1,
        r"asked for, but fail\('cut', after=99\) never struck",
    ),
    "a cut of what was said": (
        lambda fake: fake.on().reply("a").and_fail("cut", after=99, times=2),
        1,
        r"\.reply\('a'\)\.and_fail\('cut', after=99, times=2\): asked for, but fail\('cut', .*\) never struck",
    ),
    "no act": (lambda fake: fake.on(contains="x"), 1, r"on\(contains='x'\) does nothing: give it an act"),
}


@pytest.mark.parametrize("name", OWED)
def test_what_nobody_asked_for_is_reported_with_its_place(name: str) -> None:
    write, number, message = OWED[name]
    fake = Fake()
    write(fake)
    for _ in range(number):
        try:
            ask(fake)
        except openai.RateLimitError:
            assert "429" in name or "failure" in name
    with pytest.raises(ScriptNotFollowed, match=rf"(?s)not asked for:\n  .*{HERE}: .*{message}") as caught:
        fake.check()
    assert len(caught.value.acts) == 1
    assert caught.value.requests == ()


def test_the_ledger_fails_a_test_and_is_an_error_of_retape() -> None:
    assert issubclass(ScriptNotFollowed, AssertionError)
    assert issubclass(ScriptNotFollowed, RetapeError)


def test_a_limit_need_not_be_reached() -> None:
    fake = Fake()
    fake.fail("buckets", rpm=100)
    fake.on().fail("buckets", rpm=100)
    ask(fake)
    fake.check()


def test_an_optional_rule_owes_nothing() -> None:
    fake = Fake()
    fake.on(contains="star").reply("Vega").optional()
    fake.check()


def test_a_rule_behind_one_that_takes_everything_says_so() -> None:
    fake = Fake()
    fake.on().reply("anything")
    fake.on(contains="planet").reply("Earth")
    assert ask(fake).choices[0].message.content == "anything"
    with pytest.raises(ScriptNotFollowed, match=rf"never asked for \(the rule of .*{HERE} takes its requests"):
        fake.check()


def test_a_rule_behind_one_that_is_used_up_does_not() -> None:
    fake = Fake()
    fake.on().reply("anything").once()
    fake.on(contains="planet").reply("Earth")
    with pytest.raises(ScriptNotFollowed, match=r"\.reply\('Earth'\): never asked for\Z"):
        fake.check()


def test_a_loose_script_leaves_what_it_does_not_know_to_the_fake() -> None:
    fake = Fake()
    fake.on(contains="planet").reply("Earth")
    ask(fake)
    assert ask(fake, "a star").choices
    fake.check()


UNKNOWN: dict[str, tuple[Any, str]] = {
    "another text": (
        lambda fake: fake.on(contains="planet", model="gpt-4o*").reply("Earth"),
        r"Nearest: on\(contains='planet', model='gpt-4o\*'\)\.reply\('Earth'\) \(.*"
        + HERE
        + r"\): contains='planet', but the text is 'Name a star\.'\.",
    ),
    "the nearest of several": (
        lambda fake: (
            fake.on(contains="x", stream=True).reply("a"),
            fake.on(contains="star", turn=2).reply("b"),
            fake.on(model="o3").reply("c"),
        ),
        r"Nearest: on\(contains='star', turn=2\)\.reply\('b'\) .*: turn=2, but it is turn 1\.",
    ),
    "used up": (lambda fake: _used_up(fake), r"\.reply\('Vega'\)\.once\(\) .*: it is used up\."),
    "no rules": (lambda fake: None, r"The script has no rules\."),
    "a rule that does nothing": (lambda fake: fake.on(), r"on\(\) .*: it does nothing; give it an act"),
}


def _used_up(fake: Fake) -> None:
    fake.on(contains="star").reply("Vega").once()
    ask(fake, "Name a star.")


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_strict_script_refuses_what_it_does_not_know_and_names_the_nearest_rule(name: str) -> None:
    write, message = UNKNOWN[name]
    fake = Fake(strict=True)
    write(fake)
    with pytest.raises(openai.BadRequestError, match=message) as caught:
        ask(fake, "Name a star.", max_retries=2)
    assert caught.value.code == "no_rule_matched"
    assert fake.requests.last.status == 400
    before = len(fake.requests)
    with pytest.raises(
        ScriptNotFollowed, match=r"(?s)not in its strict script:\n  <Sent chat\.completions\.create"
    ) as owed:
        fake.check()
    assert len(owed.value.requests) == 1
    assert before == (2 if name == "used up" else 1)  # the client made no second try


def test_a_strict_script_minds_models_only() -> None:
    fake = Fake(strict=True)
    fake.on(contains="planet").reply("Earth")
    openai_client = client(fake)
    stored = openai_client.responses.create(model=MODEL, input="a planet")
    assert openai_client.responses.retrieve(stored.id).output_text == "Earth"
    openai_client.models.list()
    fake.check()
    with pytest.raises(openai.BadRequestError, match=r"embeddings\.create.*'Hi'"):
        openai_client.embeddings.create(model="text-embedding-3-small", input="Hi")


def test_words_for_an_endpoint_without_any_are_explained() -> None:
    fake = Fake(strict=True)
    fake.on().reply("Earth")
    with pytest.raises(
        openai.BadRequestError, match=r"reply is something that a model says, and embeddings\.create is no"
    ):
        client(fake).embeddings.create(model="text-embedding-3-small", input="Hi")


def test_a_tool_loop_in_a_strict_script_is_explained() -> None:
    fake = Fake(strict=True)
    fake.on().call("f")
    called = {
        "role": "assistant",
        "tool_calls": [{"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
    messages: Any = [{"role": "user", "content": "Hi"}, called, {"role": "tool", "tool_call_id": "1", "content": "x"}]
    with pytest.raises(openai.BadRequestError, match=r"it called this tool already.*say \.always\(\)"):
        client(fake).chat.completions.create(model=MODEL, messages=messages)


def test_an_invalid_request_is_refused_as_openai_does_and_is_not_in_the_ledger() -> None:
    fake = Fake(strict=True)
    with pytest.raises(openai.BadRequestError, match="400") as caught:
        ask(fake, temperature=9)
    assert caught.value.code != "no_rule_matched"
    fake.check()


def test_reset_settles_everything() -> None:
    fake = Fake(strict=True)
    with pytest.raises(openai.BadRequestError, match="no rules"):
        ask(fake)
    fake.reset()
    fake.check()
