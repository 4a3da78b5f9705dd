"""Cut time into the periods of a group's target: which version of the policy judges each, from when to when.

Pure. A period is judged by the version in force when it begins; a version that comes into force within one holds from
the next period on. So where a period begins and ends depends on the policy alone, never on where one begins to look.
A duty of a guarded period is due where its date lies in the guarded period, and counts from its beginning to its end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import NamedTuple
from zoneinfo import ZoneInfo

from monitor.clock.engine import Rulebook
from monitor.model import Measure
from monitor.policy import NO_RUNG, BudgetRow, Counting, Policy, Target, TargetRule, Term, periods_of
from monitor.worktime import Bounds, DueDate, WorkingTime, due, periods


class Span(NamedTuple):
    """One period of a target: what is promised in it, and by which instant.

    What counts does so from `start` on and before `end`. `due` is the deadline of what must have happened: the end, or
    the date of a duty; None where the period has no such date, and so nothing is due.
    """

    number: int
    start: datetime
    end: datetime
    term: Term
    due: datetime | None

    @property
    def target(self) -> Target:
        assert self.term.target is not None
        return self.term.target

    @property
    def calendar(self) -> WorkingTime:
        assert self.term.calendar is not None
        return self.term.calendar


@dataclass(frozen=True, slots=True)
class _Reign:
    """From when on a version of the policy judges, with what it promises; None where it promises nothing."""

    since: datetime | None
    rule: TargetRule | None
    row: BudgetRow | None
    policy: Policy

    @property
    def guarded(self) -> bool:
        """Whether it promises something in guarded periods alone."""
        return self.rule is not None and self.rule.counting is not None and bool(self.rule.counting.during)


class Periods:
    """The periods of one target for one group."""

    __slots__ = ("_begins", "_reigns", "_working")

    def __init__(self, name: str, value: str, rules: Rulebook) -> None:
        self._working = rules.working_times
        self._reigns: list[_Reign] = []
        at: datetime | None = None
        for number, policy in enumerate(rules.policies):
            rule = policy.rule(name)
            counting = None if rule is None else rule.counting
            row = None if rule is None or counting is None else rule.row({counting.by: value})
            self._reigns.append(_Reign(at, rule, row, policy))
            if number + 1 < len(rules.policies):
                following = rules.since[number + 1]
                assert following is not None
                at = self._over(self._reigns[-1], max(following, at or following))
        self._reigns = list(_cut(self._reigns, value))
        self._begins = [reign.since for reign in self._reigns if reign.since is not None]

    def _over(self, reign: _Reign, at: datetime) -> datetime:
        """The first instant, not before *at*, at which a period of the reign begins."""
        if reign.row is None or reign.rule is None:
            return at
        bounds = self._bounds(reign, at)
        return at if bounds.start == at else bounds.end

    def _bounds(self, reign: _Reign, at: datetime) -> Bounds:
        assert reign.row is not None
        assert reign.rule is not None
        assert reign.rule.period is not None
        return periods.around(reign.rule.period, self._working[reign.row.calendar].calendar, at)

    def around(self, at: datetime) -> Span | None:
        """The period in which *at* lies; None where nothing is promised."""
        place = bisect_right(self._begins, at)
        reign = self._reigns[place]
        if reign.row is None or reign.rule is None:
            return None
        bounds = self._bounds(reign, at)
        start = bounds.start if reign.since is None else max(bounds.start, reign.since)
        end = bounds.end if place == len(self._begins) else min(bounds.end, self._begins[place])
        return self._span(reign, Bounds(bounds.number, start, end), bounds)

    def _span(self, reign: _Reign, bounds: Bounds, whole: Bounds) -> Span:
        """The span of a period of which *bounds* are what the reign has of it, and *whole* all of it."""
        rule, row, working = reign.rule, reign.row, self._working
        assert rule is not None
        assert row is not None
        assert rule.counting is not None
        calendar = working[row.calendar]
        term = Term(None, _target(rule, row, reign.policy, rule.counting, calendar), calendar,
                    rule.counting.tier or NO_RUNG, row=row)  # fmt: skip
        by = _due(rule.counting.duty, whole if reign.guarded else bounds, calendar, rule)
        if reign.guarded and by is not None:
            begun = bounds.start == whole.start or bounds.start < by
            by = by if begun and (bounds.end == whole.end or by <= bounds.end) else None
        return Span(bounds.number, bounds.start, bounds.end, term, by)

    def after(self, span: Span) -> Span | None:
        """The period that begins as *span* ends."""
        return self.around(span.end)

    def stands(self, span: Span) -> datetime:
        """Until when a breach of the period stands that nothing makes up for: the end of the next period.

        Where a guarded period ends first, that is the end which the next period would have had.
        """
        reign = self._reigns[bisect_right(self._begins, span.start)]
        if reign.guarded:
            return self._bounds(reign, self._bounds(reign, span.start).end).end
        following = self.after(span)
        return following.end if following is not None else span.end + (span.end - span.start)

    def first(self, at: datetime) -> datetime | None:
        """The first instant, not before *at*, at which a period begins; None where nothing is promised from then on."""
        place = bisect_right(self._begins, at)
        for number in range(place, len(self._reigns)):
            reign = self._reigns[number]
            since = at if reign.since is None else max(at, reign.since)
            if reign.row is not None:
                begins = since if since == reign.since else self._over(reign, since)
                if number + 1 == len(self._reigns) or begins < self._begins[number]:
                    return begins
        return None

    def between(self, at: datetime, until: datetime) -> Iterator[Span]:
        """The periods from the first one that begins at *at* or later to the one in which *until* lies."""
        begins = self.first(at)
        while begins is not None and begins <= until:
            span = self.around(begins)
            assert span is not None
            yield span
            begins = span.end if self.around(span.end) is not None else self.first(span.end)

    @property
    def promised_since(self) -> datetime:
        """When the first version that has the target came into force: as that date begins where its periods do."""
        reign = next((one for one in self._reigns if one.row is not None), self._reigns[0])
        zone = reign.policy.zone if reign.row is None else self._working[reign.row.calendar].calendar.zone
        return datetime.combine(reign.policy.effective_from, time(0), ZoneInfo(zone)).astimezone(UTC)


def _cut(reigns: Sequence[_Reign], value: str) -> Iterator[_Reign]:
    """The reigns, of which those of duties of guarded periods promise something within these alone."""
    ends = [*(reign.since for reign in reigns[1:]), None]
    for reign, until in zip(reigns, ends, strict=True):
        if reign.row is None or not reign.guarded:
            yield reign
            continue
        yield replace(reign, row=None)
        for since, over in _windows(reign, value):
            if (until is None or since < until) and (reign.since is None or over > reign.since):
                yield replace(reign, since=since if reign.since is None else max(since, reign.since))
                if until is None or over < until:
                    yield replace(reign, since=over, row=None)


def _windows(reign: _Reign, value: str) -> list[tuple[datetime, datetime]]:
    """From when to when a guarded period of the duty holds that is for this group; those that touch are one."""
    assert reign.rule is not None
    assert reign.rule.counting is not None
    found: list[tuple[datetime, datetime]] = []
    mine = periods_of(reign.rule.counting, value, reign.policy.guarded)
    for since, until in ((period.since, period.until) for period in mine):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(until, found[-1][1])
        else:
            found.append((since, until))
    return found


def _due(duty: DueDate | None, bounds: Bounds, calendar: WorkingTime, rule: TargetRule) -> datetime | None:
    return bounds.end if duty is None else due(duty, bounds, calendar, rule.last_day)


def _target(rule: TargetRule, row: BudgetRow, policy: Policy, counting: Counting, calendar: WorkingTime) -> Target:
    return Target(
        name=rule.name,
        budget=row.budget,
        start=frozenset(),
        stop=frozenset(),
        at_risk=policy.at_risk,
        stages=policy.stages_of_group(counting),
        calendar=row.calendar,
        policy_version=policy.label,
        figure=row.figure,
        cancel=frozenset(),
        measure=row.measure,
        share=row.share if row.measure is Measure.GOAL else 0.0,
        period=rule.period,
        last_day=rule.last_day,
        calendar_version=calendar.calendar.version,
    )
