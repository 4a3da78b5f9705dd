import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

import pytest

from monitor.simulator.server import OperatorServer
from monitor.simulator.world import World

START = datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)
TICKETS = "/tmf-api/troubleTicket/v5/troubleTicket"


@dataclass
class Reply:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Operator:
    """A running simulator whose clock the test sets."""

    now: datetime = START
    token: str | None = None
    server: OperatorServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = OperatorServer(World(1, START, 60.0), lambda: self.now, token=self.token)

    @contextmanager
    def connection(self, timeout: float = 10) -> Iterator[http.client.HTTPConnection]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=timeout)) as connection:
            yield connection

    def ask(self, path: str, method: str = "GET", body: str | None = None, headers: Any = None, **other: Any) -> Reply:
        with self.connection(**other) as connection:
            return ask(connection, path, method, body, headers)


def ask(
    connection: http.client.HTTPConnection, path: str, method: str = "GET", body: str | None = None, headers: Any = None
) -> Reply:
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return Reply(response.status, response.headers, response.read())


@contextmanager
def running(operator: Operator) -> Iterator[Operator]:
    thread = threading.Thread(target=operator.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield operator
    finally:
        operator.server.close()
        thread.join()


@pytest.fixture
def operator() -> Iterator[Operator]:
    with running(Operator()) as operator:
        yield operator


def test_it_listens_on_loopback_only(operator: Operator) -> None:
    assert operator.server.socket.getsockname()[0] == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):  # a socket on all addresses would take this one
        socket.create_connection(("127.0.0.2", operator.server.server_port), timeout=60)


def test_the_list_says_how_many_there_are(operator: Operator) -> None:
    reply = operator.ask(f"{TICKETS}?limit=5")
    assert reply.status == 206
    assert (reply.headers["X-Result-Count"], reply.headers["X-Total-Count"]) == (
        "5",
        str(len(operator.server.world.listed)),
    )
    assert operator.ask(f"{TICKETS}?limit=200").status == 200


def test_the_world_goes_on_between_requests_on_one_connection(operator: Operator) -> None:
    with operator.connection() as connection:
        before = ask(connection, "/circuits/status").json
        operator.now += timedelta(seconds=90)
        after = ask(connection, "/circuits/status").json
    assert after["at"] == "2026-11-21T12:01:30.123Z"
    assert [circuit["status"] for circuit in before["circuits"]] != [circuit["status"] for circuit in after["circuits"]]


def test_circuits_show_state_assurance_customer_and_scope(operator: Operator) -> None:
    circuits = operator.ask("/circuits/status").json["circuits"]
    assert len(circuits) == 2000
    assert set(circuits[0]) == {"id", "name", "status", "assurance", "customer", "tier", "scope"}
    assert {circuit["status"] for circuit in circuits} == {"up", "degraded", "down"}


def test_a_ticket_is_found_by_its_own_link(operator: Operator) -> None:
    ticket = operator.ask(f"{TICKETS}?limit=1").json[0]
    assert ticket["href"].startswith(operator.server.base)
    assert operator.ask(ticket["href"].removeprefix(operator.server.base)).json == ticket
    assert set(operator.ask(f"{TICKETS}/{ticket['id']}?fields=status").json) == {"id", "href", "@type", "status"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{TICKETS}/TT-999999", 404),
        ("/nothing/here", 404),
        (f"{TICKETS}?sort=colour", 400),
        (f"{TICKETS}?" + "&".join(f"a{n}=1" for n in range(30)), 400),
    ],
)
def test_errors_are_the_specifications_error(operator: Operator, path: str, status: int) -> None:
    reply = operator.ask(path)
    assert reply.status == status
    assert reply.json["@type"] == "Error"
    assert reply.json["code"] == f"ERR{status}"
    assert reply.json["reason"]


def test_an_address_that_cannot_be_read_is_refused(operator: Operator) -> None:
    with socket.create_connection(("127.0.0.1", operator.server.server_port), timeout=60) as connection:
        connection.sendall(b"GET http://[ HTTP/1.1\r\n\r\n")
        assert connection.recv(12) == b"HTTP/1.1 400"


def test_tickets_are_not_written_to(operator: Operator) -> None:
    reply = operator.ask(TICKETS, "POST", "{}")
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")


def test_the_page_for_people_escapes_every_word(operator: Operator) -> None:
    operator.now += timedelta(seconds=240)
    operator.ask("/circuits/status")
    for ticket in list(operator.server.world.listed.values()):
        page = operator.ask(f"/tickets/{ticket.id}")
        text = page.body.decode()
        assert page.status == 200
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert escape(ticket.circuit.customer.name) in text
        assert "<loss" not in text
        assert " & " not in text


def test_a_page_asked_for_with_markup_gives_none_back(operator: Operator) -> None:
    page = operator.ask("/tickets/%3Cscript%3Ealert(1)%3C/script%3E")
    assert page.status == 404
    assert b"<script" not in page.body


def test_the_truth_holds_what_the_tickets_say(operator: Operator) -> None:
    operator.now += timedelta(seconds=300)
    truth = operator.ask("/control/truth").json
    assert truth["at"] == "2026-11-21T12:05:00.123Z"
    told = {ticket["id"]: ticket for ticket in truth["tickets"]}
    for shown in operator.ask(f"{TICKETS}?limit=200").json:
        changes = told[shown["id"]]["changes"]
        notes = [(note["id"], note["@type"], note["date"], note["text"]) for note in shown["note"]]
        assert notes == [(c["id"], c["type"], c["at"], c["text"]) for c in changes if c["kind"] == "note"]
        statuses = [(change["status"], change["statusChangeReason"]) for change in shown["statusChangeHistory"]]
        assert statuses == [(c["status"], c["reason"]) for c in changes if c["kind"] == "status"]
        assert changes[-1]["at"] == shown["lastUpdate"]


def test_with_a_token_nothing_but_the_pages_is_open() -> None:
    with running(Operator(token="let me in")) as operator:
        for path in (TICKETS, "/circuits/status", "/control/truth", "/nothing"):
            reply = operator.ask(path)
            assert (reply.status, reply.json["code"]) == (401, "ERR401")
            assert "Bearer" in reply.headers["WWW-Authenticate"]
        assert operator.ask("/control/failures", "POST", "{}").status == 401
        assert operator.ask(TICKETS, headers={"Authorization": "Bearer let me out"}).status == 401
        assert operator.ask(f"{TICKETS}?limit=1", headers={"Authorization": "Bearer let me in"}).status == 206
        assert operator.ask("/tickets/TT-000001").status == 200


def fail(operator: Operator, how: str, seconds: int = 30) -> None:
    assert operator.ask("/control/failures", "POST", json.dumps({"tickets": how, "seconds": seconds})).status == 200


@pytest.mark.parametrize("status", [401, 503])
def test_tickets_fail_on_demand_and_recover_by_themselves(operator: Operator, status: int) -> None:
    fail(operator, str(status))
    reply = operator.ask(TICKETS)
    assert (reply.status, reply.json["@type"]) == (status, "Error")
    assert operator.ask("/circuits/status").status == 200
    operator.now += timedelta(seconds=30)
    assert operator.ask(TICKETS).status in (200, 206)


def test_a_truncated_answer_ends_before_its_length(operator: Operator) -> None:
    fail(operator, "truncate")
    with pytest.raises(http.client.IncompleteRead):
        operator.ask(TICKETS)


def test_a_hanging_request_is_never_answered(operator: Operator) -> None:
    fail(operator, "hang")
    with pytest.raises(TimeoutError):
        operator.ask(TICKETS, timeout=0.2)
    assert operator.ask("/circuits/status").status == 200


@pytest.mark.parametrize("body", ["[]", "x", '{"tickets": "503", "seconds": 9000}'])
def test_an_order_not_understood_is_refused(operator: Operator, body: str) -> None:
    assert operator.ask("/control/failures", "POST", body).json["code"] == "ERR400"


@pytest.mark.parametrize("length", ["10001", "-1", "²", "x"])
def test_a_body_of_unknown_or_great_length_is_refused(operator: Operator, length: str) -> None:
    with operator.connection() as connection:
        connection.putrequest("POST", "/control/failures")
        connection.putheader("Content-Length", length.encode("latin-1"))
        connection.endheaders()
        assert connection.getresponse().status == 400
