"""Say where an escalation has no time in it: where the first page comes at the breach, or shortly before it.

Pure. A share of no time is no time: the steps come a gap after each other then, and that may not be what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from alerts.oncall.escalation_plan import GAP, EscalationHistory, KnownDeadline, Step, plan
from alerts.oncall.escalation_runs import NotifiedStage
from alerts.oncall.roster_file import OnCall
from monitor.model import Measure
from monitor.policy import BREACHED_STAGE, Policy
from monitor.text import shown
from monitor.worktime import EPOCH, TICK


def chain_notices(oncall: OnCall, policies: Sequence[Policy]) -> Iterator[str]:
    """A sentence for each rung under a chain of shares that leaves them no time, and for people whom nothing calls."""
    for team, steps in oncall.steps.items():
        gap = oncall.gaps.get(team, GAP)
        for ladder, rung, stage, left, targets in _short(policies, steps, gap):
            yield _sentence(team, ladder, rung, stage, left, targets, gap)
    yield from _uncalled(oncall)


def _fits(steps: Sequence[Step], left: timedelta, gap: timedelta) -> bool:
    """Whether every step by share comes before the breach when so much is left at the first page."""
    course = EscalationHistory((NotifiedStage("", EPOCH),), (KnownDeadline(EPOCH, EPOCH + left),))
    by_time = [
        item.at
        for item in plan(steps, course, lambda _whom, _at: True, gap)
        if steps[item.step].unanswered is None and not steps[item.step].after
        and (steps[item.step].share is not None or not left)
    ]  # fmt: skip
    return all(at is None or at <= EPOCH + left + TICK for at in by_time)


Short = tuple[str, str, str, timedelta, tuple[str, ...]]
"""Ladder, rung, the first stage that pages, the least time that it leaves, the targets."""


def _short(policies: Sequence[Policy], steps: Sequence[Step], gap: timedelta) -> Iterator[Short]:
    found: dict[tuple[str, str, str], dict[str, timedelta]] = {}
    for policy in policies:
        for ladder, by_rung in policy.stages.items():
            for rung in by_rung:
                for target, stage, left in _firsts(policy, ladder, rung):
                    if not _fits(steps, left, gap):
                        of = found.setdefault((ladder, rung, stage), {})
                        of[target] = min(left, of.get(target, left))
    for (ladder, rung, stage), of in found.items():
        yield ladder, rung, stage, min(of.values()), tuple(of)


def _firsts(policy: Policy, ladder: str, rung: str) -> Iterator[tuple[str, str, timedelta]]:
    """For each figure of a rung: the stage that is told first, and how much of the budget is left then.

    Numbers of times have no deadline; working days and shares of a period are long, unless the breach alone is told.
    """
    stages = policy.stages_for({ladder: rung})
    for rule in policy.targets:
        for row in rule.rows_for({ladder: rung}):
            if row.measure is not Measure.TIME:
                continue
            lefts = [
                (stage.wall if stage.wall is not None else row.budget - stage.amount(row.budget), stage.name)
                for stage in stages
                if stage.applies(row.budget)
            ]
            if row.budget and lefts:
                left, name = max(lefts)
                yield rule.name, name, left
            elif [stage.name for stage in stages] == [BREACHED_STAGE]:
                yield rule.name, BREACHED_STAGE, timedelta(0)


def _sentence(
    team: str, ladder: str, rung: str, stage: str, left: timedelta, targets: Sequence[str], gap: timedelta
) -> str:
    time = "no time is left" if not left else f"as little as {shown(left)} is left"
    return (
        f"team {team}: escalation: {ladder} {rung} is told first at {stage} ({', '.join(targets)}), when {time} to"
        f" share, so steps come {shown(gap)} after each other; write `at: breach + 15m` or `at: unanswered 10m` for the"
        f" later steps, or an earlier stage for {ladder} {rung}"
    )


def _uncalled(oncall: OnCall) -> Iterator[str]:
    """People whom no layer, override, calendar or step names."""
    roster = oncall.roster
    named = {whom.id for steps in oncall.steps.values() for step in steps for whom in step.whom}
    for team in roster.teams.values():
        named |= {person for layer in team.layers for person in layer.people}
        named |= {spell.person for spell in (*team.overrides, *team.calendar)}
    idle = [person for person in roster.people if person not in named]
    if idle:
        names = ", ".join(idle)
        yield f"people: {names}: in no rota and in no escalation, so nothing ever calls them; add or remove them"
