"""What is foretold is what the program then does: the same pages on the same channels, for the same reasons."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from alerts.oncall.configured_rota import ending, read_rota
from monitor.alert.alert import SilenceRow
from monitor.explain import text
from monitor.history.events import Event
from monitor.model import SubjectKey
from monitor.store.acknowledging import Acknowledging
from monitor.store.silencing import Silences
from tests.support.cases import at, ticket
from tests.support.command_line import Command, runner
from tests.support.driven import Driven

POLICY = """
policy: case
version: "1"
effective_from: 2026-01-01
name: {en: Case}
ladders: {tier: [{id: diamond, en: Diamond}, {id: gold, en: Gold}]}
calendars: {always: {zone: UTC, hours: 24x7}}
pause_reasons: {customer: {en: Waiting for the customer}}
stages: {tier: {diamond: [50%, 75%, 100%], gold: [75%, 90%, 100%]}}
targets:
  restore:
    name: {en: Restoration}
    start: [opened, accepted]
    stop: [restored, closed]
    pause: [customer]
    budgets: [{budget: 4h, source: test}]
"""
CONFIG = """\
zone: UTC
policy: policy.yml
link_secret: {file: secret}
sources:
  tickets: {type: jsonl_file, options: {path: t.jsonl}}
receivers:
  wall: {type: log}
  diamonds: {type: log, only: {tier: [diamond]}}
  breaches: {type: log, only: {stage: [breached]}}
  practice: {type: log, shadow: true}
  desk: {type: log, hours: {zone: UTC, hours: {mon-sun: ["11:20-12:00", "14:00-18:00"]}}}
  zhang: {type: log, personal: true}
  li: {type: log, personal: true}
"""
ROTA = """\
zone: UTC
people:
  zhang: {name: {en: Zhang Wei, zh: 张伟}, receivers: [zhang]}
  li: {name: {en: Li Na, zh: 李娜}, receivers: [li]}
teams:
  noc:
    name: {en: NOC}
    receivers: [wall]
    layers: [{people: [zhang, li], start: 2026-01-05, every: 12h, handover: "12:00"}]
    escalation:
      - {at: 0%, tell: on_call}
      - {at: 50%, tell: [li]}
      - {at: breach, tell: [contact]}
"""

OWN = ("zhang", "li")
"""The receivers of one person: what a chain tells them is compared, not that other alerts do not go to them."""

NOW = at(8)
END = at(8 + 24)


def silence(name: str, begins: datetime, ends: datetime, *matchers: str) -> Callable[[Driven], None]:
    row = SilenceRow(name, matchers, begins, ends, "wang", "works")
    return lambda driven: Silences(driven.database).add(row, driven.now, lambda _alert: False) and None


def acknowledged(subject: str, at_: datetime, ends: bool = True) -> Callable[[Driven], None]:
    """Somebody acknowledges what fires at that instant."""

    def act(driven: Driven) -> None:
        driven.run(at_)
        driven.now = at_
        driven.step()
        oncall = read_rota(driven.config, at_)[0]
        store = Acknowledging(driven.database)
        keys = store.firing(SubjectKey("tickets", subject))
        assert store.acknowledge(keys, "zhang", "api", "", at_, ending(driven.config, oncall) if ends else None)
        driven.step()

    return act


def nothing(_driven: Driven) -> None:
    return None


def later(at_: datetime) -> Callable[[Driven], None]:
    """The program goes on until then before anybody asks."""

    def act(driven: Driven) -> None:
        driven.run(at_)
        driven.now = at_
        driven.step()

    return act


GOLD = ticket("T1", at(8), "opened", tier="gold", circuit="C1")
MATE = ticket("T2", at(8, 20), "opened", tier="gold", circuit="C1")
SCENES: dict[str, tuple[Sequence[Event], Callable[[Driven], None]]] = {
    "nothing_happened_yet": ([GOLD], nothing),
    "a_diamond": ([ticket("T1", at(8), "opened", tier="diamond")], nothing),
    "a_planned_silence": ([GOLD], silence("s1", at(10.5), at(11.75), "tier=gold")),
    "a_silence_past_the_breach": ([GOLD], silence("s1", at(9), at(13), "ticket=T1")),
    "a_silence_of_another_tier": ([GOLD], silence("s1", at(9), at(13), "tier=diamond")),
    "a_first_page_was_sent": ([GOLD], later(at(11.2))),
    "a_page_waits_for_hours": ([GOLD], later(at(11.1))),
    "it_was_acknowledged": ([GOLD], acknowledged("T1", at(11.25))),
    "it_was_acknowledged_for_good": ([GOLD], acknowledged("T1", at(11.25), ends=False)),
    "it_shares_a_circuit": ([GOLD, MATE], nothing),
    "it_shares_a_circuit_that_alerts": ([GOLD, MATE], later(at(11.1))),
    "it_is_a_member_of_a_cause": ([GOLD, MATE], later(at(11.5))),
    "it_is_paused": ([GOLD, ticket("T1", at(8, 30), "held", reason="customer", n=2, tier="gold")], nothing),
    "it_was_paused": (
        [GOLD, ticket("T1", at(8, 30), "held", reason="customer", n=2, tier="gold"),
         ticket("T1", at(9), "accepted", n=3, tier="gold")], later(at(9.5)),
    ),
    "it_has_breached": ([GOLD], later(at(12.5))),
}  # fmt: skip


MORE = {
    "alone": "",
    "rota": "oncall: oncall.yml\n",
    "rota_and_hours": "oncall: oncall.yml\ncovered:\n  tiers: {gold: {zone: UTC, hours: {mon-sun: ['11:10-11:30']}}}\n",
}
"""What the configuration has beside its receivers."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "policy.yml").write_text(POLICY, encoding="utf-8")
    (tmp_path / "secret").write_text("a secret of thirty-two bytes, or more", encoding="utf-8")
    (tmp_path / "oncall.yml").write_text(ROTA, encoding="utf-8")
    return tmp_path


def pages(told: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """The pages that are foretold, as (instant, channel, alert, stage, reason)."""
    found = []
    for one in told["told"]:
        if one["what"] in ("page", "waited", "call"):
            reason = "escalated" if one["what"] == "call" else one["reason"]
            for channel in one["channels"]:
                if channel["told"]:
                    found.append((one["at"], channel["channel"], one["alertname"], one["stage"], reason))
    return found


def withheld(told: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """What is foretold not to be sent and goes on record: (instant, channel, alert, stage, the word of the reason)."""
    silent = (None, "recorded", "nothing_new", "replaced")
    return [
        (one["at"], channel["channel"], one["alertname"], one["stage"], channel["withheld"])
        for one in told["told"]
        if one["what"] in ("page", "waited", "call")
        for channel in one["channels"]
        if channel["withheld"] not in silent
    ]


def instant(moment: datetime) -> str:
    return text(moment) or ""


@pytest.mark.parametrize(
    ("scene", "more"),
    [(scene, more) for scene in SCENES for more in MORE if more != "alone" or "acknowledged" not in scene],
)
def test_the_program_then_sends_what_was_foretold(
    folder: Path, scene: str, more: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = folder / "tierwatch.yml"
    config.write_text(CONFIG + MORE[more], encoding="utf-8")
    events, before = SCENES[scene]
    driven = Driven(config, NOW)
    driven.now = max(event.at for event in events)
    driven.hear(*events)
    before(driven)
    asked_at, since, recorded = driven.now, len(driven.sent), len(driven.not_sent())
    capsys.readouterr()
    said = runner(capsys, monkeypatch, config, asked_at)("would-tell", "T1", "--json")
    assert (said.code, said.err.replace("\n", "")) == (0, "")
    told = json.loads(said.out)
    driven.run(END)
    really = [
        (instant(one.at), one.channel, one.alertname, one.stage, one.reason)
        for one in driven.sent[since:]
        if one.subject in ("", "T1")
    ]
    kept_back = [
        (instant(one.at), one.channel, one.alertname, one.stage, one.reason)
        for one in driven.not_sent()[recorded:]
        if one.subject in ("", "T1") and one.channel not in OWN and one.reason != "replaced"
    ]
    driven.close()
    foretold = pages(told)
    assert sorted(foretold) == sorted(really)
    assert sorted(withheld(told)) == sorted(kept_back)
    assert foretold or told["clocks"][0]["life"] == "paused" or "breached" in scene


@pytest.mark.parametrize(
    ("scene", "reason", "detail", "until"),
    [
        ("it_was_acknowledged", "acknowledged", "zhang", "2026-01-05T11:37:30Z"),
        ("it_was_acknowledged_for_good", "acknowledged", "zhang", None),
        ("it_is_a_member_of_a_cause", "grouped", "circuit/C1", None),
        ("a_silence_past_the_breach", "silenced", "s1", "2026-01-05T13:00:00Z"),
    ],
)
def test_it_says_why_nobody_is_called(
    folder: Path, scene: str, reason: str, detail: str, until: str | None, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    config = folder / "tierwatch.yml"
    config.write_text(CONFIG + "oncall: oncall.yml\n", encoding="utf-8")
    events, before = SCENES[scene]
    driven = Driven(config, NOW)
    driven.now = max(event.at for event in events)
    driven.hear(*events)
    before(driven)
    driven.close()
    capsys.readouterr()
    told = json.loads(runner(capsys, monkeypatch, config, driven.now)("would-tell", "T1", "--json").out)
    still = next(one for one in told["told"] if one["what"] == "nobody_called")
    assert (still["reason"], still["detail"], still["until"]) == (reason, detail, until)


def test_two_stages_that_are_first_told_at_the_end_of_a_silence_begin_one_chain(folder: Path) -> None:
    """The program itself, without a forecast: each step calls once."""
    config = folder / "tierwatch.yml"
    config.write_text(CONFIG + MORE["rota"], encoding="utf-8")
    events, before = SCENES["a_silence_past_the_breach"]
    driven = Driven(config, NOW)
    driven.hear(*events)
    before(driven)
    driven.run(END)
    driven.close()
    called = [(one.at, one.channel) for one in driven.sent if one.reason == "escalated"]
    assert called == [(at(13), "zhang"), (at(13, 5), "li"), (at(13, 10), "wall")]


# -- what it prints --------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, after T1 was opened at 8:00 and somebody planned a silence for its second stage."""
    config = folder / "tierwatch.yml"
    config.write_text(CONFIG + "oncall: oncall.yml\n", encoding="utf-8")
    driven = Driven(config, NOW)
    driven.hear(GOLD)
    silence("s1", at(11.5), at(11.75), "ticket=T1")(driven)
    driven.close()
    capsys.readouterr()
    return runner(capsys, monkeypatch, config, at(9))


def test_it_says_who_is_told_when_and_why_the_others_are_not(asked: Command) -> None:
    said = asked("would-tell", "T1", "--language", "en")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[:2] == [
        "tickets/T1: who is told what from 2026-01-05 09:00:00+00:00 to 2026-02-04 09:00:00+00:00 if nothing changes,"
        " policy case@1",
        "Restoration 1: running, deadline 2026-01-05 12:00:00+00:00",
    ]
    blocks = said.out.split("\n\n")[1:]
    first = next(block for block in blocks if "75 % used" in block).splitlines()
    assert first[:6] == [
        "2026-01-05 11:00:00+00:00  DeadlineNear T1 Restoration 75 % used (Gold)",
        "  reason: first",
        "  wall: told",
        "  diamonds: not told, this receiver does not take such alerts",
        "  breaches: not told, this receiver does not take such alerts",
        "  practice: not told, the receiver is in shadow",
    ]
    assert first[6] == "  desk: not told, waits for covered hours, until 2026-01-05 11:20:00+00:00"
    assert "  contact/noc called on wall (was sent it before), step 1 of team noc: " in "\n".join(first)
    silenced = next(block for block in blocks if "90 % used" in block)
    assert "  wall: not told, silenced, until 2026-01-05 11:45:00+00:00 (s1)" in silenced
    assert "  nobody is called: silence s1 fits it, until 2026-01-05 11:45:00+00:00" in said.out
    assert "  wall: its page waited until now (silenced) and is sent" in said.out
    breach = next(block for block in blocks if "DeadlineBreached" in block)
    assert breach.startswith("2026-01-05 12:00:00+00:00")
    assert "  breaches: told" in breach


def test_it_speaks_chinese_and_both(asked: Command) -> None:
    chinese = asked("would-tell", "T1", "--language", "zh").out
    assert "  wall：通知" in chinese
    assert "told" not in chinese
    assert "  wall: told wall：通知" in asked("would-tell", "T1", "--language", "both").out


def test_it_can_be_asked_from_a_later_instant_on(asked: Command) -> None:
    told = json.loads(asked("would-tell", "T1", "--at", "2026-01-05T11:50:00Z", "--json").out)
    assert told["since"] == "2026-01-05T11:50:00Z"
    assert {one["stage"] for one in told["told"]} == {"breached"}
    assert told["clocks"] == [
        {"target": "restore", "cycle": 1, "life": "running", "state": "at_risk", "deadline": "2026-01-05T12:00:00Z"}
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("T1", "--at", "2026-01-05T08:00:00Z"), "--at 2026-01-05 08:00:00+00:00 is past; what was told is listed by"),
        (("T1", "--at", "noon"), "--at 'noon' is not an instant"),
        (("T9",), "T9: no source has named it"),
        (("T1", "--language", "fr"), "--language: 'fr' is not a language of tierwatch"),
    ],
)
def test_it_refuses_with_a_sentence(asked: Command, words: Sequence[str], sentence: str) -> None:
    said = asked("would-tell", *words)
    assert (said.code, said.out) == (1, "")
    assert said.err.startswith(sentence)


def test_it_writes_nothing(asked: Command, folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".db"}
    assert before
    assert asked("would-tell", "T1").code == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".db"} == before
