"""Advance the subjects that are due or have news: load, judge in the pure core, store, one chunk per transaction.

A subject whose history makes our own code fail never stops the others: it is logged with its traceback, set aside for
an hour, and shown in quarantine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from monitor.alert import Alert, Reason, Router
from monitor.clock import Outcome, Rulebook, engine
from monitor.history import Event
from monitor.machine import gc_paused
from monitor.model import SubjectKey, TransitionKind
from monitor.service.chunks import CHUNK_DUE, Chunk, Crowd
from monitor.service.exemplars import Exemplars
from monitor.service.group_work import GroupWork
from monitor.service.hot_subjects import SIZES, HotSubjects, Sizes
from monitor.service.prejudge import Prejudgements
from monitor.store import Clocks, Loaded, Recomputation, Step

ENDS_AT_ONCE = 1000
"""Subjects with news that are judged at once while only ends are sent."""

ASIDE = timedelta(hours=1)

Decide = Callable[[Outcome, Sequence[Alert], datetime], tuple[Alert, ...]]
"""The alerts' side: an outcome and the subject's stored alerts in, the alerts that changed out."""

log = structlog.get_logger()


@dataclass(slots=True)
class Timing:
    """How long evaluations took and how late the last one was, in seconds, for the metrics.

    Buckets are cumulative counts by upper bound.
    """

    evaluations: int = 0
    seconds: float = 0.0
    due_lag: float = 0.0
    buckets: dict[float, int] = field(default_factory=lambda: dict.fromkeys((0.005, 0.02, 0.1, 0.5, 2.0, 10.0), 0))

    def add(self, seconds: float) -> None:
        self.evaluations += 1
        self.seconds += seconds
        for bound in self.buckets:
            if seconds <= bound:
                self.buckets[bound] += 1


class Upgrading(Protocol):
    """What an upgrade of the judging code does to the alerts of subjects that are judged anew because of it."""

    def of(self, keys: Collection[SubjectKey]) -> frozenset[SubjectKey]:
        """Those of the subjects."""
        ...

    def apart(self, changed: Sequence[Alert]) -> tuple[Alert, ...]:
        """The changed alerts of one of them, with those set apart that are told in a digest."""
        ...


@dataclass(frozen=True, slots=True)
class Worker:
    """Does the engine's work against the store."""

    clocks: Clocks
    rules: Rulebook
    decide: Decide
    router: Router
    installed_at: datetime
    sources: tuple[str, ...]
    upgrade: Upgrading | None = None
    recomputation: Recomputation | None = None
    """What marks the subjects that other rules judged, a portion whenever hardly any wait."""
    sizes: Sizes = SIZES
    chunk: Chunk = field(default_factory=Chunk)
    crowd: Crowd = field(default_factory=Crowd)
    exemplars: Exemplars = field(default_factory=Exemplars)
    prejudgements: Prejudgements = field(init=False)
    groups: GroupWork = field(init=False)
    hot: HotSubjects = field(init=False)

    def __post_init__(self) -> None:
        groups = GroupWork(
            self.clocks, self.rules, self.decide, self.installed_at, self.sources, lambda: self._recomputing
        )
        object.__setattr__(self, "groups", groups)
        object.__setattr__(self, "hot", HotSubjects(self.clocks, self.rules, self.sizes))
        object.__setattr__(
            self, "prejudgements", Prejudgements(self.clocks, self.hot.load, self._beforehand, self.sources)
        )

    def count_on(self, before: Worker) -> None:
        """Count the use of the caches on from that of the engine of the configuration before."""
        self.prejudgements.asked, self.hot.asked = before.prejudgements.asked, before.hot.asked

    @property
    def _recomputing(self) -> bool:
        """Whether subjects that other rules judged are still to be marked."""
        return self.recomputation is not None and not self.recomputation.over

    @property
    def idle(self) -> bool:
        """Whether nothing waits that only this worker knows of: what is to be done next is all in the store."""
        waits = self._recomputing or self.prejudgements.known or self.prejudgements.queue or self.crowd.keys
        return not waits and self.groups.idle

    def next_due(self) -> datetime | None:
        """The next instant at which something changes if no event comes."""
        instants = (self.clocks.next_due(self.sources), self.groups.next_due())
        return min((at for at in instants if at is not None), default=None)

    def step(self, now: datetime, undo: bool = False) -> tuple[int, bool]:
        """Advance some of the subjects that wait to *now*: those that are due, else as many as `chunk` says.

        Gives how many, and whether anybody is to be told. With *undo* what was judged of instants after *now* goes.
        """
        size = self.chunk.size
        waiting = self.crowd.next(now) or self.crowd.keep(now, *self.clocks.crowd(now, size, self.sources, CHUNK_DUE))
        sending = self._members(waiting, now, undo) if waiting else False
        if len(waiting) >= size:
            return len(waiting), sending
        if self.recomputation is not None and (marked := self.recomputation.mark()):
            return len(waiting) + marked, sending
        if not self.groups.there:
            return len(waiting), sending
        with gc_paused():
            done, steps = self.groups.steps(now, undo)
            if steps:
                steps = self._apart(steps)
                self.clocks.commit(steps, self.router, self.rules.version, self.installed_at, now)
                self.exemplars.counted(steps, self.installed_at, now)
            return len(waiting) + done, sending or any(step.alerts for step in steps)

    def _members(self, waiting: Sequence[SubjectKey], now: datetime, undo: bool) -> bool:
        """Advance the subjects that sources name; true if anybody is to be told."""
        with gc_paused(), self.chunk.measured(len(waiting)) as takes_long:
            known = self.prejudgements.take(waiting, now)
            others = tuple(key for key in waiting if key not in known)
            steps = [*known.values()]
            some = []
            for loaded in self.hot.load(others):
                if (step := self._one(loaded, now, undo)) is not None:
                    some.append(step)
                if takes_long():
                    break  # the rest waits for the next step
            steps += self._apart(some)
            self.clocks.commit(steps, self.router, self.rules.version, self.installed_at, now, bool(self.rules.counted))
            self.exemplars.counted(steps, self.installed_at, now)
            if not undo:
                self.hot.committed(steps)
            return any(step.alerts for step in steps)

    def first_sight(self, source: str, events: Sequence[Event], now: datetime, most: int) -> list[Step]:
        """Judge up to *most* subjects that events of a source are the first to speak of. Safe in any thread.

        Left out are those with very many events, and those on which our own code fails: they stay for a step.
        """
        found = []
        for loaded in self.clocks.unseen(source, events, most, self.sizes.many):
            try:
                outcome = engine.advance(loaded.events, (), self.rules, now)
                found.append(Step(loaded, outcome, self.decide(outcome, (), now), now))
            except Exception:
                log.warning("left_for_the_engine", subject=str(loaded.key))  # which sets it aside with the traceback
        return found

    def kept(self, steps: Sequence[Step]) -> None:
        """Note that steps of subjects that were not known were committed; only between two steps of the engine."""
        for step in steps:
            self.hot.forget(step.loaded.key)
        self.exemplars.counted(steps, self.installed_at, max((step.at for step in steps), default=self.installed_at))
        self.clocks.revision += 1

    def ends_only(self, now: datetime) -> bool:
        """Advance the subjects with news to *now*, but for those of which something new would begin: they wait.

        True if anybody is to be told.
        """
        waiting = self.clocks.with_news(now, ENDS_AT_ONCE, self.sources)
        steps = [step for loaded in self.hot.load(waiting) if (step := self._one(loaded, now)) is not None]
        ending = [step for step in self._apart(steps) if not begins(step)]
        if ending:
            counted = bool(self.rules.counted)
            self.clocks.commit(ending, self.router, self.rules.version, self.installed_at, now, counted)
            self.exemplars.counted(ending, self.installed_at, now)
            self.hot.committed(ending)
        return any(step.alerts for step in ending)

    def prejudge(self, now: datetime) -> int:
        """Judge some of what will be due soon, so that less is to be done then; gives how many subjects."""
        with gc_paused():
            return self.prejudgements.look(now)

    def _beforehand(self, loaded: Loaded, at: datetime) -> Step | None:
        """As `_one`, and nothing is set aside: whoever is due will be looked at again in any case."""
        try:
            loaded, outcome = self.hot.advance(loaded, at)
            return Step(replace(loaded, events=()), outcome, self.decide(outcome, loaded.alerts, at), at)
        except Exception:
            log.exception("not_judged_beforehand", subject=str(loaded.key))
            return None

    def _apart(self, steps: Sequence[Step]) -> list[Step]:
        old = frozenset() if self.upgrade is None else self.upgrade.of([step.loaded.key for step in steps])
        if self.upgrade is None or not old:
            return list(steps)
        apart = self.upgrade.apart
        return [replace(s, alerts=apart(s.alerts)) if s.loaded.key in old else s for s in steps]

    def _one(self, loaded: Loaded, now: datetime, undo: bool = False) -> Step | None:
        try:
            loaded, outcome = self.hot.advance(loaded, now, undo)
            return Step(loaded, outcome, self.decide(outcome, loaded.alerts, now), now)
        except Exception:
            log.exception("subject_set_aside", subject=str(loaded.key), until=str(now + ASIDE))
            self.hot.forget(loaded.key)
            self.clocks.set_aside(loaded, now, now + ASIDE)
            return None


_BEGIN = (TransitionKind.AT_RISK, TransitionKind.CROSSED, TransitionKind.BREACHED)


def begins(step: Step) -> bool:
    """Whether something new is told or recorded as crossed."""
    crossed = any(item.kind in _BEGIN for item in step.outcome.transitions)
    return crossed or any(alert.firing and alert.reason is not Reason.REWORDED for alert in step.alerts)
