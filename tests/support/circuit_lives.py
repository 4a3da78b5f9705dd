"""Lives of circuits as texts, a letter a second: "." good, "e" errored, "S" severely errored, " " a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from monitor.availability.counting import counted
from monitor.availability.micros import Codes, micros
from monitor.availability.rules import Rule
from monitor.availability.timeline import Timeline

BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LETTERS = "AWD?d"
"""What comes out: available, degraded (weak), down, unknown, unknown and down before."""


def codes(life: str) -> Codes:
    return np.array([" .eS".index(one) for one in life], np.uint8)


def counted_life(life: str, rule: Rule | None = None) -> Timeline:
    return counted(codes(life), rule or Rule(), BEGIN)


def shown(timeline: Timeline) -> str:
    """The states, a letter a second."""
    found = ""
    for begin, end, code in zip(timeline.begins, timeline.ends, timeline.states, strict=True):
        found += LETTERS[code] * (int(end - begin) // 1_000_000)
    return found


def seconds(at: int) -> int:
    """Seconds from the beginning of every life."""
    return (at - micros(BEGIN)) // 1_000_000
