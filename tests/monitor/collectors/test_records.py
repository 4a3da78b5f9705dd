from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError

from monitor.collectors._records import BadRecord, Why, ZoneOption, body, instant, kept_aside
from monitor.history.events import Event
from monitor.model import SubjectKind
from tests.support.collecting import NOW

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    "said",
    ["2026-01-01T04:00:00Z", "2026-01-01T04:00:00.000z", "2026-01-01T12:00:00+08:00", "2026-01-01T12:00:00+0800"],
)
def test_a_time_with_a_zone_is_that_instant(said: str) -> None:
    assert instant(said, None, NOW) == datetime(2026, 1, 1, 4, tzinfo=UTC)


def test_a_time_without_zone_is_read_in_the_configured_one() -> None:
    assert instant("2026-01-01 12:00:00", SHANGHAI, NOW) == datetime(2026, 1, 1, 4, tzinfo=UTC)


def test_of_an_hour_that_comes_twice_the_first_is_taken() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert instant("2025-10-26T02:30:00", berlin, NOW) == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("2026-01-01T00:00:00", Why.TIME_WITHOUT_ZONE),
        ("31/02/2026 25:61", Why.BAD_TIME),
        ("2026-02-30T00:00:00Z", Why.BAD_TIME),
        ("2026-01-01", Why.BAD_TIME),
        ("", Why.BAD_TIME),
        (1767225600, Why.BAD_TIME),
        (None, Why.BAD_TIME),
        (["2026-01-01T00:00:00Z"], Why.BAD_TIME),
        ("1970-01-01T00:00:00Z", Why.BAD_TIME),
        ("0001-01-01T00:00:00+14:00", Why.BAD_TIME),
        ("9999-12-31T23:59:59-12:00", Why.BAD_TIME),
        ("2126-01-01T00:00:00Z", Why.BAD_TIME),
    ],
)
def test_a_time_that_cannot_be_used_says_why(said: Any, why: Why) -> None:
    with pytest.raises(BadRecord) as bad:
        instant(said, None, NOW)
    assert bad.value.why is why


def test_an_event_from_the_future_is_kept_with_its_hour() -> None:
    def event(at: datetime) -> Event:
        return Event("corp", "e", SubjectKind.TICKET, "T1", at)

    assert kept_aside(event(NOW + timedelta(minutes=5)), NOW) is None
    ahead = event(NOW + timedelta(minutes=5, seconds=1))
    aside = kept_aside(ahead, NOW)
    assert aside is not None
    assert (aside.reason, aside.rejudge_at, aside.event, aside.record_id) == ("future", ahead.at, ahead, "e")


def test_a_body_is_kept_as_it_came_but_not_without_end() -> None:
    assert body({"客户": "x"}) == '{"客户":"x"}'
    assert len(body("x" * 100_000)) == 16 * 1024


def test_a_zone_option_is_a_name_of_a_zone() -> None:
    option: TypeAdapter[ZoneInfo] = TypeAdapter(ZoneOption)
    assert option.validate_python("Asia/Shanghai") == SHANGHAI
    for wrong in ("Mars/Olympus", "../etc/passwd", 8, ""):
        with pytest.raises(ValidationError, match="is not a time zone"):
            option.validate_python(wrong)
