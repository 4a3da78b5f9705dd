"""What every database owes to the engine: what is due and what has news, and each transition once."""

from __future__ import annotations

import pytest

from monitor.alert.alert import Reason
from monitor.clock import engine
from monitor.errors import StoreError
from monitor.model import State, SubjectKey
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.outcomes import Step
from monitor.store.recomputation import Recomputation
from monitor.store.views import Views
from tests.support.aggregates import kept
from tests.support.cases import at, rules, ticket
from tests.support.stores import KEY, SOURCES, Place, advance, alert, batch, counted
from tests.support.to_all import ToAll


def test_what_is_due_and_what_has_news_waits(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    assert clocks.waiting(at(1), 10, SOURCES) == (KEY,)
    outcome = advance(database, at(1))
    assert clocks.waiting(at(1), 10, SOURCES) == ()
    assert clocks.next_due(SOURCES) == outcome.next_at == at(1, 7.5)  # 75 % of ten minutes to accept
    assert clocks.waiting(at(1, 8), 10, SOURCES) == (KEY,)


def test_news_that_arrive_while_a_subject_is_read_are_not_forgotten(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(1))
    loaded = clocks.load([KEY])
    ingest.commit_batch("tickets", batch(ticket("T1", at(2), "working")), at(2))
    outcome = engine.advance(loaded[0].events, (), rules(), at(2))
    clocks.commit([Step(loaded[0], outcome, (), at(2))], ToAll(), "r1", at(0), at(2))
    assert clocks.waiting(at(2), 10, SOURCES) == (KEY,)


def test_transitions_are_appended_once_and_counted_in_their_transaction(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    advance(database, at(6))
    advance(database, at(6))
    loaded = Clocks(database).load([KEY])[0]
    assert [(t.kind, t.target) for t in loaded.transitions if t.kind == "breached"] == [
        ("breached", "accept"), ("breached", "feedback"), ("breached", "restore")]  # fmt: skip
    assert counted(database, "tierwatch_sla_clocks_breached_total") == 3
    assert counted(database, "tierwatch_sla_clocks_started_total") == 3
    states = {labels[3]: group.states for labels, group in kept(database).groups.items()}
    assert states["restore"] == {State.BREACHED: 1}


def test_what_was_before_the_installation_is_counted_apart(database: Database) -> None:
    Ingest(database).commit_batch("tickets", batch(ticket("T1", at(-5), "new", tier="gold")), at(1))
    advance(database, at(1))
    assert counted(database, "tierwatch_sla_clocks_breached_total") == 0
    assert counted(database, "tierwatch_sla_clocks_backfilled_total") == 6


def test_a_late_event_withdraws_a_breach_by_a_row_not_an_edit(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    advance(database, at(6))
    ingest.commit_batch("tickets", batch(ticket("T1", at(2), "resolved")), at(7))
    outcome = advance(database, at(7))
    restore = next(reading for reading in outcome.readings if reading.target.name == "restore")
    assert restore.state is State.MET
    kinds = [t.kind.value for t in Clocks(database).load([KEY])[0].transitions if t.target == "restore"]
    assert kinds.count("breached") == 1
    assert "withdrawn" in kinds
    assert counted(database, "tierwatch_sla_corrections_total") > 0


def test_a_subject_set_aside_comes_back_after_its_time_or_with_news(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(1))
    clocks.set_aside(clocks.load([KEY])[0], at(1), at(2))
    assert clocks.waiting(at(1), 10, SOURCES) == ()
    assert clocks.next_due(SOURCES) == at(2)
    assert clocks.waiting(at(2), 10, SOURCES) == (KEY,)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1, 30), "working")), at(1))
    assert clocks.waiting(at(1, 31), 10, SOURCES) == (KEY,)
    assert Views(database).quarantined() == {("tickets", "defect"): 1}


def test_other_rules_make_every_subject_wait_again(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(1))
    advance(database, at(1))
    assert Recomputation(database, "r1", SOURCES).mark() == 0
    assert Recomputation(database, "r2", ()).mark() == 0, "a source that was taken out is left alone"
    assert Recomputation(database, "r2", SOURCES).mark() == 1
    assert Clocks(database).waiting(at(1), 10, SOURCES) == (KEY,)
    assert Clocks(database).waiting(at(9), 10, ()) == ()


def test_a_recomputation_goes_by_the_nearest_deadline(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    for name, hour in (("late", 5), ("soon", 1), ("later", 9)):
        ingest.commit_batch("tickets", batch(ticket(name, at(hour), "new")), at(hour))
    loaded = clocks.load([SubjectKey("tickets", name) for name in ("late", "soon", "later")])
    steps = [Step(item, engine.advance(item.events, (), rules(), item.events[0].at), (), at(9)) for item in loaded]
    clocks.commit(steps, ToAll(), "r1", at(0), at(9))
    Recomputation(database, "r2", SOURCES).mark()
    ordered = [key.subject for key in clocks.waiting(at(0), 10, SOURCES)]
    assert ordered == ["soon", "late", "later"]


def test_an_event_just_ahead_of_us_counts_when_its_time_has_come(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1, 2), "new")), at(1))
    advance(database, at(1))
    assert clocks.waiting(at(1), 10, SOURCES) == ()
    assert clocks.next_due(SOURCES) == at(1, 2)
    assert clocks.waiting(at(1, 2), 10, SOURCES) == (KEY,)
    assert advance(database, at(1, 2)).readings


def test_a_step_that_fails_half_way_leaves_nothing_and_is_done_again(place: Place) -> None:
    """Whichever table refuses its row: the subject stays marked."""
    Ingest(place.opened).commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    before = place.content()
    worse = [alert("used_90", Reason.WORSENED), alert("used_75")]
    for table in ("subjects", "readings", "transitions", "alerts", "alert_log", "outbox", "decisions", "counters"):
        place.refuse_rows(table)
        with pytest.raises(StoreError, match="refused"):
            advance(place.opened, at(6), alerts=worse)
        assert place.content() == before, table
        assert Clocks(place.opened).waiting(at(6), 10, SOURCES) == (KEY,)
        place.accept_rows(table)
    advance(place.opened, at(6), alerts=worse)
    assert Clocks(place.opened).waiting(at(6), 10, SOURCES) == ()


def test_a_restart_changes_nothing_that_was_stored(place: Place) -> None:
    Ingest(place.opened).commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    outcome = advance(place.opened, at(1), alerts=[alert()])
    Ingest(place.opened).commit_batch("tickets", batch(ticket("T2", at(2), "new")), at(2))
    before = place.content()
    clocks = Clocks(place.restart())
    assert place.content() == before
    assert clocks.next_due(SOURCES) == outcome.next_at
    assert clocks.waiting(at(2), 10, SOURCES) == (KEY, SubjectKey("tickets", "T2"))
    assert clocks.installed_at(at(3)) == at(3)
    assert Clocks(place.restart()).installed_at(at(4)) == at(3)
