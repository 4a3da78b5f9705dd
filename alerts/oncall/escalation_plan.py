"""Plan whom to notify of an alert that nobody has acknowledged, and when.

Pure: what is known comes in, the whole plan comes out, and the same input gives the same plan. Steps are due at shares
of the time that was left when somebody was first notified, at the breach or after it, or where nobody has answered the
step before; all of it is counted only while the clock runs. Time here is time on the wall, not working time.

Two steps are never called together unless they are written so: a step by share comes a minute after the one before at
the earliest, and where no time is left for that a gap after it, counted from when that one was really called. The one
surprise: a worse stage of the same clock begins the steps anew only where they had been acknowledged, and then with
whoever had acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from alerts.oncall.escalation_runs import AcknowledgedStage, NotifiedStage, Run, runs
from alerts.oncall.roster import Recipient
from monitor.alert import HOLDER, ROUND, Taken
from monitor.worktime import TICK

GAP = timedelta(minutes=5)
"""How long the later of two steps waits where no time is left, if a team says nothing else."""

TOGETHER = timedelta(minutes=1)
"""Less than this between two steps is no time in which anybody could answer."""

_ZERO = timedelta(0)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to notify, and when.

    With a *share* (0 to 1) when so much of the time that was left has passed; with *unanswered* so long after the step
    before was accepted by its receiver; with neither so long *after* the breach.
    """

    share: float | None
    whom: tuple[Recipient, ...]
    after: timedelta = _ZERO
    unanswered: timedelta | None = None

    @property
    def of_breach(self) -> bool:
        """Whether it never comes before the promise is broken."""
        return self.share is None and self.unanswered is None

    def called_together_with(self, other: Step) -> bool:
        """Whether the two are meant to be called together."""
        return self.unanswered is None and (self.share, self.after, other.unanswered) == (
            other.share, other.after, None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class KnownDeadline:
    """The deadline as it was known from an instant on; None while there is none."""

    known_at: datetime
    deadline: datetime | None


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which the clock does not run; without an end it lasts."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class EscalationHistory:
    """What is known of one clock and its pages. `taken` are the steps that were taken, by (run, step)."""

    notified: tuple[NotifiedStage, ...]
    deadlines: tuple[KnownDeadline, ...]
    pauses: tuple[Pause, ...] = ()
    acknowledged: tuple[AcknowledgedStage, ...] = ()
    taken: Mapping[tuple[str, int], Taken] = field(default_factory=dict)


class StepReason(StrEnum):
    """Why a step is due at its instant, or is not due."""

    SHARE = "share"
    """That share of the time that was left has passed."""
    BREACHED = "breached"
    """The promise was broken."""
    AFTER = "after"
    """That time has passed since the breach."""
    UNANSWERED = "unanswered"
    """That time has passed since the step before was accepted, and nobody has acknowledged."""
    UNDELIVERED = "undelivered"
    """No receiver has accepted the step before for that time."""
    SPACED = "spaced"
    """No time lay between it and the step before, so it came one gap later."""
    HOLDER = "holder"
    """The person who had acknowledged is paged first, because it has got worse."""
    ACK_ENDED = "ack_ended"
    """An acknowledgement ended, so whoever the first step names is paged at once."""
    NOBODY_BEFORE = "nobody_before"
    """Nobody was on duty for the step before, so this one does not wait for it."""
    NOBODY = "nobody"
    """It is due and nobody is on duty: only the team's contact can be paged."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody has acknowledged, so it is no longer due."""
    PAUSED = "paused"
    """It is not due before the clock runs again."""
    NO_DEADLINE = "no_deadline"
    """It is a step of the breach, and there is no deadline."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One step of one run.

    A run begins with the first stage of which somebody is notified, and with a worse one after an acknowledgement;
    `run` is that stage, and (run, number) is the name under which a step is stored as done. `holder` is the person whom
    the step HOLDER notifies. `round` is above zero in a run that began because the acknowledgement of its stage ended.
    """

    run: str
    step: int
    at: datetime | None
    reason: StepReason
    holder: str = ""
    round: int = 0

    @property
    def number(self) -> int:
        """The number under which it is stored."""
        return self.step + ROUND * self.round


Present = Callable[[tuple[Recipient, ...], datetime], bool]
"""Whether anybody of them is there at an instant: `Roster.anybody_on_duty`."""

Alone = Callable[[tuple[Recipient, ...], str, datetime], bool]
"""Whether they are that person and nobody else at an instant: `Roster.is_only`."""


def _never(_whom: tuple[Recipient, ...], _person: str, _at: datetime) -> bool:
    return False


def plan(
    steps: Sequence[Step],
    history: EscalationHistory,
    present: Present,
    gap: timedelta = GAP,
    now: datetime | None = None,
    alone: Alone = _never,
) -> tuple[PlannedStep, ...]:
    """Every step of every run, in order, with the instant at which it is due as far as is known.

    With *now*, a step that is due and was not taken counts as taken now, so that what was missed while nobody looked
    is not called all at once.
    """
    found: list[PlannedStep] = []
    for run in runs(history.notified, history.acknowledged):
        intervals = tuple(_intervals(history, run.since))
        found.extend(_Chain(steps, run, intervals, history.taken, present, gap, now, alone).planned())
    return tuple(found)


def due(planned: Sequence[PlannedStep], now: datetime) -> tuple[PlannedStep, ...]:
    """The steps whose time has come, those done before among them."""
    return tuple(item for item in planned if item.at is not None and item.at <= now)


def next_due(planned: Sequence[PlannedStep], now: datetime) -> datetime | None:
    """When to look again, as far as is known."""
    return min((item.at for item in planned if item.at is not None and item.at > now), default=None)


def current(history: EscalationHistory) -> str:
    """The run that is on; empty where there is none, or where somebody has acknowledged it."""
    return current_run(history)[0]


def current_run(history: EscalationHistory) -> tuple[str, int]:
    """The run that is on, with its round; an empty one where there is none, or where somebody has acknowledged it."""
    found = tuple(runs(history.notified, history.acknowledged))
    return (found[-1].stage, found[-1].round) if found and found[-1].ends is None else ("", 0)


@dataclass(frozen=True, slots=True)
class _Interval:
    """A time in which nothing changes. `ran` is how long the clock had run since the first page when it begins."""

    start: datetime
    end: datetime | None
    ran: timedelta
    paused: bool
    deadline: datetime | None


def _intervals(history: EscalationHistory, since: datetime) -> Iterator[_Interval]:
    deadlines = sorted(history.deadlines, key=lambda item: item.known_at)
    edges = {item.known_at for item in deadlines}
    for pause in history.pauses:
        edges |= {pause.since} | ({pause.until} if pause.until else set())
    cuts: list[datetime | None] = [since, *sorted(edge for edge in edges if edge > since), None]
    ran = timedelta(0)
    for start, end in pairwise(cuts):
        assert start is not None
        known = [item.deadline for item in deadlines if item.known_at <= start]
        paused = any(pause.holds(start) for pause in history.pauses)
        yield _Interval(start, end, ran, paused, known[-1] if known else None)
        if end is not None and not paused:
            ran += end - start


def _later(intervals: Sequence[_Interval], start: datetime, length: timedelta) -> datetime | None:
    """So long after an instant, counted while the clock runs; None where a pause has no end yet."""
    left = length
    for interval in intervals:
        since = max(start, interval.start)
        if interval.paused or (interval.end is not None and interval.end <= since):
            continue
        if interval.end is None or since + left < interval.end:
            return since + left
        left -= interval.end - since
    return None


@dataclass(slots=True)
class _Chain:
    """The steps of one run, one after the other; never leaves this file."""

    steps: Sequence[Step]
    run: Run
    intervals: Sequence[_Interval]
    taken: Mapping[tuple[str, int], Taken]
    present: Present
    gap: timedelta
    now: datetime | None
    alone: Alone
    called: datetime | None = None
    """When the last step was called, or is, that reached somebody."""
    empty: datetime | None = None
    """When the step before was due, if it had nobody."""
    last: tuple[Step, PlannedStep] | None = None

    def planned(self) -> Iterator[PlannedStep]:
        yield from self._holder()
        for index, step in enumerate(self.steps):
            done = self.taken.get(self._name(index))
            at, reason = self._due(step) if index or not self.run.round else self._returned()
            if done is not None:
                at = done.at
            elif at is not None and self.run.ends is not None and at >= self.run.ends:
                at, reason = None, StepReason.ACKNOWLEDGED
            nobody = at is not None and not self.present(step.whom, at)
            why = StepReason.NOBODY if nobody and reason is not StepReason.ACK_ENDED else reason
            item = PlannedStep(self.run.stage, index, at, why, round=self.run.round)
            self._record(step, item, nobody)
            yield item

    def _name(self, step: int) -> tuple[str, int]:
        """The name under which a step of this run is stored."""
        return self.run.stage, step + ROUND * self.run.round

    def _returned(self) -> tuple[datetime | None, StepReason]:
        """The first step once an acknowledgement has ended: at once, whatever its time is otherwise."""
        at = _later(self.intervals, self.run.since, _ZERO)
        return at, StepReason.PAUSED if at is None else StepReason.ACK_ENDED

    def _holder(self) -> Iterator[PlannedStep]:
        """Notify whoever had acknowledged before anybody else, unless the first step is that person alone."""
        run, since = self.run, _later(self.intervals, self.run.since, _ZERO)
        if not run.holder or not self.steps:
            return
        done = self.taken.get((run.stage, HOLDER))
        if done is None and self.alone(self.steps[0].whom, run.holder, run.since):
            return
        at = done.at if done is not None else since
        if done is None and at is not None and run.ends is not None and at >= run.ends:
            at = None
        if at is None:
            reason = StepReason.PAUSED if run.ends is None else StepReason.ACKNOWLEDGED
            yield PlannedStep(run.stage, HOLDER, None, reason, run.holder)
            return
        self.called = at if done is not None else self._at_once(at)
        yield PlannedStep(run.stage, HOLDER, at, StepReason.HOLDER, run.holder)

    def _record(self, step: Step, item: PlannedStep, nobody: bool) -> None:
        self.last = step, item
        self.empty = item.at if nobody else None
        if item.at is not None and not nobody:
            done = self._name(item.step) in self.taken
            self.called = item.at if done else self._at_once(item.at)

    def _at_once(self, at: datetime) -> datetime:
        """When a step is really called that is due at an instant."""
        return at if self.now is None else max(at, self.now)

    def _due(self, step: Step) -> tuple[datetime | None, StepReason]:
        if step.unanswered is not None:
            return self._unanswered(step.unanswered)
        at, reason = _instant(step, self.intervals)
        if self.last is not None and self.last[1].at is None:
            return None, self.last[1].reason
        if self.empty is not None and step.share is not None and (at is None or at > self.empty):
            return self._spaced(step, self.empty, StepReason.NOBODY_BEFORE)
        if at is None:
            return None, StepReason.ACKNOWLEDGED if self.run.ends is not None else reason
        if self.last is not None and self.last[1].at is not None:
            at = max(at, self.last[1].at)
        return self._spaced(step, at, reason)

    def _spaced(self, step: Step, at: datetime, reason: StepReason) -> tuple[datetime | None, StepReason]:
        """The instant, or later where that leaves nobody the time to answer the step before: a minute after it while
        that is before the breach, else a gap after it."""
        if self.last is not None and self.last[0].called_together_with(step):
            return at, reason
        if self.called is None:
            return at, reason
        least = _SECOND if step.after else min(TOGETHER, self.gap)
        if at >= self.called + least:
            return at, reason
        soon = _later(self.intervals, self.called, least)
        breach, why = _instant(Step(None, ()), self.intervals)
        before = (
            why is StepReason.PAUSED if breach is None else soon is not None and soon < breach
        )  # a pause puts it off
        fits = step.share is not None and soon is not None and before
        later = soon if fits else _later(self.intervals, self.called, self.gap)
        return later, StepReason.PAUSED if later is None else StepReason.SPACED

    def _unanswered(self, length: timedelta) -> tuple[datetime | None, StepReason]:
        assert self.last is not None  # the file is refused where it comes first
        before = self.last[1]
        if before.at is None:
            return None, before.reason
        if self.empty is not None and (self.called is None or self.empty >= self.called + _SECOND):
            return self.empty, StepReason.NOBODY_BEFORE
        if self.empty is not None and self.called is not None:  # somebody was called together with the empty step
            at = _later(self.intervals, self.called, length)
            return at, StepReason.PAUSED if at is None else StepReason.UNANSWERED
        done = self.taken.get(self._name(before.step))
        start, why = self._at_once(before.at), StepReason.UNANSWERED
        if done is not None:
            given_up = _later(self.intervals, done.at, length)
            start, why = done.at, StepReason.UNDELIVERED
            if done.accepted is not None and (given_up is None or done.accepted <= given_up):
                start, why = max(done.accepted, done.at), StepReason.UNANSWERED
        at = _later(self.intervals, start, length)
        return at, StepReason.PAUSED if at is None else why


def _instant(step: Step, intervals: Sequence[_Interval]) -> tuple[datetime | None, StepReason]:
    """When a step by share, or of the breach, is due by what is left alone."""
    for interval in intervals:
        at = _due_within(step, interval)
        if at is None or (interval.end is not None and at >= interval.end):
            continue
        if step.share is not None:
            return at, StepReason.SHARE
        if not step.after:
            return at, StepReason.BREACHED
        later = _later(intervals, at, step.after)
        return later, StepReason.PAUSED if later is None else StepReason.AFTER
    return None, StepReason.PAUSED if intervals[-1].paused else StepReason.NO_DEADLINE


def _due_within(step: Step, interval: _Interval) -> datetime | None:
    """When a step is due, were nothing to change after this interval. Without a deadline no time is left to share."""
    if interval.paused:
        return None
    if interval.deadline is None:
        return interval.start if step.share is not None else None
    whole = interval.ran + max(interval.deadline - interval.start, timedelta(0))
    if step.share is None:  # a breach is strictly after the deadline (semantics 6)
        return interval.start + max(whole + TICK - interval.ran, timedelta(0))
    return interval.start + max(whole * step.share - interval.ran, timedelta(0))
