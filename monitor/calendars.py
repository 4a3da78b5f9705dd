"""Hold a calendar: the spans of each weekday, dates that differ from their weekday and why, and what is not known yet.

Pure: dated data, no arithmetic. What counts between two instants is worked out in `working_time.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time
from enum import StrEnum
from typing import Any

Span = tuple[time, time]
"""Opening and closing time of day, local; a closing time of 00:00 is midnight at the end of the day."""

ALL_DAY: tuple[Span, ...] = ((time(0), time(0)),)

Week = Mapping[int, tuple[Span, ...]]
"""The spans of each weekday, 0 = Monday."""


class DayKind(StrEnum):
    """What makes a date differ from its weekday."""

    HOLIDAY = "holiday"
    MAKE_UP = "make_up"
    OVERLAY = "overlay"


@dataclass(frozen=True, slots=True)
class Because:
    """Why a date is not as its weekday, in the words of the list or person that says so."""

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
    later: tuple[tuple[date, Week], ...] = ()
    """Weekly hours that replace `weekly` from a date on, oldest first: a date is counted by the hours it has."""

    def spans(self, day: date) -> tuple[Span, ...]:
        if day in self.days:
            return self.days[day]
        weekly = self.weekly
        for since, hours in self.later:
            if since <= day:
                weekly = hours
        return weekly.get(day.weekday(), ())

    @property
    def by_dates(self) -> Calendar:
        """The calendar in which every working date counts from midnight to midnight: for budgets of working days."""
        if self.always:
            return self
        return replace(
            self,
            weekly=_whole(self.weekly),
            days=_whole(self.days),
            later=tuple((since, _whole(hours)) for since, hours in self.later),
        )

    def replaced_by(self, newer: Calendar, since: date) -> Calendar:
        """Both versions as one: the newer weekly hours from *since* on; of single dates the newer word holds."""
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
            later=(*self.later, (since, hours), *newer.later),
            days={**self.days, **newer.days},
            because={**{day: why for day, why in self.because.items() if day not in newer.days}, **newer.because},
        )

    def provisional(self, year: int) -> bool:
        """Whether this year is counted by the weekly hours only because its holidays are not all known."""
        return self.known_years is not None and not self.known_years[0] <= year <= self.known_years[1]


def _whole(spans: Mapping[Any, tuple[Span, ...]]) -> dict[Any, tuple[Span, ...]]:
    return {key: ALL_DAY if of_day else () for key, of_day in spans.items()}


def notices(calendars: Iterable[Calendar], today: date) -> Iterator[str]:
    """A sentence for each calendar that is provisional in this year or in the next."""
    for calendar in calendars:
        years = [year for year in (today.year, today.year + 1) if calendar.provisional(year)]
        if years:
            listed = " and ".join(str(year) for year in years)
            so = "are provisional and count" if len(years) > 1 else "is provisional and counts"
            yield (
                f"calendar {calendar.name}: the holidays of {listed} are not known yet, so {listed} {so} by the weekly"
                " hours"
            )
