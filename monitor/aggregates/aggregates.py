"""Count open clocks by group and state, and keep their deadlines in order, as their rows change.

A change takes away what a row was and adds what it is. Whatever is taken away must be there: where it is not, the
counts are wrong, and whoever feeds them has to count anew.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple, TypeVar

from monitor.aggregates.instants import Instants, SortedInstants
from monitor.model import CircuitState, Life, State

Labels = tuple[str, str, str, str]
"""Source, tier, assurance and target of a group of clocks; or source, tier, assurance and state of circuits."""

UNBROKEN = (State.RUNNING, State.AT_RISK)
"""The states of a clock that runs and has not breached."""


class Allowed(NamedTuple):
    """What allowances have in common whose use is kept in one order: the budget in microseconds, and its calendar.

    Of those that are `running`, which are being used now, the instants are kept from which they would have been used
    without a break; of the others, how much of them is used.
    """

    running: bool
    budget: int
    calendar: str


class Clock(NamedTuple):
    """What is counted of one open clock. Instants are microseconds since the epoch."""

    source: str
    tier: str
    assurance: str
    target: str
    state: str
    deadline: int | None
    exhausted: int | None
    """When nothing is left of an allowance at its pace; None where the pace lasts."""
    life: str = ""
    budget: int = 0
    calendar: str = ""
    used: int | None = None
    """Of an allowance what is kept by its `allowed`; None of any other clock."""

    @property
    def allowed(self) -> Allowed:
        return Allowed(self.life == Life.RUNNING, self.budget, self.calendar)


@dataclass(slots=True)
class Changes:
    """What one transaction changes: clocks that open or close, subjects in a guarded period, circuits.

    `clocks` and `circuits` are taken away (-1) or added (1). `guarded` counts by period, source and state.
    """

    clocks: list[tuple[int, Clock]] = field(default_factory=list)
    guarded: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    circuits: Counter[Labels] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.clocks) or any(self.guarded.values()) or any(self.circuits.values())


@dataclass(frozen=True, slots=True)
class OfGroup:
    """The open clocks of one group: how many in each state, the deadlines of those that run.

    `ahead` are the deadlines of clocks that are not breached, `late` those of the others; `exhausted` when nothing is
    left of allowances that are used too fast. `used` is how much of each allowance is used, or since when (`Allowed`).
    """

    states: Mapping[State, int]
    ahead: Instants
    late: Instants
    exhausted: Instants
    used: Mapping[Allowed, Instants] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counted:
    """Everything that is counted, at one instant, as a value."""

    groups: Mapping[Labels, OfGroup]
    guarded: Mapping[tuple[str, str, State], int]
    """Open clocks of subjects in a guarded period, by period, source and state."""
    circuits: Mapping[tuple[str, str, str, CircuitState], int]


class Aggregates:
    """The counts, with changes going in and values coming out."""

    def __init__(self) -> None:
        self._groups: dict[Labels, _Group] = {}
        self._views: dict[Labels, OfGroup] = {}
        self._guarded: Counter[tuple[str, str, str]] = Counter()
        self._circuits: Counter[Labels] = Counter()

    def apply(self, changes: Changes) -> bool:
        """Take the changes over; false if something was to be taken away that is not there."""
        sound = True
        for sign, clock in changes.clocks:
            labels = clock[:4]
            self._views.pop(labels, None)
            group = self._groups.get(labels)
            if group is None:
                group = self._groups[labels] = _Group()
            if sign > 0:
                group.add(clock)
            else:
                sound = group.remove(clock) and sound
            if not group.states:
                del self._groups[labels]
        guarded, circuits = _add_up(self._guarded, changes.guarded), _add_up(self._circuits, changes.circuits)
        return sound and guarded and circuits

    def counted(self) -> Counted:
        """The counts as they are."""
        for labels in self._groups.keys() - self._views.keys():
            self._views[labels] = self._groups[labels].view()
        return Counted(
            {labels: self._views[labels] for labels in sorted(self._groups)},
            {(period, source, State(state)): n for (period, source, state), n in self._guarded.items()},
            {
                (source, tier, grade, CircuitState(state)): n
                for (source, tier, grade, state), n in self._circuits.items()
            },
        )


class Recount:
    """Count anew from all open clocks, in portions."""

    def __init__(self) -> None:
        self._groups: dict[Labels, dict[str, _OfState]] = {}
        self._used: dict[Labels, dict[Allowed, array[int]]] = {}

    def take(self, labels: Labels, state: str, clocks: Sequence[tuple[int | None, int | None]]) -> None:
        """Some clocks of a group that are in one state: when each is due, and when nothing is left at its pace."""
        known = self._groups.setdefault(labels, {}).setdefault(state, _OfState())
        known.number += len(clocks)
        known.deadlines.extend([deadline for deadline, _ in clocks if deadline is not None])
        known.exhausted.extend([exhausted for _, exhausted in clocks if exhausted is not None])

    def take_used(self, labels: Labels, allowed: Allowed, used: int) -> None:
        """How much of an allowance of a group is used, or since when."""
        self._used.setdefault(labels, {}).setdefault(allowed, array("q")).append(used)

    def done(self, guarded: Mapping[tuple[str, str, str], int], circuits: Mapping[Labels, int]) -> Aggregates:
        """The counts, with those of subjects in guarded periods and of circuits, which are few."""
        made = Aggregates()
        made._guarded.update(guarded)
        made._circuits.update(circuits)
        while self._groups:
            labels, states = self._groups.popitem()
            made._groups[labels] = _Group(
                Counter({state: of.number for state, of in states.items()}),
                _in_order(of.deadlines for state, of in states.items() if state in UNBROKEN),
                _in_order(of.deadlines for state, of in states.items() if state not in UNBROKEN),
                _in_order(of.exhausted for of in states.values()),
                {allowed: _in_order([used]) for allowed, used in self._used.pop(labels, {}).items()},
            )
        return made


@dataclass(slots=True)
class _OfState:
    number: int = 0
    deadlines: array[int] = field(default_factory=lambda: array("q"))
    exhausted: array[int] = field(default_factory=lambda: array("q"))


def _in_order(some: Iterable[array[int]]) -> SortedInstants:
    return SortedInstants(sorted(chain.from_iterable(some)))


Key = TypeVar("Key")


def _add_up(kept: Counter[Key], changes: Mapping[Key, int]) -> bool:
    """Add the changes; false where a count would be less than none."""
    sound = True
    for key, change in changes.items():
        number = kept[key] + change
        sound = number >= 0 and sound
        if number > 0:
            kept[key] = number
        else:
            del kept[key]
    return sound


@dataclass(slots=True)
class _Group:
    states: Counter[str] = field(default_factory=Counter)
    ahead: SortedInstants = field(default_factory=SortedInstants)
    late: SortedInstants = field(default_factory=SortedInstants)
    exhausted: SortedInstants = field(default_factory=SortedInstants)
    used: dict[Allowed, SortedInstants] = field(default_factory=dict)

    def add(self, clock: Clock) -> None:
        self.states[clock.state] += 1
        if clock.deadline is not None:
            self._deadlines(clock.state).add(clock.deadline)
        if clock.exhausted is not None:
            self.exhausted.add(clock.exhausted)
        if clock.used is not None:
            self.used.setdefault(clock.allowed, SortedInstants()).add(clock.used)

    def remove(self, clock: Clock) -> bool:
        sound = _add_up(self.states, {clock.state: -1})
        if clock.deadline is not None:
            sound = self._deadlines(clock.state).remove(clock.deadline) and sound
        if clock.exhausted is not None:
            sound = self.exhausted.remove(clock.exhausted) and sound
        if clock.used is not None:
            sound = self._unused(clock.allowed, clock.used) and sound
        return sound

    def _unused(self, allowed: Allowed, used: int) -> bool:
        known = self.used.get(allowed)
        if known is None or not known.remove(used):
            return False
        if known.view().first is None:
            del self.used[allowed]
        return True

    def _deadlines(self, state: str) -> SortedInstants:
        return self.ahead if state in UNBROKEN else self.late

    def view(self) -> OfGroup:
        states = {State(state): number for state, number in self.states.items()}
        used = {allowed: some.view() for allowed, some in self.used.items()}
        return OfGroup(states, self.ahead.view(), self.late.view(), self.exhausted.view(), used)
