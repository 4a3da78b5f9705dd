"""`tierwatch store backup`, `check` and `restore`: what they print, and how they end."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.store.database import Database
from monitor.store.migrating import newest
from tests.support.cases import at
from tests.support.command_line import Command, runner
from tests.support.recorded import content, recorded


@pytest.fixture
def tierwatch(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line beside a recorded database, in its folder; its secrets are nowhere."""
    recorded(tmp_path)
    monkeypatch.chdir(tmp_path)
    return runner(capsys, monkeypatch, tmp_path / "tierwatch.yml", at(0))


def last_event(folder: Path) -> datetime:
    """When the last event of the recorded database was received."""
    rows = content(folder / "tierwatch.db")["events"]
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=max(row["received_at"] for row in rows))


def local(instant: datetime) -> str:
    """An instant in the zone of the configuration, to the second."""
    return f"{instant.astimezone(ZoneInfo('Asia/Shanghai')):%Y-%m-%d %H:%M:%S}"


def test_a_backup_says_its_size_its_last_event_its_id_and_its_schema(tierwatch: Command, tmp_path: Path) -> None:
    said = tierwatch("store", "backup", "b.db")
    assert (said.code, said.err) == (0, "")
    size = (tmp_path / "b.db").stat().st_size / 1000
    assert said.out.startswith(f"b.db: {size:.1f} KB, copied and checked in ")
    assert f"last event received {local(last_event(tmp_path))}" in said.out
    assert said.out.endswith(f"; id 00000000000000010000000000000000, schema {newest()}\n")


def test_the_same_as_json(tierwatch: Command, tmp_path: Path) -> None:
    told = json.loads(tierwatch("store", "backup", "b.db", "--json").out)
    seconds = told.pop("seconds")
    assert seconds >= 0
    assert told == {
        "file": "b.db", "bytes": (tmp_path / "b.db").stat().st_size, "id": "00000000000000010000000000000000",
        "schema": newest(), "last_event": f"{last_event(tmp_path):%Y-%m-%dT%H:%M:%S.%fZ}",
    }  # fmt: skip


def test_an_existing_file_is_replaced_only_when_that_is_asked_for(tierwatch: Command) -> None:
    assert tierwatch("store", "backup", "b.db").code == 0
    again = tierwatch("store", "backup", "b.db")
    assert (again.code, again.out, again.err) == (1, "", "b.db exists; name another file, or give --overwrite\n")
    assert tierwatch("store", "backup", "b.db", "--overwrite").code == 0


def test_beside_a_running_program_it_is_backed_up_and_checked_but_not_restored(
    tierwatch: Command, tmp_path: Path
) -> None:
    running = Database(f"sqlite:///{tmp_path}/tierwatch.db")
    try:
        assert tierwatch("store", "backup", "b.db").code == 0
        assert tierwatch("store", "check").code == 0
        refused = tierwatch("store", "restore", "b.db")
    finally:
        running.close()
    assert refused.code == 1
    assert "another tierwatch runs on it; stop that one" in refused.err


def test_a_sound_database_is_said_to_be_sound(tierwatch: Command, tmp_path: Path) -> None:
    said = tierwatch("store", "check")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"{tmp_path}/tierwatch.db: sound; ")


def test_each_fault_is_a_line_and_the_exit_code_is_1(tierwatch: Command, tmp_path: Path) -> None:
    tierwatch("store", "backup", "b.db")
    with closing(sqlite3.connect(tmp_path / "b.db")) as connection:
        connection.execute("UPDATE counters SET value = -1")
        connection.execute("UPDATE outbox SET folded_into = 99999 WHERE id = 1")
        connection.commit()
    counters = len(content(tmp_path / "b.db")["counters"])
    said = tierwatch("store", "check", "b.db")
    assert said.code == 1
    assert [line.split(",")[0] for line in said.out.splitlines()] == [
        "b.db: pages stand in a digest that is not there: 1", f"b.db: counters are below zero: {counters}",
    ]  # fmt: skip
    as_json = tierwatch("store", "check", "b.db", "--json")
    assert as_json.code == 1
    assert [fault["what"] for fault in json.loads(as_json.out)["faults"]] == ["page_in_no_digest", "counter_below_zero"]


def test_a_backup_is_checked_where_there_is_no_configuration(
    tierwatch: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tierwatch("store", "backup", "b.db")
    for each in tmp_path.glob("*.yml"):
        each.unlink()
    assert tierwatch("store", "check", "b.db").code == 0


def test_a_length_that_is_none_is_refused(tierwatch: Command) -> None:
    said = tierwatch("store", "check", "--at-most", "soon")
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith("--at-most: 'soon' is not a length")


def test_a_restore_says_what_it_did_and_what_the_next_start_does(tierwatch: Command, tmp_path: Path) -> None:
    tierwatch("store", "backup", "b.db")
    would = tierwatch("store", "restore", "b.db", "--dry-run")
    assert would.code == 0
    assert "would be restored from b.db" in would.out
    assert not list(tmp_path.glob("*before-restore*"))
    said = tierwatch("store", "restore", "b.db")
    first, aside, *rest = said.out.splitlines()
    assert (said.code, said.err) == (0, "")
    assert first.startswith(
        f"{tmp_path}/tierwatch.db: restored from b.db; last event received {local(last_event(tmp_path))}"
    )
    assert aside.startswith(f"the database that was there is {tmp_path}/tierwatch.db.before-restore-20260105T000000Z;")
    assert (
        rest[0] == "the next start reads the sources on from where they stood in the backup, and sends some pages again"
    )
    assert rest[-1] == f"start the program: `tierwatch run --config {tmp_path}/tierwatch.yml`, or the service"
    assert content(tmp_path / "tierwatch.db") == content(tmp_path / "b.db")


def test_the_same_restore_as_json(tierwatch: Command, tmp_path: Path) -> None:
    tierwatch("store", "backup", "b.db")
    told = json.loads(tierwatch("store", "restore", "b.db", "--json").out)
    assert (told["done"], told["database"], told["schema"]) == (True, str(tmp_path / "tierwatch.db"), newest())
    assert Path(told["aside"]).exists()
