from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

import pytest

from monitor.config.holidays import FIRST_YEAR, LAST_YEAR, country, icalendar_file, mainland_china

NEW_YEAR = ("DTSTART;VALUE=DATE:20260101", "SUMMARY:New Year")


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{abs(hash(lines))}", *lines, "END:VEVENT", ""])


@pytest.fixture
def ics(tmp_path: Path) -> Path:
    return tmp_path / "holidays.ics"


def write(path: Path, *events: tuple[str, ...]) -> Path:
    body = "".join(event(*lines) for lines in events)
    path.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:test\r\n{body}END:VCALENDAR\r\n", encoding="utf-8")
    return path


def test_mainland_china_has_statutory_holidays_and_make_up_days() -> None:
    """The notice for 2026: Spring Festival from 15 to 23 February, worked for on Saturdays 14 and 28 February."""
    found = mainland_china()
    closed = [day for day in found.closed if day.year == 2026 and day.month == 2]
    assert closed == [date(2026, 2, day) for day in range(15, 24)]
    assert found.closed[date(2026, 2, 17)] == "Spring Festival"
    assert [day for day in found.worked if day.year == 2026 and day.month == 2] == [
        date(2026, 2, 14),
        date(2026, 2, 28),
    ]
    assert found.worked[date(2026, 2, 14)] == "make-up day for Spring Festival"
    assert not set(found.closed) & set(found.worked)


def test_the_known_years_of_mainland_china_are_those_of_the_notices() -> None:
    found = mainland_china()
    assert found.known_years is not None
    first, last = found.known_years
    assert first == 2004
    assert last >= 2026
    assert {day.year for day in found.closed} == set(range(first, last + 1)), "a year in between is missing"


def test_a_country_and_a_part_of_it() -> None:
    germany, bavaria = country("DE"), country("DE", "BY")
    epiphany = date(2026, 1, 6)
    assert epiphany in bavaria.closed
    assert epiphany not in germany.closed
    assert germany.closed[date(2026, 10, 3)] == "Tag der Deutschen Einheit"
    assert not germany.worked
    assert germany.known_years == (FIRST_YEAR, LAST_YEAR)
    assert country("CN") == mainland_china()


@pytest.mark.parametrize("language", ["en_US.UTF-8", "zh_CN.UTF-8"])
def test_names_do_not_change_with_the_language_of_the_machine(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LANG", "LANGUAGE", "LC_ALL"):
        monkeypatch.setenv(variable, language)
    assert country("DE").closed[date(2026, 10, 3)] == "Tag der Deutschen Einheit"


@pytest.mark.parametrize(
    ("code", "subdivision", "sentence"),
    [
        ("XX", "", "'XX' is not a country with a list of holidays; write its ISO code, like DE or SG"),
        ("de", "", "'de' is not a country with a list of holidays; write its ISO code, like DE or SG"),
        ("SG", "A", "'A' is not a subdivision of SG; write none: this country has one list for all"),
        ("CN", "BJ", "mainland China has one list for all; leave subdivision out"),
    ],
)
def test_a_wrong_country_is_a_sentence(code: str, subdivision: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        country(code, subdivision)


def test_a_wrong_subdivision_lists_the_right_ones() -> None:
    with pytest.raises(ValueError, match=r"^'ZZ' is not a subdivision of DE; write one of BB, BE, BW, BY"):
        country("DE", "ZZ")


def test_a_package_that_is_not_installed_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    sentence = "needs the package holidays, which is not installed; install tierwatch[calendars]"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        country("DE")


@pytest.mark.parametrize(
    ("lines", "days"),
    [
        (NEW_YEAR, [1]),
        ((*NEW_YEAR, "DTEND;VALUE=DATE:20260104"), [1, 2, 3]),
        ((*NEW_YEAR, "DTEND;VALUE=DATE:20260101"), [1]),
        ((*NEW_YEAR, "DURATION:P2D"), [1, 2]),
        ((*NEW_YEAR, "TRANSP:OPAQUE", "STATUS:CONFIRMED"), [1]),
    ],
    ids=["no end", "end is not included", "end is the start", "duration", "opaque"],
)
def test_an_all_day_event_closes_its_days(lines: tuple[str, ...], days: list[int], ics: Path) -> None:
    found = icalendar_file(write(ics, lines))
    assert found.closed == {date(2026, 1, day): "New Year" for day in days}
    assert not found.worked
    assert found.known_years is None


def test_events_that_are_cancelled_free_or_have_a_time_close_nothing(ics: Path) -> None:
    free = ("DTSTART;VALUE=DATE:20260505", "TRANSP:TRANSPARENT")
    write(ics, NEW_YEAR, (*NEW_YEAR[:0], "DTSTART;VALUE=DATE:20260303", "STATUS:CANCELLED"), free,
          ("DTSTART:20260404T080000Z", "DTEND:20260404T170000Z"))  # fmt: skip
    assert list(icalendar_file(ics).closed) == [date(2026, 1, 1)]
    assert list(icalendar_file(ics, transparent=True).closed) == [date(2026, 1, 1), date(2026, 5, 5)]


def test_an_event_that_repeats_closes_each_of_its_days(ics: Path) -> None:
    yearly = ("DTSTART;VALUE=DATE:20241225", "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20251225", "SUMMARY:Christmas")
    closed = icalendar_file(write(ics, yearly)).closed
    assert list(closed) == [date(year, 12, 25) for year in range(2024, LAST_YEAR + 1) if year != 2025]


def test_one_moved_day_of_a_series_moves(ics: Path) -> None:
    series = ("UID:s", "DTSTART;VALUE=DATE:20250501", "RRULE:FREQ=YEARLY;COUNT=3", "SUMMARY:May")
    moved = ("UID:s", "RECURRENCE-ID;VALUE=DATE:20260501", "DTSTART;VALUE=DATE:20260504", "SUMMARY:May")
    text = "".join("\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""]) for lines in (series, moved))
    ics.write_text(f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{text}END:VCALENDAR\r\n", encoding="utf-8")
    assert sorted(icalendar_file(ics).closed) == [date(2025, 5, 1), date(2026, 5, 4), date(2027, 5, 1)]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (("SUMMARY:no date",), "has an event without DTSTART (no date); mend it"),
        (("DTSTART;VALUE=DATE:20261399",), "has an event with a wrong DTSTART (Wrong date format 20261399); mend it"),
        ((*NEW_YEAR, "RRULE:FREQ=SOMETIMES"), "has an event with a wrong RRULE ("),
        (("DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260101"),
         "has an event that ends on 2026-01-01 and begins on 2026-01-05; mend it"),
        (("DTSTART;VALUE=DATE:19990105",), "closes no day between 2000 and 2060 (no event at all); give another file"),
        ((*NEW_YEAR, "STATUS:CANCELLED"), "closes no day between 2000 and 2060 (1 cancelled); give another file"),
        ((*NEW_YEAR, "TRANSP:TRANSPARENT"),
         "closes no day between 2000 and 2060 (1 marked as free); write transparent: true to count those"),
    ],
)  # fmt: skip
def test_a_wrong_event_is_a_sentence(lines: tuple[str, ...], sentence: str, ics: Path) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'{ics} {sentence}')}"):
        icalendar_file(write(ics, lines))


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\nnonsense\nEND:VCALENDAR\n"])
def test_what_is_no_icalendar_file_is_a_sentence(content: bytes, ics: Path) -> None:
    ics.write_bytes(content)
    with pytest.raises(ValueError, match=r"is not an iCalendar file \(.*\); export it again$"):
        icalendar_file(ics)


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.ics"):
        with pytest.raises(ValueError, match=r"cannot be read \(.*\); check the path and its permissions$"):
            icalendar_file(path)
