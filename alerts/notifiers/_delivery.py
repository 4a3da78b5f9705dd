"""Send a receiver one page after the other, keep each alert's pages in order, and word what went wrong.

No address is ever shown here: those of robots and webhooks are secrets as a whole.
"""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from monitor.alert import Page, Result, Verdict
from monitor.errors import DeliveryError
from monitor.net import Failure, Network, Secret, reason_of

SLOWLY = timedelta(seconds=60)
"""How long to wait where only an edit, or patience, can help."""

_OF_THIS_PAGE = frozenset({"server_error", "deferred"})
"""Failures that may be about one page; anything else is about the receiver, and then no other page is tried."""

_PATIENCE = 3  # failures in a row that may be about one page


@dataclass(frozen=True, slots=True)
class Moments:
    """The time during one call: *now* and what passed since. A batch may take minutes."""

    now: datetime
    clock: Callable[[], float] = time.monotonic
    begun: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "begun", self.clock())

    def __call__(self) -> datetime:
        return self.now + timedelta(seconds=max(0.0, self.clock() - self.begun))


def network(
    timeout: timedelta,
    *,
    ca_file: Path | None,
    client_cert: Path | None = None,
    proxy: str | None = None,
    most: int = 1024 * 1024,
) -> Network:
    """How a receiver is asked: once, since the outbox tries again, and for an answer of at most *most* bytes.

    *timeout* is for the whole answer.
    """
    return Network(
        connect_timeout=min(timeout, timedelta(seconds=5)),
        read_timeout=timeout,
        total_timeout=timeout,
        attempts=1,
        max_bytes=most,
        ca_file=ca_file,
        client_cert=client_cert,
        proxy=proxy,
    )


def one_by_one(pages: Sequence[Page], send: Callable[[Page], Result]) -> list[Result]:
    """Send each page once. After a page that waits, later pages of its alert wait too, so that their order holds.

    A receiver that is not there, hangs or wants peace is not asked for every page: the rest waits as the first did.
    """
    results: list[Result] = []
    held: dict[str, Result] = {}
    in_a_row = 0
    for number, page in enumerate(pages):
        earlier = held.get(page.alert.incident)
        if earlier is not None:
            results.append(replace(earlier, page=page))
            continue
        result = send(page)
        results.append(result)
        if result.verdict is not Verdict.RETRY:
            in_a_row = 0
            continue
        held[page.alert.incident] = result
        in_a_row += 1
        if result.reason not in _OF_THIS_PAGE or in_a_row == _PATIENCE:
            return results + [replace(result, page=other) for other in pages[number + 1 :]]
    return results


def failed(page: Page, error: DeliveryError, what: str, now: datetime, edits: Mapping[str, str]) -> Result:
    """A page that waits, because the way to *what* failed. *edits* names the option to see, by reason."""
    reason = reason_of(error)
    cause = error.__cause__
    sentence = cause.sentence if isinstance(cause, Failure) else "it did not take the page"
    edit = f"; see receivers.{page.channel}.options.{edits[reason]}" if reason in edits else ""
    retry_at = error.retry_at if error.retryable else now + SLOWLY
    detail = f"receiver {page.channel}: {what}: {sentence}{edit}; the page waits"
    return Result(page, Verdict.RETRY, reason, detail, retry_at)


def identity(page: Page) -> str:
    """A name for one version of a page, the same at each try, and never that of another installation's page."""
    alert = page.alert
    over = "" if alert.resolved_at is None else alert.resolved_at.isoformat()
    said = "\n".join((alert.key, alert.starts_at.isoformat(), over, alert.reason.value))
    return f"{page.id}-{page.version}-{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def named(page: Page) -> str:
    """Which alert a page is about, for a sentence."""
    return " ".join(f"{name}={value}" for name, value in page.alert.labels.items() if name != "instance")


def check_address(url: Secret) -> None:
    """Raises ValueError for a secret that is no address, or one that would travel in the open."""
    if url.missing:
        return
    try:
        parts = urlsplit(url.reveal())
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or "#" in url.reveal() or "@" in parts.netloc:
        raise ValueError(f"the secret in {url.origin} is not the address of a webhook; copy it as the chat shows it")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"the address in {url.origin} begins with http:, so anybody can read it; write https:")


def is_loopback(host: str) -> bool:
    """Whether nobody else can listen on the way to *host*."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower().rstrip(".") == "localhost"


def hush() -> None:
    """Keep the HTTP library's own log quiet: it holds whole addresses, as a warning where a header is malformed."""
    logging.getLogger("urllib3.connectionpool").setLevel(logging.CRITICAL)


def joined(*details: str) -> str:
    return "; ".join(detail for detail in details if detail)


def same(pages: Iterable[Page], like: Result) -> list[Result]:
    """One answer for several pages."""
    return [replace(like, page=page) for page in pages]
