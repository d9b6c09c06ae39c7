"""`retape.check`: whatever holds exchanges is checked, and a finding says where it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import retape
from retape.errors import CassetteDamaged, UnknownFormat
from retape.verify.checking import recorded
from retape.verify.rulebook import rules
from retape.verify.violation import SEVERITIES
from verify.rules.answers import changed, chat, completion, first, last, stream, text
from verify.rules.responded import ID, plain, response, rest

WRONG = chat(completion(id=""))
RIGHT = chat()
STORED, MISSED = (
    plain(),
    rest("GET", f"/{ID}", {"error": {"message": "No.", "type": "x", "param": None, "code": None}}, status=404),
)


def cassette(path: Path, *exchanges: retape.Exchange) -> retape.Cassette:
    made = retape.Cassette(path)
    for exchange in exchanges:
        made.append(exchange)
    path.parent.mkdir(exist_ok=True)
    made.save()
    return made


def test_a_file_is_checked_exchange_by_exchange(tmp_path: Path) -> None:
    cassette(tmp_path / "a.yaml", RIGHT, WRONG)
    (found,) = retape.check(tmp_path / "a.yaml")
    assert (found.rule, found.severity, found.where) == ("chat-id", "must", "id")
    assert (found.file, found.exchange) == (str(tmp_path / "a.yaml"), 2)


def test_a_folder_is_checked_file_by_file(tmp_path: Path) -> None:
    cassette(tmp_path / "a.yaml", WRONG)
    cassette(tmp_path / "below" / "b.json", RIGHT, WRONG)
    assert [Path(found.file).name for found in retape.check(str(tmp_path))] == ["a.yaml", "b.json"]


def test_a_cassette_or_an_exchange_is_checked_as_it_is(tmp_path: Path) -> None:
    assert [found.exchange for found in retape.check(cassette(tmp_path / "a.yaml", RIGHT, WRONG))] == [2]
    assert [(found.file, found.exchange) for found in retape.check(WRONG)] == [("", 0)]
    assert retape.check([]) == []


def test_exchanges_of_one_list_are_compared_with_each_other_and_those_of_two_files_are_not(tmp_path: Path) -> None:
    cassette(tmp_path / "a.yaml", STORED)
    cassette(tmp_path / "b.yaml", MISSED)
    assert [found.rule for found in retape.check([STORED, MISSED])] == ["responses-state-retrieve"]
    assert retape.check(tmp_path) == []
    assert [found.rule for found in retape.check([tmp_path / "a.yaml", STORED, MISSED])] == ["responses-state-retrieve"]


def test_a_response_of_another_server_is_none_of_this_one() -> None:
    sent = retape.Request("GET", f"https://other.example.com/v1/responses/{ID}")
    assert retape.check([STORED, retape.Exchange(request=sent, steps=MISSED.steps)]) == []


def test_a_recording_of_another_tool_is_checked_as_well(tmp_path: Path) -> None:
    entry = {
        "request": {
            "method": "POST",
            "url": WRONG.request.url,
            "headers": [],
            "postData": {"text": WRONG.request.body.decode()},
        },
        "response": {
            "status": 200,
            "headers": [{"name": "content-type", "value": "application/json"}],
            "content": {"text": WRONG.body.decode(), "mimeType": "application/json"},
        },
    }
    path = tmp_path / "a.har"
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": [entry]}}))
    assert [found.rule for found in retape.check(path)] == ["chat-id"]


def test_what_stock_vcrpy_recorded_is_checked_as_well(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    sent = {"method": "POST", "uri": WRONG.request.url, "headers": {}, "body": WRONG.request.body.decode()}
    came = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": WRONG.body.decode()}}
    path.write_text(json.dumps({"interactions": [{"request": sent, "response": came}], "version": 1}))
    assert [found.rule for found in retape.check(path)] == ["chat-id"]


@pytest.mark.parametrize(
    ("name", "content", "error", "said"),
    [
        ("a.yaml", "interactions: [", CassetteDamaged, "a.yaml: line 2: no YAML"),
        ("a.yaml", "name: x\nversions: [1]\n", UnknownFormat, "a.yaml"),
        ("a.json", "{", CassetteDamaged, "no JSON"),
        ("a.yaml", None, FileNotFoundError, "a.yaml"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_names_the_file(
    name: str, content: str | None, error: type[Exception], said: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(error, match=said):
        retape.check(tmp_path / name)


def test_a_rule_that_is_broken_everywhere_is_told_three_times_and_counted() -> None:
    found = retape.check(
        stream(*(changed(first(), id=f"chatcmpl-{n}", choices=text("a")["choices"]) for n in range(9)), last())
    )
    told = [(one.where, one.message) for one in found if one.rule == "chat-stream-same-id"]
    assert len(told) == 4
    assert told[-1] == ("and more", "6 more of the same")


def test_a_violation_is_a_line_with_its_place_and_its_rule(tmp_path: Path) -> None:
    cassette(tmp_path / "a.yaml", WRONG)
    (found,) = retape.check(tmp_path / "a.yaml")
    assert str(found).startswith(f"{tmp_path / 'a.yaml'}: exchange 1, id: is ")
    assert str(found).endswith("[must chat-id]")
    assert found.as_dict()["source"].startswith("http")


def test_a_recording_is_read_in_order(tmp_path: Path) -> None:
    cassette(tmp_path / "a.yaml", RIGHT, WRONG, RIGHT)
    assert [exchange.body for exchange in recorded(tmp_path / "a.yaml")] == [RIGHT.body, WRONG.body, RIGHT.body]


def test_every_rule_says_what_it_asks_for_and_where_that_comes_from() -> None:
    for rule in rules():
        assert rule.severity in SEVERITIES
        assert rule.what.endswith(".")
        assert len(rule.what) > 15
        assert len(rule.source) > 8


def test_an_unknown_key_never_matters() -> None:
    odd = {"x_new": {"y": [1]}, "provider": "x"}
    assert retape.check([chat(completion(**odd)), plain(response(**odd))]) == []
