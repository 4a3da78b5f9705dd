"""The explanation of one subject as values: what each rim (the page, the terminal, JSON) makes its text of.

Pure. No words for people are in here but the names that a policy gives things; `sentences.py` makes the messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from monitor.clock import Leg, NotApplied, Reading, Subject
from monitor.explain.alert_record import AlertRecord
from monitor.explain.deadline_history import Moved
from monitor.explain.guarded import GuardedTerms
from monitor.explain.names import NO_NAMES, PolicyNames
from monitor.history import Correction, Doubt
from monitor.model import CircuitState, Measure, Name, SubjectKey
from monitor.policy import BudgetRow, GuardedPeriod, Provenance, StartedBy, Target
from monitor.worktime import Bounds, Calendar, Stretch

_SECOND = timedelta(seconds=1)

Amount: TypeAlias = timedelta | int
"""What was counted, or may be: a length, or how often for what is counted in times."""


class IntervalKind(StrEnum):
    """What an interval is: the life of the clock in it, or time that does not count at all."""

    RUNNING = "running"
    PAUSED = "paused"
    IDLE = "idle"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    EXCLUDED = "excluded"  # by a correction, or by planned work on a circuit


class CauseKind(StrEnum):
    """What began an interval, where no status of the source did."""

    STATUS = "status"
    CORRECTION = "correction"
    OPENING = "opening"
    INSTANT = "instant"
    UPDATE = "update"
    DELETED = "deleted"


class LaidOut(NamedTuple):
    """A stretch of a running interval. `calendar` names the one by which it counted, where the clock had several."""

    stretch: Stretch
    calendar: str = ""


class TermsChange(NamedTuple):
    """Another budget or calendar from an instant on. The calendars are empty where the calendar stayed.

    `guarded` is the guarded period that began or ended then, if one did.
    """

    at: datetime
    because: str
    before: Amount
    after: Amount
    calendar_before: str = ""
    calendar_after: str = ""
    guarded: GuardedPeriod | None = None


class InstantName(NamedTuple):
    """An instant of a subject, and its name in the policy that declares it; one that every policy has has none here."""

    id: str
    name: Name | None


class IntervalExplanation(NamedTuple):
    """One interval: what the clock did, because of which event, what that counted and what was left of the budget.

    `reason_name` is the policy's name of the reason of a pause, `reason_source` where the policy has that reason from.
    `changes` are the changes of terms that are shown with it: those before its end, and of the last interval all that
    follow. `instant` is the instant of the subject that began it.
    """

    start: datetime
    end: datetime
    life: str
    kind: IntervalKind
    because: str
    cause: CauseKind
    status: str | None
    reason: str | None
    reason_name: Name | None
    excluded: bool
    counted: Amount
    left: Amount
    stretches: Sequence[LaidOut] = ()
    changes: Sequence[TermsChange] = ()
    reason_source: Provenance = Provenance()
    instant: InstantName | None = None

    @property
    def partly(self) -> bool:
        """Whether a running interval counted less than it lasted, by a second at least."""
        if self.kind is not IntervalKind.RUNNING or not isinstance(self.counted, timedelta):
            return False
        return self.end - self.start - self.counted >= _SECOND


class Beginning(NamedTuple):
    """The instant before the opening with which a clock began, and where the policy has it from."""

    instant: str
    source: Provenance


class DeadlineMove(NamedTuple):
    """The deadline that held from an instant on, None where there was none; `by` is how far it had moved."""

    since: datetime
    deadline: datetime | None
    moved: Moved
    corrected: bool
    because: str
    by: timedelta | None

    @property
    def what(self) -> str:
        """What moved it, as one word."""
        return "corrected" if self.corrected else self.moved.value


class CountedMember(NamedTuple):
    """One that was counted of several: when, who, what it entered. `good` is None where nothing is asked of it."""

    at: datetime
    key: SubjectKey
    what: str
    because: str
    good: bool | None


@dataclass(frozen=True, slots=True)
class ClockExplanation:
    """One cycle of one clock.

    `beginning` is the instant before the opening with which it began, where the policy says where it has that from, and
    `assumed` what of the target no source says. `row` is the row of the policy that gave the figure, `last_moment` the
    latest instant at which work that is planned ahead may be announced, `provisional` the years whose holidays were not
    known, `started_by` what its rule begins with. `hours` are those of the clock's calendar, as a policy writes them.
    `ended_by` is the instant that ended it, and `opening_ignored` says that the source's opening is not believed.
    """

    reading: Reading
    title: Name
    row: BudgetRow | None
    calendar: Calendar
    hours: str
    period: Bounds | None
    last_moment: datetime | None
    started_by: StartedBy | None
    provisional: Sequence[int]
    counted: Amount
    budget: Amount
    remaining: Amount
    intervals: Sequence[IntervalExplanation]
    deadlines: Sequence[DeadlineMove]
    members: Sequence[CountedMember] = ()
    """Of what is counted of several, who was counted, newest first."""
    members_left_out: int = 0
    """How many more were counted."""
    beginning: Beginning | None = None
    assumed: Sequence[Name] = ()
    ended_by: InstantName | None = None
    guarded: Sequence[GuardedPeriod] = ()
    """Of a duty that is due in guarded periods alone, those of this cycle."""
    opening_ignored: bool = False
    names: PolicyNames = NO_NAMES
    shown_in: str = ""
    """The zone of its reader; without one, instants are shown in that of the calendar."""

    @property
    def target(self) -> Target:
        return self.reading.target

    @property
    def zone(self) -> str:
        return self.shown_in or self.calendar.zone

    @property
    def timed(self) -> bool:
        """Whether time is counted, and not how often."""
        return self.target.measure is Measure.TIME

    @property
    def legs(self) -> Sequence[Leg]:
        return self.reading.legs

    @property
    def crossings(self) -> Sequence[tuple[str, datetime]]:
        """The stages that were reached and when, in order of time; one comes twice where it was ahead again."""
        return sorted(self.reading.crossings, key=lambda crossing: crossing.at)

    @property
    def changes(self) -> Sequence[TermsChange]:
        """Every change of terms, oldest first."""
        return [change for interval in self.intervals for change in interval.changes]


@dataclass(frozen=True, slots=True)
class CorrectionExplanation:
    """A correction with the event that brought it, when it was made, and whether it was revoked since."""

    event: str
    at: datetime | None
    correction: Correction
    revoked: bool


@dataclass(frozen=True, slots=True)
class ClockSummary:
    """How a clock stands, in short."""

    state: str
    breached_at: datetime | None
    counted: Amount


@dataclass(frozen=True, slots=True)
class CorrectedClock:
    """A clock that corrections changed: how it would stand without them, and how it stands; None for no clock."""

    target: str
    cycle: int
    before: ClockSummary | None
    now: ClockSummary | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A word that a promise depends on and that nobody understands, with the mapping to write."""

    doubt: Doubt
    mapping: str


class UnsentStage(NamedTuple):
    """A stage that was reached and sent to nobody; `why` is a reason of alerts, or one of `UNSENT`."""

    target: str
    cycle: int
    stage: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that can be said of one subject at an instant. `alerts` is None where the store was not asked."""

    at: datetime
    subject: Subject
    policy: str
    clocks: Sequence[ClockExplanation]
    events: int
    corrections: Sequence[CorrectionExplanation]
    corrected: Sequence[CorrectedClock]
    doubts: Sequence[Doubt]
    unread: Sequence[Unread]
    alerts: Sequence[AlertRecord] | None = None
    unsent: Sequence[UnsentStage] = ()
    without_clock: Sequence[NotApplied] = ()
    """Every other target of the policy, and why it has no clock."""
    guarded: Sequence[GuardedTerms] = ()
    """Every guarded period that the subject was, is or will be in, and what that changes for it."""
    names: PolicyNames = NO_NAMES
    shown_in: str = ""
    """The zone of its reader."""
    deleted_before: datetime | None = None
    """The instant before which the events of a circuit were deleted; None where none were."""
    states: Sequence[tuple[datetime, CircuitState]] = ()
    """Every state of a circuit, and from when on it held, oldest first."""

    def title(self, target: str) -> Name | str:
        """The name of a target; a dash where there is none."""
        return self.names.target(target) if target else "-"

    @property
    def zone(self) -> str:
        """The zone in which instants are shown that belong to no clock."""
        return self.shown_in or (self.clocks[0].zone if self.clocks else "UTC")


def for_reader(explanation: Explanation, zone: str) -> Explanation:
    """The explanation as a person reads it: in one zone, and with lengths in whole seconds that still add up."""
    shown = in_zone(explanation, zone)
    return replace(shown, clocks=[_in_whole_seconds(clock) if clock.timed else clock for clock in shown.clocks])


def _in_whole_seconds(clock: ClockExplanation) -> ClockExplanation:
    """Each length is what the whole seconds before it and with it differ by, so that none is lost in the sum."""
    gone, parts = timedelta(0), []
    for part in clock.intervals:
        assert isinstance(part.counted, timedelta)
        assert isinstance(part.left, timedelta)
        budget, laid, begun = part.left + gone + part.counted, [], gone
        for one in part.stretches:
            counted = _whole(begun + one.stretch.counted) - _whole(begun)
            laid.append(one._replace(stretch=replace(one.stretch, counted=counted)))
            begun += one.stretch.counted
        counted = _whole(gone + part.counted) - _whole(gone)
        gone += part.counted
        parts.append(part._replace(counted=counted, left=_whole(budget) - _whole(gone), stretches=tuple(laid)))
    assert isinstance(clock.counted, timedelta)
    assert isinstance(clock.budget, timedelta)
    counted, budget = _whole(clock.counted), _whole(clock.budget)
    return replace(clock, intervals=tuple(parts), counted=counted, budget=budget, remaining=budget - counted)


def _whole(length: timedelta) -> timedelta:
    return length - length % _SECOND


def in_zone(explanation: Explanation, zone: str) -> Explanation:
    """The explanation for a reader in *zone*: every instant of it is shown in that zone."""
    return replace(
        explanation,
        shown_in=zone,
        clocks=[replace(clock, shown_in=zone) for clock in explanation.clocks],
        without_clock=[replace(one, zone=zone) for one in explanation.without_clock],
    )
