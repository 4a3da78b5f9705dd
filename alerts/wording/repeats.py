"""Word a page that tells of an alert once more, in every language: what time is left, or how long it is over.

Pure. The one surprise: unlike the words of every other page, these are of the instant at which they are made. Time is
that on the wall, up to the deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.wording.clocks import clock, local
from alerts.wording.promises import length
from monitor.alert import Alert, Settings
from monitor.messages import DEFAULT, Argument, as_annotations, from_annotations, lines, message, text
from monitor.policy import BREACHED_STAGE

_FINE = timedelta(minutes=15)  # below it, seconds matter


def again(alert: Alert, deadline: datetime | None, timed: bool, settings: Settings, now: datetime) -> dict[str, str]:
    """The annotations that are other than they were; *deadline* is that of its clock, or its breach.

    *timed* says that the clock's budget is a length; of a number of times, no time is left.
    """
    fine = deadline is not None and abs(deadline - now) < _FINE
    moment = local(now, settings.zone, fine)
    words: dict[str, str] = {}
    summary: Argument | None = None
    more: Argument = message("alert-repeat-still", at=moment)
    if deadline is not None and timed:
        much, over = length(abs(deadline - now), fine), deadline <= now
        words["overdue_by" if over else "time_left"] = text(much, DEFAULT)
        if alert.subject is None or (over and alert.stage == BREACHED_STAGE):  # a breach says itself when it was due
            more = message("alert-repeat-over", length=much) if over else message("alert-repeat-left", length=much)
        else:
            summary = _due(clock(alert, settings), much, local(deadline, settings.zone, fine), over)
    before = from_annotations("summary", alert.annotations) or alert.labels.get("alertname", "")
    first, rest = message("alert-repeat-first", at=moment), from_annotations("description", alert.annotations)
    return {
        **words,
        **as_annotations("summary", summary or message("alert-repeat", summary=before, more=more)),
        **as_annotations("description", lines(first, rest)),
    }


def _due(what: Argument, much: Argument, due: str, over: bool) -> Argument:
    if over:
        return message("alert-repeat-overdue", what=what, length=much, due=due)
    return message("alert-repeat-due", what=what, length=much, due=due)
