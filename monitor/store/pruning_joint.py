"""Delete what is over and belongs to no single subject: root causes with their pages, and silences.

Each step is a short transaction, and the next one goes on behind it: what must stay holds up nothing. A silence stays
while anything names it that is stored still: a page, the reason why one was withheld, a drill, an alert to its author.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Withheld
from monitor.store import month_reports, statements
from monitor.store.database import Database
from monitor.store.pruning import count_deleted, delete_alerts, with_open_pages
from monitor.store.schema import alerts, causes, decisions, drills, outbox, silences

AT_ONCE = 50
"""Root causes or silences that one transaction looks at."""

_TO_AUTHORS = (alerts.c.cause_key >= "#silenced/") & (alerts.c.cause_key < "#silenced0")  # a range uses the index


class JointPruning:
    """The side of the store that deletes what belongs to no single subject."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def prune_causes(self, before: datetime) -> Iterator[int]:
        """Delete the root causes that were over *before*, with the alerts and pages that stood for them.

        A step at a time; each gives how many went. Nothing goes of a month that was not reported.
        """
        after = ""
        while True:
            with self._database.write() as connection:
                reported = month_reports.reported_until(connection)
                if reported is None:
                    return
                over = (causes.c.closed_at < min(before, reported)) & (causes.c.id > after)
                names = connection.scalars(
                    sa.select(causes.c.id).where(over).order_by(causes.c.id).limit(AT_ONCE)
                ).all()
                gone = _delete_causes(connection, names)
                count_deleted(connection, causes=gone)
            if not names:
                return
            after = names[-1]
            yield gone

    def prune_silences(self, before: datetime) -> Iterator[int]:
        """Delete the silences that ended *before* and that nothing names; a step at a time, with how many went."""
        after = ""
        while True:
            with self._database.write() as connection:
                over = (silences.c.ends_at < before) & (silences.c.created_at < before) & (silences.c.id > after)
                query = sa.select(silences).where(over).order_by(silences.c.id).limit(AT_ONCE)
                rows = connection.execute(query).all()
                gone = {row.id for row in rows} - _named(connection, rows)
                connection.execute(sa.delete(silences).where(statements.one_of(silences.c.id, gone)))
                count_deleted(connection, silences=len(gone))
            if not rows:
                return
            after = rows[-1].id
            yield len(gone)


def _delete_causes(connection: sa.Connection, names: Sequence[str]) -> int:
    stand = statements.one_of(alerts.c.cause_key, [f"#{name}" for name in names])
    rows = connection.execute(sa.select(alerts.c.key, alerts.c.cause_key, alerts.c.resolved_at).where(stand)).all()
    waiting = with_open_pages(connection, [row.key for row in rows])
    busy = {row.cause_key for row in rows if row.resolved_at is None or row.key in waiting}
    gone = [name for name in names if f"#{name}" not in busy]
    delete_alerts(connection, [row.key for row in rows if row.cause_key not in busy])
    connection.execute(sa.delete(causes).where(statements.one_of(causes.c.id, gone)))
    return len(gone)


def _named(connection: sa.Connection, rows: Sequence[Any]) -> set[str]:
    """Those of these silences that something names."""
    names = {row.id for row in rows}
    if not names:
        return set()
    held = {f"{Withheld.SILENCED}/{name}": name for name in names}
    found = {
        held[by]
        for by in connection.scalars(sa.select(outbox.c.held_by).where(statements.one_of(outbox.c.held_by, held)))
    }
    within = (decisions.c.at >= min(row.starts_at for row in rows)) & (
        decisions.c.at <= max(row.ends_at for row in rows)
    )
    why = within & (decisions.c.reason == Withheld.SILENCED.value)
    found |= set(
        connection.scalars(sa.select(decisions.c.detail).where(why & statements.one_of(decisions.c.detail, names)))
    )
    found |= set(connection.scalars(sa.select(drills.c.silence).where(statements.one_of(drills.c.silence, names))))
    found |= {labels.get("silence") for labels in connection.scalars(sa.select(alerts.c.labels).where(_TO_AUTHORS))}
    return found & names
