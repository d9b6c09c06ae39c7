"""`pytest cases/`: files of cases are test files."""

from __future__ import annotations

from pathlib import Path

import pytest

import retape
from retape.verify.run.patience import TRIES
from verify.run.ailing import Ailing
from verify.run.small import CASES, PROVIDER, cells, small
from wire import refused_port

LOADED = ("-p", "no:randomly", "-p", "no:cacheprovider")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small suite's recordings of the fake."""
    folder = tmp_path_factory.mktemp("recorded")
    cells(small(folder), live=True)
    return folder / "cassettes"


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    """The cases, in the folder that pytest runs in."""
    small(pytester.path)
    return pytester.path


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return pytester.runpytest_inprocess("cases", *LOADED, *arguments)


def test_ids_read_like_the_rows(pytester: pytest.Pytester, folder: Path, recorded: Path) -> None:
    result = run(pytester, "-v", "--retape-provider", "fake", "--retape-verify-dir", str(recorded))
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["cases/chat-basic.yaml::test_chat_streaming_basic[[]earth[]] PASSED*"])


def test_of_several_models_the_id_names_each(pytester: pytest.Pytester, folder: Path) -> None:
    result = run(
        pytester, "--collect-only", "-q", "--retape-provider", "openai", "-k", "streaming and earth and models"
    )
    assert "earth" not in "".join(line for line in result.outlines if "::" in line)
    result = run(pytester, "--collect-only", "-q", "--retape-provider", "openai", "-k", "test_chat_streaming and earth")
    result.stdout.fnmatch_lines(
        [
            "cases/chat-basic.yaml::test_chat_streaming_basic[[]openai/gpt-4o-earth[]]",
            "cases/chat-basic.yaml::test_chat_streaming_basic[[]openai/gpt-4o-mini-earth[]]",
        ]
    )


def test_live_asks_and_records_and_the_next_run_replays(pytester: pytest.Pytester, folder: Path) -> None:
    run(pytester, "--retape-provider", "fake", "--retape-live", "-k", "earth").assert_outcomes(passed=2, deselected=5)
    assert len(list((folder / "cassettes" / "verify").rglob("*.yaml"))) == 2
    run(pytester).assert_outcomes(passed=2, skipped=5)


@pytest.fixture
def two(pytester: pytest.Pytester) -> Path:
    """The folders "cases" and "more", in which there are the same provider and other cases."""
    small(pytester.path)
    more = pytester.path / "more"
    (more / "providers").mkdir(parents=True)
    (more / "providers" / "small.yaml").write_text(PROVIDER.replace("name: Small", "name: The same"))
    (more / "chat-more.yaml").write_text(
        CASES["chat-basic.yaml"]
        .replace("chat-basic", "chat-more")
        .replace("humans", "Martians")
        .replace("Earth", "Mars")
    )
    return pytester.path


def test_live_each_folder_has_a_fake_that_knows_its_cases(pytester: pytest.Pytester, two: Path) -> None:
    run(pytester, "more", "--retape-provider", "fake", "--retape-live").assert_outcomes(passed=11)
    run(pytester, "more", "--retape-provider", "fake").assert_outcomes(passed=11)


def test_live_a_provider_that_refuses_more_is_asked_no_more_by_any_folder(pytester, two) -> None:
    fake = retape.Fake()
    fake.fail(429, retry_after=1000)
    with retape.serve(fake) as running:
        result = run(
            pytester, "more", "--retape-provider=small", "--retape-live", f"--retape-base-url={running.base_url}"
        )
    result.assert_outcomes(failed=1, skipped=10)
    assert len(fake.requests) == TRIES  # of the first case


def test_live_each_folder_says_where_a_provider_is(pytester: pytest.Pytester, two: Path) -> None:
    here, there = retape.Fake(), retape.Fake()
    with retape.serve(here) as first, retape.serve(there) as second:
        for name, running in (("cases", first), ("more", second)):
            file = two / name / "providers" / "small.yaml"
            file.write_text(file.read_text().replace("http://127.0.0.1:9/v1", running.base_url))
        run(pytester, "more", "--retape-provider", "small", "--retape-live", "-k", "earth and plain")
    assert [len(fake.requests) for fake in (here, there)] == [1, 1]


def test_only_what_is_kept_counts_as_recorded(pytester: pytest.Pytester, folder: Path) -> None:
    with retape.serve(Ailing({"rings": 503})) as running:
        result = run(pytester, "--retape-provider", "small", "--retape-live", "--retape-base-url", running.base_url)
    result.assert_outcomes(passed=5, failed=2)
    result.stdout.fnmatch_lines(["retape: 0 replayed, 5 recorded*"])


def test_a_server_out_of_reach_is_one_failure_and_nothing_is_recorded(pytester: pytest.Pytester, folder: Path) -> None:
    url = f"http://127.0.0.1:{refused_port()}/v1"
    result = run(pytester, "--retape-provider", "small", "--retape-live", "--retape-base-url", url)
    result.assert_outcomes(failed=1, skipped=6)
    result.stdout.fnmatch_lines(["error: * can't be reached: no answer came*", "retape: 0 replayed, 0 recorded, *"])
    assert not (folder / "cassettes").exists()


def test_what_is_not_recorded_is_skipped_with_the_command_that_records_it(pytester, folder) -> None:
    result = run(
        pytester, "-rs", "-k", "earth", "--retape-provider", "groq", "--retape-model", "llama-3.3-70b-versatile"
    )
    result.assert_outcomes(skipped=2, deselected=5)
    result.stdout.fnmatch_lines(["SKIPPED*unrecorded: record it: retape verify --provider groq*--live"])


def test_a_failure_tells_why_where_it_is_recorded_and_how_to_run_it_again(pytester, folder, recorded) -> None:
    file = folder / "cases" / "chat-basic.yaml"
    file.write_text(file.read_text().replace("text: Earth", "text: Mars"))
    result = run(pytester, "--retape-verify-dir", str(recorded), "-k", "earth and plain")
    result.assert_outcomes(failed=1, deselected=6)
    result.stdout.fnmatch_lines(
        [
            "fail: the model said 'On Earth.', not 'Mars'",
            "recorded: *earth.plain.yaml (retape show *",
            "again: retape verify --provider fake --cases cases --cassettes * -k 'test_chat_*basic[[]earth[]]'",
        ]
    )


def test_a_known_deviation_is_an_expected_failure(pytester, folder, recorded) -> None:
    file = folder / "cases" / "chat-basic.yaml"
    file.write_text(file.read_text().replace("text: Earth", "text: Mars"))
    known = "deviations: [{id: mars, expects: [text], reason: It is on Mars., source: o/r#1, date: 2025}]"
    provider = "provider: fake\nbase-url: http://127.0.0.1:9/v1\nmodels: [gpt-4o-mini]\n"
    (folder / "cases" / "providers" / "fake.yaml").write_text(f"{provider}{known}\n")
    result = run(pytester, "--retape-verify-dir", str(recorded), "-k", "earth", "-rx")
    result.assert_outcomes(xfailed=2, deselected=5)
    result.stdout.fnmatch_lines(["XFAIL*known (mars): It is on Mars. (o/r#1)"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--retape-provider", "grok"), "*there is no provider 'grok'; did you mean 'groq'?*"),
        (
            ("--retape-provider", "groq", "--retape-live"),
            "*groq needs a key: set the environment variable GROQ_API_KEY",
        ),
        (("--retape-live",), "*--retape-live asks, and that can cost: name whom with --retape-provider"),
    ],
)
def test_a_wrong_option_is_told_once_before_anything_is_collected(pytester, folder, arguments, told) -> None:
    result = run(pytester, *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([told])


def test_a_mistake_in_a_case_is_an_error_of_its_file_alone(pytester, folder, recorded) -> None:
    file = folder / "cases" / "chat-refused.yaml"
    file.write_text(file.read_text().replace("refused: 400", "refusde: 400"))
    result = run(pytester, "--retape-verify-dir", str(recorded), "--continue-on-collection-errors")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*chat-refused.yaml:6:14: no word 'refusde' in expect: did you mean 'refused'?*"])


def test_other_yaml_is_left_alone(pytester: pytest.Pytester) -> None:
    (pytester.path / "cases").mkdir()
    (pytester.path / "cases" / "compose.yaml").write_text("services:\n  test: {image: x}\n")
    (pytester.path / "cases" / "big.yaml").write_text("test: x\n" + CASES["models.yaml"] * 20_000)
    assert run(pytester).ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_workers_of_xdist_share_the_cases(pytester, folder, recorded) -> None:
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    result = pytester.runpytest_subprocess(
        "cases", "-n", "2", *LOADED, "--retape-provider", "fake", "--retape-verify-dir", str(recorded)
    )
    result.assert_outcomes(passed=7)
