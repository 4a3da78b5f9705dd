"""The clock of a group, period by period, worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.clock.group_clock import advance_group, window
from monitor.clock.reading import Reading
from monitor.history.group_record import Entry, GroupRecord
from monitor.model import Life, SubjectKey, SubjectKind
from monitor.policy.counting import GROUPS
from tests.support.counting import (
    COMPLAINTS,
    FAULTS,
    PATROLS,
    REPORTS,
    RESTORE,
    book,
    cycle,
    entry,
    judge,
    policy_text,
)
from tests.support.texts import exchanged

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)


def on(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def states(readings: tuple[Reading, ...]) -> list[tuple[int, str]]:
    return [(reading.cycle, str(reading.state)) for reading in readings]


def test_of_no_times_the_first_breaches_and_nothing_comes_before() -> None:
    rules = book(policy_text(FAULTS))
    outcome = judge(rules, "faults/north", [entry(on(3, 4, 5), "L1")], on(3, 4, 6), value="North",
                    recorded_from=JANUARY)  # fmt: skip
    (reading,) = outcome.readings
    assert (reading.cycle, reading.breached_at, reading.crossings) == (20260302, on(3, 4, 5), ())
    assert reading.reached == ("breached",)
    assert reading.tier == "gold"


def test_a_group_in_which_nothing_counted_has_no_clock_but_the_only_one_and_those_that_are_listed() -> None:
    listed = exchanged(COMPLAINTS, ("by: customer", "by: customer\n    groups: [Acme]"))
    alone = exchanged(COMPLAINTS, ("    by: customer\n", ""))
    now = on(2, 10)
    for text, name, value, expected in (
        (COMPLAINTS, "complaints/acme", "Acme", []),
        (listed, "complaints/acme", "ACME", [(202601, "met"), (202602, "idle")]),
        (listed, "complaints/other", "Other", []),
        (alone, "complaints", "", [(202601, "met"), (202602, "idle")]),
    ):
        outcome = judge(book(policy_text(text)), name, [], now, value=value, recorded_from=JANUARY)
        assert states(outcome.readings) == expected


def test_where_something_must_happen_the_first_whole_period_is_the_first() -> None:
    patrols = exchanged(PATROLS, ("    per: month", "    by: customer\n    per: month"))
    rules = book(policy_text(patrols))
    seen = judge(rules, "patrols/acme", [], on(3, 5), value="Acme", seen_at=on(1, 20), recorded_from=JANUARY)
    assert states(seen.readings) == [(202602, "breached"), (202603, "running")]
    assert seen.look_again_at == on(4, 1)
    early = judge(rules, "patrols/acme", [], on(1, 25), value="Acme", seen_at=on(1, 20), recorded_from=JANUARY)
    assert (early.readings, early.look_again_at) == ((), on(2, 1))
    unseen = judge(rules, "patrols/acme", [], on(3, 5), value="Acme", recorded_from=JANUARY)
    assert (unseen.readings, unseen.look_again_at) == ((), None)


def test_nothing_is_missed_before_the_records_begin_or_the_policy_holds() -> None:
    late = judge(book(policy_text(PATROLS)), "patrols", [], on(3, 5), recorded_from=on(1, 2))
    assert states(late.readings) == [(202602, "breached"), (202603, "running")]
    rules = book(policy_text(PATROLS, since="2026-03-01"))
    assert states(judge(rules, "patrols", [], on(3, 5), recorded_from=JANUARY).readings) == [(202603, "running")]


def test_what_must_happen_warns_by_the_time_that_is_left() -> None:
    rules = book(policy_text(exchanged(PATROLS, ("stages: [75%, 100%]", "stages: [48h left, 24h wall left, 100%]"))))
    done = [entry(on(1, 5), "P1")]
    reading = cycle(judge(rules, "patrols", done, on(1, 31, 1), recorded_from=JANUARY).readings, 202601)
    assert [(one.stage, one.at) for one in reading.crossings] == [
        ("at_risk", on(1, 24, 6)), ("left_2d", on(1, 30)), ("wall_1d", on(1, 31)),
    ]  # fmt: skip
    assert (reading.state, reading.deadline, reading.next_at) == ("at_risk", on(2, 1), on(2, 1))
    enough = [*done, entry(on(1, 30, 12), "P2")]
    met = cycle(judge(rules, "patrols", enough, on(1, 31), recorded_from=JANUARY).readings, 202601)
    assert (met.state, met.stopped_at, [one.stage for one in met.crossings]) == (
        "met", on(1, 30, 12), ["at_risk", "left_2d"],
    )  # fmt: skip


def test_a_stage_of_what_must_happen_is_of_working_time() -> None:
    rules = book(
        policy_text(
            exchanged(
                REPORTS, ("last_day: close_of_business\n", "last_day: close_of_business\n    stages: [50%, 8h left]\n")
            )
        )
    )
    reading = cycle(judge(rules, "statement/acme", [], on(1, 30), value="Acme", recorded_from=JANUARY).readings, 202601)
    # January 2026 has 22 working days of 8 h, from Thursday the 1st to Friday the 30th; half are over after 11 of them
    assert [(one.stage, one.at) for one in reading.crossings] == [
        ("used_50", on(1, 15, 17)), ("at_risk", on(1, 23, 12)), ("left_8h", on(1, 29, 17)),
    ]  # fmt: skip


def test_exactly_at_the_deadline_of_a_duty_is_met_and_a_moment_later_is_late() -> None:
    rules = book(policy_text(REPORTS))
    close = on(1, 30, 17)
    for at, state, ended in ((close, "met", close), (close + timedelta(microseconds=1), "breached", None)):
        found = judge(rules, "statement/acme", [entry(at, "S1")], on(2, 1), value="Acme", recorded_from=JANUARY)
        reading = cycle(found.readings, 202601)
        assert reading.state == state
        assert reading.stopped_at == (ended or at)


def test_a_duty_that_nothing_makes_up_for_stands_until_the_next_one_is_over() -> None:
    rules = book(policy_text(REPORTS))
    found = judge(rules, "statement/acme", [], on(3, 2), value="Acme", recorded_from=JANUARY).readings
    assert [(one.cycle, one.life, one.stopped_at) for one in found] == [
        (202601, Life.STOPPED, on(3, 1)), (202602, Life.RUNNING, None), (202603, Life.RUNNING, None),
    ]  # fmt: skip


def test_a_duty_done_early_fulfils_its_own_period_alone() -> None:
    rules = book(policy_text(REPORTS))
    entries = [entry(on(1, 3), "S1"), entry(on(1, 4), "S2")]
    found = judge(rules, "statement/acme", entries, on(2, 27, 18), value="Acme", recorded_from=JANUARY).readings
    assert states(found) == [(202601, "met"), (202602, "breached")]


def test_a_ticket_counts_once_in_a_period_and_again_in_the_next() -> None:
    rules = book(policy_text(COMPLAINTS))
    again = [entry(on(1, day), "C1") for day in (1, 2, 3, 4, 5, 6)] + [entry(on(2, 1), "C1")]
    found = judge(rules, "complaints/acme", again, on(2, 2), value="Acme", recorded_from=JANUARY).readings
    assert [(one.cycle, one.counted // timedelta(seconds=1)) for one in found] == [(202601, 1), (202602, 1)]


def test_a_row_says_for_whom_it_is_and_without_one_there_is_no_clock() -> None:
    rows = "budgets: [{when: {customer: Acme Ltd}, budget: 1 times, source: test}]"
    rules = book(policy_text(exchanged(COMPLAINTS, ("budgets: [{budget: 4 times, source: test}]", rows))))
    two = [entry(on(1, 1), "C1"), entry(on(1, 2), "C2")]
    acme = judge(rules, "complaints/acme ltd", two, on(1, 3), value="ACME ltd", recorded_from=JANUARY)
    assert (states(acme.readings), dict(acme.subject.attributes)) == ([(202601, "breached")], {"customer": "Acme Ltd"})
    assert judge(rules, "complaints/other", two, on(1, 3), value="Other", recorded_from=JANUARY).readings == ()


def test_a_version_holds_from_the_next_period_on() -> None:
    stricter = exchanged(COMPLAINTS, ("4 times", "1 times"))
    rules = book(policy_text(COMPLAINTS), policy_text(stricter, version="2", since="2026-01-15"))
    both = [entry(on(month, day), f"C{month}{day}") for month in (1, 2) for day in (20, 21)]
    found = judge(rules, "complaints/acme", both, on(3, 1), value="Acme", recorded_from=JANUARY).readings
    assert [(one.cycle, str(one.state), one.target.policy_version) for one in found] == [
        (202601, "met", "counts@1"), (202602, "breached", "counts@2"),
    ]  # fmt: skip


def test_another_length_of_period_begins_where_the_last_one_ends() -> None:
    yearly = exchanged(COMPLAINTS, ("per: month", "per: quarter"))
    rules = book(policy_text(COMPLAINTS), policy_text(yearly, version="2", since="2026-01-15"))
    both = [entry(on(1, 20), "C1"), entry(on(2, 20), "C2"), entry(on(4, 20), "C3")]
    found = judge(rules, "complaints/acme", both, on(5, 1), value="Acme", recorded_from=JANUARY).readings
    assert [(one.cycle, one.started_at) for one in found] == [
        (202601, on(1, 1)), (20261, on(2, 1)), (20262, on(4, 1)),
    ]  # fmt: skip
    assert window(SubjectKey(GROUPS, "complaints/acme"), "Acme", rules, on(3, 3)) == on(2, 1)


def test_a_target_that_came_and_went_has_clocks_of_its_time() -> None:
    rules = book(
        policy_text(RESTORE), policy_text(COMPLAINTS, version="2", since="2026-02-01"),
        policy_text(RESTORE, version="3", since="2026-03-10"),
    )  # fmt: skip
    entries = [entry(on(month, 5), f"C{month}") for month in (1, 2, 3, 4)]
    found = judge(rules, "complaints/acme", entries, on(5, 1), value="Acme", recorded_from=JANUARY).readings
    assert [one.cycle for one in found] == [202602, 202603]


def test_a_group_of_a_target_that_is_gone_has_no_clock() -> None:
    outcome = judge(book(policy_text(RESTORE)), "complaints/acme", [entry(on(1, 1), "C1")], on(1, 2), value="Acme",
                    recorded_from=JANUARY)  # fmt: skip
    assert (outcome.readings, outcome.subject.kind) == ((), SubjectKind.GROUP)


def test_local_days_are_those_of_the_calendar() -> None:
    daily = exchanged(COMPLAINTS, ("per: month", "per: day"), ("4 times", "0 times"))
    rules = book(policy_text(daily, zone="Asia/Shanghai"))
    found = judge(rules, "complaints/acme", [entry(on(1, 1, 16), "C1")], on(1, 1, 17), value="Acme",
                  recorded_from=JANUARY).readings  # fmt: skip
    assert [(one.cycle, one.started_at) for one in found] == [(20260102, on(1, 1, 16))]


@pytest.mark.parametrize("year", [1900, 1971, 2200, 2262])
def test_a_date_beyond_any_calendar_stops_nothing(year: int) -> None:
    rules = book(policy_text(exchanged(COMPLAINTS, ("{budget: 4 times", "{goal: 90%"),
                                       ("    per:", "    good: {entered: [closed]}\n    per:"))))  # fmt: skip
    odd = Entry(datetime(year, 5, 5, tzinfo=UTC), "tickets", "C1", "opened", "e")
    record = GroupRecord(SubjectKey(GROUPS, "complaints/acme"), "Acme", [odd], None, JANUARY)
    now = max(odd.at, on(5, 5)) + timedelta(days=90)
    (reading,) = advance_group(record, (), rules, now).readings
    assert reading.state == "breached"


@pytest.mark.parametrize(
    ("late", "expected"),
    [("missed", ["met", "breached", "met", "met"]), ("made_up", ["met", "breached", "breached", "at_risk"])],
)
def test_a_duty_that_cannot_be_made_up_is_missed_once_and_not_for_ever(late: str, expected: list[str]) -> None:
    """One inspection a week after a missed one: each counts for its own week."""
    checks = exchanged(REPORTS, ("{each: month, by: last working day}", f"{{each: week, late: {late}}}"))
    done = [entry(on(2, day, 10), f"I{day}") for day in (2, 16, 23)]
    rules = book(policy_text(checks))
    outcome = judge(rules, "statement/acme", done, on(2, 27), value="Acme", recorded_from=on(2, 1))
    assert [str(one.state) for one in outcome.readings if one.started_at >= on(2, 2)] == expected
