"""Allowances of circuits against an oracle that walks from step to step, and what must hold of any history."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import AgreementKind, CircuitState, Life, Measure, OnChange, Period, State
from monitor.policy.target import ONE, Stage, Target
from monitor.policy.terms import Term
from monitor.worktime import periods
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import TICK, WorkingTime
from tests.support.calendars import ZONES, near_the_change
from tests.support.oracle_allowances import Allowance, differences, length, number

H, M = timedelta(hours=1), timedelta(minutes=1)
STEP = 30 * M
DOWN, UP, WEAK, SILENT = CircuitState.UNAVAILABLE, CircuitState.AVAILABLE, CircuitState.DEGRADED, CircuitState.UNKNOWN
SAID = [
    (DOWN, None), (DOWN, None), (UP, None), (UP, None), (WEAK, None), (SILENT, None), (None, None),
    (DOWN, "planned_work"), (UP, "planned_work"), (DOWN, "somebody"), (SILENT, "planned_work"),
]  # fmt: skip
PERIODS = {Period.DAY: 6, Period.WEEK: 24, Period.MONTH: 60, Period.QUARTER: 60, Period.YEAR: 60}
"""How many hours lie between facts at most, so that some histories leave their period."""


@dataclass(frozen=True)
class Case:
    facts: tuple[Fact, ...]
    versions: tuple[Version, ...]
    now: datetime

    def readings(self, now: datetime | None = None) -> list[Reading]:
        known = [fact for fact in self.facts if fact.at <= self.now]
        return list(ticket_clock.judged(known, self.versions, now or self.now))


@st.composite
def targets(
    draw: st.DrawFn, start: frozenset[CircuitState], period: Period, on_change: OnChange, counts: bool
) -> Target:
    amount, share, measure = draw(st.integers(1, 12)) * H, 0.0, Measure.TIME
    if counts:
        amount, measure = draw(st.integers(1, 4)) * ONE, Measure.COUNT
    elif draw(st.booleans()):
        amount, share = timedelta(0), draw(st.sampled_from([0.0005, 0.01, 0.1, 0.5]))
    listed = st.sampled_from(
        [
            Stage("used_50", share=0.5),
            Stage("left_2h", left=2 * H),
            Stage("wall_5m", wall=5 * M),
            Stage("wall_2h", wall=2 * H),
            Stage("wall_10h", wall=10 * H),
        ]
    )
    stages = draw(st.sets(listed, max_size=3).map(tuple))
    return Target(
        "interruption", amount, start, frozenset(), frozenset({"planned_work"}), on_change=on_change, period=period,
        share=share, measure=measure, stages=stages,
    )  # fmt: skip


@st.composite
def cases(draw: st.DrawFn, changes: bool = True, versions: bool = True) -> Case:
    period = draw(st.sampled_from(sorted(PERIODS)))
    on_change = draw(st.sampled_from(sorted(OnChange)))
    counts = draw(st.integers(0, 2)) == 0
    zone = draw(st.sampled_from(ZONES))
    office = Calendar(
        "office", zone=zone, weekly={day: ((time(8), time(12)), (time(13), time(17, 30))) for day in range(6)}
    )
    always = Calendar("always", zone=zone, always=True)
    hours = WorkingTime(always if draw(st.integers(0, 3)) else office)
    edge = draw(st.sampled_from([*near_the_change(), datetime(2026, 6, 30, 12, tzinfo=UTC)]))
    begins = at = edge - draw(st.integers(0, 4)) * 12 * H
    facts = []
    for index, hour in enumerate(draw(st.lists(st.integers(0, 2 * PERIODS[period]), min_size=1, max_size=8))):
        at += hour * 30 * M
        state, excuse = draw(st.sampled_from(SAID))
        facts.append(Fact(at, f"e{index:02}", state, excuse))
    span = int((at - begins) / STEP) + 20
    instants = st.integers(-2, span).map(lambda half: begins + half * STEP)

    def version(since: datetime | None) -> Version:
        moments: list[datetime | None] = [None]
        if changes:
            moments += sorted(draw(st.sets(instants, max_size=3)))
        start = draw(st.sampled_from([frozenset({DOWN}), frozenset({DOWN, WEAK})]))
        return Version(since, tuple(term(moment, start) for moment in moments))

    def term(since: datetime | None, start: frozenset[CircuitState]) -> Term:
        if draw(st.integers(0, 5)) == 0:
            return Term(since, None, None, because="t")
        return Term(since, draw(targets(start, period, on_change, counts)), hours, because="t")

    found = [version(None)]
    if versions:
        bounds = periods.around(period, always, begins)  # where versions are exchanged: often at the turn of a period
        turns = st.sampled_from([bounds.end, max(bounds.start, begins)])
        found += [version(since) for since in sorted(draw(st.sets(instants | turns, max_size=2)))]
    now = at + draw(st.integers(0, 3 * PERIODS[period])) * STEP
    return Case(tuple(facts), tuple(found), now)


def walked(case: Case, now: datetime | None = None) -> Allowance:
    oracle = Allowance(case.versions, STEP)
    oracle.walk([fact for fact in case.facts if fact.at <= case.now], now or case.now)
    return oracle


@given(cases())
def test_every_period_is_what_walking_step_by_step_gives(case: Case) -> None:
    oracle = walked(case)
    event(f"{min(len(oracle.cycles), 4)} periods")
    event(f"breached: {any(cycle.breached_at for cycle in oracle.cycles)}")
    assert differences(case.readings(), oracle.cycles) == []


@given(
    st.sampled_from(sorted(PERIODS)), st.sampled_from(ZONES), st.sampled_from(near_the_change()), st.integers(0, 400)
)
def test_a_period_is_as_long_as_the_clocks_on_the_wall_say(
    period: Period, zone: str, edge: datetime, half: int
) -> None:
    at = edge + (half - 200) * STEP
    bounds = periods.around(period, Calendar("always", zone=zone, always=True), at)
    assert bounds.number == number(period, zone, at)
    assert bounds.start <= at < bounds.end
    assert number(period, zone, bounds.start) == number(period, zone, bounds.end - TICK) == bounds.number
    assert number(period, zone, bounds.start - TICK) != bounds.number != number(period, zone, bounds.end)
    assert bounds.end - bounds.start == length(period, zone, at)


def shown(case: Case, now: datetime) -> list[tuple[int, Life, State, tuple[str, ...], datetime | None]]:
    found = case.readings(now)
    return [(item.cycle, item.life, item.state, item.reached, item.breached_at) for item in found]


@given(cases(), st.floats(0, 1))
def test_nothing_changes_before_the_next_instant_if_nothing_is_heard(case: Case, part: float) -> None:
    readings = case.readings()
    due = [reading.next_at for reading in readings if reading.next_at is not None]
    assert all(at > case.now for at in due), "the due loop would spin"
    assert all(reading.next_at is None for reading in readings[:-1])
    if not readings or not readings[-1].open:
        return
    (at,) = due  # a period ends, so something is always ahead
    before = shown(case, case.now)
    assert shown(case, at - TICK) == before
    assert shown(case, case.now + (at - TICK - case.now) * part) == before
    changes = {term.since for version in case.versions for term in version.terms} | {v.since for v in case.versions}
    assert at in changes or shown(case, at) != before


@given(cases())
def test_following_the_next_instants_alone_finds_every_breach(case: Case) -> None:
    """As the due loop does, up to 60 looks: what is found at once is what is found long after."""
    now, found = case.now, case.readings()
    seen: dict[int, datetime | None] = {reading.cycle: reading.breached_at for reading in found}
    for _ in range(60):
        at = found[-1].next_at if found else None
        if at is None or at > case.now + timedelta(days=120):
            break
        now, found = at, case.readings(at)
        seen.update({reading.cycle: reading.breached_at for reading in found})
    assert {reading.cycle: reading.breached_at for reading in case.readings(now)} == seen


@given(cases())
def test_a_deadline_of_an_allowance_is_what_it_breaks(case: Case) -> None:
    for reading in case.readings():
        if reading.breached_at is not None:
            assert reading.deadline == reading.breached_at
    last = case.readings()[-1:]
    for reading in last:
        if reading.life is not Life.RUNNING or reading.breached_at is not None or reading.calendar is None:
            assert reading.deadline == reading.breached_at
            continue
        end = periods.around(reading.target.period or Period.DAY, reading.calendar.calendar, reading.started_at).end
        alone = Case(case.facts, tuple(Version(v.since, v.terms[:1]) for v in case.versions[:1]), case.now)
        if len(case.versions) > 1 or len(case.versions[0].terms) > 1:
            continue
        if reading.deadline is None:
            (same,) = [item for item in alone.readings(end) if item.cycle == reading.cycle]
            assert same.breached_at is None
        else:
            assert reading.deadline < end
            (same,) = [item for item in alone.readings(max(reading.deadline, case.now)) if item.cycle == reading.cycle]
            assert same.breached_at is None
            (over,) = [item for item in alone.readings(end) if item.cycle == reading.cycle]
            assert over.breached_at in (None, reading.deadline)  # None where the rest of the period is closed


@given(cases(changes=False, versions=False))
def test_all_periods_together_count_all_time_out_of_service_that_nothing_excuses(case: Case) -> None:
    (version,) = case.versions
    (term,) = version.terms
    total, down = timedelta(0), False
    if term.target is not None and term.calendar is not None and term.target.measure is Measure.TIME:
        known: list[Fact] = []
        for fact in (fact for fact in case.facts if fact.at <= case.now and fact.phase is not None):
            if fact.phase is not SILENT:
                known.append(fact)
            elif known:  # what held before holds on, and planned work begins or ends meanwhile
                known.append(replace(known[-1], at=fact.at, reason=fact.reason))
        for fact, end in itertools.zip_longest(known, [fact.at for fact in known[1:]], fillvalue=case.now):
            assert isinstance(fact, Fact)
            assert isinstance(end, datetime)
            down = fact.phase in term.target.start and fact.reason != "planned_work"
            total += term.calendar.counted(fact.at, end) if down else timedelta(0)
        assert sum((reading.counted for reading in case.readings()), timedelta(0)) == total


@given(cases())
def test_what_counts_in_a_period_is_the_sum_of_its_intervals(case: Case) -> None:
    for reading in case.readings():
        assert sum((part.counted for part in reading.intervals), timedelta(0)) == reading.counted
        for part in reading.intervals:
            assert part.start <= part.end
            assert part.life is Life.RUNNING or part.counted in (timedelta(0), ONE)
        for before, after in itertools.pairwise(reading.intervals):
            assert before.end == after.start
        assert reading.started_at <= (reading.stopped_at or case.now)


@given(cases())
def test_the_legs_of_a_circuit_that_somebody_has_from_the_start_are_all_that_counted(case: Case) -> None:
    hands = itertools.cycle(["core", "access", "core", "field"])
    named = tuple(replace(fact, attributes={"team": next(hands)}) for fact in case.facts)
    for reading, plain in zip(replace(case, facts=named).readings(), case.readings(), strict=True):
        assert sum((leg.counted for leg in reading.legs), timedelta(0)) == (
            reading.counted if reading.target.measure is Measure.TIME else timedelta(0)
        )
        assert {leg.kind for leg in reading.legs} <= {AgreementKind.OLA}
        assert replace(reading, legs=()) == replace(plain, intervals=reading.intervals)


@given(cases(), st.lists(st.integers(0, 7), max_size=3))
def test_a_state_that_is_only_told_again_changes_nothing(case: Case, again: list[int]) -> None:
    facts = list(case.facts)
    for index in again:
        fact = facts[index % len(facts)]
        later = [other.at for other in facts if other.at > fact.at] or [fact.at + 2 * STEP]
        holds = [f for f in facts if f.at <= fact.at and f.phase is not None]
        if holds:
            facts.append(replace(holds[-1], at=fact.at + (min(later) - fact.at) / 2, event_id=f"again{index}"))
            facts.sort(key=lambda fact: fact.at)

    def told(readings: list[Reading]) -> list[tuple[object, ...]]:
        return [(r.cycle, r.state, r.counted, r.breached_at, r.crossings, r.deadline, r.next_at) for r in readings]

    assert told(Case(tuple(facts), case.versions, case.now).readings()) == told(case.readings())
