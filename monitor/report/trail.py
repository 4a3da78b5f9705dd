"""Write the audit trail as JSON Lines or CSV, one entry a line, and check that a file is as it was written.

Pure. Each line carries the SHA-256 of the line before it, and the last one the number of entries: a line that is
changed, added, left out or moved is found, and so is a file that was cut. Whoever can write a file can also write all
of it anew; against that only a copy of the last line's hash helps, kept where the writer of the file cannot change it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from monitor.errors import ConfigError
from monitor.explain import text
from monitor.report.months import cell
from monitor.text import json_line, one_line, shown_time

COLUMNS = ("at", "local", "kind", "who", "about", "detail", "previous")
"""What each entry has. `previous` is the SHA-256 of the line before it, without its end; empty in the first."""

BEGINS, ENDS = "trail_begins", "trail_ends"


class TrailForm(StrEnum):
    """How the trail is written."""

    JSONL = "jsonl"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One deed: when, of which kind, by whom (empty: the program itself), about what, and what else is known of it.

    `detail` holds plain JSON values.
    """

    at: datetime
    kind: str
    who: str = ""
    about: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrailScope:
    """What an export is of: the installation, the period `[since, until)`, and the zone of its local times."""

    instance: str
    since: datetime | None
    until: datetime
    zone: str


@dataclass(slots=True)
class TrailWriter:
    """Makes the lines of one export. `digest` is the SHA-256 of the last line, once all of them were taken."""

    form: TrailForm
    scope: TrailScope
    entries: int = 0
    digest: str = ""

    def lines(self, entries: Iterable[TrailEntry]) -> Iterator[str]:
        """Every line with its end, one at a time: nothing is held but the line at hand."""
        if self.form is TrailForm.CSV:
            yield self._line(_row(COLUMNS))
        yield self._written(self._edge(BEGINS, self.scope.since or self.scope.until))
        for entry in entries:
            self.entries += 1
            yield self._written(entry)
        yield self._written(self._edge(ENDS, self.scope.until))

    def _edge(self, kind: str, at: datetime) -> TrailEntry:
        since = self.scope.since
        detail: dict[str, Any] = {
            "since": None if since is None else text(since), "until": text(self.scope.until), "zone": self.scope.zone,
        }  # fmt: skip
        if kind == ENDS:
            detail = {"entries": self.entries}
        return TrailEntry(at, kind, "", self.scope.instance, detail)

    def _written(self, entry: TrailEntry) -> str:
        values = {
            "at": _utc(entry.at),
            "local": shown_time(entry.at, self.scope.zone),
            "kind": entry.kind,
            "who": one_line(entry.who),
            "about": one_line(entry.about),
            "detail": {name: value for name, value in entry.detail.items() if value not in (None, "")},
            "previous": self.digest,
        }
        if self.form is TrailForm.CSV:
            return self._line(_row([cell(values[name]) for name in COLUMNS]))
        return self._line(json_line(values))

    def _line(self, line: str) -> str:
        self.digest = _hash(line.encode())
        return f"{line}\n"


def checked_trail(lines: Iterable[bytes], name: str) -> tuple[int, str]:
    """The number of entries of a trail and the hash of its last line, where every line follows from the one before.

    Raises ConfigError that names the first line that does not.
    """
    before, number, last, form = "", 0, None, TrailForm.JSONL
    for number, raw in enumerate(lines, 1):
        line = raw.removesuffix(b"\n")
        if number == 1 and line.decode("utf-8", "replace") == _row(COLUMNS):
            form = TrailForm.CSV
        else:
            said = _read(line, form)
            if said is None:
                raise ConfigError(
                    f"{name}: line {number} is no line of an audit trail; give a file that `trail export` wrote"
                )
            if said["previous"] != before or (last is None and said["kind"] != BEGINS):
                raise ConfigError(
                    f"{name}: line {number} does not follow from the line before it; one of the two was changed, added,"
                    " left out or moved since the export; export the trail again, and compare"
                )
            last = said
        before = _hash(line)
    entries = number - (3 if form is TrailForm.CSV else 2)
    if last is None or last["kind"] != ENDS or _entries(last) != entries:
        raise ConfigError(f"{name}: the end of the trail is not there, so the file was cut; export the trail again")
    return entries, before


def _read(line: bytes, form: TrailForm) -> Mapping[str, Any] | None:
    """The values of a line by column; None where it is no line of a trail."""
    try:
        if form is TrailForm.CSV:
            (cells,) = csv.reader([line.decode()], strict=True)
            said: Any = dict(zip(COLUMNS, cells, strict=True))
        else:
            said = json.loads(line)
    except (ValueError, csv.Error, RecursionError):
        return None
    return said if isinstance(said, dict) and set(said) == set(COLUMNS) else None


def _entries(last: Mapping[str, Any]) -> int | None:
    detail = last["detail"]
    try:
        found = json.loads(detail) if isinstance(detail, str) else detail
        return int(found["entries"])
    except (ValueError, TypeError, KeyError):
        return None


def _row(cells: Iterable[Any]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="").writerow(cells)
    return written.getvalue()


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
