"""What a rule knows beside the body: the model, its window, what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from retape.handlers.fake import tokens
from retape.handlers.fake.models import Model


def _known(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """The circumstances of a request.

    Args:
        model: the model that the body names; None when there is none of this name, and rules about models are silent.
        unknown: whether a name without a model is refused.
        window: the context window in tokens; None for the model's own.
        count: how many tokens a text has.
        size: bytes of the body as it came; None when that isn't known.  What can't be too long isn't measured.
        unreachable: hosts that no image or file can be fetched from, beside the names that never resolve (.invalid).
        file: whether a file of this id is stored.
        response: whether a response of this id is stored.
        item: whether an item of this id is stored.
        conversation: whether a conversation of this id is stored.
        calls: ids of the tool calls that what came before (the previous response, the conversation) has left open;
            None when what came before isn't known.
    """

    model: Model | None = None
    unknown: bool = True
    window: int | None = None
    count: Callable[[str], int] = tokens.count
    size: int | None = None
    unreachable: tuple[str, ...] = ()
    file: Callable[[str], bool] = _known
    response: Callable[[str], bool] = _known
    item: Callable[[str], bool] = _known
    conversation: Callable[[str], bool] = _known
    calls: frozenset[str] | None = None

    @property
    def limit(self) -> int | None:
        """The context window in tokens; None when nobody knows it."""
        return self.window or (self.model.context if self.model else None)

    def has(self, trait: str) -> bool:
        """Whether the model has a trait (`models.TRAITS`)."""
        return self.model is not None and trait in self.model.traits
