"""Records that are set aside: listed page by page, retried once, dropped for good, each on record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.history.batch import Batch
from monitor.history.events import Event, Reject
from monitor.listing import (
    NotDone,
    QuarantinedRecord,
    RecordPlace,
    RecordQuery,
    Retried,
    Standing,
)
from monitor.model import SubjectKey, SubjectKind
from monitor.store import statements
from monitor.store.actions import Action
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.pruning import Pruning
from monitor.store.quarantine_records import QuarantineRecords
from monitor.store.quarantining import NOT_WHOLE, SEEN_EVERY
from monitor.store.schema import actions, events, quarantine, touched
from monitor.store.trail import Trail
from monitor.store.views import Views
from tests.support.asked import asked
from tests.support.cases import at
from tests.support.stores import batch

NOW, FIRST = at(10), at(1)
BAD = Reject("tickets", "line 4", "bad_time", "line 4: no date", '{"x": 1}')


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/store.db")
    yield made
    made.close()


def event(subject: str = "T1", event_id: str = "e1", when: datetime = FIRST) -> Event:
    return Event("tickets", event_id, SubjectKind.TICKET, subject, when, status="new")


def bring(database: Database, *rejects: Reject, hour: float = 2) -> None:
    Ingest(database).commit_batch("tickets", batch(rejects=rejects), at(hour))


def number_of(database: Database, record: str = "line 4") -> int:
    with database.read() as connection:
        found = connection.scalar(sa.select(quarantine.c.id).where(quarantine.c.record_id == record))
    assert found is not None
    return found


def reads(*found: Event, rejects: tuple[Reject, ...] = ()):  # type: ignore[no-untyped-def]
    return lambda record, body: Batch(found, rejects, {})


def never(record: QuarantinedRecord, body: str) -> Batch:
    raise AssertionError("nothing is read again")


def noted(database: Database) -> list[tuple[str, str, str]]:
    with database.read() as connection:
        rows = connection.execute(sa.select(actions).order_by(actions.c.id)).all()
    return [(row.kind, row.author, row.about) for row in rows]


def test_a_record_that_can_be_read_now_counts_and_leaves_quarantine(database: Database) -> None:
    bring(database, BAD)
    records, number = QuarantineRecords(database), number_of(database)
    done = records.retry(number, reads(event()), "lin", "zone was added", NOW)
    assert (done.result, done.events) == (Retried.READ, 1)
    assert [one.event_id for one in Views(database).events_of(SubjectKey("tickets", "T1"))] == ["e1"]
    found = records.find(number)
    assert found is not None
    assert (found.record.standing, found.record.resolved_at) == (Standing.MENDED, NOW)
    assert [(deed.author, deed.reason, deed.result) for deed in found.deeds] == [("lin", "zone was added", "read")]
    (entry,) = [one for one in Trail(database).entries(None, at(99)) if one.kind == Action.RECORD_RETRIED]
    assert (entry.who, entry.about, entry.detail["reason"]) == ("lin", "tickets/line 4", "zone was added")
    assert (entry.detail["was"], entry.detail["events"]) == ("bad_time", 1)


def test_a_retry_marks_the_subject_to_be_judged(database: Database) -> None:
    bring(database, BAD)
    QuarantineRecords(database).retry(number_of(database), reads(event()), "lin", "why", NOW)
    with database.read() as connection:
        assert connection.scalars(sa.select(touched.c.subject)).all() == ["T1"]


def test_a_record_is_retried_once_however_often_that_is_asked_for(database: Database) -> None:
    bring(database, BAD)
    records, number = QuarantineRecords(database), number_of(database)
    together, results = Barrier(2), []

    def reread(record: QuarantinedRecord, body: str) -> Batch:
        together.wait(60)  # both have found it in quarantine by now
        return Batch((event(),), (), {})

    both = [
        Thread(target=lambda: results.append(records.retry(number, reread, "lin", "why", NOW).result)) for _ in range(2)
    ]
    for one in both:
        one.start()
    for one in both:
        one.join(60)
    assert sorted(results) == sorted([Retried.READ, NotDone.OVER])
    assert records.retry(number, never, "lin", "why", NOW).result is NotDone.OVER
    assert noted(database) == [("record_retried", "lin", "tickets/line 4")]
    with database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(events)) == 1


def test_what_cannot_be_read_still_stays_and_says_why_now(database: Database) -> None:
    bring(database, BAD)
    records, number = QuarantineRecords(database), number_of(database)
    again = Reject("tickets", "line 4", "bad_time", "line 4: another sentence", BAD.body)
    done = records.retry(number, reads(rejects=(again,)), "lin", "why", NOW)
    assert (done.result, done.detail) == (Retried.STILL, "line 4: another sentence")
    found = records.find(number)
    assert found is not None
    assert (found.record.standing, found.record.detail, found.record.last_seen) == (
        Standing.WAITING, "line 4: another sentence", NOW,
    )  # fmt: skip
    assert [deed.result for deed in found.deeds] == ["still_unusable"]


def test_what_is_refused_for_another_reason_stands_for_that_one(database: Database) -> None:
    bring(database, BAD)
    other = Reject("tickets", "line 4", "malformed", "line 4: no id", BAD.body)
    records = QuarantineRecords(database)
    assert records.retry(number_of(database), reads(rejects=(other,)), "lin", "w", NOW).result is Retried.READ
    assert [one.reason for one in records.page(RecordQuery(), 9).rows] == ["malformed"]


def test_a_dated_record_is_taken_in_once_its_time_has_come_and_not_before(database: Database) -> None:
    future = Reject("tickets", "e9", "future", "ahead", rejudge_at=at(9), event=event(event_id="e9", when=at(9)))
    bring(database, future)
    records, number = QuarantineRecords(database), number_of(database, "e9")
    assert records.retry(number, never, "lin", "why", at(8)).result is NotDone.TOO_EARLY
    assert noted(database) == []
    assert records.retry(number, never, "lin", "why", at(9)).result is Retried.READ
    assert Ingest(database).rejudge(at(9)) == 0, "it is not taken in once more"


def test_a_word_that_was_not_understood_has_its_subject_judged_from_that_word_on(database: Database) -> None:
    Ingest(database).commit_batch("tickets", batch(event()), at(2))
    with database.write() as connection:
        connection.execute(sa.delete(touched))
    bring(database, Reject("tickets", "e1", "unknown_status", "T1: x", subject="T1"))
    done = QuarantineRecords(database).retry(number_of(database, "e1"), never, "lin", "mapped", NOW)
    assert done.result is Retried.JUDGED
    with database.read() as connection:
        row = connection.execute(sa.select(touched)).one()
    assert (row.subject, row.earliest, row.not_before) == ("T1", at(1), None)


@pytest.mark.parametrize(
    ("reject", "why"),
    [
        *((Reject("tickets", "line 4", reason, "d", "{}"), NotDone.WHOLE_LIST) for reason in NOT_WHOLE),
        (Reject("tickets", "line 4", "text_repaired", "d", "{}", subject="T1"), NotDone.COUNTS),
        (Reject("tickets", "line 4", "too_many", "d", "{}"), NotDone.COUNTS),
        (Reject("tickets", "line 4", "too_late", "d", "{}"), NotDone.TOO_LATE),
        (Reject("tickets", "line 4", "unknown_word", "d"), NotDone.NO_TEXT),
        (Reject("tickets", "line 4", "defect", "d", subject="T9"), NotDone.NO_SUBJECT),
    ],
)
def test_what_cannot_be_retried_is_refused_with_its_reason(database: Database, reject: Reject, why: NotDone) -> None:
    bring(database, reject)
    records, number = QuarantineRecords(database), number_of(database)
    assert records.retry(number, never, "lin", "why", NOW).result is why
    assert noted(database) == []
    assert records.retry(number + 1, never, "lin", "why", NOW).result is NotDone.UNKNOWN


def test_a_reader_that_cannot_read_it_says_so_and_nothing_is_written(database: Database) -> None:
    bring(database, BAD)
    done = QuarantineRecords(database).retry(
        number_of(database), lambda *_: NotDone.NOT_READABLE_APART, "lin", "why", NOW
    )
    assert done.result is NotDone.NOT_READABLE_APART
    assert noted(database) == []


def test_a_dropped_record_stays_out_while_its_source_brings_the_same(database: Database) -> None:
    bring(database, BAD)
    records, number = QuarantineRecords(database), number_of(database)
    assert records.drop(number, "lin", "a test of the vendor", at(3)) is None
    assert noted(database) == [("record_dropped", "lin", "tickets/line 4")]
    for hour in (4, 4 + 3 * SEEN_EVERY / timedelta(hours=1)):
        bring(database, BAD, hour=hour)
        assert records.page(RecordQuery(), 9).rows == []
        assert Views(database).quarantined() == {}
    found = records.find(number)
    assert found is not None
    assert (found.record.standing, found.record.last_seen) == (Standing.DROPPED, at(76))
    assert found.body == BAD.body
    assert records.drop(number, "lin", "again", NOW) is NotDone.OVER
    assert records.drop(number + 1, "lin", "again", NOW) is NotDone.UNKNOWN


def test_a_dropped_name_that_says_something_else_is_set_aside_anew(database: Database) -> None:
    bring(database, BAD)
    records, number = QuarantineRecords(database), number_of(database)
    records.drop(number, "lin", "why", at(3))
    bring(database, Reject("tickets", "line 4", "bad_time", "line 4: no date", '{"x": 2}'), hour=5)
    found = records.find(number)
    assert found is not None
    assert (found.record.standing, found.record.first_seen, found.body) == (Standing.WAITING, at(5), '{"x": 2}')


@pytest.mark.parametrize("reason", NOT_WHOLE)
def test_what_stands_for_a_whole_list_is_not_dropped(database: Database, reason: str) -> None:
    bring(database, Reject("tickets", "line 4", reason, "d"))
    assert QuarantineRecords(database).drop(number_of(database), "lin", "why", NOW) is NotDone.WHOLE_LIST
    assert noted(database) == []


def test_a_dropped_record_is_kept_as_long_as_its_source_brings_it(database: Database) -> None:
    bring(database, BAD)
    QuarantineRecords(database).drop(number_of(database), "lin", "why", at(3))
    bring(database, BAD, hour=40)
    assert Pruning(database).prune_quarantine(at(30)) == 0
    assert Pruning(database).prune_quarantine(at(50)) == 1


ROWS = st.lists(
    st.tuples(st.sampled_from(["a", "b", "b/c", "ü"]), st.sampled_from(["bad_time", "future", "x"]), st.booleans()),
    max_size=25,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Database]:
    made = Database("sqlite://")
    yield made
    made.close()


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, limit=st.integers(1, 7), query=st.builds(
    RecordQuery, st.sampled_from(["", "a", "b", "none"]), st.sampled_from(["", "bad_time", "x"])
))  # fmt: skip
def test_pages_hold_what_a_plain_list_holds(
    shared: Database, rows: list[tuple[str, str, bool]], limit: int, query: RecordQuery
) -> None:
    with shared.write() as connection:
        connection.execute(sa.delete(quarantine))
        given_ = [
            {
                "id": n, "source": source, "record_id": f"r{n}", "reason": reason, "subject": "", "detail": "",
                "body": "", "event": None, "first_seen": at(1), "last_seen": at(1), "rejudge_at": None,
                "resolved_at": at(2) if over else None, "dropped_at": None,
            }
            for n, (source, reason, over) in enumerate(rows, 1)
        ]  # fmt: skip
        statements.add(connection, quarantine, given_)
    expected = sorted(
        (
            (row["source"], row["reason"], -row["id"])
            for row in given_
            if row["resolved_at"] is None
            and query.source in ("", row["source"])
            and query.reason in ("", row["reason"])
        ),
    )
    found, after = [], None
    while True:
        page = QuarantineRecords(shared).page(query, limit, after)
        assert page.next is None or len(page.rows) == limit
        found += [(one.source, one.reason, -one.number) for one in page.rows]
        after = page.next
        if after is None:
            break
    assert found == expected


def test_a_page_reads_its_own_rows_by_the_index_of_what_is_open(database: Database) -> None:
    bring(database, *(Reject("tickets", f"r{n}", f"x{n % 3}", "d") for n in range(30)))
    with asked(database) as texts:
        QuarantineRecords(database).page(RecordQuery(), 5, RecordPlace("tickets", "x1", 20))
    with database.read() as connection:
        for text in texts:
            if not text.startswith("SELECT"):
                continue
            marks = (None,) * text.count("?")
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", marks)]
            assert all("quarantine_open" in step for step in plan), plan
            assert not any("TEMP B-TREE" in step for step in plan)
