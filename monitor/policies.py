"""Say which targets a subject has, and from when: the rows of a policy held against the subject's attributes.

Pure. A rung without a figure has no target; the next stricter figure is never guessed (domain page, section 2).
When an attribute changes in mid-ticket, the new row holds from that event on, and the target's `on_change` says what
that does to a clock that is open; what a source says first about an attribute also holds for the time before that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from monitor.calendars import Calendar, WorkingTime
from monitor.mapping import Fact
from monitor.model import Name, OnChange, Phase, Reopen, Rung

BREACHED_STAGE = "breached"
AT_RISK_STAGE = "at_risk"
NO_RUNG = "none"
"""Label value where a subject has no tier or no assurance (an empty label value would vanish from a metric)."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An amount of a budget at which somebody is told: a share used, or a length left (both in the calendar's time)."""

    name: str
    share: float | None = None
    left: timedelta | None = None

    def amount(self, budget: timedelta) -> timedelta:
        """How much must have counted for the stage to be reached."""
        if self.left is not None:
            return budget - self.left
        assert self.share is not None
        return budget * self.share

    def applies(self, budget: timedelta) -> bool:
        """Whether the budget has such a stage: of ten minutes, thirty are never left."""
        return self.left is None or self.left < budget


@dataclass(frozen=True, slots=True)
class Target:
    """One promise on one subject, resolved: what drains the budget, how much there is, who is told when.

    `start` are the phases in which the clock runs, `stop` those that end it, `pauses` the reasons that suspend it while
    the ticket is held. `figure` is the source of the budget's figure.
    """

    name: str
    budget: timedelta
    start: frozenset[Phase]
    stop: frozenset[Phase]
    pauses: frozenset[str] = frozenset()
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.AT_EVENT
    recurring: bool = False
    at_risk: float = 0.75
    stages: tuple[Stage, ...] = ()
    calendar: str = "always"
    policy_version: str = ""
    figure: str = ""


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """A figure and the attributes it is for; every attribute in `when` must have one of the listed values."""

    when: Mapping[str, frozenset[str]]
    budget: timedelta
    calendar: str
    figure: str

    def fits(self, attributes: Mapping[str, str]) -> bool:
        return all(attributes.get(name) in values for name, values in self.when.items())


@dataclass(frozen=True, slots=True)
class TargetRule:
    """A target as the policy writes it: conditions, and a budget row per rung or case; the first that fits holds."""

    name: str
    title: Name
    start: frozenset[Phase]
    stop: frozenset[Phase]
    rows: tuple[BudgetRow, ...]
    pauses: frozenset[str] = frozenset()
    reopen: Reopen = Reopen.RESUME
    on_change: OnChange = OnChange.AT_EVENT
    recurring: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The dated rules that give a ticket or circuit its targets.

    `stages` is keyed by ladder, then rung: at which amounts somebody is told (semantics 8). `at_risk` is the share of a
    budget from which a clock is shown as at risk, for every tier (semantics 7).
    """

    id: str
    version: str
    title: Name
    effective_from: date
    ladders: Mapping[str, tuple[Rung, ...]]
    calendars: Mapping[str, Calendar]
    reasons: Mapping[str, Name]
    targets: tuple[TargetRule, ...]
    at_risk: float = 0.75
    stages: Mapping[str, Mapping[str, tuple[Stage, ...]]] = field(default_factory=dict)

    @property
    def rungs(self) -> dict[str, frozenset[str]]:
        """The known rung ids per ladder."""
        return {ladder: frozenset(rung.id for rung in rungs) for ladder, rungs in self.ladders.items()}

    @property
    def label(self) -> str:
        return f"{self.id}@{self.version}"

    def rule(self, name: str) -> TargetRule | None:
        return next((rule for rule in self.targets if rule.name == name), None)

    def scaled(self, speed: float) -> Policy:
        """The same policy with every length divided by *speed*: for the demo, which never touches timestamps."""
        if speed == 1:
            return self
        targets = tuple(
            replace(rule, rows=tuple(replace(row, budget=row.budget / speed) for row in rule.rows))
            for rule in self.targets
        )
        stages = {
            ladder: {
                rung: tuple(replace(s, left=s.left / speed) if s.left else s for s in of_rung)
                for rung, of_rung in of_ladder.items()
            }
            for ladder, of_ladder in self.stages.items()
        }
        return replace(self, version=f"{self.version}/x{speed:g}", targets=targets, stages=stages)

    def stages_for(self, attributes: Mapping[str, str]) -> tuple[Stage, ...]:
        """Every stage that the subject's tier or its assurance asks for, each once."""
        found: dict[str, Stage] = {}
        for ladder, by_rung in self.stages.items():
            for stage in by_rung.get(attributes.get(ladder, NO_RUNG), ()):
                found.setdefault(stage.name, stage)
        return tuple(found.values())

    def idle_stages(self) -> tuple[tuple[str, str, timedelta], ...]:
        """(target, stage, budget) for every stage that a budget of the policy is too short for."""
        stages = {stage for by_rung in self.stages.values() for of_rung in by_rung.values() for stage in of_rung}
        found = {
            (rule.name, stage.name, row.budget)
            for rule in self.targets
            for row in rule.rows
            for stage in stages
            if not stage.applies(row.budget)
        }
        return tuple(sorted(found))

    def missing(self) -> tuple[tuple[str, str, str], ...]:
        """(target, ladder, rung) for every rung of a ladder that a target's rows use but give no figure."""
        gaps: list[tuple[str, str, str]] = []
        for rule in self.targets:
            for ladder, rungs in self.ladders.items() if rule.rows else ():
                named = [row.when.get(ladder) for row in rule.rows]
                if any(values is None for values in named):
                    continue  # a row without this ladder covers every rung
                for rung in rungs:
                    if not any(values is not None and rung.id in values for values in named):
                        gaps.append((rule.name, ladder, rung.id))
        return tuple(gaps)


@dataclass(frozen=True, slots=True)
class Term:
    """The target in force from `since` on (None: from the beginning); `target` None means that nothing is promised.

    `because` is the id of the event that brought the term.
    """

    since: datetime | None
    target: Target | None
    calendar: WorkingTime | None
    tier: str = NO_RUNG
    assurance: str = NO_RUNG
    because: str = ""


def terms(
    rule: TargetRule, policy: Policy, facts: Sequence[Fact], working_times: Mapping[str, WorkingTime]
) -> tuple[Term, ...]:
    """The terms of one target over a subject's history, oldest first; the first one has no `since`."""
    attributes: dict[str, str] = {}
    for fact in reversed(facts):
        attributes.update(fact.attributes)  # in the end, what was said first about each attribute
    found = [_term(rule, policy, attributes, working_times)]
    for fact in facts:
        if all(attributes.get(name) == value for name, value in fact.attributes.items()):
            continue
        attributes.update(fact.attributes)
        term = _term(rule, policy, attributes, working_times)
        if term != replace(found[-1], since=None, because=""):
            found.append(replace(term, since=fact.at, because=fact.event_id))
    return tuple(found)


def _term(
    rule: TargetRule,
    policy: Policy,
    attributes: Mapping[str, str],
    working_times: Mapping[str, WorkingTime],
) -> Term:
    tier, assurance = attributes.get("tier", NO_RUNG), attributes.get("assurance", NO_RUNG)
    row = next((row for row in rule.rows if row.fits(attributes)), None)
    if row is None:
        return Term(None, None, None, tier, assurance)
    target = Target(
        name=rule.name,
        budget=row.budget,
        start=rule.start,
        stop=rule.stop,
        pauses=rule.pauses,
        reopen=rule.reopen,
        on_change=rule.on_change,
        recurring=rule.recurring,
        at_risk=policy.at_risk,
        stages=policy.stages_for(attributes),
        calendar=row.calendar,
        policy_version=policy.label,
        figure=row.figure,
    )
    return Term(None, target, working_times[row.calendar], tier, assurance)
