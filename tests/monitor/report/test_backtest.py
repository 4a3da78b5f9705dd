from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.collectors import servicenow_audit
from monitor.collectors._audit_rows import Columns
from monitor.config import build_rulebook, policy_file
from monitor.config.plugins import checked_options
from monitor.history import Collector
from monitor.history.event_json import event_to_json
from monitor.history.events import content_id
from monitor.report import backtest, replay, shares
from monitor.report.tally import nearest_rank
from tests.support.cases import at, ticket
from tests.support.command_line import Command, Said, in_process
from tests.support.texts import exchanged

ROOT = Path(__file__).parents[3]
THREE = str(ROOT / "tests/bench/three_targets.yml")
SUPPORT = str(ROOT / "tests/support/policies/it-support-1.yml")
"""A policy that begins with the opening of a ticket, as the log has it."""
NOW = datetime(2026, 11, 1, tzinfo=UTC)
DATA = Path(os.environ.get("TIERWATCH_DATA", ROOT.parent / "shared/data")) / "uci-incident-log"
UCI = DATA / "incident_event_log.public.csv.gz"

HEADER = "number,incident_state,sys_mod_count,opened_at,sys_updated_at,priority"
# 31 March 2016 is a Thursday. By hand, under three_targets.yml in UTC:
# INC1 is accepted after 3 h of office time (2 h allowed), attended and restored after 3 h.
# INC2 is accepted at once; it waits for the user from 10:00 to 1 April 09:00, and is restored at 10:00: attended within
#   1 h + 1 h, restored within 2 h.
# INC3 is critical: attended within 4 h of office time, which are used up at 13:00; it is restored at 16:00.
# INC4 is never touched again; at the end of the log, 1 April 10:00, it has counted 1 h of the office, 49 h of the wall.
LOG = f"""{HEADER}
INC1,New,0,31/3/2016 08:00,31/3/2016 08:00,3 - Moderate
INC1,Active,1,31/3/2016 08:00,31/3/2016 11:00,3 - Moderate
INC1,Resolved,2,31/3/2016 08:00,31/3/2016 11:00,3 - Moderate
INC2,Active,0,31/3/2016 09:00,31/3/2016 09:00,3 - Moderate
INC2,Awaiting User Info,1,31/3/2016 09:00,31/3/2016 10:00,3 - Moderate
INC2,Active,2,31/3/2016 09:00,1/4/2016 09:00,3 - Moderate
INC2,Resolved,3,31/3/2016 09:00,1/4/2016 10:00,3 - Moderate
INC3,New,0,31/3/2016 08:00,31/3/2016 08:00,1 - Critical
INC3,Active,1,31/3/2016 08:00,31/3/2016 08:30,1 - Critical
INC3,Resolved,2,31/3/2016 08:00,31/3/2016 16:00,1 - Critical
INC4,New,0,1/4/2016 09:00,1/4/2016 09:00,4 - Low
INC5,New,0,?,yesterday,4 - Low
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process."""
    return in_process(capsys, monkeypatch)


def judged(run: Command, path: Path, *words: str, policies: tuple[str, ...] = (THREE,)) -> Said:
    given = [word for policy in policies for word in ("--policy", policy)]
    return run("backtest", *given, "--input", str(path), "--source", "servicenow_audit", "--zone", "UTC", *words)


def as_json(run: Command, path: Path, **options: Any) -> dict[str, Any]:
    code, out, err = judged(run, path, "--format", "json", **options)
    assert code == 0, err
    return json.loads(out)  # type: ignore[no-any-return]


def outcome(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("carried", "started", "met", "breached", "cancelled", "open"))


# -- by hand -----------------------------------------------------------------------------------------------------------


def test_a_small_log_comes_to_what_it_does_on_paper(tierwatch: Command, log: Path) -> None:
    said = as_json(tierwatch, log)
    (policy,) = said.pop("policies")
    assert said == {
        "file": str(log), "zone": "UTC", "subjects": 4, "events": 11, "until": "2016-04-01T10:00:00Z",
        "duplicates": 0, "rejected": {"bad_time": 1}, "unknown_statuses": {},
    }  # fmt: skip
    assert policy["policy"] == "bench@1"
    rows = {(row["month"], row["target"]): row for row in policy["rows"]}
    assert {key: outcome(row) for key, row in rows.items()} == {
        ("2016-03", "accept"): (0, 3, 2, 1, 0, 0),
        ("2016-03", "attend"): (0, 3, 1, 1, 0, 1),
        ("2016-03", "restore"): (0, 3, 2, 0, 0, 1),
        ("2016-04", "accept"): (0, 1, 0, 0, 0, 1),
        ("2016-04", "attend"): (1, 1, 1, 0, 0, 1),
        ("2016-04", "restore"): (1, 1, 1, 0, 0, 1),
    }
    assert rows["2016-03", "accept"]["late_p50_seconds"] == rows["2016-03", "accept"]["late_max_seconds"] == 3600
    assert rows["2016-03", "attend"]["late_max_seconds"] == 3 * 3600
    assert rows["2016-03", "restore"]["late_p50_seconds"] is None
    waited = {(month, target): row["excluded_by_reason"] for (month, target), row in rows.items()}
    assert waited["2016-03", "attend"] == waited["2016-03", "restore"] == {"awaiting_user_info": 14 * 3600}
    assert waited["2016-04", "attend"] == {"awaiting_user_info": 9 * 3600}
    assert waited["2016-03", "accept"] == {}
    assert rows["2016-04", "attend"]["excluded_seconds"] == 9 * 3600


def test_a_policy_is_judged_as_if_it_had_always_been_in_force(tierwatch: Command, log: Path, tmp_path: Path) -> None:
    late = tmp_path / "late.yml"
    late.write_text(exchanged(Path(THREE).read_text(), ("2016-01-01", "2030-01-01")), encoding="utf-8")
    assert as_json(tierwatch, log, policies=(str(late),))["policies"] == as_json(tierwatch, log)["policies"]


def test_in_another_zone_hours_and_months_are_others(tierwatch: Command, log: Path) -> None:
    code, out, _ = tierwatch(
        "backtest", "--policy", THREE, "--input", str(log), "--source", "servicenow_audit", "--zone", "Asia/Shanghai",
        "--format", "json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["until"] == "2016-04-01T02:00:00Z"
    assert [row["month"] for row in json.loads(out)["policies"][0]["rows"]][:1] == ["2016-03"]


# -- the three forms ---------------------------------------------------------------------------------------------------


def test_the_csv_has_one_header_and_a_line_per_policy_month_and_group(tierwatch: Command, log: Path) -> None:
    code, out, err = judged(tierwatch, log, "--format", "csv")
    assert (code, err.strip()) == (0, "")
    assert out.endswith("\r\n")
    lines = list(csv.DictReader(io.StringIO(out, newline="")))
    assert len(lines) == 6
    assert list(lines[0])[:6] == ["policy", "month", "source", "tier", "assurance", "target"]
    found = [(line["month"], line["target"], line["breached"], line["late_max_seconds"]) for line in lines]
    assert found[:2] == [("2016-03", "accept", "1", "3600"), ("2016-03", "attend", "1", "10800")]
    assert json.loads(lines[1]["excluded_by_reason"]) == {"awaiting_user_info": 50400}


def test_the_table_says_what_was_read_and_is_never_cut(
    tierwatch: Command, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    code, out, _ = judged(tierwatch, log)
    assert code == 0
    assert "rejected         {'bad_time': 1}" in out.splitlines()
    assert "Promises by bench@1" in out
    (line,) = (line for line in out.splitlines() if "2016-03" in line and "On site" in line)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells == [
        "2016-03", "–", "–", "On site or restored", "0", "3", "1", "1", "0", "1", "14h", "3h", "3h", "3h", "3h", "3h",
        "0", "0",
    ]  # fmt: skip


def test_several_policies_stand_side_by_side(tierwatch: Command, log: Path, tmp_path: Path) -> None:
    loose = tmp_path / "loose.yml"
    loose.write_text(
        exchanged(Path(THREE).read_text(), ("{budget: 2h,", "{budget: 4h,"), ("  accept:", "  take:")),
        encoding="utf-8",
    )
    code, out, _ = judged(tierwatch, log, policies=(THREE, SUPPORT, str(loose)))
    assert code == 0
    assert f"bench@1 ({loose})" in out, "two of one label are told apart"
    (line,) = (line for line in out.splitlines() if "2016-03" in line and " Restoration " in line)
    cells = [cell.strip() for cell in line.strip("│").split("│")]
    assert cells[4:7] == cells[20:23] == ["2", "0", "1"]
    assert cells[12:15] == ["1", "1", "1"], "by it-support INC3 is late; INC2 ends in April"
    (line,) = (line for line in out.splitlines() if "2016-03" in line and "Acceptance (take)" in line)
    assert [cell.strip() for cell in line.strip("│").split("│")][4:20] == ["–"] * 16
    policies = as_json(tierwatch, log, policies=(THREE, str(loose)))["policies"]
    assert [policy["policy"] for policy in policies] == [f"bench@1 ({THREE})", f"bench@1 ({loose})"]


def test_a_log_of_our_own_events_is_read_too(tierwatch: Command, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    events = [ticket("T1", at(0), "opened", tier="gold"), ticket("T1", at(9), "restored"), ticket("T2", at(1), "odd")]
    path.write_text("".join(json.dumps(event_to_json(event)) + "\n" for event in events), encoding="utf-8")
    code, out, _ = tierwatch(
        "backtest", "--policy", "demo", "--input", str(path), "--source", "jsonl_file", "--format", "json"
    )
    assert code == 0
    said = json.loads(out)
    assert said["unknown_statuses"] == {"odd": 1}
    (restore,) = (row for row in said["policies"][0]["rows"] if row["target"] == "restore" and row["tier"] == "gold")
    assert outcome(restore) == (0, 1, 0, 1, 0, 0)


# -- what cannot be done -----------------------------------------------------------------------------------------------


def test_what_cannot_be_tested_is_a_sentence(tierwatch: Command, log: Path, tmp_path: Path) -> None:
    assert (
        judged(tierwatch, tmp_path / "none.csv")[2] == f"{tmp_path}/none.csv: there is no such file; check the path\n"
    )
    twice = judged(tierwatch, log, policies=("demo", "demo"))
    assert (twice[0], twice[2]) == (1, "--policy demo is given twice; give each policy once\n")
    assert "is neither a file nor shipped" in judged(tierwatch, log, policies=("nobody",))[2]
    code, _, err = tierwatch("backtest", "--policy", THREE, "--input", str(log), "--source", "tmf621")
    assert (code, err) == (1, "--source tmf621 reads no file; use servicenow_audit or jsonl_file\n")
    code, out, err = tierwatch("backtest", "--policy", THREE, "--input", str(log), "--source", "servicenow_audit")
    assert (code, out) == (1, "")
    assert err.endswith(
        "no event could be read (11 time_without_zone, 1 bad_time); give --zone, the zone of its times\n"
    )
    (tmp_path / "empty.csv").write_text(HEADER + "\n", encoding="utf-8")
    assert "no event could be read (it is empty)" in judged(tierwatch, tmp_path / "empty.csv")[2]
    code, _, err = judged(tierwatch, log, "--zone", "Asia/Shangri-La")
    assert code == 1
    assert "Asia/Shangri-La" in err
    assert "Traceback" not in err


# -- against replay ----------------------------------------------------------------------------------------------------


def collector(path: Path) -> Collector:
    return servicenow_audit.build(checked_options(servicenow_audit, {"path": path, "zone": "UTC"}, "test"))


def compare(path: Path, policy: str) -> None:
    """Every figure of the backtest against replay's own summary and readings, added up here."""
    log = replay.read_log(collector(path), "log", NOW, lambda *_: None)
    book = build_rulebook.rulebook(policy_file.load(policy, "UTC"), {"log": servicenow_audit.MAPPING})
    out = io.StringIO()
    summary = replay.replay(log, book, "log", out, None, lambda *_: None)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    read = shares.shares_of(collector(path), "log", NOW, lambda *_: None)
    assert isinstance(read, shares.Unread)
    rows = backtest.backtest(read, {"one": book}, "log", ZoneInfo("UTC"), lambda *_: None).results[0].rows
    found: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    last = {row.group: row for row in rows}
    for row in rows:
        found[row.group.target][row.group.tier].update(met=row.met, breached=row.breached, cancelled=row.cancelled)
    for row in last.values():
        found[row.group.target][row.group.tier]["open"] += row.open
    assert {target: {tier: dict(words) for tier, words in by.items()} for target, by in found.items()} == summary[
        "outcomes"
    ]
    started = Counter((line["started_at"][:7], line["target"]) for line in lines)
    assert Counter({(str(row.month), row.group.target): row.started for row in rows if row.started}) == started
    for target in summary["outcomes"]:
        of_target = [line for line in lines if line["target"] == target and line["state"] == "breached"]
        over = sorted(timedelta(seconds=max(0, line["counted_seconds"] - line["budget_seconds"])) for line in of_target)
        mine = sorted(late for row in rows if row.group.target == target for late in row.lateness)
        assert mine == over
        assert nearest_rank(mine, 50) == nearest_rank(over, 50)


@pytest.mark.parametrize("policy", [THREE, SUPPORT, str(ROOT / "examples/policy.yml")])
def test_a_backtest_is_what_replay_comes_to(log: Path, policy: str) -> None:
    compare(log, policy)


@pytest.mark.data
@pytest.mark.skipif(not UCI.exists(), reason=f"the public data set is not at {DATA}; set TIERWATCH_DATA")
def test_a_backtest_of_a_years_tickets_is_what_replay_comes_to(tmp_path: Path) -> None:
    """Every seventh ticket of the public log."""
    sample = tmp_path / "sample.csv"
    with gzip.open(UCI, "rt", encoding="utf-8", newline="") as text, sample.open("w", newline="") as to:
        rows = csv.reader(text)
        out = csv.writer(to)
        out.writerow(next(rows))
        out.writerows(row for row in rows if int(row[0].removeprefix("INC")) % 7 == 0)
    compare(sample, THREE)


def test_the_id_of_a_row_is_the_hash_that_it_always_was() -> None:
    names = ["number", "incident_state", "sys_mod_count", "opened_at", "sys_updated_at", "closed_at"]
    columns = Columns(names)
    for odd in ("", "?", 'a "word"', "back\\slash", "tab\tand\nline", "电路", "\x00\x1f\x7f\u2028", "🙂"):
        row = ["INC1", odd, "0", "1/1/2016 00:00", odd * 2, "later"]
        assert columns.base_id(row) == content_id(*row[:5])
        assert columns.base_id(row[:3]) == content_id("row", *row[:3])
