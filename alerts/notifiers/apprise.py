"""Send pages through Apprise: Slack, Teams, Telegram, Discord, ntfy and a hundred more.

`url` is an Apprise URL; it holds tokens, so it is a secret as a whole. Needs `tierwatch[chat]`. More than five pages at
once are put together into digests, because Apprise waits several seconds between two messages to most receivers.
Apprise brings its own network code, so it works in a process of its own (about 60 MB), which is killed after `timeout`.

Traps. Apprise says yes or no and nothing else: a page that was not taken is always tried again, after a minute, and
never refused for good; how long a receiver asked us to wait is not known. For WeCom and DingTalk (and, before Apprise
2.3, Feishu and Lark) it takes every HTTP 200 for a yes, also one with an error code in it, and of no robot does it
know which codes mean "too often"; so those are refused here: use `wecom`, `dingtalk` and `feishu`. `schan` and
`synology` have the same fault and no notifier of ours. One URL with several targets says no if one of them does, and
then all are told again: write one receiver for each. Proxies come from the environment.
"""

from __future__ import annotations

import importlib
import logging
import warnings
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from pydantic import ConfigDict

from alerts.delivery import TemplateOption
from alerts.notifiers._apprise_process import Sent, Worker
from alerts.notifiers._delivery import SLOWLY, Moments, hush, joined, same
from alerts.notifiers._words import all_clear, cut, digest, neutral, packed, words
from monitor.alert import Channel, Delivery, Page, Result, Verdict
from monitor.errors import ConfigError
from monitor.messages import Language
from monitor.net import Ended, Failed, Secret, SecretOption
from monitor.text import Length, shown

SINGLY = 5

_OURS = {
    "wecombot": "wecom", "dingtalk": "dingtalk", "feishu": "feishu", "lark": "feishu",
    "https://qyapi.weixin.qq.com": "wecom", "https://oapi.dingtalk.com": "dingtalk",
    "https://open.feishu.cn": "feishu", "https://open.larksuite.com": "feishu",
}  # fmt: skip

_REASONS = {401: "unauthorized", 403: "forbidden", 404: "not_found", 413: "too_large", 429: "throttled"}


@dataclass(frozen=True, slots=True)
class Config:
    """`url` is a secret as a whole. `template` writes the text below the title. `timeout` is for a whole message."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: SecretOption
    """A secret as a whole: an Apprise URL."""
    language: Language | None = None
    """The language of the text; without it, the `language` of the installation."""
    template: TemplateOption | None = None
    """The text below the title, in Jinja2, written out or as `{file: PATH}`."""
    timeout: Length = timedelta(seconds=30)
    """How long one whole message may take."""

    def __post_init__(self) -> None:
        written = "" if self.url.missing else self.url.reveal().lower()
        for begin, ours in _OURS.items():
            if written.startswith(begin if "://" in begin else f"{begin}://"):
                raise ValueError(
                    f"Apprise does not know what such a robot's error codes mean; write type: {ours}, with the robot's"
                    f" own address in {self.url.origin}"
                )


def _hush(_: logging.LogRecord) -> bool:
    """Drop what Apprise says before anybody logs it: it holds addresses with tokens."""
    return False


_SHORTEST = 100


def _longest(url: Secret, library: Any) -> int:
    """How many characters a message to *url* may have. Raises ConfigError where Apprise does not know the URL."""
    asset = library.AppriseAsset(app_id="tierwatch", app_desc="tierwatch", http_redirects=False, async_mode=False)
    target = library.Apprise(asset=asset)
    logging.getLogger("apprise").addFilter(_hush)
    known = target.add(url.reveal())
    if not known or len(target) != 1:
        raise ConfigError(
            f"notifier apprise: the secret in {url.origin} is not one URL that Apprise knows; see its list of services"
        )
    (plugin,) = target
    return max(int(plugin.body_maxlen), _SHORTEST)


class Apprise:
    """One Apprise URL as a receiver, on one connection."""

    batch: ClassVar[int] = 30

    def __init__(self, config: Config, library: Any) -> None:
        hush()
        self._config = config
        self._most = _SHORTEST if config.url.missing else _longest(config.url, library)
        self._worker = Worker(config.url)

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One, named as the receiver."""
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """One message per page or digest; the first that fails makes the rest wait, so that order holds."""
        moments, results = Moments(now), list[Result]()
        waiting = deque(self._grouped(pages))
        while waiting:
            group = waiting.popleft()
            result = self._send(group, moments)
            if len(group) > 1 and result.reason == "too_large":
                middle = len(group) // 2
                waiting.extendleft((group[middle:], group[:middle]))
                continue
            results += same(group, result)
            if result.verdict is Verdict.RETRY:
                return results + same((page for other in waiting for page in other), result)
        return results

    def _grouped(self, pages: Sequence[Page]) -> list[tuple[Page, ...]]:
        if len(pages) <= SINGLY:
            return [(page,) for page in pages]
        return packed(pages, self._config.language, neutral, self._most)

    def _send(self, group: Sequence[Page], moments: Moments) -> Result:
        page, trouble = group[0], ""
        if len(group) > 1:
            text = digest(group, self._config.language, neutral, self._most)
        else:
            made = words(page.alert, self._config.language, neutral, self._config.template, page.zone)
            text, trouble = made.text(self._most), made.trouble
        begin = f"receiver {page.channel}: the service at the address in {self._config.url.origin}"
        kind = "WARNING" if page.alert.firing else "SUCCESS" if all_clear(page.alert) else "INFO"
        sent = self._worker.send(cut(text, self._most), kind, self._config.timeout.total_seconds())
        if sent.taken:
            return Result(page, Verdict.ACCEPTED, detail=trouble)
        reason, sentence = self._judged(sent)
        detail = joined(f"{begin}: {sentence}; the page waits", trouble)
        return Result(page, Verdict.RETRY, reason, detail, moments() + SLOWLY)

    def _judged(self, sent: Sent) -> tuple[str, str]:
        """A reason and a sentence for a message that was not taken."""
        if sent.ended is Ended.STOPPED:
            return Failed.STOPPED, "tierwatch stops, so the message was given up"
        if sent.ended is not None:
            return "timeout", f"no whole answer within {shown(self._config.timeout)}, so Apprise was ended"
        if sent.failed:
            return "apprise_failed", f"Apprise failed with {sent.failed}"
        if not sent.statuses:
            return "network", "Apprise could not deliver, without an answer's status"
        status = sent.statuses[-1]
        reason = _REASONS.get(status, "server_error" if status >= 500 else "refused")
        return reason, f"{status}, it did not take the message; check the address"


def build(config: Config) -> Apprise:
    """Raises ConfigError where Apprise is missing, or does not know the URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what it imports is its own affair
        try:
            library = importlib.import_module("apprise")
        except ImportError:
            raise ConfigError(
                "notifier apprise needs the Python package apprise, which is not installed; install tierwatch[chat]"
            ) from None
        return Apprise(config, library)
