"""A reading's way to its page enters at most eight files, and turns back to none (docs/architecture.md)."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from starlette.requests import Request

from exporters.web.pages import Pages
from monitor.explain import Explanation
from tests.exporters.web.explained import explained

REPO = Path(__file__).parents[3]
WAY = (
    "monitor/explain/subject.py",
    "monitor/explain/clock.py",
    "monitor/explain/deadline_history.py",
    "exporters/web/pages.py",
    "exporters/web/templates",
    "monitor/explain/sentences.py",
    "exporters/web/words.py",
    "monitor/messages/catalogue.py",
)
"""The files in their order; the templates of one page count as one."""

VALUES = {
    "monitor/explain/explanation.py",
    "monitor/explain/alert_record.py",
    "monitor/explain/names.py",
    "monitor/messages/message.py",
}
"""Values of the way, which are asked about themselves."""

BESIDE = {
    "monitor/explain/alert_sentences.py": "what was sent about a clock is no part of its reading",
    "monitor/explain/guarded.py": "the guarded periods of a subject are no part of its reading",
    "exporters/web/timeline.py": "the picture is a second reader of the value, beside the sums",
    "exporters/web/bands.py": "where things are on that picture",
    "exporters/web/wording.py": "addresses",
    "exporters/web/addresses.py": "where the page is, for its links",
    "exporters/web/navigation.py": "which of these addresses are pages",
    "exporters/web/person.py": "who is logged in",
    "exporters/web/language.py": "the choice of the reader",
    "exporters/web/zone.py": "the choice of the reader",
    "monitor/explain/__init__.py": "",
}


def step(frame: FrameType) -> str | None:
    """The file of a frame within this repository; None for others."""
    name = frame.f_code.co_filename
    if not name.startswith(str(REPO)) or "/.venv/" in name:
        return None
    found = str(Path(name).relative_to(REPO))
    return "exporters/web/templates" if found.endswith(".html") else found


def calls(work: Callable[[], Any]) -> dict[str, set[str]]:
    """Which files call which, past the frames of libraries."""
    edges: dict[str, set[str]] = defaultdict(set)

    def note(frame: FrameType, event: str, _: Any) -> None:
        called = step(frame) if event == "call" else None
        if called is None or frame.f_code.co_name.startswith("<"):
            return
        caller = frame.f_back
        while caller is not None and step(caller) is None:
            caller = caller.f_back
        if caller is not None and (by := step(caller)) != called and by is not None:
            edges[called].add(by)

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return edges


def test_a_reading_comes_to_its_page_through_eight_files_and_none_is_called_from_two() -> None:
    pages, made = Pages("both"), list[Explanation]()
    request = Request({"type": "http", "path": "/explain/corp/x", "query_string": b"", "headers": []})

    def work() -> None:
        made.append(explained())
        pages.explanation(request, made[0])

    work()  # compiles the templates and reads the catalogues
    edges = calls(work)
    rooms = ("monitor/explain/", "exporters/web/", "monitor/messages/")
    entered = {name for name in edges if name.startswith(rooms)} - VALUES - BESIDE.keys()
    assert entered == set(WAY)
    assert len(WAY) <= 8
    callers = {name: {by for by in edges[name] if by in WAY} for name in WAY}
    assert {name: by for name, by in callers.items() if len(by) > 1} == {}
    for name, by in callers.items():
        assert all(WAY.index(one) < WAY.index(name) for one in by), name


def test_the_page_of_the_architecture_names_the_files_of_the_way() -> None:
    text = (REPO / "docs" / "architecture.md").read_text("utf-8")
    section = text.partition("## The way of a reading to the page")[2].partition("\n## ")[0]
    named = re.findall(r"\(file \d: `([^`]*)`", section)
    assert [name.removesuffix("/explanation.html") for name in named] == list(WAY)
