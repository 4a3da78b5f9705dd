"""Pages of open clocks: every row once and in order, in bounded work, whatever is asked for and whatever changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.listing import ClockQuery, ClockRow, ClockSort
from monitor.model import State, SubjectKind
from monitor.store import listing
from monitor.store.database import Database
from monitor.store.listing import Listing
from monitor.store.listing_statements import after_prefix
from tests.support.closed_rows import counting
from tests.support.listed_clocks import Key, Listed, expected, key_of, store

STATES = (State.RUNNING, State.AT_RISK, State.BREACHED, State.PAUSED, State.IDLE)
SOURCES, SUBJECTS = (
    ("desk", "desk 2", "réseau"),
    ("", "A", "AB", "AB1", "B", "é", "\ud7ff", "\U0010ffff", "\U0010ffff1"),
)
PREFIXES = st.sampled_from(("", "", "A", "AB", "\ud7ff", "\U0010ffff"))
minutes = st.integers(0, 3)

CLOCKS = st.lists(
    st.builds(
        Listed, source=st.sampled_from(SOURCES), subject=st.sampled_from(SUBJECTS), cycle=st.integers(1, 2),
        target=st.sampled_from(("restore", "respond")), open=st.sampled_from((True, True, True, False)),
        state=st.sampled_from(STATES), tier=st.sampled_from(("gold", "silver")), opened=minutes,
        deadline=st.none() | minutes, breached=st.none() | minutes, kind=st.sampled_from(list(SubjectKind)[:2]),
        customer=st.sampled_from(("", "ACME")),
    ),
    max_size=25, unique_by=lambda one: one.key,
)  # fmt: skip


def some(*values: Any) -> st.SearchStrategy[frozenset[Any]]:
    return st.just(frozenset()) | st.frozensets(st.sampled_from(values), min_size=1)


QUERIES = st.builds(
    ClockQuery, tiers=some("gold", "silver", "none"), targets=some("restore", "respond"),
    states=some(*STATES, State.UNKNOWN), sources=some(*SOURCES, "gone"), kinds=some(*SubjectKind),
    customer=st.sampled_from(("", "", "ACME", "none")), prefix=PREFIXES,
    sort=st.sampled_from(ClockSort), descending=st.booleans(), stale=some("desk", "réseau"),
)  # fmt: skip

BOUNDS = st.fixed_dictionaries({
    "LOOKED_AT": st.integers(1, 40), "LOOKED_UP": st.integers(1, 40), "FIRST_LOOK": st.integers(1, 10),
    "FEW": st.sampled_from((0, 3, 1000)), "FEW_SUBJECTS": st.sampled_from((0, 2, 1000)),
    "FEW_OF_ONE": st.sampled_from((0, 3, 1000)),
})  # fmt: skip
"""So small that a page of a few rows meets each of them."""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('listing') / 'store.db'}")
    yield database
    database.close()


def walked(listing_: Listing, query: ClockQuery, limit: int) -> Iterator[list[ClockRow]]:
    """Page by page, to the end."""
    place = None
    while True:
        page = listing_.clocks(query, limit, place)
        assert len(page.rows) <= limit
        yield list(page.rows)
        assert page.next is None or place is None or page.next != place, "a page that goes nowhere"
        place = page.next
        if place is None:
            return


@given(clocks=CLOCKS, query=QUERIES, limit=st.integers(1, 9), bounds=BOUNDS, counted=st.booleans())
def test_walking_the_pages_gives_every_row_once_and_in_order(
    database: Database, clocks: list[Listed], query: ClockQuery, limit: int, bounds: dict[str, int], counted: bool
) -> None:
    store(database, clocks, anew=counted)
    with mock.patch.multiple(listing, **bounds):
        found = [key_of(row) for page in walked(Listing(database), query, limit) for row in page]
    assert found == expected(clocks, query)


@given(clocks=CLOCKS, query=QUERIES, limit=st.integers(1, 4), bounds=BOUNDS, data=st.data())
def test_rows_that_change_neither_hide_nor_double_one_that_does_not(
    database: Database, clocks: list[Listed], query: ClockQuery, limit: int, bounds: dict[str, int], data: st.DataObject
) -> None:
    store(database, clocks)
    now = {one.key: one for one in clocks}
    steady = set(now)
    found: Counter[Key] = Counter()
    with mock.patch.multiple(listing, **bounds):
        for page in walked(Listing(database), query, limit):
            found.update(key_of(row) for row in page)
            for _ in range(data.draw(st.integers(0, 2))):
                if not now:
                    break
                key = data.draw(st.sampled_from(sorted(now)))
                steady -= {other for other in now if other[:2] == key[:2]}  # its subject's other clocks as well
                changed = data.draw(st.sampled_from(("gone", "later", "closed", "new")))
                if changed == "gone":
                    del now[key]
                elif changed == "new":
                    new = replace(now[key], subject=data.draw(st.sampled_from(("AA", "C"))))
                    steady -= {other for other in now if other[:2] == new.key[:2]}
                    now[new.key] = new
                else:
                    now[key] = replace(now[key], deadline=3, open=changed == "later", state=State.AT_RISK)
            store(database, now.values(), anew=data.draw(st.booleans()))
    wanted = [key for key in expected(clocks, query) if key in steady]
    assert {key: found[key] for key in wanted} == dict.fromkeys(wanted, 1)


@given(st.text(min_size=1, max_size=3).filter(lambda text: "\0" not in text), st.text(max_size=4))
@settings(max_examples=50)
def test_what_follows_a_prefix_is_greater_than_all_that_begin_so(prefix: str, text: str) -> None:
    end = after_prefix(prefix)
    for one in (text, prefix + text):
        assert (prefix <= one and (end is None or one < end)) == one.startswith(prefix)


RARE = "rare"
MANY = 12_000


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Thousands of clocks, half of them closed; two of them are of a tier, a customer and a target of their own."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('large') / 'store.db'}")
    clocks = [
        Listed(
            subject=f"T{number:06}", source=("desk", "desk 2")[number % 2], open=number % 4 < 2, opened=number % 97,
            state=STATES[number % 5], deadline=None if number % 5 == 3 else 60 + number % 101,
            breached=number % 89 if number % 5 == 2 else None, customer=f"C{number % 7}",
        )
        for number in range(MANY)
    ]  # fmt: skip
    clocks += [
        Listed(subject=f"Z{number}", tier=RARE, target=RARE, customer=RARE, kind=SubjectKind.CIRCUIT, deadline=9_999)
        for number in range(2)
    ]
    store(database, clocks)
    yield database
    database.close()


FILTERS = {
    "none": {},
    "tier": {"tiers": frozenset({"gold"})},
    "rare tier": {"tiers": frozenset({RARE})},
    "rare target": {"targets": frozenset({RARE})},
    "state": {"states": frozenset({State.AT_RISK})},
    "source": {"sources": frozenset({"desk 2"})},
    "kind": {"kinds": frozenset({SubjectKind.CIRCUIT})},
    "customer": {"customer": "C3"},
    "rare customer": {"customer": RARE},
    "prefix": {"prefix": "T0000"},
    "stale": {"states": frozenset({State.UNKNOWN}), "stale": frozenset({"desk"})},
}  # fmt: skip


def work_of(database: Database, query: ClockQuery, limit: int, place: Any = None) -> int:
    with counting(database) as found:
        Listing(database).clocks(query, limit, place)
    return 100 * found.hundreds


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ClockSort)
@pytest.mark.parametrize("filters", FILTERS)
def test_a_page_is_bounded_work_from_the_first_to_the_last(
    large: Database, filters: str, sort: ClockSort, descending: bool
) -> None:
    """Each clock that a page looks at takes a bounded number of SQLite's steps, and it looks at few."""
    query = ClockQuery(**FILTERS[filters], sort=sort, descending=descending)
    bounds = {"LOOKED_AT": 200, "LOOKED_UP": 200, "FIRST_LOOK": 100, "FEW": 100, "FEW_SUBJECTS": 100, "FEW_OF_ONE": 100}
    with mock.patch.multiple(listing, **bounds):
        first = Listing(large).clocks(query, 20)
        assert work_of(large, query, 20) < 40_000
        if first.next is not None:
            assert work_of(large, query, 20, first.next) < 40_000


@pytest.mark.parametrize("filters", ["rare tier", "rare target", "rare customer", "kind"])
@pytest.mark.parametrize("sort", [ClockSort.DEADLINE, ClockSort.OPENED, ClockSort.SUBJECT])
def test_few_clocks_among_very_many_are_on_the_first_page(large: Database, filters: str, sort: ClockSort) -> None:
    """The aggregates or an index say that there are few, so they are gathered and nothing is scanned."""
    with mock.patch.multiple(listing, LOOKED_AT=10, LOOKED_UP=10, FIRST_LOOK=10):
        page = Listing(large).clocks(ClockQuery(**FILTERS[filters], sort=sort), 50)
    assert (len(page.rows), page.next) == (2, None)
    assert {row.tier for row in page.rows} == {RARE}


def test_a_page_that_ends_because_enough_was_looked_at_says_where_to_go_on(large: Database) -> None:
    query = ClockQuery(customer=RARE, sort=ClockSort.OPENED, descending=True)
    with mock.patch.multiple(listing, LOOKED_UP=500, FIRST_LOOK=500, FEW_OF_ONE=1):
        pages = list(walked(Listing(large), query, 50))
    assert len(pages) > 5
    assert [] in pages
    assert sorted(row.key.subject for page in pages for row in page) == ["Z0", "Z1"]


def test_a_row_says_what_is_stored(database: Database) -> None:
    clock = Listed(customer="ACME", breached=30, state=State.BREACHED)
    store(database, [clock])
    (row,) = Listing(database).clocks(ClockQuery(stale=frozenset({"desk"})), 5).rows
    stored = clock.reading
    assert (row.opened, row.deadline, row.breached_at) == (
        stored["started_at"], stored["deadline"], stored["breached_at"],
    )  # fmt: skip
    assert (row.counted, row.budget, row.read_at) == (stored["counted"], stored["budget"], stored["read_at"])
    assert (row.state, row.shown_state, row.customer, row.kind) == (
        State.BREACHED, State.UNKNOWN, "ACME", SubjectKind.TICKET,
    )  # fmt: skip
