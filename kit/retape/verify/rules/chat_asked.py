"""What was asked decides what may come: n, stop, tool_choice, parallel_tool_calls, the limit of tokens, the model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retape.verify.chat_answer import Choice, answered
from retape.verify.evidence import Evidence
from retape.verify.rule import Finding, Table
from retape.verify.rules.chat import body
from retape.verify.rules.chat_usage import usages
from retape.verify.words import at, elements, is_count, is_int, is_text, members, shown

RULES = Table("chat", "plain stream")

REFERENCE = "https://platform.openai.com/docs/api-reference/chat/create"

_LEAKS = 3
"""Characters of a stop sequence at a text's end; fewer stand there by chance."""


def whole(evidence: Evidence) -> bool:
    """Whether the answer is one, and came to its end."""
    return answered(evidence).complete and (evidence.form == "stream" or body(evidence) is not None)


@RULES.rule(
    "chat-asked-n",
    "must",
    "There are as many choices as `n` asks for.",
    source=f"{REFERENCE}#chat-create-n; vercel/ai#20351",
)
def _n(evidence: Evidence) -> Iterator[Finding]:
    wanted, came = evidence.asked.get("n") or 1, len(answered(evidence).choices)
    if is_int(wanted) and whole(evidence) and came and came != wanted:
        yield "choices", f"are {came} in number; n is {wanted}"


def stops(evidence: Evidence) -> list[str]:
    """The request's stop sequences."""
    stop = evidence.asked.get("stop")
    return [one for one in ([stop] if isinstance(stop, str) else elements(stop)) if is_text(one)]


@RULES.rule(
    "chat-asked-stop",
    "must",
    "The text ends before a stop sequence, and has none in it.",
    source=f"{REFERENCE}#chat-create-stop; huggingface/text-generation-inference#1724",
)
def _stop(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        for stop in stops(evidence):
            if choice.content and stop in choice.content:
                place = choice.content.index(stop)
                yield at(choice.where, "content"), f"has the stop sequence {shown(stop)} at character {place}"


@RULES.rule(
    "chat-asked-stop-leaks",
    "should",
    "The text doesn't end in the beginning of a stop sequence: a server holds it back until it knows more.",
    source="sgl-project/sglang#6997",
)
def _stop_leaks(evidence: Evidence) -> Iterator[Finding]:
    for choice in answered(evidence).choices:
        for stop in stops(evidence) if choice.finish == "stop" else ():
            begun = next(
                (n for n in range(len(stop) - 1, _LEAKS - 1, -1) if (choice.content or "").endswith(stop[:n])), 0
            )
            if begun:
                yield at(choice.where, "content"), f"ends in {shown(stop[:begun])}, the beginning of {shown(stop)}"


@RULES.rule(
    "chat-asked-no-tools",
    "must",
    'Nothing is called under tool_choice "none".',
    source=f"{REFERENCE}#chat-create-tool_choice; ollama/ollama#17921, Blaizzy/mlx-vlm#1045",
)
def _no_tools(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked.get("tool_choice") == "none":
        for choice in answered(evidence).choices:
            for call in choice.calls:
                yield call.where, f'calls {shown(call.name)}, although tool_choice is "none"'


@RULES.rule(
    "chat-asked-required",
    "must",
    'A tool is called under tool_choice "required", or when one is named.',
    source=f"{REFERENCE}#chat-create-tool_choice; ollama/ollama#8421, ollama/ollama#17921",
)
def _required(evidence: Evidence) -> Iterator[Finding]:
    asked = evidence.asked.get("tool_choice")
    forced = asked == "required" or members(asked).get("type") in ("function", "custom") or _allowed_mode(asked)
    for choice in answered(evidence).choices if forced and whole(evidence) else ():
        if not choice.calls and not choice.cut and choice.refusal is None:
            yield at(choice.where), f"has no tool call, although tool_choice is {shown(asked)}"


def _allowed_mode(asked: Any) -> bool:
    return members(members(asked).get("allowed_tools")).get("mode") == "required"


@RULES.rule(
    "chat-asked-named",
    "must",
    "Only the tool that tool_choice names, or one of those that it allows, is called.",
    source=f"{REFERENCE}#chat-create-tool_choice",
)
def _named(evidence: Evidence) -> Iterator[Finding]:
    names = _names(members(evidence.asked.get("tool_choice")))
    for choice in answered(evidence).choices if names else ():
        for call in choice.calls:
            if is_text(call.name) and call.name not in names:
                yield call.where, f"calls {shown(call.name)}; tool_choice asks for {' or '.join(names)}"


def _names(asked: dict[str, Any]) -> list[str]:
    """The tools that a `tool_choice` speaks of."""
    allowed = elements(members(asked.get("allowed_tools")).get("tools"))
    found = [
        members(members(tool).get(kind)).get("name") for tool in (asked, *allowed) for kind in ("function", "custom")
    ]
    return [name for name in found if is_text(name)]


@RULES.rule(
    "chat-asked-parallel",
    "must",
    "There is one tool call at most when parallel_tool_calls is false.",
    source=f"{REFERENCE}#chat-create-parallel_tool_calls",
)
def _parallel(evidence: Evidence) -> Iterator[Finding]:
    if evidence.asked.get("parallel_tool_calls") is False:
        for choice in answered(evidence).choices:
            if len(choice.calls) > 1:
                yield at(choice.where), f"has {len(choice.calls)} tool calls, although parallel_tool_calls is false"


def limit(evidence: Evidence) -> int | None:
    """The tokens that the request allows for each choice; None for no limit."""
    found = [evidence.asked.get(name) for name in ("max_completion_tokens", "max_tokens")]
    return min((value for value in found if is_count(value) and value), default=None)


def _spent(evidence: Evidence) -> tuple[str, int, Choice] | None:
    """Where the tokens of an answer with one choice are counted, how many, and the choice."""
    choices, counted = answered(evidence).choices, list(usages(evidence))
    spent = counted[-1][1].get("completion_tokens") if counted else None
    return (f"{counted[-1][0]}.completion_tokens", spent, choices[0]) if len(choices) == 1 and is_count(spent) else None


@RULES.rule(
    "chat-asked-limit",
    "should",
    "No choice has more tokens than max_completion_tokens (or max_tokens) allows.",
    source=f"{REFERENCE}#chat-create-max_completion_tokens",
)
def _limit(evidence: Evidence) -> Iterator[Finding]:
    allowed, spent = limit(evidence), _spent(evidence)
    if allowed is not None and spent is not None and spent[1] > allowed:
        yield spent[0], f"is {spent[1]}, but the request allows {allowed}"


@RULES.rule(
    "chat-asked-length",
    "should",
    'An answer that has all the tokens that were allowed ends with "length".',
    source=f"{REFERENCE}#chat-create-max_completion_tokens; BerriAI/litellm#25825, llm-d/llm-d-inference-sim#29",
)
def _length(evidence: Evidence) -> Iterator[Finding]:
    allowed, spent = limit(evidence), _spent(evidence)
    if allowed is None or spent is None or stops(evidence) or spent[2].calls:
        return
    if spent[1] >= allowed and spent[2].finish == "stop":
        yield at(spent[2].where, "finish_reason"), f'is "stop" at {spent[1]} of {allowed} tokens; "length"'


@RULES.rule(
    "chat-asked-length-early",
    "should",
    'An answer that ends with "length" has all the tokens that were allowed.',
    source=f"{REFERENCE}#chat-create-max_completion_tokens; ddalcu/mlx-serve#127, ggml-org/llama.cpp#28711",
)
def _length_early(evidence: Evidence) -> Iterator[Finding]:
    allowed, spent = limit(evidence), _spent(evidence)
    if allowed is not None and spent is not None and spent[1] < allowed and spent[2].finish == "length":
        yield at(spent[2].where, "finish_reason"), f'is "length" at {spent[1]} of {allowed} tokens; "stop"'


@RULES.rule(
    "chat-asked-model",
    "note",
    "The answer is by the model that was asked for, or a dated version of it.",
    source=f"{REFERENCE}#chat-create-model",
)
def _model(evidence: Evidence) -> Iterator[Finding]:
    asked = evidence.asked.get("model")
    said = next((frame.data.get("model") for frame in evidence.frames if isinstance(frame.data, dict)), None)
    came = said if evidence.form == "stream" else (body(evidence) or {}).get("model")
    if is_text(asked) and is_text(came) and not _same_model(asked.lower(), came.lower()):
        yield "model", f"is {shown(came)}; {shown(asked)} was asked for"


def _same_model(asked: str, came: str) -> bool:
    """Whether one name may stand for the other: a date or a path more, "latest" for a date."""
    asked, came = (name.rpartition("/")[2].removesuffix("-latest") for name in (asked, came))
    return asked.startswith(came) or came.startswith(asked)
