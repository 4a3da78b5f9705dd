from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from alerts import oncall_calendars, oncall_file
from alerts.escalation import Step
from alerts.oncall import CALENDAR, Role, Spell, Whom, Window, gaps, who
from alerts.oncall_calendars import with_calendars
from alerts.oncall_file import OnCall, load, notices
from monitor.errors import ConfigError
from tests.support.loopback import Loopback, Reply, Request

EXAMPLE = Path(__file__).parents[2] / "examples" / "oncall.yml"
RECEIVERS = frozenset({"oncall", "log"})
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)

FILE = """\
zone: Asia/Shanghai
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: oncall}
  anna: {name: {en: Anna}, zone: Europe/Berlin, receivers: [oncall, log]}
teams:
  noc:
    name: {en: NOC}
    receivers: [log]
    layers:
      - people: [zhang, anna]
        start: 2026-01-07
        handover: mon 09:00
    overrides:
      - {from: 2026-02-01T09:00, to: 2026-02-02T09:00, person: anna}
    escalation:
      - {at: 0%, tell: on_call}
      - {at: breach, tell: [contact, anna]}
"""

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


def written(folder: Path, text: str) -> Path:
    path = folder / "oncall.yml"
    path.write_text(text, encoding="utf-8")
    return path


def with_calendar(folder: Path, calendar: str) -> OnCall:
    head = FILE.partition("    layers:")[0]
    return load(written(folder, f"{head}    calendar: {calendar}\n"), RECEIVERS)


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), RECEIVERS)
    return str(caught.value).replace(f"{folder}/", "")


def changed(old: str, new: str) -> str:
    assert old in FILE
    return FILE.replace(old, new)


# -- the file ------------------------------------------------------------------------------------------------------


def test_the_example_is_good_and_leaves_no_gap() -> None:
    loaded = load(EXAMPLE, RECEIVERS)
    assert notices(loaded.roster, NOW) == ()
    noc, seniors = loaded.roster.teams["noc"], loaded.roster.teams["seniors"]
    assert {who(noc, NOW + timedelta(hours=12 * n)).layer for n in range(14)} == {"days", "nights"}
    assert who(noc, datetime(2026, 10, 3, 15, tzinfo=UTC)).layer == "National Day"
    assert who(noc, datetime(2026, 2, 16, 15, tzinfo=UTC)).person == "li.na"
    assert who(seniors, datetime(2026, 3, 27, 8, tzinfo=UTC)).person == "anna.berg"  # 09:00 in Berlin, winter
    assert who(seniors, datetime(2026, 3, 30, 7, tzinfo=UTC)).person == "anna.berg"  # 09:00 in Berlin, summer
    assert [step.share for step in loaded.steps["noc"]] == [0.0, 0.5, 0.8, None]
    assert loaded.tickets_of == {"noc": {"NOC", "NOC North"}, "seniors": frozenset()}


def test_a_file_becomes_people_teams_and_steps(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, FILE), RECEIVERS)
    team, people = loaded.roster.teams["noc"], loaded.roster.people
    assert (people["zhang"].name.zh, people["zhang"].zone, people["anna"].zone) == (
        "张伟",
        "Asia/Shanghai",
        "Europe/Berlin",
    )
    assert people["anna"].receivers == ("oncall", "log")
    assert team.contact == ("log",)
    assert team.overrides == (Spell(datetime(2026, 2, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, 1, tzinfo=UTC), "anna"),)
    (layer,) = team.layers
    assert (layer.name, layer.every, layer.zone) == ("layer 0", timedelta(weeks=1), "Asia/Shanghai")
    assert layer.begins.isoformat() == "2026-01-12T09:00:00"
    assert loaded.steps["noc"] == (
        Step(0.0, (Whom(Role.ON_CALL, "noc"),)),
        Step(None, (Whom(Role.CONTACT, "noc"), Whom(Role.PERSON, "anna"))),
    )


@pytest.mark.parametrize(
    ("text", "length"),
    [("daily", timedelta(days=1)), ("weekly", timedelta(weeks=1)), ("12h", timedelta(hours=12)),
     ("3d", timedelta(days=3)), ("2w", timedelta(weeks=2))],
)  # fmt: skip
def test_a_rotation_is_written_in_words_or_hours_days_and_weeks(tmp_path: Path, text: str, length: timedelta) -> None:
    loaded = load(written(tmp_path, changed("handover: mon 09:00", f"every: {text}")), RECEIVERS)
    assert loaded.roster.teams["noc"].layers[0].every == length


def test_hours_may_reach_into_the_next_day_and_days_over_the_weekend(tmp_path: Path) -> None:
    text = changed("handover: mon 09:00", "only: {sat-mon: [20:00-08:00], wed: [00:00-24:00]}")
    (layer,) = load(written(tmp_path, text), RECEIVERS).roster.teams["noc"].layers
    assert layer.windows == (
        *(Window(day, time(20), time(8)) for day in (5, 6, 0)),
        Window(2, time(0), time(0)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("zhang, anna]", "zhang, ana]", "oncall.yml:10 teams.noc.layers.0.people.1: 'ana' is not one of the people"
         " (zhang, anna); add it or correct it"),
        ("person: anna", "person: bob", "oncall.yml:14 teams.noc.overrides.0.person: 'bob' is not one of the people"
         " (zhang, anna); add it or correct it"),
        ("[contact, anna]", "[contact, bob]", "oncall.yml:17 teams.noc.escalation.1.tell: 'bob' is not one of the"),
        ("tell: on_call", "tell: on_call/nok", "oncall.yml:16 teams.noc.escalation.0.tell: 'nok' is not a team;"),
        ("tell: on_call", "tell: []", "oncall.yml:16 teams.noc.escalation.0.tell: names nobody;"),
        ("receivers: [log]", "receivers: [sms]", "oncall.yml:8 teams.noc.receivers: 'sms' is not a receiver of the"
         " configuration; it has log, oncall"),
        ("receivers: oncall", "receivers: []", "oncall.yml:3 people.zhang.receivers: names no receiver"),
        ("Europe/Berlin", "Europe/Berlyn", "oncall.yml:4 people.anna.zone: 'Europe/Berlyn' is not a time zone"),
        ("handover: mon 09:00", "handover: 9", "oncall.yml:12 teams.noc.layers.0.handover: 9 is no hand-over; write"
         " 09:00, or mon 09:00"),
        ("handover: mon 09:00", "every: 90m", "oncall.yml:12 teams.noc.layers.0.every: '90m' is no rotation;"),
        ("        handover: mon 09:00", "        handover: mon 09:00\n        every: 3d", "only whole weeks have"),
        ("handover: mon 09:00", "until: 2026-01-07", "oncall.yml:12 teams.noc.layers.0.until: 2026-01-07 is not after"
         " the first hand-over on 2026-01-07"),
        ("handover: mon 09:00", "only: {mon-fry: [09:00-18:00]}", "oncall.yml:12 teams.noc.layers.0.only.mon-fry:"),
        ("handover: mon 09:00", "only: {mon: [9-18]}", "'9-18' is not a span of hours; write 09:00-18:00"),
        ("handover: mon 09:00", "hours: {mon: []}", "oncall.yml:12 teams.noc.layers.0.hours: is not a key here"),
        ("start: 2026-01-07", "start: 2026-02-30", "is a day that no year has"),
        ("to: 2026-02-02T09:00", "to: 2026-02-01T09:00", "oncall.yml:14 teams.noc.overrides.0.to: 2026-02-01T09:00 is"
         " not after 2026-02-01T09:00"),
        ("from: 2026-02-01T09:00", "from: soon", "oncall.yml:14 teams.noc.overrides.0.from: 'soon' is not a time;"),
        ("from: 2026-02-01T09:00, ", "", "teams.noc.overrides.0.from: is missing; write it"),
        ("at: 0%", "at: 150%", "oncall.yml:16 teams.noc.escalation.0.at: '150%' is no share"),
        ("at: 0%", "at: breach", "escalation.1.at"),
        ("people: [zhang, anna]", "people: []", "oncall.yml:10 teams.noc.layers.0.people: lists nobody"),
        ("  anna: {name", "  on_call: {name", "oncall.yml:4 people.on_call: 'on_call' means something else"),
        ("  anna: {name", "  a/b: {name", "oncall.yml:4 people.a/b: 'a/b' is not the id of a person"),
    ],
)  # fmt: skip
def test_a_mistake_is_a_sentence_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = changed(old, new)
    if said == "escalation.1.at":
        said, text = "comes before the step above it", text.replace("{at: breach, tell: [c", "{at: 50%, tell: [c")
    assert said in refused(tmp_path, text)


def test_a_team_that_has_nobody_and_a_file_that_has_no_team_are_mistakes(tmp_path: Path) -> None:
    head = FILE.partition("    layers:")[0]
    assert "oncall.yml:6 teams.noc: has neither layers nor a calendar" in refused(tmp_path, head)
    assert "oncall.yml:1 teams: lists no team" in refused(tmp_path, "people: {}\nteams: {}\n").replace(":2 ", ":1 ")
    assert "is empty or not a mapping" in refused(tmp_path, "")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yml", RECEIVERS)


def test_the_gaps_of_the_next_year_are_said(tmp_path: Path) -> None:
    text = changed("handover: mon 09:00", "only: {mon-fri: [09:00-18:00]}")
    loaded = load(written(tmp_path, text), RECEIVERS)
    assert notices(loaded.roster, datetime(2026, 3, 2, 2, tzinfo=UTC)) == (
        "team noc: nobody is on duty 261 times in the next year, first from 2026-03-02 18:00 to 2026-03-03 09:00"
        " (Asia/Shanghai); log is told then",
    )


# -- calendars -----------------------------------------------------------------------------------------------------


@pytest.fixture
def keep(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_calendar_is_a_rota(tmp_path: Path, keep: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    loaded, said = with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert said == ()
    team = loaded.roster.teams["noc"]
    duty = who(team, NOW)  # 20:00 in Shanghai
    assert (duty.person, duty.layer) == ("zhang", CALENDAR)
    assert (duty.since, duty.until) == (datetime(2026, 3, 2, 1, tzinfo=UTC), datetime(2026, 3, 3, 1, tzinfo=UTC))
    assert who(team, NOW + timedelta(days=1)).person == "anna"  # from 02:00 in Berlin
    assert who(team, NOW + timedelta(days=300)).person == "zhang"
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
    duty = who(loaded.roster.teams["noc"], NOW)
    assert (duty.since, duty.until) == (datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 3, 16, tzinfo=UTC))
    assert said == (
        f"{tmp_path}/oncall.yml:9 teams.noc.calendar: rota.ics has entries that are the id of nobody ('Team lunch');"
        " they are left out",
    )


EMPTY = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nEND:VCALENDAR\n"
OVER = TWO_WEEKS.replace("FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=2").replace("202603", "202602")


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (None, "rota.ics cannot be read (No such file or directory)"),
        ("<html>Please log in</html>", "it is not an iCalendar that can be read ("),
        ("", "it is not an iCalendar that can be read ("),
        (TWO_WEEKS[:300], "it is not an iCalendar that can be read ("),
        (EMPTY, "it has nobody on duty from now on"),
        (OVER, "it has nobody on duty from now on"),
        (TWO_WEEKS.replace("Zhang", "Li").replace("anna", "Berg"), "it has nobody on duty from now on"),
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
    assert who(loaded.roster.teams["noc"], later).person == "zhang"
    assert said.startswith(f"{tmp_path}/oncall.yml:9 teams.noc.calendar: {why}")
    assert said.endswith("; on duty is who was by the copy of 2026-03-02 12:00Z (2d3h old)")
    assert (keep / "oncall-noc.ics").read_bytes() == TWO_WEEKS.encode()


def test_a_calendar_that_never_could_be_read_stops_the_start(tmp_path: Path, keep: Path) -> None:
    with pytest.raises(ConfigError, match="no good copy of it was ever kept; mend the calendar") as caught:
        with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert caught.value.retryable


def test_a_copy_that_has_run_out_is_said(tmp_path: Path, keep: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS.replace("FREQ=DAILY;INTERVAL=2", "FREQ=DAILY;COUNT=5"))
    oncall = with_calendar(tmp_path, "{file: rota.ics}")
    with_calendars(oncall, keep, NOW)
    loaded, (said,) = with_calendars(oncall, keep, NOW + timedelta(days=30))
    assert "(30d old) has nobody on duty from now on either" in said
    assert who(loaded.roster.teams["noc"], NOW + timedelta(days=30)).person is None


def test_a_folder_that_takes_no_copy_is_said_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    (tmp_path / "data").write_text("no folder")
    loaded, (said,) = with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), tmp_path / "data", NOW)
    assert "no copy can be kept in" in said
    assert who(loaded.roster.teams["noc"], NOW).person == "zhang"


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
    assert who(loaded.roster.teams["noc"], NOW).person == "zhang"
    assert server.requests[0].headers["Authorization"] == "Bearer s3cret"


def test_a_feed_that_is_gone_leaves_its_copy_and_a_sentence(
    tmp_path: Path, keep: Path, server: Loopback, site: Site
) -> None:
    oncall = with_calendar(tmp_path, f'{{url: "{server.url}/rota.ics?key=hidden"}}')
    with_calendars(oncall, keep, NOW)
    site.reply = Reply(404)
    loaded, (said,) = with_calendars(oncall, keep, NOW + timedelta(hours=5))
    assert who(loaded.roster.teams["noc"], NOW).person == "zhang"
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

    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(oncall_calendars.importlib, "import_module", missing)
    with pytest.raises(ConfigError, match=r"install tierwatch\[calendars\]"):
        with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)


def test_the_copy_is_dated_by_when_it_was_good(tmp_path: Path, keep: Path) -> None:
    (tmp_path / "rota.ics").write_text(TWO_WEEKS, encoding="utf-8")
    with_calendars(with_calendar(tmp_path, "{file: rota.ics}"), keep, NOW)
    assert datetime.fromtimestamp(os.stat(keep / "oncall-noc.ics").st_mtime, UTC) == NOW
    assert [item.name for item in keep.iterdir()] == ["oncall-noc.ics"]


# -- what the document says ----------------------------------------------------------------------------------------

DOCUMENT = (EXAMPLE.parents[1] / "docs" / "oncall.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "text"),
    [("The file", oncall_file.FileText), ("A person", oncall_file.PersonText), ("A team", oncall_file.TeamText),
     ("A layer", oncall_file.LayerText), ("An override", oncall_file.OverrideText),
     ("A rota that is kept in a calendar", oncall_file.FeedText), ("Who is told next", oncall_file.StepText)],
)  # fmt: skip
def test_every_key_is_described(heading: str, text: type) -> None:
    (section,) = re.findall(rf"(?ms)^##+ {heading}\n(.*?)(?=^#|\Z)", DOCUMENT)
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (.+?) \|", section))
    names = {"since": "from", "until": "to"} if text is oncall_file.OverrideText else {}
    fields = {names.get(item.name, item.name): item for item in dataclasses.fields(text)}
    assert rows.keys() == fields.keys()
    for name, item in fields.items():
        needed = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        assert (rows[name] == "needed") is needed, name


def test_the_steps_of_the_document_are_one_rota(tmp_path: Path) -> None:
    text = "".join(re.findall(r"(?ms)^```yaml\n(.*?)^```", DOCUMENT))
    loaded = load(written(tmp_path, text), RECEIVERS)
    noc = loaded.roster.teams["noc"]
    assert [layer.name for layer in noc.layers] == ["days", "nights", "National Day"]
    assert noc.overrides == load(EXAMPLE, RECEIVERS).roster.teams["noc"].overrides
    assert notices(loaded.roster, NOW) == ()
