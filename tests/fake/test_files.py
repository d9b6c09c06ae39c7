"""Files, and uploads of them in parts."""

from __future__ import annotations

import hashlib
from typing import Any

import openai
import pytest

from retape import Fake
from speaking import async_client, client

LINE = b'{"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": {"model": "m", "input": "hi"}}\n'
NOW = 1_767_225_600


def test_a_file_comes_back_as_it_was() -> None:
    api = client(Fake())
    file = api.files.create(file=("notes \u00e9.txt", bytes(range(256))), purpose="vision")
    assert (file.filename, file.bytes, file.purpose, file.status) == ("notes \u00e9.txt", 256, "vision", "processed")
    assert api.files.retrieve(file.id) == file
    answer = api.files.content(file.id)
    assert answer.content == bytes(range(256))
    assert answer.response.headers["content-type"] == "application/octet-stream"
    assert answer.response.headers["content-disposition"] == 'attachment; filename="notes _.txt"'


def test_files_are_listed_newest_first_in_pages_by_purpose() -> None:
    api = client(Fake())
    made = [api.files.create(file=(f"{i}.txt", b"x"), purpose="user_data" if i % 2 else "vision").id for i in range(6)]
    assert [file.id for file in api.files.list()] == made[::-1]
    assert [file.id for file in api.files.list(order="asc", limit=4)] == made  # the client asks for both pages
    assert [file.id for file in api.files.list(purpose="user_data")] == made[5:0:-2]
    first = api.files.list(limit=4)
    assert first.has_more is True
    assert [file.id for file in first.data] == made[:1:-1]


@pytest.mark.parametrize("act", ["retrieve", "content", "delete"])
def test_a_file_that_does_not_exist_is_refused_as_openai_does(act: str) -> None:
    with pytest.raises(openai.NotFoundError, match="No such File object: file-x") as caught:
        getattr(client(Fake()).files, act)("file-x")
    assert (caught.value.param, caught.value.code, caught.value.type) == ("id", None, "invalid_request_error")


def test_a_deleted_file_is_gone() -> None:
    api = client(Fake())
    file = api.files.create(file=("a.txt", b"x"), purpose="vision")
    assert api.files.delete(file.id).deleted
    assert api.files.list().data == []
    with pytest.raises(openai.NotFoundError, match="No such File object"):
        api.files.delete(file.id)


def test_nothing_comes_after_a_file_that_is_not_there() -> None:
    api = client(Fake())
    api.files.create(file=("a.txt", b"x"), purpose="user_data")
    assert list(api.files.list(after="file-x")) == []


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_what_is_deleted_page_by_page_is_all_gone_in_the_end(order: Any) -> None:
    api = client(Fake())
    kept = api.files.create(file=("first.txt", b"x"), purpose="vision").id
    made = {api.files.create(file=(f"{i}.txt", b"x"), purpose="user_data").id for i in range(7)}
    found = []
    for file in api.files.list(order=order, limit=2, purpose="user_data"):
        found.append(file.id)
        api.files.delete(file.id)
    assert set(found) == made
    assert [file.id for file in api.files.list()] == [kept]


def test_a_page_begins_where_a_file_was() -> None:
    api = client(Fake())
    made = [api.files.create(file=(f"{i}.txt", b"x"), purpose="user_data").id for i in range(5)]
    api.files.delete(made[2])
    assert [file.id for file in api.files.list(order="asc", after=made[2])] == made[3:]
    assert [file.id for file in api.files.list(order="desc", after=made[2])] == made[1::-1]


@pytest.mark.parametrize("purpose", ["assistants", "user_data"])
def test_some_purposes_are_never_given_back(purpose: Any) -> None:
    api = client(Fake())
    file = api.files.create(file=("a.txt", b"x"), purpose=purpose)
    with pytest.raises(openai.BadRequestError, match=f"Not allowed to download files of purpose: {purpose}"):
        api.files.content(file.id)


@pytest.mark.parametrize(
    ("purpose", "name", "data", "said"),
    [
        ("batch", "in.txt", LINE, r"Invalid file format for Batch API. Must be .jsonl"),
        ("batch", "in", LINE, r"Invalid file format for Batch API. Must be .jsonl"),
        ("fine-tune", "in.jsonl", b'{"messages": []}\n[1]\n', r"valid JSON dictionary. Line 2 is not a dictionary"),
        ("fine-tune", "in.jsonl", b"prompt,completion\n", r'line starts with: "prompt,completion\.\.\."'),
    ],
)
def test_what_has_to_be_jsonl_is_looked_at(purpose: Any, name: str, data: bytes, said: str) -> None:
    with pytest.raises(openai.BadRequestError, match=said):
        client(Fake()).files.create(file=(name, data), purpose=purpose)


@pytest.mark.parametrize("data", [b"", b"{no json", b"no json\n" + LINE])
def test_what_is_in_a_file_for_batches_is_the_batchs_affair(data: bytes) -> None:
    assert client(Fake()).files.create(file=("in.jsonl", data), purpose="batch").status == "processed"


@pytest.mark.parametrize(
    ("purpose", "wish", "expires"),
    [
        ("vision", None, None),
        ("batch", None, NOW + 30 * 86_400),
        ("vision", {"anchor": "created_at", "seconds": 7200}, NOW + 7200),
    ],
)
def test_a_file_expires_when_it_was_told_to(purpose: Any, wish: Any, expires: int | None) -> None:
    more = {"expires_after": wish} if wish else {}
    file = client(Fake()).files.create(file=("in.jsonl", LINE), purpose=purpose, **more)
    assert (file.created_at, file.expires_at) == (NOW, expires)


def test_ids_do_not_depend_on_what_else_was_uploaded() -> None:
    one, other = client(Fake()), client(Fake())
    other.files.create(file=("b.txt", b"y"), purpose="vision")
    first, second = (api.files.create(file=("a.txt", b"x"), purpose="vision").id for api in (one, other))
    assert first == second
    assert one.files.create(file=("a.txt", b"x"), purpose="vision").id != first


@pytest.mark.anyio
async def test_the_asynchronous_client_keeps_files() -> None:
    api = async_client(Fake())
    file = await api.files.create(file=("a.txt", b"x"), purpose="vision")
    assert (await api.files.content(file.id)).content == b"x"


def begin(api: openai.OpenAI, size: int = 11) -> Any:
    return api.uploads.create(filename="a.txt", bytes=size, mime_type="text/plain", purpose="vision")


def test_parts_become_a_file_in_the_order_of_the_request() -> None:
    api = client(Fake())
    upload = begin(api)
    assert (upload.status, upload.expires_at, upload.file) == ("pending", NOW + 3600, None)
    parts = [api.uploads.parts.create(upload.id, data=data) for data in (b" world", b"hello")]
    assert {part.upload_id for part in parts} == {upload.id}
    checksum = hashlib.md5(b"hello world", usedforsecurity=False).hexdigest()
    done = api.uploads.complete(upload.id, part_ids=[parts[1].id, parts[0].id], md5=checksum)
    assert done.status == "completed"
    assert done.file is not None
    assert api.files.content(done.file.id).content == b"hello world"


def test_the_clients_own_chunked_upload_works() -> None:
    api = client(Fake())
    upload = api.uploads.upload_file_chunked(
        file=b"0123456789", filename="a.txt", bytes=10, mime_type="text/plain", purpose="vision", part_size=4
    )
    assert upload.file is not None
    assert (upload.file.bytes, api.files.content(upload.file.id).content) == (10, b"0123456789")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"part_ids": ["part_x"]}, "No such UploadPart object: part_x"),
        ({"md5": "0" * 32}, "md5 checksum does not match"),
        ({"size": 12}, "expected 12 bytes, but its parts have 11 bytes"),
    ],
)
def test_an_upload_that_is_not_what_was_announced_is_refused(wrong: dict[str, Any], said: str) -> None:
    api = client(Fake())
    upload = begin(api, wrong.pop("size", 11))
    part = api.uploads.parts.create(upload.id, data=b"hello world")
    with pytest.raises(openai.BadRequestError, match=said):
        api.uploads.complete(upload.id, **({"part_ids": [part.id]} | wrong))


def test_a_cancelled_upload_takes_nothing_more() -> None:
    api = client(Fake())
    upload = begin(api)
    assert api.uploads.cancel(upload.id).status == "cancelled"
    with pytest.raises(openai.BadRequestError, match="is already cancelled"):
        api.uploads.parts.create(upload.id, data=b"x")


def test_an_upload_that_does_not_exist_is_refused() -> None:
    with pytest.raises(openai.NotFoundError, match="No such Upload object: upload_x"):
        client(Fake()).uploads.cancel("upload_x")
