"""Read what is committed once for all who look on, and hand it to the broadcaster.

One thread. While nobody looks on it asks nothing; while somebody does, it asks for the revision of the database four
times a second, and for rows only where that is another one. What is shown anew as a whole (parts of pages, the age of
the data) is made at most every 0.75 s, from a snapshot that is younger than what was committed.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from exporters.live import Batch, Broadcaster, Changed, EventId, Opening, Reset, changed, event_id, read_id, reset, told
from monitor.errors import StoreError
from monitor.service.wakeup import Wakeup
from monitor.snapshot import LiveUse, Snapshot
from monitor.store import Feed, Position, Revision
from monitor.worktime import EPOCH, TICK

LOOK_EVERY = 0.25
"""Seconds after which it is looked for what was committed."""

FOR_EACH_VIEWER = 0.001
"""Seconds by which the pause grows with each viewer: to send to all of them takes processor time."""

PORTION = 200
"""Transitions that are told at once."""

MOST_BEHIND = 5_000
"""With more than so many that were committed and not told, all are told to fetch anew: a past was read in."""

MOST_MISSED = 1_000
"""Transitions that are sent again to a viewer that was away."""

AWAY_FOR = timedelta(days=1)
"""How long a viewer may have been away. Younger transitions are never deleted (the shortest `keep` is a day)."""

SHOW_EVERY = 0.75
"""Seconds between two times at which what is shown as a whole is made anew: it is on every screen within a second."""

SHOW_AT_LEAST_EVERY = 10.0
"""Seconds after which the age of the data is told again, although nothing was committed."""

BEAT_EVERY = 5.0
"""Seconds between two looks at streams on which nothing waits."""

IDLE = 60.0
"""Seconds for which nothing is looked at while nobody looks on; a viewer ends the wait."""

PAUSE_AFTER_FAILURE = 5.0

log = structlog.get_logger()


class LiveFeed:
    """What the viewers of one running program are told. It outlives configurations."""

    def __init__(
        self, feed: Feed, revision: Callable[[], Revision | None], now: Callable[[], datetime],
        snapshot: Callable[[datetime, datetime], Snapshot],
    ) -> None:  # fmt: skip
        """*snapshot* gives, at an instant, what is published, and is younger than a second instant."""
        self._feed, self._revision, self._now, self._snapshot = feed, revision, now, snapshot
        self._wakeup = Wakeup()
        self.broadcaster = Broadcaster(self.opening, self._wakeup.wake)
        self._lock = threading.Lock()
        self._position: Position | None = None
        """Everything up to it was told; None while nobody looks on."""
        self._seen: Revision | None = None
        self._news_at: datetime | None = None
        """Since when there is something that is not shown."""
        self._shown = self._beaten = float("-inf")

    def opening(self, last: str) -> Opening:
        """How the stream begins of a viewer whose last event had this id; empty for a new one. Raises StoreError."""
        with self._lock:
            if self._position is None:
                self._position = self._feed.newest()
            if not last:
                return Opening(_id(self._position))
        asked = read_id(last)
        if asked is None:
            return Opening(_id(self._feed.newest()), reset=Reset.UNKNOWN)
        return self._missed(asked)

    def _missed(self, asked: EventId) -> Opening:
        position = Position(asked.number, _instant(asked.recorded) if asked.recorded else None)
        found = self._feed.after(position, MOST_MISSED + 1)
        if found is None:
            return Opening(_id(self._feed.newest()), reset=Reset.UNKNOWN)
        rows, newest = found
        if not rows:
            return Opening(_id(position))
        if len(rows) > MOST_MISSED:
            return Opening(_id(newest), reset=Reset.TOO_MANY)
        if self._now() - _instant(asked.seen or asked.recorded) > AWAY_FOR:
            return Opening(_id(newest), reset=Reset.TOO_OLD)
        return Opening(_id(rows[-1].position), tuple(told(*fed) for fed in rows))

    def use(self) -> LiveUse:
        """How many look on, and what became of the others."""
        all_of_them = self.broadcaster
        ended = {why.value: number for why, number in all_of_them.ended.items()}
        return LiveUse(all_of_them.viewers, ended, all_of_them.refused)

    def wake(self) -> None:
        self._wakeup.wake()

    def forever(self, stopping: threading.Event) -> None:
        """Tell viewers until the program stops."""
        while not stopping.is_set():
            try:
                pause = self.round(time.monotonic())
            except StoreError as error:
                log.error("viewers_not_told", error=str(error), what="they see the age of what they have")
                pause = PAUSE_AFTER_FAILURE
            except Exception:
                log.exception("live_crashed", next_try=f"in {PAUSE_AFTER_FAILURE} s")
                pause = PAUSE_AFTER_FAILURE
            self._wakeup.wait(pause)
        self.broadcaster.stop()

    def round(self, at: float) -> float:
        """Tell what there is to tell, at a reading of the steady clock; gives for how many seconds to wait."""
        viewers = self.broadcaster.viewers
        if not viewers and self._nobody():
            return IDLE
        if at - self._beaten >= BEAT_EVERY:
            self.broadcaster.beat()
            self._beaten = at
        revision = self._revision()
        more = False
        if revision is None or revision != self._seen:
            more = self._tell(revision)
        self._show(at)
        if more:
            return 0.0
        until_shown = max(0.0, self._shown + SHOW_EVERY - at) if self._news_at is not None else math.inf
        return min(until_shown, max(LOOK_EVERY, viewers * FOR_EACH_VIEWER))

    def _nobody(self) -> bool:
        """Whether nobody looks on, and nobody is about to: then what is committed until somebody does is not told."""
        with self._lock:
            if self.broadcaster.viewers:
                return False
            self._position = self._seen = None
            return True

    def _tell(self, revision: Revision | None) -> bool:
        """Tell what was committed since; true if there may be more."""
        with self._lock:
            before = self._position
            if before is None:
                before = self._position = self._feed.newest()
            found = self._feed.after(before, PORTION)
            if found is None or found[1].id - before.id > MOST_BEHIND:
                newest = self._feed.newest() if found is None else found[1]
                why = Reset.UNKNOWN if found is None else Reset.TOO_MANY
                self._position, rows = newest, []
                self.broadcaster.publish(Batch(lost=reset(why, _id(newest))))
            else:
                rows = found[0]
                if rows:
                    self._position = rows[-1].position
        self._news_at = self._news_at or self._now()
        if rows:
            self.broadcaster.publish(Batch(tuple(told(*fed) for fed in rows)))
        more = len(rows) == PORTION
        if not more:
            self._seen = revision
        return more

    def _show(self, at: float) -> None:
        """Make anew what is shown as a whole, where something was committed, or the age of the data is to be told."""
        passed = at - self._shown
        wanted = self._news_at is not None or self.broadcaster.lacks_parts
        if passed < SHOW_EVERY or not (wanted or passed >= SHOW_AT_LEAST_EVERY):
            return
        now = self._now()
        news, self._news_at = self._news_at or now - timedelta(seconds=SHOW_EVERY), None
        self._shown = at
        what, position = _changed(self._snapshot(now, news)), self._position
        if position is None:
            return
        here = _id(position)
        batch = Batch((), changed(what, here), changed(what, here, sources=False), self.broadcaster.parts())
        self.broadcaster.publish(batch)


def _changed(snapshot: Snapshot) -> Changed:
    reads = [source.last_success for source in snapshot.sources]
    known = [at for at in reads if at is not None]
    oldest = min(known) if known and len(known) == len(reads) else None
    return Changed(snapshot.at, oldest, [source.source for source in snapshot.sources if source.stale])


def _instant(micros: int) -> datetime:
    return EPOCH + micros * TICK


def _id(position: Position) -> EventId:
    return event_id(position.id, position.recorded_at)
