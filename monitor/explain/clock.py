"""Explain one cycle of one clock as values.

Pure. Nothing is judged here: deadlines and stretches are read off the engine's own reading and the terms it was judged
by. What is counted in times (faults, notices) is given as numbers, never as lengths.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby, pairwise

from monitor.clock import ZERO, Interval, Reading, Rulebook
from monitor.explain.deadline_history import Deadline, Piece, deadlines, pieces
from monitor.explain.explanation import (
    Amount,
    Beginning,
    CauseKind,
    ClockExplanation,
    CountedMember,
    DeadlineMove,
    InstantName,
    IntervalExplanation,
    IntervalKind,
    LaidOut,
    TermsChange,
)
from monitor.explain.names import PolicyNames, names_of
from monitor.history import Event, History
from monitor.model import Life, Measure, Name, Opening, SubjectKind
from monitor.policy import GuardedPeriod, Policy, Provenance, TargetRule, guarded_because
from monitor.worktime import Bounds, Calendar, Stretch, StretchKind, WorkingTime, hours, periods, stretches


@dataclass(slots=True)
class SubjectRecord:
    """What the clocks of one subject have in common."""

    rules: Rulebook
    history: History
    kind: SubjectKind
    now: datetime
    events: Mapping[str, Event]
    names: PolicyNames = field(init=False)

    def __post_init__(self) -> None:
        self.names = names_of(self.rules.policies)

    def policy(self, reading: Reading) -> Policy:
        """The version of the policy that judged the clock."""
        label = reading.target.policy_version
        return next((policy for policy in self.rules.policies if policy.label == label), self.rules.policy)

    @property
    def opening_ignored(self) -> bool:
        """Whether the source states an opening that its mapping does not believe."""
        stated = next((event for event in self.events.values() if event.opened_at is not None), None)
        return stated is not None and self.rules.mapping(stated.source).opened_at is Opening.IGNORED

    def instant(self, name: str) -> InstantName | None:
        """An instant with its name in the newest version of the policy that declares it."""
        if not name:
            return None
        return InstantName(name, self.names.instants.get(name))


def explain_clock(
    reading: Reading, record: SubjectRecord, members: Sequence[CountedMember] = (), left_out: int = 0
) -> ClockExplanation:
    """The whole of one clock's cycle; *members* are those that were counted, and *left_out* how many more were."""
    target, working = reading.target, reading.calendar or record.rules.working_times[reading.target.calendar]
    policy, calendar, cut = record.policy(reading), working.calendar, pieces(reading)
    rule = policy.rule(target.name)
    row = reading.row
    ends = reading.stopped_at or record.now
    guarded, last_moment = _guarded(reading, rule, record), None
    if target.ahead_of is not None and (target.days or row is not None):
        last_moment = target.last_moment(working, target.ahead_of, None if row is None else row.budget)
    return ClockExplanation(
        reading=reading,
        title=record.names.targets.get(target.name) or Name(target.name, target.name),
        row=row,
        calendar=calendar,
        hours=hours(calendar if target.until else record.rules.working_times[target.calendar].calendar),
        period=_period(reading, calendar, guarded),
        last_moment=last_moment,
        started_by=None if rule is None else rule.started_by,
        provisional=tuple(year for year in _years(reading, ends, calendar) if calendar.provisional(year)),
        counted=amount(reading, reading.counted),
        budget=amount(reading, target.budget),
        remaining=amount(reading, reading.remaining),
        intervals=tuple(_intervals(reading, cut, record, policy)),
        deadlines=tuple(_deadline(one, record) for one in deadlines(reading, cut)),
        members=members,
        members_left_out=left_out,
        beginning=None if rule is None else _beginning(reading, rule, policy, record.history),
        assumed=() if rule is None else rule.assumed,
        ended_by=record.instant(reading.ended_by),
        guarded=guarded,
        opening_ignored=record.opening_ignored,
        names=record.names,
    )


def _guarded(reading: Reading, rule: TargetRule | None, record: SubjectRecord) -> Sequence[GuardedPeriod]:
    """The guarded periods that a cycle of a duty lies in, where it is due in such alone."""
    counting = None if rule is None else rule.counting
    if counting is None or reading.deadline is None:
        return ()
    known = [one for one in record.rules.policy.guarded if one.name in counting.during]
    return [one for one in known if one.since < reading.deadline and reading.started_at < one.until]


def _period(reading: Reading, calendar: Calendar, guarded: Sequence[GuardedPeriod]) -> Bounds | None:
    """The period of a cycle; of a duty what of it lies in guarded periods, where it is due in such alone."""
    if reading.target.period is None:
        return None
    whole = periods.around(reading.target.period, calendar, reading.started_at)
    if not guarded:
        return whole
    return replace(whole, start=reading.started_at, end=min(whole.end, max(one.until for one in guarded)))


def _beginning(reading: Reading, rule: TargetRule, policy: Policy, history: History) -> Beginning | None:
    """The instant before the opening with which the clock began, if the policy says where it has that from."""
    if not rule.begins:
        return None
    opened = next((fact.at for fact in history.facts if fact.phase is not None), None)
    if opened is None or reading.started_at >= opened:
        return None
    known = {name: at for fact in history.facts for name, at in fact.instants.items() if name in rule.begins}
    for name in rule.begins:
        source = policy.source("targets", rule.name, "begins", name)
        if known.get(name) == reading.started_at and source != Provenance():
            return Beginning(name, source)
    return None


def amount(reading: Reading, counted: timedelta) -> Amount:
    """What a clock counted as a length; as a number for what is counted in times."""
    return counted if reading.target.measure is Measure.TIME else round(counted.total_seconds())


def _deadline(one: Deadline, record: SubjectRecord) -> DeadlineMove:
    event = record.events.get(one.because)
    corrected = event is not None and event.correction is not None
    return DeadlineMove(one.at, one.deadline, one.moved, corrected, one.because, one.by)


def _years(reading: Reading, ends: datetime, calendar: Calendar) -> range:
    """The years that the clock has to do with, its deadline's among them."""
    if calendar.known_years is None:
        return range(0)
    last = max(ends, reading.deadline or ends)
    return range(reading.started_at.year, last.year + 1)


def _intervals(
    reading: Reading, cut: Sequence[Piece], record: SubjectRecord, policy: Policy
) -> Iterator[IntervalExplanation]:
    timed, counted = reading.target.measure is Measure.TIME, ZERO
    changes = list(_changes(reading, cut, record.rules.policy.guarded))
    of_interval = groupby(cut, key=lambda piece: piece.interval)
    for number, (part, (_, of_one)) in enumerate(zip(reading.intervals, of_interval, strict=True), 1):
        mine = list(of_one)
        counted += part.counted
        last = number == len(reading.intervals)
        shown = [change for change in changes if last or change.at < part.end]
        changes = changes[len(shown) :]
        running = timed and part.life is Life.RUNNING
        yield IntervalExplanation(
            start=part.start,
            end=part.end,
            life=part.life.value,
            kind=_kind(part, record.kind),
            because=part.because,
            cause=_cause(part, record.events.get(part.because)),
            status=part.status,
            reason=part.reason,
            reason_name=_reason_name(part, policy.reasons),
            excluded=part.excluded,
            counted=amount(reading, part.counted),
            left=amount(reading, mine[-1].budget - counted),
            stretches=tuple(_laid_out(mine, reading.calendar)) if running else (),
            changes=shown,
            reason_source=Provenance() if part.excluded else policy.source("pause_reasons", part.reason or ""),
            instant=record.instant(part.instant),
        )


_KINDS = {life: IntervalKind(life.value) for life in Life}


def _kind(part: Interval, kind: SubjectKind) -> IntervalKind:
    """Time that a correction took out, or planned work on a circuit, is excluded."""
    if part.life is Life.PAUSED and (part.excluded or kind is SubjectKind.CIRCUIT):
        return IntervalKind.EXCLUDED
    return _KINDS[part.life]


def _cause(part: Interval, event: Event | None) -> CauseKind:
    """What began an interval: the source's own word, or where it had none, what the event was."""
    if event is not None and event.correction is not None:
        return CauseKind.CORRECTION
    if not part.because:
        return CauseKind.DELETED
    if part.status is not None:
        return CauseKind.STATUS
    if event is not None and event.opened_at == part.start:
        return CauseKind.OPENING
    if event is not None and event.at != part.start:
        return CauseKind.INSTANT
    return CauseKind.UPDATE


def _reason_name(part: Interval, reasons: Mapping[str, Name]) -> Name | None:
    if part.reason is None or part.excluded:
        return None
    return reasons.get(part.reason, Name(part.reason, part.reason))


def _laid_out(mine: Sequence[Piece], last: WorkingTime | None) -> Iterator[LaidOut]:
    """The stretches of a running interval; those of another calendar than the clock's *last* one are named."""
    used = [(piece, piece.calendar) for piece in mine if piece.calendar is not None]
    if all(working.calendar.always for _, working in used) and all(working is last for _, working in used):
        return
    several = any(working is not last for _, working in used)
    for piece, working in used:
        named = working.calendar.name if several else ""
        if working.calendar.always:
            yield LaidOut(Stretch(StretchKind.COUNTED, piece.counted, piece.start, piece.end), named)
        for stretch in stretches(working, piece.start, piece.end):
            yield LaidOut(stretch, named)


def _changes(reading: Reading, cut: Sequence[Piece], guarded: Sequence[GuardedPeriod]) -> Iterator[TermsChange]:
    """Every change of budget or calendar, with what it was before."""
    for before, after in pairwise(cut):
        calendar, old = after.calendar or reading.calendar, before.calendar or reading.calendar
        if calendar is None or old is None or (before.budget == after.budget and calendar is old):
            continue
        named = ("", "") if calendar is old else (_named(old), _named(calendar))
        budgets = amount(reading, before.budget), amount(reading, after.budget)
        period = next((one for one in guarded if after.term == guarded_because(one)), None)
        yield TermsChange(after.start, after.term, *budgets, *named, period)


def _named(working: WorkingTime) -> str:
    return f"{working.calendar.name} ({hours(working.calendar)})"
