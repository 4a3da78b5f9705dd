"""A rota that is kept in a calendar, as a file or at an address: how it is read, and what holds when it is gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.oncall.roster import CALENDAR, gaps, on_duty
from alerts.oncall.roster_calendars import with_calendars
from alerts.oncall.roster_file import OnCall, load
from monitor.errors import ConfigError
from tests.support.loopback import Loopback, Reply, Request
from tests.support.rotas import FILE, NOW, RECEIVERS, written
from tests.support.texts import exchanged

TWO_WEEKS = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//somebody//rota//EN
BEGIN:VEVENT
UID:1
SUMMARY:Zhang
DTSTART:20260302T090000
DTEND:20260303T090000
RRULE:FREQ=DAILY;INTERVAL=2
END:VEVENT
BEGIN:VEVENT
UID:2
SUMMARY:anna
DTSTART;TZID=Europe/Berlin:20260303T020000
DTEND;TZID=Europe/Berlin:20260304T020000
RRULE:FREQ=DAILY;INTERVAL=2
END:VEVENT
BEGIN:VEVENT
UID:3
SUMMARY:anna
STATUS:CANCELLED
DTSTART:20260302T090000
DTEND:20260303T090000
END:VEVENT
END:VCALENDAR
"""


def with_calendar(folder: Path, calendar: str) -> OnCall:
    head = FILE.partition("    layers:")[0]
    return load(written(folder, f"{head}    calendar: {calendar}\n"), RECEIVERS)


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_calendar_is_a_rota(tmp_path: Path, keep: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    loaded, said = with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert said == ()
    team = loaded.roster.teams["noc"]
    duty = on_duty(team, NOW)  # 20:00 in Shanghai
    assert (duty.person, duty.layer) == ("zhang", CALENDAR)
    assert (duty.since, duty.until) == (datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 3, 1, tzinfo=UTC))
    assert on_duty(team, NOW + timedelta(days=1)).person == "anna"  # from 02:00 in Berlin
    assert on_duty(team, NOW + timedelta(days=300)).person == "zhang"
    assert gaps(team, NOW, NOW + timedelta(days=20)) == ()
    assert (keep / "oncall-noc.ics").read_bytes() == TWO_WEEKS.encode()


def test_whole_days_are_days_of_the_teams_zone(tmp_path: Path, keep: Path) -> None:
    days = TWO_WEEKS.partition("BEGIN:VEVENT")[0] + (
        "BEGIN:VEVENT\nUID:1\nSUMMARY:anna\nDTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260304\nEND:VEVENT\n"
        "BEGIN:VEVENT\nUID:2\nSUMMARY:Team lunch\nDTSTART:20260303T040000Z\nDTEND:20260303T050000Z\nEND:VEVENT\n"
        "END:VCALENDAR\n"
    )
    (tmp_path / "rota.ics").write_text(days, encoding="utf-8")
    loaded, said = with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    duty = on_duty(loaded.roster.teams["noc"], NOW)
    assert (duty.since, duty.until) == (datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 3, 16, tzinfo=UTC))
    assert said == (
        f"{tmp_path}/oncall.yml:9 teams.noc.calendar: rota.ics has entries that are the id of nobody ('Team lunch');"
        " they are left out",
    )


BAD_ENTRIES = """\
BEGIN:VEVENT
UID:4
SUMMARY:anna
DTSTART;VALUE=DATE:20261399
END:VEVENT
BEGIN:VEVENT
UID:5
SUMMARY:zhang
DTSTART:20260310T090000
END:VEVENT
BEGIN:VEVENT
UID:6
SUMMARY:zhang
DTSTART:20260301T000000Z
DTEND:20260301T000001Z
RRULE:FREQ=SECONDLY
END:VEVENT
BEGIN:VEVENT
UID:7
SUMMARY:anna
DTSTART;TZID=Moon/Sea:20260310T090000
DTEND;TZID=Moon/Sea:20260310T190000
END:VEVENT
"""


def test_entries_that_cannot_be_used_are_said_and_leave_the_others(tmp_path: Path, keep: Path) -> None:
    text = exchanged(TWO_WEEKS, ("END:VCALENDAR", f"{BAD_ENTRIES}END:VCALENDAR"))
    (tmp_path / "rota.ics").write_text(text, encoding="utf-8")
    loaded, (said,) = with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert on_duty(loaded.roster.teams["noc"], NOW).person == "zhang"
    assert said.startswith(
        f"{tmp_path}/oncall.yml:9 teams.noc.calendar: rota.ics has entries that cannot be used: 'anna' ("
    )
    assert "'zhang' of 2026-03-01 (that repeats more often than every hour)" in said
    assert "'anna' of 2026-03-10 (in a zone that nobody knows (Moon/Sea)) and 1 more; they are left out" in said


EMPTY = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n"
OVER = exchanged(TWO_WEEKS, ("FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=2"), ("202603", "202602"))


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (None, "rota.ics cannot be read (No such file or directory)"),
        ("<html>Please log in</html>", "it is not an iCalendar that can be read ("),
        ("", "it is not an iCalendar that can be read ("),
        (TWO_WEEKS[:300], "it is not an iCalendar that can be read ("),
        (EMPTY, "it has nobody on duty from now on"),
        (OVER, "it has nobody on duty from now on"),
        (exchanged(TWO_WEEKS, ("Zhang", "Li"), ("anna", "Berg")), "it has nobody on duty from now on"),
    ],
    ids=["gone", "not one", "empty file", "cut short", "no entries", "only the past", "strangers"],
)
def test_a_calendar_that_is_gone_leaves_its_last_good_copy(
    tmp_path: Path, keep: Path, gone: str | None, why: str
) -> None:
    feed = tmp_path / "rota.ics"
    feed.write_text(TWO_WEEKS, encoding="utf-8")
    oncall = with_calendar(tmp_path, "{file: rota.ics}")
    with_calendars(oncall, keep, NOW)
    feed.unlink()
    if gone is not None:
        feed.write_text(gone, encoding="utf-8")
    later = NOW + timedelta(days=2, hours=3)
    loaded, (said,) = with_calendars(oncall, keep, later)
    assert on_duty(loaded.roster.teams["noc"], later).person == "zhang"
    assert said.startswith(f"{tmp_path}/oncall.yml:9 teams.noc.calendar: {why}")
    assert said.endswith("; on duty is who was by the copy of 2026-03-02 12:00Z (2d3h old)")
    assert (keep / "oncall-noc.ics").read_bytes() == TWO_WEEKS.encode()


def test_a_calendar_that_never_could_be_read_stops_the_start(tmp_path: Path, keep: Path) -> None:
    with pytest.raises(ConfigError, match="no good copy of it was ever kept; mend the calendar") as caught:
        with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert caught.value.retryable


def test_a_copy_that_has_run_out_is_said(tmp_path: Path, keep: Path) -> None:
    (tmp_path / "rota.ics").write_text(exchanged(TWO_WEEKS, ("FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=5")))
    oncall = with_calendar(tmp_path, "{file: rota.ics}")
    with_calendars(oncall, keep, NOW)
    loaded, (said,) = with_calendars(oncall, keep, NOW + timedelta(days=30))
    assert "(30d old) has nobody on duty from now on either" in said
    assert on_duty(loaded.roster.teams["noc"], NOW + timedelta(days=30)).person is None


def test_a_folder_that_takes_no_copy_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    (tmp_path / "data").write_text("no folder")
    loaded, (said,) = with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), tmp_path / "data", NOW)
    assert "no copy can be kept in" in said
    assert on_duty(loaded.roster.teams["noc"], NOW).person == "zhang"


class Site:
    """A web server with one calendar, and what it answers next."""

    def __init__(self) -> None:
        self.reply = Reply(200, TWO_WEEKS.encode())

    def respond(self, _request: Request) -> Reply:
        return self.reply


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def server(site: Site) -> Iterator[Loopback]:
    with Loopback(site.respond) as server:
        yield server


def test_a_calendar_is_fetched_with_its_login(
    tmp_path: Path, keep: Path, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROTA_TOKEN", "s3cret")
    oncall = with_calendar(tmp_path, f'{{url: "{server.url}/rota.ics?x=1", auth: {{token: {{env: ROTA_TOKEN}}}}}}')
    loaded, said = with_calendars(oncall, keep, NOW)
    assert said == ()
    assert on_duty(loaded.roster.teams["noc"], NOW).person == "zhang"
    assert server.requests[0].headers["Authorization"] == "Bearer s3cret"


def test_a_feed_that_is_gone_leaves_its_copy_and_a_sentence(
    tmp_path: Path, keep: Path, server: Loopback, site: Site
) -> None:
    oncall = with_calendar(tmp_path, f'{{url: "{server.url}/rota.ics?key=hidden"}}')
    with_calendars(oncall, keep, NOW)
    site.reply = Reply(404)
    loaded, (said,) = with_calendars(oncall, keep, NOW + timedelta(hours=5))
    assert on_duty(loaded.roster.teams["noc"], NOW).person == "zhang"
    assert said == (
        f"{tmp_path}/oncall.yml:9 teams.noc.calendar: {server.url}/rota.ics: 404, nothing is there; check the address;"
        " on duty is who was by the copy of 2026-03-02 12:00Z (5h old)"
    )


def test_an_address_that_is_a_secret_is_never_shown(tmp_path: Path, keep: Path, server: Loopback, site: Site) -> None:
    (tmp_path / "address").write_text(f"{server.url}/private-abc123/rota.ics?k=v\n")
    oncall = with_calendar(tmp_path, "{url: {file: address}}")
    assert "abc123" not in repr(oncall)
    with_calendars(oncall, keep, NOW)
    assert server.requests[0].path == "/private-abc123/rota.ics"
    site.reply = Reply(404)
    _, (said,) = with_calendars(oncall, keep, NOW)
    assert "abc123" not in said
    assert "the address in file address: 404, nothing is there" in said
    (tmp_path / "address").write_text("private-abc123")
    with pytest.raises(ConfigError, match="what is in file address is not an http or https address") as caught:
        with_calendar(tmp_path, "{url: {file: address}}")
    assert "abc123" not in str(caught.value)


@pytest.mark.parametrize(
    ("calendar", "said"),
    [("{}", "teams.noc.calendar: write either file or url"),
     ("{file: a, url: 'http://b/'}", "teams.noc.calendar: write either file or url"),
     ("{url: 'ftp://b/'}", "is not an address; write http://host/path"),
     ("{url: 'http://me:pw@b/'}", "has a user or password in it")],
)  # fmt: skip
def test_a_calendar_is_a_file_or_an_address(tmp_path: Path, calendar: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"oncall\.yml:9") as caught:
        with_calendar(tmp_path, calendar)
    assert said in str(caught.value)
    assert "me:pw" not in str(caught.value)


def test_without_the_packages_it_says_what_to_install(
    tmp_path: Path, keep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    monkeypatch.setitem(sys.modules, "icalendar", None)
    with pytest.raises(ConfigError, match=r"install tierwatch\[calendars\]"):
        with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)


def test_the_copy_is_dated_by_when_it_was_good(tmp_path: Path, keep: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert datetime.fromtimestamp(os.stat(keep / "oncall-noc.ics").st_mtime, UTC) == NOW
    assert [item.name for item in keep.iterdir()] == ["oncall-noc.ics"]


def test_a_rule_of_every_second_is_named_where_nobody_is_left_on_duty(tmp_path: Path) -> None:
    rule = (
        "BEGIN:VEVENT\nUID:1\nSUMMARY:anna\nDTSTART:20260101T000000Z\nDURATION:PT1S\nRRULE:FREQ=SECONDLY\nEND:VEVENT\n"
    )
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{rule}END:VCALENDAR\n"
    (tmp_path / "rota.ics").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="'anna' is left out, an event that repeats more often than every hour"):
        with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), tmp_path / "data", NOW)
