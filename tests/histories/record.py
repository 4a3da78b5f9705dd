"""Record what a release reads: `python -m tests.histories.record 0.1`, as the last step before a release.

Writes `tests/histories/RELEASE/`: some 300 histories from seeds, each with the readings that the present code gives.
They are tickets, circuits with outages and allowances, and planned changes; under random policies of several versions
in zones that change their clocks, under a policy with agreements, and under the shipped policies; with changes of
tier, words that nobody understands, repeated local hours and corrections. A recording is written once. Before its
release is out, `--again` replaces it; afterwards it is never changed: `tests/histories/changes.yml` is the place for
what a later release reads otherwise.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from random import Random

import monitor
from monitor.clock import Rulebook
from monitor.config import policy_file
from monitor.history import ATTRIBUTES, INSTANTS, Correction, Event
from monitor.model import MEMBER_KINDS, CircuitState, CorrectionKind, Phase, SubjectKind
from tests.histories import recording
from tests.histories.recording import Recorded, Rules
from tests.support import histories as random_histories
from tests.support.laws import MAPPING as LAW_MAPPING
from tests.support.laws import law as random_law

LAWS, OF_A_LAW, OF_A_POLICY = 56, 3, 18
DRAWS = 6
"""How often a history is drawn until some clock runs in it; a few in which none does are kept."""

STEP = timedelta(minutes=15)
FIRST = datetime(2025, 4, 28, tzinfo=UTC)
"""The shipped policies are recorded about the holidays of May 2025: they are in every list of holidays there is."""

AGREEMENTS = """\
policy: agreements
version: '1'
effective_from: 2020-01-01
name: {en: Agreements}
ladders:
  tier: [{id: diamond, en: Diamond}, {id: gold, en: Gold}, {id: silver, en: Silver}]
  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]
calendars:
  hours: {zone: Europe/Berlin, hours: {mon-sat: ['01:30-12:00', '13:00-22:30']}, holidays: [2025-05-01]}
pause_reasons:
  customer: {en: Customer}
inherit:
  - {when: {far_tier: diamond}, tier: diamond}
targets:
  restore:
    name: {en: Restore}
    calendar: hours
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    budgets:
      - {when: {tier: diamond}, budget: 4h, source: test}
      - {when: {tier: [gold, silver]}, budget: 8h, source: test}
  clear:
    name: {en: Clear}
    calendar: hours
    start: [opened, accepted, held, restored]
    stop: [closed]
    on_change: strictest
    reopen: new_cycle
    budgets: [{budget: 3wd, source: test}]
agreements:
  - {kind: OLA, party: core, supports: restore, budgets: [{budget: 1h, source: test}]}
  - {kind: UC, party: Digger, supports: restore, budgets: [{budget: 2h, source: test}]}
"""

MAPPING = {
    "statuses": {phase.value: phase.value for phase in Phase if phase is not Phase.UNKNOWN},
    "reasons": {},
    "attributes": {name: name for name in ATTRIBUTES},
    "circuit_states": {state.value: state.value for state in CircuitState},
    "instants": {name: name for name in INSTANTS},
}
RANDOM_MAPPING = {
    "statuses": {word: rule.phase.value for word, rule in LAW_MAPPING.statuses.items()},
    "reasons": dict(LAW_MAPPING.reasons),
    "attributes": {name: rule.field for name, rule in LAW_MAPPING.attributes.items()},
    "circuit_states": {word: state.value for word, state in LAW_MAPPING.circuit_states.items()},
    "instants": dict(LAW_MAPPING.instants),
}


def of_random_policies(laws: int = LAWS, each: int = OF_A_LAW) -> Iterator[tuple[Rules, list[Recorded]]]:
    """Histories under policies that a seed makes; about every third is corrected."""
    for seed in range(laws):
        rng = Random(seed)
        law = random_law(rng, plain=True)
        rules = Rules(f"random-{seed}", law.texts, RANDOM_MAPPING)
        found = []
        for number in range(each):
            for _ in range(DRAWS):
                one = random_histories.history(rng, law)
                if one.readings():
                    break
            events = tuple(one.events)
            if rng.random() < 0.35:
                events = (*events, *corrections(rng, events, one.now))
            found.append(Recorded(f"random-{seed}-{number}", rules.name, one.since, one.now, events))
        yield rules, found


def of_policies(each: int = OF_A_POLICY) -> Iterator[tuple[Rules, list[Recorded]]]:
    """Histories under the shipped policies, and under one with agreements."""
    folder = resources.files("monitor") / "shipped"
    texts = {"agreements": AGREEMENTS}
    texts |= {name: (folder / f"{name}.yml").read_text(encoding="utf-8") for name in policy_file.shipped()}
    for place, (name, text) in enumerate(texts.items()):
        rules = Rules(name, (text.replace("zone: site", "zone: Asia/Shanghai"),), MAPPING)
        rng, book = Random(1000 + place), rules.rulebook("desk")
        kinds = sorted({rule.of for rule in book.rules} & set(MEMBER_KINDS))  # tickets come twice as often
        found = []
        for number in range(each):
            kind = [SubjectKind.TICKET, *kinds][number % (len(kinds) + 1)]
            for _ in range(DRAWS):
                events, now = _told(rng, kind, book)
                one = Recorded(f"{name}-{kind}-{number}", rules.name, None, now, events)
                if one.read(book):
                    break
            found.append(one)
        yield rules, found


def _told(rng: Random, kind: SubjectKind, rules: Rulebook) -> tuple[tuple[Event, ...], datetime]:
    """What a source says of one subject, in the policy's own words, and the instant of the reading."""
    at = FIRST + rng.randint(0, 6 * 96) * STEP
    opened = at - rng.randint(0, 8) * STEP if kind is SubjectKind.TICKET and rng.random() < 0.3 else None
    stride = 24 if kind is not SubjectKind.TICKET else rng.choice((4, 4, 12, 40))
    events: list[Event] = []
    for number in range(rng.randint(2, 8)):
        said = _status(rng, kind, number)
        reason = rng.choice(sorted(rules.policy.reasons) or ["nothing"]) if said == "held" else None
        fields = _fields(rng, rules, kind, at, first=number == 0)
        feedback = kind is SubjectKind.TICKET and rng.random() < 0.2
        doubt = at + timedelta(hours=1) if rng.random() < 0.05 else None
        sequence = number if rng.random() < 0.5 else 0
        events.append(
            Event("desk", f"e{number}", kind, "S1", at, sequence, said, reason, feedback, opened, fields, or_at=doubt)
        )
        at += rng.randint(0, stride) * STEP
    now = at + rng.randint(0, stride) * STEP
    if rng.random() < 0.3:
        events += corrections(rng, tuple(events), now)
    return tuple(events), now


def _status(rng: Random, kind: SubjectKind, number: int) -> str | None:
    if kind is SubjectKind.CIRCUIT:
        return rng.choice(("available", "unavailable", "unavailable", "degraded", "unknown", "held", "lost"))
    if number == 0:
        return "opened"
    return rng.choice(
        ("accepted", "accepted", "on_site", "held", "held", "restored", "restored", "closed", "delivered", "cancelled",
         "gone", None, None)
    )  # fmt: skip


def _fields(rng: Random, rules: Rulebook, kind: SubjectKind, at: datetime, first: bool) -> dict[str, str]:
    """Attributes and instants; most are said with the first event, some change."""
    fields = {}
    for name in ATTRIBUTES:
        words = rules.words.words(name)
        if words and rng.random() < (0.75 if first else 0.12):
            fields[name] = rng.choice((*words, *words, "nobody's"))
    if first or rng.random() < 0.1:
        for name in INSTANTS:
            if rng.random() < (0.9 if name == "planned" and kind is SubjectKind.CHANGE else 0.3):
                ahead = rng.randint(0, 400) if name == "planned" else -rng.randint(0, 6)
                fields[name] = (at + ahead * STEP).isoformat()
    return fields


def corrections(rng: Random, events: tuple[Event, ...], now: datetime) -> list[Event]:
    """One to three corrections of a history, made at *now*."""
    start = events[0].at
    first = events[0]
    span = max(2, int((now - start) / STEP))
    found: list[Event] = []
    for number in range(rng.randint(1, 3)):
        kind = rng.choice([*CorrectionKind][:3] if not found else [*CorrectionKind])
        one, other = sorted(rng.sample(range(span + 1), 2))
        said = Correction(kind, "flood", "wang", start + one * STEP)
        if kind is CorrectionKind.REVOKE:
            said = Correction(kind, "not there", "li", revokes=found[0].event_id)
        elif kind is not CorrectionKind.STOP:
            said = replace(said, end=start + other * STEP)
        found.append(Event(first.source, f"c{number}", first.kind, first.subject, now, number, correction=said))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("release", help="the release, as its first two numbers: 0.1")
    parser.add_argument("--again", action="store_true", help="replace the recording of a release that is not out yet")
    asked = parser.parse_args()
    if not f"{monitor.__version__}.".startswith(f"{asked.release}."):
        parser.error(f"this is {monitor.__version__}; a recording has the readings of the release that makes it")
    if asked.release in recording.releases() and not asked.again:
        parser.error(f"{asked.release} is recorded; a recording is not changed. If it is not released yet, add --again")
    made = [*of_random_policies(), *of_policies()]
    release = recording.record(asked.release, (rules for rules, _ in made), (one for _, some in made for one in some))
    folder = recording.write(release)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {len(release.histories)} histories under {len(release.rules)} sets of rules, {size:,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
