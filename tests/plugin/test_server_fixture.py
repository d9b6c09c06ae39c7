"""The fixture that replays on a socket, and what both fixtures on sockets share, run as a user runs them."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

import retape
import retape.mounts.server
from plugin.conftest import Run
from retape.tape.cassette import Entry
from tape.test_journal import leave
from wire import completion, plain

CALL = """
import urllib.request
def call(text="Hi", **more):
    with openai.OpenAI(max_retries=0) as client:
        messages = [{"role": "user", "content": text}]
        return client.chat.completions.create(model="m", messages=messages, **more)
def say(text="Hi"):
    return call(text).choices[0].message.content
"""

URL = "https://api.openai.com/v1/chat/completions"


def exchange(text: str) -> retape.Exchange:
    body = json.dumps({"messages": [{"role": "user", "content": text}], "model": "m"}).encode()
    answer = plain(completion(f"{text} yourself"))[1]
    steps = (retape.Head(200, (("content-type", "application/json"),)), retape.Chunk(answer))  # type: ignore[arg-type]
    request = retape.Request("POST", URL, (("content-type", "application/json"),), body)
    return retape.Exchange(request=request, steps=steps, recorded_at="2026-01-02T03:04:05Z")


def write(path: Path, *texts: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cassette = retape.Cassette(path)
    for text in texts:
        cassette.append(exchange(text))
    cassette.save()


@pytest.fixture
def cassettes(pytester: pytest.Pytester) -> Path:
    """What the tests replay."""
    folder = pytester.path / "cassettes"
    write(folder / "test_it/test_own.yaml", "Hi")
    write(folder / "named.yaml", "Hi", "Bye")
    write(pytester.path / "beside.yaml", "Beside")
    return folder


def test_what_a_killed_recording_left_is_a_tests_cassette_too(run: Run, pytester: pytest.Pytester) -> None:
    for name in ("test_it/test_own.yaml", "named.yaml"):
        path = pytester.path / "cassettes" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        leave(path, Entry(exchange=exchange("Hi")))
    result = run(f"""{CALL}
def test_own(retape_server):
    assert say() == "Hi yourself"

@pytest.mark.retape_server("named.yaml")
def test_named(retape_server):
    assert say() == "Hi yourself"
""")
    result.assert_outcomes(passed=2)


@pytest.mark.usefixtures("cassettes")
def test_a_test_is_answered_from_its_own_cassette_or_from_those_that_its_marker_names(run: Run) -> None:
    result = run(f"""{CALL}
def test_own(retape_server):
    assert say() == "Hi yourself"
    assert os.environ["OPENAI_BASE_URL"] == retape_server.base_url

@pytest.mark.retape_server("named.yaml", "beside.yaml")
def test_named(retape_server):
    assert [say(text) for text in ("Bye", "Hi", "Beside")] == ["Bye yourself", "Hi yourself", "Beside yourself"]

@pytest.mark.retape_server("named.yaml", repeat=True, unused="ignore")
class TestMarked:
    def test_no_fixture_and_again(self):
        assert [say(), say()] == ["Hi yourself"] * 2

    @pytest.mark.retape_server(match="loose")
    def test_nearest(self):
        assert say("Anything") == "Hi yourself"
""")
    result.assert_outcomes(passed=4)
    result.stdout.no_fnmatch_line("*no test owns*")
    result.stdout.fnmatch_lines(["retape: 7 replayed, 0 recorded, 0 unused, 0 left loopback"])


@pytest.mark.usefixtures("cassettes")
def test_workers_have_a_server_each(run: Run) -> None:
    run(
        f"""{CALL}
@pytest.mark.parametrize("number", range(6))
@pytest.mark.retape_server("named.yaml", unused="ignore")
def test_it(retape_server, number):
    assert say() == "Hi yourself"
""",
        "-n",
        "2",
    ).assert_outcomes(passed=6)


FINDINGS: dict[str, tuple[str, str, str, dict[str, int]]] = {
    "a miss that was swallowed": (
        'unused="ignore"',
        "    with pytest.raises(openai.NotFoundError): call('Never')",
        "no recording answers POST /chat/completions*",
        {"passed": 1, "errors": 1},
    ),
    "a miss that was expected": (
        'unused="ignore", missing="ignore"',
        "    with pytest.raises(openai.NotFoundError): call('Never')",
        "",
        {"passed": 1},
    ),
    "an unused recording": (
        "",
        "    say()",
        "*test_it: 1 of 2 recordings were not asked for, the first POST /v1/chat/completions; *",
        {"passed": 1, "errors": 1},
    ),
    "a warning of one": ('unused="warn"', "    say()", "*1 of 2 recordings were not asked for*", {"passed": 1}),
    "one that may be unused": ('unused="ignore"', "    say()", "", {"passed": 1}),
    "a test that fails anyway": ("", "    assert False", "", {"failed": 1}),
    "a wrong argument": ("paice=4", "    pass", "*has no argument 'paice'; it takes the paths of *", {"errors": 1}),
    "a wrong value": ("pace=-1", "    pass", "*pace=-1*positive number*", {"errors": 1}),
}


@pytest.mark.usefixtures("cassettes")
@pytest.mark.parametrize("what", FINDINGS)
def test_what_the_server_shows_of_a_test_is_judged_when_it_has_passed(what: str, run: Run) -> None:
    arguments, body, said, counts = FINDINGS[what]
    result = run(f"""{CALL}
@pytest.mark.retape_server("named.yaml", {arguments})
def test_it(retape_server):
{body}
""")
    result.assert_outcomes(**counts, warnings=int("warning" in what))
    if said:
        result.stdout.fnmatch_lines([said])


def test_without_a_cassette_the_miss_says_where_it_would_be(run: Run) -> None:
    result = run(f"""{CALL}
def test_it(retape_server):
    with pytest.raises(openai.NotFoundError, match="no recording answers POST.*there is no cassette .*test_it.yaml"):
        call()

@pytest.mark.retape_server("lost.yaml")
def test_lost(retape_server): pass
""")
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*there is no cassette *cassettes*test_it*test_it.yaml; name one, @pytest.mark.retape_server(path)*",
            "there is no cassette lost.yaml: neither *cassettes*lost.yaml nor *lost.yaml",
        ],
        consecutive=False,
    )


@pytest.mark.usefixtures("cassettes")
def test_any_handler_may_take_the_cassettes_place(run: Run) -> None:
    run(f"""{CALL}
def test_own(retape_server):
    import retape
    retape_server.handler = retape.faults.status(retape.Fake(), 503)
    with pytest.raises(openai.InternalServerError):
        call()
""").assert_outcomes(passed=1)


@pytest.mark.parametrize("fixture", ["retape_fake", "retape_server"])
def test_a_client_of_a_wider_scope_finds_the_server_for_the_whole_run(fixture: str, run: Run) -> None:
    run(f"""
@pytest.fixture(scope="session")
def client():
    with openai.OpenAI(max_retries=0) as client:
        yield client

@pytest.mark.parametrize("number", range(3))
def test_it(client, {fixture}, number):
    import retape
    if "{fixture}" == "retape_server":
        {fixture}.handler = retape.Fake()
    assert client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": "Hi"}}]).id

def test_others():
    assert "OPENAI_BASE_URL" not in os.environ
""").assert_outcomes(passed=4)


def test_the_server_is_gone_when_the_run_is_over(run: Run) -> None:
    before = threading.active_count()
    run("def test_it(retape_fake):\n    assert openai.OpenAI().models.list().data\n").assert_outcomes(passed=1)
    assert threading.active_count() == before


HALF_READ: dict[str, tuple[str, int]] = {
    "left in the middle": ("    next(stream); stream.close()", 1),
    "still being read": ("    keep.append(stream); next(stream)", 1),
    "read to its end": ("    assert list(stream)", 0),
    "of a test that failed": ("    next(stream); stream.close(); assert False", 0),
}


@pytest.mark.parametrize("what", HALF_READ)
def test_answers_that_were_left_half_read_are_told(what: str, run: Run) -> None:
    body, told = HALF_READ[what]
    wait = 0.0001 if what == "read to its end" else 30
    result = run(f"""{CALL}
keep = []
def test_it(retape_server):
    import retape
    retape_server.handler = retape.faults.stall(retape.Fake(), after=3, seconds={wait})
    client = openai.OpenAI(max_retries=0)
    stream = client.chat.completions.create(
        model="gpt-4o", messages=[{{"role": "user", "content": "Hi"}}], stream=True
    )
{body}
""")
    result.assert_outcomes(warnings=told, **{"failed" if "failed" in what else "passed": 1})
    if told:
        result.stdout.fnmatch_lines(["*test_it.py::test_it left 1 answer half-read: POST /v1/chat/completions"])


@pytest.mark.parametrize("name", ["retape.HalfRead", "retape.pytest_server.HalfRead"])
def test_a_warning_of_half_read_answers_is_ignored_by_name(name: str, run: Run) -> None:
    result = run(f"""{CALL}
import pytest
@pytest.mark.filterwarnings("ignore::{name}")
def test_it(retape_server):
    import retape
    retape_server.handler = retape.faults.stall(retape.Fake(), after=3, seconds=30)
    stream = openai.OpenAI(max_retries=0).chat.completions.create(
        model="gpt-4o", messages=[{{"role": "user", "content": "Hi"}}], stream=True
    )
    next(stream); stream.close()
""")
    result.assert_outcomes(passed=1, warnings=0)


REFUSED = {
    "@pytest.mark.retape\ndef test_it(retape_server): pass": "*retape_server is on a socket, and a test marked*",
    "def test_it(retape_server, retape_fake): pass": "*retape_fake and retape_server are one server*",
}


@pytest.mark.parametrize("source", REFUSED)
def test_what_can_not_be_had_together_is_one_sentence(source: str, run: Run) -> None:
    result = run(source)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([REFUSED[source]])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_the_marker_and_the_fixture_are_known_to_pytest(run: Run) -> None:
    run(None, "--markers").stdout.fnmatch_lines(["@pytest.mark.retape_server(*cassettes, *"])
    run(None, "--fixtures").stdout.fnmatch_lines(["retape_server -- *"])
