"""What every database owes to receivers: each alert's pages in order, none lost, none closed by another's answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from monitor.alert.alert import Alert, Channel, Delivery, Reason, Settlement, Verdict
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.views import Views
from tests.support.cases import at, ticket
from tests.support.stores import KEY, QUEUE, STATE, Place, advance, alert, batch, counted
from tests.support.to_all import ToAll


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
    assert Views(database).alerts_of(KEY)[0].reason == "superseded"


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


def sent(database: Database, hours: float, verdict: Verdict = Verdict.ACCEPTED) -> list[str]:
    """What a queue is sent now, and answers."""
    deliveries = Deliveries(database)
    pages = deliveries.due_pages("log", at(hours), 10)
    next_at = at(hours) if verdict is Verdict.RETRY else None
    deliveries.settle_pages([Settlement(page, verdict, next_at) for page in pages], at(hours))
    return [f"{page.alert.stage} {page.alert.reason}" for page in pages]


def test_the_changes_of_one_alert_are_sent_one_after_the_other(database: Database) -> None:
    clocks = Clocks(database)
    clocks.commit_alerts([alert()], ToAll((QUEUE,)), at(1))
    assert sent(database, 1, Verdict.RETRY) == ["used_75 first"]
    clocks.commit_alerts([alert("used_90", Reason.WORSENED)], ToAll((QUEUE,)), at(2))
    assert len(Deliveries(database).due_pages("log", at(2), 10)) == 2
    clocks.commit_alerts([alert(reason=Reason.PAUSED, resolved=at(3))], ToAll((QUEUE,)), at(3))
    clocks.commit_alerts([alert(reason=Reason.RESUMED)], ToAll((QUEUE,)), at(4))
    assert sent(database, 5) == ["used_75 first", "used_90 worsened"]
    assert sent(database, 5) == ["used_75 paused"]
    assert sent(database, 5) == ["used_75 resumed"]
    assert sent(database, 5) == []


def test_pages_of_different_alerts_go_by_severity_then_deadline(database: Database) -> None:
    def page(name: str, severity: str, due: float) -> Alert:
        return replace(alert(name), labels={"alertname": name, "severity": severity}, deadline=at(due))

    made = [page("late", "warning", 9), page("soon", "warning", 5), page("breach", "critical", 8)]
    Clocks(database).commit_alerts(made, ToAll((QUEUE,)), at(1))
    assert sent(database, 1) == ["breach first", "soon first", "late first"]


def test_a_page_under_way_is_handed_to_no_other_connection(database: Database) -> None:
    deliveries = Deliveries(database)
    Clocks(database).commit_alerts([alert(), alert("used_90")], ToAll((QUEUE,)), at(1))
    (first,) = deliveries.due_pages("log", at(1), 1)
    (second,) = deliveries.due_pages("log", at(1), 10, busy=[first.alert.key])
    assert second.alert.key != first.alert.key
    assert deliveries.next_page("log", busy=[first.alert.key, second.alert.key]) is None


def test_what_was_under_way_when_the_program_ended_is_sent_again(place: Place) -> None:
    Clocks(place.opened).commit_alerts([alert()], ToAll((QUEUE, STATE)), at(1))
    before = Deliveries(place.opened).due_pages("log", at(1), 10)
    deliveries = Deliveries(place.restart())
    assert deliveries.begin((QUEUE, STATE), at(2)) == ()
    assert deliveries.due_pages("log", at(2), 10) == before
    (state,) = deliveries.due_pages("am/0", at(2), 10)
    deliveries.settle_pages([Settlement(page, Verdict.ACCEPTED, None) for page in (*before, state)], at(2))
    deliveries = Deliveries(place.restart())
    assert deliveries.due_pages("log", at(3), 10) == (), "what was accepted is not sent again"


def test_an_answer_counts_once(database: Database) -> None:
    deliveries = Deliveries(database)
    Clocks(database).commit_alerts([alert()], ToAll((QUEUE,)), at(1))
    (page,) = deliveries.due_pages("log", at(1), 10)
    deliveries.settle_pages([Settlement(page, Verdict.ACCEPTED, None, reason="first")], at(1))
    assert deliveries.due_pages("log", at(1), 10) == ()
    assert counted(database, "tierwatch_alerts_sent_total") == 1
