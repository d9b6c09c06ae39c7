"""Records a way to a real server as a user would, by `retape record -- COMMAND`, and replays it without the servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from live.routes import KEY, ROUTES, SECRET


def retape(*words: object, program: list[str], variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command of retape's with a program; what the program prints is kept, and what retape says is shown."""
    command = [sys.executable, "-m", "retape", *map(str, words), "--", sys.executable, "-m", "live.ask", *program]
    return subprocess.run(command, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True, check=False)


def recorded(name: str, cache: Path) -> subprocess.CompletedProcess[str]:
    """Start the servers of a way, and record it anew.

    Args:
        name: of the way, a key of `ROUTES`.
        cache: folder for the servers' installations.
    """
    route, started = ROUTES[name], time.monotonic()
    with route.running(cache) as (base_url, headers):
        print(f"live: {name}: the servers run after {time.monotonic() - started:.1f} s", flush=True)
        route.path.parent.mkdir(parents=True, exist_ok=True)
        where = ["--upstream", base_url, "--cassette", route.path, "--key-env", KEY]
        program = [name, json.dumps(dict(headers))]
        return retape("record", *where, "--rewrite", "--record-in-ci", program=program, variables={KEY: SECRET})


def replayed(name: str) -> subprocess.CompletedProcess[str]:
    """Replay a way with no server there; a recording that nobody asks for is a failure, as a miss is."""
    return retape("replay", ROUTES[name].path, "--strict", program=[name], variables={})


def difference(live: str, again: str) -> str:
    """What two runs of the program did not get alike, in words; "" for nothing."""
    rows = [{row["question"]: row for row in map(json.loads, text.splitlines())} for text in (live, again)]
    differing = [name for name in {**rows[0], **rows[1]} if rows[0].get(name) != rows[1].get(name)]
    if not rows[0]:
        return "nothing was asked"
    return f"not the bytes of the live answer: {', '.join(differing)}" if differing else ""
