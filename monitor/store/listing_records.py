"""Find pages of circuits, of a subject's events, of publications and of reported months, each a search in an index."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from monitor.history import Event
from monitor.listing import (
    CircuitPage,
    CircuitPlace,
    CircuitQuery,
    EventPage,
    EventPlace,
    ListedCircuit,
    MonthPage,
    PublicationPage,
    PublishedRules,
    ReportedMonth,
)
from monitor.memory import remembered
from monitor.model import COUNTED_STATES, CircuitState, SubjectKey
from monitor.report import changes_of_rules
from monitor.store.database import Database
from monitor.store.ingest import to_event
from monitor.store.schema import events, instant, micros, month_reports, publications, subjects

LOOKED_AT = 20_000
"""Entries of the index of circuits that one page looks at, at most."""

MOST_WRITTEN = 1_000_000
"""Characters after which a page of events ends: a source may write 65,536 into each field."""

_AT = sa.type_coerce(events.c.at, sa.BigInteger())
_OF_EVENT = (_AT, events.c.sequence, events.c.tie, events.c.event_id)
_FILTERS = {"sources": subjects.c.source, "tiers": subjects.c.tier, "assurances": subjects.c.assurance}
_OF_CIRCUIT = (subjects.c.source, subjects.c.tier, subjects.c.assurance, subjects.c.subject)


class Records:
    """Lists beside that of clocks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def circuits(self, query: CircuitQuery, limit: int, after: CircuitPlace | None = None) -> CircuitPage:
        """The next *limit* circuits after a place, or the first ones; fewer where so many were looked at in vain."""
        states = sorted(state.value for state in query.states or COUNTED_STATES)
        found: list[Any] = []
        left = LOOKED_AT
        with self._database.read() as connection:
            for state in states:
                if after is not None and state < after.state:
                    continue
                begins = after if after is not None and after.state == state else None
                rows, end = _of_state(connection, query, state, begins, limit + 1 - len(found), left)
                found += rows
                if len(found) > limit:
                    page = [listed_circuit(row) for row in found[:limit]]
                    return CircuitPage(page, page[-1].place)
                if end is not None:
                    return CircuitPage([listed_circuit(row) for row in found], end)
        return CircuitPage([listed_circuit(row) for row in found], None)

    def history(self, key: SubjectKey, limit: int, after: EventPlace | None = None) -> EventPage:
        """The next *limit* events of a subject after a place, or the first ones; fewer where their texts are long."""
        mine = (events.c.source == key.source) & (events.c.subject == key.subject)
        query = sa.select(events).where(mine).order_by(*_OF_EVENT).limit(limit + 1)
        if after is not None:
            place = sa.tuple_(*map(sa.literal, after))
            query = query.where(events.c.at >= instant(after.at), sa.tuple_(*_OF_EVENT) > place)
        page: list[Event] = []
        written = 0
        with self._database.read() as connection:
            for event in map(to_event, connection.execute(query)):
                if len(page) == limit or written > MOST_WRITTEN:
                    last = page[-1]
                    return EventPage(page, EventPlace(micros(last.at) or 0, last.sequence, last.tie, last.event_id))
                page.append(event)
                written += sum(len(str(said)) for said in (event.status, event.reason, *event.fields.values()))
        return EventPage(page, None)

    def publications(self, limit: int, before: int | None = None) -> PublicationPage:
        """The *limit* publications before a number, or the newest ones, without their rules."""
        of_it = [column for column in publications.c if column is not publications.c.rules]
        query = sa.select(*of_it).order_by(publications.c.id.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(publications.c.id < before)
        with self._database.read() as connection:
            rows = [_published(row, None) for row in connection.execute(query)]
        page = rows[:limit]
        return PublicationPage(page, page[-1].number if len(rows) > limit else None)

    def publication(self, number: int) -> PublishedRules | None:
        """The publication of a number, with its rules; None where there is none."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(publications).where(publications.c.id == number)).first()
        return None if row is None else _published(row, row.rules)

    def changes(self, number: int, later: int) -> tuple[str, ...] | None:
        """What the rules of one number change in those of another; None where one of them is not there."""
        old, new = self.publication(number), self.publication(later)
        if old is None or new is None or old.rules is None or new.rules is None:
            return None
        return changes_of_rules(old.rules, new.rules)

    def months(self, limit: int, before: str | None = None) -> MonthPage:
        """The *limit* months before one, or the latest ones, without their rows."""
        of_it = [column for column in month_reports.c if column is not month_reports.c.rows]
        query = sa.select(*of_it).order_by(month_reports.c.month.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(month_reports.c.month < before)
        with self._database.read() as connection:
            rows = [ReportedMonth(*row) for row in connection.execute(query)]
        page = rows[:limit]
        return MonthPage(page, page[-1].month if len(rows) > limit else None)

    def month(self, month: str) -> ReportedMonth | None:
        """The report of a month; None where none was made for good."""
        with self._database.read() as connection:
            row = connection.execute(sa.select(month_reports).where(month_reports.c.month == month)).first()
        return None if row is None else ReportedMonth(*row)


def _of_state(
    connection: sa.Connection, query: CircuitQuery, state: str, after: CircuitPlace | None, wanted: int, look: int
) -> tuple[list[Any], CircuitPlace | None]:
    """The next circuits of a state, and how far was looked; None: to its end."""
    wanted_words = {"sources": query.sources, "tiers": query.tiers, "assurances": query.assurances}
    filters = frozenset(name for name, words in wanted_words.items() if words)
    given: dict[str, Any] = {name: json.dumps(sorted(words)) for name, words in wanted_words.items()}
    given |= {"state": state, "rows": wanted}
    if after is not None:
        given |= {f"after_{name}": value for name, value in after._asdict().items()}
    last: CircuitPlace | None = None
    if filters:
        probe = _scanning(after is not None, False, frozenset(), True)
        row = connection.execute(probe, given | {"skip": look - 1}).first()
        if row is not None:
            last = listed_circuit(row).place
            given |= {f"last_{name}": value for name, value in last._asdict().items()}
    rows = list(connection.execute(_scanning(after is not None, last is not None, filters, False), given))
    return rows, listed_circuit(rows[-1]).place if len(rows) >= wanted else last


@remembered("listing_circuits", 32)
def _scanning(begins: bool, ends: bool, filters: frozenset[str], probing: bool) -> sa.Select[Any]:
    text = sa.Text()
    select = sa.select(subjects).where(subjects.c.circuit_state == sa.bindparam("state", type_=text))
    place = sa.tuple_(*_OF_CIRCUIT)
    for name, column in _FILTERS.items():
        if name in filters:
            words = sa.func.json_each(sa.bindparam(name, type_=text)).table_valued("value", name=f"{name}_words")
            select = select.where(sa.func.coalesce(column, "").in_(sa.select(words.c.value)))
    if begins:
        select = select.where(place > _bound("after"))
    if ends:
        select = select.where(place <= _bound("last"))
    select = select.order_by(*_OF_CIRCUIT)
    if probing:
        return select.limit(1).offset(sa.bindparam("skip", type_=sa.Integer()))
    return select.limit(sa.bindparam("rows", type_=sa.Integer()))


def _bound(name: str) -> sa.Tuple:
    return sa.tuple_(*(sa.bindparam(f"{name}_{column.name}", type_=sa.Text()) for column in _OF_CIRCUIT))


def listed_circuit(row: Any) -> ListedCircuit:
    """A circuit of its row of `subjects`."""
    known = row.attributes
    return ListedCircuit(
        SubjectKey(row.source, row.subject), CircuitState(row.circuit_state), row.since, row.tier, row.assurance,
        known.get("customer", ""), known.get("title", ""), known.get("url", ""),
    )  # fmt: skip


def _published(row: Any, rules: Any) -> PublishedRules:
    return PublishedRules(row.id, row.at, row.rules_version, tuple(row.policies), row.author, tuple(row.changes), rules)
