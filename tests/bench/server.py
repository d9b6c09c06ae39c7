"""The server: its start, replays served under load over a bare Starlette route, many paced streams, who leaves."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import accumulate
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench import load
from bench.tables import Row, Table, ms, p99_ms, pair

SIZE = 1000
STREAMS, EVENTS = 1000, 40
GAPS = (0.05, 0.1, 0.15, 0.2, 0.25)
RAMP = 2.0
HERE = Path(__file__).parents[1]

_START = """
import json, time
begin = time.perf_counter()
import retape
from retape import serve
imported = time.perf_counter()
times = []
for _ in range(5):
    start = time.perf_counter()
    with serve(lambda request: iter(())):
        times.append(time.perf_counter() - start)
print(json.dumps([imported - begin, times[0], sorted(times)[2]]))
"""


def measure(*, quick: bool) -> Table:
    """All of it; the servers under load run in processes of their own."""
    return Table(
        title="server: a handler on a socket",
        rows=[*_start(3 if quick else 9), *_loaded(quick), *_paced(), *_leaving(10 if quick else 40)],
        notes=[
            f"Replays from a cassette of {SIZE}, {load.CONNECTIONS} connections, {load.generator()}; the peer is a "
            "bare Starlette route on the same uvicorn and event loop that returns the same bytes, in turns; medians.",
            f"Paced: {STREAMS} streams of {EVENTS} events, {GAPS[0]} to {GAPS[-1]} s apart, opened within {RAMP:g} s "
            "and all open at once; a chunk's lateness counts from the moment when its request was sent.",
        ],
    )


def _start(runs: int) -> list[Row]:
    found = [json.loads(_python("-c", _START)) for _ in range(runs)]
    imports, first, again = ([run[place] for run in found] for place in range(3))
    return [
        Row(
            what="start to listening, in process",
            figure=ms(first),
            unit="ms",
            limit=50,
            detail=f"again {ms(again):.1f} ms",
        ),
        Row(what="import of serve, with uvicorn", figure=ms(imports), unit="ms"),
    ]


def _python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True, cwd=HERE)
    return done.stdout


# Load


def _loaded(quick: bool) -> list[Row]:
    from bench import samples

    rows = []
    kinds = {"plain": [samples.plain_body()], "stream": samples.stream_chunks(samples.EVENTS_IN_14_KB)}
    for kind, chunks in kinds.items():
        made = [samples.exchange(number, chunks, stream=kind == "stream") for number in range(SIZE)]
        with tempfile.TemporaryDirectory() as folder:
            samples.write_retape(Path(folder) / "cassette.yaml", made)
            ours, peer = _in_turns(kind, Path(folder), [item.request.body for item in made], 3 if quick else 7)
        counted = f"{kind}, {len(chunks)} chunks" if kind == "stream" else kind
        rows.append(
            Row(
                what=f"replays in a second over Starlette's, {counted}",
                figure=ours / peer,
                unit="x",
                detail=pair("retape", ours, "Starlette", peer, "/s"),
                limit=0.5,
                at_least=True,
            )
        )
    return rows


def _in_turns(kind: str, folder: Path, bodies: list[bytes], rounds: int) -> tuple[float, float]:
    rates: dict[str, list[float]] = {"retape": [], "starlette": []}
    with _child("retape", kind, str(folder)) as ours, _child("starlette", kind, str(folder)) as peer:
        for _ in range(rounds):
            for name, url in (("retape", ours), ("starlette", peer)):
                rates[name].append(load.rate(url, bodies, 1))
    return statistics.median(rates["retape"]), statistics.median(rates["starlette"])


@contextmanager
def _child(*arguments: str) -> Iterator[str]:
    """A server in a process of its own; its address."""
    command = [sys.executable, "-m", "bench.server", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            yield child.stdout.readline().strip()
        finally:
            child.stdin.close()


# Many paced streams


def _paced() -> list[Row]:
    from bench import samples

    dice = random.Random(7)
    gaps = [[dice.choice(GAPS) for _ in range(EVENTS)] for _ in range(20)]
    chunks = samples.stream_chunks(EVENTS)
    with tempfile.TemporaryDirectory() as folder:
        made = [samples.exchange(number, chunks, stream=True, gaps=each) for number, each in enumerate(gaps)]
        samples.write_retape(Path(folder) / "cassette.yaml", made)
        bodies = [item.request.body for item in made]
        with _child("retape", "paced", folder) as url:
            found = asyncio.run(_streams(url, bodies, gaps, b"".join(chunks)))
            memory = float(_asked(url, "/memory"))
    late = [each for run in found for each in run[1]]
    return [
        Row(
            what=f"{STREAMS} paced streams: right to the byte",
            figure=sum(run[0] for run in found),
            unit="streams",
            limit=STREAMS,
            at_least=True,
        ),
        Row(
            what="each chunk's lateness, p99",
            figure=p99_ms(late),
            unit="ms",
            limit=50,
            detail=f"median {ms(late):.1f} ms, most {max(late) * 1000:.0f} ms",
        ),
        Row(what="the server's peak memory", figure=memory, unit="MB", limit=300),
    ]


class _Reader(asyncio.Protocol):
    """Asks for one stream, and notes when its chunks come: a chunk that is whole when it is read came then."""

    def __init__(self, ask: bytes, done: asyncio.Future[None]) -> None:
        self.ask, self.done = ask, done
        self.came: list[tuple[float, bytes]] = []
        self.start = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.start = time.perf_counter()
        transport.write(self.ask)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.came.append((time.perf_counter(), data))
        if data.endswith(b"\r\n0\r\n\r\n") or data == b"0\r\n\r\n":
            self.transport.close()
            self.done.set_result(None)

    def read(self) -> tuple[bytes, list[float]]:
        """The body, and the times at which its chunks' last bytes came, in seconds from the start."""
        ends, size, place = [], 0, 0
        whole = b"".join(data for _, data in self.came)
        body, rest = [], whole.partition(b"\r\n\r\n")[2]
        place = len(whole) - len(rest)
        while size := int(whole[place : whole.index(b"\r\n", place)], 16):
            begin = whole.index(b"\r\n", place) + 2
            body.append(whole[begin : begin + size])
            place = begin + size + 2
            ends.append(place)
        reads = list(accumulate(len(data) for _, data in self.came))
        times = [self.came[bisect_left(reads, end)][0] - self.start for end in ends]
        return b"".join(body), times


async def _streams(
    url: str, bodies: list[bytes], gaps: list[list[float]], expected: bytes
) -> list[tuple[bool, list[float]]]:
    loop, where = asyncio.get_running_loop(), urlsplit(url)

    async def one(number: int) -> tuple[bool, list[float]]:
        await asyncio.sleep(RAMP * number / STREAMS)
        place = number % len(bodies)
        body, done = bodies[place], loop.create_future()
        ask = b"POST %b HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n" % (load.PATH.encode(), len(body)) + body
        _, reader = await loop.create_connection(lambda: _Reader(ask, done), where.hostname, where.port)
        await done
        came, times = reader.read()
        due = accumulate(gaps[place])
        return came == expected, [at - when for at, when in zip(times, due, strict=True)]

    return await asyncio.gather(*map(one, range(STREAMS)))


def _asked(url: str, path: str) -> bytes:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        return b"".join(iter(lambda: raw.recv(65536), b"")).partition(b"\r\n\r\n")[2]


# Clients that leave


def _leaving(times: int) -> list[Row]:
    from retape import Wait

    kinds = {"between two chunks": Wait(30), "while it sends at full speed": None}
    return [
        Row(
            what=f"a client that leaves {what}: handler stopped, slowest",
            figure=max(_left(wait) for _ in range(times)) * 1000,
            unit="ms",
            limit=100,
        )
        for what, wait in kinds.items()
    ]


def _left(wait: Any) -> float:
    from retape import Chunk, Head, Step, serve

    stopped: list[float] = []
    over = threading.Event()

    def endless(request: Any) -> Iterator[Step]:
        try:
            yield Head(200, (("content-type", "text/event-stream"),))
            while True:
                yield Chunk(b"data: {}\n\n")
                if wait:
                    yield wait
        finally:
            stopped.append(time.perf_counter())
            over.set()

    with serve(endless) as server:
        with socket.create_connection((server.host, server.port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            raw.recv(65536)
            if wait is None:
                until = time.perf_counter() + 0.02
                while time.perf_counter() < until:
                    raw.recv(65536)
        left = time.perf_counter()
        over.wait(5)
    return stopped[0] - left


# The servers, in processes of their own


def _serve_retape(kind: str, folder: str) -> AbstractContextManager[Any]:
    import retape

    replayed = retape.replay(folder, pace="recorded" if kind == "paced" else "instant", repeat=True)

    def handler(request: retape.Request) -> Iterator[retape.Step]:
        if request.path == "/memory":
            from bench.opening import peak

            return iter((retape.Head(200), retape.Chunk(b"%f" % peak())))
        return replayed(request)

    return retape.serve(handler)


@contextmanager
def _serve_starlette(kind: str, folder: str) -> Iterator[Any]:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response, StreamingResponse
    from starlette.routing import Route

    from bench import samples

    body, chunks = samples.plain_body(), samples.stream_chunks(samples.EVENTS_IN_14_KB)

    async def plain(request: Request) -> Response:
        return Response(body, media_type=samples.PLAIN)

    async def stream(request: Request) -> Response:
        async def pieces() -> Any:
            for chunk in chunks:
                yield chunk

        return StreamingResponse(pieces(), media_type=samples.STREAM)

    routes = [Route(load.PATH, {"plain": plain, "stream": stream}[kind], methods=["POST"])]
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of clients that leave when their time is up
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # as uvicorn listens by itself: without Nagle's algorithm
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        Starlette(routes=routes), loop="asyncio", log_level="error", access_log=False, lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started:
        time.sleep(0.01)

    class Running:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield Running
    server.should_exit = True
    thread.join()


_SERVERS: dict[str, Callable[[str, str], AbstractContextManager[Any]]] = {
    "retape": _serve_retape,
    "starlette": _serve_starlette,
}

if __name__ == "__main__":
    with _SERVERS[sys.argv[1]](sys.argv[2], sys.argv[3]) as _running:
        print(_running.url, flush=True)
        sys.stdin.read()
