"""Judge an allowance of a circuit by what was said: make of it what `oracle_allowances` walks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.history.mapping import Fact
from monitor.model import CircuitState, CorrectionKind, Measure, OnChange, Period
from monitor.policy import Pace
from monitor.policy.target import Stage, Target
from tests.support import oracle_allowances, oracle_corrections, oracle_pace
from tests.support.oracle_history import Law
from tests.support.oracle_law import STATES, STEP, WORDS, Promise
from tests.support.oracle_statements import Told
from tests.support.oracle_terms import Held, Terms


@dataclass(frozen=True, slots=True)
class _Time:
    """What a `Term` has as its working time; the calendar is the oracle's own."""

    calendar: Any


@dataclass(frozen=True, slots=True)
class _Term:
    """What the walk reads of a `Term`: one of the compiled core takes no calendar but its own."""

    since: datetime | None
    target: Target | None
    calendar: _Time | None
    tier: str
    because: str


_KINDS = {"exclude": CorrectionKind.EXCLUDE, "count": CorrectionKind.COUNT}


def differences(readings: Sequence[Reading], law: Law, name: str, told: Told) -> list[str]:
    """Everything in which the readings are not what was walked, a line each."""
    promise = law.editions[-1][1].promises[name]
    versions, facts = list(_versions(law, name, told)), list(_states(told))
    end = told.ended_at(name)
    end = None if end is not None and oracle_corrections.is_gone(facts, end) else end
    facts = oracle_corrections.without_the_end(facts, end, {CircuitState.AVAILABLE, CircuitState.RETIRED})
    facts += [Fact(at, "edge") for at in told.edges(name) | ({end} if end is not None and end <= told.now else set())]
    says = told.says(name)
    walk = oracle_pace.Sampled(versions, STEP, says=lambda at: _KINDS.get(says(at) or ""), ends_at=end)
    walk.walk(facts, told.now)
    walk.note(told.now)
    plain = [_without_pace(one) for one in readings]
    found = oracle_allowances.differences(plain, walk.cycles)
    if promise.pace and len(readings) == len(walk.cycles):
        wanted = oracle_pace.of_cycles(walk, Pace(), STEP)
        spells = [[(one.start, one.end) for one in (each.pace.spells if each.pace else ())] for each in readings]
        found += [f"pace {a}, walked {b}" for a, b in zip(spells, wanted, strict=True) if a != b]
    return found


def _without_pace(reading: Reading) -> Reading:
    crossings = tuple(one for one in reading.crossings if one.stage != "pace")
    return replace(reading, crossings=crossings, reached=tuple(one for one in reading.reached if one != "pace"))


def _states(told: Told) -> Iterator[Fact]:
    """What is said of a circuit: its state, and what excuses it; nothing of both is left when it is gone."""
    state: CircuitState | None = None
    excuse: str | None = None
    for one in told.of_subject():
        if one.at > told.now:
            return
        if one.status == "retired":
            state, excuse = None, None
            yield Fact(one.at, one.name, CircuitState.RETIRED)
            continue
        if one.status in STATES:
            state = CircuitState(one.status)
        elif one.status in WORDS:
            excuse = "planned_work" if one.status == "held" else None
        elif one.status is not None:
            state = CircuitState.UNKNOWN
        yield Fact(one.at, one.name, state if one.status is not None else None, excuse)


def _versions(law: Law, name: str, told: Told) -> Iterator[Version]:
    """The terms of every version: what each statement and each edge of a guarded period makes of them."""
    said = told.of_subject()
    editions = [edition for _, edition in law.editions]
    terms = Terms(name, editions, said, None, law.calendars, law.subject)
    points: list[tuple[datetime, int, str, int]] = [(at, -1, "", -1) for at in terms.edges()]
    points += [(one.at, place, one.name, place) for place, one in enumerate(said)]
    for number, (since, edition) in enumerate(law.editions):
        promise = edition.promises[name]
        first = min(at for at, *_ in points)
        before = terms.held(number, -1, first - STEP)
        found = [_term(law, promise, before, None, "")]
        upto = -1
        for at, _, because, place in sorted(points):
            upto = max(upto, place)
            held = terms.held(number, upto, at)
            if held.what != before.what:
                found.append(_term(law, promise, held, at, because))
            before = held
        yield Version(since, tuple(found))


def _term(law: Law, promise: Promise, held: Held, since: datetime | None, because: str) -> Any:
    row, target = held.row, None
    time = _Time(law.calendars["hours"])
    if row is not None:
        target = Target(
            promise.name, row.budget, frozenset(CircuitState(state) for state in promise.start), frozenset(),
            promise.pause, on_change=OnChange(promise.on_change), period=Period(promise.per),
            measure=Measure.COUNT if promise.times else Measure.TIME,
            stages=tuple(Stage(one.name, one.share, one.left, one.wall) for one in held.stages),
            pace=Pace() if promise.pace else None,
        )  # fmt: skip
    return _Term(since, target, time if target else None, held.tier, because)
