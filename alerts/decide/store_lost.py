"""Say that the database's file has vanished or been exchanged under the running program.

Pure. The program pages on from the file that it has open, but what that holds is lost when the program ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alerts.wording import endings, links, local
from monitor.alert import Alert, Reason, Settings
from monitor.model import Name

STORE_LOST = "TierwatchStoreLost"

_RUNBOOK = "docs/runbook.md#tierwatchstorelost"
_WHAT = "lost"
_DATABASE = Name("tierwatch: the database", "tierwatch：数据库")

_SAID = {
    "gone": Name("was deleted or moved away", "已被删除或移走"),
    "folder_gone": Name("is gone with its folder", "连同所在目录一起消失"),
    "replaced": Name("was replaced by another file", "已被其他文件替换"),
    "truncated": Name("was cut short", "已被截断"),
    "log_gone": Name("has lost its -wal or -shm file", "的 -wal 或 -shm 文件已丢失"),
}


def decide(what: str, where: str, previous: Sequence[Alert], settings: Settings, now: datetime) -> tuple[Alert, ...]:
    """The alert if it changed; an empty *what* says that the file is where it belongs. Deciding again gives nothing."""
    labels = {"alertname": STORE_LOST, "instance": settings.instance, "severity": "critical"}
    stored = next((alert for alert in previous if alert.labels == labels), None)
    fires = stored is not None and stored.firing
    if not what:
        if stored is None or not fires:
            return ()
        return (endings.end(stored, now, Reason.STORE_BACK, _DATABASE, settings),)
    if stored is not None and fires and stored.annotations.get(_WHAT) == what:
        return ()
    reason = Reason.WORSENED if fires else Reason.FIRST if stored is None else Reason.REOPENED
    starts_at = stored.starts_at if stored is not None and fires else now
    words = {name: text for name, text in _words(what, where, settings, starts_at).items() if text}
    link = links.home(settings.page_url)
    return (Alert(labels, words, starts_at, link=link).because(reason),)


def _words(what: str, where: str, settings: Settings, since: datetime) -> dict[str, str]:
    said, moment = _SAID[what], local(since, settings.zone)
    goes_on = Name(
        "tierwatch pages on from the file that it has open; all of it is lost when the program ends.",
        "tierwatch 继续使用已打开的文件发送告警；程序一旦结束，其中内容将全部丢失。",
    )
    then = Name(
        "Do not restart it. Put the file back at its place; if it was deleted, the runbook says how to save it.",
        "请勿重启程序。请将文件放回原处；若已删除，请按运行手册抢救。",
    )
    return {
        "summary": f"tierwatch: the database {where} {said.en}, since {moment}",
        "summary_zh": f"tierwatch：自 {moment} 起，数据库 {where} {said.zh}",
        "description": f"{goes_on.en}\n{then.en}",
        "description_zh": f"{goes_on.zh}\n{then.zh}",
        _WHAT: what,
        "explain_url": links.home(settings.page_url),
        "runbook_url": _RUNBOOK,
    }
