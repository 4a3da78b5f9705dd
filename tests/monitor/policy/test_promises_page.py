"""Which subject has which target of the shipped policies, and that `docs/promises.md` lists them with their figures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.config import policy_file
from monitor.policy.policy import BudgetRow
from monitor.policy.target import ONE
from monitor.text.durations import amount
from tests.support.promised import Life

OURS = ("demo", "operator-template")
"""The policies of our own, nearly all of whose figures are assumed."""

PAGE = Path(__file__).parents[3] / "docs" / "promises.md"

# -- who has which -------------------------------------------------------------------------------------------------


def has(life: Life) -> set[str]:
    return {reading.target.name for reading in life.at("03-02 12:00").readings}


def opened(policy: str, **attributes: str) -> Life:
    return Life(policy, **attributes).says("03-02 09:00", "opened")


def test_a_fault_whose_source_says_no_process_has_the_targets_of_faults_only() -> None:
    who = {"tier": "gold", "assurance": "AA", "scope": "cross-province"}
    for process in ({}, {"process": "fault"}):
        asked = opened("cmcc-2014", **who, **process).says("03-02 09:05", feedback_requested="03-02 09:05")
        assert has(asked) == {"accept", "restore", "feedback"}
        assert has(opened("operator-practice", **who, **process)) == set()
        vip = opened("operator-practice", vip_level="top", **who, **process).says("03-02 09:10", "accepted")
        assert has(vip) == {"feedback"}


@pytest.mark.parametrize(
    ("process", "own"),
    [
        ("survey", "survey"), ("provisioning", "progress"), ("service_information", "complaint"),
        ("complaint", "complaint complaint_opinion"),
        ("alarm", "on_the_spot"), ("violation", "violation"), ("abnormality", "abnormality"),
    ],
)  # fmt: skip
def test_an_order_of_another_process_has_its_own_targets_and_none_of_a_fault(process: str, own: str) -> None:
    assert has(opened("operator-practice", process=process, tier="gold", scope="in-city")) == set(own.split())
    who = {"tier": "gold", "assurance": "AA", "scope": "cross-province"}
    assert not has(opened("cmcc-2014", process=process, **who)) & {"accept", "restore", "feedback"}


# -- the page ------------------------------------------------------------------------------------------------------


def listed(heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the page."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return rows[2:]


def written(row: BudgetRow) -> tuple[timedelta, int, float]:
    return (row.budget, row.days, row.share)


def given(words: Sequence[str]) -> set[tuple[timedelta, int, float]]:
    amounts = [amount(word) for word in words]
    return {
        (item.times * ONE if item.times else item.length or timedelta(0), item.days, item.share) for item in amounts
    }


def test_the_page_lists_every_target_that_ships_but_the_demos_and_no_other() -> None:
    rows = [(policy.strip("`"), target.strip("`")) for _, target, policy, _, _ in listed("What is watched")]
    shipped = [
        (name, rule.name)
        for name in policy_file.shipped()
        if name not in OURS
        for rule in policy_file.load(name).targets
    ]
    assert sorted(rows) == sorted(shipped)


def test_the_page_gives_the_figures_and_sources_of_the_files() -> None:
    for _, target, policy, figures, source in listed("What is watched"):
        rule = policy_file.load(policy.strip("`")).rule(target.strip("`"))
        assert rule is not None
        assert given(re.findall(r"`([^`]+)`", figures)) == {written(row) for row in rule.rows}, (policy, target)
        assert {source} == ({row.figure for row in rule.rows} or {"none"}), (policy, target)


def test_the_page_lists_every_target_of_the_template_with_its_figures() -> None:
    rows = {target.strip("`"): figures for _, target, figures in listed("With assumed figures, in the template")}
    rules = {rule.name: rule for rule in policy_file.load("operator-template").targets}
    assert set(rows) == set(rules)
    for name, figures in rows.items():
        assert given(re.findall(r"`([^`]+)`", figures)) == {written(row) for row in rules[name].rows}, name


def test_nothing_is_called_unwatched_that_only_lacks_a_figure_or_a_date() -> None:
    rows = listed("What is not watched, and why")
    assert rows
    for promise, why in rows:
        assert promise
        assert not re.search(r"figure|how often|by when|of yours", why), why
