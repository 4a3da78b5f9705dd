"""An upgrade is said before it begins, can be stopped or killed at any step, and goes on at the next start."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from structlog.testing import capture_logs

from monitor.errors import StoreError
from monitor.store import migrating, portions, upgrading
from monitor.store.database import Database, beside, readonly
from tests.monitor.store.test_migrations import FIRST, made_by
from tests.support.killed import deaths
from tests.support.peers import ended, until
from tests.support.recorded import content, recorded
from tests.support.upgrade_chain import BEFORE, ENDLESS, LATER, written


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database of this version, opened by a later one that has further migrations."""
    path = recorded(tmp_path)
    monkeypatch.setattr(migrating, "FOLDER", written(tmp_path / "migrations"))
    return path


def brought_up(path: Path) -> list[dict[str, Any]]:
    """Open the database; gives the lines of the log."""
    with capture_logs() as lines:
        Database(f"sqlite:///{path}").close()
    return [dict(line) for line in lines]


def test_a_later_version_changes_what_its_migrations_say_and_nothing_else(later: Path) -> None:
    before = content(later)
    brought_up(later)
    after = content(later)
    assert after["alembic_version"] == [{"version_num": max(LATER)}]
    assert after["events"] == [row | {"day": row["at"] // 86_400_000_000} for row in before["events"]]
    assert [row["because"] for row in after["transitions"]] == [f"{row['because']}!" for row in before["transitions"]]
    assert [row["tier"] for row in after["transitions"]] == [row["tier"][:1] for row in before["transitions"]]
    assert [row["id"] for row in after["alert_log"]] == [
        row["id"] for row in before["alert_log"] if row["reason"] != "worded anew"
    ]
    for table in before.keys() - {"alembic_version", "events", "transitions", "alert_log"}:
        assert after[table] == before[table], table


@pytest.mark.parametrize("portion", [1, 7, 10_000])
def test_it_is_the_same_in_portions_of_any_size_and_without_any(
    portion: int, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = later.with_name("whole.db")
    whole.write_bytes(later.read_bytes())
    engine, config = sa.create_engine(f"sqlite:///{whole}"), migrating.configured()
    with engine.begin() as connection:  # as Alembic runs by itself
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    monkeypatch.setattr(portions, "PORTION", portion)
    brought_up(later)
    assert content(later) == content(whole)


def test_rows_with_gaps_between_them_are_all_changed(later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(later)) as connection:
        connection.execute("UPDATE transitions SET id = id * 1000003 - 5000000")
        connection.commit()
    monkeypatch.setattr(portions, "PORTION", 10)
    brought_up(later)
    assert {len(row["tier"]) for row in content(later)["transitions"]} <= {0, 1}


def test_it_says_before_it_begins_how_many_rows_it_goes_through_and_that_it_can_be_stopped(later: Path) -> None:
    rows = {name: len(found) for name, found in content(later).items()}
    began, *_, ended = brought_up(later)
    passes = {
        "events": 2,
        "alert_log": 1,
        "transitions": 3,
    }  # an index and a change, a change, an index and two changes
    assert began["event"] == "database_upgrade_began"
    assert began["rows"] == f"{sum(times * rows[name] for name, times in passes.items()):,}"
    assert (began["steps"], began["to"], began["tables"]) == (3, max(LATER), "alert_log, events, transitions")
    assert began["about"] == "1s"
    assert "can be stopped at any time" in began["what"]
    assert ended["event"] == "database_upgraded"


def test_it_shows_how_far_it_is(later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrading, "SAY_EVERY", 0)
    monkeypatch.setattr(portions, "PORTION", 10)
    said = [line for line in brought_up(later) if line["event"] == "database_upgrading"]
    assert {line["step"] for line in said} >= {"1 of 3", "3 of 3"}  # those with rows in portions
    assert any("10 rows of events and others changed" in line["what"] for line in said)
    assert any(line["what"].startswith("0917 Name the tier of a transition") for line in said)


def test_a_database_that_is_up_to_date_is_opened_without_a_word(tmp_path: Path) -> None:
    assert brought_up(recorded(tmp_path)) == []


def test_a_kill_at_any_step_loses_nothing_and_the_next_start_goes_on(tmp_path: Path) -> None:
    found = deaths("upgrading", tmp_path)
    assert len(found) > 30
    assert [each["killed"] for each in found] == [True] * (len(found) - 1) + [False]
    assert len({each["content"] for each in found}) == 1, "it ends alike, wherever it was killed"
    places = [(each["revision"], each["changed"]) for each in found]
    assert places == sorted(places), "what was committed stays"
    assert {each["revision"] for each in found} == {BEFORE, *LATER}
    assert {each["changed"] for each in found} == {0, 25, 31}
    assert [each["taken"] for each in found] == [False] * (len(found) - 1) + [True], (
        "and nobody reads what is half done"
    )
    assert {each["left"] for each in found if each["revision"] == "0917"} == {0, 1}


def test_all_migrations_that_there_are_survive_a_kill_in_each_of_them(tmp_path: Path) -> None:
    """One after the other: each start does one migration more, and is killed in the next."""
    path, whole = tmp_path / "old.db", tmp_path / "whole.db"
    made_by(FIRST, path)
    with closing(sqlite3.connect(path)) as connection:
        row = "('hook', 'key', 'queue', 1, NULL, 0, 1000000000000, 60000000, NULL, NULL, 'first', '')"
        names = "channel, alert_key, delivery, version, alert, attempts, next_at, created_at, accepted_at, closed_at,"
        connection.execute(f"INSERT INTO outbox ({names} reason, detail) VALUES {row}")
        connection.commit()
    whole.write_bytes(path.read_bytes())
    Database(f"sqlite:///{whole}").close()
    revisions = []
    while not revisions or revisions[-1] != BEFORE:
        done = subprocess.run([sys.executable, "-c", KILLED_IN_THE_SECOND, str(path)], cwd=ROOT, check=False)
        assert done.returncode in (-signal.SIGKILL, 0)
        revisions.append(content(path)["alembic_version"][0]["version_num"])
        if done.returncode == 0:
            break
    assert revisions == sorted(set(revisions))
    assert revisions[-1] == BEFORE
    assert content(path) == content(whole)


ROOT = Path(__file__).parents[3]

KILLED_IN_THE_SECOND = """
import os, signal, sys
import sqlalchemy as sa
from monitor.store.database import Database
changed = []
def executed(connection, cursor, statement, *rest):
    if connection.engine.url.database is not None and statement.startswith("UPDATE alembic_version"):
        changed.append(statement)
        if len(changed) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
sa.event.listen(sa.Engine, "before_cursor_execute", executed)
Database(f"sqlite:///{sys.argv[1]}").close()
"""

RUN = """
import atexit
import sys
from pathlib import Path
from monitor.service import stopping
from monitor.store import migrating
migrating.FOLDER = Path(sys.argv.pop(1))
stopping.LAST_RESORT = stopping.WITHIN = 36_000.0
atexit.register(print, "the interpreter clears its memory")
from monitor import cli
cli.main()
"""
"""Run tierwatch with other migrations, and with more time for a stop than a test may last: if it ends, the signal has
ended the statement, and not the last resort of a stop (`monitor/service/stopping.py`)."""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_a_statement_that_would_run_for_ever_and_the_next_start_goes_on(
    number: signal.Signals, tmp_path: Path
) -> None:
    path = recorded(tmp_path)
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more\n")
    (tmp_path / "secret").chmod(0o600)
    before, log = content(path), tmp_path / "log"
    folder = written(tmp_path / "endless", {"0915": ENDLESS})
    words = [sys.executable, "-c", RUN, str(folder), "run", "--config", str(tmp_path / "tierwatch.yml")]
    with log.open("w") as out:
        program = subprocess.Popen(words, cwd=ROOT, stdout=out, stderr=out)
        try:
            until(lambda: "database_upgrade_began" in log.read_text() or program.poll() is not None)
            program.send_signal(number)
            assert ended(program) == 0, log.read_text()
        finally:
            program.kill()
            program.wait()
    assert "database_upgrade_stopped" in log.read_text()
    assert "clears its memory" not in log.read_text(), "in which no thread runs that could end the process in time"
    assert "Traceback" not in log.read_text()
    assert content(path) == before
    Database(f"sqlite:///{path}").close()


def test_a_signal_between_two_portions_keeps_those_that_are_done(later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class EndedError(Exception):
        pass

    def end(*_: Any) -> None:
        raise EndedError

    seen: Counter[str] = Counter()
    make = portions.make

    def stopping(connection: sa.Connection, changes: Any, done: Any, at_last: Any = ()) -> None:
        def after(table: str, rows: int) -> None:
            seen[table] += rows
            if seen["events"] >= 20:
                os.kill(os.getpid(), signal.SIGTERM)
            done(table, rows)

        make(connection, changes, after, at_last)

    monkeypatch.setattr(portions, "PORTION", 10)
    before = signal.signal(signal.SIGTERM, end)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(portions, "make", stopping)
            with pytest.raises(EndedError):
                brought_up(later)
    finally:
        signal.signal(signal.SIGTERM, before)
    rows = content(later)
    assert len([row for row in rows["events"] if row["day"] is not None]) == 20
    assert {"key": "upgrading", "value": "0915"} in rows["meta"]
    for opened in (readonly, beside):
        with pytest.raises(StoreError, match="was last used by another version of tierwatch"):
            opened(f"sqlite:///{later}")
    began = brought_up(later)[0]
    assert began["steps"] == 3
    assert None not in {row["day"] for row in content(later)["events"]}


def test_an_older_program_refuses_a_database_that_is_half_brought_up(
    later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It knows nothing of portions; the schema is one that it does not know."""
    monkeypatch.setattr(portions, "make", _refuse)
    with pytest.raises(ZeroDivisionError):
        Database(f"sqlite:///{later}")
    monkeypatch.undo()
    before = content(later)
    with pytest.raises(StoreError) as caught:
        Database(f"sqlite:///{later}")
    assert str(caught.value) == (
        f"database sqlite:///{later} was last used by a newer version of tierwatch (schema 0915; this one knows"
        f" {BEFORE}); start that version, or restore a backup from before its upgrade"
    )
    assert not caught.value.retryable
    assert content(later) == before


def _refuse(*_: Any) -> None:
    raise ZeroDivisionError


CHANGED = [
    (revision.revision, change)
    for revision in upgrading.ScriptDirectory.from_config(migrating.configured()).walk_revisions()
    for change in portions.changes_of(revision.module)
]


@pytest.mark.parametrize(("revision", "change"), CHANGED, ids=lambda one: str(one)[:40])
def test_every_change_of_rows_names_its_table_and_takes_a_portion_only(revision: str, change: portions.Change) -> None:
    assert portions.RANGE in change.statement, revision
    words = change.statement.split()
    assert words[0] in ("UPDATE", "DELETE", "INSERT")
    assert words[0] != "INSERT" or words[:3] == ["INSERT", "OR", "IGNORE"], "made twice it is as made once"
    place = words.index("FROM") + 1 if words[0] != "UPDATE" else 1
    assert change.table == words[place]
