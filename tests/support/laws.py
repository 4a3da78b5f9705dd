"""Random policies from a seed: as their files are written, and as the oracle has them.

They mix what a policy can say: rows by any attribute, by age, by the time of opening and until an agreed date;
calendars with shifts, seasons, dates of every year and half days; stages of two ladders; instants of the policy's own;
clocks that others begin, that are never reopened, that are counted back; guarded periods; versions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from monitor.clock.engine import Rulebook
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import CircuitState, Opening, Phase
from tests.support.calendars import near_the_change
from tests.support.law_text import written
from tests.support.oracle_calendar import DAY, Season, Written
from tests.support.oracle_law import (
    OWN_INSTANTS,
    STATES,
    STEP,
    TIERS,
    URGENCIES,
    WORDS,
    ZERO,
    Edition,
    Guard,
    Promise,
    Row,
    Stage,
    Time,
    Words,
)

H = timedelta(hours=1)
VALUES: Mapping[str, tuple[str, ...]] = {
    "tier": TIERS, "urgency": URGENCIES, "customer": ("Acme", "Bolt"), "team": ("core", "field"),
    "site": ("North", "South"), "ward": ("w1", "w2"),
}  # fmt: skip
"""What rows ask for; `ward` is an attribute of the policy's own, and an urgency has a ladder."""

INSTANTS = ("planned", "detected", "agreed", *OWN_INSTANTS)
MAPPING = SourceMapping(
    statuses={word: StatusRule(Phase(word)) for word in sorted(WORDS | {"retired"})},
    reasons={word: word for word in ("customer", "part", "planned_work")},
    attributes={name: AttributeRule(name) for name in VALUES},
    circuit_states={state: CircuitState(state) for state in sorted(STATES | {"unknown"})},
    instants={name: name for name in INSTANTS},
)
KINDS = (
    "plain", "plain", "plain", "plain", "days", "days ahead", "until closed", "agreed", "agreed",
    "delivered", "accept", "reset", "feedback", "at least", "ahead", "from an instant", "to an instant",
)  # fmt: skip


@dataclass(frozen=True)
class Law:
    """The versions of a policy, as the oracle and as the program has them."""

    editions: tuple[Edition, ...]
    calendars: Mapping[str, Written]
    circuit: bool
    believed: bool
    texts: tuple[str, ...]
    edge: datetime
    """About when its histories lie."""

    @cached_property
    def rules(self) -> Rulebook:
        """What the program makes of it."""
        with TemporaryDirectory() as folder:
            half = self.calendars["hours"]
            (Path(folder) / "half.ics").write_text(half.feed(), encoding="utf-8")
            built = [
                policy_file.build(yaml_file.parse(text, "law.yml"), folder=Path(folder)) for text in self.texts
            ]  # fmt: skip
        opening = Opening.BELIEVED if self.believed else Opening.IGNORED
        return build_rulebook.rulebook(built, {"tickets": replace(MAPPING, opened_at=opening)})

    @cached_property
    def times(self) -> dict[str, Time]:
        """The calendars of the oracle."""
        return {name: Time(calendar) for name, calendar in self.calendars.items()}


def law(rng: Random, plain: bool = False) -> Law:
    """A policy of one to three versions, which differ in their rows.

    With *plain* it has nothing that a recording has no place for: no files, and openings are believed.
    """
    edge = rng.choice(near_the_change())
    circuit = rng.random() < 0.2
    calendars = {
        "always": Written("UTC", ALWAYS),
        "hours": _calendar(rng, edge, plain, circuit),
        "other": _simple(rng),
    }
    kind = "outage" if circuit else rng.choice(KINDS)
    first = _outage(rng) if circuit else _tickets(rng, kind)
    stages = _stages(rng)
    promises = [first]
    for _ in range(rng.choice((0, 0, 1, 2))):
        promises.append({name: _with_rows(rng, one, any(row.until for row in one.rows)) for name, one in first.items()})
    guarded = rng.randrange(len(promises))
    editions = [
        Edition(one, stages, _shorter(_guards(rng, edge, one), one) if number == guarded else ())
        for number, one in enumerate(promises)
    ]
    if editions[0].guards and len(editions) > 1 and rng.random() < 0.5:  # of one name the newest version's counts
        again = replace(editions[0].guards[0], since=edge - 4 * H, until=edge + rng.randint(1, 30) * STEP)
        editions[-1] = replace(editions[-1], guards=_shorter((again, *editions[-1].guards[1:]), promises[-1]))
    texts = tuple(written(one, number, calendars) for number, one in enumerate(editions, 1))
    return Law(tuple(editions), calendars, circuit, plain or rng.random() < 0.8, texts, edge)


# -- calendars -----------------------------------------------------------------------------------------------------

ALWAYS = dict.fromkeys(range(7), ((0, 0),))


def _at(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _hours(days: Sequence[int], *spans: str) -> dict[int, tuple[tuple[int, int], ...]]:
    return dict.fromkeys(days, tuple((_at(span[:5]), _at(span[6:])) for span in spans))


WEEK, WORKDAYS = range(7), range(5)
HOURS = (
    ("UTC", ALWAYS),
    ("Europe/Berlin", _hours(WORKDAYS, "08:00-12:00", "13:00-17:30")),
    ("Asia/Shanghai", _hours(WEEK, "08:00-12:00", "13:00-17:30")),
    ("Europe/Berlin", _hours(WEEK, "01:00-02:30", "08:00-17:00")),
    ("America/New_York", _hours(WEEK, "01:30-04:00", "10:00-18:00")),
    ("Australia/Lord_Howe", _hours(WEEK, "01:30-02:00", "03:00-05:30", "09:00-17:00")),
    ("Asia/Shanghai", _hours(WORKDAYS, "22:00-06:00")),
    ("Europe/Berlin", _hours(range(6), "21:30-05:30")),
    ("Africa/Cairo", _hours((6, 0, 1, 2, 3), "09:00-17:00")),
)


def _simple(rng: Random) -> Written:
    zone, hours = rng.choice(HOURS)
    return Written(zone, hours, stride=STEP)


def _calendar(rng: Random, edge: datetime, plain: bool, circuit: bool) -> Written:
    """A calendar with what a year brings, about an instant."""
    zone, hours = rng.choice((HOURS[0], *HOURS))
    if hours is ALWAYS:
        return Written(zone, hours, stride=STEP)
    days = [edge.date() + n * DAY for n in range(-2, 4)]
    night = any(b < a for spans in hours.values() for a, b in spans)
    seasons: list[Season] = []
    if rng.random() < 0.4 and not (night and circuit):
        begin = rng.choice(days)
        other = _hours(WEEK, "20:00-04:00") if night else rng.choice((_hours(WEEK, "06:30-13:00"), ALWAYS))
        seasons.append(Season(f"{begin:%m-%d}", f"{begin + rng.randint(0, 100) * DAY:%m-%d}", other))
        if rng.random() < 0.4:
            begin = rng.choice(days)
            shorter = _hours(WEEK, "10:00-15:00")
            seasons.append(Season(f"{begin}", f"{begin + rng.randint(0, 3) * DAY}", shorter))
    every_year: dict[str, Sequence[tuple[int, int]]] = {}
    if rng.random() < 0.4:
        every_year[f"{rng.choice(days):%m-%d}"] = rng.choice(((), ((720, 840),)))
    closed = frozenset(rng.sample(days, rng.choice((0, 0, 1))))
    half_days = []
    for _ in range(0 if plain else rng.choice((0, 0, 0, 1, 2))):
        start = datetime.combine(rng.choice(days), time(0), UTC) + rng.randint(0, 47) * STEP
        half_days.append((start, start + rng.randint(2, 20) * STEP))
    by_end = night and rng.random() < 0.3
    return Written(zone, hours, closed, by_end, tuple(seasons), every_year, tuple(half_days), stride=STEP)


# -- rows ----------------------------------------------------------------------------------------------------------


def _rows(rng: Random, promise: Promise, agreed: bool = False) -> tuple[Row, ...]:
    """Rows of figures: those of the tier, with rows above them for single customers, dates and times of opening."""
    below = [row for tier in TIERS if rng.random() > 0.25 for row in _of_tier(rng, promise, tier)]
    below = below or _of_tier(rng, promise, "gold")
    if rng.random() < 0.3:
        below.append(_row(rng, promise, {}))
    above: list[Row] = []
    counted = promise.at_least or promise.times
    if rng.random() < 0.35:
        above.append(_row(rng, promise, _asked(rng)))
    dated = promise.begun_by or not (promise.recurring or promise.ahead or counted or promise.circuit)
    if not counted and not promise.circuit and rng.random() < 0.25:
        key = rng.choice(("opened_in", "opened_outside"))
        when = {} if rng.random() < 0.4 else _asked(rng)
        above.append(replace(_row(rng, promise, when), **{key: "other"}))  # type: ignore[arg-type]
    if dated and promise.on_change != "strictest" and rng.random() < (0.8 if agreed else 0.15):
        when = {} if rng.random() < 0.6 else _asked(rng)
        above.insert(0, Row(when=when, until=rng.choice(("agreed", "agreed", "planned", "told"))))
    return (*above, *below)


def _asked(rng: Random) -> Words:
    names = rng.sample(("customer", "team", "site", "ward", "urgency", "tier"), rng.choice((1, 1, 2)))
    return {name: frozenset(rng.sample(VALUES[name], rng.choice((1, 1, 2)))) for name in names}


def _of_tier(rng: Random, promise: Promise, tier: str) -> list[Row]:
    ages = [ZERO] if promise.circuit else rng.choice(([ZERO], [ZERO], [ZERO], [ZERO, 3 * H], [2 * H]))
    when: Words = {"tier": frozenset({tier})}
    return [replace(_row(rng, promise, when), after=age) for age in ages]


def _row(rng: Random, promise: Promise, when: Words) -> Row:
    if promise.at_least or promise.times:
        return Row(rng.randint(1, 3) * timedelta(seconds=1), when)
    calendar = "other" if not promise.per and rng.random() < 0.12 else ""
    if promise.last_day != "same_time" or promise.name.endswith("days"):
        ending = promise.last_day != "same_time" and not promise.ahead
        return Row(when=when, days=rng.randint(0 if ending else 1, 4), calendar=calendar)
    return Row(rng.randint(1, 5) * H, when, calendar=calendar)


# -- stages and guarded periods ------------------------------------------------------------------------------------

SHARES = tuple(Stage(f"{share}%", f"used_{share}", share / 100) for share in (50, 75, 90))
LEFT = (Stage("1h left", "left_1h", left=H), Stage("30m left", "left_30m", left=H / 2))
WALL = (Stage("1h wall left", "wall_1h", wall=H), Stage("14h wall left", "wall_14h", wall=14 * H))


def _stages(rng: Random) -> dict[str, dict[str, tuple[Stage, ...]]]:
    every = (*SHARES, *LEFT, *WALL)
    found = {"tier": {tier: tuple(rng.sample(every, rng.choice((0, 1, 2)))) for tier in ("diamond", "gold")}}
    if rng.random() < 0.5:
        found["urgency"] = {"A": tuple(rng.sample(every, rng.choice((1, 2))))}
    return found


def _guards(rng: Random, edge: datetime, promises: Mapping[str, Promise]) -> tuple[Guard, ...]:
    circuit = any(one.circuit for one in promises.values())
    found = []
    for number in range(rng.choice((0, 0, 1, 1, 2))):
        since = edge.replace(minute=0) + rng.randint(-40, 20) * STEP
        names = ("customer", "site", "tier", "urgency", *(("circuit", "circuit") if circuit else ()))
        who: dict[str, frozenset[str]] = {}
        for name in rng.sample(sorted(set(names)), rng.choice((1, 1, 2))):
            who[name] = frozenset({"X"}) if name == "circuit" else frozenset(rng.sample(VALUES[name], 1))
        budgets = {
            name: rng.randint(1, 6) * STEP
            for name, one in promises.items()
            if rng.random() < 0.5 and not (one.per or one.ahead or one.at_least)
        }
        stages = tuple(rng.sample((*SHARES, *LEFT, *WALL), 2)) if rng.random() < 0.4 else ()
        tier = rng.choice(TIERS[:3]) if rng.random() < 0.6 or not (budgets or stages) else ""
        found.append(Guard(f"g{number}", since, since + rng.randint(1, 40) * STEP, who, tier, stages, budgets))
    return tuple(found)


def _shorter(guards: Sequence[Guard], promises: Mapping[str, Promise]) -> tuple[Guard, ...]:
    """The guarded periods, with no figure longer than what its target allows anybody, which a file may not have."""
    return tuple(
        replace(
            one, budgets={name: min(budget, _longest(promises[name], budget)) for name, budget in one.budgets.items()}
        )
        for one in guards
    )


def _longest(promise: Promise, otherwise: timedelta) -> timedelta:
    """The longest figure of a promise; *otherwise* where one is a date, in working days or of another calendar."""
    if any(row.until or row.days is not None or row.calendar for row in promise.rows):
        return otherwise
    return max(row.budget for row in promise.rows)


# -- targets -------------------------------------------------------------------------------------------------------


def _how(rng: Random) -> dict[str, str]:
    return {
        "reopen": rng.choice(("resume", "resume", "new_cycle", "never")),
        "on_change": rng.choice(("at_event", "at_event", "at_start", "strictest")),
    }


def _with_rows(rng: Random, promise: Promise, agreed: bool = False) -> Promise:
    return replace(promise, rows=_rows(rng, promise, agreed))


def _lists(rng: Random, kind: str) -> dict[str, frozenset[str]]:
    """What begins, ends, resets and suspends the clock of a kind."""
    work = frozenset({"opened", "accepted", "held"})
    lists: dict[str, frozenset[str]] = {
        "start": rng.choice((work, work, frozenset({"opened", "accepted"}), frozenset({"accepted"}))),
        "stop": rng.choice((frozenset({"restored", "closed"}), frozenset({"restored"}))),
        "cancel": rng.choice((frozenset({"cancelled"}), frozenset({"cancelled"}), frozenset(), frozenset({"on_site"}))),
        "pause": rng.choice((frozenset({"customer"}), frozenset({"customer"}), frozenset())),
    }
    usual = frozenset({"cancelled"})
    resets = frozenset({"on_site", "accepted"}) | ({"phoned"} if rng.random() < 0.3 else frozenset())
    others: dict[str, dict[str, frozenset[str]]] = {
        "until closed": {"start": work | {"restored"}, "stop": frozenset({"closed"})},
        "delivered": {"stop": frozenset({"delivered", "closed"})},
        "accept": {
            "start": frozenset({"opened"}), "pause": frozenset(), "cancel": usual,
            "stop": frozenset({"accepted", "held", "closed", "restored"}),
        },
        "reset": {"reset": resets, "cancel": usual},
        "ahead": {"stop": frozenset({"delivered"}), "pause": frozenset()},
        "from an instant": {"start": rng.choice((frozenset({"diagnosed"}), frozenset({"diagnosed", "accepted"})))},
        "to an instant": {"stop": rng.choice((frozenset({"told"}), frozenset({"told", "restored"})))},
    }  # fmt: skip
    return lists | others.get(kind.removeprefix("days "), {})


def _tickets(rng: Random, kind: str) -> dict[str, Promise]:
    lists, how = _lists(rng, kind), _how(rng)
    days, ahead = kind.startswith("days"), kind.endswith("ahead")
    if ahead or (kind == "feedback" and how["reopen"] == "never"):
        how["reopen"] = "new_cycle"
    main = Promise(
        "restore_days" if days else "restore", recurring=kind == "feedback", at_least=kind == "at least", ahead=ahead,
        last_day=rng.choice(("same_time", "close_of_business", "end_of_day")) if days else "same_time",
        begins=rng.choice(((), ("detected",), ("detected", "phoned"))) if "opened" in lists["start"] else (),
        unless=_asked(rng) if rng.random() < 0.15 else {}, **lists, **how,  # type: ignore[arg-type]
    )  # fmt: skip
    found = {main.name: _with_rows(rng, main, kind == "agreed")}
    if rng.random() < 0.5:
        found["report"] = _derived(rng, "report", main.name, frozenset({"delivered"}))
        if rng.random() < 0.3:
            found["answer"] = _derived(rng, "answer", "report", frozenset({"closed"}))
    return found


def _derived(rng: Random, name: str, other: str, stop: frozenset[str]) -> Promise:
    cancel = rng.choice(
        (frozenset({"cancelled"}), frozenset({"cancelled"}), frozenset({"cancelled", "on_site"}), frozenset())
    )
    more = rng.choice((frozenset(), frozenset(), frozenset({"restored"}), frozenset({"told"})))
    found = Promise(
        name, frozenset(), stop | more, pause=rng.choice((frozenset({"customer"}), frozenset())), cancel=cancel,
        begun_by=other, over=rng.choice((ZERO, ZERO, H, 3 * H)),
        last_day=rng.choice(("same_time", "same_time", "same_time", "close_of_business")), **_how(rng),
    )  # fmt: skip
    return _with_rows(rng, found)


def _outage(rng: Random) -> dict[str, Promise]:
    start, stop = rng.choice(
        ((("unavailable",), ("available",)), (("unavailable",), ("available", "degraded")),
         (("unavailable", "degraded"), ("available",)))
    )  # fmt: skip
    if rng.random() < 0.5:
        down = rng.choice((("unavailable",), ("unavailable", "degraded")))
        times = rng.random() < 0.4
        one = Promise(
            "outage", frozenset(down), frozenset(), times=times, circuit=True, pace=not times and rng.random() < 0.6,
            pause=frozenset({"planned_work"}), cancel=frozenset(), per=rng.choice(("day", "week", "month")),
            on_change=rng.choice(("at_event", "at_event", "at_start", "strictest")),
        )  # fmt: skip
    else:
        one = Promise(
            "outage", frozenset(start), frozenset(stop), pause=frozenset({"planned_work"}), cancel=frozenset(),
            circuit=True, **_how(rng),  # type: ignore[arg-type]
        )  # fmt: skip
    return {"outage": _with_rows(rng, one)}
