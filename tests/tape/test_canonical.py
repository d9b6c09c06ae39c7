from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retape.errors import UsageError
from retape.tape.canonical import canonical, flatten, json_path, key, relative
from retape.tape.request import Request
from tape.generated import AWKWARD_JSON, json_values

CHAT, RESPONSES, EMBEDDINGS = "/chat/completions", "/responses", "/embeddings"


def asked(body: Any, path: str = CHAT, base: str = "https://api.example.test/v1", kind: str = "text/json") -> Request:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request("POST", base + path, (("content-type", kind),), data)


HI = [{"role": "user", "content": "Hi"}]
ASK = {"model": "m", "messages": HI}

EQUAL: dict[str, tuple[Request, Request]] = {
    "defaults of chat": (
        asked(ASK | {"n": 1, "stream": False, "temperature": 1.0, "top_p": 1, "response_format": {"type": "text"}}),
        asked(ASK),
    ),
    "null and absent": (asked(ASK | {"tools": None, "stop": None}), asked(ASK)),
    "null in a message": (asked({"model": "m", "messages": [HI[0] | {"name": None}]}), asked(ASK)),
    "null in an item": (
        asked({"input": [{"type": "message", "content": "a", "id": None}]}, RESPONSES),
        asked({"input": [{"type": "message", "content": "a"}]}, RESPONSES),
    ),
    "defaults of responses": (
        asked({"input": "a", "instructions": None, "store": True, "truncation": "disabled"}, RESPONSES),
        asked({"input": "a"}, RESPONSES),
    ),
    "defaults of embeddings": (
        asked({"input": "a", "encoding_format": "float"}, EMBEDDINGS), asked({"input": "a"}, EMBEDDINGS),
    ),
    "number forms": (asked(b'{"temperature":2.0,"seed":1e3}'), asked(b'{"temperature":2,"seed":1000}')),
    "small number forms": (asked(b'{"top_p":1e-05}'), asked(b'{"top_p":0.00001}')),
    "key order": (asked(b'{"a":{"c":1,"b":2},"d":3}'), asked(b'{"d":3,"a":{"b":2,"c":1}}')),
    "white space and escapes": (asked('{ "a" : "é" }'.encode()), asked(b'{"a":"\\u00e9"}')),
    "host": (asked(ASK, base="http://127.0.0.1:8080/v1"), asked(ASK)),
    "query order": (asked(ASK, CHAT + "?a=1&b=2"), asked(ASK, CHAT + "?b=2&a=1")),
    "Azure's api-version": (asked(ASK, CHAT + "?api-version=2024-10-21"), asked(ASK)),
    "Azure's deployment": (
        asked({"messages": HI}, base="https://x.openai.azure.com/openai/deployments/m"), asked(ASK),
    ),
    "Azure's deployment named like a resource": (
        asked({"messages": HI}, base="https://x.openai.azure.com/openai/deployments/chat"),
        asked(ASK | {"model": "chat"}),
    ),
}  # fmt: skip

UNEQUAL: dict[str, tuple[Request, Request]] = {
    "another prompt": (asked({"messages": [{"role": "user", "content": "Ho"}]}), asked({"messages": HI})),
    "another model": (asked(ASK | {"model": "n"}), asked(ASK)),
    "another path": (asked({"input": "a"}, EMBEDDINGS), asked({"input": "a"}, "/moderations")),
    "another method": (Request("GET", "http://x/v1/models"), Request("DELETE", "http://x/v1/models")),
    "a value that is no default": (asked(ASK | {"n": 2}), asked(ASK)),
    "streamed": (asked(ASK | {"stream": True}), asked(ASK)),
    "another endpoint's default": (asked({"input": "a", "n": 1}, RESPONSES), asked({"input": "a"}, RESPONSES)),
    "true is not 1": (asked(ASK | {"n": True}), asked(ASK | {"n": 1})),
    "false is not 0": (asked(ASK | {"x": False}), asked(ASK | {"x": 0})),
    "text is not a number": (asked(ASK | {"x": "1"}), asked(ASK | {"x": 1})),
    "list order": (asked({"stop": ["a", "b"]}), asked({"stop": ["b", "a"]})),
    "a deeper null": (asked({"tools": [{"a": None}]}), asked({"tools": [{}]})),
    "white space in a prompt": (asked({"messages": "a b"}), asked({"messages": "a  b"})),
    "query": (asked(ASK, "/files?after=a"), asked(ASK, "/files?after=b")),
    "a path's id": (asked({}, "/responses/resp_1/cancel"), asked({}, "/responses/resp_2/cancel")),
    "empty body": (Request("POST", "http://x/v1/files"), asked({}, "/files")),
}


@pytest.mark.parametrize("left, right", EQUAL.values(), ids=EQUAL)
def test_requests_that_mean_the_same_have_the_same_key(left: Request, right: Request) -> None:
    assert key(left) == key(right)


@pytest.mark.parametrize("left, right", UNEQUAL.values(), ids=UNEQUAL)
def test_requests_that_mean_something_else_have_another_key(left: Request, right: Request) -> None:
    assert key(left) != key(right)


BASES = {
    "OpenAI": "https://api.openai.com/v1",
    "OpenRouter": "https://openrouter.ai/api/v1",
    "Groq": "https://api.groq.com/openai/v1",
    "Google": "https://generativelanguage.googleapis.com/v1beta/openai",
    "Vertex": "https://us-aiplatform.googleapis.com/v1/projects/p/locations/us/endpoints/openapi",
    "DeepSeek": "https://api.deepseek.com",
    "Fireworks": "https://api.fireworks.ai/inference/v1",
    "Perplexity": "https://api.perplexity.ai",
    "Cohere": "https://api.cohere.ai/compatibility/v1",
    "Alibaba": "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "Zhipu": "https://open.bigmodel.cn/api/paas/v4",
    "Volcengine": "https://ark.cn-beijing.volces.com/api/v3",
    "Hugging Face": "https://api-inference.huggingface.co/models/org/name/v1",
    "Cloudflare": "https://api.cloudflare.com/client/v4/accounts/abc/ai/v1",
    "Cloudflare's gateway": "https://gateway.ai.cloudflare.com/v1/account/gateway/openai",
    "Azure": "https://x.openai.azure.com/openai/deployments/gpt-4o",
    "Azure v1": "https://x.openai.azure.com/openai/v1",
    "Bedrock": "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1",
    "Ollama": "http://localhost:11434/v1",
}


@pytest.mark.parametrize("base", BASES.values(), ids=BASES)
@pytest.mark.parametrize("path", [CHAT, "/responses/resp_1/input_items", "/models", "/files/file-1/content"])
def test_a_providers_base_is_no_part_of_the_path(base: str, path: str) -> None:
    assert relative(base + path)[0] == path


def test_a_path_of_no_known_resource_is_kept_whole() -> None:
    assert relative("http://x/health?b=2&a=") == ("/health?a=&b=2", "")


def form(boundary: str, *fields: tuple[str, str], file: bytes = b"RIFF\x00\xff") -> Request:
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields]
    head = b'Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n'
    parts.append(head + file + b"\r\n")
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\r\n" + part for part in parts) + mark + b"--\r\n"
    return asked(body, "/audio/transcriptions", kind=f'multipart/form-data; boundary="{boundary}"')


def test_a_forms_boundary_order_and_defaults_are_no_part_of_it() -> None:
    left = form("a1", ("model", "whisper-1"), ("response_format", "json"), ("temperature", "0"), ("stream", "false"))
    assert key(left) == key(form("b22222", ("model", "whisper-1")))
    assert key(form("a", ("model", "m"), ("language", "de"))) == key(form("b", ("language", "de"), ("model", "m")))


@pytest.mark.parametrize(
    "other",
    [
        form("a", ("model", "other")),
        form("a", ("model", "m"), file=b"RIFF\x00\xfe"),
        form("a", ("model", "m"), ("model", "m")),
        form("a", ("model", "m"), ("temperature", "1")),
    ],
)
def test_a_form_with_another_field_or_file_is_another_request(other: Request) -> None:
    assert key(form("a", ("model", "m"))) != key(other)


def test_of_a_name_that_comes_again_the_values_keep_their_order() -> None:
    two = (("timestamp_granularities[]", "word"), ("timestamp_granularities[]", "segment"))
    assert key(form("a", *two)) != key(form("a", *two[::-1]))


def test_what_is_no_form_is_taken_as_text() -> None:
    broken = asked(b"--a\r\nno end", "/audio/transcriptions", kind="multipart/form-data; boundary=a")
    assert canonical(broken) == "--a\r\nno end"


IGNORED = [
    ("metadata.run_id", {"metadata": {"run_id": 1, "a": 2}}, {"metadata": {"run_id": 9, "a": 2}}),
    ("metadata", {"metadata": {"run_id": 1}}, {}),
    ("messages[*].name", {"messages": [{"name": "a"}, {"name": "b"}]}, {"messages": [{}, {"name": "c"}]}),
    ("messages[0].content", {"messages": [{"content": 1}, {"content": 2}]}, {"messages": [{}, {"content": 2}]}),
    ("a[*]", {"a": [1, 2]}, {"a": [3]}),
    ("*.id", {"a": {"id": 1}, "b": {"id": 2}}, {"a": {}, "b": {"id": 3}}),
    (re.compile(r"\d{4}-\d\d-\d\d"), {"a": "today is 2026-11-20"}, {"a": "today is 2027-01-01"}),
]


@pytest.mark.parametrize("rule, left, right", IGNORED, ids=[str(row[0]) for row in IGNORED])
def test_what_is_ignored_may_differ(rule: Any, left: Any, right: Any) -> None:
    assert key(asked(left)) != key(asked(right))
    assert key(asked(left), [rule]) == key(asked(right), [rule])


@pytest.mark.parametrize("rule", ["nothing.here", "messages[7].content", "messages[0].content.deeper", "model.x"])
def test_a_path_that_leads_nowhere_ignores_nothing(rule: str) -> None:
    assert key(asked(ASK), [rule]) == key(asked(ASK))


@pytest.mark.parametrize("rule", ["", "..", "[]", "$", "$.", "messages[*", "messages[0].", "messages]", ".a", "a[x]"])
def test_what_is_no_path_is_a_usage_error(rule: str) -> None:
    with pytest.raises(UsageError, match="is no JSON path; write it like"):
        key(asked(ASK), [rule])


@given(st.dictionaries(st.text(), json_values, max_size=4), st.randoms(use_true_random=False))
def test_key_order_and_layout_never_matter(body: dict[str, Any], random: Any) -> None:
    names = list(body)
    random.shuffle(names)
    shuffled = json.dumps({name: body[name] for name in names}, indent=3, ensure_ascii=False)
    assert key(asked(json.dumps(body).encode())) == key(asked(shuffled.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("body", [text.encode() for text in AWKWARD_JSON] + [b"\xff\xfe", b"a=1&b=2", b"null", b"1"])
def test_any_body_has_a_key_and_only_equal_ones_share_it(body: bytes) -> None:
    assert key(asked(body)) == key(asked(body))
    assert key(asked(body)) != key(asked(b'["other"]'))
    assert flatten(canonical(asked(body)))


def test_flatten_names_every_leaf_by_its_path() -> None:
    assert flatten({"a": [{"b": 1}, []], "c": {}, "d": None}) == {"a[0].b": 1, "a[1]": [], "c": {}, "d": None}
    assert flatten("text") == {"body": "text"}


@pytest.mark.parametrize(
    "rule, segments",
    [
        ("model", ("model",)),
        ("messages[*].name", ("messages", "*", "name")),
        ("messages[12][0]", ("messages", "12", "0")),
        ("[0].id", ("0", "id")),
        ("metadata.*", ("metadata", "*")),
        ("$.metadata.run_id", ("metadata", "run_id")),
        ("$metadata", ("metadata",)),
        ("$[*].id", ("*", "id")),
        ("schema.$ref", ("schema", "$ref")),
    ],
)
def test_a_json_path_has_segments(rule: str, segments: tuple[str, ...]) -> None:
    assert json_path(rule) == segments
