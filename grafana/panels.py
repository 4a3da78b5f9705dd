"""Make the panels of a dashboard: each with title and description in English and Chinese, unit and thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from monitor.messages import message, spoken, text

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

OF_CLOCKS = 'source=~"$source", tier=~"$tier", assurance=~"$assurance", sla_target=~"$target"'
OF_CIRCUITS = 'source=~"$source", tier=~"$tier", assurance=~"$assurance"'
OF_SOURCES = 'source=~"$source"'

GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE = "green", "yellow", "orange", "red", "blue", "purple"

Steps = Sequence[tuple[float | None, str]]
BAD_ABOVE_0: Steps = ((None, GREEN), (1, RED))
WARN_ABOVE_0: Steps = ((None, GREEN), (1, ORANGE))
LEFT: Steps = ((None, RED), (900, ORANGE), (3600, YELLOW), (14400, GREEN))
DAYS_LEFT: Steps = ((None, RED), (604800, ORANGE), (1209600, YELLOW))
KEPT: Steps = ((None, RED), (0.95, ORANGE), (0.99, GREEN))
AGE: Steps = ((None, GREEN), (300, ORANGE), (900, RED))
LAG: Steps = ((None, GREEN), (10, ORANGE), (60, RED))
PLAIN: Steps = ((None, BLUE),)

Panel = stat.Panel | bargauge.Panel | timeseries.Panel | heatmap.Panel
P = TypeVar("P", stat.Panel, bargauge.Panel, timeseries.Panel, heatmap.Panel)
Row = tuple[str, Sequence[Panel]]


def tile(name: str, expr: str, steps: Steps, *, legend: str = "{{tier}}", unit: str = "short") -> stat.Panel:
    panel = (
        stat.Panel()
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .color_mode(kinds.BigValueColorMode.VALUE)
        .text_mode(kinds.BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .with_target(ask("A", expr, legend, instant=True))
        .no_value("0")
        .height(5)
    )
    return dress(panel, name, unit, steps)


def switch(name: str, expr: str, legend: str, *, good: int, words: Mapping[str, str]) -> stat.Panel:
    steps: Steps = ((None, RED), (1, GREEN)) if good == 1 else ((None, GREEN), (1, RED))
    named = {
        value: model.ValueMappingResult(text=word, color=GREEN if value == str(good) else RED, index=index)
        for index, (value, word) in enumerate(words.items())
    }
    panel = tile(name, expr, steps, legend=legend, unit="none")
    return panel.mappings([model.ValueMap(options=named)]).no_value("–")


def bars(
    name: str,
    expr: str,
    legend: str,
    *,
    unit: str,
    steps: Steps,
    layout: PromQueryFormat = PromQueryFormat.TIME_SERIES,
) -> bargauge.Panel:
    panel = (
        bargauge.Panel()
        .display_mode(kinds.BarGaugeDisplayMode.BASIC)
        .orientation(kinds.VizOrientation.HORIZONTAL)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .min(0)
        .with_target(ask("A", expr, legend, instant=True, layout=layout))
        .height(8)
    )
    return dress(panel, name, unit, steps)


def lines(name: str, queries: Mapping[str, str], *, unit: str = "short") -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(10)
        .show_points(kinds.VisibilityMode.NEVER)
        .axis_soft_min(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs([])
        )
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC))
        .height(8)
    )
    for ref, (legend, expr) in zip("ABC", queries.items(), strict=False):
        panel.with_target(ask(ref, expr, legend))
    return dress(panel, name, unit, PLAIN)


def history(buckets: str) -> heatmap.Panel:
    panel = (
        heatmap.Panel()
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
        .y_axis(heatmap.YAxisConfig().unit("s"))
        .show_tooltip()
        .show_legend()
        .with_target(ask("A", buckets, "{{le}}", layout=PromQueryFormat.HEATMAP))
        .height(8)
    )
    return dress(panel, "time-left-over-time", "short", PLAIN)


def both(id_: str, **arguments: str) -> str:
    """A message in every language that the dashboard has, side by side."""
    return " · ".join(text(message(id_, **arguments), language) for language in spoken("both"))


def dress(panel: P, name: str, unit: str, steps: Steps) -> P:
    """Give a panel what every panel must have; the catalogues have its title and what it shows under its *name*."""
    limits = [model.Threshold(value=value, color=color) for value, color in steps]
    return (
        panel.title(both(f"grafana-{name}"))
        .description(both(f"grafana-{name}-about"))
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(limits))
    )


def ask(
    ref: str, expr: str, legend: str, *, instant: bool = False, layout: PromQueryFormat = PromQueryFormat.TIME_SERIES
) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(SOURCE).ref_id(ref).expr(expr).legend_format(legend).format(layout)
    return query.instant() if instant else query.range()
