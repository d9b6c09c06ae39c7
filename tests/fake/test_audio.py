"""Speech in real files, and what is heard in them."""

from __future__ import annotations

import base64
import io
import json
import struct
import wave
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retape import Fake
from retape.handlers.fake import sounds
from retape.handlers.fake.sounds import FORMATS, length, spoken
from speaking import async_client, client

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # translations, in openai 3

TEXT = "Hello there. How are you today?"
NAMES = {"mp3": "a.mp3", "opus": "a.ogg", "aac": "a.m4a", "flac": "a.flac", "wav": "a.wav"}


def speech(text: str = TEXT, **more: Any) -> bytes:
    return client(Fake()).audio.speech.create(model="gpt-4o-mini-tts", voice="alloy", input=text, **more).content


def samples(data: bytes) -> tuple[int, int, int, bytes]:
    with wave.open(io.BytesIO(data)) as reader:
        told = reader.getnchannels(), reader.getsampwidth(), reader.getframerate()
        return *told, reader.readframes(reader.getnframes())


@pytest.mark.parametrize(
    ("text", "speed", "seconds"), [(TEXT, 1.0, 1.86), (TEXT, 2.0, 0.93), ("a", 1.0, 0.1), ("a" * 4000, 1.0, 10.0)]
)
def test_a_wav_is_as_long_as_the_text_takes_to_read(text: str, speed: float, seconds: float) -> None:
    channels, width, rate, frames = samples(speech(text, response_format="wav", speed=speed))
    assert (channels, width, rate) == (1, 2, 24_000)
    assert len(frames) / 2 / rate == pytest.approx(seconds, abs=0.01)
    assert max(struct.unpack(f"<{len(frames) // 2}h", frames)) > 1000


def test_pcm_is_the_wavs_samples() -> None:
    assert speech(response_format="pcm") == samples(speech(response_format="wav"))[3]


def crc(data: bytes, bits: int, polynomial: int) -> int:
    """A checksum bit by bit: slow, and hard to get wrong."""
    value = 0
    for bit in (byte >> shift & 1 for byte in data for shift in range(7, -1, -1)):
        top = value >> bits - 1 & 1
        value = (value << 1) & (1 << bits) - 1
        if top ^ bit:
            value ^= polynomial
    return value


def behind_id3(data: bytes) -> bytes:
    assert data[:3] == b"ID3"
    size = sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=True))
    return data[10 + size :]


def mp3_seconds(data: bytes) -> float:
    frames = behind_id3(data)
    assert len(frames) % 384 == 0  # 72 * 128 kbit/s / 24 kHz
    assert {frames[at : at + 4] for at in range(0, len(frames), 384)} == {b"\xff\xf3\xc4\xc4"}
    return len(frames) / 384 * 576 / 24_000


def aac_seconds(data: bytes) -> float:
    frames, number, at = behind_id3(data), 0, 0
    while at < len(frames):
        head = int.from_bytes(frames[at : at + 7], "big")
        assert (head >> 44, head >> 34 & 0xF) == (0xFFF, 6)  # sync, 24 kHz
        at, number = at + (head >> 13 & 0x1FFF), number + 1
    assert at == len(frames)
    return number * 1024 / 24_000


def pages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """An Ogg stream's pages, checksums checked: position and content."""
    at = 0
    while at < len(data):
        count = data[at + 26]
        size = 27 + count + sum(data[at + 27 : at + 27 + count])
        page = data[at : at + size]
        told = struct.unpack("<I", page[22:26])[0]
        assert crc(page[:22] + bytes(4) + page[26:], 32, 0x04C11DB7) == told
        yield struct.unpack("<q", page[6:14])[0], page[27 + count :]
        at += size


def opus_seconds(data: bytes) -> float:
    (_, head), (_, tags), *rest = pages(data)
    assert (head[:8], tags[:8]) == (b"OpusHead", b"OpusTags")
    return rest[-1][0] / 48_000


def flac_seconds(data: bytes) -> float:
    assert data[:4] == b"fLaC"
    told = int.from_bytes(data[18:26], "big")
    at, last = 4, False
    while not last:
        last, size = bool(data[at] & 0x80), int.from_bytes(data[at + 1 : at + 4], "big")
        at += 4 + size
    total = 0
    for number, start in enumerate(range(at, len(data), 13)):
        frame = data[start : start + 13]
        assert (frame[:4], frame[4]) == (b"\xff\xf8\x77\x08", number)
        assert (frame[7], int.from_bytes(frame[11:], "big")) == (crc(frame[:7], 8, 7), crc(frame[:11], 16, 0x8005))
        total += int.from_bytes(frame[5:7], "big") + 1
    assert (told >> 44, told & (1 << 36) - 1) == (24_000, total)
    return total / 24_000


MEASURES = {"mp3": mp3_seconds, "aac": aac_seconds, "opus": opus_seconds, "flac": flac_seconds}


@pytest.mark.parametrize("kind", MEASURES)
@pytest.mark.parametrize("text", ["a", TEXT, "\u00fcn\u00efcode \U0001f600 " * 20])
def test_compressed_speech_holds_together_and_is_as_long(kind: str, text: str) -> None:
    data = speech(text, response_format=kind)
    assert MEASURES[kind](data) == pytest.approx(length(text), abs=0.05)
    told = spoken(data)
    assert told is not None
    assert told.text == text


@pytest.mark.parametrize(("kind", "content_type"), [(kind, row[0]) for kind, row in FORMATS.items()])
def test_the_content_type_is_that_of_the_format(kind: Any, content_type: str) -> None:
    answer = client(Fake()).audio.speech.create(model="tts-1", voice="alloy", input=TEXT, response_format=kind)
    assert answer.response.headers["content-type"] == content_type


def test_mp3_is_given_when_nobody_says() -> None:
    assert speech() == speech(response_format="mp3")


def test_long_speech_comes_in_pieces() -> None:
    create = client(Fake()).audio.speech.with_streaming_response.create
    with create(model="tts-1", voice="alloy", input=TEXT * 3, response_format="wav") as answer:
        pieces = list(answer.iter_bytes())
    assert len(pieces) > 5
    assert samples(b"".join(pieces))[2] == 24_000


def test_speech_comes_as_events_too() -> None:
    create = client(Fake()).audio.speech.with_streaming_response.create
    with create(
        model="gpt-4o-mini-tts", voice="alloy", input=TEXT, stream_format="sse", response_format="wav"
    ) as answer:
        lines = [line.removeprefix("data: ") for line in answer.iter_lines() if line]
    *deltas, done = [json.loads(line) for line in lines[:-1]]
    assert lines[-1] == "[DONE]"
    assert b"".join(base64.b64decode(delta["audio"]) for delta in deltas) == speech(response_format="wav")
    assert done["type"] == "speech.audio.done"
    assert done["usage"]["total_tokens"] == done["usage"]["input_tokens"] + done["usage"]["output_tokens"]


def heard(data: bytes, name: str = "a.mp3", model: str = "whisper-1", **more: Any) -> Any:
    return client(Fake()).audio.transcriptions.create(model=model, file=(name, data), **more)


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe"])
@pytest.mark.parametrize("kind", NAMES)
def test_what_was_spoken_is_heard(kind: str, model: str) -> None:
    assert heard(speech(response_format=kind), NAMES[kind], model).text == TEXT


def test_usage_is_time_or_tokens_as_the_model_has_it() -> None:
    data = speech()
    assert heard(data).usage.to_dict() == {"type": "duration", "seconds": 2}
    usage = heard(data, model="gpt-4o-transcribe").usage
    assert (usage.type, usage.total_tokens) == ("tokens", usage.input_tokens + usage.output_tokens)


def test_text_and_subtitles_are_text() -> None:
    data = speech()
    assert heard(data, response_format="text") == TEXT + "\n"
    assert heard(data, response_format="srt") == (
        "1\n00:00:00,000 --> 00:00:00,740\nHello there.\n\n2\n00:00:00,740 --> 00:00:01,860\nHow are you today?\n\n"
    )
    assert heard(data, response_format="vtt") == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:00.740\nHello there.\n\n00:00:00.740 --> 00:00:01.860\nHow are you today?\n\n"
    )


def test_a_verbose_answer_has_times_that_follow_each_other() -> None:
    answer = heard(speech(), response_format="verbose_json", timestamp_granularities=["word", "segment"], language="de")
    assert (answer.language, answer.duration, answer.text) == ("german", 1.86, TEXT)
    assert [segment.text for segment in answer.segments] == [" Hello there.", " How are you today?"]
    assert [word.word for word in answer.words] == ["Hello", "there", "How", "are", "you", "today"]
    for spans in (answer.segments, answer.words):
        edges = [edge for span in spans for edge in (span.start, span.end)]
        assert edges == sorted(edges)
        assert (edges[0], edges[-1]) == (0, 1.86)


@pytest.mark.parametrize(
    ("wanted", "segments", "words"), [(None, True, False), (["word"], False, True), (["segment"], True, False)]
)
def test_times_come_as_they_were_asked_for(wanted: Any, segments: bool, words: bool) -> None:
    more = {"timestamp_granularities": wanted} if wanted else {}
    answer = heard(speech(), response_format="verbose_json", **more)
    assert (answer.segments is not None, answer.words is not None) == (segments, words)


def test_speakers_are_told_apart() -> None:
    answer = heard(
        speech(),
        model="gpt-4o-transcribe-diarize",
        response_format="diarized_json",
        chunking_strategy="auto",
        extra_body={"known_speaker_names": ["agent"]},
    )
    segments = answer.segments if hasattr(answer, "segments") else answer.model_extra["segments"]
    rows = [segment if isinstance(segment, dict) else segment.to_dict() for segment in segments]
    assert [row["speaker"] for row in rows] == ["agent", "agent"]
    assert "".join(row["text"] for row in rows).strip() == TEXT


def test_a_stream_says_the_same_and_ends_with_the_whole() -> None:
    events = list(heard(speech(), model="gpt-4o-transcribe", stream=True))
    assert "".join(event.delta for event in events[:-1]) == TEXT
    assert (events[-1].type, events[-1].text) == ("transcript.text.done", TEXT)
    assert events[-1].usage.total_tokens > 0


def test_whisper_takes_no_notice_of_a_wish_to_stream() -> None:
    api = client(Fake())
    answer = api.audio.transcriptions.with_raw_response.create(
        model="whisper-1", file=("a.mp3", speech()), extra_body={"stream": True}
    )
    assert json.loads(answer.http_response.text)["text"] == TEXT


@pytest.mark.parametrize("stream", [False, True])
def test_log_probabilities_come_for_who_asks(stream: bool) -> None:
    answer = heard(speech(), model="gpt-4o-transcribe", include=["logprobs"], stream=stream)
    rows = list(answer)[-1].logprobs if stream else answer.logprobs
    assert "".join(row.token for row in rows) == TEXT


@pytest.mark.parametrize(("format_", "text"), [("json", TEXT), ("verbose_json", TEXT)])
def test_a_translation_is_english_and_without_usage(format_: Any, text: str) -> None:
    api = client(Fake())
    answer = api.audio.translations.create(model="whisper-1", file=("a.mp3", speech()), response_format=format_)
    assert answer.text == text
    assert "usage" not in answer.to_dict()


def foreign(seconds: float = 1.0) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(44_100)
        writer.writeframes(bytes(int(44_100 * seconds) * 4))
    return file.getvalue()


def test_something_is_heard_in_anybody_elses_sound_and_always_the_same() -> None:
    first, again = heard(foreign(2.5), "a.wav"), heard(foreign(2.5), "a.wav")
    assert first == again
    assert first.text
    assert first.usage.seconds == 3


@pytest.mark.parametrize("act", ["transcriptions", "translations"])
def test_a_script_says_what_is_heard(act: str) -> None:
    fake = Fake()
    fake.on(model="whisper-1").reply("What the script says.")
    answer = getattr(client(fake).audio, act).create(model="whisper-1", file=("a.mp3", speech()))
    assert answer.text == "What the script says."


@pytest.mark.parametrize(
    ("model", "data", "said", "code"),
    [
        ("whisper-1", b"junk", "could not be decoded or its format is not supported", None),
        ("whisper-1", b"", "could not be decoded or its format is not supported", None),
        ("gpt-4o-transcribe", b"junk", "Audio file might be corrupted or unsupported", "invalid_value"),
        ("whisper-1", foreign(0.05), "Minimum audio length is 0.1 seconds", "audio_too_short"),
    ],
)
def test_what_is_no_sound_is_refused_as_openai_does(model: str, data: bytes, said: str, code: str | None) -> None:
    with pytest.raises(openai.BadRequestError, match=said) as caught:
        heard(data, "a.wav", model)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["a.txt", "a", "a.wav.zip"])
def test_the_files_name_tells_its_kind(name: str) -> None:
    with pytest.raises(openai.BadRequestError, match="Supported formats"):
        heard(speech(), name)


@pytest.mark.parametrize("data", [foreign(), b"ID3 retape-spoken:1:A;", b"ID3 retape-spoken:1:_w==;", b""])
def test_only_the_fakes_own_files_say_what_was_spoken(data: bytes) -> None:
    assert spoken(data) is None
    assert spoken(sounds.wav("hi")) == sounds.Spoken("hi", 0.12)


@given(st.sampled_from([b"RIFF\0\0\0\0WAVEfmt ", b"ID3", b"OggS", b"fLaC"]), st.binary(max_size=100))
def test_any_bytes_have_a_length(head: bytes, rest: bytes) -> None:
    assert sounds.seconds(head + rest) >= 0


@pytest.mark.anyio
async def test_the_asynchronous_client_speaks_and_listens() -> None:
    api = async_client(Fake())
    data = (await api.audio.speech.create(model="tts-1", voice="alloy", input="Hello.")).content
    assert (await api.audio.transcriptions.create(model="whisper-1", file=("a.mp3", data))).text == "Hello."
