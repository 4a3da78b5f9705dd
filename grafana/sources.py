"""The dashboard *Sources and tierwatch itself*: whether the data comes in, and whether the program works."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard, stat, timeseries

from grafana.frame import Board
from grafana.panels import (
    AGE,
    BAD_ABOVE_0,
    GREEN,
    LAG,
    PLAIN,
    RED,
    SHARE_OF_AGE,
    TO_SPARE,
    WARN_ABOVE_0,
    Panel,
    both,
    lines,
    listed,
    page,
    switch,
    tile,
)
from grafana.queries import gained, once, rate, total
from grafana.trust import strip


def sources() -> Board:
    return Board(
        "sources",
        [
            ("", strip()),
            (
                both("grafana-sources"),
                [*(each.span(6).height(7) for each in _now()), *(each.span(12) for each in _age())],
            ),
            (both("grafana-records"), [each.span(12) for each in _records()]),
            (both("grafana-program"), [*(each.span(4) for each in _program()), *(each.span(8) for each in _proof())]),
            (both("grafana-what-it-stores-and-sends"), [each.span(8) for each in _upkeep()]),
        ],
        since="now-6h",
    )


def _now() -> list[stat.Panel]:
    up = total("source", once("tierwatch_source_up", least=True), "min")
    stale = total("source", once("tierwatch_source_stale"), "max")
    newest = total("source", once("tierwatch_source_watermark_timestamp_seconds"), "min")
    words = {1: ("grafana-up", GREEN), 0: ("grafana-down", RED)}
    fit = {0: ("grafana-fresh", GREEN), 1: ("grafana-stale", RED)}
    unread = total("source", once("tierwatch_unread_subjects"))
    by_source = "{{source}}"
    return [
        listed(switch("sources", up, by_source, words)).data_links([_them()]),
        listed(switch("data-fit-to-judge-by", stale, by_source, fit)).data_links([_them()]),
        listed(
            tile("newest-change-seen", f"time() - ({newest} > 0)", PLAIN, legend=by_source, unit="dthms")
        ).data_links([_them()]),
        listed(tile("subjects-not-understood", unread, WARN_ABOVE_0, legend=by_source)).data_links([_them()]),
    ]


def _age() -> list[timeseries.Panel]:
    read = total("source", once("tierwatch_source_last_success_timestamp_seconds"), "min")
    limit = total("source", once("tierwatch_source_stale_after_seconds"), "max")
    failures = total("source, reason", gained("tierwatch_source_poll_failures_total"))
    return [
        lines(
            "age-of-the-data",
            {"{{source}}": f"(time() - ({read} > 0)) / {limit}"},
            unit="percentunit",
            steps=SHARE_OF_AGE,
        ).data_links([_them()]),
        lines("polls-failed-in-an-hour", {"{{source}} {{reason}}": failures}).data_links([_them()]),
    ]


def _records() -> list[timeseries.Panel]:
    def per_second(metric: str) -> str:
        return total("source", rate(metric))

    quarantined = total("source, reason", once("tierwatch_quarantined_records"))
    unknown = total("source, what", gained("tierwatch_unknown_values_total"))
    withdrawn = total("source, kind", gained("tierwatch_sla_corrections_total"))
    return [
        lines(
            "events-and-duplicates-per-second",
            {
                f"{{{{source}}}} {both('grafana-events')}": per_second("tierwatch_events_total"),
                f"{{{{source}}}} {both('grafana-duplicates')}": per_second("tierwatch_duplicates_total"),
            },
            unit="cps",
        ).data_links([_them()]),
        lines("records-in-quarantine", {"{{source}} {{reason}}": quarantined}).data_links([_them()]),
        lines("unknown-words-in-an-hour", {"{{source}} {{what}}": unknown}).data_links([_them()]),
        lines("corrections-in-an-hour", {"{{source}} {{kind}}": withdrawn}).data_links([_them()]),
    ]


def _program() -> list[stat.Panel]:
    looked = once("tierwatch_engine_last_evaluation_timestamp_seconds")
    started = once("tierwatch_start_timestamp_seconds")
    by_job = "{{job}}"
    return [
        tile("clocks-last-looked-at", f"time() - ({looked} > 0)", AGE, legend=by_job, unit="dthms"),
        tile("behind-due-clocks", once("tierwatch_engine_due_lag_seconds"), LAG, legend=by_job, unit="s"),
        switch("store", once("tierwatch_store_up", least=True), by_job,
               {1: ("grafana-writes", GREEN), 0: ("grafana-refuses", RED)}),
        switch("machine-clock", once("tierwatch_clock_held"), by_job,
               {0: ("grafana-steady", GREEN), 1: ("grafana-held", RED)}),
        switch("configuration", once("tierwatch_config_last_reload_successful", least=True), by_job,
               {1: ("grafana-taken", GREEN), 0: ("grafana-refused", RED)}),
        tile("running-since", f"time() - {started}", PLAIN, legend=by_job, unit="dthms"),
    ]  # fmt: skip


def _proof() -> list[Panel]:
    limit, reached = "tierwatch_heartbeat_late_after_seconds", "tierwatch_heartbeat_timestamp_seconds"
    spare = f"min by (stage) ({once(limit)} - (time() - ({once(reached)} > 0)))"
    seconds = total("le", rate("tierwatch_engine_evaluation_seconds", part="_bucket"))
    pings = gained("tierwatch_heartbeat_pings_total")
    failed = gained("tierwatch_heartbeat_ping_failures_total")
    return [
        tile("heartbeat-time-to-spare", spare, TO_SPARE, legend="{{stage}}", unit="dthms").height(8),
        tile("findings-of-the-audit", total("kind", once("tierwatch_audit_findings")), BAD_ABOVE_0, legend="{{kind}}")
        .data_links([page("/pages", "grafana-those-pages")])
        .height(8),
        lines("time-per-evaluation-p99", {"p99": f"histogram_quantile(0.99, {seconds}) >= 0"}, unit="s"),
        lines(
            "pings-outside-in-an-hour",
            {
                both("grafana-pings"): f"sum({pings})",
                both("grafana-failed", reason="{{reason}}"): total("reason", failed),
            },
            colours=(GREEN, RED),
        ),
        lines("caches", {"{{cache}}": _cache_hits()}, unit="percentunit"),
        lines("connections-ended", {"{{reason}}": total("reason", gained("tierwatch_page_connections_ended_total"))}),
    ]


def _cache_hits() -> str:
    hits, misses = (total("cache", rate(f"tierwatch_cache_{name}_total")) for name in ("hits", "misses"))
    return f"{hits} / (({hits} + {misses}) > 0)"


def _upkeep() -> list[timeseries.Panel]:
    caught_up = total("exporter", once("tierwatch_exporter_caught_up_timestamp_seconds"), "min")
    rejected = total("exporter", gained("tierwatch_exporter_rejected_total"))
    deleted = total("kind", gained("tierwatch_retention_deleted_rows_total"))
    return [
        lines("exporter-behind", {"{{exporter}}": f"time() - ({caught_up} > 0)"}, unit="dthms"),
        lines("exporter-rejected", {"{{exporter}}": rejected}),
        lines("rows-deleted", {"{{kind}}": deleted}),
    ]


def _them() -> dashboard.DashboardLink:
    return page("/sources", "grafana-those-sources")
