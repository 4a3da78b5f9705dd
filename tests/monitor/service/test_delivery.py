from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.alert.alert import Channel, Delivery, Page, Result
from monitor.service.delivery import MOST_AT_ONCE, QUICK, SLOW, Line, line_of

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class OneByOne:
    """A notifier for which each page is a request of its own."""

    batch = 1

    def channels(self, receiver: str) -> tuple[Channel, ...]:
        return (Channel(receiver, Delivery.QUEUE),)

    def send(self, pages: Sequence[Page], now: datetime) -> Sequence[Result]:
        return []


class Together(OneByOne):
    """One that puts pages together itself."""

    batch = 30


def line(notifier: OneByOne | None = None) -> Line:
    return line_of(Channel("hook", Delivery.QUEUE), [notifier or OneByOne()])


@pytest.mark.parametrize("each", [0.001, 0.004, 0.02, 0.05, 0.2, 1.0, 30.0])
def test_a_round_takes_as_many_pages_as_are_sent_while_a_breach_can_wait(each: float) -> None:
    one = line()
    for _ in range(50):
        one.took(one.most, one.most * each)
    assert one.most == 1 or one.most * each <= SLOW
    assert one.most == MOST_AT_ONCE or one.most * each >= QUICK


def test_a_receiver_that_becomes_slow_is_given_fewer_pages_and_a_round_that_is_not_full_says_nothing() -> None:
    one = line()
    for _ in range(10):
        one.took(one.most, 0.01)
    assert one.most == MOST_AT_ONCE
    one.took(3, 2.0)
    assert one.most == MOST_AT_ONCE // 2
    one.took(3, 0.01)
    assert one.most == MOST_AT_ONCE // 2


def test_while_a_receiver_takes_nothing_one_page_tries() -> None:
    one = line()
    one.took(1, 0.01)
    one.outage = replace(one.outage, failures=2, until=NOW + timedelta(minutes=1))
    assert one.most == 1


def test_a_notifier_that_puts_pages_together_is_given_what_it_asks_for() -> None:
    one = line(Together())
    one.took(30, 0.01)
    assert one.most == 30
