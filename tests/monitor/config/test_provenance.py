"""Where the parts of a policy come from: read, shown by explanations in every language, changing no reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from monitor.clock.engine import advance
from monitor.config import policy_file, yaml_file
from monitor.explain import as_json, as_lines, explain
from monitor.history.events import Event
from monitor.policy import Policy, Provenance, assumed
from tests.support.cases import MAPPING, POLICY, at, rules, ticket
from tests.support.texts import exchanged

SOURCED = exchanged(
    POLICY,
    ("effective_from: 2026-01-01", "effective_from: {date: 2026-01-01, source: assumed, note: the contract has none}"),
    ("zh: 等待客户}", "zh: 等待客户, source: assumed, note: no clause names it}"),
    ("    pause: [customer]\n", """\
    pause: [customer]
    begins: [complained, {instant: detected, source: "Contract A, clause 7"}]
    assumed: [{en: that nights count, zh: 夜间计时}]
"""),
    ("{tier: gold}, budget: 4h, source: test", "{tier: gold}, budget: 4h, source: assumed, note: as for diamond"),
)  # fmt: skip
PLAIN = exchanged(POLICY, ("    pause: [customer]\n", "    pause: [customer]\n    begins: [complained, detected]\n"))


def built(text: str) -> Policy:
    return policy_file.build(yaml_file.parse(text, "own.yml"))


def test_every_part_may_say_where_it_is_from_and_plain_forms_say_nothing() -> None:
    policy = built(SOURCED)
    assert policy.effective_from == date(2026, 1, 1)
    assert policy.source("effective_from") == Provenance("assumed", "the contract has none")
    assert policy.source("pause_reasons", "customer") == Provenance("assumed", "no clause names it")
    assert policy.source("targets", "restore", "begins", "detected") == Provenance("Contract A, clause 7")
    assert policy.source("targets", "restore", "begins", "complained") == Provenance()
    assert built(PLAIN).sources == {}
    rule = policy.rule("restore")
    assert rule is not None
    assert [item.zh for item in rule.assumed] == ["夜间计时"]
    assert [row.note for row in rule.rows] == ["", "as for diamond"]


def test_a_policy_with_sources_reads_as_one_without() -> None:
    events = [
        ticket("T1", at(1), "new", tier="gold"), ticket("T1", at(2), "waiting", reason="customer"),
        ticket("T1", at(3), "working"), ticket("T1", at(9), "closed"),
    ]  # fmt: skip
    plain = exchanged(PLAIN, ("{tier: gold}, budget: 4h, source: test", "{tier: gold}, budget: 4h, source: assumed"))
    one, other = (advance(events, (), rules(text), at(10)) for text in (SOURCED, plain))
    assert one.readings == other.readings
    assert one.transitions == other.transitions


WORDS = replace(MAPPING, instants={"detected": "alarm"})


def story() -> list[Event]:
    return [
        ticket("T1", at(1), "new", tier="gold", alarm="2026-01-05T00:30:00Z"),
        ticket("T1", at(2), "waiting", reason="customer"),
    ]


@pytest.fixture
def book() -> Any:
    return rules(SOURCED, WORDS)


def test_json_shows_the_source_of_what_it_shows(book: Any) -> None:
    (clock,) = as_json(explain(story(), book, at(3), "restore"))["clocks"]
    assert (clock["budget_source"], clock["budget_note"]) == ("assumed", "as for diamond")
    waits = [part for part in clock["intervals"] if part["life"] == "paused"]
    assert [part["reason_source"] for part in waits] == [
        {"source": "assumed", "sentence": {
            "en": "assumed, no source says it; no clause names it", "zh": "假定，无出处；no clause names it",
        }},
    ]  # fmt: skip
    assert {"en": "Assumed: that nights count", "zh": "假定：夜间计时"} in clock["notes"]
    begun = [note["en"] for note in clock["notes"] if "detection" in note["en"]]
    assert begun == ["It runs from the detection, before the opening (source: Contract A, clause 7)."]
    assert "自故障发现起计时，早于建单（出处：Contract A, clause 7）。" in [note["zh"] for note in clock["notes"]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Waiting for the customer (assumed, no source says it; no clause names it)", "assumed; as for diamond",
                "It runs from the detection, before the opening (source: Contract A, clause 7).")),
        ("zh", ("等待客户（假定，无出处；no clause names it）", "assumed；as for diamond", "假定：夜间计时")),
    ],
)  # fmt: skip
def test_the_terminal_shows_the_source_of_what_it_shows(book: Any, language: str, words: tuple[str, ...]) -> None:
    said = "\n".join(as_lines(explain(story(), book, at(3), "restore"), language))
    assert [word for word in words if word not in said] == []


def test_a_clock_that_begins_with_the_opening_names_no_instant(book: Any) -> None:
    late = [ticket("T1", at(1), "new", tier="gold", alarm="2026-01-05T01:30:00Z")]
    (clock,) = explain(late, book, at(3), "restore").clocks
    assert clock.beginning is None


def test_without_sources_an_explanation_says_nothing_of_them() -> None:
    found = as_json(explain(story(), rules(PLAIN, WORDS), at(3), "restore"))["clocks"][0]
    assert "budget_note" not in found
    assert all("reason_source" not in part for part in found["intervals"])
    assert not any("detected" in note["en"] for note in found["notes"])


def test_what_is_assumed_is_one_bounded_sentence() -> None:
    assert assumed(built(SOURCED)) == (
        "policy case@1: assumed, for no source says it: 1 of 4 figures (restore 1 of 2); the date; pause reasons"
        " customer; how restore is counted"
    )
    assert assumed(built(PLAIN)) == ""
    reasons = "".join(f"  r{n}: {{en: R{n}, source: assumed}}\n" for n in range(1000))
    many = assumed(built(exchanged(POLICY, ("pause_reasons:\n", f"pause_reasons:\n{reasons}"))))
    assert many.endswith("pause reasons r0, r1, r2, r3, r4, r5 and 994 more")
