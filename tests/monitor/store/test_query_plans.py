"""No statement that runs every second, or at every poll, reads a whole table that grows with the operator.

A program without its threads is given a few hundred tickets and circuits in every state that matters, and each of its
parts does its round: it polls, advances, looks around, delivers, asks receivers, audits and publishes. SQLite then says
how it runs each statement that was heard. (It is never told how many rows there are, so its plans are those of any
size.)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.listing import ClockQuery, ClockSort
from monitor.model import SubjectKind
from monitor.service.program import Program
from monitor.store import recount, schema, statements
from monitor.store.aggregating import compare
from monitor.store.database import Database
from monitor.store.listing import Listing
from monitor.store.views import Views
from tests.support.closed_rows import GROWING
from tests.support.rounds import Peers, begin, built, later, lives, silence, work, written_down

PLAN = re.compile(
    r"(?P<how>SCAN|SEARCH) (?P<table>\w+)"
    r"( USING (?P<auto>AUTOMATIC )?(PARTIAL )?(COVERING )?INDEX ?(?P<index>\w+)?)?( \((?P<by>[^)]*)\))?"
)


def _partial(index: sa.Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None


LARGE = frozenset(GROWING)
FEW = frozenset({
    "acknowledgements", "actions", "causes", "contributions", "erased", "escalations", "forgotten", "publications",
    "raw_bodies", "silences",
})  # fmt: skip
"""Of these the program of this test has few or none."""
SMALL = frozenset({
    "accounts", "counters", "cursors", "drill_tries", "drills", "export_refused", "export_spool", "exports", "groups",
    "heartbeats", "meta", "month_reports", "sessions", "sources", "subscriptions", "tokens", "touched", "unread_words",
})  # fmt: skip
"""Tables with a row for each source, series, group, stage, month, exporter, subscriber, drill, account, token or who is
logged in, or for what is to be done now.

What an exporter's database refused, and what waits for it, has a limit.
"""

OF_OPEN_CLOCKS = frozenset({
    "readings_allowances", "readings_counted", "readings_late", "readings_nearest", "readings_opened", "readings_whose",
})  # fmt: skip
"""Indexes with a row for each open clock: to read one of these whole is to read all of them."""

OF_SUBJECTS = frozenset({"subjects_of_customers"})
"""Partial indexes with a row for nearly each subject."""

COUNTING = frozenset({
    "aggregating._next", "aggregating._take", "aggregating._take_used", "aggregating._differing",
})  # fmt: skip
"""What goes through all open clocks: once after a start, and a few thousand each minute."""

PARTIAL = (
    frozenset(
        str(index.name) for table in schema.metadata.tables.values() for index in table.indexes if _partial(index)
    )
    - OF_OPEN_CLOCKS
    - OF_SUBJECTS
)
"""Indexes of few rows: those that wait. To read one of these whole is to read what waits."""

ROUNDS = frozenset({
    "auditing.Auditing.suspects", "auditing.Auditing.unsent", "changed_alerts.active_silences", "clocks.Clocks.backlog",
    "clocks.Clocks.crowd", "clocks.Clocks.due_soon", "clocks.Clocks.load", "confirming.Confirmations.accepted",
    "confirming.Confirmations.tell_again", "deliveries.Deliveries.due_pages", "deliveries.Deliveries.next_page",
    "deliveries.Deliveries.settle_pages", "escalating.Escalating.commit", "first_sight._unseen",
    "heartbeats.Heartbeats.commit", "heartbeats.Heartbeats.forget", "heartbeats.Heartbeats.run",
    "ingest.Ingest.commit_batch", "ingest.Ingest.commit_poll", "ingest.Ingest.rejudge", "machine.Machine.remember",
    "outcomes.add_transitions", "quarantining.set_aside", "queue_rows.keep_waves_apart", "remembering.remember",
    "repeating._answered", "repeating._queue", "silencing.Silences.firing", "unread.Unread.words",
    "views.Views.channels", "views.Views.circuits_not_known_up", "views.Views.firing", "views.Views.late",
    "views.Views.nearest", *COUNTING,
})  # fmt: skip
"""Some statements of every part: where one was not heard, the part did not do its round."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What the database was asked, with parameters of the first time, and by which function of the store."""

    text: str
    given: Any
    by: str


class Heard:
    """Every statement of an engine from now on, each once."""

    def __init__(self, engine: sa.Engine) -> None:
        self.statements: dict[str, Statement] = {}
        sa.event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, text: str, given: Any, context: Any, many: bool) -> None:
        if text.split(None, 1)[0] in ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH") and text not in self.statements:
            self.statements[text] = Statement(text, given[0] if isinstance(given, list) else given, _asking())


def _asking() -> str:
    """The nearest function of the store on the stack, but for those that any of it calls to run a statement."""
    frame = sys._getframe(1)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if module.startswith("monitor.store.") and module != statements.__name__:
            name = frame.f_code.co_qualname.partition(".<locals>")[0]
            return f"{module.removeprefix('monitor.store.')}.{name}"
        frame = frame.f_back  # type: ignore[assignment]
    return ""


def whole_reads(connection: sa.Connection, text: str, given: Any = ()) -> list[tuple[str, str]]:
    """The large tables of which SQLite reads every row, or all of a source or a channel, each with its own words."""
    tables = {alias: table for table, alias in re.findall(r"\b(\w+) AS (\w+)", text)}
    found = []
    for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", given):
        said = PLAN.match(row.detail)
        if said is None or said["index"] in PARTIAL:
            continue
        table = tables.get(said["table"], said["table"])
        if table not in LARGE:
            continue
        if said["how"] == "SCAN" or said["auto"] or said["by"] in ("source=?", "channel=?"):
            found.append((table, row.detail))
    return found


@pytest.fixture
def peers() -> Peers:
    return Peers()


@pytest.fixture
def program(tmp_path: Path, peers: Peers) -> Iterator[Program]:
    with built(tmp_path, peers) as program:
        yield program


def test_no_statement_of_every_second_or_every_poll_reads_a_whole_table(
    program: Program, peers: Peers, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    begin(program)
    heard = Heard(program.host.database._engine)
    written_down(tmp_path, lives(now))
    silence(program, now)
    for number in range(5):
        peers.ill = number == 4
        work(program, number * timedelta(minutes=2))
        if number == 2:
            written_down(tmp_path, later(now))
    asked = list(heard.statements.values())
    with program.host.database.read() as connection:
        rows = {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in sorted(LARGE)}
        found = {
            f"{one.by}: {table}": f"{said} in {one.text}"
            for one in asked
            if one.by not in COUNTING
            for table, said in whole_reads(connection, one.text, one.given)
        }
    assert min(number for name, number in rows.items() if name not in FEW) >= 40, rows
    assert ROUNDS - {one.by for one in asked} == set(), "a part did not do its round"
    assert found == {}


def test_every_table_is_known_to_grow_or_not_to() -> None:
    assert set() == LARGE & SMALL
    assert schema.metadata.tables.keys() == LARGE | SMALL


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    it = Database("sqlite://")
    yield it
    it.close()


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("SELECT * FROM events WHERE status = 'x'", "SCAN events"),
        ("SELECT count(*) FROM readings", "SCAN readings USING COVERING INDEX readings_due"),
        (
            "SELECT tier FROM readings WHERE open = 1 AND target = 'x'",
            "SCAN readings USING COVERING INDEX readings_counted",
        ),
        ("SELECT * FROM events AS e JOIN alerts AS a ON a.key = e.event_id", "SCAN e"),
        (
            "SELECT * FROM transitions WHERE source = 'x'",
            "SEARCH transitions USING INDEX transitions_by_subject (source=?)",
        ),
        ("UPDATE outbox SET reason = 'x' WHERE detail = 'y'", "SCAN outbox"),
        ("DELETE FROM decisions WHERE reason = 'x'", "SCAN decisions"),
        ("SELECT * FROM events WHERE source = 'x' AND subject = 'y'", None),
        (
            "SELECT * FROM outbox WHERE channel = 'x' AND held_by = '' AND closed_at IS NULL AND accepted_at IS NULL",
            None,
        ),
        ("SELECT * FROM sources", None),
    ],
)
def test_a_whole_read_is_seen(database: Database, text: str, how: str | None) -> None:
    with database.read() as connection:
        found = whole_reads(connection, text)
    assert found == [] if how is None else found[0][1].startswith(how), found


@pytest.mark.parametrize(("listed", "index"), [("nearest", "readings_nearest"), ("late", "readings_late")])
def test_clocks_that_are_listed_are_read_in_their_order(database: Database, listed: str, index: str) -> None:
    heard = Heard(database._engine)
    getattr(Views(database), listed)()
    with database.read() as connection:
        for one in heard.statements.values():
            plan = [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.text}", one.given)]
            assert f"readings USING INDEX {index}" in plan[0]
            assert not any("TEMP B-TREE" in step for step in plan)
    assert heard.statements


def test_a_recount_and_an_audit_read_indexes_and_no_row(database: Database) -> None:
    heard = Heard(database._engine)
    assert recount(database, lambda _: False)
    assert compare(database, None)[:2] == ((), None)
    steps: dict[str, list[str]] = {}
    with database.read() as connection:
        for one in heard.statements.values():
            if one.by in COUNTING:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.text}", one.given)
                steps.setdefault(one.by, []).extend(step.detail for step in plan if "readings" in step.detail)
    steps.pop("aggregating._take", None)
    assert "aggregating._take_used" in steps
    assert sum("COVERING INDEX readings_allowances" in step for step in steps["aggregating._differing"]) == 1
    assert all("USING COVERING INDEX readings_" in step for some in steps.values() for step in some), steps


OF_ONE = {
    "customer": ClockQuery(customer="ACME"),
    "kind": ClockQuery(kinds=frozenset({SubjectKind.CIRCUIT})),
    "customer and kind": ClockQuery(customer="ACME", kinds=frozenset({SubjectKind.CIRCUIT, SubjectKind.CHANGE})),
}


@pytest.mark.parametrize("sort", ClockSort)
@pytest.mark.parametrize("query", OF_ONE.values(), ids=OF_ONE)
def test_clocks_of_a_customer_or_a_kind_are_searched_for(
    database: Database, query: ClockQuery, sort: ClockSort
) -> None:
    """By the index of them alone, and none of the index's entries is read that has another kind or customer."""
    heard = Heard(database._engine)
    Listing(database).clocks(replace(query, sort=sort), 10)
    by = "kind=? AND customer=?" if query.customer else "kind=?"
    plans: dict[str, list[str]] = {}
    with database.read() as connection:
        for one in heard.statements.values():
            if "readings" in one.text:
                steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one.text}", one.given)
                plans[one.by] = [step.detail for step in steps if " readings " in step.detail]
    places = [steps for name, steps in plans.items() if not name.startswith("listing_rows")]
    assert len(places) == 2, "they are counted, and then gathered"
    for steps in places:
        assert [step.partition("INDEX ")[2] for step in steps] == [f"readings_whose ({by})"]
