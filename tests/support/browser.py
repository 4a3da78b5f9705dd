"""A real Chromium for tests of the pages: one browser for a module, a fresh context for each look.

`looking` gives a page on which whatever the browser says of errors is collected; a test asserts that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.peers import HANGING, need

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--disable-dev-shm-usage",
)  # fmt: skip

PHONE, DESK, WALL = (360, 740), (1280, 900), (1920, 1080)
"""Sizes of screens, in pixels."""

Scheme = Literal["light", "dark"]


OVERLAPS = """() => {
  const found = [];
  for (const root of document.querySelectorAll("tr, svg.picture, .top, .pages, .tile, .row")) {
    const texts = [];
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const text = walk.currentNode, within = text.parentElement;
      if (!text.data.trim() || within.closest(".hidden, [hidden], select, title")) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      const cut = within.closest(".cutoff")?.getBoundingClientRect();
      for (const box of range.getClientRects()) {
        const right = cut ? Math.min(box.right, cut.right) : box.right;
        if (right - box.left > 1) texts.push({ left: box.left, right, top: box.top, bottom: box.bottom, of: text });
      }
    }
    texts.forEach((one, number) => texts.slice(number + 1).forEach((other) => {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (one.of !== other.of && wide > 1 && high > 4) found.push(`${one.of.data.trim()} | ${other.of.data.trim()}`);
    }));
  }
  return found;
}"""
"""Finds texts that cannot be read because another one lies over them. Lines of one paragraph may touch."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this machine for as long as the block runs."""
    path = need("chromium", "chromium-browser", "google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS), timeout=HANGING * 1000)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Look:
    """A page in the browser, and what went wrong on it."""

    page: Page
    errors: list[str] = field(default_factory=list)

    def scrolls(self, way: Literal["Width", "Height"]) -> bool:
        """Whether the page is wider, or higher, than its screen."""
        return bool(self.page.evaluate(f"document.documentElement.scroll{way} > window.inner{way}"))

    def overlaps(self) -> list[str]:
        """Texts of one row, picture or heading that lie over one another, a line for each pair."""
        return list(self.page.evaluate(OVERLAPS))

    def serious(self) -> list[str]:
        """What axe finds on the page that keeps somebody from using it, a line each."""
        found: dict[str, Any] = Axe().run(self.page).response
        return [
            f"{one['id']}: {one['nodes'][0]['html'][:160]} ({len(one['nodes'])})"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
        ]


@contextmanager
def looking(
    browser: Browser, size: tuple[int, int] = DESK, scheme: Scheme = "light", zone: str = "UTC"
) -> Iterator[Look]:
    """A page of a fresh context: no cookie, nothing kept."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, timezone_id=zone, reduced_motion="reduce"
    )
    context.set_default_timeout(HANGING * 1000)
    look = Look(context.new_page())
    look.page.on("console", lambda said: look.errors.append(said.text) if said.type in ("error", "warning") else None)
    look.page.on("pageerror", lambda error: look.errors.append(str(error)))
    try:
        yield look
    finally:
        context.close()
