"""An exchange as a view: the one way in from what is kept to what a person reads."""

from __future__ import annotations

from retape.errors import MissingExtra
from retape.report.answered import answered, unread
from retape.report.asked import asked
from retape.report.merging import merged
from retape.report.shapes import joined, parsed
from retape.report.view import Answered, View
from retape.tape.canonical import relative
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.sse import decode_sse
from retape.tape.steps import Wait

_STREAM_STARTS = (b"data:", b"event:", b": ", b":\n", b"id:")


def conversation(exchange: Exchange) -> View:
    """What an exchange says; whatever it is, this doesn't fail.

    Args:
        exchange: of any endpoint, known or not, whole or broken.
    """
    base, path, deployment = _places(exchange.request)
    question = asked(exchange.request)
    answer = _answer(exchange)
    abort = exchange.abort
    return View(
        method=exchange.request.method,
        base=base,
        path=path,
        model=question.model or deployment or answer.model,
        asked=question,
        answered=answer,
        status=exchange.head.status if exchange.head else None,
        reason=exchange.head.reason if exchange.head else "",
        outcome=exchange.outcome,
        error=joined([abort.error, abort.message], ": ") if abort else "",
        streamed=is_streamed(exchange),
        seconds=seconds(exchange),
        recorded_at=exchange.recorded_at,
        sent=len(exchange.request.body),
        received=len(exchange.wire),
    )


def _places(request: Request) -> tuple[str, str, str]:
    """The API's base, the path relative to it, and Azure's deployment."""
    try:
        path, deployment = relative(request.url)
        whole = request.path
    except ValueError:
        return "", request.url, ""
    bare = path.partition("?")[0]
    stem = request.url.partition("?")[0].partition("#")[0]
    return (stem.removesuffix(bare), path, deployment) if whole.endswith(bare) else ("", path, deployment)


def body_of(exchange: Exchange) -> bytes | None:
    """The decoded body; None when the library that decodes it isn't installed."""
    try:
        return exchange.body
    except MissingExtra:
        return None


def is_streamed(exchange: Exchange) -> bool:
    """Whether the answer is an event stream, by its type or, where that is missing or wrong, by its look."""
    return exchange.is_stream or (body_of(exchange) or b"").startswith(_STREAM_STARTS)


def seconds(exchange: Exchange) -> float | None:
    """From the request to the end; None when no times were recorded."""
    waits = [step.seconds for step in exchange.steps if isinstance(step, Wait)]
    return sum(waits) if waits else None


def _answer(exchange: Exchange) -> Answered:
    body = body_of(exchange)
    if body is None:
        return Answered(problems=(f"no library here decodes {exchange.encoding}: see retape[{exchange.encoding}]",))
    failed = exchange.head is not None and exchange.head.status >= 400
    if is_streamed(exchange):
        return _streamed(exchange, body, failed=failed)
    value = parsed(body)
    if isinstance(value, dict | list):
        return answered(value, failed=failed)
    return unread(body, exchange.content_type, failed=failed) if body else Answered()


def _streamed(exchange: Exchange, body: bytes, *, failed: bool) -> Answered:
    whole, problems = merged(decode_sse(body))
    read = answered(whole, failed=failed) if whole else unread(body, exchange.content_type, failed=failed)
    return Answered(
        turns=read.turns, model=read.model, finish=read.finish, usage=read.usage, problems=read.problems + problems
    )
