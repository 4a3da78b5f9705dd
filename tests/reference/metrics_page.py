"""Write `docs/reference/metrics.md` and the table in `docs/metrics.md`, both from `exporters/catalogue.py`."""

from __future__ import annotations

import re
from pathlib import Path

from exporters import catalogue
from exporters.catalogue import DETAIL, METRICS, Metric
from tests.reference.markdown import code, link, page, table
from tests.reference.prometheus_files import alert_rules, metrics_in, panels

INTRODUCTION = """
Every metric of `GET /metrics` and, at the end, of `GET /metrics/detail`, with the values of a label where they are
known in advance, and with the alert rules (`alerts/prometheus/tierwatch.rules.yml`) and the panels of the dashboards
that use it. [Metrics](../metrics.md) says how they are read; [reasons](reasons.md) says what each value of `reason`,
`kind`, `state` and `stage` means.
"""
GUIDE = Path(__file__).parents[2] / "docs/metrics.md"
_TABLE = re.compile(r"(?m)^\| metric \| kind \| labels \| meaning \|\n(?:^\|.*\n)+")


def write() -> str:
    rows = [
        (
            code(metric.name),
            metric.kind.value,
            metric.unit,
            _labels(metric),
            metric.help,
            _rules(metric),
            _panels(metric),
        )
        for metric in (*METRICS, *DETAIL)
    ]
    return page(
        "Metrics", INTRODUCTION, table(("metric", "kind", "unit", "labels", "meaning", "rules", "panels"), rows)
    )


def write_guide() -> str:
    """`docs/metrics.md` with its tables made anew; the text around them stays."""
    tables = [catalogue.table(), catalogue.table(DETAIL)]
    text, times = _TABLE.subn(lambda _: tables.pop(0) + "\n", GUIDE.read_text(encoding="utf-8"))
    assert times == 2, "docs/metrics.md has a table of all metrics, and one of those of single clocks"
    return text


def _labels(metric: Metric) -> str:
    return "; ".join(code(label) + _values(metric, label) for label in metric.labels)


def _values(metric: Metric, label: str) -> str:
    known = metric.values.get(label, ())
    return f": {', '.join(known)}" if known else ""


def _rules(metric: Metric) -> str:
    names = [rule.name for rule in alert_rules() if metrics_in(rule.expression) & set(metric.samples)]
    return ", ".join(link(name, name, "alerts.md") for name in names)


def _panels(metric: Metric) -> str:
    return "; ".join(dict.fromkeys(title for title, names in panels() if names & set(metric.samples)))
