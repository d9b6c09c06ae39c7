"""The tables of all endpoints but chat completions and responses, by operation."""

from __future__ import annotations

from retape.handlers.fake.rules.audio import SPEECH, TRANSCRIPTION, TRANSCRIPTION_RULES, TRANSLATION, TRANSLATION_RULES
from retape.handlers.fake.rules.batches import BATCH
from retape.handlers.fake.rules.completions import COMPLETION, COMPLETION_RULES
from retape.handlers.fake.rules.conversations import CONVERSATION, ITEMS
from retape.handlers.fake.rules.conversations import UPDATE as CONVERSATION_UPDATE
from retape.handlers.fake.rules.embeddings import EMBEDDING, EMBEDDING_RULES
from retape.handlers.fake.rules.files import FILE, FILE_RULES, PART, UPLOAD, UPLOAD_COMPLETE
from retape.handlers.fake.rules.gateway import GATEWAY
from retape.handlers.fake.rules.images import (
    EDIT,
    EDIT_RULES,
    GENERATION,
    GENERATION_RULES,
    VARIATION,
    VARIATION_RULES,
)
from retape.handlers.fake.rules.model_names import MODEL_NAMES, NEEDS_MODEL
from retape.handlers.fake.rules.moderations import MODERATION
from retape.handlers.fake.rules.phrases import Wording
from retape.handlers.fake.rules.relation import Endpoint, Relation
from retape.handlers.fake.rules.shapes import Shape
from retape.handlers.fake.rules.vector_stores import (
    CHUNKING_RULES,
    FILE_BATCH,
    FILE_BATCH_RULES,
    FILE_UPDATE,
    SEARCH,
    UPDATE,
    VECTOR_STORE,
)
from retape.handlers.fake.rules.vector_stores import FILE as STORED_FILE


def _row(id: str, shape: Shape, *relations: Relation, wording: Wording = "openai") -> Endpoint:  # noqa: A002
    return Endpoint(id=id, shape=shape, relations=(*MODEL_NAMES.get(id, ()), *relations), wording=wording)


REST: tuple[Endpoint, ...] = (
    _row("embeddings.create", EMBEDDING, *GATEWAY, *EMBEDDING_RULES, wording="legacy"),
    _row("completions.create", COMPLETION, *GATEWAY, *COMPLETION_RULES),
    _row("images.generate", GENERATION, *GENERATION_RULES),
    _row("images.edit", EDIT, *EDIT_RULES),
    _row("images.create_variation", VARIATION, *VARIATION_RULES),
    _row("audio.speech.create", SPEECH, NEEDS_MODEL, wording="pydantic"),
    _row("audio.transcriptions.create", TRANSCRIPTION, *TRANSCRIPTION_RULES, wording="pydantic"),
    _row("audio.translations.create", TRANSLATION, *TRANSLATION_RULES, wording="pydantic"),
    _row("moderations.create", MODERATION),
    _row("files.create", FILE, *FILE_RULES),
    _row("uploads.create", UPLOAD, *FILE_RULES),
    _row("uploads.parts.create", PART),
    _row("uploads.complete", UPLOAD_COMPLETE),
    _row("batches.create", BATCH),
    _row("vector_stores.create", VECTOR_STORE, *CHUNKING_RULES),
    _row("vector_stores.update", UPDATE),
    _row("vector_stores.search", SEARCH),
    _row("vector_stores.files.create", STORED_FILE, *CHUNKING_RULES),
    _row("vector_stores.files.update", FILE_UPDATE),
    _row("vector_stores.file_batches.create", FILE_BATCH, *FILE_BATCH_RULES),
    _row("conversations.create", CONVERSATION),
    _row("conversations.update", CONVERSATION_UPDATE),
    _row("conversations.items.create", ITEMS),
)
"""One row an operation, as the official client calls it."""
