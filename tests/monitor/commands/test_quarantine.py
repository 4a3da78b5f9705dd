"""`tierwatch quarantine`: look through what is set aside, retry a record once, drop one, each with who and why."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from monitor.history.batch import Batch
from monitor.history.events import Reject
from monitor.store.ingest import Ingest
from tests.support.cases import at
from tests.support.command_line import CONFIG, Command, Site, runner

NOW = at(5)
LINE = {"event_id": "a1", "kind": "ticket", "subject": "INC1", "at": "2026-01-05T10:00:00", "status": "opened"}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    without_zone = Reject("tickets", "line 1", "time_without_zone", "line 1: no\nzone", json.dumps(LINE))
    whole = Reject("tickets", "list of tickets", "list_not_whole", "not whole")
    with made.running() as database:
        Ingest(database).commit_batch("tickets", Batch((), (without_zone, whole), {}), at(1))
    return made


@pytest.fixture
def tierwatch(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def number(tierwatch: Command, record: str) -> str:
    (found,) = [one for one in json.loads(tierwatch("quarantine", "list", "--json").out) if one["record"] == record]
    return str(found["number"])


def test_the_list_says_what_is_set_aside_and_can_be_narrowed(tierwatch: Command) -> None:
    said = tierwatch("quarantine", "list")
    assert said.code == 0
    assert [line.split("  ")[1:3] for line in said.out.splitlines()] == [
        ["tickets", "list_not_whole"], ["tickets", "time_without_zone"],
    ]  # fmt: skip
    assert said.out.splitlines()[1].endswith("line 1: line 1: no zone"), "a line break cannot make a line of its own"
    (one,) = json.loads(tierwatch("quarantine", "list", "--reason", "time_without_zone", "--json").out)
    assert (one["record"], one["state"]) == ("line 1", "waiting")
    assert tierwatch("quarantine", "list", "--source", "others").out == "No record is set aside.\n"
    few = tierwatch("quarantine", "list", "--limit", "1")
    assert len(few.out.splitlines()) == 1
    assert "there are more" in few.err


def test_a_record_is_shown_with_the_text_that_was_kept(tierwatch: Command) -> None:
    said = tierwatch("quarantine", "show", number(tierwatch, "line 1")).out
    assert json.dumps(LINE) in said
    assert "set aside since 2026-01-05" in said
    assert tierwatch("quarantine", "show", "99").code == 1


def test_a_record_stays_until_the_option_is_corrected_and_is_then_read_once(tierwatch: Command, site: Site) -> None:
    record = number(tierwatch, "line 1")
    still = tierwatch("quarantine", "retry", record, "--reason", "try", "--author", "lin")
    assert (still.code, "cannot be used" in still.out) == (1, True)
    config = yaml.safe_load(CONFIG)
    config["sources"]["tickets"]["options"]["zone"] = "Asia/Shanghai"
    site.config.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    done = tierwatch("quarantine", "retry", record, "--reason", "zone added", "--author", "lin")
    assert (done.code, done.err) == (0, "")
    assert "new events: 1" in done.out
    again = tierwatch("quarantine", "retry", record, "--reason", "once more", "--author", "lin")
    assert (again.code, "left quarantine already" in again.err) == (1, True)
    shown = json.loads(tierwatch("quarantine", "show", record, "--json").out)
    assert [(one["author"], one["reason"], one["result"]) for one in shown["deeds"]] == [
        ("lin", "try", "still_unusable"), ("lin", "zone added", "read"),
    ]  # fmt: skip
    assert shown["state"] == "mended"
    assert "INC1" in tierwatch("explain", "INC1").out


def test_a_drop_needs_a_reason_and_is_on_record(tierwatch: Command) -> None:
    record = number(tierwatch, "line 1")
    for action in ("retry", "drop"):
        assert tierwatch("quarantine", action, record).code == 2
        assert tierwatch("quarantine", action, record, "--reason", " ").code == 1
    done = tierwatch("quarantine", "drop", record, "--reason", "a test", "--author", "lin")
    assert (done.code, f"{record}: dropped by lin" in done.out) == (0, True)
    shown = json.loads(tierwatch("quarantine", "show", record, "--json").out)
    assert (shown["state"], shown["deeds"][0]["reason"], shown["text"]) == ("dropped", "a test", json.dumps(LINE))


def test_what_stands_for_a_whole_list_says_where_to_look(tierwatch: Command) -> None:
    record = number(tierwatch, "list of tickets")
    for action in ("retry", "drop"):
        said = tierwatch("quarantine", action, record, "--reason", "why")
        assert (said.code, "TierwatchListNotWhole" in said.err) == (1, True)
