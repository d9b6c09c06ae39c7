"""A suite small enough to be run many times: four cases, seven cells, and a provider for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from retape.verify.cell import Cell
from retape.verify.run.asking import within_reach
from retape.verify.run.plan import Spot
from retape.verify.run.running import Finished, run
from retape.verify.run.suite import Suite, suite
from retape.verify.run.trying import Tries

CASES = {
    "chat-basic.yaml": """\
test: chat-basic
endpoint: chat
cases:
  earth:
    ask: {messages: [{role: user, content: Which planet do humans live on?}]}
    expect: {text: Earth}
    answer: {reply: On Earth.}
  saturn:
    ask: {messages: [{role: user, content: Which planet has the widest rings?}]}
    expect: {text: Saturn}
    answer: {reply: That is Saturn.}
""",
    "chat-refused.yaml": """\
test: chat-refused
endpoint: chat
cases:
  nothing_said:
    ask: {messages: []}
    expect: {refused: 400}
""",
    "models.yaml": """\
test: models
endpoint: models
cases:
  listed:
    does: models
    expect: {listed: true}
""",
}
"""Seven cells: chat in both modes, and the models."""

PROVIDER = """\
provider: small
name: Small
base-url: http://127.0.0.1:9/v1
key: SMALL_KEY
key-optional: true
models: [gpt-4o-mini]
"""


def written(folder: Path, *, provider: str = PROVIDER) -> Path:
    """The folder of the cases, and of the provider "small"."""
    (folder / "providers").mkdir(parents=True, exist_ok=True)
    for name, text in CASES.items():
        (folder / name).write_text(text)
    (folder / "providers" / "small.yaml").write_text(provider)
    return folder


def small(folder: Path, *, name: str = "fake", provider: str = PROVIDER) -> Suite:
    """The suite with one provider; its recordings are below the folder, too."""
    cases = written(folder / "cases", provider=provider)
    return suite(names=[name], cases=cases, cassettes=folder / "cassettes")


def cells(
    of: Suite,
    *,
    live: bool = False,
    rewrite: bool = False,
    base_url: str = "",
    keyword: str = "",
    on_cell: Callable[[Cell], None] = lambda cell: None,
    spots: Sequence[Spot] = (),
    workers: int = 2,
    environ: dict[str, str] | None = None,
) -> Finished:
    """Run it."""
    with ExitStack() as stack:
        askers = {}
        for provider in of.providers if live else ():
            reach = within_reach(provider, environ=environ or {}, base_url=base_url, timeout=5, cases=lambda: of.cases)
            askers[provider.id] = stack.enter_context(reach)
        tries = Tries(cassettes=of.cassettes, askers=askers, rewrite=rewrite)
        chosen = spots or of.plan(keyword=keyword)
        return asyncio.run(run(chosen, tries, workers=workers, on_cell=on_cell))


def verdicts(finished: Finished) -> list[str]:
    """What is said of each cell."""
    return [cell.verdict for cell in finished.run.cells]
