"""Say what a transaction changes of the aggregates, count all of them anew, and compare those that are kept.

Whoever writes rows of `readings`, or the state, the labels or the guarded period of rows of `subjects`, notes here what
the rows were and what they are. Everything else leaves the aggregates as they are: a clock that is put off, rules that
are noted, texts that are erased.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from monitor.aggregates import UNBROKEN, Allowed, Changes, Clock, Counted, Instants, Labels, OfGroup, Recount
from monitor.clock import Outcome
from monitor.model import Life, SubjectKey
from monitor.policy import GUARDED
from monitor.store import statements
from monitor.store.database import Database
from monitor.store.schema import IS_ALLOWANCE, IS_CIRCUIT, IS_GUARDED, readings, subjects

PORTION = 2_000
"""Rows that a recount takes at once."""

COMPARED = 10_000
"""Open clocks that are compared at once, but for a group that has more; it takes the turns of as many audits."""

_SUBJECT = ("source", "subject", "tier", "assurance", "circuit_state", "attributes")
_CIRCUIT = (subjects.c.source, subjects.c.tier, subjects.c.assurance, subjects.c.circuit_state)
_GROUP = (readings.c.source, readings.c.tier, readings.c.assurance, readings.c.target)
_DEADLINE = sa.type_coerce(readings.c.deadline, sa.BigInteger)
_EXHAUSTED = sa.type_coerce(readings.c.exhausted_at, sa.BigInteger)
_BUDGET = sa.type_coerce(readings.c.budget, sa.BigInteger)
_GUARDED_TEXT = f'"{GUARDED}":'

Row = tuple[Any, ...]

_NAMES = [column.name for column in readings.columns]
_OPEN = _NAMES.index("open")
_CLOCK = itemgetter(*(_NAMES.index("exhausted_at" if name == "exhausted" else name) for name in Clock._fields))


@dataclass(slots=True)
class Periods:
    """In which guarded period each subject was before a transaction, and is after it; those in none are left out."""

    before: dict[SubjectKey, str] = field(default_factory=dict)
    after: dict[SubjectKey, str] = field(default_factory=dict)

    @property
    def moved(self) -> list[SubjectKey]:
        """The subjects that have come into one, or have left it."""
        return [key for key in {**self.before, **self.after} if self.before.get(key) != self.after.get(key)]


def note_subjects(
    connection: sa.Connection, keys: Iterable[SubjectKey], written: Iterable[Outcome], changes: Changes
) -> Periods:
    """Note what becomes of the rows of subjects, of which some are *written*; call it before that."""
    after = {outcome.subject.key: outcome.subject for outcome in written}
    periods = Periods()
    for row in statements.bound_of_subjects(connection, subjects, _SUBJECT, keys):
        key, attributes = SubjectKey(row[0], row[1]), row[5]
        if key in after:
            _note_circuit(changes, row, -1)
        if _GUARDED_TEXT in attributes and (period := json.loads(attributes).get(GUARDED)):
            periods.before[key] = period
            if key not in after:
                periods.after[key] = period
    for key, subject in after.items():
        state = None if subject.circuit_state is None else subject.circuit_state.value
        _note_circuit(changes, (key.source, key.subject, subject.tier, subject.assurance, state), 1)
        if period := subject.attributes.get(GUARDED):
            periods.after[key] = period
    _note_moved(connection, periods.moved, periods.before, -1, changes)
    return periods


def note_moved(connection: sa.Connection, periods: Periods, changes: Changes) -> None:
    """Note the open clocks of subjects that have come into a guarded period; call it when readings are written."""
    _note_moved(connection, periods.moved, periods.after, 1, changes)


def note_clock(changes: Changes, periods: Periods, before: Row | None, after: Row | None) -> None:
    """Note what the row of a reading was and what it is; None where there is none. Rows have all columns in order."""
    was, now = (None if row is None or not row[_OPEN] else Clock(*_CLOCK(row)) for row in (before, after))
    if was == now:
        return  # whoever has moved into a guarded period or out of it is noted for itself (`note_moved`)
    for sign, row, clock, its_period in ((-1, before, was, periods.before), (1, after, now, periods.after)):
        if row is None or clock is None:
            continue
        changes.clocks.append((sign, clock))
        key = SubjectKey(row[0], row[1])
        period = its_period.get(key)
        if period is not None and periods.before.get(key) == periods.after.get(key):
            changes.guarded[period, clock.source, clock.state] += sign


def note_deleted(connection: sa.Connection, key: SubjectKey, changes: Changes) -> None:
    """Note that the row of a subject without an open clock is deleted; call it before that."""
    for row in statements.bound_of_subjects(connection, subjects, _SUBJECT, [key]):
        _note_circuit(changes, row, -1)


def _note_circuit(changes: Changes, row: Sequence[Any], sign: int) -> None:
    source, _, tier, assurance, state = row[:5]
    if state is not None:
        changes.circuits[source, tier, assurance, state] += sign


def _note_moved(
    connection: sa.Connection,
    keys: Sequence[SubjectKey],
    periods: Mapping[SubjectKey, str],
    sign: int,
    changes: Changes,
) -> None:
    names = ("source", "subject", "state")
    if keys:
        for source, subject, state in statements.bound_of_subjects(connection, readings, names, keys, readings.c.open):
            if period := periods.get(SubjectKey(source, subject)):
                changes.guarded[period, source, state] += sign


def recount(database: Database, rest: Callable[[float], bool]) -> bool:
    """Count everything anew in one pass over an index, while others write; false if it was given up.

    After each portion it calls *rest* with the seconds that the portion took, and gives up where that is true.
    """
    found = Recount()
    with database.recounting() as connection:
        last: _Place | None = None
        while (last := _next(connection, last)) is not None:
            if not _take(connection, found, last, rest):
                return False
        if not _take_used(connection, found, rest):
            return False
        guarded, circuits = _guarded(connection), _circuits(connection)
    return database.kept.recounted(found, guarded, circuits)


_Place = tuple[str, str, str, str, str]
"""A group and a state."""

_PLACE = (*_GROUP, readings.c.state)


def _next(connection: sa.Connection, last: _Place | None) -> _Place | None:
    """The group and state that come next in the index, and have an open clock."""
    query = sa.select(*_PLACE).where(readings.c.open).order_by(*_PLACE).limit(1)
    if last is not None:
        query = query.where(sa.tuple_(*_PLACE) > sa.tuple_(*map(sa.literal, last)))
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1], row[2], row[3], row[4])


def _take(connection: sa.Connection, found: Recount, place: _Place, rest: Callable[[float], bool]) -> bool:
    """The clocks of one group in one state, a portion at a time; false if it was given up."""
    here = (column == value for column, value in zip(_PLACE, place, strict=True))
    query = sa.select(_DEADLINE, _EXHAUSTED).where(readings.c.open, *here).order_by(readings.c.deadline)
    cursor = connection.execute(query).cursor
    assert cursor is not None
    began = time.monotonic()
    while portion := cursor.fetchmany(PORTION):
        found.take(place[:4], place[4], portion)
        if rest(time.monotonic() - began):
            return False
        began = time.monotonic()
    return True


def _take_used(connection: sa.Connection, found: Recount, rest: Callable[[float], bool]) -> bool:
    """How much of all allowances is used, a portion at a time; false if it was given up."""
    query = sa.select(*_GROUP, readings.c.life, _BUDGET, readings.c.calendar, readings.c.used).where(IS_ALLOWANCE)
    cursor = connection.execute(query.order_by(*_GROUP)).cursor
    assert cursor is not None
    began = time.monotonic()
    while portion := cursor.fetchmany(PORTION):
        for source, tier, grade, target, life, budget, calendar, used in portion:
            found.take_used((source, tier, grade, target), Allowed(life == Life.RUNNING, budget, calendar), used)
        if rest(time.monotonic() - began):
            return False
        began = time.monotonic()
    return True


class Compared(NamedTuple):
    """What a portion differed in, after which group to go on (None: that was the last), and how many clocks it had."""

    differing: tuple[Labels, ...]
    after: Labels | None
    clocks: int


def compare(database: Database, after: Labels | None) -> Compared:
    """Compare a portion of what is kept with what is stored: the groups that come next *after* one.

    While nothing is known, nothing differs. If anything differs, nothing of it is said any more until everything was
    counted anew.
    """
    with database.comparing() as (connection, counted):
        if counted is None:
            return Compared((), None, 0)
        portion, last = _portion(counted, after)
        differing = [*_differing(connection, portion, after, last)]
        if last is None:
            differing += [(period, source, "", state) for period, source, state in
                          _unlike(counted.guarded, _guarded(connection))]  # fmt: skip
            differing += _unlike(counted.circuits, _circuits(connection))
    if differing:
        database.kept.doubt()
    return Compared(tuple(differing), last, sum(sum(group.states.values()) for group in portion.values()))


def _portion(counted: Counted, after: Labels | None) -> tuple[Mapping[Labels, OfGroup], Labels | None]:
    portion: dict[Labels, OfGroup] = {}
    number = 0
    for labels, group in counted.groups.items():
        if after is not None and labels <= after:
            continue
        if portion and number >= COMPARED:
            return portion, next(reversed(portion))
        portion[labels] = group
        number += sum(group.states.values())
    return portion, None


def _differing(
    connection: sa.Connection, portion: Mapping[Labels, OfGroup], after: Labels | None, last: Labels | None
) -> list[Labels]:
    """The groups of a range of which the store has other clocks than are kept."""
    columns = sa.tuple_(*_GROUP)
    here = sa.true() if after is None else columns > sa.tuple_(*map(sa.literal, after))
    here &= sa.true() if last is None else columns <= sa.tuple_(*map(sa.literal, last))
    query = sa.select(*_GROUP, readings.c.state, sa.func.count(), *_sums(_DEADLINE), *_sums(_EXHAUSTED))
    query = query.where(readings.c.open & here)
    stored: dict[Labels, _Sums] = {}
    for *labels, state, number, with_deadline, high, low, too_fast, high_out, low_out in connection.execute(
        query.group_by(*_GROUP, readings.c.state)
    ):
        sums = stored.setdefault((labels[0], labels[1], labels[2], labels[3]), _Sums())
        sums.states[state] = number
        sums.add("ahead" if state in UNBROKEN else "late", with_deadline, high, low)
        sums.add("exhausted", too_fast, high_out, low_out)
    alike = (readings.c.life, _BUDGET, readings.c.calendar)
    allowances = sa.select(*_GROUP, *alike, *_sums(readings.c.used)).where(IS_ALLOWANCE & here)
    for *labels, life, budget, calendar, number, high, low in connection.execute(
        allowances.group_by(*_GROUP, readings.c.life, readings.c.budget, readings.c.calendar)
    ):
        sums = stored.setdefault((labels[0], labels[1], labels[2], labels[3]), _Sums())
        sums.add(Allowed(life == Life.RUNNING, budget, calendar), number, high, low)
    kept = {labels: _Sums.of(group) for labels, group in portion.items()}
    return _unlike(kept, stored)


def _sums(column: sa.ColumnElement[int]) -> tuple[sa.ColumnElement[Any], ...]:
    """How many, and what makes their sum: the sum itself is more than a database can hold."""
    return sa.func.count(column), sa.func.sum(column // _PART), sa.func.sum(column % _PART)


_PART = 1_000_003
_KINDS = ("ahead", "late", "exhausted")


@dataclass(slots=True)
class _Sums:
    """What tells whether two groups have the same clocks."""

    states: dict[str, int] = field(default_factory=dict)
    instants: dict[str | Allowed, tuple[int, int]] = field(default_factory=lambda: dict.fromkeys(_KINDS, (0, 0)))
    """How many instants of each kind, and their sum; and the same of how much of allowances is used."""

    @classmethod
    def of(cls, group: OfGroup) -> _Sums:
        states = {state.value: number for state, number in group.states.items()}
        some = (group.ahead, group.late, group.exhausted)
        kinds: dict[str | Allowed, Instants] = dict(zip(_KINDS, some, strict=True))
        kinds.update(group.used.items())
        return cls(states, {kind: (len(one), one.total) for kind, one in kinds.items()})

    def add(self, kind: str | Allowed, number: int, high: int | None, low: int | None) -> None:
        known, total = self.instants.get(kind, (0, 0))
        self.instants[kind] = (known + number, total + (high or 0) * _PART + (low or 0))


def _unlike(kept: Mapping[Any, Any], stored: Mapping[Any, Any]) -> list[Any]:
    return sorted(key for key in {**kept, **stored} if kept.get(key) != stored.get(key))


def _guarded(connection: sa.Connection) -> dict[tuple[str, str, str], int]:
    """Open clocks of subjects in a guarded period, by period, source and state."""
    period = sa.func.json_extract(sa.type_coerce(subjects.c.attributes, sa.Text), f"$.{GUARDED}", type_=sa.Text)
    members: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, source, subject in connection.execute(
        sa.select(period, subjects.c.source, subjects.c.subject).where(IS_GUARDED)
    ):
        members[name, source].append(subject)
    found: Counter[tuple[str, str, str]] = Counter()
    for (name, source), names in members.items():
        for start in range(0, len(names), PORTION):
            mine = (readings.c.source == source) & statements.one_of(readings.c.subject, names[start : start + PORTION])
            states = sa.select(readings.c.state, sa.func.count()).where(mine & readings.c.open)
            for state, number in connection.execute(states.group_by(readings.c.state)):
                found[name, source, state] += number
    return found


def _circuits(connection: sa.Connection) -> dict[Labels, int]:
    query = sa.select(*_CIRCUIT, sa.func.count()).where(IS_CIRCUIT).group_by(*_CIRCUIT)
    return {(source, tier, grade, state): n for source, tier, grade, state, n in connection.execute(query)}
