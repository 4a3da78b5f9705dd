from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporters.catalogue import METRICS
from monitor.policy import labels
from tests.support.prometheus import grouping_labels, promtool, selectors

ROOT = Path(__file__).parents[3]
FILE = ROOT / "alerts/prometheus/tierwatch.rules.yml"
TESTS = ROOT / "alerts/prometheus/tierwatch.rules.test.yml"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load(FILE.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
]
PUSHED = set(labels.ALERTS)
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
LABELS = {sample: {*metric.labels, "job", "instance", "le"} for metric in METRICS for sample in metric.samples}
RUNBOOKS = {
    "docs/runbook.md": ("**Means.**", "**Look at.**", "**Do.**"),
    "docs/zh-CN/runbook.md": ("**含义。**", "**查看。**", "**处理。**"),
}
"""The runbook of each language, and what it says of each alert."""
ASKED = re.compile(r'printf "([^"]*)"\s+(?:\$labels|\$value)')


def expressions() -> Iterator[tuple[str, str]]:
    """Every query of the file: those of the rules, and those that the texts ask for numbers."""
    for rule in RULES:
        name = rule.get("alert") or rule["record"]
        yield name, rule["expr"]
        for text in rule.get("annotations", {}).values():
            for asked in ASKED.findall(text):
                if "(" in asked:
                    yield f"{name}: text", asked.replace("%q", '"x"')


def chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def named_alerts(pattern: str) -> set[str]:
    return set(re.findall(pattern, TESTS.read_text(encoding="utf-8")))


def section(name: str, runbook: str = "docs/runbook.md") -> str:
    """The runbook's text under the heading of an alert."""
    parts = re.split(r"(?m)^## ", (ROOT / runbook).read_text(encoding="utf-8"))
    (found,) = [part for part in parts if part.splitlines()[0].strip() == name]
    return found


def test_promtool_accepts_the_rules() -> None:
    assert f"SUCCESS: {len(RULES)} rules found" in promtool("check", "rules", FILE)


def test_promtool_runs_the_unit_tests() -> None:
    assert "SUCCESS" in promtool("test", "rules", TESTS)


def test_promtool_accepts_the_example_configuration_and_finds_the_rules_through_it() -> None:
    said = promtool("check", "config", ROOT / "examples/prometheus/prometheus.yml")
    assert f"SUCCESS: {len(RULES)} rules found" in said


@pytest.mark.parametrize(("name", "expr"), list(expressions()))
def test_every_query_names_metrics_and_labels_of_the_catalogue(name: str, expr: str) -> None:
    named = list(selectors(expr))
    assert named, name
    for metric, matched in named:
        if metric in RECORDED or metric == "up":
            continue
        assert metric in LABELS, f"{name}: {metric} is not published"
        assert matched <= LABELS[metric], f"{name}: {metric}"
    every = {label for labels in LABELS.values() for label in labels}
    assert grouping_labels(expr) <= every, name


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_is_on_the_second_path_and_speaks_both_languages(rule: dict[str, Any]) -> None:
    assert rule["labels"]["path"] == "prometheus"
    assert rule["labels"]["severity"] in {"critical", "warning", "info", "none"}
    assert set(rule["labels"]) == {"path", "severity"}, "further labels would be another alert"
    texts = rule["annotations"]
    assert set(texts) == {"summary", "summary_zh", "description", "description_zh", "runbook_url"}
    assert not chinese(texts["summary"] + texts["description"])
    assert chinese(texts["summary_zh"])
    assert chinese(texts["description_zh"])


@pytest.mark.parametrize("name", [rule["alert"] for rule in ALERTS])
def test_every_alert_is_seen_to_fire_and_not_to_fire(name: str) -> None:
    assert name in named_alerts(r"alertname: (\w+)\n\s+exp_alerts:\n"), "its text is not checked"
    silent = named_alerts(r"alertname: (\w+)\n\s+exp_alerts: \[\]")
    silent |= named_alerts(r'ALERTS\{alertname="(\w+)".*\n.*\n\s+exp_samples: \[\]')
    silent |= {"TierwatchHealthy"}  # four unhealthy programs stand beside the healthy one in its test
    assert name in silent


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_the_runbook_has_the_heading_that_the_alert_links_to(rule: dict[str, Any]) -> None:
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert section(rule["alert"])


@pytest.mark.parametrize("runbook", RUNBOOKS)
@pytest.mark.parametrize("name", [*(rule["alert"] for rule in ALERTS), *sorted(PUSHED)])
def test_the_runbook_says_of_each_alert_what_it_means_what_to_look_at_and_what_to_do(name: str, runbook: str) -> None:
    text = section(name, runbook)
    assert chinese(text.split("\n\n")[1]), "the first line gives the name in Chinese"
    assert re.findall(r"\*\*(?:Means\.|Look at\.|Do\.|含义。|查看。|处理。)\*\*", text) == list(RUNBOOKS[runbook])


@pytest.mark.parametrize("runbook", RUNBOOKS)
def test_the_runbook_has_no_heading_for_an_alert_that_does_not_exist(runbook: str) -> None:
    known = {rule["alert"] for rule in ALERTS} | PUSHED
    assert set(re.findall(r"(?m)^## (Tierwatch\w+)", (ROOT / runbook).read_text(encoding="utf-8"))) == known
