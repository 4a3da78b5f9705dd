"""A peer that never lets a request end: it takes a connection, reads what comes, and misbehaves in one way for ever.

`WAYS` are for HTTP, `MAIL_WAYS` for SMTP. Bounded: at the end of `with` every thread of the server has ended. `here`
tells how many connections the other side has not closed yet.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Say = Callable[[bytes], None]
Way = Callable[[Say, Callable[[float], bool]], None]
"""Says bytes; and waits so many seconds, true once the test is over."""

PACE = 0.05
"""Seconds between two bytes: far less than any time-out for silence."""


def _for_ever(begin: bytes, again: bytes, pace: float = PACE) -> Way:
    def way(say: Say, over: Callable[[float], bool]) -> None:
        if begin:
            say(begin)
        while not over(pace):
            say(again)

    return way


def _flood(again: bytes) -> Way:
    return _for_ever(b"", again * 200, 0.002)


def _silent(say: Say, over: Callable[[float], bool]) -> None:
    over(120)


def _redirects(say: Say, over: Callable[[float], bool]) -> None:
    """Points to itself, each answer coming slowly."""
    for byte in b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n":
        if over(0.01):
            return
        say(bytes([byte]))


_OK = b"HTTP/1.1 200 OK\r\n"

WAYS: dict[str, Way] = {
    "says nothing": _silent,
    "drips its status line": _for_ever(b"HTTP/1.1 200 ", b"O"),
    "drips a header": _for_ever(_OK + b"X-A: ", b"a"),
    "drips headers": _for_ever(_OK, b"X-A: a\r\n"),
    "headers without end": _flood(b"X-A: aaaaaaaa\r\n"),
    "a header without end": _for_ever(_OK + b"X-A: ", b"a" * 65536, 0.002),
    "goes on with 100 slowly": _for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "goes on with 100 fast": _flood(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "drips a body with a length": _for_ever(_OK + b"Content-Length: 100000\r\n\r\n[", b" "),
    "drips a body without a length": _for_ever(_OK + b"Connection: close\r\n\r\n[", b" "),
    "drips chunks": _for_ever(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "drips a chunk's length": _for_ever(_OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "drips a trailer": _for_ever(_OK + b"Transfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n", b"X-A: a\r\n"),
    "drips an error": _for_ever(b"HTTP/1.1 503 No\r\nContent-Length: 100000\r\n\r\n", b" "),
    "redirects slowly": _redirects,
}

MAIL_WAYS: dict[str, Way] = {
    "says nothing": _silent,
    "drips its greeting": _for_ever(b"220 ", b"a"),
    "greets in lines without end": _for_ever(b"", b"220-hello\r\n"),
    "greets fast without end": _flood(b"220-hello\r\n"),
    "drips an answer": _for_ever(b"220 here\r\n250-", b"a"),
    "answers in lines without end": _for_ever(b"220 here\r\n", b"250-more\r\n"),
    "drips the answer to a mail": _for_ever(
        b"220 here\r\n250-here\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n250 ok\r\n354 go on\r\n250-", b"a"
    ),
}


GOES_ON_TO_TLS = _for_ever(b"220 here\r\n250-here\r\n250 STARTTLS\r\n220 go on\r\n", b"")
"""A mail server that agrees to TLS, and then never shakes hands."""


class HostilePeer:
    """Listens on 127.0.0.1; use it with `with`. `connections` counts what came in."""

    def __init__(self, way: Way) -> None:
        self._way = way
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self._lock, self._open = threading.Lock(), 0

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    @property
    def open(self) -> int:
        """Connections that the other side has left open."""
        with self._lock:
            return self._open

    def __enter__(self) -> HostilePeer:
        self._listener.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        for thread in list(self._threads):
            thread.join()
        self._listener.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._ending.is_set():
            with suppress(TimeoutError):
                connection, _ = self._listener.accept()
                connection.settimeout(0.05)
                with self._lock:
                    self.connections += 1
                    self._open += 1
                self._start(lambda connection=connection: self._serve(connection))  # type: ignore[misc]

    def _serve(self, connection: socket.socket) -> None:
        try:
            with suppress(OSError):
                self._way(lambda said: self._say(connection, said), lambda wait: self._over(connection, wait))
        finally:
            connection.close()
            with self._lock:
                self._open -= 1

    def _say(self, connection: socket.socket, said: bytes) -> None:
        """As much as the other side takes; one that reads nothing is waited for until the test is over."""
        while said and not self._ending.is_set():
            try:
                said = said[connection.send(said) :]
            except TimeoutError:
                continue

    def _over(self, connection: socket.socket, wait: float) -> bool:
        """Read what comes, so that the other side's end is noticed; true if it has come, or the test is over."""
        while not self._ending.wait(min(wait, 0.05)):
            with suppress(TimeoutError):
                connection.settimeout(0.001)
                if not connection.recv(65536):
                    return True
            connection.settimeout(0.05)
            wait -= 0.05
            if wait <= 0:
                return False
        return True


@contextmanager
def hostile(way: Way) -> Iterator[HostilePeer]:
    """A hostile peer for the length of a test."""
    with HostilePeer(way) as peer:
        yield peer
