"""Read lists of holidays: mainland China's, any other country's, or an iCalendar file.

A shell: reads files and other packages' data, counts nothing. Every function returns `Holidays`, or raises ValueError
with a sentence that the caller completes with file, line and key. The one surprise: the packages are imported when they
are first needed, for only policies that name a country or a file need them.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor import ical
from monitor.net import Unfit, bytes_of
from monitor.worktime import Calendar, Closing

FIRST_YEAR, LAST_YEAR = 2000, 2060
"""The years for which rules are worked out; a year outside them is provisional."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Dates on which nothing counts, and weekend dates that are worked in exchange, each with its name.

    `12-25` is a date of every year. `closings` are parts of dates. `known_years` are the first and last year for which
    the list is complete, None where the list does not say. `left_out` is a sentence about what could not be used.
    """

    closed: Mapping[date | str, str]
    worked: Mapping[date, str] = field(default_factory=dict)
    known_years: tuple[int, int] | None = None
    closings: tuple[Closing, ...] = ()
    left_out: str = ""


def mainland_china() -> Holidays:
    """Statutory holidays and make-up working days, as far as the State Council's notices are known to the package."""
    lists = _package("chinese_calendar.constants", "chinesecalendar", "tierwatch")
    years = {day.year for day in lists.holidays}
    return Holidays(
        closed={day: str(name) for day, name in lists.holidays.items()},
        worked={day: f"make-up day for {name}" for day, name in lists.workdays.items()},
        known_years=(min(years), max(years)),
    )


def country(code: str, subdivision: str = "") -> Holidays:
    """Public holidays by a country's rules; `CN` is mainland China with its make-up days."""
    if code == "CN":
        if subdivision:
            raise ValueError("mainland China has one list for all; leave subdivision out")
        return mainland_china()
    package = _package("holidays", "holidays")
    known = package.list_supported_countries()
    if code not in known:
        raise ValueError(f"{code!r} is not a country with a list of holidays; write its ISO code, like DE or SG")
    if subdivision and subdivision not in known[code]:
        choice = f"one of {', '.join(known[code])}" if known[code] else "none: this country has one list for all"
        raise ValueError(f"{subdivision!r} is not a subdivision of {code}; write {choice}")
    found = package.country_holidays(
        code,
        subdiv=subdivision or None,
        years=range(FIRST_YEAR, LAST_YEAR + 1),
        language=package.country_holidays(code).default_language,  # else the names would change with $LANG
    )
    first = max(FIRST_YEAR, found.start_year)
    last = min(LAST_YEAR, found.end_year)
    return Holidays({day: str(name) for day, name in found.items()}, known_years=(first, last))


def icalendar_file(path: Path, transparent: bool = False, zone: str = "UTC") -> Holidays:
    """What an iCalendar file closes, repeated events included, in the calendar's *zone*.

    Whole days are holidays: all-day events, and those from midnight to midnight in the zone. Other times of day are
    closings. Cancelled events close nothing; those marked as free (TRANSP:TRANSPARENT) only if *transparent*.
    """
    try:
        feed = ical.read(_content(path), date(FIRST_YEAR, 1, 1), date(LAST_YEAR + 1, 1, 1))
    except ical.WrongFeed as error:
        raise ValueError(_refusal(path, error)) from error
    closed: dict[date | str, str] = {}
    closings: list[Closing] = []
    left_out: dict[tuple[str, str], str] = {}
    for entry in feed.entries:
        start, end = _instant(entry.start, zone), _instant(entry.end, zone)
        whole = _whole_days(entry, start, end, zone)
        if entry.cancelled:
            left_out.setdefault((entry.uid, _CANCELLED), _named(entry.name, str(entry.start)[:10]))
        elif entry.free and not transparent:
            left_out.setdefault((entry.uid, _FREE), _named(entry.name, str(entry.start)[:10]))
        elif whole is not None:
            closed.update(_each_day(*whole, entry.name))
        elif end > start:
            closings.append(Closing(start, end, entry.name))
        else:
            left_out.setdefault((entry.uid, _NO_LENGTH), _named(entry.name, str(entry.start)[:10]))
    if not closed and not closings:
        raise ValueError(_closes_nothing(path, feed.unusable, Counter(why for _, why in left_out)))
    return Holidays(closed, closings=tuple(closings), left_out=_left_out(path, feed.unusable, left_out))


_CANCELLED, _FREE, _NO_LENGTH = "cancelled", "marked as free", "without a length"
_DAY = timedelta(days=1)


def _content(path: Path) -> bytes:
    try:
        return bytes_of(path, ical.LARGEST)
    except Unfit as error:
        raise ValueError(f"{path} {error}") from error


def _refusal(path: Path, error: ical.WrongFeed) -> str:
    match error.why:
        case ical.Why.NO_PACKAGE:
            return f"needs the package {error.detail}, which is not installed; install tierwatch[calendars]"
        case ical.Why.NOT_ONE:
            return f"{path} is not an iCalendar file ({error.detail}); export it again"
        case ical.Why.TOO_MUCH:
            return f"{path} cannot be used: {error.detail}; take out what repeats so often, or give another file"


def _instant(at: date, zone: str) -> datetime:
    """When an end of an entry is; a time without a zone is one of the calendar's, a date its first instant."""
    if not isinstance(at, datetime):
        return Calendar("", zone=zone).begin(at)
    return (at.replace(tzinfo=ZoneInfo(zone)) if at.tzinfo is None else at).astimezone(UTC)


def _whole_days(entry: ical.Entry, start: datetime, end: datetime, zone: str) -> tuple[date, date] | None:
    """The first date that an entry closes and the first that it does not; None if it closes a part of a date."""
    first, last = entry.start, entry.end
    if not isinstance(first, datetime) or not isinstance(last, datetime):
        return first, max(last, first + _DAY)
    if entry.all_day:  # whole days, of whichever zone the program wrote them in
        if first.time() != time(0):
            first, last = (at.astimezone(ZoneInfo(zone)) + _DAY / 2 for at in (start, end))
        elif last.time() != time(0):
            last += _DAY
        return first.date(), max(last.date(), first.date() + _DAY)
    where = ZoneInfo(zone)
    first_date, last_date = start.astimezone(where).date(), end.astimezone(where).date()
    begin = Calendar("", zone=zone).begin
    return (first_date, last_date) if start < end and start == begin(first_date) and end == begin(last_date) else None


def _each_day(first: date, end: date, name: str) -> Iterator[tuple[date, str]]:
    """The days from *first* up to *end*, which iCalendar does not include."""
    day = max(first, date(FIRST_YEAR, 1, 1))
    while day < min(end, date(LAST_YEAR + 1, 1, 1)):
        yield day, name
        day += _DAY


def _closes_nothing(path: Path, unusable: Sequence[ical.Unusable], left_out: Counter[str]) -> str:
    if unusable:
        return f"{path} has an event {unusable[0].why}; mend it"
    why = ", ".join(f"{count} {what}" for what, count in left_out.items()) or "no event at all"
    hint = "write transparent: true to count those" if left_out[_FREE] else "give another file"
    return f"{path} closes no day between {FIRST_YEAR} and {LAST_YEAR} ({why}); {hint}"


def _left_out(path: Path, unusable: Sequence[ical.Unusable], others: Mapping[tuple[str, str], str]) -> str:
    """A sentence about the entries that close nothing, the first of them by name; nothing if there are none."""
    said = [f"{_named(one.name, one.day)} ({one.why})" for one in unusable]
    said += [f"{named} ({why})" for (_, why), named in others.items()]
    if not said:
        return ""
    more = f" and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    hint = (
        "; write transparent: true to count those that are marked as free"
        if any(why == _FREE for _, why in others)
        else ""
    )
    entries = "1 entry of it closes" if len(said) == 1 else f"{len(said)} entries of it close"
    return f"{path}: {entries} nothing: {', '.join(said[:_SHOWN])}{more}{hint}"


_SHOWN = 5


def _named(name: str, day: str) -> str:
    return " of ".join(part for part in (repr(name) if name else "one without a name", day) if part)


def _package(module: str, distribution: str, install: str = "tierwatch[calendars]") -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"needs the package {distribution}, which is not installed; install {install}") from error
