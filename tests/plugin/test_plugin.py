"""The pytest plugin, run as a user runs it."""

from __future__ import annotations

import os
import re

import pytest

import retape
from plugin.conftest import ONE, Run
from wire import WireServer, completion, plain


def cassettes(pytester: pytest.Pytester) -> list[str]:
    root = pytester.path / "cassettes"
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_marked_test_records_once_and_replays_without_server_or_key(
    record: Run, run: Run, server: WireServer, pytester: pytest.Pytester
) -> None:
    record(ONE).stdout.fnmatch_lines(["retape: 0 replayed, 1 recorded, 0 unused, 0 left loopback"])
    assert cassettes(pytester) == ["test_it/test_one.yaml"]
    result = run(None)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["retape: mode replay", "retape: 1 replayed, 0 recorded, 0 unused, 0 left loopback"])
    assert len(server.requests) == 1


def test_names_follow_module_class_and_parameters(record: Run, pytester: pytest.Pytester) -> None:
    record("""
@pytest.mark.retape
class TestPlanet:
    @pytest.mark.parametrize("name", ["a/b", "a-b", "ü"])
    def test_name(self, name):
        ask(name)

    class TestInner:
        def test_inner(self):
            ask()

@pytest.mark.retape("named.yaml")
def test_named():
    ask()
""")
    names = [re.sub(r"-[0-9a-f]{8}(?=\.yaml)", "-*", name) for name in cassettes(pytester)]
    assert names == [
        "named.yaml",
        "test_it/TestPlanet.TestInner.test_inner.yaml",
        "test_it/TestPlanet.test_name[-xfc]-*.yaml",
        "test_it/TestPlanet.test_name[a-b]-*.yaml",
        "test_it/TestPlanet.test_name[a-b].yaml",
    ]


@pytest.mark.parametrize(
    "word, recorded",
    [
        ("replay", 0),
        ("none", 0),
        ("record", 1),
        ("once", 1),
        ("new_episodes", 1),
        ("rewrite", 1),
        ("all", 1),
        ("live", 0),
    ],
)
def test_every_word_for_a_mode_is_understood(
    word: str, recorded: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
    result = run(ONE, f"--retape={word}")
    assert result.ret == (0 if word not in ("replay", "none") else 1)
    if recorded:
        result.stdout.fnmatch_lines([f"retape: 0 replayed, {recorded} recorded, *"])


def test_live_leaves_the_cassette_alone(
    record: Run, run: Run, server: WireServer, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(ONE)
    before = (pytester.path / "cassettes/test_it/test_one.yaml").read_bytes()
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
    run(None, "--retape=live").assert_outcomes(passed=1)
    assert len(server.requests) == 2
    assert (pytester.path / "cassettes/test_it/test_one.yaml").read_bytes() == before


def test_a_changed_prompt_fails_with_the_difference_and_the_command(record: Run, run: Run) -> None:
    record(ONE)
    result = run(ONE.replace("ask()", 'ask("Ho")'))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*no recording answers POST /chat/completions (request 1)",
            "*messages[[]0[]].content: recorded 'Hi', asked 'Ho'",
            '*record it in its place: pytest "test_it.py::test_one" --retape=rewrite',
            '*or beside it: pytest "test_it.py::test_one" --retape=record',
        ]
    )


ORDER = ["--retape-pace=2", "environment", "marker", "ini", "default"]


@pytest.mark.parametrize(
    "line, environment, ini, shown",
    [
        ("--retape-pace=5", "4", "2", "pace 5.0 (command line)"),
        ("", "4", "2", "pace 4.0 (environment)"),
        ("", "", "2", "pace 2.0 (ini)"),
    ],
)
def test_the_header_shows_each_option_and_where_it_was_set(
    line: str,
    environment: str,
    ini: str,
    shown: str,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    pytester: pytest.Pytester,
) -> None:
    monkeypatch.setenv("RETAPE_PACE", environment)
    pytester.makeini(f"[pytest]\nretape_pace = {ini}\nasyncio_default_fixture_loop_scope = function\n")
    run("def test_nothing(): pass", *filter(None, [line])).stdout.fnmatch_lines([f"retape: mode replay, {shown}"])


SOURCES = """
import pytest
@pytest.mark.retape(pace="recorded")
def test_marker(retape_cassette, request):
    from retape.pytest_settings import marked, settle
    print("PACE", settle(request.config, marked(request.node)[1])["pace"])
"""


@pytest.mark.parametrize(
    "arguments, environment, expected",
    [(["--retape-pace=5"], "4", "5.0"), ([], "4", "4.0"), ([], "", "recorded")],
)
def test_a_marker_yields_to_line_and_environment_and_beats_the_ini_file(
    arguments: list[str],
    environment: str,
    expected: str,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    pytester: pytest.Pytester,
) -> None:
    monkeypatch.setenv("RETAPE_PACE", environment)
    pytester.makeini("[pytest]\nretape_pace = 2\nasyncio_default_fixture_loop_scope = function\n")
    run(SOURCES, "-s", *arguments).stdout.fnmatch_lines([f"*PACE {expected}"])


@pytest.mark.parametrize(
    "arguments, variable, message",
    [
        (["--retape=sometimes"], "", "retape: mode='sometimes' (command line): use one of replay, record*"),
        (["--retape-pace=-1"], "", "retape: pace='-1' (command line): use instant, recorded or a positive number*"),
        ([], "fast", "retape: pace='fast' (environment): use instant, recorded or a positive number*"),
    ],
)
def test_a_wrong_option_stops_the_run_with_one_sentence(
    arguments: list[str], variable: str, message: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAPE_PACE", variable)
    result = run("def test_nothing(): pass", *arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{message}"])


@pytest.mark.parametrize(
    "marker, message",
    [
        ("unsused='fail'", "*test_it.py::test_one: @pytest.mark.retape has no argument 'unsused'; it takes path, *"),
        ("pace='slow'", "*pace='slow' (test_it.py::test_one: @pytest.mark.retape): *"),
        ("'a.yaml', 'b.yaml'", "*test_it.py::test_one: @pytest.mark.retape takes one positional argument, *"),
    ],
)
def test_a_wrong_marker_names_the_test(marker: str, message: str, run: Run) -> None:
    result = run(ONE.replace("mark.retape", f"mark.retape({marker})"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (result.stderr if result.stderr.str() else result.stdout).fnmatch_lines([message])


def test_replay_gives_a_dummy_key_and_takes_proxies_and_puts_both_back(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:1")
    result = run("""
@pytest.fixture(scope="module")
def early():
    return os.environ["OPENAI_API_KEY"]

@pytest.mark.retape
def test_marked(early):
    assert early == os.environ["OPENAI_API_KEY"] == "retape-replays-this"
    assert "HTTPS_PROXY" not in os.environ
""")
    result.assert_outcomes(passed=1)
    assert os.environ["OPENAI_API_KEY"].startswith("sk-live")
    assert os.environ["HTTPS_PROXY"] == "http://proxy.invalid:1"


TWO = """
@pytest.mark.retape{options}
def test_one():
    ask()
    {second}
"""


def test_an_unused_recording_fails_the_test_that_owns_it(record: Run, run: Run) -> None:
    record(TWO.format(options="", second="ask('again')"))
    result = run(TWO.format(options="", second=""))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "1 of the recordings in *test_one.yaml was not asked for:",
            "*POST /v1/chat/completions",
            '*drop them: pytest "test_it.py::test_one" --retape=rewrite',
            "retape: 1 replayed, 0 recorded, 1 unused, 0 left loopback",
        ]
    )


@pytest.mark.parametrize("how", ["(unused='ignore')", "(unused='warn')"])
def test_a_test_may_opt_out_of_that(how: str, record: Run, run: Run) -> None:
    record(TWO.format(options="", second="ask('again')"))
    result = run(TWO.format(options=how, second=""))
    result.assert_outcomes(passed=1, warnings=int("warn" in how))


def test_a_test_that_failed_already_is_not_failed_for_unused_recordings(record: Run, run: Run) -> None:
    record(TWO.format(options="", second="ask('again')"))
    result = run(TWO.format(options="", second="assert 0, 'its own reason'"))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*its own reason*"])
    assert "not asked for" not in result.stdout.str()


TEARDOWN = """
@pytest.fixture
def thing():
    yield ask("made")
    {after}

@pytest.mark.retape
def test_one(thing):
    pass
"""


def test_a_fixture_may_ask_after_the_test(record: Run, run: Run) -> None:
    record(TEARDOWN.format(after="ask('deleted')"))
    run(None).assert_outcomes(passed=1)
    result = run(TEARDOWN.format(after=""))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["1 of the recordings in *"])


SWALLOWED = """
@pytest.mark.retape{options}
def test_one():
    try:
        ask()
    except BaseException:
        pass
    {after}
"""


def test_a_swallowed_miss_fails_the_test_all_the_same(run: Run) -> None:
    result = run(SWALLOWED.format(options="", after=""))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["no recording answers POST /chat/completions (request 1)", "*does not exist yet*"])


def test_a_swallowed_miss_is_shown_under_the_failure_that_it_caused(run: Run) -> None:
    result = run(SWALLOWED.format(options="", after="assert 0, 'no answer'"))
    result.stdout.fnmatch_lines(["*no answer*", "*- retape -*", "no recording answers POST *"])


def test_a_test_may_opt_out_of_that_too(run: Run) -> None:
    run(SWALLOWED.format(options="(missing='ignore')", after="")).assert_outcomes(passed=1)


def test_a_blocked_connection_fails_the_test_by_name(run: Run) -> None:
    result = run("""
import socket
@pytest.mark.retape
def test_out():
    try:
        socket.create_connection(("example.com", 80))
    except BaseException:
        pass
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["test_it.py::test_out tried to reach example.com while replaying*"])


def test_rewrite_replaces_and_record_adds(
    record: Run, run: Run, server: WireServer, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
    record(TWO.format(options="", second="ask('old')"))
    path = pytester.path / "cassettes/test_it/test_one.yaml"
    run(TWO.format(options="", second="ask('new')"), "--retape=rewrite").assert_outcomes(passed=1)
    texts = [e.request.json()["messages"][0]["content"] for e in retape.Cassette.load(path).exchanges]
    assert texts == ["Hi", "new"]
    run(TWO.format(options="", second="ask('new'); ask('more')"), "--retape=record").assert_outcomes(passed=1)
    texts = [e.request.json()["messages"][0]["content"] for e in retape.Cassette.load(path).exchanges]
    assert texts == ["Hi", "new", "more"]


def test_a_failed_test_never_replaces_a_good_recording(
    record: Run, run: Run, server: WireServer, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
    record(ONE)
    path = pytester.path / "cassettes/test_it/test_one.yaml"
    before = path.read_bytes()
    server.says(plain(completion("something else")))
    run(None, "--retape=rewrite").assert_outcomes(failed=1, warnings=1)
    assert path.read_bytes() == before
    assert cassettes(pytester) == ["test_it/test_one.yaml"]


@pytest.mark.parametrize("flag", ["true", "1", "yes"])
def test_ci_never_records_without_the_second_flag(
    flag: str, run: Run, server: WireServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", flag)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-live-1234567890abcdef")
    result = run(ONE, "--retape=record")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--retape=record records, and CI is set; *--retape-record-in-ci"])
    run(ONE.replace("mark.retape", "mark.retape(mode='record')")).assert_outcomes(failed=1)
    assert not server.requests
    run(ONE, "--retape=record", "--retape-record-in-ci").assert_outcomes(passed=1)
    assert len(server.requests) == 1
    assert "RETAPE_RECORD_IN_CI" not in os.environ


def test_orphans_are_listed_on_a_full_run_only(record: Run, run: Run, pytester: pytest.Pytester) -> None:
    record(ONE)
    orphan = pytester.path / "cassettes/test_gone/test_old.yaml"
    orphan.parent.mkdir()
    orphan.write_bytes((pytester.path / "cassettes/test_it/test_one.yaml").read_bytes())
    run(None).stdout.fnmatch_lines(["retape: no test owns 1 of the cassettes:", "  cassettes/test_gone/test_old.yaml"])
    for selected in (["-k", "one"], ["test_it.py"], ["--deselect", "test_it.py::none"]):
        assert "no test owns" not in run(None, *selected).stdout.str()


MANY = """
@pytest.mark.retape
@pytest.mark.parametrize("number", range(6))
def test_many(number):
    ask(str(number))
"""


def test_workers_count_together_and_see_the_same_orphans(record: Run, run: Run, pytester: pytest.Pytester) -> None:
    result = record(MANY, "-n", "2")
    result.stdout.fnmatch_lines(["retape: 0 replayed, 6 recorded, 0 unused, 0 left loopback"])
    (pytester.path / "cassettes/test_it/orphan.yaml").write_bytes(b"")
    result = run(None, "-n", "2")
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(
        [
            "retape: 6 replayed, 0 recorded, 0 unused, 0 left loopback",
            "*no test owns 1 *",
            "  cassettes/test_it/orphan.yaml",
        ]
    )


def test_tests_that_share_a_cassette_share_its_recordings(record: Run, run: Run, pytester: pytest.Pytester) -> None:
    source = """
@pytest.mark.retape("shared.yaml")
@pytest.mark.parametrize("number", range(4))
def test_many(number):
    ask(str(number))
"""
    record(source, "-n", "2")
    assert len(retape.Cassette.load(pytester.path / "cassettes/shared.yaml")) == 4
    run(None).assert_outcomes(passed=4)


def test_the_cassettes_folder_can_be_named(record: Run, pytester: pytest.Pytester) -> None:
    record(ONE, "--retape-dir=tapes")
    assert (pytester.path / "tapes/test_it/test_one.yaml").exists()


def test_a_damaged_cassette_is_an_error_that_names_file_line_and_repair(
    record: Run, run: Run, pytester: pytest.Pytester, server: WireServer
) -> None:
    record(ONE)
    path = pytester.path / "cassettes/test_it/test_one.yaml"
    path.write_bytes(path.read_bytes()[:-40])
    result = run(None)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*damaged cassette *test_one.yaml: line *retape repair *test_one.yaml"])
    assert len(server.requests) == 1


def test_the_fixture_shows_what_was_really_sent(record: Run, run: Run) -> None:
    source = """
def test_sent(retape_cassette):
    ask("Hello")
    assert retape_cassette.requests[0].json()["messages"][0]["content"] == "Hello"
    assert retape_cassette.requests[0].header("authorization").startswith("Bearer ")
"""
    record(source)
    run(None).assert_outcomes(failed=1)  # no mark, so no dummy key: the client can't be made
    run(source.replace("def test", "@pytest.mark.retape\ndef test")).assert_outcomes(passed=1)


ASYNC = """
async def aask(text):
    async with openai.AsyncOpenAI(base_url=os.environ["BASE"], max_retries=0) as client:
        messages = [{"role": "user", "content": text}]
        return (await client.chat.completions.create(model="m", messages=messages)).choices[0].message.content

@pytest.mark.retape
@pytest.mark.asyncio
async def test_asyncio():
    assert await aask("1") == "Hi"

@pytest.mark.retape
@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_anyio():
    assert await aask("2") == "Hi"
"""


def test_asynchronous_tests_of_both_plugins_use_their_cassettes(record: Run, run: Run, server: WireServer) -> None:
    record(ASYNC)
    sent = len(server.requests)
    result = run(None)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["retape: 2 replayed, *"])
    assert len(server.requests) == sent


def test_pytest_recording_and_random_order_work_side_by_side(
    record: Run, run: Run, pytester: pytest.Pytester, server: WireServer
) -> None:
    source = (
        ONE
        + """
@pytest.mark.vcr
def test_two():
    os.environ.setdefault("OPENAI_API_KEY", "unused")
    assert ask("two") == "Hi"
"""
    )
    record(source, "--record-mode=once")
    assert cassettes(pytester) == ["test_it/test_one.yaml", "test_it/test_two.yaml"]
    sent = len(server.requests)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    result.assert_outcomes(passed=2)
    assert "no test owns" not in result.stdout.str()
    assert len(server.requests) == sent


def test_a_plain_run_says_nothing_at_its_end(run: Run) -> None:
    result = run("def test_nothing(): pass")
    assert "replayed" not in result.stdout.str()


def test_the_plugin_loads_no_http_library(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile("""
import sys
def test_modules():
    libraries = {"openai", "httpx", "httpx2", "respx", "vcr", "starlette", "uvicorn", "requests", "aiohttp", "yaml"}
    assert not libraries & sys.modules.keys()
    assert "retape.pytest_plugin" in sys.modules
    assert not {name for name in sys.modules if name.startswith(("retape.tape", "retape.mounts"))}
""")
    pytester.runpytest_subprocess("-p", "retape.pytest_plugin").assert_outcomes(passed=1)
