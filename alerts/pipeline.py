"""Decide for each receiver whether it hears of a change of an alert now, later or not at all, and why.

Pure: an alert that changed and what is known of silences, causes and receivers come in; one decision per channel comes
out, each with its reason, which is the metric label, the log word and the audit row. What is withheld is on record as
well as what is sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.silences import Silence, is_one, known, silencing
from monitor.alert import Alert, Cause, Channel, Decision, Withheld


@dataclass(frozen=True, slots=True)
class Route:
    """One way out and what goes that way: of each label in `only`, one of the listed values.

    `shadow` decides and records everything, and sends nothing. What is `personal` hears only what its person is called
    for, and what becomes of that.
    """

    channel: Channel
    only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shadow: bool = False
    personal: bool = False

    def takes(self, alert: Alert) -> bool:
        words = known(alert)
        return not self.personal and all(
            is_one(name, words.get(name, ""), values) for name, values in self.only.items()
        )


def decide(
    alert: Alert, routes: Sequence[Route], silences: Sequence[Silence], cause: Cause | None, now: datetime
) -> Iterator[Decision]:
    """One decision per channel. *cause*, where there is one, has an alert of its own that stands for this one.

    What ends is never withheld for long: a receiver that was told of a beginning must hear of the end.
    """
    silence = silencing(alert, silences, now) if alert.firing else None
    for route in routes:
        if not alert.goes_by(route.channel.delivery):
            why = Withheld.RECORDED if not alert.told else Withheld.NOTHING_NEW
            yield Decision(route.channel, why)
        elif not route.takes(alert):
            yield Decision(route.channel, Withheld.NOT_ROUTED)
        elif alert.firing and cause is not None:
            yield Decision(route.channel, Withheld.GROUPED, held=not route.shadow, detail=cause.id)
        elif silence is not None:
            until = None if route.shadow else silence.ends_at
            yield Decision(route.channel, Withheld.SILENCED, not route.shadow, until, silence.id)
        else:
            yield Decision(route.channel, Withheld.SHADOW if route.shadow else None)
