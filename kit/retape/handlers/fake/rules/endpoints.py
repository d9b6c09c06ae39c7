"""Every endpoint's table, by operation."""

from __future__ import annotations

from retape.handlers.fake.rules.chat import CHAT
from retape.handlers.fake.rules.gateway import GATEWAY
from retape.handlers.fake.rules.relation import Endpoint
from retape.handlers.fake.rules.responses import INPUT_TOKENS, RESPONSE, RETRIEVE

_ALL: tuple[Endpoint, ...] = (
    Endpoint(id="chat.completions.create", shape=CHAT, relations=GATEWAY),
    Endpoint(id="responses.create", shape=RESPONSE),
    Endpoint(id="responses.input_tokens.count", shape=INPUT_TOKENS),
    Endpoint(id="responses.retrieve", shape=RETRIEVE),
)

ENDPOINTS: dict[str, Endpoint] = {each.id: each for each in _ALL}
"""The endpoints that have rules: add a module's rows to `_ALL`."""
