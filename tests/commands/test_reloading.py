"""Cassettes that change while they are replayed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import retape
from commands.served import body, save, write
from commands.served import exchange as recorded
from retape.commands.reloading import Reloading
from retape.tape.canonical import Ignore
from retape.tape.cassette import Entry
from retape.tape.repair import repair
from tape.test_journal import leave


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


def replayed(*names: str, repeat: bool = True, ignore: Ignore = ()) -> Scene:
    said: list[str] = []
    now = [0.0]
    replay = retape.replay(*names, repeat=repeat, ignore=ignore)
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


@pytest.fixture
def once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Three recordings that answer once each, two of them the same request."""
    monkeypatch.chdir(tmp_path)
    save(Path("a.yaml"), recorded("red", "first"), recorded("red", "second"), recorded("home", "Earth"))
    return replayed("a.yaml", repeat=False)


def by_hand(old: str, new: str) -> None:
    path = Path("a.yaml")
    path.write_text(path.read_text().replace(old, new))


def test_what_was_used_stays_used_through_an_edit_of_another(once: Scene) -> None:
    assert [once.ask("red"), once.ask("home")] == ["first", "Earth"]
    by_hand("second", "2")
    assert once.ask("red") == "2"
    assert once.ask("red").endswith("its recordings are used up")
    assert once.ask("home").endswith("its recordings are used up")
    assert once.reloading.replay.replayed == 3


def test_what_was_used_stays_used_wherever_it_stands_after_the_edit(once: Scene) -> None:
    assert [once.ask("red"), once.ask("red")] == ["first", "second"]
    save(Path("a.yaml"), *(recorded("red", said) for said in ("third", "second", "fourth", "first")))
    assert [once.ask("red"), once.ask("red")] == ["third", "fourth"]
    assert once.ask("red").endswith("its recordings are used up")


def test_a_recording_that_was_edited_answers_once_more(once: Scene) -> None:
    assert [once.ask("red"), once.ask("red")] == ["first", "second"]
    by_hand("second", "2")
    assert once.said == []
    assert once.ask("red") == "2"
    assert once.ask("red").endswith("its recordings are used up")
    assert once.said == ["read a.yaml anew: 3 recordings"]
    assert once.reloading.replay.index.unused == [2]


def test_equal_recordings_are_used_one_by_one_through_an_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(Path("a.yaml"), *[recorded("red", "Mars")] * 3, recorded("home", "Earth"))
    scene = replayed("a.yaml", repeat=False)
    assert [scene.ask("red"), scene.ask("red")] == ["Mars", "Mars"]
    by_hand("Earth", "Terra")
    assert [scene.ask("red"), scene.ask("home")] == ["Mars", "Terra"]
    assert scene.ask("red").endswith("its recordings are used up")


def test_the_last_of_equal_recordings_is_still_the_one_that_is_repeated_after_an_edit(once: Scene) -> None:
    scene = replayed("a.yaml")
    assert [scene.ask("red") for _ in range(3)] == ["first", "second", "second"]
    by_hand("first", "1")
    assert [scene.ask("red") for _ in range(3)] == ["1", "second", "second"]


def test_a_recording_that_cannot_be_read_keeps_no_edit_from_counting(once: Scene) -> None:
    def unreadable(*_: object) -> tuple[retape.Step, ...]:
        raise retape.MissingExtra("no library here reads that")

    assert once.ask("home") == "Earth"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Entry, "steps", property(unreadable))
        by_hand("first", "1")
        assert once.ask("red").startswith("no library here")
    assert once.ask("red") == "second"
    assert once.ask("home").endswith("its recordings are used up")


def test_a_cassette_that_is_named_twice_is_read_once(once: Scene) -> None:
    scene = replayed("a.yaml", ".", repeat=False)
    by_hand("second", "2")
    assert [scene.ask("red") for _ in range(2)] == ["first", "2"]
    assert len(scene.reloading.replay.index.entries) == 3


def test_what_a_killed_recording_left_stays_used_when_it_is_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    leave(Path("a.yaml"), Entry(exchange=recorded("red", "Mars")), Entry(exchange=recorded("home", "Earth")))
    scene = replayed(".", repeat=False)
    assert scene.ask("red") == "Mars"
    repair("a.yaml")
    assert scene.ask("red").endswith("its recordings are used up")
    assert scene.ask("home") == "Earth"
    assert scene.said == ["read a.yaml anew: 2 recordings"]


def test_an_edit_beside_a_killed_rewrite_knows_what_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save(Path("a.yaml"), recorded("run 1: red", "old"), recorded("home", "Earth"))
    leave(Path("a.yaml"), Entry(exchange=recorded("run 2: red", "new")), rewriting=True)
    scene = replayed("a.yaml", repeat=False, ignore=[re.compile("run [0-9]")])
    by_hand("Earth", "Terra")
    assert [scene.ask("run 3: red"), scene.ask("home")] == ["new", "Terra"]
    assert scene.ask("run 3: red").endswith("its recordings are used up")


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
