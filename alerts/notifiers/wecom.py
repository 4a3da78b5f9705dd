"""Send pages to a WeCom (企业微信) group through its robot.

`url` is the robot's whole webhook address, `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…`; it is a secret.
Messages are plain text of at most 2,048 bytes, at most 20 within any minute; when more wait they are put together.

Traps. WeCom answers 200 to everything; only `errcode` 0 is a yes. A text's limit is in bytes: a Chinese character has
three. Two receivers with one robot do not know of each other's messages; give each its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict

from alerts.delivery import Limit, TemplateOption
from alerts.notifiers import _robot
from alerts.notifiers._robot import Robot, RobotKind
from alerts.notifiers._words import utf8
from monitor.messages import Language
from monitor.net import Address, Secret, SecretOption
from monitor.text import Length


@dataclass(frozen=True, slots=True)
class Config:
    """`url` is a secret as a whole. `template` writes the text below the title."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    url: SecretOption
    """A secret as a whole: the robot's webhook address."""
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
        _robot.check(self.url)


def request(url: str, text: str, key: Secret | None, at: datetime) -> tuple[str, dict[str, Any]]:
    """Where to post what. Without lists of people to mention, nobody is mentioned."""
    return url, {"msgtype": "text", "text": {"content": text}}


KIND = RobotKind(
    name="WeCom",
    limits=(Limit(20, timedelta(minutes=1)),),
    most=2048,
    size=utf8,
    codes=("errcode",),
    request=request,
    busy=frozenset({45009, 45033}),
    unfit=frozenset({44004, 45002}),
    hints={
        93000: "the robot's key is not valid, or the robot was removed; copy its address again",
        44004: "the text is empty",
        45002: "the text is too long",
    },
)


def build(config: Config) -> Robot:
    network = _robot.network(config.timeout, config.ca_file, config.proxy)
    return Robot(KIND, config.url, None, config.language, config.template, network)
