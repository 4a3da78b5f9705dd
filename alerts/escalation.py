"""Say whom to tell next of an alert that nobody has acknowledged, and when.

Pure: what is known comes in, the whole plan comes out, and the same knowledge gives the same plan. Steps stand at
shares of the time that was left when somebody was first told, counted only while the clock runs: a deadline that moves
moves the steps that are still to come, and those it has passed are due at once. Time here is time on the wall, not
working time.

The one surprise: a worse stage of the same clock begins the steps anew only where they had been acknowledged. Without
that they go on, for to begin anew would put the next one off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from alerts.oncall import Whom
from monitor.local_time import TICK


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to tell when *share* (0 to 1) of the time that was left has passed; without a share at the breach."""

    share: float | None
    whom: tuple[Whom, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A stage of the clock that was told, and when first."""

    stage: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deadline:
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
class Acknowledged:
    """Somebody has said that he is at it. Of a stage that had been passed by then it says nothing."""

    stage: str
    at: datetime
    person: str = ""


@dataclass(frozen=True, slots=True)
class Course:
    """All that is known of one clock and its pages."""

    told: tuple[Told, ...]
    deadlines: tuple[Deadline, ...]
    pauses: tuple[Pause, ...] = ()
    acknowledged: tuple[Acknowledged, ...] = ()


class Why(StrEnum):
    """Why a step is due when it is, or is not."""

    SHARE = "share"  # that share of the time that was left has passed
    BREACHED = "breached"
    NOBODY_BEFORE = "nobody_before"  # the step before it had nobody on duty, so nobody waits for it
    NOBODY = "nobody"  # due, and nobody is on duty: only the team's contact can be told
    ACKNOWLEDGED = "acknowledged"  # not due any more
    PAUSED = "paused"  # not due before the clock runs again
    NO_DEADLINE = "no_deadline"  # not due before there is a deadline


@dataclass(frozen=True, slots=True)
class Planned:
    """One step of one run. A run begins with the first stage that is told, and with a worse one after it had been
    acknowledged; `run` is that stage, and (run, step) is the name under which a step is remembered as done."""

    run: str
    step: int
    at: datetime | None
    reason: Why


Present = Callable[[tuple[Whom, ...], datetime], bool]
"""Whether anybody of them is there at an instant: `Roster.anybody`."""


def plan(steps: Sequence[Step], course: Course, present: Present) -> tuple[Planned, ...]:
    """Every step of every run, in order, with the instant at which it is due as far as is known."""
    found: list[Planned] = []
    in_order = sorted(range(len(steps)), key=lambda index: _order(steps[index]))
    for run in _runs(course):
        stretches = tuple(_stretches(course, run.since))
        empty_at: datetime | None = None
        for index in in_order:
            step = steps[index]
            at, reason = _due(step, stretches, run.ends)
            if empty_at is not None and step.share is not None and (at is None or at > empty_at):
                at, reason = empty_at, Why.NOBODY_BEFORE
            if at is not None and not present(step.whom, at):
                reason = Why.NOBODY
            if step.share is not None:
                empty_at = at if reason is Why.NOBODY else None
            found.append(Planned(run.stage, index, at, reason))
    return tuple(found)


def due(planned: Sequence[Planned], now: datetime) -> tuple[Planned, ...]:
    """The steps whose time has come, those done before among them."""
    return tuple(item for item in planned if item.at is not None and item.at <= now)


def next_due(planned: Sequence[Planned], now: datetime) -> datetime | None:
    """When to look again, as far as is known."""
    return min((item.at for item in planned if item.at is not None and item.at > now), default=None)


def current(course: Course) -> str:
    """The run that is on; empty where there is none, or where somebody has acknowledged it."""
    runs = tuple(_runs(course))
    return runs[-1].stage if runs and runs[-1].ends is None else ""


@dataclass(frozen=True, slots=True)
class _Run:
    stage: str
    since: datetime
    ends: datetime | None


def _runs(course: Course) -> Iterator[_Run]:
    told = _first_of_each(course.told)
    acknowledged = sorted(item.at for item in course.acknowledged if _counts(item, told))
    begins: Told | None = told[0] if told else None
    while begins is not None:
        since = begins.at
        ends = next((at for at in acknowledged if at >= since), None)
        yield _Run(begins.stage, since, ends)
        begins = None if ends is None else next((stage for stage in told if stage.at > ends), None)


def _first_of_each(told: Sequence[Told]) -> list[Told]:
    """Each stage when it was first told; one that fires again after a pause is no news."""
    firsts: dict[str, Told] = {}
    for item in sorted(told, key=lambda item: item.at):
        firsts.setdefault(item.stage, item)
    return list(firsts.values())


def _counts(item: Acknowledged, told: Sequence[Told]) -> bool:
    """Whether what was acknowledged was the worst that had been told by then."""
    known = [stage.stage for stage in told if stage.at <= item.at]
    return bool(known) and known[-1] == item.stage


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A time in which nothing changes. `ran` is how long the clock had run since the page when it begins."""

    start: datetime
    end: datetime | None
    ran: timedelta
    paused: bool
    deadline: datetime | None


def _stretches(course: Course, since: datetime) -> Iterator[_Stretch]:
    deadlines = sorted(course.deadlines, key=lambda item: item.known_at)
    edges = {item.known_at for item in deadlines}
    for pause in course.pauses:
        edges |= {pause.since} | ({pause.until} if pause.until else set())
    cuts: list[datetime | None] = [since, *sorted(edge for edge in edges if edge > since), None]
    ran = timedelta(0)
    for start, end in pairwise(cuts):
        assert start is not None
        known = [item.deadline for item in deadlines if item.known_at <= start]
        paused = any(pause.holds(start) for pause in course.pauses)
        yield _Stretch(start, end, ran, paused, known[-1] if known else None)
        if end is not None and not paused:
            ran += end - start


def _due(step: Step, stretches: Sequence[_Stretch], ends: datetime | None) -> tuple[datetime | None, Why]:
    for stretch in stretches:
        at = _in(step, stretch)
        if at is None or (stretch.end is not None and at >= stretch.end):
            continue
        if ends is not None and at >= ends:
            break
        return at, Why.BREACHED if step.share is None else Why.SHARE
    if ends is not None:
        return None, Why.ACKNOWLEDGED
    return None, Why.PAUSED if stretches[-1].paused else Why.NO_DEADLINE


def _in(step: Step, stretch: _Stretch) -> datetime | None:
    """When a step is due, were nothing to change after this stretch."""
    if stretch.paused:
        return None
    if stretch.deadline is None:
        return stretch.start if step.share == 0 else None
    whole = stretch.ran + max(stretch.deadline - stretch.start, timedelta(0))
    if step.share is None:  # a breach is strictly after the deadline (semantics 6)
        return stretch.start + max(whole + TICK - stretch.ran, timedelta(0))
    return stretch.start + max(whole * step.share - stretch.ran, timedelta(0))


def _order(step: Step) -> float:
    return float("inf") if step.share is None else step.share
