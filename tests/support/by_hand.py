"""Make an engine independent of the machine's speed, for whoever calls its steps by hand.

The program stores what is judged after half a second, though more waits (`monitor/service/chunks.py`), and what took
long is not looked at again at once. For a clock that stands still nothing takes long: a step judges all that it takes.
"""

from __future__ import annotations

from monitor.service.engine_worker import Worker
from monitor.service.parts import Parts


class Watch:
    """A clock in seconds that goes on when it is told to, and with each look by `each`."""

    def __init__(self, each: float = 0.0) -> None:
        self.seconds, self.each = 0.0, each

    def __call__(self) -> float:
        self.seconds += self.each
        return self.seconds


def by_hand(worker: Worker) -> Worker:
    """Gives the *worker*, whose steps take no time from now on."""
    worker.chunk.clock = Watch()
    return worker


def parts_by_hand(parts: Parts) -> Parts:
    """The same for all *parts* of a program whose work depends on how long it took."""
    by_hand(parts.worker)
    parts.unread.clock = Watch()
    for rest in parts.joint.rests:
        rest.clock = rest.spent = Watch()
    return parts
