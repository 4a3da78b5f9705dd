"""Say why somebody is called for an alert: a clause for each reason, in every language.

Pure. Pages and explanations use the same words. The keys are the reasons of `alerts.oncall.escalation_plan.Why`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.model import Name

WHY: Mapping[str, Name] = {
    "share": Name("nobody has acknowledged it", "尚无人确认"),
    "breached": Name("the promise is broken and nobody has acknowledged it", "承诺已超时且尚无人确认"),
    "after": Name(
        "the promise has been broken for some time and nobody has acknowledged it", "承诺超时已久且尚无人确认"
    ),
    "unanswered": Name("nobody has answered the step before", "上一级未应答"),
    "undelivered": Name("no receiver has accepted the page of the step before", "上一级的通知未被任何接收方接受"),
    "spaced": Name("nobody has acknowledged it", "尚无人确认"),
    "holder": Name("you acknowledged it, and it has got worse", "您已确认，但情况已恶化"),
    "nobody_before": Name("nobody is on duty for the step before", "上一级无人值班"),
    "nobody": Name("nobody is on duty, so the team's contact is told", "无人值班，改为通知团队联系人"),
}

_TO_OTHERS = {
    "share": Name("that share of the time that was left had passed", "剩余时间已过相应比例"),
    "spaced": Name("no time was left between it and the step before", "与上一级之间已无剩余时间"),
    "holder": Name("had acknowledged the stage before, and it got worse", "曾确认上一阶段，情况恶化"),
}
"""How an explanation says it, where the words of the page are those to the one who is called."""


def called(call: Mapping[str, Any]) -> Name:
    """Who was called, as which step, and why."""
    reason, to = call["reason"], call["to"]
    why = _TO_OTHERS.get(reason, WHY.get(reason, Name(reason, reason)))
    if call["step"] == 0:
        return Name(f"{to} called before step 1: {why.en}", f"第1步之前通知 {to}：{why.zh}")
    return Name(f"{to} called, step {call['step']}: {why.en}", f"第{call['step']}步通知 {to}：{why.zh}")
