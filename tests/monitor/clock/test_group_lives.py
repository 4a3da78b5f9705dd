"""A group is gone with the last circuit that lived with its value: its clock ends as retired, and owes nothing then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.engine import transitions
from monitor.clock.group_clock import advance_group, window
from monitor.clock.group_lives import LEFT, LIVES, RETIRED, gone
from monitor.clock.reading import Reading
from monitor.history.group_record import Entry, GoneSpell, GroupRecord
from monitor.model import Life, Measure, State, SubjectKey, TransitionKind
from monitor.policy.counting import GROUPS
from tests.support.counting import book, policy_text

BEGINS = datetime(2026, 2, 1, tzinfo=UTC)
KEY = SubjectKey(GROUPS, "counted")
DAY = timedelta(days=1)


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, tzinfo=UTC)


def rows(*given: tuple[int, str, str]) -> tuple[GoneSpell, ...]:
    return gone([(BEGINS + number * DAY, "lines", circuit, what) for number, circuit, what in given])


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([(0, "a", LIVES), (5, "a", RETIRED)], [(5, None)]),
        ([(0, "a", LIVES), (1, "b", LIVES), (5, "a", RETIRED)], []),
        ([(0, "a", LIVES), (1, "b", LIVES), (5, "a", RETIRED), (7, "b", RETIRED)], [(7, None)]),
        ([(0, "a", LIVES), (1, "b", LIVES), (5, "a", RETIRED), (7, "b", LEFT)], [(7, None)]),
        ([(0, "a", LIVES), (5, "a", LEFT)], []),
        ([(0, "a", LIVES), (5, "a", RETIRED), (9, "b", LIVES)], [(5, 9)]),
        ([(0, "a", LIVES), (5, "a", RETIRED), (9, "a", LIVES), (10, "a", LEFT)], [(5, 9)]),
        ([(0, "a", LIVES), (5, "a", RETIRED), (5, "b", LIVES)], []),
        ([(0, "a", LIVES), (5, "a", RETIRED), (9, "a", LIVES), (12, "a", RETIRED)], [(5, 9), (12, None)]),
        ([], []),
    ],
)
def test_a_group_is_gone_while_none_lives_and_one_that_did_is_retired(
    said: Sequence[tuple[int, str, str]], expected: Sequence[tuple[int, int | None]]
) -> None:
    spells = [(BEGINS + since * DAY, None if until is None else BEGINS + until * DAY) for since, until in expected]
    assert [tuple(one) for one in rows(*said)] == spells


AT_MOST, AT_LEAST, GOAL = "budget: 1 times", "at_least: 2 times", "goal: 80%"
DUTY = "at_least: 1 times|duties: {each: month, by: 10}"
MISSED = "at_least: 1 times|duties: {each: month, by: 10, late: missed}"
ROWS = (AT_MOST, AT_LEAST, GOAL, DUTY, MISSED)


def policy(row: str, period: str = "month", of: str = "ticket") -> str:
    budget, _, duty = row.partition("|")
    good = "\n    good: {entered: [delivered]}" if row == GOAL and of == "ticket" else ""
    good = "\n    good: {entered: [available]}" if row == GOAL and of == "circuit" else good
    counts = "unavailable" if of == "circuit" else "closed"
    return policy_text(f"""
  counted:
    name: {{en: Counted}}
    of: {of}
    counts: [{counts}]
    stages: [50%, 90%, 100%]
    {duty or f"per: {period}"}{good}
    by: customer
    budgets: [{{{budget}, source: test}}]
""")


def record(entries: Sequence[Entry], spells: Sequence[GoneSpell], since: datetime | None = None) -> GroupRecord:
    ordered = sorted((one for one in entries if since is None or one.at >= since), key=lambda one: one[:3])
    return GroupRecord(KEY, "Acme", ordered, BEGINS, BEGINS, since, tuple(spells))


def read(
    row: str, now: datetime, spells: Sequence[tuple[datetime, datetime | None]], *entries: datetime
) -> Sequence[Reading]:
    counted = [Entry(at, "t", f"T{number}", "closed", "e") for number, at in enumerate(entries)]
    of = record(counted, [GoneSpell(*one) for one in spells])
    return advance_group(of, (), book(policy(row)), now).readings


@pytest.mark.parametrize("row", ROWS)
def test_what_is_open_ends_as_retired_at_that_instant_and_nothing_is_owed_after_it(row: str) -> None:
    went, first = day(3, 7), [] if row in (DUTY, MISSED) else [day(3, 2)]  # a duty of March that is done is over
    found = read(row, day(6, 1), [(went, None)], day(2, 2), day(2, 3), *first, day(3, 8), day(3, 9), day(4, 4))
    last = found[-1]
    assert (last.cycle, last.life, last.state) == (202603, Life.CANCELLED, State.CANCELLED)
    assert (last.retired, last.stopped_at, last.breached_at, last.next_at) == (True, went, None, None)


def test_what_had_breached_before_stays_on_record_and_is_not_open_any_more() -> None:
    (february, march) = read(AT_LEAST, day(5, 1), [(day(3, 20), None)], day(2, 3))
    assert (february.state, february.breached_at, february.stopped_at) == (State.BREACHED, day(3, 1), day(3, 20))
    assert (february.retired, march.state) == (True, State.CANCELLED)
    (at_most,) = read(AT_MOST, day(5, 1), [(day(3, 20), None)], day(3, 3), day(3, 4))
    assert (at_most.state, at_most.retired, at_most.stopped_at) == (State.BREACHED, True, day(3, 20))


def test_a_group_that_lives_again_owes_the_next_whole_period_and_counts_at_once() -> None:
    spells = [(day(3, 7), day(3, 20))]
    owed = {one.cycle: one for one in read(AT_LEAST, day(5, 2), spells, day(3, 25), day(3, 26))}
    assert (owed[202603].retired, owed[202603].counted) == (True, timedelta(0))
    assert (owed[202604].state, owed[202604].breached_at) == (State.BREACHED, day(5, 1))
    (counted,) = read(AT_MOST, day(5, 2), spells, day(3, 2), day(3, 8), day(3, 25))
    assert (counted.state, counted.breached_at) == (State.BREACHED, day(3, 25))
    assert counted.counted == timedelta(seconds=2)


def test_what_happens_at_the_instant_of_the_retirement_still_counts() -> None:
    (one,) = read(AT_MOST, day(5, 2), [(day(3, 7), None)], day(3, 2), day(3, 7), day(3, 8))
    assert (one.state, one.breached_at) == (State.BREACHED, day(3, 7))


def test_a_goal_that_was_missed_while_the_group_was_gone_is_told_when_it_lives_again() -> None:
    """The half of a quarter is over in its middle, while nobody was there who could be told."""
    counted = [Entry(BEGINS, "t", "T0", "closed", "e")]
    of, rules = record(counted, [GoneSpell(BEGINS, day(3, 1))]), book(policy(GOAL, "quarter"))
    for now, crossed in ((day(3, 1), [day(3, 1)]), (day(2, 20), [])):
        (reading,) = advance_group(of, (), rules, now).readings
        assert [one.at for one in reading.crossings if one.stage == "used_50"] == crossed


INSTANTS = st.integers(0, 100 * 8).map(lambda number: BEGINS + number * timedelta(hours=3))
EDGES = st.sampled_from([day(3, 1), day(4, 1), day(3, 10), day(3, 11), day(3, 11) - timedelta(microseconds=1)])


@st.composite
def _lives(draw: st.DrawFn) -> tuple[GoneSpell, ...]:
    """What some circuits say: each lives, leaves or is retired, and lives again."""
    said = []
    for circuit in draw(st.sampled_from(("a", "ab"))):
        state = ""
        for at in sorted(draw(st.lists(INSTANTS | EDGES, max_size=4))):
            state = draw(st.sampled_from((LEFT, RETIRED, RETIRED))) if state == LIVES else LIVES
            said.append((at, "lines", circuit, state))
    return gone(said)


@st.composite
def _entries(draw: st.DrawFn) -> list[Entry]:
    found = []
    for number, at in enumerate(draw(st.lists(INSTANTS | EDGES, max_size=12))):
        good = draw(st.none() | st.integers(0, 20).map(lambda days: days * DAY))
        found.append(Entry(at, "t", f"T{number % 5}", "closed", "e", None if good is None else at + good))
    return found


PERIODS = st.sampled_from(("week", "month", "quarter"))
KINDS = st.sampled_from(("ticket", "circuit"))


@settings(max_examples=100, deadline=None)
@given(_entries(), _lives(), INSTANTS, st.sampled_from(ROWS), PERIODS, KINDS)
def test_nothing_happens_to_a_group_while_it_is_gone_and_before_that_all_is_as_it_was(
    entries: list[Entry], spells: tuple[GoneSpell, ...], now: datetime, row: str, period: str, of: str
) -> None:
    rules = book(policy(row, period, of))
    outcome = advance_group(record(entries, spells), (), rules, now)
    happened = [item for item in transitions(outcome.readings) if item.kind is not TransitionKind.STARTED]
    for done in happened:  # a period begins at its beginning, also where something lives in it only later
        assert not [one for one in spells if one.since < done.at and (one.until is None or done.at < one.until)], done
    if any(one.since <= now and (one.until is None or one.until > now) for one in spells):
        assert [one for one in outcome.readings if one.open] == []
        assert (outcome.next_at, outcome.look_again_at) == (None, None)
    floor = rules.counted[0].rows[0].measure is Measure.AT_LEAST
    went = {one.since for one in spells}
    for reading in outcome.readings:
        at = reading.started_at
        assert not (floor and any(one.since <= at and (one.until is None or one.until > at) for one in spells))
        assert not reading.retired or (reading.life is Life.CANCELLED and reading.stopped_at in went)
    first = min(went, default=now)
    if first <= now:
        whole = transitions(advance_group(record(entries, ()), (), rules, first).readings)
        before = {item.identity for item in whole if item.kind is not TransitionKind.STARTED and item.at < first}
        assert {item.identity for item in happened if item.at < first} == before


@settings(max_examples=100, deadline=None)
@given(_entries(), _lives(), INSTANTS, st.sampled_from((AT_MOST, AT_LEAST, GOAL)), PERIODS, KINDS, st.integers(0, 99))
def test_a_look_from_any_window_says_the_same(
    entries: list[Entry], spells: tuple[GoneSpell, ...], now: datetime, row: str, period: str, of: str, days: int
) -> None:
    rules = book(policy(row, period, of))
    whole = advance_group(record(entries, spells), (), rules, now).readings
    since = window(KEY, "Acme", rules, BEGINS + days * DAY)
    assert since is not None
    part = advance_group(record(entries, spells, since), (), rules, now).readings
    assert part == tuple(reading for reading in whole if reading.started_at >= since)


@settings(max_examples=100, deadline=None)
@given(_entries(), _lives(), st.lists(INSTANTS, min_size=1, max_size=8), st.sampled_from(ROWS), KINDS)
def test_any_looks_leave_the_same_on_record(
    entries: list[Entry], spells: tuple[GoneSpell, ...], looks: list[datetime], row: str, of: str
) -> None:
    rules, last = book(policy(row, "month", of)), max(looks)
    recorded = []
    for now in sorted(looks):
        recorded += advance_group(record(entries, spells), recorded, rules, now).transitions
    assert advance_group(record(entries, spells), recorded, rules, last).transitions == ()
    holding = {item.identity for item in recorded if item.kind is not TransitionKind.WITHDRAWN}
    wanted = transitions(advance_group(record(entries, spells), (), rules, last).readings)
    assert {item.identity for item in wanted} <= holding
