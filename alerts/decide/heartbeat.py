"""Decide of the alert that always fires, and that it goes straight to every receiver.

Pure. The one surprise: silence is the signal. Whoever waits for this alert complains when the program, its store, its
machine or its network is gone. `monitor/service/pulse.py` asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from alerts.decide.withholding import Route
from monitor.alert import Alert, Decision, Delivery, OnRecord, Reason, Routed, Settings, Withheld
from monitor.messages import as_annotations, message

HEARTBEAT = "TierwatchHeartbeat"
STAGE = "heartbeat"
"""What the alert's row has as its stage, so that it is not counted among the alerts that fire."""


def heartbeat(previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alert that always fires, if it has to be said anew."""
    labels = {"alertname": HEARTBEAT, "instance": settings.instance, "severity": "none"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    if stored is not None and stored.firing:
        return ()
    words = {
        **as_annotations("summary", message("alert-heartbeat")),
        **as_annotations("description", message("alert-heartbeat-advice")),
        "reason": Reason.FIRST.value,
    }
    return (Alert(labels, words, now, reason=Reason.FIRST, stage=STAGE),)


@dataclass(frozen=True, slots=True)
class Straight:
    """Tell every receiver itself: nothing is grouped, silenced or chosen by label; who only practises hears nothing.

    Without `queues` only receivers of states hear of it, for it says nothing new. Somebody's own receiver hears of it
    only where there is no other.
    """

    routes: tuple[Route, ...]
    queues: bool = True

    def route(self, changed: Sequence[Alert], record: OnRecord, now: datetime) -> Routed:
        return Routed([(alert, tuple(self._decide(alert))) for alert in changed])

    def _decide(self, alert: Alert) -> Iterator[Decision]:
        nobody_else = all(route.personal for route in self.routes if not route.shadow)
        for route in self.routes:
            channel, why = route.channel, None
            if not alert.goes_by(channel.delivery):
                why = Withheld.NOTHING_NEW
            elif (route.personal and not nobody_else) or (channel.delivery is Delivery.QUEUE and not self.queues):
                why = Withheld.NOT_ROUTED
            elif route.shadow:
                why = Withheld.SHADOW
            yield Decision(channel, why)
