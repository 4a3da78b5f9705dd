"""Choose the faults that are old already when the simulated operator starts.

Pure. They make the first two minutes tell something: promises broken long ago, promises about to be broken, tickets
that cannot be read. Their ages are shares of what the tier was promised, so they hold at any speed.
"""

from __future__ import annotations

from dataclasses import dataclass

from monitor.simulator.life import RESTORE_MINUTES, Ending, Odd, Script


@dataclass(frozen=True, slots=True)
class Old:
    """A fault of *tier* that has used *used* of its promise at the start and will be restored at *restored*.

    Both are shares of the tier's promised time to restore; none of these is ever held.
    """

    tier: str
    used: float
    restored: float
    odd: Odd = Odd.NOTHING

    @property
    def age_minutes(self) -> float:
        return self.used * RESTORE_MINUTES[self.tier]

    @property
    def script(self) -> Script:
        return Script(self.odd, Ending.RESTORED, self.restored * RESTORE_MINUTES[self.tier], holds=0)


OLD_FAULTS = (
    # Broken long ago.
    Old("diamond", used=3.1, restored=5.0),
    Old("gold", used=1.6, restored=2.4),
    Old("gold", used=2.8, restored=3.2),
    Old("silver", used=1.3, restored=1.7),
    Old("standard", used=1.1, restored=1.3),
    # Reach their thresholds in the first 120 minutes of real life (two minutes at speed 60), restored later or never.
    Old("diamond", used=0.34, restored=1.50),
    Old("diamond", used=0.22, restored=1.24),
    Old("gold", used=0.70, restored=1.35),
    Old("gold", used=0.62, restored=1.15),
    Old("gold", used=0.48, restored=0.99),
    Old("silver", used=0.72, restored=1.10),
    # Warned of at first, restored in time: their alerts resolve while one looks on.
    Old("gold", used=0.73, restored=0.97),
    Old("diamond", used=0.45, restored=0.95),
    # Not to be read, wholly or in part.
    Old("gold", used=0.10, restored=0.80, odd=Odd.UNKNOWN_TIER),
    Old("silver", used=0.20, restored=0.90, odd=Odd.UNKNOWN_STATUS),
    Old("bronze", used=0.15, restored=0.80, odd=Odd.NO_DATE),
    Old("silver", used=0.05, restored=0.70, odd=Odd.GARBAGE_DATE),
    Old("standard", used=0.10, restored=0.60, odd=Odd.NO_ZONE),
)
