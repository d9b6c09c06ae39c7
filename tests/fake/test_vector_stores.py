"""Vector stores: their life, their files, and what is found in them."""

from __future__ import annotations

import itertools
from typing import Any

import openai
import pytest

from retape import Fake
from speaking import async_client, client

TEXTS = {
    "refunds.txt": "Refunds are given within thirty days of the purchase.",
    "hours.md": "Our shop is open from nine in the morning until five in the evening.",
    "shipping.txt": "Shipping is free for orders above fifty euros.",
}
NOW = 1_767_225_600


def kept(api: openai.OpenAI, name: str, text: str | bytes) -> str:
    data = text.encode() if isinstance(text, str) else text
    return api.files.create(file=(name, data), purpose="assistants").id


def filled(api: openai.OpenAI, texts: dict[str, str] = TEXTS) -> Any:
    """A store with files."""
    return api.vector_stores.create(name="shop", file_ids=[kept(api, name, text) for name, text in texts.items()])


def test_a_store_is_made_read_changed_and_deleted() -> None:
    api = client(Fake())
    store = api.vector_stores.create(name="shop", metadata={"a": "b"})
    assert (store.name, store.status, store.file_counts.total, store.usage_bytes) == ("shop", "completed", 0, 0)
    wish: Any = {"anchor": "last_active_at", "days": 2}
    changed = api.vector_stores.update(store.id, name="new", expires_after=wish)
    assert (changed.name, changed.metadata, changed.expires_at) == ("new", {"a": "b"}, NOW + 2 * 86_400)
    assert api.vector_stores.retrieve(store.id) == changed
    assert api.vector_stores.update(store.id, metadata={}, expires_after=None).expires_at is None
    assert [each.id for each in api.vector_stores.list()] == [store.id]
    assert api.vector_stores.delete(store.id).deleted
    assert api.vector_stores.list().data == []


def test_a_store_without_a_name_passes_the_clients_types() -> None:
    assert client(Fake()).vector_stores.create().name == ""


def test_files_are_in_progress_in_the_answer_and_done_at_the_next_look() -> None:
    api = client(Fake())
    store = filled(api)
    assert (store.status, store.file_counts.in_progress) == ("in_progress", 3)
    store = api.vector_stores.retrieve(store.id)
    assert (store.status, store.file_counts.completed) == ("completed", 3)
    assert store.usage_bytes == sum(map(len, TEXTS.values()))


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("When is the shop open?", "hours.md"),
        ("How do refunds work after a purchase?", "refunds.txt"),
        (["shipping of orders", "free shipping"], "shipping.txt"),
    ],
)
def test_a_search_finds_what_shares_words_with_the_query(query: Any, best: str) -> None:
    api = client(Fake())
    found = api.vector_stores.search(filled(api).id, query=query).data
    assert found[0].filename == best
    assert found[0].content[0].text == TEXTS[best]
    scores = [row.score for row in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_a_search_gives_no_more_and_nothing_worse_than_was_asked_for() -> None:
    api = client(Fake())
    store = filled(api)
    assert len(api.vector_stores.search(store.id, query="shop", max_num_results=2).data) == 2
    sure = api.vector_stores.search(store.id, query=TEXTS["hours.md"], ranking_options={"score_threshold": 0.9}).data
    assert [row.filename for row in sure] == ["hours.md"]


FILTERS: list[tuple[dict[str, Any], set[str]]] = [
    ({"type": "eq", "key": "region", "value": "eu"}, {"a.txt", "b.txt"}),
    ({"type": "ne", "key": "region", "value": "eu"}, {"c.txt"}),
    ({"type": "gt", "key": "year", "value": 2020}, {"b.txt", "c.txt"}),
    ({"type": "lte", "key": "year", "value": 2020}, {"a.txt"}),
    ({"type": "in", "key": "year", "value": [2020, 2025]}, {"a.txt", "c.txt"}),
    ({"type": "nin", "key": "year", "value": [2020, 2025]}, {"b.txt"}),
    ({"type": "gt", "key": "nothing", "value": 1}, set()),
    (
        {
            "type": "and",
            "filters": [
                {"type": "eq", "key": "region", "value": "eu"},
                {"type": "or", "filters": [{"type": "gte", "key": "year", "value": 2023}]},
            ],
        },
        {"b.txt"},
    ),
]


@pytest.mark.parametrize(("filters", "names"), FILTERS, ids=[str(row[0]["type"]) for row in FILTERS])
def test_a_search_can_be_filtered_by_attributes(filters: Any, names: set[str]) -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    for name, attributes in {
        "a.txt": {"region": "eu", "year": 2020},
        "b.txt": {"region": "eu", "year": 2023},
        "c.txt": {"region": "us", "year": 2025},
    }.items():
        api.vector_stores.files.create(store.id, file_id=kept(api, name, f"hello {name}"), attributes=attributes)
    found = api.vector_stores.search(store.id, query="hello", filters=filters)
    assert {row.filename for row in found.data} == names


def test_a_long_file_is_cut_into_chunks_that_overlap() -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    words = [f"w{i:03d}" for i in range(100)]
    strategy: Any = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50}}
    file_id = kept(api, "long.txt", " ".join(words))
    row = api.vector_stores.files.create(store.id, file_id=file_id, chunking_strategy=strategy)
    assert row.chunking_strategy is not None
    assert row.chunking_strategy.to_dict() == strategy
    pieces = [str(part.text) for part in api.vector_stores.files.content(file_id, vector_store_id=store.id)]
    assert len(pieces) > 2
    for before, after in itertools.pairwise(pieces):
        assert after.startswith(before[len(before) // 2 :])
    assert set(" ".join(pieces).split()) >= set(words)


def test_the_files_of_a_store_have_a_life_of_their_own() -> None:
    api = client(Fake())
    store = filled(api)
    files = api.vector_stores.files
    rows = files.list(store.id).data
    assert {row.status for row in rows} == {"completed"}
    changed = files.update(rows[0].id, vector_store_id=store.id, attributes={"year": 2025})
    assert changed.attributes == {"year": 2025}
    assert files.retrieve(rows[0].id, vector_store_id=store.id) == changed
    assert files.delete(rows[0].id, vector_store_id=store.id).deleted
    assert len(files.list(store.id).data) == 2
    assert api.files.retrieve(rows[0].id).id == rows[0].id


def test_a_deleted_stores_files_stay() -> None:
    api = client(Fake())
    store = filled(api)
    api.vector_stores.delete(store.id)
    assert len(api.files.list().data) == len(TEXTS)


def test_a_deleted_file_leaves_its_stores() -> None:
    api = client(Fake())
    store = filled(api)
    api.files.delete(api.vector_stores.files.list(store.id).data[0].id)
    assert api.vector_stores.retrieve(store.id).file_counts.total == 2


@pytest.mark.parametrize(("name", "data"), [("table.xlsx", b"PK\x03\x04"), ("upload", b"text"), ("a.txt", b"\0\1")])
def test_a_file_that_cannot_be_read_fails_and_says_why(name: str, data: bytes) -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    row = api.vector_stores.files.create_and_poll(kept(api, name, data), vector_store_id=store.id)
    assert row.last_error is not None
    assert (row.status, row.last_error.code) == ("failed", "unsupported_file")
    assert [each.id for each in api.vector_stores.files.list(store.id, filter="failed")] == [row.id]
    assert api.vector_stores.search(store.id, query="text").data == []


def test_a_pdf_is_found_by_its_name() -> None:
    api = client(Fake())
    store = api.vector_stores.create(file_ids=[kept(api, "annual report.pdf", b"%PDF-1.7\0")])
    assert api.vector_stores.search(store.id, query="the annual report").data[0].score > 0.5


def test_a_batch_of_files_is_added_and_polled_by_the_clients_own_helper() -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    wanted = [kept(api, name, text) for name, text in TEXTS.items()]
    batch = api.vector_stores.file_batches.create_and_poll(store.id, file_ids=wanted)
    assert (batch.status, batch.file_counts.completed) == ("completed", 3)
    listed = api.vector_stores.file_batches.list_files(batch.id, vector_store_id=store.id, order="asc")
    assert [row.id for row in listed] == wanted


def test_a_batch_names_each_files_own_attributes() -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    wanted: Any = [{"file_id": kept(api, "a.txt", "x"), "attributes": {"year": 1}}]
    api.post(f"/vector_stores/{store.id}/file_batches", body={"files": wanted}, cast_to=object)
    assert api.vector_stores.files.list(store.id).data[0].attributes == {"year": 1}


def test_a_batch_that_nobody_looked_at_can_be_cancelled() -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    batch = api.vector_stores.file_batches.create(store.id, file_ids=[kept(api, "a.txt", "x")])
    assert batch.status == "in_progress"
    batch = api.vector_stores.file_batches.cancel(batch.id, vector_store_id=store.id)
    assert (batch.status, batch.file_counts.cancelled) == ("cancelled", 1)
    assert api.vector_stores.file_batches.retrieve(batch.id, vector_store_id=store.id) == batch


def test_what_does_not_exist_is_refused() -> None:
    api = client(Fake())
    store = api.vector_stores.create()
    for act, said in (
        (lambda: api.vector_stores.retrieve("vs_x"), "No vector store found with id 'vs_x'"),
        (lambda: api.vector_stores.retrieve("x"), "Expected an ID that begins with 'vs_'"),
        (lambda: api.vector_stores.files.create(store.id, file_id="file-x"), "No such File object: file-x"),
        (
            lambda: api.vector_stores.files.retrieve("file-x", vector_store_id=store.id),
            "No file found with id 'file-x' in vector store 'vs_",
        ),
        (
            lambda: api.vector_stores.file_batches.retrieve("vsfb_x", vector_store_id=store.id),
            "No file batch found with id 'vsfb_x'",
        ),
    ):
        with pytest.raises(openai.APIStatusError, match=said):
            act()


@pytest.mark.anyio
async def test_the_asynchronous_client_searches() -> None:
    api = async_client(Fake())
    store = await api.vector_stores.create()
    await api.vector_stores.files.upload_and_poll(vector_store_id=store.id, file=("hours.md", b"Open from nine."))
    assert (await api.vector_stores.search(store.id, query="open")).data[0].filename == "hours.md"
