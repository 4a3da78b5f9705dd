"""Say where a target's clock begins: at an instant before the opening, or at the end of another target's clock.

Pure. Gives the facts that move the target's clock, corrected; `ticket_clock.py` then walks them like any others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from monitor.clock.corrections import corrected, excluded_time, last_state, with_states
from monitor.clock.own_instants import said, with_instants
from monitor.clock.reading import ZERO
from monitor.clock.state_machine import is_end, is_excluded, override_kind, silent
from monitor.clock.ticket_clock import LifeChange, Lives
from monitor.history import Correction, Fact, History, Override, OverrideKind, retires
from monitor.model import CircuitState, CorrectionKind, Life, OwnInstant, Phase
from monitor.policy import Policy, TargetRule, unlimited
from monitor.worktime import WorkingTime

_BEGUN, _UNDONE = Override(OverrideKind.BEGUN), Override(OverrideKind.UNDONE)
_EXCLUDED, _IF_LISTED = Override(OverrideKind.EXCLUDED), OverrideKind.IF_LISTED
_STOP = CorrectionKind.STOP
_NONE: Mapping[str, Sequence[str]] = {}


@dataclass(slots=True)
class Followed:
    """How far the facts of one target were made, where they are others than the subject's.

    `held` is the state of a circuit before an unknown one, for corrections. The rest is of a clock that another one
    starts: `theirs` and `lives` of that other clock, `ended` its end that stands, and what holds of the derived one.
    """

    held: Fact | None = None
    theirs: Followed | None = None
    lives: Lives | None = None
    ended: LifeChange | None = None
    begun: bool = False
    paused: bool = False
    excluded: bool = False
    state: Fact | None = None

    def copy(self) -> Followed:
        """The same, to be followed on by itself."""
        theirs = None if self.theirs is None else self.theirs.copy()
        return replace(self, theirs=theirs, lives=None if self.lives is None else self.lives.copy())


def facts_of(
    rule: TargetRule,
    facts: Sequence[Fact],
    corrections: Sequence[tuple[str, Correction]],
    policy: Policy,
    always: WorkingTime,
    now: datetime,
    instants: Mapping[str, Sequence[str]] = _NONE,
    so_far: Followed | None = None,
) -> Sequence[Fact]:
    """The facts of a subject that move the clock of *rule*; *always* is a calendar in which all time counts.

    *corrections* are (event id, correction), oldest first. A target that another one starts follows that one's clock,
    with the corrections of that other target. *instants* are those that the lists of each target name. *so_far* notes
    how far this has come.
    """
    so_far = Followed() if so_far is None else so_far
    subject, named = facts, instants.get(rule.name, ())
    facts = with_instants(facts, named) if named else facts
    facts = _from(facts, rule.begins) if rule.begins else facts
    own = facts
    if corrections:
        own = corrected(facts, corrections, rule.name, rule.stop | rule.cancel)
        so_far.held = last_state(with_states(facts), None)
    if rule.started_by is None:
        return own
    first = policy.rule(rule.started_by.target)
    if first is None:
        return []
    so_far.theirs, so_far.lives = Followed(), Lives(unlimited(first, always))
    theirs = facts_of(first, subject, corrections, policy, always, now, instants, so_far.theirs)
    edges = excluded_time(corrections, rule.name)
    stated = {(fact.at, fact.event_id) for fact in facts}
    stated |= {(made.start, event_id) for event_id, made in corrections if made.start and made.kind is _STOP}
    return _after(own, rule, so_far.lives.changes(theirs, now), stated, edges, so_far)


def facts_since(
    rule: TargetRule, facts: Sequence[Fact], policy: Policy, now: datetime, so_far: Followed, corrections: bool
) -> Sequence[Fact]:
    """`facts_of` of facts that follow those by which *so_far* has come there; it is changed.

    They say no instant that moves a clock, and all that *corrections* are about is before them.
    """
    own = facts
    if corrections:
        own = with_states(facts, so_far.held)
        so_far.held = last_state(own, so_far.held)
    first = None if rule.started_by is None else policy.rule(rule.started_by.target)
    if rule.started_by is None:
        return own
    if first is None or so_far.theirs is None or so_far.lives is None:
        return []
    theirs = facts_since(first, facts, policy, now, so_far.theirs, corrections)
    stated = {(fact.at, fact.event_id) for fact in facts}
    return _after(own, rule, so_far.lives.changes(theirs, now), stated, (), so_far)


def leaves_alone(
    rule: TargetRule, history: History, policy: Policy, instants: Mapping[str, Sequence[str]], at: datetime
) -> bool:
    """Whether no correction of *history* changes a fact of *rule* from *at* on, nor is changed by one.

    A stop that a correction states is heard until the source states an end as well.
    """
    edges = [edge for _, made in history.corrections for edge in (made.start, made.end) if edge is not None]
    if any(edge >= at for edge in edges):
        return False
    facts = with_instants(history.facts, instants.get(rule.name, ()))
    facts = _from(facts, rule.begins) if rule.begins else facts
    later = Fact(at, "")
    *_, last = corrected((*facts, later), history.corrections, rule.name, rule.stop | rule.cancel)
    if last is not later:
        return False
    first = None if rule.started_by is None else policy.rule(rule.started_by.target)
    return first is None or leaves_alone(first, history, policy, instants, at)


def _from(facts: Sequence[Fact], begins: Sequence[str]) -> Sequence[Fact]:
    """The history with its opening moved to the first of the instants in *begins*, if one lies before it.

    The last value of each instant holds.
    """
    known = said(facts, begins)
    first = next((fact for fact in facts if fact.phase is not None and not isinstance(fact.phase, OwnInstant)), None)
    if not known or first is None:
        return facts
    at, because = min(known.values())
    if at >= first.at:
        return facts
    opening = Fact(at, because, Phase.OPENED)
    before = [fact for fact in facts if fact.at < at]
    return (*before, opening, *facts[len(before) :])


def _after(
    facts: Sequence[Fact],
    rule: TargetRule,
    changes: Iterator[LifeChange],
    stated: Collection[tuple[datetime, str]],
    edges: Sequence[tuple[datetime, str, bool]],
    so_far: Followed,
) -> list[Fact]:
    """A mark wherever the other clock stopped or went on, and the facts that end or pause the derived clock.

    Facts that are not *stated* were added by corrections and only repeat what holds: they end nothing. At the *edges*
    excluded time begins or ends, whatever the source says.
    """
    marks = list(_marks(changes, rule.started_by.over if rule.started_by else ZERO, so_far))
    gone = {fact.at for fact in facts if retires(fact.phase)}
    # what ended with its subject begins nothing
    marks = [(mark, told) for mark, told in marks if not (mark.override == _BEGUN and mark.at in gone)]
    place = {
        (fact.at, fact.event_id): index for index, fact in enumerate(facts) if not isinstance(fact.phase, OwnInstant)
    }
    placed = [(fact.at, index, False, fact) for index, fact in enumerate(facts)]
    # a mark comes right after the fact that made it; that of an instant after all that its time brought
    placed += [
        (mark.at, len(facts) if told else place.get((mark.at, mark.event_id), -1), True, mark) for mark, told in marks
    ]
    placed += [
        (at, -2, True, Fact(at, event_id, override=_EXCLUDED if begins else None)) for at, event_id, begins in edges
    ]
    ordered = ((mark, fact) for _, _, mark, fact in sorted(placed, key=lambda item: item[:3]))
    return list(_merged(ordered, rule, stated, so_far))


def _merged(
    marks_and_facts: Iterator[tuple[bool, Fact]],
    rule: TargetRule,
    stated: Collection[tuple[datetime, str]],
    so_far: Followed,
) -> Iterator[Fact]:
    """The marks, and of the facts those that end or pause the clock: no fact of the source begins it (semantics 35)."""
    ends = rule.stop | rule.cancel
    begun, paused, excluded, held = so_far.begun, so_far.paused, so_far.excluded, so_far.state
    for mark, fact in marks_and_facts:
        if mark:
            if fact.phase is None:
                excluded = is_excluded(fact)
            else:
                yield fact
                begun, paused = fact.override == _BEGUN, False
            rests, because = _rests(held, rule, excluded, fact)
            if begun and rests is not paused:
                paused = rests
                yield _open_only(because if rests else replace(fact, phase=Phase.OPENED, override=_BEGUN))
            continue
        over = fact.phase in ends or is_end(fact) or retires(fact.phase)
        if over and (fact.at, fact.event_id) not in stated:
            over, fact = False, replace(fact, phase=Phase.OPENED, override=None if is_end(fact) else fact.override)
        # `is`, not `in`: as text, an unknown phase and an unknown state are equal
        told = fact.phase in (None, Phase.DELIVERED) or isinstance(fact.phase, OwnInstant)
        if not told and fact.phase is not CircuitState.UNKNOWN:
            held = fact if not over else replace(fact, phase=Phase.OPENED) if is_excluded(fact) else None
        if over:
            begun = False
            yield fact
        elif begun and held is fact and _pauses(fact, rule):
            paused = True
            yield _open_only(fact)
        elif begun and held is fact and paused and not excluded:
            paused = False
            yield _open_only(replace(fact, phase=Phase.OPENED, reason=None, override=_BEGUN))  # the pause ends
        else:
            yield silent(fact)
    so_far.begun, so_far.paused, so_far.excluded, so_far.state = begun, paused, excluded, held


def _rests(held: Fact | None, rule: TargetRule, excluded: bool, mark: Fact) -> tuple[bool, Fact]:
    """Whether the clock of *rule* rests at *mark*, and the fact that says so."""
    if held is not None and _pauses(held, rule) and not is_excluded(held):
        return True, replace(held, at=mark.at, feedback=False, attributes={}, instants={})
    return excluded, Fact(mark.at, mark.event_id, Phase.OPENED, override=_EXCLUDED)


def _open_only(fact: Fact) -> Fact:
    return replace(fact, override=replace(fact.override or Override(), open_only=True))


def _pauses(fact: Fact, rule: TargetRule) -> bool:
    """Whether *fact* pauses the clock of *rule*."""
    if is_excluded(fact):
        return True
    return fact.phase is Phase.HELD and fact.reason in rule.pauses and override_kind(fact) in (None, _IF_LISTED)


def _marks(changes: Iterator[LifeChange], over: timedelta, so_far: Followed) -> Iterator[tuple[Fact, bool]]:
    """A mark for each stop of the other clock, and for each reopening that undoes one; and whether an instant made it.

    What counts is where that clock stands after all facts of an instant, and a stop counts only where the life before
    it took more than *over* (semantics 35).
    """
    ended = so_far.ended
    for _, at_once in groupby(changes, key=lambda change: change.fact.at):
        before, went_on = ended, None
        for change in at_once:
            if change.life is Life.STOPPED:
                ended = change
            elif ended is not None:
                went_on, ended = change, None
        if ended is not None and ended is not before and (not over or ended.lasted > over):
            yield _mark(ended.fact, Phase.OPENED, _BEGUN), isinstance(ended.fact.phase, OwnInstant)
        elif before is not None and ended is None and went_on is not None and went_on.cycle == before.cycle:
            yield _mark(went_on.fact, Phase.CANCELLED, _UNDONE), isinstance(went_on.fact.phase, OwnInstant)
    so_far.ended = ended


def _mark(fact: Fact, phase: Phase, override: Override) -> Fact:
    return Fact(fact.at, fact.event_id, phase, status=fact.status, override=override)
