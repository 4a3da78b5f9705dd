"""Read the clocks that are at risk or breached by their deadlines, and the circuits that are known: for machines.

The order of deadlines is that of an index within each group and state. So each group is read row by row beside the
others, and no row is read that is not among the first of all of them, but one of each group.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from monitor.aggregates import Labels
from monitor.model import State, SubjectKey
from monitor.snapshot import DetailClock, ListedCircuit
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import instant, readings, subjects

PRESSING = (State.AT_RISK, State.BREACHED)
"""The states of a clock that is listed by itself."""

_DEADLINE = sa.type_coerce(readings.c.deadline, sa.BigInteger)


class Pressing:
    """The side of the store that programs list things from."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def number(self, tiers: Collection[str]) -> dict[str, int] | None:
        """How many clocks of these tiers are at risk or breached; None while open clocks are not counted."""
        counted = self._database.kept.counted()
        if counted is None:
            return None
        found = dict.fromkeys(tiers, 0)
        for labels, group in counted.groups.items():
            if labels[1] in found:
                found[labels[1]] += sum(group.states.get(state, 0) for state in PRESSING)
        return found

    def first(self, tiers: Collection[str], limit: int) -> tuple[DetailClock, ...]:
        """The clocks of these tiers at risk or breached, the nearest deadline first; none while not counted."""
        counted = self._database.kept.counted()
        if counted is None:
            return ()
        some = [
            (labels, state)
            for labels, group in counted.groups.items()
            for state in PRESSING
            if labels[1] in tiers and group.states.get(state, 0)
        ]
        with self._database.read() as connection:
            cursors = [_cursor(connection, labels, state) for labels, state in some]
            try:
                rows = heapq.merge(*map(_rows, some, cursors), key=itemgetter(0))
                return tuple(clock for _, clock in islice(rows, limit))
            finally:
                for cursor in cursors:
                    cursor.close()

    def of(self, clocks: Iterable[DetailClock]) -> tuple[DetailClock, ...]:
        """Those of the clocks that are at risk or breached still, as they are now."""
        wanted = {(one.key, one.target, one.cycle) for one in clocks}
        here = readings.c.open & readings.c.deadline.is_not(None)
        here &= readings.c.state.in_([state.value for state in PRESSING])
        with self._database.read() as connection:
            found = statements.of_subjects(connection, readings, sorted({key for key, _, _ in wanted}), here)
            return tuple(
                DetailClock(key, row.target, row.cycle, row.tier, row.assurance, row.deadline)
                for row in found
                if ((key := statements.key_of(row)), row.target, row.cycle) in wanted
            )

    def circuits(self, source: str | None, tier: str | None, most: int) -> tuple[ListedCircuit, ...] | None:
        """The circuits that are known and not gone, of one source or tier where it is given, by their keys.

        None where there are more than *most*; then none is read. None as well while they are not counted.
        """
        counted = self._database.kept.counted()
        if counted is None:
            return None
        groups = {
            labels: number
            for labels, number in counted.circuits.items()
            if number and source in (None, labels[0]) and tier in (None, labels[1])
        }
        if sum(groups.values()) > most:
            return None
        with self._database.read() as connection:
            found = [
                ListedCircuit(SubjectKey(row.source, row.subject), row.tier, row.assurance, _texts(row.attributes))
                for labels in groups
                for row in connection.execute(_circuits(*labels))
            ]
        return tuple(sorted(found, key=lambda one: one.key))


def _cursor(connection: sa.Connection, labels: Labels, state: State) -> Any:
    source, tier, assurance, target = labels
    here = (readings.c.source == source) & (readings.c.tier == tier) & (readings.c.assurance == assurance)
    here &= (readings.c.target == target) & (readings.c.state == state.value) & readings.c.deadline.is_not(None)
    query = sa.select(_DEADLINE, readings.c.subject, readings.c.cycle).where(readings.c.open & here)
    cursor = connection.execute(query.order_by(readings.c.deadline)).cursor
    assert cursor is not None
    return cursor


def _rows(of: tuple[Labels, State], cursor: Any) -> Iterator[tuple[int, DetailClock]]:
    (source, tier, assurance, target), _ = of
    for deadline, subject, cycle in cursor:
        yield deadline, DetailClock(SubjectKey(source, subject), target, cycle, tier, assurance, instant(deadline))


def _circuits(source: str, tier: str, assurance: str, state: Any) -> sa.Select[Any]:
    here = (subjects.c.source == source) & (subjects.c.tier == tier) & (subjects.c.assurance == assurance)
    here &= subjects.c.circuit_state == state.value
    return sa.select(
        subjects.c.source, subjects.c.subject, subjects.c.tier, subjects.c.assurance, subjects.c.attributes
    ).where(here & subjects.c.retired_at.is_(None))


def _texts(attributes: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if isinstance(value, str)}
