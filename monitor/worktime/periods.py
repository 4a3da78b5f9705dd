"""Find the day, week, month, quarter or year around an instant, by a calendar's zone.

Pure. A period's number depends only on the calendar: 2026 for a year, 202603 for a month, 20261 for a
quarter, 20260302 for a day or for the week that begins on that date: a Monday, or the calendar's `week_begins`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from monitor.model import Period
from monitor.worktime.calendars import Calendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """One period: its number, its first instant, and the first instant after it (aware UTC)."""

    number: int
    start: datetime
    end: datetime


def around(period: Period, calendar: Calendar, at: datetime) -> Bounds:
    """The period in which *at* lies; the instant at which one begins belongs to it, not to the one before.

    A day is a working date of the calendar, which begins with the shifts (semantics 43); all others are of the zone.
    """
    where = ZoneInfo(calendar.zone)
    today = at.astimezone(where).date()
    if period is Period.DAY and not calendar.always:
        near = [(day, calendar.begin(day)) for day in (today - _DAY, today, today + _DAY, today + 2 * _DAY)]
        first, start, end = next((a, b, c) for (a, b), (_, c) in pairwise(near) if b <= at < c)
        return Bounds(_number(period, first), start, end)
    first = _first(period, today, calendar.week_begins)
    return Bounds(_number(period, first), _midnight(first, where), _midnight(_next(period, first), where))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(0), zone).astimezone(UTC)


def _first(period: Period, day: date, week_begins: int) -> date:
    if period is Period.YEAR:
        return date(day.year, 1, 1)
    if period is Period.QUARTER:
        return date(day.year, 1 + (day.month - 1) // 3 * 3, 1)
    if period is Period.MONTH:
        return day.replace(day=1)
    return day if period is Period.DAY else day - timedelta(days=(day.weekday() - week_begins) % 7)


def _next(period: Period, first: date) -> date:
    if period is Period.YEAR:
        return date(first.year + 1, 1, 1)
    if period in (Period.QUARTER, Period.MONTH):
        months = first.year * 12 + first.month - 1 + (3 if period is Period.QUARTER else 1)
        return date(months // 12, months % 12 + 1, 1)
    return first + timedelta(days=1 if period is Period.DAY else 7)


def _number(period: Period, first: date) -> int:
    if period is Period.YEAR:
        return first.year
    if period is Period.QUARTER:
        return first.year * 10 + (first.month + 2) // 3
    if period is Period.MONTH:
        return first.year * 100 + first.month
    return first.year * 10_000 + first.month * 100 + first.day
