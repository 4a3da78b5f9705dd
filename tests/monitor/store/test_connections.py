"""The connection that was used last is used next: its pages are in its cache, those of the others are not."""

from __future__ import annotations

from pathlib import Path

from monitor.store.database import CONNECTIONS, Database


def test_reads_one_after_the_other_use_one_connection_and_writes_another(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    read, wrote = set(), set()
    for _ in range(CONNECTIONS):
        with database.read() as connection:
            read.add(connection.connection.driver_connection)
        with database.write() as connection:
            wrote.add(connection.connection.driver_connection)
    assert len(read) == len(wrote) == 1
    with database.read() as one, database.read() as other:
        assert one.connection.driver_connection is not other.connection.driver_connection
    database.close()
