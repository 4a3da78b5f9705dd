"""Instants of the policy's own that begin and end clocks: dated by themselves, the last value holds."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.model import Life, State
from tests.support.dated import H, M, at, book, cycles, look, one

RESTORE = (
    "restore: {start: [diagnosed], stop: [restored, closed], pause: [customer], budgets: [{budget: 4h, source: t}]}"
)
TOLD = "restore: {start: [opened], stop: [customer_told], budgets: [{budget: 4h, source: t}]}"
VENDOR = (
    "vendor: {start: [vendor_called], stop: [customer_told], cancel: [cancelled, closed],"
    " budgets: [{budget: 2h, source: t}]}"
)


def test_the_clock_runs_from_the_diagnosis_and_not_from_the_event_that_says_it() -> None:
    reading = one(RESTORE, "08:00 opened · 09:30 diagnosed=09:00 · 10:00 accepted", "11:00")
    assert (reading.started_at, reading.deadline, reading.first_sight) == (at("09:00"), at("13:00"), False)
    assert [part.instant for part in reading.intervals] == ["diagnosed"]


def test_nothing_runs_while_nothing_is_diagnosed() -> None:
    said = "08:00 opened · 09:00 accepted · 10:00 held customer · 11:00 strange · 12:00 restored · 13:00 accepted"
    assert cycles([RESTORE], said, "14:00") == []


def test_a_fault_is_not_restored_until_the_customer_has_been_told() -> None:
    said = "08:00 opened · 10:00 restored · 11:00 closed"
    assert one(TOLD, said, "13:00").breached_at == at("12:00")
    told = one(TOLD, f"{said} · 11:30 customer_told=11:20", "13:00")
    assert (told.state, told.stopped_at, told.counted) == (State.MET, at("11:20"), 3 * H + 20 * M)


@pytest.mark.parametrize(
    ("told", "state", "breached_at"),
    [("12:00", State.MET, None), ("12:01", State.BREACHED, at("12:00"))],
)
def test_told_at_the_deadline_is_in_time(told: str, state: State, breached_at: datetime | None) -> None:
    reading = one(TOLD, f"08:00 opened · 14:00 customer_told={told}", "15:00")
    assert (reading.state, reading.breached_at) == (state, breached_at)


def test_an_instant_that_is_told_late_withdraws_the_breach() -> None:
    said = "08:00 opened · 13:00 customer_told=11:00"
    assert look(book(TOLD), "08:00 opened", "12:30").readings[0].state is State.BREACHED
    assert one(TOLD, said, "13:00").state is State.MET


def test_a_corrected_time_moves_the_end_and_one_that_is_taken_back_takes_it_away() -> None:
    moved = "08:00 opened · 10:00 customer_told=09:30 · 11:00 customer_told=10:30"
    assert one(TOLD, moved, "11:00").stopped_at == at("10:30")
    back = one(TOLD, f"{moved} · 11:30 customer_told=", "11:30")
    assert (back.life, back.counted, back.stopped_at) == (Life.RUNNING, 3 * H + 30 * M, None)


def test_a_field_that_is_not_named_takes_nothing_back() -> None:
    assert one(TOLD, "08:00 opened · 10:00 customer_told=09:30 · 11:00 gold", "12:00").stopped_at == at("09:30")


def test_a_stated_instant_does_nothing_before_its_time_and_the_engine_wakes_for_it() -> None:
    said = "08:00 opened · 09:00 customer_told=11:00"
    before = look(book(TOLD), said, "10:00")
    assert (before.readings[0].life, before.look_again_at) == (Life.RUNNING, at("11:00"))
    after = look(book(TOLD), said, "11:00")
    assert (after.readings[0].stopped_at, after.look_again_at) == (at("11:00"), None)


def test_the_engine_does_not_wake_for_an_instant_that_no_target_lists_or_that_was_taken_back() -> None:
    assert look(book(TOLD), "08:00 opened · 09:00 phoned=11:00", "10:00").look_again_at is None
    assert (
        look(book(TOLD), "08:00 opened · 09:00 customer_told=11:00 · 09:30 customer_told=", "10:00").look_again_at
        is None
    )


def test_an_instant_that_a_target_does_not_list_moves_none_of_its_clocks() -> None:
    silent = one(TOLD, "08:00 opened · 09:00 held customer · 10:00 closed", "11:00")
    said = one(
        TOLD, "08:00 opened phoned=08:30 · 09:00 held customer diagnosed=09:00 · 10:00 closed phoned=10:30", "11:00"
    )
    assert said == silent


def test_a_clock_that_an_instant_begins_while_the_ticket_waits_begins_paused() -> None:
    said = "08:00 opened · 09:00 held customer · 11:00 diagnosed=10:00"
    reading = one(RESTORE, said, "12:00")
    assert (reading.started_at, reading.life, reading.counted) == (at("10:00"), Life.PAUSED, timedelta(0))
    assert (reading.intervals[0].reason, reading.intervals[0].instant) == ("customer", "diagnosed")
    assert one(RESTORE, f"{said} · 12:00 accepted", "13:00").deadline == at("16:00")


@pytest.mark.parametrize("wait", ["parts", ""])
def test_it_begins_running_where_the_target_does_not_wait_for_that_reason(wait: str) -> None:
    reading = one(RESTORE, f"08:00 opened · 09:00 held {wait} · 11:00 diagnosed=10:00".replace("  ", " "), "12:00")
    assert (reading.life, reading.counted) == (Life.RUNNING, 2 * H)


def test_the_clock_of_an_instant_waits_goes_on_and_ends_by_phases_as_listed() -> None:
    said = "08:00 opened diagnosed=08:00 · 09:00 held customer · 10:00 accepted · 11:00 restored"
    reading = one(RESTORE, said, "12:00")
    assert (reading.state, reading.counted) == (State.MET, 2 * H)
    assert [part.life for part in reading.intervals] == [Life.RUNNING, Life.PAUSED, Life.RUNNING]


def test_no_phase_reopens_the_clock_of_an_instant() -> None:
    said = "08:00 opened diagnosed=08:00 · 09:00 restored · 10:00 accepted · 11:00 held customer · 12:00 opened"
    assert one(RESTORE, said, "13:00").stopped_at == at("09:00")


def test_it_is_reopened_by_an_instant_that_it_lists() -> None:
    target = TOLD.replace("[opened]", "[opened, phoned]")
    reading = one(target, "08:00 opened · 09:00 customer_told=09:00 · 11:00 phoned=11:00", "12:00")
    assert (reading.life, reading.counted) == (Life.RUNNING, 2 * H)
    unlisted = one(TOLD, "08:00 opened · 09:00 customer_told=09:00 · 11:00 phoned=11:00", "12:00")
    assert unlisted.stopped_at == at("09:00")


@pytest.mark.parametrize("end", ["restored", "closed", "cancelled"])
@pytest.mark.parametrize("start", ["[diagnosed]", "[opened, diagnosed]"])
def test_an_instant_begins_and_reopens_no_clock_of_a_ticket_that_has_ended(start: str, end: str) -> None:
    target = RESTORE.replace("[diagnosed]", start)
    said = f"08:00 opened · 09:00 {end}"
    assert cycles([target], f"{said} · 11:00 diagnosed=10:00", "12:00") == cycles([target], said, "12:00")


def test_it_begins_no_clock_whose_end_was_told_before() -> None:
    assert cycles([VENDOR], "08:00 opened vendor_called=10:00 customer_told=09:00", "12:00") == []


def test_a_phase_that_is_only_repeated_does_not_undo_an_end_that_an_instant_brought() -> None:
    said = "08:00 opened · 09:00 customer_told=09:00 · 10:00 opened"
    assert one(TOLD, said, "11:00").stopped_at == at("09:00")
    again = one(TOLD, "08:00 opened · 08:30 accepted · 09:00 customer_told=09:00 · 10:00 opened", "11:00")
    assert (again.life, again.counted) == (Life.RUNNING, 2 * H)


@pytest.mark.parametrize(
    ("said", "life"),
    [
        ("08:00 opened · 10:00 held customer diagnosed=10:00", Life.PAUSED),
        ("08:00 opened · 09:00 held customer · 10:00 accepted diagnosed=10:00", Life.RUNNING),
        ("08:00 opened diagnosed=10:00 · 10:00 held customer", Life.PAUSED),
    ],
)
def test_at_one_instant_the_phases_of_the_source_come_first(said: str, life: Life) -> None:
    assert one(RESTORE, said, "11:00").life is life
    assert cycles([RESTORE], "08:00 opened diagnosed=10:00 · 10:00 restored", "11:00") == []


def test_at_one_instant_instants_come_in_the_order_of_their_declaration() -> None:
    reading = one(VENDOR, "08:00 opened customer_told=09:00 vendor_called=09:00", "11:00")
    assert (reading.state, reading.counted) == (State.MET, timedelta(0))
    other_way = (
        VENDOR.replace("vendor_called", "X").replace("customer_told", "vendor_called").replace("X", "customer_told")
    )
    assert cycles([other_way], "08:00 opened customer_told=09:00 vendor_called=09:00", "11:00") == []


def test_an_instant_resets_the_clock_which_waits_on() -> None:
    target = (
        "restore: {start: [opened], stop: [closed], reset: [phoned], pause: [customer],"
        " budgets: [{budget: 4h, source: t}]}"
    )
    first, second = cycles([target], "08:00 opened · 09:00 held customer · 11:00 phoned=10:00", "12:00")
    assert (first.stopped_at, second.started_at, second.life, second.counted) == (
        at("10:00"), at("10:00"), Life.PAUSED, timedelta(0)
    )  # fmt: skip
    assert second.intervals[0].reason == "customer"
    _, running = cycles([target], "08:00 opened phoned=10:00", "12:00")
    assert (running.life, running.counted) == (Life.RUNNING, 2 * H)


def test_an_instant_cancels() -> None:
    target = TOLD.replace("budgets", "cancel: [vendor_called], budgets")
    reading = one(target, "08:00 opened vendor_called=09:00", "13:00")
    assert (reading.state, reading.counted) == (State.CANCELLED, H)


def test_an_instant_before_the_opening_begins_the_clock_there() -> None:
    target = RESTORE.replace("diagnosed", "complained")
    assert one(target, "08:00 opened complained=07:30", "09:00").started_at == at("07:30")


def test_begins_may_name_an_instant_of_the_policys_own() -> None:
    target = TOLD.replace("budgets", "begins: [phoned], budgets")
    assert one(target, "08:00 opened phoned=07:00", "09:00").started_at == at("07:00")
    assert one(target, "08:00 opened phoned=07:00 · 08:30 phoned=", "09:00").started_at == at("08:00")
    assert one(target, "08:00 opened phoned=08:30", "09:00").started_at == at("08:00")


def test_the_end_of_a_clock_that_an_instant_ends_starts_another() -> None:
    report = (
        "report: {started_by: {target: restore}, stop: [phoned], pause: [customer], budgets: [{budget: 2h, source: t}]}"
    )
    said = "08:00 opened · 09:00 customer_told=09:00 · 10:00 phoned=10:30"
    reading = one([report, TOLD], said, "11:00")
    assert (reading.started_at, reading.stopped_at) == (at("09:00"), at("10:30"))
    waiting = one([report, TOLD], "08:00 opened customer_told=09:00 · 09:00 held customer", "11:00")
    assert (waiting.started_at, waiting.life) == (at("09:00"), Life.PAUSED)
    assert cycles([report, TOLD], "08:00 opened · 09:00 customer_told=09:00 · 10:00 customer_told=", "11:00") == []


def test_a_promise_that_comes_later_finds_what_an_instant_began() -> None:
    target = (
        "restore: {start: [diagnosed], stop: [restored], pause: [customer],"
        " budgets: [{when: {tier: gold}, budget: 4h, source: t, after: 1h}]}"
    )
    reading = one(target, "08:00 opened gold diagnosed=08:30 · 08:40 held customer", "10:00")
    assert (reading.started_at, reading.life) == (at("09:00"), Life.PAUSED)
    assert cycles([target], "08:00 opened gold diagnosed=08:30 · 08:40 restored · 08:50 accepted", "10:00") == []


# -- corrections -------------------------------------------------------------------------------------------------------


def test_a_correction_stops_the_clock_of_an_instant() -> None:
    reading = one(RESTORE, "08:00 opened diagnosed=08:30 · 12:00 restored · 12:30 stop=10:00", "13:00")
    assert (reading.stopped_at, reading.counted) == (at("10:00"), H + 30 * M)


def test_a_correction_moves_an_end_that_an_instant_brought() -> None:
    reading = one(TOLD, "08:00 opened · 09:00 customer_told=09:00 · 12:00 stop=10:00", "13:00")
    assert (reading.stopped_at, reading.counted) == (at("10:00"), 2 * H)


@pytest.mark.parametrize(
    ("excluded", "begins", "counted"),
    [("09:00-11:00", Life.PAUSED, H), ("10:00-11:00", Life.PAUSED, H), ("09:00-10:00", Life.RUNNING, 2 * H)],
)
def test_excluded_time_does_not_count_for_a_clock_that_an_instant_begins_in_it(
    excluded: str, begins: Life, counted: timedelta
) -> None:
    said = f"08:00 opened · 08:30 accepted diagnosed=10:00 · 12:00 exclude={excluded}"
    reading = one(RESTORE, said, "12:00")
    assert (reading.started_at, reading.intervals[0].life, reading.counted) == (at("10:00"), begins, counted)


def test_excluded_time_before_any_phase_ends_as_it_should() -> None:
    said = "08:00 diagnosed=08:30 · 12:00 exclude=08:00-10:00"
    reading = one(RESTORE, said, "12:00")
    assert (reading.intervals[0].life, reading.counted) == (Life.PAUSED, 2 * H)
