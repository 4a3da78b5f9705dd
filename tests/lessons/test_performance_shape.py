"""How the work grows, told by counting and never by a stopwatch: threads 46 to 50."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path

import pytest

from monitor.errors import ConfigError
from monitor.model import State
from monitor.service.chunks import FEWEST
from monitor.store.clocks import Clocks
from monitor.worktime.calendars import Calendar, Span
from monitor.worktime.working_time import WorkingTime
from tests.lessons.stories import (
    SOURCES,
    H,
    M,
    installation,
    promise,
    readings,
    rules,
    ticket,
    utc,
)  # fmt: skip


@dataclass(frozen=True)
class Counted(Calendar):
    """A calendar that notes each day it is asked about."""

    asked: list[date] = field(default_factory=list)

    def spans(self, day: date) -> tuple[Span, ...]:
        self.asked.append(day)
        return super().spans(day)


def test_glpi_8129_holidays_are_looked_up_once_a_day_of_the_table_and_not_once_a_deadline() -> None:
    """A deadline in 2038 asks for each day of the years between once; ten thousand more deadlines ask for none.

    8 h a working day: 1 h from each whole hour of January 2026 on, all within the table that the first one made.
    """
    holidays = {date(2026, 1, 1): (), date(2027, 1, 1): ()}
    calendar = Counted("office", weekly={day: ((time(9), time(17)),) for day in range(5)}, days=holidays)
    working = WorkingTime(calendar)
    far = working.add(utc("2026-01-05 09:00"), 8 * H * 3130)
    assert far.year == 2038
    assert max(map(calendar.asked.count, {date(2026, 1, 1), date(2030, 6, 3)})) <= 10
    calendar.asked.clear()
    for hour in range(10_000):
        working.add(utc("2026-01-05 00:00") + hour * H, 1 * H)
    assert calendar.asked == []


def test_glpi_6010_a_promise_given_to_a_solved_ticket_is_worked_out_once(tmp_path: Path) -> None:
    """Opened 08:00, solved 09:00, made gold at 10:00. What is said first also holds before it was said: 1 h of 4 h,
    met. One step of work, and nothing is left to do, then or a year later."""
    events = [
        ticket("T1", utc("2026-03-02 08:00"), "new"),
        ticket("T1", utc("2026-03-02 09:00"), "resolved"),
        ticket("T1", utc("2026-03-02 10:00"), tier="gold"),
    ]
    book = rules(promise("{when: {tier: gold}, budget: 4h, source: test}", hours="{mon-sun: [00:00-24:00]}"))
    (reading,) = readings(events, utc("2026-03-02 11:00"), book)
    assert (reading.state, reading.counted, reading.next_at) == (State.MET, 1 * H, None)
    with installation(tmp_path, book) as here:
        here.hear(utc("2026-03-02 11:00"), *events)
        assert here.work(utc("2026-03-02 11:00")) == [1]
        assert here.work(utc("2027-03-02 11:00")) == []
        assert here.worker.next_due() is None


def test_oca_project_73_a_calendar_in_which_nothing_counts_is_refused_at_load() -> None:
    """No hours at all, or no hours on any day: a sentence with file, line and key instead of a search without end."""
    for hours in ("{}", "{mon-fri: []}"):
        with pytest.raises(ConfigError, match=r"case\.yml.*office.*no weekly working time"):
            rules(promise(hours=hours))


def test_oca_project_73_a_budget_that_is_never_reached_ends_with_a_sentence() -> None:
    """One minute a week is 52 a year, 9,100 until 2200; 10,000 minutes are not reached, and that is said."""
    working = WorkingTime(Calendar("sparse", weekly={0: ((time(9), time(9, 1)),)}))
    with pytest.raises(ConfigError, match=r"'sparse'.*is not reached before 2200"):
        working.add(utc("2026-03-02 08:00"), 10_000 * M)


def test_chatwoot_8828_8953_only_clocks_that_are_due_are_looked_at(tmp_path: Path) -> None:
    """300 open tickets: one a minute from 08:00 on, 4 h each, told at 75 % only (11:00, 11:01, …). At 11:01 exactly two
    are due; 100 tickets that nothing is promised are not looked at again."""
    start = utc("2026-03-02 08:00")
    book = rules(promise("{when: {tier: gold}, budget: 4h, source: test}", stages="[75%]"))
    with installation(tmp_path, book) as here:
        promised = [ticket(f"G{n}", start + n * M, "new", tier="gold") for n in range(300)]
        others = [ticket(f"S{n}", start, "new", tier="standard") for n in range(100)]
        first = utc("2026-03-02 10:59")
        here.hear(first, *[event for event in (*promised, *others) if event.at <= first])
        assert sum(here.work(first)) == 180 + 100
        assert here.work(first) == []
        assert here.worker.next_due() == utc("2026-03-02 11:00")
        due = Clocks(here.database).waiting(utc("2026-03-02 11:01"), 1000, SOURCES)
        assert sorted(key.subject for key in due) == ["G0", "G1"]
        assert here.work(utc("2026-03-02 11:01")) == [2]


def test_zammad_docs_159_a_changed_policy_is_taken_up_in_pieces_nearest_deadline_first(tmp_path: Path) -> None:
    """250 open tickets are read again under new rules in 3 pieces of at most 100, the oldest (nearest its deadline)
    first, and a ticket that has just come in does not wait behind them."""
    now = utc("2026-03-02 12:30")
    with installation(tmp_path, rules(promise("{budget: 40h, source: test}"))) as here:
        here.hear(now, *[ticket(f"T{n:03}", utc("2026-03-02 09:00") - n * M * 6, "new") for n in range(250)])
        here.work(now)
        assert here.publish(rules(promise("{budget: 48h, source: test}", version="2"))) == 250
        here.hear(now, ticket("NEWS", now, "new"))
        ahead = Clocks(here.database).waiting(now, FEWEST, SOURCES)
        assert [key.subject for key in ahead[:4]] == ["NEWS", "T249", "T248", "T247"]
        assert len(ahead) == FEWEST
        assert here.work(now) == [100, 100, 51]
