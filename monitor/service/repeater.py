"""Repeat pages of alerts that keep firing: read what is due from the store, judge it, store the pages.

The judgement is in `alerts/decide/repeats.py`. `look` belongs to the engine's thread. What is kept here only says when
the store has to be asked again; what is due follows from the store alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from alerts.decide import Route, judge, silence_of
from monitor.alert import Reason, Settings
from monitor.config import ReceiverConfig
from monitor.errors import StoreError
from monitor.store import Database, Repeating

AT_MOST_EVERY = timedelta(seconds=1)

SHARE = 20
"""After a round there is none for so many times as long as it took, however much fires."""

AT_ONCE = 200
"""So many are judged in one step of the engine, so that no clock waits long for it."""

log = structlog.get_logger()


class Repeater:
    """The receivers with a `repeat` of one running tierwatch; without any it does nothing."""

    def __init__(
        self, receivers: Sequence[ReceiverConfig], database: Database, routes: Mapping[str, Sequence[Route]],
        settings: Callable[[], Settings], now: Callable[[], datetime],
    ) -> None:  # fmt: skip
        self._store, self._settings, self._now = Repeating(database), settings, now
        self._every: dict[str, timedelta] = {}
        self._routes: dict[str, Route] = {}
        for receiver in receivers:
            for route in routes.get(receiver.name, ()):
                if receiver.repeat is not None and not route.shadow:
                    self._every[route.channel.name] = receiver.repeat
                    self._routes[route.channel.name] = route
        self._todo: list[tuple[str, str]] = []
        self._round: _Round | None = None

    def look(self, now: datetime) -> bool:
        """Tell again what is due; true if there is something to send."""
        if not self._every:
            return False
        began, this = self._now(), self._round
        if this is None or (not self._todo and self._may_be_due(this, now)):
            this = self._begin(this, now)
        elif not self._todo:
            return False
        some, self._todo = self._todo[:AT_ONCE], self._todo[AT_ONCE:]
        try:
            told = bool(some) and self._tell(some, this, now)
        except StoreError:
            self._todo = some + self._todo
            raise
        this.took += max(self._now() - began, timedelta(0))
        return told

    @property
    def next_at(self) -> datetime | None:
        """When `look` may find something to do, at the soonest; None where it never will."""
        this = self._round
        if this is None or not self._every:
            return None
        return self._now() if self._todo else max(_soonest(this), this.began + AT_MOST_EVERY)

    def _begin(self, last: _Round | None, now: datetime) -> _Round:
        """Ask what has fallen due since the last round; or, now and then, all that is."""
        after = None if last is None or not last.began <= now < last.whole_at else last.began
        due = self._store.due(self._every, after, now)
        self._todo = list(due.repeats)
        # A page can be answered long after the instant that its row has for it, so the whole is looked at as well.
        whole_at = now + min(self._every.values()) if last is None or after is None else last.whole_at
        self._round = _Round(now, whole_at, due.next_at)
        return self._round

    def _tell(self, some: Sequence[tuple[str, str]], this: _Round, now: datetime) -> bool:
        looked, settings = self._store.look(some, now), self._settings()
        in_force = [silence_of(row) for row in looked.silences]
        judged = [
            judge(item, self._routes[item.channel], self._every[item.channel], in_force, settings, now)
            for item in looked.due
        ]
        done = self._store.commit(judged, {name: route.channel for name, route in self._routes.items()}, now)
        for (channel, reason), alerts in Counter((item.of.channel, item.reason.value) for item in done).items():
            event = "alerts_repeated" if reason == Reason.REPEAT_DUE else "repeats_withheld"
            log.info(event, channel=channel, reason=reason, alerts=alerts)
        again = [item.look_at for item in judged if item.look_at is not None]
        this.whole_at = min([this.whole_at, *again])
        return any(item.page is not None for item in done)

    def _may_be_due(self, last: _Round, now: datetime) -> bool:
        """Whether to ask: what is accepted after a round is due an interval later at the soonest."""
        return now < last.began or now >= max(_soonest(last), last.began + max(AT_MOST_EVERY, SHARE * last.took))


@dataclass(slots=True)
class _Round:
    """One look at everything that had fallen due when it `began`; the whole is looked at again at `whole_at`."""

    began: datetime
    whole_at: datetime
    next_at: datetime | None
    took: timedelta = timedelta(0)


def _soonest(last: _Round) -> datetime:
    return last.whole_at if last.next_at is None else min(last.next_at, last.whole_at)
