"""Small runs, made up."""

from __future__ import annotations

from typing import Any

from report.recorded import delta, plain, streamed
from retape.verify.cell import Cell, Run
from retape.verify.violation import Severity, Violation

STREAM = streamed(
    [delta("", role="assistant"), delta("Ea"), delta("rth"), "[DONE]"],
    sent={"model": "m-1", "stream": True, "messages": [{"role": "user", "content": "Which planet?"}]},
    gaps=[0.2, 0.05, 0.3, 0.01, 0.01],
)
PLAIN = plain(
    {"choices": [{"index": 0, "message": {"role": "assistant", "content": "Earth"}, "finish_reason": "stop"}]},
    sent={"model": "m-1", "messages": [{"role": "user", "content": "Which planet?"}]},
)


def cell(case: str = "earth", verdict: Any = "pass", **fields: Any) -> Cell:
    """A cell of chat-basic; what isn't named is as in a plain pass with evidence."""
    stream = fields.get("stream", False)
    mode = "streaming" if stream else "non_streaming"
    given = {
        "test": "chat-basic",
        "title": f"test_chat_{mode}_basic ({case})",
        "stream": stream,
        "endpoint": "chat",
        "provider": "acme",
        "model": "m-1",
        "exchanges": (STREAM if stream else PLAIN,),
        "rerun": f"retape verify --provider acme -k {case}",
    }
    return Cell(case=case, verdict=verdict, **{**given, **fields})


def violation(rule: str = "chat-same-id", severity: Severity = "must", **fields: Any) -> Violation:
    """A violation in event 3 of the first exchange."""
    given = {
        "where": "event 3: id",
        "message": "is 'b', and was 'a'",
        "source": "https://example.com/chunk",
        "exchange": 1,
    }
    return Violation(rule=rule, severity=severity, **{**given, **fields})


def run(*cells: Cell, **fields: Any) -> Run:
    """A run of these cells."""
    return Run(cells=cells, **fields)
