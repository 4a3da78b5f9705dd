"""Say how much of the open allowances of a group is used at an instant, without looking at each of them.

Pure. Those that are used now grow with time: of each the instant is known from which it would have been used without a
break, so the first of these has used most, and those that have used some share are all that are not after one instant.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from monitor.aggregates.aggregates import Allowed
from monitor.aggregates.instants import Instants
from monitor.errors import ConfigError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Counting(Protocol):
    """A calendar, as far as it is asked here."""

    def counted(self, start: datetime, end: datetime) -> timedelta: ...

    def subtract(self, end: datetime, length: timedelta) -> datetime: ...


@dataclass(frozen=True, slots=True)
class Used:
    """Allowances with one budget, in microseconds. Each of them is in `of`, by what is used of it, as a length too.

    Where they are used now, `running` is the calendar that counts, and `of` are the instants from which they would have
    been used without a break.
    """

    budget: int
    of: Instants
    running: Counting | None = None

    def largest(self, now: datetime) -> float:
        """The largest share that is used of one of them; of a budget of nothing 0 or, once any is used, infinite."""
        if self.running is None:
            used = self.of.last
        else:
            first = self.of.first
            used = None if first is None else self.running.counted(_EPOCH + first * _TICK, now) // _TICK
        if self.budget:
            return (used or 0) / self.budget
        return math.inf if used else 0.0

    def at_least(self, percent: int, now: datetime) -> int:
        """Of how many at least that share is used; of a budget of nothing any use is more."""
        if percent == 0:
            return len(self.of)
        amount = max(1, -(-self.budget * percent // 100))
        if self.running is None:
            return len(self.of) - self.of.up_to(amount - 1)
        try:
            return self.of.up_to((self.running.subtract(now, amount * _TICK) - _EPOCH) // _TICK)
        except (ConfigError, OverflowError):
            return 0  # there has been no such amount of time


def used_of(some: Mapping[Allowed, Instants], calendar: Callable[[str], Counting | None]) -> tuple[Used, ...]:
    """How much of a group's allowances is used; nothing where the *calendar* of one that is used now is not known."""
    found = []
    for (running, budget, name), used in some.items():
        counting = calendar(name) if running else None
        if running and counting is None:
            return ()
        found.append(Used(budget, used, counting))
    return tuple(found)


def largest_share(some: Sequence[Used], now: datetime) -> float | None:
    """The largest share that is used of any of them; None where there is none."""
    return max((one.largest(now) for one in some), default=None)


def used_at_least(some: Sequence[Used], percent: int, now: datetime) -> int:
    """Of how many of them at least that share is used."""
    return sum(one.at_least(percent, now) for one in some)
