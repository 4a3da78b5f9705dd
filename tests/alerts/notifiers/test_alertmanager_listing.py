"""Ask an Alertmanager what it holds: what is understood of its answer, and what no answer means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from alerts.decide.receiver_lists import Lister
from alerts.notifiers import alertmanager
from alerts.notifiers.alertmanager import Alertmanager, Config
from monitor.alert.alert import Channel, Delivery
from monitor.errors import DeliveryError
from tests.support.cases import at
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.pages import alert

SENT = alert()
AM = Channel("am/1", Delivery.STATE)


def listed(*by: str, **labels: str) -> dict[str, Any]:
    return {
        "labels": {name: value for name, value in {**SENT.labels, **labels}.items() if value},
        "annotations": {}, "startsAt": "2026-01-05T01:00:00.000Z", "endsAt": "2026-01-05T09:00:00.000Z",
        "fingerprint": "f", "receivers": [{"name": "it"}], "updatedAt": "2026-01-05T01:00:00.000Z",
        "status": {"state": "suppressed" if by else "active", "silencedBy": list(by), "inhibitedBy": []},
    }  # fmt: skip


def silence(name: str) -> dict[str, Any]:
    return {
        "id": name, "createdBy": "wang", "comment": "works", "startsAt": "2026-01-05T01:00:00.000Z",
        "endsAt": "2026-01-05T09:00:00.000Z", "updatedAt": "2026-01-05T01:00:00.000Z", "matchers": [],
        "status": {"state": "active"},
    }  # fmt: skip


def peer(alerts: Any, silences: Any = ()) -> Loopback:
    return Loopback(lambda request: as_json(alerts if request.path.endswith("alerts") else silences))


def ask(server: Loopback, **options: Any) -> Any:
    return alertmanager.build(Config((server.url,), **options)).listed(AM, "north", at(3))


def test_it_can_be_asked() -> None:
    assert isinstance(Alertmanager(Config(("http://127.0.0.1:9",))), Lister)


def test_what_it_lists_is_known_by_our_own_keys() -> None:
    with peer([listed(), listed(ticket="INC2")]) as server:
        found = ask(server)
    assert found.alerts == {SENT.key: (), alert("INC2").key: ()}
    assert found.silences == {}
    (request,) = server.requests
    assert (request.path, request.query) == ("/api/v2/alerts", {"filter": 'instance="north"'})


def test_an_instance_with_quotes_is_asked_for_as_it_is() -> None:
    with peer([]) as server:
        alertmanager.build(Config((server.url,))).listed(AM, 'no"rth\\', at(3))
    assert server.requests[0].query == {"filter": 'instance="no\\"rth\\\\"'}


def test_the_silences_that_withhold_ours_are_looked_up_and_no_others() -> None:
    with peer([listed("a", "b"), listed(ticket="INC2")], [silence("a"), silence("c")]) as server:
        found = ask(server)
    assert found.alerts[SENT.key] == ("a", "b")
    (one,) = found.silences.values()
    assert (one.id, one.author, one.reason, one.starts_at, one.ends_at) == ("a", "wang", "works", at(1), at(9))
    assert one.foreign
    assert [request.path for request in server.requests] == ["/api/v2/alerts", "/api/v2/silences"]


def test_of_several_peers_the_one_that_is_meant_is_asked() -> None:
    with peer([]) as one, peer([listed()]) as two:
        both = alertmanager.build(Config((one.url, f"{two.url}/")))
        assert both.listed(Channel("am/2", Delivery.STATE), "north", at(3)).alerts
        assert one.requests == []


@pytest.mark.parametrize(
    "said",
    [{"alerts": []}, "ok", 3, None, ["x"], [{}], [{"labels": None}], [{**listed(), "status": None}],
     [{**listed(), "startsAt": "yesterday"}]],
)  # fmt: skip
def test_what_cannot_be_its_list_is_no_answer(said: Any) -> None:
    with peer(said) as server, pytest.raises(DeliveryError, match="the answer is not Alertmanager's list"):
        ask(server)


def test_what_cannot_be_its_silences_is_no_answer_either() -> None:
    with peer([listed("a")], [{"id": "a"}]) as server, pytest.raises(DeliveryError, match="api/v2/silences"):
        ask(server)


@pytest.mark.parametrize("reply", [Reply(503), Reply(401), Reply(200, b"<html>"), Reply(200, b"[{", cut=1)])
def test_a_peer_that_does_not_answer_raises_a_sentence(reply: Reply) -> None:
    def respond(_: Request) -> Reply:
        return reply

    with Loopback(respond) as server, pytest.raises(DeliveryError) as error:
        ask(server)
    assert str(error.value).startswith("alertmanager: http://127.0.0.1:")
    assert "north" not in str(error.value), "no query in a message"


def test_a_long_list_is_read_whole() -> None:
    with peer([listed(ticket=f"INC{n}") for n in range(5000)]) as server:
        assert len(ask(server).alerts) == 5000


def test_times_are_aware() -> None:
    with peer([listed("a")], [silence("a")]) as server:
        (one,) = ask(server).silences.values()
    assert isinstance(one.ends_at, datetime)
    assert one.ends_at.tzinfo is not None
