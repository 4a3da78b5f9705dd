"""What `tierwatch drill` prints, and with which exit code, beside the store of a running program."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alerts.wording import drills
from monitor.alert import (
    Channel,
    Decision,
    Delivery,
    Drill,
    DrillCall,
    DrillEnd,
    DrillFor,
    DrillStep,
    DrillWay,
    Verdict,
)
from monitor.alert.drills import DrillTry
from monitor.machine.machine_clock import Look, begin
from monitor.model import Name
from monitor.store import Acknowledging, Drilling, Machine
from monitor.store.alert_rows import queue_for
from monitor.store.drilling import note_tries
from monitor.worktime import EPOCH
from tests.support.cases import at
from tests.support.command_line import CONFIG, Command, Site, runner
from tests.support.desk import SETTINGS
from tests.support.texts import exchanged

NOW: datetime = at(5)
PHONE = Channel("phone", Delivery.QUEUE)
ROTA = """
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: phone}
teams:
  noc:
    name: {en: NOC}
    receivers: [log]
    layers: [{name: days, people: [zhang], start: 2026-01-01}]
    escalation: [{at: 0%, tell: on_call}]
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A program that wrote down the time a moment ago."""
    found = Site(tmp_path)
    text = exchanged(CONFIG, ("receivers:\n", "receivers:\n  phone: {type: log, personal: true}\n"))
    found.config.write_text(f"{text}oncall: oncall.yml\nlink_secret: {{file: key}}\n", encoding="utf-8")
    (tmp_path / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (tmp_path / "key").write_text("x" * 40, encoding="utf-8")
    with found.running() as database:
        zero = timedelta(0)
        Machine(database).remember(begin(Look(NOW - EPOCH, zero, zero), "boot"), "boot", NOW)
    return found


@pytest.fixture
def tierwatch(site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    return runner(capsys, monkeypatch, site.config, NOW)


def begun(site: Site, answers: tuple[Verdict, ...] = (), silence: str = "") -> None:
    """A drill that is on: zhang was called on the phone, which gave these answers."""
    drill = Drill(
        "d-1", at(4.9), "wang", DrillFor.TEAM, "noc", "diamond", at(5.2), timedelta(minutes=5), begun_at=at(4.9),
        people=("zhang",), silence=silence,
    )  # fmt: skip
    alert = drills.begun(drill, SETTINGS)
    call = DrillCall(at(4.9), 0, "share", "zhang", Name("Zhang Wei", "张伟"), (DrillWay("phone"),))
    with site.running() as database:
        store = Drilling(database)
        store.ask(replace(drill, begun_at=None), 9)
        calls = () if silence else (call,)
        store.commit(drill, DrillStep(replace(drill, key=alert.key, calls=calls), alert), {"phone": PHONE}, at(4.9))
        with database.write() as connection:
            queue_for(connection, PHONE, [(alert, Decision(PHONE, None))], at(4.9))
            for number, verdict in enumerate(answers):
                detail = "" if verdict is Verdict.ACCEPTED else "503, \x1b[31mit failed"
                one = DrillTry("phone", at(4.9), at(4.9, number), True, verdict, "server_error", detail)
                note_tries(connection, [(1, "d-1", one)])


def test_the_report_is_a_table_with_each_failure_and_ends_with_what_it_comes_to(site: Site, tierwatch: Command) -> None:
    begun(site, (Verdict.RETRY, Verdict.ACCEPTED))
    said = tierwatch("drill", "report")
    assert said.code == 0
    first, heads, row, failure, verdict = said.out.splitlines()
    assert first == (
        "d-1  2026-01-05 12:54:00+08:00  Diamond for team noc, by wang: on until 2026-01-05 13:12:00+08:00"
    )
    assert heads.split() == ["who", "step", "channel", "queued", "accepted", "attempts"]
    assert row.split() == ["zhang", "1", "phone", "2026-01-05", "12:54:00+08:00", "2026-01-05",
                           "12:55:00+08:00", "2"]  # fmt: skip
    assert failure.strip() == "503, [31mit failed", "no control characters"
    assert verdict == "everybody who was called got it"


def test_the_report_of_what_waits_ends_with_exit_code_1_and_names_who_lacks_it(site: Site, tierwatch: Command) -> None:
    begun(site, (Verdict.RETRY,))
    said = tierwatch("drill", "report", "d-1")
    assert said.code == 1
    assert "waiting" in said.out
    assert said.out.splitlines()[-1] == "not everybody got it: zhang on phone"
    found = json.loads(tierwatch("drill", "report", "d-1", "--json").out)
    assert found["everybody_got_it"] is False
    (page,) = found["pages"]
    assert (page["reached"], page["attempts"], page["accepted_at"]) == ("waiting", 1, None)
    assert page["name"] == {"en": "Zhang Wei", "zh": "张伟"}


def test_a_silence_that_held_it_back_is_named(site: Site, tierwatch: Command) -> None:
    begun(site, silence="s-1")
    said = tierwatch("drill", "report")
    assert (said.code, said.out.splitlines()[-1]) == (1, "silence s-1 withheld it, so nobody was called")


def test_it_is_acknowledged_by_its_id_and_ended_by_it(site: Site, tierwatch: Command) -> None:
    begun(site, (Verdict.ACCEPTED,))
    assert "acknowledged by li" in tierwatch("acknowledge", "d-1", "--author", "li").out
    assert "acknowledged by li at 2026-01-05 13:00:00+08:00 (command line)" in tierwatch("drill", "report").out
    assert tierwatch("drill", "end", "d-1", "--author", "wang").code == 0
    with site.running() as database:
        known = Drilling(database).find("d-1")
        assert known is not None
        assert (known.drill.ended_for, known.drill.detail) == (DrillEnd.ENDED_EARLY, "by wang")
        assert Acknowledging(database).of_drill("d-1") != (), "the running program sends the end"


def test_the_list_has_every_drill_the_newest_first(site: Site, tierwatch: Command) -> None:
    assert tierwatch("drill", "list").out == "no drill is on record\n"
    begun(site)
    assert tierwatch("drill", "list").out.startswith(
        "d-1  2026-01-05 12:54:00+08:00  Diamond for team noc, by wang: on"
    )
    (one,) = json.loads(tierwatch("drill", "list", "--json").out)
    assert (one["for"], one["named"], one["escalate"], one["ended_at"]) == ("team", "noc", False, None)


def test_a_drill_that_nobody_takes_up_is_withdrawn_by_the_command(
    site: Site, tierwatch: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: passed[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: passed.__setitem__(0, passed[0] + 30 * seconds))
    said = tierwatch("drill", "start", "--layer", "days", "--author", "wang")
    assert said.code == 1
    assert "for layer noc/days, until 2026-01-05 13:15:00+08:00 at the latest" in said.out
    assert said.out.splitlines()[-1].startswith("no running program took it up, so nobody was called")
    with site.running() as database:
        latest = Drilling(database).latest()
        assert latest is not None
        assert latest.drill.ended_for is DrillEnd.NOT_TAKEN_UP
        assert latest.drill.named == "noc/days"


def test_who_interrupts_the_command_is_told_that_the_drill_goes_on(
    site: Site, tierwatch: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(time, "sleep", interrupted)
    said = tierwatch("drill", "start", "--person", "张伟")
    assert said.code == 1
    assert "goes on; end it with: " in said.err
    with site.running() as database:
        latest = Drilling(database).latest()
        assert latest is not None
        assert (latest.drill.whom, latest.drill.named, latest.drill.over) == (DrillFor.PERSON, "zhang", False)
