from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.recorded import QUESTION, cassette, plain, request, streamed, view
from retape.errors import MissingExtra
from retape.report import conversation as module
from retape.report.conversation import conversation
from retape.report.show_json import show_json
from retape.tape import encodings
from retape.tape.exchange import Exchange
from retape.tape.request import Request
from retape.tape.steps import Abort, Chunk, Head

URLS = {
    "https://api.openai.com/v1/chat/completions": ("https://api.openai.com/v1", "/chat/completions", ""),
    "https://openrouter.ai/api/v1/models?q=a": ("https://openrouter.ai/api/v1", "/models?q=a", ""),
    "https://x.openai.azure.com/openai/deployments/gpt/chat/completions?api-version=1": (
        "https://x.openai.azure.com/openai/deployments/gpt",
        "/chat/completions",
        "gpt",
    ),
    "http://127.0.0.1:8000/health": ("http://127.0.0.1:8000", "/health", ""),
    "http://[bad": ("", "http://[bad", ""),
    "": ("", "", ""),
}


@pytest.mark.parametrize(("url", "expected"), URLS.items(), ids=URLS)
def test_a_url_is_base_path_and_deployment(url: str, expected: tuple[str, str, str]) -> None:
    found = conversation(Exchange(request=Request("POST", url), steps=()))
    assert (found.base, found.path, found.model) == expected


def test_the_model_asked_for_comes_before_the_one_that_answered() -> None:
    assert (view({"model": "m-2"}).model, view({"model": "m-2"}, sent=QUESTION).model) == ("m-2", "m-1")


def test_a_break_names_the_librarys_exception() -> None:
    broken = conversation(streamed([], abort=Abort("reset", "ReadError", "gone")))
    assert (broken.outcome, broken.error, broken.status) == ("reset", "ReadError: gone", 200)


def test_no_answer_has_no_status() -> None:
    nothing = conversation(Exchange(request=request(), steps=(Abort("timeout"),)))
    assert (nothing.status, nothing.answered.turns, nothing.seconds) == (None, (), None)


def test_an_encoding_without_its_library_is_a_problem_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(_data: bytes, _header: str) -> bytes:
        raise MissingExtra("no brotli")

    monkeypatch.setattr(encodings, "decode", decode)
    packed = Exchange(request=request(), steps=(Head(200, (("content-encoding", "br"),)), Chunk(b"\x0b")))
    assert module.conversation(packed).problems == ("no library here decodes br: see retape[br]",)


FIELDS = """
    choices message delta content text role tool_calls function name arguments id index type output item output_index
    content_index summary data embedding b64_json url results flagged category_scores error detail code usage model
    messages input instructions prompt tools response_format audio images image_url file response status logprobs
    reasoning_content custom
"""
KINDS = """
    text image_url input_file function_call reasoning message tool error response.completed response.output_text.delta
    response.output_item.added transcript.text.delta speech.audio.delta data:image/png;base64,AAAA
"""
NAMES, WORDS = st.sampled_from(FIELDS.split()), st.sampled_from(KINDS.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=25,
)


@settings(deadline=None, max_examples=150)
@given(asked=JSON, answer=JSON, status=st.sampled_from([200, 400]))
def test_any_json_at_all_is_read(asked: object, answer: object, status: int) -> None:
    found = show_json(cassette(plain(answer, sent=asked, status=status)))
    assert json.loads(json.dumps(found, allow_nan=False))["exchanges"][0]["status"] == status


@settings(deadline=None, max_examples=60)
@given(events=st.lists(st.dictionaries(NAMES, JSON, max_size=5), max_size=4), cut=st.integers(0, 40))
def test_any_stream_at_all_is_read(events: list[object], cut: int) -> None:
    whole = streamed(events)
    body = whole.body
    made = streamed([body[: len(body) - cut]])
    assert show_json(cassette(made))["exchanges"][0]["streamed"]


@given(st.binary(max_size=60), st.sampled_from(["", "application/json", "text/event-stream", "audio/mpeg"]))
def test_any_bytes_at_all_are_read(data: bytes, kind: str) -> None:
    assert conversation(plain(data, sent=data, kind=kind)).received == len(data)
