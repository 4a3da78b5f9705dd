"""Set records aside with their reason. Nothing is dropped."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from monitor.event_json import event_to_json
from monitor.events import Reject
from monitor.store import statements
from monitor.store.schema import quarantine


def set_aside(connection: sa.Connection, reject: Reject, subject: str, now: datetime) -> bool:
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
            reason=reject.reason,
            subject=subject,
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
