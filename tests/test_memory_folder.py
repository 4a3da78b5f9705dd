"""What the tests write goes into memory where there is room, and nowhere else than where somebody asks for."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from tests.support import memory_folder


@pytest.fixture(autouse=True)
def _restored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", tempfile.tempdir)
    monkeypatch.setenv("TMPDIR", "as before")  # noted, so that it is what it was after the test
    monkeypatch.delenv("TMPDIR")


def test_a_folder_with_room_is_used(tmp_path: Path) -> None:
    memory_folder.use(tmp_path, needed=1)
    assert Path(tempfile.gettempdir()) == tmp_path


def test_a_folder_without_room_is_not(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    memory_folder.use(tmp_path, needed=1 << 62)
    assert tempfile.gettempdir() == before


def test_a_folder_that_is_not_there_is_not(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    memory_folder.use(tmp_path / "none", needed=1)
    assert tempfile.gettempdir() == before


def test_who_names_a_folder_gets_that_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "mine"))
    memory_folder.use(tmp_path, needed=1)
    assert Path(tempfile.gettempdir()) != tmp_path
