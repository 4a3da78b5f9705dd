"""Say all that can be said of one clock, as the values that `subject.py` puts together.

Pure. Nothing is judged here: deadlines and stretches are read off the engine's own reading and the terms it was judged
by. Times that are counted (faults, notices) are given as numbers, never as seconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import Any

from monitor.clock import ZERO, Interval, Reading, Rulebook
from monitor.explain import sentences
from monitor.explain.deadline_history import Deadline, Piece, deadlines, pieces
from monitor.history import Event, History
from monitor.model import Life, Measure, Name, SubjectKind
from monitor.policy import BudgetRow, Policy, Target, TargetRule
from monitor.worktime import Bounds, Calendar, Stretch, StretchKind, WorkingTime, hours, periods, stretches

_ALWAYS = WorkingTime(Calendar("always", always=True))


@dataclass(slots=True)
class Story:
    """What the clocks of one subject have in common."""

    rules: Rulebook
    history: History
    kind: SubjectKind
    now: datetime
    events: Mapping[str, Event]
    newest: dict[str, TargetRule] = field(init=False)

    def __post_init__(self) -> None:
        self.newest = {rule.name: rule for rule in self.rules.rules}

    def policy(self, reading: Reading) -> Policy:
        """The version of the policy that judged the clock."""
        label = reading.target.policy_version
        return next((policy for policy in self.rules.policies if policy.label == label), self.rules.policy)

    def title(self, name: str) -> Name:
        rule = self.newest.get(name)
        return rule.title if rule is not None else Name(name, name)


def explained(reading: Reading, story: Story) -> dict[str, Any]:
    """The whole of one clock's cycle."""
    target, working = reading.target, reading.calendar or story.rules.working_times[reading.target.calendar]
    calendar, row = working.calendar, reading.row
    cut = pieces(reading)
    bounds = None
    if target.period is not None:
        bounds = periods.around(target.period, calendar, reading.started_at)
    ends = reading.stopped_at or story.now
    provisional = tuple(year for year in _years(reading, ends, calendar) if calendar.provisional(year))
    rule = story.policy(reading).rule(target.name)
    return {
        "target": target.name,
        "title": said_as(story.title(target.name)),
        "cycle": reading.cycle,
        "state": reading.state.value,
        "tier": reading.tier,
        "assurance": reading.assurance,
        "measure": target.measure.value,
        **amounts(reading),
        "budget_source": target.figure,
        "promise": said_as(_promise(target, working, bounds, row)),
        "when": {} if row is None else {name: sorted(values) for name, values in row.when.items()},
        "after_seconds": 0 if row is None else seconds(row.after),
        "missed_periods": reading.missed_periods,
        "started_at": text(reading.started_at),
        "deadline": text(reading.deadline),
        "breached_at": text(reading.breached_at),
        "stopped_at": text(reading.stopped_at),
        "next_at": text(reading.next_at),
        "policy_version": target.policy_version,
        "calendar": {"name": calendar.name, "version": calendar.version, "zone": calendar.zone},
        "hours": hours(story.rules.working_times[target.calendar].calendar),
        "period": None if bounds is None else {"from": text(bounds.start), "to": text(bounds.end)},
        "notes": [said_as(note) for note in sentences.notes(reading, rule, provisional)],
        "stages": [
            {"stage": crossing.stage, "at": text(crossing.at)}
            for crossing in sorted(reading.crossings, key=lambda crossing: crossing.at)
        ],
        "paging": [stage.name for stage in target.stages],
        "intervals": list(_intervals(reading, cut, story)),
        "changes": list(_changes(reading, cut)),
        "deadlines": [_deadline(one, story) for one in deadlines(reading, cut)],
        "legs": [
            {
                "kind": leg.kind.value,
                "party": leg.party,
                "counted_seconds": seconds(leg.counted),
                "budget_seconds": None if leg.budget is None else seconds(leg.budget),
                "over_seconds": seconds(leg.over),
                "sentence": said_as(sentences.leg(leg)),
            }
            for leg in reading.legs
        ],
        "caused_by": [leg.party for leg in reading.caused_by],
    }


def _deadline(one: Deadline, story: Story) -> dict[str, Any]:
    event = story.events.get(one.because)
    return {
        "from": text(one.at),
        "deadline": text(one.deadline),
        "what": "corrected" if event is not None and event.correction is not None else one.moved.value,
        "because": one.because,
        "moved_by_seconds": None if one.by is None else seconds(one.by),
    }


def _years(reading: Reading, ends: datetime, calendar: Calendar) -> range:
    """The years that the clock has to do with, its deadline's among them."""
    if calendar.known_years is None:
        return range(0)
    last = max(ends, reading.deadline or ends)
    return range(reading.started_at.year, last.year + 1)


def amounts(reading: Reading) -> dict[str, Any]:
    target = reading.target
    if target.measure is Measure.TIME:
        return {
            "budget_seconds": seconds(target.budget),
            "counted_seconds": seconds(reading.counted),
            "remaining_seconds": seconds(reading.remaining),
        }
    counted, budget = _times(reading.counted), _times(target.budget)
    amount = sentences.amount(counted, target)
    return {"budget": budget, "counted": counted, "remaining": budget - counted, "amount": said_as(amount)}


def _times(length: timedelta) -> int:
    return round(length.total_seconds())


def _promise(target: Target, working: WorkingTime, bounds: Bounds | None, row: BudgetRow | None) -> Name:
    last = None
    if target.ahead_of is not None and (target.days or row is not None):
        last = target.last_moment(working, target.ahead_of, None if row is None else row.budget)
    length = None if row is None else row.budget
    return sentences.promise(target, working.calendar, bounds, last, length)


def _intervals(reading: Reading, cut: Sequence[Piece], story: Story) -> Iterator[dict[str, Any]]:
    timed, counted = reading.target.measure is Measure.TIME, ZERO
    reasons = story.policy(reading).reasons
    of_interval = groupby(cut, key=lambda piece: piece.interval)
    for part, (_, of_one) in zip(reading.intervals, of_interval, strict=True):
        mine = list(of_one)
        counted += part.counted
        left = mine[-1].budget - counted
        what = sentences.what(part, story.kind)
        said: dict[str, Any] = {
            "from": text(part.start),
            "to": text(part.end),
            "life": part.life.value,
            "what": what,
            "name": said_as(sentences.WHAT[what]),
            "reason": part.reason,
            "reason_name": _reason(part, reasons),
            "status": part.status,
            "because": part.because,
            "cause": said_as(sentences.cause(part, story.events.get(part.because))),
        }
        if timed:
            said |= {"counted_seconds": seconds(part.counted), "left_seconds": seconds(left)}
        else:
            said |= {"counted": _times(part.counted), "left": _times(left)}
        laid = list(_laid_out(mine, reading.calendar)) if timed and part.life is Life.RUNNING else []
        yield said | ({"stretches": laid} if laid else {})


def _reason(part: Interval, reasons: Mapping[str, Name]) -> dict[str, str] | None:
    if part.reason is None:
        return None
    if part.excluded:
        return said_as(sentences.EXCLUDED)
    return said_as(reasons.get(part.reason, Name(part.reason, part.reason)))


def _laid_out(mine: Sequence[Piece], last: WorkingTime | None) -> Iterator[dict[str, Any]]:
    """The stretches of a running interval; those of another calendar than the clock's *last* one are named."""
    used = [(piece, piece.calendar) for piece in mine if piece.calendar is not None]
    if all(working.calendar.always for _, working in used) and all(working is last for _, working in used):
        return
    several = any(working is not last for _, working in used)
    for piece, working in used:
        named = {"calendar": working.calendar.name} if several else {}
        if working.calendar.always:
            whole = Stretch(StretchKind.COUNTED, piece.counted, piece.start, piece.end)
            yield _stretch(whole) | named
        for stretch in stretches(working, piece.start, piece.end):
            yield _stretch(stretch) | named


def _stretch(stretch: Stretch) -> dict[str, Any]:
    said: dict[str, Any] = {"kind": stretch.kind.value}
    if stretch.days:
        said |= {
            "from": str(stretch.first),
            "to": str(stretch.last),
            "days": stretch.days,
            "each_seconds": seconds(stretch.each),
        }
    else:
        said |= {"from": text(stretch.start), "to": text(stretch.end)}
    said["seconds"] = seconds(stretch.counted)
    for name, value in (("reason", stretch.reason), ("approved_by", stretch.approved_by)):
        if value:
            said[name] = value
    return said | ({"provisional": True} if stretch.provisional else {})


def _changes(reading: Reading, cut: Sequence[Piece]) -> Iterator[dict[str, Any]]:
    """Every change of budget or calendar, with what it was before."""
    for before, after in pairwise(cut):
        calendar, old = after.calendar or reading.calendar, before.calendar or reading.calendar
        if calendar is None or old is None or (before.budget == after.budget and calendar is old):
            continue
        said: dict[str, Any] = {"at": text(after.start), "because": after.term}
        if reading.target.measure is Measure.TIME:
            said |= {"before_seconds": seconds(before.budget), "budget_seconds": seconds(after.budget)}
        else:
            said |= {"before": _times(before.budget), "budget": _times(after.budget)}
        if calendar is not old:
            said |= {"calendar_before": _hours(old), "calendar": _hours(calendar)}
        yield said


def _hours(working: WorkingTime) -> str:
    return f"{working.calendar.name} ({hours(working.calendar)})"


def said_as(name: Name) -> dict[str, str]:
    return {"en": name.en, "zh": name.zh}


def text(at: datetime | None) -> str | None:
    """An instant as ISO 8601 in UTC."""
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def seconds(length: timedelta) -> float | int:
    """A length in seconds, whole where it is whole."""
    amount = length.total_seconds()
    return int(amount) if amount.is_integer() else amount
