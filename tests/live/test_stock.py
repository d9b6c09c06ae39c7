"""Stock vcrpy replays what was recorded here, and refuses what broke."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import httpx
import pytest
import vcr

import retape

FOLDER = Path(__file__).parents[2] / "cassettes" / "llamacpp"
CASSETTES = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
PLAYABLE = ("complete", "client-left")


@pytest.fixture(scope="module")
def context() -> ssl.SSLContext:
    """Made once, because loading the certificates takes longer than a test."""
    return ssl.create_default_context()


def send(client: httpx.Client, request: retape.Request) -> httpx.Response:
    return client.request(request.method, request.url, headers=dict(request.headers), content=request.body)


@pytest.mark.parametrize("path", CASSETTES.values(), ids=CASSETTES)
def test_stock_vcrpy_replays_it(path: Path, context: ssl.SSLContext) -> None:
    stock = vcr.VCR(record_mode="none", match_on=["method", "uri"])
    with stock.use_cassette(str(path)), httpx.Client(verify=context) as client:
        for exchange in retape.Cassette.load(path).exchanges:
            if exchange.outcome not in PLAYABLE:
                with pytest.raises(KeyError, match="string"):
                    send(client, exchange.request)
                continue
            answer = send(client, exchange.request)
            assert exchange.head
            assert answer.status_code == exchange.head.status
            assert answer.headers["content-type"] == exchange.head.header("content-type")
            if exchange.is_stream:
                assert answer.content == exchange.body
            else:  # stock vcrpy shows JSON as the file does, indented
                assert answer.json() == json.loads(exchange.body)


def test_there_is_something_to_replay() -> None:
    assert len(CASSETTES) > 60
