"""Hand out the pages that are due on a channel, and remember how they were answered.

A row is closed only after its receiver accepted it (or refused it for good). If the alert changed while a page was
under way, the row's version has moved on and the answer closes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Channel, Decision, Delivery, Page, Settlement, Verdict
from monitor.store import statements
from monitor.store.alert_rows import from_json, queue_for, to_alert
from monitor.store.database import Database
from monitor.store.schema import Instant, alerts, outbox


class Deliveries:
    """The outbox's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due_pages(self, channel: str, now: datetime, limit: int) -> tuple[Page, ...]:
        """The pages due: for STATE each alert as it is now, for QUEUE the oldest open row of each alert."""
        older = outbox.alias("older")
        ahead = sa.exists().where(
            (older.c.channel == outbox.c.channel)
            & (older.c.alert_key == outbox.c.alert_key)
            & older.c.closed_at.is_(None)
            & (older.c.id < outbox.c.id)
        )
        query = (
            sa.select(outbox.c.id.label("row_id"), outbox.c.version, outbox.c.attempts, outbox.c.delivery,
                      outbox.c.alert.label("queued"), alerts)
            .join(alerts, alerts.c.key == outbox.c.alert_key)
            .where((outbox.c.channel == channel) & (outbox.c.next_at <= now) & outbox.c.closed_at.is_(None) & ~ahead)
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(limit)
        )  # fmt: skip
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Page(
                id=row.row_id,
                version=row.version,
                channel=channel,
                alert=to_alert(row) if row.delivery == Delivery.STATE.value else from_json(row.queued),
                attempts=row.attempts,
            )
            for row in rows
        )

    def next_page(self, channel: str) -> datetime | None:
        """When the next page of a channel is due; None if nothing waits."""
        waits = (outbox.c.channel == channel) & outbox.c.closed_at.is_(None)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(sa.select(sa.func.min(outbox.c.next_at)).where(waits))
        return found

    def settle_pages(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Remember answers; counted in the same transaction."""
        with self._database.write() as connection:
            for item in settlements:
                accepted = item.verdict is Verdict.ACCEPTED
                values: dict[str, Any] = {
                    "attempts": 0 if accepted else item.page.attempts + 1,
                    "next_at": item.next_at,
                    "closed_at": now if item.next_at is None else None,
                    "reason": item.reason,
                    "detail": item.detail,
                }
                if accepted:
                    values["accepted_at"] = sa.func.coalesce(outbox.c.accepted_at, sa.bindparam(None, now, Instant))
                same = (outbox.c.id == item.page.id) & (outbox.c.version == item.page.version)
                connection.execute(sa.update(outbox).where(same).values(**values))
                labels = {"channel": item.page.channel}
                if accepted:
                    statements.count(connection, "tierwatch_alerts_sent_total", labels)
                else:
                    failed = {**labels, "reason": item.reason or item.verdict.value}
                    statements.count(connection, "tierwatch_alerts_send_failures_total", failed)

    def begin(self, channels: Sequence[Channel], now: datetime) -> tuple[str, ...]:
        """The first act after a start: every receiver of states hears of everything that fires, at once.

        One that is new, or came back, has rows made for it. Rows of channels that are not configured any more are
        closed, with that reason; gives the names of those channels.
        """
        with self._database.write() as connection:
            gone = _close_others(connection, channels, now)
            rows = connection.execute(sa.select(alerts).where(alerts.c.resolved_at.is_(None))).all()
            firing = [alert for alert in map(to_alert, rows) if alert.told]
            for channel in channels:
                if channel.delivery is Delivery.STATE:
                    mine = (outbox.c.channel == channel.name) & outbox.c.closed_at.is_(None)
                    connection.execute(sa.update(outbox).where(mine & (outbox.c.held_by == "")).values(next_at=now))
                    known = set(connection.scalars(sa.select(outbox.c.alert_key).where(mine)))
                    unknown = [(alert, Decision(channel, None)) for alert in firing if alert.key not in known]
                    queue_for(connection, channel, unknown, now)
        return gone


def _close_others(connection: sa.Connection, channels: Sequence[Channel], now: datetime) -> tuple[str, ...]:
    others = outbox.c.closed_at.is_(None) & outbox.c.channel.not_in([channel.name for channel in channels])
    gone = tuple(connection.scalars(sa.select(outbox.c.channel).where(others).distinct().order_by(outbox.c.channel)))
    closed = {"closed_at": now, "next_at": None, "reason": "not_configured"}
    connection.execute(sa.update(outbox).where(others).values(**closed))
    return gone
