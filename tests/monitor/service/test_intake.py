"""One transaction from a batch to readings and pages, and when the engine's own way is taken in its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from monitor.alert.alert import Alert, Channel, Delivery
from monitor.alert.routed import OnRecord, Routed
from monitor.clock.engine import Outcome
from monitor.errors import StoreError
from monitor.history.batch import Batch
from monitor.history.events import Event, Reject
from monitor.machine.machine_clock import PATIENCE, Trust
from monitor.model import SubjectKey
from monitor.service.engine_worker import Worker
from monitor.service.hot_subjects import Sizes
from monitor.service.intake import Intake
from monitor.service.turn import Turn
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.digests import forget
from monitor.store.ingest import Ingest
from monitor.store.schema import (
    alerts,
    counters,
    cursors,
    events,
    metadata,
    outbox,
    readings,
    subjects,
    touched,
    transitions,
)
from tests.support.asked import asked
from tests.support.by_hand import by_hand
from tests.support.cases import at, rules, ticket
from tests.support.peers import until
from tests.support.set_clock import SetClock
from tests.support.to_all import ToAll

LOG = Channel("log", Delivery.QUEUE)
MINUTE = timedelta(minutes=1)

Decide = Callable[[Outcome, Sequence[Alert], datetime], tuple[Alert, ...]]


def nobody(_outcome: Outcome, _alerts: Sequence[Alert], _now: datetime) -> tuple[Alert, ...]:
    return ()


def everybody(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
    """An alert for every subject that has none yet."""
    key = outcome.subject.key
    return () if known else (Alert({"alertname": "X", "ticket": key.subject}, {}, now, subject=key),)


class Desk:
    """A store, an engine, and the way of batches, at one o'clock."""

    def __init__(self, database: Database, decide: Decide = nobody, router: ToAll | None = None) -> None:
        self.database, self.ingest, self.clocks = database, Ingest(database), Clocks(database)
        self.clock, self.turn, self.stopping, self.told = SetClock(at(1)), Turn(), threading.Event(), list[str]()
        self.worker = by_hand(
            Worker(self.clocks, rules(), decide, router or ToAll((LOG,)), at(0), ("tickets",), sizes=Sizes(many=3))
        )
        self.judged = list[datetime]()
        self.intake = Intake(
            self.ingest, self.worker, self.turn, self.clock.time, self.stopping, self.judged.append,
            lambda: self.told.append("told"), within=0,
        )  # fmt: skip
        self.intake.caught_up()

    def hear(self, *given: Event, rejects: Sequence[Reject] = ()) -> None:
        assert self.intake.commit("tickets", Batch(given, rejects, {"n": len(given)})) is not None

    def left(self, *given: Event) -> bool:
        """Whether the engine is to look at once after a batch."""
        committed = self.intake.commit("tickets", Batch(given, (), {"n": len(given)}))
        assert committed is not None
        return committed.left

    def rows(self, table: sa.Table) -> list[str]:
        """The subject of each row."""
        with self.database.read() as connection:
            return sorted(connection.scalars(sa.select(table.c.subject)))

    def number(self, table: sa.Table) -> int:
        with self.database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    def content(self) -> dict[str, int]:
        return {table.name: self.number(table) for table in metadata.sorted_tables}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/store.db")
    yield made
    made.close()


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_subjects_that_are_not_known_are_judged_when_their_batch_is_kept(desk: Desk) -> None:
    desk.hear(ticket("T1", at(1), "new"), ticket("T2", at(1), "new"))
    assert desk.rows(touched) == []
    assert set(desk.rows(readings)) == set(desk.rows(transitions)) == {"T1", "T2"}
    assert desk.worker.step(at(1)) == (0, False)
    assert desk.worker.next_due() == at(1, 7.5)
    assert desk.judged == [at(1)]


def test_what_is_sent_of_them_is_committed_with_them_and_said(database: Database) -> None:
    desk = Desk(database, everybody)
    desk.hear(ticket("T1", at(1), "new"))
    (page,) = Deliveries(database).due_pages("log", at(1), 10)
    assert page.alert.subject == SubjectKey("tickets", "T1")
    assert desk.told == ["told"]


def test_a_known_subject_is_marked_and_the_others_of_its_batch_are_judged(desk: Desk) -> None:
    desk.hear(ticket("T1", at(1), "new"))
    desk.hear(ticket("T1", at(1), "working"), ticket("T2", at(1), "new"))
    assert desk.rows(touched) == ["T1"]
    assert "T2" in desk.rows(readings)
    assert desk.worker.step(at(1)) == (1, False)


def test_the_engine_is_woken_for_what_is_left_to_it_alone(database: Database) -> None:
    desk = Desk(database)
    assert desk.left(ticket("T1", at(1), "new")) is False, "it is judged, and the next is due in minutes"
    assert desk.left(ticket("T1", at(1), "new")) is False, "nothing of it is new"
    assert desk.left(ticket("T1", at(1), "working"), ticket("T2", at(1), "new")) is True, "one is marked"


def test_the_engine_is_woken_for_what_is_due_before_it_looks_by_itself(desk: Desk) -> None:
    desk.clock.passes(at(1, 7) + timedelta(seconds=29))
    assert desk.left(ticket("T1", at(1), "new")) is True


def test_the_engine_is_woken_where_there_is_something_to_send(database: Database) -> None:
    assert Desk(database, everybody).left(ticket("T1", at(1), "new")) is True


def test_a_batch_that_comes_twice_changes_nothing(desk: Desk) -> None:
    desk.hear(ticket("T1", at(1), "new"), ticket("T1", at(1), "new"))
    before = desk.content()
    desk.hear(ticket("T1", at(1), "new"), ticket("T1", at(1), "new"))
    assert {**desk.content(), "counters": 0} == {**before, "counters": 0}


def test_a_subject_with_very_many_events_is_left_to_the_engine(desk: Desk) -> None:
    desk.hear(*(ticket("T1", at(1) - n * MINUTE, "working") for n in range(3)), ticket("T2", at(1), "new"))
    assert desk.rows(touched) == ["T1"]


def test_a_subject_of_which_an_event_was_deleted_once_is_left_to_the_engine(desk: Desk) -> None:
    """Its source lists the event again; it is not stored again, so the judgement was made of too much."""
    old, late = ticket("T1", at(0.5), "new"), ticket("T1", at(1), "working")
    with desk.database.write() as connection:
        forget(connection, "tickets", [old.event_id])
    desk.hear(old, late)
    assert (desk.rows(events), desk.rows(touched), desk.rows(readings)) == (["T1"], ["T1"], [])


def test_a_subject_that_another_thread_stores_meanwhile_is_not_judged_twice(database: Database) -> None:
    """Between the judgement and its transaction an event of the same subject is committed, and judged by the engine."""
    beside = Desk(database)

    def decide(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
        if outcome.subject.key.subject == "T1":
            beside.hear(ticket("T1", at(0.5), "new"))
        return ()

    desk = Desk(database, decide)
    desk.hear(ticket("T1", at(1), "working"), ticket("T2", at(1), "new"))
    assert desk.rows(touched) == ["T1"]
    happened = desk.rows(transitions)
    beside.worker.step(at(1))
    assert desk.rows(touched) == []
    (loaded,) = desk.clocks.load([SubjectKey("tickets", "T1")])
    assert len({one.identity for one in loaded.transitions}) == len(loaded.transitions) >= happened.count("T1")


def test_before_the_end_of_the_catch_up_nothing_is_kept_that_begins_something(database: Database) -> None:
    desk = Desk(database)
    early = Intake(desk.ingest, desk.worker, desk.turn, desk.clock.time, desk.stopping, within=0)
    given = (ticket("LATE", at(-5), "new"), ticket("T1", at(1), "new"))
    early.commit("tickets", Batch(given, (), {}))
    assert desk.rows(touched) == ["LATE"]
    assert set(desk.rows(readings)) == {"T1"}
    assert desk.worker.step(at(1)) == (1, False)


def test_nothing_is_judged_while_the_machines_clock_is_held(desk: Desk) -> None:
    desk.clock.wrong = -timedelta(days=1)
    assert desk.clock.time.look()[0].trust is Trust.HELD
    desk.hear(ticket("T1", at(-30), "new"))
    assert (desk.rows(touched), desk.rows(readings)) == (["T1"], [])
    desk.clock.at += PATIENCE
    desk.hear(ticket("T2", at(-30), "new"))
    assert desk.rows(touched) == ["T1"], "the patience is over: pages go out by a time that is not proven"


def test_a_judgement_of_a_time_that_turns_out_wrong_meanwhile_is_not_kept(database: Database) -> None:
    def decide(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
        desk.clock.wrong = -timedelta(hours=1)
        return ()

    desk = Desk(database, decide)
    desk.hear(ticket("T1", at(1), "new"))
    assert (desk.rows(touched), desk.rows(readings), desk.judged) == (["T1"], [], [])


def test_a_batch_that_does_not_get_its_turn_is_kept_with_marks(desk: Desk) -> None:
    with desk.turn.step():
        desk.hear(ticket("T1", at(1), "new"))
    assert (desk.rows(touched), desk.rows(readings)) == (["T1"], [])


def test_nothing_is_kept_for_a_configuration_that_was_replaced(database: Database) -> None:
    def decide(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
        desk.stopping.set()
        return ()

    desk = Desk(database, decide)
    assert desk.intake.commit("tickets", Batch([ticket("T1", at(1), "new")], (), {"n": 1})) is None
    assert (desk.number(events), desk.number(cursors)) == (0, 0)


def test_a_subject_on_which_our_own_code_fails_is_left_to_the_engine(database: Database) -> None:
    def decide(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
        if outcome.subject.key.subject == "BAD":
            raise ZeroDivisionError
        return ()

    desk = Desk(database, decide)
    with capture_logs() as logs:
        desk.hear(ticket("A", at(1), "new"), ticket("BAD", at(1), "new"), ticket("Z", at(1), "new"))
    assert [(line["event"], line["subject"]) for line in logs] == [("left_for_the_engine", "tickets/BAD")]
    assert (desk.rows(touched), set(desk.rows(readings))) == (["BAD"], {"A", "Z"})
    with capture_logs() as logs:
        assert desk.worker.step(at(1)) == (1, False)
    assert [line["event"] for line in logs] == ["subject_set_aside"]


class Failing(ToAll):
    """A router that does not know what to do."""

    def route(self, changed: Sequence[Alert], record: OnRecord, now: datetime) -> Routed:
        raise ZeroDivisionError


def test_a_judgement_that_cannot_be_written_costs_nothing_of_the_batch(database: Database) -> None:
    desk = Desk(database, everybody, Failing((LOG,)))
    with capture_logs() as logs:
        desk.hear(ticket("T1", at(1), "new"), ticket("T2", at(1), "new"))
    assert [line["event"] for line in logs] == ["judgement_not_kept"]
    assert (desk.rows(touched), desk.rows(events)) == (["T1", "T2"], ["T1", "T2"])
    assert (desk.rows(readings), desk.rows(alerts), desk.told) == ([], [], [])


@pytest.mark.parametrize("table", [events, subjects, readings, transitions, alerts, outbox, cursors, counters])
def test_of_a_batch_that_the_database_refuses_nothing_is_kept(database: Database, table: sa.Table) -> None:
    """Wherever in the transaction that is; the same batch is taken afterwards."""
    desk = Desk(database, everybody)
    with database.write() as connection:
        refuses = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        connection.execute(sa.text(f"CREATE TRIGGER no BEFORE INSERT ON {table.name} {refuses}"))
    before = desk.content()
    with pytest.raises(StoreError):
        desk.hear(ticket("T1", at(1), "new"))
    assert (desk.content(), desk.judged, desk.told) == (before, [], [])
    with database.write() as connection:
        connection.execute(sa.text("DROP TRIGGER no"))
    desk.hear(ticket("T1", at(1), "new"))
    assert desk.rows(outbox.join(alerts, alerts.c.key == outbox.c.alert_key).select().subquery()) == ["T1"]


def test_as_many_statements_for_many_subjects_as_for_two_and_no_mark(tmp_path: Path) -> None:
    def of(number: int) -> list[str]:
        database = Database(f"sqlite:///{tmp_path}/{number}.db")
        desk = Desk(database, everybody)
        with asked(database) as found:
            desk.hear(*(ticket(f"T{n:03}", at(1), "new") for n in range(number)))
        database.close()
        return found

    few, many = of(2), of(300)
    assert len(many) == len(few)
    assert not [text for text in many if text.startswith(("INSERT INTO touched", "DELETE FROM touched"))]


# -- whose turn it is --------------------------------------------------------------------------------------------------


def test_a_step_goes_after_the_batch_under_way_and_before_the_next_one() -> None:
    turn, said = Turn(), list[str]()
    begun, goes_on = threading.Event(), threading.Event()

    def keep(name: str) -> None:
        with turn.beside(600) as mine:
            begun.set()
            goes_on.wait(600)
            said.append(name if mine else "too late")

    def step() -> None:
        with turn.step():
            said.append("step")

    batches = [threading.Thread(target=keep, args=(name,)) for name in ("first", "second", "third")]
    batches[0].start()
    assert begun.wait(600)
    batches[1].start()
    batches[2].start()
    until(lambda: turn.waiting == (0, 2), "two batches wait")
    engine = threading.Thread(target=step)
    engine.start()
    until(lambda: turn.waiting == (1, 2), "the engine waits, after them")
    goes_on.set()
    for thread in (*batches, engine):
        thread.join()
    assert said[:2] == ["first", "step"]
    assert sorted(said[2:]) == ["second", "third"]


def test_an_engine_that_never_rests_lets_a_batch_in_after_each_step() -> None:
    turn, said, kept = Turn(), list[str](), threading.Event()

    def keep() -> None:
        with turn.beside(600) as mine:
            said.append("batch" if mine else "too late")
            kept.set()

    batch = threading.Thread(target=keep)
    with turn.step():
        batch.start()
        until(lambda: turn.waiting == (0, 1), "the batch waits")
    with turn.step():
        said.append("step")
    batch.join()
    assert said == ["batch", "step"]


def test_a_batch_that_gives_up_waiting_holds_no_step_back() -> None:
    turn = Turn()
    with turn.step(), turn.beside(0) as mine:
        assert not mine
    with turn.step():
        assert turn.waiting == (0, 0)


def test_a_batch_whose_keeping_fails_gives_its_turn_back() -> None:
    turn = Turn()
    with pytest.raises(ZeroDivisionError), turn.beside(0):
        raise ZeroDivisionError
    assert turn.take(0)
