"""Cases written in a test, and what comes of them at a handler or at a server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import retape
from retape.verify.cases.attempt import attempt
from retape.verify.cases.case import Attempt, Case
from retape.verify.cases.reading import load_cases
from speaking import async_client

MODELS = {"embeddings": "text-embedding-3-small", "completions": "gpt-3.5-turbo-instruct", "reasoning": "o4-mini"}
"""Capability -> a model that has it, where a chat model doesn't."""

SHIPPED = load_cases()


def model_for(case: Case) -> str:
    return next((MODELS[need] for need in case.needs if need in MODELS), MODELS.get(case.endpoint, "gpt-4o-mini"))


def written(text: str, folder: Path) -> tuple[Case, ...]:
    """The cases of a file with this text."""
    (folder / "test.yaml").write_text(text, "utf-8")
    return load_cases(folder)


def one(turn: str, folder: Path, *, endpoint: str = "chat", more: str = "") -> Case:
    """A case of a single turn, written as YAML's flow."""
    return written(f"test: t\nendpoint: {endpoint}\n{more}\ncases:\n  c: {turn}\n", folder)[0]


async def at_once(seconds: float) -> None:
    """A sleep that takes no time."""


def tried(
    case: Case, handler: retape.Handler, *, stream: bool = False, sleep: Callable[[float], Awaitable[None]] = at_once
) -> Attempt:
    """What comes of a case at a handler."""

    async def run() -> Attempt:
        async with async_client(handler, strict=False) as client:
            return await attempt(case, client=client, model=model_for(case), stream=stream, sleep=sleep)

    return asyncio.run(run())


def kinds(found: Attempt) -> list[str]:
    return [problem.kind for problem in found.problems]
