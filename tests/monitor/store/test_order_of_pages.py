"""The outbox as a queue, against a model of it: random arrivals, connections, answers and failures.

The model looks at every row and picks by hand what must be next. What must hold: the page that is handed out is the
most urgent one that may go; of one alert nothing overtakes anything, and nothing is on two connections; in the end
every page was accepted, or has the reason on record why it did not have to be sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.delivery import outbox
from monitor.alert.alert import Alert, Channel, Decision, Delivery, Page, Reason, Result, Verdict, Withheld
from monitor.alert.urgency import urgency
from monitor.model import SubjectKey
from monitor.store import schema
from monitor.store.alert_rows import queue_for
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from tests.support.cases import at
from tests.support.to_all import ToAll

PHONE, WALL = Channel("phone", Delivery.QUEUE), Channel("wall", Delivery.STATE)
LADDER = ("diamond", "gold", "silver", "standard")
_WIPED = (schema.outbox, schema.alerts, schema.alert_log, schema.decisions, schema.meta, schema.counters)


@pytest.fixture(scope="module")
def opened() -> Iterator[Database]:
    it = Database("sqlite://")
    yield it
    it.close()


@pytest.fixture
def database(opened: Database) -> Database:
    wipe(opened)
    return opened


def wipe(database: Database) -> None:
    with database.write() as connection:
        for table in _WIPED:
            connection.execute(sa.delete(table))
    Deliveries(database).begin((PHONE, WALL), at(0), None, LADDER)


def alert(
    ticket: str, tier: str = "standard", stage: str = "used_75", deadline: float = 14, reason: Reason = Reason.FIRST
) -> Alert:
    severity = "critical" if stage == "breached" else "warning"
    labels = {"alertname": "A", "ticket": ticket, "tier": tier, "stage": stage, "severity": severity}
    return Alert(
        labels, {"summary": f"{ticket} {stage}"}, at(1), subject=SubjectKey("tickets", ticket), target="restore",
        cycle=1, stage=stage, deadline=at(deadline), reason=reason,
    )  # fmt: skip


def tell(database: Database, *alerts: Alert, now: datetime | None = None, to: Channel = PHONE) -> None:
    Clocks(database).commit_alerts(list(alerts), ToAll((to,)), now or at(2))


def names(pages: Sequence[Page]) -> list[str]:
    return [
        f"{'+' if page.alert.firing else '-'}{page.alert.labels.get('ticket', '')} {page.alert.stage}" for page in pages
    ]


def settle(database: Database, pages: Sequence[Page], verdict: Verdict = Verdict.ACCEPTED, now: datetime | None = None,
           reason: str = "network") -> None:  # fmt: skip
    done = [outbox.after(page, Result(page, verdict, reason), Delivery.QUEUE, now or at(2), 0.0) for page in pages]
    Deliveries(database).settle_pages(done, now or at(2))


def drained(database: Database, now: datetime) -> list[str]:
    """Everything that the phone is told, one page after the other."""
    told: list[str] = []
    while pages := Deliveries(database).due_pages("phone", now, 1):
        told += names(pages)
        settle(database, pages, now=now)
    return told


# -- the order -------------------------------------------------------------------------------------------------------


def test_breaches_go_first_then_tiers_then_deadlines(database: Database) -> None:
    tell(
        database, alert("W", "diamond"), alert("B", "standard", "breached"), alert("G2", "gold", "breached", 13),
        alert("V", "gold"), alert("G1", "gold", "breached", 12),
    )  # fmt: skip
    assert drained(database, at(2)) == ["+G1 breached", "+G2 breached", "+B breached", "+W used_75", "+V used_75"]


def test_a_breach_goes_before_what_has_waited_for_an_hour(database: Database) -> None:
    tell(database, *(alert(f"T{n}", "diamond") for n in range(5)), now=at(2))
    tell(database, alert("B", "standard", "breached"), now=at(3))
    assert drained(database, at(3))[0] == "+B breached"


def test_what_has_waited_long_enough_goes_before_what_is_more_urgent_and_no_breach(database: Database) -> None:
    tell(database, alert("old", "standard"), now=at(2))
    tell(database, alert("new", "diamond"), now=at(2, 10))
    assert drained(database, at(2, 10)) == ["+old used_75", "+new used_75"]


def test_a_change_of_tier_tells_the_new_alert_before_it_ends_the_old_whatever_happens_to_it(database: Database) -> None:
    old = alert("T1", "gold", "breached")
    tell(database, old)
    assert drained(database, at(2)) == ["+T1 breached"]
    new = alert("T1", "standard", "breached", reason=Reason.TIER_CHANGED)
    tell(database, new, old.resolve(at(3), Reason.TIER_CHANGED), now=at(3))
    tell(database, alert("T2", "gold", "breached").resolve(at(3), Reason.RESTORED), now=at(3))
    (page,) = Deliveries(database).due_pages("phone", at(3), 1)
    assert names([page]) == ["+T1 breached"]
    assert names(Deliveries(database).due_pages("phone", at(3), 9, {page.alert.key})) == ["-T2 breached"]
    settle(database, [page], Verdict.RETRY, at(3))
    assert Deliveries(database).due_pages("phone", at(3), 9)[0].alert.labels["ticket"] == "T2", "the end waits"
    assert drained(database, at(3, 2)) == ["+T1 breached", "-T1 breached", "-T2 breached"]


def test_the_end_of_a_pair_does_not_wait_for_what_a_silence_holds(database: Database) -> None:
    old = alert("T1", "gold", "breached")
    tell(database, old)
    assert drained(database, at(2)) == ["+T1 breached"]
    new = alert("T1", "standard", "breached", reason=Reason.TIER_CHANGED)
    held = Decision(PHONE, Withheld.SILENCED, held=True, until=at(9), detail="s1")
    with database.write() as connection:
        over = old.resolve(at(3), Reason.TIER_CHANGED)
        queue_for(connection, PHONE, [(new, held), (over, Decision(PHONE, None))], at(3))
    assert drained(database, at(3)) == ["-T1 breached"]


def test_a_page_that_its_receiver_does_not_take_waits_by_itself(database: Database) -> None:
    tell(database, alert("bad", "diamond", "breached"), alert("good"))
    (page,) = Deliveries(database).due_pages("phone", at(2), 1)
    settle(database, [page], Verdict.RETRY, reason="server_error")
    assert drained(database, at(2)) == ["+good used_75"]


def test_what_waited_for_its_receiver_is_due_at_once_when_that_is_back_the_most_urgent_first(
    database: Database,
) -> None:
    tell(database, alert("B", "gold", "breached"), alert("W"))
    for page in Deliveries(database).due_pages("phone", at(2), 9):
        settle(database, [replace(page, attempts=9)], Verdict.RETRY)
    assert Deliveries(database).due_pages("phone", at(2, 0.1), 9) == ()
    Deliveries(database).recover("phone", at(2, 0.1))
    assert drained(database, at(2, 0.1)) == ["+B breached", "+W used_75"]


def test_the_next_pages_are_found_in_an_index_and_nothing_is_sorted(database: Database) -> None:
    """What waits is read in its order; the work for the next page does not grow with what waits."""
    seen: list[str] = []

    def listen(conn: object, cursor: object, statement: str, parameters: object, *rest: object) -> None:
        if "outbox_in_turn" not in statement and "ORDER BY outbox.turn" in statement:
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[attr-defined]
            seen.extend(row[3] for row in plan)

    tell(database, *(alert(f"T{n}") for n in range(20)))
    sa.event.listen(database._engine, "before_cursor_execute", listen)
    try:
        Deliveries(database).due_pages("phone", at(2), 1)
    finally:
        sa.event.remove(database._engine, "before_cursor_execute", listen)
    assert any("outbox_in_turn" in step for step in seen)
    assert not any("TEMP B-TREE" in step for step in seen)


def test_news_go_before_states_that_were_told_and_those_are_not_forgotten(database: Database) -> None:
    tell(database, *(alert(f"T{n}", "diamond", "breached") for n in range(8)), to=WALL)
    deliveries = Deliveries(database)
    for page in deliveries.due_pages("wall", at(2), 256):
        deliveries.settle_pages([outbox.after(page, Result(page, Verdict.ACCEPTED), WALL.delivery, at(2), 0)], at(2))
    tell(database, *(alert(f"N{n}") for n in range(20)), to=WALL, now=at(3))
    told = names(deliveries.due_pages("wall", at(3), 8))
    assert [name[1] for name in told] == ["N"] * 6 + ["T"] * 2


# -- what is replaced ------------------------------------------------------------------------------------------------


def test_a_lesser_stage_that_was_never_sent_gives_way_to_the_breach_and_has_no_end(database: Database) -> None:
    lesser, breach = alert("T1", "gold"), alert("T1", "gold", "breached", reason=Reason.WORSENED)
    tell(database, lesser)
    tell(database, breach, now=at(3))
    assert drained(database, at(3)) == ["+T1 breached"]
    tell(database, lesser.resolve(at(4), Reason.RESTORED), breach.resolve(at(4), Reason.RESTORED), now=at(4))
    assert drained(database, at(4)) == ["-T1 breached"]
    assert reasons(database)["T1 used_75"] == "replaced"


def test_a_lesser_stage_that_is_under_way_or_was_tried_is_told_with_its_end(database: Database) -> None:
    lesser, breach = alert("T1", "gold"), alert("T1", "gold", "breached", reason=Reason.WORSENED)
    tell(database, lesser)
    pages = Deliveries(database).due_pages("phone", at(2), 1)
    tell(database, breach, now=at(3))
    settle(database, pages, now=at(3))
    tell(database, lesser.resolve(at(4), Reason.RESTORED), now=at(4))
    assert drained(database, at(4)) == ["+T1 breached", "-T1 used_75"]


def test_a_lesser_stage_that_gave_way_is_told_when_the_worse_one_is_taken_back_unheard(database: Database) -> None:
    lesser, breach = alert("T1", "gold"), alert("T1", "gold", "breached", reason=Reason.WORSENED)
    tell(database, lesser)
    tell(database, breach, now=at(3))
    tell(database, breach.resolve(at(4), Reason.WITHDRAWN), now=at(4))
    assert drained(database, at(4)) == ["+T1 used_75", "- "], "what stands, and after it the digest"
    tell(database, lesser.resolve(at(5), Reason.RESTORED), now=at(5))
    assert drained(database, at(5)) == ["-T1 used_75"]


@pytest.mark.parametrize("middle_stands", [True, False])
def test_of_stages_that_gave_way_one_after_the_other_the_worst_that_stands_is_told(
    database: Database, middle_stands: bool
) -> None:
    least, middle = alert("T1", "gold", "used_50"), alert("T1", "gold", "used_75", reason=Reason.WORSENED)
    breach = alert("T1", "gold", "breached", reason=Reason.WORSENED)
    for hours, one in enumerate((least, middle, breach), start=2):
        tell(database, one, now=at(hours))
    over = [breach] if middle_stands else [breach, middle]
    tell(database, *(one.resolve(at(5), Reason.WITHDRAWN) for one in over), now=at(5))
    assert drained(database, at(5)) == ["+T1 used_75" if middle_stands else "+T1 used_50", "- "]


def test_a_lesser_stage_does_not_come_back_once_the_worse_one_was_told(database: Database) -> None:
    lesser, breach = alert("T1", "gold"), alert("T1", "gold", "breached", reason=Reason.WORSENED)
    tell(database, lesser)
    tell(database, breach, now=at(3))
    assert drained(database, at(3)) == ["+T1 breached"]
    tell(database, breach.resolve(at(4), Reason.WITHDRAWN), now=at(4))
    assert drained(database, at(4)) == ["-T1 breached"], "its end says what stands"


def test_a_lesser_stage_gives_way_to_no_page_that_is_held_back(database: Database) -> None:
    lesser, breach = alert("T1", "gold"), alert("T1", "gold", "breached", reason=Reason.WORSENED)
    tell(database, lesser)
    held = Decision(PHONE, Withheld.SILENCED, held=True, until=at(9), detail="s1")
    with database.write() as connection:
        queue_for(connection, PHONE, [(breach, held)], at(3))
    assert drained(database, at(3)) == ["+T1 used_75"]


@pytest.mark.parametrize("under_way", [True, False])
def test_an_end_is_not_followed_by_another_when_what_began_between_gave_way(
    database: Database, under_way: bool
) -> None:
    lesser, breach = alert("T1", "gold"), alert("T1", "gold", "breached", reason=Reason.WORSENED)
    tell(database, lesser)
    assert drained(database, at(2)) == ["+T1 used_75"]
    tell(database, lesser.resolve(at(3), Reason.PAUSED), now=at(3))
    pages = Deliveries(database).due_pages("phone", at(3), 1) if under_way else ()
    tell(database, replace(lesser, reason=Reason.RESUMED), now=at(4))
    tell(database, breach, now=at(4))
    tell(database, lesser.resolve(at(5), Reason.RESTORED), now=at(5))
    settle(database, pages, now=at(5))
    assert sorted([*names(pages), *drained(database, at(5))]) == ["+T1 breached", "-T1 used_75"]


def reasons(database: Database) -> dict[str, str]:
    query = sa.select(schema.outbox.c.reason, schema.alerts.c.labels).join(
        schema.alerts, schema.alerts.c.key == schema.outbox.c.alert_key
    )
    with database.read() as connection:
        return {
            f"{row.labels.get('ticket', '')} {row.labels.get('stage', '')}": row.reason
            for row in connection.execute(query)
        }


# -- the model -------------------------------------------------------------------------------------------------------


@dataclass
class Model:
    """Connections that take one page each; what they may take is worked out here from all rows."""

    database: Database
    now: datetime = field(default_factory=lambda: at(2))
    truth: dict[str, Alert] = field(default_factory=dict)
    busy: dict[int, Page] = field(default_factory=dict)
    told: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def arrive(self, ticket: int, tier: str, stage: str) -> None:
        key = f"{ticket} {tier} {stage}"
        old = self.truth.get(key)
        if old is None or not old.firing:
            new = alert(f"T{ticket}", tier, stage, 3 + ticket, Reason.FIRST if old is None else Reason.REOPENED)
        else:
            new = old.resolve(self.now, Reason.RESTORED)
        self.truth[key] = new
        tell(self.database, new, now=self.now)

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def take(self, connection: int) -> None:
        if connection in self.busy:
            return
        keys = {page.alert.key for page in self.busy.values()}
        wanted = self._next(keys)
        pages = Deliveries(self.database).due_pages("phone", self.now, 1, keys)
        assert [page.id for page in pages] == wanted[:1], "not the most urgent of what may go"
        for page in pages:
            assert page.alert.key not in keys, "one alert on two connections"
            self.busy[connection] = page

    def answer(self, connection: int, verdict: Verdict) -> None:
        page = self.busy.pop(connection, None)
        if page is None:
            return
        if verdict is Verdict.ACCEPTED:
            before = self.told.setdefault(page.alert.key, [])
            assert not before or before[-1][0] <= page.id, "out of order"
            before.append((page.id, page.alert.firing))
        settle(self.database, [page], verdict, self.now)

    def crash(self) -> None:
        self.busy.clear()
        Deliveries(self.database).begin((PHONE,), self.now, None, LADDER)

    def _next(self, busy: set[str], dropped: frozenset[int] = frozenset()) -> list[int]:
        """The ids of what may go, in order. A digest with nothing left to say is *dropped* when its turn comes."""
        with self.database.read() as connection:
            mine = sa.select(schema.outbox).where(schema.outbox.c.channel == "phone")
            rows = connection.execute(mine.order_by(schema.outbox.c.id)).all()
        digests = {row.id for row in rows if row.taken_at is not None} - dropped
        told_over = {row.alert_key for row in rows if row.folded_into in digests}
        seen, may_go = set(busy) | told_over, []
        for row in rows:
            if row.closed_at is None and row.alert_key not in seen and row.id not in dropped:
                seen.add(row.alert_key)
                folded = [one for one in rows if one.folded_into == row.id]
                empty = bool(folded) and not any(self._still_over(one, rows) for one in folded)
                if row.next_at <= self.now:
                    made = Alert(
                        row.alert["labels"], {}, at(1), at(1) if row.alert["resolved_at"] else None,
                        Reason(row.alert["reason"]),
                        None if row.alert["subject"] is None else SubjectKey("tickets", row.alert["subject"]),
                        deadline=row.alert["deadline"] and datetime.fromisoformat(row.alert["deadline"]),
                    )  # fmt: skip
                    may_go.append((urgency(made, LADDER, row.created_at), row.id, empty))
        may_go.sort()
        if may_go and may_go[0][2]:
            return self._next(busy, dropped | {may_go[0][1]})
        return [id_ for _, id_, _ in may_go]

    @staticmethod
    def _still_over(folded: Any, rows: Sequence[Any]) -> bool:
        return not any(
            row.alert_key == folded.alert_key and row.id > folded.id and row.reason != "replaced" for row in rows
        )

    def calm(self) -> None:
        for connection in list(self.busy):
            self.answer(connection, Verdict.ACCEPTED)
        self.tick(120)
        for _ in range(500):
            self.take(0)
            if not self.busy:
                break
            self.answer(0, Verdict.ACCEPTED)
        with self.database.read() as connection:
            for row in connection.execute(sa.select(schema.outbox)):
                assert row.closed_at is not None, "it still waits"
                lost = row.accepted_at is None and row.reason not in ("replaced", "nothing_new", "refused")
                assert not lost, f"closed with {row.reason}, and nobody had it"
        for made in self.truth.values():
            heard = self.told.get(made.key, [])
            if made.firing:
                assert heard, "a beginning was not told"
                assert heard[-1][1] or self._refused(made.key), "it fires, and was told as over last"

    def _refused(self, key: str) -> bool:
        mine = (schema.outbox.c.alert_key == key) & (schema.outbox.c.reason == "refused")
        with self.database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(mine)) > 0


STEPS = st.one_of(
    st.tuples(st.just("arrive"), st.integers(1, 4), st.sampled_from(LADDER), st.sampled_from(["used_75", "breached"])),
    st.tuples(st.just("arrive"), st.integers(1, 2), st.just("gold"), st.just("breached")),
    st.tuples(st.just("take"), st.integers(0, 3)),
    st.tuples(st.just("take"), st.integers(0, 3)),
    st.tuples(
        st.just("answer"), st.integers(0, 3), st.sampled_from([Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.RETRY])
    ),
    st.tuples(st.just("tick"), st.sampled_from([0.5, 2, 59, 61, 400])),
    st.tuples(st.just("crash")),
)


@example(steps=[  # killed while a digest is under way of which all fires again
    ("arrive", 1, "gold", "breached"), ("arrive", 1, "gold", "breached"), ("take", 0),
    ("arrive", 1, "gold", "breached"), ("crash",),
])  # fmt: skip
@given(steps=st.lists(STEPS, max_size=50))
def test_the_most_urgent_page_that_may_go_is_always_next_and_none_is_lost(
    opened: Database, steps: list[tuple[object, ...]]
) -> None:
    wipe(opened)
    model = Model(opened)
    for name, *rest in steps:
        getattr(model, str(name))(*rest)
    model.calm()
