"""How to build each notifier against a server, what that server says to a page that it takes, and pages to send."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from alerts.notifiers import alertmanager, apprise, dingtalk, feishu, log, pagerduty, smtp, webhook, wecom
from monitor.alert.alert import Notifier, Page, Reason, Result, Verdict
from monitor.net.credentials import Auth, Secret
from tests.support import smtp_server
from tests.support.cases import at
from tests.support.pages import alert, ended, page
from tests.support.webhook import Reply, Webhook, listening

SECRETS = ("t0ken-of-ours", "pa55-of-ours")
KEY, PASSWORD = Secret(SECRETS[0], "$KEY"), Secret(SECRETS[1], "$PASSWORD")
SOON = timedelta(milliseconds=300)


@dataclass(frozen=True)
class Given:
    """Where the server is, what to log in with, whom to trust, how long to wait."""

    url: str
    auth: Auth | None = None
    ca: Path | None = None
    timeout: timedelta = timedelta(seconds=5)

    @property
    def address(self) -> Secret:
        """A webhook's address as a secret, with one in its path and one in its query."""
        return Secret(f"{self.url}/hook/{SECRETS[0]}?key={SECRETS[1]}", "$ROBOT_URL")

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])


@dataclass(frozen=True)
class Sample:
    """How to build a notifier against a server, and what that server says to a page that it takes."""

    build: Callable[[Given], Notifier]
    yes: Reply = field(default_factory=Reply)


def _apprise(given: Given) -> Notifier:
    scheme, _, host = given.url.partition("://")
    secret = f"json{'s' * (scheme == 'https')}://me:{SECRETS[1]}@{host}/{SECRETS[0]}?rto=60&cto=60"
    return apprise.build(apprise.Config(Secret(secret, "$APPRISE_URL"), timeout=given.timeout))


def _smtp(given: Given) -> Notifier:
    return smtp.build(
        smtp.Config("127.0.0.1", "tierwatch@example.com", ("ops@example.com",), port=given.port, tls=smtp.Tls.NONE,
                    username="me", password=PASSWORD, timeout=given.timeout)
    )  # fmt: skip


SAMPLES: dict[str, Sample] = {
    "alertmanager": Sample(
        lambda given: alertmanager.build(
            alertmanager.Config((given.url,), auth=given.auth, ca_file=given.ca, timeout=given.timeout)
        )
    ),
    "apprise": Sample(_apprise),
    "dingtalk": Sample(
        lambda given: dingtalk.build(
            dingtalk.Config(given.address, secret=KEY, ca_file=given.ca, timeout=given.timeout)
        ),
        Reply(200, b'{"errcode": 0, "errmsg": "ok"}'),
    ),
    "feishu": Sample(
        lambda given: feishu.build(feishu.Config(given.address, secret=KEY, ca_file=given.ca, timeout=given.timeout)),
        Reply(200, b'{"code": 0, "msg": "success", "data": {}}'),
    ),
    "log": Sample(lambda given: log.build(log.Config())),
    "pagerduty": Sample(
        lambda given: pagerduty.build(pagerduty.Config(KEY, url=given.url, ca_file=given.ca, timeout=given.timeout)),
        Reply(202, b'{"status": "success", "message": "Event processed", "dedup_key": "x"}'),
    ),
    "smtp": Sample(_smtp),
    "webhook": Sample(
        lambda given: webhook.build(
            webhook.Config(given.url, KEY, auth=given.auth, ca_file=given.ca, timeout=given.timeout)
        )
    ),
    "wecom": Sample(
        lambda given: wecom.build(wecom.Config(given.address, ca_file=given.ca, timeout=given.timeout)),
        Reply(200, b'{"errcode": 0, "errmsg": "ok"}'),
    ),
}
"""A new notifier adds its line here."""


@contextmanager
def peer(name: str) -> Iterator[tuple[str, Callable[[], int]]]:
    """A server that takes everything: its address, and how many requests or connections it has had."""
    if name == "smtp":
        with smtp_server.listening(offers=("AUTH PLAIN",)) as mail:
            yield f"smtp://127.0.0.1:{mail.port}", lambda: mail.connections
    else:
        with listening() as web:
            web.answer = lambda request: SAMPLES[name].yes
            yield web.url, lambda: len(web.requests)


def built(name: str, url: str, **given: Any) -> Notifier:
    return SAMPLES[name].build(Given(url, **given))


@contextmanager
def kept_apprise() -> Iterator[tuple[Notifier, Webhook]]:
    """Apprise at a receiver, with its process started: a start takes longer than the rest of a test."""
    with listening() as server:
        tell = built("apprise", server.url)
        assert sent(tell, 1)[0].verdict is Verdict.ACCEPTED
        yield tell, server
        tell._worker.close()  # type: ignore[attr-defined]


def batch(tell: Notifier, count: int = 3) -> list[Page]:
    (channel, *_) = tell.channels("ops")
    changed = [alert("INC1"), ended(alert("INC2")), alert("INC3", "breached")][:count]
    return [page(item, channel.name, number) for number, item in enumerate(changed)]


def sent(tell: Notifier, count: int = 3) -> list[Result]:
    return list(tell.send(batch(tell, count), at(12)))


def of_one_alert(tell: Notifier) -> list[Page]:
    (channel, *_) = tell.channels("ops")
    first = alert("INC1", ago=3600)
    changes = [first, ended(first, Reason.PAUSED), dataclasses.replace(first, reason=Reason.RESUMED)]
    return [page(item, channel.name, number) for number, item in enumerate(changes)]


def check_wording(result: Result) -> None:
    if result.verdict is not Verdict.ACCEPTED:
        assert result.reason.replace("_", "").isalnum()
        assert result.reason == result.reason.lower()
        assert " " in result.detail


def check_secrets(results: list[Result], lines: Any, *more: str) -> None:
    said = f"{[(result.reason, result.detail) for result in results]} {lines} {results!r}"
    assert not [secret for secret in (*SECRETS, *more) if secret in said]
