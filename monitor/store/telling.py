"""Find what was told to whom, what was withheld and who was called, page by page, the newest first.

Rows come in the order of their numbers. Where a filter finds few rows among many, no more than `LOOKED_AT` of them are
looked at for one page, and the next page goes on there; those of one subject are found by its alerts. What tierwatch
sends of its own synthetic clock is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import HOLDER, Withheld, step_shown
from monitor.listing import (
    AboutAlert,
    CalledRow,
    Delivered,
    Telling,
    TellingPage,
    TellingQuery,
    ToldRow,
    WithheldRow,
)
from monitor.model import Name, SubjectKey
from monitor.snapshot import OWN_SOURCE
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import acknowledgements, alerts, decisions, escalations, outbox

LOOKED_AT = 10_000
"""Rows that one page looks at, at most."""

_NEEDLESS = frozenset({Withheld.REPLACED.value, Withheld.NOTHING_NEW.value, Withheld.DIGESTED.value})
"""Why a page was closed that nobody missed: another one said it."""

_TABLES = {Telling.SENT: outbox, Telling.WITHHELD: decisions, Telling.CALLED: escalations}
_COLUMNS = {
    Telling.SENT: (
        "id", "alert_key", "channel", "created_at", "accepted_at", "closed_at", "attempts", "reason", "detail",
        "held_by", "next_at", "rang",
    ),
    Telling.WITHHELD: ("id", "alert_key", "channel", "at", "reason", "detail"),
    Telling.CALLED: ("id", "alert_key", "person", "step", "at", "reason"),
}  # fmt: skip
_ABOUT = tuple(
    alerts.c[name].label(f"of_{name}")
    for name in ("source", "subject", "target", "stage", "tier", "labels", "annotations", "resolved_at")
)
_OTHERS = sa.func.coalesce(alerts.c.source, "") != OWN_SOURCE
_PERSONS = (escalations.c.step >= 0) | (escalations.c.step == HOLDER)


class Tellings:
    """What was told, withheld and called."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, query: TellingQuery, limit: int, now: datetime, before: int | None = None) -> TellingPage:
        """The next *limit* rows before a number, or the newest ones."""
        with self._database.read() as connection:
            rows, following = _rows(connection, query, limit, before)
            taken = _confirmed(connection, rows) if query.what is Telling.SENT else {}
        if query.what is Telling.SENT:
            return TellingPage([_told(row, taken, now) for row in rows], following)
        make = _withheld if query.what is Telling.WITHHELD else _called
        return TellingPage([make(row) for row in rows], following)


def _rows(
    connection: sa.Connection, query: TellingQuery, limit: int, before: int | None
) -> tuple[Sequence[Any], int | None]:
    """The rows of a page, and the number before which the next one begins."""
    table = _TABLES[query.what]
    own = [table.c[name] for name in _COLUMNS[query.what]]
    joined = sa.outerjoin(table, alerts, alerts.c.key == table.c.alert_key)
    select = sa.select(*own, *_ABOUT).select_from(joined).where(_OTHERS, *_filters(query))
    number = table.c.id if query.subject is None else table.c.id + 0  # + 0: by its alerts, not in the order of all
    select = select.order_by(number.desc()).limit(limit + 1)
    if before is not None:
        select = select.where(number < before)
    floor = None
    if query.subject is not None:
        select = select.where(statements.one_of(table.c.alert_key, _keys_of(connection, query.subject)))
    else:
        floor = _floor(connection, table, before)
        if floor is not None:
            select = select.where(table.c.id >= floor)
    found = connection.execute(select).all()
    if len(found) > limit:
        return found[:limit], found[limit - 1].id
    return found, floor


def _floor(connection: sa.Connection, table: sa.Table, before: int | None) -> int | None:
    """The number down to which a page looks; None where there are no more rows than that."""
    looked = sa.select(table.c.id).order_by(table.c.id.desc()).offset(LOOKED_AT - 1).limit(1)
    if before is not None:
        looked = looked.where(table.c.id < before)
    at: int | None = connection.scalar(looked)
    below = None if at is None else connection.scalar(sa.select(table.c.id).where(table.c.id < at).limit(1))
    return None if below is None else at


def _filters(query: TellingQuery) -> list[sa.ColumnElement[bool]]:
    table = _TABLES[query.what]
    found: list[sa.ColumnElement[bool]] = []
    if query.what is Telling.CALLED:
        found.append(_PERSONS)
        if query.team:
            found.append(table.c.person.startswith(f"{query.team}/", autoescape=True))
    elif query.channel:
        peer = table.c.channel.startswith(f"{query.channel}/", autoescape=True)
        found.append((table.c.channel == query.channel) | peer)
    if query.tier:
        found.append(sa.func.coalesce(alerts.c.tier, "") == query.tier)
    return found


def _keys_of(connection: sa.Connection, key: SubjectKey) -> Sequence[str]:
    """The alerts of a subject, with those that say that a silence hides its breach."""
    mine = (alerts.c.source == key.source) & (alerts.c.subject == key.subject)
    hidden = sa.select(alerts.c.key).where(alerts.c.cause_key == f"#silenced/{key}")
    return [*connection.scalars(sa.select(alerts.c.key).where(mine)), *connection.scalars(hidden)]


def _confirmed(connection: sa.Connection, rows: Sequence[Any]) -> Mapping[str, Sequence[tuple[datetime, str]]]:
    """The acknowledgements of the alerts of these rows, the oldest first."""
    found: dict[str, list[tuple[datetime, str]]] = {}
    keys = {row.alert_key for row in rows if row.accepted_at is not None}
    if keys:
        mine = statements.one_of(acknowledgements.c.alert_key, sorted(keys))
        columns = (acknowledgements.c.alert_key, acknowledgements.c.at, acknowledgements.c.author)
        for key, at, author in connection.execute(sa.select(*columns).where(mine).order_by(acknowledgements.c.at)):
            found.setdefault(key, []).append((at, author))
    return found


def _about(row: Any) -> AboutAlert:
    if row.of_labels is None:
        return AboutAlert(row.alert_key)
    summary = row.of_annotations.get("summary", "")
    return AboutAlert(
        key=row.alert_key,
        name=row.of_labels.get("alertname", ""),
        subject=None if row.of_subject is None else SubjectKey(row.of_source, row.of_subject),
        target=row.of_target,
        stage=row.of_stage,
        tier=row.of_tier,
        summary=Name(summary, row.of_annotations.get("summary_zh", "") or summary),
        firing=row.of_resolved_at is None,
    )


def _told(row: Any, taken: Mapping[str, Sequence[tuple[datetime, str]]], now: datetime) -> ToldRow:
    later = [one for one in taken.get(row.alert_key, ()) if one[0] >= row.created_at]
    return ToldRow(
        number=row.id,
        at=row.created_at,
        alert=_about(row),
        channel=row.channel,
        state=delivered(row, now),
        reason=row.reason,
        accepted_at=row.accepted_at,
        closed_at=row.closed_at,
        attempts=row.attempts,
        answer=row.detail,
        held_by=row.held_by,
        rang=row.rang,
        confirmed_at=later[0][0] if later else None,
        confirmed_by=later[0][1] if later else "",
    )


def delivered(row: Any, now: datetime) -> Delivered:
    """What has become of a row of the outbox, by its columns."""
    if row.accepted_at is not None:
        return Delivered.ACCEPTED
    if row.closed_at is not None:
        return Delivered.NEEDLESS if row.reason in _NEEDLESS else Delivered.FAILED
    if row.held_by and not (row.next_at is not None and row.next_at <= now):
        return Delivered.HELD
    return Delivered.TRIED if row.attempts else Delivered.WAITING


def _withheld(row: Any) -> WithheldRow:
    return WithheldRow(row.id, row.at, _about(row), row.channel, row.reason, row.detail)


def _called(row: Any) -> CalledRow:
    team, _, person = row.person.partition("/")
    return CalledRow(row.id, row.at, _about(row), team, person, step_shown(row.step), row.reason)
