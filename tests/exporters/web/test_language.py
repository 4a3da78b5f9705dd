"""The page speaks the installation's language, or the one that its reader chose; nothing of the choice is sent back."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import Browser

from exporters.web.acknowledgement import AcknowledgementActions, AlertToAcknowledge
from exporters.web.app import Views, build_app
from exporters.web.language import COOKIE
from exporters.web.serve import Server
from monitor.messages import CHOICES, LANGUAGES, called
from monitor.model import Name, State
from tests.exporters.web.explained import explained
from tests.exporters.web.test_browser import browse
from tests.support import snapshots
from tests.support.browser import chromium, looking
from tests.support.html_tree import tree
from tests.support.peers import need, until
from tests.support.snapshots import AT

EXPLANATION = "/explain/corp/TT202603020428"
CHINESE = re.compile(r"[\u3400-\u9fff]")


def views(language: str = "en") -> Views:
    asked = AlertToAcknowledge(Name("T1 Restoration", "T1 故障恢复"), "k1", "zhang")
    desk = AcknowledgementActions(lambda _: asked, lambda *_: asked, lambda *_: asked)
    said = explained()
    return Views(snapshots.calm, lambda *_: said, lambda: AT, lambda: (True, ""), desk, language)


class Reader:
    """A browser without scripts: it keeps cookies and follows no redirect by itself."""

    def __init__(self, url: str, cookie: str | None = None) -> None:
        self.url, self.session = url.removesuffix("/"), requests.Session()
        self.headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.url + path, timeout=10, allow_redirects=False, headers=self.headers, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.session.post(self.url + path, timeout=10, allow_redirects=False, **options)


@pytest.fixture(scope="module")
def sites() -> Iterator[dict[str, str]]:
    """The address of an installation in each language."""
    servers = {language: Server(build_app(views(language)), "127.0.0.1", 0) for language in CHOICES}
    for server in servers.values():
        server.start()
    yield {language: server.url for language, server in servers.items()}
    for server in servers.values():
        server.stop()


@pytest.fixture
def reader(sites: dict[str, str]) -> Reader:
    """A reader of an English installation."""
    return Reader(sites["en"])


@pytest.mark.parametrize("path", ["/", EXPLANATION, "/acknowledge/good", "/nowhere"])
@pytest.mark.parametrize(("choice", "code"), [("en", "en"), ("zh", "zh-CN"), ("both", "en")])
def test_the_installation_says_in_which_language_its_pages_are(
    sites: dict[str, str], path: str, choice: str, code: str
) -> None:
    shown = Reader(sites[choice]).get(path).text
    assert f'<html lang="{code}">' in shown
    assert ('<span lang="zh-CN">' in shown) is (choice == "both")
    assert ("首页" in shown or "时钟" in shown or "姓名" in shown) is (choice != "en")


def test_the_fragment_that_a_page_fetches_is_in_the_pages_language(reader: Reader) -> None:
    for choice, word in (("en", "Nearest to breach"), ("zh", "临近超时")):
        page = reader.get(f"/?language={choice}").text
        (fragment,) = re.findall(r'data-renew="([^"]*)"', page)
        assert fragment == f"page?language={choice}&amp;zone=UTC"
        assert word in page
        assert word in reader.get(f"/{html.unescape(fragment)}").text


def test_a_choice_is_kept_and_the_browser_comes_back_to_the_page(reader: Reader) -> None:
    shown = tree(reader.get(EXPLANATION).text)
    links = {link.text: link.attributes["href"] or "" for link in shown.first("nav", "languages").all("a")}
    assert list(links) == ["中文", "both"]
    chosen = reader.get("/" + links["中文"].removeprefix("../../"))
    assert (chosen.status_code, chosen.headers["location"]) == (303, EXPLANATION[1:])
    assert chosen.headers["set-cookie"] == f"{COOKIE}=zh; Max-Age=31536000; SameSite=Lax; HttpOnly"
    for path in (EXPLANATION, "/", "/page", "/acknowledge/good"):
        assert reader.get(path).headers["vary"].startswith("Cookie")
        assert CHINESE.search(reader.get(path).text)
    assert '<html lang="zh-CN">' in reader.get("/").text


def test_every_language_there_is_has_a_link_with_the_name_that_its_speakers_use(reader: Reader) -> None:
    names = [one for one in tree(reader.get("/").text).first("nav", "languages").text.split(" ") if one]
    assert names == [*(called(language) for language in LANGUAGES), "both"]


def test_a_cookie_is_for_everything_below_the_page_and_no_more(reader: Reader) -> None:
    """Without a path, a browser takes the folder of the address: what lies behind a proxy's prefix, and no more."""
    answer = reader.get("/language?language=zh")
    assert "path" not in answer.headers["set-cookie"].lower()
    assert answer.headers["location"] == "./"


@pytest.mark.parametrize(
    "value", ["", "fr", "zh ", "ZH", "zh-CN", "en,zh", '"><script>', "../x", "zh; Path=/", "x" * 5000, "\u202e"]
)
def test_a_language_that_there_is_not_changes_nothing_and_is_not_sent_back(reader: Reader, value: str) -> None:
    plain = reader.get("/").text
    assert reader.get(f"/?language={quote(value)}").text == plain
    assert Reader(reader.url, quote(value)).get("/").text == plain
    refused = reader.get(f"/language?language={quote(value)}")
    assert (refused.status_code, refused.headers["location"]) == (303, "./")
    assert "set-cookie" not in refused.headers


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example/", "//evil.example", "explain//evil.example", "/explain/corp/x", "explain", "explain/",
        "explain/../x", "explain/%2e%2e/x", "explain/..", "explain/corp/a\\b", "explain/corp/x?y", "explain/corp/x#y",
        "explain/corp/x\r\nset-cookie: a=b", "javascript:alert(1)", "acknowledge/token", "metrics", "", "x" * 5000,
        "explain/" + "x" * 5000,
    ],
)  # fmt: skip
def test_the_browser_is_sent_to_no_other_place(reader: Reader, page: str) -> None:
    answer = reader.get("/language", params={"language": "zh", "page": page})
    assert (answer.status_code, answer.headers["location"]) == (303, "./")


@pytest.mark.parametrize(
    "page", ["explain/corp/T1", "explain/corp/a%2Fb", "explain/corp/%E9%92%BB%3F", "explain/c/a/b"]
)
def test_any_explanation_can_be_come_back_to(reader: Reader, page: str) -> None:
    answer = reader.get("/language", params={"language": "zh", "page": page})
    assert answer.headers["location"] == page


def test_the_link_to_acknowledge_keeps_its_token_to_itself(reader: Reader) -> None:
    shown = reader.get("/acknowledge/good").text
    assert "good" not in shown
    assert 'href="?language=zh"' in shown
    assert "确认" in reader.get("/acknowledge/good?language=zh").text
    assert "已确认" in reader.post("/acknowledge/good?language=zh", data={"author": "zhang"}).text


def test_two_readers_of_one_site_have_each_their_language(reader: Reader) -> None:
    """Nothing that was rendered for one is given to the other, in whatever order they ask."""
    chinese = Reader(reader.url, "zh")
    for path, english_word, chinese_word in (
        ("/", "Nearest to breach", "临近超时"),
        ("/page", "Nearest to breach", "临近超时"),
        (EXPLANATION, "Counted", "计入"),
    ):
        for _ in range(2):
            assert (english_word in reader.get(path).text, chinese_word in reader.get(path).text) == (True, False)
            assert (english_word in chinese.get(path).text, chinese_word in chinese.get(path).text) == (False, True)


def test_json_and_metrics_know_no_language(reader: Reader) -> None:
    for path in (f"{EXPLANATION}?format=json", "/metrics"):
        english, chinese = reader.get(path), Reader(reader.url, "zh").get(path)
        assert english.content == chinese.content
        assert "Cookie" not in english.headers.get("vary", "")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.mark.peer
@pytest.mark.parametrize(("choice", "unit"), [("en", " d "), ("zh", " 天 ")])
def test_the_script_counts_in_the_language_of_the_page(site: Any, browser: Browser, choice: str, unit: str) -> None:
    calm = snapshots.calm()
    near = calm.nearest[0]
    site.snapshot = replace(
        calm,
        at=AT - timedelta(minutes=5),
        nearest=(
            replace(near, state=State.RUNNING, deadline=AT + timedelta(days=3, hours=1)),
            replace(near, state=State.RUNNING, deadline=AT + timedelta(seconds=1)),
        ),
    )
    with looking(browser) as look:
        look.page.goto(f"{site.url}?language={choice}")
        first, second = (look.page.locator("b.countdown").nth(number) for number in range(2))
        until(lambda: second.inner_text().startswith({"en": "due", "zh": "已到时限"}[choice]), "its time is over")
        assert re.match(rf"3{unit}00:5|3{unit}01:00", first.inner_text())
        assert {"en": "5 min", "zh": "5 分钟"}[choice] in look.page.content()


@pytest.fixture
def prefixed() -> Iterator[str]:
    """The address of a site behind a proxy that takes `/noc` off."""
    app = build_app(views())

    async def proxy(scope: Any, receive: Any, send: Any) -> None:
        path, raw = scope["path"].removeprefix("/noc"), scope["raw_path"].removeprefix(b"/noc")
        inside = path != scope["path"]
        await app({**scope, "path": path, "raw_path": raw} if inside else {**scope, "path": "/-/x"}, receive, send)

    server = Server(proxy, "127.0.0.1", 0)
    server.start()
    yield f"{server.url}noc/"
    server.stop()


def test_a_choice_holds_behind_a_prefix_and_not_outside_of_it(prefixed: str) -> None:
    session = requests.Session()
    address = f"{prefixed}language?language=zh&page={quote(EXPLANATION[1:], safe='')}"
    shown = session.get(address, timeout=10)
    assert shown.url == prefixed + EXPLANATION[1:]
    assert '<html lang="zh-CN">' in shown.text
    assert '<html lang="zh-CN">' in session.get(prefixed, timeout=10).text
    (cookie,) = session.cookies
    assert cookie.path == "/noc"


@pytest.mark.peer
def test_chromium_comes_back_to_the_page_with_the_choice(prefixed: str, tmp_path: Path) -> None:
    program = need("chromium", "chromium-browser", "google-chrome")
    address = f"{prefixed}language?language=zh&page={quote(EXPLANATION[1:], safe='')}"
    dom = browse(program, tmp_path, address, "--dump-dom")
    assert '<html lang="zh-CN">' in dom
    assert "TT202603020428 · tierwatch</title>" in dom
    assert "计入" in dom
