"""The notices of one maintenance take effect as they were sent, in whatever order they arrive."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

from monitor.notices.notice import Affected, Impact, Notice, NoticeStatus
from monitor.notices.work import MOST_NOTICES, REMEMBERED, Work, with_notice, work_from_json, work_to_json

SENT = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW = (SENT + 10 * DAY, SENT + 11 * DAY)
FIRST = Notice("zayo", "M1", SENT, 1, NoticeStatus.CONFIRMED, (WINDOW,), (Affected("C1", Impact.OUTAGE),), "7", "x")


def later(days: int, **other: object) -> Notice:
    return replace(FIRST, sent_at=SENT + days * DAY, **other)  # type: ignore[arg-type]


def worked(*notices: Notice) -> Work:
    work: Work | None = None
    for notice in notices:
        work = with_notice(work, notice)
    assert work is not None
    return work


def test_any_order_of_arrival_gives_one_work_and_what_comes_twice_changes_nothing() -> None:
    moved = later(1, status=NoticeStatus.RE_SCHEDULED, windows=((WINDOW[0] + DAY, WINDOW[1] + DAY),), sequence=2)
    off = later(2, status=NoticeStatus.CANCELLED, windows=(), circuits=(), sequence=3)
    found = {worked(*order, *order) for order in permutations((FIRST, moved, off))}
    assert found == {Work((FIRST, moved, off))}
    (one,) = found
    assert with_notice(one, moved) is one
    assert one.opened_at == SENT
    assert one.circuits == ("C1",)


def test_a_lower_revision_that_was_sent_later_is_stale() -> None:
    newest, stale, unnumbered = later(1, sequence=5), later(2, sequence=3), later(3, sequence=-1)
    assert worked(FIRST, newest, stale, unnumbered).effective == (FIRST, newest, unnumbered)


def test_a_work_is_kept_for_a_while_after_its_end() -> None:
    assert not worked(FIRST).over(WINDOW[1] + REMEMBERED)
    assert worked(FIRST).over(WINDOW[1] + REMEMBERED + DAY)


def test_of_many_notices_the_first_and_the_latest_are_kept() -> None:
    work = worked(*(later(number) for number in range(2 * MOST_NOTICES)))
    assert len(work.notices) == MOST_NOTICES
    assert work.notices[0] == FIRST
    assert work.notices[-1] == later(2 * MOST_NOTICES - 1)


def test_a_work_is_plain_json_and_comes_back_unchanged() -> None:
    work = worked(FIRST, later(1, status=NoticeStatus.NO_CHANGE))
    assert work_from_json(json.loads(json.dumps(work_to_json(work)))) == work
