"""Find the date of a period by which something is due: its last working day, its fifth, the 15th, a Friday.

Pure. The dates of a period are those of the calendar's zone; a working date is one on which time counts. A period that
has no such date has nothing due.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.model import DayEnd
from monitor.worktime.calendars import Calendar
from monitor.worktime.local_time import DAY, EPOCH, TICK, local_time_of, micros
from monitor.worktime.periods import Bounds
from monitor.worktime.working_time import WorkingTime

_DAY = timedelta(days=1)
_MINUTE = 60_000_000
_FIRST_YEAR, _LAST_YEAR = 1972, 2199  # calendars count within them


@dataclass(frozen=True, slots=True)
class DueDate:
    """A date within a period: the `number`-th of its dates, or of its working dates; the last one for -1.

    Of its dates, a number beyond the last one is the last one, as the 31st of April is the 30th. `weekday` (0 = Monday)
    is the first such day of a week. `at` is the local time of day by which it is due, one of the working
    date: of a shift of the night perhaps on the next morning. Without one it is the end of the date.
    """

    number: int = -1
    working: bool = False
    weekday: int | None = None
    at: time | None = None


def due(of: DueDate, bounds: Bounds, working: WorkingTime, ending: DayEnd) -> datetime | None:
    """The instant by which it is due in the period, None where the period has no such date.

    With *ending* `close_of_business` a date without a time of day ends with its last closing, otherwise with the date.
    """
    if not _FIRST_YEAR <= bounds.start.year <= bounds.end.year <= _LAST_YEAR:
        return None
    dates = list(_dates(bounds, working))
    if of.weekday is not None:
        dates = [day for day in dates if day.weekday() == of.weekday]
    if of.working:
        dates = [day for day in dates if _works(day, working)]
        if of.number > len(dates):
            return None
    if not dates:
        return None
    place = of.number if of.number < 0 else min(of.number, len(dates)) - 1
    day = dates[place]
    found = _end(day, working, ending) if of.at is None else _at(day, of.at, working.calendar, bounds.start)
    return min(found, bounds.end)


def _dates(bounds: Bounds, working: WorkingTime) -> Iterator[date]:
    """The dates of a period; a working date belongs to it by its midday."""
    zone = ZoneInfo(working.calendar.zone)
    day, last = bounds.start.astimezone(zone).date() - _DAY, bounds.end.astimezone(zone).date() + _DAY
    while day <= last:
        if bounds.start <= datetime.combine(day, time(12), zone).astimezone(UTC) < bounds.end:
            yield day
        day += _DAY


def _works(day: date, working: WorkingTime) -> bool:
    if working.calendar.always:
        return True
    noon = micros(datetime.combine(day, time(12), UTC))
    worked, ordinal = working.table(noon, noon).dates, day.toordinal()
    place = bisect_left(worked, ordinal)
    return place < len(worked) and worked[place] == ordinal


def _at(day: date, at: time, calendar: Calendar, after: datetime) -> datetime:
    """The time of day within a working date; a day later where that is not after *after*, when the period begins."""
    begins = calendar.begins(day) // TICK
    local = begins + ((at.hour * 60 + at.minute) * _MINUTE - begins) % DAY + (day - EPOCH.date()).days * DAY
    first = local_time_of(calendar.zone, day.year).first
    found = EPOCH + TICK * first(local)
    return found if found > after else EPOCH + TICK * first(local + DAY)


def _end(day: date, working: WorkingTime, ending: DayEnd) -> datetime:
    calendar = working.calendar
    if ending is DayEnd.CLOSE_OF_BUSINESS and _works(day, working) and not calendar.always:
        return working.add_days(calendar.begin(day) - TICK, 1, ending)
    return calendar.begin(day + _DAY)
