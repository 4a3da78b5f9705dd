"""The Chinese pages say what the English ones say, in the words that the program prints, and what they show is so.

`tests/test_docs.py` holds them to the code as it does the English ones. Here the languages are held against each other:
whoever changes a section of an English page is told which section of which Chinese page has to follow.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from monitor.config import config_file, policy_file
from monitor.config.schema import ConfigText, MappingText, ReceiverText, SourceText
from monitor.explain import as_lines, explain
from monitor.history.batch import Cursor, polled
from tests import test_docs as english
from tests.support import translated
from tests.support.markdown import fenced
from tests.support.translated import Pair, differences, sections

ROOT = Path(__file__).parents[1]
CHINESE = ("README.zh-CN.md", *(f"docs/zh-CN/{path.name}" for path in sorted((ROOT / "docs/zh-CN").glob("*.md"))))

COMMANDS = "**命令。**"
"""Before the commands to paste, which only the Chinese runbook has."""

RUNBOOK = Pair(ROOT, "docs/runbook.md", "docs/zh-CN/runbook.md", frozenset({"粘贴命令之前"}), COMMANDS)
CONCEPTS = Pair(
    ROOT,
    "docs/concepts.md",
    "docs/zh-CN/concepts.md",
    frozenset({"承诺", "时间", "从数据源到时钟", "通知与人", "监视 tierwatch 自身"}),
)
README = Pair(ROOT, "README.md", "README.zh-CN.md")
PAGES = Pair(ROOT, "docs/pages.md", "docs/zh-CN/pages.md")
ACCESS = Pair(ROOT, "docs/access.md", "docs/zh-CN/access.md")
PAIRS = (RUNBOOK, CONCEPTS, README, PAGES, ACCESS)

GUIDE = "docs/zh-CN/writing-a-policy.md"
QUICK_START = "docs/zh-CN/quick-start.md"

LOOSE = {"tierwatch", "Read on"}
"""Sections of the README that need not say the same: whom it greets, and which pages there are in a language."""

GLOSSARY = "The words"
"""The section of the English concepts in whose place the Chinese page has the whole glossary."""

TABLES = {
    "策略": "A policy",
    "名称和级": "Names",
    "日历": "A calendar",
    "目标": "A target",
    "时限行": "A budget row",
    "合格": "Counted of several",
    "定期义务": "Duties",
    "协议": "An agreement",
    "继承的客户等级": "An inherited tier",
    "重大故障": "A major fault",
    "重保": "A guarded period",
    "自定义属性": "An attribute of your own",
    "消耗速度": "The pace of an allowance",
}
"""The tables of keys in the Chinese guide, and the section of `docs/configuration.md` that has the same in English."""


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def part(page: str, heading: str) -> str:
    (found,) = (one.text for one in sections(read(page)) if one.heading == heading)
    return found


# -- the two languages against each other ----------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.translation)
def test_every_section_has_the_facts_of_the_english_one(pair: Pair) -> None:
    found = []
    for left, right in pair.sides():
        if pair is README and left.heading in LOOSE:
            continue
        text = right
        if left.heading == GLOSSARY:
            text = dataclasses.replace(right, text="".join(part(pair.translation, name) for name in pair.alone))
        found += differences(pair, PAIRS, left, text, strict=left.heading != GLOSSARY)
    assert not found, "the English page has changed; let the Chinese one follow:\n" + "\n".join(found)


CHANGES = (
    ("five minutes (`unsent`)", "five minutes (`waiting`)", "lacks `waiting`"),
    ("says each as a sentence", "says each as a sentence of 77 signs", "lacks the figures 77"),
    ("**Look at.** `tierwatch audit`", "It may take long.\n\n**Look at.** `tierwatch audit`", "paragraphs, not"),
    ("[TierwatchOutboxStuck](#tierwatchoutboxstuck)", "[it](#tierwatchsilent)", "does not lead to"),
    ("(`audit_clean`)", "", "has `audit_clean`, which the other has not"),
)


def edited(folder: Path, before: str, after: str) -> Pair:
    """The runbooks in a folder, the English one with other words."""
    assert read(RUNBOOK.original).count(before), before
    for page in (RUNBOOK.original, RUNBOOK.translation):
        (folder / page).parent.mkdir(parents=True, exist_ok=True)
        (folder / page).write_text(read(page), encoding="utf-8")
    (folder / RUNBOOK.original).write_text(read(RUNBOOK.original).replace(before, after), encoding="utf-8")
    return dataclasses.replace(RUNBOOK, root=folder)


@pytest.mark.parametrize(("before", "after", "says"), CHANGES)
def test_a_change_of_one_english_section_is_said(tmp_path: Path, before: str, after: str, says: str) -> None:
    pair = edited(tmp_path, before, after)
    found = [line for left, right in pair.sides() for line in differences(pair, (pair,), left, right)]
    assert [line for line in found if "'TierwatchUndelivered'" in line and says in line], found


@pytest.mark.parametrize("after", ["TierwatchTest", "TierwatchHeartbeat", "TierwatchUnknownStatus"])
def test_a_new_english_section_is_said(after: str, tmp_path: Path) -> None:
    pair = edited(tmp_path, f"\n## {after}\n", f"\n## TierwatchNew\n\nIt says `new`.\n\n## {after}\n")
    with pytest.raises(AssertionError, match=r"differ in \['TierwatchNew'\] and \[\]$"):
        list(pair.sides())


def test_the_guide_has_the_steps_and_the_blocks_of_the_english_one() -> None:
    left = english.CONFIGURATION.partition("\n## Write a policy of your own\n")[2].partition("\n## ")[0]
    right = read(GUIDE).partition("\n## 自己写一个策略\n")[2].partition("\n## ")[0]
    assert translated.blocks(right) == translated.blocks(left)
    assert translated.code_words(right) - {"pause_reasons", "held"} == translated.code_words(left) - {"held"}
    assert translated.figures(left) <= translated.figures(right)
    steps = re.compile(r"(?m)^\*\*(\d+)\. ")
    assert steps.findall(right) == steps.findall(left)


@pytest.mark.parametrize("heading", TABLES)
def test_every_row_of_keys_has_the_words_of_the_english_one(heading: str) -> None:
    ours, theirs = (
        [table for table in english.tables(text) if set(table) & KEYS or "4h`, `1d12h" in table]
        for text in (part(GUIDE, heading), part("docs/configuration.md", TABLES[heading]))
    )
    assert [list(table) for table in ours] == [list(table) for table in theirs]
    for left, right in zip(theirs, ours, strict=True):
        for key, cells in left.items():
            assert translated.code_words(" | ".join(right[key])) >= translated.code_words(" | ".join(cells)), key
            assert translated.figures(" | ".join(cells)) <= translated.figures(" | ".join(right[key])), key


# -- the runbook -----------------------------------------------------------------------------------------------------


def test_every_alert_has_commands_to_paste() -> None:
    for section in sections(read(RUNBOOK.translation)):
        if section.level == 2 and section.heading.startswith("Tierwatch"):
            assert COMMANDS in section.text, section.heading
            assert translated.blocks(section.text.partition(COMMANDS)[2]), section.heading


def test_both_runbooks_have_the_same_anchors_for_alerts() -> None:
    for left, right in RUNBOOK.sides():
        assert (left.heading == right.heading) == left.heading.startswith("Tierwatch"), right.heading
        if left.heading == right.heading:
            name = re.compile(r"\s*(\S.*)\n")
            assert name.match(left.text)[1] == name.match(right.text)[1], left.heading  # type: ignore[index]


# -- the glossary ----------------------------------------------------------------------------------------------------

NOT_PRINTED = {
    "不适用原因", "事实", "其他等级体系", "分段", "区间", "半天停班", "发件箱", "存量", "成员", "批次", "文案",
    "文案表", "时间线", "暂定", "更正的策略", "标记文件", "游标", "确认人", "读数", "阶段状态",
    "时间片", "严重误码", "不可用时间", "未知时间", "已定",
}  # fmt: skip
"""Terms of the documents that no message has: the program says the thing otherwise, or only in a policy or a log."""


def rows() -> dict[str, tuple[str, str]]:
    """Of each English term of the Chinese glossary, the Chinese one and the key."""
    found = {}
    for name in sorted(CONCEPTS.alone):
        (table,) = english.tables(part(CONCEPTS.translation, name))
        for chinese, (term, key, meaning) in table.items():
            assert meaning, chinese
            found[term] = (chinese, key)
    return found


def catalogue(language: str) -> dict[str, str]:
    text = read(f"monitor/messages/{language}.ftl")
    return dict(re.findall(r"(?m)^([\w-]+) = (.+)$", text))


def test_the_glossaries_of_both_languages_have_the_same_terms() -> None:
    theirs = {term: cells[0] for table in english.tables(read("docs/glossary.md")) for term, cells in table.items()}
    assert {term: chinese for term, (chinese, _) in rows().items()} == theirs


def test_the_terms_of_the_glossary_are_those_of_the_chinese_catalogue() -> None:
    said = re.sub(r"(?m)^#.*$", "", read("monitor/messages/zh.ftl"))
    assert {chinese for chinese, _ in rows().values() if chinese not in said} == NOT_PRINTED


def test_a_message_that_is_a_term_has_the_chinese_term() -> None:
    ours, theirs = catalogue("zh"), catalogue("en")
    terms = {term: chinese for term, (chinese, _) in rows().items()}
    said = {name: (text.lower(), ours[name]) for name, text in theirs.items() if text.lower() in terms}
    assert len(said) >= 30
    assert {
        name: pair for name, pair in said.items() if terms[pair[0]] not in pair[1] and name not in OTHER_SENSE
    } == {}


OTHER_SENSE = {"attribute-cause", "attribute-tier", "explain-reason-backlog", "grafana-stale"}
"""Messages that have the letters of a term and say more, or another thing."""

KEYS = {
    english.written(described, item.name)
    for described in (*english.SECTIONS.values(), ConfigText, SourceText, ReceiverText, MappingText)
    for item in dataclasses.fields(described)
} | {item.name for _, module in english.PLUGINS for item in dataclasses.fields(module.Config)} | {
    "id", "target", "entered", "windows", "factor", "en",
}  # fmt: skip


def test_the_keys_of_the_glossary_exist() -> None:
    named = {term: key for term, (_, key) in rows().items() if key != "–"}
    assert len(named) >= 35
    assert {term: key for term, key in named.items() if key.strip("`") not in KEYS} == {}


NAMED_OTHERWISE = {"corrects", "counts", "holidays", "hours", "id", "recurring"}
"""Keys that say one thing of what the term means: the list of holidays has closings, the hours of a calendar others."""


def test_the_program_calls_the_keys_of_the_glossary_by_its_terms() -> None:
    """`tierwatch diff-policy` says in words what a key is."""
    terms: dict[str, list[str]] = {}
    for chinese, key in rows().values():
        terms.setdefault(key.strip("`"), []).append(chinese)
    ours = catalogue("zh")
    called = {key: ours[name] for key in terms for name in [f"policy-key-{key.replace('_', '-')}"] if name in ours}
    assert len(called) >= 28
    assert {key for key, name in called.items() if not any(term in name for term in terms[key])} == NAMED_OTHERWISE


# -- how they are written --------------------------------------------------------------------------------------------


WESTERN = re.compile(
    r".{0,9}(?:[\u4e00-\u9fff）】”][,;:?!()]|[,;:?!(][\u4e00-\u9fff（【“]|[\u4e00-\u9fff]\.(?:\s|$)).{0,9}",
    re.MULTILINE,
)
"""A mark of another script beside a Chinese sign."""


def chinese_rules() -> str:
    rules = yaml.safe_load(read("alerts/prometheus/tierwatch.rules.yml"))
    texts = [rule.get("annotations", {}) for group in rules["groups"] for rule in group["rules"]]
    return "\n".join(text for named in texts for name, text in named.items() if name.endswith("_zh"))


@pytest.mark.parametrize("page", CHINESE)
def test_the_punctuation_is_that_of_chinese(page: str) -> None:
    text = re.sub(r"`[^`]*`|\]\([^)]*\)", "", translated.prose(read(page)))
    assert WESTERN.findall(text) == []


def test_the_punctuation_of_the_catalogue_and_of_the_rules_is_that_of_chinese() -> None:
    messages = re.sub(r"(?m)^#.*$", "", read("monitor/messages/zh.ftl"))
    assert WESTERN.findall(re.sub(r"`[^`]*`|\{[^{}]*\}", "汉", messages)) == []
    assert WESTERN.findall(re.sub(r"`[^`]*`|\{\{.*?\}\}", "", chinese_rules(), flags=re.DOTALL)) == []


def said_by_a_message(sentence: str, template: str) -> bool:
    """Whether a message says the sentence with some arguments. One of few words of its own could say anything."""
    parts = re.split(r"(\{[^{}]*\})", template)
    own = [part for part in parts if not part.startswith("{")]
    pattern = "".join(".+" if part.startswith("{") else re.escape(part) for part in parts)
    return len(re.findall(r"[\u4e00-\u9fff]", "".join(own))) >= 4 and bool(re.fullmatch(pattern, sentence))


def test_what_the_pages_quote_of_the_program_is_in_the_catalogue() -> None:
    quoted = re.findall(r"中文：?“([^”]+)”", read(CONCEPTS.translation) + read(RUNBOOK.translation))
    quoted += re.findall(r"仪表盘上的“([^”]+)”和“([^”]+)”", read(RUNBOOK.translation))[0]
    messages = catalogue("zh").values()
    assert len(quoted) >= 7
    for sentence in quoted:
        whole = any(said_by_a_message(sentence, template) for template in messages)
        assert whole or any(sentence in template for template in messages), sentence
    assert not any(said_by_a_message("近182天已用10小时，照此速度将会用尽", template) for template in messages)


def test_english_and_chinese_pages_lead_to_each_other() -> None:
    assert "(README.zh-CN.md)" in read("README.md")
    assert "(README.md)" in read("README.zh-CN.md")
    for page in CHINESE[1:]:
        assert f"({page})" in read("README.zh-CN.md"), page
    for page in (RUNBOOK, CONCEPTS, PAGES, ACCESS):
        assert f"(zh-CN/{Path(page.translation).name})" in read(page.original), page.original
    assert "(zh-CN/writing-a-policy.md" in english.CONFIGURATION


# -- the quick start -------------------------------------------------------------------------------------------------


def block(info: str) -> str:
    (found,) = (text for said, text in fenced(read(QUICK_START)) if said == info)
    return found


def test_the_first_ticket_is_explained_as_the_quick_start_says(tmp_path: Path) -> None:
    (tmp_path / "tickets.jsonl").write_text(block("json lines"), encoding="utf-8")
    (tmp_path / "tierwatch.yml").write_text(block("yaml config"), encoding="utf-8")
    loaded = config_file.load(tmp_path / "tierwatch.yml")
    (source,) = loaded.sources
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    collector: Any = source.module.build(source.options)
    events = [event for batch in polled(collector, Cursor(source.name, now)) for event in batch.events]
    said = list(as_lines(explain(events, loaded.rules, now, "restore"), loaded.language))
    shown = block("text explain").splitlines()
    assert len(shown) == 8
    places = [said.index(line) for line in shown]
    assert places == sorted(places)


def test_the_sources_and_receivers_of_the_quick_start_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TICKETS_TOKEN", "DINGTALK_ROBOT"):
        assert name in read(QUICK_START)
        monkeypatch.setenv(name, "https://oapi.example.com/robot/send?access_token=x")
    text = f"policy: cmcc-2014\nzone: Asia/Shanghai\n{block('yaml sources')}{block('yaml receivers')}"
    (tmp_path / "tierwatch.yml").write_text(text, encoding="utf-8")
    loaded = config_file.load(tmp_path / "tierwatch.yml")
    assert [source.name for source in loaded.sources] == ["tickets", "circuits"]
    assert [receiver.name for receiver in loaded.receivers] == ["oncall", "noc", "log"]
    assert {"cmcc-2009", "cmcc-2014"} <= set(policy_file.shipped())


def test_what_the_quick_start_names_is_in_the_english_pages_too() -> None:
    pages = ("README.md", "docs/operations.md", "docs/configuration.md", "docs/silences.md", "docs/concepts.md")
    known = "".join(read(page) for page in pages)
    words = translated.code_words(read(QUICK_START)) - {"{env: 变量名}", "{file: 路径}", "tickets.jsonl"}
    assert {word for word in words if word not in known} == set()
    commands = [
        line.split("  #")[0].strip() for text in translated.blocks(read(QUICK_START)) for line in text.splitlines()
    ]
    for line in commands:
        if re.match(r"systemctl|journalctl|curl|make ", line):
            assert line in known, line
