"""Which models there are, and what each refuses.

A name that isn't in the table is known if it belongs to a family whose names follow a pattern: a dated snapshot
("gpt-4o-2027-01-01"), a fine-tune ("ft:gpt-4o-mini-2024-07-18:org::id"), the next number ("gpt-7-mini"). A misspelt one
is not: that a typo answers is what a fake must never do.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from retape.handlers.fake.models_table import OWNERS, ROWS, Kind

EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
"""How hard a model may think, least first: the order in which OpenAI's sentences list them."""

TRAITS = {
    "no-system": "system messages are refused (recorded: o1-mini)",
    "no-developer": "developer messages are refused (recorded: o1-mini)",
    "no-function-role": "function messages are refused (quoted: o3)",
    "no-temperature": "any temperature but 1 is refused (measured: gpt-5.6-terra)",
    "no-top-p": "any top_p but 1 is refused",
    "no-penalties": "presence_penalty and frequency_penalty are refused",
    "no-logprobs": "logprobs and top_logprobs are refused (recorded: gpt-audio, gpt-5.6-luna)",
    "no-max-tokens": "max_tokens is refused in favour of max_completion_tokens (recorded: gpt-5)",
    "no-stop": "stop is refused (recorded: o1-mini, o3)",
    "no-stream": "stream is refused (model page: o1-pro)",
    "no-tools": "tools are refused (model pages)",
    "no-parallel-tools": "parallel_tool_calls is refused",
    "no-images": "image content is refused (recorded: gpt-audio)",
    "no-json-object": "response_format json_object is refused (recorded: gpt-audio)",
    "no-json-schema": "a json_schema format is refused (recorded: gpt-audio; quoted: gpt-4, o3-deep-research)",
    "no-web-search": "web_search_options is refused (recorded: gpt-4o)",
    "no-reasoning-effort": "reasoning_effort is refused: nothing to reason with",
    "sampling-at-none": "temperature, top_p and logprobs are fine while reasoning effort is none (guide of gpt-5.1)",
    "tools-at-none": "function tools on chat want reasoning_effort none (quoted: gpt-5.6-terra)",
    "fails-at-limit": "an unstreamed answer that reaches max_tokens is refused, not cut (recorded: gpt-audio)",
    "responses-only": "chat completions refuse it (in the client's AllModels, not in its ChatModel)",
    "chat-only": "the Responses API refuses it (quoted: gpt-4o-mini-search-preview)",
    "verified": "wants a verified organization to stream, summarise or draw (quoted: gpt-5, o3, gpt-image-1)",
    "shut-down": "every request is refused (recorded: gpt-3.5-turbo-0613)",
    "no-dimensions": "an embedding has one length",
    "size-list": "an image's size is one of a list, not free (recorded: gpt-image-1)",
    "json-only": "a transcription is JSON or text, without subtitles",
} | {f"effort-{effort}": f"reasoning effort {effort} is supported" for effort in EFFORTS}
"""The words of `Model.traits`: what each says of a model, and where it was seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model.

    Args:
        id: its name.
        kind: what it does; "any" when nobody knows.
        context: its window in tokens; for speech, images and dall-e the longest prompt in characters.
        max_output: how many tokens it gives at most, 0 for as many as it likes; an embedding's dimensions.
        created: seconds since 1970.
        owned_by: "system", "openai", "openai-internal", or whose fine-tune it is.
        traits: words of `TRAITS`.
    """

    id: str
    kind: Kind = "chat"
    context: int = 128_000
    max_output: int = 16_384
    created: int = 0
    owned_by: str = "system"
    traits: frozenset[str] = frozenset()

    @property
    def efforts(self) -> tuple[str, ...]:
        """The reasoning efforts that it supports, in the order of OpenAI's sentence."""
        return tuple(effort for effort in EFFORTS if f"effort-{effort}" in self.traits)

    @property
    def talks(self) -> bool:
        """Whether it answers messages."""
        return self.kind in ("chat", "reasoning", "audio", "any")


_OWNER = {name: owner for owner, names in OWNERS.items() for name in names}

MODELS: dict[str, Model] = {
    name: Model(
        id=name,
        kind=kind,
        context=context,
        max_output=output,
        created=created,
        owned_by=_OWNER.get(name, "system"),
        traits=frozenset(traits.split()),
    )
    for name, kind, context, output, created, traits in ROWS
}
"""The models by name."""

_DATED = re.compile(r"(?P<base>.+?)-(?:\d{4}-\d\d-\d\d|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))")
_TUNED = re.compile(r"ft:(?P<base>[^:]+):(?P<owner>[^:]+):[^:]*:[^:]+(?::ckpt-step-\d+)?")
_SUFFIXES = "mini|nano|pro|codex|chat|latest|max|spark|instant|sol|terra|luna|astra|cyber|rosalind|preview"

FAMILIES: tuple[tuple[str, str], ...] = (
    (rf"gpt-(?:[5-9]|[1-9]\d)(?:\.\d+)?(?:-(?:{_SUFFIXES}))*", "gpt-6-sol"),
    (r"gpt-audio(?:-\d(?:\.\d+)?)?(?:-mini)?", "gpt-audio"),
    (r"gpt-realtime(?:-\d(?:\.\d+)?)?(?:-mini)?", "gpt-realtime"),
    (r"gpt-image-\d(?:\.\d+)?(?:-[a-z]+)?", "gpt-image-2"),
    (r"o[3-9](?:-mini|-pro)?", "o3"),
    (r"sora-\d(?:-pro)?", "sora-2"),
)
"""Names to come: a pattern of the whole name, and the model whose limits and traits they share."""


_BOUNDLESS = 2**53
"""A window in which everything fits."""


def find(name: str, extra: Iterable[Model | str] = ()) -> Model | None:
    """The model of this name, None when there is none.

    Args:
        name: as a request has it.
        extra: further models; a name alone stands for a known model of this name, or for one that does whatever is
            asked of it.
    """
    for model in extra:
        if isinstance(model, Model):
            if model.id == name:
                return model
        elif model == name:
            return known(name) or Model(id=name, kind="any", context=_BOUNDLESS, max_output=0)
    return known(name)


@functools.lru_cache(maxsize=1024)
def known(name: str) -> Model | None:
    """The model of this name in the table, or by its family's pattern."""
    return MODELS.get(name) or _tuned(name) or _dated(name) or _family(name)


def _tuned(name: str) -> Model | None:
    found = _TUNED.fullmatch(name)
    base = known(found["base"]) if found else None
    return replace(base, id=name, owned_by=found["owner"]) if found and base else None


def _dated(name: str) -> Model | None:
    found = _DATED.fullmatch(name)
    base = known(found["base"]) if found else None
    return replace(base, id=name) if base else None


def _family(name: str) -> Model | None:
    like = next((like for pattern, like in FAMILIES if re.fullmatch(pattern, name)), None)
    return replace(MODELS[like], id=name) if like else None
