"""Faults from their names: in Python, on the command line, in YAML."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import yaml

from faults.scenes import api, head_of, steps
from retape import UsageError, faults
from retape.handlers.faults.causes import CAUSES


def shown(wrap: faults.Wrap) -> str:
    return repr(wrap(api)).replace(f"{api!r}", "h")


PARSED = {
    "no-done": "faults.no_done(h)",
    "no_done": "faults.no_done(h)",
    "cut": "faults.cut(h, after=0, how='early-end')",
    "cut:3": "faults.cut(h, after=3, how='early-end')",
    " cut : after = 3 , how = reset ": "faults.cut(h, after=3, how='reset')",
    "cut:after=3,times=2,after-calls=1,every=4": (
        "faults.cut(h, after=3, how='early-end', times=2, after_calls=1, every=4)"
    ),
    "cut:times=none": "faults.cut(h, after=0, how='early-end', times=None)",
    "status:429": "faults.status(h, which=429, retry_after=None)",
    "status:insufficient-quota,retry-after=0.5": "faults.status(h, which='insufficient-quota', retry_after=0.5)",
    "status:insufficient_quota": "faults.status(h, which='insufficient_quota', retry_after=None)",
    "stall:after=2,seconds=1": "faults.stall(h, after=2, seconds=1.0)",
    "buckets:rpm=3": "faults.buckets(h, rpm=3, tpm=None)",
    'wrong-type:to="text/html, please"': "faults.wrong_type(h, to='text/html, please')",
    "malformed:bad-utf8": "faults.malformed(h, way='bad-utf8', after=0)",
}


@pytest.mark.parametrize("text", PARSED)
def test_a_fault_is_read_from_a_line(text: str) -> None:
    assert shown(faults.parse(text)) == PARSED[text]


WRONG = {
    "cutt": "no fault 'cutt': did you mean 'cut'",
    "": "no fault ''",
    "cut:afte=3": "cut takes no argument 'afte': did you mean 'after'",
    "cut:how=rest": "cut: how='rest': did you mean 'reset'",
    "cut:after=three": "cut: after='three': Use a whole number",
    "cut:after=1.5": "cut: after='1.5': Use a whole number",
    "cut:after=-1": "after=-1: use 0 or more",
    "cut:3,after=4": "after is given twice",
    'cut:after="3': "can't read",
    "cut:every=0": "every=0: use 1 or more",
    "status:200": "no error 200",
    "status:rate-limt": "did you mean 'rate-limit'",
    "stall:seconds=inf": "stall: seconds=inf: Use a number or none",
    "status:real-delays=perhaps": "Use true or false",
    "buckets": "buckets need rpm=",
    "buckets:clock=x": "buckets: clock='x': Use a function",
    "sequence": "sequence needs of=",
    "malformed:brokn-json": "did you mean 'broken-json'",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_unknown_is_named_with_the_nearest(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        faults.parse(text)
    assert WRONG[text] in str(raised.value)


@pytest.mark.parametrize("row", faults.table().values(), ids=lambda row: row.name)
def test_every_row_is_a_public_function_with_a_sentence(row: faults.Row) -> None:
    assert getattr(faults, row.name.replace("-", "_")) is row.function
    assert row.name.replace("-", "_") in faults.__all__
    assert row.does
    assert [argument.name for argument in row.arguments[-3:]] == ["times", "after_calls", "every"]
    assert all(argument.said for argument in row.arguments)


@pytest.mark.parametrize("name", CAUSES)
def test_an_error_goes_by_its_name_with_dashes_or_with_underscores(name: str) -> None:
    told = [steps(make(which)) for which in (name, name.replace("-", "_")) for make in NAMING]
    assert all(each == told[0] for each in told)


NAMING: list[Any] = [
    lambda name: faults.status(api, name),
    lambda name: faults.fault("status", which=name)(api),
    lambda name: faults.fault(name)(api),
    lambda name: faults.parse(name)(api),
    lambda name: faults.parse(f"status:which={name}")(api),
    lambda name: faults.build("sequence", {"of": [name]})(api),
]


def test_every_public_fault_is_a_row() -> None:
    functions = {
        name for name in faults.__all__ if name.islower() and name not in ("build", "fault", "find", "parse", "table")
    }
    assert functions == {name.replace("-", "_") for name in faults.table()}


NEEDED: dict[str, dict[str, Any]] = {"buckets": {"rpm": 9}, "sequence": {"of": [None]}}


@pytest.mark.parametrize("name", faults.table())
def test_every_fault_answers_both_kinds_of_request_with_its_defaults(name: str) -> None:
    fault = faults.build(name, NEEDED.get(name))(api)
    assert steps(fault)
    assert fault.asked == 1


@pytest.mark.parametrize("name", faults.table())
def test_a_default_is_what_the_table_says(name: str) -> None:
    row = faults.find(name)
    own = [p for p in inspect.signature(row.function).parameters.values() if p.name not in ("handler", "when")]
    assert [(p.name, p.default) for p in own] == [(a.name, a.default) for a in row.arguments[:-3]]


def test_yaml_maps_to_the_same_table() -> None:
    written = yaml.safe_load(
        "- cut: {after: 3, how: reset}\n- rate-limit:\n- {stall: {seconds: 1}}\n- malformed: {way: no-colon}\n"
    )
    made = [shown(faults.build(*next(iter(row.items())))) for row in written]
    assert made[0] == "faults.cut(h, after=3, how='reset')"
    assert made[1].startswith("faults.rate_limit(h, ")
    assert made[2:] == ["faults.stall(h, after=0, seconds=1.0)", "faults.malformed(h, way='no-colon', after=0)"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"after": "3"}, "cut: after='3': Use a whole number"),
        ({"after": True}, "cut: after=True: Use a whole number"),
        ({"after": None}, "cut: after=None: Use a whole number"),
        ({"aftr": 3}, "did you mean 'after'"),
    ],
)
def test_yaml_of_the_wrong_type_is_an_error(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        faults.build("cut", arguments)


SEQUENCES: dict[str, Any] = {
    "names": ["rate-limit", None, "status:which=503"],
    "mappings": [{"rate-limit": None}, None, {"status": {"which": 503}}],
    "made": [faults.fault("rate-limit"), None, faults.fault("status", which=503)],
    "text": "rate-limit | none | status:which=503",
}


@pytest.mark.parametrize("form", SEQUENCES)
def test_a_sequence_is_written_in_several_ways(form: str) -> None:
    fault = faults.build("sequence", {"of": SEQUENCES[form]})(api)
    assert [head_of(steps(fault)).status for _ in range(4)] == [429, 200, 503, 200]


def test_a_sequence_is_read_from_a_line() -> None:
    fault = faults.parse('sequence:"rate-limit|none|status:which=503,times=1"')(api)
    assert [head_of(steps(fault)).status for _ in range(4)] == [429, 200, 503, 200]


@pytest.mark.parametrize("member", [3, {"cut": {}, "no-done": {}}, {}])
def test_a_sequences_strange_member_is_an_error(member: Any) -> None:
    with pytest.raises(UsageError, match="use a fault's name"):
        faults.build("sequence", {"of": [member]})


def test_a_clock_is_given_in_python() -> None:
    assert steps(faults.fault("buckets", rpm=1, clock=lambda: 0.0)(api))
