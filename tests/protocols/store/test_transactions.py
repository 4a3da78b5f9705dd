"""What every database owes to whoever reads and writes at the same time: snapshots, whole changes, one schema."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Bell
from threading import Lock

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from monitor.alert.alert import Alert, Settlement, Verdict
from monitor.errors import StoreError
from monitor.store import statements
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.schema import events, meta, metadata
from monitor.store.views import Views
from tests.support.cases import at, ticket
from tests.support.peers import HANGING
from tests.support.stores import KEY, QUEUE, SOURCES, Place, batch, counted
from tests.support.to_all import ToAll


def test_migrations_give_exactly_the_schema(database: Database) -> None:
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_an_empty_database_has_every_table_and_its_migrations_are_done_once(place: Place) -> None:
    with place.opened.read() as connection:
        head = MigrationContext.configure(connection).get_current_revision()
        assert sorted(sa.inspect(connection).get_table_names()) == sorted([*metadata.tables, "alembic_version"])
    with place.restart().read() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == head


def test_looking_beside_a_running_program_cannot_write(place: Place) -> None:
    beside = place.beside()
    assert Views(beside).find("T1") == ()
    with pytest.raises(StoreError, match=r"read.?only"), beside.write() as connection:
        connection.execute(sa.text("INSERT INTO meta VALUES ('a', 'b')"))
    beside.close()


def number(connection: sa.Connection) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(events)) or 0


def test_a_reader_sees_one_state_however_long_it_reads(place: Place) -> None:
    ingest = Ingest(place.opened)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(1))
    with place.opened.read() as connection:
        assert number(connection) == 1
        ingest.commit_batch("tickets", batch(ticket("T2", at(2), "new")), at(2))
        assert number(connection) == 1
    with place.opened.read() as connection:
        assert number(connection) == 2


def test_whoever_looks_beside_sees_one_state_at_every_look(place: Place) -> None:
    """It is that of the moment in which it was opened, also while writers go on; what is opened later sees more."""
    ingest = Ingest(place.opened)
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(1))
    beside = place.beside()
    for name in ("T2", "T3"):
        ingest.commit_batch("tickets", batch(ticket(name, at(2), "new")), at(2))
        with beside.read() as connection:
            assert number(connection) == 1
        assert Views(beside).find(name) == ()
    later = place.beside()
    assert [key.subject for key, _ in Views(later).subjects_with_events(["tickets"], 1)] == ["T1", "T2", "T3"]
    beside.close()
    later.close()


def test_a_store_is_closed_when_the_writer_at_work_has_ended_and_nobody_writes_after_it(place: Place) -> None:
    began, go = Bell(), Bell()

    def write() -> None:
        with place.opened.write() as connection:
            statements.put(connection, meta, [{"key": "last", "value": "words"}])
            began.set()
            assert go.wait(HANGING)

    with ThreadPoolExecutor(2) as pool:
        writer = pool.submit(write)
        assert began.wait(HANGING)
        closing = pool.submit(place.opened.close)
        go.set()
        writer.result(60)
        closing.result(60)
    for late in (place.opened.write, place.opened.read):
        with pytest.raises(StoreError, match="is closed, for the program ends"), late():
            pass
    with place.restart().read() as connection:
        assert connection.scalar(sa.select(meta.c.value).where(meta.c.key == "last")) == "words"


def test_a_store_that_is_still_written_is_given_to_nobody_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.store.database.CLOSE_WITHIN", 0.01)
    with place.opened.write() as connection:
        place.opened.close()
        with pytest.raises(StoreError, match="another tierwatch runs on it"):
            Database(place.url)
        statements.put(connection, meta, [{"key": "last", "value": "words"}])
    place.restart()


def test_what_is_not_committed_is_seen_by_nobody_and_an_error_takes_it_back(place: Place) -> None:
    def seen() -> str | None:
        with place.opened.read() as reader:
            found: str | None = reader.scalar(sa.select(meta.c.value).where(meta.c.key == "half"))
        return found

    def fail() -> None:
        with place.opened.write() as connection:
            statements.put(connection, meta, [{"key": "half", "value": "made"}])
            assert seen() is None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert seen() is None


def test_writers_at_the_same_time_lose_nothing(place: Place) -> None:
    """Each batch adds to one counter and to one subject's mark; they all begin together."""
    go = Bell()

    def write(name: int) -> None:
        assert go.wait(HANGING)
        for hour in range(5):
            event = ticket("T1", at(1 + hour / 10 + name / 1000), "working")
            Ingest(place.opened).commit_batch("tickets", batch(event), at(3))

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(write, name) for name in range(4)]
        go.set()
        for each in done:
            each.result(60)
    assert len(Views(place.opened).events_of(KEY)) == 20
    assert counted(place.opened, "tierwatch_events_total") == 20
    (loaded,) = Clocks(place.opened).load([KEY])
    assert loaded.revision == 20
    assert Clocks(place.opened).waiting(at(3), 10, SOURCES) == (KEY,)


def test_two_connections_are_not_handed_the_same_page_at_the_same_time(place: Place) -> None:
    """Each takes one page, then says that its alert is busy: all pages are taken, each once."""
    alerts = [Alert({"alertname": "A", "ticket": f"T{n}"}, {}, at(1)) for n in range(12)]
    Clocks(place.opened).commit_alerts(alerts, ToAll((QUEUE,)), at(1))
    taken: list[str] = []
    lock, go = Lock(), Bell()

    def deliver() -> None:
        assert go.wait(HANGING)
        deliveries = Deliveries(place.opened)
        while True:
            with lock:  # as the connections of a channel do
                pages = deliveries.due_pages("log", at(1), 1, busy=taken)
                taken.extend(page.alert.key for page in pages)
            if not pages:
                return
            deliveries.settle_pages([Settlement(page, Verdict.ACCEPTED, None) for page in pages], at(1))

    with ThreadPoolExecutor(3) as pool:
        done = [pool.submit(deliver) for _ in range(3)]
        go.set()
        for each in done:
            each.result(60)
    assert sorted(taken) == sorted(alert.key for alert in alerts)
    assert counted(place.opened, "tierwatch_alerts_sent_total") == 12


def test_a_row_is_overwritten_kept_or_refused_as_it_is_asked(database: Database) -> None:
    one, other = {"key": "k", "value": "1"}, {"key": "k", "value": "2"}
    value = sa.select(meta.c.value).where(meta.c.key == "k")
    with database.write() as connection:
        statements.put(connection, meta, [one])
        statements.put_new(connection, meta, [other])
        assert connection.scalar(value) == "1"
        statements.put(connection, meta, [other])
        assert connection.scalar(value) == "2"
    with pytest.raises(StoreError), database.write() as connection:
        statements.add(connection, meta, [one])
