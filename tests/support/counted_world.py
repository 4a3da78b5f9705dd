"""A model of all that changes what is counted of open clocks: one real store, the engine's steps, and their deaths.

After each step what is kept is what a reader of all rows counts, or nothing is known. A process dies at any of its
statements, before its commit, and after it; it then goes on as a process whose commit failed, or as one that starts.
Or the database refuses a statement or a commit, as it does on a full disk.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal

import sqlalchemy as sa

from alerts.decide import clock_alerts
from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.errors import StoreError
from monitor.history import Correction, correction_event
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import CircuitState, CorrectionKind, RetiredBy, SubjectKey, SubjectKind
from monitor.policy import GROUPS
from monitor.service.engine_worker import Worker
from monitor.service.hot_subjects import Sizes
from monitor.store import Clocks, Cutoffs, MonthReport, MonthReports, Pruning, Recomputation, recount
from monitor.store.aggregating import compare
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.kept import Kept
from monitor.store.schema import metadata
from tests.monitor.policy.test_guarded import CONGRESS
from tests.support.aggregates import from_rows, kept
from tests.support.by_hand import by_hand
from tests.support.cases import MAPPING, POLICY, at, ticket
from tests.support.desk import SETTINGS
from tests.support.stores import QUEUE, STATE
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

SOURCES = ("tickets", "circuits")
COUNTS = """\
  complaints:
    name: {en: Complaints, zh: 投诉}
    counts: [opened]
    by: customer
    per: month
    stages: [50%, 100%]
    budgets: [{budget: 2 times, source: test}]
  down:
    name: {en: Time down, zh: 中断时间}
    of: circuit
    start: [unavailable]
    per: month
    budgets: [{when: {tier: gold}, budget: 100m, source: test}]
"""
STATUSES = ("new", "working", "waiting", "resolved", "closed", "cancelled")
TIERS = ("diamond", "gold", "standard", "")
CUSTOMERS = ("Harbour Bank", "Other")
OUTLIVED = timedelta(days=400)
FULL = "database or disk is full"


End = Literal["killed", "killed after", "refused"]
"""How a transaction ends: the process dies in it or after its commit, or the database refuses what is written."""


class KilledError(BaseException):
    """The process dies here."""


@cache
def book(version: int) -> Rulebook:
    """The rules; those of version 2 promise less, and have another guarded period."""
    changes = () if version == 1 else (("budget: 4h", "budget: 1h"), ("congress:", "summit:"))
    text = exchanged(CONGRESS + POLICY.lstrip() + COUNTS, *changes)
    policy = policy_file.build(yaml_file.parse(text, "case.yml"))
    return build_rulebook.rulebook((policy,), dict.fromkeys(SOURCES, MAPPING))


@dataclass
class World:
    """The world: a clock, a store, an engine."""

    database: Database
    now: datetime = field(default_factory=lambda: at(9))
    version: int = 1
    number: int = 0
    killed_at: int = 0
    """How many writes are still done before the process dies or is refused one; 0 as long as all is well."""
    how: End = "killed"
    done: Counter[str] = field(default_factory=Counter)
    """What has happened, for tests that must not be about nothing."""

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            for table in metadata.sorted_tables:
                connection.execute(sa.delete(table))
        MonthReports(self.database).keep(
            MonthReport("2026-01", "UTC", datetime(2099, 1, 1, tzinfo=UTC), at(0), "r", [])
        )
        self.start()

    def start(self) -> None:
        """A process begins: what was in memory is gone."""
        self.database.kept = Kept()
        self.engine()

    def engine(self) -> None:
        def decide(outcome: Any, known: Any, now: datetime) -> Any:
            return clock_alerts.decide(outcome, known, SETTINGS, now)

        clocks, rules, sizes = Clocks(self.database), book(self.version), Sizes(3, 2, 1, timedelta(0))
        recomputation = Recomputation(self.database, rules.version, (*SOURCES, GROUPS), portion=2)
        self.worker = by_hand(
            Worker(
                clocks, rules, decide, ToAll((STATE, QUEUE)), at(0), SOURCES, recomputation=recomputation, sizes=sizes
            )
        )

    # -- what may happen ---------------------------------------------------------------------------------------------

    def hear(self, subject: int, status: int, tier: int, customer: int, minutes: int) -> None:
        """A ticket says something of so many minutes ago."""
        said = ticket(
            f"T{subject}", self.now - timedelta(minutes=minutes), STATUSES[status], sequence=self._next(),
            tier=TIERS[tier], customer=CUSTOMERS[customer],
        )  # fmt: skip
        self._told("tickets", said)

    def circuit(self, subject: int, state: int, tier: int) -> None:
        name, word = f"C{subject}", tuple(CircuitState)[state].value
        said = Event(
            "circuits", f"{name} {self._next()}", SubjectKind.CIRCUIT, name, self.now, self.number, status=word,
            fields={"tier": TIERS[tier]},
        )  # fmt: skip
        self._told("circuits", said)

    def retire(self, subject: int, of_circuits: bool) -> None:
        made = Correction(CorrectionKind.RETIRE, "gone", "wang", self.now, by=RetiredBy.COMMAND)
        key = SubjectKey("circuits", f"C{subject}") if of_circuits else SubjectKey("tickets", f"T{subject}")
        kind = SubjectKind.CIRCUIT if of_circuits else SubjectKind.TICKET
        with self._alive():
            if Clocks(self.database).load([key])[0].events:
                Ingest(self.database).correct(correction_event(key, kind, made, self.now), self.now)

    def work(self, minutes: int) -> None:
        """Time passes, or is set back, and the engine does what is due."""
        self.now += timedelta(minutes=minutes)
        with self._alive():
            for _ in range(200):
                if not self.worker.step(self.now, undo=minutes < 0)[0]:
                    return
            raise AssertionError("the work never ends")

    def rules(self) -> None:
        """Another version of the policy is taken."""
        self.version = 3 - self.version
        with self._alive():
            self.engine()

    def set_aside(self, subject: int) -> None:
        (loaded,) = Clocks(self.database).load([SubjectKey("tickets", f"T{subject}")])
        with self._alive():
            Clocks(self.database).set_aside(loaded, self.now, self.now + timedelta(hours=1))

    def prune(self) -> None:
        """Everything that is over goes, as if more than a year had passed."""
        keys = [SubjectKey("tickets", f"T{n}") for n in range(5)] + [SubjectKey("circuits", f"C{n}") for n in range(3)]
        far = self.now + OUTLIVED
        with self._alive():
            pruned = Pruning(self.database).prune(keys, Cutoffs(far, far, far), far)
            self.done["pruned"] += pruned.rows["events"]

    def die(self, writes: int, how: End) -> None:
        """The process is to die after so many writes from now on, or at the commit after them; or is refused there."""
        self.killed_at, self.how = writes, how

    def recount(self, meanwhile: Sequence[tuple[str, tuple[Any, ...]]]) -> None:
        """What is kept is counted anew, and this happens while it is."""
        left = iter(meanwhile)

        def rest(_: float) -> bool:
            for name, given in left:
                getattr(self, name)(*given)
                self.done["meanwhile"] += 1
            return False

        with self._alive():
            recount(self.database, rest)

    # -- what must hold ----------------------------------------------------------------------------------------------

    def look(self) -> None:
        counted = self.database.kept.counted()
        if counted is not None:
            assert counted == from_rows(self.database)
            assert compare(self.database, None)[:2] == ((), None)
            self.done["known"] += 1
            self.done["guarded"] += bool(counted.guarded)
            used = [allowed for group in counted.groups.values() for allowed in group.used]
            self.done["used now"] += any(allowed.running for allowed in used)
            self.done["at rest"] += any(not allowed.running for allowed in used)
            self.done["groups"] += any(labels[0] == GROUPS for labels in counted.groups)
        else:
            self.done["not known"] += 1

    def end(self) -> None:
        self.killed_at = 0
        assert kept(self.database) == from_rows(self.database)

    # -- details -----------------------------------------------------------------------------------------------------

    def _next(self) -> int:
        self.number += 1
        return self.number

    def _told(self, source: str, event: Event) -> None:
        with self._alive():
            Ingest(self.database).commit_batch(source, Batch([event], (), {"n": 1}), self.now)

    @contextmanager
    def _alive(self) -> Iterator[None]:
        """Do something until the process dies; one whose commit has failed goes on, one that was killed starts."""
        engine, dialect = self.database._engine, self.database._engine.dialect
        commits = dialect.do_commit

        def executed(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.lstrip().startswith(("SELECT", "PRAGMA", "BEGIN")):
                self._passed()

        def committed(connection: Any) -> None:
            dies = self.killed_at == 1
            if dies and self.how != "killed after":
                self._passed()
            commits(connection)
            if dies:
                self._passed()

        sa.event.listen(engine, "before_cursor_execute", executed)
        dialect.do_commit = committed  # type: ignore[method-assign]
        try:
            yield
        except KilledError:
            self.done[self.how] += 1
            if self.number % 2:
                self.start()
            else:
                self.engine()
        except StoreError as error:
            if FULL not in str(error):
                raise
            self.done["refused"] += 1
        finally:
            dialect.do_commit = commits  # type: ignore[method-assign]
            sa.event.remove(engine, "before_cursor_execute", executed)

    def _passed(self) -> None:
        if self.killed_at:
            self.killed_at -= 1
            if not self.killed_at:
                if self.how == "refused":
                    raise sqlite3.OperationalError(FULL)
                raise KilledError
