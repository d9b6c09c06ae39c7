"""Every block of the README does what it says."""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import openai
import pytest

import retape.mounts.cassette
import retape.mounts.server
from retape.cli import main, parser
from retape.pytest_settings import OPTIONS

LOADED = (openai, retape.mounts.cassette, retape.mounts.server)
"""Imported here, so that the runs inside this process find them loaded, and don't load them a second time."""

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


MODULES = [block for block in blocks("python") if block.startswith("# test_")]
"""Blocks that pytest is to run."""
SCRIPTS = [block for block in blocks("python") if block not in MODULES]

PLUGIN = (
    *("-o", "asyncio_default_fixture_loop_scope=function", "-W", "default"),
    *(word for name in ("randomly", "hypothesispytest", "cacheprovider") for word in ("-p", f"no:{name}")),
)
"""What runs a README's module as a user's pytest would."""


def sources() -> str:
    return "\n".join(path.read_text() for path in sorted((ROOT / "kit").rglob("*.py")))


def test_the_blocks_are_found() -> None:
    found = {name: len(blocks(name)) for name, _ in BLOCKS}
    assert found == {"sh": 4, "python": 11, "js": 1, "console": 5, "text": 1}
    assert (len(SCRIPTS), len(MODULES)) == (9, 2)


@pytest.mark.parametrize("number", range(len(SCRIPTS)))
def test_what_stands_in_a_block_of_python_works(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "cassettes").symlink_to(ROOT / "cassettes")
    monkeypatch.chdir(tmp_path)
    block = SCRIPTS[number]
    exec(compile(block, "README.md", "exec"), {})
    assert "print(" not in block or capsys.readouterr().out.strip()


def test_the_marked_test_fails_as_shown_when_its_prompt_changes(
    pytester: pytest.Pytester, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its cassette is made here by hand; the test module is the README's."""
    from retape import Cassette, Chunk, Exchange, Head, Request

    source = MODULES[0]
    body = b'{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Name a planet."}],"stream":true}'
    chunk = b'data: {"id":"c","choices":[{"index":0,"delta":{"content":"Mars"}}]}\n\ndata: [DONE]\n\n'
    request = Request("POST", "https://api.openai.com/v1/chat/completions", (), body)
    steps = (Head(200, (("content-type", "text/event-stream"),)), Chunk(chunk))
    cassette = Cassette(pytester.path / "cassettes/test_planet/test_planet.yaml")
    cassette.append(Exchange(request=request, steps=steps))
    cassette.save()
    pytester.makepyfile(test_planet=source)
    result = pytester.runpytest_inprocess(*PLUGIN)
    result.assert_outcomes(passed=1)
    assert blocks("console")[1].splitlines()[1] in result.stdout.str()
    pytester.makepyfile(test_planet=source.replace("planet.", "star."))
    shown = pytester.runpytest_inprocess(*PLUGIN).stdout.str()
    for line in blocks("text")[0].splitlines():
        assert line.strip() in shown
    capsys.readouterr()
    assert main(["show", str(cassette.path)]) == 0
    assert "Name a planet." in capsys.readouterr().out


def test_the_module_that_asks_a_server_passes(pytester: pytest.Pytester) -> None:
    (pytester.path / "cassettes").symlink_to(ROOT / "cassettes")
    pytester.makepyfile(test_app=MODULES[1])
    pytester.runpytest_inprocess(*PLUGIN).assert_outcomes(passed=3)


@pytest.mark.skipif(not all(map(shutil.which, ("bash", "curl"))), reason="needs bash and curl")
def test_a_server_in_the_background_of_a_shell_answers_and_ends(tmp_path: Path) -> None:
    (tmp_path / "cassettes").symlink_to(ROOT / "cassettes/llamacpp")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        script = f"{blocks('sh')[2]}wait $!".replace("8080", str(free.getsockname()[1]))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env={**os.environ, "PATH": path}, capture_output=True, timeout=60
    )
    assert done.returncode == 0
    assert b"tiny-random" in done.stdout


COMMANDS = [
    line.removeprefix("$ ").removesuffix("&")
    for name, block in BLOCKS
    if name in ("sh", "console")
    for line in block.splitlines()
    if line.removeprefix("$ ").startswith("retape ")
]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_of_a_block_is_one_that_retape_takes(line: str) -> None:
    words = shlex.split(line, comments=True)[1:]
    own = words[: words.index("--")] if "--" in words else words
    assert parser().parse_args([word for word in own if word not in (">", "retape.log")]).command == own[0]


def test_every_option_that_is_named_exists() -> None:
    commands = next(action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    ours = {option for command in commands.choices.values() for option in command._option_string_actions}
    suite = re.findall(r'addoption\("(--retape-[a-z-]+)"', sources())
    known = {*ours, *suite, *(option.flag for option in OPTIONS)}
    others = {"--record-mode", "--base-url"}  # pytest-recording's, and somebody's own
    assert {*re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", README)} - known - others == set()


def test_ci_runs_the_readmes_command_as_it_stands() -> None:
    assert blocks("sh")[3].strip() in (ROOT / ".ci/run").read_text().splitlines()


MESSAGES = re.findall(r"^\| `([^`]+)`", README.partition("## When it says")[2], re.MULTILINE)


@pytest.mark.parametrize("message", MESSAGES)
def test_every_message_of_the_troubleshooting_is_one_that_retape_gives(message: str) -> None:
    source = re.sub(r'"\s*\n\s*f?"', "", sources())
    pieces = [piece.strip(" :") for piece in message.split("...") if piece.strip(" :")]
    assert pieces
    assert [piece for piece in pieces if piece not in source] == []
