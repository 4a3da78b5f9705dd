"""Read the measurements of circuits from a file for `availability`: samples of probers, or stated states.

A file is CSV with a head, by `,` or `;`, or JSON lines; both may be packed (`.gz`). A row that cannot be read is left
out and counted by its reason; it is never read as up or down.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

import numpy as np

from monitor.availability import Samples, Statement, Ticket, Window, micros
from monitor.errors import ConfigError
from monitor.model import CircuitState
from monitor.text import did_you_mean

COLUMNS = ("circuit", "direction", "assurance", "at", "sent", "lost", "delay_ms", "blind", "down", "state")
"""What a row may say, by our names."""

WORDS = {
    **{state.value: state for state in CircuitState},
    "up": CircuitState.AVAILABLE,
    "down": CircuitState.UNAVAILABLE,
}
"""The words for states that are understood without being told."""

_YES, _NO = frozenset({"1", "true", "yes"}), frozenset({"", "0", "false", "no"})
_MOST = 1 << 53


class LeftOut(StrEnum):
    """Why a row says nothing."""

    NO_TIME = "no_time"
    TIME_WITHOUT_ZONE = "time_without_zone"
    NO_NUMBER = "no_number"
    UNKNOWN_WORD = "unknown_word"
    MALFORMED = "malformed"


class _Bad(Exception):
    def __init__(self, why: LeftOut) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class HowToRead:
    """What the columns of a file are called, and what its times and values mean."""

    columns: Mapping[str, str] = field(default_factory=dict)
    zone: str | None = None
    time_format: str | None = None
    unmeasured: frozenset[float] = frozenset()
    """Delays that say that the prober could not measure."""


@dataclass(slots=True)
class Direction:
    """The samples of one direction, as they came."""

    rows: list[tuple[int, int, int, float, bool, bool]] = field(default_factory=list)

    def samples(self) -> Samples:
        at, sent, lost, delay, blind, down = zip(*self.rows, strict=True) if self.rows else ((),) * 6
        return Samples(
            np.array(at, np.int64), np.array(sent, np.int64), np.array(lost, np.int64), np.array(delay, np.float64),
            np.array(blind, np.bool_), np.array(down, np.bool_),
        )  # fmt: skip


@dataclass(slots=True)
class Measured:
    """What a file says of one circuit."""

    assurance: str = ""
    directions: dict[str, Direction] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)


def measured(paths: Sequence[Path], how: HowToRead) -> tuple[dict[str, Measured], Counter[LeftOut]]:
    """What files say of each circuit, and why rows were left out. Raises ConfigError where nothing could be read."""
    found: dict[str, Measured] = {}
    left_out: Counter[LeftOut] = Counter()
    for path in paths:
        times = _Times(how)
        for row in _rows(path, how.columns):
            try:
                if row is None:
                    raise _Bad(LeftOut.MALFORMED)
                _take(row, found, _text(row, "circuit") or path.name.partition(".")[0], times, how)
            except _Bad as bad:
                left_out[bad.why] += 1
    if not found:
        why = ", ".join(f"{count} {reason}" for reason, count in left_out.items()) or "they are empty"
        hint = "; give --zone, the zone of its times" if LeftOut.TIME_WITHOUT_ZONE in left_out else ""
        raise ConfigError(f"{', '.join(map(str, paths))}: no measurement could be read ({why}){hint}")
    return found, left_out


def windows(path: Path | None, how: HowToRead) -> dict[str, list[Window]]:
    """Excusable planned work by circuit: rows of circuit, start and end. Raises ConfigError for one that is not."""
    found: dict[str, list[Window]] = {}
    for number, row in _numbered(path):
        start, end = (_needed(path, number, row, name, how) for name in ("start", "end"))
        if end <= start:
            raise ConfigError(f"{path}: row {number} ends before it begins; exchange start and end, or take it out")
        found.setdefault(_text(row, "circuit"), []).append((start, end))
    return found


def tickets(path: Path | None, how: HowToRead) -> dict[str, list[Ticket]]:
    """Tickets by circuit: rows of circuit, opened, accepted, restored and cause. Raises ConfigError."""
    found: dict[str, list[Ticket]] = {}
    for number, row in _numbered(path):
        opened = _needed(path, number, row, "opened", how)
        accepted, restored = (
            _needed(path, number, row, name, how) if _text(row, name) else None for name in ("accepted", "restored")
        )
        found.setdefault(_text(row, "circuit"), []).append(Ticket(opened, accepted, restored, _text(row, "cause")))
    return found


def _take(row: Mapping[str, Any], found: dict[str, Measured], circuit: str, times: _Times, how: HowToRead) -> None:
    at = times.instant(_text(row, "at"))
    word, blind = _text(row, "state").lower(), _flag(row, "blind")
    if word and word not in WORDS:
        raise _Bad(LeftOut.UNKNOWN_WORD)
    sample = None if word else _sample(row, micros(at), blind, how)
    of = found.setdefault(circuit, Measured())
    of.assurance = _text(row, "assurance") or of.assurance
    if sample is None:
        of.statements.append(Statement(at, CircuitState.UNKNOWN if blind else WORDS[word]))
    else:
        of.directions.setdefault(_text(row, "direction"), Direction()).rows.append(sample)


def _sample(row: Mapping[str, Any], at: int, blind: bool, how: HowToRead) -> tuple[int, int, int, float, bool, bool]:
    sent, lost, delay = (_number(row, name) for name in ("sent", "lost", "delay_ms"))
    if delay in how.unmeasured:
        blind = True
    if lost is None:  # then the delay says it, and without one nothing does
        sent, lost = (0.0 if delay is None else sent), 0.0
    return at, _whole(1.0 if sent is None else sent), _whole(lost), (
        math.nan if delay is None else delay / 1000
    ), blind, _flag(row, "down")  # fmt: skip


def _whole(number: float) -> int:
    if not number.is_integer() or abs(number) > _MOST:
        raise _Bad(LeftOut.NO_NUMBER)
    return int(number)


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _flag(row: Mapping[str, Any], name: str) -> bool:
    word = _text(row, name).lower()
    if word not in _YES | _NO:
        raise _Bad(LeftOut.UNKNOWN_WORD)
    return word in _YES


def _number(row: Mapping[str, Any], name: str) -> float | None:
    """The number of a column; None where it has none, or one that is not finite."""
    text = _text(row, name)
    try:
        number = float(text) if text else math.nan
    except ValueError:
        raise _Bad(LeftOut.NO_NUMBER) from None
    return number if math.isfinite(number) else None


@dataclass(slots=True)
class _Times:
    """Reads the times of a file. Where a local time occurs twice, the order of the rows says which is meant."""

    how: HowToRead
    before: datetime | None = None

    def instant(self, text: str) -> datetime:
        self.before = _instant(text, self.how, self.before)
        return self.before


def _instant(text: str, how: HowToRead, before: datetime | None = None) -> datetime:
    try:
        form = how.time_format
        at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 (the zone follows)
        if at.tzinfo is None:
            if how.zone is None:
                raise _Bad(LeftOut.TIME_WITHOUT_ZONE)
            first = at.replace(tzinfo=ZoneInfo(how.zone)).astimezone(UTC)
            second = at.replace(tzinfo=ZoneInfo(how.zone), fold=1).astimezone(UTC)
            return second if before is not None and first < before <= second else first
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Bad(LeftOut.NO_TIME) from None


def _needed(path: Path | None, number: int, row: Mapping[str, Any], name: str, how: HowToRead) -> datetime:
    try:
        return _instant(_text(row, name), HowToRead(zone=how.zone))
    except _Bad as bad:
        hint = "; give --zone" if bad.why is LeftOut.TIME_WITHOUT_ZONE else "; write 2026-11-21T12:00:00+08:00"
        said = _text(row, name)
        raise ConfigError(f"{path}: row {number}: {name} {said!r} cannot be read ({bad.why}){hint}") from bad


def _numbered(path: Path | None) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, row in enumerate(() if path is None else _rows(path, {}), 1):
        if row is None:
            raise ConfigError(f"{path}: row {number} is no JSON object; take it out")
        yield number, row


def _rows(path: Path, columns: Mapping[str, str]) -> Iterator[Mapping[str, Any] | None]:
    """The rows of a file by our names; None for one that cannot be read. Raises ConfigError."""
    try:
        with _opened(path) as file:
            if ".jsonl" in path.suffixes:
                yield from (_renamed(_object(line), columns) for line in file if line.strip())
            else:
                yield from _of_table(path, file, columns)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        why = getattr(error, "strerror", None) or "it is cut, or no such file"
        raise ConfigError(f"{path}: cannot be read ({why}); give a file of CSV or JSON lines") from error


def _of_table(path: Path, file: IO[str], columns: Mapping[str, str]) -> Iterator[Mapping[str, Any] | None]:
    head = file.readline()
    delimiter = ";" if head.count(";") > head.count(",") else ","
    names = next(csv.reader([head], delimiter=delimiter), [])
    for ours, theirs in columns.items():
        if theirs not in names:
            raise ConfigError(f"{path}: has no column {theirs!r} for {ours}{did_you_mean(theirs, names)}")
    for row in csv.DictReader(file, names, delimiter=delimiter):
        yield _renamed(row, columns)


def _object(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _renamed(row: Any, columns: Mapping[str, str]) -> Mapping[str, Any] | None:
    if not isinstance(row, dict):
        return None
    return {**row, **{ours: row.get(theirs) for ours, theirs in columns.items()}} if columns else row


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return io.TextIOWrapper(gzip.open(path), "utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
