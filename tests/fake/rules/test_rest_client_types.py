"""The tables of the other endpoints against the installed client's own types."""

from __future__ import annotations

import importlib
from typing import Any

import openai
import pytest

from fake.rules.test_client_types import MAJOR, Known, of_client, of_shape
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.files import PURPOSES
from retape.handlers.fake.rules.images import FAMILIES

PARAMS = {
    "embeddings.create": "embedding_create_params.EmbeddingCreateParams",
    "completions.create": "completion_create_params.CompletionCreateParams",
    "images.generate": "image_generate_params.ImageGenerateParams",
    "images.edit": "image_edit_params.ImageEditParams",
    "images.create_variation": "image_create_variation_params.ImageCreateVariationParams",
    "audio.speech.create": "audio.speech_create_params.SpeechCreateParams",
    "audio.transcriptions.create": "audio.transcription_create_params.TranscriptionCreateParams",
    "audio.translations.create": "audio.translation_create_params.TranslationCreateParams",
    "moderations.create": "moderation_create_params.ModerationCreateParams",
    "files.create": "file_create_params.FileCreateParams",
    "uploads.create": "upload_create_params.UploadCreateParams",
    "uploads.parts.create": "uploads.part_create_params.PartCreateParams",
    "uploads.complete": "upload_complete_params.UploadCompleteParams",
    "batches.create": "batch_create_params.BatchCreateParams",
    "vector_stores.create": "vector_store_create_params.VectorStoreCreateParams",
    "vector_stores.update": "vector_store_update_params.VectorStoreUpdateParams",
    "vector_stores.search": "vector_store_search_params.VectorStoreSearchParams",
    "vector_stores.files.create": "vector_stores.file_create_params.FileCreateParams",
    "vector_stores.files.update": "vector_stores.file_update_params.FileUpdateParams",
    "vector_stores.file_batches.create": "vector_stores.file_batch_create_params.FileBatchCreateParams",
    "conversations.create": "conversations.conversation_create_params.ConversationCreateParams",
    "conversations.update": "conversations.conversation_update_params.ConversationUpdateParams",
    "conversations.items.create": "conversations.item_create_params.ItemCreateParams",
}
"""Operation -> the type of its parameters, below `openai.types`."""

ELSEWHERE = ("vector_stores.files.update: vector_store_id", "conversations.items.create: include")
"""Parameters that travel in the path or in the query."""


def hint(name: str) -> Any:
    """A type of the client; None when the installed one hasn't got it."""
    module, _, attribute = name.rpartition(".")
    try:
        return getattr(importlib.import_module(f"openai.types.{module}"), attribute)
    except ImportError:
        return None


CASES = {operation: hint(name) for operation, name in PARAMS.items() if hint(name) is not None}


def both(operation: str) -> tuple[Known, Known]:
    """What the client knows of an operation, and what the table does."""
    client, table = Known(), Known()
    of_client(CASES[operation], "", client)
    of_shape(ENDPOINTS[operation].shape, "", table)
    return client, table


def test_this_client_has_the_types_of_nearly_all_operations() -> None:
    assert len(CASES) >= (len(PARAMS) if MAJOR > 1 else 19)


@pytest.mark.parametrize("operation", CASES)
def test_every_name_of_the_client_is_in_the_table(operation: str) -> None:
    client, table = both(operation)
    assert client.names
    unknown = (name for name in client.names - table.names if not table.covers(name.rpartition(".")[0]))
    missing = [name for name in sorted(unknown) if not f"{operation}: {name}".startswith(ELSEWHERE)]
    assert missing == [], f"openai {openai.__version__} has parameters that {operation} doesn't know"


@pytest.mark.parametrize("operation", CASES)
def test_every_value_of_the_client_is_in_the_table(operation: str) -> None:
    client, table = both(operation)
    missing = {
        path: sorted(values - table.values[path])
        for path, values in client.values.items()
        if values - table.values[path] and path not in table.texts and not table.covers(path)
        if not f"{operation}: {path}".startswith(ELSEWHERE)
    }
    assert missing == {}, f"openai {openai.__version__} has values that {operation} doesn't know"


@pytest.mark.parametrize("operation", ["files.create", "uploads.create"])
def test_every_purpose_of_the_client_is_one_that_the_rule_takes(operation: str) -> None:
    client, _ = both(operation)
    assert client.values["purpose"]
    assert client.values["purpose"] <= set(PURPOSES)


@pytest.mark.parametrize("operation", ["images.generate", "images.edit", "images.create_variation"])
def test_every_size_of_the_client_is_some_models(operation: str) -> None:
    client, _ = both(operation)
    assert client.values["size"]
    assert client.values["size"] <= {size for family in FAMILIES.values() for size in family.sizes}


JSON = "the API's other way of sending the same, as JSON"
EXTRA = {
    "images.edit: images": JSON,
    "images.edit: images[].file_id": JSON,
    "images.edit: images[].image_url": JSON,
    "images.edit: markup.file_id": JSON,
    "images.edit: markup.image_url": JSON,
    "images.edit: mask.file_id": JSON,
    "images.edit: mask.image_url": JSON,
}
"""What the tables have and the client hasn't, and why; what conversations share with responses is told there."""


@pytest.mark.skipif(MAJOR < 3, reason="an older client lacks what has come since")
@pytest.mark.parametrize("operation", [name for name in CASES if not name.startswith("conversations.")])
def test_the_table_has_nothing_of_its_own_without_a_reason(operation: str) -> None:
    client, table = both(operation)
    own = {f"{operation}: {name}" for name in table.names - client.names}
    own |= {f"{operation}: {path}={v}" for path, each in table.values.items() for v in each - client.values[path]}
    assert sorted(own - set(EXTRA)) == []
