"""Open and resolve PagerDuty alerts through the Events API v2.

The `dedup_key` is the alert's fingerprint: one PagerDuty alert per clock, cycle and stage, and one for all waves of a
root cause. PagerDuty answers 202 before it looks closer, so an accepted event is no proof of an incident; its own
activity log is.

Traps. A trigger after a resolve opens a new incident, so a page that waits holds back every later page of its alert.
400 closes a page for good, but not where it speaks of the routing key: that is mended by editing the configuration. An
event above 512 KB is refused whole; the longest details are cut before that. A resolve carries no text: PagerDuty would
not show it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from alerts.delivery import TemplateOption
from alerts.notifiers._delivery import SLOWLY, Moments, failed, named, network, one_by_one
from alerts.notifiers._words import cut, languages, plain, words
from alerts.oncall import ANNOTATION
from monitor.alert import Alert, Channel, Delivery, Missed, Page, Result, Verdict
from monitor.errors import DeliveryError
from monitor.messages import Language, message, text
from monitor.net import Address, Answer, Fetch, Secret, SecretOption, clean, redact
from monitor.text import Length, one_line

MOST_BYTES = 512 * 1000
"""PagerDuty's limit for one event, read as the smaller of the two meanings of KB."""

MOST_SUMMARY = 1024
_MOST_SOURCE = 255
_SHORTEST = 64

_SEVERITIES = frozenset({"critical", "error", "warning", "info"})
_EDITS = {
    "unauthorized": "routing_key", "forbidden": "routing_key", "not_found": "url", "refused": "url",
    "unexpected": "url", "tls": "ca_file", "unusable": "url",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config:
    """`routing_key` is the integration key of a service. `template` writes the detail `text`."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    routing_key: SecretOption
    """A secret: the integration key of a service."""
    url: Address = "https://events.pagerduty.com/v2/enqueue"
    """The address of the Events API, for another region or a program that speaks the same API."""
    language: Language | None = None
    """The language of the text; without it, the `language` of the installation."""
    template: TemplateOption | None = None
    """The detail `text`, in Jinja2, written out or as `{file: PATH}`."""
    timeout: Length = timedelta(seconds=10)
    """How long one whole request may take."""
    ca_file: Path | None = None
    """The certificate authority to trust."""
    proxy: Address | None = None
    """The address of a proxy."""


class PagerDuty:
    """One service as a receiver, on one of its connections."""

    connections: ClassVar[int] = 4
    batch: ClassVar[int] = 1

    def __init__(self, config: Config) -> None:
        self._config = config
        way = network(config.timeout, ca_file=config.ca_file, proxy=config.proxy)
        self._fetch = Fetch("pagerduty", DeliveryError, network=way)

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One, named as the receiver."""
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """One event per page, in order; never raises for what PagerDuty answered."""
        return one_by_one(pages, partial(self._post, moments=Moments(now)))

    def _post(self, page: Page, moments: Moments) -> Result:
        if page.missed is not None:
            return self._digest(page, page.missed, moments)
        return self._event(page, moments)

    def _digest(self, page: Page, missed: Missed, moments: Moments) -> Result:
        """Tell a digest as an alert of its own, which is over at once, and resolve what PagerDuty may know of."""
        told = self._event(replace(page, alert=replace(page.alert, resolved_at=None)), moments)
        for key in ("", *missed.doubtful):
            if told.verdict is not Verdict.ACCEPTED:
                break
            told = self._event(page, moments, key)
        return replace(told, page=page)

    def _event(self, page: Page, moments: Moments, key: str = "") -> Result:
        config = self._config
        body, trouble = event(page.alert, config, page.zone)
        if key:
            body["dedup_key"] = key
        where = clean(config.url)
        try:
            answer = self._fetch.post(config.url, body, now=moments(), accept=frozenset({202, 400, 413}))
        except DeliveryError as error:
            return failed(page, error, where, moments(), _EDITS)
        if answer.status == 202:
            return Result(page, Verdict.ACCEPTED, detail=trouble)
        said = _error_text(answer, config.routing_key)
        begin = f"receiver {page.channel}: {where}: {answer.status}, "
        if answer.status == 413 or said is None:
            detail = f"{begin}which is not PagerDuty's answer; check url and what is on the way; the page waits"
            return Result(page, Verdict.RETRY, "not_pagerduty", detail, moments() + SLOWLY)
        if "routing" in said.lower() or "service key" in said.lower():
            detail = f"{begin}it refused the routing key in {config.routing_key.origin}; correct it; the page waits"
            return Result(page, Verdict.RETRY, "unauthorized", detail, moments() + SLOWLY)
        detail = f"{begin}it refused the event of {named(page)}: {said or 'no reason given'}; it is not sent again"
        return Result(page, Verdict.REFUSED, "refused", detail)


def event(alert: Alert, config: Config, zone: str = "UTC") -> tuple[dict[str, Any], str]:
    """An alert as an event, small enough, and what its template did wrong."""
    body: dict[str, Any] = {
        "routing_key": config.routing_key.reveal(),
        "event_action": "trigger" if alert.firing else "resolve",
        "dedup_key": alert.incident,
    }
    if not alert.firing:
        return body, ""
    made = words(alert, config.language, plain, config.template, zone)
    severity = alert.labels.get("severity", "")
    links = _links(alert, config.language)
    body |= {
        "client": "tierwatch",
        "payload": {
            "summary": cut(one_line(made.title), MOST_SUMMARY),
            "source": cut(one_line(_source(alert)), _MOST_SOURCE),
            "severity": severity if severity in _SEVERITIES else "warning",
            "timestamp": alert.starts_at.astimezone(UTC).isoformat(),
            "component": cut(one_line(alert.annotations.get("circuit", "")), _MOST_SOURCE),
            "group": alert.labels.get("tier", ""),
            "class": alert.labels.get("sla_target", ""),
        },
    }
    body["payload"] = {name: value for name, value in body["payload"].items() if value}
    if links:
        body |= {"links": links}
    if links and links[0]["href"] != alert.annotations.get(ANNOTATION):
        body |= {"client_url": links[0]["href"]}
    details = {"text": made.body, "reason": alert.reason.value, **_details(alert)}
    body["payload"]["custom_details"] = _fitted(details, MOST_BYTES - _bytes(body))
    return body, made.trouble


def _fitted(details: Mapping[str, str], room: int) -> dict[str, str]:
    """The details in at most *room* bytes: the longest texts are cut first, then the last ones left out."""
    most = max((len(value) for value in details.values()), default=0)
    fitted = dict(details)
    while _bytes(fitted) + 32 > room and most > _SHORTEST:
        most = max(most // 2, _SHORTEST)
        fitted = {name: cut(value, most) for name, value in details.items()}
    left = _bytes(fitted) + 32 - room
    while left > 0 and fitted:
        name, value = fitted.popitem()
        left -= _bytes({name: value})  # two braces, as many bytes as the comma and the blank before it
    return fitted


def _details(alert: Alert) -> dict[str, str]:
    """Labels and annotations under their names; a label comes first and is never overwritten."""
    both = {**alert.annotations, **alert.labels}
    return {name: plain(value) for name, value in both.items() if name not in ("text", "reason") and value}


def _source(alert: Alert) -> str:
    """What is affected: the subject, or this installation where the alert speaks of itself."""
    subject = alert.subject.subject if alert.subject else ""
    return subject or alert.labels.get("instance", "") or "tierwatch"


def _links(alert: Alert, language: str | None) -> list[dict[str, str]]:
    """The links of an alert with their names; the one that acknowledges it is the last."""
    said = alert.annotations
    given = (
        (alert.link, "tierwatch"),
        (said.get("ticket_url", ""), message("receiver-link-ticket")),
        (said.get(ANNOTATION, ""), message("receiver-link-acknowledge")),
    )
    return [
        {"href": href, "text": " / ".join(dict.fromkeys(text(name, code) for code in languages(language)))}
        for href, name in given
        if href.startswith(("http://", "https://"))
    ]


def _bytes(body: Any) -> int:
    return len(json.dumps(body))


def _error_text(answer: Answer, key: Secret) -> str | None:
    """PagerDuty's words without the key; None if they are not PagerDuty's."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    errors = said.get("errors")
    parts = [said.get("message", ""), *(errors if isinstance(errors, list) else [])]
    return redact(one_line(" ".join(str(part) for part in parts if part)), [key])[:200]


def build(config: Config) -> PagerDuty:
    return PagerDuty(config)
