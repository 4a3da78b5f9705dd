"""Repeat faults, interruption and major faults of circuits through whole histories, as `test_promises.py` has it."""

from __future__ import annotations

import pytest

from monitor.model import State
from monitor.policy.target import ONE
from monitor.worktime.working_time import TICK
from tests.support.promised import H, Life, circuit, drains, is_kept_until, on

# -- repeat faults -------------------------------------------------------------------------------------------------


def failing(life: Life, *days: str) -> Life:
    for day in days:
        life.says(f"{day} 10:00", "unavailable").says(f"{day} 10:30", "available")
    return life


def test_a_circuit_of_assurance_a_may_fail_four_times_in_a_year() -> None:
    life = failing(circuit("cmcc-2014", assurance="A").says("01-10 00:00", "available"), "02-02", "03-02", "04-02")
    failing(life, "05-02", "06-02")
    assert life.states("repeat_faults", "02-03 00:00", "04-02 09:00", "04-02 10:00", "05-03 00:00") == [
        State.IDLE, State.IDLE, State.AT_RISK, State.AT_RISK,
    ]  # fmt: skip
    assert life.states("repeat_faults", on("06-02 10:00") - TICK, "06-02 10:00") == [State.AT_RISK, State.BREACHED]
    assert life.clock("repeat_faults", "06-03 00:00").breached_at == on("06-02 10:00")
    ended, fresh = life.cycles("repeat_faults", "2027-01-01 00:00")
    assert (ended.cycle, ended.state, ended.counted) == (2026, State.BREACHED, 5 * ONE)
    assert (fresh.cycle, fresh.state, fresh.counted) == (2027, State.IDLE, 0 * ONE)


def test_four_faults_are_kept_and_one_that_lasts_into_the_new_year_is_of_the_old_one() -> None:
    life = failing(circuit("cmcc-2014", assurance="A").says("01-10 00:00", "available"), "02-02", "03-02", "04-02")
    life.says("12-31 20:00", "unavailable").says("2027-01-01 05:00", "available")
    ended, fresh = life.cycles("repeat_faults", "2027-01-02 00:00")
    assert (ended.state, ended.counted, ended.stopped_at) == (State.MET, 4 * ONE, on("2027-01-01 00:00"))
    assert (fresh.state, fresh.counted) == (State.IDLE, 0 * ONE)
    failing(life, "2027-01-02")
    assert life.cycles("repeat_faults", "2027-01-03 00:00")[-1].counted == ONE


def test_one_outage_is_one_fault_and_planned_work_or_degradation_is_none() -> None:
    life = circuit("cmcc-2014", assurance="A").says("01-10 00:00", "available")
    life.says("02-02 10:00", "unavailable").says("02-02 10:05", "unavailable").says("02-02 10:10", "unknown")
    life.says("02-02 10:20", "unavailable").says("02-02 11:00", "degraded").says("02-03 11:00", "available")
    assert life.clock("repeat_faults", "02-04 00:00").counted == ONE
    life.says("03-02 00:00", "held", reason="planned_work").says("03-02 00:10", "unavailable")
    life.says("03-02 01:00", "available").says("03-02 02:00", "accepted")
    assert life.clock("repeat_faults", "03-03 00:00").counted == ONE
    life.says("04-02 00:00", "held", reason="planned_work").says("04-02 00:10", "unavailable")
    life.says("04-02 02:00", "accepted").says("04-02 03:00", "available")  # it stays down when the work is over
    assert life.clock("repeat_faults", "04-02 01:59").counted == ONE
    assert life.clock("repeat_faults", "04-03 00:00").counted == 2 * ONE


# -- interruption --------------------------------------------------------------------------------------------------


def normal() -> Life:
    return circuit("cmcc-2014", assurance="normal").says("01-10 00:00", "available")


def test_a_normal_circuit_may_be_down_for_a_day_in_a_year() -> None:
    life = normal().says("03-02 08:00", "unavailable").says("03-02 20:00", "available")  # 12 h
    life.says("06-02 00:00", "unavailable")
    assert life.clock("interruption", "05-02 00:00").deadline is None
    assert life.states("interruption", "05-02 00:00", on("06-02 06:00") - TICK, "06-02 06:00") == [
        State.IDLE, State.RUNNING, State.AT_RISK,
    ]  # fmt: skip
    assert life.clock("interruption", "06-02 01:00").deadline == on("06-02 12:00")
    assert life.states("interruption", "06-02 12:00", on("06-02 12:00") + TICK) == [State.AT_RISK, State.BREACHED]
    assert life.clock("interruption", "06-03 00:00").breached_at == on("06-02 12:00")


def test_a_day_sharp_is_kept_and_the_new_year_begins_whole() -> None:
    life = normal().says("03-02 00:00", "unavailable").says("03-02 20:00", "available")  # 20 h
    life.says("12-31 20:00", "unavailable").says("2027-01-01 05:00", "available")  # 4 h and 5 h
    ended, fresh = life.cycles("interruption", "2027-01-01 06:00")
    assert (ended.cycle, ended.state, ended.counted, ended.stopped_at) == (
        2026, State.MET, 24 * H, on("2027-01-01 00:00"),
    )  # fmt: skip
    assert (fresh.cycle, fresh.state, fresh.counted, fresh.started_at) == (
        2027, State.IDLE, 5 * H, on("2027-01-01 00:00"),
    )  # fmt: skip
    tick_more = normal().says("03-02 00:00", "unavailable").says(on("03-02 20:00") + TICK, "available")
    tick_more.says("12-31 20:00", "unavailable").says("2027-01-01 05:00", "available")
    assert tick_more.cycles("interruption", "2027-01-01 06:00")[0].breached_at == on("2027-01-01 00:00") - TICK


def test_planned_work_is_excused_until_it_is_over() -> None:
    life = normal().says("03-02 00:00", "held", reason="planned_work").says("03-02 01:00", "unavailable")
    life.says("03-03 05:00", "accepted").says("03-03 07:00", "available")  # 28 h of work, then 2 h more
    assert life.states("interruption", "03-02 12:00") == [State.PAUSED]
    assert life.clock("interruption", "03-03 05:00").counted == 0 * H
    assert life.clock("interruption", "03-04 00:00").counted == 2 * H


def test_a_degraded_circuit_is_not_interrupted_and_other_rungs_have_no_figure() -> None:
    life = normal().says("03-02 00:00", "degraded").says("03-05 00:00", "available")
    assert life.clock("interruption", "03-06 00:00").counted == 0 * H
    for assurance in ("AAA", "AA", "A"):
        other = circuit("cmcc-2014", assurance=assurance).says("03-02 00:00", "unavailable")
        assert other.cycles("interruption", "03-06 00:00") == []


@pytest.mark.parametrize(("assurance", "hours"), [("AAA", 4), ("AA", 8), ("A", 16), ("normal", 24)])
def test_the_demos_circuits_have_less_time_the_higher_their_assurance(assurance: str, hours: int) -> None:
    life = circuit("demo", assurance=assurance).says("03-02 00:00", "unavailable")
    assert life.clock("interruption", "03-02 01:00").deadline == on("03-02 00:00") + hours * H


# -- major faults --------------------------------------------------------------------------------------------------

PROVINCE = {"assurance": "AAA", "scope": "cross-province"}


def test_a_cross_province_aaa_circuit_that_is_down_for_six_hours_is_a_major_fault_each_time() -> None:
    life = circuit("operator-practice", **PROVINCE).says("03-02 09:00", "unavailable")
    drains(life, "major_outage", at_risk="03-02 13:30", deadline="03-02 15:00")
    is_kept_until(life, "major_outage", "03-02 15:00", "available")
    is_kept_until(life, "major_outage", "03-02 15:00", "degraded")
    life.says("03-02 14:00", "available").says("03-02 14:10", "unavailable").says("03-02 21:00", "available")
    first, second = life.cycles("major_outage", "03-03 00:00")
    assert (first.state, first.counted) == (State.MET, 5 * H)
    assert (second.state, second.breached_at) == (State.BREACHED, on("03-02 20:10"))


def test_an_aaa_circuit_that_is_degraded_for_twelve_hours_is_a_major_fault() -> None:
    life = circuit("operator-practice", **PROVINCE).says("03-02 09:00", "degraded")
    drains(life, "major_degradation", at_risk="03-02 18:00", deadline="03-02 21:00")
    is_kept_until(life, "major_degradation", "03-02 21:00", "available")
    life.says("03-02 12:00", "unavailable").says("03-02 13:00", "unknown").says("03-02 14:00", "degraded")
    assert life.clock("major_degradation", "03-02 20:00").deadline == on("03-02 21:00"), "down is no better"
    assert life.cycles("major_long_fault", "03-02 20:00") == []


@pytest.mark.parametrize("assurance", ["AA", "A", "normal"])
def test_a_lower_circuit_that_is_down_or_degraded_for_seventy_two_hours_is_a_major_fault(assurance: str) -> None:
    life = circuit("operator-practice", assurance=assurance, scope="cross-province").says("03-02 09:00", "degraded")
    life.says("03-03 09:00", "unavailable").says("03-04 09:00", "degraded")
    drains(life, "major_long_fault", at_risk="03-04 15:00", deadline="03-05 09:00")
    is_kept_until(life, "major_long_fault", "03-05 09:00", "available")


@pytest.mark.parametrize("scope", ["in-city", "cross-city"])
@pytest.mark.parametrize("assurance", ["AAA", "AA", "A", "normal"])
def test_a_fault_of_a_circuit_within_a_province_is_no_major_fault(scope: str, assurance: str) -> None:
    life = circuit("operator-practice", assurance=assurance, scope=scope).says("03-02 09:00", "degraded")
    life.says("03-03 09:00", "unavailable")
    assert [name for name in ("major_outage", "major_degradation", "major_long_fault")
            if life.cycles(name, "03-20 09:00")] == []  # fmt: skip


def test_planned_work_is_no_major_fault() -> None:
    life = circuit("operator-practice", **PROVINCE).says("03-02 00:00", "held", reason="planned_work")
    life.says("03-02 00:10", "unavailable").says("03-02 08:00", "accepted")
    assert life.states("major_outage", "03-02 07:00") == [State.PAUSED]
    assert life.clock("major_outage", "03-02 09:00").deadline == on("03-02 14:00")
