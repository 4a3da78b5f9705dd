"""The way of an event to its transition (docs/architecture.md): which files do a step, and that none turns back."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import monitor
from monitor.clock.engine import advance
from monitor.history.events import Correction, Event
from monitor.model import CorrectionKind, SubjectKind
from tests.support.cases import POLICY, at, rules, ticket
from tests.support.texts import exchanged

ROOT = Path(monitor.__file__).parent
PAGE = ROOT.parent / "docs" / "architecture.md"
FOLLOWED = pytest.mark.skipif(
    monitor.CORE.compiled, reason="calls of compiled functions are not seen; sources have them"
)

STEPS = {
    "clock/engine.py": None,
    "history/mapping.py": "clock/engine.py",
    "history/placing.py": "history/mapping.py",
    "policy/terms.py": "clock/engine.py",
    "clock/ticket_clock.py": "clock/engine.py",
    "clock/timeline.py": "clock/ticket_clock.py",
    "clock/state_machine.py": "clock/ticket_clock.py",
    "clock/cycle.py": "clock/ticket_clock.py",
}
"""Every file that does a step, in the order in which they are entered, and the only file that calls it."""

VALUES = {
    "history/baseline.py",
    "history/events.py",
    "history/retirement.py",
    "policy/policy.py",
    "policy/target.py",
    "clock/reading.py",
    "text/web_links.py",
    "text/words.py",
}
"""Values that a step asks about themselves; `monitor.worktime` counts as well. None of them calls a step."""

DERIVED = exchanged(
    POLICY,
    (
        """    start: [opened, accepted, held]
    stop: [restored, closed]
    recurring: true
""",
        """    started_by: {target: restore}
    stop: [closed]
""",
    ),
)
"""Feedback begins where restoration ends."""


class Calls:
    """The calls from one file of the product into another, and those back into a file that waits for them."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.edges: dict[tuple[str, str], None] = {}
        self.back: list[tuple[str, str]] = []
        self._stack: list[str | None] = []

    def look(self, frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and self._stack:
            self._stack.pop()
        if event != "call":
            return
        path = Path(frame.f_code.co_filename)
        file = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else None
        if file is not None:
            self._enter(file)
        self._stack.append(file)

    def _enter(self, file: str) -> None:
        if file not in self.entered:
            self.entered.append(file)
        waiting = [one for one in self._stack if one is not None]
        if waiting and waiting[-1] != file:
            self.edges[waiting[-1], file] = None
            if file in waiting:
                self.back.append((waiting[-1], file))

    def beyond(self, file: str) -> set[str]:
        """Every file that is called from *file*, or from one that it calls."""
        found: set[str] = set()
        left = [file]
        while left:
            here = left.pop()
            new = {called for caller, called in self.edges if caller == here} - found
            found |= new
            left += new
        return found


@contextmanager
def watched() -> Iterator[Calls]:
    calls, before = Calls(), sys.getprofile()
    sys.setprofile(calls.look)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def plain() -> list[Event]:
    return [
        ticket("X", at(0), "new", tier="gold", team="core"),
        ticket("X", at(1), "waiting", reason="customer"),
        ticket("X", at(2), "working"),
        ticket("X", at(2.5), None, tier="diamond"),
        ticket("X", at(3), "resolved"),
    ]


def corrected() -> list[Event]:
    said = Correction(CorrectionKind.EXCLUDE, "power cut", "lin", at(0.5), at(0.75))
    return [*plain(), Event("tickets", "c", SubjectKind.TICKET, "X", at(3.5), correction=said)]


@FOLLOWED
def test_a_ticket_whose_tier_changes_goes_through_eight_files() -> None:
    book, events = rules(), plain()
    with watched() as calls:
        outcome = advance(events, (), book, at(4))
    assert outcome.transitions
    steps = [file for file in calls.entered if file not in VALUES and not file.startswith("worktime/")]
    assert steps == list(STEPS)
    assert len(steps) <= 8
    for file, caller in STEPS.items():
        assert {one for one, called in calls.edges if called == file} == ({caller} if caller else set())
    for value in calls.entered:
        if value not in STEPS:
            assert not calls.beyond(value) & set(STEPS), f"{value} calls a step"


@FOLLOWED
@pytest.mark.parametrize("policy", [POLICY, DERIVED])
@pytest.mark.parametrize("events", [plain, corrected])
def test_no_call_turns_back(policy: str, events: Callable[[], list[Event]]) -> None:
    book, known = rules(policy), events()
    with watched() as calls:
        advance(known, (), book, at(4))
    assert calls.back == []
    assert [file for file in calls.entered if file in calls.beyond(file)] == []


def test_the_page_names_every_step() -> None:
    text = PAGE.read_text(encoding="utf-8")
    way = text.partition("## The way of one event")[2].partition("\n## ")[0]
    assert [file for file in STEPS if f"`monitor/{file}`" not in way] == []
