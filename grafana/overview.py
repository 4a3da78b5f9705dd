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
    GREEN,
    KEPT,
    LEFT,
    OF_CIRCUITS,
    OF_CLOCKS,
    PLAIN,
    PURPLE,
    SOURCE,
    WARN_ABOVE_0,
    Row,
    Steps,
    bars,
    history,
    lines,
    tile,
)
from grafana.trust import trust

TARGET = Path(__file__).parent / "dashboards" / "overview.json"
SCHEMA_VERSION = 39  # Grafana migrates older models when it loads them, never newer ones
PAGE = "${tierwatch_url}/"


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
        "idle",
        "Idle",
        "未占用",
        PLAIN,
        "Allowances of circuits that nothing uses at the moment · 当前未被占用的电路中断额度",
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
        tile(title, title_zh, meaning, f'sum by (tier) (tierwatch_sla_clocks{{{OF_CLOCKS}, state="{state}"}})', steps)
        .span(4)
        .data_links([_link("Nearest clocks · 最近到期的时钟")])
        for state, title, title_zh, steps, meaning in STATES
    ]
    countdown = (
        bars(
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
    spread = bars(
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
    return "What is about to break · 即将违约", [*by_state, countdown, spread, history(buckets).span(8)]


def _promises_kept() -> Row:
    happened = lines(
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
    breached = lines(
        "Breached in an hour, by tier and target",
        "每小时违约(按等级和指标)",
        "Breaches during the hour before each point · 每个时刻之前一小时内的违约",
        {
            "{{tier}} · {{sla_target}}": "sum by (tier, sla_target) "
            f"(increase(tierwatch_sla_clocks_breached_total{{{OF_CLOCKS}}}[1h])) > 0"
        },
    ).span(12)
    ratios = [
        bars(
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
        tile(
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
    history = lines(
        "Circuits not available, by state",
        "非正常电路(按状态)",
        "Circuits in each state but available, over time · 各非正常状态的电路数",
        {"{{state}}": f'sum by (state) (tierwatch_circuits{{{OF_CIRCUITS}, state!="available"}})'},
    ).span(12)
    share = (
        bars(
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


def _link(title: str) -> dashboard.DashboardLink:
    return dashboard.DashboardLink(title).type(model.DashboardLinkType.LINK).url(PAGE).target_blank(True)


def main() -> None:
    TARGET.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
