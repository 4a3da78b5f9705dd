from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from monitor.config import policy_file, yaml_file
from monitor.errors import ConfigError
from monitor.model import Name, Phase, Reopen
from monitor.policy.policy import Policy
from monitor.policy.target import Stage
from tests.support.cases import POLICY
from tests.support.texts import exchanged


def build(*changes: tuple[str, str], zone: str = "UTC") -> Policy:
    """The case's policy with pieces of its text replaced; each piece must be there."""
    return policy_file.build(yaml_file.parse(exchanged(POLICY, *changes, count=1), "case.yml"), zone)


def line_of(piece: str, change: tuple[str, str]) -> int:
    changed = exchanged(POLICY, change, count=1)
    return next(number for number, line in enumerate(changed.splitlines(), 1) if piece in line)


def test_a_good_policy_is_what_it_says() -> None:
    policy = build()
    assert (policy.id, policy.version, policy.label) == ("case", "1", "case@1")
    assert policy.title == Name("Case", "Case")
    assert policy.effective_from == date(2026, 1, 1)
    assert [(r.id, r.name.zh, r.rank) for r in policy.ladders["tier"]] == [
        ("diamond", "钻石", 0), ("gold", "金牌", 1), ("standard", "标准", 2),
    ]  # fmt: skip
    assert policy.ladders["assurance"][0].name == Name("AAA", "AAA")
    assert policy.reasons == {"customer": Name("Waiting for the customer", "等待客户")}
    accept, restore, feedback = policy.targets
    assert (accept.name, accept.reopen, accept.start) == ("accept", Reopen.NEW_CYCLE, frozenset({Phase.OPENED}))
    assert (restore.reopen, restore.pauses, restore.recurring) == (Reopen.RESUME, frozenset({"customer"}), False)
    assert restore.stop == frozenset({Phase.RESTORED, Phase.CLOSED})
    assert [(row.when, row.budget, row.figure) for row in restore.rows] == [
        ({"tier": frozenset({"diamond"})}, timedelta(hours=2), "test"),
        ({"tier": frozenset({"gold"})}, timedelta(hours=4), "test"),
    ]
    assert feedback.recurring
    assert feedback.title == Name("Feedback", "阶段反馈")
    assert feedback.rows[0].when == {"tier": frozenset({"diamond", "gold"})}


def test_who_is_told_when_a_policy_says_nothing() -> None:
    stages = build().stages
    assert [stage.name for stage in stages["tier"]["diamond"]] == ["used_50", "used_75", "used_90", "breached"]
    assert [stage.share for stage in stages["tier"]["gold"]] == [0.75, 0.9, 1.0]
    assert stages["tier"]["standard"] == ()
    assert [stage.name for stage in stages["assurance"]["AAA"]] == ["used_75", "used_90", "breached"]
    assert stages["assurance"]["normal"] == ()


def test_stages_that_are_written_hold_alone() -> None:
    policy = build(("ladders:\n", 'stages: {tier: {gold: ["80 %", 1h30m left, 2h wall left, "100%"]}}\nladders:\n'))
    assert policy.stages == {
        "tier": {
            "gold": (
                Stage("used_80", share=0.8),
                Stage("left_1h30m", left=timedelta(minutes=90)),
                Stage("wall_2h", wall=timedelta(hours=2)),
                Stage("breached", share=1.0),
            )
        }
    }


def test_at_risk_is_a_share_of_the_policys_own() -> None:
    assert build().at_risk == 0.75
    assert build(("ladders:\n", "at_risk: 60%\nladders:\n")).at_risk == 0.6


def test_a_calendar_has_hours_holidays_and_make_up_days() -> None:
    hours = 'hours: {mon-thu: ["13:00-17:00", "08:00-12:00"], fri: ["08:00-12:00"], sun: ["20:00-24:00"]}'
    days = 'holidays: [2026-02-17], working_days: {2026-02-14: ["08:00-12:00"]}, version: "7"'
    policy = build(("{zone: UTC, hours: 24x7}", f"{{zone: Asia/Shanghai, {hours}, {days}}}"))
    calendar = policy.calendars["always"]
    assert (calendar.zone, calendar.version, calendar.always) == ("Asia/Shanghai", "7", False)
    morning, afternoon = (time(8), time(12)), (time(13), time(17))
    assert calendar.weekly == {
        0: (morning, afternoon), 1: (morning, afternoon), 2: (morning, afternoon), 3: (morning, afternoon),
        4: (morning,), 6: ((time(20), time(0)),),
    }  # fmt: skip
    assert calendar.days == {date(2026, 2, 17): (), date(2026, 2, 14): (morning,)}
    assert policy_file.working_times(policy)["always"].calendar == calendar


def test_the_zone_of_the_installation_stands_for_site() -> None:
    assert build(("zone: UTC", "zone: site"), zone="Asia/Shanghai").calendars["always"].zone == "Asia/Shanghai"


def test_a_row_may_have_a_calendar_of_its_own() -> None:
    policy = build(
        ("hours: 24x7}\n", 'hours: 24x7}\n  office: {zone: UTC, hours: {mon: ["08:00-12:00"]}}\n'),
        ("{tier: gold}, budget: 4h", "{tier: gold}, calendar: office, budget: 4h"),
    )
    restore = policy.rule("restore")
    assert restore is not None
    assert [row.calendar for row in restore.rows] == ["always", "office"]


BAD: list[tuple[str, str, str, str]] = [
    # what it replaces, by what, the line that is named, the sentence behind file:line
    ("policy: case\n", "", "version:", "policy: is missing; write it"),
    ('version: "1"', "version: 1", "version:", "version: 1 is not text; put it in quotes"),
    ("name: {en: Case}", "name: {zh: 例}", "name: {zh", "name.en: is missing; write it"),
    ("name: {en: Case}", "name: {en: Case, de: Fall}", "de: Fall",
     "name.de: is not a key here; remove it or correct its spelling"),
    ("ladders:\n", "laders: {}\nladders:\n", "laders", "laders: is not a key here; remove it or correct its spelling"
     "; did you mean 'ladders'?"),
    ("ladders:\n", "at_risk: 100%\nladders:\n", "at_risk",
     "at_risk: '100%' is not a share below 100 %; write 75%"),
    ("ladders:\n", "at_risk: 15m left\nladders:\n", "at_risk",
     "at_risk: '15m left' is not a share below 100 %; write 75%"),
    ("  assurance:\n", "  class:\n", "class:",
     "ladders.class: is no attribute that can have a ladder; use one of tier, assurance, urgency, scope, process,"
     " customer_class, service, order_class, customer, team, supplier, provider, site, or declare it under attributes"
     "; did you mean 'order_class'?"),
    ("{id: gold, en: Gold, zh: 金牌}", "{id: diamond, en: Gold}", "id: diamond, en: Gold",
     "ladders.tier.1: rung 'diamond' is listed twice; keep one"),
    ("{id: gold, en: Gold, zh: 金牌}", "{id: gold, en: Gold, rank: 3}", "rank: 3",
     "ladders.tier.1.rank: is not a key here; remove it or correct its spelling"),
    ("{id: gold, en: Gold, zh: 金牌}", "{id: gold}", "- {id: gold}", "ladders.tier.1.en: is missing; write it"),
    ("zone: UTC", "zone: China", "zone: China",
     "calendars.always.zone: 'China' is not a time zone; write one like Asia/Shanghai"),
    ("zone: UTC, ", "", "always: {hours", "calendars.always.zone: is missing; write it"),
    ("zone: UTC", "zone: UTC, holiday: []", "holiday",
     "calendars.always.holiday: is not a key here; remove it or correct its spelling; did you mean 'holidays'?"),
    ("hours: 24x7", "hours: {}", "hours: {}",
     "calendars.always: calendar 'always' has no weekly working time, so no deadline could ever be reached;"
     " write hours, or 24x7"),
    ("hours: 24x7", 'hours: {monday: ["08:00-12:00"]}', "monday",
     "calendars.always.hours.monday: 'monday' is not a weekday or a span of them; write mon or mon-fri"),
    ("hours: 24x7", 'hours: {fri-mon: ["08:00-12:00"]}', "fri-mon",
     "calendars.always.hours.fri-mon: 'fri-mon' runs backwards; write the earlier day first (mon-fri)"),
    ("hours: 24x7", 'hours: {mon-wed: ["08:00-12:00"], wed: ["08:00-12:00"]}', "mon-wed",
     "calendars.always.hours.wed: wed is given twice; keep one"),
    ("hours: 24x7", 'hours: {mon: ["08:00-12:00", "11:00-14:00"]}', "08:00",
     "calendars.always.hours.mon: spans overlap at 11:00; write them apart or as one"),
    ("hours: 24x7", 'hours: {mon: ["08:00-24:00", "23:00-23:30"]}', "08:00",
     "calendars.always.hours.mon: spans overlap at 23:00; write them apart or as one"),
    ("hours: 24x7}", 'hours: {mon: ["08:00-12:00"]}, working_days: {2026-01-10: ["08:00-12:00", "11:00-14:00"]}}',
     "working_days",
     "calendars.always.working_days.2026-01-10: spans overlap at 11:00; write them apart or as one"),
    ("hours: 24x7", "hours: 24x7, holidays: [2026-02-30]", "holidays",
     "calendars.always.holidays.0: '2026-02-30' is a day that no year has; write one that exists"),
    ("  customer: {en: Waiting for the customer, zh: 等待客户}", "  customer: {zh: 等待客户}", "customer: {zh",
     "pause_reasons.customer.en: is missing; write it"),
    ("  accept:\n", "  Accept:\n", "Accept:\n"[:-1],
     "targets.Accept: 'Accept' is not a target's name; write small letters, digits and _"),
    ("start: [opened]", "start: [opend]", "opend",
     "targets.accept.start.0: 'opend' is not a condition; write one of opened, accepted, on_site, held, restored,"
     " closed, cancelled, delivered, detected, complained, planned, agreed; did you mean 'opened'?"),
    ("reopen: new_cycle", "reopen: again", "again",
     "targets.accept.reopen: 'again' is not known here; write 'resume', 'new_cycle' or 'never'"),
    ("recurring: true", "recurring: often", "recurring",
     "targets.feedback.recurring: 'often' is neither true nor false; write one of them"),
    ("recurring: true", "repeating: true", "repeating",
     "targets.feedback.repeating: is not a key here; remove it or correct its spelling; did you mean 'reopen'?"),
    ("pause: [customer]", "pause: [customer, vendor]", "vendor",
     "targets.restore.pause.1: 'vendor' is not in pause_reasons (customer); add it there"),
    ("{budget: 10m, source: test}", "{budget: 10 min, source: test}", "10 min",
     "targets.accept.budgets.0.budget: '10 min' is not a budget; write a length (4h, 90m, 1d12h; 0s), working days"
     " (5wd; 0wd for the same one), a share of the period (0.05%), a number of times (4 times; 0 times) or an instant"
     " (until agreed); did you mean '10m'?"),
    ("{budget: 10m, source: test}", "{budget: 0m, source: test}", "0m",
     "targets.accept.budgets.0.budget: '0m' is no time at all; write a length above zero"),
    ("{budget: 10m, source: test}", "{budget: 10m}", "budget: 10m",
     "targets.accept.budgets.0.source: is missing; write it"),
    ("budget: 4h, source: test", "budget: 4h, source: test, page: 3", "page: 3",
     "targets.restore.budgets.1.page: is not a key here; remove it or correct its spelling"),
    ("{budget: 10m, source: test}", "{budget: 10m, source: test, calendar: office}", "office",
     "targets.accept.budgets.0.calendar: 'office' is not one of the calendars (always); add it there"),
    ("{tier: gold}, budget: 4h", "{tier: platinum}, budget: 4h", "platinum",
     "targets.restore.budgets.1.when.tier: 'platinum' is not a rung of the ladder (diamond, gold, standard)"),
    ("{tier: gold}, budget: 4h", "{custmer: ACME}, budget: 4h", "ACME",
     "targets.restore.budgets.1.when.custmer: cannot choose a budget; use one of tier, assurance, urgency, scope,"
     " process, customer_tier, far_tier, customer_class, service, order_class, customer, team, supplier, provider,"
     " site, or declare it under attributes; did you mean 'customer'?"),
    ("ladders:\n", "stages: {tier: {platinum: [75%]}}\nladders:\n", "stages",
     "stages.tier.platinum: 'platinum' is not a rung of the ladder 'tier' (diamond, gold, standard)"),
    ("ladders:\n", "stages: {tears: {gold: [75%]}}\nladders:\n", "stages",
     "stages.tears: is not a ladder of this policy; it has tier, assurance; did you mean 'tier'?"),
    ("ladders:\n", "stages: {tier: {gold: [0%]}}\nladders:\n", "stages",
     "stages.tier.gold.0: '0%' is not a stage; write 75% (of the budget used), 15m left or 2h wall left"),
    ("ladders:\n", "stages: {tier: {gold: [75%, 101%]}}\nladders:\n", "stages",
     "stages.tier.gold.1: '101%' is not a stage; write 75% (of the budget used), 15m left or 2h wall left"),
    ("ladders:\n", "stages: {tier: {gold: [soon left]}}\nladders:\n", "stages",
     "stages.tier.gold.0: 'soon' is not a length; write 4h, 90m, 45s or 1d12h"),
    ("ladders:\n", "stages: {tier: {gold: [0m wall left]}}\nladders:\n", "stages",
     "stages.tier.gold.0: '0m' is no time at all; write a length above zero"),
    ("ladders:\n", "stages: {tier: {gold: [2h wall]}}\nladders:\n", "stages",
     "stages.tier.gold.0: '2h wall' is not a stage; write 75% (of the budget used), 15m left or 2h wall left"),
    ("effective_from: 2026-01-01", "effective_from: soon", "soon",
     "effective_from: 'soon' is not a date; write 2026-10-01"),
    ("effective_from: 2026-01-01", "effective_from: {date: soon, source: test}", "soon",
     "effective_from.date: 'soon' is not a date; write 2026-10-01"),
    ("effective_from: 2026-01-01", "effective_from: {source: test}", "effective_from",
     "effective_from.date: is missing; write it"),
    ("effective_from: 2026-01-01", "effective_from: {date: 2026-01-01, sorce: test}", "sorce",
     "effective_from.sorce: is not a key here; remove it or correct its spelling; did you mean 'source'?"),
    ("    pause: [customer]\n", "    pause: [customer]\n    begins: [{instant: detectd, source: assumed}]\n", "detectd",
     "targets.restore.begins: 'detectd' is not an instant of a subject; write one of detected, complained, planned,"
     " agreed; did you mean 'detected'?"),
    ("    pause: [customer]\n", "    pause: [customer]\n    begins: [{source: assumed}]\n", "begins",
     "targets.restore.begins.0.instant: is missing; write it"),
    ('version: "1"', 'version: "1"\ncorrects: "1"', "corrects",
     "corrects: '1' is this version itself; write the one before it, or give this one another"),
    ("    pause: [customer]\n", "    pause: [customer]\n    assumed: [all of it]\n", "all of it",
     "targets.restore.assumed.0: 'all of it' is not a mapping; write its keys indented below it"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "sentence"), BAD, ids=[f"{bad[3][:60]}" for bad in BAD])
def test_a_bad_policy_is_one_sentence_with_file_line_and_key(old: str, new: str, line: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as error:
        build((old, new))
    assert str(error.value) == f"case.yml:{line_of(line, (old, new))} {sentence}"


def test_a_key_twice_is_refused() -> None:
    with pytest.raises(ConfigError) as error:
        build(("  restore:\n", "  accept:\n"))
    first, again = (n for n, line in enumerate(POLICY.splitlines(), 1) if line in ("  accept:", "  restore:"))
    assert str(error.value) == (
        f"case.yml:{again} targets.accept: is written twice (first in line {first}); keep one of them"
    )


def test_an_empty_policy_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^case\.yml:1: "):
        policy_file.build(yaml_file.parse("", "case.yml"))


def test_a_policy_is_found_by_a_shipped_name_or_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(POLICY, encoding="utf-8")
    assert policy_file.load("own.yml", base=tmp_path) == policy_file.load(str(tmp_path / "own.yml"))
    assert policy_file.load("demo").id == "demo"
    with pytest.raises(ConfigError) as error:
        policy_file.load("demos", base=tmp_path)
    assert str(error.value) == (
        "policy 'demos' is neither a file nor shipped; shipped are:"
        f" {', '.join(policy_file.shipped())}; did you mean 'demo'?"
    )


def test_a_mistake_in_a_file_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "own.yml"
    path.write_text(exchanged(POLICY, ("budget: 10m", "budget: ten")), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.yml:\d+ targets\.accept\.budgets\.0\.budget: 'ten' is not a budget"):
        policy_file.load(str(path))


def test_a_wrong_at_risk_is_a_sentence() -> None:
    with pytest.raises(ConfigError, match=r"^case\.yml:6 at_risk: 'lots' is not a share below 100 %; write 75%$"):
        build(("ladders:\n", "at_risk: lots\nladders:\n"))


def test_a_phase_in_both_lists_is_named_as_it_is_written() -> None:
    with pytest.raises(ConfigError) as error:
        build(("stop: [accepted, held, restored, closed]", "stop: [accepted, opened]"))
    assert str(error.value).endswith(
        "targets.accept.stop: 'opened' both runs and stops the clock; remove it from one list"
    )


def test_a_wrong_span_is_one_sentence_that_names_the_day() -> None:
    with pytest.raises(ConfigError) as error:
        build(("hours: 24x7", 'hours: {mon-fri: ["08:00-25:00"]}'))
    assert str(error.value) == (
        "case.yml:15 calendars.always.hours.mon-fri.0: '08:00-25:00' has a time that no clock shows; write 08:00-12:00"
        " (24:00 is midnight)"
    )
