"""Say what each guarded period changes for one subject: the usual terms, and those that hold in the period.

Pure. Both are asked of the policy itself, with the subject's attributes inside and outside the period. Periods that are
over or yet to begin are said as well: from the order to its end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from monitor.clock import Rulebook, in_force
from monitor.history import LADDERS, History
from monitor.model import OnChange, SubjectKind
from monitor.policy import (
    GUARDED,
    NO_RUNG,
    BudgetRow,
    Circumstances,
    GuardedPeriod,
    KnownSubject,
    Policy,
    TargetRule,
    guarded_over_time,
    known_over_time,
    opened_in,
    opening,
)


class PeriodIs(StrEnum):
    """Where an instant lies, seen from a guarded period."""

    LATER = "later"
    NOW = "now"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class RungChange:
    """The rung of a ladder that the subject usually has, and the one that it has in the period."""

    ladder: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class FigureChange:
    """The row that usually holds for a target, None where nothing is promised, and the one that holds in the period."""

    rule: TargetRule
    before: BudgetRow | None
    after: BudgetRow

    @property
    def on_change(self) -> OnChange:
        """What the change does to a clock that is open."""
        return self.rule.on_change


@dataclass(frozen=True, slots=True)
class GuardedTerms:
    """What a guarded period changes for a subject that is in it from `since` to `until`.

    `stages` are the names of the usual stages and of those in the period, None where they stay.
    """

    period: GuardedPeriod
    when: PeriodIs
    since: datetime
    until: datetime
    rungs: Sequence[RungChange] = ()
    stages: tuple[Sequence[str], Sequence[str]] | None = None
    figures: Sequence[FigureChange] = ()


def guarded_terms(
    history: History, rules: Rulebook, kind: SubjectKind, now: datetime, ended: datetime | None
) -> Iterator[GuardedTerms]:
    """Every guarded period that the subject was, is or will be in, the earliest first.

    *ended* is since when it is over; None while it is not.
    """
    periods = {period.name: period for period in rules.policy.guarded}
    if not periods or not history.facts:
        return
    known = guarded_over_time(known_over_time(history.facts, rules.choosing, history.own), rules.policy.guarded)
    began, policy = history.facts[0].at, in_force(rules, now)
    for stay, until in _stays(known):
        period = periods[stay[0].attributes[GUARDED]]
        since, over = stay[0].since or period.since, until or period.until
        if over <= began or (ended is not None and ended <= since):
            continue
        held = [one for one in stay if one.since is None or one.since <= max(now, since)][-1]
        when = PeriodIs.LATER if now < since else PeriodIs.NOW if now < over else PeriodIs.OVER
        yield _changed(period, when, since, over, held, policy, history, rules, kind, min(max(now, since), over))


def _stays(over_time: Sequence[KnownSubject]) -> Iterator[tuple[list[KnownSubject], datetime | None]]:
    """Each stretch of time in one guarded period, with the instant at which it ends."""
    parts = [list(some) for _, some in groupby(over_time, key=lambda one: one.attributes.get(GUARDED, ""))]
    ends = [after[0].since for _, after in pairwise(parts)]
    for part, until in zip(parts, [*ends, None], strict=True):
        if GUARDED in part[0].attributes:
            yield part, until


def _changed(
    period: GuardedPeriod, when: PeriodIs, since: datetime, until: datetime, held: KnownSubject, policy: Policy,
    history: History, rules: Rulebook, kind: SubjectKind, at: datetime,
) -> GuardedTerms:  # fmt: skip
    usual, within = (
        policy.graded({name: word for name, word in held.attributes.items() if name != GUARDED}),
        policy.graded(held.attributes),
    )
    opened = opening(history.facts)
    figures = []
    for rule in policy.targets:
        if rule.of is not kind or rule.counting is not None:
            continue
        counting = opened_in(rule, rules.working_times, opened)
        age = timedelta(0) if opened is None else max(timedelta(0), at - opened)

        def row(
            of: Mapping[str, str],
            rule: TargetRule = rule,
            age: timedelta = age,
            counting: frozenset[str] = counting,
        ) -> BudgetRow | None:
            found = policy.chosen(rule, Circumstances(of, age, held.instants, counting))
            return found if isinstance(found, BudgetRow) else None

        before, after = row(usual), row(within)
        if after is not None and (before is None or _figure(before) != _figure(after)):
            figures.append(FigureChange(rule, before, after))
    stages = [[stage.name for stage in policy.stages_for(of)] for of in (usual, within)]
    rungs = [RungChange(name, usual.get(name, NO_RUNG), within.get(name, NO_RUNG)) for name in LADDERS]
    return GuardedTerms(
        period,
        when,
        since,
        until,
        [one for one in rungs if one.before != one.after],
        None if stages[0] == stages[1] else (stages[0], stages[1]),
        figures,
    )


def _figure(row: BudgetRow) -> tuple[object, ...]:
    return row.budget, row.days, row.share, row.measure, row.same_day, row.until
