"""Leave out of a queue what its receiver need not hear any more: what was replaced, and what is over already.

Only pages that were never handed to the receiver, or that it did not take, are left out; one that is under way is left
alone, and looked at again when its answer is known. Each page that is left out keeps its row, closed, with the reason.
A digest is one row of its own. Its words are made when it is sent (`alerts/delivery/digests.py`), from the rows folded
into it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import Alert, Decision, Delivery, Missed, Reason, Withheld
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.schema import alerts, decisions, outbox
from monitor.store.stored_alerts import alert_row, from_json, ladder, placed, queued_alert, to_alert

DIGEST = "TierwatchMissed"
"""The name of the alert that a digest is."""

LISTED = 10
"""So many alerts are named in a digest."""

_DOUBTFUL = 500

_NEVER_TOLD = frozenset({Withheld.NOTHING_NEW.value, Withheld.REPLACED.value, Withheld.DIGESTED.value})
"""With these a row was closed that its receiver never had."""

_TOLD_ANEW = frozenset({Reason.TIER_CHANGED.value, Reason.WORSENED.value})
"""Ends in whose place another alert of the same clock or cause fires: they are no news of their own."""


def without_untold(
    connection: sa.Connection, channel: str, told: Sequence[tuple[Alert, Decision]], now: datetime
) -> list[tuple[Alert, Decision]]:
    """Leave out the end of what was never told: what was held back until now is closed, and nothing is said."""
    rows = _rows(connection, channel, [alert.key for alert, _ in told if not alert.firing])
    untold: set[str] = set()
    held: list[int] = []
    for key, mine in rows.items():
        waiting = [row for row in mine if row.closed_at is None]
        if all(row.held_by and not row.attempts and row.taken_at is None for row in waiting):
            held += [row.id for row in waiting]
            if not _believed(mine):
                untold.add(key)
        elif waiting[-1] is not mine[-1] and _is_end(waiting[-1]) and waiting[-1].taken_at is not None:
            # its end is under way, and what began after it was replaced
            untold.add(key)
    _close(connection, held, Withheld.NOTHING_NEW, now)
    return [(alert, decision) for alert, decision in told if alert.firing or alert.key not in untold]


def replace_lesser(connection: sa.Connection, channel: str, worse: Sequence[Alert], now: datetime) -> None:
    """Close the pages of lesser stages of the same clocks that were never handed to the receiver."""
    firing = {(alert.subject, alert.target, alert.cycle): alert for alert in worse if alert.reason is Reason.WORSENED}
    keys = {alert.subject for alert in firing.values() if alert.subject is not None}
    if not keys:
        return
    beside: dict[str, Alert] = {}
    for row in statements.of_subjects(connection, alerts, sorted(keys), alerts.c.stage != ""):
        new = firing.get((SubjectKey(row.source, row.subject), row.target, row.cycle))
        if new is not None and row.key != new.key:
            beside[row.key] = new
    lesser = [
        row
        for mine in _rows(connection, channel, beside).values()
        for row in mine
        if row.closed_at is None and row.taken_at is None and not row.attempts and not row.held_by
        and row.alert["resolved_at"] is None and row.alert["labels"].get("severity") != "critical"
    ]  # fmt: skip
    _close(connection, [row.id for row in lesser], Withheld.REPLACED, now)
    _record(
        connection, channel, [(row.alert_key, beside[row.alert_key].stage) for row in lesser], Withheld.REPLACED, now
    )


def fold(connection: sa.Connection, channel: str, keys: Collection[str], now: datetime) -> None:
    """Bring what still waits of these alerts down to what their receiver has to hear.

    Of an alert that is over and of which it heard nothing that is a line of the digest, of one whose beginning it heard
    the end. Where anything of an alert is under way, all of it stays as it is. A lesser stage that gave way to one in
    the digest and still fires has its page again.
    """
    replaced: list[int] = []
    over: list[tuple[Any, dict[str, Any]]] = []
    for mine in _rows(connection, channel, keys).values():
        waiting = [row for row in mine if row.closed_at is None]
        if len(waiting) < 2 or any(row.taken_at is not None or row.held_by for row in waiting):
            continue
        last = waiting[-1]
        if not _is_end(last):
            continue
        if _believed(mine):
            replaced += [row.id for row in waiting[:-1]]
        elif last.alert["reason"] in _TOLD_ANEW:
            replaced += [row.id for row in waiting]
        else:
            replaced += [row.id for row in waiting[1:]]
            over.append((waiting[0], last.alert))
    _close(connection, replaced, Withheld.REPLACED, now)
    if over:
        _digest(connection, channel, over, now)
        _bring_back(connection, channel, {begun.alert_key for begun, _ in over}, now)


def _bring_back(connection: sa.Connection, channel: str, over: Collection[str], now: datetime) -> None:
    """Let the pages go out that gave way to alerts which are *over* now and were never heard of.

    A lesser stage that still fires would be untold otherwise. One that is over as well passes it on to what gave way
    to it.
    """
    ended: dict[Any, list[str]] = defaultdict(list)
    staged = statements.one_of(alerts.c.key, over) & (alerts.c.stage != "")
    for alert in connection.execute(sa.select(alerts).where(staged)):
        ended[_clock(alert)].append(alert.stage)
    subjects = sorted({SubjectKey(source, subject) for source, subject, *_ in ended})
    beside = [
        alert
        for alert in statements.of_subjects(connection, alerts, subjects, alerts.c.stage != "")
        if _clock(alert) in ended
    ]
    rows = _rows(connection, channel, [alert.key for alert in beside])
    gave_way = _gave_way(connection, channel, rows)
    by_stage: dict[Any, list[Any]] = defaultdict(list)
    for alert in beside:
        if alert.key in gave_way:
            by_stage[_clock(alert), gave_way[alert.key]].append(alert)
    looked_at: set[Any] = set()
    todo = [(clock, stage) for clock, stages in ended.items() for stage in stages]
    while todo:
        worse = todo.pop()
        looked_at.add(worse)
        for alert in by_stage[worse]:
            if alert.resolved_at is not None:
                todo += [(_clock(alert), alert.stage)] if (_clock(alert), alert.stage) not in looked_at else []
            elif not _believed(rows[alert.key]):
                _reopen(connection, rows[alert.key][-1], to_alert(alert), now)


def _gave_way(connection: sa.Connection, channel: str, rows: dict[str, list[Any]]) -> dict[str, str]:
    """By the key of each alert whose last page gave way to a worse stage: that stage."""
    last = {key: mine[-1] for key, mine in rows.items() if mine[-1].reason == Withheld.REPLACED.value}
    found: dict[str, str] = {}
    mine = (decisions.c.channel == channel) & statements.one_of(decisions.c.alert_key, last)
    replaced = mine & (decisions.c.reason == Withheld.REPLACED.value) & (decisions.c.detail != "")
    for decision in connection.execute(sa.select(decisions).where(replaced).order_by(decisions.c.id)):
        if decision.at == last[decision.alert_key].closed_at:
            found[decision.alert_key] = decision.detail
    return found


def _reopen(connection: sa.Connection, row: Any, alert: Alert, now: datetime) -> None:
    """Let a page that was never handed out wait again, in the words that hold now."""
    why = row.alert["reason"]
    said = replace(alert, reason=Reason(why), annotations={**alert.annotations, "reason": why})
    again = {"closed_at": None, "next_at": now, "due_since": now, "reason": why, "alert": queued_alert(said)}
    connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(**again))


def _is_end(row: Any) -> bool:
    return row.alert is not None and row.alert["resolved_at"] is not None


def _clock(alert: Any) -> tuple[str, str, str, int]:
    return alert.source, alert.subject, alert.target, alert.cycle


def missed(connection: sa.Connection, digest: int) -> Missed:
    """What was folded into a digest, without the alerts that have fired again since: they have pages of their own."""
    later = outbox.alias("later")
    again = sa.exists().where(
        (later.c.alert_key == outbox.c.alert_key)
        & (later.c.channel == outbox.c.channel)
        & (later.c.id > outbox.c.id)
        & (later.c.reason != Withheld.REPLACED.value)
    )
    mine = (outbox.c.folded_into == digest) & ~again
    number = connection.scalar(sa.select(sa.func.count()).where(mine)) or 0
    doubtful = sa.select(outbox.c.alert_key).where(mine & (outbox.c.attempts > 0)).order_by(outbox.c.id)
    urgent = sa.select(outbox.c.alert).where(mine).order_by(outbox.c.rank, outbox.c.deadline, outbox.c.id)
    return Missed(
        number,
        tuple(from_json(data) for data in connection.scalars(urgent.limit(LISTED))),
        tuple(connection.scalars(doubtful.limit(_DOUBTFUL))),
    )


def drop(connection: sa.Connection, digest: int, now: datetime) -> None:
    """Close a digest in which nothing is left to say: all of it fires again, and has pages of its own."""
    _close(connection, [digest], Withheld.NOTHING_NEW, now)
    mine = (outbox.c.folded_into == digest) & outbox.c.accepted_at.is_(None)
    connection.execute(sa.update(outbox).where(mine).values(reason=Withheld.REPLACED.value))


def accept_folded(connection: sa.Connection, digests: Iterable[int], now: datetime) -> None:
    """The receiver has taken these digests: it has heard of all that was folded into them (semantics 23, 39)."""
    for digest in digests:
        mine = (outbox.c.folded_into == digest) & outbox.c.accepted_at.is_(None)
        connection.execute(sa.update(outbox).where(mine).values(accepted_at=now))


def _believed(rows: Sequence[Any]) -> bool:
    """Whether the receiver may take the alert to be firing, by what it was told before what waits now."""
    heard = [row for row in rows if row.closed_at is not None and row.reason not in _NEVER_TOLD]
    return bool(heard) and not _is_end(heard[-1])


def _digest(connection: sa.Connection, channel: str, over: Sequence[tuple[Any, dict[str, Any]]], now: datetime) -> None:
    """Fold alerts into the digest of the channel that waits, or into a new one."""
    of = Alert(
        {"alertname": DIGEST, "instance": over[0][1]["labels"].get("instance", ""), "receiver": channel,
         "severity": "info"},
        {}, min(from_json(end).starts_at for _, end in over), now, Reason.DIGEST,
    )  # fmt: skip
    waiting = (outbox.c.alert_key == of.key) & (outbox.c.channel == channel) & outbox.c.closed_at.is_(None)
    into = connection.scalar(sa.select(outbox.c.id).where(waiting & outbox.c.taken_at.is_(None)).limit(1))
    if into is None:
        statements.put(connection, alerts, [alert_row(of)])
        row = {
            "channel": channel, "alert_key": of.key, "delivery": Delivery.QUEUE.value, "version": 1,
            "alert": queued_alert(of), "attempts": 0, "next_at": now, "created_at": now, "due_since": now,
            "reason": Reason.DIGEST.value, "detail": "", "held_by": "", **placed(of, ladder(connection), now),
        }  # fmt: skip
        into = connection.execute(sa.insert(outbox).returning(outbox.c.id), [row]).scalar_one()
    for begun, end in over:
        folded = {"folded_into": into, "alert": end, "closed_at": now, "next_at": None, "detail": ""}
        folded["reason"] = Withheld.DIGESTED.value
        connection.execute(sa.update(outbox).where(outbox.c.id == begun.id).values(**folded))
    _record(connection, channel, [(begun.alert_key, "") for begun, _ in over], Withheld.DIGESTED, now)


def _rows(connection: sa.Connection, channel: str, keys: Collection[str]) -> dict[str, list[Any]]:
    """The rows of alerts on a channel, the oldest first."""
    found: dict[str, list[Any]] = defaultdict(list)
    if not keys:
        return found
    mine = statements.one_of(outbox.c.alert_key, keys) & (outbox.c.channel == channel)
    for row in connection.execute(_ROWS.where(mine).order_by(outbox.c.id)):
        found[row.alert_key].append(row)
    return found


_ROWS = sa.select(
    outbox.c.id, outbox.c.alert_key, outbox.c.alert, outbox.c.attempts, outbox.c.closed_at, outbox.c.reason,
    outbox.c.held_by, outbox.c.taken_at,
)  # fmt: skip


def _close(connection: sa.Connection, ids: Sequence[int], why: Withheld, now: datetime) -> None:
    if ids:
        closed = sa.update(outbox).where(statements.one_of(outbox.c.id, ids))
        connection.execute(closed.values(closed_at=now, next_at=None, taken_at=None, reason=why.value, detail=""))


def _record(
    connection: sa.Connection, channel: str, keys: Sequence[tuple[str, str]], why: Withheld, now: datetime
) -> None:
    """Say on record why pages were left out, and count them."""
    rows = [
        {"alert_key": key, "channel": channel, "at": now, "reason": why.value, "detail": detail} for key, detail in keys
    ]
    statements.add(connection, decisions, rows)
    counted = statements.counted("tierwatch_alerts_withheld_total", channel=channel, reason=why.value)
    statements.count_all(connection, Counter({counted: len(keys)}) if keys else Counter())
