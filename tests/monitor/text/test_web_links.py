from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import link_without_secrets, web_link, without_secrets
from monitor.text.web_links import LONGEST_LINK
from tests.support.secret_links import SecretLink, secret_links


@pytest.mark.parametrize("url", ["https://desk.example.com/t/1?a=b#c", "http://10.0.0.1:8080/", "HTTPS://desk/x"])
def test_a_web_address_may_be_linked(url: str) -> None:
    assert web_link(url).casefold() == url.casefold()


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
    assert web_link(url) == ""


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://tickets.example/nav_to.do?uri=incident.do%3Fsys_id%3D1", None),
        ("https://tickets.example/browse/OPS-7#comment-3", None),
        ("http://10.0.0.1:8080/show?id=7&lang=zh%20CN", None),
        ("https://me:pw@tickets.example/7", "https://tickets.example/7"),
        ("https://t.example/7?id=7&access_token=x&view=a", "https://t.example/7?id=7&view=a"),
        ("https://t.example/7?key=x", "https://t.example/7"),
        ("https://t.example/go?to=%2Fb%3Fapi_key%3Dx&id=1", "https://t.example/go?id=1"),
        ("https://t.example/a;jsessionid=1F/b?id=1", "https://t.example/a/b?id=1"),
        ("https://t.example/7#access_token=x", "https://t.example/7"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("//t.example/7", ""),
        ("https://t.example/a b", ""),
        ("https://t.example/a\nb", ""),
        ("https://t.example:99999/", ""),
        ("https://t.example/" + "a" * 500, ""),
        ("", ""),
    ],
)
def test_a_sources_link_passes_without_anything_secret_or_not_at_all(url: str, safe: str | None) -> None:
    assert web_link(url) == (url if safe is None else safe)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://t.example/7?API-Key=x&id=7", "https://t.example/7?id=7"),
        ("https://t.example/7?X-Sig=x&id=7", "https://t.example/7?id=7"),
        ("https://t.example/7?a=1;token=x", "https://t.example/7"),
        ("https://t.example/7?%74oken=x&id=7", "https://t.example/7?id=7"),
        ("https://t.example/go?to=%252Fb%253Fapi%25255Fkey%253Dx", "https://t.example/go"),
        ("https://t.example/go?to=https%3A%2F%2Fme%3Apw%40b", "https://t.example/go"),
        ("https://t.example/7?eyJhbGciOi.eyJzdWIiOi.x", "https://t.example/7"),
        ("https://t.example/7#/show?sig=x", "https://t.example/7"),
        ("https://t.example/token=x/7", ""),
        ("https://t.example/https://me:pw@b/", ""),
        ("https://t.example/secretariat/7", None),
    ],
)
def test_a_secret_is_found_in_every_place_of_a_link_that_may_hold_one(url: str, safe: str | None) -> None:
    assert web_link(url) == (url if safe is None else safe)


@given(secret_links())
def test_no_secret_is_left_in_any_link(made: SecretLink) -> None:
    for kept in (web_link(made.url), link_without_secrets(made.url), without_secrets(f"See {made.url}, please.")):
        assert not made.is_in(kept), kept
    assert without_secrets(f"See {made.url} now") != "See  now"


@given(st.text())
def test_text_without_links_stays_as_it_is_and_a_safe_link_stays_safe(text: str) -> None:
    if "://" not in text:
        assert without_secrets(text) == text
    assert without_secrets(without_secrets(text)) == without_secrets(text)
    assert web_link(web_link(text)) == web_link(text)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("/troubleTicket/7?token=x", "/troubleTicket/7"),
        ("me:pw@t.example/7", ""),
        ("//me:pw@t.example/7", ""),
        ("ftp://me:pw@t.example/7", "ftp://t.example/7"),
        ("https://[/7?token=x", ""),
    ],
)
def test_a_link_that_no_browser_opens_loses_its_secrets_too(url: str, safe: str) -> None:
    assert link_without_secrets(url) == safe


def test_a_long_link_is_left_out_for_people_and_kept_as_text() -> None:
    long = "https://t.example/" + "a" * LONGEST_LINK
    assert web_link(long) == ""
    assert without_secrets(f"{long} {long}?token=x") == f"{long} {long}"
