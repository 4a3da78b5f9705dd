"""Every name in a configuration refers to something: a typing error is refused, with what was perhaps meant."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.oncall import read_rota, remarks, roster_file
from monitor.config import config_file, policy_file, yaml_file
from monitor.config.routes import World, contradiction, takes, untaken
from monitor.errors import ConfigError
from monitor.history.events import Event
from monitor.history.mapping import interpret
from monitor.model import SubjectKind
from monitor.text.spelling import nearest
from monitor.text.words import folded
from tests.support import naming
from tests.support.cases import POLICY, at
from tests.support.configurations import TEXT, good, refused, write
from tests.support.naming import Reference, misspelt, references, replaced
from tests.support.texts import exchanged

EXAMPLES = Path(__file__).parents[3] / "examples"
SHIPPED = Path(policy_file.__file__).parents[1] / "shipped"

OWN = """\
instance: north
policy: policy.yml
root_causes: [circuit, cause]
wake_through_silence: [gold]
tell_nobody: [standard]
sources:
  tickets:
    type: jsonl_file
    every: 20s
    options: {path: t.jsonl, zone: UTC}
    mapping:
      version: "2"
      statuses: {Open: opened, Waiting: held/awaiting_vendor, Done: restored}
      reasons: {"*user*": awaiting_user_info}
      attributes:
        tier: {field: level, values: {G: gold, S: standard}}
        customer_tier: {field: level, values: {G: gold}}
        assurance: {field: assurance}
      circuit_states: {UP: available, DOWN: unavailable}
      instants: {detected: at}
  spare:
    type: servicenow_audit
    options: {path: s.csv, date_format: d/m/y}
receivers:
  all: {type: log, shadow: false}
  some:
    type: log
    only: {tier: [gold, standard], severity: critical, sla_target: [accept, restore], source: tickets, stage: breached}
  near:
    type: log
    only: {alertname: TierwatchDeadlineNear, stage: [used_50, left_30m], team: NOC, instance: north}
"""
ROTA = (EXAMPLES / "oncall.yml").read_text(encoding="utf-8")
RECEIVERS = {"oncall", "log"}

POLICIES = {path.stem: path.read_text(encoding="utf-8") for path in sorted(SHIPPED.glob("*.yml"))}
POLICIES["example"] = (EXAMPLES / "policy.yml").read_text(encoding="utf-8")
FREE = re.compile(r".*\.when\.(urgency|scope|process)$|receivers\.\w+\.only\.team$")
"""Names that are the sources' own words: they are held against no list."""

WORDS = re.compile(
    r"(wake_through_silence|tell_nobody|pause)\.\d+$|.*\.pause\.\d+$|.*\.(tier|assurance)(\.\d+)?$|stages\.\w+\.\w+$"
    r"|.*\.mapping\.(reasons|attributes\.\w+\.values)\..*"
)
"""Names that are words, which another case does not misspell: rungs and pause reasons."""


def cases(text: str, patterns: tuple[str, ...]) -> list[tuple[Reference, str]]:
    return [
        (where, wrong)
        for where in references(text, patterns)
        if not FREE.match(where.path)
        for wrong in misspelt(where.name)
        if not (WORDS.match(where.path) and folded(wrong) == folded(where.name))
    ]


def ids(case: object) -> str:
    return case.path if isinstance(case, Reference) else str(case)


def meant(name: str) -> set[str]:
    """The spellings of the nearest name: a status may have its reason behind a slash, a team is one behind a role."""
    return {name, *name.split("/")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.yml").write_text(POLICIES["example"], encoding="utf-8")
    for name in ("t.jsonl", "s.csv"):
        (tmp_path / name).touch()
    return tmp_path


def test_the_configuration_that_is_misspelt_below_is_good(folder: Path) -> None:
    (folder / "tierwatch.yml").write_text(OWN, encoding="utf-8")
    assert [item.name for item in config_file.load(folder / "tierwatch.yml").receivers] == ["all", "some", "near"]


@pytest.mark.parametrize(("where", "wrong"), cases(OWN, naming.MAIN), ids=ids)
def test_a_misspelt_name_in_the_configuration_is_refused_with_the_one_that_was_meant(
    folder: Path, where: Reference, wrong: str
) -> None:
    path = folder / "tierwatch.yml"
    path.write_text(replaced(OWN, where, wrong), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        config_file.load(path)
    said = str(error.value)
    assert said.startswith(f"{path}:{where.line} ")
    if where.path != "policy":  # a path of a file of one's own
        assert any(f"did you mean {name!r}?" in said for name in meant(where.name)), said


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tier: [gold", "tier: [GOLD"),
        ("{G: gold", "{G: ' Gold'"),
        ("wake_through_silence: [gold", "wake_through_silence: [GOLD"),
        ("tell_nobody: [st", "tell_nobody: [St"),
        ('"*user*": awaiting', '"*user*": Awaiting'),
        ("held/awaiting", "held/Awaiting"),
    ],
)
def test_a_rung_or_a_reason_in_another_case_is_the_same(folder: Path, old: str, new: str) -> None:
    path = folder / "tierwatch.yml"
    path.write_text(OWN, encoding="utf-8")
    before = config_file.load(path)
    path.write_text(exchanged(OWN, (old, new)), encoding="utf-8")
    after = config_file.load(path)
    assert (after.receivers, after.wake_through_silence) == (before.receivers, before.wake_through_silence)
    event = Event("tickets", "e", SubjectKind.TICKET, "T1", at(1), 1, "Waiting", fields={"level": "G"})
    one, other = (interpret([event], item.rules.mapping("tickets"), item.rules.words) for item in (before, after))
    assert (one, one.doubts) == (other, ())


@pytest.mark.parametrize("name", POLICIES)
def test_a_misspelt_name_in_a_policy_is_refused_with_the_one_that_was_meant(name: str) -> None:
    text = POLICIES[name]
    found = [case for pattern in naming.POLICY for case in cases(text, (pattern,))[:4]]
    assert len(found) > 20
    for where, wrong in found:
        with pytest.raises(ConfigError) as error:
            policy_file.build(yaml_file.parse(replaced(text, where, wrong), "p.yml"))
        said = str(error.value)
        line = next((line for line in said.splitlines() if f"did you mean {where.name!r}?" in line), "")
        assert line, f"{where.path} {wrong}: {said}"
        # what refers to a ladder that is misspelt where it is made is told at the place that refers to it
        assert line.startswith(f"p.yml:{where.line} ") or where.path.startswith("ladders."), line


@pytest.mark.parametrize(("where", "wrong"), cases(ROTA, naming.ROTA), ids=ids)
def test_a_misspelt_name_in_the_rota_is_refused_with_the_one_that_was_meant(
    tmp_path: Path, where: Reference, wrong: str
) -> None:
    path = tmp_path / "oncall.yml"
    path.write_text(replaced(ROTA, where, wrong), encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        roster_file.load(path, RECEIVERS)
    said = str(error.value)
    assert said.startswith(f"{path}:{where.line} "), said
    assert any(f"did you mean {name!r}?" in said for name in meant(where.name)), said


@given(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=3, max_size=12), st.data())
def test_the_nearest_name_is_the_one_that_was_mistyped(name: str, data: st.DataObject) -> None:
    others = ["zzzzqqqq", "0123456789"]
    wrong = data.draw(st.sampled_from(list(misspelt(name)) or [name.upper()]))
    assert nearest(wrong, [*others, name]) == name


# -- receivers that can never be told of anything --------------------------------------------------------------------


def only(text: str) -> tuple[str, str]:
    return "  log: {type: log}\n", f"  log: {{type: log}}\n  r: {{type: log, only: {text}}}\n"


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ("{severity: warning, stage: breached}",
         "receivers.r.only: no alert has severity warning and stage breached; there stage is"),
        ("{root_cause: r1, sla_target: restore}", "no alert has root_cause r1 and sla_target restore; such alerts"),
        ("{alertname: TierwatchBacklog, tier: gold}",
         "no alert has alertname TierwatchBacklog and tier gold; such alerts have no tier"),
        ("{tier: silver, stage: used_75, assurance: none}",
         "no alert has tier silver and stage used_75 and assurance none at once"),
        ("{tier: []}", "receivers.r.only.tier: lists no value, so nobody would be told; write one, or remove it"),
        ("{ticket: T1, circuit_: C1}", "'circuit_' is not a label of alerts"),
        ("{source: ticket}", "'ticket' is no source that an alert can have here; there is circuits, tickets, tierwatch;"
         " did you mean 'tickets'?"),
        ("{instance: south}", "'south' is no instance that an alert can have here; there is north"),
        ("{cycle: first}", "'first' is not a number, as every cycle is"),
    ],
)  # fmt: skip
def test_a_receiver_that_can_never_match_is_refused(folder: Path, conditions: str, said: str) -> None:
    found = refused(folder, only(conditions))
    assert found.startswith("tierwatch.yml:26 receivers.r.only")
    assert said in found


@pytest.mark.parametrize(
    "conditions",
    [
        "{tier: [silver, gold], severity: critical}", "{customer: Bank, tier: gold}", "{team: NOC}", "{ticket: T7}",
        "{circuit: C1, sla_target: restore}", "{alertname: TierwatchHeartbeat}", "{severity: none}", "{wave: 2}",
        '{tier: ["", gold]}', "{tier: none, assurance: AAA, stage: used_90}", "{source: tierwatch}",
    ],
)  # fmt: skip
def test_a_receiver_that_may_match_is_good(folder: Path, conditions: str) -> None:
    assert good(folder, only(conditions)).receivers[1].name == "r"


def test_a_target_that_leaves_a_tier_out_makes_no_alert_of_it() -> None:
    text = POLICY + "stages: {tier: {gold: [100%], diamond: [100%]}}\n"
    assert text.count("    pause: [customer]\n") == 1
    left_out = exchanged(text, ("    pause: [customer]\n", "    pause: [customer]\n    unless: {tier: gold}\n"))
    for policy_text, never in ((text, False), (left_out, True)):
        policy = policy_file.build(yaml_file.parse(policy_text, "p.yml"))
        world = World((policy,), ("tickets",), "north")
        breach = {"alertname": "TierwatchDeadlineBreached", "tier": "gold", "sla_target": "restore"}
        asked = {label: frozenset({value}) for label, value in breach.items()}
        assert (contradiction(asked, world) is not None) is never
        said = [one for one in untaken([({"sla_target": frozenset({"accept", "feedback"})}, False)], world)]
        assert any(one.rung == "gold" for one in said) is not never
        assert any(one.rung == "diamond" for one in said)


# -- what nobody takes ------------------------------------------------------------------------------------------------


def alone(text: str) -> tuple[str, str]:
    return "  log: {type: log}\n", f"  log: {{type: log, only: {text}}}\n"


def test_a_gold_breach_that_no_receiver_takes_is_refused_unless_it_is_meant(folder: Path) -> None:
    said = refused(folder, alone("{tier: [silver, bronze]}"))
    assert said == (
        "tierwatch.yml:24 receivers: no receiver takes the breach of tier gold, so nobody would be told of it; let one"
        " take it, or write tell_nobody: [gold] if that is meant"
    )
    meant_so = good(folder, alone("{tier: [silver, bronze]}"), ("zone:", "tell_nobody: [gold]\nzone:"))
    assert not any(one.rung == "gold" for one in meant_so.untaken)
    assert "has no rung 'glod'" in refused(folder, ("zone:", "tell_nobody: [glod]\nzone:"))


def test_the_highest_tier_that_pages_counts_whatever_it_is_called(folder: Path) -> None:
    text = exchanged(POLICIES["example"], ("gold", "vip"), ("Gold", "VIP"))
    (folder / "policy.yml").write_text(text, encoding="utf-8")
    path = folder / "tierwatch.yml"
    path.write_text(
        "policy: policy.yml\nsources: {t: {type: jsonl_file, options: {path: t.jsonl}}}\n"
        "receivers: {log: {type: log, only: {tier: standard}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError, match="no receiver takes the breach of tier vip"):
        config_file.load(path)


def test_stages_that_nobody_takes_are_said(folder: Path) -> None:
    said = good(folder, alone("{tier: gold}")).notices
    silver = "receivers: tier silver: used_90, breached: no receiver takes them, so nobody is told"
    assert silver in said
    assert any(one.startswith("receivers: assurance AAA: used_75, used_90, breached") for one in said)
    assert good(folder).notices == ()
    accept = good(folder, alone("{sla_target: [restore, feedback]}")).notices
    assert any("tier gold" in one and " of accept, survey, notice: no receiver" in one for one in accept)


CALLED = """\
people: {zhang: {name: {en: Zhang}, receivers: phone}}
teams:
  noc:
    name: {en: NOC}
    receivers: [phone]
    layers: [{people: [zhang], start: 2026-01-05}]
    escalation: [{at: 0%, tell: on_call}]
"""


def test_people_who_are_called_for_all_tickets_are_told_and_those_of_some_teams_are_not(folder: Path) -> None:
    (folder / "secret").write_text("x" * 40, encoding="utf-8")
    rota = folder / "oncall.yml"
    changes = (
        ("  log: {type: log}\n", "  phone: {type: log, personal: true}\n"),
        ("zone:", "oncall: oncall.yml\nlink_secret: {file: secret}\nzone:"),
    )
    now = datetime(2026, 3, 2, tzinfo=UTC)
    rota.write_text(CALLED, encoding="utf-8")
    checked = good(folder, *changes)
    oncall, _ = read_rota(checked, now)
    assert not [line for line in remarks(checked, oncall, now) if line.startswith("receivers:")]
    rota.write_text(exchanged(CALLED, ("    layers:", "    tickets_of: [North]\n    layers:")), encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"oncall\.yml: no team's escalation is for all tickets, and no receiver takes"
    ):
        read_rota(good(folder, *changes), now)
    meant_so = good(folder, *changes, ("instance: north\n", "instance: north\ntell_nobody: [gold]\n"))
    oncall, _ = read_rota(meant_so, now)
    said = [line for line in remarks(meant_so, oncall, now) if line.startswith("receivers:")]
    assert "receivers: tier silver: used_90, breached: no receiver takes them, so nobody is told" in said
    assert not [line for line in said if "tier gold" in line]


def test_a_receiver_in_shadow_takes_nothing_and_a_personal_one_only_what_its_person_is_called_for(
    folder: Path,
) -> None:
    shadow = good(folder, ("  log: {type: log}\n", "  log: {type: log, shadow: true}\n"))
    assert (
        "receivers: tier gold: used_75, used_90, breached: only a receiver in shadow takes them, so nobody is told"
        in (shadow.notices)
    )
    assert "no receiver takes the breach of tier gold" in refused(
        folder, ("  log: {type: log}\n", "  log: {type: log, personal: true}\n")
    )


@given(
    st.dictionaries(
        st.sampled_from(["tier", "assurance", "stage", "sla_target", "severity", "alertname"]), st.integers(0, 40)
    )
)
def test_conditions_contradict_exactly_if_no_alert_meets_them(chosen: dict[str, int]) -> None:
    """Against a search by hand through everything that the policy can make."""
    world = World((policy_file.load("cmcc-2014"),), ("tickets",), "north")
    conditions = {label: frozenset({world.values(label)[n % len(world.values(label))]}) for label, n in chosen.items()}
    by_hand = any(
        all((said := shape.get(label, frozenset({""}))) is None or value & said for label, value in conditions.items())
        for shape in world.shapes()
    )
    assert (contradiction(conditions, world) is None) is by_hand
    told = untaken([(conditions, False)], world)
    for one in told:
        for shape in world.clocks():
            if shape[one.ladder] == {one.rung} and shape["stage"] <= {*one.stages} and one.whole:  # type: ignore[operator]
                other = "assurance" if one.ladder == "tier" else "tier"
                assert "none" not in (shape[other] or ()) or not takes(conditions, shape)


# -- the places ------------------------------------------------------------------------------------------------------


def test_the_configuration_under_test_has_every_place_where_a_name_can_stand(folder: Path) -> None:
    """A new place is added to OWN, or it is not misspelt above."""
    for pattern in naming.MAIN:
        if pattern not in ("policy.*", "receivers.*.options.?") and "assurance.values" not in pattern:
            known = "far_tier" in pattern or any(references(OWN, (pattern,)))
            assert known, pattern
    assert "instance" in TEXT
    assert write(folder).exists()
