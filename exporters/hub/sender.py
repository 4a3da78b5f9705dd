"""Send one notification to one subscriber, signed as the webhook notifier signs.

Each subscriber has a key of its own, made from the hub's secret and the id of the subscription, so that no key is
stored. A redirect is not followed: what was allowed is the address that was named.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from monitor.config import HubConfig
from monitor.errors import ExportError
from monitor.net import Fetch, Network, Secret

_TAKEN = frozenset(range(200, 300))
_JUDGED = frozenset({400, 413, 422})
_GONE = 410


class Answered(StrEnum):
    """What a subscriber answered to a notification."""

    TAKEN = "taken"
    """It took it."""
    REFUSED = "refused"
    """It refuses this one for good (400, 413, 422); the next one is sent."""
    GONE = "gone"
    """Nobody is there any more, and nobody will be (410)."""


def key_of(secret: Secret, subscription: str) -> str:
    """The key with which what is sent to a subscriber is signed."""
    return hmac.new(secret.reveal().encode(), f"tierwatch hub {subscription}".encode(), hashlib.sha256).hexdigest()


class Sender:
    """The way to one subscriber; belongs to one thread."""

    def __init__(self, config: HubConfig, subscription: str, callback: str) -> None:
        self._callback, self._key = callback, key_of(config.secret, subscription)
        network = Network(
            connect_timeout=min(config.timeout, timedelta(seconds=5)), read_timeout=config.timeout,
            total_timeout=config.timeout, attempts=1, max_bytes=64 * 1024, ca_file=config.ca_file,
        )  # fmt: skip
        self._fetch = Fetch("subscriber", ExportError, network=network)

    def send(self, body: dict[str, Any], now: datetime) -> Answered:
        """Send it, and give what the subscriber answered. Raises ExportError: then send it again."""
        wire = json.dumps(body, allow_nan=False).encode()
        timestamp = str(int(now.timestamp()))
        signed = hmac.new(self._key.encode(), timestamp.encode() + b"." + wire, hashlib.sha256).hexdigest()
        headers = {
            "Tierwatch-Timestamp": timestamp,
            "Tierwatch-Signature": f"v1={signed}",
            "Idempotency-Key": body["eventId"],
        }
        accept = _TAKEN | _JUDGED | {_GONE}
        answer = self._fetch.post(self._callback, wire, now=now, accept=accept, headers=headers)
        if answer.status == _GONE:
            return Answered.GONE
        return Answered.TAKEN if answer.status in _TAKEN else Answered.REFUSED

    def close(self) -> None:
        """Let go of the connection."""
        self._fetch.close()
