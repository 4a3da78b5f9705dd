"""Say of which sources the data is too old to judge the clocks that somebody would be paged for.

Pure. There is one alert per source. It begins when the source's last success is older than its `stale_after`, and its
polls fail or this program has watched in vain for as long. It ends only by evidence: the source was read again, or no
open clock that pages is left, and clocks end only by what was heard (semantics 17). The alerts of the clocks themselves
are none of its business: they go on.

The one surprise: `tier` is the highest tier that was told, as for a root cause. When clocks of a higher one come to be
open, they have an alert of their own, which fires before the old one ends (semantics 22); a lower one only changes the
words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.wording import endings, links
from alerts.wording import sources as wording_of_sources
from monitor.alert import Alert, Reason, Settings
from monitor.model import Name
from monitor.policy import NO_RUNG
from monitor.snapshot import is_stale

TOO_OLD = "TierwatchDataTooOld"

LAST_SUCCESS = "last_success"
"""The annotation that holds the source's last success: another one is the evidence that it was read again."""


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Open clocks of one tier and assurance, for which somebody would be paged.

    `by_assurance` says that the assurance has stages of its own. `deadline` is the earliest of those that run and are
    not breached, None where there is none.
    """

    tier: str
    assurance: str
    clocks: int
    deadline: datetime | None = None
    by_assurance: bool = False


@dataclass(frozen=True, slots=True)
class Watched:
    """What is known of one configured source.

    `failing` is how its last poll ended, `error` the sentence of that failure. `since` is when this program began to
    watch it without a break: at its start, and anew after the machine had slept or its clock had jumped. `clocks` are
    the open ones that page, at most one row per tier and assurance; none of them is empty.
    """

    source: str
    last_success: datetime | None
    stale_after: timedelta
    since: datetime
    failing: bool
    error: str = ""
    clocks: Sequence[Unjudged] = ()

    @property
    def too_old(self) -> datetime:
        """From when on its data is too old."""
        return (self.last_success or self.since) + self.stale_after

    def stale(self, now: datetime) -> bool:
        return is_stale(self.last_success, self.stale_after, self.since, now)

    def begins(self, now: datetime) -> bool:
        """Whether an alert may begin: old data that a poll which is under way may renew is waited for as long again."""
        return self.stale(now) and (self.failing or now - self.since > self.stale_after)

    def holds(self, alert: Alert, now: datetime) -> bool:
        """Whether an alert that fires goes on: until another success than the one that it knows, and not by time."""
        return self.stale(now) or _success(self) == alert.annotations.get(LAST_SUCCESS, "")


def decide(
    sources: Sequence[Watched], previous: Sequence[Alert], settings: Settings, now: datetime
) -> tuple[Alert, ...]:
    """The alerts that changed, what fires before what ends. Deciding again on the result gives nothing.

    *previous* are all stored alerts of this kind. Those of a source that is not among *sources*, because it is not
    configured any more, stay as they are.
    """
    return tuple(alert for source in sources for alert in _of(source, about(source.source, previous), settings, now))


def about(source: str, previous: Sequence[Alert]) -> list[Alert]:
    """The alerts of this kind about one source, firing and resolved."""
    return [a for a in previous if a.labels.get("alertname") == TOO_OLD and a.labels.get("source") == source]


def _of(source: Watched, known: Sequence[Alert], settings: Settings, now: datetime) -> Iterator[Alert]:
    firing = [alert for alert in known if alert.firing]
    what = wording_of_sources.named(source.source)
    if not source.clocks:
        unread = wording_of_sources.unread(source.last_success, settings) if source.stale(now) else endings.NOTHING
        yield from (endings.end(a, now, Reason.NONE_LEFT, what, settings, stands=unread) for a in firing)
    elif firing and not any(source.holds(alert, now) for alert in firing):
        read_at = source.last_success or now
        yield from (endings.end(alert, read_at, Reason.READ_AGAIN, what, settings) for alert in firing)
    elif firing or source.begins(now):
        yield from _fires(source, known, firing, settings, now)


def _fires(
    source: Watched, known: Sequence[Alert], firing: Sequence[Alert], settings: Settings, now: datetime
) -> Iterator[Alert]:
    alert = _alert(source, firing, settings)
    before = next((other for other in known if other.key == alert.key), None)
    told = alert.after(before, moved=bool(firing))
    if told is not None:
        yield told
    what, unread = wording_of_sources.named(source.source), wording_of_sources.unread(source.last_success, settings)
    for other in firing:
        if other.key != alert.key:
            yield endings.end(other, now, Reason.TIER_CHANGED, what, settings, stands=unread)


def _alert(source: Watched, firing: Sequence[Alert], settings: Settings) -> Alert:
    """The alert that holds now; *firing* are those that fire for the source already."""
    tiers = [clocks.tier for clocks in source.clocks] + [_label(alert, "tier") for alert in firing]
    assurances = [clocks.assurance for clocks in source.clocks if clocks.by_assurance]
    assurances += [_label(alert, "assurance") for alert in firing]
    assurance = _highest(assurances, settings.assurances)
    labels = {
        "alertname": TOO_OLD,
        "instance": settings.instance,
        "source": source.source,
        "tier": _highest(tiers, settings.tiers),
        "assurance": "" if assurance == NO_RUNG else assurance,
        "severity": "critical",
    }
    starts_at = min((alert.starts_at for alert in firing), default=source.too_old)
    unseen = wording_of_sources.UnreadSource(
        source.source,
        starts_at,
        source.last_success,
        source.stale_after,
        source.failing,
        source.error,
        _by_tier(source.clocks, settings),
        sum(clocks.clocks for clocks in source.clocks if clocks.by_assurance),
        min((clocks.deadline for clocks in source.clocks if clocks.deadline is not None), default=None),
    )
    said = {**wording_of_sources.too_old(unseen, settings), LAST_SUCCESS: _success(source)}
    return Alert(
        {name: value for name, value in labels.items() if value},
        {name: text for name, text in said.items() if text},
        starts_at,
        link=links.home(settings.page_url),
    )


def _by_tier(clocks: Sequence[Unjudged], settings: Settings) -> list[tuple[str, int]]:
    counted: Counter[str] = Counter()
    for some in clocks:
        counted[some.tier] += some.clocks
    return sorted(counted.items(), key=lambda row: (_rank(row[0], settings.tiers), row[0]))


def _label(alert: Alert, name: str) -> str:
    return alert.labels.get(name, NO_RUNG)


def _highest(rungs: Sequence[str], ladder: Mapping[str, Name]) -> str:
    return min(rungs, key=lambda rung: (_rank(rung, ladder), rung), default=NO_RUNG)


def _rank(rung: str, ladder: Mapping[str, Name]) -> int:
    """The place on the ladder, the highest rung first; then what the policy does not know, last of all none."""
    return list(ladder).index(rung) if rung in ladder else len(ladder) + (rung == NO_RUNG)


def _success(source: Watched) -> str:
    return "" if source.last_success is None else source.last_success.isoformat()
