"""Kill the program again and again while it works, and hold what it kept and sent against the simulator's truth."""

from __future__ import annotations

import json
import random
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import sqlalchemy as sa

from monitor.clock import engine
from monitor.config import config_file as configuration
from monitor.model import SubjectKey
from monitor.policy.target import BREACHED_STAGE
from monitor.store.clocks import Clocks
from monitor.store.database import readonly
from monitor.store.schema import alerts, events, meta, outbox, readings, touched, transitions
from monitor.store.views import Views
from tests.support.loopback import Loopback, Reply, Request, as_json
from tests.support.peers import until
from tests.support.program import Tierwatch, operator, tierwatch

KILLS = 20
CONFIG = """
instance: crash
database: crash.db
listen: 127.0.0.1:0
policy: demo
speed: 60
sources:
  tickets:
    type: tmf621
    every: 1s
    at_most: 2s
    options:
      url: {operator}/tmf-api/troubleTicket/v5
      feedback: "$.note[?@['@type']=='ProgressFeedback']"
    mapping:
      reasons:
        customer access refused: customer_access
        power at customer site: customer_power
        customer asks to defer: customer_defer
        force majeure approved: force_majeure
  circuits:
    type: circuit_http
    every: 1s
    options: {{url: "{operator}/circuits/status"}}
receivers:
  am: {{type: alertmanager, options: {{urls: ["{receiver}"]}}}}
"""


@dataclass
class Receiver:
    """Answers as Alertmanager's API does, with every ninth request failing, and remembers what it accepted."""

    accepted: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    count: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def respond(self, request: Request) -> Reply:
        with self.lock:
            self.count += 1
            if self.count % 9 == 0:
                return Reply(503, b"overloaded")
            for alert in json.loads(request.body):
                labels = alert["labels"]
                if "ticket" in labels:
                    clock = (labels["ticket"], labels["sla_target"], labels["cycle"])
                    self.accepted[clock].add(labels["stage"])
            return as_json({})


def test_killed_twenty_times_it_loses_no_event_and_leaves_no_crossing_unsent(tmp_path: Path) -> None:
    receiver, chance = Receiver(), random.Random(20261121)
    with operator("--speed", "60", "--seed", "5", "--duration", "3600") as source, Loopback(receiver.respond) as peer:
        path = tmp_path / "tierwatch.yml"
        path.write_text(CONFIG.format(operator=source, receiver=peer.url), encoding="utf-8")
        acknowledged: set[str] = set()
        for life in range(KILLS):
            program = Tierwatch(path, forked=bool(life % 4))
            if life % 4:  # three of four die at work, one while it starts
                program.address()
            threading.Event().wait(chance.uniform(0.0, 3.0))  # how long this life lasts, not a wait for a result
            program.kill()
            kept = _event_ids(tmp_path)
            assert acknowledged <= kept, "an acknowledged event is gone"
            acknowledged = kept
        with tierwatch(path):
            truth = requests.get(f"{source}/control/truth", timeout=60).json()
            until(lambda: _caught_up(tmp_path, truth))
            left, at = _news(tmp_path), datetime.fromisoformat(truth["at"])
            until(
                lambda: _judged(tmp_path, left, at), "what was new or due then is judged, though more is all the time"
            )
            judged = datetime.now(UTC)
            until(lambda: _all_told(tmp_path, judged), "what was put into the outbox by then is sent")
    assert _missing(tmp_path, truth) == []
    assert acknowledged <= _event_ids(tmp_path)
    crossings = _crossings(tmp_path, path, at)
    assert len(crossings) > 20, "the run was too quiet to prove anything"
    recorded = _recorded(tmp_path)
    unsent = [
        crossing
        for crossing in crossings
        if not crossing.stages_that_would_do & receiver.accepted.get(crossing.clock, set())
        and not _excused(crossing, recorded)
    ]
    assert unsent == []


@dataclass(frozen=True)
class Crossing:
    """A stage that pages and was reached, by the history alone; which stages of its clock count as having told it."""

    clock: tuple[str, str, str]
    stage: str
    at: datetime
    ended_at: datetime | None
    breach_at: datetime | None
    evaluated: tuple[datetime, ...]
    stages_that_would_do: frozenset[str]


def _event_ids(folder: Path) -> set[str]:
    if not (folder / "crash.db").exists():
        return set()
    with readonly(f"sqlite:///{folder}/crash.db").read() as connection:
        if not sa.inspect(connection).has_table("events"):
            return set()
        return set(connection.scalars(sa.select(events.c.event_id)))


def _missing(folder: Path, truth: Mapping[str, Any]) -> list[Any]:
    """What really happened to tickets that are well-formed and still listed, and is not in the store."""
    database = readonly(f"sqlite:///{folder}/crash.db")
    with database.read() as connection:
        rows = connection.execute(sa.select(events.c.subject, events.c.at, events.c.status, events.c.feedback)).all()
    known = {(row.subject, row.at, "feedback" if row.feedback else row.status) for row in rows}
    lost = []
    for ticket in truth["tickets"]:
        if ticket["odd"] in ("no_date", "garbage_date", "no_zone") or not ticket["listed"]:
            continue
        for change in ticket["changes"]:
            if change["kind"] == "note" and change["type"] != "ProgressFeedback":
                continue
            word = change["status"] if change["kind"] == "status" else "feedback"
            happened = (ticket["id"], datetime.fromisoformat(change["at"]).astimezone(UTC), word)
            if happened not in known:
                lost.append(happened)
    return lost


def _news(folder: Path) -> set[str]:
    """The tickets that wait for the engine."""
    with readonly(f"sqlite:///{folder}/crash.db").read() as connection:
        return set(connection.scalars(sa.select(touched.c.subject).where(touched.c.source == "tickets")))


def _judged(folder: Path, left: set[str], at: datetime) -> bool:
    """Whether each ticket of *left* was seen not to wait since, and none was due by then that is not looked at yet.

    Takes those out of *left* that do not wait now.
    """
    left &= _news(folder)
    with readonly(f"sqlite:///{folder}/crash.db").read() as connection:
        due = (readings.c.source == "tickets") & readings.c.open & (readings.c.next_threshold_at <= at)
        return not left and connection.scalar(sa.select(sa.func.count()).where(due)) == 0


def _all_told(folder: Path, until_when: datetime) -> bool | None:
    """Nothing that was put into the outbox by then waits for the receiver."""
    with readonly(f"sqlite:///{folder}/crash.db").read() as connection:
        unsent = outbox.c.accepted_at.is_(None) & outbox.c.closed_at.is_(None) & (outbox.c.created_at <= until_when)
        return True if connection.scalar(sa.select(sa.func.count()).where(unsent)) == 0 else None


def _caught_up(folder: Path, truth: Mapping[str, Any]) -> bool | None:
    return True if not _missing(folder, truth) else None


def _crossings(folder: Path, path: Path, end: datetime) -> list[Crossing]:
    """Every paging stage that the history says was reached after the installation and up to *end*."""
    rules = configuration.load(path).rules
    database = readonly(f"sqlite:///{folder}/crash.db")
    with database.read() as connection:
        subjects = connection.execute(sa.select(events.c.source, events.c.subject).distinct()).all()
        said = connection.scalar(sa.select(meta.c.value).where(meta.c.key == "installed_at"))
        installed = datetime.fromisoformat(str(said))
    loaded = Clocks(database).load([SubjectKey(*row) for row in subjects if row.source == "tickets"])
    views = Views(database)
    found = []
    for item in loaded:
        evaluated = _evaluations(folder, item.key)
        for reading in engine.advance(views.events_of(item.key), (), rules, end).readings:
            stages = {stage.name: stage.amount(reading.target.budget) for stage in reading.target.stages}
            reached = {crossing.stage: crossing.at for crossing in reading.crossings if crossing.stage in stages}
            if reading.breached_at is not None and BREACHED_STAGE in stages:
                reached[BREACHED_STAGE] = reading.breached_at
            for stage, at in reached.items():
                if at < installed:
                    continue
                enough = frozenset(other for other, amount in stages.items() if amount >= stages[stage])
                clock = (item.key.subject, reading.target.name, str(reading.cycle))
                found.append(Crossing(clock, stage, at, _end(reading, at), reading.breached_at, evaluated, enough))
    return found


def _end(reading: Any, at: datetime) -> datetime | None:
    """When the stage first stopped counting after it was reached: at a pause or at the stop."""
    halts = [part.start for part in reading.intervals if part.start >= at and part.life != "running"]
    if reading.stopped_at is not None:
        halts.append(reading.stopped_at)
    return min(halts, default=None)


def _evaluations(folder: Path, key: SubjectKey) -> tuple[datetime, ...]:
    database = readonly(f"sqlite:///{folder}/crash.db")
    mine = (transitions.c.source == key.source) & (transitions.c.subject == key.subject)
    with database.read() as connection:
        return tuple(connection.scalars(sa.select(transitions.c.recorded_at).where(mine).distinct()))


def _recorded(folder: Path) -> dict[tuple[str, str, str, str], str]:
    database = readonly(f"sqlite:///{folder}/crash.db")
    with database.read() as connection:
        rows = connection.execute(sa.select(alerts).where(alerts.c.subject.is_not(None))).all()
    return {(row.subject, row.target, str(row.cycle), row.stage): row.reason for row in rows}


def _excused(crossing: Crossing, recorded: Mapping[tuple[str, str, str, str], str]) -> bool:
    """Reached and over while nobody could look: the program was down for the whole of it, or had just heard of it."""
    if recorded.get((*crossing.clock, crossing.stage)) == "backlog":
        return crossing.breach_at is not None
    if crossing.ended_at is None:
        return False
    return not any(crossing.at <= at < crossing.ended_at for at in crossing.evaluated)
