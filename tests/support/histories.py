"""Random policies and random histories as sources tell them, from a seed, for the clock and for the oracle.

A policy is written as its file is, and read by the program; the oracle gets the same promises as plain values.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from random import Random

from monitor.clock.engine import Rulebook, advance
from monitor.clock.reading import Reading
from monitor.clock.timeline import Version as CourseVersion
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, Fact, SourceMapping, StatusRule
from monitor.model import CircuitState, Measure, OnChange, Period, Phase, SubjectKind
from monitor.policy.target import Stage, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support import oracle_allowances
from tests.support.calendars import HISTORY_CALENDARS, near_the_change
from tests.support.oracle_history import (
    STAGES,
    STATES,
    STEP,
    TIERS,
    WORDS,
    ZERO,
    Cycle,
    Promise,
    Said,
    Walk,
    deadline,
    walked,
)

H = timedelta(hours=1)
MAPPING = SourceMapping(
    statuses={word: StatusRule(Phase(word)) for word in sorted(WORDS)},
    reasons={word: word for word in ("customer", "part", "planned_work")},
    attributes={"tier": AttributeRule("tier")},
    circuit_states={state: CircuitState(state) for state in sorted(STATES | {"unknown"})},
    instants={"planned": "planned"},
)
Version = dict[str, Promise]
KINDS = (
    "plain", "plain", "plain", "days", "days ahead", "until closed",
    "delivered", "accept", "reset", "feedback", "at least", "ahead",
)  # fmt: skip
DAYS = ("days", "days ahead")


@dataclass(frozen=True)
class Law:
    """The versions of a policy, as the oracle and as the program has them."""

    versions: tuple[Version, ...]
    rules: Rulebook
    circuit: bool
    texts: tuple[str, ...] = ()
    """Each version as its file is written."""

    def calendar(self, promise: Promise) -> Calendar:
        """The time of the promise: of working days it is that of whole dates."""
        (working,) = self.rules.working_times.values()
        return working.dates.calendar if promise.days else working.calendar


@dataclass(frozen=True)
class History:
    """One subject's statements under a policy whose versions come into force at `since`."""

    law: Law
    since: tuple[datetime | None, ...]
    said: tuple[Said, ...]
    now: datetime

    @property
    def events(self) -> list[Event]:
        """What the source says, as events."""
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
        readings = self.readings()
        versions = list(zip(self.since, self.law.versions, strict=True))
        if not any(one.at <= self.now for one in self.said):
            return found
        for name, promise in self.law.versions[-1].items():
            own, calendar = [one for one in readings if one.target.name == name], self.law.calendar(promise)
            if promise.per:
                lines = oracle_allowances.differences(own, self._periods(name))
            else:
                lines = _compared(own, walked(name, versions, self.said, calendar, self.now), calendar, self.now)
            found += [f"{name}: {line}" for line in lines]
        return found

    def _periods(self, name: str) -> list[oracle_allowances.Walked]:
        """The periods of an allowance, walked; its terms are what each statement makes of them."""
        known = [one for one in self.said if one.at <= self.now]
        (working,) = self.law.rules.working_times.values()
        versions = []
        for since, promises in zip(self.since, self.law.versions, strict=True):
            walk = Walk([(since, promises[name])], known, working.calendar, self.now)
            terms = [_term(promises[name], walk.tier(-1), working, None)]
            for place, one in enumerate(known):
                if walk.tier(place) != terms[-1].tier:
                    terms.append(_term(promises[name], walk.tier(place), working, one))
            versions.append(CourseVersion(since, tuple(terms)))
        return oracle_allowances.Allowance(versions, STEP).walk(list(_states(known)), self.now)

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
        (working,) = self.law.rules.working_times.values()
        hours = working.calendar
        lines = [f"now {self.now:%Y-%m-%d %H:%M}, {hours.zone}, {'always' if hours.always else hours.weekly}"]
        for since, version in zip(self.since, self.law.versions, strict=True):
            lines.append(f"version since {since and since.strftime('%d %H:%M')}")
            lines += [f"  {_shown(promise)}" for promise in version.values()]
        lines += [f"{one.at:%d %H:%M} {_shown(one)}" for one in self.said]
        return "\n".join([*lines, *self.differences()])


def _shown(value: Promise | Said) -> str:
    """What a value has that is not the usual."""
    found = []
    for item in fields(value):
        said = getattr(value, item.name)
        if item.name == "figures":
            said = {tier: [f"{age}+ {budget}" for age, budget in rows] for tier, rows in said.items()}
        if said != item.default and item.name != "at":
            found.append(f"{item.name}={sorted(said) if isinstance(said, frozenset) else said}")
    return " ".join(found)


def _states(known: Sequence[Said]) -> Iterator[Fact]:
    """What is said of a circuit: its state, and what excuses it."""
    state, excuse = None, None
    for one in known:
        if one.status in STATES:
            state = CircuitState(one.status)
        elif one.status in WORDS:
            excuse = "planned_work" if one.status == "held" else None
        elif one.status is not None:
            state = CircuitState.UNKNOWN
        yield Fact(one.at, one.name, state if one.status is not None else None, excuse)


def _term(promise: Promise, tier: str, working: WorkingTime, said: Said | None) -> Term:
    rows = promise.figures.get(tier)
    target = None
    if rows:
        target = Target(
            promise.name, rows[-1][1], frozenset(CircuitState(state) for state in promise.start), frozenset(),
            promise.pause, on_change=OnChange(promise.on_change), period=Period(promise.per),
            measure=Measure.COUNT if promise.times else Measure.TIME,
            stages=tuple(Stage(name, share=share) for name, share in STAGES.get(tier, {}).items()),
        )  # fmt: skip
    because, since = ("", None) if said is None else (said.name, said.at)
    return Term(since, target, working if target else None, tier, because=because)


def _event(said: Said, kind: SubjectKind, number: int) -> Event:
    fields = {} if said.tier is None else {"tier": said.tier}
    if said.planned is not None:
        fields["planned"] = said.planned.isoformat()
    return Event(
        "tickets", said.name, kind, "X", said.at, number, said.status, said.reason, said.feedback, None, fields
    )


def _compared(readings: Sequence[Reading], cycles: Sequence[Cycle], calendar: Calendar, now: datetime) -> list[str]:
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
            "deadline": (reading.deadline, deadline(cycle, calendar, now)),
            "crossings": (sorted(crossings), sorted((at, name) for name, at in cycle.crossings)),
            "order": ([at for at, _ in crossings], sorted(at for at, _ in crossings)),
        }
        found += [f"cycle {cycle.number} {key}: {a}, walked {b}" for key, (a, b) in pairs.items() if a != b]
    return found


# -- policies ----------------------------------------------------------------------------------------------------------


def law(rng: Random) -> Law:
    """A policy of one to three versions, which differ in their figures."""
    circuit = rng.random() < 0.2
    calendar = rng.choice((HISTORY_CALENDARS[0], *HISTORY_CALENDARS))
    first = _outage(rng) if circuit else _tickets(rng)
    versions = [first]
    for _ in range(rng.choice((0, 0, 1, 2))):
        versions.append(
            {
                name: replace(p, figures=_figures(rng, p.at_least or p.days or p.times, p.circuit))
                for name, p in first.items()
            }
        )
    texts = tuple(_written(version, number, calendar) for number, version in enumerate(versions, 1))
    built = [policy_file.build(yaml_file.parse(text, "law.yml")) for text in texts]
    return Law(tuple(versions), build_rulebook.rulebook(built, {"tickets": MAPPING}), circuit, texts)


def _figures(rng: Random, times: bool = False, circuit: bool = False) -> dict[str, list[tuple[timedelta, timedelta]]]:
    found: dict[str, list[tuple[timedelta, timedelta]]] = {}
    for tier in TIERS:
        if rng.random() < 0.25:
            continue
        unit = timedelta(seconds=1) if times else H
        ages = [ZERO] if circuit else rng.choice(([ZERO], [ZERO], [ZERO], [ZERO, 3 * H], [2 * H]))
        found[tier] = [(age, rng.randint(1, 3 if times else 5) * unit) for age in ages]
    return found or {"gold": [(ZERO, timedelta(seconds=2) if times else 4 * H)]}


def _how(rng: Random) -> dict[str, object]:
    return {
        "resume": rng.random() < 0.6,
        "on_change": rng.choice(("at_event", "at_event", "at_start", "strictest")),
    }


def _tickets(rng: Random) -> Version:
    kind = rng.choice(KINDS)
    work = frozenset({"opened", "accepted", "held"})
    lists: dict[str, frozenset[str]] = {
        "start": rng.choice((work, work, frozenset({"opened", "accepted"}), frozenset({"accepted"}))),
        "stop": rng.choice((frozenset({"restored", "closed"}), frozenset({"restored"}))),
        "cancel": rng.choice((frozenset({"cancelled"}), frozenset({"cancelled"}), frozenset(), frozenset({"on_site"}))),
        "pause": rng.choice((frozenset({"customer"}), frozenset({"customer"}), frozenset())),
    }
    if kind == "until closed":
        lists |= {"start": work | {"restored"}, "stop": frozenset({"closed"})}
    elif kind == "delivered":
        lists["stop"] = frozenset({"delivered", "closed"})
    elif kind == "accept":
        lists |= {"start": frozenset({"opened"}), "pause": frozenset(), "cancel": frozenset({"cancelled"})}
        lists["stop"] = frozenset({"accepted", "held", "closed", "restored"})
    elif kind == "reset":
        lists |= {"reset": frozenset({"on_site", "accepted"}), "cancel": frozenset({"cancelled"})}
    elif kind in ("ahead", "days ahead"):
        lists |= {"stop": frozenset({"delivered"}), "pause": frozenset()}
    at_least, ahead = kind == "at least", kind in ("ahead", "days ahead")
    how = _how(rng)
    if ahead:
        how["resume"] = False
    main = Promise(
        "restore", figures=_figures(rng, at_least or kind in DAYS), days=kind in DAYS,
        recurring=kind == "feedback", at_least=at_least, ahead=ahead,
        **lists, **how,  # type: ignore[arg-type]
    )  # fmt: skip
    found = {"restore": main}
    if rng.random() < 0.5:
        found["report"] = _derived(rng, "report", "restore", frozenset({"delivered"}))
        if rng.random() < 0.3:
            found["answer"] = _derived(rng, "answer", "report", frozenset({"closed"}))
    return found


def _derived(rng: Random, name: str, other: str, stop: frozenset[str]) -> Promise:
    cancel = rng.choice(
        (frozenset({"cancelled"}), frozenset({"cancelled"}), frozenset({"cancelled", "on_site"}), frozenset())
    )
    days = rng.random() < 0.25
    return Promise(
        name, frozenset(), rng.choice((stop, stop, stop | {"restored"})), _figures(rng, days), days=days,
        pause=rng.choice((frozenset({"customer"}), frozenset())), cancel=cancel, begun_by=other,
        over=rng.choice((ZERO, ZERO, H, 3 * H)), **_how(rng),  # type: ignore[arg-type]
    )  # fmt: skip


def _outage(rng: Random) -> Version:
    start, stop = rng.choice(
        ((("unavailable",), ("available",)), (("unavailable",), ("available", "degraded")),
         (("unavailable", "degraded"), ("available",)))
    )  # fmt: skip
    if rng.random() < 0.5:
        down = rng.choice((("unavailable",), ("unavailable", "degraded")))
        times = rng.random() < 0.4
        one = Promise(
            "outage", frozenset(down), frozenset(), _figures(rng, times, circuit=True), times=times, circuit=True,
            pause=frozenset({"planned_work"}), cancel=frozenset(), per=rng.choice(("day", "week", "month")),
            on_change=rng.choice(("at_event", "at_event", "at_start", "strictest")),
        )  # fmt: skip
        return {"outage": one}
    one = Promise(
        "outage", frozenset(start), frozenset(stop), _figures(rng, circuit=True), pause=frozenset({"planned_work"}),
        cancel=frozenset(), circuit=True, **_how(rng),  # type: ignore[arg-type]
    )  # fmt: skip
    return {"outage": one}


def _written(version: Version, number: int, calendar: str) -> str:
    """The policy as its file says it."""
    stages = "".join(
        f"    {tier}: [{', '.join(f'{round(share * 100)}%' for share in of.values())}]\n" for tier, of in STAGES.items()
    )
    ladder = "".join(f"    - {{id: {tier}, en: {tier}}}\n" for tier in TIERS)
    head = (
        f"policy: law\nversion: '{number}'\neffective_from: 2020-01-0{number}\nname: {{en: Law}}\nladders:\n  tier:\n"
        f"{ladder}stages:\n  tier:\n{stages}calendars:\n  hours: {calendar}\npause_reasons:\n  customer: {{en: C}}\n"
        "  part: {en: P}\n  planned_work: {en: W}\ntargets:\n"
    )
    return head + "".join(_target(promise) for promise in version.values())


def _target(promise: Promise) -> str:
    lists = {key: getattr(promise, key) for key in ("start", "stop", "cancel", "reset", "pause")}
    lines = [f"name: {{en: {promise.name}}}", "calendar: hours", f"on_change: {promise.on_change}"]
    lines += [
        f"{key}: [{', '.join(sorted(listed))}]"
        for key, listed in lists.items()
        if listed or (key == "cancel" and not promise.circuit)
    ]
    lines += ["of: circuit"] if promise.circuit else []
    lines += ["recurring: true"] if promise.recurring else []
    lines += ["at_least: true"] if promise.at_least else []
    lines += [f"per: {promise.per}"] if promise.per else []
    lines += ["ahead_of: planned"] if promise.ahead else [f"reopen: {'resume' if promise.resume else 'new_cycle'}"]
    if promise.begun_by:
        over = f", over: {promise.over // STEP * 30}m" if promise.over else ""
        lines.append(f"started_by: {{target: {promise.begun_by}{over}}}")
    lines.append("budgets:")
    for tier, rows in promise.figures.items():
        for age, budget in rows:
            amount = f"{budget.seconds} times" if promise.at_least or promise.times else f"{budget // STEP * 30}m"
            amount = f"{budget.seconds}wd" if promise.days else amount
            after = f", after: {age // STEP * 30}m" if age else ""
            lines.append(f"  - {{when: {{tier: {tier}}}, budget: {amount}{after}, source: test}}")
    return f"  {promise.name}:\n" + "".join(f"    {line}\n" for line in lines)


# -- histories ---------------------------------------------------------------------------------------------------------

TICKET_SAYS = (
    "opened", "accepted", "accepted", "accepted", "on_site", "held", "held", "held", "restored", "restored", "closed",
    "cancelled", "delivered", "delivered", "gibberish", None, None, None,
)  # fmt: skip
CIRCUIT_SAYS = (
    "available",
    "unavailable",
    "unavailable",
    "degraded",
    "unknown",
    "gibberish",
    "held",
    "held",
    "accepted",
)


def history(rng: Random, law: Law) -> History:
    """A subject's statements: tiers change with them, and several may be of one instant."""
    edge = rng.choice(near_the_change())
    start = at = edge.replace(minute=0) - rng.randint(0, 40) * STEP
    said: list[Said] = []
    changes = rng.choice((0.1, 0.3, 0.6))
    for number in range(rng.randint(1, 9)):
        at += rng.choice((0, 0, 1, 2, 3, 4, 6, 10)) * STEP
        status = rng.choice(CIRCUIT_SAYS if law.circuit else TICKET_SAYS)
        if number == 0 and not law.circuit and rng.random() < 0.6:
            status = "opened"
        reason = None
        if status == "held":
            reason = "planned_work" if law.circuit else rng.choice(("customer", "customer", "part"))
        tier = rng.choice((*TIERS, "platinum")) if rng.random() < (0.8 if number == 0 else changes) else None
        planned = start + rng.randint(0, 60) * STEP if rng.random() < 0.3 else None
        said.append(Said(at, f"e{number}", status, reason, not law.circuit and rng.random() < 0.25, tier, planned))
    now = at + rng.randint(0, 12) * STEP
    steps = rng.sample(range(-4, int((now - start) / STEP) + 4), len(law.versions) - 1)
    moments = [start + step * STEP for step in sorted(steps)]
    if moments and rng.random() < 0.6:
        moments = sorted({*moments[1:], rng.choice(said).at})
        while len(moments) < len(law.versions) - 1:
            moments.append(moments[-1] + STEP)
    return History(law, (None, *moments), tuple(said), now)
