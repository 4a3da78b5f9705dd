"""Other libraries' working time for the office of the benchmark, where they are installed: to agree with, and to race.

Each peer adds a length to an instant and counts between two; both take and give aware datetimes.
"""

from __future__ import annotations

import importlib.util
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any

from monitor.worktime.calendars import Calendar
from tests.support.calendars import OFFICE

ZONE = "Asia/Shanghai"
_OFFSET = timedelta(hours=8)  # what Shanghai has had since 1992
FIRST_YEAR, LAST_YEAR = 2015, 2035


@dataclass(frozen=True, slots=True)
class Peer:
    name: str
    add: Callable[[datetime, timedelta], datetime]
    counted: Callable[[datetime, datetime], timedelta]


def twenty_holidays_a_year() -> dict[date, tuple[()]]:
    numbers = random.Random(1)
    return {
        date(year, 1, 1) + timedelta(days=day): ()
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
        for day in numbers.sample(range(365), 20)
    }


def the_office() -> Calendar:
    """Monday to Friday 08-12 and 13-17 in Shanghai, with 20 holidays a year."""
    return Calendar("office", zone=ZONE, weekly={day: OFFICE for day in range(5)}, days=twenty_holidays_a_year())


def installed() -> tuple[str, ...]:
    """The names of those that are installed."""
    return tuple(name for name in ("timegrid", "businesstimedelta") if importlib.util.find_spec(name))


@cache
def peer(name: str) -> Peer:
    """One of them; worked out once, for it takes a second."""
    return {"timegrid": _timegrid, "businesstimedelta": _businesstimedelta}[name]()


def peers() -> Iterator[Peer]:
    """Those that are installed."""
    yield from map(peer, installed())


def _timegrid() -> Peer:
    import timegrid

    calendar = timegrid.TimeGridCalendar.weekdays(time(8), time(17)).break_weekdays(time(12), time(13))
    for day in twenty_holidays_a_year():
        calendar = calendar.close(day)
    first, last = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (FIRST_YEAR, LAST_YEAR + 1))
    timeline: Any = calendar.compile(first, last)  # which counts, but cannot add

    def local(at: datetime) -> datetime:
        return at.replace(tzinfo=None) + _OFFSET

    def add(start: datetime, length: timedelta) -> datetime:
        return (calendar.add_work_duration(local(start), length) - _OFFSET).replace(tzinfo=UTC)

    def counted(start: datetime, end: datetime) -> timedelta:
        return timeline.get_working_duration(local(start), local(end))

    return Peer("timegrid", add, counted)


def _businesstimedelta() -> Peer:
    import businesstimedelta as library
    import pytz

    zone, week = pytz.timezone(ZONE), [0, 1, 2, 3, 4]
    rules: Any = library.Rules(
        [
            library.WorkDayRule(start_time=time(8), end_time=time(17), working_days=week, tz=zone),
            library.LunchTimeRule(start_time=time(12), end_time=time(13), working_days=week, tz=zone),
            library.HolidayRule(twenty_holidays_a_year(), tz=zone),
        ]
    )

    def add(start: datetime, length: timedelta) -> datetime:
        return start + library.BusinessTimeDelta(rules, timedelta=length)

    def counted(start: datetime, end: datetime) -> timedelta:
        return rules.difference(start, end).timedelta

    return Peer("businesstimedelta", add, counted)
