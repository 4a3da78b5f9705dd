"""Count what a file says of each circuit, for `availability`: states, figures, faults, and what its clocks are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

from monitor.availability import (
    Fault,
    FaultRule,
    Figures,
    Rule,
    Rules,
    Ticket,
    Timeline,
    Window,
    binned,
    counted,
    either,
    faults,
    figures,
    for_clocks,
    grid,
    instant,
    micros,
    periods_of,
    stated,
    with_tickets,
)
from monitor.commands.a_measurement import Direction, Measured
from monitor.errors import ConfigError
from monitor.explain import text
from monitor.history import Event
from monitor.model import Period, SubjectKind

SOURCE = "availability"
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class How:
    """How circuits are counted: their rules, the periods of the figures, and what is known beside the measurements."""

    rules: Rules
    faults: FaultRule
    period: Period
    zone: str
    silence: timedelta | None = None
    since: datetime | None = None
    until: datetime | None = None
    planned: Mapping[str, Sequence[Window]] = field(default_factory=dict)
    tickets: Mapping[str, Sequence[Ticket]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Account:
    """What a file says of one circuit, counted."""

    circuit: str
    rule: Rule
    timeline: Timeline
    odd: Mapping[str, int]
    """How many of its samples were odd, by what was odd."""
    figures: Sequence[Figures]
    faults: Sequence[Fault]


def account(circuit: str, said: Measured, how: How) -> Account:
    """One circuit's account. Raises ConfigError where it cannot be counted."""
    rule = how.rules.of(said.assurance)
    odd: Counter[str] = Counter()
    if said.statements and said.directions:
        raise ConfigError(
            f"circuit {circuit} has samples and stated states; they are two systems' views, count each by itself"
        )
    if said.statements:
        last = max(one.at for one in said.statements)
        timeline = stated(said.statements, max(how.until or last, last), how.silence)
    else:
        timeline = reduce(either, [_direction(one, rule, odd) for one in said.directions.values()])
    begin = timeline.start if how.since is None else micros(how.since)
    end = timeline.end if how.until is None else micros(how.until)
    timeline = timeline.over(begin, max(begin, end))
    excused = how.planned.get(circuit, ())
    of = list(figures(timeline, list(periods_of(timeline, how.period, how.zone)), excused))
    found = faults(timeline, how.faults, excused)
    told = with_tickets(found, how.tickets.get(circuit, ()), instant(timeline.end))
    return Account(circuit, rule, timeline, odd, of, told)


def _direction(one: Direction, rule: Rule, odd: Counter[str]) -> Timeline:
    samples = one.samples()
    begin, end = (instant(at) for at in grid(samples.at, rule))
    try:
        bins = binned(samples, rule, begin, end)
    except ValueError as error:
        raise ConfigError(f"{error}; take out rows whose times are wrong, or give a longer bin") from error
    odd.update({kind.value: count for kind, count in bins.odd.items()})
    return counted(bins.codes, rule, begin)


def events(accounts: Sequence[Account]) -> Iterator[Event]:
    """The changes of state of each circuit, as its clocks are told them by a source."""
    for one in accounts:
        for said in for_clocks(one.timeline, one.rule.bin * one.rule.run):
            id_ = f"{one.circuit}@{micros(said.at)}"
            yield Event(SOURCE, id_, SubjectKind.CIRCUIT, one.circuit, said.at, status=said.state.value)


def as_json(one: Account) -> dict[str, Any]:
    """The account as plain values; lengths are in seconds."""
    timeline = one.timeline
    return {
        "circuit": one.circuit,
        "from": text(instant(timeline.start)),
        "until": text(instant(timeline.end)),
        "settled_until": text(instant(timeline.settled)),
        "odd_samples": dict(one.odd),
        "periods": [_figures(each) for each in one.figures],
        "faults": [_fault(each, instant(timeline.end)) for each in one.faults],
    }


def _figures(of: Figures) -> dict[str, Any]:
    lengths = ("available", "degraded", "unavailable", "unknown", "unknown_down", "excused", "excused_down")
    return {
        "period": of.bounds.number,
        **{f"{name}_seconds": getattr(of, name).total_seconds() for name in lengths},
        **{name: getattr(of, name) for name in ("availability", "least", "most")},
    }


def _fault(of: Fault, until: datetime) -> dict[str, Any]:
    stamps = ("onset", "detected", "accepted", "restored", "ended", "counts_from")
    return {
        **{name: text(getattr(of, name)) for name in stamps},
        "open": of.is_open(until),
        "flapping": of.flapping,
        "outages": of.outages,
        "unavailable_seconds": of.unavailable.total_seconds(),
        "excused_seconds": of.excused.total_seconds(),
        "contested_seconds": of.contested.total_seconds(),
        "cause": of.cause,
    }
