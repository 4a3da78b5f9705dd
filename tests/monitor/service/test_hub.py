"""A subscriber is notified of every violation it asked for, in order, whatever it answers and whatever ends us."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from exporters.hub import key_of
from exporters.live import event_id
from monitor.config import HubConfig, origin_of
from monitor.net import Secret
from monitor.service import hub as hubs
from monitor.service.hub import Hub, Line
from monitor.service.subscribing import MOST, Subscribing
from monitor.service.threads import Threads
from monitor.store import Subscription, Subscriptions, statements
from monitor.store.database import Database
from monitor.store.exports import StoredTransition
from monitor.store.schema import counters, readings, subjects, subscriptions, transitions
from monitor.store.subscriptions import DROPPED, FAILURES, SENT, SPAN, note_not_notified
from tests.support.loopback import Loopback, Reply, Request
from tests.support.peers import HANGING, until
from tests.support.transitions import AT, HOSTILE, many, row, store

SECRET = Secret("a secret of thirty-two bytes, or more", "file hub-secret")
WITHDRAWN = {"kind": "withdrawn", "stage": "breached:breached"}


class Subscriber:
    """A program that subscribed; `replies` are given once each, then `usual`."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.usual = Reply(204)
        self.taken: list[Request] = []
        self.refused: list[Request] = []
        self.server = Loopback(self._respond)

    def _respond(self, request: Request) -> Reply:
        reply = self.replies.pop(0) if self.replies else self.usual
        if 200 <= reply.status < 300 and not reply.hang:
            self.taken.append(request)
        elif reply.status == 400:
            self.refused.append(request)
        return reply

    @property
    def ids(self) -> list[str]:
        return [request.json()["eventId"] for request in self.taken]

    @property
    def numbers(self) -> list[int]:
        """The rows of which it was notified."""
        return [int(each.partition("-")[0]) for each in self.ids]

    @property
    def bodies(self) -> list[Any]:
        return [request.json() for request in self.taken]


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    made = Subscriber()
    with made.server:
        yield made


class Site:
    """A store and the hub of one program beside it; `now` moves by hand."""

    def __init__(self, folder: Path, subscriber: Subscriber, seconds: float = HANGING) -> None:
        self.url, self.now = f"sqlite:///{folder / 'tierwatch.db'}", AT
        origin = origin_of(subscriber.server.url)
        assert origin is not None
        self.config = HubConfig(SECRET, frozenset({origin}), timedelta(seconds=seconds))
        self.callback = f"{subscriber.server.url}/sla"
        self.stopping, self.threads = threading.Event(), Threads()
        self.database = Database(self.url)
        self.begin()

    def begin(self) -> None:
        page = "https://tierwatch.example.net"
        self.hub = Hub(self.config, self.database, self.threads, self.stopping, lambda: self.now, lambda: page)
        self.subscribing = Subscribing(self.config, self.database, lambda: self.now, self.hub.wake)
        self._lines: dict[str, Line] = {}

    def restart(self) -> None:
        """As after a kill: what is not in the database is gone."""
        self.database.close()
        self.database = Database(self.url)
        self.begin()

    def subscribe(self, query: str = "", customer: str | None = None, author: str = "tickets") -> Subscription:
        made = self.subscribing.subscribe(author, customer, self.callback, query)
        assert made is not None
        return made

    def stored(self, name: str) -> Subscription:
        (found,) = (one for one in Subscriptions(self.database).all() if one.id == name)
        return found

    def line(self, one: Subscription) -> Line:
        if one.id not in self._lines:
            made = self.hub.line(one)
            assert made is not None
            self._lines[one.id] = made
        return self._lines[one.id]

    def round(self, one: Subscription) -> float:
        line = self.line(one)
        line.opens_at = 0.0  # the waits are judged by themselves
        return self.hub.round(line)

    def rounds(self, one: Subscription) -> None:
        """Until nothing waits."""
        while self.round(one) < hubs.LOOK_EVERY or self.line(one).seen != self.database.revision():
            pass

    def counted(self, name: str, **labels: str) -> float:
        with self.database.read() as connection:
            found = connection.execute(sa.select(counters).where(counters.c.name == name)).all()
        return sum(one.value for one in found if labels.items() <= one.labels.items())


@pytest.fixture
def site(tmp_path: Path, subscriber: Subscriber) -> Iterator[Site]:
    made = Site(tmp_path, subscriber)
    yield made
    made.stopping.set()
    made.hub.wake()
    until(lambda: not made.threads.alive, "the threads end")
    made.database.close()


def ids(rows: list[StoredTransition]) -> list[str]:
    return [str(event_id(each.id, each.recorded_at)) for each in rows]


def test_violations_and_withdrawals_are_notified_in_order_and_nothing_else(site: Site, subscriber: Subscriber) -> None:
    store(site.database, many(3))
    one = site.subscribe()
    rows = [
        row(4, kind="started", stage=""), row(5), row(6, kind="met", stage=""), row(7, subject="INC5", **WITHDRAWN),
        row(8, kind="withdrawn", stage="met:"), row(9),
    ]  # fmt: skip
    store(site.database, rows)
    site.rounds(one)
    assert subscriber.ids == ids([rows[1], rows[3], rows[5]])
    created, deleted, _ = subscriber.bodies
    assert [created["eventType"], deleted["eventType"]] == ["SlaViolationCreateEvent", "SlaViolationDeleteEvent"]
    assert created["event"]["slaViolation"]["id"] == deleted["event"]["slaViolation"]["id"] == "desk/INC5/restore/1"
    assert site.counted(SENT, result="taken") == 3


def test_what_is_known_of_the_subject_is_in_it(site: Site, subscriber: Subscriber) -> None:
    one = site.subscribe()
    with site.database.write() as connection:
        known = {
            "source": "desk", "subject": "INC 1/a", "kind": "ticket", "tier": "gold", "assurance": "AAA",
            "attributes": {"customer": "Harbour Bank"}, "status": "", "circuit_state": None, "since": None,
            "rules_version": "1", "retired_at": None, "retired_by": "",
        }  # fmt: skip
        statements.add(connection, subjects, [known])
        budget = {
            "source": "desk", "subject": "INC 1/a", "target": "restore", "cycle": 1, "open": True, "state": "breached",
            "life": "running", "tier": "gold", "assurance": "AAA", "counted": timedelta(0), "read_at": AT,
            "budget": timedelta(hours=4), "started_at": AT, "deadline": AT, "breached_at": AT, "stopped_at": None,
            "missed_periods": 0, "next_threshold_at": None, "policy_version": "p@1", "calendar": "always",
        }  # fmt: skip
        statements.add(connection, readings, [budget])
    store(site.database, [row(1, subject="INC 1/a")])
    site.rounds(one)
    (body,) = subscriber.bodies
    assert body == {
        "eventId": str(event_id(1, AT)),
        "eventTime": "2026-01-05T01:00:00.250000Z",
        "timeOcurred": "2026-01-05T01:00:00.250000Z",
        "eventType": "SlaViolationCreateEvent",
        "title": "restore of desk/INC 1/a violated",
        "event": {
            "slaViolation": {
                "@type": "SlaViolation",
                "id": "desk/INC%201%2Fa/restore/1",
                "href": "https://tierwatch.example.net/explain/desk/INC%201%2Fa",
                "date": "2026-01-05T01:00:00.250000Z",
                "sla": {"id": "gold"},
                "violation": {
                    "rule": {"id": "restore"}, "operator": ".le", "unit": "second", "referenceValue": "14400",
                },
                "relatedEntity": [{"id": "INC 1/a", "@referredType": "ticket"}],
                "relatedParty": [{"name": "Harbour Bank", "role": "customer"}],
                "characteristic": [
                    {"name": "source", "value": "desk"}, {"name": "tier", "value": "gold"},
                    {"name": "assurance", "value": "AAA"}, {"name": "cycle", "value": "1"},
                ],
            }
        },
    }  # fmt: skip


def test_a_receiver_can_check_who_sent_it_and_whether_it_came_before(site: Site, subscriber: Subscriber) -> None:
    one, other = site.subscribe(), site.subscribe("tier=gold")
    store(site.database, [row(1)])
    site.rounds(one)
    (request,) = subscriber.taken
    key, headers = site.subscribing.key(one.id), request.headers
    signed = headers["Tierwatch-Timestamp"].encode() + b"." + request.body
    expected = hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Tierwatch-Signature"] == f"v1={expected}"
    assert headers["Idempotency-Key"] == request.json()["eventId"]
    assert int(headers["Tierwatch-Timestamp"]) == int(AT.timestamp())
    assert key != site.subscribing.key(other.id)
    assert key == key_of(SECRET, one.id)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(site: Site, subscriber: Subscriber, text: str) -> None:
    one = site.subscribe()
    store(site.database, [row(1, subject=text, source=text, tier=text)])
    site.rounds(one)
    (body,) = subscriber.bodies
    assert body["event"]["slaViolation"]["relatedEntity"][0]["id"] == text
    assert body["event"]["slaViolation"]["href"].isascii()


@pytest.mark.parametrize(
    ("query", "customer", "taken"),
    [
        ("", None, [1, 2, 3, 4]),
        ("tier=gold", None, [1, 3, 4]),
        ("tier=gold&source=other", None, [3]),
        ("eventType=SlaViolationDeleteEvent", None, [4]),
        ("target=respond&target=none", None, []),
        ("", "Harbour Bank", []),
    ],
)
def test_a_subscriber_gets_what_it_asked_for(
    site: Site, subscriber: Subscriber, query: str, customer: str | None, taken: list[int]
) -> None:
    one = site.subscribe(query, customer)
    store(site.database, [row(1), row(2, tier="silver"), row(3, source="other"), row(4, **WITHDRAWN)])
    site.rounds(one)
    assert subscriber.numbers == taken


def test_what_was_under_way_at_a_kill_is_sent_again_with_the_same_id(
    site: Site, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, rows = site.subscribe(), many(5)
    store(site.database, rows)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Subscriptions, "advance", killed)
        with pytest.raises(KeyboardInterrupt):
            site.round(one)
    site.restart()
    site.rounds(one)
    assert subscriber.ids == ids([rows[0], *rows])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["ok", "503", "500", "400", "kill", "write", "cut"]), max_size=14))
def test_whatever_happens_each_is_sent_in_order_and_none_is_left_out(
    tmp_path_factory: pytest.TempPathFactory, what: list[str]
) -> None:
    subscriber = Subscriber()
    with subscriber.server:
        site = Site(tmp_path_factory.mktemp("hub"), subscriber)
        one, written = site.subscribe(), 0
        for step in [*what, "write"]:
            if step == "write":
                store(site.database, many(3, written + 1))
                written += 3
            elif step == "kill":
                site.restart()
            else:
                reply = {"ok": Reply(), "cut": Reply(200, b"x", cut=0)}.get(step)
                subscriber.replies.append(reply or Reply(int(step)))
                site.round(one)
        before = len(subscriber.ids)
        site.rounds(one)
        assert before <= len(subscriber.ids)
        refused = {int(request.json()["eventId"].partition("-")[0]) for request in subscriber.refused}
        numbers = subscriber.numbers
        assert numbers == sorted(numbers)
        assert set(numbers) | refused == set(range(1, written + 1))
        assert site.counted(SENT, result="refused") == len(refused)
        site.database.close()


def waits(site: Site, one: Subscription, subscriber: Subscriber, reply: Reply) -> float:
    subscriber.replies.append(reply)
    line = site.line(one)
    line.opens_at = 0.0
    site.hub.round(line)
    return line.opens_at - hubs.time.monotonic()


def test_a_subscriber_is_left_alone_for_as_long_as_it_asks_within_reason(site: Site, subscriber: Subscriber) -> None:
    one, rows = site.subscribe(), many(2)
    store(site.database, rows)
    assert waits(site, one, subscriber, Reply(503, headers={"Retry-After": "700"})) > 600
    assert 3500 < waits(site, one, subscriber, Reply(429, headers={"Retry-After": "90000"})) <= 3600
    for _ in range(12):
        assert waits(site, one, subscriber, Reply(500)) <= 60
    asked = len(subscriber.server.requests)
    site.hub.round(site.line(one))
    assert len(subscriber.server.requests) == asked
    site.rounds(one)
    assert subscriber.ids == ids(rows)
    assert site.counted(FAILURES) == 14


@pytest.mark.parametrize("status", [400, 413, 422])
def test_one_that_is_refused_for_good_holds_up_no_other(site: Site, subscriber: Subscriber, status: int) -> None:
    one, rows = site.subscribe(), many(3)
    store(site.database, rows)
    subscriber.replies += [Reply(), Reply(status)]
    with capture_logs() as logged:
        site.rounds(one)
    assert subscriber.ids == ids([rows[0], rows[2]])
    assert site.counted(SENT, result="refused") == 1
    assert [line["event"] for line in logged] == ["notification_refused"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(site: Site, subscriber: Subscriber, status: int) -> None:
    other = Subscriber()
    with other.server:
        one = site.subscribe()
        store(site.database, [row(1)])
        for where in (other.server.url, f"{subscriber.server.url}/elsewhere"):
            subscriber.replies.append(Reply(status, headers={"Location": where}))
            site.round(one)
        assert other.server.requests == []
        assert {request.path for request in subscriber.server.requests} == {"/sla"}
        assert site.counted(FAILURES) == 2
        site.rounds(one)
        assert subscriber.ids == ids([row(1)])


def test_one_that_is_dead_for_long_is_suspended_said_and_goes_on_where_it_was(
    site: Site, subscriber: Subscriber
) -> None:
    one, rows = site.subscribe("tier=gold"), many(3)
    subscriber.usual = Reply(500)
    store(site.database, rows)
    site.round(one)
    assert site.stored(one.id).failing_since == AT
    assert site.hub.states() == {"active": 0, "failing": 1, "suspended": 0}
    site.restart()
    site.now += site.config.suspend_after - timedelta(seconds=1)
    site.round(one)
    assert site.stored(one.id).suspended_at is None
    site.now += timedelta(seconds=1)
    with capture_logs() as logged:
        site.round(one)
    assert (site.stored(one.id).suspended_at, site.stored(one.id).suspended_for) == (site.now, "dead")
    assert "subscriber_suspended" in {line["event"] for line in logged}
    site.restart()
    assert site.hub.states() == {"active": 0, "failing": 0, "suspended": 1}
    site.hub.look()
    assert site.threads.alive == ()
    subscriber.usual = Reply()
    again = site.subscribe("tier=gold")
    assert again.id == one.id
    assert site.stored(one.id).suspended_at is None
    site.rounds(again)
    assert subscriber.ids == ids(rows)


def test_one_that_says_it_is_gone_is_suspended_at_once(site: Site, subscriber: Subscriber) -> None:
    one = site.subscribe()
    store(site.database, many(2))
    subscriber.usual = Reply(410)
    site.round(one)
    assert site.stored(one.id).suspended_for == "gone"
    assert len(subscriber.server.requests) == 1


def test_an_origin_that_is_taken_out_is_sent_nothing_more(site: Site, subscriber: Subscriber) -> None:
    one = site.subscribe()
    store(site.database, [row(1)])
    origins, site.config = site.config, replace(site.config, origins=frozenset({"https://other.example:443"}))
    site.begin()
    site.round(one)
    assert subscriber.server.requests == []
    assert site.counted(FAILURES, reason="not_allowed") == 1
    site.config = origins
    site.begin()
    site.rounds(one)
    assert subscriber.ids == ids([row(1)])


def test_one_that_hangs_holds_up_nobody_and_the_threads_end_with_the_program(
    site: Site, subscriber: Subscriber
) -> None:
    hanging = Subscriber()
    hanging.usual = Reply(hang=True)
    with ExitStack() as stack:
        stack.enter_context(hanging.server)
        origin = origin_of(hanging.server.url)
        assert origin is not None
        site.config = replace(site.config, origins=site.config.origins | {origin}, timeout=timedelta(seconds=2))
        site.begin()
        first = site.subscribing.subscribe("hanging", None, hanging.server.url, "")
        assert first is not None
        site.subscribe()
        site.threads.start("hub", site.hub.forever, site.stopping)
        store(site.database, many(3))
        until(lambda: hanging.server.requests, "the one that hangs was asked")
        until(lambda: len(subscriber.ids) == 3, "the other one has all")
        site.subscribing.end(first.id, "hanging")
        until(lambda: f"subscriber {first.id}" not in {each.name for each in site.threads.alive})
        late = site.subscribe("tier=gold")
        store(site.database, [row(9)])
        until(lambda: len(subscriber.ids) == 5, "the one that subscribed late is notified as well")
        assert site.hub.states() == {"active": 2, "failing": 0, "suspended": 0}
        assert late.id != first.id


def test_rows_without_a_violation_are_passed_without_a_write(site: Site, subscriber: Subscriber) -> None:
    one = site.subscribe()
    store(site.database, [row(each + 1, kind="paused", stage="") for each in range(SPAN + 10)])
    before = site.database.revision()
    site.rounds(one)
    assert site.database.revision() == before
    assert subscriber.server.requests == []
    store(site.database, [row(2 * SPAN)])
    site.rounds(one)
    assert subscriber.ids == ids([row(2 * SPAN)])


def test_what_is_deleted_before_it_was_sent_is_counted_and_the_rest_is_sent(site: Site, subscriber: Subscriber) -> None:
    one = site.subscribe()
    store(site.database, [row(each, recorded_at=AT + timedelta(seconds=each)) for each in range(1, 7)])
    subscriber.replies += [Reply(), Reply(500)]
    site.round(one)
    going = transitions.c.id.in_([1, 2, 3])
    with site.database.write() as connection:
        note_not_notified(connection, going)
        connection.execute(sa.delete(transitions).where(going))
    site.restart()
    site.rounds(one)
    assert subscriber.numbers == [1, 4, 5, 6]
    assert site.counted(DROPPED) == 2


CALLBACKS = {
    "not-an-address": "is no address", "ftp://tickets.example": "is no address", "https://": "is no address",
    "//tickets.example/": "is no address", "file:///etc/passwd": "is no address", "https://a b/": "is no address",
    "https://user:pw@tickets.example/": "is no address", "https://tickets.example\\@127.0.0.1/": "is no address",
    "https://tickets.example:99999/": "is no address", "https://ticketsé.example/": "is no address",
    "https://tickets.example/\r\nHost: x": "is no address", "https://tickets.example/?token=1": "has a query",
    "https://tickets.example/#a": "has a query", "https://tickets.example:444/": "hub.origins",
    "http://tickets.example/": "hub.origins", "https://tickets.example.evil/": "hub.origins",
    "http://169.254.169.254/latest": "hub.origins", "http://127.0.0.1:1/": "hub.origins",
    "http://[::1]/": "hub.origins", "http://localhost/": "hub.origins", "https://x" + "x" * 1000: "is no address",
}  # fmt: skip


@pytest.mark.parametrize("callback", CALLBACKS)
def test_nothing_is_ever_sent_to_an_address_that_the_configuration_does_not_name(site: Site, callback: str) -> None:
    config = replace(site.config, origins=frozenset({"https://tickets.example:443"}))
    asking = Subscribing(config, site.database, lambda: AT, lambda: None)
    with pytest.raises(ValueError, match=CALLBACKS[callback]):
        asking.subscribe("tickets", None, callback, "")
    assert asking.all() == ()


@pytest.mark.parametrize(
    "callback", ["https://tickets.example/a", "HTTPS://Tickets.Example:443", "https://tickets.example"]
)
def test_an_origin_is_one_however_it_is_written(site: Site, callback: str) -> None:
    config = replace(site.config, origins=frozenset({"https://tickets.example:443"}))
    assert Subscribing(config, site.database, lambda: AT, lambda: None).subscribe("tickets", None, callback, "")


@pytest.mark.parametrize(
    "query", ["x", "color=red", "tier=gold&", "eventType=Other", "&".join(["tier=a"] * 60), "tier=" + "a" * 2000]
)
def test_a_query_that_is_not_understood_is_refused(site: Site, query: str) -> None:
    with pytest.raises(ValueError, match="the query"):
        site.subscribe(query)


def test_there_are_few_subscriptions_and_the_same_one_is_one(site: Site) -> None:
    made = [site.subscribe(f"tier={number}") for number in range(MOST)]
    assert site.subscribe("tier=3").id == made[3].id
    assert site.subscribing.subscribe("other", None, site.callback, "") is None
    site.subscribing.end(made[0].id, "tickets")
    assert site.subscribing.subscribe("other", None, site.callback, "") is not None


def test_who_subscribed_and_who_ended_that_is_in_the_audit_trail(site: Site) -> None:
    from monitor.store import Trail

    one = site.subscribe("tier=gold")
    site.subscribe("tier=gold")
    site.subscribing.end(one.id, "boss")
    site.subscribing.end(one.id, "boss")
    found = [
        (entry.kind, entry.who, entry.about, entry.detail.get("resumed"))
        for entry in Trail(site.database).entries(None, AT + timedelta(days=1))
    ]
    assert found == [
        ("subscribed", "tickets", one.id, False), ("subscribed", "tickets", one.id, True),
        ("unsubscribed", "boss", one.id, None),
    ]  # fmt: skip


def test_no_key_and_no_secret_is_stored(site: Site) -> None:
    one = site.subscribe()
    with site.database.read() as connection:
        stored = repr(connection.execute(sa.select(subscriptions)).all())
    assert site.subscribing.key(one.id) not in stored
    assert SECRET.reveal() not in stored


def test_without_a_hub_nothing_is_asked(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tierwatch.db'}")
    made: Callable[[], str] = lambda: ""  # noqa: E731
    hub = Hub(None, database, Threads(), threading.Event(), lambda: AT, made)
    assert (hub.wanted, hub.states()) == (False, {})
    assert not Subscribing(None, database, lambda: AT, lambda: None).offered
    database.close()
