"""End the process within five seconds of the first signal, whatever peers, the disk or a terminal do.

One thread reads the signals from the pipe into which the system writes them, so that they are taken also while the main
thread is inside the database. It asks the program to stop, aborts the requests that do not end, and ends the process
when the time is over. A killed process harms no database: what was committed is there, the rest is done again at the
next start. One `Stopping` for a process, made by its main thread; a program inside a test has none. See decision 0099.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import structlog

from monitor.net import deadline

WITHIN = 5.0
"""Seconds from the first signal after which the system ends the process, if nothing else has."""

LAST_RESORT = 4.0
"""Seconds from the first signal after which the process ends itself and waits for nothing any more."""

GRACE = 1.0
"""Seconds that requests under way get to end by themselves; then they are aborted, and all that begin since then."""

THREADS_WITHIN = 2.5
"""Seconds from the first signal for which the program's threads are waited for."""

PAGE_WITHIN = 3.0
"""Seconds from the first signal for which requests to the page are waited for."""

DATABASE_WITHIN = 3.7
"""Seconds from the first signal for which a writer of the database is waited for."""

SAME = 0.3
"""Seconds in which a second signal is the first once more: a terminal and `timeout` both pass on one Ctrl-C."""

ABORT_EVERY = 0.05
"""Seconds between two looks for requests that have begun since the last one."""

SAID_WITHIN = 0.8
"""Seconds for which a line of the log is waited for before the process ends."""

NO_WORK = ("signals", "deadlines")
"""Names of threads that a stop does not wait for."""

_NO_SIGNAL = 0

log = structlog.get_logger()


UNHURRIED = 20.0
"""How much longer a program waits that is not the process itself: nobody waits for the end of the process then."""


class Course:
    """How much is left of the time of one stop. Begins when it is made. *stretch* makes all but the grace longer."""

    def __init__(self, stretch: float = 1.0) -> None:
        self.began, self._stretch = time.monotonic(), stretch

    @property
    def passed(self) -> float:
        """Seconds since the first signal."""
        return time.monotonic() - self.began

    def left(self, within: float) -> float:
        """Seconds that are left of the first *within* seconds; 0 when they are over."""
        return max(0.0, within * self._stretch - self.passed)

    @property
    def aborts(self) -> bool:
        """Whether requests have had their grace."""
        return self.passed > GRACE


class Stopping:
    """Takes SIGTERM and SIGINT from now on. A second one ends the process at once."""

    def __init__(self) -> None:
        self.course: Course | None = None
        self._ask: Callable[[], None] | None = None
        self._failure: BaseException | None = None
        self._read, self._written = socket.socketpair()
        self._written.setblocking(False)
        signal.set_wakeup_fd(self._written.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._interrupt)
        threading.Thread(target=self._watch, name="signals", daemon=True).start()

    def of(self, ask: Callable[[], None]) -> None:
        """From now on there is something to be stopped: *ask* makes it end. It is called in any thread."""
        self._ask = ask
        if self.course is not None:
            ask()

    def begin(self) -> Course:
        """The stop begins now, if no signal has begun it: the process ends in time from here on."""
        if self.course is None:
            self.course = Course()
            with suppress(BlockingIOError):  # signals are waiting there already
                self._written.send(bytes([_NO_SIGNAL]))
        return self.course

    def failed(self, failure: BaseException) -> None:
        """The program ends because of *failure*: the exit code is 1."""
        self._failure = failure

    def leave(self, say: Callable[[], object] = lambda: None) -> None:
        """End the process now, without waiting for threads, with what was printed and what *say* says."""

        def last_words() -> None:
            say()
            sys.stdout.flush()
            sys.stderr.flush()

        _aside(last_words)
        os._exit(0 if self._failure is None else 1)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """In the main thread. Before there is a program it ends at once; else the other thread does everything."""
        if self._ask is None:
            deadline.abort()
            raise SystemExit(0)

    def _watch(self) -> None:
        while True:
            self._read.settimeout(self._next_look())
            try:
                for number in self._read.recv(64):
                    self._take(number)
            except TimeoutError:
                self._press()

    def _next_look(self) -> float | None:
        course = self.course
        if course is None:
            return None
        if not course.aborts:
            return course.left(GRACE) or ABORT_EVERY
        return min(ABORT_EVERY, course.left(LAST_RESORT)) or 0.001

    def _press(self) -> None:
        """Abort requests; at the end, end the process."""
        course = self.course
        if course is None or not course.aborts:
            return
        if course.passed < LAST_RESORT:
            deadline.abort()
            return
        threads = ", ".join(sorted({thread.name for thread in threading.enumerate() if thread.name not in NO_WORK}))
        failed = {} if self._failure is None else {"failure": str(self._failure)}
        self.leave(
            lambda: log.warning(
                "stop_cut_short", after=f"{LAST_RESORT:g} s", threads=threads, **failed,
                what="what was committed is in the database; the rest is done again at the next start",
            )
        )  # fmt: skip

    def _take(self, number: int) -> None:
        if number not in (signal.SIGINT, signal.SIGTERM):
            return
        if self.course is None:
            signal.setitimer(signal.ITIMER_REAL, WITHIN)  # the system itself ends the process then
            self.course = Course()
            requests = deadline.under_way()
            if number == signal.SIGINT and sys.stderr.isatty():
                _aside(lambda: print(spoken(requests), file=sys.stderr, flush=True))
            _aside(
                lambda: log.info(
                    "stop_asked", signal=signal.Signals(number).name, within=f"{WITHIN:g} s",
                    waits_for=", ".join(requests) or "no request",
                )
            )  # fmt: skip
            if self._ask is not None:  # last, for the process may be gone a moment later
                self._ask()
        elif self.course.passed > SAME:
            _aside(lambda: log.warning("stopped_at_once", what="a second signal came; the rest is done again"))
            os._exit(128 + number)


def spoken(requests: tuple[str, ...]) -> str:
    """What somebody who presses Ctrl-C reads at once."""
    at_most = f"{WITHIN:g} s at most"
    waits = f"waiting for requests of {', '.join(requests)} ({at_most})" if requests else f"this takes {at_most}"
    return f"tierwatch stops: {waits}; press Ctrl-C again to end at once"


@contextmanager
def named(name: str) -> Iterator[None]:
    """Call this thread *name* meanwhile, so that a stop can say what it waits for."""
    thread = threading.current_thread()
    before, thread.name = thread.name, name
    try:
        yield
    finally:
        thread.name = before


def _aside(work: Callable[[], object]) -> None:
    """Do *work* in a thread of its own: nobody may read a terminal or a pipe any more, and writing would never end."""

    def quietly() -> None:
        with suppress(OSError, ValueError):  # the stream is closed or broken: there is nobody to tell
            work()

    thread = threading.Thread(target=quietly, name="signals", daemon=True)
    thread.start()
    thread.join(SAID_WITHIN)
