from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from retape.tape.text import read_mapping, write_mapping
from tape.generated import AWKWARD, texts

KEYS = ("a", "body", "string", "partial", "status", "x-ratelimit-a", "yes", "null", "1", "A key: with #", "é", "")
keys = st.sampled_from(KEYS)
numbers = st.one_of(st.integers(0, 10**9), st.integers(0, 10**9).map(lambda n: n / 10))
values = st.one_of(texts, st.none(), st.booleans(), numbers, st.binary(max_size=20), st.lists(texts, max_size=3))
mappings = st.recursive(
    st.dictionaries(keys, values, max_size=4),
    lambda inner: st.dictionaries(keys.filter(lambda key: key != "status"), st.one_of(values, inner), max_size=4),
    max_leaves=6,
).filter(bool)


def readings(text: str, indent: int = 0) -> list[Any]:
    """What our reader and PyYAML's two make of a text."""
    return [
        read_mapping(text, indent=indent)[0],
        yaml.load(text, Loader=yaml.CSafeLoader),
        yaml.load(text, Loader=yaml.SafeLoader),
    ]


@given(mappings)
def test_three_readers_find_what_was_written(value: dict[str, Any]) -> None:
    assert readings(write_mapping(value, "")) == [value] * 3


@given(texts, st.sampled_from(["body", "other"]))
def test_any_text_at_any_depth_reads_back(text: str, key: str) -> None:
    value = {"a": {"b": {key: text, "c": 1}}}
    assert readings(write_mapping(value, "    "), indent=4) == [value] * 3


@pytest.mark.parametrize("first", AWKWARD)
def test_awkward_text_reads_back_from_any_place_in_a_body(first: str) -> None:
    for text in (first, first * 2, f"a{first}", f"{first}a", f"a\n{first}", f"{first}\na", f"a\n{first}\na\n"):
        value = {"string": text, "next": ""}
        assert readings(write_mapping(value, "")) == [value] * 3, text


@pytest.mark.parametrize(
    "text", ["Hi 🌍\n", "a\tb\n", "trailing  \n", "data: {}\n\n", "\n lead", "<<<<<<< HEAD\n", "x" * 2000, "no end"]
)
def test_text_that_people_review_stands_in_the_file_as_it_is(text: str) -> None:
    written = write_mapping({"body": text}, "")
    assert written.startswith("body: |")
    assert all(f"  {line}\n" in written for line in text.splitlines() if line)


@given(st.lists(st.tuples(numbers, st.integers(0, 10**6)).map(list), max_size=30))
def test_chunks_stand_eight_to_a_line(rows: list[list[float]]) -> None:
    written = write_mapping({"chunks": rows}, "  ")
    assert written.count("\n") == max(1, -(-len(rows) // 8))
    assert readings(written, indent=2) == [{"chunks": rows}] * 3


@pytest.mark.parametrize("text", ["a : 1\n", "body: |3\n     x\n", "- a\n", "a:\n   b: 1\n x\n"])
def test_what_the_writer_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no (key|literal) at offset \d+"):
        read_mapping(text)
