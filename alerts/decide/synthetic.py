"""Let a synthetic clock go the whole way that a customer's clock goes, every few minutes.

Pure. A run is one ticket of tierwatch's own source: opened, breached after seconds, told to the receivers of states,
stopped, ended. Engine and rules are those that judge customers' clocks, under a rulebook of its own with one target.
The one surprise: its alert says `severity="none"`, so that nobody is woken by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from alerts.decide import clock_alerts
from monitor.alert import Alert, Settings
from monitor.clock import Rulebook, engine
from monitor.history import Event
from monitor.messages import Message, message, text
from monitor.model import Name, SubjectKind
from monitor.snapshot import OWN_SOURCE, OWN_TIER, Beat

ALERT = "TierwatchSynthetic"
TARGET = "heartbeat"
BUDGET = timedelta(seconds=5)

PATIENCE = timedelta(seconds=60)
"""How long a run waits to be accepted before it is ended all the same."""

KEPT = timedelta(hours=1)
"""How long a run is kept after its end: longer than ends are told again."""

_SLACK = {
    Beat.INGESTED: timedelta(minutes=2),
    Beat.EVALUATED: timedelta(minutes=2),
    Beat.DECIDED: timedelta(minutes=3),
    Beat.ACCEPTED: timedelta(minutes=5),
    Beat.RESOLVED: timedelta(minutes=5),
}


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be remembered of a run: events that were said, alerts that changed, stages that were come to."""

    events: tuple[Event, ...] = ()
    alerts: tuple[Alert, ...] = ()
    stages: AbstractSet[Beat] = field(default_factory=frozenset)

    @property
    def nothing(self) -> bool:
        return not (self.events or self.alerts or self.stages)


def name_of(content: Message) -> Name:
    """A message as a policy has the names of its tiers and targets."""
    return Name(text(content, "en"), text(content, "zh"))


def late_after(every: timedelta | None, accepting: bool) -> dict[Beat, timedelta]:
    """The age at which each stage is late; none of them where there is no synthetic clock.

    *accepting* says that there is a receiver of states, without which no run can be accepted.
    """
    if every is None:
        return {}
    return {stage: every + slack for stage, slack in _SLACK.items() if accepting or stage is not Beat.ACCEPTED}


def begin(now: datetime) -> Step:
    """The first step of another run."""
    return Step((_event(f"heartbeat-{int(now.timestamp() * 1000)}", "opened", now),), (), frozenset({Beat.INGESTED}))


def began(events: Sequence[Event]) -> datetime:
    return min(event.at for event in events)


def over(events: Sequence[Event], alerts: Sequence[Alert]) -> bool:
    """Whether a run has been stopped and its alert has ended."""
    return any(event.status == "restored" for event in events) and not any(alert.firing for alert in alerts)


def step(
    events: Sequence[Event],
    alerts: Sequence[Alert],
    evaluated: bool,
    accepted: bool,
    rules: Rulebook,
    settings: Settings,
    now: datetime,
) -> Step:
    """What becomes of a run that is under way: *evaluated* and *accepted* say what is known to have happened.

    *rules* are those of the synthetic clock.
    """
    outcome = engine.advance(events, (), rules, now)
    own = replace(
        settings,
        page_url="",
        causes=(),
        tiers={OWN_TIER: name_of(message("alert-synthetic-tier"))},
        targets={TARGET: name_of(message("alert-synthetic-target"))},
    )
    changed = tuple(
        _ours(alert) for alert in clock_alerts.decide(outcome, [_theirs(alert) for alert in alerts], own, now)
    )
    stages = set() if evaluated else {Beat.EVALUATED}
    for alert in changed:
        stages.add(Beat.DECIDED if alert.firing else Beat.RESOLVED)
    said: tuple[Event, ...] = ()
    if any(alert.firing for alert in alerts) and not any(event.status == "restored" for event in events):
        if accepted:
            stages.add(Beat.ACCEPTED)
        if accepted or now - began(events) > PATIENCE:
            said = (_event(events[0].subject, "restored", now),)
    return Step(said, changed, frozenset(stages))


def _event(subject: str, status: str, now: datetime) -> Event:
    return Event(
        OWN_SOURCE, f"{subject}-{status}", SubjectKind.TICKET, subject, now, status=status, fields={"tier": OWN_TIER}
    )


def _ours(alert: Alert) -> Alert:
    return replace(alert, labels={**alert.labels, "alertname": ALERT, "severity": "none"})


def _theirs(alert: Alert) -> Alert:
    return replace(alert, labels={**alert.labels, "alertname": clock_alerts.BREACHED, "severity": "critical"})
