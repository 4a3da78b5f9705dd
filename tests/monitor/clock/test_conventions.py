"""The conventions and examples of `docs/concepts.md`, each once, from events to readings: counting, begins and ends."""

from __future__ import annotations

import pytest

from monitor.clock.reading import Reading
from monitor.model import Life, State, SubjectKind
from tests.support.conventions import OFFICE, OPEN, RESTORE, Told, hours, local
from tests.support.texts import exchanged

# -- boundaries ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("restored", "state"), [("12:00", State.MET), ("12:00:00.000001", State.BREACHED)], ids=["at it", "after it"]
)
def test_an_event_exactly_at_the_deadline_is_in_time(restored: str, state: State) -> None:
    reading = Told(RESTORE).say("03-02 08:00", "opened").say(f"03-02 {restored}", "restored").last("03-02 13:00")
    assert (reading.state, local(reading.deadline)) == (state, "03-02 12:00")
    assert local(reading.breached_at) == (None if state is State.MET else "03-02 12:00")


@pytest.mark.parametrize(
    ("restored", "state"),
    [
        ("03-02 17:00", State.MET),
        ("03-03 07:30", State.MET),
        ("03-03 08:00", State.MET),
        ("03-03 08:01", State.BREACHED),
    ],
)
def test_a_deadline_exactly_at_closing_time_is_broken_when_time_counts_again(restored: str, state: State) -> None:
    told = Told(OFFICE).say("03-02 13:00", "opened")
    assert local(told.last("03-02 14:00").deadline) == "03-02 17:00"
    assert told.last("03-03 08:00").state is State.AT_RISK
    reading = told.say(restored, "restored").last("03-04 00:00")
    assert (reading.state, local(reading.deadline)) == (state, "03-02 17:00")


def test_a_pause_of_no_length_counts_everything_and_moves_nothing() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened")
    told.say("03-02 09:00", "held", reason="customer").say("03-02 09:00", "accepted", sequence=1)
    reading = told.last("03-02 10:00")
    assert (hours(reading), local(reading.deadline), reading.state) == (2, "03-02 12:00", State.RUNNING)
    assert {part.life for part in reading.intervals} == {Life.RUNNING}


def test_a_pause_left_in_the_update_of_the_stop_lasts_up_to_it() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened").say("03-02 09:00", "held", reason="customer")
    told.say("03-02 11:00", "accepted", sequence=1).say("03-02 11:00", "restored", sequence=2)
    reading = told.last("03-02 12:00")
    assert (hours(reading), reading.state, local(reading.stopped_at)) == (1, State.MET, "03-02 11:00")


def test_a_pause_entered_and_left_in_the_update_of_the_stop_is_none() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened")
    told.say("03-02 11:00", "held", reason="customer", sequence=1).say("03-02 11:00", "restored", sequence=2)
    reading = told.last("03-02 12:00")
    assert (hours(reading), reading.state) == (3, State.MET)
    assert [part.life for part in reading.intervals] == [Life.RUNNING]


def test_a_status_before_the_stated_opening_shows_that_the_opening_is_wrong() -> None:
    told = Told(RESTORE).say("03-02 07:30", "accepted").say("03-02 08:05", "accepted", opened="03-02 08:00")
    assert local(told.last("03-02 09:00").started_at) == "03-02 07:30"


def test_what_is_filled_in_before_the_opening_starts_nothing() -> None:
    told = Told(RESTORE).say("03-02 07:30", title="no line").say("03-02 08:05", "accepted", opened="03-02 08:00")
    assert local(told.last("03-02 09:00").started_at) == "03-02 08:00"


def test_equal_timestamps_are_ordered_by_sequence_then_by_id_and_never_by_arrival() -> None:
    def reading(first: dict[str, object], second: dict[str, object]) -> Reading:
        told = Told(RESTORE).say("03-02 08:00", "opened", event_id="a")
        told.say("03-02 09:00", "restored", **first).say("03-02 09:00", "accepted", **second)  # type: ignore[arg-type]
        assert told.last("03-02 10:00") == backwards(told).last("03-02 10:00")
        return told.last("03-02 10:00")

    assert reading({"sequence": 1, "event_id": "b"}, {"sequence": 2, "event_id": "c"}).state is State.RUNNING
    assert reading({"sequence": 2, "event_id": "b"}, {"sequence": 1, "event_id": "c"}).state is State.MET
    assert reading({"event_id": "b"}, {"event_id": "c"}).state is State.RUNNING
    assert reading({"event_id": "c"}, {"event_id": "b"}).state is State.MET


def backwards(told: Told) -> Told:
    told.events = told.events[::-1]
    return told


def test_a_feedback_and_the_stop_in_one_event_meet_the_feedback_that_was_due() -> None:
    feedback = f"feedback: {{name: {{en: F}}, {OPEN}, recurring: true, budgets: [{{budget: 30m, source: test}}]}}"
    told = Told(feedback).say("03-02 08:00", "opened").say("03-02 08:24", "restored", feedback=True)
    first, second = told.all("03-02 09:00")
    assert (first.state, hours(first)) == (State.MET, 0.4)
    assert (second.state, hours(second), local(second.stopped_at)) == (State.MET, 0, "03-02 08:24")


def test_a_reset_ends_the_cycle_and_begins_another_once() -> None:
    told = Told(exchanged(RESTORE, ("budgets", "reset: [on_site], budgets"))).say("03-02 08:00", "opened")
    told.say("03-02 09:00", "on_site").say("03-02 10:00", "on_site")
    readings = told.all("03-02 11:00")
    assert [(reading.cycle, hours(reading), reading.life) for reading in readings] == [
        (1, 1, Life.STOPPED),
        (2, 2, Life.RUNNING),
    ]


def test_what_cancels_a_clock_is_the_targets_own_word() -> None:
    told = Told(exchanged(RESTORE, ("stop: [restored, closed]", "stop: [restored], cancel: [closed]")))
    told.say("03-02 08:00", "opened").say("03-02 09:00", "cancelled")
    assert told.last("03-02 10:00").state is State.RUNNING
    assert told.say("03-02 11:00", "closed").last("03-02 12:00").state is State.CANCELLED


def test_what_is_delivered_moves_no_clock_that_does_not_list_it() -> None:
    told = Told(RESTORE).say("03-02 08:00", "opened").say("03-02 09:00", "held", reason="customer")
    told.say("03-02 10:00", "delivered")
    assert told.last("03-02 11:00").state is State.PAUSED


# -- working days --------------------------------------------------------------------------------------------------


def days(count: int, more: str = "") -> str:
    budgets = f"calendar: office, budgets: [{{budget: {count}wd, source: test}}]"
    return f"survey: {{name: {{en: S}}, {OPEN}, {more}{budgets}}}"


@pytest.mark.parametrize(
    ("count", "opened", "deadline"),
    [
        (5, "03-06 16:30", "03-13 16:30"),  # the date of the start is not counted
        (1, "03-07 10:00", "03-10 00:00"),  # from a Saturday, all of Monday
        (1, "03-05 20:00", "03-06 20:00"),  # outside the hours
        (1, "03-06 00:00", "03-07 00:00"),  # midnight is the end of the date before: of Friday
        (2, "03-02 10:00", "03-04 10:00"),
    ],
)
def test_working_days_count_dates_and_keep_the_time_of_day(count: int, opened: str, deadline: str) -> None:
    told = Told(days(count)).say(opened, "opened")
    assert local(told.last(opened).deadline) == deadline
    assert told.last(deadline).state is State.AT_RISK
    assert told.say(deadline, "restored").last("03-31 00:00").state is State.MET


def test_a_deadline_at_midnight_is_broken_when_the_next_working_date_begins() -> None:
    told = Told(days(1)).say("03-06 00:00", "opened")
    assert told.last("03-09 00:00").state is State.AT_RISK
    reading = told.last("03-09 00:00:00.000001")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "03-07 00:00")


@pytest.mark.parametrize(
    ("held", "accepted", "deadline"),
    [("03-09 10:00", "03-10 12:00", "03-16 18:30"), ("03-07 00:00", "03-09 00:00", "03-13 16:30")],
    ids=["26 hours of working dates", "a weekend only"],
)
def test_a_pause_moves_a_deadline_of_working_days_by_the_time_of_working_dates(
    held: str, accepted: str, deadline: str
) -> None:
    told = Told(days(5)).say("03-06 16:30", "opened").say(held, "held", reason="customer").say(accepted, "accepted")
    assert local(told.last("03-11 00:00").deadline) == deadline


def test_working_days_drain_over_whole_dates() -> None:
    told = Told(days(5)).say("03-06 16:30", "opened")
    assert [hours(told.last(now)) for now in ("03-07 00:00", "03-08 12:00", "03-09 00:00")] == [7.5, 7.5, 7.5]
    half = Told(days(2)).say("03-02 10:00", "opened").last("03-03 10:00")
    assert half.counted / half.target.budget == 0.5


# -- counted back --------------------------------------------------------------------------------------------------

NOTICE = (
    "notice: {name: {en: N}, of: change, start: [opened], stop: [delivered], ahead_of: planned, calendar: office,"
    " budgets: [{budget: 5wd, source: test}]}"
)


def change() -> Told:
    return Told(NOTICE, kind=SubjectKind.CHANGE)


def test_a_notice_is_due_so_many_working_days_before_the_work() -> None:
    told = change().say("03-02 10:00", "opened", planned="2026-03-16T02:00:00+08:00")
    assert local(told.last("03-02 12:00").deadline) == "03-09 02:00"
    assert told.say("03-09 02:00", "delivered").last("03-31 00:00").state is State.MET


def test_work_that_is_known_too_late_is_breached_at_once() -> None:
    reading = change().say("03-11 10:00", "opened", planned="2026-03-16T02:00:00+08:00").last("03-11 10:00")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "03-11 10:00")


def test_rescheduling_is_a_change_of_terms() -> None:
    told = change().say("03-02 10:00", "opened", planned="2026-03-16T02:00:00+08:00")
    later = told.say("03-05 10:00", planned="2026-03-18T02:00:00+08:00").last("03-05 12:00")
    assert (later.state, local(later.deadline)) == (State.RUNNING, "03-11 02:00")
    sooner = told.say("03-06 10:00", planned="2026-03-12T02:00:00+08:00").last("03-06 12:00")
    assert (sooner.state, local(sooner.breached_at)) == (State.BREACHED, "03-06 10:00")
    assert told.say("03-06 14:00", planned="2026-03-30T02:00:00+08:00").last("03-06 15:00").state is State.BREACHED


def test_work_that_is_opened_again_after_its_notice_is_another_promise() -> None:
    told = change().say("03-02 10:00", "opened", planned="2026-03-16T02:00:00+08:00").say("03-03 10:00", "delivered")
    told.say("03-04 10:00", "opened", planned="2026-03-23T02:00:00+08:00")
    first, second = told.all("03-05 00:00")
    assert (first.state, second.state, local(second.deadline)) == (State.MET, State.RUNNING, "03-16 02:00")


def test_without_a_planned_instant_there_is_no_clock() -> None:
    assert change().say("03-02 10:00", "opened").all("03-03 00:00") == []


# -- begun by another's end, and in the past -----------------------------------------------------------------------

REPORT = (
    "report: {name: {en: P}, started_by: {target: restore, over: 3h}, stop: [delivered], calendar: office,"
    " budgets: [{budget: 1wd, source: test}]}"
)


def test_a_report_is_owed_from_the_end_of_a_long_fault() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 11:00:01", "restored")
    reading = told.last("03-02 12:00", "report")
    assert (local(reading.started_at), local(reading.deadline)) == ("03-02 11:00", "03-03 11:00")
    assert told.say("03-03 09:00", "delivered").last("03-04 00:00", "report").state is State.MET


def test_three_hours_sharp_is_not_over_three_hours() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 11:00", "restored")
    assert told.all("03-04 00:00", "report") == []


def test_time_for_which_a_fault_had_ended_is_no_part_of_what_it_took() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 10:00", "restored")
    told.say("03-02 20:00", "accepted").say("03-02 21:00", "restored")
    assert told.all("03-03 00:00", "report") == []


def test_a_fault_that_goes_on_takes_its_report_back_until_it_ends_again() -> None:
    told = Told(RESTORE, REPORT).say("03-02 08:00", "opened").say("03-02 12:00", "restored")
    told.say("03-02 13:00", "accepted")
    assert told.last("03-02 14:00", "report").state is State.CANCELLED
    told.say("03-02 15:00", "restored")
    assert told.last("03-02 16:00", "report").state is State.RUNNING


BEGINS = exchanged(RESTORE, ("budgets", "begins: [detected, complained], budgets"))


def test_a_clock_runs_from_the_first_of_the_instants_before_the_opening() -> None:
    said = {"detected": "2026-03-02T07:40:00+08:00", "complained": "2026-03-02T07:55:00+08:00"}
    assert local(Told(BEGINS).say("03-02 08:00", "opened", **said).last("03-02 09:00").deadline) == "03-02 11:40"
    late = Told(BEGINS).say("03-02 08:00", "opened").say("03-02 11:50", **said)
    assert late.last("03-02 11:49").state is State.AT_RISK
    assert local(late.last("03-02 11:50").breached_at) == "03-02 11:40"


def test_an_instant_after_the_opening_changes_nothing_and_the_last_word_holds() -> None:
    told = Told(BEGINS).say("03-02 08:00", "opened", detected="2026-03-02T08:10:00+08:00")
    assert local(told.last("03-02 09:00").started_at) == "03-02 08:00"
    told.say("03-02 08:30", detected="2026-03-02T07:00:00+08:00").say(
        "03-02 08:40", detected="2026-03-02T07:50:00+08:00"
    )
    assert local(told.last("03-02 09:00").started_at) == "03-02 07:50"
