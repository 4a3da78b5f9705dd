"""Say from where a target's clock begins: an instant before the opening, or the end of another target's clock.

Pure. Gives the facts as the target's clock hears them; `ticket_clock.py` then walks them like any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby

from monitor.clock import ticket_clock
from monitor.clock.reading import ZERO
from monitor.clock.state_machine import is_end, silent
from monitor.history import Fact, Override, OverrideKind
from monitor.model import CircuitState, Life, Phase
from monitor.policy import Policy, TargetRule, Term, unlimited
from monitor.worktime import WorkingTime

Told = Callable[[TargetRule], Sequence[Fact]]
"""The facts as a target sees them, corrected."""

_BEGUN, _UNDONE = Override(OverrideKind.BEGUN), Override(OverrideKind.UNDONE)
_EXCLUDED, _IF_LISTED = Override(OverrideKind.EXCLUDED), Override(OverrideKind.IF_LISTED)


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
    """A mark wherever the other clock stopped or went on, and the facts that end or suspend the derived one."""
    marks = _marks(ticket_clock.turns(theirs, term, now), rule.started_by.over if rule.started_by else ZERO)
    place = {(fact.at, fact.event_id): index for index, fact in enumerate(facts)}
    placed = [(fact.at, index, False, fact) for index, fact in enumerate(facts)]
    # a mark comes right after the fact that made it
    placed += [(mark.at, place.get((mark.at, mark.event_id), -1), True, mark) for mark in marks]
    return list(_listened(((mark, fact) for _, _, mark, fact in sorted(placed, key=lambda item: item[:3])), rule))


def _listened(merged: Iterator[tuple[bool, Fact]], rule: TargetRule) -> Iterator[Fact]:
    """The marks, and of the facts what ends or suspends the clock: the source never begins it (semantics 35)."""
    ends = rule.stop | rule.cancel
    begun, waits = False, False
    held: Fact | None = None
    for mark, fact in merged:
        if mark:
            yield fact
            begun = fact.override == _BEGUN
            waits = begun and held is not None and _suspends(held, rule)
            if waits and held is not None:
                yield _open_only(replace(held, at=fact.at, feedback=False, attributes={}, instants={}))
            continue
        told = fact.phase in ends or is_end(fact)
        # `is`, not `in`: as text, an unknown phase and an unknown state are equal
        if fact.phase not in (None, Phase.DELIVERED) and fact.phase is not CircuitState.UNKNOWN:
            held = None if told else fact
        if told:
            begun = False
            yield fact
        elif begun and held is fact and _suspends(fact, rule):
            waits = True
            yield _open_only(fact)
        elif begun and held is fact and waits:
            waits = False
            yield _open_only(replace(fact, phase=Phase.OPENED, reason=None, override=_BEGUN))  # the wait is over
        else:
            yield silent(fact)


def _open_only(fact: Fact) -> Fact:
    return replace(fact, override=replace(fact.override or Override(), open_only=True))


def _suspends(fact: Fact, rule: TargetRule) -> bool:
    if fact.override == _EXCLUDED:
        return True
    return fact.phase is Phase.HELD and fact.reason in rule.pauses and fact.override in (None, _IF_LISTED)


def _marks(turns: Iterator[ticket_clock.Turn], over: timedelta) -> Iterator[Fact]:
    """What the other clock says: where it stands when all facts of an instant have been taken (semantics 35)."""
    ended: ticket_clock.Turn | None = None
    for _, at_once in groupby(turns, key=lambda turn: turn.fact.at):
        before, went_on = ended, None
        for turn in at_once:
            if turn.life is Life.STOPPED:
                ended = turn
            elif ended is not None:
                went_on, ended = turn, None
        if ended is not None and ended is not before and (not over or ended.lasted > over):
            yield _mark(ended.fact, Phase.OPENED, _BEGUN)
        elif before is not None and ended is None and went_on is not None and went_on.cycle == before.cycle:
            yield _mark(went_on.fact, Phase.CANCELLED, _UNDONE)


def _mark(fact: Fact, phase: Phase, override: Override) -> Fact:
    return Fact(fact.at, fact.event_id, phase, status=fact.status, override=override)
