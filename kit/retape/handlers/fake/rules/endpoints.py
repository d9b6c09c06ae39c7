"""Every endpoint's table, by operation."""

from __future__ import annotations

from retape.handlers.fake.rules.abilities import CHAT as CHAT_ABILITIES
from retape.handlers.fake.rules.abilities import RESPONSES as ABILITIES
from retape.handlers.fake.rules.chat import CHAT
from retape.handlers.fake.rules.chat_models import ROWS as CHAT_MODELS
from retape.handlers.fake.rules.chat_relations import ROWS as CHAT_RELATIONS
from retape.handlers.fake.rules.gateway import GATEWAY
from retape.handlers.fake.rules.links import ROWS as LINKS
from retape.handlers.fake.rules.media import CHAT as CHAT_MEDIA
from retape.handlers.fake.rules.media import RESPONSES as MEDIA
from retape.handlers.fake.rules.model_names import MODEL_NAMES
from retape.handlers.fake.rules.model_relations import ROWS as MODEL_RELATIONS
from retape.handlers.fake.rules.relation import Endpoint
from retape.handlers.fake.rules.response_relations import COMPACT as COMPACTED
from retape.handlers.fake.rules.response_relations import CREATE
from retape.handlers.fake.rules.response_relations import INPUT_TOKENS as COUNT
from retape.handlers.fake.rules.responses import COMPACT, INPUT_TOKENS, RESPONSE, RETRIEVE
from retape.handlers.fake.rules.rest import REST
from retape.handlers.fake.rules.schemas import CHAT as CHAT_SCHEMAS
from retape.handlers.fake.rules.schemas import RESPONSES as SCHEMAS
from retape.handlers.fake.rules.turns import ROWS as TURNS
from retape.handlers.fake.rules.windows import CHAT as CHAT_WINDOWS
from retape.handlers.fake.rules.windows import RESPONSES as WINDOWS

_ALL: tuple[Endpoint, ...] = (
    Endpoint(
        id="chat.completions.create",
        shape=CHAT,
        relations=(
            *GATEWAY,
            *CHAT_MODELS,
            *MODEL_RELATIONS,
            *CHAT_ABILITIES,
            *CHAT_RELATIONS,
            *TURNS,
            *CHAT_MEDIA,
            *CHAT_SCHEMAS,
            *CHAT_WINDOWS,
        ),
    ),
    Endpoint(
        id="responses.create",
        shape=RESPONSE,
        relations=(*MODEL_NAMES["responses.create"], *CREATE, *ABILITIES, *LINKS, *MEDIA, *SCHEMAS, *WINDOWS),
    ),
    Endpoint(
        id="responses.input_tokens.count",
        shape=INPUT_TOKENS,
        relations=(*MODEL_NAMES["responses.input_tokens.count"], *COUNT, *ABILITIES, *MEDIA, *SCHEMAS),
    ),
    Endpoint(id="responses.compact", shape=COMPACT, relations=(*MODEL_NAMES["responses.compact"], *COMPACTED, *MEDIA)),
    Endpoint(id="responses.retrieve", shape=RETRIEVE),
    *REST,
)

ENDPOINTS: dict[str, Endpoint] = {each.id: each for each in _ALL}
"""The endpoints that have rules: add a module's rows to `_ALL`."""
