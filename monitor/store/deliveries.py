"""Hand out the pages that are due on a channel, and remember how they were answered.

A row is closed only after its receiver accepted it (or refused it for good). If the alert changed while a page was
under way, the row's version has moved on and the answer closes nothing. A row that was held back is let go in writing
before it is handed out, so that whoever ends its alert meanwhile knows that somebody may have heard of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Decision, Delivery, Page, Settlement, Verdict, Withheld
from monitor.store import statements
from monitor.store.alert_rows import from_json, queue_for, to_alert
from monitor.store.database import Database
from monitor.store.schema import alerts, decisions, micros, outbox

Takes = Callable[[Alert, Channel], bool]
"""Whether a channel is one that hears of an alert at all."""


class Deliveries:
    """The outbox's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due_pages(self, channel: str, now: datetime, limit: int) -> tuple[Page, ...]:
        """The pages due: for STATE each alert as it is now, for QUEUE the oldest open row of each alert."""
        due = (outbox.c.channel == channel) & (outbox.c.next_at <= now) & outbox.c.closed_at.is_(None)
        query = (
            sa.select(outbox.c.id.label("row_id"), outbox.c.version, outbox.c.attempts, outbox.c.delivery,
                      outbox.c.alert.label("queued"), outbox.c.held_by, alerts)
            .join(alerts, alerts.c.key == outbox.c.alert_key)
            .where(due & _first_of_its_alert())
            .order_by(outbox.c.next_at, outbox.c.id)
            .limit(limit)
        )  # fmt: skip
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        if any(row.held_by for row in rows):
            with self._database.write() as connection:
                connection.execute(sa.update(outbox).where(due & (outbox.c.held_by != "")).values(held_by=""))
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
            if not row.held_by
        )

    def next_page(self, channel: str) -> datetime | None:
        """When the next page of a channel is due; None if nothing waits but what waits for an older page."""
        waits = (outbox.c.channel == channel) & outbox.c.closed_at.is_(None) & outbox.c.next_at.is_not(None)
        soonest = sa.select(outbox.c.next_at).where(waits & _first_of_its_alert()).order_by(outbox.c.next_at).limit(1)
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(soonest)
        return found

    def settle_pages(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Remember answers; counted in the same transaction."""
        with self._database.write() as connection:
            for statement, accepted in ((_ACCEPTED, True), (_FAILED, False)):
                these = [item for item in settlements if (item.verdict is Verdict.ACCEPTED) is accepted]
                if these:
                    rows = [_answered(item, now) for item in these]
                    statements.run(connection, statement, _ANSWERED, rows)
            statements.count_all(connection, Counter(_counted(item) for item in settlements if item.tried))

    def begin(self, channels: Sequence[Channel], now: datetime, takes: Takes | None = None) -> tuple[str, ...]:
        """The first act after a start: every receiver of states hears of everything that fires, at once.

        One that is new, or came back, has rows made for what it *takes*; where nobody says what that is, for all but
        what was last decided not to be for it. Rows of channels that are not configured any more are closed, with
        that reason; gives the names of those channels.
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
                    if takes is None:
                        known |= _not_for(connection, channel)
                    unknown = [alert for alert in firing if alert.key not in known]
                    taken = [alert for alert in unknown if takes is None or takes(alert, channel)]
                    queue_for(connection, channel, [(alert, Decision(channel, None)) for alert in taken], now)
        return gone


_ANSWERED = ("row", "of_version", "tries", "due", "closed", "why", "said", "now")


def _settling(accepted: bool) -> sa.Update:
    """The update of one row; its parameters are _ANSWERED."""
    said: dict[str, Any] = {
        "attempts": sa.bindparam("tries", type_=sa.Integer),
        "next_at": sa.bindparam("due", type_=sa.BigInteger),
        "closed_at": sa.bindparam("closed", type_=sa.BigInteger),
        "reason": sa.bindparam("why", type_=sa.Text),
        "detail": sa.bindparam("said", type_=sa.Text),
    }
    stored = sa.type_coerce(outbox.c.accepted_at, sa.BigInteger)
    if accepted:
        said["accepted_at"] = sa.func.coalesce(stored, sa.bindparam("now", type_=sa.BigInteger))
    same = (outbox.c.id == sa.bindparam("row")) & (outbox.c.version == sa.bindparam("of_version"))
    return sa.update(outbox).where(same).values(**said)


_ACCEPTED, _FAILED = _settling(accepted=True), _settling(accepted=False)


def _answered(item: Settlement, now: datetime) -> tuple[Any, ...]:
    tries = 0 if item.verdict is Verdict.ACCEPTED else item.page.attempts + item.tried
    due, at = micros(item.next_at), micros(now)
    closed = at if due is None else None
    return item.page.id, item.page.version, tries, due, closed, item.reason, item.detail, at


def _counted(item: Settlement) -> statements.Counted:
    if item.verdict is Verdict.ACCEPTED:
        why = item.page.alert.reason.value
        return statements.counted("tierwatch_alerts_sent_total", channel=item.page.channel, reason=why)
    reason = item.reason or item.verdict.value
    return statements.counted("tierwatch_alerts_send_failures_total", channel=item.page.channel, reason=reason)


def _first_of_its_alert() -> sa.ColumnElement[bool]:
    """No older row of the same alert waits on the same channel."""
    older = outbox.alias("older")
    return ~sa.exists().where(
        (older.c.channel == outbox.c.channel)
        & (older.c.alert_key == outbox.c.alert_key)
        & older.c.closed_at.is_(None)
        & (older.c.id < outbox.c.id)
    )


def _not_for(connection: sa.Connection, channel: Channel) -> set[str]:
    """The alerts of which it was last decided that the channel does not hear of them."""
    latest = sa.select(sa.func.max(decisions.c.id)).where(decisions.c.channel == channel.name)
    last = decisions.c.id.in_(latest.group_by(decisions.c.alert_key))
    never = decisions.c.reason.in_([Withheld.NOT_ROUTED.value, Withheld.SHADOW.value])
    return set(connection.scalars(sa.select(decisions.c.alert_key).where(last & never)))


def _close_others(connection: sa.Connection, channels: Sequence[Channel], now: datetime) -> tuple[str, ...]:
    others = outbox.c.closed_at.is_(None) & outbox.c.channel.not_in([channel.name for channel in channels])
    gone = tuple(connection.scalars(sa.select(outbox.c.channel).where(others).distinct().order_by(outbox.c.channel)))
    closed = {"closed_at": now, "next_at": None, "reason": "not_configured"}
    connection.execute(sa.update(outbox).where(others).values(**closed))
    return gone
