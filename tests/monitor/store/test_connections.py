"""The connection that was used last is used next: its pages are in its cache, those of the others are not."""

from __future__ import annotations

from pathlib import Path

from monitor.store.database import CONNECTIONS, Database


def test_reads_and_writes_one_after_the_other_use_one_connection(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    used = set()
    for _ in range(CONNECTIONS):
        with database.read() as connection:
            used.add(connection.connection.driver_connection)
        with database.write() as connection:
            used.add(connection.connection.driver_connection)
    assert len(used) == 1
    with database.read() as one, database.read() as other:
        assert one.connection.driver_connection is not other.connection.driver_connection
    database.close()
