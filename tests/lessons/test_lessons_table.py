"""Hold docs/lessons.md against the tests: each thread is there once, and each test that it names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "lessons.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in PAGE.splitlines() if line.startswith("| ")]
LESSONS = [row for row in ROWS if row[0] != "#"]
NOT_YET = re.compile(r"not yet: needs \S+")
TEST = re.compile(r"`(test_\w+)`")


def names_in(folder: Path) -> set[str]:
    files = (path.read_text(encoding="utf-8") for path in folder.rglob("test_*.py"))
    return {name for text in files for name in re.findall(r"^(?:async )?def (test_\w+)\(", text, re.MULTILINE)}


def test_every_thread_and_every_finding_is_listed_once_and_in_order() -> None:
    findings, threads = [f"F{n}" for n in range(1, 11)], [str(n) for n in range(1, 51)]
    assert [row[0] for row in LESSONS] == [*findings, *threads]


@pytest.mark.parametrize("row", LESSONS, ids=lambda row: row[0])
def test_every_lesson_says_what_went_wrong_and_what_shows_it_or_what_it_needs(row: list[str]) -> None:
    _, thread, wrong, shown = row
    assert thread
    assert wrong
    assert TEST.search(shown) or NOT_YET.search(shown)


def test_the_page_names_only_tests_that_exist() -> None:
    named = set(TEST.findall(PAGE))
    assert named - names_in(ROOT / "tests") == set()


def test_every_test_of_a_lesson_is_named_on_the_page() -> None:
    own = set(re.findall(r"^def (test_\w+)\(", Path(__file__).read_text(encoding="utf-8"), re.MULTILINE))
    assert names_in(ROOT / "tests" / "lessons") - own - set(TEST.findall(PAGE)) == set()
