"""Put what many subjects add together, and judge every group of it at once: for reports and for reading a whole log.

Pure. The running program keeps what subjects add in the store instead, and looks at one group at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from monitor.clock.contributions import Contribution
from monitor.clock.engine import Rulebook
from monitor.clock.group_clock import group_outcome, standing_groups
from monitor.clock.group_lives import LIVES_OF_GROUPS, gone
from monitor.clock.reading import Reading
from monitor.history import Entry, GroupRecord
from monitor.model import SubjectKey
from monitor.policy import GROUPS

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class AllGroups:
    """Everything that subjects add, by group. Without `recorded_from`, what they say first is the beginning."""

    rules: Rulebook
    recorded_from: datetime | None = None
    _entries: dict[SubjectKey, list[Entry]] = field(default_factory=dict)
    _values: dict[SubjectKey, tuple[datetime, str]] = field(default_factory=dict)
    _seen: dict[SubjectKey, datetime] = field(default_factory=dict)
    _lives: dict[SubjectKey, list[tuple[datetime, str, str, str]]] = field(default_factory=dict)
    _first: datetime = _LATEST

    def add(self, key: SubjectKey, began: datetime, given: Iterable[Contribution]) -> None:
        """Add what one subject adds; *began* is the first instant of which it speaks."""
        self._first = min(self._first, began)
        for one in given:
            if one.what in LIVES_OF_GROUPS:
                self._lives.setdefault(one.group, []).append((one.at, key.source, key.subject, one.what))
                continue
            entries = self._entries.setdefault(one.group, [])
            if one.what:
                entries.append(Entry(one.at, key.source, key.subject, one.what, one.because, one.good_at))
            self._values[one.group] = max(self._values.get(one.group, (one.at, one.value)), (one.at, one.value))
            self._seen[one.group] = min(self._seen.get(one.group, one.at), one.at)

    def records(self) -> Iterator[GroupRecord]:
        """Every group, with all that was added."""
        if self._first is _LATEST and self.recorded_from is None:
            return
        standing = {SubjectKey(GROUPS, name): value for name, value in standing_groups(self.rules).items()}
        for key in sorted({*self._entries, *standing}):
            value = self._values[key][1] if key in self._values else standing[key]
            entries = sorted(self._entries.get(key, ()), key=lambda one: one[:3])
            spells = gone(self._lives.get(key, ()))
            begins = self.recorded_from or self._first
            yield GroupRecord(key, value, entries, self._seen.get(key), begins, gone=spells)

    def readings(self, now: datetime) -> Iterator[tuple[SubjectKey, Reading]]:
        """Every reading of every group as of *now*."""
        for record in self.records():
            for reading, _ in group_outcome(record, self.rules, now)[1]:
                yield record.key, reading
