from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import monitor
from monitor import cli
from monitor.config import config_file
from monitor.history.batch import Batch
from monitor.history.event_json import event_to_json
from monitor.history.events import Event
from monitor.model import SubjectKey, SubjectKind
from monitor.service.engine_worker import Worker
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.ingest import Ingest, PollOutcome
from tests.support.by_hand import by_hand
from tests.support.calendars import PARTLY_USABLE, left_out
from tests.support.cases import at, ticket
from tests.support.command_line import CONFIG, Command, Said, in_process
from tests.support.texts import exchanged
from tests.support.to_all import ToAll


@pytest.fixture
def tierwatch(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process: `main` as the console script calls it."""
    monkeypatch.setenv("COLUMNS", "200")
    return in_process(capsys, monkeypatch)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with a configuration and a store in which a program has worked; gives the configuration."""
    path = tmp_path / "tierwatch.yml"
    path.write_text(CONFIG, encoding="utf-8")
    checked = config_file.load(path)
    database = Database(checked.database)
    ingest = Ingest(database)
    events = [
        ticket("INC42", at(0), "opened", event_id="e1", tier="gold", customer="ACME"),
        ticket("INC42", at(0.1), "accepted", event_id="e2"),
        ticket("a/b", at(1), "opened"),
        Event("tickets", "c1", SubjectKind.CIRCUIT, "C1", at(1), status="unavailable"),
        ticket("C9", at(1), "opened"),
        Event("others", "x1", SubjectKind.TICKET, "C9", at(1), status="opened"),
    ]
    ingest.commit_batch("tickets", Batch(events, (), {}), at(2))
    ingest.commit_poll("tickets", PollOutcome(at(2), at(3)))
    ingest.commit_poll("others", PollOutcome(at(2), at(3)))
    by_hand(Worker(Clocks(database), checked.rules, lambda *_: (), ToAll(), at(0), ("tickets",))).step(at(2))
    database.close()
    return path


def explained(tierwatch: Command, site: Path, *words: str) -> Said:
    return tierwatch("explain", *words, "--config", str(site))


def test_without_a_word_it_lists_its_commands(tierwatch: Command) -> None:
    said = tierwatch()
    assert said.code == 2
    for command in ("run", "demo", "check-config", "explain", "replay"):
        assert command in said.out + said.err


def test_a_command_that_it_does_not_have_is_bad_usage(tierwatch: Command) -> None:
    said = tierwatch("frobnicate")
    assert said.code == 2
    assert "frobnicate" in said.err


def test_the_installed_command_ends_with_a_sentence_and_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor.cli", "check-config", "--config", str(tmp_path / "none.yml")],
        capture_output=True, text=True, check=False, cwd=Path(cli.__file__).parents[1],
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == (
        f"{tmp_path}/none.yml: cannot be read (No such file or directory); check the path and its permissions\n"
    )
    assert done.stdout == ""


# -- check-config ------------------------------------------------------------------------------------------------------


def test_a_good_configuration_is_told_with_what_has_no_figure(tierwatch: Command, site: Path) -> None:
    said = tierwatch("check-config", "--config", str(site))
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0] == f"{site}: good. Policy demo@1: Demo 演示"
    assert "source tickets: jsonl_file, every 0:00:30, mapping version 1" in lines
    assert "receiver log: log" in lines
    assert "target feedback: no figure for tier bronze, so it does not apply there" in lines


def test_a_target_without_any_figure_is_told(tierwatch: Command, site: Path) -> None:
    site.write_text(exchanged(CONFIG, ("demo", "cmcc-2009")), encoding="utf-8")
    said = tierwatch("check-config", "--config", str(site))
    assert "target restore: no figure at all, so it applies to nothing" in said.out.splitlines()


def test_a_provisional_calendar_is_told_with_what_to_do(tierwatch: Command, site: Path) -> None:
    text = (Path(monitor.__file__).parent / "shipped/demo.yml").read_text(encoding="utf-8")
    office = "  office: {zone: UTC, hours: {mon-fri: [08:00-17:00]}, holidays: {dates: [2020-01-01], years: 2020}}\n"
    policy = exchanged(text, ("calendars:\n", f"calendars:\n{office}"))
    (site.parent / "policy.yml").write_text(policy, encoding="utf-8")
    site.write_text(exchanged(CONFIG, ("policy: demo", "policy: policy.yml")), encoding="utf-8")
    lines = tierwatch("check-config", "--config", str(site)).out.splitlines()
    (said,) = (line for line in lines if line.startswith("calendar office: its holidays are known from 2020 to 2020"))
    assert said.endswith("add the holidays of the missing years to its list, with years, and restart")


def test_entries_of_a_calendar_that_close_nothing_are_told_by_every_command(tierwatch: Command, site: Path) -> None:
    text = (Path(monitor.__file__).parent / "shipped/demo.yml").read_text(encoding="utf-8")
    office = "  office: {zone: UTC, hours: {mon-fri: [08:00-17:00]}, holidays: {ics: own.ics}}\n"
    (policy := site.parent / "policy.yml").write_text(
        exchanged(text, ("calendars:\n", f"calendars:\n{office}")), encoding="utf-8"
    )
    (site.parent / "own.ics").write_text(PARTLY_USABLE, encoding="utf-8")
    site.write_text(exchanged(CONFIG, ("policy: demo", f"policy: {policy}")), encoding="utf-8")
    (log := site.parent / "t.jsonl").write_text(
        '{"event_id": "1", "kind": "ticket", "subject": "T", "at": "2026-03-02T10:00:00Z", "status": "opened"}\n'
    )
    assert left_out(site.parent) in tierwatch("check-config", "--config", str(site)).out.splitlines()
    read = ("--source", "jsonl_file", "--policy", str(policy))
    for said in (tierwatch("replay", str(log), *read), tierwatch("backtest", "--input", str(log), *read)):
        assert said.code == 0
        assert said.err.strip() == left_out(site.parent)  # beside the progress bar


def test_a_bad_configuration_is_a_sentence_on_standard_error(tierwatch: Command, site: Path) -> None:
    site.write_text(exchanged(CONFIG, ("policy: demo", "policy: demos")), encoding="utf-8")
    said = tierwatch("check-config", "-c", str(site))
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(f"{site}:2 policy: policy 'demos' is neither a file nor shipped")


def test_a_bad_configuration_stops_the_start(tierwatch: Command, site: Path) -> None:
    site.write_text(exchanged(CONFIG, ("zone:", "zoen:")), encoding="utf-8")
    said = tierwatch("run", "--config", str(site))
    assert (said.code, said.out) == (1, "")
    assert said.err == f"{site}:1 zoen: is not a key here; remove it or correct its spelling; did you mean 'zone'?\n"


def test_the_configuration_can_come_from_the_environment(
    tierwatch: Command, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIERWATCH_CONFIG", str(site))
    assert tierwatch("check-config").code == 0


# -- explain -----------------------------------------------------------------------------------------------------------


def test_a_subject_is_explained_from_the_store_as_json(tierwatch: Command, site: Path) -> None:
    said = explained(tierwatch, site, "INC42", "--at", "2026-01-05T01:00:00Z", "--json")
    assert (said.code, said.err) == (0, "")
    whole = json.loads(said.out)
    assert (whole["source"], whole["subject"], whole["at"], whole["events"]) == (
        "tickets", "INC42", "2026-01-05T01:00:00Z", 2,
    )  # fmt: skip
    clocks = {clock["target"]: clock for clock in whole["clocks"]}
    assert set(clocks) == {"accept", "restore", "feedback"}
    assert (clocks["restore"]["state"], clocks["restore"]["counted_seconds"]) == ("running", 3600)
    assert clocks["accept"]["state"] == "met"
    assert [part["because"] for part in clocks["restore"]["intervals"]] == ["e1"]
    assert whole["alerts"] == []


def test_the_zone_in_which_an_instant_was_asked_for_changes_no_answer(tierwatch: Command, site: Path) -> None:
    here = explained(tierwatch, site, "INC42", "--at", "2026-01-05T09:00:00+08:00", "--json")
    assert here.out == explained(tierwatch, site, "INC42", "--at", "2026-01-05T01:00:00Z", "--json").out


def test_the_same_is_told_to_people(tierwatch: Command, site: Path) -> None:
    said = explained(tierwatch, site, "INC42", "--at", "2026-01-05T01:00:00Z", "--target", "restore")
    assert said.code == 0
    assert said.out.splitlines()[0] == "ticket tickets/INC42  status accepted  tier: Gold  customer: ACME"
    assert "Restoration cycle 1: RUNNING  (Gold)" in said.out
    assert "accept" not in said.out.split("Restoration cycle 1")[1]


def test_people_read_it_in_the_language_of_the_installation_or_in_the_one_they_ask_for(
    tierwatch: Command, site: Path
) -> None:
    at = ("INC42", "--at", "2026-01-05T01:00:00Z", "--target", "restore")
    english, chinese = "Restoration cycle 1: RUNNING", "故障恢复 周期 1：计时中"
    assert chinese in explained(tierwatch, site, *at, "--language", "zh").out
    site.write_text(f"language: zh\n{site.read_text('utf-8')}", "utf-8")
    assert chinese in explained(tierwatch, site, *at).out
    assert english in explained(tierwatch, site, *at, "--language", "en").out
    both = explained(tierwatch, site, *at, "--language", "both").out
    assert "running 计时" in both
    assert both.splitlines()[0] == "ticket tickets/INC42  status accepted  tier: Gold  customer: ACME"
    refused = explained(tierwatch, site, *at, "--language", "cn")
    assert refused.code == 1
    assert "--language: 'cn' is not a language of tierwatch; write en, zh or both" in refused.err


def test_an_instant_in_the_past_knows_only_what_was_known(tierwatch: Command, site: Path) -> None:
    said = explained(tierwatch, site, "INC42", "--at", "2026-01-05T00:05:00Z", "--json")
    whole = json.loads(said.out)
    assert (whole["events"], whole["status"]) == (1, "opened")


def test_a_subject_is_found_with_its_source_and_with_a_slash_in_its_id(tierwatch: Command, site: Path) -> None:
    for name in ("tickets/a/b", "a/b"):
        said = explained(tierwatch, site, name, "--at", "2026-01-05T02:00:00Z", "--json")
        assert json.loads(said.out)["subject"] == "a/b"


def test_a_circuit_is_explained_by_its_state(tierwatch: Command, site: Path) -> None:
    said = explained(tierwatch, site, "C1", "--at", "2026-01-05T02:00:00Z")
    assert said.out.splitlines()[2] == "circuit is unavailable since 2026-01-05 09:00:00+08:00"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["INC43"], "INC43: no source has named it; look for its id on the page, or in the source itself\n"),
        (["C9"], "C9: several sources know it; name one: others/C9, tickets/C9\n"),
        (
            ["INC42", "--at", "2026-01-04T00:00:00Z"],
            "INC42: nothing was known of it by 2026-01-04 08:00:00+08:00; ask for a later instant\n",
        ),
        (["INC42", "--at", "yesterday"], "--at 'yesterday' is not an instant; write 2026-11-21T12:00:00+08:00\n"),
        (
            ["INC42", "--at", "2026-01-05T00:00:00"],
            "--at '2026-01-05T00:00:00' has no zone; write 2026-01-05T00:00:00+08:00 or 2026-01-05T00:00:00Z\n",
        ),
        (
            ["INC42", "--target", "repair"],
            "target 'repair' is not in policy demo@1; it has accept, restore, feedback, interruption\n",
        ),
    ],
)
def test_what_cannot_be_explained_is_a_sentence(
    tierwatch: Command, site: Path, words: list[str], sentence: str
) -> None:
    said = explained(tierwatch, site, *words)
    assert (said.code, said.out) == (1, "")
    assert sorted(said.err.replace(",", "").split()) == sorted(sentence.replace(",", "").split())


def test_explaining_before_the_first_run_says_so(tierwatch: Command, tmp_path: Path) -> None:
    path = tmp_path / "tierwatch.yml"
    path.write_text(CONFIG, encoding="utf-8")
    said = explained(tierwatch, path, "INC42")
    assert said.code == 1
    assert said.err.endswith(f"tierwatch.db does not exist yet; start `tierwatch run --config {path}` first\n")
    assert not (tmp_path / "tierwatch.db").exists()


def test_explaining_changes_nothing_in_the_store(tierwatch: Command, site: Path) -> None:
    database = site.parent / "tierwatch.db"
    before = database.read_bytes()
    assert explained(tierwatch, site, "INC42").code == 0
    assert database.read_bytes() == before


def test_a_program_that_runs_can_be_asked(tierwatch: Command, site: Path) -> None:
    running = Database(config_file.load(site).database)
    said = explained(tierwatch, site, "INC42", "--json")
    assert said.code == 0
    (loaded,) = Clocks(running).load([SubjectKey("tickets", "INC42")])
    assert len(loaded.events) == json.loads(said.out)["events"]
    running.close()


# -- replay ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    events = [
        ticket("T1", at(0), "opened", tier="gold"), ticket("T1", at(1), "accepted"), ticket("T1", at(5), "restored"),
        ticket("T2", at(2), "opened", tier="silver"), ticket("T2", at(2.05), "accepted"), ticket("T2", at(3), "closed"),
    ]  # fmt: skip
    path.write_text("".join(json.dumps(event_to_json(event)) + "\n" for event in events), encoding="utf-8")
    return path


def replayed(tierwatch: Command, log: Path, *words: str, source: str = "jsonl_file", policy: str = "demo") -> Said:
    return tierwatch("replay", str(log), "--source", source, "--policy", policy, *words)


def test_a_log_is_replayed_into_a_summary_and_two_files(tierwatch: Command, log: Path, tmp_path: Path) -> None:
    readings, subjects = tmp_path / "r.jsonl", tmp_path / "s.jsonl"
    said = replayed(tierwatch, log, "--readings", str(readings), "--subjects", str(subjects), "--json")
    assert said.code == 0
    summary = json.loads(said.out)
    assert (summary["file"], summary["zone"], summary["policy"]) == (str(log), None, "demo@1")
    assert (summary["subjects"], summary["events"], summary["duplicates"]) == (2, 6, 0)
    assert summary["outcomes"]["accept"] == {
        "gold": {"met": 0, "breached": 1, "cancelled": 0, "open": 0},
        "silver": {"met": 1, "breached": 0, "cancelled": 0, "open": 0},
    }
    lines = [json.loads(line) for line in readings.read_text(encoding="utf-8").splitlines()]
    assert [(line["subject"], line["target"], line["state"]) for line in lines] == [
        ("T1", "accept", "breached"), ("T1", "restore", "breached"), ("T1", "feedback", "breached"),
        ("T2", "accept", "met"), ("T2", "restore", "met"), ("T2", "feedback", "met"),
    ]  # fmt: skip
    assert [json.loads(line)["subject"] for line in subjects.read_text(encoding="utf-8").splitlines()] == ["T1", "T2"]


def test_the_summary_is_told_to_people_too(tierwatch: Command, log: Path) -> None:
    said = replayed(tierwatch, log)
    assert said.code == 0
    assert "subjects         2" in said.out
    assert "1h3m" in said.out  # in `opened`
    assert "4h57m" in said.out  # and in `accepted`
    for word in ("Acceptance", "Restoration", "Progress feedback", "Gold", "Silver", "breached"):
        assert word in said.out


def test_a_policy_of_ones_own_is_replayed_in_the_zone_that_is_given(
    tierwatch: Command, log: Path, tmp_path: Path
) -> None:
    said = replayed(tierwatch, log, "--zone", "Asia/Shanghai", "--json", policy="it-support")
    assert json.loads(said.out)["zone"] == "Asia/Shanghai"
    said = replayed(tierwatch, log, "--zone", "Asia/Shangri-La", policy="it-support")
    assert said.code == 1
    assert "'Asia/Shangri-La' is not a time zone" in said.err


@pytest.mark.parametrize(
    ("source", "policy", "sentence"),
    [
        ("jsonl", "demo", "type 'jsonl' is not known; write one of: "),
        ("jsonl_file", "demos", "policy 'demos' is neither a file nor shipped; shipped are: "),
        ("servicenow_audit", "it-support", "it is no incident audit log with a header line"),
    ],
)
def test_what_cannot_be_replayed_is_a_sentence(
    tierwatch: Command, log: Path, source: str, policy: str, sentence: str
) -> None:
    said = replayed(tierwatch, log, source=source, policy=policy)
    assert (said.code, said.out) == (1, "")
    assert sentence in said.err
    assert "Traceback" not in said.err


def test_a_log_that_is_not_there_is_a_sentence(tierwatch: Command, tmp_path: Path) -> None:
    said = replayed(tierwatch, tmp_path / "none.jsonl")
    assert said.code == 1
    assert said.err == f"{tmp_path}/none.jsonl: there is no such file; check the path\n"


def test_a_place_that_cannot_be_written_is_a_sentence(tierwatch: Command, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "nowhere" / "r.jsonl"
    said = replayed(tierwatch, log, "--readings", str(out))
    assert said.code == 1
    assert f"{out}: cannot be written (No such file or directory); check the folder and its permissions" in said.err


def test_it_says_how_many_series_there_are_at_most(tierwatch: Command, site: Path) -> None:
    said = tierwatch("check-config", "--config", str(site))
    found = re.search(r"metrics: at most (\d+) series, for (\d+) combinations of source, tier, assurance", said.out)
    assert found is not None, said.out
    assert int(found[1]) > 31 * int(found[2]) > 0
