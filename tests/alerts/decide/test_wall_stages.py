"""Alerts of stages by wall time: when they fire, and what they say in both kinds of time."""

from __future__ import annotations

from monitor.alert.alert import Alert, Reason
from monitor.history.events import Event
from monitor.model import SubjectKind
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import Desk, brief
from tests.support.texts import exchanged

STAGES = "stages: {tier: {gold: [50%, 2h wall left, 30m left, 100%]}}\n"
ALWAYS = (
    exchanged(
        cases.POLICY[: cases.POLICY.index("  feedback:")],
        ("start: [opened]\n", "start: [closed]\n"),
        ("stop: [accepted, held, restored, closed]", "stop: [cancelled]"),
    )
    + STAGES
)
OFFICE = exchanged(
    ALWAYS,
    (
        "always: {zone: UTC, hours: 24x7}",
        'always: {zone: UTC, hours: 24x7}\n  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}',
    ),
    ("    pause: [customer]\n", "    pause: [customer]\n    calendar: office\n"),
)
GOLD = ticket("T1", at(14, 30), "working", tier="gold")  # 4 h of office hours: due on Tuesday at 9:30
WAITS = ticket("T1", at(32, 30), "waiting", reason="customer")  # Tuesday, 8:30


def look(policy: str, *steps: tuple[list[Event], float]) -> tuple[Desk, list[tuple[Alert, ...]]]:
    desk = Desk(rules=cases.rules(policy))
    return desk, [desk.look(events, at(hours)) for events, hours in steps]


def test_it_fires_at_night_and_says_what_is_left_in_both_kinds_of_time() -> None:
    desk, (evening, before, (near,)) = look(OFFICE, ([GOLD], 17), ([GOLD], 31.49), ([GOLD], 31.5))
    assert brief(evening) == ["+restore/used_50 first"]
    assert before == ()
    assert (near.stage, near.starts_at, near.reason) == ("wall_2h", at(31.5), Reason.WORSENED)
    due = "2026-01-06 17:30 +08:00"
    assert near.annotations["summary"] == (
        f"T1 Restoration (Gold): 2 h of wall time, 1 h 30 min of working time left, due {due}"
    )
    assert near.annotations["summary_zh"] == (
        f"T1 故障恢复（金牌）：剩余自然时间2小时、工作时间1小时30分钟，{due} 到期"
    )
    since = "2026-01-06 15:30 +08:00"
    assert f"At most 2 h of wall time left since {since};" in near.annotations["description"]
    assert f"{since} 起自然时间剩余不超过2小时；" in near.annotations["description_zh"]
    assert desk.look([GOLD], at(32)) == ()  # the same words, whenever it is asked
    assert brief(desk.look([GOLD], at(33))) == ["+restore/left_30m worsened"]
    assert brief(desk.look([GOLD], at(34))) == ["+restore/breached worsened"]
    assert desk.look([GOLD], at(300)) == ()


def test_where_both_kinds_of_time_are_the_same_it_is_said_once() -> None:
    gold = ticket("T1", at(0), "working", tier="gold")
    _, (passed,) = look(ALWAYS, ([gold], 2))
    assert brief(passed) == ["+restore/wall_2h first", ".restore/used_50 superseded"]
    assert passed[0].annotations["summary"].endswith(": 2 h left, due 2026-01-05 12:00 +08:00")


def test_a_pause_ends_it_and_resuming_fires_it_again_with_what_is_left_then() -> None:
    resumed = ticket("T1", at(33, 10), "working")
    _, (_, ended, again) = look(OFFICE, ([GOLD], 32), ([GOLD, WAITS], 32.6), ([GOLD, WAITS, resumed], 33.2))
    assert "-restore/wall_2h paused" in brief(ended)
    assert brief(again) == ["+restore/wall_2h resumed"]
    (near,) = again
    assert near.starts_at == at(33, 10)
    assert near.annotations["summary"].endswith(": 1 h left, due 2026-01-06 18:10 +08:00")


def test_when_the_wait_moved_the_deadline_away_it_says_that_it_had_been_nearer() -> None:
    resumed = ticket("T1", at(40, 30), "working")  # Tuesday, 16:30, with an hour left
    _, (_, again) = look(OFFICE, ([GOLD, WAITS], 32.6), ([GOLD, WAITS, resumed], 40.6))
    near = next(alert for alert in again if alert.stage == "wall_2h")
    assert near.annotations["summary"].endswith(
        ": 16 h of wall time, 1 h of working time left, due 2026-01-07 16:30 +08:00"
    )
    earlier = "At most 2 h of wall time left earlier, running again since 2026-01-07 00:30 +08:00;"
    assert earlier in near.annotations["description"]
    assert "2026-01-07 00:30 +08:00 起再次计时（此前自然时间剩余曾不超过2小时）；" in near.annotations["description_zh"]


def test_what_resumes_near_its_deadline_pages_for_the_wall_as_the_news() -> None:
    gold = ticket("T1", at(14), "working", tier="gold")
    waits = ticket("T1", at(16, 30), "waiting", reason="customer")  # with an hour and a half left
    resumed = ticket("T1", at(39), "working")  # Tuesday, 15:00
    _, (first, ended, again) = look(OFFICE, ([gold], 16.1), ([gold, waits], 17), ([gold, waits, resumed], 39))
    assert brief(first) == ["+restore/used_50 first"]
    assert brief(ended) == ["-restore/used_50 paused"]
    assert brief(again) == ["+restore/wall_2h worsened", "+restore/used_50 resumed"]


def test_an_allowance_says_in_both_kinds_of_time_what_an_outage_leaves() -> None:
    """Its deadline is known only while an outage goes on, and only if it lies within the period."""
    policy = OFFICE[: OFFICE.index("targets:")] + (
        "targets:\n  lost:\n    name: {en: Lost, zh: 中断}\n    of: circuit\n    start: [unavailable]\n    per: month\n"
        "    budgets: [{budget: 4h, calendar: office, source: test}]\n" + STAGES
    )
    story = [Event("circuits", "e1", SubjectKind.CIRCUIT, "X1", at(14, 30), 0, "unavailable", fields={"tier": "gold"})]
    _, (near,) = look(policy, (story, 31.5))
    assert (
        near[0]
        .annotations["summary"]
        .endswith(
            ": 2 h of wall time, 1 h 30 min of working time left, at this rate used up at 2026-01-06 17:30 +08:00"
        )
    )
