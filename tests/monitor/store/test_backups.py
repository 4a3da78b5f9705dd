"""A backup is whole, of one instant, made beside a program that writes; or there is none, and a sentence."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.errors import StoreError
from monitor.store import backups, copies
from monitor.store.backups import back_up
from monitor.store.database import Database, readonly
from monitor.store.migrating import newest
from tests.support.peers import until
from tests.support.recorded import content, recorded, told

ID = "00000000000000010000000000000000"
"""The id of the recorded database."""


def test_a_backup_has_every_row_and_is_one_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    database, target = recorded(tmp_path), tmp_path / "b.db"
    before = os.umask(0)
    try:
        made = back_up(database, target, False, told)
    finally:
        os.umask(before)
    assert content(target) == content(database)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (made.path, made.size, made.revision) == (target, target.stat().st_size, newest())
    assert made.id == ID
    assert sorted(each.name for each in tmp_path.glob("*b.db*")) == ["b.db"]
    assert target.read_bytes()[18:20] == b"\x01\x01", "no log belongs to it"


def test_a_backup_is_opened_by_the_program_as_it_is(tmp_path: Path) -> None:
    database, target = recorded(tmp_path), tmp_path / "b.db"
    back_up(database, target, False, told)
    Database(f"sqlite:///{target}").close()
    assert content(target) == content(database)


class Writer:
    """A program that writes as fast as it can: each transaction puts one row into each of two tables."""

    def __init__(self, database: Database) -> None:
        self.written, self._database, self._end = 0, database, threading.Event()
        self._thread = threading.Thread(target=self._write)

    def _write(self) -> None:
        while not self._end.is_set():
            with self._database.write() as connection:
                for insert in ("INSERT INTO meta (key, value) VALUES (?, '')", "INSERT INTO forgotten VALUES (?)"):
                    connection.exec_driver_sql(insert, (f"n{self.written}",))
            self.written += 1

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()


def test_a_backup_ends_though_something_is_written_between_any_two_of_its_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite's own `.backup` would begin again each time."""
    monkeypatch.setattr(copies, "PAGES", 8)
    path = recorded(tmp_path)
    database = Database(f"sqlite:///{path}")
    steps: list[tuple[int, int | None]] = []

    def step(what: str, done: int, total: int | None) -> None:
        if what == "copying":
            steps.append((done, total))
            then = writer.written
            until(lambda: writer.written > then, "another transaction")

    try:
        with Writer(database) as writer:
            back_up(path, tmp_path / "b.db", False, step)
        pages = steps[0][1]
        assert pages is not None
        assert [done for done, _ in steps] == [*range(8, pages, 8), pages]
        assert {total for _, total in steps} == {pages}
    finally:
        database.close()
    found = content(tmp_path / "b.db")
    pair = [{said for row in found[table] if (said := str(row[key])).startswith("n")} for table, key in
            (("meta", "key"), ("forgotten", "digest"))]  # fmt: skip
    assert pair[0] == pair[1], "of one instant"
    assert len(pair[0]) < writer.written


def test_a_writer_never_waits_for_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "PAGES", 8)
    path = recorded(tmp_path)
    database = Database(f"sqlite:///{path}")

    def step(what: str, done: int, total: int | None) -> None:
        with database.write() as connection:  # on this very thread: it would wait for ever
            connection.exec_driver_sql("INSERT INTO meta VALUES (?, ?)", (f"{what} {done}", "here"))

    try:
        back_up(path, tmp_path / "b.db", False, step)
    finally:
        database.close()
    assert not [row for row in content(tmp_path / "b.db")["meta"] if row["value"] == "here"]


def _folder(path: Path) -> None:
    path.mkdir()


def _link(path: Path) -> None:
    path.symlink_to(path.with_name("elsewhere.db"))


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _backup(path: Path) -> None:
    recorded(path.parent, name=path.name)


def _words(path: Path) -> None:
    path.write_text("these are words")


TARGETS: dict[str, tuple[Callable[[Path], None], bool, str]] = {
    "a folder": (_folder, True, "is a folder; name a file in it"),
    "a link": (_link, True, "is a symbolic link; name the file itself"),
    "a pipe": (_pipe, True, "is no ordinary file"),
    "a backup": (_backup, False, "exists; name another file, or give --overwrite"),
    "another file": (_words, True, "is no database and is not overwritten"),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_what_must_not_be_written_over_is_refused_and_stays(kind: str, tmp_path: Path) -> None:
    put, overwrite, sentence = TARGETS[kind]
    database, target = recorded(tmp_path), tmp_path / "b.db"
    put(target)
    before = sorted(each.name for each in tmp_path.iterdir())
    with pytest.raises(StoreError, match=sentence) as caught:
        back_up(database, target, overwrite, told)
    assert not caught.value.retryable
    assert sorted(each.name for each in tmp_path.iterdir()) == before


@pytest.mark.parametrize("end", ["", "-wal", "-shm", "-journal", ".lock"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_the_files_of_the_database_are_no_targets(end: str, overwrite: bool, tmp_path: Path) -> None:
    database = recorded(tmp_path)
    (tmp_path / "here").symlink_to(tmp_path)
    for target in (Path(f"{database}{end}"), tmp_path / "here" / f"{database.name}{end}"):
        with pytest.raises(StoreError, match="belongs to the database itself"):
            back_up(database, target, overwrite, told)


def test_another_name_of_the_database_is_no_target(tmp_path: Path) -> None:
    database = recorded(tmp_path)
    os.link(database, tmp_path / "b.db")
    with pytest.raises(StoreError, match="belongs to the database itself"):
        back_up(database, tmp_path / "b.db", True, told)


def test_an_older_backup_is_replaced_where_that_is_told(tmp_path: Path) -> None:
    database, target = recorded(tmp_path), tmp_path / "b.db"
    with closing(sqlite3.connect(target)) as connection:
        connection.execute("CREATE TABLE older (a)")
    back_up(database, target, True, told)
    assert content(target) == content(database)


def test_where_files_have_one_name_only_an_existing_one_stays_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    database, target = recorded(tmp_path), tmp_path / "b.db"
    back_up(database, target, False, told)
    assert content(target) == content(database)

    def appears(what: str, *_: object) -> None:
        (tmp_path / "c.db").write_text("another's")

    with pytest.raises(StoreError, match="made by somebody else meanwhile"):
        back_up(database, tmp_path / "c.db", False, appears)
    assert (tmp_path / "c.db").read_text() == "another's"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("during", ["copying", "checking"])
def test_a_signal_ends_it_and_leaves_nothing(
    number: signal.Signals, during: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "PAGES", 8)
    database = recorded(tmp_path)
    files = sorted(each.name for each in tmp_path.iterdir())

    class EndedError(Exception):
        pass

    def end(*_: object) -> None:
        assert sorted(each.name for each in tmp_path.iterdir()) == files, "cleaned up before the signal takes effect"
        raise EndedError

    def step(what: str, *_: object) -> None:
        if what == during:
            os.kill(os.getpid(), number)

    before = signal.signal(number, end)
    try:
        with pytest.raises(EndedError):
            back_up(database, tmp_path / "b.db", False, step)
        assert signal.getsignal(number) is end
    finally:
        signal.signal(number, before)
    assert not (tmp_path / "b.db").exists()


def test_what_a_killed_one_left_is_used_again(tmp_path: Path) -> None:
    database, target = recorded(tmp_path), tmp_path / "b.db"
    (tmp_path / ".b.db.part").write_bytes(b"half" * 100_000)
    (tmp_path / ".b.db.part").chmod(0o644)
    back_up(database, target, False, told)
    assert content(target) == content(database)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not (tmp_path / ".b.db.part").exists()


def test_two_to_one_target_do_not_disturb_each_other(tmp_path: Path) -> None:
    database, part = recorded(tmp_path), tmp_path / ".b.db.part"
    with part.open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        with pytest.raises(StoreError, match="is being written by another tierwatch"):
            back_up(database, tmp_path / "b.db", False, told)
        assert part.exists()


def test_a_trap_where_the_copy_is_made_is_not_stepped_into(tmp_path: Path) -> None:
    database, other = recorded(tmp_path), tmp_path / "other"
    other.write_text("kept")
    (tmp_path / ".b.db.part").symlink_to(other)
    with pytest.raises(StoreError, match="no file can be written there"):
        back_up(database, tmp_path / "b.db", False, told)
    (tmp_path / ".b.db.part").unlink()
    os.link(other, tmp_path / ".b.db.part")
    with pytest.raises(StoreError, match="belongs to somebody else"):
        back_up(database, tmp_path / "b.db", False, told)
    assert other.read_text() == "kept"


def test_without_room_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = recorded(tmp_path)
    monkeypatch.setattr(copies, "statvfs", lambda path: SimpleNamespace(f_bavail=3, f_frsize=4096))
    with pytest.raises(StoreError, match=r"there is room for 12\.3 KB, and the database has \d+\.\d KB"):
        back_up(database, tmp_path / "b.db", False, told)
    assert not list(tmp_path.glob("*b.db*"))


LIMITED = """
import resource, sys
from monitor import cli
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
sys.argv = ["tierwatch", "store", "backup", "b.db"]
cli.main()
"""


def test_a_disk_that_is_full_in_the_middle_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    """The system refuses to let a file of this process grow past 100,000 bytes."""
    recorded(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED], cwd=tmp_path, env=_environment(), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "could not be copied" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*b.db*"))


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(backups.__file__).parents[2])}


def _damage(path: Path) -> None:
    """Overwrite the root page of an index of the events."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events_by_subject'").fetchone()
        connection.execute("PRAGMA journal_mode=DELETE")
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)


def test_of_a_damaged_database_no_backup_is_made(tmp_path: Path) -> None:
    database = recorded(tmp_path)
    _damage(database)
    with pytest.raises(StoreError, match=r"is damaged \(.*so would be its backup: none was made"):
        back_up(database, tmp_path / "b.db", False, told)
    assert not list(tmp_path.glob("*b.db*"))


@pytest.fixture
def others(tmp_path: Path) -> dict[str, Path]:
    empty, words, alien = tmp_path / "empty.db", tmp_path / "words.db", tmp_path / "alien.db"
    empty.touch()
    words.write_text("these are words, and no database " * 100)
    with closing(sqlite3.connect(alien)) as connection:
        connection.execute("CREATE TABLE other (a)")
    return {"no file": tmp_path / "nowhere.db", "empty": empty, "words": words, "alien": alien}


@pytest.mark.parametrize("kind", ["no file", "empty", "words", "alien"])
def test_what_is_no_database_of_ours_is_not_backed_up(kind: str, others: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not exist|none of tierwatch|cannot be read|no database"):
        back_up(others[kind], tmp_path / "b.db", False, told)
    assert not list(tmp_path.glob("*b.db*"))


def test_whoever_looks_at_a_backup_sees_what_the_program_saw(tmp_path: Path) -> None:
    database, target = recorded(tmp_path), tmp_path / "b.db"
    back_up(database, target, False, told)
    looked: list[Any] = []
    for path in (database, target):
        opened = readonly(f"sqlite:///{path}")
        with opened.read() as connection:
            looked.append(connection.exec_driver_sql("SELECT * FROM readings").all())
        opened.close()
    assert looked[0] == looked[1]
