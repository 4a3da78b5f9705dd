"""Word what a page says of covered hours: that it rings though nobody is there, or that it waited for them. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.wording.clocks import local
from alerts.wording.promises import length
from monitor.alert import Settings
from monitor.messages import Argument, message

_FINE = timedelta(minutes=15)


def rings_now(before: datetime | None, opens: datetime | None, stage: str, settings: Settings) -> Argument:
    """Why a page rings outside covered hours: *before* comes before the hours begin, at *opens*."""
    if before is None or opens is None:
        return message("alert-hours-never")
    times = {"before": local(before, settings.zone), "opens": local(opens, settings.zone)}
    if stage:
        return message("alert-hours-stage", stage=stage, **times)
    return message("alert-hours-deadline", **times)


def waited(since: datetime, deadline: datetime, settings: Settings, now: datetime) -> Argument:
    """That a page waited *since* it was true, and how long it is now until its deadline."""
    fine, zone = abs(deadline - now) < _FINE, settings.zone
    left = length(abs(deadline - now), fine)
    name = "alert-hours-waited" if deadline > now else "alert-hours-waited-over"
    return message(name, since=local(since, zone), length=left, due=local(deadline, zone, fine))
