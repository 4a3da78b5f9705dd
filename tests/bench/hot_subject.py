"""Measure a look at a subject with very many events: the store and the engine, one new event at a time.

A circuit flaps for five years; another one in a single month; a ticket is open for years, with a worklog entry every
hour and a half, or waits and goes on all the time. Each is read whole once, as after a start, and then with one new
event at each look. `explain` reads the whole.

python -m tests.bench.hot_subject [--quick] [--whole]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import process_time

from rich.console import Console
from rich.table import Table

from alerts.decide import clock_alerts
from monitor.alert.alert import Settings
from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Phase, SubjectKind
from monitor.service.engine_worker import Worker
from monitor.service.hot_subjects import SIZES
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from tests.support.by_hand import by_hand
from tests.support.to_all import ToAll

START = datetime(2021, 1, 4, tzinfo=UTC)
LOOKS = 25
POLICY = """
policy: hot
version: "1"
effective_from: 2020-01-01
name: {en: Hot}
ladders: {tier: [{id: gold, en: Gold}]}
calendars:
  always: {zone: Asia/Shanghai, hours: 24x7}
  office: {zone: Asia/Shanghai, hours: {mon-fri: ["08:00-17:30"]}}
pause_reasons:
  customer: {en: Waiting for the customer}
  planned_work: {en: Planned work}
targets:
  restore:
    name: {en: Restoration}
    of: circuit
    start: [unavailable]
    stop: [available]
    pause: [planned_work]
    reopen: new_cycle
    calendar: always
    budgets: [{budget: 4h, source: test}]
  availability:
    name: {en: Availability}
    of: circuit
    per: month
    start: [unavailable]
    pause: [planned_work]
    calendar: always
    pace: on
    budgets: [{budget: 400h, source: test}]
  faults:
    name: {en: Faults}
    of: circuit
    per: month
    start: [unavailable]
    calendar: always
    budgets: [{budget: 50000 times, source: test}]
  resolve:
    name: {en: Resolution}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    calendar: office
    budgets: [{budget: 30000h, source: test}]
  feedback:
    name: {en: Feedback}
    start: [opened, accepted, held]
    stop: [restored, closed]
    recurring: true
    calendar: always
    budgets: [{budget: 2h, source: test}]
  confirm:
    name: {en: Confirmation}
    started_by: {target: resolve}
    stop: [closed]
    calendar: always
    budgets: [{budget: 24h, source: test}]
"""
MAPPING = SourceMapping(
    statuses={phase.value: StatusRule(phase) for phase in Phase if phase is not Phase.UNKNOWN},
    reasons={name: name for name in ("customer", "planned_work")},
    attributes={name: AttributeRule(name) for name in ("tier", "customer", "team")},
    circuit_states={state.value: state for state in CircuitState},
)


def circuit(number: int, every: timedelta) -> Event:
    """A circuit that fails and comes back."""
    state = ("available", "unavailable", "available", "degraded")[number % 4]
    fields = {"tier": "gold", "customer": "C"}
    return Event("s", f"e{number}", SubjectKind.CIRCUIT, "X", START + number * every, number, state, fields=fields)


def ticket(number: int, every: timedelta, statuses: tuple[str | None, ...], feedback: bool = False) -> Event:
    """An entry of a ticket that is opened by the first one."""
    status = "opened" if not number else statuses[number % len(statuses)]
    reason = "customer" if status == "held" else None
    fields = {"tier": "gold", "customer": "C"}
    return Event(
        "s", f"e{number}", SubjectKind.TICKET, "X", START + number * every, number, status, reason, feedback,
        START, fields,
    )  # fmt: skip


YEARS = timedelta(days=5 * 365)
Kind = Callable[[int, int], Event]
KINDS: dict[str, Kind] = {
    "circuit, five years": lambda n, of: circuit(n, YEARS / of),
    "circuit, one month": lambda n, of: circuit(n, timedelta(days=26) / of),
    "ticket, worklog": lambda n, of: ticket(n, YEARS / of, (None,)),
    "ticket, waits": lambda n, of: ticket(n, YEARS / of, ("held", "accepted")),
    "ticket, feedback": lambda n, of: ticket(n, YEARS / of, (None,), feedback=True),
}


def rules() -> Rulebook:
    policy = policy_file.build(yaml_file.parse(POLICY, "hot.yml"), "Asia/Shanghai")
    return build_rulebook.rulebook(policy, {"s": MAPPING})


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one subject: seconds of the first look, and milliseconds of each later one: the median, the most."""

    kind: str
    events: int
    first: float
    median: float
    most: float


def measure(kind: str, events: int, looks: int = LOOKS, whole: bool = False) -> Cost:
    """What one subject costs."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder)}/hot.db")
        try:
            spent = list(_looks(database, kind, events, looks, whole))
        finally:
            database.close()
    first, later = spent[0], sorted(spent[1:])
    return Cost(kind, events, first, 1000 * median(later), 1000 * later[-1])


def _looks(database: Database, kind: str, events: int, looks: int, whole: bool) -> Iterator[float]:
    ingest, clocks, make = Ingest(database), Clocks(database), KINDS[kind]
    known = [make(n, events) for n in range(events)]
    now = known[-1].at + timedelta(seconds=1)
    settings = Settings("bench", clocks.installed_at(START))
    sizes = SIZES._replace(many=10**9) if whole else SIZES
    worker = by_hand(Worker(
        clocks, rules(), lambda *given: clock_alerts.decide(*given[:2], settings, given[2]), ToAll(()), START, ("s",),
        sizes=sizes,
    ))  # fmt: skip
    for start in range(0, events, 1000):
        ingest.commit_batch("s", Batch(tuple(known[start : start + 1000]), (), {}), now)
    known.clear()
    yield _look(worker, now)
    for n in range(events, events + looks):
        one = make(n, events)
        now = one.at + timedelta(seconds=1)
        ingest.commit_batch("s", Batch((one,), (), {}), now)
        yield _look(worker, now)


def _look(worker: Worker, now: datetime) -> float:
    began = process_time()
    assert worker.step(now)[0] == 1
    return process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--whole", action="store_true", help="without checkpoints")
    parser.add_argument("--kind", choices=KINDS)
    given = parser.parse_args()
    sizes = (2_000,) if given.quick else (20_000, 100_000)
    kinds = [given.kind] if given.kind else list(KINDS)
    costs = [measure(kind, size, 3 if given.whole else LOOKS, given.whole) for kind in kinds for size in sizes]
    table = Table("subject", "events", "first look, s", "a look, ms", "most, ms", title="a look at a hot subject")
    for cost in costs:
        table.add_row(cost.kind, f"{cost.events:,}", f"{cost.first:.2f}", f"{cost.median:.1f}", f"{cost.most:.1f}")
    Console().print(table)
    print(json.dumps({"hot_subject": [[c.kind, c.events, c.first, c.median, c.most] for c in costs]}))


if __name__ == "__main__":
    main()
