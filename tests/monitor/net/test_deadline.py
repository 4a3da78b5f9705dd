from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.net import deadline
from monitor.net.deadline import Deadline, Ended, abort, dial, resolve
from monitor.net.failures import reason_of
from monitor.net.fetch import Fetch
from monitor.net.network import Network
from tests.support.collecting import NOW
from tests.support.hostile_peer import WAYS, hostile
from tests.support.peers import until
from tests.support.ports import free_port
from tests.support.returning import returned


@pytest.fixture
def dead_name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A name server that never answers while the test runs; gives the names that it was asked for."""
    asked: list[str] = []
    over = threading.Event()
    usual = socket.getaddrinfo

    def never(host: str, *rest: Any, flags: int = 0, **more: Any) -> Any:
        if flags & socket.AI_NUMERICHOST:
            return usual(host, *rest, flags=flags, **more)
        asked.append(host)
        over.wait(120)
        raise socket.gaierror("nobody answered")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    yield asked
    over.set()
    until(lambda: not deadline._LOOKUPS._open, "the lookups have ended")


def test_a_name_server_that_never_answers_is_given_up_at_the_deadline(dead_name_server: list[str]) -> None:
    fetch = Fetch("collector x/y", SourceError, network=Network(total_timeout=timedelta(seconds=1)))

    def ask() -> str:
        with pytest.raises(SourceError) as caught:
            fetch.get("http://tickets.example/", now=NOW)
        return reason_of(caught.value)

    assert returned(ask) == "timeout"
    assert dead_name_server == ["tickets.example"]


def test_only_the_requests_of_the_threads_that_are_named_are_aborted() -> None:
    entered, ends = threading.Barrier(3), threading.Event()
    found: dict[str, Deadline] = {}
    threads: dict[str, int] = {}

    def work(name: str) -> None:
        with Deadline(600) as found[name]:
            threads[name] = threading.get_ident()
            entered.wait(600)
            ends.wait(600)

    workers = [threading.Thread(target=work, args=(name,)) for name in ("poll", "page")]
    for worker in workers:
        worker.start()
    entered.wait(600)
    assert abort([threads["poll"]]) == 1
    assert (found["poll"].ended, found["page"].ended) == (Ended.STOPPED, None)
    assert abort([]) == 0
    ends.set()
    for worker in workers:
        worker.join()


def test_many_that_wait_for_one_name_leave_one_thread_behind(dead_name_server: list[str]) -> None:
    before = threading.active_count()

    def ask() -> None:
        with Deadline(0.2), pytest.raises(TimeoutError):
            resolve("tickets.example", 80)

    for _ in range(5):
        returned(ask)
    assert dead_name_server == ["tickets.example"]
    assert threading.active_count() <= before + 2  # the name's, and the one that watches


def test_an_address_in_figures_needs_no_name_server(dead_name_server: list[str]) -> None:
    assert [address[0] for *_, address in resolve("127.0.0.1", 80)] == ["127.0.0.1"]
    assert [address[0] for *_, address in resolve("::1", 80)] == ["::1"]
    assert dead_name_server == []


def _waits(connection: socket.socket) -> Callable[[], bytes]:
    return lambda: connection.recv(1)


def test_a_watched_connection_is_shut_down_at_the_end() -> None:
    with hostile(WAYS["says nothing"]) as peer, Deadline(0.2) as limit:
        connection = dial("127.0.0.1", peer.port, None)
        assert returned(_waits(connection)) == b""
        connection.close()
    assert limit.ended is Ended.TIMEOUT


def test_what_begins_after_the_end_is_ended_at_once() -> None:
    ended: list[str] = []
    with Deadline(60) as limit:
        limit.end(Ended.STOPPED)
        limit.at_end(lambda: ended.append("cut"))
        with hostile(WAYS["says nothing"]) as peer, pytest.raises(TimeoutError):
            dial("127.0.0.1", peer.port, None)
    assert ended == ["cut"]
    assert limit.left == 0


def test_the_first_reason_counts() -> None:
    with Deadline(60) as limit:
        limit.end(Ended.STOPPED)
        limit.end(Ended.TIMEOUT)
    assert limit.over is Ended.STOPPED


def test_abort_ends_everything_under_way_and_nothing_else() -> None:
    with Deadline(60) as before:
        pass
    with Deadline(60) as one, Deadline(60) as other:
        assert abort() == 2
    assert (before.ended, one.ended, other.ended) == (None, Ended.STOPPED, Ended.STOPPED)
    assert abort() == 0


def test_a_wait_between_two_attempts_ends_with_the_request() -> None:
    with Deadline(60) as limit:
        threading.Thread(target=lambda: (time.sleep(0.05), abort())).start()
        returned(lambda: limit.sleep(50))
    assert limit.ended is Ended.STOPPED


def test_a_deadline_ends_though_a_later_one_came_first() -> None:
    with Deadline(600), Deadline(0.1) as soon:
        until(lambda: soon.ended, "the nearer one has ended")


def test_nobody_at_the_address_is_an_error_of_the_connection() -> None:
    with Deadline(10), pytest.raises(ConnectionRefusedError):
        dial("127.0.0.1", free_port(), 5)


def test_requests_of_other_threads_go_on_when_one_has_ended() -> None:
    with hostile(WAYS["says nothing"]) as peer, Deadline(60) as mine:
        connection = dial("127.0.0.1", peer.port, None)

        def another() -> None:
            with Deadline(0.1) as limit:
                until(lambda: limit.ended, "it has ended")

        returned(another)
        assert mine.ended is None
        connection.send(b"still there")
        connection.close()


def test_what_is_under_way_is_known_by_the_thread_that_does_it() -> None:
    seen: list[tuple[str, ...]] = []

    def work() -> None:
        with Deadline(60), Deadline(60):
            seen.append(deadline.under_way())

    thread = threading.Thread(target=work, name="source corp")
    thread.start()
    thread.join()
    assert seen[0].count("source corp") == 1
    assert "source corp" not in deadline.under_way()
