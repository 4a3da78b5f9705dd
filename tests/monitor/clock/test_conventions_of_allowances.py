"""The conventions of `docs/concepts.md` for allowances and counts, each once, from events to readings."""

from __future__ import annotations

import pytest

from monitor.model import Life, State, SubjectKind
from tests.support.conventions import OPEN, Told, hours, local

# -- allowances and counts -----------------------------------------------------------------------------------------


def allowance(period: str, budget: str) -> Told:
    target = (
        f"allowed: {{name: {{en: A}}, of: circuit, per: {period}, start: [unavailable], pause: [planned_work],"
        f" budgets: [{{budget: {budget}, source: test}}]}}"
    )
    return Told(target, kind=SubjectKind.CIRCUIT)


@pytest.mark.parametrize(
    ("period", "number"),
    [("year", 2026), ("quarter", 20261), ("month", 202603), ("week", 20260302), ("day", 20260304)],
)
def test_a_period_has_its_number_whatever_was_known_before(period: str, number: int) -> None:
    told = allowance(period, "1h").say("03-04 09:00", "available")
    assert [reading.cycle for reading in told.all("03-04 10:00")] == [number]
    assert told.say("2025-03-04 09:00", "available").last("03-04 10:00").cycle == number


def test_an_allowance_is_idle_between_outages_and_whole_again_with_its_period() -> None:
    told = allowance("month", "1h").say("03-04 09:00", "available")
    idle = told.last("03-05 00:00")
    assert (idle.life, idle.state, idle.deadline) == (Life.IDLE, State.IDLE, None)
    told.say("03-05 09:00", "unavailable")
    assert local(told.last("03-05 09:10").deadline) == "03-05 10:00"
    told.say("03-05 09:40", "available").say("03-31 23:50", "unavailable")
    march, april = told.all("04-01 00:30")
    assert (march.state, hours(march)) == (State.MET, pytest.approx(5 / 6))
    assert (april.cycle, hours(april), local(april.deadline)) == (202604, 0.5, "04-01 01:00")


def test_a_deadline_beyond_the_period_is_none() -> None:
    told = allowance("day", "1h").say("03-04 23:30", "unavailable")
    assert told.last("03-04 23:40").deadline is None
    assert [reading.state for reading in told.all("03-05 00:10")] == [State.MET, State.RUNNING]


def test_an_unknown_state_begins_no_use_and_ends_none() -> None:
    quiet = allowance("day", "1h").say("03-04 09:00", "available").say("03-04 10:00", "unknown")
    assert quiet.last("03-04 12:00").life is Life.IDLE
    down = allowance("day", "4h").say("03-04 09:00", "unavailable").say("03-04 10:00", "unknown")
    assert hours(down.last("03-04 12:00")) == 3


def test_planned_work_excuses_an_outage_while_it_lasts() -> None:
    told = allowance("day", "4h").say("03-04 09:00", "unavailable")
    told.say("03-04 10:00", "held", reason="planned_work").say("03-04 11:00", "accepted")
    assert hours(told.last("03-04 12:00")) == 2


def test_a_share_is_of_the_whole_period() -> None:
    reading = allowance("month", "0.05%").say("03-20 09:00", "available").last("03-20 10:00")
    assert reading.target.budget.total_seconds() == pytest.approx(22 * 60 + 19.2)


def faults(told: Told, *dates: str) -> Told:
    for date in dates:
        told.say(f"{date} 09:00", "unavailable").say(f"{date} 10:00", "available")
    return told


def test_the_fifth_of_four_faults_breaches_at_its_beginning() -> None:
    told = faults(allowance("year", "4 times").say("01-01 09:00", "available"), "02-01", "02-02", "02-03")
    assert told.last("02-04 00:00").state is State.AT_RISK
    assert faults(told, "02-04").last("02-05 00:00").state is State.AT_RISK
    reading = faults(told, "02-05").last("02-06 00:00")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "02-05 09:00")


def test_one_fault_counts_once_through_planned_work_and_over_the_end_of_a_period() -> None:
    told = allowance("month", "4 times").say("03-31 09:00", "unavailable")
    told.say("03-31 10:00", "held", reason="planned_work").say("03-31 11:00", "accepted")
    march, april = told.all("04-01 12:00")
    assert (march.counted.total_seconds(), april.counted.total_seconds()) == (1, 0)


AT_LEAST = f"updates: {{name: {{en: U}}, {OPEN}, at_least: true, budgets: [{{budget: 2 times, source: test}}]}}"


def test_at_least_so_many_is_judged_at_the_stop() -> None:
    told = Told(AT_LEAST).say("03-02 08:00", "opened").say("03-02 09:00", feedback=True)
    assert told.last("03-20 00:00").state is State.RUNNING
    told.say("03-20 00:00", "restored")
    reading = told.last("03-21 00:00")
    assert (reading.state, local(reading.breached_at)) == (State.BREACHED, "03-20 00:00")
    told.say("03-22 00:00", "accepted").say("03-22 01:00", feedback=True)
    assert told.last("03-22 02:00").state is State.RUNNING
    assert told.say("03-22 03:00", "restored").last("03-23 00:00").state is State.MET
