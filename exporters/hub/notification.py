"""Write the notification of a violated promise: an event of TMF630 about an `SlaViolation` of TMF623.

Pure. The id of the event is that of the transition, the same at every try and after every restart; the id of the
violation is that of the clock's cycle, so a withdrawal names the violation that was notified before. What TMF623 has
no place for stands under `characteristic`. No text of a source stands in a name.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any
from urllib.parse import quote

from exporters.live import event_id, written
from monitor.model import TransitionKind
from monitor.store import StoredTransition, StoredViolation


class EventType(StrEnum):
    """What a subscriber is notified of."""

    CREATED = "SlaViolationCreateEvent"
    """A promise was broken."""
    DELETED = "SlaViolationDeleteEvent"
    """A later statement of the source withdrew that: it was not broken."""


def event_type(row: StoredTransition) -> EventType:
    return EventType.CREATED if row.kind == TransitionKind.BREACHED else EventType.DELETED


def notification(violation: StoredViolation, page_url: str) -> dict[str, Any]:
    """The body; links begin with *page_url*."""
    row, kind = violation.row, event_type(violation.row)
    said = "violated" if kind is EventType.CREATED else "not violated, against what was notified before"
    return {
        "eventId": str(event_id(row.id, row.recorded_at)),
        "eventTime": written(row.recorded_at),
        "timeOcurred": written(row.at),
        "eventType": kind.value,
        "title": f"{row.target} of {row.source}/{row.subject} {said}",
        "event": {"slaViolation": _violation(violation, page_url)},
    }


def _violation(violation: StoredViolation, page_url: str) -> dict[str, Any]:
    row = violation.row
    segments = (row.source, row.subject)
    rule: dict[str, Any] = {"rule": {"id": row.target}, "operator": ".le", "unit": "second"}
    if violation.budget is not None:
        rule["referenceValue"] = f"{violation.budget.total_seconds():g}"
    known = {"source": row.source, "tier": row.tier, "assurance": row.assurance, "cycle": str(row.cycle)}
    body: dict[str, Any] = {
        "@type": "SlaViolation",
        "id": "/".join(quote(part, safe="") for part in (*segments, row.target, str(row.cycle))),
        "href": f"{page_url}/explain/{'/'.join(quote(part, safe='') for part in segments)}",
        "date": written(row.at),
        "sla": {"id": row.tier},
        "violation": rule,
        "relatedEntity": [{"id": row.subject, "@referredType": violation.subject_kind}],
        "characteristic": [{"name": name, "value": value} for name, value in known.items() if value],
    }
    if violation.customer:
        body["relatedParty"] = [{"name": violation.customer, "role": "customer"}]
    return body
