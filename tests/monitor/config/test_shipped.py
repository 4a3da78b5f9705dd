"""The policies that ship: their figures are those of docs/domain.md, "Service processes", and tickets go through."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.clock.engine import Rulebook, advance
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import Phase, State, SubjectKind
from monitor.policy.policy import Policy
from tests.support.cases import at, ticket

H, M = timedelta(hours=1), timedelta(minutes=1)
ORDERS = ("survey", "provisioning", "service_information", "complaint", "alarm", "violation", "abnormality")
"""What a source may say of an order that is no fault complaint."""
NAMES = (
    "cmcc-2009", "cmcc-2014", "demo", "facility-service", "it-support", "operator-practice", "operator-template",
)  # fmt: skip
CARRIER = ("cmcc-2009", "cmcc-2014", "demo")
AA = {"assurance": "AA", "scope": "cross-province"}
QUIZ, ITS = "SLA quiz 2014", "IT support standard, 经过确诊后，工程师"
PLAIN = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase},
    reasons={name: name for policy in NAMES for name in policy_file.load(policy).reasons},
    attributes={name: AttributeRule(name) for name in ("tier", "assurance", "urgency", "scope", "process")},
    instants={name: name for name in ("diagnosed", "feedback_requested")},
)


def rulebook(name: str, zone: str = "Asia/Shanghai") -> Rulebook:
    return build_rulebook.rulebook(policy_file.load(name, zone), {"tickets": PLAIN})


def read(name: str, now: datetime, *events: Event, target: str) -> Reading | None:
    readings = [r for r in advance(events, (), rulebook(name), now).readings if r.target.name == target]
    return readings[-1] if readings else None


def figure(policy: str, target: str, **attributes: str) -> tuple[timedelta, str, str] | None:
    """Budget, source and calendar of a promise to a ticket with these attributes."""
    begun = dict.fromkeys(PLAIN.instants, at(0).isoformat())
    found = read(policy, at(0), ticket("T1", at(0), "opened", **attributes, **begun), target=target)
    return None if found is None else (found.target.budget, found.target.figure, found.target.calendar)


def test_every_policy_that_ships_is_looked_at_here() -> None:
    assert policy_file.shipped() == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_policy_loads_under_its_own_name_with_names_in_both_languages(name: str) -> None:
    policy = policy_file.load(name)
    assert policy.id == name
    named = [policy.title, *policy.reasons.values(), *(rule.title for rule in policy.targets)]
    named += [rung.name for rung in policy.ladders.get("tier", ())]
    for item in named:
        assert item.en
        assert item.zh != item.en
        assert any("\u4e00" <= letter <= "\u9fff" for letter in item.zh)


def ladder(policy: Policy, name: str) -> list[str]:
    return [rung.id for rung in policy.ladders.get(name, ())]


def test_the_ladders_are_those_of_each_edition() -> None:
    old, new = policy_file.load("cmcc-2009"), policy_file.load("cmcc-2014")
    assert ladder(old, "tier") == ["diamond", "gold", "silver", "bronze", "standard"]
    assert ladder(old, "assurance") == []
    assert ladder(new, "tier") == ["gold", "silver", "bronze", "standard"]
    assert ladder(new, "assurance") == ["AAA", "AA", "A", "normal"]
    assert [rung.name.zh for rung in old.ladders["tier"]] == ["钻石", "金牌", "银牌", "铜牌", "标准"]


@pytest.mark.parametrize(
    ("policy", "target", "attributes", "expected"),
    [
        # what docs/domain.md, "Service processes", gives
        ("cmcc-2014", "accept", {}, (10 * M, f"{QUIZ}, question 11", "always")),
        ("cmcc-2014", "accept", {"tier": "standard"}, (10 * M, f"{QUIZ}, question 11", "always")),
        ("cmcc-2014", "restore", AA, (4 * H, f"{QUIZ}, question 6", "always")),
        ("cmcc-2014", "feedback", {"tier": "gold"}, (30 * M, f"{QUIZ}, question 7", "always")),
        ("it-support", "restore_unusable", {"urgency": "A"}, (2 * H, f"{ITS}2小时之内到达现场", "always")),
        ("it-support", "restore", {"urgency": "A"}, None),
        ("it-support", "restore", {"urgency": "B"}, (2 * H, f"{ITS}到达现场", "always")),
        ("it-support", "restore", {"urgency": "C"}, (4 * H, f"{ITS}到达现场", "office")),
        # acceptance is of fault complaints
        *[("cmcc-2014", "accept", {"process": order}, None) for order in ORDERS],
        *[("cmcc-2009", "accept", {"process": order}, None) for order in ORDERS],
        ("cmcc-2014", "accept", {"process": "fault"}, (10 * M, f"{QUIZ}, question 11", "always")),
        # what no source gives stays absent; the next stricter figure is never guessed
        ("cmcc-2014", "restore", {"assurance": "AA", "scope": "in-city"}, None),
        ("cmcc-2014", "restore", {"assurance": "AA"}, None),
        ("cmcc-2014", "restore", {"assurance": "AAA", "scope": "cross-province"}, None),
        ("cmcc-2014", "restore", {"tier": "gold", "assurance": "A", "scope": "cross-province"}, None),
        ("cmcc-2014", "feedback", {"tier": "silver"}, None),
        ("cmcc-2014", "feedback", {}, None),
        ("cmcc-2009", "restore", {"tier": "diamond"}, None),
        ("cmcc-2009", "feedback", {"tier": "silver"}, None),
        ("it-support", "restore", {}, None),
        # what is assumed says so
        ("cmcc-2009", "accept", {"tier": "gold"}, (10 * M, "assumed", "always")),
        ("cmcc-2009", "feedback", {"tier": "diamond"}, (30 * M, "assumed", "always")),
        ("cmcc-2009", "feedback", {"tier": "gold"}, (30 * M, "assumed", "always")),
        ("demo", "accept", {"tier": "bronze"}, (10 * M, "assumed", "always")),
        ("demo", "feedback", {"tier": "gold"}, (30 * M, "assumed", "always")),
        ("demo", "feedback", {"tier": "bronze"}, None),
    ],
)  # fmt: skip
def test_the_figures_are_those_of_the_domain_document(
    policy: str, target: str, attributes: dict[str, str], expected: tuple[timedelta, str, str] | None
) -> None:
    assert figure(policy, target, **attributes) == expected


@pytest.mark.parametrize("tier", ["diamond", "gold", "silver", "bronze", "standard"])
def test_the_demos_restoration_is_assumed_for_every_tier(tier: str) -> None:
    found = figure("demo", "restore", tier=tier)
    assert found is not None
    assert found[1] == "assumed"


def test_the_demo_is_stricter_the_higher_the_tier() -> None:
    tiers = ladder(policy_file.load("demo"), "tier")
    budgets = [figure("demo", "restore", tier=tier) for tier in tiers]
    assert budgets == sorted(budgets, key=lambda found: found[0])
    assert len({found[0] for found in budgets}) == len(tiers)


def test_rungs_without_a_figure_are_listed() -> None:
    assert policy_file.load("cmcc-2014").missing() == (
        ("restore", "assurance", "AAA"), ("restore", "assurance", "A"), ("restore", "assurance", "normal"),
        ("feedback", "tier", "silver"), ("feedback", "tier", "bronze"), ("feedback", "tier", "standard"),
        ("survey", "tier", "silver"), ("survey", "tier", "bronze"), ("survey", "tier", "standard"),
        ("interruption", "assurance", "AAA"), ("interruption", "assurance", "AA"), ("interruption", "assurance", "A"),
        ("repeat_faults", "assurance", "AAA"), ("repeat_faults", "assurance", "AA"),
        ("repeat_faults", "assurance", "normal"),
    )  # fmt: skip
    assert [rule.name for rule in policy_file.load("cmcc-2009").targets if not rule.rows] == ["restore"]
    assert policy_file.load("it-support").missing() == (  # one of the two targets has each of them
        ("restore_unusable", "urgency", "B"), ("restore_unusable", "urgency", "C"), ("restore", "urgency", "A"),
    )  # fmt: skip


@pytest.mark.parametrize("name", CARRIER)
def test_carriers_suspend_only_restoration_and_on_the_listed_conditions_only(name: str) -> None:
    policy = policy_file.load(name)
    listed = {"customer_access", "customer_power", "customer_defer", "force_majeure"}
    circuits = any(rule.of is SubjectKind.CIRCUIT for rule in policy.targets)
    assert set(policy.reasons) == (listed | {"planned_work"} if circuits else listed)
    tickets = {rule.name: rule.pauses for rule in policy.targets if rule.of is SubjectKind.TICKET and rule.pauses}
    assert tickets == {"restore": frozenset(listed)}


@pytest.mark.parametrize("name", NAMES)
def test_planned_work_excuses_circuits_and_nothing_else(name: str) -> None:
    for rule in policy_file.load(name).targets:
        planned = rule.of is SubjectKind.CIRCUIT
        assert ("planned_work" in rule.pauses) is planned, rule.name
        assert not planned or rule.pauses == {"planned_work"}


@pytest.mark.parametrize("name", NAMES)
def test_somebody_on_the_spot_has_accepted_and_still_works(name: str) -> None:
    for rule in policy_file.load(name).targets:
        if rule.name == "accept":
            assert Phase.ON_SITE in rule.stop
        elif Phase.ACCEPTED in rule.start:
            assert Phase.ON_SITE in rule.start | rule.stop, rule.name


def test_it_support_pauses_on_the_four_waits_but_urgency_a_not_for_the_vendor() -> None:
    unusable, restore = policy_file.load("it-support").targets
    assert restore.pauses == {"awaiting_user_info", "awaiting_vendor", "awaiting_problem", "awaiting_evidence"}
    assert unusable.pauses == restore.pauses - {"awaiting_vendor"}


def test_level_2_works_monday_to_friday_from_8_to_17_in_the_zone_of_the_installation() -> None:
    office = policy_file.working_times(policy_file.load("it-support", "Asia/Shanghai"))["office"]
    monday = datetime(2026, 1, 5, tzinfo=UTC) - 8 * H  # midnight in Shanghai
    assert office.counted(monday, monday + timedelta(days=7)) == 45 * H
    assert office.counted(monday, monday + 8 * H) == timedelta(0)
    assert office.counted(monday + 8 * H, monday + 17 * H) == 9 * H
    assert office.counted(monday + timedelta(days=5), monday + timedelta(days=7)) == timedelta(0)


@pytest.mark.parametrize("name", CARRIER)
def test_people_are_told_by_tier_and_assurance_as_by_default(name: str) -> None:
    policy = policy_file.load(name)

    def stages(**attributes: str) -> list[str]:
        return [stage.name for stage in policy.stages_for(attributes)]

    if "diamond" in ladder(policy, "tier"):
        assert stages(tier="diamond") == ["used_50", "used_75", "used_90", "breached"]
    assert stages(tier="gold") == ["used_75", "used_90", "breached"]
    assert stages(tier="silver") == ["used_90", "breached"]
    assert stages(tier="bronze") == stages(tier="standard") == []
    if ladder(policy, "assurance"):
        assert stages(tier="standard", assurance="AAA") == ["used_75", "used_90", "breached"]


LIFE = [
    ("opened", 0, None), ("accepted", 0.1, None), ("held", 1, "customer_access"), ("accepted", 2, None),
    ("held", 2.5, "spare part"), ("restored", 4, None), ("accepted", 10, None), ("restored", 11, None),
    ("closed", 40, None),
]  # fmt: skip


KEPT_TWICE = [(State.MET, 15 * M), (State.MET, 27 * M), (State.BREACHED, 138 * M), (State.BREACHED, 120 * M)]
"""After the restoration of the fourth hour the last cycle goes on for the hour of the reopening."""


def whole_life(**attributes: str) -> list[Event]:
    attributes = {"feedback_requested": at(0).isoformat(), **attributes}
    events = [ticket("T1", at(when), status, reason=reason, **attributes) for status, when, reason in LIFE]
    return [*events, *(ticket("T1", at(when), feedback=True) for when in (0.25, 0.7, 3))]


@pytest.mark.parametrize(
    ("name", "attributes", "expected"),
    [
        ("cmcc-2014", {"tier": "gold", "assurance": "AA", "scope": "cross-province"}, {
            "accept": [(State.MET, 6 * M)],
            "restore": [(State.MET, 4 * H)],  # 4 h until the restoration, one of them paused; 1 h after the reopening
            "feedback": [*KEPT_TWICE[:3], (State.BREACHED, H)],  # nobody has asked again after the reopening
        }),
        ("cmcc-2014", {"tier": "silver", "assurance": "normal"}, {"accept": [(State.MET, 6 * M)]}),
        ("cmcc-2009", {"tier": "diamond"}, {
            "accept": [(State.MET, 6 * M)],
            "feedback": KEPT_TWICE,
        }),
        ("demo", {"tier": "diamond"}, {
            "accept": [(State.MET, 6 * M)],
            "restore": [(State.BREACHED, 4 * H)],
            "feedback": [
                (State.MET, 15 * M), (State.BREACHED, 27 * M), (State.BREACHED, 138 * M), (State.BREACHED, 120 * M),
            ],
        }),
        ("demo", {"tier": "standard"}, {"accept": [(State.MET, 6 * M)], "restore": [(State.MET, 4 * H)]}),
    ],
)  # fmt: skip
def test_a_whole_life_of_a_ticket_goes_through(
    name: str, attributes: dict[str, str], expected: dict[str, list[tuple[State, timedelta]]]
) -> None:
    outcome = advance(whole_life(**attributes), (), rulebook(name), at(100))
    found: dict[str, list[tuple[State, timedelta]]] = {}
    for reading in outcome.readings:
        found.setdefault(reading.target.name, []).append((reading.state, reading.counted))
    assert found == expected
    assert not any(reading.open for reading in outcome.readings)


def test_a_whole_life_of_a_request_for_support_goes_through() -> None:
    """Diagnosed on Monday at 16:00 in Shanghai: an hour until closing, and three from 08:00 on Tuesday."""
    life = [
        ticket("T1", at(7), "opened", urgency="C"), ticket("T1", at(8), diagnosed=at(8).isoformat()),
        ticket("T1", at(8.5), "held", reason="awaiting_vendor"),
        ticket("T1", at(24), "accepted"), ticket("T1", at(27.5), "restored"), ticket("T1", at(30), "closed"),
    ]  # fmt: skip
    running = read("it-support", at(8.25), *life, target="restore")
    assert running is not None
    assert running.deadline == at(27)
    ended = read("it-support", at(40), *life, target="restore")
    assert ended is not None
    assert (ended.counted, ended.state, ended.stopped_at) == (4 * H, State.MET, at(27.5))
    for urgency, target, late in (("B", "restore", at(25.5)), ("A", "restore_unusable", at(10))):
        urgent = read("it-support", at(40), *(replace(e, fields={**e.fields, "urgency": urgency}) for e in life),
                      target=target)  # fmt: skip
        assert urgent is not None
        assert (urgent.state, urgent.breached_at, urgent.target.calendar) == (State.BREACHED, late, "always")
