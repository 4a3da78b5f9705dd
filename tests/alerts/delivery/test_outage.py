from __future__ import annotations

from datetime import timedelta

import pytest

from alerts.delivery.outage import OF_ONE_PAGE, Outage, of_the_receiver
from monitor.alert.alert import Result, Verdict
from tests.support.cases import at
from tests.support.pages import alert, page

NOW = at(12)
SECOND = timedelta(seconds=1)


def wait(failures: int) -> timedelta:
    return SECOND * 2**failures


def test_a_receiver_that_takes_nothing_is_left_alone_longer_each_time() -> None:
    outage = Outage()
    now = NOW
    for failures in range(4):
        outage = outage.probe().failed(None, now, wait)
        assert outage.closed(now)
        assert outage.opens_at(now) - now == SECOND * 2**failures
        now = outage.opens_at(now)
        assert not outage.closed(now)


def test_after_the_wait_one_page_tries_and_the_others_wait_for_it() -> None:
    outage = Outage().failed(None, NOW, wait).probe()
    assert outage.closed(NOW + 60 * SECOND)
    assert not outage.unknown().closed(NOW + 60 * SECOND), "nobody knows what became of it: another may try"


def test_failures_of_pages_that_were_under_way_already_count_once() -> None:
    first = Outage().failed(None, NOW, wait)
    assert first.failed(None, NOW, wait) == first


def test_what_the_receiver_asks_for_is_waited_for() -> None:
    assert Outage().failed(NOW + 90 * SECOND, NOW, wait).opens_at(NOW) == NOW + 90 * SECOND


@pytest.mark.parametrize("reason", sorted(OF_ONE_PAGE))
def test_a_failure_that_may_be_about_one_page_holds_no_other(reason: str) -> None:
    sent = page(alert())
    assert not of_the_receiver(Result(sent, Verdict.RETRY, reason))


def test_refused_accepted_and_untried_pages_say_nothing_of_the_receiver() -> None:
    sent = page(alert())
    assert not of_the_receiver(Result(sent, Verdict.REFUSED, "refused"))
    assert not of_the_receiver(Result(sent, Verdict.ACCEPTED))
    assert not of_the_receiver(Result(sent, Verdict.RETRY, "paced", tried=False))
    assert of_the_receiver(Result(sent, Verdict.RETRY, "timeout"))
