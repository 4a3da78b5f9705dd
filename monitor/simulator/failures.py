"""Keep which of the simulated operator's surfaces fail, how, and until when.

Pure: `now` comes in. A failure always ends by itself, so that a test which dies leaves nothing broken for ever.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

LONGEST_SECONDS = 600.0
SURFACES = ("tickets", "circuits")


class Failure(StrEnum):
    """How a surface fails."""

    NONE = "none"
    UNAUTHORIZED = "401"
    UNAVAILABLE = "503"
    HANG = "hang"  # takes the request and never answers
    TRUNCATE = "truncate"  # stops in the middle of the body


class FailureRefused(ValueError):
    """Say what in an order to fail is not understood."""


@dataclass(slots=True)
class Failures:
    """The failures in force."""

    _until: dict[str, tuple[Failure, datetime]] = field(default_factory=dict)

    def order(self, body: bytes, now: datetime) -> dict[str, str]:
        """Take an order such as `{"tickets": "503", "seconds": 20}` and answer what is in force.

        Raises `FailureRefused` and then changes nothing.
        """
        try:
            wish: Any = json.loads(body)
        except ValueError:
            raise FailureRefused("the body is not JSON") from None
        if not isinstance(wish, dict) or not set(wish) <= {*SURFACES, "seconds"}:
            raise FailureRefused(f"the body is not an object of {', '.join(SURFACES)} and seconds")
        seconds = wish.pop("seconds", 30)
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= LONGEST_SECONDS:
            raise FailureRefused(f"seconds is not a number above 0 and up to {LONGEST_SECONDS:g}")
        known = [failure.value for failure in Failure]
        if not all(isinstance(name, str) and name in known for name in wish.values()):
            raise FailureRefused(f"a failure is one of {', '.join(known)}")
        for surface, name in wish.items():
            self._until[surface] = (Failure(name), now + timedelta(seconds=seconds))
        return {surface: self.of(surface, now).value for surface in SURFACES}

    def of(self, surface: str | None, now: datetime) -> Failure:
        """The failure of a surface at *now*."""
        failure, until = self._until.get(surface or "", (Failure.NONE, now))
        return failure if now < until else Failure.NONE
