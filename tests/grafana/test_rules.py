"""The alert rules for Grafana's own alerting, as they are provisioned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from exporters.catalogue import METRICS
from grafana.rules import DATA_SOURCE
from monitor.messages import LANGUAGES, annotation_name
from tests.support.dashboards import alert_rules
from tests.support.prometheus import selectors

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "grafana/provisioning/alerting/tierwatch.yml").read_text(encoding="utf-8")
SAMPLES = {sample: metric for metric in METRICS for sample in metric.samples}


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: str(rule["title"]))
def test_silence_is_no_health(rule: dict[str, object]) -> None:
    assert rule["noDataState"] in ("NoData", "Alerting"), "OK and KeepLast would leave it at rest"
    assert rule["execErrState"] in ("Error", "Alerting")
    assert rule["isPaused"] is False


def test_they_tell_of_risk_breach_and_silence() -> None:
    assert [rule["title"] for rule in alert_rules()][:3] == [
        "TierwatchClocksBreached", "TierwatchClocksAtRisk", "TierwatchSilent",
    ]  # fmt: skip
    silent = alert_rules()[2]
    assert silent["noDataState"] == "Alerting", "no data is what it tells of"


@pytest.mark.parametrize("rule", alert_rules(), ids=lambda rule: str(rule["title"]))
def test_a_rule_is_whole(rule: dict[str, object]) -> None:
    asked, judged = rule["data"]  # type: ignore[misc]
    assert (asked["datasourceUid"], judged["datasourceUid"]) == (DATA_SOURCE, "__expr__")
    assert (asked["model"]["instant"], judged["model"]["expression"], rule["condition"]) == (True, "A", "B")
    assert len(str(rule["uid"])) <= 40
    assert rule["labels"]["path"] == "grafana"  # type: ignore[index]
    for metric, matched in selectors(asked["model"]["expr"]):
        assert "job" in matched
        assert metric == "up" or matched <= {*SAMPLES[metric].labels, "job"}
    annotations = rule["annotations"]
    assert isinstance(annotations, dict)
    assert {annotation_name("summary", language) for language in LANGUAGES} <= set(annotations)
    anchor = str(annotations["runbook_url"]).partition("#")[2]
    assert any(
        line.lower().lstrip("# ") == anchor
        for line in (ROOT / "docs/runbook.md").read_text(encoding="utf-8").splitlines()
        if line.startswith("#")
    )


def test_labels_in_the_sentences_are_those_of_the_query() -> None:
    for rule in alert_rules():
        named = set(re.findall(r"\.Labels\.(\w+)", str(rule["annotations"])))
        expr = rule["data"][0]["model"]["expr"]
        assert all(re.search(rf"\b{label}\b", expr) for label in named), rule["title"]


def test_grafana_would_read_a_dollar_as_a_variable_and_there_is_no_contact_point() -> None:
    assert "$" not in TEXT
    assert not re.search(r"^(contactPoints|policies|muteTimes|receiver)", TEXT, re.MULTILINE)
