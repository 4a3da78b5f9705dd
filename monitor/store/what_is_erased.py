"""Say of each row what an erasure leaves of it: of a name every mention, of a subject whatever was written.

Nothing here reads or writes the database. A row is never deleted: what happened, when, and what was counted stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.history import fields_without, texts_in_json
from monitor.model import SubjectKey
from monitor.policy import GUARDED
from monitor.store import statements
from monitor.store.personal import Holds, columns
from monitor.store.schema import (
    acknowledgements,
    alerts,
    encoded,
    escalations,
    events,
    outbox,
    publications,
    quarantine,
    raw_bodies,
    subjects,
)
from monitor.text import Mentions

ERASED = "[erased "
"""How every marker begins; its number follows, so that two people who were erased are not taken for one."""

Free = Mapping[SubjectKey, frozenset[str]]
"""Of each subject, the parts of its events that no promise needs."""

_FIRES = alerts.c.resolved_at.is_(None)
_NEWEST = sa.select(sa.func.max(publications.c.id)).scalar_subquery()

CONTEXT: Mapping[str, Mapping[str, sa.ColumnElement[Any]]] = {
    "escalations": {"in_use": sa.exists().where(_FIRES & (alerts.c.key == escalations.c.alert_key))},
    "acknowledgements": {"in_use": sa.exists().where(_FIRES & (alerts.c.key == acknowledgements.c.alert_key))},
    "publications": {"in_use": publications.c.id == _NEWEST},
}
"""What has to be known of a row beside its columns: whether the running program still goes by it."""

_FACTS = frozenset({"reason", "policy", "budget", "budget_source", "due", "explain_url", "judged_anew"})
"""The annotations of a page that are no text about anybody."""


@dataclass(frozen=True, slots=True)
class OfName:
    """Erases every mention of a name, at *now*."""

    mentions: Mentions
    now: datetime
    marker: str = f"{ERASED}…]"
    free: Free = field(default_factory=dict)

    def tables(self) -> Mapping[sa.Table, sa.ColumnElement[bool] | None]:
        """The tables to go through, each with the rows that may be concerned, None for all."""
        return dict.fromkeys(columns(Holds.PERSON, Holds.TEXT, Holds.ID))

    def changed(self, table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
        """The new values of a row, by column; empty where it stays as it is."""
        new = {}
        for column in columns(Holds.PERSON, Holds.TEXT).get(table, ()):
            before = row[column.name]
            if before is not None and self._in(before):
                after = self._without(table, column.name, row)
                if after != before:
                    new[column.name] = after
        return new

    def stays(self, table: sa.Table, row: Mapping[str, Any]) -> list[str]:
        """The columns of a row in which it stands after that still."""
        after = {**row, **self.changed(table, row)}
        every = columns(Holds.PERSON, Holds.TEXT, Holds.ID)[table]
        return [one.name for one in every if after[one.name] is not None and self._in(after[one.name])]

    def write(self, text: str) -> str:
        return self.mentions.replaced(text, self.marker)

    def _in(self, value: Any) -> bool:
        return self.mentions.found(value if isinstance(value, str) else str(encoded(value)))

    def _without(self, table: sa.Table, name: str, row: Mapping[str, Any]) -> Any:
        """The value of a column without the name; as it is where something still goes by it."""
        before, place = row[name], f"{table.name}.{name}"
        if self._in_use(place, row):
            return before
        if place in _WHOLE:
            return self.marker  # whoever is named in it is described there
        if place in _OWN:
            return _OWN[place](self, row, before)
        return texts_in_json(before, self.write)

    def _in_use(self, place: str, row: Mapping[str, Any]) -> bool:
        """Whether the running program still goes by a value, or would write it so again."""
        if place in _BY_CONTEXT:
            return bool(row["in_use"])
        if place == "silences.matchers":
            return bool(row["ends_at"] > self.now)
        if place == "outbox.alert":
            return row["closed_at"] is None
        if place.startswith("drills."):  # each step writes the whole row
            return row["ended_at"] is None
        if place == "alerts.annotations":
            return row["resolved_at"] is None and row["subject"] is not None and not self._whole(row)
        return place.startswith("subjects.") and not self._whole(row)

    def _correction(self, _row: Mapping[str, Any], said: dict[str, Any]) -> dict[str, Any]:
        return {**said, "reason": self.write(said["reason"]), "author": self.write(said["author"])}

    def _fields(self, row: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
        return fields_without(said, self._free(row), self.write)

    def _word(self, part: str, row: Mapping[str, Any], said: str) -> str:
        return self.write(said) if part in self._free(row) else said

    def _values(self, _row: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
        return {name: self.write(text) for name, text in said.items()}

    def _attributes(self, row: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, str]:
        """All but the guarded period, whose name is the policy's and is counted by."""
        return {name: text if name == GUARDED else self.write(text) for name, text in said.items()}

    def _queued(self, row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
        return {**said, "annotations": self._values(row, said["annotations"])}

    def _waiting(self, _row: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
        return _event_without(said, self.write)

    def _calls(self, _row: Mapping[str, Any], said: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Who was called; by which channel stays, for the answers of the receivers are found by it."""
        return [{**one, "who": self.write(one["who"]), "name": texts_in_json(one["name"], self.write)} for one in said]

    def _noted(self, row: Mapping[str, Any], value: str) -> str:
        """Of what the program notes for itself, only who accepted something is a name."""
        if "accepted" not in row["key"]:
            return value
        return json.dumps(texts_in_json(json.loads(value), self.write), ensure_ascii=False)

    def _free(self, row: Mapping[str, Any]) -> frozenset[str]:
        return self.free.get(SubjectKey(row["source"], row["subject"]), frozenset())

    def _whole(self, row: Mapping[str, Any]) -> bool:
        """Whether the events of the subject do not bring the name back into what is derived from them."""
        return SubjectKey(row["source"], row["subject"]) in self.free and "" not in self._free(row)


_WHOLE = frozenset({"raw_bodies.body", "quarantine.body"})
_BY_CONTEXT = frozenset({"escalations.person", "acknowledgements.holder", "publications.rules", "publications.changes"})

_OWN: Mapping[str, Callable[[OfName, Mapping[str, Any], Any], Any]] = {
    "events.correction": OfName._correction,
    "events.fields": OfName._fields,
    "events.status": lambda erasure, row, said: erasure._word("status", row, said),
    "events.reason": lambda erasure, row, said: erasure._word("reason", row, said),
    "quarantine.event": OfName._waiting,
    "outbox.alert": OfName._queued,
    "alerts.annotations": OfName._values,
    "subjects.attributes": OfName._attributes,
    "drills.calls": OfName._calls,
    "meta.value": OfName._noted,
}
"""The columns of which only a part is text."""


@dataclass(frozen=True, slots=True)
class OfSubjects:
    """Erases what was written of subjects: titles, fields that nothing is read from, raw records, texts of pages."""

    keys: tuple[SubjectKey, ...]
    marker: str = f"{ERASED}…]"
    free: Free = field(default_factory=dict)

    def tables(self) -> Mapping[sa.Table, sa.ColumnElement[bool] | None]:
        its_alerts = sa.select(alerts.c.key).where(self._of(alerts))
        its_events = sa.exists().where(
            self._of(events) & (events.c.source == raw_bodies.c.source) & (events.c.event_id == raw_bodies.c.event_id)
        )
        over = self._of(alerts) & alerts.c.resolved_at.is_not(None)
        ended = sa.select(alerts.c.key).where(over)
        return {
            events: self._of(events),
            raw_bodies: its_events,
            quarantine: self._of(quarantine),
            subjects: self._of(subjects),
            alerts: over,
            outbox: outbox.c.alert_key.in_(ended) & outbox.c.closed_at.is_not(None),
            acknowledgements: acknowledgements.c.alert_key.in_(its_alerts),
        }

    def changed(self, table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
        new = {name: value for name, value in self._values(table, row).items() if value != row[name]}
        return {name: value for name, value in new.items() if row[name]}

    def stays(self, table: sa.Table, row: Mapping[str, Any]) -> list[str]:
        return []

    def write(self, text: str) -> str:
        return text if not text or text.startswith(ERASED) else self.marker

    def _values(self, table: sa.Table, row: Mapping[str, Any]) -> dict[str, Any]:
        match table.name:
            case "events":
                return {"fields": fields_without(row["fields"], self._free(row), self.write)}
            case "raw_bodies":
                return {"body": self.write(row["body"])}
            case "quarantine":
                event = row["event"] and _event_without(row["event"], self.write, self._free(row))
                return {"detail": self.write(row["detail"]), "body": self.write(row["body"]), "event": event}
            case "subjects":
                said = dict(row["attributes"])
                return {"attributes": said | {"title": self.write(said["title"])} if "title" in said else said}
            case "alerts":
                return {"annotations": self._words(row["annotations"])}
            case "outbox":
                queued = row["alert"] and {**row["alert"], "annotations": self._words(row["alert"]["annotations"])}
                return {"alert": queued, "detail": self.write(row["detail"])}
        return {"note": self.write(row["note"])}

    def _of(self, table: sa.Table) -> sa.ColumnElement[bool]:
        names: dict[str, list[str]] = {}
        for key in self.keys:
            names.setdefault(key.source, []).append(key.subject)
        return sa.or_(
            *((table.c.source == source) & statements.one_of(table.c.subject, some) for source, some in names.items())
        )

    def _free(self, row: Mapping[str, Any]) -> frozenset[str]:
        return self.free.get(SubjectKey(row["source"], row["subject"]), frozenset())

    def _words(self, said: Mapping[str, str]) -> dict[str, str]:
        return {name: text if name in _FACTS else self.write(text) for name, text in said.items()}


def _event_without(
    said: Mapping[str, Any], write: Callable[[str], str], only: frozenset[str] | None = None
) -> dict[str, Any]:
    """An event that waits in quarantine, without what is erased; *only* these parts of it, or all that have texts."""
    new = dict(said)
    for name in ("status", "reason"):
        if name in said and only is None:
            new[name] = write(said[name])
    if "fields" in said:
        parts = only if only is not None else frozenset(f"fields.{name}" for name in said["fields"])
        new["fields"] = fields_without(said["fields"], parts, write)
    return new


Erasure = OfName | OfSubjects
