"""What is not understood is counted and said by `run`, `replay` and `backtest` alike, one test a kind of word."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support import program
from tests.support.installations import configuration, written
from tests.support.program import metrics, tierwatch, wait_for

POLICY = """
policy: flow
version: "1"
effective_from: 2020-01-01
name: {en: Flow}
ladders:
  tier: [{id: gold, en: Gold}, {id: standard, en: Standard}]
  assurance: [{id: AAA, en: AAA}, {id: normal, en: Normal}]
calendars:
  always: {zone: UTC, hours: 24x7}
pause_reasons: {customer: {en: Customer}}
targets:
  restore:
    name: {en: Restoration}
    start: [opened, accepted, held]
    stop: [restored, closed]
    pause: [customer]
    begins: [detected]
    budgets: [{when: {tier: gold}, budget: 4h, source: test}, {when: {urgency: [A, B]}, budget: 5h, source: test}]
  survey:
    name: {en: Survey}
    start: [opened]
    stop: [closed]
    budgets: [{when: {process: survey, scope: in-city}, budget: 9h, source: test}]
"""
OPENED = datetime(2026, 3, 2, 8, tzinfo=UTC)
SAID: dict[str, dict[str, Any]] = {
    "status": {"status": "odd"},
    "reason": {"status": "held", "reason": "odd"},
    **{name: {"fields": {name: "odd"}} for name in ("tier", "assurance", "urgency", "customer_tier", "far_tier")},
    "process": {"fields": {"process": "odd", "scope": "in-city"}},
    "scope": {"fields": {"scope": "odd", "process": "survey"}},
    **{name: {"fields": {name: "odd"}} for name in ("detected", "complained", "planned")},
}
"""By kind of word, what a ticket says that nobody understands."""


class Heard(NamedTuple):
    """What each command says of the same tickets."""

    replay: list[dict[str, Any]]
    replayed: str
    backtest: list[dict[str, Any]]
    backtested: str
    as_csv: tuple[str, str]
    run: str


def command(folder: Path, *words: str) -> tuple[str, str]:
    done = program.command(*words, cwd=folder)
    done.check_returncode()
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder = tmp_path_factory.mktemp("words")
    lines = []
    for what, said in SAID.items():
        for number, event in enumerate((said, {"status": "restored"})):
            at = (OPENED + timedelta(hours=number)).isoformat()
            event = {"event_id": f"{what}-{number}", "kind": "ticket", "subject": what.upper(), "at": at, **event}
            lines.append(json.dumps({"status": "opened", **event}) + "\n")
    (folder / "t.jsonl").write_text("".join(lines), encoding="utf-8")
    config = written(
        folder, POLICY, configuration("{type: jsonl_file, options: {path: t.jsonl}}", {"log": "{type: log}"})
    )
    replay = ("replay", "t.jsonl", "--source", "jsonl_file", "--policy", "policy.yml")
    backtest = ("backtest", "--input", "t.jsonl", "--source", "jsonl_file", "--policy", "policy.yml")
    with tierwatch(config) as address:
        wait_for(address, 'tierwatch_unknown_values_total{source="tickets",what="planned"}', 1)
        yield Heard(
            json.loads(command(folder, *replay, "--json")[0])["not_understood"],
            command(folder, *replay)[0],
            json.loads(command(folder, *backtest, "--format", "json")[0])["policies"][0]["not_understood"],
            command(folder, *backtest)[0],
            command(folder, *backtest, "--format", "csv"),
            metrics(address),
        )


@pytest.mark.parametrize("what", SAID)
def test_a_word_of_each_kind_that_is_not_understood_is_counted_by_run(heard: Heard, what: str) -> None:
    assert f'tierwatch_unknown_values_total{{source="tickets",what="{what}"}} 1.0\n' in heard.run
    assert f'tierwatch_quarantined_records{{reason="unknown_{what}",source="tickets"}} 1.0\n' in heard.run


@pytest.mark.parametrize("what", SAID)
@pytest.mark.parametrize("by", ["replay", "backtest"])
def test_a_word_of_each_kind_that_is_not_understood_is_counted_with_an_example(
    heard: Heard, by: str, what: str
) -> None:
    (one,) = [one for one in getattr(heard, by) if one["what"] == what]
    assert (one["word"], one["times"], one["subject"], one["event"]) == ("odd", 1, what.upper(), f"{what}-0")
    assert ('"odd": ' in one["mapping"]) is (what not in ("detected", "complained", "planned"))


@pytest.mark.parametrize("what", SAID)
def test_a_word_of_each_kind_that_is_not_understood_is_said_to_people_too(heard: Heard, what: str) -> None:
    for said in (heard.replayed, heard.backtested, heard.as_csv[1]):
        assert f"first in event {what}-0 of {what.upper()}\n" in said


def test_what_is_not_understood_stays_out_of_a_table_for_machines(heard: Heard) -> None:
    rows = list(csv.reader(io.StringIO(heard.as_csv[0])))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert "not understood" not in heard.as_csv[0]
