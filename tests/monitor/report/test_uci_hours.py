"""A year of real tickets with pages that wait for office hours, and without: no promise is broken by waiting.

The program's own decisions are walked through the public part of UCI 498, ticket by ticket, as a desk that is covered
from Monday to Friday would have been paged.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from alerts.decide import withholding
from alerts.decide.hours import Waits, waiting
from alerts.decide.withholding import Route
from monitor.alert import Alert, Channel, CoveredHours, Delivery, Reason
from monitor.clock import engine
from monitor.clock.engine import Rulebook
from monitor.collectors import servicenow_audit
from monitor.config import build_rulebook, policy_file
from monitor.config.plugins import checked_options
from monitor.history import Event
from monitor.policy import NO_RUNG, Stage
from monitor.report import replay
from monitor.worktime import Calendar, WorkingTime
from tests.support.desk import SETTINGS, Desk

FOLDER = Path(os.environ.get("TIERWATCH_DATA", Path(__file__).parents[4] / "shared" / "data")) / "uci-incident-log"
LOG = FOLDER / "incident_event_log.public.csv.gz"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not LOG.exists(), reason=f"the public data set is not at {FOLDER}; set TIERWATCH_DATA"),
]

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SUPPORT = Path(__file__).parents[2] / "support/policies/it-support-1.yml"
"""A policy that begins with the opening: the log has no diagnosis, with which the shipped one begins."""
OFFICE = CoveredHours(WorkingTime(Calendar("office", weekly={day: ((time(8), time(18)),) for day in range(5)})))
PHONE = Channel("phone", Delivery.QUEUE)
STAGES = (Stage("used_75", 0.75), Stage("used_90", 0.9), Stage("breached", 1.0))
EVERY = int(os.environ.get("TIERWATCH_EVERY", "49"))
"""Every so many tickets are walked through; 1 takes all of them."""

Clock = tuple[str, int]


@dataclass
class Walk:
    """One ticket's clocks as a receiver with these hours was paged of them."""

    rules: Rulebook
    route: Route
    rang: dict[Clock, list[datetime]] = field(default_factory=dict)
    held: dict[str, tuple[Alert, datetime]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    deadlines: list[timedelta] = field(default_factory=list)

    def run(self, events: Sequence[Event], until: datetime) -> None:
        settings = replace(SETTINGS, installed_at=events[0].at, covered=bool(self.route.hours))
        desk = Desk(rules=self.rules, settings=settings)
        coming = sorted({event.at for event in events})
        now = coming.pop(0)
        while now <= until:
            self._let_go(now)
            for alert in desk.look(events, now):
                self._take(alert, now)
            soon = [at for at in (coming[0] if coming else None, self._next(desk, events, now)) if at is not None]
            soon += [at for _, at in self.held.values()]
            if not soon:
                return
            now = min(soon)
            if coming and coming[0] <= now:
                coming.pop(0)

    def _next(self, desk: Desk, events: Sequence[Event], now: datetime) -> datetime | None:
        known = [event for event in events if event.at <= now]
        readings = engine.advance(known, (), desk.rules, now).readings
        return min((one.next_at for one in readings if one.next_at is not None and one.next_at > now), default=None)

    def _take(self, alert: Alert, now: datetime) -> None:
        if not alert.firing or not alert.notifies:
            if self.held.pop(alert.key, None) is not None:
                self.counts["over while it waited"] += 1
            return
        if alert.reason is Reason.REWORDED:
            if alert.key in self.held:
                self._decide(alert, now)
            return
        self._decide(alert, now)

    def _decide(self, alert: Alert, now: datetime) -> None:
        (decision,) = withholding.decide(alert.because(Reason.FIRST), (self.route,), (), None, now)
        self.held.pop(alert.key, None)
        if decision.held:
            assert decision.until is not None
            assert alert.deadline is not None
            self.counts["held"] += 1
            self.deadlines.append(alert.deadline - decision.until)
            self.held[alert.key] = (alert, decision.until)
        else:
            self.counts[waiting(alert, self.route.hours, self.route.takes, now).why] += 1
            self._ring(alert, now)

    def _let_go(self, now: datetime) -> None:
        for key, (alert, until) in list(self.held.items()):
            if until <= now:
                assert until == now, "never later than the covered instant"
                del self.held[key]
                self._ring(alert, now)

    def _ring(self, alert: Alert, now: datetime) -> None:
        self.counts["rang"] += 1
        clock = (alert.target, alert.cycle)
        self.rang.setdefault(clock, []).append(now)
        for key, (other, _) in list(self.held.items()):
            if (other.target, other.cycle) == clock:
                del self.held[key]
                self.counts["replaced"] += 1


def tickets() -> Iterator[list[Event]]:
    options = checked_options(servicenow_audit, {"path": str(LOG), "zone": "UTC"}, "test")
    collector = servicenow_audit.build(options)
    log = replay.read_log(collector, "incidents", NOW, lambda *_: None)
    for subject, events in log.subjects.items():
        if int(subject.removeprefix("INC")) % EVERY == 0:
            yield events


def rulebook() -> Rulebook:
    """IT support, around the clock: two hours for level 1, a day for level 2. Everybody is paged."""
    policy = policy_file.load(str(SUPPORT), "UTC")
    (rule,) = policy.targets
    urgent, ordinary = rule.rows
    rows = (urgent, replace(ordinary, calendar="always", budget=timedelta(days=1)))
    policy = replace(policy, targets=(replace(rule, rows=rows),), stages={"tier": {NO_RUNG: STAGES}})
    return build_rulebook.rulebook(policy, {"incidents": replace(servicenow_audit.MAPPING, zone="UTC")})


def test_no_breach_of_a_years_tickets_is_caused_by_waiting() -> None:
    rules, counts, caused, breached, slack = rulebook(), Counter[str](), 0, 0, []
    walked = clocks = 0
    for events in tickets():
        walked += 1
        until = events[-1].at
        waits, at_once = Walk(rules, Route(PHONE, hours=OFFICE)), Walk(rules, Route(PHONE))
        waits.run(events, until)
        at_once.run(events, until)
        counts.update(waits.counts)
        slack += waits.deadlines
        for reading in engine.advance(events, (), rules, until).readings:
            clocks += 1
            if reading.breached_at is None or reading.deadline is None:
                continue
            breached += 1
            clock = (reading.target.name, reading.cycle)
            first, first_of_all = min(waits.rang.get(clock, [until])), min(at_once.rang.get(clock, [until]))
            warned = first_of_all <= reading.deadline
            caused += warned and first > reading.deadline
    print(f"tickets {walked}, clocks {clocks}, breached {breached}, by waiting {caused}; {dict(counts)};"
          f" least time left when a page that waited rang: {min(slack, default=None)}")  # fmt: skip
    assert walked > 12_000 // EVERY
    assert counts["held"] > 0
    assert counts[Waits.DEADLINE] > 0
    assert min(slack) > timedelta(0)
    assert caused == 0
