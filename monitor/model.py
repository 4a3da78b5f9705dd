"""Name the nouns: phases, clocks' states, moves, transitions, subjects, names in two languages.

Pure values, no behaviour beyond naming. Tiers, assurances and pause reasons are *not* enumerated here: ladders are
data of the policy, so that any operator's ladder can be written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class SubjectKind(StrEnum):
    """What a clock or a state can be about."""

    TICKET = "ticket"
    CIRCUIT = "circuit"
    CHANGE = "change"  # planned work, about which customers are told ahead


class Phase(StrEnum):
    """Where a ticket is in its life, in our words; a source's statuses are mapped to these."""

    OPENED = "opened"  # dispatched, nobody accepted it yet
    ACCEPTED = "accepted"  # somebody works on it
    ON_SITE = "on_site"  # somebody is on the spot
    HELD = "held"  # waiting, with a reason; pauses a clock only if its target lists that reason
    RESTORED = "restored"  # service is back
    CLOSED = "closed"  # the ticket is finished
    CANCELLED = "cancelled"  # withdrawn: no promise is owed
    DELIVERED = "delivered"  # what was owed in writing is out: a report, a notice, an answer; changes nothing else
    UNKNOWN = "unknown"  # a status that the mapping does not know: never pauses, never stops


class CircuitState(StrEnum):
    """State of a circuit; planned work is said beside it and is no state (semantics 27)."""

    AVAILABLE = "available"
    DEGRADED = "degraded"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


Condition = Phase | CircuitState
"""What a target's lists name: a phase of a ticket or of planned work, or a state of a circuit."""


class Life(StrEnum):
    """What a clock does at an instant. Only the table `state_machine.MOVES` changes it."""

    RUNNING = "running"
    PAUSED = "paused"
    IDLE = "idle"  # an allowance that nothing uses at the moment; its period goes on
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What an event does to a clock."""

    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    REST = "rest"
    STOP = "stop"
    REOPEN = "reopen"
    CANCEL = "cancel"
    RESET = "reset"


class State(StrEnum):
    """How a clock is shown and counted: exclusive, in the order of semantics 7, with `idle` after `running`."""

    BREACHED = "breached"
    PAUSED = "paused"
    AT_RISK = "at_risk"
    RUNNING = "running"
    IDLE = "idle"  # an allowance that nothing uses at the moment
    UNKNOWN = "unknown"  # given by the snapshot only, when the source's data is too old to judge
    MET = "met"
    CANCELLED = "cancelled"


OPEN_STATES = (State.BREACHED, State.PAUSED, State.AT_RISK, State.RUNNING, State.IDLE, State.UNKNOWN)


class TransitionKind(StrEnum):
    """What the engine says happened to a clock, dated by when it became true."""

    STARTED = "started"
    PAUSED = "paused"
    RESUMED = "resumed"
    REOPENED = "reopened"
    AT_RISK = "at_risk"
    CROSSED = "crossed"  # a paging stage was reached; `stage` says which
    BREACHED = "breached"
    MET = "met"
    ENDED_LATE = "ended_late"  # stopped after its deadline
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"  # a transition once true no longer holds; `stage` names it


class Reopen(StrEnum):
    """What a reopened ticket does to a stopped clock (semantics 9)."""

    RESUME = "resume"
    NEW_CYCLE = "new_cycle"


class OnChange(StrEnum):
    """What a change of tier, assurance or another choosing attribute does to a clock that is open."""

    AT_EVENT = "at_event"  # the new terms hold from the event that said so
    AT_START = "at_start"  # a clock keeps the terms under which it started; its next cycle takes the new ones
    STRICTEST = "strictest"  # only a shorter budget is taken up


class DayEnd(StrEnum):
    """Where the last of several working days ends (semantics 31)."""

    SAME_TIME = "same_time"  # at the local time of day of the start
    CLOSE_OF_BUSINESS = "close_of_business"  # at its last closing; counted back, at its first opening
    END_OF_DAY = "end_of_day"  # when the next date begins; counted back, when it begins itself


class Measure(StrEnum):
    """What a budget is an amount of."""

    TIME = "time"
    COUNT = "count"  # so many at most
    AT_LEAST = "at_least"  # so many at least, judged at the end


class Period(StrEnum):
    """After what an allowance is whole again: a day, a week … of the calendar's zone."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Choose(StrEnum):
    """Which of the rows of a target that fit a subject holds."""

    FIRST = "first"
    STRICTEST = "strictest"


class AgreementKind(StrEnum):
    """What stands beneath the agreement with the customer (ITIL; docs/domain.md, "Agreements")."""

    OLA = "OLA"  # between our own teams
    UC = "UC"  # an underpinning contract, with a supplier


class CorrectionKind(StrEnum):
    """What somebody says afterwards about a subject's past."""

    EXCLUDE = "exclude"  # this time does not count
    COUNT = "count"  # this time does count: it was no wait
    STOP = "stop"  # it ended then
    REVOKE = "revoke"  # an earlier correction was wrong


@dataclass(frozen=True, slots=True, order=True)
class SubjectKey:
    """A subject's name in the whole installation: the source's name in the config and the source's own id."""

    source: str
    subject: str

    def __str__(self) -> str:
        return f"{self.source}/{self.subject}"


@dataclass(frozen=True, slots=True)
class Name:
    """A name in English and Chinese; `zh` falls back to `en` where no Chinese name was given."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of a ladder (tier or assurance). `rank` 0 is the highest."""

    id: str
    name: Name
    rank: int
