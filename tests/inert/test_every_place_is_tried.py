"""No place is left out: what shows or hands on text of others has a test with the shared list, or a reason for none.

A new exporter, notifier, page, template or format fails here until its test stands below.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.notifier_samples import SAMPLES

ROOT = Path(__file__).parents[2]

PAGES, PROGRAMS, PEOPLE, TERMINAL = (
    f"tests/inert/test_in_{name}.py" for name in ("pages", "what_programs_read", "what_people_are_sent", "a_terminal")
)
API = "tests/exporters/api/test_inert.py"
GONE_BY = "nothing of others goes through it"

PLACES: Mapping[str, tuple[str, ...]] = {
    "page": (f"{PAGES}::test_text_stays_text_on_the_page", f"{PAGES}::test_every_page_is_tried"),
    "template": (f"{PAGES}::test_every_template_is_tried", f"{PAGES}::test_no_template_marks_text_as_safe"),
    "SVG": (f"{PAGES}::test_a_picture_is_well_formed_and_draws_nothing_of_its_own",),
    "metrics": (f"{PROGRAMS}::test_metrics", f"{PROGRAMS}::test_metrics_of_single_clocks"),
    "line protocol": (f"{PROGRAMS}::test_line_protocol",),
    "service discovery": (f"{PROGRAMS}::test_lists_of_what_is_probed",),
    "stream of events": (f"{PROGRAMS}::test_stream_of_events",),
    "notifications of violations": (f"{PROGRAMS}::test_notifications_of_violations",),
    "Grafana annotations": (f"{PROGRAMS}::test_marks_on_graphs",),
    "CSV": (f"{PROGRAMS}::test_reports_as_csv", f"{PROGRAMS}::test_the_audit_trail"),
    "API": (f"{API}::test_no_answer_can_be_taken_for_a_page", f"{API}::test_what_is_asked_comes_back_as_json"),
    "alerts": (f"{PEOPLE}::test_text_stays_text_in_a_page", f"{PEOPLE}::test_wording_of_alerts"),
    "log": (f"{PEOPLE}::test_a_line_of_the_log",),
    "terminal": (
        f"{PEOPLE}::test_an_explanation_in_a_terminal",
        f"{TERMINAL}::test_nothing_that_a_command_shows_acts",
        f"{TERMINAL}::test_a_line_stays_one_line",
    ),
    "JSON": ("tests/monitor/text/test_json_line.py::test_a_text_acts_on_nothing_and_comes_back_whole",),
    "assistants": (f"{PROGRAMS}::test_answers_to_assistants",),
    "very long titles": (f"{API}::test_a_title_of_ten_megabytes_ends_nothing",),
}
"""The tests of each place; each tries it with the texts of `tests/support/hostile_texts.py`."""

EXPORTERS: Mapping[str, str] = {
    "annotations": "Grafana annotations",
    "api": "API",
    "catalogue": GONE_BY,
    "consumed": "metrics",
    "detail": "metrics",
    "families": "metrics",
    "hub": "notifications of violations",
    "line_protocol": "line protocol",
    "live": "stream of events",
    "metric": GONE_BY,
    "new_counters": "metrics",
    "own_metrics": GONE_BY,
    "points": "line protocol",
    "prometheus": "metrics",
    "push": "line protocol",
    "series": GONE_BY,
    "web": "page",
}
"""The place that each module of exporters belongs to."""


def found_in(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name


@pytest.mark.parametrize("place", PLACES)
def test_a_place_has_tests_that_try_the_shared_list(place: str) -> None:
    for test in PLACES[place]:
        file, _, name = test.partition("::")
        assert name in set(found_in(ROOT / file)), test
        assert "tests.support.hostile_texts import" in (ROOT / file).read_text(encoding="utf-8"), file


def test_every_test_of_this_folder_belongs_to_a_place() -> None:
    """A place that is taken out of the list takes its tests along, or is seen."""
    listed = {test for tests in PLACES.values() for test in tests}
    about_these_tests = {
        "test_what_would_harm_is_seen", "test_no_number_is_never_written", "test_lines_are_printed_in_one_place",
        "test_every_command_is_tried_or_shows_nothing_of_others",
    }  # fmt: skip
    for file in (PAGES, PROGRAMS, PEOPLE, TERMINAL):
        assert {f"{file}::{name}" for name in found_in(ROOT / file) if name not in about_these_tests} <= listed


def test_every_exporter_is_tried() -> None:
    found = {
        path.stem
        for path in (ROOT / "exporters").iterdir()
        if path.name != "__init__.py" and (path.suffix == ".py" or (path / "__init__.py").exists())
    }
    assert found == set(EXPORTERS)
    assert {place for place in EXPORTERS.values() if place != GONE_BY} <= set(PLACES)


def test_every_notifier_is_tried() -> None:
    found = {path.stem for path in (ROOT / "alerts/notifiers").glob("*.py") if not path.stem.startswith("_")}
    assert found == set(SAMPLES)


def test_calendars_are_read_and_never_written() -> None:
    """There is no place for text of others in an iCalendar of ours, for there is none."""
    for folder in ("exporters", "alerts"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            assert "text/calendar" not in text, file
            assert "VCALENDAR" not in text, file
    for file in (ROOT / "monitor").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "BEGIN:VCALENDAR" not in text or file.parent.name in ("ical", "config", "collectors"), file
