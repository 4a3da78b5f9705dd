"""Hand out the pages that are due on a channel, and remember how they were answered.

A row is closed only after its receiver accepted it (or refused it for good). If the alert changed while a page was
under way, the row's version has moved on and the answer closes nothing. A row that was held back is let go in writing
before it is handed out, so that whoever ends its alert meanwhile knows that its receiver may have the page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import DIGEST, Route, queues, silence_of
from monitor.alert import (
    NO_BREACH,
    Alert,
    Channel,
    Decision,
    Delivery,
    DrillTry,
    Page,
    Settlement,
    Verdict,
    Withheld,
)
from monitor.store import queue_rows, statements
from monitor.store.alert_rows import queue_for
from monitor.store.changed_alerts import active_silences
from monitor.store.database import Database
from monitor.store.drilling import note_tries
from monitor.store.schema import OPEN, UNHELD, alerts, decisions, micros, outbox
from monitor.store.stored_alerts import from_json, keep_ladder, to_alert
from monitor.store.waiting import GOES_AFTER, UNACCEPTED

Takes = Callable[[Alert, Channel], bool]
"""Whether a channel takes an alert at all."""


class Deliveries:
    """The outbox's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due_pages(
        self,
        channel: str,
        now: datetime,
        limit: int,
        busy: Collection[str] = frozenset(),
        only_breaches: bool = False,
        route: Route | None = None,
    ) -> tuple[Page, ...]:
        """The most urgent pages that are due: for STATE each alert as it is now, for QUEUE its oldest open row.

        A page of a queue is marked as under way before it is handed out. *busy* are the keys of alerts of which another
        connection of the channel has a page under way: they are left out. With a *route* that has covered hours, what
        is to be sent for the first time is decided on once more, for it may have waited long.
        """
        with self._database.read() as connection:
            over = connection.scalar(_ANY_OVER, {"of_channel": channel, "by": micros(now) or 0})
            rows = _in_turn(connection, channel, now, limit, busy, only_breaches)
            if not over and not any(row.delivery == Delivery.QUEUE.value for row in rows):
                return tuple(_page(connection, channel, row) for row in rows)
        with self._database.write() as connection:
            if over:
                connection.execute(_LET_GO, {"of_channel": channel, "by": micros(now) or 0})
            rows = _in_turn(connection, channel, now, limit, busy, only_breaches)
            if route is not None and route.hours:
                silences = [silence_of(row) for row in active_silences(connection, now)] if rows else []
                while queue_rows.hold_anew(connection, rows, route, silences, now):
                    rows = _in_turn(connection, channel, now, limit, busy, only_breaches)
            taken = [row.row_id for row in rows if row.delivery == Delivery.QUEUE.value]
            if taken:
                connection.execute(_TAKE, {"ids": taken, "at": now})
            pages = [_page(connection, channel, row) for row in rows]
            empty = [page for page in pages if queues.is_empty(page.missed)]
            for page in empty:
                queue_rows.drop(connection, page.id, now)
        if empty:
            return tuple(page for page in pages if page not in empty) or self.due_pages(
                channel, now, limit, busy, only_breaches, route
            )
        return tuple(pages)

    def next_page(self, channel: str, busy: Collection[str] = frozenset()) -> datetime | None:
        """When the next page of a channel is due; None if nothing waits but what waits for another page."""
        with self._database.read() as connection:
            found: datetime | None = connection.scalar(_SOONEST, {"of_channel": channel, "busy": sorted(busy)})
        return found

    def recover(self, channel: str, now: datetime) -> None:
        """The receiver takes pages again: what waited because it took none is due at once, the most urgent first."""
        failed = (
            (outbox.c.channel == channel) & UNACCEPTED & UNHELD & (outbox.c.attempts > 0) & outbox.c.taken_at.is_(None)
        )
        with self._database.write() as connection:
            connection.execute(sa.update(outbox).where(failed & (outbox.c.next_at > now)).values(next_at=now))

    def settle_pages(self, settlements: Sequence[Settlement], now: datetime) -> None:
        """Remember answers; counted in the same transaction."""
        with self._database.write() as connection:
            for statement, accepted in ((_ACCEPTED, True), (_FAILED, False)):
                these = [item for item in settlements if (item.verdict is Verdict.ACCEPTED) is accepted]
                if these:
                    rows = [_answered(item, now) for item in these]
                    statements.run(connection, statement, _ANSWERED, rows)
            digests = [item.page.id for item in settlements if item.page.missed and item.verdict is Verdict.ACCEPTED]
            queue_rows.accept_folded(connection, digests, now)
            drilled = [_tried(item, now) for item in settlements if item.page.alert.drill and item.tried]
            if drilled:
                note_tries(connection, drilled)
            failed: dict[str, list[str]] = defaultdict(list)
            for item in settlements:
                if item.next_at is not None and item.verdict is not Verdict.ACCEPTED:
                    failed[item.page.channel].append(item.page.alert.key)
            for channel, keys in failed.items():
                queue_rows.fold(connection, channel, keys, now)
            statements.count_all(connection, Counter(_counted(item) for item in settlements if item.tried))

    def begin(
        self, channels: Sequence[Channel], now: datetime, takes: Takes | None = None, tiers: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """The first act after a start: every receiver of states is sent everything that fires, at once.

        What was under way when the program ended stays marked so, for its receiver may have it: it is sent again, and
        its end after it. *tiers* are those of the policy, the highest first; pages are ordered by them.

        One that is new, or came back, has rows made for what it *takes*; where nobody says what that is, for all but
        what was last decided not to be for it. Rows of channels that are not configured any more are closed, with
        that reason; gives the names of those channels.
        """
        with self._database.write() as connection:
            keep_ladder(connection, tiers)
            gone = _close_others(connection, channels, now)
            rows = connection.execute(sa.select(alerts).where(alerts.c.resolved_at.is_(None))).all()
            firing = [alert for alert in map(to_alert, rows) if alert.notifies]
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


_ANSWERED = ("row", "of_version", "tries", "due", "closed", "why", "detail_now", "now")


def _settling(accepted: bool) -> sa.Update:
    """The update of one row; its parameters are _ANSWERED."""
    settled: dict[str, Any] = {
        "attempts": sa.bindparam("tries", type_=sa.Integer),
        "next_at": sa.bindparam("due", type_=sa.BigInteger),
        "closed_at": sa.bindparam("closed", type_=sa.BigInteger),
        "reason": sa.bindparam("why", type_=sa.Text),
        "detail": sa.bindparam("detail_now", type_=sa.Text),
        "taken_at": sa.null(),
    }
    stored = sa.type_coerce(outbox.c.accepted_at, sa.BigInteger)
    if accepted:
        settled["accepted_at"] = sa.func.coalesce(stored, sa.bindparam("now", type_=sa.BigInteger))
    same = (outbox.c.id == sa.bindparam("row")) & (outbox.c.version == sa.bindparam("of_version"))
    return sa.update(outbox).where(same).values(**settled)


_ACCEPTED, _FAILED = _settling(accepted=True), _settling(accepted=False)


def _answered(item: Settlement, now: datetime) -> tuple[Any, ...]:
    tries = 0 if item.verdict is Verdict.ACCEPTED else item.page.attempts + item.tried
    due, at = micros(item.next_at), micros(now)
    closed = at if due is None else None
    return item.page.id, item.page.version, tries, due, closed, item.reason, item.detail, at


def _tried(item: Settlement, now: datetime) -> tuple[int, str, DrillTry]:
    """A receiver's answer to a page of a drill."""
    page, alert = item.page, item.page.alert
    answer = DrillTry(page.channel, now, now, alert.firing, item.verdict, item.reason, item.detail)
    return page.id, alert.labels.get("drill_id", ""), answer


def _counted(item: Settlement) -> statements.Counted:
    if item.verdict is Verdict.ACCEPTED:
        why = item.page.alert.reason.value
        return statements.counted("tierwatch_alerts_sent_total", channel=item.page.channel, reason=why)
    reason = item.reason or item.verdict.value
    return statements.counted("tierwatch_alerts_send_failures_total", channel=item.page.channel, reason=reason)


_SILENCE_IS_OVER = (
    (outbox.c.channel == sa.bindparam("of_channel"))
    & UNACCEPTED
    & (outbox.c.held_by != "")
    & (sa.type_coerce(outbox.c.next_at, sa.BigInteger) <= sa.bindparam("by", type_=sa.BigInteger))
)
"""Held until an instant that has come."""

_ANY_OVER = sa.select(sa.exists().where(_SILENCE_IS_OVER))
_LET_GO = sa.update(outbox).where(_SILENCE_IS_OVER).values(held_by="", due_since=outbox.c.next_at)
_TAKE = (
    sa.update(outbox)
    .where(outbox.c.id.in_(sa.bindparam("ids", expanding=True)))
    .values(taken_at=sa.bindparam("at", type_=outbox.c.taken_at.type))
)


_COLUMNS = (
    outbox.c.id.label("row_id"), outbox.c.version, outbox.c.attempts, outbox.c.delivery, outbox.c.alert.label("queued"),
    alerts,
)  # fmt: skip


def _in_turn(
    connection: sa.Connection,
    channel: str,
    now: datetime,
    limit: int,
    busy: Collection[str],
    only_breaches: bool,
) -> list[sa.Row[Any]]:
    """What is new to the receiver in the order of its urgency, then states that it has, the longest ago first.

    A quarter of the places is kept for the latter, so that no state is forgotten while there is news. The order is that
    of an index: pages that wait are not sorted.
    """
    asked = {"of_channel": channel, "busy": sorted(busy), "by": micros(now) or 0}
    kept = len(connection.execute(_AGAIN_IDS, {**asked, "most": max(limit // 4, 1)}).all())
    before = NO_BREACH if only_breaches else _NO_TURN
    news = {**asked, "most": limit - min(kept, limit // 4), "before": before}
    first = connection.execute(_NEWS, news).all()
    if not kept or len(first) == limit:
        return list(first)
    return [*first, *connection.execute(_AGAIN, {**asked, "most": limit - len(first)})]


_NO_TURN = 2**62
"""Later than every turn."""


def _prepared() -> tuple[sa.Select[Any], sa.Select[Any], sa.Select[Any], sa.Select[Any]]:
    """What waits, what is to be sent again, and when the next page is due: made once, for pages ask for it all day."""
    columns = sa.select(*_COLUMNS).join(alerts, alerts.c.key == outbox.c.alert_key)
    mine = (outbox.c.channel == sa.bindparam("of_channel")) & outbox.c.alert_key.not_in(
        sa.bindparam("busy", expanding=True)
    )
    due = sa.type_coerce(outbox.c.next_at, sa.BigInteger)
    by, most = sa.bindparam("by", type_=sa.BigInteger), sa.bindparam("most", type_=sa.Integer)
    turn = (outbox.c.turn, outbox.c.rank, outbox.c.deadline, outbox.c.id)
    in_time = (due + 0 <= by) & (outbox.c.turn < sa.bindparam("before", type_=sa.BigInteger))  # + 0: not by its index
    news = columns.where(mine & UNACCEPTED & UNHELD & in_time & ~GOES_AFTER).order_by(*turn).limit(most)
    accepted = mine & OPEN & outbox.c.accepted_at.is_not(None) & (due <= by)
    again = columns.where(accepted).order_by(outbox.c.next_at, outbox.c.id).limit(most)
    ids = sa.select(outbox.c.id).where(accepted).limit(most)
    waits = mine & OPEN & outbox.c.next_at.is_not(None) & ~GOES_AFTER
    return news, again, ids, sa.select(outbox.c.next_at).where(waits).order_by(outbox.c.next_at).limit(1)


_NEWS, _AGAIN, _AGAIN_IDS, _SOONEST = _prepared()


def _page(connection: sa.Connection, channel: str, row: Any) -> Page:
    """A row as a page; a digest with what it stands for."""
    return Page(
        id=row.row_id,
        version=row.version,
        channel=channel,
        alert=to_alert(row) if row.delivery == Delivery.STATE.value else from_json(row.queued),
        attempts=row.attempts,
        missed=queue_rows.missed(connection, row.row_id) if row.labels.get("alertname") == DIGEST else None,
    )


def _not_for(connection: sa.Connection, channel: Channel) -> set[str]:
    """The alerts of which it was last decided that the channel is not sent them."""
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
