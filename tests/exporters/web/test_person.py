"""Every page says who is logged in, and offers the way in or out that there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_network

import pytest
import requests

from exporters.web import navigation
from exporters.web.app import build_app
from exporters.web.serve import Server
from exporters.web.who import COOKIE, Gate, Session
from monitor.access import LoggedInBy, Principal, Role
from tests.support.html_tree import Element, tree
from tests.support.whole_site import CIRCUIT, TICKET, Whole

PAGES = (*(page.path for page in navigation.PAGES), TICKET, CIRCUIT, "zone", "logout", "nowhere", "page")
HOSTILE = '<b>li</b>"&\u202e'
PROXY = {"x-remote-user": "wang.wei"}


def principal(name: str, by: LoggedInBy) -> Principal:
    return Principal(name, frozenset({Role.NOC}), by=by)


class Site:
    """A running site; whether anybody could log in can be changed, and how often that was asked is counted."""

    def __init__(self) -> None:
        self.offered, self.asked, self.url = True, 0, ""

    def offers(self) -> bool:
        self.asked += 1
        return self.offered

    def person(self, path: str, headers: dict[str, str] | None = None, session: str = "") -> Element | None:
        """What the page says of who reads it; None where it says nothing."""
        cookies = {COOKIE: session} if session else {}
        answer = requests.get(self.url + path, headers=headers, cookies=cookies, timeout=60)
        found = tree(answer.text).all("p", "person")
        assert len(found) <= 1
        return found[0] if found else None


def session(word: str) -> Session | None:
    known = {
        "li": ("li.na", LoggedInBy.PASSWORD),
        "oidc": ("zhang", LoggedInBy.OIDC),
        "x": (HOSTILE, LoggedInBy.PASSWORD),
    }
    return Session(principal(*known[word]), "form") if word in known else None


def proxied(name: str, _: Sequence[str]) -> Principal:
    return principal(name, LoggedInBy.PROXY)


@pytest.fixture(scope="module")
def running() -> Iterator[Site]:
    site, views = Site(), Whole().with_logins()
    assert views.login is not None
    loopback = (ip_network("127.0.0.0/8"),)
    gate = Gate(session=session, proxied=proxied, proxies=loopback, user_header="x-remote-user")
    server = Server(
        build_app(replace(views, login=replace(views.login, offered=site.offers), gate=gate)), "127.0.0.1", 0
    )
    server.start()
    site.url = server.url
    yield site
    server.stop()


@pytest.fixture
def site(running: Site) -> Site:
    running.offered, running.asked = True, 0
    return running


@pytest.mark.parametrize("path", [page for page in PAGES if page != "page"])
def test_every_page_says_who_is_logged_in_and_leads_out(site: Site, path: str) -> None:
    for word, name in (("li", "li.na"), ("oidc", "zhang")):
        said = site.person(path, session=word)
        assert said is not None
        assert name in said.text
        (link,) = said.all("a")
        assert (link.text, str(link.attributes["href"]).replace("../", "./")[-8:]) == ("Log out", "./logout")
    assert site.asked == 0, "the store is not asked for somebody who is logged in"


@pytest.mark.parametrize("path", [page for page in PAGES if page != "page"])
def test_whoever_is_nobody_is_offered_the_login_where_somebody_can_log_in(site: Site, path: str) -> None:
    said = site.person(path)
    assert said is not None
    (link,) = said.all("a")
    assert link.text == "Log in"
    site.offered = False
    assert site.person(path) is None


def test_the_page_to_log_in_offers_no_login_and_the_wall_screen_nothing(site: Site) -> None:
    assert site.person("login") is None
    assert site.person("?kiosk") is None
    assert site.person("page") is None, "the part that is renewed has no navigation"
    assert site.asked == 0


def test_whom_a_proxy_vouches_for_is_named_and_logs_out_there(site: Site) -> None:
    said = site.person("", PROXY)
    assert said is not None
    assert (said.all("a"), "wang.wei" in said.text) == ([], True)


def test_a_site_without_a_login_offers_none() -> None:
    server = Server(build_app(Whole().views), "127.0.0.1", 0)
    server.start()
    try:
        assert tree(requests.get(server.url, timeout=60).text).all("p", "person") == []
    finally:
        server.stop()


def test_a_name_is_text_and_turns_nothing_around(site: Site) -> None:
    said = site.person("", session="x")
    assert said is not None
    assert said.all("b") == []
    assert '<b>li</b>"&' in said.text
    assert "\u202e" not in said.text


def test_no_other_site_logs_anybody_out(site: Site) -> None:
    """A browser sends no cookie with the form of another site, and would take an empty one from the answer."""
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        sent = requests.post(f"{site.url}logout", headers=headers, timeout=60, allow_redirects=False)
        assert (sent.status_code, "set-cookie" in sent.headers) == (403, False)
    plain = requests.post(f"{site.url}logout", timeout=60, allow_redirects=False)
    assert (plain.status_code, "set-cookie" in plain.headers) == (303, False)
