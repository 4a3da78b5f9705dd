"""The clock against an oracle that walks in small steps, and what must hold of any history (issue 2)."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.history.mapping import Fact
from monitor.model import Life, Phase, Reopen, State
from monitor.policy.target import Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import TICK, WorkingTime
from tests.support.cases import at
from tests.support.oracle import Oracle, differences

M = timedelta(minutes=1)
STEP = 5 * M
ALWAYS = Calendar("always", always=True)
WORK = frozenset({Phase.OPENED, Phase.ACCEPTED, Phase.HELD})
DONE = frozenset({Phase.RESTORED, Phase.CLOSED})

RESTORE = Target("restore", 240 * M, WORK, DONE, frozenset({"customer"}))
ACCEPT = Target(
    "accept", 20 * M, frozenset({Phase.OPENED}), DONE | {Phase.ACCEPTED, Phase.HELD}, reopen=Reopen.NEW_CYCLE
)
FEEDBACK = replace(RESTORE, name="feedback", budget=40 * M, recurring=True, pauses=frozenset())
PAUSING_FEEDBACK = replace(FEEDBACK, pauses=frozenset({"customer"}))
# HELD runs nothing here, and CLOSED ends nothing: a policy that a user may well write.
NARROW = Target(
    "narrow", 120 * M, frozenset({Phase.OPENED, Phase.ACCEPTED}), frozenset({Phase.RESTORED}), frozenset({"customer"})
)

KINDS: dict[str, tuple[Phase | None, str | None, bool]] = {
    "opened": (Phase.OPENED, None, False),
    "accepted": (Phase.ACCEPTED, None, False),
    "waits for the customer": (Phase.HELD, "customer", False),
    "waits for a part": (Phase.HELD, "part", False),
    "waits for nothing named": (Phase.HELD, None, False),
    "restored": (Phase.RESTORED, None, False),
    "closed": (Phase.CLOSED, None, False),
    "cancelled": (Phase.CANCELLED, None, False),
    "unknown": (Phase.UNKNOWN, None, False),
    "feedback": (None, None, True),
    "restored with feedback": (Phase.RESTORED, None, True),
    "nothing said": (None, None, False),
}


def fact(number: int, when: datetime, kind: str) -> Fact:
    phase, reason, feedback = KINDS[kind]
    return Fact(when, f"e{number:02}", phase, reason, feedback, status=kind)


@dataclass(frozen=True)
class Case:
    """A history, the terms of one target over it, and the instant of the reading."""

    facts: tuple[Fact, ...]
    terms: tuple[Term, ...]
    now: datetime

    def readings(self, now: datetime | None = None) -> list[Reading]:
        """Every cycle at *now*, of what has been heard by the case's own instant."""
        known = [fact for fact in self.facts if fact.at <= self.now]
        agreed = [term for term in self.terms if term.since is None or term.since <= self.now]
        return list(ticket_clock.cycles(known, agreed, now or self.now))


quarters = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def days(draw: st.DrawFn) -> tuple[tuple[time, time], ...]:
    opening, closing = sorted(draw(st.tuples(quarters, quarters)))
    if opening == closing:
        return ((opening, time(0)),)  # until midnight
    middle = time((opening.hour + closing.hour + 1) // 2)
    return (
        ((opening, middle), (middle.replace(minute=45), closing))
        if opening < middle and middle.replace(minute=45) < closing
        else ((opening, closing),)
    )


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    weekly = draw(st.dictionaries(st.integers(0, 6), days(), max_size=3))
    overlay = draw(st.dictionaries(st.dates(date(2026, 1, 4), date(2026, 1, 9)), st.just(()) | days(), max_size=2))
    zone = draw(st.sampled_from(["UTC", "Asia/Shanghai", "Asia/Kolkata", "Europe/Berlin"]))
    office = ((time(8), time(12)), (time(13), time(17)))
    return Calendar("random", zone=zone, weekly={0: office, 2: office, 4: office, **weekly}, days=overlay)


stages = st.sets(
    st.sampled_from(
        [
            Stage("used_50", share=0.5),
            Stage("used_25", share=0.25),
            Stage("left_15m", left=15 * M),
            Stage("left_6h", left=360 * M),  # more than most budgets: reached at the start
            Stage("wall_15m", wall=15 * M),
            Stage("wall_1h", wall=60 * M),
            Stage("wall_3h", wall=180 * M),
            Stage("breached", share=1.0),
        ]
    ),
    max_size=4,
).map(tuple)
offsets = st.integers(0, 150).map(lambda ten: timedelta(minutes=10 * ten))


@st.composite
def cases(draw: st.DrawFn, changes: bool = True) -> Case:
    base = draw(
        st.sampled_from(
            [RESTORE, replace(RESTORE, reopen=Reopen.NEW_CYCLE), ACCEPT, FEEDBACK, PAUSING_FEEDBACK, NARROW]
        )
    )
    said = draw(st.lists(st.tuples(offsets, st.sampled_from(sorted(KINDS))), min_size=1, max_size=9))
    if draw(st.booleans()):
        said.append((timedelta(0), "opened"))
    said.sort(key=lambda item: item[0])
    facts = tuple(fact(number, at(0) + offset, kind) for number, (offset, kind) in enumerate(said))
    calendars_used = st.sampled_from([WorkingTime(ALWAYS), WorkingTime(draw(calendars()))])
    terms = [_term(draw, base, None, calendars_used)]
    if changes:
        moments = draw(st.sets(offsets, max_size=2))
        terms += [_term(draw, base, at(0) + offset, calendars_used) for offset in sorted(moments)]
    now = at(0) + draw(offsets) + draw(st.sampled_from([timedelta(0), timedelta(0), timedelta(hours=24)]))
    return Case(facts, tuple(terms), now)


def _term(draw: st.DrawFn, base: Target, since: datetime | None, hours: st.SearchStrategy[WorkingTime]) -> Term:
    if draw(st.integers(0, 5)) == 0:
        return Term(since, None, None, because="t")
    twenties = draw(st.sampled_from([None, 1, 3, 6, 24]))
    target = replace(base, stages=draw(stages), budget=base.budget if twenties is None else twenties * 20 * M)
    return Term(since, target, draw(hours), because="t")


@st.composite
def running(draw: st.DrawFn) -> Case:
    """A case whose clock runs at its instant, with some of its budget left, or just none."""
    case = draw(cases(changes=False).filter(lambda case: case.terms[0].target is not None))
    (term,) = case.terms
    assert term.target is not None
    work = fact(99, case.now, "opened" if term.target.name == "accept" else "accepted")
    facts = (*(fact for fact in case.facts if fact.at <= case.now), work)
    generous = replace(term, target=replace(term.target, budget=timedelta(days=60)))
    counted = Case(facts, (generous,), case.now).readings()[-1].counted
    left = max(draw(st.integers(0, 24)) * 20 * M, M if not counted else timedelta(0))
    return Case(facts, (replace(term, target=replace(term.target, budget=counted + left)),), case.now)


def walked(case: Case) -> Oracle:
    oracle = Oracle(case.terms, STEP)
    oracle.walk(case.facts, case.now)
    return oracle


@given(cases())
def test_every_reading_is_what_walking_step_by_step_gives(case: Case) -> None:
    oracle = walked(case)
    event(f"{min(len(oracle.cycles), 4)} cycles")
    assert differences(case.readings(), oracle.cycles, case.now, STEP) == []


SIESTA = Calendar("siesta", weekly={day: ((time(0), time(2)), (time(6), time(0))) for day in range(7)})
"""Work ends at 2:00, just when two hours have counted, and begins again at 6:00."""

BUDGETS = {
    "one budget": (80, None, ALWAYS),
    "looser": (80, 200, ALWAYS),
    "stricter": (160, 80, ALWAYS),
    "siesta": (120, None, SIESTA),
}


@pytest.mark.parametrize("budget", BUDGETS)
@pytest.mark.parametrize(
    "target",
    [RESTORE, replace(RESTORE, reopen=Reopen.NEW_CYCLE), ACCEPT, FEEDBACK, PAUSING_FEEDBACK, NARROW],
    ids=["restore", "restore anew", "accept", "feedback", "feedback that pauses", "narrow"],
)
def test_every_history_of_three_facts_is_what_walking_gives(target: Target, budget: str) -> None:
    minutes, later, hours = BUDGETS[budget]
    calendar, now, step = WorkingTime(hours), at(5), 20 * M
    target = replace(target, at_risk=0.5)  # on whole steps
    terms = [Term(None, replace(target, budget=minutes * M), calendar)]
    if later is not None:
        terms.append(Term(at(2), replace(target, budget=later * M), calendar))
    for kinds in itertools.product(KINDS, repeat=3):
        told = zip((0, 1, 3), kinds, strict=True)
        facts = tuple(fact(number, at(hour), kind) for number, (hour, kind) in enumerate(told))
        oracle = Oracle(terms, step)
        oracle.walk(facts, now)
        readings = list(ticket_clock.cycles(facts, terms, now))
        assert (kinds, differences(readings, oracle.cycles, now, step)) == (kinds, [])
        if oracle.cycle is not None:
            assert (kinds, readings[-1].next_at) == (kinds, oracle.cycle.next_at(now, step))


@given(cases())
def test_the_next_instant_is_the_first_at_which_anything_changes(case: Case) -> None:
    oracle, readings = walked(case), case.readings()
    assume(readings)
    assert oracle.cycle is not None
    last = readings[-1]
    assert last.next_at == oracle.cycle.next_at(case.now, STEP)
    assert all(reading.next_at is None for reading in readings[:-1])

    def shown(now: datetime) -> tuple[State, tuple[str, ...], int]:
        later = case.readings(now)[-1]
        return later.state, later.reached, later.missed_periods

    if last.next_at is None:
        event("nothing to come")
        assert shown(case.now + timedelta(days=40)) == shown(case.now)
        return
    assert last.next_at > case.now
    assert shown(last.next_at - TICK) == shown(case.now)
    assert shown(last.next_at) != shown(case.now)


@given(running())
def test_counting_up_to_the_deadline_gives_the_budget_and_a_tick_of_working_time_more_breaches(case: Case) -> None:
    open_clock, calendar = case.readings()[-1], case.terms[-1].calendar
    assume(open_clock.breached_at is None)  # an earlier feedback's cycle may have been longer than this budget
    assert open_clock.life is Life.RUNNING
    assert open_clock.deadline is not None
    assert calendar is not None
    due = case.readings(max(open_clock.deadline, case.now))[-1]
    assert (due.counted, due.breached_at, due.deadline) == (open_clock.target.budget, None, open_clock.deadline)
    assert due.remaining == timedelta(0)
    # At closing time the promise is not broken yet: only work that begins again breaks it.
    closed_until = calendar.last(max(open_clock.deadline, case.now), timedelta(0))
    assert case.readings(closed_until)[-1].breached_at is None
    late = case.readings(closed_until + TICK)[-1]
    assert (late.state, late.breached_at, late.deadline) == (State.BREACHED, open_clock.deadline, open_clock.deadline)
    assert late.counted == open_clock.target.budget + TICK


@given(cases())
def test_counted_time_never_exceeds_wall_time_and_is_the_sum_of_its_intervals(case: Case) -> None:
    for reading in case.readings():
        until = reading.stopped_at or case.now
        assert timedelta(0) <= reading.counted <= until - reading.started_at
        assert sum((part.counted for part in reading.intervals), timedelta(0)) == reading.counted
        for part in reading.intervals:
            assert part.end > part.start or part.start == case.now  # what began at this very instant
            assert part.counted <= (part.end - part.start if part.life is Life.RUNNING else timedelta(0))
        edges = [(part.start, part.end) for part in reading.intervals]
        assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))
        if edges:
            assert (edges[0][0], edges[-1][1]) == (reading.started_at, until)


@given(cases())
def test_cycles_follow_one_another_and_only_the_last_can_be_open(case: Case) -> None:
    readings = case.readings()
    assert [reading.cycle for reading in readings] == list(range(1, len(readings) + 1))
    for before, after in itertools.pairwise(readings):
        assert not before.open
        assert before.stopped_at is not None
        assert before.stopped_at <= after.started_at
    for reading in readings:
        assert (reading.stopped_at is None) == reading.open
        assert (reading.state is State.BREACHED) == (reading.breached_at is not None)


@given(cases(changes=False))
def test_a_clock_is_breached_exactly_if_more_than_its_budget_has_counted(case: Case) -> None:
    for reading in case.readings():
        assert (reading.breached_at is not None) == (reading.counted > reading.target.budget)
        if reading.breached_at is not None:
            assert reading.deadline == reading.breached_at
            assert reading.started_at + reading.target.budget <= reading.breached_at


def _unpromised(over: Reading, facts: list[Fact], terms: list[Term]) -> bool:
    """Whether a fact since its end says that the work goes on, at whose instant the terms promise nothing."""
    end = over.stopped_at
    since = [fact for fact in facts if fact.phase in WORK and end is not None and fact.at >= end]
    in_force = [[term for term in terms if term.since is None or term.since <= fact.at][-1] for fact in since]
    return any(term.target is None for term in in_force)


@given(cases(), offsets)
def test_what_happens_later_is_not_known_before(case: Case, earlier: timedelta) -> None:
    now = min(at(0) + earlier, case.now)
    known_then = [fact for fact in case.facts if fact.at <= now]
    agreed = [term for term in case.terms if term.since is None or term.since <= now]

    whole = list(ticket_clock.cycles(case.facts, case.terms, now))
    expected = list(ticket_clock.cycles(known_then, agreed, now))
    ahead = min((term.since for term in case.terms if term.since is not None and term.since > now), default=None)
    # When to look again is known: of what is not over, and of what was reopened while nothing was promised.
    again = bool(expected) and (expected[-1].life is not Life.STOPPED or _unpromised(expected[-1], known_then, agreed))
    if again and ahead is not None and (expected[-1].life is not Life.STOPPED or whole[-1].next_at is not None):
        next_at = expected[-1].next_at
        expected[-1] = replace(expected[-1], next_at=ahead if next_at is None else min(next_at, ahead))
    assert whole == expected


@given(cases(), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_while_nothing_is_heard_time_only_adds(case: Case, longer: timedelta) -> None:
    now, later = case.readings(), case.readings(case.now + longer)
    assert now[:-1] == later[:-1]
    for one, other in zip(now[-1:], later[-1:], strict=True):
        assert one.counted <= other.counted <= one.counted + longer
        assert set(one.reached) <= set(other.reached)
        assert set(one.crossings) <= set(other.crossings)
        if one.breached_at is not None:
            assert other.breached_at == one.breached_at
