"""A record in quarantine that names no subject does not come back after a name in it was erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from monitor.history import RAW, Batch
from monitor.history.events import Reject
from monitor.model import SubjectKey
from monitor.store import Database, Erasing, OfName
from monitor.store.ingest import Ingest
from monitor.store.schema import quarantine
from monitor.text import Mentions
from tests.support.cases import MONDAY
from tests.support.stores import batch

NAME = Mentions(("Wang Fang",))


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


def hear(database: Database, *rejects: Reject, source: str = "circuits", hours: int = 0) -> None:
    told: Batch = batch(rejects=rejects)
    Ingest(database).commit_batch(source, told, MONDAY + timedelta(hours=hours))


def malformed(id_: str, text: str, subject: str = "", source: str = "circuits") -> Reject:
    return Reject(source, id_, "malformed", f"no id in {text}", text, subject=subject)


def texts(database: Database) -> dict[str, tuple[str, str]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(quarantine)).all()
    return {row.record_id: (row.detail, row.body) for row in rows}


def erase(database: Database) -> str:
    store = Erasing(database)
    erasure = OfName(NAME, MONDAY, free=store.named_in(NAME))
    return store.erase(erasure, "lin", "a name", "request 1", MONDAY)[0].marker


def test_it_does_not_come_back_with_another_id_and_others_of_the_source_have_no_text(database: Database) -> None:
    hear(database, malformed("a1", "x: Wang Fang"))
    assert Erasing(database).named_in(NAME) == {SubjectKey("circuits", ""): {RAW}}
    marker = erase(database)
    assert texts(database) == {"a1": (f"no id in x: {marker}", marker)}
    hear(database, malformed("a2", "x: Wang Fang, changed"), hours=1)
    assert texts(database)["a2"] == (f"a2: {marker}", marker)
    assert not Erasing(database).named_in(NAME)


def test_records_that_name_a_subject_and_those_of_other_sources_keep_their_texts(database: Database) -> None:
    hear(database, malformed("a1", "x: Wang Fang"))
    erase(database)
    hear(database, malformed("b1", "size: 3", "L1"), hours=1)
    hear(database, malformed("c1", "size: 4", source="others"), source="others", hours=1)
    whole = Reject("circuits", "list of circuits", "list_not_whole", "the list has 3 of 9")
    hear(database, whole, hours=1)
    found = texts(database)
    assert (found["b1"][1], found["c1"][1]) == ("size: 3", "size: 4")
    assert found["list of circuits"][0] == "the list has 3 of 9"


def test_without_an_erasure_nothing_is_replaced(database: Database) -> None:
    hear(database, malformed("a1", "x: Wang Fang"))
    hear(database, malformed("a2", "x: Li Na"), hours=1)
    assert [body for _, body in texts(database).values()] == ["x: Wang Fang", "x: Li Na"]
