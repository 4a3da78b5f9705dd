"""Send messages through Apprise in a process of its own, which can be killed: a program, not to be imported.

Reads lines of JSON: first the URL, then a message each; answers each with a line of JSON. Says nothing else, and logs
nothing, for Apprise's words hold addresses with tokens. Ends when its input ends, and when a message takes too long.
"""

from __future__ import annotations

import json
import logging
import math
import os
import re
import signal
import sys
from typing import Any, TextIO


def main() -> None:
    """Answer until the input ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a plug-in prints
    statuses: list[int] = []
    logger = logging.getLogger("apprise")
    logger.setLevel(logging.DEBUG)
    logger.addFilter(lambda record: _keep_status(record, statuses))
    import apprise

    asset = apprise.AppriseAsset(app_id="tierwatch", app_desc="tierwatch", http_redirects=False, async_mode=False)
    target = apprise.Apprise(asset=asset)
    known = target.add(json.loads(sys.stdin.readline())["url"])
    _write(answers, {"ready": bool(known)})
    for line in sys.stdin:
        message = json.loads(line)
        statuses.clear()
        signal.alarm(math.ceil(message["seconds"]) + 5)  # should nobody be there any more to kill us
        _write(answers, _send(apprise, target, message, statuses))
        signal.alarm(0)


def _send(library: Any, target: Any, message: dict[str, Any], statuses: list[int]) -> dict[str, Any]:
    kind = getattr(library.NotifyType, message["kind"])
    try:
        accepted = target.notify(body=message["text"], notify_type=kind, body_format=library.NotifyFormat.TEXT)
    except Exception as error:  # its text may hold the address
        return {"taken": False, "statuses": statuses, "failed": type(error).__name__}
    return {"taken": bool(accepted), "statuses": statuses}


def _keep_status(record: logging.LogRecord, statuses: list[int]) -> bool:
    """Keep the HTTP status, and drop what Apprise says."""
    found = re.search(r"\berror=(\d{3})\b", record.getMessage())
    if found:
        statuses.append(int(found[1]))
    return False


def _write(answers: TextIO, what: dict[str, Any]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
