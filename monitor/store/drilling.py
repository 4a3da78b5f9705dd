"""Store drills: what was asked, who was called, how receivers answered, and the pages of each step.

A drill has a row of its own and an alert like any other. What is asked, its end with it, is here before anybody is
called, so nothing depends on the command that asked or on the run of the program that began it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.alert import (
    Acknowledged,
    Alert,
    Channel,
    Decision,
    Drill,
    DrillCall,
    DrillEnd,
    DrillFor,
    DrillOnRecord,
    DrillStep,
    DrillTry,
    DrillWay,
    SilenceRow,
    Verdict,
)
from monitor.model import Name
from monitor.store import escalation_steps, statements
from monitor.store.alert_rows import queue_for
from monitor.store.changed_alerts import active_silences
from monitor.store.database import Database
from monitor.store.escalating import stage, to_acknowledged
from monitor.store.schema import (
    DRILL_IS_ON,
    acknowledgements,
    alert_log,
    alerts,
    decisions,
    drill_tries,
    drills,
    micros,
    outbox,
)
from monitor.store.stored_alerts import alert_row, to_alert
from monitor.store.unchanged import Unchanged

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class DrillsBefore:
    """What stands before a new drill: the one that is on, if there is one, and how many were asked in the last hour."""

    on: Drill | None
    lately: int


class Drilling:
    """The drills' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._some_are_on = Unchanged(database, self._any)

    def ask(self, drill: Drill, most: int) -> DrillsBefore:
        """Remember what is asked, unless a drill is on or *most* were asked in the last hour; gives what was before.

        Two people who ask at the same time do not both get one: the database takes one after the other.
        """
        with self._database.write() as connection:
            row = connection.execute(sa.select(drills).where(DRILL_IS_ON).limit(1)).first()
            recent = (drills.c.asked_at > drill.asked_at - HOUR) & (drills.c.begun_at.is_not(None))
            lately = connection.scalar(sa.select(sa.func.count()).select_from(drills).where(recent)) or 0
            if row is None and lately < most:
                statements.add(connection, drills, [_row(drill)])
        return DrillsBefore(None if row is None else _drill(row), lately)

    def find(self, name: str) -> DrillOnRecord | None:
        """A drill by its id."""
        return self._one(sa.select(drills).where(drills.c.id == name))

    def latest(self) -> DrillOnRecord | None:
        """The drill that was asked last."""
        return self._one(sa.select(drills).order_by(drills.c.asked_at.desc(), drills.c.id).limit(1))

    def all(self) -> tuple[Drill, ...]:
        """Every drill on record, the newest first."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(drills).order_by(drills.c.asked_at.desc(), drills.c.id))
            return tuple(map(_drill, rows))

    def _one(self, query: sa.Select[Any]) -> DrillOnRecord | None:
        with self._database.read() as connection:
            row = connection.execute(query).first()
            return None if row is None else _on_record(connection, _drill(row))

    def on(self, now: datetime) -> tuple[tuple[DrillOnRecord, ...], tuple[SilenceRow, ...]]:
        """The drills that are not over, with what is known of them, and the silences in force."""
        if not self._some_are_on():
            return (), ()
        with self._database.read() as connection:
            rows = connection.execute(sa.select(drills).where(DRILL_IS_ON)).all()  # in no order: by its index
            return tuple(_on_record(connection, _drill(row)) for row in rows), active_silences(connection, now)

    def _any(self) -> bool:
        with self._database.read() as connection:
            return connection.scalar(sa.select(drills.c.id).where(DRILL_IS_ON).limit(1)) is not None

    def end(self, name: str, why: DrillEnd, detail: str, now: datetime) -> bool:
        """Ask for the end of a drill; true if it was on.

        One that has begun is ended by the running program, so that everybody who was called is sent the end.
        """
        mine = (drills.c.id == name) & DRILL_IS_ON
        with self._database.write() as connection:
            at_once = sa.case((drills.c.begun_at.is_(None), sa.literal(micros(now), sa.BigInteger)), else_=None)
            new: dict[str, Any] = {"ended_for": why.value, "detail": detail, "ended_at": at_once}
            return bool(connection.execute(sa.update(drills).where(mine).values(**new)).rowcount)

    def commit(self, known: Drill, made: DrillStep, channels: Mapping[str, Channel], now: datetime) -> bool:
        """Store a step with its pages, all or nothing; true if there is something to send.

        Nothing is stored where the drill is over already, or its end was asked for since it was read.
        """
        drill, alert = made.drill, made.alert
        same = (drills.c.id == drill.id) & DRILL_IS_ON
        same &= drills.c.ended_for == ("" if known.ended_for is None else known.ended_for.value)
        with self._database.write() as connection:
            if not connection.execute(sa.update(drills).where(same).values(**_row(drill))).rowcount:
                return False
            if alert is not None:
                statements.put(connection, alerts, [alert_row(alert)])
                if not alert.firing:
                    _end(connection, alert, channels, now)
            queued = escalation_steps.send(connection, made.pages, now)
        return queued or alert is not None

    def forget(self, before: datetime) -> None:
        """Delete the drills that were over before *before*, with all that was sent of them."""
        old = (drills.c.ended_at < before) & drills.c.ended_at.is_not(None)
        with self._database.write() as connection:
            rows = connection.execute(sa.select(drills.c.id, drills.c.alert_key).where(old).limit(100)).all()
            keys, ids = [row.alert_key for row in rows if row.alert_key], [row.id for row in rows]
            of_alerts = (
                outbox.c.alert_key, decisions.c.alert_key, alert_log.c.key, acknowledgements.c.alert_key, alerts.c.key
            )  # fmt: skip
            for column in of_alerts if keys else ():
                connection.execute(sa.delete(column.table).where(statements.one_of(column, keys)))
            if ids:
                connection.execute(sa.delete(drill_tries).where(statements.one_of(drill_tries.c.drill, ids)))
                connection.execute(sa.delete(drills).where(statements.one_of(drills.c.id, ids)))


def _end(connection: sa.Connection, alert: Alert, channels: Mapping[str, Channel], now: datetime) -> None:
    """Send the end to every channel that has a page of it, and let its acknowledgements be over, uncounted."""
    mine = sa.select(outbox.c.channel).where(outbox.c.alert_key == alert.key).distinct()
    for name in sorted(connection.scalars(mine)):
        if name in channels:
            queue_for(connection, channels[name], [(alert, Decision(channels[name], None))], now)
    entry = {"key": alert.key, "at": now, "reason": alert.reason.value, "firing": False}
    statements.add(connection, alert_log, [entry])
    held = (acknowledgements.c.alert_key == alert.key) & acknowledgements.c.ended_at.is_(None)
    connection.execute(sa.update(acknowledgements).where(held).values(ended_at=now))


def note_tries(connection: sa.Connection, tries: Sequence[tuple[int, str, DrillTry]]) -> None:
    """Keep how receivers answered the pages of drills: of (outbox row, drill's id, try) without its `queued_at`."""
    ids = [page for page, _, _ in tries]
    queued = sa.select(outbox.c.id, outbox.c.created_at).where(statements.one_of(outbox.c.id, ids))
    created = {row.id: row.created_at for row in connection.execute(queued)}
    rows = [
        {
            "drill": drill, "channel": one.channel, "queued_at": created[page], "at": one.at, "firing": one.firing,
            "verdict": one.verdict.value, "reason": one.reason, "detail": one.detail,
        }
        for page, drill, one in tries
        if page in created
    ]  # fmt: skip
    statements.add(connection, drill_tries, rows)


def _on_record(connection: sa.Connection, drill: Drill) -> DrillOnRecord:
    if not drill.key:
        return DrillOnRecord(drill)
    row = connection.execute(sa.select(alerts).where(alerts.c.key == drill.key)).first()
    acked = sa.select(acknowledgements).where(acknowledgements.c.alert_key == drill.key)
    tries = sa.select(drill_tries).where(drill_tries.c.drill == drill.id).order_by(drill_tries.c.id)
    given: tuple[Acknowledged, ...] = ()
    if row is not None:
        rows = connection.execute(acked.order_by(acknowledgements.c.id))
        given = tuple(to_acknowledged(one, stage(row)) for one in rows)
    return DrillOnRecord(
        drill, None if row is None else to_alert(row), given, tuple(map(_try, connection.execute(tries)))
    )


def _try(row: Any) -> DrillTry:
    return DrillTry(row.channel, row.queued_at, row.at, row.firing, Verdict(row.verdict), row.reason, row.detail)


def _row(drill: Drill) -> dict[str, Any]:
    return {
        "id": drill.id,
        "asked_at": drill.asked_at,
        "author": drill.author,
        "whom": drill.whom.value,
        "named": drill.named,
        "tier": drill.tier,
        "ends_by": drill.ends_by,
        "again": drill.again,
        "escalate": drill.escalate,
        "alert_key": drill.key,
        "begun_at": drill.begun_at,
        "ended_at": drill.ended_at,
        "ended_for": "" if drill.ended_for is None else drill.ended_for.value,
        "detail": drill.detail,
        "silence": drill.silence,
        "people": list(drill.people),
        "calls": [_call_row(call) for call in drill.calls],
    }


def _drill(row: Any) -> Drill:
    return Drill(
        id=row.id,
        asked_at=row.asked_at,
        author=row.author,
        whom=DrillFor(row.whom),
        named=row.named,
        tier=row.tier,
        ends_by=row.ends_by,
        again=row.again,
        escalate=row.escalate,
        key=row.alert_key,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        ended_for=DrillEnd(row.ended_for) if row.ended_for else None,
        detail=row.detail,
        silence=row.silence,
        people=tuple(row.people),
        calls=tuple(map(_call, row.calls)),
    )


def _call_row(call: DrillCall) -> dict[str, Any]:
    return {
        "at": call.at.isoformat(),
        "step": call.step,
        "reason": call.reason,
        "who": call.who,
        "name": {"en": call.name.en, "zh": call.name.zh},
        "ways": [{"channel": way.channel, "shadow": way.shadow} for way in call.ways],
    }


def _call(data: Mapping[str, Any]) -> DrillCall:
    return DrillCall(
        datetime.fromisoformat(data["at"]),
        data["step"],
        data["reason"],
        data["who"],
        Name(data["name"]["en"], data["name"]["zh"]),
        tuple(DrillWay(way["channel"], way["shadow"]) for way in data["ways"]),
    )
