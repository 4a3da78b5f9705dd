from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall.escalation_plan import (  # fmt: skip
    GAP,
    TOGETHER,
    AcknowledgedStage,
    EscalationHistory,
    KnownDeadline,
    NotifiedStage,
    Pause,
    PlannedStep,
    Step,
    StepReason,
    due,
    next_due,
    plan,
)
from alerts.oncall.roster import Recipient, Role
from tests.support.cases import at

TICK = timedelta(microseconds=1)


def person(name: str) -> tuple[Recipient, ...]:
    return (Recipient(Role.PERSON, name),)


STEPS = (Step(0.0, person("first")), Step(0.5, person("second")), Step(0.8, person("boss")), Step(None, person("head")))


def everybody(_whom: tuple[Recipient, ...], _at: datetime) -> bool:
    return True


def without(*names: str):  # type: ignore[no-untyped-def]
    return lambda whom, _at: any(one.id not in names for one in whom)


def history(*more: NotifiedStage, **known: object) -> EscalationHistory:
    """Told at 0:00 with the deadline at 10:00."""
    whole = EscalationHistory((NotifiedStage("used_75", at(0)), *more), (KnownDeadline(at(0), at(10)),))
    return replace(whole, **known)  # type: ignore[arg-type]


def instants(planned: tuple[PlannedStep, ...], run: str = "used_75") -> list[datetime | None]:
    return [item.at for item in planned if item.run == run]


def reasons(planned: tuple[PlannedStep, ...], run: str = "used_75") -> list[StepReason]:
    return [item.reason for item in planned if item.run == run]


# -- shares of the time that is left -------------------------------------------------------------------------------


def test_steps_stand_at_shares_of_the_time_that_was_left() -> None:
    planned = plan(STEPS, history(), everybody)
    assert instants(planned) == [at(0), at(5), at(8), at(10) + TICK]
    assert reasons(planned) == [StepReason.SHARE, StepReason.SHARE, StepReason.SHARE, StepReason.BREACHED]


def test_a_step_is_due_from_its_instant_on_and_that_of_a_breach_only_after_the_deadline() -> None:
    planned = plan(STEPS, history(), everybody)
    assert [item.step for item in due(planned, at(5))] == [0, 1]
    assert [item.step for item in due(planned, at(5) - TICK)] == [0]
    assert [item.step for item in due(planned, at(10))] == [0, 1, 2]
    assert [item.step for item in due(planned, at(10) + TICK)] == [0, 1, 2, 3]
    assert next_due(planned, at(6)) == at(8)
    assert next_due(planned, at(11)) is None


def test_told_with_no_time_left_one_is_called_after_the_other() -> None:
    late = EscalationHistory((NotifiedStage("breached", at(10)),), (KnownDeadline(at(0), at(10)),))
    planned = plan(STEPS, late, everybody)
    assert instants(planned, "breached") == [at(10), at(10) + GAP, at(10) + 2 * GAP, at(10) + 3 * GAP]
    assert reasons(planned, "breached") == [StepReason.SHARE, StepReason.SPACED, StepReason.SPACED, StepReason.SPACED]


def test_told_so_shortly_before_that_steps_coincide_the_others_wait_for_an_answer() -> None:
    late = EscalationHistory(
        (NotifiedStage("used_90", at(10) - timedelta(seconds=5)),), (KnownDeadline(at(0), at(10)),)
    )
    first = at(10) - timedelta(seconds=5)
    planned = plan(STEPS, late, everybody, timedelta(minutes=2))
    assert instants(planned, "used_90") == [first + timedelta(minutes=2 * n) for n in range(4)]


def test_shares_keep_their_meaning_while_a_minute_lies_between_them() -> None:
    told = at(10) - timedelta(minutes=5)
    planned = plan(
        STEPS, EscalationHistory((NotifiedStage("used_50", told),), (KnownDeadline(at(0), at(10)),)), everybody
    )
    minutes = [2.5, 4, 5]
    assert instants(planned, "used_50") == [told, *(told + timedelta(minutes=m) for m in minutes[:2]), at(10) + TICK]


def test_nothing_told_is_no_plan() -> None:
    assert plan(STEPS, EscalationHistory((), ()), everybody) == ()


def test_while_time_is_left_steps_that_come_too_close_are_a_minute_apart() -> None:
    """Of ten minutes to accept, told at 75 %: the lead at 1:15, the boss a minute later, and then no time is left."""
    told = at(10) - timedelta(minutes=2.5)
    planned = plan(
        STEPS, EscalationHistory((NotifiedStage("used_75", told),), (KnownDeadline(at(0), at(10)),)), everybody
    )
    minutes = [None if item.at is None else (item.at - told) / timedelta(minutes=1) for item in planned]
    assert minutes == [0, 1.25, 2.25, 7.25]


def test_without_a_deadline_no_time_is_left_to_share_and_nothing_is_broken() -> None:
    planned = plan(STEPS, EscalationHistory((NotifiedStage("backlog", at(0)),), ()), everybody)
    assert instants(planned, "backlog") == [at(0), at(0) + GAP, at(0) + 2 * GAP, None]
    assert reasons(planned, "backlog") == [
        StepReason.SHARE,
        StepReason.SPACED,
        StepReason.SPACED,
        StepReason.NO_DEADLINE,
    ]


# -- a deadline that moves -----------------------------------------------------------------------------------------


def test_a_later_deadline_puts_the_remaining_steps_off() -> None:
    moved = history(deadlines=(KnownDeadline(at(0), at(10)), KnownDeadline(at(6), at(20))))
    assert instants(plan(STEPS, moved, everybody)) == [at(0), at(5), at(16), at(20) + TICK]


def test_a_nearer_deadline_brings_them_on_and_what_it_has_passed_comes_one_after_the_other() -> None:
    moved = history(deadlines=(KnownDeadline(at(0), at(10)), KnownDeadline(at(4), at(5))))
    assert instants(plan(STEPS, moved, everybody)) == [at(0), at(4), at(4) + TOGETHER, at(5) + TICK]


def test_a_deadline_that_is_found_to_have_passed_makes_everything_due_one_after_the_other() -> None:
    moved = history(deadlines=(KnownDeadline(at(0), at(10)), KnownDeadline(at(4), at(3))))
    assert instants(plan(STEPS, moved, everybody)) == [at(0), at(4), at(4) + GAP, at(4) + 2 * GAP]


# -- pauses --------------------------------------------------------------------------------------------------------


def test_a_pause_is_silent_and_does_not_count() -> None:
    waiting = history(pauses=(Pause(at(4)),))
    planned = plan(STEPS, waiting, everybody)
    assert instants(planned) == [at(0), None, None, None]
    assert reasons(planned)[1:] == [StepReason.PAUSED] * 3
    resumed = history(
        pauses=(Pause(at(4), at(7)),), deadlines=(KnownDeadline(at(0), at(10)), KnownDeadline(at(7), at(13)))
    )
    assert instants(plan(STEPS, resumed, everybody)) == [at(0), at(8), at(11), at(13) + TICK]


def test_told_in_a_pause_the_first_step_waits_for_its_end() -> None:
    assert instants(plan(STEPS, history(pauses=(Pause(at(-1), at(2)),)), everybody))[0] == at(2)


# -- nobody there --------------------------------------------------------------------------------------------------


def test_a_step_with_nobody_on_duty_is_not_waited_for() -> None:
    planned = plan(STEPS, history(), without("second"))
    assert instants(planned) == [at(0), at(5), at(5), at(10) + TICK]
    assert reasons(planned) == [StepReason.SHARE, StepReason.NOBODY, StepReason.NOBODY_BEFORE, StepReason.BREACHED]


def test_several_empty_steps_are_skipped_together_but_never_to_a_breach_that_is_not_one() -> None:
    planned = plan(STEPS, history(), without("first", "second", "boss"))
    assert instants(planned) == [at(0), at(0), at(0), at(10) + TICK]
    assert reasons(planned) == [StepReason.NOBODY, StepReason.NOBODY, StepReason.NOBODY, StepReason.BREACHED]


# -- acknowledgements ----------------------------------------------------------------------------------------------


def test_an_acknowledgement_stops_what_is_still_to_come() -> None:
    planned = plan(STEPS, history(acknowledged=(AcknowledgedStage("used_75", at(5.5), "first"),)), everybody)
    assert instants(planned) == [at(0), at(5), None, None]
    assert reasons(planned)[2:] == [StepReason.ACKNOWLEDGED] * 2


def test_a_worse_stage_begins_anew_after_an_acknowledgement() -> None:
    worse = history(NotifiedStage("used_90", at(6)), acknowledged=(AcknowledgedStage("used_75", at(3)),))
    planned = plan(STEPS, worse, everybody)
    assert instants(planned) == [at(0), None, None, None]
    assert instants(planned, "used_90") == [at(6), at(8), at(9.2), at(10) + TICK]


def test_a_worse_stage_goes_on_where_nobody_had_acknowledged() -> None:
    worse = plan(STEPS, history(NotifiedStage("used_90", at(6))), everybody)
    assert worse == plan(STEPS, history(), everybody)


def test_who_acknowledges_a_stage_that_has_been_passed_acknowledges_nothing() -> None:
    worse = history(NotifiedStage("used_90", at(6)), acknowledged=(AcknowledgedStage("used_75", at(7)),))
    assert instants(plan(STEPS, worse, everybody)) == [at(0), at(5), at(8), at(10) + TICK]


def test_the_same_stage_told_again_after_a_pause_is_no_worse_one() -> None:
    again = history(NotifiedStage("used_75", at(6)), acknowledged=(AcknowledgedStage("used_75", at(3)),))
    assert [item.run for item in plan(STEPS, again, everybody)] == ["used_75"] * 4


def test_an_acknowledgement_from_before_the_page_counts_for_nothing() -> None:
    early = history(acknowledged=(AcknowledgedStage("used_75", at(-1)),))
    assert instants(plan(STEPS, early, everybody)) == instants(plan(STEPS, history(), everybody))


# -- whatever happens ----------------------------------------------------------------------------------------------

hours = st.integers(0, 40 * 60).map(lambda minutes: at(0) + timedelta(minutes=minutes))


@st.composite
def courses(draw: st.DrawFn, changes: bool = True) -> EscalationHistory:
    """A clock that is told at 0:00; after its last change, it runs."""
    stages = ["used_75", "used_90", "breached"][: draw(st.integers(1, 3))]
    told = [at(0), *sorted(draw(st.lists(hours, min_size=2, max_size=2)))]
    moved = draw(st.lists(st.tuples(hours, hours), max_size=3)) if changes else []
    pauses = draw(st.lists(st.tuples(hours, st.integers(1, 600)), max_size=3))
    acks = draw(st.lists(st.tuples(st.sampled_from(stages), hours), max_size=3))
    return EscalationHistory(
        tuple(NotifiedStage(stage, when) for stage, when in zip(stages, told, strict=False)),
        (KnownDeadline(at(0), draw(hours)), *(KnownDeadline(known, to) for known, to in moved)),
        tuple(Pause(since, since + timedelta(minutes=minutes)) for since, minutes in pauses),
        tuple(AcknowledgedStage(stage, when) for stage, when in acks),
    )


def running(moment: datetime, known: EscalationHistory) -> timedelta:
    """How long the clock had run by then."""
    minutes = int((moment - at(0)) / timedelta(minutes=1)) + 1
    ran = sum(not any(p.holds(at(0) + timedelta(minutes=n)) for p in known.pauses) for n in range(minutes))
    return timedelta(minutes=ran)


ladders = st.builds(
    lambda shares, breach: tuple(
        [Step(share / 100, person(f"s{index}")) for index, share in enumerate(sorted(shares))]
        + [Step(None, person(f"b{index}")) for index in range(breach)]
    ),
    st.lists(st.integers(0, 100), max_size=5), st.integers(0, 2),
)  # fmt: skip
absent = st.sets(st.sampled_from(["s0", "s1", "s2", "b0"]))


@given(ladders, courses(), absent)
def test_no_step_is_due_twice_and_they_keep_their_order(
    steps: tuple[Step, ...], known: EscalationHistory, gone: set[str]
) -> None:
    planned = plan(steps, known, without(*gone))
    assert len({(item.run, item.step) for item in planned}) == len(planned)
    for run in {item.run for item in planned}:
        when = [item.at for item in planned if item.run == run]
        assert [item.step for item in planned if item.run == run] == list(range(len(steps)))
        came = [moment for moment in when if moment is not None]
        assert came == sorted(came)
        assert when[: len(came)] == came, "what is not due any more comes after what was"


@given(ladders, courses(), absent)
def test_nothing_is_due_in_a_pause_or_once_acknowledged(
    steps: tuple[Step, ...], known: EscalationHistory, gone: set[str]
) -> None:
    planned = plan(steps, known, without(*gone))
    began = {stage.stage: stage.at for stage in known.notified}
    for item in planned:
        if item.at is not None:
            assert item.at >= began[item.run]
            assert not any(pause.holds(item.at) for pause in known.pauses)
            worst = [stage for stage in known.notified if stage.at <= item.at][-1]
            since = max(worst.at, began[item.run])
            assert not any(ack.stage == worst.stage and since <= ack.at <= item.at for ack in known.acknowledged)


@given(ladders, courses(), absent)
def test_a_chain_reaches_its_end_by_the_breach_and_a_gap_for_each_step(
    steps: tuple[Step, ...], known: EscalationHistory, gone: set[str]
) -> None:
    """By the deadline as it was last known, or by the last change if that is later."""
    alone = replace(known, acknowledged=())
    latest = sorted(alone.deadlines, key=lambda item: item.known_at)[-1]
    changes = [latest.known_at, *(pause.until for pause in alone.pauses if pause.until)]
    by = max([latest.deadline or at(0), *changes]) + TICK
    planned = plan(steps, alone, without(*gone))
    assert len(planned) == len(steps)
    assert all(item.at is not None and item.at <= by + len(steps) * GAP for item in planned)


@given(ladders, courses(), st.integers(0, 3), st.integers(1, 2000), absent)
def test_a_shorter_deadline_makes_a_step_later_by_the_gaps_at_most(
    steps: tuple[Step, ...], known: EscalationHistory, which: int, minutes: int, gone: set[str]
) -> None:
    alone = replace(known, acknowledged=())
    index = which % len(alone.deadlines)
    shorter = list(alone.deadlines)
    old = shorter[index]
    assert old.deadline is not None
    shorter[index] = replace(old, deadline=old.deadline - timedelta(minutes=minutes))
    before = plan(steps, alone, without(*gone))
    after = plan(steps, replace(alone, deadlines=tuple(shorter)), without(*gone))
    for one, two in zip(before, after, strict=True):
        assert one.at is not None
        assert two.at is not None
        assert running(two.at, known) <= running(one.at, known) + len(steps) * GAP


@pytest.mark.parametrize("until", [None, 3])
def test_a_step_that_was_due_before_a_pause_is_due_whether_or_not_the_pause_has_an_end(until: int | None) -> None:
    steps = (Step(0.0, person("s0")), Step(0.01, person("s1")))
    two = at(0) + timedelta(minutes=2)
    pause = Pause(two, None if until is None else at(0) + timedelta(minutes=until))
    known = EscalationHistory((NotifiedStage("used_75", at(0)),), (KnownDeadline(at(0), two),), (pause,))
    assert [item.at for item in due(plan(steps, known, without()), two)] == [at(0), at(0) + timedelta(minutes=1)]


@given(ladders, courses(), hours, absent)
def test_what_is_learnt_later_changes_nothing_of_what_was_due(
    steps: tuple[Step, ...], known: EscalationHistory, now: datetime, gone: set[str]
) -> None:
    """So a step that was done stays in the plan, and is not done again."""

    def as_of(moment: datetime) -> EscalationHistory:
        return EscalationHistory(
            tuple(item for item in known.notified if item.at <= moment),
            tuple(item for item in known.deadlines if item.known_at <= moment),
            tuple(
                replace(item, until=item.until if item.until and item.until <= moment else None)
                for item in known.pauses
                if item.since <= moment
            ),
            tuple(item for item in known.acknowledged if item.at <= moment),
        )

    then = {(item.run, item.step): item.at for item in due(plan(steps, as_of(now), without(*gone)), now)}
    later = {(item.run, item.step): item.at for item in due(plan(steps, known, without(*gone)), now)}
    assert then == later
