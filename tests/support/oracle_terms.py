"""Say which row of a promise holds for a subject at a point of its history: slow and obvious.

By `docs/configuration.md` ("A budget row", "A guarded period", "An attribute of your own", "A ladder of urgency") and
`docs/concepts.md` ("When tier or assurance changes in mid-ticket", "A date that was agreed", "Terms by the time of
opening").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.support.oracle_law import LADDERS, LASTING, TIERS, ZERO, Edition, Guard, Promise, Row, Said, Stage, Time

TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Held:
    """What holds at a point of a history; without a row nothing is promised."""

    row: Row | None
    tier: str
    stages: tuple[Stage, ...] = ()
    dated: datetime | None = None
    """The date that was agreed, or the instant from which is counted back."""

    @property
    def until(self) -> bool:
        return self.row is not None and bool(self.row.until)

    @property
    def what(self) -> tuple[object, ...]:
        """Equal where the same is promised, by whatever row."""
        row = self.row
        if row is None:
            return (None, self.tier)
        return (row.budget, row.days, row.calendar, row.until, row.share, self.tier, self.stages, self.dated)


@dataclass
class Terms:
    """What one target promises to one subject."""

    name: str
    editions: Sequence[Edition]
    said: Sequence[Said]
    opened: datetime | None
    calendars: Mapping[str, Time]
    circuit: str = ""
    _held: dict[tuple[int, int, datetime], Held] = field(default_factory=dict)

    def guards(self) -> list[Guard]:
        """The guarded periods of all versions; of one name the newest version's counts."""
        found: dict[str, Guard] = {}
        for edition in self.editions:
            found |= {guard.name: guard for guard in edition.guards}
        return list(found.values())

    def edges(self) -> set[datetime]:
        """The instants at which time alone may bring other terms."""
        rows = [row for one in self.editions if self.name in one.promises for row in one.promises[self.name].rows]
        ages = {self.opened + row.after for row in rows if self.opened is not None}
        return ages | {at for guard in self.guards() for at in (guard.since, guard.until)}

    def attributes(self, upto: int) -> dict[str, str]:
        """What was said last of each attribute by then, else what is said first of it; no rung says nothing."""
        found = {"circuit": self.circuit} if self.circuit else {}
        for one in [*reversed(self.said[upto + 1 :]), *self.said[: upto + 1]]:
            found |= {k: v for k, v in one.attributes.items() if k not in LADDERS or v in LADDERS[k]}
        return found

    def instant(self, name: str, upto: int) -> datetime | None:
        """What is known of an instant.

        What every policy has holds from the beginning on, whenever it is said; what is agreed holds so if it was said
        at the instant of the first statement.
        """
        lasts = name in LASTING
        for one in reversed(self.said[: upto + 1]):
            if name in one.instants and not (lasts and one.instants[name] is None):
                return one.instants[name]
        later = [one for one in self.said[upto + 1 :] if one.instants.get(name) is not None]
        if lasts:
            return next((one.instants[name] for one in later), None)
        first = next((one.at for one in self.said if not one.added), None)
        return next((one.instants[name] for one in reversed(later) if one.at == first), None)

    def held(self, version: int, upto: int, at: datetime) -> Held:
        """What holds after the statement *upto*, as far as it depends on time, at the instant *at*."""
        if (version, upto, at) not in self._held:
            self._held[version, upto, at] = self._holding(version, upto, at)
        return self._held[version, upto, at]

    def _holding(self, version: int, upto: int, at: datetime) -> Held:
        edition = self.editions[version]
        promise = edition.promises[self.name]
        attributes = self.attributes(upto)
        guard = next((one for one in self.guards() if one.takes(attributes, at)), None)
        tier = attributes.get("tier", "none")
        if guard is not None and guard.tier:
            tier = min(tier, guard.tier, key=lambda rung: TIERS.index(rung) if rung in TIERS else len(TIERS))
        attributes |= {"tier": tier} if tier != "none" else {}
        if promise.leaves_out(attributes):
            return Held(None, tier)
        row = self._row(promise, attributes, upto, at)
        if guard is not None and self.name in guard.budgets:
            row = Row(guard.budgets[self.name], calendar="hours")
        dated = None
        if row is not None and row.until:
            dated = self.instant(row.until, upto)
        elif promise.ahead:
            dated = self.instant("planned", upto)
            row = row if dated is not None else None
        if row is None:
            return Held(None, tier)
        return Held(row, tier, self._stages(edition, attributes, guard), dated)

    def _row(self, promise: Promise, attributes: Mapping[str, str], upto: int, at: datetime) -> Row | None:
        age = ZERO if self.opened is None else at - self.opened
        for row in sorted(promise.rows, key=lambda one: -one.after):
            if row.after and row.after > age:
                continue
            if any(attributes.get(name) not in words for name, words in row.when.items()):
                continue
            if row.until and self.instant(row.until, upto) is None:
                continue
            if row.opened_in and not self._opened_in(row.opened_in):
                continue
            if row.opened_outside and self._opened_in(row.opened_outside):
                continue
            return row
        return None

    def _opened_in(self, calendar: str) -> bool:
        return self.opened is not None and self.calendars[calendar].is_open(self.opened)

    def _stages(self, edition: Edition, attributes: Mapping[str, str], guard: Guard | None) -> tuple[Stage, ...]:
        if guard is not None and guard.stages:
            return guard.stages
        found: dict[str, Stage] = {}
        for ladder, of_rung in edition.stages.items():
            for stage in of_rung.get(attributes.get(ladder, "none"), ()):
                found.setdefault(stage.name, stage)
        return tuple(found.values())

    def budget(
        self, promise: Promise, held: Held, began: datetime, at: datetime, counted: timedelta
    ) -> timedelta | None:
        """How large the budget of a cycle that began at *began* is, where it holds from *at* on."""
        row = held.row
        if row is None:
            return None
        if held.until:
            assert held.dated is not None
            return counted + (held.dated - at)
        time = self.time(promise, held)
        if promise.ahead:
            return self._ahead(promise, held, began)
        if row.days is not None:
            return time.between(began, time.days_on(began, row.days, promise.last_day))
        return row.budget

    def _ahead(self, promise: Promise, held: Held, began: datetime) -> timedelta:
        row, last = held.row, held.dated
        assert row is not None
        assert last is not None
        time = self.time(promise, held)
        if row.days is not None:
            last = time.days_on(last, -row.days, promise.last_day)
        left = ZERO if row.days is not None else row.budget
        while left > ZERO:
            last -= timedelta(minutes=30)
            left -= timedelta(minutes=30) if time.is_open(last) else ZERO
        return time.between(began, last) if last >= began else -max(time.between(last, began), TICK)

    def time(self, promise: Promise, held: Held) -> Time:
        """The time in which the budget counts."""
        row = held.row
        assert row is not None
        if row.until:
            return self.calendars["always"]
        time = self.calendars[row.calendar or "hours"]
        return time.dates if row.days is not None else time
