"""A pause reason is a name and nothing else: whatever word a policy takes for it, the clocks are the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from monitor.clock import derived_starts, ticket_clock
from monitor.clock.engine import Rulebook
from monitor.clock.reading import Interval, Reading
from monitor.clock.timeline import Version
from monitor.history.events import Correction, Event
from monitor.history.mapping import Fact
from monitor.model import CorrectionKind, Life, Phase, SubjectKind
from monitor.policy.target import Target
from tests.monitor.clock.test_derived_starts import ALWAYS, ANSWER, REPORT, RESTORE, H, policy
from tests.properties import test_correction_properties as of_corrections
from tests.properties.test_correction_properties import Case
from tests.properties.test_engine_properties import histories
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.explanations import explain_json
from tests.support.texts import exchanged

MARKS = ("corrected", "ended:corrected", "begun", "undone")
"""Words by which a correction, or the clock that starts another one, was once told from a source's reasons."""

PREFIXES = ("perhaps:", "settled:", "counted:", "open:")

Words = Mapping[str, str]
"""The word that each reason of a case becomes."""

MARKED = (*MARKS, *PREFIXES, *(prefix + word for prefix in PREFIXES for word in ("customer", "other", "", *MARKS)))
REASONS = ("customer", "part", "planned_work", "somebody")
word = st.sampled_from(MARKED) | st.builds(str.__add__, st.sampled_from(PREFIXES), st.text(max_size=4)) | st.text("ab:")
renamings = st.lists(word, min_size=len(REASONS), max_size=len(REASONS), unique=True).map(
    lambda words: dict(zip(REASONS, words, strict=True))
)


def of_facts(facts: Sequence[Fact], words: Words) -> tuple[Fact, ...]:
    return tuple(fact if fact.reason is None else replace(fact, reason=words[fact.reason]) for fact in facts)


def of_target(target: Target, words: Words) -> Target:
    return replace(target, pauses=frozenset(words[reason] for reason in target.pauses))


def of_version(version: Version, words: Words) -> Version:
    terms = [
        term if term.target is None else replace(term, target=of_target(term.target, words)) for term in version.terms
    ]
    return replace(version, terms=tuple(terms))


def of_reading(reading: Reading, words: Words) -> Reading:
    """The reading with other words for reasons; what a correction excludes is called `corrected` under every policy."""
    return replace(
        reading,
        target=of_target(reading.target, words),
        intervals=tuple(_of_interval(part, words) for part in reading.intervals),
    )


def _of_interval(part: Interval, words: Words) -> Interval:
    return part._replace(reason=words.get(part.reason or "", part.reason))


@given(of_corrections.of_tickets() | of_corrections.of_circuits(), renamings)
def test_the_word_for_a_reason_changes_nothing_but_the_word(case: Case, words: dict[str, str]) -> None:
    event(of_corrections.about(case))
    versions = tuple(of_version(version, words) for version in case.of.versions)
    renamed = replace(case, of=replace(case.of, facts=of_facts(case.of.facts, words), versions=versions))
    assert renamed.readings() == [of_reading(reading, words) for reading in case.readings()]


SAID = [
    (Phase.OPENED, None), (Phase.ACCEPTED, None), (Phase.HELD, "customer"), (Phase.HELD, "part"), (Phase.HELD, None),
    (Phase.ON_SITE, "customer"), (Phase.RESTORED, None), (Phase.CLOSED, None), (Phase.DELIVERED, None),
    (Phase.UNKNOWN, None),
]  # fmt: skip
hour = st.integers(0, 24).map(lambda half: half / 2)


@st.composite
def derived(draw: st.DrawFn) -> tuple[list[Fact], tuple[tuple[str, Correction], ...]]:
    """A history, and what was corrected in it: mostly restored, so that a derived clock begins."""
    told = draw(st.lists(st.tuples(hour, st.sampled_from(SAID)), min_size=1, max_size=8))
    told += [(0, SAID[0]), (draw(hour), (Phase.RESTORED, None))]
    placed = sorted(enumerate(told), key=lambda item: (item[1][0], item[0]))
    facts = [Fact(at(when), f"e{number:02}", phase, reason) for number, (when, (phase, reason)) in placed]
    said = []
    for number in range(draw(st.integers(0, 2))):
        kind = draw(st.sampled_from([CorrectionKind.EXCLUDE, CorrectionKind.COUNT]))
        one, other = sorted((draw(hour), draw(hour)))
        if one != other:
            said.append((f"c{number}", Correction(kind, "r", "a", at(one), at(other))))
    if draw(st.integers(0, 3)) == 0:
        said.append(("c", Correction(CorrectionKind.STOP, "r", "a", at(draw(hour)))))
    return facts, tuple(said)


def of_derived(facts: Sequence[Fact], said: Sequence[tuple[str, Correction]], words: Words) -> list[list[Reading]]:
    """Every cycle of restoration, of the report after it and of the answer after that."""
    rules = [
        replace(rule, pauses=frozenset(words[reason] for reason in rule.pauses)) for rule in (RESTORE, REPORT, ANSWER)
    ]
    renamed = of_facts(facts, words)
    found = []
    for rule in rules:
        heard = derived_starts.facts_of(rule, renamed, said, policy(*rules), ALWAYS, at(20))
        target = Target(
            rule.name, 24 * H, rule.start, rule.stop, rule.pauses, rule.reopen, cancel=rule.cancel, reset=rule.reset
        )
        reading = ticket_clock.read(heard, target, ALWAYS, at(20))
        found.append([] if reading is None else [reading])
    return found


@given(derived(), renamings)
def test_nor_of_a_clock_that_another_one_starts(
    case: tuple[list[Fact], tuple[tuple[str, Correction], ...]], words: dict[str, str]
) -> None:
    facts, said = case
    same = {reason: reason for reason in REASONS}
    before = [[of_reading(reading, words) for reading in readings] for readings in of_derived(facts, said, same)]
    assert of_derived(facts, said, words) == before


# -- through the policy's file, the mapping and the explanation --------------------------------------------------------

OTHER = exchanged(POLICY, ("pause_reasons:\n", "pause_reasons:\n  WORD: {en: Waiting for a part, zh: 等待备件}\n"))
LISTED = exchanged(OTHER, ("pause: [customer]", "pause: [customer, WORD]"))
WAITS = (
    ticket("T1", at(0), "new", event_id="e0", tier="gold"),
    ticket("T1", at(1), "waiting", event_id="e1", reason="part"),
    ticket("T1", at(2), "working", event_id="e2"),
)
EXCLUDED = Event(
    "tickets", "c1", SubjectKind.TICKET, "T1", at(9),
    correction=Correction(CorrectionKind.EXCLUDE, "r", "a", at(0.5), at(1.5)),
)  # fmt: skip


@cache
def of_policy(written: str, reason: str) -> Rulebook:
    """The policy with *reason* for WORD; the source says `part` for it."""
    mapping = replace(MAPPING, reasons={**MAPPING.reasons, "part": reason})
    return rules(exchanged(written, ("WORD", json.dumps(reason))), mapping)


def explained(written: str, reason: str, *events: Event) -> dict[str, Any]:
    return explain_json(events, of_policy(written, reason), at(10))


def read_back(said: Any, reason: str) -> Any:
    """What was explained, with the reason `other` in the place of *reason*; only what was excluded keeps its word."""
    if isinstance(said, list):
        return [read_back(part, reason) for part in said]
    if not isinstance(said, dict):
        return said
    found = {name: read_back(part, reason) for name, part in said.items()}
    if said.get("what") == Life.PAUSED and said.get("reason") == reason:
        found["reason"] = "other"
    return found


def restore(said: dict[str, Any]) -> dict[str, Any]:
    (clock,) = (clock for clock in said["clocks"] if clock["target"] == "restore")
    return clock


@pytest.mark.parametrize("reason", sorted({word for word in MARKED if word}))
def test_a_reason_of_any_name_pauses_only_the_clocks_that_list_it(reason: str) -> None:
    until = ticket("T1", at(3), "resolved", event_id="e3")
    unlisted = restore(explained(OTHER, reason, *WAITS, until))
    assert (unlisted["counted_seconds"], len(unlisted["intervals"])) == (3 * 3600, 1)
    listed = restore(explained(LISTED, reason, *WAITS, until))
    assert [(part["what"], part["reason"]) for part in listed["intervals"]] == [
        ("running", None), ("paused", reason), ("running", None)
    ]  # fmt: skip
    assert listed["intervals"][1]["reason_name"] == {"en": "Waiting for a part", "zh": "等待备件"}


@pytest.mark.parametrize("reason", sorted({word for word in MARKED if word}))
@pytest.mark.parametrize("written", [OTHER, LISTED], ids=["unlisted", "listed"])
def test_its_explanation_with_a_correction_differs_in_the_word_alone(written: str, reason: str) -> None:
    said = explained(written, reason, *WAITS, EXCLUDED)
    assert read_back(said, reason) == explained(written, "other", *WAITS, EXCLUDED)


@given(histories, st.sampled_from(MARKED).filter(bool))
@example([*WAITS, EXCLUDED], "corrected")
def test_nor_does_any_history_that_waits_for_it(events: list[Event], reason: str) -> None:
    waits = [replace(event, reason="part") if event.reason == "spare part" else event for event in events]
    for written in (OTHER, LISTED):
        assert read_back(explained(written, reason, *waits), reason) == explained(written, "other", *waits)
