"""Define calendars: the spans of each weekday, the dates that differ from it and why, and the years that are known.

Pure: dated data, no arithmetic but a date's layout. What counts between two instants is worked out in
`working_time.py`. The one surprise: a working date need not begin at midnight (semantics 43).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

from monitor.worktime.local_time import DAY, EPOCH, TICK, local_time_of

Span = tuple[time, time]
"""Opening and closing time of day, local. A closing time that is not after the opening is the next day's: 00:00 is
midnight at the end of the day, 22:00 to 06:00 a night shift, 06:00 to 06:00 a whole day that begins at 06:00."""

ALL_DAY: tuple[Span, ...] = ((time(0), time(0)),)

Week = Mapping[int, tuple[Span, ...]]
"""The spans of each weekday, 0 = Monday."""

MIDNIGHT = timedelta(0)
_DAY, _TICK = timedelta(days=1), TICK


class DayKind(StrEnum):
    """What makes a date differ from its weekday."""

    HOLIDAY = "holiday"
    """The date is a holiday."""
    MAKE_UP = "make_up"
    """A weekend date is worked in exchange for a holiday."""
    OVERLAY = "overlay"
    """The date stands under `days` of the calendar, with a reason."""


@dataclass(frozen=True, slots=True)
class Because:
    """Why a date differs from its weekday, in the words of the list or of the person who wrote it."""

    kind: DayKind
    reason: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When time counts: dated data, no arithmetic.

    `weekly` maps weekday (0 = Monday) to its spans, in order and without overlap. `days` overlays single dates: an
    empty tuple is a holiday, spans are a make-up working day or a half day; `because` has the reason of some of them.
    `always` is 24x7 and needs no spans. `known_years` are the first and the last year for which the dated data is
    complete, None where nobody says; a year outside them is provisional.
    """

    name: str
    version: str = "1"
    zone: str = "UTC"
    always: bool = False
    weekly: Week = field(default_factory=dict)
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    because: Mapping[date, Because] = field(default_factory=dict)
    known_years: tuple[int, int] | None = None
    later: tuple[tuple[date, Week, timedelta], ...] = ()
    """Weekly hours that replace `weekly` from a date on, oldest first, each with its `day_begins`: a date is counted by
    the hours it has."""
    day_begins: timedelta = MIDNIGHT
    """When a working date begins, from its own midnight: above zero where shifts of the night belong to the date on
    which they begin, below zero where they belong to the date on which they end."""

    def spans(self, day: date) -> tuple[Span, ...]:
        """The spans of a working date; times of day before its beginning are those of the next morning."""
        return self.days[day] if day in self.days else self.hours_of(day)[0].get(day.weekday(), ())

    def hours_of(self, day: date) -> tuple[Week, timedelta]:
        """The weekly hours in force on a date, and when their working dates begin."""
        found = self.weekly, self.day_begins
        for since, hours, begins in self.later:
            if since <= day:
                found = hours, begins
        return found

    def layout(self, day: date) -> Iterator[tuple[int, int]]:
        """When time counts on a working date, in microseconds from its own midnight.

        A shift may begin before midnight or end after 24 h.
        """
        hours, begins = self.hours_of(day)
        spans = self.days[day] if day in self.days else hours.get(day.weekday(), ())
        for opening, closing in spans:
            yield _laid(begins, opening, closing)

    def begin(self, day: date) -> datetime:
        """When a working date begins; where its zone skips that local time, at the instant that skips it."""
        local = (day.toordinal() - EPOCH.toordinal()) * DAY + self.hours_of(day)[1] // _TICK
        return EPOCH + _TICK * local_time_of(self.zone, day.year).first(local)

    @property
    def by_dates(self) -> Calendar:
        """The calendar in which every working date counts as a whole: for budgets of working days."""
        if self.always:
            return self
        days = {day: _whole(spans, self.hours_of(day)[1]) for day, spans in self.days.items()}
        later = tuple((since, _whole_week(hours, begins), begins) for since, hours, begins in self.later)
        return replace(self, weekly=_whole_week(self.weekly, self.day_begins), days=days, later=later)

    def replaced_by(self, newer: Calendar, since: date) -> Calendar:
        """Both versions as one: the newer weekly hours from *since* on; of single dates the newer version counts."""
        if self == newer:
            return self
        older = self.weekly if not self.always else dict.fromkeys(range(7), ALL_DAY)
        hours = newer.weekly if not newer.always else dict.fromkeys(range(7), ALL_DAY)
        if self.always and newer.always:
            return newer
        return replace(
            newer,
            always=False,
            weekly=older,
            day_begins=self.day_begins,
            later=(*self.later, (since, hours, newer.day_begins), *newer.later),
            days={**self.days, **newer.days},
            because={**{day: why for day, why in self.because.items() if day not in newer.days}, **newer.because},
        )

    def provisional(self, year: int) -> bool:
        """Whether this year is counted by the weekly hours only because its holidays are not all known."""
        return self.known_years is not None and not self.known_years[0] <= year <= self.known_years[1]


def _whole_week(week: Week, begins: timedelta) -> Week:
    return {weekday: _whole(spans, begins) for weekday, spans in week.items()}


def _whole(spans: tuple[Span, ...], begins: timedelta) -> tuple[Span, ...]:
    minutes = int((begins % _DAY).total_seconds()) // 60
    edge = time(minutes // 60, minutes % 60)
    return ((edge, edge),) if spans else ()


@lru_cache(maxsize=1024)
def _laid(begins: timedelta, opening: time, closing: time) -> tuple[int, int]:
    """A span from the midnight of its working date on, in microseconds."""
    start = begins + (_since_midnight(opening) - begins) % _DAY
    end = start + ((_since_midnight(closing) - start) % _DAY or _DAY)
    return start // _TICK, end // _TICK


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second, microseconds=at.microsecond)


def notices(calendars: Iterable[Calendar], today: date) -> Iterator[str]:
    """A sentence for each calendar that is provisional in this year or in the next: which years, and what to do."""
    for calendar in calendars:
        years = [year for year in (today.year, today.year + 1) if calendar.provisional(year)]
        if years and calendar.known_years is not None:
            first, last = calendar.known_years
            listed = " and ".join(str(year) for year in years)
            so = "are provisional and count" if len(years) > 1 else "is provisional and counts"
            china = any(because.kind is DayKind.MAKE_UP for because in calendar.because.values())
            yield (
                f"calendar {calendar.name}: its holidays are known from {first} to {last}, so {listed} {so} by the"
                f" weekly hours; {_NEXT_NOTICE if china else _NEXT_LIST}"
            )


_NEXT_NOTICE = (
    "mainland China announces the holidays of a year in the November before: upgrade the package chinesecalendar then"
    " (pip install -U chinesecalendar) and restart"
)
_NEXT_LIST = "add the holidays of the missing years to its list, with years, and restart"
