"""Nobody is called in the same second as somebody of another step, and still everybody is called in the end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall.escalation_plan import (
    GAP,
    AcknowledgedStage,
    EscalationHistory,
    KnownDeadline,
    NotifiedStage,
    Pause,
    Step,
    StepReason,
    due,
    next_due,
    plan,
)
from alerts.oncall.roster import Recipient, Role
from monitor.alert.escalation_state import HOLDER, Taken
from tests.support.cases import at

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
HOUR = timedelta(hours=1)


def person(name: str) -> tuple[Recipient, ...]:
    return (Recipient(Role.PERSON, name),)


def everybody(_whom: tuple[Recipient, ...], _at: datetime) -> bool:
    return True


def history(told: datetime, deadline: datetime, stage: str = "breached", **known: object) -> EscalationHistory:
    return EscalationHistory((NotifiedStage(stage, told),), (KnownDeadline(told, deadline),), **known)  # type: ignore[arg-type]


BREACH = history(at(10), at(10))
SHARES = (Step(0.0, person("a")), Step(0.5, person("b")), Step(0.8, person("c")))


def instants(*planned: object) -> list[timedelta | None]:
    """After the breach at 10:00."""
    return [None if item.at is None else item.at - at(10) for item in planned]  # type: ignore[attr-defined]


# -- after the breach, and unanswered -------------------------------------------------------------------------------


def test_a_step_may_come_so_long_after_the_breach() -> None:
    steps = (Step(0.0, person("a")), Step(None, person("b"), 15 * MINUTE), Step(None, person("c"), HOUR))
    planned = plan(steps, history(at(8), at(10), "used_75"), everybody)
    assert [item.at for item in planned] == [at(8), at(10.25) + timedelta(microseconds=1),
                                             at(11) + timedelta(microseconds=1)]  # fmt: skip
    assert [item.reason for item in planned] == [StepReason.SHARE, StepReason.AFTER, StepReason.AFTER]
    assert instants(*plan(steps, BREACH, everybody))[0] == timedelta(0)


def test_after_the_breach_is_counted_while_the_clock_runs() -> None:
    steps = (Step(0.0, person("a")), Step(None, person("b"), 15 * MINUTE))
    paused = history(at(10), at(10), pauses=(Pause(at(10) + 10 * MINUTE),))
    assert [item.reason for item in plan(steps, paused, everybody)] == [StepReason.SHARE, StepReason.PAUSED]
    resumed = history(at(10), at(10), pauses=(Pause(at(10) + 10 * MINUTE, at(10) + 30 * MINUTE),))
    assert instants(*plan(steps, resumed, everybody))[1] == 35 * MINUTE + timedelta(microseconds=1)


UNANSWERED = (Step(0.0, person("a")), Step(None, person("b"), unanswered=10 * MINUTE))


@pytest.mark.parametrize(
    ("taken", "due_after", "why"),
    [
        (Taken(at(10), at(10) + 2 * MINUTE), 12 * MINUTE, StepReason.UNANSWERED),
        (Taken(at(10), at(10)), 10 * MINUTE, StepReason.UNANSWERED),
        (Taken(at(10)), 10 * MINUTE, StepReason.UNDELIVERED),  # nobody can have answered what was never delivered
        (Taken(at(10), at(10) + 40 * MINUTE), 10 * MINUTE, StepReason.UNDELIVERED),  # accepted when the wait was over
        (Taken(at(10) + 7 * MINUTE, at(10) + 8 * MINUTE), 18 * MINUTE, StepReason.UNANSWERED),
    ],
)
def test_unanswered_counts_from_when_the_step_before_was_accepted_and_not_for_ever(
    taken: Taken, due_after: timedelta, why: StepReason
) -> None:
    planned = plan(UNANSWERED, history(at(10), at(10), taken={("breached", 0): taken}), everybody)
    assert (instants(planned[1]), planned[1].reason) == ([due_after], why)


def test_nobody_waits_for_an_answer_of_a_step_that_had_nobody() -> None:
    planned = plan(UNANSWERED, BREACH, lambda whom, _at: whom != person("a"))
    assert instants(*planned) == [timedelta(0), timedelta(0)]
    assert [item.reason for item in planned] == [StepReason.NOBODY, StepReason.NOBODY_BEFORE]


def test_a_later_step_of_the_breach_never_comes_with_an_earlier_one() -> None:
    steps = (*SHARES, Step(None, person("d"), MINUTE))
    assert instants(*plan(steps, BREACH, everybody)) == [timedelta(0), GAP, 2 * GAP, 3 * GAP]
    steps = (Step(0.0, person("a")), Step(None, person("d"), 30 * SECOND))
    assert instants(*plan(steps, BREACH, everybody)) == [timedelta(0), 30 * SECOND + timedelta(microseconds=1)]


def test_steps_that_are_written_alike_are_meant_to_be_called_together() -> None:
    steps = (Step(0.5, person("a")), Step(0.5, person("b")), Step(None, person("c")), Step(None, person("d")))
    assert instants(*plan(steps, BREACH, everybody)) == [timedelta(0), timedelta(0), GAP, GAP]


def test_an_empty_step_does_not_bring_the_next_together_with_somebody_who_was_just_called() -> None:
    def present(whom: tuple[Recipient, ...], _at: datetime) -> bool:
        return whom != person("b")

    steps = (Step(0.0, person("a")), Step(0.0, person("b")), Step(0.5, person("c")))
    assert instants(*plan(steps, BREACH, present)) == [timedelta(0), timedelta(0), GAP]
    steps = (*steps[:2], Step(None, person("c"), unanswered=10 * MINUTE))
    assert instants(*plan(steps, BREACH, present)) == [timedelta(0), timedelta(0), 10 * MINUTE]


# -- who had acknowledged the warning -------------------------------------------------------------------------------


def held(**known: object) -> EscalationHistory:
    """Told at 8:00, acknowledged at 8:30 by h, breached at 10:00."""
    return EscalationHistory(
        (NotifiedStage("used_75", at(8)), NotifiedStage("breached", at(10))),
        (KnownDeadline(at(8), at(10)),),
        acknowledged=(AcknowledgedStage("used_75", at(8.5), "h"),),
        **known,  # type: ignore[arg-type]
    )


def test_at_the_breach_the_holder_is_told_first_and_the_others_only_without_an_answer() -> None:
    planned = [item for item in plan(SHARES, held(), everybody) if item.run == "breached"]
    assert [item.step for item in planned] == [HOLDER, 0, 1, 2]
    assert (planned[0].holder, planned[0].reason) == ("h", StepReason.HOLDER)
    assert instants(*planned) == [timedelta(0), GAP, 2 * GAP, 3 * GAP]
    answered = held()
    answered = EscalationHistory(
        answered.notified, answered.deadlines, (),
        (*answered.acknowledged, AcknowledgedStage("breached", at(10) + MINUTE, "h")),
    )  # fmt: skip
    planned = [item for item in plan(SHARES, answered, everybody) if item.run == "breached"]
    assert instants(*planned) == [timedelta(0), None, None, None]


def test_a_holder_who_is_the_first_step_alone_is_called_once() -> None:
    def alone(whom: tuple[Recipient, ...], who: str, _at: datetime) -> bool:
        return who == "h" and whom == person("a")

    planned = [item for item in plan(SHARES, held(), everybody, alone=alone) if item.run == "breached"]
    assert [item.step for item in planned] == [0, 1, 2]
    assert instants(*planned) == [timedelta(0), GAP, 2 * GAP]


# -- whatever is written, and however late anybody looks ------------------------------------------------------------

lengths = st.sampled_from([SECOND, 30 * SECOND, MINUTE, 4 * MINUTE, 15 * MINUTE, 2 * HOUR])


@st.composite
def chains(draw: st.DrawFn) -> tuple[Step, ...]:
    """Shares in order, then the breach and what comes after it in order, with unanswered steps in between."""
    shares = sorted(draw(st.lists(st.integers(0, 100), max_size=4)))
    found = [Step(share / 100, ()) for share in shares]
    found += [Step(None, ()) for _ in range(draw(st.integers(0, 2)))]
    found += [Step(None, (), after) for after in sorted(draw(st.lists(lengths, max_size=2)))]
    for _ in range(draw(st.integers(0, 2))):
        if found:
            found.insert(draw(st.integers(1, len(found))), Step(None, (), unanswered=draw(lengths)))
    return tuple(Step(s.share, person(f"p{index}"), s.after, s.unanswered) for index, s in enumerate(found))


def looks(
    steps: tuple[Step, ...], known: EscalationHistory, late: list[timedelta], gone: set[str]
) -> Iterator[tuple[datetime, list[int]]]:
    """What is called at each look, where each comes as late as it likes; a call is accepted after a while or never."""

    def present(whom: tuple[Recipient, ...], _at: datetime) -> bool:
        return any(one.id not in gone for one in whom)

    now, taken = known.notified[0].at, dict(known.taken)
    for number in range(200):
        now += late[number % len(late)]
        at_now = EscalationHistory(known.notified, known.deadlines, known.pauses, known.acknowledged, taken)
        planned = plan(steps, at_now, present, now=now)
        called = [item.step for item in due(planned, now) if (item.run, item.step) not in taken]
        if called:
            yield now, called
        accepted = None if number % 3 == 0 else now + number % 5 * MINUTE
        taken |= {(known.notified[0].stage, step): Taken(now, accepted) for step in called}
        following = next_due(planned, now)  # as `judge` has it, before what is called now is remembered
        if following is None:
            return
        now = following


late = st.lists(st.sampled_from([timedelta(0), SECOND, MINUTE, HOUR, 30 * HOUR]), min_size=1, max_size=5)
gone = st.sets(st.sampled_from(["p0", "p1", "p2", "p3"]), max_size=3)
lefts = st.sampled_from([timedelta(0), -2 * HOUR, 5 * SECOND, 2 * MINUTE, 10 * MINUTE, 4 * HOUR])
pauses = st.lists(
    st.builds(
        lambda a, b: Pause(at(0) + a * MINUTE, at(0) + (a + b) * MINUTE), st.integers(0, 600), st.integers(1, 300)
    ),
    max_size=2,
)
unanswered = st.builds(lambda left, some: history(at(0), at(0) + left, "used_90", pauses=tuple(some)), lefts, pauses)
"""Courses in which nobody answers: told at 0:00, with so much left, and with pauses."""


@given(chains(), unanswered, late, gone)
def test_never_are_two_steps_called_in_one_second_unless_they_are_written_alike_or_nobody_was_there(
    steps: tuple[Step, ...], known: EscalationHistory, late: list[timedelta], gone: set[str]
) -> None:
    """Also where the program was stopped meanwhile, and where receivers accept late or never."""
    before: tuple[datetime, int] | None = None
    for now, called in looks(steps, known, late, gone):
        for step in called:
            if steps[step].whom[0].id in gone:
                continue
            if before is not None and now - before[0] < SECOND:
                assert all(steps[n].called_together_with(steps[n + 1]) for n in range(before[1], step))
            before = now, step


@given(chains(), unanswered, late, gone)
def test_a_chain_reaches_its_end_in_order_if_nobody_answers(
    steps: tuple[Step, ...], known: EscalationHistory, late: list[timedelta], gone: set[str]
) -> None:
    called = [step for _, some in looks(steps, known, late, gone) for step in some]
    assert called == list(range(len(steps)))
