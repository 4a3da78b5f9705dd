"""Hold the receivers and their channels, and deliver on each, so that none holds up another.

Each connection of a channel is a thread. They take the most urgent page of which no other connection has an older one
under way, send it, and take the next. What a round does is in `alerts/delivery/outbox.py`, when a receiver that takes
nothing is tried again in `alerts/delivery/outage.py`; a connection waits until a page is due or another thread
wakes it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import random
from time import monotonic

import structlog

from alerts.decide import Lister, Route, hours
from alerts.delivery import Outage, all_heard, outbox, routes_of, ways_out
from monitor.alert import Alert, Channel, Delivery, Notifier, Page, Settings
from monitor.config import ReceiverConfig
from monitor.errors import StoreError
from monitor.net import Dated, witnessed
from monitor.service.machine_time import MachineTime
from monitor.service.wakeup import Wakeup
from monitor.store import Deliveries

PAUSE_AFTER_FAILURE = 5.0
"""Seconds after which a thread that failed goes on."""

LONGEST_WAIT = 60.0
"""Seconds after which a channel looks for pages again in any case."""

BREATH = 0.2
"""Seconds that a connection rests after a page that was not taken."""

STATES, PAGES = 256, 8
"""How many pages one call is given where the notifier does not say: few in a queue, for a breach waits for them."""

MOST_AT_ONCE = 64
"""How many pages a round takes at most where each is a request of its own."""

QUICK, SLOW = 0.07, 0.15
"""Seconds of a round after which the next one takes more pages, or fewer: a breach waits for what is under way."""

log = structlog.get_logger()


@dataclass(slots=True)
class Line:
    """One channel: its connections, each with its wakeup, and what they know of each other."""

    channel: Channel
    notifiers: tuple[Notifier, ...]
    batch: int
    wakeups: tuple[Wakeup, ...]
    lock: threading.Lock = field(default_factory=threading.Lock)
    busy: set[str] = field(default_factory=set)
    """The keys of alerts of which a page is under way."""
    outage: Outage = field(default_factory=Outage)
    paced: datetime | None = None
    """Until then our budget of the receiver is kept for breaches."""
    at_once: int = 1
    """Where each page is a request of its own: how many a round takes now."""

    @property
    def most(self) -> int:
        """How many pages the next round takes; one where it is not known whether the receiver takes any."""
        return self.at_once if self.batch == 1 and self.outage.over else self.batch

    def took(self, pages: int, seconds: float) -> None:
        """Take more pages in a round after a quick one, and fewer after a slow one: each costs the store the same."""
        if pages >= self.at_once and seconds < QUICK:
            self.at_once = min(2 * self.at_once, MOST_AT_ONCE)
        elif seconds > SLOW:
            self.at_once = max(self.at_once // 2, 1)

    def wake(self) -> None:
        for wakeup in self.wakeups:
            wakeup.wake()


def line_of(channel: Channel, notifiers: Sequence[Notifier]) -> Line:
    """The channel with its notifiers, one for each connection; a receiver of states has one."""
    if channel.delivery is Delivery.STATE:
        notifiers = notifiers[:1]
    usual = STATES if channel.delivery is Delivery.STATE else PAGES
    batch = max(1, int(getattr(notifiers[0], "batch", usual)))
    return Line(channel, tuple(notifiers), batch, tuple(Wakeup() for _ in notifiers))


class Receivers:
    """Every receiver of one running program. Raises ConfigError for one that cannot be built.

    `linking` adds to each page, as it is sent, the link that acknowledges it. `unread` are the labels of alerts of
    words that are not understood, by source: somebody hears of them. With `settings`, pages say what covered hours have
    to do with them, and templates get times in the zone of those who read them.
    """

    def __init__(
        self, receivers: Sequence[ReceiverConfig], deliveries: Deliveries, stopping: threading.Event,
        linking: outbox.Linking = outbox.as_it_is, time: MachineTime | None = None,
        unread: Sequence[Mapping[str, str]] = (), settings: Callable[[], Settings] | None = None,
    ) -> None:  # fmt: skip
        self._deliveries, self._stopping, self._linking = deliveries, stopping, linking
        self._time = time or MachineTime()
        self._settings = settings
        self._lines: dict[Channel, Line] = {}
        self.by_name: dict[str, list[Route]] = {}
        for receiver in receivers:
            notifier, channels = ways_out(receiver)
            self.by_name[receiver.name] = routes_of(receiver, channels)
            more = range(1, max(1, int(getattr(notifier, "connections", 1))))
            notifiers = (notifier, *(receiver.module.build(receiver.options) for _ in more))
            self._lines |= {channel: line_of(channel, notifiers) for channel in channels}
        self.by_name = all_heard(self.by_name, unread)
        self._by_channel = {route.channel: route for route in self.routes}

    @property
    def routes(self) -> tuple[Route, ...]:
        return tuple(route for routes in self.by_name.values() for route in routes)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._lines)

    @property
    def listers(self) -> dict[Channel, Lister]:
        """The channels that can be asked what they hold, without those in shadow."""
        found = {route.channel: self._lines[route.channel].notifiers[0] for route in self.routes if not route.shadow}
        return {channel: notifier for channel, notifier in found.items() if isinstance(notifier, Lister)}

    def wake(self, channel: Channel | None = None) -> None:
        """Let the channel, or all of them, look for pages now."""
        for each, line in self._lines.items():
            if channel is None or each == channel:
                line.wake()

    def work(self) -> Iterator[tuple[str, partial[None]]]:
        """The work of each connection's thread until the program stops, with the thread's name."""
        for channel, line in self._lines.items():
            for number in range(len(line.notifiers)):
                yield f"channel {channel.name}", partial(self._deliver_forever, line, number)

    def heard(self, dated: Dated) -> None:
        """Note the time that a receiver stated."""
        self._time.heard(dated.peer, dated.date, dated.began, dated.ended, here=dated.here)

    def _deliver_forever(self, line: Line, number: int) -> None:
        with witnessed(self.heard):
            self._deliver_on(line, number)

    def _deliver_on(self, line: Line, number: int) -> None:
        while not self._stopping.is_set():
            try:
                line.wakeups[number].wait(self._round(line, number))
            except StoreError as error:
                log.error("delivery_waits_for_store", channel=line.channel.name, error=str(error))
                self._stopping.wait(PAUSE_AFTER_FAILURE)
            except Exception:
                log.exception("delivery_crashed", channel=line.channel.name, next_try=f"in {PAUSE_AFTER_FAILURE} s")
                self._stopping.wait(PAUSE_AFTER_FAILURE)

    def _round(self, line: Line, number: int) -> float:
        """Send the most urgent pages once; gives for how many seconds to wait."""
        pages, wait = self._take(line)
        if not pages:
            return wait
        begun, done, since = self._time.now(), None, monotonic()
        try:
            done = outbox.send(
                self._deliveries, line.notifiers[number], line.channel, pages, begun, linking=self._says(line.channel),
                zone="UTC" if self._settings is None else self._settings().zone,
            )  # fmt: skip
        finally:
            line.took(len(pages), monotonic() - since)
            self._give_back(line, pages, done)
        if done.failed:
            self._stopping.wait(BREATH)
        return 0.0

    def _says(self, channel: Channel) -> outbox.Linking:
        """What adds to the pages of a channel, as they are sent: why they ring outside covered hours, and links."""
        route, settings = self._by_channel[channel], self._settings
        if not route.hours or settings is None or channel.delivery is Delivery.STATE:
            return self._linking

        def says(alert: Alert, at: datetime) -> Alert:
            return self._linking(hours.marked(alert, route.hours, route.takes, settings(), at), at)

        return says

    def _take(self, line: Line) -> tuple[tuple[Page, ...], float]:
        """The pages that are next, or how long to wait for some."""
        with line.lock:
            at, name = self._time.now(), line.channel.name
            if line.outage.closed(at):
                return (), LONGEST_WAIT if line.outage.probing else (line.outage.opens_at(at) - at).total_seconds()
            paced = line.paced if line.paced is not None and at < line.paced else None
            busy, route = frozenset(line.busy), self._by_channel[line.channel]
            pages = self._deliveries.due_pages(name, at, line.most, busy, paced is not None, route)
            line.busy |= {page.alert.key for page in pages}
            if pages:
                line.outage = line.outage.probe()
                return pages, 0.0
            following = paced or self._deliveries.next_page(name, frozenset(line.busy))
        return (), LONGEST_WAIT if following is None else self._until(following, at)

    def _until(self, following: datetime, at: datetime) -> float:
        return min(LONGEST_WAIT, max(0.01, (following - at).total_seconds()))

    def _give_back(self, line: Line, pages: Sequence[Page], done: outbox.Round | None) -> None:
        """Share the result of a round with the other connections of the channel."""
        with line.lock:
            at, before = self._time.now(), line.outage
            line.busy -= {page.alert.key for page in pages}
            if done is None:
                line.outage = before.unknown()
            elif done.down:
                line.outage = before.failed(done.asked, at, partial(outbox.wait_after, jitter=random()))
            else:
                line.outage = Outage()
            line.paced = None if done is None else done.paced
            if before.failures > 1 and line.outage.over:
                self._deliveries.recover(line.channel.name, at)
        if not before.over or not line.outage.over:
            line.wake()
