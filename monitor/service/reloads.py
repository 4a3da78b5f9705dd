"""Take the requests to read the configuration again, one after another, and remember how the last one ended.

Whoever asks while one is under way is answered by the next: it reads what was written until it begins.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from monitor.snapshot import Configured, ReloadResult

log = structlog.get_logger()

LOOK_EVERY = 0.5
"""Seconds after which it is looked whether the program stops."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a reload ended, and the sentence that the log has of it."""

    result: ReloadResult
    sentence: str


CRASHED = Answer(ReloadResult.REFUSED, "tierwatch failed while it read the configuration; the log says more")
BY_SIGNAL, BY_THIS_MACHINE, BY_TOKEN = "SIGHUP", "HTTP from this machine", "HTTP with the token"
"""Who asks, as the audit trail names them."""
BY_API = "API,"
"""The same for somebody who is known by name, which follows."""

STOPPING = Answer(ReloadResult.REFUSED, "tierwatch stops; the configuration is read at the next start")


class Reloads:
    """The reloads of one running program. Safe in every thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._waiting: list[tuple[str, Future[Answer]]] = []
        self.configured = Configured()
        """Which configuration runs; no other thread than that of `forever` writes it after the start."""

    def ask(self, by: str = BY_SIGNAL) -> Future[Answer]:
        """Have the configuration read again; the answer comes when that has ended. *by* is who asks."""
        asked: Future[Answer] = Future()
        with self._condition:
            self._waiting.append((by, asked))
            self._condition.notify_all()
        return asked

    def wake(self) -> None:
        """Let `forever` look at once whether the program stops."""
        with self._condition:
            self._condition.notify_all()

    def forever(self, reload: Callable[[str], Answer], stopping: threading.Event) -> None:
        """Answer whoever asks until the program stops; then answer whoever is left that it does.

        *reload* is given who asked, each once.
        """
        while not stopping.is_set():
            asked = self._next()
            if not asked:
                continue
            try:
                answer = reload(", ".join(sorted({by for by, _ in asked})))
            except Exception:
                log.exception("reload_crashed")
                answer = CRASHED
            for _, each in asked:
                each.set_result(answer)
        for _, each in self._next(0):
            each.set_result(STOPPING)

    def _next(self, seconds: float = LOOK_EVERY) -> list[tuple[str, Future[Answer]]]:
        """Whoever has asked until now; nobody, if none does within a moment."""
        with self._condition:
            if not self._waiting:
                self._condition.wait(seconds)
            found, self._waiting = self._waiting, []
        return found

    def taken(self, fingerprint: str, at: datetime) -> None:
        """Note that this configuration runs from now on; the first is that of the start, and no reload."""
        before = self.configured
        counts = before.count(ReloadResult.TAKEN) if before.since is not None else before.reloads
        self.configured = Configured(fingerprint, at, reloads=counts)

    def refused(self, sentence: str, at: datetime) -> None:
        """Note that one was refused, and why; the one that runs goes on."""
        counts = self.configured.count(ReloadResult.REFUSED)
        self.configured = replace(self.configured, refused=sentence, refused_at=at, reloads=counts)
