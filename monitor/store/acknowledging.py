"""Store acknowledgements: the one way in for links, for programs and for the command line.

Nothing is taken back and nothing is overwritten, but that an acknowledgement ends. The one surprise: what has ended, or
was passed by a worse stage, can be acknowledged too. It is on record then, and stops nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import RECORDED_ONLY, AckEnd, Acknowledged, Alert, Covered, EndsFor
from monitor.model import SubjectKey
from monitor.policy import BREACHED_STAGE
from monitor.snapshot import OWN_SOURCE
from monitor.store import statements
from monitor.store.actions import Action, note
from monitor.store.database import Database
from monitor.store.escalating import stage, to_acknowledged
from monitor.store.schema import (
    ITS_READING,
    OF_A_DRILL,
    acknowledgements,
    alert_log,
    alerts,
    causes,
    readings,
    subjects,
)
from monitor.store.stored_alerts import to_alert
from monitor.text import folded, one_line
from monitor.worktime import EPOCH, TICK

LONGEST_AUTHOR, LONGEST_NOTE = 100, 500

Ending = Callable[[Sequence[Covered], str, datetime], AckEnd | None]
"""When an acknowledgement of what it covers, by that author at that instant, ends; None where it has no end."""


@dataclass(frozen=True, slots=True)
class AlertWithAcknowledgements:
    """An alert as it is now, who has acknowledged it, and whether a worse stage of its clock fires beside it."""

    alert: Alert
    acknowledged: tuple[Acknowledged, ...] = ()
    passed: bool = False


class Acknowledging:
    """The acknowledgements' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> AlertWithAcknowledgements | None:
        """An alert by its fingerprint; what was only recorded is not found."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(alerts).where(alerts.c.key == key)).first()
            if row is None or not to_alert(row).notifies:
                return None
            mine = sa.select(acknowledgements).where(acknowledgements.c.alert_key == key)
            known = [_acknowledged(row, one) for one in connection.execute(mine.order_by(acknowledgements.c.id))]
            return AlertWithAcknowledgements(to_alert(row), tuple(known), _passed(connection, row))

    def firing(self, key: SubjectKey) -> tuple[str, ...]:
        """The alerts of a subject that fire."""
        mine = (alerts.c.source == key.source) & (alerts.c.subject == key.subject)
        return self._firing(mine)

    def of_cause(self, cause: str) -> tuple[str, ...]:
        """The alerts of a root cause that fire."""
        return self._firing(alerts.c.cause_key == f"#{cause}")

    def of_drill(self, drill: str) -> tuple[str, ...]:
        """The alert of a drill, while it fires."""
        return self._firing(OF_A_DRILL & (alerts.c.source == OWN_SOURCE) & (alerts.c.subject == drill))

    def _firing(self, which: sa.ColumnElement[bool]) -> tuple[str, ...]:
        notifies = alerts.c.reason.not_in([reason.value for reason in RECORDED_ONLY])
        query = sa.select(alerts.c.key).where(which & notifies & alerts.c.resolved_at.is_(None))
        with self._database.read() as connection:
            return tuple(connection.scalars(query.order_by(alerts.c.starts_at, alerts.c.key)))

    def acknowledge(
        self, keys: Sequence[str], author: str, via: str, note: str, now: datetime, ending: Ending | None = None,
        most: int | None = None,
    ) -> int:  # fmt: skip
        """Remember it for each of these alerts; gives how many were news.

        *ending* says when it ends, for what it covers; without it, it has no end. The same person once more, however
        the name is spelled, is no news in the first half of the time that the acknowledgement before holds, and renews
        it after that. Where *most* people acknowledged an alert *via* the same way since it began, no other can.
        """
        who, text = one_line(author)[:LONGEST_AUTHOR], one_line(note)[:LONGEST_NOTE]
        with self._database.write() as connection:
            theirs = statements.one_of(acknowledgements.c.alert_key, keys)
            query = sa.select(acknowledgements).where(theirs).order_by(acknowledgements.c.at, acknowledgements.c.id)
            before = connection.execute(query).all()
            known = {row.alert_key: row for row in before if folded(row.author) == folded(who)}
            again = sa.select(alerts.c.key, alerts.c.starts_at).where(statements.one_of(alerts.c.key, keys))
            since = {row.key: row.starts_at for row in connection.execute(again)}
            full = set() if most is None else _full(before, since, via, most) - known.keys()
            covers = _covered(connection, keys) if ending is not None else ()
            end = ending(covers, who, now) if ending is not None and covers else None
            held: dict[str, Any] = {"ends_at": None, "ends_for": "", "holder": ""}
            if end is not None:
                held = {"ends_at": end.at, "ends_for": end.why.value, "holder": end.holder}
            rows: list[dict[str, Any]] = [
                {"alert_key": key, "at": now, "author": who, "via": via, "note": text, **held}
                for key in keys
                if key in since and key not in full and (key not in known or _is_news(known[key], since[key], now))
            ]
            statements.add(connection, acknowledgements, rows)
        return len(rows)

    def take_back(self, keys: Sequence[str], author: str, now: datetime) -> int:
        """Let what is in force of these alerts end at the next look, whoever gave it; gives how many do.

        That *author* took it back is noted.
        """
        mine = statements.one_of(acknowledgements.c.alert_key, keys) & acknowledgements.c.ended_at.is_(None)
        lasting = mine & (acknowledgements.c.ends_at.is_(None) | (acknowledgements.c.ends_at > now))
        found = 0
        with self._database.write() as connection:
            query = sa.select(acknowledgements).where(lasting).order_by(acknowledgements.c.id)
            for row in connection.execute(query).all():
                ends = {"ends_at": max(now, row.at), "ends_for": EndsFor.WITHDRAWN.value}
                mine = acknowledgements.c.id == row.id
                connection.execute(sa.update(acknowledgements).where(mine).values(**ends))
                note(
                    connection, Action.ACKNOWLEDGEMENT_WITHDRAWN, now, one_line(author)[:LONGEST_AUTHOR],
                    f"alert {row.alert_key}", alert=row.alert_key, of=row.author,
                )  # fmt: skip
                found += 1
        return found


def _acknowledged(alert: Any, row: Any) -> Acknowledged:
    return to_acknowledged(row, stage(alert))


def _is_news(before: Any, began: datetime, now: datetime) -> bool:
    """Whether the same person says more than before: the alert began anew, or that is over, or nearly."""
    if before.at < began or before.ended_at is not None:
        return True
    return before.ends_at is not None and now - before.at >= before.ends_at - now


def _full(before: Sequence[Any], since: Mapping[str, datetime], via: str, most: int) -> set[str]:
    """The alerts that *most* different people have acknowledged *via* that way since each began."""
    people: dict[str, set[str]] = {}
    for row in before:
        if row.via == via and row.alert_key in since and row.at >= since[row.alert_key]:
            people.setdefault(row.alert_key, set()).add(folded(row.author))
    return {key for key, names in people.items() if len(names) >= most}


def _covered(connection: sa.Connection, keys: Sequence[str]) -> tuple[Covered, ...]:
    """The clocks and root causes of these alerts that fire."""
    mine = statements.one_of(alerts.c.key, keys) & alerts.c.resolved_at.is_(None)
    query = (
        sa.select(
            sa.func.coalesce(_micros(readings.c.deadline), _micros(causes.c.deadline), _micros(alerts.c.deadline)),
            sa.case((readings.c.breached_at.is_not(None), True), else_=sa.func.coalesce(causes.c.broken, False)),
            alerts.c.stage,
            subjects.c.attributes,
        )
        .select_from(alerts)
        .outerjoin(readings, ITS_READING)
        .outerjoin(causes, alerts.c.cause_key.startswith("#") & (causes.c.id == sa.func.substr(alerts.c.cause_key, 2)))
        .outerjoin(subjects, (subjects.c.source == alerts.c.source) & (subjects.c.subject == alerts.c.subject))
        .where(mine)
        .order_by(alerts.c.key)
    )
    return tuple(
        Covered(
            None if due is None else EPOCH + TICK * due,
            bool(broken) or of_stage == BREACHED_STAGE,
            str((attributes or {}).get("team", "")),
        )
        for due, broken, of_stage, attributes in connection.execute(query)
    )


def _micros(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, sa.BigInteger)


def _passed(connection: sa.Connection, row: Any) -> bool:
    """Whether another alert of the same clock, or of the same cause, fires that was first logged later."""
    same = (alerts.c.source == row.source) & (alerts.c.subject == row.subject) & (alerts.c.target == row.target)
    if row.subject is None:
        same = (alerts.c.cause_key == row.cause_key) & (alerts.c.cause_key != "")
    first = sa.func.coalesce(
        sa.select(sa.func.min(alert_log.c.id)).where(alert_log.c.key == alerts.c.key).scalar_subquery(), 0
    )
    of_clock = same & (alerts.c.cycle == row.cycle) & (alerts.c.resolved_at.is_(None) | (alerts.c.key == row.key))
    found = {
        one.key: one.first for one in connection.execute(sa.select(alerts.c.key, first.label("first")).where(of_clock))
    }
    return any(at > found[row.key] for at in found.values())
