"""Hold when an allowance is used up too fast: the windows that are looked at, and how much faster than what lasts.

Pure. `monitor.clock.pace` finds the instants; what the default warns of is measured by `tests/bench/pace_years.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Window:
    """How far back from an instant: a length, or a share of the period. One of the two is given."""

    length: timedelta | None = None
    share: Fraction = Fraction(0)

    def of(self, period: timedelta) -> timedelta:
        """Its length in a period that is as long as *period*; never longer than that."""
        if self.length is not None:
            return min(self.length, period)
        return timedelta(microseconds=int(self.share * (period // timedelta(microseconds=1))))


@dataclass(frozen=True, slots=True)
class Pace:
    """When an allowance is used too fast.

    The pace of a window is what was used in it by its length; the pace that lasts is what is left by the time left in
    the period. It is too fast from the instant at which every window is more than `factor` times as fast as what
    lasts, to the instant at which one of them is no faster than that.
    """

    windows: tuple[Window, ...] = (Window(share=Fraction(1, 2)), Window(share=Fraction(1, 4)))
    factor: Fraction = Fraction(3, 2)
