"""One alert of every name as it fires, made by the code that makes it: what an end may repeat nothing of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from alerts.decide import (
    audit,
    clock_alerts,
    guarded_periods,
    judged_anew,
    machine_clock,
    major_faults,
    reload_refused,
    root_causes,
    silences,
    stale_sources,
    sudden_losses,
    unread_words,
)
from alerts.decide import store_lost as lost
from alerts.decide.silences import Silence, matcher
from alerts.decide.stale_sources import Unjudged, Watched
from alerts.decide.unread_words import Reading
from alerts.wording import drills
from monitor.alert import Drill, DrillFor
from monitor.alert.alert import Alert, Channel, Delivery, Member
from monitor.clock.engine import Subject
from monitor.commands.alerts import a_test
from monitor.config import policy_file
from monitor.machine.machine_clock import Look, MachineClock, Trust
from monitor.model import CircuitState, Name, SubjectKey, SubjectKind
from monitor.policy import GuardedPeriod
from monitor.snapshot import Configured, Finding, FindingKind, UnreadWord, UnreadWords
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS, Desk

TICKET = SubjectKey("tickets", "INC42")
_RULES = cases.rules(cases.POLICY[: cases.POLICY.index("  feedback:")])


def clock(hours: float, *more: str) -> Alert:
    """What is paged of a restoration within four hours, looked at *hours* after its start."""
    said = {"tier": "gold", "assurance": "AAA", "customer": "ACME", "circuit": "SZ-0042", "team": "core-net"}
    history = [ticket("INC42", at(0), "working", **said, url="https://tickets.example/INC42")]
    changed = Desk(rules=_RULES).look(history, at(hours))
    return next(alert for alert in changed if alert.target == "restore" and alert.notifies)


def synthetic() -> Alert:
    breached = clock(5)
    return replace(breached, labels={**breached.labels, "alertname": "TierwatchSynthetic", "severity": "none"})


def silenced_breach() -> Alert:
    silence = Silence("s-1", (matcher("tier=gold"),), at(0), at(9), "lin", "line cards are replaced")
    (page,) = silences.pages([(silence, clock(5), at(4))], SETTINGS).values()
    return page


def root_cause() -> Alert:
    one, two = (Member(SubjectKey("tickets", name), "restore", "gold", at(4)) for name in ("INC42", "INC43"))
    rolled = root_causes.roll_up("circuit/SZ-0042", None, (one, two), (), lambda: "c1", SETTINGS, at(3))
    broken = replace(one, broken=True)
    worse = root_causes.roll_up("circuit/SZ-0042", rolled.cause, (broken, two), rolled.alerts, str, SETTINGS, at(4, 1))
    return worse.alerts[0]


def major_fault() -> Alert:
    shared = {"assurance": "AAA", "scope": "cross-province", "device": "olt-7"}
    down = [
        Subject(
            SubjectKey("circuits", f"C{n}"), SubjectKind.CIRCUIT, shared, circuit_state=CircuitState.UNAVAILABLE,
            since=at(0),
        )
        for n in range(3)
    ]  # fmt: skip
    faults = policy_file.load("operator-practice").major_faults
    return major_faults.decide(down, faults, (), replace(SETTINGS, causes=("device",)), at(3))[0]


def too_old() -> Alert:
    clocks = (Unjudged("gold", "none", 2, at(4)),)
    source = Watched("tickets", at(0), timedelta(minutes=15), at(-9), failing=True, error="no answer", clocks=clocks)
    return stale_sources.decide([source], (), SETTINGS, at(1))[0]


def not_understood() -> Alert:
    word = UnreadWord("tickets", "tier", "platin", "Platin", 3, "INC42")
    words = UnreadWords((word,), {("tickets", "tier"): 1}, {("tickets", "tier"): 3})
    reading = Reading(lambda *_: None, lambda _: "sources:\n  tickets:", _RULES.policy)
    return unread_words.decide(["tickets"], words, (), reading, SETTINGS, at(1))[0]


def backlog() -> Alert:
    return clock_alerts.backlog_digest([("gold", "restore", 7)], (), SETTINGS, at(1))[0]


def undelivered() -> Alert:
    finding = Finding(FindingKind.UNSENT, "TierwatchDeadlineBreached of INC42", at(1), "phone")
    return audit.undelivered([finding], (), SETTINGS, at(2))[0]


def jumped(name: str) -> Alert:
    """What is told of this machine's clock when it has jumped and nobody bore it out."""
    hour, zero = timedelta(hours=1), timedelta(0)
    clock = MachineClock(Look(hour, zero, zero), zero, zero, hour, Trust.UNPROVEN, jump=1)
    told = machine_clock.decide(clock, (), SETTINGS, at(3))
    return next(alert for alert in told if alert.labels["alertname"] == name)


def store_lost() -> Alert:
    return lost.decide("gone", "/var/lib/tierwatch.db", (), SETTINGS, at(1))[0]


def refused() -> Alert:
    configured = Configured("f00d", at(0), "tierwatch.yml:3 policy: no answer", at(1))
    return reload_refused.decide(configured, (), SETTINGS, at(1))[0]


def guarded_period() -> Alert:
    period = GuardedPeriod(
        "congress", Name("Congress", "大会重保"), at(1), at(9), {"customer": frozenset({"Harbour Bank"})},
        {"tier": "diamond"}, ordered_by="Duty manager",
    )  # fmt: skip
    return guarded_periods.decide((period,), (), SETTINGS, at(2))[0]


def sudden_loss() -> Alert:
    return sudden_losses.decide([("circuits", "8 of 20 circuits are absent")], (), SETTINGS, at(1))[0]


def a_try() -> Alert:
    return a_test("north", Channel("phone", Delivery.QUEUE), "Asia/Shanghai", at(3))


def a_drill() -> Alert:
    asked = Drill(
        "d-1", at(2), "wang", DrillFor.TEAM, "noc", "diamond", at(3), timedelta(minutes=5), begun_at=at(2),
        people=("zhang",),
    )  # fmt: skip
    return drills.begun(asked, SETTINGS)


BEGINNINGS: Mapping[str, Callable[[], Alert]] = {
    "TierwatchDeadlineNear": lambda: clock(3),
    "TierwatchDeadlineBreached": lambda: clock(5),
    "TierwatchSynthetic": synthetic,
    "TierwatchSilencedBreach": silenced_breach,
    "TierwatchRootCause": root_cause,
    "TierwatchMajorFault": major_fault,
    "TierwatchGuardedPeriod": guarded_period,
    "TierwatchDataTooOld": too_old,
    "TierwatchWordNotUnderstood": not_understood,
    "TierwatchBacklog": backlog,
    "TierwatchUndelivered": undelivered,
    "TierwatchJudgedAnew": lambda: judged_anew.digest([("gold", "restore", 2)], 1, at(3), (), SETTINGS, at(3))[0],
    "TierwatchClockJumped": lambda: jumped("TierwatchClockJumped"),
    "TierwatchClockUnproven": lambda: jumped("TierwatchClockUnproven"),
    "TierwatchStoreLost": store_lost,
    "TierwatchReloadRefused": refused,
    "TierwatchSuddenLoss": sudden_loss,
    "TierwatchTest": a_try,
    "TierwatchDrill": a_drill,
}
"""By alert name. A new alert that can end adds its line here, and its row in `alerts/wording/endings.py`."""

NEVER_END = frozenset({"TierwatchHeartbeat", "TierwatchMissed"})
"""One always fires; the other tells of what is over, and is no alert that could end."""
