from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.web import wording
from monitor.alert.alert import Reason
from monitor.model import CircuitState, State
from tests.support.snapshots import AT


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(0), "00:00"),
        (timedelta(seconds=59, microseconds=999_999), "00:59"),
        (timedelta(minutes=12, seconds=3), "12:03"),
        (timedelta(hours=1), "1:00:00"),
        (timedelta(hours=23, minutes=59, seconds=59), "23:59:59"),
        (timedelta(days=2, hours=4, minutes=12, seconds=59), "2 d 04:12"),
        (-timedelta(minutes=12, seconds=3), "12:03"),
    ],
)
def test_a_countdown_is_short(length: timedelta, text: str) -> None:
    assert wording.countdown(length) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0:00:00"),
        (5640, "1:34:00"),
        (100 * 3600 + 1, "100:00:01"),
        (-723, "−0:12:03"),
        (0.25, "0:00:00.25"),
        (-0.5, "−0:00:00.5"),
    ],
)
def test_a_length_in_a_sum_is_exact(seconds: float, text: str) -> None:
    assert wording.exact(seconds) == text


@given(st.lists(st.integers(0, 10**7), min_size=1))
def test_lengths_that_are_read_back_add_up(seconds: list[int]) -> None:
    def read(text: str) -> int:
        hours, minutes, rest = text.split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(rest)

    assert sum(read(wording.exact(each)) for each in seconds) == read(wording.exact(sum(seconds)))


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (-3, "0 s", "0 秒"),
        (119, "119 s", "119 秒"),
        (120, "2 min", "2 分钟"),
        (7200, "2 h", "2 小时"),
        (172800, "2 d", "2 天"),
    ],
)
def test_an_age_is_said_in_the_largest_unit_that_says_enough(seconds: int, english: str, chinese: str) -> None:
    said = wording.age(timedelta(seconds=seconds))
    assert (said.en, said.zh) == (english, chinese)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Asia/Shanghai", "2026-03-02 14:04:05 +08:00"), ("America/St_Johns", "2026-03-02 02:34:05 -03:30"),
        ("UTC", "2026-03-02 06:04:05 +00:00"), ("No/Such", "2026-03-02 06:04:05 +00:00"),
        ("../../etc", "2026-03-02 06:04:05 +00:00"),
    ],
)  # fmt: skip
def test_an_instant_is_local_with_its_offset(zone: str, text: str) -> None:
    assert wording.local(AT, zone) == text


def test_the_offset_is_the_one_that_held_then() -> None:
    assert wording.local(AT + timedelta(days=120), "Europe/Berlin").endswith("+02:00")
    assert wording.local(AT, "Europe/Berlin").endswith("+01:00")


def test_fractions_of_a_second_stay() -> None:
    assert wording.local(AT + timedelta(milliseconds=250), "UTC") == "2026-03-02 06:04:05.25 +00:00"


@pytest.mark.parametrize("url", ["https://desk.example.com/t/1?a=b#c", "http://10.0.0.1:8080/", "HTTPS://desk/x"])
def test_a_web_address_may_be_linked(url: str) -> None:
    assert wording.web_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "/relative",
        "https:",
        "https:///path",
        "http://[",
        "https://a b",
        "https://a\u202eb",
        "vbscript:x",
        "\x01https://a",
        "file:///etc/passwd",
    ],
)
def test_anything_else_is_not(url: str) -> None:
    assert wording.web_url(url) == ""


def test_every_state_has_a_name_in_both_languages() -> None:
    assert set(wording.STATES) == set(State)
    assert set(wording.CIRCUIT_STATES) == set(CircuitState)
    for name in (*wording.STATES.values(), *wording.CIRCUIT_STATES.values(), *wording.LIVES.values()):
        assert name.en.isascii()
        assert not name.zh.isascii()


def test_every_reason_has_a_chinese_word() -> None:
    assert set(wording.REASONS) == {reason.value for reason in Reason}
