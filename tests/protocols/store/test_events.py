"""What every database owes to what comes from sources: whole batches, each event once, as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import engine
from monitor.errors import StoreError
from monitor.history.batch import Batch
from monitor.history.events import Event, Reject
from monitor.history.sound_batch import LONGEST_NAME
from monitor.model import SubjectKey, SubjectKind
from monitor.store import statements
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome
from monitor.store.schema import events, raw_bodies
from monitor.store.views import Views
from tests.support.cases import at, rules, ticket
from tests.support.stores import DATABASES, KEY, Place, advance, batch, counted


def test_events_and_cursor_are_kept_together_and_repeats_change_nothing(database: Database) -> None:
    ingest = Ingest(database)
    events = [ticket("T1", at(1), "new", tier="gold"), ticket("T1", at(2), "working")]
    first = ingest.commit_batch("tickets", batch(*events, position={"page": 2}), at(3))
    again = ingest.commit_batch("tickets", batch(*events, events[0], position={"page": 3}), at(3))
    assert (first.new, first.known) == (2, 0)
    assert (again.new, again.known) == (0, 3)
    assert ingest.position("tickets") == {"page": 3}
    assert sorted(Views(database).events_of(KEY), key=lambda event: event.at) == events
    assert counted(database, "tierwatch_events_total") == 2
    assert counted(database, "tierwatch_duplicates_total") == 3


def test_a_batch_that_fails_half_way_leaves_nothing(place: Place) -> None:
    """Whichever table refuses its row."""
    ingest, before = Ingest(place.opened), place.content()
    event, reject = ticket("T1", at(1), "new"), Reject("tickets", "line 7", "malformed", "a line of its own")
    full = Batch([event], [reject], {"x": 1}, {event.event_id: "{}"})
    for table in ("events", "touched", "raw_bodies", "quarantine", "cursors", "sources", "counters"):
        place.refuse_rows(table)
        with pytest.raises(StoreError, match="refused"):
            ingest.commit_batch("tickets", full, at(2))
        assert ingest.position("tickets") == {}
        assert Views(place.opened).events_of(KEY) == ()
        assert place.content() == before, table
        place.accept_rows(table)
    assert ingest.commit_batch("tickets", full, at(2)).new == 1


def test_a_record_from_the_future_is_judged_when_its_time_has_come(database: Database) -> None:
    ingest = Ingest(database)
    event = ticket("T1", at(5), "new")
    reject = Reject(
        "tickets", event.event_id, "future", "T1: dated 05:00Z, two hours ahead", rejudge_at=at(5), event=event
    )
    ingest.commit_batch("tickets", batch(rejects=[reject]), at(3))
    assert ingest.rejudge(at(4)) == 0
    assert Views(database).quarantined() == {("tickets", "future"): 1}
    assert ingest.rejudge(at(5)) == 1
    assert Views(database).events_of(KEY) == (event,)
    assert Views(database).quarantined() == {}


def test_an_unknown_tier_is_quarantined_until_the_mapping_knows_it(database: Database) -> None:
    Ingest(database).commit_batch("tickets", batch(ticket("T1", at(1), "new", tier="Platinum")), at(1))
    advance(database, at(1, 1))
    advance(database, at(1, 2))
    assert Views(database).quarantined() == {("tickets", "unknown_tier"): 1}
    assert counted(database, "tierwatch_quarantined_total") == 1
    assert counted(database, "tierwatch_unknown_values_total") == 1
    with database.write() as connection:
        connection.execute(sa.text('UPDATE events SET fields = \'{"tier":"gold"}\''))
    advance(database, at(1, 3))
    assert Views(database).quarantined() == {}


def test_a_failed_poll_keeps_the_last_success_and_counts(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_poll("tickets", PollOutcome(at(1), at(1, 1)))
    ingest.commit_poll("tickets", PollOutcome(at(2), at(2, 1), ("source", "401, the source refused the token")))
    ingest.commit_poll("tickets", PollOutcome(at(3), at(3, 1), ("source", "401, the source refused the token")))
    row = Views(database).sources()["tickets"]
    assert (row.up, row.last_success, ingest.failures("tickets")) == (False, at(1), 2)
    assert "401" in row.error
    assert counted(database, "tierwatch_source_poll_failures_total") == 2


def test_a_ticket_that_its_source_mended_leaves_quarantine(database: Database) -> None:
    ingest = Ingest(database)
    bad = Reject("tickets", "T1 creationDate", "bad_time", "ticket T1: no date", subject="T1")
    line = Reject("tickets", "line 7", "malformed", "a line of its own")
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new"), rejects=[bad, line]), at(1))
    advance(database, at(1))
    assert Views(database).quarantined() == {("tickets", "bad_time"): 1, ("tickets", "malformed"): 1}
    ingest.commit_batch("tickets", batch(ticket("T1", at(1), "new")), at(2))
    assert Views(database).quarantined() == {("tickets", "malformed"): 1}


def test_a_person_finds_a_subject_by_id_or_by_source_and_id(database: Database) -> None:
    ingest = Ingest(database)
    ingest.commit_batch("tickets", batch(ticket("a/b", at(1), "new")), at(1))
    views = Views(database)
    assert views.find("tickets/a/b") == (SubjectKey("tickets", "a/b"),)
    assert views.find("a/b") == (SubjectKey("tickets", "a/b"),)
    assert views.find("nothing") == ()


def test_a_batch_is_whole_or_not_there_for_whoever_looks_beside(place: Place) -> None:
    Ingest(place.opened).commit_batch("tickets", batch(ticket("T1", at(1), "new"), ticket("T2", at(1), "new")), at(1))
    beside = place.beside()
    assert len(Views(beside).events_of(KEY)) == len(Views(beside).events_of(SubjectKey("tickets", "T2"))) == 1
    beside.close()


def test_a_subject_is_judged_alike_in_whatever_order_its_events_came(database: Database) -> None:
    outcomes = set()
    for number, order in enumerate(permutations(range(3))):
        name = f"T{number}"
        came = ticket(name, at(1), "new", tier="gold"), ticket(name, at(2), "working"), ticket(name, at(3), "waiting")
        for place in order:
            Ingest(database).commit_batch("tickets", batch(came[place]), at(4))
        (loaded,) = Clocks(database).load([SubjectKey("tickets", name)])
        assert {event.event_id for event in loaded.events} == {event.event_id for event in came}
        outcome = engine.advance(loaded.events, (), rules(), at(9))
        outcomes.add(repr([(one.target.name, one.counted, one.state, one.deadline) for one in outcome.readings]))
    assert len(outcomes) == 1


# -- what a text, a name and an instant can be -------------------------------------------------------------------------

WORDS = (
    "a",
    "A",
    "ä",
    "中",
    "'",
    '"',
    "\\",
    "\\u0041",
    "\u2028",
    "x ",
    "x",
    "",
    "\x01",
    "😀",
    "[1]",
    "1",
    "01",
    "null",
)
STORED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)


@pytest.fixture(params=DATABASES, scope="module")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store that lasts for many examples."""
    made = Database(DATABASES[request.param].empty(tmp_path_factory.mktemp("store")))
    yield made
    made.close()


@given(st.sets(STORED | st.sampled_from(WORDS), max_size=8), st.lists(STORED | st.sampled_from(WORDS), max_size=8))
def test_exactly_the_keys_that_are_asked_for_are_found(kept: Database, there: set[str], asked: list[str]) -> None:
    rows = [{"source": "s", "event_id": key, "body": "b"} for key in sorted(there)]
    with kept.write() as connection:
        connection.execute(sa.delete(raw_bodies))
        statements.add(connection, raw_bodies, rows)
        query = sa.select(raw_bodies.c.event_id).where(statements.one_of(raw_bodies.c.event_id, asked))
        found = list(connection.scalars(query))
    assert sorted(found) == sorted(there & set(asked))


def test_more_keys_than_a_statement_takes_parameters_are_found(database: Database) -> None:
    with database.read() as connection:
        many = [str(number) for number in range(300_000)]
        asked = sa.select(sa.func.count()).select_from(events).where(statements.one_of(events.c.event_id, many))
        assert connection.scalar(asked) == 0


def test_a_subject_of_any_name_comes_back_as_it_was(place: Place) -> None:
    names = [*(word for word in WORDS if word), "中" * LONGEST_NAME, "x" * LONGEST_NAME, "\U0010ffff", "a\nb"]
    stored = {name: ticket(name, at(1), "new", event_id=name, tier=name, customer=name, team="") for name in names}
    position = {name: [name, None, 1.5] for name in names}
    Ingest(place.opened).commit_batch("tickets", batch(*stored.values(), position=position), at(1))
    opened = place.restart()
    assert Ingest(opened).position("tickets") == position
    for name, event in stored.items():
        assert Views(opened).events_of(SubjectKey("tickets", name)) == (event,)
    loaded = Clocks(opened).load([SubjectKey("tickets", name) for name in names])
    assert [one.events for one in loaded] == [(event,) for event in stored.values()]


def test_a_nul_or_half_a_character_is_no_name_and_is_replaced_in_a_text(place: Place) -> None:
    for number, bad in enumerate(("a\0b", "\0", "a\ud800"), 1):
        key = SubjectKey("tickets", f"T{number}")
        named, says = ticket(bad, at(1), "new"), ticket(key.subject, at(1), "new", customer=bad)
        done = Ingest(place.opened).commit_batch("tickets", batch(named, says), at(1))
        assert (done.new, done.rejected) == (1, 2)
        (event,) = Views(place.opened).events_of(key)
        assert event.fields["customer"] == "".join("\ufffd" if one in "\0\ud800" else one for one in bad)
        assert Views(place.opened).quarantined() == {
            ("tickets", "text_repaired"): number,
            ("tickets", "unusable"): number,
        }
    assert not any("\0" in str(row) for rows in place.content().values() for row in rows)


def test_an_instant_comes_back_to_the_microsecond(place: Place) -> None:
    largest, stored = 2**63 - 1, []
    for when in (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
        datetime(2026, 3, 2, 8, 30, 0, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    ):
        name = f"T{when.year}"
        event = Event("tickets", name, SubjectKind.TICKET, name, when, -largest, "new", None, False, when, {})
        stored.append(replace(event, tie=largest, or_at=when))
    Ingest(place.opened).commit_batch("tickets", batch(*stored), at(1))
    opened = place.restart()
    assert [Views(opened).events_of(event.key) for event in stored] == [(event,) for event in stored]
