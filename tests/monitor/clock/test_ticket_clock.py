from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.clock.state_machine import MOVES
from monitor.history.mapping import Fact
from monitor.model import Life, Measure, Move, OnChange, Phase, Reopen, State
from monitor.policy.target import ONE, Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import TICK, WorkingTime
from tests.support.cases import at

ALWAYS = WorkingTime(Calendar("always", always=True))
H, M = timedelta(hours=1), timedelta(minutes=1)
RESTORE = Target(
    "restore",
    4 * H,
    frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD}),
    frozenset({Phase.RESTORED, Phase.CLOSED}),
    frozenset({"customer"}),
    stages=(Stage("used_50", share=0.5), Stage("left_15m", left=15 * M), Stage("breached", share=1.0)),
)
ACCEPT = Target(
    "accept",
    10 * M,
    frozenset({Phase.OPENED}),
    frozenset({Phase.ACCEPTED, Phase.HELD, Phase.RESTORED, Phase.CLOSED}),
    reopen=Reopen.NEW_CYCLE,
)
FEEDBACK = replace(RESTORE, name="feedback", budget=30 * M, recurring=True, pauses=frozenset(), stages=())


def fact(hours: float, phase: Phase | None, reason: str | None = None, feedback: bool = False) -> Fact:
    return Fact(at(hours), f"e{hours}", phase, reason, feedback)


def opened(hours: float = 0) -> Fact:
    return fact(hours, Phase.OPENED)


def read(history: list[Fact], now: float, target: Target = RESTORE) -> Reading:
    found = ticket_clock.read(history, target, ALWAYS, at(now))
    assert found is not None
    return found


def readings(history: list[Fact], now: float, target: Target) -> list[Reading]:
    return list(ticket_clock.cycles(history, (Term(None, target, ALWAYS),), at(now)))


def test_a_running_clock_counts_and_knows_its_deadline() -> None:
    reading = read([opened()], 1)
    assert (reading.state, reading.counted, reading.deadline) == (State.RUNNING, H, at(4))
    assert reading.next_at == at(2)  # the 50 % stage


def test_a_pause_moves_the_deadline() -> None:
    history = [opened(), fact(1, Phase.HELD, "customer"), fact(3, Phase.ACCEPTED)]
    paused = read(history, 2)
    assert (paused.state, paused.counted, paused.deadline, paused.next_at) == (State.PAUSED, H, None, None)
    assert read(history, 3.5).deadline == at(6)


def test_a_wait_for_a_reason_that_is_not_listed_runs() -> None:
    assert read([opened(), fact(1, Phase.HELD, "spare_part")], 2).counted == 2 * H
    assert read([opened(), fact(1, Phase.HELD)], 2).counted == 2 * H


def test_an_unknown_status_never_pauses_and_never_stops() -> None:
    assert read([opened(), fact(1, Phase.UNKNOWN)], 2).counted == 2 * H
    resumed = read([opened(), fact(1, Phase.HELD, "customer"), fact(2, Phase.UNKNOWN)], 3)
    assert (resumed.state, resumed.counted) == (State.RUNNING, 2 * H)
    stopped = read([opened(), fact(1, Phase.RESTORED), fact(2, Phase.UNKNOWN)], 3)
    assert (stopped.state, stopped.counted) == (State.MET, H)


def test_exactly_at_the_deadline_is_met() -> None:
    reading = read([opened(), fact(4, Phase.RESTORED)], 9)
    assert (reading.state, reading.breached_at) == (State.MET, None)
    assert read([opened()], 4).state is State.AT_RISK


def test_one_microsecond_after_the_deadline_is_a_breach_dated_by_the_deadline() -> None:
    late = ticket_clock.read([opened()], RESTORE, ALWAYS, at(4) + TICK)
    assert late is not None
    assert (late.state, late.breached_at) == (State.BREACHED, at(4))
    assert read([opened()], 400).breached_at == at(4)


def test_the_due_instant_does_not_spin_at_equality() -> None:
    at_deadline = read([opened()], 4)
    assert at_deadline.next_at == at(4) + TICK
    assert read([opened()], 5).next_at is None


def test_a_breach_outlives_a_pause_and_the_stop() -> None:
    history = [opened(), fact(5, Phase.HELD, "customer"), fact(6, Phase.RESTORED)]
    assert read(history, 5.5).state is State.BREACHED
    ended = read(history, 9)
    assert (ended.state, ended.breached_at, ended.stopped_at, ended.counted) == (State.BREACHED, at(4), at(6), 5 * H)


def test_a_reopened_clock_goes_on_and_time_while_restored_does_not_count() -> None:
    history = [opened(), fact(1, Phase.RESTORED), fact(10, Phase.ACCEPTED)]
    reading = read(history, 11)
    assert (reading.cycle, reading.state, reading.counted, reading.deadline) == (1, State.RUNNING, 2 * H, at(13))
    assert [part.life for part in reading.intervals] == [Life.RUNNING, Life.STOPPED, Life.RUNNING]


def test_a_reopened_clock_begins_a_new_cycle_where_the_target_says_so() -> None:
    target = replace(RESTORE, reopen=Reopen.NEW_CYCLE)
    first, second = readings([opened(), fact(1, Phase.RESTORED), fact(10, Phase.ACCEPTED)], 11, target)
    assert (first.cycle, first.state, first.counted) == (1, State.MET, H)
    assert (second.cycle, second.state, second.counted, second.deadline) == (2, State.RUNNING, H, at(14))


def test_acceptance_stops_at_the_first_sign_of_work_and_runs_anew_when_dispatched_again() -> None:
    history = [opened(), fact(0.1, Phase.ACCEPTED), fact(1, Phase.HELD, "customer"), fact(5, Phase.OPENED)]
    first, second = readings(history, 5.1, ACCEPT)
    assert (first.state, first.counted) == (State.MET, 6 * M)
    assert (second.cycle, second.started_at, second.deadline) == (2, at(5), at(5) + 10 * M)


def test_cancelling_ends_the_promise_but_not_a_breach_that_was() -> None:
    assert read([opened(), fact(1, Phase.CANCELLED)], 9).state is State.CANCELLED
    assert read([opened(), fact(5, Phase.CANCELLED)], 9).state is State.BREACHED


def test_every_feedback_begins_another_cycle() -> None:
    history = [opened(), fact(0.4, None, feedback=True), fact(1, None, feedback=True)]
    first, second, third = readings(history, 1.25, FEEDBACK)
    assert (first.state, first.counted) == (State.MET, 24 * M)
    assert (second.state, second.breached_at, second.missed_periods) == (State.BREACHED, at(0.9), 1)
    assert (third.state, third.deadline) == (State.RUNNING, at(1.5))


@pytest.mark.parametrize(("minutes", "missed"), [(30, 0), (31, 1), (60, 1), (61, 2), (119, 3), (120, 3), (121, 4)])
def test_further_whole_periods_without_feedback_are_counted(minutes: int, missed: int) -> None:
    assert read([opened()], minutes / 60, FEEDBACK).missed_periods == missed


def test_feedback_in_the_same_update_as_the_restoration_ends_its_cycle_first() -> None:
    history = [opened(), Fact(at(0.4), "both", Phase.RESTORED, None, True)]
    first, second = readings(history, 3, FEEDBACK)
    assert (first.state, first.stopped_at) == (State.MET, at(0.4))
    assert (second.state, second.counted) == (State.MET, timedelta(0))


def test_feedback_is_no_news_to_other_targets() -> None:
    assert read([opened(), fact(1, None, feedback=True)], 2).counted == 2 * H


def test_a_pause_entered_and_left_in_the_update_of_the_stop_counts_nothing_away() -> None:
    history = [opened(), fact(1, Phase.HELD, "customer"), fact(3, Phase.ACCEPTED), fact(3, Phase.RESTORED)]
    assert read(history, 9).counted == H


def test_a_pause_of_no_length_leaves_no_trace() -> None:
    history = [opened(), fact(1, Phase.HELD, "customer"), fact(1, Phase.ACCEPTED)]
    assert [part.life for part in read(history, 2).intervals] == [Life.RUNNING, Life.RUNNING]


def test_a_ticket_first_seen_restored_has_no_clock() -> None:
    assert ticket_clock.read([fact(1, Phase.RESTORED)], RESTORE, ALWAYS, at(2)) is None


def test_a_ticket_first_seen_waiting_is_paused_from_the_start() -> None:
    reading = read([fact(1, Phase.HELD, "customer")], 2)
    assert (reading.state, reading.started_at, reading.counted) == (State.PAUSED, at(1), timedelta(0))


def test_stages_are_dated_by_when_they_were_reached() -> None:
    crossed = {crossing.stage: crossing.at for crossing in read([opened()], 9).crossings}
    assert crossed == {"used_50": at(2), "left_15m": at(3.75), "at_risk": at(3)}
    assert read([opened()], 9).reached == ("used_50", "at_risk", "left_15m", "breached")


def test_facts_after_now_are_not_looked_at() -> None:
    assert read([opened(), fact(3, Phase.RESTORED)], 1) == read([opened()], 1)


def test_a_stricter_term_in_mid_ticket_breaches_at_the_change_not_before_it() -> None:
    strict = replace(RESTORE, budget=2 * H)
    terms = (Term(None, RESTORE, ALWAYS), Term(at(3), strict, ALWAYS, because="x"))
    (reading,) = ticket_clock.cycles([opened()], terms, at(3.5))
    assert (reading.state, reading.breached_at, reading.counted) == (State.BREACHED, at(3), 3.5 * H)


def test_a_looser_term_does_not_undo_a_breach() -> None:
    loose = replace(RESTORE, budget=8 * H)
    terms = (Term(None, RESTORE, ALWAYS), Term(at(5), loose, ALWAYS, because="x"))
    (reading,) = ticket_clock.cycles([opened()], terms, at(6))
    assert (reading.state, reading.breached_at) == (State.BREACHED, at(4))


def test_a_looser_term_in_time_gives_more_time() -> None:
    loose = replace(RESTORE, budget=8 * H)
    terms = (Term(None, RESTORE, ALWAYS), Term(at(3), loose, ALWAYS, because="x"))
    (reading,) = ticket_clock.cycles([opened()], terms, at(4.5))
    assert (reading.state, reading.deadline) == (State.RUNNING, at(8))


def test_a_stage_that_a_looser_term_puts_ahead_is_crossed_again_at_its_own_time() -> None:
    loose = replace(RESTORE, budget=8 * H)
    terms = (Term(None, RESTORE, ALWAYS), Term(at(2.5), loose, ALWAYS, because="x"))
    (before,) = ticket_clock.cycles([opened()], terms, at(3))
    assert "used_50" not in before.reached
    assert before.next_at == at(4)
    (after,) = ticket_clock.cycles([opened()], terms, at(5))
    assert [crossing.at for crossing in after.crossings if crossing.stage == "used_50"] == [at(2), at(4)]


def test_a_stage_that_was_away_for_a_while_comes_back_at_its_own_time() -> None:
    loose = replace(RESTORE, budget=8 * H)
    terms = (
        Term(None, RESTORE, ALWAYS),
        Term(at(2.5), replace(loose, stages=()), ALWAYS, because="x"),
        Term(at(3), loose, ALWAYS, because="y"),
    )
    (before,) = ticket_clock.cycles([opened()], terms, at(3.5))
    assert ("used_50" in before.reached, before.next_at) == (False, at(4))
    (after,) = ticket_clock.cycles([opened()], terms, at(5))
    assert [crossing.at for crossing in after.crossings if crossing.stage == "used_50"] == [at(2), at(4)]


def test_a_higher_tier_with_the_same_budget_has_passed_its_stages_at_the_change() -> None:
    terms = (Term(None, replace(RESTORE, stages=()), ALWAYS), Term(at(3), RESTORE, ALWAYS, because="x"))
    waits = [opened(), fact(2.5, Phase.HELD, "customer")]
    for history in ([opened()], waits):
        (reading,) = ticket_clock.cycles(history, terms, at(3))
        assert [crossing.at for crossing in reading.crossings if crossing.stage == "used_50"] == [at(3)]


def test_a_promise_that_ends_cancels_and_one_that_begins_starts_there() -> None:
    gone = Term(at(1), None, None, because="x")
    back = Term(at(2), RESTORE, ALWAYS, because="y")
    first, second = ticket_clock.cycles([opened()], (Term(None, RESTORE, ALWAYS), gone, back), at(3))
    assert (first.state, first.stopped_at) == (State.CANCELLED, at(1))
    assert (second.cycle, second.started_at, second.counted) == (2, at(2), H)


def test_a_target_that_is_judged_as_at_its_start_keeps_its_budget_until_the_next_cycle() -> None:
    kept = replace(RESTORE, on_change=OnChange.AT_START, reopen=Reopen.NEW_CYCLE)
    strict = Term(at(1), replace(kept, budget=H), ALWAYS, tier="diamond", because="x")
    history = [opened(), fact(2, Phase.RESTORED), fact(3, Phase.ACCEPTED)]
    first, second = ticket_clock.cycles(history, (Term(None, kept, ALWAYS, tier="gold"), strict), at(5))
    assert (first.state, first.target.budget, first.tier) == (State.MET, 4 * H, "gold")
    assert (second.state, second.target.budget, second.tier) == (State.BREACHED, H, "diamond")


def test_a_target_that_is_judged_as_at_its_start_outlives_the_end_of_the_promise() -> None:
    kept = replace(RESTORE, on_change=OnChange.AT_START)
    terms = (Term(None, kept, ALWAYS), Term(at(1), None, None))
    (reading,) = ticket_clock.cycles([opened()], terms, at(5))
    assert (reading.state, reading.breached_at) == (State.BREACHED, at(4))
    (reading,) = ticket_clock.cycles([opened(), fact(2, Phase.RESTORED)], terms, at(5))
    assert (reading.state, reading.counted) == (State.MET, 2 * H)
    (reading,) = ticket_clock.cycles([opened(), fact(2, Phase.RESTORED), fact(3, Phase.ACCEPTED)], terms, at(5))
    assert (reading.state, reading.counted) == (State.AT_RISK, 4 * H)


def test_a_feedback_that_comes_after_the_promise_ended_has_no_successor() -> None:
    kept = replace(FEEDBACK, on_change=OnChange.AT_START)
    terms = (Term(None, kept, ALWAYS), Term(at(0.1), None, None))
    (reading,) = ticket_clock.cycles([opened(), fact(0.4, None, feedback=True)], terms, at(5))
    assert (reading.state, reading.stopped_at) == (State.MET, at(0.4))


@pytest.mark.parametrize(("budget", "deadline"), [(2 * H, at(2)), (8 * H, at(4))])
def test_of_two_terms_the_strictest_holds(budget: timedelta, deadline: datetime) -> None:
    strictest = replace(RESTORE, on_change=OnChange.STRICTEST)
    terms = (Term(None, strictest, ALWAYS), Term(at(1), replace(strictest, budget=budget), ALWAYS))
    (reading,) = ticket_clock.cycles([opened()], terms, at(1.5))
    assert reading.deadline == deadline
    reopened = [opened(), fact(1.2, Phase.RESTORED), fact(1.2, Phase.ACCEPTED)]
    (again,) = ticket_clock.cycles(reopened, terms, at(1.5))
    assert again.deadline == deadline


def test_terms_that_change_after_the_stop_change_nothing() -> None:
    strict = Term(at(3), replace(RESTORE, budget=M), ALWAYS, because="x")
    history = [opened(), fact(2, Phase.RESTORED)]
    (reading,) = ticket_clock.cycles(history, (Term(None, RESTORE, ALWAYS), strict), at(9))
    assert (reading.state, reading.target.budget) == (State.MET, 4 * H)


@pytest.mark.parametrize(("life", "move"), [(life, move) for life in [None, *Life] for move in Move])
def test_a_move_that_the_table_does_not_have_changes_nothing(life: Life | None, move: Move) -> None:
    assert MOVES.get((life, move)) in (None, *Life)
    if life in (Life.STOPPED, Life.CANCELLED):
        assert MOVES.get((life, move)) in (None, Life.RUNNING, Life.PAUSED)


RESETTING = replace(RESTORE, reset=frozenset({Phase.ON_SITE}))


def test_a_phase_that_resets_begins_another_cycle_each_time_that_it_comes() -> None:
    history = [opened(), fact(1, Phase.ON_SITE), fact(2, Phase.ACCEPTED), fact(3, Phase.ON_SITE)]
    found = readings(history, 4, RESETTING)
    assert [(reading.state, reading.started_at) for reading in found] == [
        (State.MET, at(0)), (State.MET, at(1)), (State.RUNNING, at(3))
    ]  # fmt: skip


def test_a_phase_that_is_only_told_again_resets_nothing() -> None:
    history = [opened(), fact(1, Phase.ON_SITE), fact(2, Phase.ON_SITE)]
    assert [reading.started_at for reading in readings(history, 3, RESETTING)] == [at(0), at(1)]


def test_a_promise_of_at_least_so_many_is_not_broken_any_more_if_the_end_was_none() -> None:
    floor = replace(RESTORE, budget=2 * ONE, measure=Measure.AT_LEAST, stages=())
    history = [opened(), fact(1, None, feedback=True), fact(2, Phase.RESTORED), fact(3, Phase.ACCEPTED)]
    assert read(history, 2.5, floor).breached_at == at(2)
    assert (read(history, 3.5, floor).state, read(history, 3.5, floor).breached_at) == (State.RUNNING, None)
    history += [fact(4, None, feedback=True), fact(5, Phase.RESTORED)]
    assert read(history, 6, floor).state is State.MET


def test_a_notice_that_was_due_before_the_change_was_opened_is_late_from_the_start() -> None:
    notice = replace(RESTORE, budget=8 * H, ahead_of=at(6), stages=())
    reading = read([opened()], 1, notice)
    assert (reading.state, reading.breached_at, reading.remaining) == (State.BREACHED, at(0), -3 * H)


def test_planned_work_that_is_put_off_moves_the_deadline_of_its_notice() -> None:
    notice = replace(RESTORE, budget=2 * H, ahead_of=at(6), stages=())
    later = Term(at(1), replace(notice, ahead_of=at(9)), ALWAYS, because="x")
    (reading,) = ticket_clock.cycles([opened()], (Term(None, notice, ALWAYS), later), at(3))
    assert (reading.deadline, reading.changes[0].budget) == (at(7), 7 * H)
