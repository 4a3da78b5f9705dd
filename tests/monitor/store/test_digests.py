"""The ids of deleted events as digests: known again, and taken over by the upgrade however often it is stopped."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from monitor.store import portions
from monitor.store.database import Database
from monitor.store.digests import among_deleted, digest, forget
from monitor.store.migrating import configured
from monitor.store.schema import forgotten

IDS = [f"INC{number}#0" for number in range(25)]


class StopError(Exception):
    pass


def of_0019(path: Path) -> None:
    """A database of the schema before, with ids of deleted events of two sources."""
    engine = sa.create_engine(f"sqlite:///{path}")
    config = configured()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0019")
        rows = [{"s": source, "i": name} for source in ("desk", "other") for name in IDS]
        connection.execute(sa.text("INSERT INTO forgotten (source, event_id) VALUES (:s, :i)"), rows)
        connection.commit()
    engine.dispose()


def test_what_is_deleted_is_known_again_by_source_and_id() -> None:
    database = Database("sqlite://")
    with database.write() as connection:
        forget(connection, "desk", [*IDS, "故障-1"])
        forget(connection, "desk", IDS)
        assert among_deleted(connection, "desk", [*IDS, "new", "故障-1"]) == {*IDS, "故障-1"}
        assert among_deleted(connection, "other", IDS) == set()
        assert among_deleted(connection, "desk", [f"n{number}" for number in range(1200)] + IDS[:1]) == {IDS[0]}
        assert connection.scalar(sa.select(sa.func.count()).select_from(forgotten)) == len(IDS) + 1
    database.close()


def test_source_and_id_cannot_be_exchanged() -> None:
    assert digest("ab", "c") != digest("a", "bc")
    assert len(digest("desk", "x")) == 16


@pytest.mark.parametrize("stops", range(12))
def test_an_upgrade_that_is_stopped_at_any_portion_loses_no_id(
    stops: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portions, "PORTION", 10)
    path = tmp_path / "t.db"
    of_0019(path)
    whole, seen = portions.make, []

    def stopped(connection: Any, changes: Any, done: Any, at_last: Any = ()) -> None:
        def look(table: str, rows: int) -> None:
            done(table, rows)
            seen.append(table)
            if len(seen) == stops + 1:
                raise StopError

        whole(connection, changes, look, at_last)

    monkeypatch.setattr(portions, "make", stopped)
    try:
        Database(f"sqlite:///{path}").close()
    except StopError:
        assert stops < 10, "five portions, converted and deleted"
        monkeypatch.setattr(portions, "make", whole)
        Database(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        kept = {bytes(one) for (one,) in connection.execute("SELECT digest FROM forgotten")}
        assert "forgotten_ids" not in tables
        assert kept == {digest(source, name) for source in ("desk", "other") for name in IDS}
