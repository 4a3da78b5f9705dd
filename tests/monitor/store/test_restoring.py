"""A restore puts a checked backup in the place of the database; what was there stays, whenever it is killed."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store import marker
from monitor.store.backups import back_up
from monitor.store.database import Database
from monitor.store.marker import Marker
from monitor.store.opening import Marked
from monitor.store.restoring import Restored, restore
from tests.support.killed import deaths
from tests.support.recorded import VERSIONS, content, recorded, told
from tests.support.upgrade_chain import BEFORE

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
ID = "00000000000000010000000000000000"


class Place:
    """An installation that has run with its database until now, and a backup of it; it has gone on since."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database, self.backup, self.config = recorded(folder), folder / "backup.db", folder / "tierwatch.yml"
        back_up(self.database, self.backup, False, told)
        self.mark(ID)
        self.execute(self.database, "INSERT INTO meta VALUES ('late', 'row')")

    def mark(self, id_: str, seen: datetime | None = NOW) -> None:
        marker.write(self.config, self.database, Marker(id_, f"sqlite:///{self.database}", seen))

    def execute(self, path: Path, statement: str) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute(statement)
            connection.commit()

    def restore(self, another: bool = False, dry_run: bool = False, at: datetime = NOW) -> Restored:
        url = f"sqlite:///{self.database}"
        return restore(self.config, url, self.backup, at, told, another=another, dry_run=dry_run)

    def marker(self) -> Marker | None:
        return marker.read(self.config, self.database)

    def files(self) -> dict[str, bytes]:
        return {each.name: each.read_bytes() for each in self.folder.iterdir() if each.suffix != ".lock"}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_backup_is_in_place_and_what_was_there_lies_aside(place: Place) -> None:
    done = place.restore()
    assert content(place.database) == content(place.backup)
    assert done.aside == place.folder / "tierwatch.db.before-restore-20261130T080000Z"
    assert {"key": "late", "value": "row"} in content(done.aside)["meta"]
    assert (done.copy.id, done.seen) == (ID, NOW)
    assert place.marker() == Marker(ID, f"sqlite:///{place.database}", NOW)
    assert place.database.stat().st_mode & 0o777 == 0o600


def test_the_program_starts_with_it_and_knows_that_it_is_restored(place: Place) -> None:
    place.restore()
    marked = Marked(place.config, f"sqlite:///{place.database}")
    try:
        assert marked.restored(NOW - timedelta(hours=1)) == NOW
    finally:
        marked.database.close()


def test_a_log_goes_aside_with_its_database(place: Place) -> None:
    made = place.folder / "made"
    made.mkdir()
    with closing(sqlite3.connect(shutil.copy(place.database, made / "tierwatch.db"))) as connection:
        connection.execute("INSERT INTO meta VALUES ('in the log', 'row')")
        connection.commit()
        for each in made.iterdir():
            shutil.copy(each, place.folder / each.name)
    assert Path(f"{place.database}-wal").stat().st_size > 0
    done = place.restore()
    assert done.aside is not None
    assert not Path(f"{place.database}-wal").exists()
    assert "in the log" in {row["key"] for row in content(done.aside)["meta"]}
    assert "in the log" not in {row["key"] for row in content(place.database)["meta"]}


def test_a_backup_that_is_a_raw_copy_has_what_is_in_its_log(place: Place) -> None:
    with closing(sqlite3.connect(place.database)) as connection:
        connection.execute("INSERT INTO meta VALUES ('in the log', 'row')")
        connection.commit()
        for end in ("", "-wal", "-shm"):
            shutil.copy(f"{place.database}{end}", f"{place.backup}{end}")
    place.restore()
    assert "in the log" in {row["key"] for row in content(place.database)["meta"]}


def test_while_the_program_runs_nothing_is_restored(place: Place) -> None:
    running = Database(f"sqlite:///{place.database}")
    try:
        with pytest.raises(StoreError, match="another tierwatch runs on it; stop that one"):
            place.restore()
        assert not list(place.folder.glob("*before-restore*"))
        assert place.restore(dry_run=True).copy.id == ID
    finally:
        running.close()
    assert {"key": "late", "value": "row"} in content(place.database)["meta"]


def _damaged(place: Place) -> None:
    with place.backup.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)


def _cut(place: Place) -> None:
    os.truncate(place.backup, 50_000)


def _words(place: Place) -> None:
    place.backup.write_text("these are words")


def _none(place: Place) -> None:
    place.backup.unlink()


def _newer(place: Place) -> None:
    place.execute(place.backup, "UPDATE alembic_version SET version_num = '9999'")


def _alien(place: Place) -> None:
    place.execute(place.backup, "DROP TABLE events")


def _others(place: Place) -> None:
    place.execute(place.backup, "UPDATE meta SET value = 'another' WHERE key = 'database_id'")


def _itself(place: Place) -> None:
    place.backup = place.database


WRONG = {
    "damaged": (_damaged, "is damaged|cannot be read|none of tierwatch"),
    "cut off": (_cut, "is damaged|cannot be read|could not be copied"),
    "words": (_words, "is a file of another kind and no database"),
    "not there": (_none, "does not exist"),
    "of a newer version": (_newer, "was made by a newer version of tierwatch"),
    "of another program": (_alien, "none of tierwatch"),
    "of another installation": (_others, "is a backup of another database .* give --another"),
    "the database itself": (_itself, "is the database itself"),
}


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_good_backup_is_refused_and_nothing_changes(what: str, dry_run: bool, place: Place) -> None:
    spoil, sentence = WRONG[what]
    spoil(place)
    before = place.files()
    with pytest.raises(StoreError, match=sentence) as caught:
        place.restore(dry_run=dry_run)
    assert not caught.value.retryable
    assert place.files() == before


def test_a_dry_run_changes_nothing_and_says_the_same(place: Place) -> None:
    before = place.files()
    said = place.restore(dry_run=True)
    assert place.files() == before
    done = place.restore()
    assert (said.aside, said.seen, said.copy.id) == (done.aside, done.seen, done.copy.id)


def test_a_backup_of_another_database_is_taken_where_that_is_meant_and_the_next_start_takes_it(place: Place) -> None:
    _others(place)
    done = place.restore(another=True)
    assert (done.copy.id, done.seen, place.marker()) == (
        "another", None, Marker("another", f"sqlite:///{place.database}", None),
    )  # fmt: skip
    Marked(place.config, f"sqlite:///{place.database}").database.close()


def test_a_backup_from_before_there_were_ids_gets_one_at_the_next_start(place: Place) -> None:
    place.execute(place.backup, "DELETE FROM meta WHERE key = 'database_id'")
    place.restore(another=True)
    assert place.marker() is None
    Marked(place.config, f"sqlite:///{place.database}").database.close()
    assert place.marker() is not None


def test_an_older_backup_is_taken_and_brought_up_at_the_next_start(place: Place) -> None:
    place.backup.unlink()
    place.execute(recorded(place.folder, VERSIONS[0], "old.db"), f"VACUUM INTO '{place.backup}'")
    done = place.restore()
    assert done.copy.older
    Marked(place.config, f"sqlite:///{place.database}").database.close()
    assert content(place.database)["alembic_version"] == [{"version_num": BEFORE}]


def test_without_a_database_the_backup_is_put_there_and_nothing_aside(place: Place) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{place.database}{end}").unlink(missing_ok=True)
    assert place.restore().aside is None
    assert content(place.database) == content(place.backup)


def test_two_in_one_second_lose_nothing(place: Place) -> None:
    first = place.restore()
    before = place.files()
    with pytest.raises(StoreError, match="exists; wait a second"):
        place.restore()
    assert place.files() == before
    second = place.restore(at=NOW + timedelta(seconds=1))
    assert first.aside != second.aside


def test_root_does_not_put_files_where_another_user_runs_the_program(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    owner = place.database.stat().st_uid
    if owner == 0:
        os.chown(place.database, 12345, -1)
    with pytest.raises(StoreError, match=r"belongs to the user with id .*; restore it as that user"):
        place.restore()


def test_a_kill_at_any_step_loses_neither_the_database_nor_the_backup(tmp_path: Path) -> None:
    """A start meanwhile finds the old database whole, or the new one, or is refused; never a mixture."""
    found = deaths("restoring", tmp_path)
    assert len(found) > 10
    assert [each["killed"] for each in found] == [True] * (len(found) - 1) + [False]
    started = [each["started"] for each in found]
    assert started == sorted(started, key=("old", "refused", "new").index)
    assert set(started) == {"old", "refused", "new"}
    assert all(each["restored"] and each["kept"] and each["part"] == 0 for each in found)
