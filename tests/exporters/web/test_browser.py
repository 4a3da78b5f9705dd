"""Look at the page with a real Chromium: the countdown moves, hostile text does nothing, and it fits a phone."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.errors import StoreError
from tests.exporters.web.explained import explained
from tests.support import snapshots
from tests.support.peers import need
from tests.support.snapshots import AT

pytestmark = pytest.mark.peer

GONE = StoreError("the store does not answer")

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
)  # fmt: skip


@pytest.fixture
def chromium() -> str:
    return need("chromium", "chromium-browser", "google-chrome")


def browse(chromium: str, profile: Path, url: str, *flags: str, budget: int = 4000) -> str:
    """Open *url*, let *budget* milliseconds of the browser's own time go by, give what it printed."""
    command = [chromium, *FLAGS, f"--user-data-dir={profile}", f"--virtual-time-budget={budget}", *flags, url]
    done = subprocess.run(command, capture_output=True, timeout=90, check=True)
    return done.stdout.decode()


def countdowns(html: str) -> list[int]:
    """The countdowns that are ahead, in seconds, as the page shows them."""
    shown = re.findall(r'data-mode="ahead">\s*<span>([\d:]+)</span>', html)
    return [sum(int(part) * 60**place for place, part in enumerate(reversed(text.split(":")))) for text in shown]


def test_the_countdown_moves(chromium: str, site: Any, tmp_path: Path) -> None:
    static = countdowns(site.get("/").text)
    site.then = GONE  # so that no renewal takes the countdowns back
    moved = countdowns(browse(chromium, tmp_path, site.url, "--dump-dom"))
    assert len(static) > 20
    assert len(moved) == len(static)
    gone = {before - after for before, after in zip(static, moved, strict=True)}
    assert min(gone) >= 1, "the countdown stands still"
    assert max(gone) - min(gone) <= 1, "all count the same seconds"


def test_the_page_renews_itself(chromium: str, site: Any, tmp_path: Path) -> None:
    site.then = replace(snapshots.calm(), instance="renewed")
    dom = browse(chromium, tmp_path, site.url, "--dump-dom", budget=7000)
    assert '<span class="instance">renewed</span>' in dom
    assert 'class="warning"' not in dom.partition('<div id="content">')[2]
    assert len(re.findall("<header", dom)) == 1


def test_a_deadline_that_passes_on_the_page_is_due(chromium: str, site: Any, tmp_path: Path) -> None:
    site.now = AT + timedelta(seconds=_first_ahead() - 2)
    assert 'data-mode="due"' not in site.get("/").text
    site.then = GONE
    assert 'data-mode="due"' in browse(chromium, tmp_path, site.url, "--dump-dom", budget=5000)


def _first_ahead() -> int:
    ahead = [clock.deadline - AT for clock in snapshots.example().nearest if clock.deadline and clock.deadline > AT]
    return int(min(ahead).total_seconds())


def test_hostile_text_runs_nothing(chromium: str, site: Any, tmp_path: Path) -> None:
    attack = "\"><img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
    site.snapshot = snapshots.hostile(attack)
    dom = browse(chromium, tmp_path, site.url, "--dump-dom", budget=7000)
    assert "<title>owned</title>" not in dom
    assert "<img" not in dom


def test_a_page_whose_server_is_gone_says_so(chromium: str, site: Any, tmp_path: Path) -> None:
    lost = re.compile(r'<p id="lost"[^>]*hidden')
    assert lost.search(browse(chromium, tmp_path / "well", site.url, "--dump-dom", budget=6500))
    site.then = GONE
    dom = browse(chromium, tmp_path / "lost", site.url, "--dump-dom", budget=6500)
    assert not lost.search(dom)
    assert len(countdowns(dom)) > 20, "what was last heard stays"


@pytest.mark.parametrize("width", [400, 1440])
@pytest.mark.parametrize("path", ["", "explain/corp/TT202603020428"])
def test_it_fits_the_screen(chromium: str, site: Any, tmp_path: Path, width: int, path: str) -> None:
    """Takes the screenshot; set TIERWATCH_SCREENSHOTS to a folder to keep it and look at it."""
    site.said = explained()
    folder = Path(os.environ.get("TIERWATCH_SCREENSHOTS") or tmp_path)
    picture = folder / f"{'explanation' if path else 'overview'}-{width}.png"
    browse(chromium, tmp_path / "profile", site.url + path, f"--screenshot={picture}", f"--window-size={width},1600")
    header = picture.read_bytes()[:24]
    assert header.startswith(b"\x89PNG")
    assert int.from_bytes(header[16:20], "big") == width
    assert picture.stat().st_size > 20_000
