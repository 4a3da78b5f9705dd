"""The rows of the table that `tests/bench/scale.py` prints, each with what it is to keep."""

from __future__ import annotations

from collections.abc import Mapping

from tests.bench.growth import Figure

FIGURES: Mapping[str, Mapping[str, Figure]] = {
    "fill": {
        "fill": Figure("Fill", "subjects/s", goal="4,000"),
        "fill_cpu": Figure("Processor of the fill", "ms a subject", 2),
        "fill_page": Figure("Due during the fill: worst crossing to webhook", "ms", goal="1,000"),
        "fill_peak": Figure("Peak memory of the fill", "MB"),
        "bytes": Figure("Database", "bytes per clock"),
    },
    "cold": {
        "first_page": Figure("Start to the first due page", "s", 2, goal="1"),
        "aggregates": Figure("Start to complete aggregates", "s", 2, goal="10"),
    },
    "idle": {
        "idle": Figure("Idle, a scrape every 15 s", "% of a core", 1, goal="3; 1 at 100,000"),
        "memory": Figure("Memory, idle", "MB", goal="400; 150 at 100,000"),
    },
    "scrape": {
        "scrape": Figure("Scrape after a change, median", "ms", 1, goal="50"),
        "scrape_most": Figure("Scrape after a change, most", "ms", 1),
        "scrape_size": Figure("Scrape", "kB", goal="300"),
    },
    "page": {
        "page_p50": Figure("Crossing to webhook, p50", "ms", 1, goal="20"),
        "page_p99": Figure("Crossing to webhook, p99", "ms", 1, goal="100"),
    },
    "api": {
        "api_p50": Figure("API, a page of 50 clocks, p50", "ms", 1),
        "api_p95": Figure("API, a page of 50 clocks, p95", "ms", 1, goal="30"),
        "api_cpu": Figure("Processor for such a page", "ms", 2),
        "api_rate": Figure("Such pages by one core", "a second", goal="200"),
        "explain_p95": Figure("API, an explanation, p95", "ms", 1, goal="50"),
        "explain_cpu": Figure("Processor for an explanation", "ms", 2),
    },
    "viewers": {
        "viewers": Figure("{viewers} viewers of the wall", "% of a core", 1, goal="25"),
        "viewers_p50": Figure("Commit to the last of them, p50", "ms"),
        "viewers_worst": Figure("Commit to the last of them, most", "ms", goal="1,000"),
    },
    "wall": {
        "paint": Figure("Wall in Chromium: first paint, median", "ms", goal="1,000"),
        "paint_most": Figure("Wall in Chromium: first paint, most", "ms"),
        "paint_size": Figure("Wall in Chromium: all that is sent", "kB", goal="300"),
        "screen_p50": Figure("Commit to the screen, p50", "ms"),
        "screen_worst": Figure("Commit to the screen, most", "ms", goal="1,000"),
    },
    "viewed": {
        "viewed_p50": Figure(
            "With {viewers} viewers and the API at full load: crossing to webhook, p50", "ms", 1, goal="20"
        ),
        "viewed_p99": Figure(
            "With {viewers} viewers and the API at full load: crossing to webhook, p99", "ms", 1, goal="100"
        ),
        "viewed_rate": Figure("Requests answered meanwhile", "a second"),
        "viewed_refused": Figure("Requests refused meanwhile", "%", 1),
        "viewed_p95": Figure("API meanwhile, p95", "ms", 1),
        "viewed_cpu": Figure("Processor meanwhile", "% of a core"),
    },
    "together": {
        "together_committed": Figure("{burst:,} crossings at one instant: committed", "s", 2, goal="1"),
        "together_accepted": Figure("{burst:,} crossings at one instant: accepted", "s", 2, goal="2"),
    },
    "alone": {
        "alone_committed": Figure("{half:,}, each a page: committed", "s", 2),
        "alone_accepted": Figure("{half:,}, each a page: accepted", "s", 2),
        "alone_cpu": Figure("Processor for a crossing of those", "ms", 2),
        "alone_rows": Figure("Rows added by a crossing of those", "", 1),
    },
    "catch-up": {
        "catch_up": Figure("Catching up after a day", "subjects/s", goal="4,000"),
        "catch_up_cpu": Figure("Processor of catching up", "ms a subject", 2),
        "catch_up_page": Figure("Due meanwhile: worst crossing to webhook", "ms", goal="1,000"),
    },
    "recompute": {
        "recompute": Figure("Another policy for all", "subjects/s"),
        "recompute_cpu": Figure("Processor of the recomputation", "ms a subject", 2),
        "recompute_page": Figure("Due during the recomputation: worst crossing to webhook", "ms"),
        "recompute_peak": Figure("Peak memory of the recomputation", "MB"),
    },
    "rule": {
        f"rule_{every}_{key}": Figure(f"A Prometheus rule every {name}: {what}", unit, digits)
        for every, name in (("1s", "second"), ("15s", "15 s"))
        for key, what, unit, digits in (
            ("p50", "crossing to webhook, p50", "ms", 0),
            ("p99", "crossing to webhook, p99", "ms", 0),
            ("heard", "heard of", "%", 0),
            ("cpu", "processor", "% of a core", 1),
            ("memory", "memory", "MB", 0),
        )
    },
    "core": {
        "pure": Figure("`clock.read`, 20 events, 24x7: pure Python", "histories/s", goal="16,000"),
        "compiled": Figure("`clock.read`, 20 events, 24x7: compiled", "histories/s"),
    },
    "backtest": {
        "one": Figure("Backtest, one worker", "s", 2),
        "many": Figure("Backtest, {workers} workers", "s", 2, goal="3"),
    },
}
"""Every figure by the row that gives it, and by its name there."""
