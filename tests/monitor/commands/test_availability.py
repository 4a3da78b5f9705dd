"""`tierwatch availability` on small files: columns, times, rows left out, planned work, tickets, statements."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor import cli
from monitor.config.availability_file import availability_rules
from monitor.errors import ConfigError

STATES = """\
circuit,at,state
CKT-1,2026-04-01T00:00:00Z,up
CKT-1,2026-04-10T00:00:00Z,down
CKT-1,2026-04-10T02:00:00Z,up
CKT-1,2026-05-01T00:00:00Z,up
"""


def run(*words: object) -> Any:
    done = CliRunner().invoke(cli.app, ["availability", *map(str, words)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def one(*words: object) -> dict[str, Any]:
    found = json.loads(run(*words, "--json").stdout)
    (circuit,) = found["circuits"]
    return {**circuit, "left_out": found["left_out"]}


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_planned_work_and_tickets_stand_beside_the_fault_that_they_are_of(tmp_path: Path) -> None:
    states = file(tmp_path, "states.csv", STATES)
    planned = file(tmp_path, "planned.csv", "circuit,start,end\nCKT-1,2026-04-10T00:00:00Z,2026-04-10T00:30:00Z\n")
    head = "circuit,opened,accepted,restored,cause\n"
    tickets = file(
        tmp_path,
        "tickets.csv",
        head + "CKT-1,2026-04-10T00:05:00Z,2026-04-10T00:10:00Z,2026-04-10T01:40:00Z,fibre\n"
        "CKT-2,2026-04-10T00:05:00Z,,,\n",
    )
    found = one(states, "--planned", planned, "--tickets", tickets)
    (fault,) = found["faults"]
    assert (fault["unavailable_seconds"], fault["excused_seconds"], fault["contested_seconds"]) == (5400, 1800, 1200)
    assert (fault["accepted"], fault["restored"], fault["cause"]) == (
        "2026-04-10T00:10:00Z", "2026-04-10T01:40:00Z", "fibre",
    )  # fmt: skip
    assert (fault["onset"], fault["counts_from"]) == ("2026-04-10T00:00:00Z", "2026-04-10T00:30:00Z")
    (april,) = found["periods"]
    assert (april["period"], april["unavailable_seconds"], april["excused_seconds"]) == (202604, 5400, 1800)


def test_the_table_has_figures_bounds_and_faults_in_the_readers_language(tmp_path: Path) -> None:
    states = file(tmp_path, "states.csv", STATES)
    said = run(states, "--language", "zh", "--zone", "Asia/Shanghai", "--silence", "400h").stdout
    assert "可用率（Asia/Shanghai）" in said
    assert "2:00:00" in said
    assert "2026-04-10 08:00:00+08:00" in said
    assert "上下限" in said


def test_what_clocks_are_told_is_read_again_by_the_collector_of_events(tmp_path: Path) -> None:
    states, events = file(tmp_path, "states.csv", STATES), tmp_path / "events.jsonl"
    run(states, "--events", events)
    told = [json.loads(line) for line in events.read_text(encoding="utf-8").splitlines()]
    assert [(each["at"], each["status"]) for each in told] == [
        ("2026-04-01T00:00:00Z", "available"), ("2026-04-10T00:00:00Z", "unavailable"),
        ("2026-04-10T02:00:00Z", "available"),
    ]  # fmt: skip
    done = CliRunner().invoke(
        cli.app, ["replay", str(events), "--source", "jsonl_file", "--policy", "operator-practice", "--json"]
    )
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert (summary["subjects"], summary["events"], summary["rejected"]) == (1, 3, {})


def test_a_row_that_cannot_be_read_is_left_out_and_counted_and_is_neither_up_nor_down(tmp_path: Path) -> None:
    rows = [
        {"at": "2026-04-01T00:00:00.500Z", "delay_ms": 20},
        {"at": "2026-04-01T00:00:01.500Z", "delay_ms": 0},
        {"at": "2026-04-01T00:00:02.500Z", "delay_ms": None},
        {"at": "2026-04-01T00:00:03.500Z", "delay_ms": float("nan")},
        {"at": "2026-04-01T00:00:04.500Z", "delay_ms": -5},
        {"at": "2026-04-01T00:00:05.500Z", "delay_ms": "x"},
        {"at": "soon", "delay_ms": 20},
        {"at": "2026-04-01T00:00:06", "delay_ms": 20},
        {"at": "2026-04-01T00:00:07.500Z", "state": "asleep"},
        {"at": "2026-04-01T00:00:08.500Z", "delay_ms": 20, "down": True},
        {"at": "2026-04-01T00:00:09.500Z", "sent": 3, "lost": 1.5},
        {"at": "2026-04-01T00:00:09.500Z", "sent": 4, "lost": 1},
    ]
    text = "\n".join([*map(json.dumps, rows), "[1]", "{"])
    found = one(file(tmp_path, "CKT-9.jsonl", text), "--rules", file(tmp_path, "r.yml", "usual: {run: 1}\n"))
    assert found["left_out"] == {
        "no_number": 2, "no_time": 1, "time_without_zone": 1, "unknown_word": 1, "malformed": 2,
    }  # fmt: skip
    (april,) = found["periods"]
    assert found["circuit"] == "CKT-9"
    assert (april["available_seconds"], april["degraded_seconds"]) == (1, 1)
    assert (april["unavailable_seconds"], april["unknown_seconds"]) == (3, 5)
    assert found["odd_samples"] == {"unmeasured": 2}


def test_both_directions_make_the_circuit(tmp_path: Path) -> None:
    rows = ["direction,at,delay_ms"]
    rows += [f"out,2026-04-01T00:00:{second:02}.500Z,20" for second in range(20)]
    rows += [f"back,2026-04-01T00:00:{second:02}.500Z,{0 if second >= 10 else 20}" for second in range(20)]
    (april,) = one(file(tmp_path, "c.csv", "\n".join(rows)))["periods"]
    assert (april["available_seconds"], april["unavailable_seconds"]) == (10, 10)


def test_a_local_time_that_occurs_twice_is_read_by_the_order_of_the_rows(tmp_path: Path) -> None:
    rows = ["at,state", "2026-10-25T02:30:00,down", "2026-10-25T02:50:00,up", "2026-10-25T02:10:00,down"]
    rows += ["2026-10-25T03:00:00,up"]
    found = one(file(tmp_path, "c.csv", "\n".join(rows)), "--zone", "Europe/Berlin")
    assert [fault["onset"] for fault in found["faults"]] == ["2026-10-25T00:30:00Z", "2026-10-25T01:10:00Z"]
    assert [fault["unavailable_seconds"] for fault in found["faults"]] == [1200, 3000]


def test_since_and_until_widen_what_is_counted_as_unknown(tmp_path: Path) -> None:
    found = one(
        file(tmp_path, "c.csv", STATES),
        *("--since", "2026-03-31", "--until", "2026-05-02", "--per", "day", "--silence", "400h"),
    )  # fmt: skip
    days = {day["period"]: day for day in found["periods"]}
    assert (len(days), days[20260331]["unknown_seconds"], days[20260331]["availability"]) == (32, 86_400, None)
    assert days[20260410]["unavailable_seconds"] == 7200


def test_each_level_has_what_it_says_and_else_what_is_usual(tmp_path: Path) -> None:
    text = (
        "usual: {bin: 10s, run: 3}\nassurance:\n  AAA: {run: 5, errored_delay_ms: 50}\nfaults: {merge: 0s, flaps: 4}\n"
    )
    found = availability_rules(file(tmp_path, "r.yml", text))
    usual, high = found.rules.of("A"), found.rules.of("AAA")
    assert (usual.bin.seconds, usual.run, usual.errored_delay) == (10, 3, None)
    assert high.errored_delay is not None
    assert (high.bin.seconds, high.run, high.errored_delay.microseconds) == (10, 5, 50_000)
    assert (found.faults.merge.seconds, found.faults.flaps) == (0, 4)


@pytest.mark.parametrize("text", ["usual: {run: 0}\n", "usual: {bins: 3}\n", "faults: {merge: 2d}\n", "[]\n"])
def test_a_file_of_rules_that_cannot_count_is_refused_with_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match=r"r\.yml:1"):
        availability_rules(file(tmp_path, "r.yml", text))
