"""Compare two rulebooks: the figures in which their policies differ, and the effect on the clocks of a subject.

Pure: readings and plain values come in, differences go out. A clock is paired with itself by target and cycle. `Tally`
keeps numbers and the largest moves alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from monitor.clock import Reading
from monitor.model import SubjectKey

LARGEST = 10
"""How many of the largest moves are named."""

ZERO = timedelta(0)


class Kind(StrEnum):
    """How a clock changes; a clock may have several."""

    EARLIER = "earlier"
    """Its deadline comes earlier."""
    LATER = "later"
    """Its deadline comes later."""
    BREACHED = "breached"
    """It is breached, and was not."""
    UNBREACHED = "unbreached"
    """It is not breached, and was."""
    APPEARS = "appears"
    """There was no such clock."""
    VANISHES = "vanishes"
    """There is no such clock any longer."""
    OTHERWISE = "otherwise"
    """It is paused, ended, at risk or counted in another way, with the same deadline or with none."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One cycle of a clock by two rulebooks, or by two histories; one side may lack it."""

    key: SubjectKey
    old: Reading | None
    new: Reading | None

    @property
    def shown(self) -> Reading:
        """The newer reading, else the older one."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def open(self) -> bool:
        """Whether it is open in either."""
        return any(reading is not None and reading.open for reading in (self.old, self.new))

    @property
    def same(self) -> bool:
        return self.old is not None and self.new is not None and _facts(self.old) == _facts(self.new)

    @property
    def deadlines(self) -> tuple[datetime | None, datetime | None]:
        """The old and the new deadline."""
        return None if self.old is None else self.old.deadline, None if self.new is None else self.new.deadline

    @property
    def moved(self) -> timedelta:
        """By how much the deadline moves; zero where one of the two has none."""
        old, new = self.deadlines
        return ZERO if old is None or new is None else new - old

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """How the clock changes; empty where both readings are the same."""
        if self.same:
            return ()
        was, late = (reading is not None and reading.breached_at is not None for reading in (self.old, self.new))
        found = {
            Kind.EARLIER: self.moved < ZERO,
            Kind.LATER: self.moved > ZERO,
            Kind.BREACHED: late and not was,
            Kind.UNBREACHED: was and not late,
            Kind.APPEARS: self.old is None,
            Kind.VANISHES: self.new is None,
        }
        return tuple(kind for kind, holds in found.items() if holds) or (Kind.OTHERWISE,)


class Move(NamedTuple):
    """A deadline that moves, and the clock that it is of."""

    key: SubjectKey
    target: str
    cycle: int
    tier: str
    old: datetime
    new: datetime

    @property
    def by(self) -> timedelta:
        return self.new - self.old


def _facts(reading: Reading) -> tuple[Any, ...]:
    return (
        reading.state, reading.life, reading.deadline, reading.breached_at, reading.stopped_at, reading.counted,
        reading.target.budget, reading.missed_periods,
    )  # fmt: skip


def pairs(key: SubjectKey, old: Sequence[Reading], new: Sequence[Reading]) -> Iterator[Pair]:
    """Every clock of either side, paired by target and cycle."""
    before = {(reading.target.name, reading.cycle): reading for reading in old}
    after = {(reading.target.name, reading.cycle): reading for reading in new}
    for name in dict.fromkeys((*before, *after)):
        yield Pair(key, before.get(name), after.get(name))


@dataclass(slots=True)
class Tally:
    """Sums of the differences of many subjects: a number per tier, target and kind, and the largest moves."""

    clocks: int = 0
    changed: int = 0
    counts: Counter[tuple[str, str, Kind]] = field(default_factory=Counter)
    largest: list[Move] = field(default_factory=list)

    def add(self, found: Iterable[Pair]) -> None:
        for pair in found:
            self.clocks += 1
            kinds = pair.kinds
            self.changed += bool(kinds)
            for kind in kinds:
                self.counts[pair.shown.tier, pair.shown.target.name, kind] += 1
            old, new = pair.deadlines
            if old is not None and new is not None and old != new:
                shown = pair.shown
                self._moved([Move(pair.key, shown.target.name, shown.cycle, shown.tier, old, new)])

    def merge(self, other: Tally) -> None:
        """Add what another tally has counted."""
        self.clocks += other.clocks
        self.changed += other.changed
        self.counts.update(other.counts)
        self._moved(other.largest)

    def _moved(self, moves: Sequence[Move]) -> None:
        last = _largest_first(self.largest[-1]) if len(self.largest) == LARGEST else None
        if last is None or any(_largest_first(move) < last for move in moves):
            self.largest = sorted((*self.largest, *moves), key=_largest_first)[:LARGEST]

    def groups(self) -> Iterator[tuple[str, str, dict[Kind, int]]]:
        """(tier, target, number of each kind), in order, for every tier and target in which anything changes."""
        for tier, target in sorted({(tier, target) for tier, target, _ in self.counts}):
            yield tier, target, {kind: self.counts[tier, target, kind] for kind in Kind}


def _largest_first(move: Move) -> tuple[timedelta, SubjectKey, str, int]:
    return -abs(move.by), move.key, move.target, move.cycle


# -- figures -----------------------------------------------------------------------------------------------------------

_ABSENT = object()
_NOTHING: tuple[Any, ...] = (None, "", False, 0, [], {}, "0:00:00")
_WRITTEN = {"rows": "budgets", "pauses": "pause", "figure": "source", "title": "name"}
"""Where a policy's file has another word than the core."""

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def changes(old: Any, new: Any) -> tuple[str, ...]:
    """What two policies differ in, both as plain JSON values: a sorted line of path, old and new value for each.

    Targets, rungs and stages are named, budget rows by what they are for: `targets.restore.budgets[tier=gold].budget`.
    """
    return tuple(sorted(_differ("", old, new)))


def changes_of_rules(old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> tuple[str, ...]:
    """What was published since *old* (None: since nothing): versions that came, went or were edited, and mappings.

    Both are `{policies: [...], mappings: {source: ...}}`. A new version is compared with the one before it.
    """
    if old is None:
        return tuple(f"{_label(policy)}: in force from {policy['effective_from']}" for policy in new["policies"])
    known = {_label(policy): policy for policy in old["policies"]}
    found: list[str] = []
    before: Any = None
    for policy in new["policies"]:
        label = _label(policy)
        if label in known:
            found += (f"{label} {line}" for line in changes(known[label], policy))
        else:
            found.append(f"{label}: new, in force from {policy['effective_from']}")
            found += (f"{label} {line}" for line in _against(before, policy))
        before = policy
    left = {_label(policy) for policy in new["policies"]}
    found += (f"{label}: taken out" for label in known if label not in left)
    return (*found, *_mappings(old["mappings"], new["mappings"]))


def _against(before: Mapping[str, Any] | None, policy: Mapping[str, Any]) -> tuple[str, ...]:
    """The figures of a version that differ from the one before it, without its version and date."""
    if before is None:
        return ()
    return changes({**before, **{name: policy[name] for name in ("version", "effective_from")}}, policy)


def _mappings(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in sorted({*old, *new}):
        if name not in old or name not in new:
            yield f"source {name}: {'taken out' if name not in new else 'new'}"
        else:
            yield from (f"source {name} {line}" for line in changes(old[name], new[name]))


def _label(policy: Mapping[str, Any]) -> str:
    return f"{policy['id']}@{policy['version']}"


def _differ(path: str, old: Any, new: Any) -> Iterator[str]:
    if old == new or (old is _ABSENT and new in _NOTHING) or (new is _ABSENT and old in _NOTHING):
        return
    either = new if old is _ABSENT else old
    if isinstance(either, Mapping):
        yield from _differ_in(path, *(value if isinstance(value, Mapping) else {} for value in (old, new)))
    elif _named(old) or _named(new):
        before, after = (_by_name(value if isinstance(value, list) else []) for value in (old, new))
        yield from _differ_in(path, before, after)
        if before.keys() == after.keys() and list(before) != list(after):
            yield f"{path} in another order: {_row_names(before)} → {_row_names(after)}"
    else:
        yield f"{path}: {_shown(old)} → {_shown(new)}"


def _differ_in(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    old, new = _in_times(old), _in_times(new)
    for name in {**old, **new}:
        yield from _differ(_under(path, name), old.get(name, _ABSENT), new.get(name, _ABSENT))


def _in_times(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A budget row with its number of times as a number: the core has it as so many seconds."""
    if item.get("measure", "time") == "time" or not isinstance(item.get("budget"), str):
        return item
    found = re.fullmatch(r"(?:(\d+) days?, )?(\d+):(\d\d):(\d\d)", item["budget"])
    if found is None:
        return item
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return {**item, "budget": f"{((days * 24 + hours) * 60 + minutes) * 60 + seconds} times"}


def _under(path: str, name: str) -> str:
    if path.endswith(".weekly") and name in "0123456":
        name = _DAYS[int(name)]
    path, written = path.removesuffix(".counting"), _WRITTEN.get(name, name)
    return f"{path}{written}" if written.startswith("[") else f"{path}.{written}" if path else written


def _named(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(item, Mapping) for item in value)


def _by_name(items: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for index, item in enumerate(items):
        name, number = _name(item, index), 2
        while name in found:
            name, number = f"{_name(item, index)}#{number}", number + 1
        found[name] = item
    return found


def _name(item: Any, index: int) -> str:
    """What people call an item of a list."""
    if not isinstance(item, Mapping):
        return f"[{index}]"
    if "when" in item:
        said = [f"{name}={'|'.join(values)}" for name, values in sorted(item["when"].items())]
        after = item.get("after", "0:00:00")
        return f"[{' '.join([*said, *([] if after == '0:00:00' else [f'after {after}'])]) or 'any'}]"
    if "party" in item:
        return f"{item.get('kind')}/{item['party']}/{item.get('supports')}"
    return str(item.get("name") or item.get("id") or f"[{index}]")


def _row_names(names: Iterable[str]) -> str:
    return " ".join(names)


def _shown(value: Any) -> str:
    if value is _ABSENT or value in (None, "", []):
        return "none"
    if isinstance(value, list):
        return ", ".join("-".join(map(str, item)) if isinstance(item, list) else str(item) for item in value)
    return str(value).lower() if isinstance(value, bool) else str(value)
