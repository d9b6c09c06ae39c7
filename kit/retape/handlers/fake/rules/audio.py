"""What the bodies of speech, and the forms of transcriptions and translations may hold.

These endpoints answer with a validator's list, as text (openai-refusals A48).
"""

from __future__ import annotations

from retape.handlers.fake.refusal import Refusal
from retape.handlers.fake.rules.forms import Attachment
from retape.handlers.fake.rules.model_names import NEEDS_MODEL
from retape.handlers.fake.rules.relation import Body, Relation
from retape.handlers.fake.rules.setting import Setting
from retape.handlers.fake.rules.shapes import Choice, Decimal, Fields, Flag, Listing, OneOf, Tagged, Text, Whole
from retape.tape.multipart import Part

CONTAINERS = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
"""In the order of OpenAI's sentence (openai-refusals B56)."""

UPLOAD_LIMIT = 26_214_400
"""Bytes of a request to listen to (openai-refusals B55)."""

VOICES = (
    "nova", "shimmer", "echo", "onyx", "fable", "alloy", "ash", "sage", "coral",
    "ballad", "verse", "marin", "cedar",
)  # fmt: skip
"""In the order of OpenAI's sentence, as far as it is known (quoted in threads of 2025)."""

SPEECH = Fields(
    fields={
        "input": Text(least=1, most=4096),
        "instructions": Text(most=4096),
        "model": Text(),
        "response_format": Choice(("mp3", "opus", "aac", "flac", "wav", "pcm")),
        "speed": Decimal(least=0.25, most=4),
        "stream_format": Choice(("sse", "audio")),
        "voice": OneOf(Choice(VOICES), Fields(fields={"id": Text()}, required=("id",))),
    },
    required=("model", "input", "voice"),
)
"""The body of `audio.speech.create`."""

_LISTENING = {
    "file": Attachment(),
    "model": Text(),
    "prompt": Text(),
    "temperature": Decimal(least=0, most=1),
}

TRANSCRIPTION = Fields(
    fields={
        **_LISTENING,
        "chunking_strategy": OneOf(
            Choice(("auto",)),
            Tagged(
                by="type",
                variants={
                    "server_vad": Fields(
                        fields={
                            "prefix_padding_ms": Whole(least=0),
                            "silence_duration_ms": Whole(least=0),
                            "threshold": Decimal(least=0, most=1),
                        }
                    )
                },
            ),
            nullable=True,
        ),
        "include": Listing(Choice(("logprobs",))),
        "keywords": Listing(Text()),
        "known_speaker_names": Listing(Text(), most=4),
        "known_speaker_references": Listing(Text(), most=4),
        "language": Text(),
        "languages": Listing(Text(), least=1),
        "response_format": Choice(("json", "text", "vtt", "srt", "verbose_json"), also=("diarized_json",)),
        "stream": Flag(nullable=True),
        "timestamp_granularities": Listing(Choice(("word", "segment"))),
    },
    required=("file", "model"),
)
"""The form of `audio.transcriptions.create`; formats in the order of openai-refusals A48."""

TRANSLATION = Fields(
    fields={**_LISTENING, "response_format": Choice(("json", "text", "vtt", "srt", "verbose_json"))},
    required=("file", "model"),
)
"""The form of `audio.translations.create`."""


def _too_large(_: Body, setting: Setting) -> Refusal | None:
    size = setting.size
    if size is None or size <= UPLOAD_LIMIT:
        return None
    return Refusal(
        status=413,
        message=f"413: Maximum content size limit ({UPLOAD_LIMIT}) exceeded ({size} bytes read)",
        type="server_error",
        beside=(("usage", {"type": "duration", "seconds": 0}),),
    )


def _container(body: Body, _: Setting) -> Refusal | None:
    """By the name's ending alone, as the API does."""
    file = body["file"]
    if isinstance(file, Part) and file.filename.rpartition(".")[2].lower() in CONTAINERS:
        return None
    return Refusal(message=f"Invalid file format. Supported formats: {list(CONTAINERS)}")


_SUBTITLES = ("verbose_json", "srt", "vtt", "diarized_json")
_DIARIZES = "diarize"


def _format(body: Body, setting: Setting) -> Refusal | None:
    """What the newer models give: JSON and text (quoted in many threads)."""
    given, model = body["response_format"], setting.model
    if model is None or given not in _SUBTITLES:
        return None
    diarizes = _DIARIZES in model.id
    fine = given == "diarized_json" if diarizes else given != "diarized_json" and "json-only" not in model.traits
    if not fine:
        told = f"response_format '{given}' is not compatible with model '{model.id}'. Use 'json' or 'text' instead."
        return Refusal(message=told, param="response_format", code="unsupported_value")
    return None


_LISTENING_RULES = (
    Relation(
        rule="upload-size",
        field="",
        find=_too_large,
        says="an upload to listen to has 25 MiB at most",
        source="openai-refusals B55",
        gateway=True,
    ),
    NEEDS_MODEL,
    Relation(
        rule="audio-container",
        field="file",
        find=_container,
        says="the file's name ends like that of a known container",
        source="openai-refusals B56",
    ),
)

TRANSCRIPTION_RULES = (
    *_LISTENING_RULES,
    Relation(
        rule="transcription-format",
        field="response_format",
        find=_format,
        says="the models after whisper-1 give JSON and text only",
        source="quoted in many threads of 2025",
        reads=("model",),
    ),
)
"""Beside the shape of `audio.transcriptions.create`."""

TRANSLATION_RULES = _LISTENING_RULES
"""Beside the shape of `audio.translations.create`."""
