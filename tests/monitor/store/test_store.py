"""What is so of SQLite alone; what every database owes is in `tests/protocols/store/`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.errors import StoreError
from monitor.store.database import Database, readonly


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
    with pytest.raises(StoreError, match="could not be opened") as refused:  # holds what was half made
        Database(f"sqlite:///{path}")
    assert refused.value.retryable
    path.unlink()
    Database(f"sqlite:///{path}").close()


def test_what_is_due_comes_from_the_index(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    with database.read() as connection:
        query = "SELECT subject FROM readings WHERE source = 'a' AND next_threshold_at <= 1 ORDER BY next_threshold_at"
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert "USING INDEX readings_due (source=? AND next_threshold_at<?)" in str(plan)
    database.close()
