"""What a receiver's own list says, compared with what we hold."""

from __future__ import annotations

from dataclasses import replace

from alerts.decide.receiver_lists import Listing, by_tier, unconfirmed, withheld
from alerts.decide.silences import Silence
from monitor.alert.alert import Alert
from monitor.model import SubjectKey
from tests.support.cases import at


def alert(ticket: str = "T1", tier: str = "gold", stage: str = "used_75", cause: str = "") -> Alert:
    return Alert(
        {"alertname": "TierwatchDeadlineNear", "ticket": ticket, "tier": tier, "stage": stage}, {}, at(1),
        subject=SubjectKey("tickets", ticket), target="restore", cycle=1, stage=stage, cause_key=cause,
    )  # fmt: skip


def theirs(name: str = "am1", until: float = 9, since: float = 0) -> Silence:
    return Silence(name, (), at(since), at(until), "wang", "works", foreign=True)


def listing(*silences: Silence, **alerts: Alert) -> Listing:
    """Every alert as suppressed by all of these."""
    names = tuple(silence.id for silence in silences)
    return Listing({one.key: names for one in alerts.values()}, {silence.id: silence for silence in silences})


ONE, TWO = alert(), alert("T2")


def test_what_was_accepted_and_is_not_listed_is_unconfirmed() -> None:
    assert unconfirmed({ONE.key: 1, TWO.key: 2}, listing(a=ONE)) == [2]
    assert unconfirmed({ONE.key: 1}, listing(a=ONE, b=TWO)) == []
    assert unconfirmed({}, Listing({})) == []


def test_empty_labels_are_no_part_of_the_identity() -> None:
    said = Alert({**ONE.labels, "assurance": ""}, {}, at(1))
    assert unconfirmed({said.key: 1}, listing(a=ONE)) == []


def test_a_deadline_before_the_end_of_their_silence_is_found() -> None:
    here = [listing(theirs(), a=ONE)]
    assert withheld([(ONE, at(5))], here, at(2)) == [(theirs(), ONE, at(5))]
    assert withheld([(ONE, at(1))], here, at(2)) == [(theirs(), ONE, at(1))]  # breached already
    assert withheld([(ONE, at(9))], here, at(2)) == []
    assert withheld([(ONE, None)], here, at(2)) == []
    assert withheld([(TWO, at(5))], here, at(2)) == []
    assert withheld([(ONE, at(5))], [listing(a=ONE)], at(2)) == []


def test_a_listing_that_is_old_knows_no_silence_that_has_ended() -> None:
    assert withheld([(ONE, at(5))], [listing(theirs(until=6), a=ONE)], at(6)) == []


def test_a_silence_that_is_not_described_counts_for_nothing() -> None:
    assert withheld([(ONE, at(5))], [Listing({ONE.key: ("gone",)})], at(2)) == []


def test_of_several_silences_and_peers_the_longest_counts_once() -> None:
    long = theirs("am2", 12)
    peers = [listing(theirs(), a=ONE), listing(theirs(), long, a=ONE), listing(theirs(), a=ONE)]
    assert withheld([(ONE, at(5))], peers, at(2)) == [(long, ONE, at(5))]


def test_a_member_of_a_cause_is_hidden_when_the_alert_of_the_cause_is() -> None:
    member, cause = replace(ONE, cause_key="circuit/C1"), alert("", stage="")
    assert withheld([(member, at(5))], [listing(theirs(), a=cause)], at(2), {"circuit/C1": cause}) == [
        (theirs(), member, at(5))
    ]
    assert withheld([(member, at(5))], [listing(theirs(), a=member)], at(2), {"circuit/C1": cause}) == []


def test_clocks_are_counted_by_tier_each_once() -> None:
    found = [(theirs(), one, at(5)) for one in (ONE, alert(stage="used_90"), TWO, alert("T3", "silver"))]
    assert by_tier(found) == {"gold": 2, "silver": 1}
