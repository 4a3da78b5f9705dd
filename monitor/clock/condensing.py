"""Make one event of a circuit's settled past, so that its other events can be deleted (semantics 44).

Pure. What stands at the instant is worked out of the whole and of that event alone, and both must be the same. Whatever
this file does not know how to condense keeps its events: `condensed` gives None and guesses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.clock import engine
from monitor.clock.allowance_clock import Periods
from monitor.clock.contributions import may_add
from monitor.clock.cycle import Cycle
from monitor.clock.reading import ZERO
from monitor.clock.state_machine import OPEN_LIVES
from monitor.history import (
    Baseline,
    Event,
    Fact,
    History,
    Used,
    content_id,
    in_order,
    interpret,
    retires,
    since_baseline,
)
from monitor.model import CircuitState, Life, Reopen, SubjectKind
from monitor.policy import TargetRule
from monitor.worktime import TICK

BASELINE_ID = "baseline-"
"""How the ids of events begin that stand in the place of deleted ones."""


@dataclass(frozen=True, slots=True)
class Condensed:
    """The event that stands in the place of others, and the ids of those."""

    event: Event
    gone: tuple[str, ...]

    @property
    def baseline(self) -> Baseline:
        assert self.event.baseline is not None
        return self.event.baseline


def condensed(events: Sequence[Event], rules: engine.Rulebook, before: datetime) -> Condensed | None:
    """What may stand in the place of the events of a circuit from before an instant that is not after *before*.

    None where fewer than two events would go, or where what judging the rest needs is not known to fit into one event.
    """
    if not events or events[0].kind is not SubjectKind.CIRCUIT or not may_be_condensed(rules):
        return None
    ordered = since_baseline(in_order(events))
    at = _settled(ordered, rules, before)
    if at is None:
        return None
    earlier = [event for event in ordered if event.at < at]
    if len(earlier) < 2 or not all(_is_plain(event, at) for event in earlier):
        return None
    history = interpret(earlier, rules.mapping(events[0].source), rules.words)
    if history.doubts or not all(_is_simple(fact) for fact in history.facts) or _may_promise_more(history, rules):
        return None
    stands = _standing(history, rules, at)
    event = _event(earlier, history, at)
    if stands is None or event is None:
        return None
    found = replace(event, baseline=Baseline(at, stands.cycles, stands.used))
    name = content_id(str(event.key), at.isoformat(), sorted(one.event_id for one in earlier))
    found = replace(found, event_id=f"{BASELINE_ID}{name}")
    alone = _standing(interpret([found], rules.mapping(event.source), rules.words), rules, at)
    if alone is None or alone.comes_to != stands.comes_to:
        return None
    gone = tuple(event.event_id for event in events if event.at < at and event.baseline is None)
    return Condensed(found, gone)


def may_be_condensed(rules: engine.Rulebook) -> bool:
    """Whether the policy asks nothing of circuits that the events alone can say."""
    if any(may_add(rule, SubjectKind.CIRCUIT) for rule in rules.counted):
        return False
    mine = (rule for policy in rules.policies for rule in policy.targets if rule.of is SubjectKind.CIRCUIT)
    return all(_is_plain_rule(rule) for rule in mine) and not rules.instants.keys() & {
        rule.name for rule in rules.rules if rule.of is SubjectKind.CIRCUIT
    }


def _may_promise_more(history: History, rules: engine.Rulebook) -> bool:
    """Whether an attribute that nothing was said of may promise something, also for what was before it is said."""
    for policy in rules.policies:
        known = policy.graded({**history.own, **history.attributes})
        rows = (row for rule in policy.targets if rule.of is SubjectKind.CIRCUIT for row in rule.rows)
        if any(row.may_fit(known) and not row.fits(known) for row in rows):
            return True
    return False


def _is_plain_rule(rule: TargetRule) -> bool:
    """Whether a target looks at nothing but states, attributes and dates of versions."""
    asks = rule.begins or rule.started_by is not None or rule.ahead_of or rule.asks_more or rule.recurring
    return not asks and not any(row.after or row.until for row in rule.rows)


def _settled(ordered: Sequence[Event], rules: engine.Rulebook, before: datetime) -> datetime | None:
    """The latest instant, not after *before*, at which the circuit was available and nothing excused it."""
    earlier = [event for event in ordered if event.at < before]
    if not earlier:
        return None
    facts = [
        fact
        for fact in interpret(earlier, rules.mapping(earlier[0].source), rules.words).facts
        if fact.phase is not None
    ]
    while facts and not _is_calm(facts[-1]):
        before = facts.pop().at
    return before if facts and facts[-1].at < before else None


def _is_calm(fact: Fact) -> bool:
    return fact.phase is CircuitState.AVAILABLE and fact.reason is None


def _is_plain(event: Event, at: datetime) -> bool:
    """Whether an event says nothing of any time from *at* on, and nothing that an event of a state has not."""
    made = event.correction
    if made is not None and not all(one is not None and one < at for one in (made.start, made.end)):
        return False
    return event.or_at is None and event.opened_at is None and not event.feedback


def _is_simple(fact: Fact) -> bool:
    return not (fact.instants or fact.taken_back or fact.feedback or retires(fact.phase))


def _event(earlier: Sequence[Event], history: History, at: datetime) -> Event | None:
    """The event that began the state that holds, with every field as it was said last."""
    _, since = history.circuit_state
    began = next((fact.event_id for fact in history.facts if fact.at == since and _is_calm(fact)), None)
    event = next((one for one in earlier if one.event_id == began), None)
    if event is None:
        return None
    fields: dict[str, str] = {}
    for one in earlier:
        fields.update(one.fields)
    return replace(event, fields=fields, tie=0)


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where everything stands just before an instant; never leaves this file."""

    cycles: dict[str, int]
    used: dict[str, Used]
    comes_to: tuple[Any, ...]
    """All that what follows depends on."""


def _standing(history: History, rules: engine.Rulebook, at: datetime) -> _Standing | None:
    """Where everything stands just before *at*; None where something goes on that only its events can say."""
    _, clocks = engine.clocks_of(history, rules, at - TICK, SubjectKind.CIRCUIT)
    cycles: dict[str, int] = {}
    used: dict[str, Used] = {}
    comes_to: list[Any] = [history.attributes, history.circuit_state, dict(history.unread).keys()]
    for clock in clocks:
        name, walk = clock.rule.name, clock.walk
        known = [(term.target, term.tier, term.assurance) for term in walk.in_force.by_version]
        held = None if walk.last is None else (walk.last.phase, walk.last.reason, walk.last.override)
        comes_to += [name, known, walk.in_force.version, walk.party, held]
        if isinstance(walk, Periods):
            walk.end_periods(at - TICK)
            cycles[name] = max([walk.over, *(reading.cycle for reading in walk.done)])
            comes_to += [walk.faulty, walk.before if walk.cycle is None else None]
            if walk.cycle is not None:
                found = _used(walk.cycle, at)
                if found is None:
                    return None
                used[name] = found
                comes_to += [found, *_of_period(walk.cycle)]
            else:
                comes_to.append(cycles[name] if walk.last is None else None)
            continue
        if walk.cycle is not None and not _has_ended(walk.cycle):
            return None
        if walk.told or walk.unpromised or walk.gone or walk.since:
            return None
        cycles[name] = walk.over if walk.cycle is None else walk.cycle.number
        comes_to.append(cycles[name])
    return _Standing(cycles, used, tuple(comes_to))


def _has_ended(cycle: Cycle) -> bool:
    """Whether it was stopped, and nothing that follows can make it go on."""
    return cycle.life is Life.STOPPED and cycle.target.reopen is Reopen.NEW_CYCLE


def _used(cycle: Cycle, at: datetime) -> Used | None:
    """What of the period was used; None where more than an amount is needed to say how it stands."""
    cycle.advance(at - TICK)
    if cycle.life not in OPEN_LIVES or cycle.changed or cycle.superseded or cycle.changes:
        return None
    if cycle.target.pace is not None and cycle.counted > ZERO:
        return None
    legs = tuple((kind, name, counted) for (kind, name), counted in cycle.legs.items())
    return Used(
        cycle.number, cycle.started_at, cycle.counted, cycle.used_up_at, cycle.breached_at,
        tuple(cycle.crossed.items()), legs,
    )  # fmt: skip


def _of_period(cycle: Cycle) -> Iterator[Any]:
    yield from (cycle.target, cycle.term.tier, cycle.term.assurance, cycle.version, cycle.life, cycle.party)
    yield from (cycle.ends_at, cycle.stopped_at, cycle.pause_reason, cycle.excluded, cycle.terms)
