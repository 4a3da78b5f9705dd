from datetime import UTC, datetime, timedelta

import pytest

from monitor.simulator.failures import Failure, FailureRefused, Failures

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_a_failure_ends_by_itself() -> None:
    failures = Failures()
    assert failures.order(b'{"tickets": "503", "seconds": 20}', NOW) == {"tickets": "503", "circuits": "none"}
    assert failures.of("tickets", NOW + timedelta(seconds=19)) is Failure.UNAVAILABLE
    assert failures.of("tickets", NOW + timedelta(seconds=20)) is Failure.NONE


def test_a_failure_is_taken_back() -> None:
    failures = Failures()
    failures.order(b'{"tickets": "hang"}', NOW)
    failures.order(b'{"tickets": "none"}', NOW)
    assert failures.of("tickets", NOW) is Failure.NONE


def test_surfaces_fail_apart() -> None:
    failures = Failures()
    failures.order(b'{"circuits": "truncate"}', NOW)
    assert failures.of("circuits", NOW) is Failure.TRUNCATE
    assert failures.of("tickets", NOW) is failures.of(None, NOW) is Failure.NONE


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"no json", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not an object"),
        (b'{"pages": "503"}', "not an object"),
        (b'{"tickets": "418"}', "a failure is one of"),
        (b'{"tickets": 503}', "a failure is one of"),
        (b'{"tickets": ["503"]}', "a failure is one of"),
        (b'{"tickets": "503", "seconds": 601}', "seconds"),
        (b'{"tickets": "503", "seconds": 0}', "seconds"),
        (b'{"tickets": "503", "seconds": NaN}', "seconds"),
        (b'{"tickets": "503", "seconds": true}', "seconds"),
        (b'{"tickets": "503", "seconds": "9"}', "seconds"),
    ],
)
def test_an_order_not_understood_is_refused_and_changes_nothing(body: bytes, says: str) -> None:
    failures = Failures()
    with pytest.raises(FailureRefused, match=says):
        failures.order(body, NOW)
    assert failures.of("tickets", NOW) is Failure.NONE
