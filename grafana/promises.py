"""The dashboard *Promises*: which were kept, by tier and target, and which allowances are being used up."""

from __future__ import annotations

from collections.abc import Mapping

from grafana_foundation_sdk.builders import bargauge, dashboard, heatmap, stat, table, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from grafana.frame import Board
from grafana.panels import (
    BAD_ABOVE_0,
    DAYS_LEFT,
    KEPT,
    PLAIN,
    REDS,
    SHARE_USED,
    STATE_COLOURS,
    WARN_ABOVE_0,
    bars,
    both,
    countdown,
    history,
    lines,
    listed,
    page,
    tile,
    worst_first,
)
from grafana.queries import TIERS, gained, in_order, kept, of_each, once, total
from grafana.trust import strip

WINDOWS = ("1d", "7d", "30d")

REMAINING: Mapping[str, str] = {
    "0.0": "grafana-late",
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

BUCKETS = total("le", once("tierwatch_sla_remaining_seconds", part="_bucket"))


def promises() -> Board:
    return Board(
        "promises",
        [
            ("", strip()),
            (both("grafana-promises-kept"), [*map(_kept, (*WINDOWS, "")), _table().span(14), _time_left().span(10)]),
            (both("grafana-as-time-goes-by"), [
                _breaches().span(12), _happened().span(12), _used_at_the_end().span(12), _teams().span(12),
            ]),
            (both("grafana-allowances"), [
                _used_most().span(8), _too_fast().span(8), _used_up().span(8),
                _by_share().span(12), _left_over_time().span(12),
            ]),
        ],
        since="now-24h",
    )  # fmt: skip


def _kept(window: str) -> stat.Panel:
    share = in_order("tier", lambda tier: f"({kept('tier', window, tier)})")
    panel = listed(tile(f"kept-{window or 'all'}", share, KEPT, unit="percentunit")).decimals(2).height(8).span(6)
    if window:
        panel.no_value(both("grafana-not-so-long", window=window))
    return panel.data_links([_clocks_of_tier()])


def _table() -> table.Panel:
    by = "tier, sla_target"
    return worst_first(
        "kept-by-target",
        {
            "grafana-kept": (kept(by), "percentunit", KEPT),
            "grafana-breached": (total(by, once("tierwatch_sla_clocks_breached_total")), "short", BAD_ABOVE_0),
            "grafana-completed": (total(by, once("tierwatch_sla_clocks_completed_total")), "short", PLAIN),
        },
        ascending=True,
    ).data_links(
        [page("/clocks?tier=${__data.fields.tier}&target=${__data.fields.sla_target}", "grafana-those-clocks")]
    )


def _time_left() -> bargauge.Panel:
    panel = bars(
        "time-left-now", BUCKETS, "{{le}}", unit="short", steps=PLAIN, layout=PromQueryFormat.HEATMAP
    ).data_links([page("/clocks", "grafana-nearest-clocks")])
    for bound, name in REMAINING.items():
        said = both(name) if name.startswith("grafana-") else name
        panel.override_by_name(bound, [model.DynamicConfigValue(id_val="displayName", value=said)])
    return panel.height(9)


def _breaches() -> timeseries.Panel:
    rows = {
        name: total("tier", gained("tierwatch_sla_clocks_breached_total", tier))
        for name, tier in zip((*TIERS, "{{tier}}"), of_each("tier"), strict=True)
    }
    return lines("breached-in-an-hour", rows, colours=REDS, stacked=True).data_links([_breached()])


def _happened() -> timeseries.Panel:
    rows = {
        both(f"grafana-{name}"): f"sum({gained(f'tierwatch_sla_clocks_{name}_total')})"
        for name in ("started", "completed", "breached")
    }
    colours = [STATE_COLOURS[name] for name in ("started", "completed", "breached")]
    return lines("clocks-started-completed-breached", rows, colours=colours).data_links(
        [page("/clocks", "grafana-those-clocks")]
    )


def _used_at_the_end() -> timeseries.Panel:
    """Of ten clocks that ended, nine had used at most this share; six hours, since few clocks end in one."""
    ended = total("tier, le", gained("tierwatch_sla_consumed_ratio", over="6h", part="_bucket"))
    panel = lines("used-at-the-end", {"{{tier}}": f"histogram_quantile(0.9, {ended}) >= 0"}, unit="percentunit")
    return panel.data_links([page("/clocks", "grafana-those-clocks")])


def _teams() -> table.Panel:
    """What explanations say: what was used, without what a later statement took back."""
    by = "party, agreement, sla_target"
    used, back = (total(by, once(f"tierwatch_sla_party_{name}_seconds_total")) for name in ("used", "withdrawn"))
    columns = {"grafana-used": (f"{used} - ({back} or 0 * {used})", "dthms", PLAIN)}
    return worst_first("used-by-team", columns, ascending=False).data_links([page("/clocks", "grafana-those-clocks")])


def _used_most() -> stat.Panel:
    metric = "tierwatch_sla_allowances_used_ratio"
    most = in_order("tier", lambda tier: total("tier", once(metric, tier), "max"))
    return (
        listed(tile("allowance-used-most", most, SHARE_USED, unit="percentunit"))
        .data_links([_clocks_of_tier()])
        .height(8)
    )


def _by_share() -> bargauge.Panel:
    used = total("at_least", once("tierwatch_sla_allowances_used"))
    panel = bars("allowances-by-share", used, "≥ {{at_least}}", unit="short", steps=PLAIN)
    return panel.data_links([page("/clocks", "grafana-nearest-clocks")]).height(8)


def _too_fast() -> stat.Panel:
    fast = in_order("tier", lambda tier: total("tier", once("tierwatch_sla_allowances_too_fast", tier)))
    return listed(tile("allowances-too-fast", fast, WARN_ABOVE_0)).data_links([_clocks_of_tier()]).height(8)


def _used_up() -> stat.Panel:
    metric = "tierwatch_sla_next_exhaustion_timestamp_seconds"
    left = in_order("tier", lambda tier: f"{total('tier', once(metric, tier, least=True), 'min')} - time()")
    panel = countdown("next-exhaustion-in", f"({left})", DAYS_LEFT, "grafana-none-too-fast")
    return listed(panel).data_links([_clocks_of_tier()]).height(8)


def _left_over_time() -> heatmap.Panel:
    return history("time-left-over-time", BUCKETS)


def _breached() -> dashboard.DashboardLink:
    return page("/clocks?state=breached", "grafana-those-clocks")


def _clocks_of_tier() -> dashboard.DashboardLink:
    return page("/clocks?tier=${__field.labels.tier}", "grafana-those-clocks")
