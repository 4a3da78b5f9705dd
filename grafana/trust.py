"""The dashboard's last row: whether what it shows can be trusted."""

from __future__ import annotations

from grafana.panels import (
    AGE,
    GREEN,
    LAG,
    OF_CLOCKS,
    OF_SOURCES,
    ORANGE,
    PLAIN,
    RED,
    Panel,
    Row,
    bars,
    both,
    lines,
    switch,
    tile,
)


def trust() -> Row:
    return both("grafana-can-this-be-trusted"), [
        *_of_sources(),
        *_of_program(),
        *_of_proof(),
        *_of_delivery(),
        *_of_people(),
        *_of_records(),
    ]


def _of_sources() -> list[Panel]:
    return [
        switch(
            "sources",
            f"min by (source) (tierwatch_source_up{{{OF_SOURCES}}})",
            "{{source}}",
            good=1,
            words={"1": both("grafana-up"), "0": both("grafana-down")},
        ).span(6),
        switch(
            "data-fit-to-judge-by",
            f"max by (source) (tierwatch_source_stale{{{OF_SOURCES}}})",
            "{{source}}",
            good=0,
            words={"0": both("grafana-fresh"), "1": both("grafana-stale")},
        ).span(6),
        tile(
            "last-read",
            f"time() - max by (source) (tierwatch_source_last_success_timestamp_seconds{{{OF_SOURCES}}} > 0)",
            AGE,
            legend="{{source}}",
            unit="dthms",
        )
        .no_value(both("grafana-never"))
        .span(6),
        tile(
            "newest-change-seen",
            f"time() - max by (source) (tierwatch_source_watermark_timestamp_seconds{{{OF_SOURCES}}} > 0)",
            PLAIN,
            legend="{{source}}",
            unit="dthms",
        )
        .no_value(both("grafana-never"))
        .span(6),
    ]


def _of_program() -> list[Panel]:
    seconds = "sum by (le) (rate(tierwatch_engine_evaluation_seconds_bucket[$__rate_interval]))"
    return [
        tile(
            "clocks-last-looked-at",
            "time() - max by (instance) (tierwatch_engine_last_evaluation_timestamp_seconds > 0)",
            AGE,
            legend="{{instance}}",
            unit="dthms",
        )
        .no_value(both("grafana-never"))
        .span(6),
        tile(
            "behind-due-clocks",
            "max by (instance) (tierwatch_engine_due_lag_seconds)",
            LAG,
            legend="{{instance}}",
            unit="s",
        ).span(6),
        switch(
            "store",
            "min by (instance) (tierwatch_store_up)",
            "{{instance}}",
            good=1,
            words={"1": both("grafana-writes"), "0": both("grafana-refuses")},
        ).span(4),
        switch(
            "machine-clock",
            "max by (instance) (tierwatch_clock_held)",
            "{{instance}}",
            good=0,
            words={"0": both("grafana-steady"), "1": both("grafana-held")},
        ).span(4),
        tile(
            "time-per-evaluation-p99",
            f"histogram_quantile(0.99, {seconds}) >= 0",
            LAG,
            legend="p99",
            unit="s",
        )
        .no_value("–")
        .span(4),
    ]


def _of_proof() -> list[Panel]:
    return [
        tile(
            "heartbeat-time-to-spare",
            "min by (stage) (tierwatch_heartbeat_late_after_seconds"
            " - (time() - (tierwatch_heartbeat_timestamp_seconds > 0)))",
            ((None, RED), (0, GREEN)),
            legend="{{stage}}",
            unit="dthms",
        )
        .no_value(both("grafana-not-yet"))
        .span(8),
        tile(
            "findings-of-the-audit",
            "max by (kind) (tierwatch_audit_findings)",
            ((None, GREEN), (1, RED)),
            legend="{{kind}}",
        )
        .no_value("–")
        .span(8),
        tile(
            "held-here-not-listed-there",
            "sum by (channel) (tierwatch_alerts_unconfirmed)"
            ' or sum by (tier) (tierwatch_alerts_suppressed_due{tier=~"$tier"})',
            ((None, GREEN), (1, ORANGE)),
            legend="{{channel}}{{tier}}",
        )
        .no_value("–")
        .span(8),
        lines(
            "pages-withheld-in-an-hour",
            {"{{channel}} {{reason}}": "sum by (channel, reason) (increase(tierwatch_alerts_withheld_total[1h])) > 0"},
        ).span(8),
        lines(
            "pings-outside-in-an-hour",
            {
                both("grafana-pings"): "sum(increase(tierwatch_heartbeat_pings_total[1h]))",
                both("grafana-failed", reason="{{reason}}"): "sum by (reason) "
                "(increase(tierwatch_heartbeat_ping_failures_total[1h])) > 0",
            },
        ).span(8),
        lines(
            "age-of-the-data",
            {
                "{{source}}": "(time() - max by (source) "
                f"(tierwatch_source_last_success_timestamp_seconds{{{OF_SOURCES}}} > 0))"
                f" / max by (source) (tierwatch_source_stale_after_seconds{{{OF_SOURCES}}})"
            },
            unit="percentunit",
        ).span(8),
    ]


def _of_delivery() -> list[Panel]:
    return [
        bars(
            "alerts-firing",
            'sort_desc(sum by (tier, stage) (tierwatch_alerts_firing{tier=~"$tier"}) > 0)',
            "{{tier}} · {{stage}}",
            unit="short",
            steps=PLAIN,
        )
        .no_value(both("grafana-none"))
        .span(6),
        tile(
            "oldest-page-waiting",
            "time() - min by (channel) (tierwatch_outbox_oldest_timestamp_seconds < Inf)",
            ((None, GREEN), (60, ORANGE), (300, RED)),
            legend="{{channel}}",
            unit="dthms",
        )
        .no_value(both("grafana-nothing-waits"))
        .height(8)
        .span(6),
        lines(
            "pages-waiting",
            {"{{channel}}": "sum by (channel) (tierwatch_outbox_pending)"},
        ).span(6),
        lines(
            "pages-accepted-and-not",
            {
                f"{{{{channel}}}} {both('grafana-accepted')}": "sum by (channel) "
                "(increase(tierwatch_alerts_sent_total[1h]))",
                "{{channel}} {{reason}}": "sum by (channel, reason) "
                "(increase(tierwatch_alerts_send_failures_total[1h])) > 0",
            },
        ).span(6),
    ]


def _of_people() -> list[Panel]:
    """What people said: that they are on an alert, and that a subject is gone; sources say the latter as well."""
    return [
        tile(
            "acknowledgements-in-force",
            "max by (instance) (tierwatch_acknowledgements_in_force)",
            PLAIN,
            legend="{{instance}}",
        )
        .height(8)
        .span(8),
        lines(
            "acknowledgements-ended-in-an-hour",
            {"{{reason}}": "sum by (reason) (increase(tierwatch_acknowledgements_ended_total[1h]))"},
        ).span(8),
        lines(
            "retired-in-an-hour",
            {"{{by}}": f"sum by (by) (increase(tierwatch_retired_total{{{OF_SOURCES}}}[1h]))"},
        ).span(8),
    ]


def _of_records() -> list[Panel]:
    return [
        lines(
            "events-and-duplicates-per-second",
            {
                f"{{{{source}}}} {both('grafana-events')}": "sum by (source) "
                f"(rate(tierwatch_events_total{{{OF_SOURCES}}}[$__rate_interval]))",
                f"{{{{source}}}} {both('grafana-duplicates')}": "sum by (source) "
                f"(rate(tierwatch_duplicates_total{{{OF_SOURCES}}}[$__rate_interval]))",
            },
            unit="cps",
        ).span(6),
        lines(
            "polls-failed-in-an-hour",
            {
                "{{source}} {{reason}}": "sum by (source, reason) "
                f"(increase(tierwatch_source_poll_failures_total{{{OF_SOURCES}}}[1h]))"
            },
        ).span(6),
        lines(
            "records-in-quarantine",
            {"{{source}} {{reason}}": f"sum by (source, reason) (tierwatch_quarantined_records{{{OF_SOURCES}}})"},
        ).span(6),
        lines(
            "unknown-words-and-corrections",
            {
                f"{{{{source}}}} {both('grafana-unknown-words', what='{{what}}')}": "sum by (source, what) "
                f"(increase(tierwatch_unknown_values_total{{{OF_SOURCES}}}[1h])) > 0",
                f"{{{{source}}}} {both('grafana-withdrawn', kind='{{kind}}')}": "sum by (source, kind) "
                f"(increase(tierwatch_sla_corrections_total{{{OF_CLOCKS}}}[1h])) > 0",
            },
        ).span(6),
    ]
