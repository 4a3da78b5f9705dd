"""Languages, lengths, and what a ticket may not do to a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery.templates import Template
from alerts.notifiers._robot import escaped
from alerts.notifiers._words import cut, digest, neutral, packed, plain, utf8, words
from alerts.oncall.ack_links import ANNOTATION
from monitor.alert.alert import Alert, Reason
from monitor.text.one_line import one_line
from tests.support.pages import alert, pages

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
BOTH = Alert(
    {"alertname": "A", "instance": "north"},
    {
        "summary": "INC1: 5m left",
        "summary_zh": "INC1：剩余5分钟",
        "description": "Team: NOC.",
        "description_zh": "责任团队：NOC。",
    },
    NOW,
    link="https://t.example/e/INC1",
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "[ALERT] INC1: 5m left\nTeam: NOC.\nhttps://t.example/e/INC1\ntierwatch · north"),
        ("zh", "【告警】INC1：剩余5分钟\n责任团队：NOC。\nhttps://t.example/e/INC1\ntierwatch · north"),
        ("both", "【告警】INC1：剩余5分钟 / [ALERT] INC1: 5m left\n责任团队：NOC。\n\nTeam: NOC.\n"
         "https://t.example/e/INC1\ntierwatch · north"),
    ],
)  # fmt: skip
def test_a_page_is_in_the_language_that_was_chosen(language: str, text: str) -> None:
    assert words(BOTH, language, neutral).text(2000) == text


def test_an_end_is_marked_as_one() -> None:
    over = BOTH.resolve(NOW, Reason.RESTORED)
    assert words(over, "both", neutral).title == "【解除】INC1：剩余5分钟 / [OVER] INC1: 5m left"


def test_words_that_are_missing_are_taken_from_the_other_language_or_the_labels() -> None:
    english = Alert({"alertname": "A"}, {"summary": "only"}, NOW)
    assert words(english, "zh", neutral).title == "【告警】only"
    assert words(Alert({"alertname": "A"}, {}, NOW), "en", neutral).text(99) == "[ALERT] A\ntierwatch"


def test_a_long_body_is_cut_and_the_link_stays() -> None:
    long = Alert(BOTH.labels, {"summary": "s", "description": "临" * 5000}, NOW, link=BOTH.link)
    text = words(long, "en", neutral).text(2048, utf8)
    assert 2040 < utf8(text) <= 2048
    assert text.endswith("临…\nhttps://t.example/e/INC1\ntierwatch · north")
    assert utf8(words(long, "en", neutral).text(40, utf8)) <= 40


ACK = "https://t.example/acknowledge/" + "eyJhIjoi" + "x" * 150
TAKEN = replace(BOTH, annotations={**BOTH.annotations, ANNOTATION: ACK})


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", f"Acknowledge: {ACK}"),
        ("zh", f"确认：{ACK}"),
        ("both", f"确认 / Acknowledge: {ACK}"),
    ],
)
def test_the_link_to_acknowledge_has_a_line_before_the_explanation(language: str, line: str) -> None:
    lines = words(TAKEN, language, neutral).text(2000).splitlines()
    assert lines[-3:] == [line, "https://t.example/e/INC1", "tierwatch · north"]
    assert words(TAKEN, language, neutral).text(2000).count(ACK) == 1


def test_a_body_that_has_the_link_is_not_given_it_again() -> None:
    said = replace(TAKEN, annotations={**TAKEN.annotations, "description": f"For you.\nAcknowledge: {ACK}"})
    assert words(said, "en", neutral).text(2000).count(ACK) == 1
    written = Template("{{ annotations.acknowledge_url }} please", "test")
    assert words(TAKEN, "en", neutral, written).text(2000).count(ACK) == 1
    silent = Template("{{ annotations.summary }}", "test")
    assert words(TAKEN, "en", neutral, silent).text(2000).count(ACK) == 1


def test_a_template_gets_local_times_of_whole_seconds() -> None:
    began = replace(BOTH, starts_at=NOW.replace(microsecond=123456)).resolve(NOW.replace(second=9), Reason.RESTORED)
    written = Template("{{ starts_at }} {{ starts_at.strftime('%H:%M') }} {{ resolved_at.isoformat() }}", "test")
    body = words(began, "en", neutral, written, "Asia/Shanghai").body
    assert body == "2026-01-05 20:00:00+08:00 20:00 2026-01-05T20:00:09+08:00"
    fires = words(BOTH, "en", neutral, Template("{{ resolved_at }}", "test"), "Asia/Shanghai").body
    assert fires == "None"


def test_what_is_over_asks_nobody_to_acknowledge() -> None:
    assert "cknowledge" not in words(BOTH.resolve(NOW, Reason.RESTORED), "both", neutral).text(2000)


@given(st.integers(0, 800), st.text(max_size=400), st.sampled_from(["zh", "en", "both"]), st.sampled_from([len, utf8]))
def test_a_link_to_acknowledge_is_whole_or_not_there(
    most: int, body: str, language: str, size: Callable[[str], int]
) -> None:
    long = replace(TAKEN, annotations={**TAKEN.annotations, "description": body, "description_zh": body})
    text = words(long, language, neutral).text(most, size)
    assert size(text) <= most
    assert ACK in text or "/acknowledge/" not in text
    assert ACK not in text or BOTH.link in text, "the explanation stays longest"


def test_in_the_shortest_of_chats_a_common_page_has_both_links_whole() -> None:
    said = "承诺对象：广州白云机场股份有限公司。限时4小时恢复（7×24），电路 GZ-SZ-10G-0042，责任团队：深圳接入。\n" * 9
    long = replace(TAKEN, annotations={**TAKEN.annotations, "description": said, "description_zh": said})
    text = words(long, "both", neutral).text(2048, utf8)
    assert ACK in text
    assert BOTH.link in text
    assert "广州白云机场" in text


def test_nothing_in_a_ticket_mentions_anybody_or_hides_an_address() -> None:
    said = '@all <at user_id="all">x</at> <!channel> <@U1> [pay](http://evil.example) `x` \x00\u202e\u2066'
    harmless = neutral(said)
    assert not [bad for bad in ("@", "<", ">", "](", "`", "\x00", "\u202e", "\u2066") if bad in harmless]
    assert "all" in harmless
    hostile = Alert({"alertname": "A", "instance": "@all"}, {"summary": said, "description": said}, NOW)
    assert "@" not in words(hostile, "both", neutral).text(9000)
    assert "@" not in digest(pages(hostile, hostile), "both", neutral, 9000)


@given(st.text(), st.integers(0, 60), st.sampled_from([len, utf8, escaped]))
def test_a_cut_text_is_short_enough_and_whole_characters(text: str, most: int, size: object) -> None:
    assert callable(size)
    text = plain(text)
    made = cut(text, most, size)
    assert made == text or size(made) <= most
    assert made == text or made == "" or (made.endswith("…") and text.startswith(made[:-1]))
    made.encode("utf-8")


def test_an_accent_stays_with_its_letter() -> None:
    assert cut("ab\u0301cdef", 3) == "a…"


def test_one_line_is_one_line() -> None:
    assert one_line(" a\r\nBcc: b\u2028c\tд ") == "a Bcc: b c д"


@given(st.lists(st.integers(1, 300), min_size=1, max_size=40))
def test_digests_hold_every_page_once_in_order_and_fit(lengths: list[int]) -> None:
    given_pages = pages(*(alert(f"INC{n}", link="https://t.example/" + "x" * 20) for n, _ in enumerate(lengths)))
    groups = packed(given_pages, "both", neutral, 1000, utf8)
    assert [page for group in groups for page in group] == given_pages
    for group in groups:
        text = digest(group, "both", neutral, 1000, utf8)
        assert utf8(text) <= 1000
        assert all(f"INC{page.id - 1} " in text for page in group)
