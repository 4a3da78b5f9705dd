"""Hold the threads of one running program, so that none is forgotten when it stops or reads its configuration again.

Threads of one name do one work. When the configuration has been replaced, the new ones wait until the old ones of
their name have ended: so a page that is under way is never sent by two threads, and a receiver that hangs holds up
only its own channel.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

LOOK_EVERY = 0.1
"""Seconds after which a thread that waits for another looks whether it is to end."""


class Threads:
    """The threads of one running program that a stop waits for. Safe in every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: list[threading.Thread] = []

    def enlist(self) -> None:
        """Add the calling thread."""
        self._add(threading.current_thread())

    def start(
        self, name: str, work: Callable[[], None], stopping: threading.Event,
        before: Collection[threading.Thread] = (),
    ) -> None:  # fmt: skip
        """Do *work* in a thread of this name, once those of its name among *before* have ended; not when *stopping*."""
        mine = [thread for thread in before if thread.name == name]

        def run() -> None:
            for thread in mine:
                while thread.is_alive() and not stopping.is_set():
                    thread.join(LOOK_EVERY)
            if not stopping.is_set():
                work()

        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        self._add(thread)

    @property
    def alive(self) -> tuple[threading.Thread, ...]:
        """Those that have not ended."""
        with self._lock:
            self._all = [thread for thread in self._all if thread.is_alive()]
            return tuple(self._all)

    def _add(self, thread: threading.Thread) -> None:
        with self._lock:
            self._all = [*(each for each in self._all if each.is_alive()), thread]
