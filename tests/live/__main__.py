"""`tox -e live`: start the servers, record every test of this folder, kill the servers, and replay.

    python -m live --work DIR [arguments for pytest]        (with `tests` on PYTHONPATH)

A cassette whose re-recording tells nothing new stays as it was.  Exit status: pytest's, of whichever run failed first.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import retape
from live.sameness import tells_nothing_new
from live.servers import running

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CASSETTES = ROOT / "cassettes" / "llamacpp"


def pytest(mode: str, arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run this folder's tests in another process; give the exit status."""
    own = [f"--retape={mode}", "--retape-record-in-ci"] if mode == "rewrite" else [f"--retape={mode}"]
    command = [sys.executable, "-m", "pytest", str(HERE), *own, *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False).returncode


def record(work: Path, arguments: Sequence[str]) -> int:
    """Record, then put back what tells nothing new; say what was recorded."""
    started = time.monotonic()
    with running(work) as variables, tempfile.TemporaryDirectory() as backup:
        print(f"live: {len(variables) // 2} servers after {time.monotonic() - started:.1f} s", flush=True)
        old = Path(backup)
        CASSETTES.mkdir(parents=True, exist_ok=True)
        shutil.copytree(CASSETTES, old, dirs_exist_ok=True)
        status = pytest("rewrite", arguments, variables)
        for path in sorted(CASSETTES.glob("*.yaml")):
            print(f"live: {judge(path, old / path.name)}", flush=True)
    return status


def judge(path: Path, old: Path) -> str:
    """One cassette in a line; the old one put back when the new one tells nothing new."""
    count = len(retape.Cassette.load(path))
    what = f"{path.name}: {count} exchange{'' if count == 1 else 's'}, {path.stat().st_size} bytes"
    if not old.exists():
        return f"{what}, new"
    if old.read_bytes() == path.read_bytes():
        return f"{what}, not recorded"
    if not tells_nothing_new(old, path):
        return f"{what}, changed"
    shutil.copyfile(old, path)
    return f"{what}, as before"


def main(words: Sequence[str]) -> int:
    """Record and replay."""
    parser = argparse.ArgumentParser(prog="python -m live", description="record from llama.cpp's server, and replay")
    parser.add_argument("--work", type=Path, required=True, help="folder for the servers' installation and the models")
    asked, arguments = parser.parse_known_args(words)
    status = record(asked.work.resolve(), arguments)
    if status:
        return status
    print("live: the servers are gone; replaying", flush=True)
    return pytest("replay", arguments, {})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
