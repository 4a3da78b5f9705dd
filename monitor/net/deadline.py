"""End a request at its deadline, whatever the peer sends.

The time-out of a socket begins anew with every byte, so a peer that sends a byte a second keeps a request for ever. A
`Deadline` holds the connections of one request, and a thread of its own shuts them down when the time is over; the
request then fails at once in the thread that waits for it. `dial` finds a host's address and connects within the
deadline; a name server that does not answer is not waited for.

The one surprise: what is under way is known to the whole process, because plug-ins are built from their options alone
and the end of the program must reach them all (`abort`). See decision 0033.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from contextvars import ContextVar, Token
from enum import StrEnum
from typing import Any

_SLICE = 0.05
"""Seconds between two looks at whether the deadline has ended, where nothing can be shut down."""

_Address = tuple[Any, Any, int, str, Any]


class Ended(StrEnum):
    """Why a request was ended before its answer was whole."""

    TIMEOUT = "timeout"
    """The whole answer did not come in time."""
    STOPPED = "stopped"
    """tierwatch stops, so the request was given up."""


class Deadline:
    """The whole time of one request. Use it with `with`; it begins there and belongs to the thread that entered it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ended: Ended | None = None
        self.thread = threading.get_ident()
        self.at = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._cuts: list[Callable[[], None]] = []
        self._handles: list[socket.socket] = []
        self._waiting = threading.Event()
        self._token: Token[Deadline | None] | None = None
        self.owner = ""
        """The name of the thread that makes the request."""

    def __enter__(self) -> Deadline:
        self.at = time.monotonic() + self.seconds
        self.owner = threading.current_thread().name
        self.thread = threading.get_ident()
        self._token = _CURRENT.set(self)
        _WATCH.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        _WATCH.discard(self)
        if self._token is not None:
            _CURRENT.reset(self._token)
        self.release()

    def release(self) -> None:
        """Let go of the connections that are held; the deadline goes on."""
        with self._lock:
            self._cuts.clear()
            for handle in self._handles:
                handle.close()
            self._handles.clear()

    @property
    def left(self) -> float:
        """Seconds until the end; 0 or less when it has come."""
        return 0.0 if self.ended else self.at - time.monotonic()

    @property
    def over(self) -> Ended | None:
        """Why the request is to be given up now; None while it may go on."""
        if self.ended is None and time.monotonic() >= self.at:
            self.end(Ended.TIMEOUT)
        return self.ended

    def watch(self, connection: socket.socket) -> None:
        """Shut *connection* down at the end. Holds a descriptor of its own, so one of that number is never mistaken."""
        handle = socket.fromfd(connection.fileno(), connection.family, connection.type)
        self._handles.append(handle)
        self.at_end(lambda: _shut(handle))

    def at_end(self, cut: Callable[[], None]) -> None:
        """Call *cut* at the end, from another thread; now, where it has come already."""
        with self._lock:
            if self.ended is None:
                self._cuts.append(cut)
                return
        cut()

    def end(self, why: Ended) -> None:
        """End the request; the first reason counts."""
        with self._lock:
            if self.ended is None:
                self.ended = why
            for cut in self._cuts:
                cut()
            self._cuts.clear()
        self._waiting.set()

    def sleep(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        self._waiting.wait(min(seconds, max(self.left, 0.0)))


_CURRENT: ContextVar[Deadline | None] = ContextVar("tierwatch_deadline", default=None)


def current() -> Deadline | None:
    """The deadline of the request that this thread is making."""
    return _CURRENT.get()


def abort(threads: Collection[int] | None = None) -> int:
    """End every request that is under way in this process, or those of the *threads* alone, by their identifiers.

    Gives how many there were. The program calls it to stop, and to end polls by a configuration that has been replaced.
    """
    return _WATCH.abort(threads)


def under_way() -> tuple[str, ...]:
    """The names of the threads that make a request now, each once, in order."""
    return _WATCH.owners()


def dial(
    host: str,
    port: int,
    within: float | None,
    options: Sequence[tuple[Any, ...]] = (),
    source: tuple[str, int] | None = None,
) -> socket.socket:
    """Connect to the first address of *host* that answers, each *within* seconds and all within the deadline.

    Raises OSError: TimeoutError where time was too short, gaierror where the name is not known.
    """
    deadline, failure = current(), None
    for family, kind, protocol, _, address in resolve(host, port):
        _check(deadline)
        connection = socket.socket(family, kind, protocol)
        try:
            for option in options:
                connection.setsockopt(*option)
            if deadline is not None:
                deadline.watch(connection)
            connection.settimeout(_least(within, deadline))
            if source is not None:
                connection.bind(source)
            connection.connect(address)
            connection.settimeout(within)
            return connection
        except OSError as error:
            failure = error
            connection.close()
        except BaseException:
            connection.close()
            raise
    _check(deadline)
    raise failure or OSError("the host has no address")


def resolve(host: str, port: int) -> Sequence[_Address]:
    """The addresses of a host, found in a thread that is left behind if the name server does not answer in time."""
    if "%" in host or ":" in host or host.replace(".", "").isdigit():
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    lookup, deadline = _LOOKUPS.of(host, port), current()
    while not lookup.done.wait(_SLICE):
        _check(deadline)
    if lookup.failure is not None:
        raise lookup.failure
    return lookup.found


def _least(within: float | None, deadline: Deadline | None) -> float | None:
    left = None if deadline is None else max(deadline.left, 0.001)
    return min((each for each in (within, left) if each is not None), default=None)


def _check(deadline: Deadline | None) -> None:
    if deadline is not None and deadline.over:
        raise TimeoutError("the request's whole time is over")


def _shut(handle: socket.socket) -> None:
    with suppress(OSError):
        handle.shutdown(socket.SHUT_RDWR)


class _Watch:
    """The deadlines under way, and the one thread that ends them."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._open: set[Deadline] = set()
        self._thread: threading.Thread | None = None

    def add(self, deadline: Deadline) -> None:
        with self._condition:
            soonest = min((each.at for each in self._open), default=None)
            self._open.add(deadline)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif soonest is None or deadline.at < soonest:
                self._condition.notify()

    def discard(self, deadline: Deadline) -> None:
        with self._condition:
            self._open.discard(deadline)

    def abort(self, threads: Collection[int] | None) -> int:
        with self._condition:
            under_way = tuple(each for each in self._open if threads is None or each.thread in threads)
        for deadline in under_way:
            deadline.end(Ended.STOPPED)
        return len(under_way)

    def owners(self) -> tuple[str, ...]:
        with self._condition:
            return tuple(sorted({each.owner for each in self._open}))

    def _run(self) -> None:
        while True:
            with self._condition:
                now = time.monotonic()
                late = [each for each in self._open if each.at <= now and each.ended is None]
                if not late:
                    soonest = min((each.at for each in self._open if each.ended is None), default=None)
                    self._condition.wait(None if soonest is None else max(soonest - now, 0.0))
            for deadline in late:
                deadline.end(Ended.TIMEOUT)


class _Lookup:
    """One question to the name server."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self.found: Sequence[_Address] = ()
        self.failure: OSError | UnicodeError | None = None


class _Lookups:
    """The questions under way: one thread for each host, however many ask, so that few can be left behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[tuple[str, int], _Lookup] = {}

    def of(self, host: str, port: int) -> _Lookup:
        with self._lock:
            lookup = self._open.get((host, port))
            if lookup is None:
                lookup = self._open[host, port] = _Lookup()
                thread = threading.Thread(target=self._look, args=(lookup, host, port), name=host, daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:
                    del self._open[host, port]
                    raise OSError("this machine gives no thread in which to look for the name") from error
            return lookup

    def _look(self, lookup: _Lookup, host: str, port: int) -> None:
        try:
            lookup.found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            lookup.failure = error
        finally:
            with self._lock:
                del self._open[host, port]
            lookup.done.set()


_WATCH = _Watch()
_LOOKUPS = _Lookups()


def _after_fork() -> None:
    """A child process has neither the threads nor the requests of its parent."""
    global _WATCH, _LOOKUPS
    _WATCH, _LOOKUPS = _Watch(), _Lookups()


os.register_at_fork(after_in_child=_after_fork)
