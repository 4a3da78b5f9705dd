"""What a policy promises and what a source says, as the oracle of histories has them: plain values, none of `monitor`.

A law has one or more versions of a policy. Everything lies on half hours. Calendars are those of `oracle_calendar`,
which reads the hours as somebody writes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from tests.support.oracle_calendar import Written

STEP = timedelta(minutes=30)
ZERO = timedelta(0)
WORDS = frozenset({"opened", "accepted", "on_site", "held", "restored", "closed", "cancelled", "delivered"})
TIERS = ("diamond", "gold", "silver", "bronze")
URGENCIES = ("A", "B", "C")
STATES = frozenset({"available", "degraded", "unavailable"})
OWN_INSTANTS = ("phoned", "diagnosed", "told")
"""The instants that the policy declares, in its order."""

LASTING = ("planned", "detected")
"""Instants that stay known once they were said."""

LADDERS: Mapping[str, tuple[str, ...]] = {"tier": TIERS, "urgency": URGENCIES}
Words = Mapping[str, frozenset[str]]


@dataclass(eq=False)
class Time:
    """A calendar by half hours; with `whole` every date on which time counts does from its beginning to the next."""

    written: Written
    whole: bool = False
    _open: dict[datetime, bool] = field(default_factory=dict, repr=False)
    _counted: dict[tuple[datetime, datetime], timedelta] = field(default_factory=dict, repr=False)
    _days: dict[tuple[datetime, int, str], datetime] = field(default_factory=dict, repr=False)
    _worked: dict[date, bool] = field(default_factory=dict, repr=False)

    @property
    def zone(self) -> str:
        return self.written.zone

    @property
    def always(self) -> bool:
        return self.written.always

    @property
    def day_begins(self) -> timedelta:
        """When a working date begins; of a calendar without seasons."""
        return timedelta(minutes=self.written.begins(date(2026, 1, 1)))

    @cached_property
    def dates(self) -> Time:
        return self if self.whole else Time(self.written, whole=True)

    def is_open(self, at: datetime) -> bool:
        """Whether time counts in the half hour that begins at *at*."""
        if at not in self._open:
            self._open[at] = self._look(at)
        return self._open[at]

    def _look(self, at: datetime) -> bool:
        if not self.whole:
            return self.written.counts(at)
        day = self.written.date_of(at)
        if day not in self._worked:
            self._worked[day] = self.written.worked(day)
        return self._worked[day]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """What counts from *start* to *end*, half hour by half hour."""
        if (start, end) not in self._counted:
            counted, at = ZERO, start
            while at < end:
                counted += STEP if self.is_open(at) else ZERO
                at += STEP
            self._counted[start, end] = counted
        return self._counted[start, end]

    def days_on(self, start: datetime, days: int, ending: str) -> datetime:
        """When so many working days from *start* are over; of none, when the same one is."""
        if (start, days, ending) not in self._days:
            found = self.written.days_on(start, days, ending) if days else self.written.same_day(start, ending)
            self._days[start, days, ending] = found
        return self._days[start, days, ending]

    def used_up_at(self, at: datetime, left: timedelta) -> datetime:
        """When *left* has counted: a straight line within a half hour, and *at* itself where nothing is left."""
        while left > ZERO:
            if self.is_open(at):
                if left <= STEP:
                    return at + left
                left -= STEP
            at += STEP
        return at


@dataclass(frozen=True)
class Stage:
    """A stage by a share that is used, or by what is left: of the calendar's time, or on the wall."""

    text: str
    name: str
    share: float | None = None
    left: timedelta | None = None
    wall: timedelta | None = None


@dataclass(frozen=True)
class Row:
    """A row of budgets. Of a number of times each is a second; `days` are working days, 0 the same one."""

    budget: timedelta = ZERO
    when: Words = field(default_factory=dict)
    after: timedelta = ZERO
    days: int | None = None
    calendar: str = ""
    opened_in: str = ""
    opened_outside: str = ""
    until: str = ""
    share: float = 0.0


@dataclass(frozen=True)
class Promise:
    """A target as a policy writes it."""

    name: str
    start: frozenset[str]
    stop: frozenset[str]
    rows: tuple[Row, ...] = ()
    pause: frozenset[str] = frozenset()
    cancel: frozenset[str] = frozenset({"cancelled"})
    reset: frozenset[str] = frozenset()
    reopen: str = "resume"
    on_change: str = "at_event"
    recurring: bool = False
    at_least: bool = False
    ahead: bool = False
    last_day: str = "same_time"
    circuit: bool = False
    per: str = ""  # of an allowance, its period
    times: bool = False  # the budgets are numbers of times
    begins: tuple[str, ...] = ()
    unless: Words = field(default_factory=dict)
    begun_by: str = ""
    over: timedelta = ZERO
    pace: bool = False

    @property
    def listed(self) -> frozenset[str]:
        return self.start | self.stop | self.cancel | self.reset

    @property
    def begun_by_phases(self) -> bool:
        return bool(self.start - set(OWN_INSTANTS))

    def leaves_out(self, attributes: Mapping[str, str]) -> bool:
        return any(attributes.get(name) in words for name, words in self.unless.items())


@dataclass(frozen=True)
class Guard:
    """A guarded period."""

    name: str
    since: datetime
    until: datetime
    who: Words
    tier: str = ""
    stages: tuple[Stage, ...] = ()
    budgets: Mapping[str, timedelta] = field(default_factory=dict)

    def takes(self, attributes: Mapping[str, str], at: datetime) -> bool:
        return self.since <= at < self.until and any(attributes.get(name) in words for name, words in self.who.items())


@dataclass(frozen=True)
class Edition:
    """One version of a policy."""

    promises: Mapping[str, Promise]
    stages: Mapping[str, Mapping[str, tuple[Stage, ...]]]
    guards: tuple[Guard, ...]


@dataclass(frozen=True)
class Made:
    """A correction: `exclude`, `count`, `stop`, `revoke` or `retire`."""

    kind: str
    start: datetime | None = None
    end: datetime | None = None
    target: str = ""
    revokes: str = ""


@dataclass(frozen=True)
class Said:
    """One statement: a status in the source's words (or none), a reason, a feedback, attributes, instants (None takes
    one back), when the ticket was opened; or a correction.
    """

    at: datetime
    name: str
    status: str | None = None
    reason: str | None = None
    feedback: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    instants: Mapping[str, datetime | None] = field(default_factory=dict)
    opened_at: datetime | None = None
    made: Made | None = None
    instant: str = ""
    """Of what the oracle adds by itself: an instant that has come."""
    stated_by: str = ""
    """Of an opening that the oracle adds, the statement that says of it."""
    added: bool = False
    """Whether the oracle adds it."""
    over: bool = False
    """Of what the oracle adds: that the subject ended, as a correction says."""
    left_out: bool = False
    """Whether a corrected end leaves out what it says of the subject's phase."""
