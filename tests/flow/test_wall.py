"""The wall in a real Chromium before the real program: it counts down, changes with its tickets, outlives a restart."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.flow.test_starting import free_port
from tests.support.browser import Scheme, chromium, looking
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


def age(page: Page) -> str:
    """How old the page says that its data is."""
    return page.locator("[data-age]").first.inner_text()


LOOKS: tuple[tuple[str, Scheme, str], ...] = (
    ("en", "light", "Reconnecting"), ("zh", "dark", "正在重新连接"), ("both", "light", "Reconnecting"),
    ("en", "dark", "Reconnecting"),
)  # fmt: skip
"""Languages and themes, each in a window of its own, and what is said of a server that is gone."""


def test_the_wall_counts_down_changes_with_its_tickets_and_outlives_a_restart_in_each_language_and_theme(
    installed: tuple[Desk, Path, str],
) -> None:
    desk, config, address = installed
    program = Tierwatch(config)
    try:
        assert program.address() == address
        with chromium() as browser, ExitStack() as stack:
            looks = [stack.enter_context(looking(browser, scheme=scheme)) for _, scheme, _ in LOOKS]
            first = []
            for look, (language, _, _) in zip(looks, LOOKS, strict=True):
                look.page.goto(f"{address}/?language={language}")
                look.page.locator(COUNTDOWN).wait_for()
                assert look.page.locator("#content").get_attribute("data-live"), "changes are streamed"
                first.append(seconds(look.page))
            for look, shown in zip(looks, first, strict=True):
                until(lambda look=look, shown=shown: seconds(look.page) <= shown - 2, "of a countdown that moves")  # type: ignore[misc]

            desk.say("TT-1", "held", reason="customer")
            for look in looks:
                look.page.locator(".tile li.paused").first.wait_for()
                look.page.locator(ROW).wait_for(state="detached")  # it has no deadline as long as it waits
                assert look.serious() == []
            desk.say("TT-1", "accepted")
            for look in looks:
                look.page.locator(COUNTDOWN).wait_for()
                look.page.locator(".tile li.paused").wait_for(state="detached")
                assert look.page.locator("#lost").is_hidden()
                assert look.errors == []

            program.kill()
            for look, (_, _, said) in zip(looks, LOOKS, strict=True):
                look.page.get_by_text(said).wait_for()
                assert look.page.locator("[data-age]").first.is_visible(), "what is old says how old it is"
            ages = [age(look.page) for look in looks]
            for look, before in zip(looks, ages, strict=True):  # which nothing but the script can move any more
                until(lambda look=look, before=before: age(look.page) != before, "of an age that grows")  # type: ignore[misc]
            program = Tierwatch(config)
            program.address()
            for look in looks:
                look.page.locator("#lost").wait_for(state="hidden")
                look.errors.clear()
            desk.say("TT-2", "restored")
            for look in looks:
                look.page.locator("tr:has(a[href$='TT-2'])").wait_for(state="detached")
                assert look.errors == []
    finally:
        program.kill()
