"""Say when a clock that runs will reach the stages that page and are still ahead of it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from monitor.clock.reading import Reading
from monitor.model import Life, Measure
from monitor.policy import BREACHED_STAGE


class StageAhead(NamedTuple):
    """A stage that pages and was not reached yet, and the instant at which it will be if no event comes."""

    stage: str
    at: datetime


def stages_ahead(reading: Reading, now: datetime) -> tuple[StageAhead, ...]:
    """The stages ahead of a reading that was taken at *now*, the nearest first; the breach is the deadline, and no
    stage here. None of a clock that does not run, that has breached, or whose budget is no length of time."""
    target, deadline = reading.target, reading.deadline
    if reading.life is not Life.RUNNING or target.measure is not Measure.TIME or reading.breached_at is not None:
        return ()
    if deadline is None or reading.calendar is None:
        return ()
    paging = {stage.name for stage in target.stages} - {BREACHED_STAGE, *reading.reached}
    counted, calendar = reading.counted, reading.calendar
    found = [StageAhead(name, calendar.add(now, amount - counted)) for amount, name in target.ladder if name in paging]
    found += [StageAhead(name, max(now, deadline - wall)) for wall, name in target.walls if name in paging]
    return tuple(sorted(found, key=lambda one: (one.at, one.stage)))
