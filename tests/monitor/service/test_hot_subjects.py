"""Subjects with very many events are judged from a checkpoint on; whatever is older than that gives it up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.clock.engine import Rulebook
from monitor.history.batch import Batch
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, SubjectKey, SubjectKind
from monitor.service.engine_worker import Worker
from monitor.service.hot_subjects import HotSubjects, Sizes
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.recomputation import Recomputation
from monitor.store.schema import events, subjects, touched
from tests.support.by_hand import by_hand
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

KEY = SubjectKey("tickets", "T1")
SIZES = Sizes(many=20, moves=10, latest=4, margin=timedelta(minutes=5))


class Desk:
    """A store with a worker on it, and a ticket that says something every minute."""

    def __init__(self, database: Database) -> None:
        self.database, self.ingest, self.clocks = database, Ingest(database), Clocks(database)
        self.now, self.number = at(0), 0
        self.begin()

    def begin(self, book: Rulebook | None = None, sizes: Sizes = SIZES) -> None:
        """Start a program, as after its predecessor's end."""
        self.book = book or rules()
        self.worker = by_hand(
            Worker(self.clocks, self.book, lambda *_: (), ToAll(()), at(-1), ("tickets",), sizes=sizes)
        )
        Recomputation(self.database, self.book.version, ("tickets",)).mark()

    def say(self, times: int = 1, **said: str) -> None:
        """The next entries of the ticket, one a minute; it is looked at after each batch."""
        given = []
        for _ in range(times):
            self.now = at(0, self.number)
            status = "new" if not self.number else "waiting" if self.number % 3 else "working"
            given.append(
                ticket("T1", self.now, status, event_id=f"e{self.number}", reason="customer", tier="gold", **said)
            )
            self.number += 1
        self.bring(*given)

    def bring(self, *given: Event) -> None:
        self.ingest.commit_batch("tickets", Batch(given, (), {}), self.now)
        self.look()

    def look(self, undo: bool = False) -> None:
        assert self.worker.step(self.now, undo) == (1, False)

    @property
    def place(self) -> datetime | None:
        """Where the checkpoint lies."""
        found = self.worker.hot.known.get(KEY)
        return None if found is None else found.at

    def read(self) -> int:
        """How many events a look reads."""
        (loaded,) = self.clocks.load([KEY], self.worker.hot.known)
        return len(loaded.events)

    def earliest(self) -> list[datetime | None]:
        with self.database.read() as connection:
            return list(connection.scalars(sa.select(touched.c.earliest)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    yield Desk(database)
    database.close()


def test_few_events_have_no_checkpoint(desk: Desk) -> None:
    desk.say(19)
    assert desk.place is None
    assert desk.read() == 19


def test_many_have_one_some_events_and_minutes_back(desk: Desk) -> None:
    desk.say(20)
    assert desk.place == at(0, 14)
    assert desk.read() == 6


def test_a_look_reads_what_is_after_it_and_it_moves_with_what_comes(desk: Desk) -> None:
    desk.say(20)
    for _ in range(60):
        desk.say()
        assert desk.read() <= SIZES.moves
    assert desk.place is not None
    assert desk.place > at(0, 60)


def test_after_a_start_all_is_read_once(desk: Desk) -> None:
    desk.say(20)
    desk.begin()
    assert desk.read() == 20
    desk.say()
    assert desk.read() == 6


def test_news_from_before_it_has_all_judged_again_and_the_next_one_lies_farther_back(desk: Desk) -> None:
    desk.say(40)
    assert desk.place == at(0, 34)
    desk.ingest.commit_batch(
        "tickets",
        Batch(
            (
                ticket(
                    "T1",
                    at(
                        0,
                        30,
                    ),
                    "resolved",
                    event_id="late",
                ),
            ),
            (),
            {},
        ),
        desk.now,
    )
    assert desk.earliest() == [at(0, 30)]
    assert desk.read() == 41
    desk.look()
    assert desk.place == at(0, 39) - 2 * (timedelta(minutes=5) + timedelta(minutes=4))
    assert desk.earliest() == []


def test_the_oldest_of_several_news_counts(desk: Desk) -> None:
    desk.say(40)
    for minute in (38.5, 33.5, 36.5):
        one = ticket("T1", at(0, minute), None, event_id=f"late{minute}")
        desk.ingest.commit_batch("tickets", Batch((one,), (), {}), desk.now)
    assert desk.earliest() == [at(0, 33.5)]
    assert desk.read() == 43


def test_news_after_it_leave_it(desk: Desk) -> None:
    desk.say(40)
    desk.bring(ticket("T1", at(0, 34), None, event_id="late"))
    assert desk.place == at(0, 34)


def test_a_correction_has_all_judged_again_and_then_a_checkpoint_lies_after_it(desk: Desk) -> None:
    desk.say(40)
    made = Correction(CorrectionKind.EXCLUDE, "power cut", "lin", at(0, 3), at(0, 5))
    desk.ingest.correct(Event("tickets", "c", SubjectKind.TICKET, "T1", at(0, 39.5), correction=made), desk.now)
    desk.now = at(0, 40)
    desk.look()
    assert desk.place is None
    desk.say(6)
    assert desk.place is not None
    assert desk.place > at(0, 39.5)


def test_other_rules_have_all_judged_again(desk: Desk) -> None:
    desk.say(40)
    kept = desk.worker.hot.known
    desk.begin(rules(exchanged(POLICY, ("budget: 4h", "budget: 5h"))))
    assert desk.place is None
    desk.look()
    (loaded,) = desk.clocks.load([KEY], kept)
    assert loaded.since is None


def test_a_subject_that_was_deleted_begins_anew(desk: Desk) -> None:
    desk.say(40)
    with desk.database.write() as connection:
        connection.execute(sa.delete(events))
        connection.execute(sa.delete(subjects))
    desk.say()
    assert desk.place is None
    assert desk.read() == 1


def test_a_clock_that_was_wrong_has_all_judged_again(desk: Desk) -> None:
    desk.say(40)
    desk.say()
    desk.ingest.commit_batch("tickets", Batch((ticket("T1", desk.now, None, event_id="x"),), (), {}), desk.now)
    desk.look(undo=True)
    assert desk.place is None


def test_time_before_a_checkpoint_has_all_judged(desk: Desk) -> None:
    desk.say(40)
    desk.now = at(0, 10)
    desk.bring(ticket("T1", at(0, 39), None, event_id="x"))
    assert desk.place is not None
    assert desk.place < at(0, 10)


def test_what_is_known_of_no_checkpoint_is_tried_again_when_there_is_a_tenth_more(desk: Desk) -> None:
    """A team that is named for the first time by the last event had the ticket from the start."""
    desk.say(39)
    tried = []
    for number in range(6):
        desk.say(team=f"team {number}") if not number else desk.say()
        tried.append(desk.place)
    assert tried[-1] is not None


def test_only_so_many_subjects_have_one(desk: Desk) -> None:
    desk.begin(sizes=SIZES._replace(most=2))
    for name in ("A", "B", "C"):
        given = [ticket(name, at(0, n), "working", event_id=f"{name}{n}", tier="gold") for n in range(30)]
        desk.now = at(1)
        desk.bring(*given)
    assert list(desk.worker.hot.known) == [SubjectKey("tickets", "B"), SubjectKey("tickets", "C")]


def test_checkpoints_with_many_intervals_are_fewer(desk: Desk) -> None:
    """Of a ticket that waits and goes on, each turn is an interval of every open clock."""

    def bring(name: str) -> None:
        words = ("new", "waiting", "working")
        statuses = [words[n and 1 + n % 2] for n in range(30)]
        desk.now = at(1)
        desk.bring(*(
            ticket(name, at(0, n), status, event_id=f"{name}{n}", reason="customer", tier="gold")
            for n, status in enumerate(statuses)
        ))  # fmt: skip

    def left(most_intervals: int, *names: str) -> list[str]:
        desk.begin(sizes=SIZES._replace(most_intervals=most_intervals))
        for name in names:
            bring(name)
        return [key.subject for key in desk.worker.hot.known]

    assert left(1_000_000, "A") == ["A"]
    of_one = desk.worker.hot.uses()[1].entries
    assert of_one >= 29
    assert left(2 * of_one, "B", "C", "D") == ["C", "D"]
    assert desk.worker.hot.uses()[1].entries == 2 * of_one
    assert left(1, "E", "F") == ["F"], "the last one keeps it, however large it is"


def test_looks_from_a_checkpoint_and_without_one_are_counted(desk: Desk) -> None:
    desk.say(10)
    assert desk.worker.hot.uses()[0][1:] == (0, SIZES.most, 0, 0)
    desk.say(20)
    desk.say(1)
    desk.say(1)
    use, _ = desk.worker.hot.uses()
    assert (use.entries, use.hits, use.misses) == (1, 2, 1)


def test_what_is_noted_of_subjects_without_a_checkpoint_is_bounded_too(desk: Desk) -> None:
    hot = HotSubjects(desk.clocks, desk.book, SIZES._replace(most=3))
    for number in range(10):
        hot._keep_newest(hot._refused, SubjectKey("tickets", str(number)), number)
    assert [key.subject for key in hot._refused] == ["7", "8", "9"]
