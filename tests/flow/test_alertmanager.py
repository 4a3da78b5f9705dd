"""Our store and a real Alertmanager over what may befall either: bad alerts, restarts, silences, our own death."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from alerts.delivery.outbox import EVERY, RETENTION, Round, deliver
from alerts.notifiers import alertmanager as notifier
from alerts.notifiers.alertmanager import FIRES_ON, Config
from monitor.alert.alert import Alert, Channel, Delivery, Reason
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.schema import alerts, counters, outbox
from tests.flow.crash_stories import STAGES, Receivers
from tests.flow.crashing import Crashing
from tests.flow.nursery import Nursery
from tests.support.alertmanager import RealAlertmanager, running
from tests.support.installations import shipped_alertmanager
from tests.support.pages import alert, ended
from tests.support.peers import until
from tests.support.to_all import ToAll
from tests.support.webhook import Webhook

pytestmark = pytest.mark.peer

AM = Channel("am/1", Delivery.STATE)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Teller:
    """What the program does with alerts that changed, step by step."""

    database: Database
    peer: RealAlertmanager

    def change(self, *alerts: Alert) -> None:
        Clocks(self.database).commit_alerts(alerts, ToAll((AM,)), datetime.now(UTC))

    def deliver(self, after: timedelta = timedelta(0)) -> Round:
        it = notifier.build(Config((self.peer.url,)))
        return deliver(Deliveries(self.database), it, AM, datetime.now(UTC) + after)

    def rows(self) -> dict[str, tuple[str, bool]]:
        """By ticket: why, and whether it is closed."""
        with self.database.read() as connection:
            joined = sa.select(alerts.c.labels, outbox.c.reason, outbox.c.closed_at).where(
                alerts.c.key == outbox.c.alert_key
            )
            return {row.labels["ticket"]: (row.reason, row.closed_at is not None) for row in connection.execute(joined)}


@pytest.fixture
def teller(tmp_path: Path, peer: RealAlertmanager) -> Iterator[Teller]:
    database = Database(f"sqlite:///{tmp_path}/am.db")
    yield Teller(database, peer)
    database.close()


def listed(peer: RealAlertmanager) -> dict[str, dict[str, Any]]:
    return {f"{item['labels']['ticket']} {item['labels']['stage']}": item for item in peer.alerts()}


def about(webhook: Webhook, status: str) -> list[str]:
    return [item["labels"]["ticket"] for item in webhook.alerts(status)]


def test_a_partial_400_stores_the_good_and_shows_the_bad_which_is_not_sent_again(
    teller: Teller, peer: RealAlertmanager
) -> None:
    bad = alert("BAD")
    teller.change(alert("INC1"), replace(bad, labels={**bad.labels, "bad name": "x"}), alert("INC2"))
    done = teller.deliver()
    assert (done.sent, done.failed) == (2, 1)
    assert sorted(listed(peer)) == ["INC1 used_75", "INC2 used_75"]
    assert teller.rows() == {"INC1": ("first", False), "INC2": ("first", False), "BAD": ("refused", True)}
    with teller.database.read() as connection:
        failed = sa.select(counters).where(counters.c.name == "tierwatch_alerts_send_failures_total")
        (row,) = connection.execute(failed).all()
    assert (row.labels, row.value) == ({"channel": "am/1", "reason": "refused"}, 1)
    assert teller.deliver(after=EVERY).sent == 2


@pytest.mark.parametrize("data", [True, False], ids=["with its data", "without its data"])
def test_after_its_restart_all_that_fires_comes_back_and_nothing_is_said_to_be_over(
    teller: Teller, peer: RealAlertmanager, webhook: Webhook, data: bool
) -> None:
    teller.change(alert("INC1"), alert("INC2", "breached"))
    teller.deliver()
    until(lambda: sorted(set(about(webhook, "firing"))) == ["INC1", "INC2"], "the webhook hears of both")
    peer.stop(kill=not data)
    if not data:
        shutil.rmtree(peer.folder / "data", ignore_errors=True)
    assert teller.deliver(after=EVERY).failed == 2
    peer.start()
    assert peer.alerts() == []
    assert teller.deliver(after=EVERY * 2).sent == 2
    assert sorted(listed(peer)) == ["INC1 used_75", "INC2 breached"]
    teller.change(ended(alert("INC1")))
    teller.deliver()
    until(lambda: sorted(listed(peer)) == ["INC2 breached"], "it knows which of the two is over")
    assert "INC2" not in about(webhook, "resolved")


def test_a_silence_in_alertmanager_withholds_and_its_end_tells(
    teller: Teller, peer: RealAlertmanager, webhook: Webhook
) -> None:
    until_when = datetime.now(UTC) + timedelta(hours=1)
    silence = {
        "matchers": [{"name": "ticket", "value": "INC1", "isRegex": False, "isEqual": True}],
        "startsAt": datetime.now(UTC).isoformat(), "endsAt": until_when.isoformat(),
        "createdBy": "lin", "comment": "works",
    }  # fmt: skip
    name = _ask(peer, "/api/v2/silences", silence)["silenceID"]
    teller.change(alert("INC1"), alert("INC2"))
    teller.deliver()
    until(lambda: "INC2" in about(webhook, "firing"), "the other one is told")
    silenced = until(lambda: _with(peer, "INC1 used_75", "silencedBy"), "it is suppressed")
    assert (silenced["status"]["state"], silenced["status"]["silencedBy"]) == ("suppressed", [name])
    assert "INC1" not in about(webhook, "firing")
    _ask(peer, f"/api/v2/silence/{name}", None, "DELETE")
    until(lambda: "INC1" in about(webhook, "firing"), "it is told after the silence")


def test_the_shipped_rule_hides_a_lower_stage_under_a_breach(tmp_path: Path, webhook: Webhook) -> None:
    with running(shipped_alertmanager(webhook.url)) as peer:
        database = Database(f"sqlite:///{tmp_path}/am.db")
        teller = Teller(database, peer)
        teller.change(alert("INC1", "used_75", ago=600), alert("INC1", "breached"), alert("INC2", "used_75"))
        teller.deliver()
        hidden = until(lambda: _with(peer, "INC1 used_75", "inhibitedBy"), "the lower stage is hidden")
        assert hidden["status"]["state"] == "suppressed"
        until(lambda: _state(peer, "INC1 breached") == _state(peer, "INC2 used_75") == "active", "the rest is not")
        teller.change(ended(alert("INC1", "breached"), Reason.WITHDRAWN))
        teller.deliver()
        until(lambda: _state(peer, "INC1 used_75") == "active", "it shows again when the breach is taken back")
        database.close()


def test_our_death_ends_nothing_for_a_quarter_of_an_hour_and_our_restart_says_what_ended_meanwhile(
    tmp_path: Path, peer: RealAlertmanager, webhook: Webhook
) -> None:
    """The guard against a false all-clear, and the explicit end after our restart."""
    nursery = Nursery()
    it = Crashing(tmp_path, nursery, Receivers())
    it.prepare(peer.url)
    story = it.tell("restored")
    try:
        it.start()
        story.begin()
        stages = {f"T1 {stage}" for stage in STAGES}  # a slow machine tells a worse one at once
        until(lambda: stages & _of_tickets(peer).keys(), "the crossing is told")
        nursery.kill()
        died = datetime.now(UTC)
        story.end("used_50", "restored")
        for item in _of_tickets(peer).values():
            promised = datetime.fromisoformat(item["endsAt"]) - died
            assert FIRES_ON - timedelta(seconds=15) < promised <= FIRES_ON
            assert item["status"]["state"] == "active"
        assert about_tickets(webhook, "resolved") == []
        it.start()
        until(lambda: _of_tickets(peer) == {}, "it is told that all is over")
        until(lambda: "T1" in about_tickets(webhook, "resolved"), "and says so")
        assert nursery.stop() == 0
    finally:
        nursery.close()


def test_a_dead_sender_is_noticed_after_many_missed_sendings_and_not_after_one() -> None:
    sent = datetime(2026, 1, 5, 12, tzinfo=UTC)
    body = notifier.as_json(Alert({"a": "b"}, {}, sent - timedelta(hours=1)), sent)
    assert datetime.fromisoformat(body["endsAt"]) == sent + timedelta(minutes=15)
    assert FIRES_ON / EVERY == 15, "as many sendings may be missed"
    assert FIRES_ON >= 4 * EVERY, "Prometheus promises four"
    assert RETENTION == FIRES_ON, "an end is told for as long as a lost one would take to show"


def about_tickets(webhook: Webhook, status: str) -> list[str]:
    return [item["labels"]["ticket"] for item in webhook.alerts(status) if "ticket" in item["labels"]]


def _of_tickets(peer: RealAlertmanager) -> dict[str, dict[str, Any]]:
    found = [item for item in peer.alerts() if "ticket" in item["labels"]]
    return {f"{item['labels']['ticket']} {item['labels']['stage']}": item for item in found}


def _with(peer: RealAlertmanager, name: str, why: str) -> dict[str, Any] | None:
    """The alert, once its status says *why* it is suppressed."""
    item = listed(peer).get(name)
    return item if item is not None and item["status"][why] else None


def _state(peer: RealAlertmanager, name: str) -> str:
    item = listed(peer).get(name)
    return "" if item is None else str(item["status"]["state"])


def _ask(peer: RealAlertmanager, path: str, body: Any, method: str = "POST") -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(peer.url + path, data, {"Content-Type": "application/json"}, method=method)
    with _OPENER.open(asked, timeout=60) as answer:
        return json.loads(answer.read() or b"null")
