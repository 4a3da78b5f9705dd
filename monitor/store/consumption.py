"""Count what stopped clocks have used of their budgets: how much, and who had them meanwhile.

What teams and suppliers used is counted once, when the clock stops, and kept in its row (`legs`). Where the history
changes afterwards, the difference is counted: what is more as used, what is less as withdrawn. So used minus withdrawn
is at any time what the explanations of these clocks say. A clock that stopped before this was counted, or before the
installation, has no `legs` and is never counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from monitor.clock import Reading
from monitor.model import Life
from monitor.snapshot import (
    CONSUMED_BUCKET,
    CONSUMED_SUM,
    NOBODY,
    OPEN_WORDS,
    OTHER,
    PARTY_USED,
    PARTY_WITHDRAWN,
    consumed_bound,
)
from monitor.store import statements
from monitor.store.schema import counters, encoded, readings, ticks
from monitor.store.statements import Counts
from monitor.text import one_line, shortened

LONGEST_PARTY = 100
"""Characters of a party's name in a label; what is longer is cut."""

_MILLION = 1_000_000

Moved = Counter[tuple[str, str, str, str]]
"""Microseconds by tier, target, kind of agreement and party; less than none where they were withdrawn."""

_NAMES = [column.name for column in readings.columns]
_TARGET, _LIFE, _TIER, _LEGS = (_NAMES.index(name) for name in ("target", "life", "tier", "legs"))


def count_consumed(counts: Counts, tier: str, target: str, reading: Reading) -> None:
    """Count a clock that stopped in the histogram of consumed budgets: its bucket, and its share of the budget."""
    counted, budget, labels = reading.counted, reading.target.budget, {"tier": tier, "sla_target": target}
    counts[statements.counted(CONSUMED_BUCKET, **labels, le=consumed_bound(counted, budget))] += 1
    counts[statements.counted(CONSUMED_SUM, **labels)] += round(counted * _MILLION / budget)


def legs_of(reading: Reading, before: Sequence[Any] | None, installed_at: datetime) -> str | None:
    """What each party used of a clock that stopped, with what nobody did, as a text; None where it is not counted."""
    if reading.life is not Life.STOPPED or not reading.of_time:
        return None
    if before is not None and before[_LIFE] == Life.STOPPED.value:
        if before[_LEGS] is None:
            return None
    elif reading.stopped_at is None or reading.stopped_at < installed_at:
        return None
    used = [[leg.kind.value.lower(), leg.party, ticks(leg.counted)] for leg in reading.legs]
    rest = reading.counted - sum((leg.counted for leg in reading.legs), timedelta(0))
    return json.dumps([*used, [NOBODY, NOBODY, ticks(rest)]], ensure_ascii=False, separators=(",", ":"))


def note_legs(moved: Moved, before: Sequence[Any] | None, after: Sequence[Any] | None) -> None:
    """Note what the row of a reading was counted with and is now; None where there is none."""
    for sign, row in ((-1, before), (1, after)):
        if row is not None and row[_LEGS] is not None:
            for kind, party, counted in json.loads(row[_LEGS]):
                moved[row[_TIER], row[_TARGET], kind, shortened(one_line(party), LONGEST_PARTY)] += sign * counted


def count_parties(connection: sa.Connection, moved: Moved, counts: Counts) -> None:
    """Count what has moved: what is more as used, what is less as withdrawn, both under the same words."""
    some = {of: number for of, number in moved.items() if number}
    if not some:
        return
    words = _Words(connection, [_labels(*of) for of in some])
    for of, number in sorted(some.items()):
        labels = words.bounded(_labels(*of))
        counts[statements.counted(PARTY_USED if number > 0 else PARTY_WITHDRAWN, **labels)] += abs(number)


def _labels(tier: str, target: str, kind: str, party: str) -> dict[str, str]:
    return {"tier": tier, "sla_target": target, "agreement": kind, "party": party}


class _Words:
    """Which parties are kept apart. Those that are counted are found by the key; only for a new one all are read."""

    def __init__(self, connection: sa.Connection, wanted: Iterable[Mapping[str, str]]) -> None:
        self._connection = connection
        texts = [encoded(dict(labels)) or "" for labels in wanted]
        mine = (counters.c.name == PARTY_USED) & statements.one_of(sa.type_coerce(counters.c.labels, sa.Text), texts)
        self._known = {_key(labels) for labels in connection.scalars(sa.select(counters.c.labels).where(mine))}
        self._others: dict[tuple[str, ...], set[str]] | None = None

    def bounded(self, labels: dict[str, str]) -> dict[str, str]:
        """The labels, with another party in the place of one that is one too many for its tier, target and kind."""
        key = _key(labels)
        if key in self._known:
            return labels
        if self._others is None:
            self._others = {}
            for row in self._connection.scalars(sa.select(counters.c.labels).where(counters.c.name == PARTY_USED)):
                self._others.setdefault(_key(row)[:-1], set()).add(row["party"])
        mine = self._others.setdefault(key[:-1], set())
        if key[-1] not in mine and len(mine - {OTHER}) >= OPEN_WORDS:
            return {**labels, "party": OTHER}
        mine.add(key[-1])
        self._known.add(key)
        return labels


def _key(labels: Mapping[str, str]) -> tuple[str, str, str, str]:
    return labels["tier"], labels["sla_target"], labels["agreement"], labels["party"]
