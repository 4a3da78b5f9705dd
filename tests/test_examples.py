"""The examples are what a newcomer copies first: they load, and the policy counts as its comments say."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import cli
from monitor.clock import ticket_clock
from monitor.clock.engine import read_all
from monitor.clock.reading import Reading
from monitor.collectors import servicenow_audit
from monitor.config import build_rulebook, config_file, policy_file, schema
from monitor.history.mapping import interpret
from monitor.model import Phase, State
from monitor.policy.terms import terms
from tests.support.cases import at, ticket
from tests.support.texts import exchanged

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

LOG = """\
number,incident_state,sys_mod_count,opened_at,sys_updated_at,priority,assignment_group
INC1,New,0,7/3/2016 09:00,7/3/2016 09:00,2 - High,Group 1
INC1,Active,1,7/3/2016 09:00,7/3/2016 09:40,2 - High,Group 1
INC1,Awaiting User Info,2,7/3/2016 09:00,7/3/2016 10:00,2 - High,Group 1
INC1,Active,3,7/3/2016 09:00,8/3/2016 10:00,2 - High,Group 1
INC1,Resolved,4,7/3/2016 09:00,8/3/2016 17:30,2 - High,Group 1
INC2,Active,0,24/3/2016 17:00,24/3/2016 17:30,3 - Moderate,Group 2
INC2,Awaiting Vendor,1,24/3/2016 17:00,24/3/2016 18:00,3 - Moderate,Group 2
INC2,Resolved,2,24/3/2016 17:00,30/3/2016 18:00,3 - Moderate,Group 2
"""


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKETS_TOKEN", "a token")
    monkeypatch.setenv("NMS_PASSWORD", "a password")


@pytest.mark.usefixtures("secrets")
def test_the_configuration_is_good() -> None:
    loaded = config_file.load(EXAMPLES / "tierwatch.yml")
    assert [source.kind for source in loaded.sources] == ["tmf621", "circuit_http", "jsonl_file"]
    assert [receiver.kind for receiver in loaded.receivers] == ["alertmanager", "log"]
    assert loaded.rules.policy.id == "cmcc-2014"
    for source in loaded.sources:
        source.module.build(source.options)
    for receiver in loaded.receivers:
        receiver.module.build(receiver.options)


@pytest.mark.usefixtures("secrets")
def test_what_the_configuration_comments_out_is_good_too(tmp_path: Path) -> None:
    """Only whole entries: alternatives (a login in the place of a token) cannot stand beside what they replace."""
    text = (EXAMPLES / "tierwatch.yml").read_text(encoding="utf-8")
    for comment in ("speed: 1.0", "scan_statuses: [", "time: $.changedAt", "zone: Asia/Shanghai"):
        assert f"# {comment}" in text
        text = exchanged(text, (f"# {comment}", comment))
    head, mark, source = text.partition("  # help-desk:")
    entry, gap, tail = (mark + source).partition("\n\n")
    (tmp_path / "tierwatch.yml").write_text(head + re.sub(r"(?m)^  # ", "  ", entry) + gap + tail, encoding="utf-8")
    loaded = config_file.load(tmp_path / "tierwatch.yml")
    assert [source.kind for source in loaded.sources][-1] == "servicenow_audit"


def test_a_secret_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TICKETS_TOKEN", raising=False)
    monkeypatch.setenv("NMS_PASSWORD", "a password")
    with pytest.raises(Exception, match="has no variable TICKETS_TOKEN"):
        config_file.load(EXAMPLES / "tierwatch.yml")


def test_the_policy_is_good_and_leaves_no_rung_out() -> None:
    policy = policy_file.load("policy.yml", "Asia/Shanghai", EXAMPLES)
    assert policy.label == "help-desk@1"
    assert policy.missing() == ()
    assert {calendar.zone for calendar in policy.calendars.values()} == {"Asia/Shanghai"}
    assert policy.at_risk == 0.8
    assert [stage.name for stage in policy.stages["tier"]["gold"]] == ["used_50", "used_80", "left_30m", "breached"]


def test_the_policy_replays_a_log_as_it_says(tmp_path: Path) -> None:
    log, lines = tmp_path / "incidents.csv", tmp_path / "readings.jsonl"
    log.write_text(LOG, encoding="utf-8")
    arguments = ["replay", str(log), "--source", "servicenow_audit", "--policy", str(EXAMPLES / "policy.yml")]
    done = CliRunner().invoke(cli.app, [*arguments, "--zone", "UTC", "--readings", str(lines), "--json"])
    assert done.exit_code == 0, done.output
    found = {(line["subject"], line["target"]): line for line in map(json.loads, lines.read_text().splitlines())}
    assert set(found) == {("INC1", "accept"), ("INC1", "restore"), ("INC2", "accept"), ("INC2", "restore")}
    # Monday 09:00-10:00, then a pause until Tuesday 10:00; Tuesday 10:00-12:00 and 13:00-17:30: 7.5 h of 8 h
    assert (found["INC1", "restore"]["counted_seconds"], found["INC1", "restore"]["state"]) == (7.5 * 3600, "met")
    assert (found["INC1", "accept"]["counted_seconds"], found["INC1", "accept"]["state"]) == (2400, "met")
    # Thursday 17:00-18:00, Friday 25 March is a holiday, Monday to Wednesday 27 h: one hour too many, and the vendor's
    # time is ours. The budget was used up on Wednesday at 17:00.
    assert (found["INC2", "restore"]["counted_seconds"], found["INC2", "restore"]["state"]) == (28 * 3600, "breached")
    assert found["INC2", "restore"]["breached_at"] == "2016-03-30T17:00:00Z"


def read_by_policy(target: str, events: Sequence[object], now: float) -> Reading:
    rules = build_rulebook.rulebook(
        policy_file.load("policy.yml", "UTC", EXAMPLES), {"tickets": servicenow_audit.MAPPING}
    )
    from_fields = config_file.overlay(
        servicenow_audit.MAPPING, schema.MappingText(attributes={"tier": schema.AttributeText("tier")})
    )
    history = interpret(events, from_fields, rules.policy.rungs)  # type: ignore[arg-type]
    rule = rules.policy.rule(target)
    assert rule is not None
    found = terms(rule, rules.policy, history.facts, rules.working_times)
    *_, last = ticket_clock.cycles(history.facts, found, at(now))
    return last


def test_gold_is_round_the_clock_and_warns_half_an_hour_ahead() -> None:
    reading = read_by_policy("restore", [ticket("T1", at(20), "Active", tier="gold", priority="4 - Low")], 23.6)
    assert (reading.deadline, reading.state, reading.tier) == (at(24), State.AT_RISK, "gold")
    assert set(reading.reached) == {"used_50", "used_80", "at_risk", "left_30m"}


def test_every_target_of_the_policy_lists_held() -> None:
    for rule in policy_file.load("policy.yml", "UTC", EXAMPLES).targets:
        assert Phase.HELD in rule.start | rule.stop


def test_the_policy_works_with_a_log_of_the_collector_that_it_was_written_for() -> None:
    policy = policy_file.load("policy.yml", "UTC", EXAMPLES)
    held = {rule.reason for rule in servicenow_audit.MAPPING.statuses.values() if rule.reason is not None}
    assert set(policy.reasons) <= held
    history = interpret([ticket("T1", at(9), "New", priority="1 - Critical")], servicenow_audit.MAPPING, policy.rungs)
    rules = build_rulebook.rulebook(policy, {"tickets": servicenow_audit.MAPPING})
    assert {reading.target.name for reading in read_all(history, rules, at(9))} == {"accept", "restore"}


LISTENING = sorted(
    path
    for path in (*EXAMPLES.rglob("*.y*ml"), *(ROOT / "docs").rglob("*.md"))
    if re.search(r"(?m)^[^#]*listen: *(?!127\.0\.0\.1|localhost|\[?::1)\S", path.read_text(encoding="utf-8"))
)


def test_what_listens_beyond_this_machine_is_found() -> None:
    names = {str(path.relative_to(ROOT)) for path in LISTENING}
    assert {"examples/compose/tierwatch.yml", "examples/kubernetes/configmap.yaml", "docs/containers.md"} <= names


@pytest.mark.parametrize("path", LISTENING, ids=lambda path: path.name)
def test_what_shows_how_to_listen_beyond_this_machine_shows_the_login(path: Path) -> None:
    assert re.search(r"access: *(\{|$)|`access", path.read_text(encoding="utf-8"), re.MULTILINE), path
