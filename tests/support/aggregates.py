"""Count open clocks out of the rows of a database, one by one, in no order and with nothing remembered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from monitor.aggregates import Allowed, Counted, Instants, OfGroup
from monitor.model import CircuitState, State
from monitor.store import recount
from monitor.store.database import Database
from monitor.store.schema import micros, readings, subjects
from monitor.worktime import EPOCH, TICK

A_YEAR = 1970
"""The cycles of allowances have the number of a period, which begins with its year."""


def kept(database: Database) -> Counted:
    """The aggregates that are kept; counted first, as a start does it, where they are not known."""
    while (counted := database.kept.counted()) is None:
        assert recount(database, lambda _: False)
    return counted


def from_rows(database: Database) -> Counted:
    """The same of a reader that goes through all rows."""
    with database.read() as connection:
        rows = list(connection.execute(sa.select(readings)))
        of = {(row.source, row.subject): row for row in connection.execute(sa.select(subjects))}
    groups = defaultdict(list)
    guarded: Counter[tuple[str, str, State]] = Counter()
    for row in rows:
        if row.open:
            groups[row.source, row.tier, row.assurance, row.target].append(row)
            if period := of[row.source, row.subject].attributes.get("guarded"):
                guarded[period, row.source, State(row.state)] += 1
    circuits = Counter(
        (row.source, row.tier, row.assurance, CircuitState(row.circuit_state))
        for row in of.values()
        if row.circuit_state is not None
    )
    return Counted(
        {
            labels: OfGroup(
                Counter(State(row.state) for row in some),
                _instants(row.deadline for row in some if row.state in ("running", "at_risk")),
                _instants(row.deadline for row in some if row.state not in ("running", "at_risk")),
                _instants(row.exhausted_at for row in some),
                _used(some),
            )
            for labels, some in sorted(groups.items())
        },
        guarded,
        circuits,
    )


def _instants(given: Iterable[datetime | None]) -> Instants:
    return Instants.of(at for at in map(micros, given) if at is not None)


def _used(rows: Iterable[Any]) -> dict[Allowed, Instants]:
    """How much of the allowances among the rows is used, or since when, by what they have in common.

    It goes by what the rows said before they had a column for it; all calendars are open round the clock.
    """
    found: dict[Allowed, list[int]] = defaultdict(list)
    for row in rows:
        if row.cycle >= A_YEAR and row.measure in ("time", "count"):
            running, counted = row.life == "running", row.counted // TICK
            used = (row.read_at - EPOCH) // TICK - counted if running else counted
            found[Allowed(running, row.budget // TICK, row.calendar)].append(used)
    return {allowed: Instants.of(used) for allowed, used in found.items()}


def in_seconds(*seconds: int) -> Instants:
    """Deadlines that are given as seconds since the epoch."""
    return Instants.of(at * 1_000_000 for at in seconds)
