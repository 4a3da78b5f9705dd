"""How much is done for each row of `tests/bench/scale.py`."""

from __future__ import annotations

from dataclasses import dataclass

Figures = dict[str, float]
"""What a row gives: values by name."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long and how often things are done."""

    singles: int = 300
    spread: float = 50
    burst: int = 5_000
    circuits: int = 500
    idle: float = 60
    settle: float = 5
    scrapes: int = 12
    lead: float = 12
    """Seconds in which the program reads its news before they are due; more where they are many."""
    away: int = 10
    """After a day away, one open clock in so many has another entry, and as many tickets are new."""
    asked: int = 300
    """Pages of clocks that are asked for one after the other, and half as many explanations."""
    viewers: int = 500
    callers: int = 8
    looked: float = 20
    """Seconds for which viewers look on while clocks begin."""
    screens: int = 10
    """Clocks that are waited for on a screen, and fresh browsers that open the wall."""


FULL = Effort()
QUICK = Effort(
    singles=40,
    spread=5,
    burst=500,
    circuits=50,
    idle=10,
    settle=1,
    scrapes=2,
    lead=4,
    asked=60,
    viewers=100,
    looked=5,
    screens=2,
)
