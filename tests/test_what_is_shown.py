"""`docs/` shows every page and every dashboard, with what to read from it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from starlette.routing import Route

from exporters.web import navigation
from exporters.web.app import build_app
from tests.pictures import FOLDER, PICTURES
from tests.support.whole_site import Whole

DOCS = Path(__file__).parents[1] / "docs"
PAGES = (DOCS / "pages.md").read_text(encoding="utf-8")
GRAFANA = (DOCS / "grafana.md").read_text(encoding="utf-8")
BOARDS = sorted((DOCS.parent / "grafana/dashboards").rglob("*.json"))
NO_PAGES = {"/page", "/language", "/login-with", "/logged-in"}
"""Addresses that a page asks by itself, or that only lead on to another one."""


def headings() -> dict[str, str]:
    """The sections of the page about pages, by heading."""
    parts = re.split(r"(?m)^## (.+)$", PAGES)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("page", [page.path for page in navigation.PAGES])
def test_every_page_of_the_navigation_has_a_section_with_its_picture(page: str) -> None:
    (text,) = (text for heading, text in headings().items() if f"`/{page}`" in heading)
    (picture,) = re.findall(r"\(pictures/([\w-]+)\.webp\)", text)[:1]
    path = PICTURES[picture][0].partition("?")[0]
    assert path == page
    assert len(re.sub(r"!\[.*", "", text).split()) >= 30, "and says what to read from it"


def test_every_address_that_people_open_is_named() -> None:
    app = build_app(Whole().with_logins())
    served = {route.path for route in app.routes if isinstance(route, Route)}
    named = {re.sub(r"/(?:SOURCE/ID|TOKEN|NAME)$", "", path) for path in re.findall(r"`(/[\w/.-]*)[?`]", PAGES)}
    missing = {path for path in served - NO_PAGES if re.sub(r"/\{.*$", "", path) not in named}
    assert missing == set()


def test_every_picture_is_shown_once_and_every_page_has_one() -> None:
    shown = re.findall(r"!\[[^\]]{10,}\]\(pictures/([\w-]+)\.webp\)", PAGES)
    assert sorted(shown) == sorted(PICTURES) == sorted(path.stem for path in FOLDER.glob("*.webp"))


def test_the_chinese_page_shows_the_same_pictures() -> None:
    chinese = (DOCS / "zh-CN/pages.md").read_text(encoding="utf-8")
    assert re.findall(r"pictures/([\w-]+)\.webp", chinese) == re.findall(r"pictures/([\w-]+)\.webp", PAGES)


@pytest.mark.parametrize("file", BOARDS, ids=lambda path: path.stem)
def test_every_dashboard_is_named_by_its_uid_and_its_panels_one_by_one(file: Path) -> None:
    board = json.loads(file.read_text(encoding="utf-8"))
    assert f"`{board['uid']}`" in GRAFANA
    each = (DOCS / "reference/dashboards.md").read_text(encoding="utf-8")
    parts = re.split(r"(?m)^## ", each)
    (own,) = (part for part in parts if f"`{board['uid']}`" in part)
    shared = next(part for part in parts if part.startswith("On all of them"))
    for panel in board["panels"]:
        if panel["type"] != "row":
            row = re.search(rf"(?m)\| {re.escape(panel['title'].partition(' · ')[0])} \| (.+) \|$", own + shared)
            assert row, panel["title"]
            assert len(row[1]) >= 10, panel["title"]
