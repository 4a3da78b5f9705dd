"""Promises of security, office and call services through whole histories, as `test_promises.py` has it."""

from __future__ import annotations

import pytest

from monitor.model import State
from monitor.worktime.working_time import TICK
from tests.support.promised import Life, drains, is_kept_until, on


def order(process: str, when: str, **attributes: str) -> Life:
    return Life("facility-service", process=process, **attributes).says(when, "opened")


def test_a_call_for_service_is_answered_in_half_an_hour() -> None:
    life = order("security_service", "10-03 23:00", scope="in-city")
    drains(life, "answer", at_risk="10-03 23:22:30", deadline="10-03 23:30")
    is_kept_until(life, "answer", "10-03 23:30", "accepted")


@pytest.mark.parametrize(
    ("scope", "at_risk", "deadline"),
    [("in-city", "03-02 10:30", "03-02 11:00"), ("cross-city", "03-02 12:00", "03-02 13:00"),
     ("cross-province", "03-02 12:00", "03-02 13:00")],
)  # fmt: skip
def test_somebody_is_on_site_in_two_hours_in_the_city_and_four_outside(scope: str, at_risk: str, deadline: str) -> None:
    life = order("security_service", "03-02 09:00", scope=scope).says("03-02 09:10", "accepted")
    drains(life, "arrival", at_risk=at_risk, deadline=deadline)
    is_kept_until(life, "arrival", deadline, "on_site")


def test_a_hazard_in_an_office_is_dealt_with_in_an_hour() -> None:
    life = order("hazard", "03-07 20:00").says("03-07 20:10", "on_site")
    drains(life, "hazard", at_risk="03-07 20:45", deadline="03-07 21:00")
    is_kept_until(life, "hazard", "03-07 21:00", "restored")


def test_the_written_result_follows_a_check_within_eight_hours() -> None:
    life = order("check", "03-02 09:00").says("03-02 12:00", "restored")
    assert life.cycles("written_result", on("03-02 12:00") - TICK) == []
    drains(life, "written_result", at_risk="03-02 18:00", deadline="03-02 20:00")
    is_kept_until(life, "written_result", "03-02 20:00", "delivered")


def test_a_dossier_is_handed_over_in_thirty_working_days_over_the_spring_festival() -> None:
    # after Monday 26 January: 27-30 (4), 2-6 and 9-13 February (14), Saturday 14 (15), Tuesday 24 to Saturday 28, of
    # which the 28th is worked (20), 2-6 March (25), 9-13 March (30)
    life = order("dossier", "01-26 10:00")
    assert life.clock("dossier", "01-26 10:00").deadline == on("03-13 10:00")
    is_kept_until(life, "dossier", "03-13 10:00", "delivered")


def test_a_call_is_answered_within_three_rings_and_one_that_is_given_up_is_not_late() -> None:
    life = order("call", "03-02 09:00:00")
    is_kept_until(life, "call", "03-02 09:00:15", "accepted")
    assert life.says("03-02 09:00:10", "closed").states("call", "03-02 09:01") == [State.CANCELLED]


def test_an_order_of_another_process_has_none_of_it() -> None:
    for process in ("fault", "complaint"):
        assert order(process, "03-02 09:00", scope="in-city").at("03-02 12:00").readings == ()
