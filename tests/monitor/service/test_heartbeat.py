"""The alert that always fires, and the ping that is sent only while all is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from alerts.decide.audit import UNDELIVERED
from alerts.decide.heartbeat import HEARTBEAT, Straight, heartbeat
from alerts.decide.withholding import Route
from alerts.delivery.outbox import deliver
from monitor.alert.alert import Channel, Delivery
from monitor.alert.routed import OnRecord
from monitor.net.credentials import Secret
from monitor.service.pulse import Ping, Pulse
from monitor.snapshot import FindingKind
from monitor.store.deliveries import Deliveries
from monitor.store.schema import alerts, decisions, outbox, silences
from monitor.store.views import Views
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS
from tests.support.loopback import Reply
from tests.support.switchboard import PHONE, WALL, Ear, Switchboard, switchboard
from tests.support.webhook import Webhook, listening

MINUTE = timedelta(minutes=1)
SHY = Channel("shy", Delivery.STATE)
TOKEN = "0b5e-who-knows-this-can-say-all-is-well"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, cases.POLICY) as made:
        yield made


@pytest.fixture
def outside() -> Iterator[Webhook]:
    with listening() as server:
        yield server


def pulse(board: Switchboard, ping: Ping | None = None, **routed: bool) -> Pulse:
    routes = (Route(WALL, {"tier": frozenset({"gold"})}), Route(PHONE), Route(SHY, shadow=True))
    made = Pulse(board.database, board.rules, routes, lambda: SETTINGS, None, ping)
    made.begin(at(0))
    return made


def address(outside: Webhook) -> Ping:
    return Ping(Secret(f"{outside.url}/ping/{TOKEN}?key={TOKEN}", "$PING_URL"), MINUTE)


def test_the_heartbeat_fires_for_ever_and_is_said_once() -> None:
    (alert,) = heartbeat((), SETTINGS, at(0))
    assert alert.labels == {"alertname": HEARTBEAT, "instance": "north", "severity": "none"}
    assert alert.firing
    assert heartbeat((alert,), SETTINGS, at(100)) == ()
    assert heartbeat((replace(alert, resolved_at=at(1)),), SETTINGS, at(2)) != ()


def test_it_goes_to_every_receiver_of_states_through_every_silence_and_to_no_queue(board: Switchboard) -> None:
    row = {
        "id": "all", "matchers": ['alertname=~".*"'], "starts_at": at(0), "ends_at": at(99), "author": "lin",
        "reason": "works", "maintenance": False, "created_at": at(0),
    }  # fmt: skip
    with board.database.write() as connection:
        connection.execute(sa.insert(silences).values(**row))
    pulse(board).tick(at(1))
    ears = {channel.name: Ear() for channel in (WALL, PHONE, SHY)}
    for minutes in range(3):
        for channel in (WALL, PHONE, SHY):
            deliver(Deliveries(board.database), ears[channel.name], channel, at(1, minutes))
    assert [alert.labels["alertname"] for alert in ears["wall"].heard] == [HEARTBEAT] * 3, "again and again"
    assert (ears["phone"].heard, ears["shy"].heard) == ([], [])
    with board.database.read() as connection:
        why = {(row.channel, row.reason) for row in connection.execute(sa.select(decisions))}
    assert why == {("phone", "not_routed"), ("shy", "shadow")}


@pytest.mark.parametrize(("alone", "told"), [(False, ["wall", "phone"]), (True, ["own"])])
def test_somebodys_own_receiver_hears_only_where_there_is_no_other(alone: bool, told: list[str]) -> None:
    own = Route(Channel("own", Delivery.QUEUE), personal=True)
    shared = () if alone else (Route(WALL), Route(PHONE))
    (alert,) = heartbeat((), SETTINGS, at(0))
    ((_, taken),) = Straight((*shared, own, Route(SHY, shadow=True))).route([alert], OnRecord(), at(0)).changes
    assert [decision.channel.name for decision in taken if decision.withheld is None] == told


def test_a_restart_does_not_say_it_anew(board: Switchboard) -> None:
    assert pulse(board).tick(at(1))
    assert not pulse(board).tick(at(2))


def test_the_address_hears_of_a_program_that_is_well(board: Switchboard, outside: Webhook) -> None:
    made = pulse(board, address(outside))
    made.tick(at(0, 1))
    for seconds in range(0, 150, 10):
        made.tick(at(0, 1) + timedelta(seconds=seconds))
        made.watch(at(0, 1) + timedelta(seconds=seconds))
    assert [request.path.partition("?")[0] for request in outside.requests] == [f"/ping/{TOKEN}"] * 3
    counted = {count.name: count.value for count in Views(board.database).counts()}
    assert counted["tierwatch_heartbeat_pings_total"] == 3


def test_without_a_tick_there_is_no_ping(board: Switchboard, outside: Webhook) -> None:
    made = pulse(board, address(outside))
    made.tick(at(0, 1))
    for minutes in range(1, 10):
        made.watch(at(0, minutes))
    assert len(outside.requests) == 1, "the store failed, or the machine's clock was held, after the first"


def test_before_the_first_audit_there_is_no_ping(board: Switchboard, outside: Webhook) -> None:
    made = pulse(board, address(outside))
    made.tick(at(0))
    made.watch(at(0))
    assert len(outside.requests) == 0


def test_while_a_page_waits_too_long_there_is_no_ping(board: Switchboard, outside: Webhook) -> None:
    made = pulse(board, address(outside))
    made.tick(at(0))  # the heartbeat's own row waits: nobody delivers here
    made.watch(at(0, 3))
    assert len(outside.requests) == 1
    made.tick(at(0, 6))
    made.watch(at(0, 6))
    assert len(outside.requests) == 1
    with board.database.write() as connection:
        connection.execute(sa.update(outbox).values(accepted_at=at(0, 7)))
    made.tick(at(0, 8))
    made.watch(at(0, 8))
    assert len(outside.requests) == 2


def test_an_audit_that_fails_leaves_no_clean_answer_behind(
    board: Switchboard, outside: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pulse(board, address(outside))
    made.tick(at(0, 1))
    made.watch(at(0, 1))
    monkeypatch.setattr("alerts.decide.audit.audit", lambda *args: 1 / 0)
    made.tick(at(0, 3))
    with pytest.raises(ZeroDivisionError):
        made.watch(at(0, 3))
    made.watch(at(0, 3) + timedelta(seconds=1))
    assert len(outside.requests) == 1


@pytest.mark.parametrize("status", [301, 404, 500])
def test_a_ping_that_fails_is_logged_and_counted_and_never_shows_the_address(
    board: Switchboard, outside: Webhook, status: int
) -> None:
    outside.answer = lambda request: Reply(status, headers={"Location": f"http://elsewhere.example/{TOKEN}"})
    made = pulse(board, address(outside))
    made.tick(at(0, 1))
    with capture_logs() as logs:
        made.watch(at(0, 1))
    (line,) = [line for line in logs if line["event"] == "heartbeat_failed"]
    assert line["address"] == "$PING_URL"
    assert TOKEN not in str(logs)
    assert "127.0.0.1" not in str(logs)
    failures = [c for c in Views(board.database).counts() if c.name == "tierwatch_heartbeat_ping_failures_total"]
    assert [count.value for count in failures] == [1]
    made.tick(at(0, 3))
    made.watch(at(0, 3))
    assert len(outside.requests) >= 2, "it goes on"


def test_the_heartbeat_is_stored_like_what_the_program_says_of_itself(board: Switchboard) -> None:
    pulse(board).tick(at(1))
    with board.database.read() as connection:
        (row,) = connection.execute(sa.select(alerts)).all()
    assert (row.source, row.subject, row.resolved_at) == (None, None, None)


def test_what_the_audit_finds_goes_to_everybody_who_does_not_only_practise_and_ends_when_it_is_clean(
    board: Switchboard,
) -> None:
    made, ears = pulse(board), {channel.name: Ear() for channel in (WALL, PHONE, SHY)}

    def round_at(minutes: int) -> None:
        for channel in (WALL, PHONE, SHY):
            deliver(Deliveries(board.database), ears[channel.name], channel, at(1, minutes), jitter=lambda: 0.0)

    def undelivered(name: str) -> list[str]:
        told = [alert for alert in ears[name].heard if alert.labels["alertname"] == UNDELIVERED]
        return list(dict.fromkeys("+" if alert.firing else "-" for alert in told))

    board.routes = (Route(WALL), Route(PHONE), Route(SHY, shadow=True))
    board.hear(ticket("T1", at(0), "working", tier="gold"))
    board.work(at(1))  # feedback is late: one page for each
    made.tick(at(1))
    round_at(0)
    with board.database.write() as connection:
        kept = connection.execute(sa.select(outbox).where(outbox.c.channel == "phone")).mappings().all()
        connection.execute(sa.delete(outbox).where(outbox.c.channel == "phone"))
    assert made.watch(at(1, 1))
    assert made.trust().findings[FindingKind.NO_DECISION] >= 1
    round_at(1)
    assert not made.watch(at(1, 2)), "nothing new"
    assert (undelivered("wall"), undelivered("phone"), undelivered("shy")) == (["+"], ["+"], [])
    with board.database.write() as connection:
        connection.execute(sa.insert(outbox), [{**row, "id": row["id"] + 1000} for row in kept])
    assert made.watch(at(1, 3))
    round_at(3)
    assert (undelivered("wall"), undelivered("phone")) == (["+", "-"], ["+", "-"])
    assert set(made.trust().findings.values()) == {0}
