from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Life, Measure, OnChange, Period, State
from monitor.policy.target import ONE, Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import TICK, WorkingTime

H = timedelta(hours=1)
DOWN, UP, WEAK, SILENT = CircuitState.UNAVAILABLE, CircuitState.AVAILABLE, CircuitState.DEGRADED, CircuitState.UNKNOWN
ALWAYS = WorkingTime(Calendar("always", always=True))
YEAR = Target("interruption", 24 * H, frozenset({DOWN}), frozenset(), frozenset({"planned_work"}), period=Period.YEAR)
MONTH = replace(YEAR, period=Period.MONTH, budget=4 * H)
FAULTS = replace(YEAR, budget=2 * ONE, measure=Measure.COUNT)
END = datetime(2026, 12, 31, tzinfo=UTC)


def at(hours: float) -> datetime:
    """That long after the beginning of the last day of 2026."""
    return END + hours * H


def fact(hours: float, state: CircuitState | None, excuse: str | None = None) -> Fact:
    return Fact(at(hours), f"e{hours}", state, excuse)


def read(history: list[Fact], now: float, *terms: Term, target: Target = YEAR) -> list[Reading]:
    return judged(history, now, Version(None, terms or (Term(None, target, ALWAYS),)))


def judged(history: list[Fact], now: float, *versions: Version) -> list[Reading]:
    return list(ticket_clock.judged(history, versions, at(now)))


def since(hours: float | None, target: Target | None) -> Term:
    return Term(None if hours is None else at(hours), target, target and ALWAYS, because=f"t{hours}")


def test_an_allowance_is_open_for_its_whole_period_and_idle_between_outages() -> None:
    (reading,) = read([fact(0, UP), fact(1, DOWN), fact(3, UP)], 10)
    assert (reading.cycle, reading.life, reading.counted, reading.deadline) == (2026, Life.IDLE, 2 * H, None)
    assert reading.next_at == at(24)


def test_an_outage_that_lasts_over_the_turn_of_the_year_uses_both_years() -> None:
    old, new = read([fact(20, DOWN), fact(30, UP)], 40)
    assert (old.cycle, old.state, old.counted, old.stopped_at) == (2026, State.MET, 4 * H, at(24))
    assert (new.cycle, new.life, new.counted, new.started_at) == (2027, Life.IDLE, 6 * H, at(24))


def test_a_fault_that_lasts_over_the_turn_of_the_year_is_one_of_the_old_year() -> None:
    history = [fact(20, DOWN), fact(30, UP), fact(31, DOWN)]
    old, new = read(history, 32, target=FAULTS)
    assert (old.counted, new.counted) == (ONE, ONE)


def test_time_that_planned_work_excuses_is_not_used() -> None:
    (reading,) = read([fact(0, DOWN), fact(1, DOWN, "planned_work"), fact(3, DOWN), fact(4, UP)], 10)
    assert reading.counted == 2 * H
    (running,) = read([fact(0, DOWN), fact(1, DOWN, "somebody")], 5)
    assert running.counted == 5 * H


def test_an_unknown_state_uses_nothing_and_ends_nothing() -> None:
    (down,) = read([fact(0, DOWN), fact(1, SILENT), fact(3, UP)], 10)
    assert down.counted == 3 * H
    (up,) = read([fact(0, UP), fact(1, SILENT)], 10)
    assert up.counted == timedelta(0)
    assert read([fact(0, SILENT)], 10) == []


def test_a_promise_made_while_the_state_is_unknown_goes_by_the_state_before() -> None:
    (reading,) = read([fact(0, DOWN), fact(1, SILENT)], 5, since(None, None), since(2, YEAR))
    assert (reading.started_at, reading.counted) == (at(2), 3 * H)


def test_exactly_the_budget_is_met_and_the_next_outage_breaks_it() -> None:
    history = [fact(0, DOWN), fact(4, UP), fact(10, DOWN)]
    assert read(history[:2], 9, target=replace(YEAR, budget=4 * H))[0].state is State.AT_RISK
    (late,) = judged(history, 10, Version(None, (since(None, replace(YEAR, budget=4 * H)),)))
    assert (late.state, late.next_at) == (State.AT_RISK, at(10) + TICK)
    (over,) = read(history, 11, target=replace(YEAR, budget=4 * H))
    assert (over.state, over.breached_at) == (State.BREACHED, at(10))


def test_a_share_is_of_the_period_as_long_as_it_is() -> None:
    share = replace(MONTH, budget=timedelta(0), share=0.01)
    old, new = read([fact(0, UP)], 30, target=share)
    assert old.target.budget == new.target.budget == 7.44 * H


def test_a_budget_that_lasts_to_the_end_of_its_period_has_no_deadline() -> None:
    (reading,) = read([fact(20, DOWN)], 21, target=MONTH)
    assert (reading.deadline, reading.next_at) == (None, at(23))
    (sooner,) = read([fact(19, DOWN)], 20, target=MONTH)
    assert sooner.deadline == at(23)


def test_each_fault_counts_once_however_often_it_is_told() -> None:
    history = [fact(0, DOWN), fact(1, DOWN), fact(2, SILENT), fact(3, DOWN), fact(4, UP), fact(5, DOWN), fact(6, UP)]
    (reading,) = read([*history, fact(7, DOWN)], 10, target=FAULTS)
    assert (reading.counted, reading.breached_at) == (3 * ONE, at(7))


def test_a_fault_that_planned_work_excuses_counts_when_it_lasts_longer() -> None:
    history = [fact(0, UP, "planned_work"), fact(1, DOWN, "planned_work"), fact(2, DOWN), fact(3, UP)]
    (reading,) = read(history, 4, target=FAULTS)
    assert [(part.start, part.counted) for part in reading.intervals if part.counted] == [(at(2), ONE)]
    assert read(history[:2], 4, target=FAULTS)[0].counted == timedelta(0)


def test_a_fault_that_lasts_when_the_promise_is_made_counts_with_the_promise() -> None:
    (reading,) = read([fact(0, DOWN)], 5, since(None, None), since(2, FAULTS))
    assert [(part.start, part.end, part.counted) for part in reading.intervals] == [(at(2), at(5), ONE)]


def test_faults_while_a_promise_was_taken_back_are_neither_counted_nor_forgotten() -> None:
    terms = (since(None, FAULTS), since(2, None), since(6, FAULTS))
    history = [fact(0, DOWN), fact(3, UP), fact(4, DOWN)]
    (reading,) = read(history, 8, *terms)
    assert (reading.life, reading.counted) == (Life.IDLE, 2 * ONE)  # the second one from 6:00 on
    again = read([*history, fact(7, DOWN)], 8, *terms)
    assert again[0].counted == 2 * ONE


def test_a_stricter_tier_holds_from_its_event_and_a_looser_one_undoes_nothing() -> None:
    strict = replace(YEAR, budget=2 * H)
    (reading,) = read([fact(0, DOWN)], 4, since(None, YEAR), since(3, strict))
    assert (reading.state, reading.breached_at) == (State.BREACHED, at(3))
    (loose,) = read([fact(0, DOWN)], 4, since(None, strict), since(3, YEAR))
    assert (loose.state, loose.breached_at) == (State.BREACHED, at(2))


def test_of_two_shares_the_strictest_holds() -> None:
    month = replace(MONTH, budget=timedelta(0), on_change=OnChange.STRICTEST)
    terms = since(None, replace(month, share=0.01)), since(1, replace(month, share=0.02))
    (reading,) = read([fact(0, DOWN)], 2, *terms)
    assert reading.target.share == 0.01


def test_what_is_judged_as_at_the_start_takes_other_terms_with_the_next_period() -> None:
    kept = replace(MONTH, on_change=OnChange.AT_START)
    old, new = read([fact(20, DOWN)], 25, since(None, kept), since(21, replace(kept, budget=H)))
    assert (old.target.budget, old.breached_at) == (4 * H, None)
    assert new.target.budget == H


def test_a_version_holds_from_the_next_period_on() -> None:
    strict = Version(at(22), (since(None, replace(MONTH, budget=H)),))
    old, new = judged([fact(20, DOWN)], 26, Version(None, (since(None, MONTH),)), strict)
    assert (old.target.budget, old.state) == (4 * H, State.MET)
    assert (new.target.budget, new.breached_at) == (H, at(25))


def test_a_version_that_comes_into_force_with_a_period_holds_for_that_period() -> None:
    strict = Version(at(24), (since(None, replace(YEAR, budget=H)),))
    for history in ([fact(20, DOWN)], [fact(20, DOWN), fact(24, DOWN)]):
        old, new = judged(history, 26, Version(None, (since(None, YEAR),)), strict)
        assert (old.target.budget, new.target.budget, new.breached_at) == (24 * H, H, at(25))


def test_planned_work_that_is_told_again_makes_no_other_interval() -> None:
    (reading,) = read([fact(0, DOWN, "planned_work"), fact(1, DOWN, "planned_work")], 3)
    assert [(part.start, part.end, part.reason) for part in reading.intervals] == [(at(0), at(3), "planned_work")]


def test_hours_and_numbers_of_faults_are_not_exchanged_within_a_period() -> None:
    history = [fact(20, DOWN), fact(25, UP)]
    old, new = read(history, 26, since(None, YEAR), since(22, FAULTS))
    assert (old.target.budget, old.counted, old.state) == (24 * H, 4 * H, State.MET)
    assert (new.target.measure, new.counted) == (Measure.COUNT, ONE)


def test_of_no_faults_the_first_breaches_at_its_instant_and_no_stage_comes_before() -> None:
    none_at_all = replace(FAULTS, budget=0 * ONE, stages=(Stage("used_75", share=0.75),))
    history = [fact(1, UP), fact(5, DOWN), fact(6, UP), fact(7, DOWN)]
    calm, broken = (read(history[:count], now, target=none_at_all)[-1] for count, now in ((1, 4), (4, 8)))
    assert (calm.state, calm.crossings, calm.reached) == (State.IDLE, (), ())
    assert (broken.state, broken.breached_at, broken.counted) == (State.BREACHED, at(5), 2 * ONE)
    assert (broken.crossings, broken.reached) == ((), ("breached",))
