"""Let one caller ask so often and no oftener, so that a script in a loop leaves room for others.

A bucket for each caller: his name where he is logged in, else his address. It fills by so many tokens a second, and a
request takes one. Belongs to the thread of the loop.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_CALLERS = 4096
"""Callers that are remembered; the one who asked longest ago is forgotten first, with a bucket that is full by then."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Requests that a caller may send in a second, and how many at once after a rest."""

    each_second: float = 50.0
    at_once: int = 100


class Buckets:
    """The tokens that each caller has left. *clock* gives seconds that never go back."""

    def __init__(self, rate: Rate, clock: Callable[[], float], most: int = MOST_CALLERS) -> None:
        self._rate, self._clock, self._most = rate, clock, most
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, caller: str) -> int:
        """Take a token; 0, or the whole seconds after which there is one."""
        now = self._clock()
        left, since = self._left.pop(caller, (float(self._rate.at_once), now))
        left = min(float(self._rate.at_once), left + (now - since) * self._rate.each_second)
        wait = 0 if left >= 1 else max(1, math.ceil((1 - left) / self._rate.each_second))
        self._left[caller] = (left if wait else left - 1, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return wait
