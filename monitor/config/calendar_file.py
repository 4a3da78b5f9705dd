"""Check the calendars of a policy file and make the `Calendar` that the core uses.

A date can differ from its weekday. These are applied in order, and a later one replaces an earlier one: seasons,
holidays, make-up days, `working_days`, `days`. Within one of them a date with its year holds over the same date of
every year, and of two with a year the lower one. Entries of a file that close a part of a date cut what is left of it,
unless the date stands under `working_days` or `days`.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.config import holidays as holiday_sources
from monitor.config import shifts
from monitor.config.calendar_schema import CalendarText, CountryText, DatesText, IcsText, moment
from monitor.config.holidays import Holidays
from monitor.config.seasons import seasons
from monitor.config.yaml_file import Document, Loc
from monitor.errors import ConfigError
from monitor.worktime import MIDNIGHT, Because, Calendar, Closing, DayKind, Span, Week, WorkingTime, Yearly


def build(
    document: Document, name: str, text: CalendarText, site_zone: str, folder: Path, loc: Loc | None = None
) -> Calendar:
    """Make one calendar; *folder* is where relative paths begin, *loc* where it stands if not under `calendars`.

    Raises ConfigError with file, line and key.
    """
    loc = ("calendars", name) if loc is None else loc
    zone = site_zone if text.zone == "site" else text.zone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise document.error((*loc, "zone"), f"{zone!r} is not a time zone; write one like Asia/Shanghai") from error
    weekly: Week = {}
    begins, by_end = MIDNIGHT, text.shift_belongs_to == "end"
    if isinstance(text.hours, dict):
        weekly, begins = shifts.week(document, loc, text.hours, by_end)
    elif by_end:
        raise document.error((*loc, "shift_belongs_to"), "there are no shifts around the clock (24x7); remove it")
    dated = next((key for key in ("seasons", "holidays", "working_days", "days") if getattr(text, key)), None)
    if dated and text.hours == "24x7":
        raise document.error(
            (*loc, dated), "changes nothing around the clock (24x7); remove it, or write hours: mon-sun: [00:00-24:00]"
        )
    usual = Calendar(
        name, text.version, zone, text.hours == "24x7", weekly, day_begins=begins,
        seasons=seasons(document, (*loc, "seasons"), text.seasons, by_end),
        week_begins=shifts.DAYS.index(text.week_begins),
    )  # fmt: skip
    days = _Days()
    _holidays(document, (*loc, "holidays"), text.holidays, usual, folder, days)
    _by_hand(document, loc, text, usual, days)
    calendar = days.laid_over(usual)
    try:
        WorkingTime(calendar)
    except ConfigError as error:
        raise document.error(loc, str(error)) from error
    return calendar


class _Rank(IntEnum):
    """Which of two entries for one date holds: the higher one."""

    HOLIDAY = 0
    MAKE_UP = 1
    WORKING_DAY = 2
    DAY = 3


class _Days:
    """The dates that differ from their weekday, as read so far; a later entry replaces an earlier one."""

    def __init__(self) -> None:
        self._found: dict[date | str, tuple[_Rank, tuple[Span, ...], Because | None]] = {}
        self._known_years: tuple[int, int] | None = None
        self._closings: list[Closing] = []
        self._left_out: list[str] = []

    def set(self, day: date | str, rank: _Rank, spans: tuple[Span, ...], because: Because | None = None) -> None:
        self._found[day] = rank, spans, because

    def close(self, found: Holidays) -> None:
        for day, name in found.closed.items():
            self.set(day, _Rank.HOLIDAY, (), Because(DayKind.HOLIDAY, name))
        self._closings += found.closings
        self._left_out += [found.left_out] if found.left_out else []
        if found.known_years is not None:
            first, last = self._known_years or found.known_years
            self._known_years = max(first, found.known_years[0]), min(last, found.known_years[1])

    def laid_over(self, usual: Calendar) -> Calendar:
        """The calendar with these dates."""
        days: dict[date, tuple[Span, ...]] = {}
        because: dict[date, Because] = {}
        yearly: dict[str, tuple[Yearly, ...]] = {}
        for day, (rank, spans, why) in self._found.items():
            if isinstance(day, str):
                yearly[day] = (Yearly(spans, why),)
            elif rank >= self._rank_of_every_year(day):
                days[day] = spans
                if why is not None:
                    because[day] = why
        closings = tuple(sorted(set(self._closings), key=lambda one: (one.start, one.end, one.name)))
        return replace(
            usual, days=days, because=because, known_years=self._known_years, yearly=yearly, closings=closings,
            left_out=tuple(self._left_out),
        )  # fmt: skip

    def _rank_of_every_year(self, day: date) -> int:
        found = self._found.get(day.isoformat()[5:])
        return -1 if found is None else found[0]


def _holidays(document: Document, loc: Loc, text: Any, usual: Calendar, folder: Path, days: _Days) -> None:
    """Apply all holidays and then all make-up days, so that no list closes a day that another one opens."""
    items = [((*loc, i), item) for i, item in enumerate(text)] if isinstance(text, list) else [(loc, text)]
    made_up: dict[date, tuple[tuple[Span, ...], str]] = {}
    for place, item in items:
        found = _read(document, place, item, usual.zone, folder)
        days.close(found)
        if isinstance(item, CountryText):
            worked = _make_up_hours(document, place, item, usual, found.worked)
            made_up.update({day: (worked[day], name) for day, name in found.worked.items()})
    for day, (spans, name) in made_up.items():
        days.set(day, _Rank.MAKE_UP, spans, Because(DayKind.MAKE_UP, name))


def _read(document: Document, loc: Loc, item: Any, zone: str, folder: Path) -> Holidays:
    if isinstance(item, date | str):
        return Holidays({item: ""})
    if isinstance(item, DatesText):
        return _complete(document, (*loc, "dates"), Holidays(dict.fromkeys(item.dates, "")), item.years)
    key = "ics" if isinstance(item, IcsText) else "subdivision" if item.subdivision else "country"
    try:
        if isinstance(item, CountryText):
            return holiday_sources.country(item.country, item.subdivision)
        found = holiday_sources.icalendar_file(folder / item.ics, item.transparent, zone)
    except ValueError as error:
        raise document.error((*loc, key), str(error)) from error
    return _complete(document, (*loc, key), found, item.years)


def _complete(document: Document, loc: Loc, found: Holidays, years: tuple[int, int] | None) -> Holidays:
    """Refuse a list that has no date in a year for which it claims to be complete.

    Dates of every year are no sign that somebody has seen to that year, if the list has dates with years too.
    """
    if years is None:
        return found
    listed = {day.year for day in found.closed if isinstance(day, date)} | {one.start.year for one in found.closings}
    only_yearly = bool(found.closed) and not listed
    for year in range(years[0], years[1] + 1):
        if year not in listed and not only_yearly:
            raise document.error(loc, f"no holiday of {year} is listed; add that year or take it out of years")
    if loc[-1] == "dates":
        dated = [day for day in found.closed if isinstance(day, date)]
        outside = [day for day in dated if not years[0] <= day.year <= years[1]]
        if outside:
            raise document.error(loc, f"{min(outside)} is outside the years of this list; correct the date or years")
    return replace(found, known_years=years)


def _make_up_hours(
    document: Document, loc: Loc, item: CountryText, usual: Calendar, dates: Iterable[date]
) -> Mapping[date, tuple[Span, ...]]:
    """The hours of weekend dates that are worked: those given, else Monday's at that time of the year."""
    dates = tuple(dates)
    if item.make_up_hours is not None:
        if not dates:
            raise document.error((*loc, "make_up_hours"), f"{item.country} has no make-up working days; remove it")
        place, written = (*loc, "make_up_hours"), item.make_up_hours
        laid = {
            begins: shifts.in_order(document, place, written, begins)
            for begins in {usual.hours_of(day)[1] for day in dates}
        }
        return {day: laid[usual.hours_of(day)[1]] for day in dates}
    mondays = {day: usual.hours_of(day)[0].get(0, ()) for day in dates}
    if not all(mondays.values()):
        raise document.error(
            (*loc, "country"),
            "make-up days have Monday's hours, and there are none; write make_up_hours: [08:00-12:00]",
        )
    return mondays


def _by_hand(document: Document, loc: Loc, text: CalendarText, usual: Calendar, days: _Days) -> None:
    """The dates of `working_days` and `days`."""
    for written, hours in text.working_days.items():
        place = (*loc, "working_days", written)
        try:
            day = moment(written)
        except ValueError as error:
            raise document.error(place, str(error)) from error
        days.set(day, _Rank.WORKING_DAY, _in_order(document, place, hours, usual, day))
    for index, overlay in enumerate(text.days):
        if not overlay.reason.strip():
            raise document.error((*loc, "days", index, "reason"), "is empty; say why this day is different")
        because = Because(DayKind.OVERLAY, overlay.reason, overlay.approved_by)
        spans = _in_order(document, (*loc, "days", index, "hours"), overlay.hours, usual, overlay.date)
        days.set(overlay.date, _Rank.DAY, spans, because)


def _in_order(document: Document, loc: Loc, spans: list[Span], usual: Calendar, day: date | str) -> tuple[Span, ...]:
    """The spans of a date in their order; of every year, by whatever seasons the date may lie in."""
    ordered = {begins: shifts.in_order(document, loc, spans, begins) for begins in _beginnings(usual, day)}
    return next(iter(ordered.values()))


def _beginnings(usual: Calendar, day: date | str) -> Iterator[timedelta]:
    """When the working date may begin; that of its usual season first."""
    if isinstance(day, date):
        yield usual.hours_of(day)[1]
        return
    lasting = replace(usual, seasons=tuple(season for season in usual.seasons if not season.dated))
    yield lasting.hours_of(date.fromisoformat(f"2000-{day}"))[1]
    for season in usual.seasons:
        if season.dated and any(season.holds(one) for one in _of_years(day, season.first, season.last)):
            yield season.day_begins


def _of_years(day: str, first: str, last: str) -> Iterator[date]:
    for year in range(int(first[:4]), int(last[:4]) + 1):
        if day != "02-29" or isleap(year):
            yield date.fromisoformat(f"{year}-{day}")
