"""Read the rows of a receiver's queue, and write what was decided of them.

What is left out of a queue is decided in `alerts/decide/queues.py` and `alerts/decide/waves.py`. Each page that is left
out keeps its row, closed, with the reason. A digest is one row of its own. Its words are made when it is sent
(`alerts/delivery/digests.py`), from the rows folded into it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from alerts.decide import Pages, QueuedPage, Route, Silence, StoredStage, hours, queues, waves, withholding
from monitor.alert import Alert, Channel, ClockKey, Decision, Delivery, Missed, Reason, Withheld
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.schema import LASTS, alerts, causes, decisions, outbox
from monitor.store.stored_alerts import alert_row, from_json, ladder, placed, queued_alert, to_alert, to_cause

LISTED = 10
"""So many alerts are named in a digest."""

_DOUBTFUL = 500

Queued = Sequence[tuple[Alert, Decision]]

FOR_HOURS = outbox.c.held_by.startswith(f"{Withheld.WAITS_FOR_HOURS}/", autoescape=True)
"""Held for covered hours."""


# -- before new rows are added ---------------------------------------------------------------------------------------


def leave_out_unsent_ends(connection: sa.Connection, channel: str, queued: Queued, now: datetime) -> Queued:
    """The changes without the ends of what was never sent; the rows that were held back are closed."""
    pages = load_pages(connection, channel, [alert.key for alert, _ in queued if not alert.firing])
    ends = queues.unsent_ends(pages)
    _close(connection, ends.closed, Withheld.NOTHING_NEW, now)
    return [(alert, decision) for alert, decision in queued if alert.firing or alert.key not in ends.unsent]


def keep_waves_apart(connection: sa.Connection, channel: Channel, queued: Queued, now: datetime) -> Queued:
    """The changes without the ends of waves that are not sent; the pages of waves that are replaced are closed."""
    causes = {alert.cause_key for alert, _ in queued if alert.wave}
    if not causes:
        return queued
    known: dict[str, dict[str, int]] = defaultdict(dict)
    of_causes = sa.select(alerts.c.cause_key, alerts.c.key, alerts.c.labels)
    for row in connection.execute(of_causes.where(statements.one_of(alerts.c.cause_key, causes))):
        if str(row.labels.get("wave", "")).isdecimal():
            known[row.cause_key][row.key] = int(row.labels["wave"])
    pages = load_pages(connection, channel.name, [key for of_cause in known.values() for key in of_cause])
    kept = waves.ends_to_send(queued, known, pages)
    older = waves.replaced(kept, known, pages)
    if older:
        gone = statements.one_of(outbox.c.id, [page.id for page in older])
        closed = {"closed_at": now, "next_at": None, "reason": Withheld.REPLACED.value}
        connection.execute(sa.update(outbox).where(gone).values(**closed))
    return kept


def reword_what_waits(connection: sa.Connection, changed: Sequence[Alert]) -> None:
    """Let the pages of the present life of each alert that wait say what is so now."""
    by_key = {alert.key: alert for alert in changed if alert.firing and alert.reason is Reason.REWORDED}
    if not by_key:
        return
    mine = statements.one_of(outbox.c.alert_key, by_key) & (outbox.c.delivery == Delivery.QUEUE.value)
    rows = sa.select(outbox.c.id, outbox.c.alert_key, outbox.c.channel, outbox.c.alert)
    waiting: dict[tuple[str, str], dict[int, Alert]] = defaultdict(dict)
    for id_, key, channel, alert in connection.execute(rows.where(mine & outbox.c.closed_at.is_(None))):
        waiting[key, channel][id_] = from_json(alert)
    for (key, _), pages in waiting.items():
        for id_, again in queues.reworded(pages, by_key[key]).items():
            connection.execute(sa.update(outbox).where(outbox.c.id == id_).values(alert=queued_alert(again)))


def let_wait_anew(connection: sa.Connection, waits: Iterable[tuple[str, str, datetime | None]], now: datetime) -> None:
    """Of (alert, channel, until): the pages that wait for covered hours ring at another instant, or now."""
    by_page = {(key, channel): until for key, channel, until in waits}
    if not by_page:
        return
    mine = statements.one_of(outbox.c.alert_key, {key for key, _ in by_page}) & outbox.c.closed_at.is_(None)
    rows = sa.select(outbox.c.id, outbox.c.alert_key, outbox.c.channel, outbox.c.next_at).where(mine & FOR_HOURS)
    for id_, key, channel, before in connection.execute(rows).all():
        until = by_page.get((key, channel))
        if until is None:
            new: dict[str, Any] = {"held_by": "", "next_at": now, "due_since": now}
        elif until == before:
            continue
        else:
            new = {"held_by": f"{Withheld.WAITS_FOR_HOURS}/{until.isoformat()}", "next_at": until}
            _record(connection, channel, [(key, until.isoformat())], Withheld.WAITS_FOR_HOURS, now)
        connection.execute(sa.update(outbox).where(outbox.c.id == id_).values(**new))


def replace_waiting(connection: sa.Connection, channel: str, queued: Queued, now: datetime) -> None:
    """Close the pages that wait for covered hours where somebody is now called by name with the same alert."""
    keys = [alert.key for alert, _ in queued if alert.firing and hours.rings_at_once(alert)]
    if not keys:
        return
    mine = statements.one_of(outbox.c.alert_key, keys) & (outbox.c.channel == channel) & outbox.c.closed_at.is_(None)
    waiting = connection.execute(sa.select(outbox.c.id, outbox.c.alert_key).where(mine & FOR_HOURS)).all()
    _close(connection, [row.id for row in waiting], Withheld.REPLACED, now)
    _record(connection, channel, [(row.alert_key, "") for row in waiting], Withheld.REPLACED, now)


def hold_anew(
    connection: sa.Connection, rows: Sequence[Any], route: Route, in_force: Sequence[Silence], now: datetime
) -> bool:
    """Hold those of the pages that are about to be sent for the first time and must wait after all.

    *rows* are of one channel. What is held is on record once for each reason; of what rings outside covered hours it is
    kept why.
    """
    untried = [row for row in rows if row.delivery == Delivery.QUEUE.value and not row.attempts]
    alerts_of = {row.row_id: from_json(row.queued) for row in untried}
    keys = {alert.cause_key for alert in alerts_of.values() if alert.cause_key}
    open_ones = sa.select(causes).where(statements.one_of(causes.c.key, keys) & LASTS)
    by_key = {row.key: to_cause(row) for row in connection.execute(open_ones)} if keys else {}
    held: list[tuple[str, Decision]] = []
    for id_, alert in alerts_of.items():
        decision = withholding.anew(alert, route, in_force, by_key.get(alert.cause_key), now)
        if decision is not None and decision.withheld is not None:
            new = {"held_by": decision.held_by, "next_at": decision.until, "due_since": None}
            of_row = sa.update(outbox).where((outbox.c.id == id_) & outbox.c.taken_at.is_(None))
            if connection.execute(of_row.values(**new)).rowcount:
                held.append((alert.key, decision))
        elif (rang := hours.rings_outside(alert, route.hours, route.takes, now)) is not None:
            connection.execute(sa.update(outbox).where(outbox.c.id == id_).values(rang=rang.stored))
    for key, decision in held:
        assert decision.withheld is not None
        same = (decisions.c.alert_key == key) & (decisions.c.channel == route.channel.name)
        same &= (decisions.c.reason == decision.withheld.value) & (decisions.c.detail == decision.detail)
        if connection.scalar(sa.select(decisions.c.id).where(same).limit(1)) is None:
            _record(connection, route.channel.name, [(key, decision.detail)], decision.withheld, now)
    return bool(held)


# -- after new rows were added ---------------------------------------------------------------------------------------


def replace_lesser(
    connection: sa.Connection, channel: str, sent: Sequence[Alert], waiting: Collection[str], now: datetime
) -> None:
    """Close the pages of lesser stages of the same clocks that were never handed to the receiver.

    *waiting* are the keys of those that wait for covered hours themselves: they replace only what waits like them.
    """
    worse = queues.worsened(sent)
    if not worse:
        return
    subjects = {SubjectKey(clock.source, clock.subject) for clock in worse}
    others = queues.others(worse, _stages_of(connection, subjects))
    lesser = queues.lesser_stages(load_pages(connection, channel, others), others, waiting)
    _close(connection, [page.id for page, _ in lesser], Withheld.REPLACED, now)
    _record(connection, channel, [(page.key, stage) for page, stage in lesser], Withheld.REPLACED, now)


def fold(connection: sa.Connection, channel: str, keys: Collection[str], now: datetime) -> None:
    """Bring what still waits of these alerts down to what their receiver needs."""
    if not keys:
        return
    ends, pages = _load(connection, channel, keys)
    folded = queues.fold(pages)
    _close(connection, folded.replaced, Withheld.REPLACED, now)
    if folded.over:
        _digest(connection, channel, [(begun, ends[last.id]) for begun, last in folded.over], now)
        _put_back(connection, channel, {begun.key for begun, _ in folded.over}, now)


def _digest(
    connection: sa.Connection, channel: str, over: Sequence[tuple[QueuedPage, dict[str, Any]]], now: datetime
) -> None:
    """Fold alerts into the digest of the channel that waits, or into a new one."""
    of = queues.digest([from_json(end) for _, end in over], channel, now)
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
    _record(connection, channel, [(begun.key, "") for begun, _ in over], Withheld.DIGESTED, now)


def _put_back(connection: sa.Connection, channel: str, over: Collection[str], now: datetime) -> None:
    """Let the pages wait again that gave way to alerts which are *over* now, in the words that hold now."""
    staged = statements.one_of(alerts.c.key, over) & (alerts.c.stage != "")
    clocks = {_stage(row).clock for row in connection.execute(_STAGES.where(staged))}
    found = _stages_of(connection, {SubjectKey(clock.source, clock.subject) for clock in clocks})
    stages = [stage for stage in found if stage.clock in clocks]
    pages = load_pages(connection, channel, [stage.key for stage in stages])
    gave_way = queues.gave_way(pages, _replacements(connection, channel, pages))
    again = {page.key: page for page in queues.put_back(over, stages, pages, gave_way)}
    for row in connection.execute(sa.select(alerts).where(statements.one_of(alerts.c.key, again))) if again else ():
        _reopen(connection, again[row.key], to_alert(row), now)


def _replacements(connection: sa.Connection, channel: str, pages: Pages) -> list[tuple[str, datetime, str]]:
    """(alert, at, stage) of what was replaced on the channel by a worse stage, in order."""
    mine = (decisions.c.channel == channel) & statements.one_of(decisions.c.alert_key, pages)
    replaced = mine & (decisions.c.reason == Withheld.REPLACED.value) & (decisions.c.detail != "")
    of_each = sa.select(decisions.c.alert_key, decisions.c.at, decisions.c.detail)
    return [(key, at, stage) for key, at, stage in connection.execute(of_each.where(replaced).order_by(decisions.c.id))]


def _reopen(connection: sa.Connection, page: QueuedPage, alert: Alert, now: datetime) -> None:
    now_worded = alert.because(Reason(page.word))
    again = {
        "closed_at": None,
        "next_at": now,
        "due_since": now,
        "reason": page.word,
        "alert": queued_alert(now_worded),
    }
    connection.execute(sa.update(outbox).where(outbox.c.id == page.id).values(**again))


# -- digests on their way --------------------------------------------------------------------------------------------


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
    """Close a digest in which nothing is left to say."""
    _close(connection, [digest], Withheld.NOTHING_NEW, now)
    mine = (outbox.c.folded_into == digest) & outbox.c.accepted_at.is_(None)
    connection.execute(sa.update(outbox).where(mine).values(reason=Withheld.REPLACED.value))


def accept_folded(connection: sa.Connection, digests: Iterable[int], now: datetime) -> None:
    """The receiver has taken these digests, and with them all that was folded into them (semantics 23, 39)."""
    for digest in digests:
        mine = (outbox.c.folded_into == digest) & outbox.c.accepted_at.is_(None)
        connection.execute(sa.update(outbox).where(mine).values(accepted_at=now))


# -- rows ------------------------------------------------------------------------------------------------------------


def load_pages(
    connection: sa.Connection, channel: str, keys: Collection[str], only: sa.ColumnElement[bool] | None = None
) -> Pages:
    """The rows of alerts on a channel, the oldest first."""
    return _load(connection, channel, keys, only)[1] if keys else {}


def _load(
    connection: sa.Connection, channel: str, keys: Collection[str], only: sa.ColumnElement[bool] | None = None
) -> tuple[dict[int, Any], Pages]:
    """The alerts of these rows as they were queued, by id, and the rows."""
    queued: dict[int, Any] = {}
    found: dict[str, list[QueuedPage]] = defaultdict(list)
    mine = statements.one_of(outbox.c.alert_key, keys) & (outbox.c.channel == channel)
    for row in connection.execute(_ROWS.where(mine if only is None else mine & only).order_by(outbox.c.id)):
        id_, key, alert, attempts, closed_at, word, held_by, taken_at, accepted_at = row
        queued[id_] = alert
        ends, why, critical = False, "", False
        if alert is not None:
            ends, why = alert["resolved_at"] is not None, alert["reason"]
            critical = alert["labels"].get("severity") == "critical"
        under_way, accepted = taken_at is not None, accepted_at is not None
        page = QueuedPage(id_, key, ends, why, critical, attempts, under_way, accepted, held_by, closed_at, word)
        found[key].append(page)
    return queued, found


_ROWS = sa.select(
    outbox.c.id, outbox.c.alert_key, outbox.c.alert, outbox.c.attempts, outbox.c.closed_at, outbox.c.reason,
    outbox.c.held_by, outbox.c.taken_at, outbox.c.accepted_at,
)  # fmt: skip

_STAGE = ("key", "source", "subject", "target", "cycle", "stage", "resolved_at")
_STAGES = sa.select(*(alerts.c[name] for name in _STAGE))


def _stages_of(connection: sa.Connection, subjects: Collection[SubjectKey]) -> list[StoredStage]:
    """The alerts of the clocks of these subjects."""
    rows = statements.bound_of_subjects(connection, alerts, _STAGE, sorted(subjects), alerts.c.stage != "")
    return [_stage(row) for row in rows]


def _stage(row: Any) -> StoredStage:
    key, *clock, stage, resolved_at = row
    return StoredStage(key, ClockKey(*clock), stage, resolved_at is None)


def _close(connection: sa.Connection, ids: Collection[int], why: Withheld, now: datetime) -> None:
    if ids:
        closed = sa.update(outbox).where(statements.one_of(outbox.c.id, ids))
        connection.execute(closed.values(closed_at=now, next_at=None, taken_at=None, reason=why.value, detail=""))


def _record(
    connection: sa.Connection, channel: str, keys: Sequence[tuple[str, str]], why: Withheld, now: datetime
) -> None:
    """Keep why pages were left out, and count them."""
    rows = [
        {"alert_key": key, "channel": channel, "at": now, "reason": why.value, "detail": detail} for key, detail in keys
    ]
    statements.add(connection, decisions, rows)
    counted = statements.counted("tierwatch_alerts_withheld_total", channel=channel, reason=why.value)
    statements.count_all(connection, Counter({counted: len(keys)}) if keys else Counter())
