"""Every block of the README does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from retape.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def test_the_blocks_are_found() -> None:
    assert {name: len(blocks(name)) for name, _ in BLOCKS} == {"sh": 3, "python": 8, "console": 3, "text": 1}


@pytest.mark.parametrize("number", range(1, len(blocks("python"))))
def test_what_stands_in_a_block_of_python_works(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cassettes").symlink_to(ROOT / "cassettes")
    monkeypatch.chdir(tmp_path)
    block = blocks("python")[number]
    exec(compile(block, "README.md", "exec"), {})
    assert "print(" not in block or capsys.readouterr().out.strip()


def test_the_marked_test_fails_as_shown_when_its_prompt_changes(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its cassette is made here by hand; the test module is the README's."""
    from retape import Cassette, Chunk, Exchange, Head, Request

    source = blocks("python")[0]
    body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Name a planet."}],"stream":true}'
    chunk = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Mars"}}]}\n\ndata: [DONE]\n\n'
    request = Request("POST", "https://api.openai.com/v1/chat/completions", (), body)
    steps = (Head(200, (("content-type", "text/event-stream"),)), Chunk(chunk))
    cassette = Cassette(pytester.path / "cassettes/test_planet/test_planet.yaml")
    cassette.append(Exchange(request=request, steps=steps))
    cassette.save()
    arguments = (
        "-o",
        "asyncio_default_fixture_loop_scope=function",
        "-p",
        "no:randomly",
        "-p",
        "no:hypothesispytest",
        "-p",
        "no:cacheprovider",
        "-W",
        "default",
    )
    pytester.makepyfile(test_planet=source)
    result = pytester.runpytest_inprocess(*arguments)
    result.assert_outcomes(passed=1)
    assert blocks("console")[1].splitlines()[1] in result.stdout.str()
    pytester.makepyfile(test_planet=source.replace("planet.", "star."))
    shown = pytester.runpytest_inprocess(*arguments).stdout.str()
    for line in blocks("text")[0].splitlines():
        assert line.strip() in shown
    capsys.readouterr()
    assert main(["show", str(cassette.path)]) == 0
    assert "Name a planet." in capsys.readouterr().out


def test_ci_runs_the_readmes_command_as_it_stands() -> None:
    assert blocks("sh")[2].strip() in (ROOT / ".ci/run").read_text().splitlines()


MESSAGES = re.findall(r"^\| `([^`]+)` \|", README.partition("## When it says")[2], re.MULTILINE)


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_of_the_troubleshooting_is_one_that_retape_gives(message: str) -> None:
    source = "\n".join(path.read_text() for path in sorted((ROOT / "kit").rglob("*.py")))
    source = re.sub(r'"\s*\n\s*f?"', "", source)
    pieces = [piece.strip(" :") for piece in message.split("...") if piece.strip(" :")]
    assert pieces
    assert [piece for piece in pieces if piece not in source] == []
