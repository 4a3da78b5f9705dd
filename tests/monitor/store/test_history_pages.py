"""The pages of a subject's history have a size, whatever its source writes, and leave out nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.history import Event
from monitor.listing import EventPlace
from monitor.model import SubjectKey, SubjectKind
from monitor.store import Records, statements
from monitor.store import listing_records as module
from monitor.store.database import Database
from monitor.store.ingest import event_row
from monitor.store.schema import events

AT = datetime(2026, 1, 5, tzinfo=UTC)
KEY = SubjectKey("desk", "INC1")


def written(database: Database, number: int, length: int) -> None:
    made = [
        Event(
            source="desk", event_id=f"e{each}", kind=SubjectKind.TICKET, subject="INC1",
            at=AT + timedelta(seconds=each), status="open", fields={"note": "x" * length},
        )
        for each in range(number)
    ]  # fmt: skip
    with database.write() as connection:
        statements.add(connection, events, [event_row(each, AT) for each in made])


def test_a_page_ends_where_so_much_is_written_and_the_next_one_goes_on_there() -> None:
    database = Database("sqlite://")
    written(database, 60, 65_536)
    found, after, sizes = list[str](), None, list[int]()
    while True:
        page = Records(database).history(KEY, 500, after)
        sizes.append(sum(len(str(event.fields)) for event in page.rows))
        found += [event.event_id for event in page.rows]
        if page.next is None:
            break
        after = page.next
    assert found == [f"e{number}" for number in range(60)]
    assert max(sizes) < module.MOST_WRITTEN + 2 * 65_536
    assert len(sizes) > 3
    database.close()


def test_short_texts_are_listed_by_their_number_alone() -> None:
    database = Database("sqlite://")
    written(database, 7, 3)
    page = Records(database).history(KEY, 3)
    assert [event.event_id for event in page.rows] == ["e0", "e1", "e2"]
    assert isinstance(page.next, EventPlace)
    assert Records(database).history(KEY, 7).next is None
    database.close()
