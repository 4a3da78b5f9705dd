"""Changed policies, tiers, calendars, and tickets that come back: threads 14 to 20, and findings 1, 2, 6 and 7."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.clock.engine import advance
from monitor.model import Phase, State, TransitionKind
from monitor.store.views import Views
from tests.lessons.stories import (
    OFFICE,
    H,
    M,
    every,
    happened,
    installation,
    promise,
    read,
    readings,
    rules,
    ticket,
    utc,
)  # fmt: skip
from tests.support.cases import MONDAY
from tests.support.desk import Desk, brief
from tests.support.texts import exchanged

FIRST_RESPONSE_AND_UPDATE = """\
  accept:
    name: {en: Acceptance}
    start: [opened]
    stop: [accepted, held, restored, closed]
    budgets: [{budget: 30m, source: test}]
  feedback:
    name: {en: Feedback}
    start: [opened, accepted, held]
    stop: [restored, closed]
    recurring: true
    budgets: [{budget: 4h, source: test}]
"""


def test_itop_a_past_overrun_is_worked_out_anew_from_the_whole_history() -> None:
    """4 h of 09-17 from Friday 16:00: 1 h on Friday, 3 h on Monday, so Monday 12:00; resolved 13:00 it is 1 h late.

    Monday turns out to have been a holiday: then 1 h counted, and the deadline was Tuesday 12:00.
    """
    events = [ticket("T1", utc("2026-03-06 16:00"), "new"), ticket("T1", utc("2026-03-09 13:00"), "resolved")]
    now = utc("2026-03-20 09:00")
    late = read(events, now, rules(promise(hours=OFFICE)))
    assert (late.state, late.breached_at, late.remaining) == (State.BREACHED, utc("2026-03-09 12:00"), -1 * H)
    mended = read(events, now, rules(promise(hours=OFFICE, dated=", holidays: [2026-03-09]")))
    assert (mended.state, mended.counted, mended.deadline) == (State.MET, 1 * H, utc("2026-03-10 12:00"))


def test_zammad_534_open_tickets_follow_an_edited_calendar(tmp_path: Path) -> None:
    """4 h from Friday 16:00 are up on Monday 12:00; after the hours became 09-13, Friday gives nothing: 4 h on Monday
    are up at 13:00. The edit alone moves the deadline; the ticket was not touched."""
    now = utc("2026-03-06 17:30")
    with installation(tmp_path, rules(promise(hours=OFFICE))) as here:
        here.hear(now, ticket("T1", utc("2026-03-06 16:00"), "new", tier="gold"))
        here.work(now)
        assert [clock.deadline for clock in Views(here.database).nearest()] == [utc("2026-03-09 12:00")]
        assert here.publish(rules(promise(hours="{mon-fri: [09:00-13:00]}"))) == 1
        here.work(now)
        assert [clock.deadline for clock in Views(here.database).nearest()] == [utc("2026-03-09 13:00")]


def test_frappe_2214_open_tickets_follow_an_edited_budget(tmp_path: Path) -> None:
    """4 h from 08:00 is 12:00; edited to 6 h it is 14:00. The breach of 12:00, found at 13:00, is withdrawn by name."""
    now = utc("2026-03-02 13:00")
    opening = ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")
    with installation(tmp_path, rules()) as here:
        here.hear(now, opening)
        here.work(now)
        assert [clock.state for clock in Views(here.database).late()] == [State.BREACHED]
        here.publish(rules(promise("{budget: 6h, source: test}", version="2")))
        here.work(now)
        (clock,) = Views(here.database).nearest()
        assert (clock.state, clock.deadline) == (State.AT_RISK, utc("2026-03-02 14:00"))
        (loaded,) = here.worker.clocks.load([opening.key])
    withdrawn = [(item.stage, item.at) for item in loaded.transitions if item.kind is TransitionKind.WITHDRAWN]
    assert ("breached:breached", utc("2026-03-02 12:00")) in withdrawn
    assert ("breached", "breached", utc("2026-03-02 12:00")) in happened(loaded.transitions)  # and stays on record
    assert read([opening], now, here.book).target.policy_version == "lesson@2"


def test_zammad_4353_a_target_that_was_taken_out_ends_its_alerts() -> None:
    """Breached at 12:00 and told. At 13:00 the target is gone from the policy: one end, and silence after it."""
    events = [ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")]
    desk = Desk(rules=rules(promise(more=FIRST_RESPONSE_AND_UPDATE)))
    desk.look(events, utc("2026-03-02 12:30"))
    assert "breached" in desk.firing
    without = promise(more=FIRST_RESPONSE_AND_UPDATE)
    start = without.index("  restore:\n")
    desk.rules = rules(without[:start] + without[without.index("  accept:\n") :])
    ended = [line for line in brief(desk.look(events, utc("2026-03-02 13:00"))) if "restore" in line]
    assert ended == ["-restore/breached withdrawn"]
    assert not [alert for alert in desk.stored.values() if alert.target == "restore" and alert.firing]


def test_zammad_4353_a_tier_without_a_promise_ends_its_alerts() -> None:
    """Gold has a figure, standard has none. At 11:30 the ticket becomes standard; the 75 % of 11:00 ends with it."""
    book = rules(promise("{when: {tier: gold}, budget: 4h, source: test}"))
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 11:30"), tier="standard"),
    ]
    desk = Desk(rules=book)
    assert brief(desk.look(events, utc("2026-03-02 11:00"))) == ["+restore/used_75 first"]
    desk.look(events, utc("2026-03-02 11:30"))
    assert desk.firing == []
    assert read(events, utc("2026-03-02 14:00"), book).state is State.CANCELLED


def test_glpi_5805_stages_that_were_missed_are_made_up_for_when_the_budget_is_mended() -> None:
    """The policy wrongly said 40 h, so nothing fired by 12:30. Mended to 4 h, the breach is dated 12:00 and told; the
    stages passed with it (11:00 and 11:36) are on record."""
    events = [ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")]
    desk = Desk(rules=rules(promise("{budget: 40h, source: test}")))
    assert desk.look(events, utc("2026-03-02 12:30")) == ()
    desk.rules = rules()
    changed = desk.look(events, utc("2026-03-02 12:31"))
    assert brief(changed) == [
        "+restore/breached first",
        ".restore/used_90 superseded",
        ".restore/used_75 superseded",
    ]
    assert [alert.starts_at for alert in changed] == [utc(f"2026-03-02 {t}") for t in ("12:00", "11:36", "11:00")]


def test_glpi_5805_a_stricter_tier_fires_what_its_budget_has_passed_and_then_the_rest() -> None:
    """Gold 4 h becomes diamond 2 h at 09:40, when 1:40 have counted: 75 % (1:30) holds at once, 90 % is 1:48 = 09:48,
    the breach comes after 10:00."""
    book = rules(promise("{when: {tier: diamond}, budget: 2h, source: test}", "{budget: 4h, source: test}"))
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 09:40"), tier="diamond"),
    ]
    desk = Desk(rules=book)
    told = [
        (now.strftime("%H:%M"), line)
        for now in every(utc("2026-03-02 08:00"), utc("2026-03-02 10:05"), 1 * M)
        for line in brief(desk.look(events, now))
    ]
    assert told == [
        ("09:40", "+restore/used_75 first"),
        ("09:48", "+restore/used_90 worsened"),
        ("10:01", "+restore/breached worsened"),
    ]


@pytest.mark.parametrize(("reopen", "cycle", "deadline"), [("resume", 1, "10:00"), ("new_cycle", 2, "12:00")])
def test_zammad_188_a_reopened_ticket_does_not_escalate_at_once(reopen: str, cycle: int, deadline: str) -> None:
    """4 h. Opened Monday 08:00, resolved 10:00, reopened Thursday 08:00. The three days between count for nothing:
    2 h are left (10:00), or 4 h where the policy begins a new cycle (12:00)."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 10:00"), "resolved"),
        ticket("T1", utc("2026-03-05 08:00"), "working"),
    ]
    book = rules(promise(reopen=reopen))
    desk = Desk(rules=book)
    assert desk.look(events, utc("2026-03-05 08:00")) == ()
    reading = read(events, utc("2026-03-05 08:00"), book)
    assert (reading.cycle, reading.state, reading.deadline) == (cycle, State.RUNNING, utc(f"2026-03-05 {deadline}"))


def test_zammad_5177_an_update_time_does_not_overrule_the_first_response() -> None:
    """Acceptance is due 08:30, feedback 12:00. A feedback at 08:10 moves the second to 12:10 and never the first."""
    book = rules(promise(more=FIRST_RESPONSE_AND_UPDATE))
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 08:10"), feedback=True),
    ]
    now = utc("2026-03-02 08:20")
    assert read(events, now, book, "accept").deadline == utc("2026-03-02 08:30")
    assert read(events, now, book, "feedback").deadline == utc("2026-03-02 12:10")
    assert read(events, utc("2026-03-02 09:00"), book, "accept").breached_at == utc("2026-03-02 08:30")


def test_chatwoot_10178_the_promise_of_a_ticket_under_way_can_be_changed() -> None:
    """4 h from 08:00; at 10:00 another tier promises 6 h: 2 h have counted, 4 h are left, so 14:00."""
    book = rules(
        promise("{when: {tier: gold}, budget: 4h, source: test}", "{when: {tier: standard}, budget: 6h, source: test}")
    )
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 10:00"), tier="standard"),
    ]
    assert read(events, utc("2026-03-02 10:30"), book).deadline == utc("2026-03-02 14:00")


def test_frappe_saving_a_ticket_again_and_again_applies_nothing_anew() -> None:
    """Fifty saves with the same tier and no new status: the clock is the one of the first save."""
    saves = [ticket("T1", now, tier="gold") for now in every(utc("2026-03-02 08:01"), utc("2026-03-02 08:50"), 1 * M)]
    opening = ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")
    now = utc("2026-03-02 13:00")
    assert readings([opening, *saves], now, rules()) == readings([opening], now, rules())


def test_servicenow_what_is_left_is_worked_out_at_each_look_however_far_the_deadline() -> None:
    """45 days from 2 March 08:00. Every three hours exactly three hours less are left, 40 days ahead as on the last
    day, and half is used at 22.5 days: 24 March 20:00."""
    book = rules(promise("{budget: 45d, source: test}", stages="[50%, 100%]"))
    events = [ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold")]
    left = [read(events, now, book).remaining for now in every(utc("2026-03-02 08:00"), utc("2026-04-16 08:00"), 3 * H)]
    assert left == [45 * 24 * H - 3 * H * n for n in range(361)]
    assert read(events, utc("2026-03-05 08:00"), book).next_at == utc("2026-03-24 20:00")


def test_glpi_a_term_is_judged_by_the_phases_of_its_target_alone() -> None:
    """An acceptance that was met at 08:10 stays met when the urgency changes afterwards; only open clocks follow."""
    more = exchanged(
        FIRST_RESPONSE_AND_UPDATE,
        (
            "[{budget: 30m, source: test}]",
            "[{when: {urgency: high}, budget: 5m, source: test}, {budget: 30m, source: test}]",
        ),
    )
    book = rules(promise(more=more))
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", urgency="low"),
        ticket("T1", utc("2026-03-02 08:10"), "working"),
        ticket("T1", utc("2026-03-02 08:20"), urgency="high"),
    ]
    reading = read(events, utc("2026-03-02 09:00"), book, "accept")
    assert (reading.state, reading.counted, reading.target.budget) == (State.MET, 10 * M, 30 * M)
    assert reading.target.start == frozenset({Phase.OPENED})


def test_finding_1_the_order_and_number_of_arrivals_leave_no_trace() -> None:
    """No running total is kept: in whatever turn five statements arrive, one of them twice, the answer is one."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 10:00"), tier="diamond"),
        ticket("T1", utc("2026-03-02 11:00"), "working"),
        ticket("T1", utc("2026-03-02 15:00"), "resolved"),
    ]
    now = utc("2026-03-03 08:00")
    wanted = advance(events, (), rules(), now)
    for turn in range(5):
        turned = [*events[turn:], *events[:turn], events[turn]]
        assert advance(turned, (), rules(), now) == wanted
        assert advance(list(reversed(turned)), (), rules(), now) == wanted
    assert wanted.readings[0].started_at > MONDAY
    assert (wanted.readings[0].counted, wanted.readings[0].breached_at) == (5 * H, utc("2026-03-02 14:00"))
