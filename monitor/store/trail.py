"""Read who did what and when, of every table that knows, in one order.

Each kind of deed is one query, ordered by its instant; the results are merged while they are read, so that a trail of
years takes no more memory than one of a day. What tierwatch sends of its own synthetic clock is no deed, and a drill
has its own kinds: asked, begun, ended, with whoever acknowledged it; its pages are in its report. Links to
acknowledge are made at sending and are in no table; no column that is read here ever holds a secret.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.alert import HOLDER, DrillEnd, step_shown
from monitor.history import correction_to_json
from monitor.report import TrailEntry
from monitor.snapshot import OWN_SOURCE
from monitor.store.actions import Action
from monitor.store.database import Database
from monitor.store.ingest import to_event
from monitor.store.schema import (
    acknowledgements,
    actions,
    alerts,
    decisions,
    drills,
    escalations,
    events,
    month_reports,
    outbox,
    publications,
    silences,
)

_AT_ONCE = 500

Make = Callable[[Any], TrailEntry]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How the deeds of one kind are read: the rows, the column of their instant, and the entry that a row makes."""

    name: str
    query: sa.Select[Any]
    at: sa.Column[Any]
    make: Make


class Trail:
    """The audit trail's side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, since: datetime | None, until: datetime) -> Iterator[TrailEntry]:
        """Every deed of `[since, until)`, the oldest first; those of one instant by kind, then in the order of rows.

        All are of one state of the database, where that was opened for looking only.
        """
        with self._database.read() as connection:
            each = [_of_kind(connection, kind, since, until) for kind in _KINDS]
            yield from heapq.merge(*each, key=lambda entry: entry.at)


TRAIL_KINDS: Mapping[str, str] = {
    "acknowledged": "somebody acknowledged an alert: by which way, until when, with which note",
    "acknowledgement_ended": "an acknowledgement ended",
    "silence_added": "a silence or a maintenance window was added: what it fits, from when to when, why; its early end",
    Action.SILENCE_ENDED: "somebody ended a silence before its time",
    Action.ACKNOWLEDGEMENT_WITHDRAWN: "somebody took an acknowledgement back before its end: whose it was",
    "corrected": "a subject was corrected or retired, or that was revoked; by an operator or by its source",
    "rules_published": "rules came into force: the versions of the policies, who started the program, what changed",
    Action.JUDGED_ANEW: "an upgrade or a corrected policy began to judge open clocks anew",
    "month_reported": "a month was reported for good",
    "person_called": "a person was called by an escalation step, or by what somebody holds getting worse",
    "page_accepted": "a receiver took a page; of one that is told states again and again, the last time",
    "page_closed": "a page was closed without a receiver having taken it, and why",
    "page_withheld": "a page was withheld or held back, and why",
    "drill_asked": "somebody asked for a drill: for whom, of which tier, until when at the latest",
    "drill_begun": "a drill began: the people who were found for it, or the silence that withheld it",
    "drill_ended": "a drill ended: why, who acknowledged or ended it, who had been called in it",
    Action.CLOCK_ACCEPTED: "somebody accepted this machine's time after a jump",
    Action.LOSS_ACCEPTED: "somebody accepted that a source lost many subjects at once",
    Action.RECORD_RETRIED: "somebody had a record that is set aside read or judged again: why, and what became of it",
    Action.RECORD_DROPPED: "somebody dropped a record that is set aside: why; its text is kept",
    Action.RESTORED: "the program found that its database is a restored backup",
    Action.STARTED: "the program was started: by whom, its version, and when it had run last",
    Action.RELOADED: "the configuration was read again and taken: by which way, its hash and the one before",
    Action.RELOAD_REFUSED: "the configuration was read again and refused: by which way, why; the one before runs on",
    Action.SUBSCRIBED: "somebody subscribed to notifications of violations, or resumed that: where they go, of what",
    Action.UNSUBSCRIBED: "somebody ended a subscription to notifications of violations",
    Action.ERASED: "somebody erased a name, or the texts of a subject; never the words",
    Action.LOGGED_IN: "somebody logged in to the page: by what, from which address, with which roles",
    Action.LOGIN_FAILED: "a login was refused: by what, from which address, why; the name only of an account",
    Action.LOGGED_OUT: "somebody logged out",
    Action.ACCESS_CHANGED: "somebody made, changed or ended an account or a token; no secret",
}
"""Every kind of entry and what it is."""


def _of_kind(connection: sa.Connection, kind: _Kind, since: datetime | None, until: datetime) -> Iterator[TrailEntry]:
    table = kind.at.table
    order = [kind.at, *table.primary_key.columns]
    query = kind.query.where(kind.at < until)
    if since is not None:
        query = query.where(kind.at >= since)
    rows = connection.execute(query.order_by(*order), execution_options={"yield_per": _AT_ONCE})
    return (kind.make(row) for row in rows)


def _with_alert(key: sa.Column[Any], *left_out: str) -> sa.Select[Any]:
    """The rows of a table with what the alert that each belongs to is about, where that is still stored."""
    own_columns = [column for column in key.table.columns if column.name not in left_out]
    about = [alerts.c[name].label(f"of_{name}") for name in ("source", "subject", "target", "cycle", "stage", "labels")]
    own = sa.func.coalesce(alerts.c.source, "") == OWN_SOURCE
    return sa.select(*own_columns, *about).join(alerts, alerts.c.key == key, isouter=True).where(~own)


def _alert(row: Any, key: str) -> tuple[str, dict[str, Any]]:
    """What an alert is about, and which it is."""
    if row.of_labels is None:
        return f"alert {key}", {"alert": key}
    name = row.of_labels.get("alertname", "")
    of = "" if row.of_subject is None else f"{row.of_source}/{row.of_subject}"
    about = " ".join(part for part in (of or name, row.of_target, row.of_stage) if part)
    return about, {"alert": key, "alertname": name, "cycle": row.of_cycle or None}


def _acknowledged(row: Any) -> TrailEntry:
    about, alert = _alert(row, row.alert_key)
    until = {} if row.ends_at is None else {"until": row.ends_at.isoformat(), "ends_for": row.ends_for}
    detail = {**alert, "via": row.via, "note": row.note, "holder": row.holder, **until}
    return TrailEntry(row.at, "acknowledged", row.author, about, detail)


def _acknowledgement_ended(row: Any) -> TrailEntry:
    about, alert = _alert(row, row.alert_key)
    detail = {**alert, "of": row.author, "ends_for": row.ends_for}
    return TrailEntry(row.ended_at, "acknowledgement_ended", "", about, detail)


def _silence_added(row: Any) -> TrailEntry:
    """With the end that it was given, and with the one that it had, where somebody ended it before."""
    until = row.ends_at.isoformat()
    given = until if row.ended is None else row.ended["would_have_ended"]
    detail = {
        "matchers": list(row.matchers), "from": row.starts_at.isoformat(), "until": given,
        "ended": None if row.ended is None else until, "reason": row.reason, "maintenance": row.maintenance,
    }  # fmt: skip
    return TrailEntry(row.created_at, "silence_added", row.author, row.id, detail)


def _corrected(row: Any) -> TrailEntry:
    event = to_event(row)
    assert event.correction is not None
    said = correction_to_json(event.correction)
    who = said.pop("author")
    said["correction"] = said.pop("kind")
    return TrailEntry(row.received_at, "corrected", who, str(event.key), {"id": event.event_id, **said})


def _published(row: Any) -> TrailEntry:
    detail = {"policies": list(row.policies), "rules": row.rules_version, "changes": list(row.changes)}
    return TrailEntry(row.at, "rules_published", row.author, ", ".join(row.policies), detail)


def _reported(row: Any) -> TrailEntry:
    detail = {"zone": row.zone, "rules": row.rules_version}
    return TrailEntry(row.made_at, "month_reported", "", row.month, detail)


def _called(row: Any) -> TrailEntry:
    about, alert = _alert(row, row.alert_key)
    team, _, person = row.person.partition("/")
    detail = {**alert, "team": team, "person": person, "step": step_shown(row.step), "reason": row.reason}
    return TrailEntry(row.at, "person_called", "", about, detail)


def _page(row: Any) -> tuple[str, dict[str, Any]]:
    about, alert = _alert(row, row.alert_key)
    return about, {
        **alert, "channel": row.channel, "reason": row.reason, "attempts": row.attempts, "answer": row.detail,
    }  # fmt: skip


def _accepted(row: Any) -> TrailEntry:
    about, detail = _page(row)
    return TrailEntry(row.accepted_at, "page_accepted", "", about, detail)


def _closed(row: Any) -> TrailEntry:
    about, detail = _page(row)
    return TrailEntry(row.closed_at, "page_closed", "", about, detail)


def _withheld(row: Any) -> TrailEntry:
    about, alert = _alert(row, row.alert_key)
    detail = {**alert, "channel": row.channel, "reason": row.reason, "by": row.detail}
    return TrailEntry(row.at, "page_withheld", "", about, detail)


def _drill(row: Any) -> dict[str, Any]:
    return {"for": row.whom, "named": row.named}


def _drill_asked(row: Any) -> TrailEntry:
    detail = {**_drill(row), "tier": row.tier, "until": row.ends_by.isoformat(), "escalate": row.escalate}
    return TrailEntry(row.asked_at, "drill_asked", row.author, row.id, detail)


def _drill_begun(row: Any) -> TrailEntry:
    detail = {**_drill(row), "people": list(row.people), "silence": row.silence}
    return TrailEntry(row.begun_at, "drill_begun", "", row.id, detail)


def _drill_ended(row: Any) -> TrailEntry:
    who = {
        DrillEnd.ACKNOWLEDGED.value: row.acknowledged_by or "",
        DrillEnd.ENDED_EARLY.value: row.detail.removeprefix("by "),
    }.get(row.ended_for, "")
    called = list(dict.fromkeys(call["who"] for call in row.calls))
    detail = {**_drill(row), "reason": row.ended_for, "called": called, "answer": row.detail}
    return TrailEntry(row.ended_at, "drill_ended", who, row.id, detail)


def _action(row: Any) -> TrailEntry:
    return TrailEntry(row.at, row.kind, row.author, row.about, row.detail)


_PERSONS = (escalations.c.step >= 0) | (escalations.c.step == HOLDER)
_ENDED = acknowledgements.c.ended_at.is_not(None)
_TAKEN, _NOT_TAKEN = outbox.c.accepted_at.is_not(None), outbox.c.accepted_at.is_(None)
_FIRST_ACK = (
    sa.select(acknowledgements.c.author)
    .where(acknowledgements.c.alert_key == drills.c.alert_key)
    .order_by(acknowledgements.c.id)
    .limit(1)
    .scalar_subquery()
)
_OF_DRILLS = sa.select(drills, _FIRST_ACK.label("acknowledged_by"))
_BEGUN, _OVER = drills.c.begun_at.is_not(None), drills.c.ended_at.is_not(None)
_ENDED_EARLY = (
    sa.select(actions.c.detail)
    .where((actions.c.kind == Action.SILENCE_ENDED.value) & (actions.c.about == silences.c.id))
    .order_by(actions.c.id)
    .limit(1)
    .scalar_subquery()
    .label("ended")
)
_OF_ACKS = _with_alert(acknowledgements.c.alert_key)
_OF_PAGES = _with_alert(outbox.c.alert_key, "alert")

_KINDS = (
    _Kind("acknowledged", _OF_ACKS, acknowledgements.c.at, _acknowledged),
    _Kind("acknowledgement_ended", _OF_ACKS.where(_ENDED), acknowledgements.c.ended_at, _acknowledgement_ended),
    _Kind("silence_added", sa.select(silences, _ENDED_EARLY), silences.c.created_at, _silence_added),
    _Kind("corrected", sa.select(events).where(events.c.correction.is_not(None)), events.c.received_at, _corrected),
    _Kind("rules_published", sa.select(publications), publications.c.at, _published),
    _Kind("month_reported", sa.select(month_reports), month_reports.c.made_at, _reported),
    _Kind("person_called", _with_alert(escalations.c.alert_key).where(_PERSONS), escalations.c.at, _called),
    _Kind("page_accepted", _OF_PAGES.where(_TAKEN), outbox.c.accepted_at, _accepted),
    _Kind("page_closed", _OF_PAGES.where(_NOT_TAKEN), outbox.c.closed_at, _closed),
    _Kind("page_withheld", _with_alert(decisions.c.alert_key), decisions.c.at, _withheld),
    _Kind("drill_asked", sa.select(drills), drills.c.asked_at, _drill_asked),
    _Kind("drill_begun", sa.select(drills).where(_BEGUN), drills.c.begun_at, _drill_begun),
    _Kind("drill_ended", _OF_DRILLS.where(_OVER), drills.c.ended_at, _drill_ended),
    _Kind("action", sa.select(actions), actions.c.at, _action),
)
