"""Keep how far a subject was judged, so that a long history is not read again at each look (semantics 14).

Pure. A checkpoint lies between two instants of a history: all events before it were read, its clocks walked that far.
`engine.advance` goes on from there with the events after it and gives what it would give of all. Nothing here is
stored: whoever has no checkpoint judges the whole, and makes one of it. The one surprise: some later events change
what was before them (an attribute that is said for the first time, a correction, another opening). Then `advance`
raises PastChangesError, and the whole is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.clock import engine
from monitor.clock.contributions import may_add
from monitor.clock.derived_starts import Followed, leaves_alone
from monitor.clock.reading import Reading
from monitor.clock.ticket_clock import Walked
from monitor.history import Event, Fact, History, Interpreted, PastChangesError, interpret, landmarks, read_so_far
from monitor.model import SubjectKey, SubjectKind
from monitor.policy import KnownSubject, Term
from monitor.worktime import TICK


@dataclass(frozen=True, slots=True)
class ClockSoFar:
    """How far the clock of one target was walked, and what that depends on.

    `terms` are, for each version of the policy, those that held before the checkpoint. `first` is the first cycle that
    can still change.
    """

    walk: Walked
    followed: Followed | None
    terms: tuple[tuple[Term, ...], ...]
    landmarks: tuple[Fact, ...]
    first: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A subject up to the instant `at`, which is not included, under one version of the rules.

    `settled` are the transitions before that instant of the cycles that can still change.
    """

    at: datetime
    rules_version: str
    key: SubjectKey
    kind: SubjectKind
    read: Interpreted
    known: tuple[KnownSubject, ...]
    clocks: Mapping[str, ClockSoFar]
    settled: frozenset[engine.Identity]

    @property
    def cycles(self) -> dict[str, int]:
        """The first cycle of each target that can still change."""
        return {name: clock.first for name, clock in self.clocks.items()}


def checkpoint(
    events: Sequence[Event],
    readings: Iterable[Reading],
    rules: engine.Rulebook,
    at: datetime,
    before: Checkpoint | None = None,
) -> Checkpoint | None:
    """A checkpoint at the instant *at*; None where nothing can be kept of this subject up to there.

    *events* are all events of the subject, with *before* all from that checkpoint on. *readings* are those of a later
    instant, whose transitions are recorded.
    """
    earlier = [event for event in events if event.at < at]
    key, kind = (before.key, before.kind) if before is not None else (events[0].key, events[0].kind)
    if any(may_add(rule, kind) for rule in rules.counted) or not all(_is_over(event, at) for event in earlier):
        return None
    if before is None and not earlier:
        return None
    try:
        history = interpret(earlier, rules.mapping(key.source), rules.words, None if before is None else before.read)
        if before is None and history.corrections and not _leave_alone(history, rules, kind, at):
            return None
        known, clocks = engine.clocks_of(history, rules, at - TICK, kind, before)
        walked = {one.rule.name: _so_far(one, at, before) for one in clocks}
    except PastChangesError:
        return None
    so_far = read_so_far(history, earlier)
    if so_far is None or None in walked.values():
        return None
    found = {name: clock for name, clock in walked.items() if clock is not None}
    live = [one for one in readings if one.target.name in found and one.cycle >= found[one.target.name].first]
    settled = frozenset(one.identity for one in engine.transitions(live, at) if one.at < at)
    return Checkpoint(at, rules.version, key, kind, so_far, tuple(known), found, settled)


def _is_over(event: Event, at: datetime) -> bool:
    """Whether all instants lie before *at* that the event states of itself."""
    made = event.correction
    stated = (event.or_at, event.opened_at, *((made.start, made.end) if made is not None else ()))
    return all(one is None or one < at for one in stated)


def _leave_alone(history: History, rules: engine.Rulebook, kind: SubjectKind, at: datetime) -> bool:
    """Whether the corrections of *history* change nothing from *at* on."""
    mine = rules.of_kind[kind]
    return all(leaves_alone(rule, history, rules.policy, rules.instants, at) for rule in mine)


def _so_far(clock: engine.Clock, at: datetime, before: Checkpoint | None) -> ClockSoFar | None:
    """How far the clock was walked; None where it cannot go on from there."""
    periods = {term.target.period for one in clock.versions for term in one.terms if term.target is not None}
    if len(periods) > 1 or any(fact.at >= at for fact in clock.facts):
        return None
    walk, first = clock.walk, 0 if before is None else before.clocks[clock.rule.name].first
    if walk.cycle is not None:
        first = walk.cycle.number
    elif walk.done:
        first = walk.done[-1].cycle + 1
    terms = engine.terms_before(clock.versions, at)
    return ClockSoFar(walk.kept(), clock.followed, terms, landmarks(clock.aged), first)
