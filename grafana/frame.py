"""Put a dashboard together: the variables, links and marks that all of them share, and the rows of its panels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from grafana.panels import BLUE, ORANGE, RED, SOURCE, Panel, both, page
from grafana.queries import once, series, total

SCHEMA_VERSION = 39  # Grafana migrates older models when it loads them, never newer ones
TAG = "tierwatch"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is marked on all panels of a dashboard: an annotation of one query.

    With *instants* the value of the query is the instant in milliseconds; else each point above 0 is one.
    """

    name: str
    expr: str
    title: str
    colour: str
    instants: bool = False


BREACHES = Mark(
    "breaches",
    f"{total('tier', 'increase(' + series('tierwatch_sla_clocks_breached_total', over='$__rate_interval') + ')')} > 0",
    "{{tier}}",
    RED,
)
RESTARTS = Mark("restarts", f"{once('tierwatch_start_timestamp_seconds')} * 1000", "{{job}}", BLUE, instants=True)
CHANGES = Mark(
    "policy-changes",
    f"{once('tierwatch_config_last_reload_success_timestamp_seconds')} * 1000",
    "{{job}}",
    ORANGE,
    instants=True,
)
MARKS = (BREACHES, RESTARTS, CHANGES)


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard. The catalogues have its title and what it answers under its *name*.

    A row without a title has no heading. *kind* is that of its data source.
    """

    name: str
    rows: Sequence[tuple[str, Sequence[Panel]]]
    since: str = "now-6h"
    refresh: str = "30s"
    marks: Sequence[Mark] = MARKS
    kind: str = "prometheus"
    variables: Sequence[Builder[model.VariableModel]] = ()

    @property
    def uid(self) -> str:
        return f"tierwatch-{self.name}"


def render(board: Board) -> str:
    """The dashboard as the text of its file: keys sorted, so that a change shows as a small difference."""
    built = (
        dashboard.Dashboard(both(f"grafana-board-{board.name}"))
        .uid(board.uid)
        .description(both(f"grafana-board-{board.name}-about"))
        .tags([TAG, "sla"])
        .timezone("")
        .readonly()
        .refresh(board.refresh)
        .time(board.since, "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .annotations([])
        .variables(list(board.variables) or _variables())
        .link(_to_the_others())
    )
    if not board.variables:
        built.link(page("/", "grafana-live-page").icon("external link").tooltip(both("grafana-live-page")))
    for number, (title, panels) in enumerate(board.rows, start=1):
        if title:
            built.with_row(dashboard.Row(title).id(number * 100))
        for place, panel in enumerate(panels, start=1):
            built.with_panel(panel.id(number * 100 + place))
    made = built.build()
    made.schema_version = SCHEMA_VERSION
    written: dict[str, Any] = json.loads(json.dumps(made, cls=JSONEncoder))
    written["annotations"] = {"list": [_annotation(mark) for mark in board.marks]}
    return json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _annotation(mark: Mark) -> dict[str, Any]:
    """An annotation of Prometheus; the builders know none of the fields that make its text."""
    return {
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "enable": True,
        "expr": mark.expr,
        "hide": False,
        "iconColor": mark.colour,
        "name": both(f"grafana-mark-{mark.name}"),
        "step": "60s",
        "tagKeys": "job,tier,assurance",
        "textFormat": mark.title,
        "titleFormat": both(f"grafana-mark-{mark.name}"),
        "useValueForTime": mark.instants,
    }


def _to_the_others() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink(both("grafana-other-boards"))
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .include_vars(True)
        .keep_time(True)
        .icon("external link")
    )


def _variables() -> list[Builder[model.VariableModel]]:
    def choice(name: str, label: str, metric: str, of: str, every: str = ".*") -> Builder[model.VariableModel]:
        matched = '{job=~"$job"}' if name != "job" else ""
        return (
            asked(name, label, f"label_values({metric}{matched}, {of})")
            .multi(True)
            .include_all(True)
            .all_value(every)
            .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        )

    def asked(name: str, label: str, query: str) -> dashboard.QueryVariable:
        return (
            dashboard.QueryVariable(name)
            .id(name)
            .label(label)
            .datasource(SOURCE)
            .query({"query": query, "refId": f"variable-{name}"})
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_ASC)
        )

    return [
        source_variable("prometheus"),
        choice("job", "Job", "tierwatch_build_info", "job", ".+"),
        choice("source", both("grafana-source"), "tierwatch_source_up", "source"),
        choice("tier", both("grafana-tier"), "tierwatch_sla_clocks", "tier"),
        choice("assurance", both("grafana-assurance"), "tierwatch_sla_clocks", "assurance"),
        choice("target", both("grafana-target"), "tierwatch_sla_clocks", "sla_target"),
        asked("page_url", "page_url", 'label_values(tierwatch_page_info{job=~"$job"}, page_url)').hide(
            model.VariableHide.HIDE_VARIABLE
        ),
    ]


def source_variable(kind: str) -> dashboard.DatasourceVariable:
    return dashboard.DatasourceVariable("datasource").id("datasource").label("Data source").type(kind)
