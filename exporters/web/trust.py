"""Say whether everything that the page shows is true: one mark for each thing that it rests on, the worst first.

Pure. A mark is good only where something is known that says so; what is not known is never good.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from exporters.web import wording
from monitor.messages import Message, message
from monitor.snapshot import ChannelHealth, Snapshot

OLD_SNAPSHOT = timedelta(seconds=60)
"""Beyond this age of the figures the page says that the engine may be stuck."""

LONG_WAIT = timedelta(minutes=2)
"""A page that waits longer than this for its receiver is worth a sentence."""


class Trusted(IntEnum):
    """How far a thing can be trusted, the worst first."""

    BROKEN = 0
    """Something that is shown is wrong, or a page does not arrive."""
    UNKNOWN = 1
    """Nothing says that it works."""
    DOUBTED = 2
    """It works with a restriction."""
    GOOD = 3
    """It works, and that was seen."""

    @property
    def state(self) -> str:
        """The word by which templates choose shape and colour."""
        return ("unavailable", "unknown", "degraded", "available")[self]


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that the page rests on. `since` is an instant whose age is shown beside it, None where it has none."""

    name: Message
    trusted: Trusted
    says: Message
    since: datetime | None = None


def marks(snapshot: Snapshot, now: datetime) -> Sequence[Mark]:
    """The marks, the worst first; those that are equally good in their own order."""
    found = (
        _data(snapshot, now), _engine(snapshot, now), _sources(snapshot), _delivery(snapshot, now), _audit(snapshot),
        _synthetic(snapshot, now),
    )  # fmt: skip
    return sorted(found, key=lambda mark: mark.trusted)


def verdict(found: Sequence[Mark]) -> tuple[Trusted, Message]:
    """What all marks together come to: as good as the worst of them."""
    worst = min(mark.trusted for mark in found)
    return worst, message(f"page-trust-all-{worst.name.lower()}")


def _data(snapshot: Snapshot, now: datetime) -> Mark:
    name = message("page-trust-data")
    if now - snapshot.at > OLD_SNAPSHOT:
        return Mark(name, Trusted.BROKEN, message("page-trust-old"), snapshot.at)
    if not snapshot.counted or snapshot.health.starting:
        return Mark(name, Trusted.UNKNOWN, message("page-trust-starting"), snapshot.at)
    return Mark(name, Trusted.GOOD, message("page-trust-fresh"), snapshot.at)


def _engine(snapshot: Snapshot, now: datetime) -> Mark:
    health, name = snapshot.health, message("page-trust-engine")
    since = health.last_evaluation
    if health.store_lost or not health.store_ok:
        return Mark(name, Trusted.BROKEN, message("page-trust-store"), since)
    if since is None:
        return Mark(name, Trusted.UNKNOWN, message("page-trust-not-judged"))
    if now - since > OLD_SNAPSHOT:
        return Mark(name, Trusted.BROKEN, message("page-trust-stands"), since)
    if health.clock_held or health.clock_unproven:
        return Mark(name, Trusted.DOUBTED, message("page-trust-clock"), since)
    return Mark(name, Trusted.GOOD, message("page-trust-judges"), since)


def _sources(snapshot: Snapshot) -> Mark:
    sources, name = snapshot.sources, message("page-trust-sources")
    if not sources:
        return Mark(name, Trusted.UNKNOWN, message("page-trust-no-sources"))
    read = [source.last_success for source in sources]
    oldest = None if None in read else min(at for at in read if at is not None)
    stale = sum(source.stale for source in sources)
    if stale:
        return Mark(name, Trusted.BROKEN, message("page-trust-stale", stale=stale, all=len(sources)), oldest)
    if any(source.up is None or source.last_success is None for source in sources):
        return Mark(name, Trusted.UNKNOWN, message("page-trust-not-polled"))
    down = sum(source.up is False for source in sources)
    if down:
        return Mark(name, Trusted.DOUBTED, message("page-trust-down", down=down, all=len(sources)), oldest)
    return Mark(name, Trusted.GOOD, message("page-trust-read", all=len(sources)), oldest)


def _delivery(snapshot: Snapshot, now: datetime) -> Mark:
    name, channels = message("page-trust-delivery"), snapshot.channels
    if not channels:
        return Mark(name, Trusted.UNKNOWN, message("page-trust-no-channels"))
    late = tuple(_late(channels, now))
    if late:
        oldest = min(channel.oldest for channel in late if channel.oldest is not None)
        return Mark(name, Trusted.BROKEN, message("page-trust-waits", pages=sum(one.pending for one in late)), oldest)
    if sum(snapshot.unconfirmed.values()):
        return Mark(name, Trusted.DOUBTED, message("page-trust-unconfirmed", alerts=sum(snapshot.unconfirmed.values())))
    return Mark(name, Trusted.GOOD, message("page-trust-delivered", all=len(channels)))


def _late(channels: Sequence[ChannelHealth], now: datetime) -> Iterator[ChannelHealth]:
    for channel in channels:
        if channel.pending and channel.oldest is not None and now - channel.oldest > LONG_WAIT:
            yield channel


def _audit(snapshot: Snapshot) -> Mark:
    name, trust = message("page-trust-audit"), snapshot.trust
    found = sum(trust.findings.values())
    if found:
        return Mark(name, Trusted.BROKEN, message("page-trust-found", findings=found))
    if not trust.audited:
        return Mark(name, Trusted.UNKNOWN, message("page-trust-not-audited"))
    return Mark(name, Trusted.GOOD, message("page-trust-nothing-found"))


def _synthetic(snapshot: Snapshot, now: datetime) -> Mark:
    """The synthetic clock goes the way of every page: its latest stage that is late says that pages may not arrive."""
    name, trust = message("page-trust-synthetic"), snapshot.trust
    if not trust.heartbeats:
        return Mark(name, Trusted.UNKNOWN, message("page-trust-no-synthetic"))
    late = [
        beat
        for beat, at in trust.heartbeats.items()
        if at is not None and beat in trust.late_after and now - at > trust.late_after[beat]
    ]
    if late:
        return Mark(name, Trusted.BROKEN, message("page-trust-beat-late"), trust.heartbeats[late[0]])
    if any(at is None for at in trust.heartbeats.values()):
        return Mark(name, Trusted.UNKNOWN, message("page-trust-no-beat"))
    return Mark(
        name, Trusted.GOOD, message("page-trust-beats"), min(at for at in trust.heartbeats.values() if at is not None)
    )


def age(mark: Mark, now: datetime) -> Message | None:
    """How long ago what the mark goes by was."""
    return None if mark.since is None else wording.age(now - mark.since)
