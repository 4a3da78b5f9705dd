"""Date the stages of a group's period that come before its deadline, and say when a goal is not kept. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from monitor.clock.group_periods import Span
from monitor.clock.reading import ZERO
from monitor.policy import AT_RISK_STAGE, BREACHED_STAGE, Stage, needed

_FIRST_YEAR, _LAST_YEAR = 1972, 2199  # calendars count within them


def ahead(span: Span, due: datetime) -> list[tuple[str, datetime]]:
    """The stages before the deadline, each with the instant at which so much of the period is over, in order of time.

    A share and what is left are of the calendar's time; where none counts in the period, of all its time.
    """
    if not _FIRST_YEAR <= span.start.year <= due.year <= _LAST_YEAR:
        return []
    calendar, start = span.calendar, span.start
    whole = calendar.counted(start, due)
    found: list[tuple[datetime, str]] = []
    for stage in (*span.target.stages, Stage(AT_RISK_STAGE, span.target.at_risk)):
        at = _at(stage, whole, span, due) if stage.name != BREACHED_STAGE else None
        if at is not None and start < at < due:
            found.append((at, stage.name))
    found.sort(key=lambda one: one[0])
    return [(name, at) for at, name in found]


def _at(stage: Stage, whole: timedelta, span: Span, due: datetime) -> datetime | None:
    if stage.wall is not None:
        return due - stage.wall
    if stage.left is not None:
        return span.calendar.add(span.start, whole - stage.left) if stage.left < whole else None
    assert stage.share is not None
    if whole <= ZERO:
        return span.start + (due - span.start) * stage.share
    return span.calendar.add(span.start, whole * stage.share)


def short_spells(
    steps: Sequence[tuple[datetime, int, int]], share: float
) -> Iterator[tuple[datetime, datetime | None]]:
    """From when to when fewer were good than the share asks for; the last stretch has no end if it still lasts.

    All that happens at one instant has happened before it is judged.
    """
    total = good = 0
    since: datetime | None = None
    for place, (at, counted, of_good) in enumerate(steps):
        total, good = total + counted, good + of_good
        if place + 1 < len(steps) and steps[place + 1][0] == at:
            continue
        short = good < needed(share, total)
        if short and since is None:
            since = at
        elif not short and since is not None:
            yield since, at
            since = None
    if since is not None:
        yield since, None
