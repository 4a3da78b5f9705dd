"""Turn instants and lengths into whole microseconds since 1970 and back, and find runs of equal values.

Pure. Arrays hold int64 microseconds, so sums are exact.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from monitor.worktime import EPOCH, TICK

Micros = NDArray[np.int64]
Codes = NDArray[np.uint8]

_BLOCK = 1 << 19  # so many codes at a time: what is in between stays in the processor's cache


def micros(at: datetime) -> int:
    """Microseconds from 1970 to an aware instant."""
    return (at - EPOCH) // TICK


def span(length: timedelta) -> int:
    """A length in microseconds."""
    return length // TICK


def instant(at: int) -> datetime:
    """The aware instant in UTC."""
    return EPOCH + int(at) * TICK


def length(of: int) -> timedelta:
    """So many microseconds."""
    return int(of) * TICK


def changes(values: Codes) -> Micros:
    """The places at which a run of equal values begins, the first place among them; none in an empty array."""
    if not values.size:
        return np.zeros(0, np.int64)
    found = [np.zeros(1, np.int64)]
    differs = np.empty(min(_BLOCK, values.size), np.bool_)
    for begin in range(0, values.size - 1, _BLOCK):
        left = values[begin : min(begin + _BLOCK, values.size - 1)]
        here = np.not_equal(left, values[begin + 1 : begin + 1 + left.size], out=differs[: left.size])
        found.append(np.flatnonzero(here) + (begin + 1))
    return np.concatenate(found)
