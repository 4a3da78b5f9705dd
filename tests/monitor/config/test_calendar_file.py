from __future__ import annotations

import dataclasses
import re
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from monitor.config import calendar_file, calendar_schema, policy_file, yaml_file
from monitor.config.calendar_schema import CountryText, DatedText, DatesText, IcsText, SeasonText
from monitor.errors import ConfigError
from monitor.worktime.calendars import Because, Calendar, DayKind, notices
from monitor.worktime.working_time import WorkingTime
from tests.support.cases import POLICY
from tests.support.texts import exchanged

FULL = ((time(8), time(12)), (time(13), time(17)))
MORNING = ((time(8), time(12)),)
CHINA = """\
zone: Asia/Shanghai
hours: {mon-fri: [08:00-12:00, 13:00-17:00]}
holidays: {country: CN}
"""
CONFIGURATION = Path(__file__).parents[3] / "docs" / "configuration.md"


def build(text: str, folder: Path | None = None) -> Calendar:
    """The calendar `office` of the case's policy, of whose file its text begins in line 17."""
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    before, mark, after = POLICY.partition("  always: {zone: UTC, hours: 24x7}\n")
    assert mark
    document = yaml_file.parse(f"{before}{mark}  office:\n{indented}{after}", "case.yml")
    return policy_file.build(document, "UTC", folder).calendars["office"]


def refused(text: str, folder: Path | None = None) -> str:
    with pytest.raises(ConfigError) as error:
        build(text, folder)
    return str(error.value)


def with_holidays(holidays: str) -> str:
    return exchanged(CHINA, ("{country: CN}", holidays))


# -- mainland China ------------------------------------------------------------------------------------------------


def test_mainland_china_is_closed_on_holidays_and_works_make_up_days_like_a_monday() -> None:
    calendar = build(exchanged(CHINA, ("mon-fri:", "mon: [08:00-12:00], tue-fri:")))
    assert calendar.spans(date(2026, 2, 17)) == ()
    assert calendar.spans(date(2026, 2, 14)) == MORNING  # a Saturday, with Monday's hours
    assert calendar.spans(date(2026, 2, 7)) == ()
    assert calendar.because[date(2026, 2, 17)] == Because(DayKind.HOLIDAY, "Spring Festival")
    assert calendar.because[date(2026, 2, 14)] == Because(DayKind.MAKE_UP, "make-up day for Spring Festival")


def test_make_up_days_may_have_hours_of_their_own() -> None:
    calendar = build(with_holidays("{country: CN, make_up_hours: [08:00-12:00]}"))
    assert calendar.spans(date(2026, 2, 14)) == MORNING
    assert calendar.spans(date(2026, 2, 13)) == FULL


def test_the_week_of_a_spring_festival_by_hand() -> None:
    """From Friday noon over the make-up Saturday and nine days off: 4 h + 8 h, then Tuesday the 24th."""
    working = WorkingTime(build(CHINA))
    friday = datetime(2026, 2, 13, 5, 0, tzinfo=UTC)  # 13:00 in Shanghai
    assert working.add(friday, timedelta(hours=13)) == datetime(2026, 2, 24, 1, 0, tzinfo=UTC)


def test_a_year_that_no_notice_covers_is_provisional() -> None:
    calendar = build(CHINA)
    assert calendar.known_years is not None
    last = calendar.known_years[1]
    assert calendar.provisional(last + 1)
    assert not calendar.provisional(last)


def test_the_notice_of_a_provisional_year_names_it_and_says_what_to_do() -> None:
    """By the list that is installed: what it knows decides in which year the notice comes."""
    calendar = build(CHINA)
    known = calendar.known_years
    assert known is not None
    first, last = known
    assert list(notices([calendar], date(last - 1, 12, 31))) == []
    for today, years in (
        (date(last, 1, 1), f"{last + 1} is"),
        (date(last + 1, 1, 1), f"{last + 1} and {last + 2} are"),
    ):
        (sentence,) = notices([calendar], today)
        assert sentence.startswith(f"calendar office: its holidays are known from {first} to {last}, so {years} prov")
        assert sentence.endswith(
            "upgrade the package chinesecalendar then (pip install -U chinesecalendar) and restart"
        )
    assert not [day for day in calendar.days if day.year > last]


# -- other lists ---------------------------------------------------------------------------------------------------


def test_a_list_may_mix_dates_countries_and_files(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260306\r\n"
        "SUMMARY:Works outing\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        encoding="utf-8",
    )
    text = with_holidays("[2026-03-05, {country: DE, subdivision: BY}, {ics: own.ics}, {dates: [2026-03-09]}]")
    calendar = build(text, tmp_path)
    epiphany = date(2026, 1, 6)
    assert {date(2026, 3, 5), date(2026, 3, 6), date(2026, 3, 9), epiphany} <= calendar.days.keys()
    assert calendar.because[date(2026, 3, 6)] == Because(DayKind.HOLIDAY, "Works outing")
    assert calendar.because[epiphany].reason == "Heilige Drei Könige"
    assert calendar.spans(date(2026, 3, 5)) == ()
    assert calendar.known_years == (2000, 2060)


def test_a_path_is_looked_for_beside_the_policy(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    text = "".join(f"    {line}\n" for line in with_holidays("{ics: own.ics}").splitlines())
    written = exchanged(POLICY, ("calendars:\n", f"calendars:\n  office:\n{text}"), count=1)
    (folder / "own.yml").write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        policy_file.load("policies/own.yml", base=tmp_path)
    assert f"calendars.office.holidays.ics: {folder}/own.ics cannot be read" in str(error.value)


def test_what_several_lists_know_together_is_what_each_of_them_knows() -> None:
    dates = "{dates: [2025-03-05, 2026-03-05, 2027-03-05], years: 2025-2027}"
    assert build(with_holidays(dates)).known_years == (2025, 2027)
    both = build(with_holidays(f"[{dates}, {{country: CN}}]")).known_years
    assert both is not None
    assert both[0] == 2025
    assert build(with_holidays("[2026-03-05]")).known_years is None


def test_no_list_closes_a_day_that_another_makes_up() -> None:
    assert build(with_holidays("[{country: CN}, 2026-02-14]")).spans(date(2026, 2, 14)) == FULL


# -- overlays ------------------------------------------------------------------------------------------------------


def test_the_later_word_on_a_date_holds() -> None:
    calendar = build(
        CHINA
        + "working_days: {2026-02-17: [08:00-12:00], 2026-02-18: [08:00-12:00]}\n"
        + "days:\n"
        + "  - {date: 2026-02-18, hours: [], reason: no one came}\n"
        + "  - {date: 2026-02-19, hours: [], reason: typhoon, approved_by: li.wei}\n"
        + "  - {date: 2026-02-19, hours: [13:00-17:00, 08:00-12:00], reason: typhoon passed by}\n"
    )
    assert calendar.spans(date(2026, 2, 17)) == MORNING
    assert date(2026, 2, 17) not in calendar.because, "the reason of the holiday is not that of working on it"
    assert calendar.spans(date(2026, 2, 18)) == ()
    assert calendar.because[date(2026, 2, 18)] == Because(DayKind.OVERLAY, "no one came")
    assert calendar.spans(date(2026, 2, 19)) == FULL
    assert calendar.because[date(2026, 2, 19)] == Because(DayKind.OVERLAY, "typhoon passed by")


def test_who_approved_an_overlay_is_kept() -> None:
    calendar = build(CHINA + "days: [{date: 2026-03-06, hours: [], reason: typhoon, approved_by: li.wei}]\n")
    assert calendar.because[date(2026, 3, 6)] == Because(DayKind.OVERLAY, "typhoon", "li.wei")


# -- mistakes ------------------------------------------------------------------------------------------------------

DAYS_OFF = "holidays: {country: CN}"
BAD: list[tuple[str, str, str]] = [
    # what the calendar's last line becomes, the key, the sentence
    ("holidays: {country: XX}", "holidays.country",
     "'XX' is not a country with a list of holidays; write its ISO code, like DE or SG"),
    ("holidays: {country: CN, subdivision: BJ}", "holidays.subdivision",
     "mainland China has one list for all; leave subdivision out"),
    ("holidays: [2026-03-05, {country: XX}]", "holidays.1.country",
     "'XX' is not a country with a list of holidays; write its ISO code, like DE or SG"),
    ("holidays: {country: CN, region: BJ}", "holidays.region", "is not a key here; remove it or correct its spelling"),
    ("holidays: {country: DE, make_up_hours: [08:00-12:00]}", "holidays.make_up_hours",
     "DE has no make-up working days; remove it"),
    ("holidays: {country: CN, make_up_hours: [08:00-12:00, 11:00-13:00]}", "holidays.make_up_hours",
     "spans overlap at 11:00; write them apart or as one"),
    ("holidays: {country: CN, make_up_hours: [8-12]}", "holidays.make_up_hours.0",
     "'8-12' is not a span of the day; write 08:00-12:00"),
    ("holidays: {country: CN, make_up_hours: ['9:00-17:00']}", "holidays.make_up_hours.0",
     "'9:00-17:00' is not a span of the day; write 09:00-17:00"),
    ("holidays: {land: DE}", "holidays",
     "is no list and no source of holidays; write dates, {country: DE}, {ics: holidays.ics} or {dates: […], years:"
     " 2026}"),
    ("holidays: 2026-03-05", "holidays",
     "'2026-03-05' is no list and no source of holidays; write dates, {country: DE}, {ics: holidays.ics} or {dates:"
     " […], years: 2026}"),
    ("holidays: [{land: DE}]", "holidays.0",
     "is no date and no source of holidays; write dates, {country: DE}, {ics: holidays.ics} or {dates: […], years:"
     " 2026}"),
    ("holidays: [[2026-03-05]]", "holidays.0",
     "is no date and no source of holidays; write dates, {country: DE}, {ics: holidays.ics} or {dates: […], years:"
     " 2026}"),
    ("holidays: [5 March]", "holidays.0", "'5 March' is not a date; write 2026-10-01, or 10-01 for every year"),
    ("holidays: [2026-3-5]", "holidays.0", "'2026-3-5' is not a date; write 2026-03-05"),
    ("holidays: ['3-5']", "holidays.0", "'3-5' is not a date; write 03-05"),
    ("holidays: [2026-2-30]", "holidays.0", "'2026-2-30' is a day that no year has; write one that exists"),
    ("working_days: {2026-02-30: [08:00-12:00]}", "working_days.2026-02-30",
     "'2026-02-30' is a day that no year has; write one that exists"),
    ("holidays: [20260305]", "holidays.0", "20260305 is not a date; write 2026-10-01, or 10-01 for every year"),
    ("holidays: {dates: [2026-02-29]}", "holidays.dates.0",
     "'2026-02-29' is a day that no year has; write one that exists"),
    ("holidays: {dates: [2024-01-01, 2027-01-01], years: 2024-2027}", "holidays.dates",
     "no holiday of 2025 is listed; add that year or take it out of years"),
    ("holidays: {dates: [2026-01-01, 2028-01-01], years: 2026}", "holidays.dates",
     "2028-01-01 is outside the years of this list; correct the date or years"),
    ("holidays: {dates: [2026-01-01], years: 2027-2026}", "holidays.years",
     "'2027-2026' is not a year or a run of years; write 2026 or 2024-2027"),
    ("holidays: {dates: [2026-01-01], years: all}", "holidays.years",
     "'all' is not a year or a run of years; write 2026 or 2024-2027"),
    ("working_days: {tomorrow: [08:00-12:00]}", "working_days.tomorrow",
     "'tomorrow' is not a date; write 2026-10-01, or 10-01 for every year"),
    ("days: [{date: 2026-03-06, hours: []}]", "days.0.reason", "is missing; write it"),
    ("days: [{date: 2026-03-06, reason: typhoon}]", "days.0.hours", "is missing; write it"),
    ('days: [{date: 2026-03-06, hours: [], reason: " "}]', "days.0.reason",
     "is empty; say why this day is different"),
    ("days: [{date: 2026-03-06, hours: [08:00-12:00, 11:00-13:00], reason: x}]", "days.0.hours",
     "spans overlap at 11:00; write them apart or as one"),
    ("days: [{date: 2026-03-06, hours: closed, reason: x}]", "days.0.hours",
     "'closed' is not a list; write [a, b] or one item a line with a dash"),
    ("holidays: [02-30]", "holidays.0", "'02-30' is a day that no year has; write one that exists"),
    ("working_days: {13-01: []}", "working_days.13-01", "'13-01' is a day that no year has; write one that exists"),
    ("seasons: [{from: 06-01, to: 2026-09-30, hours: {}}]", "seasons.0.to",
     "06-01 to 2026-09-30 has one year; write both dates with it, or neither"),
    ("seasons: [{from: 2026-06-01, to: 2026-05-30, hours: {}}]", "seasons.0.to",
     "2026-06-01 to 2026-05-30 runs backwards; write the earlier date under from"),
    ("seasons: [{from: 06-01, to: 09-30, hours: {}}, {from: 11-01, to: 06-15, hours: {}}]", "seasons.1.from",
     "06-01 to 09-30 and 11-01 to 06-15 both have 06-01; end one of them before the other begins"),
    ("seasons: [{from: 2026-06-01, to: 2026-06-09, hours: {}}, {from: 2026-06-09, to: 2026-06-09, hours: {}}]",
     "seasons.1.from",
     "2026-06-01 to 2026-06-09 and 2026-06-09 to 2026-06-09 both have 2026-06-09; end one of them before the other"
     " begins"),
    ("seasons: [{from: summer, to: 09-30, hours: {}}]", "seasons.0.from",
     "'summer' is not a date; write 2026-10-01, or 10-01 for every year"),
    ("days: [{day: 2026-03-06, hours: [], reason: x}]", "days.0.day",
     "is not a key here; remove it or correct its spelling"),
]  # fmt: skip


@pytest.mark.parametrize(("last", "key", "sentence"), BAD, ids=[f"{bad[1]}: {bad[2][:40]}" for bad in BAD])
def test_a_bad_calendar_is_a_sentence_with_file_line_and_key(last: str, key: str, sentence: str) -> None:
    said = refused(exchanged(CHINA, (DAYS_OFF, last))).splitlines()
    line = next(number for number, text in enumerate(POLICY.splitlines(), 1) if "hours: 24x7" in text) + 4
    assert f"case.yml:{line} calendars.office.{key}: {sentence}" in said


def test_each_mistake_is_said_once() -> None:
    assert len(refused(with_holidays("{country: CN, region: BJ}")).splitlines()) == 1
    assert len(refused(with_holidays("[5 March]")).splitlines()) == 1


def test_make_up_days_need_hours() -> None:
    said = refused(exchanged(CHINA, ("mon-fri:", "tue-fri:")))
    assert said.endswith(
        "calendars.office.holidays.country: make-up days have Monday's hours, and there are none;"
        " write make_up_hours: [08:00-12:00]"
    )


@pytest.mark.parametrize(
    "dated",
    [
        "seasons: [{from: 06-01, to: 06-30, hours: {}}]",
        "holidays: [01-01]",
        "holidays: [2026-01-01]",
        "working_days: {2026-01-01: []}",
        DAYS_OFF,
    ],
)
def test_dates_around_the_clock_are_refused_for_they_would_do_nothing(dated: str) -> None:
    key = dated.partition(":")[0]
    assert refused(f"zone: UTC\nhours: 24x7\n{dated}\n").endswith(
        f"calendars.office.{key}: changes nothing around the clock (24x7); remove it, or write hours:"
        " mon-sun: [00:00-24:00]"
    )


def test_a_file_with_a_missing_year_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "own.ics").write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260306\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n",
        encoding="utf-8",
    )
    assert build(with_holidays("{ics: own.ics, years: 2026}"), tmp_path).known_years == (2026, 2026)
    assert refused(with_holidays("{ics: own.ics, years: 2026-2027}"), tmp_path).endswith(
        "holidays.ics: no holiday of 2027 is listed; add that year or take it out of years"
    )


# -- the document --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "described"),
    [("Holidays of a country", CountryText), ("Holidays from a file", IcsText), ("Holidays by date", DatesText),
     ("A single date", DatedText), ("A season", SeasonText)],
)  # fmt: skip
def test_every_key_is_described(heading: str, described: type) -> None:
    section = CONFIGURATION.read_text(encoding="utf-8").partition(f"\n#### {heading}\n")[2].partition("\n#")[0]
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (\S+) \|", section))
    written = {"since": "from", "until": "to"} if described is SeasonText else {}
    fields = {written.get(item.name, item.name): item for item in dataclasses.fields(described)}
    assert rows.keys() == fields.keys()
    for name, item in fields.items():
        assert (rows[name] == "needed") is (item.default is dataclasses.MISSING), name


def test_every_calendar_in_the_document_is_one(tmp_path: Path) -> None:
    found = re.findall(r"(?ms)^```yaml calendar\n(.*?)^```$", CONFIGURATION.read_text(encoding="utf-8"))
    assert found
    for text in found:
        document = yaml_file.parse(text, "configuration.md")
        text_of = yaml_file.validate(dict[str, calendar_schema.CalendarText], document)
        for name, item in text_of.items():
            calendar = calendar_file.build(document, name, item, "Asia/Shanghai", tmp_path)
            assert calendar.days or calendar.seasons
