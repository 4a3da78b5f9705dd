"""Subjects that other rules judged are marked a portion at a time, nearest deadline first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from monitor.clock.engine import Outcome
from monitor.history.batch import Batch
from monitor.service.engine_worker import ASIDE, Worker
from monitor.store.anew import Anew
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.recomputation import LAST, Recomputation
from monitor.store.schema import readings, subjects, touched
from tests.monitor.store.test_query_plans import Heard, whole_reads
from tests.support.by_hand import by_hand
from tests.support.cases import at, rules, ticket
from tests.support.to_all import ToAll

SOURCES = ("tickets",)
NOW = at(20)


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


def worker(database: Database, recomputation: Recomputation | None = None, fails: str = "") -> Worker:
    def decide(outcome: Outcome, *_: object) -> tuple[()]:
        if outcome.subject.key.subject == fails:
            raise ZeroDivisionError
        return ()

    return by_hand(Worker(Clocks(database), rules(), decide, ToAll(), at(0), SOURCES, recomputation=recomputation))


def judged(database: Database, hours: list[int], closed: int = 0, source: str = "tickets") -> None:
    """A ticket for each hour at which it was opened, and some that are closed; all judged by the rules before."""
    told = [ticket(f"T{n}", at(hour), "new", source=source) for n, hour in enumerate(hours)]
    for n in range(closed):
        told += [ticket(f"C{n}", at(1), "new", source=source), ticket(f"C{n}", at(2), "closed", source=source)]
    Ingest(database).commit_batch(source, Batch(tuple(told), (), {}), NOW)
    engine = by_hand(Worker(Clocks(database), rules(), lambda *_: (), ToAll(), at(0), (source,)))
    while engine.step(NOW)[0]:
        pass
    with database.write() as connection:
        connection.execute(sa.update(subjects).values(rules_version="before"))


def marks(database: Database) -> dict[str, int]:
    with database.read() as connection:
        return {row.subject: row.priority for row in connection.execute(sa.select(touched))}


def by_other_rules(database: Database) -> set[str]:
    with database.read() as connection:
        return set(connection.scalars(sa.select(subjects.c.subject).where(subjects.c.rules_version == "before")))


@settings(max_examples=20)
@given(st.lists(st.integers(1, 19), max_size=12), st.integers(0, 4), st.integers(1, 9), st.booleans())
def test_every_subject_is_marked_once_whatever_the_portion(
    hours: list[int], closed: int, portion: int, newer: bool
) -> None:
    """The version of the rules may come before or after that of the others in the order of their names."""
    database = Database("sqlite://")
    try:
        judged(database, hours, closed)
        version = "new" if newer else "a new one"
        recomputation, found = Recomputation(database, version, SOURCES, portion), list[str]()
        while number := recomputation.mark():
            now = marks(database)
            assert len(now) == number <= max(portion, 1)
            found += sorted(now, key=lambda name: now[name])
            with database.write() as connection:
                connection.execute(sa.update(subjects).where(subjects.c.subject.in_(now)).values(rules_version=version))
                connection.execute(sa.delete(touched))
        assert recomputation.over
        assert sorted(found) == sorted([*(f"T{n}" for n in range(len(hours))), *(f"C{n}" for n in range(closed))])
    finally:
        database.close()


def test_the_nearest_deadline_is_in_the_first_portion_and_what_has_none_in_the_last(database: Database) -> None:
    judged(database, [9, 3, 7, 1, 5], closed=2)
    recomputation = Recomputation(database, "new", SOURCES, portion=2)
    with database.read() as connection:
        due = dict(
            connection.execute(
                sa.select(readings.c.subject, sa.func.min(sa.type_coerce(readings.c.deadline, sa.BigInteger)))
                .where(readings.c.open)
                .group_by(readings.c.subject)
            ).all()
        )
    assert recomputation.mark() == 2
    assert marks(database) == {"T3": due["T3"], "T1": due["T1"]}
    assert not recomputation.over
    while recomputation.mark():
        pass
    assert marks(database) == {**due, "C0": LAST, "C1": LAST}


def test_the_engine_asks_for_the_next_portion_when_hardly_any_wait(database: Database) -> None:
    judged(database, list(range(1, 18)))
    recomputation = Recomputation(database, rules().version, SOURCES, portion=4)
    assert recomputation.mark() == 4
    engine = worker(database, recomputation)
    while engine.step(NOW)[0]:
        assert len(marks(database)) <= 8, "no more is marked than is soon judged"
    assert (by_other_rules(database), marks(database), recomputation.over) == (set(), {}, True)


def test_a_program_that_ends_in_between_goes_on_after_its_next_start(database: Database) -> None:
    judged(database, list(range(1, 12)))
    version = rules().version
    first = Recomputation(database, version, SOURCES, portion=3)
    first.mark()
    worker(database, first).step(NOW)
    assert by_other_rules(database)
    assert Anew(database).left(version, SOURCES)
    engine = worker(database, Recomputation(database, version, SOURCES, portion=3))
    while engine.step(NOW)[0]:
        pass
    assert by_other_rules(database) == set()
    assert not Anew(database).left(version, SOURCES)


def test_a_subject_on_which_our_own_code_fails_is_tried_once_by_other_rules(database: Database) -> None:
    judged(database, [1, 2, 3, 4, 5])
    engine = worker(database, Recomputation(database, rules().version, SOURCES, portion=2), fails="T2")
    with capture_logs() as logs:
        while engine.step(NOW)[0]:
            pass
    assert [line["event"] for line in logs] == ["subject_set_aside"]
    assert by_other_rules(database) == {"T2"}
    with capture_logs() as logs:
        other = worker(database, Recomputation(database, rules().version, SOURCES, portion=2))
        while other.step(NOW)[0]:
            pass
    assert (logs, by_other_rules(database)) == ([], set())
    assert other.next_due() != NOW + ASIDE


def test_a_source_that_is_not_configured_is_left_alone(database: Database) -> None:
    judged(database, [1, 2, 3])
    recomputation = Recomputation(database, "new", ("others",), portion=1)
    assert (recomputation.mark(), recomputation.over) == (0, True)
    assert not Anew(database).left("new", ("others",))


def test_groups_are_not_ready_while_members_are_still_to_be_marked(database: Database) -> None:
    judged(database, list(range(1, 10)))
    recomputation = Recomputation(database, rules().version, SOURCES, portion=2)
    engine = worker(database, recomputation)
    engine.groups._there = True
    assert engine.groups.next_due() is None
    while not recomputation.over:
        assert not engine.groups._ready()
        engine.step(NOW)
    while engine.step(NOW)[0]:
        pass
    assert engine.groups._ready()


def test_no_portion_reads_all_subjects(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/store.db")
    judged(database, [1 + n % 18 for n in range(60)], closed=20)
    heard = Heard(database._engine)
    recomputation = Recomputation(database, "new", SOURCES, portion=7)
    while recomputation.mark():
        pass
    Anew(database).left("new", SOURCES)
    Anew(database).breached()
    with database.read() as connection:
        found = [
            plan for one in list(heard.statements.values()) for plan in whole_reads(connection, one.text, one.given)
        ]
    assert [plan for table, plan in found if table in ("subjects", "readings", "events")] == []
    database.close()


def test_time_alone_takes_no_portion(database: Database) -> None:
    """Nothing is marked of subjects that these rules have judged."""
    judged(database, [1, 2])
    with database.write() as connection:
        connection.execute(sa.update(subjects).values(rules_version=rules().version))
    engine = worker(database, Recomputation(database, rules().version, SOURCES, portion=1))
    assert engine.step(NOW) == (0, False)
    assert engine.step(NOW + timedelta(minutes=1)) == (0, False)
