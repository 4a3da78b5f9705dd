"""What the group robots of WeCom, DingTalk and Feishu share: plain text, a budget, and errors answered with 200.

All three answer HTTP 200 to a message that they did not take, with a code in the body: only the code counts. Their
whole address is a secret and is never shown. They are sent plain text, in which nothing that a ticket says is markup.

A robot takes few messages a minute and shuts out who sends more. Up to five pages at once go out one by one, as long
as the budget has room for them; more of them are put together into digests with a line and a link for each. What has
no room waits until there is some: nothing is lost.
"""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from alerts.delivery import Budget, Limit, Template, TemplateOption
from alerts.notifiers import _delivery
from alerts.notifiers._delivery import SLOWLY, Moments, check_address, failed, hush, joined, named, same
from alerts.notifiers._words import Size, digest, neutral, packed, words
from monitor.alert import Channel, Delivery, Page, Result, Verdict, is_breach
from monitor.errors import DeliveryError
from monitor.messages import Language
from monitor.net import Address, Answer, Fetch, Network, Secret, SecretOption
from monitor.text import Length

SINGLY = 5
"""More pages than this at once are put together: a person reads one message, not twenty."""

_EDITS = {
    name: "url" for name in ("unauthorized", "forbidden", "not_found", "refused", "unexpected", "tls", "unusable")
}


@dataclass(frozen=True, slots=True)
class RobotKind:
    """How messages are sent to one kind of robot.

    `most` is the longest text, as `size` measures it. `codes` are the fields that may hold the answer's code, the
    first one there counts. `busy` are codes of a robot that was asked too often, `unfit` those of a message that it
    will never take; every other code waits for an edit. `hints` say more about a code.
    """

    name: str
    limits: tuple[Limit, ...]
    most: int
    size: Size
    codes: tuple[str, ...]
    request: Callable[[str, str, Secret | None, datetime], tuple[str, dict[str, Any]]]
    busy: frozenset[int] = frozenset()
    unfit: frozenset[int] = frozenset()
    hints: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Config:
    """Options of a robot that may sign. `url` is a secret as a whole. `template` writes the text below the title."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: SecretOption
    """A secret as a whole: the robot's webhook address."""
    secret: SecretOption | None = None
    """A secret: the one of the robot's security setting (加签, 签名校验)."""
    language: Language | None = None
    """The language of the text; without it, the `language` of the installation."""
    template: TemplateOption | None = None
    """The text below the title, in Jinja2, written out or as `{file: PATH}`."""
    timeout: Length = timedelta(seconds=10)
    """How long one whole request may take."""
    ca_file: Path | None = None
    """The certificate authority to trust."""
    proxy: Address | None = None
    """The address of a proxy."""

    def __post_init__(self) -> None:
        check(self.url)


class Robot:
    """One group robot as a receiver. It remembers what it sent lately; one thread at a time, for it has one connection.

    Of its budget a quarter is kept for breaches: what else waits never uses it up.
    """

    batch: ClassVar[int] = 30

    def __init__(
        self,
        kind: RobotKind,
        url: Secret,
        key: Secret | None,
        language: str | None,
        template: Template | None,
        network: Network,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        hush()
        self._kind, self._url, self._key = kind, url, key
        self._language, self._template = language, template
        self._clock = clock
        self._budget = Budget(kind.limits)
        self._fetch = Fetch(kind.name, DeliveryError, network=network)

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One, named as the receiver."""
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """As many messages as the budget allows; the first that fails makes the rest wait, so that order holds."""
        moments = Moments(now, self._clock)
        waiting = deque(self._grouped(pages, now))
        results: list[Result] = []
        while waiting:
            group = waiting.popleft()
            at = moments()
            free = self._budget.free_at(at, kept=not is_breach(group[0].alert))
            if free > at:
                rest = [*group, *(page for other in waiting for page in other)]
                return results + same(rest, self._no_room(group[0], free))
            self._budget = self._budget.take(at)
            result = self._post(group, moments)
            if len(group) > 1 and (result.verdict is Verdict.REFUSED or result.reason == "too_large"):
                middle = len(group) // 2
                waiting.extendleft((group[middle:], group[:middle]))
                continue
            results += same(group, result)
            if result.verdict is Verdict.RETRY:
                return results + same((page for other in waiting for page in other), result)
        return results

    def _grouped(self, pages: Sequence[Page], now: datetime) -> list[tuple[Page, ...]]:
        """Breaches first, and not in one message with anything else."""
        breaches = [page for page in pages if is_breach(page.alert)]
        others = [page for page in pages if not is_breach(page.alert)]
        first = self._put_together(breaches, self._budget.room(now))
        return first + self._put_together(others, self._budget.room(now, kept=True) - len(first))

    def _put_together(self, pages: Sequence[Page], room: int) -> list[tuple[Page, ...]]:
        if len(pages) <= min(SINGLY, room):
            return [(page,) for page in pages]
        return packed(pages, self._language, neutral, self._kind.most, self._kind.size)

    def _post(self, group: Sequence[Page], moments: Moments) -> Result:
        text, trouble = self._text(group)
        at, page = moments(), group[0]
        url, body = self._kind.request(self._url.reveal(), text, self._key, at)
        try:
            answer = self._fetch.post(url, body, now=at, accept=frozenset({200, 400, 413}))
        except DeliveryError as error:
            return failed(page, error, self._who(), moments(), _EDITS)
        verdict, reason, sentence = judged(answer, self._kind)
        if verdict is Verdict.ACCEPTED:
            return Result(page, verdict, detail=trouble)
        begin = f"receiver {page.channel}: {self._who()}: {sentence}"
        if verdict is Verdict.REFUSED:
            detail = joined(f"{begin}; the page of {named(page)} is not sent again", trouble)
            return Result(page, verdict, reason, detail)
        return Result(page, verdict, reason, joined(f"{begin}; the page waits", trouble), moments() + SLOWLY)

    def _text(self, group: Sequence[Page]) -> tuple[str, str]:
        most, size = self._kind.most, self._kind.size
        if len(group) > 1:
            return digest(group, self._language, neutral, most, size), ""
        made = words(group[0].alert, self._language, neutral, self._template, group[0].zone)
        return made.text(most, size), made.trouble

    def _no_room(self, page: Page, free: datetime) -> Result:
        detail = (
            f"receiver {page.channel}: {self._who()} takes no more messages than it was sent lately; the page goes"
            " out when there is room, together with others if there are many"
        )
        return Result(page, Verdict.RETRY, "paced", detail, free, tried=False)

    def _who(self) -> str:
        return f"{self._kind.name} robot at the address in {self._url.origin}"


def judged(answer: Answer, kind: RobotKind) -> tuple[Verdict, str, str]:
    """What an answer means: a verdict, a reason and a sentence. Its own words are not repeated: they may hold anything.

    Only a code of zero, in an answer of 200, is a yes. What is not the robot's answer keeps the page waiting.
    """
    if answer.status == 413:
        return Verdict.RETRY, "too_large", "413, the message is too large for what is on the way"
    code = _code(answer, kind)
    if code is None or (code == 0 and answer.status != 200):
        sentence = f"{answer.status}, but the answer is not {kind.name}'s; check the address"
        return Verdict.RETRY, "unexpected", sentence
    if code == 0:
        return Verdict.ACCEPTED, "", ""
    hint = kind.hints.get(code, f"see what {kind.name} says of this code")
    if code in kind.busy:
        return Verdict.RETRY, "throttled", f"it answered code {code}, it was sent too much"
    if code in kind.unfit:
        return Verdict.REFUSED, "refused", f"it answered code {code} and does not take such a text; {hint}"
    return Verdict.RETRY, "robot_refused", f"it answered code {code}; {hint}"


def _code(answer: Answer, kind: RobotKind) -> int | None:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    found = [said[name] for name in kind.codes if name in said]
    return found[0] if found and isinstance(found[0], int) and not isinstance(found[0], bool) else None


def escaped(text: str) -> int:
    """The length of a text as it stands in a request, where a Chinese character has six bytes."""
    return len(json.dumps(text)) - 2


def network(timeout: timedelta, ca_file: Path | None, proxy: str | None) -> Network:
    """One attempt, short answers."""
    return _delivery.network(timeout, ca_file=ca_file, proxy=proxy, most=64 * 1024)


def signed(kind: RobotKind, config: Config) -> Robot:
    """The robot of that trade with these options."""
    way = network(config.timeout, config.ca_file, config.proxy)
    return Robot(kind, config.url, config.secret, config.language, config.template, way)


def check(url: Secret) -> None:
    check_address(url)
