"""Post every change of an alert as signed JSON to a program of your own.

Use it to feed what nobody wrote a notifier for. The body is version 1 of our own payload, described in
docs/configuration.md; fields may be added to it, none goes away without a new version. Each request carries
`Tierwatch-Timestamp` (seconds since 1970), `Tierwatch-Signature` (`v1=` and the HMAC-SHA256, in hex, of the timestamp,
a dot and the body as sent) and `Idempotency-Key` (page, version and a hash of the change; the same at each try).

Traps. A page can come twice: after a crash, or where our time-out was shorter than your work; remember the keys. 400,
413 and 422 mean "never send me this again" and close the page; for anything that may pass, answer 5xx or 429. The
signature covers the body as it came: check it before parsing. Messages show the path of `url`, but not its query: a
token belongs under `auth`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from alerts.notifiers._delivery import Moments, failed, hush, identity, named, network, one_by_one
from monitor.alert import Channel, Delivery, Page, Result, Verdict
from monitor.errors import DeliveryError
from monitor.net import Address, AuthOption, Fetch, Secret, SecretOption, clean
from monitor.text import Length

VERSION = "1"

_TAKEN = frozenset(range(200, 300))
_JUDGED = frozenset({400, 413, 422})

_EDITS = {
    "unauthorized": "auth", "forbidden": "auth", "not_found": "url", "refused": "url", "unexpected": "url",
    "tls": "ca_file", "unusable": "url",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config:
    """`secret` signs each request. `timeout` is how long an answer may take."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: Address
    """The address of your program."""
    secret: SecretOption
    """A secret that signs each request."""
    timeout: Length = timedelta(seconds=10)
    """How long one whole request may take."""
    auth: AuthOption | None = None
    """The login."""
    ca_file: Path | None = None
    """The certificate authority to trust."""
    client_cert: Path | None = None
    """A PEM file with our certificate and key."""


class Webhook:
    """The program as a receiver, on one of its connections."""

    connections: ClassVar[int] = 4
    batch: ClassVar[int] = 1

    def __init__(self, config: Config) -> None:
        hush()
        self._config = config
        way = network(config.timeout, ca_file=config.ca_file, client_cert=config.client_cert)
        self._fetch = Fetch("webhook", DeliveryError, auth=config.auth, network=way)

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One, named as the receiver."""
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """One request per page, in order; never raises for what the receiver answered."""
        return one_by_one(pages, partial(self._post, moments=Moments(now)))

    def _post(self, page: Page, moments: Moments) -> Result:
        at, body, where = moments(), wire(payload(page)), clean(self._config.url)
        signed = headers(page, body, self._config.secret, at)
        try:
            answer = self._fetch.post(self._config.url, body, now=at, accept=_TAKEN | _JUDGED, headers=signed)
        except DeliveryError as error:
            return failed(page, error, where, moments(), _EDITS)
        if answer.status in _TAKEN:
            return Result(page, Verdict.ACCEPTED)
        detail = (
            f"receiver {page.channel}: {where}: {answer.status}, it refused the page of {named(page)};"
            " it is not sent again"
        )
        return Result(page, Verdict.REFUSED, "refused", detail)


def payload(page: Page) -> dict[str, Any]:
    """What is sent: version 1. A digest names in `missed` what is over, as far as the program may hold it open."""
    alert = page.alert
    body: dict[str, Any] = {
        "version": VERSION,
        "alert": alert.incident,
        "status": "firing" if alert.firing else "resolved",
        "reason": alert.reason.value,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": _instant(alert.starts_at),
        "resolved_at": None if alert.resolved_at is None else _instant(alert.resolved_at),
        "link": alert.link,
    }
    if page.missed is not None:
        named = {over.key: dict(over.labels) for over in page.missed.alerts}
        keys = dict.fromkeys((*page.missed.doubtful, *named))
        body["missed"] = {
            "number": page.missed.number,
            "over": [{"alert": key, "labels": named.get(key, {})} for key in keys],
        }
    return body


def wire(body: Any) -> bytes:
    """The body byte for byte: the signature is made of it."""
    return json.dumps(body, allow_nan=False).encode()


def headers(page: Page, body: bytes, secret: Secret, at: datetime) -> dict[str, str]:
    """The headers that sign and name one request."""
    timestamp = str(int(at.timestamp()))
    signed = hmac.new(secret.reveal().encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {
        "Tierwatch-Timestamp": timestamp,
        "Tierwatch-Signature": f"v1={signed}",
        "Idempotency-Key": identity(page),
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def build(config: Config) -> Webhook:
    return Webhook(config)
