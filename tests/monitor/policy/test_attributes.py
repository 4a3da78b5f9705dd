"""Budgets chosen by any attribute: those that every policy knows, and those that a policy declares."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import Outcome, Rulebook, advance
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.errors import ConfigError
from monitor.history.events import Event
from monitor.history.mapping import ATTRIBUTES, CHOOSING, OPEN, AttributeRule, SourceMapping
from monitor.policy.policy import Policy
from tests.support.cases import MAPPING, POLICY, at, ticket
from tests.support.texts import exchanged

H, M = timedelta(hours=1), timedelta(minutes=1)
DECLARED = """\
attributes:
  branch_class: {en: Branch class, zh: 网点等级, values: [core, rural]}
  ward: {en: Ward}
"""
ROWS = "      - {when: {tier: diamond}, budget: 2h, source: test}\n"


def policy(*rows: str, attributes: str = DECLARED, more: str = "") -> Policy:
    """The usual policy, with these rows of restoration above the others."""
    text = exchanged(
        POLICY, (ROWS, "".join(f"      - {row}\n" for row in rows) + ROWS), ("targets:\n", more + "targets:\n")
    )
    return policy_file.build(yaml_file.parse(attributes + text.lstrip(), "case.yml"))


def rulebook(*versions: Policy) -> Rulebook:
    names = (*ATTRIBUTES, *(name for one in versions for name in one.attributes))
    mapping = SourceMapping(MAPPING.version, MAPPING.statuses, MAPPING.reasons, {n: AttributeRule(n) for n in names})
    return build_rulebook.rulebook(versions, {"tickets": mapping})


def look(rules: Rulebook, *events: Event, hours: float = 1) -> Outcome:
    return advance(events, None, rules, at(hours))


def budget(outcome: Outcome, target: str = "restore") -> timedelta | None:
    """The budget of the one clock of *target*; None where there is none."""
    found = [reading.target.budget for reading in outcome.readings if reading.target.name == target]
    return found[-1] if found else None


EVERY = [name for name in (*CHOOSING, "branch_class", "ward") if name not in ("tier", "assurance")]
WORD = {"branch_class": "core", "customer_tier": "gold", "far_tier": "gold"}


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("told", [str, str.upper, lambda word: f"  {word} "])
def test_a_row_may_ask_for_any_attribute_in_whatever_spelling(name: str, told) -> None:
    word = WORD.get(name, "first bank")
    rules = rulebook(policy(f"{{when: {{{name}: {word}}}, budget: 1h, source: test}}", "{budget: 8h, source: test}"))
    assert budget(look(rules, ticket("T1", at(0), "new", **{name: told(word)}))) == H
    assert budget(look(rules, ticket("T1", at(0), "new"))) == 8 * H


@pytest.mark.parametrize("name", EVERY)
def test_unless_inherited_tiers_and_agreements_ask_for_any_attribute(name: str) -> None:
    word = WORD.get(name, "first bank")
    whom = f"{{{name}: {word}}}"
    inherit = policy(more=f"inherit: [{{when: {whom}, tier: diamond}}]\n")
    assert budget(look(rulebook(inherit), ticket("T1", at(0), "new", **{name: word}))) == 2 * H
    out = exchanged(POLICY, ("    pause: [customer]\n", f"    pause: [customer]\n    unless: {whom}\n"))
    left_out = policy_file.build(yaml_file.parse(DECLARED + out.lstrip(), "case.yml"))
    assert budget(look(rulebook(left_out), ticket("T1", at(0), "new", tier="gold", **{name: word}))) is None
    assert budget(look(rulebook(left_out), ticket("T1", at(0), "new", tier="gold"))) == 4 * H
    share = f"[{{when: {whom}, budget: 1h, source: t}}]"
    shared = policy(more=f"agreements: [{{kind: OLA, party: core, supports: restore, budgets: {share}}}]\n")
    (clock,) = (
        reading
        for reading in look(rulebook(shared), ticket("T1", at(0), "new", tier="gold", **{name: word})).readings
        if reading.target.name == "restore"
    )
    assert [one.budget for one in clock.target.underpinning] == [H]


def test_the_strictest_of_the_rows_that_fit_may_be_one_customers() -> None:
    text = exchanged(
        POLICY,
        ("    pause: [customer]\n", "    pause: [customer]\n    choose: strictest\n"),
        (ROWS, ROWS + "      - {when: {customer: First Bank}, budget: 1h, source: contract}\n"),
    )
    rules = rulebook(policy_file.build(yaml_file.parse(text, "case.yml")))
    assert budget(look(rules, ticket("T1", at(0), "new", tier="diamond", customer="FIRST BANK"))) == H
    assert budget(look(rules, ticket("T1", at(0), "new", tier="diamond", customer="Second Bank"))) == 2 * H


def test_a_change_of_what_nothing_asks_for_changes_no_terms() -> None:
    """A customer that is renamed ten times has the same one term as one that never was."""
    rules = rulebook(policy())
    names = [ticket("T1", at(0, n), None, customer=f"Bank {n}", team=f"t{n}", ward=str(n)) for n in range(1, 11)]
    first = ticket("T1", at(0), "new", tier="gold")
    assert rules.choosing == {"tier", "assurance", "customer_tier"}
    renamed, plain = look(rules, first, *names), look(rules, first)
    assert [reading.intervals for reading in renamed.readings] == [reading.intervals for reading in plain.readings]


def test_terms_are_remembered_for_words_of_the_policy_and_not_for_every_customer() -> None:
    rules = rulebook(policy("{when: {customer: First Bank}, budget: 1h, source: t}", "{budget: 8h, source: t}"))
    for number in range(200):
        assert budget(look(rules, ticket(f"T{number}", at(0), "new", customer=f"Bank {number}"))) == 8 * H
    assert budget(look(rules, ticket("T1", at(0), "new", customer="first  BANK"))) == H
    of_restoration = [key for key in rules.choices if key[1] == "restore"]
    assert len(of_restoration) == 2


@pytest.mark.parametrize("name", [*OPEN, "ward"])
def test_an_open_attribute_is_never_doubted_for_want_of_a_row(name: str) -> None:
    rules = rulebook(policy(f"{{when: {{{name}: first}}, budget: 1h, source: test}}"))
    outcome = look(rules, ticket("T1", at(0), "new", **{name: "second"}))
    assert (budget(outcome), outcome.doubts, outcome.unread) == (None, (), ())
    assert outcome.subject.attributes[name] == "second"


@pytest.mark.parametrize("name", ["service", "order_class", "customer_class", "scope"])
def test_a_word_that_grades_nothing_known_is_doubted_where_nothing_at_all_is_promised(name: str) -> None:
    """`accept` is promised to everybody, so it must go for the doubt to arise."""
    text = exchanged(POLICY, ("budgets: [{budget: 10m, source: test}]", "budgets: []"), (ROWS, ""))
    row = f"    budgets:\n      - {{when: {{{name}: dedicated}}, budget: 1h, source: test}}\n"
    text = exchanged(text, ("    budgets:\n", row))
    rules = rulebook(policy_file.build(yaml_file.parse(text, "case.yml")))
    outcome = look(rules, ticket("T1", at(0), "new", **{name: "dedicted"}))
    assert [(doubt.what, doubt.value) for doubt in outcome.doubts] == [(name, "dedicted")]
    assert [doubt.what for doubt in outcome.unread] == [name]


def test_a_declared_attribute_with_values_has_no_other_words_where_a_promise_depends_on_it() -> None:
    """Even where a row for everybody holds: the word may stand for one of the stricter rows."""
    rules = rulebook(policy("{when: {branch_class: core}, budget: 1h, source: test}", "{budget: 8h, source: test}"))
    outcome = look(rules, ticket("T1", at(0), "new", branch_class="cor"))
    assert budget(outcome) == 8 * H
    assert [(doubt.what, doubt.value) for doubt in outcome.doubts] == [("branch_class", "cor")]
    assert [doubt.what for doubt in outcome.unread] == ["branch_class"]
    assert "branch_class" not in outcome.subject.attributes
    known = look(rules, ticket("T1", at(0), "new", branch_class="RURAL"))
    assert (budget(known), known.doubts, known.subject.attributes["branch_class"]) == (8 * H, (), "rural")


def test_a_declared_attribute_with_values_is_not_doubted_where_no_promise_depends_on_it() -> None:
    rules = rulebook(policy())
    outcome = look(rules, ticket("T1", at(0), "new", tier="gold", branch_class="cor"))
    assert (outcome.doubts, outcome.subject.attributes["branch_class"]) == ((), "cor")


def test_a_team_that_is_named_alone_again_has_it_back_while_a_row_asks_for_the_team() -> None:
    """The special rule of holders stays: a supplier that is not named any more has not got the ticket."""
    rules = rulebook(policy("{when: {team: core}, budget: 1h, source: test}", "{budget: 8h, source: test}"))
    events = [
        ticket("T1", at(0), "new", team="core"),
        ticket("T1", at(0, 10), "working", team="core", supplier="Digger"),
        ticket("T1", at(0, 20), None, team="CORE"),
    ]
    outcome = look(rules, *events)
    assert (budget(outcome), outcome.subject.attributes["team"]) == (H, "core")


def test_versions_of_a_policy_may_declare_different_attributes() -> None:
    old = policy("{when: {ward: north}, budget: 1h, source: test}", "{budget: 8h, source: test}")
    new = policy_file.build(
        yaml_file.parse(exchanged(POLICY, ('version: "1"', 'version: "2"'), ("2026-01-01", "2026-02-01")), "case.yml")
    )
    rules = rulebook(old, new)
    assert (rules.declared, rules.words.open >= {"ward"}) == (("branch_class", "ward"), True)
    assert budget(look(rules, ticket("T1", at(0), "new", ward="North"))) == H


# fmt: off
WRONG = [
    ("Branch: {en: B}", "attributes.Branch: 'Branch' is not an attribute's name; write small letters, digits and _,"),
    ("site: {en: B}", "attributes.site: is an attribute of every policy; remove it here, or give yours another name"),
    ("stage: {en: B}", "attributes.stage: means something else in alerts or mappings; give the attribute another"),
    ("detected: {en: B}", "attributes.detected: means something else in alerts or mappings; give the"),
    ("ward: {en: B, values: []}", "attributes.ward.values: lists no word, so nothing could have one; write some,"),
    ("ward: {en: B, values: [a, A]}", "attributes.ward.values.1: 'A' is the same word as 'a' in line 1, for case,"),
    ("ward: {zh: B}", "attributes.ward.en: is missing; write it"),
    (", ".join(f"a{n}: {{en: A}}" for n in range(21)), "attributes: declares 21 attributes; at most 20 are kept"),
]
# fmt: on


@pytest.mark.parametrize(("attributes", "sentence"), WRONG)
def test_a_wrong_attribute_is_refused_with_file_line_and_key(attributes: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        policy(attributes=f"attributes: {{{attributes}}}\n")
    assert f"case.yml:1 {sentence}" in str(refused.value)


def test_a_value_that_is_not_among_the_declared_is_refused_with_what_was_perhaps_meant() -> None:
    with pytest.raises(ConfigError) as refused:
        policy("{when: {branch_class: cor}, budget: 1h, source: test}")
    assert str(refused.value).endswith(
        "targets.restore.budgets.0.when.branch_class: 'cor' is not among the values of branch_class (core, rural); did"
        " you mean 'core'?"
    )


WORDS = st.sampled_from(["first", "FIRST", "second", "core", "rural", "other", ""])


@given(
    rows=st.lists(st.tuples(st.sampled_from(EVERY), st.sampled_from(["first", "core"])), max_size=3),
    said=st.lists(st.dictionaries(st.sampled_from(EVERY), WORDS, max_size=4), min_size=1, max_size=5),
)
def test_words_that_a_policy_does_not_look_at_change_no_reading(
    rows: list[tuple[str, str]], said: list[dict[str, str]]
) -> None:
    """The oracle: the same history without the attributes that no row names; holders stay, they have shares."""
    named = [(name, word) for name, word in rows if name not in ("customer_tier", "far_tier", "branch_class")]
    one = policy(
        *(f"{{when: {{{name}: {word}}}, budget: {n + 1}h, source: t}}" for n, (name, word) in enumerate(named))
    )
    rules = rulebook(one)
    looked_at = {name for name, _ in named} | {"customer_tier"}
    assert set(one.choosing) == looked_at | {"tier", "assurance"}

    def history(keep: set[str]) -> list[Event]:
        return [
            ticket(
                "T1", at(0, n), "working" if n else "new", event_id=str(n),
                tier="gold", **{name: word for name, word in fields.items() if name in keep},
            )
            for n, fields in enumerate(said)
        ]  # fmt: skip

    every, few = look(rules, *history(set(EVERY))), look(rules, *history(looked_at | {"team", "supplier"}))
    assert every.readings == few.readings
