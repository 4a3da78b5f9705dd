"""What was counted of teams and suppliers is what explanations of stopped clocks say, after any history and restart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide import clock_alerts
from exporters import consumed
from monitor.clock import Rulebook
from monitor.explain import explain
from monitor.history.batch import Batch
from monitor.history.mapping import AttributeRule
from monitor.model import Life, SubjectKey
from monitor.service.engine_worker import Worker
from monitor.service.exemplars import Exemplars
from monitor.service.publisher import _in_seconds
from monitor.snapshot import CONSUMED_PERCENT, NOBODY, OPEN_WORDS, OTHER, PARTY_USED, PARTY_WITHDRAWN, consumed_bound
from monitor.store import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest
from monitor.store.schema import metadata
from monitor.store.views import Views
from tests.support import snapshots
from tests.support.by_hand import by_hand
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.desk import SETTINGS
from tests.support.stores import QUEUE, STATE
from tests.support.texts import exchanged
from tests.support.to_all import ToAll

STATUSES = ("new", "working", "waiting", "resolved", "closed", "cancelled")
TEAMS = ("core", "field", "")
SUPPLIERS = ("", "", "Cable & Sons")
_MAPPED = replace(MAPPING, attributes={**MAPPING.attributes, "supplier": AttributeRule("supplier")})
RULES = rules(POLICY, _MAPPED)
OTHERS = rules(exchanged(POLICY, ('version: "1"', 'version: "2"'), ("budget: 4h", "budget: 1h")), _MAPPED)

Shares = Counter[tuple[str, str, str, str]]


@dataclass
class Desk:
    """Tickets, a store and an engine; the time goes on with what is said."""

    database: Database
    now: datetime = field(default_factory=lambda: at(1))
    book: Rulebook = RULES
    number: int = 0
    exemplars: Exemplars = field(default_factory=Exemplars)

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            for table in metadata.sorted_tables:
                connection.execute(sa.delete(table))
        self.start()

    def start(self) -> None:
        """A process begins, perhaps with other rules; what was in memory is gone."""

        def decide(outcome: Any, known: Any, now: datetime) -> Any:
            return clock_alerts.decide(outcome, known, SETTINGS, now)

        self.worker = by_hand(Worker(
            Clocks(self.database), self.book, decide, ToAll((STATE, QUEUE)), at(0), ("tickets",),
            exemplars=self.exemplars,
        ))  # fmt: skip

    def other_rules(self) -> None:
        self.book = OTHERS if self.book is RULES else RULES
        with self.database.write() as connection:
            connection.execute(
                sa.text("INSERT OR IGNORE INTO touched SELECT source, subject, 1, 0, NULL, NULL FROM subjects")
            )
        self.start()

    def hear(self, subject: int, status: str, tier: str, team: str, supplier: str, ago: int) -> None:
        self.number += 1
        said = {name: text for name, text in (("tier", tier), ("team", team), ("supplier", supplier)) if text}
        event = ticket(
            f"T{subject}", max(at(0), self.now - timedelta(minutes=ago)), status, sequence=self.number, **said
        )
        Ingest(self.database).commit_batch("tickets", Batch([event], (), {"n": self.number}), self.now)

    def work(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for _ in range(200):
            if not self.worker.step(self.now)[0]:
                return
        raise AssertionError("the work never ends")

    def counted(self) -> Shares:
        found: Shares = Counter()
        for one in Views(self.database).counts():
            if one.name in (PARTY_USED, PARTY_WITHDRAWN):
                sign = 1 if one.name == PARTY_USED else -1
                labels = one.labels
                key = labels["tier"], labels["sla_target"], labels["agreement"], labels["party"]
                found[key] += sign * int(one.value)
        return Counter({key: number for key, number in found.items() if number})

    def explained(self) -> Shares:
        """The same of the explanations of all tickets."""
        found: Shares = Counter()
        for number in range(4):
            events = Views(self.database).events_of(SubjectKey("tickets", f"T{number}"))
            for clock in explain(events, self.book, self.now).clocks if events else ():
                reading = clock.reading
                if reading.life is not Life.STOPPED:
                    continue
                rest = reading.counted
                for leg in clock.legs:
                    found[reading.tier, reading.target.name, leg.kind.value.lower(), leg.party] += micros(leg.counted)
                    rest -= leg.counted
                found[reading.tier, reading.target.name, NOBODY, NOBODY] += micros(rest)
        return Counter({key: number for key, number in found.items() if number})


def micros(length: timedelta) -> int:
    return length // timedelta(microseconds=1)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    it = Database(f"sqlite:///{tmp_path_factory.mktemp('consumption')}/store.db")
    yield it
    it.close()


HEARD = st.tuples(
    st.just("hear"), st.integers(0, 3), st.sampled_from(STATUSES), st.sampled_from(("diamond", "gold")),
    st.sampled_from(TEAMS), st.sampled_from(SUPPLIERS), st.integers(0, 90),
)  # fmt: skip
STEPS = st.one_of(
    HEARD, HEARD, HEARD, st.tuples(st.just("work"), st.sampled_from((0, 5, 20, 60, 300))),
    st.tuples(st.sampled_from(("start", "other_rules"))),
)  # fmt: skip


@settings(max_examples=settings().max_examples // 3)
@given(st.lists(STEPS, min_size=4, max_size=20))
def test_used_minus_withdrawn_is_what_explanations_say(database: Database, history: list[tuple[Any, ...]]) -> None:
    desk = Desk(database)
    for name, *given_ in history:
        getattr(desk, name)(*given_)
        if name == "work":
            assert desk.counted() == desk.explained()
    desk.work(1)
    assert desk.counted() == desk.explained()
    consumed_is_completed(desk)


def consumed_is_completed(desk: Desk) -> None:
    """The histogram has each clock that the counter of stopped clocks has, by tier and target."""
    counts = Views(desk.database).counts()
    completed: Counter[tuple[str, ...]] = Counter()
    for one in counts:
        if one.name == "tierwatch_sla_clocks_completed_total":
            completed[one.labels["tier"], one.labels["sla_target"]] += int(one.value)
    spreads = dict(consumed.spreads(consumed.read(replace(snapshots.empty(), counts=counts))))
    assert {labels: int(spread.count) for labels, spread in spreads.items()} == completed


def test_what_is_known_late_is_withdrawn_and_counted_anew(database: Database) -> None:
    desk = Desk(database)
    desk.hear(0, "new", "gold", "core", "", 60)
    desk.hear(0, "resolved", "gold", "", "", 0)
    desk.work(0)
    hour = 3_600_000_000
    assert desk.counted() == {("gold", target, "ola", "core"): hour for target in ("restore", "accept", "feedback")}
    desk.hear(0, "working", "gold", "field", "", 30)
    desk.work(0)
    half = hour // 2
    assert desk.counted()["gold", "restore", "ola", "core"] == half
    assert desk.counted()["gold", "restore", "ola", "field"] == half
    stored = {
        (one.name, one.labels["party"], one.labels["sla_target"]): one
        for one in Views(database).counts()
        if "party" in one.name
    }
    assert stored[PARTY_USED, "core", "restore"].value == hour, "a counter never goes down"
    assert stored[PARTY_WITHDRAWN, "core", "restore"].value == half
    assert _in_seconds(stored[PARTY_WITHDRAWN, "core", "restore"]).value == 1800


def test_what_stopped_before_the_installation_is_not_counted(database: Database) -> None:
    desk = Desk(database)
    desk.worker = by_hand(replace(desk.worker, installed_at=at(5)))
    desk.hear(0, "new", "gold", "core", "", 60)
    desk.hear(0, "resolved", "gold", "", "", 0)
    desk.work(0)
    desk.hear(0, "working", "gold", "field", "", 30)
    desk.work(0)
    assert desk.counted() == {}
    assert desk.exemplars.newest() == {}


def test_parties_beyond_the_limit_are_one_and_stay_so_when_they_are_withdrawn(database: Database) -> None:
    desk, most = Desk(database, at(2)), OPEN_WORDS + 3
    for number in range(most):
        event = ticket(f"X{number}", at(1), "new", sequence=1, tier="gold", team=f"team {number:02}")
        done = ticket(f"X{number}", at(2), "resolved", sequence=2)
        Ingest(database).commit_batch("tickets", Batch([event, done], (), {"n": number}), at(2))
        desk.work(0)
    parties = {key[3]: number for key, number in desk.counted().items() if key[1] == "restore"}
    assert len(parties) == OPEN_WORDS + 1
    assert parties[OTHER] == 3 * 3_600_000_000
    for number in range(most):
        again = ticket(f"X{number}", at(1, 30), "waiting", sequence=3, reason="customer")
        Ingest(database).commit_batch("tickets", Batch([again], (), {"n": 100 + number}), at(2))
    desk.work(1)
    parties = {key[3]: number for key, number in desk.counted().items() if key[1] == "restore"}
    assert parties[OTHER] == 3 * 1_800_000_000
    assert set(parties.values()) == {3 * 1_800_000_000, 1_800_000_000}


@given(st.integers(0, 10**9), st.integers(1, 10**8))
def test_a_bucket_holds_what_is_not_above_its_bound(counted: int, budget: int) -> None:
    bound = consumed_bound(timedelta(seconds=counted), timedelta(seconds=budget))
    bounds = [percent / 100 for percent in CONSUMED_PERCENT]
    above = [value for value in bounds if counted > value * budget]
    expected = bounds[len(above)] if len(above) < len(bounds) else None
    assert bound == ("+Inf" if expected is None else repr(expected))


def test_the_exemplars_are_the_tickets_that_were_counted_last(database: Database) -> None:
    desk = Desk(database)
    desk.hear(0, "new", "gold", "", "", 60)
    desk.hear(1, "new", "gold", "", "", 60)
    desk.work(241)
    desk.hear(1, "resolved", "gold", "", "", 0)
    desk.work(0)
    newest = {(series.name, series.labels[-1], series.bound): one for series, one in desk.exemplars.newest().items()}
    breach = newest["tierwatch_sla_clocks_breached_total", "restore", ""]
    assert (breach.key.subject in ("T0", "T1"), breach.value) == (True, 1.0)
    stopped = newest["tierwatch_sla_consumed_ratio", "restore", "1.5"]
    assert stopped.key == SubjectKey("tickets", "T1")
    assert stopped.value == pytest.approx(301 / 240)
    desk.now -= timedelta(hours=2)
    desk.exemplars.counted((), at(0), desk.now)
    desk.hear(2, "new", "gold", "", "", 0)
    desk.work(120 + 241)
    assert (
        desk.exemplars.newest()[
            next(s for s in desk.exemplars.newest() if s.labels[-1] == "restore" and not s.bound)
        ].at
        >= breach.at
    )
