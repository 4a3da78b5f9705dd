"""Send pages to a Feishu (飞书) or Lark group through its custom bot.

`url` is the bot's whole webhook address, `https://open.feishu.cn/open-apis/bot/v2/hook/…`; it is a secret. `secret` is
the one of its security setting 签名校验. Messages are plain text of at most 18,000 bytes in the request, at most 5
within any second and 100 within any minute; when more wait they are put together.

Traps. Feishu answers 200 to messages that it did not take; only `code` 0 is a yes (`StatusCode` in older answers).
Code 9499 means a bad request and too many requests alike, so it is tried again. In its text `<at user_id="all">`
mentions everybody; nothing that comes from a ticket can. Where its security setting is a keyword, use `tierwatch`.
Full and half hours are busy there: expect to be asked to wait.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from alerts.delivery import Limit
from alerts.notifiers import _robot
from alerts.notifiers._robot import Config, Robot, RobotKind
from monitor.net import Secret


def request(url: str, text: str, key: Secret | None, at: datetime) -> tuple[str, dict[str, Any]]:
    """Where to post what."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if key is not None:
        timestamp = str(int(at.timestamp()))
        body = {"timestamp": timestamp, "sign": signature(timestamp, key.reveal()), **body}
    return url, body


def signature(timestamp: str, secret: str) -> str:
    """Base64 of the HMAC-SHA256 of nothing: timestamp in seconds, line feed and secret are its key."""
    key = f"{timestamp}\n{secret}"
    return base64.b64encode(hmac.new(key.encode(), b"", hashlib.sha256).digest()).decode()


KIND = RobotKind(
    name="Feishu",
    limits=(Limit(5, timedelta(seconds=1)), Limit(100, timedelta(minutes=1))),
    most=18_000,
    size=_robot.escaped,
    codes=("code", "StatusCode"),
    request=request,
    busy=frozenset({2200, 9499, 11232}),
    hints={
        19001: "the address is not a bot's; copy it again",
        19021: "the signature does not match; check secret and this machine's clock",
        19022: "this machine's address is not on its list; add it there",
        19024: "the message lacks its keyword; set the keyword to tierwatch",
    },
)


def build(config: Config) -> Robot:
    return _robot.signed(KIND, config)
