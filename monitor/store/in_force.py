"""Read which silences and acknowledgements are in force, for whoever wonders why nobody is paged.

Silences are read by the index of their ends, acknowledgements by the alerts that fire; what is over is not looked at.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.model import Name, SubjectKey
from monitor.snapshot import AcknowledgementInForce, InForce, SilenceInForce
from monitor.store.schema import OF_A_DRILL, acknowledgements, alerts, silences


def in_force(connection: sa.Connection, now: datetime) -> InForce:
    """How many there are, and of both the `InForce.MOST` that end last or were given last."""
    holds = (silences.c.starts_at <= now) & (silences.c.ends_at > now)
    lasts = acknowledgements.c.ends_at.is_(None) | (acknowledgements.c.ends_at > now)
    fires = (alerts.c.key == acknowledgements.c.alert_key) & alerts.c.resolved_at.is_(None)
    began = acknowledgements.c.at >= alerts.c.starts_at
    ended = sa.type_coerce(acknowledgements.c.ended_at, sa.BigInteger)
    not_over = (ended + 0).is_(None)  # + 0: not by its index, in which those without an end stay
    fires &= ~OF_A_DRILL
    of_alerts = sa.join(acknowledgements, alerts, fires)
    stands = not_over & lasts & began
    silent = connection.scalar(sa.select(sa.func.count()).select_from(silences).where(holds)) or 0
    taken = connection.scalar(sa.select(sa.func.count()).select_from(of_alerts).where(stands)) or 0
    return InForce(
        silences=silent,
        longest=[_silence(row) for row in connection.execute(_longest(holds))] if silent else (),
        acknowledgements=taken,
        newest=[_acknowledgement(row) for row in connection.execute(_newest(of_alerts, stands))] if taken else (),
    )


def _longest(holds: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(silences).where(holds).order_by(silences.c.ends_at.desc(), silences.c.id).limit(InForce.MOST)


def _newest(of_alerts: sa.FromClause, stands: sa.ColumnElement[bool]) -> sa.Select[Any]:
    said = (acknowledgements.c.at, acknowledgements.c.author, acknowledgements.c.via, acknowledgements.c.note,
            acknowledgements.c.ends_at)  # fmt: skip
    about = (alerts.c.source, alerts.c.subject, alerts.c.target, alerts.c.stage, alerts.c.annotations)
    order = (acknowledgements.c.at.desc(), acknowledgements.c.id.desc())
    return sa.select(*said, *about).select_from(of_alerts).where(stands).order_by(*order).limit(InForce.MOST)


def _silence(row: Any) -> SilenceInForce:
    return SilenceInForce(
        row.id, tuple(row.matchers), row.starts_at, row.ends_at, row.author, row.reason, row.maintenance
    )


def _acknowledgement(row: Any) -> AcknowledgementInForce:
    summary = row.annotations.get("summary", "")
    return AcknowledgementInForce(
        key=None if row.subject is None else SubjectKey(row.source, row.subject),
        target=row.target,
        stage=row.stage,
        summary=Name(summary, row.annotations.get("summary_zh", "") or summary),
        at=row.at,
        author=row.author,
        via=row.via,
        note=row.note,
        ends_at=row.ends_at,
    )
