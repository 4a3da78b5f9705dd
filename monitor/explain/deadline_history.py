"""List every deadline that a clock ever had, with what moved it.

Pure. The intervals of a reading have on record which terms held in each part of them; the last deadline is the
reading's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.clock import OPEN_LIVES, ZERO, Reading
from monitor.model import Life, Measure
from monitor.policy import BudgetRow
from monitor.worktime import WorkingTime, periods


class Moved(StrEnum):
    """What gave a clock another deadline, or took it away."""

    STARTED = "started"
    PAUSED = "paused"
    IDLE = "idle"
    USED = "used"
    RESUMED = "resumed"
    REOPENED = "reopened"
    TERMS = "terms"
    RESCHEDULED = "rescheduled"
    AGREED = "agreed"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The deadline that held from an instant on; None where there was none. `by` is how far it had moved."""

    at: datetime
    deadline: datetime | None
    moved: Moved
    because: str
    by: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """An interval, or the part of it between two changes of terms, with the budget and the calendar that held in it.

    `term` is the event that brought the terms, if they began with the piece; `row` is the row of the policy.
    """

    interval: int
    start: datetime
    end: datetime
    life: Life
    because: str
    counted: timedelta
    budget: timedelta
    calendar: WorkingTime
    term: str = ""
    ahead_of: datetime | None = None
    row: BudgetRow | None = None


def pieces(reading: Reading) -> list[Piece]:
    """The parts of the reading's intervals, in order."""
    return [
        Piece(
            interval=number,
            start=part.start,
            end=part.end,
            life=interval.life,
            because=interval.because,
            counted=part.counted,
            budget=part.terms.budget,
            calendar=part.terms.calendar,
            term=part.terms.because if part.terms.since == part.start else "",
            ahead_of=part.terms.ahead_of,
            row=part.terms.row,
        )
        for number, interval in enumerate(reading.intervals)
        for part in interval.parts
    ]


def deadlines(reading: Reading, cut: Sequence[Piece]) -> tuple[Deadline, ...]:
    """Every deadline, oldest first; nothing for what is counted in times. *cut* are the reading's pieces."""
    if reading.target.measure is not Measure.TIME:
        return ()
    walk = _Walk(reading)
    before: Piece | None = None
    for piece in cut:
        if reading.breached_at is not None and piece.start > reading.breached_at:
            break
        walk.enter(piece, before)
        before = piece
    else:
        walk.end(before)
    walk.broken_in_an_instant()
    return tuple(walk.found)


@dataclass(slots=True)
class _Walk:
    """The way through the pieces, as `cycle.Cycle` went through them."""

    reading: Reading
    counted: timedelta = ZERO
    used_up: datetime | None = None
    found: list[Deadline] = field(default_factory=list)

    def enter(self, piece: Piece, before: Piece | None) -> None:
        breached_at = self.reading.breached_at
        new_life = before is None or before.interval != piece.interval
        changed = before is not None and before.budget != piece.budget
        if piece.life is Life.RUNNING and new_life:
            self.used_up = None
        if changed:
            self.used_up = piece.start if self.counted >= piece.budget else None
        if piece.life is Life.RUNNING:
            if new_life or self.used_up is None or changed:
                self._say(piece.start, self._ahead(piece), *_why(piece, before, changed))
        elif piece.start == breached_at and changed:
            self._say(piece.start, breached_at, *_why(piece, before, changed))
        elif piece.life in OPEN_LIVES and (new_life or changed) and breached_at != piece.start:
            self._say(piece.start, None, *_why(piece, before, changed and not new_life))
        left = piece.budget - self.counted
        self.counted += piece.counted
        if self.used_up is None and piece.life is Life.RUNNING and piece.start < piece.end and piece.counted >= left:
            self.used_up = self.reading.target.due(piece.calendar, piece.start, left)

    def _ahead(self, piece: Piece) -> datetime | None:
        """The deadline of what runs from the piece's start on."""
        calendar, target = piece.calendar, self.reading.target
        found = target.due(calendar, piece.start, piece.budget - self.counted)
        if target.period is None:
            return found
        end = periods.around(target.period, calendar.calendar, self.reading.started_at).end
        return found if found < end else None

    def end(self, last: Piece | None) -> None:
        """What the end of the cycle made of its deadline."""
        reading = self.reading
        if last is None and reading.breached_at is not None:  # it was over before it began, and ended as it began
            self._say(reading.started_at, reading.breached_at, Moved.STARTED, "")
        if reading.open or reading.stopped_at is None or reading.breached_at is not None:
            return
        moved = Moved.STOPPED if reading.life is Life.STOPPED else Moved.CANCELLED
        before = self.found[-1].deadline if self.found else None
        if reading.deadline != before:  # a clock can go on for an instant that is no interval
            self._say(reading.stopped_at, reading.deadline, moved if self.found else Moved.STARTED, "")

    def broken_in_an_instant(self) -> None:
        """Add the breach by stricter terms that held for an instant only: no piece has them."""
        at = self.reading.breached_at
        if at is None or not self.found or self.found[-1].deadline == at:
            return
        brought = [change.because for change in self.reading.changes if change.at == at]
        self._say(at, at, Moved.TERMS, brought[0] if brought else "")

    def _say(self, at: datetime, deadline: datetime | None, moved: Moved, because: str) -> None:
        known = next((one.deadline for one in reversed(self.found) if one.deadline is not None), None)
        if self.found and self.found[-1].deadline == deadline and (deadline is None or moved is Moved.TERMS):
            return  # it stays as it was
        by = None if known is None or deadline is None else deadline - known
        self.found.append(Deadline(at, deadline, moved, because, by))


def _why(piece: Piece, before: Piece | None, changed: bool) -> tuple[Moved, str]:
    if before is None:
        return (Moved.STARTED if piece.life is Life.RUNNING else _LOST[piece.life]), piece.because
    if piece.life in _LOST and not changed:
        return _LOST[piece.life], piece.because
    if before.interval == piece.interval or (changed and before.life is piece.life):
        if piece.ahead_of == before.ahead_of:
            return Moved.TERMS, piece.term
        until = piece.row is not None and piece.row.until not in ("", "planned")
        return (Moved.AGREED if until else Moved.RESCHEDULED), piece.term
    if before.life is Life.IDLE:
        return Moved.USED, piece.because
    if before.life in OPEN_LIVES:
        return Moved.RESUMED, piece.because
    return Moved.REOPENED, piece.because


_LOST = {Life.PAUSED: Moved.PAUSED, Life.IDLE: Moved.IDLE}
