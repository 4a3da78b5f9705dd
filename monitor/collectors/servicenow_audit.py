"""Read the audit log of a ServiceNow instance: a CSV or CSV.gz file with one row per update of an incident.

Each row becomes one event, dated `sys_updated_at`. Use it to replay a year of history, or on an export that grows.

Traps. `resolved_at`, `closed_at`, `closed_code` and `resolved_by` hold the *final* values on every row of a ticket:
they tell the future, so they are neither read before the row's own state is Resolved or Closed, nor part of an event's
identity, nor believed when they lie after the row. `made_sla` is an outcome, kept as a field and used for nothing.
Times have no zone: without `zone` every row is set aside. `d/m/y` is the default; ISO dates are always understood. `?`
means unknown. Of rows that are equal in all other columns, each is an event of its own, told apart by counting them. A
file that grew is read from the beginning and compared with what was read before, so rows inserted by a new export in
the middle are found.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring
from operator import itemgetter
from pathlib import Path
from typing import Literal, TextIO, cast

from monitor.collectors._csv_rows import Broken, header, rows
from monitor.collectors._records import BadRecord, Moment, Why, ZoneOption, body, in_utc, kept_aside, moment
from monitor.errors import SourceError
from monitor.history import AttributeRule, Batch, Collector, Cursor, Event, Reject, SourceMapping, StatusRule
from monitor.model import Phase, SubjectKind
from monitor.text import by_word, look_up

_BATCH = 1000
_LONGEST_NUMBER = 19
_NOTHING = ("", "?")
_LOOK_AHEAD = frozenset({"resolved_at", "closed_at", "closed_code", "resolved_by"})
_NEEDED = ("number", "incident_state", "sys_mod_count", "opened_at", "sys_updated_at")
_FIELDS = ("priority", "assignment_group", "made_sla", "reopen_count", "reassignment_count")
_KNOWN_IN = by_word({"Resolved": ("resolved_at",), "Closed": ("resolved_at", "closed_at")})
"""Which look-ahead columns a row may speak of, by its own state."""

_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)

MAPPING = SourceMapping(
    statuses={
        "New": StatusRule(Phase.OPENED),
        "Active": StatusRule(Phase.ACCEPTED),
        "Awaiting User Info": StatusRule(Phase.HELD, "awaiting_user_info"),
        "Awaiting Vendor": StatusRule(Phase.HELD, "awaiting_vendor"),
        "Awaiting Problem": StatusRule(Phase.HELD, "awaiting_problem"),
        "Awaiting Evidence": StatusRule(Phase.HELD, "awaiting_evidence"),
        "Resolved": StatusRule(Phase.RESTORED),
        "Closed": StatusRule(Phase.CLOSED),
    },
    attributes={
        "urgency": AttributeRule(
            "priority", {"1 - Critical": "A", "2 - High": "B", "3 - Moderate": "C", "4 - Low": "C"}
        ),
        "team": AttributeRule("assignment_group"),
    },
)
"""The awaiting states are their own reasons. Urgency follows the priority as it was at each event."""


@dataclass(frozen=True, slots=True)
class Config:
    """`zone` is the zone of the log's times. `date_format` says which comes first in 5/3/2016, the day or the month."""

    path: Path
    """The file, CSV or CSV.gz."""
    zone: ZoneOption | None = None
    """The zone of the log's times; without it every row is set aside."""
    date_format: Literal["d/m/y", "m/d/y"] = "d/m/y"
    """Which comes first in 5/3/2016, the day or the month. ISO dates are always understood."""


@dataclass(frozen=True, slots=True)
class ServicenowAudit:
    """Goes on after a number of rows, if those rows are still the same."""

    config: Config

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        where = f"collector servicenow_audit/{cursor.source}: {self.config.path}"
        try:
            yield from self._read(cursor, where)
        except (OSError, EOFError, UnicodeError, zlib.error) as error:
            why = getattr(error, "strerror", None) or "it is cut, or no gzip file"
            raise SourceError(f"{where} cannot be read ({why}); check it; it will be read again") from error

    def _read(self, cursor: Cursor, where: str) -> Iterator[Batch]:
        stat = self.config.path.stat()
        file = f"{stat.st_ino}/{stat.st_size}/{stat.st_mtime_ns}"
        read_as = f"{self.config.zone} {self.config.date_format}"
        known = cursor.position if cursor.position.get("read_as") == read_as else {}
        if known.get("file") == file:
            return
        skip, expected = int(known.get("rows", 0)), known.get("digest")
        if skip and not self._unchanged(skip, expected, where):
            skip = 0
        try:
            yield from self._rows(cursor, where, {"read_as": read_as}, file, skip, expected)
        except _Replaced:  # between the two readings of it
            yield from self._rows(cursor, where, {"read_as": read_as}, file, 0, None)

    def _rows(
        self, cursor: Cursor, where: str, read_as: Mapping[str, str], file: str, skip: int, expected: str | None
    ) -> Iterator[Batch]:
        """Batches of the rows behind the first *skip*. Raises _Replaced where those are not the *expected* ones."""
        with _open(self.config.path) as text:
            audit = _Audit(_Columns(_header(text, where)), self.config, cursor)
            digest, events, rejects = sha256(), list[Event](), list[Reject]()
            count = 0
            for count, row in enumerate(rows(text, len(audit.columns.names)), start=1):
                row_id = audit.identify(row)
                digest.update(row_id.encode())
                if count <= skip:
                    if count == skip and digest.hexdigest() != expected:
                        raise _Replaced
                    continue
                judged = audit.judge(row, row_id, count)
                if isinstance(judged, Event):
                    events.append(judged)
                else:
                    rejects.append(judged)
                if len(events) + len(rejects) >= _BATCH:
                    yield Batch(events, rejects, {"rows": count, "digest": digest.hexdigest(), **read_as})
                    events, rejects = [], []
            if count < skip:
                raise _Replaced
            yield Batch(events, rejects, {"rows": count, "digest": digest.hexdigest(), **read_as, "file": file})

    def _unchanged(self, skip: int, expected: str | None, where: str) -> bool:
        """Whether the first *skip* rows are those that were read before."""
        with _open(self.config.path) as text:
            columns = _Columns(_header(text, where))
            digest, seen = sha256(), 0
            occurrences: dict[str, int] = {}
            for seen, row in enumerate(rows(text, len(columns.names)), start=1):
                digest.update(_counted(columns.base_id(row), occurrences).encode())
                if seen == skip:
                    break
        return seen == skip and digest.hexdigest() == expected


class _Replaced(Exception):
    """The file is another one than it was a moment ago."""


@dataclass(frozen=True, slots=True)
class _Columns:
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
        object.__setattr__(self, "needed", _getter(at[name] for name in _NEEDED))
        object.__setattr__(self, "fields", _getter(at[name] for name in kept))

    def base_id(self, row: Sequence[str] | Broken) -> str:
        """A hash of everything in the row that was known at its time: its `content_id`, quicker for being text only."""
        if isinstance(row, Broken):
            cells: Sequence[str] = ("broken", row.text)
        else:
            cells = ("row", *row) if len(row) != len(self.names) else self.told(row)
        text = f"[{','.join(map(encode_basestring, cells))}]"
        return sha256(text.encode(errors="surrogatepass")).hexdigest()[:32]


def _getter(indexes: Iterable[int]) -> Callable[[Sequence[str]], tuple[str, ...]]:
    """A function that takes the cells at *indexes* from a row, as a tuple however few they are."""
    found = tuple(indexes)
    if len(found) > 1:
        return itemgetter(*found)
    return lambda row: tuple(row[index] for index in found)


def _counted(base: str, occurrences: dict[str, int]) -> str:
    """An id of its own for each of several equal rows: the first keeps the hash, later ones add their number."""
    number = occurrences[base] = occurrences.get(base, 0) + 1
    return base if number == 1 else f"{base}-{number}"


@dataclass(slots=True)
class _Audit:
    """Turns the rows of one reading of the file into events. Remembers equal rows, and times and fields it has read."""

    columns: _Columns
    config: Config
    cursor: Cursor
    occurrences: dict[str, int] = field(default_factory=dict)
    times: dict[str, Moment] = field(default_factory=dict)
    fields: dict[tuple[str, ...], Mapping[str, str]] = field(default_factory=dict)

    def identify(self, row: Sequence[str] | Broken) -> str:
        return _counted(self.columns.base_id(row), self.occurrences)

    def judge(self, row: Sequence[str] | Broken, row_id: str, number: int) -> Event | Reject:
        try:
            if isinstance(row, Broken):
                raise BadRecord(Why.MALFORMED, row.why)
            event = self._event(row, row_id)
        except BadRecord as bad:
            detail = f"row {number}: {bad.detail}"
            text = row.text if isinstance(row, Broken) else ",".join(row)
            return Reject(self.cursor.source, row_id, bad.why, detail, body(text))
        return kept_aside(event, self.cursor.now) or event

    def _event(self, row: Sequence[str], row_id: str) -> Event:
        columns, times = self.columns, self.times
        if len(row) != len(columns.names):
            raise BadRecord(Why.MALFORMED, f"has {len(row)} columns where the header has {len(columns.names)}")
        ticket, status, sequence, opened, updated = columns.needed(row)
        if ticket in _NOTHING or not (sequence.isascii() and sequence.isdigit() and len(sequence) < _LONGEST_NUMBER):
            raise BadRecord(Why.MALFORMED, "has no ticket number, or no update number")
        when, second = times.get(updated) or self._time(updated)
        fields = self._fields(columns.fields(row))
        outcome = look_up(_KNOWN_IN, status)
        if outcome is not None:
            fields = {**fields, **self._outcome(row, outcome, second or when)}
        return Event(
            source=self.cursor.source,
            event_id=row_id,
            kind=SubjectKind.TICKET,
            subject=ticket,
            at=when,
            sequence=int(sequence),
            status=None if status in _NOTHING else status,
            opened_at=None if opened in _NOTHING else (times.get(opened) or self._time(opened))[0],
            fields=fields,
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
            return self._time(said)[0] <= when
        except BadRecord:
            return False

    def _time(self, said: str) -> Moment:
        known = self.times.get(said)
        if known is None:
            known = self.times[said] = self._read_time(said)
        return known

    def _read_time(self, said: str) -> Moment:
        found = _DATE.fullmatch(said)
        if found is None:
            return moment(said, self.config.zone, self.cursor.now)
        one, two, year, hour, minute, second = map(int, found.groups("0"))
        day, month = (one, two) if self.config.date_format == "d/m/y" else (two, one)
        try:
            at = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the zone comes in the next line
        except ValueError:
            raise BadRecord(Why.BAD_TIME, f"{said!r} is no date in the form {self.config.date_format}") from None
        return in_utc(at, self.config.zone, self.cursor.now, said)


def _open(path: Path) -> TextIO:
    """The file as text. Bytes that are no UTF-8 come as characters that no text can hold, each in its own row."""
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline=""))
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _header(text: TextIO, where: str) -> list[str]:
    found = header(text)
    missing = [name for name in _NEEDED if name not in found]
    if missing:
        raise SourceError(
            f"{where} has no column {', '.join(missing)}; it is no incident audit log with a header line",
            retryable=False,
        )
    return found


def build(config: Config) -> Collector:
    """A collector for one file."""
    return ServicenowAudit(config)
