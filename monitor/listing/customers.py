"""What is told of one customer beside its open clocks: its circuits, and its promises of this month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.listing.records import ListedCircuit


@dataclass(frozen=True, slots=True)
class KnownCustomer:
    """A customer that sources name, with how many circuits it has and how many of its clocks are open."""

    name: str
    circuits: int
    open_clocks: int


@dataclass(frozen=True, slots=True)
class CustomerCircuits:
    """Circuits of a customer, those that are not available first. `more` says that some are left out."""

    rows: Sequence[ListedCircuit]
    more: bool = False


@dataclass(frozen=True, slots=True)
class CustomerMonth:
    """How many clocks of each target ended in time since the month began, and how many were broken since then.

    `whole` is False where the customer has so many records that only the newest were looked at.
    """

    since: datetime
    kept: Mapping[str, int]
    broken: Mapping[str, int]
    whole: bool = True
