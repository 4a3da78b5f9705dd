from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.clock.engine import advance
from monitor.clock.reading import Reading
from monitor.history.events import Event
from monitor.model import Life, Measure, State, SubjectKey
from monitor.snapshot import Group, GroupClocks, NearClock, counted_now, is_stale, judged_by_age
from monitor.worktime.working_time import WorkingTime
from tests.support.aggregates import in_seconds
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.texts import exchanged

GOLD = Group("tickets", "gold", "AAA", "restore")
OTHER = Group("others", "gold", "AAA", "restore")
STATES = {State.RUNNING: 3, State.AT_RISK: 2, State.BREACHED: 1, State.PAUSED: 1}
M = timedelta(minutes=1)


def test_every_open_clock_of_a_source_that_is_not_heard_is_unknown_and_its_deadlines_stay() -> None:
    clocks = (GroupClocks(GOLD, STATES, at(4), in_seconds(1, 2, 3)), GroupClocks(OTHER, STATES, at(5), in_seconds(4)))
    judged = judged_by_age(clocks, {"others"})
    assert judged[0] == GroupClocks(GOLD, {State.UNKNOWN: 7}, at(4), in_seconds(1, 2, 3))
    assert judged[1] is clocks[1]


def test_nothing_is_unknown_while_every_source_is_fresh() -> None:
    clocks = (GroupClocks(GOLD, STATES, at(4)),)
    assert judged_by_age(clocks, {"tickets"}) == clocks
    assert judged_by_age((), set()) == ()


def test_a_group_without_open_clocks_claims_nothing() -> None:
    assert judged_by_age((GroupClocks(GOLD, {}, None),), set()) == (GroupClocks(GOLD, {}, None),)


@pytest.mark.parametrize(("age", "stale"), [(0, False), (15, False), (15.001, True), (600, True), (-5, False)])
def test_a_source_is_stale_once_its_last_success_is_older_than_it_may_be(age: float, stale: bool) -> None:
    assert is_stale(at(5), 15 * M, since=at(0), now=at(5, age)) is stale


@pytest.mark.parametrize(("age", "stale"), [(1, False), (15, False), (16, True)])
def test_before_any_success_age_counts_from_the_programs_start(age: float, stale: bool) -> None:
    assert is_stale(None, 15 * M, since=at(5), now=at(5, age)) is stale


def test_groups_are_sorted_as_their_labels_are() -> None:
    groups = [GOLD, OTHER, Group("others", "gold", "AAA", "accept"), Group("others", "diamond", "AAA", "restore")]
    assert [tuple(getattr(g, n) for n in ("source", "tier", "sla_target")) for g in sorted(groups)] == [
        ("others", "diamond", "restore"), ("others", "gold", "accept"), ("others", "gold", "restore"),
        ("tickets", "gold", "restore"),
    ]  # fmt: skip


def near(reading: Reading) -> NearClock:
    """The reading as the store lists it."""
    return NearClock(
        SubjectKey("tickets", "T1"), reading.target.name, reading.cycle, reading.tier, reading.assurance, reading.state,
        reading.deadline, reading.counted, reading.target.budget, running=reading.life is Life.RUNNING,
        read_at=reading.intervals[-1].end, calendar="always",
    )  # fmt: skip


RULES = rules(exchanged(POLICY, ("hours: 24x7", 'hours: {mon-sun: ["00:00-02:00", "03:00-24:00"]}')))
WORKING = RULES.working_times["always"]


def restore(now: float, *more: Event) -> Reading:
    events = [ticket("T1", at(0), "new", tier="gold"), *more]
    (found,) = (r for r in advance(events, (), RULES, at(now)).readings if r.target.name == "restore")
    return found


@pytest.mark.parametrize(("read", "now"), [(1, 1), (1, 2.5), (1, 4), (1, 5), (1, 30), (2.5, 3.5), (6, 50)])
def test_a_listed_clock_that_runs_shows_what_has_counted_until_now(read: float, now: float) -> None:
    assert counted_now(near(restore(read)), {"always": WORKING}, at(now)).counted == restore(now).counted


def test_a_listed_clock_that_waits_shows_what_had_counted() -> None:
    waits = ticket("T1", at(1), "waiting", reason="customer")
    assert counted_now(near(restore(1.5, waits)), {"always": WORKING}, at(9)).counted == timedelta(hours=1)


def test_a_late_clock_that_waits_shows_what_had_counted() -> None:
    waits = ticket("T1", at(6), "waiting", reason="customer")
    assert restore(20, waits).counted == timedelta(hours=5)
    assert counted_now(near(restore(7, waits)), {"always": WORKING}, at(20)).counted == timedelta(hours=5)


def test_a_late_clock_that_waited_and_goes_on_shows_what_has_counted() -> None:
    story = [ticket("T1", at(6), "waiting", reason="customer"), ticket("T1", at(16), "working")]
    assert counted_now(near(restore(17, *story)), {"always": WORKING}, at(18)).counted == restore(18, *story).counted


def test_a_budget_of_working_days_goes_on_in_whole_dates() -> None:
    office = RULES.policy.calendars["always"]
    dates = WorkingTime(office).dates
    clock = replace(near(restore(1)), calendar="always/dates", counted=dates.counted(at(0), at(1)), read_at=at(1))
    assert counted_now(clock, {"always": WorkingTime(office)}, at(30)).counted == dates.counted(at(0), at(30))


def test_what_is_counted_in_times_does_not_go_on_with_time() -> None:
    clock = replace(near(restore(1)), measure=Measure.COUNT, counted=timedelta(seconds=3))
    assert counted_now(clock, {"always": WORKING}, at(30)).counted == timedelta(seconds=3)
