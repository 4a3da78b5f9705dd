"""A check finds every kind of fault, and none in what the program left; it changes nothing and holds nobody up."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import StoreError
from monitor.store import digests
from monitor.store.backups import back_up
from monitor.store.checking import DAMAGED, ID, SCHEMA, UNFINISHED, Checked, check
from monitor.store.database import Database
from monitor.store.invariants import INVARIANTS, VALUES
from monitor.store.schema import Instant, Json, metadata
from tests.monitor.store.test_backups import _damage as damaged
from tests.support.recorded import VERSIONS, content, recorded, told


def checked(path: Path, running: bool = False, id_: str | None = None) -> Checked:
    return check(path, told, lambda: False, running=running, id_=id_)


def words(path: Path, running: bool = False) -> list[str]:
    return [fault.what for fault in checked(path, running).faults]


def execute(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        digests.teach(connection)
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, statement
        connection.commit()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("running", [False, True])
def test_what_a_program_left_is_sound_and_is_not_changed(version: str, running: bool, tmp_path: Path) -> None:
    path = recorded(tmp_path, version)
    Database(f"sqlite:///{path}").close()
    before = content(path)
    found = checked(path, running)
    assert found.faults == ()
    assert found.asked == found.of == 3 + len(VALUES) + len(INVARIANTS)
    assert content(path) == before


def test_a_backup_is_sound_and_nothing_is_made_beside_it(tmp_path: Path) -> None:
    target = tmp_path / "b.db"
    back_up(recorded(tmp_path), target, False, told)
    target.chmod(0o400)
    assert words(target) == []
    assert [each.name for each in tmp_path.glob("b.db*")] == ["b.db"]


BREAKS = {
    "body_without_event": "UPDATE raw_bodies SET event_id = 'gone'",
    "forgotten_and_stored": "INSERT INTO forgotten SELECT event_digest(source, event_id) FROM events LIMIT 1",
    "clock_without_subject": "UPDATE readings SET subject = 'gone' WHERE subject = 'INC-8'",
    "open_clock_without_event": "DELETE FROM events WHERE subject = 'INC-9'",
    "ended_clock_is_due": "UPDATE readings SET next_threshold_at = 1 WHERE NOT open",
    "running_clock_is_never_due": "UPDATE readings SET next_threshold_at = NULL WHERE subject = 'INC-Y'",
    "transition_twice": "INSERT INTO transitions SELECT max(id) + 1, source, subject, target, cycle, kind, stage, at,"
    " because, tier, assurance, recorded_at FROM transitions",
    "breach_without_transition": "DELETE FROM transitions WHERE kind = 'breached' AND subject = 'INC-4'",
    "alert_log_without_alert": "UPDATE alert_log SET key = 'gone' WHERE id = 1",
    "outbox_without_alert": "UPDATE outbox SET alert_key = 'gone' WHERE id = 1",
    "decisions_without_alert": "UPDATE decisions SET alert_key = 'gone' WHERE id = 1",
    "acknowledgements_without_alert": "UPDATE acknowledgements SET alert_key = 'gone' WHERE id = 1",
    "escalations_without_alert": "UPDATE escalations SET alert_key = 'gone' WHERE id = 1",
    "alert_without_clock": "UPDATE alerts SET cycle = 99 WHERE subject = 'INC-4' AND resolved_at IS NULL",
    "page_accepted_and_open": "UPDATE outbox SET accepted_at = 1, closed_at = NULL WHERE delivery = 'queue'",
    "page_without_text": "UPDATE outbox SET alert = NULL, closed_at = NULL, accepted_at = NULL"
    " WHERE delivery = 'queue'",
    "page_in_no_digest": "UPDATE outbox SET folded_into = 999999 WHERE id = 1",
    "counter_below_zero": "UPDATE counters SET value = -1",
    "news_without_event": "INSERT INTO touched (source, subject, revision, priority, earliest)"
    " VALUES ('tickets', 'INC-9', 1, 0, 1)",
    "drill_without_alert": "UPDATE drills SET alert_key = 'gone', ended_at = NULL, ended_for = ''",
    "drill_beside_another": "INSERT INTO drills SELECT n.column1, asked_at, author, whom, named, tier, ends_by, again,"
    " escalate, '', NULL, NULL, '', '', '', '[]', '[]' FROM drills, (VALUES ('d-1'), ('d-2')) AS n",
    "drill_ended_for_nothing": "UPDATE drills SET ended_for = ''",
    "try_without_drill": "UPDATE drill_tries SET drill = 'gone' WHERE id = 1",
    "action_of_no_kind": "INSERT INTO actions SELECT max(id) + 1, at, '', author, about, detail FROM actions",
    "erased_by_nobody": "UPDATE erased SET marker = '[erased 7]' WHERE field = 'title'",
}
"""What breaks each invariant, and nothing else."""


def test_there_is_a_break_for_each_invariant() -> None:
    assert list(BREAKS) == [rule.id for rule in INVARIANTS]


@pytest.mark.parametrize("rule", BREAKS)
def test_each_broken_invariant_is_found_by_its_name_with_a_row_and_what_to_do(rule: str, tmp_path: Path) -> None:
    path = recorded(tmp_path)
    execute(path, BREAKS[rule])
    (fault,) = checked(path).faults
    assert fault.what == rule
    assert fault.rows > 0
    assert ", such as " in fault.sentence
    assert fault.sentence.endswith("report this line to whoever maintains tierwatch")


COLUMNS = [
    (table.name, column.name, isinstance(column.type, Json))
    for table in metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Instant | Json)
]


ROWS = {
    "touched": "INSERT INTO touched (source, subject, revision, priority) VALUES ('tickets', 'INC-9', 1, 0)",
    "exports": "INSERT INTO exports (exporter, position, recorded_at, spooled) VALUES ('history', 1, 1, 0)",
    "export_refused": "INSERT INTO export_refused (exporter, at, point, reason) VALUES ('history', 1, 'x', 'y')",
    "accounts": "INSERT INTO accounts (name, password, roles, created_at) VALUES ('lin', 'x', '[]', 1)",
    "tokens": "INSERT INTO tokens (id, digest, shown, name, roles, created_at, created_by)"
    " VALUES ('t-1', 'x', 'tw', 'board', '[]', 1, 'lin')",
    "sessions": "INSERT INTO sessions (digest, name, logged_in_by, roles, began_at, seen_at, ends_at)"
    " VALUES ('x', 'lin', 'password', '[]', 1, 1, 1)",
    "subscriptions": "INSERT INTO subscriptions (id, callback, query, owner, created_at, position, suspended_for)"
    " VALUES ('s-1', 'https://tickets.example', '', 'lin', 1, 0, '')",
}
"""A row of each table that is empty in what was recorded."""


@pytest.mark.parametrize(("table", "column", "is_json"), COLUMNS)
def test_a_value_that_cannot_be_read_is_found_in_every_column(
    table: str, column: str, is_json: bool, tmp_path: Path
) -> None:
    path = recorded(tmp_path)
    if table in ROWS:
        execute(path, ROWS[table])
    wrong = ["'{'"] if is_json else ["'2026-11-30'", "9e17", "-9223372036854775808"]
    for value in wrong:
        execute(path, f"UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT min(rowid) FROM {table})")
        assert f"unreadable_{table}" in words(path), value


def test_damaged_pages_are_found_and_nothing_else_is_asked(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    damaged(path)
    found = checked(path)
    assert [fault.what for fault in found.faults] == [DAMAGED]
    assert "store restore" in found.faults[0].sentence
    assert found.asked == 1


def test_a_file_that_cannot_even_be_opened_is_a_sentence(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * 3996)
    with pytest.raises(StoreError, match=r"is damaged and cannot be read .* `store restore"):
        checked(path)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DROP INDEX readings_due", "are missing: readings.readings_due"),
        ("ALTER TABLE outbox DROP COLUMN rang", "are missing: outbox.rang"),
        ("DROP TABLE heartbeats", "are missing: heartbeats.at, heartbeats.stage"),
    ],
)
def test_what_the_schema_lacks_is_found(statement: str, named: str, tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
    faults = {fault.what: fault.sentence for fault in checked(path).faults}
    assert named in faults[SCHEMA]


def test_an_index_of_other_columns_is_found_and_one_of_somebody_else_is_not(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE INDEX of_somebody ON events (status)")
        connection.execute("CREATE TABLE of_somebody_else (a)")
    assert words(path) == []
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP INDEX readings_due")
        connection.execute("CREATE INDEX readings_due ON readings (source)")
    (fault,) = checked(path).faults
    assert "are not as they must be: readings.readings_due" in fault.sentence


@pytest.mark.parametrize(
    ("revision", "said"), [("0013", "its schema is 0013"), ("9999", "a newer version of tierwatch")]
)
def test_a_database_of_another_version_is_checked_for_damage_and_said(revision: str, said: str, tmp_path: Path) -> None:
    path = recorded(tmp_path)
    execute(path, f"UPDATE alembic_version SET version_num = '{revision}'")
    (fault,) = checked(path).faults
    assert fault.what == SCHEMA
    assert said in fault.sentence


def test_another_id_than_the_one_of_the_configuration_is_found(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    own = next(row["value"] for row in content(path)["meta"] if row["key"] == "database_id")
    assert checked(path, id_=own).faults == ()
    (fault,) = checked(path, id_="another").faults
    assert fault.what == ID


def test_a_writer_never_waits_for_a_check_and_the_check_sees_one_state(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    database, asked = Database(f"sqlite:///{path}"), []

    def ask(what: str, done: int, total: int | None) -> None:
        asked.append(done)
        with database.write() as connection:  # on this very thread: it would wait for ever
            connection.exec_driver_sql("UPDATE counters SET value = -1")

    try:
        assert check(path, ask, lambda: False, running=True).faults == ()
    finally:
        database.close()
    assert len(asked) > 3
    assert words(path) == ["counter_below_zero"]


def test_a_check_that_takes_too_long_ends_and_says_how_far_it_came(tmp_path: Path) -> None:
    path, asked = recorded(tmp_path), list[int]()
    _grow(path)
    found = check(path, lambda what, done, total: asked.append(done), lambda: len(asked) > 10, running=False)
    assert [fault.what for fault in found.faults] == [UNFINISHED]
    assert f"{found.asked} of {found.of} questions were answered" in found.faults[0].sentence
    assert 10 <= found.asked < found.of


def _grow(path: Path) -> None:
    """So many rows that each question is looked at in between."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
            " INSERT INTO counters SELECT 'n' || i, '{}', 1 FROM n"
        )
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000)"
            " INSERT INTO forgotten SELECT 'n' || i FROM n"
        )
        connection.commit()


def test_a_signal_ends_a_check(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    _grow(path)

    class EndedError(Exception):
        pass

    def end(*_: Any) -> None:
        raise EndedError

    before = signal.signal(signal.SIGTERM, end)
    try:
        with pytest.raises(EndedError):
            check(path, lambda *_: os.kill(os.getpid(), signal.SIGTERM), lambda: False, running=False)
    finally:
        signal.signal(signal.SIGTERM, before)
