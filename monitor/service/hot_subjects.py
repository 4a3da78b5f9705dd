"""Judge subjects with very many events from a checkpoint on, so that a look costs what is new (semantics 14).

Checkpoints are kept in memory, for what they are made of is stored: after a start each hot subject is read whole once.
One is used only if the store has no news from before it (`touched.earliest`), and made or moved only after what it was
made of is committed. It lies some events and minutes back, so that what comes a little late is after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar

from monitor.clock import Checkpoint, Outcome, Rulebook, checkpoint, engine
from monitor.history import Event, PastChangesError
from monitor.memory import Asked, CacheUse
from monitor.model import SubjectKey
from monitor.store import Clocks, Loaded, Step


class Sizes(NamedTuple):
    """When a subject has a checkpoint, and where it lies."""

    many: int = 500
    """Events from which on a subject has one; so many are judged within some ten milliseconds."""
    moves: int = 256
    """Events after it from which on it moves."""
    latest: int = 32
    """Events that stay after it."""
    margin: timedelta = timedelta(minutes=15)
    """How long before the last event it lies at least; twice as long as what came late for the one before."""
    most: int = 2_000
    """Subjects that have one; the one that was made first goes first."""
    most_intervals: int = 1_000_000
    """Intervals of open cycles in all checkpoints together, some 220 bytes each; more only of one subject alone."""


MOST_MARGIN = timedelta(days=7)
"""What comes later than this is an exception that moves no checkpoint back."""

SIZES = Sizes()

T = TypeVar("T")


@dataclass(slots=True)
class HotSubjects:
    """The checkpoints of one engine; belongs to its thread."""

    clocks: Clocks
    rules: Rulebook
    sizes: Sizes = SIZES
    known: dict[SubjectKey, Checkpoint] = field(default_factory=dict)
    _margins: dict[SubjectKey, timedelta] = field(default_factory=dict)
    _refused: dict[SubjectKey, int] = field(default_factory=dict)
    """Of how many events no checkpoint could be made; it is tried again when there are a tenth more."""
    _intervals: dict[SubjectKey, int] = field(default_factory=dict)
    """How many intervals the readings had of which a checkpoint was made."""
    asked: Asked = field(default_factory=Asked)

    def uses(self) -> tuple[CacheUse, CacheUse]:
        """The checkpoints, with how often a look at a subject with many events had one; and the intervals in them."""
        held = sum(self._intervals.copy().values())  # other threads ask
        return (
            CacheUse("checkpoints", len(self.known), self.sizes.most, self.asked.hits, self.asked.misses),
            CacheUse("checkpoint_intervals", held, self.sizes.most_intervals),
        )

    def load(self, keys: Sequence[SubjectKey]) -> tuple[Loaded, ...]:
        """What is to be judged of each subject. A checkpoint before which there is news is gone at once."""
        found = self.clocks.load(keys, self.known)
        for loaded in found:
            if loaded.since is None and (last := self.known.pop(loaded.key, None)) is not None:
                self._note_late(loaded, last)
        return found

    def advance(self, loaded: Loaded, now: datetime, undo: bool = False) -> tuple[Loaded, Outcome]:
        """The outcome at *now*, and what it was made of: all where the checkpoint does not hold any more."""
        since = loaded.since
        if since is not None and since.at <= now and not undo:
            try:
                outcome = engine.advance(loaded.events, loaded.transitions, self.rules, now, since=since)
                self.asked.hits += 1
                return loaded, outcome
            except PastChangesError:
                pass
        if since is not None:
            self.forget(loaded.key)
            (loaded,) = self.clocks.load([loaded.key])
        self.asked.misses += len(loaded.events) >= self.sizes.many
        return loaded, engine.advance(loaded.events, loaded.transitions, self.rules, now, undo=undo)

    def forget(self, key: SubjectKey) -> None:
        """Judge a subject whole the next time."""
        self.known.pop(key, None)

    def committed(self, steps: Iterable[Step]) -> None:
        """Make or move the checkpoints of subjects whose *steps* are remembered."""
        for step in steps:
            loaded = step.loaded
            if loaded.group is None and len(loaded.events) >= (
                self.sizes.many if loaded.since is None else self.sizes.moves
            ):
                self._keep(step)

    def _keep(self, step: Step) -> None:
        key, events, before = step.loaded.key, step.loaded.events, step.loaded.since
        if before is None and len(events) < 1.1 * self._refused.get(key, 0):
            return
        for at in self._places(key, events, step.at):
            if before is not None and at <= before.at:
                continue
            found = checkpoint(events, step.outcome.readings, self.rules, at, before)
            if found is not None and _goes_on(found, events, self.rules, step.at):
                self.known.pop(key, None)
                self.known[key] = found
                self._intervals[key] = sum(len(reading.intervals) for reading in step.outcome.readings if reading.open)
                self._refused.pop(key, None)
                break
        else:
            if before is None:
                self._keep_newest(self._refused, key, len(events))
        self._bound()

    def _bound(self) -> None:
        """Let the oldest checkpoints go where there are too many, or too much is in them."""
        held = {key: self._intervals[key] for key in self.known}
        while len(held) > self.sizes.most or (len(held) > 1 and sum(held.values()) > self.sizes.most_intervals):
            oldest = next(iter(self.known))
            self.known.pop(oldest)
            held.pop(oldest)
        self._intervals = held

    def _keep_newest(self, known: dict[SubjectKey, T], key: SubjectKey, value: T) -> None:
        """Put a value in, the newest last; the oldest goes where there are too many."""
        known.pop(key, None)
        known[key] = value
        if len(known) > self.sizes.most:
            del known[next(iter(known))]

    def _note_late(self, loaded: Loaded, last: Checkpoint) -> None:
        """Let a checkpoint lie farther back where something came late for the last one."""
        if loaded.earliest is None or loaded.earliest >= last.at:
            return
        late = 2 * (self._margins.get(loaded.key, self.sizes.margin) + last.at - loaded.earliest)
        if late <= MOST_MARGIN:
            self._keep_newest(self._margins, loaded.key, late)

    def _places(self, key: SubjectKey, events: Sequence[Event], now: datetime) -> Iterator[datetime]:
        """Where a checkpoint may lie, the best place first; the others are for what was stated lately."""
        instants = sorted(event.at for event in events if event.at <= now)
        if len(instants) > self.sizes.latest:
            yield min(instants[-self.sizes.latest], instants[-1] - self._margins.get(key, self.sizes.margin))
            yield instants[-1]


def _goes_on(found: Checkpoint, events: Sequence[Event], rules: Rulebook, now: datetime) -> bool:
    """Whether what is known after a checkpoint can be judged from it."""
    try:
        engine.advance([event for event in events if event.at >= found.at], (), rules, now, since=found)
    except PastChangesError:
        return False
    return True
