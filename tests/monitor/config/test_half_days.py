"""Entries of an iCalendar file with a time of day, whole days that other programs write, and what cannot be used."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.config import calendar_file, calendar_schema, yaml_file
from monitor.config.holidays import icalendar_file
from monitor.worktime.calendars import Calendar
from monitor.worktime.day_layout import stretches
from monitor.worktime.working_time import WorkingTime

H = timedelta(hours=1)
NEW_YEAR = ("DTSTART;VALUE=DATE:20260101", "SUMMARY:New Year")
JOBURG = "TZID=Africa/Johannesburg"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def feed(path: Path, *events: tuple[str, ...]) -> Path:
    body = "".join(
        "\r\n".join(["BEGIN:VEVENT", *([] if any(line.startswith("UID") for line in lines) else [f"UID:{number}"]),
                     *lines, "END:VEVENT", ""])
        for number, lines in enumerate(events)
    )  # fmt: skip
    path.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n", encoding="utf-8")
    return path


def office(folder: Path, *events: tuple[str, ...], more: str = "", zone: str = "Africa/Johannesburg",
           hours: str = "mon-fri: [08:00-17:00]") -> Calendar:  # fmt: skip
    feed(folder / "own.ics", *events)
    text = f"c:\n  zone: {zone}\n  hours: {{{hours}}}\n  holidays: [{{ics: own.ics}}]\n{more}"
    document = yaml_file.parse(text, "case.yml")
    found = yaml_file.validate(dict[str, calendar_schema.CalendarText], document)["c"]
    return calendar_file.build(document, "c", found, "UTC", folder)


def counted(calendar: Calendar, day: str) -> float:
    """Hours on a date in Johannesburg, two hours ahead of UTC."""
    start = utc(f"{day} 00:00") - 2 * H
    return WorkingTime(calendar).counted(start, start + 24 * H) / H


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        ((f"DTSTART;{JOBURG}:20260130T120000", f"DTEND;{JOBURG}:20260130T170000"), 4),
        (("DTSTART:20260130T100000Z", "DTEND:20260130T150000Z"), 4),
        (("DTSTART:20260130T120000", "DTEND:20260130T170000"), 4),
        (("DTSTART:20260130T120000", "DURATION:PT2H"), 7),
        (("DTSTART;TZID=Europe/Berlin:20260130T110000", "DTEND;TZID=Europe/Berlin:20260130T160000"), 4),
        (("DTSTART;TZID=South Africa Standard Time:20260130T120000", "DURATION:PT5H"), 4),
        (("DTSTART:20260129T220000", "DTEND:20260130T090000"), 8),
        (("DTSTART:20260130T090000", "DTEND:20260202T100000"), 1),
        (("DTSTART:20260102T120000", "DTEND:20260102T170000", "RRULE:FREQ=WEEKLY"), 4),
        (("DTSTART:20260102T120000", "DTEND:20260102T170000", "RRULE:FREQ=WEEKLY", "EXDATE:20260130T120000"), 9),
        (("DTSTART:20260102T120000", "DTEND:20260102T170000", "RDATE:20260130T150000"), 7),
        (("DTSTART:20260130T170000", "DTEND:20260131T080000"), 9),
    ],
    ids=["zone", "UTC", "floating", "duration", "another zone", "a name of Outlook's", "across midnight", "days long",
         "weekly", "but not then", "RDATE", "outside the hours"],
)  # fmt: skip
def test_an_entry_with_a_time_of_day_closes_that_part(lines: tuple[str, ...], left: int, tmp_path: Path) -> None:
    assert counted(office(tmp_path, NEW_YEAR, (*lines, "SUMMARY:Half day")), "2026-01-30") == left


def test_one_moved_half_day_of_a_series_moves(tmp_path: Path) -> None:
    series = ("UID:s", "DTSTART:20260102T120000", "DTEND:20260102T170000", "RRULE:FREQ=WEEKLY")
    moved = ("UID:s", "RECURRENCE-ID:20260130T120000", "DTSTART:20260129T150000", "DTEND:20260129T170000")
    calendar = office(tmp_path, series, moved)
    assert [counted(calendar, f"2026-01-{day}") for day in (29, 30)] == [7, 9]
    assert counted(calendar, "2026-02-06") == 4


@pytest.mark.parametrize(
    ("lines", "closed"),
    [
        ((f"DTSTART;{JOBURG}:20260130T000000", f"DTEND;{JOBURG}:20260131T000000"), [30]),
        (("DTSTART:20260129T220000Z", "DTEND:20260131T220000Z"), [30, 31]),
        (("DTSTART;TZID=China Standard Time:20260130T000000", "DTEND;TZID=China Standard Time:20260131T000000",
          "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), [30]),
        (("DTSTART:20260129T230000Z", "DTEND:20260130T230000Z", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), [30]),
        (("DTSTART:20260130T000000", "DTEND:20260130T000000", "X-MICROSOFT-CDO-ALLDAYEVENT:TRUE"), [30]),
    ],
    ids=["Outlook", "two days in UTC", "of another zone", "an hour beside midnight", "without a length"],
)  # fmt: skip
def test_an_entry_from_midnight_to_midnight_is_a_holiday(
    lines: tuple[str, ...], closed: list[int], tmp_path: Path
) -> None:
    calendar = office(tmp_path, (*lines, "SUMMARY:Closed"))
    assert [day.day for day, spans in calendar.days.items() if spans == ()] == closed
    assert calendar.because[date(2026, 1, 30)].reason == "Closed"
    assert calendar.closings == ()
    assert WorkingTime(calendar).add_days(utc("2026-01-29 10:00"), 1) == utc("2026-02-02 10:00")


def test_midnight_is_that_of_the_calendar_where_its_zone_leaves_it_out(tmp_path: Path) -> None:
    """In Cairo 26 April 2024 begins at 01:00."""
    found = icalendar_file(
        feed(tmp_path / "a.ics", ("DTSTART:20240425T220000Z", "DTEND:20240426T210000Z", "SUMMARY:x")),
        zone="Africa/Cairo",
    )
    assert list(found.closed) == [date(2024, 4, 26)]


def test_a_date_that_two_half_days_close_is_no_working_day(tmp_path: Path) -> None:
    calendar = office(
        tmp_path, NEW_YEAR,
        ("DTSTART:20260130T000000", "DTEND:20260130T123000", "SUMMARY:Morning"),
        ("DTSTART:20260130T123000", "DTEND:20260130T180000", "SUMMARY:Afternoon"),
    )  # fmt: skip
    working = WorkingTime(calendar)
    assert working.add_days(utc("2026-01-29 10:00"), 1) == utc("2026-02-02 10:00")
    assert working.dates.counted(utc("2026-01-29 22:00"), utc("2026-01-30 22:00")) == 0 * H
    assert working.dates.counted(utc("2026-01-28 22:00"), utc("2026-01-29 22:00")) == 24 * H
    (day,) = stretches(working, utc("2026-01-29 22:00"), utc("2026-01-30 22:00"))
    assert (day.kind.value, day.reason, day.days) == ("holiday", "Morning, Afternoon", 1)


@pytest.mark.parametrize(
    ("more", "left"),
    [
        ("", 5),
        ("  working_days: {2026-01-31: [08:00-17:00]}\n", 9),
        ("  days: [{date: 2026-01-31, hours: [08:00-17:00], reason: stocktaking}]\n", 9),
        ("  days: [{date: 01-31, hours: [08:00-17:00], reason: stocktaking}]\n", 9),
        ("  seasons: [{from: 01-01, to: 01-31, hours: {sat: [12:00-20:00]}}]\n", 3),
    ],
    ids=["usual hours", "working_days", "days", "every year", "season"],
)
def test_a_half_day_cuts_all_hours_but_those_that_somebody_wrote_for_the_date(
    more: str, left: int, tmp_path: Path
) -> None:
    half = ("DTSTART:20260131T120000", "DTEND:20260131T170000", "SUMMARY:Half day")
    calendar = office(tmp_path, half, more=more, hours="mon-sat: [07:00-12:00, 13:00-15:00]")
    assert counted(calendar, "2026-01-31") == left


def test_a_make_up_day_is_cut(tmp_path: Path) -> None:
    half = ("DTSTART:20260214T120000", "DTEND:20260214T170000", "SUMMARY:Half day")
    calendar = office(tmp_path, half)
    feed(tmp_path / "own.ics", half)
    text = "c:\n  zone: Asia/Shanghai\n  hours: {mon-fri: [08:00-17:00]}\n  holidays: [{country: CN}, {ics: own.ics}]\n"
    document = yaml_file.parse(text, "case.yml")
    found = yaml_file.validate(dict[str, calendar_schema.CalendarText], document)["c"]
    calendar = calendar_file.build(document, "c", found, "UTC", tmp_path)
    (day,) = stretches(WorkingTime(calendar), utc("2026-02-13 16:00"), utc("2026-02-14 16:00"))
    assert (day.kind.value, day.each, day.reason) == ("make_up", 4 * H, "make-up day for Spring Festival, Half day")


def test_a_half_day_cuts_the_shift_of_the_night(tmp_path: Path) -> None:
    """The shift of Friday the 30th ends on Saturday at 06:00; the entry is from 23:00 to 02:00."""
    half = ("DTSTART:20260130T230000", "DTEND:20260131T020000", "SUMMARY:Half day")
    working = WorkingTime(office(tmp_path, half, hours="mon-fri: [22:00-06:00]"))
    assert working.counted(utc("2026-01-30 10:00"), utc("2026-01-31 10:00")) == 5 * H


def test_an_explanation_names_the_half_day(tmp_path: Path) -> None:
    working = WorkingTime(office(tmp_path, ("DTSTART:20260130T120000", "DTEND:20260130T170000", "SUMMARY:Half day")))
    (whole,) = stretches(working, utc("2026-01-29 22:00"), utc("2026-01-30 22:00"))
    assert (whole.kind.value, whole.each, whole.reason) == ("partly_closed", 4 * H, "Half day")
    found = stretches(working, utc("2026-01-30 09:00"), utc("2026-01-30 22:00"))  # from 11:00 on
    assert [(part.kind.value, part.counted / H, part.reason) for part in found] == [
        ("counted", 1, ""), ("partly_closed", 0, "Half day"), ("off_hours", 0, ""),
    ]  # fmt: skip


# -- what cannot be used ---------------------------------------------------------------------------------------------

LEFT_OUT = [
    (("DTSTART:20260404T080000Z", "SUMMARY:No end"), "'No end' of 2026-04-04 (without a length)"),
    (("DTSTART;VALUE=DATE:20260404", "SUMMARY:Call", "STATUS:CANCELLED"), "'Call' of 2026-04-04 (cancelled)"),
    (("DTSTART;VALUE=DATE:soon", "SUMMARY:Outing"),
     "'Outing' (with a wrong DTSTART (Expected datetime, date, or time. Got: 'soon'))"),
    (("SUMMARY:Outing",), "'Outing' (without DTSTART (Outing))"),
    (("DTSTART;VALUE=DATE:20260404", "DTEND;VALUE=DATE:20260401"),
     "one without a name of 2026-04-04 (that ends on 2026-04-01 and begins on 2026-04-04)"),
    (("DTSTART;TZID=Moon/Sea:20260404T080000", "DTEND;TZID=Moon/Sea:20260404T090000", "SUMMARY:x"),
     "'x' of 2026-04-04 (in a zone that nobody knows (Moon/Sea))"),
    (("DTSTART:20260404T080000Z", "DTEND:20260404T080001Z", "RRULE:FREQ=SECONDLY", "SUMMARY:x"),
     "'x' of 2026-04-04 (that repeats more often than every hour)"),
    (("DTSTART;VALUE=DATE:20260404", "DTEND:20260404T090000Z", "SUMMARY:x"),
     "'x' of 2026-04-04 (of which one end is a date and the other one a time)"),
    (("DTSTART:20260404T080000", "DTEND:20260404T090000Z", "SUMMARY:x"),
     "'x' of 2026-04-04 (of which only one end has a zone)"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "said"), LEFT_OUT, ids=[said for _, said in LEFT_OUT])
def test_an_entry_that_cannot_be_used_is_named_and_leaves_the_others(
    lines: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    found = icalendar_file(feed(tmp_path / "own.ics", NEW_YEAR, lines))
    assert list(found.closed) == [date(2026, 1, 1)]
    assert found.left_out == f"{tmp_path}/own.ics: 1 entry of it closes nothing: {said}"


def test_the_first_entries_that_cannot_be_used_are_named_and_all_are_counted_once(tmp_path: Path) -> None:
    free = [
        ("DTSTART;VALUE=DATE:20260505", f"SUMMARY:Free {n}", "TRANSP:TRANSPARENT", "RRULE:FREQ=YEARLY")
        for n in range(7)
    ]
    said = icalendar_file(feed(tmp_path / "own.ics", NEW_YEAR, *free)).left_out
    assert said == (
        f"{tmp_path}/own.ics: 7 entries of it close nothing: "
        + ", ".join(f"'Free {n}' of 2026-05-05 (marked as free)" for n in range(5))
        + " and 2 more; write transparent: true to count those that are marked as free"
    )


def test_a_name_from_a_feed_is_one_line_and_not_long(tmp_path: Path) -> None:
    hostile = ("DTSTART:20260404T080000Z", "SUMMARY:a\\nb\x1b[31m" + "x" * 500)
    said = icalendar_file(feed(tmp_path / "own.ics", NEW_YEAR, hostile)).left_out
    assert said.isprintable()
    assert len(said) < 400
