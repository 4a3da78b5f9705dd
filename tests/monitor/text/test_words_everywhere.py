"""However the words of a history are spelled, its clocks, legs and agreements stand where they stood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.decide.silences import matcher
from alerts.decide.withholding import Route
from alerts.oncall.escalation import Rota
from alerts.oncall.roster import Roster
from monitor.alert.alert import Alert, Channel, Delivery
from monitor.clock import engine
from monitor.clock.engine import Rulebook
from monitor.clock.not_understood import line
from monitor.config import build_rulebook, policy_file, yaml_file
from monitor.config.config_file import overlay
from monitor.config.schema import AttributeText, MappingText
from monitor.errors import ConfigError
from monitor.history.events import Event
from monitor.history.mapping import ATTRIBUTES, INSTANTS, AttributeRule, SourceMapping, StatusRule, interpret
from monitor.model import CircuitState, Phase, SubjectKind
from monitor.text.words import folded
from tests.support.cases import at
from tests.support.configurations import good, refused
from tests.support.spellings import respelled
from tests.support.texts import exchanged

POLICY = """
policy: words
version: "1"
effective_from: 2020-01-01
name: {en: Words}
ladders:
  tier: [{id: gold, en: Gold}, {id: standard, en: Standard}]
  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]
calendars:
  always: {zone: UTC, hours: 24x7}
pause_reasons:
  customer: {en: Waiting for the customer}
  planned_work: {en: Planned work}
inherit:
  - {when: {far_tier: gold, scope: cross-city}, tier: gold}
targets:
  restore:
    name: {en: Restoration}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [Customer]
    begins: [detected]
    unless: {process: [survey]}
    budgets:
      - {when: {tier: Gold, assurance: aaa}, budget: 3h, source: test}
      - {when: {tier: GOLD}, budget: 4h, source: test}
      - {when: {urgency: [A, B]}, budget: 5h, source: test}
  survey:
    name: {en: Survey}
    start: [opened, accepted, held]
    stop: [closed]
    budgets: [{when: {process: survey}, budget: 9h, source: test}]
  interruption:
    name: {en: Interruption}
    of: circuit
    start: [unavailable]
    per: month
    pause: [planned_work]
    budgets: [{when: {assurance: AAA}, budget: 1h, source: test}]
agreements:
  - {kind: OLA, party: Core NOC, supports: restore, budgets: [{budget: 2h, source: test}]}
  - {kind: UC, party: Fibre Ltd, supports: restore, budgets: [{budget: 1h, source: test}]}
"""
MAPPING = SourceMapping(
    statuses={
        "new": StatusRule(Phase.OPENED), "in progress": StatusRule(Phase.ACCEPTED), "on hold": StatusRule(Phase.HELD),
        "fixed": StatusRule(Phase.RESTORED), "done": StatusRule(Phase.CLOSED),
    },
    reasons={"waits for customer": "CUSTOMER", "*maintenance*": "planned_work"},
    attributes={
        **{name: AttributeRule(name) for name in ATTRIBUTES},
        "urgency": AttributeRule("priority", {"1 critical": "A", "2 high": "b"}),
    },
    circuit_states={"up": CircuitState.AVAILABLE, "down": CircuitState.UNAVAILABLE},
    instants={name: name for name in INSTANTS},
)  # fmt: skip


def rules() -> Rulebook:
    built = policy_file.build(yaml_file.parse(POLICY, "words.yml"))
    return build_rulebook.rulebook(built, {"desk": MAPPING})


RULES = rules()
WORDS = {
    "tier": ("gold", "standard"), "assurance": ("AAA", "normal"), "priority": ("1 critical", "2 high", "b"),
    "far_tier": ("gold",), "customer_tier": ("gold",), "scope": ("cross-city", "in-city"),
    "process": ("survey", "fault"), "team": ("Core NOC", "Desk"), "supplier": ("Fibre Ltd", "Ditch Ltd"),
}  # fmt: skip
STATUSES = ("new", "in progress", "on hold", "fixed", "done")


@st.composite
def histories(draw: st.DrawFn, kind: SubjectKind) -> list[Event]:
    events = []
    for number in range(draw(st.integers(1, 6))):
        status = draw(st.sampled_from(STATUSES if kind is SubjectKind.TICKET else ("up", "down", "on hold", "new")))
        names = draw(st.sets(st.sampled_from(sorted(WORDS)), max_size=4))
        events.append(
            Event(
                "desk", f"e{number}", kind, "S1", at(number + draw(st.integers(0, 2))), number, status,
                draw(st.sampled_from(["waits for customer", "customer", "Site maintenance", "lunch"]))
                if status == "on hold" else None,
                fields={name: draw(st.sampled_from(WORDS[name])) for name in sorted(names)},
            )
        )  # fmt: skip
    return events


@st.composite
def respelt(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    return [
        replace(
            event,
            status=draw(respelled(event.status or "")),
            reason=None if event.reason is None else draw(respelled(event.reason)),
            fields={name: draw(respelled(word)) for name, word in event.fields.items()},
        )
        for event in events
    ]


def stands(events: Sequence[Event]) -> list[object]:
    """All that the readings say, but for words that nothing compares: the statuses as written."""
    history = interpret(events, RULES.mapping("desk"), RULES.words)
    readings = engine.read_all(history, RULES, at(40), events[0].kind)
    said = [
        (
            one.target.name, one.cycle, one.state, one.counted, one.deadline, one.breached_at, one.stopped_at, one.tier,
            one.assurance, one.target.figure,
            [(part.start, part.end, part.life, part.reason) for part in one.intervals],
            [(leg.kind, folded(leg.party), leg.counted, leg.budget) for leg in one.legs],
        )
        for one in readings
    ]  # fmt: skip
    return [said, sorted((doubt.event_id, doubt.what) for doubt in history.doubts)]


@pytest.mark.parametrize("kind", [SubjectKind.TICKET, SubjectKind.CIRCUIT])
@settings(max_examples=60)
@given(data=st.data())
def test_case_width_and_space_of_any_word_of_a_history_change_nothing(kind: SubjectKind, data: st.DataObject) -> None:
    events = data.draw(histories(kind))
    assert stands(data.draw(respelt(events))) == stands(events)


def test_one_rung_has_one_name_however_it_is_spelled() -> None:
    tiers = {
        reading.tier
        for word in ("gold", "GOLD ", "\u3000Gold", "ｇｏｌｄ")
        for reading in engine.advance([_opened(tier=word)], (), RULES, at(2)).readings
    }
    assert tiers == {"gold"}


def _opened(**fields: str) -> Event:
    return Event("desk", "e1", SubjectKind.TICKET, "S1", at(0), 1, "new", fields=fields)


UNKNOWN = {
    "status": Event("desk", "e1", SubjectKind.TICKET, "S1", at(0), 1, "odd"),
    "reason": Event("desk", "e1", SubjectKind.TICKET, "S1", at(0), 1, "on hold", "odd"),
    **{name: _opened(**{name: "2026-01-04"}) for name in INSTANTS},
    "urgency": _opened(priority="odd"),
    **{name: _opened(**{name: "odd"}) for name in ("tier", "assurance", "customer_tier", "far_tier")},
}  # fmt: skip


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_unknown_word_of_each_kind_is_a_doubt(what: str) -> None:
    event = UNKNOWN[what]
    history = interpret([event], RULES.mapping("desk"), RULES.words)
    assert [doubt.what for doubt in history.doubts] == [what]
    assert what not in history.attributes


def test_a_process_that_the_policy_has_no_word_for_is_a_doubt_only_where_nothing_is_promised_because_of_it() -> None:
    alone = interpret([_opened(process="odd")], RULES.mapping("desk"), RULES.words)
    assert [(doubt.what, doubt.value) for doubt in alone.doubts] == [("process", "odd")]
    fault = interpret([_opened(process="odd", tier="gold")], RULES.mapping("desk"), RULES.words)
    assert (fault.doubts, fault.attributes["process"]) == ((), "odd")


def test_an_urgency_that_another_row_does_not_need_is_no_doubt() -> None:
    mapping = SourceMapping(statuses=MAPPING.statuses, attributes={n: AttributeRule(n) for n in ("tier", "urgency")})
    assert interpret([_opened(urgency="C", tier="gold")], mapping, RULES.words).doubts == ()
    assert [doubt.value for doubt in interpret([_opened(urgency="C")], mapping, RULES.words).doubts] == ["C"]


def test_an_unknown_urgency_takes_nothing_back_of_what_was_understood() -> None:
    later = replace(_opened(priority="odd"), event_id="e2", at=at(1))
    history = interpret([_opened(priority="1 critical"), later], RULES.mapping("desk"), RULES.words)
    assert history.attributes == {"urgency": "A"}
    assert {name: doubt.value for name, doubt in history.unread.items()} == {"urgency": "odd"}
    mended = replace(_opened(priority=" 2 HIGH"), event_id="e3", at=at(2))
    assert interpret([later, mended], RULES.mapping("desk"), RULES.words).unread == {}


@pytest.mark.parametrize("name", INSTANTS)
def test_every_instant_takes_the_zone_of_its_source(name: str) -> None:
    mapping = replace(MAPPING, zone=ZoneInfo("Asia/Shanghai"))
    for text in ("2026-01-05T07:30:00", " 2026-01-05t07:30 ", "2026-01-04 23:30:00z", "2026-01-05T00:30:00+01:00"):
        history = interpret([_opened(**{name: text})], mapping, RULES.words)
        assert (history.facts[-1].instants, history.doubts) == ({name: datetime(2026, 1, 4, 23, 30, tzinfo=UTC)}, ())
    for text in ("2026-01-05", "20260105", "half past seven", "9999-12-31T23:59:59", "0001-01-01T00:00:00"):
        assert [doubt.what for doubt in interpret([_opened(**{name: text})], mapping, RULES.words).doubts] == [name]


# -- mappings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("        pending: held/customer_power\n", "        pending: held\n        Pending : held\n",
         "15 sources.tickets.mapping.statuses.Pending: 'Pending' is the same word as 'pending' in line 14"),
        ('        "*no access*": customer_access\n', '        "*A": customer_access\n        "*a ": customer_access\n',
         "17 sources.tickets.mapping.reasons.*a: '*a ' is the same word as '*A' in line 16"),
        ("        team: {field: group}\n", "        team: {field: group, values: {a: x, Ａ: y}}\n",
         "18 sources.tickets.mapping.attributes.team.values.Ａ: 'Ａ' is the same word as 'a' in line 18"),
        ("{UP: available, DOWN: unavailable}", '{UP: available, "up ": available}',
         "23 sources.circuits.mapping.circuit_states.up: 'up ' is the same word as 'UP' in line 23"),
    ],
)  # fmt: skip
def test_two_keys_of_a_mapping_that_are_one_word_are_refused_with_both_lines(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert said in refused(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{id: standard, en: Standard}]\n  ass", "{id: ' Gold', en: X}]\n  ass",
         "words.yml:7 ladders.tier.1: ' Gold' is the same word as 'gold' in line 7"),
        ("  planned_work: {en: P", "  CUSTOMER: {en: P",
         "words.yml:13 pause_reasons.CUSTOMER: 'CUSTOMER' is the same word as 'customer' in line 12"),
        ("agreements:\n", "stages:\n  tier:\n    gold: [75%]\n    Gold: [90%]\nagreements:\n",
         "stages.tier.Gold: 'Gold' is the same word as 'gold' in line"),
    ],
)  # fmt: skip
def test_two_rungs_or_reasons_that_are_one_word_are_refused_with_both_lines(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        policy_file.build(yaml_file.parse(exchanged(POLICY, (old, new)), "words.yml"))
    assert said in str(error.value)


def test_a_circuits_words_that_coincide_are_refused(tmp_path: Path) -> None:
    source = (
        "  circuits:\n    type: circuit_http\n"
        "    options: {url: http://127.0.0.1:1/c, words: {Up: available, 'UP ': degraded}}\n"
    )
    old = "  circuits:\n    type: jsonl_file\n    options: {path: c.jsonl}\n"
    mapping = "    mapping:\n      circuit_states: {UP: available, DOWN: unavailable}\n"
    said = refused(tmp_path, (old, source), (mapping, ""))
    assert "words: 'UP ' is the same word as 'Up'; keep one of them" in said


def test_a_users_word_replaces_the_collectors_in_whatever_spelling(tmp_path: Path) -> None:
    config = good(tmp_path, ("        acknowledged: accepted\n", "        Acknowledged : accepted\n"))
    statuses = config.sources[0].mapping.statuses
    assert [word for word in statuses if word.lower() == "acknowledged"] == ["Acknowledged"]
    assert statuses["Acknowledged"].phase is Phase.ACCEPTED


def test_a_table_for_a_field_is_laid_over_the_collectors_and_the_policys_own_words_stay_understood() -> None:
    default = SourceMapping(attributes={"urgency": AttributeRule("priority", {"1": "A", "2": "B"})})
    text = MappingText(attributes={"urgency": AttributeText("priority", {"3": "B", " 1": "B"})})
    assert dict(overlay(default, text).attributes["urgency"].values) == {"2": "B", "3": "B", " 1": "B"}
    tier = SourceMapping(statuses=MAPPING.statuses, attributes={"tier": AttributeRule("tier", {"platin": "gold"})})
    for word in ("platin", "Platin ", "gold", "GOLD"):
        history = interpret([_opened(tier=word)], tier, RULES.words)
        assert (history.attributes, history.doubts) == ({"tier": "gold"}, ())


@pytest.mark.parametrize("what", ["status", "reason", "tier", "assurance", "urgency", "customer_tier", "far_tier"])
@given(word=st.text(min_size=1, max_size=30))
@settings(max_examples=25)
def test_the_line_of_mapping_that_is_proposed_makes_the_word_understood(what: str, word: str) -> None:
    event = UNKNOWN[what]
    if what in ("status", "reason"):
        event = replace(event, **{what: word})
    else:
        event = replace(event, fields=dict.fromkeys(event.fields, word))
    if not [doubt for doubt in interpret([event], RULES.mapping("desk"), RULES.words).doubts if doubt.what == what]:
        return
    text = line("desk", what, word, RULES)
    if not text:
        assert not word.strip() or what == "reason"
        return
    said = yaml_file.parse(text, "pasted.yml").data["sources"]["desk"]["mapping"]
    mapping = overlay(MAPPING, yaml_file.validate(MappingText, yaml_file.parse(text, "p"), (), said))
    book = build_rulebook.rulebook(RULES.policies, {"desk": mapping})
    assert [doubt for doubt in interpret([event], book.mapping("desk"), book.words).doubts if doubt.what == what] == []


# -- receivers, silences, teams ----------------------------------------------------------------------------------------

ALERT = Alert({"alertname": "X", "tier": "gold", "ticket": "inc1"}, {"team": "Core NOC ", "customer": "Bank A"}, at(0))


@pytest.mark.parametrize("only", [{"tier": "Gold "}, {"team": "core noc"}, {"customer": "ＢＡＮＫ Ａ", "tier": "GOLD"}])
def test_a_receiver_takes_the_words_of_its_route_in_whatever_spelling(only: dict[str, str]) -> None:
    route = Route(Channel("desk", Delivery.QUEUE), {name: frozenset({word}) for name, word in only.items()})
    assert route.takes(ALERT)


def test_a_ticket_is_no_word_and_is_named_exactly() -> None:
    assert not Route(Channel("desk", Delivery.QUEUE), {"ticket": frozenset({"INC1"})}).takes(ALERT)
    assert not matcher("ticket=INC1").fits(ALERT.labels)


@pytest.mark.parametrize("text", ["tier=GOLD", "tier=~go.*|G.*", "tier=~GOLD", "tier!=Silver", "tier!~SIL.*"])
def test_a_silence_fits_the_words_of_its_matchers_in_whatever_spelling(text: str) -> None:
    assert matcher(text).fits(ALERT.labels)


@pytest.mark.parametrize("text", ["tier!=Gold", "tier!~G.*", "tier=golden"])
def test_a_silence_that_excludes_a_word_excludes_every_spelling_of_it(text: str) -> None:
    assert not matcher(text).fits(ALERT.labels)


def test_a_team_has_its_tickets_in_whatever_spelling() -> None:
    steps = {"core": (object(),), "all": (object(),)}
    rota = Rota(Roster({}, {}), steps, {"core": {"Core NOC"}, "all": set()})  # type: ignore[arg-type]
    assert rota.team_of("CORE noc ") == "core"
    assert rota.team_of("elsewhere") == "all"
