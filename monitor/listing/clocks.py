"""What may be asked of the list of open clocks, and what a page of it holds.

Rows stand in one order, whatever the page: by what they are sorted by, then by source, subject, target and cycle, all
in the same direction. A clock without what they are sorted by comes last in both directions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from monitor.model import OPEN_STATES, Life, Measure, State, SubjectKey, SubjectKind

LISTED_STATES = OPEN_STATES
"""The states that a listed clock may have."""

STORED_STATES = tuple(state for state in OPEN_STATES if state is not State.UNKNOWN)
"""Those that a clock has by its own history; `unknown` is said of it because its source's data is too old."""


class ClockSort(StrEnum):
    """What clocks are sorted by."""

    DEADLINE = "deadline"
    """The instant at which the budget is used up; none while the clock is paused."""
    BREACHED_AT = "breached_at"
    """The instant at which it was used up; only clocks that are breached are listed."""
    OPENED = "opened"
    """The instant at which the cycle began."""
    SUBJECT = "subject"
    """The source's name, then the subject's."""


@dataclass(frozen=True, slots=True)
class ClockQuery:
    """Which open clocks are listed, and in what order. An empty set or text asks for no more than any clock is.

    `prefix` is what the subject's name begins with, letter for letter. `stale` are the sources whose data is too old to
    judge by: the state of their clocks is `unknown`, whatever it was.
    """

    tiers: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    states: frozenset[State] = frozenset()
    sources: frozenset[str] = frozenset()
    kinds: frozenset[SubjectKind] = frozenset()
    customer: str = ""
    prefix: str = ""
    sort: ClockSort = ClockSort.DEADLINE
    descending: bool = False
    stale: frozenset[str] = frozenset()


class ClockPlace(NamedTuple):
    """Where a row stands: `missing` is 1 where it has nothing to be sorted by, `value` are microseconds since 1970."""

    missing: int
    value: int
    source: str
    subject: str
    target: str
    cycle: int


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One open clock. `counted` is what had counted at `read_at`; `state` what it was judged to be by its own history.

    `stale` says that its source's data is too old to judge by. `opened` is when the cycle began.
    """

    key: SubjectKey
    target: str
    cycle: int
    tier: str
    assurance: str
    state: State
    life: Life
    opened: datetime
    deadline: datetime | None
    breached_at: datetime | None
    counted: timedelta
    read_at: datetime
    budget: timedelta
    missed_periods: int
    measure: Measure
    calendar: str
    policy: str
    kind: SubjectKind | None = None
    stale: bool = False
    customer: str = ""
    circuit: str = ""
    team: str = ""
    title: str = ""
    url: str = ""

    @property
    def shown_state(self) -> State:
        """The state by which it is counted and filtered."""
        return State.UNKNOWN if self.stale else self.state


@dataclass(frozen=True, slots=True)
class ClockPage:
    """Rows of a page in their order, and the place after which the next page begins; None where the list is over.

    A page may have fewer rows than were asked for, or none, and a next one: then so many clocks were looked at that the
    rest is left to the next page.
    """

    rows: Sequence[ClockRow]
    next: ClockPlace | None
