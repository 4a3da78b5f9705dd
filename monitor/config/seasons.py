"""Read the seasons of a calendar: weekly hours that hold for a part of the year.

Seasons of every year may not overlap, nor may two with years; one with years holds over one of every year. A shift has
the hours of the season in which its date lies, to its end (semantics 43).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from monitor.config import shifts
from monitor.config.calendar_schema import SeasonText
from monitor.config.yaml_file import Document, Loc
from monitor.worktime import ALL_DAY, MIDNIGHT, Season, Week

_LEAP = tuple((date(2000, 1, 1) + timedelta(days=n)).isoformat()[5:] for n in range(366))


def seasons(document: Document, loc: Loc, texts: Sequence[SeasonText], by_end: bool) -> tuple[Season, ...]:
    """The seasons of a calendar, those with years first. Raises ConfigError with file, line and key."""
    found: list[Season] = []
    for index, text in enumerate(texts):
        season = _season(document, (*loc, index), text, by_end)
        for other in found:
            both = _both(other, season)
            if both:
                raise document.error(
                    (*loc, index, "from"),
                    f"{_dates(other)} and {_dates(season)} both have {both}; end one of them before the other begins",
                )
        found.append(season)
    return tuple(sorted(found, key=lambda one: not one.dated))


def _season(document: Document, loc: Loc, text: SeasonText, by_end: bool) -> Season:
    first, last = str(text.since), str(text.until)
    if isinstance(text.since, date) is not isinstance(text.until, date):
        raise document.error((*loc, "to"), f"{_run(first, last)} has one year; write both dates with it, or neither")
    if isinstance(text.since, date) and text.until < text.since:
        raise document.error((*loc, "to"), f"{_run(first, last)} runs backwards; write the earlier date under from")
    hours: Week = dict.fromkeys(range(7), ALL_DAY)
    begins = MIDNIGHT
    if isinstance(text.hours, dict):
        hours, begins = shifts.week(document, loc, text.hours, by_end)
    return Season(text.name, first, last, hours, begins)


def _both(one: Season, other: Season) -> str:
    """A date that lies in both, the first in the year; nothing where they are apart, or only one has years."""
    if one.dated is not other.dated:
        return ""
    if one.dated:
        return max(one.first, other.first) if max(one.first, other.first) <= min(one.last, other.last) else ""
    return next(iter(sorted(set(_days(one)) & set(_days(other)))), "")


def _days(season: Season) -> Iterator[str]:
    """Every day of the year that lies in a season of every year."""
    wraps = season.last < season.first
    for day in _LEAP:
        if (day >= season.first or day <= season.last) if wraps else season.first <= day <= season.last:
            yield day


def _dates(season: Season) -> str:
    return _run(season.first, season.last)


def _run(first: str, last: str) -> str:
    return f"{first} to {last}"
