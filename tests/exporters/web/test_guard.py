"""No connection to the page lives without an end, and many lock nobody out."""

from __future__ import annotations

import errno
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
import requests
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from exporters.own_metrics import PAGE_ENDED
from exporters.web import accept
from exporters.web.guard import Ended, Limits
from exporters.web.request_limit import MOST_WAITING, RequestLimit
from exporters.web.serve import Server
from tests.support.peers import until
from tests.support.returning import nothing_left

SHORT = Limits(connections=16, head=0.5, body=0.5, reading=0.5)
LONG = Limits(connections=16, head=600, body=600, reading=600)
ANSWER = b"x" * 8_000_000


async def _read(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


def app() -> Starlette:
    return Starlette(
        routes=[
            Route("/", lambda request: PlainTextResponse("here")),
            Route("/large", lambda request: PlainTextResponse(ANSWER)),
            Route("/read", _read, methods=["POST"]),
        ]
    )


@contextmanager
def serving(limits: Limits, site: Starlette | None = None) -> Iterator[Server]:
    server = Server(site or app(), "127.0.0.1", 0, limits)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def opened(server: Server, first: bytes = b"") -> socket.socket:
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", server.port))
    connection.sendall(first)
    return connection


def rest(connection: socket.socket) -> bytes:
    """All that the page says until it closes."""
    said = b""
    try:
        while part := connection.recv(65536):
            said += part
    except ConnectionError:
        pass
    return said


POST = b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"


@pytest.mark.parametrize(
    ("first", "answer"),
    [
        (b"", b""),
        (b"GET / HT", b"408 Request Timeout"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: ", b"408 Request Timeout"),
        (POST, b"408 Request Timeout"),
        (POST + b"half", b"408 Request Timeout"),
    ],
)
def test_a_request_that_does_not_come_whole_is_ended(first: bytes, answer: bytes) -> None:
    with serving(SHORT) as server, opened(server, first) as connection:
        assert rest(connection).partition(b"\r\n")[0].removeprefix(b"HTTP/1.1 ") == answer
        assert server.ended["time"] == bool(first)


@pytest.mark.parametrize("first", [b"GET / HTTP/1.1\r\nX-A: ", POST])
def test_a_byte_now_and_then_does_not_put_the_end_off(first: bytes) -> None:
    with serving(SHORT) as server, opened(server, first) as connection:
        ended = threading.Event()

        def drip() -> None:
            try:
                while not ended.wait(0.05):
                    connection.sendall(b"a")
            except OSError:
                pass

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert b"408" in rest(connection)[:20]
        finally:
            ended.set()
            dripping.join()


def test_a_client_that_does_not_take_its_answer_is_dropped() -> None:
    with serving(SHORT) as server, opened(server, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n") as connection:
        begun = connection.recv(1)  # it has been let in, and is answered
        until(lambda: len(server._server.connections) == 0, "it is dropped")
        assert begun
        assert len(rest(connection)) < len(ANSWER)


def test_answers_that_are_not_taken_are_bounded_together() -> None:
    limits = replace(LONG, waiting=3 * len(ANSWER))
    with serving(limits) as server, ExitStack() as stack, capture_logs() as lines:
        for _ in range(8):
            stack.enter_context(opened(server, b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n"))
        until(lambda: lines and 0 < len(server._server.connections) < 8, "the oldest are dropped")
        assert {line["event"] for line in lines} == {"connections_dropped"}


@pytest.mark.parametrize(
    ("many", "status"),
    [
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: aaaaaaaa\r\n" * 100_000, b"400"),
        (b"POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"a" * 9_000_000, b"413"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000\r\n\r\n" + b"a" * 9_000_000, b""),
    ],
    ids=["head", "body", "body that nobody reads"],
)
def test_a_request_has_a_size(many: bytes, status: bytes) -> None:
    with serving(SHORT) as server, opened(server) as connection:
        said: list[bytes] = []
        reading = threading.Thread(target=lambda: said.append(rest(connection)))
        reading.start()
        assert not _all_sent(connection, many * 20)
        reading.join(60)
        assert not reading.is_alive()
        assert not said[0] or status in said[0][:20] or not status


def _all_sent(connection: socket.socket, what: bytes) -> bool:
    try:
        connection.sendall(what)
    except OSError:
        return False
    return True


def test_requests_that_are_sent_ahead_are_bounded() -> None:
    with serving(LONG) as server, opened(server, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1000) as connection:
        assert 1 <= rest(connection).count(b"here") <= LONG.pipelined + 2


def test_a_few_requests_that_are_sent_ahead_are_answered() -> None:
    with serving(LONG) as server:
        asked = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 4 + b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        with opened(server, asked) as connection:
            assert rest(connection).count(b"here") == 5


@pytest.mark.parametrize("first", [b"", b"GET / HT", POST], ids=["silent", "half a head", "half a request"])
def test_many_connections_lock_nobody_out(first: bytes) -> None:
    with serving(LONG) as server, ExitStack() as stack, capture_logs() as lines:
        for _ in range(5):
            held = [stack.enter_context(opened(server, first)) for _ in range(3 * LONG.connections)]
            assert requests.get(server.url, timeout=60).text == "here"
            until(lambda: len(server._server.connections) <= LONG.connections, "the limit is kept")
        assert rest(held[0]) == b"", "the oldest made room"
        assert server.ended["place"] >= LONG.connections
        assert [line["event"] for line in lines] == ["connections_dropped"]


def test_whoever_keeps_one_connection_is_not_dropped_for_somebody_with_many() -> None:
    with serving(LONG) as server, ExitStack() as stack:
        other = stack.enter_context(socket.socket())
        other.bind(("127.0.0.2", 0))
        other.settimeout(60)
        other.connect(("127.0.0.1", server.port))
        until(lambda: len(server._server.connections) == 1, "it is there")
        for _ in range(3 * LONG.connections):
            stack.enter_context(opened(server))
        assert requests.get(server.url, timeout=60).text == "here"
        other.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert b"here" in rest(other)


def test_a_connection_that_ends_leaves_nothing() -> None:
    with serving(LONG) as server:
        requests.get(server.url, timeout=60)
        until(lambda: len(server._server.connections) == 0, "the first is gone")
        with nothing_left():
            for _ in range(3):
                opened(server, b"GET / HT").close()
                requests.get(server.url, timeout=60)
            until(lambda: len(server._server.connections) == 0, "all are gone")


def test_without_a_descriptor_it_waits_and_says_so_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accept, "PAUSE", 0.01)
    with serving(LONG) as server, capture_logs() as lines:
        listener: Any = server._server._listener
        tried: list[int] = []

        class Scarce:
            """The listener of a machine that has no descriptor for the first ten tries."""

            def accept(self) -> Any:
                tried.append(1)
                if len(tried) <= 10:
                    raise OSError(errno.EMFILE, "Too many open files")
                return listener.accept()

            def fileno(self) -> int:
                return int(listener.fileno())

        monkeypatch.setattr(server._server, "_listener", Scarce())
        assert requests.get(server.url, timeout=60).text == "here"
        monkeypatch.setattr(server._server, "_listener", listener)
    assert [(line["event"], line["log_level"]) for line in lines] == [("connections_not_accepted", "error")]


def test_slow_requests_of_one_kind_leave_room_for_others_and_are_refused_in_the_end() -> None:
    go_on = threading.Event()
    begun: list[int] = []

    def slow(request: Request) -> Response:
        begun.append(1)
        go_on.wait(120)
        return PlainTextResponse("done")

    room = RequestLimit(2, patience=600)
    site = Starlette(
        routes=[Route("/slow", room.endpoint(slow)), Route("/", lambda request: PlainTextResponse("here"))]
    )
    with serving(Limits(), site) as server, ExitStack() as stack:
        asked = b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        waiting = [stack.enter_context(opened(server, asked)) for _ in range(2)]
        until(lambda: len(begun) == 2, "both places are taken")
        waiting += [stack.enter_context(opened(server, asked)) for _ in range(MOST_WAITING)]
        until(lambda: room._waiting == MOST_WAITING, "others wait")
        refused = requests.get(f"{server.url}slow", timeout=60)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert requests.get(server.url, timeout=60).text == "here"
        assert len(begun) == 2
        go_on.set()
        assert all(b"done" in rest(each) for each in waiting)


def test_who_waits_too_long_for_room_is_refused() -> None:
    go_on = threading.Event()

    def slow(request: Request) -> Response:
        go_on.wait(120)
        return PlainTextResponse("done")

    room = RequestLimit(1, patience=0.1)
    with serving(Limits(), Starlette(routes=[Route("/slow", room.endpoint(slow))])) as server:
        first = opened(server, b"GET /slow HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        until(lambda: room._places.locked(), "the place is taken")
        assert requests.get(f"{server.url}slow", timeout=60).status_code == 503
        go_on.set()
        assert b"done" in rest(first)
        first.close()


def test_every_reason_to_end_a_connection_is_a_known_label() -> None:
    assert tuple(Ended) == PAGE_ENDED
