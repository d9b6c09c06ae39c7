"""A reply cut to what was allowed: stop sequences, the token budget, what it cost, and its log probabilities."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from retape.handlers.fake import models
from retape.handlers.fake.identity import Identity
from retape.handlers.fake.reply import Reply, ToolCall
from retape.handlers.fake.tokens import count, split

THOUGHT = {"none": 0, "minimal": 0, "low": 64, "medium": 128, "high": 320, "xhigh": 640, "max": 960}
"""Reasoning effort -> the tokens that the fake says it spent."""

_UNTHINKING = re.compile(r"gpt-5\.\d")
"""Models whose effort is "none" unless told otherwise (OpenAI's guide, since gpt-5.1)."""

_CALL = 6
"""Tokens of a tool call beside its name and arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is given out of a reply.

    Args:
        reply: with its text and arguments cut.
        pieces: the text's deltas; they join to it.
        finish: the finish reason, of chat.
        thought: reasoning tokens.
        tokens: all tokens of the answer, reasoning included.
    """

    reply: Reply
    pieces: tuple[str, ...]
    finish: str
    thought: int
    tokens: int


def effort(model: str, asked: str | None) -> str | None:
    """How hard a model thinks: as asked for, or its own default; None for one that doesn't reason.

    Args:
        model: its name.
        asked: the request's reasoning effort.
    """
    known = models.find(model)
    if known is None or known.kind != "reasoning":
        return None
    return asked or ("none" if _UNTHINKING.match(model) else "medium")


def thought(model: str, asked: str | None) -> int:
    """The reasoning tokens of an answer; the arguments are those of `effort`."""
    return THOUGHT.get(effort(model, asked) or "none", 0)


def speak(reply: Reply, *, stop: Sequence[str] = (), budget: int | None = None, thinking: int = 0) -> Spoken:
    """Cut a reply to what was allowed.

    Args:
        reply: the whole of it.
        stop: sequences at which the text ends; they are left out.
        budget: tokens at most, reasoning included; None for no limit.
        thinking: tokens of reasoning that come before.
    """
    left = None if budget is None else max(0, budget - thinking)
    told = reply.refusal if reply.refusal is not None else reply.text
    pieces, stopped = _until(reply.pieces or tuple(split(told or "")), stop)
    pieces, spent, short = _within(pieces, left)
    calls, called, cut = _calls_within(reply.calls, None if left is None else left - spent)
    text = None if told is None else "".join(pieces)
    kept = (
        replace(reply, calls=calls, refusal=text)
        if reply.refusal is not None
        else replace(reply, calls=calls, text=text)
    )
    short = short or cut or (budget is not None and thinking > budget)
    if budget is not None and thinking:
        thinking = min(thinking, budget)
    return Spoken(
        reply=kept,
        pieces=pieces,
        finish=reply.finish or ("length" if short else "stop" if stopped else _finish(calls)),
        thought=thinking,
        tokens=thinking + spent + called,
    )


def _finish(calls: Sequence[ToolCall]) -> str:
    if not calls:
        return "stop"
    return "function_call" if calls[0].kind == "legacy" else "tool_calls"


def _until(pieces: tuple[str, ...], stop: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """The pieces before the first stop sequence, and whether there was one."""
    if not stop:
        return pieces, False
    text = "".join(pieces)
    found = [at for at in (text.find(sequence) for sequence in stop if sequence) if at >= 0]
    if not found:
        return pieces, False
    kept, left = [], min(found)
    for piece in pieces:
        if left <= 0:
            break
        kept.append(piece[:left])
        left -= len(piece)
    return tuple(kept), True


def _within(pieces: tuple[str, ...], budget: int | None) -> tuple[tuple[str, ...], int, bool]:
    """The pieces that a budget of tokens allows, their tokens, and whether any was left out."""
    costs = [count(piece) or 1 for piece in pieces]
    if budget is None or sum(costs) <= budget:
        return pieces, sum(costs), False
    kept: list[str] = []
    left = budget
    for piece, cost in zip(pieces, costs, strict=True):
        if cost > left:
            kept.append("".join(split(piece)[:left]))
            break
        kept.append(piece)
        left -= cost
    return tuple(piece for piece in kept if piece), budget, True


def _calls_within(calls: Sequence[ToolCall], budget: int | None) -> tuple[tuple[ToolCall, ...], int, bool]:
    """Calls, the last one's arguments cut off where the budget ends, as a real model leaves them."""
    kept: list[ToolCall] = []
    spent = 0
    for call in calls:
        opening = _CALL + count(call.name)
        arguments = split(call.arguments)
        if budget is not None and spent + opening + len(arguments) > budget:
            left = budget - spent - opening
            if left >= 0:
                kept.append(replace(call, arguments="".join(arguments[:left])))
            return tuple(kept), max(budget, 0), True
        kept.append(call)
        spent += opening + len(arguments)
    return tuple(kept), spent, False


def logprobs(pieces: Sequence[str], identity: Identity, place: object, top: int) -> list[dict[str, Any]]:
    """Log probabilities of tokens, with the likeliest `top` each; the token itself is the first of them."""
    return [_logprob(piece, identity.bits("logprob", place, index), top) for index, piece in enumerate(pieces)]


def _logprob(token: str, bits: int, top: int) -> dict[str, Any]:
    least = -(bits % 10_000) / 20_000
    rows = [(token, least)] + [(_OTHERS[(bits >> 16) % 7 + i], least - 1.5 - i) for i in range(top - 1)]
    return _row(token, least) | {"top_logprobs": [_row(*row) for row in rows[:top]]}


def _row(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode("utf-8", "surrogatepass"))}


_OTHERS = (
    " the", " a", " of", " and", " to", " in", " is", " it", " that", " for", " on", " as", " with", " was", " at",
    " by", " an", " be", " this", " from", " or", " are", " not", " but", " had", " his",
)  # fmt: skip
