from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.config import policy_file, yaml_file
from monitor.history.mapping import Fact
from monitor.model import Phase
from monitor.policy.policy import NO_RUNG, BudgetRow, Policy
from monitor.policy.target import Stage
from monitor.policy.terms import Term, terms
from tests.support.cases import POLICY, at
from tests.support.texts import exchanged

H, M = timedelta(hours=1), timedelta(minutes=1)


def policy(text: str = POLICY) -> Policy:
    return policy_file.build(yaml_file.parse(text, "case.yml"))


CASE = policy()
TIMES = policy_file.working_times(CASE)


def fact(hours: float, **attributes: str) -> Fact:
    return Fact(at(hours), f"e{hours:g}", Phase.OPENED, attributes=attributes)


def restore(*facts: Fact, of: Policy = CASE) -> tuple[Term, ...]:
    rule = of.rule("restore")
    assert rule is not None
    return terms(rule, of, facts, TIMES)


def budgets(found: tuple[Term, ...]) -> list[tuple[object, timedelta | None]]:
    return [(term.since, None if term.target is None else term.target.budget) for term in found]


def test_a_stage_is_a_share_used_or_a_length_left() -> None:
    assert Stage("used_75", share=0.75).amount(4 * H) == 3 * H
    assert Stage("left_15m", left=15 * M).amount(4 * H) == 3 * H + 45 * M
    assert [Stage("left_4h", left=4 * H).applies(budget) for budget in (3 * H, 4 * H, 5 * H)] == [False, False, True]
    assert Stage("used_75", share=0.75).applies(M)
    assert [Stage("wall_4h", wall=4 * H).applies(budget) for budget in (3 * H, 4 * H, 5 * H)] == [False, False, True]


@pytest.mark.parametrize(
    ("attributes", "fits"),
    [
        ({"tier": "gold", "scope": "city"}, True),
        ({"tier": "silver", "scope": "city", "team": "x"}, True),
        ({"tier": "gold", "scope": "province"}, False),
        ({"tier": "gold"}, False),
        ({}, False),
    ],
)
def test_a_row_fits_if_every_attribute_that_it_names_has_a_listed_value(attributes: dict[str, str], fits: bool) -> None:
    row = BudgetRow({"tier": frozenset({"gold", "silver"}), "scope": frozenset({"city"})}, H, "always", "test")
    assert row.fits(attributes) is fits
    assert BudgetRow({}, H, "always", "test").fits(attributes)


def test_the_first_row_that_fits_holds() -> None:
    text = exchanged(POLICY, ("{tier: diamond}, budget: 2h", "{tier: [diamond, gold]}, budget: 2h"))
    assert budgets(restore(fact(0, tier="gold"), of=policy(text))) == [(None, 2 * H)]


def test_a_target_carries_its_figure_its_policy_and_its_stages() -> None:
    (term,) = restore(fact(0, tier="gold", assurance="AAA"))
    assert term.target is not None
    assert (term.tier, term.assurance, term.target.figure) == ("gold", "AAA", "test")
    assert (term.target.policy_version, term.target.calendar, term.target.at_risk) == ("case@1", "always", 0.75)
    assert [stage.name for stage in term.target.stages] == ["used_75", "used_90", "breached"]
    assert term.calendar is TIMES["always"]


def test_a_rung_without_a_figure_has_no_target_and_no_stricter_one_is_guessed() -> None:
    (term,) = restore(fact(0, tier="standard"))
    assert (term.target, term.calendar, term.tier) == (None, None, "standard")
    (nothing_said,) = restore(fact(0))
    assert (nothing_said.target, nothing_said.tier, nothing_said.assurance) == (None, NO_RUNG, NO_RUNG)


def test_what_is_said_first_also_holds_for_the_time_before() -> None:
    assert budgets(restore(fact(0), fact(1), fact(2, tier="gold"))) == [(None, 4 * H)]


def test_a_change_holds_from_its_event_on() -> None:
    found = restore(fact(0, tier="gold"), fact(1, tier="diamond"), fact(2, tier="diamond"), fact(3, tier="standard"))
    assert budgets(found) == [(None, 4 * H), (at(1), 2 * H), (at(3), None)]
    assert [term.because for term in found] == ["", "e1", "e3"]
    assert [term.tier for term in found] == ["gold", "diamond", "standard"]


def test_a_change_of_what_chooses_nothing_is_no_new_term() -> None:
    assert len(restore(fact(0, tier="gold", team="a"), fact(1, team="b"), fact(2, customer="c"))) == 1


def test_a_change_of_a_label_alone_is_a_new_term_with_the_same_budget() -> None:
    found = restore(fact(0, tier="gold", assurance="normal"), fact(1, assurance="AAA"))
    assert budgets(found) == [(None, 4 * H), (at(1), 4 * H)]
    assert [term.assurance for term in found] == ["normal", "AAA"]


def test_who_is_told_when_follows_the_tier_and_the_assurance_each_stage_once() -> None:
    def names(**attributes: str) -> list[str]:
        return [stage.name for stage in CASE.stages_for(attributes)]

    assert names(tier="diamond") == ["used_50", "used_75", "used_90", "breached"]
    assert names(tier="gold") == ["used_75", "used_90", "breached"]
    assert names(tier="standard", assurance="AAA") == ["used_75", "used_90", "breached"]
    assert sorted(names(tier="diamond", assurance="AAA")) == ["breached", "used_50", "used_75", "used_90"]
    assert names(tier="standard", assurance="normal") == names() == []


def test_missing_figures_are_listed_rung_by_rung() -> None:
    assert CASE.missing() == (("restore", "tier", "standard"), ("feedback", "tier", "standard"))


def test_a_row_that_does_not_name_a_ladder_covers_it() -> None:
    text = exchanged(POLICY, ("{when: {tier: gold}, budget: 4h", "{budget: 4h"))
    assert policy(text).missing() == (("feedback", "tier", "standard"),)


def test_scaling_divides_every_length_and_says_so_in_the_version() -> None:
    left = "ladders:\n", "stages: {tier: {gold: [75%, 15m left, 2h wall left]}}\nladders:\n"
    case = policy(exchanged(POLICY, left))
    fast = case.scaled(60)
    assert (fast.version, fast.label) == ("1/x60", "case@1/x60")
    assert [row.budget for rule in fast.targets for row in rule.rows] == [10 * M / 60, 2 * M, 4 * M, M / 2]
    assert fast.stages["tier"]["gold"] == (
        Stage("used_75", share=0.75), Stage("left_15m", left=timedelta(seconds=15)), Stage("wall_2h", wall=2 * M),
    )  # fmt: skip
    assert replace(fast, version="1", targets=case.targets, stages=case.stages) == case
    assert case.scaled(1) is case


def test_rules_and_rungs_are_found_by_name() -> None:
    assert CASE.rule("none") is None
    assert CASE.rungs == {
        "tier": frozenset({"diamond", "gold", "standard"}), "assurance": frozenset({"AAA", "normal"})
    }  # fmt: skip
    assert [(rung.id, rung.rank) for rung in CASE.ladders["tier"]] == [("diamond", 0), ("gold", 1), ("standard", 2)]


def test_a_stage_as_long_as_the_budget_or_longer_says_nothing_of_it() -> None:
    built = policy(POLICY + "stages: {tier: {gold: [75%, 30m left, 2h wall left, 100%]}}\n")
    assert built.idle_stages() == (
        ("accept", "left_30m", timedelta(minutes=10)),
        ("accept", "wall_2h", timedelta(minutes=10)),
        ("feedback", "left_30m", timedelta(minutes=30)),
        ("feedback", "wall_2h", timedelta(minutes=30)),
        ("restore", "wall_2h", timedelta(hours=2)),
    )
