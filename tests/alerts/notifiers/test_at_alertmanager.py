"""What a real Alertmanager makes of what we send."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from alerts.notifiers import alertmanager
from alerts.notifiers.alertmanager import FIRES_ON, Alertmanager, Config
from alerts.oncall.ack_links import RENEWED_EVERY, linked
from alerts.oncall.ack_tokens import Keys
from monitor.alert.alert import Reason, Verdict
from tests.support.alertmanager import RealAlertmanager, one_receiver, running
from tests.support.pages import alert, ended, now, page, pages
from tests.support.peers import until
from tests.support.webhook import Webhook

pytestmark = pytest.mark.peer


def notifier(*peers: RealAlertmanager) -> Alertmanager:
    return alertmanager.build(Config(tuple(peer.url for peer in peers)))


def verdicts(results: Any) -> list[Verdict]:
    return [result.verdict for result in results]


def arrived(webhook: Webhook, status: str, ticket: str = "INC1") -> dict[str, Any]:
    """The first alert of that status about *ticket* that the webhook got."""
    found: dict[str, Any] = until(
        lambda: next((a for a in webhook.alerts(status) if a["labels"]["ticket"] == ticket), None),
        f"the webhook hears that {ticket} is {status}",
    )
    return found


def test_an_alert_arrives_with_its_labels_words_and_true_start(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent = alert(link="https://tierwatch.example/explain/tickets/INC%2F1", circuit="")
    assert verdicts(notifier(peer).send(pages(sent), now())) == [Verdict.ACCEPTED]
    got = arrived(webhook, "firing")
    assert got["labels"] == {name: value for name, value in sent.labels.items() if value}
    assert got["annotations"] == dict(sent.annotations)
    assert got["generatorURL"] == sent.link
    assert abs(datetime.fromisoformat(got["startsAt"]) - sent.starts_at) < timedelta(milliseconds=1)


def test_it_goes_on_firing_for_a_quarter_of_an_hour_if_we_fall_silent(peer: RealAlertmanager) -> None:
    at = now()
    notifier(peer).send(pages(alert()), at)
    (listed,) = peer.alerts()
    assert abs(datetime.fromisoformat(listed["endsAt"]) - at - FIRES_ON) < timedelta(milliseconds=1)


def test_an_end_arrives_at_once(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    over = ended(sent)
    tell.send(pages(over), now())
    got = arrived(webhook, "resolved")
    assert over.resolved_at is not None
    assert abs(datetime.fromisoformat(got["endsAt"]) - over.resolved_at) < timedelta(milliseconds=1)
    assert peer.alerts() == []


def test_an_end_long_ago_ends_what_fires(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent, tell = alert(ago=7200), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    tell.send(pages(sent.resolve(now() - timedelta(hours=1), Reason.RESTORED)), now())
    arrived(webhook, "resolved")


def test_an_end_of_what_was_never_told_tells_nobody(peer: RealAlertmanager, webhook: Webhook) -> None:
    tell = notifier(peer)
    assert verdicts(tell.send(pages(ended(alert("GONE"))), now())) == [Verdict.ACCEPTED]
    tell.send(pages(alert("INC2")), now())
    arrived(webhook, "firing", "INC2")
    assert [a for a in webhook.alerts() if a["labels"]["ticket"] == "GONE"] == []


def test_a_clock_that_resumes_pages_again(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    tell.send(pages(ended(sent, Reason.PAUSED)), now())
    arrived(webhook, "resolved")
    tell.send(pages(replace(sent, starts_at=now(), reason=Reason.RESUMED)), now())
    until(lambda: len(webhook.alerts("firing")) == 2, "the webhook hears of it again")


def test_an_alert_that_fires_again_with_its_old_start_pages_again_too(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    tell.send(pages(ended(sent, Reason.TIER_CHANGED)), now())
    arrived(webhook, "resolved")
    tell.send(pages(sent), now())
    until(lambda: len(webhook.alerts("firing")) == 2, "the webhook hears of it again")


def test_saying_it_again_or_in_other_words_pages_nobody(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    for team in ("core", "access"):
        tell.send(pages(replace(sent, annotations={**sent.annotations, "team": team})), now())
    tell.send(pages(alert("INC2")), now())
    arrived(webhook, "firing", "INC2")
    assert len([a for a in webhook.alerts() if a["labels"]["ticket"] == "INC1"]) == 1
    assert {a["annotations"].get("team") for a in peer.alerts() if a["labels"]["ticket"] == "INC1"} == {"access"}


def test_the_link_to_acknowledge_arrives_and_one_that_is_renewed_pages_nobody(
    peer: RealAlertmanager, webhook: Webhook
) -> None:
    plain, keys, tell = alert(), Keys(b"k" * 32), notifier(peer)
    week = RENEWED_EVERY
    made = [linked(plain, "https://tierwatch.example", keys, at) for at in (now(), now(), now() + week)]
    for sent in made:
        tell.send(pages(sent), now())
        assert arrived(webhook, "firing")["annotations"] == made[0].annotations
    tell.send(pages(alert("INC2")), now())
    arrived(webhook, "firing", "INC2")
    assert len([a for a in webhook.alerts() if a["labels"]["ticket"] == "INC1"]) == 1
    held = {a["annotations"]["acknowledge_url"] for a in peer.alerts() if a["labels"]["ticket"] == "INC1"}
    assert held == {made[2].annotations["acknowledge_url"]} != {made[0].annotations["acknowledge_url"]}
    tell.send(pages(ended(plain)), now())
    assert "acknowledge_url" not in arrived(webhook, "resolved")["annotations"]


def test_of_a_batch_with_one_bad_alert_only_that_one_is_refused(peer: RealAlertmanager, webhook: Webhook) -> None:
    batch = pages(*(alert(f"INC{n}") for n in range(1, 101)))
    bad = alert("BAD")
    batch[36] = page(replace(bad, labels={**bad.labels, "bad name": "x"}), number=37)
    results = notifier(peer).send(batch, now())
    refused = [result for result in results if result.verdict is not Verdict.ACCEPTED]
    assert [(result.page.id, result.verdict, result.reason) for result in refused] == [(37, Verdict.REFUSED, "refused")]
    assert "ticket=BAD" in refused[0].detail
    assert len(results) == 100
    assert len(peer.alerts()) == 99


def test_more_than_a_batch_is_sent_in_several(peer: RealAlertmanager) -> None:
    results = notifier(peer).send(pages(*(alert(f"INC{n}") for n in range(600))), now())
    assert verdicts(results) == [Verdict.ACCEPTED] * 600
    assert len(peer.alerts()) == 600


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_what_it_forgot_in_a_restart_it_knows_after_the_next_sending(
    peer: RealAlertmanager, webhook: Webhook, kill: bool
) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    peer.stop(kill)
    (down,) = tell.send(pages(sent), now())
    assert (down.verdict, down.reason) == (Verdict.RETRY, "network")
    peer.start()
    assert peer.alerts() == []
    assert verdicts(tell.send(pages(sent), now())) == [Verdict.ACCEPTED]
    assert len(peer.alerts()) == 1
    tell.send(pages(ended(sent)), now())
    assert peer.alerts() == []


def test_an_end_while_it_was_down_is_told_after_a_restart(peer: RealAlertmanager, webhook: Webhook) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    peer.remembers()
    peer.stop()
    peer.start()
    tell.send(pages(sent), now())
    tell.send(pages(ended(sent)), now())
    arrived(webhook, "resolved")


def test_an_end_while_it_was_down_is_told_even_if_it_hears_of_nothing_but_the_end(
    peer: RealAlertmanager, webhook: Webhook
) -> None:
    sent, tell = alert(), notifier(peer)
    tell.send(pages(sent), now())
    arrived(webhook, "firing")
    peer.remembers()
    peer.stop()  # it remembers what it has notified, not the alert
    peer.start()
    tell.send(pages(ended(sent)), now())
    arrived(webhook, "resolved")


def test_every_peer_is_a_channel_and_one_that_is_down_holds_up_no_other(webhook: Webhook) -> None:
    with running(one_receiver(webhook.url)) as one, running(one_receiver(webhook.url)) as two:
        tell = notifier(one, two)
        names = [channel.name for channel in tell.channels("am")]
        assert names == ["am/1", "am/2"]
        one.stop()
        both = [page(alert(), name, number) for number, name in enumerate(names)]
        assert [(r.page.channel, r.verdict) for r in tell.send(both, now())] == [
            ("am/1", Verdict.RETRY),
            ("am/2", Verdict.ACCEPTED),
        ]
        arrived(webhook, "firing")
