"""Define calendars: the spans of each weekday, the dates that differ from it and why, and the years that are known.

Pure: dated data, no arithmetic but a date's layout. What counts between two instants is worked out in
`working_time.py`. The one surprise: a working date need not begin at midnight (semantics 43), and with seasons not
every day at the same time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar

from monitor.memory import remembered
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
    SEASON = "season"
    """The date has the hours of a season, which are not the usual ones."""
    PARTLY_CLOSED = "partly_closed"
    """Entries of a list with a time of day close a part of the date."""


@dataclass(frozen=True, slots=True)
class Because:
    """Why a date differs from its weekday, in the words of the list or of the person who wrote it."""

    kind: DayKind
    reason: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Yearly:
    """The spans of a date in every year, and why; from `since` up to `until` (not included), where these are given."""

    spans: tuple[Span, ...]
    because: Because | None = None
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Season:
    """Weekly hours that hold for a part of the year, in the place of the usual ones.

    `first` and `last` are both included: `06-01` to `09-30` of every year (`11-01` to `03-31` crosses the new year), or
    two dates with years, `2026-06-15`. `since` and `until` (not included) are the version of the policy that has it.
    """

    name: str
    first: str
    last: str
    hours: Week
    day_begins: timedelta = MIDNIGHT
    since: date | None = None
    until: date | None = None

    @property
    def dated(self) -> bool:
        """Whether it has a year, and so comes once."""
        return len(self.first) > len("06-01")

    def holds(self, day: date) -> bool:
        """Whether *day* lies in it."""
        if not _in_force(self, day):
            return False
        written = day.isoformat()[-len(self.first) :]
        if self.first <= self.last:
            return self.first <= written <= self.last
        return written >= self.first or written <= self.last


@dataclass(frozen=True, slots=True)
class Closing:
    """A stretch of real time in which nothing counts (a half day of a feed), whatever the hours of its dates are.

    Dates whose hours somebody wrote by hand keep them (`Calendar.by_hand`).
    """

    start: datetime
    end: datetime
    name: str = ""


def _in_force(one: Yearly | Season, day: date) -> bool:
    return (one.since is None or one.since <= day) and (one.until is None or day < one.until)


@dataclass(frozen=True, slots=True)
class Calendar:
    """When time counts: dated data, no arithmetic.

    `weekly` maps weekday (0 = Monday) to its spans, in order and without overlap. `days` overlays single dates: an
    empty tuple is a holiday, spans are a make-up working day or a half day; `because` has the reason of some of them.
    `always` is 24x7 and needs no spans. `known_years` are the first and the last year for which the dated data is
    complete, None where nobody says; a year outside them is provisional. `yearly` overlays dates of every year, by
    `12-25`; a date among `days` holds over it. `seasons` take the place of `weekly`, the first that holds first.
    `closings` cut what is left of a date. `week_begins` is the weekday on which a `per: week` begins. `left_out` says
    which entries of its lists could not be used.
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
    yearly: Mapping[str, tuple[Yearly, ...]] = field(default_factory=dict)
    seasons: tuple[Season, ...] = ()
    closings: tuple[Closing, ...] = ()
    week_begins: int = 0
    whole_dates: bool = False
    """Every date on which time counts counts as a whole, from its beginning to the next (see `by_dates`)."""
    left_out: tuple[str, ...] = field(default=(), compare=False)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The spans of a working date, without its closings; times of day before its beginning are those of the next
        morning."""
        if day in self.days:
            return self.days[day]
        entry = self.of_every_year(day) if self.yearly else None
        return entry.spans if entry is not None else self.hours_of(day)[0].get(day.weekday(), ())

    def of_every_year(self, day: date) -> Yearly | None:
        """What is said of this date in every year, if `days` says nothing of it."""
        if day in self.days:
            return None
        return next((one for one in self.yearly.get(day.isoformat()[5:], ()) if _in_force(one, day)), None)

    def hours_of(self, day: date) -> tuple[Week, timedelta]:
        """The weekly hours in force on a date, and when their working dates begin."""
        season = self.season(day)
        return self.usual_hours(day) if season is None else (season.hours, season.day_begins)

    def season(self, day: date) -> Season | None:
        """The season in which a date lies; one with years holds over one of every year."""
        for season in self.seasons:
            if season.holds(day):
                return season
        return None

    def usual_hours(self, day: date) -> tuple[Week, timedelta]:
        """The weekly hours of a date, if it lay in no season."""
        found = self.weekly, self.day_begins
        for since, hours, begins in self.later:
            if since <= day:
                found = hours, begins
        return found

    def begins(self, day: date) -> timedelta:
        """When a working date begins, from its own midnight.

        The first date of a season begins where the last shift of the date before ends, so that each shift lies in one
        date.
        """
        own = self.hours_of(day)[1]
        if not self.seasons:
            return own
        before = self.hours_of(day - _DAY)[1]
        return max(own, before) if before > MIDNIGHT else own

    def why(self, day: date) -> Because | None:
        """Why the spans of a date are not those of its weekday; None where they are. Closings have reasons of their
        own (`WorkingTime.closed`)."""
        if day in self.because:
            return self.because[day]
        yearly = self.of_every_year(day) if self.yearly else None
        if yearly is not None and yearly.because is not None:
            return yearly.because
        if day in self.days or yearly is not None:
            if not self.spans(day):
                return Because(DayKind.HOLIDAY)
            usual = self.hours_of(day)[0].get(day.weekday(), ())
            return Because(DayKind.OVERLAY if usual else DayKind.MAKE_UP)
        season = self.season(day) if self.seasons else None
        if season is None or season.hours.get(day.weekday(), ()) == self.usual_hours(day)[0].get(day.weekday(), ()):
            return None
        return Because(DayKind.SEASON, in_words(season))

    def by_hand(self, day: date) -> bool:
        """Whether somebody wrote the hours of this date, so that no closing cuts them."""
        yearly = self.of_every_year(day) if self.yearly else None
        if day not in self.days and yearly is None:
            return False
        because = self.because.get(day) if yearly is None else yearly.because
        return because is None or because.kind is DayKind.OVERLAY

    def layout(self, day: date) -> Iterator[tuple[int, int]]:
        """When time counts on a working date, in microseconds from its own midnight.

        A shift may begin before midnight or end after 24 h.
        """
        hours, begins = self.hours_of(day)
        if day in self.days:
            spans = self.days[day]
        else:
            yearly = self.of_every_year(day) if self.yearly else None
            spans = hours.get(day.weekday(), ()) if yearly is None else yearly.spans
        if self.whole_dates and spans:
            start, end = begins, begins + _DAY
            if self.seasons:
                start, end = self.begins(day), self.begins(day + _DAY) + _DAY
            yield start // _TICK, end // _TICK
            return
        for opening, closing in spans:
            yield _laid(begins, opening, closing)

    def begin(self, day: date) -> datetime:
        """When a working date begins; where its zone skips that local time, at the instant that skips it."""
        local = (day.toordinal() - EPOCH.toordinal()) * DAY + self.begins(day) // _TICK
        return EPOCH + _TICK * local_time_of(self.zone, day.year).first(local)

    @property
    def by_dates(self) -> Calendar:
        """The calendar in which every working date counts as a whole: for budgets of working days.

        Its closings are gone; a date that they close is for `WorkingTime.dates` to take out.
        """
        return self if self.always else replace(self, whole_dates=True, closings=())

    def replaced_by(self, newer: Calendar, since: date) -> Calendar:
        """Both versions as one: the newer weekly hours, seasons and dates of every year from *since* on; of single
        dates the newer version counts."""
        if self == newer:
            return self
        older = self.weekly if not self.always else dict.fromkeys(range(7), ALL_DAY)
        hours = newer.weekly if not newer.always else dict.fromkeys(range(7), ALL_DAY)
        if self.always and newer.always:
            return newer
        kept = {  # a date that the newer version has, or has for every year, is no longer the older one's
            day: spans
            for day, spans in self.days.items()
            if day not in newer.days and (day < since or day.isoformat()[5:] not in newer.yearly)
        }
        return replace(
            newer,
            always=False,
            weekly=older,
            day_begins=self.day_begins,
            later=(*self.later, (since, hours, newer.day_begins), *newer.later),
            days={**kept, **newer.days},
            because={**{day: why for day, why in self.because.items() if day in kept}, **newer.because},
            yearly={
                key: (*_from(since, newer.yearly.get(key, ())), *_until(since, self.yearly.get(key, ())))
                for key in {**self.yearly, **newer.yearly}
            },
            seasons=(*_from(since, newer.seasons), *_until(since, self.seasons)),
            closings=tuple(dict.fromkeys((*self.closings, *newer.closings))),
        )

    def provisional(self, year: int) -> bool:
        """Whether this year is counted by the weekly hours only because its holidays are not all known."""
        return self.known_years is not None and not self.known_years[0] <= year <= self.known_years[1]


_T = TypeVar("_T", Yearly, Season)


def _from(since: date, of: Sequence[_T]) -> Iterator[_T]:
    yield from (replace(one, since=since) for one in of)


def _until(until: date, of: Sequence[_T]) -> Iterator[_T]:
    """The same up to *until*; what ended before stays as it ended."""
    yield from (replace(one, until=until) if one.until is None else one for one in of)


def in_words(season: Season) -> str:
    """A season by its name, if it has one, and its dates; the same in every language."""
    return f"{season.name} {season.first}–{season.last}".lstrip()


@remembered("calendar_spans", 1024)
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


def entries_left_out(calendars: Iterable[Calendar]) -> Iterator[str]:
    """A sentence for each list of a calendar of which entries could not be used."""
    for calendar in calendars:
        yield from (f"calendar {calendar.name}: {said}" for said in calendar.left_out)


_NEXT_NOTICE = (
    "mainland China announces the holidays of a year in the November before: upgrade the package chinesecalendar then"
    " (pip install -U chinesecalendar) and restart"
)
_NEXT_LIST = "add the holidays of the missing years to its list, with years, and restart"
