"""Which pages wait for covered hours, until when, and why the others do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from alerts.decide import hours as covered
from alerts.decide import withholding
from alerts.decide.hours import Waiting, Waits, waiting
from alerts.decide.repeats import judge
from alerts.decide.silences import Silence, matcher
from alerts.decide.withholding import Route
from monitor.alert import (
    Alert,
    Beside,
    Cause,
    Channel,
    CoveredHours,
    Decision,
    Delivery,
    Reason,
    Repeatable,
    Withheld,
    next_covered,
)
from monitor.model import SubjectKey
from monitor.worktime import Calendar, WorkingTime
from tests.support import cases
from tests.support.cases import at, ticket
from tests.support.desk import SETTINGS, Desk

PHONE, PEER = Channel("phone", Delivery.QUEUE), Channel("am/0", Delivery.STATE)


def working(opening: int, closing: int, days: range = range(7)) -> WorkingTime:
    return WorkingTime(Calendar("desk", weekly={day: ((time(opening), time(closing)),) for day in days}))


DESK, LATER, NIGHT = working(8, 18), working(9, 17), working(20, 4)
OWN = CoveredHours(DESK)
ONE = at(1)
LABELS = {"alertname": "TierwatchDeadlineNear", "tier": "gold", "stage": "used_75", "severity": "warning"}
NEAR = Alert(
    LABELS, {"team": "Core Team"}, at(1), subject=SubjectKey("tickets", "T1"), stage="used_75", deadline=at(12)
)
"""It is true from 01:00 on, and its deadline is 12:00."""


def near(**more: Any) -> Alert:
    return replace(NEAR, **more)


def wait(alert: Alert, hours: CoveredHours = OWN, now: datetime = ONE, only: str = "") -> Waiting:
    return waiting(alert, hours, lambda other: not only or other.stage == only, now)


def test_a_page_waits_for_the_next_covered_instant() -> None:
    assert wait(near()) == Waiting(Waits.WAITS, until=at(8), opens=at(8))
    assert wait(near(), now=at(8)).why is Waits.COVERED
    assert wait(near(deadline=at(40)), now=at(18)).until == at(32), "closed at the very instant of closing"


@pytest.mark.parametrize("deadline", [at(3, 10), at(8)])
def test_a_deadline_that_comes_first_rings_now(deadline: datetime) -> None:
    assert wait(near(deadline=deadline)) == Waiting(Waits.DEADLINE, opens=at(8), before=deadline)


def test_a_microsecond_before_the_deadline_is_in_time() -> None:
    assert wait(near(deadline=at(8) + timedelta(microseconds=1))).until == at(8)


def test_the_next_stage_that_rings_on_this_channel_comes_first() -> None:
    alert = near(ahead=(("used_90", at(7)), ("left_15m", at(9))))
    assert wait(alert) == Waiting(Waits.STAGE, opens=at(8), before=at(7), stage="used_90")
    assert wait(alert, only="left_15m").until == at(8), "used_90 rings elsewhere"
    assert wait(near(ahead=(("used_90", at(8)),))).why is Waits.STAGE, "at one instant there is no time between them"


def test_the_route_of_the_channel_says_which_stage_rings() -> None:
    alert = near(ahead=(("used_90", at(7)),))
    (decision,) = withholding.decide(
        alert, [Route(PHONE, {"stage": frozenset({"used_75"})}, hours=OWN)], (), None, at(1)
    )
    assert decision.until == at(8)
    (decision,) = withholding.decide(alert, [Route(PHONE, hours=OWN)], (), None, at(1))
    assert decision == Decision(PHONE, None)


def test_what_has_no_deadline_ahead_never_waits() -> None:
    assert wait(near(deadline=None)).why is Waits.NO_DEADLINE
    assert wait(near(deadline=at(1))).why is Waits.NO_DEADLINE
    breached = near(labels={**LABELS, "alertname": "TierwatchDeadlineBreached", "stage": "breached"}, stage="breached")
    assert wait(breached).why is Waits.NO_DEADLINE
    for other in ("TierwatchRootCause", "TierwatchSilencedBreach", "TierwatchSourceStale", "TierwatchMajorFault"):
        assert wait(near(labels={**LABELS, "alertname": other})).why is Waits.NO_DEADLINE, other
    assert wait(near(subject=None)).why is Waits.NO_DEADLINE


@pytest.mark.parametrize("reason", [Reason.ESCALATED, Reason.ACK_ENDED])
def test_nobody_waits_who_is_called_by_name(reason: Reason) -> None:
    assert wait(near().because(reason)).why is Waits.COVERED


def test_an_end_never_waits() -> None:
    assert wait(near().resolve(at(2), Reason.RESTORED)).why is Waits.COVERED


def test_of_several_hours_all_must_be_open() -> None:
    both = CoveredHours(DESK, {"gold": LATER}, {"core  team": working(10, 12)})
    assert wait(near()).until == at(8)
    assert wait(near(), CoveredHours(DESK, {"gold": LATER})).until == at(9)
    assert wait(near(), both).until == at(10), "a team is compared in whatever spelling"
    assert wait(near(annotations={"team": "other"}), both).until == at(9)
    assert wait(near(labels={**LABELS, "tier": "silver"}), both).until == at(10)


def test_hours_that_share_none_hold_nothing() -> None:
    assert wait(near(), CoveredHours(DESK, {"gold": NIGHT}), at(5)) == Waiting(Waits.NEVER)
    assert next_covered((DESK, NIGHT), at(5)) is None


def test_hours_of_others_hold_nothing() -> None:
    assert wait(near(), CoveredHours(None, {"silver": DESK}, {"access": DESK})) == Waiting(Waits.COVERED)


# -- the decision ----------------------------------------------------------------------------------------------------

ROUTE = Route(PHONE, hours=OWN)


def decided(alert: Alert, route: Route = ROUTE, silences: tuple[Silence, ...] = (), now: datetime = ONE) -> Decision:
    (decision,) = withholding.decide(alert, [route], silences, None, now)
    return decision


def test_the_decision_holds_the_page_until_the_instant_and_says_so() -> None:
    assert decided(near()) == Decision(PHONE, Withheld.WAITS_FOR_HOURS, True, at(8), at(8).isoformat())
    assert decided(near()).held_by == f"waits_for_hours/{at(8).isoformat()}"


def test_alertmanager_is_told_the_truth_and_a_shadow_what_it_would_have_waited_for() -> None:
    assert decided(near(), Route(PEER, hours=OWN)) == Decision(PEER, None)
    shadow = decided(near(), Route(PHONE, shadow=True, hours=OWN))
    assert (shadow.withheld, shadow.held) == (Withheld.SHADOW, False)
    assert shadow.detail == f"waits_for_hours/{at(8).isoformat()}"


def test_a_silence_and_a_root_cause_come_before_the_hours() -> None:
    silence = Silence("s1", (matcher("tier=gold"),), at(0), at(3), "lin", "work")
    assert decided(near(), silences=(silence,)).held_by == "silenced/s1"
    cause = Cause("c1", "circuit/C1", at(1), None, "gold")
    (grouped,) = withholding.decide(near(), [ROUTE], (), cause, at(1))
    assert grouped.withheld is Withheld.GROUPED


def test_what_waited_is_decided_on_once_more_before_it_is_sent() -> None:
    silence = Silence("s1", (matcher("tier=gold"),), at(7), at(10), "lin", "work")
    cause = Cause("c1", "circuit/C1", at(1), None, "gold")
    again = withholding.anew(near(), ROUTE, (), None, at(3))
    assert again is not None
    assert again.until == at(8), "a silence that ended at night lets nothing ring before the hours"
    silenced = withholding.anew(near(), ROUTE, (silence,), None, at(8))
    assert silenced is not None
    assert silenced.held_by == "silenced/s1"
    grouped = withholding.anew(near(), ROUTE, (), cause, at(8))
    assert grouped is not None
    assert grouped.held_by == "grouped/c1"
    assert withholding.anew(near(), ROUTE, (), None, at(8)) is None
    assert withholding.anew(near().because(Reason.ESCALATED), ROUTE, (silence,), cause, at(1)) is None


def test_another_deadline_is_another_instant_for_what_waits_already() -> None:
    reworded = near().because(Reason.REWORDED)
    sooner = replace(reworded, deadline=at(4))
    changes = [(alert, [decided(alert)]) for alert in (reworded, sooner)]
    assert [until for _, _, until in withholding.waits_anew(changes)] == [at(8), None]
    assert list(withholding.waits_anew([(near(), [decided(near())])])) == []


def test_a_repeat_waits_as_a_page_does() -> None:
    item = Repeatable(near(), "phone", at(0), deadline=at(12), beside=(Beside(near()),))
    repeat = judge(item, ROUTE, timedelta(minutes=30), (), SETTINGS, at(1))
    assert (repeat.reason, repeat.look_at, repeat.news) == (
        Withheld.WAITS_FOR_HOURS,
        at(1) + timedelta(seconds=30),
        True,
    )
    assert judge(item, ROUTE, timedelta(minutes=30), (), SETTINGS, at(8)).reason is Reason.REPEAT_DUE
    late = replace(item, alert=near(deadline=at(3)))
    assert judge(late, ROUTE, timedelta(minutes=30), (), SETTINGS, at(1)).reason is Reason.REPEAT_DUE


# -- what the page says ----------------------------------------------------------------------------------------------


def said(alert: Alert, now: datetime, hours: CoveredHours = OWN) -> tuple[str, str]:
    marked = covered.marked(alert, hours, lambda _other: True, SETTINGS, now).annotations
    return marked.get("description", ""), marked.get("description_zh", "")


WORDED = near(annotations={"description": "Text.", "description_zh": "正文。"})


def test_a_page_that_rings_outside_the_hours_says_why_in_both_languages() -> None:
    en, zh = said(replace(WORDED, deadline=at(3, 10)), at(1))
    assert en.splitlines()[0] == (
        "Rings now, outside covered hours: the deadline 2026-01-05 11:10 +08:00 comes before they begin,"
        " 2026-01-05 16:00 +08:00."
    )
    assert en.splitlines()[1] == "Text."
    assert zh.splitlines()[0].startswith("现为非值守时段，仍立即通知：截止时间")
    en, _ = said(replace(WORDED, ahead=(("used_90", at(7)),)), at(1))
    assert "the stage used_90 comes 2026-01-05 15:00 +08:00, before they begin" in en


def test_a_page_that_waited_says_so_and_what_is_left_now() -> None:
    en, zh = said(WORDED, at(8))
    assert en.startswith("Waited for covered hours since 2026-01-05 09:00 +08:00; due in 4 h,")
    assert zh.startswith("自 2026-01-05 09:00 +08:00 起等待值守时段；")


def test_a_page_inside_the_hours_and_one_without_hours_say_nothing() -> None:
    assert said(replace(WORDED, starts_at=at(9)), at(9))[0] == "Text."
    assert said(WORDED, at(1), CoveredHours())[0] == "Text."
    assert said(replace(WORDED, deadline=None), at(1))[0] == "Text."


# -- the alerts know what is ahead -----------------------------------------------------------------------------------

GOLD = [ticket("T1", at(0), "working", tier="gold")]  # 4 h: 3:00, 3:36, 4:00


def test_alerts_know_the_stages_ahead_only_where_hours_are_covered() -> None:
    desk = Desk(rules=cases.rules(cases.RESTORATION), settings=replace(SETTINGS, covered=True))
    (alert,) = desk.look(GOLD, at(3))
    assert alert.ahead == (("used_90", at(3, 36)),)
    assert alert.deadline == at(4)
    assert Desk(rules=cases.rules(cases.RESTORATION)).look(GOLD, at(3))[0].ahead == ()
    (worse,) = desk.look(GOLD, at(3, 36))
    assert worse.ahead == ()


def test_another_deadline_is_a_change_even_if_no_word_is() -> None:
    desk = Desk(rules=cases.rules(cases.RESTORATION), settings=replace(SETTINGS, covered=True))
    (first,) = desk.look(GOLD, at(3))
    desk.stored[first.key] = replace(first, ahead=(("used_90", at(3, 40)),))
    (again,) = desk.look(GOLD, at(3, 10))
    assert (again.reason, again.ahead) == (Reason.REWORDED, (("used_90", at(3, 36)),))
    assert desk.look(GOLD, at(3, 20)) == (), "nothing has moved"
