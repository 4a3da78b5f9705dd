"""Lives of a clock, its pauses, and which channels are behind, as values."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.decide import lives
from alerts.decide.lives import LogEntry, Moved, SentPage
from monitor.alert.alert import Reason
from monitor.alert.escalation_state import Taken
from monitor.alert.routed import ClockKey
from tests.support.cases import at

CLOCK = ClockKey("tickets", "T1", "restore", 1)
OF = dict.fromkeys("AB", CLOCK) | {"C": CLOCK._replace(cycle=2)}


def log(*steps: str) -> list[LogEntry]:
    """`+A` fires, `-A restored` ends; one entry an hour."""
    found = []
    for number, step in enumerate(steps):
        what, _, reason = step.partition(" ")
        found.append(LogEntry(number, what[1:], at(number), reason or "first", what[0] == "+"))
    return found


@pytest.mark.parametrize(
    ("steps", "begins"),
    [
        (["+A"], None),
        (["+A", "-A restored"], None),
        (["+A", "-A restored", "+A reopened"], 2),
        (["+A", "-A paused", "+A resumed"], None),  # after a pause it goes on
        (["+A", "+B", "-A restored", "+A reopened"], None),  # another alert of the clock lasts
        (["+A", "+B", "-A restored", "-B restored", "+A reopened"], 4),
        (["+A", "-A restored", "+A reopened", "-A paused", "+A resumed"], 2),
        (["+A", "-A restored", "+C"], None),  # another cycle
        (["-A passed", "+A"], None),  # what was only recorded had not begun
    ],
)
def test_a_clock_that_ended_and_fires_again_begins_another_life(steps: list[str], begins: float | None) -> None:
    expected = {} if begins is None else {CLOCK: at(begins)}
    assert lives.later_lives(reversed(log(*steps)), OF) == expected


def test_where_an_alert_first_stands_in_the_log_and_when_it_last_ended_for_good() -> None:
    entries = log("+A", "+B", "-A restored", "+A reopened", "-A withdrawn", "-B paused")
    assert lives.first_entries(reversed(entries)) == {"A": 0, "B": 1}
    assert lives.ended_for_good(reversed(entries)) == {"A": at(4)}


def test_steps_that_began_before_the_present_life_are_of_a_former_one() -> None:
    assert lives.is_of_former_life([at(1), at(5)], at(3))
    assert not lives.is_of_former_life([at(4), at(5)], at(3))
    assert not lives.is_of_former_life([], at(3))
    assert not lives.is_of_former_life([at(1)], None)


# -- pauses ------------------------------------------------------------------------------------------------------------


def moved(*steps: str) -> list[Moved]:
    """`paused`, or `withdrawn paused 3`: one an hour, a withdrawal that of an earlier hour."""
    found = []
    for number, step in enumerate(steps):
        kind, *what = step.split()
        hour = float(what[1]) if what else number
        found.append(Moved(number, kind, f"{what[0]}:" if what else "", at(hour)))
    return found


@pytest.mark.parametrize(
    ("steps", "runs", "expected"),
    [
        (["started"], True, []),
        (["started", "paused", "resumed"], True, [(1, 2)]),
        (["started", "paused"], False, [(1, None)]),
        (["started", "paused"], True, [(1, 9)]),  # it runs, and nothing said so yet
        (["started"], False, [(9, None)]),
        (["started", "met", "reopened", "paused", "resumed"], True, [(1, 2), (3, 4)]),
        (["started", "paused", "withdrawn paused 1"], True, []),
        (["started", "paused", "resumed", "withdrawn resumed 2"], False, [(1, None)]),
        (["started", "crossed", "breached"], True, []),
    ],
)
def test_a_clock_paused_between_what_stopped_it_and_what_let_it_run(
    steps: list[str], runs: bool, expected: Sequence[tuple[float, float | None]]
) -> None:
    wanted = [(at(since), None if until is None else at(until)) for since, until in expected]
    assert list(lives.pauses(reversed(moved(*steps)), runs, at(9))) == wanted


@given(st.lists(st.sampled_from(["started", "paused", "resumed", "met", "reopened"]), max_size=12), st.booleans())
def test_pauses_follow_each_other_as_hour_by_hour(steps: list[str], runs: bool) -> None:
    now = at(len(steps) + 1)
    found = list(lives.pauses(moved(*steps), runs, now))
    stands, naive = False, []
    for step in steps:
        stands = step in ("paused", "met") or (stands and step not in ("started", "resumed", "reopened"))
        naive.append(stands)
    for hour, paused in enumerate(naive):
        within = any(since <= at(hour) and (until is None or at(hour) < until) for since, until in found)
        assert within is paused
    ends: list[datetime | None] = [until for _, until in found]
    assert None not in ends[:-1]
    assert (bool(ends) and ends[-1] is None) is not runs, "it lasts if, and only if, the clock does not run"


# -- steps and what became of them -------------------------------------------------------------------------------------


def test_a_step_was_accepted_when_the_first_of_its_pages_was() -> None:
    assert lives.taken(at(2), []) == Taken(at(2), at(2)), "its receivers had been sent the alert before"
    assert lives.taken(at(2), [(at(1), at(1))]) == Taken(at(2), at(2))
    assert lives.taken(at(2), [(at(2), None), (at(3), None)]) == Taken(at(2), None)
    assert lives.taken(at(2), [(at(2), at(5)), (at(3), at(4))]) == Taken(at(2), at(4))


def page(hour: float, word: Reason = Reason.ESCALATED, ends: bool = False) -> SentPage:
    return SentPage(at(hour), word.value, ends)


@pytest.mark.parametrize(
    ("pages", "firing", "behind"),
    [
        ([page(2)], False, True),
        ([page(2), page(3, Reason.RESTORED, ends=True)], False, False),
        ([page(2)], True, False),
        ([page(2), page(3, Reason.PAUSED, ends=True)], True, True),
        ([page(2, Reason.FIRST)], False, False),  # nobody was called on it
        ([page(0), page(1, Reason.RESTORED, ends=True)], True, False),  # called in a former life
        ([page(0)], False, True),  # of a former life the end is still owed
    ],
)
def test_a_channel_is_behind_if_its_last_page_contradicts_the_alert(
    pages: Sequence[SentPage], firing: bool, behind: bool
) -> None:
    assert lives.is_behind(pages, firing, at(2)) is behind
