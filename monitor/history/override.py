"""Define what a correction, or the clock that starts a derived clock, changes about a fact.

Pure values. No source, mapping or policy can write one: whatever words these use, none of them becomes an override.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OverrideKind(StrEnum):
    """What holds of a fact in the place of what the source gave as its reason."""

    EXCLUDED = "excluded"
    """A correction: this time does not count, whatever reasons a target lists."""
    IF_LISTED = "if_listed"
    """A wait in excluded time: it pauses a target that lists its reason, and else does nothing."""
    COUNTED = "counted"
    """A correction: this was no wait."""
    ENDED = "ended"
    """A correction: this is the end, for every target that the correction is about."""
    BEGUN = "begun"
    """The other clock ended: the derived clock begins, whatever its target lists."""
    UNDONE = "undone"
    """The other clock goes on after all: what its end began is cancelled."""


@dataclass(frozen=True, slots=True)
class Override:
    """What holds of a fact beside what its source says, and which clocks the fact may move.

    Without a `kind`, the source's own reason holds. `repeats` is set where a correction repeats a phase, and
    `open_only` on what a derived clock takes from its source: such a fact moves a clock that is open, and begins none.
    `waits` is the reason for which the source says that the subject waits in time that is excluded.
    """

    kind: OverrideKind | None = None
    repeats: bool = False
    open_only: bool = False
    waits: str | None = None
