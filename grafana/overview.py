"""Build the dashboard `tierwatch overview` and write it to dashboards/overview.json.

Run `python grafana/overview.py` after a change; a test compares the committed file with what is built here. Queries
name metrics of exporters/catalogue.py and nothing that a rule records: the dashboard works without the rules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from grafana_foundation_sdk.builders import bargauge, common, dashboard, heatmap, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import heatmap as heat
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

TARGET = Path(__file__).parent / "dashboards" / "overview.json"
SCHEMA_VERSION = 39  # Grafana migrates older models when it loads them, never newer ones
SOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")
PAGE = "${tierwatch_url}/"

OF_CLOCKS = 'source=~"$source", tier=~"$tier", assurance=~"$assurance", sla_target=~"$target"'
OF_CIRCUITS = 'source=~"$source", tier=~"$tier", assurance=~"$assurance"'
OF_SOURCES = 'source=~"$source"'

GREEN, YELLOW, ORANGE, RED, BLUE, PURPLE = "green", "yellow", "orange", "red", "blue", "purple"

Steps = Sequence[tuple[float | None, str]]
BAD_ABOVE_0: Steps = ((None, GREEN), (1, RED))
WARN_ABOVE_0: Steps = ((None, GREEN), (1, ORANGE))
LEFT: Steps = ((None, RED), (900, ORANGE), (3600, YELLOW), (14400, GREEN))
KEPT: Steps = ((None, RED), (0.95, ORANGE), (0.99, GREEN))
AGE: Steps = ((None, GREEN), (300, ORANGE), (900, RED))
LAG: Steps = ((None, GREEN), (10, ORANGE), (60, RED))
PLAIN: Steps = ((None, BLUE),)

STATES: Sequence[tuple[str, str, str, Steps, str]] = (
    ("breached", "Breached now", "已违约", BAD_ABOVE_0, "Open clocks past their deadline · 截止时间已过而未结束的时钟"),
    (
        "at_risk",
        "At risk",
        "临近违约",
        WARN_ABOVE_0,
        "Running clocks that have used most of their budget, 75 % by default · 已用掉大部分时限(默认 75%)的时钟",
    ),
    ("running", "Running", "计时中", PLAIN, "Running clocks with budget to spare · 时限尚充裕的时钟"),
    (
        "paused",
        "Paused",
        "已挂起",
        PLAIN,
        "Clocks paused for a reason that the policy lists · 因策略所列原因挂起的时钟",
    ),
    (
        "unknown",
        "Cannot be judged",
        "无法判断",
        ((None, GREEN), (1, PURPLE)),
        "Open clocks of sources whose data is too old to judge by · 数据源过旧而无法判断的时钟",
    ),
)

REMAINING: Mapping[str, str] = {
    "0.0": "late · 已逾期",
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


Panel = stat.Panel | bargauge.Panel | timeseries.Panel | heatmap.Panel
P = TypeVar("P", stat.Panel, bargauge.Panel, timeseries.Panel, heatmap.Panel)
Row = tuple[str, Sequence[Panel]]


def overview() -> model.Dashboard:
    """The whole dashboard."""
    board = (
        dashboard.Dashboard("tierwatch overview")
        .uid("tierwatch-overview")
        .description(
            "What is about to break, which promises were kept, how the circuits are, and whether the numbers can be "
            "trusted · 即将违约、承诺兑现、电路状态与数据可信度"
        )
        .tags(["tierwatch", "sla"])
        .timezone("browser")
        .refresh("30s")
        .time("now-6h", "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .annotations([])
        .variables(_variables())
        .link(_link("tierwatch · 实时页面").tooltip("The page of tierwatch itself").icon("external link"))
    )
    number = 0
    for title, panels in (_about_to_break(), _promises_kept(), _circuits(), _trust()):
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
        _tile(title, title_zh, meaning, f'sum by (tier) (tierwatch_sla_clocks{{{OF_CLOCKS}, state="{state}"}})', steps)
        .span(4 if state == "unknown" else 5)
        .data_links([_link("Nearest clocks · 最近到期的时钟")])
        for state, title, title_zh, steps, meaning in STATES
    ]
    countdown = (
        _bars(
            "Next deadline in",
            "距最近截止时间",
            "Time to the nearest deadline among running clocks that are not breached, per tier and target; below zero "
            "it has passed and is not yet judged · 各等级、各指标最近的截止时间;负数表示已过期但尚未判定",
            "sort(min by (tier, sla_target) "
            f"(tierwatch_sla_next_deadline_timestamp_seconds{{{OF_CLOCKS}}}) - time() < Inf)",
            "{{tier}} · {{sla_target}}",
            unit="dthms",
            steps=LEFT,
        )
        .max(14400)
        .no_value("no deadline ahead · 无")
        .span(8)
        .data_links([_link("Nearest clocks · 最近到期的时钟")])
    )
    buckets = f"sum by (le) (tierwatch_sla_remaining_seconds_bucket{{{OF_CLOCKS}}})"
    spread = _bars(
        "Time left, now",
        "剩余时间分布",
        "Running clocks by the time they have left, paused ones left out; the first bar is late already "
        "· 计时中的时钟按剩余时间分布,不含挂起;第一项为已逾期",
        buckets,
        "{{le}}",
        unit="short",
        steps=PLAIN,
        layout=PromQueryFormat.HEATMAP,
    ).span(8)
    for bound, name in REMAINING.items():
        spread.override_by_name(bound, [model.DynamicConfigValue(id_val="displayName", value=name)])
    return "What is about to break · 即将违约", [*by_state, countdown, spread, _history(buckets).span(8)]


def _promises_kept() -> Row:
    happened = _lines(
        "Clocks started, completed, breached in an hour",
        "每小时开始、结束、违约的时钟",
        "What happened to clocks during the hour before each point; what happened before this installation watched is "
        "left out · 每个时刻之前一小时内的时钟事件,不含安装之前的历史",
        {
            "started · 开始": f"sum(increase(tierwatch_sla_clocks_started_total{{{OF_CLOCKS}}}[1h]))",
            "completed · 结束": f"sum(increase(tierwatch_sla_clocks_completed_total{{{OF_CLOCKS}}}[1h]))",
            "breached · 违约": f"sum(increase(tierwatch_sla_clocks_breached_total{{{OF_CLOCKS}}}[1h]))",
        },
    ).span(12)
    breached = _lines(
        "Breached in an hour, by tier and target",
        "每小时违约(按等级和指标)",
        "Breaches during the hour before each point · 每个时刻之前一小时内的违约",
        {
            "{{tier}} · {{sla_target}}": "sum by (tier, sla_target) "
            f"(increase(tierwatch_sla_clocks_breached_total{{{OF_CLOCKS}}}[1h])) > 0"
        },
    ).span(12)
    ratios = [
        _bars(
            f"Promises kept, {window}",
            f"兑现率({days} 天)",
            f"1 minus breaches over clocks that ended, in the last {window}; nothing where none ended. Where "
            "Prometheus holds less than that, since the counters began "
            f"· 最近 {days} 天:1 − 违约数 ÷ 结束数;无结束时钟则不显示;数据不足时自计数开始计",
            f"sort_desc({_kept(window)})",
            "{{tier}}",
            unit="percentunit",
            steps=KEPT,
        )
        .decimals(2)
        .min(0)
        .max(1)
        .no_value("none ended · 无")
        .span(8)
        for window, days in (("1d", 1), ("7d", 7), ("30d", 30))
    ]
    return "Promises kept · 承诺兑现", [happened, breached, *ratios]


def _circuits() -> Row:
    now = [
        _tile(
            title,
            title_zh,
            f"Circuits that are {state} now, by assurance · 当前{title_zh}的电路,按保障等级",
            f'sum by (assurance) (tierwatch_circuits{{{OF_CIRCUITS}, state="{state}"}})',
            steps,
            legend="{{assurance}}",
        ).span(6)
        for state, title, title_zh, steps in (
            ("unavailable", "Circuits unavailable", "中断", BAD_ABOVE_0),
            ("degraded", "Circuits degraded", "劣化", WARN_ABOVE_0),
            ("unknown", "Circuits unknown", "状态未知", ((None, GREEN), (1, PURPLE))),
            ("available", "Circuits available", "正常", PLAIN),
        )
    ]
    history = _lines(
        "Circuits not available, by state",
        "非正常电路(按状态)",
        "Circuits in each state but available, over time · 各非正常状态的电路数",
        {"{{state}}": f'sum by (state) (tierwatch_circuits{{{OF_CIRCUITS}, state!="available"}})'},
    ).span(12)
    share = (
        _bars(
            "Share of circuits available, by assurance",
            "正常电路占比(按保障等级)",
            "Available circuits over all known ones, now; an unknown circuit counts as not available. This is no "
            "availability over time · 当前正常电路占全部电路的比例,未知计为不正常;并非一段时间内的可用率",
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
        .no_value("no circuits · 无")
        .span(12)
    )
    return "Circuits · 电路", [*now, history, share]


def _trust() -> Row:
    return "Can this be trusted? · 数据可信吗?", [*_of_sources(), *_of_program(), *_of_delivery(), *_of_records()]


def _of_sources() -> list[Panel]:
    return [
        _switch(
            "Sources",
            "数据源",
            "Whether the last poll of each source succeeded · 各数据源最近一次采集是否成功",
            f"min by (source) (tierwatch_source_up{{{OF_SOURCES}}})",
            "{{source}}",
            good=1,
            words={"1": "up · 正常", "0": "down · 中断"},
        ).span(6),
        _switch(
            "Data fit to judge by",
            "数据是否可判断",
            "Whether the data of each source is fresh enough to judge clocks by · 各数据源是否足够新,可据以判断时钟",
            f"max by (source) (tierwatch_source_stale{{{OF_SOURCES}}})",
            "{{source}}",
            good=0,
            words={"0": "fresh · 新鲜", "1": "stale · 过旧"},
        ).span(6),
        _tile(
            "Last read",
            "距上次成功采集",
            "Age of the last successful poll · 距最近一次成功采集的时间",
            f"time() - max by (source) (tierwatch_source_last_success_timestamp_seconds{{{OF_SOURCES}}} > 0)",
            AGE,
            legend="{{source}}",
            unit="dthms",
        )
        .no_value("never · 从未")
        .span(6),
        _tile(
            "Newest change seen",
            "距最新变更",
            "Age of the newest change in the source that was seen; a quiet source is old without being wrong "
            "· 距所见最新变更的时间;安静的数据源变旧并不代表有错",
            f"time() - max by (source) (tierwatch_source_watermark_timestamp_seconds{{{OF_SOURCES}}} > 0)",
            PLAIN,
            legend="{{source}}",
            unit="dthms",
        )
        .no_value("never · 从未")
        .span(6),
    ]


def _of_program() -> list[Panel]:
    seconds = "sum by (le) (rate(tierwatch_engine_evaluation_seconds_bucket[$__rate_interval]))"
    return [
        _tile(
            "Clocks last looked at",
            "距上次判断",
            "How long ago the engine last looked at due clocks · 引擎上次检查到期时钟距今",
            "time() - max by (instance) (tierwatch_engine_last_evaluation_timestamp_seconds > 0)",
            AGE,
            legend="{{instance}}",
            unit="dthms",
        )
        .no_value("never · 从未")
        .span(6),
        _tile(
            "Behind due clocks",
            "判断滞后",
            "By how much the engine is behind the instant at which the next clock was due · 引擎落后于到期时刻的时间",
            "max by (instance) (tierwatch_engine_due_lag_seconds)",
            LAG,
            legend="{{instance}}",
            unit="s",
        ).span(6),
        _switch(
            "Store",
            "存储",
            "Whether the store took the last write; nothing is told before it is stored "
            "· 最近一次写入是否成功;先存储后通知",
            "min by (instance) (tierwatch_store_up)",
            "{{instance}}",
            good=1,
            words={"1": "writes · 正常", "0": "refuses · 拒绝写入"},
        ).span(4),
        _switch(
            "Machine's clock",
            "本机时钟",
            "Whether new pages are held because the machine's clock jumped · 是否因本机时钟跳变而暂缓新告警",
            "max by (instance) (tierwatch_clock_held)",
            "{{instance}}",
            good=0,
            words={"0": "steady · 正常", "1": "held · 暂缓"},
        ).span(4),
        _tile(
            "Time per evaluation, p99",
            "单次判断耗时 p99",
            "99 of 100 looks at the due clocks took at most this long · 百分之九十九的检查耗时不超过此值",
            f"histogram_quantile(0.99, {seconds}) >= 0",
            LAG,
            legend="p99",
            unit="s",
        )
        .no_value("–")
        .span(4),
    ]


def _of_delivery() -> list[Panel]:
    return [
        _bars(
            "Alerts firing",
            "正在触发的告警",
            "Alerts that tierwatch holds firing, by tier and stage · tierwatch 正在触发的告警,按等级和阶段",
            'sort_desc(sum by (tier, stage) (tierwatch_alerts_firing{tier=~"$tier"}) > 0)',
            "{{tier}} · {{stage}}",
            unit="short",
            steps=PLAIN,
        )
        .no_value("none · 无")
        .span(6),
        _tile(
            "Oldest page waiting",
            "最早待送达告警",
            "How long the oldest page of each channel has waited to be accepted · 各通道最早一条未送达告警的等待时间",
            "time() - min by (channel) (tierwatch_outbox_oldest_timestamp_seconds < Inf)",
            ((None, GREEN), (60, ORANGE), (300, RED)),
            legend="{{channel}}",
            unit="dthms",
        )
        .no_value("nothing waits · 无")
        .height(8)
        .span(6),
        _lines(
            "Pages waiting",
            "待送达告警",
            "Pages that wait to be accepted, by channel · 各通道等待送达的告警数",
            {"{{channel}}": "sum by (channel) (tierwatch_outbox_pending)"},
        ).span(6),
        _lines(
            "Pages accepted and not, in an hour",
            "每小时送达与失败",
            "Pages that a channel accepted, and attempts that it did not, during the hour before each point "
            "· 每个时刻之前一小时内送达与未送达的告警",
            {
                "{{channel}} accepted · 送达": "sum by (channel) (increase(tierwatch_alerts_sent_total[1h]))",
                "{{channel}} {{reason}}": "sum by (channel, reason) "
                "(increase(tierwatch_alerts_send_failures_total[1h])) > 0",
            },
        ).span(6),
    ]


def _of_records() -> list[Panel]:
    return [
        _lines(
            "Events and duplicates per second",
            "每秒事件与重复",
            "Events taken in, and those already known · 接收的事件与已知的重复事件",
            {
                "{{source}} events · 事件": "sum by (source) "
                f"(rate(tierwatch_events_total{{{OF_SOURCES}}}[$__rate_interval]))",
                "{{source}} duplicates · 重复": "sum by (source) "
                f"(rate(tierwatch_duplicates_total{{{OF_SOURCES}}}[$__rate_interval]))",
            },
            unit="cps",
        ).span(6),
        _lines(
            "Polls failed in an hour",
            "每小时采集失败",
            "Polls that failed during the hour before each point, by reason · 每个时刻之前一小时内失败的采集,按原因",
            {
                "{{source}} {{reason}}": "sum by (source, reason) "
                f"(increase(tierwatch_source_poll_failures_total{{{OF_SOURCES}}}[1h]))"
            },
        ).span(6),
        _lines(
            "Records in quarantine",
            "隔离中的记录",
            "Records that could not become events and are not resolved, by reason · 无法成为事件且未处理的记录,按原因",
            {"{{source}} {{reason}}": f"sum by (source, reason) (tierwatch_quarantined_records{{{OF_SOURCES}}})"},
        ).span(6),
        _lines(
            "Unknown words and corrections in an hour",
            "每小时未知取值与更正",
            "Words that the mapping or a ladder does not know, and counted happenings that a later statement withdrew "
            "· 映射或等级表中没有的取值,以及被后来的陈述撤回的事件",
            {
                "{{source}} unknown {{what}} · 未知": "sum by (source, what) "
                f"(increase(tierwatch_unknown_values_total{{{OF_SOURCES}}}[1h])) > 0",
                "{{source}} withdrawn {{kind}} · 撤回": "sum by (source, kind) "
                f"(increase(tierwatch_sla_corrections_total{{{OF_CLOCKS}}}[1h])) > 0",
            },
        ).span(6),
    ]


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
        choice("source", "Source · 数据源", "label_values(tierwatch_source_up, source)"),
        choice("tier", "Tier · 客户等级", "label_values(tierwatch_sla_clocks, tier)"),
        choice("assurance", "Assurance · 保障等级", "label_values(tierwatch_sla_clocks, assurance)"),
        choice("target", "Target · 指标", "label_values(tierwatch_sla_clocks, sla_target)"),
        dashboard.TextBoxVariable("tierwatch_url")
        .id("tierwatch_url")
        .label("tierwatch page · 页面地址")
        .default_value("http://localhost:8321")
        .current(model.VariableOption(selected=True, text="http://localhost:8321", value="http://localhost:8321")),
    ]


def _tile(
    title: str, title_zh: str, meaning: str, expr: str, steps: Steps, *, legend: str = "{{tier}}", unit: str = "short"
) -> stat.Panel:
    panel = (
        stat.Panel()
        .graph_mode(kinds.BigValueGraphMode.NONE)
        .color_mode(kinds.BigValueColorMode.VALUE)
        .text_mode(kinds.BigValueTextMode.VALUE_AND_NAME)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .color_scheme(dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS))
        .with_target(_ask("A", expr, legend, instant=True))
        .no_value("0")
        .height(5)
    )
    return _dress(panel, title, title_zh, meaning, unit, steps)


def _switch(
    title: str, title_zh: str, meaning: str, expr: str, legend: str, *, good: int, words: Mapping[str, str]
) -> stat.Panel:
    steps: Steps = ((None, RED), (1, GREEN)) if good == 1 else ((None, GREEN), (1, RED))
    named = {
        value: model.ValueMappingResult(text=word, color=GREEN if value == str(good) else RED, index=index)
        for index, (value, word) in enumerate(words.items())
    }
    tile = _tile(title, title_zh, meaning, expr, steps, legend=legend, unit="none")
    return tile.mappings([model.ValueMap(options=named)]).no_value("–")


def _bars(
    title: str,
    title_zh: str,
    meaning: str,
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
        .with_target(_ask("A", expr, legend, instant=True, layout=layout))
        .height(8)
    )
    return _dress(panel, title, title_zh, meaning, unit, steps)


def _lines(
    title: str, title_zh: str, meaning: str, queries: Mapping[str, str], *, unit: str = "short"
) -> timeseries.Panel:
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
        panel.with_target(_ask(ref, expr, legend))
    return _dress(panel, title, title_zh, meaning, unit, PLAIN)


def _history(buckets: str) -> heatmap.Panel:
    panel = (
        heatmap.Panel()
        .calculate(False)
        .color(heatmap.HeatmapColorOptions().mode(heat.HeatmapColorMode.SCHEME).scheme("Oranges").steps(64))
        .y_axis(heatmap.YAxisConfig().unit("s"))
        .show_tooltip()
        .show_legend()
        .with_target(_ask("A", buckets, "{{le}}", layout=PromQueryFormat.HEATMAP))
        .height(8)
    )
    meaning = (
        "The same distribution over time: a dark band that sinks is a wave of deadlines drawing near "
        "· 剩余时间分布随时间的变化:深色带下沉表示一批截止时间临近"
    )
    return _dress(panel, "Time left, over time", "剩余时间变化", meaning, "short", PLAIN)


def _dress(panel: P, title: str, title_zh: str, meaning: str, unit: str, steps: Steps) -> P:
    """Give a panel what every panel must have."""
    limits = [model.Threshold(value=value, color=color) for value, color in steps]
    return (
        panel.title(f"{title} · {title_zh}")
        .description(meaning)
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(limits))
    )


def _ask(
    ref: str, expr: str, legend: str, *, instant: bool = False, layout: PromQueryFormat = PromQueryFormat.TIME_SERIES
) -> prometheus.Dataquery:
    query = prometheus.Dataquery().datasource(SOURCE).ref_id(ref).expr(expr).legend_format(legend).format(layout)
    return query.instant() if instant else query.range()


def _link(title: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(title).type(model.DashboardLinkType.LINK).url(PAGE).target_blank(True)


def main() -> None:
    TARGET.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
