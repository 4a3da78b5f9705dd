"""Twelve months of one circuit with `keep`: from the fourth on a month leaves exactly the rows of the month before."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from monitor.config.keep import KeepText
from monitor.history.events import Event
from monitor.service.engine_worker import Worker
from monitor.service.retention import Retention
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.schema import metadata
from tests.monitor.store.test_condensing import MONDAY, POLICY, said
from tests.support.by_hand import by_hand
from tests.support.cases import rules
from tests.support.stores import QUEUE, batch
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

MONTH = timedelta(days=28)
GROWS = {"forgotten", "month_reports"}
"""A digest for each event that was deleted, and a report for each month, stay for good."""


def outage(week: int) -> tuple[Event, Event]:
    """Three hours of every Wednesday, longer than either promise allows."""
    return said(7 * week + 2, "unavailable"), said(7 * week + 2 + 1 / 8, "available")


@pytest.mark.parametrize("period", ["week", "year"])
def test_from_the_fourth_month_on_every_month_leaves_the_rows_of_the_month_before(period: str) -> None:
    judged_by = rules(exchanged(POLICY, ("per: year", f"per: {period}")))
    database = Database("sqlite://")
    Clocks(database).installed_at(MONDAY)
    keep = Retention(KeepText(events="56d"), judged_by, "UTC", ["circuits"], database)
    worker = by_hand(Worker(Clocks(database), judged_by, lambda *_: (), ToAll((QUEUE,)), MONDAY, ("circuits",)))
    seen: list[dict[str, int]] = []
    try:
        told: list[Event] = [said(0, "available", assurance="AAA")]
        for month in range(12):
            now = MONDAY + (month + 1) * MONTH
            told += [one for week in range(4 * month, 4 * month + 4) for one in outage(week)]
            Ingest(database).commit_batch("circuits", batch(*told), now)
            settle(worker, now)
            for _ in keep.sweep(now):
                pass
            settle(worker, now)
            seen.append(rows(database))
    finally:
        database.close()
    steady = [{name: number for name, number in one.items() if name not in GROWS} for one in seen[4:]]
    assert steady == [steady[0]] * 8
    assert steady[0]["events"] == 1 + 2 * 8, "what stands for the rest, and the outages of eight weeks"
    assert [b["forgotten"] - a["forgotten"] for a, b in pairwise(seen[4:])] == [2 * 4] * 7


def settle(worker: Worker, now: datetime) -> None:
    while worker.step(now)[0]:
        pass


def rows(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }
