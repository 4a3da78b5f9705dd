"""Keep the reports of months that are over: what was reported stays, whatever becomes of the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.snapshot import OWN_SOURCE
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import events, meta, month_reports

_PRUNED_TO = "pruned_to"


@dataclass(frozen=True, slots=True)
class MonthReport:
    """What was reported of a month of *zone* that ended at *until*."""

    month: str
    zone: str
    until: datetime
    made_at: datetime
    rules_version: str
    rows: Sequence[Mapping[str, Any]]


class MonthReports:
    """The reports' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, report: MonthReport) -> None:
        """Keep a report; one of the same month stays as it is."""
        row = {
            "month": report.month, "zone": report.zone, "until": report.until, "made_at": report.made_at,
            "rules_version": report.rules_version, "rows": list(report.rows),
        }  # fmt: skip
        with self._database.write() as connection:
            statements.put_new(connection, month_reports, [row])

    def of_deleted(self, month: str, begins: datetime) -> MonthReport | None:
        """The report of a month that *begins* then, if events of it may have been deleted since; else None."""
        with self._database.read() as connection:
            pruned_to = pruned_until(connection)
            if pruned_to is None or pruned_to < begins:
                return None
            row = connection.execute(sa.select(month_reports).where(month_reports.c.month == month)).first()
        return None if row is None else MonthReport(*row)

    def until(self) -> datetime | None:
        """The end of the last month that was reported."""
        with self._database.read() as connection:
            return reported_until(connection)

    def first_event(self) -> datetime | None:
        """The instant of the earliest event of a source."""
        told = sa.select(sa.func.min(events.c.at)).where(events.c.source != OWN_SOURCE)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(told)
        return found


def reported_until(connection: sa.Connection) -> datetime | None:
    """The end of the last month that was reported: they are reported in their order, none left out."""
    found: datetime | None = connection.scalar(sa.select(sa.func.max(month_reports.c.until)))
    return found


def pruned_until(connection: sa.Connection) -> datetime | None:
    """The latest instant of which a deleted event may have spoken."""
    found = connection.scalar(sa.select(meta.c.value).where(meta.c.key == _PRUNED_TO))
    return None if found is None else datetime.fromisoformat(found)


def note_pruned(connection: sa.Connection, last: datetime) -> None:
    """Note that something was deleted that spoke of *last*."""
    known = pruned_until(connection)
    if known is None or known < last:
        statements.put(connection, meta, [{"key": _PRUNED_TO, "value": last.isoformat()}])
