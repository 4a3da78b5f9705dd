"""Stages by wall time: so long before the deadline, whether or not that time counts (semantics 8, decision 0030)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Life, Measure, Period, Phase, State
from monitor.policy.target import ONE, Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import TICK, WorkingTime

H = timedelta(hours=1)
ALWAYS = WorkingTime(Calendar("always", always=True))
OFFICE = WorkingTime(Calendar("office", weekly=dict.fromkeys(range(5), ((time(8), time(17)),))))
RESTORE = Target(
    "restore",
    3 * H,
    frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD}),
    frozenset({Phase.RESTORED}),
    frozenset({"customer"}),
    stages=(Stage("wall_2h", wall=2 * H), Stage("breached", share=1.0)),
)
DOWN, UP = CircuitState.UNAVAILABLE, CircuitState.AVAILABLE
DAILY = Target(
    "interruption", 3 * H, frozenset({DOWN}), frozenset(), period=Period.DAY, stages=(Stage("wall_2h", wall=2 * H),)
)


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """In January 2026, of which the 5th is a Monday."""
    return datetime(2026, 1, day, hour, minute, tzinfo=UTC)


def fact(at: datetime, phase: Phase | CircuitState, reason: str | None = None) -> Fact:
    return Fact(at, f"{at:%d%H%M}", phase, reason)


OPENED = fact(on(5, 15, 30), Phase.OPENED)  # with 3 h of office hours it is due on Tuesday at 9:30


def read(now: datetime, *facts: Fact, terms: tuple[Term, ...] = (), target: Target = RESTORE) -> Reading:
    return list(ticket_clock.cycles(facts, terms or (Term(None, target, OFFICE),), now))[-1]


def crossed(reading: Reading, stage: str = "wall_2h") -> list[datetime]:
    return [crossing.at for crossing in reading.crossings if crossing.stage == stage]


def test_a_stage_by_wall_time_is_crossed_at_night_when_nothing_counts() -> None:
    evening = read(on(5, 17), OPENED)
    assert (evening.deadline, evening.next_at, crossed(evening)) == (on(6, 9, 30), on(6, 7, 30), [])
    assert read(on(6, 7, 30) - TICK, OPENED).reached == ()
    night = read(on(6, 7, 30), OPENED)
    assert (night.reached, crossed(night), night.counted) == (("wall_2h",), [on(6, 7, 30)], 1.5 * H)
    assert night.next_at == on(6, 8, 45)  # three quarters are used: at risk


def test_around_the_clock_it_is_crossed_with_as_much_of_the_budget_left() -> None:
    target = replace(RESTORE, stages=(Stage("wall_2h", wall=2 * H), Stage("left_2h", left=2 * H)))
    reading = read(on(5, 16, 30), OPENED, terms=(Term(None, target, ALWAYS),))
    assert crossed(reading) == crossed(reading, "left_2h") == [on(5, 16, 30)]
    assert reading.reached == ("left_2h", "wall_2h")


def test_what_resumes_too_near_to_its_deadline_crosses_it_as_it_resumes() -> None:
    waits = [OPENED, fact(on(5, 16, 45), Phase.HELD, "customer")]
    assert read(on(6, 8, 59), *waits).reached == ()
    resumed = read(on(6, 9), *waits, fact(on(6, 9), Phase.ACCEPTED))
    assert (resumed.deadline, crossed(resumed)) == (on(6, 10, 45), [on(6, 9)])


def test_what_was_crossed_stays_so_when_a_wait_moves_the_deadline() -> None:
    waits = [OPENED, fact(on(6, 8, 30), Phase.HELD, "customer")]
    for reading in (read(on(6, 12), *waits), read(on(6, 16, 30), *waits, fact(on(6, 16, 30), Phase.ACCEPTED))):
        assert (reading.reached, crossed(reading)) == (("wall_2h",), [on(6, 7, 30)])
    assert reading.deadline == on(7, 8, 30)


def test_a_looser_term_puts_it_ahead_and_it_is_crossed_again() -> None:
    terms = (Term(None, RESTORE, OFFICE), Term(on(6, 8), replace(RESTORE, budget=6 * H), OFFICE, because="x"))
    assert read(on(6, 7, 59), OPENED, terms=terms).reached == ("wall_2h",)
    after = read(on(6, 8), OPENED, terms=terms)
    assert (after.reached, after.deadline, after.next_at) == ((), on(6, 12, 30), on(6, 10, 30))
    assert crossed(read(on(6, 12), OPENED, terms=terms)) == [on(6, 7, 30), on(6, 10, 30)]


def test_a_stricter_term_crosses_it_at_the_change() -> None:
    terms = (Term(None, replace(RESTORE, budget=6 * H), OFFICE), Term(on(6, 8), RESTORE, OFFICE, because="x"))
    assert crossed(read(on(6, 8), OPENED, terms=terms)) == [on(6, 8)]


def test_terms_that_leave_the_deadline_where_it_is_leave_the_stage_crossed() -> None:
    """It resumed with a far deadline, and then its tier changed and nothing else."""
    history = [OPENED, fact(on(6, 8, 30), Phase.HELD, "customer"), fact(on(6, 16, 30), Phase.ACCEPTED)]
    terms = (Term(None, RESTORE, OFFICE), Term(on(6, 16, 35), RESTORE, OFFICE, tier="gold", because="x"))
    reading = read(on(6, 16, 40), *history, terms=terms)
    assert (reading.tier, reading.reached, crossed(reading)) == ("gold", ("wall_2h",), [on(6, 7, 30)])


def test_a_stricter_term_in_a_wait_crosses_it_at_the_resuming_unless_it_breaks_the_promise() -> None:
    history = [OPENED, fact(on(5, 16, 30), Phase.HELD, "customer")]  # one hour has counted
    wall = (Stage("wall_20m", wall=H / 3),)
    for budget, state, at in ((1.25, State.PAUSED, []), (1, State.PAUSED, []), (0.5, State.BREACHED, [on(6, 8)])):
        strict = replace(RESTORE, budget=budget * H, stages=wall)
        terms = (Term(None, replace(RESTORE, stages=wall), OFFICE), Term(on(6, 8), strict, OFFICE, because="x"))
        reading = read(on(6, 10), *history, terms=terms)
        assert (reading.state, crossed(reading, "wall_20m")) == (state, at)
        resumed = read(on(6, 10), *history, fact(on(6, 10), Phase.ACCEPTED), terms=terms)
        assert crossed(resumed, "wall_20m") == (at or [on(6, 10)])


def test_stages_stand_in_the_order_of_their_instants_and_at_one_instant_what_leaves_less_is_worse() -> None:
    stages = (Stage("wall_1h", wall=H), Stage("wall_2h", wall=2 * H), Stage("left_1h30m", left=1.5 * H))
    target = replace(RESTORE, stages=stages, at_risk=0.9)
    assert read(on(6, 9, 20), OPENED, target=target).reached == ("left_1h30m", "wall_2h", "wall_1h", "at_risk")
    waits = [OPENED, fact(on(5, 16, 45), Phase.HELD, "customer"), fact(on(6, 9), Phase.ACCEPTED)]
    sharp = replace(target, budget=2 * H, stages=stages[1:], at_risk=0.1)
    terms = (Term(None, replace(RESTORE, stages=(), at_risk=0.9), OFFICE), Term(on(6, 9), sharp, OFFICE, because="x"))
    assert read(on(6, 9), *waits, terms=terms).reached == ("at_risk", "left_1h30m")  # 2 h are the whole budget
    sharp = replace(sharp, budget=2.5 * H, stages=(*stages, Stage("left_2h", left=2 * H)))
    terms = (*terms[:1], Term(on(6, 9), sharp, OFFICE, because="x"))
    assert read(on(6, 9), *waits, terms=terms).reached == ("at_risk", "left_2h", "wall_2h", "left_1h30m")


def test_a_breach_leaves_it_reached_and_is_the_worst() -> None:
    reading = read(on(6, 10), OPENED)
    assert (reading.breached_at, reading.reached) == (on(6, 9, 30), ("wall_2h", "at_risk", "breached"))
    assert reading.next_at is None


def test_a_deadline_at_closing_time_is_as_far_as_it_is() -> None:
    """Two hours before closing, not before the next opening, when the promise would be broken (decision 0005)."""
    target = replace(RESTORE, budget=4 * H)
    reading = read(on(5, 14), fact(on(5, 13), Phase.OPENED), target=target)
    assert (reading.deadline, reading.next_at) == (on(5, 17), on(5, 15))
    assert crossed(read(on(5, 20), fact(on(5, 13), Phase.OPENED), target=target)) == [on(5, 15)]


@pytest.mark.parametrize("budget", [2 * H, H])
def test_a_budget_that_is_not_longer_has_no_such_stage(budget: timedelta) -> None:
    reading = read(on(6, 8, 30), OPENED, target=replace(RESTORE, budget=budget, at_risk=0.5))
    assert "wall_2h" not in reading.reached
    assert crossed(reading) == []


def test_a_feedback_begins_it_anew() -> None:
    target = replace(RESTORE, recurring=True)
    first, second = ticket_clock.cycles(
        [OPENED, Fact(on(6, 8), "f", None, feedback=True)], (Term(None, target, OFFICE),), on(6, 8, 30)
    )
    assert (crossed(first), crossed(second), second.next_at) == ([on(6, 7, 30)], [], on(6, 9))


def test_it_says_nothing_of_a_number() -> None:
    target = replace(DAILY, budget=4 * ONE, measure=Measure.COUNT, stages=(Stage("wall_1s", wall=ONE),))
    reading = read(on(5, 12), fact(on(5, 1), DOWN), target=target)
    assert (reading.reached, crossed(reading, "wall_1s")) == ((), [])


def test_of_an_allowance_it_is_crossed_only_before_a_deadline_within_the_period() -> None:
    daily = (Term(None, DAILY, ALWAYS),)
    within = read(on(5, 20, 30), fact(on(5, 18), DOWN), terms=daily)
    assert (within.deadline, crossed(within)) == (on(5, 21), [on(5, 19)])
    late = read(on(5, 23, 59), fact(on(5, 21), DOWN), terms=daily)
    assert (late.deadline, crossed(late), late.next_at) == (None, [], on(6, 0))


def test_a_looser_term_that_takes_the_deadline_beyond_the_period_puts_it_ahead() -> None:
    """An hour before midnight its deadline is half an hour after it: so there is none."""
    loose = replace(DAILY, budget=4.5 * H)
    terms = (Term(None, DAILY, ALWAYS), Term(on(5, 22, 45), loose, ALWAYS, because="x"))
    before, after = (read(at, fact(on(5, 20), DOWN), terms=terms) for at in (on(5, 22, 40), on(5, 23)))
    assert (before.deadline, before.reached) == (on(5, 23), ("wall_2h", "at_risk"))
    assert (after.deadline, after.reached, after.next_at) == (None, (), on(5, 23, 22) + H / 120)


def test_an_allowance_that_rests_keeps_it() -> None:
    daily = (Term(None, DAILY, ALWAYS),)
    rests = read(on(5, 23), fact(on(5, 10), DOWN), fact(on(5, 12), UP), fact(on(5, 22), DOWN), terms=daily)
    assert (rests.life, rests.deadline, rests.reached) == (Life.RUNNING, on(5, 23), ("wall_2h", "at_risk"))
    assert crossed(rests) == [on(5, 11)]
