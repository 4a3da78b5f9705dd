"""Answer requests for a reload that come by HTTP: who may ask, how often, and what the answer says.

Whoever asks from this machine is told what the log says. To others the answer says whether it was taken, no more.
"""

from __future__ import annotations

import hmac
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import TimeoutError as NotYet

import structlog

from exporters.web import ReloadAnswer, ReloadAsked
from monitor.net import Secret
from monitor.service.reloads import BY_API, BY_THIS_MACHINE, BY_TOKEN, Reloads
from monitor.snapshot import ReloadResult

MOST, EVERY = 30, 60.0
"""So many requests are taken in so many seconds; a reload reads every file and asks every changed source."""

PATIENCE = 45.0
"""Seconds for which a request waits for its reload; a calendar of the rota may be slow."""

log = structlog.get_logger()

NOT_ALLOWED = (
    "Only a program on this machine may have the configuration read again, or one that sends the reload_token of the"
    " configuration as Authorization: Bearer."
)
STARTING = "tierwatch is starting; it has just read its configuration. Try again in a few seconds."
TOO_OFTEN = f"The configuration was read {MOST} times within a minute; try again later."
UNDER_WAY = "The configuration is being read; the log and the page say how that ends."
ELSEWHERE = "The configuration was refused, and the one before runs on; the log and the page say why."


class ReloadRequests:
    """The requests of one running program; safe in every thread. *ready* says whether its start is over."""

    def __init__(self, reloads: Reloads, ready: Callable[[], bool]) -> None:
        self._reloads, self._ready = reloads, ready
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    def answer(self, token: Secret | None, asked: ReloadAsked) -> ReloadAnswer:
        """Have the configuration read again for whoever may ask; *token* is the one of the configuration that runs."""
        if not asked.local and not _same(token, asked.token):
            log.warning("reload_not_allowed", reason="unauthorized")
            return ReloadAnswer(401, NOT_ALLOWED)
        answer = self._asked(BY_THIS_MACHINE if asked.local else BY_TOKEN)
        return answer if answer.status != 422 or asked.local else ReloadAnswer(422, ELSEWHERE)

    def by_person(self, name: str) -> ReloadAnswer:
        """The same for somebody who has the right to it, and is told what the log says."""
        return self._asked(f"{BY_API} {name}")

    def _asked(self, by: str) -> ReloadAnswer:
        if not self._ready():
            return ReloadAnswer(503, STARTING, retry_after=5)
        if not self._room():
            return ReloadAnswer(429, TOO_OFTEN, retry_after=int(EVERY))
        try:
            found = self._reloads.ask(by).result(PATIENCE)
        except NotYet:
            return ReloadAnswer(202, UNDER_WAY)
        return ReloadAnswer(200 if found.result is ReloadResult.TAKEN else 422, found.sentence)

    def _room(self) -> bool:
        now = time.monotonic()
        with self._lock:
            while self._taken and now - self._taken[0] >= EVERY:
                self._taken.popleft()
            if len(self._taken) >= MOST:
                return False
            self._taken.append(now)
            return True


def _same(token: Secret | None, sent: str) -> bool:
    return token is not None and hmac.compare_digest(sent.encode(), token.reveal().encode())
