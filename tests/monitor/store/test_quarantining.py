"""Records are set aside by a number of statements that does not depend on how many they are."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.history.events import Reject
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome
from monitor.store.quarantining import NOT_WHOLE, SEEN_EVERY
from monitor.store.schema import quarantine
from monitor.store.views import Views
from tests.support.asked import asked
from tests.support.cases import at
from tests.support.stores import batch, counted

REASONS = ("no_status", "bad_time", *NOT_WHOLE)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/store.db")
    yield made
    made.close()


def rejects(number: int, first: int = 0) -> tuple[Reject, ...]:
    return tuple(
        Reject("tickets", f"r{n}", REASONS[n % 2], f"record {n}", "{}", subject=f"T{n}")
        for n in range(first, first + number)
    )


def statements(database: Database, given_: tuple[Reject, ...], hour: float) -> list[str]:
    with asked(database) as found:
        Ingest(database).commit_batch("tickets", batch(rejects=given_), at(hour))
    return found


@pytest.mark.parametrize("number", [2, 1_000])
def test_as_many_statements_for_a_thousand_as_for_two(database: Database, number: int) -> None:
    """A batch has no more than a thousand."""
    assert len(statements(database, rejects(number), 1)) == 7
    assert sum(Views(database).quarantined().values()) == number
    assert counted(database, "tierwatch_quarantined_total") == number


def test_the_same_rejects_again_write_nothing(database: Database) -> None:
    for first in (0, 1_000, 2_000):
        statements(database, rejects(1_000, first), 1)
    for first in (0, 1_000, 2_000):
        again = statements(database, rejects(1_000, first), 2)
        assert [text for text in again if not text.startswith("SELECT")] == [again[-1]]
        assert again[-1].startswith("INSERT INTO cursors"), "the position of the source"
        assert len(again) == 4
    assert counted(database, "tierwatch_quarantined_total") == 3_000


def test_that_a_record_is_still_there_is_written_once_a_day(database: Database) -> None:
    for hours in (0, 23.9, 24, 25, 47.9, 48):
        statements(database, rejects(3), 1 + hours)
    with database.read() as connection:
        seen = connection.execute(sa.select(quarantine.c.first_seen, quarantine.c.last_seen).distinct()).all()
    assert timedelta(days=1) == SEEN_EVERY
    assert [tuple(row) for row in seen] == [(at(1), at(49))]


@settings(max_examples=30)
@given(
    polls=st.lists(
        st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.sampled_from(REASONS)), max_size=6), max_size=6
    )
)
def test_what_is_in_quarantine_is_what_one_by_one_would_have_left(polls: list[list[tuple[str, str]]]) -> None:
    """The model: a dictionary that takes each record by itself. Every poll ends well and shows no ticket."""
    database = Database("sqlite://")
    store, known, new = Ingest(database), dict[tuple[str, str], str](), 0
    for number, records in enumerate(polls):
        begins, ends = at(1 + number), at(1.5 + number)
        told = tuple(Reject("tickets", name, why, f"{number} {name}") for name, why in records)
        store.commit_batch("tickets", batch(rejects=told), begins)
        store.commit_poll("tickets", PollOutcome(ends, ends, began=begins))
        for reject in told:
            if (reject.record_id, reject.reason) not in known:
                new += 1
                known[reject.record_id, reject.reason] = reject.detail
        standing = {name for name in known if name[1] not in NOT_WHOLE or name in set(records)} & known.keys()
        assert rows(database) == {name: (detail, name in standing) for name, detail in known.items()}
    assert counted(database, "tierwatch_quarantined_total") == new
    database.close()


def rows(database: Database) -> dict[tuple[str, str], tuple[str, bool]]:
    with database.read() as connection:
        return {
            (row.record_id, row.reason): (row.detail, row.resolved_at is None)
            for row in connection.execute(sa.select(quarantine))
        }
