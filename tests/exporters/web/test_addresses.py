"""Whoever chooses a language or a zone comes back to the page that was read: with its filter, its order and its place.

`FILTERED` names each page with every parameter that it understands; a page that is added must be added there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit

import pytest
import requests
from starlette.requests import Request

from exporters.web import addresses, navigation
from exporters.web.app import build_app
from exporters.web.serve import Server
from tests.support.html_tree import Element, tree
from tests.support.whole_site import CIRCUIT, TICKET, Whole

PLACE = '[0,1772431701000000,"corp","TT1 & co/ü",' + '"restore",1]'
FILTERED = {
    "": {},
    "clocks": {
        "tier": "gold", "target": "restore", "state": "at_risk", "source": "corp", "customer": "A & B = \"C\" 银行",
        "subject": "TT+1%", "sort": "opened", "after": PLACE, "down": "1",
    },
    "causes": {"after": "0/a%2Fb/12/c%201"},
    "pages": {
        "what": "withheld", "tier": "gold", "channel": "phone/1", "team": "noc", "subject": "corp/a/b?c#d",
        "before": "41",
    },
    "oncall": {"week": "-3"},
    "circuits": {
        "state": "degraded", "tier": "gold", "assurance": "AA", "source": "corp 1", "after": "1/2/a/b%2Fc/d",
    },
    "sources": {"source": "corp 1", "reason": "no_zone", "after": "corp/no_zone/7"},
    TICKET: {},
    CIRCUIT: {},
    "login": {"page": "clocks?tier=gold&sort=opened"},
}  # fmt: skip
READ = re.compile(r'(?:query_params\.get|parameters\.get|_text|_number|_parts)\((?:request, )?"(\w+)"')


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    whole = Whole()
    server = Server(build_app(whole.with_logins()), "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


def address(page: str) -> str:
    return page + (f"?{urlencode(FILTERED[page])}" if FILTERED[page] else "")


def shown(url: str, page: str, **more: str) -> Element:
    asked = "&".join(part for part in (urlencode(FILTERED[page]), urlencode(more)) if part)
    answer = requests.get(urljoin(url, page) + (f"?{asked}" if asked else ""), timeout=60)
    assert answer.status_code == 200, answer.text
    return tree(answer.text)


def parts(relative: str) -> tuple[str, list[tuple[str, str]]]:
    """Where an address leads, and with which parameters."""
    split = urlsplit(relative)
    return split.path, parse_qsl(split.query, keep_blank_values=True)


def test_every_page_and_every_parameter_that_a_page_reads_is_tried() -> None:
    assert {page.path for page in navigation.PAGES} <= FILTERED.keys()
    folder = Path(addresses.__file__).parent
    read = {name for module in folder.glob("*.py") for name in READ.findall(module.read_text(encoding="utf-8"))}
    assert {"tier", "week", "what", "before"} <= read, "the pattern finds what is read"
    tried = {name for given in FILTERED.values() for name in given}
    assert read - tried - addresses.CHOSEN == {"format"}, "a form of the answer, and no page"


@pytest.mark.parametrize("chosen_before", [{}, {"language": "en", "zone": "UTC"}], ids=["plain", "by the address"])
@pytest.mark.parametrize("page", FILTERED)
def test_another_language_shows_the_same(url: str, page: str, chosen_before: dict[str, str]) -> None:
    links = shown(url, page, **chosen_before).first("nav", "languages").all("a")
    assert links
    for link in links:
        sent = requests.get(
            urljoin(urljoin(url, page), str(link.attributes["href"])), timeout=60, allow_redirects=False
        )
        assert (sent.status_code, "set-cookie" in sent.headers) == (303, True)
        assert parts(sent.headers["location"]) == parts(address(page) or "./")


@pytest.mark.parametrize("chosen_before", [{}, {"language": "en", "zone": "UTC"}], ids=["plain", "by the address"])
@pytest.mark.parametrize("page", [page for page in FILTERED if page != "login"])
def test_another_zone_shows_the_same(url: str, page: str, chosen_before: dict[str, str]) -> None:
    link = shown(url, page, **chosen_before).first("a", "zone").attributes["href"]
    form_page = tree(requests.get(urljoin(urljoin(url, page), str(link)), timeout=60).text)
    fields = {one.attributes["name"]: one.attributes["value"] for one in form_page.first("form", "zone").all("input")}
    usual = form_page.first("main").all("a")[0].attributes["href"]
    for way in (f"zone?{urlencode({**fields, 'zone': 'America/Lima'})}", str(usual)):
        sent = requests.get(urljoin(url, way), timeout=60, allow_redirects=False)
        assert parts(sent.headers["location"]) == parts(address(page) or "./")


@pytest.mark.parametrize("page", [page for page in FILTERED if page != "login"])
def test_a_login_leads_back_to_the_same(url: str, page: str) -> None:
    link = shown(url, page).first("p", "person").first("a").attributes["href"]
    form = tree(requests.get(urljoin(urljoin(url, page), str(link)), timeout=60).text).first("form")
    path, asked = parts(str(form.attributes["action"]))
    back = dict(asked).get("page", "")
    assert (path, parts(back)) == ("./login", parts(address(page)))


def asked_for(path: str, query: str) -> Request:
    return Request(
        {"type": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(), "headers": []}
    )


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        ("/clocks", "tier=a&language=zh&zone=UTC&sort=opened", "clocks?tier=a&sort=opened"),
        ("/clocks", "%6Canguage=zh&l%61nguage=en", "clocks"),
        ("/clocks", "customer=" + "x" * 3000, "clocks"),
        ("/clocks", "customer=a|b\\c\r\nset-cookie: a=b", "clocks?customer=a%7Cb%5Cc%0D%0Aset-cookie:%20a=b"),
        ("/clocks", "&&", "clocks"),
        ("/", "", ""),
        ("/", "x=1", "?x=1"),
        ("/page", "kiosk&language=en", ""),
        ("/acknowledge/secret", "", ""),
        ("/explain/corp/T1", "format=html", "explain/corp/T1"),
    ],
)
def test_what_is_come_back_to(path: str, query: str, expected: str) -> None:
    found = addresses.here(asked_for(path, query))
    assert found == expected
    assert addresses.back(found).removeprefix("./") == expected


@pytest.mark.parametrize(
    "page",
    [
        "clocks?x=\r\nset-cookie: a=b", "clocks?x=\n", "clocks?", "clocks?x#y", "clocks?x y", "clocks/../x?a=b",
        "//evil.example?a", "https://evil.example/?clocks", "?x\\y", "acknowledge/token?a=b", "clocks?" + "x" * 5000,
        "explain/corp/T1?x=1", "zone?page=clocks", "language?page=clocks",
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_ours_leads_to_the_first_page(page: str) -> None:
    assert addresses.back(page) == "./"


def test_a_page_that_stands_in_no_link_keeps_its_own_parameters() -> None:
    request = asked_for("/acknowledge/secret", "by=a%26b&language=zh&zone=UTC")
    assert addresses.own(request) == "by=a%26b"
    assert addresses.own(request, "by") == ""
    assert quote("a&b") in addresses.own(request)
