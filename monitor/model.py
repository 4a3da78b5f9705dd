"""Name the nouns: phases, clocks' states, moves, transitions, subjects, names in two languages.

Pure values, no behaviour beyond naming. Tiers, assurances and pause reasons are *not* enumerated here: ladders are
data of the policy, so that any operator's ladder can be written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class SubjectKind(StrEnum):
    """What a clock or a state can be about."""

    TICKET = "ticket"
    """A record of the source: incident, request or problem."""
    CIRCUIT = "circuit"
    """A carrier link with a circuit id."""
    CHANGE = "change"
    """Planned work, of which customers get notice ahead."""
    GROUP = "group"
    """What a target counts together: of one customer, of one circuit, or all there is. No source names one."""


MEMBER_KINDS = (SubjectKind.TICKET, SubjectKind.CIRCUIT, SubjectKind.CHANGE)
"""The subjects that sources name; groups are made of them."""


class Phase(StrEnum):
    """Where a ticket is in its life, in our words; a source's statuses are mapped to these."""

    OPENED = "opened"
    """Dispatched; nobody has accepted it yet."""
    ACCEPTED = "accepted"
    """Somebody works on it."""
    ON_SITE = "on_site"
    """Somebody is on the spot."""
    HELD = "held"
    """It waits for a reason; that pauses a clock only if its target lists the reason."""
    RESTORED = "restored"
    """The service is back."""
    CLOSED = "closed"
    """The ticket is finished."""
    CANCELLED = "cancelled"
    """The ticket was withdrawn; no promise is owed."""
    DELIVERED = "delivered"
    """What was owed in writing is out: a report, a notice, an answer. It changes nothing else."""
    RETIRED = "retired"
    """The ticket is gone for good; every open clock of it is cancelled, whatever its target lists (semantics 37)."""
    UNKNOWN = "unknown"
    """The mapping does not know the status; it never pauses and never stops a clock."""


class CircuitState(StrEnum):
    """State of a circuit; planned work is said beside it and is no state (semantics 27)."""

    AVAILABLE = "available"
    """The circuit works."""
    DEGRADED = "degraded"
    """The circuit works worse than it should."""
    UNAVAILABLE = "unavailable"
    """The circuit does not work."""
    UNKNOWN = "unknown"
    """Nobody says whether the circuit works."""
    RETIRED = "retired"
    """The circuit is gone for good: it has no state any more, and no count has it (semantics 37)."""


COUNTED_STATES = tuple(state for state in CircuitState if state is not CircuitState.RETIRED)
"""The states in which circuits are counted."""


class OwnInstant(str):
    """The name of an instant of a subject, where a target's lists name it: `phoned`, `customer_told`, `complained`.

    It is said once, its last value holds, and it is no phase: the subject stays where it was.
    """

    __slots__ = ()


Condition = Phase | CircuitState | OwnInstant
"""What a target's lists name: a phase of a ticket or of planned work, a state of a circuit, or an instant."""


class Life(StrEnum):
    """What a clock does at an instant. Only the table `state_machine.MOVES` changes it."""

    RUNNING = "running"
    """Time counts."""
    PAUSED = "paused"
    """Time does not count, for a reason that the target lists."""
    IDLE = "idle"
    """Nothing uses the allowance at the moment; its period goes on."""
    STOPPED = "stopped"
    """A condition under `stop` ended the clock."""
    CANCELLED = "cancelled"
    """The clock ended and is not judged further."""


class Move(StrEnum):
    """What an event does to a clock."""

    START = "start"
    """The clock begins to run."""
    PAUSE = "pause"
    """The clock waits."""
    RESUME = "resume"
    """The clock runs again after a pause."""
    REST = "rest"
    """Nothing uses the allowance any longer."""
    STOP = "stop"
    """The clock ends and is judged."""
    REOPEN = "reopen"
    """The clock runs again after its end."""
    CANCEL = "cancel"
    """The clock ends and is not judged further."""
    RESET = "reset"
    """The cycle ends and another begins."""


class State(StrEnum):
    """How a clock is shown and counted: exclusive, in the order of semantics 7, with `idle` after `running`."""

    BREACHED = "breached"
    """More than the budget has counted, and the clock is open."""
    PAUSED = "paused"
    """Time does not count, for a reason that the target lists."""
    AT_RISK = "at_risk"
    """The clock runs and has used at least the at-risk share of its budget."""
    RUNNING = "running"
    """The clock runs and is not at risk."""
    IDLE = "idle"
    """Nothing uses the allowance at the moment."""
    UNKNOWN = "unknown"
    """The data of the source is too old to judge the clock by. Only the snapshot gives this state."""
    MET = "met"
    """The clock ended within its budget."""
    CANCELLED = "cancelled"
    """The clock ended and is not judged further."""


OPEN_STATES = (State.BREACHED, State.PAUSED, State.AT_RISK, State.RUNNING, State.IDLE, State.UNKNOWN)


class TransitionKind(StrEnum):
    """What the engine says happened to a clock, dated by when it became true."""

    STARTED = "started"
    """A cycle began."""
    PAUSED = "paused"
    """The clock began to wait."""
    RESUMED = "resumed"
    """The clock ran again after a pause."""
    REOPENED = "reopened"
    """The clock ran again after its end."""
    AT_RISK = "at_risk"
    """The at-risk share of the budget had counted."""
    CROSSED = "crossed"
    """The clock reached a stage at which somebody is paged; `stage` names it."""
    SUBSIDED = "subsided"
    """The clock is no longer at a stage that it had reached: the pace of an allowance has fallen; `stage` names it."""
    BREACHED = "breached"
    """The budget was used up; dated by the deadline."""
    MET = "met"
    """The clock ended within its budget."""
    ENDED_LATE = "ended_late"
    """The clock ended after its deadline."""
    CANCELLED = "cancelled"
    """The clock ended and is not judged further."""
    WITHDRAWN = "withdrawn"
    """An earlier transition no longer holds; `stage` names it."""


class Reopen(StrEnum):
    """What a reopened ticket does to a stopped clock (semantics 9)."""

    RESUME = "resume"
    """The clock goes on from what it had counted."""
    NEW_CYCLE = "new_cycle"
    """Another cycle begins."""
    NEVER = "never"
    """The clock stays as it ended."""


class OnChange(StrEnum):
    """What a change of tier, assurance or another choosing attribute does to a clock that is open."""

    AT_EVENT = "at_event"
    """The new terms hold from the event that brought them."""
    AT_START = "at_start"
    """A clock keeps the terms of its start; its next cycle takes the new ones."""
    STRICTEST = "strictest"
    """The clock takes the new terms only if their budget is shorter."""


class Opening(StrEnum):
    """What is made of the opening that a source states."""

    BELIEVED = "believed"
    """The subject was opened then."""
    IGNORED = "ignored"
    """It is not to be believed: the subject begins with the first event that was seen."""


class DayEnd(StrEnum):
    """Where the last of several working days ends (semantics 31)."""

    SAME_TIME = "same_time"
    """At the local time of day of the start."""
    CLOSE_OF_BUSINESS = "close_of_business"
    """At its last closing; counted back, at its first opening."""
    END_OF_DAY = "end_of_day"
    """When the next date begins; counted back, when the date itself begins."""


class Measure(StrEnum):
    """What a budget is an amount of."""

    TIME = "time"
    """An amount of time."""
    COUNT = "count"
    """A number that may not be exceeded."""
    AT_LEAST = "at_least"
    """A number that must be reached by the end."""
    GOAL = "goal"
    """A share of all that was counted that must be good at the end."""


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
    """The first row that fits."""
    STRICTEST = "strictest"
    """The row with the smallest figure of those that fit."""


class AgreementKind(StrEnum):
    """What stands beneath the agreement with the customer (ITIL; docs/domain.md, "Agreements")."""

    OLA = "OLA"
    """An agreement between our own teams."""
    UC = "UC"
    """An underpinning contract with a supplier."""


class CorrectionKind(StrEnum):
    """What somebody says afterwards about a subject's past."""

    EXCLUDE = "exclude"
    """This time does not count."""
    COUNT = "count"
    """This time counts: it was no wait."""
    STOP = "stop"
    """The subject ended at that instant."""
    REVOKE = "revoke"
    """An earlier correction was wrong."""
    RETIRE = "retire"
    """The subject is gone for good since that instant."""


class RetiredBy(StrEnum):
    """Who said that a subject is gone for good (semantics 37). Silence is not among them."""

    SOURCE = "source"
    """The source's own word, which the mapping reads as `retired`."""
    INVENTORY = "inventory"
    """It was absent from two whole lists of a source that is an inventory."""
    TICKET_SYSTEM = "ticket_system"
    """The ticket system answered twice that there is no such ticket."""
    COMMAND = "command"
    """Somebody, with `tierwatch retire`."""
    PAGE = "page"
    """Somebody, on the page."""
    API = "api"
    """Somebody, by the API."""


class SubjectKey(NamedTuple):
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
