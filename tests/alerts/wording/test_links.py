from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.wording import links
from monitor.model import SubjectKey


def test_both_parts_of_an_explanation_are_encoded() -> None:
    key = SubjectKey("tickets", "a/b c?d#e%f单")
    assert (
        links.explanation("https://tw.example/base/", key)
        == "https://tw.example/base/explain/tickets/a%2Fb%20c%3Fd%23e%25f%E5%8D%95"
    )


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_any_subject_stays_one_part_of_the_path(subject: str) -> None:
    parts = urlsplit(links.explanation("http://tw", SubjectKey("s", subject))).path.split("/")
    assert parts[:3] == ["", "explain", "s"]
    assert [unquote(part) for part in parts[3:]] == [subject]


@pytest.mark.parametrize(
    "page_url", ["", "  ", "ftp://tw", "javascript:alert(1)", "http://", "http://tw:port", "http://["]
)
def test_without_an_address_there_is_no_link(page_url: str) -> None:
    assert links.explanation(page_url, SubjectKey("s", "1")) == ""
    assert links.home(page_url) == ""


def test_our_own_address_loses_its_sign_in_and_query() -> None:
    assert links.home("https://me:pw@[::1]:8321/x/?token=1") == "https://[::1]:8321/x/"
