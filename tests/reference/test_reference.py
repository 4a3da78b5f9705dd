"""The reference pages are what the code gives now, and every key, word and alert has its sentence and its example."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
from pathlib import Path

import pytest

from alerts.oncall import roster_schema, rota_file
from monitor.collectors._selectors import Selector
from monitor.config import config_file, policy_schema
from monitor.config import schema as config_schema
from monitor.config.descriptions import dataclasses_in, written
from monitor.model import Phase
from monitor.net.failures import Failed
from monitor.policy.labels import ALERTS
from monitor.store.checking import DAMAGED, ID, SCHEMA, UNFINISHED
from monitor.store.invariants import INVARIANTS
from tests.reference import (
    alerts_page,
    config_page,
    errors_page,
    key_examples,
    reasons_page,
    refusals,
    send_failures,
    wrong_databases,
)
from tests.reference.pages import PAGES
from tests.reference.prometheus_files import ROOT, alert_rules
from tests.reference.sentences import descriptions

KEYS = [
    pytest.param(section.kind, item.name, id=f"{section.heading}-{item.name}")
    for section in config_page.SECTIONS
    for item in dataclasses.fields(section.kind)
]
VCALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:20260306\r\n"
    "SUMMARY:Closed\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
SECRETS = {"WECOM_URL": "https://qyapi.weixin.qq.com/send?key=1", "ROTA_URL": "https://rota.example.com/a.ics"}


@pytest.mark.parametrize("path", [path for path in PAGES if path.stem != "errors"], ids=lambda path: path.stem)
def test_a_page_is_what_the_code_gives(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run `make reference`"


@pytest.mark.timeout(1800)
def test_the_page_of_refusals_is_what_the_program_says_and_leaves_none_out() -> None:
    """Where one is left out, add a wrong input to the tests beside the code, or to tests/reference/wrong_*.py."""
    (path,) = (path for path in PAGES if path.stem == "errors")
    assert list(errors_page.not_shown()) == []
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run `make reference`"


def test_every_fault_of_a_database_is_said_with_what_to_do(tmp_path: Path) -> None:
    rows = list(wrong_databases.rows(tmp_path / "backups"))
    words = {word for word, _, _ in rows} - {""}
    assert words == {DAMAGED, SCHEMA, ID, UNFINISHED, "unreadable_TABLE", *(rule.id for rule in INVARIANTS)}
    assert all(says and todo for _, says, todo in rows)


@pytest.mark.parametrize(("kind", "name"), KEYS)
def test_a_key_has_one_sentence_and_an_example(kind: type, name: str) -> None:
    assert re.fullmatch(r"[A-Z`].+\.", descriptions(kind)[name])
    assert key_examples.of(kind, written(kind, name))


def test_no_part_of_a_file_is_left_out() -> None:
    parts: dict[str, type] = {}
    for whole in (config_schema.ConfigText, policy_schema.PolicyText, roster_schema.FileText):
        parts = dataclasses_in(whole, parts)
    known = {section.kind for section in config_page.SECTIONS}
    assert set(parts.values()) - known == {roster_schema.UrlText}  # written as text, or as the place of a secret
    assert Selector not in parts.values()


def test_the_examples_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for file in key_examples.OWN.iterdir():
        shutil.copy(file, tmp_path)
        for name in re.findall(r"env: (\w+)", file.read_text(encoding="utf-8")):
            monkeypatch.setenv(name, SECRETS.get(name, f"https://example.com/robot/send?{'x' * 32}"))
    monkeypatch.setenv("APPRISE_URL", "json://example.com")
    for name in ("closed.ics", "rota.ics"):
        (tmp_path / name).write_text(VCALENDAR, encoding="utf-8")
    (tmp_path / "link.secret").write_text("x" * 40, encoding="utf-8")
    config = config_file.load(tmp_path / "tierwatch.yml")
    assert config.oncall is not None
    rota = rota_file(config)
    assert set(rota.roster.teams) == {"noc", "seniors"}


def test_a_word_has_one_sentence() -> None:
    for words in reasons_page.LISTS:
        texts = descriptions(words.kind)
        assert [word.name for word in words.kind if not texts.get(word.name, "").endswith(".")] == [], words.heading


def test_the_sentence_below_a_member_is_no_part_of_it() -> None:
    assert Phase.HELD == "held"
    assert descriptions(Phase)["HELD"].startswith("It waits for a reason")


def test_the_reasons_of_deliveries_are_those_of_the_code() -> None:
    """Every literal that a notifier or the outbox gives as a reason, in both directions."""
    found = set()
    for file in (*(ROOT / "alerts/notifiers").glob("*.py"), ROOT / "alerts/delivery/outbox.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            found |= set(literals(node))
    assert found - {word.value for word in Failed} == set(send_failures.WORDS)


def literals(node: ast.AST) -> list[str]:
    """The literal that stands where a reason does: after a verdict, or first in a pair that is returned."""
    values: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("Result", "_Trouble"):
        verdicts = [number for number, each in enumerate(node.args) if ast.unparse(each).startswith("Verdict.")]
        values = [each for number in verdicts for each in node.args[number + 1 : number + 2]]
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        pair = node.value.elts
        values = pair[1:2] if ast.unparse(pair[0]).startswith("Verdict.") else pair[:1]
    words = [each.value for each in values if isinstance(each, ast.Constant)]
    return [word for word in words if isinstance(word, str) and re.fullmatch(r"[a-z_]+", word)]


def test_every_alert_says_when_it_fires() -> None:
    for name in (*ALERTS, *(rule.name for rule in alert_rules())):
        assert alerts_page.fires(name).endswith((".", ")"))


def test_what_excuses_a_refusal_from_being_shown_is_about_one() -> None:
    assert [piece for piece in errors_page.NOT_SHOWN if not any(piece in str(site) for site in refusals.sites())] == []


def test_a_refusal_is_found_by_its_words_alone() -> None:
    one, other = (
        "a.yml:3 zone: 'China' is not a time zone; write one",
        "b.yml:9 x.zone: 'Mars' is not a time zone; write one",
    )
    assert refusals.skeleton(one) == refusals.skeleton(other)
    assert refusals.skeleton(one) != refusals.skeleton("a.yml:3 zone: is missing; write it")
