"""A checkpoint and what comes after it are the whole (semantics 14): for every random history, policy and place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide import clock_alerts
from monitor.alert.alert import Channel, Delivery, Settings
from monitor.clock.engine import Rulebook, advance
from monitor.history import landmarks
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.service.engine_worker import Worker
from monitor.service.hot_subjects import Sizes
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.recomputation import Recomputation
from monitor.store.schema import metadata
from tests.support.by_hand import by_hand
from tests.support.histories import history
from tests.support.laws import law
from tests.support.parted import case, differences, from_there, kept
from tests.support.to_all import ToAll

seeds = st.integers(0, 2**32 - 1)
ALWAYS_HOT = Sizes(many=2, moves=1, latest=1, margin=timedelta(0))
NEVER_HOT = Sizes(many=10**9)


@settings(max_examples=100)
@given(seeds)
def test_a_checkpoint_and_the_tail_are_the_whole(seed: int) -> None:
    rng = Random(seed)
    one = case(rng, rng.choice((1, 1, 2)))
    found = None if one is None else kept(one)
    if one is None or found is None:
        return
    checkpoint, recorded = found
    for now in one.looks:
        whole = advance(one.events, recorded, one.rules, now)
        part = from_there(one, checkpoint, recorded, now, one.events)
        if part is not None:
            assert differences(part, whole) == []
        recorded += whole.transitions


@given(seeds)
def test_the_landmarks_of_landmarks_and_what_follows_are_those_of_all(seed: int) -> None:
    rng = Random(seed)
    one = law(rng)
    told = history(rng, one)
    facts = interpret(told.events, one.rules.mapping("tickets"), one.rules.words).facts
    place = rng.randint(0, len(facts))
    assert landmarks((*landmarks(facts[:place]), *facts[place:])) == landmarks(facts)


class Installation:
    """A store with a worker on it, which has checkpoints or has none."""

    def __init__(self, folder: str, sizes: Sizes, since: datetime) -> None:
        self.database = Database(f"sqlite:///{Path(folder)}/store.db")
        self.ingest, self.clocks, self.sizes = Ingest(self.database), Clocks(self.database), sizes
        self.since = self.clocks.installed_at(since)
        self.worker: Worker | None = None

    def begin(self, rules: Rulebook) -> None:
        """Judge by these rules from now on."""

        def decide(outcome: Any, alerts: Any, now: datetime) -> Any:
            return clock_alerts.decide(outcome, alerts, Settings("one", self.since), now)

        Recomputation(self.database, rules.version, ("tickets",)).mark()
        router = ToAll((Channel("log", Delivery.QUEUE),))
        self.worker = by_hand(Worker(self.clocks, rules, decide, router, self.since, ("tickets",), sizes=self.sizes))

    def look(self, now: datetime, undo: bool = False) -> None:
        assert self.worker is not None
        self.worker.prejudge(now)
        while self.worker.step(now, undo)[0]:
            pass

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is stored."""
        with self.database.read() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(sa.select(table))), key=repr)
                for table in metadata.sorted_tables
            }


@contextmanager
def two(since: datetime) -> Iterator[tuple[Installation, Installation]]:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        both = Installation(one, ALWAYS_HOT, since), Installation(other, NEVER_HOT, since)
        try:
            yield both
        finally:
            for each in both:
                each.database.close()


@settings(max_examples=12)
@given(seeds)
def test_whatever_order_events_come_in_the_store_holds_the_same(seed: int) -> None:
    """Late events, corrections, another policy, a clock that was wrong, a start: two stores, one with checkpoints."""
    rng = Random(seed)
    one = case(rng, lives=3)
    if one is None:
        return
    others = [rules for _ in range(2) if (rules := _other_rules(rng)) is not None]
    begins = min(event.at for event in one.events)
    with two(begins - rng.choice((0, 10)) * timedelta(hours=1)) as both:
        for each in both:
            each.begin(one.rules)
        for now, arrived, what in _days(rng, one.events, one.looks[-1]):
            rules = rng.choice((one.rules, *others))
            for each in both:
                if arrived:
                    each.ingest.commit_batch("tickets", Batch(tuple(arrived), (), {}), now)
                if what == "policy":
                    each.begin(rules)
                each.look(now, undo=what == "undo")
            hot, cold = (each.rows() for each in both)
            assert hot == cold


def _other_rules(rng: Random) -> Rulebook | None:
    other = case(rng)
    return None if other is None else other.rules


def _days(rng: Random, events: Sequence[Event], end: datetime) -> Iterator[tuple[datetime, list[Event], str]]:
    """(now, events that come, what else happens), in order: each event comes at its time or later."""
    left = [
        (max(event.at, end - (end - event.at) * rng.random() ** rng.choice((0, 0, 0, 0.01, 0.1, 1))), event)
        for event in events
    ]
    last = min(at for at, _ in left)
    for at, event in sorted(left, key=lambda item: (item[0], item[1].event_id)):
        for _ in range(rng.choice((0, 0, 1))):  # time alone
            yield last + (at - last) * rng.random(), [], ""
        yield at, [event], rng.choice(("",) * 30 + ("policy", "undo"))
        last = at
    yield end, [], ""
