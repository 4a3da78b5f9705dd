"""Judge a whole log by a policy as if it had always been in force, and add the clocks up month by month.

Thinks with the core, stores nothing. As in `replay`, what is open at the end is read at the log's last event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.engine import Rulebook
from monitor.events import Event
from monitor.mapping import SourceMapping
from monitor.model import SubjectKey, SubjectKind
from monitor.replay import Log, Progress
from monitor.tally import Group, Month, Row, tallied


@dataclass(frozen=True, slots=True)
class Result:
    """What one policy makes of a log."""

    policy: str
    rows: tuple[Row, ...]


def backtest(log: Log, rules: Rulebook, source: str, zone: ZoneInfo, name: str, progress: Progress) -> Result:
    """Read every clock of *log* and add it up; *name* is how the policy is called in the result."""
    if log.last_at is None:
        return Result(name, ())

    def subjects() -> Iterator[tuple[SubjectKey, Sequence[Event]]]:
        for number, (subject, events) in enumerate(log.subjects.items(), 1):
            yield SubjectKey(source, subject), events
            progress(f"judging by {name}", number, len(log.subjects))

    return Result(name, tallied(subjects(), rules, zone, log.last_at).rows())


def side_by_side(results: Sequence[Result]) -> Iterator[tuple[Month, Group, tuple[Row | None, ...]]]:
    """Every row that any policy has, with each policy's own, None where it has none; by month, then by group."""
    every = [{(row.month, row.group): row for row in result.rows} for result in results]
    for key in sorted({key for rows in every for key in rows}):
        yield *key, tuple(rows.get(key) for rows in every)


def unknown_statuses(log: Log, mapping: SourceMapping) -> Counter[str]:
    """The tickets' statuses that the mapping does not know, with how often they came: they neither pause nor stop."""
    return Counter(
        event.status
        for events in log.subjects.values()
        for event in events
        if event.status is not None and event.status not in mapping.statuses and event.kind is not SubjectKind.CIRCUIT
    )
