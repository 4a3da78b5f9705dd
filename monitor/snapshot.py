"""Hold everything that is published at an instant: aggregates, the nearest clocks, circuits that are not available.

Pure values and the few judgements over them. Exporters read a snapshot and nothing else; there is never one series per
ticket (semantics 28).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple

from monitor.aggregates import Instants, Used
from monitor.memory import CacheUse
from monitor.model import CircuitState, Measure, Name, State, SubjectKey, SubjectKind
from monitor.text import AS_INSTALLED, CommandLine
from monitor.worktime import WorkingTime

NEAREST = 50
"""How many clocks a snapshot lists one by one, nearest to their deadline first."""

LATE = 20
"""How many breached clocks it lists beside them, the latest breach first."""


OWN_SOURCE = "tierwatch"
"""The source of the program's own synthetic clock. No configured source may have this name."""

OWN_TIER = "tierwatch"
"""The tier of the synthetic clock's alert."""

OWN_ALERTS = frozenset({(OWN_TIER, "breached"), ("none", "heartbeat")})
"""The (tier, stage) under which the alerts stand that only prove that the way is open; they are not counted."""

BY_DATES = "/dates"
"""What follows a calendar's name where whole working dates of it count."""


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """The labels of a clock's aggregates (semantics 27)."""

    source: str
    tier: str
    assurance: str
    sla_target: str


NO_INSTANTS = Instants()


@dataclass(frozen=True, slots=True)
class GroupClocks:
    """The open clocks of one group.

    `states` counts each open clock once. `next_deadline` is the nearest deadline ahead or past among clocks that are
    running and not breached, None where there is none. `deadlines` are those of these clocks, `late` those of running
    clocks that are breached: the remaining-time histogram is made of them at the moment it is read. `too_fast` counts
    the allowances that are used at a pace that will not last; at that pace nothing is left of the first of them at
    `next_exhausted`. `used` is how much of all allowances is used; it is empty where the calendar of one is not known.
    """

    group: Group
    states: Mapping[State, int]
    next_deadline: datetime | None
    deadlines: Instants = NO_INSTANTS
    late: Instants = NO_INSTANTS
    too_fast: int = 0
    next_exhausted: datetime | None = None
    used: Sequence[Used] = ()


@dataclass(frozen=True, slots=True)
class NearClock:
    """One open clock, for people. `counted` is as of the snapshot while it runs, as of the last event otherwise."""

    key: SubjectKey
    target: str
    cycle: int
    tier: str
    assurance: str
    state: State
    deadline: datetime | None
    counted: timedelta
    budget: timedelta
    missed_periods: int = 0
    calendar: str = ""
    running: bool = True
    read_at: datetime | None = None
    customer: str = ""
    circuit: str = ""
    team: str = ""
    title: str = ""
    url: str = ""
    measure: Measure = Measure.TIME


@dataclass(frozen=True, slots=True)
class GuardedClocks:
    """A guarded period of the policy, and the open clocks of the subjects that are in it, each counted once."""

    period: str
    since: datetime
    until: datetime
    states: Mapping[State, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CircuitRow:
    """One circuit that is not available, for people."""

    key: SubjectKey
    state: CircuitState
    since: datetime | None
    tier: str
    assurance: str
    customer: str = ""
    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, order=True)
class CircuitGroup:
    """The labels of the circuits' aggregate."""

    source: str
    tier: str
    assurance: str
    state: CircuitState


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How fresh a source is. `up` is the last poll's outcome, None before the first one has ended.

    `watermark` is the newest change of the source that was seen. `stale` says that the data is too old to judge clocks.
    `error` is the sentence of the last failure while the source is down.
    """

    source: str
    kind: str
    up: bool | None
    last_success: datetime | None
    watermark: datetime | None
    stale_after: timedelta
    stale: bool = False
    next_poll: datetime | None = None
    error: str = ""


OPEN_WORDS = 32
"""So many words of one source or channel become values of an open label (`reason`); the rest together is OTHER."""

OTHER = "other"


@dataclass(frozen=True, slots=True)
class UnreadWord:
    """A word of open subjects that is not understood and that a promise to them depends on, in one source.

    `what` is the attribute, `form` the folded word, `word` one spelling of it, `example` one of the `subjects`.
    """

    source: str
    what: str
    form: str
    word: str
    subjects: int
    example: str
    kind: SubjectKind = SubjectKind.TICKET


@dataclass(frozen=True, slots=True)
class UnreadWords:
    """The words that most open subjects have, at most `MOST` of them, and how many there are of each kind.

    `words` and `subjects` are by (source, what).
    """

    listed: Sequence[UnreadWord] = ()
    words: Mapping[tuple[str, str], int] = field(default_factory=dict)
    subjects: Mapping[tuple[str, str], int] = field(default_factory=dict)

    MOST: ClassVar[int] = 100


@dataclass(frozen=True, slots=True)
class SilenceInForce:
    """A silence or maintenance window that holds now; `matchers` are written as in `silence add --match`."""

    id: str
    matchers: Sequence[str]
    starts_at: datetime
    ends_at: datetime
    author: str
    reason: str
    maintenance: bool = False


@dataclass(frozen=True, slots=True)
class AcknowledgementInForce:
    """An acknowledgement that stops the steps of an alert that fires; `key` is None where that is of no one subject."""

    key: SubjectKey | None
    target: str
    stage: str
    summary: Name
    at: datetime
    author: str
    via: str
    note: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class InForce:
    """How many silences and acknowledgements are in force; of both at most `MOST` are listed.

    `longest` are the silences that end last, `newest` the acknowledgements that were given last.
    """

    silences: int = 0
    longest: Sequence[SilenceInForce] = ()
    acknowledgements: int = 0
    newest: Sequence[AcknowledgementInForce] = ()

    MOST: ClassVar[int] = 20


@dataclass(frozen=True, slots=True)
class OnCallFigures:
    """How many alerting clocks and root causes have a step of escalation ahead, and when the next one is taken.

    `on_duty` is how many people are on duty by (team, layer): one where a layer's turn is not covered by another, else
    none. It names nobody.
    """

    waiting: int = 0
    next_at: datetime | None = None
    on_duty: Mapping[tuple[str, str], int] = field(default_factory=dict)


class DetailClock(NamedTuple):
    """An open clock that is listed by itself for machines."""

    key: SubjectKey
    target: str
    cycle: int
    tier: str
    assurance: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class Detail:
    """The clocks that are listed by themselves, and how many of each tier there was no place for."""

    clocks: Sequence[DetailClock] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)


class ListedCircuit(NamedTuple):
    """A circuit that is known, with what its source says of it."""

    key: SubjectKey
    tier: str
    assurance: str
    attributes: Mapping[str, str]


class SeriesKey(NamedTuple):
    """One series of a counter, or with `bound` one bucket of a histogram, by the values of its labels."""

    name: str
    labels: tuple[str, ...]
    bound: str = ""


class Exemplar(NamedTuple):
    """A subject that a series counted last, with what it added, and when that was recorded."""

    key: SubjectKey
    value: float
    at: datetime


CONSUMED = "tierwatch_sla_consumed_ratio"
"""The histogram of how much of its budget a clock had used when it stopped."""

CONSUMED_BUCKET, CONSUMED_SUM = f"{CONSUMED}_bucket", f"{CONSUMED}_millionths"
"""Under these names its counts are stored: those of each bucket alone, and the sum in millionths of a budget."""

PARTY_USED, PARTY_WITHDRAWN = "tierwatch_sla_party_used_seconds_total", "tierwatch_sla_party_withdrawn_seconds_total"
"""What teams and suppliers used of budgets, and what of it turned out to be wrong; stored in microseconds."""

NOBODY = "none"
"""The agreement and the party of the time in which neither a team nor a supplier was named."""

CONSUMED_PERCENT = (25, 50, 75, 90, 100, 150, 200)
"""The upper bounds of its buckets, in hundredths of the budget; +Inf is left out."""


def consumed_bound(counted: timedelta, budget: timedelta) -> str:
    """The bucket of a clock that has *counted* so much of its *budget*: its upper bound, as the metric has it."""
    percent = next((bound for bound in CONSUMED_PERCENT if counted * 100 <= budget * bound), None)
    return "+Inf" if percent is None else repr(percent / 100)


@dataclass(frozen=True, slots=True)
class Count:
    """A counter's value; stored in the transaction of what it counts, so that it survives restarts.

    `fresh` says that it was not stored yet when the program started: nobody may have read it as 0.
    """

    name: str
    labels: Mapping[str, str]
    value: float
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """What waits to be delivered on one channel (a receiver, or one peer of a receiver).

    `pending` could be sent now, `oldest` is since when the first of them waits for the receiver. `held` is what waits
    for something else, by what that is: a silence, a root cause, or another page that must go first.
    """

    channel: str
    pending: int
    oldest: datetime | None
    held: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LiveUse:
    """How many look on now, how many streams have ended since the start, by why, and how many found no room."""

    viewers: int = 0
    ended: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0


@dataclass(frozen=True, slots=True)
class ExporterHealth:
    """How one exporter stands: about how many transitions wait for it, how many bytes of aggregates do.

    Nothing waited at `caught_up`, and points were taken at `last_success`; None for neither since the start.
    """

    exporter: str
    waiting: int
    spooled: int
    last_success: datetime | None
    caught_up: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """What the program says of itself."""

    started_at: datetime
    last_evaluation: datetime | None = None
    evaluations: int = 0
    evaluation_seconds: float = 0.0
    evaluation_buckets: Mapping[float, int] = field(default_factory=dict)
    due_lag_seconds: float = 0.0
    clock_held: bool = False
    clock_unproven: bool = False
    clock_jump_seconds: float = 0.0
    store_ok: bool = True
    store_lost: bool = False

    @property
    def starting(self) -> bool:
        """Whether no clock has been judged since the start, so that what is shown is what was known before it."""
        return self.last_evaluation is None


class ReloadResult(StrEnum):
    """How a reload of the configuration ended: metric label and log word alike."""

    TAKEN = "taken"
    """The new configuration runs."""
    REFUSED = "refused"
    """It was not taken; the one before runs on."""


@dataclass(frozen=True, slots=True)
class Configured:
    """Which configuration runs: the hash of its files, and since when.

    `refused` is the sentence by which the last reload was refused, at `refused_at`; empty where it was taken, or none
    was tried. `reloads` counts them since the start.
    """

    hash: str = ""
    since: datetime | None = None
    refused: str = ""
    refused_at: datetime | None = None
    reloads: Mapping[ReloadResult, int] = field(default_factory=lambda: dict.fromkeys(ReloadResult, 0))

    def count(self, result: ReloadResult) -> Mapping[ReloadResult, int]:
        """The counts with one more of this result."""
        return {**self.reloads, result: self.reloads[result] + 1}


class Beat(StrEnum):
    """A stage of the synthetic clock on the way that every crossing goes."""

    INGESTED = "ingested"
    """Its event was stored."""
    EVALUATED = "evaluated"
    """The engine judged it."""
    DECIDED = "decided"
    """Its crossing became an alert, which stands in the outbox."""
    ACCEPTED = "accepted"
    """Every receiver of states accepted that alert."""
    RESOLVED = "resolved"
    """Its end became the end of the alert."""


class FindingKind(StrEnum):
    """What an audit can find: metric label and log word alike."""

    NO_ALERT = "no_alert"
    """A clock reached a stage that pages, and there is no alert of it."""
    NO_DECISION = "no_decision"
    """Nothing on record says whether a channel got the alert, or why not."""
    UNSENT = "unsent"
    """A page waits too long, and nothing holds it back."""
    REFUSED = "refused"
    """A channel refused the page for good, and no other took it."""
    MISCOUNTED = "miscounted"
    """The open clocks of a group are other than was published; they are counted anew."""


class StageOfClock(NamedTuple):
    """A stage of a clock by its ids."""

    subject: str
    target: str
    cycle: int
    stage: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was not delivered, and that nothing on record excuses; or that was counted wrongly.

    `what` names the clock's stage or the alert, `since` is when it should have been told. `of` is the stage of a clock
    that it is about, None where it is about none.
    """

    kind: FindingKind
    what: str
    since: datetime
    channel: str = ""
    detail: str = ""
    of: StageOfClock | None = None


@dataclass(frozen=True, slots=True)
class Reliability:
    """What the program knows of its own reliability.

    `heartbeats` is when the synthetic clock last came to each stage that it can come to, None if it never did; it is
    late after `late_after`. `findings` are those of the last audit, by kind; none was made yet unless it is `audited`.
    """

    heartbeats: Mapping[Beat, datetime | None] = field(default_factory=dict)
    late_after: Mapping[Beat, timedelta] = field(default_factory=dict)
    findings: Mapping[FindingKind, int] = field(default_factory=dict)
    audited: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Names in two languages of what a page shows by id."""

    tiers: Mapping[str, Name]
    assurances: Mapping[str, Name]
    targets: Mapping[str, Name]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that is published at `at`.

    While the open clocks are not `counted`, after a start, nothing is known of `clocks`, `circuits` and guarded clocks.
    """

    at: datetime
    instance: str
    version: str
    policy: str
    names: Names
    clocks: Sequence[GroupClocks]
    nearest: Sequence[NearClock]
    circuits: Mapping[CircuitGroup, int]
    circuits_down: Sequence[CircuitRow]
    sources: Sequence[SourceHealth]
    counts: Sequence[Count]
    firing: Mapping[tuple[str, str], int]  # (tier, stage) -> alerts
    channels: Sequence[ChannelHealth]
    quarantined: Mapping[tuple[str, str], int]  # (source, reason) -> records not resolved
    health: Health
    late: Sequence[NearClock] = ()
    unconfirmed: Mapping[str, int] = field(default_factory=dict)  # channel -> alerts that it accepted and does not list
    suppressed_due: Mapping[str, int] = field(default_factory=dict)  # tier -> clocks that a receiver's silence hides
    in_force: InForce = field(default_factory=InForce)
    promised: Sequence[Group] = ()  # every group for which the policy has a figure, whether it has clocks or not
    trust: Reliability = field(default_factory=Reliability)
    configured: Configured = field(default_factory=Configured)
    unread: UnreadWords = field(default_factory=UnreadWords)
    guarded: Sequence[GuardedClocks] = ()  # every guarded period of the policy
    declared: Sequence[str] = ()  # the attributes that the policy declares: values of `what` beside our own
    commands: CommandLine = AS_INSTALLED  # makes the commands that the page gives
    counted: bool = True
    caches: Sequence[CacheUse] = ()
    exporters: Sequence[ExporterHealth] = ()
    page_url: str = ""  # where people reach the page
    oncall: OnCallFigures = field(default_factory=OnCallFigures)
    exemplars: Mapping[SeriesKey, Exemplar] = field(default_factory=dict)
    viewers: int = 0
    subscribers: Mapping[str, int] = field(default_factory=dict)  # state -> subscribers; empty without a hub
    swept_at: datetime | None = None  # when the last whole sweep of the retention began; None where nothing is deleted


def judged_by_age(clocks: Sequence[GroupClocks], judged: Set[str]) -> tuple[GroupClocks, ...]:
    """The groups with every open clock of a source not among *judged* counted as `unknown`; their deadlines stay.

    Clocks go on and alerts keep firing (a silent source resolves nothing); only what is *claimed* about them changes.
    """
    return tuple(
        group
        if group.group.source in judged
        else replace(group, states={State.UNKNOWN: sum(group.states.values())} if group.states else {})
        for group in clocks
    )


def calendar_of(calendars: Mapping[str, WorkingTime], name: str) -> WorkingTime | None:
    """The calendar that counts, by the name that is stored; None where it is not known."""
    calendar = calendars.get(name.removesuffix(BY_DATES))
    return calendar.dates if calendar is not None and name.endswith(BY_DATES) else calendar


def counted_now(clock: NearClock, calendars: Mapping[str, WorkingTime], now: datetime) -> NearClock:
    """A listed clock with what has counted until *now*: the store only knows what had when it was last read."""
    calendar = calendar_of(calendars, clock.calendar)
    if calendar is None or not clock.running or clock.read_at is None or clock.measure is not Measure.TIME:
        return clock
    return replace(clock, counted=clock.counted + calendar.counted(clock.read_at, now))


def is_stale(last_success: datetime | None, stale_after: timedelta, since: datetime, now: datetime) -> bool:
    """Whether a source's data is too old to judge by; before any success, age counts from the program's start."""
    return now - (last_success or since) > stale_after
