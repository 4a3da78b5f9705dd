"""Write lengths, instants and addresses for the page.

Pure. Every text that a source can fill stays as it is and is escaped by the templates.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from monitor.messages import Argument, Message, message
from monitor.model import CircuitState, SubjectKey

_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"))


def circuit_state(of: CircuitState) -> Message:
    """The state of a circuit."""
    return message(f"page-circuit-{of}")


def countdown(length: timedelta) -> Argument:
    """A length for a wall screen, cut to whole seconds: 12:03, 4:12:03, 2 d 04:12."""
    seconds = int(abs(length) // timedelta(seconds=1))
    days, rest = divmod(seconds, 86400)
    hours, minutes = rest // 3600, rest // 60 % 60
    if days:
        return message("page-countdown-days", days=days, time=f"{hours:02}:{minutes:02}")
    return f"{hours}:{minutes:02}:{rest % 60:02}" if hours else f"{minutes:02}:{rest % 60:02}"


def age(length: timedelta) -> Message:
    """Roughly how long ago, in the largest unit that says enough."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return message(f"page-age-{unit}", n=seconds // size)
    return message("page-age-seconds", n=seconds)


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def explained(key: SubjectKey) -> str:
    """The address of a subject's explanation, from the root of the site."""
    return f"explain/{segment(key.source)}/{segment(key.subject)}"


def segment(text: str) -> str:
    """*text* as one segment of a path, whatever it holds."""
    return quote(text, safe="", errors="replace")


def path(text: str) -> str:
    """A decoded path, encoded again; its slashes stay."""
    return quote(text, safe="/", errors="replace")


MOST_ROWS = 100
"""Intervals of one clock that are listed one by one: half of them from its beginning, half from its end."""

T = TypeVar("T")


def ends_of(rows: Sequence[T]) -> Sequence[T]:
    """All rows where they are few, else the first and the last ones."""
    return rows if len(rows) <= MOST_ROWS else [*rows[: MOST_ROWS // 2], *rows[-MOST_ROWS // 2 :]]
