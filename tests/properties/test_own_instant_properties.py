"""Instants of the policy's own, as sources say them: late, corrected, taken back, several at once, in any order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import Rulebook, Transition, advance, read_all
from monitor.history.events import Event
from monitor.history.mapping import Fact, interpret
from monitor.model import OwnInstant, Phase, SubjectKind, TransitionKind
from monitor.policy.terms import terms
from tests.support.dated import MAPPING, OWN, at, book
from tests.support.oracle import Oracle, differences

STEP = timedelta(minutes=30)
ROW = "budgets: [{budget: 3h, source: t}]"
BOOKS = [
    book(f"restore: {{start: [diagnosed], stop: [restored, customer_told], pause: [customer], {ROW}}}"),
    book(f"restore: {{start: [opened, accepted], stop: [customer_told], cancel: [cancelled, closed], {ROW}}}"),
    book(f"restore: {{start: [vendor_called], stop: [customer_told], reset: [phoned], reopen: new_cycle, {ROW}}}"),
    book(
        f"restore: {{start: [opened, phoned], stop: [diagnosed, closed], pause: [customer], calendar: office, {ROW}}}"
    ),
]
STATUSES = [None, None, "opened", "accepted", "held", "on_site", "restored", "closed", "cancelled", "delivered", "odd"]
SLOTS = st.integers(0, 24).map(lambda slot: at("08:00") + slot * STEP)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Up to eight events of a ticket; each may say, correct or take back instants, also of later times."""
    instants = st.one_of(st.just(""), SLOTS.map(datetime.isoformat))
    said = draw(
        st.lists(
            st.tuples(SLOTS, st.sampled_from(STATUSES), st.dictionaries(st.sampled_from(OWN), instants, max_size=2)),
            min_size=1, max_size=8,
        )
    )  # fmt: skip
    return [
        Event("desk", f"e{n}", SubjectKind.TICKET, "X", when, n, status, "customer" if status == "held" else None,
              fields=fields)
        for n, (when, status, fields) in enumerate(said)
    ]  # fmt: skip


def heard(events: Sequence[Event], now: datetime) -> list[Fact]:
    """What moves clocks by *now*: each status at its event, each instant at its last value, after the statuses."""
    known = sorted((one for one in events if one.at <= now), key=lambda one: (one.at, one.sequence))
    facts = [(one.at, 0, one.sequence, Phase(one.status) if one.status in set(Phase) else
              Phase.UNKNOWN if one.status else None, one.reason) for one in known]  # fmt: skip
    for place, name in enumerate(OWN):
        values = [one.fields[name] for one in known if name in one.fields]
        if values and values[-1]:
            facts.append((datetime.fromisoformat(values[-1]), 1, place, OwnInstant(name), None))
    ordered = sorted(facts, key=lambda fact: fact[:3])
    return [Fact(when, f"f{n}", phase, reason) for n, (when, _, _, phase, reason) in enumerate(ordered) if when <= now]


@given(histories(), st.sampled_from(BOOKS), st.integers(0, 40))
def test_instants_move_clocks_as_walking_step_by_step_says(events: list[Event], rules: Rulebook, slot: int) -> None:
    now = at("08:00") + slot * STEP
    history = interpret([one for one in events if one.at <= now], MAPPING, rules.words)
    (rule,) = rules.policy.targets
    oracle = Oracle(terms(rule, rules.policy, history.facts, rules.working_times), STEP)
    oracle.walk(heard(events, now), now)
    assert differences(list(read_all(history, rules, now)), oracle.cycles, now, STEP) == []


@given(histories(), st.sampled_from(BOOKS), st.randoms(use_true_random=False))
def test_any_order_of_arrival_gives_the_same_readings(
    events: list[Event], rules: Rulebook, chance: random.Random
) -> None:
    shuffled = [*events, *events]
    chance.shuffle(shuffled)
    now = at("+1 06:00")
    assert advance(shuffled, (), rules, now).readings == advance(events, (), rules, now).readings


@given(histories(), st.sampled_from(BOOKS), st.lists(st.integers(0, 40), max_size=5))
def test_any_time_of_polling_leaves_the_same_transitions(
    events: list[Event], rules: Rulebook, polls: list[int]
) -> None:
    recorded: list[Transition] = []
    for slot in [*sorted(polls), 44]:
        now = at("08:00") + slot * STEP
        if any(one.at <= now for one in events):
            recorded += advance(events, recorded, rules, now).transitions
    assert standing(recorded) == standing(advance(events, (), rules, at("08:00") + 44 * STEP).transitions)


@given(histories(), st.sampled_from(BOOKS))
def test_the_engine_wakes_for_everything_that_is_to_come(events: list[Event], rules: Rulebook) -> None:
    """Between the instants at which it says that it will look again, nothing becomes true."""
    now = min(one.at for one in events)
    for _ in range(60):
        outcome = advance(events, (), rules, now)
        following = min((one for one in (outcome.next_at, outcome.look_again_at) if one is not None), default=None)
        until = at("+1 08:00") if following is None else following
        before = until - timedelta(microseconds=1)
        if before > now:
            late = advance(events, (), rules, before)
            assert shown(late.transitions) == shown(outcome.transitions)
        if following is None or following > at("+1 08:00"):
            return
        now = following


def shown(transitions: Sequence[Transition]) -> set[object]:
    return {one.identity for one in transitions}


def standing(recorded: Sequence[Transition]) -> set[object]:
    holding: set[object] = set()
    for one in recorded:
        if one.kind is TransitionKind.WITHDRAWN:
            kind, _, stage = one.stage.partition(":")
            holding.discard(replace(one, kind=TransitionKind(kind), stage=stage).identity)
        else:
            holding.add(one.identity)
    return holding
