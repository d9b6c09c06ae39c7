"""Output that nobody waits for: prompt and whole for who reads, and no burden for who doesn't."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from commands.served import flood, started
from retape.commands.outlet import Outlet
from retape.commands.voice import Voice

MUCH = "x" * 2**20 + "\n"
"""More than a pipe holds."""


@contextmanager
def pipe(encoding: str = "utf-8") -> Iterator[tuple[TextIO, TextIO]]:
    """What is read, and what is written to."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding=encoding) as reader, os.fdopen(writing, "w", encoding=encoding) as out:
        yield reader, out


def outlet(out: TextIO, *, room: int = 100, stall: float = 0.05) -> Outlet:
    return Outlet(out, lost=lambda count: f"({count} lost)\n", room=room, stall=stall)


def test_a_line_can_be_read_as_soon_as_it_is_said() -> None:
    with pipe() as (reader, out):
        said = outlet(out)
        for text in ("one\n", "two\n"):
            said.put(text)
            assert reader.readline() == text
        said.close()


def test_whoever_keeps_up_gets_all_of_it_in_order() -> None:
    lines = [f"{number}\n" for number in range(20_000)]
    with pipe() as (reader, out):
        read: list[str] = []
        thread = threading.Thread(target=lambda: read.extend(reader))
        thread.start()
        said = outlet(out, room=10**6, stall=30)
        for line in lines:
            said.put(line)
        assert said.flush()
        said.close()
        out.close()
        thread.join()
    assert read == lines


def test_what_finds_no_room_is_dropped_and_counted_in_its_place() -> None:
    with pipe() as (reader, out):
        said = outlet(out, room=len(MUCH) + 8, stall=0.4)
        for text in (MUCH, "fits\n", "too long\n", "too long\n"):
            said.put(text)
        assert not said.flush()
        assert said.unwritten == 4
        assert reader.readline() == MUCH
        assert [reader.readline() for _ in range(2)] == ["fits\n", "(2 lost)\n"]
        said.put("later\n")
        assert reader.readline() == "later\n"
        assert not said.flush()
        assert said.unwritten == 2
        said.close()


def test_a_text_larger_than_the_room_is_written_when_nothing_else_waits() -> None:
    out = io.StringIO()
    said = outlet(out, stall=30)
    said.put(MUCH)
    assert said.flush()
    said.close()
    assert out.getvalue() == MUCH


def test_an_end_waits_once_for_a_reader_who_does_not_read() -> None:
    with pipe() as (_, out):
        said = outlet(out, stall=0.2)
        said.put(MUCH)
        begun = time.monotonic()
        assert not said.flush()
        said.put("more\n")
        said.close()
        assert 0.2 <= time.monotonic() - begun < 10


def test_a_pipe_that_does_not_block_is_waited_for_all_the_same() -> None:
    with pipe() as (reader, out):
        os.set_blocking(out.fileno(), False)
        said = outlet(out, stall=30)
        said.put(MUCH)
        assert reader.readline() == MUCH
        said.close()


def test_a_text_that_the_encoding_cannot_hold_is_written_in_escapes() -> None:
    with pipe("ascii") as (reader, out):
        said = outlet(out)
        said.put("Bahía\n")
        assert reader.readline() == "Bah\\xeda\n"
        said.close()


def test_a_reader_that_has_gone_is_told_to_who_speaks() -> None:
    with pipe() as (reader, out):
        reader.close()
        said = outlet(out, stall=30)
        said.put("one\n")
        assert not said.flush()
        with pytest.raises(BrokenPipeError, match="nobody reads any more"):
            said.put("two\n")
        said.close()


def test_nothing_said_is_no_thread() -> None:
    before = threading.active_count()
    said = outlet(io.StringIO())
    assert said.flush()
    assert threading.active_count() == before
    said.close()


@pytest.mark.parametrize("how", [["--json", "-q"], []], ids=["json", "plain"])
def test_a_server_answers_and_ends_though_nobody_reads_what_it_shows(how: list[str], tmp_path: Path) -> None:
    with started("fake", *how, cwd=tmp_path) as (child, base_url):
        assert set(flood(base_url, 1000)) == {404}
        child.send_signal(signal.SIGINT)
        assert child.wait(30) == 0


def test_who_reads_in_the_end_has_missed_nothing(tmp_path: Path) -> None:
    with started("fake", "--json", "-q", cwd=tmp_path) as (child, base_url):
        flood(base_url, 400)
        child.send_signal(signal.SIGINT)
        shown, told = child.communicate(timeout=30)
    *requests, summary = map(json.loads, shown.splitlines())
    assert [row["status"] for row in requests] == [404] * 400
    assert (summary["served"], summary.get("unshown")) == (400, None)
    assert (child.returncode, told) == (0, "")


def test_a_program_is_told_how_many_lines_it_has_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    with pipe() as (reader, out):
        monkeypatch.setattr(sys, "stdout", out)
        with Voice("fake", as_json=True, room=2 * len(MUCH)) as voice:
            voice.row({"much": MUCH})
            for number in range(3):
                voice.row({"much": MUCH[number:]})
            assert voice.unshown == 4
            shown = [json.loads(reader.readline()) for _ in range(2)]
            assert shown == [{"much": MUCH}, {"event": "dropped", "lines": 3}]
            voice.row({"event": "summary"})
            assert json.loads(reader.readline()) == {"event": "summary"}
            assert not voice.shown()
            assert voice.unshown == 3


def test_a_terminal_gets_columns(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="needs terminals")
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "retape", "fake"]
    with subprocess.Popen(command, stdout=slave, stderr=subprocess.PIPE, text=True, cwd=tmp_path) as child:
        os.close(slave)
        assert child.stderr is not None
        base_url = next(word for word in child.stderr.readline().split() if word.endswith("/v1"))
        flood(base_url, 1)
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=30)
        shown = re.sub(r"\x1b\[[0-9;]*m", "", os.read(master, 10_000).decode())
        os.close(master)
    heading, request, *rest = shown.splitlines()
    assert heading.split() == ["time", "status", "ms", "request", "model"]
    assert request.split()[1::2] == ["404", "GET"]
    assert rest == []


STUCK = """
import sys
from retape.commands.voice import Voice
with Voice("x", as_json=True) as voice:
    voice.row({"much": "x" * 2**20})
    voice.say("x" * 2**20)
sys.exit(7)
"""


def test_an_interpreter_ends_although_both_its_streams_are_stuck(tmp_path: Path) -> None:
    """At its end it flushes `sys.stdout`, and aborts where a thread hangs in there."""
    command = [sys.executable, "-c", STUCK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.wait(30) == 7
