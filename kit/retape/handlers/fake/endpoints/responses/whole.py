"""The response object, its keys in the order of recordings of July 2026.

`billing`, which only unstreamed answers have, is left out: so the streamed whole equals the plain answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from retape.handlers.fake.answer import Fixed
from retape.handlers.fake.ask import Ask
from retape.handlers.fake.call import Call
from retape.handlers.fake.endpoints.responses.history import conversation_id
from retape.handlers.fake.endpoints.responses.inputs import Item
from retape.handlers.fake.endpoints.responses.items import Output, shown
from retape.handlers.fake.endpoints.responses.manners import manners
from retape.handlers.fake.endpoints.responses.tools import repeated
from retape.handlers.fake.speech import Spoken, effort

Status = Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]

TIERS = {"flex": "flex", "priority": "priority", "fast": "priority", "scale": "scale"}
"""The service tier asked for -> the one that answers; "default" for the others."""

SUMMARIES = {"auto": "detailed"}
"""The summary asked for -> the one that is given (recorded)."""

_REASONS = {"length": "max_output_tokens", "content_filter": "content_filter"}
"""A finish reason -> why the answer is incomplete."""

_CATEGORIES = (
    "harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent", "self-harm",
    "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An answer, ready to be given in any form, as often as it is asked for.

    Args:
        whole: the response once it is done, but for its output.
        outputs: the output.
        include: what the request wanted included.
        sealed: whether encrypted reasoning is shown unasked.
        noise: what deltas are padded with.
    """

    whole: dict[str, Any]
    outputs: tuple[Output, ...]
    include: frozenset[str]
    sealed: bool
    noise: str

    @property
    def output(self) -> list[Item]:
        """The whole items, as they are remembered."""
        return [one.item for one in self.outputs]

    def done(self, include: Collection[str] = ()) -> dict[str, Any]:
        """The finished response; `include` adds to what the request wanted."""
        wanted = self.include | set(include)
        return self.whole | {"output": [shown(one.item, wanted, sealed=self.sealed) for one in self.outputs]}

    def at(self, status: Status) -> dict[str, Any]:
        """The response before its end, or cancelled."""
        whole = self.whole
        blank = {"status": status, "completed_at": None, "error": None, "incomplete_details": None, "usage": None}
        early = {"tool_usage": _tool_usage(())} | ({"moderation": None} if whole["moderation"] else {})
        tier = {"service_tier": "auto"} if whole["service_tier"] == "default" else {}
        return whole | blank | early | tier


def told(call: Call, ask: Ask, spoken: Spoken, outputs: Sequence[Output]) -> Told:
    """An answer.

    Args:
        call: the request.
        ask: the question.
        spoken: what is given out.
        outputs: the output's items.
    """
    return Told(
        whole=_whole(call, ask, spoken, [one.item for one in outputs]),
        outputs=tuple(outputs),
        include=frozenset(call.body.get("include") or ()),
        sealed=manners(ask.model).sealed,
        noise=f"{call.identity.bits('obfuscation'):0128x}",
    )


def _whole(call: Call, ask: Ask, spoken: Spoken, items: Sequence[Item]) -> dict[str, Any]:
    body, own = call.body, manners(ask.model)
    reason = _REASONS.get(spoken.finish)
    failure = spoken.reply.failure
    status = "failed" if failure else "incomplete" if reason else "completed"
    conversation = conversation_id(body)
    prompt, cache = body.get("prompt"), body.get("prompt_cache_options")
    return {
        "id": call.mint("response"),
        "object": "response",
        "created_at": call.now,
        "status": status,
        "background": bool(body.get("background")),
        "completed_at": call.now if status == "completed" else None,
        **({"conversation": {"id": conversation}} if conversation else {}),
        "error": {"code": failure[0], "message": failure[1]} if failure else None,
        "frequency_penalty": 0.0,
        "incomplete_details": {"reason": reason} if status == "incomplete" else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "model": ask.model,
        "moderation": _moderation(body),
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "presence_penalty": 0.0,
        "previous_response_id": body.get("previous_response_id"),
        **({"prompt": {"id": prompt["id"], "variables": {}, "version": None} | prompt} if prompt else {}),
        "prompt_cache_key": body.get("prompt_cache_key"),
        **({"prompt_cache_options": _cache(cache)} if cache else {}),
        "prompt_cache_retention": body.get("prompt_cache_retention") or own.retention,
        "reasoning": _reasoning(body.get("reasoning") or {}, ask.model),
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": TIERS.get(body.get("service_tier") or "", "default"),
        "store": body.get("store") is not False,
        "temperature": _or(body.get("temperature"), 1.0),
        "text": _text(body.get("text") or {}),
        "tool_choice": _or(body.get("tool_choice"), "auto"),
        "tool_usage": _tool_usage(items),
        "tools": [repeated(tool) for tool in body.get("tools") or ()],
        "top_logprobs": body.get("top_logprobs") or 0,
        "top_p": _or(body.get("top_p"), own.top_p),
        "truncation": body.get("truncation") or "disabled",
        "usage": None if failure else _usage(ask, spoken),
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }


def _or(value: Any, default: Any) -> Any:
    return default if value is None else value


def _reasoning(asked: Mapping[str, Any], model: str) -> dict[str, Any]:
    own = effort(model, asked.get("effort"))
    summary = asked.get("summary") or asked.get("generate_summary")
    summary = SUMMARIES.get(summary, summary) if summary else None
    if own is None:
        return {"effort": None, "summary": summary} if summary else _UNREASONED
    context = asked.get("context")
    return {
        "context": manners(model).context if context in (None, "auto") else context,
        "effort": own,
        "mode": asked.get("mode") or "standard",
        "summary": summary,
    }


_UNREASONED = Fixed(effort=None, summary=None)
_PLAIN = Fixed(format={"type": "text"}, verbosity="medium")


def _text(asked: Mapping[str, Any]) -> dict[str, Any]:
    if not asked:
        return _PLAIN
    wanted = asked.get("format") or {"type": "text"}
    if wanted["type"] == "json_schema":
        filled = {"description": None, "strict": False, **wanted}
        wanted = {"type": "json_schema"} | {name: filled[name] for name in sorted(filled) if name != "type"}
    return {"format": wanted, "verbosity": asked.get("verbosity") or "medium"}


def _cache(asked: Mapping[str, Any]) -> dict[str, Any]:
    return {"mode": asked.get("mode") or "implicit", "ttl": asked.get("ttl") or "30m"}


def _usage(ask: Ask, spoken: Spoken) -> dict[str, Any]:
    given = spoken.reply.usage
    asked = given.get("input_tokens", given.get("prompt_tokens", ask.tokens))
    said = given.get("output_tokens", given.get("completion_tokens", spoken.tokens))
    return usage(
        asked,
        said,
        cached=given.get("cached_tokens", 0),
        thought=given.get("reasoning_tokens", spoken.thought),
        total=given.get("total_tokens"),
    )


def usage(asked: int, said: int, *, cached: int = 0, thought: int = 0, total: int | None = None) -> dict[str, Any]:
    """What an answer cost.

    Args:
        asked: tokens of the input.
        said: tokens of the output, reasoning included.
        cached: of the input, those that were cached.
        thought: of the output, those of reasoning.
        total: all of them, None for the sum.
    """
    return {
        "input_tokens": asked,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": cached},
        "output_tokens": said,
        "output_tokens_details": {"reasoning_tokens": thought},
        "total_tokens": asked + said if total is None else total,
    }


_NOTHING = {"image_tokens": 0, "text_tokens": 0}
_UNUSED = Fixed(
    image_gen={
        "input_tokens": 0,
        "input_tokens_details": _NOTHING,
        "output_tokens": 0,
        "output_tokens_details": _NOTHING,
        "total_tokens": 0,
    },
    web_search={"num_requests": 0},
)


def _tool_usage(items: Sequence[Item]) -> dict[str, Any]:
    """What the tools used; drawing costs nothing here."""
    searches = sum(item["type"] == "web_search_call" for item in items)
    return _UNUSED | {"web_search": {"num_requests": searches}} if searches else _UNUSED


def _moderation(body: Mapping[str, Any]) -> dict[str, Any] | None:
    """The verdict on input and output, for who asked: nothing is ever flagged."""
    asked = body.get("moderation")
    if not asked:
        return None
    result = {
        "type": "moderation_result",
        "categories": dict.fromkeys(_CATEGORIES, False),
        "category_applied_input_types": {name: ["text"] for name in _CATEGORIES},
        "category_scores": dict.fromkeys(_CATEGORIES, 0.0001),
        "flagged": False,
        "model": asked.get("model", "omni-moderation-latest"),
    }
    return {"input": result, "output": result}
