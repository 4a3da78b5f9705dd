from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.access import Attempts
from monitor.access.attempts import MOST, OF_ACCOUNT, OF_ADDRESS, WITHIN

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NONE = timedelta(0)


def test_an_account_waits_from_anywhere_once_it_has_failed_too_often() -> None:
    attempts = Attempts()
    for number in range(OF_ACCOUNT):
        assert attempts.wait("li.na", f"192.0.2.{number}", NOW) == NONE
        attempts.failed("li.na", f"192.0.2.{number}", NOW + timedelta(seconds=number))
    assert attempts.wait("li.na", "198.51.100.1", NOW + timedelta(seconds=60)) == WITHIN - timedelta(seconds=60)
    assert attempts.wait("wang.wei", "198.51.100.1", NOW) == NONE
    assert attempts.wait("li.na", "198.51.100.1", NOW + WITHIN) == NONE


def test_an_address_waits_for_every_account() -> None:
    attempts = Attempts()
    for number in range(OF_ADDRESS):
        attempts.failed(f"nobody{number}", "192.0.2.1", NOW)
    assert attempts.wait("li.na", "192.0.2.1", NOW) > NONE
    assert attempts.wait("li.na", "192.0.2.2", NOW) == NONE


def test_one_network_of_ipv6_is_one_address() -> None:
    attempts = Attempts()
    for number in range(OF_ADDRESS):
        attempts.failed(f"nobody{number}", f"2001:db8::{number:x}", NOW)
    assert attempts.wait("li.na", "2001:db8::ffff", NOW) > NONE
    assert attempts.wait("li.na", "2001:db8:0:1::1", NOW) == NONE


def test_a_login_forgets_the_failures_of_its_account_and_not_of_its_address() -> None:
    attempts = Attempts()
    for _ in range(OF_ACCOUNT):
        attempts.failed("li.na", "192.0.2.1", NOW)
    attempts.succeeded("li.na")
    assert attempts.wait("li.na", "192.0.2.1", NOW) == NONE
    for number in range(OF_ADDRESS - OF_ACCOUNT):
        attempts.failed(f"nobody{number}", "192.0.2.1", NOW)
    assert attempts.wait("li.na", "192.0.2.1", NOW) > NONE


def test_a_clock_that_was_set_back_lets_nobody_wait_longer() -> None:
    attempts = Attempts()
    for _ in range(OF_ACCOUNT):
        attempts.failed("li.na", "192.0.2.1", NOW)
    assert attempts.wait("li.na", "192.0.2.1", NOW - timedelta(days=400)) == WITHIN


def test_memory_is_bounded_whatever_names_are_tried() -> None:
    attempts = Attempts()
    for number in range(MOST):
        attempts.failed(f"{number}" * 1000, f"10.0.{number // 256}.{number % 256}", NOW)
    assert len(attempts) == MOST
