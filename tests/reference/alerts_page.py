"""Write `docs/reference/alerts.md`: what tierwatch sends, and what the rules for Prometheus say.

Names, labels, severities and ends come from the code and from the rules, the sentence on when an alert fires from the
runbook.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from alerts.wording import endings
from monitor.alert import Reason
from monitor.policy.labels import ALERTS, LABELS, SEVERITIES
from tests.reference.markdown import code, link, page, table
from tests.reference.prometheus_files import AlertRule, alert_rules
from tests.reference.sentences import descriptions

RUNBOOK = Path(__file__).parents[2] / "docs/runbook.md"

INTRODUCTION = """
Every alert: its severity, its labels, when it fires and when it ends. What to look at and what to do is in the
[runbook](../runbook.md), under the heading of the same name.
"""
OWN = f"""
Every alert has the labels `alertname`, `instance` and `severity` besides. Its annotations are `summary`, `summary_zh`,
`description`, `description_zh` and `reason`, and of {", ".join(code(name) for name in sorted(endings.KEPT))} those that
it has; the words are explained in [reasons](reasons.md#reason).
"""
RULES = """
Prometheus makes these from the [metrics](metrics.md). An alert ends when its expression gives nothing for its labels.
"""


def write() -> str:
    parts = [INTRODUCTION, "## What tierwatch sends", OWN]
    for name, labels in ALERTS.items():
        parts += [f"### {name}", _own(name, labels)]
    parts += ["## What Prometheus says", RULES]
    for rule in alert_rules():
        parts += [f"### {rule.name}", _rule(rule)]
    return page("Alerts", *parts, "## Labels", _all_labels())


def _own(name: str, labels: Sequence[str]) -> str:
    ends = endings.ENDINGS.get(name, {})
    words = descriptions(Reason)
    lines = [
        f"- Severity: {' or '.join(code(one) for one in SEVERITIES.get(name, ('critical',)))}",
        f"- Labels: {', '.join(code(label) for label in dict.fromkeys(labels)) or 'none besides'}",
        f"- Fires: {fires(name)}",
        "- Ends: "
        + ("; ".join(f"{code(reason)} {_inner(words[reason.name])}" for reason in ends) or "see the runbook"),
        f"- Runbook: {link(name, name, '../runbook.md')}",
    ]
    return "\n".join(lines)


def _inner(sentence: str) -> str:
    return f"({sentence.removesuffix('.')})"


def _rule(rule: AlertRule) -> str:
    labels = ", ".join(f"{code(name)} = {code(value)}" for name, value in rule.labels.items() if name != "severity")
    lines = [
        f"- Severity: {code(rule.labels['severity'])}",
        f"- Labels: {labels}, and those of the expression",
        f"- Annotations: {', '.join(code(name) for name in rule.annotations)}",
        f"- Fires: {fires(rule.name)}" + (f" Its expression must hold for {rule.lasting}." if rule.lasting else ""),
        f"- Runbook: {link(rule.name, rule.name, '../runbook.md')}",
    ]
    return "\n".join([*lines, "", "```promql", rule.expression.strip("\n"), "```"])


def fires(name: str) -> str:
    """The first sentence of what the runbook says that an alert means."""
    found = re.search(rf"(?ms)^## {name}\n.*?\*\*Means\.\*\* (.+?)\n\n", RUNBOOK.read_text(encoding="utf-8"))
    assert found, f"docs/runbook.md does not say what {name} means"
    first = re.split(r"(?<=[.)])\s+(?=[A-Z`])", " ".join(found[1].split()))[0]
    return first.replace("](#", "](../runbook.md#")


def _all_labels() -> str:
    rows = [(code(name), label.what, "the sources" if label.free else "tierwatch") for name, label in LABELS.items()]
    return table(("label", "meaning", "whose words"), rows)
