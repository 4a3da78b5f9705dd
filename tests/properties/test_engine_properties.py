"""Order of arrival, repeats and time of polling change nothing (issue 2, "It is done when" 5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import Outcome, Transition, advance, compare, transitions
from monitor.history.events import Event
from monitor.history.placing import in_order
from monitor.model import TransitionKind
from monitor.worktime.working_time import TICK
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.texts import exchanged

RULES = rules(
    exchanged(
        POLICY,
        ("recurring: true\n", "recurring: true\n    pause: [customer]\n"),
        ("24x7}\n", '24x7}\n  office: {zone: UTC, hours: {mon-fri: ["05:00-17:00"]}}\n'),
        ("{when: {tier: gold}, budget: 4h,", "{when: {tier: gold}, calendar: office, budget: 4h,"),
        ("targets:\n", "stages: {tier: {diamond: [75%, 5m wall left], gold: [STAGES]}}\ntargets:\n"),
        ("STAGES", "50%, 75%, 100%, 15m wall left, 3h30m wall left"),
    )
)
MORE = [
    (None, None), ("new", None), ("working", None), ("waiting", "customer"), ("waiting", "Customer access refused"),
    ("waiting", "spare part"), ("resolved", None), ("closed", None), ("cancelled", None), ("mystery", None),
]  # fmt: skip
minutes = st.integers(0, 60).map(lambda ten: 10 * ten)


@st.composite
def events(draw: st.DrawFn) -> Event:
    status, reason = draw(st.sampled_from(MORE))
    fields = draw(
        st.sampled_from(
            [
                {},
                {},
                {},
                {"tier": "gold"},
                {"tier": "diamond"},
                {"tier": "standard"},
                {"tier": "platinum"},
                {"assurance": "AAA"},
            ]
        )
    )
    opened = draw(st.sampled_from([None, None, None, None, at(0), at(-1), at(3)]))
    return ticket(
        "T1", at(0, draw(minutes)), status, event_id=str(draw(st.integers(0, 10**9))), reason=reason,
        feedback=draw(st.integers(0, 4)) == 0, opened_at=opened, sequence=draw(st.integers(0, 2)), **fields,
    )  # fmt: skip


histories = st.lists(events(), min_size=1, max_size=8, unique_by=lambda event: event.event_id)


def standing(recorded: Sequence[Transition]) -> set[tuple]:
    """What the recorded rows say after their withdrawals, computed without the engine."""
    rows: dict[tuple, Transition] = {}
    for row in recorded:
        if row.kind is TransitionKind.WITHDRAWN:
            kind, _, stage = row.stage.partition(":")
            gone = (row.target, row.cycle, kind, stage, row.at)
            assert gone in rows, "what never stood is withdrawn"
            del rows[gone]
        else:
            known = (row.target, row.cycle, row.kind.value, row.stage, row.at)
            assert known not in rows, "what stands is appended again"
            rows[known] = row
    return set(rows)


@given(histories, st.randoms(use_true_random=False), minutes)
def test_order_of_arrival_and_repeats_change_nothing(history: list[Event], chance, now: int) -> None:
    shuffled = [*history, *chance.choices(history, k=3)]
    chance.shuffle(shuffled)
    assert advance(shuffled, (), RULES, at(0, now)) == advance(history, (), RULES, at(0, now))


@given(st.data())
def test_whenever_it_polled_and_however_late_events_came_the_same_stands_in_the_end(data: st.DataObject) -> None:
    history = data.draw(histories)
    arrival = data.draw(st.permutations(history))
    polls = sorted(data.draw(st.lists(minutes, min_size=1, max_size=8)))
    heard = sorted(data.draw(st.lists(st.integers(1, len(arrival)), min_size=len(polls), max_size=len(polls))))
    recorded: tuple[Transition, ...] = ()
    for now, count in zip(polls, heard, strict=True):
        recorded += advance(arrival[:count], recorded, RULES, at(0, now)).transitions
    end = at(0, 700)
    recorded += advance(arrival, recorded, RULES, end).transitions
    assert standing(recorded) == standing(advance(history, (), RULES, end).transitions)
    assert advance(arrival, recorded, RULES, end).transitions == ()


@given(histories)
def test_looking_at_every_instant_that_the_clock_names_misses_nothing(history: list[Event]) -> None:
    """Follow `next_at` and the events alone, as the due loop does: the same as looking once, long after."""
    end = at(0, 700)
    news = sorted({event.at for event in history})
    recorded: tuple[Transition, ...] = ()
    outcome: Outcome | None = None
    now = news[0]
    looks = 0
    while now <= end:
        outcome = advance(history, recorded, RULES, now)
        if now not in news:  # then time alone brought it: it is told at once, a breach one tick after its deadline
            assert {now - row.at for row in outcome.transitions} <= {timedelta(0), TICK}
            assert TransitionKind.WITHDRAWN not in {row.kind for row in outcome.transitions}
        recorded += outcome.transitions
        ahead = [at for at in (*news, outcome.next_at, outcome.look_again_at) if at is not None and at > now]
        assert outcome.next_at is None or outcome.next_at > now, "the due loop would spin"
        if not ahead:
            break
        now, looks = min(ahead), looks + 1
        assert looks < 200
    last = advance(history, (), RULES, end)
    assert standing(recorded) == standing(last.transitions)


@given(histories, minutes)
def test_what_is_derived_is_recorded_once(history: list[Event], now: int) -> None:
    outcome = advance(history, (), RULES, at(0, now))
    derived = list(transitions(outcome.readings))
    assert {row.identity for row in derived} == {row.identity for row in outcome.transitions}
    assert compare(derived, outcome.transitions, at(0, now)) == ()
    ordered = [row.at for row in outcome.transitions]
    assert ordered == sorted(ordered)


@given(histories)
def test_the_total_order_is_time_then_sequence_then_id(history: list[Event]) -> None:
    ordered = in_order([*history, *history])
    assert len(ordered) == len(history)
    places = [(event.at, event.sequence, event.event_id) for event in ordered]
    assert places == sorted(places)


@given(histories, minutes, minutes)
def test_an_event_moved_later_never_leaves_counted_time_beyond_the_wall(
    history: list[Event], by: int, now: int
) -> None:
    end = at(0, now) + timedelta(minutes=by)
    for reading in advance(history, (), RULES, end).readings:
        assert timedelta(0) <= reading.counted <= (reading.stopped_at or end) - reading.started_at
