"""No secret reaches the disk, and nothing else is touched."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from unittest import mock
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retape import Cassette, SecretSurvived
from retape.mounts.session import Session
from retape.tape import encodings
from retape.tape.exchange import Exchange
from retape.tape.recorder import Recording
from retape.tape.request import Request
from retape.tape.scrub import Scrubber
from retape.tape.secrets import PLACEHOLDER
from retape.tape.steps import Abort, Chunk, Head, Headers, Step
from tape.generated import exchanges
from tape.planted import INNOCENT, SHAPELESS, SHAPES

ASK = Request("POST", "https://api.example.test/v1/chat/completions", (("content-type", "application/json"),), b"{}")
CALL = {"name": "login", "arguments": '{"user":"me","api_key":"%s"}'}


def answered(body: bytes, headers: Headers = (), request: Request = ASK, *, size: int = 0) -> Exchange:
    pieces = [body[at : at + size] for at in range(0, len(body), size)] if size else [body]
    kind = "text/event-stream" if body.startswith(b"data:") else "application/json"
    return Exchange(
        request=request, steps=(Head(200, (("content-type", kind), *headers)), *(Chunk(piece) for piece in pieces))
    )


def asking(body: bytes = b"{}", headers: Headers = (), url: str = ASK.url) -> Exchange:
    return answered(b'{"ok": true}', request=Request("POST", url, (*ASK.headers, *headers), body))


def in_json(secret: str) -> str:
    return json.dumps(secret)[1:-1]


def spelled(secret: str, size: int, **more: int) -> bytes:
    """A stream of chat chunks whose deltas spell a text."""
    parts = ["the key is ", *(secret[at : at + size] for at in range(0, len(secret), size)), " indeed"]
    rows = [{"choices": [{"index": 0, "delta": {"content": part}, **more}]} for part in parts]
    return b"".join(b"data: %s\n\n" % json.dumps(row).encode() for row in rows) + b"data: [DONE]\n\n"


def interleaved(secret: str) -> bytes:
    """Two choices by turns, of which the second spells the text."""
    rows = []
    for at in range(0, len(secret), 4):
        rows += [(0, "lorem "), (1, secret[at : at + 4])]
    chunks = ({"choices": [{"index": index, "delta": {"content": part}}]} for index, part in rows)
    return b"".join(b"data: %s\n\n" % json.dumps(chunk).encode() for chunk in chunks)


def form_part(name: str, value: str) -> bytes:
    return f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'.encode()


def coded(body: bytes, encoding: str) -> Exchange:
    return answered(encodings.encode(body, encoding), (("content-encoding", encoding),), size=16)


SECRET = SHAPES["OpenAI project"]
BASE64 = base64.b64encode(json.dumps({"error": f"bad key {SECRET}"}).encode()).decode()

PLACES: dict[str, Exchange] = {
    "request header": asking(headers=(("authorization", f"Bearer {SECRET}"), ("x-custom", SECRET))),
    "kept request header": asking(headers=(("x-kept", f"v={SECRET}"),)),
    "cookie": asking(headers=(("cookie", f"session={SECRET}"),)),
    "URL query": asking(url=f"https://api.example.test/v1/models?api_key={SECRET}&n=1"),
    "URL query, escaped": asking(url=f"https://api.example.test/v1/models?key={quote(SECRET, safe='')}"),
    "URL userinfo": asking(url=f"https://me:{SECRET}@api.example.test/v1/models"),
    "URL userinfo alone": asking(url=f"https://{SECRET}@api.example.test/v1/models"),
    "nested JSON": asking(json.dumps({"a": [{"b": {"c": f"use {SECRET} now"}}]}).encode()),
    "JSON in a JSON string": asking(json.dumps({"tool_calls": [{"function": CALL}]}).replace("%s", SECRET).encode()),
    "form": asking(f"grant=x&client_secret={SECRET}".encode(), (("content-type", "x-www-form-urlencoded"),)),
    "multipart": asking(form_part("notes", f"my {SECRET}"), (("content-type", "multipart/form-data; boundary=b"),)),
    "gzip request": asking(encodings.encode(SECRET.encode(), "gzip"), (("content-encoding", "gzip"),)),
    "SSE data": answered(spelled(SECRET, 10_000)),
    "across network chunks": answered(spelled(SECRET, 10_000), size=9),
    "over several deltas": answered(spelled(SECRET, 5), size=100),
    "over interleaved deltas": answered(interleaved(SECRET)),
    "base64 error header": answered(b"{}", (("x-kept", BASE64),)),
    **{f"{name} body": coded(f'{{"echo": "{SECRET}"}}'.encode(), name) for name in ("gzip", "br", "zstd", "deflate")},
    "response header": answered(b"{}", (("x-request-key", SECRET),)),
    "kept response header": answered(b"{}", (("x-kept", f"for {SECRET}"),)),
    "Set-Cookie": answered(b"{}", (("set-cookie", f"session={SECRET}"),)),
    "echo in an error": answered(json.dumps({"error": {"message": f"Incorrect API key provided: {SECRET}."}}).encode()),
    "text of an exception": replace(asking(), steps=(Abort("refused", "ConnectError", f"no {SECRET}"),)),
}  # fmt: skip


def forms(secret: str) -> list[str]:
    """A secret as it could stand in a file."""
    plain = base64.b64encode(secret.encode()).decode().rstrip("=")
    return [secret, plain, quote(secret, safe=""), in_json(secret), in_json(in_json(secret))]


def recorded(path: Path, exchange: Exchange, **options: object) -> str:
    """All that is ever synced to the disk while an exchange is recorded and saved, encoded bodies decoded."""
    seen: dict[str, str] = {}

    def look(_: int) -> None:
        seen.update({file.name: file.read_text() for file in path.parent.iterdir()})

    with mock.patch("os.fsync", look):
        session = Session(path, mode="record", **options)
        feed(session, exchange)
        session.close()
    assert {name.rpartition(".")[2] for name in seen} == {"journal", "lock", "tmp", "yaml"}
    found = Cassette.load(path).exchanges[0]
    sides = (found.body, found.wire, found.request.body)
    return "\n".join([*seen.values(), *(side.decode("latin-1") for side in sides)])


def feed(session: Session, exchange: Exchange) -> None:
    """Let a session see an exchange as a mount would show it."""
    recording = session.answer(exchange.request)
    assert isinstance(recording, Recording)
    for step in exchange.steps:
        if isinstance(step, Head):
            recording.head(step.status, step.headers)
        elif isinstance(step, Chunk):
            recording.chunk(step.data)
        elif isinstance(step, Abort):
            recording.broke(step.how, step.error, step.message)
    recording.complete()


@pytest.mark.parametrize("exchange", PLACES.values(), ids=PLACES)
def test_a_secret_reaches_the_disk_from_no_place(exchange: Exchange, tmp_path: Path) -> None:
    texts = recorded(tmp_path / "c.yaml", exchange, keep_headers=["x-kept", "set-cookie", "cookie", "authorization"])
    assert not [form for form in forms(SECRET) if form in texts]
    assert BASE64 not in texts
    assert not any(SECRET[at : at + 12] in texts for at in range(8, len(SECRET) - 12))


@pytest.mark.parametrize("secret", SHAPES.values(), ids=SHAPES)
def test_a_providers_key_is_known_by_its_shape_wherever_it_stands(secret: str, tmp_path: Path) -> None:
    body = json.dumps({"a": f"key {secret}, and", "b": secret, "c": f'{{"x":"{secret}"}}', "d": f"({secret})"})
    assert secret not in recorded(tmp_path / "answer" / "c.yaml", answered(body.encode()))
    assert secret not in recorded(tmp_path / "request" / "c.yaml", asking(body.encode()))


NAMED = {
    "JSON": '{{"api_key": "{json}"}}',
    "JSON with a prefixed name": '{{"azure_openai_api_key":"{json}", "myPassword": "{json}"}}',
    "JSON in a JSON string": '{{"arguments": "{{\\"client_secret\\": \\"{twice}\\"}}"}}',
    "prose": '{{"message": "Invalid API key: {json}"}}',
    "Azure's header, echoed": '{{"headers": {{"Ocp-Apim-Subscription-Key": "{json}"}}}}',
}


@pytest.mark.parametrize("secret", list(SHAPELESS.values())[:-1], ids=list(SHAPELESS)[:-1])
@pytest.mark.parametrize("template", NAMED.values(), ids=NAMED)
def test_a_key_without_a_shape_is_known_by_the_name_before_it(secret: str, template: str) -> None:
    text = template.format(json=in_json(secret), twice=in_json(in_json(secret)))
    clean = cleaned(text)
    assert secret not in clean
    assert PLACEHOLDER in clean


def cleaned(text: str, scrubber: Scrubber | None = None) -> str:
    found = (scrubber or Scrubber()).request(Request("POST", ASK.url, (), text.encode("utf-8", "surrogateescape")))
    return found.body.decode("utf-8", "surrogateescape")


ECHOES = {
    "as it is": lambda secret: f"you sent {secret}!",
    "in JSON": lambda secret: json.dumps({"echo": secret}),
    "in JSON in JSON": lambda secret: json.dumps({"a": json.dumps({"b": secret})}),
    "in JSON that PHP wrote": lambda secret: json.dumps({"a": secret}).replace("/", "\\/"),
    "in JSON that Go wrote": lambda secret: (
        json.dumps({"a": secret}).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    ),
    "in a URL": lambda secret: f"https://x.test/?a={quote(secret, safe='')}",
    "in a URL, in lower case": lambda secret: re.sub("%..", lambda c: c[0].lower(), f"?a={quote(secret, safe='')}"),
    "in base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "in base64 after an equals sign": lambda secret: "x=" + base64.b64encode(secret.encode() * 2).decode(),
    "inside base64": lambda secret: base64.b64encode(f'{{"longer": "{secret}"}}'.encode()).decode(),
    "in base64 for URLs": lambda secret: base64.urlsafe_b64encode(secret.encode()).decode(),
}


@pytest.mark.parametrize("secret", [*SHAPELESS.values(), "shortish9"], ids=[*SHAPELESS, "short"])
@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
def test_a_value_of_the_environment_is_known_in_every_spelling(secret: str, echo) -> None:
    for name in ("MY_API_KEY", "HF_TOKEN", "client_secret"):
        text = echo(secret)
        clean = cleaned(text, Scrubber.of(environ={name: f" {secret}\n"}))
        assert text not in clean
        assert PLACEHOLDER in clean
        assert not [form for form in forms(secret) if form in clean]


@pytest.mark.parametrize("header", ["authorization", "api-key", "x-goog-api-key", "Ocp-Apim-Subscription-Key", "x-key"])
def test_what_a_request_carries_in_a_secret_header_is_known_in_its_answer(header: str, tmp_path: Path) -> None:
    secret = SHAPELESS["Mistral, 32 alphanumeric"]
    request = replace(ASK, headers=((header, f"Bearer {secret}" if header == "authorization" else secret),))
    texts = recorded(tmp_path / "c.yaml", answered(f'{{"echo": "{secret}"}}'.encode(), request=request, size=7))
    assert secret not in texts


@pytest.mark.parametrize("key", ["my-pass-1", "short1", "sk-1234", "a.b+c9"])
def test_a_short_key_of_the_clients_is_known_where_it_is_a_word(key: str, tmp_path: Path) -> None:
    request = replace(ASK, headers=(("authorization", f"Bearer {key}"),))
    said = f'{{"message": "Incorrect API key provided: {key}.", "id": "x{key}y", "n": [9, 1234]}}'.encode()
    texts = recorded(tmp_path / "c.yaml", answered(said, request=request, size=7))
    assert "Incorrect API key provided: <redacted>." in texts
    assert f"x{key}y" in texts
    _, found = Scrubber().exchange(answered(said, request=request, size=7))
    assert key not in repr(found)


@pytest.mark.parametrize("header", ["authorization: Bearer unused", "api-key: 123456", "cookie: theme=dark12"])
def test_a_dummy_a_number_and_a_cookies_word_take_nothing_from_an_answer(header: str) -> None:
    name, _, value = header.partition(": ")
    said = b'{"text": "unused, dark12 and Bearer", "total_tokens": 123456}'
    exchange = answered(said, request=replace(ASK, headers=((name, value),)), size=7)
    assert Scrubber().exchange(exchange)[0].wire == said


@pytest.mark.parametrize("value", ["", "short", "1234567"])
def test_short_values_of_the_environment_are_words(value: str) -> None:
    assert Scrubber.of(environ={"A_KEY": value}).values == ()


def test_a_value_that_is_no_utf8_is_no_error() -> None:
    value = b"caf\xe9-secret-1".decode("utf-8", "surrogateescape")
    assert cleaned(f"a {value} b", Scrubber.of(environ={"A_KEY": value})) == f"a {PLACEHOLDER} b"


@pytest.mark.parametrize("text", INNOCENT, ids=range(len(INNOCENT)))
def test_what_only_looks_like_a_secret_is_not_touched(text: str) -> None:
    assert cleaned(text) == text
    assert Scrubber().exchange(answered(text.encode()))[0].body == text.encode()


@given(exchanges)
def test_an_exchange_without_secrets_keeps_its_bodies_and_chunks(exchange: Exchange) -> None:
    clean, found = Scrubber().exchange(exchange)
    assert (clean, found) == (exchange, [])


fragments = st.lists(
    st.one_of(
        st.sampled_from([*SHAPES.values(), *SHAPELESS.values(), *INNOCENT, SECRET[:20], BASE64, PLACEHOLDER]),
        st.sampled_from(
            ['"api_key": "', '"', "password=", "&", "?key=", "Bearer ", "https://a:b", "@", '\\"secret\\":\\"', '\\"',
             " ", "\n", 'data: {"delta":"', '"}\n\n', "token: ", "Basic ", 'name="password"\r\n\r\n', "'", "=", "sk-"]
        ),
        st.text(max_size=5),
    ),
    max_size=8,
).map("".join)  # fmt: skip


@pytest.mark.parametrize("before", [-40, -1, 0, 1])
def test_base64_in_a_large_text_is_seen_wherever_the_search_takes_a_breath(before: int) -> None:
    run = base64.b64encode(f'{{"api_key": "{SECRET}"}}'.encode()).decode()
    lead = "- " * 600_000
    lead = lead[: (1 << 20) + before]
    assert cleaned(f"{lead} {run} {lead}") == f"{lead} {PLACEHOLDER} {lead}"


def test_a_large_text_that_was_found_clean_is_searched_again_when_it_or_the_search_differs() -> None:
    large = "harmless text " * 10_000
    assert [Scrubber.of(()).spans(large) for _ in range(2)] == [[], []]
    assert [span.rule for span in Scrubber.of(()).spans(f"{large}gsk_{'x' * 30}")] == ["Groq key"]
    assert len(Scrubber.of([re.compile("harmless")]).spans(large)) == 10_000


@given(fragments)
@example(BASE64.rstrip("=") + "=" + BASE64)
@example("".join([SHAPES["Hugging Face"], SHAPES["OpenRouter"], SHAPES["OpenAI project"]]))
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    scrubber = Scrubber.of(["session_id"], environ={"A_KEY": SHAPELESS["Azure, 32 hex"]})
    once, _ = scrubber.exchange(answered(text.encode(), request=replace(ASK, body=text.encode())))
    assert scrubber.exchange(once) == (once, [])
    assert scrubber.check(once) == []


@given(fragments, st.integers(1, 30), st.sampled_from(["", "gzip", "br", "zstd"]))
@example("password=à", 1, "")
def test_chunks_add_up_to_the_scrubbed_body_and_are_as_many(text: str, size: int, encoding: str) -> None:
    headers = (("content-encoding", encoding),) if encoding else ()
    exchange = answered(encodings.encode(text.encode(), encoding) if text else b"", headers, size=size)
    clean, found = Scrubber().exchange(exchange)
    assert [type(step) for step in clean.steps] == [type(step) for step in exchange.steps]
    assert clean.body.decode() == (cleaned(text) if found else text)


def test_a_boundary_inside_a_secret_moves_behind_it_and_others_stay() -> None:
    body = f'{{"a": "{SECRET}", "b": "{"x" * 40}"}}'.encode()
    clean, _ = Scrubber().exchange(answered(body, size=10))
    chunks = [step.data for step in clean.steps if isinstance(step, Chunk)]
    assert chunks[0] == body[:7] + PLACEHOLDER.encode()
    assert chunks[-2:] == [body[at : at + 10] for at in range(0, len(body), 10)][-2:]


@pytest.mark.parametrize("encoding", ["", "gzip", "br"])
def test_the_content_length_is_that_of_the_scrubbed_answer(encoding: str) -> None:
    wire = encodings.encode(json.dumps({"api_key": SECRET}).encode(), encoding)
    coded = (("content-encoding", encoding),) if encoding else ()
    clean, _ = Scrubber().exchange(answered(wire, (("Content-Length", str(len(wire))), *coded)))
    assert clean.head
    assert (clean.wire == wire, clean.head.header("content-length")) == (False, str(len(clean.wire)))


def test_a_broken_answer_keeps_the_content_length_that_was_promised() -> None:
    broken = answered(json.dumps({"api_key": SECRET}).encode(), (("content-length", "4711"),))
    clean, found = Scrubber().exchange(replace(broken, steps=(*broken.steps, Abort("reset"))))
    assert found
    assert clean.head
    assert clean.head.header("content-length") == "4711"


def test_an_answer_to_head_keeps_its_content_length() -> None:
    asked = replace(ASK, method="HEAD", url=ASK.url + "?api_key=" + SECRET)
    clean, found = Scrubber().exchange(answered(b"", (("content-length", "4711"),), asked))
    assert found
    assert clean.head
    assert clean.head.header("content-length") == "4711"


def test_names_that_a_caller_adds_are_secret_in_every_kind_of_place() -> None:
    scrubber = Scrubber.of(["session_id"], environ={})
    request = Request("POST", ASK.url + "?session_id=one1", (("session_id", "two2"),), b"session_id=three3&a=1")
    clean = scrubber.request(request)
    assert clean.url == f"{ASK.url}?session_id={PLACEHOLDER}"
    assert clean.headers == (("session_id", PLACEHOLDER),)
    assert clean.body == f"session_id={PLACEHOLDER}&a=1".encode()
    for text in ('{"session_id": "four4"}', '{"arguments": "{\\"session_id\\": \\"four4\\"}"}'):
        assert "four4" not in cleaned(text, scrubber)


def test_names_and_patterns_with_other_letters_than_asciis_are_found_too() -> None:
    assert cleaned('{"schlüssel": "größe1"}', Scrubber.of(["schlüssel"], environ={})) == '{"schlüssel": "<redacted>"}'
    assert cleaned("ö Zürich é", Scrubber.of([re.compile(r"Z\w+")], environ={})) == f"ö {PLACEHOLDER} é"


@pytest.mark.parametrize("pattern", [re.compile(r"ACME-\d+"), re.compile(r"id=(?P<secret>ACME-\d+)")])
def test_patterns_that_a_caller_adds_are_replaced(pattern: re.Pattern[str]) -> None:
    assert cleaned("id=ACME-12345;", Scrubber.of([pattern], environ={})) == f"id={PLACEHOLDER};"


class Leaky(Scrubber):
    """A scrubber that finds what it fails to take out."""

    def _steps(self, exchange: Exchange, found: list) -> tuple[Step, ...]:
        super()._steps(exchange, found)
        return exchange.steps


def test_a_secret_that_survives_stops_the_save_and_is_named_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retape.mounts.session.Scrubber", Leaky)
    with pytest.raises(SecretSurvived, match=r"not saved: .* in response\.body \(OpenAI") as stopped:
        unsaved(tmp_path / "c.yaml", PLACES["SSE data"])
    assert SECRET not in str(stopped.value)
    assert list(tmp_path.iterdir()) == []


def unsaved(path: Path, exchange: Exchange) -> None:
    session = Session(path, mode="record")
    feed(session, exchange)
    assert list(path.parent.iterdir()) == []
    session.close()


def test_findings_name_place_and_rule_and_never_the_secret() -> None:
    _, found = Scrubber().exchange(PLACES["echo in an error"])
    assert {finding.place for finding in found} == {"response.body"}
    assert SECRET not in repr(found)


def test_a_request_with_secrets_in_its_body_is_found_again(tmp_path: Path) -> None:
    exchange = asking(json.dumps({"model": "m", "input": f"what is {SECRET}?"}).encode())
    recorded(tmp_path / "c.yaml", exchange)
    session = Session(tmp_path / "c.yaml")
    other = SHAPES["OpenAI legacy"]
    assert session.answer(exchange.request) is not None
    assert session.misses == []
    session = Session(tmp_path / "c.yaml")
    assert session.answer(
        replace(exchange.request, body=exchange.request.body.replace(SECRET.encode(), other.encode()))
    )
