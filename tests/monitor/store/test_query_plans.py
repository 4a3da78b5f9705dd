"""No statement that runs every second, or at every poll, reads a whole table that grows with the operator.

A program without its threads is given a few hundred tickets and circuits in every state that matters, and each of its
parts does its round: it polls, advances, looks around, delivers, asks receivers, audits and publishes. SQLite then says
how it runs each statement that was heard. (It is never told how many rows there are, so its plans are those of any
size.)
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.decide import synthetic
from monitor.config import config_file
from monitor.service.program import Program
from monitor.store import schema, statements
from monitor.store.database import Database
from tests.flow.test_oncall_flow import ROTA as oncall_rota
from tests.support.installations import configuration, of_tickets, promise, written
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.texts import exchanged

PLAN = re.compile(
    r"(?P<how>SCAN|SEARCH) (?P<table>\w+)"
    r"( USING (?P<auto>AUTOMATIC )?(PARTIAL )?(COVERING )?INDEX ?(?P<index>\w+)?)?( \((?P<by>[^)]*)\))?"
)


def _partial(index: sa.Index) -> bool:
    return index.dialect_options["sqlite"]["where"] is not None


LARGE = frozenset({
    "events", "transitions", "readings", "alerts", "outbox", "decisions", "alert_log", "quarantine", "subjects",
})  # fmt: skip

PARTIAL = frozenset(
    str(index.name) for table in schema.metadata.tables.values() for index in table.indexes if _partial(index)
)
"""Indexes of few rows: those that wait. To read one of these whole is to read what waits."""

EXCEPTIONS = {
    # These read little, and the plan does not show it.
    "clocks.Clocks.next_due: readings": "the least of an index is its first entry: nothing more of the source is read",
    "heartbeats.Heartbeats.run: events": "the synthetic source's own events, of which those of a few hours are kept",
    "heartbeats.Heartbeats.forget: events": "the same events, when a synthetic clock has ended",
    # These grow with the operator, and are to be mended.
    "views.Views.circuits: subjects": "every second that somebody reads: all tickets, to count the circuits by state",
    "views.Views.circuits_down: subjects": "every second that somebody reads: all tickets, to list the circuits down",
    "views.Views.quarantined: quarantine": "every second that somebody reads: all that was ever set aside",
    "ingest.Ingest.commit_poll: quarantine": "every poll: all that was ever set aside of the source",
    "confirming.Confirmations.accepted: outbox": "every minute and receiver of states: all that it was ever told",
    "auditing.Auditing.suspects: transitions": "every minute: all of the source, where those since an id would do",
    "auditing.Auditing.unsent: outbox": "every minute: all that was ever told, where the index of what waits would do",
}
"""Who reads a large table from end to end, or all rows of a source or a channel, and why or how often."""

ROUNDS = frozenset({
    "auditing.Auditing.suspects", "auditing.Auditing.unsent", "changed_alerts.active_silences", "clocks.Clocks.backlog",
    "clocks.Clocks.commit", "clocks.Clocks.due_soon", "clocks.Clocks.load", "clocks.Clocks.waiting",
    "confirming.Confirmations.accepted", "confirming.Confirmations.tell_again", "deliveries.Deliveries.due_pages",
    "deliveries.Deliveries.next_page", "deliveries.Deliveries.settle_pages", "escalating.Escalating.commit",
    "heartbeats.Heartbeats.commit", "heartbeats.Heartbeats.forget", "heartbeats.Heartbeats.run",
    "ingest.Ingest.commit_batch", "ingest.Ingest.commit_poll",
    "ingest.Ingest.rejudge", "machine.Machine.remember", "outcomes.add_transitions",
    "queue_rows.keep_waves_apart",
    "quarantining.set_aside", "repeating._answered", "repeating._queue", "silencing.Silences.firing",
    "unread.Unread.words", "views.Views.channels", "views.Views.circuits_not_known_up", "views.Views.clocks",
    "views.Views.firing",
})  # fmt: skip
"""Some statements of every part: where one was not heard, the part did not do its round."""

POLICY = promise(
    "4h",
    "stages: {tier: {gold: [75%, 100%]}}",
    "major_faults: {many: {name: {en: Many}, when: {tier: gold}, circuits: 3, lasting: 2h, source: test}}",
)

KEYS = (
    "oncall: oncall.yml", "link_secret: {file: secret}", "api_token: {file: secret}", "page_url: http://127.0.0.1:9",
)  # fmt: skip

ROTA = exchanged(oncall_rota, ("receivers: [wall]", "receivers: [hook]"))


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


def line(number: int, at: datetime, status: str, kind: str = "ticket", **fields: str) -> str:
    return json.dumps({
        "event_id": f"{kind} {number} {status}", "kind": kind, "subject": f"{kind}-{number}", "at": at.isoformat(),
        "status": status, "fields": fields,
    })  # fmt: skip


def lives(now: datetime) -> Iterator[str]:
    """Tickets opened in the last five hours, one a minute: some breached, at risk, over, of one cause, not understood;
    and circuits."""
    for number in range(300):
        opened = now - timedelta(minutes=number)
        tier = ("gold", "standard", "gold", "Platin" if number % 20 == 3 else "gold")[number % 4]
        yield line(number, opened, "opened", tier=tier, customer="Harbour Bank", cause=f"cable-{number // 100}")
        if number % 10 == 0:
            yield line(number, opened + timedelta(minutes=number / 2), "resolved")
        if number % 5 == 0:
            yield line(number, now, "unavailable" if number % 2 else "available", "circuit", tier="gold")
        if number % 17 == 0:
            yield line(number, opened, "")  # refused


def later(now: datetime) -> Iterator[str]:
    """Some of it ends."""
    for number in range(1, 300, 7):
        yield line(number, now, "resolved")


def written_down(folder: Path, lines: Iterator[str]) -> None:
    with (folder / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def begin(program: Program) -> None:
    """What a start does once."""
    at = program._now()
    program._publish()
    program._judging.begin(program.config.rules.version, program._machine.ended, at)
    program.ingest.touch_all(program.config.rules.version, program._worker.sources)
    program.deliveries.begin(program._receivers.channels, at, program._router.takes, ("gold", "standard"))
    program._sources.catch_up()
    program._pulse.begin(at)


def work(program: Program, ahead: timedelta) -> None:
    """One round of what every part does; looks that are taken now and then are taken as if it was later."""
    program._sources._poll(program.config.sources[0])
    for _ in range(6):
        program._advance()
    for round_of in program._receivers._lines.values():
        for _ in range(4):
            program._receivers._round(round_of, 0)
    at = program._now() + ahead
    program.ingest.rejudge(at)
    program._look_around(at, sending=True)
    program._pulse.watch(at)
    program._pulse._store.forget(at - synthetic.KEPT)  # when a synthetic clock ends depends on the machine's speed
    for channel in program._silence_watch.channels:
        program._confirm(channel)
    program._publisher.snapshot(at)


class Peers:
    """A receiver, and an Alertmanager that has forgotten everything; `ill`, both take nothing."""

    ill = False

    def respond(self, request: Request) -> Reply:
        return as_json([]) if request.method == "GET" else Reply(503 if self.ill else 200)


@pytest.fixture
def peers() -> Peers:
    return Peers()


@pytest.fixture
def program(tmp_path: Path, peers: Peers) -> Iterator[Program]:
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more\n")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (tmp_path / "tickets.jsonl").touch()
    with Loopback(peers.respond) as server:
        hook = f'type: webhook, options: {{url: "{server.url}", secret: {{file: secret}}}}'
        receivers = {
            "hook": f"{{repeat: 1m, {hook}}}",
            "am": f'{{type: alertmanager, options: {{urls: ["{server.url}"]}}}}',
            "engineer": f"{{personal: true, {hook}}}",
            "lead": f"{{personal: true, {hook}}}",
        }
        text = configuration(of_tickets("jsonl_file", path="tickets.jsonl"), receivers, *KEYS)
        built = Program(config_file.load(written(tmp_path, POLICY, text)))
        yield built
        built.stop()


def silence(program: Program, now: datetime) -> None:
    row = {
        "id": "works", "matchers": ['ticket=~"ticket-25.*"'], "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(hours=9), "author": "lin", "reason": "works", "maintenance": False,
        "created_at": now,
    }  # fmt: skip
    with program._database.write() as connection:
        connection.execute(sa.insert(schema.silences).values(**row))


def test_no_statement_of_every_second_or_every_poll_reads_a_whole_table(
    program: Program, peers: Peers, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    begin(program)
    heard = Heard(program._database._engine)
    written_down(tmp_path, lives(now))
    silence(program, now)
    for number in range(5):
        peers.ill = number == 4
        work(program, number * timedelta(minutes=2))
        if number == 2:
            written_down(tmp_path, later(now))
    asked = list(heard.statements.values())
    with program._database.read() as connection:
        rows = {name: connection.scalar(sa.text(f"SELECT count(*) FROM {name}")) for name in sorted(LARGE)}
        found = {
            f"{one.by}: {table}": f"{said} in {one.text}"
            for one in asked
            for table, said in whole_reads(connection, one.text, one.given)
        }
    assert min(rows.values()) >= 40, rows
    assert ROUNDS - {one.by for one in asked} == set(), "a part did not do its round"
    assert {by: said for by, said in found.items() if by not in EXCEPTIONS} == {}
    assert EXCEPTIONS.keys() - found.keys() == set(), "mended: take it off the list"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    it = Database("sqlite://")
    yield it
    it.close()


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("SELECT * FROM events WHERE status = 'x'", "SCAN events"),
        ("SELECT count(*) FROM readings", "SCAN readings USING COVERING INDEX readings_open"),
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
