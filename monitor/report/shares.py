"""The subjects of a log in shares that can be judged apart: of one that was read, or of one that each share reads.

Where records are read in shares, what depends on several of them is found out here as if all had been read in turn: the
instant of the last event, the order of subjects, and how often which reason set a record aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Protocol

from monitor.history import Apart, Collector, Cursor, Event, Part, Records, sound
from monitor.report.replay import READING, Log, Progress, gathered, read_log


@dataclass(frozen=True, slots=True)
class Share:
    """Some subjects with their events. `first` says of each where its first event stands among those of all.

    `aside` are the places of records that were set aside or repaired.
    """

    subjects: Mapping[str, Sequence[Event]]
    first: Mapping[str, int]
    aside: Sequence[int] = ()


class Shares(Protocol):
    """A log with at least one event. `sizes` has the number of records of each subject."""

    @property
    def until(self) -> datetime:
        """The instant of the last event."""
        ...

    @property
    def sizes(self) -> Sequence[int]: ...

    @property
    def duplicates(self) -> int: ...

    def share(self, places: range) -> Share:
        """The subjects at *places* of `sizes`. Needs nothing but this object, which other processes may have."""
        ...

    def rejected(self, aside: Iterable[int]) -> Mapping[str, int]:
        """How many records were set aside for which reason; *aside* has what every share gave."""
        ...


def shares_of(collector: Collector, source: str, now: datetime, progress: Progress) -> Shares | Log:
    """The log in shares, or as read where nothing of it could be. Raises SourceError when it cannot be read."""
    if isinstance(collector, Apart):
        records = collector.records(Cursor(source, now), lambda count: progress(READING, count, None))
        until = None if records is None else _last_at(records, source)
        if records is not None and until is not None:
            return Unread(records, source, until)
    log = read_log(collector, source, now, progress)
    return Whole(log, log.last_at) if log.last_at is not None else log


def _last_at(records: Records, source: str) -> datetime | None:
    for place in records.latest():
        last = _log(records.parts((place,)), source).last_at
        if last is not None:
            return last
    return None


@dataclass(frozen=True, slots=True)
class Whole:
    """A log that was read."""

    log: Log
    until: datetime
    _subjects: list[tuple[str, list[Event]]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_subjects", list(self.log.subjects.items()))

    @property
    def sizes(self) -> Sequence[int]:
        return [len(events) for _, events in self._subjects]

    @property
    def duplicates(self) -> int:
        return self.log.duplicates

    def share(self, places: range) -> Share:
        subjects = self._subjects[places.start : places.stop]
        return Share(dict(subjects), {subject: place for place, (subject, _) in zip(places, subjects, strict=True)})

    def rejected(self, aside: Iterable[int]) -> Mapping[str, int]:
        return dict(self.log.rejected)


@dataclass(frozen=True, slots=True)
class Unread:
    """A log whose records are read with the share to which they belong; no two of them are one event."""

    records: Records
    source: str
    until: datetime
    _subjects: list[tuple[str, Sequence[int]]] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_subjects", list(self.records.subjects.items()))

    @property
    def sizes(self) -> Sequence[int]:
        return [len(places) for places in self.records.subjects.values()]

    @property
    def duplicates(self) -> int:
        return 0

    def share(self, places: range) -> Share:
        mine = dict(self._subjects[places.start : places.stop])
        parts, aside = list[Part](), list[int]()
        for part in self.records.parts(sorted(chain.from_iterable(mine.values()))):
            parts.append(part)
            aside += part.aside
        log, lost = _log(parts, self.source), set(aside)
        if log.rejected.total() != len(aside):  # some were set aside or repaired behind the collector
            alone = {place: _log(self.records.parts((place,)), self.source) for part in parts for place in part.places}
            aside = [place for place, its in alone.items() if its.rejected]
            lost = {place for place, its in alone.items() if not its.events}
        first = {subject: next(place for place in mine[subject] if place not in lost) for subject in log.subjects}
        return Share(log.subjects, first, aside)

    def rejected(self, aside: Iterable[int]) -> Mapping[str, int]:
        return dict(_log(self.records.parts(sorted(aside)), self.source).rejected)


def _log(parts: Iterable[Part], source: str) -> Log:
    return gathered(sound(source, part.batch) for part in parts)
