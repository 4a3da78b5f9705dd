"""Keep the waves of one root cause apart in the queue of a receiver that is sent every change once.

Pure. To such a receiver the waves are one incident. A wave that has not been sent when the next one comes is replaced
by it, and of the ends that come together it is sent that of the newest wave which it took. Where nobody knows whether
it took a wave, the end of that one is sent as well: one end too many closes nothing, one too few leaves an incident
open.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alerts.decide.queues import Pages, QueuedPage
from monitor.alert import Alert, Decision

Waves = Mapping[str, Mapping[str, int]]
"""By the `cause_key` of each root cause: the number of each wave by the key of its alert."""

Queued = Sequence[tuple[Alert, Decision]]
"""Changes that one channel is sent, now or later."""


def causes(queued: Queued, firing: bool) -> frozenset[str]:
    """The root causes of which a wave fires now, or ends."""
    return frozenset(alert.cause_key for alert, _ in queued if alert.wave and alert.firing is firing)


def ends_to_send(queued: Queued, waves: Waves, pages: Pages) -> list[tuple[Alert, Decision]]:
    """The changes without the ends of waves that the receiver was never sent, or has taken a later one of.

    While a page of a wave waits or is under way its own end follows it, whatever came after.
    """
    return [
        (alert, decision)
        for alert, decision in queued
        if alert.firing or not alert.wave or _is_sent(alert, waves.get(alert.cause_key, {}), pages)
    ]


def _is_sent(alert: Alert, of_cause: Mapping[str, int], pages: Pages) -> bool:
    mine = pages.get(alert.key, ())
    if any(page.open and not page.held_by for page in mine):
        return True
    sent = any(page.accepted or page.attempts for page in mine)
    later = [key for key, wave in of_cause.items() if wave > alert.wave]
    return sent and not any(page.accepted for key in later for page in pages.get(key, ()))


def replaced(queued: Queued, waves: Waves, pages: Pages) -> list[QueuedPage]:
    """The pages of older waves that wait for nothing else than the newer one does."""
    found: dict[int, QueuedPage] = {}
    for alert, decision in queued:
        if not (alert.firing and alert.wave):
            continue
        for key, wave in waves.get(alert.cause_key, {}).items():
            for page in pages.get(key, ()) if wave <= alert.wave else ():
                alike = not decision.held or page.held_by == decision.held_by
                if page.open and not page.under_way and alike:
                    found[page.id] = page
    return list(found.values())
