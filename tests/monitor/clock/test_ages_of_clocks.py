"""Rows that hold from an age of the clock on (`after_start`): counted from its first start, not from the opening."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import Rulebook, advance
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.explain.subject import explain
from monitor.explain.terminal import as_lines
from monitor.history.events import Event
from monitor.model import State
from monitor.policy.refusal import Why
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.texts import exchanged

M = timedelta(minutes=1)
HOURLY = exchanged(
    POLICY,
    ("start: [opened, accepted, held]\n    stop: [restored, closed]\n    recurring: true",
     "start: [accepted, held]\n    stop: [restored, closed]\n    recurring: true\n    on_change: at_start"),
    ("budgets: [{when: {tier: [diamond, gold]}, budget: 30m, source: test}]",
     "budgets: [{budget: 30m, source: test}, {after_start: 1s, budget: 1h, source: test}]"),
)  # fmt: skip
"""Feedback from the acceptance on: the first in 30 minutes, then one each hour."""


def feedback(events: list[Event], book: Rulebook, minutes: float) -> list[tuple[State, object]]:
    found = [one for one in advance(events, (), book, at(0, minutes)).readings if one.target.name == "feedback"]
    return [(one.state, one.deadline) for one in found]


def life() -> list[Event]:
    return [ticket("T", at(0), "new"), ticket("T", at(0, 20), "working"), ticket("T", at(0, 45), feedback=True)]


def test_the_first_cycle_keeps_its_row_however_long_the_acceptance_took() -> None:
    book = rules(HOURLY)
    assert feedback(life(), book, 19) == []
    assert feedback(life(), book, 30) == [(State.RUNNING, at(0, 50))]
    assert feedback(life(), book, 60)[-1] == (State.RUNNING, at(1, 45))
    assert feedback(life(), book, 106)[-1] == (State.BREACHED, at(1, 45))


def test_a_clock_is_looked_at_again_when_a_row_by_its_age_begins_to_hold() -> None:
    text = exchanged(
        HOURLY, ("\n    on_change: at_start", ""), ("after_start: 1s, budget: 1h", "after_start: 15m, budget: 20m")
    )
    outcome = advance(life()[:2], (), rules(text), at(0, 21))
    assert outcome.look_again_at == at(0, 35)
    assert feedback(life()[:2], rules(text), 34) == [(State.RUNNING, at(0, 50))]
    assert feedback(life()[:2], rules(text), 36) == [(State.AT_RISK, at(0, 40))]


def test_why_there_is_no_clock_says_that_the_age_is_the_clocks() -> None:
    """Opened five hours ago and accepted one hour ago: the ticket is old enough for the row, and its clock is not."""
    text = exchanged(
        HOURLY,
        ("budgets: [{budget: 30m, source: test}, {after_start: 1s, budget: 1h, source: test}]",
         "budgets: [{after_start: 2h, budget: 1h, source: test}]"),
    )  # fmt: skip
    events = [ticket("T", at(0), "new"), ticket("T", at(4), "working")]
    found = {one.rule.name: one.refusal for one in explain(events, rules(text), at(5)).without_clock}
    assert (found["feedback"].why, found["feedback"].length) == (Why.CLOCK_TOO_YOUNG, 120 * M)
    assert advance(events, (), rules(text), at(5)).look_again_at == at(6)
    assert feedback(events, rules(text), 361) == [(State.RUNNING, at(7))]
    by_ticket = rules(exchanged(text, ("after_start: 2h", "after: 2h")))
    assert feedback(events, by_ticket, 270) == [(State.RUNNING, at(5))]


@pytest.mark.parametrize("told", [0, 20, 45])
def test_a_clock_that_an_instant_begins_has_its_age_from_that_instant(told: int) -> None:
    """The ticket is opened at 0:30 and the instant said at 1:00, wherever it lies."""
    text = exchanged(
        "instants: {asked: {en: Asked, zh: 提出}}\n" + HOURLY.lstrip(),
        ("start: [accepted, held]", "start: [asked]"),
        ("\n    on_change: at_start", ""),
        ("after_start: 1s, budget: 1h", "after_start: 2h, budget: 1h"),
    )  # fmt: skip
    policy = policy_file.build(yaml_file.parse(text, "case.yml"))
    book = build_rulebook.rulebook(policy, {"tickets": replace(MAPPING, instants={"asked": "asked"})})
    events = [ticket("T", at(0, 30), "new"), ticket("T", at(1), asked=at(0, told).isoformat())]
    assert [deadline for _, deadline in feedback(events, book, 61)] == [at(0, told + 30)]
    assert advance(events, (), book, at(1, 30)).look_again_at == at(2, told)


def test_an_explanation_says_that_the_row_counts_from_the_clocks_start() -> None:
    said = "\n".join(as_lines(explain(life(), rules(HOURLY), at(1), "feedback"), "en"))
    assert "more than 0:00:01 after the clock's first start" in said


STATUSES = st.sampled_from(["new", "working", "waiting", "resolved", "closed", None])


@given(st.lists(st.tuples(st.integers(0, 600), STATUSES, st.booleans()), min_size=1, max_size=8))
def test_where_the_opening_starts_the_clock_both_ages_are_one(said: list[tuple[int, str | None, bool]]) -> None:
    opened = exchanged(HOURLY, ("start: [accepted, held]", "start: [opened, accepted, held]"))
    events = [ticket("T", at(0), "new"), *(
        ticket("T", at(0, minute), word, feedback=told, sequence=n) for n, (minute, word, told) in enumerate(said)
    )]  # fmt: skip
    ticket_age = rules(exchanged(opened, ("after_start: 1s", "after: 1s")))
    clock_age = rules(opened)
    for minute in (1, 300, 700):
        assert feedback(events, clock_age, minute) == feedback(events, ticket_age, minute)
