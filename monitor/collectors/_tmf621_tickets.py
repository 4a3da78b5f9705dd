"""Turn one TMF621 trouble ticket, as it came, into events.

Pure. A ticket gives one event for each status change, one for its present fields (the selected ones, dated
`lastUpdate`) and one for each feedback note. Reading the same ticket again gives the same events. A part that cannot be
used is set aside with a reason and the rest of the ticket counts: one bad date must not lose the restoration.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.collectors._json_body import why_unreadable
from monitor.collectors._records import FUTURE_TOLERANCE, BadRecord, Why, as_text, body, kept_aside, moment
from monitor.collectors._selectors import Selector
from monitor.history import Event, Reject, content_id, in_order
from monitor.model import SubjectKind

_LONGEST_RAW = 64 * 1024
_LONGEST_WORD = 500
_MOST_CHANGES = 2000
_MOST_REJECTS = 50
"""Of one ticket; the rest of them is counted in the last one."""

_JUST_AFTER = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class LastFields:
    """The fields that a ticket was last seen with: their digest, since when, and the second in which we noticed.

    The second is the event's sequence: of two events of one date the one that was noticed later holds.
    """

    digest: str
    at: datetime
    sequence: int


Seen = dict[str, LastFields]
"""What each ticket said last, those read last at the end."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The names that a version of the standard gives to the history of statuses."""

    history: str
    date: str
    reason: str


V5 = Layout("statusChangeHistory", "statusChangeDate", "statusChangeReason")
V4 = Layout("statusChange", "changeDate", "changeReason")


@dataclass(slots=True)
class Parts:
    """What one ticket gave."""

    ticket: str
    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    last_update: datetime | None = None
    or_last_update: datetime | None = None
    """The second instant that `lastUpdate` may name."""


@dataclass(frozen=True, slots=True)
class _Change:
    """One status change of the history."""

    at: datetime
    status: str
    reason: str | None
    change_id: str
    or_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TicketReader:
    """How the tickets of one source are read at one poll."""

    source: str
    now: datetime
    zone: ZoneInfo | None
    layouts: Sequence[Layout]
    selectors: Mapping[str, Selector]
    feedback: Selector | None

    def read(self, raw: Any, seen: Seen) -> Parts:
        """The events of a ticket, and what of it could not be used. Writes down in *seen* what the fields were."""
        try:
            return self._read(raw, seen)
        except (RecursionError, ValueError, ArithmeticError, LookupError, TypeError) as error:
            parts = Parts(ticket_id(raw) or content_id(body(raw)))
            why = "its values are nested too deeply" if isinstance(error, RecursionError) else "tierwatch failed on it"
            self._set_aside(parts, "", BadRecord(Why.MALFORMED, f"{why} ({type(error).__name__})"), raw)
            return parts

    def _read(self, raw: Any, seen: Seen) -> Parts:
        name, unreadable = ticket_id(raw), why_unreadable(raw)
        parts = Parts(name or content_id(raw))
        if name is None:
            sentence = unreadable or f"it is not an object with an id of at most {_LONGEST_WORD} characters"
            self._set_aside(parts, "", BadRecord(Why.MALFORMED, sentence), raw)
            return parts
        if unreadable is not None:
            self._set_aside(parts, "value", BadRecord(Why.MALFORMED, f"{unreadable}; the rest of it counts"), raw)
        opened_at, _ = self._time(parts, raw, "creationDate")
        if opened_at is not None and opened_at > self.now + FUTURE_TOLERANCE:
            self._set_aside(parts, "creationDate", BadRecord(Why.FUTURE, "the opening lies ahead of us"), raw)
            opened_at = None
        parts.last_update, parts.or_last_update = self._time(parts, raw, "lastUpdate")
        changes = self._history(parts, raw)
        for place, change in enumerate(changes):
            self._add(parts, self._change_event(name, change, place, opened_at))
        self._add_present(parts, raw, changes, opened_at, seen)
        for event in self._feedback(parts, raw, opened_at):
            self._add(parts, event)
        if any(event.or_at is not None for event in parts.events):
            parts.events = list(in_order(parts.events))  # the order of the list decides it for good
        return parts

    def _history(self, parts: Parts, raw: Mapping[str, Any]) -> list[_Change]:
        """The usable status changes, oldest first; those with one date in the order in which they happened."""
        layout = next((layout for layout in self.layouts if raw.get(layout.history)), None)
        if layout is None:
            return []
        entries = raw[layout.history]
        if not isinstance(entries, list):
            self._set_aside(parts, layout.history, BadRecord(Why.MALFORMED, "the history is not a list"), raw)
            return []
        if len(entries) > _MOST_CHANGES:
            half = _MOST_CHANGES // 2
            sentence = f"the history has {len(entries)} entries; only its first and last {half} are read"
            self._set_aside(parts, layout.history, BadRecord(Why.MALFORMED, sentence), {"entries": len(entries)})
            entries = [*entries[:half], *entries[-half:]]
        equals: Counter[str] = Counter()
        changes = []
        for entry in entries:
            base = content_id("status", parts.ticket, entry)
            equals[base] += 1
            try:
                changes.append(self._change(entry, layout, f"{base}-{equals[base]}"))
            except BadRecord as bad:
                self._set_aside(parts, base[:12], bad, entry)
        return _oldest_first(changes)

    def _change(self, entry: Any, layout: Layout, change_id: str) -> _Change:
        if not isinstance(entry, Mapping):
            raise BadRecord(Why.MALFORMED, "a status change is not an object")
        status, reason = _word(entry, "status"), _reason(entry, layout.reason)
        if status is None:
            raise BadRecord(Why.MALFORMED, "a status change has no status")
        if entry.get(layout.date) is None:
            raise BadRecord(Why.BAD_TIME, f"a status change has no {layout.date}")
        at, second = moment(entry[layout.date], self.zone, self.now)
        return _Change(at, status, reason, change_id, second)

    def _change_event(self, name: str, change: _Change, place: int, opened_at: datetime | None) -> Event:
        return Event(
            source=self.source,
            event_id=change.change_id,
            kind=SubjectKind.TICKET,
            subject=name,
            at=change.at,
            sequence=place,
            status=change.status,
            reason=change.reason,
            opened_at=opened_at,
            or_at=change.or_at,
        )

    def _add_present(
        self,
        parts: Parts,
        raw: Mapping[str, Any],
        changes: Sequence[_Change],
        opened_at: datetime | None,
        seen: Seen,
    ) -> None:
        """Add the ticket's present fields, and its present status where the history does not end with it."""
        try:
            status, reason = _word(raw, "status"), _reason(raw, "statusChangeReason")
        except BadRecord as bad:
            self._set_aside(parts, "status", bad, raw)
            status, reason = None, None
        changed_at, second = self._time(parts, raw, "statusChangeDate")
        last = changes[-1] if changes else None
        if status is not None and last is not None and last.status == status:
            status, reason = None, None
        elif status is not None and changed_at is not None and (last is None or changed_at >= last.at):
            change_id = content_id("present", parts.ticket, status, reason, changed_at)
            change = _Change(changed_at, status, reason, change_id, second)
            self._add(parts, self._change_event(parts.ticket, change, len(changes), opened_at))
            status, reason = None, None
        ahead = self.now + FUTURE_TOLERANCE
        happened = next((change for change in reversed(changes) if change.at <= ahead), None)
        self._add_fields(parts, raw, (status, reason), (opened_at, changed_at, happened), seen)

    def _add_fields(
        self,
        parts: Parts,
        raw: Mapping[str, Any],
        undated: tuple[str | None, str | None],
        times: tuple[datetime | None, datetime | None, _Change | None],
        seen: Seen,
    ) -> None:
        """Add the event of the ticket's fields, and of a status that has no date of its own.

        Its identity cannot be a hash of the fields alone: a tier that goes from A to B and back to A would lose its
        return. Nor of fields and `lastUpdate`: every touch of the ticket would bring one more event that says
        nothing new. So *seen* keeps when the present fields were said first; that dates the event and belongs to its
        identity. Other fields under an old `lastUpdate` (a server that forgets to raise it, other selectors) count
        from just after those before them. A ticket that *seen* has forgotten costs at most one event too many, never
        one too few.
        """
        opened_at, changed_at, last = times
        said = {name: find.text(raw) for name, find in self.selectors.items()}
        fields = {name: text for name, text in said.items() if text is not None}
        at = parts.last_update or changed_at or (last.at if last else None) or opened_at
        if at is None:
            if not parts.rejects:
                self._set_aside(parts, "", BadRecord(Why.BAD_TIME, "it has no date at all"), raw)
            return
        if last is not None:
            at = max(at, last.at)  # the present fields come after the last change
        status, reason = undated
        after = last.change_id if last is not None and status is not None else None
        digest = content_id(fields, opened_at, status, reason, after)[:12]
        known = seen.pop(parts.ticket, None)
        if known is None or known.digest != digest:
            at = at if known is None else max(at, known.at + _JUST_AFTER)
            known = LastFields(digest, at, int(self.now.timestamp()))
        seen[parts.ticket] = known
        event = Event(
            source=self.source,
            event_id=content_id("ticket", parts.ticket, digest, known.at),
            kind=SubjectKind.TICKET,
            subject=parts.ticket,
            at=known.at,
            sequence=known.sequence,
            status=status,
            reason=reason,
            opened_at=opened_at,
            fields=fields,
            or_at=parts.or_last_update if known.at == parts.last_update else None,
        )
        if self._add(parts, event):
            parts.bodies[event.event_id] = as_text(raw)[:_LONGEST_RAW]

    def _feedback(self, parts: Parts, raw: Mapping[str, Any], opened_at: datetime | None) -> list[Event]:
        """The notes that are progress feedback to the customer."""
        events: list[Event] = []
        equals: Counter[str] = Counter()
        for note in self.feedback.nodes(raw) if self.feedback else ():
            base = content_id("note", parts.ticket, note)
            try:
                if not isinstance(note, Mapping):
                    raise BadRecord(Why.MALFORMED, "a note is not an object; check the option feedback")
                if note.get("date") is None:
                    raise BadRecord(Why.BAD_TIME, "a note has no date")
                at, second = moment(note["date"], self.zone, self.now)
            except BadRecord as bad:
                self._set_aside(parts, base[:12], bad, note)
                continue
            if isinstance(note.get("id"), str | int):
                base = content_id("note", parts.ticket, note["id"], at)  # its text may be edited later
            equals[base] += 1
            events.append(
                Event(
                    source=self.source,
                    event_id=f"{base}-{equals[base]}",
                    kind=SubjectKind.TICKET,
                    subject=parts.ticket,
                    at=at,
                    feedback=True,
                    opened_at=opened_at,
                    or_at=second,
                )
            )
        return events

    def _time(self, parts: Parts, raw: Mapping[str, Any], name: str) -> tuple[datetime | None, datetime | None]:
        """The instants that a field of the ticket may name; None where there is none, or none that can be used."""
        if raw.get(name) is None:
            return None, None
        try:
            return moment(raw[name], self.zone, self.now)
        except BadRecord as bad:
            self._set_aside(parts, name, bad, raw)
            return None, None

    def _add(self, parts: Parts, event: Event) -> bool:
        aside = kept_aside(event, self.now)
        if aside is None:
            parts.events.append(event)
            return True
        parts.rejects.append(aside)
        return False

    def _set_aside(self, parts: Parts, part: str, bad: BadRecord, raw: Any) -> None:
        if len(parts.rejects) >= _MOST_REJECTS:
            part, bad = "more", BadRecord(Why.MALFORMED, f"more than {_MOST_REJECTS} parts of it cannot be used")
            del parts.rejects[_MOST_REJECTS:]
        name = f"{parts.ticket} {part}".rstrip()
        detail = f"ticket {name}: {bad.detail}"
        parts.rejects.append(Reject(self.source, name, bad.why, detail, body(raw), subject=parts.ticket))


def _oldest_first(changes: Sequence[_Change]) -> list[_Change]:
    """The changes as they happened: in the list's order where its dates run one way, and by date where they do not.

    A date in an hour that comes twice may be either of two instants; the list's order says which.
    """
    for listed in (list(changes), list(reversed(changes))):
        before = None
        for change in listed:
            if before is not None and (change.or_at or change.at) < before:
                break
            before = change.at if before is None or change.at >= before else change.or_at
        else:
            return listed
    if changes[0].at > changes[-1].at:
        changes = changes[::-1]  # newest first: among equal dates, too, the later one stands earlier in the list
    return sorted(changes, key=lambda change: change.at)


def ticket_id(raw: Any) -> str | None:
    """The source's id of a ticket, None where it has none, or one that is longer than any id."""
    found = raw.get("id") if isinstance(raw, Mapping) else None
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    return found if isinstance(found, str) and found.strip() and len(found) <= _LONGEST_WORD else None


def _word(said: Mapping[str, Any], name: str) -> str | None:
    """A text of an object; None where it is absent or empty."""
    value = said.get(name)
    if value is not None and not isinstance(value, str):
        raise BadRecord(Why.MALFORMED, f"{name} is not a text")
    if value and len(value) > _LONGEST_WORD:
        raise BadRecord(Why.MALFORMED, f"{name} has {len(value)} characters, which no word has")
    return value or None


def _reason(said: Mapping[str, Any], name: str) -> str | None:
    """A reason is free text: of a long one the beginning counts."""
    value = said.get(name)
    return _word({name: value[:_LONGEST_WORD]} if isinstance(value, str) else said, name)
