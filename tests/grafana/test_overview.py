from __future__ import annotations

import itertools
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporters.catalogue import BY_NAME, METRICS, REMAINING_BOUNDS, Kind
from exporters.prometheus import Prometheus
from grafana import overview
from tests.support.peers import until
from tests.support.prometheus import (
    config,
    exposing,
    grouping_labels,
    plain,
    promtool,
    running,
    selectors,
)
from tests.support.snapshots import example

ROOT = Path(__file__).parents[2]
BOARD: dict[str, Any] = json.loads((ROOT / "grafana/dashboards/overview.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
SAMPLES = {sample: metric for metric in METRICS for sample in metric.samples}
QUERIES = [(f"{panel['title']} {target['refId']}", target["expr"]) for panel in PANELS for target in panel["targets"]]
OF_TARGETS = {"job", "instance"}


def chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_the_committed_dashboard_is_what_the_code_builds() -> None:
    committed = overview.TARGET.read_text(encoding="utf-8")
    assert committed == overview.render(), "run: python -m grafana.overview"


def test_building_twice_gives_the_same_text() -> None:
    assert overview.render() == overview.render()


def test_it_is_a_classic_dashboard_that_can_be_provisioned() -> None:
    assert BOARD["schemaVersion"] == 39
    assert BOARD["uid"] == "tierwatch-overview"
    assert BOARD["title"]
    assert "id" not in BOARD
    assert "version" not in BOARD, "Grafana ignores it in a provisioned file"


def test_ids_are_unique_and_no_panel_lies_on_another() -> None:
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))
    cells: set[tuple[int, int]] = set()
    for panel in BOARD["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        covered = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert not covered & cells, panel["title"]
        cells |= covered


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: str(panel["id"]))
def test_every_panel_says_what_it_shows_in_both_languages_and_in_which_unit(panel: dict[str, Any]) -> None:
    assert chinese(panel["title"])
    assert " · " in panel["title"]
    assert chinese(panel["description"])
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert panel["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
    assert panel["targets"]
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


def test_every_query_goes_to_the_chosen_data_source() -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    (variable,) = [each for each in BOARD["templating"]["list"] if each["type"] == "datasource"]
    assert (variable["name"], variable["query"]) == ("datasource", "prometheus")
    for panel in PANELS:
        assert panel["datasource"] == chosen
        assert all(target["datasource"] == chosen for target in panel["targets"])


def test_the_variables_choose_several_or_all() -> None:
    lists = {each["name"]: each for each in BOARD["templating"]["list"] if each["type"] == "query"}
    assert set(lists) == {"source", "tier", "assurance", "target"}
    for variable in lists.values():
        assert variable["multi"] is True
        assert variable["includeAll"] is True
        assert variable["allValue"] == ".*"
        metric, label = variable["query"]["query"].removeprefix("label_values(").removesuffix(")").split(", ")
        assert label in BY_NAME[metric].labels


@pytest.mark.parametrize(("where", "expr"), QUERIES)
def test_every_query_names_metrics_and_labels_of_the_catalogue(where: str, expr: str) -> None:
    named = list(selectors(expr))
    assert named, where
    for metric, matched in named:
        assert metric in SAMPLES, f"{where}: {metric} is not published"
        assert matched <= {*SAMPLES[metric].labels, "le"}, f"{where}: {metric}"
    known = {label for metric, _ in named for label in SAMPLES[metric].labels} | {"le"} | OF_TARGETS
    assert grouping_labels(expr) <= known, where


@pytest.mark.parametrize(("where", "expr"), QUERIES)
def test_every_query_is_filtered_by_every_variable_that_it_can_be(where: str, expr: str) -> None:
    variables = {"source": "$source", "tier": "$tier", "assurance": "$assurance", "sla_target": "$target"}
    if "tierwatch_alerts_firing" in expr:
        variables = {"tier": "$tier"}
    for metric, matched in selectors(expr):
        assert matched >= set(SAMPLES[metric].labels) & set(variables), f"{where}: {metric}"
    for label, variable in variables.items():
        assert (f'{label}=~"{variable}"' in expr) == any(label in SAMPLES[m].labels for m, _ in selectors(expr)), where


def test_every_state_of_clocks_and_circuits_has_its_tile() -> None:
    shown = [expr for _, expr in QUERIES]
    for metric in ("tierwatch_sla_clocks", "tierwatch_circuits"):
        for state in BY_NAME[metric].values["state"]:
            assert any(f"{metric}{{" in expr and f'state="{state}"' in expr for expr in shown), (metric, state)


def test_nearly_every_metric_is_shown() -> None:
    shown = {SAMPLES[metric].name for _, expr in QUERIES for metric, _ in selectors(expr)}
    hidden = {metric.name for metric in METRICS if metric.kind is not Kind.INFO} - shown
    assert hidden == {
        "tierwatch_outbox_held",  # nothing to do about it: silences and root causes are meant to hold pages
        "tierwatch_sla_clocks_backfilled_total",  # history, not a promise that anybody watched
        "tierwatch_page_connections_ended_total",  # of use when the log says that connections were dropped
        "tierwatch_live_viewers",  # of use when somebody asks who looks on, or finds no room
        "tierwatch_live_viewers_ended_total",
        "tierwatch_live_viewers_refused_total",
        "tierwatch_subscribers",  # the page says that one is suspended
        "tierwatch_notifications_total",
        "tierwatch_notification_failures_total",
        "tierwatch_notifications_dropped_total",
        "tierwatch_clock_jump_seconds",  # alerts of the program itself tell of these two
        "tierwatch_clock_unproven",
        "tierwatch_store_lost",
        "tierwatch_config_last_reload_successful",  # an alert tells of a refused configuration, and the page shows it
        "tierwatch_config_last_reload_success_timestamp_seconds",
        "tierwatch_config_reloads_total",
        "tierwatch_guarded_period_in_force",  # so does that of a guarded period, with its end
        "tierwatch_guarded_period_begin_timestamp_seconds",
        "tierwatch_guarded_period_end_timestamp_seconds",
        "tierwatch_cache_entries",  # of use when the program's memory or processor time is looked into
        "tierwatch_cache_limit",
        "tierwatch_cache_hits_total",
        "tierwatch_cache_misses_total",
        "tierwatch_open_clocks_counted",  # an alert tells of it, and the page shows dashes meanwhile
        "tierwatch_guarded_clocks",  # they are among the clocks that are shown
        "tierwatch_unread_subjects",  # so does the alert for words that nobody understands
        "tierwatch_quarantined_total",  # the records still in quarantine are shown instead
        "tierwatch_source_polls_total",
        "tierwatch_start_timestamp_seconds",
        "tierwatch_retention_deleted_rows_total",  # an alert tells of a sweep that is late
        "tierwatch_retention_last_success_timestamp_seconds",
        "tierwatch_exporter_points_total",  # an alert tells of an exporter that is behind
        "tierwatch_exporter_rejected_total",
        "tierwatch_exporter_dropped_total",
        "tierwatch_exporter_failures_total",
        "tierwatch_exporter_last_success_timestamp_seconds",
        "tierwatch_exporter_caught_up_timestamp_seconds",
        "tierwatch_exporter_transitions_waiting",
        "tierwatch_exporter_spool_bytes",
    }


def test_the_bars_of_the_time_left_are_those_of_the_exporter() -> None:
    assert list(overview.REMAINING) == [*(repr(float(bound)) for bound in REMAINING_BOUNDS), "+Inf"]


def test_every_query_parses(tmp_path: Path) -> None:
    rules = [{"record": f"query:{n}", "expr": plain(expr)} for n, (_, expr) in enumerate(QUERIES)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


@pytest.mark.peer
def test_a_real_prometheus_answers_every_query_with_something_to_show(tmp_path: Path) -> None:
    scrapes = itertools.count(1)

    def read() -> str:
        """A busy afternoon in which every counter goes up by one from scrape to scrape."""
        now, more = datetime.now(UTC), next(scrapes)
        busy = example(now)
        buckets = {bound: count + more for bound, count in busy.health.evaluation_buckets.items()}
        health = replace(busy.health, evaluations=busy.health.evaluations + more, evaluation_buckets=buckets)
        counts = [replace(count, value=count.value + more) for count in busy.counts]
        fast = replace(busy.clocks[0], too_fast=1, next_exhausted=now + timedelta(days=9))
        shown = replace(busy, health=health, counts=counts, clocks=[fast, *busy.clocks[1:]])
        return Prometheus().render(shown, now)[0].decode()

    with exposing(read) as exposition, running(config({"tierwatch": exposition.address}), tmp_path) as prometheus:
        until(lambda: prometheus.value("count_over_time(tierwatch_build_info[1m]) >= 3"))
        for where, expr in QUERIES:  # after a scrape that was late, its series are not there
            until(lambda expr=expr: prometheus.query(plain(expr)), where)  # type: ignore[misc]
        kept = plain(next(expr for where, expr in QUERIES if where.startswith("Promises kept, 30d")))
        both = [f"sum by (tier) (tierwatch_sla_clocks_{each}_total)" for each in ("breached", "completed")]
        assert until(lambda: prometheus.query(f"abs(({kept}) - (1 - {both[0]} / {both[1]})) < 1e-9"), "the kept share")
