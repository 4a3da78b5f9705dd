"""What is judged before it is due must be what would have been judged when it is due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa
from hypothesis import event, given, settings
from hypothesis import strategies as st

from alerts.decide import clock_alerts as alert_rules
from monitor.alert.alert import Alert, Channel, Delivery, Settings
from monitor.clock.engine import Outcome
from monitor.history.batch import Batch
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.service import prejudge
from monitor.service.engine_worker import Worker
from monitor.service.prejudge import HORIZON, KEPT
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.schema import alert_log, alerts, outbox, readings, touched, transitions
from tests.support.by_hand import by_hand
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.to_all import ToAll

LOG = Channel("log", Delivery.QUEUE)
SETTINGS = Settings("here", at(0))
SECOND = timedelta(seconds=1)
STAGES = "stages: {tier: {gold: [50%, 10m left, 100%], diamond: [50%, 100%]}}\n"
RULES = rules(POLICY + STAGES)
ACCEPT_AT_RISK = at(1) + timedelta(minutes=7.5)


def decide(outcome: Outcome, known: Sequence[Alert], now: datetime) -> tuple[Alert, ...]:
    return alert_rules.decide(outcome, known, SETTINGS, now)


class Desk:
    def __init__(self, database: Database) -> None:
        self.database, self.clocks, self.ingest = database, Clocks(database), Ingest(database)
        self.worker = by_hand(Worker(self.clocks, RULES, decide, ToAll((LOG,)), at(0), ("tickets",)))

    def hear(self, now: datetime, *events: Event) -> None:
        self.ingest.commit_batch("tickets", Batch(events, (), {}), now)

    def work(self, now: datetime) -> None:
        while self.worker.step(now)[0]:
            pass

    def judge(self, now: datetime) -> int:
        judged = 0
        while some := self.worker.prejudge(now):
            judged += some
        return judged

    def kept(self, now: datetime) -> dict[str, list[tuple[object, ...]]]:
        """Everything stored, but when it was written; what has counted is told as at *now*."""
        found: dict[str, list[tuple[object, ...]]] = {}
        with self.database.read() as connection:
            for table in (transitions, alerts, alert_log, outbox, readings, touched):
                columns = [c for c in table.columns if c.name not in ("id", "recorded_at", "counted", "read_at")]
                rows = connection.execute(sa.select(*columns)).all()
                found[table.name] = sorted((tuple(row) for row in rows), key=str)
            rows = connection.execute(sa.select(readings.c.life, readings.c.counted, readings.c.read_at)).all()
            found["counted"] = sorted(
                (row[1] + (now - row[2] if row[0] == "running" else timedelta(0)),) for row in rows
            )
        return found


@cache
def _empty() -> bytes:
    """A store in which nothing is kept yet; to make one takes longer than a test."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "store.db")
        Database(f"sqlite:///{path}").close()
        return path.read_bytes()


@contextmanager
def desk() -> Iterator[Desk]:
    with TemporaryDirectory() as folder:
        path = Path(folder, "store.db")
        path.write_bytes(_empty())
        yield from _on(Database(f"sqlite:///{path}"))


def _on(database: Database) -> Iterator[Desk]:
    try:
        yield Desk(database)
    finally:
        database.close()


STATUSES = ("new", "new", "working", "waiting", "resolved")
TIERS = ("gold", "gold", "diamond", "standard")
SAID = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(STATUSES), st.sampled_from(TIERS), st.integers(0, 60)),
    min_size=1,
    max_size=10,
)


@settings(max_examples=40)  # each works through two stores
@given(SAID, st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_judging_beforehand_changes_nothing_that_is_stored(
    said: list[tuple[int, str, str, int]], waits: list[int]
) -> None:
    """One desk looks ahead at every turn, the other never; both work at every instant at which something is due."""
    with desk() as one, desk() as other:
        now, taken, news = at(1), 0, list(said)
        for turn in range(20):
            if news and turn % 2 == 0:
                subject, status, tier, minutes = news.pop(0)
                told = ticket(f"T{subject}", now, status, sequence=turn, tier=tier, reason="customer")
                for each in (one, other):
                    each.hear(now, told)
                    each.work(now)
                now += timedelta(minutes=minutes)
            due = one.worker.next_due()
            if due is not None and due > now:
                one.judge(due - waits[turn % len(waits)] * SECOND)
                taken += len(one.worker.prejudgements.known)
                now = due
            for each in (one, other):
                each.work(now)
        event(f"judged beforehand: {min(taken, 5)}")
        kept = one.kept(now)
        event(f"alerts: {min(len(kept['alerts']), 5)}")
        assert kept == other.kept(now)


def test_only_the_remembering_is_left_for_the_instant() -> None:
    with desk() as own:
        own.hear(at(1), ticket("T1", at(1), "new"))
        own.work(at(1))
        assert own.judge(ACCEPT_AT_RISK - HORIZON - SECOND) == 0
        assert own.judge(ACCEPT_AT_RISK - SECOND) == 1
        known = own.worker.prejudgements.known[SubjectKey("tickets", "T1")]
        assert known.at == ACCEPT_AT_RISK
        taken = own.worker.prejudgements.take([SubjectKey("tickets", "T1")], ACCEPT_AT_RISK + SECOND)
        assert list(taken.values()) == [known]
        assert own.worker.prejudgements.known == {}


def test_the_engine_of_the_next_configuration_counts_on_and_knows_nothing_of_the_judgements() -> None:
    with desk() as own:
        own.hear(at(1), ticket("T1", at(1), "new"))
        own.work(at(1))
        own.judge(ACCEPT_AT_RISK - SECOND)
        own.work(ACCEPT_AT_RISK)
        before, following = own.worker, Desk(own.database).worker
        following.count_on(before)
        assert following.prejudgements.use()[3:] == before.prejudgements.use()[3:] == (1, 1)
        assert following.prejudgements.known == {}
        assert following.step(at(60))[0] == 1
        assert following.prejudgements.use()[3:] == (1, 2)


def test_what_was_heard_meanwhile_makes_a_judgement_void() -> None:
    with desk() as own:
        own.hear(at(1), ticket("T1", at(1), "new"))
        own.work(at(1))
        own.judge(ACCEPT_AT_RISK - SECOND)
        own.hear(ACCEPT_AT_RISK - SECOND, ticket("T1", ACCEPT_AT_RISK - 2 * SECOND, "accepted"))
        assert own.worker.prejudgements.take([SubjectKey("tickets", "T1")], ACCEPT_AT_RISK) == {}


def test_a_judgement_is_void_once_something_else_of_the_subject_is_due() -> None:
    with desk() as own:
        own.hear(at(1), ticket("T1", at(1), "new"))
        own.work(at(1))
        own.judge(ACCEPT_AT_RISK - SECOND)
        breached = at(1) + timedelta(minutes=10, microseconds=1)
        assert own.worker.prejudgements.take([SubjectKey("tickets", "T1")], breached) == {}


def test_a_judgement_that_nobody_takes_is_let_go() -> None:
    with desk() as own:
        own.hear(at(1), ticket("T1", at(1), "new"))
        own.work(at(1))
        own.judge(ACCEPT_AT_RISK - SECOND)
        own.judge(ACCEPT_AT_RISK + KEPT)
        assert own.worker.prejudgements.known == {}


def test_no_more_than_a_limit_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prejudge, "MOST", 7)
    with desk() as own:
        own.hear(at(1), *(ticket(f"T{n:02}", at(1), "new") for n in range(20)))
        own.work(at(1))
        own.judge(ACCEPT_AT_RISK - SECOND)
        assert len(own.worker.prejudgements.known) == 7
        own.work(ACCEPT_AT_RISK)
        with own.database.read() as connection:
            crossed = sa.select(sa.func.count()).where(transitions.c.kind == "at_risk")
            assert connection.scalar(crossed) == 20
