"""What the tests of the serving commands have in common: cassettes, clients, and a command in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import retape

ANSWER = {"id": "c", "object": "chat.completion", "created": 1, "model": "m"}

ASK = """
import json, os, sys, urllib.error, urllib.request
for text in sys.argv[1:]:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode()
    request = urllib.request.Request(os.environ["OPENAI_BASE_URL"] + "/chat/completions", data=body)
    try:
        print(json.load(urllib.request.urlopen(request))["choices"][0]["message"]["content"])
    except urllib.error.HTTPError as error:
        print(error.code, json.load(error)["error"]["code"])
"""
"""A program that asks for each of its arguments, and prints the answers; it starts sooner than the official client."""

ASK_OFFICIALLY = """
import sys, openai
try:
    for text in sys.argv[1:]:
        asked = [{"role": "user", "content": text}]
        print(openai.OpenAI().chat.completions.create(model="m", messages=asked).choices[0].message.content)
except openai.NotFoundError as error:
    print(error.code, error.message)
"""
"""The same through the official client, with its retries."""


def body(text: str) -> bytes:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode()


def exchange(asked: str, said: str, *, wait: float = 0.0) -> retape.Exchange:
    request = retape.Request("POST", "https://api.openai.com/v1/chat/completions", (), body(asked))
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": said}}
    data = json.dumps(ANSWER | {"choices": [choice]}).encode()
    head = retape.Head(200, (("content-type", "application/json"),), "OK")
    return retape.Exchange(
        request=request, steps=(retape.Wait(wait), head, retape.Chunk(data)), recorded_at="2026-01-01T00:00:00Z"
    )


def write(path: Path, **exchanges: str) -> None:
    """A cassette in which each name is asked and its value answered."""
    save(path, *(exchange(asked, said) for asked, said in exchanges.items()))


def save(path: Path, *exchanges: retape.Exchange) -> None:
    cassette = retape.Cassette(path)
    for one in exchanges:
        cassette.append(one)
    cassette.save()


def ask(base_url: str, text: str) -> tuple[int, str]:
    """The status, and what was said; of an error its message."""
    request = urllib.request.Request(f"{base_url}/chat/completions", data=body(text), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)["choices"][0]["message"]["content"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)["error"]["message"]


def flood(base_url: str, number: int) -> list[int]:
    """The statuses of so many requests with long paths, which soon fill a pipe that shows them."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    with closing(HTTPConnection(parts.hostname, parts.port, timeout=30)) as connection:
        return [_one(connection, f"{parts.path}/{'x' * 200}") for _ in range(number)]


def _one(connection: HTTPConnection, path: str) -> int:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def python(code: str, *arguments: str) -> list[str]:
    """The end of a command line that runs this."""
    return ["--", sys.executable, "-c", code, *arguments]


@contextmanager
def started(*arguments: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`retape` with these arguments, and the address it names first; ended if the test didn't."""
    command = [sys.executable, "-m", "retape", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd, env={**os.environ}
    ) as child:
        try:
            assert child.stdout is not None
            assert child.stderr is not None
            line = (child.stdout if "--json" in arguments else child.stderr).readline()
            base_url = next(word for word in line.replace('"', " ").split() if word.endswith("/v1"))
            if "--json" not in arguments:  # how to use it; `communicate` would lose what is in the buffer
                assert child.stderr.readline().startswith(f"  export OPENAI_BASE_URL={base_url} OPENAI_API_KEY=")
            yield child, base_url
        finally:
            if child.poll() is None:
                child.send_signal(signal.SIGKILL)
