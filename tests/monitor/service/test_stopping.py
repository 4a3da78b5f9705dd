from __future__ import annotations

import threading

from monitor.service import stopping
from monitor.service.stopping import Course, named, spoken


def test_every_part_of_a_stop_is_over_before_the_process_ends_itself() -> None:
    parts = [stopping.GRACE, stopping.THREADS_WITHIN, stopping.PAGE_WITHIN, stopping.DATABASE_WITHIN]
    ends = [stopping.LAST_RESORT, stopping.LAST_RESORT + stopping.SAID_WITHIN, stopping.WITHIN]
    assert [*parts, *ends] == sorted([*parts, *ends])
    assert stopping.WITHIN <= 5


def test_what_is_left_of_a_stop_never_grows_and_is_never_below_zero() -> None:
    course = Course()
    first, second = course.left(5), course.left(5)
    assert 0 <= second <= first <= 5
    assert course.left(0) == 0
    assert Course(20).left(5) > 5


def test_a_thread_has_its_name_for_a_while() -> None:
    before = threading.current_thread().name
    with named("source corp"):
        assert threading.current_thread().name == "source corp"
    assert threading.current_thread().name == before


def test_ctrl_c_is_answered_with_what_is_waited_for_and_what_to_do() -> None:
    assert spoken(()) == "tierwatch stops: this takes 5 s at most; press Ctrl-C again to end at once"
    assert spoken(("channel desk", "source corp")) == (
        "tierwatch stops: waiting for requests of channel desk, source corp (5 s at most);"
        " press Ctrl-C again to end at once"
    )
