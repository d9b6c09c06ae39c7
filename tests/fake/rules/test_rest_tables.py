"""What the other endpoints refuse, and in which words; what they take."""

import pytest

from retape.handlers.fake.models import find
from retape.handlers.fake.rules.endpoints import ENDPOINTS
from retape.handlers.fake.rules.forms import typed
from retape.handlers.fake.rules.rulebook import Rulebook
from retape.handlers.fake.rules.setting import Setting
from retape.tape.multipart import Part

SOUND = Part(name="file", filename="planet.wav", content_type="audio/wav", data=b"RIFF")
PICTURE = Part(name="image", filename="planet.png", content_type="image/png", data=b"\x89PNG\r\n\x1a\n")
TEXT = Part(name="file", filename="notes.txt", content_type="text/plain", data=b"hello")
REST = Part(name="image", filename="planet", content_type="application/octet-stream", data=b"\x89PNG")

EMBED = {"model": "text-embedding-3-small", "input": "Hi"}
COMPLETE = {"model": "gpt-3.5-turbo-instruct", "prompt": "Hi"}
DRAW = {"model": "gpt-image-1", "prompt": "a planet"}
EDIT = {**DRAW, "image": PICTURE}
VARY = {"model": "dall-e-2", "image": PICTURE}
HEAR = {"model": "whisper-1", "file": SOUND}
SAY = {"model": "tts-1", "input": "Hi", "voice": "alloy"}
STORE = {"file": TEXT, "purpose": "user_data"}
UPLOAD = {"purpose": "batch", "filename": "a.jsonl", "bytes": 10, "mime_type": "text/jsonl"}
BATCH = {"input_file_id": "file-1", "endpoint": "/v1/responses", "completion_window": "24h"}
STATIC = {"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}}

INVALID_INPUT = "'$.input' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference."
NO_ACCESS = "The model `{}` does not exist or you do not have access to it."


def first(operation, body, **more):
    """What is said of a body first; None when it is fine."""
    name = body.get("model")
    setting = Setting(model=find(name) if isinstance(name, str) else None, **more)
    finding = next(iter(Rulebook().findings(operation, body, setting)), None)
    return finding.refusal if finding else None


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("embeddings.create", EMBED),
        ("embeddings.create", {**EMBED, "input": ["a", "b"], "dimensions": 1536, "encoding_format": "base64"}),
        ("embeddings.create", {**EMBED, "input": [1, 2, 3], "user": "me"}),
        ("embeddings.create", {**EMBED, "input": [[1, 2], [3]], "encoding_format": "float"}),
        ("embeddings.create", {**EMBED, "input": ["a"] * 2048}),
        ("embeddings.create", {**EMBED, "model": "text-embedding-ada-002"}),
        ("completions.create", COMPLETE),
        ("completions.create", {"model": "babbage-002"}),
        ("completions.create", {**COMPLETE, "prompt": ["a", "b"], "n": 2, "best_of": 2, "logprobs": 5, "echo": True}),
        ("completions.create", {**COMPLETE, "prompt": [[0, 100257]], "stop": ["\n"], "max_tokens": 0}),
        ("completions.create", {**COMPLETE, "stream": True, "stream_options": {"include_usage": True}}),
        ("images.generate", {"prompt": "a planet"}),
        ("images.generate", DRAW),
        ("images.generate", {**DRAW, "size": "1536x1024", "quality": "high", "background": "transparent", "n": 10}),
        (
            "images.generate",
            {**DRAW, "stream": True, "partial_images": 2, "output_format": "webp", "moderation": "low"},
        ),
        ("images.generate", {**DRAW, "size": None, "quality": None}),
        ("images.generate", {**DRAW, "model": "gpt-image-2", "size": "1536x864"}),
        ("images.generate", {**DRAW, "model": "gpt-image-2", "size": "auto", "quality": "xhigh"}),
        ("images.generate", {**DRAW, "model": "dall-e-2", "size": "256x256", "response_format": "b64_json", "n": 10}),
        ("images.generate", {**DRAW, "model": "dall-e-3", "style": "vivid", "quality": "hd", "size": "1024x1792"}),
        ("images.edit", EDIT),
        ("images.edit", {**EDIT, "image": [PICTURE, PICTURE], "mask": PICTURE, "input_fidelity": "high"}),
        ("images.edit", {**DRAW, "images": [{"image_url": "https://files.example/a.png"}, {"file_id": "file-1"}]}),
        ("images.edit", {**DRAW, "images": [{"image_url": "data:image/png;base64,iVBORw0KGgo="}]}),
        ("images.edit", {**EDIT, "model": "dall-e-2", "size": "512x512"}),
        ("images.create_variation", VARY),
        ("images.create_variation", {**VARY, "n": 2, "size": "1024x1024", "response_format": "url"}),
        ("audio.speech.create", SAY),
        ("audio.speech.create", {**SAY, "voice": {"id": "voice_1"}, "speed": 0.25, "response_format": "wav"}),
        ("audio.transcriptions.create", HEAR),
        ("audio.transcriptions.create", {**HEAR, "response_format": "srt", "temperature": 0.2, "language": "en"}),
        (
            "audio.transcriptions.create",
            {**HEAR, "model": "gpt-4o-transcribe", "include": ["logprobs"], "stream": True},
        ),
        (
            "audio.transcriptions.create",
            {
                **HEAR,
                "model": "gpt-4o-transcribe-diarize",
                "response_format": "diarized_json",
                "chunking_strategy": "auto",
            },
        ),
        ("audio.translations.create", {**HEAR, "response_format": "vtt"}),
        ("moderations.create", {"input": "Hi"}),
        ("moderations.create", {"input": ["a", ""], "model": "text-moderation-latest"}),
        ("moderations.create", {"input": [{"type": "image_url", "image_url": {"url": "https://files.example/a.png"}}]}),
        ("files.create", STORE),
        ("files.create", {**STORE, "expires_after": {"anchor": "created_at", "seconds": 3600}}),
        ("uploads.create", UPLOAD),
        ("uploads.parts.create", {"data": TEXT}),
        ("uploads.complete", {"part_ids": ["part_1"], "md5": "0"}),
        ("batches.create", {**BATCH, "metadata": {"a": "b"}}),
        ("vector_stores.create", {}),
        ("vector_stores.create", {"name": "a", "file_ids": ["file-1"], "chunking_strategy": STATIC}),
        ("vector_stores.create", {"expires_after": {"anchor": "last_active_at", "days": 7}}),
        ("vector_stores.update", {"name": None, "metadata": {"a": "b"}}),
        ("vector_stores.search", {"query": ["a", "b"], "max_num_results": 50, "ranking_options": {"ranker": "none"}}),
        ("vector_stores.search", {"query": "a", "filters": {"type": "eq", "key": "a", "value": 1}}),
        (
            "vector_stores.search",
            {"query": "a", "filters": {"type": "and", "filters": [{"type": "in", "key": "a", "value": ["b"]}]}},
        ),
        ("vector_stores.files.create", {"file_id": "file-1", "attributes": {"a": 1, "b": True, "c": "d"}}),
        ("vector_stores.files.update", {"attributes": {}}),
        ("vector_stores.file_batches.create", {"files": [{"file_id": "file-1", "attributes": {"a": 1.5}}]}),
        ("conversations.create", {}),
        ("conversations.create", {"items": [{"role": "user", "content": "Hi"}], "metadata": {"a": "b"}}),
        ("conversations.update", {"metadata": {"a": "b"}}),
        ("conversations.items.create", {"items": [{"type": "message", "role": "user", "content": "Hi"}]}),
    ],
)
def test_a_request_that_openai_takes_is_fine(operation, body):
    assert first(operation, body) is None


@pytest.mark.parametrize(
    ("operation", "body", "message", "param", "code"),
    [
        ("embeddings.create", {**EMBED, "input": []}, INVALID_INPUT, None, None),
        ("embeddings.create", {**EMBED, "input": ["a", ""]}, INVALID_INPUT, None, None),
        ("embeddings.create", {**EMBED, "input": ["a"] * 2049}, INVALID_INPUT, None, None),
        ("embeddings.create", {**EMBED, "input": ["a", 1]}, INVALID_INPUT, None, None),
        ("embeddings.create", {**EMBED, "input": 7}, INVALID_INPUT, None, None),
        (
            "embeddings.create",
            {**EMBED, "encoding_format": "hex"},
            "'hex' is not one of ['float', 'base64'] - 'encoding_format'",
            None,
            None,
        ),
        (
            "embeddings.create",
            {**EMBED, "model": "text-embedding-ada-002", "dimensions": 10},
            "This model does not support specifying dimensions.",
            None,
            None,
        ),
        (
            "embeddings.create",
            {**EMBED, "dimensions": 1537},
            "Invalid value for 'dimensions' = 1537. Must be less than or equal to 1536.",
            None,
            None,
        ),
        (
            "embeddings.create",
            {**EMBED, "input": ["a", " a" * 8193]},
            "Invalid 'input[1]': maximum input length is 8192 tokens.",
            None,
            None,
        ),
        (
            "embeddings.create",
            {**EMBED, "input": [[1] * 8000] * 38},
            "Invalid 'input': maximum request size is 300000 tokens per request.",
            None,
            None,
        ),
        ("embeddings.create", {"input": "Hi"}, "you must provide a model parameter", None, None),
        (
            "completions.create",
            {**COMPLETE, "n": 3, "best_of": 2},
            "You requested that the server return more choices than it will generate (HINT: you must set 'n' "
            "(currently 3) to be at most 'best_of' (currently 2), or omit either parameter if you don't specifically "
            "want to use them.)",
            None,
            None,
        ),
        (
            "completions.create",
            {**COMPLETE, "stream_options": {}},
            "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
            "stream_options",
            None,
        ),
        (
            "completions.create",
            {**COMPLETE, "max_tokens": 4097},
            "This model's maximum context length is 4097 tokens, however you requested 4098 tokens (1 in your prompt; "
            "4097 for the completion). Please reduce your prompt; or completion length.",
            None,
            None,
        ),
        (
            "completions.create",
            {**COMPLETE, "logprobs": 6},
            "Invalid 'logprobs': integer above maximum value. Expected a value <= 5, but got 6 instead.",
            "logprobs",
            "integer_above_max_value",
        ),
        ("images.generate", {"model": "gpt-image-1"}, "Missing required parameter: 'prompt'.", "prompt", ...),
        (
            "images.generate",
            {**DRAW, "model": "dall-e-3", "n": 2},
            "Invalid 'n': integer above maximum value. Expected a value <= 1, but got 2 instead.",
            "n",
            "integer_above_max_value",
        ),
        (
            "images.generate",
            {**DRAW, "model": "dall-e-2", "prompt": "x" * 1001},
            "Invalid 'prompt': string too long. Expected a string with maximum length 1000, but got a string with "
            "length 1001 instead.",
            "prompt",
            "string_above_max_length",
        ),
        (
            "images.generate",
            {**DRAW, "model": "dall-e-3", "quality": "high"},
            "Invalid value: 'high'. Supported values are: 'standard' and 'hd'.",
            "quality",
            "invalid_value",
        ),
        (
            "images.generate",
            {**DRAW, "quality": "hd"},
            "Invalid value: 'hd'. Supported values are: 'low', 'medium', 'high', and 'auto'.",
            "quality",
            "invalid_value",
        ),
        (
            "images.generate",
            {**DRAW, "model": "gpt-image-2", "size": "4096x1024"},
            "Invalid size '4096x1024'. The aspect ratio must be between 1:3 and 3:1.",
            "size",
            "invalid_value",
        ),
        (
            "images.generate",
            {**DRAW, "model": "gpt-image-2", "size": "big"},
            "Invalid size 'big'. Sizes are written as WIDTHxHEIGHT, or auto.",
            "size",
            "invalid_value",
        ),
        ("images.edit", DRAW, "Missing required parameter: 'image'.", "image", "missing_required_parameter"),
        (
            "images.edit",
            {**DRAW, "image": [PICTURE, REST]},
            "Invalid file 'image[1]': unsupported mimetype ('application/octet-stream'). Supported file formats are "
            "'image/jpeg', 'image/png', and 'image/webp'.",
            "image[1]",
            "unsupported_file_mimetype",
        ),
        (
            "images.edit",
            {**EDIT, "image": SOUND, "model": "dall-e-2"},
            "Uploaded image must be a PNG and less than 4 MB.",
            None,
            None,
        ),
        ("images.create_variation", {"model": "dall-e-2"}, "Missing required parameter: 'image'.", "image", ...),
        (
            "images.create_variation",
            {**VARY, "model": "gpt-4o"},
            "Invalid value: 'gpt-4o'. Value must be 'dall-e-2'.",
            "model",
            "invalid_value",
        ),
        (
            "images.create_variation",
            {**VARY, "model": "gpt-image-1"},
            "Invalid value: 'gpt-image-1'. Value must be 'dall-e-2'.",
            "model",
            "invalid_value",
        ),
        (
            "images.edit",
            {**EDIT, "model": "dall-e-3"},
            "Invalid value: 'dall-e-3'. Value must be 'dall-e-2'.",
            "model",
            "invalid_value",
        ),
        ("audio.speech.create", {**SAY, "model": "whisper-1"}, NO_ACCESS.format("whisper-1"), None, "model_not_found"),
        ("audio.speech.create", {"input": "Hi", "voice": "alloy"}, "you must provide a model parameter", None, None),
        (
            "audio.speech.create",
            {**SAY, "input": "x" * 4097},
            "[{'type': 'string_too_long', 'loc': ('body', 'input'), 'msg': 'String should have at most 4096 characters'"
            ", 'ctx': {'max_length': 4096}}]",
            None,
            None,
        ),
        (
            "audio.speech.create",
            {**SAY, "speed": 9},
            "[{'type': 'less_than_equal', 'loc': ('body', 'speed'), 'msg': 'Input should be less than or equal to 4', "
            "'ctx': {'le': 4.0}}]",
            None,
            None,
        ),
        (
            "audio.transcriptions.create",
            {"model": "whisper-1"},
            "[{'type': 'missing', 'loc': ('body', 'file'), 'msg': 'Field required'}]",
            None,
            None,
        ),
        (
            "audio.transcriptions.create",
            {**HEAR, "temperature": "warm"},
            "[{'type': 'float_parsing', 'loc': ('body', 'temperature'), 'msg': 'Input should be a valid number, unable "
            "to parse string as a number'}]",
            None,
            None,
        ),
        (
            "audio.transcriptions.create",
            {**HEAR, "model": "gpt-4o-transcribe", "response_format": "srt"},
            "response_format 'srt' is not compatible with model 'gpt-4o-transcribe'. Use 'json' or 'text' instead.",
            "response_format",
            "unsupported_value",
        ),
        (
            "audio.transcriptions.create",
            {**HEAR, "response_format": "diarized_json"},
            "response_format 'diarized_json' is not compatible with model 'whisper-1'. Use 'json' or 'text' instead.",
            "response_format",
            "unsupported_value",
        ),
        ("moderations.create", {}, "Missing required parameter: 'input'.", "input", "missing_required_parameter"),
        (
            "moderations.create",
            {"input": []},
            "Invalid 'input': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "input",
            "empty_array",
        ),
        (
            "files.create",
            {**STORE, "purpose": "vector_store"},
            "'vector_store' is not one of ['fine-tune', 'assistants', 'batch', 'user_data', 'vision', 'evals'] - "
            "'purpose'",
            "purpose",
            None,
        ),
        (
            "files.create",
            {**STORE, "file": "notes"},
            "Invalid type for 'file': expected a file, but got a string instead.",
            "file",
            "invalid_type",
        ),
        (
            "files.create",
            {**STORE, "expires_after": TEXT},
            "Invalid type for 'expires_after': expected an object, but got a file instead.",
            "expires_after",
            "invalid_type",
        ),
        (
            "batches.create",
            {**BATCH, "completion_window": "48h"},
            "Invalid value: '48h'. Value must be '24h'.",
            "completion_window",
            "invalid_value",
        ),
        (
            "vector_stores.create",
            {"chunking_strategy": {"type": "static", "static": {**STATIC["static"], "chunk_overlap_tokens": 401}}},
            "chunk_overlap_tokens must be less than or equal to max_chunk_size_tokens / 2.",
            "chunking_strategy.static.chunk_overlap_tokens",
            "invalid_value",
        ),
        (
            "vector_stores.search",
            {"query": "a", "max_num_results": 51},
            "Invalid 'max_num_results': integer above maximum value. Expected a value <= 50, but got 51 instead.",
            "max_num_results",
            "integer_above_max_value",
        ),
        ("vector_stores.file_batches.create", {}, "Missing required parameter: 'file_ids'.", "file_ids", ...),
        (
            "conversations.create",
            {"items": [{"role": "user", "content": "Hi"}] * 21},
            "Invalid 'items': array too long. Expected an array with maximum length 20, but got an array with length "
            "21 instead.",
            "items",
            "array_above_max_length",
        ),
        ("conversations.update", {}, "Missing required parameter: 'metadata'.", "metadata", ...),
        (
            "responses.create",
            {"model": "gpt-audio", "input": "Hi"},
            "The requested model 'gpt-audio' is not supported with the Responses API.",
            "model",
            None,
        ),
        (
            "responses.create",
            {"model": "gpt-4o-mini-search-preview", "input": "Hi"},
            "The requested model 'gpt-4o-mini-search-preview' is not supported with the Responses API.",
            "model",
            None,
        ),
    ],
)
def test_a_refusal_is_in_the_endpoints_own_words(operation, body, message, param, code):
    refusal = first(operation, body)
    assert refusal is not None
    assert (refusal.message, refusal.param) == (message, param)
    assert refusal.code == ("missing_required_parameter" if code is ... else code)


@pytest.mark.parametrize("operation", [name for name in ENDPOINTS if name.startswith("audio.tr")])
def test_an_upload_to_listen_to_may_have_25_mebibytes_and_no_byte_more(operation):
    assert first(operation, HEAR, size=26_214_400) is None
    assert first(operation, HEAR, size=26_214_401).status == 413


def test_a_picture_of_a_host_that_is_set_up_as_unreachable_cannot_be_edited():
    body = {**DRAW, "images": [{"image_url": "https://files.example/a.png"}]}
    assert first("images.edit", body, unreachable=("files.example",)).param == "url"


def test_a_model_that_azure_names_is_not_refused_for_its_name():
    assert first("images.generate", {**DRAW, "model": "my-deployment"}, unknown=False) is None


@pytest.mark.parametrize(
    ("operation", "form", "values"),
    [
        ("audio.transcriptions.create", {"temperature": "0.2", "stream": "true"}, {"temperature": 0.2, "stream": True}),
        ("audio.transcriptions.create", {"include": "logprobs"}, {"include": ["logprobs"]}),
        ("audio.transcriptions.create", {"temperature": "1"}, {"temperature": 1}),
        ("audio.transcriptions.create", {"temperature": "warm"}, {"temperature": "warm"}),
        (
            "audio.transcriptions.create",
            {"chunking_strategy": {"type": "server_vad", "threshold": "0.5", "prefix_padding_ms": "300"}},
            {"chunking_strategy": {"type": "server_vad", "threshold": 0.5, "prefix_padding_ms": 300}},
        ),
        ("audio.transcriptions.create", {"chunking_strategy": "auto"}, {"chunking_strategy": "auto"}),
        ("audio.transcriptions.create", {"chunking_strategy": {"type": "x"}}, {"chunking_strategy": {"type": "x"}}),
        ("images.edit", {"n": "2", "stream": "False"}, {"n": 2, "stream": False}),
        ("images.edit", {"n": "two", "stream": "maybe"}, {"n": "two", "stream": "maybe"}),
        ("images.edit", {"image": [PICTURE]}, {"image": [PICTURE]}),
        ("images.edit", {"image": PICTURE, "unheard": "1"}, {"image": PICTURE, "unheard": "1"}),
        ("files.create", {"expires_after": {"seconds": "3600"}}, {"expires_after": {"seconds": 3600}}),
    ],
)
def test_a_forms_texts_become_what_their_fields_are_of(operation, form, values):
    assert typed(ENDPOINTS[operation].shape, form) == values


@pytest.mark.parametrize("operation", ["images.generate", "audio.speech.create", "moderations.create"])
def test_a_model_of_another_kind_is_refused_like_one_that_does_not_exist(operation):
    body = {"images.generate": DRAW, "audio.speech.create": SAY, "moderations.create": {"input": "Hi"}}[operation]
    other, absent = (first(operation, {**body, "model": name}) for name in ("gpt-4o", "no-such-model"))
    assert other.message.replace("gpt-4o", "no-such-model") == absent.message
    assert (other.status, other.type, other.code) == (absent.status, absent.type, absent.code)


@pytest.mark.parametrize("operation", [name for name in ENDPOINTS if name not in ("responses.retrieve",)])
def test_a_model_that_was_only_named_may_be_asked_for_anything(operation):
    body = {"model": "bge-small"}
    setting = Setting(model=find("bge-small", ["bge-small"]))
    rules = {finding.rule for finding in Rulebook().findings(operation, body, setting)}
    assert rules.isdisjoint({"unknown-model", "wrong-endpoint", "retired-model", "context-length"})


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("embeddings.create", {**EMBED, "model": "bge-small", "input_type": "query", "dimensions": 4096}),
        ("completions.create", {**COMPLETE, "model": "llama-3", "top_k": 40, "stream_options": {}}),
        ("images.generate", {**DRAW, "size": "640x480", "steps": 20, "response_format": "b64_json"}),
        ("audio.speech.create", {**SAY, "model": "kokoro"}),
        ("audio.transcriptions.create", {**HEAR, "model": "whisper-large-v3", "file": TEXT}),
        ("files.create", {**STORE, "purpose": "other"}),
    ],
)
def test_the_lenient_profile_takes_what_compatible_servers_take(operation, body):
    model = find(body["model"]) if "model" in body else None
    findings = Rulebook("lenient").findings(operation, body, Setting(model=model))
    assert [finding.refusal.message for finding in findings] == []


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("embeddings.create", {**EMBED, "input": ""}),
        ("completions.create", {**COMPLETE, "temperature": 3}),
        ("images.generate", {**DRAW, "prompt": 7}),
        ("audio.speech.create", {**SAY, "response_format": "midi"}),
        ("audio.transcriptions.create", {"model": "whisper-1"}),
        ("batches.create", {**BATCH, "endpoint": "/v1/nowhere"}),
    ],
)
def test_the_lenient_profile_refuses_what_every_server_refuses(operation, body):
    model = find(body["model"]) if "model" in body else None
    assert next(Rulebook("lenient").findings(operation, body, Setting(model=model))).refusal.status == 400
