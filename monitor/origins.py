"""Say from where a target's clock begins: an instant before the opening, or the end of another target's clock.

Pure. Gives the facts as the target's clock hears them; `clock.py` then walks them like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from monitor import clock
from monitor.mapping import Fact
from monitor.model import CORRECTED, CircuitState, Life, Phase
from monitor.moves import ENDED, OPEN_LIVES, PERHAPS
from monitor.policies import Policy, TargetRule
from monitor.reading import Reading
from monitor.terms import Term, unlimited
from monitor.working_time import WorkingTime

Told = Callable[[TargetRule], Sequence[Fact]]
"""The facts as a target sees them, corrected."""


def heard(
    facts: Sequence[Fact],
    rule: TargetRule,
    policy: Policy,
    always: WorkingTime,
    now: datetime,
    told: Told | None = None,
) -> Sequence[Fact]:
    """The facts that move the clock of *rule*; *always* is a calendar in which all time counts.

    *told* gives the facts as the target that starts this one sees them; without it they are the same.
    """
    if rule.started_by is not None:
        parent = policy.rule(rule.started_by.target)
        if parent is None:
            return []
        theirs = heard(facts if told is None else told(parent), parent, policy, always, now, told)
        return _after(facts, rule, theirs, unlimited(parent, always), now)
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


def _after(facts: Sequence[Fact], rule: TargetRule, theirs: Sequence[Fact], term: Term, now: datetime) -> list[Fact]:
    """An opening wherever the other clock stopped, a cancelling wherever it went on, and what stops or suspends us."""
    marks: list[Fact] = []
    for reading in clock.cycles(theirs, (term,), now):
        marks += _marks(reading, rule, theirs)
    place = {(fact.at, fact.event_id): index for index, fact in enumerate(facts)}
    placed = [(fact.at, index, False, fact) for index, fact in enumerate(facts)]
    # a mark comes right after the fact that made it
    placed += [(mark.at, place.get((mark.at, mark.event_id), -1), True, mark) for mark in marks]
    return list(_listened(((mark, fact) for _, _, mark, fact in sorted(placed, key=lambda item: item[:3])), rule))


def _listened(merged: Iterator[tuple[bool, Fact]], rule: TargetRule) -> Iterator[Fact]:
    """Of the facts only what ends or suspends us, and only from a mark on: before it nobody waits for us."""
    ends = rule.stop | rule.cancel - {Phase.CANCELLED}
    begun, waits = False, False
    held: Fact | None = None
    for mark, fact in merged:
        if mark:
            yield fact
            begun = fact.phase is Phase.OPENED
            waits = begun and held is not None and _suspends(held, rule)
            if waits and held is not None:
                yield replace(held, at=fact.at, feedback=False, attributes={}, instants={})
            continue
        told = fact.phase in ends or fact.reason == ENDED
        if fact.phase not in (None, Phase.DELIVERED, CircuitState.UNKNOWN):
            held = None if told else fact
        if told:
            begun = False
            yield fact
        elif begun and held is fact and _suspends(fact, rule):
            waits = True
            yield fact
        elif begun and held is fact and waits:
            waits = False
            yield replace(fact, phase=Phase.OPENED, reason=None)  # the wait is over
        else:
            yield replace(fact, phase=None, reason=None)


def _suspends(fact: Fact, rule: TargetRule) -> bool:
    if fact.phase is Phase.HELD and fact.reason is not None:
        return fact.reason.removeprefix(PERHAPS) in (*rule.pauses, CORRECTED)
    return fact.reason == CORRECTED


def _marks(reading: Reading, rule: TargetRule, theirs: Sequence[Fact]) -> Iterator[Fact]:
    """What one cycle of the other clock says; time for which it had stopped is no part of what it took."""
    assert rule.started_by is not None
    over, took, stopped = rule.started_by.over, timedelta(0), False
    for part in reading.intervals:
        if part.life is Life.STOPPED:
            stopped = took > over
            if stopped:
                yield Fact(part.start, part.because, Phase.OPENED, status=part.status)
        elif part.life in OPEN_LIVES:
            if stopped:
                yield Fact(part.start, part.because, Phase.CANCELLED, status=part.status)
            stopped = False
            took += part.end - part.start
    end = reading.stopped_at
    if reading.life is Life.STOPPED and end is not None and took > over:
        cause = next((fact for fact in theirs if fact.at == end and _stops(fact, reading)), None)
        if cause is not None:  # a reset ends a cycle, and nothing else
            yield Fact(end, cause.event_id, Phase.OPENED, status=cause.status)


def _stops(fact: Fact, reading: Reading) -> bool:
    return fact.phase in reading.target.stop or fact.reason == ENDED
