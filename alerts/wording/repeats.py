"""Word a page that tells of an alert once more, in English and Chinese: what time is left, or how long it is over.

Pure. The one surprise: unlike the words of every other page, these are of the instant at which they are made. Time is
that on the wall, up to the deadline.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts.wording.clocks import clock, local
from alerts.wording.promises import length
from monitor.alert import Alert, Settings
from monitor.model import Name
from monitor.policy import BREACHED_STAGE

_FINE = timedelta(minutes=15)  # below it, seconds matter


def again(alert: Alert, deadline: datetime | None, timed: bool, settings: Settings, now: datetime) -> dict[str, str]:
    """The annotations that are other than they were; *deadline* is that of its clock, or its breach.

    *timed* says that the clock's budget is a length; of a number of times, no time is left.
    """
    fine = deadline is not None and abs(deadline - now) < _FINE
    moment, said = local(now, settings.zone, fine), alert.annotations
    words: dict[str, str] = {}
    if deadline is None or not timed:
        state = _with(alert, Name(f"still so at {moment}", f"截至 {moment} 仍未解除"))
    else:
        much = length(abs(deadline - now), fine)
        state = _state(alert, deadline, much, deadline <= now, local(deadline, settings.zone, fine), settings)
        words = {"overdue_by" if deadline <= now else "time_left": much.en}
    return {
        **words,
        "summary": state.en,
        "summary_zh": state.zh,
        "description": _below(
            f"Told again at {moment}: it still holds, and nobody has acknowledged it.", said.get("description", "")
        ),
        "description_zh": _below(
            f"{moment} 再次告知：情况仍未解除，且尚无人确认。",
            said.get("description_zh", "") or said.get("description", ""),
        ),
    }


def _state(alert: Alert, deadline: datetime, much: Name, over: bool, due: str, settings: Settings) -> Name:
    ago = Name(f"{much.en} ago, still open", f"已过{much.zh}，仍未结束")
    if alert.subject is None:
        return _with(alert, ago if over else Name(f"{much.en} left", f"剩余{much.zh}"))
    if over and alert.stage == BREACHED_STAGE:  # which says when it was due, or used up
        return _with(alert, ago)
    what = clock(alert, settings)
    if over:
        return Name(f"{what.en}: overdue by {much.en}, was due {due}", f"{what.zh}：已超时{much.zh}，应于 {due} 前完成")
    return Name(f"{what.en}: due in {much.en}, at {due}", f"{what.zh}：距到期{much.zh}，{due} 到期")


def _with(alert: Alert, more: Name) -> Name:
    """What was said before, with something after it."""
    english = alert.annotations.get("summary", "") or alert.labels.get("alertname", "")
    chinese = alert.annotations.get("summary_zh", "") or english
    return Name(f"{english} ({more.en})", f"{chinese}（{more.zh}）")


def _below(first: str, rest: str) -> str:
    return f"{first}\n{rest}" if rest else first
