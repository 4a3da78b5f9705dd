from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from monitor import store
from monitor.errors import StoreError
from monitor.model import SubjectKey, SubjectKind
from monitor.service.engine_worker import Worker
from monitor.store.aggregating import compare
from monitor.store.clocks import Clocks
from monitor.store.database import Database, beside, readonly
from monitor.store.migrating import newest
from monitor.store.schema import metadata
from monitor.store.views import Views
from tests.support.aggregates import kept
from tests.support.by_hand import by_hand
from tests.support.cases import at, rules
from tests.support.to_all import ToAll

KEY = SubjectKey("tickets", "T1")
FIRST = "0001"


def micros(hours: float) -> int:
    return int(at(hours).timestamp() * 1_000_000)


EVENTS = [
    ("tickets", "e1", "ticket", "T1", micros(1), 0, "new", None, 0, None, '{"tier":"gold"}', micros(1)),
    ("tickets", "e2", "ticket", "T1", micros(1.05), 0, "working", None, 0, None, "{}", micros(2)),
]
READINGS = [
    (
        "tickets", "T1", "restore", 1, 1, "running", "running", "gold", "none", 0, micros(1), 14_400_000_000, micros(1),
        micros(5), None, None, 0, micros(4), "case@1", "always",
    ),
]  # fmt: skip


def migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
    return config


WRITTEN = (("events", EVENTS), ("readings", READINGS))


def made_by(revision: str, path: Path, written: Sequence[tuple[str, Any]] = WRITTEN) -> str:
    """A database as a program of that revision left it, with a few rows; gives its address."""
    url, config = f"sqlite:///{path}", migrations()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        for table, rows in written:
            holes = ", ".join("?" * len(rows[0]))
            for row in rows:
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({holes})", row)
    engine.dispose()
    return url


def rows_of(path: Path, table: str) -> list[dict[str, Any]]:
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    connection.close()
    return found


def test_a_database_of_the_first_version_is_upgraded_and_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    url = made_by(FIRST, path)
    events, readings = rows_of(path, "events"), rows_of(path, "readings")
    assert "correction" not in events[0]
    database = Database(url)
    try:
        (first, second) = sorted(Views(database).events_of(KEY), key=lambda event: event.at)
        assert (first.event_id, first.kind, first.at, first.status) == ("e1", SubjectKind.TICKET, at(1), "new")
        assert (dict(first.fields), first.correction, second.status) == ({"tier": "gold"}, None, "working")
        now_events, now_readings = rows_of(path, "events"), rows_of(path, "readings")
        assert [row | old for row, old in zip(now_events, events, strict=True)] == now_events
        assert [row | old for row, old in zip(now_readings, readings, strict=True)] == now_readings
        assert (now_readings[0]["measure"], now_readings[0]["calendar_version"]) == ("time", "")
    finally:
        database.close()


def test_an_upgraded_database_has_exactly_the_schema(tmp_path: Path) -> None:
    database = Database(made_by(FIRST, tmp_path / "store.db"))
    try:
        with database.read() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    finally:
        database.close()


ALLOWANCES = {
    "at rest": ("circuits", "C1", "interruption", 202601, 1, "idle", "idle", "time", 600, micros(2), 600),
    "paused": ("circuits", "C2", "interruption", 202601, 1, "paused", "paused", "time", 700, micros(2), 700),
    "used now": ("circuits", "C3", "outage", 2026, 1, "breached", "running", "time", 600, micros(2), micros(2) - 600),
    "counts": ("groups", "ACME", "faults", 20261, 1, "idle", "idle", "count", 2, micros(2), 2),
    "over": ("circuits", "C1", "interruption", 202512, 0, "met", "stopped", "time", 600, micros(0), None),
    "a goal": ("groups", "ACME", "in time", 202601, 1, "running", "running", "goal", 5, micros(2), None),
    "no allowance": ("tickets", "T2", "restore", 3, 1, "running", "running", "time", 600, micros(2), None),
}


def test_an_upgrade_knows_how_much_of_allowances_is_used(tmp_path: Path) -> None:
    """A process of the version before stored no such thing, and most clocks are not judged anew for weeks."""
    path = tmp_path / "store.db"
    url = made_by("0028", path, ())
    names = "source, subject, target, cycle, open, state, life, measure, counted, read_at"
    rest = "tier, assurance, budget, started_at, missed_periods, policy_version, calendar"
    with closing(sqlite3.connect(path)) as connection, connection:
        for *given, _ in ALLOWANCES.values():
            values = (*given, "gold", "none", 9000, micros(0), 0, "case@1", "always")
            holes = ", ".join("?" * len(values))
            connection.execute(f"INSERT INTO readings ({names}, {rest}) VALUES ({holes})", values)
    database = Database(url)
    try:
        with database.read() as connection_:
            found = connection_.execute(sa.text("SELECT subject, target, cycle, used FROM readings")).all()
        assert {tuple(row) for row in found} == {(*row[1:4], row[-1]) for row in ALLOWANCES.values()}
        used = [allowed for group in kept(database).groups.values() for allowed in group.used]
        assert sorted(allowed.running for allowed in used) == [False, False, True]
        assert compare(database, None)[:2] == ((), None)
    finally:
        database.close()


def inspected(path: Path) -> dict[str, Any]:
    """What SQLite knows of each table: types, defaults, keys, conditions; columns and indexes in their order."""
    connection = sqlite3.connect(path)

    def rows(pragma: str, name: str) -> list[tuple[Any, ...]]:
        return connection.execute(f"SELECT * FROM pragma_{pragma}(?)", (name,)).fetchall()

    def conditions(table: str) -> dict[str, str]:
        indexes_of = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?"
        found = connection.execute(indexes_of, (table,))
        return {name: " ".join(sql.partition(" WHERE ")[2].split()) for name, sql in found if sql}

    def indexes(table: str) -> list[Any]:
        return [
            (name if origin == "c" else origin, unique, partial, rows("index_xinfo", name))
            for _, name, unique, origin, partial in rows("index_list", table)
        ]

    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {
        table: (rows("table_xinfo", table), rows("foreign_key_list", table), indexes(table), conditions(table))
        for table in tables
        if not table.startswith("sqlite_")
    }
    connection.close()
    return found


def test_a_new_database_is_what_the_migrations_from_nothing_lead_to(tmp_path: Path) -> None:
    """A new database is created in one step, without the migrations; nobody may see how it came to be."""
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    config, engine = migrations(), sa.create_engine(f"sqlite:///{old}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    Database(f"sqlite:///{new}").close()
    assert inspected(new) == inspected(old)
    assert rows_of(new, "alembic_version") == rows_of(old, "alembic_version")
    assert {table: rows_of(new, table) for table in inspected(new)} == {t: rows_of(old, t) for t in inspected(old)}


def test_an_upgraded_database_has_the_columns_defaults_and_indexes_of_a_new_one(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path}/new.db").close()
    Database(made_by(FIRST, tmp_path / "old.db")).close()
    assert inspected(tmp_path / "old.db") == inspected(tmp_path / "new.db")


def test_tables_without_a_revision_are_no_new_database(tmp_path: Path) -> None:
    """Somebody else's tables stay where they are, and the migrations run beside them."""
    path = tmp_path / "store.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (a TEXT)")
        connection.execute("INSERT INTO other VALUES ('kept')")
    connection.close()
    Database(f"sqlite:///{path}").close()
    assert rows_of(path, "other") == [{"a": "kept"}]
    assert rows_of(path, "alembic_version") == [{"version_num": newest()}]


def test_what_could_not_be_created_whole_is_created_at_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    with monkeypatch.context() as patch:
        patch.setattr("monitor.store.migrating.newest", lambda: None)  # the last statement of the creation is refused
        with pytest.raises(StoreError, match="NOT NULL"):
            Database(f"sqlite:///{path}")
    assert inspected(path) == {}
    Database(f"sqlite:///{path}").close()
    assert rows_of(path, "alembic_version") == [{"version_num": newest()}]


def test_a_program_goes_on_where_the_older_one_stopped(tmp_path: Path) -> None:
    database = Database(made_by(FIRST, tmp_path / "store.db"))
    try:
        worker = by_hand(Worker(Clocks(database), rules(), lambda *_: (), ToAll(), at(0), ("tickets",)))
        assert worker.step(at(6)) == (1, False)
        (loaded,) = Clocks(database).load([KEY])
        assert ("restore", "breached") in {(item.target, item.kind.value) for item in loaded.transitions}
    finally:
        database.close()


def test_an_alert_that_was_followed_no_more_is_followed_no_more_after_the_upgrade_and_back(tmp_path: Path) -> None:
    """Until 0013 a row of its own said that nothing more was to be sent of an alert."""
    path = tmp_path / "store.db"
    url, config = made_by(FIRST, path), migrations()
    rows = [("a", -1, "", 10, "begun"), ("a", 0, "noc/zhang", 11, "step"), ("a", -2, "", 12, "over"),
            ("b", -1, "", 20, "begun")]  # fmt: skip
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")
        for row in rows:
            connection.exec_driver_sql("INSERT INTO escalations VALUES (NULL, ?, ?, ?, ?, ?)", row)
        command.upgrade(config, "head")
    now = [(row["alert_key"], row["step"], row["over_at"]) for row in rows_of(path, "escalations")]
    assert now == [("a", -1, 12), ("a", 0, None), ("b", -1, None)]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0012")
    engine.dispose()
    back = {tuple(row.values())[1:] for row in rows_of(path, "escalations")}
    assert back == set(rows)


def test_the_way_back_leads_back(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    url, config = made_by(FIRST, path), migrations()
    before = rows_of(path, "events"), rows_of(path, "readings")
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        command.downgrade(config, FIRST)
    engine.dispose()
    assert (rows_of(path, "events"), rows_of(path, "readings")) == before


def test_revisions_are_one_line_whose_end_has_the_greatest_number() -> None:
    script = ScriptDirectory.from_config(migrations())
    assert script.get_heads() == [newest()]
    assert script.get_base() == FIRST


@pytest.mark.parametrize("opened", [readonly, beside])
def test_who_looks_at_a_database_of_a_newer_version_is_not_told_to_start_this_one(
    tmp_path: Path, opened: Callable[[str], Database]
) -> None:
    path = tmp_path / "store.db"
    Database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        opened(f"sqlite:///{path}")
    assert str(caught.value) == (
        f"database sqlite:///{path} was last used by a newer version of tierwatch (schema 9999; this one knows"
        f" {newest()}); type the command of that version"
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize("opened", [readonly, beside])
@pytest.mark.parametrize("made", ["older", "no revision", "empty"])
def test_a_database_of_another_version_is_not_touched_by_who_only_looks_or_corrects(
    tmp_path: Path, opened: Callable[[str], Database], made: str
) -> None:
    path = tmp_path / "store.db"
    if made == "older":
        made_by(FIRST, path)
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE other (a TEXT)" if made == "no revision" else "PRAGMA user_version = 1")
        connection.commit()
        connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError) as caught:
        opened(f"sqlite:///{path}")
    assert str(caught.value) == (
        f"database sqlite:///{path} was last used by another version of tierwatch; start"
        " `tierwatch run --config tierwatch.yml` once"
    )
    assert not caught.value.retryable
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == ["store.db"]


@pytest.mark.parametrize("opened", [readonly, beside])
def test_what_is_no_database_is_said_so(tmp_path: Path, opened: Callable[[str], Database]) -> None:
    (tmp_path / "store.db").write_text("these are words, and no database " * 100)
    with pytest.raises(StoreError, match="is a file of another kind and no database"):
        opened(f"sqlite:///{tmp_path}/store.db")
