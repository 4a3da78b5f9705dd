"""How far an exporter has come is never ahead of what it has sent, whatever becomes of the rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from monitor.store.database import Database
from monitor.store.exports import DROPPED, MOST_REFUSED, POINTS, REJECTED, Exports, Sent, StoredTransition, note_unsent
from monitor.store.schema import counters, export_spool, transitions
from monitor.store.schema import exports as exports_table
from tests.support.transitions import AT, many, row, store

NAME = "history"


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


@pytest.fixture
def exports(database: Database) -> Exports:
    made = Exports(database)
    made.begin([NAME])
    return made


def send(exports: Exports, limit: int = 100) -> list[StoredTransition]:
    rows = exports.after(NAME, limit)
    if rows:
        exports.note(NAME, Sent(len(rows)), AT)
        exports.advance(NAME, rows[-1])
    return rows


def delete(database: Database, *ids: int) -> None:
    with database.write() as connection:
        connection.execute(sa.delete(transitions).where(transitions.c.id.in_(ids)))


def counted(database: Database, name: str, **labels: str) -> float:
    with database.read() as connection:
        found = connection.execute(sa.select(counters).where(counters.c.name == name)).all()
    return sum(one.value for one in found if one.labels == {"exporter": NAME, **labels})


def ids(rows: list[StoredTransition]) -> list[int]:
    return [each.id for each in rows]


def dated(number: int) -> list[StoredTransition]:
    """Rows that were recorded a second apart."""
    return [each._replace(recorded_at=AT + timedelta(seconds=each.id)) for each in many(number)]


# -- the position ----------------------------------------------------------------------------------------------------


def test_rows_are_sent_in_order_and_once(database: Database, exports: Exports) -> None:
    rows = many(7)
    store(database, rows)
    assert send(exports, 5) + send(exports, 5) == rows
    assert send(exports) == []
    assert counted(database, POINTS) == 7


def test_a_new_exporter_begins_behind_what_is_stored_and_an_old_one_where_it_was(database: Database) -> None:
    exports = Exports(database)
    store(database, many(3))
    exports.begin([NAME])
    store(database, [row(4)])
    exports.begin([NAME, "other"])
    assert ids(exports.after(NAME, 9)) == [4]
    assert exports.after("other", 9) == []


def test_the_first_row_of_an_empty_store_is_sent(database: Database, exports: Exports) -> None:
    store(database, [row(1)])
    assert ids(send(exports)) == [1]


def test_what_was_not_noted_is_sent_again(database: Database, exports: Exports) -> None:
    store(database, many(3))
    exports.after(NAME, 9)
    assert ids(send(exports)) == [1, 2, 3]


def test_a_newest_number_that_is_given_again_is_not_taken_for_the_one_that_was_sent(
    database: Database, exports: Exports
) -> None:
    store(database, dated(5))
    send(exports)
    delete(database, 4, 5)
    later = AT + timedelta(hours=1)
    store(database, [row(4, recorded_at=later), row(5, recorded_at=later)])
    assert ids(send(exports)) == [4, 5]
    assert send(exports) == []


def test_when_the_newest_row_goes_nothing_is_looked_for_again_and_again(database: Database, exports: Exports) -> None:
    store(database, dated(5))
    send(exports)
    delete(database, 5)
    assert send(exports) == []
    store(database, [row(5, recorded_at=AT + timedelta(hours=1))])
    assert ids(send(exports)) == [5]


def test_when_all_rows_go_the_next_one_is_sent(database: Database, exports: Exports) -> None:
    store(database, many(2))
    send(exports)
    delete(database, 1, 2)
    assert send(exports) == []
    store(database, [row(1, recorded_at=AT + timedelta(hours=1))])
    assert ids(send(exports)) == [1]


def test_a_row_that_comes_after_a_clock_was_set_back_is_sent_though_the_last_one_is_gone(
    database: Database, exports: Exports
) -> None:
    store(database, dated(3))
    send(exports)
    store(database, [row(4, recorded_at=AT - timedelta(days=1))])
    delete(database, 3)
    assert ids(send(exports)) == [4]


@pytest.fixture(scope="module")
def shared() -> Iterator[Database]:
    """One database for all examples of a property: to make one takes longer than an example."""
    made = Database("sqlite://")
    yield made
    made.close()


def emptied(database: Database) -> Exports:
    with database.write() as connection:
        for table in (transitions, exports_table, export_spool):
            connection.execute(sa.delete(table))
    made = Exports(database)
    made.begin([NAME])
    return made


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.just("send"), st.integers(1, 5)),
        st.tuples(st.just("delete"), st.integers(0, 9)),
    ),
    max_size=30,
)


@given(STEPS)
def test_every_row_is_sent_that_is_not_deleted_before(shared: Database, steps: list[tuple[str, int]]) -> None:
    database, exports = shared, emptied(shared)
    there: dict[int, str] = {}
    sent, gone, made = set[str](), set[str](), 0
    for what, number in [*steps, ("send", 1000)]:
        if what == "add":
            for _ in range(number):
                made += 1
                id_ = max(there, default=0) + 1  # as SQLite numbers them
                there[id_] = f"s{made}"
                fresh = row(id_)._replace(subject=there[id_], recorded_at=AT + timedelta(seconds=made))
                store(database, [fresh])
        elif what == "send":
            sent |= {each.subject for each in send(exports, number)}
        elif there:
            id_ = sorted(there)[number % len(there)]
            gone.add(there.pop(id_))
            delete(database, id_)
    while more := send(exports):
        sent |= {each.subject for each in more}
    assert {f"s{each}" for each in range(1, made + 1)} - gone <= sent


def test_what_is_deleted_before_it_was_sent_is_counted(database: Database, exports: Exports) -> None:
    store(database, many(3))
    send(exports, 1)
    with database.write() as connection:
        note_unsent(connection, transitions.c.source == "desk")
    assert counted(database, DROPPED, kind="transitions") == 2


def test_about_how_many_wait(database: Database, exports: Exports) -> None:
    store(database, many(6))
    send(exports, 2)
    exports.spool(NAME, b"x" * 10, 3, 100)
    assert exports.waiting({NAME: 0, "unknown": 0}) == {NAME: (4, 10), "unknown": (0, 0)}
    assert exports.waiting({NAME: 5}) == {NAME: (1, 10)}, "of those that were sent and are not settled none waits"
    assert exports.waiting({}) == {}


def test_history_is_read_in_portions_by_when_it_happened(database: Database, exports: Exports) -> None:
    old = [row(number, at=AT - timedelta(days=2)) for number in (1, 3)]
    new = [row(number) for number in (2, 4, 5)]
    store(database, sorted(old + new, key=lambda each: each.id))
    assert [ids(portion) for portion in exports.since(AT, 2)] == [[2, 4], [5]]
    assert exports.number_since(AT) == 3


# -- the spool -------------------------------------------------------------------------------------------------------


def bodies(exports: Exports) -> list[bytes]:
    found = []
    while (waiting := exports.oldest(NAME)) is not None:
        found.append(waiting.body)
        exports.unspool(NAME, waiting, Sent(1), AT)
    return found


def test_the_oldest_is_sent_first_and_dropped_first(database: Database, exports: Exports) -> None:
    for number in range(5):
        exports.spool(NAME, b"%d" % number * 10, 7, 30)
    assert exports.waiting({NAME: 0})[NAME][1] == 30
    assert counted(database, DROPPED, kind="aggregates") == 14
    assert bodies(exports) == [b"2" * 10, b"3" * 10, b"4" * 10]
    assert exports.waiting({NAME: 0})[NAME][1] == 0


def test_a_look_that_is_larger_than_the_spool_is_dropped_and_so_is_all_with_no_spool(
    database: Database, exports: Exports
) -> None:
    exports.spool(NAME, b"x" * 31, 9, 30)
    exports.spool(NAME, b"x", 1, 0)
    assert bodies(exports) == []
    assert counted(database, DROPPED, kind="aggregates") == 10
    assert exports.waiting({NAME: 0})[NAME][1] == 0


def test_what_waits_for_an_exporter_that_is_gone_is_dropped_and_its_position_stays(
    database: Database, exports: Exports
) -> None:
    store(database, many(2))
    send(exports)
    exports.spool(NAME, b"x", 4, 30)
    assert exports.begin([]) == (NAME,)
    assert counted(database, DROPPED, kind="aggregates") == 4
    store(database, [row(3)])
    assert exports.begin([NAME]) == ()
    assert ids(exports.after(NAME, 9)) == [3]


@given(st.lists(st.integers(0, 50), max_size=30))
def test_no_more_than_allowed_ever_waits(shared: Database, sizes: list[int]) -> None:
    database, exports = shared, emptied(shared)
    for size in sizes:
        exports.spool(NAME, b"x" * size, 1, 100)
        with database.read() as connection:
            waiting = list(connection.scalars(sa.select(export_spool.c.size)))
        assert sum(waiting) == exports.waiting({NAME: 0})[NAME][1] <= 100


# -- what is refused -------------------------------------------------------------------------------------------------


def test_refused_points_are_kept_with_the_reason_the_newest_first(database: Database, exports: Exports) -> None:
    exports.note(NAME, Sent(5, 2, [("point one", "because"), ("point two", "of that")]), AT)
    assert [(each.point, each.reason, each.at) for each in exports.refused([NAME])] == [
        ("point two", "of that", AT), ("point one", "because", AT),
    ]  # fmt: skip
    assert (counted(database, POINTS), counted(database, REJECTED)) == (5, 2)


def test_only_so_many_are_kept(exports: Exports) -> None:
    exports.note(NAME, Sent(0, 1, [("the first", "x")]), AT)
    exports.note(NAME, Sent(0, 3000, [(f"p{number}", "x") for number in range(3_000)]), AT)
    kept = exports.refused([NAME])
    assert len(kept) == MOST_REFUSED
    assert kept[0].point == "p2999"
