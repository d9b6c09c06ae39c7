"""The house: rooms, the arrows between them, and what may be loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import retape

PACKAGE = Path(retape.__file__).parent
ROOMS = ("tape", "handlers", "mounts", "verify", "report", "commands")
"""From left to right: a room imports itself and the rooms to its left."""

FOREIGN = {
    "httpx": {"mounts/httpx.py"},
    "httpx2": {"mounts/httpx2.py"},
    "vcr": {"mounts/vcr.py"},
    "respx": {"mounts/respx.py"},
    "openai": {"verify/cases/client.py"},
    "starlette": set(),
    "uvicorn": {"mounts/wire.py"},
    "h11": {"mounts/upstream.py"},
    "certifi": {"mounts/dialing.py"},
    "rich": {
        *("report/findings.py", "report/run_terminal.py", "report/summary.py", "report/terminal.py"),
        "report/traffic.py",
        *("commands/check.py", "commands/show.py"),
    },
}
"""A library -> the only files that import it."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    found = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "retape" else ""


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_left(path: Path) -> None:
    here = path.relative_to(PACKAGE).parts[0]
    allowed = ROOMS[: ROOMS.index(here) + 1] if here in ROOMS else ROOMS if path.parent == PACKAGE else ()
    reached = {room(module) for module in imports(path)} & set(ROOMS)
    if path.name == "errors.py" and path.parent == PACKAGE:
        allowed = ()
    assert reached <= set(allowed)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_foreign_library_has_one_home(path: Path) -> None:
    used = {module.partition(".")[0] for module in imports(path)}
    assert not [library for library in used & FOREIGN.keys() if name_of(path) not in FOREIGN[library]]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nobody_imports_the_front_doors(path: Path) -> None:
    doors = {"retape.cli", "retape.pytest_plugin"}
    allowed = {"retape.cli"} if path.name == "__main__.py" else set()
    assert imports(path) & doors == allowed


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_at_most_400_lines_and_says_what_it_is_for(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= 400
    assert ast.get_docstring(ast.parse(source))


def test_there_is_no_import_cycle() -> None:
    graph = {}
    for path in MODULES:
        own = "retape." + name_of(path).removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        top = ast.parse(path.read_text()).body
        direct = [
            node for node in top if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("retape.")
        ]
        graph[own] = {str(node.module) for node in direct} | {f"{n.module}.{a.name}" for n in direct for a in n.names}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join([*trail, module])
        if module not in done:
            for target in graph.get(module, set()) & graph.keys():
                visit(target, (*trail, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_importing_retape_loads_no_library() -> None:
    code = "import sys, retape; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "retape" in loaded
    assert not set(loaded) & {*FOREIGN, "yaml", "anyio", "requests", "aiohttp"}


@pytest.mark.parametrize("name", retape.__all__)
def test_every_public_name_is_there(name: str) -> None:
    value = getattr(retape, name)
    home = value.__name__ if isinstance(value, ModuleType) else value.__module__
    assert home.startswith(("retape", "collections", "types", "typing"))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'retape' has no attribute 'replays'"):
        _ = retape.replays  # type: ignore[attr-defined]
