"""httpx and httpx2, as far as they are installed: the official client brings the one that it speaks."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import openai

NAMES = tuple(name for name in ("httpx", "httpx2") if importlib.util.find_spec(name))
INSTALLED: tuple[Any, ...] = tuple(importlib.import_module(name) for name in NAMES)
"""Both, or httpx alone."""

OURS: Any = importlib.import_module("httpx2" if int(openai.__version__.partition(".")[0]) >= 3 else "httpx")
"""The one that the installed client speaks."""
