"""Versions of a policy that follow one another: how they are listed, and which of them judges a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.clock.engine import Rulebook, advance
from monitor.config import config_file, policy_file
from monitor.config.config_file import Config
from monitor.history.events import Event
from tests.support.cases import MAPPING, POLICY, ticket
from tests.support.configurations import good, refused
from tests.support.texts import exchanged


def version(number: str, since: str, *changes: tuple[str, str]) -> str:
    """The case's policy as another version, in force from another date."""
    return exchanged(POLICY, ('version: "1"', f'version: "{number}"'), ("2026-01-01", since), *changes, count=1)


NO_WORDS = ('        pending: held/customer_power\n      reasons:\n        "*no access*": customer_access\n', "")
TWO = (("old.yml", version("1", "2026-01-01")), ("new.yml", version("2", "2026-03-01", ("budget: 4h", "budget: 3h"))))


def versions(folder: Path, policy: str, *files: tuple[str, str]) -> Config:
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    return good(folder, ("policy: cmcc-2014", f"policy: {policy}"), NO_WORDS)


def refused_versions(folder: Path, policy: str, *files: tuple[str, str]) -> str:
    for name, text in files:
        (folder / name).write_text(text, encoding="utf-8")
    return refused(folder, ("policy: cmcc-2014", f"policy: {policy}"), NO_WORDS)


@pytest.mark.parametrize("order", ["[old.yml, new.yml]", "[new.yml, old.yml]"])
def test_versions_are_in_the_order_of_their_dates_whatever_that_of_the_list(folder: Path, order: str) -> None:
    rules = versions(folder, order, *TWO).rules
    assert [policy.label for policy in rules.policies] == ["case@1", "case@2"]
    assert rules.policy.label == "case@2"
    midnight = datetime(2026, 3, 1, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert rules.since == (None, midnight)
    assert rules.version == versions(folder, "[old.yml, new.yml]").rules.version


def test_a_list_of_one_is_a_policy_alone(folder: Path) -> None:
    alone = versions(folder, "old.yml", *TWO).rules
    assert versions(folder, "[old.yml]").rules.version == alone.version
    assert alone.since == (None,)


def test_versions_may_have_ids_of_their_own(folder: Path) -> None:
    rules = good(folder, ("policy: cmcc-2014", "policy: [cmcc-2014, cmcc-2009]")).rules
    assert [policy.label for policy in rules.policies] == ["cmcc-2009@1.1", "cmcc-2014@1.1"]
    assert "diamond" in rules.rungs["tier"]  # what any version knows is no unknown word


@pytest.mark.parametrize(
    ("policy", "files", "sentence"),
    [
        ("[]", (), "tierwatch.yml:3 policy: lists no policy; write the name of a shipped one or the path of a file"),
        ("[old.yml, new.yml]", (TWO[0], ("new.yml", version("2", "2026-01-01"))),
         "tierwatch.yml:3 policy.1: case@2 and case@1 are both in force from 2026-01-01; give the newer one a later"
         " effective_from"),
        ("[old.yml, new.yml]", (TWO[0], ("new.yml", version("1", "2026-03-01"))),
         "tierwatch.yml:3 policy.1: case@1 is listed twice; give each version its own version"),
        ("[old.yml, old.yml]", TWO,
         "tierwatch.yml:3 policy.1: case@1 and case@1 are both in force from 2026-01-01; give the newer one a later"
         " effective_from"),
        ("\n  - old.yml\n  - newer.yml", TWO,
         "tierwatch.yml:5 policy.1: policy 'newer.yml' is neither a file nor shipped; shipped are: "
         + ", ".join(policy_file.shipped())),
    ],
    ids=["none", "the same date", "the same label", "the same file", "no file"],
)  # fmt: skip
def test_versions_that_overlap_or_are_not_there_are_a_sentence(
    folder: Path, policy: str, files: tuple[tuple[str, str], ...], sentence: str
) -> None:
    assert refused_versions(folder, policy, *files) == sentence


def test_a_mistake_in_one_version_names_it_and_its_line(folder: Path) -> None:
    bad = ("new.yml", version("2", "2026-03-01", ("budget: 4h", "budget: 0h")))
    said = refused_versions(folder, "[old.yml, new.yml]", TWO[0], bad)
    assert said.startswith(f"tierwatch.yml:3 policy.1: {folder}/new.yml:")
    assert said.endswith("targets.restore.budgets.1.budget: '0h' is no time at all; write a length above zero")


def budgets(rules: Rulebook, events: list[Event], now: datetime, target: str = "restore") -> list[tuple[str, float]]:
    readings = advance(events, (), replace(rules, mappings={"tickets": MAPPING}), now).readings
    return [
        (reading.target.policy_version, reading.target.budget / timedelta(hours=1))
        for reading in readings
        if reading.target.name == target
    ]


MARCH = datetime(2026, 3, 1, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("opened", "judged"),
    [
        (timedelta(days=-400), ("case@1", 4)),  # before the oldest version's own date
        (timedelta(microseconds=-1), ("case@1", 4)),
        (timedelta(0), ("case@2", 3)),
        (timedelta(days=1), ("case@2", 3)),
    ],
    ids=["before any version", "just before", "at midnight", "after"],
)
def test_a_clock_is_judged_by_the_version_in_force_when_it_started(
    folder: Path, opened: timedelta, judged: tuple[str, float]
) -> None:
    rules = versions(folder, "[new.yml, old.yml]", *TWO).rules
    start = MARCH + opened
    events = [ticket("T1", start, "new", tier="gold")]
    for now in (start, start + timedelta(hours=1), MARCH + timedelta(days=30)):
        assert budgets(rules, events, now) == [judged]


def test_each_cycle_is_judged_by_the_version_of_its_own_start(folder: Path) -> None:
    newer = ("new.yml", version("2", "2026-03-01", ("budget: 30m", "budget: 1h")))
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    start = MARCH - timedelta(minutes=20)
    events = [ticket("T1", start, "new", tier="gold"), ticket("T1", start + timedelta(minutes=25), feedback=True)]
    assert budgets(rules, events, MARCH + timedelta(hours=2), "feedback") == [("case@1", 0.5), ("case@2", 1)]


def test_a_change_of_tier_is_taken_from_the_version_that_judges_the_clock(folder: Path) -> None:
    newer = ("new.yml", version("2", "2026-03-01", ("budget: 2h", "budget: 1h")))
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    start = MARCH - timedelta(hours=1)
    events = [
        ticket("T1", start, "new", tier="gold"), ticket("T1", start + timedelta(minutes=90), tier="diamond"),
    ]  # fmt: skip
    assert budgets(rules, events, start + timedelta(minutes=95)) == [("case@1", 2)]


def test_a_target_that_a_version_does_not_have_is_promised_by_the_other_alone(folder: Path) -> None:
    newer = ("new.yml", exchanged(POLICY.partition("  feedback:\n")[0], ('"1"', '"2"'), ("2026-01-01", "2026-03-01")))
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    before = [ticket("T1", MARCH - timedelta(hours=1), "new", tier="gold")]
    assert budgets(rules, before, MARCH + timedelta(hours=1), "feedback") == [("case@1", 0.5)]
    after = [ticket("T1", MARCH, "new", tier="gold")]
    assert budgets(rules, after, MARCH + timedelta(hours=1), "feedback") == []


OFFICE = ("{budget: 10m, source: test}", "{budget: 10h, calendar: office, source: test}")


def office(spans: str, holidays: str = "") -> tuple[str, str]:
    return "hours: 24x7}\n", f"hours: 24x7}}\n  office: {{zone: UTC, hours: {{mon-sun: [{spans}]}}{holidays}}}\n"


def test_calendars_of_the_same_name_are_joined_each_date_by_the_hours_it_has(folder: Path) -> None:
    old = ("old.yml", version("1", "2026-01-01", office("08:00-12:00", ", holidays: [2026-02-27]"), OFFICE))
    new = ("new.yml", version("2", "2026-03-01", office("08:00-16:00", ", holidays: [2026-03-03]"), OFFICE))
    rules = versions(folder, "[old.yml, new.yml]", old, new).rules
    counting = rules.working_times["office"]
    days = {day: datetime(2026, *day, tzinfo=UTC) for day in ((2, 26), (2, 27), (2, 28), (3, 1), (3, 3))}
    hours = {
        day: counting.counted(begun, begun + timedelta(days=1)) / timedelta(hours=1) for day, begun in days.items()
    }
    assert hours == {(2, 26): 4, (2, 27): 0, (2, 28): 4, (3, 1): 8, (3, 3): 0}
    # a clock of the old version, in the hours that each date has: 4 h on the 28th, 6 h on the 1st
    events = [ticket("T1", datetime(2026, 2, 28, 8, tzinfo=UTC), "new")]
    outcome = advance(events, (), replace(rules, mappings={"tickets": MAPPING}), datetime(2026, 2, 28, 9, tzinfo=UTC))
    (reading,) = outcome.readings
    assert (reading.target.policy_version, reading.deadline) == ("case@1", datetime(2026, 3, 1, 14, tzinfo=UTC))


def test_a_word_that_two_versions_say_of_one_date_is_the_newest_ones(folder: Path) -> None:
    old = ("old.yml", version("1", "2026-01-01", office("08:00-12:00", ", holidays: [2026-03-02]"), OFFICE))
    hours = ", working_days: {2026-03-02: [08:00-10:00]}"
    new = ("new.yml", version("2", "2026-03-01", office("08:00-16:00", hours), OFFICE))
    counting = versions(folder, "[old.yml, new.yml]", old, new).rules.working_times["office"]
    begun = datetime(2026, 3, 2, tzinfo=UTC)
    assert counting.counted(begun, begun + timedelta(days=1)) == timedelta(hours=2)


def test_the_pause_reasons_of_every_version_are_understood(folder: Path) -> None:
    newer = ("new.yml", version("2", "2026-03-01", ("  customer: {en: Waiting for the customer, zh: 等待客户}",
             "  client: {en: Waiting for the client}"), ("pause: [customer]", "pause: [client]")))  # fmt: skip
    rules = versions(folder, "[old.yml, new.yml]", TWO[0], newer).rules
    assert {"customer", "client"} <= set(rules.mappings["tickets"].reasons)


@pytest.mark.parametrize(
    ("policy", "written", "tiers"),
    [
        ("demo", "", {"diamond", "gold"}),
        ("demo", "wake_through_silence: [gold, silver]\n", {"gold", "silver"}),
        ("demo", "wake_through_silence: []\n", set()),
        ("own.yml", "", {"gold"}),
    ],
)
def test_the_tiers_that_wake_through_a_silence(folder: Path, policy: str, written: str, tiers: set[str]) -> None:
    own = exchanged(
        POLICY,
        ("    - {id: diamond, en: Diamond, zh: 钻石}\n", ""),
        ("      - {when: {tier: diamond}, budget: 2h, source: test}\n", ""),
    )
    (folder / "own.yml").write_text(exchanged(own, ("[diamond, gold]", "[gold]")), encoding="utf-8")
    text = f"{written}policy: {policy}\nsources:\n  a: {{type: jsonl_file, options: {{path: a}}}}\n"
    (folder / "tierwatch.yml").write_text(f"{text}receivers:\n  log: {{type: log}}\n", encoding="utf-8")
    assert config_file.load(folder / "tierwatch.yml").wake_through_silence == tiers


def test_a_tier_that_nobody_has_wakes_nobody_and_is_a_sentence(folder: Path) -> None:
    said = refused(folder, ("instance: north\n", "instance: north\nwake_through_silence: [gold, platinum]\n"))
    assert said.startswith("tierwatch.yml:2 wake_through_silence")
    assert "has no tier 'platinum'; it has " in said
