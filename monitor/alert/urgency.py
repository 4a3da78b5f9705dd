"""Say which of two pages goes first, as numbers that a database keeps in order (semantics 38).

Pure. Pages are taken in the order of (turn, rank, deadline). A rank is severity and tier in one number, 0 the most
urgent. The turn of a breach is its rank. The turn of any other page is the minute in which it was made plus its rank,
so that a page which waits passes one rank a minute, and never a breach. The one surprise: nothing is counted while a
page waits, for the order of two pages never changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from monitor.alert.alert import Alert
from monitor.alert.reasons import Reason
from monitor.worktime import EPOCH, TICK

SEVERITIES = ("critical", "warning", "info", "none")
"""The label `severity`, most urgent first; what has none of these is a warning."""

MINUTE = timedelta(minutes=1)

NO_BREACH = 1_000_000
"""Every turn of a breach is below this number, every other one above: so many minutes had gone by in 1971."""

NO_DEADLINE = 2**62
"""Later than every deadline, in microseconds since 1970."""


class Urgency(NamedTuple):
    """The place of a page among those that wait for the same receiver; the lowest goes first."""

    turn: int
    rank: int
    deadline: int


def urgency(alert: Alert, ladder: Sequence[str], now: datetime) -> Urgency:
    """The place of the page of *alert* that is made at *now*. *ladder* are the tiers, the highest first."""
    severity, sent_before = _severity(alert), _sent_before(alert)
    rank = (severity + sent_before) * (len(ladder) + 1) + _tier(alert, ladder)
    turn = rank if severity == 0 and not sent_before else (now - EPOCH) // MINUTE + rank
    due = NO_DEADLINE if alert.deadline is None else (alert.deadline - EPOCH) // TICK
    return Urgency(turn, rank, due)


def is_breach(alert: Alert) -> bool:
    """Whether nothing but another breach goes before the page of *alert*: critical, firing, and not sent before."""
    return not _sent_before(alert) and _severity(alert) == 0


def _sent_before(alert: Alert) -> bool:
    """An end ranks as its severity less one, and so does what was sent before."""
    return not alert.firing or alert.reason is Reason.REPEAT_DUE


def _severity(alert: Alert) -> int:
    word = alert.labels.get("severity", "")
    return SEVERITIES.index(word) if word in SEVERITIES else 1


def _tier(alert: Alert, ladder: Sequence[str]) -> int:
    """What speaks of no single customer ranks with the highest tier, a subject without a known tier below all.

    So does a drill, whatever its tier: no real breach waits for one.
    """
    word = alert.labels.get("tier", "")
    if word in ladder and not alert.drill:
        return ladder.index(word)
    return 0 if alert.subject is None and not word else len(ladder)
