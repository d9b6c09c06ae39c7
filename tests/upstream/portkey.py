"""Portkey's gateway, which runs on Node.  A request names the server behind it.

    with Llama(cache) as llama, Portkey(cache) as gateway:
        OpenAI(base_url=gateway.base_url, api_key="unused", default_headers=to(llama.base_url))

The first use installs it with npm into `CACHE/portkey`.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from upstream.process import Process, installing

HERE = Path(__file__).resolve().parent / "portkey"
PACKAGE = HERE / "package.json"


def install(cache: Path) -> Path:
    """The folder of the gateway's package, installed unless it is there.

    Args:
        cache: a folder that may be deleted at any time.

    Raises:
        SystemExit: there is no npm.
        subprocess.CalledProcessError: npm failed; it has said why.
    """
    home = cache / "portkey"
    home.mkdir(parents=True, exist_ok=True)
    with installing(home, PACKAGE.read_text()) as needed:
        if needed:
            npm = shutil.which("npm")
            if npm is None:
                raise SystemExit("Portkey's gateway needs Node 20 or newer, with npm")
            shutil.copyfile(PACKAGE, home / "package.json")
            quiet = ["--silent", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
            subprocess.run([npm, "install", *quiet, "--prefix", home], check=True)
    return home / "node_modules" / "@portkey-ai" / "gateway"


def to(upstream: str) -> dict[str, str]:
    """Header fields that send a request on.

    Args:
        upstream: base URL of the server behind the gateway.
    """
    return {"x-portkey-provider": "openai", "x-portkey-custom-host": upstream}


class Portkey(Process):
    """A running gateway, as a context manager.

    Args:
        cache: folder for the installation.
    """

    name = "Portkey's gateway"
    health = "/"

    def __init__(self, cache: Path) -> None:
        self.cache = cache

    def command(self) -> list[Any]:
        """Node, with the gateway's own start script."""
        return ["node", HERE / "process.mjs", install(self.cache) / "build" / "start-server.js"]

    def variables(self) -> dict[str, str]:
        """Without a list of those it may reach it sends nothing to this machine."""
        return {"TRUSTED_CUSTOM_HOSTS": "127.0.0.1", "NODE_ENV": "production"}
