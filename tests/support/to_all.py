"""A router for tests of the store: every alert to every channel, each in its own way; no silence, no cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alert.alert import Alert, Channel, Decision, Withheld
from monitor.alert.routed import OnRecord, Routed


@dataclass(frozen=True, slots=True)
class ToAll:
    """Sends everything to these channels."""

    channels: tuple[Channel, ...] = ()

    def route(self, changed: Sequence[Alert], record: OnRecord, now: datetime) -> Routed:
        return Routed([(alert, tuple(self._decide(alert))) for alert in changed])

    def _decide(self, alert: Alert) -> Iterator[Decision]:
        for channel in self.channels:
            silent = Withheld.NOTHING_NEW if alert.notifies else Withheld.RECORDED
            yield Decision(channel, None if alert.goes_by(channel.delivery) else silent)
