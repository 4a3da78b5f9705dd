"""A TMF621 server that fails, cuts its answers short or holds bad tickets: nothing is lost, and it is said."""

from datetime import timedelta
from typing import Any

import pytest

from monitor.collectors.tmf621 import Config, build
from monitor.net.credentials import Auth, Secret
from monitor.net.network import Network
from tests.support.collecting import NOW, poll
from tests.support.loopback import Loopback, as_json
from tests.support.tmf621_reading import MINUTE, ONCE, T0, fill, read
from tests.support.tmf621_server import Tmf621Server, ticket

IMPATIENT = Network(read_timeout=timedelta(seconds=0.3), attempts=1)


def test_a_list_that_ends_before_its_count_is_used_and_not_taken_for_whole(server: Tmf621Server) -> None:
    fill(server, 35)
    server.ends_after = 25
    polled = read(server)
    assert len(polled.subjects) == 25
    assert polled.error is None
    assert polled.reasons == ["page_ended_early"]
    assert "the source counts 35 tickets, but its list ends after 25." in polled.rejects[0].detail
    assert "watermark" not in polled.position
    server.ends_after = None
    again = read(server, polled.position)
    assert len(again.subjects) == 35
    assert (again.reasons, "watermark" in again.position) == ([], True)


@pytest.mark.parametrize("how", ["cut", "cut_json"])
def test_an_answer_that_is_cut_keeps_the_whole_pages_and_does_not_move_on(server: Tmf621Server, how: str) -> None:
    fill(server, 35)
    server.fail("pass", 2)
    server.fail(how)
    polled = read(server)
    assert len(polled.subjects) == 19
    assert polled.reasons == ["page_ended_early"]
    assert polled.error is not None
    assert "watermark" not in polled.position
    assert len(read(server, polled.position).subjects) == 35


def test_a_failure_in_the_middle_does_not_move_on(server: Tmf621Server) -> None:
    fill(server, 25)
    first = read(server)
    server.put(*(ticket(f"T{number:03}", opened=T0, updated=NOW - MINUTE) for number in range(25)))
    server.fail("pass")
    server.fail(500)
    second = read(server, first.position, NOW + MINUTE)
    assert second.error is not None
    assert second.reasons == []
    assert second.position["watermark"] == first.position["watermark"]
    assert len(read(server, second.position, NOW + 2 * MINUTE).subjects) == 25


@pytest.mark.parametrize(
    ("how", "sentence", "retryable"),
    [
        (401, "401, it refused the token in $TMF_TOKEN", False),
        (403, "403, the token in $TMF_TOKEN may not do this", False),
        (404, "404, nothing is there", False),
        (500, "500, the fault is on its side", True),
        (503, "503, the fault is on its side", True),
        ("hang", "connected, but silent", True),
    ],
)
def test_a_source_that_fails_says_how(server: Tmf621Server, how: Any, sentence: str, retryable: bool) -> None:
    server.fail(how)
    network = IMPATIENT if how == "hang" else ONCE
    polled = read(server, auth=Auth(token=Secret("s3cr3t", "$TMF_TOKEN")), network=network)
    assert polled.error is not None
    assert str(polled.error).startswith(f"collector tmf621/corp: {server.url}/troubleTicket: {sentence}")
    assert polled.error.retryable is retryable
    assert polled.positions == []


def test_a_long_retry_after_is_handed_on(server: Tmf621Server) -> None:
    server.fail(503, retry_after="90")
    error = read(server).error
    assert error is not None
    assert error.retry_at is not None
    assert timedelta(seconds=90) <= error.retry_at - NOW < timedelta(seconds=95)


def test_a_token_is_sent() -> None:
    with Tmf621Server(token="s3cr3t") as server:
        fill(server, 1)
        assert read(server, auth=Auth(token=Secret("s3cr3t", "$T"))).subjects == {"T000"}
        assert read(server).error is not None


def test_an_answer_that_is_no_list_is_an_error() -> None:
    with Loopback(lambda request: as_json({"tickets": []})) as other:
        error = poll(build(Config(other.url, network=ONCE))).error
    assert error is not None
    assert "the answer is not a list of tickets; check that url is the collection" in str(error)


def test_bad_tickets_are_set_aside_and_the_rest_goes_on(server: Tmf621Server) -> None:
    fill(server, 12)
    server.tickets["T003"]["creationDate"] = "31/02/2026 25:61"
    server.tickets["T004"] = {"status": "held"}
    server.tickets["T005"]["lastUpdate"] = "2026-01-01T00:00:00"
    polled = read(server)
    assert sorted(polled.reasons) == ["bad_time", "malformed", "time_without_zone"]
    assert len(polled.subjects) == 11
    assert polled.error is None
