"""The on-call file: what a good one says, every mistake as a sentence, and that the document describes each key."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall import roster_schema
from alerts.oncall.escalation_plan import Step
from alerts.oncall.roster import Duty, Recipient, Role, Roster, Spell, on_duty, shifts
from alerts.oncall.roster_check import guarded_layers, roster_notices
from alerts.oncall.roster_file import load
from alerts.oncall.turns import Window
from monitor.errors import ConfigError
from tests.support.rotas import EXAMPLE, FILE, NOW, RECEIVERS, WEEK, changed, refused, written
from tests.support.texts import exchanged

# -- the file ------------------------------------------------------------------------------------------------------


def test_the_example_is_good_and_leaves_no_gap() -> None:
    loaded = load(EXAMPLE, RECEIVERS)
    assert roster_notices(loaded.roster, NOW) == ()
    noc, seniors = loaded.roster.teams["noc"], loaded.roster.teams["seniors"]
    assert {on_duty(noc, NOW + timedelta(hours=12 * n)).layer for n in range(14)} == {"days", "nights"}
    assert on_duty(noc, datetime(2026, 10, 3, 15, tzinfo=UTC)).layer == "National Day"
    assert on_duty(noc, datetime(2026, 2, 16, 15, tzinfo=UTC)).person == "li.na"
    assert on_duty(seniors, datetime(2026, 3, 27, 8, tzinfo=UTC)).person == "anna.berg"  # 09:00 in Berlin, winter
    assert on_duty(seniors, datetime(2026, 3, 30, 7, tzinfo=UTC)).person == "anna.berg"  # 09:00 in Berlin, summer
    assert [step.share for step in loaded.steps["noc"]] == [0.0, 0.5, 0.8, None, None, None]
    assert loaded.tickets_of == {"noc": {"NOC", "NOC North"}, "seniors": frozenset()}


def test_a_file_becomes_people_teams_and_steps(tmp_path: Path) -> None:
    loaded = load(written(tmp_path, FILE), RECEIVERS)
    team, people = loaded.roster.teams["noc"], loaded.roster.people
    assert (people["zhang"].name.zh, people["zhang"].zone, people["anna"].zone) == (
        "张伟",
        "",
        "Europe/Berlin",
    )
    assert people["anna"].receivers == ("oncall", "log")
    assert team.contact == ("log",)
    assert team.overrides == (Spell(datetime(2026, 2, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, 1, tzinfo=UTC), "anna"),)
    (layer,) = team.layers
    assert (layer.name, layer.every, layer.zone) == ("layer 0", timedelta(weeks=1), "Asia/Shanghai")
    assert layer.begins.isoformat() == "2026-01-12T09:00:00"
    assert loaded.steps["noc"] == (
        Step(0.0, (Recipient(Role.ON_CALL, "noc"),)),
        Step(None, (Recipient(Role.CONTACT, "noc"), Recipient(Role.PERSON, "anna"))),
    )


@pytest.mark.parametrize(
    ("text", "length"),
    [("daily", timedelta(days=1)), ("weekly", timedelta(weeks=1)), ("12h", timedelta(hours=12)),
     ("3d", timedelta(days=3)), ("2w", timedelta(weeks=2))],
)  # fmt: skip
def test_a_rotation_is_written_in_words_or_hours_days_and_weeks(tmp_path: Path, text: str, length: timedelta) -> None:
    loaded = load(written(tmp_path, changed("handover: mon 09:00", f"every: {text}")), RECEIVERS)
    assert loaded.roster.teams["noc"].layers[0].every == length


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("50%", (0.5, timedelta(0), None)),
        ("breach", (None, timedelta(0), None)),
        ("breach + 15m", (None, timedelta(minutes=15), None)),
        ("breach+1h30m", (None, timedelta(minutes=90), None)),
        ("unanswered 45s", (None, timedelta(0), timedelta(seconds=45))),
    ],
)
def test_a_step_is_a_share_or_the_breach_or_a_time_after_it_or_unanswered(
    tmp_path: Path, text: str, step: tuple[object, ...]
) -> None:
    loaded = load(written(tmp_path, changed("at: breach", f"at: {text}")), RECEIVERS)
    last = loaded.steps["noc"][-1]
    assert (last.share, last.after, last.unanswered) == step
    fast = loaded.faster(60).steps["noc"][-1]
    assert (fast.after, fast.unanswered) == (last.after / 60, last.unanswered and last.unanswered / 60)
    assert loaded.faster(60).gaps["noc"] == timedelta(seconds=5)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ("{at: 15m, tell: on_call}", "'15m' is no share of the time that is left; write 50%, breach, breach + 15m, or"
         " unanswered 10m"),
        ("{at: breech, tell: on_call}", "; did you mean 'breach'?"),
        ("{at: unanswerd 5m, tell: on_call}", "; did you mean 'unanswered'?"),
        ("{at: breach + soon, tell: on_call}", "'breach + soon': 'soon' is not a length"),
        ("{at: unanswered, tell: on_call}", "'unanswered': '' is not a length"),
        ("{at: unanswered 5m, tell: on_call}", "escalation.0.at: is the first step, before which nobody is called;"
         " write 0%"),
    ],
)  # fmt: skip
def test_a_step_without_an_instant_is_refused_with_what_to_write(tmp_path: Path, steps: str, said: str) -> None:
    assert said in refused(tmp_path, changed("{at: 0%, tell: on_call}", steps))


def test_steps_are_in_order_also_after_the_breach(tmp_path: Path) -> None:
    later = "{at: breach + 1h, tell: on_call}\n      - {at: breach + 15m, tell: on_call}"
    assert "escalation.2.at: comes before the step above it" in refused(
        tmp_path, changed("{at: breach, tell: [contact, anna]}", later)
    )
    between = "{at: unanswered 5m, tell: anna}\n      - {at: breach, tell: on_call}"
    assert len(load(written(tmp_path, changed("{at: breach, tell: [contact, anna]}", between)), RECEIVERS).steps) == 1
    assert "gap: '0s' is no time at all" in refused(
        tmp_path, changed("    escalation:", "    gap: 0s\n    escalation:")
    )


def test_hours_may_reach_into_the_next_day_and_days_over_the_weekend(tmp_path: Path) -> None:
    text = changed("handover: mon 09:00", "only: {sat-mon: [20:00-08:00], wed: [00:00-24:00]}")
    (layer,) = load(written(tmp_path, text), RECEIVERS).roster.teams["noc"].layers
    assert layer.windows == (
        *(Window(day, time(20), time(8)) for day in (5, 6, 0)),
        Window(2, time(0), time(0)),
    )  # fmt: skip


GUARDED = """
      - people: [anna, zhang]
        during: exam-week
"""


def in_the_week(folder: Path, more: str = "") -> Roster:
    text = exchanged(FILE, ("        handover: mon 09:00\n", "        handover: mon 09:00" + GUARDED + more))
    return load(written(folder, text), RECEIVERS, (WEEK,)).roster


def test_other_people_are_on_duty_from_the_beginning_of_a_guarded_period_to_its_end(tmp_path: Path) -> None:
    roster = in_the_week(tmp_path)
    noc = roster.teams["noc"]
    before, first = on_duty(noc, WEEK.since - timedelta(seconds=1)), on_duty(noc, WEEK.since)
    assert (before.layer, before.until) == ("layer 0", WEEK.since)
    assert first == Duty("anna", "exam-week", WEEK.since, WEEK.until)
    assert on_duty(noc, WEEK.until).layer == "layer 0"
    assert list(guarded_layers(roster, NOW, "Asia/Shanghai")) == [
        "team noc: anna, zhang from 2026-06-05 00:00:00+08:00 to 2026-06-10 12:00:00+08:00,"
        " in the guarded period exam-week"
    ]
    assert list(guarded_layers(roster, WEEK.until, "Asia/Shanghai")) == []


@pytest.mark.parametrize(
    ("more", "turns"),
    [
        ("        every: daily\n", [("anna", "05 00:00"), ("zhang", "06 00:00"), ("anna", "07 00:00"),
                                    ("zhang", "08 00:00"), ("anna", "09 00:00"), ("zhang", "10 00:00")]),
        ('        every: daily\n        handover: "08:30"\n',
         [("anna", "05 00:00"), ("zhang", "05 08:30"), ("anna", "06 08:30"), ("zhang", "07 08:30"),
          ("anna", "08 08:30"), ("zhang", "09 08:30"), ("anna", "10 08:30")]),
        ("        handover: mon 09:00\n", [("anna", "05 00:00"), ("zhang", "08 09:00")]),
    ],
)  # fmt: skip
def test_turns_of_a_guarded_period_are_counted_from_its_beginning(
    tmp_path: Path, more: str, turns: list[tuple[str, str]]
) -> None:
    found = shifts(in_the_week(tmp_path, more).teams["noc"], WEEK.since, WEEK.until)
    shanghai = ZoneInfo("Asia/Shanghai")
    assert [(one.person, f"{one.since.astimezone(shanghai):%d %H:%M}") for one in found if one.since] == turns
    assert {one.layer for one in found} == {"exam-week"}
    assert found[-1].until == WEEK.until


def test_hours_of_a_guarded_period_leave_the_rest_to_the_usual_rota(tmp_path: Path) -> None:
    roster = in_the_week(tmp_path, "        only: {mon-sun: [20:00-08:00]}\n")
    found = shifts(roster.teams["noc"], WEEK.since, WEEK.until)
    assert [one.layer for one in found][:3] == ["exam-week", "layer 0", "exam-week"]
    assert found[0].since == WEEK.since


EDGES = st.integers(0, 60 * 24 * 14)


@given(EDGES, st.integers(1, 60 * 24 * 14), EDGES, st.sampled_from(["daily", "weekly", "12h", "3d"]),
       st.sampled_from(["", "08:30", "00:00"]), st.sampled_from(["Europe/Berlin", "Asia/Shanghai", "UTC"]))  # fmt: skip
def test_a_layer_of_a_period_is_on_duty_in_the_period_and_at_no_other_instant(
    begin: int, lasts: int, at: int, every: str, handover: str, zone: str
) -> None:
    since = datetime(2026, 3, 22, tzinfo=UTC) + timedelta(minutes=begin)  # Berlin changes its clocks on the 29th
    period = replace(WEEK, since=since, until=since + timedelta(minutes=lasts))
    layer = f"      - {{people: [anna, zhang], during: exam-week, every: {every}, zone: {zone}"
    layer += f', handover: "{handover}"}}\n' if handover else "}\n"
    text = exchanged(FILE, ("        handover: mon 09:00\n", "        handover: mon 09:00\n" + layer))
    with TemporaryDirectory() as folder:
        noc = load(written(Path(folder), text), RECEIVERS, (period,)).roster.teams["noc"]
    moment = datetime(2026, 3, 22, tzinfo=UTC) + timedelta(minutes=at)
    duty = on_duty(noc, moment)
    assert (duty.layer == "exam-week") == period.holds(moment)
    if period.holds(moment):
        assert duty.since is not None
        assert duty.until is not None
        assert period.since <= duty.since <= moment < duty.until <= period.until
    first = on_duty(noc, period.since)
    assert (first.person, first.since) == ("anna", period.since)


BAD: list[tuple[str, str, str]] = [
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
    ("start: 2026-01-07", "every: weekly", "oncall.yml:10 teams.noc.layers.0.start: is missing; write the date of the"
     " first turn, or during"),
    ("start: 2026-01-07", "during: exam-wek", "oncall.yml:11 teams.noc.layers.0.during: 'exam-wek' is not a guarded"
     " period of the policy (exam-week); did you mean 'exam-week'?"),
    ("start: 2026-01-07", "start: 2026-01-07\n        during: exam-week", "oncall.yml:11 teams.noc.layers.0.start: is"
     " said by the guarded period exam-week; remove it"),
    ("start: 2026-01-07", "during: exam-week\n        until: 2026-06-07", "oncall.yml:12 teams.noc.layers.0.until: is"
     " said by the guarded period exam-week; remove it"),
    ("to: 2026-02-02T09:00", "to: 2026-02-01T09:00", "oncall.yml:14 teams.noc.overrides.0.to: 2026-02-01T09:00 is"
     " not after 2026-02-01T09:00"),
    ("from: 2026-02-01T09:00", "from: soon", "oncall.yml:14 teams.noc.overrides.0.from: 'soon' is not a time;"),
    ("from: 2026-02-01T09:00", "from: 2026-02-30T09:00", "oncall.yml:14 teams.noc.overrides.0.from: '2026-02-30T09:00'"
     " is a day that no year has; write one that exists"),
    ("from: 2026-02-01T09:00", "from: 2026-02-01T9:00", "oncall.yml:14 teams.noc.overrides.0.from: '2026-02-01T9:00'"
     " is not a time; write 2026-02-01T09:00"),
    ("from: 2026-02-01T09:00, ", "", "teams.noc.overrides.0.from: is missing; write it"),
    ("at: 0%", "at: 150%", "oncall.yml:16 teams.noc.escalation.0.at: '150%' is no share"),
    ("at: 0%", "at: breach", "escalation.1.at"),
    ("people: [zhang, anna]", "people: []", "oncall.yml:10 teams.noc.layers.0.people: lists nobody"),
    ("  anna: {name", "  on_call: {name", "oncall.yml:4 people.on_call: 'on_call' means something else"),
    ("  anna: {name", "  a/b: {name", "oncall.yml:4 people.a/b: 'a/b' is not the id of a person"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BAD)
def test_a_mistake_is_a_sentence_with_its_place(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = changed(old, new)
    if said == "escalation.1.at":
        said, text = "comes before the step above it", exchanged(text, ("{at: breach, tell: [c", "{at: 50%, tell: [c"))
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
    assert roster_notices(loaded.roster, datetime(2026, 3, 2, 2, tzinfo=UTC)) == (
        "team noc: nobody is on duty 261 times in the next year, first from 2026-03-02 18:00 to 2026-03-03 09:00"
        " (Asia/Shanghai); log is told then",
    )


# -- what the document says ----------------------------------------------------------------------------------------

DOCUMENT = (EXAMPLE.parents[1] / "docs" / "oncall.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("heading", "text"),
    [("The file", roster_schema.FileText), ("A person", roster_schema.PersonText), ("A team", roster_schema.TeamText),
     ("A layer", roster_schema.LayerText), ("An override", roster_schema.OverrideText),
     ("A rota that is kept in a calendar", roster_schema.FeedText), ("Who is told next", roster_schema.StepText)],
)  # fmt: skip
def test_every_key_is_described(heading: str, text: type) -> None:
    (section,) = re.findall(rf"(?ms)^##+ {heading}\n(.*?)(?=^#|\Z)", DOCUMENT)
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (.+?) \|", section))
    names = {"since": "from", "until": "to"} if text is roster_schema.OverrideText else {}
    fields = {names.get(item.name, item.name): item for item in dataclasses.fields(text)}
    assert rows.keys() == fields.keys()
    for name, item in fields.items():
        needed = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        assert (rows[name] == "needed") is needed, name


def test_the_steps_of_the_document_are_one_rota(tmp_path: Path) -> None:
    text = "".join(re.findall(r"(?ms)^```yaml\n(.*?)^```", DOCUMENT))
    loaded = load(written(tmp_path, text), RECEIVERS, (WEEK,))
    noc = loaded.roster.teams["noc"]
    assert [layer.name for layer in noc.layers] == ["days", "nights", "National Day", "exam-week"]
    assert noc.overrides == load(EXAMPLE, RECEIVERS).roster.teams["noc"].overrides
    assert roster_notices(loaded.roster, NOW) == ()
