"""A batch that is kept with the judgement of its subjects leaves the store as one that is judged afterwards does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide import clock_alerts
from monitor.alert.alert import Channel, Delivery, Settings
from monitor.clock.engine import Rulebook
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.service.engine_worker import Worker
from monitor.service.intake import Intake
from monitor.service.turn import Turn
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.schema import metadata, outbox
from tests.support.by_hand import by_hand
from tests.support.parted import case
from tests.support.set_clock import SetClock
from tests.support.to_all import ToAll


class Installation:
    """A store with a worker on it, and the way of batches into it."""

    def __init__(self, folder: str, rules: Rulebook, since: datetime, clock: SetClock, fires: bool) -> None:
        self.database = Database(f"sqlite:///{Path(folder)}/store.db")
        self.ingest, clocks = Ingest(self.database), Clocks(self.database)
        installed = clocks.installed_at(since)

        def decide(outcome: Any, alerts: Any, now: datetime) -> Any:
            return clock_alerts.decide(outcome, alerts, Settings("one", installed), now)

        router = ToAll((Channel("log", Delivery.QUEUE), Channel("am/1", Delivery.STATE)))
        self.worker = by_hand(Worker(clocks, rules, decide, router, installed, ("tickets",)))
        self.intake = Intake(self.ingest, self.worker, Turn(), clock.time, threading.Event())
        if fires:
            self.intake.caught_up()

    def work(self, now: datetime) -> int:
        """Judge all that waits; gives how many subjects that were."""
        number = 0
        while done := self.worker.step(now)[0]:
            number += done
        return number

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that is stored, but for the numbers that tell rows apart, in no order.

        A page names the digest that it went into by what that is, not by the number of its row.
        """
        with self.database.read() as connection:
            pages = {
                row.id: (row.channel, row.alert_key, row.created_at) for row in connection.execute(outbox.select())
            }
            return {
                table.name: sorted(
                    (_without_numbers(row._mapping, pages) for row in connection.execute(table.select())), key=repr
                )
                for table in metadata.sorted_tables
            }


def _without_numbers(row: Mapping[Any, Any], pages: Mapping[int, tuple[Any, ...]]) -> tuple[Any, ...]:
    return tuple(pages.get(value) if name == "folded_into" else value for name, value in row.items() if name != "id")


@contextmanager
def two(rules: Rulebook, since: datetime, clock: SetClock, fires: bool) -> Iterator[tuple[Installation, Installation]]:
    with TemporaryDirectory() as one, TemporaryDirectory() as other:
        both = Installation(one, rules, since, clock, fires), Installation(other, rules, since, clock, fires)
        try:
            yield both
        finally:
            for each in both:
                each.database.close()


def _of_some(rng: Random, events: list[Event], number: int) -> list[Event]:
    """The events of so many subjects that live alike, each with some left out; a few ids come twice."""
    found = []
    for n in range(number):
        kept = [event for event in events if rng.random() < 0.9] or events[:1]
        found += [replace(event, subject=f"T{n}", event_id=f"{n}/{event.event_id}") for event in kept]
    return found + rng.sample(found, min(3, len(found)))


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_the_store_holds_the_same_whichever_way_a_batch_took(seed: int) -> None:
    """Several subjects, in any order and any cut into batches; before and after the end of the catch-up."""
    rng = Random(seed)
    one = case(rng, lives=2)
    if one is None:
        return
    told = _of_some(rng, list(one.events), rng.randint(1, 4))
    told.sort(key=lambda event: event.at + rng.choice((0, 0, 1, 50)) * timedelta(hours=1) * rng.random())
    begins = min(event.at for event in told)
    clock = SetClock(begins)
    with two(one.rules, begins - rng.choice((0, 10)) * timedelta(hours=1), clock, rng.random() < 0.7) as (now_, later):
        while told:
            number = rng.choice((1, 1, 3, 10, len(told)))
            arrived, told = told[:number], told[number:]
            at = clock.passes(max(event.at for event in arrived) + rng.choice((0, 0, -1, 30)) * timedelta(minutes=10))
            batch = Batch(tuple(arrived), (), {"left": len(told)})
            assert now_.intake.commit("tickets", batch) == later.ingest.commit_batch("tickets", batch, at)
            judged = now_.work(at), later.work(at)
            note("kept with its judgement" if judged[0] < judged[1] else "judged afterwards")
            assert now_.rows() == later.rows()
        end = clock.passes(one.looks[-1])
        assert now_.work(end) == later.work(end)
        assert now_.rows() == later.rows()
