"""The input and output of a collector: a cursor with the position to continue from, and batches of events.

Pure. A collector is a file of `monitor/collectors/`; how one is found is in `plugins.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol, runtime_checkable

from monitor.history.events import Event, Reject


@dataclass(frozen=True, slots=True)
class Cursor:
    """A collector's name, the time of this poll, and the position of its last committed batch (`{}` at first).

    `open_subjects` gives the ids of the source's subjects that have an open clock, for a collector that asks what has
    become of them. `loss_accepted_at` is when an operator last accepted that the source lost many subjects at once.
    """

    source: str
    now: datetime
    position: Mapping[str, Any] = field(default_factory=dict)
    open_subjects: Callable[[], Sequence[str]] = field(default=tuple, compare=False)
    loss_accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events and rejects that are committed together with the position from which the next poll goes on.

    `bodies` holds raw records by event id, for provenance; they are stored apart from what the engine reads.
    """

    events: Sequence[Event]
    rejects: Sequence[Reject]
    position: Mapping[str, Any]
    bodies: Mapping[str, str] = field(default_factory=dict)


class Collector(Protocol):
    """Reads one source. Polling twice from one cursor is harmless."""

    def poll(self, cursor: Cursor) -> Iterable[Batch]:
        """Yield batches in the order in which they must be committed.

        Raises SourceError when the source fails; batches yielded before it are kept.
        """
        ...


@runtime_checkable
class Again(Protocol):
    """A collector that can read a record once more from the text that was kept of it in quarantine."""

    def again(self, record_id: str, body: str, cursor: Cursor) -> Batch | None:
        """What is read of it by the options that hold now; None where the text is not the whole record.

        The position of the batch is the cursor's. Raises SourceError where the source is asked and fails.
        """
        ...


class Part(NamedTuple):
    """Some of the records of one batch: their places, what became of them, and the places of those in its rejects."""

    places: Sequence[int]
    batch: Batch
    aside: Sequence[int]


class Records(Protocol):
    """Everything that a source lists, cut into records that are not read yet. A place is where one stands, from 0.

    `subjects` gives, for each subject that has a record, the places of all of them in order, and under "" those of
    records that name none. So subjects can be read apart, as by several processes that have a copy of this.
    """

    @property
    def subjects(self) -> Mapping[str, Sequence[int]]: ...

    def parts(self, places: Iterable[int]) -> Iterator[Part]:
        """Read the records at *places*, which are in order and all of each subject. Records are parted as `poll` would.

        What becomes of a record does not depend on those of other subjects. Every event has a `sequence` or a `tie`.
        """
        ...

    def latest(self) -> Iterator[int]:
        """The places of all records that may become events, the one with the latest instant first."""
        ...


@runtime_checkable
class Apart(Protocol):
    """A collector whose records can be read apart."""

    def records(self, cursor: Cursor, seen: Callable[[int], None]) -> Records | None:
        """All records, whatever the cursor's position; None where they cannot be read apart.

        *seen* is called now and then with the number so far. Raises SourceError when the source fails.
        """
        ...


def polled(collector: Collector, cursor: Cursor) -> Iterator[Batch]:
    """Poll once. An event without a number of the source or the collector gets its place in the answer as `tie`.

    Raises SourceError as the collector does.
    """
    place = 0
    for batch in collector.poll(cursor):
        events = []
        for event in batch.events:
            place += 1
            events.append(replace(event, tie=place) if not (event.sequence or event.tie) else event)
        yield replace(batch, events=events)
