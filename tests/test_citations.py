"""Whatever code, tests and documents cite is in the repository: rules by number, decision records, docs/domain.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config import policy_file

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
FOLDERS = ("monitor", "alerts", "exporters", "grafana", "tests", "docs", "examples")
ENDINGS = {".py", ".md", ".yml", ".toml", ".html", ".js"}

RULES = range(1, 47)
LEAST_RULE_CITATIONS = 140
LEAST_RECORD_CITATIONS = 130
LEAST_DOMAIN_CITATIONS = 5

SEMANTICS = (DOCS / "semantics.md").read_text(encoding="utf-8")
DOMAIN = (DOCS / "domain.md").read_text(encoding="utf-8")
RECORDS = {path.name[:4]: path for path in (DOCS / "decisions").glob("[0-9]*.md")}

GAP = r"[\s#]+"
"""Between two words of a sentence, which may go on in the next line of a comment."""

NUMBER = r"\d+(?!\d)(?:[ \n]\([^()]*\))?"
RULE = re.compile(rf"\bsemantics{GAP}({NUMBER}(?:(?:,{GAP}|{GAP}and{GAP}){NUMBER})*)", re.IGNORECASE)
"""`semantics 3`, `semantics 3, 13 and 14`, `Semantics 31 (working days), 43 (shifts)`."""

RECORD = re.compile(rf"\bdecisions?{GAP}\[?(\d{{4}}(?:(?:,{GAP}|{GAP}and{GAP})\d{{4}})*)", re.IGNORECASE)
LINKED = re.compile(r"\bdecisions/(\d{4}[\w.-]*)")
BESIDE = re.compile(r"[(\[](\d{4})[)\]]|[(\[](\d{4}[\w-]+\.md)[)\]]")
"""How one record names another: `(0006)`, `[0006](0006-….md)`."""

SECTION = re.compile(rf'docs/domain\.md(?:,{GAP}"([^"]+)")?')


def texts() -> Iterator[tuple[str, str]]:
    """Every file of the project that may cite something, by its path; this one has examples and is left out."""
    paths = [ROOT / "README.md", ROOT / "README.zh-CN.md", ROOT / "CHANGELOG.md"]
    paths += [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in ENDINGS]
    for path in paths:
        if path != Path(__file__) and path.is_file():
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def rules_cited(text: str) -> list[int]:
    bare = [re.sub(r"\([^)]*\)", "", found) for found in RULE.findall(text)]
    return [int(number) for found in bare for number in re.findall(r"\d+", found)]


def records_cited(text: str) -> list[str]:
    """The four digits, or the whole name of the file."""
    named = [number for found in RECORD.findall(text) for number in re.findall(r"\d{4}", found)]
    return named + LINKED.findall(text)


def headings(text: str) -> list[str]:
    return re.findall(r"(?m)^#+ (.+)$", text)


def rules() -> dict[int, str]:
    """What stands under the heading of each rule."""
    parts = re.split(r"(?m)^### (\d+)\. .+$", SEMANTICS)
    return {int(number): re.split(r"(?m)^#+ ", part)[0] for number, part in zip(parts[1::2], parts[2::2], strict=True)}


def there_is(record: str) -> bool:
    known = {path.name for path in RECORDS.values()} | {path.stem for path in RECORDS.values()}
    return record in RECORDS or record.rstrip(".") in known


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("commit first (semantics 3).", [3]),
        ("Touches semantics 3, 13,\n14 and 27; decision 0015.", [3, 13, 14, 27]),
        ("# told in one digest (semantics\n    # 19)", [19]),
        ("Semantics 31 (working days), 43 (shifts) and 45 (local time).", [31, 43, 45]),
        ("semantics 8, decision 0030", [8]),
        ("docs/semantics.md, 17 of them", []),
    ],
)
def test_every_form_of_a_citation_is_found(text: str, expected: list[int]) -> None:
    assert rules_cited(text) == expected


def test_every_record_form_is_found() -> None:
    text = "decision 0001, decisions 0002 and 0003; decision\n[0004](decisions/0004-core.md)"
    assert records_cited(text) == ["0001", "0002", "0003", "0004", "0004-core.md"]


def test_every_rule_has_its_number_once() -> None:
    numbers = [int(number) for number in re.findall(r"(?m)^### (\d+)\. ", SEMANTICS)]
    assert numbers == list(RULES)


@pytest.mark.parametrize("number", RULES)
def test_a_rule_says_where_it_lives_and_which_record_explains_it(number: int) -> None:
    rule = rules()[number]
    code, mark, record = rule.partition("Record:")
    assert mark, "no record"
    files = re.findall(r"`([\w/.-]+\.\w+)`", code.partition("\nCode:")[2])
    assert files, "no file"
    assert [name for name in files if not (ROOT / name).is_file()] == []
    assert record.strip() == "none." or LINKED.search(record), "neither a record nor `none`"
    assert len(code.partition("\nCode:")[0].split()) >= 8, "no rule"


def test_every_rule_that_is_cited_exists() -> None:
    found = [(path, number) for path, text in texts() for number in rules_cited(text)]
    assert [(path, number) for path, number in found if number not in RULES] == []
    assert len(found) >= LEAST_RULE_CITATIONS


@pytest.mark.parametrize("folder", ["monitor", "alerts", "exporters", "tests", "docs"])
def test_each_of_these_folders_cites_rules(folder: str) -> None:
    assert [path for path, text in texts() if path.startswith(f"{folder}/") and rules_cited(text)]


def test_every_decision_record_that_is_cited_exists() -> None:
    found = [(path, record) for path, text in texts() for record in records_cited(text)]
    for path, text in texts():
        if path.startswith("docs/decisions/"):
            found += [(path, number or name) for number, name in BESIDE.findall(text)]
    years = re.compile(r"(?:19|20)\d\d")
    assert [(path, record) for path, record in found if not there_is(record) and not years.fullmatch(record)] == []
    assert len(found) >= LEAST_RECORD_CITATIONS


def test_every_section_of_the_domain_that_is_cited_exists() -> None:
    found = [
        (path, re.sub(GAP, " ", section))
        for path, text in texts()
        if path.endswith(".py")
        for section in SECTION.findall(text)
    ]
    assert [(path, section) for path, section in found if section not in headings(DOMAIN)] == []
    assert len(found) >= LEAST_DOMAIN_CITATIONS


def test_nobody_cites_a_page_that_is_not_in_the_repository() -> None:
    elsewhere = re.compile(rf"\b(?:domain|semantics|shared){GAP}page\b", re.IGNORECASE)
    assert [path for path, text in texts() if elsewhere.search(text)] == []


def test_the_domain_says_what_every_source_of_a_shipped_figure_is() -> None:
    listed = set(re.findall(r"(?m)^\| `([^`]+)` \|", DOMAIN.partition("\n## Sources\n")[2]))
    policies = [policy_file.load(name) for name in policy_file.shipped()]
    named = {row.figure for policy in policies for rule in policy.targets for row in rule.rows}
    named |= {fault.figure for policy in policies for fault in policy.major_faults}
    assert named
    assert sorted({source.partition(", ")[0] for source in named} - listed) == []
    assert [name for name in re.findall(r"\[([\w -]+?)(?:, [^\]]*)?\](?!\()", DOMAIN) if name not in listed] == []
