"""Judge the groups of which something changed or is due, after the subjects that they are made of.

A group is looked at when hardly any of its members waits to be, so that nothing is missed of what is in the store
already; after a change of the rules, when all members have been judged by the new ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor.alert import Alert
from monitor.clock import Outcome, Rulebook, advance_group, window
from monitor.model import SubjectKey
from monitor.policy import GROUPS
from monitor.store import Clocks, Loaded, Step

CHUNK = 100
"""Groups per transaction."""

ASIDE = timedelta(hours=1)

Decide = Callable[[Outcome, Sequence[Alert], datetime], tuple[Alert, ...]]

log = structlog.get_logger()


@dataclass(slots=True)
class GroupWork:
    """The engine's work on groups; belongs to the engine's thread."""

    clocks: Clocks
    rules: Rulebook
    decide: Decide
    recorded_from: datetime
    sources: tuple[str, ...]
    recomputing: Callable[[], bool] = lambda: False
    """Whether members are still to be marked that other rules judged."""
    _there: bool | None = None
    _members_judged: bool = False

    @property
    def there(self) -> bool:
        """Whether anything is counted, or was by an earlier policy."""
        if self._there is None:
            self._there = bool(self.rules.counted) or self.clocks.has_groups()
        return self._there

    @property
    def idle(self) -> bool:
        """Whether members have been judged, so that groups are looked at."""
        return not self.there or self._members_judged

    def next_due(self) -> datetime | None:
        return self.clocks.next_due((GROUPS,)) if self.there and self._ready() else None

    def steps(self, now: datetime, undo: bool = False) -> tuple[int, list[Step]]:
        """Judge some of the groups that wait; gives how many, and what is to be remembered of them."""
        if not self.there or not self._ready():
            return 0, []
        waiting = self.clocks.waiting(now, CHUNK, (GROUPS,))
        window = _whole if undo else self._window  # what was judged under a wrong clock may lie in any period
        loaded = self.clocks.load_groups(waiting, window, self.recorded_from, now) if waiting else ()
        return len(waiting), [step for one in loaded if (step := self._one(one, now, undo)) is not None]

    def _ready(self) -> bool:
        if not self._members_judged:
            self._members_judged = not self.recomputing() and not self.clocks.recomputing(self.sources)
        return self._members_judged

    def _window(self, key: SubjectKey, value: str, at: datetime) -> datetime | None:
        return window(key, value, self.rules, at)

    def _one(self, loaded: Loaded, now: datetime, undo: bool) -> Step | None:
        try:
            assert loaded.group is not None
            outcome = advance_group(loaded.group, loaded.transitions, self.rules, now, undo=undo)
            return Step(loaded, outcome, self.decide(outcome, loaded.alerts, now), now)
        except Exception:
            log.exception("subject_set_aside", subject=str(loaded.key), until=str(now + ASIDE))
            self.clocks.set_aside(loaded, now, now + ASIDE)
            return None


def _whole(key: SubjectKey, value: str, at: datetime) -> None:
    """A window without a beginning."""
