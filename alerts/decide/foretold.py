"""Foretell which alerts will change and what each channel will be sent, if no event comes.

Pure: what the store knows comes in, one `Look` per instant at which something changes comes out. Nothing is judged
here: each instant asks the engine, the decisions on alerts and the router, as the program does when it has come. Every
receiver is taken to answer at once. The one surprise: subjects that share a root cause are foretold together, for one
of them may begin the cause that stands for the other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from alerts.decide import clock_alerts, queues, root_causes, withholding
from alerts.decide.routing import RouteTable, silence_of
from alerts.decide.withholding import Route
from monitor.alert import (
    Alert,
    AlertChange,
    Cause,
    CauseOnRecord,
    Channel,
    ClockKey,
    Decision,
    Delivery,
    FiringAlert,
    OnRecord,
    Reason,
    SilenceRow,
    Withheld,
)
from monitor.clock import LIVES_OF_GROUPS, Outcome, Rulebook, Transition, advance_group, engine
from monitor.history import Entry, Event, GroupRecord
from monitor.model import Life, SubjectKey

MOST_LOOKS = 1000
"""So many instants are looked at: more is no forecast that anybody reads."""

_RESTS = (Reason.PAUSED, Reason.IDLE)


@dataclass(frozen=True, slots=True)
class StoredSubject:
    """All that is stored of one subject: its events, the transitions on record, and its alerts.

    Of a group, `group` is what its members add, and there are no events.
    """

    events: Sequence[Event]
    transitions: Sequence[Transition]
    alerts: Sequence[Alert]
    group: GroupRecord | None = None


class Answered(NamedTuple):
    """What a channel has of an alert: when it last answered a page, whether another one waits, whether it holds the
    alert as firing."""

    at: datetime
    waiting: bool
    firing: bool


class HeldPage(NamedTuple):
    """A page that waits: of which alert, for which channel, and the decision that holds it."""

    alert: Alert
    decision: Decision


@dataclass(frozen=True, slots=True)
class Stored:
    """What is stored of the subjects that are foretold together.

    `silences` are those that are not over, planned ones too. `causes` are the open ones by key, with their own alerts.
    `queued` are (alert, channel) of every page that was ever made of the alerts, `answered` what the channel has of it.
    """

    subjects: Mapping[SubjectKey, StoredSubject]
    silences: Sequence[SilenceRow] = ()
    causes: Mapping[str, tuple[Cause, Sequence[Alert]]] = field(default_factory=dict)
    held: Sequence[HeldPage] = ()
    queued: Set[tuple[str, str]] = frozenset()
    answered: Mapping[tuple[str, str], Answered] = field(default_factory=dict)


class Change(NamedTuple):
    """An alert that begins or ends, and the decision for each channel."""

    alert: Alert
    decisions: Sequence[Decision]


class LetGo(NamedTuple):
    """A page that had waited, at the instant at which it is sent, held again, or replaced: `decision` says which."""

    alert: Alert
    waited_for: Withheld
    decision: Decision


@dataclass(frozen=True, slots=True)
class Look:
    """What is true at an instant, and what changed at it.

    `alerts` are all alerts of the subjects and of their causes; `causes` the open ones by key; `transitions` all that
    are on record by then, by subject; `queued` are (alert, channel) of every page that was made by then.
    """

    at: datetime
    outcomes: Mapping[SubjectKey, Outcome]
    alerts: Sequence[Alert]
    causes: Mapping[str, Cause]
    transitions: Mapping[SubjectKey, Sequence[Transition]]
    queued: Set[tuple[str, str]]
    changes: Sequence[Change] = ()
    """Without those of which nobody would hear: new words, and what is only recorded."""
    let_go: Sequence[LetGo] = ()


def foretell(stored: Stored, rules: Rulebook, router: RouteTable, now: datetime, until: datetime) -> Iterator[Look]:
    """One look at *now*, and one at each later instant up to *until* at which something changes; no more than
    `MOST_LOOKS`."""
    course = _Course(rules, router, {route.channel.name: route for route in router.routes}, stored)
    at: datetime | None = now
    for _ in range(MOST_LOOKS):
        if at is None or at > until:
            return
        yield course.look(at)
        at = course.next_at(at)


class _Course:
    """The state of the forecast as it goes from instant to instant; never leaves this module."""

    def __init__(self, rules: Rulebook, router: RouteTable, routes: Mapping[str, Route], stored: Stored) -> None:
        self._rules, self._router, self._routes = rules, router, routes
        self._events = {key: one.events for key, one in stored.subjects.items() if one.group is None}
        self._groups = {key: one.group for key, one in stored.subjects.items() if one.group is not None}
        self._transitions = {key: tuple(one.transitions) for key, one in stored.subjects.items()}
        self._alerts = {alert.key: alert for one in stored.subjects.values() for alert in one.alerts}
        self._alerts |= {alert.key: alert for _, own in stored.causes.values() for alert in own}
        self._causes = {key: cause for key, (cause, _) in stored.causes.items()}
        self._silences = stored.silences
        self._held = list(stored.held)
        self._outcomes: dict[SubjectKey, Outcome] = {}
        self._replaced: list[LetGo] = []
        self._queued = frozenset(stored.queued)

    def next_at(self, now: datetime) -> datetime | None:
        instants = [at for outcome in self._outcomes.values() for at in _next_of(outcome)]
        instants += [page.decision.until for page in self._held]
        instants += [event.at for key, events in self._events.items() if key not in self._outcomes for event in events]
        return min((at for at in instants if at is not None and at > now), default=None)

    def look(self, now: datetime) -> Look:
        changed: list[Alert] = []
        for key, events in self._events.items():
            before = self._outcomes.get(key)
            if before is not None and not any(at is not None and at <= now for at in _next_of(before)):
                continue
            if not any(event.at <= now for event in events):
                continue
            changed += self._judged(key, engine.advance(events, self._transitions[key], self._rules, now), now)
        changed += self._groups_of(now)  # members first
        self._replaced = []
        changes = self._route(changed, now) if changed else []
        let_go = (*self._replaced, *self._let_go(now))
        return Look(
            now,
            dict(self._outcomes),
            tuple(self._alerts.values()),
            dict(self._causes),
            dict(self._transitions),
            self._queued,
            [
                Change(alert, taken)
                for alert, taken in changes
                if alert.notifies and alert.reason is not Reason.REWORDED
            ],
            let_go,
        )

    def _judged(self, key: SubjectKey, outcome: Outcome, now: datetime) -> Sequence[Alert]:
        """Remember an outcome, and give the alerts that change by it."""
        self._outcomes[key] = outcome
        self._transitions[key] += outcome.transitions
        mine = [alert for alert in self._alerts.values() if alert.subject == key]
        return clock_alerts.decide(outcome, mine, self._router.settings(), now)

    def _groups_of(self, now: datetime) -> Iterator[Alert]:
        """The alerts of the groups that are due, or of which a member that is foretold as well adds something else."""
        for key, record in self._groups.items():
            before = self._outcomes.get(key)
            theirs = self._as_foretold(key, record)
            due = before is None or any(at is not None and at <= now for at in _next_of(before))
            if due or theirs.entries != record.entries:
                self._groups[key] = theirs
                outcome = advance_group(theirs, self._transitions[key], self._rules, now)
                yield from self._judged(key, outcome, now)

    def _as_foretold(self, key: SubjectKey, record: GroupRecord) -> GroupRecord:
        """What is stored of a group, with what its members that are foretold as well add by now."""
        known = {(one.source, one.subject) for one in self._outcomes if one not in self._groups}
        entries = [one for one in record.entries if (one.source, one.subject) not in known]
        entries += [
            Entry(one.at, member.source, member.subject, one.what, "", one.good_at)
            for member, outcome in self._outcomes.items()
            for one in outcome.contributions
            if one.group == key and one.what and one.what not in LIVES_OF_GROUPS
            if record.since is None or one.at >= record.since
        ]
        entries.sort(key=lambda one: one[:3])
        return replace(record, entries=entries)

    # -- what changes ------------------------------------------------------------------------------------------------

    def _route(self, changed: Sequence[Alert], now: datetime) -> Sequence[AlertChange]:
        routed = self._router.route(changed, self._on_record(changed, now), now)
        changes = routed.changes
        for cause in routed.causes:
            self._causes[cause.key] = cause
        self._alerts |= {alert.key: alert for alert, _ in changes}
        for key, channel, until in withholding.waits_anew(changes):
            self._wait_anew(key, channel, until, now)
        self._hold(changes)
        for cause in [cause for cause in routed.causes if cause.closed_at is not None]:
            del self._causes[cause.key]
            self._release(f"{Withheld.GROUPED}/{cause.id}", now)
        return changes

    def _on_record(self, changed: Sequence[Alert], now: datetime) -> OnRecord:
        former = [self._alerts[alert.key].cause_key for alert in changed if alert.key in self._alerts]
        keys = root_causes.keys_to_judge(changed, former)
        return OnRecord(
            [row for row in self._silences if row.starts_at <= now < row.ends_at],
            {key: self._cause(key) for key in keys},
            self._pausing,
        )

    def _cause(self, key: str) -> CauseOnRecord:
        cause = self._causes.get(key)
        own = [] if cause is None else [one for one in self._alerts.values() if one.cause_key == f"#{cause.id}"]
        return CauseOnRecord(cause, own, [firing for one in self._alerts.values() for firing in _firing(one, key)])

    def _pausing(self, key: str) -> Sequence[ClockKey]:
        waiting = {
            (subject, reading.target.name, reading.cycle)
            for subject, outcome in self._outcomes.items()
            for reading in outcome.readings
            if reading.open and reading.life in (Life.PAUSED, Life.IDLE)
        }
        return [
            ClockKey(one.subject.source, one.subject.subject, one.target, one.cycle)
            for one in self._alerts.values()
            if one.cause_key == key and one.reason in _RESTS and one.subject is not None
            if (one.subject, one.target, one.cycle) in waiting
        ]

    # -- what waits --------------------------------------------------------------------------------------------------

    def _hold(self, changes: Sequence[AlertChange]) -> None:
        """Keep what is held, without what a worse stage replaces; of what ends nothing is left to send."""
        over = {alert.key for alert, _ in changes if not alert.firing}
        self._held = [page for page in self._held if page.alert.key not in over]
        by_channel: dict[Channel, list[tuple[Alert, Decision]]] = defaultdict(list)
        for alert, taken in changes:
            for decision in taken:
                if decision.queued:
                    by_channel[decision.channel].append((alert, decision))
        self._queued |= {(alert.key, one.name) for one, queued in by_channel.items() for alert, _ in queued}
        for channel, queued in by_channel.items():
            if channel.delivery is Delivery.QUEUE:
                self._replace_lesser(channel, queued)
            else:
                anew = {alert.key for alert, _ in queued}
                self._held = [p for p in self._held if p.decision.channel != channel or p.alert.key not in anew]
            self._held += [HeldPage(alert, decision) for alert, decision in queued if decision.held]

    def _replace_lesser(self, channel: Channel, queued: Sequence[tuple[Alert, Decision]]) -> None:
        waiting = {alert.key for alert, one in queued if one.held and one.withheld is Withheld.WAITS_FOR_HOURS}
        sent = [alert for alert, one in queued if alert.firing and (not one.held or alert.key in waiting)]
        worse = queues.worsened(sent)
        if not worse:
            return
        stages = [
            queues.StoredStage(one.key, _clock_of(one), one.stage, one.firing)
            for one in self._alerts.values()
            if one.subject is not None
        ]
        others = queues.others(worse, stages)
        pages: dict[str, list[queues.QueuedPage]] = defaultdict(list)
        for place, page in enumerate(self._held):
            if page.decision.channel == channel and page.alert.key in others:
                pages[page.alert.key].append(_as_queued(place, page))
        for lesser, stage in queues.lesser_stages(pages, others, waiting):
            alert, was = self._held[lesser.id]
            if was.withheld is not None:
                self._replaced.append(LetGo(alert, was.withheld, Decision(channel, Withheld.REPLACED, detail=stage)))
        gone = {(page.alert.key, page.decision.channel) for page in self._replaced}
        self._held = [page for page in self._held if (page.alert.key, page.decision.channel) not in gone]

    def _wait_anew(self, key: str, channel: str, until: datetime | None, now: datetime) -> None:
        self._held = [
            HeldPage(page.alert, replace(page.decision, until=until or now))
            if (page.alert.key, page.decision.channel.name) == (key, channel)
            and page.decision.withheld is Withheld.WAITS_FOR_HOURS
            else page
            for page in self._held
        ]

    def _release(self, held_by: str, now: datetime) -> None:
        self._held = [
            HeldPage(page.alert, replace(page.decision, until=now)) if page.decision.held_by == held_by else page
            for page in self._held
        ]

    def _let_go(self, now: datetime) -> Iterator[LetGo]:
        """The pages whose wait is over; those of routes with hours are decided on once more."""
        due = [page for page in self._held if page.decision.until is not None and page.decision.until <= now]
        self._held = [page for page in self._held if page not in due]
        in_force = [silence_of(row) for row in self._silences if row.starts_at <= now < row.ends_at]
        for alert, was in due:
            route = self._routes.get(was.channel.name)
            if route is None or was.withheld is None:
                continue
            anew = None
            if route.hours and was.channel.delivery is Delivery.QUEUE:
                anew = withholding.anew(alert, route, in_force, self._causes.get(alert.cause_key), now)
            if anew is not None:
                self._held.append(HeldPage(alert, anew))
            yield LetGo(alert, was.withheld, anew or Decision(was.channel, None))


def _is_news(alert: Alert) -> bool:
    return alert.notifies and alert.reason is not Reason.REWORDED


def _next_of(outcome: Outcome) -> tuple[datetime | None, datetime | None]:
    return outcome.next_at, outcome.look_again_at


def _firing(alert: Alert, cause_key: str) -> Iterator[FiringAlert]:
    if alert.cause_key == cause_key and alert.firing and alert.subject is not None:
        key, tier = alert.subject, alert.labels.get("tier", "")
        yield FiringAlert(
            alert.key, alert.reason.value, key.source, key.subject, alert.target, tier, alert.deadline, alert.stage
        )


def _clock_of(alert: Alert) -> ClockKey:
    assert alert.subject is not None
    return ClockKey(alert.subject.source, alert.subject.subject, alert.target, alert.cycle)


def _as_queued(place: int, page: HeldPage) -> queues.QueuedPage:
    """The page as a row of its queue: nobody was handed it yet."""
    alert, held_by = page.alert, page.decision.held_by
    critical = alert.labels.get("severity") == "critical"
    return queues.QueuedPage(
        place, alert.key, not alert.firing, alert.reason.value, critical, 0, False, False, held_by, None, ""
    )
