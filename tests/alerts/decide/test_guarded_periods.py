"""The alert of a guarded period: it fires as long as the period holds, and its end says why it ended."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.decide import guarded_periods
from monitor.alert.alert import Alert
from monitor.config import policy_file, yaml_file
from monitor.policy import GuardedPeriod
from tests.monitor.policy.test_guarded import CONGRESS
from tests.support.cases import POLICY, at
from tests.support.counting import CONGRESS as CONGRESS_WITH_DUTY
from tests.support.counting import DAILY, policy_text
from tests.support.desk import SETTINGS

MORE = "    stages: [30%, 2h wall left]\n    budgets: {restore: 40m}\n    ordered_by: order 7\n"
(PERIOD,) = policy_file.build(yaml_file.parse(CONGRESS + MORE + POLICY.lstrip(), "case.yml")).guarded


class Board:
    """What people have been told."""

    def __init__(self) -> None:
        self.known: dict[str, Alert] = {}

    def look(self, now: datetime, *periods: GuardedPeriod) -> list[str]:
        changed = guarded_periods.decide(periods, tuple(self.known.values()), SETTINGS, now)
        self.known |= {alert.key: alert for alert in changed}
        return [f"{'+' if alert.firing else '-'}{alert.labels['period']} {alert.reason}" for alert in changed]

    @property
    def told(self) -> Alert:
        (alert,) = self.known.values()
        return alert


def test_it_fires_from_its_first_instant_up_to_its_end() -> None:
    board = Board()
    assert board.look(at(9, 59), PERIOD) == []
    assert board.look(at(10), PERIOD) == ["+congress first"]
    assert board.told.starts_at == at(10)
    assert board.look(at(19, 59), PERIOD) == []
    assert board.look(at(20), PERIOD) == ["-congress period_over"]
    assert board.look(at(21), PERIOD) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("summary", "Guarded period: Congress, until "),
        ("summary_zh", "重保：大会重保"),
        ("description", "For customer Harbour Bank."),
        ("description", "Served at the tier diamond at least."),
        ("description", "Pages at used_30, wall_2h."),
        ("description", "restore: 40 min."),
        ("description", "Ordered by order 7."),
    ],
)
def test_it_says_for_whom_it_is_and_what_is_different(name: str, words: str) -> None:
    board = Board()
    board.look(at(11), PERIOD)
    assert words in board.told.annotations[name]


def test_it_says_what_is_due_in_it() -> None:
    text = policy_text(DAILY) + CONGRESS_WITH_DUTY
    board = Board()
    board.look(datetime(2026, 3, 3, tzinfo=UTC), *policy_file.build(yaml_file.parse(text, "case.yml")).guarded)
    assert "Due in it: Daily report." in board.told.annotations["description"]
    assert "期间须按期完成：重保日报。" in board.told.annotations["description_zh"]


def test_another_end_in_the_policy_is_told_as_other_words_of_the_same_alert() -> None:
    board = Board()
    board.look(at(11), PERIOD)
    assert board.look(at(12), replace(PERIOD, until=at(13))) == ["+congress reworded"]
    assert board.look(at(13), replace(PERIOD, until=at(13))) == ["-congress period_over"]
    assert board.look(at(14), PERIOD) == ["+congress reopened"]


def test_a_period_that_is_taken_out_of_the_policy_or_put_off_is_withdrawn() -> None:
    board, other = Board(), Board()
    for one in (board, other):
        one.look(at(11), PERIOD)
    assert board.look(at(12)) == ["-congress withdrawn"]
    assert other.look(at(12), replace(PERIOD, since=at(15))) == ["-congress withdrawn"]


def test_a_restart_after_the_end_still_tells_the_end() -> None:
    board = Board()
    board.look(at(11), PERIOD)
    assert board.look(at(30), PERIOD) == ["-congress period_over"]
    assert "usual levels, figures and stages hold again" in board.told.annotations["summary"]
