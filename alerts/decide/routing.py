"""Route every change of an alert: roll up what shares a cause, look at silences, ask each receiver's route.

Pure: what the store has on record comes in, decisions and causes go out, in the transaction that reads the one and
writes the other. The alerts of causes go out with those that they stand for, and before them.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from alerts.decide import root_causes, withholding
from alerts.decide.root_causes import RolledUp
from alerts.decide.silences import Silence, matcher
from alerts.decide.withholding import Route
from monitor.alert import Alert, AlertChange, Channel, OnRecord, Routed, Settings, SilenceRow


def _mint() -> str:
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The routes of the configuration.

    `settings` are asked anew each time, for the page's address is known only after the start.
    """

    routes: tuple[Route, ...]
    settings: Callable[[], Settings]
    mint: Callable[[], str] = _mint

    def route(self, changed: Sequence[Alert], record: OnRecord, now: datetime) -> Routed:
        silences = [silence_of(row) for row in record.silences]
        rolled = self._roll_up(changed, record, now)
        changes: list[AlertChange] = []
        for cause in rolled.values():
            for alert in cause.alerts:
                changes.append((alert, tuple(withholding.decide(alert, self.routes, silences, None, now))))
        for alert in changed:
            of_cause = rolled.get(alert.cause_key)
            stands_for = of_cause.cause if of_cause is not None and of_cause.grouped else None
            changes.append((alert, tuple(withholding.decide(alert, self.routes, silences, stands_for, now))))
        return Routed(changes, [each.cause for each in rolled.values() if each.cause is not None])

    def takes(self, alert: Alert, channel: Channel) -> bool:
        """Whether a receiver that is new is sent what fires already: by its route, and our own alerts in any case."""
        for route in self.routes:
            if route.channel.name == channel.name and not route.shadow:
                return alert.labels.get("severity") == "none" or route.takes(alert)
        return False

    def _roll_up(self, changed: Sequence[Alert], record: OnRecord, now: datetime) -> dict[str, RolledUp]:
        """What became of each cause that one of the alerts may belong to."""
        by_key = {alert.key: alert for alert in changed}
        of_cause: dict[str, list[Alert]] = defaultdict(list)
        for alert in by_key.values():
            of_cause[alert.cause_key].append(alert)
        found: dict[str, RolledUp] = {}
        for key, known in record.causes.items():
            mine = of_cause[key]
            rolled = root_causes.roll_up(
                key,
                known.cause,
                root_causes.members(known.firing, by_key, mine),
                known.alerts,
                self.mint,
                self.settings(),
                now,
                [alert for alert in mine if not alert.firing],
                partial(_resting, record, key, changed, mine),
            )
            if rolled.cause is not None:
                found[key] = rolled
        return found


def _resting(record: OnRecord, key: str, changed: Sequence[Alert], of_cause: Sequence[Alert]) -> Sequence[str]:
    return root_causes.resting(record.pausing(key), changed, of_cause)


def silence_of(row: SilenceRow) -> Silence:
    """A stored silence with its matchers understood."""
    matchers = tuple(matcher(text) for text in row.matchers)
    return Silence(row.id, matchers, row.starts_at, row.ends_at, row.author, row.reason, row.maintenance)
