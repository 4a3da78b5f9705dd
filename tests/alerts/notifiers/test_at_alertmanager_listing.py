"""What a real Alertmanager lists of ours, with its own silences, and what it has lost."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from alerts.decide.receiver_lists import Listing, unconfirmed, withheld
from alerts.notifiers import alertmanager
from alerts.notifiers.alertmanager import Alertmanager, Config
from monitor.alert.alert import Channel, Delivery
from tests.support.alertmanager import RealAlertmanager, one_receiver, running
from tests.support.pages import alert, now, pages
from tests.support.peers import until
from tests.support.webhook import listening

pytestmark = pytest.mark.peer

AM = Channel("am/1", Delivery.STATE)


@pytest.fixture
def peer() -> Iterator[RealAlertmanager]:
    with listening() as webhook, running(one_receiver(webhook.url)) as it:
        yield it


@pytest.fixture
def tell(peer: RealAlertmanager) -> Alertmanager:
    return alertmanager.build(Config((peer.url,)))


def silenced(peer: RealAlertmanager, ends_at: datetime, **labels: str) -> str:
    """A silence of its own, as its page would make it; gives its id."""
    body = {
        "matchers": [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in labels.items()],
        "startsAt": now().isoformat(), "endsAt": ends_at.isoformat(), "createdBy": "wang", "comment": "works",
    }  # fmt: skip
    request = urllib.request.Request(
        f"{peer.url}/api/v2/silences", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        return str(json.load(answer)["silenceID"])


def suppressed(tell: Alertmanager, instance: str = "north") -> Listing:
    def look() -> Listing | None:
        found = tell.listed(AM, instance, now())
        return found if any(found.alerts.values()) else None

    return until(look, "it says that an alert is silenced")


def test_it_lists_what_we_sent_by_our_own_keys_and_nobody_elses(tell: Alertmanager) -> None:
    ours, theirs = [alert(f"INC{n}", circuit="") for n in range(3)], alert(instance="south")
    tell.send(pages(*ours, theirs), now())
    assert set(tell.listed(AM, "north", now()).alerts) == {one.key for one in ours}
    assert set(tell.listed(AM, "south", now()).alerts) == {theirs.key}
    assert tell.listed(AM, 'no"rth\\', now()).alerts == {}


def test_what_it_forgot_in_a_restart_is_unconfirmed_until_it_is_told_again(
    peer: RealAlertmanager, tell: Alertmanager
) -> None:
    sent = alert()
    tell.send(pages(sent), now())
    assert unconfirmed({sent.key: 1}, tell.listed(AM, "north", now())) == []
    peer.stop(kill=True)
    peer.start()
    assert unconfirmed({sent.key: 1}, tell.listed(AM, "north", now())) == [1]
    tell.send(pages(sent), now())
    assert unconfirmed({sent.key: 1}, tell.listed(AM, "north", now())) == []


def test_its_own_silence_withholds_a_deadline_and_names_its_author(peer: RealAlertmanager, tell: Alertmanager) -> None:
    hidden, free = alert("INC1"), alert("INC2")
    tell.send(pages(hidden, free), now())
    ends_at = now() + timedelta(hours=2)
    name = silenced(peer, ends_at, ticket="INC1")
    found = suppressed(tell)
    assert found.alerts == {hidden.key: (name,), free.key: ()}
    due = now() + timedelta(hours=1)
    ((silence, which, deadline),) = withheld([(hidden, due), (free, due)], [found], now())
    assert (which, deadline) == (hidden, due)
    assert (silence.id, silence.author, silence.reason, silence.foreign) == (name, "wang", "works", True)
    assert abs(silence.ends_at - ends_at) < timedelta(seconds=1)
    assert withheld([(hidden, ends_at + timedelta(seconds=1))], [found], now()) == []


def test_what_an_inhibit_rule_hides_is_not_silenced() -> None:
    rule = (
        "inhibit_rules:\n  - source_matchers: [stage=breached]\n    target_matchers: [stage=used_75]\n"
        "    equal: [instance, ticket]\n"
    )
    with listening() as webhook, running(one_receiver(webhook.url) + rule) as it:
        tell = alertmanager.build(Config((it.url,)))
        near, breached = alert(), alert(stage="breached")
        tell.send(pages(breached, near), now())
        until(lambda: any(one["status"]["inhibitedBy"] for one in it.alerts()), "it inhibits the lower stage")
        assert tell.listed(AM, "north", now()).alerts == {near.key: (), breached.key: ()}
