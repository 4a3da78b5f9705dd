"""Interleave the engine's and the deliverers' steps on the outbox in every order, over two lives of the program.

The steps, the store and the receivers are those of `tests/support/outbox_race.py`.

What must hold: per alert, no receiver accepts an older change after a newer one; nothing that was committed is lost; a
row that was superseded while it was under way is sent again; a receiver of states that believes an alert to fire is
told so until the alert ends.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.decide.withholding import Route
from monitor.alert.alert import Channel, Delivery
from monitor.store.database import Database
from tests.support.outbox_race import CAUSES, PHONE, WALL, Race, Step, play

ALL = os.environ.get("HYPOTHESIS_PROFILE") == "long"
"""Whether every order of two threads is played, or an even choice of ten."""


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    it = Database("sqlite://")
    yield it
    it.close()


TICKETS = st.sampled_from(sorted(CAUSES))
CHANNELS = st.sampled_from(["phone", "wall"])
LAGS = st.sampled_from([0, 0, 3])
OUTCOMES = st.sampled_from(["accepted", "accepted", "failed", "lost", "refused"])
STEPS = st.one_of(
    st.tuples(st.just("change"), TICKETS, LAGS),
    st.tuples(st.just("change"), TICKETS, LAGS),
    st.tuples(st.sampled_from(["reword", "retier"]), TICKETS, LAGS),
    st.tuples(st.sampled_from(["repeat", "call"]), TICKETS),
    st.tuples(st.just("silence"), TICKETS, st.sampled_from([5, 30])),
    st.tuples(st.just("tick"), st.sampled_from([1, 5, 30, 61])),
    st.tuples(st.just("take"), CHANNELS),
    st.tuples(st.just("take"), CHANNELS),
    st.tuples(st.just("send"), CHANNELS, OUTCOMES),
    st.tuples(st.just("settle"), CHANNELS),
    st.tuples(st.just("die"), st.booleans()),
)


@example(steps=[  # new words of a second life, while the first is under way and not taken
    ("change", "T1"), ("take", "phone"), ("change", "T1"), ("change", "T1"), ("reword", "T1"),
    ("send", "phone", "failed"),
])  # fmt: skip
@example(steps=[  # taken, with no answer; over; and a second life that a silence holds until it is over as well
    ("change", "T3"), ("take", "phone"), ("send", "phone", "lost"), ("settle", "phone"), ("change", "T3"),
    ("silence", "T3", 30), ("change", "T3"), ("change", "T3"),
])  # fmt: skip
@example(steps=[  # taken, with no answer, and its tier changes before the next try
    ("change", "T1"), ("take", "phone"), ("retier", "T1"), ("change", "T1"), ("send", "phone", "lost"),
])  # fmt: skip
@example(steps=[("change", "T1"), ("change", "T2"), ("retier", "T1")])  # a later wave in the place of the first
@given(steps=st.lists(STEPS, max_size=40))
def test_any_order_of_steps_tells_everything_in_order(database: Database, steps: list[Step]) -> None:
    play(database, steps)


ENGINE: dict[str, list[Step]] = {
    "ends and begins again": [("change", "T3"), ("change", "T3"), ("change", "T3")],
    "ends as its silence ends": [("silence", "T3", 5), ("change", "T3"), ("tick", 5), ("change", "T3", 3)],
    "is told, then silenced": [("change", "T3"), ("silence", "T3", 3600), ("reword", "T3"), ("change", "T3")],
    "is told, then grouped": [("change", "T1"), ("change", "T2"), ("reword", "T1"), ("change", "T1")],
    "its cause ends": [("change", "T1"), ("change", "T2"), ("change", "T2"), ("change", "T1")],
}


def rounds(name: str) -> dict[str, list[Step]]:
    """What a deliverer does: two rounds, or one that ends badly (the rounds of the calm come after it)."""
    whole: list[Step] = [("take", name), ("send", name), ("settle", name)]
    return {
        "well": whole + whole,
        "answer lost": [("take", name), ("send", name, "lost"), ("settle", name), ("tick", 2), ("take", name)],
        "killed before the answer": [("take", name), ("die", True), ("take", name)],
        "killed before it was kept": [("take", name), ("send", name), ("die",), ("take", name)],
    }


def interleaved(one: Sequence[Step], other: Sequence[Step]) -> Iterator[list[Step]]:
    """Both in every order in which each keeps its own."""
    for places in combinations(range(len(one) + len(other)), len(one)):
        mine, theirs = iter(one), iter(other)
        yield [next(mine) if place in places else next(theirs) for place in range(len(one) + len(other))]


@pytest.mark.parametrize("name", ["phone", "wall"])
@pytest.mark.parametrize("kind", rounds(""))
@pytest.mark.parametrize("story", ENGINE)
def test_every_order_of_two_threads_tells_everything_in_order(
    database: Database, story: str, kind: str, name: str
) -> None:
    orders = list(interleaved(ENGINE[story], rounds(name)[kind]))
    for steps in orders if ALL else orders[:: -(-len(orders) // 10)]:
        play(database, steps)


def test_the_end_of_what_is_being_told_as_its_silence_ends_is_told_as_well(database: Database) -> None:
    play(database, [
        ("silence", "T3", 5), ("change", "T3"), ("tick", 5), ("take", "phone"), ("change", "T3", 3),
        ("send", "phone"), ("settle", "phone"),
    ])  # fmt: skip


@pytest.mark.parametrize("over_it", [("silence", "T1", 3600), ("change", "T2")])
def test_a_state_that_was_told_goes_on_being_told_whatever_comes_over_it(database: Database, over_it: Step) -> None:
    play(
        database, [("change", "T1"), ("take", "wall"), ("send", "wall"), ("settle", "wall"), over_it, ("reword", "T1")]
    )


def test_a_page_behind_one_that_waits_keeps_no_thread_awake(database: Database) -> None:
    race = Race(database)
    for outcome in ("accepted", "failed"):
        race.change("T3")
        race.take("phone")
        race.send("phone", outcome)
        race.settle("phone")
    race.change("T3")
    following = race.deliveries.next_page("phone")
    assert following is not None
    assert following > race.now


@pytest.mark.parametrize("route", [Route(WALL, shadow=True), Route(WALL, {"tier": frozenset({"diamond"})})])
def test_a_start_tells_nobody_what_is_not_for_them(database: Database, route: Route) -> None:
    race = Race(database)
    race.router = replace(race.router, routes=(route, Route(PHONE)))
    race.change("T3")
    race.die()
    assert race.deliveries.due_pages("wall", race.now, 10) == ()
    new = Channel("new", Delivery.STATE)
    race.deliveries.begin((WALL, PHONE, new), race.now, lambda alert, channel: channel == new)
    assert race.deliveries.due_pages("wall", race.now, 10) == ()
    assert len(race.deliveries.due_pages("new", race.now, 10)) == 1
