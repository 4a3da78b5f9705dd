"""iCalendars of hostile or careless programs: reading them ends, and says what was wrong."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.ical import Feed, Why, WrongFeed, read
from monitor.ical.entries import LARGEST


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{body}END:VCALENDAR\r\n".encode()


def found(content: bytes) -> Feed:
    return read(content, date(2000, 1, 1), date(2061, 1, 1))


GOOD = "UID:good\r\nDTSTART;VALUE=DATE:20260101\r\nSUMMARY:good"


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=7", "FREQ=DAILY;BYHOUR=0,1,2,3,4,5;BYMINUTE=0,10,20,30,40,50"],
)
def test_an_event_of_every_moment_is_left_out(rule: str) -> None:
    feed = found(calendar(GOOD, f"UID:1\r\nDTSTART:20260101T000000Z\r\nDURATION:PT1S\r\nRRULE:{rule}\r\nSUMMARY:often"))
    assert [entry.uid for entry in feed.entries] == ["good"]
    assert [(one.name, one.why) for one in feed.unusable] == [("often", "that repeats more often than every hour")]


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("20000101T000000Z\r\nRRULE:FREQ=HOURLY", "that repeats more than 30,000 times"),
        ("20000101T000000Z\r\nRRULE:FREQ=HOURLY;COUNT=1000000000", "that repeats more than 30,000 times"),
        ("20000101T000000Z\r\nRRULE:FREQ=HOURLY;UNTIL=20900101T000000Z", "that repeats more than 30,000 times"),
        ("20000101T000000Z\r\nRRULE:FREQ=HOURLY;INTERVAL=2", "that repeats more than 30,000 times"),
        ("20000101T000000Z\r\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4", "that repeats more than 30,000 times"),
        ("16010101T000000Z\r\nRRULE:FREQ=HOURLY;UNTIL=20000401T000000Z", "that repeats more than 300,000 times since"),
    ],
)
def test_a_rule_is_followed_for_a_bounded_number_of_times_and_the_others_stay(rule: str, why: str) -> None:
    feed = found(calendar(GOOD, f"UID:1\r\nDURATION:PT1M\r\nSUMMARY:often\r\nDTSTART:{rule}"))
    assert [entry.uid for entry in feed.entries] == ["good"]
    ((name, said),) = ((one.name, one.why) for one in feed.unusable)
    assert name == "often"
    assert said.startswith(why)


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=HOURLY;COUNT=30",
        "FREQ=HOURLY;UNTIL=20260102T050000Z",
        "FREQ=DAILY;COUNT=30",
        "FREQ=HOURLY;INTERVAL=1;COUNT=30",
    ],
)
def test_a_rule_within_the_bound_is_followed_to_its_end(rule: str) -> None:
    feed = found(calendar(f"UID:1\r\nDURATION:PT1M\r\nSUMMARY:often\r\nDTSTART:20260101T000000Z\r\nRRULE:{rule}"))
    assert (len(feed.entries), feed.unusable) == (30, ())


def test_within_the_dates_of_a_rota_an_hourly_rule_is_within_the_bound() -> None:
    content = calendar("UID:1\r\nDURATION:PT1H\r\nSUMMARY:li\r\nDTSTART:20250101T000000Z\r\nRRULE:FREQ=HOURLY")
    assert len(read(content, date(2026, 1, 1), date(2026, 3, 1)).entries) in range(59 * 24, 59 * 24 + 2)


@pytest.mark.parametrize(
    "events",
    [
        ["DTSTART:20000101T000000Z\r\nDURATION:PT1M\r\nRRULE:FREQ=DAILY"] * 40,
        ["DTSTART;VALUE=DATE:20000101\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"] * 40,
        ["DTSTART;VALUE=DATE:20260101"] * 40_000,
    ],
    ids=["many rules", "rules that never hold", "many events"],
)
def test_what_would_take_for_ever_is_given_up(events: list[str]) -> None:
    content = calendar(*(f"UID:{number}\r\n{event}" for number, event in enumerate(events)))
    with pytest.raises(WrongFeed, match=r"too long|more than 30,000 entries") as caught:
        found(content)
    assert caught.value.why is Why.TOO_MUCH


def test_a_file_that_is_too_large_is_not_read() -> None:
    with pytest.raises(WrongFeed, match="more than 5,000,000 bytes"):
        found(b" " * (LARGEST + 1))


def test_parts_that_are_nested_too_deeply_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.ical._expand.expanded", lambda *_: pytest.fail("it was parsed"))
    with pytest.raises(WrongFeed, match="nested more than 16 levels deep") as caught:
        found(b"BEGIN:VCALENDAR\r\n" * 2000 + b"END:VCALENDAR\r\n" * 2000)
    assert caught.value.why is Why.TOO_MUCH


@pytest.mark.parametrize("content", [b"", b"hello", b"RRULE", b"\xff\xfe\x00 rule", b"BEGIN:VCALENDAR\r\n"])
def test_what_is_no_calendar_is_said_in_one_line(content: bytes) -> None:
    with pytest.raises(WrongFeed) as caught:
        found(content)
    assert caught.value.why is Why.NOT_ONE
    assert caught.value.detail.isprintable()


def test_a_rule_that_cannot_be_followed_leaves_the_other_events() -> None:
    wrong = "UID:1\r\nDTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY;UNTIL=20260201T000000Z;COUNT=-3\r\nSUMMARY:wrong"
    feed = found(calendar(GOOD, wrong))
    assert "good" in [entry.uid for entry in feed.entries]
