"""Find the alerts that a receiver may have to be sent again, and put their pages into the outbox.

When that is follows from the outbox alone: from the last answer to a page of the alert, so that a restart changes
nothing. What is sent again and again has one row of its own, in a new version each time, as a state has: the outbox
does not grow while nothing changes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from alerts.decide import Pages, lives, repeats
from monitor.alert import (
    RECORDED_ONLY,
    Alert,
    Beside,
    Channel,
    ClockKey,
    Decision,
    Delivery,
    Due,
    Reason,
    Repeat,
    Repeatable,
    RepeatState,
    Withheld,
)
from monitor.model import Measure, SubjectKey
from monitor.snapshot import OWN_SOURCE
from monitor.store import statements
from monitor.store.alert_rows import queue_for
from monitor.store.changed_alerts import active_silences
from monitor.store.database import Database
from monitor.store.queue_rows import load_pages
from monitor.store.schema import (
    LASTS,
    Instant,
    Json,
    acknowledgements,
    alerts,
    causes,
    decisions,
    micros,
    outbox,
    readings,
)
from monitor.store.stored_alerts import ladder, log_of, placed, queued_alert, to_alert

_RECORDED = [why.value for why in (Withheld.SILENCED, Withheld.GROUPED, Withheld.INHIBITED, Withheld.WAITS_FOR_HOURS)]
_NOTIFIES = alerts.c.reason.not_in([reason.value for reason in RECORDED_ONLY])


class Repeating:
    """The repeats' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, every: Mapping[str, timedelta], after: datetime | None, now: datetime) -> Due:
        """What has fallen due on the channels that are sent repeats *every* so often; with *after* only since then."""
        fallen_due: list[tuple[datetime, str, str]] = []
        soonest: list[datetime] = []
        with self._database.read() as connection:
            for channel, length in every.items():
                since = None if after is None else after - length
                found, coming = _answered(connection, channel, since, now - length)
                fallen_due += [(at + length, channel, key) for key, at in found]
                soonest += [] if coming is None else [coming + length]
        return Due(tuple((channel, key) for _, channel, key in sorted(fallen_due)), min(soonest, default=None))

    def look(self, due: Sequence[tuple[str, str]], now: datetime) -> RepeatState:
        """What is known of what has fallen due, in one consistent read."""
        with self._database.read() as connection:
            in_force = active_silences(connection, now)
            return RepeatState(tuple(_Look(connection, now).repeatable(due)), in_force)

    def commit(self, judged: Sequence[Repeat], channels: Mapping[str, Channel], now: datetime) -> tuple[Repeat, ...]:
        """Queue what is sent again and record what is withheld for the first time, all or nothing; gives what it did.

        An alert that has ended since it was looked at, or of which another page is under way, is left out.
        """
        wanted = [item for item in judged if item.page is not None or item.news]
        if not wanted:
            return ()
        done: list[Repeat] = []
        withheld: Counter[tuple[str, str]] = Counter()
        kept = []
        sent: dict[str, list[Repeat]] = defaultdict(list)
        for item in wanted:
            if item.page is not None:
                sent[item.of.channel].append(item)
            else:
                done.append(item)
                row = {"alert_key": item.of.alert.key, "channel": item.of.channel, "at": now}
                kept.append({**row, "reason": item.reason.value, "detail": item.detail})
                withheld[item.of.channel, item.reason.value] += 1
        with self._database.write() as connection:
            for name, pages in sent.items():
                done += _queue(connection, channels[name], pages, now)
            statements.add(connection, decisions, kept)
            counts: statements.Counts = Counter()
            for (name, reason), number in withheld.items():
                counts[statements.counted("tierwatch_alerts_withheld_total", channel=name, reason=reason)] = number
            statements.count_all(connection, counts)
        return tuple(done)


def _answered(
    connection: sa.Connection, channel: str, since: datetime | None, until: datetime
) -> tuple[list[tuple[str, datetime]], datetime | None]:
    """Alerts that fire, of which the channel answered its last page from *since* to *until*; and the next after that.

    None of those with a page that still waits, and none of which it has accepted none. It is asked of the alerts that
    fire, each by the index of its pages: what was ever sent on the channel is not read.
    """
    mine = (outbox.c.alert_key == alerts.c.key) & (outbox.c.channel == channel)
    mine &= outbox.c.delivery == Delivery.QUEUE.value
    last = sa.select(sa.func.max(sa.type_coerce(outbox.c.closed_at, sa.BigInteger))).where(mine).scalar_subquery()
    waits = sa.exists().where(mine & outbox.c.closed_at.is_(None))
    accepted = sa.exists().where(mine & outbox.c.accepted_at.is_not(None))
    own = sa.func.coalesce(alerts.c.source, "") == OWN_SOURCE
    fires = alerts.c.resolved_at.is_(None) & _NOTIFIES & ~own & ~waits & accepted
    of_each = sa.select(alerts.c.key, last.label("last")).where(fires).subquery()
    known = of_each.c.last > (micros(since) if since is not None else 0)
    query = sa.select(of_each.c.key, of_each.c.last).where(known).order_by(of_each.c.last, of_each.c.key)
    limit, keys = micros(until) or 0, list[tuple[str, datetime]]()
    with closing(connection.execute(query)) as found:
        for key, at in found:
            answered = until + timedelta(microseconds=at - limit)
            if answered > until:
                return keys, answered
            keys.append((key, answered))
    return keys, None


def _queue(connection: sa.Connection, channel: Channel, sent: Sequence[Repeat], now: datetime) -> list[Repeat]:
    """Put the pages of repeats that are still due into the outbox, in the row of the repeat before if there is one."""
    pages = {item.of.alert.key: item for item in sent}
    tiers = ladder(connection)
    rows = _pages(connection, channel.name, pages)
    firing = statements.one_of(alerts.c.key, pages) & alerts.c.resolved_at.is_(None)
    fires = set(connection.scalars(sa.select(alerts.c.key).where(firing)))
    fresh: list[tuple[Alert, Decision]] = []
    again: list[dict[str, Any]] = []
    done: list[Repeat] = []
    for key, item in pages.items():
        mine, page = rows.get(key, ()), item.page
        if page is None or not repeats.still_due(item, key in fires, mine):
            continue
        done.append(item)
        before = repeats.row_before(mine)
        if before is None:
            fresh.append((page, Decision(channel, None)))
        else:
            place = {f"its_{name}": value for name, value in placed(page, tiers, now).items()}
            again.append({"row": before, "page": queued_alert(page), "now": now, **place})
    queue_for(connection, channel, fresh, now)
    if again:
        connection.execute(_AGAIN, again)
    return done


_AGAIN = (
    sa.update(outbox)
    .where(outbox.c.id == sa.bindparam("row"))
    .values(
        version=outbox.c.version + 1,
        alert=sa.bindparam("page", type_=Json),
        attempts=0,
        next_at=sa.bindparam("now", type_=Instant),
        created_at=sa.bindparam("now", type_=Instant),
        due_since=sa.bindparam("now", type_=Instant),
        turn=sa.bindparam("its_turn"),
        rank=sa.bindparam("its_rank"),
        deadline=sa.bindparam("its_deadline"),
        accepted_at=None,
        closed_at=None,
        reason=Reason.REPEAT_DUE.value,
        detail="",
    )
)


def _pages(connection: sa.Connection, channel: str, keys: Collection[str]) -> Pages:
    """The rows of a channel's outbox by alert, the oldest first."""
    return load_pages(connection, channel, keys, _QUEUED)


_QUEUED = (outbox.c.delivery == Delivery.QUEUE.value) & outbox.c.alert.is_not(None)


class _Look:
    """One reading of everything about some alerts, in one transaction; never leaves this file."""

    def __init__(self, connection: sa.Connection, now: datetime) -> None:
        self._connection, self._now = connection, now

    def repeatable(self, due: Sequence[tuple[str, str]]) -> Iterator[Repeatable]:
        rows = {row.key: row for row in self._of(alerts, alerts.c.key, dict.fromkeys(key for _, key in due))}
        by_channel: dict[str, list[str]] = defaultdict(list)
        for channel, key in due:
            by_channel[channel].append(key)
        pages = {channel: _pages(self._connection, channel, keys) for channel, keys in by_channel.items()}
        beside = self._beside(list(rows.values()))
        clocks = self._clocks(list(rows.values()))
        keys = {row.cause_key for row in rows.values()}
        open_causes = {row.key: row.id for row in self._of(causes, causes.c.key, keys, LASTS)}
        recorded: dict[tuple[str, str], set[tuple[Withheld, str]]] = defaultdict(set)
        for row in self._of(decisions, decisions.c.alert_key, rows, decisions.c.reason.in_(_RECORDED)):
            recorded[row.channel, row.alert_key].add((Withheld(row.reason), row.detail))
        for channel, key in due:
            row, sent = rows.get(key), pages[channel].get(key, ())
            answered, waiting = repeats.last_answer(sent)
            if row is None or answered is None or not repeats.holds_as_firing(sent):
                continue
            deadline, timed = clocks.get(_clock(row), (None, True))
            yield Repeatable(
                alert=to_alert(row),
                channel=channel,
                answered_at=answered,
                waiting=waiting,
                deadline=deadline if deadline is not None else row.deadline,
                timed=timed,
                beside=tuple(beside.get(_clock(row), ())),
                cause=open_causes.get(row.cause_key, "") if row.subject is not None else "",
                recorded=frozenset(recorded[channel, key]),
            )

    def _of(
        self, table: sa.Table, key: sa.Column[Any], keys: Iterable[str], only: sa.ColumnElement[bool] | None = None
    ) -> Iterator[Any]:
        mine = statements.one_of(key, keys)
        yield from self._connection.execute(sa.select(table).where(mine if only is None else mine & only))

    def _clocks(self, rows: Sequence[Any]) -> dict[ClockKey, tuple[datetime | None, bool]]:
        """The deadline of each clock, its breach where it has breached; and whether its budget is a length."""
        keys = {SubjectKey(row.source, row.subject) for row in rows if row.subject is not None}
        return {
            ClockKey(row.source, row.subject, row.target, row.cycle): (
                row.breached_at if row.breached_at is not None else row.deadline,
                row.measure == Measure.TIME.value,
            )
            for row in statements.of_subjects(self._connection, readings, sorted(keys))
        }

    def _beside(self, rows: Sequence[Any]) -> dict[ClockKey, list[Beside]]:
        """The alerts of the same clocks, or of the same root causes, that notify."""
        clocks = {_clock(row) for row in rows}
        keys = {SubjectKey(row.source, row.subject) for row in rows if row.subject is not None}
        found = list(statements.of_subjects(self._connection, alerts, sorted(keys), _NOTIFIES))
        found += self._of(alerts, alerts.c.cause_key, {row.cause_key for row in rows if _of_cause(row)}, _NOTIFIES)
        found += [row for row in rows if row.subject is None]
        mine = {row.key: row for row in found if _clock(row) in clocks}
        log = log_of(self._connection, mine)
        first, ended = lives.first_entries(log), lives.ended_for_good(log)
        acknowledged: dict[str, datetime] = {}
        for row in self._of(acknowledgements, acknowledgements.c.alert_key, mine):
            if row.ended_at is not None or (row.ends_at is not None and row.ends_at <= self._now):
                continue
            acknowledged[row.alert_key] = max(row.at, acknowledged.get(row.alert_key, row.at))
        of_clock: dict[ClockKey, list[Beside]] = defaultdict(list)
        for key, row in mine.items():
            of_clock[_clock(row)].append(
                Beside(to_alert(row), first.get(key, 0), ended.get(key), acknowledged.get(key))
            )
        return of_clock


def _of_cause(row: Any) -> bool:
    return row.subject is None and "root_cause" in row.labels


def _clock(row: Any) -> ClockKey:
    """The clock of an alert; of a root cause its key, `#ID`, and of anything else its fingerprint, alone."""
    if row.subject is None:
        return ClockKey(row.cause_key if _of_cause(row) else row.key, "", "", 0)
    return ClockKey(row.source, row.subject, row.target, row.cycle)
