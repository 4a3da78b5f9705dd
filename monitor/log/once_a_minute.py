"""Say each cause at most once a minute in the log, with how often it came meanwhile.

For warnings and errors; what is said for information is never withheld. A cause is the event with its fields, but for
those that change each time. Peers and clients decide how often something fails, so they could fill the disk otherwise.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, MutableMapping
from typing import Any

EVERY = 60.0
MOST_CAUSES = 1000
MOST_PER_EVENT = 60
"""Lines a minute of one event, however many causes it has."""

_CHANGES = frozenset({"next_try", "pages", "timestamp", "exc_info", "level"})
_LOUD = frozenset({"warning", "warn", "error", "critical", "exception", "fatal"})


class OnceAMinute:
    """A processor of structlog, and a filter of Python's own log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._said: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()
        self._lines: dict[Hashable, tuple[float, int]] = {}

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Let the line pass, with `repeated` for those that did not, or drop it."""
        if method not in _LOUD:
            return event
        fields = tuple(sorted((name, str(value)) for name, value in event.items() if name not in _CHANGES))
        repeated = self._passes(event.get("event", ""), (fields, _raised(event.get("exc_info"))))
        if repeated is None:
            import structlog  # whoever calls this has imported it

            raise structlog.DropEvent
        if repeated:
            event["repeated"] = repeated
        return event

    def filter(self, record: logging.LogRecord) -> bool:
        """The same for a line of another library; its cause is the sentence without what was filled in."""
        repeated = self._passes(record.name, (record.msg, _raised(record.exc_info)))
        if repeated:
            record.msg, record.args = f"{record.getMessage()} (repeated {repeated} times)", ()
        return repeated is not None

    def _passes(self, event: Hashable, cause: Hashable) -> int | None:
        """How often the cause was withheld since it was said last; None where it is withheld now."""
        now, key = self._clock(), (event, cause)
        with self._lock:
            said, withheld = self._said.get(key, (now - EVERY, 0))
            since, lines = self._lines.get(event, (now, 0))
            if now - since >= EVERY:
                since, lines = now, 0
            if now - said < EVERY or lines >= MOST_PER_EVENT:
                self._said[key] = (said, withheld + 1)
                self._tidy()
                return None
            self._said[key] = (now, 0)
            self._said.move_to_end(key)
            self._lines[event] = (since, lines + 1)
            self._tidy()
            return withheld

    def _tidy(self) -> None:
        while len(self._said) > MOST_CAUSES:
            self._said.popitem(last=False)
        if len(self._lines) > MOST_CAUSES:
            self._lines.clear()


def _raised(exc_info: Any) -> str:
    """What kind of exception a line is about."""
    found = sys.exc_info() if exc_info is True else exc_info
    kind = found[0] if isinstance(found, tuple) and found else type(found) if found else None
    return "" if kind is None else str(kind.__name__)
