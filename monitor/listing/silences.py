"""Hold one page of the list of silences, and where it ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from monitor.alert import SilenceRow


class SilencePlace(NamedTuple):
    """Where a silence stands in the list: its end in microseconds since 1970, and its id."""

    ends_at: int
    id: str


@dataclass(frozen=True, slots=True)
class SilencePage:
    """Silences in their order, and the place after which the next page begins; None where the list is over."""

    rows: Sequence[SilenceRow]
    next: SilencePlace | None
