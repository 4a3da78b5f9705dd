"""Make the picture of one clock from its explanation: what it did when, with the stages and pages on it.

Pure. The bands cover exactly the explanation's intervals, from the first one's start to the last one's end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple
from zoneinfo import ZoneInfo

from exporters.web import bands
from exporters.web.bands import Band, Segment, Tick
from monitor.explain import (
    AlertRecord,
    ClockExplanation,
    Explanation,
    IntervalExplanation,
    IntervalKind,
    LaidOut,
    sentences,
)
from monitor.messages import COMMA, Argument, Message, joined, message

MOST_MARKS = 24
"""Stages and pages on one picture; the others are counted, and stand in the tables below it."""


class Drawn(StrEnum):
    """What a band shows."""

    RUNNING = "running"
    WORKDAYS = "workdays"
    OFF_HOURS = "off_hours"
    PAUSED = "paused"
    LATE = "late"
    EXCLUDED = "excluded"
    IDLE = "idle"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


WEIGHT: Mapping[str, int] = {
    Drawn.LATE: 4,
    Drawn.PAUSED: 3,
    Drawn.EXCLUDED: 3,
    Drawn.RUNNING: 2,
    Drawn.WORKDAYS: 1,
}
"""What is shown where several share one place of the picture."""


class MarkKind(StrEnum):
    """What a mark stands for."""

    STAGE = "stage"
    BREACH = "breach"
    DEADLINE = "deadline"
    PAGE = "page"
    CALL = "call"
    ACKNOWLEDGED = "acknowledged"


class Mark(NamedTuple):
    """One instant on the picture, with its number in the list beside it."""

    number: int
    at: datetime
    x: float
    kind: MarkKind
    says: Argument


class Numbers(NamedTuple):
    """The numbers of marks that stand too near to one another to be told apart, written as one."""

    x: float
    text: str


NEAR = 2.0
"""Percent of the width within which the numbers of marks would lie over one another."""

NEAR_ON_A_PHONE = 8.0
"""The same on a screen 360 pixels wide, of which the picture has 300."""


def numbers(marks: Sequence[Mark], near: float = NEAR) -> Iterator[Numbers]:
    """The numbers below the marks; those of *near* ones together, from the first to the last."""
    first: Mark | None = None
    for mark, after in zip_longest(marks, marks[1:]):
        first = first or mark
        if after is not None and after.x - first.x < near:
            continue
        one = first.number == mark.number
        yield Numbers((first.x + mark.x) / 2, f"{mark.number}" if one else f"{first.number}–{mark.number}")
        first = None


@dataclass(frozen=True, slots=True)
class Picture:
    """One clock, from `begin` to `end`. `now_x` is where the present is, None where the clock is over."""

    begin: datetime
    end: datetime
    bands: Sequence[Band]
    ticks: Sequence[Tick]
    marks: Sequence[Mark]
    marks_left_out: int
    totals: Sequence[tuple[str, timedelta]]
    now_x: float | None
    zone: str

    @property
    def about(self) -> Message:
        """The picture in words."""
        return message(
            "page-picture-about",
            start=sentences.instant(self.begin, self.zone),
            end=sentences.instant(self.end, self.zone),
            parts=joined([message("page-picture-part", kind=kind(of), length=sentences.length(length))
                          for of, length in self.totals], COMMA),
        )  # fmt: skip


def kind(of: str) -> Message:
    """How a band is called."""
    return message(f"page-picture-{of.replace('_', '-')}")


def mark_kind(of: MarkKind) -> Message:
    """How a mark is called."""
    return message(f"page-mark-{of}")


def picture(clock: ClockExplanation, explanation: Explanation) -> Picture | None:
    """The picture of a clock; None where it is counted in times, or has lasted for no time at all."""
    if not clock.timed or not clock.intervals:
        return None
    laid, begin, ends = list(segments(clock)), clock.intervals[0].start, clock.intervals[-1].end
    deadline = clock.reading.deadline
    going_on = clock.reading.stopped_at is None
    end = max(ends, deadline) if going_on and deadline is not None else ends
    if end <= begin:
        return None
    marks = sorted(_marks(clock, explanation.alerts or ()), key=lambda found: found[:2])
    shown = [one for one in marks if begin <= one[0] <= end]
    kept = [
        Mark(number, at, bands.place(at, begin, end), of, says)
        for number, (at, of, says) in enumerate(shown[:MOST_MARKS], 1)
    ]
    return Picture(
        begin, end, bands.bands(laid, begin, end, WEIGHT), bands.ticks(begin, end, clock.zone), kept,
        len(marks) - len(kept), tuple(bands.totals(laid).items()),
        bands.place(explanation.at, begin, end) if going_on else None, clock.zone,
    )  # fmt: skip


def segments(clock: ClockExplanation) -> Iterator[Segment]:
    """What the clock did, without a gap, over exactly the time of its intervals."""
    breached = clock.reading.breached_at
    for part in clock.intervals:
        if part.kind is not IntervalKind.RUNNING:
            yield Segment(part.start, part.end, Drawn(part.kind.value))
            continue
        for one in _running(part, clock.calendar.zone):
            yield from _late(one, breached)


def _late(one: Segment, breached: datetime | None) -> Iterator[Segment]:
    """A stretch that counts, in two where the promise was broken within it."""
    if breached is None or one.kind is Drawn.OFF_HOURS or breached >= one.end:
        yield one
        return
    if breached > one.start:
        yield one._replace(end=breached)
    yield one._replace(start=max(breached, one.start), kind=Drawn.LATE)


def _running(part: IntervalExplanation, zone: str) -> Iterator[Segment]:
    """A running interval by its stretches; what lies between them is outside the hours."""
    if not part.stretches:
        yield Segment(part.start, part.end, Drawn.RUNNING)
        return
    reached = part.start
    for laid in part.stretches:
        start, end = _bounds(laid, zone)
        start, end = max(start, reached), min(end, part.end)
        if end <= start:
            continue
        if start > reached:
            yield Segment(reached, start, Drawn.OFF_HOURS)
        yield Segment(start, end, _counts(laid))
        reached = end
    if reached < part.end:
        yield Segment(reached, part.end, Drawn.OFF_HOURS)


def _bounds(laid: LaidOut, zone: str) -> tuple[datetime, datetime]:
    """From when to when a stretch lasts: whole days are those of the calendar's zone."""
    one = laid.stretch
    if one.start is not None and one.end is not None:
        return one.start, one.end
    assert one.first is not None
    assert one.last is not None
    there = ZoneInfo(zone)
    first = datetime(one.first.year, one.first.month, one.first.day, tzinfo=there)
    after = one.last + timedelta(days=1)
    return first, datetime(after.year, after.month, after.day, tzinfo=there)


def _counts(laid: LaidOut) -> Drawn:
    """Whole days count in their hours alone, so they are drawn as days and not as hours."""
    if not laid.stretch.counted:
        return Drawn.OFF_HOURS
    return Drawn.WORKDAYS if laid.stretch.days else Drawn.RUNNING


def _marks(clock: ClockExplanation, alerts: Sequence[AlertRecord]) -> Iterator[tuple[datetime, MarkKind, Argument]]:
    reading = clock.reading
    if reading.breached_at is not None:
        yield reading.breached_at, MarkKind.BREACH, mark_kind(MarkKind.BREACH)
    if reading.deadline is not None and reading.stopped_at is None:
        yield reading.deadline, MarkKind.DEADLINE, mark_kind(MarkKind.DEADLINE)
    for stage, at in clock.crossings:
        yield at, MarkKind.STAGE, sentences.stage(stage)
    for alert in alerts:
        if (alert.target, alert.cycle) != (reading.target.name, reading.cycle):
            continue
        for answer in alert.answers:
            if answer.accepted_at is not None:
                yield answer.accepted_at, MarkKind.PAGE, answer.channel
        for call in alert.called:
            yield call.at, MarkKind.CALL, call.team
        for one in alert.acknowledged:
            yield one.at, MarkKind.ACKNOWLEDGED, one.author
