"""Promises of security, office and call services through whole histories, as `test_promises.py` has it."""

from __future__ import annotations

from datetime import UTC

import pytest

from monitor.clock.reading import Reading
from monitor.model import State
from monitor.worktime.working_time import TICK
from tests.support.counting import cycle, entry, judge
from tests.support.promised import RULES, Life, drains, is_kept_until, on


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


# -- what is counted of several, and what is owed by a date ----------------------------------------------------------


def counted(target: str, now: str, *times: str, value: str = "", good: int = 0) -> Reading:
    """The clock of the period that is on at *now*, or that ended last; the first *good* of those counted are good."""
    rules = RULES["facility-service"]
    entries = [
        entry(on(at).astimezone(UTC), f"T{number}", on(at).astimezone(UTC) if number < good else None)
        for number, at in enumerate(times)
    ]
    name = f"{target}/{value.lower()}" if value else target
    seen = on("01-05 09:00").astimezone(UTC) if value else None
    outcome = judge(
        rules, name, entries, on(now).astimezone(UTC), value=value, seen_at=seen,
        recorded_from=on("01-01 00:00").astimezone(UTC),
    )  # fmt: skip
    (found,) = (one for one in outcome.readings if one.cycle == max(each.cycle for each in outcome.readings))
    return found


@pytest.mark.parametrize(
    ("target", "deadline", "after"),
    [
        ("statement", "04-01 00:00", "04-01 00:00:01"),  # Tuesday, 31 March is worked
        ("statement_15th", "03-16 00:00", "03-16 00:00:01"),
        ("statement_16th", "03-17 00:00", "03-17 00:00:01"),
        ("server_inspection", "03-09 00:00", "03-09 00:00:01"),  # the week from Monday, 2 March
    ],
)
def test_a_statement_or_an_inspection_is_owed_by_its_date_and_its_absence_is_the_breach(
    target: str, deadline: str, after: str
) -> None:
    running = counted(target, "03-02 12:00")
    assert (running.state, running.deadline) == (State.RUNNING, on(deadline))
    before = ("01-10 10:00", "02-10 10:00", "02-18 10:00", "02-25 10:00")  # what came late would end the one before
    assert counted(target, "03-02 12:00", *before, "03-02 11:00").state is State.MET
    late = [one for one in counted_all(target, after) if one.breached_at == on(deadline)]
    assert len(late) == 1


def counted_all(target: str, now: str) -> list[Reading]:
    rules = RULES["facility-service"]
    began = on("01-01 00:00").astimezone(UTC)
    return list(judge(rules, target, [], on(now).astimezone(UTC), recorded_from=began).readings)


def test_the_log_is_owed_on_working_days_only() -> None:
    # Saturday 28 February is worked in exchange for the Spring Festival, Sunday 1 March is not
    days = {reading.deadline for reading in counted_all("log_check", "03-03 09:00")}
    assert on("03-01 00:00") in days
    assert on("03-02 00:00") not in days
    assert on("03-03 00:00") in days


@pytest.mark.parametrize(("target", "value", "needed"), [("visits", "Acme", 1), ("patrols", "Hall 1", 2)])
def test_so_many_visits_and_patrols_are_owed_in_a_month(target: str, value: str, needed: int) -> None:
    times = ("03-03 10:00", "03-20 10:00")[:needed]
    assert counted(target, "03-25 12:00", *times, value=value).state is State.MET
    short = counted(target, "03-25 12:00", *times[1:], value=value)
    assert (short.state, short.deadline) == (State.AT_RISK, on("04-01 00:00"))


@pytest.mark.parametrize(("answered", "state"), [(9, State.MET), (8, State.BREACHED)])
def test_nine_of_ten_calls_are_answered_in_a_month(answered: int, state: State) -> None:
    calls = [f"03-{day:02} 10:00" for day in range(2, 12)]
    rules = RULES["facility-service"]
    entries = [
        entry(on(at).astimezone(UTC), f"T{number}", on(at).astimezone(UTC) if number < answered else None)
        for number, at in enumerate(calls)
    ]
    outcome = judge(
        rules, "calls_answered", entries, on("04-01 00:00:01").astimezone(UTC),
        recorded_from=on("01-01 00:00").astimezone(UTC),
    )  # fmt: skip
    assert cycle(outcome.readings, 202603).state is state
