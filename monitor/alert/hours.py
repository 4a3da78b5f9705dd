"""Hold when somebody is there for pages that can wait: of a receiver, of the tiers, of the teams. Pure values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from monitor.alert.alert import Alert
from monitor.text import among
from monitor.worktime import WorkingTime

_NOTHING = timedelta(0)

_MOST_STEPS = 1000
"""So often the next hour is looked for that several calendars have in common; two that share none have no end."""


@dataclass(frozen=True, slots=True)
class CoveredHours:
    """The hours in which pages are taken. A page can wait only where some of them speak of it; of several, all must be
    open.

    `own` are the hours of a receiver. `tiers` and `teams` are those of every receiver, by the rung of the tier and by
    the team as the source names it.
    """

    own: WorkingTime | None = None
    tiers: Mapping[str, WorkingTime] = field(default_factory=dict)
    teams: Mapping[str, WorkingTime] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return self.own is not None or bool(self.tiers or self.teams)

    @property
    def of_all(self) -> CoveredHours:
        """Those that hold whoever the receiver is."""
        return replace(self, own=None)

    def of(self, alert: Alert) -> tuple[WorkingTime, ...]:
        """The hours that speak of *alert*."""
        return tuple(self._of(alert))

    def _of(self, alert: Alert) -> Iterator[WorkingTime]:
        if self.own is not None:
            yield self.own
        tier, team = alert.labels.get("tier", ""), alert.annotations.get("team", "")
        if tier in self.tiers:
            yield self.tiers[tier]
        if team:
            yield from (hours for name, hours in self.teams.items() if among(team, (name,)))


class Rings(StrEnum):
    """Why a page rings outside covered hours."""

    DEADLINE = "deadline"
    """The deadline comes before the next covered instant."""
    STAGE = "stage"
    """The next stage that rings comes before the next covered instant."""
    NEVER = "never"
    """The hours that speak of it have none in common."""


class RangOutside(NamedTuple):
    """Why a page rings outside covered hours: what comes at `before` is earlier than they begin, at `opens`."""

    why: Rings
    before: datetime | None = None
    opens: datetime | None = None
    stage: str = ""

    @property
    def stored(self) -> str:
        """As a word for the store; `of` reads it."""
        instants = ["" if at is None else at.isoformat() for at in (self.before, self.opens)]
        return "|".join((self.why.value, *instants, self.stage))

    @classmethod
    def of(cls, stored: str | None) -> RangOutside | None:
        """What `stored` wrote; None of nothing."""
        if not stored:
            return None
        why, before, opens, stage = stored.split("|", 3)
        times = [datetime.fromisoformat(at) if at else None for at in (before, opens)]
        return cls(Rings(why), times[0], times[1], stage)


ALWAYS = CoveredHours()
"""No hours: nothing waits."""


def next_covered(hours: tuple[WorkingTime, ...], now: datetime) -> datetime | None:
    """The first instant, not before *now*, at which all of them are open; None where there seems to be none."""
    at = now
    for _ in range(_MOST_STEPS):
        later = max((each.last(at, _NOTHING) for each in hours), default=at)
        if later == at:
            return at
        at = later
    return None
