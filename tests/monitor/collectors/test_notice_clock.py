"""The notice itself is a clock: counted back from the planned start, stopped by when the notice was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.clock.engine import advance
from monitor.collectors._notice_events import OursOption, changes_of
from monitor.collectors.carrier_notices import MAPPING
from monitor.model import Life, State
from monitor.notices.notice import Affected, Impact, Notice, NoticeStatus
from monitor.notices.work import Work
from tests.support.cases import POLICY, rules

NOTICE = """\
  notice:
    name: {en: Notice, zh: 通告}
    of: change
    ahead_of: planned
    start: [opened]
    stop: [delivered]
    cancel: [cancelled, restored, closed]
    reopen: new_cycle
    budgets: [{when: {tier: gold}, budget: 72h, source: test}]
"""
SENT = datetime(2026, 1, 6, tzinfo=UTC)
OURS = {"zayo": {"C-1": OursOption("noc/our-1", "gold")}}
BOOK = rules(POLICY + NOTICE, MAPPING)


def notice(sent: datetime, status: NoticeStatus, start: datetime) -> Notice:
    window, circuits = (start, start + timedelta(hours=4)), (Affected("C-1", Impact.OUTAGE),)
    return Notice("zayo", "M1", sent, -1, status, (window,), circuits)


def states(now: datetime, *notices: Notice) -> list[tuple[State, Life]]:
    outcome = advance(list(changes_of(Work(notices), "tickets", OURS)), (), BOOK, now)
    return [(one.state, one.life) for one in outcome.readings if one.target.name == "notice"]


@pytest.mark.parametrize(
    ("ahead", "state"), [(73, State.MET), (72, State.MET), (71, State.BREACHED), (-1, State.BREACHED)]
)
def test_a_notice_is_in_time_where_it_was_sent_so_long_ahead(ahead: int, state: State) -> None:
    start = SENT + timedelta(hours=ahead)
    assert states(SENT + timedelta(days=9), notice(SENT, NoticeStatus.CONFIRMED, start)) == [(state, Life.STOPPED)]


def test_a_reminder_owes_nothing_anew() -> None:
    start = SENT + timedelta(hours=80)
    again = notice(start - timedelta(hours=1), NoticeStatus.CONFIRMED, start)
    found = states(start + timedelta(days=1), notice(SENT, NoticeStatus.CONFIRMED, start), again)
    assert found == [(State.MET, Life.STOPPED)]


@pytest.mark.parametrize(("hours", "state"), [(90, State.MET), (30, State.BREACHED)])
def test_work_that_is_moved_needs_a_notice_in_time_of_its_new_start(hours: int, state: State) -> None:
    later = SENT + timedelta(hours=10)
    moved = notice(later, NoticeStatus.RE_SCHEDULED, later + timedelta(hours=hours))
    first = notice(SENT, NoticeStatus.CONFIRMED, SENT + timedelta(hours=80))
    assert states(later + timedelta(days=9), first, moved) == [(State.MET, Life.STOPPED), (state, Life.STOPPED)]


def test_work_that_may_be_done_owes_a_notice_until_it_is_confirmed_or_called_off() -> None:
    start = SENT + timedelta(hours=100)
    perhaps = notice(SENT, NoticeStatus.TENTATIVE, start)
    assert states(SENT + timedelta(hours=1), perhaps) == [(State.RUNNING, Life.RUNNING)]
    assert states(start, perhaps) == [(State.BREACHED, Life.RUNNING)]
    off = notice(SENT + timedelta(hours=2), NoticeStatus.CANCELLED, start)
    assert [life for _, life in states(start, perhaps, off)] == [Life.CANCELLED]
