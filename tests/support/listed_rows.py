"""What the lists behind the first page show, as far as a program's rounds leave none of it: written into the store."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from monitor.history.batch import Batch
from monitor.history.events import Reject
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.schema import alerts, decisions, escalations


def fill_lists(database: Database, now: datetime, hostile: str) -> None:
    """Records that are set aside, a page that was withheld and somebody who was called."""
    named = ((f"line 8{hostile}", "bad_time"), ("line 9", "malformed"), (hostile, "bad_time"))
    rejects = [Reject("tickets", name, why, f"{name}: {hostile}", "{") for name, why in named]
    ingest = Ingest(database)
    ingest.commit_batch("tickets", Batch((), rejects, ingest.position("tickets")), now)
    with database.write() as connection:
        key = connection.scalar(sa.select(alerts.c.key).where(alerts.c.source.is_not(None)).limit(1))
        call = {"alert_key": key, "step": 7, "person": f"noc/{hostile}", "at": now, "reason": "share", "over_at": None}
        statements.add(connection, escalations, [call])
        row = {"alert_key": key, "channel": hostile, "at": now, "reason": "silenced", "detail": hostile}
        statements.add(connection, decisions, [row])
