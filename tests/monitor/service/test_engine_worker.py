from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from monitor.alert.alert import Alert, Channel, Delivery
from monitor.clock.engine import Outcome, Rulebook
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.service.chunks import FEWEST
from monitor.service.engine_worker import ASIDE, Timing, Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.views import Views
from tests.support.by_hand import by_hand
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

LOG = Channel("log", Delivery.QUEUE)
OFFICE = exchanged(POLICY, ("hours: 24x7", 'hours: {mon-sun: ["00:00-24:00"]}'))
BEFORE_ALL_CALENDARS = datetime(1969, 6, 1, tzinfo=UTC)


def nobody(_outcome: Outcome, _alerts: Sequence[Alert], _now: datetime) -> tuple[Alert, ...]:
    return ()


def everybody(outcome: Outcome, alerts: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
    """An alert for every subject that has none yet."""
    key = outcome.subject.key
    return () if alerts else (Alert({"alertname": "X", "ticket": key.subject}, {}, now, subject=key),)


class Desk:
    """A store with a worker on it."""

    def __init__(self, database: Database) -> None:
        self.ingest, self.clocks, self.views = Ingest(database), Clocks(database), Views(database)
        self.deliveries = Deliveries(database)

    def hear(self, now: datetime, *events: Event) -> None:
        self.ingest.commit_batch("tickets", Batch(events, (), {}), now)

    def worker(self, book: Rulebook | None = None, decide=nobody) -> Worker:
        return by_hand(Worker(self.clocks, book or rules(), decide, ToAll((LOG,)), at(0), ("tickets",)))

    def states(self, subject: str) -> list[str]:
        (loaded,) = self.clocks.load([SubjectKey("tickets", subject)])
        return [transition.kind.value for transition in loaded.transitions if transition.target == "accept"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    yield Desk(database)
    database.close()


def test_nothing_waits_in_an_empty_store(desk: Desk) -> None:
    assert desk.worker().step(at(1)) == (0, False)


def test_news_are_worked_off_and_then_nothing_waits(desk: Desk) -> None:
    desk.hear(at(1), ticket("T1", at(1), "new"), ticket("T2", at(1), "new"))
    worker = desk.worker()
    assert worker.step(at(1)) == (2, False)
    assert worker.step(at(1)) == (0, False)
    assert desk.states("T1") == ["started"]
    assert desk.worker().next_due() == at(1, 7.5)


def test_what_is_due_is_advanced_at_its_instant_and_the_loop_does_not_spin(desk: Desk) -> None:
    desk.hear(at(1), ticket("T1", at(1), "new"))
    worker, looks = desk.worker(), []
    worker.step(at(1))
    while (due := desk.worker().next_due()) is not None:
        looks.append(due - at(1))
        assert worker.step(due - timedelta(microseconds=1)) == (0, False)
        assert worker.step(due) == (1, False)
        assert worker.step(due) == (0, False)
    assert looks == [timedelta(minutes=7.5), timedelta(minutes=10, microseconds=1)]
    assert desk.states("T1") == ["started", "at_risk", "breached"]


def test_what_is_due_goes_before_news_and_a_chunk_has_its_size(desk: Desk) -> None:
    worker = desk.worker()
    desk.hear(at(1), *(ticket(f"D{n}", at(1), "new") for n in range(3)))
    worker.step(at(1))
    desk.hear(at(2), *(ticket(f"N{n:03}", at(2), "new") for n in range(FEWEST + 10)))
    assert worker.step(at(2)) == (FEWEST, False)
    assert [desk.states(f"D{n}")[-1] for n in range(3)] == ["breached"] * 3
    assert worker.step(at(2)) == (13, False)
    assert worker.step(at(2)) == (0, False)


def test_alerts_are_put_into_the_outbox_and_said_to_the_caller(desk: Desk) -> None:
    desk.hear(at(1), ticket("T1", at(1), "new"))
    worker = desk.worker(decide=everybody)
    assert worker.step(at(1)) == (1, True)
    (page,) = desk.deliveries.due_pages("log", at(1), 10)
    assert page.alert.subject == SubjectKey("tickets", "T1")
    assert worker.step(at(1, 7.5)) == (1, False)
    assert len(desk.deliveries.due_pages("log", at(2), 10)) == 1


def test_a_history_that_cannot_be_read_is_set_aside_and_the_others_go_on(desk: Desk) -> None:
    """Working hours are compiled from 1971 on; a ticket of 1969 makes our own code fail."""
    desk.hear(at(1), ticket("A", at(1), "new"), ticket("OLD", BEFORE_ALL_CALENDARS, "new"), ticket("Z", at(1), "new"))
    worker = desk.worker(rules(OFFICE))
    with capture_logs() as logs:
        assert worker.step(at(1)) == (3, False)
    assert [(line["event"], line["subject"], line["log_level"]) for line in logs] == [
        ("subject_set_aside", "tickets/OLD", "error")
    ]
    assert logs[0]["exc_info"]
    assert (desk.states("A"), desk.states("OLD"), desk.states("Z")) == (["started"], [], ["started"])
    assert desk.views.quarantined() == {("tickets", "defect"): 1}
    assert worker.step(at(1)) == (0, False)


def test_what_was_set_aside_is_tried_again_after_its_time_and_mended_by_other_rules(desk: Desk) -> None:
    desk.hear(at(1), ticket("OLD", BEFORE_ALL_CALENDARS, "new"))
    with capture_logs() as logs:
        desk.worker(rules(OFFICE)).step(at(1))
        assert desk.worker().next_due() == at(1) + ASIDE
        assert desk.worker(rules(OFFICE)).step(at(1) + ASIDE) == (1, False)
    assert len(logs) == 2
    assert desk.worker().step(at(1) + 2 * ASIDE) == (1, False)
    assert desk.states("OLD") == ["started", "at_risk", "breached"]
    assert desk.views.quarantined() == {}


def test_a_decision_that_fails_keeps_nothing_of_its_subject_and_stops_no_other(desk: Desk) -> None:
    def decide(outcome: Outcome, alerts: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
        if outcome.subject.key.subject == "B":
            raise ZeroDivisionError
        return everybody(outcome, alerts, now)

    desk.hear(at(1), *(ticket(name, at(1), "new") for name in "ABC"))
    with capture_logs() as logs:
        assert desk.worker(decide=decide).step(at(1)) == (3, True)
    assert [line["subject"] for line in logs] == ["tickets/B"]
    assert [desk.states(name) for name in "ABC"] == [["started"], [], ["started"]]
    assert len(desk.deliveries.due_pages("log", at(1), 10)) == 2


def test_a_subject_that_fails_while_due_does_not_come_back_before_its_time(desk: Desk) -> None:
    desk.hear(at(1), ticket("T1", at(1), "new"))
    desk.worker().step(at(1))

    def decide(outcome: Outcome, alerts: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
        raise ZeroDivisionError

    failing = desk.worker(decide=decide)
    with capture_logs():
        assert failing.step(at(2)) == (1, False)
        assert failing.step(at(2)) == (0, False)
    assert desk.worker().next_due() == at(2) + ASIDE
    assert desk.worker().step(at(2) + ASIDE) == (1, False)
    assert desk.states("T1") == ["started", "at_risk", "breached"]


def test_evaluations_are_counted_into_cumulative_buckets() -> None:
    timing = Timing()
    for seconds in (0.001, 0.02, 0.3, 60.0):
        timing.add(seconds)
    assert (timing.evaluations, round(timing.seconds, 3)) == (4, 60.321)
    assert timing.buckets == {0.005: 1, 0.02: 2, 0.1: 2, 0.5: 3, 2.0: 3, 10.0: 3}


def test_a_ticket_dated_a_little_ahead_of_us_has_its_clock_when_its_time_comes(desk: Desk) -> None:
    """Up to five minutes ahead is let in (semantics 5): two machines' clocks are never quite alike."""
    desk.hear(at(1), ticket("T1", at(1, 0.5), "new"))
    desk.worker().step(at(1))
    desk.worker().step(at(1, 1))
    assert desk.states("T1") == ["started"]


def test_a_restoration_dated_a_little_ahead_of_us_ends_a_breached_clock(desk: Desk) -> None:
    desk.hear(at(1), ticket("T1", at(1), "new"))
    desk.worker().step(at(2))
    desk.hear(at(3), ticket("T1", at(3, 0.5), "resolved"))
    desk.worker().step(at(3))
    desk.worker().step(at(3, 1))
    assert desk.states("T1")[-1] == "ended_late"


def test_no_time_passes_for_a_source_that_was_taken_out(desk: Desk) -> None:
    desk.hear(at(1), ticket("T1", at(1), "new"))
    desk.worker().step(at(1))
    others = by_hand(Worker(desk.clocks, rules(), nobody, ToAll((LOG,)), at(0), ("circuits",)))
    assert (others.step(at(9)), others.next_due()) == ((0, False), None)
    assert desk.states("T1") == ["started"]
    assert desk.worker().step(at(9)) == (1, False)
