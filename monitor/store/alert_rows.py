"""Write alerts and their outbox rows inside the engine's transaction: first remember, then tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Channel, Decision, Delivery, Reason, Routed, Withheld
from monitor.model import SubjectKey
from monitor.policies import NO_RUNG
from monitor.store import statements, waves
from monitor.store.schema import Instant, alert_log, alerts, decisions, outbox

_KEYS_AT_ONCE = 500


def add_changes(connection: sa.Connection, routed: Routed, now: datetime) -> None:
    """Remember alerts as they are now, why they changed, and what each channel must hear of it, in this order."""
    if not routed:
        return
    routed = _without_holding_what_is_told(connection, routed)
    changed = [alert for alert, _ in routed]
    statements.put(connection, alerts, [_row(alert) for alert in changed])
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
    keys = list(by_key)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        mine = outbox.c.alert_key.in_(keys[start : start + _KEYS_AT_ONCE]) & outbox.c.closed_at.is_(None)
        waiting = sa.select(outbox.c.id, outbox.c.alert_key, outbox.c.alert).where(
            mine & (outbox.c.delivery == Delivery.QUEUE.value)
        )
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
    told: set[tuple[str, str]] = set()
    for start in range(0, len(held), _KEYS_AT_ONCE):
        fires = alerts.c.key.in_(held[start : start + _KEYS_AT_ONCE]) & alerts.c.resolved_at.is_(None)
        goes_on = fires & outbox.c.closed_at.is_(None) & (outbox.c.held_by == "")
        both = sa.join(alerts, outbox, outbox.c.alert_key == alerts.c.key)
        told |= {
            (row.alert_key, row.channel)
            for row in connection.execute(
                sa.select(outbox.c.alert_key, outbox.c.channel).select_from(both).where(goes_on)
            )
        }
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
    """Put alerts into the outbox of one channel: a row of its own for each change, or each state's one row anew."""
    if channel.delivery is Delivery.STATE:
        told = _renew(connection, channel, told, now)
    else:
        told = _without_untold(connection, channel, told, now)
        told = waves.one_end_each(connection, channel, told)
        waves.replace_what_waits(connection, channel, told, now)
    statements.add(connection, outbox, [_queued(alert, decision, now) for alert, decision in told])


def _without_untold(
    connection: sa.Connection, channel: Channel, told: Sequence[tuple[Alert, Decision]], now: datetime
) -> list[tuple[Alert, Decision]]:
    """Leave out the end of what was held back and never told: the row that waited is closed, and nothing is said."""
    ended = [alert.key for alert, _ in told if not alert.firing]
    untold: set[str] = set()
    for start in range(0, len(ended), _KEYS_AT_ONCE):
        some = ended[start : start + _KEYS_AT_ONCE]
        mine = (outbox.c.channel == channel.name) & outbox.c.alert_key.in_(some)
        held = mine & outbox.c.closed_at.is_(None) & (outbox.c.held_by != "") & (outbox.c.attempts == 0)
        untold.update(connection.scalars(sa.select(outbox.c.alert_key).where(held)))
        closed = sa.update(outbox).where(held).values(closed_at=now, next_at=None, reason=Withheld.NOTHING_NEW.value)
        connection.execute(closed)
    return [(alert, decision) for alert, decision in told if alert.firing or alert.key not in untold]


def _renew(
    connection: sa.Connection, channel: Channel, told: Sequence[tuple[Alert, Decision]], now: datetime
) -> list[tuple[Alert, Decision]]:
    """Make the rows of states that the channel has already due again in their new version; gives those it has not.

    What the receiver holds as firing goes on being sent, whatever would withhold it now: to fall silent would end it
    there, and that would be a false all-clear.
    """
    by_key = {alert.key: (alert, decision) for alert, decision in told}
    known: set[str] = set()
    keys = list(by_key)
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        mine = (outbox.c.channel == channel.name) & outbox.c.alert_key.in_(keys[start : start + _KEYS_AT_ONCE])
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
        }
        rows = []
        for key in known:
            alert, decision = by_key[key]
            due, why = _when_and_why(alert, decision, now)
            rows.append({"of": key, "now": now, "due": due, "why": why, "held": held_by(decision)})
        connection.execute(sa.update(outbox).where(same).values(**again), rows)
    return [told_now for key, told_now in by_key.items() if key not in known]


def _when_and_why(alert: Alert, decision: Decision, now: datetime) -> tuple[datetime | None, str]:
    if decision.held and decision.withheld is not None:
        return decision.until, decision.withheld.value
    return now, alert.reason.value


def held_by(decision: Decision) -> str:
    """What holds a row back, `silenced/ID` or `grouped/ID`; empty for one that is sent."""
    return f"{decision.withheld}/{decision.detail}" if decision.held else ""


def _queued(alert: Alert, decision: Decision, now: datetime) -> dict[str, Any]:
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
    }


def queued_alert(alert: Alert) -> dict[str, Any]:
    """An alert as it is kept in a queue's row, for `from_json`."""
    return _row(alert, plain=True)


def _row(alert: Alert, plain: bool = False) -> dict[str, Any]:
    def time(at: datetime | None) -> Any:
        return at.isoformat() if plain and at is not None else at

    return {
        "key": alert.key,
        "source": None if alert.subject is None else alert.subject.source,
        "subject": None if alert.subject is None else alert.subject.subject,
        "target": alert.target,
        "cycle": alert.cycle,
        "stage": alert.stage,
        "tier": alert.labels.get("tier", NO_RUNG),
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": time(alert.starts_at),
        "resolved_at": time(alert.resolved_at),
        "reason": alert.reason.value,
        "link": alert.link,
        "cause_key": alert.cause_key,
        "deadline": time(alert.deadline),
    }


def to_alert(row: Any) -> Alert:
    """An alerts row as the alert it is."""
    return Alert(
        labels=row.labels,
        annotations=row.annotations,
        starts_at=row.starts_at,
        resolved_at=row.resolved_at,
        reason=Reason(row.reason),
        subject=None if row.subject is None else SubjectKey(row.source, row.subject),
        target=row.target,
        cycle=row.cycle,
        stage=row.stage,
        link=row.link,
        cause_key=row.cause_key,
        deadline=row.deadline,
    )


def from_json(data: dict[str, Any]) -> Alert:
    """An alert as it was when it was queued."""
    resolved = data["resolved_at"]
    return Alert(
        labels=data["labels"],
        annotations=data["annotations"],
        starts_at=datetime.fromisoformat(data["starts_at"]),
        resolved_at=None if resolved is None else datetime.fromisoformat(resolved),
        reason=Reason(data["reason"]),
        subject=None if data["subject"] is None else SubjectKey(data["source"], data["subject"]),
        target=data["target"],
        cycle=data["cycle"],
        stage=data["stage"],
        link=data["link"],
        cause_key=data.get("cause_key", ""),
        deadline=None if data.get("deadline") is None else datetime.fromisoformat(data["deadline"]),
    )
