"""A circuit that was decommissioned while it was down and told: its page ends, and it is counted nowhere."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.support.installations import configuration, written
from tests.support.loopback import Loopback, Reply, as_json
from tests.support.peers import until
from tests.support.program import command, metrics, tierwatch, wait_for
from tests.support.webhook import Webhook, listening

POLICY = """
policy: flow
version: "1"
effective_from: 2020-01-01
name: {en: Flow}
ladders:
  assurance: [{id: AAA, en: AAA}, {id: A, en: A}]
calendars:
  always: {zone: UTC, hours: 24x7}
pause_reasons: {}
targets:
  outage:
    name: {en: One outage, zh: 单次中断}
    of: circuit
    start: [unavailable]
    stop: [available, degraded]
    reopen: new_cycle
    budgets: [{when: {assurance: AAA}, budget: 1s, source: test}]
  interruption:
    name: {en: Interruption in a year}
    of: circuit
    per: year
    start: [unavailable]
    budgets: [{when: {assurance: AAA}, budget: 1h, source: test}]
stages:
  assurance:
    AAA: [100%]
"""
SERIES = 'tierwatch_circuits{assurance="AAA",source="tickets",state="%s",tier="none"}'


class Site:
    """A running program, the circuits that its inventory lists, and what its receiver was told."""

    def __init__(self, folder: Path, address: str, person: Webhook, circuits: dict[str, str]) -> None:
        self.folder, self.address, self.person, self.circuits = folder, address, person, circuits

    def told(self) -> list[tuple[str, str, str, str]]:
        pages = [request.json() for request in list(self.person.requests)]
        return [
            (page["labels"].get("circuit", ""), page["status"], page["reason"], page["labels"]["alertname"])
            for page in pages
        ]

    def page_of(self, circuit: str) -> dict[str, Any]:
        pages = [request.json() for request in list(self.person.requests)]
        return next(page for page in pages if page["labels"].get("circuit") == circuit)

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return command(*words, "--config", str(self.folder / "tierwatch.yml"))

    def explained(self, circuit: str) -> dict[str, Any]:
        said: dict[str, Any] = requests.get(f"{self.address}/explain/tickets/{circuit}?format=json", timeout=60).json()
        return said


@contextmanager
def site(folder: Path, inventory: bool) -> Iterator[Site]:
    circuits = {f"C{number}": "up" for number in range(1, 4)}

    def answer(_: object) -> Reply:
        return as_json({"circuits": [{"id": k, "status": v, "assurance": "AAA"} for k, v in list(circuits.items())]})

    (folder / "link-secret").write_text("a secret of thirty-two bytes, or more\n")
    (folder / "api-token").write_text("let-me-in-please\n")
    with Loopback(answer) as server, listening() as person:
        options = f'url: "{server.url}/c", down_after: 1, up_after: 1, inventory: {str(inventory).lower()}'
        source = f"{{type: circuit_http, every: 1s, at_most: 2s, options: {{{options}}}}}"
        receiver = f'{{type: webhook, repeat: 1m, options: {{url: "{person.url}", secret: {{file: link-secret}}}}}}'
        keys = ("link_secret: {file: link-secret}", "api_token: {file: api-token}")
        config = written(folder, POLICY, configuration(source, {"desk": receiver}, *keys))
        with tierwatch(config) as address:
            found = Site(folder, address, person, circuits)
            wait_for(address, SERIES % "available", 3)
            yield found


def down_and_told(site: Site) -> None:
    site.circuits["C1"] = "down"
    until(lambda: ("C1", "firing", "first", "TierwatchDeadlineBreached") in site.told())


def ended(site: Site) -> None:
    until(lambda: ("C1", "resolved", "retired", "TierwatchDeadlineBreached") in site.told())
    until(lambda: f"{SERIES % 'unavailable'} 0.0" in metrics(site.address))
    heard = metrics(site.address)
    assert f"{SERIES % 'unknown'} 0.0" in heard
    assert 'sla_target="interruption",source="tickets",state="running",tier="none"} 0.0' in heard
    clocks = {clock["target"]: clock for clock in site.explained("C1")["clocks"]}
    assert clocks["interruption"]["state"] == "cancelled"
    assert all(clock["retired"] for clock in clocks.values())
    assert clocks["outage"]["breached_at"] is not None, "what had breached stays on record"


def by_inventory(site: Site) -> None:
    del site.circuits["C1"]


def by_command(site: Site) -> None:
    done = site.command("retire", "C1", "--reason", "decommissioned", "--author", "wang")
    assert (done.returncode, done.stderr) == (0, "")


def by_link(site: Site) -> None:
    link = site.page_of("C1")["annotations"]["acknowledge_url"]
    shown = requests.get(link, timeout=60)
    assert f'href="{urlsplit(link).path.rpartition("/")[2]}/retire"' in shown.text
    assert requests.get(f"{link}/retire", timeout=60).status_code == 200
    assert "retired" not in site.explained("C1"), "to look changes nothing"
    sent = requests.post(f"{link}/retire", data={"author": "wang", "reason": "decommissioned"}, timeout=60)
    assert (sent.status_code, 'id="done"' in sent.text) == (200, True)


def by_token(site: Site) -> None:
    form = {"author": "wang", "reason": "decommissioned"}
    where = f"{site.address}/retire/tickets/C1"
    assert requests.post(where, data={**form, "token": "a guess"}, timeout=60).status_code == 403
    assert requests.post(where, data={**form, "token": "let-me-in-please"}, timeout=60).status_code == 200
    assert requests.post(where, data={**form, "token": "let-me-in-please"}, timeout=60).status_code == 409


@pytest.mark.parametrize("way", [by_inventory, by_command, by_link, by_token])
def test_a_circuit_that_is_gone_is_told_as_gone_and_counted(tmp_path: Path, way: Callable[[Site], None]) -> None:
    with site(tmp_path, way is by_inventory) as found:
        down_and_told(found)
        way(found)
        ended(found)
        gone = found.explained("C1")["retired"]
        assert gone["by"] == {by_inventory: "inventory", by_command: "command"}.get(way, "page")
        line = f'tierwatch_retired_total{{by="{gone["by"]}",source="tickets"}} 1.0'
        until(lambda: line in metrics(found.address))


def test_a_loss_of_many_is_told_and_acted_on_once_it_is_accepted(tmp_path: Path) -> None:
    with site(tmp_path, True) as found:
        for number in range(4, 21):
            found.circuits[f"C{number}"] = "up"
        wait_for(found.address, SERIES % "available", 20)
        for number in range(1, 11):
            del found.circuits[f"C{number}"]
        until(lambda: ("", "firing", "first", "TierwatchSuddenLoss") in found.told())
        assert 'tierwatch_retired_total{by="inventory",source="tickets"} 0.0' in metrics(found.address)
        done = found.command("retire", "tickets", "--accept-loss", "--reason", "ring 4 was taken out")
        assert (done.returncode, done.stderr) == (0, "")
        until(lambda: 'tierwatch_retired_total{by="inventory",source="tickets"} 10.0' in metrics(found.address))
        until(lambda: ("", "resolved", "list_believed", "TierwatchSuddenLoss") in found.told())
