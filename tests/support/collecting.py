"""Poll a collector as the program does: batch by batch, each with the position of the one before."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import SourceError
from monitor.history.batch import Collector, Cursor
from monitor.history.events import Event, Reject

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

    def of(self, subject: str) -> list[Event]:
        return sorted((event for event in self.events if event.subject == subject), key=lambda event: event.place)


def poll(
    collector: Collector, position: Mapping[str, Any] | None = None, now: datetime = NOW, source: str = "corp"
) -> Polled:
    """Poll once; a SourceError is kept, not raised."""
    polled = Polled()
    try:
        for batch in collector.poll(Cursor(source, now, position or {})):
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
