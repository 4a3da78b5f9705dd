"""Acceptance, restoration, feedback and reports of faults through whole histories, as `test_promises.py` has it."""

from __future__ import annotations

from datetime import datetime

import pytest

from monitor.model import State
from monitor.worktime.working_time import TICK
from tests.support.promised import Life, M, drains, is_kept_until, on

# -- acceptance ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["cmcc-2009", "cmcc-2014", "demo"])
@pytest.mark.parametrize("word", ["accepted", "on_site"])
def test_a_ticket_is_accepted_within_ten_minutes_of_each_dispatch(policy: str, word: str) -> None:
    life = Life(policy).says("02-17 03:00", "opened")  # a holiday, at night
    drains(life, "accept", at_risk="02-17 03:07:30", deadline="02-17 03:10")
    is_kept_until(life, "accept", "02-17 03:10", word)
    life.says("02-17 03:06", word).says("02-17 05:00", "opened")
    first, second = life.cycles("accept", "02-17 05:08")
    assert (first.state, first.counted) == (State.MET, 6 * M)
    assert (second.state, second.deadline) == (State.AT_RISK, on("02-17 05:10"))


# -- restoration ---------------------------------------------------------------------------------------------------


def aa(when: str = "03-02 09:00", **fields: str) -> Life:
    return Life("cmcc-2014", assurance="AA", scope="cross-province").says(when, "opened", **fields)


def test_aa_across_provinces_is_restored_within_four_hours() -> None:
    life = aa().says("03-02 09:05", "accepted").says("03-02 10:00", "on_site")
    drains(life, "restore", at_risk="03-02 12:00", deadline="03-02 13:00")
    is_kept_until(life, "restore", "03-02 13:00", "restored")


@pytest.mark.parametrize(
    "said",
    [
        {"detected": "03-02 08:40"},
        {"complained": "03-02 08:40"},
        {"detected": "03-02 08:50", "complained": "03-02 08:40"},
        {"detected": "03-02 08:40", "complained": "03-02 09:30"},
    ],
)
@pytest.mark.parametrize("policy", ["cmcc-2014", "demo"])
def test_restoration_begins_with_detection_or_complaint_whichever_is_first(policy: str, said: dict[str, str]) -> None:
    life = Life(policy, assurance="AA", scope="cross-province", tier="gold").says("03-02 09:00", "opened", **said)
    found = life.clock("restore", "03-02 09:30")
    assert (found.started_at, found.counted, found.deadline) == (on("03-02 08:40"), 50 * M, on("03-02 12:40"))
    is_kept_until(life, "restore", "03-02 12:40", "restored")
    assert life.clock("accept", "03-02 09:05").started_at == on("03-02 09:00"), "the dispatch stays the dispatch"


def test_an_instant_after_the_opening_moves_nothing() -> None:
    assert aa(detected="03-02 09:20").clock("restore", "03-02 10:00").started_at == on("03-02 09:00")


def test_a_listed_wait_suspends_restoration_and_a_reopening_goes_on() -> None:
    life = aa().says("03-02 10:00", "held", reason="customer_power").says("03-02 12:00", "accepted")
    assert life.states("restore", "03-02 11:00") == [State.PAUSED]
    assert life.clock("restore", "03-02 12:30").deadline == on("03-02 15:00")
    life.says("03-02 13:00", "restored").says("03-03 09:00", "opened")
    assert life.states("restore", "03-02 20:00") == [State.MET]
    assert life.clock("restore", "03-03 09:30").deadline == on("03-03 11:00")  # two of the four hours are used
    is_kept_until(life, "restore", "03-03 11:00", "restored")


def test_planned_work_suspends_no_restoration() -> None:
    life = Life("demo", tier="gold").says("03-02 09:00", "opened").says("03-02 10:00", "held", reason="planned_work")
    assert life.states("restore", "03-02 11:00", "03-02 13:00:01") == [State.RUNNING, State.BREACHED]


def test_a_diamond_customers_cross_city_service_is_diamond_at_the_far_end() -> None:
    near = {"tier": "bronze", "far_tier": "diamond"}
    served = Life("cmcc-2009", scope="cross-city", **near).says("03-02 09:00", "opened")
    assert served.clock("feedback", "03-02 09:10").deadline == on("03-02 09:30")
    assert served.clock("feedback", "03-02 09:10").tier == "diamond"
    assert served.at("03-02 09:10").subject.tier == "diamond"
    in_city = Life("cmcc-2009", scope="in-city", **near).says("03-02 09:00", "opened")
    gold_far = Life("cmcc-2009", scope="cross-city", tier="bronze", far_tier="gold").says("03-02 09:00", "opened")
    for other in (in_city, gold_far):
        assert other.cycles("feedback", "03-02 09:10") == []
        assert other.at("03-02 09:10").subject.tier == "bronze"


# -- progress feedback ---------------------------------------------------------------------------------------------


def test_gold_hears_every_thirty_minutes_from_its_request_on_while_the_fault_is_open() -> None:
    life = Life("cmcc-2014", tier="gold").says("03-02 07:00", "opened").says("03-02 09:10", "on_site")
    assert life.cycles("feedback", "03-02 09:10") == [], "nobody has asked"
    life.says("03-02 09:11", feedback_requested="03-02 09:00")
    drains(life, "feedback", at_risk="03-02 09:22:30", deadline="03-02 09:30")
    life.says("03-02 09:30", told=True).says(on("03-02 10:00") + TICK, told=True).says("03-02 10:20", "restored")
    first, second, third = life.cycles("feedback", "03-02 11:00")
    assert (first.state, first.counted) == (State.MET, 30 * M)
    assert (second.state, second.breached_at, second.missed_periods) == (State.BREACHED, on("03-02 10:00"), 1)
    assert (third.state, third.stopped_at) == (State.MET, on("03-02 10:20"))


@pytest.mark.parametrize("tier", ["silver", "bronze", "standard"])
def test_a_request_of_another_tier_has_no_figure(tier: str) -> None:
    life = Life("cmcc-2014", tier=tier).says("03-02 09:00", "opened", feedback_requested="03-02 09:00")
    assert life.cycles("feedback", "03-02 12:00") == []


VIP = {"vip_level": "top", "circuit_class": "A"}
"""A customer of the top VIP level with a circuit of a class whose faults are reported."""


def accepted(when: str, **attributes: str) -> Life:
    """A fault of such a customer, opened ten minutes before it is accepted."""
    life = Life("operator-practice", **{**VIP, **attributes}).says(on(when) - 10 * M, "opened")
    return life.says(when, "accepted")


def test_a_top_vip_hears_first_in_thirty_minutes_of_the_acceptance_and_then_each_hour() -> None:
    life = accepted("03-02 09:00")
    assert life.cycles("feedback", on("03-02 09:00") - TICK) == []
    drains(life, "feedback", at_risk="03-02 09:22:30", deadline="03-02 09:30")
    life.says("03-02 09:20", told=True)
    second = life.cycles("feedback", "03-02 09:50")[-1]
    assert (second.state, second.deadline) == (State.RUNNING, on("03-02 10:20"))
    life.says("03-02 10:20", told=True).says("03-02 11:30", told=True)
    assert [(r.state, r.breached_at) for r in life.cycles("feedback", "03-02 12:30")] == [
        (State.MET, None), (State.MET, None), (State.BREACHED, on("03-02 11:20")), (State.AT_RISK, None),
    ]  # fmt: skip
    assert life.states("feedback", on("03-02 12:30") + TICK) == [State.BREACHED]


def test_a_fault_that_ends_within_the_hour_owes_one_feedback() -> None:
    life = accepted("03-02 09:00").says("03-02 09:25", told=True).says("03-02 09:59", "restored")
    assert [reading.state for reading in life.cycles("feedback", "03-02 12:00")] == [State.MET, State.MET]


# -- fault report --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("other", [{"vip_level": "silver"}, {}])
def test_nobody_else_is_owed_the_top_vip_levels_feedback_and_report(other: dict[str, str]) -> None:
    life = Life("operator-practice", circuit_class="A", tier="gold", scope="in-city", process="fault", **other)
    life.says("09-30 12:30", "opened").says("09-30 12:30", "accepted").says("09-30 18:00", "restored")
    assert life.cycles("feedback", "09-30 13:30") == life.cycles("report", "10-01 09:00") == []


def test_a_fault_of_another_circuit_class_is_not_reported() -> None:
    assert outage("09-30 16:00", circuit_class="D").cycles("report", "10-01 09:00") == []
    assert len(outage("09-30 16:00", circuit_class="C").cycles("report", "10-01 09:00")) == 1


def outage(until: str | datetime, **attributes: str) -> Life:
    """A fault accepted at half past twelve on 30 September, the last working day before the holidays."""
    return accepted("09-30 12:30", **attributes).says(until, "restored")


def test_an_outage_of_over_three_hours_is_reported_within_one_working_day() -> None:
    life = outage("09-30 16:00").says("09-30 18:00", "closed")
    assert life.cycles("report", "09-30 15:59") == []
    # from Wednesday 16:00 to Thursday 8 October 16:00: 8 h and 16 h of working dates, 18 of them by 10:00
    drains(life, "report", at_risk="10-08 10:00", deadline="10-08 16:00")
    is_kept_until(life, "report", "10-08 16:00", "delivered")


def test_three_hours_sharp_owe_no_report_and_a_tick_more_does() -> None:
    assert outage("09-30 15:30").cycles("report", "10-01 09:00") == []
    assert len(outage(on("09-30 15:30") + TICK).cycles("report", "10-01 09:00")) == 1


def test_the_outage_is_measured_from_the_acceptance_however_early_it_was_detected_or_opened() -> None:
    life = Life("operator-practice", **VIP).says("09-30 10:00", "opened", detected="09-30 09:00")
    life.says("09-30 12:30", "accepted").says("09-30 15:30", "restored")
    assert life.cycles("report", "10-01 09:00") == []


def test_a_report_on_a_fault_that_comes_back_is_owed_anew_when_it_is_over() -> None:
    life = outage("09-30 16:00").says("09-30 17:00", "accepted").says("09-30 18:00", "restored")
    assert life.states("report", "09-30 16:30", "09-30 17:30", "09-30 18:00") == [
        State.RUNNING, State.CANCELLED, State.RUNNING,
    ]  # fmt: skip
    assert life.cycles("report", "09-30 18:00")[-1].deadline == on("10-08 18:00")


def test_the_time_for_which_service_was_back_is_no_outage() -> None:
    short = outage("09-30 13:30").says("09-30 20:00", "accepted").says("09-30 22:00", "restored")  # 1 h and 2 h
    assert short.cycles("report", "10-01 09:00") == []
    long = outage("09-30 13:30").says("09-30 20:00", "accepted").says("09-30 22:00:01", "restored")
    assert len(long.cycles("report", "10-01 09:00")) == 1


def test_a_report_delivered_in_the_second_of_the_restoration_is_delivered() -> None:
    life = outage("09-30 16:00").says("09-30 16:00", "delivered")
    assert life.states("report", "10-20 09:00") == [State.MET]


def test_a_withdrawn_ticket_owes_no_report() -> None:
    life = accepted("09-30 08:00").says("09-30 16:00", "cancelled")
    assert life.cycles("report", "10-20 09:00") == []
