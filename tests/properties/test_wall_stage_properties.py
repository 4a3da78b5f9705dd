"""Stages by wall time against the oracles, in lives full of waits and changes of terms (semantics 8, decision 0030)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import CircuitState, OnChange, Period, Phase
from monitor.policy.target import Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import TICK, WorkingTime
from tests.properties import test_allowance_properties as allowances
from tests.support import kind_cases, oracle_allowances
from tests.support.cases import MONDAY
from tests.support.kind_cases import LENGTH, STEP
from tests.support.oracle import differences

H = timedelta(hours=1)
OFFICE = Calendar("office", weekly=dict.fromkeys(range(7), ((time(8), time(12)), (time(13), time(17, 30)))))
CALENDARS = (WorkingTime(OFFICE), WorkingTime(Calendar("always", always=True)))
WALLS = [Stage(f"wall_{half}", wall=half * STEP) for half in (1, 3, 6, 15, 30)]
STAGES = [*WALLS, *WALLS, Stage("left_1h", left=H), Stage("used_25", share=0.25)]
DAILY = Target(
    "interruption",
    H,
    frozenset({CircuitState.UNAVAILABLE}),
    frozenset(),
    frozenset({"planned_work"}),
    period=Period.DAY,
)


@st.composite
def terms(draw: st.DrawFn, base: Target, until: int) -> tuple[Term, ...]:
    """One term or more, half of them with the budget of the one before; a promise that ends is not among them."""
    hours = st.sampled_from(CALENDARS)
    found: list[Term] = []
    for since in (None, *sorted(draw(st.sets(st.integers(1, until), max_size=3)))):
        budget = draw(st.integers(1, 16)) * STEP
        calendar = draw(hours)
        if found and draw(st.booleans()):
            known = found[-1].target
            assert known is not None
            budget, calendar = known.budget, found[-1].calendar or calendar
        stages = tuple(draw(st.sets(st.sampled_from(STAGES), min_size=1, max_size=3)))
        target = replace(base, budget=budget, stages=stages)
        found.append(Term(None if since is None else half(since), target, calendar, because="t"))
    return tuple(found)


def half(number: int) -> datetime:
    """So many half hours after Monday, 6:00 UTC."""
    return MONDAY + 6 * H + number * STEP


@st.composite
def tickets(draw: st.DrawFn) -> kind_cases.Case:
    """A ticket that opens, waits and goes on in turn."""
    facts, at = [Fact(half(0), "e0", Phase.OPENED)], 0
    for index, gap in enumerate(draw(st.lists(st.integers(0, 30), min_size=1, max_size=6)), 1):
        at += gap
        waits = index % 2 == 1
        phase = draw(st.sampled_from([Phase.HELD if waits else Phase.ACCEPTED] * 5 + [Phase.RESTORED]))
        facts.append(Fact(half(at), f"e{index}", phase, "customer" if phase is Phase.HELD else None))
    base = replace(LENGTH, on_change=draw(st.sampled_from([OnChange.AT_EVENT, OnChange.AT_EVENT, OnChange.STRICTEST])))
    now = at + draw(st.integers(0, 40))
    return kind_cases.Case("length", tuple(facts), (Version(None, draw(terms(base, now + 5))),), half(now))


@st.composite
def circuits(draw: st.DrawFn) -> allowances.Case:
    """A circuit with a promise per day that goes down and comes back in turn."""
    facts, at = [Fact(half(0), "e0", CircuitState.AVAILABLE)], draw(st.integers(0, 30))
    for index, gap in enumerate(draw(st.lists(st.integers(0, 12), min_size=1, max_size=7)), 1):
        at += gap
        state = CircuitState.UNAVAILABLE if index % 2 else CircuitState.AVAILABLE
        excuse = "planned_work" if draw(st.integers(0, 5)) == 0 else None
        facts.append(Fact(half(at), f"e{index}", state, excuse))
    now = at + draw(st.integers(0, 12))
    return allowances.Case(tuple(facts), (Version(None, draw(terms(DAILY, now + 5))),), half(now))


@given(tickets())
def test_of_a_ticket_they_are_crossed_as_walking_step_by_step_gives(case: kind_cases.Case) -> None:
    oracle = case.walked()
    names = [name for cycle in oracle.cycles for name, _ in (*cycle.earlier, *cycle.crossed.items())]
    event(f"{min(len([name for name in names if name.startswith('wall')]), 3)} crossings by wall time")
    assert differences(case.readings(), oracle.cycles, case.now, STEP) == []
    for reading, cycle in zip(case.readings(), oracle.cycles, strict=True):
        instants = [cycle.crossed.get(name, datetime.max.replace(tzinfo=case.now.tzinfo)) for name in reading.reached]
        if cycle.walls():
            assert instants == sorted(instants), "the least severe comes first, by the instants"


@given(circuits())
def test_of_an_allowance_they_are_crossed_as_walking_step_by_step_gives(case: allowances.Case) -> None:
    oracle = allowances.walked(case)
    assert oracle_allowances.differences(case.readings(), oracle.cycles) == []


@given(tickets() | circuits(), st.floats(0, 1))
def test_nothing_changes_before_the_next_instant(case: kind_cases.Case | allowances.Case, part: float) -> None:
    at = case.readings()[-1].next_at
    if at is None:
        return
    assert at > case.now, "the due loop would spin"
    before = shown(case, case.now)
    assert shown(case, at - TICK) == before
    assert shown(case, case.now + (at - TICK - case.now) * part) == before
    changes = {term.since for version in case.versions for term in version.terms}
    assert at in changes or shown(case, at) != before


def shown(case: kind_cases.Case | allowances.Case, now: datetime) -> list[tuple[object, ...]]:
    return [(item.cycle, item.life, item.state, item.reached, item.breached_at) for item in case.readings(now)]
