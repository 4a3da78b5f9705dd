"""Poll a collector as the program does: batch by batch, each with the position of the one before."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.history.batch import Collector, Cursor
from monitor.history.events import Event, Reject
from monitor.model import CorrectionKind

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@dataclass(slots=True)
class Polled:
    """What a poll brought, all batches together."""

    events: list[Event] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    positions: list[Mapping[str, Any]] = field(default_factory=list)
    error: SourceError | None = None

    @property
    def position(self) -> Mapping[str, Any]:
        return self.positions[-1] if self.positions else {}

    @property
    def ids(self) -> set[str]:
        return {event.event_id for event in self.events}

    @property
    def subjects(self) -> set[str]:
        return {event.subject for event in self.events}

    @property
    def reasons(self) -> list[str]:
        return [reject.reason for reject in self.rejects]

    @property
    def retired(self) -> dict[str, datetime | None]:
        """The subjects that the poll retired, and since when."""
        made = [(event.subject, event.correction) for event in self.events if event.correction is not None]
        own = {event.subject: event.at for event in self.events if event.status == "retired"}
        return {name: said.start for name, said in made if said.kind is CorrectionKind.RETIRE} | own

    def of(self, subject: str) -> list[Event]:
        return sorted((event for event in self.events if event.subject == subject), key=lambda event: event.place)


def poll(
    collector: Collector, position: Mapping[str, Any] | None = None, now: datetime = NOW, source: str = "corp",
    open_subjects: Sequence[str] = (), loss_accepted_at: datetime | None = None,
) -> Polled:  # fmt: skip
    """Poll once; a SourceError is kept, not raised."""
    polled = Polled()
    try:
        cursor = Cursor(source, now, position or {}, lambda: open_subjects, loss_accepted_at)
        for batch in collector.poll(cursor):
            polled.events.extend(batch.events)
            polled.rejects.extend(batch.rejects)
            polled.bodies.update(batch.bodies)
            polled.positions.append(batch.position)
    except SourceError as error:
        polled.error = error
    return polled


def public_data(name: str) -> Path:
    """A folder or file of the public data sets; skips the test where they are not there."""
    root = Path(os.environ.get("TIERWATCH_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
    if not (root / name).exists():
        pytest.skip(f"needs the public data set {name}: set TIERWATCH_DATA to the folder that has it")
    return root / name
