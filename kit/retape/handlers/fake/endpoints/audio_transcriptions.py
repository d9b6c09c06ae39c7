"""Transcriptions and translations: sound in, text out.

What the fake spoke itself is heard word for word.  Of any other sound it says what the script says of the prompt, or
a sentence that depends on nothing but the sound.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from retape.handlers.fake.answer import DONE, Answer, data_frame, file_answer, json_answer, stream_answer
from retape.handlers.fake.ask import Ask, Turn
from retape.handlers.fake.call import Call
from retape.handlers.fake.compose import compose
from retape.handlers.fake.refusal import refused
from retape.handlers.fake.routes import Route
from retape.handlers.fake.sounds import seconds, spoken
from retape.handlers.fake.speech import logprobs
from retape.handlers.fake.tokens import split
from retape.handlers.fake.transcript import Span, sentences, srt, vtt, words
from retape.tape.multipart import Part

PLAIN = "text/plain; charset=utf-8"

LANGUAGES = {
    "ar": "arabic", "de": "german", "en": "english", "es": "spanish", "fr": "french", "hi": "hindi", "it": "italian",
    "ja": "japanese", "ko": "korean", "nl": "dutch", "pl": "polish", "pt": "portuguese", "ru": "russian",
    "sv": "swedish", "tr": "turkish", "uk": "ukrainian", "zh": "chinese",
}  # fmt: skip
"""Codes as requests have them -> names as verbose answers have them."""

HEARD = (
    "The quick brown fox jumps over the lazy dog.",
    "Thank you for calling. How can I help you today?",
    "The meeting starts at nine. Please bring your notes.",
    "It rained all morning, and the sun came out at noon.",
    "One, two, three. Testing the microphone.",
)
"""What is heard in sound that somebody else made."""

_MAGIC = (b"RIFF", b"ID3", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3")
_SHORTEST = 0.1
_PER_SECOND = 10
"""Input tokens of a second of sound, as billed for the newer models."""

_DURATION = ("whisper-1", "gpt-transcribe")
"""Models whose usage is the sound's length (recorded 2026)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What a request's sound comes to.

    Args:
        call: the request.
        text: the words.
        length: seconds.
    """

    call: Call
    text: str
    length: float

    @property
    def model(self) -> str:
        return str(self.call.body.get("model") or "")

    @property
    def sentences(self) -> list[Span]:
        return sentences(self.text, self.length)

    @property
    def seconds(self) -> dict[str, Any]:
        """The usage by time: begun seconds (recorded: 7 for a sentence of six and a half)."""
        return {"type": "duration", "seconds": math.ceil(self.length)}

    @property
    def usage(self) -> dict[str, Any]:
        if self.model.startswith(_DURATION):
            return self.seconds
        sound, text = math.ceil(self.length * _PER_SECOND), len(split(str(self.call.body.get("prompt") or "")))
        output = len(split(self.text)) + 2
        return {
            "type": "tokens",
            "total_tokens": sound + text + output,
            "input_tokens": sound + text,
            "input_token_details": {"text_tokens": text, "audio_tokens": sound},
            "output_tokens": output,
        }

    @property
    def logprobs(self) -> list[dict[str, Any]] | None:
        """Log probabilities, for who asked for them."""
        if "logprobs" not in (self.call.body.get("include") or ()):
            return None
        rows = logprobs(split(self.text), self.call.identity, "transcript", 0)
        return [{name: row[name] for name in ("token", "logprob", "bytes")} for row in rows]


def transcribe(call: Call) -> Answer:
    """POST /audio/transcriptions."""
    heard = _listen(call)
    if call.body.get("stream") and heard.model != "whisper-1":  # which takes no notice (API reference)
        return stream_answer(_frames(heard))
    return _FORMATS[str(call.body.get("response_format") or "json")](heard, "transcribe")


def translate(call: Call) -> Answer:
    """POST /audio/translations: into English; what the fake hears is taken to be English already."""
    return _FORMATS[str(call.body.get("response_format") or "json")](_listen(call), "translate")


def _listen(call: Call) -> _Heard:
    """What is heard in the request's file.

    Raises:
        Refused: it is no sound, or too short a one.
    """
    file = call.body.get("file")
    data = file.data if isinstance(file, Part) else b""
    _judge(call, data)
    own, length = spoken(data), seconds(data)
    if length < _SHORTEST:
        told = "Audio file is too short. Minimum audio length is 0.1 seconds."
        raise refused(told, param="file", code="audio_too_short")
    made_up = own.text if own else HEARD[zlib.crc32(data) % len(HEARD)]
    return _Heard(call=call, text=_scripted(call) or made_up, length=length)


def _judge(call: Call, data: bytes) -> None:
    if data.startswith(_MAGIC) or data[4:8] == b"ftyp" or _is_frame(data):
        return
    if str(call.body.get("model")).startswith("whisper"):
        raise refused("The audio file could not be decoded or its format is not supported.")
    raise refused("Audio file might be corrupted or unsupported", param="file", code="invalid_value")


def _is_frame(data: bytes) -> bool:
    """Whether bytes begin with a frame of MPEG sound: eleven bits set, and a layer; ADTS has layer 0."""
    return len(data) > 3 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0


def _scripted(call: Call) -> str | None:
    """What the script says; None when the fake would only make something up about the prompt."""
    turn = Turn(role="user", text=str(call.body.get("prompt") or ""), sounds=1)
    ask = Ask(model=str(call.body.get("model") or ""), turns=(turn,))
    reply = call.answer(ask, 0)
    return None if reply == compose(ask, call.identity, index=0) else reply.text


def _json(heard: _Heard, task: str) -> Answer:
    """The text; a translation comes without usage (recorded 2026-04)."""
    told: dict[str, Any] = {"text": heard.text}
    if task == "translate":
        return json_answer(told)
    if heard.logprobs is not None:
        told["logprobs"] = heard.logprobs
    if heard.model.startswith("gpt-transcribe"):
        told["languages"] = [{"code": _codes(heard)[0]}]
    return json_answer(told | {"usage": heard.usage})


def _codes(heard: _Heard) -> Sequence[str]:
    """The languages that were told, or English."""
    body = heard.call.body
    return body.get("languages") or [body.get("language") or "en"]


def _verbose(heard: _Heard, task: str) -> Answer:
    language = "english" if task == "translate" else LANGUAGES.get(_codes(heard)[0], _codes(heard)[0])
    told: dict[str, Any] = {"task": task, "language": language, "duration": heard.length, "text": heard.text}
    wanted = heard.call.body.get("timestamp_granularities") or ["segment"]
    if "word" in wanted:
        spans = words(heard.text, heard.length)
        told["words"] = [{"word": span.text, "start": span.start, "end": span.end} for span in spans]
    if "segment" in wanted:
        told["segments"] = [_segment(heard, index, span) for index, span in enumerate(heard.sentences)]
    return json_answer(told if task == "translate" else told | {"usage": heard.seconds})


def _segment(heard: _Heard, index: int, span: Span) -> dict[str, Any]:
    pieces = split(f" {span.text}")
    return {
        "id": index,
        "seek": 0,
        "start": span.start,
        "end": span.end,
        "text": f" {span.text}",
        "tokens": [50_364, *(zlib.crc32(piece.encode("utf-8", "surrogatepass")) % 50_257 for piece in pieces)],
        "temperature": float(heard.call.body.get("temperature") or 0),
        "avg_logprob": -0.25,
        "compression_ratio": 1.2,
        "no_speech_prob": 0.01,
    }


def _diarized(heard: _Heard, task: str) -> Answer:
    return json_answer(
        {
            "task": task,
            "duration": heard.length,
            "text": heard.text,
            "segments": list(_segments(heard)),
            "usage": heard.usage,
        }
    )


def _segments(heard: _Heard) -> Iterator[dict[str, Any]]:
    """Segments with their speaker: one voice says it all, the first that the request knows, or "A"."""
    speaker = (heard.call.body.get("known_speaker_names") or ["A"])[0]
    for index, span in enumerate(heard.sentences):
        told = {"type": "transcript.text.segment", "id": f"seg_{index}", "start": span.start, "end": span.end}
        yield told | {"text": f" {span.text}", "speaker": speaker}


def _plain(write: Callable[[_Heard], str]) -> Callable[[_Heard, str], Answer]:
    return lambda heard, _: file_answer(write(heard).encode("utf-8", "surrogatepass"), PLAIN)


_FORMATS: dict[str, Callable[[_Heard, str], Answer]] = {
    "json": _json,
    "verbose_json": _verbose,
    "diarized_json": _diarized,
    "text": _plain(lambda heard: f"{heard.text}\n"),
    "srt": _plain(lambda heard: srt(heard.sentences)),
    "vtt": _plain(lambda heard: vtt(heard.sentences)),
}


def _frames(heard: _Heard) -> Iterator[bytes]:
    """Deltas, or segments where speakers are told apart; then the whole."""
    rows = heard.logprobs
    if heard.call.body.get("response_format") == "diarized_json":
        yield from map(data_frame, _segments(heard))
    else:
        for index, piece in enumerate(split(heard.text)):
            delta: dict[str, Any] = {"type": "transcript.text.delta", "delta": piece}
            yield data_frame(delta | {"logprobs": [rows[index]]} if rows else delta)
    done: dict[str, Any] = {"type": "transcript.text.done", "text": heard.text}
    if rows:
        done["logprobs"] = rows
    usage = heard.usage
    yield data_frame(done | {"usage": usage} if usage["type"] == "tokens" else done)
    yield DONE


def _route(operation: str, template: str, endpoint: Any) -> Route:
    return Route(
        operation=f"audio.{operation}.create", method="POST", template=template, endpoint=endpoint, body="form"
    )


ROUTES = (
    _route("transcriptions", "/audio/transcriptions", transcribe),
    _route("translations", "/audio/translations", translate),
)
