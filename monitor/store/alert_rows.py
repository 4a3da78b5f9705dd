"""Write alerts and their outbox rows inside the engine's transaction: first remember, then tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Decision, Delivery, Reason, Routed, Withheld
from monitor.store import folding, statements, waves
from monitor.store.schema import Instant, alert_log, alerts, decisions, outbox
from monitor.store.stored_alerts import alert_row, from_json, ladder, placed, queued_alert


def add_changes(connection: sa.Connection, routed: Routed, now: datetime) -> None:
    """Remember alerts as they are now, why they changed, and what each channel must hear of it, in this order."""
    if not routed:
        return
    routed = _without_holding_what_is_told(connection, routed)
    changed = [alert for alert, _ in routed]
    statements.put(connection, alerts, [alert_row(alert) for alert in changed])
    entries = [{"key": alert.key, "at": now, "reason": alert.reason.value, "firing": alert.firing} for alert in changed]
    statements.add(connection, alert_log, entries)
    by_channel: dict[str, list[tuple[Alert, Decision]]] = {}
    withheld: Counter[tuple[str, str]] = Counter()
    kept = []
    for alert, taken in routed:
        for decision in taken:
            if decision.withheld is None or decision.held:
                by_channel.setdefault(decision.channel.name, []).append((alert, decision))
            if decision.withheld is not None:
                withheld[decision.channel.name, decision.withheld.value] += 1
                if decision.withheld not in _SAID_ELSEWHERE:
                    kept.append(_decided(alert, decision, now))
    _reword_what_waits(connection, [alert for alert in changed if alert.firing and alert.reason is Reason.REWORDED])
    for told in by_channel.values():
        queue_for(connection, told[0][1].channel, told, now)
    statements.add(connection, decisions, kept)
    counts: statements.Counts = Counter()
    for (name, reason), number in withheld.items():
        counts[statements.counted("tierwatch_alerts_withheld_total", channel=name, reason=reason)] = number
    statements.count_all(connection, counts)


def _reword_what_waits(connection: sa.Connection, reworded: Sequence[Alert]) -> None:
    """Let a page that waits say what is so now: it may be sent long after it was made."""
    by_key = {alert.key: alert for alert in reworded}
    if not by_key:
        return
    mine = statements.one_of(outbox.c.alert_key, by_key) & (outbox.c.delivery == Delivery.QUEUE.value)
    waiting = sa.select(outbox.c.id, outbox.c.alert_key, outbox.c.alert).where(mine & outbox.c.closed_at.is_(None))
    for row in connection.execute(waiting).all():
        was, alert = from_json(row.alert), by_key[row.alert_key]
        if was.firing and was.reason not in (Reason.ESCALATED, Reason.REPEAT_DUE):  # whose words are their own
            words = {**alert.annotations, "reason": was.reason.value}
            now_said = queued_alert(replace(alert, annotations=words, reason=was.reason))
            connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(alert=now_said))


def _without_holding_what_is_told(connection: sa.Connection, routed: Routed) -> Routed:
    """Let a state that a channel is being told as firing go on being told, whatever has come over it since.

    A receiver of states takes silence for the end: holding it back would be an all-clear that nobody gave.
    """
    held = [alert.key for alert, taken in routed if any(_holds_a_state(decision) for decision in taken)]
    if not held:
        return routed
    fires = statements.one_of(alerts.c.key, held) & alerts.c.resolved_at.is_(None)
    goes_on = fires & outbox.c.closed_at.is_(None) & (outbox.c.held_by == "")
    both = sa.join(alerts, outbox, outbox.c.alert_key == alerts.c.key)
    rows = connection.execute(sa.select(outbox.c.alert_key, outbox.c.channel).select_from(both).where(goes_on))
    told = {(row.alert_key, row.channel) for row in rows}
    if not told:
        return routed
    return [(alert, [_unless_told(alert, decision, told) for decision in taken]) for alert, taken in routed]


def _holds_a_state(decision: Decision) -> bool:
    return decision.held and decision.channel.delivery is Delivery.STATE


def _unless_told(alert: Alert, decision: Decision, told: set[tuple[str, str]]) -> Decision:
    if _holds_a_state(decision) and (alert.key, decision.channel.name) in told:
        return Decision(decision.channel, None)
    return decision


_SAID_ELSEWHERE = frozenset({Withheld.RECORDED, Withheld.NOTHING_NEW})
"""The alert's own reason says it already."""


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
    connection: sa.Connection, channel: Channel, told: Sequence[tuple[Alert, Decision]], now: datetime
) -> None:
    """Put alerts into the outbox of one channel: a row of its own for each change, or each state's one row anew.

    In a queue, what a later page makes needless before it was ever sent is replaced, and what began and ended before
    the channel could be told becomes a line of its digest (semantics 38, 39).
    """
    tiers = ladder(connection)
    if channel.delivery is Delivery.STATE:
        told = _renew(connection, channel, told, tiers, now)
        statements.add(connection, outbox, [_queued(alert, decision, tiers, now) for alert, decision in told])
        return
    told = folding.without_untold(connection, channel.name, told, now)
    told = waves.one_end_each(connection, channel, told)
    waves.replace_what_waits(connection, channel, told, now)
    after = _linked([alert for alert, _ in told])
    rows = [_queued(alert, decision, tiers, now) | {"after_key": after.get(alert.key, "")} for alert, decision in told]
    statements.add(connection, outbox, rows)
    sent = [alert for alert, decision in told if alert.firing and not decision.held]
    folding.replace_lesser(connection, channel.name, sent, now)
    folding.fold(connection, channel.name, [alert.key for alert, _ in told if not alert.firing], now)


def _linked(changed: Sequence[Alert]) -> dict[str, str]:
    """By the key of each alert that ends, that of the one which fires in its place and must be told before it."""
    fires: dict[tuple[object, ...], str] = {}
    found: dict[str, str] = {}
    for alert in changed:
        of = (alert.subject, alert.target, alert.cycle) if alert.subject is not None else (alert.cause_key,)
        if alert.firing:
            fires.setdefault(of, alert.key)
        elif of in fires and of != ("",):
            found[alert.key] = fires[of]
    return found


def _renew(
    connection: sa.Connection,
    channel: Channel,
    told: Sequence[tuple[Alert, Decision]],
    tiers: Sequence[str],
    now: datetime,
) -> list[tuple[Alert, Decision]]:
    """Make the rows of states that the channel has already due again in their new version; gives those it has not.

    What the receiver holds as firing goes on being sent, whatever would withhold it now: to fall silent would end it
    there, and that would be a false all-clear.
    """
    by_key = {alert.key: (alert, decision) for alert, decision in told}
    known: set[str] = set()
    mine = (outbox.c.channel == channel.name) & statements.one_of(outbox.c.alert_key, by_key)
    for row in connection.execute(sa.select(outbox.c.alert_key, outbox.c.accepted_at).where(mine)).all():
        known.add(row.alert_key)
        alert, decision = by_key[row.alert_key]
        if row.accepted_at is not None and decision.held and alert.reason is Reason.REWORDED:
            by_key[row.alert_key] = (alert, Decision(channel, None))
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
            new = {"of": key, "now": now, "due": due, "why": why, "held": held_by(decision)}
            place = {f"its_{name}": value for name, value in placed(alert, tiers, now).items()}
            rows.append(new | place | {"since": None if decision.held else now})
        connection.execute(sa.update(outbox).where(same).values(**again), rows)
    return [told_now for key, told_now in by_key.items() if key not in known]


def _when_and_why(alert: Alert, decision: Decision, now: datetime) -> tuple[datetime | None, str]:
    if decision.held and decision.withheld is not None:
        return decision.until, decision.withheld.value
    return now, alert.reason.value


def held_by(decision: Decision) -> str:
    """What holds a row back, `silenced/ID` or `grouped/ID`; empty for one that is sent."""
    return f"{decision.withheld}/{decision.detail}" if decision.held else ""


def _queued(alert: Alert, decision: Decision, tiers: Sequence[str], now: datetime) -> dict[str, Any]:
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
        "held_by": held_by(decision),
        "due_since": None if decision.held else now,
        **placed(alert, tiers, now),
    }
