"""Build the statements by which pages of open clocks are found; each form is built once and kept.

A column of a filter stands in `coalesce`, so that SQLite takes the index of the order and not one of the filter's:
those would have it sort all that match. Instants are whole microseconds here, as the database has them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from monitor.listing import STORED_STATES, ClockPlace, ClockQuery, ClockSort
from monitor.memory import remembered
from monitor.model import State
from monitor.store.schema import readings, subjects

MICROS, WORD = sa.BigInteger(), sa.Text()

_SORTED_BY = {
    ClockSort.DEADLINE: readings.c.deadline,
    ClockSort.BREACHED_AT: readings.c.breached_at,
    ClockSort.OPENED: readings.c.started_at,
}
_ROW = (readings.c.source, readings.c.subject, readings.c.target, readings.c.cycle)
_OPEN_BY_ROW = sa.func.coalesce(readings.c.open, sa.false())
"""Whether a clock is open, asked of its row: no index of open clocks is taken for it."""


@dataclass(frozen=True, slots=True)
class Where:
    """The filter of a query: which of the conditions below it has, and their parameters."""

    names: frozenset[str] = frozenset()
    parameters: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, query: ClockQuery) -> Where:
        found: dict[str, Any] = {}
        for name, words in (
            ("tiers", query.tiers), ("targets", query.targets), ("sources", query.sources), ("kinds", query.kinds),
        ):  # fmt: skip
            if words:
                found[name] = json.dumps(sorted(words))
        if query.states:
            found["states"] = json.dumps(sorted(query.states - {State.UNKNOWN}))
        if query.states and query.stale:
            found["stale"] = json.dumps(sorted(query.stale))
        if query.customer:
            found["customer"] = query.customer
        if query.prefix:
            found["prefix"] = query.prefix
        names = frozenset(found)
        if "stale" in found:
            found["unknown"] = State.UNKNOWN in query.states
        if (end := after_prefix(query.prefix)) is not None:
            found["prefix_end"] = end
            names |= {"prefix_end"}
        return cls(names, found)

    @property
    def needs_row(self) -> bool:
        """Whether the row of each clock is to be read: no index of an order has what is asked for."""
        return bool(self.names & {"kinds", "customer"})

    def without(self, *names: str) -> Where:
        """The same without conditions that hold anyway. Their parameters stay: nobody minds."""
        return Where(self.names - set(names), self.parameters)


@dataclass(frozen=True, slots=True)
class Branch:
    """Clocks that stand one after another in an index: of a state, of a source, or all; and which of two parts.

    `missing` says that they have nothing to be sorted by. `word` is the state or the source.
    """

    sort: ClockSort
    missing: bool = False
    word: str = ""


def after_prefix(prefix: str) -> str | None:
    """The least text that is greater than all that begin so; None where there is none."""
    while prefix:
        last = ord(prefix[-1])
        if last < 0x10FFFF:
            return prefix[:-1] + chr(0xE000 if last + 1 == 0xD800 else last + 1)
        prefix = prefix[:-1]
    return None


def _is(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.coalesce(column, "")


def _among(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """Whether a column is one of the words of a parameter, which is a list in JSON."""
    words = sa.func.json_each(sa.bindparam(name, type_=WORD)).table_valued("value", name=f"{name}_words")
    return _is(column).in_(sa.select(words.c.value))


def _conditions(names: frozenset[str]) -> list[sa.ColumnElement[bool]]:
    """The conditions of a filter."""
    of_column = {
        "tiers": readings.c.tier, "targets": readings.c.target, "sources": readings.c.source, "kinds": readings.c.kind,
    }  # fmt: skip
    found = [_among(column, name) for name, column in of_column.items() if name in names]
    if "stale" in names:
        told = _among(readings.c.source, "stale")
        unknown = sa.bindparam("unknown", type_=sa.Boolean())
        of_states = _among(readings.c.state, "states") if "states" in names else sa.true()
        found.append(sa.case((told, unknown), else_=of_states))
    elif "states" in names:
        found.append(_among(readings.c.state, "states"))
    if "customer" in names:
        found.append(_is(readings.c.customer) == sa.bindparam("customer", type_=WORD))
    if "prefix" in names:
        found.append(_is(readings.c.subject) >= sa.bindparam("prefix", type_=WORD))
    if "prefix_end" in names:
        found.append(_is(readings.c.subject) < sa.bindparam("prefix_end", type_=WORD))
    return found


def _number(column: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    return sa.type_coerce(column, MICROS)


def _order(branch: Branch) -> tuple[sa.ColumnElement[Any], ...]:
    """The columns that order the clocks of a branch."""
    if branch.sort is ClockSort.SUBJECT:
        return _ROW[1:]
    return _ROW if branch.missing else (_number(_SORTED_BY[branch.sort]), *_ROW)


_NAMES = {id(column): column.name for column in _ROW}


def _bound(name: str, columns: Sequence[sa.ColumnElement[Any]]) -> sa.Tuple:
    """A place as parameters, of the parts that the columns are: `after_value`, `after_source` and so on."""
    of = [_NAMES.get(id(column), "value") for column in columns]
    kinds = {"value": MICROS, "cycle": sa.Integer()}
    return sa.tuple_(*(sa.bindparam(f"{name}_{one}", type_=kinds.get(one, WORD)) for one in of))


def of_place(name: str, place: ClockPlace | None) -> dict[str, Any]:
    """The parameters of `_bound`."""
    return {} if place is None else {f"{name}_{part}": value for part, value in place._asdict().items()}


def _of_branch(branch: Branch, place: int) -> list[sa.ColumnElement[bool]]:
    """What holds for the clocks of a branch, in a form that its index is searched by."""
    word = sa.bindparam(f"word{place}", type_=WORD)
    if branch.sort is ClockSort.SUBJECT:
        return [readings.c.source == word, _OPEN_BY_ROW]
    by = _SORTED_BY[branch.sort]
    found: list[sa.ColumnElement[bool]] = [readings.c.open, by.is_(None) if branch.missing else by.is_not(None)]
    return [*found, readings.c.state == word] if branch.sort is ClockSort.DEADLINE else found


class Stretch(NamedTuple):
    """A stretch of a branch: whether it begins after a place, and whether it ends with one."""

    branch: Branch
    begins: bool
    ends: bool = False


@remembered("listing_scans", 256)
def scanning(stretches: tuple[Stretch, ...], descending: bool, names: frozenset[str]) -> Any:
    """The places of some stretches in one order; their branches have no word here, that is a parameter."""
    selects = [_along(one, place, descending, names) for place, one in enumerate(stretches)]
    if len(selects) == 1:
        return selects[0]
    each = [sa.select(*select.subquery().c) for select in selects]
    merged = sa.union_all(*each).subquery()
    order = list(merged.c)[1:]  # all stretches are of the same part
    return sa.select(merged).order_by(*_directed(order, descending)).limit(sa.bindparam("rows", type_=sa.Integer()))


@remembered("listing_probes", 64)
def probing(stretches: tuple[Stretch, ...], descending: bool) -> Any:
    """Of each stretch, by its number, the one entry after `skip` others, whatever the filter."""
    each = []
    for place, one in enumerate(stretches):
        select = _along(one, place, descending, frozenset())
        entry = select.limit(1).offset(sa.bindparam("skip", type_=sa.Integer())).subquery()
        each.append(sa.select(sa.literal_column(str(place), sa.Integer()), *entry.c))
    return each[0] if len(each) == 1 else sa.union_all(*each)


def _along(stretch: Stretch, place: int, descending: bool, names: frozenset[str]) -> sa.Select[Any]:
    branch = stretch.branch
    order = _order(branch)
    row = sa.tuple_(*order)
    select = sa.select(*_place(branch)).where(*_of_branch(branch, place), *_conditions(names))
    if stretch.begins:
        after = _bound("after", order)
        select = select.where(row < after if descending else row > after)
    if stretch.ends:
        last = _bound(f"last{place}", order)
        select = select.where(row >= last if descending else row <= last)
    return select.order_by(*_directed(order, descending)).limit(sa.bindparam("rows", type_=sa.Integer()))


def _directed(columns: Iterable[sa.ColumnElement[Any]], descending: bool) -> Iterator[sa.ColumnElement[Any]]:
    return (column.desc() if descending else column.asc() for column in columns)


def _place(branch: Branch) -> tuple[sa.ColumnElement[Any], ...]:
    plain = branch.missing or branch.sort is ClockSort.SUBJECT
    value = sa.literal_column("0", MICROS) if plain else _number(_SORTED_BY[branch.sort])
    return sa.literal_column(str(int(branch.missing)), sa.Integer()).label("missing"), value.label("value"), *_ROW


@remembered("listing_gathers", 256)
def gathering(of: str, sort: ClockSort, descending: bool, begins: bool, names: frozenset[str]) -> sa.Select[Any]:
    """The places of the open clocks of given groups, subjects, kinds or customers, sorted; `given` is a list of lists
    in JSON.
    """
    given = sa.func.json_each(sa.bindparam("given", type_=WORD)).table_valued("value", name="given")
    columns = {
        "groups": (readings.c.source, readings.c.tier, readings.c.assurance, readings.c.target, readings.c.state),
        "subjects": (readings.c.source, readings.c.subject),
        "kinds": (readings.c.kind,),
        "customers": (readings.c.kind, readings.c.customer),
    }[of]
    same = [column == sa.func.json_extract(given.c.value, f"$[{place}]") for place, column in enumerate(columns)]
    is_open = _OPEN_BY_ROW if of == "subjects" else readings.c.open
    source: Any = sa.join(given, readings, sa.and_(*same))
    by = _SORTED_BY.get(sort)
    missing = sa.literal_column("0", sa.Integer()) if by is None else sa.cast(by.is_(None), sa.Integer())
    value = sa.literal_column("0", MICROS) if by is None else sa.func.coalesce(_number(by), 0)
    order = _ROW if by is None else (value, *_ROW)
    select = sa.select(missing, value, *_ROW).select_from(source).where(is_open, *_conditions(names))
    if sort is ClockSort.BREACHED_AT:
        select = select.where(readings.c.breached_at.is_not(None))
    if begins:
        after, place = _bound("after", order), sa.tuple_(*order)
        first = sa.bindparam("after_missing", type_=sa.Integer())
        behind = place < after if descending else place > after
        select = select.where((missing > first) | ((missing == first) & behind))
    if by is not None:
        select = select.order_by(missing)
    return select.order_by(*_directed(order, descending)).limit(sa.bindparam("rows", type_=sa.Integer()))


_KIND, _CUSTOMER = (sa.bindparam(name, type_=WORD) for name in ("kind", "customer"))
_OF_KIND: sa.Select[Any] = sa.select(sa.literal_column("1")).where(readings.c.open, readings.c.kind == _KIND)


def _counting(select: sa.Select[Any]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(select.limit(sa.bindparam("rows", type_=sa.Integer())).subquery())


_NUMBER_OF_KIND, _NUMBER_OF_CUSTOMER = _counting(_OF_KIND), _counting(_OF_KIND.where(readings.c.customer == _CUSTOMER))


def number_of(connection: sa.Connection, kinds: Iterable[str], customer: str, most: int) -> int:
    """How many open clocks there are of subjects of these kinds and, if one is named, of a customer; counted to *most*.

    Reads entries of one index and no row.
    """
    found = 0
    for kind in kinds:
        given = {"kind": kind, "customer": customer, "rows": most - found}
        found += connection.scalar(_NUMBER_OF_CUSTOMER if customer else _NUMBER_OF_KIND, given) or 0
        if found >= most:
            break
    return found


_NEXT_SOURCE = sa.select(sa.func.min(readings.c.source)).where(readings.c.source > sa.bindparam("beyond", type_=WORD))


def sources_of(connection: sa.Connection) -> list[str]:
    """Every source that has a clock: a search in an index for each, for of sources there are few."""
    found: list[str] = []
    while (name := connection.scalar(_NEXT_SOURCE, {"beyond": found[-1] if found else ""})) is not None:
        found.append(name)
    return found


@remembered("listing_names", 2)
def _named(ends: bool) -> sa.Select[Any]:
    select = sa.select(subjects.c.subject).where(
        subjects.c.source == sa.bindparam("word", type_=WORD),
        subjects.c.subject >= sa.bindparam("prefix", type_=WORD),
    )
    if ends:
        select = select.where(subjects.c.subject < sa.bindparam("prefix_end", type_=WORD))
    return select.limit(sa.bindparam("rows", type_=sa.Integer()))


def subjects_named(connection: sa.Connection, source: str, prefix: str, most: int) -> list[tuple[str, str]]:
    """At most so many subjects of a source whose names begin so."""
    end = after_prefix(prefix)
    parameters = {"word": source, "prefix": prefix, "rows": most}
    if end is not None:
        parameters["prefix_end"] = end
    return [(source, name) for name in connection.scalars(_named(end is not None), parameters)]


def states_of(query: ClockQuery) -> Iterable[str]:
    """The stored states in which a clock may be that the query wants."""
    any_state = not query.states or (query.stale and State.UNKNOWN in query.states)
    return [state.value for state in STORED_STATES if any_state or state in query.states]
