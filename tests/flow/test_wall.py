"""The wall in a real Chromium before the real program: it counts down, changes with its tickets, outlives a restart."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.flow.test_starting import free_port
from tests.support.browser import chromium, looking
from tests.support.installations import configuration, promise, written
from tests.support.peers import until
from tests.support.program import Tierwatch

pytestmark = pytest.mark.peer

PAUSES = ("pause_reasons: {customer: {en: Customer, zh: 客户原因}}",)
ROW = "tr:has(a[href$='TT-1'])"
COUNTDOWN = f"{ROW} .countdown[data-mode] span"


@dataclass
class Desk:
    """A file of events that the program reads."""

    path: Path
    number: int = 0

    def say(self, subject: str, status: str, ago: timedelta = timedelta(0), reason: str = "") -> None:
        self.number += 1
        event = {
            "event_id": f"e{self.number}", "kind": "ticket", "subject": subject, "status": status,
            "at": (datetime.now(UTC) - ago).isoformat(), "fields": {"tier": "gold", "customer": "Harbour Bank"},
        }  # fmt: skip
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(event | ({"reason": reason} if reason else {})) + "\n")


@pytest.fixture
def installed(tmp_path: Path) -> tuple[Desk, Path, str]:
    """A desk, the configuration, and the address at which the program is, also after a restart."""
    desk, port = Desk(tmp_path / "desk.jsonl"), free_port()
    policy = promise("4h", *PAUSES).replace(
        "stop: [restored, closed]\n", "stop: [restored, closed]\n    pause: [customer]\n"
    )
    source = "{type: jsonl_file, every: 1s, at_most: 2s, options: {path: desk.jsonl}}"
    text = configuration(source, {"log": "{type: log}"}).replace("127.0.0.1:0", f"127.0.0.1:{port}")
    desk.say("TT-1", "opened", timedelta(minutes=10))
    desk.say("TT-2", "opened", timedelta(minutes=20))
    return desk, written(tmp_path, policy, text), f"http://127.0.0.1:{port}"


def seconds(page: Page) -> int:
    """What the countdown of the first ticket shows."""
    parts = re.findall(r"\d+", page.locator(COUNTDOWN).inner_text())
    return sum(int(part) * 60**place for place, part in enumerate(reversed(parts)))


def test_the_wall_counts_down_changes_with_its_tickets_and_outlives_a_restart(
    installed: tuple[Desk, Path, str],
) -> None:
    desk, config, address = installed
    program = Tierwatch(config)
    try:
        assert program.address() == address
        with chromium() as browser, looking(browser) as look:
            page = look.page
            page.goto(f"{address}/?language=en")
            page.locator(COUNTDOWN).wait_for()
            assert page.locator("#content").get_attribute("data-live"), "changes are streamed"
            first = seconds(page)
            until(lambda: seconds(page) <= first - 2, "of a countdown that moves")

            desk.say("TT-1", "held", reason="customer")
            page.locator(".tile li.paused").first.wait_for()
            page.locator(ROW).wait_for(state="detached")  # it has no deadline as long as it waits
            desk.say("TT-1", "accepted")
            page.locator(COUNTDOWN).wait_for()
            page.locator(".tile li.paused").wait_for(state="detached")
            assert page.locator("#lost").is_hidden()
            assert look.errors == []

            program.kill()
            page.get_by_text("Reconnecting").wait_for()
            assert page.locator("[data-age]").first.is_visible(), "what is old says how old it is"
            program = Tierwatch(config)
            program.address()
            page.locator("#lost").wait_for(state="hidden")

            look.errors.clear()
            desk.say("TT-2", "restored")
            page.locator("tr:has(a[href$='TT-2'])").wait_for(state="detached")
            assert look.errors == []
    finally:
        program.kill()
