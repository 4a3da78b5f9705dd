"""docs/llms.txt has the form of llmstxt.org and names every page of docs once, by its own title."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
TEXT = (DOCS / "llms.txt").read_text(encoding="utf-8")
LINKS = re.findall(r"(?m)^- \[([^\]]+)\]\(([^)\s]+)\): (.+)$", TEXT)

TOLD_APART = {"reference/metrics.md": "Metrics, one by one"}
"""Pages whose title another page has, too."""


def title(page: str) -> str:
    found = re.search(r"(?m)^# (.+)$", (DOCS / page).read_text(encoding="utf-8"))
    assert found, page
    return found[1]


def test_it_begins_with_a_title_and_a_summary() -> None:
    first, blank, summary, *_ = TEXT.splitlines()
    assert (first, blank) == ("# tierwatch", "")
    assert summary.startswith("> ")


def test_every_line_below_a_heading_is_a_link_with_a_word_on_it() -> None:
    _, _, lists = TEXT.partition("\n## ")
    lines = [line for line in lists.splitlines()[1:] if line and not line.startswith("## ")]
    assert len(lines) == len(LINKS)
    headings = re.findall(r"(?m)^## (.+)$", TEXT)
    assert headings[-1] == "Optional"  # the form has it last: what may be left out
    assert len(set(headings)) == len(headings)


def test_every_page_of_the_docs_is_named_once() -> None:
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if path.parent.name != "decisions"}
    assert sorted(page for _, page, _ in LINKS) == sorted(pages)


def test_every_page_is_named_by_its_title() -> None:
    wrong = [(name, title(page)) for name, page, _ in LINKS if name != TOLD_APART.get(page, title(page))]
    assert wrong == []
    names = [name for name, _, _ in LINKS]
    assert len(set(names)) == len(names)
