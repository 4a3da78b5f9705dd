"""Judge a whole log by a policy as if it had always been in force, and count the outcomes by month.

Stores nothing. As in `replay`, a clock that is open at the end is read at the instant of the log's last event.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from monitor.clock import NotUnderstood, Rulebook
from monitor.model import SubjectKey
from monitor.report.chunks import Spread, in_turn, stretches
from monitor.report.replay import Log, Progress
from monitor.report.tally import Group, Month, Row
from monitor.report.tallying import Sums, put_together, sums_of


@dataclass(frozen=True, slots=True)
class Result:
    """The outcomes of a log by one policy, and the words that neither the mapping nor the policy knows."""

    policy: str
    rows: tuple[Row, ...]
    not_understood: tuple[NotUnderstood, ...] = ()


def backtest(
    log: Log, rules: Rulebook, source: str, zone: ZoneInfo, name: str, progress: Progress, spread: Spread = in_turn
) -> Result:
    """Read every clock of *log* and count it; *name* is the policy's name in the result."""
    until = log.last_at
    if until is None:
        return Result(name, ())
    subjects = [(SubjectKey(source, subject), events) for subject, events in log.subjects.items()]

    def work(places: range) -> Sums:
        return sums_of(subjects[places.start : places.stop], rules, zone, until)

    def seen(given: Iterator[Sums]) -> Iterator[Sums]:
        done = 0
        for sums in given:
            yield sums
            done += sums.subjects
            progress(f"judging by {name}", done, len(subjects))

    chunks = stretches(len(events) for _, events in subjects)
    whole = put_together(seen(spread(work, chunks)), rules, zone, until)
    return Result(name, whole.tally.rows(), whole.words.words)


def side_by_side(results: Sequence[Result]) -> Iterator[tuple[Month, Group, tuple[Row | None, ...]]]:
    """Each month and group that any policy has, with the row of each policy or None; by month, then by group."""
    every = [{(row.month, row.group): row for row in result.rows} for result in results]
    for key in sorted({key for rows in every for key in rows}):
        yield *key, tuple(rows.get(key) for rows in every)


def unknown_statuses(results: Sequence[Result]) -> dict[str, int]:
    """The statuses that the mapping does not know, with their number. They neither pause nor stop a clock."""
    return {one.word: one.times for result in results[:1] for one in result.not_understood if one.what == "status"}
