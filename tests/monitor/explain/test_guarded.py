"""What a guarded period changes for a subject is said from its order to its end, in lines and JSON."""

from __future__ import annotations

import pytest

from monitor.clock.engine import Rulebook
from monitor.config import policy_file, yaml_file
from monitor.explain import Explanation, as_json, as_lines
from monitor.explain.guarded import GuardedTerms, PeriodIs
from monitor.explain.subject import explain
from monitor.history.events import Event
from monitor.model import SubjectKind
from tests.monitor.policy.test_guarded import CONGRESS, opened, policy, rulebook
from tests.support.cases import POLICY, at, ticket
from tests.support.texts import exchanged

MORE = CONGRESS + "    stages: [30%, 100%]\n    budgets: {accept: 5m}\n    ordered_by: order 7\n"


def explained(*events: Event, hours: float, rules: Rulebook | None = None) -> Explanation:
    return explain(events or (opened(),), rules or rulebook(policy(MORE)), at(hours))


def only(of: Explanation) -> GuardedTerms:
    (found,) = of.guarded
    return found


@pytest.mark.parametrize(
    ("hours", "when", "words", "chinese"),
    [
        (9.5, PeriodIs.LATER, "The guarded period Congress begins at 2026-01-05 10:00:00+00:00 and ends at", "将于"),
        (
            11,
            PeriodIs.NOW,
            "In the guarded period Congress from 2026-01-05 10:00:00+00:00 to",
            "处于重保“大会重保”期间",
        ),
        (20, PeriodIs.OVER, "The guarded period Congress held from 2026-01-05 10:00:00+00:00 to", "现已恢复平时条款"),
    ],
)
def test_it_says_what_changes_and_when_before_in_and_after_the_period(
    hours: float, when: PeriodIs, words: str, chinese: str
) -> None:
    explanation = explained(hours=hours)
    found = only(explanation)
    assert (found.when, found.since, found.until) == (when, at(10), at(20))
    assert [(one.ladder, one.before, one.after) for one in found.rungs] == [("tier", "gold", "diamond")]
    assert found.stages == (["used_75", "used_90", "breached"], ["used_30", "breached"])
    line = next(line for line in as_lines(explanation) if "guarded period Congress" in line)
    assert line.startswith(words)
    assert (
        ": tier Diamond in place of Gold; pages at 30 % used, Breached in place of 75 % used, 90 % used, Breached;"
        " Acceptance 0:05:00 in place of 0:10:00; Restoration 2:00:00 in place of 4:00:00."
    ) in line
    assert line.endswith("usual terms hold again. Ordered by order 7.") or when is PeriodIs.LATER
    assert chinese in "\n".join(as_lines(explanation, "zh"))
    (said,) = as_json(explanation)["guarded"]
    assert (said["period"], said["when"], said["from"]) == ("congress", when.value, "2026-01-05T10:00:00Z")
    assert said["rungs"] == {"tier": {"before": "gold", "after": "diamond"}}
    assert [(one["target"], one["after"]["en"]) for one in said["figures"]] == [
        ("accept", "0:05:00"), ("restore", "2:00:00"),
    ]  # fmt: skip
    assert said["sentence"]["en"] in line


def test_it_is_said_of_nobody_else_and_of_no_ticket_that_was_over_before_or_came_after() -> None:
    assert explained(opened(customer="Other"), hours=11).guarded == []
    over = opened(1), ticket("A", at(2), "resolved"), ticket("A", at(2.5), "closed")
    assert explained(*over, hours=21).guarded == []
    assert explained(opened(20), hours=21).guarded == []
    assert [one.when for one in explained(opened(1), ticket("A", at(12), "closed"), hours=21).guarded] == ["over"]


def test_it_says_where_nothing_changes_as_what_the_subject_has_is_no_less() -> None:
    high = ticket("A", at(9), "new", tier="diamond", customer="Harbour Bank")
    found = explained(high, hours=11, rules=rulebook())
    assert (only(found).rungs, only(found).stages, only(found).figures) == ([], None, [])
    assert any("nothing is different, for what it has is no less" in line for line in as_lines(found))


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("at_start", "Restoration 2:00:00 in place of 4:00:00 (clocks that begin in it)"),
        ("strictest", "Restoration 2:00:00 in place of 4:00:00 (an open clock keeps what is stricter)"),
    ],
)
def test_a_target_whose_open_clocks_do_not_follow_says_so(word: str, said: str) -> None:
    text = exchanged(CONGRESS + POLICY.lstrip(), ("  restore:\n", f"  restore:\n    on_change: {word}\n"))
    rules = rulebook(policy_file.build(yaml_file.parse(text, "case.yml")))
    assert any(said in line for line in as_lines(explained(hours=11, rules=rules)))


def test_a_circuit_is_told_of_the_period_that_is_yet_to_begin() -> None:
    event = Event("tickets", "1", SubjectKind.CIRCUIT, "C-1", at(1), status="available")
    found = only(explained(event, hours=2, rules=rulebook()))
    assert (found.when, [one.after for one in found.rungs]) == (PeriodIs.LATER, ["diamond"])


def test_two_periods_that_follow_each_other_are_two() -> None:
    second = exchanged(
        CONGRESS.partition("\n")[2], ("congress", "games"), ("T20:00", "T23:00"), ("T10:00", "T20:00"),
        ("tier: diamond", "budgets: {restore: 1h}"),
    )  # fmt: skip
    found = explained(hours=21, rules=rulebook(policy(CONGRESS + second))).guarded
    assert [(one.period.name, one.when, one.since, one.until) for one in found] == [
        ("congress", PeriodIs.OVER, at(10), at(20)),
        ("games", PeriodIs.NOW, at(20), at(23)),
    ]
