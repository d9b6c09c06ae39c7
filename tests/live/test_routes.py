"""What was recorded through the socket, straight from llama.cpp's server and through gateways, replayed on a socket.

`tox -e live -- --route NAME` records it, and compares the replay's bytes with the live answers'.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import openai
import pytest
from openai import DefaultHttpxClient, OpenAI

import retape
from live import relay
from live.conftest import CONTEXT
from live.questions import QUESTIONS, received, understood
from live.routes import ROUTES
from retape.tape.scrub import Scrubber

ASKED = [(route, question) for route, one in ROUTES.items() for question in one.questions]
ANSWERED = [pair for pair in ASKED if not QUESTIONS[pair[1]].error]
REFUSED = [pair for pair in ASKED if QUESTIONS[pair[1]].error]


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, OpenAI]]:
    """For each route a client of a server that replays it."""
    clients = {}
    handlers = {name: retape.replay(route.path, repeat=True) for name, route in ROUTES.items()}
    servers = {name: retape.serve(handler) for name, handler in handlers.items()}
    for name, server in servers.items():
        server.__enter__()
        http = DefaultHttpxClient(verify=CONTEXT)
        clients[name] = OpenAI(base_url=server.base_url, api_key="unused", max_retries=0, http_client=http)
    yield clients
    for name, server in servers.items():
        clients[name].close()
        server.__exit__(None, None, None)


def recording(route: str, question: str) -> retape.Exchange:
    """Questions are asked once each, in order."""
    exchanges = retape.Cassette.load(ROUTES[route].path).exchanges
    return dict(zip(ROUTES[route].questions, exchanges, strict=True))[question]


@pytest.mark.parametrize("route, question", ASKED)
def test_a_client_gets_the_bytes_that_were_recorded(clients: dict[str, OpenAI], route: str, question: str) -> None:
    kept = recording(route, question)
    assert kept.head
    assert received(clients[route], QUESTIONS[question]) == (kept.head.status, kept.body)
    assert kept.outcome == "complete"


@pytest.mark.parametrize("route, question", ANSWERED)
def test_the_client_makes_of_them_what_they_say(clients: dict[str, OpenAI], route: str, question: str) -> None:
    kept = recording(route, question)
    body = retape.Request("POST", "", body=kept.body)
    events = [event.data for event in retape.decode_sse(kept.body) if event.data not in (None, "[DONE]")]
    said = [retape.Request("POST", "", body=str(data).encode()).json() for data in events]
    assert understood(clients[route], QUESTIONS[question]) == (said if QUESTIONS[question].streams else [body.json()])


@pytest.mark.parametrize("route, question", REFUSED)
def test_an_error_is_the_clients_own(clients: dict[str, OpenAI], route: str, question: str) -> None:
    with pytest.raises(openai.APIStatusError, match=r"type must be number|Invalid model name|rate limit") as caught:
        understood(clients[route], QUESTIONS[question])
    assert type(caught.value).__name__ == QUESTIONS[question].error


@pytest.mark.parametrize("route", ROUTES)
def test_a_stream_says_what_the_whole_answer_says(clients: dict[str, OpenAI], route: str) -> None:
    [whole] = understood(clients[route], QUESTIONS["chat"])
    chunks = understood(clients[route], QUESTIONS["chat-stream"])
    pieces = [choice["delta"].get("content") or "" for chunk in chunks for choice in chunk["choices"]]
    assert "".join(pieces) == whole["choices"][0]["message"]["content"] != ""


@pytest.mark.parametrize("route", ROUTES)
def test_a_cassette_tells_nothing_of_keys_or_gateways_addresses(route: str) -> None:
    exchanges = retape.Cassette.load(ROUTES[route].path).exchanges
    assert {urlsplit(exchange.request.url).hostname for exchange in exchanges} == {"127.0.0.1"}
    names = {name for exchange in exchanges if exchange.head for name, _ in exchange.head.headers}
    names |= {name for exchange in exchanges for name, _ in exchange.request.headers}
    assert names <= {"accept", "content-type", "content-length"}
    assert [finding for exchange in exchanges for finding in Scrubber.of(()).check(exchange)] == []


ROW = '{{"question": "chat", "status": 200, "body": "{}"}}\n'


@pytest.mark.parametrize(
    "live, again, said",
    [
        (ROW.format("a"), ROW.format("a"), ""),
        (ROW.format("a"), ROW.format("b"), "not the bytes of the live answer: chat"),
        (ROW.format("a"), "", "not the bytes of the live answer: chat"),
        ("", "", "nothing was asked"),
    ],
)
def test_two_runs_are_compared_by_all_their_bytes(live: str, again: str, said: str) -> None:
    assert relay.difference(live, again) == said
