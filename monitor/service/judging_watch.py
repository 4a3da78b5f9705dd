"""Work off an upgrade of the judging code or of a policy: what it changes is told once, as a digest (semantics 46)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

import structlog

from alerts.decide import judged_anew
from monitor.alert import Alert, Router, Settings
from monitor.config import JUDGING
from monitor.machine import AtMostEvery
from monitor.model import SubjectKey
from monitor.store import Anew, Clocks, Upgrade, unreported_since

LOOK_EVERY = timedelta(seconds=5)

log = structlog.get_logger()


class JudgingWatch:
    """One running program's upgrade. Belongs to the engine's thread."""

    def __init__(
        self,
        store: Anew,
        clocks: Clocks,
        sources: Sequence[str],
        router: Callable[[], Router],
        settings: Callable[[], Settings],
    ) -> None:
        self._store, self._clocks, self._sources = store, clocks, tuple(sources)
        self._router, self._settings = router, settings
        self._upgrade: Upgrade | None = None
        self._rules = ""
        self._looking: AtMostEvery[datetime] = AtMostEvery(LOOK_EVERY)
        self._over = False

    def begin(
        self, rules: str, ended: datetime | None, now: datetime, corrected: Mapping[str, str] | None = None
    ) -> None:
        """Before subjects are marked: find out whether other code, or a policy that is corrected now, judged them."""
        self._rules = rules
        self._upgrade = self._store.begin(JUDGING, rules, ended, unreported_since(now), now, corrected)
        if self._upgrade is not None and not self._upgrade.done:
            log.info("judged_anew", version=JUDGING, before=self._upgrade.cutoff.isoformat())

    def of(self, keys: Collection[SubjectKey]) -> frozenset[SubjectKey]:
        """Those of the subjects that are judged anew because of the upgrade."""
        if self._upgrade is None or self._upgrade.done:
            return frozenset()
        return self._store.of(keys, self._rules)

    def apart(self, changed: Sequence[Alert]) -> tuple[Alert, ...]:
        """The changed alerts of such a subject, with those set apart that go into the digest."""
        assert self._upgrade is not None
        return judged_anew.apart(changed, self._upgrade.cutoff, self._upgrade.name, self._settings())

    def look(self, now: datetime) -> bool:
        """Tell the digest once all is judged anew, and end it; true if there is something to send."""
        if self._upgrade is None or self._over:
            return False
        if not self._looking.take(now):
            return False
        if not self._upgrade.done:
            if self._store.left(self._rules, self._sources):
                return False
            self._store.finish(self._upgrade)
            self._upgrade = self._upgrade.finished()
        breached, withdrawn = self._store.breached(), self._store.withdrawn(self._upgrade)
        previous, settings = self._clocks.alerts_without_subject(), self._settings()
        changed = judged_anew.digest(breached, withdrawn, self._upgrade.at, previous, settings, now)
        if changed:
            self._clocks.commit_alerts(changed, self._router(), now)
        self._over = not breached and now - self._upgrade.at >= judged_anew.SHOWN_FOR
        return bool(changed)
