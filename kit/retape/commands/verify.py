"""`retape verify`: the suite, replayed from recordings or asked live, and its matrix."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retape.verify.cell import Cell, Run
    from retape.verify.run.plan import Spot
    from retape.verify.run.running import Finished
    from retape.verify.run.suite import Suite

NAME = "verify"
HELP = "verify providers: the suite of cases, replayed from recordings or asked live, and a matrix of what came"

_INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.epilog = (
        "Exit status: 0 nothing failed (with --baseline: nothing got worse), 1 something did, 2 the command is wrong, "
        "130 interrupted. -k keeps one mode with `plain` or `not plain`."
    )
    who = parser.add_argument_group("whom to ask, and what")
    who.add_argument(
        "--provider", action="append", default=[], metavar="NAME", help="only this one; a name, or a provider's file"
    )
    who.add_argument("--base-url", default="", metavar="URL", help="another address; alone, of a provider of its own")
    who.add_argument("--key", default="", metavar="VARIABLE", help="with --base-url alone: the variable with the key")
    who.add_argument("--model", action="append", default=[], metavar="NAME", help="only this model")
    who.add_argument("-k", dest="keyword", default="", metavar="EXPR", help="only what fits, as pytest's -k has it")
    who.add_argument("--cases", type=Path, metavar="DIR", help="a folder of cases, and of providers in providers/")
    how = parser.add_argument_group("how")
    how.add_argument("--live", action="store_true", help="ask, and record; what is recorded is replayed")
    how.add_argument("--rewrite", action="store_true", help="with --live: ask what is recorded, too")
    how.add_argument("--workers", type=_count, default=4, metavar="N", help="cells asked at a time (%(default)s)")
    how.add_argument("--timeout", type=_seconds, default=60.0, metavar="S", help="seconds of silence (%(default)s)")
    how.add_argument("--cassettes", type=Path, metavar="DIR", help="the recordings' folder (cassettes/verify)")
    out = parser.add_argument_group("what to say")
    out.add_argument("--report", type=Path, metavar="DIR", help="write report.html, .md, .json and junit.xml there")
    out.add_argument("--baseline", type=Path, metavar="FILE", help="an earlier run's JSON: tell what changed since")
    out.add_argument("--json", action="store_true", help="the run for programs, instead of the matrix")


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value


def run(arguments: argparse.Namespace) -> int:
    """Run the suite; 1 when something failed, or is worse than in the baseline when there is one."""
    from retape.errors import UsageError

    if arguments.rewrite and not arguments.live:
        raise UsageError("--rewrite asks again what is recorded: add --live")
    before = _baseline(arguments.baseline)
    _tell(arguments, "retape verify: reading the cases ...")
    suite = _suite(arguments)
    spots = suite.plan(models=arguments.model, keyword=arguments.keyword)
    _tell(arguments, _headline(suite, spots, live=arguments.live))
    finished = _run(arguments, suite, spots)
    _show(arguments, finished, before)
    for line in _orphans(arguments, suite):
        _tell(arguments, line)
    _write(arguments, finished.run, before)
    return _status(finished, before)


def _tell(arguments: argparse.Namespace, line: str) -> None:
    """Say something beside the result: where a program reads that, on standard error."""
    print(line, file=sys.stderr if arguments.json else sys.stdout, flush=True)


def _suite(arguments: argparse.Namespace) -> Suite:
    from retape.errors import UsageError
    from retape.verify.run.suite import CASSETTES, suite

    found = suite(
        names=arguments.provider,
        base_url=arguments.base_url,
        models=arguments.model,
        cases=arguments.cases,
        cassettes=arguments.cassettes or CASSETTES,
        key=arguments.key,
    )
    if arguments.live and not found.chosen:
        raise UsageError("--live asks, and that can cost: name whom, --provider NAME or --base-url URL")
    return found


def _headline(suite: Suite, spots: tuple[Spot, ...], *, live: bool) -> str:
    from retape.tape.counting import counted

    columns = {(spot.provider.id, spot.model.id) for spot in spots}
    rows = {(spot.case.test, spot.case.case, spot.stream) for spot in spots}
    names = ", ".join(provider.id for provider in suite.providers)
    asked = f"{names}, recorded in {suite.cassettes}" if live else f"offline, from {suite.cassettes}"
    if not live and not suite.cassettes.is_dir():
        asked += ", a folder that isn't here: run it in a clone of retape, name another with --cassettes, or ask --live"
    return f"{counted(len(rows), 'row')}, {counted(len(columns), 'model')}: {asked}"


def _baseline(path: Path | None) -> Run | None:
    from retape.report.run_json import from_json

    return from_json(path.read_bytes(), name=str(path)) if path else None


def _run(arguments: argparse.Namespace, suite: Suite, spots: tuple[Spot, ...]) -> Finished:
    import asyncio

    from retape.verify.run.asking import within_reach
    from retape.verify.run.running import run as run_all
    from retape.verify.run.trying import Tries

    with ExitStack() as stack:
        askers = {}
        for provider in suite.providers if arguments.live else ():
            reach = within_reach(
                provider,
                environ=os.environ,
                base_url=arguments.base_url,
                timeout=arguments.timeout,
                cases=lambda: suite.cases,
            )
            askers[provider.id] = stack.enter_context(reach)
        tries = Tries(cassettes=suite.cassettes, askers=askers, rewrite=arguments.rewrite)
        on_cell = stack.enter_context(_progress(arguments, len(spots)))
        return asyncio.run(run_all(spots, tries, workers=arguments.workers, on_cell=on_cell))


@contextmanager
def _progress(arguments: argparse.Namespace, total: int) -> Iterator[Callable[[Cell], None]]:
    """What hears of each cell: a bar on a terminal; elsewhere a line for each one to look into."""
    out = sys.stderr if arguments.json else sys.stdout
    if out.isatty():
        from retape.report.run_terminal import Bar

        with Bar(out, total) as bar:
            yield bar.finished
        return
    from retape.report.run_lines import finding_line, is_finding

    def line(cell: Cell) -> None:
        if is_finding(cell):
            print(finding_line(cell), file=out, flush=True)

    yield line


def _show(arguments: argparse.Namespace, finished: Finished, before: Run | None) -> None:
    from retape.report.run_lines import change_lines, run_lines

    run = finished.run
    if arguments.json:
        from retape.report.run_json import to_json

        sys.stdout.write(to_json(run))
    elif sys.stdout.isatty():
        from retape.report.run_terminal import show_run

        show_run(run, sys.stdout)
    else:
        print()
        for line in run_lines(run):
            print(line)
    for line in [*(change_lines(before, run) if before else ()), *_closing(arguments, finished)]:
        _tell(arguments, line)


def _closing(arguments: argparse.Namespace, finished: Finished) -> Iterator[str]:
    """What it cost, and how to go on."""
    from retape.tape.counting import counted

    run, asked, cost = finished.run, finished.asked, finished.cost
    yield f"{counted(len(run.cells), 'cell')} in {run.seconds:.1f} s"
    if asked or cost.requests:
        tokens = f"{cost.prompt_tokens} prompt and {cost.completion_tokens} completion tokens"
        yield (
            f"asked: {counted(cost.requests, 'request')} for {counted(len(asked), 'cell')}; {tokens}, as the provider "
            "counted"
        )
    errors = sum(cell.verdict == "error" for cell in asked)
    if errors:
        again = "with -k NAME asks one again" if arguments.rewrite else "asks again"
        yield f"{counted(errors, 'cell')} ended in an error, of which nothing is kept: the same command {again}"
    if finished.missing:
        without = " (without --rewrite)" if arguments.rewrite else ""
        goes_on = f"what is recorded stays, and the same command{without} goes on there"
        begins_anew = "nothing was asked, and the same command begins anew"
        yield (
            f"interrupted: {counted(finished.missing, 'cell')} not come to; "
            f"{goes_on if arguments.live else begins_anew}"
        )


def _orphans(arguments: argparse.Namespace, suite: Suite) -> Iterator[str]:
    """Recordings that no case asks for, where all cases were run whose recordings are there."""
    from retape.tape.counting import counted

    if arguments.keyword or arguments.model or (arguments.cases and not arguments.cassettes):
        return
    found = suite.orphans()
    if found:
        yield (
            f"no case asks for {counted(len(found), 'recording')} any more; delete: {', '.join(map(str, found[:3]))}"
            + (", ..." if len(found) > 3 else "")
        )


def _write(arguments: argparse.Namespace, run: Run, before: Run | None) -> None:
    """The files of --report, and a step's summary on GitHub."""
    from retape.report.github import step_summary

    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            file.write(step_summary(run, before=before))
    if arguments.report is None:
        return
    from retape.report.junit import junit
    from retape.report.markdown import markdown
    from retape.report.page import page
    from retape.report.run_json import to_json

    folder: Path = arguments.report
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        "report.html": page(run, before=before),
        "report.md": markdown(run, before=before),
        "junit.xml": junit(run),
        "report.json": to_json(run),
    }
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    _tell(arguments, f"written: {', '.join(str(folder / name) for name in made)}")


def _status(finished: Finished, before: Run | None) -> int:
    from retape.report.changes import changes, of_kind
    from retape.report.matrix import FINDINGS

    if finished.run.interrupted:
        return _INTERRUPTED
    if before is None:
        return int(any(cell.verdict in FINDINGS for cell in finished.run.cells))
    found = changes(before, finished.run)
    return int(
        bool(of_kind(found, "worse")) or any(change.cell.verdict in FINDINGS for change in of_kind(found, "new"))
    )
