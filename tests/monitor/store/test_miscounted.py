"""The audit of what is kept of open clocks: it finds every difference from the rows, and then nothing is published."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alerts.decide import audit
from monitor.model import SubjectKey
from monitor.snapshot import FindingKind
from monitor.store import Auditing, Erasing, OfName, aggregating, beside
from monitor.store.database import Database
from monitor.store.schema import readings, subjects
from monitor.text import Mentions
from tests.support.aggregates import from_rows, kept
from tests.support.cases import at
from tests.support.counted_world import World
from tests.support.desk import SETTINGS


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    it = Database(f"sqlite:///{tmp_path}/store.db")
    world = World(it)
    for number in range(5):
        world.hear(number, 0, number % 3, number % 2, 0)
    world.circuit(0, 1, 1)
    world.work(70)
    kept(it)
    yield it
    it.close()


def behind(database: Database, statement: sa.Executable) -> None:
    """A change of which nobody is told."""
    with database.write() as connection:
        assert connection.execute(statement).rowcount == 1


def one_open(connection: sa.Connection) -> sa.ColumnElement[bool]:
    row = connection.execute(sa.select(readings).where(readings.c.open & readings.c.deadline.is_not(None))).first()
    assert row is not None
    same = (readings.c.subject == row.subject) & (readings.c.target == row.target) & (readings.c.cycle == row.cycle)
    return same & (readings.c.source == row.source)


OF_A_CIRCUIT = readings.c.source == "circuits"
"""The one clock of circuits: an allowance of which nothing is used."""

CHANGES: tuple[Callable[[sa.ColumnElement[bool]], sa.Executable], ...] = (
    lambda which: sa.delete(readings).where(which),
    lambda which: sa.update(readings).where(which).values(tier="elsewhere"),
    lambda which: sa.update(readings).where(which).values(state="paused"),
    lambda which: sa.update(readings).where(which).values(deadline=at(99)),
    lambda which: sa.update(readings).where(which).values(exhausted_at=at(99)),
    lambda which: sa.update(readings).where(which).values(open=False),
    lambda _: sa.update(readings).where(OF_A_CIRCUIT).values(counted=timedelta(minutes=1), used=60_000_000),
    lambda _: sa.update(readings).where(OF_A_CIRCUIT).values(budget=timedelta(minutes=1)),
    lambda _: sa.update(subjects).where(subjects.c.circuit_state.is_not(None)).values(circuit_state="available"),
    lambda _: sa.update(subjects).where(subjects.c.subject == "T0").values(attributes={"guarded": "elsewhere"}),
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_difference_is_found_and_everything_is_counted_anew(
    database: Database, change: Callable[[sa.ColumnElement[bool]], sa.Executable]
) -> None:
    auditing = Auditing(database)
    assert auditing.miscounted(at(20)) == ()
    with database.read() as connection:
        which = one_open(connection)
    behind(database, change(which))
    found = auditing.miscounted(at(20))
    assert {one.kind for one in found} == {FindingKind.MISCOUNTED}
    assert database.kept.counted() is None, "nothing more is said of what is wrong"
    assert auditing.miscounted(at(21)) == ()
    assert kept(database) == from_rows(database)
    assert auditing.miscounted(at(22)) == ()


def test_it_compares_a_part_at_a_time_and_comes_to_each(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aggregating, "COMPARED", 1)
    with database.read() as connection:
        behind(database, sa.update(readings).where(one_open(connection)).values(deadline=at(99)))
    parts = len(kept(database).groups)
    assert parts > 3
    auditing = Auditing(database)
    found = [len(auditing.miscounted(at(20))) for _ in range(parts)]
    assert sum(found) == 1, found


def test_nobody_is_called_for_a_wrong_count(database: Database) -> None:
    with database.read() as connection:
        behind(database, sa.delete(readings).where(one_open(connection)))
    found = Auditing(database).miscounted(at(20))
    assert found
    assert audit.undelivered(found, (), SETTINGS, at(20)) == ()
    assert audit.by_kind(found)[FindingKind.MISCOUNTED] == len(found)


def test_an_erasure_beside_the_program_changes_no_count(tmp_path: Path) -> None:
    """Even that of a name that a guarded period has, too."""
    database = Database(f"sqlite:///{tmp_path}/store.db")
    world = World(database)
    for number in range(3):
        world.hear(number, 0, 1, 0, 0)
    world.work(70)
    before = kept(database)
    assert before.guarded
    whole = {SubjectKey("tickets", f"T{number}"): frozenset({"fields.customer"}) for number in range(3)}
    with closing(beside(f"sqlite:///{tmp_path}/store.db")) as other:
        Erasing(other).erase(OfName(Mentions(("congress",)), at(20), free=whole), "wang", "", "asked", at(20))
    assert kept(database) == before == from_rows(database)
    database.close()
