"""The policy to begin with: every target that grades by a ladder has every rung, and each block says what it is for."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from monitor.config import policy_file, yaml_file
from monitor.model import State, SubjectKind
from monitor.policy.policy import BudgetRow
from tests.support.command_line import Command, in_process
from tests.support.counting import cycle, judge
from tests.support.promised import RULES, Life, is_kept_until, on

NAME = "operator-template"
TEXT = policy_file.shipped_text(NAME)
POLICY = policy_file.load(NAME)
RUNGS = {ladder: [rung.id for rung in rungs] for ladder, rungs in POLICY.ladders.items()}
GRADED = [(rule.name, ladder) for rule in POLICY.targets for ladder in RUNGS
          if any(ladder in row.when for row in rule.rows)]  # fmt: skip


def test_it_has_the_whole_of_both_ladders() -> None:
    assert RUNGS == {
        "tier": ["diamond", "gold", "silver", "bronze", "standard"], "assurance": ["AAA", "AA", "A", "normal"],
    }  # fmt: skip


def rows(target: str, ladder: str, rung: str) -> list[BudgetRow]:
    rule = POLICY.rule(target)
    assert rule is not None
    return [row for row in rule.rows if rung in row.when.get(ladder, frozenset())]


def others(row: BudgetRow, ladder: str) -> dict[str, frozenset[str]]:
    return {name: values for name, values in row.when.items() if name not in RUNGS}


@pytest.mark.parametrize(("target", "ladder"), GRADED)
def test_every_rung_has_a_figure_wherever_another_rung_has_one(target: str, ladder: str) -> None:
    rule = POLICY.rule(target)
    assert rule is not None
    wanted = [others(row, ladder) for row in rule.rows if ladder in row.when]
    for rung, besides in product(RUNGS[ladder], wanted):
        subject = {ladder: rung} | {name: min(values) for name, values in besides.items()}
        assert rule.row(subject) is not None, (target, subject)
    assert not [gap for gap in POLICY.missing() if gap[0] == target]


def test_every_subject_of_any_tier_and_assurance_has_what_each_target_promises() -> None:
    for tier, assurance in product(RUNGS["tier"], RUNGS["assurance"]):
        promised = {name for found, of, name in POLICY.promised() if (found, of) == (tier, assurance)}
        assert promised == {rule.name for rule in POLICY.targets if rule.counting is None}, (tier, assurance)


@pytest.mark.parametrize("ladder", RUNGS)
def test_a_higher_rung_is_never_promised_less(ladder: str) -> None:
    for target, graded in GRADED:
        rule = POLICY.rule(target)
        assert rule is not None
        if graded != ladder or any(row.measure == "at_least" for row in rule.rows) or rule.ahead_of:
            continue
        for besides in [others(row, ladder) for row in rule.rows if ladder in row.when]:
            said = {name: min(values) for name, values in besides.items()}
            found = [rule.row({ladder: rung, **said}) for rung in RUNGS[ladder]]
            sizes = [(row.budget, row.days) for row in found if row is not None]
            assert sizes == sorted(sizes), (target, said)


def test_every_block_is_explained_and_every_target_too() -> None:
    lines = TEXT.splitlines()
    for number, line in enumerate(lines):
        if re.match(
            r"(?:ladders|instants|attributes|calendars|inherit|pause_reasons|at_risk|pace|major_faults|targets|policy):",
            line,
        ):
            assert lines[number - 1].startswith("#"), line
    (start,) = [number for number, line in enumerate(lines) if line == "targets:"]
    for number, line in enumerate(lines[start:], start):
        if re.fullmatch(r"  [a-z_]+:", line):
            assert lines[number - 1].startswith("  # "), line


def test_what_a_source_does_not_say_is_owed_to_nobody() -> None:
    """A newcomer who maps a tier and statuses alone is paged for no phone call and no report that nobody asked for."""
    for process in ({}, {"process": "complaint"}):
        life = Life(NAME, tier="gold", customer="Acme", **process).says("03-02 09:00", "opened")
        outcome = life.at("12-31 23:59")
        own = {"phone", "vendor", "fault_analysis", "network_analysis", "business_analysis", "summary"}
        assert not {reading.target.name for reading in outcome.readings} & own
        assert outcome.contributions == ()


@pytest.mark.parametrize(
    ("target", "begin", "end", "deadline"),
    [
        ("phone", "dispatched", "phoned", "03-02 09:05"),
        ("vendor", "vendor_needed", "vendor_called", "03-02 09:15"),
        ("fault_analysis", "analysis_ordered", "analysis_given", "03-09 09:00"),
    ],
)
def test_what_begins_with_an_instant_ends_with_the_other(target: str, begin: str, end: str, deadline: str) -> None:
    life = Life(NAME, tier="gold").says("03-02 08:00", "opened").says("03-02 09:00", **{begin: "03-02 09:00"})
    assert life.clock(target, "03-02 09:01").deadline == on(deadline)
    met = life.says(deadline, **{end: deadline})
    assert met.clock(target, "03-20 09:00").state is State.MET


def test_an_allowance_warns_of_its_pace_those_who_have_a_stage_ahead_of_the_breach() -> None:
    """AAA, whose circuit used an hour and a half of four in the first fortnight; nobody of a normal circuit."""
    for assurance, told in (("AAA", True), ("normal", False)):
        life = Life(NAME, SubjectKind.CIRCUIT, assurance=assurance).says("01-01 00:00", "available")
        life = life.says("01-10 08:00", "unavailable").says("01-10 09:30", "available")
        clock = life.clock("interruption", "01-15 00:00")
        assert clock.target.pace is not None
        assert ("pace" in [stage.name for stage in clock.target.stages]) is told


def test_a_complaint_is_closed_within_three_days_of_the_complaint() -> None:
    life = Life(NAME, tier="standard", process="complaint").says("03-02 10:00", "opened", complained="03-02 09:00")
    assert life.clock("complaint_closed", "03-02 10:00").deadline == on("03-05 09:00")
    is_kept_until(life, "complaint_closed", "03-05 09:00", "closed")


def test_a_regular_report_is_owed_to_whom_a_ticket_names_and_breaches_by_its_absence() -> None:
    life = Life(NAME, process="network_analysis", reports_to="Acme").says("03-02 09:00", "opened")
    (adds,) = {one.group.subject for one in life.at("03-02 10:00").contributions if "network" in one.group.subject}
    assert adds == "network_analysis/acme"
    # working days of March 2026: 2-6 and 9-13, so the 10th is Friday the 13th; the office closes at 17:00
    begun = on("02-20 09:00")
    found = judge(RULES[NAME], adds, [], on("03-20 09:00"), value="Acme", seen_at=begun, recorded_from=begun)
    assert cycle(found.readings, 202603).breached_at == on("03-13 17:00")


def test_every_assumed_figure_is_marked_and_most_are() -> None:
    figures = [row for rule in POLICY.targets for row in rule.rows]
    ours = [row for row in figures if row.figure == "assumed"]
    assert all(row.note for row in ours)
    assert len(ours) > len(figures) / 2


def test_the_agreements_that_it_shows_are_good() -> None:
    shown = TEXT.partition("refused:\n")[2]
    text = f"{TEXT.partition('# -- what teams')[0]}\n{re.sub(r'(?m)^# ?', '', shown)}"
    assert [item.party for item in policy_file.build(yaml_file.parse(text, "copy.yml")).agreements] == [
        "core", "Digger Ltd",
    ]  # fmt: skip


def test_a_newcomer_prints_it_checks_it_and_is_told_what_is_assumed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    tierwatch: Command = in_process(capsys, monkeypatch)
    printed = tierwatch("shipped", NAME)
    assert (printed.code, printed.out) == (0, TEXT)
    (tmp_path / "policy.yml").write_text(printed.out, encoding="utf-8")
    (tmp_path / "tierwatch.yml").write_text(
        "policy: policy.yml\nsources: {tickets: {type: jsonl_file, options: {path: t.jsonl, zone: UTC}}}\n"
        "receivers: {log: {type: log}}\n",
        encoding="utf-8",
    )
    said = tierwatch("check-config", "--config", str(tmp_path / "tierwatch.yml"))
    assert said.code == 0
    assert not [line for line in said.out.splitlines() if "no figure" in line]
    (line,) = [line for line in said.out.splitlines() if "assumed, for no source says it" in line]
    assert "figures (phone 1 of 1, vendor 1 of 1, restore 9 of 10, feedback 5 of 5" in line


def test_shipped_lists_every_policy_and_refuses_another_name(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tierwatch: Command = in_process(capsys, monkeypatch)
    listed = tierwatch("shipped").out.splitlines()
    assert [line.partition("@")[0] for line in listed] == list(policy_file.shipped())
    said = tierwatch("shipped", "operator-templat")
    assert said.code == 1
    assert said.err.startswith("no policy 'operator-templat' ships; shipped are: cmcc-2009")
    assert "did you mean 'operator-template'?" in said.err
