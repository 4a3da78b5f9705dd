"""A source's own word for "gone for good": through the mapping, for every kind of subject and collector of files."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.collectors import jsonl_file, servicenow_audit
from monitor.history.mapping import SourceMapping, StatusRule, interpret
from monitor.history.retirement import retirement
from monitor.model import CircuitState, Phase, RetiredBy
from tests.support.collecting import poll

FIRST, LAST = "2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z"


def said(folder: Path, kind: str, *words: str) -> list[dict[str, str]]:
    lines = [
        {"event_id": f"e{n}", "kind": kind, "subject": "S1", "at": at, "status": word}
        for n, (at, word) in enumerate(zip((FIRST, LAST), words, strict=True))
    ]
    (folder / "events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return lines


@pytest.mark.parametrize(
    ("kind", "mapping"),
    [
        ("ticket", SourceMapping(statuses={"open": StatusRule(Phase.OPENED), "purged": StatusRule(Phase.RETIRED)})),
        ("change", SourceMapping(statuses={"open": StatusRule(Phase.OPENED), "purged": StatusRule(Phase.RETIRED)})),
        ("circuit", SourceMapping(circuit_states={"open": CircuitState.AVAILABLE, "purged": CircuitState.RETIRED})),
        ("circuit", SourceMapping(circuit_states={"open": CircuitState.AVAILABLE},
                                  statuses={"purged": StatusRule(Phase.RETIRED)})),
    ],
)  # fmt: skip
def test_a_word_of_a_file_retires(tmp_path: Path, kind: str, mapping: SourceMapping) -> None:
    said(tmp_path, kind, "open", "Purged")
    polled = poll(jsonl_file.build(jsonl_file.Config(tmp_path / "events.jsonl")))
    history = interpret(polled.of("S1"), mapping, {})
    gone = retirement(history)
    assert gone is not None
    assert (gone.by, gone.reason, gone.event_id) == (RetiredBy.SOURCE, "Purged", "e1")
    assert history.doubts == ()


def test_our_own_word_needs_no_mapping(tmp_path: Path) -> None:
    for kind in ("ticket", "circuit"):
        said(tmp_path, kind, "opened" if kind == "ticket" else "available", "retired")
        polled = poll(jsonl_file.build(jsonl_file.Config(tmp_path / "events.jsonl")))
        assert retirement(interpret(polled.of("S1"), jsonl_file.MAPPING, {})) is not None


def test_no_file_can_state_a_retirement_in_the_name_of_an_inventory(tmp_path: Path) -> None:
    line = {"event_id": "e1", "kind": "circuit", "subject": "S1", "at": FIRST, "correction": {"kind": "retire"}}
    (tmp_path / "events.jsonl").write_text(json.dumps(line) + "\n")
    polled = poll(jsonl_file.build(jsonl_file.Config(tmp_path / "events.jsonl")))
    assert polled.events == []
    assert len(polled.rejects) == 1


def test_a_state_of_an_incident_may_retire_it(tmp_path: Path) -> None:
    rows = [
        {"number": "INC1", "incident_state": word, "sys_mod_count": str(n), "opened_at": "1/5/2016 09:00",
         "sys_updated_at": f"1/5/2016 09:0{n}"}
        for n, word in enumerate(("New", "Purged"))
    ]  # fmt: skip
    with (tmp_path / "log.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    polled = poll(servicenow_audit.build(servicenow_audit.Config(tmp_path / "log.csv", zone=ZoneInfo("UTC"))))
    events = polled.of("INC1")
    usual = servicenow_audit.MAPPING
    mapping = replace(usual, statuses={**usual.statuses, "Purged": StatusRule(Phase.RETIRED)})
    assert retirement(interpret(events, mapping, {})) is not None
    assert retirement(interpret(events, usual, {})) is None
