"""Find the rows of a page of open clocks: in any order, by any filter, in bounded time, and no row lost or doubled.

A page is found in one of two ways, which give the same rows in the same order.

- *Scan*: go along the index of the order from where the last page ended, over at most `LOOKED_AT` entries. Where these
  have fewer rows than wanted, the page ends there and says where the next one begins.
- *Gather*: where few clocks can match (the aggregates count them, few subjects have that name, or an index has few of
  that customer or kind), find all of them by another index, and sort them.

Which one is chosen page by page, so that it may change in the middle of a list.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from monitor.listing import ClockPage, ClockPlace, ClockQuery, ClockSort
from monitor.model import State, SubjectKind
from monitor.store.database import Database, Revision
from monitor.store.listing_rows import rows_at
from monitor.store.listing_statements import (
    Branch,
    Stretch,
    Where,
    gathering,
    number_of,
    of_place,
    probing,
    scanning,
    sources_of,
    states_of,
    subjects_named,
)

LOOKED_AT = 20_000
"""Entries of an index that one page looks at, at most."""

LOOKED_UP = 4_000
"""The same where the row of each entry is read, for its customer or its kind: that takes five times as long."""

FIRST_LOOK = 1_000
"""Entries that are looked at first: of most filters these have the page."""

FEW = 1_000
"""So many clocks that may match are gathered and sorted."""

FEW_SUBJECTS = 2_000
"""So many subjects whose clocks are gathered."""

FEW_OF_ONE = 4_000
"""So many of a customer, or of subjects of some kinds, are gathered; of more, a page that is scanned has some."""

MOST_GROUPS = 400
"""Groups of the aggregates from which clocks are gathered: each is a search in an index."""


class Listing:
    """The lists' side of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def clocks(self, query: ClockQuery, limit: int, after: ClockPlace | None = None) -> ClockPage:
        """The next *limit* open clocks *after* a place, or the first ones. Raises StoreError."""
        if query.states == {State.UNKNOWN} and not query.stale:
            return ClockPage((), None)
        few = self._few_groups(query)
        with self._database.read() as connection:
            finding = _Finding(connection, Where.of(query), query, limit, after)
            if few is not None and self._still(connection, few.revision):
                places, rest = finding.of_groups(few.groups)
            else:
                places, rest = finding.of_subjects() or finding.of_customer_or_kind() or finding.scan()
            rows = rows_at(connection, places, query.stale)
        return ClockPage(rows, rest)

    def _few_groups(self, query: ClockQuery) -> _Few | None:
        """The groups and states of the clocks that may match, where these are few; None where that is not known."""
        revision = self._database.revision()
        counted = None if revision is None else self._database.kept.counted()
        if revision is None or counted is None:
            return None
        found, number = [], 0
        for labels, group in counted.groups.items():
            source, tier, _, target = labels
            if (query.tiers and tier not in query.tiers) or (query.targets and target not in query.targets):
                continue
            if query.sources and source not in query.sources:
                continue
            for state, clocks in group.states.items():
                if clocks and _wanted(query, source, state):
                    found.append([*labels, state.value])
                    number += clocks
            if number > FEW or len(found) > MOST_GROUPS:
                return None
        return _Few(revision, found)

    def _still(self, connection: sa.Connection, revision: Revision) -> bool:
        """Whether the aggregates of a revision are those of the very state that is read.

        If not, a group could be missing, and its clocks with it.
        """
        connection.exec_driver_sql("SELECT count(*) FROM meta")  # the state is that of the first statement
        return self._database.revision() == revision


@dataclass(frozen=True, slots=True)
class _Few:
    """The groups and states of few clocks, by the aggregates of a revision of the database."""

    revision: Revision
    groups: Sequence[Sequence[str]]


def _wanted(query: ClockQuery, source: str, state: State) -> bool:
    shown = State.UNKNOWN if source in query.stale else state
    return not query.states or shown in query.states


class _Finding:
    """The search for the places of one page, in one state of the database."""

    def __init__(
        self, connection: sa.Connection, where: Where, query: ClockQuery, limit: int, after: ClockPlace | None
    ) -> None:
        self._connection, self._where, self._query = connection, where, query
        self._limit, self._after = limit, after

    def of_groups(self, groups: Sequence[Sequence[str]]) -> tuple[list[ClockPlace], ClockPlace | None]:
        """The page, from all clocks of these groups and states."""
        return self._gathered("groups", groups) if groups else ([], None)

    def of_subjects(self) -> tuple[list[ClockPlace], ClockPlace | None] | None:
        """The page, from all clocks of the subjects whose names begin so; None where these are many."""
        if not self._query.prefix:
            return None
        found: list[Sequence[str]] = []
        for source in sources_of(self._connection):
            found += subjects_named(self._connection, source, self._query.prefix, FEW_SUBJECTS + 1 - len(found))
            if len(found) > FEW_SUBJECTS:
                return None
        return self._gathered("subjects", found) if found else ([], None)

    def of_customer_or_kind(self) -> tuple[list[ClockPlace], ClockPlace | None] | None:
        """The page, from all clocks of the customer, of the kinds, or of both; None where these are many."""
        query = self._query
        if not query.customer and not query.kinds:
            return None
        kinds = sorted(kind.value for kind in query.kinds or SubjectKind)
        if number_of(self._connection, kinds, query.customer, FEW_OF_ONE + 1) > FEW_OF_ONE:
            return None
        if query.customer:
            return self._gathered("customers", [(kind, query.customer) for kind in kinds])
        return self._gathered("kinds", [(kind,) for kind in kinds])

    def _gathered(self, of: str, given: Iterable[Sequence[str]]) -> tuple[list[ClockPlace], ClockPlace | None]:
        order = self._query.sort, self._query.descending
        statement = gathering(of, *order, self._after is not None, self._where.names)
        parameters = self._where.parameters | of_place("after", self._after)
        parameters |= {"given": json.dumps(list(given)), "rows": self._limit + 1}
        return self._cut([ClockPlace(*row) for row in self._connection.execute(statement, parameters).all()])

    def scan(self) -> tuple[list[ClockPlace], ClockPlace | None]:
        """The page, along the index of its order: part by part, until there are rows enough or enough was looked at."""
        by_row = self._where.needs_row or self._query.sort is ClockSort.SUBJECT
        found: list[ClockPlace] = []
        place, left, look = self._after, LOOKED_UP if by_row else LOOKED_AT, FIRST_LOOK
        for part in self._parts():
            while True:
                rows, end = self._merged(part, place, self._limit + 1 - len(found), look)
                found += rows
                if len(found) > self._limit:
                    return self._cut(found)
                if end is None:
                    break
                place, left = end, left - look
                look = left
                if left <= 0:
                    return found, end
        return found, None

    def _parts(self) -> list[list[Branch]]:
        """The branches that are merged, in the order in which their parts follow one another."""
        sort, after = self._query.sort, self._after
        if sort is ClockSort.DEADLINE:
            states = states_of(self._query)
            both = [[Branch(sort, missing, state) for state in states] for missing in (False, True)]
            return both[after.missing :] if after is not None else both
        if sort is not ClockSort.SUBJECT:
            return [[Branch(sort)]]
        names = sources_of(self._connection)
        wanted = [name for name in names if not self._query.sources or name in self._query.sources]
        if self._query.descending:
            wanted = [name for name in reversed(wanted) if after is None or name <= after.source]
        else:
            wanted = [name for name in wanted if after is None or name >= after.source]
        return [[Branch(sort, word=name)] for name in wanted]

    def _merged(
        self, part: Sequence[Branch], after: ClockPlace | None, wanted: int, look: int
    ) -> tuple[list[ClockPlace], ClockPlace | None]:
        """The next rows of several branches in one order, and how far all of them were looked at; None: to the end."""
        if not part:
            return [], None
        where = self._where
        if part[0].sort is ClockSort.DEADLINE and "stale" not in where.names:
            where = where.without("states")
        if part[0].sort is ClockSort.SUBJECT:
            where = where.without("sources")
        down = self._query.descending
        stretches = [
            Stretch(
                Branch(one.sort, one.missing), after is not None and after.missing == one.missing and _in(one, after)
            )
            for one in part
        ]
        given: dict[str, Any] = where.parameters | of_place("after", after) | {"rows": wanted}
        given |= {f"word{number}": one.word for number, one in enumerate(part)}
        ends: list[ClockPlace] = []
        if where.names or part[0].sort is ClockSort.SUBJECT:
            skipped = given | {"skip": max(1, look // len(part)) - 1}
            for number, *place in self._connection.execute(probing(tuple(stretches), down), skipped):
                stretches[number] = stretches[number]._replace(ends=True)
                given |= of_place(f"last{number}", ClockPlace(*place))
                ends.append(ClockPlace(*place))
        select = scanning(tuple(stretches), down, where.names)
        found = [ClockPlace(*row) for row in self._connection.execute(select, given).all()]
        if len(found) >= wanted:
            ends.append(found[-1])
        if not ends:
            return found, None
        end = max(ends) if down else min(ends)
        return [place for place in found if (place >= end if down else place <= end)], end

    def _cut(self, found: list[ClockPlace]) -> tuple[list[ClockPlace], ClockPlace | None]:
        """The page of so many rows, and where it ends if there is one more."""
        page = found[: self._limit]
        return page, page[-1] if len(found) > self._limit else None


def _in(branch: Branch, place: ClockPlace) -> bool:
    """Whether a place is one of the branch's part: a part that follows is gone through from its beginning."""
    return branch.sort is not ClockSort.SUBJECT or place.source == branch.word
