"""The dashboards as files: what every panel, query, variable and link must have."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from exporters.catalogue import BY_NAME, METRICS, REMAINING_BOUNDS, Kind
from grafana import build, promises, queries, wall
from grafana.panels import REDS
from monitor.config import policy_file
from tests.support.dashboards import GREY, ILL, Query, alert_rules, boards, marks, panels
from tests.support.dashboards import queries as asked
from tests.support.prometheus import SELECTOR, grouping_labels, plain, promtool, selectors

SAMPLES = {sample: metric for metric in METRICS for sample in metric.samples}
FROM_PROMETHEUS = [
    *((query.where, query.expr) for query in asked()), *marks(),
]  # fmt: skip
BOARDS = {**boards(), **boards("dashboards/influxdb/*.json")}
PANELS = [(name, panel) for name, board in BOARDS.items() for panel in panels(board)]
SHOWS_A_VALUE = ("stat", "bargauge", "table", "state-timeline", "gauge")


def named(each: object) -> str:
    return each if isinstance(each, str) else str(each["id"]) if isinstance(each, Mapping) else ""


def chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_the_committed_files_are_what_the_code_builds() -> None:
    built = build.files()
    assert [str(file) for file, text in built.items() if file.read_text(encoding="utf-8") != text] == [], (
        "make dashboards"
    )
    folder = build.FOLDER / "dashboards"
    assert set(folder.rglob("*.json")) == {file for file in built if file.suffix == ".json"}


def test_the_five_dashboards_have_uids_that_stay() -> None:
    assert {name: board["uid"] for name, board in boards().items()} == {
        "circuits": "tierwatch-circuits", "oncall": "tierwatch-oncall", "promises": "tierwatch-promises",
        "sources": "tierwatch-sources", "wall": "tierwatch-wall",
    }  # fmt: skip


@pytest.mark.parametrize("name", BOARDS)
def test_it_is_a_classic_dashboard_that_can_be_provisioned(name: str) -> None:
    board = BOARDS[name]
    assert board["schemaVersion"] == 39
    assert len(board["uid"]) <= 40
    assert chinese(board["title"])
    assert "id" not in board
    assert "version" not in board, "Grafana ignores it in a provisioned file"
    assert board["timezone"] == "", "that of the organisation"
    assert board["editable"] is False
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("name", BOARDS)
def test_no_panel_lies_on_another(name: str) -> None:
    cells: set[tuple[int, int]] = set()
    for panel in BOARDS[name]["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24, panel["title"]
        covered = set(itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"])))
        assert not covered & cells, panel["title"]
        cells |= covered


def test_the_wall_needs_no_scrolling() -> None:
    """A unit of height is 38 pixels; a screen of 1080 without the bars of the browser has 25."""
    assert max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in boards()["wall"]["panels"]) <= 25


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=named)
def test_every_panel_says_what_it_shows_in_both_languages_and_in_which_unit(name: str, panel: dict[str, Any]) -> None:
    assert " · " in panel["title"]
    assert chinese(panel["title"]) or panel["title"] == "tierwatch · tierwatch"
    assert chinese(panel["description"])
    assert panel["fieldConfig"]["defaults"]["unit"] in {
        "short", "percentunit", "dthms", "s", "cps", "none", "dateTimeFromNow",
    }  # fmt: skip
    assert panel["targets"]
    assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])


@pytest.mark.parametrize(("name", "panel"), PANELS, ids=named)
def test_nothing_is_well_that_nobody_knows(name: str, panel: dict[str, Any]) -> None:
    """The base colour of all thresholds is grey, no mapping stands for no value, and what is not known says so."""
    assert chinese(panel["fieldConfig"]["defaults"]["noValue"])
    for target in panel["targets"]:
        if panel["type"] in SHOWS_A_VALUE:
            assert Query(name, panel, target).colour(None) == GREY
    limits = [panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    limits += [
        each["value"]["steps"]
        for override in panel["fieldConfig"]["overrides"]
        for each in override["properties"]
        if each["id"] == "thresholds"
    ]
    for base, first, *_ in limits:
        assert (base["value"], base["color"]) == (None, GREY)
        assert first["value"] in (0, -1, -1e12), "the first real step"


def test_the_first_line_is_red_where_it_says_no_and_grey_where_it_says_nothing() -> None:
    strip = [query for query in asked() if query.panel["id"] in range(101, 107)]
    assert len(strip) == 6 * len(boards())
    for query in strip:
        assert (query.colour(1), query.colour(0), query.colour(None)) == ("green", "red", GREY), query.where
        assert query.expr.endswith("or vector(0)"), "where nothing answers it says no"


def test_every_dashboard_marks_restarts_changes_and_what_broke() -> None:
    for name, board in boards().items():
        marked = {mark["name"].partition(" · ")[0]: mark for mark in board["annotations"]["list"]}
        assert marked.keys() >= {"tierwatch started", "Configuration read"}, name
        assert len(marked) == 3, name
        assert all(mark["enable"] and mark["datasource"]["uid"] == "${datasource}" for mark in marked.values())
        (broke,) = [mark["expr"] for mark in marked.values() if not mark["useValueForTime"]]
        assert "tierwatch_sla_clocks_breached_total" in broke or "tierwatch_circuits" in broke, name


@pytest.mark.parametrize("state", sorted({*wall.STATES, "unavailable", "degraded", "unknown", "available"}))
def test_a_state_has_one_colour_wherever_it_is_shown(state: str) -> None:
    found = set()
    for query in asked():
        if (
            query.panel["type"] in ("stat", "timeseries")
            and query.expr.count(f'state="{state}"')
            and "state!=" not in query.expr
        ):
            if 'state="available"' in query.expr and state != "available":
                continue
            if query.panel["fieldConfig"]["defaults"]["unit"] == "short" and query.target["refId"] == "A":
                found.add(query.colour(5))
    assert len(found - set(REDS) - {"red"}) + bool(found & {*REDS[:-1], "red"}) <= 1, (state, found)


def test_every_tier_comes_in_its_order() -> None:
    order = [f'tier="{tier}"' for tier in queries.TIERS]
    seen = 0
    for query in asked():
        places = [query.expr.find(each) for each in order]
        if places[0] >= 0 and query.panel["type"] != "state-timeline" and len(query.panel["targets"]) == 1:
            assert places == sorted(places), query.where
            assert min(places) > 0, query.where
            seen += 1
    assert seen > 10
    ladders = policy_file.load("demo").ladders
    assert tuple(rung.id for rung in ladders["tier"]) == queries.TIERS
    assert tuple(rung.id for rung in ladders["assurance"]) == queries.ASSURANCES
    for query in asked():
        by_tier = re.search(r"sum by \(tier\)|min by \(tier\)|max by \(tier\)", query.expr)
        assert not by_tier or 'tier="diamond"' in query.expr or len(query.panel["targets"]) > 1, query.where


@pytest.mark.parametrize("name", boards())
def test_the_variables_choose_several_or_all(name: str) -> None:
    variables = boards()[name]["templating"]["list"]
    assert [each["name"] for each in variables] == [
        "datasource", "job", "source", "tier", "assurance", "target", "page_url",
    ]  # fmt: skip
    for variable in variables[1:]:
        assert variable["datasource"]["uid"] == "${datasource}"
        assert variable["refresh"] == 2
        metric, label = re.fullmatch(r"label_values\((\w+)(?:\{[^}]*\})?, (\w+)\)", variable["query"]["query"]).groups()  # type: ignore[union-attr]
        assert label == "job" or label in BY_NAME[metric].labels
        assert label == "job" or 'job=~"$job"' in variable["query"]["query"]
        if variable["name"] != "page_url":
            assert (variable["multi"], variable["includeAll"]) == (True, True)
            assert variable["allValue"] == (".+" if label == "job" else ".*")
    assert variables[-1]["hide"] == 2


@pytest.mark.parametrize("name", BOARDS)
def test_the_dashboards_lead_to_each_other_and_keep_what_was_chosen(name: str) -> None:
    others = [link for link in BOARDS[name]["links"] if link["type"] == "dashboards"]
    assert [(link["tags"], link["includeVars"], link["keepTime"]) for link in others] == [(["tierwatch"], True, True)]
    assert "tierwatch" in BOARDS[name]["tags"]


PAGES = {"/", "/clocks", "/circuits", "/oncall", "/sources", "/pages"}


def test_panels_lead_to_the_page_that_answers_them() -> None:
    seen = set()
    for query in asked():
        links = query.panel["fieldConfig"]["defaults"].get("links", ())
        for link in links:
            address = link["url"]
            assert address.startswith("${page_url:raw}/"), query.where
            seen.add(address.removeprefix("${page_url:raw}").partition("?")[0])
        if query.panel["type"] in ("stat", "table") and query.board != "sources":
            assert links, query.where
    assert seen == PAGES


# The rules of Grafana's dashboard-linter. Left out: those of a variable `instance`, for over instances the greatest is
# taken, and a reader who chose one replica would see what it alone says.


@pytest.mark.parametrize("name", BOARDS)
def test_the_linter_finds_the_data_source(name: str) -> None:
    (source,) = [each for each in BOARDS[name]["templating"]["list"] if each["type"] == "datasource"]
    assert (source["name"], source["label"]) == ("datasource", "Data source")
    for panel in panels(BOARDS[name]):
        chosen = {"type": source["query"], "uid": "${datasource}"}
        assert panel["datasource"] == chosen
        assert all(target["datasource"] == chosen for target in panel["targets"])


@pytest.mark.parametrize("name", boards())
def test_the_linter_finds_the_job(name: str) -> None:
    (job,) = [each for each in boards()[name]["templating"]["list"] if each["name"] == "job"]
    assert (job["type"], job["label"], job["multi"], job["allValue"]) == ("query", "Job", True, ".+")


def matchers_in(expr: str) -> list[tuple[str, str]]:
    """Each selector: its metric and what it is matched by."""
    found = SELECTOR.findall(re.sub(r"\b(?:by|on|group_left) ?\([^)]*\)", "", expr))
    assert found
    return found


def test_every_selector_names_the_job() -> None:
    assert len(FROM_PROMETHEUS) > 140
    assert [
        (where, metric)
        for where, expr in FROM_PROMETHEUS
        for metric, matchers in matchers_in(expr)
        if 'job=~"$job"' not in matchers
    ] == []


def test_rates_are_taken_over_the_rate_interval() -> None:
    wrong = re.compile(r"\bi?rate\([^[]*\[(?!\$__rate_interval\])")
    assert [where for where, expr in FROM_PROMETHEUS if wrong.search(expr)] == []


def test_every_query_names_metrics_and_labels_of_the_catalogue() -> None:
    for where, expr in FROM_PROMETHEUS:
        found = list(selectors(expr))
        for metric, matched in found:
            if metric == "up":
                assert matched == {"job"}, where
                continue
            assert metric in SAMPLES, f"{where}: {metric} is not published"
            assert matched <= {*SAMPLES[metric].labels, "le", "job"}, f"{where}: {metric}"
        known = {label for metric, _ in found if metric != "up" for label in SAMPLES[metric].labels} | {"le", "job"}
        assert grouping_labels(expr) <= known, where


def test_every_query_is_filtered_by_every_variable_that_it_can_be() -> None:
    for where, expr in FROM_PROMETHEUS:
        for metric, matchers in matchers_in(expr):
            for label, variable in queries.CHOSEN.items():
                if metric != "up" and label in SAMPLES[metric].labels:
                    assert f'{label}=~"{variable}"' in matchers, f"{where}: {metric}"


def test_nothing_is_summed_that_several_replicas_say() -> None:
    """What is summed is the greatest or the least over the instances, by the job."""
    for query in asked():
        for summed in re.finditer(r"\bsum(?: by \([^)]*\))? ?\(", query.expr):
            rest = query.expr[summed.end() :].lstrip("(")
            assert re.match(r"(?:max|min) by \(job\b", rest), f"{query.where}: …{rest[:60]}"


def test_every_state_of_clocks_and_circuits_has_its_tile() -> None:
    shown = [query.expr for query in asked()]
    for metric, hidden in (("tierwatch_sla_clocks", {"idle"}), ("tierwatch_circuits", set[str]())):
        for state in set(BY_NAME[metric].values["state"]) - hidden:
            assert any(f"{metric}{{" in expr and f'state="{state}"' in expr for expr in shown), (metric, state)


NOT_SHOWN = {
    "tierwatch_outbox_held": "nothing to do about it: silences and root causes are meant to hold pages",
    "tierwatch_sla_clocks_backfilled_total": "history, not a promise that anybody watched",
    "tierwatch_clock_jump_seconds": "alerts of the program itself tell of these two",
    "tierwatch_clock_unproven": "",
    "tierwatch_store_lost": "",
    "tierwatch_config_reloads_total": "whether the last one was taken is shown",
    "tierwatch_guarded_period_in_force": "an alert tells of a guarded period, with its end",
    "tierwatch_guarded_period_begin_timestamp_seconds": "",
    "tierwatch_guarded_period_end_timestamp_seconds": "",
    "tierwatch_guarded_clocks": "they are among the clocks that are shown",
    "tierwatch_cache_entries": "of use when the program's memory is looked into",
    "tierwatch_cache_limit": "",
    "tierwatch_open_clocks_counted": "an alert tells of it, and the page shows dashes meanwhile",
    "tierwatch_quarantined_total": "the records still in quarantine are shown instead",
    "tierwatch_source_polls_total": "failures and the age are shown",
    "tierwatch_retention_last_success_timestamp_seconds": "an alert tells of a sweep that is late",
    "tierwatch_exporter_points_total": "how far an exporter is behind is shown",
    "tierwatch_exporter_dropped_total": "",
    "tierwatch_exporter_failures_total": "",
    "tierwatch_exporter_last_success_timestamp_seconds": "",
    "tierwatch_exporter_transitions_waiting": "",
    "tierwatch_exporter_spool_bytes": "",
    "tierwatch_live_viewers": "how many look at the pages is no question of who is on duty",
    "tierwatch_live_viewers_ended_total": "",
    "tierwatch_live_viewers_refused_total": "",
    "tierwatch_subscribers": "the programs that subscribe are known where they are registered, by `/api/v1/hub`",
    "tierwatch_notifications_total": "",
    "tierwatch_notification_failures_total": "",
    "tierwatch_notifications_dropped_total": "",
}
"""Metrics that no dashboard shows, and why; an empty reason is that of the line above."""


def test_nearly_every_metric_is_shown() -> None:
    shown = {SAMPLES[metric].name for _, expr in FROM_PROMETHEUS for metric, _ in selectors(expr) if metric != "up"}
    hidden = {metric.name for metric in METRICS if metric.kind is not Kind.INFO} - shown
    assert hidden == set(NOT_SHOWN)


def test_the_bars_of_the_time_left_are_those_of_the_exporter() -> None:
    assert list(promises.REMAINING) == [*(repr(float(bound)) for bound in REMAINING_BOUNDS), "+Inf"]


def test_every_query_parses(tmp_path: Path) -> None:
    exprs = [expr for _, expr in FROM_PROMETHEUS] + [rule["data"][0]["model"]["expr"] for rule in alert_rules()]
    rules = [{"record": f"query:{n}", "expr": plain(expr)} for n, expr in enumerate(exprs)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


def test_a_value_has_the_colour_that_grafana_gives_it() -> None:
    """The reader of this test's own kind: mappings before thresholds, the highest step that is reached."""
    tile = next(query for query in asked() if query.where.startswith("wall 201"))
    assert [tile.colour(value) for value in (None, 0, 1, 70)] == [GREY, "green", "red", "red"]
    deadline = next(query for query in asked() if query.where.startswith("wall 301"))
    assert [deadline.colour(value) for value in (-50, 0, 900, 20_000, 1e10)] == [
        "red",
        "red",
        "orange",
        "green",
        "blue",
    ]
    assert {"green", "blue"}.isdisjoint(ILL)
