"""Providers' files: what they say, and what is said of a mistake."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from retape.errors import ScriptError, UsageError
from retape.verify.cases.case import Problem
from retape.verify.cases.words import WORDS
from retape.verify.providers.finding import choose, filled, find_providers, key_of, unnamed, usual_address
from retape.verify.providers.provider import Provider
from retape.verify.providers.reading import load_provider
from retape.verify.rulebook import rules
from retape.verify.run.suite import known_providers, suite

SHIPPED = known_providers()

SOURCE = re.compile(r"[\w.-]+/[\w.-]+#\d+\Z|cassettes/verify/\S+\Z|https://\S+\Z")

GOOD = """\
provider: mine
base-url: https://mine.example/v1
key: MINE_API_KEY
models: [one]
"""


def provider(folder: Path, text: str) -> Provider:
    path = folder / "mine.yaml"
    path.write_text(text)
    return load_provider(path)


def test_every_provider_of_the_suite_that_this_one_grew_from_is_shipped_and_the_servers_and_gateways_too() -> None:
    seed = {"openai", "groq", "together", "fireworks", "cerebras", "meta_reference"}
    stacks = {f"{name}-llama-stack" for name in ("openai", "groq", "together", "fireworks")}
    others = {"llamacpp", "vllm", "ollama", "openrouter", "azure", "litellm", "portkey", "fake"}
    assert set(SHIPPED) == seed | stacks | others


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_file_is_named_like_its_provider_and_says_what_it_is(name: str) -> None:
    assert Path(SHIPPED[name].file).stem == name
    assert SHIPPED[name].about
    assert SHIPPED[name].key


DEVIATIONS = [(found.id, known) for found in SHIPPED.values() for known in found.deviations]


@pytest.mark.parametrize(("name", "known"), DEVIATIONS, ids=lambda value: getattr(value, "id", value))
def test_a_known_deviation_names_rules_or_words_that_there_are_and_a_source_that_can_be_read(name, known) -> None:
    ids = [rule.id for rule in rules()]
    assert not [one for one in known.rules if not any(fnmatchcase(rule, one) for rule in ids)]
    assert not [one for one in known.expects if not any(fnmatchcase(word, one) for word in WORDS)]
    assert all(SOURCE.match(source) for source in known.source.split(", "))


MISTAKES = {
    "base-url: https://x/v1": (r"mine\.yaml:1:1: a provider needs 'models'", "models is missing"),
    "models: [one]": (r"mine\.yaml:1:1: a provider needs 'base-url'", "base-url is missing"),
    GOOD + "modles: [two]": (r"mine\.yaml:5:1: a provider has no field 'modles'; did you mean 'models'\?", "a word"),
    GOOD.replace("[one]", "[]"): (r"mine\.yaml:4:9: 'models' is empty", "no model"),
    GOOD.replace("https://mine.example/v1", "mine.example"): (r"mine\.yaml:2:11: 'base-url' is an address", "no URL"),
    GOOD.replace("MINE_API_KEY", "sk-1 2"): (r"mine\.yaml:3:6: 'key' is the name of an environment variable", "a key"),
    GOOD.replace("[one]", "[{name: One}]"): (r"mine\.yaml:4:10: a model needs 'id'", "no id"),
    GOOD.replace("[one]", "[{id: one, lacks: [visoin]}]"): (
        r"mine\.yaml:4:28: there is no capability 'visoin'; did you mean 'vision'\?",
        "a capability",
    ),
    GOOD + "lacks: {tool: none}": (r"5:9: there is no capability 'tool'; did you mean 'tools'\?", "another"),
    GOOD + "models-for: {embedding: e}": (
        r"5:14: there is no endpoint or capability 'embedding'; did you mean",
        "an endpoint",
    ),
    GOOD + "key-optional: maybe": (r"mine\.yaml:5:15: 'key-optional' is true or false, not 'maybe'", "a flag"),
    GOOD + "excluded: [{reason: none}]": (r"5:12: an exclusion of everything: it needs 'cases'", "excludes all"),
    GOOD + "excluded: [{cases: [a], mode: streaming, reason: x}]": (
        r"5:31: 'mode' is 'stream' or 'plain', not 'streaming'",
        "a mode",
    ),
    GOOD + "deviations: [{id: a, rules: [sse*], source: c, date: 2025-01}]": (
        r"a deviation needs 'reason'",
        "no reason",
    ),
    GOOD + "deviations: [{id: a, reason: r, source: c, date: 2025-01}]": (r"explains nothing", "explains nothing"),
    GOOD + "deviations: [{id: a, rules: [chat-id], reason: r, source: c, date: May}]": (
        r"5:68: 'date' is a date such as \"2025-09\" or \"2025-09-14\", not 'May'",
        "no date",
    ),
    GOOD + "deviations:\n" + "- {id: a, rules: [chat-id], reason: r, source: c, date: 2025-01}\n" * 2: (
        r"mine\.yaml:7:3: there is another deviation 'a' above",
        "twice",
    ),
    GOOD + "deviations: [{id: a, rules: [chat-usage-summ], reason: r, source: c, date: 2025-01}]": (
        r"5:30: there is no rule 'chat-usage-summ'; did you mean 'chat-usage-sum'\?",
        "a rule",
    ),
    GOOD + "deviations: [{id: a, rules: [zzz*], reason: r, source: c, date: 2025-01}]": (
        r"5:30: there is no rule 'zzz\*'; retape check --rules lists them",
        "no such rules",
    ),
    GOOD + "deviations: [{id: a, expects: [usge], reason: r, source: c, date: 2025-01}]": (
        r"5:32: there is no word of cases 'usge'; did you mean 'usage'\?",
        "an expectation",
    ),
    GOOD + "excluded: [{models: [onee], reason: x}]": (
        r"5:22: there is no model 'onee'; did you mean 'one'\?",
        "a model",
    ),
    "[provider]": (r"mine\.yaml:1:1: a provider is a mapping, not a list", "a list"),
}


@pytest.mark.parametrize(
    ("text", "told"), [(k, v[0]) for k, v in MISTAKES.items()], ids=[v[1] for v in MISTAKES.values()]
)
def test_a_mistake_is_told_with_file_line_field_and_the_nearest_right_word(tmp_path, text: str, told: str) -> None:
    with pytest.raises(ScriptError, match=told):
        provider(tmp_path, text)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        (
            "excluded: [{cases: [chat-basik], reason: x}]",
            r"5:21: there is no case 'chat-basik'; did you mean 'chat-basic'",
        ),
        (
            "deviations: [{id: a, expects: [text], cases: [chat-basic/eart], reason: r, source: c, date: 2025-01}]",
            r"5:47: there is no case 'chat-basic/eart'; did you mean 'chat-basic/earth'",
        ),
        ("excluded: [{cases: ['own-*'], reason: x}]", r"5:21: there is no case 'own-\*'; a case is TEST or TEST/CASE"),
    ],
)
def test_a_case_that_a_file_names_is_one_that_there_is(tmp_path: Path, field: str, told: str) -> None:
    provider(tmp_path, GOOD + field)
    with pytest.raises(ScriptError, match=told):
        suite(names=[str(tmp_path / "mine.yaml")])


def test_a_file_may_name_a_users_cases_and_shipped_ones_and_models_that_it_does_not_list(tmp_path: Path) -> None:
    (tmp_path / "cases").mkdir()
    case = "test: own-case\nendpoint: chat\nask: {messages: []}\ncases: {first: {expect: {says: true}}}\n"
    (tmp_path / "cases" / "own.yaml").write_text(case)
    scope = "excluded: [{cases: ['own-*', chat-basic], models: ['else*'], reason: x}]"
    provider(tmp_path, GOOD + scope)
    found = suite(names=[str(tmp_path / "mine.yaml")], cases=tmp_path / "cases")
    assert found.providers[0].excluded[0].scope.models == ("else*",)


def test_a_file_can_be_short_and_everything_else_has_a_default(tmp_path: Path) -> None:
    found = provider(tmp_path, "base-url: https://mine.example/v1\nmodels: [one, {id: two, name: Second}]\n")
    assert (found.id, found.name, found.key, found.deviations) == ("mine", "mine", "", ())
    assert [(model.id, model.name) for model in found.models] == [("one", "one"), ("two", "Second")]


def test_a_users_provider_takes_the_place_of_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "groq.yaml").write_text("base-url: https://elsewhere.example/v1\nmodels: [one]\n")
    found = find_providers(Path(SHIPPED["groq"].file).parent, tmp_path)
    assert found["groq"].base_url == "https://elsewhere.example/v1"
    assert len(found) == len(SHIPPED)


def test_a_provider_is_named_by_its_name_or_its_files_path(tmp_path: Path) -> None:
    provider(tmp_path, GOOD)
    assert [one.id for one in choose(["groq", str(tmp_path / "mine.yaml"), "groq"], SHIPPED)] == ["groq", "mine"]


def test_an_unknown_provider_is_told_with_the_nearest_one() -> None:
    with pytest.raises(UsageError, match=r"there is no provider 'grok'; did you mean 'groq'\?"):
        choose(["grok"], SHIPPED)


def test_an_address_alone_is_a_provider_of_its_own() -> None:
    found = unnamed("http://127.0.0.1:8080/v1", ["m"], key="K")
    assert (found.id, found.key, found.models[0].id) == ("127.0.0.1-8080-v1", "K", "m")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://x/v1", "https://x/v1"),
        ("${HOST}/v1", "https://set/v1"),
        ("${HOST:-https://not}/v1", "https://set/v1"),
        ("${NONE:-https://otherwise}/v1", "https://otherwise/v1"),
    ],
)
def test_variables_are_filled_in_from_the_environment(text: str, meant: str) -> None:
    assert filled(text, {"HOST": "https://set"}, where="x") == meant


def test_a_variable_that_is_not_set_is_named_with_what_needs_it() -> None:
    with pytest.raises(UsageError, match="azure's base-url needs the environment variable AZURE_OPENAI_ENDPOINT"):
        filled(SHIPPED["azure"].base_url, {}, where="azure's base-url")


@pytest.mark.parametrize(("name", "address"), [("llamacpp", "http://127.0.0.1:8080/v1"), ("azure", "")])
def test_the_usual_address_is_the_one_without_an_environment(name: str, address: str) -> None:
    assert usual_address(SHIPPED[name]) == address


def test_a_missing_key_names_its_variable() -> None:
    with pytest.raises(UsageError, match="groq needs a key: set the environment variable GROQ_API_KEY"):
        key_of(SHIPPED["groq"], {})


@pytest.mark.parametrize(
    ("name", "environ", "key"),
    [("groq", {"GROQ_API_KEY": " k "}, "k"), ("llamacpp", {}, "none"), ("llamacpp", {"LLAMA_API_KEY": "k"}, "k")],
)
def test_a_key_is_taken_from_its_variable_and_may_be_optional(name: str, environ: dict[str, str], key: str) -> None:
    assert key_of(SHIPPED[name], environ) == key


@pytest.mark.parametrize(
    ("key", "told"),
    [("", "needs auth: no key is configured, and a server that was started without one takes any."), ("K", "")],
)
def test_an_address_without_a_key_is_not_asked_to_refuse_one(key: str, told: str) -> None:
    (spot,) = suite(base_url="http://127.0.0.1:9/v1", models=["m"], key=key).plan(keyword="key_invalid and plain")
    assert spot.provider.why_not(spot.case, spot.model, stream=False) == told


def test_what_a_model_lacks_is_not_asked_and_the_reason_names_it(tmp_path: Path) -> None:
    from verify.run.small import small

    case = small(tmp_path).cases[0]
    groq, text_only, seeing = SHIPPED["groq"], SHIPPED["groq"].models[0], SHIPPED["groq"].models[1]
    from dataclasses import replace

    picture = replace(case, needs=frozenset({"vision"}))
    told = "needs vision, which Llama-3.3-70B-Instruct lacks"
    assert groq.why_not(picture, text_only, stream=False) == told
    assert groq.why_not(picture, seeing, stream=False) == groq.why_not(case, text_only, stream=True) == ""


def test_an_exclusion_holds_for_its_cases_models_and_mode_alone(tmp_path: Path) -> None:
    from verify.run.small import small

    found = provider(tmp_path, GOOD + "excluded: [{cases: [chat-basic/ear*], models: [o*], mode: stream, reason: So.}]")
    rows = [(case.case, stream) for case in small(tmp_path).cases for stream in case.modes]
    cases = {case.case: case for case in small(tmp_path).cases}
    told = {row: found.why_not(cases[row[0]], found.model("one"), stream=row[1]) for row in rows}
    assert {row for row, why in told.items() if why} == {("earth", True)}
    assert told["earth", True] == "So."
    assert not found.why_not(cases["earth"], found.model("two"), stream=True)


def test_a_problem_without_a_word_is_explained_by_nothing(tmp_path: Path) -> None:
    text = GOOD + "deviations: [{id: a, expects: ['*'], reason: r, source: c, date: 2025-01}]"
    known = provider(tmp_path, text).deviations[0]
    assert known.explains(Problem(kind="protocol", turn=1, message="m", word="finish"))
    assert not known.explains(Problem(kind="protocol", turn=1, message="m"))
