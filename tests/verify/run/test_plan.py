"""Which cells a run has, and what they are called."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from retape.errors import UsageError
from retape.verify.run.plan import file_name, plan
from retape.verify.run.suite import Suite, known_providers, suite
from verify.run.small import small, written


@pytest.fixture(scope="module")
def the_suite(tmp_path_factory: pytest.TempPathFactory) -> Suite:
    return small(tmp_path_factory.mktemp("plan"))


def ids(found: Suite, keyword: str = "") -> list[str]:
    return [spot.id for spot in found.plan(keyword=keyword)]


def test_rows_come_in_the_order_of_the_files_plain_before_stream(the_suite: Suite) -> None:
    assert ids(the_suite) == [
        "test_chat_non_streaming_basic[earth]",
        "test_chat_streaming_basic[earth]",
        "test_chat_non_streaming_basic[saturn]",
        "test_chat_streaming_basic[saturn]",
        "test_chat_non_streaming_refused[nothing_said]",
        "test_chat_streaming_refused[nothing_said]",
        "test_models[listed]",
    ]


KEYWORDS = {
    "earth": 2,
    "earth or saturn": 4,
    "EARTH and not stream": 0,
    "earth and plain": 1,
    "chat and not (earth or refused)": 2,
    "chat-basic": 4,
    "test_chat_streaming_basic[earth]": 1,
    "test_chat_streaming_basic (earth)": 1,
    "gpt-4o-mini and models": 1,
    "fake": 7,
}


@pytest.mark.parametrize(("keyword", "count"), [row for row in KEYWORDS.items() if row[1]])
def test_k_keeps_what_pytests_own_would(the_suite: Suite, keyword: str, count: int) -> None:
    assert len(ids(the_suite, keyword)) == count


def test_k_that_keeps_nothing_tells_what_it_looks_at(the_suite: Suite) -> None:
    with pytest.raises(UsageError, match=r"-k 'mars' leaves nothing of 7 cells; it looks at names such as"):
        ids(the_suite, "mars")


@pytest.mark.parametrize("keyword", ["earth and", "(earth", "earth earth", "not"])
def test_k_that_is_no_expression_is_told(the_suite: Suite, keyword: str) -> None:
    with pytest.raises(UsageError, match=r"-k .*(expected|at column)"):
        ids(the_suite, keyword)


def test_models_are_named_by_id_or_by_the_name_that_is_shown(the_suite: Suite) -> None:
    groq, together = (known_providers()[name] for name in ("groq", "together"))
    spots = plan(the_suite.cases[:1], [groq, together], models=["Llama-3.3-70B-Instruct"])
    found = [(spot.provider.id, spot.model.id) for spot in spots if spot.stream]
    assert found == [("groq", "llama-3.3-70b-versatile"), ("together", "meta-llama/Llama-3.3-70B-Instruct-Turbo")]


def test_a_model_that_one_provider_has_is_not_asked_of_another(the_suite: Suite) -> None:
    groq, together = (known_providers()[name] for name in ("groq", "together"))
    spots = plan(the_suite.cases[:1], [groq, together], models=["llama-3.3-70b-versatile"])
    assert {spot.provider.id for spot in spots} == {"groq"}


def test_a_model_that_no_provider_has_is_asked_of_all(the_suite: Suite) -> None:
    spots = plan(the_suite.cases[:1], [known_providers()["vllm"]], models=["something-new"])
    assert {spot.model.id for spot in spots} == {"something-new"}


def test_a_recordings_path_says_what_it_is_and_is_safe_for_every_file_system(the_suite: Suite) -> None:
    together = known_providers()["together"]
    first, second = plan(the_suite.cases[:1], [together], models=["Llama-4-Scout-Instruct"])
    place = Path("c/together/meta-llama_Llama-4-Scout-17B-16E-Instruct/chat-basic")
    assert first.cassette(Path("c")) == place / "earth.plain.yaml"
    assert second.cassette(Path("c")) == place / "earth.stream.yaml"
    assert [file_name(name) for name in ("a b", "llama3.3:70b", "..", "é/x")] == ["a_b", "llama3.3_70b", "_", "_x"]


def test_the_command_of_a_row_runs_that_row_and_no_other(the_suite: Suite) -> None:
    for spot in the_suite.plan():
        keyword = shlex.split(spot.command())[-1]
        assert the_suite.plan(keyword=keyword) == (spot,)


@pytest.mark.parametrize(
    ("asked", "call"),
    [
        ({"names": ["groq"]}, "--provider groq"),
        ({"names": ["mine.yaml"]}, "--provider mine.yaml"),
        ({"base_url": "http://x/v1", "models": ["m"], "key": "K"}, "--base-url http://x/v1 --key K"),
        ({"names": ["groq"], "cassettes": Path("c")}, "--provider groq --cassettes c"),
        ({"names": ["small"], "cases": Path("cases")}, "--provider small --cases cases"),
    ],
)
def test_a_rows_command_repeats_how_the_provider_was_asked_for(tmp_path, monkeypatch, asked, call) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "cases")
    Path("mine.yaml").write_text("base-url: http://x/v1\nmodels: [m]\n")
    assert suite(**asked).plan()[0].command().startswith(f"retape verify {call} --model ")


def test_another_model_is_asked_where_a_chat_model_cannot_be(tmp_path: Path) -> None:
    spot = suite(names=["fake"]).plan(keyword="test_embeddings[float]")[0]
    assert (spot.model.id, spot.asked) == ("gpt-4o-mini", "text-embedding-3-small")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"base_url": "http://x/v1"}, "--base-url needs to know what to ask for there: add --model"),
        ({"base_url": "http://x/v1", "names": ["groq", "openai"]}, "--base-url is one provider's address"),
        ({"names": ["nobody"]}, "there is no provider 'nobody'"),
    ],
)
def test_what_cannot_be_planned_is_told(tmp_path: Path, arguments: dict[str, object], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        suite(cases=written(tmp_path), **arguments)  # type: ignore[arg-type]
