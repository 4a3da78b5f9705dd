"""Read ticket and circuit events from a JSON Lines file that grows.

Each line is one event as a JSON object with `event_id`, `kind` (ticket or circuit), `subject` and `at`, and
optionally `sequence`, `status`, `reason`, `feedback`, `opened_at` and `fields`. Use it for demos, for replays
and for sources that can only drop files. Needs no network.

Traps. Every event belongs to the source under whose name the file is configured, whatever `source` a line has: do not
mix sources in one file. A last line that is not whole yet is left for the next poll. A file that was cut or replaced is
read from its beginning, which is harmless; but lines written just before a rotation and not read yet are lost with the
old file, so rotate by starting a new file and a new source, or keep the old one until it has been read. A name ending
in `.gz` is read as gzip, from the beginning each time it changes.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from monitor.collectors._records import BadRecord, Why, ZoneOption, body, kept_aside, moment
from monitor.errors import SourceError
from monitor.history import (
    ATTRIBUTES,
    INSTANTS,
    AttributeRule,
    Batch,
    Collector,
    Cursor,
    Event,
    Reject,
    SourceMapping,
    StatusRule,
    event_from_json,
)
from monitor.model import CircuitState, Phase

_BATCH = 1000
_LONGEST_LINE = 1024 * 1024
_TAIL = 256

MAPPING = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    attributes={name: AttributeRule(name) for name in ATTRIBUTES},
    circuit_states={state.value: state for state in CircuitState},
    instants={name: name for name in INSTANTS},
    same_names=True,
)
"""Our own words. A file with a source's words needs the mapping of that source; pause reasons are always its own."""


@dataclass(frozen=True, slots=True)
class Config:
    """`zone` is the zone of times that have none; without it such a line is set aside."""

    path: Path
    """The file."""
    zone: ZoneOption | None = None
    """The zone of times that have none; without it a line with such a time is set aside."""


@dataclass(frozen=True, slots=True)
class JsonlFile:
    """Continues after the bytes that it has read; it keeps the line number for naming bad lines."""

    config: Config

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        try:
            yield from self._read(cursor)
        except (OSError, EOFError, zlib.error) as error:
            why = getattr(error, "strerror", None) or "it is cut, or no gzip file"
            raise SourceError(
                f"collector jsonl_file/{cursor.source}: {self.config.path} cannot be read ({why});"
                " check path and permissions; it will be read again"
            ) from error

    def again(self, record_id: str, body: str, cursor: Cursor) -> Batch | None:
        number = record_id.removeprefix("line ")
        if not number.isdecimal():
            return None
        try:
            judged = self._judge(body.encode("utf-8", "replace"), int(number), cursor)
        except (BadRecord, RecursionError) as bad:
            why = bad if isinstance(bad, BadRecord) else BadRecord(Why.MALFORMED, "is nested too deeply")
            judged = _reject(why, body, int(number), cursor.source)
        events = (judged,) if isinstance(judged, Event) else ()
        return Batch(events, (judged,) if isinstance(judged, Reject) else (), cursor.position)

    def _read(self, cursor: Cursor) -> Iterator[Batch]:
        with self.config.path.open("rb") as raw:
            stat, zone = os.fstat(raw.fileno()), str(self.config.zone)
            file = {"inode": stat.st_ino, "zone": zone}
            if self._packed:
                file.update(size=stat.st_size, mtime=stat.st_mtime_ns)
                if cursor.position.get("file") == file:
                    return
            start, before = _start(raw, cursor.position, file)
            raw.seek(start)
            offset, number = start, before
            events: list[Event] = []
            rejects: list[Reject] = []
            for offset, number, judged in self._judged(raw, start, before, cursor):
                if isinstance(judged, Event):
                    events.append(judged)
                elif judged is not None:
                    rejects.append(judged)
                if len(events) + len(rejects) >= _BATCH:
                    here = {} if self._packed else _position(raw, offset, number, file)
                    yield Batch(events, rejects, here)
                    events, rejects = [], []
            yield Batch(events, rejects, {"file": file} if self._packed else _position(raw, offset, number, file))

    @property
    def _packed(self) -> bool:
        return self.config.path.suffix == ".gz"

    def _judged(
        self, raw: BinaryIO, offset: int, number: int, cursor: Cursor
    ) -> Iterator[tuple[int, int, Event | Reject | None]]:
        """What each line is, with the place behind it. Stops before a last line that is still being written."""
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if self._packed else raw
        for line, length, ended in _lines(stream):
            number += 1
            offset += length
            try:
                judged = self._judge(line, number, cursor)
            except (BadRecord, RecursionError) as bad:
                if not ended and not self._packed:
                    return
                why = bad if isinstance(bad, BadRecord) else BadRecord(Why.MALFORMED, "is nested too deeply")
                judged = _reject(why, line, number, cursor.source)
            yield offset, number, judged

    def _judge(self, line: bytes, number: int, cursor: Cursor) -> Event | Reject | None:
        """The event that a line describes, or why it is none; None for a blank line."""
        if not line.strip():
            return None
        said = _json(line)
        try:
            event = event_from_json(self._as_read(said, number, cursor), source=cursor.source)
        except BadRecord as bad:
            return _reject(bad, said, number, cursor.source)
        except ValueError as bad:
            return _reject(BadRecord(Why.MALFORMED, str(bad)), said, number, cursor.source)
        return kept_aside(event, cursor.now) or event

    def _as_read(self, said: Any, number: int, cursor: Cursor) -> Any:
        """What a line says, with its times read and its number as the place of the event."""
        if not isinstance(said, dict):
            return said
        found: dict[str, Any] = {**said, "tie": number}
        for name in ("or_at", "opened_at", "at"):
            if said.get(name) is not None:
                found[name], second = moment(said[name], self.config.zone, cursor.now)
                if name == "at" and second is not None:
                    found["or_at"] = second
        return found


def _json(line: bytes) -> Any:
    """The object of a line. Raises BadRecord for one that is not JSON, or not yet."""
    if len(line) > _LONGEST_LINE:
        raise BadRecord(Why.MALFORMED, f"is longer than {_LONGEST_LINE} bytes")
    try:
        return json.loads(line.removeprefix(BOM_UTF8).decode())
    except (ValueError, RecursionError):
        raise BadRecord(Why.MALFORMED, "is not JSON in UTF-8") from None


def _reject(bad: BadRecord, said: Any, number: int, source: str) -> Reject:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return Reject(source, f"line {number}", bad.why, f"line {number}: {bad.detail}", body(text))


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, int, bool]]:
    """Each line, its length in the file, and whether it has its end; of one that is too long only the beginning."""
    while line := stream.readline(_LONGEST_LINE + 1):
        length, last = len(line), line
        while len(last) > _LONGEST_LINE and not last.endswith(b"\n"):
            last = stream.readline(_LONGEST_LINE + 1)
            length += len(last)
        yield line, length, last.endswith(b"\n")


def _start(raw: BinaryIO, position: Mapping[str, Any], file: Mapping[str, Any]) -> tuple[int, int]:
    """Offset and line number from which to go on: zero unless the file is the one read before, only longer."""
    offset = position.get("offset", 0)
    if position.get("file") != file or _tail(raw, offset) != position.get("tail"):
        return 0, 0
    return offset, position["lines"]


def _position(raw: BinaryIO, offset: int, lines: int, file: Mapping[str, Any]) -> dict[str, Any]:
    return {"file": dict(file), "offset": offset, "lines": lines, "tail": _tail(raw, offset)}


def _tail(raw: BinaryIO, offset: int) -> str:
    """A digest of the bytes just before *offset*: a file that was rewritten in place has others there."""
    here = raw.tell()
    start = max(0, offset - _TAIL)
    raw.seek(start)
    said = raw.read(offset - start)
    raw.seek(here)
    return hashlib.sha256(said).hexdigest()[:16]


def build(config: Config) -> Collector:
    """A collector for one file."""
    return JsonlFile(config)
