"""Calendars to test with: an office in Shanghai, and random ones in zones that change their clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from monitor.worktime.calendars import Calendar, Span
from monitor.worktime.working_time import WorkingTime

OFFICE = ((time(8), time(12)), (time(13), time(17)))
ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
PARTLY_USABLE = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:x
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20260101
SUMMARY:New Year
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20260505
TRANSP:TRANSPARENT
SUMMARY:Team day
END:VEVENT
BEGIN:VEVENT
UID:3
DTSTART;TZID=Moon/Sea:20260306T080000
DTEND;TZID=Moon/Sea:20260306T120000
SUMMARY:Outing
END:VEVENT
END:VCALENDAR
"""
"""An iCalendar file of which one entry can be used."""


def left_out(folder: Path) -> str:
    """What is said of it, as `own.ics` in the calendar `office`."""
    return (
        f"calendar office: {folder}/own.ics: 2 entries of it close nothing:"
        " 'Outing' of 2026-03-06 (in a zone that nobody knows (Moon/Sea)), 'Team day' of 2026-05-05 (marked as free);"
        " write transparent: true to count those that are marked as free"
    )


FIRST, LAST = date(2024, 1, 1), date(2029, 12, 31)


def office(zone: str = "Asia/Shanghai", **changes: Any) -> WorkingTime:
    return WorkingTime(Calendar("office", zone=zone, weekly={day: OFFICE for day in range(5)}, **changes))


def near_the_change() -> tuple[datetime, ...]:
    """Instants at which one of the zones changes its clocks, and the ends of years."""
    return (
        datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC),
        datetime(2026, 3, 8, 7, tzinfo=UTC), datetime(2026, 11, 1, 6, tzinfo=UTC),
        datetime(2026, 4, 4, 15, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
        datetime(2025, 12, 31, 16, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC),
    )  # fmt: skip


spans = st.lists(st.integers(0, 1439), min_size=2, max_size=6, unique=True).map(
    lambda m: tuple(
        (time(a // 60, a % 60), time(b // 60, b % 60)) for a, b in zip(sorted(m)[::2], sorted(m)[1::2], strict=False)
    )
)


def _an_hour_a_week(weekly: dict[int, tuple[Span, ...]]) -> bool:
    minutes = (b.hour * 60 + b.minute - a.hour * 60 - a.minute for of_day in weekly.values() for a, b in of_day)
    return sum(minutes) >= 60


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    weekly = draw(st.dictionaries(st.integers(0, 6), spans, min_size=1, max_size=7).filter(_an_hour_a_week))
    days = draw(st.dictionaries(st.dates(FIRST, LAST), st.just(()) | spans, max_size=20))
    return Calendar("random", zone=draw(st.sampled_from(ZONES)), weekly=weekly, days=days)
