"""What is counted of several goes the whole way: tickets in, a group's clock, its alert, its counters, its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from monitor.history.events import Event
from monitor.model import SubjectKey, SubjectKind
from monitor.policy.counting import GROUPS
from monitor.store.clocks import Clocks
from monitor.store.schema import alerts, contributions, readings, touched, transitions
from monitor.store.views import Views
from tests.lessons.stories import QUEUE, Installation, installation, utc
from tests.support.counting import COMPLAINTS, PATROLS, RATIO, REPORTS, RESTORE, book, policy_text

INSTALLED = utc("2026-01-01")
ACME = SubjectKey(GROUPS, "complaints/acme")


def said(subject: str, at: datetime, status: str, number: int = 0, **fields: str) -> Event:
    name = f"{subject} {status} {at.isoformat()} {number}"
    return Event("tickets", name, SubjectKind.TICKET, subject, at, number, status=status, fields=fields)


def complaint(number: int, at: datetime, customer: str = "Acme") -> Event:
    return said(f"C{number}", at, "opened", process="complaint", customer=customer)


@pytest.fixture
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Installation]:
    """An installation whose policy has the targets that the test names, complaints alone otherwise."""
    targets = getattr(request, "param", (COMPLAINTS,))
    with installation(tmp_path, book(policy_text(*targets))) as found:
        found.installed_at = INSTALLED
        yield found


def of_group(here: Installation, table: sa.Table, key: SubjectKey = ACME) -> list[Any]:
    mine = (table.c.source == key.source) & (table.c.subject == key.subject)
    with here.database.read() as connection:
        return list(connection.execute(sa.select(table).where(mine)))


def test_the_fifth_complaint_of_a_customer_breaches_pages_and_counts(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    for number in range(4):
        here.hear(day, complaint(number, day + timedelta(days=number)))
    here.hear(day, complaint(9, day, customer="Other"))
    here.work(day + timedelta(days=3))
    (reading,) = of_group(here, readings)
    assert (reading.cycle, reading.state, reading.counted // timedelta(seconds=1)) == (202603, "at_risk", 4)
    assert here.deliver(QUEUE, day + timedelta(days=3)) == ["used_75 first"]
    fifth = day + timedelta(days=5)
    here.hear(fifth, complaint(5, fifth, customer=" ACME "))
    here.work(fifth)
    (reading,) = of_group(here, readings)
    assert (reading.state, reading.breached_at, reading.tier) == ("breached", fifth, "none")
    assert here.deliver(QUEUE, fifth) == ["breached worsened"]
    kinds = [row.kind for row in of_group(here, transitions)]
    assert sorted(kinds) == ["at_risk", "breached", "crossed", "started"]
    counted = {(c.name, c.labels.get("kind", "")): c.value for c in Views(here.database).counts()
               if c.labels.get("sla_target") == "complaints"}  # fmt: skip
    assert counted[("tierwatch_sla_clocks_breached_total", "")] == 1
    assert counted[("tierwatch_sla_clocks_started_total", "")] == 2  # two customers


def test_the_period_ends_the_alert_and_no_look_is_left(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day) for number in range(5)))
    here.work(day)
    here.deliver(QUEUE, day)
    april = utc("2026-04-01")
    assert here.worker.next_due() == april
    here.work(april)
    assert [row.state for row in of_group(here, readings)] == ["breached"]
    assert [row.resolved_at for row in of_group(here, alerts) if row.stage == "breached"] == [april]
    assert of_group(here, touched) == []


def test_a_ticket_that_was_no_complaint_takes_the_breach_back(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    here.work(day + timedelta(hours=9))
    assert [row.state for row in of_group(here, readings)] == ["breached"]
    later = day + timedelta(days=1)
    here.hear(later, said("C2", later, "cancelled"))
    here.work(later)
    assert [row.state for row in of_group(here, readings)] == ["at_risk"]
    withdrawn = [row.stage for row in of_group(here, transitions) if row.kind == "withdrawn"]
    assert "breached:breached" in withdrawn
    assert [row.reason for row in of_group(here, alerts) if row.stage == "breached"] == ["withdrawn"]


def test_a_customer_that_was_named_wrongly_moves_the_count(here: Installation) -> None:
    day = utc("2026-03-02 09:00")
    here.hear(day, *(complaint(number, day + timedelta(hours=number)) for number in range(5)))
    here.work(day + timedelta(hours=9))
    later = day + timedelta(days=1)
    here.hear(later, said("C2", later, "accepted", customer="Other"))
    here.work(later)
    assert [row.state for row in of_group(here, readings)] == ["at_risk"]
    assert len(of_group(here, readings, SubjectKey(GROUPS, "complaints/other"))) == 1


@pytest.mark.parametrize("here", [(PATROLS,)], indirect=True)
def test_the_absence_of_a_patrol_is_the_breach(here: Installation) -> None:
    key = SubjectKey(GROUPS, "patrols")
    Clocks(here.database).ensure_groups({"patrols": ""})
    start = utc("2026-02-01")
    here.work(start)
    assert [(row.cycle, row.state) for row in of_group(here, readings, key)][:2] == [
        (202601, "breached"),
        (202602, "running"),
    ]
    done = utc("2026-02-10")
    here.hear(done, said("P1", done, "closed", process="patrol"))
    here.work(done)
    march = utc("2026-03-01")
    due = here.worker.next_due()
    while due is not None and due <= march:
        here.work(due)
        due = here.worker.next_due()
    of_february = next(row for row in of_group(here, readings, key) if row.cycle == 202602)
    assert (of_february.state, of_february.breached_at, of_february.open) == ("breached", march, True)
    assert "breached worsened" in here.deliver(QUEUE, march)


@pytest.mark.parametrize("here", [(REPORTS,)], indirect=True)
def test_a_duty_that_is_late_is_ended_by_what_makes_up_for_it(here: Installation) -> None:
    key = SubjectKey(GROUPS, "statement/acme")
    Clocks(here.database).ensure_groups({"statement/acme": "Acme"})
    late = utc("2026-01-30 18:00")  # a Friday, the last working day, after its close at 17:00
    here.work(late)
    (reading,) = of_group(here, readings, key)
    assert (reading.state, reading.deadline) == ("breached", utc("2026-01-30 17:00"))
    out = utc("2026-02-03 10:00")
    here.hear(out, said("S1", out, "delivered", process="statement", customer="Acme"))
    here.work(out)
    of_january, of_february = of_group(here, readings, key)
    assert (of_january.open, of_january.stopped_at) == (False, out)
    assert (of_february.state, of_february.counted) == ("running", timedelta(0))


@pytest.mark.parametrize(
    "here",
    [
        (
            RESTORE,
            RATIO,
        )
    ],
    indirect=True,
)
def test_a_promise_that_is_broken_counts_against_the_goal_by_time_alone(here: Installation) -> None:
    key = SubjectKey(GROUPS, "in_time")
    day = utc("2026-01-26 09:00")
    here.hear(day, said("T1", day, "opened"), said("T2", day, "opened"))
    here.work(day)
    done = day + timedelta(hours=1)
    here.hear(done, said("T1", done, "closed"))
    here.work(done)
    (reading,) = of_group(here, readings, key)
    assert (reading.state, reading.counted // timedelta(seconds=1)) == ("running", 1)
    here.work(day + timedelta(hours=4, seconds=1))
    (reading,) = of_group(here, readings, key)
    assert reading.state == "at_risk"
    with here.database.read() as connection:
        rows = connection.execute(sa.select(contributions).where(contributions.c.counted_in == "in_time")).all()
    assert sorted(row.what for row in rows) == ["broken", "kept"]
