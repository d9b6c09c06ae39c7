"""Pictures of the page, to be looked at after a change of how it looks: python -m report.shots FOLDER (in tests/)."""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from report.browser import browser, found
from retape.report.page import page
from retape.tape.cassette import Cassette
from retape.verify.cell import VERDICTS, Cell, Run
from retape.verify.rulebook import violations

CASSETTES = Path(__file__).parents[2] / "cassettes" / "llamacpp"
MODELS = (("llamacpp", "tiny-random"), ("acme", "large-1"), ("acme", "small-1"))
STREAM = "stream-usage"
PLACES = {"matrix": "", "cell": "cell={row}.0", "compared": "compare={row}.0.1"}


def main(folder: Path) -> None:
    """Make them, in light and in dark."""
    program = found()
    assert program, "no Chromium here"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "page.html"
    path.write_text(page(_run()), "utf-8")
    row = [file.stem for file in _files()].index(STREAM)
    with browser(program) as tab:
        for (name, place), scheme in product(PLACES.items(), ("light", "dark")):
            tab.scheme(scheme)
            tab.open(path)
            if place:
                tab.go(place.format(row=row))
            tab.screenshot(folder / f"{name}-{scheme}.png")
    print(*sorted(folder.iterdir()), sep="\n")


def _files() -> list[Path]:
    return sorted(CASSETTES.glob("*.yaml"))


def _run() -> Run:
    """Real recordings under made-up verdicts; a column to the right stands one recording further on."""
    kept = [tuple(entry.exchange for entry in Cassette.load(path).entries) for path in _files()]
    cells = [
        Cell(
            test=path.stem.partition("-")[0],
            case=path.stem,
            title=f"test_{path.stem.partition('-')[0]} ({path.stem})",
            stream=False,
            endpoint="chat",
            provider=provider,
            model=model,
            verdict=VERDICTS[(row * 3 + column) % 16 // 2] if (row + column) % 3 == 0 else "pass",
            why="a sentence that says why",
            violations=tuple(violations(kept[(row + column) % len(kept)])),
            exchanges=kept[(row + column) % len(kept)],
            cassette=str(path.relative_to(CASSETTES.parents[1])),
            rerun=f"retape verify --provider {provider} --model {model} -k {path.stem}",
        )
        for row, path in enumerate(_files())
        for column, (provider, model) in enumerate(MODELS)
    ]
    return Run(cells=tuple(cells), display={"llamacpp": "llama.cpp", "acme": "Acme"}, seconds=1.5)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
