"""Read a ticket once more from the text that was kept of it in quarantine.

Pure. That text is the ticket as it was then: what is dated in it (status changes, notes) has the same identity whenever
it is read, and counts. Its present fields were present then and may be others by now, so they are left to the list.
"""

from __future__ import annotations

import json

from monitor.collectors._tmf621_tickets import TicketReader, ticket_id
from monitor.history import Batch, Cursor


def read_again(reader: TicketReader, body: str, cursor: Cursor) -> Batch | None:
    """The dated events of a whole ticket, and what still cannot be used. None for anything else."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if ticket_id(raw) is None:
        return None
    parts = reader.read(raw, {})
    dated = [event for event in parts.events if event.event_id not in parts.bodies]
    return Batch(dated, parts.rejects, cursor.position)
