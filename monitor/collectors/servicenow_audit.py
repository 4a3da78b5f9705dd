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
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Literal, TextIO, cast

from monitor.collectors._audit_rows import BATCH, NEEDED, Audit, AuditRecords, Columns, counted
from monitor.collectors._csv_rows import Raw, header, raw_rows, rows
from monitor.collectors._records import ZoneOption
from monitor.errors import SourceError
from monitor.history import AttributeRule, Batch, Collector, Cursor, Event, Records, Reject, SourceMapping, StatusRule
from monitor.model import Phase, SubjectKind

SUBJECTS = frozenset({SubjectKind.TICKET})
"""The kinds of subjects that such a source names; of others it has no counters."""

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
        where = self._where(cursor)
        with _readable(where):
            yield from self._read(cursor, where)

    def records(self, cursor: Cursor, seen: Callable[[int], None]) -> Records:
        where = self._where(cursor)
        with _readable(where), _open(self.config.path) as text:
            columns = Columns(_header(text, where))
            found = raw_rows(text, len(columns.names))
            return AuditRecords(columns, self.config, cursor, _told(found, seen))

    def again(self, record_id: str, body: str, cursor: Cursor) -> Batch | None:
        where = self._where(cursor)
        with _readable(where), _open(self.config.path) as text:
            audit = Audit(Columns(_header(text, where)), self.config, cursor)
        found = list(rows(StringIO(body, newline=""), len(audit.columns.names)))
        base, _, _ = record_id.partition("-")
        if len(found) != 1 or audit.columns.base_id(found[0]) != base:
            return None  # its cells cannot be told apart in the text that was kept
        judged = audit.judge(found[0], record_id, 0)
        events = (judged,) if isinstance(judged, Event) else ()
        return Batch(events, (judged,) if isinstance(judged, Reject) else (), cursor.position)

    def _where(self, cursor: Cursor) -> str:
        return f"collector servicenow_audit/{cursor.source}: {self.config.path}"

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
            audit = Audit(Columns(_header(text, where)), self.config, cursor)
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
                if len(events) + len(rejects) >= BATCH:
                    yield Batch(events, rejects, {"rows": count, "digest": digest.hexdigest(), **read_as})
                    events, rejects = [], []
            if count < skip:
                raise _Replaced
            yield Batch(events, rejects, {"rows": count, "digest": digest.hexdigest(), **read_as, "file": file})

    def _unchanged(self, skip: int, expected: str | None, where: str) -> bool:
        """Whether the first *skip* rows are those that were read before."""
        with _open(self.config.path) as text:
            columns = Columns(_header(text, where))
            digest, seen = sha256(), 0
            occurrences: dict[str, int] = {}
            for seen, row in enumerate(rows(text, len(columns.names)), start=1):
                digest.update(counted(columns.base_id(row), occurrences).encode())
                if seen == skip:
                    break
        return seen == skip and digest.hexdigest() == expected


class _Replaced(Exception):
    """The file is another one than it was a moment ago."""


@contextmanager
def _readable(where: str) -> Iterator[None]:
    """Make the failures of a file a SourceError."""
    try:
        yield
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        why = getattr(error, "strerror", None) or "it is cut, or no gzip file"
        raise SourceError(f"{where} cannot be read ({why}); check it; it will be read again") from error


def _told(found: Iterable[Raw], seen: Callable[[int], None]) -> Iterator[Raw]:
    """The rows; *seen* is told after each batch how many there were."""
    count = 0
    for count, row in enumerate(found, start=1):
        yield row
        if count % BATCH == 0:
            seen(count)
    seen(count)


def _open(path: Path) -> TextIO:
    """The file as text. Bytes that are no UTF-8 come as characters that no text can hold, each in its own row."""
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline=""))
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def _header(text: TextIO, where: str) -> list[str]:
    found = header(text)
    missing = [name for name in NEEDED if name not in found]
    if missing:
        raise SourceError(
            f"{where} has no column {', '.join(missing)}; it is no incident audit log with a header line",
            retryable=False,
        )
    return found


def build(config: Config) -> Collector:
    """A collector for one file."""
    return ServicenowAudit(config)
