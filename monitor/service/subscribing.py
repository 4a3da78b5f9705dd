"""Take and end subscriptions to notifications of violations, for the API.

Where notifications may go is decided by the configuration alone: an address whose origin is not among `hub.origins` is
refused, so that nobody can have this program ask addresses inside the network.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from exporters.hub import key_of, read_query
from monitor.config import HubConfig, origin_of
from monitor.store import Database, Subscription, Subscriptions

MOST = 32
"""Subscriptions at the same time; each has a thread."""

LONGEST_CALLBACK = 1_000
"""Characters of an address."""


class Subscribing:
    """What the API may do with the subscriptions of one configuration."""

    def __init__(
        self, config: HubConfig | None, database: Database, now: Callable[[], datetime], news: Callable[[], None]
    ) -> None:
        """*news* is called when the subscriptions have changed."""
        self._config, self._store, self._now, self._news = config, Subscriptions(database), now, news

    @property
    def offered(self) -> bool:
        """Whether the configuration has a hub."""
        return self._config is not None

    def all(self) -> Sequence[Subscription]:
        return self._store.all()

    def subscribe(self, owner: str, customer: str | None, callback: str, query: str) -> Subscription | None:
        """Subscribe, or resume what is subscribed in the same way; None where there are too many.

        Raises ValueError with a sentence for what cannot be subscribed to.
        """
        self._check(callback)
        read_query(query, customer)
        new = Subscription(secrets.token_hex(8), callback, query, owner, customer, self._now())
        made = self._store.add(new, MOST)
        self._news()
        return made

    def key(self, subscription: str) -> str:
        """The key that signs what is sent to a subscriber."""
        assert self._config is not None
        return key_of(self._config.secret, subscription)

    def end(self, subscription: str, author: str) -> None:
        """End a subscription, if there is one."""
        self._store.remove(subscription, author, self._now())
        self._news()

    def _check(self, callback: str) -> None:
        assert self._config is not None
        origin = origin_of(callback) if len(callback) <= LONGEST_CALLBACK else None
        if origin is None:
            raise ValueError("the callback is no address; write https://host/path, without a user and without spaces")
        parts = urlsplit(callback)
        if parts.query or parts.fragment or "?" in callback or "#" in callback:
            raise ValueError("the callback has a query or a fragment; write the path alone: an address is no secret")
        if origin not in self._config.origins:
            raise ValueError(f"nothing may be sent to {origin}; whoever runs tierwatch has to add it to hub.origins")
