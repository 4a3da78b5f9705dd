"""The Alertmanager configuration that ships: checked, routed, and run with its receivers and waits rewritten."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from alerts.notifiers import alertmanager
from alerts.notifiers.alertmanager import Config
from monitor.alert.alert import Alert, Verdict
from tests.support.alertmanager import RealAlertmanager, running
from tests.support.loopback import Loopback, Reply, Request
from tests.support.pages import alert, ended, now, pages
from tests.support.peers import need, until
from tests.support.webhook import Webhook

SHIPPED = Path(__file__).parents[2] / "examples" / "alertmanager" / "alertmanager.yml"

AS_JSON = {"Content-Type": "application/json"}

pytestmark = pytest.mark.peer


def amtool(*arguments: str) -> str:
    done = subprocess.run([need("amtool"), *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_it_is_valid() -> None:
    assert "SUCCESS" in amtool("check-config", str(SHIPPED))


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=TierwatchDeadlineNear", "tier=diamond", "assurance=none"), "on-call"),
        (("alertname=TierwatchDeadlineBreached", "tier=gold", "assurance=normal"), "on-call"),
        (("alertname=TierwatchDeadlineNear", "tier=standard", "assurance=AAA"), "on-call"),
        (("alertname=TierwatchDeadlineBreached", "tier=silver", "assurance=none"), "desk"),
        (("alertname=TierwatchBacklog", "severity=warning"), "desk"),
        (("alertname=TierwatchDataTooOld", "tier=gold", "severity=critical"), "on-call"),
        (("alertname=TierwatchDataTooOld", "tier=silver", "severity=critical"), "desk"),
        (("alertname=TierwatchDataTooOld", "tier=silver", "assurance=AAA", "severity=critical"), "on-call"),
        (("alertname=TierwatchWordNotUnderstood", "tier=silver", "severity=critical"), "on-call"),
        (("alertname=TierwatchWordNotUnderstood", "tier=none", "severity=warning"), "desk"),
        (("alertname=TierwatchHealthy", "path=prometheus"), "nobody"),
        (("alertname=TierwatchHeartbeat", "severity=none"), "dead-man"),
        (("alertname=TierwatchSynthetic", "severity=none", "tier=tierwatch"), "nobody"),
        (("alertname=TierwatchUndelivered", "severity=critical"), "on-call"),
        (("alertname=TierwatchSilent", "path=prometheus", "severity=critical"), "backup"),
        (("alertname=TierwatchSourceStale", "path=prometheus", "severity=warning"), "backup"),
        (("alertname=TierwatchClocksAtRisk", "path=prometheus", "severity=warning"), "backup"),
        (("alertname=TierwatchQuarantine", "path=prometheus", "severity=warning"), "desk"),
        (("alertname=TierwatchShadowOnly", "path=prometheus", "severity=warning"), "desk"),
        (("alertname=TierwatchUnknownStatus", "path=prometheus", "severity=info"), "desk"),
        (("alertname=SomethingElse",), "desk"),
    ],
)
def test_each_alert_finds_its_receiver(labels: tuple[str, ...], receiver: str) -> None:
    assert amtool("config", "routes", "test", f"--config.file={SHIPPED}", *labels) == receiver


def hurried(webhook: str) -> str:
    """The shipped configuration with our webhook behind every receiver, and waits of a second at most."""
    config = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))

    def hurry(route: dict[str, Any]) -> None:
        for name, wait in (("group_wait", "1s"), ("group_interval", "1s")):
            if name in route:
                route[name] = wait
        for child in route.get("routes", ()):
            hurry(child)

    hurry(config["route"])
    for receiver in config["receivers"]:
        for hook in receiver.get("webhook_configs", ()):
            hook["url"] = f"{webhook}/{receiver['name']}"
    return yaml.safe_dump(config)


@pytest.fixture
def peer(webhook: Webhook) -> Iterator[RealAlertmanager]:
    with running(hurried(webhook.url)) as it:
        yield it


def send(peer: RealAlertmanager, *alerts: Alert, way: str = "") -> None:
    results = alertmanager.build(Config((way or peer.url,), timeout=timedelta(minutes=1))).send(pages(*alerts), now())
    assert {result.verdict for result in results} == {Verdict.ACCEPTED}


@contextmanager
def without_haste(peer: RealAlertmanager) -> Iterator[str]:
    """The address of the peer behind a way on which each request takes until its inhibitor has seen what came.

    Alertmanager answers before that, and a busy machine lets its inhibitor lag behind: what the order of our requests
    is worth would depend on the machine. Its inhibitor takes alerts in the order in which they came, so a clock of
    silver that comes last, and goes to the desk, shows how far it is.
    """
    numbers = count(1)

    def respond(request: Request) -> Reply:
        answer = requests.post(peer.url + request.path, data=request.body, headers=AS_JSON, timeout=60)
        mark = f"MARK{next(numbers)}"
        send(peer, *(alert(mark, stage, ago=0, tier="silver") for stage in ("breached", "used_50")))
        until(lambda: mark in suppressed(peer, "ticket"), "the inhibitor has seen the mark")
        return Reply(answer.status_code, answer.content)

    with Loopback(respond) as way:
        yield way.url


def suppressed(peer: RealAlertmanager, label: str) -> list[str]:
    """That label of every alert that another one hides."""
    return [item["labels"].get(label, "") for item in peer.alerts() if item["status"]["state"] == "suppressed"]


def heard(webhook: Webhook, name: str) -> list[tuple[str, str]]:
    """(status, stage or alert name) of what a receiver got, in order."""
    return [
        (item["status"], item["labels"].get("stage", item["labels"]["alertname"]))
        for request in list(webhook.requests)
        if request.path == f"/{name}"
        for item in request.json()["alerts"]
    ]


def second_path(name: str, job: str = "tierwatch", severity: str = "warning") -> Alert:
    labels = {"alertname": name, "job": job, "path": "prometheus", "severity": severity, "source": "tickets"}
    return Alert(labels, {"summary": name}, alert().starts_at)


@pytest.mark.parametrize(
    ("worst", "hidden"),
    [
        ("breached", ["used_50", "used_75", "used_90", "left_15m"]),
        ("used_90", ["used_50", "used_75"]),
        ("used_75", ["used_50"]),
    ],
)
def test_the_worst_stage_of_a_clock_hides_the_lower_ones_and_no_other_clock(
    peer: RealAlertmanager, webhook: Webhook, worst: str, hidden: list[str]
) -> None:
    stages = [worst, *hidden]
    mine = [alert("INC1", stage, ago=0) for stage in stages]
    others = [
        alert("INC2", "used_50", ago=0),
        alert("INC1", "used_50", ago=0, cycle="2"),
        alert("INC1", "used_50", ago=0, sla_target="accept"),
        alert("INC1", "used_50", ago=0, tier="diamond"),
        alert("INC1", "used_50", ago=0, source="elsewhere"),
        alert("INC1", "used_50", ago=0, instance="south"),
    ]
    send(peer, *mine, *others)
    until(lambda: len(heard(webhook, "on-call")) == 1 + len(others), "the worst stage and every other clock page")
    listed = [item for item in peer.alerts() if item["status"]["state"] == "suppressed"]
    assert sorted(item["labels"]["stage"] for item in listed) == sorted(hidden)
    send(peer, *(ended(item) for item in mine))
    until(lambda: ("resolved", worst) in heard(webhook, "on-call"), "the end of the worst stage arrives")
    assert ("firing", worst) in heard(webhook, "on-call")
    assert not [item for item in heard(webhook, "on-call") if item == ("firing", "used_75") and worst != "used_75"]


def test_stages_that_come_together_after_the_fact_page_once_per_clock(peer: RealAlertmanager, webhook: Webhook) -> None:
    """Such groups are notified at once, so the inhibitor must have seen the worst stage before the others come."""
    stages = ("used_50", "used_75", "used_90", "breached")
    with without_haste(peer) as way:
        for number in range(20):
            clock = [alert(f"INC{number}", stage, ago=600 - 60 * index) for index, stage in enumerate(stages)]
            send(peer, *clock, way=way)
    until(lambda: len(heard(webhook, "on-call")) >= 20, "every clock pages")
    assert heard(webhook, "on-call") == [("firing", "breached")] * 20


def test_a_further_stage_pages_and_hides_the_one_before(peer: RealAlertmanager, webhook: Webhook) -> None:
    near = alert("INC1", "used_75")
    send(peer, near)
    until(lambda: heard(webhook, "on-call") == [("firing", "used_75")], "the first stage pages")
    send(peer, alert("INC1", "used_90", ago=1), near)
    until(lambda: ("firing", "used_90") in heard(webhook, "on-call"), "the further stage pages")
    assert heard(webhook, "on-call") == [("firing", "used_75"), ("firing", "used_90")]


def wave(number: int, cause: str = "c1", ago: float = 0, **labels: str) -> Alert:
    said = {
        "alertname": "TierwatchRootCause", "instance": "north", "root_cause": cause, "wave": str(number),
        "tier": "gold", "severity": "critical", "stage": f"{cause}-{number}", **labels,
    }  # fmt: skip
    return Alert(said, {"summary": f"wave {number}"}, alert(ago=ago).starts_at, cause_key=f"#{cause}")


def test_a_newer_wave_hides_every_older_one_of_its_cause_and_no_other_cause(
    peer: RealAlertmanager, webhook: Webhook
) -> None:
    others = [wave(3, "c2"), wave(1, instance="south")]
    for newest in range(1, 9):
        send(peer, *(wave(number) for number in range(1, newest + 1)), *others)
        until(lambda n=newest: ("firing", f"c1-{n}") in heard(webhook, "on-call"), "the new wave pages")
    until(lambda: len(heard(webhook, "on-call")) == 8 + len(others), "and every other cause")
    suppressed = [item["labels"]["stage"] for item in peer.alerts() if item["status"]["state"] == "suppressed"]
    assert sorted(suppressed) == [f"c1-{number}" for number in range(1, 8)]
    assert not [told for told in heard(webhook, "on-call") if told[0] == "resolved"], (
        "a wave that is replaced is no end"
    )
    send(peer, *(ended(wave(number)) for number in range(1, 9)))
    until(lambda: ("resolved", "c1-8") in heard(webhook, "on-call"), "the end is told")
    over = [told for told in heard(webhook, "on-call") if told[0] == "resolved"]
    assert len(over) == len(set(over)), "of each wave once"


def test_after_a_restart_of_alertmanager_only_the_newest_wave_pages(peer: RealAlertmanager, webhook: Webhook) -> None:
    """Such groups are notified at once, so the inhibitor must have seen the newest wave before the others come."""
    with without_haste(peer) as way:
        for cause in range(20):
            send(peer, *(wave(number, f"x{cause}", ago=600 - number) for number in range(1, 5)), way=way)
    until(lambda: len(heard(webhook, "on-call")) >= 20, "every cause pages")
    assert sorted(heard(webhook, "on-call")) == sorted(("firing", f"x{cause}-4") for cause in range(20))


def test_the_heartbeat_reaches_the_dead_mans_switch_and_nobody_else(peer: RealAlertmanager, webhook: Webhook) -> None:
    labels = {"alertname": "TierwatchHeartbeat", "instance": "north", "severity": "none"}
    synthetic = {"alertname": "TierwatchSynthetic", "instance": "north", "severity": "none", "ticket": "heartbeat-1"}
    send(peer, *(Alert(each, {"summary": "alive"}, alert().starts_at) for each in (labels, synthetic)))
    until(lambda: heard(webhook, "dead-man"), "the heartbeat arrives")
    assert {request.path for request in webhook.requests} == {"/dead-man"}
    assert set(heard(webhook, "dead-man")) == {("firing", "TierwatchHeartbeat")}


def test_the_second_path_keeps_quiet_about_clocks_while_tierwatch_is_well(
    peer: RealAlertmanager, webhook: Webhook
) -> None:
    healthy = second_path("TierwatchHealthy", severity="none")
    clocks, stale = second_path("TierwatchClocksBreached"), second_path("TierwatchSourceStale")
    send(peer, healthy)
    send(peer, clocks, stale, second_path("TierwatchClocksBreached", job="tierwatch-south"))
    until(lambda: len(heard(webhook, "backup")) == 2, "what is not inhibited pages")
    assert sorted(heard(webhook, "backup")) == [
        ("firing", "TierwatchClocksBreached"),  # of the other installation, which is not known to be well
        ("firing", "TierwatchSourceStale"),
    ]
    send(peer, ended(healthy))
    until(lambda: len(heard(webhook, "backup")) == 3, "the second path pages once tierwatch is not well")
    assert heard(webhook, "backup")[-1] == ("firing", "TierwatchClocksBreached")
    assert heard(webhook, "on-call") == heard(webhook, "desk") == []
