"""Make the panels of a dashboard: each with title and description in English and Chinese, unit and thresholds.

The base colour of all thresholds is grey, and what gives no number says so in words: nothing is green that nobody
knows.
A colour has one meaning: red broken, orange in danger, purple not known, blue as it should be while work goes on, green
well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    bargauge,
    common,
    dashboard,
    heatmap,
    prometheus,
    stat,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from monitor.messages import message, spoken, text

SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE, GREY = "green", "yellow", "orange", "red", "blue", "purple", "#808080"

STATE_COLOURS: Mapping[str, str] = {
    "breached": RED, "at_risk": ORANGE, "running": BLUE, "paused": "light-blue", "idle": "super-light-blue",
    "unknown": PURPLE, "unavailable": RED, "degraded": ORANGE, "available": GREEN,
    "started": BLUE, "completed": GREEN, "failed": RED, "accepted": GREEN,
}  # fmt: skip
"""The colour of a state of clocks and circuits, and of what happened to them, wherever it is drawn."""

REDS = ("dark-red", "red", "semi-dark-red", "light-red", "super-light-red", "orange")
"""Breaches of the tiers in their order, the darkest first."""

_ONE_LABEL = re.compile(r"\{\{(\w+)\}\}")

Steps = Sequence[tuple[float | None, str]]
_NOBODY = (None, GREY)
_PAST = -1e12
BAD_ABOVE_0: Steps = (_NOBODY, (0, GREEN), (1, RED))
WARN_ABOVE_0: Steps = (_NOBODY, (0, GREEN), (1, ORANGE))
UNKNOWN_ABOVE_0: Steps = (_NOBODY, (0, GREEN), (1, PURPLE))
PLAIN: Steps = (_NOBODY, (0, BLUE))
GOOD_ABOVE_0: Steps = (_NOBODY, (0, RED), (1, GREEN))
YES_NO: Steps = (_NOBODY, (-1, GREY), (0, RED), (1, GREEN))
LEFT: Steps = (_NOBODY, (_PAST, RED), (900, ORANGE), (3600, YELLOW), (14400, GREEN))
DAYS_LEFT: Steps = (_NOBODY, (_PAST, RED), (604800, ORANGE), (1209600, YELLOW), (2419200, GREEN))
TO_SPARE: Steps = (_NOBODY, (_PAST, RED), (0, GREEN))
KEPT: Steps = (_NOBODY, (0, RED), (0.95, ORANGE), (0.99, GREEN))
AGE: Steps = (_NOBODY, (0, GREEN), (300, ORANGE), (900, RED))
SHARE_USED: Steps = (_NOBODY, (0, GREEN), (0.5, YELLOW), (0.75, ORANGE), (1, RED))
SHARE_OF_AGE: Steps = (_NOBODY, (0, GREEN), (0.5, ORANGE), (1, RED))
LAG: Steps = (_NOBODY, (0, GREEN), (10, ORANGE), (60, RED))
WAITING: Steps = (_NOBODY, (_PAST, GREEN), (60, ORANGE), (300, RED))
WORST: Steps = (_NOBODY, (0, BLUE), (1, GREEN), (2, ORANGE), (3, PURPLE), (4, RED))

NEVER_AHEAD = 1e9
"""Seconds; an instant that is +Inf, so never, is shown as a word from here on (thirty years)."""

Panel = stat.Panel | bargauge.Panel | timeseries.Panel | heatmap.Panel | statetimeline.Panel | tables.Panel
P = TypeVar(
    "P", stat.Panel, bargauge.Panel, timeseries.Panel, heatmap.Panel, statetimeline.Panel, tables.Panel
)  # fmt: skip
Row = tuple[str, Sequence[Panel]]


def both(id_: str, **arguments: str) -> str:
    """A message in every language that the dashboard has, side by side."""
    return " · ".join(text(message(id_, **arguments), language) for language in spoken("both"))


def dress(panel: P, name: str, unit: str, steps: Steps, source: model.DataSourceRef = SOURCE) -> P:
    """Give a panel what every panel must have; the catalogues have its title and what it shows under its *name*."""
    limits = [model.Threshold(value=value, color=color) for value, color in steps]
    return (
        panel.title(both(f"grafana-{name}"))
        .description(both(f"grafana-{name}-about"))
        .datasource(source)
        .unit(unit)
        .no_value(both("grafana-no-data"))
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(limits))
    )


def ask(
    ref: str, expr: str, legend: str, *, instant: bool = False, layout: PromQueryFormat = PromQueryFormat.TIME_SERIES
) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(SOURCE).ref_id(ref).expr(expr).legend_format(legend).format(layout)
    return query.instant() if instant else query.range()


def by_thresholds() -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)


def plain_tile() -> stat.Panel:
    return (
        stat.Panel()
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .color_mode(kinds.BigValueColorMode.VALUE)
        .text_mode(kinds.BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(by_thresholds())
        .height(5)
    )


def tile(name: str, expr: str, steps: Steps, *, legend: str = "{{tier}}", unit: str = "short") -> stat.Panel:
    """Numbers, each with its name, as they are now. Where one is left, Grafana would drop its name: it is asked for."""
    panel = plain_tile().with_target(ask("A", expr, legend, instant=True))
    if one := _ONE_LABEL.fullmatch(legend):
        panel.display_name(f"${{__field.labels.{one[1]}}}")
    return dress(panel, name, unit, steps)


def listed(panel: stat.Panel) -> stat.Panel:
    """The numbers of a tile below each other, the name left and the number right."""
    return panel.orientation(kinds.VizOrientation.HORIZONTAL)


def loud(panel: stat.Panel) -> stat.Panel:
    """A tile that can be read across a room: the colour fills it."""
    return panel.color_mode(kinds.BigValueColorMode.BACKGROUND)


def countdown(name: str, expr: str, steps: Steps, never: str, *, legend: str = "{{tier}}") -> stat.Panel:
    """How long until an instant; *never* is what is said of one that does not come."""
    word = model.ValueMappingResult(text=both(never), color=BLUE, index=0)
    until = tile(name, f"clamp_max({expr}, {NEVER_AHEAD * 10:.0f})", steps, legend=legend, unit="dthms")
    return until.mappings([_from(NEVER_AHEAD, word)])


def _from(value: float, result: model.ValueMappingResult) -> model.RangeMap:
    return model.RangeMap(options=model.DashboardRangeMapOptions(from_val=value, to=1e15, result=result))


def switch(name: str, expr: str, legend: str, words: Mapping[int, tuple[str, str]]) -> stat.Panel:
    """What is one of few: its word and colour by its number."""
    named = {
        str(value): model.ValueMappingResult(text=both(word), color=color, index=index)
        for index, (value, (word, color)) in enumerate(words.items())
    }
    steps: Steps = (_NOBODY, *((value, color) for value, (_, color) in sorted(words.items())))
    return tile(name, expr, steps, legend=legend, unit="none").mappings([model.ValueMap(options=named)])


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
        .color_scheme(by_thresholds())
        .min(0)
        .with_target(ask("A", expr, legend, instant=True, layout=layout))
        .height(8)
    )
    return dress(panel, name, unit, steps)


def lines(
    name: str,
    queries: Mapping[str, str],
    *,
    unit: str = "short",
    colours: Sequence[str] = (),
    stacked: bool = False,
    steps: Steps = PLAIN,
) -> timeseries.Panel:
    """Lines by the time. *colours* are those of the queries in their order, empty for any; stacked are bars."""
    panel = plain_lines(stacked=stacked)
    for ref, (legend, expr) in zip("ABCDEFGH", queries.items(), strict=False):
        panel.with_target(ask(ref, expr, legend))
    for ref, colour in zip("ABCDEFGH", colours, strict=False):
        if colour:
            panel.override_by_query(ref, [fixed(colour)])
    return dress(panel, name, unit, steps)


def plain_lines(*, stacked: bool = False) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .line_width(1)
        .fill_opacity(70 if stacked else 10)
        .draw_style(kinds.GraphDrawStyle.BARS if stacked else kinds.GraphDrawStyle.LINE)
        .show_points(kinds.VisibilityMode.NEVER)
        .span_nulls(False)
        .axis_soft_min(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs([])
        )
        .tooltip(common.VizTooltipOptions().mode(kinds.TooltipDisplayMode.MULTI).sort(kinds.SortOrder.DESCENDING))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
        .height(8)
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(kinds.StackingMode.NORMAL).group("A"))
    return panel


def fixed(colour: str) -> model.DynamicConfigValue:
    return model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": colour})


def timeline(name: str, queries: Mapping[str, str], words: Mapping[int, str]) -> statetimeline.Panel:
    """The state of each row by the time; where nothing was known there is a gap."""
    colours = dict(WORST[1:])
    panel = (
        statetimeline.Panel()
        .show_value(kinds.VisibilityMode.NEVER)
        .merge_values(True)
        .row_height(0.85)
        .fill_opacity(90)
        .line_width(0)
        .legend(
            common.VizLegendOptions()
            .display_mode(kinds.LegendDisplayMode.LIST)
            .placement(kinds.LegendPlacement.BOTTOM)
            .show_legend(True)
            .calcs([])
        )
        .color_scheme(by_thresholds())
        .mappings([
            model.ValueMap(options={
                str(value): model.ValueMappingResult(text=both(word), color=colours[value], index=index)
                for index, (value, word) in enumerate(words.items())
            })
        ])
        .height(8)
    )  # fmt: skip
    for ref, (legend, expr) in zip("ABCDEFGH", queries.items(), strict=False):
        panel.with_target(ask(ref, expr, legend))
    return dress(panel, name, "none", WORST)


def history(name: str, buckets: str) -> heatmap.Panel:
    """How many there are of each length, by the time: the more, the stronger the colour, on light and dark alike."""
    scheme = heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.OPACITY).fill(ORANGE).exponent(0.5)
    panel = (
        heatmap.Panel()
        .calculate(False)
        .color(scheme)
        .y_axis(heatmap.YAxisConfig().unit("s"))
        .show_tooltip()
        .show_legend()
        .with_target(ask("A", buckets, "{{le}}", layout=PromQueryFormat.HEATMAP))
        .height(8)
    )
    return dress(panel, name, "short", PLAIN)


def worst_first(
    name: str, columns: Mapping[str, tuple[str, str, Steps]], *, ascending: bool, hidden: Sequence[str] = ()
) -> tables.Panel:
    """A table with a row for each group of labels and a column for each query, sorted by the first of these.

    *columns* has the query, the unit and the steps by the name of the column.
    """
    first = next(iter(columns))
    panel = (
        tables.Panel()
        .color_scheme(by_thresholds())
        .show_header(True)
        .sort_by([common.TableSortByFieldState().display_name(both(first)).desc(not ascending)])
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(
            model.DataTransformerConfig(
                id_val="organize", options={"excludeByName": {"Time": True} | dict.fromkeys(hidden, True)}
            )
        )
        .height(9)
    )
    for ref, (column, (expr, unit, steps)) in zip("ABCDEFGH", columns.items(), strict=False):
        panel.with_target(ask(ref, expr, "", instant=True, layout=PromQueryFormat.TABLE))
        limits = [{"value": value, "color": color} for value, color in steps]
        panel.override_by_name(
            f"Value #{ref}",
            [
                model.DynamicConfigValue(id_val="displayName", value=both(column)),
                model.DynamicConfigValue(id_val="unit", value=unit),
                model.DynamicConfigValue(id_val="thresholds", value={"mode": "absolute", "steps": limits}),
                model.DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"}),
            ],
        )
    return dress(panel, name, "none", PLAIN)


def page(path: str, title: str) -> dashboard.DashboardLink:
    """A link to a page of tierwatch, at the address that tierwatch itself publishes."""
    link = dashboard.DashboardLink(both(title)).type(model.DashboardLinkType.LINK)
    return link.url(f"${{page_url:raw}}{path}").target_blank(True)
