"""Delete what is over and older than the configuration keeps it, and report each month before anything of it goes.

Belongs to a thread of its own. Once a day it goes through the subjects of each source, a page at a time, and rests
after each step, so that nobody waits for it. It does nothing while the machine's time is not confirmed: a clock that
is years ahead must not delete years.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from monitor.clock import Condensed, Rulebook, condensed, may_be_condensed
from monitor.config import KeepText
from monitor.errors import StoreError
from monitor.history import Event, interpret
from monitor.model import Phase, SubjectKey
from monitor.report import Month, month_of, row_to_json, tallied
from monitor.store import (
    Clocks,
    Condensing,
    Cutoffs,
    Database,
    JointPruning,
    Loaded,
    MonthReport,
    MonthReports,
    Over,
    Pruning,
    Views,
)

EVERY = timedelta(days=1)
"""How often all subjects are gone through."""

FIRST = timedelta(minutes=10)
"""When that begins after a start."""

REPORT_AFTER = timedelta(days=7)
"""How long after its end a month is reported, so that what comes late is in it."""

PAUSE = 0.2
"""Seconds of rest after each step."""

PAGE = 100
"""Subjects that one step looks at."""

ENDS = frozenset((Phase.RESTORED, Phase.CLOSED, Phase.CANCELLED, Phase.DELIVERED, Phase.RETIRED))
"""What a ticket that is over was told last."""

R = TypeVar("R")

_Story = tuple[SubjectKey, tuple[Event, ...]]

log = structlog.get_logger()


@dataclass(slots=True)
class _Sweep:
    """What one time through everything deleted."""

    rows: dict[str, int] = field(default_factory=dict)

    def add(self, rows: Mapping[str, int]) -> None:
        for kind, number in rows.items():
            self.rows[kind] = self.rows.get(kind, 0) + number


class Retention:
    """The retention of one running program."""

    def __init__(
        self, keep: KeepText, rules: Rulebook, zone: str, sources: Collection[str], database: Database
    ) -> None:
        self._keep, self._rules, self._zone, self._sources = keep, rules, ZoneInfo(zone), tuple(sources)
        self._pruning, self._joint, self._reports = Pruning(database), JointPruning(database), MonthReports(database)
        self._clocks, self._views = Clocks(database), Views(database)
        self._condensing = Condensing(database)
        self.swept_at: datetime | None = None
        """When the last sweep began that came to its end; None before `begin`, and where nothing is ever deleted."""

    @property
    def wanted(self) -> bool:
        """Whether anything is ever deleted."""
        return self._keep.anything

    def begin(self, now: datetime) -> None:
        """Once at a start, before `forever`: from now on it is known how old the last sweep is."""
        if self.wanted:
            self.swept_at = self._pruning.begin(now)

    def forever(self, now: Callable[[], datetime | None], rest: Callable[[float], bool]) -> None:
        """Sweep once a day until *rest*, which waits some seconds, says that the program ends.

        *now* gives the time, None while it is not confirmed. What fails is logged and tried again.
        """
        wait = FIRST
        while not rest(wait.total_seconds()):
            at, wait = now(), FIRST
            try:
                if at is not None and self._swept(at, now, rest):
                    wait = EVERY
            except StoreError as error:
                log.error("retention_waits_for_store", error=str(error))
            except Exception:
                log.exception("retention_crashed", what="nothing more is deleted until it is tried again")

    def _swept(self, at: datetime, now: Callable[[], datetime | None], rest: Callable[[float], bool]) -> bool:
        """Sweep; false where it broke off, for the program ends or the time is not confirmed any more."""
        return not any(rest(PAUSE) or now() is None for _ in self.sweep(at, rest))

    def sweep(self, now: datetime, rest: Callable[[float], bool] = lambda seconds: False) -> Iterator[None]:
        """Do it all once, in steps: whoever asks for the next one has had time to rest."""
        done, keep = _Sweep(), self._keep
        if keep.quarantine is not None:
            while number := self._pruning.prune_quarantine(now - keep.quarantine):
                done.add({"quarantine": number})
                yield
        if keep.anything_else:
            yield from self._report(now, rest)
            yield from self._prune_joint(now, done)
            yield from self._prune(now, done)
            yield from self._condense(now, done)
        if self.wanted:
            self._pruning.swept(now)
            self.swept_at = now
        log.info("retention_done", **{kind: number for kind, number in done.rows.items() if number})

    def _prune_joint(self, now: datetime, done: _Sweep) -> Iterator[None]:
        """Delete the root causes and silences that are over, as old as pages may be."""
        pages = self._keep.pages if self._keep.pages is not None else self._keep.events
        if pages is None:
            return
        for kind, steps in (
            ("causes", self._joint.prune_causes(now - pages)), ("silences", self._joint.prune_silences(now - pages)),
        ):  # fmt: skip
            for number in steps:
                done.add({kind: number})
                yield

    def cutoffs(self, now: datetime) -> Cutoffs:
        """Before which instants rows of subjects may go."""
        kept = (self._keep.events, self._keep.transitions, self._keep.pages)
        return Cutoffs(*(None if length is None else now - length for length in kept))

    # -- months ------------------------------------------------------------------------------------------------------

    def _report(self, now: datetime, rest: Callable[[float], bool]) -> Iterator[None]:
        """Report every month that is over and was not reported yet, in their order."""
        while (month := self._next_month(now)) is not None:
            ends = month.after.begins(self._zone)
            seen = _rested(self._views.subjects_with_events(self._sources, PAGE), rest)
            since = self._views.installed_at()
            try:
                tally = tallied(seen, self._rules, self._zone, ends, recorded_from=since)
            except _EndsError:
                return
            rows = [row_to_json(row) for row in tally.month(month)]
            report = MonthReport(str(month), self._zone.key, ends, now, self._rules.version, rows)
            self._reports.keep(report)
            log.info("month_reported", month=str(month), rows=len(rows))
            yield

    def _next_month(self, now: datetime) -> Month | None:
        until = self._reports.until()
        begins = until if until is not None else self._reports.first_event()
        if begins is None:
            return None
        month = month_of(begins, self._zone)
        return month if month.after.begins(self._zone) + REPORT_AFTER <= now else None

    # -- subjects ----------------------------------------------------------------------------------------------------

    def _prune(self, now: datetime, done: _Sweep) -> Iterator[None]:
        cutoffs = self.cutoffs(now)
        for page in self._pages():
            keys = [one.key for one in self.may_go(page, cutoffs)]
            while keys:
                pruned = self._pruning.prune(keys, cutoffs, now)
                done.add(pruned.rows)
                keys = pruned.left
                yield
            yield

    def may_go(self, keys: Sequence[SubjectKey], cutoffs: Cutoffs, reported: datetime | None = None) -> list[Over]:
        """Those of the subjects of which something may go, and whose source said last that they are over."""
        found = {one.key: one for one in self._pruning.over(keys, cutoffs, reported) if one.gives(cutoffs)}
        loaded = self._clocks.load(list(found))
        return [found[one.key] for one in loaded if _tried(one.key, partial(self._is_over, one.key, one.events))]

    def would_free(self, now: datetime) -> dict[str, int]:
        """How many rows of each kind a sweep would delete, if every month that is due had been reported."""
        found: dict[str, int] = {}
        if self._keep.quarantine is not None:
            found["quarantine"] = self._pruning.quarantined(now - self._keep.quarantine)
        if self._keep.anything_else:
            due, cutoffs = month_of(now - REPORT_AFTER, self._zone).begins(self._zone), self.cutoffs(now)
            for keys in self._pages():
                for one in self.may_go(keys, cutoffs, due):
                    for kind in one.gives(cutoffs):
                        found[kind] = found.get(kind, 0) + one.rows[kind]
            for some in self._settled(now, due):
                for loaded, made in some:
                    for kind, number in self._condensing.rows(loaded, made, self._rules.version).items():
                        found[kind] = found.get(kind, 0) + number
        return found

    # -- circuits ----------------------------------------------------------------------------------------------------

    def _condense(self, now: datetime, done: _Sweep) -> Iterator[None]:
        """Put one event in the place of what of a circuit is old, settled and reported."""
        for found in self._settled(now, self._reports.until()):
            for loaded, made in found:
                done.add(self._condensing.condense(loaded, made, self._rules.version, now))
                yield
            yield

    def _settled(self, now: datetime, reported: datetime | None) -> Iterator[list[tuple[Loaded, Condensed]]]:
        """What can be condensed, a page of circuits at a time."""
        old = self.cutoffs(now).events
        if old is None or reported is None or not may_be_condensed(self._rules):
            return
        before = min(old, reported)
        for source in self._sources:
            after = ""
            while names := self._condensing.circuits(source, after, PAGE, before):
                after = names[-1]
                loaded = self._clocks.load([SubjectKey(source, name) for name in names])
                made = [(one, _tried(one.key, partial(condensed, one.events, self._rules, before))) for one in loaded]
                yield [(one, found) for one, found in made if found is not None]

    def _pages(self) -> Iterator[list[SubjectKey]]:
        for source in self._sources:
            after = ""
            while names := self._pruning.subjects(source, after, PAGE):
                after = names[-1]
                yield [SubjectKey(source, name) for name in names]

    def _is_over(self, key: SubjectKey, events: Sequence[Event]) -> bool:
        history = interpret(events, self._rules.mapping(key.source), self._rules.words)
        phases = [fact.phase for fact in history.facts if isinstance(fact.phase, Phase)]
        return bool(phases) and phases[-1] in ENDS


def _tried(key: SubjectKey, judge: Callable[[], R]) -> R | None:
    """What is judged of a subject; None where our own code fails on it, so that the others lose no less for it."""
    try:
        return judge()
    except Exception:
        log.exception("subject_not_pruned", subject=str(key), what="it keeps its rows, and the others go on")
        return None


class _EndsError(Exception):
    """The program ends while a month is tallied; never leaves this file."""


def _rested(subjects: Iterable[_Story], rest: Callable[[float], bool]) -> Iterator[_Story]:
    """The same, with a rest after each page."""
    for number, one in enumerate(subjects, 1):
        yield one
        if number % PAGE == 0 and rest(PAUSE):
            raise _EndsError
