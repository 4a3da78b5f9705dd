"""Word the one page that stands for alerts which began and ended before their receiver could be told (semantics 39).

Pure. Each line is what the alert's own end says; nothing of its beginning is repeated.
"""

from __future__ import annotations

from dataclasses import replace

from monitor.alert import Alert, Missed
from monitor.text import one_line


def worded(alert: Alert, missed: Missed) -> Alert:
    """The digest in words."""
    number, rest = missed.number, missed.number - len(missed.alerts)
    english, chinese = _said(missed, ""), _said(missed, "_zh")
    if rest > 0:
        english, chinese = [*english, f"and {rest} more"], [*chinese, f"另有 {rest} 条"]
    one = number == 1
    words = {
        "summary": f"{number} alert{'' if one else 's'} began and ended before this receiver could be told",
        "summary_zh": f"{number} 条告警在送达本接收方之前已开始并结束",
        "description": "\n".join(("What still holds has its own pages. Over:", *(f"• {line}" for line in english))),
        "description_zh": "\n".join(("仍然成立的告警另行发送。已结束：", *(f"• {line}" for line in chinese))),
        "reason": alert.reason.value,
    }
    return replace(alert, annotations=words)


def _said(missed: Missed, suffix: str) -> list[str]:
    """A line for each alert that is named."""
    return [
        one_line(over.annotations.get(f"summary{suffix}") or over.annotations.get("summary", ""))
        or over.labels.get("alertname", "")
        for over in missed.alerts
    ]
