"""The official client for Node: `npm install openai` somewhere, and CLIENTS_NODE names that folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import retape

FOLDER = Path(os.environ.get("CLIENTS_NODE", "."))
pytestmark = pytest.mark.skipif(
    not (shutil.which("node") and (FOLDER / "node_modules/openai").is_dir()),
    reason="needs node, and CLIENTS_NODE to name a folder with node_modules/openai: tox -e clients",
)


def ask(scenario: str, base_url: str) -> Any:
    """What the client made of the answers."""
    environment = {
        "PATH": os.environ["PATH"],
        "CLIENTS_NODE": str(FOLDER.resolve()),
        "OPENAI_BASE_URL": base_url,
        "OPENAI_API_KEY": "unused",
    }
    command = ["node", str(Path(__file__).with_name("ask.mjs")), scenario]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def planets() -> retape.Fake:
    fake = retape.Fake()
    fake.on(result_of="get_weather").reply("It rains.")
    fake.on(tool="get_weather").call("get_weather", city="Oslo")
    fake.on(body={"response_format.type": "json_schema"}).reply('{"name":"Mars","moons":2}')
    fake.on(contains="planet").reply("Mars it is, the red one.")
    return fake


SAID = "Mars it is, the red one."
OSLO = {"city": "Oslo"}


@pytest.mark.parametrize(
    "scenario, outcome",
    [
        ("plain", SAID),
        ("streamed", SAID),
        ("helper", [SAID, SAID, True]),
        ("tools", [[OSLO], "It rains."]),
        ("streamed_tools", ["It rains.", [OSLO]]),
        ("structured", {"name": "Mars", "moons": 2}),
        ("response", SAID),
        ("streamed_response", [SAID, SAID, "completed"]),
        ("embeddings", [1536, 1536]),
        ("upload", ["rows.jsonl", 9, '{"a": 1}\n']),
        ("pages", True),
        ("refused", ["BadRequestError", 400, "decimal_above_max_value", "temperature"]),
    ],
)
def test_the_fake_and_its_recording_say_the_same(scenario: str, outcome: Any, twice: Any) -> None:
    assert twice(planets(), lambda base_url: ask(scenario, base_url)) == outcome


def test_an_error_is_tried_again() -> None:
    fake = planets()
    fake.fail(429, times=1)
    fake.fail(503, times=1)
    with retape.serve(fake) as server:
        assert ask("plain", server.base_url) == SAID
    assert len(fake.requests) == 3


@pytest.mark.parametrize("broken", [retape.faults.cut, retape.faults.reset], ids=lambda fault: fault.__name__)
def test_a_stream_that_breaks_is_an_error(broken: Any) -> None:
    with retape.serve(broken(planets(), after=2)) as server:
        assert ask("broken", server.base_url)[0] == "broken"


def test_a_miss_is_one_request_and_names_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("interactions: []\nversion: 1\n")
    with retape.serve(retape.replay(path)) as server:
        name, status, code, message = ask("missed", server.base_url)
        assert len(server.failures) == 1
    assert (name, status, code) == ("NotFoundError", 404, "cassette_miss")
    assert message == "404 no recording answers POST /chat/completions (request 1); nothing is recorded"
