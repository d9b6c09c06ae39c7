"""`tox -e live`: start the servers, record every test of this folder, kill the servers, and replay.

    python -m live --work DIR [arguments for pytest]        (with `tests` on PYTHONPATH)
    python -m live --work DIR --route litellm --route portkey

A cassette whose re-recording tells nothing new stays as it was.  A route is a way to a real server that is recorded
through the socket, by `retape record`; with any named, only those are.  Exit status: that of whatever failed first.
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
from live import relay
from live.routes import CASSETTES as ALL
from live.routes import ROUTES
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


def relayed(name: str, work: Path) -> int:
    """Record a route, stop its servers, and see that a replay gives the same bytes."""
    path = ROUTES[name].path
    with tempfile.TemporaryDirectory() as backup:
        old = Path(backup) / path.name
        if path.exists():
            shutil.copyfile(path, old)
        live = relay.recorded(name, work)
        if live.returncode:
            return live.returncode
        print(f"live: {name}: the servers are gone; replaying", flush=True)
        again = relay.replayed(name)
        wrong = relay.difference(live.stdout, again.stdout)
        print(f"live: {name}: {wrong or f'{len(live.stdout.splitlines())} answers, the same bytes'}", flush=True)
        print(f"live: {path.relative_to(ALL).parent}/{judge(path, old)}", flush=True)
    return again.returncode or int(bool(wrong))


def tested(work: Path, arguments: Sequence[str]) -> int:
    """Record the tests, stop the servers, and run the tests again without."""
    status = record(work, arguments)
    if status:
        return status
    print("live: the servers are gone; replaying", flush=True)
    return pytest("replay", arguments, {})


def main(words: Sequence[str]) -> int:
    """Record and replay."""
    parser = argparse.ArgumentParser(prog="python -m live", description="record from real servers, and replay")
    parser.add_argument("--work", type=Path, required=True, help="folder for the servers' installations and the models")
    parser.add_argument(
        "--route",
        action="append",
        choices=ROUTES,
        help="record only this way to a server, through the socket; may come several times (default: direct, and all "
        "tests of this folder)",
    )
    asked, arguments = parser.parse_known_args(words)
    work = asked.work.resolve()
    for name in asked.route or ["direct"]:
        status = relayed(name, work)
        if status:
            return status
    return 0 if asked.route else tested(work, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
