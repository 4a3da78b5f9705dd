"""Look every few seconds for sources whose data is too old to judge by, and store the alerts about them.

The judgement is in `alerts/decide/stale_sources.py`; this asks the store. A look costs two small reads however many
clocks are open: while a source is stale or has an alert that fires, the kept counts say how many wait. Rows are read
only where the versions of the policy differ in whom they page, and then seldom. Belongs to the engine's thread.
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
from monitor.policy import Policy
from monitor.store import Clocks, OpenClocks, SourceRow, Views
from monitor.worktime import EPOCH, TICK

EVERY = timedelta(seconds=5)
"""How often sources are looked at, at most."""

RECOUNT_EVERY = timedelta(seconds=30)
"""How often rows of open clocks of stale sources are read again, at most, and only if any clock changed."""

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
        self._counted: tuple[int, frozenset[tuple[str, str, str]], tuple[OpenClocks, ...]] | None = None

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
        if open_clocks is None:
            return False
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

    def _open_clocks(self, sources: frozenset[str], now: datetime) -> Mapping[str, Sequence[Unjudged]] | None:
        """The open clocks of *sources* that page; None while all are counted anew, a few seconds after a start."""
        counted = self._views.counted()
        if counted is None:
            return None
        alike: list[OpenClocks] = []
        unlike: set[tuple[str, str, str]] = set()
        for (source, tier, assurance, _), group in counted.groups.items():
            if source not in sources:
                continue
            if len({_pages(policy, tier, assurance) for policy in (*self._rules.policies, self._rules.policy)}) > 1:
                unlike.add((source, tier, assurance))
                continue
            soonest = None if group.ahead.first is None else EPOCH + group.ahead.first * TICK
            alike.append(OpenClocks(source, tier, assurance, "", sum(group.states.values()), soonest))
        return paging((*alike, *self._read(frozenset(unlike), now)), self._rules)

    def _read(self, groups: frozenset[tuple[str, str, str]], now: datetime) -> tuple[OpenClocks, ...]:
        """The open clocks of *groups* by the version that judges each, as they were counted not long ago."""
        if not groups:
            return ()
        revision = self._clocks.revision
        if self._counted is not None:
            counted_at_revision, known, found = self._counted
            if groups <= known and (revision == counted_at_revision or not self._counting.due(now)):
                return tuple(row for row in found if (row.source, row.tier, row.assurance) in groups)
        found = self._clocks.open_clocks(groups)
        self._counted = (revision, groups, found)
        self._counting.done(now)
        return found


def _pages(policy: Policy, tier: str, assurance: str) -> tuple[bool, bool]:
    """Whether such a clock may page by a policy, and whether by its assurance."""
    by_assurance = bool(policy.stages_for({"assurance": assurance}))
    further = bool(policy.further_ladders)  # nobody says the urgency here, so it may be one that pages
    return by_assurance or further or bool(policy.stages_for({"tier": tier})), by_assurance


def paging(rows: Iterable[OpenClocks], rules: Rulebook) -> dict[str, list[Unjudged]]:
    """By source, the open clocks for which their policy has stages: by the version that judges each."""
    policies = {policy.label: policy for policy in rules.policies}
    found: dict[str, dict[tuple[str, str], Unjudged]] = {}
    for row in rows:
        policy = policies.get(row.policy_version, rules.policy)
        pages, by_assurance = _pages(policy, row.tier, row.assurance)
        if not pages:
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
