"""Let a signal end long work on the database between two steps of SQLite's machine, and pass the signal on then.

Python handles a signal only between two of its own instructions: a statement of SQLite that takes minutes would hold it
up so long, and an exception that a handler raises inside a callback of SQLite is lost.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from monitor.errors import StoreError

STEPS = 20_000
"""Steps of SQLite's machine between two looks: some milliseconds."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(StoreError):
    """Somebody asked the program to end; the signal itself is passed on at the end of `stoppable`."""

    def __init__(self) -> None:
        super().__init__("stopped by a signal; what was begun is not kept, what was done before it is", retryable=False)


class Stop:
    """Whether a signal has come. `watch` ends the statements of a connection then, `check` ends other work."""

    def __init__(self) -> None:
        self._came: list[tuple[int, FrameType | None]] = []

    @property
    def asked(self) -> bool:
        return bool(self._came)

    def check(self) -> None:
        """Raises Stopped if a signal has come."""
        if self._came:
            raise Stopped

    def watch(self, connection: sqlite3.Connection, also: Callable[[], bool] = lambda: False) -> None:
        """End a statement of the connection (SQLite says `interrupted`) when a signal comes, or *also* says so."""
        connection.set_progress_handler(lambda: int(bool(self._came) or also()), STEPS)

    def note(self, number: int, frame: FrameType | None) -> None:
        """The handler of the signals meanwhile."""
        self._came.append((number, frame))

    def pass_on(self) -> None:
        """Do what would have been done at once: call the handler that is back in its place."""
        for number, frame in self._came[:1]:
            handler = signal.getsignal(number)
            if callable(handler):
                handler(number, frame)
            else:
                os.kill(os.getpid(), number)


@contextmanager
def stoppable() -> Iterator[Stop]:
    """Keep SIGINT and SIGTERM until the end of the block; what cleans up inside it does so before they take effect.

    Signals come to the main thread alone: in another one nothing is kept.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: handler for number, handler in handlers.items() if handler not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, stop.note)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        stop.pass_on()
