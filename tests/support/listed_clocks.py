"""Rows of clocks for the tests of lists, written straight into the store; and what a list of them should be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.listing import ClockQuery, ClockRow, ClockSort
from monitor.model import State, SubjectKind
from monitor.store import statements
from monitor.store.aggregating import recount
from monitor.store.database import Database
from monitor.store.schema import readings, subjects

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)

Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Listed:
    """One clock as a test thinks of it; instants are minutes after `BEGIN`."""

    source: str = "desk"
    subject: str = "T1"
    target: str = "restore"
    cycle: int = 1
    open: bool = True
    state: State = State.RUNNING
    tier: str = "gold"
    opened: int = 0
    deadline: int | None = 60
    breached: int | None = None
    kind: SubjectKind = SubjectKind.TICKET
    customer: str = ""

    @property
    def key(self) -> Key:
        return self.source, self.subject, self.target, self.cycle

    @property
    def reading(self) -> dict[str, Any]:
        return {
            "source": self.source, "subject": self.subject, "target": self.target, "cycle": self.cycle,
            "open": self.open, "state": self.state.value, "life": "running", "tier": self.tier, "assurance": "none",
            "counted": timedelta(minutes=5), "read_at": BEGIN, "budget": timedelta(hours=4),
            "started_at": _at(self.opened), "deadline": _at(self.deadline), "breached_at": _at(self.breached),
            "stopped_at": None, "missed_periods": 0, "next_threshold_at": None, "policy_version": "case@1",
            "calendar": "always", "calendar_version": "", "measure": "time", "exhausted_at": None,
            "kind": self.kind.value if self.open else None,
            "customer": (self.customer or None) if self.open else None,
        }  # fmt: skip

    @property
    def its_subject(self) -> dict[str, Any]:
        known = {"customer": self.customer} if self.customer else {}
        return {
            "source": self.source, "subject": self.subject, "kind": self.kind.value, "tier": self.tier,
            "assurance": "none", "attributes": known, "status": "new", "circuit_state": None, "since": None,
            "rules_version": "r1", "retired_at": None, "retired_by": "", "customer": self.customer or None,
        }  # fmt: skip


def _at(minutes: int | None) -> datetime | None:
    return None if minutes is None else BEGIN + timedelta(minutes=minutes)


def store(database: Database, clocks: Iterable[Listed], anew: bool = True) -> None:
    """Have exactly these clocks in the store, each subject by the last of its clocks; *anew*: counted as well."""
    clocks = list(clocks)
    with database.write() as connection:
        connection.execute(sa.delete(readings))
        connection.execute(sa.delete(subjects))
        if clocks:
            its = {one.key[:2]: one for one in clocks}
            statements.put(connection, subjects, [one.its_subject for one in its.values()])
            whole = [replace(one, kind=its[one.key[:2]].kind, customer=its[one.key[:2]].customer) for one in clocks]
            statements.put(connection, readings, [one.reading for one in whole])
    database.kept.doubt()
    if anew:
        assert recount(database, lambda seconds: False)


def key_of(row: ClockRow) -> Key:
    return row.key.source, row.key.subject, row.target, row.cycle


def expected(clocks: Sequence[Listed], query: ClockQuery) -> list[Key]:
    """The whole list, in plain Python."""
    of_subject = {one.key[:2]: one for one in clocks}
    found = [one for one in clocks if one.open and _matches(one, of_subject[one.key[:2]], query)]
    by = {ClockSort.DEADLINE: "deadline", ClockSort.BREACHED_AT: "breached", ClockSort.OPENED: "opened"}.get(query.sort)
    if query.sort is ClockSort.BREACHED_AT:
        found = [one for one in found if one.breached is not None]
    found.sort(key=lambda one: ((by and getattr(one, by)) or 0, one.key), reverse=query.descending)
    if by is not None:
        found.sort(key=lambda one: getattr(one, by) is None)
    return [one.key for one in found]


def _matches(clock: Listed, its: Listed, query: ClockQuery) -> bool:
    state = State.UNKNOWN if clock.source in query.stale else clock.state
    return (
        (not query.tiers or clock.tier in query.tiers)
        and (not query.targets or clock.target in query.targets)
        and (not query.states or state in query.states)
        and (not query.sources or clock.source in query.sources)
        and (not query.kinds or its.kind in query.kinds)
        and (not query.customer or its.customer == query.customer)
        and clock.subject.startswith(query.prefix)
    )
