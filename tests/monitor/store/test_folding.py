"""What began and ended while a receiver was away is a line of one digest; what still stands is told in full."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from alerts.delivery import digests, outbox
from monitor.alert.alert import Alert, Channel, Delivery, Page, Reason, Result, Verdict
from monitor.model import SubjectKey
from monitor.store import schema
from monitor.store.clocks import Clocks
from monitor.store.database import Database
from monitor.store.deliveries import Deliveries
from tests.support.cases import at
from tests.support.to_all import ToAll

PHONE, WALL = Channel("phone", Delivery.QUEUE), Channel("wall", Delivery.STATE)


@pytest.fixture
def database() -> Iterator[Database]:
    it = Database("sqlite://")
    Deliveries(it).begin((PHONE, WALL), at(0), None, ("gold", "standard"))
    yield it
    it.close()


def alert(ticket: str, severity: str = "critical", tier: str = "gold") -> Alert:
    labels = {"alertname": "A", "instance": "north", "ticket": ticket, "tier": tier, "severity": severity}
    return Alert(
        labels, {"summary": f"{ticket} breached", "summary_zh": f"{ticket} 违约"}, at(1),
        subject=SubjectKey("tickets", ticket), target="restore", cycle=1, stage="breached",
    )  # fmt: skip


def over(of: Alert, hours: float = 2, reason: Reason = Reason.RESTORED) -> Alert:
    return replace(of.resolve(at(hours), reason), annotations={"summary": f"{of.labels['ticket']} completed"})


def tell(database: Database, *alerts: Alert, hours: float = 2, to: Channel = PHONE) -> None:
    Clocks(database).commit_alerts(list(alerts), ToAll((to,)), at(hours))


def due(database: Database, hours: float = 3, channel: Channel = PHONE) -> list[Page]:
    return list(Deliveries(database).due_pages(channel.name, at(hours), 99))


def settle(database: Database, *pages: Page, verdict: Verdict = Verdict.RETRY, hours: float = 2) -> None:
    done = [outbox.after(page, Result(page, verdict, "network"), PHONE.delivery, at(hours), 0.0) for page in pages]
    Deliveries(database).settle_pages(done, at(hours))


def rows(database: Database) -> dict[str, tuple[str, bool]]:
    query = sa.select(schema.outbox, schema.alerts.c.labels).join(
        schema.alerts, schema.alerts.c.key == schema.outbox.c.alert_key
    )
    with database.read() as connection:
        return {
            row.labels.get("ticket", "digest"): (row.reason, row.accepted_at is not None)
            for row in connection.execute(query.order_by(schema.outbox.c.id.desc()))
        }


def counted(database: Database, reason: str) -> float:
    with database.read() as connection:
        found = connection.execute(sa.select(schema.counters)).all()
    return sum(
        row.value for row in found
        if row.name == "tierwatch_alerts_withheld_total" and row.labels["reason"] == reason
    )  # fmt: skip


def test_what_began_and_ended_meanwhile_is_one_page_and_what_stands_comes_before_it(database: Database) -> None:
    tell(database, *(alert(f"T{n}") for n in range(3)), alert("stands", "warning"))
    settle(database, *due(database, 2))
    tell(database, *(over(alert(f"T{n}")) for n in range(3)))
    standing, digest = due(database)
    assert standing.alert.labels["ticket"] == "stands"
    assert digest.missed is not None
    assert digest.missed.number == 3
    assert not digest.alert.firing


@pytest.mark.parametrize("tries", [0, 1, 5])
def test_however_often_it_was_tried(database: Database, tries: int) -> None:
    tell(database, alert("T1"))
    for n in range(tries):
        settle(database, *due(database, 2 + n), hours=2 + n)
    tell(database, over(alert("T1"), 9), hours=9)
    (digest,) = due(database, 9)
    assert digest.missed is not None
    assert digest.missed.number == 1
    assert bool(digest.missed.doubtful) == bool(tries), "it may have had what it did not answer"


def test_one_that_ends_while_it_is_being_tried_is_folded_when_that_fails(database: Database) -> None:
    tell(database, alert("T1"))
    pages = due(database, 2)
    tell(database, over(alert("T1")))
    assert due(database, 2) == pages, "its end waits for the answer"
    settle(database, *pages)
    (digest,) = due(database)
    assert digest.missed is not None


def test_one_that_was_told_is_ended_by_a_page(database: Database) -> None:
    tell(database, alert("T1"))
    settle(database, *due(database, 2), verdict=Verdict.ACCEPTED)
    tell(database, over(alert("T1")))
    (page,) = due(database)
    assert page.missed is None
    assert not page.alert.firing


def test_accepting_the_digest_delivers_what_is_in_it_and_is_on_record_and_counted(database: Database) -> None:
    tell(database, alert("T1"), alert("T2"))
    settle(database, *due(database, 2))
    tell(database, over(alert("T1")), over(alert("T2")))
    assert rows(database) == {"T1": ("digested", False), "T2": ("digested", False), "digest": ("digest", False)}
    settle(database, *due(database), verdict=Verdict.ACCEPTED)
    assert rows(database) == {"T1": ("digested", True), "T2": ("digested", True), "digest": ("digest", True)}
    assert counted(database, "digested") == 2
    with database.read() as connection:
        assert set(connection.scalars(sa.select(schema.decisions.c.reason))) == {"digested"}


def test_a_digest_that_was_tried_goes_on_collecting_and_one_under_way_does_not(database: Database) -> None:
    tell(database, alert("T1"), alert("T2"), alert("T3"))
    settle(database, *due(database, 2))
    tell(database, over(alert("T1")))
    (digest,) = [page for page in due(database) if page.missed]
    tell(database, over(alert("T2")))  # T2's page and the digest are under way
    settle(database, *due(database), digest)
    digests_now = [page.missed.number for page in due(database, 4) if page.missed]
    assert sum(digests_now) == 2
    settle(database, *due(database, 4), hours=4)
    tell(database, over(alert("T3"), 5), hours=5)
    assert sum(page.missed.number for page in due(database, 6) if page.missed) == 3


def test_one_that_fires_again_is_told_in_full_and_not_called_over(database: Database) -> None:
    tell(database, alert("T1"))
    settle(database, *due(database, 2))
    tell(database, over(alert("T1"), reason=Reason.PAUSED))
    tell(database, replace(alert("T1"), reason=Reason.RESUMED))
    (page,) = due(database)
    assert page.alert.firing
    settle(database, page, verdict=Verdict.ACCEPTED)
    assert due(database, 4) == []
    assert all(accepted or reason in ("replaced", "nothing_new") for reason, accepted in rows(database).values())


def test_a_receiver_of_states_hears_nothing_of_what_is_over(database: Database) -> None:
    tell(database, alert("T1"), to=WALL)
    tell(database, over(alert("T1")), to=WALL)
    (page,) = due(database, 3, WALL)
    assert page.missed is None
    assert not page.alert.firing, "the present state, which Alertmanager does not notify of"


def test_a_digest_names_the_most_urgent_and_counts_the_rest_in_both_languages(database: Database) -> None:
    tell(database, *(alert(f"S{n}", "warning", "standard") for n in range(30)), alert("G"))
    settle(database, *due(database, 2))
    tell(database, *(over(alert(f"S{n}", "warning", "standard")) for n in range(30)), over(alert("G")))
    (digest,) = due(database)
    assert digest.missed is not None
    said = digests.worded(digest.alert, digest.missed).annotations
    assert said["summary"] == "31 alerts began and ended before this receiver could be reached"
    assert said["description"].splitlines()[1] == "• G completed"
    assert said["description"].splitlines()[-1] == "• and 21 more"
    assert said["summary_zh"].startswith("31 条告警")
    assert "另有 21 条" in said["description_zh"]


def test_the_end_of_what_was_never_tried_is_no_page_where_another_fires_in_its_place(database: Database) -> None:
    tell(database, alert("T1"))
    tell(database, over(alert("T1"), reason=Reason.TIER_CHANGED))
    assert due(database) == [], "what fires in its place says it"


def test_the_end_of_what_was_tried_is_told_although_another_fires_in_its_place(database: Database) -> None:
    tell(database, alert("T1"))
    settle(database, *due(database, 2))
    tell(database, over(alert("T1"), reason=Reason.TIER_CHANGED))
    (page,) = due(database)
    assert not page.alert.firing, "the receiver may have had what it did not answer"
