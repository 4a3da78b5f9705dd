"""A database in which every kind of deed was done, with the names and texts that a test gives to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta

import sqlalchemy as sa

from monitor.access import Role, new_token
from monitor.alert import (
    AckEnd,
    Call,
    Channel,
    Delivery,
    Drill,
    DrillCall,
    DrillEnd,
    DrillFor,
    DrillStep,
    DrillTry,
    DrillWay,
    EndsFor,
    EscalationState,
    Judged,
    Reason,
    Settlement,
    SilenceRow,
    Verdict,
)
from monitor.alert.alert import Alert
from monitor.history import Batch, Correction, Reject, correction_event
from monitor.listing import RecordQuery
from monitor.model import CorrectionKind, Name, SubjectKey, SubjectKind
from monitor.store import (
    AccessToken,
    AccessTokens,
    Acknowledging,
    Action,
    Actions,
    Anew,
    Database,
    Deliveries,
    Drilling,
    Escalating,
    Exports,
    Ingest,
    Losses,
    Machine,
    MonthReport,
    MonthReports,
    PollOutcome,
    Publications,
    QuarantineRecords,
    Sent,
    Silences,
    Subscription,
    Subscriptions,
    statements,
)
from monitor.store.drilling import note_tries
from monitor.store.escalation_steps import end
from monitor.store.schema import decisions, readings, unread_words
from tests.support.cases import at, ticket
from tests.support.stores import KEY, advance

WALL, PHONE = Channel("wall", Delivery.QUEUE), Channel("phone", Delivery.QUEUE)
NOW = at(9)


@dataclass(frozen=True, slots=True)
class Told:
    """The words that people and sources wrote: who did it, and a text that stands wherever a text may stand."""

    who: str = "lin"
    text: str = "agreed with the customer"


def do_everything(database: Database, told: Told = Told()) -> None:
    """Two tickets, their pages, and one deed of each kind; every free text and every name is from *told*."""
    _tickets(database, told)
    _pages(database, told)
    _operators(database, told)
    _drill(database, told)
    _program(database, told)


def fired(told: Told, key: SubjectKey = KEY) -> Alert:
    words = {"summary": told.text, "customer": told.text, "description": told.text}
    labels = {"alertname": "X", "ticket": key.subject}
    return Alert(labels, words, at(1), None, Reason.FIRST, key, "restore", 1, "used_75")


def _tickets(database: Database, told: Told) -> None:
    ingest, about = Ingest(database), {"title": told.text, "caller": told.text, "tier": "gold"}
    events = [
        ticket("T1", at(1), "new", event_id="e1", **about),
        ticket("T1", at(2), "working", event_id="e2", **about),
        ticket("T2", at(1), "new", event_id="e3", tier="gold", title="link down"),
        ticket("T5", at(1), "closed", event_id="e5", reason=told.text, customer=told.text),
        ticket("T5", at(1.5), told.text, event_id="e6", reason=told.text),
    ]
    waits = ticket("T1", at(30), "new", event_id="e4", **about)
    rejects = [
        Reject("tickets", "line 7", "malformed", f"line 7: {told.text}", told.text, subject="T1"),
        Reject("tickets", "line 8", "malformed", f"line 8: {told.text}", told.text, subject="T2"),
        Reject("tickets", "e4", "future", told.text, told.text, at(30), waits, "T1"),
    ]
    ingest.commit_batch("tickets", Batch(events, rejects, {"n": 1}, {"e1": f'{{"name":"{told.text}"}}'}), at(2))
    ingest.commit_poll("tickets", PollOutcome(at(2), at(3), ("refused", told.text)))
    advance(database, at(5), (WALL, PHONE), [fired(told)])
    advance(database, at(5), key=SubjectKey("tickets", "T5"))
    used = json.dumps([["uc", told.text, 1]], ensure_ascii=False)
    with database.write() as connection:  # of a clock that stopped, which nothing reads again
        of_t1 = connection.execute(sa.select(readings).where(readings.c.subject == "T1")).mappings().first()
        assert of_t1 is not None
        over = {"subject": "T9", "open": False, "state": "met", "life": "stopped", "legs": used}
        statements.add(connection, readings, [{**of_t1, **over}])
    word = {"source": "tickets", "subject": "T1", "what": "customer", "kind": "ticket"}
    with database.write() as connection:
        statements.add(connection, unread_words, [{**word, "form": told.text, "word": told.text}])


def _pages(database: Database, told: Told) -> None:
    deliveries = Deliveries(database)
    for channel, verdict in ((WALL, Verdict.ACCEPTED), (PHONE, Verdict.REFUSED)):
        (page,) = deliveries.due_pages(channel.name, NOW, 10)
        deliveries.settle_pages([Settlement(page, verdict, None, told.text, "answered")], NOW)
    alert = fired(told)
    with database.write() as connection:
        row = {"alert_key": alert.key, "channel": "mail", "at": NOW, "reason": "silenced", "detail": told.text}
        statements.add(connection, decisions, [row])
    calls = (Call(alert.key, 0, "noc", "escalated", (told.who,), ()),)
    nothing = EscalationState((), (), (), (), (), ())
    Escalating(database).commit(nothing, Judged((), calls, ()), {}, NOW)
    Acknowledging(database).acknowledge(
        [alert.key], told.who, "link", told.text, NOW, lambda *_: AckEnd(at(10), EndsFor.SHIFT, told.who)
    )
    Acknowledging(database).take_back([alert.key], told.who, NOW)
    with database.write() as connection:
        end(connection, {1: EndsFor.SHIFT}, at(10))


def _operators(database: Database, told: Told) -> None:
    silences = Silences(database)
    row = SilenceRow("s-1", (f'customer="{told.text}"',), at(8), at(20), told.who, told.text)
    silences.add(row, at(8), lambda _: False)
    silences.end("s-1", NOW, lambda _: None, told.who)
    correction = Correction(CorrectionKind.EXCLUDE, told.text, told.who, at(1.5), at(1.75))
    Ingest(database).correct(correction_event(KEY, SubjectKind.TICKET, correction, NOW), NOW)
    Machine(database).accept(1, told.who, NOW)
    Losses(database).accept("tickets", told.who, told.text, NOW)
    records, again = QuarantineRecords(database), Reject("tickets", "line 7", "malformed", told.text, subject="T1")
    listed = {one.record: one.number for one in records.page(RecordQuery("tickets", "malformed"), 9).rows}
    records.retry(listed["line 7"], lambda *_: Batch((), (again,), {}), told.who, told.text, NOW)
    records.drop(listed["line 8"], told.who, told.text, NOW)


def drill(told: Told) -> Drill:
    """What somebody asked for at NOW, for oneself."""
    return Drill(
        "d-1", NOW, told.who, DrillFor.PERSON, told.who, "gold", NOW + timedelta(minutes=15), timedelta(minutes=5)
    )


def drill_begun(told: Told) -> Drill:
    call = DrillCall(NOW, 0, "share", told.who, Name(told.who, told.text), (DrillWay("phone"),))
    return replace(drill(told), begun_at=NOW, people=(told.who,), calls=(call,), key=fired(told).key)


def _drill(database: Database, told: Told) -> None:
    """One that is over: whoever was called acknowledged it."""
    asked, store = drill(told), Drilling(database)
    store.ask(asked, 1)
    over = replace(drill_begun(told), ended_at=NOW, ended_for=DrillEnd.ACKNOWLEDGED, detail=told.text)
    store.commit(asked, DrillStep(over), {}, NOW)
    with database.write() as connection:
        note_tries(connection, [(1, "d-1", DrillTry("phone", NOW, NOW, True, Verdict.RETRY, "refused", told.text))])


def _program(database: Database, told: Told) -> None:
    Exports(database).note("history", Sent(0, 1, [(told.text, told.text)]), NOW)
    published = Publications(database)
    for version in ("r1", "r2"):
        published.record(
            version, ["case@1"], {"policies": [], "mappings": {}, "v": version, "x": told.text}, told.who, NOW
        )
    Anew(database).begin(1, "r1", None, at(0), NOW)
    Anew(database).begin(2, "r2", None, at(0), NOW + timedelta(minutes=1))
    rows = [{"by_supplier": {told.text: 1}, "counts": [0] * 6}]
    MonthReports(database).keep(MonthReport("2025-12", "UTC", at(0), NOW, "r1", rows))
    for kind in (Action.LOGGED_IN, Action.LOGIN_FAILED, Action.LOGGED_OUT, Action.ACCESS_CHANGED):
        Actions(database).note(kind, NOW, "li.na", "password", address=told.text)
    AccessTokens(database).add(
        AccessToken("t-1", "twt_aaaaaaaa", "grafana", frozenset({Role.VIEWER}), None, None, NOW, told.who), new_token()
    )
    for kind in (Action.RELOADED, Action.RELOAD_REFUSED):
        Actions(database).note(kind, NOW, "SIGHUP", "aa", before="bb", why=told.text)
    subscriber = Subscription("b-1", "https://tickets.example/sla", "tier=gold", told.who, None, NOW)
    Subscriptions(database).add(subscriber, 2)
    Subscriptions(database).add(replace(subscriber, id="b-2", query=""), 2)
    Subscriptions(database).remove("b-2", told.who, NOW)
    Actions(database).note(Action.STARTED, NOW, told.who, "aa", version="0.1.0")
    Actions(database).note(Action.RESTORED, NOW, was_used_until=at(8).isoformat())
