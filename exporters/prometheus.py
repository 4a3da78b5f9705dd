"""Render a snapshot as text that Prometheus scrapes.

What is rendered comes from the catalogue anew each time, so that a group that is gone is gone from the output too.
Zeros are exported in advance for all that is known to exist, and for every group that the policy has a figure for.
Stored counters that the catalogue does not list (an older version's) are left out; two stored rows that fall on one
series are added up. The one thing remembered between scrapes is who has seen which counter (`new_counters.py`).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from exporters import consumed
from exporters.catalogue import BY_NAME, GROUP, METRICS, REMAINING_BOUNDS, USED_PERCENT
from exporters.families import Distribution, Labels, Rows, written
from exporters.metric import Kind, Metric
from exporters.new_counters import NewCounters
from monitor.aggregates import Instants, largest_share, used_at_least
from monitor.history import CHOOSING
from monitor.model import COUNTED_STATES, OPEN_STATES
from monitor.snapshot import (
    CONSUMED,
    Configured,
    Count,
    ExporterHealth,
    FindingKind,
    GroupClocks,
    GuardedClocks,
    Health,
    Reliability,
    Snapshot,
)
from monitor.worktime import EPOCH, TICK

_DELETED = BY_NAME["tierwatch_retention_deleted_rows_total"]

_SECOND = timedelta(seconds=1) // TICK

COUNTERS: Mapping[str, Metric] = {metric.name: metric for metric in METRICS if metric.kind is Kind.COUNTER}


@dataclass(frozen=True, slots=True)
class Config:
    """Nothing can be chosen: the metrics are a contract with dashboards and rules."""


@dataclass(frozen=True, slots=True)
class Prometheus:
    config: Config = field(default_factory=Config)
    new_counters: NewCounters = field(default_factory=NewCounters, compare=False)

    def render(self, snapshot: Snapshot, now: datetime, accept: str = "", scraper: str = "") -> tuple[bytes, str]:
        """The body and its content type; OpenMetrics where *accept* (the request's header) asks for it.

        *scraper* names who remembers what it reads, empty for anybody else: it sees every counter at 0 first.
        """
        rows: Mapping[str, Rows] = read(snapshot, now)
        if scraper:
            rows = self._new_at_zero(rows, snapshot, now, scraper)
        return written(METRICS, rows, accept, snapshot.exemplars)

    def _new_at_zero(
        self, rows: Mapping[str, Rows], snapshot: Snapshot, now: datetime, scraper: str
    ) -> Mapping[str, Rows]:
        shown = {(name, labels): value for name in COUNTERS for labels, value in rows[name].items()}
        numbers = {series: value for series, value in shown.items() if not isinstance(value, Distribution)}
        numbers |= {(CONSUMED, labels): spread.count for labels, spread in consumed.spreads(rows[CONSUMED])}
        fresh = {(count.name, _labels_of(count)) for count in snapshot.counts if count.fresh and count.name in COUNTERS}
        fresh |= consumed.fresh(snapshot.counts)
        held = self.new_counters.at_zero(scraper, numbers, fresh, now)
        zeros: dict[str, dict[Labels, float | Distribution]] = {}
        for name, labels in held:
            zeros.setdefault(name, {})[labels] = consumed.NOTHING if name == CONSUMED else 0.0
        return {**rows, **{name: {**rows[name], **of_counter} for name, of_counter in zeros.items()}}


def build(config: Config) -> Prometheus:
    return Prometheus(config)


def read(snapshot: Snapshot, now: datetime) -> dict[str, Rows]:
    """Every metric's values by label values, in the order of the catalogue's labels."""
    return {
        **_clocks(snapshot, now),
        **_guarded(snapshot.guarded, snapshot.counted, now),
        **_circuits(snapshot),
        **_sources(snapshot),
        **_alerts(snapshot),
        **_trust(snapshot.trust),
        **_exporters(snapshot.exporters),
        "tierwatch_retention_last_success_timestamp_seconds": (
            {} if snapshot.swept_at is None else {(): snapshot.swept_at.timestamp()}
        ),
        **_program(snapshot.health, snapshot.version, snapshot.configured),
        "tierwatch_page_info": {(snapshot.page_url,): 1.0},
        "tierwatch_subscribers": {(state,): float(number) for state, number in snapshot.subscribers.items()},
        "tierwatch_live_viewers": {(): float(snapshot.viewers)},
        "tierwatch_cache_entries": {(cache.name,): cache.entries for cache in snapshot.caches},
        "tierwatch_cache_limit": {(cache.name,): cache.limit for cache in snapshot.caches},
        **_counters(snapshot),
        CONSUMED: consumed.read(snapshot),
    }


def _clocks(snapshot: Snapshot, now: datetime) -> dict[str, Rows]:
    states: dict[Labels, float] = {}
    deadlines: dict[Labels, float] = {}
    remaining: dict[Labels, Distribution] = {}
    too_fast: dict[Labels, float] = {}
    exhausted: dict[Labels, float] = {}
    largest: dict[Labels, float] = {}
    used: dict[Labels, float] = {}
    for clocks in snapshot.clocks:
        group = _group(clocks)
        states |= {(*group, state): clocks.states.get(state, 0) for state in OPEN_STATES}
        deadlines[group] = _instant(clocks.next_deadline, math.inf)
        remaining[group] = _remaining((clocks.deadlines, clocks.late), now)
        too_fast[group], exhausted[group] = clocks.too_fast, _instant(clocks.next_exhausted, math.inf)
        if (share := largest_share(clocks.used, now)) is not None:
            largest[group] = share
            for percent in USED_PERCENT:
                used[(*group, str(percent / 100))] = used_at_least(clocks.used, percent, now)
    return {
        "tierwatch_open_clocks_counted": {(): float(snapshot.counted)},
        "tierwatch_sla_clocks": states,
        "tierwatch_sla_next_deadline_timestamp_seconds": deadlines,
        "tierwatch_sla_remaining_seconds": remaining,
        "tierwatch_sla_allowances_too_fast": too_fast,
        "tierwatch_sla_next_exhaustion_timestamp_seconds": exhausted,
        "tierwatch_sla_allowances_used_ratio": largest,
        "tierwatch_sla_allowances_used": used,
    }


def _group(clocks: GroupClocks) -> Labels:
    return (clocks.group.source, clocks.group.tier, clocks.group.assurance, clocks.group.sla_target)


def _remaining(deadlines: Sequence[Instants], now: datetime) -> Distribution:
    """How long the running clocks have left. The sum counts a late clock as 0: it may not be negative."""
    at, number = (now - EPOCH) // TICK, sum(map(len, deadlines))
    counts = [sum(one.up_to(at + int(bound * _SECOND)) for one in deadlines) for bound in REMAINING_BOUNDS]
    ahead = sum(len(one) - one.up_to(at) for one in deadlines)
    total = sum(one.total_after(at) for one in deadlines) - at * ahead
    return Distribution(list(zip(REMAINING_BOUNDS, counts, strict=True)), number, total / _SECOND)


def _guarded(periods: Sequence[GuardedClocks], counted: bool, now: datetime) -> dict[str, Rows]:
    holds = {(one.period,): one.since <= now < one.until for one in periods}
    return {
        "tierwatch_guarded_period_in_force": {labels: float(held) for labels, held in holds.items()},
        "tierwatch_guarded_period_begin_timestamp_seconds": {(one.period,): one.since.timestamp() for one in periods},
        "tierwatch_guarded_period_end_timestamp_seconds": {(one.period,): one.until.timestamp() for one in periods},
        "tierwatch_guarded_clocks": {
            (one.period, state): one.states.get(state, 0) if holds[(one.period,)] else 0
            for one in periods
            for state in OPEN_STATES
            if counted
        },
    }


def _circuits(snapshot: Snapshot) -> dict[str, Rows]:
    known = {(group.source, group.tier, group.assurance) for group in snapshot.circuits}
    rows: dict[Labels, float] = {(*group, state): 0 for group in sorted(known) for state in COUNTED_STATES}
    rows |= {(group.source, group.tier, group.assurance, group.state): n for group, n in snapshot.circuits.items()}
    return {"tierwatch_circuits": rows}


def _sources(snapshot: Snapshot) -> dict[str, Rows]:
    by_name = {(each.source,): each for each in snapshot.sources}
    return {
        "tierwatch_source_up": {
            name: float(each.up is True)
            for name, each in by_name.items()
            if each.up is not None or each.last_success is None
        },
        "tierwatch_source_last_success_timestamp_seconds": {
            name: _instant(each.last_success, 0) for name, each in by_name.items()
        },
        "tierwatch_source_watermark_timestamp_seconds": {
            name: _instant(each.watermark, 0) for name, each in by_name.items()
        },
        "tierwatch_source_stale": {name: float(each.stale) for name, each in by_name.items()},
        "tierwatch_source_stale_after_seconds": {
            name: each.stale_after.total_seconds() for name, each in by_name.items()
        },
        "tierwatch_unread_subjects": {
            (source.source, what): snapshot.unread.subjects.get((source.source, what), 0)
            for source in snapshot.sources
            for what in (*CHOOSING, *snapshot.declared)
        },
        "tierwatch_quarantined_records": {labels: count for labels, count in snapshot.quarantined.items()},
    }


def _alerts(snapshot: Snapshot) -> dict[str, Rows]:
    return {
        "tierwatch_alerts_firing": {labels: count for labels, count in snapshot.firing.items()},
        "tierwatch_outbox_pending": {(each.channel,): each.pending for each in snapshot.channels},
        "tierwatch_outbox_held": {
            (each.channel, reason): number for each in snapshot.channels for reason, number in each.held.items()
        },
        "tierwatch_outbox_oldest_timestamp_seconds": {
            (each.channel,): _instant(each.oldest, math.inf) for each in snapshot.channels
        },
        "tierwatch_silences_in_force": {(): snapshot.in_force.silences},
        "tierwatch_acknowledgements_in_force": {(): snapshot.in_force.acknowledgements},
        "tierwatch_escalations_waiting": {(): snapshot.oncall.waiting},
        "tierwatch_escalations_next_timestamp_seconds": {(): _instant(snapshot.oncall.next_at, math.inf)},
        "tierwatch_on_duty": {layer: number for layer, number in snapshot.oncall.on_duty.items()},
        "tierwatch_alerts_unconfirmed": {(channel,): count for channel, count in snapshot.unconfirmed.items()},
        "tierwatch_alerts_suppressed_due": {(tier,): count for tier, count in snapshot.suppressed_due.items()},
    }


def _trust(trust: Reliability) -> dict[str, Rows]:
    return {
        "tierwatch_heartbeat_timestamp_seconds": {(stage,): _instant(at, 0) for stage, at in trust.heartbeats.items()},
        "tierwatch_heartbeat_late_after_seconds": {
            (stage,): after.total_seconds() for stage, after in trust.late_after.items()
        },
        "tierwatch_audit_findings": {(kind,): trust.findings.get(kind, 0) for kind in FindingKind},
    }


def _exporters(exporters: Sequence[ExporterHealth]) -> dict[str, Rows]:
    by_name = {(each.exporter,): each for each in exporters}
    return {
        "tierwatch_exporter_last_success_timestamp_seconds": {
            name: _instant(each.last_success, 0) for name, each in by_name.items()
        },
        "tierwatch_exporter_caught_up_timestamp_seconds": {
            name: _instant(each.caught_up, 0) for name, each in by_name.items()
        },
        "tierwatch_exporter_transitions_waiting": {name: float(each.waiting) for name, each in by_name.items()},
        "tierwatch_exporter_spool_bytes": {name: float(each.spooled) for name, each in by_name.items()},
    }


def _program(health: Health, version: str, configured: Configured) -> dict[str, Rows]:
    buckets = sorted((bound, count) for bound, count in health.evaluation_buckets.items() if bound != math.inf)
    return {
        "tierwatch_engine_last_evaluation_timestamp_seconds": {(): _instant(health.last_evaluation, 0)},
        "tierwatch_engine_evaluation_seconds": {
            (): Distribution(buckets, health.evaluations, health.evaluation_seconds)
        },
        "tierwatch_engine_due_lag_seconds": {(): health.due_lag_seconds},
        "tierwatch_clock_held": {(): float(health.clock_held)},
        "tierwatch_clock_unproven": {(): float(health.clock_unproven)},
        "tierwatch_clock_jump_seconds": {(): health.clock_jump_seconds},
        "tierwatch_store_lost": {(): float(health.store_lost)},
        "tierwatch_store_up": {(): float(health.store_ok)},
        "tierwatch_config_info": {(configured.hash,): 1.0},
        "tierwatch_config_last_reload_successful": {(): float(not configured.refused)},
        "tierwatch_config_last_reload_success_timestamp_seconds": {(): _instant(configured.since, 0)},
        "tierwatch_start_timestamp_seconds": {(): health.started_at.timestamp()},
        "tierwatch_build_info": {(version,): 1.0},
    }


def _counters(snapshot: Snapshot) -> dict[str, Rows]:
    """The stored counters, and 0 for what is known to exist but was never counted."""
    counts = [count for count in snapshot.counts if count.name in COUNTERS]
    promised = {(group.source, group.tier, group.assurance, group.sla_target) for group in snapshot.promised}
    known: dict[Labels, set[Labels]] = {
        GROUP: {_group(clocks) for clocks in snapshot.clocks} | promised,
        ("source",): {(each.source,) for each in snapshot.sources},
        ("channel",): {(each.channel,) for each in snapshot.channels},
        ("exporter",): {(each.exporter,) for each in snapshot.exporters},
    }
    for count in counts:
        for labels, found in known.items():
            if all(label in count.labels for label in labels):
                found.add(tuple(count.labels[label] for label in labels))
    rows: dict[str, dict[Labels, float]] = {
        name: dict.fromkeys(_in_advance(metric, known, snapshot.declared), 0.0) for name, metric in COUNTERS.items()
    }
    if snapshot.swept_at is not None:
        rows[_DELETED.name] = {(kind,): 0.0 for kind in _DELETED.values["kind"]}
    for count in counts:
        labels = _labels_of(count)
        rows[count.name][labels] = rows[count.name].get(labels, 0) + count.value
    return {name: of_counter for name, of_counter in rows.items()}


def _labels_of(count: Count) -> Labels:
    return tuple(count.labels.get(label, "") for label in COUNTERS[count.name].labels)


def _in_advance(metric: Metric, known: Mapping[Labels, Iterable[Labels]], declared: Sequence[str]) -> Iterator[Labels]:
    """The label values that must be there before the first count; none where a label's values are open."""
    for labels, found in known.items():
        if metric.labels[: len(labels)] == labels:  # what is left must have values that are known, or nothing comes out
            rest = [
                (*metric.values.get(label, ()), *(declared if label == "what" else ()))
                for label in metric.labels[len(labels) :]
            ]
            yield from (here + more for here in sorted(found) for more in itertools.product(*rest))


def _instant(at: datetime | None, never: float) -> float:
    return never if at is None else at.timestamp()
