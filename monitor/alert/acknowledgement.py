"""Hold how long acknowledgements hold, and what one covers. Pure values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AckTerms:
    """An acknowledgement holds for `share` of the time that is left, above 0 and up to 1; or for `otherwise`, where no
    time is left or there is no deadline."""

    share: float = 0.5
    otherwise: timedelta = timedelta(hours=1)


USUAL_TERMS = AckTerms()


@dataclass(frozen=True, slots=True)
class Covered:
    """One clock, or root cause, that an acknowledgement covers.

    `deadline` is what it has to keep, None where there is none; `broken` says that it has breached. `team` is what the
    source says of it.
    """

    deadline: datetime | None
    broken: bool = False
    team: str = ""


class EndsFor(StrEnum):
    """Why an acknowledgement ends when it does: stored with it, and a metric label."""

    SHARE = "share"
    """Its share of the time that was left is over."""
    LENGTH = "length"
    """It had no deadline to share the time of, and its length is over."""
    SHIFT = "shift"
    """The shift in which it was given is over."""
    WITHDRAWN = "withdrawn"
    """Somebody took it back."""


@dataclass(frozen=True, slots=True)
class AckEnd:
    """When an acknowledgement ends, and why then. `holder` is the person on duty who gave it, if there is one."""

    at: datetime
    why: EndsFor
    holder: str = ""
