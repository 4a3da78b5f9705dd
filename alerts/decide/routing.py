"""Route every change of an alert: roll up what shares a cause, look at silences, ask each receiver's route.

Pure but for what the store's book is asked, inside the transaction in which the answer is remembered. The alerts of
causes go out with those that they stand for, and before them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from alerts.decide import root_causes, withholding
from alerts.decide.root_causes import RolledUp
from alerts.decide.silences import Silence, matcher
from alerts.decide.withholding import Route
from monitor.alert import Alert, Book, Channel, Decision, Routed, Settings, SilenceRow


def _mint() -> str:
    return uuid.uuid4().hex[:12]


@dataclass(frozen=True, slots=True)
class Telling:
    """Who hears of what; `settings` are asked anew each time, for the page's address is known only after the start."""

    routes: tuple[Route, ...]
    settings: Callable[[], Settings]
    mint: Callable[[], str] = _mint

    def route(self, changed: Sequence[Alert], book: Book, now: datetime) -> Routed:
        silences = [silence_of(row) for row in book.silences(now)]
        rolled = self._roll_up(changed, book, now)
        news: list[tuple[Alert, Sequence[Decision]]] = []
        for cause in rolled.values():
            for alert in cause.alerts:
                news.append((alert, tuple(withholding.decide(alert, self.routes, silences, None, now))))
        for alert in changed:
            standing = rolled.get(alert.cause_key)
            stands_for = standing.cause if standing is not None and standing.grouped else None
            news.append((alert, tuple(withholding.decide(alert, self.routes, silences, stands_for, now))))
        return news

    def takes(self, alert: Alert, channel: Channel) -> bool:
        """Whether a receiver that is new is told of what fires already: by its route, and of ourselves in any case."""
        for route in self.routes:
            if route.channel.name == channel.name and not route.shadow:
                return alert.labels.get("severity") == "none" or route.takes(alert)
        return False

    def _roll_up(self, changed: Sequence[Alert], book: Book, now: datetime) -> dict[str, RolledUp]:
        """What became of each cause that one of the alerts may belong to."""
        keys = dict.fromkeys([*(alert.cause_key for alert in changed), *sorted(book.former_keys())])
        wanted = [key for key in keys if key and not key.startswith("#")]
        book.look_up(wanted)
        found: dict[str, RolledUp] = {}
        for key in wanted:
            cause = book.cause(key)
            previous = [] if cause is None else book.alerts_of(cause)
            ended = [alert for alert in changed if alert.cause_key == key and not alert.firing]
            rolled = root_causes.roll_up(
                key,
                cause,
                book.members(key),
                previous,
                self.mint,
                self.settings(),
                now,
                ended,
                partial(book.resting, key),
            )
            if rolled.cause is None:
                continue
            book.remember(rolled.cause)
            if rolled.cause.closed_at is not None:
                book.release(rolled.cause)
            found[key] = rolled
        return found


def silence_of(row: SilenceRow) -> Silence:
    """A stored silence with its matchers understood."""
    matchers = tuple(matcher(text) for text in row.matchers)
    return Silence(row.id, matchers, row.starts_at, row.ends_at, row.author, row.reason, row.maintenance)
