"""What retape adds to a program's start and to pytest's, and which HTTP libraries it loads: none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.tables import Row, Table, ms

LIMIT = 10
LIBRARIES = ("aiohttp", "httpx", "httpx2", "openai", "requests", "respx", "starlette", "urllib3", "uvicorn", "vcr")

_IMPORT = """
import json, sys, time
start = time.perf_counter()
import retape
print(json.dumps([time.perf_counter() - start, sorted(sys.modules)]))
"""

_PLUGIN = """
import functools, json, sys, time
import pytest, _pytest.config
for name in _pytest.config.default_plugins:
    __import__("_pytest." + name)

spent = []

def timed(function):
    @functools.wraps(function)
    def inner(*args):
        start = time.perf_counter()
        try:
            return function(*args)
        finally:
            spent.append(time.perf_counter() - start)
    return inner

class Stopwatch:
    def pytest_plugin_registered(self, plugin, manager):
        if getattr(plugin, "__name__", "").startswith("retape"):
            for caller in manager.get_hookcallers(plugin) or ():
                for hook in caller.get_hookimpls():
                    if hook.plugin is plugin and not (hook.wrapper or hook.hookwrapper):
                        hook.function = timed(hook.function)

start = time.perf_counter()
import retape.pytest_plugin
spent.append(time.perf_counter() - start)
sys.stdout = open("/dev/null", "w") if sys.platform != "win32" else open("NUL", "w")
pytest.main(["-q", "-p", "no:cacheprovider", "-p", "retape.pytest_plugin", "--collect-only", "."], [Stopwatch()])
print(json.dumps([sum(spent), sorted(sys.modules)]), file=sys.__stdout__)
"""

STARTS = {"import retape": _IMPORT, "the plugin's part of pytest's start": _PLUGIN}


def measure(*, quick: bool) -> Table:
    """Medians of fresh interpreters."""
    runs = 5 if quick else 15
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_nothing.py").write_text("def test_nothing():\n    pass\n")
        for what, program in STARTS.items():
            run(program, folder)
            found = [run(program, folder) for _ in range(runs)]
            loaded = [name for name in LIBRARIES if name in found[0][1]]
            detail = f"HTTP libraries loaded: {', '.join(loaded) or 'none'}"
            rows.append(Row(what=what, figure=ms([time for time, _ in found]), unit="ms", detail=detail, limit=LIMIT))
            rows.append(Row(what=f"{what}: HTTP libraries", figure=len(loaded), unit="", limit=0))
    notes = [
        f"Medians of {runs} fresh interpreters. The plugin's part: its import once pytest's own modules are loaded, "
        "and the time spent in its hooks until one test is collected; no other plugin is loaded."
    ]
    return Table(title="start: what retape adds", rows=rows, notes=notes)


def run(program: str, folder: str) -> tuple[float, list[str]]:
    """Seconds and loaded modules, as a fresh interpreter prints them."""
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPYCACHEPREFIX": f"{folder}/compiled"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed package is compiled already
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, cwd=folder, env=environment
    )
    seconds, modules = json.loads(done.stdout)
    return seconds, modules
