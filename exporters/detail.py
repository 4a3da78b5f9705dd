"""Render the clocks that are listed by themselves, for a scrape job of its own.

Everything else here is an aggregate (decision 0012). These are few, chosen by `monitor/service/detail.py`, and no
dashboard or rule of ours needs them: a table of what is nearest to its deadline.
"""

from __future__ import annotations

from exporters.catalogue import DETAIL
from exporters.families import Rows, written
from monitor.snapshot import Detail
from monitor.text import shortened

_LONGEST_ID = 200
"""Characters of a subject's id in a label; what is longer is cut."""


def render(detail: Detail, accept: str = "") -> tuple[bytes, str]:
    """The body and its content type; OpenMetrics where *accept* asks for it."""
    deadline, dropped = DETAIL
    rows: Rows = {
        (
            clock.key.source, clock.tier, clock.assurance, clock.target, shortened(clock.key.subject, _LONGEST_ID),
            str(clock.cycle),
        ): clock.deadline.timestamp()
        for clock in reversed(detail.clocks)
    }  # fmt: skip
    left: Rows = {(tier,): number for tier, number in detail.dropped.items()}
    return written(DETAIL, {deadline.name: rows, dropped.name: left}, accept)
