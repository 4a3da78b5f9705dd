"""Name what people may write of a calendar, key by key; `calendar_file.py` makes a `Calendar` of it.

The form only: what pydantic can check, and what `tierwatch schema` tells an editor.
"""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, WithJsonSchema
from pydantic.dataclasses import dataclass

from monitor.text import NO_DAY, instead, no_day
from monitor.worktime import Span

_STRICT = ConfigDict(extra="forbid", frozen=True, defer_build=True)


def _span(text: Any) -> Span:
    found = re.fullmatch(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", str(text))
    if found is None:
        meant = instead(text, r"([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)", "08:00-12:00")
        raise ValueError(f"{text!r} is not a span of the day; write {meant}")
    a, b, c, d = (int(part) for part in found.groups())
    if a > 23 or b > 59 or d > 59 or c > 24 or (c == 24 and d):
        raise ValueError(f"{text!r} has a time that no clock shows; write 08:00-12:00 (24:00 is midnight)")
    if (a, b) == (c, d):
        raise ValueError(f"{text!r} has no length; write 08:00-12:00, or 00:00-24:00 for the whole day")
    return time(a, b), time(c % 24, d)


def _day(text: Any) -> date:
    if no_day(text):
        raise ValueError(f"{text!r} {NO_DAY}")
    if not re.fullmatch(_WITH_YEAR, str(text)):
        raise ValueError(f"{text!r} is not a date; write {instead(text, _WITH_YEAR, '2026-10-01')}")
    return date.fromisoformat(str(text))


_WITH_YEAR = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
EVERY_YEAR = re.compile(r"\d{2}-\d{2}")
"""A date without a year, as it is written: of every year."""


def moment(text: Any) -> date | str:
    """A date with its year; or one of every year, as it is written (`12-25`)."""
    if not EVERY_YEAR.fullmatch(str(text)):
        if not re.fullmatch(_WITH_YEAR, str(text)) and not no_day(text):
            meant = instead(text, rf"{_WITH_YEAR}|(0[1-9]|1[0-2])-[0-3]\d", "2026-10-01, or 10-01 for every year")
            raise ValueError(f"{text!r} is not a date; write {meant}")
        return _day(text)
    try:
        date.fromisoformat(f"2000-{text}")  # a leap year: 02-29 is a date, in the years that have it
    except ValueError as error:
        raise ValueError(f"{text!r} {NO_DAY}") from error
    return str(text)


def _years(text: Any) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", str(text))
    if found is None or int(found[2] or found[1]) < int(found[1]):
        raise ValueError(f"{text!r} is not a year or a run of years; write 2026 or 2024-2027")
    return int(found[1]), int(found[2] or found[1])


_DAY = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
_MOMENT = {"type": "string", "pattern": r"^(\d{4}-)?\d{2}-\d{2}$", "examples": ["2026-10-01", "10-01"]}
_SPAN = {"type": "string", "pattern": r"^\d{2}:\d{2}-\d{2}:\d{2}$", "examples": ["08:00-12:00"]}
_YEARS = {
    "type": ["string", "integer"],
    "pattern": r"^\d{4}(-\d{4})?$",
    "minimum": 1000,
    "maximum": 9999,
    "examples": ["2024-2027"],
}

SpanText = Annotated[Any, BeforeValidator(_span), WithJsonSchema(_SPAN)]
DayText = Annotated[Any, BeforeValidator(_day), WithJsonSchema(_DAY)]
MomentText = Annotated[Any, BeforeValidator(moment), WithJsonSchema(_MOMENT)]
YearsText = Annotated[Any, BeforeValidator(_years), WithJsonSchema(_YEARS)]


def _hours(value: Any) -> Any:
    if value == "24x7" or isinstance(value, dict):
        return value
    given = "is empty" if value is None else f"{value!r} is neither 24x7 nor days with their spans"
    raise ValueError(f"{given}; write 24x7, or days below it: mon-fri: [08:00-12:00, 13:00-17:00]")


HoursOfDays = Annotated[Literal["24x7"] | dict[str, list[SpanText]], BeforeValidator(_hours)]


@dataclass(config=_STRICT)
class CountryText:
    country: str
    """The ISO code of a country whose holidays close the day, such as `CN`, `HK` or `DE`."""
    subdivision: str = ""
    """A part of `country`, such as `BY`, for the holidays that only it has; not for `CN`."""
    make_up_hours: list[SpanText] | None = None
    """For `country: CN` only: the hours of a make-up working day; without it, those that a Monday has on that date."""


@dataclass(config=_STRICT)
class IcsText:
    ics: str
    """The path of an iCalendar file, from the folder of the policy file. Its all-day events close the day, those with a
    time of day a part of it."""
    years: YearsText = None
    """The years for which the file of `ics` is complete: a year without a single day is then refused."""
    transparent: bool = False
    """`true`: events of `ics` that are marked as free close their time too."""


@dataclass(config=_STRICT)
class DatesText:
    dates: list[MomentText]
    """The dates that are closed; `12-25` is closed in every year."""
    years: YearsText = None
    """The years for which `dates` is complete; years outside are provisional. `12-25` is closed there too."""


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
    Annotated[MomentText, Tag("union[day]")]
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
    date: MomentText
    """The date that differs from its weekday; `12-24` differs in every year."""
    hours: list[SpanText]
    """The hours of this date; `[]` is closed."""
    reason: str
    """Why the date is different; explanations show it."""
    approved_by: str = ""
    """Who allowed it; explanations show it beside `reason`."""


@dataclass(config=_STRICT)
class SeasonText:
    since: Annotated[MomentText, Field(alias="from")]
    """The first date of the season: `06-01` of every year, or with its year, `2026-06-15`."""
    until: Annotated[MomentText, Field(alias="to")]
    """The last date of the season, which belongs to it; before `from` it is one of the next year."""
    hours: HoursOfDays
    """The hours of the season, written like the `hours` of the calendar, whose place they take; `{}` is closed."""
    name: str = ""
    """What people call the season; explanations show it."""


@dataclass(config=_STRICT)
class CalendarText:
    zone: str
    """The time zone of the hours, or `site` for that of the installation."""
    hours: HoursOfDays
    """`24x7`, or days → spans: `mon-fri: [08:00-12:00, 13:00-17:00]`."""
    seasons: list[SeasonText] = field(default_factory=list)
    """Other hours for parts of the year, such as a summer. Not with `hours: 24x7`."""
    version: str = "1"
    """Your name for this state of the calendar; `tierwatch explain` shows it."""
    shift_belongs_to: Literal["begin", "end"] = "begin"
    """Whether a span that crosses midnight belongs to the date on which it begins or on which it ends. See `hours`."""
    week_begins: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    """The day on which a week begins, for targets with `per: week`."""
    holidays: HolidaysText = field(default_factory=list)
    """When no time counts: a list of a country, a file or dates, or a list that mixes them; `12-25` is a date of every
    year. Not with `hours: 24x7`."""
    working_days: dict[str, list[SpanText]] = field(default_factory=dict)
    """Date → spans: a weekend date that is worked, or a half day, `12-24` in every year; it holds over `holidays`."""
    days: list[DatedText] = field(default_factory=list)
    """Single dates with a reason, with or without a year; each holds over `hours`, `holidays` and `working_days`."""
    source: str = ""
    """The document and clause that gives these hours; `assumed` if none does."""
    note: str = ""
    """A remark on `source`."""
