"""Receive HTTP POSTs on loopback, keep what came, and answer as a test says: any code, late, never, or half."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.loopback import Loopback, Reply, Request

__all__ = ["Reply", "Request", "Webhook", "listening"]


class Webhook(Loopback):
    """`replies` are used up one by one; when there is none left, `answer` decides, by default 200."""

    def __init__(self) -> None:
        self.replies: deque[Reply] = deque()
        self.answer: Callable[[Request], Reply] = lambda request: Reply()
        super().__init__(lambda request: self.replies.popleft() if self.replies else self.answer(request))

    def alerts(self, status: str | None = None) -> list[dict[str, Any]]:
        """Every alert of every Alertmanager notification so far, in order of arrival."""
        found = [alert for request in list(self.requests) for alert in request.json()["alerts"]]
        return [alert for alert in found if status in (None, alert["status"])]


@contextmanager
def listening() -> Iterator[Webhook]:
    """A receiver for the length of a test."""
    with Webhook() as webhook:
        yield webhook
