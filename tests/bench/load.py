"""Load on a server: wrk where it is installed, else raw connections of our own; the same for both sides."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

CONNECTIONS = 16
PATH = "/v1/chat/completions"

_SCRIPT = """
local bodies, number = {}, 0
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local headers = {["content-type"] = "application/json"}
request = function()
  number = number + 1
  return wrk.format("POST", "%s", headers, bodies[number %% #bodies + 1])
end
"""


def generator() -> str:
    """What makes the load."""
    return "wrk" if shutil.which("wrk") else "raw connections (wrk is not installed)"


def rate(url: str, bodies: list[bytes], seconds: float) -> float:
    """Requests answered with 200 in a second.

    Args:
        url: the server's.
        bodies: what is posted, one after the other, over and over.
        seconds: how long.

    Raises:
        RuntimeError: an answer was another one.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bodies"
        file.write_bytes(b"\n".join(bodies) + b"\n")
        return _wrk(url, file, seconds) if shutil.which("wrk") else _own(url, file, seconds)


def _wrk(url: str, file: Path, seconds: float) -> float:
    script = file.with_suffix(".lua")
    script.write_text(_SCRIPT % (file, PATH))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s", "-s", str(script), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    if found is None or "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    return float(found[1])


def _own(url: str, file: Path, seconds: float) -> float:
    command = [sys.executable, "-m", "bench.load", url, str(file), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=Path(__file__).parents[1])
    return float(done.stdout)


class _Connection(asyncio.Protocol):
    """Asks again as soon as it is answered; any two answers are of one length, and the first says which."""

    def __init__(self, requests: list[bytes], until: float, done: asyncio.Future[int]) -> None:
        self.requests, self.until, self.done = requests, until, done
        self.answered = self.size = 0
        self.came = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.came.clear()
        self.transport.write(self.requests[self.answered % len(self.requests)])  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.came += data
        if not (len(self.came) >= self.size if self.size else self.whole()):
            return
        if not self.came.startswith(b"HTTP/1.1 200"):
            self.done.set_exception(RuntimeError(bytes(self.came[:300]).decode()))
            return
        self.size = len(self.came)
        self.answered += 1
        if time.perf_counter() < self.until:
            self.ask()
        elif not self.done.done():
            self.done.set_result(self.answered)

    def whole(self) -> bool:
        head, blank, body = bytes(self.came).partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        return bool(blank) and (len(body) >= int(length[1]) if length else body.endswith(b"0\r\n\r\n"))


async def _run(url: str, bodies: list[bytes], seconds: float) -> float:
    loop, where = asyncio.get_running_loop(), urlsplit(url)
    head = f"POST {PATH} HTTP/1.1\r\nhost: {where.netloc}\r\ncontent-type: application/json\r\ncontent-length: "
    requests = [head.encode() + b"%d\r\n\r\n" % len(body) + body for body in bodies]
    begin = time.perf_counter()
    done = [loop.create_future() for _ in range(CONNECTIONS)]
    for number, future in enumerate(done):
        turned = requests[number * len(requests) // CONNECTIONS :] + requests[: number * len(requests) // CONNECTIONS]
        await loop.create_connection(
            lambda turned=turned, future=future: _Connection(turned, begin + seconds, future),  # type: ignore[misc]
            where.hostname,
            where.port,
        )
    answered = sum(await asyncio.gather(*done))
    return answered / (time.perf_counter() - begin)


if __name__ == "__main__":
    print(asyncio.run(_run(sys.argv[1], Path(sys.argv[2]).read_bytes().splitlines(), float(sys.argv[3]))))
