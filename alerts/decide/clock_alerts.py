"""Decide which alerts of one subject changed, and why.

Pure: readings and the stored alerts come in, changed alerts come out, each with its reason; nothing is sent here. An
alert is one stage of one cycle of one clock. It fires while the history says that the stage is reached and counting, so
it ends only because of an event: time alone and a silent source end nothing, but for the pace of an allowance, which
falls as time goes by.

The one surprise: some alerts come back only to be recorded (`Alert.notifies` is false, born resolved). A lower stage
that was passed together with a worse one, a breach older than this installation, and a stage that was over before
anybody looked page nobody, but each has its reason on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alerts import wording
from alerts.decide import root_causes
from alerts.wording import Left, endings, links
from monitor.alert import Alert, Reason, Settings
from monitor.clock import OPEN_LIVES, Outcome, Reading, Subject, stages_ahead
from monitor.model import Life, Measure, SubjectKind
from monitor.policy import BREACHED_STAGE, FORMER, PACE_STAGE, Stage

NEAR = "TierwatchDeadlineNear"
BREACHED = "TierwatchDeadlineBreached"
BACKLOG = "TierwatchBacklog"

# Bound once: in Python 3.11, looking a member up costs more than the rest of its line.
_TIME, _RUNNING, _GROUP = Measure.TIME, (Life.RUNNING,), SubjectKind.GROUP

_CAME_BACK = {
    Reason.PAUSED: Reason.RESUMED,
    Reason.IDLE: Reason.RESUMED,
    Reason.RESTORED: Reason.REOPENED,
    Reason.CANCELLED: Reason.REOPENED,
    Reason.RETIRED: Reason.REOPENED,
}
"""Why an alert fires again, by what had ended it. Ended for any other reason, it is judged as if it were new."""


def decide(outcome: Outcome, previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alerts of one subject that changed, in the order in which they must be sent.

    *previous* are all stored alerts of the subject, firing and resolved. Deciding again on the result gives nothing.
    Within a clock the worst stage comes first, and what fires comes before what ends.
    """
    known: dict[tuple[str, int], list[Alert]] = {}
    for alert in previous:
        if alert.stage:
            known.setdefault((alert.target, alert.cycle), []).append(alert)
    changed: list[Alert] = []
    for reading in outcome.readings:
        if not known and not reading.reached and reading.open:
            continue  # nothing was said of this clock, and nothing is to be said
        clock = _Clock(outcome.subject, reading, settings, now)
        changed.extend(clock.decide(known.pop((reading.target.name, reading.cycle), [])))
    for gone in known.values():  # the history no longer has this clock, or the policy no longer has its target
        over = [alert for alert in gone if alert.notifies and alert.firing]
        changed.extend(_end(alert, now, Reason.WITHDRAWN, None, False, settings) for alert in over)
    return tuple(changed)


@dataclass(frozen=True, slots=True)
class _Clock:
    """One cycle of a clock, as it is being decided on; never leaves this module."""

    subject: Subject
    reading: Reading
    settings: Settings
    now: datetime

    def decide(self, known: Sequence[Alert]) -> Iterator[Alert]:
        reached = tuple(self._reached())
        if not self.reading.open:
            yield from self._passed(reached, known)
            yield from self._ends(known, frozenset())
            return
        holding = [alert for alert in reached if self._holds(alert.stage)]
        yield from self._fires(holding, {alert.key: alert for alert in known}, known)
        yield from self._ends(known, frozenset(alert.key for alert in holding))

    def _fires(self, holding: Sequence[Alert], by_key: dict[str, Alert], known: Sequence[Alert]) -> Iterator[Alert]:
        worst_first = list(reversed(holding))
        old = {alert.key: self._old(alert) or _in_digest(by_key.get(alert.key), alert) for alert in worst_first}
        worst = next((alert.key for alert in worst_first if not old[alert.key]), None)
        for alert in worst_first:
            before = by_key.get(alert.key)
            if before is not None and before.notifies and before.firing:
                again = self._again(alert, before)
                if before.content != again.content or (self.settings.covered and _moved(before, again)):
                    yield again
            elif before is not None and before.reason in _CAME_BACK:
                yield self._worded(alert, _CAME_BACK[before.reason])
            elif alert.key == worst:
                why = self._why(alert, known, {lower.stage for lower in holding if lower is not alert})
                yield self._worded(alert, why)
            elif before is None:
                yield _record(alert, alert.starts_at, Reason.BACKLOG if old[alert.key] else Reason.SUPERSEDED)

    def _ends(self, known: Sequence[Alert], holding: frozenset[str]) -> Iterator[Alert]:
        for alert in known:
            if alert.notifies and alert.firing and alert.key not in holding:
                reason, at = self._ended(alert)
                yield _end(alert, at, reason, self.reading, bool(holding), self.settings)

    def _ended(self, alert: Alert) -> tuple[Reason, datetime]:
        """Why an alert that fires must not any more, and since when."""
        reading = self.reading
        changed = self._other_rungs(alert)
        crossed = any(crossing.stage == alert.stage for crossing in reading.crossings)
        if reading.open and reading.target.measure is Measure.GOAL and crossed and alert.stage not in reading.reached:
            return Reason.RECOVERED, self.now
        fell = reading.pace and reading.pace.fell(alert.starts_at)
        if reading.open and not changed and alert.stage == PACE_STAGE and fell:
            return Reason.PACE_FELL, fell
        if not changed and alert.stage not in {stage.name for stage in _stages(reading)}:
            return Reason.WITHDRAWN, self.now
        if not reading.open:
            done = reading.target.period is None or _fulfilled(reading)
            over = Reason.RESTORED if done else Reason.RENEWED
            ending = Reason.CANCELLED if reading.life is Life.CANCELLED else over
            ending = Reason.RETIRED if reading.retired else ending
            return ending, reading.stopped_at or self.now
        if not self._holds(alert.stage):
            ended = Reason.IDLE if reading.life is Life.IDLE else Reason.PAUSED
            return ended, _since(reading, (Life.PAUSED, Life.IDLE))
        return (Reason.TIER_CHANGED if changed else Reason.WITHDRAWN), self.now

    def _passed(self, reached: Sequence[Alert], known: Sequence[Alert]) -> Iterator[Alert]:
        """Stages that are over and that nobody was paged for; those from before the installation are none of ours."""
        stopped_at = self.reading.stopped_at or self.now
        if stopped_at < self.settings.installed_at:
            return
        recorded = {alert.stage for alert in known}
        for alert in reached:
            if alert.stage not in recorded:
                yield _record(alert, stopped_at, Reason.PASSED)

    def _holds(self, stage: str) -> bool:
        return holds(self.reading, stage)

    def _old(self, alert: Alert) -> bool:
        """Whether the alert is part of what was there before us: its clock had breached and the stage was crossed."""
        breached_at, installed_at = self.reading.breached_at, self.settings.installed_at
        if breached_at is None or max(breached_at, _since(self.reading, OPEN_LIVES)) >= installed_at:
            return False
        return _crossed(self.reading, alert.stage) < installed_at

    def _why(self, alert: Alert, known: Sequence[Alert], beside: Set[str]) -> Reason:
        """Why an alert fires that has not fired under these labels, or was withdrawn since; *beside* hold as well."""
        sent = [other for other in known if other.notifies and other.reason is not Reason.WITHDRAWN]
        if any(other.firing and self._other_rungs(other) for other in sent):
            return Reason.TIER_CHANGED
        if any(other.stage == alert.stage and other.reason in (Reason.PAUSED, Reason.IDLE) for other in sent):
            return Reason.RESUMED
        return Reason.WORSENED if any(other.stage in beside for other in sent) else Reason.FIRST

    def _again(self, alert: Alert, before: Alert) -> Alert:
        """An alert that fires already as it is now. Another rung of a further ladder is told, and the former is kept.

        Who was sent it for the former rung must be sent its end (`Route.takes`).
        """
        again = self._worded(alert, Reason.TIER_CHANGED if self._other_rungs(before) else Reason.REWORDED)
        former = {name: word for name, word in before.annotations.items() if name.endswith(FORMER)}
        for ladder in self.settings.ladders:
            was, now = before.annotations.get(ladder, ""), again.annotations.get(ladder, "")
            if was and was != now:
                said = [*former.get(ladder + FORMER, "").splitlines(), was]
                former[ladder + FORMER] = "\n".join(dict.fromkeys(said))
        return replace(again, annotations={**again.annotations, **former})

    def _other_rungs(self, alert: Alert) -> bool:
        """Whether an alert of this clock has another tier or assurance, or is said to have another of further rungs."""
        if _rungs(alert) != (self.reading.tier, self.reading.assurance):
            return True
        now = wording.said_of(self.subject.attributes, self.settings)
        return any(alert.annotations.get(ladder, "") != now.get(ladder, "") for ladder in self.settings.ladders)

    def _reached(self) -> Iterator[Alert]:
        for stage in _stages(self.reading):
            yield self._alert(stage)

    def _alert(self, stage: Stage) -> Alert:
        """The alert of a stage that was reached: what it is, not yet its words and its reason."""
        reading, key = self.reading, self.subject.key
        breached = stage.name == BREACHED_STAGE
        began = _since(reading, _lives(reading, stage.name)) if reading.open else reading.started_at
        starts_at = max(_crossed(reading, stage.name), began)
        fast = stage.name == PACE_STAGE and reading.pace is not None
        labels = {
            "alertname": BREACHED if breached else NEAR,
            "instance": self.settings.instance,
            "source": key.source,
            str(self.subject.kind): key.subject,
            "tier": reading.tier,
            "assurance": reading.assurance,
            "sla_target": reading.target.name,
            "cycle": str(reading.cycle),
            "stage": stage.name,
            "severity": "critical" if breached else "warning",
        }
        return Alert(
            labels={name: value for name, value in labels.items() if value},
            annotations={},
            starts_at=starts_at,
            subject=key,
            target=reading.target.name,
            cycle=reading.cycle,
            stage=stage.name,
            link=links.explanation(self.settings.page_url, key),
            cause_key="" if self.subject.kind is _GROUP else root_causes.key_of(self.subject, self.settings.causes),
            deadline=reading.pace.spells[-1].exhausted_at if fast and reading.pace else reading.deadline,
            ahead=stages_ahead(reading, self.now) if self.settings.covered and not breached and not fast else (),
        )

    def _worded(self, alert: Alert, reason: Reason) -> Alert:
        """The alert with its words and *reason*; what is only recorded needs none."""
        stage = next(stage for stage in _stages(self.reading) if stage.name == alert.stage)
        left = _left(self.reading, stage, alert.starts_at)
        words = wording.near_or_breached(
            self.subject, self.reading, stage, alert.starts_at, left, alert.link, self.settings
        )
        return replace(alert, reason=reason, annotations={**words, "reason": reason.value})


def backlog_digest(
    rows: Iterable[tuple[str, str, int]], previous: Sequence[Alert], settings: Settings, now: datetime
) -> tuple[Alert, ...]:
    """The one alert that stands for every open clock that had breached before the installation, if it changed.

    *rows* are (tier, target, open clocks); *previous* holds the digest as it is stored, if there is one. It fires while
    any such clock is open, and ends when none is left.
    """
    counted = sorted(((tier, target, clocks) for tier, target, clocks in rows if clocks > 0), key=lambda row: -row[2])
    labels = {"alertname": BACKLOG, "instance": settings.instance, "severity": "warning"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    if not counted:
        if stored is None or not stored.firing:
            return ()
        return (endings.end(stored, now, Reason.NONE_LEFT, wording.BACKLOG, settings),)
    digest = Alert(
        labels, wording.backlog(counted, settings), settings.installed_at, link=links.home(settings.page_url)
    )
    changed = digest.after(stored)
    return () if changed is None else (changed,)


def _stages(reading: Reading) -> tuple[Stage, ...]:
    """The stages that page and are reached, least severe first, each once."""
    paging = {stage.name: stage for stage in reversed(reading.target.stages)}
    return tuple(paging[name] for name in dict.fromkeys(reading.reached) if name in paging)


def _fulfilled(reading: Reading) -> bool:
    """Whether what had to happen has happened, in time or not."""
    return reading.target.measure is Measure.AT_LEAST and reading.counted >= reading.target.budget


def _crossed(reading: Reading, stage: str) -> datetime:
    """The true instant at which a stage was first reached."""
    if stage == BREACHED_STAGE and reading.breached_at is not None:
        return reading.breached_at
    return next(crossing.at for crossing in reversed(reading.crossings) if crossing.stage == stage)


def _lives(reading: Reading, stage: str) -> Sequence[Life]:
    """The lives of a clock in which a stage that is reached counts: a pause suspends all but the breach and the pace.

    What has been counted stays counted, so a number of times is suspended by nothing.
    """
    lasting = stage in (BREACHED_STAGE, PACE_STAGE) or reading.target.measure is not _TIME
    return OPEN_LIVES if lasting else _RUNNING


def holds(reading: Reading, stage: str) -> bool:
    """Whether an alert of a stage that is reached fires, of a clock that is open."""
    return reading.life in _lives(reading, stage)


def _since(reading: Reading, lives: Sequence[Life]) -> datetime:
    """Since when the clock has been in one of *lives* without a break."""
    since = reading.intervals[-1].end if reading.intervals else reading.started_at
    for part in reversed(reading.intervals):
        if part.life not in lives:
            break
        since = part.start
    return since


def _left(reading: Reading, stage: Stage, at: datetime) -> Left:
    """What was left when the alert's condition came to hold, *at* the crossing or at the last resuming.

    Of a stage by wall time that is given in wall time too, where the clock has a deadline.
    """
    budget, since, deadline = reading.target.budget, _since(reading, _RUNNING), reading.deadline
    if reading.target.measure is not _TIME or stage.name == PACE_STAGE:
        return Left(budget - reading.counted)
    if stage.wall is not None and deadline is not None and reading.calendar is not None:
        return Left(reading.calendar.counted(at, deadline), deadline - at)
    counted_before = sum((part.counted for part in reading.intervals if part.end <= since), timedelta(0))
    passed = counted_before if stage.wall is not None else max(stage.amount(budget), counted_before)
    return Left(budget - passed)


def _in_digest(before: Alert | None, alert: Alert) -> bool:
    """Whether this was sent in the digest of an upgrade; it is another one if it began anew since."""
    return before is not None and before.reason is Reason.JUDGED_ANEW and before.starts_at == alert.starts_at


def _moved(before: Alert, again: Alert) -> bool:
    """Whether what a page must not wait for is at another instant: the deadline, or a stage that is still ahead."""
    return before.deadline != again.deadline or not set(again.ahead) <= set(before.ahead)


def _rungs(alert: Alert) -> tuple[str | None, str | None]:
    return alert.labels.get("tier"), alert.labels.get("assurance")


def _record(alert: Alert, at: datetime, reason: Reason) -> Alert:
    """An alert that is stored for the record and sent to nobody."""
    return alert.resolve(at, reason).because(reason)


def _end(
    alert: Alert, at: datetime, reason: Reason, reading: Reading | None, alerting: bool, settings: Settings
) -> Alert:
    how, stands = endings.of_clock(reading, reason, alerting, settings)
    return endings.end(alert, at, reason, wording.clock(alert, settings), settings, how, stands)
