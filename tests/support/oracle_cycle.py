"""One cycle of a clock, lived through half hour by half hour: slow and obvious."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.oracle_law import STEP, ZERO, Promise, Stage, Time


@dataclass
class Cycle:
    """One cycle as far as it was walked; the fields are those of a reading."""

    number: int
    tier: str
    budget: timedelta
    started_at: datetime
    version: int
    promise: Promise
    time: Time
    stages: tuple[Stage, ...] = ()
    until: bool = False  # its deadline was agreed
    life: str = "running"
    counted: timedelta = ZERO
    used_up_at: datetime | None = None
    breached_at: datetime | None = None
    stopped_at: datetime | None = None
    crossed: dict[str, datetime] = field(default_factory=dict)
    earlier: list[tuple[str, datetime]] = field(default_factory=list)
    lasted: timedelta = ZERO  # for how long it was open by the clock on the wall

    @property
    def open(self) -> bool:
        return self.life in ("running", "paused")

    @property
    def back(self) -> bool:
        """Whether its budget is counted back."""
        return self.promise.ahead and not self.until

    @property
    def state(self) -> str:
        if self.breached_at is not None:
            return "breached"
        if self.life == "running":
            at_risk = "at_risk" in self.crossed and self.counted >= self.budget * 0.75
            return "at_risk" if at_risk else "running"
        return {"paused": "paused", "stopped": "met", "cancelled": "cancelled"}[self.life]

    @property
    def crossings(self) -> list[tuple[str, datetime]]:
        return [*self.earlier, *self.crossed.items()]

    def amounts(self) -> dict[str, timedelta]:
        """How much must have counted for each stage; of a promise of at least so many there are none."""
        if self.promise.at_least:
            return {}
        found = {"at_risk": self.budget * 0.75}
        for stage in self.stages:
            if stage.share is not None:
                found[stage.name] = self.budget * stage.share
            elif stage.left is not None and stage.left < self.budget:
                found[stage.name] = self.budget - stage.left
        return found

    def walls(self) -> dict[str, timedelta]:
        """How long before the deadline each stage by wall time is."""
        found = {} if self.promise.at_least else {one.name: one.wall for one in self.stages if one.wall is not None}
        return {name: wall for name, wall in found.items() if wall < self.budget}

    def due(self, at: datetime) -> datetime:
        """When the budget is used up, if time counts from *at* on."""
        return self.last_moment(self.time.used_up_at(at, self.budget - self.counted))

    def last_moment(self, at: datetime) -> datetime:
        """*at*; of what is counted back, when time counts again: until then it is in time."""
        while self.back and self.counted <= self.budget and not self.time.is_open(at):
            at += STEP
        return at

    def live(self, at: datetime) -> None:
        """Live through the half hour from *at* on."""
        if not self.open:
            return
        self.lasted += STEP
        if self.life != "running" or self.promise.at_least:
            return
        self.near(at)
        if not self.time.is_open(at):
            return
        before, self.counted = self.counted, self.counted + STEP
        for name, amount in self.amounts().items():
            if amount <= self.counted:
                self.crossed.setdefault(name, at + (amount - before))
        if self.used_up_at is None and self.counted >= self.budget:
            self.used_up_at = self.last_moment(at + (self.budget - before))
        if self.breached_at is None and self.counted > self.budget:
            self.breached_at = self.used_up_at

    def near(self, at: datetime) -> None:
        """Note the stages by wall time that are crossed at *at*."""
        for name, wall in self.walls().items():
            if name in self.crossed:
                continue
            due = self.breached_at or (self.due(at) if self.life == "running" else None)
            if due is not None and due <= at + wall:
                self.crossed[name] = at

    def look(self, at: datetime) -> None:
        """Note what is reached at this instant."""
        if self.promise.at_least:
            return
        for name, amount in self.amounts().items():
            if amount <= self.counted:
                self.crossed.setdefault(name, at)
        if self.used_up_at is None and self.counted >= self.budget:
            self.used_up_at = self.last_moment(at)
        if self.breached_at is None and self.counted > self.budget:
            self.breached_at = at
        self.near(at)

    def take(
        self, budget: timedelta, tier: str, stages: tuple[Stage, ...], time: Time, until: bool, at: datetime
    ) -> None:
        """Go on under other terms; what has counted stays."""
        was_due = self.due(at)
        if budget != self.budget and self.breached_at is None:
            self.used_up_at = None
        self.budget, self.tier, self.stages, self.time, self.until = budget, tier, stages, time, until
        for name, amount in self.amounts().items():
            if amount > self.counted and name in self.crossed:
                self.earlier.append((name, self.crossed.pop(name)))
        for name, wall in self.walls().items():
            if name in self.crossed and self.breached_at is None and self.due(at) > max(was_due, at + wall):
                self.earlier.append((name, self.crossed.pop(name)))
        self.look(at)

    def deadline(self, now: datetime) -> datetime | None:
        if self.breached_at is not None:
            return self.breached_at
        if self.promise.at_least or self.life in ("paused", "cancelled"):
            return None
        return self.used_up_at or self.due(self.stopped_at or now)
