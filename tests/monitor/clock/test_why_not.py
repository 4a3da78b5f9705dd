"""Every target without a clock says why: one condition of one row, and what would meet it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.clock.engine import Rulebook, advance
from monitor.clock.why_not import NotApplied
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.explain.as_json import as_json
from monitor.explain.names import names_of
from monitor.explain.subject import explain
from monitor.explain.terminal import as_lines
from monitor.explain.why_not import sentence
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, SourceMapping
from monitor.messages import LANGUAGES, text
from monitor.model import SubjectKind
from monitor.policy.policy import BudgetRow, TargetRule
from monitor.policy.refusal import Circumstances, Refusal, Why
from monitor.text.words import folded
from tests.support.cases import MAPPING, POLICY, at, ticket
from tests.support.texts import exchanged

H, M = timedelta(hours=1), timedelta(minutes=1)
NAMES = ("tier", "assurance", "urgency", "scope", "customer", "far_tier", "customer_tier", "branch")
WORDS = SourceMapping(
    MAPPING.version, MAPPING.statuses, MAPPING.reasons, {name: AttributeRule(name) for name in NAMES},
    instants={"planned": "planned"},
)  # fmt: skip
DECLARED = "attributes: {branch: {en: Branch class, zh: 网点等级}}\n"
RESTORE = """\
      - {when: {tier: diamond}, budget: 2h, source: test}
      - {when: {tier: gold}, budget: 4h, source: test}
"""


def rules(*changes: tuple[str, str]) -> Rulebook:
    built = policy_file.build(yaml_file.parse(DECLARED + exchanged(POLICY, *changes).lstrip(), "case.yml"))
    return build_rulebook.rulebook(built, {"tickets": WORDS})


def without_clock(rules: Rulebook, *events: Event, hours: float = 1) -> dict[str, NotApplied]:
    return {one.rule.name: one for one in explain(events, rules, at(hours)).without_clock}


def why(one: NotApplied) -> tuple[Why, str, str, tuple[str, ...]]:
    return one.refusal.why, one.refusal.name, one.refusal.word, one.refusal.values


def said(one: NotApplied, language: str = "en") -> str:
    return text(sentence(one, names_of(rules().policies)), language)


def test_every_target_is_either_a_clock_or_has_a_reason() -> None:
    book = rules()
    for fields in ({}, {"tier": "gold"}, {"tier": "standard"}, {"tier": "platin"}):
        shown = explain([ticket("T1", at(0), "new", **fields)], book, at(1))
        names = [clock.target.name for clock in shown.clocks] + [one.rule.name for one in shown.without_clock]
        assert sorted(set(names)) == sorted(rule.name for rule in book.rules)


def test_an_attribute_that_is_not_said_is_named_with_the_words_that_fit() -> None:
    one = without_clock(rules(), ticket("T1", at(0), "new"))["restore"]
    assert why(one) == (Why.UNSAID, "tier", "", ("diamond",))
    assert (one.refusal.others, one.refusal.unmet) == (1, 1)
    assert said(one) == (
        "Restoration: tier is not said; the nearest row (tier Diamond) needs Diamond; other rows of the target: 1"
    )
    assert said(one, "zh") == (
        "故障恢复: 未给出客户服务等级；最接近的一行（客户服务等级 钻石）要求 钻石; 该目标的其他行数：1"
    )


def test_the_nearest_row_is_the_one_with_the_fewest_conditions_that_fail() -> None:
    book = rules((
        RESTORE,
        "      - {when: {tier: diamond, scope: city, customer: Bank}, budget: 1h, source: test}\n"
        "      - {when: {tier: gold, branch: core}, budget: 2h, source: test}\n",
    ))  # fmt: skip
    one = without_clock(book, ticket("T1", at(0), "new", tier="gold", scope="city", customer="Shop"))["restore"]
    assert why(one) == (Why.UNSAID, "branch", "", ("core",))
    other = without_clock(book, ticket("T1", at(0), "new", tier="diamond", scope="province", customer="Shop"))[
        "restore"
    ]
    assert (why(other), other.refusal.unmet) == ((Why.OTHER_WORD, "scope", "province", ("city",)), 2)
    assert "of that row as many further conditions are not met: 1" in said(other)


@pytest.mark.parametrize(
    ("changes", "event", "found", "words"),
    [
        ([("    pause: [customer]\n", "    pause: [customer]\n    unless: {scope: [city, town]}\n")],
         {"tier": "gold", "scope": "City"}, (Why.LEFT_OUT, "scope", "city", ()),
         "scope is city, and `unless` leaves that out"),
        ([("    budgets:\n" + RESTORE, "    budgets: []\n")], {"tier": "gold"}, (Why.NO_FIGURE, "", "", ()),
         "the policy has no figure for anybody"),
        ([], {"tier": "platin"}, (Why.NOT_UNDERSTOOD, "tier", "platin", ("diamond",)),
         "tier is platin, which nobody understands"),
        ([], {"tier": "standard"}, (Why.OTHER_WORD, "tier", "standard", ("diamond",)), "tier is Standard;"),
        ([("targets:\n", "inherit: [{when: {scope: city}, tier: standard}]\ntargets:\n")],
         {"tier": "gold", "scope": "city"}, (Why.OTHER_WORD, "tier", "standard", ("diamond",)),
         "tier is Standard by the rules under `inherit`"),
        ([("      - {when: {tier: gold}, budget: 4h", "      - {when: {tier: gold}, after: 5h, budget: 4h")],
         {"tier": "gold"}, (Why.TOO_YOUNG, "", "", ()), "younger than 5:00:00; from that age on"),
        ([("      - {when: {tier: gold}, budget: 4h", "      - {when: {tier: gold}, after_start: 5h, budget: 4h")],
         {"tier": "gold"}, (Why.CLOCK_TOO_YOUNG, "", "", ()),
         "less than 5:00:00 have passed since the clock's first start"),
        ([("    pause: [customer]\n", "    ahead_of: planned\n")], {"tier": "gold"},
         (Why.NO_INSTANT, "planned", "", ()), "the source does not say the planned beginning"),
        ([("    start: [opened, accepted, held]\n    stop: [restored, closed]\n    pause",
           "    start: [on_site]\n    stop: [restored, closed]\n    pause")], {"tier": "gold"},
         (Why.NOT_BEGUN, "", "", ("on_site",)), "the clock begins when the ticket is on site"),
    ],
)  # fmt: skip
def test_each_reason_names_its_one_condition(
    changes: Sequence[tuple[str, str]], event: dict[str, str], found: tuple[object, ...], words: str
) -> None:
    one = without_clock(rules(*changes), ticket("T1", at(0), "new", **event))["restore"]
    assert why(one) == found
    assert words in said(one)
    assert all(said(one, language) for language in LANGUAGES)


def test_a_clock_that_another_target_begins_says_what_it_waits_for() -> None:
    report = (
        "  report:\n    name: {en: Report}\n    started_by: {target: restore, over: 3h}\n    stop: [delivered]\n"
        "    budgets: [{budget: 24h, source: test}]\n"
    )
    book = rules(("  feedback:\n", report + "  feedback:\n"))
    opened = ticket("T1", at(0), "new", tier="gold")
    waiting = without_clock(book, opened)["report"]
    assert (waiting.refusal.why, waiting.refusal.name) == (Why.OTHER_NOT_ENDED, "restore")
    soon = without_clock(book, opened, ticket("T1", at(2), "resolved"), hours=5)["report"].refusal
    assert (soon.why, soon.lasted, soon.length) == (Why.OTHER_ENDED_SOON, 2 * H, 3 * H)
    assert "report" not in without_clock(book, opened, ticket("T1", at(4), "resolved"), hours=5)


def test_what_is_promised_only_since_it_has_begun_says_that_the_next_phase_begins_it() -> None:
    """Case H of the semantics: the promise begins while the ticket is in a phase that no list names."""
    book = rules((
        "    start: [opened, accepted, held]\n    stop: [restored, closed]\n    pause",
        "    start: [opened]\n    stop: [restored, closed]\n    pause",
    ))  # fmt: skip
    events = [ticket("T1", at(0), "new"), ticket("T1", at(1), "working"), ticket("T1", at(2), None, tier="gold")]
    found = without_clock(book, *events, hours=3)
    if "restore" in found:
        assert found["restore"].refusal.why is Why.PROMISED_LATER
        assert "the next opened begins it" in said(found["restore"])


def test_a_version_without_the_target_and_a_target_of_another_kind_are_said() -> None:
    old = policy_file.build(yaml_file.parse(POLICY, "one.yml"))
    new = replace(old, version="2", effective_from=old.effective_from.replace(day=3), targets=old.targets[:1])
    circuit = replace(old.targets[1], name="outage", of=SubjectKind.CIRCUIT)
    both = build_rulebook.rulebook((replace(old, targets=(*old.targets, circuit)), new), {"tickets": WORDS})
    found = without_clock(both, ticket("T1", at(0), "new", tier="gold"))
    assert found["restore"].refusal.why is Why.NOT_IN_VERSION
    assert said(found["restore"]) == "Restoration: case@2, the version in force, has no such target"
    assert found["outage"].refusal.why is Why.OTHER_KIND


def test_the_terminal_and_json_say_the_same_sentence() -> None:
    shown = explain([ticket("T1", at(0), "new")], rules(), at(1))
    printed = list(as_lines(shown))
    for one in as_json(shown)["without_clock"]:
        assert f"  {one['sentence']['en']}" in printed
        assert one["why"] in set(Why)
    assert not any("or it was never" in line for line in printed)


# -- the property ------------------------------------------------------------------------------------------------------

words = st.sampled_from(["a", "b", "c", "A"])
attribute = st.sampled_from(["urgency", "scope", "customer", "branch"])
whens = st.dictionaries(attribute, st.frozensets(words, min_size=1, max_size=2), max_size=3)
rows = st.builds(
    lambda when, budget, after, of_clock: BudgetRow(
        when, budget * H, "always", "test", after=after * H, of_clock=of_clock and after > 0
    ),
    whens, st.integers(1, 9), st.sampled_from([0, 0, 2, 5]), st.booleans(),
)  # fmt: skip
BASE = next(rule for rule in policy_file.build(yaml_file.parse(POLICY, "case.yml")).targets if rule.name == "restore")
targets = st.builds(
    lambda rows, unless, choose: replace(
        BASE, rows=tuple(sorted(rows, key=lambda row: -row.after)), unless=unless, choose=choose
    ),
    st.lists(rows, max_size=4),
    st.dictionaries(attribute, st.frozensets(words, min_size=1, max_size=1), max_size=1),
    st.sampled_from(type(BASE.choose)),
)


def met(refusal: Refusal, of: Circumstances) -> Circumstances:
    """The circumstances in which what the refusal names is as it asks for."""
    if refusal.why in (Why.TOO_YOUNG, Why.CLOCK_TOO_YOUNG):
        return replace(of, age=refusal.length)
    if refusal.why is Why.LEFT_OUT:
        return replace(of, attributes={**of.attributes, refusal.name: "another"})
    return replace(of, attributes={**of.attributes, refusal.name: refusal.values[0]})


@given(rule=targets, said=st.dictionaries(attribute, words, max_size=4), hours=st.integers(0, 6))
def test_making_the_named_change_meets_the_condition_and_in_the_end_the_target_applies(
    rule: TargetRule, said: dict[str, str], hours: int
) -> None:
    """Each step meets the condition that was named, until a row fits or `unless` contradicts every row."""
    of = Circumstances(said, hours * H)
    seen: list[tuple[Why, str]] = []
    for _ in range(40):
        found = rule.chosen(of)
        fitting = [row for row in rule.rows if row.after <= of.age and row.fits(of.attributes)]
        assert isinstance(found, BudgetRow) == bool(fitting and not rule.leaves_out(of.attributes))
        if isinstance(found, BudgetRow):
            assert found in fitting
            return
        if found.why is Why.NO_FIGURE:
            assert rule.rows == ()
            return
        before = found
        of = met(found, of)
        after = rule.chosen(of)
        if isinstance(after, Refusal) and after.why is not Why.LEFT_OUT and before.why is not Why.LEFT_OUT:
            assert after.unmet < before.unmet
        seen.append((before.why, before.name))
        if seen.count((Why.LEFT_OUT, before.name)) > 4:  # a row asks for the very word that `unless` leaves out
            left_out = {folded(word) for word in rule.unless[before.name]}
            assert any(left_out & {folded(word) for word in row.when.get(before.name, ())} for row in rule.rows)
            return
    raise AssertionError(seen)


@given(said=st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["gold", "standard", "city", "a"]), max_size=5))
def test_following_the_sentences_gives_every_ticket_its_clock(said: dict[str, str]) -> None:
    """Of whole histories: what the sentence names is changed, and the target has a clock or names the next."""
    book = rules((
        RESTORE,
        "      - {when: {tier: diamond, scope: city}, budget: 1h, source: t}\n"
        "      - {when: {urgency: a, branch: core}, budget: 2h, source: t}\n",
    ))  # fmt: skip
    for _ in range(4):
        event = ticket("T1", at(0), "new", **said)
        outcome = advance([event], None, book, at(1))
        found = without_clock(book, event)
        clocks = {reading.target.name for reading in outcome.readings}
        assert ("restore" in clocks) != ("restore" in found)
        if "restore" in clocks:
            return
        refusal = found["restore"].refusal
        assume(not refusal.inherited)
        assert refusal.why in (Why.UNSAID, Why.OTHER_WORD, Why.NOT_UNDERSTOOD)
        said = {**said, refusal.name: refusal.values[0]}
    raise AssertionError(said)
