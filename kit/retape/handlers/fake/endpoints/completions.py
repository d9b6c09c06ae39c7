"""Legacy completions: prompts in, texts out, plain and streamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

from retape.handlers.fake.answer import DONE, LEGACY_EVENTS, Answer, compact, data_frame, json_answer
from retape.handlers.fake.ask import Ask, Turn
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.embeddings import answered_by
from retape.handlers.fake.routes import Route
from retape.handlers.fake.rules.completions import MAX_TOKENS, prompts
from retape.handlers.fake.speech import Spoken, logprobs, speak
from retape.handlers.fake.tokens import count, split

SNAPSHOTS = {
    "babbage-002": "babbage:2023-07-21-v2",
    "davinci-002": "davinci:2023-07-21-v2",
    "gpt-3.5-turbo-instruct": "gpt-3.5-turbo-instruct:20230824-v2",
}
"""The model asked for -> the name that answers (recorded 2023 to 2025)."""

_ENDS = frozenset({"stop", "length", "content_filter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Choice:
    """One text.

    Args:
        prompt: what it goes on from; "" when that came as tokens.
        echoed: the tokens of the prompt that are given back first.
        spoken: what is said.
        place: which of the request's texts.
    """

    prompt: str
    echoed: tuple[str, ...]
    spoken: Spoken
    place: int

    @property
    def pieces(self) -> tuple[str, ...]:
        return self.echoed + self.spoken.pieces

    @property
    def finish(self) -> str:
        return self.spoken.finish if self.spoken.finish in _ENDS else "stop"


def create(call: Call) -> Answer:
    """POST /completions."""
    body = call.body
    asked = prompts(body.get("prompt"))
    number = body.get("n") or 1
    made = [_choices(call, prompt, index, max(number, body.get("best_of") or 1)) for index, prompt in enumerate(asked)]
    usage = _usage(asked, [choice for group in made for choice in group])
    chosen = [choice for group in made for choice in group[:number]]
    head = {
        "id": call.mint("completion"),
        "object": "text_completion",
        "created": call.now,
    }
    model = SNAPSHOTS.get(str(body.get("model")), str(body.get("model")))
    named = answered_by(model)
    if body.get("stream"):
        frames = _frames(call, head, model, chosen, usage)
        return Answer(chunks=frames, content_type=LEGACY_EVENTS, headers=named)
    choices = [_written(call, index, choice) for index, choice in enumerate(chosen)]
    return replace(json_answer({**head, "model": model, "choices": choices, "usage": usage}), headers=named)


def _choices(call: Call, prompt: Any, index: int, number: int) -> list[_Choice]:
    """The texts for one prompt.

    Tokens can't be read back into words without the model's vocabulary, so that a prompt of tokens is told as numbers.
    """
    body = call.body
    text = prompt if isinstance(prompt, str) else " ".join(map(str, prompt))
    ask = Ask(model=str(body.get("model")), turns=(Turn(role="user", text=text),))
    stop = body.get("stop") or ()
    budget = MAX_TOKENS if body.get("max_tokens") is None else body["max_tokens"]
    echoed = tuple(split(text)) if body.get("echo") else ()
    return [
        _Choice(
            prompt=text if isinstance(prompt, str) else "",
            echoed=echoed,
            spoken=speak(
                call.answer(ask, place), stop=(stop,) if isinstance(stop, str) else tuple(stop), budget=budget
            ),
            place=index * number + place,
        )
        for place in range(number)
    ]


def _usage(asked: Sequence[Any], made: Sequence[_Choice]) -> dict[str, int]:
    """Prompts count once, and every text that was made, also those of which the best were chosen."""
    told = made[0].spoken.reply.usage
    prompt = sum(count(item) if isinstance(item, str) else len(item) for item in asked)
    prompt = told.get("prompt_tokens", prompt)
    completion = told.get("completion_tokens", sum(choice.spoken.tokens for choice in made))
    total = told.get("total_tokens", prompt + completion)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": total}


def _written(call: Call, index: int, choice: _Choice) -> dict[str, Any]:
    return {
        "text": "".join(choice.pieces),
        "index": index,
        "logprobs": _logprobs(call, choice, 0, len(choice.pieces)),
        "finish_reason": choice.finish,
    }


def _logprobs(call: Call, choice: _Choice, start: int, end: int) -> dict[str, Any] | None:
    """The log probabilities of some of a choice's tokens.

    Offsets count from the prompt's beginning (recorded).  The first token of an echoed prompt, before which nothing
    stands, is certain here; the real API gives null, which the official client's types don't allow.
    """
    top = call.body.get("logprobs")
    if top is None:
        return None
    rows = logprobs(choice.pieces, call.identity, choice.place, top + 1)
    offset = 0 if choice.echoed else len(choice.prompt)
    offsets = []
    for piece in choice.pieces:
        offsets.append(offset)
        offset += len(piece)
    values = [0.0 if choice.echoed and index == 0 else row["logprob"] for index, row in enumerate(rows)]
    return {
        "tokens": list(choice.pieces[start:end]),
        "token_logprobs": values[start:end],
        "top_logprobs": [_top(row, top) for row in rows[start:end]] if top else None,
        "text_offset": offsets[start:end],
    }


def _top(row: Mapping[str, Any], top: int) -> dict[str, float]:
    likeliest = {other["token"]: other["logprob"] for other in reversed(row["top_logprobs"])}
    return dict(list(reversed(likeliest.items()))[:top])


def _frames(
    call: Call, head: Mapping[str, Any], model: str, chosen: Sequence[_Choice], usage: Mapping[str, int]
) -> Iterator[bytes]:
    """The texts' tokens by turns, each text's end, then the usage (layout recorded 2025-09).

    Until a text ends its `finish_reason` is null, as recorded; the official client's types don't know that, so that
    the real stream, and this one, fail its strict validation.
    """
    asked = bool((call.body.get("stream_options") or {}).get("include_usage"))
    opened, closed = f"data: {compact(dict(head))[:-1]}", f'"model":{compact(model)}' + ',"usage":null' * asked
    for turn in zip_longest(*[range(len(choice.pieces)) for choice in chosen]):
        for index, place in enumerate(turn):
            if place is not None:
                told = _chunk(call, index, chosen[index], place)
                yield f'{opened},"choices":[{compact(told)}],{closed}}}\n\n'.encode("utf-8", "backslashreplace")
    for index, choice in enumerate(chosen):
        told = {"text": "", "index": index, "logprobs": None, "finish_reason": choice.finish}
        yield f'{opened},"choices":[{compact(told)}],{closed}}}\n\n'.encode()
    if asked:
        yield data_frame({**head, "model": model, "usage": usage, "choices": []})
    yield DONE


def _chunk(call: Call, index: int, choice: _Choice, place: int) -> dict[str, Any]:
    return {
        "text": choice.pieces[place],
        "index": index,
        "logprobs": _logprobs(call, choice, place, place + 1),
        "finish_reason": None,
    }


ROUTES = (
    Route(
        operation="completions.create",
        method="POST",
        template="/completions",
        endpoint=create,
        body="json",
        limited=True,
    ),
)
