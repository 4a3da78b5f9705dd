"""Keep out what was erased of a subject, should its source say it again.

Nothing is kept of what was erased, not even a hash: the fields themselves are on record, and whatever a source writes
into them afterwards is replaced by the marker before it is stored. A record that names no subject cannot be told from
another one: where something was erased in such a record, none of its source is stored with its text any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa

from monitor.history import Batch, Event, Reject
from monitor.model import SubjectKey
from monitor.store import statements
from monitor.store.quarantining import NOT_WHOLE
from monitor.store.schema import erased


def without_erased(connection: sa.Connection, source: str, batch: Batch) -> Batch:
    """The batch without what was erased of its subjects, should the source say it again."""
    waiting = [reject.event for reject in batch.rejects if reject.event is not None]
    keys = {SubjectKey(source, event.subject) for event in (*batch.events, *waiting)}
    keys |= {SubjectKey(source, reject.subject) for reject in batch.rejects}
    fields: dict[str, dict[str, str]] = defaultdict(dict)
    for row in statements.of_subjects(connection, erased, keys):
        fields[row.subject][row.field] = row.marker
    if not fields:
        return batch
    subjects = {event.event_id: event.subject for event in batch.events}
    return replace(
        batch,
        events=[_event(event, fields.get(event.subject, {})) for event in batch.events],
        rejects=[_reject(reject, fields) for reject in batch.rejects],
        bodies={name: body for name, body in batch.bodies.items() if subjects.get(name) not in fields},
    )


def _event(event: Event, markers: Mapping[str, str]) -> Event:
    if not markers.keys() & event.fields.keys():
        return event
    return replace(event, fields={name: markers.get(name, text) for name, text in event.fields.items()})


def _reject(reject: Reject, fields: Mapping[str, Mapping[str, str]]) -> Reject:
    subject = reject.subject or (reject.event.subject if reject.event is not None else "")
    if subject not in fields or reject.reason in NOT_WHOLE:
        return reject
    marker = fields[subject].get("", "")
    event = None if reject.event is None else _event(reject.event, fields[subject])
    return replace(reject, body=marker, detail=f"{subject or reject.record_id}: {marker}", event=event)
