"""Store acknowledgements: the one way in for links, for programs and for the command line.

Nothing is taken back and nothing is overwritten. The one surprise: what has ended, or was passed by a worse stage, can
be acknowledged too. It is on record then, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import RECORDED_ONLY, Acknowledged, Alert
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.escalating import stage
from monitor.store.schema import acknowledgements, alert_log, alerts
from monitor.store.stored_alerts import to_alert
from monitor.text import one_line

LONGEST_AUTHOR, LONGEST_NOTE = 100, 500


@dataclass(frozen=True, slots=True)
class AlertWithAcknowledgements:
    """An alert as it is now, who has acknowledged it, and whether a worse stage of its clock fires beside it."""

    alert: Alert
    acknowledged: tuple[Acknowledged, ...] = ()
    passed: bool = False


class Acknowledging:
    """The acknowledgements' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> AlertWithAcknowledgements | None:
        """An alert by its fingerprint; what was only recorded is not found."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(alerts).where(alerts.c.key == key)).first()
            if row is None or not to_alert(row).notifies:
                return None
            mine = sa.select(acknowledgements).where(acknowledgements.c.alert_key == key)
            known = [_acknowledged(row, one) for one in connection.execute(mine.order_by(acknowledgements.c.id))]
            return AlertWithAcknowledgements(to_alert(row), tuple(known), _passed(connection, row))

    def firing(self, key: SubjectKey) -> tuple[str, ...]:
        """The alerts of a subject that fire."""
        mine = (alerts.c.source == key.source) & (alerts.c.subject == key.subject)
        return self._firing(mine)

    def of_cause(self, cause: str) -> tuple[str, ...]:
        """The alerts of a root cause that fire."""
        return self._firing(alerts.c.cause_key == f"#{cause}")

    def _firing(self, which: sa.ColumnElement[bool]) -> tuple[str, ...]:
        notifies = alerts.c.reason.not_in([reason.value for reason in RECORDED_ONLY])
        query = sa.select(alerts.c.key).where(which & notifies & alerts.c.resolved_at.is_(None))
        with self._database.read() as connection:
            return tuple(connection.scalars(query.order_by(alerts.c.starts_at, alerts.c.key)))

    def acknowledge(self, keys: Sequence[str], author: str, via: str, note: str, now: datetime) -> int:
        """Remember it for each of these alerts; gives how many were news. The same person once more is no news."""
        who, text = one_line(author)[:LONGEST_AUTHOR], one_line(note)[:LONGEST_NOTE]
        with self._database.write() as connection:
            mine = statements.one_of(acknowledgements.c.alert_key, keys) & (acknowledgements.c.author == who)
            latest = sa.select(acknowledgements.c.alert_key, sa.func.max(acknowledgements.c.at).label("at"))
            known = {row.alert_key: row.at for row in connection.execute(latest.where(mine).group_by("alert_key"))}
            again = sa.select(alerts.c.key, alerts.c.starts_at).where(statements.one_of(alerts.c.key, keys))
            since = {row.key: row.starts_at for row in connection.execute(again)}
            rows: list[dict[str, Any]] = [
                {"alert_key": key, "at": now, "author": who, "via": via, "note": text}
                for key in keys
                if key in since and (key not in known or known[key] < since[key])  # it began anew after that
            ]
            statements.add(connection, acknowledgements, rows)
        return len(rows)


def _acknowledged(alert: Any, row: Any) -> Acknowledged:
    return Acknowledged(row.alert_key, stage(alert), row.at, row.author, row.via, row.note)


def _passed(connection: sa.Connection, row: Any) -> bool:
    """Whether another alert of the same clock, or of the same cause, fires that was first logged later."""
    same = (alerts.c.source == row.source) & (alerts.c.subject == row.subject) & (alerts.c.target == row.target)
    if row.subject is None:
        same = (alerts.c.cause_key == row.cause_key) & (alerts.c.cause_key != "")
    first = sa.func.coalesce(
        sa.select(sa.func.min(alert_log.c.id)).where(alert_log.c.key == alerts.c.key).scalar_subquery(), 0
    )
    of_clock = same & (alerts.c.cycle == row.cycle) & (alerts.c.resolved_at.is_(None) | (alerts.c.key == row.key))
    found = {
        one.key: one.first for one in connection.execute(sa.select(alerts.c.key, first.label("first")).where(of_clock))
    }
    return any(at > found[row.key] for at in found.values())
