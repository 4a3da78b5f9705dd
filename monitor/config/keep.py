"""Read how long the rows of what is over are kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, ConfigDict
from pydantic.dataclasses import dataclass

from monitor.text import Length, shown

SHORTEST = timedelta(days=1)


def _long_enough(length: timedelta) -> timedelta:
    if length < SHORTEST:
        raise ValueError(f"{shown(length)} is shorter than a day; write 400d, or leave it out to keep all")
    return length


Kept = Annotated[Length, AfterValidator(_long_enough)]


@dataclass(config=ConfigDict(extra="forbid", frozen=True, defer_build=True))
class KeepText:
    events: Kept | None = None
    """How long a ticket that is over is kept with all that belongs to it, `1d` or more; without it, for good."""
    transitions: Kept | None = None
    """How long its transitions are kept, where that is shorter; without it, as long as its events."""
    pages: Kept | None = None
    """How long its alerts and pages are kept, where that is shorter; without it, as long as its events."""
    quarantine: Kept | None = None
    """How long a record that was mended, or was not seen again, stays in quarantine; without it, for good."""

    @property
    def anything_else(self) -> bool:
        """Whether anything but quarantine is ever deleted."""
        return any(length is not None for length in (self.events, self.transitions, self.pages))

    @property
    def anything(self) -> bool:
        """Whether anything is ever deleted."""
        return self.anything_else or self.quarantine is not None
