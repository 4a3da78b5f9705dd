"""Notices become values, or are refused with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.notices.notice import Affected, Impact, Notice, NoticeStatus, NotUsable, Refused, notices_from

RECEIVED = datetime(2026, 3, 1, 12, tzinfo=UTC)
START, END = datetime(2026, 3, 10, 1, tzinfo=UTC), datetime(2026, 3, 10, 5, tzinfo=UTC)


def parsed(**other: Any) -> dict[str, Any]:
    return {
        "maintenance_id": "M1", "status": "CONFIRMED", "sequence": 2, "start": int(START.timestamp()),
        "end": int(END.timestamp()), "stamp": int(RECEIVED.timestamp()) - 60, "account": "7",
        "circuits": [{"circuit_id": "C1", "impact": "OUTAGE"}], "summary": "work\r\non fibre", **other,
    }  # fmt: skip


def read(*said: dict[str, Any]) -> list[Notice | NotUsable]:
    return notices_from(said, "zayo", RECEIVED)


def refused(**other: Any) -> Refused:
    (found,) = read(parsed(**other))
    assert isinstance(found, NotUsable)
    return found.why


def test_a_notice_has_what_was_parsed() -> None:
    sent = RECEIVED - timedelta(minutes=1)
    circuits = (Affected("C1", Impact.OUTAGE),)
    expected = Notice("zayo", "M1", sent, 2, NoticeStatus.CONFIRMED, ((START, END),), circuits, "7", "work on fibre")
    assert read(parsed()) == [expected]


@pytest.mark.parametrize("said", ["TENTATIVE", "CONFIRMED", "RE-SCHEDULED", "IN-PROCESS", "CANCELLED", "COMPLETED"])
def test_every_status_of_the_standard_is_known(said: str) -> None:
    (found,) = read(parsed(status=said))
    assert isinstance(found, Notice)
    assert found.status.value.replace("_", "-").upper() == said


@pytest.mark.parametrize("said", ["OUTAGE", "DEGRADED", "REDUCED-REDUNDANCY", "NO-IMPACT"])
def test_every_impact_of_the_standard_is_known(said: str) -> None:
    (found,) = read(parsed(circuits=[{"circuit_id": "C1", "impact": said}]))
    assert isinstance(found, Notice)
    assert found.circuits[0].impact.value.replace("_", "-").upper() == said


@pytest.mark.parametrize(
    "other",
    [
        {"start": int(END.timestamp()), "end": int(START.timestamp())},
        {"end": int(START.timestamp())},
        {"start": 0, "end": 1},
        {"end": int((START + timedelta(days=200)).timestamp())},
    ],
)
def test_a_window_that_cannot_be_is_refused_and_a_cancellation_needs_none(other: dict[str, Any]) -> None:
    assert refused(**other) is Refused.BAD_WINDOW
    assert refused(**other, status="COMPLETED") is Refused.BAD_WINDOW
    (cancelled,) = read(parsed(**other, status="CANCELLED", circuits=[]))
    assert isinstance(cancelled, Notice)
    assert (cancelled.windows, cancelled.circuits) == ((), ())


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"maintenance_id": " "}, Refused.NO_ID),
        ({"maintenance_id": "x" * 300}, Refused.NO_ID),
        ({"maintenance_id": 7}, Refused.NO_ID),
        ({"status": "PERHAPS"}, Refused.UNKNOWN_WORD),
        ({"circuits": [{"circuit_id": "C1", "impact": "BAD"}]}, Refused.UNKNOWN_WORD),
        ({"circuits": []}, Refused.NO_CIRCUIT),
        ({"circuits": "C1"}, Refused.NO_CIRCUIT),
        ({"circuits": [{"circuit_id": str(n), "impact": "OUTAGE"} for n in range(5001)]}, Refused.TOO_MANY),
        ({"stamp": None}, Refused.NO_TIME),
        ({"stamp": 10**30}, Refused.NO_TIME),
        ({"start": None}, Refused.NO_TIME),
        ({"start": True}, Refused.NO_TIME),
    ],
)
def test_what_cannot_be_used_says_why(other: dict[str, Any], why: Refused) -> None:
    assert refused(**other) is why


def test_a_notice_was_sent_no_later_than_it_was_received() -> None:
    (found,) = read(parsed(stamp=int(RECEIVED.timestamp()) + 86_400))
    assert isinstance(found, Notice)
    assert found.sent_at == RECEIVED


def test_a_circuit_that_is_named_twice_has_the_worse_impact() -> None:
    both = [{"circuit_id": "C1", "impact": impact} for impact in ("NO-IMPACT", "DEGRADED", "REDUCED-REDUNDANCY")]
    (found,) = read(parsed(circuits=both))
    assert isinstance(found, Notice)
    assert found.circuits == (Affected("C1", Impact.DEGRADED),)


def test_one_mail_that_names_several_windows_of_one_work_is_one_notice() -> None:
    later = [int((at + timedelta(days=1)).timestamp()) for at in (START, END)]
    (found,) = read(parsed(start=later[0], end=later[1]), parsed())
    assert isinstance(found, Notice)
    assert found.windows == ((START, END), (START + timedelta(days=1), END + timedelta(days=1)))


def test_what_is_wrong_of_one_work_leaves_the_others() -> None:
    found = read(parsed(maintenance_id="M0", status="?"), parsed())
    assert [type(one) for one in found] == [NotUsable, Notice]
