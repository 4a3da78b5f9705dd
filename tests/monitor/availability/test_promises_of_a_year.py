"""The promises that circuits have, through a whole year, from samples to the clocks and alerts that judge them.

A year of ten-second bins is counted; its statements become the facts of a circuit. What the clocks have counted at the
end is what the room's own sums say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from alerts.decide import major_faults
from monitor.availability.counting import GOOD, NO_DATA, SEVERE, counted
from monitor.availability.faults import faults, repeats
from monitor.availability.figures import Figures, figures, periods_of
from monitor.availability.rules import FaultRule, Rule
from monitor.availability.statements import for_clocks
from monitor.availability.timeline import Timeline
from monitor.clock import ticket_clock
from monitor.clock.engine import Subject
from monitor.clock.reading import Reading
from monitor.clock.timeline import Version
from monitor.config import policy_file
from monitor.history.mapping import Fact
from monitor.model import CircuitState, Measure, Period, State, SubjectKey, SubjectKind
from monitor.policy import MajorFault
from monitor.policy.target import ONE, Target
from monitor.policy.terms import Term
from monitor.worktime.calendars import Calendar
from monitor.worktime.working_time import WorkingTime
from tests.support.desk import SETTINGS

ZONE = "Asia/Shanghai"
BEGIN = datetime(2026, 1, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
END = datetime(2027, 1, 1, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)
RULE = Rule(bin=timedelta(seconds=10))
H, M = timedelta(hours=1), timedelta(minutes=1)
DOWN = CircuitState.UNAVAILABLE
CAUSES = replace(SETTINGS, causes=("device", "circuit"))
ALWAYS = WorkingTime(Calendar("always", zone=ZONE, always=True))
INTERRUPTION = Target("interruption", 24 * H, frozenset({DOWN}), frozenset(), frozenset(), period=Period.YEAR)
AVAILABILITY = Target(
    "availability", timedelta(0), frozenset({DOWN}), frozenset(), frozenset(), period=Period.MONTH, share=0.0005
)  # fmt: skip
REPEATS = Target(
    "repeats", 4 * ONE, frozenset({DOWN}), frozenset(), frozenset(), period=Period.YEAR, measure=Measure.COUNT
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that happens to a circuit, from so long after the year's beginning on."""

    after: timedelta
    lasts: timedelta
    what: int = SEVERE


def life(*stretches: Stretch) -> Timeline:
    codes = np.full((END - BEGIN) // RULE.bin, GOOD, np.uint8)
    for one in stretches:
        codes[one.after // RULE.bin : (one.after + one.lasts) // RULE.bin] = one.what
    return counted(codes, RULE, BEGIN)


def facts(timeline: Timeline) -> list[Fact]:
    return [
        Fact(one.at, f"e{number}", one.state) for number, one in enumerate(for_clocks(timeline, RULE.bin * RULE.run))
    ]


def read(timeline: Timeline, target: Target) -> list[Reading]:
    """The readings of the year's periods, one second before its end."""
    return list(ticket_clock.judged(facts(timeline), (Version(None, (Term(None, target, ALWAYS),)),), END - M / 60))


def of_year(timeline: Timeline) -> Figures:
    (found,) = figures(timeline, list(periods_of(timeline, Period.YEAR, ZONE)))
    return found


def outages(number: int, lasts: timedelta, apart: timedelta = 24 * H) -> list[Stretch]:
    return [Stretch(48 * H + place * apart, lasts) for place in range(number)]


def test_interruption_of_24_hours_a_year_is_kept_and_ten_seconds_more_break_it() -> None:
    kept = life(*outages(24, H))
    assert of_year(kept).unavailable == 24 * H
    (reading,) = read(kept, INTERRUPTION)
    assert (reading.counted, reading.breached_at) == (24 * H, None)
    broken = life(*outages(24, H), Stretch(6000 * H, 100 * M / 60))
    assert of_year(broken).unavailable == 24 * H + 100 * M / 60
    (reading,) = read(broken, INTERRUPTION)
    assert (reading.state, reading.breached_at) == (State.BREACHED, BEGIN + 6000 * H)


def test_nine_bad_bins_use_nothing_of_the_year_however_often_they_come() -> None:
    timeline = life(*(Stretch(48 * H + turn * H, 90 * M / 60) for turn in range(5000)))
    assert of_year(timeline).unavailable == timedelta(0)
    (reading,) = read(timeline, INTERRUPTION)
    assert reading.counted == timedelta(0)


def test_unknown_time_after_an_outage_uses_the_allowance_and_is_unknown_in_the_figure() -> None:
    timeline = life(Stretch(100 * H, H), Stretch(101 * H, 5 * H, NO_DATA), Stretch(200 * H, 3 * H, NO_DATA))
    of = of_year(timeline)
    assert (of.unavailable, of.unknown, of.unknown_down) == (H, 8 * H, 5 * H)
    (reading,) = read(timeline, INTERRUPTION)
    assert reading.counted == of.unavailable + of.unknown_down == 6 * H


@cache
def a_year(seed: int) -> Timeline:
    rng = np.random.default_rng(seed)
    codes = np.full((END - BEGIN) // RULE.bin, GOOD, np.uint8)
    for kind, number in ((SEVERE, 60), (NO_DATA, 60)):
        for begin in rng.integers(0, codes.size, number):
            codes[begin : begin + int(rng.integers(5, 900))] = kind
    return counted(codes, RULE, BEGIN)


@pytest.mark.parametrize("seed", range(5))
def test_clocks_and_figures_of_a_random_year_go_together(seed: int) -> None:
    timeline = a_year(seed)
    (reading,) = read(timeline, INTERRUPTION)
    of = of_year(timeline)
    held = timedelta(seconds=1) if timeline.down[-1] else timedelta(0)  # it is read a second before the end
    assert reading.counted == of.unavailable + of.unknown_down - held
    months = list(figures(timeline, list(periods_of(timeline, Period.MONTH, ZONE))))
    told = read(timeline, AVAILABILITY)
    assert [one.cycle for one in told] == [one.bounds.number for one in months]
    for one, month in zip(told[:-1], months[:-1], strict=True):
        assert one.counted == month.unavailable + month.unknown_down
        assert month.least is not None
        assert (one.breached_at is not None) == (one.counted > 0.0005 * (month.bounds.end - month.bounds.start))


def test_a_month_of_99_95_percent_is_kept_at_the_budget_and_broken_above_it() -> None:
    april = (datetime(2026, 4, 1, tzinfo=ZoneInfo(ZONE)) - BEGIN) + 24 * H
    exact = life(Stretch(april, 21 * M + 30 * M / 60))
    above = life(Stretch(april, 21 * M + 40 * M / 60))
    for timeline, broken in ((exact, False), (above, True)):
        month = next(one for one in read(timeline, AVAILABILITY) if one.cycle == 202604)
        assert (month.breached_at is not None) is broken
        figure = next(iter(figures(timeline, [one for one in periods_of(timeline, Period.MONTH, ZONE)
                                              if one.number == 202604])))  # fmt: skip
        assert figure.availability is not None
        assert (figure.availability < 0.9995) is broken


def test_four_repeat_faults_a_year_are_kept_and_the_fifth_breaks_it_at_its_onset() -> None:
    timeline = life(*outages(5, H))
    assert repeats(faults(timeline, FaultRule()), (BEGIN, END)) == 5
    (reading,) = read(timeline, REPEATS)
    assert (reading.counted, reading.breached_at) == (5 * ONE, BEGIN + 48 * H + 4 * 24 * H)
    (kept,) = read(life(*outages(4, H)), REPEATS)
    assert (kept.counted, kept.breached_at) == (4 * ONE, None)


def test_outages_minutes_apart_are_one_fault_here_and_one_each_for_a_clock() -> None:
    """What docs/decisions/0132 says of them, until a target can say how far apart faults are."""
    timeline = life(*outages(3, 5 * M, apart=8 * M))
    assert repeats(faults(timeline, FaultRule()), (BEGIN, END)) == 1
    (reading,) = read(timeline, REPEATS)
    assert reading.counted == 3 * ONE


def subject(name: int, timeline: Timeline, now: datetime) -> Subject:
    """The circuit as its statements leave it at an instant."""
    said = [one for one in for_clocks(timeline, RULE.bin * RULE.run) if one.at <= now]
    attributes = {"assurance": "AAA", "scope": "cross-province", "device": "olt-7"}
    last = said[-1]
    key = SubjectKey("circuits", f"C{name}")
    return Subject(key, SubjectKind.CIRCUIT, attributes, circuit_state=last.state, since=last.at)


def major(timelines: Sequence[Timeline], rules: Sequence[MajorFault], at: timedelta) -> list[datetime]:
    """When the major faults began that fire at an instant of the year."""
    now = BEGIN + at
    down = [subject(number, one, now) for number, one in enumerate(timelines)]
    found = major_faults.decide(
        [one for one in down if one.circuit_state in (DOWN, CircuitState.UNKNOWN)], rules, (), CAUSES, now
    )
    return [alert.starts_at for alert in found if alert.firing]


THREE, TEN = policy_file.load("operator-practice").major_faults
SIX = replace(THREE, name="six", circuits=1, lasting=6 * H, one_cause=False)
"""No shipped policy has the row of a single circuit; here it is that of three with other figures."""


def test_three_circuits_down_for_two_hours_are_a_major_fault_by_their_onsets_and_not_before() -> None:
    circuits = [life(Stretch(1000 * H + late * M, 5 * H)) for late in range(3)]
    due = 1002 * H + 2 * M
    assert major(circuits, [THREE], due - M / 60) == []
    assert major(circuits, [THREE], due) == [BEGIN + due]
    assert major(circuits[:2], [THREE], due) == []


def test_ten_circuits_at_once_are_a_major_fault_and_nine_are_none() -> None:
    circuits = [life(Stretch(1000 * H, 5 * H))] * 10
    assert major(circuits, [TEN], 1002 * H) == [BEGIN + 1002 * H]
    assert major(circuits[:9], [TEN], 1002 * H) == []


def test_a_circuit_that_is_down_for_six_hours_is_a_major_fault_and_one_that_is_unknown_is_none() -> None:
    assert major([life(Stretch(1000 * H, 7 * H))], [SIX], 1006 * H) == [BEGIN + 1006 * H]
    assert major([life(Stretch(1000 * H, 7 * H, NO_DATA))], [SIX], 1006 * H) == []
