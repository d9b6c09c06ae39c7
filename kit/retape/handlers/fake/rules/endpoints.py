"""Every endpoint's table, by operation."""

from __future__ import annotations

from retape.handlers.fake.rules import (
    chat_models,
    chat_relations,
    links,
    media,
    model_relations,
    response_relations,
    turns,
    windows,
)
from retape.handlers.fake.rules.chat import CHAT
from retape.handlers.fake.rules.gateway import GATEWAY
from retape.handlers.fake.rules.relation import Endpoint
from retape.handlers.fake.rules.responses import INPUT_TOKENS, RESPONSE, RETRIEVE
from retape.handlers.fake.rules.rest import REST

_ALL: tuple[Endpoint, ...] = (
    Endpoint(
        id="chat.completions.create",
        shape=CHAT,
        relations=(
            *GATEWAY,
            *chat_models.ROWS,
            *chat_relations.ROWS,
            *model_relations.ROWS,
            *turns.ROWS,
            *media.CHAT,
            *windows.CHAT,
        ),
    ),
    Endpoint(
        id="responses.create",
        shape=RESPONSE,
        relations=(*response_relations.CREATE, *links.ROWS, *media.RESPONSES, *windows.RESPONSES),
    ),
    Endpoint(
        id="responses.input_tokens.count",
        shape=INPUT_TOKENS,
        relations=(*response_relations.INPUT_TOKENS, *media.RESPONSES),
    ),
    Endpoint(id="responses.retrieve", shape=RETRIEVE),
    *REST,
)

ENDPOINTS: dict[str, Endpoint] = {each.id: each for each in _ALL}
"""The endpoints that have rules: add a module's rows to `_ALL`."""
