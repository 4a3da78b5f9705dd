"""Check the calendars of a policy file and make the `Calendar` that the core uses.

A date can differ from its weekday. These are applied in order, and a later one replaces an earlier one: holidays,
make-up days, `working_days`, `days` from the top.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict, Discriminator, Tag, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.config import holidays as holiday_sources
from monitor.config import shifts
from monitor.config.holidays import Holidays
from monitor.config.yaml_file import Document, Loc
from monitor.errors import ConfigError
from monitor.worktime import MIDNIGHT, Because, Calendar, DayKind, Span, Week, WorkingTime

_STRICT = ConfigDict(extra="forbid", frozen=True)


def _span(text: Any) -> Span:
    found = re.fullmatch(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", str(text))
    if found is None:
        raise ValueError(f"{text!r} is not a span of the day; write 08:00-12:00")
    a, b, c, d = (int(part) for part in found.groups())
    if a > 23 or b > 59 or d > 59 or c > 24 or (c == 24 and d):
        raise ValueError(f"{text!r} has a time that no clock shows; write 08:00-12:00 (24:00 is midnight)")
    if (a, b) == (c, d):
        raise ValueError(f"{text!r} has no length; write 08:00-12:00, or 00:00-24:00 for the whole day")
    return time(a, b), time(c % 24, d)


def _day(text: Any) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(text)):
        raise ValueError(f"{text!r} is not a date; write 2026-10-01")
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise ValueError(f"{text!r} is a day that no year has; write one that exists") from error


def _years(text: Any) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", str(text))
    if found is None or int(found[2] or found[1]) < int(found[1]):
        raise ValueError(f"{text!r} is not a year or a run of years; write 2026 or 2024-2027")
    return int(found[1]), int(found[2] or found[1])


_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_SPAN = {"type": "string", "pattern": r"^\d{2}:\d{2}-\d{2}:\d{2}$", "examples": ["08:00-12:00"]}
_YEARS = {"type": ["string", "integer"], "pattern": r"^\d{4}(-\d{4})?$", "examples": ["2024-2027"]}

SpanText = Annotated[Any, BeforeValidator(_span), WithJsonSchema(_SPAN)]
DayText = Annotated[Any, BeforeValidator(_day), WithJsonSchema(_DAY)]
YearsText = Annotated[Any, BeforeValidator(_years), WithJsonSchema(_YEARS)]


@dataclass(config=_STRICT)
class CountryText:
    country: str
    """The ISO code of a country whose holidays close the day, such as `CN`, `HK` or `DE`."""
    subdivision: str = ""
    """A part of `country`, such as `BY`, for the holidays that only it has; not for `CN`."""
    make_up_hours: list[SpanText] | None = None
    """For `country: CN` only: the hours of a make-up working day; without it, those of Monday."""


@dataclass(config=_STRICT)
class IcsText:
    ics: str
    """The path of an iCalendar file, from the folder of the policy file; its all-day events close the day."""
    years: YearsText = None
    """The years for which the file of `ics` is complete: a year without a single day is then refused."""
    transparent: bool = False
    """`true`: events of `ics` that are marked as free close the day too."""


@dataclass(config=_STRICT)
class DatesText:
    dates: list[DayText]
    """The dates that are closed."""
    years: YearsText = None
    """The years for which `dates` is complete; years outside are provisional."""


def _kind(value: Any) -> str | None:
    """Which form a source of holidays is written in; the tags look like pydantic's types, which messages leave out."""
    if isinstance(value, dict):
        return next((f"union[{key}]" for key in ("country", "ics", "dates") if key in value), None)
    made = {CountryText: "union[country]", IcsText: "union[ics]", DatesText: "union[dates]", list: "list[items]"}
    return made.get(type(value))


def _kind_of_item(value: Any) -> str | None:
    return _kind(value) if isinstance(value, dict) else None if isinstance(value, list) else "union[day]"


_FORMS = "write dates, {country: DE}, {ics: holidays.ics} or {dates: […], years: 2026}"
_Item = Annotated[
    Annotated[DayText, Tag("union[day]")]
    | Annotated[CountryText, Tag("union[country]")]
    | Annotated[IcsText, Tag("union[ics]")]
    | Annotated[DatesText, Tag("union[dates]")],
    Discriminator(_kind_of_item, "form", f"is no date and no source of holidays; {_FORMS}"),
]
HolidaysText = Annotated[
    Annotated[list[_Item], Tag("list[items]")]
    | Annotated[CountryText, Tag("union[country]")]
    | Annotated[IcsText, Tag("union[ics]")]
    | Annotated[DatesText, Tag("union[dates]")],
    Discriminator(_kind, "form", f"is no list and no source of holidays; {_FORMS}"),
]


@dataclass(config=_STRICT)
class DatedText:
    date: DayText
    """The date that differs from its weekday."""
    hours: list[SpanText]
    """The hours of this date; `[]` is closed."""
    reason: str
    """Why the date is different; explanations show it."""
    approved_by: str = ""
    """Who allowed it; explanations show it beside `reason`."""


@dataclass(config=_STRICT)
class CalendarText:
    zone: str
    """The time zone of the hours, or `site` for that of the installation."""
    hours: Literal["24x7"] | dict[str, list[SpanText]]
    """`24x7`, or days → spans: `mon-fri: [08:00-12:00, 13:00-17:00]`."""
    version: str = "1"
    """Your name for this state of the calendar; `tierwatch explain` shows it."""
    shift_belongs_to: Literal["begin", "end"] = "begin"
    """Whether a span that crosses midnight belongs to the date on which it begins or on which it ends. See `hours`."""
    holidays: HolidaysText = field(default_factory=list)
    """When no time counts: a list of a country, a file or dates, or a list that mixes them. Not with `hours: 24x7`."""
    working_days: dict[str, list[SpanText]] = field(default_factory=dict)
    """Date → spans: a weekend date that is worked, or a half day; it holds over `holidays`."""
    days: list[DatedText] = field(default_factory=list)
    """Single dates with a reason; each holds over `hours`, `holidays` and `working_days`."""
    source: str = ""
    """The document and clause that gives these hours; `assumed` if none does."""
    note: str = ""
    """A remark on `source`."""


def build(document: Document, name: str, text: CalendarText, site_zone: str, folder: Path) -> Calendar:
    """Make one calendar; *folder* is where relative paths begin. Raises ConfigError with file, line and key."""
    loc: Loc = ("calendars", name)
    zone = site_zone if text.zone == "site" else text.zone
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise document.error((*loc, "zone"), f"{zone!r} is not a time zone; write one like Asia/Shanghai") from error
    days = _Days()
    weekly: Week = {}
    begins = MIDNIGHT
    if isinstance(text.hours, dict):
        weekly, begins = shifts.week(document, loc, text.hours, text.shift_belongs_to == "end")
        _holidays(document, (*loc, "holidays"), text.holidays, (weekly, begins), folder, days)
    elif text.shift_belongs_to == "end":
        raise document.error((*loc, "shift_belongs_to"), "there are no shifts around the clock (24x7); remove it")
    _dated(document, loc, text, days, begins)
    dated = next((key for key in ("holidays", "working_days", "days") if getattr(text, key)), None)
    if dated and text.hours == "24x7":
        raise document.error(
            (*loc, dated), "changes nothing around the clock (24x7); remove it, or write hours: mon-sun: [00:00-24:00]"
        )
    calendar = Calendar(
        name, text.version, zone, text.hours == "24x7", weekly, days.spans, days.because, days.known_years,
        day_begins=begins,
    )  # fmt: skip
    try:
        WorkingTime(calendar)
    except ConfigError as error:
        raise document.error(loc, str(error)) from error
    return calendar


class _Days:
    """The dates that differ from their weekday, as read so far; a later entry replaces an earlier one."""

    def __init__(self) -> None:
        self.spans: dict[date, tuple[Span, ...]] = {}
        self.because: dict[date, Because] = {}
        self.known_years: tuple[int, int] | None = None

    def set(self, day: date, spans: tuple[Span, ...], because: Because | None = None) -> None:
        self.spans[day] = spans
        self.because.pop(day, None)
        if because is not None:
            self.because[day] = because

    def close(self, found: Holidays) -> None:
        for day, name in found.closed.items():
            self.set(day, (), Because(DayKind.HOLIDAY, name))
        if found.known_years is not None:
            first, last = self.known_years or found.known_years
            self.known_years = max(first, found.known_years[0]), min(last, found.known_years[1])


def _holidays(
    document: Document, loc: Loc, text: Any, hours: tuple[Week, timedelta], folder: Path, days: _Days
) -> None:
    """Apply all holidays and then all make-up days, so that no list closes a day that another one opens."""
    items = [((*loc, i), item) for i, item in enumerate(text)] if isinstance(text, list) else [(loc, text)]
    made_up: dict[date, tuple[tuple[Span, ...], str]] = {}
    for place, item in items:
        found = _read(document, place, item, folder)
        days.close(found)
        if isinstance(item, CountryText):
            worked = _make_up_hours(document, place, item, hours, bool(found.worked))
            made_up.update({day: (worked, name) for day, name in found.worked.items()})
    for day, (spans, name) in made_up.items():
        days.set(day, spans, Because(DayKind.MAKE_UP, name))


def _read(document: Document, loc: Loc, item: Any, folder: Path) -> Holidays:
    if isinstance(item, date):
        return Holidays({item: ""})
    if isinstance(item, DatesText):
        return _complete(document, (*loc, "dates"), Holidays(dict.fromkeys(item.dates, "")), item.years)
    key = "ics" if isinstance(item, IcsText) else "subdivision" if item.subdivision else "country"
    try:
        if isinstance(item, CountryText):
            return holiday_sources.country(item.country, item.subdivision)
        found = holiday_sources.icalendar_file(folder / item.ics, item.transparent)
    except ValueError as error:
        raise document.error((*loc, key), str(error)) from error
    return _complete(document, (*loc, key), found, item.years)


def _complete(document: Document, loc: Loc, found: Holidays, years: tuple[int, int] | None) -> Holidays:
    """Refuse a list that has no date in a year for which it claims to be complete."""
    if years is None:
        return found
    listed = {day.year for day in found.closed}
    for year in range(years[0], years[1] + 1):
        if year not in listed:
            raise document.error(loc, f"no holiday of {year} is listed; add that year or take it out of years")
    if loc[-1] == "dates":
        outside = [day for day in found.closed if not years[0] <= day.year <= years[1]]
        if outside:
            raise document.error(loc, f"{min(outside)} is outside the years of this list; correct the date or years")
    return Holidays(found.closed, found.worked, years)


def _make_up_hours(
    document: Document, loc: Loc, item: CountryText, hours: tuple[Week, timedelta], needed: bool
) -> tuple[Span, ...]:
    """The hours of a weekend day that is worked: those given, else Monday's."""
    weekly, begins = hours
    if item.make_up_hours is not None:
        if not needed:
            raise document.error((*loc, "make_up_hours"), f"{item.country} has no make-up working days; remove it")
        return shifts.in_order(document, (*loc, "make_up_hours"), item.make_up_hours, begins)
    if needed and not weekly.get(0):
        raise document.error(
            (*loc, "country"),
            "make-up days have Monday's hours, and there are none; write make_up_hours: [08:00-12:00]",
        )
    return weekly.get(0, ())


def _dated(document: Document, loc: Loc, text: CalendarText, days: _Days, begins: timedelta) -> None:
    for written, hours in text.working_days.items():
        place = (*loc, "working_days", written)
        try:
            day = _day(written)
        except ValueError as error:
            raise document.error(place, str(error)) from error
        days.set(day, shifts.in_order(document, place, hours, begins))
    for index, overlay in enumerate(text.days):
        if not overlay.reason.strip():
            raise document.error((*loc, "days", index, "reason"), "is empty; say why this day is different")
        because = Because(DayKind.OVERLAY, overlay.reason, overlay.approved_by)
        spans = shifts.in_order(document, (*loc, "days", index, "hours"), overlay.hours, begins)
        days.set(overlay.date, spans, because)
