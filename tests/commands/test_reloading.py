"""Cassettes that change while they are replayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

import retape
from commands.served import body, save, write
from commands.served import exchange as recorded
from retape.commands.reloading import Reloading


@dataclass
class Scene:
    """A replay of the working directory, what it said to a person, and a clock that a test turns."""

    reloading: Reloading
    said: list[str]
    now: list[float] = field(default_factory=lambda: [0.0])

    def ask(self, text: str) -> str:
        """What is answered, a second later."""
        self.now[0] += 1
        request = retape.Request("POST", "http://127.0.0.1:1/v1/chat/completions", (), body(text))
        try:
            chunks = [step.data for step in self.reloading(request) if isinstance(step, retape.Chunk)]
        except retape.CassetteMiss as miss:
            return miss.brief
        return b"".join(chunks).decode().split('"content": "')[1].split('"')[0]


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """A cassette in the working directory, replayed by name of the directory."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "a.yaml", home="Earth", red="Mars")
    return replayed(".")


def replayed(*names: str, repeat: bool = True) -> Scene:
    said: list[str] = []
    now = [0.0]
    replay = retape.replay(*names, repeat=repeat)
    return Scene(Reloading(replay, names, say=said.append, clock=lambda: now[0]), said, now)


def test_what_does_not_change_is_read_once(scene: Scene) -> None:
    assert [scene.ask("home"), scene.ask("red")] == ["Earth", "Mars"]
    index = scene.reloading.replay.index
    assert scene.ask("home") == "Earth"
    assert scene.reloading.replay.index is index
    assert scene.said == []


def test_an_edit_counts_from_the_next_request_on(scene: Scene) -> None:
    assert scene.ask("red") == "Mars"
    write(Path("a.yaml"), home="Earth", red="Mars, the god")
    assert scene.ask("red") == "Mars, the god"
    assert scene.said == ["read a.yaml anew: 2 recordings"]


def test_an_edit_by_hand_counts_too(scene: Scene) -> None:
    path = Path("a.yaml")
    path.write_text(path.read_text().replace("Mars", "Ares"))
    assert scene.ask("red") == "Ares"


@pytest.mark.parametrize("name", ["b.yaml", "deep/er/b.json"])
def test_a_new_cassette_in_a_folder_is_found(name: str, scene: Scene) -> None:
    assert "recorded 'red', asked 'ringed'" in scene.ask("ringed")
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    write(Path(name), ringed="Saturn")
    assert scene.ask("ringed") == "Saturn"
    assert scene.said == [f"read {name} anew: 1 recording"]


def test_a_cassette_that_is_gone_answers_no_more(scene: Scene) -> None:
    Path("a.yaml").unlink()
    assert scene.ask("red").endswith("; nothing is recorded")
    assert scene.said == ["a.yaml is gone, and its recordings with it"]
    write(Path("a.yaml"), red="Mars")
    assert scene.ask("red") == "Mars"


def test_a_damaged_cassette_answers_with_its_damage_until_it_is_whole_again(scene: Scene) -> None:
    write(Path("b.yaml"), ringed="Saturn")
    whole = Path("a.yaml").read_bytes()
    Path("a.yaml").write_bytes(whole[:-40])
    told = scene.ask("red")
    assert told.startswith("no recording answers POST /chat/completions: damaged cassette a.yaml: line ")
    assert told.endswith("retape repair a.yaml")
    assert scene.ask("ringed") == "Saturn"
    assert [line.split(":")[0] for line in scene.said] == ["damaged cassette a.yaml", "read b.yaml anew"]
    Path("a.yaml").write_bytes(whole)
    assert scene.ask("red") == "Mars"
    assert scene.said[2:] == ["read a.yaml anew: 2 recordings"]


def test_what_was_used_stays_used_through_an_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(Path("a.yaml"), recorded("red", "first"), recorded("red", "second"), recorded("home", "Earth"))
    scene = replayed("a.yaml", repeat=False)
    assert scene.ask("red") == "first"
    save(Path("a.yaml"), recorded("red", "1"), recorded("red", "2"), recorded("red", "3"))
    assert [scene.ask("red"), scene.ask("red")] == ["2", "3"]
    assert scene.ask("red").endswith("its recordings are used up")
    assert scene.reloading.replay.replayed == 3


def test_looking_takes_a_twentieth_of_the_time_at_most(scene: Scene) -> None:
    time = [0.0]

    def clock() -> float:  # so that a look takes a millisecond
        time[0] += 0.001
        return time[0]

    scene.reloading._clock = clock
    assert scene.ask("red") == "Mars"
    write(Path("a.yaml"), home="Earth", red="Ares")
    assert scene.ask("red") == "Mars"
    time[0] += 0.020
    assert scene.ask("red") == "Ares"
