"""Take texts out of events: what they say is replaced, where and when they say it stays.

Pure. A part of an event is `status`, `reason`, `correction` (its reason and author), or a field by its name after
`FIELD`. Ids, times and the order are never parts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from monitor.history.batch import Batch
from monitor.history.events import Correction, Event

FIELD = "fields."

RAW = "raw"
"""What was kept of a subject as it came; no part of an event, and nothing is ever judged by it."""

Write = Callable[[str], str]
"""What stands in the place of a text; the same text where nothing is to be replaced."""


def texts_of(event: Event) -> Iterator[tuple[str, str]]:
    """(part, text) of everything in an event that somebody wrote."""
    if event.status is not None:
        yield "status", event.status
    if event.reason is not None:
        yield "reason", event.reason
    yield from ((FIELD + name, text) for name, text in event.fields.items())
    if event.correction is not None:
        yield "correction", event.correction.reason
        yield "correction", event.correction.author


def without_texts(event: Event, parts: Collection[str], write: Write) -> Event:
    """The event with each of these parts as *write* has it."""
    return replace(
        event,
        status=write(event.status) if event.status is not None and "status" in parts else event.status,
        reason=write(event.reason) if event.reason is not None and "reason" in parts else event.reason,
        fields=fields_without(event.fields, parts, write),
        correction=_corrected(event.correction, write) if "correction" in parts else event.correction,
    )


def fields_without(fields: Mapping[str, str], parts: Collection[str], write: Write) -> dict[str, str]:
    """The fields of an event, those that are among the parts as *write* has them."""
    return {name: write(text) if FIELD + name in parts else text for name, text in fields.items()}


def _corrected(said: Correction | None, write: Write) -> Correction | None:
    return None if said is None else replace(said, reason=write(said.reason), author=write(said.author))


def least(batch: Batch, leave_out: Collection[str], keep_raw: bool) -> Batch:
    """The batch without the raw fields that are not to be stored, and without raw records where none are kept."""
    if not leave_out and keep_raw:
        return batch
    return replace(
        batch,
        events=[_without_fields(event, leave_out) for event in batch.events],
        rejects=[
            replace(
                reject,
                body=reject.body if keep_raw else "",
                event=None if reject.event is None else _without_fields(reject.event, leave_out),
            )
            for reject in batch.rejects
        ],
        bodies=batch.bodies if keep_raw else {},
    )


def _without_fields(event: Event, leave_out: Collection[str]) -> Event:
    if not any(name in event.fields for name in leave_out):
        return event
    return replace(event, fields={name: text for name, text in event.fields.items() if name not in leave_out})


def texts_in_json(value: Any, write: Write) -> Any:
    """A JSON value with every text in it, names of members too, as *write* has it; two names never become one."""
    if isinstance(value, str):
        return write(value)
    if isinstance(value, list | tuple):
        return [texts_in_json(item, write) for item in value]
    if not isinstance(value, Mapping):
        return value
    made: dict[str, Any] = {}
    for name, item in value.items():
        said = write(name)
        while said in made:
            said += "'"
        made[said] = texts_in_json(item, write)
    return made
