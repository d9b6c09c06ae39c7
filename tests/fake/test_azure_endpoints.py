"""Azure's paths for the endpoints beside chat, with deployments that have names of their own."""

from __future__ import annotations

import importlib
from typing import Any

import openai
import pytest

from libraries import OURS
from retape import Fake

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def azure() -> openai.AzureOpenAI:
    transport = importlib.import_module(f"retape.mounts.{OURS.__name__}").Transport(Fake())
    return openai.AzureOpenAI(
        azure_endpoint="https://mine.openai.azure.com",
        api_version="2024-10-21",
        api_key="unused",
        max_retries=0,
        http_client=OURS.Client(transport=transport),
        _strict_response_validation=True,
    )


def test_deployments_embed_draw_speak_and_listen(azure: openai.AzureOpenAI) -> None:
    vectors = azure.embeddings.create(model="my-embedder", input="hi", encoding_format="float")
    assert (vectors.model, len(vectors.data[0].embedding)) == ("my-embedder", 1536)
    assert azure.images.generate(model="my-painter", prompt="a cat").data
    data = azure.audio.speech.create(model="my-voice", voice="alloy", input="Hello.").content
    assert azure.audio.transcriptions.create(model="my-ear", file=("a.mp3", data)).text == "Hello."
    assert azure.completions.create(model="my-writer", prompt="Hi").choices[0].text


def test_files_and_batches_have_no_deployment(azure: openai.AzureOpenAI) -> None:
    line: dict[str, Any] = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings"}
    line["body"] = {"model": "text-embedding-3-small", "input": "hi"}
    file = azure.files.create(file=("in.jsonl", str(line).replace("'", '"').encode()), purpose="batch")
    batch = azure.batches.create(input_file_id=file.id, endpoint="/v1/embeddings", completion_window="24h")
    for _ in range(3):
        batch = azure.batches.retrieve(batch.id)
    assert (batch.status, batch.error_file_id) == ("completed", None)
