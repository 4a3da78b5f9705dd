"""Attack the page with a bounded number of connections, kept up until the test is over.

`MANNERS` are what each connection sends first (the next one the next of several) and then again and again; none of them
ever reads.
"""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

MANNERS: dict[str, tuple[tuple[bytes, ...], bytes]] = {
    "silent": ((b"",), b""),
    "a byte of the head at a time": (
        (b"GET /metrics HTTP/1.1\r\nX-A: ", b"GET /api/v1/clocks HTTP/1.1\r\nX-A: "), b"a",
    ),
    "a byte of the body at a time": (
        tuple(
            b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n" % path
            for path in (b"/api/v1/alerts/x/acknowledge", b"/api/v1/hub", b"/api/v1/quarantine/1/drop")
        ), b"a",
    ),
    "never reads": ((b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",), b""),
    "never reads the API": (
        tuple(
            b"GET /api/v1/%s HTTP/1.1\r\nHost: a\r\n\r\n" % path
            for path in (b"events", b"clocks?limit=500", b"openapi.json", b"annotations", b"nothing")
        ), b"",
    ),
    "asks without end": ((b"",), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 20),
    "asks the API without end": ((b"",), b"GET /api/v1/clocks?limit=500 HTTP/1.1\r\nHost: a\r\n\r\n" * 20),
    "no request at all": ((b"\x00\xff\r\n\r\n",), b"\r\n"),
    "wants another protocol": (
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",), b"",
    ),
}  # fmt: skip

PACE = 0.2
"""Seconds between two things that a connection sends."""


@contextmanager
def attack(address: str, manner: str, connections: int) -> Iterator[None]:
    """So many connections at a time; one that is closed is opened anew."""
    over = threading.Event()
    url = urlsplit(address)
    thread = threading.Thread(target=_keep_up, args=(url.hostname, url.port, MANNERS[manner], connections, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _keep_up(
    host: str, port: int, manner: tuple[tuple[bytes, ...], bytes], connections: int, over: threading.Event
) -> None:
    firsts, again = itertools.cycle(manner[0]), manner[1]
    held: list[socket.socket] = []
    while not over.is_set():
        while len(held) < connections and not over.is_set():
            made = _opened(host, port, next(firsts))
            if made is None:
                break
            held.append(made)
        held = [each for each in held if _goes_on(each, again)]
        over.wait(PACE)
    for each in held:
        each.close()


def _opened(host: str, port: int, first: bytes) -> socket.socket | None:
    connection = socket.socket()
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(2)
        connection.connect((host, port))
        connection.sendall(first)
    except OSError:
        connection.close()
        return None
    connection.setblocking(False)
    return connection


def _goes_on(connection: socket.socket, again: bytes) -> bool:
    """Send the next bytes; false, and closed, where the page has closed the connection."""
    try:
        if again:
            with suppress(BlockingIOError):
                connection.send(again)
        with suppress(BlockingIOError):
            if not connection.recv(1, socket.MSG_PEEK):
                raise ConnectionError
        return True
    except OSError:
        connection.close()
        return False
