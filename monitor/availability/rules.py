"""Say by which rule a circuit's time is counted, and how outages become faults; one rule for each assurance level.

Pure. The figures are parameters, never constants: standards and contracts differ (docs/availability.md). A rule that
cannot count is refused when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.errors import ConfigError
from monitor.worktime import TICK

_LONGEST = timedelta(days=1)
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Rule:
    """How samples become bins, and bins become states.

    Defaults are those of ITU-T G.826 where it has them: bins of a second, ten of them, and an errored second with any
    loss. The share of a severely errored bin is that of common settings of Y.1731, the time-out that of common probers.
    """

    bin: timedelta = timedelta(seconds=1)
    """How long a bin is."""
    run: int = 10
    """So many severely errored bins in a row begin unavailable time, so many others end it."""
    severe_loss: float = 0.5
    """The share of lost probes from which on a bin is severely errored."""
    timeout: timedelta = timedelta(seconds=2)
    """A reply that takes longer is lost; a bin is closed this long after its end."""
    errored_loss: float = 0.0
    """A bin that lost a greater share than this is errored: the circuit is degraded in it."""
    errored_delay: timedelta | None = None
    """A bin whose mean delay is greater than this is errored; None for any delay."""

    def __post_init__(self) -> None:
        if not TICK <= self.bin <= _LONGEST:
            raise ConfigError(f"bin {self.bin} is not between a microsecond and a day; write 1s, 10s or 5m")
        if not 1 <= self.run <= 10_000:
            raise ConfigError(f"run {self.run} is not a number of bins between 1 and 10000; the standards have 10")
        if not 0 < self.severe_loss <= 1:  # refuses NaN, too
            raise ConfigError(f"severe_loss {self.severe_loss} is not a share above 0 and up to 1; write 0.5")
        if not 0 <= self.errored_loss < 1:
            raise ConfigError(f"errored_loss {self.errored_loss} is not a share from 0 and below 1; write 0")
        if self.errored_loss > self.severe_loss:
            raise ConfigError(
                f"errored_loss {self.errored_loss} is above severe_loss {self.severe_loss}; write one that is not"
            )
        if not _ZERO < self.timeout <= _LONGEST:
            raise ConfigError(f"timeout {self.timeout} is not above zero and up to a day; write 2s")
        if self.errored_delay is not None and not _ZERO < self.errored_delay <= self.timeout:
            raise ConfigError(
                f"errored_delay {self.errored_delay} is not above zero and up to the timeout {self.timeout}; a reply"
                " that takes longer is lost"
            )


@dataclass(frozen=True, slots=True)
class FaultRule:
    """How the outages of one circuit become faults."""

    merge: timedelta = timedelta(minutes=10)
    """Outages with a shorter time between them are one fault; zero for none."""
    flaps: int = 3
    """So many changes between up and down within `flap_window` are one fault that is held open."""
    flap_window: timedelta = timedelta(minutes=15)

    def __post_init__(self) -> None:
        if not _ZERO <= self.merge <= _LONGEST:
            raise ConfigError(f"merge {self.merge} is not between zero and a day; write 10m")
        if self.flaps < 2:
            raise ConfigError(f"flaps {self.flaps} is not a number of changes from 2 on; write 3")
        if not _ZERO < self.flap_window <= _LONGEST:
            raise ConfigError(f"flap_window {self.flap_window} is not above zero and up to a day; write 15m")


@dataclass(frozen=True, slots=True)
class Rules:
    """The rule of each assurance level, and the one of every other circuit."""

    usual: Rule = Rule()
    by_assurance: Mapping[str, Rule] = field(default_factory=dict)

    def of(self, assurance: str) -> Rule:
        """The rule of a level; the usual one where the level has none of its own."""
        return self.by_assurance.get(assurance, self.usual)
