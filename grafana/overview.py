"""Build the dashboard `tierwatch overview` and write it to dashboards/overview.json.

Run `python -m grafana.overview` after a change; a test compares the committed file with what is built here. Queries
name metrics of exporters/catalogue.py and nothing that a rule records: the dashboard works without the rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.panels import (
    BAD_ABOVE_0,
    DAYS_LEFT,
    GREEN,
    KEPT,
    LEFT,
    OF_CIRCUITS,
    OF_CLOCKS,
    PLAIN,
    PURPLE,
    SOURCE,
    WARN_ABOVE_0,
    Panel,
    Row,
    Steps,
    bars,
    both,
    history,
    lines,
    tile,
)
from grafana.trust import trust

TARGET = Path(__file__).parent / "dashboards" / "overview.json"
SCHEMA_VERSION = 39  # Grafana migrates older models when it loads them, never newer ones
PAGE = "${tierwatch_url}/"


STATES: Mapping[str, Steps] = {
    "breached": BAD_ABOVE_0,
    "at_risk": WARN_ABOVE_0,
    "running": PLAIN,
    "paused": PLAIN,
    "idle": PLAIN,
    "unknown": ((None, GREEN), (1, PURPLE)),
}

CIRCUIT_STATES: Mapping[str, Steps] = {
    "unavailable": BAD_ABOVE_0,
    "degraded": WARN_ABOVE_0,
    "unknown": ((None, GREEN), (1, PURPLE)),
    "available": PLAIN,
}

REMAINING: Mapping[str, str] = {
    "0.0": both("grafana-late"),
    "300.0": "≤ 5 min",
    "900.0": "≤ 15 min",
    "1800.0": "≤ 30 min",
    "3600.0": "≤ 1 h",
    "7200.0": "≤ 2 h",
    "14400.0": "≤ 4 h",
    "28800.0": "≤ 8 h",
    "86400.0": "≤ 1 d",
    "259200.0": "≤ 3 d",
    "604800.0": "≤ 7 d",
    "+Inf": "> 7 d",
}
"""What the bars of the remaining-time histogram are called, by `le`."""


def overview() -> model.Dashboard:
    """The whole dashboard."""
    board = (
        dashboard.Dashboard("tierwatch overview")
        .uid("tierwatch-overview")
        .description(both("grafana-about"))
        .tags(["tierwatch", "sla"])
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .annotations([])
        .variables(_variables())
        .link(_link(both("grafana-live-page")).tooltip("The page of tierwatch itself").icon("external link"))
    )
    number = 0
    for title, panels in (_about_to_break(), _promises_kept(), _circuits(), trust()):
        number += 100
        board.with_row(dashboard.Row(title).id(number))
        for place, panel in enumerate(panels, start=1):
            board.with_panel(panel.id(number + place))
    built = board.build()
    built.schema_version = SCHEMA_VERSION
    return built


def render() -> str:
    """The dashboard as the text of its file: keys sorted, so that a change shows as a small difference."""
    return json.dumps(overview(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _about_to_break() -> Row:
    by_state = [
        tile(f"clocks-{state}", f'sum by (tier) (tierwatch_sla_clocks{{{OF_CLOCKS}, state="{state}"}})', steps)
        .span(4)
        .data_links([_link(both("grafana-nearest-clocks"))])
        for state, steps in STATES.items()
    ]
    countdown = (
        bars(
            "next-deadline-in",
            "sort(min by (tier, sla_target) "
            f"(tierwatch_sla_next_deadline_timestamp_seconds{{{OF_CLOCKS}}}) - time() < Inf)",
            "{{tier}} · {{sla_target}}",
            unit="dthms",
            steps=LEFT,
        )
        .max(14400)
        .no_value(both("grafana-no-deadline-ahead"))
        .span(8)
        .data_links([_link(both("grafana-nearest-clocks"))])
    )
    buckets = f"sum by (le) (tierwatch_sla_remaining_seconds_bucket{{{OF_CLOCKS}}})"
    spread = bars(
        "time-left-now",
        buckets,
        "{{le}}",
        unit="short",
        steps=PLAIN,
        layout=PromQueryFormat.HEATMAP,
    ).span(8)
    for bound, name in REMAINING.items():
        spread.override_by_name(bound, [model.DynamicConfigValue(id_val="displayName", value=name)])
    return both("grafana-what-is-about-to-break"), [*by_state, countdown, spread, history(buckets).span(8)]


def _promises_kept() -> Row:
    happened = lines(
        "clocks-started-completed-breached",
        {
            both("grafana-started"): f"sum(increase(tierwatch_sla_clocks_started_total{{{OF_CLOCKS}}}[1h]))",
            both("grafana-completed"): f"sum(increase(tierwatch_sla_clocks_completed_total{{{OF_CLOCKS}}}[1h]))",
            both("grafana-breached"): f"sum(increase(tierwatch_sla_clocks_breached_total{{{OF_CLOCKS}}}[1h]))",
        },
    ).span(12)
    breached = lines(
        "breached-in-an-hour",
        {
            "{{tier}} · {{sla_target}}": "sum by (tier, sla_target) "
            f"(increase(tierwatch_sla_clocks_breached_total{{{OF_CLOCKS}}}[1h])) > 0"
        },
    ).span(12)
    ratios = [
        bars(
            f"kept-{window}",
            f"sort_desc({_kept(window)})",
            "{{tier}}",
            unit="percentunit",
            steps=KEPT,
        )
        .decimals(2)
        .min(0)
        .max(1)
        .no_value(both("grafana-none-ended"))
        .span(8)
        for window in ("1d", "7d", "30d")
    ]
    return both("grafana-promises-kept"), [happened, breached, *ratios, *_pace()]


def _pace() -> Sequence[Panel]:
    """The allowances that are used too fast."""
    used_up = (
        bars(
            "next-exhaustion-in",
            "sort(min by (tier, sla_target) "
            f"(tierwatch_sla_next_exhaustion_timestamp_seconds{{{OF_CLOCKS}}}) - time() < Inf)",
            "{{tier}} · {{sla_target}}",
            unit="dthms",
            steps=DAYS_LEFT,
        )
        .no_value(both("grafana-none-too-fast"))
        .span(16)
    )
    fast = f"sum by (tier) (tierwatch_sla_allowances_too_fast{{{OF_CLOCKS}}})"
    return [tile("allowances-too-fast", fast, WARN_ABOVE_0).span(8), used_up]


def _circuits() -> Row:
    now = [
        tile(
            f"circuits-{state}",
            f'sum by (assurance) (tierwatch_circuits{{{OF_CIRCUITS}, state="{state}"}})',
            steps,
            legend="{{assurance}}",
        ).span(6)
        for state, steps in CIRCUIT_STATES.items()
    ]
    history = lines(
        "circuits-not-available-by-state",
        {"{{state}}": f'sum by (state) (tierwatch_circuits{{{OF_CIRCUITS}, state!="available"}})'},
    ).span(12)
    share = (
        bars(
            "share-of-circuits-available",
            "sort("
            f'sum by (assurance) (tierwatch_circuits{{{OF_CIRCUITS}, state="available"}})'
            f" / (sum by (assurance) (tierwatch_circuits{{{OF_CIRCUITS}}}) > 0))",
            "{{assurance}}",
            unit="percentunit",
            steps=KEPT,
        )
        .decimals(2)
        .min(0)
        .max(1)
        .no_value(both("grafana-no-circuits"))
        .span(12)
    )
    return both("grafana-circuits"), [*now, history, share]


def _kept(window: str) -> str:
    """The share of promises kept per tier: a difference of two instants, since the counters outlive restarts."""

    def gained(metric: str) -> str:
        series = f"tierwatch_sla_clocks_{metric}_total{{{OF_CLOCKS}}}"
        now, then = (
            f"sum by (tier) (max by (job, source, tier, assurance, sla_target) ({each}))"
            for each in (series, f"last_over_time({series}[1h] offset {window})")
        )
        return f"({now} - ({then} or 0 * {now}))"

    return f"1 - clamp({gained('breached')} / ({gained('completed')} > 0), 0, 1)"


def _variables() -> list[Builder[model.VariableModel]]:
    def choice(name: str, label: str, query: str) -> Builder[model.VariableModel]:
        return (
            dashboard.QueryVariable(name)
            .id(name)
            .label(label)
            .datasource(SOURCE)
            .query({"query": query, "refId": f"variable-{name}"})
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .sort(model.VariableSort.ALPHABETICAL_ASC)
            .multi(True)
            .include_all(True)
            .all_value(".*")
            .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
        )

    return [
        dashboard.DatasourceVariable("datasource").id("datasource").label("Prometheus").type("prometheus"),
        choice("source", both("grafana-source"), "label_values(tierwatch_source_up, source)"),
        choice("tier", both("grafana-tier"), "label_values(tierwatch_sla_clocks, tier)"),
        choice("assurance", both("grafana-assurance"), "label_values(tierwatch_sla_clocks, assurance)"),
        choice("target", both("grafana-target"), "label_values(tierwatch_sla_clocks, sla_target)"),
        dashboard.TextBoxVariable("tierwatch_url")
        .id("tierwatch_url")
        .label(both("grafana-tierwatch-page"))
        .default_value("http://localhost:8321")
        .current(model.VariableOption(selected=True, text="http://localhost:8321", value="http://localhost:8321")),
    ]


def _link(title: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(title).type(model.DashboardLinkType.LINK).url(PAGE).target_blank(True)


def main() -> None:
    TARGET.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
