"""Read what is told of one customer: whether it is known, its circuits, and its promises of a month.

A customer is named letter for letter. Everything is found by the index of customers, and nothing looks at more than
`LOOKED_AT` records of one kind: of more, the newest.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.listing import CustomerCircuits, CustomerMonth, KnownCustomer
from monitor.model import COUNTED_STATES, MEMBER_KINDS, CircuitState, State, SubjectKind
from monitor.store.database import Database
from monitor.store.listing_records import listed_circuit
from monitor.store.listing_statements import number_of
from monitor.store.schema import OF_CUSTOMERS, readings, subjects

LOOKED_AT = 5_000
"""Records of one kind that are looked at for one customer."""

MOST_COUNTED = 100_000
"""Open clocks and circuits of a customer are counted up to so many."""

_CUSTOMER = sa.bindparam("customer", type_=sa.Text())
_KIND = sa.bindparam("kind", type_=sa.Text())
_ROWS = sa.bindparam("rows", type_=sa.Integer())
_AFTER = sa.bindparam("after", type_=sa.Text())

_OF_KIND = (subjects.c.customer == _CUSTOMER) & (subjects.c.kind == _KIND)
_NEWEST = (
    sa.select(subjects.c.source, subjects.c.subject)
    .where(OF_CUSTOMERS, _OF_KIND)
    .order_by(sa.literal_column("subjects.rowid").desc())
    .limit(_ROWS)
    .subquery("newest")
)
_SINCE = sa.bindparam("since", type_=readings.c.stopped_at.type)
_KEPT = (readings.c.state == State.MET.value) & (readings.c.stopped_at >= _SINCE)
_BROKEN = readings.c.breached_at >= _SINCE
_ITS_CLOCKS = (readings.c.source == _NEWEST.c.source) & (readings.c.subject == _NEWEST.c.subject)
_MONTH = (
    sa.select(
        readings.c.target,
        sa.func.sum(sa.case((_KEPT, 1), else_=0)),
        sa.func.sum(sa.case((_BROKEN, 1), else_=0)),
    )
    .select_from(_NEWEST.join(readings, _ITS_CLOCKS))
    .where(_KEPT | _BROKEN)
    .group_by(readings.c.target)
)
_NUMBER = sa.select(sa.func.count()).select_from(_NEWEST)

_STATES = [state.value for state in COUNTED_STATES]
_IS_UP = subjects.c.circuit_state == CircuitState.AVAILABLE.value
_CIRCUITS = (
    sa.select(subjects)
    .select_from(
        _NEWEST.join(subjects, (subjects.c.source == _NEWEST.c.source) & (subjects.c.subject == _NEWEST.c.subject))
    )
    .where(subjects.c.circuit_state.in_(_STATES))
    .order_by(_IS_UP, subjects.c.subject, subjects.c.source)
    .limit(sa.bindparam("shown", type_=sa.Integer()))
)
_KNOWN = sa.select(subjects.c.kind).where(OF_CUSTOMERS, subjects.c.customer == _CUSTOMER).limit(1)
_NEXT = sa.select(sa.func.min(subjects.c.customer)).where(OF_CUSTOMERS, subjects.c.customer > _AFTER)


class Customers:
    """The side of the store for what is shown to one customer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, customer: str) -> bool:
        """Whether a source names it. Raises StoreError."""
        with self._database.read() as connection:
            return connection.scalar(_KNOWN, {"customer": customer}) is not None

    def circuits(self, customer: str, most: int) -> CustomerCircuits:
        """Its circuits that are not gone for good, *most* of them. Raises StoreError."""
        given = {"customer": customer, "kind": SubjectKind.CIRCUIT.value, "rows": LOOKED_AT, "shown": most + 1}
        with self._database.read() as connection:
            rows = [listed_circuit(row) for row in connection.execute(_CIRCUITS, given)]
        return CustomerCircuits(rows[:most], len(rows) > most)

    def month(self, customer: str, since: datetime) -> CustomerMonth:
        """What became of its promises since an instant. Raises StoreError."""
        kept: Counter[str] = Counter()
        broken: Counter[str] = Counter()
        whole = True
        with self._database.read() as connection:
            for kind in MEMBER_KINDS:
                given: dict[str, Any] = {"customer": customer, "kind": kind.value, "since": since, "rows": LOOKED_AT}
                for target, in_time, late in connection.execute(_MONTH, given):
                    kept[target] += in_time
                    broken[target] += late
                whole = whole and (connection.scalar(_NUMBER, given | {"rows": LOOKED_AT + 1}) or 0) <= LOOKED_AT
        return CustomerMonth(since, dict(kept), dict(broken), whole)

    def page(self, after: str, most: int) -> list[KnownCustomer]:
        """The next *most* customers by name, letter for letter, each found by one search. Raises StoreError."""
        found: list[KnownCustomer] = []
        kinds = [kind.value for kind in SubjectKind]
        circuit = {"kind": SubjectKind.CIRCUIT.value, "rows": MOST_COUNTED}
        with self._database.read() as connection:
            while len(found) < most and (name := connection.scalar(_NEXT, {"after": after})) is not None:
                circuits = connection.scalar(_NUMBER, circuit | {"customer": name}) or 0
                found.append(KnownCustomer(name, circuits, number_of(connection, kinds, name, MOST_COUNTED)))
                after = name
        return found
