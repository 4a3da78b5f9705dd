"""A chain of shares under a tier that is told of late is named, with what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alerts.oncall.chain_check import chain_notices
from alerts.oncall.roster_file import load
from monitor.config import policy_file, yaml_file
from monitor.policy.policy import Policy
from tests.support.rotas import EXAMPLE, FILE, RECEIVERS, changed, written
from tests.support.texts import exchanged

ONE, TWO, THREE = "- {at: 0%, tell: on_call}", "- {at: 50%, tell: anna}", "- {at: 80%, tell: contact}"
STEPS = "      - {at: 0%, tell: on_call}\n      - {at: breach, tell: [contact, anna]}\n"


def policy(stages: str, budget: str = "4h", more: str = "") -> Policy:
    return policy_file.build(
        yaml_file.parse(
            'policy: p\nversion: "1"\neffective_from: 2020-01-01\nname: {en: P}\n'
            "ladders: {tier: [{id: gold, en: Gold}, {id: silver, en: Silver}]}\n"
            "calendars: {always: {zone: UTC, hours: 24x7}}\n"
            "targets:\n  restore:\n    name: {en: R}\n    start: [opened]\n    stop: [restored]\n"
            f"{more}    budgets: [{{budget: {budget}, source: assumed}}]\n"
            f"stages: {{tier: {{gold: [75%, 100%], silver: [{stages}]}}}}\n",
            "p.yml",
        )
    )


def said(folder: Path, *steps: str, stages: str = "100%", budget: str = "4h") -> list[str]:
    text = changed(STEPS, "".join(f"      {step}\n" for step in steps))
    return list(chain_notices(load(written(folder, text), RECEIVERS), (policy(stages, budget),)))


def test_a_rung_that_is_told_of_only_at_the_breach_is_named_with_what_to_write(tmp_path: Path) -> None:
    assert said(tmp_path, ONE, TWO, THREE) == [
        "team noc: escalation: tier silver is told first at breached (restore), when no time is left to share, so"
        " steps come 5m after each other; write `at: breach + 15m` or `at: unanswered 10m` for the later"
        " steps, or an earlier stage for tier silver"
    ]


@pytest.mark.parametrize(
    ("stages", "budget", "time"),
    [("90%", "15m", "1m30s"), ("1m left", "4h", "1m"), ("99%", "1h", "36s"), ("1m wall left", "4h", "1m")],
)
def test_a_first_page_so_shortly_before_the_breach_that_steps_coincide_is_named(
    tmp_path: Path, stages: str, budget: str, time: str
) -> None:
    (sentence,) = said(tmp_path, ONE, TWO, THREE, stages=stages, budget=budget)
    assert "tier silver is told first at " in sentence
    assert f"when as little as {time} is left to share" in sentence


@pytest.mark.parametrize(
    "steps",
    [
        (ONE,),
        (ONE, "- {at: breach + 15m, tell: anna}"),
        (ONE, "- {at: unanswered 10m, tell: anna}", "- {at: unanswered 10m, tell: contact}"),
        ("- {at: breach, tell: on_call}", "- {at: breach, tell: contact}", "- {at: breach + 1h, tell: anna}"),
    ],
)
def test_a_chain_that_has_its_own_time_is_not_named(tmp_path: Path, steps: tuple[str, ...]) -> None:
    assert said(tmp_path, *steps) == []


def test_time_enough_is_not_named(tmp_path: Path) -> None:
    assert said(tmp_path, ONE, TWO, THREE, stages="75%, 100%") == []
    assert said(tmp_path, ONE, TWO, THREE, stages="75%, 100%", budget="2h") == []


def test_a_rung_that_a_target_leaves_out_is_not_named(tmp_path: Path) -> None:
    text = changed(STEPS, "".join(f"      {step}\n" for step in (ONE, TWO, THREE)))
    loaded = load(written(tmp_path, text), RECEIVERS)
    assert list(chain_notices(loaded, (policy("100%", more="    unless: {tier: silver}\n"),))) == []


def test_people_whom_nothing_calls_are_named(tmp_path: Path) -> None:
    text = exchanged(FILE, ("teams:", "  spare: {name: {en: Spare}, receivers: log}\nteams:"), count=1)
    assert list(chain_notices(load(written(tmp_path, text), RECEIVERS), ())) == [
        "people: spare: in no rota and in no escalation, so nothing ever calls them; add or remove them"
    ]


def test_the_chains_of_the_document_are_good(tmp_path: Path) -> None:
    """Each `escalation:` that the document shows is read as it stands, under the shipped policy that pages the most."""
    page = (EXAMPLE.parents[1] / "docs" / "oncall.md").read_text(encoding="utf-8")
    shown = re.findall(r"(?m)^    escalation:\n((?:      - .*\n)+)", page)
    assert len(shown) == 2
    text = EXAMPLE.read_text(encoding="utf-8")
    (own,) = re.findall(r"(?m)^    escalation: .*\n((?:      - .*\n)+)", text)
    for steps in shown:
        loaded = load(written(tmp_path, exchanged(text, (own, steps))), RECEIVERS)
        assert len(loaded.steps["noc"]) >= 4
