"""Count what a receiver was sent lately, and say when it may be sent more.

Pure: `now` comes in. The one surprise: it is no token bucket. A bucket of 20 that refills with 20 a minute lets 39
messages through within one minute, and robots that allow 20 a minute then shut out for much longer. Here the limit
holds in every span of that length, wherever it begins.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages within any span of `per`."""

    count: int
    per: timedelta

    def __post_init__(self) -> None:
        if self.count < 1 or self.per <= timedelta(0):
            raise ValueError("a limit allows at least one message in a span above zero")


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be sent, and the instants of what was sent, oldest first. A clock that was set back only delays."""

    limits: tuple[Limit, ...]
    taken: tuple[datetime, ...] = ()

    def free_at(self, now: datetime, kept: bool = False) -> datetime:
        """The earliest instant, not before *now*, at which one more message keeps every limit.

        With *kept* a quarter of each limit stays free, for messages that are more urgent.
        """
        taken = self._before(now)
        counts = [(_most(limit, kept), limit.per) for limit in self.limits]
        return max([now, *(taken[-count] + per for count, per in counts if len(taken) >= count)])

    def room(self, now: datetime, kept: bool = False) -> int:
        """How many messages may be sent at *now*, all at once."""
        taken = self._before(now)
        left = [_most(limit, kept) - sum(at > now - limit.per for at in taken) for limit in self.limits]
        return max(0, min(left, default=0))

    def take(self, now: datetime) -> Budget:
        """The budget after a message at *now*, whatever came of it: a receiver counts what it refused as well."""
        longest = max(limit.per for limit in self.limits)
        return replace(self, taken=(*(at for at in self._before(now) if at > now - longest), now))

    def _before(self, now: datetime) -> list[datetime]:
        return [min(at, now) for at in self.taken]


def _most(limit: Limit, kept: bool) -> int:
    """How many messages fit into a limit; with *kept* without the quarter that is kept for breaches."""
    return limit.count - limit.count // 4 if kept else limit.count
