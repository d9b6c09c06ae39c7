"""An answer's body as turns, finish reasons and usage: one table, from field to reader.

A stream is first merged into the body that a plain answer would have had (see `merging`), so
both are read here.  The tables go by field rather than by path: gateways move paths, not fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from retape.report.asked import raw
from retape.report.content import count_note, item, logprobs, message, note, text_part
from retape.report.media import abridged, cut_base64, medium
from retape.report.shapes import as_dict, as_list, as_number, as_objects, as_text, joined, one_line, parsed
from retape.report.view import Answered, Part, Turn
from retape.tape.bodies import pretty

Fields = dict[str, Any]
_NAMED = 12  # how many models or files of a list are named


def _choices(body: Fields) -> list[Turn]:
    choices = as_objects(body.get("choices"))
    several = len(choices) > 1
    return [_choice(choice, index if several else None) for index, choice in enumerate(choices)]


def _choice(choice: Fields, index: int | None) -> Turn:
    fields = as_dict(choice.get("message")) or {"content": choice.get("text")}
    number = choice.get("index") if index is not None and isinstance(choice.get("index"), int) else index
    turn = message(fields, role="assistant", choice=number, finish=as_text(choice.get("finish_reason")))
    extras = tuple(logprobs(choice.get("logprobs")))
    return Turn(role=turn.role, parts=turn.parts + extras, name=turn.name, choice=turn.choice, finish=turn.finish)


def _output(body: Fields) -> list[Turn]:
    return [item(entry, role="assistant") for entry in as_objects(body.get("output"))]


def _answer(parts: list[Part]) -> list[Turn]:
    return [Turn(role="answer", parts=tuple(parts))] if parts else []


def _embeddings(entries: list[Fields]) -> list[Part]:
    widths = sorted({_width(entry["embedding"]) for entry in entries})
    plural = "" if len(entries) == 1 else "s"
    return note(f"{len(entries)} embedding{plural} x {' or '.join(map(str, widths))} dimensions")


def _width(vector: Any) -> int:
    """Dimensions of a vector: a list of numbers, or base64 of 4-byte floats."""
    return len(vector.rstrip("=")) * 3 // 16 if isinstance(vector, str) else len(as_list(vector))


def _images(entries: list[Fields]) -> list[Part]:
    return [part for entry in entries for part in _image(entry)]


def _image(entry: Fields) -> list[Part]:
    revised = as_text(entry.get("revised_prompt"))
    return [Part(kind="media", text=medium(entry, "image"))] + (note(f"prompt revised: {revised}") if revised else [])


def _named(entries: list[Fields]) -> list[Part]:
    names = [as_text(entry["id"]) for entry in entries]
    rest = len(names) - _NAMED
    kind = next((entry["object"] for entry in entries if isinstance(entry.get("object"), str)), "object")
    more = f" and {rest} more" if rest > 0 else ""
    return note(f"{len(names)} {kind}{'' if len(names) == 1 else 's'}: {', '.join(names[:_NAMED])}{more}")


DATA: tuple[tuple[str, Callable[[list[Fields]], list[Part]]], ...] = (
    ("embedding", _embeddings),
    ("b64_json", _images),
    ("url", _images),
    ("id", _named),
)
"""A field that every entry of `data` has -> what the entries are.  The first that fits counts."""


def _data(body: Fields) -> list[Turn]:
    entries = as_objects(body.get("data"))
    reader = next((read for name, read in DATA if entries and all(e.get(name) is not None for e in entries)), None)
    return _answer(reader(entries) if reader else [])


def _transcript(body: Fields) -> list[Turn]:
    about = [f"{name} {as_text(body[name])}" for name in ("language", "duration") if body.get(name)]
    counts = count_note(body.get("segments"), "segment") + count_note(body.get("words"), "word")
    text = text_part(body.get("text")) if isinstance(body.get("text"), str) else []
    return _answer(text + (note(joined(about)) if text and about else []) + (counts if text else []))


def _moderation(body: Fields) -> list[Turn]:
    return _answer([part for entry in as_objects(body.get("results")) for part in _verdict(entry)])


def _verdict(entry: Fields) -> list[Part]:
    if "flagged" not in entry:
        return []
    hit = [name for name, value in as_dict(entry.get("categories")).items() if value is True]
    scores = {k: as_number(v) or 0.0 for k, v in as_dict(entry.get("category_scores")).items()}
    top = max(scores, key=lambda name: scores[name], default="")
    highest = f"highest score {top} {scores[top]:.3g}" if top else ""
    flagged = "flagged: " + ", ".join(hit) if entry["flagged"] else "not flagged"
    return note(joined([flagged, highest], "; "))


def _audio(body: Fields) -> list[Turn]:
    audio = body.get("audio")
    return _answer([Part(kind="media", text=medium({"data": audio}, "audio"))] if isinstance(audio, str) else [])


def _error(body: Fields) -> list[Turn]:
    error = body.get("error")
    return [error_turn(error)] if error else []


FIELDS: dict[str, Callable[[Fields], list[Turn]]] = {
    "choices": _choices,
    "output": _output,
    "data": _data,
    "b64_json": lambda body: _answer(_images([body])),
    "text": _transcript,
    "audio": _audio,
    "results": _moderation,
    "error": _error,
}
"""Field of an answer -> reader of what is said in it."""

ERROR_TEXTS = ("message", "detail", "error", "error_description", "msg", "title", "errors")
"""Where servers put an error's text: OpenAI and most, FastAPI, OAuth, Mistral, problem+json."""
_ERROR_MARKS = ("type", "code", "status", "param", "loc")


def error_turn(error: Any) -> Turn:
    """An error of any shape as a turn.

    Args:
        error: an object with a message somewhere, a string, a list of either.
    """
    return Turn(role="error", parts=tuple(_error_parts(error)))


def _error_parts(error: Any, depth: int = 0) -> Iterator[Part]:
    if depth > 4 or not isinstance(error, dict | list):
        yield from text_part(abridged(error), "error")
        return
    if isinstance(error, list):
        for entry in error:
            yield from _error_parts(entry, depth + 1)
        return
    marks = joined([f"{name} {as_text(error[name])}" for name in _ERROR_MARKS if error.get(name) not in (None, "")])
    text = next((error[name] for name in ERROR_TEXTS if error.get(name)), None)
    if isinstance(text, dict | list):
        yield from _error_parts(text, depth + 1)
    else:
        shown = as_text(text) or one_line(abridged(error))
        yield Part(kind="error", text=cut_base64(shown), name=marks)


def answered(body: Any, *, failed: bool = False) -> Answered:
    """What a body says; whatever it is, this doesn't fail.

    Args:
        body: the JSON value of a plain answer, or what a stream was merged into.
        failed: whether the status says that it is an error.
    """
    fields = as_dict(body)
    turns = [turn for name, read in FIELDS.items() if fields.get(name) is not None for turn in read(fields)]
    if failed and not any(turn.role == "error" for turn in turns):
        turns = [error_turn(body)]
    return Answered(
        turns=tuple(turns) or _unknown(body),
        model=as_text(fields.get("model")),
        finish=tuple(_finish(fields, turns)),
        usage=tuple(_numbers(as_dict(fields.get("usage")))),
    )


def unread(body: bytes, kind: str, *, failed: bool = False) -> Answered:
    """An answer that is no JSON: a text (a transcript, a page of HTML), or bytes.

    Args:
        body: the decoded body.
        kind: its media type.
        failed: whether the status says that it is an error.
    """
    parts = raw(body, kind)
    if failed:
        parts = [Part(kind="error", text=part.text) if part.kind == "body" else part for part in parts]
    promised = kind.endswith("json") and bool(body)
    problems = ("the answer is no JSON",) if promised and parsed(body) is None else ()
    return Answered(turns=tuple(_answer(parts)), problems=problems)


def _unknown(body: Any) -> tuple[Turn, ...]:
    known = isinstance(body, dict) and any(body.get(name) == [] for name in FIELDS)
    parts = note("nothing") if known else [Part(kind="body", text=pretty(abridged(body)))]
    return (Turn(role="answer", parts=tuple(parts)),)


def _finish(body: Fields, turns: list[Turn]) -> Iterator[str]:
    yield from (turn.finish for turn in turns if turn.finish)
    if isinstance(body.get("output"), list) and isinstance(body.get("status"), str):
        why = as_text(as_dict(body.get("incomplete_details")).get("reason"))
        yield joined([body["status"], f"({why})" if why else ""], " ")


def _numbers(usage: Fields, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, float]]:
    for name, value in usage.items():
        if isinstance(value, dict) and depth < 4:
            yield from _numbers(value, f"{prefix}{name}.", depth + 1)
        elif as_number(value) is not None:
            yield f"{prefix}{name}", value
