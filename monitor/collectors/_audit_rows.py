"""Turn the rows of an audit log into events, in the order of the file or apart.

Pure. What the columns mean, and which of them tell the future, is in `servicenow_audit.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import groupby
from json.encoder import encode_basestring
from operator import itemgetter
from typing import Protocol
from zoneinfo import ZoneInfo

from monitor.collectors._csv_rows import Broken, Raw, cells
from monitor.collectors._records import BadRecord, Moment, Why, body, in_utc, kept_aside, moment
from monitor.history import Batch, Cursor, Event, Part, Reject
from monitor.model import SubjectKind
from monitor.text import by_word, look_up

BATCH = 1000
"""Rows of a batch."""
NEEDED = ("number", "incident_state", "sys_mod_count", "opened_at", "sys_updated_at")

_LONGEST_NUMBER = 19
_NOTHING = ("", "?")
_LOOK_AHEAD = frozenset({"resolved_at", "closed_at", "closed_code", "resolved_by"})
_FIELDS = ("priority", "assignment_group", "made_sla", "reopen_count", "reassignment_count")
_KNOWN_IN = by_word({"Resolved": ("resolved_at",), "Closed": ("resolved_at", "closed_at")})
"""Which look-ahead columns a row may speak of, by its own state."""

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_BETWEEN = '","'
_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_DAY = timedelta(days=3)
"""No instant of a local day is later after its beginning in UTC; a zone is less than a day away from UTC."""


class Times(Protocol):
    """How a file's times are read: its zone, and which comes first in 5/3/2016."""

    @property
    def zone(self) -> ZoneInfo | None: ...
    @property
    def date_format(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Columns:
    """Where the columns of a file are. The getters take several cells of a row at once."""

    names: Sequence[str]
    at: Mapping[str, int] = field(init=False)
    told: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)
    needed: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)
    kept: tuple[str, ...] = field(init=False)
    fields: Callable[[Sequence[str]], tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        at = {name: index for index, name in enumerate(self.names)}
        kept = tuple(name for name in _FIELDS if name in at)
        object.__setattr__(self, "at", at)
        object.__setattr__(self, "kept", kept)
        object.__setattr__(self, "told", _getter(i for i, name in enumerate(self.names) if name not in _LOOK_AHEAD))
        object.__setattr__(self, "needed", _getter(at[name] for name in NEEDED))
        object.__setattr__(self, "fields", _getter(at[name] for name in kept))

    def base_id(self, row: Sequence[str] | Broken) -> str:
        """A hash of everything in the row that was known at its time: its `content_id`, quicker for being text only."""
        if isinstance(row, Broken):
            told: Sequence[str] = ("broken", row.text)
        else:
            told = ("row", *row) if len(row) != len(self.names) else self.told(row)
        text = _BETWEEN.join(told)
        if "\\" in text or text.count('"') != 2 * len(told) - 2 or not text.isprintable():  # JSON may escape something
            text = f"[{','.join(map(encode_basestring, told))}]"
        else:
            text = f'["{text}"]'
        return sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _getter(indexes: Iterable[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """A function that takes the cells at *indexes* from a row, as a tuple however few they are."""
    found = tuple(indexes)
    if len(found) > 1:
        return itemgetter(*found)
    return lambda row: tuple(row[index] for index in found)


def counted(base: str, occurrences: dict[str, int]) -> str:
    """An id of its own for each of several equal rows: the first keeps the hash, later ones add their number."""
    number = occurrences[base] = occurrences.get(base, 0) + 1
    return base if number == 1 else f"{base}-{number}"


@dataclass(slots=True)
class Audit:
    """Turns the rows of one reading of the file into events. Remembers equal rows, and times and fields it has read.

    Where rows are read apart, an event without a number of its own gets the number of its row as `tie`.
    """

    columns: Columns
    config: Times
    cursor: Cursor
    times: dict[str, Moment] = field(default_factory=dict)
    fields: dict[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)
    apart: bool = False
    occurrences: dict[str, int] = field(default_factory=dict)

    def identify(self, row: Sequence[str] | Broken) -> str:
        return counted(self.columns.base_id(row), self.occurrences)

    def judge(self, row: Sequence[str] | Broken, row_id: str, number: int) -> Event | Reject:
        try:
            if isinstance(row, Broken):
                raise BadRecord(Why.MALFORMED, row.why)
            event = self._event(row, row_id, number)
        except BadRecord as bad:
            detail = f"row {number}: {bad.detail}"
            text = row.text if isinstance(row, Broken) else ",".join(row)
            return Reject(self.cursor.source, row_id, bad.why, detail, body(text))
        return kept_aside(event, self.cursor.now) or event

    def _event(self, row: Sequence[str], row_id: str, number: int) -> Event:
        columns, times = self.columns, self.times
        if len(row) != len(columns.names):
            raise BadRecord(Why.MALFORMED, f"has {len(row)} columns where the header has {len(columns.names)}")
        ticket, status, said, opened, updated = columns.needed(row)
        if ticket in _NOTHING or not (said.isascii() and said.isdigit() and len(said) < _LONGEST_NUMBER):
            raise BadRecord(Why.MALFORMED, "has no ticket number, or no update number")
        when, second = times.get(updated) or self.time(updated)
        fields = self._fields(columns.fields(row))
        outcome = look_up(_KNOWN_IN, status)
        if outcome is not None:
            fields = {**fields, **self._outcome(row, outcome, second or when)}
        sequence = int(said)
        return Event(
            source=self.cursor.source,
            event_id=row_id,
            kind=SubjectKind.TICKET,
            subject=ticket,
            at=when,
            sequence=sequence,
            status=None if status in _NOTHING else status,
            opened_at=None if opened in _NOTHING else (times.get(opened) or self.time(opened))[0],
            fields=fields,
            tie=number if self.apart and not sequence else 0,
            or_at=second,
        )

    def _fields(self, values: tuple[str, ...]) -> Mapping[str, str]:
        """The fields of a row by name; rows that say the same share them, for they are many."""
        known = self.fields.get(values)
        if known is None:
            said = zip(self.columns.kept, values, strict=True)
            known = self.fields[values] = {name: value for name, value in said if value not in _NOTHING}
        return known

    def _outcome(self, row: Sequence[str], names: Sequence[str], when: datetime) -> dict[str, str]:
        at = self.columns.at
        return {name: row[at[name]] for name in names if name in at and self._happened(row[at[name]], when)}

    def _happened(self, said: str, when: datetime) -> bool:
        try:
            return self.time(said)[0] <= when
        except BadRecord:
            return False

    def time(self, said: str) -> Moment:
        """The instants that the text of a cell may name. Raises BadRecord."""
        known = self.times.get(said)
        if known is None:
            known = self.times[said] = self._read_time(said)
        return known

    def _read_time(self, said: str) -> Moment:
        at = self.date(said)
        if at is None:
            return moment(said, self.config.zone, self.cursor.now)
        return in_utc(at, self.config.zone, self.cursor.now, said)

    def date(self, said: str) -> datetime | None:
        """The local time that a text of the file's own form names; None for another form. Raises BadRecord."""
        found = _DATE.fullmatch(said)
        if found is None:
            return None
        one, two, year, hour, minute, second = map(int, found.groups("0"))
        day, month = (one, two) if self.config.date_format == "d/m/y" else (two, one)
        try:
            return datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - whoever asks knows the zone
        except ValueError:
            raise BadRecord(Why.BAD_TIME, f"{said!r} is no date in the form {self.config.date_format}") from None


class AuditRecords:
    """All rows of a file by ticket, as they stand there. Rows that are equal belong to one ticket, or to none."""

    def __init__(self, columns: Columns, config: Times, cursor: Cursor, rows: Iterable[Raw]) -> None:
        self._audit = Audit(columns, config, cursor, apart=True)
        self._rows: list[Raw] = []
        self.subjects: dict[str, list[int]] = {}
        self._updated: dict[str, list[int]] = {}
        number, updated = columns.at["number"], columns.at["sys_updated_at"]
        last, between = max(number, updated) + 1, len(columns.names) - 1
        for place, raw in enumerate(rows):
            self._rows.append(raw)
            if isinstance(raw, str) and raw.count(",") == between:
                row = raw.split(",", last)
            elif isinstance(raw, list) and len(raw) == between + 1:
                row = raw
            else:
                self.subjects.setdefault("", []).append(place)
                continue
            self.subjects.setdefault(row[number], []).append(place)
            self._updated.setdefault(row[updated], []).append(place)

    def parts(self, places: Iterable[int]) -> Iterator[Part]:
        audit = self._audit
        audit.occurrences = {}
        for _, together in groupby(places, key=lambda place: place // BATCH):
            events, rejects, of_part, aside = list[Event](), list[Reject](), list(together), list[int]()
            for place in of_part:
                raw = self._rows[place]
                row = cells(raw) if isinstance(raw, str) else raw
                judged = audit.judge(row, audit.identify(row), place + 1)
                if isinstance(judged, Event):
                    events.append(judged)
                else:
                    rejects.append(judged)
                    aside.append(place)
            yield Part(of_part, Batch(events, rejects, {}), aside)

    def latest(self) -> Iterator[int]:
        """A day is only read when those after it are not enough: a log has many days, and its last one is asked for."""
        days: dict[str, list[str]] = {}
        for said in self._updated:
            days.setdefault(said.partition(" ")[0], []).append(said)
        starts = {day: self._start(day) for day in days}
        read: list[tuple[datetime, str]] = []
        ahead = sorted(starts, key=starts.__getitem__)
        while ahead:
            read += self._instants(days[ahead.pop()])
            ends = min(starts[ahead[-1]], _LATEST - _DAY) + _DAY if ahead else _EARLIEST
            read.sort()
            while read and read[-1][0] > ends:
                yield from self._updated[read.pop()[1]]

    def _start(self, day: str) -> datetime:
        """When a day begins, as if in UTC; for what is no day the end of time, so that it is read first."""
        try:
            at = self._audit.date(f"{day} 0:00") or datetime.fromisoformat(day)
        except ValueError:  # as a BadRecord is
            return _LATEST
        return at.replace(tzinfo=UTC)

    def _instants(self, said: Iterable[str]) -> Iterator[tuple[datetime, str]]:
        for text in said:
            try:
                yield self._audit.time(text)[0], text
            except BadRecord:
                continue
