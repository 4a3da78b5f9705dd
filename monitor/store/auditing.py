"""Find in the store what should have been sent and was not, and what was counted wrongly.

The judgement is in `alerts/decide/audit.py`.

Only reads. What is looked at is found by the tables' ascending ids, so that an audit of a day does not read a year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.aggregates import Labels
from monitor.alert import RECORDED_ONLY, Reason, Suspect
from monitor.history import Event
from monitor.model import SubjectKey, TransitionKind
from monitor.policy import GROUPS
from monitor.snapshot import OWN_SOURCE, Finding, FindingKind, StageOfClock
from monitor.store import grouping, statements
from monitor.store.aggregating import COMPARED, compare
from monitor.store.database import Database
from monitor.store.ingest import to_event
from monitor.store.schema import alert_log, alerts, decisions, events, micros, outbox, subjects, touched, transitions
from monitor.store.stored_alerts import to_alert
from monitor.store.waiting import waits, waits_since

_MOST = 1000
"""Of each kind no more than this are listed: one is enough to raise the alarm."""

_NOT_TO_SEND = [reason.value for reason in (*RECORDED_ONLY, Reason.REWORDED)]
_CLOSED_ON_PURPOSE = ("not_configured", "nothing_new", "replaced", "digested")


class Auditing:
    """The auditor's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._compared: Labels | None = None
        self._left_out = 0

    def miscounted(self, now: datetime) -> tuple[Finding, ...]:
        """Groups of open clocks that are other than what is kept of them; each call compares the groups that are next.

        After a very large group some calls compare nothing. Where anything differs, nothing of the aggregates is
        published any more until they have been counted anew.
        """
        if not self._database.kept.known:
            return ()
        if self._left_out:
            self._left_out -= 1
            return ()
        differing, self._compared, clocks = compare(self._database, self._compared)
        self._left_out = clocks // (2 * COMPARED)
        return tuple(
            Finding(FindingKind.MISCOUNTED, " ".join(filter(None, labels)), now) for labels in differing[:_MOST]
        )

    def suspects(
        self, installed_at: datetime, since: datetime, rules_version: str, configured: Sequence[str]
    ) -> tuple[Suspect, ...]:
        """Subjects with a crossing, recorded since *since*, of which there is no alert.

        Those with news that the engine has not seen yet, or that were read under other rules, are left for the next
        audit.
        """
        there = sa.exists().where(
            (alerts.c.source == transitions.c.source)
            & (alerts.c.subject == transitions.c.subject)
            & (alerts.c.target == transitions.c.target)
            & (alerts.c.cycle == transitions.c.cycle)
            & (alerts.c.stage == transitions.c.stage)
        )
        news = sa.exists().where(
            (touched.c.source == transitions.c.source) & (touched.c.subject == transitions.c.subject)
        )
        read = sa.exists().where(
            (subjects.c.source == transitions.c.source)
            & (subjects.c.subject == transitions.c.subject)
            & (subjects.c.rules_version == rules_version)
        )
        kinds = (TransitionKind.CROSSED.value, TransitionKind.BREACHED.value)
        with self._database.read() as connection:
            first = _first(connection, transitions, transitions.c.recorded_at, since)
            query = (
                sa.select(transitions)
                .where(
                    (transitions.c.id >= first)
                    & transitions.c.kind.in_(kinds)
                    & (transitions.c.at >= installed_at)
                    & sa.func.coalesce(transitions.c.source, "").in_(configured)  # by their ids, not by their source
                )
                .where(~there & ~news & read)
                .order_by(transitions.c.id)
                .limit(_MOST)
            )
            crossed: dict[SubjectKey, list[tuple[str, int, str, datetime]]] = {}
            for row in connection.execute(query):
                crossing = (row.target, row.cycle, row.stage, row.recorded_at)
                crossed.setdefault(statements.key_of(row), []).append(crossing)
            history: dict[SubjectKey, list[Event]] = {key: [] for key in crossed}
            for row in statements.of_subjects(connection, events, list(crossed)):
                history[statements.key_of(row)].append(to_event(row))
            records = {
                key: grouping.load_group(connection, key, lambda _: None, installed_at)
                for key in crossed
                if key.source == GROUPS
            }
        return tuple(
            Suspect(key, tuple(found), tuple(history[key]), records.get(key)) for key, found in crossed.items()
        )

    def without_decision(self, channels: Mapping[str, datetime], since: datetime) -> tuple[Finding, ...]:
        """Alerts that were to be sent since *since*, and a channel that has neither a page of it nor a reason for none.

        *channels* says since when each has been there: one that is new need not know of what was before it.
        """
        found: list[Finding] = []
        with self._database.read() as connection:
            for channel, there in channels.items():
                began = max(since, there)
                first = _first(connection, alert_log, alert_log.c.at, began)
                notifies = (alert_log.c.id >= first) & alert_log.c.reason.not_in(_NOT_TO_SEND)
                queued = sa.exists().where((outbox.c.alert_key == alerts.c.key) & (outbox.c.channel == channel))
                decided = sa.exists().where((decisions.c.alert_key == alerts.c.key) & (decisions.c.channel == channel))
                own = sa.func.coalesce(alerts.c.source, "") == OWN_SOURCE
                at = sa.func.min(sa.type_coerce(alert_log.c.at, sa.BigInteger))
                keys = (
                    sa.select(alerts.c.key, sa.type_coerce(at, alert_log.c.at.type).label("logged_at"))
                    .join(alert_log, alert_log.c.key == alerts.c.key)
                    .where(notifies & ~own & ~queued & ~decided)
                    .group_by(alerts.c.key)
                    .limit(_MOST)
                    .subquery()
                )
                query = sa.select(alerts, keys.c.logged_at).join(keys, keys.c.key == alerts.c.key)
                for row in connection.execute(query):
                    found.append(Finding(FindingKind.NO_DECISION, _named(row), row.logged_at, channel, of=_of(row)))
        return tuple(found)

    def unsent(self, longest: timedelta, now: datetime) -> tuple[Finding, ...]:
        """Pages that have waited for their receiver for longer than *longest*, by the definition in `waiting.py`."""
        long = sa.type_coerce(waits_since(), sa.BigInteger) <= (micros(now - longest) or 0)
        with self._database.read() as connection:
            rows = connection.execute(_pages(waits(now) & long).order_by(outbox.c.id + 0)).all()  # not by all ids
        return tuple(
            Finding(FindingKind.UNSENT, _named(row), row.since, row.channel, _why(row, "it was never tried"), _of(row))
            for row in rows
        )

    def refused(self, since: datetime) -> tuple[Finding, ...]:
        """Alerts that fire, that a channel refused for good, and of whose clock no channel took any."""
        other, taken = alerts.alias("other"), outbox.alias("taken")
        same_clock = (
            (other.c.source == alerts.c.source)
            & (other.c.subject == alerts.c.subject)
            & (other.c.target == alerts.c.target)
            & (other.c.cycle == alerts.c.cycle)
        )
        mine = (other.c.key == alerts.c.key) | same_clock
        accepted = (
            sa.select(taken.c.id)
            .join(other, other.c.key == taken.c.alert_key)
            .where(mine & taken.c.accepted_at.is_not(None))
            .exists()
        )
        closed = outbox.c.closed_at.is_not(None) & outbox.c.accepted_at.is_(None) & (outbox.c.attempts > 0)
        for_good = closed & outbox.c.reason.not_in(_CLOSED_ON_PURPOSE) & (outbox.c.created_at >= since)
        with self._database.read() as connection:
            query = _pages(for_good & alerts.c.resolved_at.is_(None) & ~accepted)
            rows = connection.execute(query.order_by(outbox.c.id)).all()
        return tuple(
            Finding(FindingKind.REFUSED, _named(row), row.created_at, row.channel, _why(row, ""), _of(row))
            for row in rows
        )


def _pages(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    query = sa.select(
        alerts,
        outbox.c.channel,
        outbox.c.created_at,
        waits_since().label("since"),
        outbox.c.attempts,
        outbox.c.reason.label("why"),
        outbox.c.detail,
    )
    own = sa.func.coalesce(alerts.c.source, "") == OWN_SOURCE
    joined = query.join(outbox, outbox.c.alert_key == alerts.c.key)
    return joined.where(which & ~own).limit(_MOST)


def _why(row: Any, otherwise: str) -> str:
    return ": ".join(part for part in (row.why, row.detail) if part) if row.attempts else otherwise


def _of(row: Any) -> StageOfClock | None:
    alert = to_alert(row)
    if alert.subject is None or not alert.target:
        return None
    return StageOfClock(str(alert.subject), alert.target, alert.cycle, alert.stage)


def _named(row: Any) -> str:
    alert = to_alert(row)
    name = alert.labels.get("alertname", "an alert")
    return name if alert.subject is None else f"{name} of {alert.subject} {alert.target}, stage {alert.stage}"


def _first(connection: sa.Connection, table: sa.Table, column: sa.Column[Any], since: datetime) -> int:
    """The id from which on a table's rows are of *since* or later: they are written in the order of their ids."""
    low, high = 0, connection.scalar(sa.select(sa.func.max(table.c.id))) or 0
    while low < high:
        middle = (low + high) // 2
        at = connection.scalar(sa.select(column).where(table.c.id > middle).order_by(table.c.id).limit(1))
        if at is None or at >= since:
            high = middle
        else:
            low = middle + 1
    return low + 1
