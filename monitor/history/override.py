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

    Without a `kind`, the source's own reason holds. `reopens_nothing` is set where a correction repeats a state after
    the target's end: the fact moves no clock that has ended. `open_only` is set on what a derived clock takes from its
    source: the fact moves a clock that is open, and begins none.
    """

    kind: OverrideKind | None = None
    reopens_nothing: bool = False
    open_only: bool = False
