"""Silences on a real store: what they hold, and what is let go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide.routing import silence_of
from alerts.decide.silences import silencing
from monitor.alert.alert import Alert, SilenceRow
from monitor.listing import SilencePlace
from monitor.store.schema import outbox
from monitor.store.silencing import Silences
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.switchboard import PHONE, WALL, Switchboard, switchboard


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Switchboard]:
    with switchboard(tmp_path, cases.RESTORATION) as made:
        yield made


def silence(name: str = "s1", *matchers: str, since: float = 0, until: float = 9) -> SilenceRow:
    return SilenceRow(name, matchers or ("tier=gold",), at(since), at(until), "lin", "works")


def add(board: Switchboard, row: SilenceRow, now: float = 0) -> int:
    return Silences(board.database).add(row, at(now), silence_of(row).fits)


def end(board: Switchboard, name: str, now: float) -> int:
    store = Silences(board.database)
    rows = [row for row in store.active(at(now)) if row.id != name]

    def other(alert: Alert) -> SilenceRow | None:
        found = silencing(alert, map(silence_of, rows), at(now))
        return None if found is None else next(row for row in rows if row.id == found.id)

    return store.end(name, at(now), other)


def held(board: Switchboard) -> set[str]:
    with board.database.read() as connection:
        return set(connection.scalars(sa.select(outbox.c.held_by).where(outbox.c.closed_at.is_(None))))


def fault(name: str, hours: float = 0, tier: str = "gold"):
    return ticket(name, at(hours), "working", tier=tier, circuit=f"C of {name}")


def test_what_is_stored_is_what_was_said(board: Switchboard) -> None:
    store, row = Silences(board.database), silence("s1", "tier=gold", 'customer=~"Bank .*"', since=1)
    later = silence("s0", since=2)
    add(board, later)
    add(board, row)
    assert store.all() == (row, later)
    assert store.find("s1") == row
    assert store.find("s9") is None
    assert store.active(at(0.9)) == ()
    assert store.active(at(1)) == (row,)
    assert store.active(at(9)) == ()


def test_ending_a_silence_early_tells_at_once_what_it_held(board: Switchboard) -> None:
    add(board, silence())
    board.hear(fault("T1"))
    board.work(at(3))
    assert board.told(PHONE, at(3)) == board.told(WALL, at(3)) == []
    assert end(board, "s1", 3.2) == 2
    assert board.told(PHONE, at(3.2)) == ["+T1/restore/used_75 first"]
    assert board.told(WALL, at(3.2)) == ["+T1/restore/used_75 first"]
    assert Silences(board.database).active(at(3.2)) == ()


def test_what_another_silence_withholds_too_waits_for_that_one(board: Switchboard) -> None:
    add(board, silence("s1", "tier=gold", until=9))
    add(board, silence("s2", "ticket=T1", until=5))
    board.hear(fault("T1"), fault("T2"))
    board.work(at(3))
    assert end(board, "s1", 3.2) == 2  # T2, by two channels
    assert board.told(PHONE, at(3.2)) == ["+T2/restore/used_75 first"]
    assert held(board) == {"", "silenced/s2"}
    assert board.told(PHONE, at(4.99)) == []
    assert board.told(PHONE, at(5)) == ["+T1/restore/used_75 first"]


def test_a_longer_silence_takes_over_what_a_shorter_one_holds(board: Switchboard) -> None:
    add(board, silence("s1", until=3.5))
    board.hear(fault("T1"), fault("T2"))
    board.work(at(3))
    assert add(board, silence("s2", "ticket=T1", since=3.4, until=6), 3.1) == 2
    assert add(board, silence("s3", "ticket=T2", since=4, until=6), 3.1) == 0  # there is a gap between the two
    assert board.told(PHONE, at(3.5)) == ["+T2/restore/used_75 first"]
    assert board.told(PHONE, at(6)) == ["+T1/restore/used_75 first"]


def test_a_silence_that_has_not_begun_never_begins(board: Switchboard) -> None:
    add(board, silence(since=2, until=5))
    assert end(board, "s1", 1) == 0
    assert Silences(board.database).active(at(2)) == Silences(board.database).active(at(3)) == ()


def test_ending_one_silence_leaves_what_others_hold(board: Switchboard) -> None:
    add(board, silence("s1", "ticket=T1"))
    add(board, silence("s2", "ticket=T2"))
    board.hear(fault("T1"), fault("T2"))
    board.work(at(3))
    assert end(board, "s2", 3.1) == 2
    assert board.told(PHONE, at(3.1)) == ["+T2/restore/used_75 first"]


def test_what_fires_is_given_with_the_deadline_of_its_clock(board: Switchboard) -> None:
    board.hear(fault("T1"), fault("T2", 0, "diamond"), fault("T3", 0, "standard"))
    board.work(at(3))
    store = Silences(board.database)
    firing = {(str(alert.subject), alert.stage): due for alert, due in store.firing().alerts}
    assert firing == {("tickets/T1", "used_75"): at(4), ("tickets/T2", "breached"): at(2)}
    assert [due for _, due in store.firing({"gold"}).alerts] == [at(4)]
    assert store.firing(frozenset()).alerts == []


def test_the_alert_that_is_told_for_a_cause_stands_by_its_key(board: Switchboard) -> None:
    board.hear(*(ticket(name, at(0), "working", tier="gold", circuit="C1") for name in ("T1", "T2")))
    board.work(at(3))
    firing = Silences(board.database).firing({"gold"})
    assert len(firing.alerts) == 2
    assert [(key, alert.labels["root_cause"]) for key, alert in firing.instead.items()] == [("circuit/C1", "cause1")]
    board.hear(*(ticket(name, at(3.1), "resolved") for name in ("T1", "T2")))
    board.work(at(3.1))
    assert Silences(board.database).firing({"gold"}).instead == {}


def once(board: Switchboard, row: SilenceRow, now: float, within: timedelta = timedelta(0)) -> str:
    return Silences(board.database).add_once(row, at(now), silence_of(row).fits, within).id


def test_what_was_asked_for_twice_is_one_silence_and_what_differs_is_another(board: Switchboard) -> None:
    assert once(board, silence("s1"), 1) == "s1"
    assert once(board, silence("s2"), 1) == "s1"
    assert once(board, silence("s3", since=0.5), 1) == "s1", "both have begun"
    for number, row in enumerate((
        silence(until=8), silence(since=5), silence("x", "tier=diamond"), replace(silence(), author="wang"),
        replace(silence(), reason="other works"), replace(silence(), maintenance=True),
    )):  # fmt: skip
        name = f"n{number}"
        assert once(board, replace(row, id=name), 1) == name
    end(board, "s1", 2)
    assert once(board, silence("s4"), 2) == "s4", "the one before is over"


def test_a_silence_that_ends_a_little_later_is_the_same_for_a_while_only(board: Switchboard) -> None:
    minute = timedelta(minutes=1)
    assert once(board, silence("s1", until=9), 1) == "s1"
    later = replace(silence("s2"), ends_at=at(9) + minute)
    assert once(board, later, 1, minute) == "s1"
    assert once(board, replace(later, ends_at=at(9) + minute + timedelta(seconds=1)), 1, minute) == "s2"
    assert once(board, silence("s3", until=8.99), 1, minute) == "s3", "it ends earlier"


def test_silences_are_listed_page_by_page_and_what_never_began_is_over(board: Switchboard) -> None:
    store = Silences(board.database)
    for number in range(7):
        add(board, silence(f"s{number}", since=number, until=9 + number // 2))
    end(board, "s6", 1)  # it has not begun, and never does
    end(board, "s0", 1)
    for over, names in ((False, ["s1", "s2", "s3", "s4", "s5"]), (True, ["s0", "s6", "s1", "s2", "s3", "s4", "s5"])):
        for limit in (1, 2, 7):
            found: list[str] = []
            after = None
            while True:
                page = store.page(at(2), over, limit, after)
                found += [row.id for row in page.rows]
                after = page.next
                if after is None:
                    break
            assert found == names, (over, limit)


def test_a_page_of_silences_is_found_by_their_end(board: Switchboard) -> None:
    heard: list[str] = []

    def hear(connection: object, cursor: object, statement: str, *rest: object) -> None:
        heard.append(statement)

    engine = board.database._engine
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        Silences(board.database).page(at(2), False, 50, SilencePlace(1, "s"))
        once(board, silence("s1"), 1)
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)
    asked = [statement for statement in heard if statement.lstrip().startswith("SELECT") and "silences" in statement]
    assert len(asked) == 2
    with engine.connect() as connection:
        for statement in asked:
            count = statement.count("?")
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", (1,) * count).all()
            assert any("silences_by_end" in str(row) for row in rows), (statement, rows)
