"""Histories for the lessons: a policy in a few words, instants of a zone, and what the engine says of one ticket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from alerts.decide import clock_alerts as alert_rules
from alerts.delivery.outbox import after
from monitor.alert.alert import Alert, Channel, Delivery, Result, Verdict
from monitor.clock.engine import Outcome, Rulebook, Transition, advance
from monitor.clock.reading import Reading
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, StatusRule
from monitor.model import Life, Phase
from monitor.policy.counting import GROUPS
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.ingest import Ingest
from monitor.store.recomputation import Recomputation
from tests.support import cases
from tests.support.by_hand import by_hand
from tests.support.cases import MAPPING, MONDAY, ticket
from tests.support.desk import SETTINGS
from tests.support.to_all import ToAll

H, M = timedelta(hours=1), timedelta(minutes=1)
OFFICE = "{mon-fri: [09:00-17:00]}"
ANY = "{budget: 4h, source: test}"
"""A budget row for every ticket."""

WORDS = replace(
    MAPPING,
    statuses={
        **MAPPING.statuses,
        "merged": StatusRule(Phase.CANCELLED),
        "pending customer": StatusRule(Phase.HELD, "customer"),
    },
    attributes={**MAPPING.attributes, "urgency": AttributeRule("urgency")},
)

SOURCES = ("tickets",)
STATE, QUEUE = Channel("wall", Delivery.STATE), Channel("phone", Delivery.QUEUE)


def promise(
    *rows: str,
    hours: str = "24x7",
    zone: str = "UTC",
    dated: str = "",
    reopen: str = "resume",
    stages: str = "[75%, 90%, 100%]",
    more: str = "",
    version: str = "1",
) -> str:
    """The text of a policy with the target `restore`; *more* are further targets, *dated* further keys of `office`."""
    budgets = "\n".join(f"      - {row}" for row in rows or (ANY,))
    return f"""\
policy: lesson
version: "{version}"
effective_from: 2026-01-01
name: {{en: Lesson}}
ladders:
  tier:
    - {{id: diamond, en: Diamond}}
    - {{id: gold, en: Gold}}
    - {{id: standard, en: Standard}}
calendars:
  always: {{zone: UTC, hours: 24x7}}
  office: {{zone: {zone}, hours: {hours}{dated}}}
pause_reasons:
  customer: {{en: Waiting for the customer}}
targets:
  restore:
    name: {{en: Restoration}}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    reopen: {reopen}
    calendar: office
    budgets:
{budgets}
{more}
stages:
  tier: {{diamond: {stages}, gold: {stages}}}
"""


def rules(text: str = "") -> Rulebook:
    """A rulebook of that policy for the source `tickets`."""
    return cases.rules(text or promise(), WORDS)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local(text: str, zone: str) -> datetime:
    """That time of the clocks on the wall in *zone*."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def readings(events: Sequence[Event], now: datetime, book: Rulebook, target: str = "restore") -> list[Reading]:
    """Every cycle of one target."""
    return [reading for reading in advance(events, (), book, now).readings if reading.target.name == target]


def read(events: Sequence[Event], now: datetime, book: Rulebook, target: str = "restore") -> Reading:
    """The latest cycle of one target."""
    return readings(events, now, book, target)[-1]


def spent(reading: Reading, life: Life) -> timedelta:
    """Wall time that a clock has spent in one life."""
    return sum((part.end - part.start for part in reading.intervals if part.life is life), timedelta(0))


def happened(found: Sequence[Transition], target: str = "restore") -> list[tuple[str, str, datetime]]:
    return [(item.kind.value, item.stage, item.at) for item in found if item.target == target]


def every(start: datetime, end: datetime, step: timedelta) -> Iterator[datetime]:
    """Instants from *start* to *end*, both included."""
    while start <= end:
        yield start
        start += step


@dataclass(slots=True)
class Installation:
    """A store on disk, the worker that drains it, and the two kinds of receivers."""

    database: Database
    book: Rulebook
    installed_at: datetime = MONDAY

    @property
    def worker(self) -> Worker:
        settings = replace(SETTINGS, installed_at=self.installed_at)

        def decide(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
            return alert_rules.decide(outcome, known, settings, now)

        channels = (STATE, QUEUE)
        return by_hand(Worker(Clocks(self.database), self.book, decide, ToAll(channels), self.installed_at, SOURCES))

    def hear(self, now: datetime, *events: Event) -> None:
        Ingest(self.database).commit_batch("tickets", Batch(events, (), {"n": 1}), now)

    def work(self, now: datetime) -> list[int]:
        """Drain what waits; gives how many subjects each step took."""
        taken: list[int] = []
        while (step := self.worker.step(now)[0]) > 0:
            taken.append(step)
            assert len(taken) < 1000, "the work never ends"
        return taken

    def publish(self, book: Rulebook) -> int:
        """Go on under other rules; gives how many subjects must be read again."""
        self.book = book
        return Recomputation(self.database, book.version, (*SOURCES, GROUPS)).mark()

    def deliver(self, channel: Channel, now: datetime) -> list[str]:
        """Tell a receiver that takes everything what is due; gives it as `stage reason`."""
        deliveries = Deliveries(self.database)
        due = deliveries.due_pages(channel.name, now, 100)
        taken = [Result(page, Verdict.ACCEPTED) for page in due]
        deliveries.settle_pages([after(item.page, item, channel.delivery, now, 0.0) for item in taken], now)
        return [f"{page.alert.stage} {page.alert.reason}" for page in due]


@contextmanager
def installation(folder: Path, book: Rulebook) -> Iterator[Installation]:
    database = Database(f"sqlite:///{folder}/lessons.db")
    try:
        yield Installation(database, book)
    finally:
        database.close()


__all__ = [
    "ANY",
    "MONDAY",
    "OFFICE",
    "QUEUE",
    "SOURCES",
    "STATE",
    "WORDS",
    "H",
    "Installation",
    "M",
    "every",
    "happened",
    "installation",
    "local",
    "promise",
    "read",
    "readings",
    "rules",
    "spent",
    "ticket",
    "utc",
]  # fmt: skip
