"""List the metrics that the program publishes of itself: trust, retention, exporters, caches, configuration.

A part of the catalogue (`catalogue.py`), and data only.
"""

from __future__ import annotations

from exporters.metric import Kind, Metric
from monitor.snapshot import Beat, FindingKind, ReloadResult

BEATS = tuple(stage.value for stage in Beat)
FINDINGS = tuple(kind.value for kind in FindingKind)

RELOAD_RESULTS = tuple(result.value for result in ReloadResult)

DELETED = ("events", "transitions", "pages", "causes", "silences", "quarantine")

NOT_SENT = ("transitions", "aggregates")

PAGE_ENDED = ("place", "full", "time", "size")

SUBSCRIBERS = ("active", "failing", "suspended")

NOTIFIED = ("taken", "refused")

LIVE_ENDED = ("left", "slow", "place", "renewed", "failed", "stopped")

_SECONDS = "seconds"
_G, _C, _H, _I = Kind.GAUGE, Kind.COUNTER, Kind.HISTOGRAM, Kind.INFO

OF_THE_PROGRAM: tuple[Metric, ...] = (
    # Trust
    Metric(
        "tierwatch_heartbeat_timestamp_seconds", _G, ("stage",),
        "When the synthetic clock last came to the stage, as seconds since the epoch; 0 before the first time.",
        _SECONDS, {"stage": BEATS},
    ),
    Metric(
        "tierwatch_heartbeat_late_after_seconds", _G, ("stage",),
        "The age from which on the synthetic clock is late at the stage; by how often it goes.", _SECONDS,
        {"stage": BEATS},
    ),
    Metric(
        "tierwatch_heartbeat_pings_total", _C, (),
        "Pings that were sent to the address outside, failed ones included.",
    ),
    Metric("tierwatch_heartbeat_ping_failures_total", _C, ("reason",), "Pings that were not answered well."),
    Metric(
        "tierwatch_audit_findings", _G, ("kind",),
        "What the last audit found undelivered, with nothing on record that excuses it, or counted wrongly.",
        values={"kind": FINDINGS},
    ),
    # Retention
    Metric(
        "tierwatch_retention_deleted_rows_total", _C, ("kind",),
        "What `keep` deleted: events, transitions, alerts with pages, root causes, silences, records in quarantine.",
        values={"kind": DELETED},
    ),
    Metric(
        "tierwatch_retention_last_success_timestamp_seconds", _G, (),
        "When the last daily sweep of what is over began that came to its end, as seconds since the epoch; before the"
        " first, when `keep` was first in force. Nothing without `keep`.", _SECONDS,
    ),
    # Exporters
    Metric(
        "tierwatch_exporter_points_total", _C, ("exporter",),
        "Points that the exporter's database took, those that were sent again included.",
    ),
    Metric(
        "tierwatch_exporter_rejected_total", _C, ("exporter",),
        "Points that the exporter's database refused for good; the newest are kept with its reasons.",
    ),
    Metric(
        "tierwatch_exporter_dropped_total", _C, ("exporter", "kind"),
        "What was never sent: transitions that `keep` deleted first, points of aggregates for which there was no room.",
        values={"kind": NOT_SENT},
    ),
    Metric(
        "tierwatch_exporter_failures_total", _C, ("exporter", "reason"),
        "Writes that the exporter's database did not take.",
    ),
    Metric(
        "tierwatch_exporter_last_success_timestamp_seconds", _G, ("exporter",),
        "When the exporter's database last took points, as seconds since the epoch; 0 before the first time since the"
        " start.", _SECONDS,
    ),
    Metric(
        "tierwatch_exporter_caught_up_timestamp_seconds", _G, ("exporter",),
        "When nothing waited for the exporter last, as seconds since the epoch; 0 before the first time since the"
        " start.", _SECONDS,
    ),
    Metric(
        "tierwatch_exporter_transitions_waiting", _G, ("exporter",),
        "About how many transitions the exporter has not sent yet, by the numbers of their rows.",
    ),
    Metric(
        "tierwatch_exporter_spool_bytes", _G, ("exporter",),
        "How many bytes of aggregates wait for the exporter's database.",
    ),
    # Subscribers
    Metric(
        "tierwatch_subscribers", _G, ("state",),
        "Subscribers to notifications of violations, by whether they take them; nothing without a hub.",
        values={"state": SUBSCRIBERS},
    ),
    Metric(
        "tierwatch_notifications_total", _C, ("result",),
        "Notifications of violations that subscribers took, or refused for good; those that were sent again included.",
        values={"result": NOTIFIED},
    ),
    Metric(
        "tierwatch_notification_failures_total", _C, ("reason",),
        "Notifications of violations that were not taken, and are sent again.",
    ),
    Metric(
        "tierwatch_notifications_dropped_total", _C, (),
        "Violations that `keep` deleted before a subscriber was notified.",
    ),
    # The program itself
    Metric(
        "tierwatch_engine_last_evaluation_timestamp_seconds", _G, (),
        "When due clocks were last looked at, as seconds since the epoch; 0 before the first time.", _SECONDS,
    ),
    Metric("tierwatch_engine_evaluation_seconds", _H, (), "How long it took to look at the due clocks.", _SECONDS),
    Metric(
        "tierwatch_engine_due_lag_seconds", _G, (),
        "By how much the engine is behind the instant at which the next clock was due.", _SECONDS,
    ),
    Metric("tierwatch_clock_held", _G, (), "1 while new firings are held because this machine's clock jumped."),
    Metric("tierwatch_clock_unproven", _G, (), "1 while pages go out by a time that nobody has borne out."),
    Metric(
        "tierwatch_clock_jump_seconds", _G, (),
        "By how much this machine's clock differs from the time before its jump; 0 while it is trusted.", _SECONDS,
    ),
    Metric("tierwatch_store_lost", _G, (), "1 while the database's file is not the one that is open."),
    Metric("tierwatch_store_up", _G, (), "1 when the store took the last write, 0 when it refused."),
    Metric(
        "tierwatch_page_connections_ended_total", _C, ("reason",),
        "Connections that the page ended to make place, being full, for time or for size; from 0 at each start.",
        values={"reason": PAGE_ENDED},
    ),
    Metric("tierwatch_live_viewers", _G, (), "Streams of events that are open at present."),
    Metric(
        "tierwatch_live_viewers_ended_total", _C, ("reason",),
        "Streams of events that ended, by why: left, too slow, to make place, renewed, failed, stopped; from 0 at each"
        " start.",
        values={"reason": LIVE_ENDED},
    ),
    Metric(
        "tierwatch_live_viewers_refused_total", _C, (),
        "Streams of events for which there was no room; from 0 at each start.",
    ),
    Metric("tierwatch_cache_entries", _G, ("cache",), "Results that a cache of this program holds."),
    Metric("tierwatch_cache_limit", _G, ("cache",), "The most results that the cache may hold."),
    Metric(
        "tierwatch_cache_hits_total", _C, ("cache",),
        "How often the cache had what was asked for; from 0 at each start.",
    ),
    Metric(
        "tierwatch_cache_misses_total", _C, ("cache",),
        "How often the cache did not have what was asked for; from 0 as the hits.",
    ),
    Metric(
        "tierwatch_config_info", _I, ("hash",),
        "The configuration that runs, by the hash of its files without secrets; the value is always 1.",
    ),
    Metric(
        "tierwatch_config_last_reload_successful", _G, (),
        "1 while the last reload of the configuration was taken, or none was tried; 0 when it was refused.",
    ),
    Metric(
        "tierwatch_config_last_reload_success_timestamp_seconds", _G, (),
        "When the configuration that runs was read, at the start or by a reload, as seconds since the epoch.", _SECONDS,
    ),
    Metric(
        "tierwatch_config_reloads_total", _C, ("result",),
        "Reloads of the configuration, by whether it was taken; from 0 at each start.",
        values={"result": RELOAD_RESULTS},
    ),
    Metric(
        "tierwatch_page_info", _I, ("page_url",),
        "Where people reach the page, for links of dashboards; the value is always 1.",
    ),
    Metric("tierwatch_start_timestamp_seconds", _G, (), "When the program started, seconds since the epoch.", _SECONDS),
    Metric("tierwatch_build_info", _I, ("version",), "The version that runs; the value is always 1."),
)  # fmt: skip
