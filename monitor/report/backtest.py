"""Judge a whole log by a policy as if it had always been in force, and count the outcomes by month.

Stores nothing. As in `replay`, a clock that is open at the end is read at the instant of the log's last event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.clock import Counted, NotUnderstood, Rulebook
from monitor.history import Event, History
from monitor.model import SubjectKey, SubjectKind
from monitor.report.replay import Log, Progress
from monitor.report.tally import Group, Month, Row, tallied


@dataclass(frozen=True, slots=True)
class Result:
    """The outcomes of a log by one policy, and the words that neither the mapping nor the policy knows."""

    policy: str
    rows: tuple[Row, ...]
    not_understood: tuple[NotUnderstood, ...] = ()


def backtest(log: Log, rules: Rulebook, source: str, zone: ZoneInfo, name: str, progress: Progress) -> Result:
    """Read every clock of *log* and count it; *name* is the policy's name in the result."""
    if log.last_at is None:
        return Result(name, ())

    def subjects() -> Iterator[tuple[SubjectKey, Sequence[Event]]]:
        for number, (subject, events) in enumerate(log.subjects.items(), 1):
            yield SubjectKey(source, subject), events
            progress(f"judging by {name}", number, len(log.subjects))

    words = Counted()

    def read(key: SubjectKey, kind: SubjectKind, history: History) -> None:
        words.add(key.subject, kind, history.doubts)

    rows = tallied(subjects(), rules, zone, log.last_at, read).rows()
    return Result(name, rows, words.words)


def side_by_side(results: Sequence[Result]) -> Iterator[tuple[Month, Group, tuple[Row | None, ...]]]:
    """Each month and group that any policy has, with the row of each policy or None; by month, then by group."""
    every = [{(row.month, row.group): row for row in result.rows} for result in results]
    for key in sorted({key for rows in every for key in rows}):
        yield *key, tuple(rows.get(key) for rows in every)


def unknown_statuses(results: Sequence[Result]) -> dict[str, int]:
    """The statuses that the mapping does not know, with their number. They neither pause nor stop a clock."""
    return {one.word: one.times for result in results[:1] for one in result.not_understood if one.what == "status"}
