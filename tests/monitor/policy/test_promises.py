"""Promises of docs/domain.md, "Service processes", through a whole history: what the shipped policies say.

Surveys, provisioning, notices, complaints and duties here; of faults, circuits and the page in files of their own. All
instants are those of Shanghai in 2026 unless a year is given. The figures are counted by hand from the calendar: 15 to
23 February and 1 to 7 October are holidays, and the Saturdays 14 February and 10 October are worked.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from monitor.config import build_rulebook
from monitor.model import State
from monitor.policy.target import ONE
from monitor.worktime.working_time import TICK
from tests.support.promised import POLICIES, H, Life, change, drains, is_kept_until, on, words

# -- survey --------------------------------------------------------------------------------------------------------


def survey(policy: str, when: str, **attributes: str) -> Life:
    return Life(policy, process="survey", **attributes).says(when, "opened")


def test_a_gold_survey_across_provinces_is_answered_in_four_working_days_over_the_spring_festival() -> None:
    life = survey("cmcc-2014", "02-12 15:00", tier="gold", scope="cross-province")  # a Thursday
    life.says("02-13 09:00", "accepted")
    # Friday 13, Saturday 14 (worked), Tuesday 24, Wednesday 25: 96 h of working dates, 72 of them by Tuesday 15:00
    drains(life, "survey", at_risk="02-24 15:00", deadline="02-25 15:00")
    is_kept_until(life, "survey", "02-25 15:00", "delivered")
    assert life.clock("survey", "02-20 12:00").counted == 9 * H + 48 * H, "nothing counts during the festival"


def test_a_weekend_is_no_working_day_and_from_one_whole_working_days_count() -> None:
    friday = survey("cmcc-2014", "03-06 10:00", tier="gold", scope="cross-province")
    saturday = survey("cmcc-2014", "03-07 10:00", tier="gold", scope="cross-province")
    assert friday.clock("survey", "03-06 10:00").deadline == on("03-12 10:00")
    assert saturday.clock("survey", "03-07 10:00").deadline == on("03-13 00:00")


@pytest.mark.parametrize(
    ("scope", "tier", "deadline"),
    [
        # from Tuesday 29 September: Wednesday 30 is the first working day, then 8, 9, 10 (Saturday), 12, 13, 14 October
        ("in-city", "gold", "10-09"), ("in-city", "silver", "10-10"), ("in-city", "bronze", "10-12"),
        ("in-city", "standard", "10-12"),
        ("cross-city", "gold", "10-10"), ("cross-city", "silver", "10-12"), ("cross-city", "bronze", "10-13"),
        ("cross-city", "standard", "10-13"),
        ("cross-province", "gold", "10-12"), ("cross-province", "silver", "10-13"),
        ("cross-province", "bronze", "10-14"), ("cross-province", "standard", "10-14"),
    ],
)  # fmt: skip
def test_the_table_of_surveys_over_the_national_day(scope: str, tier: str, deadline: str) -> None:
    life = survey("operator-practice", "09-29 09:30", scope=scope, tier=tier)
    assert life.clock("survey", "09-29 09:30").deadline == on(f"{deadline} 09:30")
    is_kept_until(life, "survey", f"{deadline} 09:30", "delivered")
    assert life.states("survey", on(f"{deadline} 09:30") + TICK) == [State.BREACHED]


def test_a_survey_that_is_withdrawn_owes_nothing_and_one_that_is_asked_for_again_goes_on() -> None:
    gone = survey("operator-practice", "03-02 09:00", scope="in-city", tier="gold").says("03-03 09:00", "cancelled")
    assert gone.states("survey", "03-02 12:00", "03-10 09:00") == [State.RUNNING, State.CANCELLED]
    again = survey("operator-practice", "03-02 09:00", scope="in-city", tier="gold")
    again.says("03-03 09:00", "delivered").says("03-05 09:00", "accepted")
    found = again.clock("survey", "03-05 09:00")
    assert (found.counted, found.deadline) == (24 * H, on("03-09 09:00"))  # two days left: Friday and Monday


def test_no_other_process_tier_or_scope_has_a_survey() -> None:
    for attributes in (
        {"tier": "silver", "scope": "cross-province"}, {"tier": "gold", "scope": "in-city"}, {"tier": "gold"},
    ):  # fmt: skip
        assert survey("cmcc-2014", "03-02 09:00", **attributes).cycles("survey", "03-02 10:00") == []
    fault = Life("operator-practice", tier="gold", scope="in-city").says("03-02 09:00", "opened")
    assert fault.cycles("survey", "03-02 10:00") == []


# -- provisioning --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tier", "least"), [("gold", 3), ("silver", 3), ("bronze", 2), ("standard", 2)])
def test_provisioning_is_told_of_at_least_so_often(tier: str, least: int) -> None:
    life = Life("operator-practice", process="provisioning", tier=tier).says("03-02 09:00", "opened")
    life.says("03-03 09:00", "accepted")
    for day in range(least - 1):
        life.says(f"03-{4 + day:02} 10:00", told=True)
    assert life.states("progress", "03-02 09:00", "03-10 09:00") == [State.RUNNING, State.RUNNING]
    assert life.clock("progress", "03-10 09:00").counted == (least - 1) * ONE
    life.says("03-11 10:00", "restored")
    short = life.clock("progress", "03-11 10:00")
    assert (short.state, short.breached_at) == (State.BREACHED, on("03-11 10:00"))
    enough = life.without_last().says("03-11 09:00", told=True).says("03-11 10:00", "restored")
    assert enough.states("progress", "03-11 09:30", "03-11 10:00") == [State.RUNNING, State.MET]


def test_an_acceptance_that_is_taken_back_leaves_time_to_tell() -> None:
    life = Life("operator-practice", process="provisioning", tier="bronze").says("03-02 09:00", "opened")
    life.says("03-03 09:00", told=True).says("03-04 09:00", "restored").says("03-05 09:00", "accepted")
    assert life.states("progress", "03-04 10:00", "03-05 10:00") == [State.BREACHED, State.RUNNING]
    life.says("03-05 11:00", told=True).says("03-06 09:00", "restored")
    assert life.states("progress", "03-06 10:00") == [State.MET]


# -- notice of a network change ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "deadline"),
    # before Monday 12 October: Saturday 10 (worked), Friday 9, Thursday 8, Wednesday 30 and Tuesday 29 September
    [("gold", "09-29 02:00"), ("silver", "09-30 02:00"), ("bronze", "10-08 02:00"), ("standard", "10-08 02:00")],
)
def test_notice_is_given_so_many_working_days_ahead(tier: str, deadline: str) -> None:
    life = change("cmcc-2014", tier=tier).says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-22 10:00", "accepted")
    assert life.clock("notice", "09-23 10:00").deadline == on(deadline)
    end = on(deadline)
    assert life.states("notice", "09-21 10:00", end, end + TICK) == [State.RUNNING, State.AT_RISK, State.BREACHED]
    is_kept_until(life, "notice", deadline, "delivered")


def test_a_gold_notice_is_at_risk_when_three_quarters_of_its_working_time_are_gone() -> None:
    # from Monday 21 September 10:00: 14 h, then 22, 23, 24 and 28 (25 to 27 are holidays), and 2 h of the 29th: 112 h,
    # of which 84 have gone by after 14 h, 48 h and 22 h of Thursday the 24th
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    drains(life, "notice", at_risk="09-24 22:00", deadline="09-29 02:00")


def test_a_change_put_off_leaves_more_time_and_one_brought_forward_less() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-22 10:00", planned="10-16 02:00")  # 15, 14, 13, 12 and Saturday 10
    assert life.clock("notice", "09-22 09:00").deadline == on("09-29 02:00")
    assert life.clock("notice", "09-22 11:00").deadline == on("10-10 02:00")
    life.says("09-23 10:00", planned="10-09 02:00")  # 8 October, 30, 29, 28 and 24 September
    assert life.clock("notice", "09-23 11:00").deadline == on("09-24 02:00")
    is_kept_until(life, "notice", "09-24 02:00", "delivered")


def test_a_change_brought_forward_past_its_last_moment_is_late_at_once_and_not_before() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-28 10:00", planned="10-09 02:00")
    assert life.states("notice", on("09-28 10:00") - TICK) == [State.AT_RISK]
    assert life.clock("notice", "09-28 10:00").breached_at == on("09-28 10:00")


def test_a_change_planned_for_too_soon_is_late_from_the_start() -> None:
    life = change("cmcc-2014", tier="bronze").says("10-08 10:00", "opened", planned="10-10 02:00")
    assert life.clock("notice", "10-08 10:00").breached_at == on("10-08 10:00")


@pytest.mark.parametrize("word", ["cancelled", "restored", "closed"])
def test_a_change_that_is_called_off_or_over_needs_no_notice(word: str) -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-28 10:00", word)
    assert life.states("notice", "10-20 09:00") == [State.CANCELLED]
    late = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    late.says("09-30 10:00", word)
    assert late.states("notice", "10-20 09:00") == [State.BREACHED]
    told = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    told.says("09-22 10:00", "delivered").says("10-13 10:00", word)
    assert told.states("notice", "10-20 09:00") == [State.MET]


def test_a_change_that_is_taken_up_again_has_its_last_moment_still() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-22 10:00", "cancelled").says("09-28 10:00", "opened")
    assert [(reading.state, reading.deadline) for reading in life.cycles("notice", "09-28 12:00")] == [
        (State.CANCELLED, None), (State.RUNNING, on("09-29 02:00")),
    ]  # fmt: skip
    life.says("09-29 02:00", "delivered")
    assert life.states("notice", "10-20 09:00") == [State.MET]


def test_a_notice_that_was_given_stays_given_when_the_change_is_put_off() -> None:
    life = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened", planned="10-12 02:00")
    life.says("09-28 10:00", "delivered").says("09-30 10:00", planned="10-16 02:00")
    found = life.clock("notice", "10-20 09:00")
    assert (found.state, found.deadline) == (State.MET, on("09-29 02:00"))


def test_a_change_without_a_date_has_no_notice() -> None:
    assert change("cmcc-2014", tier="gold").says("09-21 10:00", "opened").cycles("notice", "10-20 09:00") == []
    dated = change("cmcc-2014", tier="gold").says("09-21 10:00", "opened").says("09-22 10:00", planned="10-12 02:00")
    assert dated.clock("notice", "09-22 10:00").deadline == on("09-29 02:00")


# -- complaint -----------------------------------------------------------------------------------------------------


def test_a_complaint_is_first_replied_to_within_a_day_of_being_made() -> None:
    life = Life("operator-practice", process="complaint").says("10-01 12:00", "opened", complained="10-01 10:00")
    life.says("10-01 13:00", "accepted")
    drains(life, "complaint", at_risk="10-02 04:00", deadline="10-02 10:00")
    is_kept_until(life, "complaint", "10-02 10:00", "delivered")
    is_kept_until(life, "complaint", "10-02 10:00", "closed")


def test_an_opinion_on_a_complaint_is_given_within_a_day_and_a_reply_is_none() -> None:
    life = Life("operator-practice", process="complaint").says("10-01 12:00", "opened", complained="10-01 10:00")
    life.says("10-01 13:00", "delivered")
    drains(life, "complaint_opinion", at_risk="10-02 04:00", deadline="10-02 10:00")
    is_kept_until(life, "complaint_opinion", "10-02 10:00", "closed")
    told = life.says("10-02 11:00", opinion_given="10-02 09:00")
    assert told.states("complaint_opinion", "10-03 10:00") == [State.MET]
    assert (
        Life("operator-practice", process="service_information")
        .says("10-01 12:00", "opened")
        .cycles("complaint_opinion", "10-03 12:00")
        == []
    )


@pytest.mark.parametrize("process", ["service_information", "complaint"])
def test_somebody_is_on_site_at_the_time_that_the_customer_named(process: str) -> None:
    life = Life("operator-practice", process=process).says("03-02 09:00", "opened", visit_at="03-03 09:00")
    drains(life, "visit", at_risk="03-03 03:00", deadline="03-03 09:00")
    life.says("03-02 10:00", "accepted")
    is_kept_until(life, "visit", "03-03 09:00", "on_site")
    is_kept_until(life, "visit", "03-03 09:00", "closed")
    later = life.says("03-02 11:00", visit_at="03-04 14:00")
    is_kept_until(later, "visit", "03-04 14:00", "on_site")


def test_who_has_been_on_site_is_asked_for_no_second_visit_at_a_time_that_is_over() -> None:
    life = Life("operator-practice", process="complaint").says("03-02 09:00", "opened", visit_at="03-03 09:00")
    life.says("03-03 08:00", "on_site").says("03-03 10:00", "accepted").says("03-03 12:00", "closed")
    life.says("03-05 09:00", "opened")
    (visit,) = life.cycles("visit", "03-06 09:00")
    assert (visit.state, visit.stopped_at) == (State.MET, on("03-03 08:00"))


def test_without_a_time_that_the_customer_named_and_for_a_fault_there_is_no_visit() -> None:
    assert Life("operator-practice", process="complaint").says("03-02 09:00", "opened").cycles(
        "visit", "03-03 09:00"
    ) == []  # fmt: skip
    for process in ({}, {"process": "fault"}, {"process": "survey"}):
        life = Life("operator-practice", **process).says("03-02 09:00", "opened", visit_at="03-03 09:00")
        assert life.cycles("visit", "03-04 09:00") == []


def test_work_after_the_first_reply_does_not_undo_it_and_a_new_opening_asks_for_another() -> None:
    life = Life("operator-practice", process="complaint").says("03-02 09:00", "opened")
    life.says("03-02 12:00", "delivered").says("03-02 13:00", "accepted").says(
        "03-04 09:00", "held", reason="planned_work"
    )
    assert life.states("complaint", "03-05 09:00") == [State.MET]
    life.says("03-06 09:00", "opened")
    again = life.cycles("complaint", "03-06 10:00")[-1]
    assert (again.cycle, again.deadline) == (2, on("03-07 09:00"))


# -- IT support ----------------------------------------------------------------------------------------------------


def diagnosed(urgency: str, when: str) -> Life:
    """A request that was opened an hour before it was diagnosed."""
    life = Life("it-support", urgency=urgency).says(on(when) - H, "opened").says(on(when) - H / 2, "accepted")
    return life.says(when, diagnosed=when)


@pytest.mark.parametrize(("urgency", "target"), [("A", "restore_unusable"), ("B", "restore")])
@pytest.mark.parametrize("word", ["on_site", "restored"])
def test_level_1_has_somebody_on_site_within_two_hours_of_the_diagnosis_at_any_time(
    urgency: str, target: str, word: str
) -> None:
    life = diagnosed(urgency, "10-03 23:00")
    assert life.cycles(target, on("10-03 23:00") - TICK) == []
    drains(life, target, at_risk="10-04 00:30", deadline="10-04 01:00")
    is_kept_until(life, target, "10-04 01:00", word)


@pytest.mark.parametrize("word", ["on_site", "restored"])
def test_level_2_has_somebody_on_site_within_four_office_hours_of_the_diagnosis(word: str) -> None:
    life = diagnosed("C", "03-06 15:30")  # Friday: an hour and a half until closing
    drains(life, "restore", at_risk="03-09 09:30", deadline="03-09 10:30")
    is_kept_until(life, "restore", "03-09 10:30", word)


def test_holidays_are_no_office_hours_and_make_up_days_are() -> None:
    eve = diagnosed("C", "09-30 15:00")  # the National Day is from the 1st to the 7th: two hours are left on the 8th
    assert eve.clock("restore", "09-30 15:00").deadline == on("10-08 10:00")
    friday = diagnosed("C", "02-13 15:00")  # Saturday the 14th is worked before the Spring Festival
    assert friday.clock("restore", "02-13 15:00").deadline == on("02-14 10:00")


def test_a_wait_for_the_vendor_excuses_all_but_urgency_a() -> None:
    for urgency, target, late in (("A", "restore_unusable", True), ("B", "restore", False)):
        life = diagnosed(urgency, "03-02 09:00").says("03-02 09:30", "held", reason="awaiting_vendor")
        life.says("03-02 12:00", "accepted")
        assert (life.clock(target, "03-02 12:00").breached_at is not None) is late, urgency
        asked = diagnosed(urgency, "03-02 09:00").says("03-02 09:30", "held", reason="awaiting_user_info")
        assert asked.states(target, "03-02 12:00") == [State.PAUSED], urgency


def test_a_request_without_a_diagnosis_has_no_clock_and_a_mapping_may_say_what_stands_for_it() -> None:
    life = Life("it-support", urgency="A").says("03-02 09:00", "opened", registered="2026-03-02T09:00:00+08:00")
    assert life.cycles("restore_unusable", "03-02 12:00") == []
    mapping = replace(words(POLICIES["it-support"]), instants={"diagnosed": "registered"})
    life.rules = build_rulebook.rulebook(POLICIES["it-support"], {"desk": mapping})
    assert life.clock("restore_unusable", "03-02 12:00").breached_at == on("03-02 11:00")


def test_who_has_arrived_has_arrived() -> None:
    life = diagnosed("B", "03-02 09:00").says("03-02 10:00", "on_site").says("03-02 10:30", "accepted")
    life.says("03-02 18:00", "restored")
    assert life.states("restore", "03-02 20:00") == [State.MET]


# -- generic duties ------------------------------------------------------------------------------------------------


def test_somebody_is_on_the_spot_ten_minutes_after_an_alarm() -> None:
    life = Life("operator-practice", process="alarm").says("03-02 03:00", "opened").says("03-02 03:02", "accepted")
    drains(life, "on_the_spot", at_risk="03-02 03:07:30", deadline="03-02 03:10")
    is_kept_until(life, "on_the_spot", "03-02 03:10", "on_site")
    life.says("03-02 03:09", "on_site").says("03-02 04:00", "accepted")
    assert life.states("on_the_spot", "03-02 05:00") == [State.MET]


def test_a_violation_is_dealt_with_in_eight_hours() -> None:
    life = Life("operator-practice", process="violation").says("03-07 20:00", "opened").says("03-07 21:00", "on_site")
    drains(life, "violation", at_risk="03-08 02:00", deadline="03-08 04:00")
    is_kept_until(life, "violation", "03-08 04:00", "restored")


def test_an_abnormality_is_reported_ten_minutes_after_it_was_seen() -> None:
    life = Life("operator-practice", process="abnormality").says("03-02 09:04", "opened", detected="03-02 09:00")
    drains(life, "abnormality", at_risk="03-02 09:07:30", deadline="03-02 09:10")
    is_kept_until(life, "abnormality", "03-02 09:10", "delivered")
    assert life.says("03-02 09:08", "closed").states("abnormality", "03-02 10:00") == [State.CANCELLED]
