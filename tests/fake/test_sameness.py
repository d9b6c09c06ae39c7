"""The same bytes in every process, in every order, with every hash seed."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

ASK = """
import hashlib, json, random, sys
import retape

BODIES = json.loads(sys.stdin.read())
fake = retape.Fake(seed="same")
order = list(BODIES)
random.Random(int(sys.argv[1])).shuffle(order)
told = {}
for name in order:
    path, body = BODIES[name]
    headers = (("authorization", "Bearer x"), ("content-type", "application/json"))
    steps = fake(retape.Request("POST", "https://api.openai.com/v1" + path, headers, json.dumps(body).encode()))
    head, *chunks = steps
    data = b"".join(chunk.data for chunk in chunks)
    told[name] = [head.status, repr(head.headers), hashlib.sha256(data).hexdigest()]
print(json.dumps(told, sort_keys=True))
"""
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}, "day": {"type": "string", "format": "date"}},
                "required": ["city", "day"],
            },
        },
    }
]
HELLO = [{"role": "user", "content": "Hello, how are you?"}]
WEATHER = [{"role": "user", "content": "What is the weather in Paris?"}]
CHAT, RESPONSES = "/chat/completions", "/responses"
BODIES = {
    "chat": [CHAT, {"model": "gpt-4o", "messages": HELLO}],
    "chat, streamed": [CHAT, {"model": "gpt-4o", "messages": WEATHER, "stream": True}],
    "chat, sampled": [CHAT, {"model": "gpt-4o", "messages": HELLO, "n": 3, "logprobs": True, "top_logprobs": 2}],
    "a call": [CHAT, {"model": "gpt-4o", "messages": WEATHER, "tools": TOOLS}],
    "a call, streamed": [CHAT, {"model": "gpt-5", "messages": WEATHER, "tools": TOOLS, "stream": True}],
    "a refusal": [CHAT, {"model": "gpt-4o", "messages": []}],
    "an unknown model": [CHAT, {"model": "gpt-4o-mni", "messages": HELLO}],
    "a response": [RESPONSES, {"model": "gpt-4o", "input": "Hello"}],
    "a response, streamed": [RESPONSES, {"model": "gpt-5", "input": "Hello", "stream": True}],
    "a wrong response": [RESPONSES, {"model": "gpt-4o", "input": "Hello", "temperature": 9}],
    "embeddings": ["/embeddings", {"model": "text-embedding-3-small", "input": ["a", "b"]}],
    "a completion": ["/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Once upon a time"}],
    "a moderation": ["/moderations", {"input": "I will hurt you"}],
    "an image": ["/images/generations", {"model": "gpt-image-1", "prompt": "a planet"}],
    "speech": ["/audio/speech", {"model": "tts-1", "voice": "alloy", "input": "Hello", "response_format": "wav"}],
    "a conversation": ["/conversations", {"metadata": {"a": "b"}}],
    "a vector store": ["/vector_stores", {"name": "mine"}],
}


def answers(number: int) -> str:
    """All the answers of a process of its own, asked in an order of its own."""
    run = subprocess.run(
        [sys.executable, "-c", ASK, str(number)],
        input=json.dumps(BODIES),
        env={"PYTHONHASHSEED": str(number)},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The answers of four processes at once."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(answers, range(4)))


def test_four_processes_that_ask_in_four_orders_get_the_same_bytes(told: list[str]) -> None:
    assert told[1:] == told[:1] * 3


def test_each_of_these_requests_has_bytes_of_its_own(told: list[str]) -> None:
    rows = json.loads(told[0])
    assert {name: row[0] for name, row in rows.items() if row[0] != 200} == {
        "a refusal": 400,
        "an unknown model": 404,
        "a wrong response": 400,
    }
    assert len({row[2] for row in rows.values()}) == len(BODIES)
