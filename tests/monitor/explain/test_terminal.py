from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.clock.engine import Rulebook
from monitor.explain import as_json, as_lines, explain, with_alerts
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, SubjectKind
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.explanations import record
from tests.support.texts import exchanged

GOLDEN = exchanged(
    POLICY,
    (
        "  always: {zone: UTC, hours: 24x7}\n",
        """  always: {zone: Asia/Shanghai, hours: 24x7}
  office:
    zone: Asia/Shanghai
    version: "2026"
    hours: {mon-fri: ["08:00-12:00", "13:00-17:00"]}
    holidays: [{country: CN}]
    days:
      - {date: 2026-03-06, hours: ["08:00-12:00"], reason: anniversary, approved_by: Chen}
""",
    ),
    (
        "{when: {tier: gold}, budget: 4h, source: test}",
        "{when: {tier: gold}, budget: 100h, calendar: office, source: SLA 4.1}",
    ),
)


def shanghai(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def story() -> tuple[list[Event], Rulebook]:
    """Over the Spring Festival of 2026, with a make-up Saturday, a wait, a half day and hours excluded afterwards."""
    events = [
        ticket("INC42", shanghai("2026-02-11 16:30"), "new", event_id="e1", tier="gold", customer="ACME"),
        ticket("INC42", shanghai("2026-02-27 10:00"), "waiting", event_id="e2", reason="customer"),
        ticket("INC42", shanghai("2026-03-02 09:00"), "working", event_id="e3"),
        ticket("INC42", shanghai("2026-03-09 11:15"), "resolved", event_id="e4"),
    ]
    excluded = Correction(
        CorrectionKind.EXCLUDE, "road closed by flood", "li", shanghai("2026-03-03 08:00"), shanghai("2026-03-04 08:00")
    )
    events.append(
        Event("tickets", "c1", SubjectKind.TICKET, "INC42", shanghai("2026-03-09 15:00"), 9, correction=excluded)
    )
    return events, rules(GOLDEN)


ALERTS: list[dict[str, Any]] = [
    {
        "target": "restore", "cycle": 1, "stage": "used_75", "state": "resolved", "reason": "withdrawn",
        "changes": [
            {"at": "2026-03-06T02:00:00Z", "reason": "first", "firing": True},
            {"at": "2026-03-09T07:00:00Z", "reason": "withdrawn", "firing": False},
        ],
        "deliveries": [
            {"channel": "wall", "accepted_at": "2026-03-06T02:00:01Z", "attempts": 0, "error": ""},
            {"channel": "phone", "accepted_at": None, "attempts": 3, "error": "timed out after 5 s"},
        ],
        "withheld": [{"channel": "robot", "at": "2026-03-06T02:00:00Z", "reason": "silenced", "detail": "works"}],
    }
]  # fmt: skip

EXPECTED = """\
ticket tickets/INC42  status resolved  tier: Gold  customer: ACME
as of 2026-03-10 09:00:00+08:00, times in Asia/Shanghai (UTC+08:00), policy case@1, 5 events

Restoration cycle 1: MET  (Gold)
  promise   Restoration: 100:00:00
  figure    SLA 4.1, policy case@1, row tier Gold
  calendar  office v2026 (Asia/Shanghai): mon-fri 08:00-12:00 13:00-17:00
  from                       to                         what       counted      left  because of
  2026-02-11 16:30:00+08:00  2026-02-27 10:00:00+08:00  running   50:30:00  49:30:00  new (e1)
      Wed 2026-02-11 16:30:00 .. 17:00:00  0:30:00
      Thu 2026-02-12 .. Fri 2026-02-13     2 working days of 8:00:00 = 16:00:00
      Sat 2026-02-14                       1 working day of 8:00:00  make-up working day, make-up day for Spring \
Festival
      Sun 2026-02-15 .. Mon 2026-02-23     9 days of 0:00:00  holiday, Spring Festival
      Tue 2026-02-24 .. Thu 2026-02-26     3 working days of 8:00:00 = 24:00:00
      Fri 2026-02-27 08:00:00 .. 10:00:00  2:00:00
  2026-02-27 10:00:00+08:00  2026-03-02 09:00:00+08:00  paused     0:00:00  49:30:00  waiting (e2): Waiting for the \
customer
  2026-03-02 09:00:00+08:00  2026-03-03 08:00:00+08:00  running    7:00:00  42:30:00  working (e3)
      Mon 2026-03-02 09:00:00 .. 12:00:00                 3:00:00
      Mon 2026-03-02 12:00:00 .. 13:00:00                 0:00:00  off hours
      Mon 2026-03-02 13:00:00 .. 17:00:00                 4:00:00
      Mon 2026-03-02 17:00:00 .. Tue 2026-03-03 08:00:00  0:00:00  off hours
  2026-03-03 08:00:00+08:00  2026-03-04 08:00:00+08:00  excluded   0:00:00  42:30:00  a correction (c1): Excluded \
by a correction
  2026-03-04 08:00:00+08:00  2026-03-09 11:15:00+08:00  running   23:15:00  19:15:00  working (e3)
      Wed 2026-03-04 .. Thu 2026-03-05     2 working days of 8:00:00 = 16:00:00
      Fri 2026-03-06                       1 working day of 4:00:00  special hours, anniversary, approved by Chen
      Mon 2026-03-09 08:00:00 .. 11:15:00  3:15:00
  counted 50:30:00 + 7:00:00 + 23:15:00 = 80:45:00, left 100:00:00 - 80:45:00 = 19:15:00
  deadlines
    from 2026-02-11 16:30:00+08:00  2026-03-06 11:30:00+08:00              the clock started (e1)
    from 2026-02-27 10:00:00+08:00  none                                   no deadline while it is paused (e2)
    from 2026-03-02 09:00:00+08:00  2026-03-10 15:30:00+08:00  +100:00:00  it resumed after a pause (e3)
    from 2026-03-03 08:00:00+08:00  none                                   a correction (c1)
    from 2026-03-04 08:00:00+08:00  2026-03-11 15:30:00+08:00   +24:00:00  it resumed after a pause (e3)
  2026-03-06 09:30:00+08:00  reached 75 % used
  2026-03-06 09:30:00+08:00  reached At risk
  deadline    2026-03-11 15:30:00+08:00
  stopped at  2026-03-09 11:15:00+08:00

corrections
  2026-03-09 15:00:00+08:00  li: 2026-03-03 08:00:00+08:00 .. 2026-03-04 08:00:00+08:00 does not count
      road closed by flood  (c1)
  Restoration #1 before the corrections: met, 88:45:00 counted; now: met, 80:45:00 counted

alerts
  Restoration cycle 1 75 % used: resolved (withdrawn)
    2026-03-06 10:00:00+08:00  first
    2026-03-09 15:00:00+08:00  withdrawn, not firing
    wall: accepted at 2026-03-06 10:00:01+08:00
    phone: not accepted yet, 3 attempts: timed out after 5 s
    robot: 2026-03-06 10:00:00+08:00 not sent, silenced (works)
  Restoration cycle 1 At risk at 2026-03-06 09:30:00+08:00: not sent, at risk is shown on the page and counted; nobody \
is paged for it
"""


def test_the_whole_explanation_as_it_is_printed() -> None:
    """Half an hour; two days, and the Saturday that is worked; the festival; three days; two hours. Then the wait, a
    day, the flood, a day and more; the half day; the last morning. By hand: 0:30 + 16:00 + 8:00 + 24:00 + 2:00 =
    50:30, 7:00, 16:00 + 4:00 + 3:15 = 23:15; together 80:45 of 100 h."""
    events, book = story()
    explanation = with_alerts(explain(events, book, shanghai("2026-03-10 09:00"), "restore"), [record(ALERTS[0])])
    assert "\n".join(as_lines(explanation)) + "\n" == EXPECTED


def test_who_acknowledged_is_printed_with_local_time_way_and_note() -> None:
    events, book = story()
    taken = [
        {"at": "2026-03-06T02:10:00Z", "author": "Zhang Wei", "via": "link", "note": "coming 在途\x1b[2J"},
        {"at": "2026-03-06T03:00:00Z", "author": "lin", "via": "command line", "note": ""},
    ]
    first = {**ALERTS[0], "acknowledged": taken}
    first["changes"] = [
        ALERTS[0]["changes"][0], {"at": taken[0]["at"], "reason": "acknowledged by Zhang Wei", "firing": True},
        ALERTS[0]["changes"][1],
    ]  # fmt: skip
    explanation = with_alerts(explain(events, book, shanghai("2026-03-10 09:00"), "restore"), [record(first)])
    lines = list(as_lines(explanation))
    begin = lines.index("  Restoration cycle 1 75 % used: resolved (withdrawn)")
    assert lines[begin + 1 : begin + 5] == [
        "    2026-03-06 10:00:00+08:00  first",
        "    2026-03-06 10:10:00+08:00  acknowledged by Zhang Wei (link): coming 在途�[2J",
        "    2026-03-09 15:00:00+08:00  withdrawn, not firing",
        "    2026-03-06 11:00:00+08:00  acknowledged by lin (command line)",
    ]


def test_no_clock_and_missing_feedback_are_said() -> None:
    book = rules()
    lines = list(as_lines(explain([ticket("T1", at(0), "resolved", tier="standard")], book, at(1))))
    assert lines[-4:] == [
        "Targets without a clock",
        "  Acceptance: promised, and not begun: the clock begins when the ticket is opened",
        "  Restoration: tier is Standard; the nearest row (tier Diamond) needs Diamond; other rows of the target: 1",
        "  Feedback: tier is Standard; the nearest row (tier Diamond or Gold) needs Diamond or Gold",
    ]
    lines = list(as_lines(explain([ticket("T1", at(0), "new", tier="gold")], book, at(2), "feedback")))
    assert "  3 periods without a progress feedback" in lines


def test_what_a_source_wrote_cannot_steer_the_terminal() -> None:
    hostile = ticket("T1", at(0), "new\x1b[2J", event_id="e\n\x07", tier="gold", customer="\x1b]0;owned\x07")
    lines = list(as_lines(explain([ticket("T1", at(0), "new", tier="gold"), hostile], rules(), at(1))))
    assert all(line.isprintable() for line in lines)


def test_times_are_counted_in_times_and_never_in_seconds() -> None:
    policy = (
        POLICY
        + """
  repeats:
    name: {en: Repeated faults, zh: 重复故障}
    of: circuit
    start: [unavailable]
    per: year
    budgets: [{budget: 4 times, source: test}]
  updates:
    name: {en: Updates, zh: 通报}
    at_least: true
    start: [opened, accepted]
    stop: [restored]
    budgets: [{budget: 3 times, source: test}]
"""
    )
    states = ["unavailable", "available"] * 3
    outages = [
        Event("circuits", f"c{hour}", SubjectKind.CIRCUIT, "C1", at(hour), hour, state)
        for hour, state in enumerate(states)
    ]
    lines = list(as_lines(explain(outages, rules(policy), at(9), "repeats")))
    assert any(line.startswith("  counted 3 of 4") for line in lines)
    story = [
        ticket("T1", at(0), "new", tier="gold"),
        *(ticket("T1", at(hour), feedback=True) for hour in (1, 2)),
        ticket("T1", at(3), "resolved"),
    ]
    lines = list(as_lines(explain(story, rules(policy), at(9), "updates")))
    assert any(line.startswith("  counted 2 of at least 3") for line in lines)
    assert "  promise   Updates: at least 3 times" in lines
    said = as_json(explain(story, rules(policy), at(9), "updates"))["clocks"][0]
    assert not [name for name in said if name in ("counted_seconds", "budget_seconds", "remaining_seconds")]


CHINESE = """\
故障恢复 周期 1：已达标（金牌）
  承诺      故障恢复: 100:00:00
  指标      SLA 4.1，策略 case@1，适用条件 客户服务等级 金牌
  日历      office v2026 (Asia/Shanghai): mon-fri 08:00-12:00 13:00-17:00
  起                         止                         时钟   计入      剩余  因事件
"""


def test_in_chinese_there_is_no_english_word_and_the_columns_stand_below_each_other() -> None:
    """A Chinese character is two columns wide."""
    events, book = story()
    explanation = with_alerts(explain(events, book, shanghai("2026-03-10 09:00"), "restore"), [record(ALERTS[0])])
    lines = list(as_lines(explanation, "zh"))
    begin = lines.index("故障恢复 周期 1：已达标（金牌）")
    shown = lines[begin : begin + 6]
    assert shown[:4] == CHINESE.splitlines()[:4]
    assert shown[4].split()[:3] == ["起", "止", "时钟"]
    assert shown[5].startswith("  2026-02-11 16:30:00+08:00  2026-02-27 10:00:00+08:00  计时  50:30:00")
    assert "      2026-02-12 周四 至 2026-02-13 周五" in "\n".join(lines)
    assert "    phone: 尚未送达，已试 3 次: timed out after 5 s" in lines


def test_in_both_languages_words_stand_side_by_side_and_figures_once() -> None:
    events, book = story()
    lines = list(as_lines(explain(events, book, shanghai("2026-03-10 09:00"), "restore"), "both"))
    assert "Restoration cycle 1: MET 已达标  (Gold)" in lines
    assert any("Waiting for the customer 等待客户" in line for line in lines)
    assert any(line.startswith("  counted 50:30:00 + 7:00:00") and "计入" not in line for line in lines)
