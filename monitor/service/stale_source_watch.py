"""Look every few seconds for sources whose data is too old to judge by, and store the alerts about them.

The judgement is in `alerts/decide/stale_sources.py`; this asks the store. Open clocks are counted only while a
configured source is stale or has an alert that fires, and then seldom, so that a quiet look costs two small reads
however many are open. Belongs to the engine's thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.decide import Unjudged, Watched, stale_sources
from monitor.alert import Router, Settings
from monitor.clock import Rulebook
from monitor.config import SourceConfig
from monitor.machine import AtMostEvery
from monitor.store import Clocks, OpenClocks, SourceRow, Views

EVERY = timedelta(seconds=5)
"""How often sources are looked at, at most."""

RECOUNT_EVERY = timedelta(seconds=30)
"""How often the open clocks of stale sources are counted again, at most, and only if any clock changed."""

GAP = timedelta(minutes=1)
"""A longer time without a look means that the machine slept or its clock jumped: sources get a new chance to answer."""

_NEVER_POLLED = SourceRow(None, None, None, None, "")


class StaleSourceWatch:
    """The alerts of one running program about the age of its sources."""

    def __init__(
        self,
        sources: Sequence[SourceConfig],
        rules: Rulebook,
        clocks: Clocks,
        views: Views,
        router: Router,
        settings: Callable[[], Settings],
        watched: Mapping[str, datetime] | None = None,
        before: StaleSourceWatch | None = None,
    ) -> None:
        """*watched* says since when each source is watched, where that is later than this program's start.

        The watch *before* this one, by another configuration, is gone on with.
        """
        self._sources, self._rules = tuple(sources), rules
        self._clocks, self._views = clocks, views
        self._router, self._settings = router, settings
        self._watching = {} if watched is None else watched
        self._looking: AtMostEvery[datetime] = AtMostEvery(EVERY, None if before is None else before._looking.last)
        self._since: datetime | None = None if before is None else before._since
        self._counting: AtMostEvery[datetime] = AtMostEvery(RECOUNT_EVERY)
        self._counted: tuple[int, frozenset[str], Mapping[str, Sequence[Unjudged]]] | None = None

    def look(self, now: datetime) -> bool:
        """Tell of sources that became too old or are read again; true if there is something to send."""
        last = self._looking.last
        if not self._looking.take(now):
            return False
        if self._since is None or last is None or not timedelta(0) <= now - last <= GAP:
            self._since = now
        previous = self._clocks.alerts_without_subject()
        watched = self._watched(self._since)
        asked = [
            one for one in watched if one.stale(now) or any(a.firing for a in stale_sources.about(one.source, previous))
        ]
        if not asked:
            self._counted = None
            return False
        open_clocks = self._open_clocks(frozenset(one.source for one in asked), now)
        known = [replace(one, clocks=open_clocks.get(one.source, ())) for one in asked]
        changed = stale_sources.decide(known, previous, self._settings(), now)
        if changed:
            self._clocks.commit_alerts(changed, self._router, now)
        return bool(changed)

    def _watched(self, since: datetime) -> list[Watched]:
        """Every configured source, without its clocks."""
        rows = self._views.sources()
        found = []
        for source in self._sources:
            row = rows.get(source.name, _NEVER_POLLED)
            failing = row.up is False
            error = row.error if failing else ""
            begun = max(since, self._watching.get(source.name, since))
            found.append(Watched(source.name, row.last_success, source.stale_after, begun, failing, error))
        return found

    def _open_clocks(self, sources: frozenset[str], now: datetime) -> Mapping[str, Sequence[Unjudged]]:
        """The open clocks of *sources* that page, as they were counted not long ago."""
        revision = self._clocks.revision
        if self._counted is not None:
            counted_at_revision, known, found = self._counted
            if sources <= known and (revision == counted_at_revision or not self._counting.due(now)):
                return found
        found = paging(self._clocks.open_clocks(sources), self._rules)
        self._counted = (revision, sources, found)
        self._counting.done(now)
        return found


def paging(rows: Iterable[OpenClocks], rules: Rulebook) -> dict[str, list[Unjudged]]:
    """By source, the open clocks for which their policy has stages: by the version that judges each."""
    policies = {policy.label: policy for policy in rules.policies}
    found: dict[str, dict[tuple[str, str], Unjudged]] = {}
    for row in rows:
        policy = policies.get(row.policy_version, rules.policy)
        by_assurance = bool(policy.stages_for({"assurance": row.assurance}))
        further = bool(policy.further_ladders)  # a row does not know its urgency, so it may be one that pages
        if not by_assurance and not further and not policy.stages_for({"tier": row.tier}):
            continue
        of_source = found.setdefault(row.source, {})
        other = of_source.get((row.tier, row.assurance), Unjudged(row.tier, row.assurance, 0))
        of_source[row.tier, row.assurance] = Unjudged(
            row.tier,
            row.assurance,
            other.clocks + row.clocks,
            min((at for at in (row.deadline, other.deadline) if at is not None), default=None),
            by_assurance or other.by_assurance,
        )
    return {source: list(groups.values()) for source, groups in found.items()}
