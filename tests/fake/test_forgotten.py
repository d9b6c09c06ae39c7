"""What a fake with little room does when things that belong together are forgotten: never a 500, never half a thing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retape import Fake, Request
from retape.handlers.fake.fake import ROUTES
from retape.tape.steps import Chunk, Head

BASE = "https://api.openai.com/v1"
KEY = ("authorization", "Bearer unused")
TEXT = "Refunds are given within thirty days of the purchase."

Body = dict[str, Any]


def sent(fake: Fake, method: str, path: str, body: Body | None = None) -> tuple[int, Any]:
    """Status and JSON of an answer; of one that is no JSON, its bytes."""
    data = b"" if body is None else json.dumps(body).encode()
    return _answered(fake, Request(method, BASE + path, (KEY, ("content-type", "application/json")), data))


def posted(fake: Fake, path: str, name: str, data: bytes, **fields: str) -> tuple[int, Any]:
    """The same of a form with one file."""
    head = 'Content-Disposition: form-data; name="{}"'
    texts = [f"--x\r\n{head.format(field)}\r\n\r\n{value}\r\n" for field, value in fields.items()]
    field = "data" if path.endswith("/parts") else "file"
    file = f'--x\r\n{head.format(field)}; filename="{name}"\r\n\r\n'
    body = "".join([*texts, file]).encode() + data + b"\r\n--x--\r\n"
    return _answered(
        fake, Request("POST", BASE + path, (KEY, ("content-type", "multipart/form-data; boundary=x")), body)
    )


def _answered(fake: Fake, request: Request) -> tuple[int, Any]:
    head, *chunks = list(fake(request))
    assert isinstance(head, Head)
    data = b"".join(chunk.data for chunk in chunks if isinstance(chunk, Chunk))
    return head.status, json.loads(data) if head.header("content-type") == "application/json" else data


def made(fake: Fake, path: str, **body: Any) -> str:
    status, told = sent(fake, "POST", path, body)
    assert status == 200, told
    return str(told["id"])


def uploaded(fake: Fake, name: str = "refunds.txt", data: bytes = TEXT.encode(), purpose: str = "assistants") -> str:
    status, told = posted(fake, "/files", name, data, purpose=purpose)
    assert status == 200, told
    return str(told["id"])


HI = {"role": "user", "content": "hi"}
CHAT: Body = {"model": "gpt-4o", "messages": [HI], "store": True}
ANSWER: Body = {"model": "gpt-4o", "input": "hi"}
LINE = {
    "custom_id": "a",
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": {"model": "gpt-4o", "messages": [HI]},
}
REQUESTS = json.dumps(LINE).encode()
BATCH: Body = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
UPLOAD: Body = {"bytes": len(TEXT), "filename": "refunds.txt", "mime_type": "text/plain", "purpose": "assistants"}


def found(fake: Fake, store: str) -> list[str]:
    status, told = sent(fake, "POST", f"/vector_stores/{store}/search", {"query": "refunds"})
    assert status == 200
    return [row["file_id"] for row in told["data"]]


@pytest.mark.parametrize("path", ["", "/files", "?limit=1"])
def test_a_file_that_was_forgotten_has_left_its_vector_stores(path: str) -> None:
    fake = Fake(store=2)
    store = made(fake, "/vector_stores", file_ids=[uploaded(fake), kept := uploaded(fake)])
    uploaded(fake)
    assert sent(fake, "GET", f"/vector_stores/{store}{path}")[0] == 200
    assert sent(fake, "GET", f"/vector_stores/{store}")[1]["file_counts"]["total"] == 1
    assert found(fake, store) == [kept]


@pytest.mark.parametrize("settled", [True, False])
def test_a_file_that_was_forgotten_is_as_one_that_was_deleted(settled: bool) -> None:
    told = []
    for fake, deleted in ((Fake(store=1), False), (Fake(), True)):
        file = uploaded(fake)
        store = made(fake, "/vector_stores")
        batch = made(fake, f"/vector_stores/{store}/file_batches", file_ids=[file])
        if settled:
            assert found(fake, store) == [file]
        if deleted:
            sent(fake, "DELETE", f"/files/{file}")
        else:
            uploaded(fake, "other.txt")
        told.append(
            [
                sent(fake, *asked)
                for asked in (
                    ("GET", f"/vector_stores/{store}/files/{file}"),
                    ("GET", f"/vector_stores/{store}/files/{file}/content"),
                    ("DELETE", f"/vector_stores/{store}/files/{file}"),
                    ("GET", f"/vector_stores/{store}/file_batches/{batch}"),
                    ("GET", f"/vector_stores/{store}/file_batches/{batch}/files"),
                    ("GET", "/vector_stores"),
                    ("POST", f"/vector_stores/{store}/search", {"query": "refunds"}),
                    ("POST", f"/vector_stores/{store}/files", {"file_id": file}),
                )
            ]
        )
    assert told[0] == told[1]
    assert [status for status, _ in told[0]] == [404, 404, 404, 200, 200, 200, 200, 404]


def test_the_search_tool_passes_over_files_that_were_forgotten() -> None:
    fake = Fake(store=1)
    store = made(fake, "/vector_stores", file_ids=[uploaded(fake)])
    tool = {"type": "file_search", "vector_store_ids": [store]}
    asked = ANSWER | {"tools": [tool], "tool_choice": "required", "include": ["file_search_call.results"]}
    assert len(sent(fake, "POST", "/responses", asked)[1]["output"][0]["results"]) == 1
    uploaded(fake)
    assert sent(fake, "POST", "/responses", asked)[1]["output"][0]["results"] == []


def test_a_stored_completion_keeps_its_messages_when_others_are_deleted() -> None:
    fake = Fake(store=3)
    first, *others = [made(fake, "/chat/completions", **CHAT) for _ in range(3)]
    for one in others:
        sent(fake, "DELETE", f"/chat/completions/{one}")
    made(fake, "/chat/completions", **CHAT)
    assert sent(fake, "GET", f"/chat/completions/{first}")[0] == 200
    status, told = sent(fake, "GET", f"/chat/completions/{first}/messages")
    assert (status, [message["content"] for message in told["data"]]) == (200, ["hi"])


def test_a_file_is_found_as_long_as_it_is_in_its_store() -> None:
    fake = Fake(store=3)
    store = made(fake, "/vector_stores", file_ids=[first := uploaded(fake)])
    for _ in range(3):
        file = uploaded(fake)
        made(fake, f"/vector_stores/{store}/files", file_id=file)
        assert file in found(fake, store)
        sent(fake, "DELETE", f"/files/{file}")
    assert sent(fake, "GET", f"/vector_stores/{store}")[1]["file_counts"]["completed"] == 1
    assert found(fake, store) == [first]
    assert sent(fake, "GET", f"/vector_stores/{store}/files/{first}/content")[1]["data"][0]["text"] == TEXT


def test_each_store_has_room_for_all_files() -> None:
    fake = Fake(store=2)
    files = [uploaded(fake), uploaded(fake)]
    stores = [made(fake, "/vector_stores", file_ids=files) for _ in range(2)]
    assert [sorted(found(fake, store)) for store in stores] == [sorted(files)] * 2


def test_a_store_that_names_a_file_that_is_gone_is_not_made() -> None:
    fake = Fake()
    assert sent(fake, "POST", "/vector_stores", {"file_ids": [uploaded(fake), "file-gone"]})[0] == 404
    assert sent(fake, "GET", "/vector_stores")[1]["data"] == []


@pytest.mark.parametrize("looks", [0, 1])
@pytest.mark.parametrize("gone", ["deleted", "forgotten"])
def test_a_batch_whose_file_is_gone_fails_and_names_it(gone: str, looks: int) -> None:
    fake = Fake(store=1)
    file = uploaded(fake, "in.jsonl", REQUESTS, "batch")
    batch = made(fake, "/batches", input_file_id=file, **BATCH)
    for _ in range(looks):
        assert sent(fake, "GET", f"/batches/{batch}")[1]["status"] == "in_progress"
    _ = sent(fake, "DELETE", f"/files/{file}") if gone == "deleted" else uploaded(fake)
    for _ in range(2):
        told = sent(fake, "GET", f"/batches/{batch}")[1]
        (error,) = told["errors"]["data"]
        assert (told["status"], told["output_file_id"], error["param"]) == ("failed", None, "file_id")
        assert told["failed_at"] is not None
        assert f"Cannot find file {file}" in error["message"]


@pytest.mark.parametrize("path", ["/responses", "/conversations"])
def test_an_item_can_be_named_as_long_as_what_holds_it_is_stored(path: str) -> None:
    fake = Fake(store=1)
    items = [{"type": "message", "role": "user", "content": f"turn {number}"} for number in range(20)]
    body = ANSWER | {"input": items} if path == "/responses" else {"items": items}
    held = made(fake, path, **body)
    part = "input_items" if path == "/responses" else "items"
    first = sent(fake, "GET", f"{path}/{held}/{part}?order=asc&limit=1")[1]["data"][0]["id"]
    asked = ANSWER | {"input": [{"type": "item_reference", "id": first}]}
    assert sent(fake, "POST", "/responses/input_tokens", asked)[0] == 200
    made(fake, path, **body)
    told = sent(fake, "POST", "/responses/input_tokens", asked)
    assert (told[0], told[1]["error"]["message"].partition(".")[0]) == (404, f"Item with id '{first}' not found")


def test_an_upload_keeps_its_parts_when_others_end() -> None:
    fake = Fake(store=2)
    first = made(fake, "/uploads", **UPLOAD, expires_after={"anchor": "created_at", "seconds": 3600})
    part = posted(fake, f"/uploads/{first}/parts", "part", TEXT.encode())[1]["id"]
    sent(fake, "POST", f"/uploads/{made(fake, '/uploads', **UPLOAD)}/cancel")
    status, told = sent(fake, "POST", f"/uploads/{first}/complete", {"part_ids": [part]})
    assert (status, told["status"], told["file"]["bytes"]) == (200, "completed", len(TEXT))
    assert told["file"]["expires_at"] == told["created_at"] + 3600


def test_a_model_that_was_deleted_stays_so_when_another_is() -> None:
    fake = Fake(store=1)
    names = [f"ft:gpt-4o-mini-2024-07-18:acme::number{number}" for number in range(3)]
    assert [sent(fake, "DELETE", f"/models/{name}")[0] for name in names] == [200] * 3
    assert [sent(fake, "GET", f"/models/{name}")[0] for name in names] == [404] * 3


MAKERS = {
    "/responses": ANSWER,
    "/conversations": {"metadata": {"a": "b"}},
    "/vector_stores": {"name": "a"},
    "/batches": BATCH | {"input_file_id": "file-x"},
    "/chat/completions": CHAT,
}


@pytest.mark.parametrize("path", MAKERS)
def test_what_is_made_when_its_like_was_long_ago_gets_an_id_of_its_own(path: str) -> None:
    fake = Fake(store=3)
    kept = [made(fake, path, **MAKERS[path])]
    for _ in range(2):
        for number in range(3 * 64):
            sent(fake, "GET", f"/models/model-{number}")
        kept.append(made(fake, path, **MAKERS[path]))
    assert len(set(kept)) == 3
    assert [sent(fake, "GET", f"{path}/{one}")[0] for one in kept] == [200] * 3


class World:
    """A fake, and the ids that it gave out, by the parameter that takes them."""

    def __init__(self, room: int) -> None:
        self.fake = Fake(store=room)
        self.room = room
        self.given: dict[str, list[str]] = {}

    def act(self, action: Action, numbers: Sequence[int]) -> None:
        """Do something with some of the latest ids of each kind."""
        draws = itertools.cycle(numbers)

        def pick(kind: str) -> str:
            latest = ["none", *self.given.get(kind, ())][-4:]
            return latest[-1 - next(draws) % len(latest)]

        self.learn(*action(self.fake, pick))

    def learn(self, status: int, told: Any) -> None:
        assert status < 500, told
        for each in _objects(told) if status == 200 else ():
            for kind in KINDS.get(each.get("object") or each.get("type") or "", ()):
                self.given[kind] = [one for one in self.given.get(kind, ()) if one != each["id"]] + [each["id"]]
            if each.get("purpose") == "batch":
                self.given.setdefault("input", []).append(each["id"])

    def listed(self, path: str) -> list[dict[str, Any]]:
        status, told = sent(self.fake, "GET", f"{path}?limit=100")
        assert status == 200
        rows: list[dict[str, Any]] = told["data"]
        return rows

    def status(self, path: str) -> int:
        return sent(self.fake, "GET", path)[0]


def _objects(told: Any) -> Iterator[dict[str, Any]]:
    """An answer, and the objects in its lists."""
    if isinstance(told, dict):
        yield told
        yield from (each for name in ("data", "output") for each in told.get(name, ()) if isinstance(each, dict))


KINDS = {
    "file": ["file_id"],
    "upload": ["upload_id"],
    "upload.part": ["part_id"],
    "batch": ["batch_id"],
    "vector_store": ["vector_store_id"],
    "vector_store.file": ["file_id"],
    "vector_store.files_batch": ["file_batch_id"],
    "chat.completion": ["completion_id"],
    "response": ["response_id"],
    "conversation": ["conversation_id"],
    "message": ["item_id"],
}
"""An object's kind -> what ids of its kind are picked as."""

Pick = Callable[[str], str]
Action = Callable[[Fake, Pick], tuple[int, Any]]


def asking(method: str, path: str, body: Callable[[Pick], Body] | Body | None = None) -> Action:
    """A request; words in brackets are ids of their kind."""

    def act(fake: Fake, pick: Pick) -> tuple[int, Any]:
        words = path.split("/")
        filled = "/".join(pick(word[1:-1]) if word.startswith("{") else word for word in words)
        return sent(fake, method, filled, body(pick) if callable(body) else body)

    return act


def _tool(pick: Pick) -> Body:
    tool = {"type": "file_search", "vector_store_ids": [pick("vector_store_id")]}
    return ANSWER | {"tools": [tool], "tool_choice": "required"}


_STORE = "/vector_stores/{vector_store_id}"
_META = {"metadata": {"a": "b"}}

ACTIONS: dict[str, Action] = {
    "upload a text": lambda fake, pick: posted(fake, "/files", "refunds.txt", TEXT.encode(), purpose="assistants"),
    "upload a batch": lambda fake, pick: posted(fake, "/files", "in.jsonl", REQUESTS, purpose="batch"),
    "files.list": asking("GET", "/files"),
    "files.retrieve": asking("GET", "/files/{file_id}"),
    "files.content": asking("GET", "/files/{file_id}/content"),
    "files.delete": asking("DELETE", "/files/{file_id}"),
    "uploads.create": asking("POST", "/uploads", UPLOAD),
    "uploads.parts.create": lambda fake, pick: posted(
        fake, f"/uploads/{pick('upload_id')}/parts", "part", TEXT.encode()
    ),
    "uploads.complete": asking("POST", "/uploads/{upload_id}/complete", lambda pick: {"part_ids": [pick("part_id")]}),
    "uploads.cancel": asking("POST", "/uploads/{upload_id}/cancel"),
    "batches.create": asking("POST", "/batches", lambda pick: BATCH | {"input_file_id": pick("input")}),
    "batches.list": asking("GET", "/batches"),
    "batches.retrieve": asking("GET", "/batches/{batch_id}"),
    "batches.cancel": asking("POST", "/batches/{batch_id}/cancel"),
    "vector_stores.create": asking("POST", "/vector_stores", lambda pick: {"file_ids": [pick("file_id")]}),
    "an empty vector store": asking("POST", "/vector_stores", {}),
    "vector_stores.list": asking("GET", "/vector_stores"),
    "vector_stores.retrieve": asking("GET", _STORE),
    "vector_stores.update": asking("POST", _STORE, _META),
    "vector_stores.delete": asking("DELETE", _STORE),
    "vector_stores.search": asking("POST", f"{_STORE}/search", {"query": "refunds"}),
    "vector_stores.files.create": asking("POST", f"{_STORE}/files", lambda pick: {"file_id": pick("file_id")}),
    "vector_stores.files.list": asking("GET", f"{_STORE}/files"),
    "vector_stores.files.retrieve": asking("GET", f"{_STORE}/files/{{file_id}}"),
    "vector_stores.files.update": asking("POST", f"{_STORE}/files/{{file_id}}", {"attributes": {"a": 1}}),
    "vector_stores.files.delete": asking("DELETE", f"{_STORE}/files/{{file_id}}"),
    "vector_stores.files.content": asking("GET", f"{_STORE}/files/{{file_id}}/content"),
    "vector_stores.file_batches.create": asking(
        "POST", f"{_STORE}/file_batches", lambda pick: {"file_ids": [pick("file_id"), pick("file_id")]}
    ),
    "vector_stores.file_batches.retrieve": asking("GET", f"{_STORE}/file_batches/{{file_batch_id}}"),
    "vector_stores.file_batches.cancel": asking("POST", f"{_STORE}/file_batches/{{file_batch_id}}/cancel"),
    "vector_stores.file_batches.list_files": asking("GET", f"{_STORE}/file_batches/{{file_batch_id}}/files"),
    "chat.completions.create": asking("POST", "/chat/completions", CHAT),
    "chat.completions.list": asking("GET", "/chat/completions"),
    "chat.completions.retrieve": asking("GET", "/chat/completions/{completion_id}"),
    "chat.completions.update": asking("POST", "/chat/completions/{completion_id}", _META),
    "chat.completions.delete": asking("DELETE", "/chat/completions/{completion_id}"),
    "chat.completions.messages.list": asking("GET", "/chat/completions/{completion_id}/messages"),
    "responses.create": asking("POST", "/responses", ANSWER),
    "an answer to an answer": asking(
        "POST", "/responses", lambda pick: ANSWER | {"previous_response_id": pick("response_id")}
    ),
    "an answer in a conversation": asking(
        "POST", "/responses", lambda pick: ANSWER | {"conversation": pick("conversation_id")}
    ),
    "an answer in the background": asking(
        "POST", "/responses", lambda pick: ANSWER | {"background": True, "conversation": pick("conversation_id")}
    ),
    "an answer to an item": asking(
        "POST", "/responses", lambda pick: ANSWER | {"input": [{"type": "item_reference", "id": pick("item_id")}]}
    ),
    "an answer with a search": asking("POST", "/responses", _tool),
    "responses.retrieve": asking("GET", "/responses/{response_id}"),
    "an answer streamed again": asking("GET", "/responses/{response_id}?stream=true"),
    "responses.cancel": asking("POST", "/responses/{response_id}/cancel"),
    "responses.delete": asking("DELETE", "/responses/{response_id}"),
    "responses.input_items.list": asking("GET", "/responses/{response_id}/input_items"),
    "responses.compact": asking(
        "POST", "/responses/compact", lambda pick: ANSWER | {"previous_response_id": pick("response_id")}
    ),
    "conversations.create": asking("POST", "/conversations", {"items": [{"type": "message", **HI}]}),
    "a conversation of an item": asking(
        "POST", "/conversations", lambda pick: {"items": [{"type": "item_reference", "id": pick("item_id")}]}
    ),
    "conversations.retrieve": asking("GET", "/conversations/{conversation_id}"),
    "conversations.update": asking("POST", "/conversations/{conversation_id}", _META),
    "conversations.delete": asking("DELETE", "/conversations/{conversation_id}"),
    "conversations.items.create": asking(
        "POST", "/conversations/{conversation_id}/items", {"items": [{"type": "message", **HI}]}
    ),
    "conversations.items.list": asking("GET", "/conversations/{conversation_id}/items"),
    "conversations.items.retrieve": asking("GET", "/conversations/{conversation_id}/items/{item_id}"),
    "conversations.items.delete": asking("DELETE", "/conversations/{conversation_id}/items/{item_id}"),
}

STATELESS = {
    "audio.speech.create", "audio.transcriptions.create", "audio.translations.create", "completions.create",
    "embeddings.create", "images.edit", "images.generate", "images.create_variation", "models.delete", "models.list",
    "models.retrieve", "moderations.create", "responses.input_tokens.count",
}  # fmt: skip
"""Endpoints that store nothing that another could forget."""


def test_every_endpoint_that_stores_is_among_the_actions() -> None:
    world = World(3)
    for action in ACTIONS.values():
        world.act(action, [0])
    assert {one.endpoint for one in world.fake.requests} == ROUTES.operations - STATELESS


STEPS = st.tuples(st.sampled_from(sorted(ACTIONS)), st.lists(st.integers(0, 3), min_size=2, max_size=2))


@settings(deadline=None, max_examples=80)
@given(st.integers(1, 3), st.lists(STEPS, min_size=30, max_size=60))
def test_whatever_is_forgotten_all_that_is_left_is_whole(room: int, steps: list[tuple[str, list[int]]]) -> None:
    world = World(room)
    for name, numbers in steps:
        world.act(ACTIONS[name], numbers)
    for kind, path in WHOLES.items():
        known = world.given.get(kind, [])
        statuses = [(world.status(f"{path}/{one}"), world.status(f"{path}/{one}{PARTS[kind]}")) for one in known]
        withheld = {(200, 400)} if kind == "file_id" else set()  # files for assistants aren't given back
        assert set(statuses) <= {(200, 200), (404, 404)} | withheld
        assert sum(whole == 200 for whole, _ in statuses) <= room
    for path in ("/files", "/vector_stores", "/chat/completions", "/batches"):
        rows = world.listed(path)
        assert len(rows) <= room
        assert {world.status(f"{path}/{row['id']}") for row in rows} <= {200}
    for row in world.listed("/vector_stores"):
        is_sound(world, row["id"])
    for name in world.given.get("response_id", ()):
        can_be_named(world, f"/responses/{name}/input_items")
    for name in world.given.get("conversation_id", ()):
        can_be_named(world, f"/conversations/{name}/items")


WHOLES = {
    "file_id": "/files",
    "completion_id": "/chat/completions",
    "response_id": "/responses",
    "conversation_id": "/conversations",
    "vector_store_id": "/vector_stores",
    "batch_id": "/batches",
}
PARTS = {
    "file_id": "/content",
    "completion_id": "/messages",
    "response_id": "/input_items",
    "conversation_id": "/items",
    "vector_store_id": "/files",
    "batch_id": "",
}


def is_sound(world: World, store: str) -> None:
    """What a store counts is what it lists, is stored, and is found."""
    files = world.listed(f"/vector_stores/{store}/files")
    counts = sent(world.fake, "GET", f"/vector_stores/{store}")[1]["file_counts"]
    assert counts["total"] == len(files)
    assert {world.status(f"/files/{file['id']}") for file in files} <= {200}
    done = {file["id"] for file in files if file["status"] == "completed"}
    assert set(found(world.fake, store)) == done


def can_be_named(world: World, path: str) -> None:
    """Each item of a list can be named in an input."""
    status, told = sent(world.fake, "GET", f"{path}?limit=100")
    assert status in (200, 404)
    for item in told.get("data", ()):
        asked = ANSWER | {"input": [{"type": "item_reference", "id": item["id"]}]}
        assert sent(world.fake, "POST", "/responses/input_tokens", asked)[0] == 200, item
