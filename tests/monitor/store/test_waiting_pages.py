"""What is held back never counts as waiting: every reason for which a page can be held, and everybody who counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from alerts.decide import audit
from alerts.delivery import outbox
from exporters.prometheus import Prometheus
from exporters.web import overview
from monitor.alert.alert import Alert, Channel, Decision, Delivery, Reason, Result, Verdict, Withheld
from monitor.model import SubjectKey
from monitor.snapshot import ChannelHealth
from monitor.store import schema
from monitor.store.alert_rows import queue_for
from monitor.store.auditing import Auditing
from monitor.store.changed_alerts import release
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from monitor.store.stored_alerts import alert_row
from monitor.store.views import Views
from tests.support import snapshots
from tests.support.cases import at

PHONE, WALL = Channel("phone", Delivery.QUEUE), Channel("wall", Delivery.STATE)
LATER = at(9)
"""An hour after everything here."""


@pytest.fixture
def database() -> Iterator[Database]:
    it = Database("sqlite://")
    yield it
    it.close()


def alert(ticket: str = "T1", tier: str = "gold") -> Alert:
    labels = {"alertname": "A", "ticket": ticket, "tier": tier, "severity": "critical"}
    return Alert(
        labels, {"summary": ticket}, at(1), subject=SubjectKey("tickets", ticket), target="restore", cycle=1,
        stage="breached",
    )  # fmt: skip


def queue(database: Database, channel: Channel, *told: tuple[Alert, Decision], now: datetime | None = None) -> None:
    with database.write() as connection:
        for of, _ in told:
            connection.execute(sa.delete(schema.alerts).where(schema.alerts.c.key == of.key))
            connection.execute(sa.insert(schema.alerts), [alert_row(of)])
        queue_for(connection, channel, told, now or at(8))


def at_once(channel: Channel) -> Decision:
    return Decision(channel, None)


def silenced(channel: Channel, until: datetime = LATER + timedelta(hours=1)) -> Decision:
    return Decision(channel, Withheld.SILENCED, held=True, until=until, detail="s1")


def grouped(channel: Channel) -> Decision:
    return Decision(channel, Withheld.GROUPED, held=True, detail="cause1")


def answered(database: Database, channel: Channel, verdict: Verdict, now: datetime, **more: bool) -> None:
    store = Deliveries(database)
    for page in store.due_pages(channel.name, now, 1):
        result = Result(page, verdict, "network", retry_at=LATER + timedelta(hours=1), **more)
        store.settle_pages([outbox.after(page, result, channel.delivery, now, 0.0)], now)


# -- what can hold a page, and what cannot ---------------------------------------------------------------------------


def by_a_silence(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), silenced(channel)))


def by_a_silence_without_an_end(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), Decision(channel, Withheld.SILENCED, held=True, detail="s1")))


def by_a_root_cause(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), grouped(channel)), (alert("T2"), grouped(channel)))


def by_its_own_acceptance(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), at_once(channel)))
    answered(database, channel, Verdict.ACCEPTED, at(8))


def by_a_refusal(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), at_once(channel)))
    answered(database, channel, Verdict.REFUSED, at(8))


def by_a_silence_that_ended_a_moment_ago(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), silenced(channel, LATER - timedelta(seconds=9))))


def by_a_cause_that_ended_a_moment_ago(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), grouped(channel)))
    with database.write() as connection:
        release(connection, "grouped/cause1", LATER - timedelta(seconds=9))


HELD = [
    by_a_silence, by_a_silence_without_an_end, by_a_root_cause, by_its_own_acceptance, by_a_refusal,
    by_a_silence_that_ended_a_moment_ago, by_a_cause_that_ended_a_moment_ago,
]  # fmt: skip
JUST_DUE = {by_a_silence_that_ended_a_moment_ago, by_a_cause_that_ended_a_moment_ago}


def never_tried(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), at_once(channel)))


def tried_and_not_taken(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), at_once(channel)))
    answered(database, channel, Verdict.RETRY, at(8))


def kept_back_by_our_own_budget(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), at_once(channel)))
    answered(database, channel, Verdict.RETRY, at(8), tried=False)


def under_way(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), at_once(channel)))
    Deliveries(database).due_pages(channel.name, at(8), 1)


def let_go_long_ago(database: Database, channel: Channel) -> None:
    queue(database, channel, (alert(), silenced(channel, at(8, 10))))


WAITS = [never_tried, tried_and_not_taken, kept_back_by_our_own_budget, under_way, let_go_long_ago]

Story = Callable[[Database, Channel], None]


def health(database: Database, channel: Channel) -> ChannelHealth:
    (found,) = Views(database).channels(LATER, [channel.name])
    return found


def stuck(database: Database, channel: Channel) -> dict[str, bool]:
    """Who says that something waits too long for its receiver."""
    snapshot = snapshots.calm(LATER)
    found = health(database, channel)
    published = Prometheus().render(
        type(snapshot)(**{name: getattr(snapshot, name) for name in snapshot.__slots__} | {"channels": (found,)}), LATER
    )[0].decode()  # fmt: skip
    oldest = next(
        float(line.rsplit(" ", 1)[1]) for line in published.splitlines()
        if line.startswith("tierwatch_outbox_oldest_timestamp_seconds{")
    )  # fmt: skip
    return {
        "the metric on which the rules stand": not math.isinf(oldest) and LATER.timestamp() - oldest > 300,
        "the page": bool(list(overview._about_channel(found, LATER))),
        "the audit, and with it the heartbeat": bool(Auditing(database).unsent(audit.LONGEST_UNSENT, LATER)),
    }


@pytest.mark.parametrize("channel", [PHONE, WALL], ids=lambda channel: channel.delivery.value)
@pytest.mark.parametrize("story", HELD)
def test_what_is_held_back_is_stuck_for_nobody(database: Database, story: Story, channel: Channel) -> None:
    story(database, channel)
    assert set(stuck(database, channel).values()) == {False}
    assert health(database, channel).pending == (1 if story in JUST_DUE else 0)


@pytest.mark.parametrize("channel", [PHONE, WALL], ids=lambda channel: channel.delivery.value)
@pytest.mark.parametrize("story", WAITS)
def test_what_waits_for_its_receiver_is_stuck_for_everybody(database: Database, story: Story, channel: Channel) -> None:
    story(database, channel)
    assert set(stuck(database, channel).values()) == {True}
    assert health(database, channel).pending == 1


def test_what_is_held_back_is_counted_by_what_holds_it(database: Database) -> None:
    queue(
        database, PHONE, (alert("T1"), silenced(PHONE)), (alert("T2"), grouped(PHONE)), (alert("T3"), grouped(PHONE)),
        (alert("T4"), at_once(PHONE)),
    )  # fmt: skip
    answered(database, PHONE, Verdict.ACCEPTED, at(8))
    queue(database, PHONE, (alert("T4").resolve(at(8), Reason.PAUSED), at_once(PHONE)))
    queue(database, PHONE, (alert("T4"), at_once(PHONE)))  # it fires again, behind its end
    found = health(database, PHONE)
    assert (found.pending, dict(found.held)) == (1, {"silenced": 1, "grouped": 2, "waits_for_hours": 0, "order": 1})


def test_the_end_of_a_linked_pair_is_held_by_its_beginning(database: Database) -> None:
    old, new = alert(tier="gold"), alert(tier="standard")
    queue(database, PHONE, (old, at_once(PHONE)))
    answered(database, PHONE, Verdict.ACCEPTED, at(8))
    queue(database, PHONE, (new, at_once(PHONE)), (old.resolve(at(8), Reason.TIER_CHANGED), at_once(PHONE)))
    found = health(database, PHONE)
    assert (found.pending, found.held["order"]) == (1, 1)


def test_two_tickets_of_one_cause_left_open_for_an_hour_wait_for_nobody(database: Database) -> None:
    cause = Alert(
        {"alertname": "TierwatchRootCause", "root_cause": "cause1", "severity": "critical"}, {}, at(8), cause_key="#c"
    )
    queue(database, PHONE, (cause, at_once(PHONE)), (alert("T1"), grouped(PHONE)), (alert("T2"), grouped(PHONE)))
    answered(database, PHONE, Verdict.ACCEPTED, at(8))
    assert set(stuck(database, PHONE).values()) == {False}
    assert health(database, PHONE).held["grouped"] == 2


def test_every_channel_of_the_configuration_is_there_before_anything_was_sent(database: Database) -> None:
    assert [found.channel for found in Views(database).channels(at(8), ["phone", "wall/1"])] == ["phone", "wall/1"]
