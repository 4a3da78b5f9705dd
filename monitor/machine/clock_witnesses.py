"""Decide by the `Date` headers of peers whether a jump of this machine's clock was right.

Pure. A peer is a host and port, or the proxy through which it is reached. Of each peer its lean is known:
how far its clock was off while ours was trusted. So a peer that is always three minutes late is a good witness too.

The one surprise: a peer on this machine reads the same clock as we do. Its agreement proves nothing where a peer
on another machine is known, and that of a local receiver never does; its disagreement counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum

KNOWN_FOR = timedelta(hours=1)
"""How long a peer that is not heard any more is still asked for its voice."""

MOST_PEERS = 1_000

SLACK = timedelta(seconds=3)
"""How far a peer's time may lie from a time that it bears out, beyond the length of its request."""

FAR_OFF = timedelta(minutes=1)
"""By how much peers must differ from us at the start before they are believed instead."""

AHEAD = timedelta(minutes=6)
"""How far beyond the continued time a source's change must lie to speak for the new one: some are dated ahead."""

LATELY = timedelta(minutes=10)
"""How long before the new time it may lie: what a source has planned for some hour of the day is no witness."""

_SECOND = timedelta(seconds=1)
_ZERO = timedelta(0)


class Vote(StrEnum):
    """What the peers together state about the new time."""

    NONE = "none"
    """Too few peers state a time."""
    BEARS_OUT = "bears_out"
    """Most peers state the new time."""
    CONTRADICTS = "contradicts"
    """Most peers state the time from before the jump."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A `Date` that a peer stated: a length since 1970, exact to a second.

    `began` and `at` are when the request began and when its answer was there, by the monotonic clock. `source` names
    the source that was read, empty for a receiver. `here` says that the peer is on this machine.
    """

    peer: str
    date: timedelta
    began: timedelta
    at: timedelta
    source: str = ""
    here: bool = False

    @property
    def offset(self) -> timedelta:
        """The peer's wall clock minus our monotonic one: the middle of what is possible."""
        return self.date + _SECOND / 2 - (self.began + self.at) / 2

    @property
    def width(self) -> timedelta:
        return (self.at - self.began + _SECOND) / 2


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer: the last `Date` that was worth anything, and how far its clock was off while ours was trusted."""

    last: Seen
    lean: timedelta | None = None

    def stated(self, seen: Seen, steady: timedelta | None) -> Peer:
        """Note another `Date`. One that is older than the last, or equal to it, comes from a cache and is ignored."""
        stands = seen.date == self.last.date and seen.at - self.last.at > 2 * _SECOND
        if seen.date < self.last.date or stands:
            return self
        return Peer(seen, self.lean if steady is None else seen.offset - steady)


@dataclass(frozen=True, slots=True)
class Peers:
    """Every peer that has stated a date. `changes` is the newest instant of each source without dates, and when."""

    known: Mapping[str, Peer] = field(default_factory=dict)
    changes: Mapping[str, tuple[timedelta, timedelta]] = field(default_factory=dict)

    def stated(self, seen: Seen, steady: timedelta | None) -> Peers:
        """Note a `Date`; *steady* is the trusted wall clock minus the monotonic one, None while it is in doubt."""
        before = self.known.get(seen.peer)
        lean = None if steady is None else seen.offset - steady
        peer = Peer(seen, lean) if before is None else before.stated(seen, steady)
        if before is None and len(self.known) >= MOST_PEERS:
            return self
        return replace(self, known={**self.known, seen.peer: peer})

    def changed(self, source: str, newest: timedelta, began: timedelta) -> Peers:
        """Note that a source reported something dated *newest*, in a poll that *began* then (monotonic).

        Of one poll the newest counts, in whatever order its batches come.
        """
        before = self.changes.get(source)
        if before is not None and before[1] == began:
            newest = max(newest, before[0])
        return replace(self, changes={**self.changes, source: (newest, began)})

    def vote(self, claimed: timedelta, steady: timedelta, since: timedelta, now: timedelta) -> Vote:
        """Which of two times the peers confirm: the one of the wall clock, or the one from before its jump.

        Only answers to requests that began *since* the jump count. More than half of all known peers must confirm
        the new time, so that a wrong peer, or the first one to answer, does not decide alone.
        To contradict takes two.
        """
        known = [peer for peer in self.known.values() if now - peer.last.at <= KNOWN_FOR]
        fresh = [peer for peer in known if peer.last.began > since]
        voters = _independent(known)
        agree = {peer.last.peer for peer in fresh if peer in voters and _bears_out(peer, claimed, steady)}
        by_changes = set(self._by_changes(claimed, steady, since))
        if 2 * len(agree | by_changes) > len(voters) + len(by_changes):
            return Vote.BEARS_OUT
        against = [peer for peer in fresh if _says(peer, steady, claimed) and not _bears_out(peer, claimed, steady)]
        if len(against) >= 2 and 2 * len(against) > len(known):
            return Vote.CONTRADICTS
        return Vote.NONE

    def _by_changes(self, claimed: timedelta, steady: timedelta, since: timedelta) -> Iterator[str]:
        """Sources without dates whose newest change lies shortly before the new time, well after the continued one."""
        dated = {peer.last.source for peer in self.known.values()}
        for source, (newest, began) in self.changes.items():
            offset = newest - began
            beyond = steady + AHEAD < offset and claimed - LATELY <= offset <= claimed + FAR_OFF
            if source not in dated and began >= since and beyond:
                yield f"changes of {source}"

    def otherwise(self, steady: timedelta) -> timedelta | None:
        """What most peers state instead of *steady*, if at least two agree on a time that is far from it."""
        leans = sorted(peer.last.offset - steady for peer in self.known.values())
        for middle in leans:
            alike = [lean for lean in leans if abs(lean - middle) <= 2 * SLACK]
            if abs(middle) > FAR_OFF and len(alike) >= 2 and 2 * len(alike) > len(leans):
                return steady + middle
        return None

    def without_leans(self) -> Peers:
        """The peers without their leans."""
        return replace(self, known={name: replace(peer, lean=None) for name, peer in self.known.items()})


def _independent(known: list[Peer]) -> list[Peer]:
    """The peers whose agreement proves something."""
    away = [peer for peer in known if not peer.last.here]
    return away or [peer for peer in known if peer.last.source]


def _bears_out(peer: Peer, claimed: timedelta, steady: timedelta) -> bool:
    """Whether the peer states the new time, with its lean or without it: our clock may have been wrong before."""
    return _says(peer, claimed, steady) or _says(replace(peer, lean=None), claimed, steady)


def _says(peer: Peer, this: timedelta, other: timedelta) -> bool:
    """Whether the peer's time, with its lean, is *this* one and cannot be the other."""
    slack, apart = SLACK + peer.last.width, abs(this - other)
    off = abs(peer.last.offset - (peer.lean or _ZERO) - this)
    return peer.last.width < apart / 2 and off < min(slack, apart / 2)
