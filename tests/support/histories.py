"""Random histories as sources and operators tell them, from a seed, for the clock and for the oracle (`laws.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import datetime
from random import Random

from monitor.clock.engine import advance
from monitor.clock.reading import Reading
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, SubjectKind
from tests.support import oracle_circuits
from tests.support.laws import INSTANTS, VALUES, Law
from tests.support.oracle_cycle import Cycle
from tests.support.oracle_history import Law as OracleLaw
from tests.support.oracle_history import walked
from tests.support.oracle_law import LADDERS, STEP, Made, Promise, Said
from tests.support.oracle_statements import Told

SUBJECT = "X"


@dataclass(frozen=True)
class History:
    """One subject's statements under a policy whose versions come into force at `since`."""

    law: Law
    since: tuple[datetime | None, ...]
    said: tuple[Said, ...]
    now: datetime

    @property
    def events(self) -> list[Event]:
        """What is said, as events."""
        kind = SubjectKind.CIRCUIT if self.law.circuit else SubjectKind.TICKET
        return [_event(one, kind, number) for number, one in enumerate(self.said)]

    def readings(self) -> list[Reading]:
        events = [event for event in self.events if event.at <= self.now]
        if not events:
            return []
        rules = copy(self.law.rules)  # `replace` would work out again what does not depend on the instants
        object.__setattr__(rules, "since", self.since)
        return list(advance(events, (), rules, self.now).readings)

    def differences(self) -> list[str]:
        """Everything in which the program's readings are not what the oracle walked, a line each."""
        found: list[str] = []
        told = Told(self.said, self.now, self.law.believed, self.law.circuit)
        if not any(one.at <= self.now for one in self.said):
            return found
        readings = self.readings()
        law = OracleLaw(tuple(zip(self.since, self.law.editions, strict=True)), self.law.times, SUBJECT)
        for name, promise in self.law.editions[-1].promises.items():
            own = [one for one in readings if one.target.name == name]
            if promise.per:
                lines = oracle_circuits.differences(own, law, name, told)
            else:
                lines = _compared(own, walked(law, name, told), self.now)
            found += [f"{name}: {line}" for line in lines]
        return found

    def smallest(self) -> History:
        """The same history with every statement left out that the difference does not need."""
        case = self
        for place in reversed(range(len(self.said))):
            less = replace(case, said=case.said[:place] + case.said[place + 1 :])
            if less.differences():
                case = less
        return case

    def told(self) -> str:
        """The history and what differs, for people."""
        hours = self.law.calendars["hours"].text().replace("\n", "; ")
        lines = [f"now {self.now:%Y-%m-%d %H:%M}, {hours}"]
        lines += [] if self.law.believed else ["no opening is believed"]
        for since, edition in zip(self.since, self.law.editions, strict=True):
            lines.append(f"version since {since and since.strftime('%d %H:%M')}")
            lines += [f"  {_shown(promise)}" for promise in edition.promises.values()]
            lines += [f"  {_shown(guard)}" for guard in edition.guards]
        lines += [f"{one.at:%d %H:%M} {_shown(one)}" for one in self.said]
        return "\n".join([*lines, *self.differences()])


def _shown(value: object) -> str:
    """What a value has that is not the usual."""
    found = []
    for item in fields(value):  # type: ignore[arg-type]
        said = getattr(value, item.name)
        if item.name == "rows":
            found += ["\n    ".join(["", *(f"row {_shown(row)}" for row in said)])]
        elif said and said != item.default and item.name != "at":
            found.append(f"{item.name}={_brief(said)}")
    return " ".join(found)


def _brief(said: object) -> object:
    if isinstance(said, frozenset):
        return sorted(said)
    if isinstance(said, dict):
        return {name: _brief(value) for name, value in said.items()}
    if isinstance(said, datetime):
        return said.strftime("%d %H:%M")
    if isinstance(said, tuple):
        return [_brief(one) for one in said]
    return _shown(said) if isinstance(said, Made) else str(said)


def _event(said: Said, kind: SubjectKind, number: int) -> Event:
    stated = {name: "" if at is None else at.isoformat() for name, at in said.instants.items()}
    correction = None if said.made is None else _correction(said.made)
    return Event(
        "tickets", said.name, kind, SUBJECT, said.at, number, said.status, said.reason, said.feedback,
        said.opened_at, {**said.attributes, **stated}, correction,
    )  # fmt: skip


def _correction(made: Made) -> Correction:
    return Correction(CorrectionKind(made.kind), "r", "a", made.start, made.end, made.target, made.revokes)


def _compared(readings: Sequence[Reading], cycles: Sequence[Cycle], now: datetime) -> list[str]:
    if len(readings) != len(cycles):
        return [f"{len(readings)} cycles, walked {len(cycles)}"]
    found = []
    for reading, cycle in zip(readings, cycles, strict=True):
        crossings = [(crossing.at, crossing.stage) for crossing in reading.crossings]
        pairs: dict[str, tuple[object, object]] = {
            "number": (reading.cycle, cycle.number),
            "life": (reading.life, cycle.life),
            "state": (reading.state, cycle.state),
            "counted": (reading.counted, cycle.counted),
            "budget": (reading.target.budget, cycle.budget),
            "tier": (reading.tier, cycle.tier),
            "started": (reading.started_at, cycle.started_at),
            "stopped": (reading.stopped_at, cycle.stopped_at),
            "breached": (reading.breached_at, cycle.breached_at),
            "deadline": (reading.deadline, cycle.deadline(now)),
            "crossings": (sorted(crossings), sorted((at, name) for name, at in cycle.crossings)),
            "order": ([at for at, _ in crossings], sorted(at for at, _ in crossings)),
        }
        found += [f"cycle {cycle.number} {key}: {a}, walked {b}" for key, (a, b) in pairs.items() if a != b]
    return found


# -- histories ---------------------------------------------------------------------------------------------------------

TICKET_SAYS = (
    "opened", "accepted", "accepted", "accepted", "on_site", "held", "held", "held", "restored", "restored", "closed",
    "cancelled", "delivered", "delivered", "gibberish", "retired", None, None, None,
)  # fmt: skip
CIRCUIT_SAYS = (
    "available", "unavailable", "unavailable", "degraded", "unknown", "gibberish", "held", "held", "accepted",
    "available", "unavailable", "unavailable", "degraded", "unknown", "gibberish", "held", "held", "accepted",
    "retired",
)  # fmt: skip


def history(rng: Random, law: Law, corrected: bool = False) -> History:
    """A subject's statements: what chooses terms changes with them, and several may be of one instant."""
    start = at = law.edge.replace(minute=0) - rng.randint(0, 40) * STEP
    said: list[Said] = []
    changes = rng.choice((0.1, 0.3, 0.6))
    dated = rng.choice((0.0, 0.2, 0.5))
    for number in range(rng.randint(1, 9)):
        at += rng.choice((0, 0, 1, 2, 3, 4, 6, 10)) * STEP
        status = rng.choice(CIRCUIT_SAYS if law.circuit else TICKET_SAYS)
        if number == 0 and not law.circuit and rng.random() < 0.6:
            status = "opened"
        reason = None
        if status == "held":
            reason = "planned_work" if law.circuit else rng.choice(("customer", "customer", "part"))
        opened_at = None
        if not law.circuit and rng.random() < 0.07:
            opened_at = start + rng.randint(-4, 4) * STEP
            opened_at = opened_at if number == 0 or opened_at < at else at - STEP  # an event states no later opening
        said.append(
            Said(at, f"e{number}", status, reason, not law.circuit and rng.random() < 0.25,
                 dict(_attributes(rng, changes, first=number == 0)), dict(_instants(rng, dated, start)), opened_at)
        )  # fmt: skip
    now = at + rng.randint(0, 12) * STEP
    said += _made(rng, law, said, now, corrected)
    steps = rng.sample(range(-4, int((now - start) / STEP) + 4), len(law.editions) - 1)
    moments = [start + step * STEP for step in sorted(steps)]
    if moments and rng.random() < 0.6:
        moments = sorted({*moments[1:], rng.choice(said).at})
        while len(moments) < len(law.editions) - 1:
            moments.append(moments[-1] + STEP)
    return History(law, (None, *moments), tuple(said), now)


def _attributes(rng: Random, changes: float, first: bool) -> Iterator[tuple[str, str]]:
    for name, words in VALUES.items():
        often = 0.8 if name == "tier" else 0.5
        if rng.random() < (often if first else changes if name == "tier" else changes / 3):
            yield name, rng.choice((*words, "platinum" if name in LADDERS else "Zeta"))


def _instants(rng: Random, often: float, start: datetime) -> Iterator[tuple[str, datetime | None]]:
    for name in INSTANTS:
        if rng.random() < (0.3 if name == "planned" else often):
            steps = rng.randint(0, 60) if name in ("planned", "agreed") else rng.randint(-4, 40)
            yield name, None if rng.random() < 0.15 else start + steps * STEP


def _made(rng: Random, law: Law, said: Sequence[Said], now: datetime, corrected: bool) -> Iterator[Said]:
    """What an operator writes at the end: that the subject is gone, what time counts, and that this was wrong."""
    if rng.random() < 0.15:
        gone = rng.choice((rng.choice(said).at, said[0].at + rng.randint(-2, 30) * STEP))
        yield Said(now, "c0", made=Made("retire", gone))
        if rng.random() < 0.2:
            yield Said(now, "c1", made=Made("revoke", revokes="c0"))
    if not corrected or rng.random() < 0.7:
        return
    names = ("", "", *law.editions[0].promises)
    start, span = said[0].at, max(2, int((now - said[0].at) / STEP))
    kinds = rng.sample(("stop", "exclude", "exclude", "count"), rng.choice((1, 1, 2, 3)))
    for number, kind in enumerate(sorted(kinds, key="stop exclude count".index), 2):
        one, other = sorted(rng.sample(range(-2, span + 2), 2))
        begin = rng.choice((start + one * STEP, start + one * STEP, rng.choice(said).at))
        end = None if kind == "stop" else max(begin, start + other * STEP) + STEP
        yield Said(now, f"c{number}", made=Made(kind, begin, end, rng.choice(names)))
    if rng.random() < 0.2:
        yield Said(now, "c9", made=Made("revoke", revokes="c2"))


def shown(promise: Promise) -> str:
    """A promise in one line."""
    return _shown(promise)
