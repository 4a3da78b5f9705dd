from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.clock import engine
from monitor.clock.engine import Rulebook
from monitor.history.events import Event
from monitor.history.mapping import AttributeRule, interpret
from monitor.model import SubjectKey, SubjectKind
from monitor.report.tally import Group, Month, Row, Tally, month_of, nearest_rank
from monitor.report.tallying import tallied
from tests.support.cases import MAPPING, rules, ticket

UTC_ZONE, SHANGHAI = ZoneInfo("UTC"), ZoneInfo("Asia/Shanghai")
LATER = datetime(2027, 1, 1, tzinfo=UTC)
H = timedelta(hours=1)

RESTORE = """
policy: case
version: "1"
effective_from: 2026-01-01
name: {en: Case}
ladders: {tier: [{id: gold, en: Gold}, {id: standard, en: Standard}]}
calendars:
  always: {zone: UTC, hours: 24x7}
  office: {zone: UTC, hours: {mon-fri: ["08:00-17:00"]}}
pause_reasons: {customer: {en: Customer}, access: {en: Access}}
targets:
  restore:
    name: {en: Restoration}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer, access]
    budgets:
      - {when: {tier: gold}, budget: 4h, calendar: office, source: test}
      - {budget: 10h, source: test}
"""
BOOK = rules(RESTORE)


def on(month: int, day: int, hour: float = 0, minute: float = 0) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)


def by_subject(events: Iterable[Event]) -> list[tuple[SubjectKey, list[Event]]]:
    found: dict[SubjectKey, list[Event]] = {}
    for event in events:
        found.setdefault(event.key, []).append(event)
    return list(found.items())


def tally(*events: Event, until: datetime = LATER, zone: ZoneInfo = UTC_ZONE, book: Rulebook = BOOK) -> dict[str, Row]:
    """Rows by month; one group."""
    rows = tallied(by_subject(events), book, zone, until).rows()
    found = {str(row.month): row for row in rows}
    assert len(found) == len(rows), "one group only"
    return found


def counts(row: Row) -> tuple[int, int, int, int, int, int]:
    return row.carried, row.started, row.met, row.breached, row.cancelled, row.open


def life(name: str, start: datetime, end: datetime | None, **fields: str) -> list[Event]:
    return [ticket(name, start, "new", **fields), *([ticket(name, end, "resolved")] if end else [])]


# -- the rule of months ------------------------------------------------------------------------------------------------


def test_a_clock_counts_where_it_begins_and_once_more_where_its_outcome_is_known() -> None:
    rows = tally(
        *life("in time", on(3, 31, 20), on(4, 1, 2)),
        *life("late in March", on(3, 30), on(4, 9)),
        *life("late in April", on(3, 31, 20), on(4, 2)),
        *life("open", on(3, 31, 20), None),
        *life("within March", on(3, 2), on(3, 2, 1)),
        until=on(4, 1, 5),
    )
    assert list(rows) == ["2026-03", "2026-04"]
    assert counts(rows["2026-03"]) == (0, 5, 1, 1, 0, 3)
    assert counts(rows["2026-04"]) == (3, 0, 1, 0, 0, 2)


def test_a_late_clock_counts_once_whether_or_not_it_runs_on() -> None:
    for end in (None, on(6, 1)):
        rows = tally(*life("T1", on(3, 1), end))
        assert {month: counts(row) for month, row in rows.items()} == {"2026-03": (0, 1, 0, 1, 0, 0)}


def test_a_month_in_which_nothing_happens_carries_what_is_open() -> None:
    waits = ticket("T1", on(3, 1, 1), "waiting", reason="customer")
    rows = tally(ticket("T1", on(3, 1), "new"), waits, ticket("T1", on(6, 1, 1), "resolved"))
    assert [counts(row) for row in rows.values()] == [
        (0, 1, 0, 0, 0, 1), (1, 0, 0, 0, 0, 1), (1, 0, 0, 0, 0, 1), (1, 0, 1, 0, 0, 0),
    ]  # fmt: skip


def test_what_is_cancelled_counts_where_it_was_cancelled() -> None:
    rows = tally(ticket("T1", on(3, 31, 20), "new"), ticket("T1", on(4, 1, 1), "cancelled"))
    assert [counts(row) for row in rows.values()] == [(0, 1, 0, 0, 0, 1), (1, 0, 0, 0, 1, 0)]


def test_the_instant_between_two_months_ends_in_the_one_and_begins_in_the_other() -> None:
    rows = tally(*life("ends", on(3, 31, 20), on(4, 1)), *life("begins", on(4, 1), on(4, 1)))
    assert {month: counts(row) for month, row in rows.items()} == {
        "2026-03": (0, 1, 1, 0, 0, 0),
        "2026-04": (0, 1, 1, 0, 0, 0),  # and what has no length does not end before it began
    }


def test_months_are_those_of_the_zone() -> None:
    story = life("T1", on(3, 31, 15), on(3, 31, 17))  # 1 April, 00:00 is 16:00 UTC of the day before
    assert list(tally(*story, zone=SHANGHAI)) == ["2026-03", "2026-04"]
    assert list(tally(*story)) == ["2026-03"]
    assert month_of(on(12, 31, 16), SHANGHAI) == Month(2027, 1) == Month(2026, 12).after
    assert Month(2027, 1).begins(SHANGHAI) == on(12, 31, 16)


def test_a_deadline_at_closing_time_counts_when_it_is_first_exceeded() -> None:
    """31 July 2026 is a Friday: the budget is used up at 17:00, and exceeded on Monday, 3 August, after 08:00."""
    story = life("T1", on(7, 31, 13), None, tier="gold")
    report = tally(*story, until=on(8, 1))
    assert counts(report["2026-07"]) == (0, 1, 0, 0, 0, 1), "at the month's end nobody can know"
    later = tally(*story, until=on(9, 1))
    assert counts(later["2026-07"]) == (0, 1, 0, 0, 0, 1), "and it stays so"
    assert counts(later["2026-08"]) == (1, 0, 0, 1, 0, 0)
    assert counts(tally(*life("T1", on(7, 31, 13), on(8, 2), tier="gold"))["2026-08"]) == (1, 0, 1, 0, 0, 0)


def test_a_clock_counts_under_the_terms_that_it_had_last() -> None:
    events = [ticket("T1", on(3, 2, 9), "new"), ticket("T1", on(3, 2, 10), "working", tier="gold")]
    (row,) = tallied(by_subject(events), BOOK, UTC_ZONE, on(3, 2, 11)).rows()
    assert row.group == Group("tickets", "gold", "none", "restore")


def test_what_is_not_known_yet_changes_nothing() -> None:
    story = [*life("T1", on(3, 1), None), ticket("T1", on(3, 5), "working", tier="gold")]
    assert tally(*story, until=on(3, 2)) == tally(*story[:1], until=on(3, 2))
    assert tallied(by_subject(story), BOOK, UTC_ZONE, on(2, 1)).rows() == ()


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """Tickets whose lives lie about the ends of several months; none is reopened."""
    events: list[Event] = []
    for number in range(draw(st.integers(1, 6))):
        instant = on(3, 28) + draw(st.integers(0, 90 * 48)) * timedelta(minutes=30)
        fields = draw(st.sampled_from([{}, {"tier": "gold"}]))
        events.append(ticket(f"T{number}", instant, "new", **fields))
        for place in range(draw(st.integers(0, 3))):
            instant += draw(st.integers(0, 10 * 48)) * timedelta(minutes=30)
            reason = draw(st.sampled_from(["customer", "access", None]))
            status = "waiting" if reason else "working"
            events.append(ticket(f"T{number}", instant, status, reason=reason, event_id=f"{number}.{place}"))
        if draw(st.booleans()):
            instant += draw(st.integers(0, 40 * 48)) * timedelta(minutes=30)
            events.append(ticket(f"T{number}", instant, draw(st.sampled_from(["resolved", "cancelled"]))))
    return events


@given(stories())
def test_every_month_adds_up_and_so_does_the_whole(story: list[Event]) -> None:
    found = tallied(by_subject(story), BOOK, UTC_ZONE, LATER)
    by_group: dict[Group, list[Row]] = {}
    for row in found.rows():
        assert row.carried + row.started == row.met + row.breached + row.cancelled + row.open
        assert min(counts(row)) >= 0
        assert len(row.lateness) == row.breached
        by_group.setdefault(row.group, []).append(row)
    for rows in by_group.values():
        assert rows[0].carried == 0
        for one, other in pairwise(rows):
            assert one.open == other.carried
            assert one.open == 0 or one.month.after == other.month
    outcomes: Counter[str] = Counter()
    paused = timedelta(0)
    for _, events in by_subject(story):
        for reading in engine.read_all(interpret(events, BOOK.mapping("tickets"), BOOK.rungs), BOOK, LATER):
            late = reading.breached_at is not None
            outcomes["breached" if late else "open" if reading.open else reading.state.value] += 1
            paused += sum((part.end - part.start for part in reading.intervals if part.reason), timedelta(0))
    rows = found.rows()
    assert sum(row.started for row in rows) == len({event.subject for event in story})
    assert {word: sum(getattr(row, word) for row in rows) for word in ("met", "breached", "cancelled")} == {
        word: outcomes[word] for word in ("met", "breached", "cancelled")
    }
    assert sum(rows[-1].open for rows in by_group.values()) == outcomes["open"]
    assert sum((row.excluded_in_all for row in rows), timedelta(0)) == paused


@given(stories())
def test_a_month_judged_at_its_end_says_for_ever_what_it_said_then(story: list[Event]) -> None:
    """What is reported month by month, each as of its end, is what one look back from the end of the year says."""
    whole = {(row.month, row.group): row for row in tallied(by_subject(story), BOOK, UTC_ZONE, LATER).rows()}
    month = Month(2026, 3)
    while month < Month(2027, 1):
        then = tallied(by_subject(story), BOOK, UTC_ZONE, month.after.begins(UTC_ZONE)).month(month)
        later = {row.group: row for (when, _), row in whole.items() if when == month}
        assert {row.group: (counts(row), row.excluded) for row in then} == {
            group: (counts(row), row.excluded) for group, row in later.items()
        }
        month = month.after


# -- excluded time -----------------------------------------------------------------------------------------------------


def test_paused_time_is_wall_time_by_reason_in_the_month_in_which_it_lies() -> None:
    rows = tally(
        ticket("T1", on(3, 31), "new", tier="gold"),
        ticket("T1", on(3, 31, 18), "waiting", reason="customer"),
        ticket("T1", on(4, 1, 3), "waiting", reason="access"),
        ticket("T1", on(4, 1, 4), "waiting", reason="customer"),
        ticket("T1", on(4, 1, 6), "waiting", reason="lunch"),
        ticket("T1", on(4, 1, 7), "resolved"),
    )
    assert rows["2026-03"].excluded == {"customer": 6 * H}
    assert rows["2026-04"].excluded == {"access": H, "customer": 5 * H}
    assert rows["2026-04"].excluded_in_all == 6 * H


def test_a_pause_over_several_months_gives_each_its_own() -> None:
    rows = tally(ticket("T1", on(3, 31), "waiting", reason="customer"), until=on(6, 2))
    assert [row.excluded["customer"].days for row in rows.values()] == [1, 30, 31, 1]


# -- lateness ----------------------------------------------------------------------------------------------------------


def test_lateness_is_the_counted_time_beyond_the_budget_when_the_clock_stopped() -> None:
    gold = life("T1", on(7, 31, 12), on(8, 3, 9), tier="gold")  # 5 h on Friday, 1 h on Monday, budget 4 h
    (row,) = (row for row in tally(*gold).values() if row.breached)
    assert (str(row.month), row.lateness) == ("2026-07", [2 * H])


def test_lateness_of_a_clock_that_runs_on_is_as_of_the_reading() -> None:
    (row,) = tally(*life("T1", on(3, 1), None), until=on(3, 1, 13)).values()
    assert row.lateness == [3 * H]


def test_percentiles_are_elements_of_the_list() -> None:
    late = [life(f"T{hours}", on(3, 1), on(3, 1, 10 + hours)) for hours in (1, 2, 3, 4, 100)]
    (row,) = tally(*(event for one in late for event in one)).values()
    assert [row.late(share) for share in (50, 90, 95, 99)] == [3 * H, 100 * H, 100 * H, 100 * H]
    assert row.latest == 100 * H


def test_without_a_late_clock_there_is_no_lateness() -> None:
    (row,) = tally(*life("T1", on(3, 1), on(3, 1, 1))).values()
    assert (row.late(50), row.latest) == (None, None)


@given(st.lists(st.integers(0, 20), max_size=40), st.integers(1, 100))
def test_the_nearest_rank_is_the_smallest_that_enough_do_not_exceed(values: list[int], share: int) -> None:
    lengths = sorted(timedelta(minutes=value) for value in values)
    found = nearest_rank(lengths, share)
    enough = [one for one in lengths if sum(other <= one for other in lengths) * 100 >= share * len(lengths)]
    assert found == min(enough, default=None)
    assert not lengths or found == lengths[math.ceil(share * len(lengths) / 100) - 1]


COUNTED = """
policy: counted
version: "1"
effective_from: 2026-01-01
name: {en: Counted}
ladders: {}
calendars: {always: {zone: UTC, hours: 24x7}}
targets:
  faults:
    name: {en: Faults}
    of: circuit
    start: [unavailable]
    per: month
    budgets: [{budget: 1 time, source: test}]
"""


def test_what_is_counted_is_late_and_has_no_lateness_and_a_period_counts_in_itself() -> None:
    book = rules(COUNTED)
    states = [("unavailable", on(3, 1)), ("available", on(3, 2)), ("unavailable", on(3, 3)), ("available", on(3, 4))]
    events = [
        Event("circuits", f"e{number}", SubjectKind.CIRCUIT, "C1", when, status=state)
        for number, (state, when) in enumerate(states)
    ]
    rows = tally(*events, until=on(5, 1), book=book)
    assert {month: counts(row) for month, row in rows.items()} == {
        "2026-03": (0, 1, 0, 1, 0, 0),
        "2026-04": (0, 1, 1, 0, 0, 0),
        "2026-05": (0, 1, 0, 0, 0, 1),
    }
    assert (rows["2026-03"].lateness, rows["2026-03"].latest) == ([], None)


# -- causes and first sight --------------------------------------------------------------------------------------------


AGREED = (
    RESTORE
    + """
agreements:
  - {kind: UC, party: Carrier A, supports: restore, budgets: [{budget: 2h, source: test}]}
  - {kind: UC, party: =Carrier B, supports: restore, budgets: [{budget: 2h, source: test}]}
"""
)


def with_suppliers(name: str, *turns: tuple[str, float], until: float) -> list[Event]:
    """A ticket of 1 March that is handed to each supplier at an hour, and restored at the last one."""
    handed = [ticket(name, on(3, 1, hour), "working", supplier=supplier) for supplier, hour in turns]
    return [ticket(name, on(3, 1), "new", team="NOC"), *handed, ticket(name, on(3, 1, until), "resolved")]


def test_breaches_that_a_contract_caused_count_per_supplier_and_once_in_all() -> None:
    known = replace(MAPPING, attributes={**MAPPING.attributes, "supplier": AttributeRule("supplier")})
    (row,) = tally(
        *with_suppliers("T1", ("Carrier A", 7), until=11),  # 4 h with A, 2 h over: without them 9 h
        *with_suppliers("T2", ("Carrier A", 1), ("=Carrier B", 6), until=12),  # 5 h and 6 h: each is over
        *with_suppliers("T3", ("Carrier A", 11), until=14),  # late before, and late without it
        *with_suppliers("T4", ("Carrier A", 1), until=9),  # over its own budget, and the promise was kept
        book=rules(AGREED, known),
    ).values()
    assert (row.breached, row.from_uc) == (3, 2)
    assert row.by_supplier == {"=Carrier B": 1, "Carrier A": 2}


def test_a_clock_that_nobody_saw_begin_is_told_apart_with_its_outcome() -> None:
    rows = tally(ticket("T1", on(3, 31, 20), "working"), ticket("T1", on(4, 1, 1), "resolved"))
    assert [row.first_sight for row in rows.values()] == [0, 1]
    assert [row.first_sight for row in tally(*life("T1", on(3, 1), on(3, 1, 1))).values()] == [0]


# -- what it costs -----------------------------------------------------------------------------------------------------


def test_no_reading_is_kept() -> None:
    history = interpret(life("T1", on(3, 1), on(3, 9)), BOOK.mapping("tickets"), BOOK.rungs)
    (reading,) = engine.read_all(history, BOOK, LATER)
    before, kept = sys.getrefcount(reading), Tally(UTC_ZONE)
    for _ in range(5):
        kept.add("tickets", reading)
    assert sys.getrefcount(reading) == before
    (row,) = kept.rows()
    assert row.breached == 5


def test_one_month_is_asked_for_also_where_nothing_happened_in_it() -> None:
    found = tallied(by_subject(life("T1", on(3, 31, 20), None)), BOOK, UTC_ZONE, on(4, 1))
    assert [counts(row) for row in found.month(Month(2026, 4))] == [(1, 0, 0, 0, 0, 1)]
    assert found.month(Month(2026, 2)) == ()
