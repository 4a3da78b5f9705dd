"""The alert rules for Grafana's own alerting, as a file that Grafana provisions: for whoever has no Alertmanager.

No evidence, no all-clear: clocks that were at risk or breached are held for six hours while a source or the whole
program is silent. Where nothing was, and where a query fails, Grafana tells that there is no data. There are no contact
points among them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from grafana.queries import once
from grafana.trust import ENGINE_LATE, heartbeats
from monitor.messages import LANGUAGES, annotation_name, message, text

DATA_SOURCE = "tierwatch-prometheus"
GROUP = FOLDER = "tierwatch"
JOBS = "tierwatch.*"
"""The jobs that tierwatch is scraped by, as in alerts/prometheus/tierwatch.rules.yml."""

NO_DATA = "NoData"
"""Grafana sends an alert of its own, DatasourceNoData, with the labels of the rule: it is not known how things are."""
ALERTING = "Alerting"
FAILED = "Error"
"""Of a query that fails: an alert DatasourceError."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Its name is that of the alert in the runbook; it fires where the value is above *above*.

    The catalogues have its sentence under the *sentence*, which is given the value, the job and the *labels*.
    """

    name: str
    sentence: str
    expr: str
    severity: str
    lasts: str = "0s"
    above: float = 0
    labels: tuple[str, ...] = ()
    no_data: str = NO_DATA

    @property
    def uid(self) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.name).lower()


def all_of_them() -> tuple[Rule, ...]:
    """The rules in the order of their importance."""
    alive = f"{once('tierwatch_store_up')} * 0"
    oldest = f"time() - {once('tierwatch_outbox_oldest_timestamp_seconds', least=True)}"
    up = 'max by (job) (up{job=~"$job"})'
    still = f"(time() - {once('tierwatch_engine_last_evaluation_timestamp_seconds')} > bool {ENGINE_LATE})"
    return (
        Rule("TierwatchClocksBreached", "grafana-rule-breached", _clocks("breached"), "critical", labels=("tier",)),
        Rule("TierwatchClocksAtRisk", "grafana-rule-at-risk", _clocks("at_risk"), "warning", labels=("tier",)),
        Rule(
            "TierwatchSilent", "grafana-rule-silent", f"(1 - {up}) + on (job) ({still} or 0 * {up})", "critical", "2m",
            no_data=ALERTING,
        ),
        Rule(
            "TierwatchSourceStale", "grafana-rule-source-stale", once("tierwatch_source_stale"), "warning", "5m",
            labels=("source",),
        ),
        Rule(
            "TierwatchOutboxStuck", "grafana-rule-outbox-stuck", f"{oldest} or on (job) {alive}", "critical",
            above=ENGINE_LATE, labels=("channel",),
        ),
        Rule(
            "TierwatchHeartbeatLate", "grafana-rule-heartbeat-late", f"1 - {heartbeats()}", "critical",
            labels=("stage",),
        ),
        Rule("TierwatchAuditFindings", "grafana-rule-findings", once("tierwatch_audit_findings"), "critical",
             labels=("kind",)),
        Rule("TierwatchStoreDown", "grafana-rule-store", f"1 - {once('tierwatch_store_up', least=True)}", "critical",
             "1m"),
    )  # fmt: skip


def _clocks(state: str) -> str:
    """The clocks in a state by tier: as published, or as they were before a source or the program fell silent."""
    stale = f"{once('tierwatch_source_stale')} == 1"
    in_state = f'state="{state}"'
    counted = f"sum by (job, source, tier) ({once('tierwatch_sla_clocks', in_state)})"
    judged = f"({counted} unless on (job, source) ({stale}))"
    held = f"sum by (job, tier) ({judged} or last_over_time({judged}[6h:1m]) > 0)"
    return f"{held} or on (job) 0 * ({once('tierwatch_open_clocks_counted')} == 1)"


def everywhere(expr: str) -> str:
    """A query of the dashboards without their variables."""
    return re.sub(r', \w+=~"\$\w+"', "", expr).replace("$job", JOBS)


def render() -> str:
    """The rules as the text of their file."""
    rules = [_written(rule) for rule in all_of_them()]
    group = {"orgId": 1, "name": GROUP, "folder": FOLDER, "interval": "1m", "rules": rules}
    head = (
        "# Copy to Grafana's provisioning/alerting/. Built by grafana/rules.py (`make dashboards`).\n"
        "# No contact points: route by the labels severity and path. They ask the data source of\n"
        "# provisioning/datasources/.\n"
    )
    return head + yaml.safe_dump({"apiVersion": 1, "groups": [group]}, sort_keys=False, allow_unicode=True, width=120)


def _written(rule: Rule) -> Mapping[str, Any]:
    asked = {
        "refId": "A",
        "relativeTimeRange": {"from": 600, "to": 0},
        "datasourceUid": DATA_SOURCE,
        "model": {"refId": "A", "expr": everywhere(rule.expr), "instant": True, "range": False},
    }
    judged = {
        "refId": "B",
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": "__expr__",
        "model": {
            "refId": "B",
            "type": "threshold",
            "expression": "A",
            "conditions": [{"evaluator": {"type": "gt", "params": [rule.above]}}],
        },
    }
    return {
        "uid": rule.uid,
        "title": rule.name,
        "condition": "B",
        "data": [asked, judged],
        "noDataState": rule.no_data,
        "execErrState": FAILED,
        "for": rule.lasts,
        "labels": {"severity": rule.severity, "path": "grafana"},
        "annotations": _sentences(rule) | {"runbook_url": f"docs/runbook.md#{rule.name.lower()}"},
        "isPaused": False,
    }


def _sentences(rule: Rule) -> dict[str, str]:
    """What is said of an alert in each language. Grafana puts the labels in; it would read a `$` as a variable."""
    given = {label: f"{{{{ .Labels.{label} }}}}" for label in ("job", *rule.labels)} | {"value": "{{ .Values.A }}"}
    said = message(rule.sentence, **given)
    return {annotation_name("summary", language): text(said, language) for language in LANGUAGES}
