"""Lay out an interval by the calendar: what counted of each day, and why a day differed from its weekday.

Pure. Whole working days that are alike are one line, however many they are and whatever ordinary days off lie between
them, so that the layout of a year stays short and can still be added up. The counted times of an interval's stretches
are together what the calendar counts of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.worktime.calendars import Because, Calendar, DayKind, Week, in_words
from monitor.worktime.working_time import WorkingTime

_ZERO, _DAY = timedelta(0), timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class StretchKind(StrEnum):
    """What a stretch of an interval is."""

    COUNTED = "counted"
    """Time counts by the weekly hours."""
    OFF_HOURS = "off_hours"
    """Time outside the weekly hours."""
    HOLIDAY = "holiday"
    """A holiday."""
    MAKE_UP = "make_up"
    """A make-up working day."""
    OVERLAY = "overlay"
    """A date under `days` of the calendar."""
    SEASON = "season"
    """A date with the hours of a season."""
    PARTLY_CLOSED = "partly_closed"
    """A date of which entries of a list close a part."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a working date, from `start` to `end`; or `days` whole days of `each`, from the date `first` to `last`.

    Between `first` and `last` there may be days off that are off by the weekly hours; they are not among `days`.
    `provisional` says that the year's holidays were not known.
    """

    kind: StretchKind
    counted: timedelta
    start: datetime | None = None
    end: datetime | None = None
    first: date | None = None
    last: date | None = None
    days: int = 0
    each: timedelta = _ZERO
    reason: str = ""
    approved_by: str = ""
    provisional: bool = False

    def joins(self, other: Stretch) -> bool:
        """Whether both are whole days of one kind and length."""
        if not (self.days and other.days):
            return False
        return (self.kind, self.each, self.reason, self.approved_by, self.provisional) == (
            other.kind, other.each, other.reason, other.approved_by, other.provisional,
        )  # fmt: skip


def stretches(working: WorkingTime, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """The layout of the interval, oldest first; nothing for a calendar in which all time counts."""
    if working.calendar.always or end <= start:
        return ()
    found: list[Stretch] = []
    for part in _by_day(working, start, end):
        if found and found[-1].joins(part):
            before = found[-1]
            found[-1] = replace(
                before, last=part.last, days=before.days + part.days, counted=before.counted + part.counted
            )
        else:
            found.append(part)
    return tuple(_with_gaps(found, start, end))


def _by_day(working: WorkingTime, start: datetime, end: datetime) -> Iterator[Stretch]:
    calendar, zone = working.calendar, ZoneInfo(working.calendar.zone)
    day = start.astimezone(zone).date() - _DAY  # a working date may begin after midnight, or before it
    begins = calendar.begin(day)
    while begins < end:
        tomorrow = calendar.begin(day + _DAY)
        a, b = max(start, begins), min(end, tomorrow)
        if a < b:
            yield from _of_day(working, calendar, day, (begins, tomorrow), (a, b))
        day, begins = day + _DAY, tomorrow


def _of_day(
    working: WorkingTime,
    calendar: Calendar,
    day: date,
    whole: tuple[datetime, datetime],
    part: tuple[datetime, datetime],
) -> Iterator[Stretch]:
    why = _because(working, day)
    kind = StretchKind.COUNTED if why is None else StretchKind(why.kind.value)
    told = Stretch(
        kind, _ZERO, reason=why.reason if why else "", approved_by=why.approved_by if why else "",
        provisional=calendar.provisional(day.year),
    )  # fmt: skip
    each = working.counted(*whole)
    counted = each if part == whole else working.counted(*part)
    if counted == each and (each or why is not None):
        yield replace(told, counted=each, first=day, last=day, days=1, each=each)
        return
    if (closed := working.closed(day)) and each:  # of a part of the day, what counts and what is closed stand apart
        usual = working.calendar.why(day)
        kind = StretchKind.COUNTED if usual is None else StretchKind(usual.kind.value)
        told = replace(told, kind=kind, reason=usual.reason if usual else "")
        lost = replace(told, kind=StretchKind.PARTLY_CLOSED, reason=closed)
        ends = [replace(lost, start=a, end=b) for a, b in working.lost(day, *part)]
    else:
        ends = []
    ends += [replace(told, counted=b - a, start=a, end=b) for a, b in working.spans_between(*part) if counted]
    yield from sorted(ends, key=lambda one: (one.start, one.end))


def _because(working: WorkingTime, day: date) -> Because | None:
    """Why the date differs from its weekday, with the entries that close a part of it; None where it does not."""
    why, closed = working.calendar.why(day), working.closed(day)
    if not closed:
        return why
    if not working.hours_left(day):
        return Because(DayKind.HOLIDAY, closed)
    if why is None or why.kind is DayKind.SEASON:
        return Because(DayKind.PARTLY_CLOSED, closed)
    return replace(why, reason=", ".join(word for word in (why.reason, closed) if word))


def _with_gaps(found: Sequence[Stretch], start: datetime, end: datetime) -> Iterator[Stretch]:
    """The same, with the time between parts of days and at both ends as off hours."""
    if not found:
        yield Stretch(StretchKind.OFF_HOURS, _ZERO, start, end)
        return
    yield from _gap(start, found[0].start)
    for part, after in pairwise(found):
        yield part
        yield from _gap(part.end, after.start)
    yield found[-1]
    yield from _gap(found[-1].end, end)


def _gap(start: datetime | None, end: datetime | None) -> Iterator[Stretch]:
    if start is not None and end is not None and start < end:
        yield Stretch(StretchKind.OFF_HOURS, _ZERO, start, end)


def hours(calendar: Calendar) -> str:
    """The weekly hours in one line, as a policy file writes them."""
    if calendar.always:
        return "24x7"
    said = [_week(calendar.weekly), *(f"from {since}: {_week(week)}" for since, week, _ in calendar.later)]
    said += [f"{in_words(season)}: {_week(season.hours) or '–'}" for season in calendar.seasons]
    return "; ".join(said)


def _week(week: Week) -> str:
    """Weekdays with equal hours together: `mon-fri 08:00-12:00 13:00-17:00, sat 09:00-12:00`."""
    groups: list[tuple[int, int, str]] = []
    for weekday in range(7):
        text = " ".join(f"{a:%H:%M}-{b:%H:%M}".replace("-00:00", "-24:00") for a, b in week.get(weekday, ()))
        if not text:
            continue
        if groups and groups[-1][1] == weekday - 1 and groups[-1][2] == text:
            groups[-1] = (groups[-1][0], weekday, text)
        else:
            groups.append((weekday, weekday, text))
    return ", ".join(f"{_WEEKDAYS[a]}{'-' + _WEEKDAYS[b] if b > a else ''} {text}" for a, b, text in groups)
