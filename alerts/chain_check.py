"""Say where an escalation has no time in it: where the first page comes at the breach, or shortly before it.

Pure. A share of no time is no time: the steps come a gap after each other then, and that may not be what was meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from alerts.escalation import GAP, TOGETHER, Step
from alerts.oncall_file import OnCall
from monitor.lengths import shown
from monitor.model import Measure
from monitor.policies import Policy

_NOTHING = timedelta(0)


def notices(oncall: OnCall, policies: Sequence[Policy]) -> Iterator[str]:
    """A sentence for each rung under a chain of shares that leaves them no time, and for people whom nothing calls."""
    for team, steps in oncall.steps.items():
        shared = _shares(steps)
        if len(shared) > 1:
            for ladder, rung, stage, left, targets in _short(policies, shared, oncall.gaps.get(team, GAP)):
                yield _sentence(team, ladder, rung, stage, left, targets, oncall.gaps.get(team, GAP))
    yield from _uncalled(oncall)


def _shares(steps: Sequence[Step]) -> list[float]:
    """The places of the steps whose time is a share of what is left, each once; the breach is the whole."""
    found = (1.0 if step.share is None else step.share for step in steps if step.unanswered is None and not step.after)
    return sorted(set(found))


Short = tuple[str, str, str, timedelta, tuple[str, ...]]
"""Ladder, rung, the first stage that pages, the least time that it leaves, the targets."""


def _short(policies: Sequence[Policy], shared: Sequence[float], gap: timedelta) -> Iterator[Short]:
    least = min(later - earlier for earlier, later in pairwise(shared))
    found: dict[tuple[str, str, str], dict[str, timedelta]] = {}
    for policy in policies:
        for ladder, by_rung in policy.stages.items():
            for rung in by_rung:
                for target, stage, left in _firsts(policy, ladder, rung):
                    if left * least < min(TOGETHER, gap):
                        of = found.setdefault((ladder, rung, stage), {})
                        of[target] = min(left, of.get(target, left))
    for (ladder, rung, stage), of in found.items():
        yield ladder, rung, stage, min(of.values()), tuple(of)


def _firsts(policy: Policy, ladder: str, rung: str) -> Iterator[tuple[str, str, timedelta]]:
    """For each figure of a rung: the stage that is told first, and how much of the budget is left then."""
    stages = policy.stages_for({ladder: rung})
    for rule in policy.targets:
        for row in rule.rows:
            if rung not in row.when.get(ladder, {rung}) or not stages:
                continue
            if row.measure is not Measure.TIME or not row.budget:  # working days and shares are longer than any gap
                shares = [stage.share for stage in stages if stage.share is not None]
                if row.measure is not Measure.TIME or shares == [1.0]:
                    yield rule.name, stages[0].name, _NOTHING
                continue
            lefts = [
                (stage.wall if stage.wall is not None else row.budget - stage.amount(row.budget), stage.name)
                for stage in stages
                if stage.applies(row.budget)
            ]
            if lefts:
                left, name = max(lefts)
                yield rule.name, name, left


def _sentence(
    team: str, ladder: str, rung: str, stage: str, left: timedelta, targets: Sequence[str], gap: timedelta
) -> str:
    time = "no time is left" if not left else f"as little as {shown(left)} is left"
    return (
        f"team {team}: escalation: {ladder} {rung} is told first at {stage} ({', '.join(targets)}), when {time} to"
        f" share: steps less than {shown(min(TOGETHER, gap))} apart come {shown(gap)} after each other; write"
        f" `at: breach + 15m` or `at: unanswered 10m` for the later steps, or an earlier stage for {ladder} {rung}"
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
