"""Send pages to a DingTalk (钉钉) group through its custom robot.

`url` is the robot's whole webhook address, `https://oapi.dingtalk.com/robot/send?access_token=…`; it is a secret.
`secret` is the one that begins with SEC, where the robot's security setting is the signature (加签). Messages are
plain text of at most 18,000 bytes in the request, at most 20 within any minute; when more wait they are put together.

Traps. DingTalk answers 200 to everything; only `errcode` 0 is a yes. A robot that is sent more than 20 a minute shuts
everybody out for ten minutes. Where its security setting is a keyword, use `tierwatch`, which every message has in its
last line. A signature holds for an hour: the clock of this machine must be right.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from alerts.delivery import Limit
from alerts.notifiers import _robot
from alerts.notifiers._robot import Config, Robot, RobotKind
from monitor.net import Secret


def request(url: str, text: str, key: Secret | None, at: datetime) -> tuple[str, dict[str, Any]]:
    """Where to post what. Without `at`, nobody is mentioned."""
    body = {"msgtype": "text", "text": {"content": text}}
    if key is None:
        return url, body
    timestamp = str(int(at.timestamp() * 1000))
    mark = "&" if urlsplit(url).query else "?"
    return f"{url}{mark}timestamp={timestamp}&sign={quote(signature(timestamp, key.reveal()), safe='')}", body


def signature(timestamp: str, secret: str) -> str:
    """Base64 of the HMAC-SHA256, with the secret as key, of the timestamp in milliseconds, a line feed, the secret."""
    said = f"{timestamp}\n{secret}"
    return base64.b64encode(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()).decode()


KIND = RobotKind(
    name="DingTalk",
    limits=(Limit(20, timedelta(minutes=1)),),
    most=18_000,
    size=_robot.escaped,
    codes=("errcode",),
    request=request,
    busy=frozenset({90018, 90030, 130101, 410100}),
    unfit=frozenset({430101, 430102, 430103, 430104, 460101}),
    hints={
        300001: "the token is not known; copy the robot's address again",
        310000: "its security setting refused the message: set the keyword to tierwatch, allow this machine's"
        " address, or check secret and this machine's clock",
        400101: "the token is not known; copy the robot's address again",
        400102: "the robot is switched off; switch it on in the group",
        430101: "it holds an address that DingTalk calls unsafe",
        430102: "it holds words that DingTalk does not allow",
        460101: "it is too long",
    },
)


def build(config: Config) -> Robot:
    return _robot.signed(KIND, config)
