from __future__ import annotations

from datetime import timedelta

import pytest

from exporters.web import wording
from monitor.alert.alert import Reason
from monitor.explain import alert_sentences, sentences
from monitor.messages import text as in_language
from monitor.model import CircuitState, State


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
    assert in_language(wording.countdown(length), "en") == text


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
    age = wording.age(timedelta(seconds=seconds))
    assert (in_language(age, "en"), in_language(age, "zh")) == (english, chinese)


def test_every_state_has_a_name_in_both_languages() -> None:
    for name in (*map(sentences.state, State), *map(wording.circuit_state, CircuitState)):
        assert in_language(name, "en").replace(" ", "").isalpha()
        assert in_language(name, "en").isascii()
        assert not in_language(name, "zh").isascii()


def test_every_reason_has_a_chinese_word_and_the_english_one_of_the_log() -> None:
    for reason in Reason:
        assert in_language(alert_sentences.reason(reason.value), "en") == reason.value
        assert not in_language(alert_sentences.reason(reason.value), "zh").isascii()


def test_a_long_countdown_names_its_days_in_the_language_of_the_page() -> None:
    assert in_language(wording.countdown(timedelta(days=2, hours=4, minutes=12)), "zh") == "2 天 04:12"
