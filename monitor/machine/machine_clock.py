"""Decide whether this machine's clock can be trusted, and which time the program uses (semantics 17).

Pure: three readings of the machine (wall, monotonic, boot time) and the dates of peers come in, a judgement comes out.
The wall clock is compared with the monotonic one. After a jump the time from before it is *continued* by the monotonic
clock until a witness confirms the new time; `reckon` gives the time that holds meanwhile.

The one surprise: the program's time goes back only when it is shown that the later time was wrong. Only then are
firings withdrawn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from monitor.machine.clock_witnesses import Peers, Vote

TOLERANCE = timedelta(seconds=5)
"""What the wall clock may differ from what is expected of it."""

SLEW = 0.0005
"""The most by which a clock that is being disciplined drifts, as a share of the time passed (RFC 5905: 500 ppm)."""

PATIENCE = timedelta(minutes=5)
"""How long a witness is waited for."""

SETTLE = timedelta(seconds=10)
"""How long sources may be read first after the machine has slept."""

_ZERO = timedelta(0)


class Trust(StrEnum):
    """Whether the wall clock can be trusted."""

    PROVEN = "proven"
    """The clock shows the right time."""
    RESUMED = "resumed"
    """The machine slept, and CLOCK_BOOTTIME confirms it: sources are read first."""
    HELD = "held"
    """The clock jumped, and a witness is awaited; no new alert fires."""
    UNPROVEN = "unproven"
    """No witness came: pages go out and say so."""
    CONTRADICTED = "contradicted"
    """Most peers state the time from before the jump: clocks are judged by that time."""


class Witness(StrEnum):
    """What confirmed a time."""

    BOOT_TIME = "boot_time"
    """CLOCK_BOOTTIME of the machine."""
    PEERS = "peers"
    """The `Date` headers and newest changes of sources and receivers."""
    OPERATOR = "operator"
    """A person, with `tierwatch clock trust`."""
    RETURNED = "returned"
    """The clock went back to where it was before the jump."""


@dataclass(frozen=True, slots=True)
class Look:
    """The machine's clocks at one instant, each as a length since its own zero; the wall's is 1970, UTC.

    `boot` goes on while the machine sleeps, `monotonic` does not.
    """

    wall: timedelta
    monotonic: timedelta
    boot: timedelta

    @property
    def offset(self) -> timedelta:
        return self.wall - self.monotonic

    @property
    def boot_offset(self) -> timedelta:
        return self.wall - self.boot


@dataclass(frozen=True, slots=True)
class MachineClock:
    """The judgement after a look.

    `steady` is wall minus monotonic as it was last confirmed, `steady_boot` the same of boot time; `claimed` is the
    same as the wall clock shows it now. `jump` numbers the jumps, so that an operator accepts the one that he has seen.
    `held_since` and `jumped_at` are monotonic.
    """

    looked: Look
    steady: timedelta
    steady_boot: timedelta
    claimed: timedelta
    trust: Trust = Trust.PROVEN
    jump: int = 0
    held_since: timedelta = _ZERO
    jumped_at: timedelta = _ZERO
    witness: Witness | None = None

    @property
    def size(self) -> timedelta:
        """By how much the wall clock differs from the continued time; nothing while it is trusted."""
        return _ZERO if self.trusted else self.claimed - self.steady

    @property
    def trusted(self) -> bool:
        return self.trust in (Trust.PROVEN, Trust.RESUMED)

    @property
    def unproven(self) -> bool:
        """Whether pages go out by a time that no witness has confirmed."""
        return self.trust is Trust.UNPROVEN

    @property
    def held(self) -> bool:
        return self.trust in (Trust.RESUMED, Trust.HELD)

    @property
    def begins(self) -> bool:
        """Whether new firings may begin by the time of `reckon`.

        After a jump forward what is due by the continued time is due by either; after one back it may be too early.
        """
        return not self.held or (self.trust is Trust.HELD and self.claimed > self.steady)

    def reckon(self, at: Look) -> timedelta:
        """The time that the program uses."""
        if self.trusted:
            return at.wall
        if self.unproven:
            return self.latest(at)
        return at.monotonic + self.steady

    def latest(self, at: Look) -> timedelta:
        """The latest time that it may be: nothing up to it lies in the future for certain."""
        return at.wall if self.trusted else max(at.wall, at.monotonic + self.steady)

    def look(self, at: Look, peers: Peers | None = None, accepted: int = 0) -> MachineClock:
        """The judgement after reading the clocks anew; *accepted* is the jump that an operator has accepted."""
        if at.monotonic < self.looked.monotonic:
            return self  # another thread was faster
        if self.trusted:
            return self._while_trusted(at)
        return self._while_doubted(at, peers or Peers(), accepted)

    def _while_trusted(self, at: Look) -> MachineClock:
        passed = at.monotonic - self.looked.monotonic
        moved = at.offset - self.steady
        if abs(moved) <= TOLERANCE:
            settled = self.trust is Trust.RESUMED and at.monotonic - self.held_since >= SETTLE
            return replace(
                self,
                looked=at,
                steady=_follow(self.steady, at.offset, passed),
                steady_boot=_follow(self.steady_boot, at.boot_offset, passed),
                claimed=at.offset,
                trust=Trust.PROVEN if settled else self.trust,
            )
        if abs(at.boot_offset - self.steady_boot) <= TOLERANCE:
            return self._borne_out(at, Witness.BOOT_TIME)
        return self._jumped(at, at.monotonic)

    def _while_doubted(self, at: Look, peers: Peers, accepted: int) -> MachineClock:
        if abs(at.offset - self.steady) <= TOLERANCE:
            return self._borne_out(at, Witness.RETURNED)
        if abs(at.boot_offset - self.steady_boot) <= TOLERANCE:
            return self._borne_out(at, Witness.BOOT_TIME)
        now = self._moved_again(at)
        if accepted and accepted == now.jump:
            return now._borne_out(at, Witness.OPERATOR)
        vote = peers.vote(now.claimed, now.steady, now.jumped_at, at.monotonic)
        if vote is Vote.BEARS_OUT:
            return now._borne_out(at, Witness.PEERS)
        if vote is Vote.CONTRADICTS:
            return replace(now, trust=Trust.CONTRADICTED)
        if now.trust is Trust.HELD and at.monotonic - now.held_since >= PATIENCE:
            return replace(now, trust=Trust.UNPROVEN)
        return now

    def _moved_again(self, at: Look) -> MachineClock:
        """The judgement after a further jump, if any: a hold is not extended, one that is over begins anew."""
        passed = at.monotonic - self.looked.monotonic
        if abs(at.offset - self.claimed) <= TOLERANCE:
            return replace(self, looked=at, claimed=_follow(self.claimed, at.offset, passed))
        slept = at.boot - self.looked.boot - passed
        if slept > TOLERANCE and abs(at.offset - self.claimed - slept) <= TOLERANCE:
            return replace(
                self, looked=at, claimed=at.offset, steady=self.steady + slept, jumped_at=at.monotonic
            )  # the machine slept meanwhile: that time has passed by either clock
        return self._jumped(at, self.held_since if self.trust is Trust.HELD else at.monotonic)

    def _jumped(self, at: Look, held_since: timedelta) -> MachineClock:
        return replace(
            self,
            looked=at,
            claimed=at.offset,
            trust=Trust.HELD,
            jump=self.jump + 1,
            held_since=held_since,
            jumped_at=at.monotonic,
            witness=None,
        )

    def _borne_out(self, at: Look, witness: Witness) -> MachineClock:
        slept = witness is Witness.BOOT_TIME and self.trusted
        return replace(
            self,
            looked=at,
            steady=at.offset,
            steady_boot=at.boot_offset,
            claimed=at.offset,
            trust=Trust.RESUMED if slept else Trust.PROVEN,
            held_since=at.monotonic,
            witness=witness,
        )


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an earlier run left: `boot_id` names the machine's start, `steady_boot` the offset that was trusted then.

    `held_since` is in boot time, None where nothing was held. `newest` is the latest instant on record. `judged` is up
    to when clocks were judged, and `wrong_until` up to when that was by a time that turned out wrong.
    """

    boot_id: str = ""
    steady_boot: timedelta | None = None
    held_since: timedelta | None = None
    jump: int = 0
    newest: timedelta | None = None
    judged: timedelta | None = None
    wrong_until: timedelta | None = None


def begin(at: Look, boot_id: str, before: Remembered | None = None) -> MachineClock:
    """The judgement at a start: a jump while the program was down is found as far as it left a trace.

    If the machine was not restarted, its boot time shows it. Otherwise the time must not lie before the newest instant
    on record; a gap after it may be a downtime.
    """
    before = before or Remembered()
    clock = MachineClock(at, at.offset, at.boot_offset, at.offset, jump=before.jump)
    same_boot = before.steady_boot is not None and before.boot_id == boot_id != ""
    if same_boot and before.steady_boot is not None:
        moved = at.boot_offset - before.steady_boot
        if abs(moved) <= TOLERANCE:
            return clock
        steady, held_since = at.offset - moved, at.monotonic
        if before.held_since is not None and at.boot - before.held_since >= _ZERO:
            held_since = at.monotonic - (at.boot - before.held_since)
        jump = before.jump if before.held_since is not None else before.jump + 1
        held = replace(clock, steady=steady, steady_boot=before.steady_boot, held_since=held_since, jump=jump)
        return replace(held, trust=Trust.HELD, jumped_at=at.monotonic)
    if before.newest is not None and at.wall < before.newest - TOLERANCE:
        return doubted(clock, before.newest - at.monotonic)
    return clock


def doubted(clock: MachineClock, steady: timedelta) -> MachineClock:
    """The clock held, because there is evidence at the start that the time is another one: *steady* minus monotonic."""
    at = clock.looked
    return replace(
        clock,
        steady=steady,
        steady_boot=steady + at.monotonic - at.boot,
        trust=Trust.HELD,
        jump=clock.jump + 1,
        held_since=at.monotonic,
        jumped_at=at.monotonic,
    )


def _follow(reference: timedelta, found: timedelta, passed: timedelta) -> timedelta:
    """The reference moved towards what was found, no faster than a clock is slewed: small steps add up to a jump."""
    most = max(passed, _ZERO) * SLEW
    return reference + max(-most, min(most, found - reference))
