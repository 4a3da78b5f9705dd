"""Every page in a real Chromium: nothing fails, everybody can use it, it fits a phone and a wall, and it is small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Browser

from exporters.web import customer_page, navigation
from tests.exporters.web.explained import explained
from tests.support import snapshots
from tests.support.browser import DESK, PHONE, WALL, Scheme, chromium, looking
from tests.support.peers import until
from tests.support.whole_site import CIRCUIT, CUSTOMERS, TICKET, Whole, served

pytestmark = pytest.mark.peer

SUBJECTS = (TICKET, CIRCUIT, CUSTOMERS, "zone", "nowhere")
PAGES = (*(page.path for page in navigation.PAGES), *SUBJECTS)
MOST_BYTES = 300_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def whole() -> Iterator[tuple[Whole, str]]:
    known = Whole()
    with served(known) as address:
        yield known, address


@pytest.fixture
def address(whole: tuple[Whole, str]) -> str:
    """Where the site is that has something on every page."""
    whole[0].snapshot = snapshots.example()
    return whole[1]


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "zh"), ("dark", "both")])
@pytest.mark.parametrize("path", [*PAGES, "?kiosk"])
def test_nothing_fails_and_nobody_is_kept_out(
    browser: Browser, address: str, path: str, scheme: Scheme, language: str
) -> None:
    with looking(browser, WALL if path == "?kiosk" else DESK, scheme) as look:
        sent: list[int] = []
        look.page.on("requestfinished", lambda request: sent.append(request.sizes()["responseBodySize"]))
        look.page.goto(f"{address}{path}{'&' if '?' in path else '?'}language={language}")
        assert look.serious() == []
        expected = ["the server responded with a status of 404"] if path == "nowhere" else []
        assert [error for error in look.errors if not any(one in error for one in expected)] == []
        assert 0 < sum(sent) <= MOST_BYTES
        assert not look.scrolls("Width")
        assert look.overlaps() == []
        assert "`" not in look.page.inner_text("body"), "a command is set apart by its looks"
        said = look.page.locator("html").get_attribute("lang")
        assert said == ("zh-CN" if language == "zh" else "en")


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_scrolls_down_only(browser: Browser, address: str, path: str) -> None:
    with looking(browser, PHONE) as look:
        look.page.goto(f"{address}{path}")
        assert not look.scrolls("Width")
        assert look.overlaps() == []


@pytest.mark.parametrize("language", ["en", "zh", "both"])
def test_the_wall_screen_shows_everything_at_once(
    browser: Browser, whole: tuple[Whole, str], address: str, language: str
) -> None:
    for given in (snapshots.example(), snapshots.empty()):
        whole[0].snapshot = given
        with looking(browser, WALL) as look:
            look.page.goto(f"{address}?kiosk&language={language}")
            assert not look.scrolls("Width")
            assert not look.scrolls("Height")
            cut = look.page.evaluate("""() => [...document.querySelectorAll("section, article, li, tr, h1, h2, p, b")]
                .filter((one) => !one.closest("[hidden], .cutoff"))
                .map((one) => [one, one.getBoundingClientRect()])
                .filter(([, box]) => box.bottom > innerHeight || box.right > innerWidth)
                .map(([one]) => one.outerHTML.slice(0, 120))""")
            assert cut == []
            assert look.overlaps() == []
            sizes = look.page.evaluate("""() => [...document.querySelectorAll(".countdown, .tile b, .trust h2 b")]
                .map((one) => parseFloat(getComputedStyle(one).fontSize))""")
            assert not sizes or min(sizes) >= 20, "readable across a room"
            assert look.page.locator("nav").count() == 0


def test_nothing_but_the_styles_is_waited_for_before_the_first_paint(browser: Browser, address: str) -> None:
    with looking(browser) as look:
        look.page.goto(address)
        until(
            lambda: look.page.evaluate('performance.getEntriesByName("first-contentful-paint").length') == 1,
            "it is painted",
        )  # `wait_for_function` asks again by `eval`, which the page forbids
        blocking = look.page.evaluate("""() => performance.getEntriesByType("resource")
            .filter((one) => one.renderBlockingStatus === "blocking").map((one) => one.name.split("/").pop())""")
        assert blocking == ["page.css"], "nothing else is waited for before the page is painted"


def test_the_list_is_filtered_by_keyboard_and_without_a_script(browser: Browser, site: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        page.goto(f"{site.url}clocks?language=en")
        page.get_by_role("combobox", name="State", exact=True).select_option("paused")
        page.get_by_role("textbox", name="Customer").fill("Harbour Bank")
        page.get_by_role("textbox", name="Customer").press("Enter")
        page.wait_for_url("**customer=Harbour+Bank**")
        query, _, _ = site.queries[-1]
        assert ({state.value for state in query.states}, query.customer) == ({"paused"}, "Harbour Bank")
    finally:
        context.close()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("any", "Breached", "Gold")),
        ("zh", ("不限", "已超时", "金牌")),
        ("both", ("any 不限", "Breached 已超时", "Gold 金牌")),
    ],
)
def test_the_choices_of_the_filter_are_in_the_languages_of_the_reader(
    browser: Browser, address: str, language: str, words: tuple[str, ...]
) -> None:
    with looking(browser) as look:
        look.page.goto(f"{address}clocks?language={language}")
        texts = look.page.locator("form.filter option").all_inner_texts()
        assert set(words) <= set(texts)
        chinese = [any("\u3400" <= sign <= "\u9fff" for sign in text) for text in texts]
        ids = {"corp", "legacy", "circuits"}
        assert all(chinese[number] == (language != "en") for number, text in enumerate(texts) if text not in ids), texts


def test_sums_are_folded_and_open_by_keyboard(browser: Browser, address: str) -> None:
    with looking(browser) as look:
        look.page.goto(f"{address}{TICKET}?language=en")
        table = look.page.locator("table.intervals").first
        assert not table.is_visible()
        look.page.locator("summary").first.press("Enter")
        assert table.is_visible()
        assert look.page.get_by_role("img", name="From ").count() == len(explained().clocks)


def test_the_page_of_a_customer_renews_itself_and_is_sent_nothing_while_nothing_changes(
    browser: Browser, whole: tuple[Whole, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(customer_page, "RENEWED_EVERY", 1)
    with looking(browser) as look:
        look.page.goto(f"{address}{CUSTOMERS}?language=en")
        with look.page.expect_response(lambda answer: answer.status == 304):
            pass
        before = look.page.locator("[data-current]").text_content()
        with look.page.expect_response(lambda answer: answer.status == 304):
            pass
        look.page.wait_for_function(
            "before => document.querySelector('[data-current]').textContent !== before", arg=before
        )
        assert look.page.locator("#lost").is_hidden()
        whole[0].snapshot = replace(snapshots.example(), version="another")
        with look.page.expect_response(lambda answer: answer.status == 200 and "part" in answer.url):
            pass
        assert look.errors == []
