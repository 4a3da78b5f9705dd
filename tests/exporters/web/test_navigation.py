"""Every page links to every page that this site serves, from one list, and says which one it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from exporters.web import navigation
from exporters.web.addresses import back
from tests.exporters.web.explained import explained

LINK = re.compile(r'<li><a href="([^"]*)"( aria-current="page")?>')


def linked(html: str) -> list[tuple[str, bool]]:
    """Where the navigation of a page leads, and whether that is the page itself."""
    inside = re.search(r'<nav class="pages".*?</nav>', html, re.S)
    assert inside is not None
    return [(href, bool(current)) for href, current in LINK.findall(inside[0])]


def test_a_page_is_linked_where_the_site_serves_it() -> None:
    assert navigation.served({"/", "/metrics"}) == navigation.PAGES[:1]
    assert navigation.served({f"/{page.path}" for page in navigation.PAGES}) == navigation.PAGES
    assert navigation.served(set()) == ()


def test_a_page_says_which_of_the_pages_it_is(site: Any) -> None:
    site.said = explained()
    assert ("./", True) in linked(site.get("/").text)
    below = linked(site.get("/explain/corp/TT1").text)
    assert below[0] == ("../../", False)
    assert not any(current for _, current in below)


@pytest.mark.parametrize("page", [page.path for page in navigation.PAGES])
def test_whoever_chooses_a_language_comes_back_to_the_page(page: str) -> None:
    assert back(page) == (page or "./")


def test_what_is_no_page_leads_to_the_first() -> None:
    assert [back(path) for path in ("metrics", "clocks/../x", "//evil.example", "explain", "subjects")] == ["./"] * 5
