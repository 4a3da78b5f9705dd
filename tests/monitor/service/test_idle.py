"""While nothing happens, next to nothing is asked of the database; what is written, by whomever, is seen at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.alert import SilenceRow
from monitor.history import Batch, Event, Reject
from monitor.model import SubjectKey, SubjectKind
from monitor.service.prejudge import HORIZON
from monitor.service.program import Program
from monitor.service.quiet import LONGEST, Quiet, quiet
from monitor.store import Clocks, Database, Ingest, PollOutcome, Silences, Unchanged, beside
from monitor.store.ingest import touch
from tests.support.asked import asked
from tests.support.cases import at
from tests.support.moved_program import MovedClock, moved
from tests.support.rounds import Peers, begin, built, line, written_down

SECOND = timedelta(seconds=1)
BEGUN = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[MovedClock]:
    clock = MovedClock(BEGUN)
    with moved(clock):
        yield clock


@pytest.fixture
def program(tmp_path: Path, clock: MovedClock) -> Iterator[Program]:
    """With a ticket that is promised to be resolved in four hours, after minutes in which nothing happened."""
    with built(tmp_path, Peers(), "synthetic_every: off") as program:
        begin(program)
        written_down(tmp_path, iter([line(1, clock.now, "opened", tier="gold", customer="Harbour Bank")]))
        for _ in range(300):
            second(program, clock)
        yield program


def second(program: Program, clock: MovedClock) -> None:
    """A second in which every part does what it does each second, or as soon as it is woken."""
    clock.now += SECOND
    program.parts.sources._poll(program.config.sources[0])
    program.parts.engine.advance()
    for each in program.parts.receivers._lines.values():
        program.parts.receivers._round(each, 0)


def test_the_engine_asks_for_less_than_two_statements_a_second(program: Program, clock: MovedClock) -> None:
    with asked(program.host.database) as found:
        for _ in range(60):
            clock.now += SECOND
            program.parts.engine.advance()
    assert 0 < len(found) < 120, found


def test_a_poll_of_a_file_that_has_not_changed_writes_that_it_was_polled(program: Program, clock: MovedClock) -> None:
    before = program.host.views.sources()["tickets"].last_success
    with asked(program.host.database) as found:
        for _ in range(60):
            clock.now += SECOND
            program.parts.sources._poll(program.config.sources[0])
    tables = [text.split()[2] for text in found]
    assert tables == 60 * ["sources", "counters"]
    assert before is not None
    assert program.host.views.sources()["tickets"].last_success == before + 60 * SECOND


def test_a_clock_that_is_due_is_told_at_its_second(program: Program, clock: MovedClock) -> None:
    """Three quarters of its four hours: nobody has written anything since it was read."""
    due = BEGUN + timedelta(hours=3)
    clock.now = due - timedelta(minutes=5)
    while clock.now < due - SECOND:
        second(program, clock)
    assert stages(program) == []
    second(program, clock)
    assert stages(program) == ["used_75"]


def stages(program: Program) -> list[str]:
    return [one.stage for one in program.host.views.alerts() if one.target == "restore"]


def test_what_another_process_writes_is_done_in_the_next_second(program: Program, clock: MovedClock) -> None:
    ticket = SubjectKey("tickets", "ticket-1")
    with closing(beside(program.host.database.url.render_as_string())) as other, other.write() as connection:
        touch(connection, {ticket: 0})
    assert program.host.clocks.marked([ticket])
    second(program, clock)
    assert not program.host.clocks.marked([ticket])


def test_a_silence_of_another_process_is_in_force_when_silences_are_looked_at(
    program: Program, clock: MovedClock
) -> None:
    known = Silences(program.host.database)
    assert known.active(clock.now) == ()
    row = silence(clock.now, clock.now + timedelta(hours=1))
    with closing(beside(program.host.database.url.render_as_string())) as other:
        Silences(other).add(row, clock.now, lambda _: False)
    assert known.active(clock.now) == (row,)
    with asked(program.host.database) as found:
        assert known.active(row.ends_at - SECOND) == (row,)
        assert known.active(row.ends_at) == ()
    assert found == []
    assert known.active(row.starts_at - SECOND) == ()


def silence(starts: datetime, ends: datetime) -> SilenceRow:
    return SilenceRow("works", ("tier=gold",), starts, ends, "lin", "works", False)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path / 'one.db'}")
    yield made
    made.close()


def test_the_revision_is_another_one_after_each_write_of_whichever_process(database: Database) -> None:
    seen = [database.revision()]
    Ingest(database).correct(event("T1"), at(1))
    seen.append(database.revision())
    with closing(beside(database.url.render_as_string())) as other:
        Ingest(other).correct(event("T2"), at(1))
    seen.append(database.revision())
    assert None not in seen
    assert len(set(seen)) == 3


def test_the_revision_stays_while_only_polls_end(database: Database) -> None:
    ingest = Ingest(database)
    before = database.revision()
    ingest.commit_poll("tickets", PollOutcome(at(1), at(2), began=at(1)))
    with database.read() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM events")
    assert database.revision() == before


def test_a_poll_that_brings_what_an_earlier_one_lacked_is_another_revision(database: Database) -> None:
    ingest = Ingest(database)
    lacking = Batch((), (Reject("tickets", "list", "list_not_whole", "it was not whole"),), {"page": 1})
    ingest.commit_batch("tickets", lacking, at(1))
    before = database.revision()
    ingest.commit_poll("tickets", PollOutcome(at(2), at(3), began=at(2)))
    assert database.revision() != before


def test_no_revision_is_known_while_somebody_writes_and_none_of_a_database_in_memory(database: Database) -> None:
    with database.write():
        assert database.revision() is None
    assert database.revision() is not None
    with closing(Database("sqlite://")) as other:
        assert other.revision() is None


def test_a_read_is_kept_until_something_is_written_and_never_where_no_revision_is_known(database: Database) -> None:
    reads: list[int] = []

    def read() -> int:
        reads.append(len(reads))
        return len(reads)

    kept = Unchanged(database, read)
    assert [kept(), kept()] == [1, 1]
    Ingest(database).correct(event("T1"), at(1))
    assert [kept(), kept()] == [2, 2]
    with closing(Database("sqlite://")) as other:
        anew = Unchanged(other, read)
        assert [anew(), anew()] == [3, 4]


def test_a_transaction_that_fails_leaves_none_open_on_the_connection_that_writes(database: Database) -> None:
    def failing() -> None:
        with database.write() as connection:
            touch(connection, {SubjectKey("tickets", "T1"): 0})
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        failing()
    Ingest(database).correct(event("T2"), at(1))
    assert Clocks(database).marked([SubjectKey("tickets", name) for name in ("T1", "T2")]) == {
        SubjectKey("tickets", "T2")
    }


def event(subject: str) -> Event:
    return Event("tickets", f"{subject}#1", SubjectKind.TICKET, subject, at(1), 0, "opened", None, False, None, {})


NOW, ONE = at(12), (1, 1)


@pytest.mark.parametrize(
    ("due", "rejudge", "until"),
    [
        (None, None, NOW + LONGEST),
        (NOW + HORIZON + SECOND, None, NOW + SECOND),
        (None, NOW + SECOND, NOW + SECOND),
        (NOW, None, None),
    ],
)
def test_quiet_lasts_until_the_next_judgement(
    due: datetime | None, rejudge: datetime | None, until: datetime | None
) -> None:
    found = quiet(ONE, NOW, due, rejudge)
    assert found.holds(ONE, NOW) is (until is not None)
    if until is not None:
        assert found.holds(ONE, until - timedelta(microseconds=1))
        assert not found.holds(ONE, until)
    assert not found.holds(ONE, NOW - SECOND)
    assert not found.holds((1, 2), NOW)
    assert not found.holds(None, NOW)


def test_nothing_is_quiet_of_which_no_revision_is_known() -> None:
    assert not Quiet().holds(None, NOW)
