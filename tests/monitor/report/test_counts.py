"""Whole logs and reports have what is counted of several, too: the same figures as the running program would store."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from monitor.history.event_json import event_to_json
from monitor.history.events import Event
from monitor.model import SubjectKind
from monitor.report import backtest, replay, shares
from monitor.report.tally import Month
from tests.support.command_line import in_process
from tests.support.counting import COMPLAINTS, PATROLS, RATIO, RESTORE, book, policy_text

DAY = datetime(2026, 1, 2, 9, tzinfo=UTC)


def said(subject: str, at: datetime, status: str, **fields: str) -> Event:
    return Event(
        "tickets", f"{subject} {status} {at}", SubjectKind.TICKET, subject, at, 0, status=status, fields=fields
    )


def log() -> replay.Log:
    """Five complaints in January, a patrol in January and in February, three faults of which one is late."""
    events = [said(f"C{n}", DAY + timedelta(days=n), "opened", process="complaint", customer="Acme") for n in range(5)]
    events += [said(f"P{n}", DAY + timedelta(days=20 + 20 * n), "closed", process="patrol") for n in range(2)]
    events += [said(f"F{n}", DAY, "opened") for n in range(3)]
    events += [said(f"F{n}", DAY + timedelta(hours=3 + n), "closed") for n in range(3)]
    events.append(said("Z", datetime(2026, 3, 5, tzinfo=UTC), "cancelled"))
    found = replay.Log()
    for event in events:
        found.subjects[event.subject].append(event)
    found.events, found.last_at = len(events), events[-1].at
    return found


def quiet(*_: object) -> None:
    pass


RULES = book(policy_text(RESTORE, COMPLAINTS, PATROLS, RATIO))


def test_a_backtest_has_a_row_for_each_month_of_a_group() -> None:
    whole = log()
    assert whole.last_at is not None
    read = shares.Whole(whole, whole.last_at)
    rows = backtest.backtest(read, {"counts@1": RULES}, "tickets", ZoneInfo("UTC"), quiet).results[0].rows
    of_groups = {(row.month, row.group.target): row for row in rows if row.group.source == "groups"}
    january, february = Month(2026, 1), Month(2026, 2)
    assert (of_groups[january, "complaints"].breached, of_groups[january, "complaints"].started) == (1, 1)
    # the log begins on 2 January, so February is the first whole month in which a patrol could be missed
    assert (january, "patrols") not in of_groups
    assert of_groups[february, "patrols"].breached == 1
    # three faults of their own, and the complaints, which nobody closes: 2 of 8 in time
    assert of_groups[january, "in_time"].breached == 1


def test_a_replay_writes_the_groups_after_their_members() -> None:
    out = io.StringIO()
    summary = replay.replay(log(), RULES, "tickets", out, None, quiet)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    complaint = next(line for line in lines if line["target"] == "complaints")
    assert (complaint["subject"], complaint["cycle"], complaint["state"]) == (
        "groups/complaints/acme", 202601, "breached",
    )  # fmt: skip
    assert summary["outcomes"]["complaints"]["none"]["breached"] == 1
    assert summary["subjects"] == len(log().subjects)


def test_the_command_says_so_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [json.dumps(event_to_json(event)) for events in log().subjects.values() for event in events]
    (tmp_path / "log.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "counts.yml").write_text(policy_text(COMPLAINTS), encoding="utf-8")
    ran = in_process(capsys, monkeypatch)(
        "backtest", "--policy", str(tmp_path / "counts.yml"), "--input", str(tmp_path / "log.jsonl"),
        "--source", "jsonl_file", "--format", "csv",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert "groups,none,none,complaints" in ran.out
