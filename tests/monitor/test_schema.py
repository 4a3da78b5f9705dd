from __future__ import annotations

import copy
import json
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from monitor import cli, config, policy_file, yamlfile
from tests.support.cases import POLICY

REPOSITORY = Path(__file__).parents[2]
SHIPPED = [resources.files("monitor") / "shipped" / f"{name}.yml" for name in policy_file.shipped()]


def mistakes(schema: dict[str, Any], data: Any) -> list[str]:
    return [error.json_path for error in Draft202012Validator(schema).iter_errors(data)]


def test_both_schemas_are_schemas() -> None:
    for schema in (policy_file.json_schema(), config.json_schema()):
        Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", [*SHIPPED, REPOSITORY / "examples/policy.yml"], ids=lambda file: file.name)
def test_every_policy_that_loads_fits_the_schema(file: Any) -> None:
    document = yamlfile.parse(file.read_text(encoding="utf-8"), file.name)
    policy_file.build(document)
    assert mistakes(policy_file.json_schema(), document.data) == []


def test_the_example_configuration_fits_the_schema() -> None:
    document = yamlfile.read(REPOSITORY / "examples/tierwatch.yml")
    assert mistakes(config.json_schema(), document.data) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["targets", "restore", "budgets", 0, "budget"], "4 hrs"),
        (["targets", "restore", "budgets", 0, "budget"], ""),
        (["targets", "restore", "budgets", 0, "bugdet"], "4h"),
        (["targets", "restore", "start"], ["begun"]),
        (["targets", "restore", "on_change"], "never"),
        (["calendars", "always", "hours"], "25x7"),
        (["calendars", "always", "hours"], {"mon": ["8-12"]}),
        (["calendars", "always", "holidays"], ["1 May"]),
        (["stages"], {"tier": {"gold": ["half"]}}),
        (["version"], 1),
    ],
)
def test_what_the_loader_refuses_for_its_form_the_schema_refuses_too(path: list[Any], value: Any) -> None:
    data = copy.deepcopy(yamlfile.parse(POLICY, "case.yml").data)
    place = data
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    assert mistakes(policy_file.json_schema(), data) != []


@pytest.mark.parametrize(("argument", "title"), [("policy", "tierwatch policy"), ("config", "tierwatch configuration")])
def test_the_command_prints_the_schema(argument: str, title: str) -> None:
    printed = CliRunner().invoke(cli.app, ["schema", argument])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["title"] == title
