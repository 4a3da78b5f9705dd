"""Write each change of an alert as one line of the program's log.

For the demo and for trying a configuration out: nobody is woken. It is told every change once, in order, and accepts
all of them. Needs no network and has no options.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from pydantic import ConfigDict

from monitor.alert import Channel, Delivery, Page, Result, Verdict
from monitor.log import Logger

log = Logger()


@dataclass(frozen=True, slots=True)
class Config:
    """No options."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Log:
    """The log as a receiver."""

    config: Config

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        """One, named as the receiver."""
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        """Writes a line per page."""
        for page in pages:
            alert = page.alert
            log.info(
                "page_sent",
                channel=page.channel,
                reason=alert.reason.value,
                firing=alert.firing,
                **{name: value for name, value in alert.labels.items() if name not in ("instance", "severity")},
                starts_at=alert.starts_at.isoformat(),
                resolved_at=None if alert.resolved_at is None else alert.resolved_at.isoformat(),
                summary=alert.annotations.get("summary", ""),
                summary_zh=alert.annotations.get("summary_zh", ""),
                link=alert.link,
            )
        return [Result(page, Verdict.ACCEPTED) for page in pages]


def build(config: Config) -> Log:
    return Log(config)
