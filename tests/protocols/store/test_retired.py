"""What every database owes to subjects that are gone for good: no count has them, and each is counted once."""

from __future__ import annotations

from datetime import datetime

from monitor.history import Correction, correction_event
from monitor.history.events import Event
from monitor.model import CircuitState, CorrectionKind, RetiredBy, SubjectKey, SubjectKind
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome
from monitor.store.losses import Losses
from monitor.store.views import Views
from tests.support.aggregates import kept
from tests.support.cases import at, ticket
from tests.support.stores import KEY, SOURCES, advance, batch, counted


def gone(since: datetime, by: RetiredBy = RetiredBy.COMMAND, now: datetime | None = None) -> Event:
    made = Correction(CorrectionKind.RETIRE, "gone", "wang", since, by=by)
    return correction_event(KEY, SubjectKind.TICKET, made, now or since)


def test_a_retired_ticket_is_open_nowhere_and_counted_once_by_who_said_it(database: Database) -> None:
    ingest, views = Ingest(database), Views(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    advance(database, at(1))
    assert ingest.open_subjects("tickets") == ("T1",)
    ingest.correct(gone(at(2)), at(2))
    advance(database, at(2))
    assert ingest.open_subjects("tickets") == ()
    assert kept(database).groups == {}
    assert views.nearest() == views.late() == ()
    assert Clocks(database).next_due(SOURCES) is None
    ingest.commit_batch("tickets", batch(ticket("T1", at(3), note="seen")), at(3))
    advance(database, at(3))
    (one,) = (count for count in views.counts() if count.name == "tierwatch_retired_total")
    assert (one.labels, one.value) == ({"source": "tickets", "by": "command"}, 1)


def test_one_that_lives_again_and_goes_again_is_counted_again(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    ingest.correct(gone(at(2)), at(2))
    advance(database, at(2))
    ingest.commit_batch("tickets", batch(ticket("T1", at(3), "working")), at(3))
    advance(database, at(3))
    assert ingest.open_subjects("tickets") == ("T1",)
    ingest.correct(gone(at(4), RetiredBy.TICKET_SYSTEM), at(4))
    advance(database, at(4))
    assert counted(database, "tierwatch_retired_total") == 2


def test_a_retirement_keeps_who_said_it_in_every_database(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(1))
    for by in RetiredBy:
        ingest.correct(gone(at(2), by, at(2, 1 + list(RetiredBy).index(by))), at(3))
    found = [event.correction.by for event in Views(database).events_of(KEY) if event.correction is not None]
    assert sorted(str(by) for by in found) == sorted(by.value for by in RetiredBy)


def test_a_retired_circuit_is_in_no_list_of_circuits(database: Database) -> None:
    ingest, views = Ingest(database), Views(database)
    key = SubjectKey("tickets", "C1")
    down = Event("tickets", "c1", SubjectKind.CIRCUIT, "C1", at(1), status="unavailable")
    ingest.commit_batch("tickets", batch(down), at(1))
    advance(database, at(1), key=key)
    assert set(kept(database).circuits.values()) == {1}
    assert [row.state for row in views.circuits_down()] == [CircuitState.UNAVAILABLE]
    made = Correction(CorrectionKind.RETIRE, "gone", "corp", at(2), by=RetiredBy.INVENTORY)
    ingest.correct(correction_event(key, SubjectKind.CIRCUIT, made, at(2)), at(2))
    advance(database, at(2), key=key)
    assert kept(database).circuits == {}
    assert views.circuits_down() == views.circuits_not_known_up() == ()


def test_a_loss_is_held_until_a_poll_does_not_find_it_any_more(database: Database) -> None:
    from monitor.history.events import Reject

    ingest, losses = Ingest(database), Losses(database)
    reject = Reject("tickets", "list of circuits", "sudden_loss", "8 of 20")
    ingest.commit_batch("tickets", batch(rejects=[reject]), at(1))
    ingest.commit_poll("tickets", PollOutcome(at(1), at(2), began=at(0.9)))
    assert [one.source for one in losses.held(SOURCES)] == ["tickets"]
    assert losses.accepted_at("tickets") is None
    losses.accept("tickets", "wang", "true", at(2))
    losses.accept("tickets", "wang", "true", at(3))
    assert losses.accepted_at("tickets") == at(3)
    ingest.commit_poll("tickets", PollOutcome(at(4), at(5), began=at(3.9)))
    assert losses.held(SOURCES) == ()
