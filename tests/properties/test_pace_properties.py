"""The pace of allowances against brute force, and what must hold of any history, order and polling."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import event, given
from hypothesis import strategies as st

from monitor.clock import ticket_clock
from monitor.clock.engine import compare, transitions
from monitor.clock.reading import Reading
from monitor.model import TransitionKind
from monitor.policy import PACE_STAGE, Pace, Window
from monitor.worktime import TICK
from tests.properties.test_allowance_properties import STEP, Case, cases
from tests.support import oracle_pace

H = timedelta(hours=1)
WINDOWS = st.one_of(
    st.sampled_from([2 * H, 5.5 * H, 10 * H, 20 * H]).map(lambda length: Window(length=length)),
    st.sampled_from([Fraction(1, 20), Fraction(1, 4), Fraction(1, 2), Fraction(1)]).map(lambda s: Window(share=s)),
)
PACES = st.builds(
    Pace,
    st.lists(WINDOWS, min_size=1, max_size=3).map(tuple),
    st.sampled_from([Fraction("1.01"), Fraction("1.5"), Fraction(3)]),
)


def paced(case: Case, pace: Pace | None) -> Case:
    """The case with targets that have a pace."""
    versions = tuple(
        replace(
            version,
            terms=tuple(
                replace(term, target=term.target and replace(term.target, pace=pace)) for term in version.terms
            ),
        )
        for version in case.versions
    )
    return replace(case, versions=versions)


def spells(reading: Reading) -> list[tuple[object, object]]:
    return [(one.start, one.end) for one in (reading.pace.spells if reading.pace else ())]


@given(cases(), PACES)
def test_an_allowance_is_used_too_fast_when_brute_force_says_so(case: Case, pace: Pace) -> None:
    case = paced(case, pace)
    known = [fact for fact in case.facts if fact.at <= case.now]
    wanted = oracle_pace.spells(case.versions, known, case.now, STEP, pace)
    found = [spells(reading) for reading in case.readings()]
    event(f"too fast: {min(3, sum(len(one) for one in wanted))} times")
    event(f"not any more: {any(end for one in wanted for _, end in one)}")
    assert found == wanted


@given(cases(), PACES)
def test_a_pace_changes_nothing_else_that_is_read(case: Case, pace: Pace) -> None:
    for plain, fast in zip(case.readings(), paced(case, pace).readings(), strict=True):
        others = [crossing for crossing in fast.crossings if crossing.stage != PACE_STAGE]
        assert sorted(others) == sorted(plain.crossings)
        assert [stage for stage in fast.reached if stage != PACE_STAGE] == list(plain.reached)
        assert (PACE_STAGE in fast.reached) == (fast.pace is not None and fast.pace.since is not None)
        target = replace(fast.target, pace=None)
        same = replace(
            fast, target=target, pace=None, crossings=plain.crossings, reached=plain.reached, next_at=plain.next_at
        )
        assert same == plain


@given(cases(), PACES, st.integers(0, 40))
def test_the_next_instant_is_the_one_at_which_the_pace_turns(case: Case, pace: Pace, looks: int) -> None:
    """Following the next instants alone, as the due loop does, finds every turn at its instant."""
    case, now, seen = paced(case, pace), case.now, 0
    found = case.readings()
    for _ in range(looks):
        at = found[-1].next_at if found else None
        if at is None or at > case.now + timedelta(days=60):
            break
        before, ahead = [spells(one) for one in case.readings(at - TICK)], [spells(one) for one in found]
        assert before == ahead, "a turn lies before the next instant"
        now, found, seen = at, case.readings(at), seen + 1
    event(f"{min(seen, 10)} looks")
    assert found == case.readings(now)


@given(cases(), PACES, st.lists(st.floats(0, 1), max_size=5))
def test_polling_at_any_times_records_the_same_crossings(case: Case, pace: Pace, parts: list[float]) -> None:
    """The rows that are recorded while looking now and then are those of one look at the end."""
    case = paced(case, pace)
    begins = min(fact.at for fact in case.facts)
    recorded = list(compare(transitions(case.readings()), (), case.now))
    rows: list[object] = []
    stored = []
    for part in [*sorted(parts), 1.0]:
        now = begins + (case.now - begins) * part
        known = replace(case, facts=tuple(fact for fact in case.facts if fact.at <= now), now=now)
        stored += compare(transitions(known.readings()), stored, now)
    rows = [row.identity for row in stored]
    standing = {row.identity for row in recorded}
    withdrawn = [row for row in stored if row.kind is TransitionKind.WITHDRAWN and row.stage.endswith(":pace")]
    event(f"withdrawn: {bool(withdrawn)}")
    assert standing <= set(rows)
    assert compare(transitions(case.readings()), stored, case.now) == ()


@given(cases(), PACES)
def test_every_time_that_was_too_fast_ends_before_the_next_begins(case: Case, pace: Pace) -> None:
    for reading in paced(case, pace).readings():
        edges = [at for one in spells(reading) for at in one if at is not None]
        assert edges == sorted(set(edges)), "it flaps"
        for one in reading.pace.spells if reading.pace else ():
            assert one.start < one.exhausted_at
            assert one.used > timedelta(0)


@given(cases(), PACES, st.lists(st.integers(0, 40), min_size=1, max_size=3))
def test_a_pace_goes_on_from_wherever_it_was_kept(case: Case, pace: Pace, places: list[int]) -> None:
    """Semantics 14: the way through the intervals that cannot change is not gone again, and gives the same."""
    case = paced(case, pace)
    whole = case.readings()
    begins = min((fact.at for fact in case.facts), default=case.now)
    walk, since, left = None, None, list(case.facts)
    for place in sorted(begins + number * STEP for number in places if begins + number * STEP <= case.now):
        early, left = [fact for fact in left if fact.at < place], [fact for fact in left if fact.at >= place]
        walk = ticket_clock.walked(early, case.versions, place - TICK, walk, since).kept()
        since = place
    if walk is None:
        return
    rest = list(ticket_clock.walked(left, case.versions, case.now, walk, since).readings(case.versions, case.now))
    assert rest == whole[len(whole) - len(rest) :]
