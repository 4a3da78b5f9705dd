"""Tell systemd what the program does: that it starts, is ready, lives and stops (man sd_notify).

Without systemd nothing is sent. The protocol is one datagram of lines to the socket that `NOTIFY_SOCKET` names. A sign
of life goes out only while the engine's loop goes round: one that is stuck is killed after `WatchdogSec=` and started
anew. An engine that waits for the database goes round, because a start would wait for it as well. See decision 0099.
"""

from __future__ import annotations

import faulthandler
import os
import socket
import sys
import threading
from collections.abc import Callable, Mapping, MutableMapping

import structlog

EXTEND_EVERY = 10.0
"""Seconds between two messages that a start goes on."""

EXTEND_BY = 60.0
"""Seconds that such a message gives the start."""

SEND_WITHIN = 0.5
"""Seconds for which a socket that takes nothing is waited for."""

AGAIN_AFTER = 1.0
"""Seconds after which it is said again that the program is ready, where the socket did not take it."""

_MICROSECONDS = 1_000_000

log = structlog.get_logger()


class Systemd:
    """The service manager of this process, if it has one. Takes its variables out of *environment*.

    What we start does not inherit them, and cannot speak for us.
    """

    def __init__(self, environment: MutableMapping[str, str] = os.environ) -> None:
        self._to = environment.pop("NOTIFY_SOCKET", "")
        every, whose = environment.pop("WATCHDOG_USEC", ""), environment.pop("WATCHDOG_PID", "")
        ours = whose in ("", str(os.getpid()))
        self.watchdog = int(every) / _MICROSECONDS if self._to and ours and every.isdecimal() else 0.0
        """Seconds without a sign of life after which the program is killed; 0: never."""
        self._rounds: Callable[[], int] | None = None
        self._owed: Mapping[str, str] = {}
        """That the program is ready, until the socket has taken it: without it, systemd ends the start in the end."""
        self._seen: int | None = None
        self._stuck = False
        self._ended, self._lock = threading.Event(), threading.Lock()

    def starting(self) -> None:
        """The program is being started: say so again and again, until `ready` or `stopping`."""
        if not self._to:
            return
        self._tell(STATUS="starting: opening the database, then asking every source once")
        threading.Thread(target=self._go_on, name="systemd", daemon=True).start()

    def ready(self, address: str, rounds: Callable[[], int]) -> None:
        """The program runs, unless it ends already. *rounds* counts those of the engine, for the watchdog."""
        if self.watchdog:
            faulthandler.enable(sys.__stderr__ or sys.stderr)  # systemd kills by SIGABRT: where was everybody?
        self._rounds = rounds
        self._owed = {"READY": "1", "STATUS": f"running; the page is at {address}"}
        self._pay()

    def stopping(self) -> None:
        """The program ends; there are no signs of life from here on."""
        with self._lock:
            ended_before = self._ended.is_set()
            self._ended.set()
            if not ended_before:
                self._send(STOPPING="1", STATUS="stopping: waiting for requests, five seconds at most")

    def look(self) -> None:
        """Say that the start goes on, or that the engine does; nothing where it does not."""
        if self._owed and not self._pay():
            return
        if self._rounds is None:
            self._tell(EXTEND_TIMEOUT_USEC=str(int(EXTEND_BY * _MICROSECONDS)))
            return
        if not self.watchdog:
            return
        rounds = self._rounds()
        stuck, self._seen = rounds == self._seen, rounds
        if not stuck:
            self._tell(WATCHDOG="1")
        if stuck and not self._stuck:
            log.error(
                "engine_stuck", rounds=rounds, what=f"without a further round, systemd starts the program anew"
                f" within {self.watchdog:g} s",
            )  # fmt: skip
        self._stuck = stuck

    def _go_on(self) -> None:
        every = min(EXTEND_EVERY, self.watchdog / 3) if self.watchdog else EXTEND_EVERY
        while not self._ended.wait(min(every, AGAIN_AFTER) if self._owed else every):
            self.look()

    def _pay(self) -> bool:
        """Say what is owed, once; false where the socket does not take it."""
        with self._lock:
            if not self._owed or self._ended.is_set() or self._send(**self._owed):
                self._owed = {}
            return not self._owed

    def _tell(self, **lines: str) -> None:
        """Say it, unless it was said that the program ends: whatever comes after that would contradict it."""
        with self._lock:
            if not self._ended.is_set():
                self._send(**lines)

    def _send(self, **lines: str) -> bool:
        """False where the socket does not take it."""
        if not self._to:
            return True
        address = f"\0{self._to[1:]}" if self._to.startswith("@") else self._to
        said = "\n".join(f"{name}={value}" for name, value in lines.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as to:
                to.settimeout(SEND_WITHIN)
                to.sendto(said.encode(), address)
                return True
        except OSError as error:
            log.warning(
                "systemd_not_told", socket=self._to, error=error.strerror or str(error),
                what="systemd does not know what the program does; check NotifyAccess= and Type= of the unit",
            )  # fmt: skip
            return False
