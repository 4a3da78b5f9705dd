"""A ladder of urgency, or of any other attribute: its stages page, and its rungs are said of alerts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alerts.decide.silences import Silence, endangered, known, matcher
from alerts.decide.withholding import Route
from monitor.alert.alert import Channel, Delivery
from monitor.alert.reasons import Reason
from monitor.clock.engine import advance
from monitor.config import build_rulebook, config_file, policy_file, yaml_file
from monitor.config.config_file import Config
from monitor.config.routes import World, takes
from monitor.errors import ConfigError
from monitor.history.mapping import AttributeRule, SourceMapping
from monitor.model import Name
from monitor.policy.policy import NO_RUNG, Policy
from monitor.service.stale_source_watch import paging
from monitor.store.clocks import OpenClocks
from tests.support.cases import MAPPING, POLICY, at, ticket
from tests.support.desk import SETTINGS, Desk, brief
from tests.support.texts import exchanged

LADDER = """\
stages:
  tier: {diamond: [75%, 100%], gold: [100%]}
  urgency: {A: [50%, 90%, 100%], B: [90%, 100%]}
ladders:
  urgency:
    - {id: A, en: System unusable, zh: 系统不可用}
    - {id: B, en: Badly damaged, zh: 严重受损}
    - {id: C, en: Ordinary, zh: 一般}
"""
TEXT = exchanged(
    POLICY.partition("  feedback:")[0],
    ("ladders:\n", LADDER),
    ("    budgets: [{budget: 10m, source: test}]", "    budgets: []"),
    ("      - {when: {tier: gold}, budget: 4h, source: test}\n", "      - {budget: 4h, source: test}\n"),
)


def policy(*changes: tuple[str, str]) -> Policy:
    return policy_file.build(yaml_file.parse(exchanged(TEXT, *changes), "case.yml"))


def desk() -> Desk:
    attributes = {**MAPPING.attributes, "urgency": AttributeRule("urgency")}
    mapping = SourceMapping(MAPPING.version, MAPPING.statuses, MAPPING.reasons, attributes)
    names = {"A": Name("System unusable", "系统不可用"), "B": Name("Badly damaged", "严重受损")}
    settings = replace(SETTINGS, ladders={"urgency": names}, said=("urgency",))
    return Desk(rules=build_rulebook.rulebook(policy(), {"tickets": mapping}), settings=settings)


def test_the_stages_of_a_subject_are_the_union_over_all_ladders() -> None:
    built = policy()

    def named(**said: str) -> set[str]:
        return {stage.name for stage in built.stages_for(said)}

    assert named(urgency="A") == {"used_50", "used_90", "breached"}
    assert named(tier="diamond", urgency="B") == {"used_75", "used_90", "breached"}
    assert named(tier="gold", urgency="C") == {"breached"}
    assert named(urgency="C") == named() == set()
    assert (built.further_ladders, built.said) == (("urgency",), ("urgency",))


def test_an_unusable_system_pages_and_the_page_names_it_without_another_identity() -> None:
    one = desk()
    (alert,) = one.look([ticket("T1", at(0), "new", urgency="a")], at(2))
    assert (alert.stage, alert.reason) == ("used_50", Reason.FIRST)
    assert "urgency" not in alert.labels
    assert alert.annotations["urgency"] == "A"
    assert "(System unusable)" in alert.annotations["summary"]
    assert "系统不可用" in alert.annotations["summary_zh"]
    assert desk().look([ticket("T1", at(0), "new", urgency="C")], at(5)) == ()


def test_a_word_that_is_no_rung_is_doubted_and_told_because_a_rung_would_page() -> None:
    one = desk()
    outcome = advance([ticket("T1", at(0), "new", urgency="P1")], None, one.rules, at(1))
    assert [(doubt.what, doubt.value) for doubt in outcome.doubts] == [("urgency", "P1")]
    assert [doubt.what for doubt in outcome.unread] == ["urgency"]


def test_a_change_of_urgency_acts_like_a_change_of_tier() -> None:
    """The stage that both have keeps its alert; what only the new one has fires, what only the old one had ends."""
    one = desk()
    events = [ticket("T1", at(0), "new", urgency="B")]
    assert brief(one.look(events, at(3, 36))) == ["+restore/used_90 first"]
    events.append(ticket("T1", at(3, 40), None, urgency="A"))
    changed = one.look(events, at(3, 40))
    assert sorted(brief(changed)) == ["+restore/used_90 tier_changed", ".restore/used_50 superseded"]
    (again,) = (alert for alert in changed if alert.firing)
    assert (again.annotations["urgency"], again.annotations["urgency_before"]) == ("A", "B")
    assert again.goes_by(Delivery.QUEUE)
    events.append(ticket("T1", at(3, 50), None, urgency="C"))
    (ended,) = (alert for alert in one.look(events, at(3, 50)) if alert.notifies)
    assert (ended.stage, ended.reason, one.firing) == ("used_90", Reason.TIER_CHANGED, [])
    routes = {rung: Route(Channel("c", Delivery.QUEUE), {"urgency": frozenset({rung})}) for rung in "ABC"}
    assert [rung for rung, route in routes.items() if route.takes(again)] == ["A"]
    assert [rung for rung, route in routes.items() if route.takes(ended)] == ["A", "B"]


def test_a_ticket_whose_words_alone_change_is_not_told_again() -> None:
    one = desk()
    events = [ticket("T1", at(0), "new", urgency="B", customer="Bank")]
    one.look(events, at(3, 36))
    changed = one.look([*events, ticket("T1", at(3, 40), None, customer="Bank Ltd", urgency="b")], at(3, 40))
    assert brief(changed) == ["+restore/used_90 reworded"]


def test_only_and_silences_ask_for_a_rung() -> None:
    (alert,) = desk().look([ticket("T1", at(0), "new", urgency="A")], at(2))
    channel = Channel("night", Delivery.QUEUE)
    assert Route(channel, {"urgency": frozenset({"A"})}).takes(alert)
    assert Route(channel, {"urgency": frozenset({"a"})}).takes(alert)
    assert not Route(channel, {"urgency": frozenset({"B"})}).takes(alert)
    assert known(alert)["urgency"] == "A"
    assert "due" not in known(alert)
    silence = Silence("s", (matcher("urgency=A"),), at(0), at(9), "w", "r")
    assert silence.fits(alert)
    assert not Silence("s", (matcher("urgency=B"),), at(0), at(9), "w", "r").fits(alert)
    found = [(silence, alert, at(4))]
    assert endangered([(alert, at(4))], [silence], frozenset({"urgency A"}), at(1)) == found
    assert endangered([(alert, at(4))], [silence], frozenset({"urgency B", "gold"}), at(1)) == []


# -- routes ------------------------------------------------------------------------------------------------------------


def load(folder: Path, receivers: str, more: str = "") -> Config:
    (folder / "policy.yml").write_text(TEXT, encoding="utf-8")
    path = folder / "tierwatch.yml"
    sources = "sources: {tickets: {type: jsonl_file, options: {path: t.jsonl}}}\n"
    path.write_text(f"policy: policy.yml\n{more}{sources}receivers: {receivers}\n", encoding="utf-8")
    return config_file.load(path)


@pytest.mark.parametrize(
    ("receivers", "more", "sentence"),
    [
        ("{a: {type: log, only: {urgency: B}}}", "tell_nobody: [diamond, gold]\n",
         "no receiver takes the breach of urgency A, so nobody would be told of it; let one take it, or write"
         " tell_nobody: [urgency A] if that is meant"),
        ("{a: {type: log, only: {tier: [diamond, gold]}}}", "tell_nobody: [A]\n",
         "tell_nobody.0: policy case@1 has no rung 'A'; it has diamond, gold, standard, AAA, normal, urgency A,"),
        ("{a: {type: log, only: {urgency: D}}}", "",
         "receivers.a.only.urgency: 'D' is no urgency that an alert can have here; there is A, B"),
        ("{a: {type: log, only: {site: North}}}", "", "no alert has site North"),
        ("{a: {type: log}}", "wake_through_silence: [urgency D]\n", "wake_through_silence.0: policy case@1 has no"),
    ],
)  # fmt: skip
def test_a_configuration_in_which_nobody_hears_of_a_rung_is_refused(
    tmp_path: Path, receivers: str, more: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, receivers, more)
    assert sentence in str(refused.value)


@pytest.mark.parametrize("more", ["", "wake_through_silence: [gold, Urgency a]\n"])
def test_a_receiver_of_a_rung_is_good_and_what_nobody_takes_is_said(tmp_path: Path, more: str) -> None:
    config = load(
        tmp_path, "{a: {type: log, only: {tier: [diamond, gold]}}, b: {type: log, only: {urgency: [a]}}}", more
    )
    assert [one.sentence for one in config.untaken] == [
        "receivers: urgency B: used_90, breached with tier standard, none: no receiver takes them, so nobody is told"
    ]
    if more:
        assert config.wake_through_silence == {"gold", "urgency A"}


def test_meant_for_nobody_is_said_with_the_ladder(tmp_path: Path) -> None:
    config = load(tmp_path, "{a: {type: log, only: {tier: [diamond, gold]}}}", "tell_nobody: [urgency A, urgency B]\n")
    assert config.untaken == ()


def test_every_alert_that_a_desk_can_make_is_a_kind_that_routes_know() -> None:
    world = World((policy(),), ("tickets",), "north")
    for tier in ("diamond", "gold", "standard", ""):
        for urgency in ("A", "B", "C", ""):
            said = {name: word for name, word in (("tier", tier), ("urgency", urgency)) if word}
            one = desk()
            one.look([ticket("T1", at(0), "new", **said)], at(9))
            for alert in one.stored.values():
                words = {name: frozenset({word}) for name, word in known(alert).items()}
                words = {name: word for name, word in words.items() if name in world.labels}
                assert any(takes(words, shape) for shape in world.shapes()), words


def test_clocks_of_a_source_that_is_not_read_count_where_a_further_ladder_pages() -> None:
    rules = build_rulebook.rulebook(policy(), {"tickets": MAPPING})
    row = OpenClocks("tickets", NO_RUNG, NO_RUNG, "case@1", 3, at(4))
    assert [one.clocks for one in paging([row], rules)["tickets"]] == [3]
    without = build_rulebook.rulebook(policy(("  urgency: {A: [50%, 90%, 100%], B: [90%, 100%]}\n", "")), {})
    assert paging([row], without) == {}


def test_the_example_of_the_document_is_a_policy() -> None:
    page = (Path(__file__).parents[3] / "docs/configuration.md").read_text(encoding="utf-8")
    section = page.partition("### A ladder of urgency\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    example = "\n".join(line[4:] for line in section.splitlines() if line.startswith("    "))
    rest = POLICY[POLICY.index("calendars:") :].partition("  feedback:")[0]
    rows = rest.replace("      - {when: {tier: diamond}, budget: 2h, source: test}\n", "")
    head = 'policy: case\nversion: "1"\neffective_from: 2026-01-01\nname: {en: Case}\n'
    built = policy_file.build(yaml_file.parse(f"{head}{example}\n{rows}", "docs"))
    assert [stage.name for stage in built.stages_for({"tier": "gold", "urgency": "A"})] == [
        "used_75", "breached", "used_50", "used_90",
    ]  # fmt: skip
