"""`budget: until agreed`: a deadline that was agreed for one ticket is the instant itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.clock.engine import advance
from monitor.model import Life, State
from tests.support.dated import H, M, at, book, cycles, events, look, one

DUE = (
    "restore: {start: [opened, accepted], stop: [restored], pause: [customer],"
    " budgets: [{budget: until agreed, source: t}]}"
)
MIXED = DUE.replace("source: t}]", "source: t}, {budget: 4h, source: t}]")
AHEAD = "due: {start: [opened], stop: [restored], ahead_of: planned, budgets: [{budget: 0s, source: t}]}"
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize("target", [DUE, MIXED, AHEAD])
@pytest.mark.parametrize(("late", "state"), [(-TICK, State.MET), (timedelta(0), State.MET), (TICK, State.BREACHED)])
def test_the_deadline_is_the_instant_and_not_a_moment_before(target: str, late: timedelta, state: State) -> None:
    said = events("08:00 opened agreed=16:00 planned=16:00 · 09:00 held customer · 15:00 restored")
    said[-1] = type(said[-1])(**{**_fields(said[-1]), "at": at("16:00") + late})
    (reading,) = advance(said, (), book(target), at("17:00")).readings
    assert (reading.deadline, reading.state) == (at("16:00"), state)
    assert reading.breached_at == (at("16:00") if late > timedelta(0) else None)


def _fields(event: object) -> dict[str, object]:
    return {name: getattr(event, name) for name in type(event).__dataclass_fields__}  # type: ignore[attr-defined]


def test_it_breaches_when_the_instant_has_passed_and_the_engine_wakes_for_it() -> None:
    outcome = look(book(DUE), "08:00 opened agreed=16:00", "15:59")
    assert (outcome.readings[0].next_at, outcome.readings[0].breached_at) == (at("16:00") + TICK, None)
    assert advance(events("08:00 opened agreed=16:00"), (), book(DUE), at("16:00")).readings[0].breached_at is None
    late = advance(events("08:00 opened agreed=16:00"), (), book(DUE), at("16:00") + TICK)
    assert late.readings[0].breached_at == at("16:00")


def test_waits_closures_and_exclusions_do_not_move_it() -> None:
    target = DUE.replace("budgets", "calendar: office, budgets")
    said = "08:00 opened agreed=1_10:00 · 09:00 held customer · 12:00 exclude=10:00-12:00 · 20:00 accepted"
    reading = one(target, said, "21:00")
    assert (reading.deadline, reading.life, reading.counted) == (at("+1 10:00"), Life.RUNNING, 13 * H)


def test_a_ticket_that_is_first_seen_waiting_runs_to_its_date() -> None:
    assert one(DUE, "08:00 held customer agreed=16:00", "09:00").life is Life.RUNNING


def test_where_no_date_is_agreed_the_next_row_holds() -> None:
    assert one(MIXED, "08:00 opened", "09:00").deadline == at("12:00")
    assert cycles([DUE], "08:00 opened", "09:00") == []


@pytest.mark.parametrize("reason", ["customer", "parts"])
def test_a_date_that_is_agreed_in_a_wait_ends_the_wait(reason: str) -> None:
    said = f"08:00 opened · 09:00 held {reason} · 10:00 agreed=16:00"
    reading = one(MIXED, said, "11:00")
    assert (reading.life, reading.deadline, reading.cycle) == (Life.RUNNING, at("16:00"), 1)
    back = one(MIXED, f"{said} · 12:00 agreed=", "12:30")
    assert back.life is (Life.PAUSED if reason == "customer" else Life.RUNNING)


def test_an_agreement_undoes_no_breach_that_was_before_it() -> None:
    reading = one(MIXED, "08:00 opened · 13:00 agreed=16:00", "14:00")
    assert (reading.breached_at, reading.state) == (at("12:00"), State.BREACHED)


def test_what_the_first_event_says_holds_from_the_opening() -> None:
    (first, *_) = said = events("08:00 accepted agreed=16:00 · 09:00 on_site")
    said[0] = type(first)(**{**_fields(first), "opened_at": at("06:00")})
    (reading,) = advance(said, (), book(DUE), at("10:00")).readings
    assert (reading.started_at, reading.deadline, reading.target.budget) == (at("06:00"), at("16:00"), 10 * H)


def test_a_date_that_is_said_later_begins_the_promise_then() -> None:
    assert one(DUE, "08:00 opened · 10:00 agreed=16:00", "11:00").started_at == at("10:00")


@pytest.mark.parametrize(
    ("on_change", "deadline"),
    [("at_event", "18:00"), ("at_start", "16:00"), ("strictest", "16:00")],
)
def test_a_changed_date_is_a_change_of_terms(on_change: str, deadline: str) -> None:
    target = DUE.replace("budgets", f"on_change: {on_change}, budgets")
    reading = one(target, "08:00 opened agreed=16:00 · 09:00 held customer · 10:00 agreed=18:00", "11:00")
    assert reading.deadline == at(deadline)
    earlier = one(target, "08:00 opened agreed=16:00 · 10:00 agreed=15:00", "11:00")
    assert earlier.deadline == at("16:00" if on_change == "at_start" else "15:00")


def test_a_date_that_is_moved_into_the_past_breaches_at_the_event_that_says_it() -> None:
    reading = one(DUE, "08:00 opened agreed=16:00 · 12:00 agreed=11:00", "13:00")
    assert reading.breached_at == at("12:00")
    on_time = one(DUE, "08:00 opened agreed=16:00 · 12:00 agreed=12:00", "12:00")
    assert (on_time.breached_at, on_time.deadline) == (None, at("12:00"))


@pytest.mark.parametrize("agreed", ["07:59", "07:00"])
def test_a_date_before_the_beginning_is_breached_at_once(agreed: str) -> None:
    reading = one(DUE, f"08:00 opened agreed={agreed}", "08:00")
    assert (reading.state, reading.breached_at) == (State.BREACHED, at("08:00"))


def test_a_reopened_ticket_is_a_new_cycle_with_the_same_date() -> None:
    first, second = cycles([DUE], "08:00 opened agreed=16:00 · 10:00 restored · 12:00 accepted", "13:00")
    assert (first.state, second.started_at, second.deadline, second.counted) == (
        State.MET, at("12:00"), at("16:00"), H
    )  # fmt: skip
    late = cycles([DUE], "08:00 opened agreed=16:00 · 10:00 restored · 17:00 accepted", "18:00")[-1]
    assert (late.state, late.breached_at) == (State.BREACHED, at("17:00"))


def test_stages_of_all_three_kinds_lie_before_the_date() -> None:
    rules = book(DUE)
    assert one(DUE, "08:00 opened gold agreed=16:00", "14:00").state is State.AT_RISK
    assert rules.policy.at_risk == 0.75
    assert one(DUE, "08:00 opened gold agreed=16:00 · 09:00 agreed=1_16:00", "14:00").state is State.RUNNING


HOUR = st.integers(0, 30)


@given(st.lists(st.tuples(HOUR, HOUR), max_size=5), HOUR, st.sampled_from([DUE, MIXED]))
def test_the_deadline_is_the_last_date_that_was_said_unless_it_was_broken(
    dates: list[tuple[int, int]], now: int, target: str
) -> None:
    """Whatever waits and changes come, an open clock under a date shows that date."""
    said = sorted(dates, key=lambda one: one[0])
    lines = [f"{_clock(hour)} agreed={_clock(date, '_')}" for hour, date in said]
    lines += ["+0 01:30 held customer", "+0 05:30 accepted"]
    lines.sort(key=lambda line: at(" ".join(line.split()[:2])))
    outcome = look(book(target), " · ".join(["00:00 opened", *lines]), _clock(max(now, 6)))
    known = [date for hour, date in said if hour <= max(now, 6)]
    for reading in outcome.readings:
        if reading.breached_at is None and known and reading.open:
            assert reading.deadline == _at(known[-1])
            assert reading.deadline - reading.started_at >= reading.counted


def _at(hours: int) -> datetime:
    return at("00:00") + hours * H


def _clock(hours: int, sign: str = " ") -> str:
    return f"{'+' if sign == ' ' else ''}{hours // 24}{sign}{hours % 24:02}:00"


def test_minutes_are_no_hours() -> None:
    assert one(MIXED, "08:00 opened · 09:00 agreed=09:01", "09:00").deadline == at("09:00") + M


def test_what_goes_on_as_the_same_cycle_has_the_date_for_its_deadline_again() -> None:
    """Another clock's end is undone and comes again; under `never` that is no other cycle, and moves no deadline."""
    parent = "restore: {start: [opened, accepted], stop: [restored], budgets: [{budget: 9h, source: t}]}"
    rows = "budgets: [{budget: until agreed, source: t}]"
    report = f"report: {{started_by: {{target: restore}}, stop: [delivered], reopen: never, {rows}}}"
    said = "08:00 opened agreed=20:00 · 09:00 restored · 10:00 accepted · 13:00 restored"
    reading = one([report, parent], said, "14:00")
    assert (reading.cycle, reading.deadline) == (1, at("20:00"))
