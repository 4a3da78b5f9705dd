"""The first line of every dashboard: whether what it shows can be trusted. It is red when nothing answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders import stat

from grafana.panels import GREEN, GREY, RED, loud, page, switch
from grafana.queries import UP, if_none, once

ENGINE_LATE = 300
"""Seconds without a look at the clocks, and of waiting for a page; those of alerts/prometheus/tierwatch.rules.yml."""


def strip() -> Sequence[stat.Panel]:
    """Six tiles, 1 where all is well, 0 where it is not or nothing answers."""
    return [
        _tile("trust-answers", f"min({UP})", "/", "grafana-answers", "grafana-silent"),
        _tile("trust-engine", f"min({_engine()})", "/", "grafana-judges", "grafana-stands-still"),
        _tile("trust-sources", f"min({_sources()})", "/sources", "grafana-fresh", "grafana-stale"),
        _tile("trust-pages", _pages(), "/pages", "grafana-pages-leave", "grafana-pages-stuck", "grafana-no-receiver"),
        _tile("trust-audit", f"1 - clamp_max(sum({once('tierwatch_audit_findings')}), 1)", "/pages",
              "grafana-nothing-found", "grafana-findings"),
        _tile("trust-heartbeat", f"min({heartbeats()})", "/", "grafana-on-time", "grafana-too-late"),
    ]  # fmt: skip


def _tile(name: str, expr: str, path: str, good: str, bad: str, neither: str = "") -> stat.Panel:
    words: Mapping[int, tuple[str, str]] = {1: (good, GREEN), 0: (bad, RED)}
    if neither:
        words = {**words, -1: (neither, GREY)}
    panel = switch(name, if_none(expr, 0), "", words)
    return loud(panel).data_links([page(path, "grafana-live-page")]).height(3).span(4)


def _engine() -> str:
    looked = f"time() - {once('tierwatch_engine_last_evaluation_timestamp_seconds')} <= bool {ENGINE_LATE}"
    stores = once("tierwatch_store_up", least=True)
    steady = f"{once('tierwatch_clock_held')} == bool 0"
    return f"({looked}) * {stores} * ({steady})"


def _sources() -> str:
    return f"{once('tierwatch_source_up', least=True)} * (1 - {once('tierwatch_source_stale')})"


def _pages() -> str:
    """Where there is no receiver at all, -1: then nobody is paged, and that is no fault of the delivery."""
    waits = f"time() - {once('tierwatch_outbox_oldest_timestamp_seconds', least=True)} <= bool {ENGINE_LATE}"
    return f"min({waits}) or -1 * min({once('tierwatch_store_up')} >= bool 0)"


def heartbeats() -> str:
    """1 for each stage that is on time by its own limit; after a start it has as long as that to be reached."""
    limit = once("tierwatch_heartbeat_late_after_seconds")
    reached = f"(time() - {once('tierwatch_heartbeat_timestamp_seconds')} <= bool {limit})"
    started = f"(time() - {once('tierwatch_start_timestamp_seconds')})"
    waiting = f"({limit} - on (job) group_left () {started} >= bool 0)"
    return f"clamp_max({reached} + {waiting}, 1)"
