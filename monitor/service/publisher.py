"""Put a snapshot together from the store, at most once a second, and explain one subject on request."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from types import ModuleType
from typing import Any

from monitor import __version__
from monitor.aggregates import Labels, OfGroup, used_of
from monitor.config import Config
from monitor.explain import Explanation, as_of, explain, explain_group, explained_since, with_alerts
from monitor.machine import AtMostEvery, MachineClock
from monitor.memory import CacheUse
from monitor.model import Rung, State, SubjectKey, SubjectKind
from monitor.policy import GROUPS
from monitor.service.engine_worker import Timing
from monitor.service.resting import ReadSeldom
from monitor.snapshot import (
    OWN_ALERTS,
    PARTY_USED,
    PARTY_WITHDRAWN,
    CircuitGroup,
    Configured,
    Count,
    Exemplar,
    ExporterHealth,
    Group,
    GroupClocks,
    GuardedClocks,
    Health,
    LiveUse,
    Names,
    NearClock,
    OnCallFigures,
    Reliability,
    SeriesKey,
    Snapshot,
    SourceHealth,
    UnreadWords,
    calendar_of,
    counted_now,
    is_stale,
    judged_by_age,
)
from monitor.store import SourceRow, Views
from monitor.worktime import EPOCH, TICK

FRESH = timedelta(seconds=1)

PAGE_ENDED = "tierwatch_page_connections_ended_total"
LIVE_ENDED = "tierwatch_live_viewers_ended_total"
LIVE_REFUSED = "tierwatch_live_viewers_refused_total"
RELOADS = "tierwatch_config_reloads_total"
CACHE_HITS = "tierwatch_cache_hits_total"
CACHE_MISSES = "tierwatch_cache_misses_total"

_NEVER_POLLED = SourceRow(None, None, None, None, "")


def promised(config: Config) -> tuple[Group, ...]:
    """Every group of clocks that the policy, in any of its versions, has a figure for."""
    counted = {row for policy in config.rules.policies for row in policy.promised_of_groups()}
    sources = sorted((one.name, subjects_of(one.module)) for one in config.sources)
    of_sources = [Group(source, *row) for source, kinds in sources for row in sorted(_promised(config, kinds))]
    return (*of_sources, *(Group(GROUPS, *row) for row in sorted(counted)))


@dataclass(frozen=True, slots=True)
class PublishedParts:
    """What the publisher shows of the other parts of the program, asked anew for each snapshot."""

    trust: Callable[[], Reliability] = Reliability
    unread: Callable[[], UnreadWords] = UnreadWords
    page: Callable[[], Mapping[str, int]] = dict
    """Connections to the page that were ended, by the reason."""
    configured: Callable[[], Configured] = Configured
    swept_at: Callable[[], datetime | None] = lambda: None
    caches: Callable[[], Sequence[CacheUse]] = tuple
    exporters: Callable[[], Sequence[ExporterHealth]] = tuple
    oncall: Callable[[datetime], OnCallFigures] = lambda _now: OnCallFigures()
    exemplars: Callable[[], Mapping[SeriesKey, Exemplar]] = dict
    page_url: Callable[[], str] = str
    live: Callable[[], LiveUse] = LiveUse
    subscribers: Callable[[], Mapping[str, int]] = dict
    """How many subscriptions there are, by their state."""


def subjects_of(collector: ModuleType) -> tuple[SubjectKind, ...]:
    """The kinds of subjects that a collector names in `SUBJECTS`; all of them where it does not say."""
    return tuple(sorted(getattr(collector, "SUBJECTS", SubjectKind)))


def _promised(config: Config, kinds: tuple[SubjectKind, ...]) -> frozenset[tuple[str, str, str]]:
    return frozenset(row for policy in config.rules.policies for row in policy.promised(kinds))


class Publisher:
    """The readers' window on the running program."""

    _stored: frozenset[tuple[str, tuple[tuple[str, str], ...]]]
    _health: Health
    _store_lost: bool

    def __init__(
        self, config: Config, views: Views, timing: Timing, started: datetime, parts: PublishedParts | None = None, *,
        channels: Sequence[str] = (), watched: Mapping[str, datetime] | None = None, before: Publisher | None = None,
    ) -> None:  # fmt: skip
        """*channels* are those of the configuration: they are there before anything was ever sent on them.

        What the publisher *before* this one, by another configuration, has noted goes on. *watched* says since when
        each source is watched, where that is later than the start.
        """
        self._config, self._views, self._timing = config, views, timing
        self._parts = PublishedParts() if parts is None else parts
        self._watched = {} if watched is None else watched
        self._channels = tuple(channels)
        self._promised = promised(config)
        self._stored = frozenset(_series(count) for count in views.counts()) if before is None else before._stored
        kept = views.while_unchanged
        self._firing, self._circuits_down = ReadSeldom(kept(views.firing)), ReadSeldom(kept(views.circuits_down))
        self._nearest, self._late, self._quarantined = kept(views.nearest), kept(views.late), kept(views.quarantined)
        self._lock = threading.Lock()
        self._last: Snapshot | None = None
        self._building: AtMostEvery[datetime] = AtMostEvery(FRESH)
        self._health = Health(started_at=started) if before is None else before._health
        """What the engine notes; no other thread writes it, or one would undo what the other has noted."""
        self._store_lost = before is not None and before._store_lost
        self._unconfirmed: Mapping[str, int] = {}
        self._suppressed_due: Mapping[str, int] = {}
        policy = config.rules.policy
        self._names = Names(
            tiers=_names(policy.ladders.get("tier", ())),
            assurances=_names(policy.ladders.get("assurance", ())),
            targets={rule.name: rule.title for rule in policy.targets},
        )

    def evaluated(self, at: datetime) -> None:
        """Note that the engine has looked at what is due. That is no sign that the store takes writes."""
        self._health = replace(self._health, last_evaluation=at, store_ok=True)

    def machine_clock(self, clock: MachineClock) -> None:
        """Note what is thought of this machine's clock."""
        self._health = replace(
            self._health,
            clock_held=clock.held,
            clock_unproven=clock.unproven,
            clock_jump_seconds=clock.size.total_seconds(),
        )

    def compared(self, unconfirmed: Mapping[str, int], suppressed_due: Mapping[str, int]) -> None:
        """Note what comparing with the receivers' own lists has shown."""
        self._unconfirmed, self._suppressed_due = dict(unconfirmed), dict(suppressed_due)

    def store_lost(self, lost: bool) -> None:
        """Note whether the database's file is the one that is open."""
        self._store_lost = lost

    def store_failed(self) -> None:
        self._health = replace(self._health, store_ok=False)

    def snapshot(self, now: datetime, since: datetime | None = None) -> Snapshot:
        """What is published, no older than a second, and no older than *since*."""
        with self._lock:
            old = self._last is None or (since is not None and self._last.at < since)
            if self._last is None or old or self._building.due(now):
                self._last = self._build(now)
                self._building.done(self._last.at)
            return self._last

    def explain(self, source: str, subject: str, now: datetime) -> Explanation | None:
        """The explanation of one subject with its alerts; None if no source ever named it."""
        key, rules = SubjectKey(source, subject), self._config.rules
        if source == GROUPS:
            record = self._views.group(key, lambda value: explained_since(key, value, rules, now), now)
            return (
                None if record is None else with_alerts(explain_group(record, rules, now), self._views.alerts_of(key))
            )
        events = self._views.events_of(key)
        if not events:
            return None
        return with_alerts(explain(events, rules, as_of(events, now)), self._views.alerts_of(key))

    def _build(self, now: datetime) -> Snapshot:
        views, parts, sources = self._views, self._parts, self._sources(now)
        judged = {source.source for source in sources if not source.stale}
        configured, caches, live = parts.configured(), parts.caches(), parts.live()
        judged |= {GROUPS} if len(judged) == len(sources) else set()  # what is not read could be counted
        counts = tuple(replace(_in_seconds(one), fresh=_series(one) not in self._stored) for one in views.counts())
        counts += tuple(Count(PAGE_ENDED, {"reason": why}, number) for why, number in parts.page().items())
        counts += tuple(Count(LIVE_ENDED, {"reason": why}, number) for why, number in live.ended.items())
        counts += (Count(LIVE_REFUSED, {}, live.refused),)
        counts += tuple(Count(RELOADS, {"result": how.value}, number) for how, number in configured.reloads.items())
        for cache in caches:
            labels = {"cache": cache.name}
            asked = (CACHE_HITS, cache.hits), (CACHE_MISSES, cache.misses)
            counts += tuple(Count(name, labels, number) for name, number in asked if number is not None)
        known = {
            Group(*(count.labels[name] for name in ("source", "tier", "assurance", "sla_target")))
            for count in counts
            if count.name in ("tierwatch_sla_clocks_started_total", "tierwatch_sla_clocks_backfilled_total")
        }
        counted = views.counted()
        clocks = () if counted is None else tuple(self._of_group(*one) for one in counted.groups.items())
        empty = known - {clock.group for clock in clocks}
        clocks += () if counted is None else tuple(GroupClocks(group, {}, None) for group in sorted(empty))
        return Snapshot(
            at=now,
            instance=self._config.instance,
            version=__version__,
            policy=self._config.rules.policy.label,
            names=self._names,
            clocks=judged_by_age(clocks, judged),
            nearest=self._counted(self._nearest(), now),
            late=self._counted(self._late(), now),
            circuits={} if counted is None else {CircuitGroup(*labels): n for labels, n in counted.circuits.items()},
            circuits_down=self._circuits_down(),
            sources=sources,
            counts=counts,
            firing={labels: number for labels, number in self._firing().items() if labels not in OWN_ALERTS},
            channels=views.channels(now, self._channels),
            quarantined=self._quarantined(),
            unread=parts.unread(),
            trust=parts.trust(),
            configured=configured,
            in_force=views.in_force(now),
            unconfirmed=self._unconfirmed,
            suppressed_due=dict.fromkeys(self._names.tiers, 0) | dict(self._suppressed_due),
            promised=self._promised,
            guarded=self._guarded({} if counted is None else counted.guarded, now, judged),
            counted=counted is not None,
            declared=self._config.rules.declared,
            commands=self._config.commands,
            swept_at=parts.swept_at(),
            exporters=parts.exporters(),
            viewers=live.viewers,
            subscribers=parts.subscribers(),
            caches=caches,
            page_url=parts.page_url(),
            oncall=parts.oncall(now),
            exemplars=parts.exemplars(),
            health=replace(
                self._health,
                store_lost=self._store_lost,
                store_ok=self._health.store_ok and self._views.takes_writes,
                evaluations=self._timing.evaluations,
                evaluation_seconds=self._timing.seconds,
                evaluation_buckets=dict(self._timing.buckets),
                due_lag_seconds=self._timing.due_lag,
            ),
        )

    def _guarded(
        self, open_clocks: Mapping[tuple[str, str, State], int], now: datetime, judged: Set[str]
    ) -> tuple[GuardedClocks, ...]:
        """Every guarded period, with the open clocks of the one that holds."""
        found = []
        for period in self._config.rules.policy.guarded:
            states: Counter[State] = Counter()
            for (name, source, state), number in open_clocks.items():
                if name == period.name and period.holds(now):
                    states[state if source in judged else State.UNKNOWN] += number
            found.append(GuardedClocks(period.name, period.since, period.until, states))
        return tuple(found)

    def _of_group(self, labels: Labels, clocks: OfGroup) -> GroupClocks:
        soonest, exhausted = clocks.ahead.first, clocks.exhausted
        return GroupClocks(
            Group(*labels), clocks.states, _instant(soonest), clocks.ahead, clocks.late, len(exhausted),
            _instant(exhausted.first), used_of(clocks.used, partial(calendar_of, self._config.rules.working_times)),
        )  # fmt: skip

    def _counted(self, clocks: Iterable[NearClock], now: datetime) -> tuple[NearClock, ...]:
        return tuple(counted_now(clock, self._config.rules.working_times, now) for clock in clocks)

    def _sources(self, now: datetime) -> tuple[SourceHealth, ...]:
        rows = self._views.sources()
        found = []
        for source in self._config.sources:
            since = self._watched.get(source.name, self._health.started_at)
            row = rows.get(source.name, _NEVER_POLLED)
            found.append(
                SourceHealth(
                    source=source.name,
                    kind=source.kind,
                    up=None if _of_an_earlier_life(row, self._health.started_at) else row.up,
                    last_success=row.last_success,
                    watermark=row.watermark,
                    stale_after=source.stale_after,
                    stale=is_stale(row.last_success, source.stale_after, since, now),
                    next_poll=row.next_poll,
                    error="" if row.up else row.error,
                )
            )
        return tuple(found)


def _instant(at: int | None) -> datetime | None:
    return None if at is None else EPOCH + at * TICK


def _of_an_earlier_life(row: SourceRow, started: datetime) -> bool:
    """Whether a good poll is older than this start: what the source does now is not known yet."""
    return bool(row.up) and (row.last_success is None or row.last_success < started)


def _in_seconds(count: Count) -> Count:
    """A counter as it is published: lengths are stored in microseconds."""
    return replace(count, value=count.value / 1_000_000) if count.name in (PARTY_USED, PARTY_WITHDRAWN) else count


def _names(rungs: tuple[Rung, ...]) -> dict[str, Any]:
    return {rung.id: rung.name for rung in rungs}


def _series(count: Count) -> tuple[str, tuple[tuple[str, str], ...]]:
    return count.name, tuple(sorted(count.labels.items()))
