"""Write alerts, the decisions on them and their outbox rows, in the transaction of whoever calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import queues, withholding
from monitor.alert import Alert, AlertChange, Channel, Decision, Delivery, Withheld
from monitor.store import queue_rows, statements
from monitor.store.schema import Instant, alert_log, alerts, decisions, outbox
from monitor.store.stored_alerts import alert_row, ladder, placed, queued_alert

WAITS = Withheld.WAITS_FOR_HOURS


def add_changes(connection: sa.Connection, changes: Sequence[AlertChange], now: datetime) -> None:
    """Store alerts as they are now, why they changed, and what each channel is sent of it, in this order."""
    if not changes:
        return
    changes = withholding.go_on_sending(changes, _sent_as_firing(connection, withholding.held_states(changes)))
    changed = [alert for alert, _ in changes]
    statements.put(connection, alerts, [alert_row(alert) for alert in changed])
    entries = [{"key": alert.key, "at": now, "reason": alert.reason.value, "firing": alert.firing} for alert in changed]
    statements.add(connection, alert_log, entries)
    by_channel: dict[str, list[tuple[Alert, Decision]]] = {}
    withheld: Counter[tuple[str, str]] = Counter()
    kept = []
    for alert, taken in changes:
        for decision in taken:
            if decision.queued:
                by_channel.setdefault(decision.channel.name, []).append((alert, decision))
            if decision.withheld is not None:
                withheld[decision.channel.name, decision.withheld.value] += 1
            if decision.on_record:
                kept.append(_decided(alert, decision, now))
    queue_rows.reword_what_waits(connection, changed)
    queue_rows.let_wait_anew(connection, withholding.waits_anew(changes), now)
    for queued in by_channel.values():
        queue_for(connection, queued[0][1].channel, queued, now)
    statements.add(connection, decisions, kept)
    counts: statements.Counts = Counter()
    for (name, reason), number in withheld.items():
        counts[statements.counted("tierwatch_alerts_withheld_total", channel=name, reason=reason)] = number
    statements.count_all(connection, counts)


def _sent_as_firing(connection: sa.Connection, keys: Sequence[str]) -> frozenset[tuple[str, str]]:
    """(alert, channel) of those of the alerts that fire and that a channel is being sent."""
    if not keys:
        return frozenset()
    fires = statements.one_of(alerts.c.key, keys) & alerts.c.resolved_at.is_(None)
    goes_on = fires & outbox.c.closed_at.is_(None) & (outbox.c.held_by == "")
    both = sa.join(alerts, outbox, outbox.c.alert_key == alerts.c.key)
    rows = connection.execute(sa.select(outbox.c.alert_key, outbox.c.channel).select_from(both).where(goes_on))
    return frozenset((row.alert_key, row.channel) for row in rows)


def _decided(alert: Alert, decision: Decision, now: datetime) -> dict[str, Any]:
    assert decision.withheld is not None
    return {
        "alert_key": alert.key,
        "channel": decision.channel.name,
        "at": now,
        "reason": decision.withheld.value,
        "detail": decision.detail,
    }


def queue_for(
    connection: sa.Connection, channel: Channel, queued: Sequence[tuple[Alert, Decision]], now: datetime
) -> None:
    """Put alerts into the outbox of one channel: a row of its own for each change, or each state's one row anew.

    In a queue, what a later page makes needless before it was ever sent is replaced, and what began and ended before
    the channel could be sent anything becomes a line of its digest (semantics 38, 39).
    """
    tiers = ladder(connection)
    if channel.delivery is Delivery.STATE:
        new = _renew(connection, channel, queued, tiers, now)
        statements.add(connection, outbox, [_row(alert, decision, tiers, now) for alert, decision in new])
        return
    queued = queue_rows.leave_out_unsent_ends(connection, channel.name, queued, now)
    queued = queue_rows.keep_waves_apart(connection, channel, queued, now)
    queue_rows.replace_waiting(connection, channel.name, queued, now)
    after = queues.goes_after([alert for alert, _ in queued])
    rows = [_row(alert, decision, tiers, now) | {"after_key": after.get(alert.key, "")} for alert, decision in queued]
    statements.add(connection, outbox, rows)
    waiting = {alert.key for alert, decision in queued if decision.held and decision.withheld is WAITS}
    sent = [alert for alert, decision in queued if alert.firing and (not decision.held or alert.key in waiting)]
    queue_rows.replace_lesser(connection, channel.name, sent, waiting, now)
    queue_rows.fold(connection, channel.name, [alert.key for alert, _ in queued if not alert.firing], now)


def _renew(
    connection: sa.Connection,
    channel: Channel,
    queued: Sequence[tuple[Alert, Decision]],
    tiers: Sequence[str],
    now: datetime,
) -> list[tuple[Alert, Decision]]:
    """Make the rows of states that the channel has already due again in their new version; gives those it has not."""
    by_key = {alert.key: (alert, decision) for alert, decision in queued}
    known: set[str] = set()
    mine = (outbox.c.channel == channel.name) & statements.one_of(outbox.c.alert_key, by_key)
    for row in connection.execute(sa.select(outbox.c.alert_key, outbox.c.accepted_at).where(mine)).all():
        known.add(row.alert_key)
        alert, decision = by_key[row.alert_key]
        by_key[row.alert_key] = (alert, withholding.renewed(alert, decision, row.accepted_at is not None))
    if known:
        same = (outbox.c.channel == channel.name) & (outbox.c.alert_key == sa.bindparam("of"))
        again = {
            "version": outbox.c.version + 1,
            "attempts": 0,
            "next_at": sa.bindparam("due", type_=Instant),
            "created_at": sa.bindparam("now", type_=Instant),
            "closed_at": None,
            "accepted_at": None,
            "reason": sa.bindparam("why"),
            "held_by": sa.bindparam("held"),
            "turn": sa.bindparam("its_turn"),
            "rank": sa.bindparam("its_rank"),
            "deadline": sa.bindparam("its_deadline"),
            "due_since": sa.bindparam("since", type_=Instant),
        }
        rows = []
        for key in known:
            alert, decision = by_key[key]
            due, why = _when_and_why(alert, decision, now)
            new = {"of": key, "now": now, "due": due, "why": why, "held": decision.held_by}
            place = {f"its_{name}": value for name, value in placed(alert, tiers, now).items()}
            rows.append(new | place | {"since": None if decision.held else now})
        connection.execute(sa.update(outbox).where(same).values(**again), rows)
    return [new for key, new in by_key.items() if key not in known]


def _when_and_why(alert: Alert, decision: Decision, now: datetime) -> tuple[datetime | None, str]:
    if decision.held and decision.withheld is not None:
        return decision.until, decision.withheld.value
    return now, alert.reason.value


def _row(alert: Alert, decision: Decision, tiers: Sequence[str], now: datetime) -> dict[str, Any]:
    channel = decision.channel
    due, why = _when_and_why(alert, decision, now)
    return {
        "channel": channel.name,
        "alert_key": alert.key,
        "delivery": channel.delivery.value,
        "version": 1,
        "alert": queued_alert(alert) if channel.delivery is Delivery.QUEUE else None,
        "attempts": 0,
        "next_at": due,
        "created_at": now,
        "reason": why,
        "detail": "",
        "held_by": decision.held_by,
        "due_since": None if decision.held else now,
        **placed(alert, tiers, now),
    }
