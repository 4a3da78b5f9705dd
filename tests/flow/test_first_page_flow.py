"""Whoever reads the first page of a clock can acknowledge it, and then nobody else is called. The real program."""

from __future__ import annotations

import re
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from tests.flow.test_oncall_flow import STAGES, acknowledged, brief, pages, say
from tests.support.installations import promise
from tests.support.peers import until
from tests.support.program import metrics, printed, tierwatch
from tests.support.shifted import Clocks, shifted
from tests.support.texts import exchanged
from tests.support.webhook import Webhook, listening

CONFIG = """
instance: flow
language: both
database: flow.db
listen: 127.0.0.1:0
policy: policy.yml
oncall: oncall.yml
link_secret: {{file: link-secret}}
api_token: {{file: link-secret}}
sources:
  tickets: {{type: jsonl_file, every: 1s, at_most: 2s, options: {{path: tickets.jsonl}}}}
receivers:
  room: {{type: webhook, options: {{url: "{room}", secret: {{file: link-secret}}}}}}
  state: {{type: alertmanager, options: {{urls: ["{state}"]}}}}
  practice: {{type: log, shadow: true}}
  wall: {{type: log}}
  lead: {{type: webhook, personal: true, options: {{url: "{lead}", secret: {{file: link-secret}}}}}}
"""

ROTA = """
people:
  anna: {name: {en: Anna}, receivers: [lead]}
teams:
  noc:
    name: {en: NOC}
    receivers: [wall]
    layers:
      - {people: [anna], start: 2026-01-05}
    escalation:
      - {at: 50%, tell: anna}
"""

USED_75, LEFT = timedelta(hours=3), timedelta(hours=1)
"""How old a ticket is when three quarters of its four hours are used, and what is left then."""

NOTE = "on my way 在路上 <b>"

INSTANT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?\+00:00"


def prepare(folder: Path, room: Webhook, state: Webhook, lead: Webhook) -> Path:
    (folder / "policy.yml").write_text(promise("4h", STAGES), encoding="utf-8")
    (folder / "oncall.yml").write_text(ROTA, encoding="utf-8")
    (folder / "link-secret").write_text("a secret of thirty-two bytes, or more\n")
    (folder / "tickets.jsonl").touch()
    config = folder / "tierwatch.yml"
    config.write_text(CONFIG.format(room=room.url, state=state.url, lead=lead.url), encoding="utf-8")
    return config


def link_of(page: dict[str, Any]) -> str:
    return str(page["annotations"].get("acknowledge_url", ""))


def states(peer: Webhook) -> list[dict[str, Any]]:
    """What the receiver of states was told of the ticket, in order."""
    told = [alert for request in list(peer.requests) if request.method == "POST" for alert in request.json()]
    return [alert for alert in told if alert["labels"].get("ticket") == "T-1"]


def test_whoever_reads_the_first_page_acknowledges_it_and_nobody_else_is_called(tmp_path: Path) -> None:
    with listening() as room, listening() as state, listening() as lead:
        config = prepare(tmp_path, room, state, lead)
        clocks = Clocks(tmp_path / "clocks.json")
        with shifted(config, clocks) as address:
            say(tmp_path, "1", datetime.now(UTC) - USED_75, "opened")
            (first,) = until(lambda: pages(room))
            assert brief(room) == [("firing", "first", "used_75")]
            link = link_of(first)
            assert link.startswith(f"{address}/acknowledge/")
            (told,) = until(lambda: states(state))[:1]
            assert told["annotations"]["acknowledge_url"] == link, "one alert, one link, whoever reads it"

            for _ in range(2):
                shown = requests.get(link, timeout=60)
                assert shown.status_code == 200
                assert '<form method="post">' in shown.text
            assert acknowledged(address) == []
            nameless = requests.post(link, data={"author": " ", "note": NOTE}, timeout=60)
            assert nameless.status_code == 400
            assert "请填写姓名" in nameless.text
            assert acknowledged(address) == []
            forged = requests.post(link[:-1] + ("A" if link[-1] != "A" else "B"), data={"author": "eve"}, timeout=60)
            assert forged.status_code == 403
            assert acknowledged(address) == []

            sent = requests.post(link, data={"author": "Lin", "note": NOTE}, timeout=60)
            assert sent.status_code == 200
            assert acknowledged(address) == [("Lin", "link", NOTE)]
            assert pages(lead) == []

            page = requests.get(f"{address}/explain/tickets/T-1", timeout=60).text
            assert "<bdi>Lin</bdi>" in page
            assert "on my way 在路上 &lt;b&gt;" in page
            assert '<bdi>Lin</bdi> (link)</span> <span lang="zh-CN">已由 <bdi>Lin</bdi> 确认（链接）' in page
            assert re.search(rf"<small>{INSTANT}</small></span></span></td>", page)
            said = ran(config, "explain", "T-1")
            holds = rf"acknowledged by Lin \(link\), holds until ({INSTANT}) 已由 Lin 确认（链接），有效至 \1"
            assert re.search(rf"{holds}: {re.escape(NOTE)}\n", said)

            sleeps = (LEFT + timedelta(seconds=5)).total_seconds()
            clocks.set(wall=sleeps, boot=sleeps)  # the machine sleeps until the promise is broken
            (called, *_) = until(lambda: pages(lead))
            assert called["labels"]["stage"] == "breached", "the step of the stage that was acknowledged was not taken"
            assert link_of(called) not in ("", link)
            until(lambda: ("firing", "breached") in [(status, stage) for status, _, stage in brief(room)])
            say(tmp_path, "2", datetime.now(UTC) + timedelta(seconds=sleeps), "restored")
            over = until(lambda: [page for page in pages(room) if page["status"] == "resolved"])
            ended = until(lambda: [one for one in states(state) if "acknowledge_url" not in one["annotations"]])
            assert {one["labels"]["stage"] for one in ended} <= {"used_75", "breached"}
            assert [link_of(page) for page in over] == [""] * len(over)
            paths = ("", "explain/tickets/T-1", "explain/tickets/T-1?format=json", "-/ready")
            answers = [requests.get(f"{address}/{path}", timeout=60).text for path in paths]
            seen = "".join([metrics(address), *answers])
        written = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
        assert "alert_acknowledged" in written
        assert re.search(r"acknowledgement_refused.* reason=forged", written)
        practised = ran(config, "alerts", "would-have", "--since", "1h")
        assert "T-1" in practised
        tokens = [link_of(page).rpartition("/")[2] for page in pages(room) if link_of(page)]
        assert len(set(tokens)) == 2, "one for each stage"
        stored = b"".join(path.read_bytes() for path in tmp_path.glob("flow.db*"))
        for token in tokens:
            assert token not in written + seen + said + practised
            assert token.encode() not in stored
        assert b"eyJhIjoi" in stored, "what a step sent to a person waits with its own link"
        everything = "\n".join(sqlite3.connect(tmp_path / "flow.db").iterdump())
        assert not [line for line in everything.splitlines() if "eyJhIjoi" in line and '"outbox"' not in line]


def ran(config: Path, *words: str) -> str:
    """What a command prints beside the running program."""
    return printed(*words, "--config", str(config))


def test_a_page_that_is_sent_again_after_a_restart_has_the_same_link(tmp_path: Path) -> None:
    with listening() as room, listening() as state, listening() as lead:
        config = prepare(tmp_path, room, state, lead)
        config.write_text(
            exchanged(config.read_text(encoding="utf-8"), ("listen: ", "page_url: https://tw.example\nlisten: ")),
            "utf-8",
        )
        with tierwatch(config):
            say(tmp_path, "1", datetime.now(UTC) - USED_75, "opened")
            until(lambda: pages(room) and states(state))
        known = len(states(state))
        with tierwatch(config):
            until(lambda: len(states(state)) > known)
        links = {
            told["annotations"]["acknowledge_url"] for told in states(state) if told["labels"]["stage"] == "used_75"
        }
        assert len(links) == 1
        assert links == {link_of(page) for page in pages(room) if page["labels"]["stage"] == "used_75"}
        assert all(link.startswith("https://tw.example/acknowledge/") for link in links)
