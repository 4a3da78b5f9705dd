"""Log each cause at most once a minute, with how often it came meanwhile.

For warnings and errors; lines of information are never withheld. A cause is the event with its fields, without those
that change each time. Peers and clients decide how often something fails; they could fill the disk otherwise.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, MutableMapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from monitor.machine import AtMostEvery

EVERY = timedelta(minutes=1)
MOST_CAUSES = 1000
MOST_PER_EVENT = 60
"""Lines a minute of one event, however many causes it has."""

_CHANGES = frozenset({"next_try", "pages", "timestamp", "exc_info", "level"})
_LOUD = frozenset({"warning", "warn", "error", "critical", "exception", "fatal"})


class OnceAMinute:
    """A processor of structlog, and a filter of Python's own log."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._causes: OrderedDict[Hashable, _Cause] = OrderedDict()
        self._lines: dict[Hashable, _Lines] = {}

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

    def _passes(self, event: Hashable, fields: Hashable) -> int | None:
        """How often the cause was withheld since its last line; None where it is withheld now."""
        now, key = timedelta(seconds=self._clock()), (event, fields)
        with self._lock:
            cause, lines = self._causes.setdefault(key, _Cause()), self._lines.setdefault(event, _Lines())
            if lines.minute.take(now):
                lines.number = 0
            if not cause.minute.due(now) or lines.number >= MOST_PER_EVENT:
                cause.withheld += 1
                withheld = None
            else:
                cause.minute.done(now)
                self._causes.move_to_end(key)
                lines.number += 1
                withheld, cause.withheld = cause.withheld, 0
            self._tidy()
            return withheld

    def _tidy(self) -> None:
        while len(self._causes) > MOST_CAUSES:
            self._causes.popitem(last=False)
        if len(self._lines) > MOST_CAUSES:
            self._lines.clear()


@dataclass(slots=True)
class _Cause:
    """When the cause had its last line, and how often it came since."""

    minute: AtMostEvery[timedelta] = field(default_factory=lambda: AtMostEvery(EVERY))
    withheld: int = 0


@dataclass(slots=True)
class _Lines:
    """How many lines an event had since its minute began."""

    minute: AtMostEvery[timedelta] = field(default_factory=lambda: AtMostEvery(EVERY))
    number: int = 0


def _raised(exc_info: Any) -> str:
    """What kind of exception a line is about."""
    found = sys.exc_info() if exc_info is True else exc_info
    kind = found[0] if isinstance(found, tuple) and found else type(found) if found else None
    return "" if kind is None else str(kind.__name__)
