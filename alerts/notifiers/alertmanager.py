"""Tell Prometheus Alertmanager the current state of every alert, through its v2 API.

Every peer of a cluster is a channel of its own, named `<receiver>/<n>` in the order of `urls`, so that each one is told
whatever happens to the others; never write the address of a load balancer. A state is told again every minute with an
end 15 minutes ahead, so that an Alertmanager which restarted knows it again, and a silent tierwatch is noticed late
rather than wrongly.

The one surprise: a 400 may be partial. Alertmanager keeps the valid alerts of a batch that it refuses, so the batch is
halved until the bad one stands alone; only that one is refused. A wrong token, a wrong address and an answer that is
not Alertmanager's keep the pages waiting instead: those are mended by editing the configuration.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from pydantic import ConfigDict

from alerts.decide import Listing, Silence
from alerts.notifiers._delivery import network, same
from alerts.wording import DRILL_UNTIL
from monitor.alert import Alert, Channel, Delivery, Page, Result, Verdict
from monitor.errors import DeliveryError
from monitor.net import Address, Answer, AuthOption, Failed, Fetch, clean, reason_of
from monitor.text import Length

BATCH = 256
"""As many alerts in one request as Prometheus sends."""

FIRES_ON = timedelta(minutes=15)
"""How long Alertmanager lets an alert fire without another message: a late end is better than a false all-clear."""

SLOWLY = timedelta(seconds=60)
"""How long to wait where only an edit of the configuration can help."""

_TAKEN = frozenset({200, 201, 202, 204})
_JUDGED = frozenset({400, 413, 422})
"""Answers that speak of the batch, not of the way there."""

_NOBODY_THERE = frozenset({Failed.TIMEOUT, Failed.NETWORK, Failed.STOPPED})
"""Reasons after which the other batches wait, too: each would take the whole time-out."""

_EDIT = {"unauthorized": "auth", "forbidden": "auth", "not_found": "urls", "unexpected": "urls", "refused": "urls"}


@dataclass(frozen=True, slots=True)
class Config:
    """`urls` lists every peer, each without the path `/api/v2/alerts`. `timeout` is how long an answer may take."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    urls: tuple[Address, ...]
    """The address of every peer, without `/api/v2`; never a load balancer."""
    timeout: Length = timedelta(seconds=10)
    """How long one whole request may take."""
    auth: AuthOption | None = None
    """The login."""
    ca_file: Path | None = None
    """The certificate authority to trust."""
    client_cert: Path | None = None
    """A PEM file with our certificate and key."""

    def __post_init__(self) -> None:
        if not self.urls:
            raise ValueError("lists no urls; write the address of every Alertmanager peer")
        plain = [url.rstrip("/") for url in self.urls]
        if len(set(plain)) < len(plain):
            raise ValueError("lists one address twice in urls; keep one")
        for url in plain:
            if "?" in url or "#" in url or "/api/v" in url:
                raise ValueError(f"{clean(url)!r} is not where Alertmanager is; end it before /api/v2")


class Alertmanager:
    """The peers as receivers; each keeps a connection of its own."""

    def __init__(self, config: Config) -> None:
        self._config = config
        short = network(config.timeout, ca_file=config.ca_file, client_cert=config.client_cert)
        self._peers = [
            (
                f"{url.rstrip('/')}/api/v2/alerts",
                Fetch("alertmanager", DeliveryError, auth=config.auth, network=short),
            )
            for url in config.urls
        ]
        long = replace(short, max_bytes=64 * 1024 * 1024)
        self._lists = [Fetch("alertmanager", DeliveryError, auth=config.auth, network=long) for _ in config.urls]

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One per peer, counted from 1."""
        return tuple(Channel(f"{receiver}/{n}", Delivery.STATE) for n in range(1, len(self._peers) + 1))

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """Posts each peer's pages in batches; never raises for what a peer answered."""
        results: list[Result] = []
        for channel in dict.fromkeys(page.channel for page in pages):
            waiting: Result | None = None
            for wave in waves([page for page in pages if page.channel == channel]):
                for start in range(0, len(wave), BATCH):
                    batch = wave[start : start + BATCH]
                    done = same(batch, waiting) if waiting is not None else self._post(batch, now)
                    waiting = next((result for result in done if result.reason in _NOBODY_THERE), None)
                    results += done
        return results

    def listed(self, channel: Channel, instance: str, now: datetime) -> Listing:
        """What a peer holds of this installation's alerts, and the silences that withhold any of them.

        Raises DeliveryError where the peer cannot be asked, or what it says cannot be Alertmanager's. May be called
        while `send` is under way: it has connections of its own.
        """
        number = int(channel.name.rpartition("/")[2]) - 1
        url, fetch = self._peers[number][0], self._lists[number]
        matching = {"filter": f"instance={json.dumps(instance, ensure_ascii=False)}"}
        found = _parsed(fetch.get(url, now=now, params=matching).json(), url, _alerts)
        named = {name for names in found.values() for name in names}
        if not named:
            return Listing(found)
        where = f"{url.removesuffix('/alerts')}/silences"
        silences = _parsed(fetch.get(where, now=now).json(), where, _silences)
        return Listing(found, {name: silence for name, silence in silences.items() if name in named})

    def _post(self, pages: Sequence[Page], now: datetime) -> list[Result]:
        receiver, _, number = pages[0].channel.rpartition("/")
        if not number.isdigit() or not 0 < int(number) <= len(self._peers):
            detail = f"receiver {receiver}: peer {number} is not in its urls any more"
            return [Result(page, Verdict.REFUSED, "no_such_peer", detail) for page in pages]
        url, fetch = self._peers[int(number) - 1]
        try:
            answer = fetch.post(url, [as_json(page.alert, now) for page in pages], now=now, accept=_TAKEN | _JUDGED)
        except DeliveryError as error:
            return [_retry(page, receiver, error, now) for page in pages]
        if not _speaks_alertmanager(answer):
            detail = (
                f"receiver {receiver}: {clean(url)}: {answer.status}, but the answer is not Alertmanager's;"
                f" check receivers.{receiver}.options.urls; the pages wait"
            )
            return [Result(page, Verdict.RETRY, "not_alertmanager", detail, now + SLOWLY) for page in pages]
        if answer.status in _TAKEN:
            return [Result(page, Verdict.ACCEPTED) for page in pages]
        if len(pages) > 1:
            middle = len(pages) // 2
            return self._post(pages[:middle], now) + self._post(pages[middle:], now)
        if answer.status == 413:
            detail = (
                f"receiver {receiver}: {clean(url)}: 413, one alert alone is too large for it; raise what the proxy"
                " before it allows; the pages wait"
            )
            return [Result(pages[0], Verdict.RETRY, "too_large", detail, now + SLOWLY)]
        detail = (
            f"receiver {receiver}: {clean(url)}: {answer.status}, it refused the alert {_named(pages[0].alert)}:"
            f" {self._error_text(answer)}; it is not sent again"
        )
        return [Result(pages[0], Verdict.REFUSED, "refused", detail)]

    def _error_text(self, answer: Answer) -> str:
        """Alertmanager's own words, short, and without what we show to be let in."""
        found = _loaded(answer)
        text = str(found.get("message", "")) if isinstance(found, dict) else str(found)
        auth = self._config.auth
        secrets = [value.decode(errors="replace") for value in auth.headers.values()] if auth else []
        secrets += [secret.reveal() for secret in (auth.token, auth.password) if secret] if auth else []
        for secret in secrets:
            text = text.replace(secret, "…").replace(secret.partition(" ")[2] or secret, "…")
        return " ".join(text.split())[:200] or "no reason given"


def waves(pages: Sequence[Page]) -> tuple[list[Page], list[Page]]:
    """The worst stage of each clock that fires and the newest wave of each cause, and then all else, in two requests.

    In one request the lower stages would often be notified before Alertmanager's inhibitor has seen the worst one.
    """
    worst: dict[Any, Page] = {}
    for page in pages:
        alert, clock = page.alert, _clock(page.alert)
        if alert.firing and (clock not in worst or _badness(alert) > _badness(worst[clock].alert)):
            worst[clock] = page
    first = {id(page) for page in worst.values()}
    return list(worst.values()), [page for page in pages if id(page) not in first]


def _clock(alert: Alert) -> tuple[object, ...]:
    return alert.labels.get("instance"), alert.subject or alert.incident, alert.target, alert.cycle


def _badness(alert: Alert) -> tuple[int, bool, datetime]:
    """A breach is worst; of the stages before it, the one crossed last. Of equals the one given first stays.

    Of a root cause it is the newest wave.
    """
    return alert.wave, alert.labels.get("severity") == "critical", alert.starts_at


def as_json(alert: Alert, now: datetime) -> dict[str, Any]:
    """An alert as the v2 API wants it at *now*. Always with both times; empty labels are left out, as it would do.

    A drill that fires ends there at the end of its plan, whatever becomes of tierwatch.
    """
    ends_at = now + FIRES_ON if alert.resolved_at is None else alert.resolved_at
    if alert.firing and alert.drill and (until := alert.annotations.get(DRILL_UNTIL)):
        ends_at = min(ends_at, datetime.fromisoformat(until))
    body: dict[str, Any] = {
        "labels": {name: value for name, value in alert.labels.items() if value},
        "annotations": {name: value for name, value in alert.annotations.items() if value},
        "startsAt": _instant(alert.starts_at),
        "endsAt": _instant(max(ends_at, alert.starts_at)),
    }
    if alert.link:
        body["generatorURL"] = alert.link
    return body


def _retry(page: Page, receiver: str, error: DeliveryError, now: datetime) -> Result:
    reason = reason_of(error)
    edit = f"; see receivers.{receiver}.options.{_EDIT[reason]}" if reason in _EDIT else ""
    retry_at = error.retry_at if error.retryable else now + SLOWLY
    return Result(page, Verdict.RETRY, reason, f"receiver {receiver}: {error}{edit}; the pages wait", retry_at)


def _speaks_alertmanager(answer: Answer) -> bool:
    """Whether the answer can be Alertmanager's: nothing when it took the batch, JSON when it did not.

    A portal or a wrong address can answer 200 or 400 to anything; believing it would lose pages. Only 413 is often
    said by a proxy on the way, and then halving the batch is right as well.
    """
    if answer.status in _TAKEN:
        return not answer.body.strip() or _loaded(answer) is not None
    return answer.status == 413 or isinstance(_loaded(answer), str | dict)


def _loaded(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _named(alert: Alert) -> str:
    return " ".join(f"{name}={value}" for name, value in alert.labels.items() if name != "instance")


_T = TypeVar("_T")


def _parsed(found: Any, url: str, read: Callable[[Iterable[Any]], _T]) -> _T:
    try:
        if isinstance(found, list):
            return read(found)
    except (TypeError, ValueError, KeyError, AttributeError):
        pass
    raise DeliveryError(f"alertmanager: {clean(url)}: the answer is not Alertmanager's list; check the address")


def _alerts(listed: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, ...]]:
    """By our own key of each alert the silences that withhold it: labels are the identity on both sides."""
    found = {}
    for each in listed:
        labels = {str(name): str(value) for name, value in each["labels"].items()}
        key = Alert(labels, {}, datetime.fromisoformat(each["startsAt"])).key
        found[key] = tuple(map(str, each["status"]["silencedBy"] or ()))
    return found


def _silences(listed: Iterable[Mapping[str, Any]]) -> dict[str, Silence]:
    return {
        str(each["id"]): Silence(
            str(each["id"]),
            (),
            datetime.fromisoformat(each["startsAt"]),
            datetime.fromisoformat(each["endsAt"]),
            str(each["createdBy"]),
            str(each["comment"]),
            foreign=True,
        )
        for each in listed
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def build(config: Config) -> Alertmanager:
    return Alertmanager(config)
