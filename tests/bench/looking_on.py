"""People and scripts that look on, each kind in a process of its own: viewers of the stream, and callers of the API.

A caller has an address of the loopback network of its own, for the API lets each address ask only so often. Everything
ends with the block that began it.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from tests.bench.live import Watching

CONTEXT = multiprocessing.get_context("spawn")

EACH_SECOND = 45.0
"""Requests that one caller sends in a second at most: the API lets an address send 50."""

HANGING = 60.0


class Answered(NamedTuple):
    """One request: the status of its answer, milliseconds to the whole of it, and its bytes."""

    status: int
    ms: float
    size: int


@dataclass(slots=True)
class Crowd:
    """What those in another process have seen; complete once its block has ended."""

    found: Any = None
    seconds: float = 0.0
    _ended: bool = field(default=False)


class Caller:
    """One script: a connection that is kept, from an address of its own."""

    def __init__(self, port: int, number: int) -> None:
        self._socket = socket.create_connection(
            ("127.0.0.1", port), HANGING, source_address=(f"127.0.{1 + number // 250}.{1 + number % 250}", 0)
        )
        self._rest = b""

    def ask(self, path: str) -> Answered:
        """Ask, and read the whole answer."""
        began = time.perf_counter()
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        head = self._until(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(self._rest) < length:
            self._more()
        self._rest = self._rest[length:]
        return Answered(int(head[9:12]), 1000 * (time.perf_counter() - began), length)

    def _until(self, end: bytes) -> bytes:
        while end not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(end)
        return head

    def _more(self) -> None:
        part = self._socket.recv(1 << 18)
        if not part:
            raise ConnectionError("the program ended a connection")
        self._rest += part

    def close(self) -> None:
        self._socket.close()


def one_after_the_other(port: int, paths: Sequence[str], callers: int) -> list[Answered]:
    """Ask each address once, one request after the other, by callers that take turns."""
    those = [Caller(port, number) for number in range(callers)]
    try:
        found = []
        for number, path in enumerate(paths):
            due = time.monotonic() + 1 / (EACH_SECOND * callers)
            found.append(those[number % callers].ask(path))
            time.sleep(max(0.0, due - time.monotonic()))
        return found
    finally:
        for one in those:
            one.close()


@contextmanager
def asking(port: int, paths: Sequence[str], callers: int) -> Iterator[Crowd]:
    """Callers that ask all the time, each as soon as it is answered and as often as the API lets it."""
    with _beside(_ask, port, tuple(paths), callers) as crowd:
        yield crowd


@contextmanager
def viewing(port: int, path: str, viewers: int) -> Iterator[Crowd]:
    """Viewers of a stream; what they saw is by the id of an event how many saw it, and when the last of them did."""
    with _beside(_view, port, path, viewers) as crowd:
        yield crowd


@contextmanager
def _beside(work: Any, *given: Any) -> Iterator[Crowd]:
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=work, args=(theirs, *given), daemon=True)
    process.start()
    theirs.close()
    crowd, begun = Crowd(), time.monotonic()
    try:
        assert ours.poll(HANGING), "those who look on did not begin"
        ours.recv()
        begun = time.monotonic()
        yield crowd
        crowd.seconds = time.monotonic() - begun
        ours.send("end")
        assert ours.poll(HANGING), "those who look on did not end"
        crowd.found = ours.recv()
    finally:
        ours.close()
        process.join(HANGING)
        if process.is_alive():
            process.kill()


def _ask(parent: Connection, port: int, paths: Sequence[str], callers: int) -> None:
    ending, found, lock = threading.Event(), [], threading.Lock()
    failed: list[str] = []

    def work(number: int) -> None:
        mine, asked = [], number
        caller = Caller(port, number)
        try:
            while not ending.is_set():
                due = time.monotonic() + 1 / EACH_SECOND
                mine.append(caller.ask(paths[asked % len(paths)]))
                asked += 1
                ending.wait(max(0.0, due - time.monotonic()))
        except OSError as error:
            failed.append(str(error))
        finally:
            caller.close()
            with lock:
                found.extend(mine)

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(callers)]
    for thread in threads:
        thread.start()
    parent.send("begun")
    _wait(parent)
    ending.set()
    for thread in threads:
        thread.join(HANGING)
    parent.send((found, failed))


def _view(parent: Connection, port: int, path: str, viewers: int) -> None:
    with Watching(port, viewers, path) as watching:
        parent.send("begun")
        _wait(parent)
    parent.send({place: (len(times), max(times)) for place, times in watching.seen.items()})


def _wait(parent: Connection) -> None:
    """Until the parent says so, or has gone."""
    try:
        parent.recv()
    except EOFError:
        raise SystemExit(1) from None
