"""Say lengths, instants and states in words and figures, in English and Chinese.

Pure. Local time exists only here, in the templates and in the browser; every text that a source can fill stays as it
is and is escaped by the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.model import CircuitState, Name, State

STATES: Mapping[State, Name] = {
    State.BREACHED: Name("Breached", "已超时"),
    State.AT_RISK: Name("At risk", "临近超时"),
    State.PAUSED: Name("Paused", "已挂起"),
    State.RUNNING: Name("Running", "计时中"),
    State.IDLE: Name("Idle", "未占用"),
    State.UNKNOWN: Name("Unknown", "状态不明"),
    State.MET: Name("Met", "已达标"),
    State.CANCELLED: Name("Cancelled", "已取消"),
}

CIRCUIT_STATES: Mapping[CircuitState, Name] = {
    CircuitState.AVAILABLE: Name("Available", "可用"),
    CircuitState.DEGRADED: Name("Degraded", "劣化"),
    CircuitState.UNAVAILABLE: Name("Unavailable", "中断"),
    CircuitState.UNKNOWN: Name("Unknown", "状态不明"),
}

LIVES: Mapping[str, Name] = {
    "running": Name("Running", "计时"),
    "paused": Name("Paused", "挂起"),
    "idle": Name("Idle", "未占用"),
    "stopped": Name("Stopped", "停止"),
    "cancelled": Name("Cancelled", "取消"),
}

STAGES: Mapping[str, Name] = {
    "at_risk": Name("At risk", "临近超时"),
    "breached": Name("Breached", "已超时"),
}

REASONS: Mapping[str, str] = {
    "first": "首次",
    "worsened": "升级",
    "resumed": "恢复计时",
    "reopened": "重新打开",
    "tier_changed": "等级变更",
    "backlog": "安装前已超时",
    "judged_anew": "升级后重新判断",
    "superseded": "由更高阶段告知",
    "passed": "已过时，仅记录",
    "paused": "已挂起",
    "restored": "已恢复",
    "cause_over": "同源告警结束",
    "silence_ended": "静默结束",
    "not_hidden": "不再被静默掩盖",
    "read_again": "已恢复读取",
    "none_left": "已无未结束项",
    "fewer_down": "中断数低于标准",
    "audit_clean": "审计无异常",
    "clock_trusted": "时钟恢复可信",
    "store_back": "数据库已回到原位",
    "cancelled": "已取消",
    "idle": "不再占用",
    "renewed": "周期已更新",
    "withdrawn": "已撤回",
    "reworded": "文字更新",
    "escalated": "已升级通知",
    "repeat_due": "再次告知",
    "digest": "送达前已结束，合并告知",
    "understood": "取值已能识别",
}
"""Why an alert changed: the English word is the one that logs and metrics use."""

NO_RUNG = Name("None", "无")


def reason(word: str) -> Name:
    return Name(word, REASONS.get(word, word))


def countdown(length: timedelta) -> str:
    """A length for a wall screen, cut to whole seconds: 12:03, 4:12:03, 2 d 04:12."""
    seconds = int(abs(length) // timedelta(seconds=1))
    days, rest = divmod(seconds, 86400)
    hours, minutes = rest // 3600, rest // 60 % 60
    if days:
        return f"{days} d {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{rest % 60:02}" if hours else f"{minutes:02}:{rest % 60:02}"


def exact(seconds: float) -> str:
    """A length that can be added up on paper: hours:minutes:seconds, fractions kept, hours beyond 24 not folded."""
    length = timedelta(seconds=abs(seconds))
    whole, micros = divmod(length, timedelta(seconds=1))
    fraction = f".{micros.microseconds:06}".rstrip("0") if micros else ""
    sign = "−" if seconds < 0 and length else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}"


def age(length: timedelta) -> Name:
    """Roughly how long ago, in the largest unit that says enough."""
    seconds = max(0, int(length.total_seconds()))
    for size, english, chinese in ((86400, "d", "天"), (3600, "h", "小时"), (60, "min", "分钟")):
        if seconds >= 2 * size:
            return Name(f"{seconds // size} {english}", f"{seconds // size} {chinese}")
    return Name(f"{seconds} s", f"{seconds} 秒")


def utc(at: datetime, now: datetime) -> str:
    """An instant for a browser without scripts; the date is left out today."""
    at = at.astimezone(UTC)
    return f"{at:%H:%M:%S}Z" if at.date() == now.astimezone(UTC).date() else f"{at:%Y-%m-%d %H:%M}Z"


def iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def local(at: datetime, zone: str) -> str:
    """An instant in a calendar's zone with the offset from UTC that held then; UTC where the zone is not known here."""
    there = at.astimezone(_zone(zone))
    fraction = f".{there.microsecond:06}".rstrip("0") if there.microsecond else ""
    offset = there.strftime("%z")
    return f"{there:%Y-%m-%d %H:%M:%S}{fraction} {offset[:3]}:{offset[3:5]}"


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def web_url(url: str) -> str:
    """*url* if a browser may be sent there, else nothing: a source's text never becomes a script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    safe = parts.scheme in ("http", "https") and parts.netloc and url.isprintable() and " " not in url
    return url if safe else ""


def segment(text: str) -> str:
    """*text* as one segment of a path, whatever it holds."""
    return quote(text, safe="", errors="replace")


def path(text: str) -> str:
    """A decoded path, encoded again; its slashes stay."""
    return quote(text, safe="/", errors="replace")
