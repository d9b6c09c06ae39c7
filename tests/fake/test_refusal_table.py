"""Every row of cases/refusals/openai.yaml: what caused it is sent to the fake, which has to answer with its bytes."""

import re
from pathlib import Path

import pytest

import retape
from fake.refusal_rows import CAUSED, ROWS, answered, expected

LAYERS = {
    "gateway": {"content-type": "application/json; charset=utf-8", "vary": "Origin"},
    "engine": {"content-type": "application/json", "openai-version": "2020-10-01"},
}
"""The header fields that every answer of a layer has."""

BUILT = (
    "chat", "completions", "responses", "responses/chat", "embeddings", "models", "moderations", "images", "audio",
    "files", "conversations", "any",
)  # fmt: skip
"""The endpoints of the table that the fake has."""


@pytest.mark.parametrize("name", CAUSED)
def test_a_refusal_has_the_status_and_the_bytes_that_openai_gave(name):
    row = CAUSED[name]
    head, body = answered(row)
    assert head.status == row["status"], body[:500]
    assert expected(row).fullmatch(body.decode()), f"{body.decode()}\nis not\n{row['error']}"


@pytest.mark.parametrize("name", CAUSED)
def test_a_refusal_has_the_headers_of_the_layer_that_answers(name):
    row = CAUSED[name]
    head, _ = answered(row)
    fields = dict(head.headers)
    assert {field: fields.get(field) for field in LAYERS[row["layer"]]} == LAYERS[row["layer"]]
    assert re.fullmatch(r"req_[0-9a-f]{32}", fields["x-request-id"])
    assert ("openai-version" in fields) == (row["layer"] == "engine")


STREAMS = ("/v1/chat/completions", "/v1/completions", "/v1/responses")
NOT_STREAMED = {
    "A1": "streamed, the answer is cut",
    "B26": "stream is what was missing",
    "E18": "stream is what is wrong",
}


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, row in CAUSED.items()
        if row["request"]["path"] in STREAMS and "body" in row["request"] and name not in NOT_STREAMED
    ],
)
def test_a_stream_is_refused_as_the_whole_answer_is_and_never_begins(name):
    row = CAUSED[name]
    asked = row["request"]
    head, body = answered({**row, "request": {**asked, "body": {**asked["body"], "stream": True}}})
    assert head.status == row["status"]
    assert expected(row).fullmatch(body.decode()), f"{body.decode()}\nis not\n{row['error']}"


@pytest.mark.parametrize("name", [name for name, row in CAUSED.items() if row["status"] == 401])
def test_only_the_engine_asks_for_a_key_in_a_header(name):
    head, _ = answered(CAUSED[name])
    asks = dict(head.headers).get("www-authenticate")
    assert asks == ('Bearer realm="OpenAI API"' if CAUSED[name]["layer"] == "engine" else None)


@pytest.mark.parametrize(
    "name",
    [name for name, row in CAUSED.items() if row["endpoint"] == "chat" and row["status"] == 400 and "fault" not in row],
)
def test_rate_limits_are_told_by_the_engine_of_chat_and_never_by_the_gateway(name):
    head, _ = answered(CAUSED[name])
    told = [field for field, _ in head.headers if field.startswith("x-ratelimit-")]
    assert len(told) == (6 if CAUSED[name]["layer"] == "engine" else 0)


def test_every_row_is_caused_or_says_why_not():
    assert [name for name, row in ROWS.items() if ("request" in row) == ("not_caused" in row)] == []


def test_nine_of_ten_rows_of_the_endpoints_that_are_built_are_caused():
    built = [row for row in ROWS.values() if row["endpoint"] in BUILT]
    assert len([row for row in built if "request" in row]) >= 0.9 * len(built)


def test_the_table_has_its_parts_in_whole():
    named = {"A": range(1, 74), "B": range(1, 66), "E": range(1, 33)}
    assert {f"{part}{number}" for part, numbers in named.items() for number in numbers} <= set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_it_is_and_where_it_is_from(name):
    row = ROWS[name]
    assert row["grade"] in ("recorded", "quoted", "sentence", "measured")
    assert row["layer"] in LAYERS
    assert row["source"]
    assert row["cause"]


CITING = re.compile(r"openai-refusals,? ([A-Z]\d+(?:(?:, | to | and |, and )[A-Z]\d+)*)")
CITED = {
    f"{path.stem}: {told}": re.findall(r"[A-Z]\d+", told)
    for path in (Path(retape.__file__).parent / "handlers").rglob("*.py")
    for told in CITING.findall(path.read_text("utf-8"))
}


@pytest.mark.parametrize("place", sorted(CITED))
def test_a_source_that_the_code_cites_is_a_row_of_the_table(place):
    assert set(CITED[place]) <= set(ROWS)


def test_the_code_cites_its_sources():
    assert len(CITED) > 80
