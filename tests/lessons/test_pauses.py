"""Pauses: threads 1 to 13 of the lessons, and those findings that are about pauses. See docs/lessons.md."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.clock.engine import Transition, advance
from monitor.model import Life, State
from monitor.worktime.working_time import TICK
from tests.lessons.stories import OFFICE, H, M, every, local, promise, read, readings, rules, spent, ticket, utc
from tests.support.desk import Desk

FEEDBACK = """\
  feedback:
    name: {en: Feedback}
    start: [opened, accepted, held]
    stop: [restored, closed]
    recurring: true
    budgets: [{budget: 30m, source: test}]
"""


def test_glpi_6902_a_change_of_urgency_keeps_what_had_paused() -> None:
    """8 h at low urgency, 4 h at high. Counted: 08-09 and 12-13, so 2 of 4 h are left at 13:00: 15:00.

    Without the three hours of waiting the deadline would be 08:00 + 4 h = 12:00, missed before the change was made.
    """
    book = rules(
        promise("{when: {urgency: low}, budget: 8h, source: test}", "{when: {urgency: high}, budget: 4h, source: test}")
    )
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", urgency="low"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 12:00"), "working"),
        ticket("T1", utc("2026-03-02 13:00"), urgency="high"),
    ]
    reading = read(events, utc("2026-03-02 13:00"), book)
    assert (reading.counted, reading.target.budget) == (2 * H, 4 * H)
    assert (reading.state, reading.deadline) == (State.RUNNING, utc("2026-03-02 15:00"))
    assert read(events, utc("2026-03-02 15:00") + TICK, book).breached_at == utc("2026-03-02 15:00")


def test_glpi_15605_another_agreement_while_waiting_keeps_the_whole_pause() -> None:
    """Gold 4 h becomes diamond 2 h at 10:00, in the middle of the wait of 09-12: 1 h counted, 1 h left at 12:00."""
    book = rules(promise("{when: {tier: diamond}, budget: 2h, source: test}", "{budget: 4h, source: test}"))
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 10:00"), tier="diamond"),
        ticket("T1", utc("2026-03-02 12:00"), "working"),
    ]
    reading = read(events, utc("2026-03-02 12:30"), book)
    assert (reading.tier, reading.counted, reading.deadline) == ("diamond", 1.5 * H, utc("2026-03-02 13:00"))
    assert spent(reading, Life.PAUSED) == 3 * H
    assert reading.breached_at is None


def test_glpi_10594_a_pause_over_a_weekend_is_credited_in_working_time() -> None:
    """16 h of 09-17 from Thursday 09:00 end on Friday 17:00. Waiting from Friday 16:00 to Monday 10:00 is 66 h on the
    wall and 2 h of working time (Friday 16-17, Monday 09-10). 15 h counted before it, so 1 h is left: Monday 11:00."""
    book = rules(promise("{budget: 16h, source: test}", hours=OFFICE))
    events = [
        ticket("T1", utc("2026-03-05 09:00"), "new"),
        ticket("T1", utc("2026-03-06 16:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-09 10:00"), "working"),
    ]
    assert read(events[:1], utc("2026-03-05 10:00"), book).deadline == utc("2026-03-06 17:00")
    reading = read(events, utc("2026-03-09 10:00"), book)
    assert (reading.counted, reading.deadline) == (15 * H, utc("2026-03-09 11:00"))
    assert spent(reading, Life.PAUSED) == 66 * H


def test_glpi_24481_a_ticket_that_waits_is_not_violated_however_long() -> None:
    """3 of 4 h have counted when it begins to wait. A month later they are still 3, and nobody was told of a breach."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 11:00"), "waiting", reason="customer"),
    ]
    desk = Desk(rules=rules())
    for now in every(utc("2026-03-02 08:00"), utc("2026-04-02 08:00"), 6 * H):
        desk.look(events, now)
    reading = read(events, utc("2026-04-02 08:00"), rules())
    assert (reading.state, reading.counted, reading.deadline) == (State.PAUSED, 3 * H, None)
    assert (reading.next_at, desk.firing) == (None, [])


def test_glpi_1912_total_time_is_known_with_and_without_waiting() -> None:
    """08-13 are 5 h; 3 of them (09-12) were a wait; 2 count."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 12:00"), "working"),
        ticket("T1", utc("2026-03-02 13:00"), "resolved"),
    ]
    reading = read(events, utc("2026-03-03 08:00"), rules())
    assert reading.stopped_at is not None
    assert reading.stopped_at - reading.started_at == 5 * H
    assert (spent(reading, Life.PAUSED), spent(reading, Life.RUNNING), reading.counted) == (3 * H, 2 * H, 2 * H)


def test_glpi_23359_time_between_solved_and_reopened_is_not_booked_as_waiting() -> None:
    """Waited 09-10 (1 h). Solved at 11:00, back at work at 18:00: those 7 h are a stop of their own, not a wait.

    Counted until 19:00: 08-09, 10-11, 18-19 = 3 h.
    """
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 10:00"), "working"),
        ticket("T1", utc("2026-03-02 11:00"), "resolved"),
        ticket("T1", utc("2026-03-02 18:00"), "working"),
    ]
    reading = read(events, utc("2026-03-02 19:00"), rules())
    assert spent(reading, Life.PAUSED) == 1 * H
    assert spent(reading, Life.STOPPED) == 7 * H
    assert (reading.counted, reading.deadline) == (3 * H, utc("2026-03-02 20:00"))


def test_frappe_1554_a_pause_pauses() -> None:
    """Nothing counts from 09:00 on, whenever one looks, until work goes on at 17:00."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 17:00"), "working"),
    ]
    looks = [read(events, now, rules()) for now in every(utc("2026-03-02 09:00"), utc("2026-03-02 16:59"), 7 * M)]
    assert {(reading.counted, reading.state) for reading in looks} == {(1 * H, State.PAUSED)}
    assert read(events, utc("2026-03-02 18:00"), rules()).counted == 2 * H


def test_frappe_1675_the_deadline_moves_with_the_pause() -> None:
    """4 h from 08:00 is 12:00. While it waits there is no deadline; after waiting 09:00-10:30 it is 13:30."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 10:30"), "working"),
    ]
    told = [read(events, utc(f"2026-03-02 {now}"), rules()).deadline for now in ("08:30", "10:00", "10:30")]
    assert told == [utc("2026-03-02 12:00"), None, utc("2026-03-02 13:30")]


@pytest.mark.parametrize("left_first", [False, True], ids=["resolved from hold", "hold left in the same save"])
def test_frappe_3776_a_hold_that_ends_with_the_resolution_is_not_counted(left_first: bool) -> None:
    """On hold from 2 February 10:00 to 3 August 10:00, then resolved in one save. One hour counted, not half a year."""
    end = utc("2026-08-03 10:00")
    events = [
        ticket("T1", utc("2026-02-02 09:00"), "new"),
        ticket("T1", utc("2026-02-02 10:00"), "waiting", reason="customer"),
        *([ticket("T1", end, "working", sequence=1)] if left_first else []),
        ticket("T1", end, "resolved", sequence=2),
    ]
    reading = read(events, utc("2026-08-04 09:00"), rules())
    assert (reading.state, reading.counted, reading.stopped_at) == (State.MET, 1 * H, end)
    assert spent(reading, Life.PAUSED) == timedelta(days=182)  # 26 February, 31, 30, 31, 30, 31 days and 3 of August


@pytest.mark.parametrize(
    ("held", "left", "deadline"),
    [
        pytest.param("2026-03-02 20:00", "2026-03-03 07:00", "2026-03-03 13:00", id="frappe 2449: all at night"),
        pytest.param("2026-03-02 16:00", "2026-03-03 10:00", "2026-03-03 15:00", id="erpnext 47884: over a night"),
        pytest.param("2026-03-02 15:00", "2026-03-02 16:00", "2026-03-03 14:00", id="erpnext 49414: within the day"),
        pytest.param("2026-03-02 16:00", "2026-03-02 22:00", "2026-03-03 14:00", id="erpnext 51111: into the night"),
    ],
)
def test_frappe_2449_erpnext_49414_a_hold_takes_only_working_time_away(held: str, left: str, deadline: str) -> None:
    """8 h of 09-17 from Monday 13:00 end on Tuesday 13:00: 4 h on Monday, 4 h on Tuesday.

    A hold moves that by its own working hours: none at night; 16-17 and 09-10 = 2 h; 15-16 = 1 h; 16-17 = 1 h.
    """
    book = rules(promise("{budget: 8h, source: test}", hours=OFFICE))
    events = [
        ticket("T1", utc("2026-03-02 13:00"), "new"),
        ticket("T1", utc(held), "waiting", reason="customer"),
        ticket("T1", utc(left), "working"),
    ]
    assert read(events[:1], utc("2026-03-02 14:00"), book).deadline == utc("2026-03-03 13:00")
    assert read(events, utc("2026-03-03 10:00"), book).deadline == utc(deadline)


def test_osticket_3034_a_status_of_the_ticket_can_pause_by_itself() -> None:
    """`pending customer` is its own reason; the source gives no other. 08-09 and 11-12 count."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "pending customer"),
        ticket("T1", utc("2026-03-02 11:00"), "working"),
    ]
    reading = read(events, utc("2026-03-02 12:00"), rules())
    assert (reading.counted, reading.deadline) == (2 * H, utc("2026-03-02 14:00"))


def test_otobo_389_how_often_we_look_changes_no_result() -> None:
    """Suspended 09:00-17:00. Looking every 5 minutes, every 7, once an hour or once gives the same clock to the
    microsecond; 4 minutes more per look would be 96 x 4 min = 6 h 24 min by 17:00."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 17:00"), "working"),
        ticket("T1", utc("2026-03-02 21:00"), "resolved"),
    ]
    end = utc("2026-03-02 23:00")
    seen: list[tuple[Transition, ...]] = []
    for step in (5 * M, 7 * M, 1 * H, 15 * H):
        recorded: tuple[Transition, ...] = ()
        for now in [*every(utc("2026-03-02 08:00"), end, step), end]:
            known = [event for event in events if event.at <= now]  # each look knows what was said by then
            recorded += advance(known, recorded, rules(), now).transitions
        seen.append(tuple(sorted(recorded, key=lambda item: (item.at, item.kind, item.stage))))
    assert seen[1:] == seen[:1] * 3
    reading = read(events, end, rules())
    assert (reading.counted, reading.breached_at) == (5 * H, utc("2026-03-02 20:00"))


def test_chatwoot_10178_no_response_is_awaited_after_the_resolution() -> None:
    """Feedback every 30 min: at 08:24 in time; the next is due 08:54, but at 08:40 the ticket is resolved.

    A week later no cycle has been missed and nothing is due.
    """
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new", tier="gold"),
        ticket("T1", utc("2026-03-02 08:24"), feedback=True),
        ticket("T1", utc("2026-03-02 08:40"), "resolved"),
    ]
    first, second = readings(events, utc("2026-03-09 08:00"), rules(promise(more=FEEDBACK)), "feedback")
    assert (first.state, first.counted) == (State.MET, 24 * M)
    assert (second.state, second.counted, second.missed_periods, second.next_at) == (State.MET, 16 * M, 0, None)


def test_zammad_two_pauses_in_one_minute_both_count() -> None:
    """09:00:05-09:00:20 and 09:00:35-09:00:50 are 30 s together: 12:00:00 becomes 12:00:30."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00:05"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 09:00:20"), "working"),
        ticket("T1", utc("2026-03-02 09:00:35"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 09:00:50"), "working"),
    ]
    reading = read(events, utc("2026-03-02 10:00"), rules())
    assert spent(reading, Life.PAUSED) == timedelta(seconds=30)
    assert reading.deadline == utc("2026-03-02 12:00:30")


def test_zammad_a_status_that_was_renamed_keeps_the_pauses_under_its_old_name() -> None:
    """`waiting` was renamed to `pending customer` in March; both words stay in the mapping, and both pauses count."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "waiting", reason="customer"),
        ticket("T1", utc("2026-03-02 10:00"), "working"),
        ticket("T1", utc("2026-03-02 11:00"), "pending customer"),
        ticket("T1", utc("2026-03-02 12:00"), "working"),
    ]
    assert read(events, utc("2026-03-02 12:00"), rules()).deadline == utc("2026-03-02 14:00")


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York", "Europe/Berlin"])
def test_erpnext_51111_a_hold_is_the_same_length_in_every_zone(zone: str) -> None:
    """Held Friday 16:00 to Monday 10:00 local: 2 working hours, so Friday 17:00 becomes Monday 11:00 local.

    The weekend of 7-8 March 2026 is the one on which New York changes its clocks.
    """
    book = rules(promise("{budget: 8h, source: test}", hours=OFFICE, zone=zone))

    def there(text: str) -> datetime:
        return local(text, zone)

    events = [
        ticket("T1", there("2026-03-06 09:00"), "new"),
        ticket("T1", there("2026-03-06 16:00"), "waiting", reason="customer"),
        ticket("T1", there("2026-03-09 10:00"), "working"),
    ]
    assert read(events, there("2026-03-09 10:00"), book).deadline == there("2026-03-09 11:00")
