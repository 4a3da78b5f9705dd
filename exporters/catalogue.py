"""List every metric that is published: name, kind, labels, unit and a sentence of help.

Data only, and the one source of truth: the exporters build their families from it, the documentation's table and the
dashboards are checked against it. No label ever names a ticket, a circuit or a customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from monitor.alert import RECORDED_ONLY, EndsFor, Reason, Withheld
from monitor.clock import KINDS
from monitor.history import CHOOSING
from monitor.model import COUNTED_STATES, OPEN_STATES, RetiredBy, TransitionKind
from monitor.snapshot import Beat, FindingKind, ReloadResult


class Kind(StrEnum):
    """What a metric is, in the words of the exposition format."""

    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"
    GAUGE_HISTOGRAM = "gaugehistogram"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. `values` are the label values that are known in advance, so that zeros can be exported for them."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    help: str
    unit: str = ""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def samples(self) -> tuple[str, ...]:
        """The names that a query can use."""
        match self.kind:
            case Kind.HISTOGRAM:
                return tuple(f"{self.name}_{part}" for part in ("bucket", "count", "sum"))
            case Kind.GAUGE_HISTOGRAM:
                return tuple(f"{self.name}_{part}" for part in ("bucket", "gcount", "gsum"))
            case _:
                return (self.name,)


GROUP = ("source", "tier", "assurance", "sla_target")
"""The labels of everything that is said of clocks (semantics 27)."""

BEATS = tuple(stage.value for stage in Beat)
FINDINGS = tuple(kind.value for kind in FindingKind)

CLOCK_STATES = tuple(state.value for state in OPEN_STATES)
CIRCUIT_STATES = tuple(state.value for state in COUNTED_STATES)
HELD = (Withheld.SILENCED.value, Withheld.GROUPED.value, Withheld.WAITS_FOR_HOURS.value, "order")
ENDS_FOR = tuple(why.value for why in EndsFor)
WITHHELD = tuple(why.value for why in Withheld)
TOLD = tuple(why.value for why in Reason if why not in RECORDED_ONLY)

RETIRED_BY = tuple(by.value for by in RetiredBy)

RELOAD_RESULTS = tuple(result.value for result in ReloadResult)

DELETED = ("events", "transitions", "pages", "causes", "silences", "quarantine")

NOT_SENT = ("transitions", "aggregates")

PAGE_ENDED = ("place", "full", "time", "size")

SUBSCRIBERS = ("active", "failing", "suspended")

NOTIFIED = ("taken", "refused")

LIVE_ENDED = ("left", "slow", "place", "renewed", "failed", "stopped")

REMAINING_BOUNDS = (0, 300, 900, 1800, 3600, 7200, 14400, 28800, 86400, 259200, 604800)
"""Upper bounds of the remaining-time histogram in seconds, +Inf left out; 0 holds the clocks that are already late."""

_HAPPENED = ("started", "completed", "breached")
_WITHDRAWN = tuple(
    kind.value
    for kind in (TransitionKind.STARTED, TransitionKind.MET, TransitionKind.ENDED_LATE, TransitionKind.BREACHED)
)
_SECONDS = "seconds"
_G, _C, _H, _GH, _I = Kind.GAUGE, Kind.COUNTER, Kind.HISTOGRAM, Kind.GAUGE_HISTOGRAM, Kind.INFO

METRICS: tuple[Metric, ...] = (
    # Clocks
    Metric(
        "tierwatch_open_clocks_counted", _G, (),
        "1 when the open clocks are counted; until then, after a start, 0: gauges of clocks and circuits are left out.",
    ),
    Metric(
        "tierwatch_sla_clocks", _G, (*GROUP, "state"),
        "Open clocks by state; each is in exactly one state, so the sum over states is the number of open clocks.",
        values={"state": CLOCK_STATES},
    ),
    Metric(
        "tierwatch_sla_next_deadline_timestamp_seconds", _G, GROUP,
        "Nearest deadline among clocks that run and are not breached, as seconds since the epoch; +Inf when none.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_sla_remaining_seconds", _GH, GROUP,
        "Time from now to the deadlines of the running clocks, worked out when it is read; a late clock counts as 0.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_sla_allowances_too_fast", _G, GROUP,
        "Open allowances that are used at a pace that will not last to the end of their period.",
    ),
    Metric(
        "tierwatch_sla_next_exhaustion_timestamp_seconds", _G, GROUP,
        "When nothing is left of the first allowance that is used too fast, at its pace; +Inf when none is.",
        _SECONDS,
    ),
    Metric("tierwatch_sla_clocks_started_total", _C, GROUP, "Clocks that started, one for each cycle."),
    Metric("tierwatch_sla_clocks_completed_total", _C, GROUP, "Clocks that stopped, in time or late."),
    Metric("tierwatch_sla_clocks_breached_total", _C, GROUP, "Clocks that used up their budget and went on running."),
    Metric(
        "tierwatch_sla_clocks_backfilled_total", _C, (*GROUP, "kind"),
        "What happened to clocks before this installation watched them, by kind; kept apart from the other counters.",
        values={"kind": _HAPPENED},
    ),
    Metric(
        "tierwatch_sla_corrections_total", _C, (*GROUP, "kind"),
        "Transitions that a later statement of the source withdrew, by kind; the other counters never go down.",
        values={"kind": _WITHDRAWN},
    ),
    # Guarded periods
    Metric(
        "tierwatch_guarded_period_in_force", _G, ("period",),
        "1 while the guarded period of the policy holds, 0 before and after.",
    ),
    Metric(
        "tierwatch_guarded_period_begin_timestamp_seconds", _G, ("period",),
        "When the guarded period begins, as seconds since the epoch.", _SECONDS,
    ),
    Metric(
        "tierwatch_guarded_period_end_timestamp_seconds", _G, ("period",),
        "When the guarded period ends, as seconds since the epoch.", _SECONDS,
    ),
    Metric(
        "tierwatch_guarded_clocks", _G, ("period", "state"),
        "Open clocks of the subjects that are in the guarded period, by state; they are among the other clocks too.",
        values={"state": CLOCK_STATES},
    ),
    # Circuits
    Metric(
        "tierwatch_circuits", _G, ("source", "tier", "assurance", "state"),
        "Known circuits by state; each is in exactly one state.",
        values={"state": CIRCUIT_STATES},
    ),
    Metric(
        "tierwatch_retired_total", _C, ("source", "by"),
        "Subjects that are gone for good, by who said so; one that lives again and goes again is counted again.",
        values={"by": RETIRED_BY},
    ),
    # Sources
    Metric("tierwatch_source_up", _G, ("source",), "1 when the last poll succeeded, 0 when it failed or none ended."),
    Metric(
        "tierwatch_source_last_success_timestamp_seconds", _G, ("source",),
        "When a poll last succeeded, as seconds since the epoch; 0 before the first one.", _SECONDS,
    ),
    Metric(
        "tierwatch_source_watermark_timestamp_seconds", _G, ("source",),
        "The newest change of the source that was seen, as seconds since the epoch; 0 before the first one.", _SECONDS,
    ),
    Metric(
        "tierwatch_source_stale", _G, ("source",),
        "1 while the source's data is too old to judge clocks by; they are then counted as unknown.",
    ),
    Metric(
        "tierwatch_source_stale_after_seconds", _G, ("source",),
        "How long a source may go unread before its data is too old to judge clocks by (its stale_after).", _SECONDS,
    ),
    Metric("tierwatch_source_polls_total", _C, ("source",), "Polls of the source that ended, failed ones included."),
    Metric("tierwatch_source_poll_failures_total", _C, ("source", "reason"), "Polls of the source that failed."),
    Metric("tierwatch_events_total", _C, ("source",), "Events that were taken in, each once."),
    Metric("tierwatch_duplicates_total", _C, ("source",), "Events that were already known and changed nothing."),
    Metric("tierwatch_quarantined_total", _C, ("source", "reason"), "Records that could not become an event."),
    Metric("tierwatch_quarantined_records", _G, ("source", "reason"), "Records in quarantine, not resolved yet."),
    Metric(
        "tierwatch_unknown_values_total", _C, ("source", "what"),
        "Words of the source that the mapping or the policy does not know, by what they stand for.",
        values={"what": KINDS},
    ),
    Metric(
        "tierwatch_unread_subjects", _G, ("source", "what"),
        "Open subjects with a word that is not understood although a promise depends on it, by what it stands for.",
        values={"what": CHOOSING},
    ),
    # Alerts
    Metric("tierwatch_alerts_firing", _G, ("tier", "stage"), "Alerts that fire at present."),
    Metric(
        "tierwatch_alerts_sent_total", _C, ("channel", "reason"),
        "Pages that the channel accepted, by why it was told.",
        values={"reason": TOLD},
    ),
    Metric(
        "tierwatch_alerts_send_failures_total", _C, ("channel", "reason"), "Pages that the channel did not accept."
    ),
    Metric(
        "tierwatch_alerts_withheld_total", _C, ("channel", "reason"),
        "Changes of alerts that the channel was not told of, or not at once, by why.",
        values={"reason": WITHHELD},
    ),
    Metric(
        "tierwatch_alerts_unconfirmed", _G, ("channel",),
        "Firing alerts that the channel accepted and did not list when it was last asked; they are told again.",
    ),
    Metric(
        "tierwatch_alerts_suppressed_due", _G, ("tier",),
        "Clocks whose alert a receiver's own silence withholds although the deadline comes before that silence ends.",
    ),
    Metric(
        "tierwatch_outbox_pending", _G, ("channel",),
        "Pages that wait to be accepted by the channel; those that something else holds back are not among them.",
    ),
    Metric(
        "tierwatch_outbox_held", _G, ("channel", "reason"),
        "Pages that are held back: by a silence (silenced), a root cause (grouped), until covered hours"
        " (waits_for_hours), or by a page that goes first (order).",
        values={"reason": HELD},
    ),
    Metric(
        "tierwatch_outbox_oldest_timestamp_seconds", _G, ("channel",),
        "Since when the oldest page has waited for the channel, as seconds since the epoch; +Inf when none waits.",
        _SECONDS,
    ),
    Metric(
        "tierwatch_acknowledgements_in_force", _G, (),
        "Acknowledgements of alerts that fire, which have not ended; each stops escalation until it ends.",
    ),
    Metric(
        "tierwatch_acknowledgements_ended_total", _C, ("reason",),
        "Acknowledgements that ended, by why: a share of the time left, a length where no time is left, or the shift.",
        values={"reason": ENDS_FOR},
    ),
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
    Metric("tierwatch_start_timestamp_seconds", _G, (), "When the program started, seconds since the epoch.", _SECONDS),
    Metric("tierwatch_build_info", _I, ("version",), "The version that runs; the value is always 1."),
)  # fmt: skip

BY_NAME: Mapping[str, Metric] = {metric.name: metric for metric in METRICS}


def table() -> str:
    """The catalogue as the rows of the table in docs/metrics.md."""
    rows = ["| metric | kind | labels | meaning |", "|---|---|---|---|"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
        rows.append(f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |")
    return "\n".join(rows)
