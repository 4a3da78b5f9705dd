"""A model of the outbox's world: one real store, the engine's steps, two deliverers and their receivers.

Each step is one between which another thread can come in, or the program can die: the engine's commit of a change (with
a `now` that may be older than the deliverer's), a change of tier, a repeat, a call by name, the reading of due pages,
the sending, the keeping of the answers, the end of a silence or of a cause that held rows back, and the beginning of
the second life, which knows nothing of what the first had under way. What must hold is looked at with each page that
arrives, and in the end (`Race.calm`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from alerts.decide.routing import RouteTable
from alerts.decide.withholding import Route
from alerts.delivery import outbox
from monitor.alert.alert import Alert, Channel, Decision, Delivery, Page, Reason, Result, Settlement, Verdict
from monitor.alert.repeat import Repeat
from monitor.model import SubjectKey
from monitor.store import schema
from monitor.store.alert_rows import queue_for
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.repeating import Repeating
from tests.support.cases import at
from tests.support.desk import SETTINGS

PHONE, WALL = Channel("phone", Delivery.QUEUE), Channel("wall", Delivery.STATE)
CAUSES = {"T1": "circuit/C1", "T1!": "circuit/C1", "T2": "circuit/C1", "T3": "", "T3!": ""}
"""By ticket; the mark is the worse stage of its clock."""
WORDS_OF_ITS_OWN = (Reason.REPEAT_DUE, Reason.ESCALATED)
_WIPED = (schema.outbox, schema.alerts, schema.alert_log, schema.decisions, schema.silences, schema.causes)


@dataclass
class Deliverer:
    """One channel's thread, stopped between its steps, and the receiver at the other end."""

    channel: Channel
    pages: tuple[Page, ...] = ()
    answers: tuple[Settlement, ...] = ()
    taken_at: datetime = field(default_factory=lambda: at(0))
    accepted: dict[str, list[Page]] = field(default_factory=lambda: defaultdict(list))
    believed: dict[str, datetime] = field(default_factory=dict)
    """When each alert was last accepted."""
    unkept: set[int] = field(default_factory=set)
    """The rows of pages that arrived, and of which the store does not know that they did."""
    refused: set[str] = field(default_factory=set)
    """The alerts of which it did not want a page."""

    def last(self, key: str) -> Alert | None:
        return self.accepted[key][-1].alert if self.accepted[key] else None


@dataclass
class Race:
    """The world: a clock, the engine's view of three tickets, two deliverers."""

    database: Database
    now: datetime = field(default_factory=lambda: at(1))
    truth: dict[str, Alert] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """The number of each alert's last end."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    deliverers: dict[str, Deliverer] = field(
        default_factory=lambda: {one.name: Deliverer(one) for one in (PHONE, WALL)}
    )

    def __post_init__(self) -> None:
        with self.database.write() as connection:
            for table in _WIPED:
                connection.execute(sa.delete(table))
        self.clocks, self.deliveries = Clocks(self.database), Deliveries(self.database)
        self.repeating = Repeating(self.database)
        names = (f"cause{number}" for number in count(1))
        self.router = RouteTable((Route(WALL), Route(PHONE)), lambda: SETTINGS, lambda: next(names))

    # -- the engine ----------------------------------------------------------------------------------------------

    def change(self, ticket: str, lag: float = 0) -> None:
        """The alert of *ticket* begins or ends, judged at an instant that was *lag* seconds ago."""
        now = self.now - timedelta(seconds=lag)
        old = self.truth.get(ticket)
        if old is None:
            worse, name = ticket.endswith("!"), ticket.removesuffix("!")
            stage, severity = ("breached", "critical") if worse else ("used_75", "warning")
            labels = {"alertname": "A", "ticket": name, "tier": "gold", "stage": stage, "severity": severity}
            new = Alert(
                labels, {}, now, reason=Reason.WORSENED if worse else Reason.FIRST, subject=SubjectKey("tickets", name),
                target="restore", cycle=1, stage=stage, cause_key=CAUSES[ticket], deadline=at(9),
            )  # fmt: skip
        elif old.firing:
            new = old.resolve(now, Reason.PAUSED)
        else:
            new = replace(old, resolved_at=None, reason=Reason.RESUMED)
        self._commit(ticket, new, now)

    def reword(self, ticket: str, lag: float = 0) -> None:
        old = self.truth.get(ticket)
        if old is not None and old.firing:
            self._commit(ticket, replace(old, reason=Reason.REWORDED), self.now - timedelta(seconds=lag))

    def retier(self, ticket: str, lag: float = 0) -> None:
        """The alert goes on under another tier: that one is told before the end of this one."""
        old, now = self.truth.get(ticket), self.now - timedelta(seconds=lag)
        if old is not None and old.firing:
            tier = "diamond" if old.labels["tier"] == "gold" else "gold"
            new = replace(old, labels={**old.labels, "tier": tier}, reason=Reason.TIER_CHANGED)
            self._commit(ticket, new, now, old.resolve(now, Reason.TIER_CHANGED))

    def repeat(self, ticket: str) -> None:
        """It is judged, from what was last answered, that the phone is sent the alert once more."""
        if (alert := self.truth.get(ticket)) is not None:
            due = self.repeating.look([("phone", alert.key)], self.now).due
            page = self._numbered(alert).because(Reason.REPEAT_DUE)
            self.repeating.commit([Repeat(of, Reason.REPEAT_DUE, page) for of in due], {"phone": PHONE}, self.now)

    def call(self, ticket: str) -> None:
        """Somebody is called by name, whatever was sent before."""
        alert = self.truth.get(ticket)
        if alert is not None and alert.firing:
            page = self._numbered(alert).because(Reason.ESCALATED)
            with self.database.write() as connection:
                queue_for(connection, PHONE, [(page, Decision(PHONE, None))], self.now)

    def _numbered(self, alert: Alert) -> Alert:
        return replace(alert, annotations={"number": str(next(self.numbers))})

    def _commit(self, ticket: str, alert: Alert, now: datetime, *ended: Alert) -> None:
        changed = [self._numbered(one) for one in (alert, *ended)]
        self.truth[ticket] = changed[0]
        self.clocks.commit_alerts(changed, self.router, now)
        self.ended |= {one.key: self._number(one) for one in changed if not one.firing}
        heard = self.deliverers["wall"].last(alert.key)
        if heard is not None and heard.firing and self._number(heard) > self.ended.get(alert.key, 0) and alert.firing:
            assert not self._held("wall", alert.key), "a state that is believed to fire is not told any more"

    @staticmethod
    def _number(alert: Alert) -> int:
        return int(alert.annotations.get("number", 0))

    def silence(self, ticket: str, seconds: float) -> None:
        """Begins now."""
        row = {
            "id": f"s{next(self.numbers)}", "matchers": [f"ticket={ticket}"], "starts_at": self.now,
            "ends_at": self.now + timedelta(seconds=seconds), "author": "lin", "reason": "works",
            "maintenance": False, "created_at": self.now,
        }  # fmt: skip
        with self.database.write() as connection:
            connection.execute(sa.insert(schema.silences).values(**row))

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # -- the deliverers ------------------------------------------------------------------------------------------

    def take(self, name: str) -> None:
        one = self.deliverers[name]
        if not one.pages and not one.answers:
            one.taken_at, one.pages = self.now, self.deliveries.due_pages(name, self.now, 256)

    def send(self, name: str, outcome: str = "accepted") -> None:
        """`accepted`; `failed`: it never arrived; `lost`: it was accepted, and the answer never arrived; `refused`."""
        one = self.deliverers[name]
        if outcome in ("accepted", "lost"):
            for page in one.pages:
                self._arrives(one, page)
        if outcome == "refused":
            one.refused |= {key for page in one.pages for key in self._said(page)}
        if outcome == "lost":
            one.unkept |= {page.id for page in one.pages}
        verdict = {"accepted": Verdict.ACCEPTED, "refused": Verdict.REFUSED}.get(outcome, Verdict.RETRY)
        one.answers = tuple(
            outbox.after(page, Result(page, verdict), one.channel.delivery, one.taken_at, 0.0) for page in one.pages
        )
        one.pages = ()

    def _arrives(self, one: Deliverer, page: Page) -> None:
        key, known = page.alert.key, one.accepted[page.alert.key]
        if page.missed is not None:  # it says of each that it is over
            for over in self._said(page):
                one.accepted[over].clear()
            return
        if known:
            before, now = known[-1], page
            assert (before.id, before.version) <= (now.id, now.version), "out of order"
            if not {before.alert.reason, now.alert.reason} & {*WORDS_OF_ITS_OWN}:
                assert self._number(before.alert) <= self._number(now.alert), "out of order"
            again = (before.id, before.version) == (now.id, now.version)
            turned = before.alert.firing != now.alert.firing or now.alert.reason in WORDS_OF_ITS_OWN
            assert one.channel.delivery is Delivery.STATE or again or turned or before.id in one.unkept
        known.append(page)
        one.believed[key] = self.now

    @staticmethod
    def _said(page: Page) -> tuple[str, ...]:
        """The alerts that a page speaks of."""
        if page.missed is None:
            return (page.alert.key,)
        return (*page.missed.doubtful, *(alert.key for alert in page.missed.alerts))

    def settle(self, name: str) -> None:
        one = self.deliverers[name]
        if one.answers:
            self.deliveries.settle_pages(one.answers, one.taken_at)
            one.answers = ()

    def die(self, arrives: bool = False) -> None:
        """The first life ends where it is; what it was sending may arrive all the same. The second begins."""
        for one in self.deliverers.values():
            for page in one.pages if arrives else ():
                self._arrives(one, page)
            one.unkept |= {page.id for page in (*one.pages, *(answer.page for answer in one.answers))}
            one.pages, one.answers = (), ()
        assert self.deliveries.begin((PHONE, WALL), self.now) == ()

    # -- the end -------------------------------------------------------------------------------------------------

    def calm(self) -> None:
        """Time goes by, receivers accept, and everybody knows what is true."""
        for name in self.deliverers:
            if self.deliverers[name].pages:
                self.send(name)
            self.settle(name)
        for seconds in (61, 61):  # the longest retry is over after the first, and a state is due again after the second
            self.tick(seconds)
            for name in self.deliverers:
                while self.deliveries.due_pages(name, self.now, 256):
                    self.take(name)
                    self.send(name)
                    self.settle(name)
        self._check()

    def _check(self) -> None:
        with self.database.read() as connection:
            rows = connection.execute(sa.select(schema.outbox)).all()
            stored = {row.key: row for row in connection.execute(sa.select(schema.alerts))}
            still = schema.causes.c.closed_at.is_(None)
            open_causes = set(connection.scalars(sa.select(schema.causes.c.id).where(still)))
        for row in rows:
            if row.closed_at is not None and row.accepted_at is None:
                known = row.alert_key in self.deliverers[row.channel].refused
                assert known or row.reason in ("nothing_new", "replaced", "refused"), "closed, and nobody had it"
            if row.held_by.startswith("grouped/") and row.closed_at is None:
                assert row.held_by.removeprefix("grouped/") in open_causes, "held by what is over"
        for key, alert in stored.items():
            for name, one in self.deliverers.items():
                heard = one.last(key)
                if key in one.refused:
                    continue
                if alert.resolved_at is not None:
                    assert heard is None or not heard.firing, f"{name} never heard of the end"
                elif not self._held(name, key) and not (name == "phone" and self._gave_way(alert, rows)):
                    assert heard is not None, f"{name} never heard of it"
                    assert heard.firing, f"{name} believes that it is over"
                    if one.channel.delivery is Delivery.STATE:
                        assert heard.annotations == alert.annotations, "superseded under way, and not sent again"
                        assert one.believed[key] == self.now, "a state is not told any more"

    def _gave_way(self, alert: sa.Row[Any], rows: Sequence[sa.Row[Any]]) -> bool:
        """Whether the phone had the worse stage of its clock, or a later wave of its cause, instead of it."""
        last = max(
            (row for row in rows if (row.channel, row.alert_key) == ("phone", alert.key)), key=lambda row: row.id
        )
        heard = [page.alert for pages in self.deliverers["phone"].accepted.values() for page in pages]
        wave = int(alert.labels.get("wave", 0))
        return last.reason == "replaced" and any(
            one.wave > wave and one.cause_key == alert.cause_key if wave
            else one.subject is not None and one.subject.subject == alert.subject and one.stage == "breached"
            for one in heard
        )  # fmt: skip

    def _held(self, name: str, key: str) -> bool:
        mine = (schema.outbox.c.channel == name) & (schema.outbox.c.alert_key == key)
        waits = mine & schema.outbox.c.closed_at.is_(None) & (schema.outbox.c.held_by != "")
        with self.database.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).where(waits)) > 0


Step = tuple[object, ...]


def play(database: Database, steps: Sequence[Step]) -> None:
    race = Race(database)
    for name, *rest in steps:
        getattr(race, str(name))(*rest)
    race.calm()
