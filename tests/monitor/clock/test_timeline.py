from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import event, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.reading import Reading
from monitor.clock.timeline import Instant, Step, TermsChange, TermsInForce, Version, next_change, timeline
from monitor.history.mapping import Fact
from monitor.model import AgreementKind, Life, Phase, Reopen, State
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.monitor.clock.test_ticket_clock import RESTORE
from tests.support.cases import at

H = timedelta(hours=1)
ALWAYS = WorkingTime(Calendar("always", always=True))
LOOSE = Term(None, RESTORE, ALWAYS)
STRICT = Term(None, replace(RESTORE, budget=2 * H), ALWAYS)
NOTHING = Term(None, None, None)


def fact(hours: float, phase: Phase | None, **said: str) -> Fact:
    return Fact(at(hours), f"e{hours}", phase, attributes=said)


def judged(history: list[Fact], versions: list[Version], now: float) -> list[Reading]:
    return list(ticket_clock.judged(history, versions, at(now)))


def test_a_clock_is_judged_by_the_version_in_force_when_it_began() -> None:
    versions = [Version(None, (LOOSE,)), Version(at(1), (STRICT,))]
    (before,) = judged([fact(0, Phase.OPENED)], versions, 3)
    assert (before.state, before.deadline) == (State.AT_RISK, at(4))
    (after,) = judged([fact(1.5, Phase.OPENED)], versions, 3)
    assert after.deadline == at(3.5)


def test_a_version_is_in_force_from_its_first_instant_on() -> None:
    (reading,) = judged([fact(1, Phase.OPENED)], [Version(None, (LOOSE,)), Version(at(1), (STRICT,))], 2)
    assert reading.deadline == at(3)


def test_the_first_version_judges_what_began_before_it() -> None:
    assert judged([fact(0, Phase.OPENED)], [Version(at(1), (STRICT,))], 3)[0].deadline == at(2)


def test_a_version_begins_the_clocks_that_it_is_the_first_to_promise() -> None:
    versions = [Version(None, (NOTHING,)), Version(at(1), (STRICT,))]
    (reading,) = judged([fact(0, Phase.OPENED)], versions, 2)
    assert (reading.started_at, reading.deadline) == (at(1), at(3))


def test_a_clock_whose_version_promises_nothing_any_more_begins_anew_under_the_next_one() -> None:
    ended = Term(at(1), None, None, because="x")
    versions = [Version(None, (LOOSE, ended)), Version(at(2), (STRICT,))]
    history = [fact(0, Phase.OPENED), fact(1.5, Phase.ON_SITE), fact(3, Phase.ACCEPTED)]
    first, second = judged(history, versions, 4)
    assert (first.life, first.stopped_at) == (Life.CANCELLED, at(1))
    assert (second.cycle, second.started_at, second.deadline) == (2, at(3), at(5))


def test_a_reopened_clock_goes_on_under_its_own_version_and_a_new_cycle_under_the_one_in_force() -> None:
    history = [fact(0, Phase.OPENED), fact(1, Phase.RESTORED), fact(3, Phase.ACCEPTED)]
    versions = [Version(None, (LOOSE,)), Version(at(2), (STRICT,))]
    (same,) = judged(history, versions, 4)
    assert same.deadline == at(6)
    anew = [
        Version(
            v.since, tuple(replace(t, target=replace(t.target, reopen=Reopen.NEW_CYCLE)) for t in v.terms if t.target)
        )
        for v in versions
    ]
    assert [reading.deadline for reading in judged(history, anew, 4)] == [at(4), at(5)]


def test_a_clock_says_when_other_terms_will_hold() -> None:
    sooner = Term(at(1), replace(RESTORE, budget=H / 2), ALWAYS, because="age")
    (reading,) = judged([fact(0, Phase.OPENED)], [Version(None, (LOOSE, sooner))], 0.5)
    assert reading.next_at == at(1)
    (waiting,) = judged(
        [fact(0, Phase.OPENED), Fact(at(0.5), "w", Phase.HELD, "customer")], [Version(None, (LOOSE, sooner))], 0.75
    )
    assert (waiting.state, waiting.next_at) == (State.PAUSED, at(1))
    (stopped,) = judged([fact(0, Phase.OPENED), fact(0.5, Phase.RESTORED)], [Version(None, (LOOSE, sooner))], 0.75)
    assert stopped.next_at is None


def name(step: Step) -> str:
    """A step for people: a fact by its id, a term by its version and the event that brought it."""
    if isinstance(step, Fact):
        return step.event_id
    assert isinstance(step, TermsChange)
    return f"version {step.version}" if step.term is None else f"{step.version} {step.term.because}"


def walked(history: list[Fact], versions: list[Version], brings: bool) -> list[str]:
    """What a walk takes, in order; *brings* is whether every fact is judged by the terms that it brings."""
    found: list[str] = []
    for step in timeline(history, versions, at(2)):
        if not isinstance(step, Instant):
            found.append(name(step))
            continue
        done: list[TermsChange] = []
        for place, one in enumerate(step.facts):
            new = step.brought(place, done) if brings else []
            found.append(f"{name(one)} under {' and '.join(map(name, new))}" if new else name(one))
            done += new
        found += [name(change) for change in step.changes if change not in done]
    return found


def test_at_one_instant_versions_come_first_then_facts_then_terms() -> None:
    history = [fact(1, Phase.OPENED)]
    versions = [Version(None, (LOOSE, replace(STRICT, since=at(1), because="x"))), Version(at(1), (LOOSE,))]
    assert walked(history, versions, brings=False) == ["version 1", "e1", "0 x"]


def test_a_fact_that_moves_a_clock_is_heard_under_the_terms_that_it_brings_and_not_under_those_of_a_later_one() -> None:
    history = [Fact(at(1), name, Phase.OPENED) for name in ("a", "b")]
    own, later = (replace(STRICT, since=at(1), because=name) for name in ("a", "b"))
    versions = [Version(None, (LOOSE, own, later)), Version(None, (LOOSE, own, later))]
    assert walked(history, versions, brings=True) == ["a under 0 a and 1 a", "b under 0 b and 1 b"]


def test_a_fact_does_not_bring_what_an_earlier_fact_of_its_instant_brought() -> None:
    first, second, third = (Fact(at(1), name, Phase.OPENED) for name in ("a", "b", "c"))
    by_a, by_c = (TermsChange(at(1), 0, replace(STRICT, since=at(1), because=name)) for name in ("a", "c"))
    step = Instant((first, second, third), (by_a, by_c))
    assert step.brought(0, []) == [by_a]
    assert step.brought(1, []) == [by_a], "the first fact did not take it"
    assert step.brought(1, [by_a]) == []
    assert step.brought(2, [by_a]) == [by_c]


def test_an_age_is_brought_by_any_fact_of_its_instant() -> None:
    step = Instant((fact(1, Phase.OPENED),), (TermsChange(at(1), 0, replace(STRICT, since=at(1), because="age")),))
    assert step.brought(0, []) == list(step.changes)


def test_one_term_that_holds_throughout_leaves_the_facts_alone() -> None:
    history = [fact(hours, Phase.OPENED) for hours in (0, 1, 3)]
    assert list(timeline(history, [Version(None, (LOOSE,))], at(2))) == history[:2]
    assert next_change([Version(None, (LOOSE,))], at(2)) is None


def test_terms_change_in_their_own_version_and_only_a_version_in_force_begins_cycles() -> None:
    in_force = TermsInForce([Version(None, (LOOSE,)), Version(at(2), (NOTHING,))])
    in_force.apply(TermsChange(at(1), 1, STRICT))
    assert (in_force.term, in_force.by_version) == (LOOSE, [LOOSE, STRICT])
    in_force.apply(TermsChange(at(2), 1, None))
    assert in_force.term is STRICT


hours = st.integers(0, 4)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Fact], list[Version]]:
    """Facts and terms within few hours, so that many share an instant; some terms come with a fact, some by age."""
    said = sorted(draw(st.lists(hours, max_size=6)))
    facts = [Fact(at(when), f"e{number}", Phase.OPENED) for number, when in enumerate(said)]
    ages = {when: Term(at(when), RESTORE, ALWAYS, because="age") for when in draw(st.sets(hours, max_size=2))}
    versions = []
    for number in range(draw(st.integers(1, 3))):
        brought = [
            Term(one.at, replace(RESTORE, budget=(number + 1) * H), ALWAYS, because=one.event_id)
            for one in facts
            if draw(st.booleans())
        ]
        own = sorted((*ages.values(), *brought), key=lambda term: (term.since, term.because != "age"))
        since = at(draw(hours)) if number else None
        versions.append(Version(since, (LOOSE, *own)))
    return facts, versions


@given(histories(), hours)
def test_a_timeline_is_every_fact_and_every_change_sorted(case: tuple[list[Fact], list[Version]], now: int) -> None:
    facts, versions = case
    place = {one.event_id: number for number, one in enumerate(facts)}
    placed: list[tuple[tuple[float, ...], str]] = [
        ((one.at.timestamp(), 1, number, 0), one.event_id) for number, one in enumerate(facts) if one.at <= at(now)
    ]
    for number, version in enumerate(versions):
        if number and version.since is not None and version.since <= at(now):
            placed.append(((version.since.timestamp(), 0, 0, number), f"version {number}"))
        for term in version.terms[1:]:
            if term.since is not None and term.since <= at(now):
                order = (term.since.timestamp(), 2, place.get(term.because, -1), number)
                placed.append((order, f"{number} {term.because}"))
    assert [name(one) for step in timeline(facts, versions, at(now)) for one in parts(step)] == [
        said for _, said in sorted(placed)
    ]


def parts(step: Step) -> tuple[Fact | TermsChange, ...]:
    return (*step.facts, *step.changes) if isinstance(step, Instant) else (step,)


@given(histories())
def test_only_facts_and_changes_of_one_instant_are_one_step(case: tuple[list[Fact], list[Version]]) -> None:
    facts, versions = case
    steps = list(timeline(facts, versions, at(9)))
    together = [step for step in steps if isinstance(step, Instant)]
    alone = [step for step in steps if not isinstance(step, Instant)]
    event(f"{len(together)} instants with facts and changes")
    for step in together:
        assert step.facts
        assert step.changes
        assert all(change.term is not None for change in step.changes), "a version comes before the facts"
        assert len({one.at for one in (*step.facts, *step.changes)}) == 1
    changed = {step.at for step in alone if isinstance(step, TermsChange) and step.term is not None}
    assert not changed & {step.at for step in alone if isinstance(step, Fact)}


@given(histories(), hours)
def test_the_next_change_is_the_first_that_the_timeline_does_not_have_yet(
    case: tuple[list[Fact], list[Version]], now: int
) -> None:
    facts, versions = case
    known = sum(isinstance(one, TermsChange) for step in timeline(facts, versions, at(now)) for one in parts(step))
    every = [one for step in timeline(facts, versions, at(9)) for one in parts(step) if isinstance(one, TermsChange)]
    assert next_change(versions, at(now)) == (every[known].at if known < len(every) else None)


def test_whoever_is_named_first_has_it_from_the_start() -> None:
    history = [fact(0, Phase.OPENED), fact(1, None, team="core"), fact(2, None, supplier="Digger Ltd")]
    (reading,) = judged(history, [Version(None, (LOOSE,))], 3)
    assert [(leg.kind, leg.party, leg.counted) for leg in reading.legs] == [
        (AgreementKind.OLA, "core", 2 * H),
        (AgreementKind.UC, "Digger Ltd", H),
    ]


def test_a_team_that_is_named_without_a_supplier_takes_it_back() -> None:
    history = [fact(0, Phase.OPENED, team="core", supplier="Digger Ltd"), fact(1, None, team="core")]
    (reading,) = judged(history, [Version(None, (LOOSE,))], 3)
    assert [(leg.party, leg.counted) for leg in reading.legs] == [("Digger Ltd", H), ("core", 2 * H)]
