from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter
from typer.testing import CliRunner

from monitor import cli
from monitor.config import policy_file, yaml_file
from monitor.config import schema as config_text
from monitor.config.policy_schema import AgreementText, BudgetText, InheritText, StartedByText, TargetText, stage
from monitor.config.yaml_file import Document
from monitor.errors import ConfigError
from monitor.text.durations import AmountText, amount
from tests.support.cases import POLICY
from tests.support.texts import exchanged

REPOSITORY = Path(__file__).parents[3]
SHIPPED = [resources.files("monitor") / "shipped" / f"{name}.yml" for name in policy_file.shipped()]


@cache
def policy_schema() -> dict[str, Any]:
    return policy_file.json_schema()


@cache
def configuration_schema() -> dict[str, Any]:
    return config_text.json_schema()


def mistakes(schema: dict[str, Any], data: Any) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(data)]


def test_both_schemas_are_schemas() -> None:
    for schema in (policy_file.json_schema(), config_text.json_schema()):
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", [*SHIPPED, REPOSITORY / "examples/policy.yml"], ids=lambda file: file.name)
def test_every_policy_that_loads_fits_the_schema(file: Any) -> None:
    document = yaml_file.parse(file.read_text(encoding="utf-8"), file.name)
    policy_file.build(document)
    assert mistakes(policy_schema(), document.data) == []


def test_the_example_configuration_fits_the_schema() -> None:
    document = yaml_file.read(REPOSITORY / "examples/tierwatch.yml")
    assert mistakes(configuration_schema(), document.data) == []


EVERY_KEY = (
    exchanged(
        POLICY,
        ("effective_from: 2026-01-01", "effective_from: {date: 2026-01-01, source: test, note: page 1}"),
        ("zh: 等待客户}", "zh: 等待客户, source: assumed, note: no document names one}"),
        ("hours: 24x7}", "hours: 24x7, source: test, note: page 2}"),
    )
    + """\
  report:
    name: {en: Report}
    of: ticket
    started_by: {target: restore, over: 3h}
    stop: [delivered]
    cancel: [cancelled, closed]
    choose: strictest
    budgets: [{budget: 1wd, source: test, note: assumed, after: 1h}]
  updates:
    name: {en: Updates}
    at_least: true
    start: [opened, on_site]
    stop: [restored]
    reset: [accepted]
    on_change: at_start
    begins: [{instant: detected, source: assumed, note: ours}, complained]
    assumed: [{en: That weekends count, zh: 周末计时}]
    budgets:
      - {opened_in: always, budget: 3 times, after_start: 1h, source: test}
      - {opened_outside: always, budget: 2 times, source: test}
  notice:
    name: {en: Notice}
    of: change
    start: [opened]
    stop: [delivered]
    ahead_of: planned
    last_day: close_of_business
    unless: {process: order}
    budgets: [{when: {customer_tier: gold, scope: [a, b]}, calendar: always, budget: 5wd, source: test}]
  lost:
    name: {en: Lost}
    of: circuit
    per: quarter
    pace: off
    start: [unavailable, degraded]
    budgets: [{budget: 0.05%, source: test}]
  visits:
    name: {en: Visits}
    counts: [closed]
    by: customer
    when: {process: visit}
    groups: [Acme]
    tier: gold
    stages: [75%, 100%]
    duties: {each: month, by: last working day}
    budgets: [{at_least: 1 times, source: test}]
  in_time:
    name: {en: In time}
    good: {target: restore}
    per: month
    budgets: [{goal: 90%, source: test}]
agreements:
  - {kind: UC, party: Digger, supports: restore, budgets: [{budget: 2h, source: test}]}
inherit:
  - {when: {far_tier: diamond}, tier: diamond, source: test, note: page 3}
at_risk: 80%
pace: {windows: [50%, 30d], factor: 1.5}
attributes:
  ward: {en: Ward, values: [north, 7]}
instants:
  phoned: {en: Phoned}
stages: {tier: {gold: [75%, 2h wall left]}}
major_faults:
  many: {name: {en: Many}, circuits: 3, lasting: 2h, source: test, when: {scope: city}, one_cause: true}
guarded_periods:
  exams:
    name: {en: Examinations}
    from: 2026-06-05T00:00
    to: 2026-06-11T00:00+08:00
    for: {customer: Exam Office, circuit: [C-1]}
    tier: gold
    stages: [50%]
    budgets: {restore: 1h}
    ordered_by: order 7
"""
)


def test_every_key_of_a_target_is_in_the_policy_above() -> None:
    data = yaml_file.parse(EVERY_KEY, "keys.yml").data
    written = {key for target in data["targets"].values() for key in target}
    assert {item.name for item in fields(TargetText)} - written == {"calendar"}
    rows = [row for target in data["targets"].values() for row in target["budgets"]]
    assert {item.name for item in fields(BudgetText)} == {key for row in rows for key in row}


def test_a_policy_with_every_kind_of_budget_fits_the_schema() -> None:
    document = yaml_file.parse(EVERY_KEY, "keys.yml")
    policy_file.build(document)
    assert mistakes(policy_schema(), document.data) == []


AMOUNTS = [
    "4h", "90m", "1d12h", "1wd", "10 wd", "0.05%", "12.5 %", "1 time", "4 times", "4times", "10m", "0wd", "0s",
    "until agreed", "0 times",
]  # fmt: skip
NO_AMOUNTS = [
    "4 hrs", "", "4", "0h", "0d0m", "0 wd", "until", "until Agreed", "0%", "0.0%", "100%", "150%", "5 days",
    "wd", "%", "times", "1.5h", "1.5wd", "2.5 times", "-4h", "-1wd", "4h30", "5wd 4h", "four times", 4, 4.5, None,
    ["4h"],
]  # fmt: skip


@pytest.mark.parametrize("written", AMOUNTS)
def test_an_amount_that_the_loader_reads_fits_the_schema(written: str) -> None:
    assert amount(written)
    assert mistakes(policy_schema(), changed(POLICY, BUDGET, written)) == []


@pytest.mark.parametrize("written", NO_AMOUNTS, ids=repr)
def test_an_amount_that_the_loader_refuses_the_schema_refuses_too(written: Any) -> None:
    with pytest.raises(ValueError, match="write"):
        amount(written)
    assert mistakes(policy_schema(), changed(POLICY, BUDGET, written)) != []


@given(st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,3})? ?(wd|%|times?|d|h|m|s)?[0-9]{0,2}[ms]?", fullmatch=True))
def test_loader_and_schema_agree_on_what_is_an_amount(written: str) -> None:
    try:
        amount(written)
        good = True
    except ValueError:
        good = False
    validator = Draft202012Validator(TypeAdapter(AmountText).json_schema())
    assert validator.is_valid(written) is good


@pytest.mark.parametrize("written", ["75%", "7 %", "15m left", "1d12h left", "2h wall left", "30m  wall  left"])
def test_a_stage_that_the_loader_reads_fits_the_schema(written: str) -> None:
    assert stage(written).name
    assert mistakes(policy_schema(), changed(STAGED, GOLD, written)) == []


@pytest.mark.parametrize(
    "written", ["75", "2h", "2h wall", "wall 2h left", "2h of wall left", "left", "wall_2h", 75, None]
)
def test_a_stage_that_the_loader_refuses_the_schema_refuses_too(written: Any) -> None:
    with pytest.raises(ValueError, match="write"):
        stage(written)
    assert mistakes(policy_schema(), changed(STAGED, GOLD, written)) != []


STAGED = POLICY + "stages: {tier: {gold: [100%]}}\n"
GOLD: list[Any] = ["stages", "tier", "gold", 0]
BUDGET: list[Any] = ["targets", "restore", "budgets", 0, "budget"]


def changed(text: str, path: list[Any], value: Any) -> Any:
    """The data of a policy with one place of it changed."""
    data = copy.deepcopy(yaml_file.parse(text, "case.yml").data)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["targets", "restore", "budgets", 0, "bugdet"], "4h"),
        (["targets", "restore", "budgets", 0, "after"], "1 hour"),
        (["targets", "restore", "budgets", 0, "after"], "1wd"),
        (["targets", "restore", "start"], ["Begun"]),
        (["targets", "restore", "start"], ["unknown"]),
        (["targets", "restore", "cancel"], ["with drawn"]),
        (["targets", "restore", "reset"], "accepted"),
        (["targets", "restore", "on_change"], "never"),
        (["targets", "restore", "of"], "line"),
        (["targets", "restore", "per"], "decade"),
        (["targets", "restore", "at_least"], "often"),
        (["targets", "restore", "choose"], "last"),
        (["targets", "restore", "begins"], "detected"),
        (["targets", "restore", "ahead_of"], ["planned"]),
        (["targets", "restore", "last_day"], "midnight"),
        (["targets", "restore", "unless"], ["survey"]),
        (["targets", "restore", "started_by"], "accept"),
        (["targets", "restore", "started_by"], {"over": "3h"}),
        (["targets", "restore", "started_by"], {"target": "accept", "over": "3 h"}),
        (["agreements"], [{"kind": "SLA", "party": "core", "supports": "restore", "budgets": []}]),
        (["agreements"], [{"kind": "OLA", "supports": "restore", "budgets": []}]),
        (["agreements"], {"core": {}}),
        (["inherit"], [{"tier": "diamond"}]),
        (["inherit"], [{"when": {"scope": "city"}, "tier": "diamond", "rank": 1}]),
        (["calendars", "always", "hours"], "25x7"),
        (["calendars", "always", "hours"], {"mon": ["8-12"]}),
        (["calendars", "always", "holidays"], ["1 May"]),
        (["stages"], {"tier": {"gold": ["half"]}}),
        (["version"], 1),
    ],
)
def test_what_the_loader_refuses_for_its_form_the_schema_refuses_too(path: list[Any], value: Any) -> None:
    data = changed(POLICY, path, value)
    assert mistakes(policy_schema(), data) != []
    with pytest.raises(ConfigError):
        policy_file.build(Document("case.yml", data, {}))


SCHEMA = policy_file.json_schema()
WRONG_FORMS = [
    (["at_risk"], ["", "0%", "100%", "75", 75]),
    (["effective_from", "date"], ["soon", 0, "2026-1-1", None]),
    (["pace", "windows", 0], ["", "0%", "150%", "0h", "half", 30]),
    (["attributes", "ward", "values"], [None, 1.5, True, {"a": "b"}, [None], [["a"]]]),
    (["targets", "restore", "budgets", 0, "when", "tier"], [None, 1.5, True, {"a": "b"}, [None], [{}]]),
    (["targets", "restore", "start", 0], ["retired", "unknown", "not phoned"]),
    (["targets", "visits", "duties", "by"], ["soon", "0th working day", "5 working day", 0, 32, "32", True]),
    (["targets", "visits", "duties", "at"], ["24:00", "5pm", 17]),
    (["targets", "in_time", "budgets", 0, "goal"], ["0%", "0.0%", "100.1%", "150%", "90", 90, 0.9, None]),
    (["stages", "tier", "gold", 0], ["0%", "150%", "0m left", "soon left", "4 hours left"]),
    (["major_faults", "many", "circuits"], [0, 1, "many", 2.5]),
    (["guarded_periods", "exams", "from"], ["tomorrow", "", "2026-W23", "20260605", "5 June 2026", 2026]),
    (["guarded_periods", "exams", "for", "customer"], [None, 1.5, True, {"a": "b"}]),
    (["calendars", "always", "hours"], ["always", 24, None, []]),
]
GOOD_FORMS = [
    (["effective_from", "date"], ["2026-02-28"]),
    (["pace", "windows", 0], ["1%", "100%", "30d", "1d12h"]),
    (["targets", "updates", "budgets", 1, "when"], [{"scope": 7}, {"scope": ["a", 7]}, {"ward": [7, "north"]}]),
    (["targets", "visits", "duties", "by"],
     ["last working day", "First  Working Day", "5th working day", 15, "15", "last day"]),
    (["targets", "in_time", "budgets", 0, "goal"], ["1%", "99.95 %", "100%", "0.5%"]),
    (["guarded_periods", "exams", "from"], ["2026-06-05", "2026-06-05 08:00", "2026-06-05T08:00:00Z"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "values"), WRONG_FORMS, ids=[".".join(map(str, path)) for path, _ in WRONG_FORMS])
def test_loader_and_schema_refuse_the_same_forms(path: list[Any], values: list[Any]) -> None:
    for value in values:
        data = changed(EVERY_KEY, path, value)
        assert mistakes(SCHEMA, data) != [], value
        with pytest.raises(ConfigError) as refused:
            policy_file.build(Document("case.yml", data, {}))
        assert "; " in str(refused.value), value
        assert not re.search("[Ii]nput should|valid|parse|None", str(refused.value)), value


@pytest.mark.parametrize(("path", "values"), GOOD_FORMS, ids=[".".join(map(str, path)) for path, _ in GOOD_FORMS])
def test_loader_and_schema_take_the_same_forms(path: list[Any], values: list[Any]) -> None:
    for value in values:
        data = changed(EVERY_KEY, path, value)
        policy_file.build(Document("case.yml", data, {}))
        assert mistakes(SCHEMA, data) == [], value


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of the data below the top."""
    if path:
        yield path
    for key, below in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(below, (*path, key))


PLACES = list(places(yaml_file.parse(EVERY_KEY, "keys.yml").data))
ANYTHING = [
    "", "x", "0h", "4h", "0 times", "4 times", "90%", "0%", "until agreed", "0wd", "5wd", 0, -1, 1, 1.5, None, [], {},
    ["x"], [None], {"a": "b"}, {"a": None}, "last day", 32, "24:00", "02-30", "2026-02-30", "2026-01-01", "opened",
    "retired", "month", "never", "tier", "\x00", "病区",
]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(place=st.sampled_from(PLACES), value=st.sampled_from(ANYTHING))
def test_what_the_loader_takes_the_schema_takes_and_what_it_refuses_is_a_sentence(
    place: tuple[Any, ...], value: Any
) -> None:
    data = changed(EVERY_KEY, list(place), value)
    try:
        policy_file.build(Document("case.yml", data, {}))
    except ConfigError as refused:
        for line in str(refused).splitlines():
            assert re.match(r"case\.yml:\d+", line), line
            assert ": " in line, line
    else:
        if isinstance(value, int) and value in (0, 1):
            return  # pydantic takes 0 and 1 for false and true; an editor asks for the words
        assert mistakes(SCHEMA, data) == []


def test_every_key_of_a_policy_is_known_to_the_schema() -> None:
    definitions = policy_file.json_schema()["$defs"]
    for text in (TargetText, BudgetText, StartedByText, AgreementText, InheritText):
        assert set(definitions[text.__name__]["properties"]) == {item.name for item in fields(text)}


@pytest.mark.parametrize(
    ("policy", "good"), [("demo", True), (["old.yml", "new.yml"], True), ({"old": 1}, False), (5, False)]
)
def test_the_policy_of_a_configuration_is_a_name_or_a_list_of_them(policy: Any, good: bool) -> None:
    data = {**yaml_file.read(REPOSITORY / "examples/tierwatch.yml").data, "policy": policy}
    assert (mistakes(configuration_schema(), data) == []) is good


def test_instants_are_fields_by_name() -> None:
    data = copy.deepcopy(yaml_file.read(REPOSITORY / "examples/tierwatch.yml").data)
    source = next(iter(data["sources"].values()))
    source["mapping"] = {"instants": {"detected": "alarm_time"}}
    assert mistakes(configuration_schema(), data) == []
    source["mapping"] = {"instants": {"detected": ["alarm_time"]}}
    assert mistakes(configuration_schema(), data) != []


@pytest.mark.parametrize(("argument", "title"), [("policy", "tierwatch policy"), ("config", "tierwatch configuration")])
def test_the_command_prints_the_schema(argument: str, title: str) -> None:
    printed = CliRunner().invoke(cli.app, ["schema", argument])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["title"] == title
