"""Corrections against an oracle that decides instant by instant, and what must hold of any of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.corrections import ENDS, corrected
from monitor.clock.reading import Reading
from monitor.history.events import Correction
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Condition, CorrectionKind, Life, Measure, Phase
from monitor.policy.terms import Term
from tests.properties import test_allowance_properties as allowances
from tests.support import kind_cases, oracle_allowances
from tests.support.kind_cases import STEP
from tests.support.oracle import Oracle, differences
from tests.support.oracle_allowances import Allowance
from tests.support.oracle_corrections import ended_at, says, standing, without_the_end

Said = tuple[tuple[str, Correction], ...]
H = timedelta(hours=1)


@dataclass(frozen=True)
class Case:
    """A clock's case, and what was corrected in it."""

    of: kind_cases.Case | allowances.Case
    said: Said

    @property
    def ends(self) -> Collection[Condition]:
        targets = [term.target for version in self.of.versions for term in version.terms if term.target is not None]
        return targets[0].stop | targets[0].cancel if targets else ENDS

    @property
    def known(self) -> list[Fact]:
        return [fact for fact in self.of.facts if fact.at <= self.of.now]

    def readings(self, said: Said | None = None, now: datetime | None = None) -> list[Reading]:
        told = corrected(self.known, self.said if said is None else said, "x", self.ends)
        return list(ticket_clock.judged(told, self.of.versions, now or self.of.now))


@st.composite
def said(draw: st.DrawFn, of: kind_cases.Case | allowances.Case, stops: bool = True) -> Said:
    """Up to four corrections within the history or about it, on whole steps; the end, if any, is the first of them."""
    start = of.facts[0].at
    half = st.integers(-4, int((of.now - start) / STEP) + 4).map(lambda steps: start + steps * STEP)
    edges = st.sampled_from([fact.at for fact in of.facts])
    found: list[Correction] = []
    if stops and draw(st.integers(0, 3)) == 0:
        found.append(Correction(CorrectionKind.STOP, "r", "a", draw(half | edges)))
    for _ in range(draw(st.integers(0, 3))):
        one, other = draw(half | edges), draw(half | edges)
        kind = draw(st.sampled_from([CorrectionKind.EXCLUDE, CorrectionKind.EXCLUDE, CorrectionKind.COUNT]))
        if one != other:
            found.append(Correction(kind, "r", "a", min(one, other), max(one, other), draw(st.sampled_from(["", "x"]))))
    if found and draw(st.booleans()):
        found.append(Correction(CorrectionKind.REVOKE, "r", "a", revokes=f"c{draw(st.integers(0, len(found) - 1))}"))
        if draw(st.booleans()):
            found.append(Correction(CorrectionKind.REVOKE, "r", "a", revokes=f"c{len(found) - 1}"))
    return tuple((f"c{index}", item) for index, item in enumerate(found))


@st.composite
def of_tickets(draw: st.DrawFn, stops: bool = True) -> Case:
    case = draw(kind_cases.cases(changes=1, versions=1))
    return Case(case, draw(said(case, stops)))


@st.composite
def of_waiting_tickets(draw: st.DrawFn) -> Case:
    """A ticket whose waits begin nothing by themselves: its target does not start while `held`."""
    case = draw(kind_cases.cases(changes=0, versions=0))

    def narrow(term: Term) -> Term:
        if term.target is None:
            return term
        return replace(term, target=replace(term.target, start=term.target.start - {Phase.HELD}))

    versions = tuple(replace(version, terms=tuple(narrow(term) for term in version.terms)) for version in case.versions)
    unread = draw(st.booleans())  # nobody understands why it waits
    facts = tuple(replace(fact, reason=None) if unread and fact.reason == "part" else fact for fact in case.facts)
    case = replace(case, facts=facts, versions=versions)
    return Case(case, draw(said(case)))


@st.composite
def of_circuits(draw: st.DrawFn, stops: bool = True) -> Case:
    case = draw(allowances.cases())
    return Case(case, draw(said(case, stops)))


def about(case: Case) -> str:
    return ", ".join(sorted({item.kind.value for item in standing(case.said)})) or "nothing"


@given(of_tickets() | of_waiting_tickets())
def test_a_corrected_ticket_is_what_deciding_instant_by_instant_gives(case: Case) -> None:
    event(about(case))
    first, *more = case.of.versions
    end = ended_at(case.said)
    facts = without_the_end(case.known, end, case.ends)
    oracle = Oracle(first.terms, STEP, more, says=says(case.said), ends_at=end)
    oracle.walk([*facts, *_edges(case.said, case.of.now)], case.of.now)
    assert differences(case.readings(), oracle.cycles, case.of.now, STEP) == []


@given(of_circuits())
def test_a_corrected_circuit_is_what_deciding_instant_by_instant_gives(case: Case) -> None:
    event(about(case))
    end = ended_at(case.said)
    facts = without_the_end(case.known, end, {*ENDS, CircuitState.AVAILABLE})
    oracle = Allowance(case.of.versions, STEP, says=says(case.said), ends_at=end)
    oracle.walk([*facts, *_edges(case.said, case.of.now)], case.of.now)
    assert oracle_allowances.differences(case.readings(), oracle.cycles) == []


def _edges(corrections: Said, now: datetime) -> list[Fact]:
    """Facts that say nothing, so that the walk begins early enough."""
    return [Fact(item.start, name) for name, item in corrections if item.start is not None and item.start <= now]


def brief(readings: Sequence[Reading]) -> list[tuple[object, ...]]:
    return [
        (item.cycle, item.life, item.state, item.counted, item.started_at, item.stopped_at, item.breached_at,
         item.deadline, item.crossings, item.next_at)
        for item in readings
    ]  # fmt: skip


@given(of_tickets() | of_circuits())
def test_what_was_corrected_and_taken_back_is_as_it_was(case: Case) -> None:
    revoked = tuple((f"r{name}", Correction(CorrectionKind.REVOKE, "r", "a", revokes=name)) for name, _ in case.said)
    assert case.readings((*case.said, *revoked)) == case.readings(())


@given(of_tickets() | of_circuits())
def test_what_is_about_another_target_changes_nothing(case: Case) -> None:
    others = tuple((name, replace(item, target="other")) for name, item in case.said)
    assert case.readings(others) == case.readings(())


@given(of_tickets(stops=False) | of_circuits(stops=False))
def test_time_that_is_excluded_counts_for_nobody_and_other_time_as_before(case: Case) -> None:
    """Of a clock under one term: what counted before, less what counted in the excluded time."""
    excluded = tuple((name, item) for name, item in case.said if item.kind is CorrectionKind.EXCLUDE)[:1]
    (version, *more) = case.of.versions
    timed = all(term.target is None or term.target.measure is Measure.TIME for term in version.terms)
    if not excluded or more or len(version.terms) > 1 or not timed:
        return
    before, after = case.readings(()), case.readings(excluded)
    assert [(item.cycle, item.started_at, item.stopped_at) for item in before] == [
        (item.cycle, item.started_at, item.stopped_at) for item in after
    ]
    start, end = excluded[0][1].start, excluded[0][1].end
    assert start is not None
    assert end is not None
    for old, new in zip(before, after, strict=True):
        assert old.calendar is not None
        dated = old.target.until is not None  # no wait moves an agreed date, and no excluded time
        runs = [part for part in old.intervals if part.life is Life.RUNNING and not dated]
        inside = sum((old.calendar.counted(max(part.start, start), min(part.end, end)) for part in runs), timedelta(0))
        assert new.counted == old.counted - inside


@given(of_tickets() | of_circuits())
def test_the_same_correction_made_twice_is_made_once(case: Case) -> None:
    again = tuple((f"again{name}", item) for name, item in case.said[-1:] if item.kind is not CorrectionKind.REVOKE)
    if any(item.kind is CorrectionKind.REVOKE for _, item in case.said):
        return
    assert brief(case.readings((*case.said, *again))) == brief(case.readings())


@given(of_tickets() | of_circuits())
def test_a_corrected_clock_is_the_sum_of_its_intervals(case: Case) -> None:
    for reading in case.readings():
        assert sum((part.counted for part in reading.intervals), timedelta(0)) == reading.counted
        for part in reading.intervals:
            assert part.start <= part.end
