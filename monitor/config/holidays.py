"""Read lists of holidays: mainland China's, any other country's, or an iCalendar file.

A shell: reads files and other packages' data, counts nothing. Every function returns `Holidays`, or raises ValueError
with a sentence that the caller completes with file, line and key. The one surprise: the packages are imported when they
are first needed, for only policies that name a country or a file need them.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

FIRST_YEAR, LAST_YEAR = 2000, 2060
"""The years for which rules are worked out; a year outside them is provisional."""


@dataclass(frozen=True, slots=True)
class Holidays:
    """Dates on which nothing counts, and weekend dates that are worked in exchange, each with its name.

    `known_years` are the first and last year for which the list is complete, None where the list does not say.
    """

    closed: Mapping[date, str]
    worked: Mapping[date, str] = field(default_factory=dict)
    known_years: tuple[int, int] | None = None


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


def icalendar_file(path: Path, transparent: bool = False) -> Holidays:
    """The days of an iCalendar file's all-day events, repeated ones included.

    Events that are cancelled or have a time of day close nothing; those marked as free (TRANSP:TRANSPARENT) only if
    *transparent*.
    """
    parsed = _calendar(path)
    recurring = _package("recurring_ical_events", "recurring-ical-events")
    try:
        events = recurring.of(parsed).between((FIRST_YEAR, 1, 1), (LAST_YEAR + 1, 1, 1))
    except Exception as error:  # a rule that cannot be followed; the package has no common error
        raise ValueError(
            f"{path} has an event whose dates cannot be worked out ({_message(error)}); mend it"
        ) from error
    closed: dict[date, str] = {}
    left_out: Counter[str] = Counter()
    for event in events:
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            left_out["cancelled"] += 1
        elif isinstance(event.start, datetime):
            left_out["with a time of day"] += 1
        elif str(event.get("TRANSP", "")).upper() == "TRANSPARENT" and not transparent:
            left_out["marked as free"] += 1
        else:
            closed.update(_each_day(event.start, event.end, str(event.get("SUMMARY", ""))))
    if not closed:
        why = ", ".join(f"{count} {what}" for what, count in left_out.items()) or "no event at all"
        hint = "write transparent: true to count those" if left_out["marked as free"] else "give another file"
        raise ValueError(f"{path} closes no day between {FIRST_YEAR} and {LAST_YEAR} ({why}); {hint}")
    return Holidays(closed)


def _calendar(path: Path) -> Any:
    package = _package("icalendar", "icalendar")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror}); check the path and its permissions") from error
    try:
        calendar = package.Calendar.from_ical(content)
    except (
        ValueError,
        KeyError,
        IndexError,
        AttributeError,
        TypeError,
    ) as error:  # what the package raises for malformed input
        raise ValueError(f"{path} is not an iCalendar file ({_message(error)}); export it again") from error
    broken = [said for event in calendar.walk("VEVENT") for said in event.errors]
    if broken:
        key, what = broken[0]
        raise ValueError(f"{path} has an event with a wrong {key} ({_message(what)}); mend it or export it again")
    for event in calendar.walk("VEVENT"):
        if "DTSTART" not in event:
            raise ValueError(f"{path} has an event without DTSTART ({event.get('SUMMARY', 'no summary')}); mend it")
        first, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else event["DTSTART"].dt
        if type(first) is type(end) is date and end < first:
            raise ValueError(f"{path} has an event that ends on {end} and begins on {first}; mend it")
    return calendar


def _each_day(first: date, end: date, name: str) -> Iterable[tuple[date, str]]:
    """The days from *first* up to *end*, which iCalendar does not include; an event without a length has one day."""
    for offset in range(max(1, (end - first).days)):
        yield first + timedelta(days=offset), name


def _package(module: str, distribution: str, install: str = "tierwatch[calendars]") -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ValueError(f"needs the package {distribution}, which is not installed; install {install}") from error


def _message(error: object) -> str:
    """The message of a package on one line, cut to a length that fits into a sentence."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(error).strip()) or type(error).__name__
    return line if len(line) <= 100 else f"{line[:100]}…"
