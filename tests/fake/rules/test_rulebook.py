"""Which rules hold, in which order they are asked, and what can be switched on."""

from __future__ import annotations

from typing import Any

import pytest

from fake.rules.judging import CALL, CHAT, HI, PNG, RESPONSE, TOOL, chat, first, response, rule, setting
from retape.errors import UsageError
from retape.handlers.fake.refusal import Refused
from retape.handlers.fake.rules import RULES, Rulebook
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.profiles import PROFILES
from retape.handlers.fake.rules.shapes import Fields
from retape.handlers.fake.rules.switches import SWITCHES

LENIENT = Rulebook("lenient")

NO_INTEGER = "Invalid type for 'n': expected an integer, but got a string instead."
TOO_FEW = "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead."
UNSTORED = "The 'metadata' parameter is only allowed when 'store' is enabled."
INSTEAD = " Use 'max_completion_tokens' instead."
TWICE_WRONG: list[tuple[dict[str, Any], str]] = [
    ({"zzz": 1}, "you must provide a model parameter"),
    ({"model": "gpt-4o", "zzz": 1}, "Missing required parameter: 'messages'."),
    (chat(zzz=1, n="abc"), "Unknown parameter: 'zzz'."),
    (chat(zzz=1, messages=[]), "Unknown parameter: 'zzz'."),
    (chat("o3", zzz=1, stop=["a"]), "Unknown parameter: 'zzz'."),
    (chat(zzz=1, service_tier="bogus"), "Unknown parameter: 'zzz'."),
    (chat("o3", n="abc", stop=["a"]), NO_INTEGER),
    (chat("gpt-5.6-terra", n="abc", temperature=0.5), NO_INTEGER),
    (chat("o3", n=0, stop=["a"]), TOO_FEW),
    (chat("o3", stop=["a"], temperature=0.5), "Unsupported parameter: 'stop' is not supported with this model."),
    (chat("o3", stop=["a"], temperature="hot"), "Unsupported parameter: 'stop' is not supported with this model."),
    (chat(messages=[{"role": "user"}], metadata={"a": "b"}), UNSTORED),
    (chat(messages=[{"role": "user"}], zzz=1), "Unknown parameter: 'zzz'."),
    (chat(messages=[{"role": "user"}], n="abc"), NO_INTEGER),
    (chat("gpt-audio", logprobs=True), "This model does not support the 'logprobs' parameter."),
    (chat("o3", max_tokens=0, n=0), "Unsupported parameter: 'max_tokens' is not supported with this model." + INSTEAD),
    (chat("gtp-4o", n="abc"), "The model `gtp-4o` does not exist or you do not have access to it."),
]  # fmt: skip


@pytest.mark.parametrize(("body", "message"), TWICE_WRONG, ids=range(len(TWICE_WRONG)))
def test_of_two_faults_the_one_that_openai_names_comes_first(body: dict[str, Any], message: str) -> None:
    refusal = first(CHAT, body)
    assert refusal is not None
    assert refusal.message == message


SPOKEN = {"voice": "alloy", "format": "mp3"}
NOISE = {"data": "!", "format": "wav"}


def saying(**part: Any) -> dict[str, Any]:
    return {"role": "user", "content": [part]}


BREAKING: dict[str, tuple[str, dict[str, Any]]] = {
    "missing-parameter": (CHAT, {"model": "gpt-4o"}),
    "unknown-parameter": (CHAT, chat(zzz=1)),
    "invalid-type": (CHAT, chat(n="1")),
    "invalid-value": (CHAT, chat(verbosity="loud")),
    "below-minimum": (CHAT, chat(n=0)),
    "above-maximum": (CHAT, chat(temperature=3)),
    "empty": (CHAT, chat(messages=[])),
    "too-long": (CHAT, chat(stop=["a"] * 5)),
    "pattern": (CHAT, chat(tools=[{"type": "function", "function": {"name": "a b"}}])),
    "missing-model": (CHAT, {"messages": HI}),
    "unknown-model": (CHAT, chat("gtp-4")),
    "unsupported-parameter": (CHAT, chat("o3", stop="a")),
    "tool-choice-without-tools": (CHAT, chat(tool_choice="required")),
    "orphan-tool-message": (CHAT, chat(messages=[{"role": "tool", "tool_call_id": "a", "content": "a"}])),
    "unanswered-tool-call": (CHAT, chat(messages=[*HI, {"role": "assistant", "tool_calls": [CALL]}])),
    "missing-content": (CHAT, chat(messages=[{"role": "user"}])),
    "metadata-without-store": (CHAT, chat(metadata={"a": "b"})),
    "logit-bias-keys": (CHAT, chat(logit_bias={"hello": 1})),
    "nameless-file": (CHAT, chat(messages=[saying(type="file", file={"filename": "a.pdf"})])),
    "audio-data": (CHAT, chat("gpt-audio", messages=[saying(type="input_audio", input_audio=NOISE)])),
    "streamed-audio-format": (CHAT, chat("gpt-audio", modalities=["text", "audio"], audio=SPOKEN, stream=True)),
    "audio-nowhere": (CHAT, chat("gpt-audio")),
    "unsupported-content": (RESPONSE, response("gpt-4", input=[saying(type="input_image", image_url=PNG)])),
    "unsupported-format": (RESPONSE, response("gpt-4", input="json", text={"format": {"type": "json_object"}})),
    "moved-parameter": (RESPONSE, response(max_tokens=3)),
    "missing-input": (RESPONSE, {"model": "gpt-4o"}),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_rule_that_is_off_refuses_nothing(name: str) -> None:
    endpoint, body = BREAKING[name]
    assert rule(endpoint, body) == name
    assert rule(endpoint, body, Rulebook(off=[name])) != name


@pytest.mark.parametrize("name", BREAKING)
def test_a_profile_has_its_rules_off(name: str) -> None:
    assert (rule(*BREAKING[name], LENIENT) == name) == (name not in PROFILES["lenient"])


def test_the_next_thing_wrong_counts_when_a_rule_is_off() -> None:
    body = chat(zzz=1, n=0)
    assert rule(CHAT, body, Rulebook(off="unknown-parameter")) == "below-minimum"


def test_a_rule_is_not_asked_about_what_has_the_wrong_shape() -> None:
    body = chat(tools=7, tool_choice={"type": "function", "function": {"name": "f"}})
    assert rule(CHAT, body, Rulebook(off="invalid-type")) is None


@pytest.mark.parametrize(
    "fields", [{"temperature": 9}, {"messages": "a"}, {"messages": [{"role": "fake_role"}]}, {"tool_choice": "invalid"}]
)
def test_lenient_is_not_careless(fields: dict[str, Any]) -> None:
    assert first(CHAT, chat("any-model", **fields), LENIENT) is not None


def test_lenient_takes_what_compatible_servers_take() -> None:
    body = chat(
        "any-model", top_k=40, max_tokens=10**6, tools=[TOOL] * 200, tool_choice="auto", parallel_tool_calls=True
    )
    assert first(CHAT, body, LENIENT) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("open",), "there is no profile 'open'; the nearest is 'openai'"),
        (("openai", ["unkown-parameter"]), "there is no rule 'unkown-parameter'; the nearest is 'unknown-parameter'"),
        (("openai", "unknown"), "there is no rule 'unknown'; the nearest is 'unknown-"),
    ],
)
def test_an_unknown_profile_or_rule_names_the_nearest(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Rulebook(*arguments)


def test_check_raises_the_first_refusal() -> None:
    with pytest.raises(Refused, match="Unknown parameter: 'zzz'") as caught:
        Rulebook().check(CHAT, chat(zzz=1), setting(chat()))
    assert caught.value.refusal == first(CHAT, chat(zzz=1))


def test_an_endpoint_without_rules_takes_everything() -> None:
    Rulebook().check("models.list", {"anything": 1})


@pytest.mark.parametrize("body", [None, [], 7, "text", True])
def test_a_body_that_is_no_object_is_no_body(body: Any) -> None:
    refusal = first(CHAT, body)
    assert refusal is not None
    assert refusal.message.startswith("We could not parse the JSON body of your request.")
    assert refusal.param is None


def test_every_rule_says_what_it_is_for_and_where_it_is_from() -> None:
    assert all(each.says and each.source and each.id == name for name, each in RULES.items())
    assert all(name == name.lower() and " " not in name for name in RULES)


def test_every_rule_that_a_profile_turns_off_exists() -> None:
    assert not {name for off in PROFILES.values() for name in off} - RULES.keys()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_every_relation_reads_fields_that_its_endpoint_has(name: str) -> None:
    endpoint = ENDPOINTS[name]
    relations = [each for each in endpoint.relations if not each.gateway]
    read = {field for each in relations for field in (each.field, *each.reads)} - {""}
    assert isinstance(endpoint.shape, Fields) or not relations
    assert read <= getattr(endpoint.shape, "fields", {}).keys()


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_refuses_what_it_is_about_and_nothing_else(name: str) -> None:
    switch = SWITCHES[name]
    endpoint = switch.endpoints[0] if switch.endpoints else CHAT
    body = {"model": "gpt-image-1", "stream": True, "service_tier": "flex", "reasoning": {"summary": "auto"}}
    refusal = switch.refusal(endpoint, body)
    assert refusal is not None
    assert refusal.body()
    assert switch.says
    assert switch.source.startswith("openai-refusals B") or switch.source == "openai-refusals A53"
    assert not switch.endpoints or switch.refusal("models.list", body) is None


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize("body", [{}, {"reasoning": "a", "model": 7, "service_tier": [], "stream": "yes"}])
def test_a_switch_is_asked_before_the_body_is_judged(name: str, body: dict[str, Any]) -> None:
    switch = SWITCHES[name]
    refusal = switch.refusal((*switch.endpoints, CHAT)[0], body)
    assert refusal is None or refusal.status >= 400
