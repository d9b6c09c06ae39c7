"""Installing and starting llama.cpp's server, as far as it goes without the package index."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from upstream import llama


def test_an_installation_is_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama, "environment", lambda *_, **__: pytest.fail("installed again"))
    (tmp_path / "llama").mkdir()
    (tmp_path / "llama" / "installed.txt").write_text(llama.REQUIREMENTS.read_text())
    assert llama.install(tmp_path).parent.parent == tmp_path / "llama"


@pytest.mark.parametrize("name", llama.MODELS)
def test_a_model_of_other_bytes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    made: list[object] = []
    monkeypatch.setattr(llama, "install", lambda _: Path(sys.executable))
    monkeypatch.setattr(subprocess, "run", lambda command, **_: made.append(command))
    (tmp_path / f"{name}.gguf").write_bytes(b"GGUF")
    with pytest.raises(SystemExit, match=rf"{name}\.gguf: sha256 is [0-9a-f]{{64}}, not {llama.MODELS[name].sha256}"):
        llama.model_file(tmp_path, name)
    assert len(made) == 1


def test_a_server_that_does_not_start_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(llama, "install", lambda _: Path(sys.executable))
    monkeypatch.setattr(llama, "model_file", lambda *_: tmp_path / "tiny.gguf")
    server = llama.Llama(tmp_path)
    with pytest.raises(SystemExit, match=r"(?s)did not start.*No module named 'xllamacpp'"):
        server.__enter__()
    assert server.process.poll() is not None
