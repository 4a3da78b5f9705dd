"""Judge a whole log by a policy as if it had always been in force, and count the outcomes by month.

Stores nothing. As in `replay`, a clock that is open at the end is read at the instant of the log's last event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.clock import NotUnderstood, Rulebook
from monitor.model import SubjectKey
from monitor.report.chunks import Spread, in_turn, stretches
from monitor.report.replay import Progress
from monitor.report.shares import Shares
from monitor.report.tally import Group, Month, Row
from monitor.report.tallying import Adding, Sums, sums_of


@dataclass(frozen=True, slots=True)
class Result:
    """The outcomes of a log by one policy, and the words that neither the mapping nor the policy knows."""

    policy: str
    rows: tuple[Row, ...]
    not_understood: tuple[NotUnderstood, ...] = ()


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a log has, and its outcomes by each policy."""

    subjects: int
    events: int
    duplicates: int
    rejected: Mapping[str, int]
    until: datetime
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One share: how much it has, what was set aside, and the sums by each policy."""

    subjects: int
    events: int
    aside: Sequence[int]
    sums: Sequence[Sums]


def backtest(
    log: Shares,
    books: Mapping[str, Rulebook],
    source: str,
    zone: ZoneInfo,
    progress: Progress,
    spread: Spread = in_turn,
) -> Backtest:
    """Read every clock of *log* by the rules of each policy, which are given by its name in the result."""
    sizes = log.sizes

    def work(places: range) -> _Judged:
        share = log.share(places)
        subjects = [(SubjectKey(source, subject), events) for subject, events in share.subjects.items()]
        sums = [sums_of(subjects, rules, zone, log.until, share.first) for rules in books.values()]
        return _Judged(len(subjects), sum(len(events) for _, events in subjects), share.aside, sums)

    chunks = list(stretches(sizes))
    wholes, aside = [Adding(rules, zone) for rules in books.values()], list[int]()
    subjects = events = 0
    for chunk, judged in zip(chunks, spread(work, chunks), strict=True):
        for whole, sums in zip(wholes, judged.sums, strict=True):
            whole.add(sums)
        subjects, events = subjects + judged.subjects, events + judged.events
        aside += judged.aside
        progress("judging", chunk.stop, len(sizes))
    ended = [whole.ended(log.until) for whole in wholes]
    results = [Result(name, sums.tally.rows(), sums.words.words) for name, sums in zip(books, ended, strict=True)]
    return Backtest(subjects, events, log.duplicates, log.rejected(aside), log.until, results)


def side_by_side(results: Sequence[Result]) -> Iterator[tuple[Month, Group, tuple[Row | None, ...]]]:
    """Each month and group that any policy has, with the row of each policy or None; by month, then by group."""
    every = [{(row.month, row.group): row for row in result.rows} for result in results]
    for key in sorted({key for rows in every for key in rows}):
        yield *key, tuple(rows.get(key) for rows in every)


def unknown_statuses(results: Sequence[Result]) -> dict[str, int]:
    """The statuses that the mapping does not know, with their number. They neither pause nor stop a clock."""
    return {one.word: one.times for result in results[:1] for one in result.not_understood if one.what == "status"}
