"""Chromium, driven over its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/)."""

from __future__ import annotations

import base64
import itertools
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PATIENCE = 20.0  # seconds that a busy machine may take for one answer


def found() -> str | None:
    """The browser's program; None when there is none here."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Tab:
    """One tab.

    Attributes:
        errors: what was written to its console as an error, or thrown.
        requests: the addresses that it asked for.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._session: str | None = None
        self._loaded = False
        self.errors: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; return what it gives."""
        number = next(self._numbers)
        about = {"sessionId": self._session} if self._session else {}
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters, **about}))
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, told
                result: dict[str, Any] = told["result"]
                return result

    def _next(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self._socket.recv(timeout=PATIENCE))
        event, about = told.get("method"), told.get("params", {})
        if event == "Runtime.exceptionThrown":
            details = about["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif event == "Runtime.consoleAPICalled" and about["type"] in ("error", "assert", "warning"):
            self.errors.append(str(about["args"]))
        elif event == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.errors.append(about["entry"]["text"])
        elif event == "Network.requestWillBeSent" and not about["request"]["url"].startswith("data:"):
            self.requests.append(about["request"]["url"])
        elif event == "Page.loadEventFired":
            self._loaded = True
        return told

    def open(self, path: Path, fragment: str = "") -> None:
        """Load a file and wait until it is there."""
        if fragment:
            self._navigate("about:blank")  # another fragment alone would load nothing
        self._navigate(path.as_uri() + fragment)

    def _navigate(self, address: str) -> None:
        self._loaded = False
        self.call("Page.navigate", url=address)
        while not self._loaded:
            self._next()

    def run(self, script: str) -> Any:
        """What an expression of JavaScript gives; a promise is waited for."""
        told = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression of JavaScript holds."""
        tries = f"for (let n = 0; n < 1000 && !({condition}); n++) await new Promise((go) => setTimeout(go, 10))"
        assert self.run(f"(async () => {{ {tries}; return Boolean({condition}); }})()"), condition

    def go(self, fragment: str) -> None:
        """Go to a place in the page, and wait until the page shows it."""
        self.run(f"location.hash = {json.dumps(fragment)}")
        self.wait(f"document.querySelector('dialog').dataset.shown === {json.dumps('#' + fragment)}")

    def text(self, selector: str) -> str:
        """What is to be read in an element, as it is shown."""
        return str(self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def count(self, selector: str) -> int:
        """How many elements there are, shown or not."""
        return int(self.run(f"document.querySelectorAll({json.dumps(selector)}).length"))

    def visible(self, selector: str) -> int:
        """How many elements are shown."""
        return int(
            self.run(
                f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => e.checkVisibility()).length"
            )
        )

    def click(self, selector: str) -> None:
        """Click on an element."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def press(self, key: str) -> None:
        """Press a key."""
        text = key if len(key) == 1 else "\r" if key == "Enter" else ""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, text=text, **_code(key))

    def type(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def scheme(self, name: str) -> None:
        """Prefer "light" or "dark"."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def scripts(self, *, on: bool) -> None:
        """Let pages run scripts, or not."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def screenshot(self, path: Path) -> None:
        """Keep what is to be seen as a PNG."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot")["data"]))


_CODES = {"Enter": 13, "Escape": 27, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "/": 191}


def _code(key: str) -> dict[str, int]:
    return {"windowsVirtualKeyCode": _CODES[key]} if key in _CODES else {}


@contextmanager
def browser(program: str, *, width: int = 1400, height: int = 1000) -> Iterator[Tab]:
    """A tab in a browser of its own, without a window.

    Args:
        program: the browser.
        width: the page's, in pixels.
        height: the page's.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [program, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        command += ["--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars"]
        command += ["--disable-background-networking", f"--window-size={width},{height}"]
        command.append("--no-sandbox")  # which root can't have, nor every CI server; the pages are the tests' own
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
            try:
                with connect(_address(process), max_size=None, open_timeout=PATIENCE) as socket:
                    yield Tab(socket)
            finally:
                process.terminate()
                if process.stderr:
                    process.stderr.read()


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    told = []
    for line in process.stderr:
        told.append(line)
        listening = re.search(r"DevTools listening on (ws://\S+)", line)
        if listening:
            return listening[1]
    raise RuntimeError("the browser ended: " + "".join(told[-5:]))
