"""Make the pictures of the pages for the documents: `python -m tests.pictures`. Fixed data and a fixed time.

They are WebP of at most `MOST` bytes, in `docs/pictures`, and stand in `docs/pages.md`.
"""

from __future__ import annotations

import base64
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import DESK, PHONE, WALL, Scheme, chromium, looking
from tests.support.whole_site import CIRCUIT, CUSTOMERS, TICKET, Whole, served

FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
MOST = 100_000

PICTURES: dict[str, tuple[str, tuple[int, int], Scheme]] = {
    "wall": ("", DESK, "light"),
    "wall-zh-dark": ("?language=zh", DESK, "dark"),
    "kiosk": ("?kiosk", WALL, "dark"),
    "phone": ("", PHONE, "light"),
    "clocks": ("clocks", DESK, "light"),
    "subject": (TICKET, DESK, "light"),
    "circuit": (CIRCUIT, DESK, "light"),
    "circuits": ("circuits", DESK, "light"),
    "causes": ("causes", DESK, "light"),
    "pages": ("pages", DESK, "light"),
    "oncall": ("oncall", DESK, "light"),
    "sources": ("sources", DESK, "light"),
    "customer": (CUSTOMERS, DESK, "light"),
}
"""By the name of the file: path, size of the screen, theme."""


def webp(page: Page) -> bytes:
    """What is on the screen, no larger than a picture may be."""
    session = page.context.new_cdp_session(page)
    for quality in (80, 60, 40, 20):
        said = session.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        found = base64.b64decode(said["data"])
        if len(found) <= MOST:
            return found
    raise ValueError("the picture is too large")


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with chromium() as browser, served(Whole()) as address:
        for name, (path, size, scheme) in PICTURES.items():
            with looking(browser, size, scheme) as look:
                look.page.goto(f"{address}{path}{'&' if '?' in path else '?'}zone=Asia/Shanghai")
                (FOLDER / f"{name}.webp").write_bytes(webp(look.page))


if __name__ == "__main__":
    main()
