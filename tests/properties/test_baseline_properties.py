"""A baseline and what comes after it are the whole (semantics 44): for random circuits, policies and instants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from alerts.decide import clock_alerts
from monitor.alert.alert import Alert, Settings
from monitor.clock.condensing import Condensed, condensed
from monitor.clock.engine import Outcome, Rulebook, Transition, advance
from monitor.clock.reading import Reading
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.history import baseline_from_json, baseline_to_json
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, SubjectKind
from tests.support.cases import MAPPING, MONDAY
from tests.support.histories import history
from tests.support.laws import VALUES, Law, law
from tests.support.oracle_law import STATES as TELLING
from tests.support.oracle_law import STEP, Promise, Said

HOUR = timedelta(hours=1)
POLICY = """
policy: line
version: "{version}"
effective_from: 2025-01-01
name: {{en: Line}}
ladders:
  tier:
    - {{id: diamond, en: Diamond}}
    - {{id: gold, en: Gold}}
    - {{id: standard, en: Standard}}
  assurance:
    - {{id: AAA, en: AAA}}
    - {{id: normal, en: Normal}}
calendars:
  always: {{zone: UTC, hours: 24x7}}
  office: {{zone: Europe/Berlin, hours: {{mon-fri: ["08:00-18:00"]}}}}
pause_reasons:
  customer: {{en: Customer}}
targets:
  outage:
    name: {{en: Outage}}
    of: circuit
    start: [{start}]
    stop: [available]
    pause: [customer]
    reopen: {reopen}
    on_change: {on_change}
    budgets:
      - {{when: {{tier: [diamond, gold]}}, budget: {budget}h, calendar: {calendar}, source: test}}
  interruption:
    name: {{en: Interruption}}
    of: circuit
    per: {per}
    start: [{start}]
    pause: [customer]
    on_change: {on_change}
    budgets:
      - {{when: {{tier: diamond}}, budget: {budget}h, calendar: {calendar}, source: test}}
      - {{when: {{tier: [gold, standard]}}, budget: 9h, calendar: {calendar}, source: test}}
  faults:
    name: {{en: Faults}}
    of: circuit
    per: {per}
    start: [unavailable]
    budgets:
      - {{when: {{tier: [diamond, gold]}}, budget: {times} times, source: test}}
stages:
  tier:
    diamond: [50%, 75%, 100%]
    gold: [75%, 100%]
    standard: []
"""
STATES = ("unavailable", "available") * 2 + ("degraded", "available", "unknown", "waiting", "working")


@lru_cache(maxsize=500)
def rulebook(text: str) -> Rulebook:
    policy = policy_file.build(yaml_file.parse(text, "line.yml"))
    return build_rulebook.rulebook(policy, {"circuits": MAPPING})


def written(rng: Random, version: str) -> str:
    return POLICY.format(
        version=version, start=rng.choice(("unavailable", "unavailable, degraded")), budget=rng.choice((1, 2, 5, 20)),
        reopen=rng.choice(("new_cycle", "new_cycle", "new_cycle", "resume", "never")), times=rng.randint(1, 4),
        on_change=rng.choice(("at_event", "at_start", "strictest")), per=rng.choice(("day", "week", "month", "year")),
        calendar=rng.choice(("always", "office")),
    )  # fmt: skip


@dataclass(frozen=True)
class Case:
    rules: Rulebook
    events: tuple[Event, ...]
    before: datetime
    looks: tuple[datetime, ...]


def case(rng: Random) -> Case:
    """A circuit with many outages, some changes of attributes, planned work and corrections."""
    begins = MONDAY
    rules = rulebook(written(rng, "1"))
    at, events = begins, []
    pace = rng.choice((2, 10, 40))
    for number in range(rng.randint(2, 40)):
        at += timedelta(minutes=30 * rng.randint(0 if rng.random() < 0.1 else 1, pace))
        status: str | None = rng.choice(STATES[: rng.choice((4, 4, 4, len(STATES)))])
        fields = {"tier": rng.choice(("diamond", "gold", "standard"))} if number == 0 or rng.random() < 0.05 else {}
        if rng.random() < 0.05:
            fields["team"] = rng.choice(("north", "south"))
        made = None
        if rng.random() < 0.03:
            start = at - rng.randint(1, 20) * HOUR
            made = Correction(CorrectionKind.EXCLUDE, "agreed", "Wei", start, start + rng.randint(1, 9) * HOUR)
            status, fields = None, {}
        reason = "customer" if status == "waiting" else None
        events.append(
            Event(
                "circuits", f"e{number:02}", SubjectKind.CIRCUIT, "X", at, 0, status, reason, False, None, fields, made
            )
        )
    before = begins + (at - begins) * rng.random()
    looks = sorted(before + (at + 20 * HOUR - before) * rng.random() for _ in range(3))
    return Case(rules, tuple(events), before, tuple(looks))


def after(whole: Outcome, made: Condensed) -> tuple[Reading, ...]:
    """The readings of the cycles that the baseline leaves, without what is said of the time before it."""
    over = made.baseline.cycles
    return tuple(since(one, made) for one in whole.readings if one.cycle > over.get(one.target.name, 0))


def since(reading: Reading, made: Condensed) -> Reading:
    """The reading with its intervals from the baseline on; why one before it began is not known any more."""
    at, before = made.baseline.at, {*made.gone, made.event.event_id}
    parts = []
    for part in reading.intervals:
        if part.end < at or part.start < at == part.end:
            continue
        if part.start < at:
            cuts = tuple(cut._replace(counted=cut.counted - part.counted) for cut in part.cuts)
            part = part._replace(start=at, counted=timedelta(0), cuts=cuts)
        parts.append(part._replace(because="", status=None) if part.because in before else part)
    return replace(reading, intervals=tuple(parts), calendar=None, row=None)


def known(happened: Sequence[Transition], made: Condensed) -> list[Transition]:
    """What happened, without the event that brought it where that was before the baseline."""
    before = {*made.gone, made.event.event_id}
    return [replace(one, because="") if one.because in before else one for one in happened]


def alerted(outcome: Outcome, known: Sequence[Alert], now: datetime) -> list[Alert]:
    return list(clock_alerts.decide(outcome, tuple(known), Settings("one", MONDAY), now))


def by_hand(whole: Outcome, part: Outcome, made: Condensed) -> None:
    assert tuple(since(one, made) for one in part.readings) == after(whole, made)
    assert part.subject.circuit_state == whole.subject.circuit_state
    assert part.subject.since == whole.subject.since
    assert part.subject.attributes == whole.subject.attributes
    assert part.look_again_at == whole.look_again_at


def judged_alike(one: Case, made: Condensed) -> None:
    """At each look what is judged of the baseline and the rest is what is judged of the whole."""
    at = made.baseline.at
    rest = [event for event in one.events if event.event_id not in made.gone]
    assume(not any(event.correction and event.correction.start and event.correction.start < at for event in rest))
    assume(not any(_moves_an_earlier_end(event.correction, rest) for event in rest))
    assert all(event.at >= at for event in rest)
    first = advance([event for event in one.events if event.at < at], (), one.rules, at)
    recorded: tuple[Transition, ...] = first.transitions
    alone: tuple[Transition, ...] = recorded
    pages: dict[str, Alert] = {alert.key: alert for alert in alerted(first, (), at)}
    also = dict(pages)
    for now in one.looks:
        if now < at:
            continue
        whole, part = (
            advance(one.events, recorded, one.rules, now),
            advance([made.event, *rest], alone, one.rules, now),
        )
        by_hand(whole, part, made)
        assert [each for each in known(whole.transitions, made) if each.at >= at] == known(part.transitions, made)
        recorded, alone = (*recorded, *whole.transitions), (*alone, *part.transitions)
        over = made.baseline.cycles
        news = [each for each in alerted(whole, tuple(pages.values()), now) if each.cycle > over.get(each.target, 0)]
        assert news == alerted(part, tuple(also.values()), now)
        pages |= {each.key: each for each in news}
        also |= {each.key: each for each in news}


def _moves_an_earlier_end(made: Correction | None, rest: Sequence[Event]) -> bool:
    """Whether a stop may be about an outage from before the baseline, which only the whole knows."""
    if made is None or made.kind is not CorrectionKind.STOP or made.start is None:
        return False
    return not any(event.status == "unavailable" and event.at < made.start for event in rest)


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1))
def test_a_baseline_and_the_rest_are_the_whole(seed: int) -> None:
    one = case(Random(seed))
    made = condensed(one.events, one.rules, one.before)
    assume(made is not None)
    assert made is not None
    event("condensed")
    assert baseline_from_json(baseline_to_json(made.baseline)) == made.baseline
    judged_alike(one, made)


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1))
def test_any_policy_is_condensed_rightly_or_not_at_all(seed: int) -> None:
    rng = Random(seed)
    one = of_law(rng)
    begins = min(event.at for event in one.events)
    for _ in range(5):
        made = condensed(one.events, one.rules, begins + (one.looks[-1] - begins) * rng.random())
        if made is not None:
            event("condensed")
            judged_alike(one, made)
            break


CALM = ("unavailable", "available", "unavailable", "available", "available", "degraded")


def of_law(rng: Random) -> Case:
    """Any policy of circuits that the oracle of clocks knows, mostly such as can be condensed."""
    loose = rng.random() < 0.1
    while not (asked := law(rng)).circuit or not (loose or all(map(_condenses, _promises(asked)))):
        pass
    told = history(rng, asked, corrected=rng.random() < 0.3)
    first, *later = told.said
    known = {name: rng.choice(words) for name, words in VALUES.items()}
    said = [*_outages(rng, first.at, known), _calmer(rng, first)]
    said += [one if one.made is not None or rng.random() < 0.03 else _calmer(rng, one) for one in later]
    told = replace(told, said=tuple(said))
    rules = copy(asked.rules)
    object.__setattr__(rules, "since", told.since)
    begins = min(one.at for one in told.events)
    before = begins + (told.now - begins) * rng.random()
    looks = sorted(before + (told.now - before) * rng.random() for _ in range(2))
    return Case(rules, tuple(told.events), before, (*looks, told.now))


def _promises(asked: Law) -> Iterator[Promise]:
    return (one for edition in asked.editions for one in edition.promises.values())


def _condenses(promise: Promise) -> bool:
    """Whether the past of a clock can be settled at all."""
    return not promise.pace if promise.per else promise.reopen == "new_cycle"


def _outages(rng: Random, until: datetime, known: Mapping[str, str]) -> Iterator[Said]:
    """What was said before *until*: every attribute, then some outages."""
    steps = [rng.choice((1, 2, 3, 10, 60)) for _ in range(2 * rng.randint(1, 5) + 1)]
    at = until - sum(steps) * STEP
    for number, step in enumerate(steps):
        yield Said(at, f"a{number}", ("available", "unavailable")[number % 2], attributes={} if number else known)
        at += step * STEP


def _calmer(rng: Random, said: Said) -> Said:
    """The same statement without the instants and words that only its event can say."""
    known = said.status in TELLING or said.status == "held"
    words = {name: word for name, word in said.attributes.items() if word in VALUES[name]}
    status = said.status if known and rng.random() < 0.4 else rng.choice(CALM)
    return replace(said, status=status, instants={}, reason=said.reason if status == "held" else None, attributes=words)
