"""A subject that is gone for good, at any instant of any history: against the same history cut off at that instant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import example, given, settings
from hypothesis import strategies as st

from monitor.clock import RETIRED, Outcome, Reading, engine
from monitor.history import Correction, Event, WhyNot, correction_event, interpret, retirement, why_not
from monitor.model import CircuitState, CorrectionKind, Life, RetiredBy, State, SubjectKind, TransitionKind
from tests.support.cases import MAPPING, POLICY, at, rules

TICKETS = rules(
    POLICY
    + """
  report:
    name: {en: Report}
    started_by: {target: restore}
    stop: [cancelled]
    pause: [customer]
    budgets: [{budget: 3h, source: test}]
"""
)
CIRCUITS = rules(
    """
policy: circuits
version: "1"
effective_from: 2026-01-01
name: {en: Circuits}
ladders: {}
calendars:
  always: {zone: UTC, hours: 24x7}
pause_reasons:
  customer: {en: Waiting for the customer}
targets:
  outage:
    name: {en: One outage}
    of: circuit
    start: [unavailable]
    stop: [available]
    pause: [customer]
    budgets: [{budget: 2h, source: test}]
  again:
    name: {en: Each outage by itself}
    of: circuit
    start: [unavailable, degraded]
    stop: [available]
    reopen: new_cycle
    budgets: [{budget: 3h, source: test}]
  interruption:
    name: {en: Interruption in a day}
    of: circuit
    per: day
    start: [unavailable]
    pause: [customer]
    budgets: [{budget: 4h, source: test}]
  faults:
    name: {en: Faults in a week}
    of: circuit
    per: week
    start: [unavailable]
    budgets: [{budget: 2 times, source: test}]
"""
)

WORDS = {
    SubjectKind.TICKET: ("new", "working", "waiting", "resolved", "closed", "cancelled", "gibberish", None),
    SubjectKind.CIRCUIT: ("available", "degraded", "unavailable", "unknown", "waiting", None),
}
ALIVE = {
    SubjectKind.TICKET: ("new", "working", "waiting", "resolved", "closed", "cancelled"),
    SubjectKind.CIRCUIT: ("available", "degraded", "unavailable"),
}
LENGTHS = st.sampled_from([0.0, 0.5, 1.0, 1.0, 2.0, 3.5, 8.0, 26.0])


@st.composite
def histories(draw: st.DrawFn, kind: SubjectKind, first: str, begin: float = 0.0, name: str = "e") -> list[Event]:
    """A subject's events from an instant on, some at one instant; the first one says *first* and its tier."""
    when, found = begin, list[Event]()
    for number in range(draw(st.integers(1, 7))):
        word = first if number == 0 else draw(st.sampled_from(WORDS[kind]))
        found.append(
            Event(
                "tickets", f"{name}{number}", kind, "S1", at(when), number, word,
                "customer" if word == "waiting" else None, feedback=draw(st.booleans()) and kind is SubjectKind.TICKET,
                fields={"tier": "gold"} if kind is SubjectKind.TICKET else {},
            )
        )  # fmt: skip
        when += draw(LENGTHS)
    return found


def gone(since: float, made: float | None = None) -> Event:
    said = Correction(CorrectionKind.RETIRE, "decommissioned", "wang", at(since), by=RetiredBy.COMMAND)
    kind = SubjectKind.TICKET  # of the event; `as_kind` gives it that of the subject
    return Event("tickets", "gone", kind, "S1", at(since if made is None else made), correction=said)


def as_kind(event: Event, kind: SubjectKind) -> Event:
    return replace(event, kind=kind)


def judged(events: Sequence[Event], now: float) -> Outcome:
    book = TICKETS if events[0].kind is SubjectKind.TICKET else CIRCUITS
    return engine.advance(events, (), book, at(now))


def brief(one: Reading) -> tuple[object, ...]:
    return (
        one.target.name, one.cycle, one.life, one.state, one.counted, one.started_at, one.breached_at, one.stopped_at,
        one.crossings, one.missed_periods, one.tier,
    )  # fmt: skip


def ended(one: Reading, since: float) -> tuple[object, ...]:
    """What a clock that is open when its subject goes is to be afterwards; only a breach stays in the record."""
    stopped = replace(
        one,
        life=Life.CANCELLED,
        state=State.BREACHED if one.breached_at is not None else State.CANCELLED,
        stopped_at=at(since),
    )
    return brief(stopped)


KINDS = st.sampled_from([(SubjectKind.TICKET, "new"), (SubjectKind.CIRCUIT, "unavailable")])


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Event], float]:
    kind, first = draw(KINDS)
    events = draw(histories(kind, first))
    last = (events[-1].at - at(0)).total_seconds() / 3600
    return events, last + draw(LENGTHS)


@given(cases(), LENGTHS)
@settings(max_examples=150, deadline=None)
def test_what_is_open_ends_at_that_instant_and_all_else_is_as_it_was(
    case: tuple[list[Event], float], later: float
) -> None:
    events, since = case
    before = judged(events, since)
    after = judged([*events, as_kind(gone(since, since + later), events[0].kind)], since + later + 30)
    derived = {"report"}
    expected = [
        ended(one, since) if one.open else brief(one)
        for one in before.readings
        if not (one.target.name in derived and one.started_at == at(since))
    ]
    assert [brief(one) for one in after.readings] == expected
    assert not any(one.open or one.next_at for one in after.readings)
    assert [one.retired for one in after.readings] == [
        one.open for one in before.readings if not (one.target.name in derived and one.started_at == at(since))
    ]
    assert after.subject.retired is not None
    assert (after.subject.retired.at, after.subject.circuit_state) == (at(since), None)
    assert after.unread == ()
    cancelled = [item for item in after.transitions if item.stage == RETIRED]
    assert {item.kind for item in cancelled} <= {TransitionKind.CANCELLED}
    assert len(cancelled) == sum(one.retired for one in after.readings)


@given(cases(), LENGTHS)
@settings(max_examples=75, deadline=None)
def test_taken_back_it_is_as_if_nothing_had_been_said(case: tuple[list[Event], float], later: float) -> None:
    events, since = case
    kind, now = events[0].kind, since + later + 1
    back = Event(
        "tickets", "back", kind, "S1", at(since + later),
        correction=Correction(CorrectionKind.REVOKE, "it is there", "wang", revokes="gone"),
    )  # fmt: skip
    assert judged([*events, as_kind(gone(since), kind), back], now).readings == judged(events, now).readings
    recorded = judged([*events, as_kind(gone(since), kind)], now).transitions
    book = TICKETS if kind is SubjectKind.TICKET else CIRCUITS
    fresh = engine.advance([*events, as_kind(gone(since), kind), back], recorded, book, at(now)).transitions
    withdrawn = {item.stage for item in fresh if item.kind is TransitionKind.WITHDRAWN}
    assert {f"cancelled:{RETIRED}"} >= {stage for stage in withdrawn if stage.startswith("cancelled:retired")}


@given(cases(), LENGTHS)
@settings(max_examples=75, deadline=None)
def test_that_an_inventory_does_not_list_a_circuit_stays_true_when_its_retirement_is_taken_back(
    case: tuple[list[Event], float], later: float
) -> None:
    events, since = case
    kind, now = events[0].kind, since + later + 1
    absent = as_kind(gone(since), kind)
    assert absent.correction is not None
    absent = replace(absent, correction=replace(absent.correction, by=RetiredBy.INVENTORY))
    made = Correction(CorrectionKind.REVOKE, "it is there", "wang", revokes="gone")
    back = Event("tickets", "back", kind, "S1", at(since + later), correction=made)
    found = judged([*events, absent, back], now)
    assert found.subject.retired is None
    if kind is SubjectKind.CIRCUIT:
        silent = Event("tickets", "silent", kind, "S1", at(since), 10**6, status="unknown")
        expected = judged([*events, silent], now)
        assert [brief(one) for one in found.readings] == [brief(one) for one in expected.readings]
        assert (found.subject.circuit_state, found.subject.since) == (CircuitState.UNKNOWN, expected.subject.since)
    else:
        assert found == judged(events, now), "a ticket goes on in the status that it had"


@given(cases(), LENGTHS, st.randoms(use_true_random=False))
@settings(max_examples=75, deadline=None)
def test_the_order_of_arrival_does_not_matter(case: tuple[list[Event], float], later: float, rng: Random) -> None:
    events, since = case
    every = [*events, as_kind(gone(since, since + later), events[0].kind)]
    shuffled = [*every, *every[:2]]
    rng.shuffle(shuffled)
    now = since + later + 5
    assert judged(shuffled, now).readings == judged(every, now).readings
    assert judged(shuffled, now).subject == judged(every, now).subject


@st.composite
def reborn(draw: st.DrawFn) -> tuple[list[Event], float, list[Event]]:
    events, since = draw(cases())
    kind = events[0].kind
    first = draw(st.sampled_from(ALIVE[kind]))
    begin = since + draw(st.sampled_from([0.25, 1.0, 5.0]))
    return events, since, draw(histories(kind, first, begin, "n"))


@given(reborn(), LENGTHS)
@settings(max_examples=150, deadline=None)
def test_a_statement_dated_after_it_begins_another_life_that_owes_nothing_to_the_first(
    case: tuple[list[Event], float, list[Event]], later: float
) -> None:
    events, since, news = case
    kind = events[0].kind
    now = (news[-1].at - at(0)).total_seconds() / 3600 + later
    periods = {"interruption", "faults"}
    whole = judged([*events, as_kind(gone(since), kind), *news], now)
    fresh = judged(news, now)
    assert whole.subject.retired is None

    def other(one: Reading) -> tuple[object, ...]:
        said = brief(one)
        return (said[0], *said[2:])  # cycles are numbered on

    second = [other(one) for one in whole.readings if one.started_at > at(since) and one.target.name not in periods]
    assert second == [other(one) for one in fresh.readings if one.target.name not in periods]
    first = judged([*events, as_kind(gone(since), kind)], since)
    kept = [brief(one) for one in whole.readings if one.started_at <= at(since) and one.target.name not in periods]
    assert kept == [brief(one) for one in first.readings if one.target.name not in periods]


@given(cases(), st.integers(0, 6), LENGTHS)
@settings(max_examples=75, deadline=None)
def test_a_late_statement_from_before_it_brings_nothing_back_to_life(
    case: tuple[list[Event], float], place: int, later: float
) -> None:
    events, since = case
    late, known = events[min(place, len(events) - 1)], list(events)
    if late is not events[0]:
        known.remove(late)
    retired = as_kind(gone(since), events[0].kind)
    first = judged([*known, retired], since + later)
    assert first.subject.retired is not None
    second = judged([*known, retired, late], since + later)
    assert second.subject.retired is not None
    assert not any(one.open for one in second.readings)


@given(cases(), LENGTHS, st.sampled_from(["gibberish", "unknown", None]))
@settings(max_examples=75, deadline=None)
@example(([Event("tickets", "e0", SubjectKind.CIRCUIT, "S1", at(0), status="unavailable")], 1.0), 1.0, "unknown")
def test_silence_and_words_that_nobody_understands_bring_nothing_back_to_life(
    case: tuple[list[Event], float], later: float, word: str | None
) -> None:
    events, since = case
    kind = events[0].kind
    said = Event("tickets", "late", kind, "S1", at(since + later + 0.5), 99, word, fields={"team": "north"})
    after = judged([*events, as_kind(gone(since), kind), said], since + later + 40)
    assert after.subject.retired is not None
    assert not any(one.open for one in after.readings)


def test_why_a_subject_cannot_be_retired() -> None:
    events = [
        Event("tickets", f"e{n}", SubjectKind.TICKET, "S1", at(n), n, word) for n, word in ((1, "new"), (3, "working"))
    ]
    history = interpret(events, MAPPING, TICKETS.words)
    assert why_not(history, at(6), at(5)) == (WhyNot.FUTURE, at(6))
    assert why_not(history, at(0.5), at(5)) == (WhyNot.UNKNOWN, at(1))
    assert why_not(history, at(2), at(5)) == (WhyNot.LIVES, at(3))
    assert why_not(history, at(3), at(5)) is None
    made = Correction(CorrectionKind.RETIRE, "r", "wang", at(4), by=RetiredBy.PAGE)
    again = interpret(
        [*events, correction_event(events[0].key, SubjectKind.TICKET, made, at(5))], MAPPING, TICKETS.words
    )
    assert why_not(again, at(4), at(5)) == (WhyNot.ALREADY, at(4))
    assert why_not(again, at(3.5), at(5)) is None, "an earlier instant is news"
    found = retirement(again)
    assert found is not None
    assert (found.by, found.reason, found.author) == (RetiredBy.PAGE, "r", "wang")


@given(cases(), st.sampled_from([0.25, 1.0, 5.0]), st.sampled_from(["gibberish", "unknown", None]))
@settings(max_examples=75, deadline=None)
@example(([Event("tickets", "e0", SubjectKind.CIRCUIT, "S1", at(0), status="unavailable")], 1.0), 1.0, "unknown")
def test_an_end_that_somebody_writes_after_it_changes_nothing(
    case: tuple[list[Event], float], later: float, word: str | None
) -> None:
    """What is gone has nothing left to end: an allowance that was cancelled does not go on as idle."""
    events, since = case
    kind = events[0].kind
    stop = Correction(CorrectionKind.STOP, "decommissioned", "wang", at(since + later))
    known = [
        *events,
        as_kind(gone(since), kind),
        Event("tickets", "late", kind, "S1", at(since + later / 2), 99, word),
    ]
    ended = [*known, Event("tickets", "stop", kind, "S1", at(since + later + 1), correction=stop)]
    before, after = judged(known, since + later + 40), judged(ended, since + later + 40)
    assert after.readings == before.readings
    assert after.subject == before.subject
