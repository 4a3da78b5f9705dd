"""A gold breach is paged while the page, a source and a receiver are attacked, and the program ends when it is told to.

The real program. What the attacks take is bounded, and they end with the test.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.attackers import MANNERS, attack
from tests.support.hostile_peer import WAYS, HostilePeer, hostile
from tests.support.installations import configuration, promise, written
from tests.support.peers import busy, until
from tests.support.program import Tierwatch, metrics, tierwatch, value
from tests.support.texts import exchanged
from tests.support.webhook import Webhook, listening

BUDGET = timedelta(seconds=60)
FEW = 200
"""Descriptors of the program under attack: the attackers want many more than there are."""

MANY = 300
"""Connections of the attackers."""

LATE = 2.0
"""Seconds after its deadline within which a breach is told, on a machine that is not overloaded."""

SECRET = "a secret of thirty-two bytes, or more"


def prepare(folder: Path, receivers: Mapping[str, str], *more: str) -> Path:
    (folder / "secret").write_text(SECRET)
    (folder / "tickets.jsonl").touch()
    stages = "stages: {tier: {gold: [100%]}}"
    source = "{type: jsonl_file, every: 1s, at_most: 2s, options: {path: tickets.jsonl}}"
    return written(folder, promise("60s", stages), configuration(source, receivers, *more))


def to(url: str, timeout: str = "2s") -> str:
    return f'{{type: webhook, options: {{url: "{url}", secret: {{file: secret}}, timeout: {timeout}}}}}'


def report(folder: Path, ticket: str, breaches_in: timedelta) -> datetime:
    """A gold ticket appears; gives when its promise will be broken."""
    deadline = datetime.now(UTC) + breaches_in
    event = {
        "event_id": ticket, "kind": "ticket", "subject": ticket, "at": (deadline - BUDGET).isoformat(),
        "status": "opened", "fields": {"tier": "gold"},
    }  # fmt: skip
    with (folder / "tickets.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(event) + "\n")
    return deadline


def breach_told(phone: Webhook, ticket: str) -> float:
    """When, on our own clock, the receiver had been told that the ticket's promise is broken."""

    def found() -> float | None:
        for request in list(phone.requests):
            labels: dict[str, Any] = request.json()["labels"]
            if labels.get("ticket") == ticket and labels.get("stage") == "breached":
                return time.time()
        return None

    return until(found, f"the breach of {ticket} is told")


def in_time(phone: Webhook, ticket: str, deadline: datetime) -> None:
    """The breach is told; on a machine that has time for it, within two seconds."""
    late = breach_told(phone, ticket) - deadline.timestamp()
    assert late <= LATE or busy(), f"{late:.1f} s after its deadline"


@pytest.mark.parametrize("manner", MANNERS)
def test_a_breach_is_paged_and_the_metrics_are_read_under_many_connections(tmp_path: Path, manner: str) -> None:
    with listening() as phone:
        config = prepare(tmp_path, {"phone": to(phone.url)})
        with tierwatch(config, FEW) as address, attack(address, manner, MANY):
            deadline = report(tmp_path, "INC1", timedelta(seconds=5))
            read = []
            while datetime.now(UTC) < deadline:
                read.append(_answers(f"{address}/metrics"))
                time.sleep(0.2)  # the pace of the one who reads
            in_time(phone, "INC1", deadline)
            until(lambda: any(read) or _answers(f"{address}/metrics"), "the metrics while the attack goes on")
            until(lambda: _answers(f"{address}/metrics"), "and again")
            until(
                lambda: _answers(f"{address}/api/v1/sources") or _limited(address), "the API while the attack goes on"
            )
    lines = (tmp_path / "tierwatch.log").read_text(encoding="utf-8").splitlines()
    assert len(lines) < 40, lines[:40]


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=10).status_code == 200
    except requests.RequestException:
        return False


def _limited(address: str) -> bool:
    """Whether the API asks this address to come later, for the attackers have it, too."""
    try:
        return requests.get(f"{address}/api/v1/sources", timeout=10).status_code == 429
    except requests.RequestException:
        return False


HANGS = ("says nothing", "drips a header", "goes on with 100 slowly", "drips a body without a length")


def test_a_breach_is_paged_beside_peers_that_never_let_a_request_end(tmp_path: Path) -> None:
    with ExitStack() as stack:
        phone = stack.enter_context(listening())
        peers = {f"p{number}": stack.enter_context(hostile(WAYS[way])) for number, way in enumerate(HANGS)}
        config = _beside(tmp_path, phone, peers)
        with tierwatch(config) as address:
            deadline = report(tmp_path, "INC1", timedelta(seconds=4))
            in_time(phone, "INC1", deadline)
            for name in peers:
                failed = f'tierwatch_alerts_send_failures_total{{channel="{name}",reason="timeout"}}'
                until(lambda failed=failed: (value(address, failed) or 0) >= 2, f"{name} is tried again")  # type: ignore[misc]
                polls = f'tierwatch_source_poll_failures_total{{reason="timeout",source="s-{name}"}}'
                until(lambda polls=polls: (value(address, polls) or 0) >= 2, f"s-{name} is asked again")  # type: ignore[misc]
            assert 'tierwatch_alerts_sent_total{channel="phone",reason="first"} 1.0' in metrics(address)
    said = (tmp_path / "tierwatch.log").read_text(encoding="utf-8")
    assert "no whole answer within 1s" in said


def _beside(folder: Path, phone: Webhook, peers: Mapping[str, HostilePeer]) -> Path:
    """The good receiver and source, and a receiver and a source at each hostile peer."""
    urls = {name: f"http://127.0.0.1:{peer.port}" for name, peer in peers.items()}
    config = prepare(folder, {"phone": to(phone.url), **{name: to(url, "1s") for name, url in urls.items()}})
    network = "{total_timeout: 1s, attempts: 1}"
    sources = "".join(
        f'  s-{name}: {{type: tmf621, every: 1s, at_most: 2s, options: {{url: "{url}", network: {network}}}}}\n'
        for name, url in urls.items()
    )
    text = exchanged(config.read_text(encoding="utf-8"), ("receivers:\n", f"{sources}receivers:\n"), count=1)
    config.write_text(exchanged(text, ("policy: policy.yml\n", "policy: policy.yml\ncatch_up: 3s\n")), encoding="utf-8")
    return config


def test_the_program_ends_whatever_its_peers_do_and_the_next_start_tells_what_was_not_told(tmp_path: Path) -> None:
    with listening() as phone, hostile(WAYS["drips a header"]) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        config = prepare(tmp_path, {"phone": to(url, "10m")})
        text = config.read_text(encoding="utf-8")
        slow = f'  slow: {{type: tmf621, every: 1s, options: {{url: "{url}", network: {{total_timeout: 10m}}}}}}\n'
        text = exchanged(text, ("receivers:\n", f"{slow}receivers:\n"), count=1)
        config.write_text(
            exchanged(text, ("policy: policy.yml\n", "policy: policy.yml\ncatch_up: 1s\n")), encoding="utf-8"
        )
        program = Tierwatch(config, stuck="patient")
        try:
            program.address()
            report(tmp_path, "INC1", timedelta(seconds=-1))
            until(lambda: peer.connections >= 2, "the source and the receiver hang")
        finally:
            code = program.stop()  # fails where it does not end
        assert code == 0
        lines = (tmp_path / "tierwatch.log").read_text(encoding="utf-8").splitlines()
        assert any("pages_wait" in line and "reason=stopped" in line for line in lines), lines
        config.write_text(exchanged(text, (url, phone.url), (exchanged(slow, (url, phone.url)), "")), encoding="utf-8")
        with tierwatch(config):
            breach_told(phone, "INC1")


ROTA = """
people:
  anna: {{name: {{en: Anna}}, receivers: [phone]}}
teams:
  noc:
    name: {{en: NOC}}
    receivers: [phone]
    calendar: {{url: "{url}/rota.ics"}}
    escalation:
      - {{at: 50%, tell: anna}}
"""


def test_a_start_that_waits_for_a_calendar_can_be_ended(tmp_path: Path) -> None:
    with listening() as phone, hostile(WAYS["drips a header"]) as peer:
        config = prepare(tmp_path, {"phone": to(phone.url)}, "oncall: oncall.yml", "link_secret: {file: secret}")
        rota = ROTA.format(url=f"http://127.0.0.1:{peer.port}")
        (tmp_path / "oncall.yml").write_text(rota, encoding="utf-8")
        program = Tierwatch(config)
        try:
            until(lambda: peer.connections > 0, "the calendar is asked for")
        finally:
            assert program.stop() == 0


def test_a_start_that_waits_for_its_sources_can_be_ended(tmp_path: Path) -> None:
    with listening() as phone, hostile(WAYS["drips a header"]) as peer:
        config = _beside(tmp_path, phone, {"p": peer})
        text = exchanged(config.read_text(encoding="utf-8"), ("total_timeout: 1s", "total_timeout: 10m"))
        config.write_text(exchanged(text, ("catch_up: 3s", "catch_up: 10m")), encoding="utf-8")
        program = Tierwatch(config)
        try:
            until(lambda: peer.connections > 0, "the source is asked")
        finally:
            assert program.stop() == 0
