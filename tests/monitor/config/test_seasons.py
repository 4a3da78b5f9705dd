"""Seasons of hours, and dates of every year, as a policy file writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.config.policy_file import working_times
from monitor.errors import ConfigError
from monitor.worktime.calendars import Because, DayKind
from monitor.worktime.day_layout import hours, stretches
from monitor.worktime.working_time import WorkingTime
from tests.monitor.config.test_calendar_file import build, refused
from tests.support.cases import POLICY
from tests.support.texts import exchanged

H = timedelta(hours=1)
SUMMER = """\
zone: Asia/Shanghai
hours: {mon-fri: [08:00-17:00]}
seasons:
  - {from: 06-01, to: 09-30, name: summer, hours: {mon-fri: [07:00-13:00]}}
"""
NINE, SIX = ((time(8), time(17)),), ((time(7), time(13)),)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_season_takes_the_place_of_the_usual_hours_on_both_of_its_edges() -> None:
    calendar = build(SUMMER)
    found = {f"{day:%m-%d}": calendar.spans(day) for day in (date(2026, 5, 29), date(2026, 6, 1), date(2026, 9, 30),
                                                             date(2026, 10, 1), date(2031, 7, 1))}  # fmt: skip
    assert found == {"05-29": NINE, "06-01": SIX, "09-30": SIX, "10-01": NINE, "07-01": SIX}
    working = WorkingTime(calendar)
    assert working.add(utc("2026-05-29 08:00"), 3 * H) == utc("2026-06-01 01:00")  # 1 h on Friday, from Monday 07:00
    assert working.counted(utc("2026-09-29 16:00"), utc("2026-10-01 16:00")) == 15 * H


def test_a_season_may_cross_the_new_year_and_end_on_a_29_february() -> None:
    calendar = build(exchanged(SUMMER, ("06-01", "11-01"), ("09-30", "02-29"), ("summer", "winter")))
    inside = (date(2026, 12, 31), date(2027, 1, 1), date(2027, 2, 26), date(2028, 2, 29))
    assert [calendar.spans(day) for day in inside] == [SIX] * 4
    assert [calendar.spans(day) for day in (date(2026, 10, 30), date(2027, 3, 1), date(2028, 3, 1))] == [NINE] * 3


def test_a_season_with_years_holds_over_one_of_every_year() -> None:
    """Ramadan of 2026 lies in the winter of every year."""
    calendar = build(
        "zone: Asia/Riyadh\nhours: {sun-mon: [08:00-16:00]}\n".replace("sun-mon", "mon-fri")
        + "seasons:\n"
        + "  - {from: 11-01, to: 03-31, hours: {mon-fri: [08:00-15:00]}}\n"
        + "  - {from: 2026-02-18, to: 2026-03-19, name: Ramadan, hours: {mon-fri: [10:00-15:00]}}\n"
    )
    assert calendar.spans(date(2026, 3, 4)) == ((time(10), time(15)),)
    assert calendar.spans(date(2027, 3, 4)) == ((time(8), time(15)),)
    assert hours(calendar) == (
        "mon-fri 08:00-16:00; Ramadan 2026-02-18–2026-03-19: mon-fri 10:00-15:00; 11-01–03-31: mon-fri 08:00-15:00"
    )


def test_a_season_may_be_closed_or_work_around_the_clock() -> None:
    flood = build(
        "zone: UTC\nhours: {mon-fri: [08:00-17:00]}\n"
        "seasons: [{from: 06-01, to: 06-30, hours: 24x7}, {from: 12-01, to: 12-31, hours: {}}]\n"
    )
    working = WorkingTime(flood)
    assert working.counted(utc("2026-06-01 00:00"), utc("2026-07-01 00:00")) == 30 * 24 * H
    assert working.counted(utc("2026-12-01 00:00"), utc("2027-01-01 00:00")) == 0 * H
    assert working.add_days(utc("2026-11-30 10:00"), 1) == utc("2027-01-01 10:00")


def test_make_up_days_have_the_hours_of_monday_at_that_time_of_the_year() -> None:
    """In 2026 Saturday 14 February and Sunday 20 September are worked."""
    calendar = build(SUMMER + "holidays: {country: CN}\n")
    assert (calendar.spans(date(2026, 2, 14)), calendar.spans(date(2026, 9, 20))) == (NINE, SIX)


def test_a_shift_has_the_hours_of_the_season_of_its_date_to_its_end() -> None:
    """30 September is summer: its shift ends on 1 October at 05:00, when winter's first working date begins."""
    calendar = build(
        "zone: UTC\nhours: {mon-sun: [08:00-16:00]}\n"
        "seasons: [{from: 06-01, to: 09-30, hours: {mon-sun: [21:00-05:00]}}]\nholidays: [2026-10-01]\n"
    )
    working = WorkingTime(calendar)
    assert working.counted(utc("2026-09-30 12:00"), utc("2026-10-02 00:00")) == 8 * H
    late = utc("2026-10-01 04:00")  # of 30 September; 2 October, the next that is worked, ends at midnight
    assert working.add_days(late, 1) == utc("2026-10-03 00:00")
    assert calendar.begin(date(2026, 10, 1)) == utc("2026-10-01 05:00")
    assert calendar.begin(date(2026, 10, 2)) == utc("2026-10-02 00:00")


def test_each_version_has_its_own_seasons_and_dates_of_every_year() -> None:
    def version(number: int, since: str, more: str) -> policy_file.Policy:
        office = f"  office: {{zone: UTC, hours: {{mon-sun: [08:00-16:00]}}{more}}}\n"
        text = exchanged(POLICY, ("calendars:\n", f"calendars:\n{office}"), ('version: "1"', f'version: "{number}"'),
                         ("effective_from: 2026-01-01", f"effective_from: {since}"))  # fmt: skip
        return policy_file.build(yaml_file.parse(text, f"{number}.yml"))

    season = ", seasons: [{from: 06-01, to: 06-30, hours: {mon-sun: [10:00-12:00]}}]"
    one = version(1, "2026-01-01", f"{season}, holidays: [12-25, 2028-12-24]")
    two = version(2, "2027-01-01", ", days: [{date: 12-24, hours: [08:00-12:00], reason: Christmas Eve}]")
    calendar = working_times(one, two)["office"].calendar
    assert [calendar.spans(date(year, 6, 1))[0][0] for year in (2026, 2027)] == [time(10), time(8)]
    assert [bool(calendar.spans(date(year, 12, 25))) for year in (2026, 2027)] == [False, True]
    assert calendar.spans(date(2026, 12, 24)) == ((time(8), time(16)),)
    assert calendar.spans(date(2028, 12, 24)) == ((time(8), time(12)),), "the newer word on this date"
    assert build_rulebook.rulebook((one, two), {}).version != build_rulebook.rulebook((one,), {}).version


def test_a_week_of_another_day_is_refused_in_a_later_version() -> None:
    def version(number: int, begins: str) -> policy_file.Policy:
        text = exchanged(POLICY, ("{zone: UTC, hours: 24x7}", f"{{zone: UTC, hours: 24x7, week_begins: {begins}}}"))
        return policy_file.build(yaml_file.parse(exchanged(text, ('version: "1"', f'version: "{number}"')), "w.yml"))

    assert version(1, "sun").calendars["always"].week_begins == 6
    with pytest.raises(ConfigError, match="begins its weeks on another day than in the version before"):
        working_times(version(1, "sun"), version(2, "sat"))


def test_days_of_a_season_say_so_in_an_explanation() -> None:
    found = stretches(WorkingTime(build(SUMMER)), utc("2026-05-28 16:00"), utc("2026-06-03 16:00"))
    assert [(part.kind.value, part.days, part.each / H, part.reason) for part in found] == [
        ("counted", 1, 9, ""), ("season", 3, 6, "summer 06-01–09-30"),
    ]  # fmt: skip


# -- dates of every year -------------------------------------------------------------------------------------------


def test_a_holiday_without_a_year_is_one_of_every_year() -> None:
    calendar = build("zone: UTC\nhours: {mon-sun: [08:00-16:00]}\nholidays: [12-25, {dates: [01-01]}, 02-29]\n")
    assert [calendar.spans(date(year, 12, 25)) for year in (1980, 2026, 2199)] == [()] * 3
    assert calendar.spans(date(2150, 1, 1)) == ()
    assert (calendar.spans(date(2028, 2, 29)), len(calendar.spans(date(2027, 2, 28)))) == ((), 1)
    assert calendar.known_years is None
    assert calendar.why(date(2030, 12, 25)) == Because(DayKind.HOLIDAY, "")


def test_half_days_of_every_year() -> None:
    calendar = build(
        "zone: UTC\nhours: {mon-sun: [08:00-16:00]}\nworking_days: {12-31: [08:00-12:00]}\n"
        "days: [{date: 12-24, hours: [08:00-13:00], reason: Christmas Eve, approved_by: NOC lead}]\n"
    )
    working = WorkingTime(calendar)
    for year in (2025, 2040):
        assert working.counted(utc(f"{year}-12-24 00:00"), utc(f"{year}-12-25 00:00")) == 5 * H
        assert working.counted(utc(f"{year}-12-31 00:00"), utc(f"{year + 1}-01-01 00:00")) == 4 * H
    assert calendar.why(date(2040, 12, 24)) == Because(DayKind.OVERLAY, "Christmas Eve", "NOC lead")


@pytest.mark.parametrize(
    ("more", "spans"),
    [
        ("holidays: [12-24]\nworking_days: {2026-12-24: [08:00-12:00]}\n", 4),
        ("holidays: [2026-12-24]\nworking_days: {12-24: [08:00-12:00]}\n", 4),
        ("working_days: {2026-12-24: [08:00-12:00]}\ndays: [{date: 12-24, hours: [08:00-10:00], reason: x}]\n", 2),
        ("days: [{date: 12-24, hours: [], reason: x}, {date: 2026-12-24, hours: [08:00-10:00], reason: x}]\n", 2),
        ("days: [{date: 2026-12-24, hours: [08:00-10:00], reason: x}, {date: 12-24, hours: [], reason: x}]\n", 2),
    ],
    ids=["by hand over a holiday", "every year by hand over a dated holiday", "days over working_days",
         "the year below", "the year above"],
)  # fmt: skip
def test_the_later_key_holds_and_within_one_the_date_with_its_year(more: str, spans: int) -> None:
    working = WorkingTime(build("zone: UTC\nhours: {mon-sun: [08:00-16:00]}\n" + more))
    assert working.counted(utc("2026-12-24 00:00"), utc("2026-12-25 00:00")) == spans * H


def test_a_make_up_day_is_worked_though_its_date_is_a_holiday_of_every_year() -> None:
    calendar = build("zone: UTC\nhours: {mon-fri: [08:00-16:00]}\nholidays: [{country: CN}, 02-14]\n")
    assert (bool(calendar.spans(date(2026, 2, 14))), calendar.spans(date(2025, 2, 14))) == (True, ())


def test_dates_of_every_year_are_no_sign_that_a_year_was_seen_to() -> None:
    text = "zone: UTC\nhours: {{mon-sun: [08:00-16:00]}}\nholidays: {{dates: [12-25{more}], years: 2026-2027}}\n"
    only = build(text.format(more=""))
    assert only.known_years == (2026, 2027)
    assert only.spans(date(2030, 12, 25)) == (), "closed outside of the years too"
    assert refused(text.format(more=", 2026-04-03")).endswith(
        "holidays.dates: no holiday of 2027 is listed; add that year or take it out of years"
    )


def test_a_calendar_that_only_ever_had_time_is_refused() -> None:
    never = "zone: UTC\nhours: {}\nseasons: [{from: 2026-06-01, to: 2026-06-30, hours: 24x7}]\n"
    assert "no weekly working time, so no deadline could ever be reached" in refused(never)
    closed = "zone: UTC\nhours: {}\nseasons: [{from: 02-29, to: 02-29, hours: 24x7}]\n"
    assert build(closed).spans(date(2028, 2, 29))
    assert "no weekly working time" in refused(closed + "holidays: [02-29]\n")
