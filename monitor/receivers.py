"""Hold the receivers and their channels, and deliver on each: one thread per channel, so that none holds up another.

What a round does is in `alerts/outbox.py`; a channel sleeps until its next page is due or somebody rings.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

import structlog

from alerts import outbox
from alerts.pipeline import Route, with_last_resort
from alerts.reconcile import Lister
from monitor.alarm import Alarm
from monitor.alert import Channel, Notifier
from monitor.config import ReceiverConfig
from monitor.errors import StoreError
from monitor.escalator import ways_out
from monitor.fetch import Dated, witnessed
from monitor.machine_time import MachineTime
from monitor.store.deliveries import Deliveries

PAUSE_AFTER_FAILURE = 5.0
"""Seconds after which a part that met a failure of its own goes on."""

LONGEST_WAIT = 60.0
"""Seconds after which a channel looks for pages again, whoever rings."""

log = structlog.get_logger()


class Receivers:
    """Every receiver of one running program. Raises ConfigError for one that cannot be built.

    `linking` adds to each page, as it is sent, the link that acknowledges it. `unread` are the labels of alerts of
    words that are not understood, by source: somebody hears of them.
    """

    def __init__(
        self, receivers: Sequence[ReceiverConfig], deliveries: Deliveries, stopping: threading.Event,
        linking: outbox.Linking = outbox.as_it_is, time: MachineTime | None = None,
        unread: Sequence[Mapping[str, str]] = (),
    ) -> None:  # fmt: skip
        self._deliveries, self._stopping, self._linking = deliveries, stopping, linking
        self._time = time or MachineTime()
        self._channels: dict[Channel, tuple[Notifier, Alarm]] = {}
        self.by_name: dict[str, list[Route]] = {}
        for receiver in receivers:
            notifier, channels = ways_out(receiver)
            self.by_name[receiver.name] = [
                Route(channel, receiver.only, receiver.shadow, receiver.personal) for channel in channels
            ]
            self._channels |= {channel: (notifier, Alarm()) for channel in channels}
        heard = {route.channel: route for route in with_last_resort(self.routes, unread)}
        self.by_name = {name: [heard[route.channel] for route in routes] for name, routes in self.by_name.items()}

    @property
    def routes(self) -> tuple[Route, ...]:
        return tuple(route for routes in self.by_name.values() for route in routes)

    @property
    def channels(self) -> tuple[Channel, ...]:
        return tuple(self._channels)

    @property
    def listers(self) -> dict[Channel, Lister]:
        """The channels that can be asked what they hold, and that are told anything at all."""
        found = {route.channel: self._channels[route.channel][0] for route in self.routes if not route.shadow}
        return {channel: notifier for channel, notifier in found.items() if isinstance(notifier, Lister)}

    def ring(self, channel: Channel | None = None) -> None:
        """Let the channel, or all of them, look for pages now."""
        for each, (_, alarm) in self._channels.items():
            if channel is None or each == channel:
                alarm.ring()

    def work(self) -> Iterator[tuple[str, partial[None]]]:
        """What each channel's thread does until the program stops, with a name for the thread."""
        for channel, (notifier, alarm) in self._channels.items():
            yield f"channel {channel.name}", partial(self._deliver_forever, channel, notifier, alarm)

    def heard(self, dated: Dated) -> None:
        """A receiver stated its time."""
        self._time.heard(dated.peer, dated.date, dated.began, dated.ended, here=dated.here)

    def _deliver_forever(self, channel: Channel, notifier: Notifier, alarm: Alarm) -> None:
        with witnessed(self.heard):
            self._deliver_on(channel, notifier, alarm, self._time.now)

    def _deliver_on(self, channel: Channel, notifier: Notifier, alarm: Alarm, now: Callable[[], datetime]) -> None:
        while not self._stopping.is_set():
            try:
                done = outbox.deliver(self._deliveries, notifier, channel, now(), linking=self._linking)
                following = self._deliveries.next_page(channel.name)
                wait_for = LONGEST_WAIT if following is None else max(0.0, (following - now()).total_seconds())
                if done.failed:
                    wait_for = max(wait_for, 0.2)
                alarm.sleep(min(wait_for, LONGEST_WAIT))
            except StoreError as error:
                log.error("delivery_waits_for_store", channel=channel.name, error=str(error))
                self._stopping.wait(PAUSE_AFTER_FAILURE)
            except Exception:
                log.exception("delivery_crashed", channel=channel.name, next_try=f"in {PAUSE_AFTER_FAILURE} s")
                self._stopping.wait(PAUSE_AFTER_FAILURE)
