"""Say from where a target's clock begins: an instant before the opening, or the end of another target's clock.

Pure. Gives the facts as the target's clock hears them; `clock.py` then walks them like any others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from monitor import clock
from monitor.calendars import WorkingTime
from monitor.mapping import Fact
from monitor.model import Life, Phase
from monitor.policies import Policy, TargetRule, unlimited
from monitor.reading import Reading


def heard(
    facts: Sequence[Fact], rule: TargetRule, policy: Policy, always: WorkingTime, now: datetime
) -> Sequence[Fact]:
    """The facts that move the clock of *rule*; *always* is a calendar in which all time counts."""
    if rule.started_by is not None:
        return _after(facts, rule, policy, always, now)
    return _from(facts, rule.begins) if rule.begins else facts


def _from(facts: Sequence[Fact], begins: Sequence[str]) -> Sequence[Fact]:
    """The history with its opening moved to the first of the instants in *begins*, if one lies before it.

    What was said last about an instant holds.
    """
    said: dict[str, tuple[datetime, str]] = {}
    for fact in facts:
        said.update({name: (at, fact.event_id) for name, at in fact.instants.items() if name in begins})
    first = next((fact for fact in facts if fact.phase is not None), None)
    if not said or first is None:
        return facts
    at, because = min(said.values())
    if at >= first.at:
        return facts
    opening = Fact(at, because, Phase.OPENED)
    before = [fact for fact in facts if fact.at < at]
    return (*before, opening, *facts[len(before) :])


def _after(facts: Sequence[Fact], rule: TargetRule, policy: Policy, always: WorkingTime, now: datetime) -> list[Fact]:
    """An opening wherever the other clock stopped, a cancelling wherever it went on, and what stops or suspends us."""
    assert rule.started_by is not None
    parent = policy.rule(rule.started_by.target)
    if parent is None:
        return []
    theirs = heard(facts, parent, policy, always, now)
    marks: list[Fact] = []
    for reading in clock.cycles(theirs, (unlimited(parent, always),), now):
        marks += _marks(reading, rule, theirs)
    listens = rule.stop | rule.cancel - {Phase.CANCELLED}
    own = [
        fact if fact.phase in listens or fact.reason in rule.pauses else replace(fact, phase=None, reason=None)
        for fact in facts
    ]
    return sorted([*own, *marks], key=lambda fact: fact.at)


def _marks(reading: Reading, rule: TargetRule, theirs: Sequence[Fact]) -> Iterator[Fact]:
    assert rule.started_by is not None
    began, over, stopped = reading.started_at, rule.started_by.over, False
    for part in reading.intervals:
        if part.life is Life.STOPPED:
            stopped = part.start - began > over
            if stopped:
                yield Fact(part.start, part.because, Phase.OPENED, status=part.status)
        elif stopped:
            yield Fact(part.start, part.because, Phase.CANCELLED, status=part.status)
            stopped = False
    end = reading.stopped_at
    if reading.life is Life.STOPPED and end is not None and end - began > over:
        cause = next(fact for fact in theirs if fact.at == end and fact.phase in reading.target.stop)
        yield Fact(end, cause.event_id, Phase.OPENED, status=cause.status)
