"""Who owns what: shared cassettes, wider fixtures, reruns, and what a run may say of orphans."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

import retape

if TYPE_CHECKING:
    from pathlib import Path

    from plugin.conftest import Run
    from wire import WireServer

SHARED = """
@pytest.mark.retape("shared.yaml")
def test_one():
    ask("1")

@pytest.mark.retape("shared.yaml")
def test_two():
    ask("2")
"""


def prompts(path: Path) -> list[str]:
    return [e.request.json()["messages"][0]["content"] for e in retape.Cassette.load(path).exchanges]


def test_a_rewrite_of_a_shared_cassette_loses_nobodys_recordings(
    record: Run, run: Run, pytester: pytest.Pytester, key: None
) -> None:
    record(SHARED)
    path = pytester.path / "cassettes/shared.yaml"
    run(None, "--retape=rewrite").assert_outcomes(passed=2)
    assert sorted(prompts(path)) == ["1", "2"]
    run(None, "--retape=rewrite", "test_it.py::test_one").assert_outcomes(passed=1)
    assert sorted(prompts(path)) == ["1", "2"]


def test_one_test_of_a_shared_cassette_may_run_alone(record: Run, run: Run) -> None:
    record(SHARED)
    run(None, "test_it.py::test_one").assert_outcomes(passed=1)


MORE = """
@pytest.mark.retape("shared.yaml")
def test_one():
    ask("1")
    {more}

@pytest.mark.retape("shared.yaml")
def test_two():
    ask("2")
"""


def test_a_test_answers_for_its_own_recordings_in_a_shared_cassette(
    record: Run, run: Run, pytester: pytest.Pytester, key: None
) -> None:
    record(MORE.format(more="ask('old')"))
    path = pytester.path / "cassettes/shared.yaml"
    result = run(MORE.format(more=""))
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["1 of the recordings in *shared.yaml was not asked for:"])
    run(None, "--retape=rewrite", "test_it.py::test_one").assert_outcomes(passed=1)
    assert sorted(prompts(path)) == ["1", "2"]
    run(None).assert_outcomes(passed=2)
    assert [exchange.test for exchange in retape.Cassette.load(path).exchanges] == [
        f"test_it.py::test_{'one' if prompt == '1' else 'two'}" for prompt in prompts(path)
    ]


def test_a_named_cassette_of_one_test_is_judged_when_every_test_is_collected(record: Run, run: Run) -> None:
    record(SHARED)
    alone = SHARED.partition("@pytest.mark.retape")[2].partition("@pytest.mark.retape")[0]
    run("@pytest.mark.retape" + alone).assert_outcomes(failed=1)


def test_equal_modules_in_two_folders_own_two_cassettes_of_a_common_folder(
    pytester: pytest.Pytester, run: Run, key: None
) -> None:
    from plugin.conftest import ASK, ONE

    for name in ("a", "b"):
        (pytester.path / name).mkdir()
        (pytester.path / name / "test_same.py").write_text(ASK + ONE)
    run(None, "--retape=record", "--retape-dir=one", "--import-mode=importlib").assert_outcomes(passed=2)
    found = sorted(str(path.relative_to(pytester.path)) for path in (pytester.path / "one").rglob("*.yaml"))
    assert found == ["one/a/test_same/test_one.yaml", "one/b/test_same/test_one.yaml"]


WIDE = """
import socket

@pytest.fixture(scope="module")
def wide():
    yield socket.getaddrinfo("example.com", 443)

@pytest.mark.retape
def test_wide(wide):
    pass
"""


def test_a_wider_fixture_stays_on_this_machine_too(run: Run) -> None:
    result = run(WIDE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_wide, in a fixture that is wider than the test*tried to reach example.com*"])


LATE = """
import socket

@pytest.fixture(scope="module")
def late():
    yield
    socket.getaddrinfo("example.com", 443)

@pytest.mark.retape
def test_late(late):
    pass
"""


def test_so_does_what_it_does_after_the_test(run: Run) -> None:
    result = run(LATE)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*tried to reach example.com*"])


def test_an_expected_failure_may_be_rewritten(record: Run, run: Run, pytester: pytest.Pytester, key: None) -> None:
    source = """
@pytest.mark.retape
@pytest.mark.xfail
def test_one():
    ask({text!r})
    assert 0
"""
    record(source.format(text="old"))
    run(source.format(text="new"), "--retape=rewrite").assert_outcomes(xfailed=1)
    assert prompts(pytester.path / "cassettes/test_it/test_one.yaml") == ["new"]


RERUN = """
import sys
runs = []

@pytest.mark.retape
def test_flaky():
    ask("now")
    runs.append(1)
    assert len(runs) % 2 == 0
"""

RERUNNER = """
import pytest
from _pytest.runner import runtestprotocol

@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    for last in (False, True):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if last or not any(report.failed for report in reports):
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            return True
"""


def test_a_rerun_that_passes_is_recorded(run: Run, pytester: pytest.Pytester, key: None) -> None:
    pytester.makeconftest(RERUNNER)
    run(RERUN, "--retape=rewrite").assert_outcomes(passed=1)
    assert prompts(pytester.path / "cassettes/test_it/test_flaky.yaml")[-1] == "now"


def test_commands_are_written_for_the_directory_that_pytest_runs_in(
    run: Run, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin.conftest import ASK, ONE

    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    inner = pytester.path / "inner"
    inner.mkdir()
    (inner / "test_it.py").write_text(ASK + ONE)
    monkeypatch.chdir(inner)
    run(None).stdout.fnmatch_lines(['*record it: pytest "test_it.py::test_one" --retape=record'])


@pytest.mark.parametrize(
    "marker, message",
    [
        ("(5)", "*test_it.py::test_one: @pytest.mark.retape takes a path first, not 5"),
        ("('sub/noext')", "*a cassette's name ends in .yaml*"),
        ("(ignore='messages[*')", "*ignore='messages[[]*' is no JSON path*"),
    ],
)
def test_a_wrong_argument_is_told_before_anything_is_sent(
    marker: str, message: str, run: Run, server: WireServer, key: None
) -> None:
    from plugin.conftest import ONE

    result = run(ONE.replace("mark.retape", f"mark.retape{marker}"), "--retape=record")
    assert result.ret != 0
    told = pytest.LineMatcher([*result.outlines, *result.errlines])
    told.fnmatch_lines([message])
    told.no_fnmatch_line("*INTERNALERROR*")
    assert not server.requests


def test_recordings_that_may_stay_unused_are_not_counted(record: Run, run: Run) -> None:
    record(SHARED)
    run(None, "-k", "test_one").stdout.fnmatch_lines(["retape: 1 replayed, 0 recorded, 0 unused, *"])


def test_the_header_says_that_ci_replays(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("RETAPE_MODE", "record")
    result = run("def test_nothing(): pass")
    result.stdout.fnmatch_lines(["retape: mode record (environment), but CI is set: replay"])


@pytest.mark.parametrize(
    "more, arguments",
    [
        ("def test_skipped(): pytest.skip('it may own one')", []),
        ("", ["--fixtures"]),
        ("", ["--collect-only"]),
        ("", ["--maxfail=1"]),
    ],
)
def test_nothing_is_called_an_orphan_when_not_every_owner_ran(
    more: str, arguments: list[str], record: Run, run: Run, pytester: pytest.Pytester
) -> None:
    from plugin.conftest import ONE

    record(ONE)
    (pytester.path / "cassettes/other.yaml").write_text("")
    assert "no test owns" in run(None).stdout.str()
    assert "no test owns" not in run(ONE + more, *arguments).stdout.str()


def test_nothing_is_called_an_orphan_beside_a_module_that_can_not_be_collected(
    record: Run, run: Run, pytester: pytest.Pytester
) -> None:
    from plugin.conftest import ONE

    record(ONE)
    (pytester.path / "cassettes/other.yaml").write_text("")
    pytester.makepyfile(test_broken="import nothing_of_that_name")
    assert "no test owns" not in run(None, "--continue-on-collection-errors").stdout.str()


TWICE = """
@pytest.fixture
def after(retape_cassette):
    yield
    0
    {after}

@pytest.mark.retape
def test_one(after):
    ask("1")
    {between}
    ask("2")
"""


@pytest.mark.parametrize(
    "between, after",
    [
        ("raise KeyboardInterrupt", "pass"),
        ("pytest.exit('enough')", "pass"),
        ("assert 0", "pass"),
        ("pass", "assert 0"),
    ],
)
def test_a_rewrite_that_does_not_come_to_its_end_leaves_the_cassette_as_it_was(
    between: str, after: str, record: Run, run: Run, pytester: pytest.Pytester, key: None
) -> None:
    record(TWICE.format(between="", after=""))
    path = pytester.path / "cassettes/test_it/test_one.yaml"
    before = path.read_bytes()
    with contextlib.suppress(KeyboardInterrupt):
        run(TWICE.format(between=between, after=after), "--retape=rewrite")
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["test_one.yaml"]


def test_warnings_that_are_errors_do_not_keep_a_cassette_from_its_save(
    record: Run, run: Run, pytester: pytest.Pytester, key: None
) -> None:
    record(TWICE.format(between="", after=""))
    path = pytester.path / "cassettes/test_it/test_one.yaml"
    before = path.read_bytes()
    run(TWICE.format(between="assert 0", after=""), "--retape=rewrite", "-W", "error").assert_outcomes(
        failed=1, errors=1
    )
    assert path.read_bytes() == before
    assert [found.name for found in path.parent.iterdir()] == ["test_one.yaml"]


def test_lists_of_a_native_toml_file_are_read(run: Run, pytester: pytest.Pytester) -> None:
    (pytester.path / "tox.ini").unlink()
    pytester.makefile(".toml", pyproject='[tool.pytest.ini_options]\nretape_ignore = ["metadata.run_id", "user"]\n')
    scope = "asyncio_default_fixture_loop_scope=function"
    result = run("def test_nothing(): pass", "-o", scope)
    result.stdout.fnmatch_lines(["retape: mode replay, ignore metadata.run_id user (ini)"])


@pytest.mark.parametrize("how", ["environment", "marker"])
def test_what_replays_because_of_ci_replays_in_all(
    how: str, record: Run, run: Run, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugin.conftest import ONE

    record(ONE)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.invalid:1")
    if how == "environment":
        monkeypatch.setenv("RETAPE_MODE", "record")
        run(None).assert_outcomes(passed=1)
    else:
        run(ONE.replace("mark.retape", "mark.retape(mode='rewrite')")).assert_outcomes(passed=1)
    assert len(server.requests) == 1
