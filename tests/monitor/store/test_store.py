from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from monitor.alert.alert import Alert, Channel, Delivery, Reason, Settlement, Verdict
from monitor.clock import engine
from monitor.errors import StoreError
from monitor.history.batch import Batch
from monitor.history.events import Reject
from monitor.model import State, SubjectKey
from monitor.store.clocks import Clocks
from monitor.store.database import Database, readonly
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest, PollOutcome
from monitor.store.outcomes import Step
from monitor.store.schema import metadata
from monitor.store.views import Views
from tests.support.cases import at, rules, ticket
from tests.support.to_all import ToAll

STATE, QUEUE = Channel("am/0", Delivery.STATE), Channel("log", Delivery.QUEUE)
KEY = SubjectKey("tickets", "T1")
SOURCES = ("tickets",)


@pytest.fixture
def database(tmp_path: Path):
    opened = Database(f"sqlite:///{tmp_path}/store.db")
    yield opened
    opened.close()


def batch(*events, rejects=(), position=None) -> Batch:
    return Batch(events, rejects, position or {"n": 1})


def advance(database: Database, now, channels=(STATE, QUEUE), alerts=()):
    clocks = Clocks(database)
    loaded = clocks.load([KEY])
    outcome = engine.advance(loaded[0].events, loaded[0].transitions, rules(), now)
    clocks.commit([Step(loaded[0], outcome, tuple(alerts), now)], ToAll(tuple(channels)), "r1", at(0), now)
    return outcome


def alert(stage: str = "used_75", reason: Reason = Reason.FIRST, resolved=None) -> Alert:
    return Alert(
        {"alertname": "X", "stage": stage}, {"summary": "s"}, at(1), resolved, reason, KEY, "restore", 1, stage
    )


def counted(database: Database, name: str) -> float:
    return sum(count.value for count in Views(database).counts() if count.name == name)


def test_migrations_give_exactly_the_schema(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_second_process_cannot_own_the_same_file(tmp_path: Path) -> None:
    first = Database(f"sqlite:///{tmp_path}/own.db")
    script = f"from monitor.store.database import Database; Database('sqlite:///{tmp_path}/own.db')"
    second = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert second.returncode != 0
    assert "another tierwatch runs on it" in second.stderr
    first.close()
    Database(f"sqlite:///{tmp_path}/own.db").close()


def test_looking_beside_a_running_program_cannot_write(database: Database) -> None:
    beside = readonly(str(database.url))
    assert Views(beside).find("T1") == ()
    with pytest.raises(StoreError, match="readonly"), beside.write() as connection:
        connection.execute(sa.text("INSERT INTO meta VALUES ('a', 'b')"))
    beside.close()


def test_a_database_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"does not exist yet; start `tierwatch run` first"):
        readonly(f"sqlite:///{tmp_path}/none.db")


def test_events_and_cursor_are_kept_together_and_repeats_change_nothing(database: Database) -> None:
    ingest = Ingest(database)
    events = [ticket("T1", at(1), "new", tier="gold"), ticket("T1", at(2), "working")]
    first = ingest.commit_batch("tickets", batch(*events, position={"page": 2}), at(3))
    again = ingest.commit_batch("tickets", batch(*events, events[0], position={"page": 3}), at(3))
    assert (first.new, first.known) == (2, 0)
    assert (again.new, again.known) == (0, 3)
    assert ingest.position("tickets") == {"page": 3}
    assert sorted(Views(database).events_of(KEY), key=lambda event: event.at) == events
    assert counted(database, "tierwatch_events_total") == 2
    assert counted(database, "tierwatch_duplicates_total") == 3


def test_a_database_that_cannot_be_opened_is_let_go_of(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    path.write_bytes(b"this is no database" * 500)
    with pytest.raises(StoreError, match="could not be opened") as refused:  # holds what was half made
        Database(f"sqlite:///{path}")
    assert refused.value.retryable
    path.unlink()
    Database(f"sqlite:///{path}").close()


def test_a_batch_that_fails_half_way_leaves_nothing(database: Database) -> None:
    """The database refuses the row of the source, which comes after events and cursor."""
    ingest = Ingest(database)
    with database.write() as connection:
        refuses = "BEGIN SELECT RAISE(ABORT, 'refused'); END"
        connection.execute(sa.text(f"CREATE TRIGGER no_source BEFORE INSERT ON sources {refuses}"))
    with pytest.raises(StoreError, match="refused"):
        ingest.commit_batch("tickets", Batch([ticket("T1", at(1), "new")], [], {"x": 1}), at(2))
    assert ingest.position("tickets") == {}
    assert Views(database).events_of(KEY) == ()


def test_what_is_due_comes_from_the_index_and_news_come_too(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    assert clocks.waiting(at(1), 10, SOURCES) == (KEY,)
    outcome = advance(database, at(1))
    assert clocks.waiting(at(1), 10, SOURCES) == ()
    assert clocks.next_due(SOURCES) == outcome.next_at == at(1, 7.5)  # 75 % of ten minutes to accept
    assert clocks.waiting(at(1, 8), 10, SOURCES) == (KEY,)
    with database.read() as connection:
        query = "SELECT subject FROM readings WHERE source = 'a' AND next_threshold_at <= 1 ORDER BY next_threshold_at"
        plan = connection.execute(sa.text(f"EXPLAIN QUERY PLAN {query}")).all()
    assert "USING INDEX readings_due (source=? AND next_threshold_at<?)" in str(plan)


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
    states = {group.group.sla_target: dict(group.states) for group in Views(database).clocks()}
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


def test_state_rows_are_sent_again_queue_rows_in_order(database: Database) -> None:
    clocks, deliveries = Clocks(database), Deliveries(database)
    Ingest(database).commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="gold")), at(1))
    advance(database, at(2), alerts=[alert()])
    (queued,) = deliveries.due_pages("log", at(2), 10)
    clocks.commit_alerts([alert(reason=Reason.RESTORED, resolved=at(3))], ToAll((STATE, QUEUE)), at(3))
    (page,) = deliveries.due_pages("am/0", at(3), 10)
    assert not page.alert.firing
    assert page.version == 2
    assert queued.alert.firing
    deliveries.settle_pages([Settlement(queued, Verdict.ACCEPTED, None)], at(3))
    (after,) = deliveries.due_pages("log", at(3), 10)
    assert not after.alert.firing
    deliveries.settle_pages([Settlement(page, Verdict.ACCEPTED, at(3) + timedelta(seconds=60))], at(3))
    assert deliveries.due_pages("am/0", at(3), 10) == ()
    assert deliveries.next_page("am/0") == at(3, 1)
    assert deliveries.begin((STATE, QUEUE), at(3)) == ()
    assert len(deliveries.due_pages("am/0", at(3), 10)) == 1


def test_a_receiver_that_is_new_hears_of_everything_that_fires(database: Database) -> None:
    clocks, deliveries = Clocks(database), Deliveries(database)
    fires, over = alert(), alert("used_90", Reason.RESTORED, at(2))
    recorded = alert("used_50", Reason.SUPERSEDED, at(2))
    clocks.commit_alerts([fires, over, recorded], ToAll((STATE,)), at(2))
    new = Channel("am/1", Delivery.STATE)
    assert deliveries.begin((STATE, new), at(3)) == ()
    assert [page.alert for page in deliveries.due_pages("am/1", at(3), 10)] == [fires]
    assert deliveries.begin((STATE, new), at(4)) == ()
    assert len(deliveries.due_pages("am/1", at(4), 10)) == 1


def test_a_receiver_that_was_taken_out_holds_nothing_up_and_hears_again_when_it_is_back(database: Database) -> None:
    clocks, deliveries = Clocks(database), Deliveries(database)
    clocks.commit_alerts([alert()], ToAll((STATE, QUEUE)), at(1))
    assert deliveries.begin((STATE,), at(2)) == ("log",)
    assert deliveries.begin((QUEUE,), at(3)) == ("am/0",)
    waiting = {health.channel: health.pending for health in Views(database).channels(at(3), ("am/0", "log"))}
    assert waiting == {"am/0": 0, "log": 0}
    assert deliveries.begin((STATE, QUEUE), at(4)) == ()
    (page,) = deliveries.due_pages("am/0", at(4), 10)
    assert page.alert.firing
    assert deliveries.due_pages("log", at(4), 10) == (), "a queue tells what happens, not what had happened"


def test_an_answer_to_an_older_version_closes_nothing(database: Database) -> None:
    clocks, deliveries = Clocks(database), Deliveries(database)
    clocks.commit_alerts([alert()], ToAll((STATE,)), at(1))
    (page,) = deliveries.due_pages("am/0", at(1), 10)
    clocks.commit_alerts([alert(reason=Reason.RESTORED, resolved=at(2))], ToAll((STATE,)), at(2))
    deliveries.settle_pages([Settlement(page, Verdict.ACCEPTED, None)], at(2))
    (later,) = deliveries.due_pages("am/0", at(2), 10)
    assert not later.alert.firing


def test_recorded_alerts_are_told_to_nobody(database: Database) -> None:
    Clocks(database).commit_alerts([alert(reason=Reason.SUPERSEDED, resolved=at(1))], ToAll((STATE, QUEUE)), at(1))
    assert Deliveries(database).next_page("am/0") is None
    assert Deliveries(database).next_page("log") is None
    assert Views(database).told(KEY)[0]["reason"] == "superseded"


def test_a_record_from_the_future_is_judged_when_its_time_has_come(database: Database) -> None:
    ingest = Ingest(database)
    event = ticket("T1", at(5), "new")
    reject = Reject(
        "tickets", event.event_id, "future", "T1: dated 05:00Z, two hours ahead", rejudge_at=at(5), event=event
    )
    ingest.commit_batch("tickets", batch(rejects=[reject]), at(3))
    assert ingest.rejudge(at(4)) == 0
    assert Views(database).quarantined() == {("tickets", "future"): 1}
    assert ingest.rejudge(at(5)) == 1
    assert Views(database).events_of(KEY) == (event,)
    assert Views(database).quarantined() == {}


def test_an_unknown_tier_is_quarantined_until_the_mapping_knows_it(database: Database) -> None:
    Ingest(database).commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="Platinum")), at(1))
    advance(database, at(1, 1))
    advance(database, at(1, 2))
    assert Views(database).quarantined() == {("tickets", "unknown_tier"): 1}
    assert counted(database, "tierwatch_quarantined_total") == 1
    assert counted(database, "tierwatch_unknown_values_total") == 1
    with database.write() as connection:
        connection.execute(sa.text('UPDATE events SET fields = \'{"tier":"gold"}\''))
    advance(database, at(1, 3))
    assert Views(database).quarantined() == {}


def test_a_failed_poll_keeps_the_last_success_and_counts(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_poll("tickets", PollOutcome(at(1), at(1, 1)))
    ingest.commit_poll("tickets", PollOutcome(at(2), at(2, 1), ("source", "401, the source refused the token")))
    ingest.commit_poll("tickets", PollOutcome(at(3), at(3, 1), ("source", "401, the source refused the token")))
    row = Views(database).sources()["tickets"]
    assert (row.up, row.last_success, ingest.failures("tickets")) == (False, at(1), 2)
    assert "401" in row.error
    assert counted(database, "tierwatch_source_poll_failures_total") == 2


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
    assert ingest.touch_all("r1", SOURCES) == 0
    assert ingest.touch_all("r2", ()) == 0, "a source that was taken out of the configuration is left alone"
    assert ingest.touch_all("r2", SOURCES) == 1
    assert Clocks(database).waiting(at(1), 10, SOURCES) == (KEY,)
    assert Clocks(database).waiting(at(9), 10, ()) == ()


def test_a_page_that_was_not_tried_is_no_failure(database: Database) -> None:
    deliveries = Deliveries(database)
    alert = Alert({"alertname": "X", "ticket": "T1"}, {}, at(1), subject=KEY)
    Clocks(database).commit_alerts([alert], ToAll((QUEUE,)), at(1))
    (page,) = deliveries.due_pages("log", at(1), 10)
    waits = Settlement(page, Verdict.RETRY, at(2), reason="paced", tried=False)
    deliveries.settle_pages([waits], at(1))
    (again,) = deliveries.due_pages("log", at(2), 10)
    assert (again.attempts, counted(database, "tierwatch_alerts_send_failures_total")) == (0, 0)
    deliveries.settle_pages([Settlement(again, Verdict.RETRY, at(3), reason="timeout")], at(2))
    (failed,) = deliveries.due_pages("log", at(3), 10)
    assert (failed.attempts, counted(database, "tierwatch_alerts_send_failures_total")) == (1, 1)


def test_a_recomputation_goes_by_the_nearest_deadline(database: Database) -> None:
    ingest, clocks = Ingest(database), Clocks(database)
    for name, hour in (("late", 5), ("soon", 1), ("later", 9)):
        ingest.commit_batch("tickets", batch(ticket(name, at(hour), "new")), at(hour))
    loaded = clocks.load([SubjectKey("tickets", name) for name in ("late", "soon", "later")])
    steps = [Step(item, engine.advance(item.events, (), rules(), item.events[0].at), (), at(9)) for item in loaded]
    clocks.commit(steps, ToAll(), "r1", at(0), at(9))
    ingest.touch_all("r2", SOURCES)
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


def test_a_ticket_that_its_source_mended_leaves_quarantine(database: Database) -> None:
    ingest = Ingest(database)
    bad = Reject("tickets", "T1 creationDate", "bad_time", "ticket T1: no date", subject="T1")
    line = Reject("tickets", "line 7", "malformed", "a line of its own")
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new"), rejects=[bad, line]), at(1))
    advance(database, at(1))
    assert Views(database).quarantined() == {("tickets", "bad_time"): 1, ("tickets", "malformed"): 1}
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(2))
    assert Views(database).quarantined() == {("tickets", "malformed"): 1}


def test_a_person_finds_a_subject_by_id_or_by_source_and_id(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("a/b", at(1), "new")), at(1))
    views = Views(database)
    assert views.find("tickets/a/b") == (SubjectKey("tickets", "a/b"),)
    assert views.find("a/b") == (SubjectKey("tickets", "a/b"),)
    assert views.find("nothing") == ()
