"""Decide whether a receiver is sent an alert again that goes on firing, and why.

Pure: what the store knows comes in, one reason comes out, with the page where there is one. It is sent again `every` so
often after the last page was answered, and not while it is acknowledged or silenced, while the alert of a root cause
stands for it, while a worse stage of the same clock fires for the same receiver, or before covered hours begin. The one
surprise: what is withheld goes on record once, not each time that it falls due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alerts.decide import hours
from alerts.decide.queues import QueuedPage
from alerts.decide.silences import Silence, silencing
from alerts.decide.withholding import Route
from alerts.wording import repeats
from monitor.alert import Alert, Beside, Reason, Repeat, Repeatable, Settings, Withheld
from monitor.policy import BREACHED_STAGE, PACE_STAGE

LOOK_AGAIN = timedelta(seconds=30)
"""At the latest: a silence may have been taken back, or the worse stage be over."""

_NOBODYS = "none"
"""The severity of what nobody has to act on: it proves that alerts arrive."""


def judge(
    item: Repeatable, route: Route, every: timedelta, silences: Sequence[Silence], settings: Settings, now: datetime
) -> Repeat:
    """Whether the channel of *route* is sent *item* again at *now*."""
    alert = item.alert
    if route.shadow or not route.takes(alert):
        return Repeat(item, Withheld.NOT_ROUTED)
    if alert.stage == PACE_STAGE:  # it holds for weeks, and nothing is to be done in the next hour
        return Repeat(item, Withheld.NOTHING_NEW)
    if not (alert.firing and alert.notifies) or alert.labels.get("severity") == _NOBODYS:
        return Repeat(item, Withheld.NOTHING_NEW)
    if item.waiting or now < item.answered_at + every or is_acknowledged(item):
        return Repeat(item, Withheld.NOTHING_NEW)
    if item.cause:
        return _withheld(item, Withheld.GROUPED, item.cause, now)
    silence = silencing(alert, silences, now)
    if silence is not None:
        return _withheld(item, Withheld.SILENCED, silence.id, now, silence.ends_at)
    worse = _worse(item, route)
    if worse is not None:
        return _withheld(item, Withheld.INHIBITED, worse.stage, now)
    until = hours.waiting(alert, route.hours, route.takes, now).until
    if until is not None:
        return _withheld(item, Withheld.WAITS_FOR_HOURS, until.isoformat(), now, until)
    words = repeats.again(alert, item.deadline, item.timed, settings, now)
    page = replace(alert, annotations={**alert.annotations, **words}).because(Reason.REPEAT_DUE)
    return Repeat(item, Reason.REPEAT_DUE, page)


def is_acknowledged(item: Repeatable) -> bool:
    """Whether this stage, or one as bad, was acknowledged in the present life of its clock."""
    mine = next((one for one in item.beside if one.alert.key == item.alert.key), Beside(item.alert))
    return any(_counts(one) and (_same(one, mine) or _rank(one) > _rank(mine)) for one in (mine, *item.beside))


def _counts(one: Beside) -> bool:
    return one.acknowledged is not None and (one.ended_at is None or one.acknowledged >= one.ended_at)


def _same(one: Beside, mine: Beside) -> bool:
    """Another tier's alert of the same stage is the same to whoever acknowledged it."""
    return one.alert.key == mine.alert.key or bool(mine.alert.stage and one.alert.stage == mine.alert.stage)


def _rank(one: Beside) -> tuple[bool, datetime, int]:
    """How bad a stage is among those of its clock.

    After a pause all of them began at once: then the order decides in which they were first logged.
    """
    return one.alert.stage == BREACHED_STAGE, one.alert.starts_at, one.first_logged


def _worse(item: Repeatable, route: Route) -> Alert | None:
    """The worst alert of the same clock that fires for the same receiver, if it is worse than this one."""
    mine = next((one for one in item.beside if one.alert.key == item.alert.key), Beside(item.alert))
    firing = [one for one in item.beside if one.alert.firing and one.alert.notifies and route.takes(one.alert)]
    worst = max(firing, key=_rank, default=mine)
    return worst.alert if worst.alert.key != item.alert.key and _rank(worst) > _rank(mine) else None


def _withheld(item: Repeatable, why: Withheld, detail: str, now: datetime, until: datetime | None = None) -> Repeat:
    if why is Withheld.INHIBITED:  # by one stage after the other
        known = any(reason is why for reason, _ in item.recorded)
    else:
        known = (why, detail) in item.recorded
    look_at = now + LOOK_AGAIN
    return Repeat(item, why, detail=detail, news=not known, look_at=look_at if until is None else min(look_at, until))


def holds_as_firing(pages: Sequence[QueuedPage]) -> bool:
    """Whether the last page that a receiver accepted says that the alert fires: only such an alert is repeated."""
    accepted = [page for page in pages if page.accepted]
    return bool(accepted) and not accepted[-1].ends


def last_answer(pages: Sequence[QueuedPage]) -> tuple[datetime | None, bool]:
    """When the receiver last answered a page of an alert; and whether another page is not answered yet."""
    closed = [page.closed_at for page in pages if page.closed_at is not None]
    return max(closed, default=None), len(closed) < len(pages)


def still_due(item: Repeat, firing: bool, pages: Sequence[QueuedPage]) -> bool:
    """Whether everything is as it was when the repeat was judged: the alert fires, and no page came since."""
    answered, waiting = last_answer(pages)
    return firing and answered is not None and not waiting and answered == item.of.answered_at


def row_before(pages: Sequence[QueuedPage]) -> int | None:
    """The row of the repeat before, to be used again: the outbox does not grow while nothing changes.

    Only where no other row came after it, for the pages of an alert go out in the order of their rows.
    """
    return pages[-1].id if pages[-1].word == Reason.REPEAT_DUE.value else None
