"""LiteLLM's proxy in front of another server.

    with Llama(cache) as llama, LiteLLM(cache, upstream=llama.base_url, key="sk-...") as gateway:
        OpenAI(base_url=gateway.base_url, api_key="sk-...")

The first use installs it from the package index into `CACHE/litellm`: some hundred packages.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from upstream.process import Process, environment, installing, interpreter

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "requirements-litellm.txt"
OVERRIDES = HERE / "overrides-litellm.txt"

_CONFIG = """\
model_list:
  - model_name: tiny-random
    litellm_params: {{model: openai/tiny-random, api_base: "{upstream}", api_key: unused}}
  - model_name: limited
    litellm_params: {{model: openai/limited, api_key: unused, mock_response: litellm.RateLimitError}}
litellm_settings: {{telemetry: false, num_retries: 0}}
general_settings: {{disable_spend_logs: true}}
"""


def install(cache: Path) -> Path:
    """The interpreter of the proxy's virtual environment, made and filled unless it is there.

    Args:
        cache: a folder that may be deleted at any time.

    Raises:
        subprocess.CalledProcessError: pip or uv failed; it has said why.
    """
    home = cache / "litellm"
    with installing(home, REQUIREMENTS.read_text() + OVERRIDES.read_text()) as needed:
        if needed:
            python = environment(home)
            subprocess.run([python, "-m", "pip", "install", "--quiet", "uv"], check=True)  # pip has no overrides
            uv = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
            subprocess.run([*uv, "--override", OVERRIDES, "-r", REQUIREMENTS], check=True)
    return interpreter(home)


class LiteLLM(Process):
    """A running proxy, as a context manager.  Its models: `tiny-random`, and `limited`, which answers 429.

    Args:
        cache: folder for the installation.
        upstream: base URL of the server behind it.
        key: what it wants as a key.
    """

    name = "LiteLLM's proxy"
    health = "/health/liveliness"

    def __init__(self, cache: Path, *, upstream: str, key: str) -> None:
        self.cache = cache
        self.upstream = upstream
        self.key = key

    def command(self) -> list[Any]:
        """The proxy's own interpreter, with its configuration."""
        python = install(self.cache)
        config = self.cache / "litellm.yaml"
        config.write_text(_CONFIG.format(upstream=self.upstream))
        return [python, HERE / "litellm_process.py", config]

    def variables(self) -> dict[str, str]:
        """Its key; and its list of prices from the package, which it would get from elsewhere."""
        return {"LITELLM_MASTER_KEY": self.key, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_TELEMETRY": "False"}
