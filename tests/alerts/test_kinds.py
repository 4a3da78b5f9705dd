"""Alerts of every kind of budget: when they fire and end, and what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from monitor.history.events import Event
from monitor.history.mapping import INSTANTS
from monitor.model import Name, SubjectKind
from tests.support import cases
from tests.support.cases import at
from tests.support.desk import SETTINGS, Desk, brief

HEAD = """
policy: kinds
version: "1"
effective_from: 2026-01-01
name: {en: Kinds}
ladders: {tier: [{id: gold, en: Gold, zh: 金牌}]}
calendars:
  always: {zone: UTC, hours: 24x7}
  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}
pause_reasons: {planned_work: {en: Planned work, zh: 计划作业}}
stages: {tier: {gold: [75%, 90%, 100%]}}
"""
INTERRUPTION = """
targets:
  interruption:
    name: {en: Interruption, zh: 业务中断历时}
    of: circuit
    start: [unavailable]
    per: month
    pause: [planned_work]
    budgets: [{budget: 4h, source: test}]
"""
REPEATS = """
targets:
  repeats:
    name: {en: Faults, zh: 故障次数}
    of: circuit
    start: [unavailable]
    per: month
    budgets: [{budget: 4 times, source: test}]
"""
NOTICE = """
targets:
  notice:
    name: {en: Change notice, zh: 网络调整通告}
    of: change
    start: [opened]
    stop: [delivered]
    ahead_of: planned
    budgets: [{budget: 5wd, calendar: office, source: test}]
"""
SHARED = """
agreements:
  - {kind: UC, party: Digger Ltd, supports: restore, budgets: [{budget: 2h, source: test}]}
targets:
  restore:
    name: {en: Restoration, zh: 故障恢复}
    start: [opened, accepted]
    stop: [restored]
    budgets: [{budget: 4h, source: test}]
"""
NAMES = {
    "interruption": Name("Interruption", "业务中断历时"),
    "repeats": Name("Faults", "故障次数"),
    "notice": Name("Change notice", "网络调整通告"),
    "restore": Name("Restoration", "故障恢复"),
}


def desk(targets: str) -> Desk:
    attributes = {name: cases.AttributeRule(name) for name in ("tier", "team", "supplier")}
    words = {phase.value: cases.StatusRule(phase) for phase in cases.Phase}
    mapping = replace(cases.MAPPING, statuses=words, attributes=attributes, instants={name: name for name in INSTANTS})
    return Desk(rules=cases.rules(HEAD + targets, mapping), settings=replace(SETTINGS, targets=NAMES))


def said(kind: SubjectKind, when: datetime, status: str | None, reason: str | None = None, **fields: str) -> Event:
    source = "circuits" if kind is SubjectKind.CIRCUIT else "tickets"
    return Event(source, f"{when}-{status}-{fields}", kind, "X1", when, 0, status, reason, fields=fields)


def circuit(when: datetime, status: str, reason: str | None = None) -> Event:
    return said(SubjectKind.CIRCUIT, when, status, reason, tier="gold")


def test_an_allowance_pages_while_an_outage_uses_it_up_and_rests_when_the_outage_is_over() -> None:
    room = desk(INTERRUPTION)
    story = [circuit(at(0), "available"), circuit(at(1), "unavailable")]
    assert room.look(story, at(3, 59)) == ()
    (near,) = room.look(story, at(4))
    assert near.starts_at == at(4)
    assert near.labels["circuit"] == "X1"
    assert (
        near.annotations["summary"]
        == "X1 Interruption (Gold): 1 h left, at this rate used up at 2026-01-05 13:00 +08:00"
    )
    assert (
        near.annotations["summary_zh"]
        == "X1 业务中断历时（金牌）：剩余1小时，按当前消耗将于 2026-01-05 13:00 +08:00 用尽"
    )
    assert "Promised to the customer: Interruption at most 4 h a month." in near.annotations["description"]
    assert "业务中断历时，每月不超过4小时" in near.annotations["description_zh"]
    story.append(circuit(at(4, 10), "available"))
    (over,) = room.look(story, at(4, 11))
    assert (over.reason, over.resolved_at) == ("idle", at(4, 10))
    assert over.annotations["summary"].endswith("over at 2026-01-05 12:10 +08:00; pages again with the next outage")
    story.append(circuit(at(30), "unavailable"))
    assert brief(room.look(story, at(30))) == ["+interruption/used_75 resumed"]
    assert brief(room.look(story, at(30, 26))) == ["+interruption/used_90 worsened"]
    (breach,) = room.look(story, at(31))
    assert breach.starts_at == at(30, 50)
    assert breach.annotations["summary"] == "X1 Interruption (Gold): used up at 2026-01-06 14:50 +08:00"


def test_a_used_up_allowance_fires_until_its_period_is_over() -> None:
    room = desk(INTERRUPTION)
    story = [circuit(at(0), "unavailable"), circuit(at(5), "available")]
    room.look(story, at(4, 30))
    assert room.firing == ["breached"]
    assert room.look(story, at(6)) == ()
    february = at(0) + timedelta(days=27)
    (over,) = room.look(story, february)
    assert (over.reason, over.resolved_at, over.stage) == ("renewed", february, "breached")
    assert "the allowance is whole again" in over.annotations["summary"]
    assert room.firing == []


def test_planned_work_pauses_what_pages() -> None:
    room = desk(INTERRUPTION)
    story = [circuit(at(0), "unavailable"), circuit(at(3, 30), "held", "planned_work")]
    room.look(story, at(3, 20))
    assert brief(room.look(story, at(3, 30))) == ["-interruption/used_75 paused"]
    assert room.look(story, at(9)) == ()
    story.append(circuit(at(10), "accepted"))
    assert brief(room.look(story, at(10))) == ["+interruption/used_75 resumed"]


def test_the_third_fourth_and_fifth_fault_of_four() -> None:
    room = desk(REPEATS)
    story: list[Event] = []
    told = []
    for number in range(1, 6):
        story += [circuit(at(number), "unavailable"), circuit(at(number, 20), "available")]
        told.append([alert.annotations["summary"] for alert in room.look(story, at(number, 30))])
    assert told == [
        [], [],
        ["X1 Faults (Gold): 3 times of 4 times"],
        ["X1 Faults (Gold): 4 times of 4 times", "X1 Faults (Gold): 4 times of 4 times"],
        ["X1 Faults (Gold): 5 times of 4 times"] * 3,
    ]  # fmt: skip
    assert room.firing == ["breached", "used_75", "used_90"]
    breach = next(alert for alert in room.stored.values() if alert.stage == "breached")
    assert breach.starts_at == at(5)
    assert "Faults at most 4 times a month." in breach.annotations["description"]
    assert "故障次数，每月不超过4次" in breach.annotations["description_zh"]


PACED = """pace: {windows: [10d], factor: 2}
targets:
  interruption:
    name: {en: Interruption, zh: 业务中断历时}
    of: circuit
    start: [unavailable]
    per: month
    pause: [planned_work]
    budgets: [{budget: 30h, source: test}]
"""


def test_a_pace_that_will_not_last_pages_once_and_ends_when_it_has_fallen() -> None:
    room = desk(PACED)
    story = [circuit(at(0), "available"), circuit(at(1), "unavailable"), circuit(at(17), "available")]
    (fast,) = room.look(story, at(16))
    assert (fast.stage, fast.labels["severity"], fast.reason) == ("pace", "warning", "first")
    assert fast.annotations["summary"] == (
        "X1 Interruption (Gold): 12 h 55 min of 30 h used in 10 days; at this pace used up on 2026-01-19"
    )
    assert fast.annotations["summary_zh"] == (
        "X1 业务中断历时（金牌）：近10天已用12小时55分钟（额度30小时），照此速度将于 2026-01-19 用尽"
    )
    assert "Used too fast to last since" in fast.annotations["description"]
    assert "due" not in fast.annotations
    assert room.look(story, at(18)) == (), "an outage that is over does not end it"
    assert room.look(story, at(40)) == (), "nothing is said again while it holds"
    (end,) = room.look(story, at(24 * 14))
    assert (end.stage, end.reason) == ("pace", "pace_fell")
    assert at(24 * 8) < end.resolved_at < at(24 * 14)  # type: ignore[operator]
    assert "no longer used too fast since" in end.annotations["summary"]
    assert "消耗不再过快" in end.annotations["summary_zh"]
    story += [circuit(at(24 * 15), "unavailable"), circuit(at(24 * 15 + 10), "available")]
    assert brief(room.look(story, at(24 * 15 + 11))) == ["+interruption/pace first"], "it may be crossed again"


def test_a_stage_that_is_reached_after_the_pace_is_worse_and_ends_before_it() -> None:
    room = desk(PACED)
    story = [circuit(at(0), "available"), circuit(at(1), "unavailable")]
    assert brief(room.look(story, at(16))) == ["+interruption/pace first"]
    assert brief(room.look(story, at(24))) == ["+interruption/used_75 worsened"]
    story.append(circuit(at(24, 30), "available"))
    assert brief(room.look(story, at(25))) == ["-interruption/used_75 idle"]
    assert room.firing == ["pace"]


def test_a_pace_that_was_passed_with_a_worse_stage_pages_when_that_has_ended() -> None:
    room = desk(PACED)
    story = [circuit(at(0), "available"), circuit(at(1), "unavailable")]
    assert brief(room.look(story, at(24))) == ["+interruption/used_75 first", ".interruption/pace superseded"]
    story.append(circuit(at(24, 30), "available"))
    assert brief(room.look(story, at(25))) == ["+interruption/pace first", "-interruption/used_75 idle"]


def test_planned_work_that_is_announced_afterwards_withdraws_the_pace() -> None:
    room = desk(PACED)
    story = [circuit(at(0), "available"), circuit(at(1), "unavailable"), circuit(at(17), "available")]
    room.look(story, at(18))
    story.insert(2, circuit(at(2), "held", "planned_work"))
    (gone,) = room.look(story, at(19))
    assert (gone.stage, gone.reason) == ("pace", "withdrawn")


def test_a_notice_pages_before_the_last_moment_to_send_it() -> None:
    room = desk(NOTICE)
    planned = at(0) + timedelta(days=14, hours=10)  # Monday 19 January, 10:00; the last moment is Monday 12th, 10:00
    story = [said(SubjectKind.CHANGE, at(10), "opened", tier="gold", planned=planned.isoformat())]
    assert room.look(story, at(10) + timedelta(days=3)) == ()
    (near,) = room.look(story, at(10) + timedelta(days=3, hours=18))
    assert near.labels["change"] == "X1"
    assert near.annotations["due"] == "2026-01-12 18:00 +08:00"
    assert "Change notice at least 5 working days before 2026-01-19 18:00 +08:00" in near.annotations["description"]
    assert "须在 2026-01-19 18:00 +08:00 之前至少5个工作日" in near.annotations["description_zh"]
    story.append(said(SubjectKind.CHANGE, at(10) + timedelta(days=4), "delivered"))
    assert brief(room.look(story, at(10) + timedelta(days=4))) == ["-notice/used_75 restored"]


def test_a_breach_that_a_supplier_caused_says_so() -> None:
    room = desk(SHARED)
    story = [
        said(SubjectKind.TICKET, at(0), "opened", tier="gold", team="NOC"),
        said(SubjectKind.TICKET, at(1), "accepted", supplier="Digger Ltd"),
    ]
    (breach,) = [alert for alert in room.look(story, at(4, 30)) if alert.stage == "breached"]
    kept = "Without the delay of this supplier it would have been on time: Digger Ltd."
    assert kept in breach.annotations["description"]
    assert "若无该供应商延误，则不会超时：Digger Ltd。" in breach.annotations["description_zh"]


def test_a_breach_in_which_the_supplier_kept_its_contract_blames_nobody() -> None:
    room = desk(SHARED)
    story = [
        said(SubjectKind.TICKET, at(0), "opened", tier="gold", team="NOC"),
        said(SubjectKind.TICKET, at(3), "accepted", supplier="Digger Ltd"),
    ]
    (breach,) = [alert for alert in room.look(story, at(4, 30)) if alert.stage == "breached"]
    assert "supplier" not in breach.annotations["description"]
