"""Set records aside with their reason. Nothing is dropped."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime

import sqlalchemy as sa

from monitor.history import Reject, event_to_json
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.schema import quarantine


def set_aside(connection: sa.Connection, reject: Reject, now: datetime) -> bool:
    """Put a record into quarantine, or note that it was seen there again; counted once. True if it is new there."""
    same = (
        (quarantine.c.source == reject.source)
        & (quarantine.c.record_id == reject.record_id)
        & (quarantine.c.reason == reject.reason)
    )
    seen = sa.update(quarantine).where(same).values(last_seen=now, resolved_at=None)
    if connection.execute(seen).rowcount:
        return False
    connection.execute(
        sa.insert(quarantine).values(
            source=reject.source,
            record_id=reject.record_id,
            reason=str(reject.reason),
            subject=reject.subject,
            detail=reject.detail,
            body=reject.body,
            event=None if reject.event is None else event_to_json(reject.event),
            first_seen=now,
            last_seen=now,
            rejudge_at=reject.rejudge_at,
        )
    )
    labels = {"source": reject.source, "reason": reject.reason}
    statements.count(connection, "tierwatch_quarantined_total", labels)
    return True


OURS = "unknown_%"
"""The reasons that the engine gives; all others are the collectors'."""


def close_mended(
    connection: sa.Connection, standing: Mapping[SubjectKey, Set[tuple[str, str]]], now: datetime, *, ours: bool
) -> None:
    """Close what was set aside of these subjects and is not any more; *standing* is what still is, as (record, reason).

    *ours* looks at what the engine could not read, otherwise at what a collector could not.
    """
    by_engine = quarantine.c.reason.like(OURS) | (quarantine.c.reason == "defect")
    waiting = quarantine.c.resolved_at.is_(None) & quarantine.c.rejudge_at.is_(None)
    gone = [
        row.id
        for row in statements.of_subjects(
            connection, quarantine, standing, waiting & (by_engine if ours else ~by_engine)
        )
        if (row.record_id, row.reason) not in standing[statements.key_of(row)]
    ]
    if gone:
        connection.execute(
            sa.update(quarantine).where(statements.one_of(quarantine.c.id, gone)).values(resolved_at=now)
        )
