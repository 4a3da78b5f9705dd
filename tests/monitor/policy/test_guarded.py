"""Guarded periods: a raised level, other stages and other figures for some subjects, from an instant to another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import Outcome, Rulebook, advance
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.errors import ConfigError
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.model import SubjectKind
from monitor.policy.guarded import guarded_over_time
from monitor.policy.policy import Policy
from monitor.policy.terms import known_over_time, terms
from tests.support.cases import MAPPING, POLICY, at, ticket
from tests.support.texts import exchanged

H, M = timedelta(hours=1), timedelta(minutes=1)

CONGRESS = """\
guarded_periods:
  congress:
    name: {en: Congress, zh: 大会重保}
    from: 2026-01-05T10:00
    to: 2026-01-05T20:00
    for: {customer: [Harbour Bank], circuit: C-1}
    tier: diamond
"""


def policy(text: str = CONGRESS, *changes: tuple[str, str]) -> Policy:
    return policy_file.build(yaml_file.parse(exchanged(text, *changes) + POLICY.lstrip(), "case.yml"))


def rulebook(*policies: Policy) -> Rulebook:
    return build_rulebook.rulebook(policies or (policy(),), {"tickets": MAPPING})


def look(rules: Rulebook, *events: Event, hours: float = 1) -> Outcome:
    return advance(events, None, rules, at(hours))


def restore(outcome: Outcome) -> list[object]:
    return [one for one in outcome.readings if one.target.name == "restore"]


def opened(hours: float = 9, customer: str = "harbour  BANK", **fields: str) -> Event:
    return ticket("A", at(hours), "new", tier="gold", customer=customer, **fields)


def test_an_open_clock_is_raised_when_the_period_begins_and_lowered_when_it_ends() -> None:
    standard = look(rulebook(), opened(customer="Other"), hours=11).readings
    usual = next(one.target.budget for one in standard if one.target.name == "restore")
    before, within, after = (restore(look(rulebook(), opened(), hours=hours))[-1] for hours in (9.5, 10.25, 20.25))
    assert (before.tier, within.tier, after.tier) == ("gold", "diamond", "gold")
    assert (before.target.budget, within.target.budget, after.target.budget) == (usual, 2 * H, usual)
    assert before.next_at is not None
    assert before.next_at <= at(10)


def test_an_edge_comes_before_what_an_event_of_its_instant_says_and_together_with_an_age_of_it() -> None:
    """What time alone brings is there when the events of the instant are taken (semantics A)."""
    aged = exchanged(POLICY, ("{when: {tier: gold}, budget: 4h,", "{when: {tier: gold}, after: 1h, budget: 4h,"))
    rules = rulebook(policy_file.build(yaml_file.parse(CONGRESS + aged.lstrip(), "case.yml")))
    said = [opened(), ticket("A", at(10), event_id="change", tier="standard")]
    facts = interpret(said, MAPPING, rules.words).facts
    known = guarded_over_time(known_over_time(facts, rules.choosing), rules.policy.guarded)
    edges = [(None, ""), (at(10), "guarded/congress"), (at(10), "change"), (at(20), "guarded/congress")]
    assert [(one.since, one.because) for one in known] == edges
    (rule,) = (one for one in rules.policy.targets if one.name == "restore")
    found = terms(rule, rules.policy, facts, rules.working_times)
    assert next(one.because for one in found if one.since == at(10)) == "guarded/congress"
    assert "age" not in {one.because for one in found}


def test_the_engine_wakes_when_a_period_begins_for_an_open_subject() -> None:
    assert look(rulebook(), opened(1), hours=1.5).look_again_at == at(10)


def test_nobody_else_is_raised() -> None:
    assert restore(look(rulebook(), opened(customer="Other"), hours=11))[-1].tier == "gold"


def test_a_rung_that_is_higher_already_is_kept() -> None:
    rules = rulebook(policy(CONGRESS, ("tier: diamond", "tier: gold")))
    event = ticket("A", at(9), "new", tier="diamond", customer="Harbour Bank")
    assert restore(look(rules, event, hours=11))[-1].tier == "diamond"


def test_figures_and_stages_of_the_period_hold_in_the_place_of_the_policys() -> None:
    text = CONGRESS + "    stages: [30%, 100%]\n    budgets: {restore: 40m}\n    ordered_by: order 7\n"
    found = restore(look(rulebook(policy(text)), opened(10.5), hours=11))[-1]
    assert found.target.budget == 40 * M
    assert [stage.name for stage in found.target.stages] == ["used_30", "breached"]
    assert "order 7" in found.target.figure


def test_a_circuit_is_named_by_its_own_id() -> None:
    rules = rulebook()
    for subject, tier in (("C-1", "diamond"), ("C-2", "none")):
        event = Event("tickets", "1", SubjectKind.CIRCUIT, subject, at(11), status="unavailable")
        assert look(rules, event, hours=12).subject.tier == tier


def test_of_two_periods_the_first_counts() -> None:
    two = CONGRESS + CONGRESS.partition("\n")[2].replace("congress", "games").replace("diamond", "gold")
    assert restore(look(rulebook(policy(two)), opened(), hours=11))[-1].tier == "diamond"


def test_a_period_of_any_version_holds_whichever_version_judges() -> None:
    old = policy_file.build(yaml_file.parse(POLICY.lstrip(), "old.yml"))
    new = policy_file.build(
        yaml_file.parse(
            exchanged(CONGRESS + POLICY.lstrip(), ('version: "1"', 'version: "2"'), ("2026-01-01", "2026-06-01")),
            "new.yml",
        )
    )
    assert restore(look(rulebook(old, new), opened(), hours=11))[-1].tier == "diamond"


instants = st.integers(0, 24 * 60)


@given(st.tuples(instants, instants).filter(lambda two: two[0] < two[1]), st.data())
def test_a_period_does_what_a_source_does_that_says_the_tier(edges: tuple[int, int], data: st.DataObject) -> None:
    since, until = (at(0, minutes) for minutes in edges)
    stated = f"    from: {since.isoformat()}\n    to: {until.isoformat()}\n"
    rules = rulebook(policy(exchanged(CONGRESS, ("    from: 2026-01-05T10:00\n    to: 2026-01-05T20:00\n", stated))))
    plain = rulebook(
        policy(exchanged(CONGRESS, ("2026-01-05T10:00", "2030-01-05T10:00"), ("2026-01-05T20:00", "2031-01-05")))
    )
    begin = data.draw(instants, "opened")
    edge = {at(0, begin): "new"}
    for minutes in data.draw(st.lists(instants.filter(lambda m: m > begin), max_size=5, unique=True), "events"):
        if at(0, minutes) not in (since, until):
            edge[at(0, minutes)] = data.draw(st.sampled_from(["working", "waiting", "resolved", "new", "closed"]))
    told = sorted(edge.items())
    held = [ticket("A", when, status, tier="standard", customer="Harbour Bank") for when, status in told]

    def tier(when: datetime) -> str:
        return "diamond" if since <= when < until else "standard"

    said = [
        ticket("A", when, status, tier=tier(when), customer="Harbour Bank") for when, status in sorted(edge.items())
    ]
    said += [ticket("A", when, tier=tier(when)) for when in (since, until) if when > at(0, begin)]
    now = at(0, data.draw(st.integers(begin, 30 * 60), "now"))

    def seen(rules: Rulebook, events: list[Event]) -> list[tuple[object, ...]]:
        return [
            (one.target.name, one.cycle, one.life, one.state, one.counted, one.tier, one.deadline, one.breached_at,
             one.stopped_at, one.crossings)
            for one in advance(events, None, rules, now).readings
        ]  # fmt: skip

    assert seen(rules, held) == seen(plain, said)


BAD = [
    ("    tier: diamond\n", "", "guarded_periods.congress: raises nothing; write tier, assurance, stages or budgets"),
    ("tier: diamond", "tier: platinum", "guarded_periods.congress.tier: 'platinum' is not a rung of the ladder"),
    ("2026-01-05T20:00", "2026-01-05T10:00", "guarded_periods.congress.to: 2026-01-05T10:00 is not after"),
    ("2026-01-05T10:00", "tomorrow", "guarded_periods.congress.from: 'tomorrow' is not a time; write 2026-10-01T09:00"),
    ("{customer: [Harbour Bank], circuit: C-1}", "{}", "guarded_periods.congress.for: names nobody; write customer"),
    ("customer: [Harbour Bank]", "custumer: [Harbour Bank]", "guarded_periods.congress.for.custumer: cannot choose"),
    ("circuit: C-1", "circuit: []", "guarded_periods.congress.for.circuit: lists no circuit; write one, or remove it"),
    ("tier: diamond", "budgets: {restor: 1h}", "congress.budgets.restor: 'restor' is not one of the targets"),
    ("2026-01-05T10:00", "2026-02-30T10:00",
     "congress.from: '2026-02-30T10:00' is a day that no year has; write one that exists"),
    ("2026-01-05T10:00", "2026-1-5 9:00", "congress.from: '2026-1-5 9:00' is not a time; write 2026-01-05 09:00"),
    ("2026-01-05T10:00", "2026-W02", "guarded_periods.congress.from: '2026-W02' is not a time; write 2026-10-01T09:00"),
    ("2026-01-05T10:00", "0001-01-01T00:00+12:00", "congress.from: '0001-01-01T00:00+12:00' is not a time; write"),
    ("tier: diamond", "budgets: {restore: 40h}",
     "congress.budgets.restore: is longer than what the target allows anybody, 4h; write that or less"),
    ("  congress:", "  Congress:", "guarded_periods.Congress: 'Congress' is not a period's name; write small letters"),
]  # fmt: skip


def test_a_time_that_the_clocks_skip_is_refused_and_of_one_that_comes_twice_the_first_is_meant() -> None:
    def of(begin: str) -> Policy:
        text = exchanged(CONGRESS, ("2026-01-05T10:00", begin), ("2026-01-05T20:00", "2026-12-01T00:00"))
        return policy_file.build(yaml_file.parse(text + POLICY.lstrip(), "case.yml"), "Europe/Berlin")

    with pytest.raises(ConfigError, match=r"02:30 does not exist in Europe/Berlin.*; write 2026-03-29T03:30"):
        of("2026-03-29T02:30")
    assert of("2026-03-29T03:00").guarded[0].since == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert of("2026-10-25T02:30").guarded[0].since == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(("old", "new", "sentence"), BAD)
def test_a_mistake_is_a_sentence_with_its_place(old: str, new: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        policy(CONGRESS, (old, new))
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("case.yml:")
