"""A doubt about a whole list stays open while polls have it, and ends with the first poll that has not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.history.batch import Batch
from monitor.history.events import Reject
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome
from monitor.store.schema import quarantine

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'tw.db'}")
    yield made
    made.close()


@pytest.mark.parametrize("reason", ["list_not_whole", "page_ended_early"])
def test_a_list_that_is_not_whole_stays_in_quarantine_until_a_poll_proves_it(database: Database, reason: str) -> None:
    ingest = Ingest(database)

    def still_open() -> int:
        with database.read() as connection:
            waiting = sa.select(sa.func.count()).where(quarantine.c.resolved_at.is_(None))
            return connection.scalar(waiting) or 0

    for minute, doubt in enumerate((True, True, False, True)):
        began = NOW + minute * MINUTE
        rejects = [Reject("desk", "list of tickets", reason, "why")] if doubt else []
        ingest.commit_batch("desk", Batch((), rejects, {}), began + MINUTE / 4)
        ingest.commit_poll("desk", PollOutcome(began + MINUTE / 2, began + MINUTE, None, began))
        assert still_open() == doubt
