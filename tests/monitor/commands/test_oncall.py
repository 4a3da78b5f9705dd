from __future__ import annotations

import json
from pathlib import Path

import pytest

from alerts.oncall.roster_calendars import keeping
from monitor import wallclock
from monitor.config import policy_file
from monitor.config.config_file import load
from tests.monitor.policy.test_guarded import CONGRESS
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.texts import exchanged

ROTA = """\
zone: Asia/Shanghai
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: [log]}
  anna: {name: {en: Anna}, zone: Europe/Berlin, receivers: [log]}
teams:
  noc:
    name: {en: NOC}
    receivers: [log]
    layers:
      - {people: [zhang, anna], start: 2026-01-05, every: 12h, handover: "08:00"}
  field:
    name: {en: Field force, zh: 现场}
    receivers: [log]
    tickets_of: [Field]
    layers:
      - {people: [anna], start: 2026-01-05, every: daily, handover: "00:00", only: {mon-fri: [09:00-18:00]}}
"""

WITH_ROTA = "page_url: https://tierwatch.example.com\noncall: oncall.yml\nlink_secret: {file: secret}\n"

EVENING = at(20)  # Tuesday 04:00 in Shanghai, in anna's turn until 08:00, which is 00:00Z and 01:00 in Berlin


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.config.write_text(CONFIG + WITH_ROTA, encoding="utf-8")
    (tmp_path / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more", encoding="utf-8")
    return site


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> Command:
    monkeypatch.setattr(wallclock, "now", lambda: EVENING)
    return runner(capsys, monkeypatch, site.config, EVENING)


@pytest.fixture
def tickets(site: Site) -> None:
    """Gold is restored within 4 h: T1 by 22:00Z, T2 by 23:30Z, T3 only in the next shift; T4 was due at 19:00Z."""
    site.hear(
        EVENING,
        ticket("T2", at(19.5), "opened", tier="gold", team="Field"),
        ticket("T1", at(18), "opened", tier="gold", customer="ACME\n", team="NOC",
               url="https://desk.example.com/T1?token=abc&id=1"),
        ticket("T3", at(20) , "opened", tier="gold", team="NOC"),
        ticket("T4", at(15), "opened", tier="gold", team="NOC", customer="Initech"),
    )  # fmt: skip


# -- who -----------------------------------------------------------------------------------------------------------


def test_it_says_who_is_on_duty_until_when_and_who_comes_next(tierwatch: Command) -> None:
    said = tierwatch("oncall", "who")
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "noc: anna (Anna) until 2026-01-06 08:00:00+08:00; then zhang (Zhang Wei 张伟)",
        "field: nobody is on duty, log is told until 2026-01-06 09:00:00+08:00; then anna (Anna)",
    ]


def test_it_can_be_asked_of_one_team_and_of_another_instant(tierwatch: Command) -> None:
    said = tierwatch("oncall", "who", "noc", "--at", "2026-01-06T08:00:00+08:00")
    assert said.out == "noc: zhang (Zhang Wei 张伟) until 2026-01-06 20:00:00+08:00; then anna (Anna)\n"
    before = tierwatch("oncall", "who", "noc", "--at", "2026-01-01T00:00:00Z")
    assert before.out.startswith("noc: nobody is on duty, log is told until 2026-01-05 08:00:00+08:00; then zhang")


def test_it_answers_programs_too(tierwatch: Command) -> None:
    noc, field = json.loads(tierwatch("oncall", "who", "--json").out)
    assert noc == {
        "team": "noc", "person": "anna", "layer": "layer 0", "guarded": None, "since": "2026-01-05T12:00:00Z",
        "until": "2026-01-06T00:00:00Z", "receivers": ["log"],
    }  # fmt: skip
    assert (field["person"], field["receivers"]) == (None, ["log"])


def guarded(site: Site, name: str = "congress") -> None:
    """A policy with a guarded period from 18:00 to 04:00 in Shanghai, and a layer of the team in it."""
    demo = policy_file.shipped_text("demo")
    period = exchanged(CONGRESS, ("2026-01-05T10:00", "2026-01-05T18:00"), ("2026-01-05T20:00", "2026-01-06T04:30"))
    (site.config.parent / "own.yml").write_text(f"{demo}\n{period}", encoding="utf-8")
    site.config.write_text(exchanged(CONFIG + WITH_ROTA, ("policy: demo", "policy: own.yml")), encoding="utf-8")
    layer = f'handover: "08:00"}}\n      - {{people: [zhang], during: {name}}}\n  field:'
    text = exchanged(ROTA, ('handover: "08:00"}\n  field:', layer))
    (site.config.parent / "oncall.yml").write_text(text, encoding="utf-8")


def test_it_says_by_which_guarded_period_somebody_is_on_duty(tierwatch: Command, site: Site) -> None:
    guarded(site)
    assert tierwatch("oncall", "who", "noc").out == (
        "noc: zhang (Zhang Wei 张伟) until 2026-01-06 04:30:00+08:00,"
        " in the guarded period congress; then anna (Anna)\n"
    )
    (noc,) = json.loads(tierwatch("oncall", "who", "noc", "--json").out)
    assert (noc["layer"], noc["guarded"], noc["until"]) == ("congress", "congress", "2026-01-05T20:30:00Z")
    dates = (
        "team noc: zhang from 2026-01-05 18:00:00+08:00 to 2026-01-06 04:30:00+08:00, in the guarded period congress"
    )
    assert dates in tierwatch("oncall", "check").out.splitlines()
    assert dates in tierwatch("check-config").out.splitlines()
    assert "congress" not in tierwatch("oncall", "check", "--at", "2026-01-06T05:00:00+08:00").out


def test_a_guarded_period_that_the_policy_does_not_have_is_refused_with_those_that_it_has(
    tierwatch: Command, site: Site
) -> None:
    guarded(site, "congres")
    for words in (("oncall", "who"), ("check-config",)):
        said = tierwatch(*words)
        assert said.code == 1
        assert (
            "oncall.yml:11 teams.noc.layers.1.during: 'congres' is not a guarded period of the policy (congress);"
            " did you mean 'congress'?"
        ) in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("who", "nok"), "'nok' is not a team of {}/oncall.yml; it has noc, field\n"),
        (("who", "--at", "2026-01-06T08:00:00"), "--at '2026-01-06T08:00:00' has no zone;"),
        (("check", "--at", "soon"), "--at 'soon' is not an instant;"),
    ],
)  # fmt: skip
def test_what_it_cannot_answer_is_a_sentence(tierwatch: Command, site: Site, words: tuple[str, ...], said: str) -> None:
    ended = tierwatch("oncall", *words)
    assert (ended.code, ended.out) == (1, "")
    assert said.format(site.config.parent) in ended.err


def test_a_configuration_without_a_rota_says_how_to_name_one(tierwatch: Command, site: Site) -> None:
    site.config.write_text(CONFIG, encoding="utf-8")
    said = tierwatch("oncall", "who")
    assert said.code == 1
    assert said.err.endswith("names no rota; write `oncall: oncall.yml`, and see docs/oncall.md\n")


def test_a_mistake_in_the_rota_names_its_line(tierwatch: Command, site: Site) -> None:
    (site.config.parent / "oncall.yml").write_text(
        exchanged(ROTA, ("receivers: [log]}\n  anna", "receivers: [sms]}\n  anna"))
    )
    said = tierwatch("oncall", "check")
    assert said.code == 1
    assert "oncall.yml:3 people.zhang.receivers: 'sms' is not a receiver of the configuration; it has log" in said.err


# -- digest --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tickets")
def test_a_hand_over_lists_what_expires_in_the_shift_the_nearest_first(tierwatch: Command) -> None:
    said = tierwatch("oncall", "digest", "noc")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("noc: anna (Anna) until 2026-01-06 01:00:00+01:00: ")
    restores = [index for index, line in enumerate(lines) if " Restoration " in line]
    assert [" ".join(lines[index].split()) for index in restores] == [
        "expires 2026-01-05 23:00:00+01:00 Gold Restoration ACME tickets/T1",
        "expires 2026-01-06 00:30:00+01:00 Gold Restoration tickets/T2",
        "breached 2026-01-05 20:00:00+01:00 Gold Restoration Initech tickets/T4",
    ]
    assert lines[restores[0] + 1 : restores[0] + 3] == [
        "    https://tierwatch.example.com/explain/tickets/T1",
        "    https://desk.example.com/T1?id=1",
    ]
    deadlines = [line.split("  ")[1] for line in lines if line.startswith("  expires")]
    assert deadlines == sorted(deadlines)


@pytest.mark.usefixtures("tickets")
def test_a_team_is_handed_its_own_tickets(tierwatch: Command) -> None:
    (field,) = json.loads(tierwatch("oncall", "digest", "field", "--json").out)
    assert field["person"] is None
    assert {item["subject"] for item in field["expiring"]} == {"tickets/T2"}
    restore = next(item for item in field["expiring"] if item["target"] == "restore")
    assert restore == {
        "subject": "tickets/T2", "tier": "gold", "target": "restore", "deadline": "2026-01-05T23:30:00Z",
        "customer": "", "explain_url": "https://tierwatch.example.com/explain/tickets/T2", "ticket_url": "",
    }  # fmt: skip


def test_more_clocks_than_a_page_are_all_handed_over(
    tierwatch: Command, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("monitor.commands.oncall._FIRST_PAGE", 1)
    site.hear(EVENING, *(ticket(f"T{n}", at(19), "accepted", tier="gold") for n in range(30)))
    (noc,) = json.loads(tierwatch("oncall", "digest", "noc", "--json").out)
    assert len({item["subject"] for item in noc["expiring"]}) == 30


def test_without_a_store_it_says_so(tierwatch: Command) -> None:
    said = tierwatch("oncall", "digest")
    assert said.code == 1
    assert "tierwatch.db" in said.err


# -- check ---------------------------------------------------------------------------------------------------------


def test_gaps_of_the_next_year_are_listed(tierwatch: Command) -> None:
    lines = tierwatch("oncall", "check").out.splitlines()
    assert lines[0] == (
        "team field: nobody is on duty 262 times in the next year, first from 2026-01-06 04:00 to 2026-01-06 09:00"
        " (Asia/Shanghai); log is told then"
    )
    assert lines[1] == "field: nobody from 2026-01-06 04:00:00+08:00 to 2026-01-06 09:00:00+08:00"
    assert [line.partition(" (")[0] for line in lines[2:4]] == [
        "field: nobody Mon–Thu 18:00 to 09:00 the next day",
        "field: nobody Fri 18:00 to Mon 09:00",
    ]
    assert len(lines) == 5
    assert len(json.loads(tierwatch("oncall", "check", "--json").out)) == 262
    assert json.loads(tierwatch("oncall", "check", "--json").out)[1] == {
        "team": "field", "since": "2026-01-06T10:00:00Z", "until": "2026-01-07T01:00:00Z",
    }  # fmt: skip


def test_a_rota_without_gaps_is_good(tierwatch: Command, site: Site) -> None:
    assert tierwatch("oncall", "check", "noc").out == (
        f"{site.config.parent}/oncall.yml: good; somebody is always on duty in the next year\n"
    )


def test_a_calendar_that_is_gone_is_said_on_standard_error(tierwatch: Command, site: Site) -> None:
    folder = site.config.parent
    calendar = (
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\nBEGIN:VEVENT\nUID:1\nSUMMARY:zhang\nDTSTART:20260105T000000\n"
        "DTEND:20260106T000000\nRRULE:FREQ=DAILY\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    (folder / "rota.ics").write_text(calendar)
    text = ROTA.partition("    layers:")[0] + "    calendar: {file: rota.ics}\n"
    (folder / "oncall.yml").write_text(text, encoding="utf-8")
    assert tierwatch("oncall", "who").err == ""
    (folder / "rota.ics").unlink()
    said = tierwatch("oncall", "who")
    assert said.out == "noc: zhang (Zhang Wei 张伟) until 2026-01-07 00:00:00+08:00; then zhang (Zhang Wei 张伟)\n"
    assert "rota.ics cannot be read (No such file or directory); check the path and its permissions" in said.err
    assert "; on duty is who was by the copy of" in said.err


def test_copies_are_kept_beside_the_database(site: Site, tmp_path: Path) -> None:
    path = site.config
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "database: data/clocks.db\n", encoding="utf-8")
    assert keeping(load(path).database, path.parent) == tmp_path / "data"
    assert keeping("sqlite://", path.parent) == tmp_path, "a database without a file"


# -- check-config --------------------------------------------------------------------------------------------------


def test_checking_a_configuration_checks_its_rota(tierwatch: Command, site: Site) -> None:
    said = tierwatch("check-config")
    assert said.code == 0, said.err
    assert "oncall oncall.yml: 2 teams, 2 people" in said.out
    assert "team field: nobody is on duty" in said.out
    assert "oncall: no team has an escalation, so nobody is called" in said.out
    (site.config.parent / "oncall.yml").write_text(
        exchanged(ROTA, ("[anna], start", "[anne], start")), encoding="utf-8"
    )
    assert "'anne' is not one of the people" in tierwatch("check-config").err


def test_a_team_of_tickets_that_no_source_names_is_said(tierwatch: Command, site: Site) -> None:
    """Only where every source names teams by a table; else a team may have any name."""
    folder = site.config.parent
    (folder / "oncall.yml").write_text(
        exchanged(ROTA, ("    layers:", "    tickets_of: [NOC, Noth]\n    layers:"), count=1), encoding="utf-8"
    )
    assert "tickets_of" not in tierwatch("check-config").out
    text = site.config.read_text(encoding="utf-8")
    table = ", mapping: {attributes: {team: {field: group, values: {N: North, C: NOC}}}}}"
    sources, _, rest = text.partition("receivers:")
    site.config.write_text(sources.rstrip().removesuffix("}") + table + "\nreceivers:" + rest, encoding="utf-8")
    said = tierwatch("check-config")
    assert said.code == 0, said.err
    assert "tickets_of 'Noth' is named by no source; they name North, NOC; did you mean 'North'?" in said.out
    assert "'NOC' is named by no source" not in said.out


def test_a_receiver_that_is_told_of_everything_is_nobodys_own(tierwatch: Command, site: Site) -> None:
    text = site.config.read_text(encoding="utf-8")
    whole = "  am: {type: alertmanager, personal: true, options: {urls: ['http://am:9093']}}\n"
    of_one = "  own: {type: log, personal: true}\n"
    site.config.write_text(exchanged(text, ("receivers:\n", f"receivers:\n{whole}")), encoding="utf-8")
    said = tierwatch("check-config")
    assert said.code == 1
    assert "receivers.am: alertmanager is told of everything that fires" in said.err
    site.config.write_text(exchanged(text, ("receivers:\n", f"receivers:\n{of_one}")), encoding="utf-8")
    assert "receiver own: is personal and nobody's, so it hears of nothing" in tierwatch("check-config").out


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "nothing signs them; add link_secret"),
        ("link_secret: {file: short}\n", "what is in file short is shorter than 32 bytes; make a longer one"),
        ("link_secret: plain-text\n", "a secret is not written into the configuration"),
        ("link_secret: {file: secret}\nlink_secret_previous: {file: short}\n", "link_secret_previous: what is in file"),
    ],
)  # fmt: skip
def test_links_need_a_secret_that_cannot_be_guessed(tierwatch: Command, site: Site, key: str, said: str) -> None:
    (site.config.parent / "short").write_text("hunter2", encoding="utf-8")
    site.config.write_text(CONFIG + "oncall: oncall.yml\n" + key, encoding="utf-8")
    ended = tierwatch("check-config")
    assert ended.code == 1
    assert said in ended.err
    assert "hunter2" not in ended.err


def test_a_rota_without_a_link_secret_is_told_of_its_own_mistakes_too(tierwatch: Command, site: Site) -> None:
    rota = site.config.parent / "oncall.yml"
    rota.write_text(
        exchanged(rota.read_text(encoding="utf-8"), ("zone: Asia/Shanghai", "zoen: Asia/Shanghai")), encoding="utf-8"
    )
    site.config.write_text(CONFIG + "oncall: oncall.yml\n", encoding="utf-8")
    for command in (("check-config",), ("oncall", "check")):
        ended = tierwatch(*command)
        assert ended.code == 1
        first, second = ended.err.splitlines()
        assert first.endswith(
            "oncall: pages to people have links to acknowledge, and nothing signs them; add link_secret"
        )
        assert "oncall.yml" in second
        assert "zoen: is not a key here" in second


def test_an_earlier_secret_needs_the_present_one(tierwatch: Command, site: Site) -> None:
    site.config.write_text(CONFIG + "link_secret_previous: {file: secret}\n", encoding="utf-8")
    assert "is that of an earlier link_secret; add the present one" in tierwatch("check-config").err
