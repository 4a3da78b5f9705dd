from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exporters import catalogue
from exporters.catalogue import DETAIL, METRICS, Kind, Metric
from exporters.prometheus import Config, build
from tests.support import snapshots

DOCS = Path(__file__).parents[2] / "docs" / "metrics.md"
FORBIDDEN = {"ticket", "ticket_id", "subject", "circuit", "circuit_id", "customer", "service", "env", "type", "region"}


def exposed() -> dict[str, set[frozenset[str]]]:
    """Every sample's name in the busy example, with the label sets it was seen with."""
    body, _ = build(Config()).render(snapshots.example(), snapshots.AT)
    found: dict[str, set[frozenset[str]]] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).add(frozenset(sample.labels) - {"le"})
    return found


def test_every_exposed_sample_is_in_the_catalogue_and_every_metric_is_exposed() -> None:
    listed = {name for metric in METRICS for name in metric.samples}
    assert set(exposed()) == listed


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_has_the_labels_that_the_catalogue_says(metric: Metric) -> None:
    for name in metric.samples:
        assert exposed()[name] == {frozenset(metric.labels)}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_follows_the_naming_rules(metric: Metric) -> None:
    assert re.fullmatch(r"tierwatch_[a-z_]+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind is Kind.COUNTER)
    assert metric.name.endswith("_info") == (metric.kind is Kind.INFO)
    assert not metric.unit or metric.name.removesuffix("_total").endswith(f"_{metric.unit}")
    assert metric.help.endswith(".")
    assert set(metric.values) <= set(metric.labels)
    assert not FORBIDDEN & set(metric.labels), "one series per ticket, circuit or customer is never exported"


def test_names_are_unique() -> None:
    names = [name for metric in (*METRICS, *DETAIL) for name in metric.samples]
    assert len(names) == len(set(names))


def test_what_is_listed_one_by_one_is_bounded_and_elsewhere() -> None:
    """Only these may name a subject, in a scrape of their own; no customer, no service, no place."""
    assert all(metric.help.endswith(".") and metric.kind is Kind.GAUGE for metric in DETAIL)
    assert not (FORBIDDEN - {"subject"}) & {label for metric in DETAIL for label in metric.labels}


def test_the_table_in_the_docs_is_the_catalogue() -> None:
    assert catalogue.table(DETAIL) in DOCS.read_text(encoding="utf-8")
    assert catalogue.table() in DOCS.read_text(encoding="utf-8"), (
        "docs/metrics.md differs from exporters/catalogue.py; put the output of"
        ' `python -c "from exporters.catalogue import table; print(table())"` there'
    )


def test_the_queries_in_the_docs_use_only_metrics_that_exist() -> None:
    queries = re.findall(r"^    (.+)$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    used = set(re.findall(r"tierwatch_[a-z_]+", "\n".join(queries)))
    assert used
    assert used <= {name for metric in (*METRICS, *DETAIL) for name in metric.samples}
