"""What is so of SQLite alone; what every database owes is in `tests/protocols/store/`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.store.database import Database, beside, readonly
from monitor.store.schema import meta


def test_a_second_process_cannot_own_the_same_file(tmp_path: Path) -> None:
    first = Database(f"sqlite:///{tmp_path}/own.db")
    script = f"from monitor.store.database import Database; Database('sqlite:///{tmp_path}/own.db')"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "another tierwatch runs on it" in second.stderr
    first.close()
    Database(f"sqlite:///{tmp_path}/own.db").close()


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not exist yet; start `tierwatch run --config tierwatch.yml` first"):
        readonly(f"sqlite:///{tmp_path}/none.db")


def test_a_database_that_cannot_be_opened_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(b"this is no database" * 500)
    with pytest.raises(StoreError, match="is a file of another kind and no database") as refused:  # half made
        Database(f"sqlite:///{path}")
    assert not refused.value.retryable
    path.unlink()
    Database(f"sqlite:///{path}").close()


@pytest.mark.parametrize("opened", [Database, readonly, beside])
def test_what_is_no_database_ends_the_program_and_nothing_is_said_to_be_tried_again(
    tmp_path: Path, opened: Callable[[str], Database]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "notes.txt").write_text("no database", encoding="utf-8")
    for name, sentence in (
        ("folder", "is a folder; write the path of a file, such as tierwatch.db in it"),
        ("notes.txt", "is a file of another kind and no database; write another path, or move that file away"),
    ):
        with pytest.raises(StoreError) as refused:
            opened(f"sqlite:///{tmp_path}/{name}")
        assert str(refused.value) == f"database sqlite:///{tmp_path}/{name} {sentence}"
        assert not refused.value.retryable
        assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "no database"


def test_what_is_due_comes_from_the_index(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.read() as connection:
        query = "SELECT subject FROM readings WHERE source = 'a' AND next_threshold_at <= 1 ORDER BY next_threshold_at"
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert "USING INDEX readings_due (source=? AND next_threshold_at<?)" in str(plan)
    database.close()


@pytest.mark.parametrize(("refuses", "takes"), [("query_only = ON", "query_only = OFF"),
                                                ("max_page_count = 1", "max_page_count = 1073741823")])  # fmt: skip
def test_a_database_that_refuses_a_write_is_known_until_one_that_changes_something_succeeds(
    refuses: str, takes: str
) -> None:
    database = Database("sqlite://")

    def write(rows: int) -> None:
        with database.write() as connection:
            for row in range(rows):
                name = f"{refuses} {row}"
                connection.execute(sa.insert(meta).values(key=name, value="x" * 5000))

    try:
        assert database.takes_writes
        with database.read() as connection:
            connection.exec_driver_sql(f"PRAGMA {refuses}")
        with pytest.raises(StoreError, match=r"could not be written .*(readonly|full)"):
            write(50)
        assert not database.takes_writes
        with suppress(StoreError):
            write(0)
        assert not database.takes_writes, "nothing was written, so nothing is known"
        with database.read() as connection:
            connection.exec_driver_sql(f"PRAGMA {takes}")
        write(1)
        assert database.takes_writes
    finally:
        database.close()


def test_a_row_that_breaks_a_rule_is_no_refusal() -> None:
    database = Database("sqlite://")
    twice = [{"key": "twice", "value": ""}] * 2
    try:
        with pytest.raises(StoreError), database.write() as connection:
            connection.execute(sa.insert(meta), twice)
        assert database.takes_writes
    finally:
        database.close()


def test_a_command_beside_the_program_writes_too(tmp_path: Path) -> None:
    Database(f"sqlite:///{tmp_path}/own.db").close()
    database = beside(f"sqlite:///{tmp_path}/own.db")
    try:
        with database.write() as connection:
            connection.execute(sa.insert(meta).values(key="beside", value=""))
        assert database.takes_writes
    finally:
        database.close()
