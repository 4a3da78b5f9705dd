"""Compare what a receiver of states lists with what we hold: close the loop.

Pure. `accepted` is a word about the past; only the receiver's own list says what it would page for now. What it does
not list is told again at once, and what it withholds although the deadline comes before its silence ends is told to the
silence's author by every way. A receiver that could not be asked is not in these values at all, and changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar, runtime_checkable

from alerts.decide.silences import Hidden, Silence, clock_of
from monitor.alert import Alert, Channel

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a receiver lists of ours: by the alert's key the ids of its own silences that withhold it, and those."""

    alerts: Mapping[str, tuple[str, ...]]
    silences: Mapping[str, Silence] = field(default_factory=dict)


@runtime_checkable
class Lister(Protocol):
    """A notifier whose receivers can be asked what they hold."""

    def listed(self, channel: Channel, instance: str, now: datetime) -> Listing:
        """What the receiver behind *channel* holds of this installation. Raises DeliveryError."""
        ...


def unconfirmed(accepted: Mapping[str, T], listing: Listing) -> list[T]:
    """Those of the firing alerts which the receiver *accepted*, by key, that it does not list."""
    return [held for key, held in accepted.items() if key not in listing.alerts]


def withheld(
    alerts: Sequence[tuple[Alert, datetime | None]],
    listings: Iterable[Listing],
    now: datetime,
    instead: Mapping[str, Alert] | None = None,
) -> list[Hidden]:
    """(silence, alert, deadline) wherever a receiver withholds an alert whose deadline comes before its silence ends.

    *alerts* and *instead* are as for `silences.endangered`. Of several silences the longest counts; the peers of a
    cluster list the same ones, and say it once.
    """
    told_by, asked = instead or {}, list(listings)
    found: list[Hidden] = []
    for alert, deadline in alerts:
        if deadline is None:
            continue
        key = told_by.get(alert.cause_key, alert).key
        known = [
            listing.silences[name]
            for listing in asked
            for name in listing.alerts.get(key, ())
            if name in listing.silences and listing.silences[name].active(now)
        ]
        longest = max(known, key=lambda silence: (silence.ends_at, silence.id), default=None)
        if longest is not None and deadline < longest.ends_at:
            found.append((longest, alert, deadline))
    return found


def by_tier(hidden: Iterable[Hidden]) -> Counter[str]:
    """How many clocks of each tier are hidden."""
    clocks = {clock_of(alert): alert.labels.get("tier", "") for _, alert, _ in hidden}
    return Counter(clocks.values())
