"""The rulebook's version: the same rules have the same in every process, and any change of them another."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.config import build_rulebook, config_file, policy_file
from monitor.errors import ConfigError
from monitor.history.mapping import AttributeRule, SourceMapping, StatusRule
from monitor.model import AgreementKind, Name, Opening, Phase, Reopen, Rung
from monitor.policy.guarded import GuardedPeriod
from monitor.policy.policy import Agreement, Declared, Inheritance, MajorFault, Provenance
from monitor.policy.target import Stage
from monitor.worktime.calendars import Calendar
from tests.support.cases import MAPPING
from tests.support.configurations import write


def version_of(policy=None, mappings=None) -> str:
    base = policy_file.load("it-support", "Asia/Shanghai")
    return build_rulebook.rulebook(policy or base, mappings or {"tickets": MAPPING}).version


def test_the_same_rules_have_the_same_version_in_every_process(folder: Path) -> None:
    path = write(folder)
    script = (
        f"from pathlib import Path; from monitor import config; print(config.load(Path({str(path)!r})).rules.version)"
    )
    versions = set()
    for seed in ("0", "1", "4242"):
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        versions.add(done.stdout.strip())
    assert versions == {config_file.load(path).rules.version}


NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

POLICY_CHANGES = {
    "version": {"version": "2"},
    "id": {"id": "other"},
    "title": {"title": Name("a", "b")},
    "effective_from": {"effective_from": date(2010, 1, 1)},
    "at_risk": {"at_risk": 0.8},
    "ladders": {"ladders": {"tier": (Rung("gold", Name("G", "G"), 0),)}},
    "reasons": {"reasons": {}},
    "stages": {"stages": {"tier": {"gold": (Stage("left_15m", left=timedelta(minutes=15)),)}}},
    "calendars": {"calendars": {"always": Calendar("always", always=True), "office": Calendar("office", always=True)}},
    "targets": {"targets": ()},
    "agreements": {"agreements": (Agreement(AgreementKind.OLA, "core", "restore", ()),)},
    "inherit": {"inherit": (Inheritance({"scope": frozenset({"cross-city"})}, "diamond"),)},
    "zone": {"zone": "Europe/Berlin"},
    "corrects": {"corrects": ("0",)},
    "instants": {"instants": {"phoned": Name("a", "b")}},
    "attributes": {"attributes": {"branch_class": Declared(Name("Branch class", "网点"), ("core", "rural"))}},
    "guarded": {"guarded": (GuardedPeriod("x", Name("a", "b"), NOON, NOON + timedelta(days=1), {}),)},
    "major_faults": {"major_faults": (MajorFault("x", Name("a", "b"), {}, 3, timedelta(hours=2), "test"),)},
}


def test_every_field_of_a_policy_is_listed_above() -> None:
    assert set(POLICY_CHANGES) == {item.name for item in fields(policy_file.load("demo")) if item.init and item.compare}


def test_where_parts_come_from_changes_no_version_for_it_changes_no_reading() -> None:
    base = policy_file.load("it-support", "Asia/Shanghai")
    (first, *rest), (row, *rows) = base.targets, base.targets[0].rows
    remarked = replace(first, assumed=(Name("a", "b"),), rows=(replace(row, note="see clause 3"), *rows))
    sources = {("effective_from",): Provenance("assumed")}
    assert version_of(replace(base, targets=(remarked, *rest), sources=sources)) == version_of(base)


def test_a_key_that_nobody_writes_changes_no_version() -> None:
    @dataclass(frozen=True)
    class Before:
        name: str
        count: int = 0

    @dataclass(frozen=True)
    class After(Before):
        added: tuple[str, ...] = ()
        more: dict[str, str] = field(default_factory=dict)

    assert (
        build_rulebook.plain(After("x"), sparse=True) == build_rulebook.plain(Before("x"), sparse=True) == {"name": "x"}
    )
    assert build_rulebook.plain(After("x", 0, ("y",)), sparse=True) == {"name": "x", "added": ["y"]}
    assert build_rulebook.plain(After("x")) == {"name": "x", "count": 0, "added": [], "more": {}}


@pytest.mark.parametrize("name", POLICY_CHANGES)
def test_any_change_of_the_policy_changes_the_version(name: str) -> None:
    base = policy_file.load("it-support", "Asia/Shanghai")
    assert version_of(replace(base, **POLICY_CHANGES[name])) != version_of(base)


def test_a_change_deep_in_the_policy_changes_the_version() -> None:
    base = policy_file.load("it-support", "Asia/Shanghai")
    target, office = base.targets[0], base.calendars["office"]
    row = target.rows[0]
    rows = [
        replace(row, budget=row.budget + timedelta(microseconds=1)), replace(row, calendar="office"),
        replace(row, figure="assumed"), replace(row, when={"urgency": frozenset({"B"})}),
    ]  # fmt: skip
    targets = [
        replace(target, reopen=Reopen.NEW_CYCLE), replace(target, recurring=True), replace(target, name="x"),
        replace(target, pauses=frozenset()), replace(target, stop=frozenset({Phase.CLOSED})),
        replace(target, start=frozenset({Phase.OPENED})), replace(target, title=Name("a", "b")),
        replace(target, rows=target.rows[::-1]), *(replace(target, rows=(one, *target.rows[1:])) for one in rows),
    ]  # fmt: skip
    offices = [
        replace(office, zone="UTC"), replace(office, version="2"), replace(office, days={date(2026, 1, 1): ()}),
        replace(office, weekly={**office.weekly, 5: ((time(8), time(9)),)}),
    ]  # fmt: skip
    policies = [replace(base, targets=(one,)) for one in targets]
    policies += [replace(base, calendars={**base.calendars, "office": one}) for one in offices]
    versions = {version_of(base), *(version_of(policy) for policy in policies)}
    assert len(versions) == 1 + len(policies)


def test_any_change_of_a_mapping_changes_the_version() -> None:
    mappings = [
        MAPPING, replace(MAPPING, version="2"),
        replace(MAPPING, statuses={**MAPPING.statuses, "x": StatusRule(Phase.HELD)}),
        replace(MAPPING, statuses={**MAPPING.statuses, "new": StatusRule(Phase.OPENED, "customer")}),
        replace(MAPPING, reasons={}), replace(MAPPING, attributes={"tier": AttributeRule("tier", {"a": "b"})}),
        replace(MAPPING, attributes={"tier": AttributeRule("class")}), replace(MAPPING, circuit_states={}),
        replace(MAPPING, instants={"detected": "alarm_time"}), replace(MAPPING, zone=ZoneInfo("Asia/Shanghai")),
        replace(MAPPING, whole=True), replace(MAPPING, opened_at=Opening.IGNORED),
    ]  # fmt: skip
    versions = {version_of(mappings={"tickets": mapping}) for mapping in mappings}
    versions.add(version_of(mappings={"others": MAPPING}))
    assert len(versions) == len(mappings) + 1
    assert is_dataclass(SourceMapping)
    assert {item.name for item in fields(SourceMapping) if item.compare} == {
        "version", "statuses", "reasons", "attributes", "circuit_states", "instants", "zone", "whole", "opened_at",
    }  # fmt: skip


def test_what_a_policy_declares_is_read_from_the_field_of_its_name_where_a_source_has_our_names() -> None:
    base = policy_file.load("facility-service", "Asia/Shanghai")
    attributes = {"ward": Declared(Name("Ward", "病区"))}
    versions = [
        replace(base, attributes=attributes, instants={}),
        replace(base, attributes={}, instants={"diagnosed": Name("Diagnosis", "定位")}),
    ]
    own = replace(MAPPING, same_names=True)
    elsewhere = replace(own, attributes={"ward": AttributeRule("unit")}, instants={"diagnosed": "found_at"})

    def names(mapping: SourceMapping) -> tuple[AttributeRule | None, str | None]:
        found = build_rulebook.rulebook(versions, {"log": mapping}).mapping("log")
        return found.attributes.get("ward"), found.instants.get("diagnosed")

    assert names(own) == (AttributeRule("ward"), "diagnosed")
    assert names(elsewhere) == (AttributeRule("unit"), "found_at")
    assert names(MAPPING) == (None, None)
    it_support = policy_file.load("it-support", "Asia/Shanghai")
    bare = [replace(it_support, attributes={}, instants={})]
    assert version_of(bare, {"log": own}) == version_of(bare, {"log": MAPPING})


def test_the_order_of_reason_patterns_is_part_of_the_version() -> None:
    one = replace(MAPPING, reasons={"*vendor*": "customer", "*": "other"})
    other = replace(MAPPING, reasons={"*": "other", "*vendor*": "customer"})
    assert version_of(mappings={"tickets": one}) != version_of(mappings={"tickets": other})


def test_versions_of_a_policy_that_spell_a_rung_or_a_reason_in_two_ways_are_refused() -> None:
    first = policy_file.load("it-support", "Asia/Shanghai")
    reasons = {name.upper(): title for name, title in first.reasons.items()}
    with pytest.raises(ConfigError, match="write it in the same way in both"):
        version_of([first, replace(first, version="2", reasons=reasons)])
    gold, shouted = ({"tier": (Rung(name, Name("G", "G"), 0),)} for name in ("gold", "Gold"))
    with pytest.raises(ConfigError, match="the rung of the ladder tier 'Gold' is 'gold' in it-support@1"):
        version_of([replace(first, ladders=gold), replace(first, version="2", ladders=shouted)])
