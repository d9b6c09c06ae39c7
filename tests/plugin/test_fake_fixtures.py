"""The fixtures that give a test a fake OpenAI, run as a user runs them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import retape
import retape.handlers.fake.fake
import retape.mounts.mount
import retape.mounts.respx
import retape.mounts.server
from mounted import OK
from plugin.conftest import Run
from wire import completion, plain

FIXTURES = {"retape_fake": "http://127.0.0.1:", "retape_fake_inprocess": "https://api.openai.com/v1/"}
"""A fixture -> where the client goes."""

CALL = """
def call(text="Hi"):
    with openai.OpenAI() as client:
        messages = [{"role": "user", "content": text}]
        return client.chat.completions.create(model="gpt-4o-mini", messages=messages)
"""


class Scripted:
    """A fake with a script that nobody may have asked for."""

    def __init__(self, *, seed: int = 0, script: Path | None = None, complaint: str = "", strict: bool = False) -> None:
        self.script = script
        self.complaint = complaint
        if strict:
            raise retape.UsageError("strict needs a script")

    def __call__(self, request: retape.Request) -> Iterator[retape.Step]:
        yield OK
        yield retape.Chunk(plain(completion("scripted"))[1])  # type: ignore[arg-type]

    def check(self) -> None:
        """Complain."""
        if self.complaint:
            raise AssertionError(self.complaint)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """`retape.Fake` as a test wants it."""
    monkeypatch.setattr(retape, "Fake", Scripted)


@pytest.mark.parametrize("fixture", FIXTURES)
def test_the_client_that_the_module_makes_for_itself_is_answered_and_gone_afterwards(fixture: str, run: Run) -> None:
    run(f"""
def module():
    return openai._client, openai.api_key, openai.api_type, openai.azure_endpoint, openai.http_client

@pytest.mark.parametrize("number", range(2))
def test_fake({fixture}, number):
    assert openai.models.list().data
    assert len({fixture}.requests) == 1

def test_after():
    assert module() == (None,) * 5
""").assert_outcomes(passed=3)


@pytest.mark.parametrize("fixture", FIXTURES)
def test_the_client_is_answered_at_its_default_without_key_and_network(
    fixture: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    before = dict(os.environ)
    result = run(f"""{CALL}
def test_one({fixture}):
    assert call().choices[0].message.content
    assert os.environ["AZURE_OPENAI_API_KEY"]
    assert "https_proxy" not in os.environ
    assert str(openai.OpenAI().base_url).startswith("{FIXTURES[fixture]}")
    import retape
    assert isinstance({fixture}, retape.Fake)

def test_two():
    assert os.environ["OPENAI_BASE_URL"] == "http://127.0.0.1:1/v1"
    assert "OPENAI_API_KEY" not in os.environ
""")
    result.assert_outcomes(passed=2)
    after = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    assert after == {name: value for name, value in before.items() if not name.startswith("PYTEST_")}


def test_each_test_has_a_fake_of_its_own(run: Run) -> None:
    run(f"""{CALL}
@pytest.mark.parametrize("number", [1, 2])
def test_it(retape_fake, number):
    first, second = call(), call()
    assert first.id != second.id
    ids = globals().setdefault("ids", [])
    ids.append([first.id, second.id])
    assert ids.count(ids[0]) == number
""").assert_outcomes(passed=2)


def test_the_fake_answers_in_fixtures_that_come_after_it_too(run: Run) -> None:
    run(f"""{CALL}
@pytest.fixture
def answer(retape_fake):
    before = call()
    yield before
    assert call("Bye").model == before.model

def test_it(answer):
    assert answer.model.startswith("gpt-4o-mini")
""").assert_outcomes(passed=1)


def test_a_coroutine_is_answered(run: Run) -> None:
    run("""
@pytest.mark.asyncio
async def test_asyncio(retape_fake):
    async with openai.AsyncOpenAI() as client:
        stream = await client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        assert [chunk async for chunk in stream]

@pytest.mark.anyio
async def test_anyio(retape_fake):
    async with openai.AsyncOpenAI() as client:
        assert await client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Hi"}])
""").assert_outcomes(passed=3)  # anyio's plugin runs it under asyncio and trio


def test_workers_answer_alike(run: Run) -> None:
    run(
        f"""{CALL}
@pytest.mark.parametrize("number", range(4))
def test_it(retape_fake, number):
    assert call().choices[0].message.content
""",
        "-n",
        "2",
    ).assert_outcomes(passed=4)


def test_the_marker_alone_gives_a_fake_and_its_arguments(run: Run) -> None:
    run(f"""{CALL}
@pytest.mark.retape_fake(seed=7, profile="lenient")
class TestMarked:
    def test_class(self, retape_fake_inprocess):
        assert (retape_fake_inprocess.settings.seed, retape_fake_inprocess.settings.profile) == ("7", "lenient")

    @pytest.mark.retape_fake(seed=8)
    def test_nearest(self, retape_fake):
        assert (retape_fake.settings.seed, retape_fake.settings.profile) == ("8", "lenient")

    def test_no_fixture(self):
        assert call().choices
""").assert_outcomes(passed=3)


WRONG = {
    "sed=7": "*test_it.py::test_it: @pytest.mark.retape_fake has no argument 'sed'; it takes complaint, script, seed*",
    "7": "*test_it.py::test_it: @pytest.mark.retape_fake takes no positional argument (7); it takes complaint, *",
    "strict=True": "*test_it.py::test_it: @pytest.mark.retape_fake: strict needs a script",
}


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("arguments", WRONG)
def test_a_wrong_marker_is_one_sentence(arguments: str, run: Run) -> None:
    result = run(f"@pytest.mark.retape_fake({arguments})\ndef test_it(): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([WRONG[arguments]])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.usefixtures("scripted")
def test_a_script_is_looked_for_beside_the_test(run: Run, pytester: pytest.Pytester) -> None:
    run("""
@pytest.mark.retape_fake(script="answers.yaml")
def test_it(retape_fake, request):
    assert retape_fake.script == request.path.parent / "answers.yaml"
""").assert_outcomes(passed=1)


LEFT = '@pytest.mark.retape_fake(complaint="nobody asked for: reply Earth")\n'
OUTCOMES: dict[str, tuple[str, dict[str, int]]] = {
    "passed": ("", {"passed": 1, "errors": 1}),
    "failed": ("    assert False", {"failed": 1}),
    "skipped": ("    pytest.skip()", {"skipped": 1}),
    "failed as expected": ("    pytest.xfail()", {"xfailed": 1}),
}


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("fixture", FIXTURES)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_was_left_unasked_counts_only_when_the_test_has_passed(fixture: str, outcome: str, run: Run) -> None:
    body, counts = OUTCOMES[outcome]
    result = run(f"{LEFT}def test_it({fixture}):\n    pass\n{body}\n")
    result.assert_outcomes(**counts)
    assert result.outlines.count("nobody asked for: reply Earth") == (outcome == "passed")


@pytest.mark.usefixtures("scripted")
@pytest.mark.parametrize("mode", ["replay", "record"])
def test_in_a_test_with_a_cassette_the_fake_in_process_answers_and_nothing_is_recorded(
    mode: str, run: Run, pytester: pytest.Pytester
) -> None:
    result = run(
        f"""{CALL}
@pytest.mark.retape
def test_it(retape_fake_inprocess):
    assert call().choices[0].message.content == "scripted"
""",
        f"--retape={mode}",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["retape: 0 replayed, 0 recorded, 0 unused, 0 left loopback"])
    assert not (pytester.path / "cassettes").exists()


def test_a_test_with_a_cassette_is_told_which_fixture_it_can_have(run: Run) -> None:
    result = run("@pytest.mark.retape\ndef test_it(retape_fake): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["test_it.py::test_it: retape_fake is on a socket, * use retape_fake_inprocess, *"])


def test_without_uvicorn_the_other_fixture_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "retape.mounts.server")
    monkeypatch.delattr(retape.mounts, "server")
    monkeypatch.delitem(sys.modules, "retape.mounts.wire")
    monkeypatch.delattr(retape.mounts, "wire")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = run("def test_it(retape_fake): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*pip install 'retape[[]server[]]'; or use the fixture retape_fake_inprocess, *"])


def test_an_exception_that_only_the_server_saw_fails_the_test(run: Run) -> None:
    result = run(f"""{CALL}
def test_it(retape_fake):
    retape_fake.on(lambda sent: 1 / 0).reply("never")
    with pytest.raises(openai.InternalServerError):
        call()
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError: division by zero"])


def test_what_was_scripted_and_not_asked_for_is_told(run: Run) -> None:
    result = run("""
def test_it(retape_fake_inprocess):
    retape_fake_inprocess.on(contains="planet").reply("Earth")
""")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*planet*"])


def test_the_marker_and_the_fixtures_are_known_to_pytest(run: Run) -> None:
    run(None, "--markers").stdout.fnmatch_lines(["@pytest.mark.retape_fake(*, seed, profile, ...): *"])
    result = run(None, "--fixtures")
    result.stdout.fnmatch_lines([f"{name} -- *" for name in FIXTURES])
