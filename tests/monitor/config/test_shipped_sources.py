"""Every part of the policies that ship says where it is from: a document and the place in it, or that it is assumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config import policy_file, yaml_file
from monitor.config.policy_schema import BeginText, BudgetText, EffectiveFromText, PolicyText
from monitor.policy import assumed

NAMES = policy_file.shipped()
DOMAIN = Path(__file__).parents[3] / "docs" / "domain.md"


def documents() -> set[str]:
    """The documents that docs/domain.md, "Sources", describes, by the names under which policies cite them."""
    table = DOMAIN.read_text(encoding="utf-8").partition("\n## Sources\n")[2]
    return set(re.findall(r"(?m)^\| `([^`]+)` \|", table)) - {"assumed"}


def text_of(name: str) -> PolicyText:
    return yaml_file.validate(PolicyText, yaml_file.parse(policy_file.shipped_text(name), name))


def rows(place: str, budgets: list[BudgetText]) -> Iterator[tuple[str, str, str]]:
    yield from ((f"{place}.budgets.{index}", row.source, row.note) for index, row in enumerate(budgets))


def parts(text: PolicyText) -> Iterator[tuple[str, str, str]]:
    """(place, source, note) of everything in a policy that a document could say."""
    dated = text.effective_from
    sourced = isinstance(dated, EffectiveFromText)
    yield "effective_from", dated.source if sourced else "", dated.note if sourced else ""
    for name, reason in text.pause_reasons.items():
        yield f"pause_reasons.{name}", reason.source, reason.note
    for name, calendar in text.calendars.items():
        if calendar.hours != "24x7":
            yield f"calendars.{name}", calendar.source, calendar.note
    for index, rule in enumerate(text.inherit):
        yield f"inherit.{index}", rule.source, rule.note
    for name, fault in text.major_faults.items():
        yield f"major_faults.{name}", fault.source, fault.note
    for name, target in text.targets.items():
        yield from rows(f"targets.{name}", target.budgets)
        for begin in target.begins:
            said = begin if isinstance(begin, BeginText) else BeginText(begin)
            yield f"targets.{name}.begins.{said.instant}", said.source, said.note
    for agreement in text.agreements:
        yield from rows(f"agreements.{agreement.party}", agreement.budgets)


def lacking(source: str, note: str) -> str:
    """What a source lacks, or an empty text: a document that is described and a place in it, or `assumed` and why."""
    if not source:
        return "no source"
    if source == "assumed":
        return "" if note else "assumed without a note that says why"
    document, _, place = source.partition(", ")
    if document not in documents():
        return f'{document!r} is not described in docs/domain.md, "Sources"'
    return "" if place else "no question, clause or sentence"


def test_the_documents_are_found() -> None:
    assert len(documents()) > 6
    assert lacking("quiz", "") == f'{"quiz"!r} is not described in docs/domain.md, "Sources"'
    assert lacking("SLA quiz 2014", "") == "no question, clause or sentence"
    assert lacking("assumed", "") == "assumed without a note that says why"


@pytest.mark.parametrize("name", NAMES)
def test_every_part_of_a_shipped_policy_says_where_it_is_from(name: str) -> None:
    found = {place: lacking(source, note) for place, source, note in parts(text_of(name))}
    assert len(found) > 5
    assert {place: what for place, what in found.items() if what} == {}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_shipped_policy_assumes_is_said_in_one_short_sentence(name: str) -> None:
    said = assumed(policy_file.load(name))
    assert said.startswith(f"policy {policy_file.load(name).label}: assumed, for no source says it: ")
    assert len(said) < 600


def test_no_document_is_described_that_no_policy_cites() -> None:
    cited = {source.partition(", ")[0] for name in NAMES for _, source, _ in parts(text_of(name))}
    known = DOMAIN.read_text(encoding="utf-8").partition("\n## Sources\n")[0]
    assert {name for name in documents() if name not in cited and f"[{name}" not in known} == set()
