"""Plan the life of one fault: what happens to its circuit and its ticket, and at which instants.

Pure: a random source, a circuit and the opening instant come in, a list of dated changes goes out. Lengths are those
of real life, in minutes, divided by the speed; instants are true ones, whole milliseconds, and no two changes of one
fault share an instant. What a ticket says wrongly on purpose (`Odd`) is part of the plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from monitor.simulator.names import CAUSES, PROGRESS, REMARKS, Cause
from monitor.simulator.population import Circuit

RESTORE_MINUTES = {"diamond": 120.0, "gold": 240.0, "silver": 360.0, "bronze": 480.0, "standard": 720.0}
"""What the simulated operator promises, in real life: an assumption, no operator's figure. Half of it is usual."""

REPORT_MINUTES = {"diamond": 20.0, "gold": 30.0, "silver": 60.0, "bronze": 90.0, "standard": 120.0}
"""How often the customer hears of progress when all goes well; for bronze and standard a habit, not a promise."""

PROGRESS_NOTE = "ProgressFeedback"
REMARK_NOTE = "Note"

LONGEST_DETECTION = 3.0  # minutes from the fault to its ticket, at most

CUSTOMER_HOLDS = ("customer access refused", "power at customer site", "customer asks to defer")
OPERATOR_HOLDS = ("force majeure approved", "waiting for spare part")  # the last is on no list of agreed reasons


class Status(StrEnum):
    """The words of TMF621 for a ticket's status, and one that only a relative of it knows."""

    ACKNOWLEDGED = "acknowledged"
    REJECTED = "rejected"
    PENDING = "pending"
    HELD = "held"
    IN_PROGRESS = "inProgress"
    CANCELLED = "cancelled"
    RESOLVED = "resolved"
    CLOSED = "closed"
    ASSESSING_CANCELLATION = "assessingCancellation"


ENDED = frozenset({Status.REJECTED, Status.CANCELLED, Status.CLOSED})
RESTORED_OR_ENDED = ENDED | {Status.RESOLVED}


class Kind(StrEnum):
    """What a change is about."""

    STATUS = "status"
    NOTE = "note"
    CIRCUIT = "circuit"


class Odd(StrEnum):
    """What is wrong with a ticket on purpose, as real sources have it."""

    NOTHING = "nothing"
    UNKNOWN_STATUS = "unknown_status"
    UNKNOWN_TIER = "unknown_tier"
    NO_DATE = "no_date"
    GARBAGE_DATE = "garbage_date"
    NO_ZONE = "no_zone"


class Ending(StrEnum):
    """How a ticket ends."""

    RESTORED = "restored"
    REOPENED = "reopened"  # restored, back, restored again
    CANCELLED = "cancelled"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happens. `word` is a status, a note's type or a circuit's status; `text` a reason or a note."""

    at: datetime
    kind: Kind
    word: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Life:
    """A planned life, changes in the order of their instants."""

    cause: Cause
    odd: Odd
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """What is settled about a life beforehand. `work` is minutes from opening to restoration, without any hold."""

    odd: Odd
    ending: Ending
    work: float
    holds: int


@dataclass(frozen=True, slots=True)
class _Step:
    minute: float
    kind: Kind
    word: str
    text: str = ""


def draw_script(rng: Random, tier: str) -> Script:
    """Draw an everyday life: most end in time, about one in six does not, a few are odd."""
    odd = rng.choices(list(Odd), (972, 8, 5, 5, 5, 5))[0]
    ending = rng.choices(list(Ending), (88, 6, 4, 2))[0]
    slow = 2.0 if rng.random() < 0.08 else 1.0
    work = RESTORE_MINUTES[tier] / 2 * min(rng.lognormvariate(0.0, 0.55), 4.0) * slow
    return Script(odd, ending, max(work, 18.0), rng.choices((0, 1, 2), (62, 30, 8))[0])


def plan(rng: Random, circuit: Circuit, opened: datetime, speed: float, script: Script) -> Life:
    """Plan a life whose ticket is opened at *opened*; the circuit fails up to `LONGEST_DETECTION` minutes earlier."""
    cause = rng.choice(CAUSES)
    steps = [
        _Step(-rng.uniform(0.5, LONGEST_DETECTION), Kind.CIRCUIT, cause.circuit_status),
        _Step(0.0, Kind.STATUS, Status.ACKNOWLEDGED, "fault reported"),
    ]
    accepted = rng.triangular(2.0, 15.0, 4.0)
    if script.ending is Ending.REJECTED:
        steps.append(_Step(accepted * 0.9, Kind.CIRCUIT, "up"))
        steps.append(_Step(accepted, Kind.STATUS, Status.REJECTED, "duplicate of another ticket"))
        return Life(cause, script.odd, _dated(steps, opened, speed))
    steps.append(_Step(accepted, Kind.STATUS, Status.IN_PROGRESS, "accepted"))
    if rng.random() < 0.3:
        steps.append(_Step(accepted + rng.uniform(0.5, 2.0), Kind.NOTE, REMARK_NOTE, rng.choice(REMARKS)))
    tier = circuit.customer.tier
    done = _repair(steps, rng, accepted, script.work - accepted, _draw_holds(rng, script))
    steps.extend(_progress(rng, tier, 0.0, accepted + 0.5, done))
    if script.ending is Ending.CANCELLED:
        steps.append(_Step(done - 0.5, Kind.CIRCUIT, "up"))
        steps.append(_Step(done, Kind.STATUS, Status.CANCELLED, "withdrawn by customer"))
        return Life(cause, script.odd, _dated(steps, opened, speed))
    done = _restore(steps, rng, done, cause)
    if script.ending is Ending.REOPENED:
        again = done + rng.uniform(5.0, 25.0)
        steps.append(_Step(again - 1.0, Kind.CIRCUIT, cause.circuit_status))
        steps.append(_Step(again, Kind.STATUS, Status.IN_PROGRESS, "fault came back"))
        done = _repair(steps, rng, again, rng.uniform(0.1, 0.5) * RESTORE_MINUTES[tier], ())
        steps.extend(_progress(rng, tier, again, again, done))
        done = _restore(steps, rng, done, cause)
    steps.append(_Step(done + rng.uniform(15.0, 60.0), Kind.STATUS, Status.CLOSED, "confirmed by customer"))
    return Life(cause, script.odd, _dated(steps, opened, speed))


def _draw_holds(rng: Random, script: Script) -> Sequence[tuple[Status, str, float]]:
    """Draw why the work waits, and for how many minutes."""
    holds: list[tuple[Status, str, float]] = []
    for _ in range(script.holds):
        if rng.random() < 0.6:
            status, reason = Status.PENDING, rng.choice(CUSTOMER_HOLDS)
        else:
            status, reason = Status.HELD, rng.choice(OPERATOR_HOLDS)
        holds.append((status, reason, rng.triangular(10.0, 120.0, 30.0)))
    if script.odd is Odd.UNKNOWN_STATUS:
        holds.append((Status.ASSESSING_CANCELLATION, "customer asked to cancel", rng.uniform(20.0, 60.0)))
    return holds


def _repair(
    steps: list[_Step], rng: Random, start: float, work: float, holds: Sequence[tuple[Status, str, float]]
) -> float:
    """Add the holds between stretches of work; answer the minute at which the work is done."""
    marks = sorted(rng.uniform(0.2, 0.8) for _ in holds)
    minute, worked = start, 0.0
    for mark, (status, reason, length) in zip(marks, holds, strict=True):
        minute += (mark - worked) * work
        worked = mark
        steps.append(_Step(minute, Kind.STATUS, status, reason))
        minute += length
        steps.append(_Step(minute, Kind.STATUS, Status.IN_PROGRESS, "work resumed"))
    return minute + (1.0 - worked) * work


def _restore(steps: list[_Step], rng: Random, minute: float, cause: Cause) -> float:
    steps.append(_Step(minute - rng.uniform(0.1, 1.0), Kind.CIRCUIT, "up"))
    steps.append(_Step(minute, Kind.STATUS, Status.RESOLVED, cause.repair))
    return minute


def _progress(rng: Random, tier: str, begin: float, earliest: float, end: float) -> Iterable[_Step]:
    """Tell the customer at the tier's habit from *begin* on, mostly a little early, now and then too late."""
    minute = begin
    while True:
        late = rng.random() < 0.08
        minute += REPORT_MINUTES[tier] * (rng.uniform(1.05, 1.7) if late else rng.uniform(0.5, 0.9))
        minute = max(minute, earliest)
        if minute >= end - 0.5:
            return
        yield _Step(minute, Kind.NOTE, PROGRESS_NOTE, rng.choice(PROGRESS))


def _dated(steps: Iterable[_Step], opened: datetime, speed: float) -> tuple[Change, ...]:
    changes: list[Change] = []
    for step in sorted(steps, key=lambda step: step.minute):
        at = whole_milliseconds(opened + timedelta(minutes=step.minute / speed))
        if changes and at <= changes[-1].at:
            at = changes[-1].at + timedelta(milliseconds=1)
        changes.append(Change(at, step.kind, step.word, step.text))
    return tuple(changes)


def whole_milliseconds(at: datetime) -> datetime:
    """Cut what a ticket cannot say."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
