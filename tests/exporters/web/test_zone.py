"""The times of every page are in one zone, the installation's or that of its reader; it is named beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote
from zoneinfo import ZoneInfo

import pytest

from exporters.web.acknowledgement import AcknowledgementActions, AlertToAcknowledge
from exporters.web.app import Views, build_app
from exporters.web.headers import FORM_POLICY
from exporters.web.serve import Server
from exporters.web.zone import COOKIE
from monitor.explain import Acknowledgement
from monitor.model import Name
from monitor.text import shown_time, shown_zone, zones_listed
from tests.exporters.web.explained import explained
from tests.exporters.web.test_language import EXPLANATION, Reader
from tests.support import snapshots
from tests.support.html_tree import tree
from tests.support.snapshots import AT

USUAL, OTHER = "Asia/Shanghai", "America/St_Johns"
PAGES = ("/", "/page", EXPLANATION, "/acknowledge/good")
LINK = re.compile(r'href="((?:\.\./)*|\./)zone\?page=([^"]*)"')
OFFSET = re.compile(r"(?:\d\d:\d\d:\d\d|\d-\d\d \d\d:\d\d)([+-]\d\d:\d\d|Z)")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    held = Acknowledgement(AT, "zhang", "link", "", AT + timedelta(hours=1))
    asked = AlertToAcknowledge(Name("T1 Restoration", "T1 故障恢复"), "k1", "zhang", acknowledged=(held,))
    desk, said = AcknowledgementActions(lambda _: asked, lambda *_: asked, lambda *_: asked), explained()
    views = Views(snapshots.example, lambda *_: said, lambda: AT, lambda: (True, ""), desk, zone=USUAL)
    server = Server(build_app(views), "127.0.0.1", 0)
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def reader(url: str) -> Reader:
    return Reader(url)


def text(page: str) -> str:
    """What people read of a page: no list of zones to choose from."""
    return tree(re.sub(r"<select.*?</select>", "", page, flags=re.DOTALL)).text


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("zone", [USUAL, OTHER, "UTC"])
def test_every_time_of_a_page_is_in_one_zone_and_the_zone_is_named(reader: Reader, path: str, zone: str) -> None:
    shown = text(reader.get(path if zone == USUAL else f"{path}?zone={quote(zone)}").text)
    assert shown_zone(zone, AT) in shown
    at = AT.astimezone(ZoneInfo(zone))
    offset = f"{at:%z}"
    assert set(OFFSET.findall(shown)) <= {f"{offset[:3]}:{offset[3:]}"}
    stated = shown_time(explained().at, zone) if path == EXPLANATION else f"{at:%H:%M:%S}"
    assert stated in shown


def test_the_choice_is_made_on_a_form_and_kept(reader: Reader) -> None:
    base, page = LINK.findall(reader.get(EXPLANATION).text)[0]
    assert base == "../../"
    form = reader.get(f"/zone?page={page}")
    assert form.headers["content-security-policy"] == FORM_POLICY
    choices = [one.text.strip() for one in tree(form.text).all("option")]
    assert tuple(choices) == zones_listed()
    assert tree(form.text).first("a").attributes["href"] == "./"
    (back,) = re.findall(r'name="page" value="([^"]*)"', form.text)
    assert back == unquote(page) == EXPLANATION[1:]
    chosen = reader.get("/zone", params={"zone": OTHER, "page": back})
    assert (chosen.status_code, chosen.headers["location"]) == (303, EXPLANATION[1:])
    assert chosen.headers["set-cookie"] == f"{COOKIE}={OTHER}; Max-Age=31536000; SameSite=Lax; HttpOnly"
    for path in PAGES:
        assert shown_zone(OTHER, AT) in text(reader.get(path).text)
        assert reader.get(path).headers["vary"].startswith("Cookie")
    again = reader.get("/zone?zone=&page=")
    assert (again.status_code, again.headers["location"]) == (303, "./")
    assert "Max-Age=0" in again.headers["set-cookie"]
    assert shown_zone(USUAL, AT) in text(reader.get("/").text)


@pytest.mark.parametrize(
    "value",
    [
        "Asia", "asia/shanghai", "Asia/Shanghai ", "../Asia/Shanghai", "/etc/passwd", "Asia/Shanghai\0", "posixrules",
        "tzdata.zi", '"><script>', "UTC; Path=/", "x" * 5000, "\u202e", "UTC\r\nset-cookie: a=b",
    ],
)  # fmt: skip
def test_a_zone_that_there_is_not_changes_nothing_and_is_not_sent_back(reader: Reader, value: str) -> None:
    for path in PAGES:
        assert reader.get(f"{path}?zone={quote(value)}").text == reader.get(path).text
    kept = Reader(reader.url)
    kept.headers = {"Cookie": f"{COOKIE}={quote(value)}"}
    assert kept.get("/").text == reader.get("/").text
    refused = reader.get(f"/zone?zone={quote(value)}")
    assert (refused.status_code, "set-cookie" in refused.headers) == (400, False)
    assert refused.text == reader.get("/zone?zone=None").text
    assert "There is no such time zone" in refused.text


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example", "explain/../x", "acknowledge/token"])
def test_the_browser_is_sent_to_no_other_place(reader: Reader, page: str) -> None:
    answer = reader.get("/zone", params={"zone": OTHER, "page": page})
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    assert page not in reader.get("/zone", params={"page": page}).text


def test_the_link_to_acknowledge_keeps_its_token_to_itself(reader: Reader) -> None:
    shown = reader.get(f"/acknowledge/good?zone={quote(OTHER)}&language=en").text
    assert "good" not in shown
    assert 'href="?language=zh&amp;zone=America/St_Johns"' in shown
    assert '<input type="hidden" name="language" value="en">' in shown
    sent = reader.post(f"/acknowledge/good?zone={quote(OTHER)}", data={"author": "zhang"}).text
    assert shown_zone(OTHER, AT) in text(sent)


def test_two_readers_of_one_site_have_each_their_zone(reader: Reader) -> None:
    other = Reader(reader.url)
    other.headers = {"Cookie": f"{COOKIE}={OTHER}"}
    for path in PAGES:
        for _ in range(2):
            assert shown_zone(USUAL, AT) in text(reader.get(path).text)
            assert shown_zone(OTHER, AT) in text(other.get(path).text)


def test_json_is_in_utc_and_knows_no_choice_of_a_browser(reader: Reader) -> None:
    plain = reader.get(f"{EXPLANATION}?format=json").json()
    assert datetime.fromisoformat(plain["at"]).utcoffset() == timedelta(0)
    assert plain["at"].endswith("Z")
    reader.get("/zone", params={"zone": OTHER})
    assert reader.get(f"{EXPLANATION}?format=json").json() == plain


def test_an_hour_that_comes_twice_has_its_offset(reader: Reader) -> None:
    """On 25 October 2026 the clocks of Berlin go back at 03:00, which is 01:00 UTC."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    calm = snapshots.calm()
    near = [
        replace(calm.nearest[0], deadline=at)
        for at in (first, first + timedelta(hours=1), first + timedelta(hours=5), first - timedelta(hours=5))
    ]
    views = Views(
        lambda: replace(calm, at=first, nearest=tuple(near)), lambda *_: None, lambda: first, lambda: (True, "")
    )
    server = Server(build_app(replace(views, zone="Europe/Berlin")), "127.0.0.1", 0)
    server.start()
    try:
        shown = text(Reader(server.url).get("/").text)
    finally:
        server.stop()
    for written in (
        "was due 02:30:00+02:00",
        "was due 02:30:00+01:00",
        "was due 06:30:00+01:00",
        "was due 2026-10-24 21:30 ",
    ):
        assert written in shown
