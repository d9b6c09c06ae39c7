"""`tox -e recordings`: record the suite from the servers that can be had here, stop them, and see that a replay agrees.

    python -m live.verifying --work DIR [PROVIDER...] [-- arguments for retape verify]     (with `tests` on PYTHONPATH)

The providers are fake, llamacpp, litellm and portkey; without any named it is all of them.  What is recorded of a case
that hasn't changed stays as it is, unless there is `-- --rewrite`.  Exit status 1: a cell has another verdict in the
replay than it had live.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from upstream.litellm import LiteLLM
from upstream.llama import Llama
from upstream.portkey import Portkey

ROOT = Path(__file__).resolve().parents[2]

SAME = ("verdict", "why", "conforms", "answered", "violations", "deviations", "prompt_tokens", "completion_tokens")
"""What a replay has to say of a cell as the live run said it."""

Reach = tuple[list[str], Mapping[str, str]]
"""Arguments of `retape verify`, and variables."""


@contextlib.contextmanager
def fake(work: Path) -> Iterator[Reach]:
    """The fake, which `retape verify` starts itself."""
    yield [], {}


@contextlib.contextmanager
def llamacpp(work: Path) -> Iterator[Reach]:
    """llama.cpp's server."""
    with Llama(work, options=("--embedding",)) as server:
        yield ["--base-url", server.base_url], {}


@contextlib.contextmanager
def litellm(work: Path) -> Iterator[Reach]:
    """LiteLLM's proxy in front of it."""
    key = f"sk-{secrets.token_hex(16)}"
    with Llama(work, options=("--embedding",)) as server, LiteLLM(work, upstream=server.base_url, key=key) as gateway:
        yield ["--base-url", gateway.base_url], {"LITELLM_API_KEY": key}


@contextlib.contextmanager
def portkey(work: Path) -> Iterator[Reach]:
    """Portkey's gateway in front of it."""
    with Llama(work, options=("--embedding",)) as server, Portkey(work) as gateway:
        yield ["--base-url", gateway.base_url], {"PORTKEY_CUSTOM_HOST": server.base_url}


PROVIDERS: Mapping[str, Callable[[Path], contextlib.AbstractContextManager[Reach]]] = {
    "fake": fake,
    "llamacpp": llamacpp,
    "litellm": litellm,
    "portkey": portkey,
}


def verify(name: str, arguments: Sequence[str], variables: Mapping[str, str]) -> dict[str, Any]:
    """Run `retape verify`; give what it says of each cell."""
    command = [sys.executable, "-m", "retape", "verify", "--provider", name, "--json", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode not in (0, 1):
        raise SystemExit(done.returncode)
    cells = json.loads(done.stdout)["cells"]
    return {cell["title"]: {field: cell.get(field) for field in SAME} for cell in cells}


def recorded(name: str, work: Path, arguments: Sequence[str]) -> list[str]:
    """Record a provider, and give the rows that a replay judges in another way."""
    with PROVIDERS[name](work) as (reach, variables):
        live = verify(name, [*reach, "--live", *arguments], variables)
    replay = verify(name, [word for word in arguments if word != "--rewrite"], {})
    return [title for title, said in live.items() if replay.get(title) != said]


def main(words: Sequence[str]) -> int:
    """Record and replay."""
    own, more = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, ())
    parser = argparse.ArgumentParser(prog="python -m live.verifying", description="record the suite from real servers")
    parser.add_argument("--work", type=Path, required=True, help="folder for the servers' installations and the models")
    parser.add_argument("providers", nargs="*", metavar="PROVIDER", help=f"of {', '.join(PROVIDERS)}; all by default")
    asked = parser.parse_args(own)
    wrong = [name for name in asked.providers if name not in PROVIDERS]
    if wrong:
        parser.error(f"there is no {wrong[0]}: {', '.join(PROVIDERS)}")
    status = 0
    for name in asked.providers or PROVIDERS:
        differ = recorded(name, asked.work.resolve(), more)
        print(
            f"{name}: {f'the replay differs in {differ}' if differ else 'the replay agrees in every cell'}", flush=True
        )
        status |= bool(differ)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
