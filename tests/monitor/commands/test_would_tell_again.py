"""Repeats and groups are foretold as the program then sends them; what no forecast can know is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.decide import foretold
from monitor.commands.a_forecast import NOT_FORETOLD
from monitor.explain.as_json import alert_as_json
from monitor.history.events import Event
from monitor.messages import LANGUAGES, message, text
from monitor.model import SubjectKey
from monitor.store.views import Views
from tests.monitor.commands.test_would_tell import (
    CONFIG,
    GOLD,
    MATE,
    NOW,
    POLICY,
    ROTA,
    acknowledged,
    instant,
    later,
    nothing,
    silence,
)
from tests.support.cases import at, ticket
from tests.support.command_line import runner
from tests.support.driven import Driven
from tests.support.texts import exchanged

REPEATING = exchanged(
    CONFIG,
    ("wall: {type: log}", "wall: {type: log, repeat: 10m}"),
    ("  desk: {type: log, hours:", "  desk: {type: log, repeat: 20m, hours:"),
    ("practice: {type: log, shadow: true}", "practice: {type: log, shadow: true, repeat: 5m}"),
)
GROUPS = """
  in_time:
    name: {en: Restored in time}
    good: {target: restore}
    by: customer
    per: day
    stages: [40%, 100%]
    budgets: [{goal: 90%, source: test}]
  visits:
    name: {en: Visits}
    counts: [closed]
    when: {process: visit}
    by: customer
    per: day
    stages: [90%, 100%]
    budgets: [{at_least: 1 times, source: test}]
"""
LOOKS_AGAIN = timedelta(seconds=30)
"""The program looks again so often for what was withheld."""

OF_ACME = ticket("T1", at(8), "opened", tier="gold", circuit="C1", customer="Acme")
MET = [ticket("T7", at(8.5), "opened", tier="gold", customer="Acme"), ticket("T7", at(9), "closed", n=2, tier="gold")]
SCENES: dict[str, tuple[Sequence[Event], Callable[[Driven], None]]] = {
    "nothing_happened_yet": ([GOLD], nothing),
    "a_first_page_was_sent": ([GOLD], later(at(11.2))),
    "a_silence_between_two_repeats": ([GOLD], silence("s1", at(11.2), at(11.4), "tier=gold")),
    "a_silence_past_the_breach": ([GOLD], silence("s1", at(11.1), at(12.2), "ticket=T1")),
    "it_was_acknowledged": ([GOLD], acknowledged("T1", at(11.25))),
    "it_was_acknowledged_for_good": ([GOLD], acknowledged("T1", at(11.25), ends=False)),
    "it_is_a_member_of_a_cause": ([GOLD, MATE], later(at(11.5))),
    "it_shares_a_circuit": ([GOLD, MATE], nothing),
    "it_has_breached": ([GOLD], later(at(12.5))),
    "its_customer_is_counted": ([OF_ACME], nothing),
    "its_customer_is_counted_and_one_was_kept": ([*MET, OF_ACME], nothing),
}
END = at(12.6)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.yml").write_text(POLICY + GROUPS, encoding="utf-8")
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more", encoding="utf-8")
    (tmp_path / "oncall.yml").write_text(ROTA, encoding="utf-8")
    return tmp_path


Told = tuple[str, str, str, str]


def foretold_pages(told: dict[str, Any]) -> dict[Told, list[datetime]]:
    """When each (channel, alert, stage, reason) is foretold."""
    found: dict[Told, list[datetime]] = {}
    for one in told["told"]:
        reason = {"call": "escalated", "repeats": "repeat_due"}.get(one["what"], one.get("reason"))
        times = one.get("times", 1)
        for number in range(times):
            moment = datetime.fromisoformat(one["at"]) + number * timedelta(seconds=one.get("every_seconds", 0))
            for channel in one.get("channels", ()):
                if channel["told"] and moment <= END:
                    name = (channel["channel"], one["alertname"], one["stage"], reason)
                    found.setdefault(name, []).append(moment)
    return found


def drive(config: Path, scene: str, text_: str) -> Driven:
    config.write_text(text_, encoding="utf-8")
    events, before = SCENES[scene]
    driven = Driven(config, NOW)
    driven.now = max(event.at for event in events)
    driven.hear(*events)
    before(driven)
    return driven


@pytest.mark.parametrize(
    ("scene", "rota"),
    [(scene, "" if "circuit" in scene or "customer" in scene else "oncall: oncall.yml\n") for scene in SCENES],
)
def test_the_program_then_repeats_and_counts_what_was_foretold(
    folder: Path, scene: str, rota: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    driven = drive(config, scene, REPEATING + rota)
    since = len(driven.sent)
    capsys.readouterr()
    said = runner(capsys, monkeypatch, config, driven.now)("would-tell", "T1", "--json")
    assert (said.code, said.err.replace("\n", "")) == (0, "")
    expected = foretold_pages(json.loads(said.out))
    driven.run(END)
    really: dict[Told, list[datetime]] = {}
    for one in driven.sent[since:]:
        if one.subject in ("", "T1"):
            really.setdefault((one.channel, one.alertname, one.stage, one.reason), []).append(one.at)
    driven.close()
    assert really.keys() == expected.keys()
    for name, moments in really.items():
        assert len(moments) == len(expected[name]), name
        for real, told in zip(moments, expected[name], strict=True):
            allowed = LOOKS_AGAIN * len(moments) if name[3] == "repeat_due" else timedelta(0)
            assert told <= real <= told + allowed, name
    assert scene.startswith("it_") or any(name[3] == "repeat_due" for name in expected)
    assert ("customer" in scene) == any(name[2] == "used_40" for name in expected)


def test_a_group_can_be_asked_for_by_its_name(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    driven = drive(config, "its_customer_is_counted", CONFIG)
    ask = runner(capsys, monkeypatch, config, driven.now)
    capsys.readouterr()
    told = json.loads(ask("would-tell", "visits/acme", "--json").out)
    since = len(driven.sent)
    driven.run(at(8 + 41))
    really = [(instant(one.at), one.channel, one.stage) for one in driven.sent[since:] if one.subject == ""]
    driven.close()
    known = [
        (one["at"], channel["channel"], one["stage"])
        for one in told["told"] for channel in one["channels"]
        if channel["told"] and one["at"] <= instant(at(8 + 41)) and one["target"] == "visits"
    ]  # fmt: skip
    assert (told["source"], told["subject"]) == ("groups", "visits/acme")
    assert known
    assert set(known) <= set(really)
    lines = ask("would-tell", "T1", "--language", "en").out
    assert "It counts in groups/in_time/acme, groups/visits/acme." in lines


def test_a_page_that_rings_outside_the_hours_says_why_as_the_explanation_then_does(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    driven = drive(config, "nothing_happened_yet", exchanged(CONFIG, ("11:20-12:00", "11:50-12:00")))
    capsys.readouterr()
    ask = runner(capsys, monkeypatch, config, driven.now)
    told = json.loads(ask("would-tell", "T1", "--json").out)
    lines = ask("would-tell", "T1", "--language", "en").out
    driven.run(at(11.5))
    (alert,) = Views(driven.database).alerts_of(SubjectKey("tickets", "T1"))
    driven.close()
    foretold_ = {
        channel["channel"]: channel["rings_outside_hours"]
        for one in told["told"] if one["stage"] == "used_75" for channel in one["channels"]
    }  # fmt: skip
    known = {one["channel"]: one["rings_outside_hours"] for one in alert_as_json(alert)["deliveries"]}
    assert known["desk"]["why"] == "stage"
    assert foretold_["desk"] == known["desk"]
    assert (known["wall"], foretold_["wall"]) == (None, None)
    assert "  desk: rings outside covered hours, for the stage used_90 comes 2026-01-05 11:36:00+00:00" in lines


def test_repeats_are_one_line_each_run(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    driven = drive(config, "a_silence_between_two_repeats", REPEATING)
    driven.close()
    capsys.readouterr()
    lines = runner(capsys, monkeypatch, config, driven.now)("would-tell", "T1", "--language", "en").out
    assert "  wall: told again\n" in lines
    assert "  wall: not told again, silenced\n" in lines
    assert "every 10 min, the last time at 2026-02-04" in lines, "the breach is told again as long as is foretold"


def test_what_cannot_be_foretold_is_said_in_every_form(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    driven = drive(config, "nothing_happened_yet", REPEATING)
    driven.close()
    capsys.readouterr()
    ask = runner(capsys, monkeypatch, config, driven.now)
    told = json.loads(ask("would-tell", "T1", "--json").out)
    assert (told["not_foretold"], told["cut_short"]) == (list(NOT_FORETOLD), False)
    for language in LANGUAGES:
        lines = ask("would-tell", "T1", "--language", language).out
        for name in NOT_FORETOLD:
            assert text(message(f"would-tell-not-{name}", until="2026-02-04 08:00:00+00:00"), language) in lines


def test_a_forecast_that_stops_early_says_until_when_it_holds(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    driven = drive(config, "its_customer_is_counted", REPEATING)
    driven.close()
    capsys.readouterr()
    monkeypatch.setattr(foretold, "MOST_LOOKS", 4)
    ask = runner(capsys, monkeypatch, config, driven.now)
    told = json.loads(ask("would-tell", "T1", "--json").out)
    assert told["cut_short"]
    assert told["until"] < "2026-01-07"
    assert all(one["at"] <= told["until"] for one in told["told"])
    lines = ask("would-tell", "T1", "--language", "en").out
    assert "More changes than are looked at. What comes after" in lines
