"""Decide how a TMF621 list is asked for what has changed, and notice when the server does not do as asked.

Pure. The standard promises neither a filter on `lastUpdate` nor a sort order, and servers refuse, ignore or mistake
them. So the answer is checked: an older ticket than asked for, a wrong order or a missing newest ticket means that the
way does not work, and the next one is taken. The last way, the whole list, always works. A better one is tried again
once a day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise
from typing import Any

from monitor.collectors._gone import Gone
from monitor.collectors._tmf621_pages import Page
from monitor.collectors._tmf621_tickets import LastFields, Parts, Seen
from monitor.history import stamp

_TRY_BETTER_EVERY = timedelta(days=1)
_MOST_SEEN = 2000
_ROUNDING = timedelta(seconds=1)
"""Some servers answer with whole seconds to a question with milliseconds."""


class Way(StrEnum):
    """How a poll finds what has changed, best first."""

    FILTER = "filter"
    SORT = "sort"
    SCAN = "scan"


class NotHonoured(Exception):
    """The server does not do what the way needs. `sure` is false where a deleted ticket would look the same."""

    def __init__(self, *, sure: bool) -> None:
        self.sure = sure


@dataclass(frozen=True, slots=True)
class Place:
    """Where the collector stands: the newest update that it has for certain, and what it knows of the server.

    `longest` is the longest answer of the last reading of the whole list. `suspects` are open tickets that it did not
    show, and `gone` what is known of tickets that are gone for good.
    """

    read_as: str
    watermark: datetime | None = None
    scanned_at: datetime | None = None
    way: Way = Way.FILTER
    way_tried_at: datetime | None = None
    longest: int = 0
    seen: Seen = field(default_factory=dict)
    gone: Gone = field(default_factory=Gone)
    suspects: tuple[str, ...] = ()

    @classmethod
    def of(cls, position: Mapping[str, Any], read_as: str) -> Place:
        """The place in a position. If tickets were read otherwise then, all are to be read again."""
        if position.get("read_as") != read_as:
            return cls(read_as, seen=_seen(position), gone=Gone.of(position))
        return cls(
            read_as,
            watermark=_time(position, "watermark"),
            scanned_at=_time(position, "scanned_at"),
            way=Way(position.get("way", Way.FILTER)),
            way_tried_at=_time(position, "way_tried_at"),
            longest=int(position.get("longest", 0)),
            seen=_seen(position),
            gone=Gone.of(position),
            suspects=tuple(position.get("suspects", ())),
        )

    @property
    def position(self) -> dict[str, Any]:
        """Plain JSON. Of `seen` only what was read last: those tickets will be touched again."""
        times = {"watermark": self.watermark, "scanned_at": self.scanned_at, "way_tried_at": self.way_tried_at}
        return {
            "read_as": self.read_as,
            "way": self.way.value,
            "longest": self.longest,
            **{name: stamp(time) for name, time in times.items() if time is not None},
            "seen": {
                name: [said.digest, stamp(said.at), said.sequence]
                for name, said in islice(reversed(self.seen.items()), _MOST_SEEN)
            },
            **self.gone.position,
            **({"suspects": list(self.suspects)} if self.suspects else {}),
        }

    def forget(self) -> None:
        """Keep `seen` small while a long list is read."""
        for name in list(islice(self.seen, max(0, len(self.seen) - 2 * _MOST_SEEN))):
            del self.seen[name]

    def without(self, way: Way, now: datetime) -> Place:
        """The place after *way* was found not to work."""
        if _worse(self.way, way):
            return replace(self, way_tried_at=now)  # it was only tried again
        return replace(self, way=_next(way), way_tried_at=now) if way is self.way else self

    def ways(self, now: datetime, full_scan_every: timedelta) -> tuple[Way, ...]:
        """The ways to try at this poll, best first."""
        if self.watermark is None or self.scanned_at is None or now >= self.scanned_at + full_scan_every:
            return (Way.SCAN,)
        retry = self.way_tried_at is None or now >= self.way_tried_at + _TRY_BETTER_EVERY
        every = tuple(Way)
        return every if retry else every[every.index(self.way) :]


@dataclass(slots=True)
class Listing:
    """One reading of the list in one way: what to ask, whether the server does it, how far it got.

    `fallback` says that a better way has just failed. `place` moves on when the reading is complete. `oldest` is the
    update of the first ticket in ascending order, where `probe` asked for it.
    """

    way: Way
    place: Place
    overlap: timedelta
    statuses: tuple[str, ...]
    now: datetime
    fallback: bool
    oldest: datetime | None = None
    _newest: datetime | None = None
    _began: datetime | None = None

    @property
    def query(self) -> dict[str, str]:
        """The parameters of this way."""
        if self.way is Way.FILTER:
            return {"lastUpdate.gt": stamp(self._since)}
        if self.way is Way.SORT:
            return {"sort": "-lastUpdate"}
        return {"status": ",".join(self.statuses)} if self._partial else {}

    @property
    def probe(self) -> dict[str, str]:
        """What to ask for one ticket before an order is relied on that was not before; empty for no need.

        A list that ignores `sort` may stand in falling order by chance, newest ticket first, and an old ticket that
        was updated would be at its far end. Asked for the rising order, too, such a list shows itself.
        """
        return {"sort": "lastUpdate"} if self.way is Way.SORT and self.fallback else {}

    def take(self, page: Page, tickets: Sequence[Parts]) -> bool:
        """Note a page; true when the reading is complete. Raises NotHonoured before anything of the page is noted."""
        updates = [ticket.last_update for ticket in tickets if ticket.last_update is not None]
        first = self._began is None
        if self.way is Way.FILTER:
            self._check_filter(updates, first and not tickets)
        elif self.way is Way.SORT:
            self._check_order(updates, first)
        # a clock that runs ahead of ours would move the watermark past what is still to come
        self._began = self._began or min(page.source_time or self.now, self.now)
        self._newest = max((*updates, self._newest) if self._newest else updates, default=None)
        self.place.forget()
        enough = self.way is Way.SORT and bool(updates) and updates[-1] < self._since
        if page.last or enough:
            self.place = self._after(self._began)
            return True
        return False

    @property
    def _since(self) -> datetime:
        assert self.place.watermark is not None
        return self.place.watermark - self.overlap

    @property
    def _partial(self) -> bool:
        """Whether only some statuses are read; never where the whole list is the only way to see a ticket close."""
        only_way = self.place.way is Way.SCAN or self.fallback
        return self.way is Way.SCAN and bool(self.statuses) and not only_way

    def _check_filter(self, updates: Sequence[datetime], nothing: bool) -> None:
        if any(update < self._since - _ROUNDING for update in updates):
            raise NotHonoured(sure=True)
        if nothing:
            raise NotHonoured(sure=False)  # the ticket that set the watermark should have come

    def _check_order(self, updates: Sequence[datetime], first: bool) -> None:
        if any(later > earlier for earlier, later in pairwise(updates)):
            raise NotHonoured(sure=True)
        if self.oldest is not None and updates and updates[-1] < self.oldest:
            raise NotHonoured(sure=True)
        if first and (not updates or updates[0] < self._since):
            raise NotHonoured(sure=False)  # the newest is older than one that was seen: another order, or deleted

    def _after(self, began: datetime) -> Place:
        """The place after a complete reading.

        The watermark stops at the source's own clock when the reading began: a ticket that was changed while we read,
        after its place in the list had passed, is newer than that and comes next time.
        """
        place, newest = self.place, None if self._newest is None else min(self._newest, began)
        if self.way is Way.SCAN:
            if self._partial and place.watermark is not None:
                newest = place.watermark  # or tickets that have closed since would be passed over
            return replace(place, watermark=newest, scanned_at=self.now)
        assert place.watermark is not None
        newest = max(place.watermark, newest or place.watermark)
        better = _worse(place.way, self.way)
        way, tried_at = (self.way, self.now) if better else (place.way, place.way_tried_at or self.now)
        return replace(place, watermark=newest, way=way, way_tried_at=tried_at)


def _next(way: Way) -> Way:
    every = tuple(Way)
    return every[every.index(way) + 1]


def _worse(one: Way, other: Way) -> bool:
    every = tuple(Way)
    return every.index(one) > every.index(other)


def _time(position: Mapping[str, Any], name: str) -> datetime | None:
    said = position.get(name)
    return datetime.fromisoformat(said) if said else None


def _seen(position: Mapping[str, Any]) -> Seen:
    latest_first = position.get("seen", {}).items()
    return {
        name: LastFields(digest, datetime.fromisoformat(at), sequence)
        for name, (digest, at, sequence) in reversed(latest_first)
    }
