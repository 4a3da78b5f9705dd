"""Read what is on record of alerts: their changes, the answer of each channel, calls and acknowledgements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from monitor.alert import HOLDER, RangOutside, step_shown
from monitor.explain import (
    Acknowledgement,
    AlertChange,
    AlertRecord,
    ChannelAnswer,
    PersonCalled,
    WithheldPage,
)
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import acknowledgements, alert_log, alerts, decisions, escalations, outbox

_ANSWERS = sa.select(
    outbox.c.alert_key,
    outbox.c.channel,
    outbox.c.accepted_at,
    outbox.c.attempts,
    outbox.c.detail,
    outbox.c.closed_at,
    outbox.c.reason,
    outbox.c.held_by,
    outbox.c.rang,
)


def alert_records(database: Database, which: sa.ColumnElement[bool]) -> list[AlertRecord]:
    """The alerts that fit *which*, oldest first."""
    with database.read() as connection:
        rows = connection.execute(sa.select(alerts).where(which).order_by(alerts.c.starts_at, alerts.c.stage)).all()
        keys = [row.key for row in rows]
        answers = _of_alerts(connection, _ANSWERS, outbox.c.alert_key, outbox.c.id, keys)
        history = _of_alerts(connection, sa.select(alert_log), alert_log.c.key, alert_log.c.id, keys)
        withheld = _of_alerts(connection, sa.select(decisions), decisions.c.alert_key, decisions.c.id, keys)
        of_people = sa.select(acknowledgements)
        taken = _of_alerts(connection, of_people, acknowledgements.c.alert_key, acknowledgements.c.id, keys)
        steps = sa.select(escalations).where((escalations.c.step >= 0) | (escalations.c.step == HOLDER))
        calls = _of_alerts(connection, steps, escalations.c.alert_key, escalations.c.id, keys)
    return [
        _record(row, answers[row.key], withheld[row.key], taken[row.key], history[row.key], calls[row.key])
        for row in rows
    ]


def _of_alerts(
    connection: sa.Connection, query: sa.Select[Any], key: sa.Column[Any], order: sa.Column[Any], keys: Sequence[str]
) -> dict[str, list[Any]]:
    """The rows of a table by the alert that they belong to, in order."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(query.where(statements.one_of(key, keys)).order_by(order)) if keys else ():
        found[row._mapping[key]].append(row)
    return found


def _record(row: Any, answers: Any, withheld: Any, taken: Any, history: Any, calls: Any) -> AlertRecord:
    acknowledged = [
        Acknowledgement(item.at, item.author, item.via, item.note, item.ends_at, item.ended_at, item.ends_for)
        for item in taken
    ]
    return AlertRecord(
        labels=row.labels,
        target=row.target,
        cycle=row.cycle,
        stage=row.stage,
        starts_at=row.starts_at,
        resolved_at=row.resolved_at,
        reason=row.reason,
        answers=[
            ChannelAnswer(
                item.channel,
                item.accepted_at,
                item.attempts,
                item.detail,
                item.closed_at,
                item.reason,
                item.held_by,
                RangOutside.of(item.rang),
            )
            for item in answers
        ],
        withheld=[WithheldPage(item.channel, item.at, item.reason, item.detail) for item in withheld],
        acknowledged=acknowledged,
        changes=_changes(history, acknowledged),
        called=[_called(call) for call in calls],
    )


def _changes(history: Any, acknowledged: Sequence[Acknowledgement]) -> list[AlertChange]:
    """What changed, oldest first; an acknowledgement is among the changes, for it changes who is paged."""
    changes = [AlertChange(item.at, item.reason, item.firing) for item in history]
    changes += [AlertChange(one.at, f"acknowledged by {one.author}", True, one) for one in acknowledged]
    return sorted(changes, key=lambda change: change.at)


def _called(call: Any) -> PersonCalled:
    """One person who was called in the run that began with this alert; step 0 comes before the first."""
    team, _, to = call.person.partition("/")
    return PersonCalled(call.at, step_shown(call.step), team, to, call.reason)
