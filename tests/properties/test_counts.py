"""What is counted of several is what a count from the whole list gives, whoever looks how often and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock.engine import transitions
from monitor.clock.group_clock import advance_group, window
from monitor.clock.reading import Reading
from monitor.history.group_record import Entry, GroupRecord
from monitor.model import Period, SubjectKey
from monitor.policy.counting import GROUPS
from tests.support import oracle_counts as oracle
from tests.support.counting import book, policy_text
from tests.support.oracle_counts import Said

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns")
BEGINS = datetime(2026, 2, 20, 7, tzinfo=UTC)
KEY = SubjectKey(GROUPS, "counted")


def target(row: str, period: str, *, of: str = "ticket", more: str = "") -> str:
    counts = "unavailable" if of == "circuit" else "closed"
    return f"""
  counted:
    name: {{en: Counted}}
    of: {of}
    counts: [{counts}]
    stages: [50%, 90%, 100%]
    {more or f"per: {period}"}
    by: customer
    budgets: [{{{row}, source: test}}]
"""


@st.composite
def _entries(draw: st.DrawFn) -> list[Entry]:
    """Entries around changes of the clocks, ends of months and each other; instants come twice."""
    edges = [
        datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 3, 31, 22, tzinfo=UTC),
        datetime(2026, 3, 31, 16, tzinfo=UTC), datetime(2026, 4, 5, tzinfo=UTC),
    ]  # fmt: skip
    moments = st.one_of(
        st.sampled_from(edges),
        st.integers(0, 120 * 24).map(lambda hours: datetime(2026, 1, 25, tzinfo=UTC) + timedelta(hours=hours)),
    )
    found = []
    for at in draw(st.lists(moments, max_size=24)):
        wait = draw(st.one_of(st.none(), st.integers(0, 20 * 24)))
        good = None if wait is None else at + timedelta(hours=wait)
        found.append(Entry(at, draw(st.sampled_from("ab")), draw(st.sampled_from("xyz")), "closed", "e", good))
    return found


NOWS = st.integers(0, 150 * 24 * 4).map(lambda n: datetime(2026, 1, 20, tzinfo=UTC) + timedelta(minutes=15 * n))


def record(entries: Sequence[Entry], since: datetime | None = None, seen_at: datetime | None = None) -> GroupRecord:
    ordered = sorted(entries, key=lambda one: one[:3])
    mine = [one for one in ordered if since is None or one.at >= since]
    return GroupRecord(KEY, "Acme", mine, seen_at or BEGINS, BEGINS, since)


def plain(readings: Sequence[Reading]) -> list[Said]:
    return [
        Said(
            one.cycle, one.started_at, one.started_at, round(one.counted.total_seconds()), str(one.state),
            one.breached_at, one.stopped_at, {crossing.stage: crossing.at for crossing in one.crossings}, one.total,
        )
        for one in readings
    ]  # fmt: skip


def without_ends(said: Sequence[Said]) -> list[Said]:
    for one in said:
        one.end = one.start
    return list(said)


PERIODS = st.sampled_from(list(Period))


@settings(max_examples=100, deadline=None)
@given(_entries(), NOWS, PERIODS, st.sampled_from(ZONES), st.integers(0, 4), st.booleans())
def test_at_most(entries: list[Entry], now: datetime, period: Period, zone: str, allowed: int, circuits: bool) -> None:
    of = "circuit" if circuits else "ticket"
    rules = book(policy_text(target(f"budget: {allowed} times", period, of=of), zone=zone))
    spans = oracle.every_period(period, zone, date(2026, 1, 1), date(2026, 7, 1))
    expected = without_ends(oracle.at_most(spans, entries, allowed, not circuits, now))
    assert plain(advance_group(record(entries), (), rules, now).readings) == expected


@settings(max_examples=100, deadline=None)
@given(_entries(), NOWS, PERIODS, st.sampled_from(ZONES), st.integers(1, 3))
def test_at_least(entries: list[Entry], now: datetime, period: Period, zone: str, wanted: int) -> None:
    rules = book(policy_text(target(f"at_least: {wanted} times", period), zone=zone))
    spans = oracle.every_period(period, zone, date(2026, 1, 1), date(2026, 7, 1))
    expected = without_ends(oracle.at_least(spans, entries, wanted, BEGINS, now))
    assert plain(advance_group(record(entries), (), rules, now).readings) == expected


@settings(max_examples=100, deadline=None)
@given(_entries(), NOWS, st.sampled_from(ZONES), st.integers(1, 3), st.integers(1, 31), st.booleans())
def test_duties(entries: list[Entry], now: datetime, zone: str, wanted: int, day: int, made_up: bool) -> None:
    more = f"duties: {{each: month, by: {day}, late: {'made_up' if made_up else 'missed'}}}"
    rules = book(policy_text(target(f"at_least: {wanted} times", "month", more=more), zone=zone))
    spans = oracle.every_period(Period.MONTH, zone, date(2026, 1, 1), date(2026, 7, 1))
    days = oracle.every_period(Period.DAY, zone, date(2026, 1, 1), date(2026, 7, 1))
    dues = [[one.end for one in days if span.start <= one.start < span.end] for span in spans]
    by = [ends[min(day, len(ends)) - 1] for ends in dues]
    expected = without_ends(oracle.at_least(spans, entries, wanted, BEGINS, now, by, made_up))
    assert plain(advance_group(record(entries), (), rules, now).readings) == expected


@settings(max_examples=100, deadline=None)
@given(_entries(), NOWS, PERIODS, st.sampled_from(ZONES), st.sampled_from((50, 66.6, 90, 100)))
def test_goal(entries: list[Entry], now: datetime, period: Period, zone: str, share: float) -> None:
    more = f"per: {period}\n    good: {{entered: [delivered]}}"
    rules = book(policy_text(target(f"goal: {share}%", period, more=more), zone=zone))
    spans = oracle.every_period(period, zone, date(2026, 1, 1), date(2026, 7, 1))
    expected = without_ends(oracle.goal(spans, entries, Fraction(str(share)) / 100, True, now))
    assert plain(advance_group(record(entries), (), rules, now).readings) == expected


ROWS = ("budget: 2 times", "at_least: 2 times", "goal: 80%")


@settings(max_examples=100, deadline=None)
@given(_entries(), NOWS, PERIODS, st.sampled_from(ZONES), st.sampled_from(ROWS), st.integers(0, 150))
def test_a_look_from_any_window_says_the_same(
    entries: list[Entry], now: datetime, period: Period, zone: str, row: str, days: int
) -> None:
    good = "\n    good: {entered: [delivered]}" if row.startswith("goal") else ""
    rules = book(policy_text(target(row, period, more=f"per: {period}{good}"), zone=zone))
    whole = advance_group(record(entries), (), rules, now).readings
    since = window(KEY, "Acme", rules, datetime(2026, 1, 20, tzinfo=UTC) + timedelta(days=days))
    assert since is not None
    part = advance_group(record(entries, since), (), rules, now).readings
    assert part == tuple(reading for reading in whole if reading.started_at >= since)


@settings(max_examples=100, deadline=None)
@given(_entries(), st.lists(NOWS, min_size=1, max_size=8), PERIODS, st.sampled_from(ROWS))
def test_any_looks_leave_the_same_on_record(
    entries: list[Entry], looks: list[datetime], period: Period, row: str
) -> None:
    good = "\n    good: {entered: [delivered]}" if row.startswith("goal") else ""
    rules = book(policy_text(target(row, period, more=f"per: {period}{good}")))
    recorded = []
    for now in sorted(looks):
        recorded += advance_group(record([one for one in entries if one.at <= now]), recorded, rules, now).transitions
    last = max(looks)
    outcome = advance_group(record(entries), recorded, rules, last)
    assert outcome.transitions == ()
    assert {item.identity for item in transitions(outcome.readings)} <= {item.identity for item in recorded}


@pytest.mark.parametrize("row", ROWS)
def test_time_alone_withdraws_nothing(row: str) -> None:
    good = "\n    good: {entered: [delivered]}" if row.startswith("goal") else ""
    rules = book(policy_text(target(row, "month", more=f"per: month{good}")))
    entries = [Entry(datetime(2026, 3, day, tzinfo=UTC), "a", "xyz"[day % 3], "closed", "e") for day in (2, 3, 20)]
    recorded = []
    for day in range(120):
        now = datetime(2026, 3, 21, tzinfo=UTC) + timedelta(days=day)
        recorded += advance_group(record(entries), recorded, rules, now).transitions
    assert all(item.kind != "withdrawn" for item in recorded)
